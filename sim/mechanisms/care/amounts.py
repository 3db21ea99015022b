"""Small functions of amounts that all of care shares."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inner
from sim.mechanisms.care.state import BIN_STEPS, BINS, JOINT_STEPS

_POINT = 10
"""yen of a point: costs are multiples of it"""
_COARSE = BIN_STEPS // JOINT_STEPS
_LOWER_BITS = 47
"""bits of a floating-point number below those of its bin: 52 of the fraction without the five highest (32 bins)"""
_BELOW_HALF = 1022 * BIN_STEPS - 1
"""number of the last bin below half a yen"""


@inner
def ten(yen):
    """Round an amount half up to 10 yen."""
    return np.int64(yen / 10.0 + 0.5) * _POINT


@inner
def bin_of(yen):
    """Return the bin of an amount: 0 for nothing, else 32 bins for each doubling.

    Exponent and highest bits of a floating-point number stand side by side, and are the number of the bin.
    """
    bits = np.float64(yen).view(np.int64)
    return max(0, min(BINS - 1, (bits >> _LOWER_BITS) - _BELOW_HALF))


@inner
def joint_of(number):
    """Return the bin of 4 for each doubling that a bin of 32 for each doubling lies in; 0 for nothing."""
    return (number + _COARSE - 1) // _COARSE
