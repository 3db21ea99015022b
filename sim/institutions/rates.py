"""A year's premium rates of all municipalities, as arrays the levy can use."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

PORTION_COUNT = 4


@dataclass
class Rates:
    """Actual or standard rates of one year; all arrays int64[places, 4 portions] unless said otherwise.

    income_part    所得割, per 1,000,000 of base income (77_100 = 7.71 %)
    asset_part     資産割, per 1,000,000 of fixed-asset tax
    per_head       均等割, yen per insured and year
    per_household  平等割, yen per household and year
    per_adult      add-on per insured aged 18 or over, yen per year (child portion only)
    cap            賦課限度額, yen per household and year
    """

    income_part: NDArray[np.int64]
    asset_part: NDArray[np.int64]
    per_head: NDArray[np.int64]
    per_household: NDArray[np.int64]
    per_adult: NDArray[np.int64]
    cap: NDArray[np.int64]

    @classmethod
    def zeros(cls, places: int) -> Rates:
        return cls(*(np.zeros((places, PORTION_COUNT), np.int64) for _ in fields(cls)))
