"""Re-packing: once a year the tables are rebuilt so that every household is one span of rows.

Through the opening phase of a year a `Plan` collects who lives where from 1 April; `repack` applies it. Households
nobody leaves or joins keep their rows. One that changes, is founded or arrives takes the rows of one of the same number
of persons that ended or changed, else the next ones behind all. Where more rows of a size are vacated than taken, the
last households of the table are lifted and given rows in the same way. So nine rows of ten stay untouched in a first
year, no column needs a second copy, and households and their people stand in the same order. Ids, not rows, carry
identity: nothing else in the model may depend on rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.core.kernel import at_once, spread
from sim.population import kernels, slots
from sim.population.codes import Relation
from sim.population.columns import Column
from sim.population.kernels import GONE, HERE, Before, Households, Indebted, Joiners, Members
from sim.population.room import resized
from sim.population.slots import Changed, Moving, Steps, Vacant
from sim.population.table import Table

_MOVERS = 4
"""columns moved at a time at most"""
_SIZES = 32_768
"""sizes of households, int16"""
ORIGINS = 6
"""Fiscal years of origin of claims: this year's bill, one to four years before, five or more years before."""


class Tables(NamedTuple):
    """Both tables of a run, in the hands of the step that rebuilds them."""

    people: Table
    households: Table


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
        rows = np.empty(self.target.size, np.int32)
        return rows[: kernels.below(self.target, GONE, rows)].copy()

    @classmethod
    def of(cls, people: int, households: int) -> Plan:
        """Return a plan for so many rows: nobody's home is decided yet (target is not filled), and nobody comes."""
        none = np.zeros(0, np.int32)
        nobody = Newcomers(none, {})
        return cls(
            np.empty(people, np.int32),
            np.full(households, HERE, np.uint8),
            none,
            none,
            nobody,
            nobody,
            Units(np.zeros(0, np.int64), np.zeros(0, np.uint8), np.zeros(0, np.int16)),
        )


@dataclass(frozen=True)
class Repacked:
    """Rows of the rebuilt people table that belong to newborns and to arrivals."""

    newborns: NDArray[np.int32]
    arrivals: NDArray[np.int32]


def release_claims(tables: Tables, leavers: NDArray[np.int32], weight: int, ledger: NDArray[np.int64]) -> None:
    """Hand unpaid bills and arrears of households that vanish or move to the municipality they leave.

    ledger  int64[places, 2, 6], yen by nationality of the head: unpaid of the last bill, arrears by year of origin
    """
    people, households = tables
    homes = Indebted(households.place, households.head, households.unpaid, households.arrears)
    kernels.release(leavers, homes, people.residence, weight, ledger)
    households.stage[leavers] = 0


@dataclass
class _Settled:
    """Who gets other rows, who ends or moves away, the new rows of those who join, and how many rows there are."""

    moving: Moving
    steps: Steps
    leavers: NDArray[np.int32]
    joined: NDArray[np.int32]
    rows: int
    persons: int


def _settle(people: Table, households: Table, plan: Plan, founders: NDArray[np.int32]) -> _Settled:
    """Give rows to the households that change, are founded or arrive: those vacated by one of their size, if any."""
    target, old = plan.target, households.rows
    source = np.concatenate([founders, plan.follower, np.full(plan.newborns.rows, -1, np.int32)])
    homes = np.concatenate([target[founders], target[plan.follower], target[plan.newborns.at]])
    if homes.size and homes.min() < 0:
        raise BalanceError("a newborn or a partner has no household to live in")
    before = Before(households.start, households.size, households.head)
    stay, joins = (households.borrow(np.int16, old + founders.size) for _ in range(2))
    stay[old:], joins[:] = 0, 0
    spread(kernels.count_stayers, old, before, target, stay)
    kernels.count_joins(homes, joins)
    changed, going_on, leavers = _changed(before, stay, joins, plan.new_place)
    founded = np.arange(old, old + founders.size, dtype=np.int32)
    persons = [stay[going_on] + joins[going_on], joins[founded], plan.units.size]
    for used in (stay, joins):
        households.give_back(used)

    surplus = _by_size(before.size[changed]) - _by_size(np.concatenate(persons))
    cut = slots.cut(before.size, surplus)
    vacant = changed[: np.searchsorted(changed, cut)]
    lifted = np.setdiff1d(np.arange(cut, old, dtype=np.int32), changed[vacant.size :], assume_unique=True)
    arriving = np.arange(plan.units.size.size, dtype=np.int32) + (old + founders.size)
    moving = _moving(
        np.concatenate([going_on, lifted, founded, arriving]),
        np.concatenate([persons[0], before.size[lifted], *persons[1:]]),
    )
    first = int(before.start[cut]) if cut < old else people.rows
    rows, total = slots.give_slots(moving, before.start, _vacant(vacant, before.size[vacant]), cut, first)
    steps = Steps(*(np.empty(int(moving.length.sum(dtype=np.int64)), np.int32) for _ in Steps._fields))
    joiners = Joiners(np.argsort(homes, kind="stable"), homes, source, np.empty(homes.size, np.int32))
    slots.list_steps(moving, before, target, joiners, steps)
    return _Settled(moving, steps, leavers, joiners.joined, rows, total)


def _changed(
    before: Before, stay: NDArray[np.int16], joins: NDArray[np.int16], new_place: NDArray[np.uint8]
) -> Changed:
    """Return the households that change, go on, end or move, given how many of their people stay and join."""
    homes = Changed(*(np.empty(before.size.size, np.int32) for _ in Changed._fields))
    counts = slots.note_changed(before, stay, joins, new_place, homes)
    return Changed(*(rows[:count].copy() for rows, count in zip(homes, counts, strict=True)))


def _by_size(size: NDArray[np.number]) -> NDArray[np.int64]:
    """Return how many households there are of each size, int64[sizes]."""
    return np.bincount(size, minlength=_SIZES)


def _moving(number: NDArray[np.int32], length: NDArray[np.int16]) -> Moving:
    return Moving(number, length, *(np.empty(number.size, np.int32) for _ in range(3)))


def _vacant(homes: NDArray[np.int32], size: NDArray[np.number]) -> Vacant:
    """Return slots, in the order of their rows, by number of persons."""
    stop = np.cumsum(_by_size(size))
    return Vacant(homes[np.argsort(size, kind="stable")], stop - _by_size(size), stop)


def _begins_anew(c: Column) -> bool:
    """Return whether every row of a column is at its default when a year begins."""
    return not c.kept


def _resized(table: Table, c: Column, rows: int) -> NDArray[np.number]:
    """Return a column of a table with so many rows, in the memory it has as long as there is room."""
    table.data[c.name] = resized(table.data[c.name], rows, np.dtype(c.dtype))
    return table.data[c.name]


def _move(
    table: Table, rows: int, source: NDArray[np.int32], to: NDArray[np.int32], given: Mapping[str, NDArray[np.number]]
) -> None:
    """Write into the rows `to` what stood in the rows `source` (-1: defaults), or what is given of a column.

    All other rows stay as they are. A column that is not kept gets its default everywhere.
    """
    lock = Lock()

    def move(c: Column) -> None:
        word, kind = f"u{np.dtype(c.dtype).itemsize}", np.dtype(c.dtype).type
        if _begins_anew(c):
            _resized(table, c, rows)[:] = c.default
            return
        if c.name in given:
            _resized(table, c, rows)[to] = given[c.name]
            return
        old = table.data[c.name].view(word)
        with lock:
            taken = table.borrow(kind, to.size * max(c.width, 1))
        values = taken.view(word).reshape(to.size, *old.shape[1:])
        gather, put = (kernels.gather_rows, slots.put_rows) if c.width else (kernels.gather, slots.put)
        gather(old, source, np.array([c.default], c.dtype).view(word)[0], values)
        put(values, to, _resized(table, c, rows).view(word))
        with lock:
            table.give_back(taken)

    at_once(move, sorted(table.columns, key=lambda c: -np.dtype(c.dtype).itemsize), _MOVERS)


def repack(
    tables: Tables,
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
    ledger       int64[places, 2, 6] takes the claims of households that end or move
    """
    people, households = tables
    old, founders = households.rows, plan.founders()
    founder_place = (-2 - plan.target[founders]).astype(np.uint8)
    plan.target[founders] = old + np.arange(founders.size, dtype=np.int32)
    plan.target[plan.follower] = plan.target[plan.leader]
    s = _settle(people, households, plan, founders)

    release_claims(tables, s.leavers, weight, ledger)
    movers = s.leavers[plan.new_place[s.leavers] != HERE]
    households.place[movers] = plan.new_place[movers]

    births = s.joined[founders.size + plan.follower.size :]
    arrivals = s.steps.to[s.steps.to.size - plan.arrivals.rows :]
    _move(people, s.persons, s.steps.source, s.steps.to, {"household": s.steps.home})
    for rows, group in ((births, plan.newborns), (arrivals, plan.arrivals)):
        for name, values in group.columns.items():
            people.data[name][rows] = values
    people.relation[s.joined[: founders.size]] = Relation.HEAD

    m = s.moving
    source = np.where(m.number < old, m.number, np.int32(-1))
    _move(households, s.rows, source, m.row, {"start": m.first, "size": m.length, "head": m.head_at})
    arrived = m.number.size - plan.units.hid.size
    founded = m.row[arrived - founders.size : arrived]
    households.hid[founded], households.place[founded] = founder_ids, founder_place
    households.hid[m.row[arrived:]], households.place[m.row[arrived:]] = plan.units.hid, plan.units.place
    homes = Households(households.start, households.size, households.head, households.kind)
    members = Members(people.pid, people.relation, people.born)
    spread(slots.settle, m.row.size, m.row, homes, members, opening - 12 * adult)
    return Repacked(births, arrivals)
