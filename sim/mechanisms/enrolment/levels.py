"""Incomes of a calendar year: levels and spreads by name of `enrolment.*` and `population.*`, and how they move."""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from sim.core.record import Floats, Record, made
from sim.mechanisms.enrolment.state import AGES
from sim.parameters import Parameters
from sim.parameters.memo import once
from sim.population.codes import Work

_MONTHS = 12
_GROUP = 5
"""years of an age group of pay and of other income"""
_PAY_YEAR = 2021
"""calendar year of the register's pay"""
_UNDECLARED = (18, 30, 60)
"""First ages of the groups of `enrolment.undeclared`, as its `axis` says."""


class Levels(Record, domain=("enrolment", "population")):
    """Levels and spreads of incomes in one calendar year.

    pay                  float64[8, 2, 76]  yen, mean pay or profit by work, sex and age
    persistent_sd        float64[8]         log sd that goes with ability, by work
    transitory_sd        float64[8]         log sd of one year, by work
    place_pay            float64[places]    pay of a municipality relative to the prefecture
    main_pension         float64[2]         yen/year, mean employees' pension by sex, basic pension included
    basic_pension        yen/year, mean basic pension
    other_income_start   float64[76]        chance that other income begins at an age, 0 but every five years
    other_income_median  yen, at the wages of the year
    foreign_pay          pay of foreign residents who are not permanent against others
    """

    pay: Annotated[Floats, made]
    place_pay: Annotated[Floats, made]
    main_pension: Annotated[Floats, made]
    basic_pension: Annotated[float, made]
    other_income_start: Annotated[Floats, made]
    other_income_median: Annotated[float, made]
    persistent_sd: Floats
    transitory_sd: Floats
    main_pension_share: float
    pension_sd: Floats
    ability_to_pension: float
    pension_from: int
    no_pension: Floats
    other_income_sd: float
    other_income_most: float
    student_job: float
    foreign_pay: float


class Growth(Record, domain=("enrolment", "coverage")):
    """How incomes move from one calendar year to the next.

    undeclared  float64[76, 2]  share not declared among those without pay or pension: age, foreign
    first       the incomes before are those a run starts with
    """

    wage_growth: float
    profit_growth: float
    pension_indexation: float
    ability_rho: float
    pay_at_60_65: Floats
    retiring_age: int
    reemployment_to: int
    working_age: int
    employee_sd: float
    elderly_stop: float
    dependant_limit: int
    undeclared: Annotated[Floats, made]
    first: Annotated[bool, made]


@once
def levels(p: Parameters, year: int) -> Levels:
    """Return levels and spreads of incomes of calendar year `year` (pay is given for 2021)."""
    known = max(year, _PAY_YEAR + 1)
    main, basic = _pensions(p)
    shares = np.array(p.value("population.other_income_share", known), float)
    begins = np.zeros(AGES)
    begins[::_GROUP] = np.maximum(0.0, np.diff(shares, prepend=0.0) / (1.0 - np.append(0.0, shares[:-1])))
    return Levels.of(
        p,
        known,
        pay=pay(p, year),
        place_pay=place_level(p, float(p.value("enrolment.place_elasticity", known)))
        * p.by_place("enrolment.place_income", known),
        main_pension=main,
        basic_pension=basic,
        other_income_start=begins,
        other_income_median=float(p.value("population.other_income_median", known)) * _index(p, "wage_growth", year),
    )


@once
def _pensions(p: Parameters) -> tuple[Floats, float]:
    """Return the mean employees' pension by sex, float64[2], and the mean basic pension, yen a year."""
    summary = p.table("people.pension_summary").set_index(["pension", "age_or_indicator"])["value"]
    main = np.array([summary["厚生年金", "all male"], summary["厚生年金", "all female"]]) * _MONTHS
    return main, float(summary["国民年金", "65-69"]) * _MONTHS


def pay(p: Parameters, year: int) -> NDArray[np.float64]:
    """Return mean pay or profit of a calendar year, yen, float64[works, sexes, ages]."""
    known = max(year, _PAY_YEAR + 1)
    women = p.value("enrolment.pay_of_women", known)
    by_group = np.zeros((len(Work), 2, -(-AGES // _GROUP)))
    for work in Work:
        if work not in (Work.NONE, Work.RETIRED):
            men = np.array(p.value(f"enrolment.pay_{work.name.lower()}", known), float) * 1000
            by_group[work] = men, men * women[work]
    by_group[Work.SELF_EMPLOYED] *= _index(p, "profit_growth", year)
    return np.repeat(by_group * _index(p, "wage_growth", year), _GROUP, axis=2)[:, :, :AGES]


def _index(p: Parameters, name: str, year: int) -> float:
    """Return the level of `year` against that of the register's pay."""
    return float(np.prod([1 + p.value(f"enrolment.{name}", y) for y in range(_PAY_YEAR + 1, year + 1)]))


@once
def place_level(p: Parameters, elasticity: float) -> NDArray[np.float64]:
    """Return pay by municipality: (income tax per resident / median) ** elasticity x the fitted factor."""
    tax = p.table("places.income_proxy_fy2023").set_index("code")["income_levy_per_resident"]
    by_place = np.array([tax.get(code, np.nan) for code in p.codes()], float)
    relative = by_place / np.nanmedian(by_place)
    factor = p.table("places.income_factors").set_index("code")["income"].loc[p.codes()].to_numpy(float)
    return np.where(np.isnan(relative), 1.0, relative) ** elasticity * factor


@once
def growth(p: Parameters, year: int, years: int) -> Growth:
    """Return how incomes move into calendar year `year`; `years` = number of years drawn before in this run."""
    shares = p.value("enrolment.undeclared", year)
    undeclared = np.zeros((AGES, 2))
    groups = len(_UNDECLARED)
    for foreign in (0, 1):
        for age, share in zip(_UNDECLARED, shares[foreign * groups :][:groups], strict=True):
            undeclared[age:, foreign] = share
    return Growth.of(p, year, undeclared=undeclared, first=years == 0)
