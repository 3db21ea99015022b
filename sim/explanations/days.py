"""Days that decide a bill: when an age is reached, who is insured on which day, when a duty to pay begins anew.

The tables of the simulation know months only; a family file knows days, and the law goes by them.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from sim.core.units import april, mask_between

_DAY = datetime.timedelta(days=1)


class Span(NamedTuple):
    """Days from `first` on, up to but not including `end` (資格取得日, 資格喪失日)."""

    first: datetime.date
    end: datetime.date

    def holds(self, day: datetime.date) -> bool:
        """Return whether the day lies in the span."""
        return self.first <= day < self.end

    def within(self, other: Span) -> Span:
        """Return the days of the span that lie in another."""
        return Span(max(self.first, other.first), min(self.end, other.end))

    def months(self, year: int) -> int:
        """Return the mask of months charged in a fiscal year: from the month of `first` to the one before `end`."""
        if self.first >= self.end:
            return 0
        return mask_between(month_of(self.first), month_of(self.end), april(year))


def month_of(day: datetime.date) -> int:
    """Return the month index of a date."""
    return (day.year - 1900) * 12 + day.month - 1


def first_of(month: int) -> datetime.date:
    """Return the first day of a month index."""
    return datetime.date(1900 + month // 12, month % 12 + 1, 1)


@lru_cache(maxsize=64)
def whole_year(year: int) -> Span:
    """Return the days of a fiscal year."""
    return Span(datetime.date(year, 4, 1), datetime.date(year + 1, 4, 1))


def reached(born: datetime.date, age: int) -> datetime.date:
    """Return the day on which an age is reached: the eve of the birthday (年齢計算ニ関スル法律, 民法143条2項).

    Where the year has no such birthday (29 February), the age is reached on the last day of the month.
    """
    if (born.month, born.day) == (2, 29):
        return datetime.date(born.year + age, 2, 28)
    return born.replace(year=born.year + age) - _DAY


def late_elderly_day(born: datetime.date, age: int) -> datetime.date:
    """Return the day from which the late-elderly scheme insures a person: the birthday (高確法52条)."""
    return reached(born, age) + _DAY


def duties(spans: Iterable[Span], year: int) -> list[Span]:
    """Return the spans of a fiscal year in which a household has an insured member, each a duty to pay of its own.

    A duty begins on 1 April or on the day somebody joins a household without insured members (納税義務の発生), and
    ends on the day the last one leaves.
    """
    found: list[Span] = []
    inside = sorted(span.within(whole_year(year)) for span in spans)
    for span in inside:
        if span.first >= span.end:
            continue
        if found and span.first <= found[-1].end:
            found[-1] = Span(found[-1].first, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def months_within(spans: Sequence[Span], duty: Span, year: int) -> int:
    """Return the mask of months charged for a person's spans within a duty."""
    mask = 0
    for span in spans:
        mask |= span.within(duty).months(year)
    return mask
