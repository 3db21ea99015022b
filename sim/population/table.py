"""A table of columns: people or households as plain numpy arrays of one length."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from threading import Lock
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel import at_once
from sim.population import kernels
from sim.population.columns import HOUSEHOLDS, PEOPLE, Column

N = TypeVar("N", bound=np.number)

_MOVERS = 4
"""columns moved at a time at most: each needs memory of its own on top"""


def filled(column: Column, rows: int) -> NDArray[np.number]:
    """Return a column of new rows; zeros cost no memory until they are written."""
    shape = (rows, column.width) if column.width else (rows,)
    return np.full(shape, column.default, column.dtype) if column.default else np.zeros(shape, column.dtype)


class Table:
    """Named columns of equal length. `table.salary` is the array itself."""

    def __init__(self, columns: tuple[Column, ...], rows: int = 0) -> None:
        self.columns = columns
        self.data: dict[str, NDArray[np.number]] = {c.name: filled(c, rows) for c in columns}
        self._lent: dict[int, NDArray[np.number]] = {}
        self._free: dict[int, list[NDArray[np.number]]] = {}

    def __getstate__(self) -> dict[str, object]:
        return {"columns": self.columns, "data": self.data}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state, _lent={}, _free={})

    @property
    def rows(self) -> int:
        return len(next(iter(self.data.values())))

    def __getattr__(self, name: str) -> NDArray[np.number]:
        try:
            return self.__dict__["data"][name]
        except KeyError:
            raise AttributeError(f"no column '{name}'") from None

    def borrow(self, kind: type[N], rows: int) -> NDArray[N]:
        """Return an array whose content is undefined, from memory used before if there is any.

        Touching memory for the first time costs more than working on it, and a re-packed population is
        gigabytes: hence the same few buffers serve year after year.
        """
        size = np.dtype(kind).itemsize
        free = self._free.setdefault(size, [])
        buffer = min((b for b in free if rows <= b.size <= 2 * rows), key=len, default=None)
        if buffer is None:
            free[:] = [b for b in free if not rows // 2 < b.size < rows]  # outgrown by what they served
            buffer = np.empty(rows + rows // 32, f"u{size}")
        else:
            free[:] = [b for b in free if b is not buffer]
        self._lent[id(buffer)] = buffer
        return buffer[:rows].view(kind)

    def give_back(self, array: NDArray[np.number]) -> None:
        """Let the memory of a borrowed array be used again; other arrays are left alone."""
        buffer = self._lent.pop(id(array.base), None)
        if buffer is not None:
            self._free.setdefault(buffer.itemsize, []).append(buffer)

    def replace(self, name: str, array: NDArray[np.number]) -> None:
        """Put an array in the place of a column."""
        self.give_back(self.data[name])
        self.data[name] = array

    def take(self, index: NDArray[np.integer]) -> None:
        """Reorder, drop and add rows in place: row i becomes old row index[i]; -1 makes a new row of defaults.

        A few columns at a time, so that the memory needed on top is a few columns. Memory is borrowed: an array
        of a column held from before may be overwritten by a later `take`.
        """
        rows = np.ascontiguousarray(index, np.int32)
        lock = Lock()

        def move(c: Column) -> None:
            old, word = self.data[c.name], f"u{np.dtype(c.dtype).itemsize}"
            with lock:
                new = self.borrow(np.dtype(c.dtype).type, rows.size * max(c.width, 1))
            if c.width:
                new = new.reshape(rows.size, c.width)
            gather = kernels.gather_rows if c.width else kernels.gather
            gather(old.view(word), rows, np.array([c.default], c.dtype).view(word)[0], new.view(word))
            with lock:
                self.replace(c.name, new)

        at_once(move, sorted(self.columns, key=lambda c: -np.dtype(c.dtype).itemsize), _MOVERS)

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
