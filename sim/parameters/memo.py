"""What is made of a register again and again, year after year, made once.

A scenario or a study sets a few numbers of some hundreds. So what was made of one register serves another that was made
of the same one by other overrides, as long as they agree in the numbers that were read for it: while a function marked
`once` works, `Parameters` tells `read` each number and year it is asked for. `noted` tells a whole run the same.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from sim.parameters.loader import Parameters

P = ParamSpec("P")
T = TypeVar("T")
Key = tuple[object, ...]
"""a function and its arguments"""

Read = tuple[str, int]
"""a number and the fiscal year it was read for"""

_VARIANTS = 3
"""results of a function and its arguments that are kept for registers with other overrides, the latest ones"""
_reading: ContextVar[set[Read] | None] = ContextVar("reading", default=None)
"""numbers read so far by the function or the run at work"""


@dataclass(frozen=True)
class Made:
    """A result, and what it rests on: the numbers read for it, and what overrides said of them."""

    result: object
    reads: frozenset[Read]
    under: dict[Read, str]


def read(key: str, year: int) -> None:
    """Note that a number is read."""
    if (reads := _reading.get()) is not None:
        reads.add((key, year))


@contextmanager
def noted(reads: set[Read]) -> Iterator[None]:
    """Add to a set every number that is read within, by functions marked `once` or beside them."""
    token = _reading.set(reads)
    try:
        yield
    finally:
        _reading.reset(token)


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
        if (reads := _reading.get()) is not None:
            reads |= made.reads
        return made.result  # type: ignore[return-value]

    return kept


def _of_another(p: Parameters, key: Key) -> Made | None:
    """Return what was made of a register with other overrides, if it would be the same of this one."""
    return next((m for m in p.origin.variants.get(key, ()) if p.overrides_of(m.reads) == m.under), None)


def _made(p: Parameters, key: Key, make: Callable[[], object]) -> Made:
    reads: set[Read] = set()
    with noted(reads):
        result = make()
    made = Made(result, frozenset(reads), p.overrides_of(reads))
    p.origin.variants[key] = [made, *p.origin.variants.get(key, ())][:_VARIANTS]
    return made
