"""What a dozen rules ask for again and again, made once for a state of the tables."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from sim.parameters.loader import Parameters

P = ParamSpec("P")
T = TypeVar("T")

_made: dict[tuple[object, ...], object] = {}


def kept(make: Callable[Concatenate[Parameters, P], T]) -> Callable[Concatenate[Parameters, P], T]:
    """Return a function of the tables, and of what else it is given, with its results kept; not to be written to."""

    @functools.wraps(make)
    def found(p: Parameters, *more: P.args, **named: P.kwargs) -> T:
        key = make.__module__, make.__qualname__, p.ground, more, *sorted(named.items())
        if key not in _made:
            _made[key] = make(p, *more, **named)
        return _made[key]  # type: ignore[return-value]

    return found


def forget() -> None:
    """Drop what was made."""
    _made.clear()
