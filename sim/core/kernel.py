"""The one home of compiled code: how a kernel is compiled, and how it runs over the rows of a table.

    @kernel                                   # the loop over rows; called from Python
    def collect(homes, people, chances, sums, low, high): ...

    @inline                                   # merged into its caller: sees whole tables
    def pay(homes, people, chances, i): ...

    @inner                                    # a small function of numbers
    def logistic(x): ...

    spread(collect, homes.hid.size, homes, people, chances, each=sums)

A kernel sees arrays, records and sums, fills them, allocates nothing and raises nothing. It works on the rows
low <= row < high. `spread` calls it for a number of spans of rows that depends on the number of rows alone, on as many
threads as numba may use; every span adds to sums of its own, and sums are whole numbers, so that no result depends on
threads. Division by zero follows numpy (no exception), since a kernel cannot say where it happened.
"""

from __future__ import annotations

import functools
import os
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Protocol, TypeVar, cast
from weakref import WeakSet

import numba as nb
import numpy as np
from numpy.typing import NDArray

F = TypeVar("F", bound=Callable[..., object])

_begun: WeakSet[Callable[..., None]] = WeakSet()
"""kernels that were called in this process"""


class Compiler(Protocol):
    """A decorator that compiles a function."""

    def __call__(self, function: F, /) -> F: ...


SPANS = 64
"""most spans of rows"""
_ROWS = 8_192
"""rows a span has at least, unless there are fewer rows than that: handing one out takes as long as a thousand rows"""
_PLAIN = {"cache": True, "error_model": "numpy", "_nrt": False}
"""No reference counts (_nrt): a kernel allocates nothing, and counting would cost more than some kernels' work."""

_njit = cast(Callable[..., Compiler], nb.njit)
"""numba's stub knows neither its own options nor how they are passed on"""
kernel = _njit(**_PLAIN, nogil=True)
"""Called from Python for a span of rows; runs without the interpreter's lock."""
inner = _njit(**_PLAIN, no_cfunc_wrapper=True)
"""A small function called from kernels, and from Python where wanted; inlined where LLVM sees fit."""
inline = _njit(**_PLAIN, inline="always")
"""Merged into its caller before compiling: for functions that take whole tables."""


Parts = NDArray[np.generic] | tuple[NDArray[np.generic], ...]
"""sums and scratch whose first axis is the span of rows"""
S = TypeVar("S", bound=np.generic)
Item = TypeVar("Item")
Result = TypeVar("Result")


def spans(rows: int, least: int = _ROWS) -> int:
    """Return in how many spans of `least` rows and more `rows` rows are worked on: 1 to SPANS, whatever the threads."""
    return max(1, min(SPANS, rows // least))


def spread(
    run: Callable[..., None],
    rows: int,
    *given: object,
    each: Parts | None = None,
    least: int = _ROWS,
    workspace: Callable[[], object] | None = None,
) -> None:
    """Call run(*given, own, low, high) for every span of rows, on threads; `own` is the span's part of `each`.

    run        a kernel; together the spans low <= row < high hold all rows once
    given      columns, records and numbers that every span sees
    each       array [spans(rows, least), ...], or a named tuple of such arrays: sums and scratch, a span gets its own
               part; without it `own` is left out
    least      rows a span has at least: fewer than usual where a row stands for much work
    workspace  makes large scratch, one for every thread and not for every span; then the kernel is called as
               run(*given, space, own, low, high), and `space` holds whatever the span before left in it

    The first span of a process goes alone, so that a kernel is compiled once.
    """
    count = spans(rows, least)
    idle: list[object] = []

    def one(span: int) -> None:
        own = () if each is None else (_part(each, span),)
        low, high = rows * span // count, rows * (span + 1) // count
        if workspace is None:
            run(*given, *own, low, high)
            return
        try:
            space = idle.pop()
        except IndexError:
            space = workspace()
        run(*given, space, *own, low, high)
        idle.append(space)

    begin = 0
    if run not in _begun:
        one(0)
        _begun.add(run)
        begin = 1
    at_once(one, range(begin, count))


def at_once(work: Callable[[Item], Result], items: Sequence[Item], most: int | None = None) -> list[Result]:
    """Return work(item) of all items in their order, on as many threads as numba may use, and `most` at most."""
    threads = min(nb.get_num_threads(), len(items), most or len(items))
    if threads <= 1:
        return [work(item) for item in items]
    done: dict[int, Result] = {}
    waiting = iter(range(len(items)))

    def help_out() -> None:
        try:
            for i in waiting:
                done[i] = work(items[i])
        except BaseException:
            deque(waiting, maxlen=0)  # whoever helps stops after the item at hand
            raise

    helpers = [_pool().submit(help_out) for _ in range(threads - 1)]
    try:
        help_out()
    finally:
        begun = [helper for helper in helpers if not helper.cancel()]
        wait(begun)
    for helper in begun:
        helper.result()
    return [done[i] for i in range(len(items))]


@functools.cache
def _pool() -> ThreadPoolExecutor:
    """Return the threads of this process: started when first needed, and kept; a small span takes less than a start."""
    return ThreadPoolExecutor(SPANS, thread_name_prefix="kernel")


os.register_at_fork(after_in_child=_pool.cache_clear)


def _part(each: Parts, span: int) -> object:
    """Return a span's part of an array or of a named tuple of arrays."""
    return type(each)(*(part[span] for part in each)) if isinstance(each, tuple) else each[span]


def scratch(rows: int, shape: tuple[int, ...], dtype: np.dtype[S] | type[S]) -> NDArray[S]:
    """Return undefined memory for every span of rows, array[spans(rows), *shape]."""
    return np.empty((spans(rows), *shape), dtype)
