"""Re-packing: once a year the tables are rebuilt so that every household is one span of rows.

Through the opening phase of a year a `Plan` collects who lives where from 1 April; `repack` applies it in
one pass. Households keep their order, so that the pass reads memory nearly in sequence; new households
follow after the old ones. Ids, not rows, carry identity: nothing else in the model may depend on rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.core.kernel import spread
from sim.population import kernels
from sim.population.codes import Relation
from sim.population.kernels import GONE, HERE, Before, Households, Indebted, Joiners, Layout, Members, Order
from sim.population.table import Table

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
        return kernels.below(self.target, GONE)

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
class _Spans:
    """The new order, new rows of the old and founded households and of those who join, rows and persons without new.

    kept, settled  households and persons before those who arrive
    """

    order: Order
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
    before = Before(households.start, households.size, households.head)
    numbers = old + founders.size
    stay, joins = (households.borrow(np.int16, numbers) for _ in range(2))
    row, start = (households.borrow(np.int32, numbers) for _ in range(2))
    layout = Layout(stay, joins, row, start)
    layout.stay[:], layout.joins[:] = 0, 0
    spread(kernels.count_stayers, old, before, target, layout.stay)
    kernels.count_joins(homes, layout.joins)
    kept, settled = kernels.number_homes(layout)
    order = _new_order(people, households, kept + units.hid.size, settled + plan.arrivals.rows)
    spread(kernels.place_stayers, old, before, target, layout, order)
    fresh = layout.row[old:]
    order.first[fresh], order.length[fresh] = layout.start[old:], layout.joins[old:]
    for column in (order.home, order.head_at):
        column[fresh] = column[kept:] = -1
    joiners = Joiners(np.argsort(homes, kind="stable"), homes, source, np.empty(homes.size, np.int32))
    kernels.place_joiners(joiners, layout, order)
    order.person[settled:] = -1
    order.household[settled:] = kept + plan.arrivals.at
    order.length[kept:] = units.size
    order.first[kept:] = settled + np.cumsum(units.size, dtype=np.int64) - units.size
    for used in (layout.stay, layout.joins, layout.start):
        households.give_back(used)
    return _Spans(order, layout.row, joiners.joined, kept, settled)


def _new_order(people: Table, households: Table, rows: int, persons: int) -> Order:
    """Return memory for the order of `rows` households with `persons` people."""
    person, household = (people.borrow(np.int32, persons) for _ in range(2))
    home, first, head_at = (households.borrow(np.int32, rows) for _ in range(3))
    return Order(person, household, home, first, households.borrow(np.int16, rows), head_at)


def _anew(table: Table) -> set[str]:
    return {c.name for c in table.columns if not c.kept}


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
    s = _spans(people, households, plan, founders)

    leavers = kernels.leavers(s.new_row[:old], plan.new_place)
    release_claims(tables, leavers, weight, ledger)
    movers = leavers[plan.new_place[leavers] != HERE]
    households.place[movers] = plan.new_place[movers]

    births = s.joined[founders.size + plan.follower.size :]
    arrivals = np.arange(s.settled, s.order.person.size, dtype=np.int32)
    people.take(s.order.person, skip=("household",), anew=_anew(people))
    people.replace("household", s.order.household)
    people.give_back(s.order.person)
    for rows, group in ((births, plan.newborns), (arrivals, plan.arrivals)):
        for name, values in group.columns.items():
            people.data[name][rows] = values
    people.relation[s.joined[: founders.size]] = Relation.HEAD

    households.take(s.order.home, skip=("start", "size", "head"), anew=_anew(households))
    for name, column in (("start", s.order.first), ("size", s.order.length), ("head", s.order.head_at)):
        households.replace(name, column)
    fresh = s.new_row[old:]
    households.hid[fresh], households.place[fresh] = founder_ids, founder_place
    households.hid[s.kept :], households.place[s.kept :] = plan.units.hid, plan.units.place
    homes = Households(s.order.first, s.order.length, households.head, households.kind)
    members = Members(people.pid, people.relation, people.born)
    spread(kernels.settle, households.rows, homes, members, opening - 12 * adult)
    for used in (s.order.home, s.new_row):
        households.give_back(used)
    return Repacked(births, arrivals)
