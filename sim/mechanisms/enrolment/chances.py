"""From the register to the numbers of the kernels: chances by single age, levels of income, growth.

A kernel gets each of these classes as a record (`as_record`): one pointer, whatever the number of fields.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import ParameterError
from sim.parameters import Parameters
from sim.population.codes import FirmSize, Work

AGES = 76
_SMALLEST = (0, 1, 6, 11, 21, 36, 51, 101, 501)
"""Smallest staff of each FirmSize class."""
_SCHOOL_AGE, _STUDY_AGE = 15, 18
_MONTHS = 12
_RETIRING = 60
"""age from which leaving employee insurance is retirement, with a level of its own"""
_SLUMP, _FITTED = 2022, 2025
"""year of the slump, last year with published members"""


class Keys(NamedTuple):
    """Keys of the named decisions."""

    event: np.uint64
    detail: np.uint64
    join: np.uint64
    coverage: np.uint64
    home: np.uint64


class Chances(NamedTuple):
    """Yearly probabilities and shares of one fiscal year; age = full years on 31 March before the year.

    leave               float64[76, 2, 3]  employee insurance lost: age, sex, work (regular, part-time, officer)
    enter               float64[76, 2]     国保 -> employee insurance: age, (others, self-employed)
    member              float64[76, 8]     anything happens to a member, at most: age, work
    graduate            float64[76]        a student finishes
    job                 float64[76, 2]     dependant -> own employee insurance: age, sex
    outgrow             float64[76]        dependant -> 国保 (income above the limit)
    retire              float64[76, 8]     stays in 国保 and stops working: age, work
    start               float64[76]        jobless in 国保 starts part-time work or a business
    regular             float64[76, 2]     share of regular jobs among new employees: age, sex
    voluntary           float64[76]        share of leavers who continue voluntarily
    after               float64[76, 5]     cumulative: none, part-time, regular, self-employed, retired after leaving
    begin               float64[1, 3]      cumulative: part-time, regular, self-employed when starting to work
    firms               float64[2, 8]      cumulative firm sizes of new jobs with employee insurance and in 国保
    share               float64[76]        share of 国保 among domestic arrivals under 75
    studying            float64[76]        share of students among domestic arrivals
    """

    leave: np.ndarray
    enter: np.ndarray
    member: np.ndarray
    graduate: np.ndarray
    job: np.ndarray
    outgrow: np.ndarray
    retire: np.ndarray
    start: np.ndarray
    regular: np.ndarray
    voluntary: np.ndarray
    after: np.ndarray
    begin: np.ndarray
    firms: np.ndarray
    share: np.ndarray
    studying: np.ndarray
    to_dependant: np.ndarray
    follow: np.ndarray
    april_leaving: float
    april_retiring: float
    april_joining: float
    april_graduating: float
    foreign_leaving: float
    foreign_share: float
    student_visa: float
    family_visa: float
    joining: np.ndarray
    """float64[places] joining 国保 below 60 in a municipality against Tokyo; leaving it for a job is its inverse"""
    with_dependants: float
    graduate_employee: float
    graduate_lost: float
    high_school: float
    involuntary: float
    voluntary_job: float
    voluntary_end: float
    voluntary_months: int
    disability: float
    guild_in: float
    guild_out: float
    assistance_in: float
    assistance_late: float
    assistance_out: float
    assistance_limit: int
    shared: float
    leaver_job: float
    apart: float
    visa_worker: float
    abroad_employee: float
    abroad_declared: float
    elderly_employee: float
    limit: int
    limit_young: int
    limit_elderly: int
    as_spouse: float
    as_child: float
    as_adult_child: float
    as_parent: float
    covered_low: int
    covered_high: int
    take_up: float
    pay_line: int
    wage_low: int
    wage_class: int
    wage_take_up: float
    wage_line: int
    sector_take_up: float


class Levels(NamedTuple):
    """Levels and spreads of incomes in one calendar year.

    pay         float64[8, 2, 16]  yen, mean pay or profit by work, sex and five-year age
    persistent  float64[8]         log sd that goes with ability, by work
    transitory  float64[8]         log sd of one year, by work
    place       float64[places]    pay of a municipality relative to Tokyo
    main        float64[2]         yen/year, mean employees' pension by sex, basic pension included
    basic       float64            yen/year, mean basic pension
    """

    pay: np.ndarray
    persistent: np.ndarray
    transitory: np.ndarray
    place: np.ndarray
    main: np.ndarray
    basic: float
    main_share: float
    main_sd: float
    basic_sd: float
    ability_to_pension: float
    no_pension: np.ndarray
    """float64[2] share without a pension: Japanese, foreign"""
    other_start: np.ndarray
    """float64[16] chance that other income begins at the ages 0, 5, …, 75"""
    other_median: float
    other_sd: float
    other_most: float
    student_job: float
    foreign: float
    """pay of foreign residents who are not permanent against others"""


class Growth(NamedTuple):
    """How incomes move from one calendar year to the next."""

    wage: float
    profit: float
    """profits of the self-employed against wages"""
    indexation: float
    rho: float
    at_60: float
    at_65: float
    employee_sd: float
    elderly_stop: float
    first: bool
    """the incomes before are those a run starts with"""
    dependant_limit: int
    undeclared: np.ndarray
    """float64[76, 2] share not declared among those without pay or pension: age, foreign"""


def as_record(fields: Chances | Levels | Growth | Keys) -> np.record:
    """Return numbers and arrays as one numpy record with the same names."""
    values = {name: np.asarray(value) for name, value in fields._asdict().items()}
    out = np.zeros(1, np.dtype([(name, v.dtype, v.shape) for name, v in values.items()], align=True))
    for name, value in values.items():
        out[name][0] = value
    return out.view(np.recarray)[0]


def chances(p: Parameters, year: int) -> Chances:
    """Return the chances of a fiscal year."""

    def v(name: str) -> Any:
        return p.value(f"enrolment.{name}", year)

    firm, line, last_line = _expansion(p, year)
    take_up_dependant = v("take_up_dependant")
    enter = enter_chances(p, year)
    graduate = _from_age(v("graduate"), _SCHOOL_AGE)
    retire = _stopping(v("stop_part_time"), v("stop_business"))
    start = _bands(v("start_work"), (15, 60, 65))
    rare = float(v("disability_late")) + float(v("guild_in"))
    return Chances(
        leave=leave_chances(p, year),
        enter=enter,
        member=_upper_bound(enter, graduate, retire, start, rare),
        graduate=graduate,
        job=_by_sex(v("job_of_dependants"), (15, 18, 22, 25, 30, 40, 50, 60, 65)),
        outgrow=_bands(v("outgrow"), (15, 25, 30, 40, 60)),
        retire=retire,
        start=start,
        regular=_by_sex(v("regular_share"), (15, 25, 40, 60)),
        voluntary=_bands(v("voluntary_share"), (0, 60, 65)),
        after=np.stack([_bands(v("after_leaving")[k::5], (0, 60, 65)) for k in range(5)], axis=1),
        begin=np.cumsum([v("start_kind")], axis=1),
        firms=np.cumsum([v("firm_shares"), v("firm_shares_members")], axis=1),
        share=member_share(p),
        studying=_from_age(v("arrival_students"), _STUDY_AGE, upto=25),
        to_dependant=np.array(v("to_dependant"), float),
        follow=np.array(v("spouse_follows"), float),
        april_leaving=float(v("april_leaving")),
        april_retiring=float(v("april_retiring")),
        april_joining=float(v("april_joining")),
        april_graduating=float(v("april_graduating")),
        foreign_leaving=float(v("foreign_factor")),
        foreign_share=float(v("foreign_share_factor")),
        student_visa=float(v("student_visa_factor")),
        family_visa=float(v("family_visa_factor")),
        joining=joining(p),
        shared=float(v("shared_factor")),
        with_dependants=float(v("dependants_factor")),
        graduate_employee=float(v("graduate_employee")),
        graduate_lost=float(v("graduate_none")),
        high_school=float(v("high_school")),
        involuntary=float(v("involuntary_share")),
        voluntary_job=float(v("voluntary_job")),
        voluntary_end=float(v("voluntary_end")),
        voluntary_months=int(p.value("coverage.voluntary_months", year)),
        disability=float(v("disability_late")),
        guild_in=float(v("guild_in")),
        guild_out=float(v("guild_out")),
        assistance_in=float(v("assistance_in")),
        assistance_late=float(v("assistance_late")),
        assistance_out=float(v("assistance_out")),
        assistance_limit=int(v("assistance_limit")),
        leaver_job=float(v("leaving_home_job")),
        apart=float(v("student_apart")),
        visa_worker=float(v("visa_worker_employed")),
        abroad_employee=float(v("abroad_employed")),
        abroad_declared=float(v("abroad_declared")),
        elderly_employee=float(v("elderly_employed")),
        limit=int(p.value("coverage.dependant_limit", year)),
        limit_young=int(p.value("coverage.dependant_limit_young", year)),
        limit_elderly=int(p.value("coverage.dependant_limit_elderly", year)),
        as_spouse=float(take_up_dependant[0]),
        as_child=float(take_up_dependant[1]),
        as_adult_child=float(take_up_dependant[2]),
        as_parent=float(take_up_dependant[3]),
        covered_low=firm[0],
        covered_high=firm[1],
        take_up=float(p.value("coverage.take_up", year)),
        pay_line=line,
        wage_low=int(p.value("coverage.wage_floor", year)),
        wage_class=firm[0],
        wage_take_up=float(p.value("coverage.wage_take_up", year)) if last_line else 0.0,
        wage_line=last_line,
        sector_take_up=float(p.value("coverage.sector_take_up", year)) * int(p.value("coverage.sectors", year)),
    )


def _upper_bound(
    enter: NDArray[np.float64],
    graduate: NDArray[np.float64],
    retire: NDArray[np.float64],
    start: NDArray[np.float64],
    rare: float,
) -> NDArray[np.float64]:
    """Return a bound on the chance that anything happens to a member, float64[ages, works]."""
    out = np.maximum(enter[:, :1], 0) + retire + rare
    for work in (Work.SELF_EMPLOYED, Work.FAMILY_WORKER):
        out[:, work] += enter[:, 1] - enter[:, 0]
    out[:, Work.NONE] += start
    out[:, Work.STUDENT] = np.maximum(graduate, out[:, Work.STUDENT])
    return out


def _expansion(p: Parameters, year: int) -> tuple[tuple[int, int], int, int]:
    """Return the firm classes newly covered this October (low, high), the pay line, the line that goes or 0.

    Classes from `low` on are covered from October; those from `high` on were covered before. The first step
    of the register (R4) also reached the largest firms, covered since 2016: terms of two months instead of a
    year were enough from then on.
    """
    known = p.passport("coverage.smallest_firm").values or {}
    now = _class_of(p.value("coverage.smallest_firm", year))
    before = _class_of(p.value("coverage.smallest_firm", year - 1)) if year > min(known) else len(FirmSize)
    line = int(p.value("coverage.pay_line", year))
    lines = p.passport("coverage.pay_line").values or {}
    last = int(p.value("coverage.pay_line", year - 1)) if year > min(lines) else line
    return (now, before), line, last if line < last else 0


def _class_of(staff: int) -> int:
    """Return the FirmSize class that begins at a number of staff."""
    if staff not in _SMALLEST:
        allowed = ", ".join(map(str, _SMALLEST[1:]))
        raise ParameterError(f"coverage.smallest_firm is {staff}; the classes of firms begin at {allowed}")
    return _SMALLEST.index(staff)


def leave_chances(p: Parameters, year: int) -> NDArray[np.float64]:
    """Return the chance to leave employee insurance, float64[ages, sexes, works].

    The table of hazards by age x separation rate of the sex and of the kind of work against all
    x the peak at 60 and 65 (group means kept) x the level of the year.
    """
    table = p.table("people.labour_turnover")
    base = _hazard(table, "employee-insurance members (insured + dependants)")
    peaks = p.value("enrolment.retiring_peak", year)
    for first, last, peak in ((60, 64, peaks[0]), (65, 69, peaks[1])):
        rest = (last - first + 1 - peak) / (last - first)
        base[first] *= peak
        base[first + 1 : last + 1] *= rest
    latest = table[(table["age"] == "all") & (table["indicator"] == "離職率") & (table["year"] == "2023")]
    rate = latest.set_index("group")["value"]
    sex = np.array([rate["male"], rate["female"]]) / rate["all"]
    regular, part = rate["regular(一般)"] / rate["all"], rate["part-time"] / rate["all"]
    work = np.array([regular, part, regular * p.value("enrolment.officer_factor", year)])
    level = np.full(AGES, float(p.value("enrolment.entry_level", year)) / labour_market(p, year))
    level[_RETIRING:] = float(p.value("enrolment.retiring_level", year))
    return np.minimum(0.95, base[:, None, None] * sex[:, None] * work * (level * trend(p, year))[:, None, None])


def enter_chances(p: Parameters, year: int) -> NDArray[np.float64]:
    """Return the chance to move from 国保 into employee insurance, float64[ages, (others, self-employed)]."""
    base = _hazard(p.table("people.labour_turnover"), "NHI members")
    factors = np.array([p.value("enrolment.other_factor", year), p.value("enrolment.self_employed_factor", year)])
    level = np.full(AGES, float(p.value("enrolment.exit_level", year)))
    level[:_RETIRING] *= labour_market(p, year)
    return np.minimum(0.95, base[:, None] * factors * level[:, None])


def labour_market(p: Parameters, year: int) -> float:
    """Return how easily jobs with employee insurance are found, and kept, against the years after the pandemic.

    `enrolment.slump` is what was missing in R4; a share of it goes on each year.
    """
    slump, lasts = p.value("enrolment.slump", year), p.value("enrolment.slump_lasts", year)
    return float(1 - slump * lasts ** max(0, year - _SLUMP))


def trend(p: Parameters, year: int) -> float:
    """Return what `enrolment.projection_trend` makes of losing employee insurance in a year after the fitted ones."""
    return float((1 + p.value("enrolment.projection_trend", year)) ** max(0, year - _FITTED))


def joining(p: Parameters) -> NDArray[np.float64]:
    """Return the fitted factors of the municipalities, float64[places]."""
    table = p.table("places.membership_factors").set_index("code")["joining"]
    return table.loc[p.codes()].to_numpy(float)


def member_share(p: Parameters) -> NDArray[np.float64]:
    """Return the share of 国保 by age, Tokyo: the national curve by five years x Tokyo's level of the broad band."""
    table = p.table("people.insurance_by_age")
    table = table[table["scheme"] == "municipal NHI"]
    out = np.zeros(AGES)
    national = table[(table["geography"] == "national") & (table["year"] == "2022-09")]
    tokyo = table[(table["geography"] == "Tokyo") & (table["year"] == "R4")].set_index("age")["value"]
    broad = national[national["age"].isin(tokyo.index)].set_index("age")["value"]
    for age, value in zip(national["age"], national["value"], strict=True):
        first, last = _span(age)
        if last - first == 4:
            out[first : last + 1] = value / 100
    for age in tokyo.index:
        first, last = _span(age)
        out[first : last + 1] *= tokyo[age] / broad[age]
    out[75] = out[74]
    return out


def _hazard(table: Any, group: str) -> NDArray[np.float64]:
    rows = table[table["group"] == group]
    out = np.zeros(AGES)
    for age, value in zip(rows["age"], rows["value"], strict=True):
        first, last = _span(age)
        out[first : last + 1] = value
    out[75] = out[74]
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
    staff, own = _bands(part_time, (15, 60, 65)), _bands(business, (15, 60, 65))
    for work in (Work.REGULAR, Work.PART_TIME):
        out[:, work] = staff
    for work in (Work.OFFICER, Work.SELF_EMPLOYED, Work.FAMILY_WORKER):
        out[:, work] = own
    return out


def levels(p: Parameters, year: int) -> Levels:
    """Return levels and spreads of incomes of calendar year `year` (pay is given for 2021)."""

    def v(name: str) -> Any:
        return p.value(f"enrolment.{name}", max(year, 2022))

    pay = np.zeros((len(Work), 2, 16))
    women = v("pay_of_women")
    for work in Work:
        if work not in (Work.NONE, Work.RETIRED):
            men = np.array(v(f"pay_{work.name.lower()}"), float) * 1000
            pay[work] = men, men * women[work]
    pay[Work.SELF_EMPLOYED] *= _index(p, "profit_growth", year)
    summary = p.table("people.pension_summary")
    month = summary.set_index(["pension", "age_or_indicator"])["value"]
    sd = v("pension_sd")
    shares = np.array(p.value("population.other_income_share", year), float)
    return Levels(
        pay=pay * _index(p, "wage_growth", year),
        persistent=np.array(v("persistent_sd"), float),
        transitory=np.array(v("transitory_sd"), float),
        place=place_level(p, float(v("place_elasticity"))),
        main=np.array([month["厚生年金", "all male"], month["厚生年金", "all female"]]) * _MONTHS,
        basic=float(month["国民年金", "65-69"]) * _MONTHS,
        main_share=float(v("main_pension_share")),
        main_sd=float(sd[0]),
        basic_sd=float(sd[1]),
        ability_to_pension=float(v("ability_to_pension")),
        no_pension=np.array(p.value("population.no_pension", year), float),
        other_start=np.maximum(0.0, np.diff(shares, prepend=0.0) / (1.0 - np.append(0.0, shares[:-1]))),
        other_median=float(p.value("population.other_income_median", year)) * _index(p, "wage_growth", year),
        other_sd=float(p.value("population.other_income_sd", year)),
        other_most=float(p.value("population.other_income_most", year)),
        student_job=float(p.value("population.student_job", year)),
        foreign=float(p.value("population.foreign_pay", year)),
    )


def _index(p: Parameters, name: str, year: int) -> float:
    """Return the level of `year` against 2021."""
    return float(np.prod([1 + p.value(f"enrolment.{name}", y) for y in range(2022, year + 1)]))


def place_level(p: Parameters, elasticity: float) -> NDArray[np.float64]:
    """Return pay by municipality: (income tax per resident / median) ** elasticity x the fitted factor."""
    tax = p.table("places.income_proxy_fy2023").set_index("code")["income_levy_per_resident"]
    by_place = np.array([tax.get(code, np.nan) for code in p.codes()], float)
    relative = by_place / np.nanmedian(by_place)
    factor = p.table("places.income_factors").set_index("code")["income"].loc[p.codes()].to_numpy(float)
    return np.where(np.isnan(relative), 1.0, relative) ** elasticity * factor


def growth(p: Parameters, year: int, years: int) -> Growth:
    """Return how incomes move into calendar year `year`; `years` = number of years drawn before in this run."""

    def v(name: str) -> Any:
        return p.value(f"enrolment.{name}", year)

    at_60, at_65 = v("pay_at_60_65")
    shares = v("undeclared")
    undeclared = [_bands(shares[k : k + 3], (18, 30, 60)) for k in (0, 3)]
    return Growth(
        wage=1 + float(v("wage_growth")),
        profit=1 + float(v("profit_growth")),
        indexation=1 + float(v("pension_indexation")),
        rho=float(v("ability_rho")),
        at_60=float(at_60),
        at_65=float(at_65),
        employee_sd=float(v("employee_sd")),
        elderly_stop=float(v("elderly_stop")),
        first=years == 0,
        dependant_limit=int(p.value("coverage.dependant_limit", year)),
        undeclared=np.stack(undeclared, axis=1),
    )
