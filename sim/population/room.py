"""Columns with room behind them: a table that grows goes on in the memory it has.

What is not written takes no memory, only addresses.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeGuard

import numpy as np
from numpy.typing import DTypeLike, NDArray

_SPARE = 0.4
"""room behind a column, as a part of it: residents of eight years, and rows that re-packing leaves at the end"""


def with_room(rows: int, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[np.number]:
    """Return memory for so many rows and some more; nothing is in it yet."""
    return np.empty((rows + int(rows * _SPARE), *shape), dtype)


def fresh(rows: int, width: int, dtype: DTypeLike, default: float) -> NDArray[np.number]:
    """Return a column of new rows, of `width` values each or of one if that is 0, with room behind it."""
    room = np.zeros((rows + int(rows * _SPARE), *((width,) if width else ())), dtype)
    if default:
        room[:rows] = default
    return room[:rows]


def resized(column: NDArray[np.number], rows: int, dtype: np.dtype[np.number]) -> NDArray[np.number]:
    """Return a column with so many rows, in the memory it has as long as there is room."""
    room = column.base if _begins(column.base, column) else column
    if rows > len(room):
        room = with_room(rows, column.shape[1:], dtype)
        room[: len(column)] = column
    return room[:rows]


def read(path: Path) -> NDArray[np.number]:
    """Return the column of a .npy file, with room behind it."""
    with path.open("rb") as file:
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        column = with_room(shape[0], shape[1:], dtype)[: shape[0]]
        file.readinto(column.reshape(-1).view(np.uint8).data)
    return column


def _begins(room: object, column: NDArray[np.number]) -> TypeGuard[NDArray[np.number]]:
    """Return whether a column is the first rows of a larger array of its kind."""
    return (
        isinstance(room, np.ndarray)
        and (room.dtype, room.shape[1:]) == (column.dtype, column.shape[1:])
        and room.ctypes.data == column.ctypes.data
    )
