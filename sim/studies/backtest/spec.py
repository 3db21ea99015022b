"""What a back-test is made of: dates, ranges, and what could not be known, from scenarios/studies/backtest.yaml."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator, model_validator

from sim.core.errors import InputError, ParameterError, nearest
from sim.core.units import fiscal_year
from sim.parameters import Parameters
from sim.parameters.schema import BASES
from sim.parameters.vintages import information_date
from sim.scenario.document import read_plain
from sim.studies.backtest.facts import PublicBy
from sim.studies.backtest.items import names_known
from sim.studies.sensitivity.spec import Factor

FILE = Path("scenarios/studies/backtest.yaml")

Points = NDArray[np.float64]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Date(_Strict):
    """A date of which a forecast is made, with the reason for it."""

    as_of: dt.date
    reason: str

    @property
    def year(self) -> int:
        """Return the fiscal year the date lies in."""
        return self.as_of.year - (self.as_of.month < 4)


class Rule(_Strict):
    """By which day the figures of a basis are public."""

    day: str
    years: int
    undated_only: bool
    reason: str

    @field_validator("day")
    @classmethod
    def _month_and_day(cls, text: str) -> str:
        try:
            dt.date.fromisoformat(f"2024-{text}")
        except ValueError:
            raise ValueError(f"'{text}' is no month and day; write 03-31") from None
        return text

    def rule(self) -> PublicBy:
        month, day = (int(word) for word in self.day.split("-"))
        return PublicBy(month, day, self.years, self.undated_only)


class Range(_Strict):
    """What a parameter may be from the year after the date on: one of values, add and scale, [lowest, highest]."""

    values: tuple[float, float] | None = None
    add: tuple[float, float] | None = None
    scale: tuple[float, float] | None = None
    distribution: Literal["uniform", "triangular"]
    reason: str

    @model_validator(mode="after")
    def _one_way(self) -> Range:
        given = [ends for ends in (self.values, self.add, self.scale) if ends is not None]
        if len(given) != 1:
            raise ValueError("write one of values, add, scale: [lowest, highest]")
        if not given[0][0] < given[0][1]:
            raise ValueError(f"{list(given[0])} is no range; write [lowest, highest]")
        return self

    def factor(self, key: str, since: int) -> Factor:
        """Return the parameter as studies vary it, from a fiscal year on."""
        for way in ("values", "add", "scale"):
            if ends := getattr(self, way):
                return Factor(key, ends[0], ends[1], way, since)
        raise AssertionError(key)


class Note(_Strict):
    """Something decided after a date that moved the figures of a year."""

    year: int
    decided: dt.date
    items: tuple[str, ...]
    text: str
    source: str

    @field_validator("year", mode="before")
    @classmethod
    def _fiscal_year(cls, raw: object) -> int:
        return fiscal_year(raw if isinstance(raw, int) else str(raw))

    @field_validator("items")
    @classmethod
    def _known(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        names = names_known()
        for pattern in patterns:
            if not any(fnmatch(name, pattern) for name in names):
                raise ValueError(f"no item is called '{pattern}'{nearest(pattern, names)}")
        return patterns


class Structure(_Strict):
    """Parameters and tables (patterns) read in one state only that hold no figure some items are to forecast."""

    names: tuple[str, ...]
    reason: str
    items: tuple[str, ...] = ("*",)
    """patterns of the items for which they are no leak"""


class Spec(_Strict):
    """A back-test as its file declares it."""

    name: str
    scenario: str
    seed: int
    dates: tuple[Date, ...]
    public_by: dict[str, Rule]
    parameters: dict[str, Range]
    structure: tuple[Structure, ...] = ()
    notes: tuple[Note, ...] = ()

    @field_validator("public_by")
    @classmethod
    def _bases(cls, rules: dict[str, Rule]) -> dict[str, Rule]:
        for basis in rules:
            if basis not in BASES:
                raise ValueError(f"no basis '{basis}'; allowed: {', '.join(BASES)}")
        return rules

    def rules(self) -> dict[str, PublicBy]:
        return {basis: rule.rule() for basis, rule in self.public_by.items()}

    def chosen(self, dates: tuple[str, ...] | list[str] | None) -> tuple[Date, ...]:
        """Return the dates asked for, all of them if none; InputError for one that is no date or not in the file."""
        if not dates:
            return self.dates
        known = {date.as_of: date for date in self.dates}
        found = []
        for text in dates:
            try:
                day = information_date(text)
            except ParameterError as error:
                raise InputError(f"as of '{text}': {error}") from None
            if day not in known:
                allowed = ", ".join(d.isoformat() for d in known)
                raise InputError(f"the study {self.name} declares no forecast as of {text}; its dates: {allowed}")
            found.append(known[day])
        return tuple(dict.fromkeys(found))

    def is_structure(self, name: str, item: str) -> bool:
        """Return whether a parameter or table is structure to an item: known later, and no leak."""
        return any(_fits(name, own.names) and _fits(item, own.items) for own in self.structure)

    def told(self, item: str, year: int, as_of: dt.date) -> str:
        """Return what moved an item in a year and was decided only after the date."""
        texts = [
            f"{note.text} (decided by {note.decided}, {note.source})"
            for note in self.notes
            if note.year == year and note.decided > as_of and any(fnmatch(item, pattern) for pattern in note.items)
        ]
        return "; ".join(texts)


def read_spec(path: Path | str | None = None) -> Spec:
    """Return the back-test of a file, the shipped one if none is given; InputError says every mistake with its key."""
    file = Path(path or FILE)
    data = read_plain(file, "study")
    try:
        spec = Spec.model_validate(data)
    except ValidationError as error:
        lines = [f"{file}: {'.'.join(str(word) for word in e['loc'])}: {_said(e['msg'])}" for e in error.errors()]
        raise InputError("\n".join(lines)) from None
    register = Parameters.load()
    unknown = [key for key in spec.parameters if key not in register.passports]
    if unknown:
        raise InputError(
            "\n".join(f"{file}: parameters.{k}: no such parameter{nearest(k, register.passports)}" for k in unknown)
        )
    sources = [note.source for note in spec.notes if note.source not in register.sources]
    if sources:
        raise InputError(f"{file}: notes: not in sources.yaml: {', '.join(sources)}")
    return spec


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")


def draws(spec: Spec, date: Date, members: int, p: Parameters) -> list[dict[Factor, float]]:
    """Return for each member of an ensemble where every uncertain parameter stands.

    A Latin hypercube of the declared distributions. The seed is the spec's and the date's; no published figure enters.
    """
    from scipy.stats import qmc  # half a second to import, and every report imports this module

    factors = {key: range_.factor(key, date.year + 1) for key, range_ in spec.parameters.items()}
    seed = np.random.default_rng([spec.seed, date.as_of.toordinal()])
    cube = qmc.LatinHypercube(len(factors), rng=seed).random(members)
    columns = [placed(cube[:, i], spec.parameters[key], factor, p) for i, (key, factor) in enumerate(factors.items())]
    return [
        {factor: float(column[m]) for factor, column in zip(factors.values(), columns, strict=True)}
        for m in range(members)
    ]


def placed(u: Points, range_: Range, factor: Factor, p: Parameters) -> Points:
    """Return where numbers between 0 and 1 lie in a range, by its distribution; float64[members]."""
    from scipy.stats import triang

    width = factor.high - factor.low
    if range_.distribution == "uniform":
        return factor.low + u * width
    peak = (factor.centre(p) - factor.low) / width
    return np.asarray(triang.ppf(u, peak, loc=factor.low, scale=width), np.float64)


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)
