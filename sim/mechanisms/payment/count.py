"""Counting a billed household: among all of its municipality, and in its group of every kind."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline, inner
from sim.core.units import MARCH
from sim.mechanisms.payment.household import stay_class
from sim.mechanisms.payment.state import (
    AGE_CLASSES,
    BIN_YEN,
    BINS,
    BY_AGE,
    BY_CLASS,
    BY_DECILE,
    BY_INCOME,
    BY_METHOD,
    BY_NATION_AGE,
    BY_SIZE,
    BY_STAY,
    BY_TYPE,
    CLASS_AGE,
    INCOME_BOUNDS,
    MOST_RELIEVED,
    SIZES,
    STAYS,
    TYPE_OF_KIND,
)

_LARGEST = len(SIZES)
_STAYS = len(STAYS)
_AGES = len(AGE_CLASSES)
_ALONE, _FAMILY = 0, 2
"""of HOUSEHOLD_TYPES: one person; with children or parents, the last of the couples and families"""


@inner
def income_bin(base_income):
    """Return the bin of a household's base income."""
    return min(base_income // BIN_YEN, BINS - 1)


@inner
def income_class(relief, income):
    """Return the class of income: 7割軽減, 5割・2割軽減, then by base income."""
    if relief == MOST_RELIEVED:
        return 0
    if relief > 0:
        return 1
    if income < INCOME_BOUNDS[0]:
        return 2
    return 3 if income < INCOME_BOUNDS[1] else 4


@inner
def household_class(foreign, kind, age):
    """Return the class: foreign, one person under 65, one person above, couple or family, other."""
    if foreign:
        return 0
    if TYPE_OF_KIND[kind] == _ALONE:
        return 1 if age < CLASS_AGE else 2
    return 3 if TYPE_OF_KIND[kind] <= _FAMILY else 4


@inline
def add(row, bill, paid, unknown, owed, member, income):
    """Add one billed household to a row of measures."""
    row.households += 1
    row.billed += bill
    row.paid += paid
    row.insured_end += member
    row.income += income
    if owed > 0 or unknown:
        row.unknown += bill if unknown else 0
        row.unpaid_households += paid < bill
        row.nothing_paid += paid == 0
        row.arrears_households += member and owed > 0
        row.arrears += owed


@inline
def count(homes, people, rules, draws, sums, tenth, who, owed):
    """Add a billed household to its municipality and to its group of every kind; owed is what it carries on, yen."""
    i, bill, paid = who.row, who.bill, homes.paid[who.row]
    member = homes.insured_months[i] & MARCH != 0
    unknown = homes.unknown_address[i] != 0
    income = homes.base_income[i] + rules.chances.income_floor
    add(sums.places[who.place, who.foreign], bill, paid, unknown, owed, member, income)
    kind = homes.kind[i]
    stay = 1 + _STAYS * (who.residence - 1) + stay_class(people, draws, who.head) if who.foreign else 0
    groups = sums.groups[who.place]
    for group in (
        BY_AGE + rules.age_class[who.age],
        BY_TYPE + TYPE_OF_KIND[kind],
        BY_SIZE + min(max(who.insured, 1), _LARGEST) - 1,
        BY_STAY + stay,
        BY_METHOD + np.int64(homes.method[i]) - 1,
        BY_INCOME + income_class(homes.relief_class[i], homes.base_income[i]),
        BY_DECILE + tenth[income_bin(homes.base_income[i])],
        BY_CLASS + household_class(who.foreign, kind, who.age),
        BY_NATION_AGE + _AGES * who.foreign + rules.age_class[who.age],
    ):
        add(groups[group], bill, paid, unknown, owed, member, income)
