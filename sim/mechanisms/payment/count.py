"""Counting a billed household in its municipality, in a cell of every crossing of kinds of groups."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline, inner
from sim.core.units import MARCH
from sim.mechanisms.payment.household import stay_class
from sim.mechanisms.payment.state import (
    AGE_CLASSES,
    BIN_YEN,
    BINS,
    BY_HEAD,
    BY_INCOME,
    BY_METHOD,
    BY_STAY,
    DECILES,
    HOUSEHOLD_TYPES,
    INCOME_BOUNDS,
    MOST_RELIEVED,
    SIZES,
    STAYS,
    TYPE_OF_KIND,
)

_LARGEST = len(SIZES)
_STAYS = len(STAYS)
_AGES, _TYPES, _DECILES = len(AGE_CLASSES), len(HOUSEHOLD_TYPES), len(DECILES)


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
    """Add a billed household to its cells; owed is what it carries on, yen."""
    i, bill, paid = who.row, who.bill, homes.paid[who.row]
    member = homes.insured_months[i] & MARCH != 0
    unknown = homes.unknown_address[i] != 0
    income = homes.base_income[i] + rules.chances.income_floor
    age, kind = rules.age_class[who.age], TYPE_OF_KIND[homes.kind[i]]
    size = min(max(who.insured, 1), _LARGEST) - 1
    stay = 1 + _STAYS * (who.residence - 1) + stay_class(people, draws, who.head) if who.foreign else 0
    level = income_class(homes.relief_class[i], homes.base_income[i])
    cells = sums.cells[who.place]
    for cell in (
        BY_HEAD + (_AGES * who.foreign + age) * _TYPES + kind,
        BY_INCOME + _DECILES * level + tenth[income_bin(homes.base_income[i])],
        BY_METHOD + _LARGEST * (np.int64(homes.method[i]) - 1) + size,
        BY_STAY + stay,
    ):
        add(cells[cell], bill, paid, unknown, owed, member, income)
