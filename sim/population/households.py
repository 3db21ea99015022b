"""Re-packing: once a year the tables are rebuilt so that every household is one span of rows.

Through the opening phase of a year a `Plan` collects who lives where from 1 April; `repack` applies it in
one pass. Households keep their order, so that the pass reads memory nearly in sequence; new households
follow after the old ones. Ids, not rows, carry identity: nothing else in the model may depend on rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.population import kernels
from sim.population.codes import Relation
from sim.population.kernels import GONE, HERE
from sim.population.table import Table

ORIGINS = 6
"""Fiscal years of origin of claims: this year's bill, one to four years before, five or more years before."""


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
    def of(cls, people: Table, households: Table) -> Plan:
        """Return a plan in which nobody's home is decided yet (target is not filled) and nobody comes."""
        none = np.zeros(0, np.int32)
        nobody = Newcomers(none, {})
        new_place = households.borrow("uint8", households.rows)
        new_place[:] = HERE
        return cls(
            people.borrow("int32", people.rows),
            new_place,
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


def release_claims(households: Table, leavers: NDArray[np.int32], weight: int, ledger: NDArray[np.int64]) -> None:
    """Hand unpaid bills and arrears of households that vanish or move to the municipality they leave.

    ledger  int64[places, 6], yen: unpaid of the last bill, arrears by year of origin
    """
    kernels.release(leavers, households.place, households.unpaid, households.arrears, weight, ledger)
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
    kernels.stayers(households.start, households.size, target, stay[:old])
    kernels.count_joins(homes, joins)
    new_row, new_start = (households.borrow("int32", stay.size) for _ in range(2))
    kept, settled = kernels.layout(stay, joins, new_row, new_start)
    rows, persons = kept + units.hid.size, settled + plan.arrivals.rows
    index, household = (people.borrow("int32", persons) for _ in range(2))
    home, first, head_at = (households.borrow("int32", rows) for _ in range(3))
    length, joined = households.borrow("int16", rows), np.empty(homes.size, np.int32)
    kernels.place_stayers(
        households.start,
        households.size,
        households.head,
        target,
        stay[:old],
        joins[:old],
        new_row[:old],
        new_start[:old],
        index,
        household,
        home,
        first,
        length,
        head_at,
    )
    fresh = new_row[old:]
    first[fresh], length[fresh] = new_start[old:], joins[old:]
    home[fresh] = home[kept:] = head_at[fresh] = head_at[kept:] = -1
    order = np.argsort(homes, kind="stable")
    kernels.place_joiners(order, homes, source, stay, new_row, new_start, index, household, joined)
    index[settled:] = -1
    household[settled:] = kept + plan.arrivals.at
    length[kept:] = units.size
    first[kept:] = settled + np.cumsum(units.size, dtype=np.int64) - units.size
    for used in (stay, joins, new_start):
        households.give_back(used)
    return _Spans(index, household, home, first, length, head_at, new_row, joined, kept, settled)


def _anew(table: Table) -> set[str]:
    return {c.name for c in table.columns if not c.kept}


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

    leavers = kernels.leavers(s.new_row[:old], plan.new_place)
    release_claims(households, leavers, weight, ledger)
    movers = leavers[plan.new_place[leavers] != HERE]
    households.place[movers] = plan.new_place[movers]

    births = s.joined[founders.size + plan.follower.size :]
    arrivals = np.arange(s.settled, s.index.size, dtype=np.int32)
    people.take(s.index, skip=("household",), anew=_anew(people))
    people.replace("household", s.household)
    people.give_back(s.index)
    people.give_back(plan.target)
    for rows, group in ((births, plan.newborns), (arrivals, plan.arrivals)):
        for name, values in group.columns.items():
            people.data[name][rows] = values
    people.relation[s.joined[: founders.size]] = Relation.HEAD

    households.take(s.home, skip=("start", "size", "head"), anew=_anew(households))
    for name, column in (("start", s.first), ("size", s.length), ("head", s.head_at)):
        households.replace(name, column)
    fresh = s.new_row[old:]
    households.hid[fresh], households.place[fresh] = founder_ids, founder_place
    households.hid[s.kept :], households.place[s.kept :] = plan.units.hid, plan.units.place
    kernels.settle_all(
        opening - 12 * adult,
        s.first,
        s.length,
        people.pid,
        people.relation,
        people.born,
        households.head,
        households.kind,
    )
    for used in (s.home, s.new_row, plan.new_place):
        households.give_back(used)
    return Repacked(births, arrivals)
