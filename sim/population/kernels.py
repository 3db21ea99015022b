"""Kernels of re-packing: arrays and scalars only. See population.households for the whole."""

from __future__ import annotations

import numba as nb
import numpy as np

from sim.population.codes import Kind, Relation

GONE = -1
"""target of a person who left the register last year"""
HERE = 255
"""new_place of a household that stays in its municipality"""
PARTS = 64
"""ranges of households handed to threads"""

_HEAD, _SPOUSE, _CHILD = int(Relation.HEAD), int(Relation.SPOUSE), int(Relation.CHILD)
_PARENT, _OTHER = int(Relation.PARENT), int(Relation.OTHER)
_ONE, _COUPLE, _FAMILY = int(Kind.ONE_PERSON), int(Kind.COUPLE), int(Kind.COUPLE_CHILDREN)
_LONE, _THREE, _MIXED = int(Kind.LONE_PARENT), int(Kind.THREE_GENERATION), int(Kind.OTHER)
_INSTITUTION = int(Kind.INSTITUTION)


@nb.njit(cache=True)
def founder_at(place):
    """Return the target of a person who founds a household in a municipality."""
    return -2 - np.int64(place)


@nb.njit(cache=True)
def below(values, limit):
    """Return the rows of values below a limit, int32."""
    rows = np.empty(values.size, np.int32)
    k = 0
    for i in range(values.size):
        if values[i] < limit:
            rows[k] = i
            k += 1
    return rows[:k].copy()


@nb.njit(cache=True)
def leavers(new_row, new_place):
    """Return the rows of households that end or move, int32."""
    rows = np.empty(new_place.size, np.int32)
    k = 0
    for h in range(new_place.size):
        if new_row[h] < 0 or new_place[h] != HERE:
            rows[k] = h
            k += 1
    return rows[:k].copy()


@nb.njit(cache=True)
def _count_stayers(h_from, h_stop, start, size, target, stay):
    """stay[h] = persons of household h who go on living in it, for some households."""
    for h in range(h_from, h_stop):
        n = 0
        for i in range(start[h], start[h] + size[h]):
            n += target[i] == h
        stay[h] = n


@nb.njit(cache=True, parallel=True)
def stayers(start, size, target, stay):
    """stay[h] = persons of household h who go on living in it."""
    for part in nb.prange(PARTS):
        _count_stayers(start.size * part // PARTS, start.size * (part + 1) // PARTS, start, size, target, stay)


@nb.njit(cache=True)
def layout(stay, joins, new_row, new_start):
    """Number the households that go on and give them their first row; return households and persons."""
    rows, persons = 0, 0
    for h in range(stay.size):
        n = stay[h] + joins[h]
        new_row[h] = rows if n > 0 else -1
        new_start[h] = persons
        rows += n > 0
        persons += n
    return rows, persons


@nb.njit(cache=True)
def _place_some(
    h_from,
    h_stop,
    start,
    size,
    head,
    target,
    stay,
    joins,
    new_row,
    new_start,
    index,
    household,
    home,
    first,
    length,
    head_at,
):
    """Place some households; see `place_stayers`."""
    for h in range(h_from, h_stop):
        r = new_row[h]
        if r < 0:
            continue
        k = new_start[h]
        same = joins[h] == 0 and stay[h] == size[h]
        home[r], first[r], length[r] = h, k, stay[h] + joins[h]
        head_at[r] = k + head[h] - start[h] if same else -1
        for i in range(start[h], start[h] + size[h]):
            if target[i] == h:
                index[k], household[k] = i, r
                k += 1


@nb.njit(cache=True, parallel=True)
def place_stayers(
    start, size, head, target, stay, joins, new_row, new_start, index, household, home, first, length, head_at
):
    """Write the spans of the households that go on, and the people who stay in them.

    head_at  int32[new households]  row of the head if nobody came or went, else -1
    """
    for part in nb.prange(PARTS):
        _place_some(
            start.size * part // PARTS,
            start.size * (part + 1) // PARTS,
            start,
            size,
            head,
            target,
            stay,
            joins,
            new_row,
            new_start,
            index,
            household,
            home,
            first,
            length,
            head_at,
        )


@nb.njit(cache=True)
def place_joiners(order, homes, source, stay, new_row, new_start, index, household, out):
    """Put those who join old households behind the ones who stay; out[j] = row of joiner j."""
    last, ordinal = -1, 0
    for j in order:
        h = homes[j]
        ordinal = ordinal + 1 if h == last else 0
        last = h
        k = new_start[h] + stay[h] + ordinal
        index[k], household[k], out[j] = source[j], new_row[h], k


@nb.njit(cache=True)
def _pass_over(people, relation, born, adult_since, first, stop):
    """Return the row of the next head: the spouse, else the oldest adult, else the oldest person."""
    best, rank = -1, -1
    for i in range(first, stop):
        grown = born[i] <= adult_since
        mine = 2 if grown and relation[i] == _SPOUSE else (1 if grown else 0)
        older = best >= 0 and (born[i] < born[best] or (born[i] == born[best] and people[i] < people[best]))
        if mine > rank or (mine == rank and older):
            best, rank = i, mine
    return best


@nb.njit(cache=True)
def _kind(before, persons, adults, spouses, children, parents, others):
    """Return the family type of a household whose members changed."""
    if before == _INSTITUTION or adults == 0:
        return _INSTITUTION
    if persons == 1:
        return _ONE
    if before == _MIXED:
        return _MIXED
    if children > 0 and parents + others > 0:
        return _THREE
    if parents + others > 0:
        return _MIXED
    if spouses > 0:
        return _FAMILY if children > 0 else _COUPLE
    return _LONE


@nb.njit(cache=True)
def _settle(h_from, h_stop, adult_since, first, length, people, relation, born, head, kind):
    """Settle some households; see `settle_all`."""
    for r in range(h_from, h_stop):
        if head[r] >= 0:
            continue
        begin, stop, lead = first[r], first[r] + length[r], -1
        for i in range(begin, stop):
            if relation[i] == _HEAD:
                lead = i
        if lead < 0:
            lead = _pass_over(people, relation, born, adult_since, begin, stop)
            heir = relation[lead] == _CHILD
            relation[lead] = _HEAD
            for i in range(begin, stop):
                if heir and relation[i] == _CHILD:
                    relation[i] = _OTHER
        head[r] = lead
        adults, spouses, children, parents, others = 0, 0, 0, 0, 0
        for i in range(begin, stop):
            adults += born[i] <= adult_since
            spouses += relation[i] == _SPOUSE
            children += relation[i] == _CHILD
            parents += relation[i] == _PARENT
            others += relation[i] == _OTHER
        kind[r] = _kind(kind[r], length[r], adults, spouses, children, parents, others)


@nb.njit(cache=True, parallel=True)
def settle_all(adult_since, first, length, people, relation, born, head, kind):
    """Give changed households a head, its members their relation to a new head, and the family type.

    head  int32[households]  written where it is -1
    """
    for part in nb.prange(PARTS):
        _settle(
            head.size * part // PARTS,
            head.size * (part + 1) // PARTS,
            adult_since,
            first,
            length,
            people,
            relation,
            born,
            head,
            kind,
        )


@nb.njit(cache=True)
def count_joins(homes, joins):
    """joins[h] += persons who come to live in household h."""
    for h in homes:
        joins[h] += 1


@nb.njit(cache=True)
def release(leavers, place, unpaid, arrears, weight, ledger):
    """Move claims on some households to the ledger of their municipality, int64[places, origins]; they become 0."""
    for h in leavers:
        row = ledger[place[h]]
        row[0] += unpaid[h] * weight
        unpaid[h] = 0
        for k in range(arrears.shape[1]):
            row[k + 1] += arrears[h, k] * weight
            arrears[h, k] = 0
