"""Threads of a run: how many its kernels use, and that two runs of one process do not disturb each other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numba as nb
from numba.core import config

_SHARED_LAYERS = ("omp", "tbb")
"""threading layers of numba that may be used from several threads at a time; workqueue ends the process"""
_turn = threading.RLock()


@contextmanager
def threads_of(count: int | None) -> Iterator[None]:
    """Use `count` threads within, as far as numba was started with so many; afterwards as before."""
    before = nb.get_num_threads()
    if count:
        nb.set_num_threads(max(1, min(count, int(getattr(config, "NUMBA_NUM_THREADS", count)))))
    try:
        yield
    finally:
        nb.set_num_threads(before)


@contextmanager
def in_turn() -> Iterator[None]:
    """Let the runs of several threads of this process wait for each other where numba needs it."""
    if _shared():
        yield
        return
    with _turn:
        yield


def _shared() -> bool:
    try:
        return nb.threading_layer() in _SHARED_LAYERS
    except ValueError:  # not chosen yet: it is at the first kernel
        return False
