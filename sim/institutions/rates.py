"""A year's premium rates of all municipalities, as arrays the levy can use."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from sim.institutions.memory import PORTIONS
from sim.parameters import Parameters
from sim.parameters.memo import once

PORTION_COUNT = 4


@dataclass(kw_only=True)
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
        return cls(**{f.name: np.zeros((places, PORTION_COUNT), np.int64) for f in fields(cls)})


@once
def caps(p: Parameters, year: int) -> NDArray[np.int64]:
    """Return the ceilings of a year (賦課限度額), int64[places, 4]: the national limit, or less by ordinance.

    A municipality keeps its distance to the national limit after its last known year; a scenario's limit for one
    municipality is taken as it is. No cap is below zero, whatever the national limit becomes.
    """
    codes = p.codes()
    result = np.stack([p.by_place(f"levy.cap_{portion}", year) for portion in PORTIONS], axis=1).astype(np.int64)
    known, register = p.table("places.caps"), p.register()
    known = known[known["fiscal_year"] <= year].sort_values("fiscal_year")
    known = known.drop_duplicates(["code", "portion"], keep="last")
    for code, at, portion, cap in known[["code", "fiscal_year", "portion", "cap"]].itertuples(index=False):
        key = f"levy.cap_{portion}"
        if not p.is_set(key, year, int(code)):
            national = int(register.value(key, int(at)))
            result[codes.index(int(code)), PORTIONS.index(portion)] -= national - int(cap)
    return np.maximum(result, 0)
