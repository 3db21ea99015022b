"""What is asked of a household again and again in its year: who lives in it, who leads it, how old; draws by share."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.kernel import inline, inner
from sim.mechanisms.demography.state import OLDEST, Company
from sim.population.codes import Leaving, Relation
from sim.population.kernels import GONE

_HEAD, _SPOUSE = int(Relation.HEAD), int(Relation.SPOUSE)
_STAYS = int(Leaving.STAYS)
_ALONE, _ADULTS = int(Company.ALONE), int(Company.ADULTS)
_SMALL_CHILD, _CHILDREN = int(Company.SMALL_CHILD), int(Company.CHILDREN)
_OLDEST = int(OLDEST)
_LONG_AGO = -32_768
"""before every month of birth"""


class Family(NamedTuple):
    """A household on 1 April: its row, municipality and span of people, and who of them is still there.

    living   persons who are still there; adults, those of age
    paired   the one who leads is its head and has a partner
    lead     row of the head, or else of the eldest
    age      of the lead
    company  who lives together (Company)
    """

    row: np.int64
    place: np.int64
    first: np.int64
    stop: np.int64
    living: np.int64
    adults: np.int64
    paired: bool
    lead: np.int64
    age: np.int64
    company: np.int64


class Exit(NamedTuple):
    """Why somebody leaves the register (Leaving), and after how many months of the year."""

    why: np.int64
    months: np.int64


@inner
def full_years(months):
    """Return full years, at most 105."""
    return min(max(months, 0) // 12, _OLDEST)


@inline
def position(cumulative, x):
    """Return the last index whose value is at most x, in a rising array; -1 if there is none."""
    low, high = 0, cumulative.size
    while low < high:
        middle = (low + high) // 2
        if x < cumulative[middle]:
            high = middle
        else:
            low = middle + 1
    return low - 1


@inline
def company_of(chances, persons, youngest):
    """Return who lives together (Company); `youngest` is the age of the youngest in months."""
    if persons == 1:
        return _ALONE
    if youngest >= 12 * chances.adult_age:
        return _ADULTS
    return _SMALL_CHILD if youngest < 12 * chances.small_child_age else _CHILDREN


@inline
def elder(people, i, j):
    """Return whether i was born before j; the lower id goes first in a month."""
    return people.born[i] < people.born[j] or (people.born[i] == people.born[j] and people.pid[i] < people.pid[j])


@inline
def look(homes, people, target, chances, draws, h):
    """Return household h as it is on 1 April; in `target`, who left last year is GONE, the others live on here."""
    first, place = np.int64(homes.start[h]), np.int64(homes.place[h])
    stop, head = first + homes.size[h], np.int64(homes.head[h])
    living, adults, paired, lead, latest = 0, 0, False, np.int64(-1), _LONG_AGO
    for i in range(first, stop):
        if people.leaving[i] != _STAYS:
            target[i] = GONE
            continue
        target[i] = h
        living += 1
        adults += draws.opening - people.born[i] >= 12 * chances.adult_age
        paired |= people.relation[i] == _SPOUSE
        latest = max(latest, people.born[i])
        if lead < 0 or i == head or (lead != head and elder(people, i, lead)):
            lead = i
    if living > 0:
        paired &= people.relation[lead] == _HEAD
        age = full_years(draws.opening - people.born[lead])
        company = company_of(chances, living, draws.opening - latest)
    else:
        age, company = 0, 0
    return Family(np.int64(h), place, first, stop, living, adults, paired, lead, age, company)
