"""Parts of a yen: amounts are whole numbers of 1/12,000,000 yen.

A rate per 1,000,000 times months out of twelve is then whole, and so are tenths and percents of it. An amount becomes
yen by cutting, after each relief, so that every stage in yen is the difference of two cuts and the stages add up to
the bill exactly.
"""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inner

YEN = 12_000_000
YEN_MONTH = 1_000_000
"""a yen a year, for one month"""
QUARTER = YEN_MONTH // 4
TENTH = YEN_MONTH // 10
PERCENT = 100
PERCENT_OF_TENTH = TENTH // PERCENT


@inner
def cut(amount, less):
    """Return (yen by which taking `less` off lowers the amount, what is left of it in parts of a yen)."""
    if less == 0:
        return np.int64(0), np.int64(amount)
    return np.int64(amount // YEN - (amount - less) // YEN), np.int64(amount - less)
