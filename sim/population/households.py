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
def _below(values, limit):
    """Return the rows of values below a limit, int32, without temporaries of full length."""
    n = 0
    for v in values:
        n += v < limit
    rows = np.empty(n, np.int32)
    k = 0
    for i in range(values.size):
        if values[i] < limit:
            rows[k] = i
            k += 1
    return rows


@nb.njit(cache=True)
def _leavers(new_row, new_place):
    """Return the rows of households that end or move, int32."""
    n = 0
    for h in range(new_place.size):
        n += new_row[h] < 0 or new_place[h] != HERE
    rows = np.empty(n, np.int32)
    k = 0
    for h in range(new_place.size):
        if new_row[h] < 0 or new_place[h] != HERE:
            rows[k] = h
            k += 1
    return rows


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

    def founders(self) -> NDArray[np.int32]:
        """Return the rows of those who found a household."""
        return _below(self.target, GONE)

    @classmethod
    def of(cls, people: Table, households: Table) -> Plan:
        """Return a plan in which nobody's home is decided yet (target is not filled) and nobody comes."""
        none = np.zeros(0, np.int32)
        nobody = Newcomers(none, {})
        new_place = households.borrow("uint8", households.rows)
        new_place[:] = HERE
        return cls(
            people.borrow("int32", people.rows), new_place, none, none, nobody, nobody,
            Units(np.zeros(0, np.int64), np.zeros(0, np.uint8), np.zeros(0, np.int16)),
        )


@dataclass(frozen=True)
class Repacked:
    """Rows of the rebuilt people table that belong to newborns and to arrivals."""

    newborns: NDArray[np.int32]
    arrivals: NDArray[np.int32]


@nb.njit(cache=True)
def _count_stayers(h_from, h_stop, start, size, target, stay):
    """stay[h] = persons of household h who go on living in it, for some households."""
    for h in range(h_from, h_stop):
        n = 0
        for i in range(start[h], start[h] + size[h]):
            n += target[i] == h
        stay[h] = n


@nb.njit(cache=True, parallel=True)
def _stayers(start, size, target, stay):
    """stay[h] = persons of household h who go on living in it."""
    for part in nb.prange(PARTS):
        _count_stayers(start.size * part // PARTS, start.size * (part + 1) // PARTS, start, size, target, stay)


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


@nb.njit(cache=True)
def _place_some(
    h_from, h_stop, start, size, head, target, stay, joins, new_row, new_start, index, household, home, first, length,
    head_at,
):
    """Place some households; see `_place_stayers`."""
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
def _place_stayers(
    start, size, head, target, stay, joins, new_row, new_start, index, household, home, first, length, head_at
):
    """Write the spans of the households that go on, and the people who stay in them.

    head_at  int32[new households]  row of the head if nobody came or went, else -1
    """
    for part in nb.prange(PARTS):
        _place_some(
            start.size * part // PARTS, start.size * (part + 1) // PARTS, start, size, head, target, stay, joins,
            new_row, new_start, index, household, home, first, length, head_at,
        )


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
def _settle(h_from, h_stop, adult_since, first, length, people, relation, born, head, kind):
    """Settle some households; see `_settle_all`."""
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
def _settle_all(adult_since, first, length, people, relation, born, head, kind):
    """Give changed households a head, its members their relation to a new head, and the family type.

    head  int32[households]  written where it is -1
    """
    for part in nb.prange(PARTS):
        _settle(
            head.size * part // PARTS, head.size * (part + 1) // PARTS, adult_since, first, length, people, relation,
            born, head, kind,
        )


@nb.njit(cache=True)
def _count_joins(homes, joins):
    """joins[h] += persons who come to live in household h."""
    for h in homes:
        joins[h] += 1


@nb.njit(cache=True)
def _release(leavers, place, claims, weight, column, ledger):
    """Move claims on some households to the ledger of their municipality; they become 0."""
    for h in leavers:
        ledger[place[h], column] += claims[h] * weight
        claims[h] = 0


def release_claims(households: Table, leavers: NDArray[np.int32], weight: int, ledger: NDArray[np.int64]) -> None:
    """Hand unpaid bills and arrears of households that vanish or move to the municipality they leave.

    ledger  int64[places, 6], yen: unpaid of the last bill, arrears_1 ... arrears_5
    """
    for column, name in enumerate(CLAIMS):
        _release(leavers, households.place, households.data[name], weight, column, ledger)
    households.stage[leavers] = 0


@dataclass
class _Spans:
    """The new order: spans of the households that go on and of those founded, rows of the people in them."""

    index: NDArray[np.int32]
    household: NDArray[np.int32]
    home: NDArray[np.int32]
    first: NDArray[np.int32]
    length: NDArray[np.int16]
    head_at: NDArray[np.int32]
    new_row: NDArray[np.int32]
    joined: NDArray[np.int32]
    kept: int
    settled: int


def _spans(people: Table, households: Table, plan: Plan, founders: NDArray[np.int32]) -> _Spans:
    """Number the old households from 0, the founded ones after them; place stayers, then those who join."""
    old, units, target = households.rows, plan.units, plan.target
    born = np.full(plan.newborns.rows, -1, np.int32)
    source = np.concatenate([founders, plan.follower, born])
    homes = np.concatenate([target[founders], target[plan.follower], target[plan.newborns.at]])
    if homes.size and homes.min() < 0:
        raise BalanceError("a newborn or a partner has no household to live in")
    stay, joins = (households.borrow("int16", old + founders.size) for _ in range(2))
    stay[:], joins[:] = 0, 0
    _stayers(households.start, households.size, target, stay[:old])
    _count_joins(homes, joins)
    new_row, new_start = (households.borrow("int32", stay.size) for _ in range(2))
    kept, settled = _layout(stay, joins, new_row, new_start)
    rows, persons = kept + units.hid.size, settled + plan.arrivals.rows
    index, household = (people.borrow("int32", persons) for _ in range(2))
    home, first, head_at = (households.borrow("int32", rows) for _ in range(3))
    length, joined = households.borrow("int16", rows), np.empty(homes.size, np.int32)
    _place_stayers(
        households.start, households.size, households.head, target, stay[:old], joins[:old], new_row[:old],
        new_start[:old], index, household, home, first, length, head_at,
    )
    fresh = new_row[old:]
    first[fresh], length[fresh] = new_start[old:], joins[old:]
    home[fresh] = home[kept:] = head_at[fresh] = head_at[kept:] = -1
    _place_joiners(np.argsort(homes, kind="stable"), homes, source, stay, new_row, new_start, index, household, joined)
    index[settled:] = -1
    household[settled:] = kept + plan.arrivals.at
    length[kept:] = units.size
    first[kept:] = settled + np.cumsum(units.size, dtype=np.int64) - units.size
    for used in (stay, joins, new_start):
        households.give_back(used)
    return _Spans(index, household, home, first, length, head_at, new_row, joined, kept, settled)


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
    old, founders = households.rows, plan.founders()
    founder_place = (-2 - plan.target[founders]).astype(np.uint8)
    plan.target[founders] = old + np.arange(founders.size, dtype=np.int32)
    plan.target[plan.follower] = plan.target[plan.leader]
    s = _spans(people, households, plan, founders)

    leavers = _leavers(s.new_row[:old], plan.new_place)
    release_claims(households, leavers, weight, ledger)
    movers = leavers[plan.new_place[leavers] != HERE]
    households.place[movers] = plan.new_place[movers]

    births = s.joined[founders.size + plan.follower.size :]
    arrivals = np.arange(s.settled, s.index.size, dtype=np.int32)
    people.take(s.index, skip=("household",))
    people.replace("household", s.household)
    people.give_back(s.index)
    people.give_back(plan.target)
    for rows, group in ((births, plan.newborns), (arrivals, plan.arrivals)):
        for name, values in group.columns.items():
            people.data[name][rows] = values
    people.relation[s.joined[: founders.size]] = _HEAD

    households.take(s.home, skip=("start", "size", "head"))
    for name, column in (("start", s.first), ("size", s.length), ("head", s.head_at)):
        households.replace(name, column)
    fresh = s.new_row[old:]
    households.hid[fresh], households.place[fresh] = founder_ids, founder_place
    households.hid[s.kept :], households.place[s.kept :] = plan.units.hid, plan.units.place
    _settle_all(
        opening - 12 * adult, s.first, s.length, people.pid, people.relation, people.born, households.head,
        households.kind,
    )
    for used in (s.home, s.new_row, plan.new_place):
        households.give_back(used)
    return Repacked(births, arrivals)
