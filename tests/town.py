"""A state and its world as one object, so that a test writes `w.people` and `w.memory` alike."""

from __future__ import annotations

from typing import Any

from sim.engine.state import State
from sim.institutions.world import World
from sim.parameters import Parameters
from sim.population.table import Table, household_table, people_table

_OWN = {"world", "people", "households"}


class Town(State):
    """A State that also answers for its World; what runs a step takes it apart again, as in a run."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name in _OWN:
            raise AttributeError(name)
        return getattr(self.world, name)

    def __setattr__(self, name: str, value: object) -> None:
        if name in _OWN:
            object.__setattr__(self, name, value)
        else:
            setattr(self.world, name, value)


def found(
    p: Parameters, people: Table | None = None, households: Table | None = None, *, year: int = 0, **world: int
) -> Town:
    """Return a town of the 62 municipalities with these tables, or with nobody; `world` sets seed, weight …"""
    w = World(p=p, places=len(p.codes()), **{"seed": 1, "year": year, **world})
    people = people_table() if people is None else people
    households = household_table() if households is None else households
    return Town(world=w, people=people, households=households)
