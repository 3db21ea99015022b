"""Health programmes of the municipalities: how many each reaches in a fiscal year.

What was measured (places.health_checkups) holds until the next year that is known, levers of a scenario on top.
The reach of R4 is part of the level of cost that was fitted (`starts`): only what a programme reaches beyond it, or
no longer reaches, moves cost. Read by care, which lives the effects, and by whoever judges a municipality by them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Parameters
from sim.parameters.memo import once

Floats = NDArray[np.float64]

START = 2022
"""Fiscal year whose reach is part of the level of cost (R4)."""


@dataclass(frozen=True, kw_only=True)
class Levels:
    """Reach of each programme in a fiscal year, shares, float64[M].

    checkup_rate       of the members of 40-74 insured all year, those who take the health check (特定健診)
    guidance_rate      of those due for guidance, those who finish it (特定保健指導)
    generic_share      of generics by quantity (後発医薬品)
    duplicate_reach    of members with duplicate or many prescriptions (重複・多剤)
    nephropathy_reach  of members at risk of dialysis (糖尿病性腎症重症化予防)
    integrated_reach   of members of 65-74, by the integrated health of the elderly (一体的実施), beyond today's
    review_reach       of receipts, read once more by the insurer (レセプト点検), beyond today's
    sharing_reach      of care given with tests and drugs of other doctors in view (オンライン資格確認), beyond today's
    third_party_reach  of cases caused by a third party, those claimed (第三者行為求償)
    """

    checkup_rate: Floats
    guidance_rate: Floats
    generic_share: Floats
    duplicate_reach: Floats
    nephropathy_reach: Floats
    integrated_reach: Floats
    review_reach: Floats
    sharing_reach: Floats
    third_party_reach: Floats


_SET = (
    "generic_share",
    "duplicate_reach",
    "nephropathy_reach",
    "integrated_reach",
    "review_reach",
    "sharing_reach",
    "third_party_reach",
)
"""Reaches that are one number for all municipalities unless a scenario gives one its own; cost.… of the same name."""


@once
def levels(p: Parameters, year: int) -> Levels:
    """Return what the programmes reach in a year, levers of the scenario included."""
    return Levels(
        checkup_rate=_moved(p, "checkup", year),
        guidance_rate=_moved(p, "guidance", year),
        **{name: p.by_place(f"cost.{name}", year).astype(np.float64) for name in _SET},
    )


@once
def starts(p: Parameters, year: int) -> Levels:
    """Return the reach that is part of the level of cost, as seen in a year."""

    def everywhere(name: str) -> Floats:
        key = f"cost.{name.rpartition('_')[0]}_start"
        return np.full(len(p.codes()), float(p.value(key, year)))

    return Levels(
        checkup_rate=measured(p, "checkup_rate", START),
        guidance_rate=measured(p, "guidance_rate", START),
        **{name: everywhere(name) for name in _SET},
    )


@once
def measured(p: Parameters, column: str, year: int) -> Floats:
    """Return the last known rate of each municipality up to a year, before the first known one the first."""
    t = p.table("places.health_checkups").sort_values("fiscal_year")
    first = t.drop_duplicates("code").set_index("code")[column]
    last = t[t["fiscal_year"] <= year].drop_duplicates("code", keep="last").set_index("code")[column]
    return last.reindex(p.codes()).fillna(first).to_numpy(np.float64)


def _moved(p: Parameters, programme: str, year: int) -> Floats:
    """Return a measured rate as the scenario moves it: by points, and up to a goal."""
    own = measured(p, f"{programme}_rate", year) + p.by_place(f"cost.{programme}_rise", year)
    return np.clip(np.maximum(own, p.by_place(f"cost.{programme}_uptake", year)), 0.0, 1.0)
