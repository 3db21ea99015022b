"""The law of a fiscal year: shares, lines and ages by name of `care.*`, ceilings by class, deductions from income."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import InputError
from sim.core.record import Ints, Record, made
from sim.core.units import MONTHS, april
from sim.mechanisms.care.state import OLD, UNDER
from sim.parameters import Parameters
from sim.parameters.memo import once

CEILING = np.dtype(
    [(name, np.int64) for name in ("monthly", "over", "multiple", "annual", "outpatient", "outpatient_annual")]
)
"""Ceilings of a class, yen; 0 = there is none.

monthly            ceiling of a month (自己負担限度額)
over               cost above which 1 % is added
multiple           ceiling from the fourth month on (多数回該当)
annual             ceiling of August to July (年間上限)
outpatient         ceiling of one person's outpatient care at 70-74
outpatient_annual  the same for August to July
"""
Ceilings = NDArray[np.void]
"""CEILING by class, and by month before it"""
_COLUMNS = ["base", "over", "multiple", "annual", "outpatient", "outpatient_annual"]
"""The same in the table; `base` is a word of numpy's records."""
BAND = np.dtype([(name, np.int64) for name in ("start", "rate", "add")])
"""Band of a deduction from income: income from which it holds, rate per 1,000,000, yen added."""
_BANDS = 12
"""Most bands of a deduction."""
_AUGUST = 4
"""month from April in which ceilings and classes change"""


class Law(Record, domain=("care", "income")):
    """What holds in every municipality; see `law/care.yaml`.

    class_bounds   base income above which each taxed class begins, int64[12] from ア1 to エ3
    otc_mask       months with a surcharge on drugs (OTC類似薬); otc_surcharge, its part of all drug cost
    steady         whether no ceiling changes in August
    """

    share_standard: int
    share_preschool: int
    share_elderly: int
    share_elderly_active: int
    school_age: int
    adult_age: int
    elderly_age: int
    elderly_grant_age: int
    active_taxable: Ints
    active_base: int
    active_gross: Ints
    other_deductions: int
    low_income_pension: int
    nontaxed_base_one: int
    nontaxed_base_more: Ints
    basic_deduction: Ints
    aggregation_floor: int
    multiple_after: int
    dialysis_ceiling: int
    dialysis_ceiling_active: int
    otc_age: int
    receipt_line_high: int
    receipt_line_special: int
    class_bounds: Annotated[Ints, made]
    otc_mask: Annotated[int, made]
    otc_surcharge: Annotated[float, made]
    steady: Annotated[bool, made]


def law(p: Parameters, year: int) -> dict[str, Law | NDArray[np.void]]:
    """Return the law of a year: Law, ceilings CEILING[12, classes] below 70 and at 70-74, deductions BAND[12]."""

    def rule(name: str) -> float:
        return float(p.value(f"care.{name}", year))

    under, old = year_ceilings(p, year)
    months = int(rule("otc_months"))
    pension = p.table("people.pension_deduction")
    return {
        "law": Law.of(
            p,
            year,
            class_bounds=class_bounds(p),
            otc_mask=((1 << months) - 1) << (12 - months),
            otc_surcharge=rule("otc_part") * rule("otc_drug_share") * (1 - rule("otc_exempt")),
            steady=bool((under[0] == under[-1]).all() and (old[0] == old[-1]).all()),
        ),
        "ceilings_under": under,
        "ceilings_old": old,
        "salary_deduction": _bands(p.table("people.salary_deduction"), "salary_from", year),
        "pension_deduction": _bands(pension[pension["age_from"] == pension["age_from"].max()], "pension_from", year),
    }


def _bands(table: pd.DataFrame, column: str, year: int) -> NDArray[np.void]:
    """Return the bands of a deduction, BAND[12].

    A year after the last of the table follows that one. The steps of 1,000 to 4,000 yen of the appended table of the
    income tax are left out: classes do not turn on them.
    """
    years = table["fiscal_year"]
    rows = table[years == years[years <= year].max()].sort_values(column)
    bands = np.zeros(_BANDS, BAND)
    for field, name in zip(BAND.names or (), (column, "rate", "add"), strict=True):
        bands[field] = np.iinfo(np.int64).max
        bands[field][: len(rows)] = rows[name].to_numpy(np.int64)
    return bands


def month_index(text: str) -> int:
    """Return the month index (months since January 1900) of "2026-08"."""
    year, _, number = text.partition("-")
    if not (year.isdigit() and number.isdigit() and 1 <= int(number) <= MONTHS):
        raise InputError(f"'{text}' is not a care month; write 2026-08")
    return (int(year) - 1900) * 12 + int(number) - 1


def month_ceilings(p: Parameters, when: int) -> tuple[Ceilings, Ceilings]:
    """Return the ceilings in force in month index `when`: CEILING[13] below 70 and CEILING[7] at 70-74.

    A coarse class (ア) fills its divisions (ア1-ア3); a row of a division then takes its own place.
    """
    out = {name: np.zeros(len(classes), CEILING) for name, classes in _CLASSES.items()}
    known = False
    for start, band, cls, values in _rows(p):
        if start <= when:
            for i, name in enumerate(_CLASSES[band]):
                if name.startswith(cls):
                    out[band][i] = values
            known = known or band == "under70"
    if not known:
        raise InputError(f"no ceilings for month {when}; the table people.high_cost_ceilings begins later")
    return out["under70"], out["70-74"]


_CLASSES = {"under70": UNDER, "70-74": OLD}
_Row = tuple[int, str, str, tuple[int, ...]]
_parsed: dict[tuple[Path, datetime.date | None], list[_Row]] = {}


def _rows(p: Parameters) -> list[_Row]:
    """Return (first month, band, class, ceilings) by month and from coarse classes to fine ones.

    An empty cell means that the class has no such ceiling.
    """
    known = p.table_paths["people.high_cost_ceilings"], p.as_of
    if known not in _parsed:
        table = p.table("people.high_cost_ceilings")
        values = map(tuple, table[_COLUMNS].fillna(0).to_numpy(np.int64).tolist())
        rows = zip(table["start"].map(month_index), table["band"], table["class"], values, strict=True)
        _parsed[known] = sorted(rows, key=lambda row: (row[0], len(row[2])))
    return _parsed[known]


def year_ceilings(p: Parameters, year: int) -> tuple[Ceilings, Ceilings]:
    """Return the ceilings of the twelve months of a fiscal year: CEILING[12, 13] and CEILING[12, 7]; they change in
    August if at all."""
    opening = april(year)
    early, late = month_ceilings(p, opening), month_ceilings(p, opening + _AUGUST)
    months = [early] * _AUGUST + [late] * (12 - _AUGUST)
    return np.stack([under for under, _ in months]), np.stack([old for _, old in months])


@once
def class_bounds(p: Parameters) -> NDArray[np.int64]:
    """Return the base income (旧ただし書き所得, yen) above which each taxed class begins, int64[12] from ア1 to エ3."""
    table = p.table("people.high_cost_classes").set_index("class")
    return table.loc[list(UNDER[:-1]), "above"].to_numpy(np.int64)


def under_class(p: Parameters, base_income: int, taxed: bool = True) -> str:
    """Return the class below 70 of a household: ア1 … エ3 by its base income, オ when nobody is taxed."""
    if not taxed:
        return UNDER[-1]
    return next(name for name, above in zip(UNDER, class_bounds(p), strict=False) if base_income > above)
