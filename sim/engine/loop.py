"""Runs a step, which sees only the columns it declared."""

from __future__ import annotations

import time

from sim.core.step import Step
from sim.institutions.world import World
from sim.population.table import Columns


def run_step(w: World, step: Step, year: int) -> float:
    """Run one step of a year and return its wall time in seconds."""
    began = time.perf_counter()
    tables = {"people": w.people, "households": w.households}
    step.run(Columns(tables, step.reads, step.writes), w, year)
    return time.perf_counter() - began
