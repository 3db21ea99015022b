"""Households in which nothing happens in the year: found by one look at each person, and left as they are.

Whoever leaves, is a foreign resident without permanent residence, or draws a number below the most that a chance may be
is looked at in full with the whole household.
"""

from __future__ import annotations

import numpy as np

from sim.core.ahead import NEAR, draw_from, draw_listed, draw_near, padded
from sim.core.kernel import inline
from sim.core.units import ALL_MONTHS
from sim.mechanisms.demography.household import full_years
from sim.population.codes import Leaving, Relation, Residence, Sex

_JAPANESE, _PERMANENT = int(Residence.JAPANESE), int(Residence.PERMANENT)
_CHILD, _FEMALE, _STAYS = int(Relation.CHILD), int(Sex.FEMALE), int(Leaving.STAYS)
_1 = np.uint64(1)


@inline
def age_of(people, draws, i):
    """Return the age of person i on 1 April."""
    return np.uint64(full_years(draws.opening - np.int64(people.born[i])))


@inline
def nation_of(people, i):
    """Return 0 for a Japanese, 1 for a foreign resident."""
    return np.uint64(people.residence[i] != _JAPANESE)


@inline
def look_at_persons(people, goals, rules, draws, own, first, last):
    """Note who may die, leave or leave home, and write a year of staying; return how many women of the ages of birth.

    They are listed, too.
    """
    seen, u, women = own.seen, own.person.u, np.uint64(0)
    for at in range(np.uint64(last - first)):
        i = np.uint64(first) + at
        age, nation, sex = age_of(people, draws, i), nation_of(people, i), people.sex[i]
        stays = people.leaving[i] == _STAYS
        dies = u[0, at] < rules.most.death[nation, np.uint64(sex), age]
        leaves_home = (people.relation[i] == _CHILD) & (u[2, at] < rules.chances.leave_home[age])
        seen.event[at] = (not stays) | (people.residence[i] > _PERMANENT) | dies | leaves_home
        goals.target[i] = people.household[i]
        people.present[i] = ALL_MONTHS if stays else people.present[i]
        seen.woman[women] = i
        seen.pid[women] = people.pid[i]
        women += np.uint64((sex == _FEMALE) & (rules.most.birth[nation, age] > 0.0))
    return women


@inline
def look_ahead(people, goals, rules, draws, own, first, last):
    """Count the persons to whom something may happen from row `first` on up to each row before `last`."""
    seen = own.seen
    seen.first, seen.last = first, last
    draw_from(own.person, draws.person, draws.year, people.pid, first)
    women = look_at_persons(people, goals, rules, draws, own, first, last)
    draw_listed(seen.u[: padded(women)], draws.birth, draws.year, seen.pid)
    for k in range(women):
        i = seen.woman[k]
        births = seen.u[k] < rules.most.birth[nation_of(people, i), age_of(people, draws, i)]
        seen.event[i - np.uint64(first)] |= births
    for at in range(np.uint64(last - first)):
        seen.events[at + _1] = seen.events[at] + seen.event[at]


@inline
def is_calm(homes, people, goals, rules, draws, own, h, last):
    """Return whether nothing happens in household h this year; False also where that takes a closer look.

    last  row after the last person of the span
    """
    seen = own.seen
    first, size = max(np.int64(homes.start[h]), 0), np.int64(homes.size[h])
    if first + size > seen.last:
        if size > NEAR:
            return False
        look_ahead(people, goals, rules, draws, own, first, min(first + NEAR, last))
    if seen.events[np.uint64(first - seen.first)] != seen.events[np.uint64(first + size - seen.first)]:
        return False
    most, town, lived = rules.most, rules.towns[homes.place[h]], draws.opening - np.int64(people.born[homes.head[h]])
    age, shared = full_years(lived), 1 if size > 1 else 0
    u = draw_near(own.home, draws.household, draws.year, homes.hid, h)
    moves = most.abroad + most.departure[shared, age] * town.departures + most.move[shared, age] * town.moves
    parts = (size > 1) & (u[2] < rules.chances.separation_rate)
    return (u[0] >= moves) & (not parts) & (lived >= 12 * rules.chances.adult_age)
