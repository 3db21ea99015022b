"""A year of work and health insurance, household by household and month by month.

Households are lived through in a fixed number of chunks; a chunk writes only to its own persons and
to its own counters, so that threads change nothing. Most households see no event and are left after
one look at their members; the others walk through the twelve months.
"""

from typing import NamedTuple

import numba as nb
import numpy as np

from sim.core import rng
from sim.mechanisms.enrolment.kernels_income import first_income
from sim.population.codes import FirmSize, Leaving, Relation, Residence, Scheme, Sex, Work

inner = nb.njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True)  # type: ignore[call-overload]
"""Compiles a function called by kernels only, without the wrappers Python would need."""

KOKUHO = int(Scheme.KOKUHO)
EMPLOYEE = int(Scheme.EMPLOYEE)
DEPENDANT = int(Scheme.DEPENDANT)
VOLUNTARY = int(Scheme.VOLUNTARY)
GUILD = int(Scheme.GUILD)
LATE = int(Scheme.LATE_ELDERLY)
ASSISTANCE = int(Scheme.ASSISTANCE)
UNKNOWN = -1
FOLLOWER = -2

NONE = int(Work.NONE)
REGULAR = int(Work.REGULAR)
PART_TIME = int(Work.PART_TIME)
OFFICER = int(Work.OFFICER)
SELF_EMPLOYED = int(Work.SELF_EMPLOYED)
FAMILY_WORKER = int(Work.FAMILY_WORKER)
STUDENT = int(Work.STUDENT)
RETIRED = int(Work.RETIRED)

HEAD = int(Relation.HEAD)
SPOUSE = int(Relation.SPOUSE)
CHILD = int(Relation.CHILD)
OTHER = int(Relation.OTHER)
FEMALE = int(Sex.FEMALE)
STUDENT_VISA = int(Residence.STUDENT)
WORKER_VISA = int(Residence.WORKER)
FAMILY_VISA = int(Residence.FAMILY)
PERMANENT = int(Residence.PERMANENT)
S6_10 = int(FirmSize.S6_10)
S21_35 = int(FirmSize.S21_35)
DIES = int(Leaving.DIES)
ABROAD = int(Leaving.ABROAD)

BIRTH, ARRIVAL, ARRIVAL_ABROAD, DEATH, DEPARTURE, DEPARTURE_ABROAD = 0, 1, 2, 3, 4, 5
AGE75, DISABILITY, BY_EMPLOYEE, BY_DEPENDANT = 6, 7, 8, 9
BY_VOLUNTARY, BY_GUILD, BY_ASSISTANCE, COVERAGE = 10, 11, 12, 13
CAUSES = (
    "birth",
    "arrival",
    "arrival_abroad",
    "death",
    "departure",
    "departure_abroad",
    "age75",
    "disability",
    "employee",
    "dependant",
    "voluntary",
    "guild",
    "assistance",
    "coverage_expansion",
)
"""Causes of joining and leaving 国保 (加入・脱退の事由), by number."""

ALL_MONTHS = 0xFFF
NEVER = 12
OCTOBER = 6


class People(NamedTuple):
    """Columns of the people the kernel reads and writes (see population/columns.py)."""

    pid: np.ndarray
    born: np.ndarray
    sex: np.ndarray
    residence: np.ndarray
    arrived: np.ndarray
    relation: np.ndarray
    present: np.ndarray
    leaving: np.ndarray
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
    scheme: np.ndarray
    scheme_since: np.ndarray
    insured_months: np.ndarray
    former_dependant: np.ndarray


class Homes(NamedTuple):
    """Columns of the households the kernel reads and writes."""

    hid: np.ndarray
    place: np.ndarray
    start: np.ndarray
    size: np.ndarray
    head: np.ndarray
    former_member: np.ndarray


@inner
def month_of(u, first):
    """Return a month 0..11: April with probability `first`, the others alike."""
    if u < first:
        return 0
    return min(11, 1 + int((u - first) / (1.0 - first) * 11.0))


@inner
def any_month(u):
    """Return a month 0..11, all alike."""
    return min(11, int(u * 12.0))


@inner
def pick(cumulative, row, u):
    """Return the position of u among the cumulative shares of a row."""
    k = 0
    while k < cumulative.shape[1] - 1 and u >= cumulative[row, k]:
        k += 1
    return k


@inner
def work_after(c, age, u):
    """Return the work state after leaving employee insurance."""
    k = pick(c.after, age, u)
    return NONE if k == 0 else PART_TIME if k == 1 else REGULAR if k == 2 else SELF_EMPLOYED if k == 3 else RETIRED


@inner
def new_work(c, u):
    """Return the work state of somebody who starts to work outside employee insurance."""
    k = pick(c.begin, 0, u)
    return PART_TIME if k == 0 else REGULAR if k == 1 else SELF_EMPLOYED


@inner
def window(present):
    """Return the first month on the register and the month after the last one."""
    first = 0
    while first < 12 and not (present >> first) & 1:
        first += 1
    stop = 12
    while stop > first and not (present >> (stop - 1)) & 1:
        stop -= 1
    return first, stop


@inner
def finish_school(c, u1, u2):
    """Return month, scheme and work of a student who finishes: a job with insurance, or something else."""
    month = month_of(u1, c.april_graduating)
    if u2 < c.graduate_employee:
        return month, EMPLOYEE, REGULAR
    work = PART_TIME if u2 < 1.0 - c.graduate_lost else NONE
    return month, FOLLOWER, work


@inner
def lose_cover(c, age, sex, relation, second, u1, u2, u3):
    """Return month, scheme and work of an employee who leaves employee insurance.

    second  another person of the household is insured as an employee
    """
    month = month_of(u1, c.april_retiring if age == 60 or age == 65 else c.april_leaving)
    work = work_after(c, age, u3)
    if u2 < c.voluntary[age] and work != SELF_EMPLOYED:
        return month, VOLUNTARY, NONE if age < 60 else RETIRED
    rest = (u2 - c.voluntary[age]) / (1.0 - c.voluntary[age])
    if second and relation != OTHER and work != SELF_EMPLOYED and rest < c.to_dependant[sex]:
        return month, DEPENDANT, NONE if work == RETIRED and age < 60 else work
    return month, KOKUHO, work


@inner
def member_event(c, age, sex, residence, work, head, shared, local, u0, u1, u2, u3):
    """Return month, scheme and work of an adult in 国保; month 12 = nothing happens.

    shared  other members live in the household
    local   moves into employee insurance in the municipality against Tokyo
    """
    if work == STUDENT and residence != STUDENT_VISA:
        if residence == WORKER_VISA or u0 < c.graduate[age]:
            month, scheme, job = finish_school(c, u1, u2)
            return month, KOKUHO if scheme == FOLLOWER else scheme, job
        return NEVER, KOKUHO, work
    own = work in (SELF_EMPLOYED, FAMILY_WORKER)
    p = min(0.95, c.enter[age, 1 if own else 0] * local)
    if residence == STUDENT_VISA:
        p *= c.student_visa
    elif residence == FAMILY_VISA:
        p *= c.family_visa
    if shared:
        p *= c.shared
    if u0 < p:
        job = REGULAR if u2 < c.regular[age, sex] else PART_TIME
        return month_of(u1, c.april_joining), EMPLOYEE, job
    rest = (u0 - p) / (1.0 - p)
    if age >= 65:
        if rest < c.disability:
            return any_month(u1), LATE, work
        rest = (rest - c.disability) / (1.0 - c.disability)
    if own and head:
        if rest < c.guild_in:
            return any_month(u1), GUILD, work
        rest = (rest - c.guild_in) / (1.0 - c.guild_in)
    if work == NONE:
        if rest < c.start[age]:
            return any_month(u1), KOKUHO, new_work(c, u3)
    elif rest < c.retire[age, work]:
        return any_month(u1), KOKUHO, RETIRED if age >= 60 else NONE
    return NEVER, KOKUHO, work


@inner
def dependant_event(c, age, sex, work, u0, u1, u2):
    """Return month, scheme and work of a dependant of 15 or more; month 12 = nothing happens."""
    if work == STUDENT:
        if u0 < c.graduate[age]:
            return finish_school(c, u1, u2)
        return NEVER, DEPENDANT, work
    p = c.job[age, sex]
    if u0 < p:
        return month_of(u1, c.april_joining), EMPLOYEE, REGULAR if u2 < c.regular[age, sex] else PART_TIME
    if u0 < p + c.outgrow[age]:
        return any_month(u1), KOKUHO, new_work(c, u2)
    return NEVER, DEPENDANT, work


@inner
def voluntary_event(c, age, sex, work, since, opening, u0, u1, u2):
    """Return month, scheme and work of somebody in voluntary continuation: never beyond its last month."""
    last = since + c.voluntary_months - opening
    p = c.voluntary_job * (0.3 if age >= 60 else 1.0)
    if u0 < p:
        month = any_month(u1)
        if month < last:
            return month, EMPLOYEE, REGULAR if u2 < c.regular[age, sex] else PART_TIME
    elif u0 < p + c.voluntary_end:
        return min(month_of(u1, c.april_retiring), max(last, 0)), KOKUHO, work
    if last < 12:
        return max(last, 0), KOKUHO, work
    return NEVER, VOLUNTARY, work


@inner
def covered_now(c, age, work, firm, salary, u0, u1):
    """Return whether the coverage expansion of this October reaches a member (適用拡大)."""
    if age >= 70:
        return False
    if work == PART_TIME:
        if c.covered_low <= firm < c.covered_high and salary >= c.pay_line and u0 < c.take_up:
            return True
        if firm >= c.wage_class and c.wage_low <= salary < c.wage_line and u0 < c.wage_take_up:
            return True
    staff = work in (PART_TIME, REGULAR)
    return staff and S6_10 <= firm <= S21_35 and u1 < c.sector_take_up


@inner
def may_depend(c, age, work, relation, worker, income, u):
    """Return whether a member becomes the dependant of a new employee of the household (被扶養者).

    worker  relation of the employee to the head; income in yen per year, all kinds
    """
    if relation == OTHER or worker == OTHER or work in (SELF_EMPLOYED, FAMILY_WORKER, OFFICER):
        return False
    limit = c.limit_elderly if age >= 60 else c.limit_young if 19 <= age <= 22 and relation == CHILD else c.limit
    if income >= limit or work == REGULAR:
        return False
    if relation == CHILD:
        if worker == CHILD:
            return False
        if age >= 20:
            return u < c.as_adult_child
        return worker == HEAD or u < c.as_child
    if worker == CHILD or (relation != HEAD and relation != SPOUSE):
        return u < c.as_parent
    return u < c.as_spouse


@inner
def cause_in(before):
    """Return the cause of joining 国保 from another insurance."""
    if before == EMPLOYEE:
        return BY_EMPLOYEE
    if before == DEPENDANT:
        return BY_DEPENDANT
    if before == VOLUNTARY:
        return BY_VOLUNTARY
    if before == GUILD:
        return BY_GUILD
    return BY_ASSISTANCE if before == ASSISTANCE else DISABILITY


@inner
def cause_out(after, elderly, covered):
    """Return the cause of leaving 国保 for another insurance."""
    if after == LATE:
        return AGE75 if elderly else DISABILITY
    if after == EMPLOYEE:
        return COVERAGE if covered else BY_EMPLOYEE
    return BY_DEPENDANT if after == DEPENDANT else BY_GUILD if after == GUILD else BY_ASSISTANCE


@inner
def cause_gone(leaving):
    """Return the cause of leaving the register."""
    return DEATH if leaving == DIES else DEPARTURE_ABROAD if leaving == ABROAD else DEPARTURE


@inner
def cause_come(age, abroad):
    """Return the cause of appearing on the register."""
    return BIRTH if age < 0 else ARRIVAL_ABROAD if abroad else ARRIVAL


@inner
def newcomer(c, age, sex, residence, abroad, relation, alone, local, u0, u1, u2):
    """Return scheme and work of a newcomer; FOLLOWER = insured with the household.

    local   membership of newcomers of working age in the municipality against Tokyo

    abroad  arrived from abroad this year
    alone   lives in a household of one
    """
    if age >= 75:
        return LATE, RETIRED
    if age < 15:
        return FOLLOWER, NONE
    if residence == STUDENT_VISA:
        return KOKUHO, STUDENT
    if residence == FAMILY_VISA and relation != HEAD:
        return FOLLOWER, PART_TIME if u1 < c.start[age] else NONE
    if age < 18 or u2 < c.studying[age]:
        return (DEPENDANT if alone and u0 < c.apart else FOLLOWER), STUDENT
    job = REGULAR if u1 < c.regular[age, sex] else PART_TIME
    if abroad:
        employed = c.visa_worker if residence == WORKER_VISA else c.abroad_employee
        employed = 1.0 - min(0.95, (1.0 - employed) * local)
        if age < 60 and u0 < employed:
            return EMPLOYEE, job
        return FOLLOWER, RETIRED if age >= 65 else NONE
    p = c.share[age]
    if residence > 0 and 20 <= age < 40:
        p *= c.foreign_share
    if age < 60:
        p *= local
    p = min(0.9, p)
    if u0 < p:
        return KOKUHO, work_after(c, age, u1)
    if relation == SPOUSE and u2 < c.follow[sex]:
        return FOLLOWER, NONE
    if age >= 65 and u2 >= c.elderly_employee:
        return FOLLOWER, RETIRED
    return EMPLOYEE, job


@inner
def follows_member(now, earning, relation, s, n):
    """Return whether a child is insured with a parent in 国保 rather than with an employee of the household.

    A child belongs to whoever of its parents, head and spouse, earns more (notice 保保発0430第2号 of 2021).

    now      int64[n]  schemes of the persons in rows s, s + 1 …, below 0 if unknown
    earning  int64[n]  yen/year, incomes of the year before that go on, -1 for those who are not there
    """
    member, worker = np.int64(-1), np.int64(-1)
    for j in range(n):
        if relation[s + j] == HEAD or relation[s + j] == SPOUSE:
            if now[j] == KOKUHO:
                member = max(member, earning[j])
            elif now[j] == EMPLOYEE or now[j] == VOLUNTARY:
                worker = max(worker, earning[j])
    return member > worker


@inner
def new_firm(c, scheme, work, u):
    """Return the firm size of a new job, 0 without an employer."""
    if work != REGULAR and work != PART_TIME and work != OFFICER:
        return 0
    return pick(c.firms, 0 if scheme == EMPLOYEE else 1, u) + 1


@inner
def drops(old, work):
    """Return whether somebody earns much less after a change of work than in the year before."""
    if old in (NONE, RETIRED, STUDENT):
        return False
    return work in (NONE, RETIRED) or (work == PART_TIME and old != PART_TIME)


@inner
def stranded(top, takes_job):
    """Return the scheme of a dependant left without an employee in the household.

    top        scheme of the head
    takes_job  has left home for a job
    """
    if top in (GUILD, ASSISTANCE):
        return top
    return EMPLOYEE if takes_job else KOKUHO


@nb.njit(cache=True, nogil=True)
def live(low, high, p, homes, c, levels, keys, year, opening, widest, opened, flows, turn):
    """Live the households `low` <= row < `high` through the year, adding to the counters, in rows.

    opened  int64[places]             members of the March before
    flows   int64[places, 2, causes]  in and out of 国保 from April (against March) to March
    turn    int64[places, causes]     members in March who leave the register at the end of March
    """
    pid, born, sex_of, residence_of, arrived, relation, present, leaving = (
        p.pid,
        p.born,
        p.sex,
        p.residence,
        p.arrived,
        p.relation,
        p.present,
        p.leaving,
    )
    work_of, firm_size, ability, salary, pension, business, other_income, declared = (
        p.work,
        p.firm_size,
        p.ability,
        p.salary,
        p.pension,
        p.business,
        p.other_income,
        p.declared,
    )
    income_drop, job_loss, scheme_of, scheme_since, insured_months, former_dependant = (
        p.income_drop,
        p.job_loss,
        p.scheme,
        p.scheme_since,
        p.insured_months,
        p.former_dependant,
    )
    hid, place, start, size, head_row, former_member = (
        homes.hid,
        homes.place,
        homes.start,
        homes.size,
        homes.head,
        homes.former_member,
    )
    now = np.empty(widest, np.int64)
    before = np.empty(widest, np.int64)
    age = np.empty(widest, np.int64)
    first = np.empty(widest, np.int64)
    stop = np.empty(widest, np.int64)
    month = np.empty(widest, np.int64)
    target = np.empty(widest, np.int64)
    work_to = np.empty(widest, np.int64)
    mask = np.empty(widest, np.int64)
    earning = np.empty(widest, np.int64)
    turns75 = np.empty(widest, np.int64)
    covered = np.empty(widest, np.bool_)
    known = np.empty(widest, np.bool_)
    for h in range(low, high):
        s = start[h]
        n = size[h]
        town = place[h]
        joining = c.joining[town]
        exiting = 1.0 / joining
        bound = max(1.0, exiting)
        workers = 0
        dependants = 0
        members = 0
        busy = False
        unsupported = False
        assisted = False
        for j in range(n):
            i = s + j
            scheme = np.int64(scheme_of[i])
            known[j] = scheme_since[i] != 0
            now[j] = scheme if known[j] else UNKNOWN
            members += now[j] == KOKUHO
            age[j] = (opening - 1 - born[i]) // 12
            month[j] = NEVER
            covered[j] = False
            turns75[j] = np.int64(born[i]) + 900 - opening
            if not known[j] or present[i] != ALL_MONTHS or leaving[i] != 0:
                busy = True
            if not known[j]:
                continue
            if scheme in (EMPLOYEE, VOLUNTARY):
                workers += 1
            elif scheme == DEPENDANT:
                dependants += 1
                if work_of[i] != STUDENT or relation[i] != HEAD:
                    unsupported = True
            elif scheme == ASSISTANCE:
                assisted = True
            if turns75[j] < 12 and scheme != LATE and scheme != ASSISTANCE:
                busy = True
        if (unsupported and workers == 0) or former_member[h] != 0:
            busy = True

        opened[town] += members
        head = head_row[h] - s
        for j in range(n):
            i = s + j
            scheme = now[j]
            if scheme in (LATE, ASSISTANCE, UNKNOWN) or age[j] < 15 or age[j] > 75:
                continue
            a = age[j]
            work = np.int64(work_of[i])
            sex = np.int64(sex_of[i])
            residence = np.int64(residence_of[i])
            u0, u1, u2, u3 = rng.draw4(keys.event, year, pid[i])
            if work == NONE and a == 15:
                if u0 < c.high_school:
                    work_of[i] = STUDENT
                continue
            if scheme == EMPLOYEE:
                kind = 0 if work == REGULAR else 2 if work == OFFICER else 1
                chance = c.leave[a, sex, kind]
                if residence > 0:
                    chance *= c.foreign_leaving
                if dependants > 0:
                    chance *= c.with_dependants
                if a < 60:
                    chance *= joining
                if u0 < chance:
                    month[j], target[j], work_to[j] = lose_cover(
                        c, a, sex, np.int64(relation[i]), workers > 1, u1, u2, u3
                    )
            elif scheme == KOKUHO:
                if u0 < c.member[a, work] * bound or (work == STUDENT and residence == WORKER_VISA):
                    month[j], target[j], work_to[j] = member_event(
                        c, a, sex, residence, work, j == head, members > 1, exiting if a < 60 else 1.0, u0, u1, u2, u3
                    )
                if firm_size[i] != 0 and (c.take_up + c.wage_take_up + c.sector_take_up) > 0.0 and month[j] > OCTOBER:
                    v0, v1, _, _ = rng.draw4(keys.coverage, year, pid[i])
                    if covered_now(c, a, work, firm_size[i], salary[i], v0, v1):
                        month[j], target[j], work_to[j] = OCTOBER, EMPLOYEE, work
                        covered[j] = True
            elif scheme == DEPENDANT:
                if u0 < (c.graduate[a] if work == STUDENT else c.job[a, sex] + c.outgrow[a]):
                    month[j], target[j], work_to[j] = dependant_event(c, a, sex, work, u0, u1, u2)
            elif scheme == VOLUNTARY:
                month[j], target[j], work_to[j] = voluntary_event(
                    c, a, sex, work, np.int64(scheme_since[i]), opening, u0, u1, u2
                )
            elif scheme == GUILD and j == head and u0 < c.guild_out:
                month[j], target[j], work_to[j] = any_month(u1), KOKUHO, work
            if month[j] < NEVER:
                busy = True

        relief_month = NEVER
        relief_in = False
        if now[head] == KOKUHO or now[head] == LATE or assisted:
            u0, u1, _, _ = rng.draw4(keys.home, year, hid[h])
            if assisted:
                if u0 < c.assistance_out:
                    relief_month = any_month(u1)
            elif (
                workers == 0
                and residence_of[s + head] <= PERMANENT
                and u0 < (c.assistance_in if now[head] == KOKUHO else c.assistance_late)
            ):
                total = np.int64(0)
                for i in range(s, s + n):
                    total += salary[i] + pension[i] + business[i] + other_income[i]
                if total < c.assistance_limit:
                    relief_month = any_month(u1)
                    relief_in = True
            busy = busy or relief_month < NEVER

        if not busy:
            for j in range(n):
                i = s + j
                insured_months[i] = ALL_MONTHS if now[j] == KOKUHO else 0
                income_drop[i] = 0
            continue

        for j in range(n):
            i = s + j
            first[j], stop[j] = window(np.int64(present[i]))
            mask[j] = 0
            income_drop[i] = 0
            if month[j] < first[j]:
                month[j] = first[j]
            if now[j] == KOKUHO and first[j] > 0:
                flows[town, 1, cause_gone(leaving[i])] += 1
        active = 1 | (1 << relief_month)
        for j in range(n):
            active |= (1 << month[j]) | (1 << first[j]) | (1 << stop[j])
            if 0 <= turns75[j] < 12:
                active |= 1 << turns75[j]
        for m in range(12):
            if not (active >> m) & 1:
                for j in range(n):
                    if now[j] == KOKUHO and first[j] <= m < stop[j]:
                        mask[j] |= 1 << m
                continue
            lost75 = False
            gained = OTHER
            arriving = False
            for j in range(n):
                before[j] = now[j]
            for j in range(n):
                if m < first[j] or m >= stop[j]:
                    continue
                i = s + j
                if now[j] == UNKNOWN:
                    arriving = True
                    continue
                if m >= turns75[j] and now[j] != LATE and now[j] != ASSISTANCE:
                    lost75 = lost75 or now[j] == EMPLOYEE or now[j] == VOLUNTARY
                    now[j] = LATE
                elif m == month[j] and now[j] == scheme_of[i]:
                    now[j] = target[j]
                    if now[j] == EMPLOYEE and before[j] != EMPLOYEE:
                        gained = min(gained, np.int64(relation[i]))
                    old = np.int64(work_of[i])
                    work = work_to[j]
                    work_of[i] = work
                    income_drop[i] = drops(old, work)
                    if (work != old or now[j] == EMPLOYEE) and not covered[j]:
                        u0, u1, _, _ = rng.draw4(keys.detail, year, pid[i])
                        firm_size[i] = new_firm(c, now[j], work, u0)
                        if before[j] == EMPLOYEE and age[j] < 64 and work != SELF_EMPLOYED and u1 < c.involuntary:
                            job_loss[i] = opening + m
                    if j == head and (now[j] == GUILD or before[j] == GUILD):
                        for q in range(n):
                            related = before[j] == GUILD or relation[s + q] != OTHER
                            if q != j and now[q] == before[j] and first[q] <= m < stop[q] and related:
                                now[q] = now[j]
            workers = 0
            for j in range(n):
                if first[j] <= m < stop[j] and (now[j] == EMPLOYEE or now[j] == VOLUNTARY):
                    workers += 1
            if m == relief_month:
                for j in range(n):
                    if first[j] <= m < stop[j]:
                        if relief_in and workers == 0 and now[j] != UNKNOWN:
                            now[j] = ASSISTANCE
                        elif not relief_in and now[j] == ASSISTANCE:
                            now[j] = LATE if m >= turns75[j] else KOKUHO
            if arriving:
                for j in range(n):
                    if first[j] <= m < stop[j] and now[j] == UNKNOWN:
                        i = s + j
                        sex = np.int64(sex_of[i])
                        abroad = arrived[i] >= opening
                        u0, u1, u2, u3 = rng.draw4(keys.join, year, pid[i])
                        v0, v1, v2, v3 = rng.draw4(keys.join, year, pid[i], 1)
                        now[j], work = newcomer(
                            c,
                            age[j],
                            sex,
                            np.int64(residence_of[i]),
                            abroad,
                            np.int64(relation[i]),
                            n == 1,
                            joining,
                            u0,
                            u1,
                            u2,
                        )
                        if m >= turns75[j]:
                            now[j] = LATE
                        workers += now[j] == EMPLOYEE
                        ability[i] = rng.normal(u3)
                        work_of[i] = work
                        firm_size[i] = new_firm(c, now[j], work, v0)
                        scheme_since[i] = opening + m
                        declared[i] = not abroad or age[j] < 15 or v1 < c.abroad_declared
                        if abroad or age[j] < 15:
                            continue
                        salary[i], business[i], pension[i] = first_income(
                            levels, work, sex, residence_of[i], age[j], town, float(ability[i]), rng.normal(v2), v3
                        )
            top = now[head] if first[head] <= m < stop[head] else UNKNOWN
            for j in range(n):
                if m < first[j] or m >= stop[j]:
                    continue
                i = s + j
                if now[j] == KOKUHO and gained != OTHER and known[j] and before[j] == KOKUHO:
                    income = salary[i] + pension[i] + business[i] + other_income[i]
                    u = rng.draw4(keys.detail, year, pid[i], 1)[0]
                    if may_depend(c, age[j], work_of[i], relation[i], gained, income, u):
                        now[j] = DEPENDANT
                elif now[j] == FOLLOWER:
                    own_child = age[j] < 18 and relation[i] == CHILD
                    if own_child:
                        for q in range(n):
                            here = first[q] <= m < stop[q]
                            r = s + q
                            pay = salary[r] if work_of[r] != NONE and work_of[r] != RETIRED else np.int64(0)
                            earning[q] = pay + pension[r] + business[r] + other_income[r] if here else -1
                    if workers > 0 and not (own_child and follows_member(now, earning, relation, s, n)):
                        now[j] = DEPENDANT
                    else:
                        now[j] = top if top in (GUILD, ASSISTANCE) else KOKUHO
                elif now[j] == DEPENDANT and workers == 0 and (work_of[i] != STUDENT or relation[i] != HEAD):
                    u0, u1, u2, _ = rng.draw4(keys.detail, year, pid[i], 2)
                    leaves_home = 18 <= age[j] < 30 and j == head and work_of[i] != STUDENT
                    now[j] = stranded(top, leaves_home and u0 < c.leaver_job)
                    if now[j] == EMPLOYEE:
                        workers += 1
                        work_of[i] = REGULAR if u1 < c.regular[age[j], sex_of[i]] else PART_TIME
                        firm_size[i] = new_firm(c, EMPLOYEE, np.int64(work_of[i]), u2)
                    if lost75 and (opening + m - born[i]) // 12 >= 65 and now[j] == KOKUHO:
                        former_dependant[i] = opening + m
            for j in range(n):
                if now[j] == before[j] and not (m == stop[j] and now[j] == KOKUHO):
                    if now[j] == KOKUHO and first[j] <= m < stop[j]:
                        mask[j] |= 1 << m
                        if m > 0 and m == first[j]:
                            flows[town, 0, cause_come(age[j], False)] += 1
                    continue
                i = s + j
                if m == stop[j]:
                    if now[j] == KOKUHO and m > first[j]:
                        flows[town, 1, cause_gone(leaving[i])] += 1
                    continue
                if now[j] == KOKUHO:
                    mask[j] |= 1 << m
                    if before[j] == UNKNOWN or (m > 0 and m == first[j]):
                        flows[town, 0, cause_come(age[j], arrived[i] >= opening)] += 1
                    else:
                        flows[town, 0, cause_in(before[j])] += 1
                elif before[j] == KOKUHO and (m == 0 or m > first[j]):
                    flows[town, 1, cause_out(now[j], m >= turns75[j], covered[j])] += 1
                    if m >= turns75[j] and former_member[h] == 0:
                        for q in range(n):
                            if now[q] == KOKUHO and first[q] <= m < stop[q]:
                                former_member[h] = opening + m
                scheme_since[i] = opening + m
        elders = False
        insured = False
        for j in range(n):
            i = s + j
            if now[j] >= 0:
                scheme_of[i] = now[j]
            insured_months[i] = mask[j]
            elders = elders or (now[j] == LATE and stop[j] == 12 and leaving[i] == 0)
            insured = insured or (now[j] == KOKUHO and stop[j] == 12)
            if now[j] != KOKUHO:
                former_dependant[i] = 0
            if leaving[i] != 0 and stop[j] == 12 and first[j] < 12 and now[j] == KOKUHO:
                turn[town, cause_gone(leaving[i])] += 1
        if not (elders and insured):
            former_member[h] = 0
