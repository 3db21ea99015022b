"""財政安定化支援事業: transfers of the general account for what an insurer cannot help, as local finance plans have it.

Three factors: many insured who cannot bear premiums (保険料負担能力), many old insured (年齢構成), many hospital beds
(病床数). A factor is the municipality's figure over the nation's; below a floor it earns nothing, at the nation's
mean the mean. The shares of the factors and the floor are assumptions: the notice of the ministry was not read.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Parameters

Yen = NDArray[np.int64]


def stabilisation_support(p: Parameters, year: int, members: Yen, low: Yen, old: Yen) -> Yen:
    """Return the transfer of each municipality, int64[M] yen.

    low, old  int64[M], insured in 7/5/2割軽減, and aged 65-74
    """
    floor = float(p.value("finance.stabilisation_floor", year))
    weights = np.asarray(p.value("finance.stabilisation_factors", year), np.float64)
    nation = np.asarray(p.value("finance.stabilisation_nation", year), np.float64)
    beds = np.full(len(members), float(p.value("finance.stabilisation_beds", year)))
    found = (_share(low, members) / nation[0], _share(old, members) / nation[1], beds)
    factor = sum(w * np.maximum((x - floor) / (1 - floor), 0.0) for w, x in zip(weights, found, strict=True))
    per_member = float(p.value("finance.stabilisation_support_per_member", year))
    return np.floor(members * (per_member / weights.sum()) * factor).astype(np.int64)


def _share(part: Yen, whole: Yen) -> NDArray[np.float64]:
    return np.divide(part, whole, out=np.zeros(len(whole)), where=whole > 0)
