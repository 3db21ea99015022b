"""What is made of a register again and again, year after year, made once."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from sim.parameters.loader import Parameters

P = ParamSpec("P")
T = TypeVar("T")


def once(make: Callable[Concatenate[Parameters, P], T]) -> Callable[Concatenate[Parameters, P], T]:
    """Return a function of a register whose results are kept with that register, to be read and not written to.

    A register never changes: overrides, another region and another information date make another one, which begins
    with nothing kept. Further arguments must be hashable.
    """

    name = f"{make.__module__}.{make.__qualname__}"

    @functools.wraps(make)
    def kept(p: Parameters, *more: P.args, **named: P.kwargs) -> T:
        key = name, *more, *sorted(named.items())
        if key not in p.memo:
            p.memo[key] = make(p, *more, **named)
        return p.memo[key]  # type: ignore[return-value]

    return kept
