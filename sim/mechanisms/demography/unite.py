"""Unions: in every slot of the year the man and the woman with the lowest draw meet and live together.

A slot is one union: a municipality and an age class of women. Unattached are people living alone and children of a
couple or a lone parent; each is in one slot by a draw of its own. In a slot the lowest draw wins, then the lower pid.
"""

from __future__ import annotations

import numpy as np

from sim.core.ahead import draw_all
from sim.core.kernel import inline, kernel
from sim.mechanisms.demography.state import CLASS_YEARS, CLASSES, FIRST_CLASS
from sim.population.codes import Kind, Leaving, Relation, Sex
from sim.population.kernels import GONE, HERE, founder_at

_HEAD, _SPOUSE, _CHILD = int(Relation.HEAD), int(Relation.SPOUSE), int(Relation.CHILD)
_MALE, _FEMALE = int(Sex.MALE), int(Sex.FEMALE)
_COUPLE_CHILDREN, _LONE_PARENT = int(Kind.COUPLE_CHILDREN), int(Kind.LONE_PARENT)
_INSTITUTION = int(Kind.INSTITUTION)
_STAYS = int(Leaving.STAYS)
_FROM, _BEYOND = 12 * FIRST_CLASS, 12 * (FIRST_CLASS + CLASS_YEARS * CLASSES)
"""months of age at which people meet"""


@inline
def months_of(people, draws, i):
    """Return the age of person i, or of the women it meets, in months."""
    return draws.opening - np.int64(people.born[i]) - (12 * draws.gap if people.sex[i] == _MALE else 0)


@inline
def cell_of(homes, people, draws, i):
    """Return the municipality and age class in which person i, of an age to do so, meets somebody."""
    place = np.int64(homes.place[people.household[i]])
    return place * CLASSES + (months_of(people, draws, i) // 12 - FIRST_CLASS) // CLASS_YEARS


@inline
def unattached(homes, people, goals, i):
    """Return whether person i is alone, or the child of a family, lives on here, and stays; nothing is jumped over."""
    h = np.uint64(people.household[i])
    size, kind = homes.size[h], homes.kind[h]
    alone = (size == 1) & (kind != _INSTITUTION)
    family = (size > 1) & ((kind == _COUPLE_CHILDREN) | (kind == _LONE_PARENT)) & (people.relation[i] == _CHILD)
    stays = (goals.target[i] == people.household[i]) & (people.leaving[i] == _STAYS) & (goals.new_place[h] == HERE)
    return (alone | family) & stays


@inline
def offer(homes, people, slots, draws, offers, count):
    """Let the people listed compete for their slots, where there is one for their age."""
    for at in range(np.uint64(count)):
        offers.pid[at] = people.pid[offers.row[at]]
    draw_all(offers.u, draws.key, draws.year, offers.pid, 0)
    for at in range(np.uint64(count)):
        i, mine = offers.row[at], offers.u[1, at]
        cell = cell_of(homes, people, draws, i)
        unions = slots.unions[cell]
        if unions == 0:
            continue
        slot, sex = slots.first[cell] + min(int(offers.u[0, at] * unions), unions - 1), people.sex[i]
        least = offers.score[sex, slot]
        if mine < least or (mine == least and people.pid[i] < people.pid[offers.best[sex, slot]]):
            offers.score[sex, slot] = mine
            offers.best[sex, slot] = i


@kernel
def meet(homes, people, goals, slots, draws, offers, low, high):
    """Let the unattached of the households low <= h < high compete for their slots.

    slots   state.Slots; draws  chances.UnionDraws
    offers  state.Offers of a thread
    """
    last = np.int64(homes.start[high - 1]) + homes.size[high - 1] if high > low else 0
    count = np.uint64(0)
    for i in range(np.uint64(homes.start[low] if high > low else 0), np.uint64(last)):
        months = months_of(people, draws, i)
        offers.row[count] = i
        count += np.uint64((months >= _FROM) & (months < _BEYOND) & unattached(homes, people, goals, i))
        if count == offers.row.size:
            offer(homes, people, slots, draws, offers, count)
            count = np.uint64(0)
    offer(homes, people, slots, draws, offers, count)


@kernel
def choose(offers, others, pid):
    """Put into the offers who is best of these and of others."""
    for sex in range(offers.best.shape[0]):
        for slot in range(offers.best.shape[1]):
            i, j = offers.best[sex, slot], others.best[sex, slot]
            mine, other = offers.score[sex, slot], others.score[sex, slot]
            if other < mine or (other == mine and i >= 0 and pid[j] < pid[i]):
                offers.best[sex, slot] = j
                offers.score[sex, slot] = other


@kernel
def join(homes, people, target, offers, follower, leader):
    """Join the man and the woman of every slot; return the number of unions.

    They live in the household of the one who lives alone (of both, the one with the lower draw), else
    in a household the man founds.

    offers            state.Offers after `choose`
    follower, leader  int32[slots], written: who goes to live with whom
    """
    best, score = offers.best, offers.score
    unions = 0
    for slot in range(best.shape[1]):
        man, woman = best[_MALE, slot], best[_FEMALE, slot]
        if man < 0 or woman < 0 or people.household[man] == people.household[woman]:
            continue
        man_alone = homes.size[people.household[man]] == 1
        woman_alone = homes.size[people.household[woman]] == 1
        hers = woman_alone and (not man_alone or score[_FEMALE, slot] < score[_MALE, slot])
        host, guest = (woman, man) if hers else (man, woman)
        if not man_alone and not woman_alone:
            target[host] = founder_at(homes.place[people.household[host]])
        people.relation[host], people.relation[guest] = _HEAD, _SPOUSE
        target[guest] = GONE
        follower[unions], leader[unions] = guest, host
        unions += 1
    return unions
