"""What may be asked of a person or a household in an extract: the columns, and values worked out of them.

A field of the household of a person is written household.NAME, one of the head of a household head.NAME; place is the
municipality of either. Rows of the other table are no fields. State: as the tables stand after the last step of a year.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.core.units import april
from sim.population.codes import FirmSize, Kind, Leaving, Method, Relation, Residence, Scheme, Sex, Stage, Work
from sim.population.columns import HOUSEHOLDS, PEOPLE, Column
from sim.population.labels import CODES, HOUSEHOLDS_JA, PEOPLE_JA, Label

Rows = Literal["people", "households"]
ROWS: tuple[Rows, ...] = ("people", "households")
Sort = Literal["code", "place", "month", "number", "decimal", "flag", "id"]
Array = NDArray[np.generic]
Data = Mapping[Rows, Mapping[str, Array]]
"""the columns of both tables"""

_CODES: dict[str, type[IntEnum]] = {
    e.__name__: e for e in (Sex, Residence, Relation, Kind, Work, FirmSize, Scheme, Leaving, Method, Stage)
}
_MARCH = 11
_ROWS_OF_THE_OTHER = ("household", "start", "head")
_OF_BOTH = ("present", "insured_months", "care_months")


@dataclass(frozen=True, kw_only=True)
class Field:
    """A value of a person or a household.

    name    as it is written, "household.bill" for a value of the household of a person
    home    the table whose columns it is worked out of
    own     its name there
    sort    code (of an enum), place, month (since January 1900, 0 = never), number, decimal, flag or id
    dtype   of its values
    unit, ja, en    unit and meaning
    codes   the enum of a code
    """

    name: str
    home: Rows
    own: str
    sort: Sort
    dtype: str
    unit: str
    ja: str
    en: str
    codes: type[IntEnum] | None = None

    @property
    def labels(self) -> dict[str, Label]:
        """Name of each code in lower case -> Japanese and English label; empty for all but codes."""
        if self.codes is None:
            return {}
        return {c.name.lower(): pair for c, pair in zip(self.codes, CODES[self.codes], strict=True)}


_DERIVED: dict[Rows, tuple[tuple[str, Sort, str, str, str], ...]] = {
    "people": (
        ("age", "number", "int16", "years", "age on 1 April of the fiscal year; 0 for who is born in it"),
        ("insured_in_march", "flag", "bool", "yes/no", "insured by 国保 in March"),
        ("present_in_march", "flag", "bool", "yes/no", "on the register in March"),
    ),
    "households": (
        ("bill", "number", "int32", "yen/year", "billed, all portions"),
        ("owed", "number", "int64", "yen", "unpaid of this year's bill and of older ones"),
        ("insured_in_march", "flag", "bool", "yes/no", "with an insured member in March"),
    ),
}
"""Name, sort, dtype, unit and meaning of what is worked out of columns."""


def _of_column(c: Column, home: Rows, ja: str) -> Field:
    """Return a column as a field: months of a year are counted, arrears are summed over their years of origin."""
    codes = Stage if c.name == "stage" else _CODES.get(c.unit.removeprefix("code "))
    sort: Sort = "number"
    unit, dtype = c.unit, c.dtype
    if codes:
        sort, unit = "code", "code"
    elif c.name == "place":
        sort, unit = "place", "municipality"
    elif c.unit == "month index":
        sort, unit = "month", "month"
    elif c.unit == "month mask":
        unit, dtype = "months", "int8"
    elif c.width:
        dtype = "int64"
    elif c.unit == "0/1":
        sort, unit, dtype = "flag", "yes/no", "bool"
    elif c.unit == "id":
        sort = "id"
    elif c.dtype.startswith("float"):
        sort = "decimal"
    return Field(
        name=c.name, home=home, own=c.name, sort=sort, dtype=dtype, unit=unit, ja=ja, en=c.meaning, codes=codes
    )


@functools.cache
def _own(home: Rows) -> dict[str, Field]:
    """Return the fields of a table's own columns by name."""
    columns, ja = (PEOPLE, PEOPLE_JA) if home == "people" else (HOUSEHOLDS, HOUSEHOLDS_JA)
    fields = [_of_column(c, home, ja[c.name]) for c in columns if c.name not in _ROWS_OF_THE_OTHER]
    fields += [
        Field(name=name, home=home, own=name, sort=sort, dtype=dtype, unit=unit, ja=ja[name], en=en)
        for name, sort, dtype, unit, en in _DERIVED[home]
    ]
    return {f.name: f for f in fields}


@functools.cache
def fields(rows: Rows) -> dict[str, Field]:
    """Return all that may be asked of a row of people or households, by name."""
    other: Rows = "households" if rows == "people" else "people"
    word, ja, en = ("household", "世帯の", "household: ") if rows == "people" else ("head", "世帯主の", "head: ")
    found = dict(_own(rows))
    if rows == "people":
        found["place"] = _own(other)["place"]
    for f in _own(other).values():
        found[f"{word}.{f.name}"] = replace(f, name=f"{word}.{f.name}", ja=f"{ja}{f.ja}", en=f"{en}{f.en}")
    return found


@dataclass(frozen=True)
class Span:
    """Some rows of people or households of a year: the fields of them are read one by one.

    rows   whose rows they are
    which  the rows, a slice or row numbers
    """

    data: Data
    rows: Rows
    which: slice | NDArray[np.integer]
    year: int

    def values(self, field: Field) -> Array:
        """Return a field of the rows: codes, places and months as their numbers."""
        if field.home == self.rows:
            which = self.which
        else:
            link = "household" if self.rows == "people" else "head"
            which = self.data[self.rows][link][self.which]  # type: ignore[assignment]
        return _read(self.data[field.home], field.own, which, self.year)

    def only(self, mask: NDArray[np.bool_]) -> Span:
        """Return the rows of the span for which a mask holds."""
        first = self.which.start if isinstance(self.which, slice) else 0
        chosen = np.flatnonzero(mask) + first if isinstance(self.which, slice) else self.which[mask]
        return Span(self.data, self.rows, chosen, self.year)


def _read(table: Mapping[str, Array], name: str, which: slice | NDArray[np.integer], year: int) -> Array:
    """Return a column of some rows, or what is worked out of columns."""
    if name == "age":
        born = table["born"][which].astype(np.int32)
        return np.maximum((april(year) - born) // 12, 0).astype(np.int16)
    if name.endswith("_in_march"):
        mask = table["insured_months" if name.startswith("insured") else "present"][which]
        return (mask.astype(np.int32) >> _MARCH & 1).astype(bool)
    if name == "bill":
        parts = [table[f"bill_{x}"][which].astype(np.int32) for x in ("medical", "support", "care", "child")]
        return np.sum(parts, axis=0, dtype=np.int32)
    if name == "owed":
        older = table["arrears"][which].astype(np.int64).sum(axis=1)
        return older + table["unpaid"][which].astype(np.int64)
    values = table[name][which]
    if name == "arrears":
        return values.astype(np.int64).sum(axis=1)
    if name in _OF_BOTH:
        return np.bitwise_count(values)
    return values
