"""What the kernels of the build take: a municipality's columns by name, and what they decide with on the way.

Persons are rows of a municipality in household order, the head first. Draws are keyed by the ids of persons and
households.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.state import Read, Write
from sim.core.units import april

YEAR = 2022
"""the population stands on 1 April of this fiscal year; incomes are of the calendar year before"""
OPENING = april(YEAR)
JANUARY = OPENING - 3
OLDEST = 110
"""last single age of the schedules by age"""
AGES = OLDEST + 1
UNDECIDED = -1
"""scheme of a person whose insurance is not decided yet"""


class Homes(NamedTuple):
    """Households of a municipality; the persons of household h are the rows start[h] to start[h + 1] of People."""

    start: Read
    kind: Read
    hid: Write
    former_member: Write


class People(NamedTuple):
    """Persons of a municipality: age on 1 April and nationality (0/1) as they were drawn, and columns to fill."""

    age: Read
    foreign: Read
    sex: Read
    relation: Read
    pid: Write
    born: Write
    residence: Write
    arrived: Write
    scheme: Write
    scheme_since: Write
    work: Write
    firm_size: Write
    ability: Write
    salary: Write
    pension: Write
    business: Write
    other_income: Write
    declared: Write
    income_drop: Write
    job_loss: Write
    former_dependant: Write


class Incomes(NamedTuple):
    """Columns of which the base income is made."""

    born: Read
    salary: Read
    pension: Read
    business: Read
    other_income: Read


class Choice(NamedTuple):
    """Who is to be a member of 国保.

    group   int8[persons]        group of age and nationality of those to choose from, -1 for the others
    shared  float32[households]  part of the readiness that a household shares
    own     float32[persons]     part of the readiness that is a person's own
    member  bool[persons]        the choice
    """

    group: NDArray[np.int8]
    shared: NDArray[np.float32]
    own: NDArray[np.float32]
    member: NDArray[np.bool]


class Likeness(NamedTuple):
    """How like the persons of a household are: float64[kinds] added by type of household, correlation within it."""

    shift: NDArray[np.float64]
    correlation: float


class Ranks(NamedTuple):
    """Readiness by group, as a histogram, and where the members end.

    persons  int64[groups, BINS]
    edge     int64[groups]  lowest bin of which some are members; of the bins above all are
    spare    int64[groups]  members wanted; then how many of them come from the bin `edge`
    """

    persons: NDArray[np.int64]
    edge: NDArray[np.int64]
    spare: NDArray[np.int64]


class Chosen(NamedTuple):
    """What a choice comes to: members with the children sure to follow, their households, these children, others."""

    persons: int
    households: int
    sure: int
    maybe: int


class Base(NamedTuple):
    """Schedules of the base income: salary rows int64[k, 4], pension rows int64[k, 3], basic deduction in yen.

    pension_age  age on 31 December from which the higher pension deduction applies
    """

    salary: NDArray[np.int64]
    pension_young: NDArray[np.int64]
    pension_old: NDArray[np.int64]
    basic: int
    pension_age: int


PERSON = np.dtype([(name, np.int32) for name in ("age", "sex", "foreign", "relation", "household")])
"""a person of a household that was put together"""
HOME = np.dtype([("persons", np.int32), ("kind", np.int32)])
"""such a household; its persons follow one another, the head first"""
COUPLE = np.dtype([(name, np.int64) for name in ("husband", "husband_foreign", "wife", "wife_foreign")])
"""ages and nationality of a couple"""
PARENTS = np.dtype(
    [(name, np.int64) for name in ("age", "sex", "foreign", "other_age", "other_sex", "other_foreign", "kind")]
)
"""one parent, the other one (age -1 = none), and the Kind of household with children"""
CHILD = np.dtype([(name, np.int64) for name in ("age", "sex", "foreign")])
ELDER = np.dtype([(name, np.int64) for name in ("age", "sex")])
"""a grandparent (age -1 = none)"""

Rows = np.recarray[tuple[int, ...], np.dtype[np.record]]


def named(table: NDArray[np.int64], kind: np.dtype[np.void]) -> Rows:
    """Return the columns of a table, the last axis, as records with names."""
    return np.ascontiguousarray(table).view(kind).reshape(table.shape[:-1]).view(np.recarray)


def rows(count: int, kind: np.dtype[np.void]) -> Rows:
    """Return memory for records."""
    return np.empty(count, kind).view(np.recarray)
