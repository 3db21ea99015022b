"""What the care of people on public assistance costs (医療扶助): outside 国保, paid by assistance, told as a fact.

They have no draws of their own: the cost is what Japanese of their age and sex cost 国保, times one ratio; from 75 on
what the late elderly cost. Who goes on assistance or comes off it is drawn by enrolment, and leaves or joins 国保 with
the need for care he has.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.sums import whole
from sim.core.units import ALL_MONTHS, april
from sim.institutions.world import World
from sim.mechanisms.care.profile import mean_cost
from sim.mechanisms.care.scales import level
from sim.mechanisms.care.state import AGES, Homes, People
from sim.population.codes import Scheme

_MIDDLE = 6
_BITS = np.array([int(mask).bit_count() for mask in range(ALL_MONTHS + 1)], np.int64)
"""months in a mask"""

Ints = NDArray[np.int64]


def put_assisted(w: World, year: int, people: People, homes: Homes) -> None:
    """Put the months on assistance of the year, by those on it at its end, and what their care costs."""
    rows = np.flatnonzero((people.scheme == Scheme.ASSISTANCE) & (people.present != 0))
    months = _BITS[people.present[rows].astype(np.int64) & ~people.insured_months[rows].astype(np.int64)]
    place = homes.place[people.household[rows]]
    age = (april(year) + _MIDDLE - people.born[rows].astype(np.int64)) // 12
    yen = _means(w, year)[np.clip(age, 0, AGES), people.sex[rows]] * months / 12
    for name, values in (("assisted_months", months), ("assistance_cost", whole(yen))):
        sums = np.bincount(place, weights=values, minlength=w.places)
        w.memory.put(year, name, sums.astype(np.int64) * w.weight)


def _means(w: World, year: int) -> NDArray[np.float64]:
    """Return the cost of a year on assistance by single age and sex, the last row for 75 and over, yen."""
    late = np.full((1, 2), float(w.p.value("cost.late_elderly_cost", year)))
    means = np.concatenate([mean_cost(w.p), late])
    return means * level(w.p, year) * float(w.p.value("cost.assistance_ratio", year))
