"""Kernels that give people work and incomes of calendar year 2021, one municipality at a time.

Pay and its spread are those by which `enrolment` moves incomes later (enrolment.pay_*), so that the first
levies and the later ones speak of the same people.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numba as nb
import numpy as np

from sim.core.rng import draw4, normal

YEAR = 2022
NONE, REGULAR, PART_TIME, OFFICER, SELF_EMPLOYED, FAMILY_WORKER, STUDENT, RETIRED = range(8)
"""values of codes.Work"""
KOKUHO, EMPLOYEE, DEPENDANT, VOLUNTARY, GUILD, LATE_ELDERLY, ASSISTANCE = range(7)
"""values of codes.Scheme"""


class People(NamedTuple):
    """Persons of one municipality: inputs, and columns to fill."""

    start: np.ndarray
    kind: np.ndarray
    age: np.ndarray
    sex: np.ndarray
    relation: np.ndarray
    residence: np.ndarray
    arrived: np.ndarray
    born: np.ndarray
    pid: np.ndarray
    scheme: np.ndarray
    work: np.ndarray
    firm_size: np.ndarray
    ability: np.ndarray
    salary: np.ndarray
    pension: np.ndarray
    business: np.ndarray
    other_income: np.ndarray
    declared: np.ndarray
    income_drop: np.ndarray
    job_loss: np.ndarray
    since: np.ndarray
    former: np.ndarray


class Jobs(NamedTuple):
    """Chances of work and of a length of insurance.

    work      float64[7, 2, 111, 7]  by scheme, sex, age: none, regular, part-time, officer, self-employed, family
              worker, student
    firms     float64[2, 8]          sizes of firms of employees, of others
    leave     float64[7, 111]        yearly chance to leave the scheme, by age
    own_help  share of members married to a self-employed member and without a job who help as family workers
    """

    work: np.ndarray
    firms: np.ndarray
    leave: np.ndarray
    own_help: float
    opening: int


class Pay(NamedTuple):
    """Levels and spreads of incomes of calendar year 2021.

    level        float64[8, 2, 23]  mean pay by work, sex and five-year age
    place        pay of the municipality against Tokyo
    persistent, transitory  float64[8]  log sd
    loss         share of the self-employed without profit
    student_job  share of students with pay
    before       share of newly insured members who had a job before, and its pay against a regular full-time job
    other        float64[23] share with other income by five-year age; its median, log sd and largest value
    pension      quantiles float64[2, 101]: employees' pension, basic pension, yen per year
    main         share with an employees' pension: members, others (of those with a pension); share of those who
                 turned 75 as members; share of former dependants among members
                 left by a spouse who turned 75 outside 国保
    without      share without a pension: Japanese, foreign
    score        float64[4] mean and sd of the score of men and women in the employees' pension
    to_ability   correlation of pension and ability
    undeclared   float64[111, 2] share undeclared of those without income, by age, foreign
    involuntary  share of losses of a job that were involuntary
    dependant_limit  most a dependant earns
    foreign      pay of foreign residents who are not permanent, against others
    pay_line     pay from which large firms must insure part-time staff
    """

    level: np.ndarray
    place: float
    persistent: np.ndarray
    transitory: np.ndarray
    loss: float
    student_job: float
    before: np.ndarray
    other: np.ndarray
    other_median: float
    other_sd: float
    other_most: float
    pension: np.ndarray
    main: np.ndarray
    without: np.ndarray
    score: np.ndarray
    to_ability: float
    undeclared: np.ndarray
    involuntary: float
    dependant_limit: float
    foreign: float
    pay_line: float


class Base(NamedTuple):
    """Schedules of the base income: salary rows int64[k, 4], pension rows int64[k, 3], basic deduction in yen."""

    salary: np.ndarray
    pension_young: np.ndarray
    pension_old: np.ndarray
    basic: int


@nb.njit(cache=True)
def _pick(chances, u):
    """Return the position drawn from chances that sum to 1."""
    for j in range(chances.size):
        u -= chances[j]
        if u < 0.0:
            return j
    return chances.size - 1


@nb.njit(cache=True, nogil=True)
def employ(p, jobs, k):
    """Fill work, firm_size, ability and since, given schemes."""
    for h in range(p.start.size - 1):
        own = False
        for i in range(p.start[h], p.start[h + 1]):
            u, v, w, x = draw4(k, YEAR, p.pid[i], 0)
            scheme, age = p.scheme[i], p.age[i]
            p.ability[i] = normal(x)
            p.work[i] = _work(p, jobs, i, scheme, age, u)
            own |= p.work[i] == SELF_EMPLOYED
            p.since[i] = _since(p, jobs, i, scheme, age, v)
            p.firm_size[i] = 0
            if REGULAR <= p.work[i] <= OFFICER:
                p.firm_size[i] = 1 + _pick(jobs.firms[0 if scheme == EMPLOYEE else 1], w)
        for i in range(p.start[h], p.start[h + 1]):
            if p.work[i] == FAMILY_WORKER and not own:
                p.work[i] = PART_TIME
                p.firm_size[i] = 1 + _pick(jobs.firms[1], draw4(k, YEAR, p.pid[i], 1)[0])
            elif own and p.relation[i] <= 1 and p.scheme[i] == KOKUHO and _free(p, i):
                p.work[i] = FAMILY_WORKER if draw4(k, YEAR, p.pid[i], 1)[1] < jobs.own_help else p.work[i]


@nb.njit(cache=True)
def _free(p, i):
    """Return whether a person has no job and no school."""
    return p.work[i] in (NONE, RETIRED)


@nb.njit(cache=True)
def _work(p, jobs, i, scheme, age, u):
    """Return the work state of a person."""
    if age < 15:
        return NONE
    if age < 18 or (p.residence[i] == 2 and scheme != EMPLOYEE):
        return STUDENT
    if scheme == DEPENDANT and p.relation[i] == 0 and age < 25:
        return STUDENT
    drawn = _pick(jobs.work[scheme, p.sex[i], min(age, 110)], u)
    return RETIRED if drawn == NONE and age >= 65 else drawn


@nb.njit(cache=True)
def _since(p, jobs, i, scheme, age, v):
    """Return the first month of a person's insurance."""
    first = max(p.born[i], p.arrived[i])
    if scheme == LATE_ELDERLY:
        return max(p.born[i] + 900, first)
    if scheme in (EMPLOYEE, VOLUNTARY):
        first = max(first, p.born[i] + 12 * 18)
    if scheme == VOLUNTARY:
        return max(jobs.opening - 1 - int(23.0 * v), first)
    months = int(-np.log(v) / jobs.leave[scheme, min(age, 110)] * 12.0)
    return min(max(jobs.opening - months, first, 1), jobs.opening)


@nb.njit(cache=True)
def _full_pay(pay, work, sex, age, ability, noise):
    """Return pay or profit of a full year, yen (the formula of enrolment)."""
    s, t = pay.persistent[work], pay.transitory[work]
    mean = pay.level[work, sex, min(age, 110) // 5] * pay.place
    return mean * np.exp(s * ability + t * noise - 0.5 * (s * s + t * t))


@nb.njit(cache=True)
def _quantile(table, u):
    """Return the quantile at u of a table of 101 points."""
    at = u * 100.0
    low = min(int(at), 99)
    return table[low] + (table[low + 1] - table[low]) * (at - low)


@nb.njit(cache=True)
def _pension(p, pay, i, k, u, z, scheme):
    """Return the yearly pension of someone of 65 or over."""
    if u < pay.without[1 if p.residence[i] > 0 else 0]:
        return 0.0
    r = pay.to_ability
    score = r * p.ability[i] + np.sqrt(1.0 - r * r) * z
    if draw4(k, YEAR, p.pid[i], 4)[0] < pay.main[0 if scheme == KOKUHO else 1]:
        mean, sd = pay.score[2 * p.sex[i]], pay.score[2 * p.sex[i] + 1]
        return _quantile(pay.pension[0], 0.5 * math.erfc(-(mean + sd * score) / math.sqrt(2.0)))
    return _quantile(pay.pension[1], 0.5 * math.erfc(-score / math.sqrt(2.0)))


@nb.njit(cache=True, nogil=True)
def earn(p, pay, k, january, opening):
    """Fill salary, pension, business and other income of 2021, and the marks that follow from them.

    january   month index of January 2022
    """
    for i in range(p.age.size):
        p.salary[i] = p.pension[i] = p.business[i] = p.other_income[i] = 0
        p.declared[i] = 1
        p.income_drop[i] = p.job_loss[i] = p.former[i] = 0
        age, scheme, work, sex = p.age[i], p.scheme[i], p.work[i], p.sex[i]
        if age < 16:
            continue
        u0, u1, u2, u3 = draw4(k, YEAR, p.pid[i], 0)
        v0, v1, v2, v3 = draw4(k, YEAR, p.pid[i], 1)
        noise = normal(u0)
        salary = business = 0.0
        if work == SELF_EMPLOYED:
            business = 0.0 if u1 < pay.loss else _full_pay(pay, work, sex, age, p.ability[i], noise)
        elif work == STUDENT:
            salary = _full_pay(pay, work, sex, age, p.ability[i], noise) if u1 < pay.student_job else 0.0
        elif work != NONE and work != RETIRED:
            salary = _full_pay(pay, work, sex, age, p.ability[i], noise)
        if scheme == DEPENDANT:
            salary = min(salary, pay.dependant_limit)
        joined = p.since[i] - (january - 12)
        new = scheme in (KOKUHO, VOLUNTARY) and joined > 0 and 20 <= age < 75 and work != STUDENT
        if new and p.arrived[i] < january - 12 and (scheme == VOLUNTARY or u2 < pay.before[0]):
            months = min(joined, 12)
            earlier = _full_pay(pay, REGULAR, sex, age, p.ability[i], noise) * pay.before[1]
            salary = (salary * (12 - months) + earlier * months) / 12.0
            business *= (12 - months) / 12.0
            if _free(p, i):
                p.income_drop[i] = 1
            if scheme == KOKUHO and age < 65 and p.since[i] >= opening - 24 and u3 < pay.involuntary:
                p.job_loss[i] = p.since[i]
        elif p.arrived[i] >= january - 12:
            salary = business = 0.0
        if p.residence[i] > 1:
            salary *= pay.foreign
            business *= pay.foreign
        p.salary[i], p.business[i] = int(salary), int(business)
        if p.born[i] <= january - 781:
            p.pension[i] = int(_pension(p, pay, i, k, v0, normal(v1), scheme))
        if scheme != ASSISTANCE and scheme != DEPENDANT and v2 < pay.other[min(age, 110) // 5]:
            drawn = pay.place * pay.other_median * np.exp(pay.other_sd * normal(v3))
            p.other_income[i] = int(min(drawn, pay.other_most))


@nb.njit(cache=True)
def base_income(salary, pension, rest, old, base):
    """Return the base of the income part (旧ただし書き所得): incomes after their deductions less the basic one, yen."""
    income = max(rest, 0)
    if salary > 0:
        j = base.salary.shape[0] - 1
        while base.salary[j, 0] > salary:
            j -= 1
        cut = salary - salary % base.salary[j, 1]
        income += max(0, cut - cut * base.salary[j, 2] // 1_000_000 - base.salary[j, 3])
    if pension > 0:
        rows = base.pension_old if old else base.pension_young
        j = rows.shape[0] - 1
        while rows[j, 0] > pension:
            j -= 1
        income += max(0, pension - pension * rows[j, 1] // 1_000_000 - rows[j, 2])
    return max(0, income - base.basic)


@nb.njit(cache=True, nogil=True)
def mean_base(p, base, january, factor):
    """Return the mean base income of the members if their earnings were multiplied by `factor`, yen."""
    total = members = 0
    for i in range(p.age.size):
        if p.scheme[i] == KOKUHO:
            members += 1
            rest = int((p.business[i] + p.other_income[i]) * factor)
            old = p.born[i] <= january - 781
            total += base_income(int(p.salary[i] * factor), p.pension[i], rest, old, base)
    return total / max(members, 1)


@nb.njit(cache=True, nogil=True)
def finish(p, pay, k, opening, factor, former_member):
    """Multiply the members' earnings; set declared, 旧被扶養者 and 特定世帯.

    former_member  int16[households]  month in which the last member turned 75 and left another one behind
    """
    for h in range(p.start.size - 1):
        moved = 0
        members = False
        for i in range(p.start[h], p.start[h + 1]):
            if p.scheme[i] == LATE_ELDERLY and draw4(k, YEAR, p.pid[i], 2)[0] < pay.main[2]:
                moved = max(moved, p.born[i] + 900)
            members |= p.scheme[i] == KOKUHO
        former_member[h] = moved if members and moved <= opening else 0
        for i in range(p.start[h], p.start[h + 1]):
            if p.scheme[i] != KOKUHO:
                continue
            p.salary[i] = int(p.salary[i] * factor)
            p.business[i] = int(p.business[i] * factor)
            p.other_income[i] = int(p.other_income[i] * factor)
            _small_firm(p, i, pay)
            u, v, _, _ = draw4(k, YEAR, p.pid[i], 3)
            if p.age[i] >= 18 and p.salary[i] + p.pension[i] + p.business[i] + p.other_income[i] == 0:
                p.declared[i] = u >= pay.undeclared[min(p.age[i], 110), 1 if p.residence[i] > 0 else 0]
            if p.age[i] >= 65 and moved == 0 and p.start[h + 1] - p.start[h] == 2:
                _left_behind(p, h, i, v, pay, opening)


@nb.njit(cache=True)
def _small_firm(p, i, pay):
    """Put a member whom a larger firm would have to insure into a firm of up to five.

    Regular staff have employee insurance in all but small firms and some trades, part-time staff above the
    pay line in firms of 501 and over.
    """
    firm = p.firm_size[i]
    regular = firm >= 5 and p.work[i] in (REGULAR, OFFICER)
    if regular or (firm == 8 and p.work[i] == PART_TIME and p.salary[i] >= pay.pay_line):
        p.firm_size[i] = 1


@nb.njit(cache=True)
def _left_behind(p, h, i, v, pay, opening):
    """Mark a member of 65-74 whose employed spouse turned 75 in the last two years as a former dependant."""
    for j in range(p.start[h], p.start[h + 1]):
        turned = p.born[j] + 900
        if p.scheme[j] == LATE_ELDERLY and opening - 24 <= turned <= opening and v < pay.main[3]:
            p.former[i] = turned
            p.since[i] = turned


@nb.njit(cache=True, nogil=True)
def base_incomes(salary, pension, business, other, born, january, base, out):
    """Fill out[i] with everybody's base income, yen."""
    for i in range(out.size):
        out[i] = base_income(salary[i], pension[i], business[i] + other[i], born[i] <= january - 781, base)


@nb.njit(cache=True, nogil=True)
def total_incomes(salary, pension, business, other, born, january, base, relief_pension, out):
    """Fill out[i] with the income the relief test counts: no basic deduction, a part of old pensions left out."""
    nothing = Base(base.salary, base.pension_young, base.pension_old, 0)
    for i in range(out.size):
        old = born[i] <= january - 781
        annuity = base_income(0, pension[i], 0, old, nothing)
        less = min(annuity, relief_pension) if old else 0
        out[i] = base_income(salary[i], pension[i], business[i] + other[i], old, nothing) - less
