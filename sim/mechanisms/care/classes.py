"""Classes of the high-cost benefit (所得区分) of a household, below 70 and at 70-74."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inner
from sim.core.rng import draw4
from sim.mechanisms.care.state import CLASS_STEP, OLD, UNDER

_NONTAXED = UNDER.index("オ")
_UPPER = UNDER.index("ウ1")
"""first class below 70 after ア and イ, whose ceiling of dialysis is higher"""
_LOWEST_BOUND = UNDER.index("エ2")
"""base income up to that of エ2 is the lowest part of 一般"""
_ACTIVE_3, _ACTIVE_2, _ACTIVE_1, _ORDINARY, _ORDINARY_LOW, _LOW_2, _LOW_1 = range(len(OLD))
_SEVENTHS = 7
"""relief class of 7割軽減"""


@inner
def under_of(both):
    """Return the class below 70."""
    return both % CLASS_STEP


@inner
def old_of(both):
    """Return the class at 70-74."""
    return both // CLASS_STEP


@inner
def old_row(both):
    """Return the row of the class at 70-74 among all classes that are counted."""
    return len(UNDER) + both // CLASS_STEP


@inner
def is_upper(both):
    """Return whether the class below 70 is ア or イ."""
    return both % CLASS_STEP < _UPPER


@inner
def is_active(old):
    """Return whether a class at 70-74 is 現役並み."""
    return old < _ORDINARY


@inner
def deduct(gross, bands):
    """Return income after a deduction; bands are records of law.BAND."""
    i = 0
    while i + 1 < bands.shape[0] and bands[i + 1].start <= gross:
        i += 1
    return max(0, gross - gross * bands[i].rate // 1_000_000 - bands[i].add)


@inner
def base_income_of(q, rules):
    """Return the base income of a member of 70-74."""
    income = deduct(q.salary, rules.salary_deduction) + q.work - q.salary
    income += deduct(q.pension, rules.pension_deduction)
    return max(0, income - rules.law.basic_deduction[0])


@inner
def active_class(base, taxable, gross, count, law):
    """Return the class 現役並み of a household by its `count` members of 70-74, or 一般 if they do not reach it."""
    if base > law.active_base and taxable >= law.active_taxable[0] and gross >= law.active_gross[min(count, 2) - 1]:
        if taxable >= law.active_taxable[2]:
            return _ACTIVE_3
        return _ACTIVE_2 if taxable >= law.active_taxable[1] else _ACTIVE_1
    return _ORDINARY


@inner
def old_class(scratch, home, base_income, nontaxed, rules):
    """Return the class at 70-74 of a household: active by its members of 70-74, else by the household's tax."""
    law = rules.law
    base, gross, count, taxable = 0, 0, 0, 0
    poor = True
    for j in range(home.first, home.first + home.members):
        q = scratch.members[j]
        if q.age >= law.adult_age and (q.work > 0 or q.pension > law.low_income_pension):
            poor = False
        if q.elderly_months == 0:
            continue
        income = base_income_of(q, rules)
        base += income
        gross += q.work + q.pension
        taxable = max(taxable, income - law.other_deductions)
        count += 1
    active = active_class(base, taxable, gross, count, law)
    if active != _ORDINARY:
        return active
    if nontaxed:
        return _LOW_1 if poor else _LOW_2
    return _ORDINARY_LOW if base_income <= law.class_bounds[_LOWEST_BOUND] else _ORDINARY


@inner
def is_nontaxed(relief, base_income, members, law):
    """Return whether a household is non-taxed (住民税非課税): 7割軽減, or a lesser relief below the tax line."""
    line = law.nontaxed_base_one
    if members > 1:
        line = law.nontaxed_base_more[0] + (members - 2) * law.nontaxed_base_more[1]
    return relief == _SEVENTHS or (relief > 0 and base_income <= line)


@inner
def taxed_class(base_income, law):
    """Return the class below 70 of a taxed household: as many classes as its base income does not reach come before."""
    under = 0
    for c in range(np.uint64(_NONTAXED - 1)):
        under += base_income <= law.class_bounds[c]
    return under


@inner
def household_classes(scratch, home, head_declared, relief, base_income, rules):
    """Return the household's classes below 70 and at 70-74 by its tax, and whether an income is undeclared."""
    law = rules.law
    nontaxed = is_nontaxed(relief, base_income, home.members, law)
    undeclared = head_declared == 0
    for j in range(home.first, home.first + home.members):
        q = scratch.members[j]
        undeclared |= (q.age >= law.adult_age) & (q.declared == 0)
    old = _LOW_2 if nontaxed else _ORDINARY
    if home.elderly_months != 0:
        old = old_class(scratch, home, base_income, nontaxed, rules)
    return _NONTAXED if nontaxed else taxed_class(base_income, law), old, undeclared


@inner
def declares(rules, draws, hid):
    """Return whether a household whose income is not declared does so once a bill passes the ceiling."""
    return draw4(draws.declares, draws.year, hid)[0] < rules.chances.declares_when_ill
