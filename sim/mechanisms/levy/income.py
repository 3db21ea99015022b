"""From gross salary, pension and other income of the year before to the base of the levy (旧ただし書き所得)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.kernel import inline, inner

_MILLION = 1_000_000
_PERCENT = 100


class Income(NamedTuple):
    """What a person had in the calendar year before, yen; nothing is known of who has not declared.

    salary, pension  gross
    gross            salary less the salary deduction
    rest             business and other income
    pay              salary income after the adjustments
    annuity          pension income
    adjustment       for a person with both
    total            pay, annuity and rest, not below 0
    base             of the income part
    base_job_loss    the same in the months with reduced salary income; `base` where there are none
    asset_tax        fixed-asset tax
    """

    salary: np.int64
    gross: np.int64
    pension: np.int64
    rest: np.int64
    pay: np.int64
    annuity: np.int64
    adjustment: np.int64
    total: np.int64
    base: np.int64
    base_job_loss: np.int64
    asset_tax: np.int64


@inner
def bracket(yen, rows):
    """Return the last row of a schedule whose lower bound `yen` reaches: a count, which has no branch to guess."""
    j = 0
    for k in range(1, rows.shape[0]):
        j += rows[k, 0] <= yen
    return j


@inner
def salary_income(salary, rows):
    """Return salary less the salary deduction (給与所得, 所得税法28条 and its appended table 5).

    salary  int64        yen, gross
    rows    int64[k, 4]  from which salary, step the salary is cut to, rate per 1,000,000, yen added to the deduction
    """
    if salary <= 0:
        return 0
    j = bracket(salary, rows)
    step = rows[j, 1]
    cut = salary - salary % step if step > 1 else salary
    return cut * (_MILLION - rows[j, 2]) // _MILLION - rows[j, 3]


@inner
def pension_income(pension, rest, rows, law):
    """Return pension less the pension deduction (公的年金等に係る雑所得, 所得税法35条).

    pension  int64        yen, public pensions
    rest     int64        yen, total income besides the pension, gains before their special deduction (合計所得金額)
    rows     int64[k, 3]  from which pension, rate per 1,000,000, yen added: the table of the person's age
    """
    if pension <= 0:
        return 0
    j = bracket(pension, rows)
    less = 0
    if rest > law.pension_other_from[1]:
        less = law.pension_other_cut[1]
    elif rest > law.pension_other_from[0]:
        less = law.pension_other_cut[0]
    return max(0, pension * (_MILLION - rows[j, 1]) // _MILLION - rows[j, 2] + less)


@inner
def adjustment_children(salary, supports, law):
    """Return the adjustment for children and disability, from 8.5 million yen of salary up, cut up to whole yen.

    supports  bool  has a child under 23, or a disability in the family (所得金額調整控除 子ども・特別障害者等)
    """
    if not supports or salary <= law.adjustment_from:
        return 0
    over = min(salary, law.adjustment_to) - law.adjustment_from
    return -(-over * law.adjustment_rate // _MILLION)


@inner
def wage_income(gross, adjustments, reduced, law):
    """Return salary income after the adjustments, of which little counts after an involuntary job loss.

    gross        int64  yen, salary less the salary deduction (所得税法28条2項)
    adjustments  int64  yen, 所得金額調整控除
    reduced      bool   30/100 counts (施行令29条の7の2), by the wording of `gross`, before the adjustments come off
    """
    if not reduced:
        return max(0, gross - adjustments)
    if law.job_loss_before_adjustment:
        return max(0, gross * law.job_loss_share // _PERCENT - adjustments)
    return max(0, gross - adjustments) * law.job_loss_share // _PERCENT


@inner
def adjustment_both(pay, annuity, law):
    """Return the adjustment for a person with salary and pension income (所得金額調整控除 給与・年金)."""
    if pay <= 0 or annuity <= 0:
        return 0
    return max(0, min(pay, law.adjustment_both) + min(annuity, law.adjustment_both) - law.adjustment_both)


@inner
def basic_deduction(total, law):
    """Return the basic deduction of the resident tax for a total income (基礎控除, 地方税法314条の2第2項)."""
    for j in range(law.basic_deduction_to.size):
        if total <= law.basic_deduction_to[j]:
            return law.basic_deduction[j]
    return 0


@inner
def base_income(total, loss, measured, law):
    """Return the base of the income part (旧ただし書き所得): total income less the basic deduction, never below 0.

    total     int64  yen, salary, pension, business and other income; losses of the same year are set off
    loss      int64  yen, net losses of earlier years (純損失の繰越控除); casualty losses are not deducted here
    measured  int64  yen, the total income that decides the step of the basic deduction
    """
    return max(0, max(0, total - loss) - basic_deduction(measured, law))


@inline
def look_up_income(people, given, law, who):
    """Return the incomes of a person (`household.Person`)."""
    i, x = who.row, who.given
    known = people.declared[i] != 0
    salary = np.int64(people.salary[i]) if known else np.int64(0)
    pension = np.int64(people.pension[i]) if known else np.int64(0)
    rest = np.int64(people.business[i] + people.other_income[i]) if known else np.int64(0)
    gross = np.int64(salary_income(salary, law.salary_rows))
    children = np.int64(adjustment_children(salary, given.supports[x] != 0, law))
    rows = law.pension_rows_over if who.senior else law.pension_rows_under
    annuity = np.int64(pension_income(pension, max(0, gross - children + rest) + given.gain_deduction[x], rows, law))
    adjustment = np.int64(adjustment_both(gross - children, annuity, law))
    pay = np.int64(wage_income(gross, children + adjustment, False, law))
    total = np.int64(max(0, pay + annuity + rest))
    loss, measured = given.loss[x], total + given.gain_deduction[x]
    base = np.int64(base_income(total, loss, measured, law))
    special = base
    if who.job_loss:
        cut = max(0, wage_income(gross, children + adjustment, True, law) + annuity + rest)
        special = np.int64(base_income(cut, loss, measured, law))
    asset_tax = np.int64(given.asset_tax[min(np.int64(i), given.asset_tax.size - 1)])
    return Income(salary, gross, pension, rest, pay, annuity, adjustment, total, base, special, asset_tax)
