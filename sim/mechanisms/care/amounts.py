"""Small functions of amounts that all of care shares."""

from __future__ import annotations

import math

import numpy as np

from sim.core.kernel import inner
from sim.mechanisms.care.state import BIN_STEPS, BINS, JOINT_STEPS

_POINT = 10
"""yen of a point: costs are multiples of it"""
_COARSE = BIN_STEPS // JOINT_STEPS


@inner
def ten(yen):
    """Round an amount half up to 10 yen."""
    return np.int64(yen / 10.0 + 0.5) * _POINT


@inner
def bin_of(yen):
    """Return the bin of an amount: 0 for nothing, else 32 bins for each doubling."""
    if yen <= 0:
        return 0
    fraction, power = math.frexp(yen)
    return min(BINS - 1, 1 + power * BIN_STEPS + int((fraction - 0.5) * (2 * BIN_STEPS)))


@inner
def joint_bin(yen):
    """Return the bin of an amount: 0 for nothing, else 4 bins for each doubling."""
    return (bin_of(yen) + _COARSE - 1) // _COARSE
