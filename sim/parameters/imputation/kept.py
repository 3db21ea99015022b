"""What a dozen rules ask for again and again, made once for a state of the tables."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from sim.parameters.loader import Parameters

T = TypeVar("T")

_made: dict[tuple[object, ...], object] = {}


def kept(make: Callable[[Parameters, int], T]) -> Callable[[Parameters, int], T]:
    """Return the function of register and year with its results kept; a result is not to be written to."""

    @functools.wraps(make)
    def found(p: Parameters, year: int) -> T:
        key = make.__qualname__, p.ground, year
        if key not in _made:
            _made[key] = make(p, year)
        return _made[key]  # type: ignore[return-value]

    return found


def forget() -> None:
    """Drop what was made."""
    _made.clear()
