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


@inline
def most_chance(homes, people, rules, opening, i):
    """Return the most that the chance of an event of person i may be."""
    age = min(max((opening - 1 - np.int64(people.born[i])) // 12, 0), AGES)
    kind = 4 * (_WORKS * people.scheme[i] + people.work[i]) + 2 * people.sex[i] + (people.residence[i] > 0)
    return rules.most[kind, age] * rules.most_local[homes.place[people.household[i]]]


@inline
def moves(people, i):
    """Return whether person i is new on the register, or leaves it or the household."""
    return (people.scheme_since[i] == 0) | (people.present[i] != ALL_MONTHS) | (people.leaving[i] != 0)


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
        seen.events[at + _1] = seen.events[at] + event
        seen.members[at + _1] = seen.members[at] + (scheme == _KOKUHO)
        seen.workers[at + _1] = seen.workers[at] + is_worker(scheme)
        seen.dependants[at + _1] = seen.dependants[at] + needs_worker(scheme, people.work[i], people.relation[i])
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
    a, b = np.uint64(first - seen.first), np.uint64(first + size - seen.first)
    alone = seen.dependants[a] != seen.dependants[b] and seen.workers[a] == seen.workers[b]
    if alone or seen.events[a] != seen.events[b] or homes.former_member[h] != 0:
        return False
    if draw_near(own.home, draws.home, draws.year, homes.hid, h)[0] < rules.most_assistance:
        return False
    own.members[homes.place[h]].opening += seen.members[b] - seen.members[a]
    return True
