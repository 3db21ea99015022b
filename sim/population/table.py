"""A table of columns: people or households as plain numpy arrays of one length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sim.population.columns import HOUSEHOLDS, PEOPLE, Column


@nb.njit(cache=True, parallel=True)
def _gather(source, index, out):
    """out[i] = source[index[i]]; rows with a negative index are left as they are."""
    for i in nb.prange(index.size):
        j = index[i]
        if j >= 0:
            out[i] = source[j]


class Table:
    """Named columns of equal length. `table.salary` is the array itself."""

    def __init__(self, columns: tuple[Column, ...], rows: int = 0) -> None:
        self.columns = columns
        self.data: dict[str, NDArray[Any]] = {c.name: np.full(rows, c.default, c.dtype) for c in columns}

    @property
    def rows(self) -> int:
        return len(next(iter(self.data.values())))

    def __getattr__(self, name: str) -> NDArray[Any]:
        try:
            return self.__dict__["data"][name]
        except KeyError:
            raise AttributeError(f"no column '{name}'") from None

    def take(self, index: NDArray[np.integer]) -> None:
        """Reorder, drop and add rows in place: row i becomes old row index[i]; -1 makes a new row of defaults.

        Column after column, so that the memory needed on top is one column.
        """
        for c in self.columns:
            fresh = np.full(index.size, c.default, c.dtype)
            _gather(self.data[c.name], index, fresh)
            self.data[c.name] = fresh

    def nbytes(self) -> int:
        return sum(a.nbytes for a in self.data.values())


def people_table(rows: int = 0) -> Table:
    return Table(PEOPLE, rows)


def household_table(rows: int = 0) -> Table:
    return Table(HOUSEHOLDS, rows)


class View:
    """The columns a step declared, as attributes; columns it only reads are read-only."""

    def __init__(self, table: Table, reads: Iterable[str], writes: Iterable[str]) -> None:
        for name in set(reads) - set(writes):
            array = getattr(table, name).view()
            array.flags.writeable = False
            setattr(self, name, array)
        for name in writes:
            setattr(self, name, getattr(table, name))
        self.rows = table.rows


class Columns:
    """What a step sees: c.people.<column> and c.households.<column>."""

    def __init__(self, tables: Mapping[str, Table], reads: tuple[str, ...], writes: tuple[str, ...]) -> None:
        for kind, table in tables.items():
            wanted = [[n.partition(".")[2] for n in names if n.startswith(kind + ".")] for names in (reads, writes)]
            setattr(self, kind, View(table, *wanted))

    people: View
    households: View
