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
    """

    checkup_rate: Floats
    guidance_rate: Floats
    generic_share: Floats
    duplicate_reach: Floats
    nephropathy_reach: Floats


def levels(p: Parameters, year: int) -> Levels:
    """Return what the programmes reach in a year, levers of the scenario included."""
    return Levels(
        checkup_rate=_moved(p, "checkup", year),
        guidance_rate=_moved(p, "guidance", year),
        generic_share=_set(p, "generic_share", year),
        duplicate_reach=_set(p, "duplicate_reach", year),
        nephropathy_reach=_set(p, "nephropathy_reach", year),
    )


def starts(p: Parameters, year: int) -> Levels:
    """Return the reach that is part of the level of cost, as seen in a year."""

    def everywhere(name: str) -> Floats:
        return np.full(len(p.codes()), float(p.value(f"cost.{name}_start", year)))

    return Levels(
        checkup_rate=measured(p, "checkup_rate", START),
        guidance_rate=measured(p, "guidance_rate", START),
        generic_share=everywhere("generic"),
        duplicate_reach=everywhere("duplicate"),
        nephropathy_reach=everywhere("nephropathy"),
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


def _set(p: Parameters, name: str, year: int) -> Floats:
    return p.by_place(f"cost.{name}", year).astype(np.float64)
