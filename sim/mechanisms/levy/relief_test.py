"""The test for 7/5/2割軽減 (地方税法703条の5): whose income counts, how much of it, and below which bound it lies."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline, inner
from sim.mechanisms.levy.income import adjustment_children, salary_income, wage_income


@inline
def judged_income(given, law, who, income):
    """Return one person's income in the relief test (軽減判定所得).

    Pay from the family business (専従者給与) is not the receiver's here but the giver's; gain deductions count, losses
    carried forward are deducted as they would be without that pay.
    """
    x = who.given
    received = given.family_pay_received[x]
    outside = given.family_pay_given[x] + given.gain_deduction[x] - given.loss_judged[x] - given.casualty[x]
    salary, gross = income.salary - received, income.gross
    if received != 0:
        gross = np.int64(salary_income(salary, law.salary_rows))
    less = income.adjustment + adjustment_children(salary, given.supports[x] != 0, law)
    wage = wage_income(gross, less, who.job_loss != 0, law)
    free = min(income.annuity, law.relief_pension) if who.senior else 0
    return max(0, wage + income.annuity - free + income.rest + outside)


@inline
def earns(given, law, who, income):
    """Return 1 for who has a salary or pension above the bounds (給与所得者等), else 0."""
    pension_bound = law.earner_pension_65 if who.senior else law.earner_pension
    salary = income.salary - given.family_pay_received[who.given]
    return 1 if salary > law.earner_salary or income.pension > pension_bound else 0


@inline
def judge(people, given, law, who, income, house):
    """Add one person to the test of the household; return (income that counts, whether an earner)."""
    judged = judged_income(given, law, who, income)
    earner = earns(given, law, who, income)
    house.judged += judged
    house.earners += earner
    house.counted += 1 if who.counted else 0
    if people.declared[who.row] == 0 and who.born + 12 * law.declaration_age < law.opening:
        house.undeclared = 1
    return judged, earner


@inner
def relief_class(house, law):
    """Return the position of the household's relief in relief_shares, or -1 for none."""
    if house.undeclared:
        return -1
    bound = law.relief_base + law.relief_per_earner * max(0, house.earners - 1)
    if house.judged <= bound:
        return 0
    if house.judged <= bound + law.relief_5_per_person * house.counted:
        return 1
    if house.judged <= bound + law.relief_2_per_person * house.counted:
        return 2
    return -1
