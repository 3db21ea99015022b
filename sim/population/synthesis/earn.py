"""Incomes of calendar year 2021, and the marks that follow from them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.core.kernel import inline, inner, kernel
from sim.core.rng import draw4, normal
from sim.population.codes import Residence, Scheme, Work
from sim.population.synthesis.employ import is_free
from sim.population.synthesis.state import OLDEST, YEAR

_KOKUHO, _DEPENDANT = int(Scheme.KOKUHO), int(Scheme.DEPENDANT)
_VOLUNTARY, _ASSISTANCE = int(Scheme.VOLUNTARY), int(Scheme.ASSISTANCE)
_NONE, _REGULAR, _SELF_EMPLOYED = int(Work.NONE), int(Work.REGULAR), int(Work.SELF_EMPLOYED)
_STUDENT, _RETIRED = int(Work.STUDENT), int(Work.RETIRED)
_JAPANESE, _PERMANENT = int(Residence.JAPANESE), int(Residence.PERMANENT)
_SHARE, _FACTOR = 0, 1
"""positions of population.job_before"""
_EMPLOYEES, _BASIC = 0, 1
"""rows of the quantiles of pensions"""
_OF_MEMBERS, _OF_OTHERS = 0, 1
"""positions of population.main_pension"""
_MEAN, _SD = 0, 1
"""positions, for each sex, of population.pension_score"""
_FIVE = 5
"""years of a class of age"""
_POINTS = 100
"""steps of the quantiles of pensions"""


class Earned(NamedTuple):
    """Yen a year."""

    salary: float
    business: float


@kernel
def earn(people, pay, k, january, opening):
    """Fill salary, pension, business and other income of 2021, and the marks that follow from them.

    january   month index of January 2022
    """
    for i in range(people.age.size):
        clear(people, i)
        if people.age[i] < pay.income_age:
            continue
        u0, u1, u2, u3 = draw4(k, YEAR, people.pid[i], 0)
        noise = normal(u0)
        earned = from_work(people, pay, i, noise, u1)
        if came_from_job(people, pay, i, u2, january):
            earned = with_job_before(people, pay, i, earned, noise, january)
            mark_end_of_job(people, pay, i, u3, opening)
        elif people.arrived[i] >= january - 12:
            earned = Earned(0.0, 0.0)
        if people.residence[i] > _PERMANENT:
            earned = Earned(earned.salary * pay.foreign_pay, earned.business * pay.foreign_pay)
        people.salary[i], people.business[i] = int(earned.salary), int(earned.business)
        from_elsewhere(people, pay, i, k, january)


@inline
def clear(people, i):
    """Set a person's incomes and marks to nothing; everything is declared."""
    people.salary[i] = people.pension[i] = people.business[i] = people.other_income[i] = 0
    people.declared[i] = 1
    people.income_drop[i] = people.job_loss[i] = people.former_dependant[i] = 0


@inline
def full_pay(people, pay, i, work, noise):
    """Return pay or profit of a full year, yen (the formula of enrolment)."""
    s, t = pay.persistent_sd[work], pay.transitory_sd[work]
    mean = pay.level[work, people.sex[i], min(people.age[i], OLDEST) // _FIVE] * pay.place
    return mean * np.exp(s * people.ability[i] + t * noise - 0.5 * (s * s + t * t))


@inline
def from_work(people, pay, i, noise, u):
    """Return what a person earns in a year of the work he has."""
    work = people.work[i]
    salary, business = 0.0, 0.0
    if work == _SELF_EMPLOYED:
        business = 0.0 if u < pay.self_employed_loss else full_pay(people, pay, i, work, noise)
    elif work == _STUDENT:
        salary = full_pay(people, pay, i, work, noise) if u < pay.student_job else 0.0
    elif work != _NONE and work != _RETIRED:
        salary = full_pay(people, pay, i, work, noise)
    if people.scheme[i] == _DEPENDANT:
        salary = min(salary, pay.dependant_pay)
    return Earned(salary, business)


@inline
def came_from_job(people, pay, i, u, january):
    """Return whether a person who joined since January 2021 had been employed before."""
    age, scheme = people.age[i], people.scheme[i]
    joined = people.scheme_since[i] > january - 12 and scheme in (_KOKUHO, _VOLUNTARY)
    at_work = pay.job_before_age <= age < pay.late_elderly_age and people.work[i] != _STUDENT
    here = people.arrived[i] < january - 12
    return joined and at_work and here and (scheme == _VOLUNTARY or u < pay.job_before[_SHARE])


@inline
def with_job_before(people, pay, i, earned, noise, january):
    """Return what a person earned in 2021 who left a job in it, or later."""
    months = min(people.scheme_since[i] - (january - 12), 12)
    earlier = full_pay(people, pay, i, _REGULAR, noise) * pay.job_before[_FACTOR]
    salary = (earned.salary * (12 - months) + earlier * months) / 12.0
    return Earned(salary, earned.business * ((12 - months) / 12.0))


@inline
def mark_end_of_job(people, pay, i, u, opening):
    """Mark a fall of income, and an involuntary loss of the job."""
    if is_free(people, i):
        people.income_drop[i] = 1
    recent = people.scheme_since[i] >= opening - pay.job_loss_recent
    young = people.scheme[i] == _KOKUHO and people.age[i] < pay.job_loss_age
    if young and recent and u < pay.involuntary_share:
        people.job_loss[i] = people.scheme_since[i]


@inline
def from_elsewhere(people, pay, i, k, january):
    """Fill pension and other income."""
    u0, u1, u2, u3 = draw4(k, YEAR, people.pid[i], 1)
    scheme = people.scheme[i]
    if people.born[i] <= january - (12 * pay.pension_age + 1):
        people.pension[i] = int(pension_of(people, pay, i, k, u0, normal(u1)))
    some = u2 < pay.other[min(people.age[i], OLDEST) // _FIVE]
    if scheme != _ASSISTANCE and scheme != _DEPENDANT and some:
        drawn = pay.place * pay.other_income_median * np.exp(pay.other_income_sd * normal(u3))
        people.other_income[i] = int(min(drawn, pay.other_income_most))


@inline
def pension_of(people, pay, i, k, u, z):
    """Return the yearly pension of someone of 65 or over."""
    if u < pay.no_pension[int(people.residence[i] > _JAPANESE)]:
        return 0.0
    r = pay.ability_to_pension
    score = r * people.ability[i] + np.sqrt(1.0 - r * r) * z
    row = _OF_MEMBERS if people.scheme[i] == _KOKUHO else _OF_OTHERS
    if draw4(k, YEAR, people.pid[i], 4)[0] < pay.main_pension[row]:
        mean, sd = pay.pension_score[2 * people.sex[i] + _MEAN], pay.pension_score[2 * people.sex[i] + _SD]
        return quantile(pay.pensions[_EMPLOYEES], 0.5 * math.erfc(-(mean + sd * score) / math.sqrt(2.0)))
    return quantile(pay.pensions[_BASIC], 0.5 * math.erfc(-score / math.sqrt(2.0)))


@inner
def quantile(table, u):
    """Return the quantile at u of a table of 101 points."""
    at = u * _POINTS
    low = min(int(at), _POINTS - 1)
    return table[low] + (table[low + 1] - table[low]) * (at - low)
