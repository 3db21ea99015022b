"""Remission by ordinance (条例減免, NHI Act art. 77) for heads who earn much less than when the bill was set."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline
from sim.core.rng import uniform


@inline
def remitted(homes, people, given, rules, h):
    """Return the part of a household's bill that is remitted, per 1,000,000; chosen by household and year."""
    town = rules.ordinance[homes.place[h]]
    may = people.income_drop[homes.head[h]] != 0 and town.remission_reach > 0.0
    if may and uniform(rules.key, rules.year, homes.hid[h], 0) < town.remission_reach:
        return town.remission_share
    return given.remission[min(np.int64(h), given.remission.size - 1)]
