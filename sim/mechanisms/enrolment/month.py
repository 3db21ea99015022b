"""What happens to a household in a month: 75th birthdays, own events, and who loses or follows whose insurance."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.kernel import inline, inner
from sim.core.rng import draw4
from sim.mechanisms.enrolment.household import FOLLOWER, UNKNOWN, income, is_here, is_worker, needs_worker
from sim.mechanisms.enrolment.state import DependantAs
from sim.mechanisms.enrolment.work import drops, employed_as, firm_of
from sim.population.codes import Relation, Scheme, Work

_KOKUHO, _EMPLOYEE, _DEPENDANT = int(Scheme.KOKUHO), int(Scheme.EMPLOYEE), int(Scheme.DEPENDANT)
_GUILD, _LATE, _ASSISTANCE = int(Scheme.GUILD), int(Scheme.LATE_ELDERLY), int(Scheme.ASSISTANCE)
_NONE, _REGULAR, _OFFICER = int(Work.NONE), int(Work.REGULAR), int(Work.OFFICER)
_SELF_EMPLOYED, _FAMILY_WORKER = int(Work.SELF_EMPLOYED), int(Work.FAMILY_WORKER)
_STUDENT, _RETIRED = int(Work.STUDENT), int(Work.RETIRED)
_HEAD, _SPOUSE = int(Relation.HEAD), int(Relation.SPOUSE)
_CHILD, _OTHER = int(Relation.CHILD), int(Relation.OTHER)
_AS_SPOUSE, _AS_CHILD = int(DependantAs.SPOUSE), int(DependantAs.CHILD)
_AS_ADULT_CHILD, _AS_PARENT = int(DependantAs.ADULT_CHILD), int(DependantAs.PARENT)
_JOB, _TAKE_UP, _LEFT = 0, 1, 2
"""lanes of the draws of detail: firm and reason of a change, becoming a dependant, leaving home"""


class Change(NamedTuple):
    """What a month brings for those insured with the workers of their household.

    workers  persons whose insurance covers dependants in this month
    lost     whether a worker turned 75
    gained   place in the household of the first who found a job with employee insurance, OTHER if nobody did
    """

    workers: np.int64
    lost: bool
    gained: np.int64


@inline
def own_event(people, rules, draws, slot, m):
    """Let the drawn event of work and insurance happen."""
    i = slot.row
    old, work = np.int64(people.work[i]), slot.work_to
    slot.now = slot.target
    people.work[i] = work
    people.income_drop[i] = drops(old, work)
    if (work != old or slot.now == _EMPLOYEE) and slot.covered == 0:
        u = draw4(draws.detail, draws.year, people.pid[i], _JOB)
        people.firm_size[i] = firm_of(rules.chances, slot.now, work, u[0])
        eligible = slot.age < rules.law.job_loss_age - 1 and work != _SELF_EMPLOYED
        if slot.before == _EMPLOYEE and eligible and u[1] < rules.chances.involuntary_share:
            people.job_loss[i] = draws.opening + m


@inline
def follow_guild(people, house, slots, m):
    """Take the relatives of the head into his guild (国保組合), or the household out of it."""
    head = slots[house.head]
    if head.now != _GUILD and head.before != _GUILD:
        return
    for j in range(house.size):
        slot = slots[j]
        related = head.before == _GUILD or people.relation[slot.row] != _OTHER
        if j != house.head and slot.now == head.before and is_here(slot, m) and related:
            slot.now = head.now


@inline
def turn_and_change(people, rules, draws, house, slots, m):
    """Let the birthdays and own events of a month happen, person by person.

    Return whether a worker turned 75, and the place in the household of the first who found a job with employee
    insurance (OTHER if nobody did, or none of the family).
    """
    lost, gained = False, _OTHER
    for j in range(house.size):
        slot = slots[j]
        if slot.now == UNKNOWN or not is_here(slot, m):
            continue
        if m >= slot.turns75 and slot.now != _LATE and slot.now != _ASSISTANCE:
            lost |= is_worker(slot.now)
            slot.now = _LATE
        elif m == slot.month and slot.now == people.scheme[slot.row]:
            own_event(people, rules, draws, slot, m)
            if slot.now == _EMPLOYEE and slot.before != _EMPLOYEE:
                gained = min(gained, np.int64(people.relation[slot.row]))
            if j == house.head:
                follow_guild(people, house, slots, m)
    return lost, gained


@inner
def income_limit(law, age, relation):
    """Return the income below which somebody may be a dependant, yen/year."""
    if age >= law.dependant_elderly_age:
        return law.dependant_limit_elderly
    if relation == _CHILD and law.dependant_young_from <= age <= law.dependant_young_to:
        return law.dependant_limit_young
    return law.dependant_limit


@inner
def take_up_share(chances, age, relation, worker):
    """Return the chance that an eligible member becomes a dependant of a worker; relations to the head."""
    if relation == _CHILD:
        if worker == _CHILD:
            return 0.0
        if age >= chances.adult_child_age:
            return chances.take_up_dependant[_AS_ADULT_CHILD]
        return 1.0 if worker == _HEAD else chances.take_up_dependant[_AS_CHILD]
    if worker == _CHILD or (relation != _HEAD and relation != _SPOUSE):
        return chances.take_up_dependant[_AS_PARENT]
    return chances.take_up_dependant[_AS_SPOUSE]


@inner
def may_depend(chances, law, age, work, relation, worker, earned, u):
    """Return whether a member becomes the dependant of a new employee of the household (被扶養者).

    worker  relation of the employee to the head; earned: yen/year, all kinds of income
    """
    if relation == _OTHER or worker == _OTHER:
        return False
    if work in (_SELF_EMPLOYED, _FAMILY_WORKER, _OFFICER, _REGULAR):
        return False
    return earned < income_limit(law, age, relation) and u < take_up_share(chances, age, relation, worker)


@inline
def become_dependant(people, rules, draws, slot, gained):
    """Make a member a dependant of somebody of the family who found a job this month, if he may be one and wants."""
    i = slot.row
    u = draw4(draws.detail, draws.year, people.pid[i], _TAKE_UP)[0]
    relation = people.relation[i]
    if may_depend(rules.chances, rules.law, slot.age, people.work[i], relation, gained, income(people, i), u):
        slot.now = _DEPENDANT


@inline
def lasting_income(people, i):
    """Return the income of the year before that goes on, yen/year: no pay of a job that is gone."""
    if people.work[i] == _NONE or people.work[i] == _RETIRED:
        return income(people, i) - people.salary[i]
    return income(people, i)


@inline
def follows_member(people, house, slots, m):
    """Return whether a child is insured with a parent in 国保 rather than with an employee of the household.

    A child belongs to whoever of its parents, head and spouse, earns more (notice 保保発0430第2号 of 2021).
    """
    member, worker = np.int64(-1), np.int64(-1)
    for j in range(house.size):
        slot = slots[j]
        relation = people.relation[slot.row]
        if not is_here(slot, m) or (relation != _HEAD and relation != _SPOUSE):
            continue
        if slot.now == _KOKUHO:
            member = max(member, lasting_income(people, slot.row))
        elif is_worker(slot.now):
            worker = max(worker, lasting_income(people, slot.row))
    return member > worker


@inner
def scheme_without_worker(top):
    """Return the scheme of those who follow a household without an employee; top: scheme of the head."""
    return top if top in (_GUILD, _ASSISTANCE) else _KOKUHO


@inline
def follow(people, rules, house, slots, slot, m, workers, top):
    """Insure somebody with his household: as a dependant of its worker, or where the head is insured."""
    child = slot.age < rules.law.minor_age and people.relation[slot.row] == _CHILD
    if workers > 0 and not (child and follows_member(people, house, slots, m)):
        slot.now = _DEPENDANT
    else:
        slot.now = scheme_without_worker(top)


@inline
def lose_worker(people, rules, draws, slot, m, head, lost, top):
    """Insure a dependant who has no employee in the household any more.

    head  he heads the household himself: he may have left home for a job
    lost  a worker turned 75 this month: a dependant of 65 or more becomes a 旧被扶養者
    """
    i, chances = slot.row, rules.chances
    u = draw4(draws.detail, draws.year, people.pid[i], _LEFT)
    slot.now = scheme_without_worker(top)
    young = chances.leaving_home_from <= slot.age < chances.leaving_home_to
    if slot.now == _KOKUHO and head and young and people.work[i] != _STUDENT and u[0] < chances.leaving_home_job:
        slot.now = _EMPLOYEE
        people.work[i] = employed_as(chances, slot.age, people.sex[i], u[1])
        people.firm_size[i] = firm_of(chances, _EMPLOYEE, np.int64(people.work[i]), u[2])
    elderly = (draws.opening + m - people.born[i]) // 12 >= rules.law.former_dependant_age
    if lost and elderly and slot.now == _KOKUHO:
        people.former_dependant[i] = draws.opening + m


@inline
def settle_dependants(people, rules, draws, house, slots, m, change):
    """Let everybody follow the workers of the household: those they gain and those they lose in month m.

    change  Change of the month
    """
    head, workers = slots[house.head], change.workers
    top = head.now if is_here(head, m) else UNKNOWN
    for j in range(house.size):
        slot = slots[j]
        if not is_here(slot, m):
            continue
        if slot.now == _KOKUHO:
            if change.gained != _OTHER and slot.known and slot.before == _KOKUHO:
                become_dependant(people, rules, draws, slot, change.gained)
        elif slot.now == FOLLOWER:
            follow(people, rules, house, slots, slot, m, workers, top)
        elif workers == 0 and needs_worker(slot.now, people.work[slot.row], people.relation[slot.row]):
            lose_worker(people, rules, draws, slot, m, j == house.head, change.lost, top)
            workers += slot.now == _EMPLOYEE
