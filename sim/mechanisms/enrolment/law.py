"""The law of membership in a fiscal year, by name of `coverage.*` and of the ages `levy.*` holds."""

from __future__ import annotations

from typing import Annotated

from sim.core.errors import ParameterError
from sim.core.record import Record, made
from sim.parameters import Parameters
from sim.population.codes import FirmSize

_SMALLEST = (0, 1, 6, 11, 21, 36, 51, 101, 501)
"""Smallest staff of each FirmSize class."""


class Law(Record, domain=("coverage", "levy")):
    """What holds in every municipality; see `law/coverage.yaml`.

    covered_from    firm class from which on part-time workers are covered from October of the year
    covered_before  firm class from which on they were covered before
    wage_line       yen/year, the pay line that goes in October of the year; 0 if none does
    expands         whether the expansion reaches anybody in October of the year
    """

    late_elderly_age: int
    job_loss_age: int
    former_dependant_age: int
    disability_age: int
    minor_age: int
    voluntary_months: int
    dependant_limit: int
    dependant_limit_young: int
    dependant_limit_elderly: int
    dependant_elderly_age: int
    dependant_young_from: int
    dependant_young_to: int
    age_to: int
    take_up: float
    pay_line: int
    wage_floor: int
    wage_take_up: float
    sectors: int
    sector_take_up: float
    covered_from: Annotated[int, made]
    covered_before: Annotated[int, made]
    wage_line: Annotated[int, made]
    expands: Annotated[bool, made]


class Ages(Record, domain=("coverage", "levy")):
    """Ages at which the facts of membership part: in the month of the birthday, for school age and adults in April."""

    preschool_to: int
    child_waiver_to: int
    care_from: int
    care_to: int
    early_elderly_age: int
    late_elderly_age: int


def law(p: Parameters, year: int) -> Law:
    """Return the law of a fiscal year.

    The first step of the register (R4) also reached the largest firms, covered since 2016: terms of two months
    instead of a year were enough from then on.
    """
    first = min(p.passport("coverage.smallest_firm").values or {})
    line = wage_line(p, year)
    return Law.of(
        p,
        year,
        covered_from=firm_class(p.value("coverage.smallest_firm", year)),
        covered_before=firm_class(p.value("coverage.smallest_firm", year - 1)) if year > first else len(FirmSize),
        wage_line=line,
        expands=_expands(p, year, line),
    )


def wage_line(p: Parameters, year: int) -> int:
    """Return the pay line that goes in October of a fiscal year, or 0."""
    first = min(p.passport("coverage.pay_line").values or {})
    line = int(p.value("coverage.pay_line", year))
    before = int(p.value("coverage.pay_line", year - 1)) if year > first else line
    return before if line < before else 0


def _expands(p: Parameters, year: int, line: int) -> bool:
    take_up, wages, sectors = (p.value(f"coverage.{n}take_up", year) for n in ("", "wage_", "sector_"))
    return bool(take_up > 0 or (line > 0 and wages > 0) or (p.value("coverage.sectors", year) and sectors > 0))


def firm_class(staff: int) -> int:
    """Return the FirmSize class that begins at a number of staff."""
    if staff not in _SMALLEST:
        allowed = ", ".join(map(str, _SMALLEST[1:]))
        raise ParameterError(f"coverage.smallest_firm is {staff}; the classes of firms begin at {allowed}")
    return _SMALLEST.index(staff)
