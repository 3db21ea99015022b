"""The law of one fiscal year, packed for the kernels from the parameter register."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import ParameterError
from sim.core.units import april, era
from sim.parameters import Parameters

Yen = NDArray[np.int64]
_BEFORE_REFORM = 2025
_SCHEDULE_ROWS = 12


class Law(NamedTuple):
    """Numbers of `law/levy.yaml` and `law/income.yaml` for one fiscal year; months are indices since January 1900.

    salary_rows, pension_rows_under, pension_rows_over: see `income.kernels`. Ages are full years reached on the day
    before the birthday (年齢計算ニ関スル法律); shares are tenths or percent as in the register.
    """

    opening: int
    salary_rows: Yen
    pension_rows_under: Yen
    pension_rows_over: Yen
    pension_age: int
    pension_other_from: Yen
    pension_other_cut: Yen
    adjustment_both: int
    adjustment_from: int
    adjustment_to: int
    adjustment_rate: int
    basic_deduction_to: Yen
    basic_deduction: Yen
    cap_by_months: int
    relief_base: int
    relief_per_earner: int
    relief_5_per_person: int
    relief_2_per_person: int
    relief_shares: Yen
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
    maternity_since: int
    maternity_months_before: int
    maternity_months_before_multiple: int
    maternity_months_after: int
    job_loss_share: int
    job_loss_age: int
    former_dependant_age: int
    former_dependant_months: int
    former_dependant_share: int
    former_member_half_months: int
    former_member_quarter_months: int

    @classmethod
    def of(cls, p: Parameters, year: int) -> Law:
        """Return the law of a fiscal year, levy on the income of the calendar year before."""
        scalars: dict[str, Any] = {}
        for name in cls._fields:
            key = next((k for k in (f"levy.{name}", f"income.{name}") if k in p.passports), "")
            if key:
                value = p.value(key, year)
                scalars[name] = np.array(value, np.int64) if isinstance(value, list) else value
        scalars["maternity_since"] = _month(scalars["maternity_since"])
        scalars["cap_by_months"] = int(scalars["cap_by_months"])
        reform = p.value("income.salary_reform", year)
        return cls(
            opening=april(year),
            salary_rows=_rows(
                p,
                "people.salary_deduction",
                year if reform else min(year, _BEFORE_REFORM),
                ["salary_from", "step", "rate", "add"],
            ),
            pension_rows_under=_rows(p, "people.pension_deduction", year, ["pension_from", "rate", "add"], age_from=0),
            pension_rows_over=_rows(p, "people.pension_deduction", year, ["pension_from", "rate", "add"], age_from=65),
            **scalars,
        )

    def record(self) -> np.recarray[Any, Any]:
        """Return the law as a record array of one row, the form the kernel takes; schedules have 12 rows."""
        shapes = [
            (name, "i8", value.shape if isinstance(value, np.ndarray) else ())
            for name, value in zip(self._fields, self, strict=True)
        ]
        row = np.zeros(1, np.dtype(shapes, align=True))
        for name, value in zip(self._fields, self, strict=True):
            row[name][0] = value
        return row.view(np.recarray)


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
