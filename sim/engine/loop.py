"""Runs a step, which sees the world and only the columns it declared."""

from __future__ import annotations

import time

from sim.core.step import Step
from sim.engine.state import State
from sim.population.households import Tables
from sim.population.table import Columns


def run_step(state: State, step: Step, year: int) -> float:
    """Run one step of a year and return its wall time in seconds."""
    began = time.perf_counter()
    step.run(_given(state, step), state.world, year)
    return time.perf_counter() - began


def _given(state: State, step: Step) -> Columns | Tables:
    """Return the columns a step declares; for the one that rebuilds the tables, the tables."""
    if step.rebuilds:
        return Tables(people=state.people, households=state.households)
    return Columns({"people": state.people, "households": state.households}, step.reads, step.writes)
