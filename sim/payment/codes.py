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
SIZES = ("1", "2", "3", "4 and more")
STAYS = ("under 1 year", "1-2 years", "3-9 years", "10 years and over")
RESIDENCE_STAYS = (RESIDENCES[0], *(f"{status}, {stay}" for status in RESIDENCES[1:] for stay in STAYS))
DECILES = ("below 20,000 yen", *(f"decile {d}" for d in range(1, 11)))
"""By base income; the deciles are those of the insured households above the first bin."""
CLASSES = ("foreign head", "one person under 65", "one person of 65 and over", "couple or family", "other")
"""Classes of people.collection_by_group, which payment is fitted to; all but the first have a Japanese head."""

COUNTED = (
    ("age of head", AGE_CLASSES),
    ("household type", HOUSEHOLD_TYPES),
    ("insured members", SIZES),
    ("residence and stay", RESIDENCE_STAYS),
    ("method", METHODS),
    ("income class", INCOME_CLASSES),
    ("income decile", DECILES),
    ("household class", CLASSES),
)
"""Groups the kernel counts: every billed household stands once in each kind."""
BY_AGE, BY_TYPE, BY_SIZE, BY_STAY, BY_METHOD, BY_INCOME, BY_DECILE, BY_CLASS, GROUPS = (
    sum(len(names) for _, names in COUNTED[:k]) for k in range(len(COUNTED) + 1)
)
"""First row of each kind among the groups."""
BIN_YEN = 20_000
BINS = 512
"""Bins of base income, of 20,000 yen, the last one open; tenths of households are made of whole bins."""

MEASURES = (
    "households",
    "billed",
    "unknown",
    "paid",
    "unpaid_households",
    "nothing_paid",
    "insured_end",
    "arrears_households",
    "income",
    "arrears",
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
    ARREARS,
) = range(len(MEASURES))

PLACE_MEASURES = (
    *MEASURES,
    "seized",
    "late_instalments",
    "switched",
    "charges",
    "opened",
    "stayed",
    "slips_due",
    "prepaid",
    "counselled",
)
(
    SEIZED,
    LATE_INSTALMENTS,
    SWITCHED,
    CHARGES,
    OPENED,
    STAYED,
    SLIPS_DUE,
    PREPAID,
    COUNSELLED,
) = range(len(MEASURES), len(PLACE_MEASURES))

FLOWS = ("opening", "collected", "written_off", "closing", "suspended")
OPENING, COLLECTED, WRITTEN_OFF, CLOSING, SUSPENDED = range(len(FLOWS))

STATES = ("paid", "partly", "not")


def age_class() -> NDArray[np.int64]:
    """Return the class of each age 0-120, int64[121]."""
    return np.searchsorted(_AGE_STARTS, np.arange(121), side="right").astype(np.int64)


def rows_of(kind: str) -> slice:
    """Return the rows of a counted kind among the groups."""
    place = [name for name, _ in COUNTED].index(kind)
    first = sum(len(names) for _, names in COUNTED[:place])
    return slice(first, first + len(COUNTED[place][1]))
