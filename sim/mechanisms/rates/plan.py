"""Rates a scenario sets for municipalities (改定案, `rates_plan`): they go before every decision of the model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.institutions.memory import PORTIONS
from sim.institutions.rates import Rates
from sim.institutions.world import World
from sim.parameters import Parameters
from sim.parameters.memo import once

NONE = -1
"""value of a rate that a scenario leaves to the model"""
REASON = "rates_plan"
PARTS = {
    "income": "income_part",
    "asset": "asset_part",
    "per_head": "per_head",
    "per_household": "per_household",
    "per_adult": "per_adult",
}
"""part as a scenario calls it -> field of `Rates`"""


def adopt_plan(w: World, year: int, rates: Rates) -> NDArray[np.bool_]:
    """Put the plan's rates of a year into the rates decided; return bool[M]: whose rates this changes."""
    changed = np.zeros(w.places, bool)
    for k, portion in enumerate(PORTIONS):
        for part, field in PARTS.items():
            if part == "per_adult" and portion != "child":
                continue
            planned = _planned(w.p, portion, part, year)
            values = getattr(rates, field)[:, k]
            differs = (planned != NONE) & (planned != values)
            values[differs] = planned[differs]
            changed |= differs
    return changed


@once
def _planned(p: Parameters, portion: str, part: str, year: int) -> NDArray[np.int64]:
    return p.by_place(f"rates_plan.{portion}_{part}", year).astype(np.int64)
