"""What the care of people on public assistance costs (医療扶助): outside 国保, paid by assistance, told as a fact.

They have no draws of their own: the cost is what Japanese of their age and sex cost 国保, times one ratio; from 75 on
what the late elderly cost. Who goes on assistance or comes off it is drawn by enrolment, and leaves or joins 国保 with
the need for care he has.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel import spans, spread
from sim.core.sums import whole
from sim.core.units import april
from sim.institutions.world import World
from sim.mechanisms.care.on_assistance import count_assisted
from sim.mechanisms.care.profile import mean_cost
from sim.mechanisms.care.scales import level
from sim.mechanisms.care.state import Homes, People

_MIDDLE = 6
_MONTHS = 12


def put_assisted(w: World, year: int, people: People, homes: Homes) -> None:
    """Put the months on assistance of the year, by those on it at its end, and what their care costs."""
    yen = whole(_means(w, year)[..., None] * np.arange(_MONTHS + 1) / _MONTHS)
    rows = people.born.size
    sums = np.zeros((spans(rows), w.places, 2), np.int64)
    spread(count_assisted, rows, people, homes.place, april(year) + _MIDDLE, yen, each=sums)
    counted = sums.sum(axis=0) * w.weight
    for k, name in enumerate(("assisted_months", "assistance_cost")):
        w.memory.put(year, name, np.ascontiguousarray(counted[:, k]))


def _means(w: World, year: int) -> NDArray[np.float64]:
    """Return the cost of a year on assistance by single age and sex, the last row for 75 and over, yen."""
    late = np.full((1, 2), float(w.p.value("cost.late_elderly_cost", year)))
    means = np.concatenate([mean_cost(w.p), late])
    return means * level(w.p, year) * float(w.p.value("cost.assistance_ratio", year))
