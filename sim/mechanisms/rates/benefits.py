"""What the metropolis expects its insured to cost when it sets a contribution: results carried on, or its own figure.

Results of the last complete year, by the young and those aged 65-74, grow as the results of the years before grew at
fixed ages, and as the months of the year now show that are seen by then; fee revisions (診療報酬改定) are taken out of
what was found and put in where they are decided. November's estimate (仮係数) sees fewer months than January's
(確定係数), and knows no fee revision of the coming April, which is decided late in December. Where the metropolis has
announced what it assumed, that figure holds, and its error comes back as a surplus or deficit like in life.
"""

from __future__ import annotations

import math
from typing import Literal

from sim.institutions.world import World

Coefficients = Literal["provisional", "final"]
"""仮係数, of November; 確定係数, of January: which of its two estimates of a year the metropolis makes"""

_OF: dict[Coefficients, str] = {"provisional": "_provisional", "final": ""}
"""ending of the parameters that say what an estimate sees and what was announced of it"""
_ANOTHER = 0.3
_GROUPS = (("member_months", "benefit"), ("elderly_months", "elderly_benefit"))
"""(all insured, all benefits), and those aged 65-74 among them"""


def growth_expected(w: World, year: int, known: int, coefficients: Coefficients = "final") -> float:
    """Return benefits per insured of `year` over those of the last known year, at fixed ages.

    Of the year now, the one after the last known, some months are seen (`rates.forecast_months_seen`, fewer at
    provisional coefficients); what they show counts as much as their share of the year, the growth of the years before
    for the rest.
    """
    yearly = 1.0 + growth_found(w, known) + float(w.p.value("rates.forecast_growth_added", year))
    decided = year - 1 if coefficients == "provisional" else year
    now = known + 1
    if year <= now or not w.memory.knows(now, "benefit"):
        return yearly ** (year - known) * _revisions(w, known, decided)
    seen = int(w.p.value(f"rates.forecast_months_seen{_OF[coefficients]}", now)) / 12
    so_far = (1 - seen) * yearly * _revisions(w, known, now) + seen * _at_fixed_ages(w, known, now)
    return so_far * yearly ** (year - now) * _revisions(w, now, decided)


def growth_found(w: World, known: int) -> float:
    """Return the yearly growth of benefits per insured at fixed ages that the results up to `known` show.

    Over at most `rates.forecast_growth_years` years, fee revisions left out; without an earlier result
    `rates.forecast_growth_first`.
    """
    most = int(w.p.value("rates.forecast_growth_years", known))
    years = [y for y in range(known - most, known) if w.memory.knows(y, "benefit")]
    if not years:
        return float(w.p.value("rates.forecast_growth_first", known))
    first = years[0]
    found = _at_fixed_ages(w, first, known)
    if found <= 0:
        return float(w.p.value("rates.forecast_growth_first", known))
    return float((found / _revisions(w, first, known)) ** (1 / (known - first)) - 1)


def _at_fixed_ages(w: World, before: int, after: int) -> float:
    """Return benefits per insured of a year over those of an earlier one, with the ages of the later; 0 if unknown."""
    heads = _heads(w, after)
    first, last = (math.fsum(b * n for b, n in zip(_per_head(w, y), heads, strict=True)) for y in (before, after))
    return last / first if first > 0 else 0.0


def announced(
    w: World, year: int, members: float, own: float, fees: float, coefficients: Coefficients = "final"
) -> float:
    """Return the announced total of benefits over the metropolis's own estimate `own`, 1 where none was announced.

    fees  for reviewing receipts, yen: part of what was announced, not of `own`

    A figure more than `_ANOTHER` away speaks of other people or prices (towns of tests) and is left aside.
    """
    per_head = figure_announced(w, "benefit", year, coefficients)
    if per_head <= 0 or own <= 0:
        return 1.0
    ratio = (per_head * members - fees) / own
    return ratio if abs(ratio - 1) <= _ANOTHER else 1.0


def figure_announced(w: World, what: str, year: int, coefficients: Coefficients) -> float:
    """Return what the metropolis announced of a year (`rates.forecast_benefit`, `_members`); 0 where it did not.

    Where none was announced at final coefficients, that of November holds.
    """
    found = float(w.p.value(f"rates.forecast_{what}{_OF[coefficients]}", year))
    if found > 0 or coefficients == "provisional":
        return found
    return float(w.p.value(f"rates.forecast_{what}_provisional", year))


def _heads(w: World, year: int) -> list[float]:
    months, old = (float(w.memory.get(year, name).sum()) for name, _ in _GROUPS)
    return [(months - old) / 12, old / 12]


def _per_head(w: World, year: int) -> list[float]:
    """Return the benefits per insured of the young and of those aged 65-74."""
    whole, old = (float(w.memory.get(year, name).sum()) for _, name in _GROUPS)
    return [b / n if n > 0 else 0.0 for b, n in zip((whole - old, old), _heads(w, year), strict=True)]


def _revisions(w: World, after: int, until: int) -> float:
    """Return the product of the fee revisions of the years after < y <= until."""
    return math.prod(1.0 + float(w.p.value("cost.fee_revision", y)) for y in range(after + 1, until + 1))
