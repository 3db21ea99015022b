"""The tables of `kernels_life` and `kernels_scheme`, read from the register."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.units import april
from sim.parameters import Parameters
from sim.population.codes import Scheme, Work
from sim.population.synthesis.kernels_life import Base, Jobs, Pay

AGES = 111
"""ages 0 to 110"""
YEAR = 2022
OPENING = april(YEAR)
JANUARY = OPENING - 3
_WORKS = ("none", "regular", "part_time", "officer", "self_employed", "family_worker", "student")
_STATUSES = ("permanent", "student", "worker", "family", "other")


@dataclass(frozen=True)
class Cover:
    """What decides whose insurance covers whom; see `kernels_scheme`."""

    assistance: NDArray[np.float64]
    shift: NDArray[np.float64]
    residence_shift: NDArray[np.float64]
    employee: NDArray[np.float64]
    guild: float
    voluntary: NDArray[np.float64]
    single: NDArray[np.float64]
    family: NDArray[np.float64]
    stay: NDArray[np.float64]


def cover(p: Parameters) -> Cover:
    """Return the chances of insurance and residence."""
    groups = _groups(p, "people.residence_by_age", "household")
    tables = {name: _shares(rows, "residence", _STATUSES) for name, rows in groups}
    employee = np.array(_value(p, "employee_share"), float).reshape(3, -1)
    return Cover(
        assistance=np.array(_value(p, "assistance_rate"), float),
        shift=np.array(_value(p, "member_shift"), float),
        residence_shift=np.array(_value(p, "member_shift_residence"), float),
        employee=np.stack([_stepped(row) for row in employee]),
        guild=float(_value(p, "guild_rate")),
        voluntary=_stepped(np.array(_value(p, "voluntary_share"), float)),
        single=tables["single"],
        family=tables["family"],
        stay=np.array(_value(p, "stay_hazard"), float),
    )


def jobs(p: Parameters) -> Jobs:
    """Return the chances of work by insurance, sex and age."""
    work = np.zeros((len(Scheme), 2, AGES, len(_WORKS)))
    work[..., 0] = 1.0
    for group, rows in _groups(p, "people.work_by_scheme", "group"):
        for sex, part in rows.groupby("sex"):
            scheme = Scheme[str(group).upper()]
            filled = _shares(part, "work", _WORKS)
            known = filled.sum(axis=1) > 0
            work[scheme, int(sex == "female"), known] = filled[known]
    return Jobs(
        work=work,
        firms=np.array(_value(p, "firm_size"), float).reshape(2, 8),
        leave=_leave(p),
        own_help=float(_value(p, "helping_spouse")),
        opening=OPENING,
    )


def _leave(p: Parameters) -> NDArray[np.float64]:
    """Return the yearly chance to leave each scheme by age: from the table of turnover for members, constant else."""
    out = np.repeat(np.array(_value(p, "leave_rate"), float)[:, None], AGES, axis=1)
    table = p.table("people.labour_turnover")
    rows = table[table["group"] == "NHI members"]
    least = out[Scheme.KOKUHO, 0]
    for age, value in zip(rows["age"], rows["value"], strict=True):
        first, last = _span(age)
        out[Scheme.KOKUHO, first : last + 1] = max(value, least)
    return out


def pay(p: Parameters, place: int) -> Pay:
    """Return levels and spreads of incomes of 2021 in a municipality (index)."""
    level = np.zeros((len(Work), 2, 23))
    women = _enrolment(p, "pay_of_women")
    for work in Work:
        if work not in (Work.NONE, Work.RETIRED):
            men = np.array(_enrolment(p, f"pay_{work.name.lower()}"), float) * 1000
            men = np.append(men, np.repeat(men[-1], 23 - men.size))
            level[work] = men, men * women[work]
    undeclared = np.array(_enrolment(p, "undeclared"), float).reshape(2, 3)
    bands = np.searchsorted((30, 60), np.arange(AGES), side="right")
    return Pay(
        level=level,
        place=float(_place_level(p)[place]),
        persistent=np.array(_enrolment(p, "persistent_sd"), float),
        transitory=np.array(_enrolment(p, "transitory_sd"), float),
        loss=float(_value(p, "self_employed_loss")),
        student_job=float(_value(p, "student_job")),
        before=np.array(_value(p, "job_before"), float),
        other=_five_years(_value(p, "other_income_share")),
        other_median=float(_value(p, "other_income_median")),
        other_sd=float(_value(p, "other_income_sd")),
        other_most=float(_value(p, "other_income_most")),
        pension=_pensions(p),
        main=np.array(
            [*_value(p, "main_pension"), _value(p, "late_from_members"), _value(p, "former_dependants")], float
        ),
        without=np.array(_value(p, "no_pension"), float),
        score=np.array(_value(p, "pension_score"), float),
        to_ability=float(_enrolment(p, "ability_to_pension")),
        undeclared=undeclared[:, bands].T.copy(),
        involuntary=float(_enrolment(p, "involuntary_share")),
        dependant_limit=float(_value(p, "dependant_pay")),
        foreign=float(_value(p, "foreign_pay")),
        pay_line=float(p.value("coverage.pay_line", YEAR)),
    )


def base(p: Parameters) -> Base:
    """Return the schedules of deductions of the levy of R4 (incomes of 2021)."""
    salary = p.table("people.salary_deduction")
    pension = p.table("people.pension_deduction")
    salary = salary[salary["fiscal_year"] == YEAR].sort_values("salary_from")
    pension = pension[pension["fiscal_year"] == YEAR].sort_values("pension_from")

    def rows(frame: pd.DataFrame, columns: list[str]) -> NDArray[np.int64]:
        return frame[columns].to_numpy(np.int64).copy()

    columns = ["pension_from", "rate", "add"]
    return Base(
        salary=rows(salary, ["salary_from", "step", "rate", "add"]),
        pension_young=rows(pension[pension["age_from"] == 0], columns),
        pension_old=rows(pension[pension["age_from"] > 0], columns),
        basic=int(p.value("income.basic_deduction", YEAR)[0]),
    )


def income_targets(p: Parameters, members: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean base income of the members wanted in every municipality, yen.

    Wards levy nearly the same rates, so the premium per member, less a part that does not depend on income,
    tells their members' incomes apart. Other municipalities set rates of their own; there, and for the level
    of the two groups, the income tax per resident speaks, with the elasticity seen among the wards. Small
    municipalities are drawn to the mean of their group. A factor fitted to premium revenue where the rates are
    known (`places.income_factors`) corrects each. All are scaled to Tokyo's published mean.
    """
    codes = p.codes()
    place = p.table("places.municipalities").set_index("code").loc[codes]
    wards = (place["region"] == "wards").to_numpy()
    premium = p.table("places.settlement_fy2023").set_index("code").loc[codes, "premium_per_insured"].to_numpy(float)
    tax = p.table("places.income_proxy_fy2023").set_index("code").loc[codes, "income_levy_per_resident"].to_numpy(float)
    flat, elasticity = float(_value(p, "premium_flat")), float(_value(p, "income_elasticity"))
    out = np.ones(len(codes))
    for group in (wards, ~wards):
        weight = members[group]
        mean_tax = np.average(tax[group], weights=weight)
        if group is wards:
            mean = np.average(premium[group], weights=weight)
            own = np.maximum(premium[group] - flat, 0.2 * mean) / (mean - flat)
        else:
            own = (tax[group] / mean_tax) ** elasticity
        trust = weight / (weight + float(_value(p, "income_shrink")))
        out[group] = (trust * own + 1 - trust) * mean_tax**elasticity
    out *= p.table("places.income_factors").set_index("code").loc[codes, "income"].to_numpy(float)
    return out * float(_value(p, "mean_base_income")) / np.average(out, weights=members)


def _value(p: Parameters, name: str) -> Any:
    return p.value(f"population.{name}", YEAR)


def _enrolment(p: Parameters, name: str) -> Any:
    return p.value(f"enrolment.{name}", YEAR)


def _place_level(p: Parameters) -> NDArray[np.float64]:
    """Return pay by municipality: (income tax per resident / median) ** elasticity, before its mean is fitted."""
    tax = p.table("places.income_proxy_fy2023").set_index("code")["income_levy_per_resident"].reindex(p.codes())
    return ((tax / tax.median()) ** float(_enrolment(p, "place_elasticity"))).fillna(1.0).to_numpy(float)


def _pensions(p: Parameters) -> NDArray[np.float64]:
    """Return the quantiles of yearly pensions, float64[2, 101]: employees' pension, basic pension."""
    table = p.table("people.pension_distribution")
    level = 120_000 * float(_value(p, "pension_level"))
    out = []
    for name in dict.fromkeys(table["pension"]):
        rows = table[table["pension"] == name]
        low = rows["monthly_bracket"].str.extract(r"^(\d+)")[0].astype(float).to_numpy()
        edges = np.append(low, low[-1] + 1.0)
        running = np.append(0.0, rows["share"].to_numpy(float).cumsum())
        out.append(np.interp(np.linspace(0, 1, 101), running / running[-1], edges) * level)
    return np.stack(out)


def _groups(p: Parameters, table: str, column: str) -> Any:
    return p.table(table).groupby(column)


def _shares(rows: pd.DataFrame, column: str, names: tuple[str, ...]) -> NDArray[np.float64]:
    """Return shares[single age, name] of rows with an age span; 0 where no row speaks."""
    out = np.zeros((AGES, len(names)))
    for age, name, value in zip(rows["age"], rows[column], rows["value"], strict=True):
        first, last = _span(age)
        out[first : last + 1, names.index(name)] = value
    return out


def _span(text: str) -> tuple[int, int]:
    first, _, last = str(text).partition("-")
    return int(first), int(last)


def _stepped(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values of the ages 18-22, 23-29, 30-39, 40-49, 50-59, 60-64, 65-69, 70-74 by single age, 0 elsewhere."""
    starts = (18, 23, 30, 40, 50, 60, 65, 70, 75)
    out = np.zeros(AGES)
    for first, stop, value in zip(starts[:-1], starts[1:], values, strict=True):
        out[first:stop] = value
    return out


def _five_years(values: Any) -> NDArray[np.float64]:
    """Return a curve of five-year ages 0-4, 5-9, … as float64[23]; the last value holds for older ages."""
    points = np.array(values, float)
    return np.append(points, np.repeat(points[-1], 23 - points.size))
