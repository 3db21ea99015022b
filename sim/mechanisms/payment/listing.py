"""The households at work, a few hundred rows at a time: which of them are billed or owe, and what is drawn for them.

Two of three rows have nothing to do with payment. The others are listed without a branch for the processor to guess,
and their draws are taken all at once (`core.ahead`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.ahead import draw_all
from sim.core.kernel import inline
from sim.core.rng import draw4, normal
from sim.mechanisms.payment.arrears import forget, older
from sim.mechanisms.payment.household import bill_of
from sim.mechanisms.payment.state import Sums

BLOCK = 512
"""rows looked through in one go: draws of those listed stay in the processor's nearest cache"""
_READINESS = 1
"""position of the draw of readiness among those that stay with a household"""


class Desk(NamedTuple):
    """What one thread works with: its sums, and room for the households at work.

    rows    uint64[BLOCK], of those listed
    ids     int64[BLOCK], theirs
    stays   float64[4, BLOCK], draws that stay with a household: the second taste for an account, the third whether the
            account is the default that it follows, the fourth whether it opts out of the deduction from its pension
    yearly  float64[years, 4, BLOCK], draws of a year: shock to readiness, instalments missed, of them late, whereabouts
    """

    sums: Sums
    rows: NDArray[np.uint64]
    ids: NDArray[np.int64]
    stays: NDArray[np.float64]
    yearly: NDArray[np.float64]

    @classmethod
    def empty(cls, places: int, years: int = 1) -> Desk:
        """Return a desk with sums at zero, with room for the draws of so many years."""
        rows, ids = np.zeros(BLOCK, np.uint64), np.zeros(BLOCK, np.int64)
        return cls(Sums.zeros(places), rows, ids, np.zeros((4, BLOCK)), np.zeros((years, 4, BLOCK)))


class Drawn(NamedTuple):
    """What is drawn for a household in a year: its readiness to pay, and uniforms; see `Desk`."""

    ready: np.float64
    taste: np.float64
    default: np.float64
    opt_out: np.float64
    shock: np.float64
    miss: np.float64
    late: np.float64
    lost: np.float64


@inline
def list_owing(homes, desk, low, high):
    """List the households low <= row < high that are billed or owe; return their number. The others are forgotten."""
    listed = 0
    for i in range(np.uint64(low), np.uint64(high)):
        owes = bill_of(homes, i) + homes.unpaid[i] + older(homes, i) > 0
        desk.rows[listed], desk.ids[listed] = i, homes.hid[i]
        listed += owes
        if (not owes) & ((homes.last_bill[i] != 0) | (homes.stage[i] != 0)):
            forget(homes, i)
    return listed


@inline
def list_billed(homes, desk, low, high):
    """List the households low <= row < high that are billed; return their number."""
    listed = 0
    for i in range(np.uint64(low), np.uint64(high)):
        desk.rows[listed], desk.ids[listed] = i, homes.hid[i]
        listed += bill_of(homes, i) > 0
    return listed


@inline
def draw_for(desk, draws, listed):
    """Take the draws of the households listed: those that stay with them, and those of each year from draws.year on."""
    ids = desk.ids[:listed]
    draw_all(desk.stays, draws.household, 0, ids, 0)
    for k in range(desk.yearly.shape[0]):
        draw_all(desk.yearly[k], draws.yearly, draws.year + k, ids, 0)


@inline
def readiness(homes, draws, i):
    """Return the household's readiness to pay, drawn when it is first asked for."""
    if math.isnan(homes.propensity[i]):
        homes.propensity[i] = normal(draw4(draws.household, 0, homes.hid[i], _READINESS)[0])
    return np.float64(homes.propensity[i])


@inline
def drawn(desk, ready, at, k):
    """Return what is drawn in year k for the household that is listed at `at`."""
    stays, year = desk.stays, desk.yearly[k]
    return Drawn(ready, *(stays[1, at], stays[2, at], stays[3, at]), year[0, at], year[1, at], year[2, at], year[3, at])
