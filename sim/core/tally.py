"""Sums that kernels count, declared once and by name.

    class Collected(Tally):
        billed: Yen                  # current year's bills
        households: Count

    sums = Collected.zeros(spans(rows), places, 2)      # one part a span of rows, then the axes of the sums
    spread(collect, rows, homes, each=sums)             # in the kernel: sums[place, foreign].billed += bill
    total = Collected.merged(sums) * weight             # total.billed: int64[places, 2]

All sums are whole numbers, so that neither threads nor the number of spans change them.
"""

from __future__ import annotations

import typing
from collections.abc import Mapping
from types import EllipsisType
from typing import Annotated, ClassVar, Self, SupportsIndex, TypeVar, cast, get_args, get_origin

import numpy as np
from numba.core import config
from numpy.typing import NDArray

Sum = NDArray[np.int64]
Records = np.recarray[tuple[int, ...], np.dtype[np.record]]
"""sums as a kernel adds to them: an attribute for each"""
Axis = SupportsIndex | slice | EllipsisType | NDArray[np.integer] | NDArray[np.bool]
Where = Axis | tuple[Axis, ...]
Yen = Annotated[Sum, "yen"]
Count = Annotated[Sum, "count"]
Months = Annotated[Sum, "months"]


class Tally:
    """Base of the sums of mechanisms: each annotation is a sum with its unit; see the module."""

    names: ClassVar[tuple[str, ...]] = ()

    def __init__(self, array: Sum) -> None:
        """Hold int64[..., sums], the sums of `names` along the last axis; each is an attribute."""
        if array.shape[-1] != len(self.fields()):
            raise ValueError(f"{type(self).__name__} has {len(self.fields())} sums, the array {array.shape[-1]}")
        self.array = array
        for k, name in enumerate(self.fields()):
            setattr(self, name, array[..., k])

    @classmethod
    def fields(cls) -> tuple[str, ...]:
        """Return the names of the sums in the order of their declaration, those of base classes first."""
        if "names" not in cls.__dict__:
            hints = typing.get_type_hints(cls, include_extras=True)
            cls.names = tuple(n for n, h in hints.items() if get_origin(h) is Annotated)
        return cls.names

    @classmethod
    def units(cls) -> dict[str, str]:
        """Return name -> unit."""
        hints = typing.get_type_hints(cls, include_extras=True)
        return {n: get_args(hints[n])[1] for n in cls.fields()}

    @classmethod
    def dtype(cls) -> np.dtype[np.void]:
        """Return the record type the kernel adds to."""
        return np.dtype([(name, np.int64) for name in cls.fields()])

    @classmethod
    def zeros(cls, *shape: int) -> Records:
        """Return sums at zero, records [shape]; the first axis is the span of rows."""
        return records(np.zeros(shape, cls.dtype()))

    @classmethod
    def merged(cls, sums: NDArray[np.void]) -> Self:
        """Return the sums over the spans of rows."""
        return cls(numbers(sums).sum(axis=0))

    def __mul__(self, weight: int) -> Self:
        """Return every sum times the weight of a sample."""
        return type(self)(self.array * weight)

    def __getitem__(self, where: Where) -> Self:
        """Return the sums at some places of their axes."""
        return type(self)(self.array[where])

    def sum(self, axis: int | tuple[int, ...], keepdims: bool = False) -> Self:
        """Return the sums over some of their axes, counted from the first."""
        return type(self)(self.array.sum(axis=axis, keepdims=keepdims))


def records(array: NDArray[np.void]) -> Records:
    """Return records for a kernel, which sees their attributes: to numba a plain array is the same, but quicker.

    Code that is not compiled asks the array itself for them.
    """
    return array.view(np.recarray) if getattr(config, "DISABLE_JIT", False) else cast(Records, array)


T = TypeVar("T", bound=Tally)


def extend(kind: type[T], sums: Mapping[str, object]) -> type[T]:
    """Return a tally with further sums, name -> unit, for what is listed in a table of its own."""
    return type(kind.__name__, (kind,), {"__annotations__": dict(sums), "__module__": kind.__module__})


def numbers(sums: NDArray[np.void]) -> Sum:
    """Return the same memory as int64[..., sums], for what is done to every sum alike."""
    return np.asarray(sums).view(np.int64).reshape(*sums.shape, -1)
