"""Incomes of a calendar year from work, age and luck; yen.

Pay of a group x exp(s a + t n - (s^2 + t^2) / 2): a = ability, persistent; n = luck of one year; both
standard normal. From year to year an income moves by the ratio of these factors and by the growth of
wages, so that what made the first income (the municipality, the trade) stays in it.
"""

from typing import NamedTuple

import numba as nb
import numpy as np

from sim.core import rng
from sim.population.codes import Residence, Scheme, Work

inner = nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)  # type: ignore[call-overload]
"""Compiles a function called by kernels only, without the wrappers Python would need."""

PERMANENT = int(Residence.PERMANENT)
NONE = int(Work.NONE)
PART_TIME = int(Work.PART_TIME)
SELF_EMPLOYED = int(Work.SELF_EMPLOYED)
STUDENT = int(Work.STUDENT)
RETIRED = int(Work.RETIRED)
EMPLOYEE = int(Scheme.EMPLOYEE)
ASSISTANCE = int(Scheme.ASSISTANCE)
DEPENDANT = int(Scheme.DEPENDANT)
KOKUHO = int(Scheme.KOKUHO)
LATE = int(Scheme.LATE_ELDERLY)
PENSION_AGE = 65


class Earners(NamedTuple):
    """Columns of the people the kernel reads and writes (see population/columns.py)."""

    pid: np.ndarray
    household: np.ndarray
    born: np.ndarray
    sex: np.ndarray
    residence: np.ndarray
    leaving: np.ndarray
    work: np.ndarray
    ability: np.ndarray
    salary: np.ndarray
    pension: np.ndarray
    business: np.ndarray
    other_income: np.ndarray
    declared: np.ndarray
    scheme: np.ndarray
    scheme_since: np.ndarray


@inner
def full_pay(levels, work, sex, residence, age, place, ability, luck):
    """Return pay or profit of a full year in a work state, yen."""
    s = levels.persistent[work]
    t = levels.transitory[work]
    mean = levels.pay[work, sex, min(max(age, 0) // 5, 15)] * levels.place[place]
    if residence > PERMANENT:
        mean *= levels.foreign
    return mean * np.exp(s * ability + t * luck - 0.5 * (s * s + t * t))


@inner
def full_pension(levels, sex, residence, worked, ability, u, luck):
    """Return the pension of a full year at 65, yen; `worked` = retires from employee insurance."""
    none = levels.no_pension[1 if residence > 0 else 0]
    if u < none and not worked:
        return 0.0
    if worked or u < none + (1.0 - none) * levels.main_share:
        mean, sd = levels.main[sex], levels.main_sd
    else:
        mean, sd = levels.basic, levels.basic_sd
    r = levels.ability_to_pension
    z = r * ability + np.sqrt(1.0 - r * r) * luck
    return mean * np.exp(sd * z - 0.5 * sd * sd)


@inner
def first_income(levels, work, sex, residence, age, place, ability, luck, u):
    """Return salary, business income and pension of the year before for somebody new, yen."""
    pay = full_pay(levels, work, sex, residence, age, place, ability, luck)
    if work == STUDENT and u >= levels.student_job:
        pay = 0.0
    business = pay if work == SELF_EMPLOYED else 0.0
    salary = 0.0 if work == SELF_EMPLOYED else pay
    pension = full_pension(levels, sex, residence, False, ability, u, luck) if age >= PENSION_AGE else 0.0
    return np.int64(salary), np.int64(business), np.int64(pension)


@nb.njit(cache=True, nogil=True)
def earn(low, high, p, place, levels, growth, work_key, luck_key, before_key, pension_key, year, before_year, january):
    """Move the incomes of the persons `low` <= row < `high` of 15 or more from calendar year `year` - 1 to `year`.

    place    uint8[households]
    january  month index of January of `year`
    before_key, before_year  draw of the luck that is in last year's income

    A pension starts in the month after the 65th birthday and is indexed from then on; one that began in
    the year before was paid for some of its months only. The incomes a run starts with are whole years.
    """
    pid, household, born, sex_of, residence, leaving, work_of, ability = (
        p.pid,
        p.household,
        p.born,
        p.sex,
        p.residence,
        p.leaving,
        p.work,
        p.ability,
    )
    salary_of, pension, business_of, other_income, declared, scheme_of, scheme_since = (
        p.salary,
        p.pension,
        p.business,
        p.other_income,
        p.declared,
        p.scheme,
        p.scheme_since,
    )
    for i in range(low, high):
        age = (january + 11 - np.int64(born[i])) // 12
        if age < 15 or leaving[i] != 0:
            continue
        work = np.int64(work_of[i])
        scheme = np.int64(scheme_of[i])
        since = np.int64(scheme_since[i])
        sex = np.int64(sex_of[i])
        elderly = scheme == LATE
        staff = work != NONE and work != RETIRED and work != SELF_EMPLOYED
        before = min(max(since - january, 0), 12)
        salary = float(salary_of[i])
        business = float(business_of[i])
        grown = growth.wage
        a = float(ability[i])
        luck = 0.0
        if staff or work == SELF_EMPLOYED:
            if scheme == EMPLOYEE:
                u = rng.uniform(work_key, year, pid[i])
                grown *= 1.0 + growth.employee_sd * (u - 0.5) * 3.4641016151377544
            elif elderly:
                if rng.uniform(work_key, year, pid[i]) < growth.elderly_stop:
                    work_of[i] = RETIRED
                    work = RETIRED
                    staff = False
            else:
                u0, _, _, _ = rng.draw4(work_key, year, pid[i])
                fresh = growth.rho * a + np.sqrt(1.0 - growth.rho * growth.rho) * rng.normal(u0)
                luck = rng.normal(rng.uniform(luck_key, year, pid[i]))
                change = luck - rng.normal(rng.uniform(before_key, before_year, pid[i]))
                grown *= np.exp(levels.persistent[work] * (fresh - a) + levels.transitory[work] * change)
                a = fresh
                ability[i] = a
        if staff:
            if age == 60:
                grown *= growth.at_60
            elif age == 65:
                grown *= growth.at_65
            if salary > 0.0 and (elderly or since < january - 12):
                salary *= grown
            elif work != STUDENT or salary > 0.0 or rng.uniform(pension_key, 0, pid[i], 2) < levels.student_job:
                fresh_pay = full_pay(levels, work, sex, residence[i], age, place[household[i]], a, luck)
                months = before if scheme == EMPLOYEE else 0
                salary = (salary * months + fresh_pay * (12 - months)) / 12.0
            if scheme == DEPENDANT:
                salary = min(salary, float(growth.dependant_limit))
        elif salary > 0.0:
            salary = salary * before / 12.0
        if work == SELF_EMPLOYED:
            if business > 0.0:
                business *= grown * growth.profit
            else:
                profit = full_pay(levels, work, sex, residence[i], age, place[household[i]], a, luck)
                business = profit * (12 - before) / 12.0
        elif business > 0.0:
            business = business * before / 12.0
        salary_of[i] = np.int64(salary)
        business_of[i] = np.int64(business)
        if pension[i] > 0:
            paid = january - 1 - (np.int64(born[i]) + 780)
            whole = 12.0 / paid if not growth.first and 0 < paid < 12 else 1.0
            pension[i] = np.int64(pension[i] * growth.indexation * whole)
        elif age >= PENSION_AGE:
            u0, u1, _, _ = rng.draw4(pension_key, 0, pid[i])
            full = full_pension(levels, sex, residence[i], scheme == EMPLOYEE, a, u0, rng.normal(u1))
            pension[i] = np.int64(full * min(12, max(0, january + 11 - (np.int64(born[i]) + 780))) / 12.0)
        if other_income[i] > 0:
            other_income[i] = np.int64(other_income[i] * growth.wage)
        elif age % 5 == 0 and age < 80 and scheme != DEPENDANT and scheme != ASSISTANCE:
            u0, u1, _, _ = rng.draw4(pension_key, year, pid[i], 3)
            if u0 < levels.other_start[age // 5]:
                median = levels.place[place[household[i]]] * levels.other_median
                other_income[i] = np.int64(min(median * np.exp(levels.other_sd * rng.normal(u1)), levels.other_most))
        nothing = salary_of[i] + pension[i] + business_of[i] + other_income[i] == 0
        if nothing and scheme == KOKUHO and age >= 18:
            u = rng.uniform(pension_key, 0, pid[i], 1)
            declared[i] = 0 if u < growth.undeclared[min(age, 75), 1 if residence[i] > 0 else 0] else 1
        else:
            declared[i] = 1
