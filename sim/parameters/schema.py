"""The passport every number carries, and what the loader refuses."""

from __future__ import annotations

import calendar
import datetime
import functools
import math
import re
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, field_validator, model_validator

from sim.core.units import era, fiscal_year

Status = Literal["law", "published", "secondary", "derived", "estimated", "assumed", "imputed"]
"""law: statute or ordinance; published: official figure; secondary: repeated by others; derived: our
arithmetic on published figures; estimated: fitted to named targets; assumed: our choice, with a range
and a reason; imputed: filled in for a place without a figure of its own."""

Value = int | float | bool | str | list[int] | list[float]


_FIRST_YEAR = 1900
"""a smaller number of a parameter in fiscal years is no year: 0 stands for none"""


def published_day(text: str) -> datetime.date:
    """Return the day from which something is public: of 2024-11 the last day of the month, of 2024 that of the year.

    Raises ValueError with the accepted spellings.
    """
    match = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?", text.strip())
    try:
        if match is None:
            raise ValueError
        year, month = int(match[1]), int(match[2] or 12)
        return datetime.date(year, month, int(match[3] or calendar.monthrange(year, month)[1]))
    except (ValueError, calendar.IllegalMonthError):
        raise ValueError(f"'{text}' is no date; write 2024-11-26, 2024-11 or 2024") from None


def _known_on(raw: object) -> object:
    """Return one date, or a date by fiscal year, as a register gives them."""
    if isinstance(raw, dict):
        return {fiscal_year(year): published_day(str(day)) for year, day in raw.items()}
    return None if raw is None else published_day(str(raw))


KnownOn = Annotated[datetime.date | dict[int, datetime.date] | None, BeforeValidator(_known_on)]
"""since when a value is known: one date for all, or a date by fiscal year; a month or year counts as its last day"""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Expected(_Strict):
    """How a value is carried into years for which it is not yet decided."""

    rule: Literal["carry", "grow"]
    rate: float = 0.0
    """yearly growth for rule `grow` (0.02 = 2 %), rounded to `step`"""
    step: int = 1
    reason: str

    @model_validator(mode="after")
    def _sound(self) -> Expected:
        _written(self.reason, "expected.reason")
        if self.rule == "grow" and self.rate == 0:
            raise ValueError("rule grow needs a rate, for example rate: 0.02")
        if self.step < 1:
            raise ValueError("expected.step is a whole number of at least 1")
        return self


class Passport(_Strict):
    """One parameter: value by year with unit, range, status and source."""

    label: str
    unit: str
    status: Status
    source: str
    """an id in sources.yaml, or several joined by ';' """
    value: Value | None = None
    """the value of every year"""
    values: dict[int, Value] | None = None
    """value by fiscal year; the word `expected` marks a year the rule `expected` fills"""
    range: tuple[float, float] | None = None
    choices: list[str] | list[int] | None = None
    """the only values allowed, words or whole numbers"""
    axis: str | list[str] | None = None
    """meaning of the positions of a list value: a sentence ("age 0-4, 5-9, …") or one name per position"""
    regional: bool = False
    """whether the value is the region's to give (`sim.parameters.files`); one given here holds where it gives none"""
    by_place: bool = False
    """whether the mechanisms ask for the value of each municipality, so that a scenario may set one"""
    expected: Expected | None = None
    fitted_to: str | None = None
    reason: str | None = None
    note: str | None = None
    confirmed_until: int | None = None
    """last fiscal year for which the value is decided; later years are marked expected"""
    known_on: KnownOn = None
    """when the values became public, where the rule of `sim.parameters.vintages.known_day` is not right"""
    unknown: Value | None = None
    """value from the first year on that was not known, where the last known one must not be carried: 0 of a step"""
    structure: str | None = None
    """why all values are used on every information date, though some were published later"""

    @field_validator("values", mode="before")
    @classmethod
    def _years(cls, raw: object) -> object:
        if not isinstance(raw, dict):
            return raw
        years: dict[int, object] = {}
        for key, value in raw.items():
            year = fiscal_year(key)
            if year in years:
                raise ValueError(f"the year {key} is given twice")
            years[year] = value
        return {y: v for y, v in years.items() if v != "expected"}

    @field_validator("confirmed_until", mode="before")
    @classmethod
    def _confirmed(cls, raw: object) -> object:
        if isinstance(raw, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", raw):
            raw = datetime.date.fromisoformat(raw)
        if isinstance(raw, datetime.date):
            return raw.year if raw.month >= 4 else raw.year - 1
        return fiscal_year(raw) if isinstance(raw, int | str) else raw

    @model_validator(mode="before")
    @classmethod
    def _one_type(cls, raw: object) -> object:
        """Make all values floats when one of them is, so that a year never changes the type."""
        if not isinstance(raw, dict):
            return raw
        values = raw.get("values")
        if isinstance(values, dict) and any(type(v) is float for v in values.values()):
            unknown = raw.get("unknown")
            floats = {"values": {k: float(v) if type(v) is int else v for k, v in values.items()}}
            return {**raw, **floats, "unknown": float(unknown) if type(unknown) is int else unknown}
        return raw

    @model_validator(mode="after")
    def _complete(self) -> Passport:
        for name in ("label", "unit", "source"):
            _written(getattr(self, name), name)
        if (self.value is None) == (self.values is None):
            raise ValueError("give either value (all years) or values (by fiscal year)")
        if not self.all_values():
            raise ValueError("values is empty: give at least one year")
        if self.status in ("assumed", "estimated") and self.range is None and self.choices is None and not self._flag():
            raise ValueError(f"a number that is {self.status} needs a range")
        if self.status == "assumed" and not self.reason:
            raise ValueError("an assumed number needs a reason")
        if self.status == "estimated" and not self.fitted_to:
            raise ValueError("an estimated number needs fitted_to, the target it was fitted to")
        self._check_limits()
        self._check_types()
        self._check_dates()
        return self

    def _check_dates(self) -> None:
        """Refuse what says of years when they were known, or what holds before, where nothing is by year."""
        by_year = self.values or {}
        if not by_year and (self.known_on or self.unknown is not None or self.structure):
            raise ValueError("known_on, unknown and structure speak of values by year; value is one for all")
        if isinstance(self.known_on, dict) and (idle := sorted(set(self.known_on) - set(by_year))):
            raise ValueError(f"known_on gives {', '.join(map(era, idle))}, of which there is no value")
        if self.unknown is not None and (problem := self.objection(self.unknown)):
            raise ValueError(f"unknown: {problem}")

    def all_values(self) -> list[Value]:
        """Return every value of the passport, whatever its year."""
        return [self.value] if self.value is not None else list((self.values or {}).values())

    def sample(self) -> Value:
        """Return one value, to tell the type by."""
        return self.all_values()[-1]

    def _flag(self) -> bool:
        return isinstance(self.sample(), bool | str)

    def _check_limits(self) -> None:
        if self.range is not None and not self.range[0] <= self.range[1]:
            raise ValueError(f"range {list(self.range)} is upside down: write [lowest, highest]")
        for value in self.all_values():
            if problem := self.objection(value):
                raise ValueError(problem)

    def _check_types(self) -> None:
        kinds = {_kind(v) for v in self.all_values()}
        if len(kinds) > 1:
            raise ValueError(f"values of different types: {', '.join(sorted(kinds))}")
        lengths = {len(v) for v in self.all_values() if isinstance(v, list)}
        if lengths and not self.axis:
            raise ValueError("a list needs an axis: what its positions mean")
        if len(lengths) > 1:
            raise ValueError(f"lists of different length: {', '.join(map(str, sorted(lengths)))}")
        if lengths and isinstance(self.axis, list) and lengths != {len(self.axis)}:
            raise ValueError(f"the list has {lengths.pop()} values, its axis {len(self.axis)}")

    def objection(self, value: Value) -> str:
        """Return why the passport does not allow a value, or an empty string."""
        if self.choices is not None:
            return "" if value in self.choices else f"'{plain(value)}' is not one of the choices {self.allowed()}"
        if isinstance(value, str):
            words = "is text; a text needs choices (or unit: text), a number no unit sign"
            return "" if self.unit == "text" else f"'{value}' {words}"
        for number in value if isinstance(value, list) else [value]:
            if isinstance(number, float) and math.isnan(number):
                return "nan is not a number"
            if self.range is not None and not self.range[0] <= number <= self.range[1]:
                return f"{self.shown(number)} is outside the allowed {self.allowed()}"
        return ""

    def shown(self, value: object) -> str:
        """Return a value of this parameter as a person would write it."""
        if self.unit == "fiscal year" and isinstance(value, int | float) and value >= _FIRST_YEAR:
            return era(int(value))
        return plain(value)

    def allowed(self) -> str:
        """Return what values are allowed, in words: "0–1", "a or b", or an empty string."""
        if self.choices is not None:
            return ", ".join(map(str, self.choices))
        if isinstance(self.sample(), bool):
            return "true or false"
        return f"{self.shown(self.range[0])}–{self.shown(self.range[1])}" if self.range else ""


OF_REGION = frozenset(
    {"value", "values", "status", "source", "range", "expected", "fitted_to", "reason", "note"}
    | {"confirmed_until", "known_on", "unknown", "structure"}
)
"""fields of a passport a region gives of a number that is regional; all others are the nation's. A range of its own
says how uncertain its value is, where that of the nation holds for every prefecture"""
OF_TABLE = frozenset({"year", "note", "known_on", "structure", "structure_until"})
"""fields of the passport of a table a region gives of its own rows"""


class Source(_Strict):
    """An entry of the source register."""

    title: str
    publisher: str = ""
    url: str = ""
    year: str = ""
    note: str = ""
    published: str = ""
    """date, month or year of publication; empty where nothing says it"""

    @field_validator("published")
    @classmethod
    def _dated(cls, text: str) -> str:
        if text:
            published_day(text)
        return text

    @functools.cached_property
    def day(self) -> datetime.date | None:
        """The day from which the source is public; without `published` the end of its `year`, else None."""
        if self.published:
            return published_day(self.published)
        year = re.match(r"\d{4}", self.year)
        return published_day(year[0]) if year else None


BASES = ("result", "provisional", "final", "budget", "plan", "goal", "rule")
"""What a published figure is: 決算・実績, an estimate at 仮係数 or 確定係数, 予算, 計画, 目標, 制度."""
ESTIMATES = ("provisional", "final")
"""What the metropolis expected when it set a contribution; compared with the model's own expectation."""


class TablePassport(_Strict):
    """Passport of a CSV table; every row of the table adds its own status and source_id."""

    label: str
    keys: list[str]
    columns: dict[str, str]
    """value column -> unit"""
    year: str
    """fiscal or calendar year(s) the rows speak of, or "column" if the table has a year column"""
    note: str = ""
    known_on: KnownOn = None
    """when rows became public, where that is not the day of their last source: one date, or one by year of the row"""
    structure: str | None = None
    """why rows are used on every information date, though they were published later"""
    structure_until: int | None = None
    """last year whose rows `structure` speaks of; rows of later years are dropped like any others"""

    @field_validator("structure_until", mode="before")
    @classmethod
    def _until(cls, raw: object) -> object:
        return fiscal_year(raw) if isinstance(raw, int | str) else raw


def plain(value: object) -> str:
    """Return a value as a person would write it: 650,000, 0.05, true, [1, 2]."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return f"[{', '.join(plain(v) for v in value)}]"
    if isinstance(value, int | float):
        whole = math.isfinite(value) and float(value).is_integer() and abs(value) < 1e15
        return f"{int(value):,}" if whole else f"{value:.10g}"
    return str(value)


def _written(text: str, name: str) -> None:
    if not text.strip():
        raise ValueError(f"{name} is empty")


def _kind(value: Value) -> str:
    if isinstance(value, list):
        return "list"
    if isinstance(value, bool):
        return "true/false"
    return "text" if isinstance(value, str) else "number"
