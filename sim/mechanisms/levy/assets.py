"""Fixed-asset tax of the insured, on which the asset part (資産割) of some towns rests: who owns something.

Only where a town levies it is anything drawn: of each household one person, the head, may own land or a house in the
town. Owning hangs on the head's age and stays with the household; nobody's registers tell who owns what, so the shares
and the amounts are assumed (`levy.asset_owners`, `levy.asset_tax_median`, `levy.asset_tax_sigma`).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel import kernel
from sim.core.record import Floats, Record
from sim.core.rng import draw4, normal

_ALWAYS = 0
"""year of the draws: who owns something owns it in every year"""
_MONTHS = 12


class Assets(Record, domain="levy"):
    """Who owns what, see `law/levy.yaml`."""

    asset_owners: Floats
    asset_owner_step: int
    asset_tax_median: float
    asset_tax_sigma: float


class Towns(NamedTuple):
    """Where an asset part is levied, bool[places]; the key of the draws; the month index of April."""

    levied: NDArray[np.bool_]
    key: np.uint64
    april: int


@kernel
def own(homes, born, towns, assets, out, low, high):
    """Write the fixed-asset tax of the heads of households low <= h < high where an asset part is levied."""
    for h in range(low, high):
        if not towns.levied[homes.place[h]]:
            continue
        head = homes.head[h]
        age = (towns.april - np.int64(born[head])) // _MONTHS
        band = min(max(age // assets.asset_owner_step, 0), assets.asset_owners.size - 1)
        u, v, _, _ = draw4(towns.key, _ALWAYS, homes.hid[h])
        if u < assets.asset_owners[band]:
            out[head] = np.int64(assets.asset_tax_median * math.exp(assets.asset_tax_sigma * normal(v)))
