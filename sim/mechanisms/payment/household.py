"""What is asked of a household again and again in its year of payment: who heads it, where, how old, how long here."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.core.kernel import inline, inner
from sim.mechanisms.payment.state import OLDEST, STAY_MONTHS

_LONGEST = len(STAY_MONTHS)


class Who(NamedTuple):
    """A household in its year of payment, and who heads it.

    row, place           of the household: row, municipality
    head, age            row and age on 1 April of the head
    residence, foreign   status of residence of the head; 1 if not Japanese
    bill                 of the year, all portions, yen

    Of a household with a bill, else 0:

    insured              persons insured in any month of the year
    elderly, undeclared  1 if all of them are of the ages of 特別徴収; if the income of one is not declared
    income, burden       log of the income, of the bill over it, each over its reference
    """

    row: np.uint64
    place: np.uint64
    head: np.uint64
    age: np.int64
    residence: np.int64
    foreign: np.int64
    bill: np.int64
    insured: np.int64
    elderly: np.int64
    undeclared: np.int64
    income: np.float64
    burden: np.float64


@inline
def bill_of(homes, i):
    """Return the bill of the year, all portions, yen."""
    return homes.bill_medical[i] + homes.bill_support[i] + homes.bill_care[i] + homes.bill_child[i]


@inline
def members(homes, i):
    """Return the rows of the persons of household i."""
    start = homes.start[i]
    return range(np.uint64(start), np.uint64(start + homes.size[i]))


@inline
def look(homes, people, rules, opening, i, bill):
    """Return who heads household i, and what its bill of the year that opens in `opening` means to it."""
    head, place = np.uint64(homes.head[i]), np.uint64(homes.place[i])
    age = min(max((opening - people.born[head]) // 12, 0), OLDEST)
    residence = np.int64(people.residence[head])
    foreign = np.int64(1) if residence > 0 else np.int64(0)
    insured, elderly, undeclared, income, burden = 0, 0, 0, 0.0, 0.0
    if bill > 0:
        insured, elderly, undeclared = look_at_insured(homes, people, rules.law, opening, i)
        yen = float(homes.base_income[i] + rules.chances.income_floor)
        income = math.log(yen / rules.chances.income_reference)
        burden = math.log(bill / yen / rules.chances.reference_burden)
    return Who(
        *(np.uint64(i), place, head, np.int64(age), residence, foreign, np.int64(bill)),
        *(np.int64(insured), np.int64(elderly), np.int64(undeclared), income, burden),
    )


@inline
def look_at_insured(homes, people, law, opening, i):
    """Return how many of household i are insured, 1 if all are of the ages of 特別徴収, 1 if one has not declared."""
    insured, elderly, undeclared = 0, 1, 0
    for j in members(homes, i):
        is_insured, months = people.insured_months[j] != 0, opening - people.born[j]
        of_age = (months >= law.pension_age_from * 12) & (months < law.pension_age_to * 12)
        insured += is_insured
        elderly &= of_age | (not is_insured)
        undeclared |= is_insured & (people.declared[j] == 0)
    return insured, elderly, undeclared


@inline
def stay_class(people, draws, head):
    """Return the class of length of stay of a foreign head; who was born here has stayed longest."""
    stay = _LONGEST
    if people.arrived[head] > 0:
        stay = 0
        while stay < _LONGEST and draws.opening - people.arrived[head] >= STAY_MONTHS[stay]:
            stay += 1
    return stay


@inner
def state_of(unpaid, bill):
    """Return what was settled of a bill (state.Settled)."""
    return 0 if unpaid == 0 else 2 if unpaid >= bill else 1
