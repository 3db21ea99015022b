"""What demography takes of the tables, what it counts, what it has decided so far, and codes of its own."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.ahead import NEAR, nothing_drawn
from sim.core.errors import BalanceError
from sim.core.state import Read, Write
from sim.core.tally import Count, Records, Tally
from sim.population.households import Plan, Repacked


class People(NamedTuple):
    """Columns of the people whose year is drawn."""

    pid: Read
    household: Read
    born: Read
    sex: Read
    relation: Read
    residence: Write
    present: Write
    leaving: Write
    gave_birth: Write


class Homes(NamedTuple):
    """Columns of their households; the persons of household h are the rows start[h] to start[h] + size[h] of people."""

    hid: Read
    place: Read
    start: Read
    size: Read
    head: Read
    arrears: Read


class Partners(NamedTuple):
    """Columns of the people among whom unions are formed."""

    pid: Read
    born: Read
    sex: Read
    household: Read
    leaving: Read
    relation: Write


class PartnersHomes(NamedTuple):
    """Columns of their households."""

    place: Read
    start: Read
    size: Read
    kind: Read


class Parents(NamedTuple):
    """Columns of the people to whom children are born."""

    pid: Read
    sex: Read
    residence: Read
    relation: Read
    household: Read
    present: Read
    leaving: Read
    gave_birth: Read


class ParentsHomes(NamedTuple):
    """Columns of their households."""

    start: Read
    size: Read


class Residents(NamedTuple):
    """Columns of the people who are counted at the end."""

    residence: Read
    leaving: Read


class ResidentsHomes(NamedTuple):
    """Columns of their households."""

    place: Read
    start: Read
    size: Read


class Goals(NamedTuple):
    """Where people live from 1 April, as the plan says (population.households.Plan).

    target     int32[people]      row of a household, GONE, or founder_at(place)
    new_place  uint8[households]  municipality a household moves to; HERE if it does not
    """

    target: NDArray[np.int32]
    new_place: NDArray[np.uint8]


class Offers(NamedTuple):
    """Who is first in the slots of unions, among those one thread has seen, and the unattached it is about to look at.

    score  float64[2 sexes, slots]  lowest draw; above all draws where nobody has come yet
    best   int32[2 sexes, slots]    row of the person, -1 = nobody
    row, pid  [ASKED]               people and their ids
    u      float64[4, ASKED]        their uniforms
    """

    score: NDArray[np.float64]
    best: NDArray[np.int32]
    row: NDArray[np.uint64]
    pid: NDArray[np.int64]
    u: NDArray[np.float64]

    @classmethod
    def none(cls, slots: int) -> Offers:
        """Return offers for so many slots: nobody has come yet."""
        score, best = np.full((2, slots), 2.0), np.full((2, slots), -1, np.int32)
        return cls(score, best, np.zeros(ASKED, np.uint64), np.zeros(ASKED, np.int64), np.empty((4, ASKED)))


class Slots(NamedTuple):
    """The unions to be formed, int64[places * CLASSES] each: how many in a cell, and the number of its first one."""

    unions: NDArray[np.int64]
    first: NDArray[np.int64]


class ArrivingHomes(NamedTuple):
    """Columns of the arriving households."""

    hid: NDArray[np.int64]
    place: NDArray[np.uint8]
    size: NDArray[np.int16]


class ArrivingPeople(NamedTuple):
    """Columns of the people who arrive; `at` is the number of their household."""

    pid: NDArray[np.int64]
    born: NDArray[np.int16]
    sex: NDArray[np.int8]
    residence: NDArray[np.int8]
    arrived: NDArray[np.int16]
    relation: NDArray[np.int8]
    present: NDArray[np.uint16]
    at: NDArray[np.int32]


class Children(NamedTuple):
    """Columns of the children born."""

    pid: NDArray[np.int64]
    sex: NDArray[np.int8]
    residence: NDArray[np.int8]
    relation: NDArray[np.int8]
    present: NDArray[np.uint16]
    leaving: NDArray[np.int8]


class Moves(Tally):
    """Moves between municipalities of the prefecture on 1 April: whole households, and children who leave home.

    refused  persons whose household leaves Japan because its stay is not renewed
    """

    moves_in: Count
    moves_out: Count
    refused: Count


SEEN = np.dtype(
    [
        ("first", np.int64),
        ("last", np.int64),
        ("events", np.int64, NEAR + 1),
        ("event", np.int8, NEAR),
        ("woman", np.uint64, NEAR),
        ("pid", np.int64, NEAR),
        ("u", np.float64, NEAR),
    ]
)
"""What a first look at the persons in the rows first <= row < last has found (`calm`).

event       whether something may happen to each; events, how many of them there are up to each row
woman, pid  rows and ids of the women of the ages of birth, u their uniforms
"""


class Lived(NamedTuple):
    """What a span of households counts and draws in `live`: moves [places], uniforms of the persons and households,
    and the persons looked at beforehand.
    """

    moved: Records
    person: Records
    home: Records
    seen: Records

    @classmethod
    def zeros(cls, spans: int, places: int) -> Lived:
        """Return sums at zero, and nothing drawn."""
        seen = np.zeros(spans, SEEN).view(np.recarray)
        return cls(Moves.zeros(spans, places), nothing_drawn(spans), nothing_drawn(spans), seen)


class Kept(Tally):
    """Arriving households and persons that the sample keeps, by municipality and nationality."""

    households: Count
    persons: Count


class Register(Tally):
    """The people of a municipality in a year: on 1 April, what changes their number, on 31 March."""

    residents: Count
    residents_foreign: Count
    births: Count
    deaths: Count
    departures: Count
    arrivals: Count
    residents_end: Count
    residents_end_foreign: Count
    births_foreign: Count


@dataclass
class Changes:
    """What the steps of a year have decided so far: LIVE opens it, REPACK applies the plan, COUNT closes it.

    living    people who are still there on 1 April
    repacked  rows of those who came in the year
    """

    plan: Plan | None = None
    living: int = 0
    repacked: Repacked | None = None

    def open_plan(self) -> Plan:
        """Return the plan of the year; BalanceError if nobody's year was drawn."""
        if self.plan is None:
            raise BalanceError("demography: there is no plan of the year; demography.live comes first")
        return self.plan


class Company(IntEnum):
    """Who lives in a household, as far as moving goes: the first axis of departures and moves by age."""

    ALONE = 0
    ADULTS = 1
    SMALL_CHILD = 2
    CHILDREN = 3


class Unit(IntEnum):
    """Kinds of arriving households."""

    ALONE = 0
    COUPLE = 1
    COUPLE_CHILD = 2
    COUPLE_TWO_CHILDREN = 3
    PARENT_CHILD = 4


class Newcomer(IntEnum):
    """Since when a person of the re-packed table lives here: on 1 April, born or arrived in the year."""

    NO = 0
    BORN = 1
    ARRIVED = 2


NATIONALITIES = ("japanese", "foreign")
OLDEST = 105
"""single ages 0-105; 105 stands for all above, as in the life table"""
AGES = OLDEST + 1
ASKED = 512
"""people who draw at once"""
FIRST_CLASS, CLASS_YEARS, CLASSES = 20, 5, 6
"""five-year age classes of women who form unions: 20-24 … 45-49"""
