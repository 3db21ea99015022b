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

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

SPANS = 64
"""most spans of rows"""
_ROWS = 2_048
"""rows a span has at least, unless there are fewer rows than that"""
_PLAIN: dict[str, Any] = {"cache": True, "error_model": "numpy", "_nrt": False}
"""No reference counts (_nrt): a kernel allocates nothing, and counting would cost more than some kernels' work."""

_njit: Any = nb.njit
kernel = _njit(**_PLAIN, nogil=True)
"""Called from Python for a span of rows; runs without the interpreter's lock."""
inner = _njit(**_PLAIN, no_cfunc_wrapper=True)
"""A small function called from kernels, and from Python where wanted; inlined where LLVM sees fit."""
inline = _njit(**_PLAIN, inline="always")
"""Merged into its caller before compiling: for functions that take whole tables."""
allocating = _njit(cache=True, error_model="numpy", nogil=True)
"""A kernel that makes arrays of its own: for what is not known in advance, never per person or household."""


def spans(rows: int, least: int = _ROWS) -> int:
    """Return in how many spans of `least` rows and more `rows` rows are worked on: 1 to SPANS, whatever the threads."""
    return max(1, min(SPANS, rows // least))


def spread(
    run: Callable[..., None],
    rows: int,
    *given: Any,
    each: Any = None,
    least: int = _ROWS,
    workspace: Callable[[], Any] | None = None,
) -> None:
    """Call run(*given, own, low, high) for every span of rows, on threads; `own` is the span's part of `each`.

    run        a kernel; together the spans low <= row < high hold all rows once
    given      columns, records and numbers that every span sees
    each       array [spans(rows, least), ...], or a named tuple of such arrays: sums and scratch, a span gets its own
               part; without it `own` is left out
    least      rows a span has at least: fewer than usual where a row stands for much work
    workspace  makes large scratch, one for every thread and not for every span; then the kernel is called as
               run(*given, space, own, low, high), and `space` holds whatever the span before left in it

    The first span goes alone, so that a kernel is compiled once.
    """
    count = spans(rows, least)
    idle: list[Any] = []

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

    one(0)
    threads = min(nb.get_num_threads(), count - 1)
    if threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(one, range(1, count)))
        return
    for span in range(1, count):
        one(span)


def _part(each: Any, span: int) -> Any:
    """Return a span's part of an array or of a named tuple of arrays."""
    return type(each)(*(part[span] for part in each)) if isinstance(each, tuple) else each[span]


def scratch(rows: int, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    """Return undefined memory for every span of rows, array[spans(rows), *shape]."""
    return np.empty((spans(rows), *shape), dtype)
