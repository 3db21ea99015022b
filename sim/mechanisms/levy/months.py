"""Masks of months."""

from __future__ import annotations

from sim.core.kernel import inner

FOREVER = 1 << 30
"""months until what has no end ends"""


@inner
def first_run(mask):
    """Return the first consecutive months of a mask."""
    return mask & ~(mask + (mask & -mask))


@inner
def count_months(mask):
    """Return the number of months in a mask of at most 16 bits."""
    x = mask - ((mask >> 1) & 0x5555)
    x = (x & 0x3333) + ((x >> 2) & 0x3333)
    x = (x + (x >> 4)) & 0x0F0F
    return (x + (x >> 8)) & 0x1F
