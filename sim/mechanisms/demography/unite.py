"""Unions: in every slot of the year the man and the woman with the lowest draw meet and live together.

A slot is one union: a municipality and an age class of women. Unattached are people living alone and children of a
couple or a lone parent; each is in one slot by a draw of its own. In a slot the lowest draw wins, then the lower pid.
"""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline, kernel
from sim.core.rng import draw4
from sim.mechanisms.demography.household import full_years
from sim.mechanisms.demography.state import CLASS_YEARS, CLASSES, FIRST_CLASS
from sim.population.codes import Kind, Leaving, Relation, Sex
from sim.population.kernels import GONE, HERE, founder_at

_HEAD, _SPOUSE, _CHILD = int(Relation.HEAD), int(Relation.SPOUSE), int(Relation.CHILD)
_MALE, _FEMALE = int(Sex.MALE), int(Sex.FEMALE)
_COUPLE_CHILDREN, _LONE_PARENT = int(Kind.COUPLE_CHILDREN), int(Kind.LONE_PARENT)
_INSTITUTION = int(Kind.INSTITUTION)
_STAYS = int(Leaving.STAYS)
_BEYOND = FIRST_CLASS + CLASS_YEARS * CLASSES


@inline
def cell_of(people, draws, place, i):
    """Return the municipality and age class in which person i meets somebody, -1 at other ages."""
    years = full_years(draws.opening - people.born[i]) - (draws.gap if people.sex[i] == _MALE else 0)
    if years < FIRST_CLASS or years >= _BEYOND:
        return -1
    return np.int64(place) * CLASSES + (years - FIRST_CLASS) // CLASS_YEARS


@inline
def unattached(homes, h):
    """Return whether household h is a person living alone, and whether it is a family whose children are unattached."""
    alone = homes.size[h] == 1 and homes.kind[h] != _INSTITUTION
    family = homes.size[h] > 1 and (homes.kind[h] == _COUPLE_CHILDREN or homes.kind[h] == _LONE_PARENT)
    return alone, family


@inline
def offer(people, slots, draws, offers, place, i):
    """Let person i compete for its slot, if there is one for its age."""
    cell = cell_of(people, draws, place, i)
    if cell < 0 or slots.unions[cell] == 0:
        return
    u, mine, _, _ = draw4(draws.key, draws.year, people.pid[i])
    slot, sex = slots.first[cell] + min(int(u * slots.unions[cell]), slots.unions[cell] - 1), people.sex[i]
    rival, least = offers.best[sex, slot], offers.score[sex, slot]
    if rival < 0 or mine < least or (mine == least and people.pid[i] < people.pid[rival]):
        offers.score[sex, slot] = mine
        offers.best[sex, slot] = i


@kernel
def meet(homes, people, goals, slots, draws, offers, low, high):
    """Let the unattached of the households low <= h < high compete for their slots.

    slots   state.Slots; draws  chances.UnionDraws
    offers  the span's own part of state.Offers; best is -1 where nobody has come yet
    """
    for h in range(low, high):
        alone, family = unattached(homes, h)
        if goals.new_place[h] == HERE and (alone or family):
            for i in range(homes.start[h], homes.start[h] + homes.size[h]):
                free = alone or people.relation[i] == _CHILD
                if free and goals.target[i] == h and people.leaving[i] == _STAYS:
                    offer(people, slots, draws, offers, homes.place[h], i)


@kernel
def choose(offers, pid):
    """Put into the first span of the offers who is best of all spans."""
    best, score = offers.best, offers.score
    for span in range(1, best.shape[0]):
        for sex in range(best.shape[1]):
            for slot in range(best.shape[2]):
                i, j = best[0, sex, slot], best[span, sex, slot]
                mine, other = score[0, sex, slot], score[span, sex, slot]
                if j >= 0 and (i < 0 or other < mine or (other == mine and pid[j] < pid[i])):
                    best[0, sex, slot] = j
                    score[0, sex, slot] = other


@kernel
def join(homes, people, target, offers, follower, leader):
    """Join the man and the woman of every slot; return the number of unions.

    They live in the household of the one who lives alone (of both, the one with the lower draw), else
    in a household the man founds.

    offers            state.Offers after `choose`
    follower, leader  int32[slots], written: who goes to live with whom
    """
    best, score = offers.best[0], offers.score[0]
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
