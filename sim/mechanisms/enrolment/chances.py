"""Behaviour in a fiscal year: chances by name of `enrolment.*`, those by age drawn out from the register's groups.

Ages are full years on 31 March before the year.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import ParameterError
from sim.core.record import Floats, Record, made
from sim.institutions.world import World
from sim.mechanisms.enrolment.law import Law, law
from sim.mechanisms.enrolment.levels import Levels, levels
from sim.mechanisms.enrolment.state import AGES
from sim.parameters import Parameters
from sim.parameters.memo import once
from sim.population.codes import Scheme, Sex, Work

_GROUP = 5
"""years of an age group of people.labour_turnover and people.insurance_by_age"""
_OLDEST = AGES - 1
"""an age beyond the groups of these tables, which end at 74"""
_ALL, _WORKING = (0, 60, 65), (15, 60, 65)
_DEPENDANTS, _OUTGROWING, _JOBS = (15, 18, 22, 25, 30, 40, 50, 60, 65), (15, 25, 30, 40, 60), (15, 25, 40, 60)
_STUDENTS, _MOVING_STUDENTS = 15, (18, 25)
"""First ages of the groups of the register's lists, as their `axis` says."""
_SLACK = 1e-9
"""what a product may be off by where its factors come in another order"""
_AFTER = 5
"""works after leaving employee insurance"""


class Chances(Record, domain="enrolment"):
    """Yearly probabilities and shares; see `behaviour/enrolment.yaml`. Those made by single age are arrays [76, ...].

    leave             float64[76, 2, 3]  employee insurance lost: age, sex, work (regular, part-time, officer)
    enter             float64[76, 2]     国保 -> employee insurance: age, (others, self-employed)
    member            float64[76, 8]     anything happens to a member, at most: age, work
    stop              float64[76, 8]     stays in 国保 and stops working: age, work
    member_share      float64[76]        share of 国保 among domestic arrivals under 75
    graduate, outgrow, start_work, voluntary_share, arrival_students   float64[76]
    job_of_dependants, regular_share     float64[76, 2]  age, sex
    after_leaving     float64[76, 5]     cumulative: none, part-time, regular, self-employed, retired
    start_kind        float64[3]         cumulative: part-time, regular, self-employed
    firm_shares, firm_shares_members     float64[8]  cumulative firm sizes of new jobs
    """

    leave: Annotated[Floats, made]
    enter: Annotated[Floats, made]
    member: Annotated[Floats, made]
    stop: Annotated[Floats, made]
    member_share: Annotated[Floats, made]
    graduate: Annotated[Floats, made]
    outgrow: Annotated[Floats, made]
    start_work: Annotated[Floats, made]
    voluntary_share: Annotated[Floats, made]
    arrival_students: Annotated[Floats, made]
    job_of_dependants: Annotated[Floats, made]
    regular_share: Annotated[Floats, made]
    after_leaving: Annotated[Floats, made]
    start_kind: Annotated[Floats, made]
    firm_shares: Annotated[Floats, made]
    firm_shares_members: Annotated[Floats, made]
    working_age: int
    schooling_to: int
    retiring_age: int
    reemployment_to: int
    pension_from: int
    chance_most: float
    foreign_factor: float
    dependants_factor: float
    shared_factor: float
    student_visa_factor: float
    family_visa_factor: float
    april_leaving: float
    april_retiring: float
    april_joining: float
    april_graduating: float
    graduate_employee: float
    graduate_none: float
    high_school: float
    to_dependant: Floats
    involuntary_share: float
    voluntary_job: float
    voluntary_job_retired: float
    voluntary_end: float
    disability_late: float
    guild_in: float
    guild_out: float
    assistance_in: float
    assistance_late: float
    assistance_out: float
    assistance_limit: int
    take_up_dependant: Floats
    adult_child_age: int
    leaving_home_job: float
    leaving_home_from: int
    leaving_home_to: int
    member_share_most: float
    foreign_share_factor: float
    foreign_share_from: int
    foreign_share_to: int
    spouse_follows: Floats
    student_apart: float
    visa_worker_employed: float
    abroad_employed: float
    abroad_declared: float
    elderly_employed: float


class Draws(NamedTuple):
    """Which draws a year of enrolment takes, and the month index of its April."""

    year: int
    opening: int
    event: np.uint64
    detail: np.uint64
    join: np.uint64
    coverage: np.uint64
    home: np.uint64

    @classmethod
    def of(cls, w: World, year: int, opening: int) -> Draws:
        """Return the draws of a fiscal year."""
        return cls(
            year,
            opening,
            event=w.key("enrolment.event"),
            detail=w.key("enrolment.detail"),
            join=w.key("enrolment.join"),
            coverage=w.key("enrolment.coverage"),
            home=w.key("enrolment.home"),
        )


class Rules(NamedTuple):
    """Everything a household's year depends on beside its columns.

    joining     float64[places], joining 国保 below retiring_age in a municipality against the prefecture; leaving it
                for a job is its inverse
    most        float64[kinds, 77], no chance of an event is higher where joining is 1: by kind (`calm.most_chance`) and
                age; times most_local, float64[places], none is higher in a municipality
    most_assistance  no chance that public assistance begins or ends is higher
    """

    chances: Chances
    law: Law
    levels: Levels
    joining: Floats
    most: Floats
    most_local: Floats
    most_assistance: float


@once
def rules(p: Parameters, year: int) -> Rules:
    """Return behaviour and law of a fiscal year, and the levels of the incomes newcomers bring, of the year before."""
    own, rule, local = chances(p, year), law(p, year), joining(p, year)
    assistance = max(own.assistance_in, own.assistance_late, own.assistance_out)
    most = most_chances(own, rule)
    return Rules(own, rule, levels(p, year - 1), local, most, np.maximum(local, 1 / local), float(assistance))


def most_chances(c: Chances, rule: Law) -> Floats:
    """Return an upper bound on the chance of an event, float64[kinds, 77], where joining is 1.

    A kind is scheme, work, sex, and whether foreign. The bound is 1 for whom one number of chance does not tell: who
    finishes school or turns 75, is in voluntary continuation, or may be reached by the coverage expansion.
    """
    most = np.zeros((len(Scheme), len(Work), len(Sex), 2, AGES + 1))
    employee, member, dependant = most[Scheme.EMPLOYEE], most[Scheme.KOKUHO], most[Scheme.DEPENDANT]
    ages = slice(int(c.working_age), AGES)
    factors = np.array([1.0, c.foreign_factor])[:, None] * max(1.0, c.dependants_factor)
    for work in Work:
        kind = {Work.REGULAR: 0, Work.OFFICER: 2}.get(work, 1)
        employee[work, ..., ages] = c.leave[ages, :, kind].T[:, None] * factors
        member[work, ..., ages] = c.member[ages, work]
        dependant[work, ..., ages] = c.job_of_dependants[ages].T[:, None] + c.outgrow[ages]
    dependant[Work.STUDENT, ..., ages] = c.graduate[ages]
    member[Work.STUDENT, ..., ages] = 1
    if rule.expands:
        member[[Work.PART_TIME, Work.REGULAR], ..., ages] = 1
    most[Scheme.VOLUNTARY, ..., ages] = 1
    most[Scheme.GUILD, ..., ages] = c.guild_out
    most[:, Work.NONE, ..., int(c.working_age)] = 1
    most[..., min(int(rule.late_elderly_age) - 1, AGES) :] = 1
    most[[Scheme.LATE_ELDERLY, Scheme.ASSISTANCE]] = 0
    return most.reshape(-1, AGES + 1) * (1 + _SLACK)


def chances(p: Parameters, year: int) -> Chances:
    """Return the chances of a fiscal year."""

    def v(name: str) -> list[float]:
        return p.value(f"enrolment.{name}", year)

    enter = enter_chances(p, year)
    graduate = _from_age(v("graduate"), _STUDENTS)
    stop = _stopping(v("stop_part_time"), v("stop_business"))
    start = _bands(v("start_work"), _WORKING)
    rare = sum(float(p.value(f"enrolment.{name}", year)) for name in ("disability_late", "guild_in"))
    after = v("after_leaving")
    first, last = _MOVING_STUDENTS
    return Chances.of(
        p,
        year,
        leave=leave_chances(p, year),
        enter=enter,
        member=_upper_bound(enter, graduate, stop, start, rare),
        stop=stop,
        member_share=member_share(p),
        graduate=graduate,
        outgrow=_bands(v("outgrow"), _OUTGROWING),
        start_work=start,
        voluntary_share=_bands(v("voluntary_share"), _ALL),
        arrival_students=_from_age(v("arrival_students"), first, upto=last),
        job_of_dependants=_by_sex(v("job_of_dependants"), _DEPENDANTS),
        regular_share=_by_sex(v("regular_share"), _JOBS),
        after_leaving=np.stack([_bands(after[k::_AFTER], _ALL) for k in range(_AFTER)], axis=1),
        start_kind=np.cumsum(v("start_kind")),
        firm_shares=np.cumsum(v("firm_shares")),
        firm_shares_members=np.cumsum(v("firm_shares_members")),
    )


def _upper_bound(
    enter: NDArray[np.float64],
    graduate: NDArray[np.float64],
    stop: NDArray[np.float64],
    start: NDArray[np.float64],
    rare: float,
) -> NDArray[np.float64]:
    """Return a bound on the chance that anything happens to a member, float64[ages, works]."""
    out = np.maximum(enter[:, :1], 0) + stop + rare
    for work in (Work.SELF_EMPLOYED, Work.FAMILY_WORKER):
        out[:, work] += enter[:, 1] - enter[:, 0]
    out[:, Work.NONE] += start
    out[:, Work.STUDENT] = np.maximum(graduate, out[:, Work.STUDENT])
    return out


def leave_chances(p: Parameters, year: int) -> NDArray[np.float64]:
    """Return the chance to leave employee insurance, float64[ages, sexes, works].

    The table of hazards by age x separation rate of the sex and of the kind of work against all
    x the peaks at retirement (means of five years kept) x the level of the year.
    """
    base = _hazard(p, "employee-insurance members (insured + dependants)").copy()
    peaks = p.value("enrolment.retiring_peak", year)
    retiring = int(p.value("enrolment.retiring_age", year))
    for first, peak in ((retiring, peaks[0]), (int(p.value("enrolment.reemployment_to", year)), peaks[1])):
        base[first] *= peak
        base[first + 1 : first + _GROUP] *= (_GROUP - peak) / (_GROUP - 1)
    rate = _separations(p)
    sex = np.array([rate["male"], rate["female"]]) / rate["all"]
    regular, part = rate["regular(一般)"] / rate["all"], rate["part-time"] / rate["all"]
    work = np.array([regular, part, regular * p.value("enrolment.officer_factor", year)])
    level = np.full(AGES, float(p.value("enrolment.entry_level", year)) / labour_market(p, year))
    level[retiring:] = float(p.value("enrolment.retiring_level", year))
    chances = base[:, None, None] * sex[:, None] * work * (level * trend(p, year))[:, None, None]
    return np.minimum(p.value("enrolment.chance_most", year), chances)


@once
def _separations(p: Parameters) -> pd.Series:
    """Return the separation rates of the latest survey by group."""
    table = p.table("people.labour_turnover")
    latest = table[(table["age"] == "all") & (table["indicator"] == "離職率") & (table["year"] == "2023")]
    return latest.set_index("group")["value"]


def enter_chances(p: Parameters, year: int) -> NDArray[np.float64]:
    """Return the chance to move from 国保 into employee insurance, float64[ages, (others, self-employed)]."""
    base = _hazard(p, "NHI members")
    factors = np.array([p.value("enrolment.other_factor", year), p.value("enrolment.self_employed_factor", year)])
    level = np.full(AGES, float(p.value("enrolment.exit_level", year)))
    level[: int(p.value("enrolment.retiring_age", year))] *= labour_market(p, year)
    return np.minimum(p.value("enrolment.chance_most", year), base[:, None] * factors * level[:, None])


def labour_market(p: Parameters, year: int) -> float:
    """Return how easily jobs with employee insurance are found, and kept, against the years after the pandemic.

    `enrolment.slump` is what was missing in slump_year; a share of it goes on each year.
    """
    slump, lasts = p.value("enrolment.slump", year), p.value("enrolment.slump_lasts", year)
    return float(1 - slump * lasts ** max(0, year - p.value("enrolment.slump_year", year)))


def trend(p: Parameters, year: int) -> float:
    """Return what `enrolment.projection_trend` makes of losing employee insurance in a year after the fitted ones."""
    years = max(0, year - p.value("enrolment.trend_after", year))
    return float((1 + p.value("enrolment.projection_trend", year)) ** years)


@once
def joining(p: Parameters, year: int) -> NDArray[np.float64]:
    """Return the fitted factors of the municipalities times those of their own figures, float64[places]."""
    table = p.table("places.membership_factors").set_index("code")["joining"]
    return table.loc[p.codes()].to_numpy(float) * p.by_place("enrolment.place_joining", year)


@once
def member_share(p: Parameters) -> NDArray[np.float64]:
    """Return the share of 国保 by age: the national curve by five years x the prefecture's level of the broad band."""
    table = p.table("people.insurance_by_age")
    table = table[table["scheme"] == "municipal NHI"]
    out = np.zeros(AGES)
    national = table[(table["geography"] == "national") & (table["year"] == "2022-09")]
    own = table[(table["geography"] == p.region.en) & (table["year"] == "R4")].set_index("age")["value"]
    broad = national[national["age"].isin(own.index)].set_index("age")["value"]
    for age, value in zip(national["age"], national["value"], strict=True):
        first, last = _span(age)
        if last - first + 1 == _GROUP:
            out[first : last + 1] = value / 100
    for age in own.index:
        first, last = _span(age)
        out[first : last + 1] *= own[age] / broad[age]
    out[_OLDEST] = out[_OLDEST - 1]
    return out


@once
def _hazard(p: Parameters, group: str) -> NDArray[np.float64]:
    """Return the hazards of a group by single age, float64[ages]."""
    table = p.table("people.labour_turnover")
    rows = table[table["group"] == group]
    out = np.zeros(AGES)
    for age, value in zip(rows["age"], rows["value"], strict=True):
        first, last = _span(age)
        out[first : last + 1] = value
    out[_OLDEST] = out[_OLDEST - 1]
    return out


def _span(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d+)-(\d+)", text)
    if not match:
        raise ParameterError(f"'{text}' is not an age group; write 20-24")
    return int(match[1]), int(match[2])


def _bands(values: Sequence[float], starts: Sequence[int]) -> NDArray[np.float64]:
    """Return values by single age: values[k] from starts[k] on, 0 before the first."""
    if len(values) != len(starts):
        raise ParameterError(f"{len(values)} values for {len(starts)} age groups")
    out = np.zeros(AGES)
    for value, start in zip(values, starts, strict=True):
        out[start:] = value
    return out


def _by_sex(values: Sequence[float], starts: Sequence[int]) -> NDArray[np.float64]:
    """Return float64[ages, sexes] from values for men and women in turn within each age group."""
    return np.stack([_bands(values[sex::2], starts) for sex in (0, 1)], axis=1)


def _from_age(values: Sequence[float], first: int, upto: int = AGES - 1) -> NDArray[np.float64]:
    """Return values by single age from `first`; the last one holds up to age `upto`."""
    out = np.zeros(AGES)
    out[first : first + len(values)] = values
    out[first + len(values) : upto + 1] = values[-1]
    return out


def _stopping(part_time: Sequence[float], business: Sequence[float]) -> NDArray[np.float64]:
    """Return the chance to stop working in 国保, float64[ages, works]."""
    out = np.zeros((AGES, len(Work)))
    staff, own = _bands(part_time, _WORKING), _bands(business, _WORKING)
    for work in (Work.REGULAR, Work.PART_TIME):
        out[:, work] = staff
    for work in (Work.OFFICER, Work.SELF_EMPLOYED, Work.FAMILY_WORKER):
        out[:, work] = own
    return out
