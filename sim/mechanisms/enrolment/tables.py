"""The output table of enrolment: who joins and leaves 国保, by municipality and cause."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.tables import Columns, OutputTable
from sim.institutions.world import World
from sim.mechanisms.enrolment.state import CAUSES, Flows

FLOWS = OutputTable(
    "flows",
    "Joins and leaves of insurance by municipality and cause; the name of the prefecture = net of moves within it",
    ("year", "code", "cause", "direction"),
    {"persons": ("persons", "persons")},
)

TABLES = (FLOWS,)


def flows(w: World, year: int, opening: NDArray[np.int64], counted: Flows) -> Columns:
    """Return the flows in and out; causes without persons are left out.

    opening  int64[places], members of the March before who now live there
    The prefecture's name is the net of members who moved between its municipalities on 1 April.
    """
    codes = np.array(w.p.codes())
    both = np.stack([counted.joined, counted.left], axis=1)
    place, direction, cause = np.nonzero(both)
    found = {
        "code": codes[place],
        "cause": np.array(CAUSES)[cause],
        "direction": np.array(("in", "out"))[direction],
        "persons": both[place, direction, cause],
    }
    if not w.memory.knows(year - 1, "members_end"):
        return {"year": year, **found}
    net = opening - w.memory.own(year - 1, "members_end")
    at = np.flatnonzero(net)
    moved = {
        "code": codes[at],
        "cause": np.repeat(w.p.region.within, at.size),
        "direction": np.where(net[at] > 0, "in", "out"),
        "persons": np.abs(net[at]),
    }
    return {"year": year} | {name: np.concatenate([found[name], moved[name]]) for name in found}
