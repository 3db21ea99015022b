"""Codes of payment: the enforcement state of a household, what is counted, and the classes of the tables."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray


class Stage(IntEnum):
    """How far collection from a household has gone; NONE exactly when it owes nothing past due."""

    NONE = 0
    REMINDED = 1
    """督促, within twenty days of the due date"""
    DUNNED = 2
    """催告"""
    INVESTIGATED = 3
    """財産調査, nothing found yet"""
    AGREED = 4
    """分納, instalment agreement"""
    SEIZED = 5
    """差押"""
    SUSPENDED = 6
    """執行停止"""
    SPECIAL_CARE = 7
    """特別療養費 (since December 2024; before: 資格証明書): pays care in full and is refunded on application"""


VINTAGES = 6
"""Fiscal years of origin: this year's bill, one to four years before, five or more years before."""

AGE_CLASSES = ("under 25", "25-34", "35-44", "45-54", "55-64", "65-74", "75 and over")
_AGE_STARTS = (25, 35, 45, 55, 65, 75)
STAY_MONTHS = np.array([12, 36, 120], np.int64)
"""Upper ends of the classes of length of stay of foreign heads: 1, 3 and 10 years."""
HOUSEHOLD_TYPES = ("one person", "couple", "with children or parents", "other")
TYPE_OF_KIND = np.array([0, 1, 2, 2, 2, 3, 3], np.int64)
RESIDENCES = ("Japanese", "permanent", "student", "worker", "family", "other")
METHODS = ("pension deduction", "account transfer", "slips")
INCOME_CLASSES = ("7割軽減", "5割・2割軽減", "taxed, below 2.1M yen", "2.1-6.0M yen", "above 6.0M yen")
INCOME_BOUNDS = np.array([2_100_000, 6_000_000], np.int64)
CELL_SHAPE = (len(AGE_CLASSES), len(HOUSEHOLD_TYPES), len(RESIDENCES), len(METHODS), len(INCOME_CLASSES))
CELLS = int(np.prod(CELL_SHAPE))
BIN_YEN = 20_000
BINS = 512
"""Bins of base income, of 20,000 yen, the last one open; deciles are built from them."""

CELL_MEASURES = (
    "households",
    "billed",
    "unknown",
    "paid",
    "unpaid_households",
    "nothing_paid",
    "insured_end",
    "arrears_households",
    "income",
)
(
    HOUSEHOLDS,
    BILLED,
    UNKNOWN,
    PAID,
    UNPAID_HOUSEHOLDS,
    NOTHING_PAID,
    INSURED_END,
    ARREARS_HOUSEHOLDS,
    INCOME,
) = range(len(CELL_MEASURES))

PLACE_MEASURES = (
    *CELL_MEASURES,
    "seized",
    "late_instalments",
    "switched",
    "charges",
    "opened",
    "stayed",
)
SEIZED, LATE_INSTALMENTS, SWITCHED, CHARGES, OPENED, STAYED = range(len(CELL_MEASURES), len(PLACE_MEASURES))

FLOWS = ("opening", "collected", "written_off", "closing")
OPENING, COLLECTED, WRITTEN_OFF, CLOSING = range(len(FLOWS))

STATES = ("paid", "partly", "not")


def age_class() -> NDArray[np.int64]:
    """Return the class of each age 0-120, int64[121]."""
    return np.searchsorted(_AGE_STARTS, np.arange(121), side="right").astype(np.int64)
