"""What the mechanism keeps from one step to the next: the calculations of a year, and how rates were decided."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.mechanisms.rates.chain import Chain


@dataclass
class Chains:
    """Calculations of November, by fiscal year; older ones than municipalities still need are dropped."""

    by_year: dict[int, Chain] = field(default_factory=dict)

    def forget_before(self, year: int) -> None:
        """Drop the calculations of the years before."""
        self.by_year = {y: c for y, c in self.by_year.items() if y >= year}


@dataclass
class Decisions:
    """How each municipality came to its rates: "confirmed", "plan", "council" …, object[M] by fiscal year."""

    reasons: dict[int, NDArray[np.object_]] = field(default_factory=dict)
