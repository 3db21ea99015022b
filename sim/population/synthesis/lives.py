"""The records of `chances`, the schedules of the base income and its targets, read from the register."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.parameters import Parameters
from sim.parameters.groups import group_of
from sim.population.codes import Scheme, Work
from sim.population.synthesis.chances import Cover, Jobs, Pay
from sim.population.synthesis.state import AGES, YEAR, Base

_WORKS = ("none", "regular", "part_time", "officer", "self_employed", "family_worker", "student")
_STATUSES = ("permanent", "student", "worker", "family", "other")


def cover(p: Parameters) -> Cover:
    """Return the chances of insurance and residence (chances.Cover)."""
    tables = {name: _shares(rows, "residence", _STATUSES) for name, rows in _groups(p, "residence_by_age", "household")}
    employee = _numbers(p, "population.employee_share").reshape(3, -1)
    return Cover.of(
        p,
        YEAR,
        employee=np.stack([_stepped(row) for row in employee]),
        voluntary=_stepped(_numbers(p, "population.voluntary_share")),
        single=tables["single"].cumsum(axis=1),
        family=tables["family"].cumsum(axis=1),
    )


def jobs(p: Parameters) -> Jobs:
    """Return the chances of work by insurance, sex and age (chances.Jobs)."""
    work = np.zeros((len(Scheme), 2, AGES, len(_WORKS)))
    work[..., 0] = 1.0
    for group, rows in _groups(p, "work_by_scheme", "group"):
        for sex, part in rows.groupby("sex"):
            scheme = Scheme[group.upper()]
            filled = _shares(part, "work", _WORKS)
            known = filled.sum(axis=1) > 0
            work[scheme, int(sex == "female"), known] = filled[known]
    firms = _numbers(p, "population.firm_size").reshape(2, 8)
    return Jobs.of(p, YEAR, chances=work.cumsum(axis=3), firms=firms.cumsum(axis=1), leave=_leave(p))


def _leave(p: Parameters) -> NDArray[np.float64]:
    """Return the yearly chance to leave each scheme by age: from the table of turnover for members, constant else."""
    out = np.repeat(_numbers(p, "population.leave_rate")[:, None], AGES, axis=1)
    table = p.table("people.labour_turnover")
    rows = table[table["group"] == "NHI members"]
    least = out[Scheme.KOKUHO, 0]
    for age, value in zip(rows["age"], rows["value"], strict=True):
        first, last = _span(age)
        out[Scheme.KOKUHO, first : last + 1] = max(value, least)
    return out


def pay(p: Parameters, place: int) -> Pay:
    """Return levels and spreads of incomes of 2021 in a municipality, by its index (chances.Pay)."""
    undeclared = _numbers(p, "enrolment.undeclared").reshape(2, 3)
    bands = np.searchsorted((30, 60), np.arange(AGES), side="right")
    return Pay.of(
        p,
        YEAR,
        level=_pay_by_age(p),
        place=float(_place_level(p)[place]),
        other=_five_years(_numbers(p, "population.other_income_share")),
        pensions=_pensions(p),
        undeclared_share=undeclared[:, bands].T,
    )


def _pay_by_age(p: Parameters) -> NDArray[np.float64]:
    """Return mean pay by work, sex and five-year age, float64[works, 2, 23] in yen."""
    level = np.zeros((len(Work), 2, 23))
    women = _numbers(p, "enrolment.pay_of_women")
    for work in Work:
        if work not in (Work.NONE, Work.RETIRED):
            men = _five_years(_numbers(p, f"enrolment.pay_{work.name.lower()}") * 1000)
            level[work] = men, men * women[work]
    return level


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
        pension_age=int(p.value("income.pension_age", YEAR)),
    )


def income_targets(p: Parameters, members: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean base income of the members wanted in every municipality, yen.

    The members of a group with one rate levy nearly the same, so the premium per member, less a part that does not
    depend on income, tells their members' incomes apart. Other municipalities set rates of their own; there, and for
    the level of the groups, the income tax per resident speaks (`population.income_elasticity`). Small
    municipalities are drawn to the mean of their group. A factor fitted to premium revenue where the rates are
    known (`places.income_factors`) corrects each. All are scaled to the mean of the prefecture.
    """
    codes = p.codes()
    names = np.array([group_of(p).get(code, "") for code in codes])
    premium = p.table("places.settlement_fy2023").set_index("code").loc[codes, "premium_per_insured"].to_numpy(float)
    tax = p.table("places.income_proxy_fy2023").set_index("code").loc[codes, "income_levy_per_resident"].to_numpy(float)
    flat, elasticity = _number(p, "population.premium_flat"), _number(p, "population.income_elasticity")
    out = np.ones(len(codes))
    for name in sorted(set(names), reverse=True):
        group = names == name
        weight = members[group]
        mean_tax = np.average(tax[group], weights=weight)
        if name:
            mean = np.average(premium[group], weights=weight)
            own = np.maximum(premium[group] - flat, _number(p, "population.income_least") * mean) / (mean - flat)
        else:
            own = (tax[group] / mean_tax) ** elasticity
        trust = weight / (weight + _number(p, "population.income_shrink"))
        out[group] = (trust * own + 1 - trust) * mean_tax**elasticity
    out *= p.table("places.income_factors").set_index("code").loc[codes, "income"].to_numpy(float)
    return out * _number(p, "population.mean_base_income") / np.average(out, weights=members)


def _number(p: Parameters, key: str) -> float:
    return float(p.value(key, YEAR))


def _numbers(p: Parameters, key: str) -> NDArray[np.float64]:
    return np.array(p.value(key, YEAR), float)


def _place_level(p: Parameters) -> NDArray[np.float64]:
    """Return pay by municipality: (income tax per resident / median) ** elasticity, before its mean is fitted."""
    tax = p.table("places.income_proxy_fy2023").set_index("code")["income_levy_per_resident"].reindex(p.codes())
    return ((tax / tax.median()) ** _number(p, "enrolment.place_elasticity")).fillna(1.0).to_numpy(float)


def _pensions(p: Parameters) -> NDArray[np.float64]:
    """Return the quantiles of yearly pensions, float64[2, 101]: employees' pension, basic pension."""
    table = p.table("people.pension_distribution")
    level = 120_000 * _number(p, "population.pension_level")
    out = []
    for name in dict.fromkeys(table["pension"]):
        rows = table[table["pension"] == name]
        low = rows["monthly_bracket"].str.extract(r"^(\d+)")[0].astype(float).to_numpy()
        edges = np.append(low, low[-1] + 1.0)
        running = np.append(0.0, rows["share"].to_numpy(float).cumsum())
        out.append(np.interp(np.linspace(0, 1, 101), running / running[-1], edges) * level)
    return np.stack(out)


def _groups(p: Parameters, table: str, column: str) -> list[tuple[str, pd.DataFrame]]:
    """Return the rows of a table of people by the texts of a column."""
    return [(str(name), rows) for name, rows in p.table(f"people.{table}").groupby(column)]


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


def _five_years(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a curve of five-year ages 0-4, 5-9, … as float64[23]; the last value holds for older ages."""
    return np.append(points, np.repeat(points[-1], 23 - points.size))
