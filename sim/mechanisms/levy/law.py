"""The law of a fiscal year: records by name of `levy.*` and `income.*`, and what a municipality's ordinance remits."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import ParameterError
from sim.core.record import Ints, Places, Record, made
from sim.core.sums import whole
from sim.core.tally import Records
from sim.core.units import april, era
from sim.parameters import Parameters
from sim.parameters.memo import once

Yen = NDArray[np.int64]
_BEFORE_REFORM = 2025
_SCHEDULE_ROWS = 12
_SALARY = ["salary_from", "step", "rate", "add"]
_PENSION = ["pension_from", "rate", "add"]
_MILLION = 1_000_000
NO_DRAWS = np.uint64(0)
"""key for households none of which earns much less than in the year the levy looks at"""


class Law(Record, domain=("levy", "income")):
    """What holds in every municipality; see `law/levy.yaml` and `law/income.yaml`.

    Ages are full years reached on the day before the birthday (年齢計算ニ関スル法律); shares are tenths or percent as
    in the register; months are indices since January 1900.

    opening             April of the fiscal year
    salary_rows         int64[12, 4], schedule of the salary deduction, see `income.salary_income`
    pension_rows_under  int64[12, 3], schedules of the pension deduction by age, see `income.pension_income`
    maternity_since     first month with the exemption, as an index
    """

    opening: Annotated[int, made]
    salary_rows: Annotated[Ints, made]
    pension_rows_under: Annotated[Ints, made]
    pension_rows_over: Annotated[Ints, made]
    pension_age: int
    pension_other_from: Ints
    pension_other_cut: Ints
    adjustment_both: int
    adjustment_from: int
    adjustment_to: int
    adjustment_rate: int
    basic_deduction_to: Ints
    basic_deduction: Ints
    cap_by_months: bool
    duty_anew: bool
    relief_base: int
    relief_per_earner: int
    relief_5_per_person: int
    relief_2_per_person: int
    relief_shares: Ints
    relief_pension: int
    earner_salary: int
    earner_pension: int
    earner_pension_65: int
    care_from: int
    care_to: int
    preschool_to: int
    youth_relief_to: int
    youth_relief_share: int
    child_waiver_to: int
    declaration_age: int
    maternity_since: Annotated[int, made]
    maternity_months_before: int
    maternity_months_before_multiple: int
    maternity_months_after: int
    job_loss_share: int
    job_loss_age: int
    job_loss_before_adjustment: bool
    former_dependant_age: int
    former_dependant_months: int
    former_dependant_share: int
    former_member_half_months: int
    former_member_quarter_months: int


class Ordinance(Record, domain="payment", by_place=True):
    """What a municipality remits (条例減免): to which part of those who earn much less, and how much of the bill.

    remission_share  per 1,000,000
    """

    remission_reach: float
    remission_share: Annotated[int, made]


class Rules(NamedTuple):
    """What a year's bills go by: the law, rates[places, 4] (`state.pack_rates`), Ordinance[places] and its draws."""

    law: Law
    rates: Records
    ordinance: Places[Ordinance]
    key: np.uint64
    year: int


@once
def law_of(p: Parameters, year: int) -> Law:
    """Return the law of a fiscal year, levy on the income of the calendar year before."""
    reform = p.value("income.salary_reform", year)
    income_year = year if reform else min(year, _BEFORE_REFORM)
    return Law.of(
        p,
        year,
        opening=april(year),
        salary_rows=_rows(p, "people.salary_deduction", income_year, _SALARY),
        pension_rows_under=_rows(p, "people.pension_deduction", year, _PENSION, age_from=0),
        pension_rows_over=_rows(p, "people.pension_deduction", year, _PENSION, age_from=65),
        maternity_since=_month(p.value("levy.maternity_since", year)),
    )


def rules(p: Parameters, year: int, rates: Records, key: np.uint64 = NO_DRAWS) -> Rules:
    """Return what the bills of a fiscal year go by.

    rates  records [places, 4] (`state.pack_rates`); key  of the decision whose bill is remitted
    """
    return Rules(law_of(p, year), rates, ordinances(p, year), key, year)


@once
def ordinances(p: Parameters, year: int) -> Places[Ordinance]:
    """Return what each municipality remits in a fiscal year, Ordinance[places]."""
    share = whole(p.by_place("payment.remission_share", year).astype(np.float64) * _MILLION)
    return Ordinance.each(p, year, remission_share=share.astype(np.int64))


@once
def rounding_units(p: Parameters) -> Yen:
    """Return the yen each municipality cuts a portion to: 1 for most premiums (料), 100 for taxes (税)."""
    return p.table("places.municipalities")["rounding_unit"].to_numpy(np.int64)


@once
def income_deductions(p: Parameters, year: int) -> Yen:
    """Return the yen of income each municipality's ordinance leaves out for an insured child and year, int64[places].

    The last amount known up to the year holds; 0 without an ordinance (`places.income_deductions`).
    """
    known = p.rows("places.income_deductions")
    known = known[known["fiscal_year"] <= year].sort_values("fiscal_year").drop_duplicates("code", keep="last")
    by_code = dict(zip(known["code"].astype(int), known["yen"].astype(int), strict=True))
    return np.array([by_code.get(code, 0) for code in p.codes()], np.int64)


def _month(yyyymm: int) -> int:
    return (yyyymm // 100 - 1900) * 12 + yyyymm % 100 - 1


def _rows(p: Parameters, table: str, year: int, columns: list[str], **where: int) -> Yen:
    """Return the rows of a schedule in force in a fiscal year: the last year given up to it."""
    frame = p.table(table)
    for name, value in where.items():
        frame = frame[frame[name] == value]
    known = frame["fiscal_year"][frame["fiscal_year"] <= year]
    if known.empty:
        first = era(int(frame["fiscal_year"].min()))
        raise ParameterError(f"{table} begins with {first}; it says nothing of {era(year)}. Start the run in {first}")
    chosen = frame[frame["fiscal_year"] == known.max()].sort_values(columns[0])
    rows = chosen[columns].to_numpy(np.int64)
    if len(rows) > _SCHEDULE_ROWS:
        raise ParameterError(f"{table} has {len(rows)} rows for {era(year)}; at most {_SCHEDULE_ROWS} are read")
    return np.concatenate([rows, np.repeat(rows[-1:], _SCHEDULE_ROWS - len(rows), axis=0)])
