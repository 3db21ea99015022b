"""Kernels of re-packing: who takes the rows of the households that end or change. See population.households."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel import kernel
from sim.population.kernels import HERE, count_members, kind_of, name_head


class Vacant(NamedTuple):
    """Vacated slots by number of persons: `home[next[n]]` to `home[stop[n] - 1]` are the rows of those of n persons."""

    home: NDArray[np.int32]
    next: NDArray[np.int64]
    stop: NDArray[np.int64]


class Moving(NamedTuple):
    """Households that get other rows: old ones by their row, founded and arriving ones by numbers behind these.

    number   int32
    length   int16  persons
    row      int32  their new row; first, that of their first person
    head_at  int32  new row of the head if nobody came or went, else -1
    """

    number: NDArray[np.int32]
    length: NDArray[np.int16]
    row: NDArray[np.int32]
    first: NDArray[np.int32]
    head_at: NDArray[np.int32]


class Changed(NamedTuple):
    """Rows of households: whose people change, of these those that go on, and all that end or move."""

    changed: NDArray[np.int32]
    going_on: NDArray[np.int32]
    leaving: NDArray[np.int32]


class Steps(NamedTuple):
    """Persons who get another row: their old row (-1: a new person), their new row, and that of the household."""

    source: NDArray[np.int32]
    to: NDArray[np.int32]
    home: NDArray[np.int32]


@kernel
def note_changed(before, stay, joins, new_place, homes):
    """Write rows of households: whose people change, of these those that go on, and all that end or move.

    homes  Changed, with room for all households; returns how many of each there are
    """
    changed, going_on, leaving = homes.changed, homes.going_on, homes.leaving
    c, g, n = 0, 0, 0
    for h in range(before.size.size):
        if stay[h] == before.size[h] and joins[h] == 0 and new_place[h] == HERE:
            continue
        ends = stay[h] + joins[h] == 0
        if stay[h] != before.size[h] or joins[h] > 0:
            changed[c] = h
            c += 1
            if not ends:
                going_on[g] = h
                g += 1
        if ends or new_place[h] != HERE:
            leaving[n] = h
            n += 1
    return c, g, n


@kernel
def cut(size, surplus):
    """Return the row of the first household to be lifted: before it no size has more vacant slots than takers.

    surplus  int64[sizes]  vacant slots less takers, of all rows
    """
    over = 0
    for n in range(surplus.size):
        over += max(surplus[n], 0)
    h = size.size
    while over > 0:
        h -= 1
        over -= surplus[size[h]] > 0  # one slot less to fill, or one household more to fill it
        surplus[size[h]] -= 1
    return h


@kernel
def give_slots(moving, start, vacant, rows, persons):
    """Give each household a vacant slot of its size, or else the next rows behind all; return rows and persons.

    rows, persons  how many there are before those behind all
    """
    for d in range(moving.number.size):
        n = moving.length[d]
        if n < vacant.next.size and vacant.next[n] < vacant.stop[n]:
            h = vacant.home[vacant.next[n]]
            vacant.next[n] += 1
            moving.row[d], moving.first[d] = h, start[h]
        else:
            moving.row[d], moving.first[d] = rows, persons
            rows += 1
            persons += n
    return rows, persons


@kernel
def list_steps(moving, before, target, joiners, steps):
    """Write who moves where: those who stay in a household in their order, behind them those who join it.

    joiners  Joiners in the order of their households; joined is written
    """
    p, j = 0, 0
    for d in range(moving.number.size):
        h, k = moving.number[d], moving.first[d]
        end = k + moving.length[d]
        moving.head_at[d] = -1
        if h < before.size.size:
            begin, size = before.start[h], before.size[h]
            for i in range(begin, begin + size):
                if target[i] == h:
                    steps.source[p], steps.to[p], steps.home[p] = i, k, moving.row[d]
                    p += 1
                    k += 1
            if k == end and moving.length[d] == size:
                moving.head_at[d] = moving.first[d] + before.head[h] - begin
        while j < joiners.order.size and joiners.home[joiners.order[j]] == h:
            who = joiners.order[j]
            steps.source[p], steps.to[p], steps.home[p] = joiners.source[who], k, moving.row[d]
            joiners.joined[who] = k
            p += 1
            k += 1
            j += 1
        while k < end:  # of an arriving household
            steps.source[p], steps.to[p], steps.home[p] = -1, k, moving.row[d]
            p += 1
            k += 1


@kernel
def put(values, rows, column):
    """column[rows[i]] = values[i]."""
    for i in range(rows.size):
        column[rows[i]] = values[i]


@kernel
def put_rows(values, rows, column):
    """The same for a column of several values a row, arrays [rows, width]."""
    for i in range(rows.size):
        for k in range(column.shape[1]):
            column[rows[i], k] = values[i, k]


@kernel
def settle(rows, homes, people, adult_since, low, high):
    """Give changed households a head, its members their relation to a new head, and the family type.

    rows   int32  of households that moved, the first `low` to the last before `high`
    homes  Households; head and kind are written where head is -1
    """
    for d in range(low, high):
        r = rows[d]
        if homes.head[r] >= 0:
            continue
        begin, stop = homes.first[r], homes.first[r] + homes.length[r]
        homes.head[r] = name_head(people, adult_since, begin, stop)
        members = count_members(people, adult_since, begin, stop)
        homes.kind[r] = kind_of(homes.kind[r], homes.length[r], members)
