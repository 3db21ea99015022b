"""Ids of the households that people found on 1 April."""

from __future__ import annotations

from sim.core.kernel import kernel
from sim.core.rng import new_id


@kernel
def name_founded(key, year, pid, founders, ids):
    """Write the ids of the households that persons found, int64[founders]; founders int32 are their rows."""
    for k in range(founders.size):
        ids[k] = new_id(key, year, pid[founders[k]], 0)
