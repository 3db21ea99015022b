"""The base income (旧ただし書き所得) of the levy of R4 from incomes of 2021."""

from __future__ import annotations

from sim.core.kernel import inner, kernel
from sim.population.codes import Scheme
from sim.population.synthesis.state import Base

_KOKUHO = int(Scheme.KOKUHO)
_FROM, _STEP, _RATE, _ADD = range(4)
"""columns of the schedule of salaries"""
_PENSION_FROM, _PENSION_RATE, _PENSION_ADD = range(3)
"""columns of the schedules of pensions"""


@inner
def row_of(schedule, amount):
    """Return the row of a rising schedule in which an amount lies."""
    j = schedule.shape[0] - 1
    while schedule[j, 0] > amount:
        j -= 1
    return j


@inner
def is_old(born, january, base):
    """Return whether a person had reached the age of the higher pension deduction by the end of the year before."""
    return born <= january - (12 * base.pension_age + 1)


@inner
def base_income(salary, pension, rest, old, base):
    """Return the base of the income part (旧ただし書き所得): incomes after their deductions less the basic one, yen."""
    income = max(rest, 0)
    if salary > 0:
        j = row_of(base.salary, salary)
        cut = salary - salary % base.salary[j, _STEP]
        income += max(0, cut - cut * base.salary[j, _RATE] // 1_000_000 - base.salary[j, _ADD])
    if pension > 0:
        rows = base.pension_old if old else base.pension_young
        j = row_of(rows, pension)
        income += max(0, pension - pension * rows[j, _PENSION_RATE] // 1_000_000 - rows[j, _PENSION_ADD])
    return max(0, income - base.basic)


@kernel
def mean_base(people, base, january, factor):
    """Return the mean base income of the members if their earnings were multiplied by `factor`, yen."""
    total, members = 0, 0
    for i in range(people.age.size):
        if people.scheme[i] == _KOKUHO:
            members += 1
            rest = int((people.business[i] + people.other_income[i]) * factor)
            old = is_old(people.born[i], january, base)
            total += base_income(int(people.salary[i] * factor), people.pension[i], rest, old, base)
    return total / max(members, 1)


@kernel
def base_incomes(incomes, base, january, out):
    """Fill out[i] with everybody's base income, yen."""
    for i in range(out.size):
        rest = incomes.business[i] + incomes.other_income[i]
        old = is_old(incomes.born[i], january, base)
        out[i] = base_income(incomes.salary[i], incomes.pension[i], rest, old, base)


@kernel
def total_incomes(incomes, base, january, relief_pension, out):
    """Fill out[i] with the income the relief test counts: no basic deduction, a part of old pensions left out."""
    whole = Base(base.salary, base.pension_young, base.pension_old, 0, base.pension_age)
    for i in range(out.size):
        rest = incomes.business[i] + incomes.other_income[i]
        old = is_old(incomes.born[i], january, base)
        annuity = base_income(0, incomes.pension[i], 0, old, whole)
        less = min(annuity, relief_pension) if old else 0
        out[i] = base_income(incomes.salary[i], incomes.pension[i], rest, old, whole) - less
