"""Counts the months on public assistance and what the care of them costs, by municipality."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import kernel
from sim.core.units import months_in
from sim.mechanisms.care.state import AGES
from sim.population.codes import Scheme

_ASSISTANCE = int(Scheme.ASSISTANCE)


@kernel
def count_assisted(people, place, middle, yen, sums, low, high):
    """Add the persons of a span of rows to its sums, int64[places, 2]: months on assistance, yen.

    place   uint8[households]; middle  month index in which the age of the year is taken
    yen     int64[ages, sexes, 13]  what so many months cost
    """
    for i in range(low, high):
        if people.scheme[i] != _ASSISTANCE or people.present[i] == 0:
            continue
        months = months_in(np.int64(people.present[i]) & ~np.int64(people.insured_months[i]))
        age = min(max((middle - people.born[i]) // 12, 0), AGES)
        row = sums[place[people.household[i]]]
        row[0] += months
        row[1] += yen[age, people.sex[i], months]
