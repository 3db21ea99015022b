"""Households without an event in the year: found by one look at each person, and left without following the months.

Who is new, leaves, turns 75, or draws a number below the most that his chances may be is looked at in full.
"""

from __future__ import annotations

import numpy as np

from sim.core.ahead import NEAR, draw_from, draw_near
from sim.core.kernel import inline
from sim.core.units import ALL_MONTHS
from sim.mechanisms.enrolment.household import is_worker, needs_worker
from sim.mechanisms.enrolment.state import AGES
from sim.population.codes import Scheme, Work

_KOKUHO = int(Scheme.KOKUHO)
_WORKS = len(Work)
_1 = np.uint64(1)
_EVENTS, _MEMBERS, _WORKERS, _DEPENDANTS = np.uint64(0), np.uint64(16), np.uint64(32), np.uint64(48)
"""first bit of a count; four counts stand in one number"""
_COUNT = np.uint64(0xFFFF)


@inline
def most_chance(homes, people, rules, opening, i):
    """Return the most that the chance of an event of person i may be."""
    age = min(max((opening - 1 - np.int64(people.born[i])) // 12, 0), AGES)
    does = _WORKS * np.int64(people.scheme[i]) + people.work[i]
    kind = 4 * does + 2 * people.sex[i] + (people.residence[i] > 0)
    return rules.most[kind, age] * rules.most_local[homes.place[people.household[i]]]


@inline
def moves(people, i):
    """Return whether person i is new on the register, or leaves it or the household."""
    return (people.scheme_since[i] == 0) | (people.present[i] != ALL_MONTHS) | (people.leaving[i] != 0)


@inline
def one(yes, count):
    """Return a number in which one of the four counts is 1, if so."""
    return np.uint64(yes) << count


@inline
def count_of(found, count):
    """Return one of the four counts of a number: possible events, members of 国保, workers, their dependants."""
    return (found >> count) & _COUNT


@inline
def look_ahead(homes, people, rules, draws, own, first, last):
    """Count events, members, workers and their dependants from row `first` on up to each row before `last`."""
    seen = own.seen
    seen.first, seen.last = first, last
    draw_from(own.event, draws.event, draws.year, people.pid, first)
    for at in range(np.uint64(last - first)):
        i = np.uint64(first) + at
        scheme = people.scheme[i]
        event = moves(people, i) | (own.event.u[0, at] < most_chance(homes, people, rules, draws.opening, i))
        dependant = needs_worker(scheme, people.work[i], people.relation[i])
        found = one(event, _EVENTS) | one(scheme == _KOKUHO, _MEMBERS)
        found |= one(is_worker(scheme), _WORKERS) | one(dependant, _DEPENDANTS)
        seen.found[at + _1] = seen.found[at] + found
        people.insured_months[i] = ALL_MONTHS if scheme == _KOKUHO else 0
        people.income_drop[i] = 0


@inline
def is_calm(homes, people, rules, draws, own, h, last):
    """Return whether nothing happens in household h this year; False also where that takes a closer look.

    last  row after the last person of the span
    """
    seen = own.seen
    first = max(np.int64(homes.start[h]), 0)
    size = np.int64(homes.size[h])
    if first + size > seen.last:
        if size > NEAR:
            return False
        look_ahead(homes, people, rules, draws, own, first, min(first + NEAR, last))
    found = seen.found[np.uint64(first + size - seen.first)] - seen.found[np.uint64(first - seen.first)]
    alone = (count_of(found, _DEPENDANTS) != 0) & (count_of(found, _WORKERS) == 0)
    if alone | (count_of(found, _EVENTS) != 0) | (homes.former_member[h] != 0):
        return False
    if draw_near(own.home, draws.home, draws.year, homes.hid, h)[0] < rules.most_assistance:
        return False
    own.members[homes.place[h]].opening += np.int64(count_of(found, _MEMBERS))
    return True
