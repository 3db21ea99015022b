"""Published figures a forecast can be judged by, each with the day it became public.

A finder takes the register and yields the facts of one item. Facts of the whole prefecture bear its code; rates a
group has in common bear the code of the group and stand once, not once a member.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd

from sim.parameters import Parameters
from sim.parameters.groups import followers
from sim.parameters.places import prefectural
from sim.parameters.schema import ESTIMATES

WHOLE = 0
"""stands for the code of the prefecture as a whole where no register is at hand"""
FAR = dt.date.max
"""day of a figure of which nothing says when it became public"""


@dataclass(frozen=True)
class Fact:
    """One published figure: of what, for which fiscal year, on what basis, and since when it is public."""

    item: str
    year: int
    value: float
    basis: str
    published_on: str
    """as the register has it: a day, a month, a year or nothing"""
    source: str
    code: int
    part: str = ""
    """portion of a rate or contribution, empty for a whole"""
    public: dt.date = FAR
    """the first day on which it may be used, see `dated`"""

    @property
    def family(self) -> str:
        """Return what it may be compared with: estimates at 仮係数 and 確定係数 are one family."""
        return "estimate" if self.basis in ESTIMATES else self.basis


Finder = Callable[[Parameters], Iterator[Fact]]


@dataclass(frozen=True)
class PublicBy:
    """The day by which figures of a basis are public: month and day, `years` after the calendar year of April."""

    month: int
    day: int
    years: int
    undated_only: bool
    """whether the rule speaks only where the page bears no date"""

    def of(self, year: int) -> dt.date:
        """Return the day for a fiscal year."""
        return dt.date(year + self.years, self.month, self.day)


def dated(facts: Iterable[Fact], rules: Mapping[str, PublicBy]) -> list[Fact]:
    """Return the facts with the day they became public.

    That is the last day their `published_on` can mean. Where a rule of their basis names an earlier day, as for an
    estimate read years later from another page, it is that day; a figure with neither is never public.
    """
    return [replace(fact, public=_public(fact, rules.get(fact.basis))) for fact in facts]


def _public(fact: Fact, rule: PublicBy | None) -> dt.date:
    told = last_day(fact.published_on)
    if rule is None or (rule.undated_only and told is not None):
        return told or FAR
    return min(told or FAR, rule.of(fact.year))


def last_day(text: str) -> dt.date | None:
    """Return the last day a date, month or year can mean, None for an empty text."""
    if not text:
        return None
    year, month, day = (*(int(word) for word in text.split("-")), 0, 0)[:3]
    month = month or 12
    return dt.date(year, month, day or calendar.monthrange(year, month)[1])


def targets(name: str, *items: str) -> Finder:
    """Return the finder of totals of the prefecture: rows of `targets.totals` that bear one of the names."""

    def find(p: Parameters) -> Iterator[Fact]:
        table = p.rows("targets.totals")
        for row in table[table["item"].isin(items)].itertuples():
            yield Fact(
                name,
                int(row.fiscal_year),
                float(row.value),
                str(row.basis),
                _text(row.published_on),
                row.source_id,
                p.region.code,
            )

    return find


def municipal(name: str, wanted: str, basis: str, part: str = "", code: int | None = None) -> Finder:
    """Return the finder of single figures of municipalities (`places.municipal_facts`).

    code  whose figure it is, where a municipality printed that of others
    """

    def find(p: Parameters) -> Iterator[Fact]:
        table = p.rows("places.municipal_facts")
        for row in table[table["item"] == wanted].itertuples():
            whose = int(row.code) if code is None else p.region.code if code == WHOLE else code
            day = page_day(p, row.source_id)
            yield Fact(name, int(row.fiscal_year), float(row.value), basis, day, row.source_id, whose, part)

    return find


def page_day(p: Parameters, sources: str) -> str:
    """Return the date the last of some pages (joined by ';') bears; nothing where one of them bears none."""
    days = [p.sources[name.strip()].published for name in sources.split(";")]
    return max(days, key=lambda text: last_day(text) or FAR) if all(days) else ""


def together(*finders: Finder) -> Finder:
    """Return the finder of what several find."""
    return lambda p: (fact for find in finders for fact in find(p))


def collection(name: str) -> Finder:
    """Return the finder of current-year collection rates of municipalities and groups of them, as shares."""

    def find(p: Parameters) -> Iterator[Fact]:
        t = p.rows("places.collection_rates")
        for row in t[(t["item"] == "current_year") & (t["group"] == "all") & ~prefectural(t["code"])].itertuples():
            yield Fact(name, int(row.fiscal_year), float(row.value) / 100, "result", "", row.source_id, int(row.code))

    return find


Column = Literal["income_part", "per_head"]


def actual_rates(name: str, column: Column) -> Finder:
    """Return the finder of actual rates by municipality and portion, the rates of a group once."""

    def find(p: Parameters) -> Iterator[Fact]:
        known: dict[tuple[int, int, str], Fact] = {}
        for table in ("places.group_rates", "places.actual_rates", "places.further_rates"):
            for fact in _rates(p, table, name, column):
                known.setdefault((fact.code, fact.year, fact.part), fact)
        yield from known.values()

    return find


def _rates(p: Parameters, table: str, name: str, column: Column) -> Iterator[Fact]:
    """Yield the rates of one table; a rate of no part of its kind (0 per head) is no figure to be forecast."""
    rows = p.rows(table)
    if rows.empty:
        return
    following = followers(p, int(rows["fiscal_year"].max()))
    for row in rows[rows[column] > 0].itertuples():
        code = int(getattr(row, "code", 0))
        group = str(getattr(row, "group", "")) if not code else following.get(code, "")
        if group and row.portion in _SHARED:
            code = p.region.groups[group].code
        if not code:
            continue  # members of a group set the other portions each for itself
        day = _text(getattr(row, "published", ""))
        yield Fact(
            name, int(row.fiscal_year), float(getattr(row, column)), "plan", day, row.source_id, code, row.portion
        )


_SHARED = ("medical", "support")
"""portions of which a group has one rate"""


def standard_rates(name: str, column: Column) -> Finder:
    """Return the finder of published standard rates (市町村標準保険料率) by municipality and portion."""

    def find(p: Parameters) -> Iterator[Fact]:
        for row in p.rows("places.standard_rates").itertuples():
            yield Fact(
                name,
                int(row.fiscal_year),
                float(getattr(row, column)),
                str(row.basis),
                _text(row.published_on),
                row.source_id,
                int(row.code),
                row.portion,
            )

    return find


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)
