"""Runs steps one after another: each sees only the columns it declared."""

from __future__ import annotations

import time
from collections.abc import Sequence

from sim.core.step import Step
from sim.institutions.world import World
from sim.population.table import Columns


def run_step(w: World, step: Step, year: int) -> float:
    """Run one step of a year and return its wall time in seconds."""
    began = time.perf_counter()
    tables = {"people": w.people, "households": w.households}
    step.run(Columns(tables, step.reads, step.writes), w, year)
    return time.perf_counter() - began


def run_steps(w: World, steps: Sequence[Step], year: int) -> dict[str, float]:
    """Run the steps in order and return the seconds each took."""
    w.year = year
    return {step.name: run_step(w, step, year) for step in steps}
