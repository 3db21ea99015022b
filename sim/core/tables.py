"""An output table: what its rows are, its keys, its columns with unit and meaning.

Who makes the rows declares the table beside them (`tables.py` of a mechanism) and records with it:

    FLOWS = OutputTable("flows", "Joins and leaves ...", ("year", "code", "cause"), {"persons": ("persons", "persons")})

    w.record(FLOWS, rows)           # refused where columns are not those declared
    w.record(FLOWS, lambda: rows)   # the same; rows are only made where the table is wanted

Rows are plain columns, name -> array, list or one value for all rows, or a data frame, which takes ten times as long to
make. A table becomes a data frame when the run is over (`joined`).

Money is yen, rates are fractions unless the unit says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import BalanceError


@dataclass(frozen=True)
class Labels:
    """A column of text that repeats itself: the texts, and which of them stands in each row, int64[rows]."""

    texts: Sequence[str]
    which: NDArray[np.int64]

    @classmethod
    def repeat(cls, texts: Sequence[str], times: int | Sequence[int]) -> Labels:
        """Return every text so many times, one text after the other."""
        return cls(texts, np.repeat(np.arange(len(texts)), times))

    @classmethod
    def tile(cls, texts: Sequence[str], times: int) -> Labels:
        """Return all texts, and all of them again, so many times."""
        return cls(texts, np.tile(np.arange(len(texts)), times))

    @property
    def size(self) -> int:
        return self.which.size


@dataclass(frozen=True)
class Known:
    """A column of whole numbers that may be unknown: in a year of which nothing is known, all are."""

    values: NDArray[np.int64]
    known: bool

    @property
    def size(self) -> int:
        return self.values.size


Columns = Mapping[str, object]
"""Rows of a table: name -> array, list, labels or counts, or one value for all rows; one column is no single value."""
Rows = TypeVar("Rows", pd.DataFrame, Columns)


@dataclass(frozen=True)
class OutputTable:
    """One table a run leaves behind. `columns` maps a value column to (unit, meaning)."""

    name: str
    meaning: str
    keys: tuple[str, ...]
    columns: dict[str, tuple[str, str]]

    def checked(self, rows: Rows) -> Rows:
        """Return rows with the declared columns in their order; BalanceError where others or fewer are there."""
        order = [*self.keys, *self.columns]
        if (found := list(rows)) == order:
            return rows
        extra, missing = set(found) - set(order), set(order) - set(found)
        if extra or missing:
            raise BalanceError(f"table {self.name}: not declared {sorted(extra)}, missing {sorted(missing)}")
        return rows[order] if isinstance(rows, pd.DataFrame) else {name: rows[name] for name in order}


def joined(parts: Sequence[pd.DataFrame | Columns]) -> pd.DataFrame:
    """Return the rows of all parts, one after another, as a data frame."""
    plain = [part for part in parts if not isinstance(part, pd.DataFrame)]
    if len(plain) < len(parts):
        return pd.concat([p if isinstance(p, pd.DataFrame) else joined([p]) for p in parts], ignore_index=True)
    whole = [_filled(part) for part in plain]
    columns = {name: _together([part[name] for part in whole]) for name in plain[0]}
    return pd.DataFrame(columns, copy=False)  # nobody else holds them


_Column = NDArray[np.generic] | Labels | Known


def _together(parts: Sequence[_Column]) -> NDArray[np.generic] | pd.api.extensions.ExtensionArray:
    """Return the column of all parts."""
    if labels := [part for part in parts if isinstance(part, Labels)]:
        before = np.cumsum([0, *(len(part.texts) for part in labels)])
        which = np.concatenate([part.which + n for part, n in zip(labels, before, strict=False)])
        return pd.array([text for part in labels for text in part.texts], dtype="str").take(which)
    if counts := [part for part in parts if isinstance(part, Known)]:
        unknown = np.repeat([not part.known for part in counts], [part.size for part in counts])
        return pd.arrays.IntegerArray(np.concatenate([part.values for part in counts]), unknown)
    return np.concatenate(parts)  # type: ignore[arg-type]


def _filled(columns: Columns) -> dict[str, _Column]:
    """Return columns of one length."""
    found = {name: v if isinstance(v, Labels | Known) else np.asarray(v) for name, v in columns.items()}
    rows = {v.size for v in found.values() if isinstance(v, Labels | Known) or v.ndim}
    if len(rows) != 1:
        raise BalanceError(f"columns of a table have {sorted(rows)} rows: {', '.join(columns)}")
    size = rows.pop()
    return {name: v if isinstance(v, Labels | Known) or v.ndim else np.full(size, v) for name, v in found.items()}
