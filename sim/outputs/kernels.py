"""Counts the residents and the insured of a finished year by age, sex, nationality, scheme and municipality."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel import kernel, spans
from sim.core.state import Read
from sim.core.units import months_in

_MARCH = 11
"""bit of March in a month mask"""
_OLDEST = 20
"""age group 100+"""


class People(NamedTuple):
    """What is read of a person."""

    household: Read
    born: Read
    sex: Read
    residence: Read
    scheme: Read
    present: Read
    insured_months: Read


class Counts(NamedTuple):
    """Rows of the sample, one part a span of rows.

    crowd   int64[spans, 21 ages, 2 sexes, 2 nationalities, 7 schemes]: residents of 31 March
    local   int64[spans, places, 21 ages, 2]: residents and insured of 31 March
    months  int64[spans, 21 ages, 2 sexes, 2 nationalities]: months insured, each at the age reached in it
    """

    crowd: NDArray[np.int64]
    local: NDArray[np.int64]
    months: NDArray[np.int64]

    @classmethod
    def zeros(cls, rows: int, places: int) -> Counts:
        """Return counts at zero for a table of `rows` rows."""
        shapes = ((_OLDEST + 1, 2, 2, 7), (places, _OLDEST + 1, 2), (_OLDEST + 1, 2, 2))
        return cls(*(np.zeros((spans(rows), *shape), np.int64) for shape in shapes))


@kernel
def count(people, place, march, sums, low, high):
    """Add the persons of a span of rows to its sums; march = month index of the last month of the year."""
    for i in range(low, high):
        born, sex, foreign = people.born[i], people.sex[i], 1 if people.residence[i] > 0 else 0
        mask = np.int64(people.insured_months[i])
        if mask:
            last = (march - born) // 60
            older = mask & ~((1 << max(0, born + 60 * last - (march - _MARCH))) - 1)
            sums.months[min(last, _OLDEST), sex, foreign] += months_in(older)
            sums.months[min(max(last - 1, 0), _OLDEST), sex, foreign] += months_in(mask ^ older)
        if (people.present[i] >> _MARCH) & 1:
            age = min((march - born) // 60, _OLDEST)
            sums.crowd[age, sex, foreign, people.scheme[i]] += 1
            p = place[people.household[i]]
            sums.local[p, age, 0] += 1
            sums.local[p, age, 1] += (mask >> _MARCH) & 1
