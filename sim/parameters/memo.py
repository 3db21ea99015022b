"""What is made of a register again and again, year after year, made once.

A scenario or a study sets a few numbers of some hundreds. So what was made of one register serves another that was made
of the same one by other overrides, as long as they agree in the numbers that were read for it: while a function marked
`once` works, `Parameters` tells `read` each number it is asked for.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from sim.parameters.loader import Parameters

P = ParamSpec("P")
T = TypeVar("T")
Key = tuple[object, ...]
"""a function and its arguments"""

_VARIANTS = 3
"""results of a function and its arguments that are kept for registers with other overrides, the latest ones"""
_reading: ContextVar[set[str] | None] = ContextVar("reading", default=None)
"""numbers read so far by the function at work"""


@dataclass(frozen=True)
class Made:
    """A result, and what it rests on: the numbers read for it, and what overrides said of them."""

    result: object
    reads: frozenset[str]
    under: dict[str, str]


def read(key: str) -> None:
    """Note that a number is read."""
    if (keys := _reading.get()) is not None:
        keys.add(key)


def once(make: Callable[Concatenate[Parameters, P], T]) -> Callable[Concatenate[Parameters, P], T]:
    """Return a function of a register whose results are kept, to be read and not written to.

    The register is read in the thread of the caller. Another region and another information date make another
    register, which begins with nothing kept. Further arguments must be hashable.
    """

    name = f"{make.__module__}.{make.__qualname__}"

    @functools.wraps(make)
    def kept(p: Parameters, *more: P.args, **named: P.kwargs) -> T:
        key = name, *more, *sorted(named.items())
        if (made := p.memo.get(key)) is None:
            made = p.memo[key] = _of_another(p, key) or _made(p, key, lambda: make(p, *more, **named))
        if (keys := _reading.get()) is not None:
            keys |= made.reads
        return made.result  # type: ignore[return-value]

    return kept


def _of_another(p: Parameters, key: Key) -> Made | None:
    """Return what was made of a register with other overrides, if it would be the same of this one."""
    return next((m for m in p.origin.variants.get(key, ()) if p.overrides_of(m.reads) == m.under), None)


def _made(p: Parameters, key: Key, make: Callable[[], object]) -> Made:
    token = _reading.set(keys := set[str]())
    try:
        result = make()
    finally:
        _reading.reset(token)
    made = Made(result, frozenset(keys), p.overrides_of(keys))
    p.origin.variants[key] = [made, *p.origin.variants.get(key, ())][:_VARIANTS]
    return made
