"""The root of a rising function, element by element."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS = 100
"""most steps: four or five of Newton's reach the last bits; a target at the end of what is possible takes more"""
_CLOSE = 1e-14
"""a step that moves x by less than this part of it, or of 1, is the last"""


def root(rising: Callable[[Floats], tuple[Floats, Floats]], target: Floats, low: float, high: float) -> Floats:
    """Return x with value(x) = target, float64 of the target's shape, by Newton's steps, halving where one leads out.

    rising  returns value and slope; the value rises from `low` to `high`
    """
    a, b = np.full(target.shape, low), np.full(target.shape, high)
    x = (a + b) / 2
    for _ in range(_STEPS):
        value, slope = rising(x)
        above = value > target
        a, b = np.where(above, a, x), np.where(above, x, b)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = x - (value - target) / slope
        before, x = x, np.where((step >= a) & (step <= b), step, (a + b) / 2)
        if np.all(np.abs(x - before) <= _CLOSE * (1 + np.abs(x))):
            break
    return x
