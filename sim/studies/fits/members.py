"""Fits who joins 国保: levels of the prefecture and a factor for each municipality, from the published members.

Levels (`enrolment.entry_level`, `slump`, `retiring_level`) by least squares to the members of R4-R7 and of
65-74 among them; municipal factors to the members (`places.membership_factors`) and the insured households
(`places.household_factors`, of the base population) of 31 March 2024, R5.
Only people are lived through; nothing of a run depends on it afterwards but the numbers it writes.

    python -m sim.studies.fits.stages --sample 1 --stage members
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.units import era
from sim.engine.loop import run_step
from sim.engine.state import State
from sim.engine.year import YEAR
from sim.institutions.world import World
from sim.parameters import Parameters
from sim.population.store import stored

FIRST, CARDS, LAST = 2022, 2023, 2025
"""first year, year of the settlement cards, last year with published members"""
LEVELS = ("enrolment.entry_level", "enrolment.slump", "enrolment.retiring_level")
_FEW = 300
"""members at which half of a municipality's miss is put down to chance"""
_ELASTICITY = {"membership_factors": 0.55, "household_factors": 0.6}
"""response of the members and households of R5 to the factor of their municipality, about"""
_BOUNDS = {"membership_factors": (0.3, 3.0), "household_factors": (0.8, 1.047)}
"""above, a municipality of students runs out of members who live alone and has fewer households than it is given"""
TABLES = {"membership_factors": ("joining", "insured"), "household_factors": ("households", "households")}
"""column fitted, and the column of the settlement cards it is fitted to"""
_STEP = 0.03
_SEED = 20260401
"""seed of the base scenario"""


@dataclass(frozen=True)
class Lived:
    """What a trial gives: figures in the order of `goals`, members and households of R5 by table, int64[places]."""

    figures: NDArray[np.float64]
    places: dict[str, NDArray[np.int64]]
    world: World


class Goal(NamedTuple):
    """A published figure of members, and the fact of a run it is held against: persons, or months of persons."""

    value: float
    fact: str
    year: int
    months: int

    def read(self, w: World) -> float:
        """Return the figure of a world that has lived through the year."""
        return float(w.memory.get(self.year, self.fact).sum()) / self.months


ENDS = ("insured_persons_year_end_sum_of_municipalities", "insured_persons_year_end")
AVERAGES = (
    "insured_persons_final",
    "insured_persons_medical_support",
    "insured_persons_assumed_provisional",
    "insured_persons_medical_support_provisional",
    "insured_persons_annual_average",
)
"""published members at the end of a year, and on its average, what is preferred first"""


def goals(p: Parameters) -> dict[str, Goal]:
    """Return the published figures: members at the ends of years, else those the prefecture assumed; and of 65-74.

    Of R5 the settlement cards stand in where no total is published. Those of 65-74 are published, or implied by the
    elderly grants (people.members_by_age) where the average is known.
    """
    t = p.rows("targets.totals").set_index("id")["value"].astype(float)
    found: dict[str, Goal] = {}
    old: dict[str, Goal] = {}
    shares = p.table("people.members_by_age")
    shares = shares[(shares["geography"] == p.region.en) & (shares["age"] == "65-74")].set_index("year")["value"]
    for year in range(FIRST, LAST + 1):
        end, average = (
            next((float(t[name]) for item in items if (name := f"{item}.{year}") in t), None)
            for items in (ENDS, AVERAGES)
        )
        if end is None and average is None and year == CARDS and "places.settlement_fy2023" in p.table_passports:
            end = float(p.table("places.settlement_fy2023")["insured"].sum())
        if end is not None:
            found[f"{era(year)} end"] = Goal(end, "members_end", year, 1)
        elif average is not None:
            found[f"{era(year)} average"] = Goal(average, "member_months", year, 12)
            if era(year) in shares.index:
                value = average * float(shares[era(year)]) / 100
                old[f"{era(year)} aged 65-74"] = Goal(value, "elderly_months", year, 12)
        if (name := f"insured_persons_65_plus.{year}") in t:
            old[f"{era(year)} aged 65-74"] = Goal(float(t[name]), "elderly_months", year, 12)
    return found | old


def live(p: Parameters, sample: int, last: int = LAST) -> Lived:
    """Live R4 to a last year, R7 unless it is another, with parameters, people only."""
    people, households = stored(p, sample, _SEED)
    w = World(p=p, places=len(p.codes()), seed=_SEED, weight=sample, replicate=0)
    state = State(world=w, people=people, households=households)
    steps = [s for s in YEAR if s.name.partition(".")[0] in ("demography", "enrolment")]
    for year in range(FIRST, last + 1):
        w.year = year
        for step in steps:
            run_step(state, step, year)
    facts = {"membership_factors": "members_end", "household_factors": "households_end"}
    if last < LAST:
        return Lived(np.zeros(0), {}, w)
    figures = np.array([goal.read(w) for goal in goals(p).values()])
    return Lived(figures, {table: w.memory.get(CARDS, fact).copy() for table, fact in facts.items()}, w)


def improved(p: Parameters, lived: Lived, table: str) -> NDArray[np.float64]:
    """Return municipal factors moved against each municipality's miss, of members relative to the prefecture's.

    The levels meet the members of the prefecture; nothing else meets its households. float64[places]
    """
    column, card = TABLES[table]
    cards = p.table("places.settlement_fy2023").set_index("code").loc[p.codes()][card].to_numpy(float)
    reached = lived.places[table]
    wanted = cards * reached.sum() / cards.sum() if table == "membership_factors" else cards
    before = p.table(f"places.{table}").set_index("code").loc[p.codes()][column].to_numpy(float)
    ratio = (wanted + _FEW) / (reached + _FEW)
    found = (before * ratio ** (1 / _ELASTICITY[table])) ** (cards / (cards + _FEW))
    return np.clip(found, *_BOUNDS[table])


def with_factors(p: Parameters, factors: NDArray[np.float64], table: str, folder: Path) -> Parameters:
    """Return the parameters with other municipal factors, written to a file of the folder."""
    path = folder / f"{table}.{len(list(folder.iterdir()))}.csv"
    frame = pd.DataFrame({"code": p.codes(), TABLES[table][0]: factors.round(4)})
    frame.assign(source_id="kessan_card_r5;own_calculation", status="estimated").to_csv(path, index=False)
    return replace(p, table_paths={**p.table_paths, f"places.{table}": path})


def with_levels(p: Parameters, levels: Mapping[str, float]) -> Parameters:
    """Return the parameters with other levels of the prefecture, all years."""
    return p.with_overrides({(key, None, None): value for key, value in levels.items()})


def solve(p: Parameters, levels: dict[str, float], sample: int, start: Lived) -> dict[str, float]:
    """Return levels after one step of Gauss and Newton on the relative misses of the figures."""
    goal = np.array([goal.value for goal in goals(p).values()])
    slopes = []
    for key in LEVELS:
        moved = levels | {key: levels[key] + _STEP}
        slopes.append((live(with_levels(p, moved), sample).figures - start.figures) / goal / _STEP)
    step = np.linalg.lstsq(np.stack(slopes, axis=1), 1 - start.figures / goal, rcond=None)[0]
    return {key: round(levels[key] + float(x), 4) for key, x in zip(LEVELS, step, strict=True)}


def fit(sample: int, rounds: int = 3) -> tuple[dict[str, float], dict[str, pd.DataFrame]]:
    """Return the levels and the tables of municipal factors after some rounds; prints goals and figures.

    A sample moves the levels only: its municipalities are too small to be fitted.
    """
    p = Parameters.load()
    levels = {key: float(p.value(key, FIRST)) for key in LEVELS}
    with tempfile.TemporaryDirectory() as name:
        for _ in range(rounds):
            lived = live(with_levels(p, levels), sample)
            levels = solve(p, levels, sample, lived)
            for table in TABLES if sample == 1 else ():
                p = with_factors(p, improved(p, lived, table), table, Path(name))
        lived = live(with_levels(p, levels), sample)
        for (text, goal), figure in zip(goals(p).items(), lived.figures, strict=True):
            print(f"{text}: {figure:,.0f}, published {goal.value:,.0f} ({figure / goal.value - 1:+.2%})")
        print(levels)
        return levels, {table: p.table(f"places.{table}") for table in (TABLES if sample == 1 else ())}
