"""Fits that belong to a date: with what was public by then and nothing later (`kokuho calibrate --as-of`).

The fits of the register rest on everything published until today. A run as of a date takes others, made here in the
order in which they rest on one another, from neutral values on and never from the register's own:

plans         the part of its contribution a group of municipalities means to levy, where a plan says it
members       levels of leaving employee insurance, to members at the ends of years and to those assumed
cost          its level, to the last settled benefits per insured; a settled year before R4 is carried on by the trend
incomes       growth of profits, to the levy per insured a group's rates imply (`rates.planned_levy`)
institutions  surpluses and public money beside the rules, to contributions and public money announced

What no published figure tells by the date keeps its neutral value. Everything a fit cannot reach (factors of
municipalities, habits of payment) stays as in the register and is listed by `Parameters.known_later`.
"""

from __future__ import annotations

import datetime
import math
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import ParameterError
from sim.core.units import era
from sim.engine.api import frames, plan
from sim.parameters import Parameters
from sim.parameters.loader import forget
from sim.parameters.regions import current
from sim.parameters.schema import Value
from sim.parameters.vintages import FOLDER, write
from sim.studies.fits import members as people
from sim.studies.fits.rates import PROFIT_RESPONSE, planned_levy

Fits = dict[str, Value | dict[int, Value]]
Frames = Mapping[str, pd.DataFrame]

FIRST = 2022
NEUTRAL: Fits = {
    "enrolment.entry_level": 1.0,
    "enrolment.retiring_level": 1.0,
    "enrolment.slump": 0.1,
    "enrolment.profit_growth": {FIRST: 0.0},
    "cost.level": 1.0,
    "cost.rebound": {FIRST: 0.0},
    "finance.opening_surplus": {FIRST: 0.0, FIRST + 2: 0.0},
    "finance.other_public": {FIRST: 0.0},
    "finance.other_municipal": 0.0,
    "finance.elderly_scope": 0.8,
}
"""values from which every date begins: sources taken as they are, no surplus, nothing beside the rules"""
_SD = {"enrolment.entry_level": 0.3, "enrolment.retiring_level": 0.2, "enrolment.slump": 0.1}
"""how far a level may be from its neutral value, one standard deviation: what few figures do not tell stays near it"""
_ERROR = 0.005
"""relative error of a figure of members, one standard deviation"""
_STEP = 0.05
_BOUND = 0.25
"""largest growth of profits in a year that is believed, where the passport allows it"""


@dataclass
class Dated:
    """What is known on a date, and what was fitted so far.

    known  value by id of a published total, those later than the date left out
    log    sentences on what was fitted to what
    """

    as_of: datetime.date
    region: str | Path = field(default_factory=current)
    fits: Fits = field(default_factory=lambda: {k: dict(v) if isinstance(v, dict) else v for k, v in NEUTRAL.items()})
    log: list[str] = field(default_factory=list)

    @property
    def register(self) -> Parameters:
        """The register as it stood on the date, its own fits in place."""
        return Parameters.load(self.region, self.as_of, fits=False)

    @property
    def known(self) -> pd.Series:
        return self.register.rows("targets.totals").set_index("id")["value"].astype(float)

    @property
    def folder(self) -> Path:
        """Where the fits of the date are kept, beside the region."""
        return self.register.home / FOLDER / self.as_of.isoformat()

    @property
    def last(self) -> int:
        """The fiscal year in which the date lies."""
        return self.as_of.year if self.as_of.month >= 4 else self.as_of.year - 1

    def keep(self) -> None:
        """Write the fits beside the region, where the next run as of the date reads them."""
        write(self.as_of, self.fits, {}, self.register.home)
        forget()

    def live(self, sample: int, last: int, *tables: str) -> Frames:
        """Return tables of a run as of the date, with the fits made so far."""
        self.keep()
        return frames(plan("baseline", sample=sample, last=last, as_of=self.as_of, region=self.region), tables)

    def say(self, text: str) -> None:
        self.log.append(text)
        print(text, flush=True)

    def first_known(self, *ids: str) -> float | None:
        """Return the first of some published totals that is known."""
        known = self.known
        return next((float(known[name]) for name in ids if name in known), None)


def calibrate(as_of: datetime.date, sample: int = 1, region: str | Path | None = None) -> Dated:
    """Fit what belongs to a date and keep it in the folder of the date; return the fits and what was said.

    sample  of the runs in which money is fitted; people are fitted in a tenth

    ParameterError where nothing was public yet that tells the level of cost. Fits that are not finished, whatever
    ended them, leave the folder as it was: a run never reads values from which a fit only began.
    """
    d = Dated(as_of, region or current())
    with _whole_or_as_before(d.folder):
        for stage in (plans, members, cost, incomes, institutions):
            stage(d, sample)
        d.keep()
    return d


@contextmanager
def _whole_or_as_before(home: Path) -> Iterator[None]:
    """Put back what a folder of fits held, or that there was none, if its fits are not finished."""
    with tempfile.TemporaryDirectory() as name:
        before = Path(name) / home.name
        if home.is_dir():
            shutil.copytree(home, before)
        try:
            yield
        except BaseException:
            shutil.rmtree(home, ignore_errors=True)
            if before.is_dir():
                shutil.copytree(before, home)
            forget()
            raise


def plans(d: Dated, sample: int) -> None:
    """Take the part of its contribution a group planned to levy beside the relief of a single year."""
    known = ((group, d.first_known(f"{group.planned}.{d.last}")) for group in d.register.region.groups.values())
    found = next(((group, share) for group, share in known if share is not None), None)
    if found is None:
        d.say("plans: no group of municipalities has said what it will levy")
        return
    group, planned = found
    for portion in ("medical", "support", "care"):
        known_shares = d.register.passport(f"municipal.group_share_{portion}").values or {}
        d.fits[f"municipal.group_share_{portion}"] = {**known_shares, d.last + 1: planned}
        d.say(f"plans: {group.en} levy {planned:.0%} of their contribution from {era(d.last + 1)} on, {portion}")


def members(d: Dated, sample: int, rounds: int = 3) -> None:
    """Fit the levels of leaving employee insurance to the members known on the date."""
    goals = _people_goals(d)
    if not goals:
        d.say("members: no published figure by the date")
        return
    p, keys = d.register, list(_SD)
    at = np.array([float(d.fits[k]) for k in keys])  # type: ignore[arg-type]
    neutral, sd = at.copy(), np.array([_SD[k] for k in keys])
    wanted = np.array([goal for goal, _ in goals.values()])

    def miss(levels: NDArray[np.float64]) -> NDArray[np.float64]:
        lived = people.live(
            people.with_levels(p, dict(zip(keys, levels.tolist(), strict=True))), max(sample, 10), d.last
        )
        return np.array([read(lived) for _, read in goals.values()]) / wanted - 1

    for _ in range(rounds):
        now = miss(at)
        slopes = np.stack([(miss(at + _STEP * unit) - now) / _STEP for unit in np.eye(len(keys))], axis=1)
        rows = np.concatenate([slopes / _ERROR, np.diag(1 / sd)])
        gaps = np.concatenate([-now / _ERROR, (neutral - at) / sd])
        at = at + np.linalg.lstsq(rows, gaps, rcond=None)[0]
        at = np.array(
            [np.clip(x, *(p.passport(k).range or (-math.inf, math.inf))) for k, x in zip(keys, at, strict=True)]
        )
    d.fits |= {k: round(float(x), 4) for k, x in zip(keys, at, strict=True)}
    for (name, (goal, _)), gap in zip(goals.items(), miss(at), strict=True):
        d.say(f"members, {name}: published {goal:,.0f}, fitted {gap:+.2%}")


def _people_goals(d: Dated) -> dict[str, tuple[float, Callable[[people.Lived], float]]]:
    """Return the members known on the date: settled ends of years, else what the metropolis assumed; and of 65-74."""
    found: dict[str, tuple[float, Callable[[people.Lived], float]]] = {}

    def reader(fact: str, year: int, months: int) -> Callable[[people.Lived], float]:
        return lambda lived: float(lived.world.memory.get(year, fact).sum()) / months

    for year in range(FIRST, d.last + 1):
        if (value := d.first_known(f"insured_persons_year_end.{year}")) is not None:
            found[f"{era(year)}, end"] = value, reader("members_end", year, 1)
        elif (value := d.first_known(*_assumed(year))) is not None:
            found[f"{era(year)}, assumed"] = value, reader("member_months", year, 12)
        if (value := d.first_known(f"insured_persons_65_plus.{year}")) is not None:
            found[f"{era(year)}, aged 65-74"] = value, reader("elderly_months", year, 12)
    return found


def _assumed(year: int) -> tuple[str, ...]:
    names = ("insured_persons_final", "insured_persons_medical_support", "insured_persons_assumed_provisional")
    return tuple(f"{name}.{year}" for name in (*names, "insured_persons_medical_support_provisional"))


def cost(d: Dated, sample: int, rounds: int = 2) -> None:
    """Fit the level of cost to the last settled benefits per insured at the year's end."""
    known = d.known
    settled = {
        y: float(known[f"benefit_settled.{y}"] / known[f"insured_persons_year_end.{y}"]) for y in _settled(known)
    }
    if not settled:
        raise ParameterError(f"as of {d.as_of} no settled benefits were public, so that the level of cost is not known")
    last = max(settled)
    year = max(last, FIRST)
    p = d.register
    carried = math.prod(
        1 + float(p.value("cost.trend", y)) + float(p.value("cost.fee_revision", y)) for y in range(last + 1, year + 1)
    )
    wanted = settled[last] * carried
    for _ in range(rounds):
        t = d.live(max(sample, 4), year, "metropolis_year")["metropolis_year"].set_index("year")
        found = float(t.loc[year, "benefit"] / t.loc[year, "members_end"])
        d.fits["cost.level"] = round(float(d.fits["cost.level"]) * wanted / found, 4)  # type: ignore[arg-type]
    how = "settled" if last == year else f"{era(last)} carried on by the trend"
    d.say(f"cost, {era(year)} per insured at its end: {wanted:,.0f} yen ({how}), level {d.fits['cost.level']}")


def _settled(known: pd.Series) -> list[int]:
    names = [str(name).partition(".") for name in known.index]
    return sorted(
        int(year)
        for item, _, year in names
        if item == "benefit_settled" and f"insured_persons_year_end.{year}" in known
    )


def incomes(d: Dated, sample: int, rounds: int = 2) -> None:
    """Fit the growth of profits to what the published rates of a group imply, a year after the other."""
    unified, planned = planned_levy(d.register)
    years = [int(y) for y in planned.index if FIRST < y <= d.last]
    low, high = _range(d, "enrolment.profit_growth")
    growth: dict[int, Value] = {y - 1: 0.0 for y in years} or {FIRST: 0.0}
    for _ in range(rounds if years else 0):
        t = d.live(max(sample, 4), max(years), "municipality_year")["municipality_year"]
        t = t[t["code"].isin(unified)].groupby("year").sum(numeric_only=True)
        levied = (t["bill_medical"] + t["relief_medical"]) / t["member_months"] * 12
        before = 1.0
        for year in years:
            short = float(planned[year]) / float(levied[year])
            now = 1 + float(growth[year - 1])  # type: ignore[arg-type]
            moved = now * (short / before) ** (1 / PROFIT_RESPONSE) - 1
            growth[year - 1] = round(float(np.clip(moved, max(low, -_BOUND), min(high, _BOUND))), 4)
            before = short
        d.fits["enrolment.profit_growth"] = growth | {d.last: 0.0}
    told = f"rates of a group of {', '.join(map(era, years))}" if years else "neutral: no group publishes its rates"
    d.say(f"incomes: profits beyond wages {growth}, {told}")


def institutions(d: Dated, sample: int, rounds: int = 3) -> None:
    """Fit surpluses and public money beside the rules to the totals announced by the date."""
    for _ in range(rounds):
        t = d.live(sample, d.last, "metropolitan_account", "municipality_year")
        account = t["metropolitan_account"].set_index(["year", "item"])["value"].astype(float)
        _elderly(d, account, t["municipality_year"])
        _public(d, account)
        _opening(d, account)
        _beside(d, account)
    for name in ("opening_surplus", "other_public", "other_municipal", "elderly_scope"):
        d.say(f"institutions: finance.{name} {d.fits[f'finance.{name}']}")


def _elderly(d: Dated, account: pd.Series, places: pd.DataFrame) -> None:
    """Move the part of elderly benefits that counts, by all elderly grants known together."""
    gap = slope = 0.0
    for year in range(FIRST, d.last + 1):
        names = (f"elderly_adjustment_grant.{year}", f"elderly_adjustment_grant_provisional.{year}")
        if (value := d.first_known(*names)) is not None and (year, "elderly_grant") in account:
            row = places[places["year"] == year].sum(numeric_only=True)
            share = float(d.register.value("finance.elderly_national_share", year))
            gap += value - account[year, "elderly_grant"]
            slope += float(row["elderly_benefit"]) * (1 - share / float(row["elderly_months"] / row["member_months"]))
    if slope > 0:
        moved = float(d.fits["finance.elderly_scope"]) + gap / slope  # type: ignore[arg-type]
        d.fits["finance.elderly_scope"] = round(float(np.clip(moved, *_range(d, "finance.elderly_scope"))), 3)


def _public(d: Dated, account: pd.Series) -> None:
    """Move other public money by the public money announced, the last known year for all others."""
    found: dict[int, float] = {}
    before = d.fits["finance.other_public"]
    assert isinstance(before, dict)
    for year in range(FIRST, d.last + 1):
        value = d.first_known(f"public_funds_final.{year}", f"public_funds.{year}", f"public_funds_provisional.{year}")
        if value is not None:
            now = float(before[max(y for y in before if y <= year)])  # type: ignore[arg-type]
            moved = now + (value - account[year, "public_money"]) / account[year, "members"]
            found[year] = round(float(np.clip(moved, *_range(d, "finance.other_public"))), -1)
    if found:
        mean = sum(found.values()) / len(found)
        d.fits["finance.other_public"] = {FIRST: found[min(found)], **found, d.last + 1: round(mean, -1)}


def _opening(d: Dated, account: pd.Series) -> None:
    """Move the surpluses from before R4 by the contributions of R4 and R5."""
    surplus = d.fits["finance.opening_surplus"]
    assert isinstance(surplus, dict)
    for year, name in (
        (FIRST, "contribution_total_provisional_reference"),
        (FIRST + 1, "contribution_total_provisional"),
    ):
        value = d.first_known(f"{name}.{year}")
        if value is not None and (year, "contribution_total") in account:
            moved = float(surplus.get(year, 0.0)) + account[year, "contribution_total"] - value  # type: ignore[arg-type]
            surplus[year] = round(float(np.clip(moved, *_range(d, "finance.opening_surplus"))), -8)


def _beside(d: Dated, account: pd.Series) -> None:
    """Move municipal revenue beside the items modelled by the premiums per head without transfers, last two known."""
    gaps: list[float] = []
    for year in range(d.last, FIRST - 1, -1):
        names = (f"premium_per_capita_no_off_rule{kind}.{year}" for kind in ("_final", "", "_provisional"))
        value = d.first_known(*names)
        if value is not None and (year, "standard_premium_per_head") in account and len(gaps) < _PREMIUMS:
            gaps.append(account[year, "standard_premium_per_head"] - value)
    if gaps:
        moved = float(d.fits["finance.other_municipal"]) + float(np.mean(gaps))  # type: ignore[arg-type]
        d.fits["finance.other_municipal"] = round(float(np.clip(moved, *_range(d, "finance.other_municipal"))), -1)


_PREMIUMS = 2


def _range(d: Dated, key: str) -> tuple[float, float]:
    return d.register.passport(key).range or (-math.inf, math.inf)
