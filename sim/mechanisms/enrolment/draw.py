"""The year's own event of work and insurance, drawn for each adult by the insurance he has in April.

An event is (month, scheme, work); month NEVER = nothing happens. `u` are the person's four uniforms of the year:
whether, when, whereto, and the rest.
"""

from __future__ import annotations

import numpy as np

from sim.core.ahead import draw_near
from sim.core.kernel import inline, inner
from sim.core.rng import draw4
from sim.mechanisms.enrolment.household import (
    FOLLOWER,
    NEVER,
    UNKNOWN,
    any_month,
    describe,
    month_of,
    rest_of,
)
from sim.mechanisms.enrolment.state import AGES
from sim.mechanisms.enrolment.work import employed_as, idle_as, work_after, work_begun
from sim.population.codes import FirmSize, Relation, Residence, Scheme, Work

_KOKUHO, _EMPLOYEE, _DEPENDANT = int(Scheme.KOKUHO), int(Scheme.EMPLOYEE), int(Scheme.DEPENDANT)
_VOLUNTARY, _GUILD = int(Scheme.VOLUNTARY), int(Scheme.GUILD)
_LATE, _ASSISTANCE = int(Scheme.LATE_ELDERLY), int(Scheme.ASSISTANCE)
_NONE, _REGULAR, _PART_TIME, _OFFICER = int(Work.NONE), int(Work.REGULAR), int(Work.PART_TIME), int(Work.OFFICER)
_SELF_EMPLOYED, _FAMILY_WORKER = int(Work.SELF_EMPLOYED), int(Work.FAMILY_WORKER)
_STUDENT, _RETIRED = int(Work.STUDENT), int(Work.RETIRED)
_OTHER = int(Relation.OTHER)
_STUDENT_VISA, _WORKER_VISA = int(Residence.STUDENT), int(Residence.WORKER)
_FAMILY_VISA = int(Residence.FAMILY)
_SMALL, _LARGE = int(FirmSize.S6_10), int(FirmSize.S21_35)
"""firms the rule on sectors reaches"""
_OCTOBER = 6


@inner
def finish_school(chances, u):
    """Return the event of a student who finishes: a job with insurance, or something else."""
    month = month_of(u[1], chances.april_graduating)
    if u[2] < chances.graduate_employee:
        return month, _EMPLOYEE, _REGULAR
    return month, FOLLOWER, _PART_TIME if u[2] < 1.0 - chances.graduate_none else _NONE


@inner
def leave_chance(chances, who, dependants, joining):
    """Return the chance that an employee leaves employee insurance.

    dependants  persons of the household insured as dependants
    joining     joining 国保 in the municipality against the whole prefecture
    """
    kind = 0 if who.work == _REGULAR else 2 if who.work == _OFFICER else 1
    chance = chances.leave[who.age, who.sex, kind]
    if who.residence > 0:
        chance *= chances.foreign_factor
    if dependants > 0:
        chance *= chances.dependants_factor
    if who.age < chances.retiring_age:
        chance *= joining
    return chance


@inner
def lose_cover(chances, who, second, u):
    """Return the event of an employee who leaves employee insurance.

    second  another person of the household is insured as an employee
    """
    age = who.age
    retires = age == chances.retiring_age or age == chances.reemployment_to
    month = month_of(u[1], chances.april_retiring if retires else chances.april_leaving)
    work = work_after(chances, age, u[3])
    if u[2] < chances.voluntary_share[age] and work != _SELF_EMPLOYED:
        return month, _VOLUNTARY, idle_as(chances, age)
    rest = rest_of(u[2], chances.voluntary_share[age])
    if second and who.relation != _OTHER and work != _SELF_EMPLOYED and rest < chances.to_dependant[who.sex]:
        return month, _DEPENDANT, _NONE if work == _RETIRED and age < chances.retiring_age else work
    return month, _KOKUHO, work


@inner
def student_event(chances, who, u):
    """Return the event of a student in 国保, one who has changed his residence status to work included."""
    if who.residence == _WORKER_VISA or u[0] < chances.graduate[who.age]:
        month, scheme, work = finish_school(chances, u)
        return month, _KOKUHO if scheme == FOLLOWER else scheme, work
    return NEVER, _KOKUHO, who.work


@inner
def runs_business(work):
    """Return whether somebody works in a business of the family."""
    return work in (_SELF_EMPLOYED, _FAMILY_WORKER)


@inner
def job_chance(chances, who, shared, local):
    """Return the chance that a member finds a job with employee insurance.

    shared  other members live in the household
    local   moves into employee insurance in the municipality against the whole prefecture
    """
    p = min(chances.chance_most, chances.enter[who.age, 1 if runs_business(who.work) else 0] * local)
    if who.residence == _STUDENT_VISA:
        p *= chances.student_visa_factor
    elif who.residence == _FAMILY_VISA:
        p *= chances.family_visa_factor
    return p * chances.shared_factor if shared else p


@inner
def change_work(chances, who, rest, u):
    """Return the event of a member who starts or stops to work and stays one."""
    if who.work == _NONE:
        if rest < chances.start_work[who.age]:
            return any_month(u[1]), _KOKUHO, work_begun(chances, u[3])
    elif rest < chances.stop[who.age, who.work]:
        return any_month(u[1]), _KOKUHO, idle_as(chances, who.age)
    return NEVER, _KOKUHO, who.work


@inner
def member_event(chances, law, who, shared, local, u):
    """Return the event of an adult in 国保; shared, local as in job_chance."""
    if who.work == _STUDENT and who.residence != _STUDENT_VISA:
        return student_event(chances, who, u)
    p = job_chance(chances, who, shared, local)
    if u[0] < p:
        return month_of(u[1], chances.april_joining), _EMPLOYEE, employed_as(chances, who.age, who.sex, u[2])
    rest = rest_of(u[0], p)
    if who.age >= law.disability_age:
        if rest < chances.disability_late:
            return any_month(u[1]), _LATE, who.work
        rest = rest_of(rest, chances.disability_late)
    if runs_business(who.work) and who.head:
        if rest < chances.guild_in:
            return any_month(u[1]), _GUILD, who.work
        rest = rest_of(rest, chances.guild_in)
    return change_work(chances, who, rest, u)


@inner
def dependant_event(chances, who, u):
    """Return the event of a dependant of working age."""
    if who.work == _STUDENT:
        if u[0] < chances.graduate[who.age]:
            return finish_school(chances, u)
        return NEVER, _DEPENDANT, who.work
    p = chances.job_of_dependants[who.age, who.sex]
    if u[0] < p:
        return month_of(u[1], chances.april_joining), _EMPLOYEE, employed_as(chances, who.age, who.sex, u[2])
    if u[0] < p + chances.outgrow[who.age]:
        return any_month(u[1]), _KOKUHO, work_begun(chances, u[2])
    return NEVER, _DEPENDANT, who.work


@inner
def voluntary_event(chances, who, last, u):
    """Return the event of somebody in voluntary continuation (任意継続), whose month `last` is the first without it."""
    p = chances.voluntary_job * (chances.voluntary_job_retired if who.age >= chances.retiring_age else 1.0)
    if u[0] < p:
        month = any_month(u[1])
        if month < last:
            return month, _EMPLOYEE, employed_as(chances, who.age, who.sex, u[2])
    elif u[0] < p + chances.voluntary_end:
        return min(month_of(u[1], chances.april_retiring), max(last, 0)), _KOKUHO, who.work
    if last < NEVER:
        return max(last, 0), _KOKUHO, who.work
    return NEVER, _VOLUNTARY, who.work


@inner
def is_newly_covered(law, firm, salary, u):
    """Return whether size of firm and pay bring a part-time worker into employee insurance this October."""
    if law.covered_from <= firm < law.covered_before and salary >= law.pay_line and u < law.take_up:
        return True
    return firm >= law.covered_from and law.wage_floor <= salary < law.wage_line and u < law.wage_take_up


@inner
def is_reached(law, who, firm, salary, u):
    """Return whether the coverage expansion of this October reaches a member (適用拡大)."""
    if who.age >= law.age_to:
        return False
    if who.work == _PART_TIME and is_newly_covered(law, firm, salary, u[0]):
        return True
    staff = who.work in (_PART_TIME, _REGULAR)
    return staff and _SMALL <= firm <= _LARGE and law.sectors != 0 and u[1] < law.sector_take_up


@inline
def draw_of_member(people, rules, draws, house, slot, who, u):
    """Draw the event of a member of 国保; the coverage expansion reaches those who have none before it."""
    chances, law, i = rules.chances, rules.law, slot.row
    exiting = 1.0 / house.joining
    graduates = who.work == _STUDENT and who.residence == _WORKER_VISA
    if u[0] < chances.member[who.age, who.work] * max(1.0, exiting) or graduates:
        local = exiting if who.age < chances.retiring_age else 1.0
        slot.month, slot.target, slot.work_to = member_event(chances, law, who, house.members > 1, local, u)
    if people.firm_size[i] != 0 and law.expands and slot.month > _OCTOBER:
        v = draw4(draws.coverage, draws.year, people.pid[i])
        if is_reached(law, who, people.firm_size[i], people.salary[i], v):
            slot.month, slot.target, slot.work_to = _OCTOBER, _EMPLOYEE, who.work
            slot.covered = 1


@inline
def draw_by_scheme(people, rules, draws, house, slot, who, u):
    """Draw the event of an adult by the insurance he has."""
    chances, scheme = rules.chances, slot.now
    if scheme == _EMPLOYEE:
        if u[0] < leave_chance(chances, who, house.dependants, house.joining):
            slot.month, slot.target, slot.work_to = lose_cover(chances, who, house.workers > 1, u)
    elif scheme == _KOKUHO:
        draw_of_member(people, rules, draws, house, slot, who, u)
    elif scheme == _DEPENDANT:
        slot.month, slot.target, slot.work_to = dependant_event(chances, who, u)
    elif scheme == _VOLUNTARY:
        last = np.int64(people.scheme_since[slot.row]) + rules.law.voluntary_months - draws.opening
        slot.month, slot.target, slot.work_to = voluntary_event(chances, who, last, u)
    elif scheme == _GUILD and who.head and u[0] < chances.guild_out:
        slot.month, slot.target, slot.work_to = any_month(u[1]), _KOKUHO, who.work


@inner
def stays_put(scheme):
    """Return whether a scheme knows no event of work: 後期 and public assistance, and those not insured yet."""
    return scheme in (_LATE, _ASSISTANCE, UNKNOWN)


@inline
def draw(people, rules, draws, own, house, j):
    """Draw the year's own event of person j into its slot; return whether there is one."""
    slot = own.slots[j]
    if stays_put(slot.now) or slot.age < rules.chances.working_age or slot.age >= AGES:
        return False
    who = describe(people, slot, j == house.head)
    u = draw_near(own.event, draws.event, draws.year, people.pid, slot.row)
    if who.work == _NONE and who.age == rules.chances.working_age:
        if u[0] < rules.chances.high_school:
            people.work[slot.row] = _STUDENT
        return False
    draw_by_scheme(people, rules, draws, house, slot, who, u)
    return slot.month < NEVER
