"""Remission by ordinance (条例減免, NHI Act art. 77) for heads who earn much less than when the bill was set."""

from __future__ import annotations

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sim.core.rng import uniform
from sim.institutions.world import World


@nb.njit(cache=True)
def _remit(place, head, hid, income_drop, reach, share, key, year, out):
    """Write the part remitted of each household's bill, per 1,000,000; chosen by household and year."""
    for i in range(hid.size):
        if income_drop[head[i]] != 0 and uniform(key, year, hid[i], 0) < reach[place[i]]:
            out[i] = share[place[i]]


def remission(c: Any, w: World, year: int) -> NDArray[np.int64]:
    """Return the part of each household's bill that is remitted, per 1,000,000, int64[households]; [0] if none is."""
    reach = w.p.by_place("payment.remission_reach", year).astype(np.float64)
    if not reach.any():
        return np.zeros(1, np.int64)
    share = np.rint(w.p.by_place("payment.remission_share", year).astype(np.float64) * 1_000_000).astype(np.int64)
    homes = c.households
    out = np.zeros(homes.hid.size, np.int64)
    rest = (c.people.income_drop, reach, share, w.key("levy.remission"), year, out)
    _remit(homes.place, homes.head, homes.hid, *rest)
    return out
