"""Sums of floats, and whole numbers of them, that have the same bits on every processor and under every Python.

`@` and np.dot hand floats to BLAS, whose kernel, chosen by the processor, sets the order of the additions; the
built-in `sum` of floats compensates from Python 3.12 on and does not before. Whole numbers need none of this.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray


def total(values: ArrayLike) -> float:
    """Return the exactly rounded sum of all values, whatever their order and shape."""
    return math.fsum(np.asarray(values, np.float64).ravel().tolist())


def weighted(values: ArrayLike, weights: ArrayLike) -> float:
    """Return the sum of values x weights, each product rounded once, the sum exactly."""
    return total(np.asarray(values, np.float64) * np.asarray(weights, np.float64))


def last_axis(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sums over the last axis, halves added to halves: one order of additions, fast for large arrays."""
    while (n := values.shape[-1]) > 1:
        half = n // 2
        pairs = values[..., :half] + values[..., half : 2 * half]
        values = np.concatenate([pairs, values[..., 2 * half :]], axis=-1)
    return values[..., 0] if values.shape[-1] else np.zeros(values.shape[:-1])


def whole(values: ArrayLike) -> NDArray[np.int64]:
    """Return values rounded to whole numbers, same shape: what lies within a millionth of a half is a half.

    Processors disagree on the last bits of a power or a logarithm, and a sum of quarters of people lies on a half every
    fourth time: those bits would decide who exists.
    """
    return np.rint(np.round(np.asarray(values, np.float64), 6)).astype(np.int64)
