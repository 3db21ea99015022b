"""The passport every number carries, and what the loader refuses."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

from sim.core.units import fiscal_year

Status = Literal["law", "published", "secondary", "derived", "estimated", "assumed", "imputed"]
"""law: statute or ordinance; published: official figure; secondary: repeated by others; derived: our
arithmetic on published figures; estimated: fitted to named targets; assumed: our choice, with a range
and a reason; imputed: filled in for a place without a figure of its own."""

Value = int | float | bool | str | list[int] | list[float]


class Expected(BaseModel):
    """How a value is carried into years for which it is not yet decided."""

    model_config = ConfigDict(extra="forbid")
    rule: Literal["carry", "grow"]
    rate: float = 0.0
    """yearly growth for rule `grow` (0.02 = 2 %), rounded to `step`"""
    step: int = 1
    reason: str


class Passport(BaseModel):
    """One parameter: value by year with unit, range, status and source."""

    model_config = ConfigDict(extra="forbid")
    label: str
    unit: str
    status: Status
    source: str
    value: Value | None = None
    values: dict[int, Value] | None = None
    range: tuple[float, float] | None = None
    choices: list[str] | None = None
    axis: str | None = None
    """meaning of the positions of a list value, e.g. "age 0-4, 5-9, …" """
    expected: Expected | None = None
    fitted_to: str | None = None
    reason: str | None = None
    note: str | None = None
    confirmed_until: int | None = None
    """last fiscal year for which the value is decided; later years are marked expected"""

    @field_validator("values", mode="before")
    @classmethod
    def _years(cls, raw: object) -> object:
        return {fiscal_year(k): v for k, v in raw.items()} if isinstance(raw, dict) else raw

    @field_validator("confirmed_until", mode="before")
    @classmethod
    def _confirmed(cls, raw: object) -> object:
        return fiscal_year(raw) if isinstance(raw, int | str) else raw

    @model_validator(mode="after")
    def _complete(self) -> Passport:
        if (self.value is None) == (self.values is None):
            raise ValueError("give either value (all years) or values (by fiscal year)")
        if self.status in ("assumed", "estimated") and self.range is None and self.choices is None and not self._flag():
            raise ValueError(f"a number that is {self.status} needs a range")
        if self.status == "assumed" and not self.reason:
            raise ValueError("an assumed number needs a reason")
        if self.status == "estimated" and not self.fitted_to:
            raise ValueError("an estimated number needs fitted_to, the target it was fitted to")
        return self

    def _flag(self) -> bool:
        sample = self.value if self.value is not None else next(iter((self.values or {}).values()), None)
        return isinstance(sample, bool | str)


class Source(BaseModel):
    """An entry of the source register."""

    model_config = ConfigDict(extra="forbid")
    title: str
    publisher: str = ""
    url: str = ""
    year: str = ""
    note: str = ""


class TablePassport(BaseModel):
    """Passport of a CSV table; every row of the table adds its own status and source_id."""

    model_config = ConfigDict(extra="forbid")
    label: str
    keys: list[str]
    columns: dict[str, str]
    """value column -> unit"""
    year: str
    """fiscal or calendar year(s) the rows speak of, or "column" if the table has a year column"""
    note: str = ""
