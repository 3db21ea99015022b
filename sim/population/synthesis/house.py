"""Households with children, and households of other relatives and non-relatives."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel import inline, kernel
from sim.core.rng import draw4, normal
from sim.population.codes import Kind, Relation
from sim.population.synthesis.marry import put
from sim.population.synthesis.share import share_out
from sim.population.synthesis.state import YEAR, Rows

_HEAD, _SPOUSE, _KID = int(Relation.HEAD), int(Relation.SPOUSE), int(Relation.CHILD)
_PARENT, _REST = int(Relation.PARENT), int(Relation.OTHER)
_ALONE, _COUPLE, _CHILDREN = int(Kind.ONE_PERSON), int(Kind.COUPLE), int(Kind.COUPLE_CHILDREN)
_THREE, _OTHER = int(Kind.THREE_GENERATION), int(Kind.OTHER)
_GRANDPARENTS = 2
_OFFSET, _MOST = 60, 299
"""wished ages are counted from 60 years below nought, up to this"""


class Kin(NamedTuple):
    """Who lives in the households with children of a municipality.

    parents  PARENTS[units]
    kids     CHILD[children], by age
    elders   ELDER[units, 2]      grandparents
    start    int64[units + 1]     the children of unit i are kids[member[start[i] : start[i + 1]]]
    member   int64[children]
    """

    parents: Rows
    kids: Rows
    elders: Rows
    start: NDArray[np.int64]
    member: NDArray[np.int64]


@kernel
def house_families(kin, families, k, who, persons, homes):
    """Write the households with children, the head first; return the number of persons."""
    n = 0
    for i in range(kin.parents.size):
        u, v, _, _ = draw4(k, YEAR, who, i)
        first = n
        n = put_parents(persons, n, i, kin.parents[i], u < families.wife_head)
        for j in range(_GRANDPARENTS):
            elder = kin.elders[i, j]
            if elder.age >= 0:
                n = put(persons, n, i, elder.age, elder.sex, 0, _PARENT)
        for j in range(kin.start[i], kin.start[i + 1]):
            kid = kin.kids[kin.member[j]]
            n = put(persons, n, i, kid.age, kid.sex, kid.foreign, _KID)
        homes[i].kind = kind_of(kin, i)
        homes[i].persons = n - first
        grown = kin.start[i + 1] > kin.start[i] and kin.elders[i, 0].age < 0
        if grown and persons[first].age >= families.passing_age and v < families.head_passed_on:
            pass_on(persons, families, first, n)
    return n


@inline
def kind_of(kin, i):
    """Return the type of a household that was to have children."""
    parents = kin.parents[i]
    elders = kin.elders[i, 0].age >= 0
    if kin.start[i + 1] == kin.start[i]:
        return _OTHER if elders else (_COUPLE if parents.other_age >= 0 else _ALONE)
    return parents.kind if elders or parents.kind != _THREE else _CHILDREN


@inline
def put_parents(persons, n, household, p, wife_first):
    """Write one or two parents, the head first; return the next row."""
    if p.other_age < 0:
        return put(persons, n, household, p.age, p.sex, p.foreign, _HEAD)
    if wife_first:
        n = put(persons, n, household, p.other_age, p.other_sex, p.other_foreign, _HEAD)
        return put(persons, n, household, p.age, p.sex, p.foreign, _SPOUSE)
    n = put(persons, n, household, p.age, p.sex, p.foreign, _HEAD)
    return put(persons, n, household, p.other_age, p.other_sex, p.other_foreign, _SPOUSE)


@inline
def swap(persons, i, j):
    """Exchange two persons of one household."""
    a, b = persons[i], persons[j]
    a.age, b.age = b.age, a.age
    a.sex, b.sex = b.sex, a.sex
    a.foreign, b.foreign = b.foreign, a.foreign
    a.relation, b.relation = b.relation, a.relation


@inline
def pass_on(persons, families, first, stop):
    """Make the oldest grown child the head; the parents become PARENT, brothers and sisters OTHER."""
    best = -1
    for i in range(first, stop):
        grown = persons[i].relation == _KID and persons[i].age >= families.heir_age
        if grown and (best < 0 or persons[i].age > persons[best].age):
            best = i
    if best >= 0:
        for i in range(first, stop):
            persons[i].relation = _REST if persons[i].relation == _KID else _PARENT
        persons[best].relation = _HEAD
        swap(persons, first, best)


@kernel
def wish_company(age, families, k, who, out):
    """Fill out[i] with the age a person wishes to live with: about his own."""
    for i in range(age.size):
        u, _, _, _ = draw4(k, YEAR, who, i)
        out[i] = min(max(int(age[i] + families.shared_age_sd * normal(u)) + _OFFSET, 0), _MOST)


@kernel
def house_others(people, order, families, k, who, even, extra, persons, homes):
    """Write the households of other relatives and non-relatives, at least two people; the oldest is the head.

    people  CHILD[n]         those who live so
    order   int64[n]         in which they are put together
    even    float64[groups]  ones: every household may be as large
    extra   int64[groups]    scratch: persons of each household beyond two
    """
    groups = homes.size
    share_out(even, people.size - 2 * groups, families, k, who, people.size, extra)
    n = 0
    for g in range(groups):
        first, best = n, n
        for _ in range(2 + extra[g]):
            if people[order[n]].age > people[order[best]].age:
                best = n
            one = people[order[n]]
            n = put(persons, n, g, one.age, one.sex, one.foreign, _REST)
        persons[best].relation = _HEAD
        swap(persons, first, best)
        homes[g].persons, homes[g].kind = n - first, _OTHER
