"""Who is new on the register: born, moved in from another prefecture or from abroad. Work, insurance, first income."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline, inner
from sim.core.rng import draw4, normal
from sim.mechanisms.enrolment.household import FOLLOWER, UNKNOWN, describe, is_here
from sim.mechanisms.enrolment.pay import first_income
from sim.mechanisms.enrolment.work import employed_as, firm_of, work_after
from sim.population.codes import Relation, Residence, Scheme, Work

_KOKUHO, _EMPLOYEE, _DEPENDANT = int(Scheme.KOKUHO), int(Scheme.EMPLOYEE), int(Scheme.DEPENDANT)
_LATE = int(Scheme.LATE_ELDERLY)
_NONE, _PART_TIME = int(Work.NONE), int(Work.PART_TIME)
_STUDENT, _RETIRED = int(Work.STUDENT), int(Work.RETIRED)
_HEAD, _SPOUSE = int(Relation.HEAD), int(Relation.SPOUSE)
_STUDENT_VISA, _WORKER_VISA = int(Residence.STUDENT), int(Residence.WORKER)
_FAMILY_VISA = int(Residence.FAMILY)
_WORK, _INCOME = 0, 1
"""lanes of the draws of somebody new"""


@inner
def from_abroad(chances, who, local, u):
    """Return scheme and work of an adult who arrives from abroad; local as in `arrival`."""
    employed = chances.visa_worker_employed if who.residence == _WORKER_VISA else chances.abroad_employed
    employed = 1.0 - min(chances.chance_most, (1.0 - employed) * local)
    if who.age < chances.retiring_age and u[0] < employed:
        return _EMPLOYEE, employed_as(chances, who.age, who.sex, u[1])
    return FOLLOWER, _RETIRED if who.age >= chances.pension_from else _NONE


@inner
def from_japan(chances, who, local, u):
    """Return scheme and work of an adult who arrives from another prefecture; local as in `arrival`."""
    p = chances.member_share[who.age]
    if who.residence > 0 and chances.foreign_share_from <= who.age < chances.foreign_share_to:
        p *= chances.foreign_share_factor
    if who.age < chances.retiring_age:
        p *= local
    p = min(chances.member_share_most, p)
    if u[0] < p:
        return _KOKUHO, work_after(chances, who.age, u[1])
    if who.relation == _SPOUSE and u[2] < chances.spouse_follows[who.sex]:
        return FOLLOWER, _NONE
    if who.age >= chances.pension_from and u[2] >= chances.elderly_employed:
        return FOLLOWER, _RETIRED
    return _EMPLOYEE, employed_as(chances, who.age, who.sex, u[1])


@inner
def arrival(chances, law, who, abroad, alone, local, u):
    """Return scheme and work of somebody new; FOLLOWER = insured with the household.

    abroad  arrived from abroad this year
    alone   lives in a household of one
    local   membership of newcomers of working age in the municipality against the whole prefecture
    """
    if who.age >= law.late_elderly_age:
        return _LATE, _RETIRED
    if who.age < chances.working_age:
        return FOLLOWER, _NONE
    if who.residence == _STUDENT_VISA:
        return _KOKUHO, _STUDENT
    if who.residence == _FAMILY_VISA and who.relation != _HEAD:
        return FOLLOWER, _PART_TIME if u[1] < chances.start_work[who.age] else _NONE
    if who.age < chances.schooling_to or u[2] < chances.arrival_students[who.age]:
        return _DEPENDANT if alone and u[0] < chances.student_apart else FOLLOWER, _STUDENT
    if abroad:
        return from_abroad(chances, who, local, u)
    return from_japan(chances, who, local, u)


@inline
def join(people, rules, draws, house, slot, m):
    """Give somebody new in month m work, insurance and, from within Japan, the income of the year before."""
    i, chances = slot.row, rules.chances
    abroad = people.arrived[i] >= draws.opening
    who = describe(people, slot, False)
    u = draw4(draws.join, draws.year, people.pid[i], _WORK)
    v = draw4(draws.join, draws.year, people.pid[i], _INCOME)
    scheme, work = arrival(chances, rules.law, who, abroad, house.size == 1, house.joining, u)
    slot.now = _LATE if m >= slot.turns75 else scheme
    people.ability[i] = normal(u[3])
    people.work[i] = work
    people.firm_size[i] = firm_of(chances, slot.now, work, v[0])
    people.scheme_since[i] = draws.opening + m
    adult = who.age >= chances.working_age
    people.declared[i] = not abroad or not adult or v[1] < chances.abroad_declared
    if adult and not abroad:
        earned = first_income(rules.levels, who, work, house.place, np.float64(people.ability[i]), v)
        people.salary[i], people.business[i], people.pension[i] = earned


@inline
def welcome(people, rules, draws, house, slots, m):
    """Insure those of a household who are new on the register in month m; return how many are employees."""
    workers = 0
    for j in range(house.size):
        slot = slots[j]
        if slot.now == UNKNOWN and is_here(slot, m):
            join(people, rules, draws, house, slot, m)
            workers += slot.now == _EMPLOYEE
    return workers
