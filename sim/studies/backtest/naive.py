"""The two rivals of every forecast: the last value, and the straight line through the last two.

Both see only what was public on the date. They take the latest figures on the same basis; where none on it was
public, those of the result the item falls back on.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sim.core.units import era
from sim.studies.backtest.facts import Fact

_RANK = {"final": 0, "provisional": 1}
"""which figure of a year counts: the one at 確定係数 before the one at 仮係数"""


@dataclass(frozen=True)
class Naive:
    """What the two rivals say, and the figures they took; nan where too few were public."""

    last: float
    last_from: str
    line: float
    line_from: str


def best(facts: Iterable[Fact]) -> dict[int, Fact]:
    """Return one figure a year: at 確定係数 before at 仮係数, else the one first public."""
    ordered = sorted(facts, key=lambda f: (f.year, _RANK.get(f.basis, 0), f.public, f.source))
    found: dict[int, Fact] = {}
    for fact in ordered:
        found.setdefault(fact.year, fact)
    return found


def public(facts: Iterable[Fact], date: dt.date) -> list[Fact]:
    """Return the facts public on a date."""
    return [fact for fact in facts if fact.public <= date]


def naive(facts: Sequence[Fact], instead: Sequence[Fact], family: str, date: dt.date, year: int) -> Naive:
    """Return the forecasts of the two rivals for a fiscal year, of one item and municipality.

    facts    figures of the item
    instead  results to take where no figure of the family was public
    """
    known = best(f for f in public(facts, date) if f.family == family and f.year < year)
    if not known:
        known = best(f for f in public(instead, date) if f.year < year)
    if not known:
        return Naive(math.nan, "", math.nan, "")
    *earlier, end = (known[y] for y in sorted(known))
    if not earlier:
        return Naive(end.value, _named(end), math.nan, "")
    start = earlier[-1]
    slope = (end.value - start.value) / (end.year - start.year)
    line = end.value + slope * (year - end.year)
    return Naive(end.value, _named(end), line, f"{_named(start)}, {_named(end)}")


def _named(fact: Fact) -> str:
    return f"{era(fact.year)} {fact.basis}"
