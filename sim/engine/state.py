"""A run between two steps: the world that steps see, and the tables, which belong to the engine."""

from __future__ import annotations

from dataclasses import dataclass

from sim.institutions.world import World
from sim.population.table import Table


@dataclass(repr=False, kw_only=True)
class State:
    """Everything a run holds. A step gets the world and the columns it takes, never this (`engine/loop.py`)."""

    world: World
    people: Table
    households: Table

    def __repr__(self) -> str:
        when = self.world.year or "before the first year"
        rows = f"{self.people.rows:,} people, {self.households.rows:,} households"
        return f"<State {when}: {rows}, 1/{self.world.weight}>"
