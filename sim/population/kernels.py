"""Kernels of tables and of re-packing: arrays and scalars only. See population.households for the whole."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel import inline, inner, kernel
from sim.core.state import Read, Write
from sim.population.codes import Kind, Relation

GONE = -1
"""target of a person who left the register last year"""
HERE = 255
"""new_place of a household that stays in its municipality"""

_HEAD, _SPOUSE, _CHILD = int(Relation.HEAD), int(Relation.SPOUSE), int(Relation.CHILD)
_PARENT, _OTHER = int(Relation.PARENT), int(Relation.OTHER)
_ONE, _COUPLE, _FAMILY = int(Kind.ONE_PERSON), int(Kind.COUPLE), int(Kind.COUPLE_CHILDREN)
_LONE, _THREE, _MIXED = int(Kind.LONE_PARENT), int(Kind.THREE_GENERATION), int(Kind.OTHER)
_INSTITUTION = int(Kind.INSTITUTION)


class Before(NamedTuple):
    """The households as they were: first row, persons and row of the head."""

    start: Read
    size: Read
    head: Read


class Indebted(NamedTuple):
    """What households owe, where they live, and the row of the head."""

    place: Read
    head: Read
    unpaid: Write
    arrears: Write


class Joiners(NamedTuple):
    """Those who join a household: in which order they are placed, the household, their old row, their new row."""

    order: NDArray[np.intp]
    home: NDArray[np.int32]
    source: NDArray[np.int32]
    joined: NDArray[np.int32]


class Members(NamedTuple):
    """Columns of the people in the new order."""

    pid: Read
    relation: Write
    born: Read


class Households(NamedTuple):
    """Columns of the households in the new order; head is -1 where somebody came or went."""

    first: Read
    length: Read
    head: Write
    kind: Write


class Counted(NamedTuple):
    """Persons of a household by what they are in it."""

    adults: int
    spouses: int
    children: int
    parents: int
    others: int


@inner
def founder_at(place):
    """Return the target of a person who founds a household in a municipality."""
    return -2 - np.int64(place)


@kernel
def gather(source, index, default, out):
    """out[i] = source[index[i]]; rows with a negative index get the default. All are unsigned words."""
    for i in range(index.size):
        j = index[i]
        out[i] = source[j] if j >= 0 else default


@kernel
def gather_rows(source, index, default, out):
    """The same for a column of several values a row, arrays [rows, width]."""
    for i in range(index.size):
        j = index[i]
        for k in range(out.shape[1]):
            out[i, k] = source[j, k] if j >= 0 else default


@kernel
def below(values, limit, rows):
    """Write the rows of values below a limit, int32[values]; return how many there are."""
    k = 0
    for i in range(values.size):
        if values[i] < limit:
            rows[k] = i
            k += 1
    return k


@kernel
def count_stayers(before, target, stay, low, high):
    """stay[h] = persons of household h who go on living in it, low <= h < high."""
    for h in range(low, high):
        n = 0
        for i in range(before.start[h], before.start[h] + before.size[h]):
            n += target[i] == h
        stay[h] = n


@kernel
def count_joins(homes, joins):
    """joins[h] += persons who come to live in household h."""
    for h in homes:
        joins[h] += 1


@inline
def next_head(people, adult_since, begin, stop):
    """Return the row of the next head: the spouse, else the oldest adult, else the oldest person."""
    born = people.born
    best, rank = -1, -1
    for i in range(begin, stop):
        grown = born[i] <= adult_since
        mine = 2 if grown and people.relation[i] == _SPOUSE else (1 if grown else 0)
        older = best >= 0 and (born[i] < born[best] or (born[i] == born[best] and people.pid[i] < people.pid[best]))
        if mine > rank or (mine == rank and older):
            best, rank = i, mine
    return best


@inline
def name_head(people, adult_since, begin, stop):
    """Return the row of the head; one who follows gets the relation, and siblings of an heir become others."""
    lead = -1
    for i in range(begin, stop):
        if people.relation[i] == _HEAD:
            lead = i
    if lead < 0:
        lead = next_head(people, adult_since, begin, stop)
        heir = people.relation[lead] == _CHILD
        people.relation[lead] = _HEAD
        for i in range(begin, stop):
            if heir and people.relation[i] == _CHILD:
                people.relation[i] = _OTHER
    return lead


@inline
def count_members(people, adult_since, begin, stop):
    """Count the persons of a household by what they are in it."""
    adults, spouses, children, parents, others = 0, 0, 0, 0, 0
    for i in range(begin, stop):
        adults += people.born[i] <= adult_since
        spouses += people.relation[i] == _SPOUSE
        children += people.relation[i] == _CHILD
        parents += people.relation[i] == _PARENT
        others += people.relation[i] == _OTHER
    return Counted(adults, spouses, children, parents, others)


@inner
def kind_of(before, persons, n):
    """Return the family type of a household whose members, Counted n, changed."""
    if before == _INSTITUTION or n.adults == 0:
        return _INSTITUTION
    if persons == 1:
        return _ONE
    if before == _MIXED:
        return _MIXED
    if n.children > 0 and n.parents + n.others > 0:
        return _THREE
    if n.parents + n.others > 0:
        return _MIXED
    if n.spouses > 0:
        return _FAMILY if n.children > 0 else _COUPLE
    return _LONE


@kernel
def release(leavers, homes, residence, weight, ledger):
    """Move claims on some households to the ledger of their municipality; they become 0.

    homes  Indebted; residence  status of residence of the people
    ledger int64[places, 2, origins], by nationality of the head
    """
    unpaid, arrears = homes.unpaid, homes.arrears
    for h in leavers:
        row = ledger[homes.place[h], 1 if residence[homes.head[h]] > 0 else 0]
        row[0] += unpaid[h] * weight
        unpaid[h] = 0
        for k in range(arrears.shape[1]):
            row[k + 1] += arrears[h, k] * weight
            arrears[h, k] = 0
