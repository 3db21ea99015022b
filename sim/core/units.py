"""Fiscal years, months and masks.

A *fiscal year* is an integer (2025 = R7, April 2025 to March 2026). A *month index* counts months
since January 1900, so that ages and dates are differences of integers. A *month mask* has twelve
bits, bit 0 = April, bit 11 = March.
"""

from __future__ import annotations

import re
import unicodedata

from sim.core.kernel import inner

MONTHS = 12
"""months of a year"""
ALL_MONTHS = 0b1111_1111_1111
MARCH = 1 << 11
"""mask of the last month of a fiscal year"""
_ERA_START = {"R": 2018, "H": 1988, "S": 1925}
"""the year before the first of each era, the latest era first"""
_FIRST, _LAST = 1900, 2100
"""whole numbers that may be a fiscal year"""
_KANJI = {"令和": "R", "平成": "H", "昭和": "S"}


def fiscal_year(text: int | str) -> int:
    """Return the fiscal year meant by 2026, "2026", "FY2026", "R8", "令和8年度", "H30" or "S63".

    Full-width letters and digits, and spaces between them, are understood. Raises ValueError with the accepted
    spellings.
    """
    if isinstance(text, int) and not isinstance(text, bool):
        if _FIRST <= text <= _LAST:
            return text
    else:
        plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", str(text)))[:20].removesuffix("年度").removesuffix("年")
        for kanji, letter in _KANJI.items():
            plain = plain.replace(kanji, letter)
        plain = plain.replace("元", "1")
        if match := re.fullmatch(r"(?:FY)?((?:19|20)[0-9]{2})", plain, re.IGNORECASE):
            return int(match[1])
        if match := re.fullmatch(r"([RHS])\.?([0-9]{1,2})", plain, re.IGNORECASE):
            return _ERA_START[match[1].upper()] + int(match[2])
    raise ValueError(f"'{text}' is not a fiscal year; write R8, 2026 or FY2026")


def era(year: int) -> str:
    """Return the Japanese-era spelling of a fiscal year: 2026 -> "R8"."""
    letter, start = next((pair for pair in _ERA_START.items() if year > pair[1]), ("S", _ERA_START["S"]))
    return f"{letter}{year - start}"


def april(year: int) -> int:
    """Return the month index of April of the fiscal year."""
    return (year - _FIRST) * 12 + 3


@inner
def age_at(born: int, month: int) -> int:
    """Return the age in full years in a month for a person born in month index `born`."""
    return (month - born) // 12


@inner
def mask_between(first: int, stop: int, opening: int) -> int:
    """Return the mask of the months `first` <= month < `stop` of the year that opens in `opening`."""
    low = max(first - opening, 0)
    high = min(stop - opening, 12)
    if high <= low:
        return 0
    return ((1 << high) - 1) & ~((1 << low) - 1)


@inner
def months_in(mask: int) -> int:
    """Return the number of months in a mask, without a loop."""
    pairs = mask - ((mask >> 1) & 0b0101_0101_0101)
    fours = (pairs & 0b0011_0011_0011) + ((pairs >> 2) & 0b0011_0011_0011)
    return (fours & 15) + ((fours >> 4) & 15) + (fours >> 8)
