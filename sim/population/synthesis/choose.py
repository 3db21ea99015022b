"""Which adults are members of 国保: those with the highest readiness of each group of age and nationality.

Readiness is a standard normal with a part that the household shares, so that members live together.
"""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline, inner, kernel
from sim.core.rng import draw4, normal
from sim.population.codes import Relation
from sim.population.synthesis.state import YEAR, Chosen

BINS = 8192
_REACH = 6.0
"""standard deviations to either side that the bins cover"""
_SPOUSE = int(Relation.SPOUSE)


@kernel
def draw_readiness(homes, people, chances, choice, k):
    """Draw a standard normal for every household and every person, the latter shifted by status of residence."""
    for h in range(homes.kind.size):
        choice.shared[h] = normal(draw4(k, YEAR, homes.hid[h], 1)[0])
        for i in range(homes.start[h], homes.start[h + 1]):
            shift = chances.member_shift_residence[people.residence[i]]
            choice.own[i] = normal(draw4(k, YEAR, people.pid[i], 0)[0]) + shift


@kernel
def choose(homes, people, chances, choice, likeness, ranks):
    """Mark the adults of each group with the highest readiness as members; return what that comes to (Chosen).

    A child whose parents in the household are all members follows them (`sure`); with one member of two he may
    (`maybe`).

    ranks  persons is zero and spare holds the members wanted
    """
    count_readiness(homes, people, chances, choice, likeness, ranks)
    find_edges(ranks)
    persons, households, sure, maybe = 0, 0, 0, 0
    for h in range(homes.kind.size):
        insured = mark_adults(homes, people, chances, choice, likeness, ranks, h)
        covered, parents = parents_of(homes, people, choice, h)
        for i in range(homes.start[h], homes.start[h + 1]):
            if is_child(people, chances, i):
                sure += covered == parents
                maybe += 0 < covered < parents
                insured += covered == parents
        persons += insured
        households += insured > 0
    return Chosen(persons, households, sure, maybe)


@inner
def bin_of(readiness):
    """Return the bin of the histogram."""
    return min(max(int((readiness + _REACH) * (BINS / (2.0 * _REACH))), 0), BINS - 1)


@inline
def readiness_of(people, chances, choice, likeness, i, h, kind):
    """Return the readiness of a person to be a member: a part shared by the household and one of his own."""
    moved = likeness.shift[kind]
    if people.age[i] >= chances.early_elderly_age:
        moved *= chances.member_shift_elderly
    rho = likeness.correlation
    return moved + np.sqrt(rho) * choice.shared[h] + np.sqrt(1.0 - rho) * choice.own[i]


@inline
def count_readiness(homes, people, chances, choice, likeness, ranks):
    """Count the persons to choose from by group and bin; nobody is a member yet."""
    for h in range(homes.kind.size):
        for i in range(homes.start[h], homes.start[h + 1]):
            choice.member[i] = False
            if choice.group[i] >= 0:
                b = bin_of(readiness_of(people, chances, choice, likeness, i, h, homes.kind[h]))
                ranks.persons[choice.group[i], b] += 1


@inline
def find_edges(ranks):
    """Find, from the highest bin down, the one in which each group has its members together."""
    for g in range(ranks.edge.size):
        left = ranks.spare[g]
        b = BINS - 1
        while b > 0 and ranks.persons[g, b] <= left:
            left -= ranks.persons[g, b]
            b -= 1
        ranks.edge[g], ranks.spare[g] = b, left


@inline
def mark_adults(homes, people, chances, choice, likeness, ranks, h):
    """Make the adults of a household above the edge of their group members, those at it while they last."""
    marked = 0
    for i in range(homes.start[h], homes.start[h + 1]):
        g = choice.group[i]
        if g < 0:
            continue
        b = bin_of(readiness_of(people, chances, choice, likeness, i, h, homes.kind[h]))
        if b > ranks.edge[g]:
            choice.member[i] = True
        elif b == ranks.edge[g] and ranks.spare[g] > 0:
            choice.member[i] = True
            ranks.spare[g] -= 1
        marked += choice.member[i]
    return marked


@inline
def parents_of(homes, people, choice, h):
    """Return (members, all) among the head and spouse of a household who could be members."""
    covered, parents = 0, 0
    for i in range(homes.start[h], min(homes.start[h] + 2, homes.start[h + 1])):
        if choice.group[i] >= 0 and people.relation[i] <= _SPOUSE:
            parents += 1
            covered += choice.member[i]
    return covered, parents


@inline
def is_child(people, chances, i):
    """Return whether a person is a minor whose insurance is open."""
    return people.age[i] < chances.adult_age and people.scheme[i] < 0
