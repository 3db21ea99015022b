"""What the metropolis tells the municipalities in winter: the notice of the contribution (納付金の通知).

The mechanism `rates` writes a notice for every year it has computed; `finance` settles the year by it, outputs print
its figures per head, and the next notice looks back at its members. Contributions themselves are facts (`memory`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Notice for one fiscal year.

    members                    int64[M], persons: the insured the levy counts on
    elderly_grant              yen: elderly grant (前期高齢者交付金), provisional
    elderly_settlement         yen: settlement of the elderly grant of two years before
    special_paid_in            yen: paid into the pool for receipts above 4.2 million yen
    payments                   yen by portion: what is paid to the national pools (支援金, 介護・子ども納付金)
    contribution_per_head      yen: contribution, each portion over its own heads
    standard_premium_per_head  yen: premiums needed for the standard rates, each portion over its own heads
    """

    year: int
    members: NDArray[np.int64]
    elderly_grant: int
    elderly_settlement: int
    special_paid_in: int
    payments: dict[str, int]
    contribution_per_head: float
    standard_premium_per_head: float


@dataclass
class Notices:
    """The notices of a run, by the fiscal year they are for."""

    by_year: dict[int, Notice] = field(default_factory=dict)
