"""What the metropolis knows in November about the year it must set a contribution for.

Results of the last complete year, the assessment of last June, the membership of last April, and trends. The
opening year of a run has no past: its contribution is computed from its own facts and marked so, and the year
after it is forecast from the opening year.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.institutions.memory import PORTIONS
from sim.institutions.world import World
from sim.rates.contribution import coefficient

Yen = NDArray[np.int64]
_INDEX_YEARS = 3
_INCOME_YEARS = 3
_COUNTS = {"members": "member_months", "adults": "adult_months", "households": "household_months"}
_AGED = {"care_members": "care_months", "care_households": "care_household_months", "elderly": "elderly_months"}


@dataclass(frozen=True)
class Outlook:
    """The year as seen in advance; int64[M] each. Persons and households are yearly averages.

    basis    "own facts" (opening year) or "forecast"
    known    latest fiscal year whose results were used
    """

    year: int
    basis: str
    known: int
    members: Yen
    adults: Yen
    care_members: Yen
    elderly: Yen
    households: Yen
    care_households: Yen
    benefit: Yen
    elderly_benefit: Yen
    base_income: Yen
    over_800k: Yen
    over_4200k: Yen
    income: dict[str, Yen]
    """capped income by portion, three-year mean per insured x insured"""
    relief: dict[str, Yen]
    relief_other: Yen
    remission: Yen
    premium: dict[str, Yen]
    """billed before 7/5/2割, by portion"""
    relieved: tuple[Yen, Yen, Yen]
    arrears_collected: Yen
    birth_grant: Yen
    funeral_grant: Yen
    collection: tuple[Fraction, ...]
    index_cost: NDArray[np.int64]
    index_standard: NDArray[np.int64]
    index_excess: NDArray[np.int64]
    index_members: NDArray[np.int64]
    """person-months of the years of the index, latest first, [years, M]"""
    notes: list[str] = field(default_factory=list)

    def heads(self, portion: str) -> Yen:
        """Return who shares the portion's 応益: 40-64 for care, 18 and over for child, all insured otherwise."""
        return {"care": self.care_members, "child": self.adults}.get(portion, self.members)

    def homes(self, portion: str) -> Yen:
        return self.care_households if portion == "care" else self.households

    def insured(self, portion: str) -> Yen:
        """Return the denominator of per-head figures of the portion."""
        return self.care_members if portion == "care" else self.members


def outlook(w: World, year: int, now: int) -> Outlook:
    """Return the outlook on `year` in November of fiscal year `now` (year = now: the opening year itself)."""
    opening = not w.memory.knows(now - 1, "member_months")
    known = now if opening else now - 1
    steps = year - known
    basis = "own facts" if year == now else "forecast"
    growth = _member_growth(w, now, opening, steps)
    aged = {name: growth * _aged_trend(w, known, fact, steps) for name, fact in _AGED.items()}
    dearer = (1 + float(w.p.value("rates.forecast_benefit_growth", year))) ** steps
    counts = {name: _whole(_average(w, known, fact) * growth) for name, fact in _COUNTS.items()}
    for name, fact in _AGED.items():
        ceiling = counts["households"] if name == "care_households" else counts["members"]
        counts[name] = np.minimum(_whole(_average(w, known, fact) * aged[name]), ceiling)
    notes: list[str] = []
    incomes = _incomes(w, year, now, counts, notes)
    return Outlook(
        year=year,
        basis=basis,
        known=known,
        **counts,
        income=incomes,
        benefit=_whole(_get(w, known, "benefit") * growth * dearer),
        elderly_benefit=_whole(_get(w, known, "elderly_benefit") * aged["elderly"] * dearer),
        base_income=_whole(_get(w, known, "base_income") * growth),
        over_800k=_whole(_get(w, known, "over_800k") * growth * dearer),
        over_4200k=_whole(_get(w, known, "over_4200k") * growth * dearer),
        relief={p: _whole(_get(w, known, f"relief_{p}") * growth) for p in PORTIONS},
        relief_other=_whole(other_relief(w, known) * growth),
        remission=_whole(_get(w, known, "relief_remission") * growth),
        premium={p: _whole((_get(w, known, f"bill_{p}") + _get(w, known, f"relief_{p}")) * growth) for p in PORTIONS},
        relieved=tuple(_whole(_get(w, known, f"relieved_{k}") * growth) for k in (7, 5, 2)),  # type: ignore[arg-type]
        arrears_collected=_get(w, known, "arrears_collected"),
        birth_grant=_whole(_get(w, known, "birth_grant") * growth),
        funeral_grant=_whole(_get(w, known, "funeral_grant") * growth),
        collection=collection_rates(w, known, notes),
        index_cost=_history(w, known, "cost"),
        index_standard=_history(w, known, "standard_cost"),
        index_excess=_history(w, known, "over_800k"),
        index_members=_history(w, known, "member_months"),
        notes=notes,
    )


def other_relief(w: World, year: int) -> Yen:
    """Return the reliefs refunded half by the state: under school age, youth, maternity (not the child waiver)."""
    parts = [_get(w, year, f"relief_{k}") for k in ("preschool", "youth", "maternity")]
    return np.sum(parts, axis=0, dtype=np.int64)


def relieved_share(w: World, year: int) -> NDArray[np.float64]:
    """Return the mean part of the per-head levy taken off by 7/5/2割, float64[M]."""
    months = _get(w, year, "member_months")
    off = sum(_get(w, year, f"relieved_months_{k}") * (k / 10) for k in (7, 5, 2))
    return np.clip(np.divide(off, months, out=np.zeros(w.places), where=months > 0), 0, 0.7)


def collection_rates(w: World, year: int, notes: list[str]) -> tuple[Fraction, ...]:
    """Return r_i, the latest actual current-year rate; persons of unknown whereabouts out of the denominator.

    Without a bill the rate of the whole metropolis is used.
    """
    bill = sum((_get(w, year, f"bill_{p}") for p in PORTIONS), np.zeros(w.places, np.int64))
    due = bill - _get(w, year, "bill_unknown_address")
    paid = _get(w, year, "collected")
    whole = (
        Fraction(int(paid.sum()), int(due.sum()))
        if due.sum() > 0
        else Fraction(str(w.p.value("rates.collection_fallback", year)))
    )
    low = Fraction(str(w.p.value("rates.collection_floor", year)))
    out = []
    for i, (d, c) in enumerate(zip(due.tolist(), paid.tolist(), strict=True)):
        if d <= 0:
            notes.append(f"{w.p.codes()[i]}: no bill in {year}; collection rate of the metropolis used")
        out.append(coefficient(min(max(Fraction(c, d) if d > 0 else whole, low), Fraction(1)), 6))
    return tuple(out)


def _get(w: World, year: int, name: str) -> Yen:
    """Return a fact, zeros where a mechanism has not written an optional one."""
    if w.memory.knows(year, name):
        return w.memory.get(year, name)
    if name in _REQUIRED:
        raise BalanceError(f"rates.contribute: the fact {name} of {year} is not known; the steps before must write it")
    return np.zeros(w.places, np.int64)


_REQUIRED = (
    "member_months",
    "adult_months",
    "care_months",
    "elderly_months",
    "benefit",
    "cost",
    "standard_cost",
    "collected",
    "base_income",
    "bill_medical",
)


def _average(w: World, year: int, fact: str) -> NDArray[np.float64]:
    return _get(w, year, fact) / 12


def _whole(values: NDArray[np.float64]) -> Yen:
    return np.floor(np.asarray(values, np.float64) + 0.5).astype(np.int64)


def _member_growth(w: World, now: int, opening: bool, steps: int) -> NDArray[np.float64]:
    """Return growth of membership over `steps` years: own trend and that of the metropolis, weighted by size."""
    if steps == 0:
        return np.ones(w.places)
    before, after = (
        ((now, "members_start"), (now, "members_end"))
        if opening
        else ((now - 1, "members_start"), (now, "members_start"))
    )
    if not (w.memory.knows(*before) and w.memory.knows(*after)):
        return np.ones(w.places)
    a, b = w.memory.get(*before).astype(np.float64), w.memory.get(*after).astype(np.float64)
    power = 12 / 11 if opening else 1.0
    whole = b.sum() / a.sum() if a.sum() > 0 and b.sum() > 0 else 1.0
    own = np.divide(b, a, out=np.full(w.places, whole), where=a > 0)
    k = float(w.p.value("rates.forecast_credibility", now))
    trend = (a * own + k * whole) / (a + k)
    limit = float(w.p.value("rates.forecast_trend_limit", now))
    return np.clip(trend**power, 1 - limit, 1 + limit) ** steps


def _aged_trend(w: World, known: int, fact: str, steps: int) -> float:
    """Return the trend of an age group relative to all insured in the metropolis (the 75-year cohorts leave)."""
    if steps == 0:
        return 1.0
    if not (w.memory.knows(known - 1, fact) and w.memory.knows(known - 1, "member_months")):
        opening = float(w.p.value("rates.forecast_elderly_trend", known)) if fact == "elderly_months" else 0.0
        return (1 + opening) ** steps
    now, before = (_get(w, y, fact).sum() / max(_get(w, y, "member_months").sum(), 1) for y in (known, known - 1))
    limit = float(w.p.value("rates.forecast_trend_limit", known))
    return float(np.clip(now / before, 1 - limit, 1 + limit) ** steps) if before > 0 else 1.0


def _incomes(w: World, year: int, now: int, counts: dict[str, Yen], notes: list[str]) -> dict[str, Yen]:
    """Return capped income by portion: mean per insured of the latest three assessments x insured of the year."""
    out: dict[str, Yen] = {}
    for portion in PORTIONS:
        heads, months = ("care_members", "care_months") if portion == "care" else ("members", "member_months")
        years = [y for y in range(now, now - _INCOME_YEARS, -1) if _has_income(w, y, portion)]
        source = portion
        if not years:
            source = "care" if portion == "care" else "medical"
            years = [y for y in range(now, now - _INCOME_YEARS, -1) if _has_income(w, y, source)]
            if portion != "child":
                notes.append(f"{year}: no capped income for the {portion} portion; base income used")
        means = []
        for y in years or [now if w.memory.knows(now, "base_income") else now - 1]:
            n = _get(w, y, months) / 12
            i = _get(w, y, f"capped_income_{source}") if years else _get(w, y, "base_income")
            means.append(np.divide(i, n, out=np.zeros(w.places), where=n > 0))
        out[portion] = _whole(np.mean(means, axis=0) * counts[heads])
    return out


def _has_income(w: World, year: int, portion: str) -> bool:
    return w.memory.knows(year, f"capped_income_{portion}") and bool(
        w.memory.get(year, f"capped_income_{portion}").sum() > 0
    )


def _history(w: World, known: int, fact: str) -> NDArray[np.int64]:
    """Return up to three years of a fact, latest first, [years, M]. The index of levy year k looks at k-4..k-2."""
    years = [y for y in range(known, known - _INDEX_YEARS, -1) if w.memory.knows(y, fact)]
    return np.array([w.memory.get(y, fact) for y in years], np.int64).reshape(len(years), w.places)
