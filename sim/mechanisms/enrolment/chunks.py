"""Runs a kernel over a fixed number of spans of rows, on as many threads as numba may use.

The kernels release the interpreter lock. Compared with a parallel loop of numba this compiles in a third
of the time when a kernel takes many columns; the number of spans, and with it every sum, never depends on
the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numba as nb

CHUNKS = 64


def in_chunks(kernel: Callable[[int, int, int], None], rows: int) -> None:
    """Call kernel(chunk, low, high) for every chunk; together the spans low <= row < high hold all rows."""

    def run(chunk: int) -> None:
        kernel(chunk, rows * chunk // CHUNKS, rows * (chunk + 1) // CHUNKS)

    run(0)
    with ThreadPoolExecutor(nb.get_num_threads()) as pool:
        list(pool.map(run, range(1, CHUNKS)))
