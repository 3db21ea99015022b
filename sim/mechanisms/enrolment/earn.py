"""The incomes of a calendar year: pay, profits, pensions and other income move on from those of the year before.

From year to year an income moves by the ratio of what ability and the noise of the year make of it (`pay`) and by the
growth of wages, so that what made the first income (the municipality, the trade) stays in it.

Most people need little of that: a few hundred neighbours at a time are listed by what happens to them (`Way`), and each
list is gone through on its own. The processor then need not guess who comes next, and draws for a whole list at once.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from sim.core.ahead import draw_listed, normals, padded
from sim.core.kernel import inline, inner, kernel
from sim.core.rng import draw4, normal, uniform
from sim.core.units import MONTHS
from sim.mechanisms.enrolment.pay import full_pay, full_pension, whole_yen
from sim.mechanisms.enrolment.state import AGES, BLOCK, Way
from sim.population.codes import Scheme, Work

_KOKUHO, _EMPLOYEE, _DEPENDANT = int(Scheme.KOKUHO), int(Scheme.EMPLOYEE), int(Scheme.DEPENDANT)
_LATE, _ASSISTANCE = int(Scheme.LATE_ELDERLY), int(Scheme.ASSISTANCE)
_NONE, _SELF_EMPLOYED = int(Work.NONE), int(Work.SELF_EMPLOYED)
_STUDENT, _RETIRED = int(Work.STUDENT), int(Work.RETIRED)
_NOTHING, _RAISED, _IDLE, _PENSIONER = int(Way.NONE), int(Way.RAISED), int(Way.IDLE), int(Way.PENSIONER)
_FREE, _OTHER = int(Way.FREE), int(Way.OTHER)
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


@inner
def raised(growth, u):
    """Return the factor on the pay of an employee who draws u: it goes in small steps, with wages."""
    return (1.0 + growth.wage_growth) * (1.0 + growth.employee_sd * (u - 0.5) * _WIDTH)


@inline
def move_free(people, levels, growth, own, at, who):
    """Return how earnings without employee insurance move, by ability and noise of both years; write the ability."""
    i = who.row
    before, rho = np.float64(people.ability[i]), growth.ability_rho
    ability = rho * before + np.sqrt(1.0 - rho * rho) * own.pay[at]
    noise = own.noise[at]
    change = noise - own.noise_before[at]
    of_ability = levels.persistent_sd[who.work] * (ability - before)
    grown = (1.0 + growth.wage_growth) * np.exp(of_ability + levels.transitory_sd[who.work] * change)
    people.ability[i] = ability
    return Change(grown, ability, noise)


@inline
def move_other(people, growth, draws, who):
    """Return how the earnings of others move: in employee insurance in small steps, else with wages."""
    i = who.row
    grown = 1.0 + growth.wage_growth
    if works(who.work) and who.scheme != _LATE:
        grown = raised(growth, uniform(draws.pay, draws.year, people.pid[i]))
    return Change(grown, np.float64(people.ability[i]), 0.0)


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
def index_pension(people, levels, growth, draws, i):
    """Index a pension.

    One that began in the year before was paid for some of its months only. The incomes a run starts with are whole
    years.
    """
    paid = draws.january - 1 - (np.int64(people.born[i]) + levels.pension_from * 12)
    whole = 12.0 / paid if not growth.first and 0 < paid < MONTHS else 1.0
    people.pension[i] = whole_yen(people.pension[i] * (1.0 + growth.pension_indexation) * whole)


@inline
def draw_pension(people, levels, growth, draws, who, ability):
    """Index the pension, or start it in the month after the birthday of its age."""
    i = who.row
    if people.pension[i] > 0:
        index_pension(people, levels, growth, draws, i)
    elif who.age >= levels.pension_from:
        starts = np.int64(people.born[i]) + levels.pension_from * 12
        u = draw4(draws.pension, _ALWAYS, people.pid[i], _PENSION)
        full = full_pension(levels, who, who.scheme == _EMPLOYEE, ability, u[0], normal(u[1]))
        people.pension[i] = whole_yen(full * min(12, max(0, draws.january + 11 - starts)) / 12.0)


@inline
def earn_other(people, place, levels, growth, draws, own):
    """Move the other income of those who have any, or begin it."""
    listed(people, own, own.asking, own.asked)
    draw_listed(own.u[: padded(own.asked)], draws.pension, draws.year, own.pid, _OTHER_INCOME)
    for at in range(np.uint64(own.asked)):
        i = own.asking[at]
        if people.other_income[i] > 0:
            people.other_income[i] = whole_yen(people.other_income[i] * (1.0 + growth.wage_growth))
        elif own.u[at] < levels.other_income_start[age_of(people, draws, i)]:
            u = draw4(draws.pension, draws.year, people.pid[i], _OTHER_INCOME)
            median = levels.place_pay[place[people.household[i]]] * levels.other_income_median
            yen = median * np.exp(levels.other_income_sd * normal(u[1]))
            people.other_income[i] = np.int64(min(yen, levels.other_income_most))


@inline
def declare(people, growth, draws, i):
    """Write whether the town knows the income; some members without any do not declare it."""
    people.declared[i] = 1
    nothing = people.salary[i] + people.pension[i] + people.business[i] + people.other_income[i] == 0
    if nothing and people.scheme[i] == _KOKUHO:
        u = uniform(draws.pension, _ALWAYS, people.pid[i], _DECLARES)
        if u < growth.undeclared[min(age_of(people, draws, i), AGES - 1), 1 if people.residence[i] > 0 else 0]:
            people.declared[i] = 0


@inline
def age_of(people, draws, i):
    """Return the age of person i at the end of the calendar year."""
    return (draws.january + 11 - np.int64(people.born[i])) // 12


@inline
def way_of(people, levels, growth, draws, i, age):
    """Return what becomes of the incomes of person i; nothing is jumped over, so that nothing is guessed."""
    work, scheme, since = np.int64(people.work[i]), people.scheme[i], np.int64(people.scheme_since[i])
    salary, business, pension = people.salary[i], people.business[i], people.pension[i]
    working, employee = works(work), scheme == _EMPLOYEE
    young = (pension == 0) & (age < levels.pension_from)
    steady = (salary > 0) & (since < draws.january - 12) & (work != _SELF_EMPLOYED)
    unpaid = (not working) & (salary == 0) & (business == 0)
    way = _FREE if working & (scheme != _LATE) & (not employee) else _OTHER
    way = _RAISED if working & employee & steady & young & (business == 0) else way
    way = _IDLE if unpaid & young else way
    way = _PENSIONER if unpaid & (pension > 0) else way
    return _NOTHING if (age < growth.working_age) | (people.leaving[i] != 0) else way


@inline
def sort(people, levels, growth, draws, own, first, last):
    """List the persons first <= row < last by what becomes of their incomes, and whose other income may move."""
    own.count[:] = 0
    asked = np.uint64(0)
    for i in range(np.uint64(first), np.uint64(last)):
        age = age_of(people, draws, i)
        way = np.uint64(way_of(people, levels, growth, draws, i, age))
        own.row[way, np.uint64(own.count[way])] = i
        own.count[way] += 1
        scheme = people.scheme[i]
        begins = levels.other_income_start[min(max(age, 0), AGES - 1)] > 0.0
        begins &= (age < AGES) & (scheme != _DEPENDANT) & (scheme != _ASSISTANCE)
        own.asking[asked] = i
        asked += np.uint64((way != _NOTHING) & (begins | (people.other_income[i] > 0)))
    own.asked = asked


@inline
def listed(people, own, rows, n):
    """Write the ids of n listed rows."""
    for at in range(np.uint64(n)):
        own.pid[at] = people.pid[rows[at]]


@inline
def raise_pay(people, growth, draws, own):
    """Move the pay of those employees to whom nothing else happens."""
    n = own.count[_RAISED]
    listed(people, own, own.row[_RAISED], n)
    draw_listed(own.u[: padded(n)], draws.pay, draws.year, own.pid)
    for at in range(np.uint64(n)):
        i = own.row[_RAISED, at]
        stays = stays_on(growth, age_of(people, draws, i))
        people.salary[i] = whole_yen(people.salary[i] * (raised(growth, own.u[at]) * stays))
        people.declared[i] = 1


@inline
def draw_free(people, draws, own):
    """Draw ability and the noise of both years for those who work without employee insurance."""
    n = own.count[_FREE]
    m = padded(n)
    listed(people, own, own.row[_FREE], n)
    draw_listed(own.u[:m], draws.pay, draws.year, own.pid)
    normals(own.u[:n], own.pay)
    draw_listed(own.u[:m], draws.noise, draws.year, own.pid)
    normals(own.u[:n], own.noise)
    draw_listed(own.u[:m], draws.noise_before, draws.year_before, own.pid)
    normals(own.u[:n], own.noise_before)


@inline
def earn_one(people, levels, growth, draws, who, change):
    """Move pay, profit and pension of a person."""
    earn_salary(people, levels, growth, draws, who, change)
    earn_profit(people, levels, growth, who, change)
    draw_pension(people, levels, growth, draws, who, change.ability)


@kernel
def earn(people, place, levels, growth, draws, own, low, high):
    """Move the incomes of the persons low <= row < high of working age to the calendar year of `draws`.

    place  uint8[households]
    own    the span's lists
    """
    for first in range(low, high, BLOCK):
        sort(people, levels, growth, draws, own, first, min(first + BLOCK, high))
        raise_pay(people, growth, draws, own)
        for at in range(np.uint64(own.count[_PENSIONER])):
            index_pension(people, levels, growth, draws, own.row[_PENSIONER, at])
        draw_free(people, draws, own)
        for at in range(np.uint64(own.count[_FREE])):
            i = own.row[_FREE, at]
            who = look(people, place, draws, i, age_of(people, draws, i))
            earn_one(people, levels, growth, draws, who, move_free(people, levels, growth, own, at, who))
        for at in range(np.uint64(own.count[_OTHER])):
            i = own.row[_OTHER, at]
            retire(people, growth, draws, i)
            who = look(people, place, draws, i, age_of(people, draws, i))
            earn_one(people, levels, growth, draws, who, move_other(people, growth, draws, who))
        earn_other(people, place, levels, growth, draws, own)
        for way in (_IDLE, _PENSIONER, _FREE, _OTHER):
            for at in range(np.uint64(own.count[way])):
                declare(people, growth, draws, own.row[way, at])
