"""What payment takes of the tables, what it counts, and the codes of enforcement and of its groups."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from enum import IntEnum
from itertools import accumulate
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.state import Read, Write
from sim.core.tally import Count, Records, Tally, Yen, numbers
from sim.population.households import ORIGINS


class People(NamedTuple):
    """Columns of the people."""

    born: Read
    residence: Read
    arrived: Read
    pension: Read
    declared: Read
    income_drop: Read
    insured_months: Read
    scheme_since: Read


class Homes(NamedTuple):
    """Columns of the households; the persons of household i are the rows start[i] to start[i] + size[i] of people."""

    hid: Read
    place: Read
    start: Read
    size: Read
    head: Read
    kind: Read
    insured_months: Read
    base_income: Read
    relief_class: Read
    bill_medical: Read
    bill_support: Read
    bill_care: Read
    bill_child: Read
    last_bill: Write
    method: Write
    propensity: Write
    paid: Write
    unpaid: Write
    arrears: Write
    stage: Write
    unknown_address: Write


class Draws(NamedTuple):
    """Which draws a year of payment takes, and the year its bills and ages belong to.

    year       fiscal year of the draws: the run-in draws earlier years on the same bills
    opening    month index of April of the year bills and ages belong to
    household  key of what stays with a household
    yearly     key of what is drawn every year
    level      log-odds of a missed instalment beside those of the rules: 0 but in the run-in
    """

    year: int
    opening: int
    household: np.uint64
    yearly: np.uint64
    level: float = 0.0

    @classmethod
    def of(cls, key: Callable[[str], np.uint64], year: int, opening: int) -> Draws:
        """Return the draws of a fiscal year; key(decision) as in `World.key`."""
        return cls(year, opening, key("payment.household"), key("payment.year"))


class Settled(IntEnum):
    """What was paid of a bill by the end of May."""

    PAID = 0
    PARTLY = 1
    NOT = 2


STATES = tuple(state.name.lower() for state in Settled)


class Measures(Tally):
    """Sums over billed households."""

    households: Count
    billed: Yen
    unknown: Yen
    paid: Yen
    unpaid_households: Count
    nothing_paid: Count
    insured_end: Count
    arrears_households: Count
    income: Yen
    arrears: Yen


class PlaceMeasures(Measures):
    """The same by municipality and nationality of the head, and what collection did."""

    seized: Count
    late_instalments: Count
    switched: Count
    charges: Yen
    opened: Count
    stayed: Count
    slips_due: Count
    prepaid: Count
    counselled: Count
    special_care: Count


class Claims(Tally):
    """Claims by municipality, nationality of the head and year of origin; `suspended` are those of `closing`."""

    opening: Yen
    collected: Yen
    written_off: Yen
    closing: Yen
    suspended: Yen


class Moves(Tally):
    """Households billed in both years by what was settled last year and this year."""

    households: Count


class Sums(NamedTuple):
    """What a year of payment counts, by one thread.

    places  PlaceMeasures[places, 2]    by municipality and foreign head; `Measures` of them follow from the cells
    claims  Claims[places, 2, ORIGINS]  by year of origin besides
    cells   Measures[places, CELLS]     by municipality and where two kinds of groups cross
    moves   Moves[3, 3]                 by Settled of last year and of this year
    """

    places: Records
    claims: Records
    cells: Records
    moves: Records

    @classmethod
    def zeros(cls, places: int) -> Sums:
        """Return sums at zero."""
        return cls(
            places=PlaceMeasures.zeros(places, 2),
            claims=Claims.zeros(places, 2, ORIGINS),
            cells=Measures.zeros(places, CELLS),
            moves=Moves.zeros(len(Settled), len(Settled)),
        )


class Totals(NamedTuple):
    """The sums of a year over all rows; rows count once each, whatever the weight of the sample.

    groups  Measures[places, GROUPS]  by municipality and the groups of `COUNTED`; the others as in `Sums`
    """

    places: PlaceMeasures
    claims: Claims
    groups: Measures
    moves: Moves

    @classmethod
    def of(cls, sums: Sequence[Sums]) -> Totals:
        """Return the sums of all threads."""
        places, claims, cells, moves = (np.stack(parts) for parts in zip(*sums, strict=True))
        counted = numbers(cells).sum(axis=0)
        total = PlaceMeasures.merged(places)
        total.array[..., : counted.shape[-1]] = _heads(counted).sum(axis=(2, 3))
        return cls(total, Claims.merged(claims), Measures(groups_of(counted)), Moves.merged(moves))


AGE_CLASSES = ("under 25", "25-34", "35-44", "45-54", "55-64", "65-74", "75 and over")
_AGE_STARTS = (25, 35, 45, 55, 65, 75)
OLDEST = 120
"""age from which the age of a head is no longer told apart"""
STAY_MONTHS = np.array([12, 36, 120], np.int64)
"""Upper ends of the classes of length of stay of foreign heads: 1, 3 and 10 years."""
HOUSEHOLD_TYPES = ("one person", "couple", "with children or parents", "other")
ALONE, FAMILY = 0, 2
"""one person; with children or parents, the last of the couples and families"""
TYPE_OF_KIND = np.array([0, 1, 2, 2, 2, 3, 3], np.int64)
RESIDENCES = ("Japanese", "permanent", "student", "worker", "family", "other")
METHODS = ("pension deduction", "account transfer", "slips")
INCOME_CLASSES = ("7割軽減", "5割・2割軽減", "taxed, below 2.1M yen", "2.1-6.0M yen", "above 6.0M yen")
MOST_RELIEVED = 7
"""tenths taken off in the first of them"""
INCOME_BOUNDS = np.array([2_100_000, 6_000_000], np.int64)
SIZES = ("1", "2", "3", "4 and more")
STAYS = ("under 1 year", "1-2 years", "3-9 years", "10 years and over")
RESIDENCE_STAYS = (RESIDENCES[0], *(f"{status}, {stay}" for status in RESIDENCES[1:] for stay in STAYS))
DECILES = ("below 20,000 yen", *(f"decile {d}" for d in range(1, 11)))
"""By base income; the deciles are those of the insured households above the first bin."""
NATIONALITIES = ("Japanese", "foreign")
NATION_AGES = tuple(f"{nationality}, {age}" for nationality in NATIONALITIES for age in AGE_CLASSES)
CLASSES = ("foreign head", "one person under 65", "one person of 65 and over", "couple or family", "other")
"""Classes of people.collection_by_group, which payment is fitted to; all but the first have a Japanese head."""
CLASS_AGE = 65
"""age of the head at which the table parts those who live alone"""

COUNTED = (
    ("age of head", AGE_CLASSES),
    ("household type", HOUSEHOLD_TYPES),
    ("insured members", SIZES),
    ("residence and stay", RESIDENCE_STAYS),
    ("method", METHODS),
    ("income class", INCOME_CLASSES),
    ("income decile", DECILES),
    ("household class", CLASSES),
    ("nationality and age of head", NATION_AGES),
)
"""Groups that are counted: every billed household stands once in each kind."""
HEAD_CELLS = (len(NATIONALITIES), len(AGE_CLASSES), len(HOUSEHOLD_TYPES))
INCOME_CELLS = (len(INCOME_CLASSES), len(DECILES))
METHOD_CELLS = (len(METHODS), len(SIZES))
STAY_CELLS = (len(RESIDENCE_STAYS),)
BY_HEAD, BY_INCOME, BY_METHOD, BY_STAY, CELLS = accumulate(
    (math.prod(crossed) for crossed in (HEAD_CELLS, INCOME_CELLS, METHOD_CELLS, STAY_CELLS)), initial=0
)
"""First cell of the kinds that cross: nationality, age and type; income class and decile; method and size; stay.
A household is counted in four cells; the groups are sums of cells."""
QUANTILES = np.array([*(NormalDist().inv_cdf(k / 256) + 1e-9 for k in range(1, 256)), np.inf])
"""Bounds that a standard normal draw does not exceed, by 256ths of its uniform; the quantiles and a little more."""
BIN_YEN = 20_000
BINS = 512
"""Bins of base income, of 20,000 yen, the last one open; tenths of households are made of whole bins."""


def age_class() -> NDArray[np.int64]:
    """Return the class of each age 0-120, int64[121]."""
    return np.searchsorted(_AGE_STARTS, np.arange(OLDEST + 1), side="right").astype(np.int64)


def _heads(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the cells of heads, int64[places, 2, ages, types, measures], of int64[places, CELLS, measures]."""
    return cells[:, BY_HEAD:BY_INCOME].reshape(len(cells), *HEAD_CELLS, -1)


def groups_of(cells: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what cells come to by the groups of `COUNTED`, int64[places, GROUPS, measures]."""
    heads = _heads(cells)
    income = cells[:, BY_INCOME:BY_METHOD].reshape(len(cells), *INCOME_CELLS, -1)
    method = cells[:, BY_METHOD:BY_STAY].reshape(len(cells), *METHOD_CELLS, -1)
    by_type, (young, old) = heads[:, 0].sum(axis=1), np.split(heads[:, 0], [_AGE_STARTS.index(CLASS_AGE) + 1], axis=1)
    classes = (
        heads[:, 1].sum(axis=(1, 2)),
        young[:, :, ALONE].sum(axis=1),
        old[:, :, ALONE].sum(axis=1),
        by_type[:, ALONE + 1 : FAMILY + 1].sum(axis=1),
        by_type[:, FAMILY + 1 :].sum(axis=1),
    )
    kinds = {
        "age of head": heads.sum(axis=(1, 3)),
        "household type": heads.sum(axis=(1, 2)),
        "insured members": method.sum(axis=1),
        "residence and stay": cells[:, BY_STAY:],
        "method": method.sum(axis=2),
        "income class": income.sum(axis=2),
        "income decile": income.sum(axis=1),
        "household class": np.stack(classes, axis=1),
        "nationality and age of head": heads.sum(axis=3).reshape(len(cells), len(NATION_AGES), -1),
    }
    return np.concatenate([kinds[kind] for kind, _ in COUNTED], axis=1)


def rows_of(kind: str) -> slice:
    """Return the rows of a counted kind among the groups."""
    place = [name for name, _ in COUNTED].index(kind)
    first = sum(len(names) for _, names in COUNTED[:place])
    return slice(first, first + len(COUNTED[place][1]))
