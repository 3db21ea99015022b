"""Re-packing: once a year the tables are rebuilt so that every household is one span of rows.

Through the opening phase of a year a `Plan` collects who lives where from 1 April; `repack` applies it in
one pass. Households keep their order, so that the pass reads memory nearly in sequence; new households
follow after the old ones. Ids, not rows, carry identity: nothing else in the model may depend on rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.population.codes import Kind, Relation
from sim.population.table import Table

GONE = -1
"""target of a person who left the register last year"""
HERE = 255
"""new_place of a household that stays in its municipality"""
CLAIMS = ("unpaid", "arrears_1", "arrears_2", "arrears_3", "arrears_4", "arrears_5")
CHUNKS = 16

_HEAD, _SPOUSE, _CHILD = int(Relation.HEAD), int(Relation.SPOUSE), int(Relation.CHILD)
_PARENT, _OTHER = int(Relation.PARENT), int(Relation.OTHER)
_ONE, _COUPLE, _FAMILY = int(Kind.ONE_PERSON), int(Kind.COUPLE), int(Kind.COUPLE_CHILDREN)
_LONE, _THREE, _MIXED = int(Kind.LONE_PARENT), int(Kind.THREE_GENERATION), int(Kind.OTHER)
_INSTITUTION = int(Kind.INSTITUTION)


@nb.njit(cache=True)
def founder_at(place):
    """Return the target of a person who founds a household in a municipality."""
    return -2 - np.int64(place)


@dataclass
class Newcomers:
    """People who get a row this year. `at` is the row of the mother, or the number of the arriving household."""

    at: NDArray[np.int32]
    columns: dict[str, NDArray[np.generic]]

    @property
    def rows(self) -> int:
        return self.at.size


@dataclass
class Units:
    """Arriving households: id, municipality, persons. Their people come in order, household after household."""

    hid: NDArray[np.int64]
    place: NDArray[np.uint8]
    size: NDArray[np.int16]


@dataclass
class Plan:
    """Who lives where from 1 April, against the rows of the old tables.

    target     int32[people]      row of a household, GONE, or founder_at(place)
    new_place  uint8[households]  municipality a household moves to, HERE if it stays
    follower   int32[unions]      rows of those who go to live with …
    leader     int32[unions]      … the persons in these rows, wherever their target is
    """

    target: NDArray[np.int32]
    new_place: NDArray[np.uint8]
    follower: NDArray[np.int32]
    leader: NDArray[np.int32]
    newborns: Newcomers
    arrivals: Newcomers
    units: Units

    @classmethod
    def of(cls, people: int, households: int) -> Plan:
        """Return a plan in which nobody's home is decided yet and nobody comes."""
        none = np.zeros(0, np.int32)
        nobody = Newcomers(none, {})
        return cls(
            np.full(people, GONE, np.int32), np.full(households, HERE, np.uint8), none, none, nobody, nobody,
            Units(np.zeros(0, np.int64), np.zeros(0, np.uint8), np.zeros(0, np.int16)),
        )


@dataclass(frozen=True)
class Repacked:
    """Rows of the rebuilt people table that belong to newborns and to arrivals."""

    newborns: NDArray[np.int32]
    arrivals: NDArray[np.int32]


@nb.njit(cache=True, parallel=True)
def _stayers(start, size, target, stay):
    """stay[h] = persons of household h who go on living in it."""
    for h in nb.prange(start.size):
        n = 0
        for i in range(start[h], start[h] + size[h]):
            n += target[i] == h
        stay[h] = n


@nb.njit(cache=True)
def _layout(stay, joins, new_row, new_start):
    """Number the households that go on and give them their first row; return households and persons."""
    rows, persons = 0, 0
    for h in range(stay.size):
        n = stay[h] + joins[h]
        new_row[h] = rows if n > 0 else -1
        new_start[h] = persons
        rows += n > 0
        persons += n
    return rows, persons


@nb.njit(cache=True, parallel=True)
def _place_stayers(start, size, target, stay, joins, new_row, new_start, index, household, home, first, length, same):
    """Write the spans of the households that go on, and the people who stay in them."""
    for h in nb.prange(start.size):
        r = new_row[h]
        if r < 0:
            continue
        home[r], first[r], length[r] = h, new_start[h], stay[h] + joins[h]
        same[r] = joins[h] == 0 and stay[h] == size[h]
        k = new_start[h]
        for i in range(start[h], start[h] + size[h]):
            if target[i] == h:
                index[k], household[k] = i, r
                k += 1


@nb.njit(cache=True)
def _place_joiners(order, homes, source, stay, new_row, new_start, index, household, out):
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
def _settle(r, adult_since, first, length, old_offset, same, people, relation, born, head, kind):
    """Give one household its head, its members their relation to a new head, and its type."""
    begin, stop = first[r], first[r] + length[r]
    if same[r]:
        head[r] = begin + old_offset[r]
        return
    lead = -1
    for i in range(begin, stop):
        if relation[i] == _HEAD:
            lead = i
    if lead < 0:
        lead = _pass_over(people, relation, born, adult_since, begin, stop)
        was = relation[lead]
        relation[lead] = _HEAD
        if was == _CHILD:
            for i in range(begin, stop):
                if relation[i] == _CHILD:
                    relation[i] = _OTHER
                elif relation[i] == _SPOUSE:
                    relation[i] = _PARENT
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
def _settle_all(adult_since, first, length, old_offset, same, people, relation, born, head, kind):
    """Settle every household; see `_settle`."""
    for r in nb.prange(first.size):
        _settle(r, adult_since, first, length, old_offset, same, people, relation, born, head, kind)


@nb.njit(cache=True)
def _release(place, new_row, new_place, claims, weight, column, ledger):
    """Move claims on households that end or leave the municipality to the ledger of the old municipality.

    claims  int64[households]  written: 0 for those households
    ledger  int64[places, 6]   written: yen, weighted
    """
    for h in range(place.size):
        if (new_row[h] < 0 or new_place[h] != HERE) and claims[h] != 0:
            ledger[place[h], column] += claims[h] * weight
            claims[h] = 0


def release_claims(
    households: Table, new_row: NDArray[np.int32], new_place: NDArray[np.uint8], weight: int, ledger: NDArray[np.int64]
) -> None:
    """Hand the unpaid bills and arrears of vanished and moved households to the municipality they leave.

    ledger  int64[places, 6], yen: unpaid of the last bill, arrears_1 ... arrears_5
    """
    for column, name in enumerate(CLAIMS):
        _release(households.place, new_row, new_place, households.data[name], weight, column, ledger)
    households.stage[new_place != HERE] = 0


def repack(
    people: Table,
    households: Table,
    plan: Plan,
    founder_ids: NDArray[np.int64],
    opening: int,
    adult: int,
    weight: int,
    ledger: NDArray[np.int64],
) -> Repacked:
    """Rebuild both tables according to a plan and return the rows of those who are new.

    founder_ids  int64[founders]  ids of the new households, in order of the founders' rows
    opening      month index of April of the year
    adult        age of majority
    ledger       int64[places, 6] takes the claims of households that end or move
    """
    old = households.rows
    founders = np.flatnonzero(plan.target < GONE).astype(np.int32)
    founder_place = (-2 - plan.target[founders]).astype(np.uint8)
    target = plan.target
    target[founders] = old + np.arange(founders.size, dtype=np.int32)
    target[plan.follower] = target[plan.leader]

    source = np.concatenate([plan.follower, np.full(plan.newborns.rows, -1, np.int32)])
    homes = np.concatenate([target[plan.follower], target[plan.newborns.at]])
    if homes.size and homes.min() < 0:
        raise BalanceError("a newborn or a partner has no household to live in")
    source = np.concatenate([founders, source])
    homes = np.concatenate([target[founders], homes])

    stay = np.zeros(old + founders.size, np.int16)
    _stayers(households.start, households.size, target, stay[:old])
    joins = np.bincount(homes, minlength=stay.size).astype(np.int16)
    new_row, new_start = np.empty(stay.size, np.int32), np.empty(stay.size, np.int32)
    kept, settled = _layout(stay, joins, new_row, new_start)
    units, arriving = plan.units, plan.arrivals
    rows, persons = kept + units.hid.size, settled + arriving.rows

    index, household = np.empty(persons, np.int32), np.empty(persons, np.int32)
    home, same = np.full(rows, -1, np.int32), np.zeros(rows, np.bool_)
    first, length = np.empty(rows, np.int32), np.empty(rows, np.int16)
    _place_stayers(
        households.start, households.size, target, stay[:old], joins[:old], new_row[:old], new_start[:old], index,
        household, home, first, length, same,
    )
    fresh = new_row[old:]
    first[fresh], length[fresh] = new_start[old:], joins[old:]
    joined = np.empty(homes.size, np.int32)
    _place_joiners(np.argsort(homes, kind="stable"), homes, source, stay, new_row, new_start, index, household, joined)
    arrived = np.arange(settled, persons, dtype=np.int32)
    index[settled:] = -1
    household[settled:] = kept + arriving.at
    length[kept:] = units.size
    first[kept:] = settled + np.cumsum(units.size, dtype=np.int64) - units.size

    release_claims(households, new_row[:old], plan.new_place, weight, ledger)
    moving = plan.new_place != HERE
    households.place[moving] = plan.new_place[moving]
    old_offset = (households.head - households.start).astype(np.int16)

    born_rows = joined[founders.size + plan.follower.size :]
    people.take(index, skip=("household",))
    people.data["household"] = household
    for rows_of, group in ((born_rows, plan.newborns), (arrived, arriving)):
        for name, values in group.columns.items():
            people.data[name][rows_of] = values
    people.relation[joined[: founders.size]] = _HEAD

    households.take(home, skip=("start", "size", "head"))
    households.data.update(start=first, size=length, head=np.zeros(rows, np.int32))
    households.hid[fresh], households.place[fresh] = founder_ids, founder_place
    households.hid[kept:], households.place[kept:] = units.hid, units.place
    offset = np.where(home >= 0, old_offset[np.maximum(home, 0)], 0).astype(np.int16)
    _settle_all(
        opening - 12 * adult, first, length, offset, same, people.pid, people.relation, people.born, households.head,
        households.kind,
    )
    return Repacked(born_rows.astype(np.int32), arrived)
