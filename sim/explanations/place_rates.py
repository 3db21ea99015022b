"""The rates of one municipality and year as the kernel takes them, and what each portion's rest on."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import InputError
from sim.core.units import era
from sim.explanations.basis import Basis
from sim.institutions.memory import PORTIONS


@dataclass
class PlaceRates:
    """Rates of one municipality and year.

    table  records [4] by portion (`levy.state.rate_records`)
    bases  portion -> what its rates rest on; a portion that is missing has none
    notes  what is special about them
    """

    name: str
    form: str
    instalments: int
    table: NDArray[np.void]
    bases: dict[str, Basis] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    rounding_rule: str = "down"
    """down, or half_up where the ordinance rounds"""
    rounded_per: str = "household"
    """household, or person where each person's charges are rounded before they are added up"""

    @property
    def sources(self) -> dict[str, str]:
        """Return the source ids of each portion's rates."""
        return {portion: basis.source for portion, basis in self.bases.items()}

    def missing(self) -> list[str]:
        return [portion for portion in PORTIONS if portion not in self.bases]


def require(rates: PlaceRates, year: int, needed: set[str]) -> None:
    """Raise InputError when a portion the family owes has no rate: elsewhere, where the file gives none."""
    lacking = [portion for portion in rates.missing() if portion in needed]
    if lacking:
        parts = {"child": "income_part: 0.00%, per_head: 0, per_adult: 0"}
        raise InputError(
            f"{rates.name} {era(year)}: no rate of the portions {', '.join(lacking)} is known. "
            "Give those of its ordinance in the family file:\nrates:\n"
            + "\n".join(
                f"  {portion}: {{{parts.get(portion, 'income_part: 0.00%, per_head: 0')}}}" for portion in lacking
            )
        )
