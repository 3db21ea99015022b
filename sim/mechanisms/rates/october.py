"""The count of October: the insured by municipality and age group, and the late elderly."""

from __future__ import annotations

from sim.core.kernel import kernel
from sim.population.codes import Scheme

_LATE = int(Scheme.LATE_ELDERLY)
OCTOBER = 6
"""bit of October in a month mask"""


@kernel
def count_october(people, place, october, bounds, sums, low, high):
    """Add the persons of a span of rows to its sums, int64[places, groups + 1].

    place    uint8[households]; october  month index of October
    bounds   int64[groups, 2]  ages in months of the insured of a group, lower bound included, upper not
    The last sum is of those in the scheme of the late elderly who are on the register and not insured in October.
    """
    for i in range(low, high):
        insured = (people.insured_months[i] >> OCTOBER) & 1
        if insured == 0 and (people.scheme[i] != _LATE or (people.present[i] >> OCTOBER) & 1 == 0):
            continue
        row = sums[place[people.household[i]]]
        if insured == 0:
            row[bounds.shape[0]] += 1
            continue
        age = october - people.born[i]
        for k in range(bounds.shape[0]):
            if bounds[k, 0] <= age < bounds[k, 1]:
                row[k] += 1
