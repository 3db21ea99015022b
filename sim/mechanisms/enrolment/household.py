"""What is asked of a household again and again: who lives in it, who is there, who works, what they earn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.kernel import inline, inner
from sim.core.units import ALL_MONTHS, MONTHS
from sim.population.codes import Relation, Scheme, Work

_KOKUHO, _EMPLOYEE, _DEPENDANT = int(Scheme.KOKUHO), int(Scheme.EMPLOYEE), int(Scheme.DEPENDANT)
_VOLUNTARY, _LATE, _ASSISTANCE = int(Scheme.VOLUNTARY), int(Scheme.LATE_ELDERLY), int(Scheme.ASSISTANCE)
_STUDENT, _HEAD = int(Work.STUDENT), int(Relation.HEAD)

UNKNOWN = -1
"""scheme of somebody who is new on the register and not insured yet"""
FOLLOWER = -2
"""scheme of somebody who is insured with the household"""
NEVER = 12
"""month of what does not happen this year"""


class House(NamedTuple):
    """A household in April.

    row, start, size  its row, its first person and their number; head: slot of its head
    place             municipality
    joining           joining 国保 in the municipality against the whole prefecture
    members, workers, dependants, assisted  persons insured by 国保, as employees, as dependants, on public assistance
    busy              something happens this year that is no event of work
    """

    row: np.uint64
    start: np.int64
    size: np.int64
    head: np.int64
    place: np.int64
    joining: np.float64
    members: np.int64
    workers: np.int64
    dependants: np.int64
    assisted: np.int64
    busy: bool


class Person(NamedTuple):
    """An adult in April, as far as his chances depend on it."""

    age: np.int64
    sex: np.int64
    residence: np.int64
    relation: np.int64
    work: np.int64
    head: bool


@inner
def is_worker(scheme):
    """Return whether a scheme covers dependants: employee insurance or its voluntary continuation."""
    return (scheme == _EMPLOYEE) | (scheme == _VOLUNTARY)


@inner
def needs_worker(scheme, work, relation):
    """Return whether somebody is a dependant of a worker of the household; students apart are their parents'."""
    return (scheme == _DEPENDANT) & ((work != _STUDENT) | (relation != _HEAD))


@inline
def sit(people, law, opening, slot, i):
    """Fill the slot of person i with what is known in April; return whether the person's year is no ordinary one."""
    known = people.scheme_since[i] != 0
    slot.row = i
    slot.known = known
    slot.now = people.scheme[i] if known else UNKNOWN
    slot.age = (opening - 1 - np.int64(people.born[i])) // 12
    slot.month = NEVER
    slot.covered = 0
    slot.turns75 = np.int64(people.born[i]) + law.late_elderly_age * 12 - opening
    if not known or people.present[i] != ALL_MONTHS or people.leaving[i] != 0:
        return True
    return slot.turns75 < MONTHS and slot.now != _LATE and slot.now != _ASSISTANCE


@inline
def look(homes, people, rules, opening, slots, h):
    """Fill a slot for each person of household h; return the household."""
    start, size = np.int64(homes.start[h]), np.int64(homes.size[h])
    members, workers, dependants, assisted, unsupported = 0, 0, 0, 0, False
    busy = homes.former_member[h] != 0
    for j in range(size):
        slot, i = slots[j], np.uint64(start + j)
        busy |= sit(people, rules.law, opening, slot, i)
        members += slot.now == _KOKUHO
        workers += is_worker(slot.now)
        dependants += slot.now == _DEPENDANT
        assisted += slot.now == _ASSISTANCE
        unsupported |= needs_worker(slot.now, people.work[i], people.relation[i])
    place = np.int64(homes.place[h])
    return House(
        np.uint64(h),
        start,
        size,
        homes.head[h] - start,
        place,
        rules.joining[place],
        members,
        workers,
        dependants,
        assisted,
        busy or (unsupported and workers == 0),
    )


@inline
def describe(people, slot, head):
    """Return the person of a slot."""
    i = slot.row
    return Person(
        np.int64(slot.age),
        np.int64(people.sex[i]),
        np.int64(people.residence[i]),
        np.int64(people.relation[i]),
        np.int64(people.work[i]),
        head,
    )


@inner
def is_here(slot, m):
    """Return whether somebody is on the register in month m."""
    return slot.first <= m < slot.stop


@inner
def window(present):
    """Return the first month on the register and the month after the last one."""
    first = 0
    while first < MONTHS and not (present >> first) & 1:
        first += 1
    stop = MONTHS
    while stop > first and not (present >> (stop - 1)) & 1:
        stop -= 1
    return first, stop


@inline
def count_workers(slots, size, m):
    """Return the number of persons in month m whose insurance covers dependants."""
    workers = 0
    for j in range(size):
        workers += is_here(slots[j], m) and is_worker(slots[j].now)
    return workers


@inline
def income(people, i):
    """Return the income of person i in the calendar year before, all kinds, yen."""
    return people.salary[i] + people.pension[i] + people.business[i] + people.other_income[i]


@inner
def month_of(u, first):
    """Return a month 0..11: April with probability `first`, the others alike."""
    if u < first:
        return 0
    return min(11, 1 + int((u - first) / (1.0 - first) * 11.0))


@inner
def any_month(u):
    """Return a month 0..11, all alike."""
    return min(11, int(u * 12.0))


@inner
def rest_of(u, p):
    """Return a uniform that is at least p, drawn out over (0, 1) again."""
    return (u - p) / (1.0 - p)
