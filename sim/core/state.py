"""The columns a step takes, by name: a named tuple whose fields say whether they are read or written.

    class Homes(NamedTuple):
        place: Read
        unpaid: Write

    homes = take(Homes, table)      # the arrays themselves; those only read cannot be written to

A kernel gets the tuple as it is: `homes.unpaid[i]`. What a step reads and writes is derived from the tuples it takes.
"""

from __future__ import annotations

import typing
from typing import Annotated, TypeVar, get_args

import numpy as np
from numpy.typing import NDArray

Read = Annotated[NDArray[np.number], "read"]
Write = Annotated[NDArray[np.number], "write"]

T = TypeVar("T", bound=tuple[object, ...])


def names(kind: type) -> tuple[str, ...]:
    """Return the columns of a tuple of columns."""
    return tuple(kind.__annotations__)


def written(kind: type) -> tuple[str, ...]:
    """Return the columns of a tuple of columns that are written."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return tuple(n for n in names(kind) if "write" in get_args(hints[n])[1:])


def read(kind: type) -> tuple[str, ...]:
    """Return the columns of a tuple of columns that are only read."""
    own = set(written(kind))
    return tuple(n for n in names(kind) if n not in own)


def take(kind: type[T], table: object) -> T:
    """Return the columns of a table (or of a step's view of it) as the named tuple."""
    return kind(*(getattr(table, name) for name in names(kind)))
