"""Fits the take-up of the coverage expansion to the leavers wanted, in a world that stands before INSURE.

Nothing here is used by a run. The levels of joining and leaving are fitted over several years, by
`sim.studies.fits.members`.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from sim.core.tables import joined
from sim.engine.loop import run_step
from sim.engine.state import State
from sim.institutions.memory import Memory
from sim.institutions.world import World
from sim.mechanisms.enrolment.step import INSURE
from sim.parameters.schema import Value


def trial(state: State, year: int, overrides: dict[str, Value]) -> World:
    """Return a copy of the world after INSURE with other values for the year; `state` stays as it is."""
    w = state.world
    p = w.p.with_overrides({(key, year, None): value for key, value in overrides.items()})
    copy = replace(w, p=p)
    copy.memory = Memory(w.places, {y: dict(facts) for y, facts in w.memory.years.items()})
    copy.ledgers = deepcopy(w.ledgers)
    copy.tables = {}
    kept = {name: getattr(state, name[0]).data[name[1]].copy() for name in _written()}
    try:
        run_step(replace(state, world=copy), INSURE, year)
    finally:
        for name, values in kept.items():
            getattr(state, name[0]).data[name[1]][:] = values
    return copy


def _written() -> list[tuple[str, str]]:
    return [(name.partition(".")[0], name.partition(".")[2]) for name in INSURE.writes]


def take_up(state: State, year: int, key: str = "coverage.take_up", share: float = 1.0) -> float:
    """Return the take-up of the coverage expansion that moves coverage.leavers x coverage.region_share people.

    `share` is the part of the year's leavers who go by this rule. Above 1 means that the pool is too small.
    """
    w = state.world
    wanted = w.p.value("coverage.leavers", year) * w.p.value("coverage.region_share", year) * share
    others = {k: 0.0 for k in ("coverage.take_up", "coverage.wage_take_up", "coverage.sector_take_up") if k != key}
    flows = joined(trial(state, year, {key: 1.0, **others}).tables["flows"])
    pool = flows.loc[(flows["cause"] == "coverage_expansion") & (flows["direction"] == "out"), "persons"].sum()
    return float(wanted / pool) if pool else float("inf")
