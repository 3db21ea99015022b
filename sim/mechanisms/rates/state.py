"""What rates take of the tables, and keep from one step to the next: calculations of a year, how rates were decided."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.state import Read

if TYPE_CHECKING:
    from sim.mechanisms.rates.chain import Chain


class People(NamedTuple):
    """Columns of the people counted in October."""

    insured_months: Read
    born: Read
    scheme: Read
    present: Read
    household: Read


class Homes(NamedTuple):
    """Columns of their households, over which standard rates may be found."""

    place: Read
    base_income: Read
    insured: Read
    insured_months: Read


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
