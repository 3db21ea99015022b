"""The incomes of a calendar year: pay, profits, pensions and other income move on from those of the year before.

From year to year an income moves by the ratio of what ability and the noise of the year make of it (`pay`) and by the
growth of wages, so that what made the first income (the municipality, the trade) stays in it.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.core.ahead import draw_near, nothing_drawn
from sim.core.kernel import inline, inner, kernel
from sim.core.rng import draw4, normal, uniform
from sim.core.tally import Records
from sim.core.units import MONTHS
from sim.mechanisms.enrolment.pay import full_pay, full_pension, whole_yen
from sim.mechanisms.enrolment.state import AGES
from sim.population.codes import Scheme, Work

_KOKUHO, _EMPLOYEE, _DEPENDANT = int(Scheme.KOKUHO), int(Scheme.EMPLOYEE), int(Scheme.DEPENDANT)
_LATE, _ASSISTANCE = int(Scheme.LATE_ELDERLY), int(Scheme.ASSISTANCE)
_NONE, _SELF_EMPLOYED = int(Work.NONE), int(Work.SELF_EMPLOYED)
_STUDENT, _RETIRED = int(Work.STUDENT), int(Work.RETIRED)
_AT_60, _AT_65 = 0, 1
"""positions of `enrolment.pay_at_60_65`"""
_WIDTH = math.sqrt(12.0)
"""a uniform of standard deviation 1 is that wide"""
_PENSION, _DECLARES, _STUDENT_JOB, _OTHER_INCOME = 0, 1, 2, 3
"""lanes of the draws of pension"""
_ALWAYS = 0
"""year of the draws that stay with a person"""


class EarnDraws(NamedTuple):
    """Which draws the incomes of a calendar year take; `january` is the month index of its January.

    noise, noise_before  keys of the noise of the year and of what is in the incomes before, year_before its year
    """

    year: int
    january: int
    pay: np.uint64
    noise: np.uint64
    noise_before: np.uint64
    year_before: int
    pension: np.uint64


class Near(NamedTuple):
    """Uniforms of neighbours, for each span of rows: of pay, and of other income that begins."""

    pay: Records
    other: Records

    @classmethod
    def of(cls, spans: int) -> Near:
        """Return room for so many spans."""
        return cls(nothing_drawn(spans), nothing_drawn(spans))


class Earner(NamedTuple):
    """A person at the end of a calendar year.

    months  of the year before the present insurance began; steady: it began before that year
    staff   works for pay
    """

    row: np.uint64
    age: np.int64
    sex: np.int64
    residence: np.int64
    place: np.int64
    work: np.int64
    scheme: np.int64
    months: np.int64
    steady: bool
    staff: bool


class Change(NamedTuple):
    """How the earnings of a person move: factor, ability, noise of the year."""

    grown: np.float64
    ability: np.float64
    noise: np.float64


@inner
def works(work):
    """Return whether a work state earns something."""
    return work != _NONE and work != _RETIRED


@inline
def retire(people, growth, draws, i):
    """Let some of those who still work in 後期 stop."""
    if people.scheme[i] != _LATE or not works(people.work[i]):
        return
    if uniform(draws.pay, draws.year, people.pid[i]) < growth.elderly_stop:
        people.work[i] = _RETIRED


@inline
def look(people, place, draws, i, age):
    """Return the earner of row i."""
    work = np.int64(people.work[i])
    since = np.int64(people.scheme_since[i])
    scheme = np.int64(people.scheme[i])
    return Earner(
        i,
        np.int64(age),
        np.int64(people.sex[i]),
        np.int64(people.residence[i]),
        np.int64(place[people.household[i]]),
        work,
        scheme,
        min(max(since - draws.january, 0), 12),
        scheme == _LATE or since < draws.january - 12,
        works(work) and work != _SELF_EMPLOYED,
    )


@inline
def move(people, levels, growth, draws, near, who):
    """Return how the earnings of a person move, and write his ability.

    In employee insurance pay goes in small steps, in 後期 with wages; elsewhere by ability and the noise of both years.
    """
    i = who.row
    grown, ability, noise = 1.0 + growth.wage_growth, np.float64(people.ability[i]), 0.0
    if works(who.work) and who.scheme != _LATE:
        u = draw_near(near.pay, draws.pay, draws.year, people.pid, i)
        if who.scheme == _EMPLOYEE:
            grown *= 1.0 + growth.employee_sd * (u[0] - 0.5) * _WIDTH
        else:
            before, rho = ability, growth.ability_rho
            ability = rho * before + np.sqrt(1.0 - rho * rho) * normal(u[0])
            noise = normal(uniform(draws.noise, draws.year, people.pid[i]))
            change = noise - normal(uniform(draws.noise_before, draws.year_before, people.pid[i]))
            of_ability = levels.persistent_sd[who.work] * (ability - before)
            grown *= np.exp(of_ability + levels.transitory_sd[who.work] * change)
            people.ability[i] = ability
    return Change(grown, ability, noise)


@inner
def stays_on(growth, age):
    """Return the factor on the pay of an employee who stays on at the ages of retirement."""
    if age == growth.retiring_age:
        return growth.pay_at_60_65[_AT_60]
    return growth.pay_at_60_65[_AT_65] if age == growth.reemployment_to else 1.0


@inline
def earn_salary(people, levels, growth, draws, who, change):
    """Move the salary; a new job pays what its work does from the month it began, one that is gone until then."""
    i = who.row
    salary = np.float64(people.salary[i])
    if who.staff:
        if salary > 0.0 and who.steady:
            salary *= change.grown * stays_on(growth, who.age)
        elif (
            who.work != _STUDENT
            or salary > 0.0
            or uniform(draws.pension, _ALWAYS, people.pid[i], _STUDENT_JOB) < levels.student_job
        ):
            fresh = full_pay(levels, who, who.work, who.place, change.ability, change.noise)
            months = who.months if who.scheme == _EMPLOYEE else 0
            salary = (salary * months + fresh * (12 - months)) / 12.0
        if who.scheme == _DEPENDANT:
            salary = min(salary, np.float64(growth.dependant_limit))
    elif salary > 0.0:
        salary = salary * who.months / 12.0
    people.salary[i] = whole_yen(salary)


@inline
def earn_profit(people, levels, growth, who, change):
    """Move the business income, begin it, or end it."""
    i = who.row
    business = np.float64(people.business[i])
    if who.work == _SELF_EMPLOYED:
        if business > 0.0:
            business *= change.grown * (1.0 + growth.profit_growth)
        else:
            fresh = full_pay(levels, who, who.work, who.place, change.ability, change.noise)
            business = fresh * (12 - who.months) / 12.0
    elif business > 0.0:
        business = business * who.months / 12.0
    people.business[i] = whole_yen(business)


@inline
def draw_pension(people, levels, growth, draws, who, ability):
    """Index the pension, or start it in the month after the birthday of its age.

    One that began in the year before was paid for some of its months only. The incomes a run starts with are whole
    years.
    """
    i = who.row
    starts = np.int64(people.born[i]) + levels.pension_from * 12
    if people.pension[i] > 0:
        paid = draws.january - 1 - starts
        whole = 12.0 / paid if not growth.first and 0 < paid < MONTHS else 1.0
        people.pension[i] = whole_yen(people.pension[i] * (1.0 + growth.pension_indexation) * whole)
    elif who.age >= levels.pension_from:
        u = draw4(draws.pension, _ALWAYS, people.pid[i], _PENSION)
        full = full_pension(levels, who, who.scheme == _EMPLOYEE, ability, u[0], normal(u[1]))
        people.pension[i] = whole_yen(full * min(12, max(0, draws.january + 11 - starts)) / 12.0)


@inline
def earn_other(people, levels, growth, draws, near, who):
    """Move other income, or begin it."""
    i = who.row
    if people.other_income[i] > 0:
        people.other_income[i] = whole_yen(people.other_income[i] * (1.0 + growth.wage_growth))
    elif who.age < AGES and who.scheme != _DEPENDANT and who.scheme != _ASSISTANCE:
        chance = levels.other_income_start[who.age]
        if chance > 0.0:
            u = draw_near(near.other, draws.pension, draws.year, people.pid, i, _OTHER_INCOME)
            if u[0] < chance:
                median = levels.place_pay[who.place] * levels.other_income_median
                yen = median * np.exp(levels.other_income_sd * normal(u[1]))
                people.other_income[i] = np.int64(min(yen, levels.other_income_most))


@inline
def declare(people, growth, draws, who):
    """Write whether the town knows the income; some members without any do not declare it."""
    i = who.row
    people.declared[i] = 1
    nothing = people.salary[i] + people.pension[i] + people.business[i] + people.other_income[i] == 0
    if nothing and who.scheme == _KOKUHO:
        u = uniform(draws.pension, _ALWAYS, people.pid[i], _DECLARES)
        if u < growth.undeclared[min(who.age, AGES - 1), 1 if who.residence > 0 else 0]:
            people.declared[i] = 0


@kernel
def earn(people, place, levels, growth, draws, near, low, high):
    """Move the incomes of the persons low <= row < high of working age to the calendar year of `draws`.

    place  uint8[households]
    near   the span's own part of Near
    """
    for i in range(np.uint64(low), np.uint64(high)):
        age = (draws.january + 11 - np.int64(people.born[i])) // 12
        if age < growth.working_age or people.leaving[i] != 0:
            continue
        retire(people, growth, draws, i)
        who = look(people, place, draws, i, age)
        change = move(people, levels, growth, draws, near, who)
        earn_salary(people, levels, growth, draws, who, change)
        earn_profit(people, levels, growth, who, change)
        draw_pension(people, levels, growth, draws, who, change.ability)
        earn_other(people, levels, growth, draws, near, who)
        declare(people, growth, draws, who)
