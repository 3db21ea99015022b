"""Fits the levels of a year to published numbers of members, in a world that stands before INSURE.

Nothing here is used by a run. A run with the fitted values gives the fitted numbers; the values are kept
in the register with the target they were fitted to.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.enrolment.step import INSURE
from sim.institutions.memory import Memory
from sim.institutions.world import World
from sim.parameters.schema import Value
from sim.population.table import Columns


def trial(w: World, year: int, overrides: dict[str, Value]) -> World:
    """Return a copy of the world after INSURE with other values for the year; `w` stays as it is."""
    p = w.p.with_overrides({(key, year, None): value for key, value in overrides.items()})
    copy = replace(w, p=p)
    copy.memory = Memory(w.places, {y: dict(facts) for y, facts in w.memory.years.items()})
    copy.ledgers = dict(w.ledgers)
    copy.tables = {}
    kept = {name: getattr(w, name[0]).data[name[1]].copy() for name in _written()}
    try:
        INSURE.run(Columns({"people": w.people, "households": w.households}, INSURE.reads, INSURE.writes), copy, year)
    finally:
        for name, values in kept.items():
            getattr(w, name[0]).data[name[1]][:] = values
    return copy


def _written() -> list[tuple[str, str]]:
    return [(name.partition(".")[0], name.partition(".")[2]) for name in INSURE.writes]


def members(w: World, year: int, average: bool) -> float:
    """Return the members of a year: yearly average, or at the end of March."""
    if average:
        return float(w.memory.get(year, "member_months").sum()) / 12
    return float(w.memory.get(year, "members_end").sum())


def level(
    w: World,
    year: int,
    target: float,
    key: str = "enrolment.entry_level",
    average: bool = True,
    low: float = 0.3,
    high: float = 2.0,
    tolerance: float = 0.0005,
) -> float:
    """Return the value of a level (one number of the year) that brings the members to a target.

    Regula falsi between `low` and `high`; stops within `tolerance` of the target or at a bound.
    """
    miss_low, miss_high = (_miss(w, year, target, key, average, x) for x in (low, high))
    if np.sign(miss_low) == np.sign(miss_high):
        return low if abs(miss_low) < abs(miss_high) else high
    value = low
    for _ in range(12):
        value = low + (high - low) * miss_low / (miss_low - miss_high)
        miss = _miss(w, year, target, key, average, value)
        if abs(miss) < tolerance * target:
            break
        if np.sign(miss) == np.sign(miss_low):
            low, miss_low = value, miss
        else:
            high, miss_high = value, miss
    return value


def _miss(w: World, year: int, target: float, key: str, average: bool, value: float) -> float:
    return members(trial(w, year, {key: value}), year, average) - target


def take_up(w: World, year: int, key: str = "coverage.take_up", share: float = 1.0) -> float:
    """Return the take-up of the coverage expansion that moves coverage.leavers x coverage.tokyo_share people.

    `share` is the part of the year's leavers who go by this rule. Above 1 means that the pool is too small.
    """
    wanted = w.p.value("coverage.leavers", year) * w.p.value("coverage.tokyo_share", year) * share
    others = {k: 0.0 for k in ("coverage.take_up", "coverage.wage_take_up", "coverage.sector_take_up") if k != key}
    flows = trial(w, year, {key: 1.0, **others}).tables["flows"][0]
    pool = flows.loc[(flows["cause"] == "coverage_expansion") & (flows["direction"] == "out"), "persons"].sum()
    return float(wanted / pool) if pool else float("inf")
