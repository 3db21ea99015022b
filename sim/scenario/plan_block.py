"""The block `rates_plan` of a scenario: rates by portion and year for municipalities or a group (改定案).

    rates_plan:
      municipality: 甲市              # or [甲市, 乙市], or a group with one rate, or all
      R9:
        medical: {income: 8.2%, per_head: 48_000}
        support: {income: 2.9%, per_head: 17_400}
      R11:
        medical: {income: 8.6%, per_head: 50_000}
      after: keep                    # default; decide: from the year after the last one the model decides again

Several blocks are a list. It is shorthand for keys `rates_plan.*` of the register by year and municipality. A rate the
block does not name is left to the model; one it names holds until the next year that names it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sim.core.errors import nearest
from sim.core.units import era, fiscal_year
from sim.parameters.groups import followers, group_of
from sim.parameters.loader import Parameters
from sim.parameters.places import find_place, spellings
from sim.scenario.document import Item, List, Mapping, Mistakes, Place, Text
from sim.scenario.quantities import Quantity, kind_of, read

FIELD = "rates_plan"
KEEP, DECIDE = "keep", "decide"
ALL = ("all", "全域", "全市区町村")
PARTS = ("income", "asset", "per_head", "per_household", "per_adult")
PORTIONS = ("medical", "support", "care", "child")
FORM = "{municipality: …, R9: {medical: {income: 8.2%, per_head: 48_000}}}"
_IN_JAPANESE = {
    "医療分": "medical",
    "支援金分": "support",
    "介護分": "care",
    "子ども分": "child",
    "所得割": "income",
    "資産割": "asset",
    "均等割": "per_head",
    "平等割": "per_household",
    "18歳以上均等割": "per_adult",
    "市区町村": "municipality",
    "以後": "after",
}
_LEAST_RATE = 1_000
"""per 1,000,000: an income part below 0.1 % is a slip of the pen"""
_NONE = -1


class Line(NamedTuple):
    """One rate: key of the register, from a fiscal year on, in a municipality (None: all)."""

    key: str
    year: int
    code: int | None
    quantity: Quantity
    place: Place


def read_plan(item: Item, p: Parameters, first: int, last: int, mistakes: Mistakes) -> list[Line]:
    """Return what a block or a list of blocks says; years lie after `first`, where a run starts, up to `last`."""
    reader = _Reader(p, first, last, mistakes)
    lines: dict[tuple[str, int, int | None], Line] = {}
    for block in item.items if isinstance(item, List) else (item,):
        for line in reader.block(block):
            known = lines.setdefault((line.key, line.year, line.code), line)
            if known is not line:
                where = "all municipalities" if line.code is None else p.places()[line.code][0]
                mistakes.add(
                    line.place,
                    f"{FIELD}: {line.key.partition('.')[2]} of {where} in {era(line.year)} is said on line "
                    f"{known.place.line} already; keep one",
                )
    return list(lines.values())


@dataclass
class _Reader:
    p: Parameters
    first: int
    last: int
    mistakes: Mistakes

    def block(self, item: Item) -> Iterator[Line]:
        """Yield the lines of one block."""
        if not isinstance(item, Mapping):
            self.mistakes.add(item.place, f"{FIELD}: write {FORM}")
            return
        years: dict[int, Mapping] = {}
        codes: list[int | None] = []
        after, last = KEEP, item.place
        named, wrong = False, False
        for key, value in item.entries.values():
            word = _IN_JAPANESE.get(key.text, key.text)
            if word == "municipality":
                named, codes = True, self._codes(value)
            elif word == "after":
                after = self._after(value)
            elif (year := self._year(key)) is None:
                wrong = True
            elif isinstance(value, Mapping) and value.entries:
                years[year], last = value, key.place
            else:
                portions = f"{FIELD}.{key.text}: write portions with their rates, {{medical: {{income: 8.2%}}}}"
                self.mistakes.add(value.place, portions)
                wrong = True
        if not named:
            self.mistakes.add(item.place, f"{FIELD}: whose rates? Write municipality: {spellings(self.p)}")
        elif not years and not wrong:
            self.mistakes.add(item.place, f"{FIELD}: no rates; write a year with its portions, {FORM}")
        yield from self._lines(years, codes, after, last)

    def _lines(self, years: dict[int, Mapping], codes: list[int | None], after: str, last: Place) -> Iterator[Line]:
        keys: dict[str, None] = {}
        for year, portions in years.items():
            for key, quantity, place in self._rates(year, portions):
                keys[key] = None
                yield from (Line(key, year, code, quantity, place) for code in codes)
        if after == DECIDE and years and max(years) < self.last:
            ends = Quantity("set", _NONE, DECIDE)
            yield from (Line(key, max(years) + 1, code, ends, last) for key in keys for code in codes)

    def _rates(self, year: int, portions: Mapping) -> Iterator[tuple[str, Quantity, Place]]:
        for portion, item in portions.entries.values():
            path, name = f"{FIELD}.{era(year)}.{portion.text}", _IN_JAPANESE.get(portion.text, portion.text)
            if name not in PORTIONS:
                allowed = f"Portions: {', '.join(PORTIONS)}"
                self.mistakes.add(portion.place, f"{path}: no such portion{nearest(name, PORTIONS) or '.'} {allowed}")
            elif not isinstance(item, Mapping) or not item.entries:
                self.mistakes.add(item.place, f"{path}: write its rates, {{income: 8.2%, per_head: 48_000}}")
            else:
                for part, value in item.entries.values():
                    if (found := self._rate(path, name, part, value)) is not None:
                        yield (*found, value.place)

    def _rate(self, path: str, portion: str, part: Text, value: Item) -> tuple[str, Quantity] | None:
        """Return key and value of one rate, None with the mistake noted."""
        name = _IN_JAPANESE.get(part.text, part.text)
        key = f"{FIELD}.{portion}_{name}"
        if key not in self.p.passports:
            own = [q for q in PARTS if f"{FIELD}.{portion}_{q}" in self.p.passports]
            allowed = f"{nearest(name, own) or '.'} Parts of this portion: {', '.join(own)}"
            self.mistakes.add(part.place, f"{path}: no part '{part.text}'{allowed}")
            return None
        try:
            return key, self._quantity(value, key, name)
        except ValueError as error:
            self.mistakes.add(value.place, f"{path}.{part.text}: {error}")
            return None

    def _quantity(self, value: Item, key: str, part: str) -> Quantity:
        passport = self.p.passport(key)
        share = kind_of(passport.unit) == "per_million"
        example = "8.2%" if share else "48_000"
        if not isinstance(value, Text) or value.empty:
            raise ValueError(f"write one rate, for example {example}")
        try:
            quantity = read(value.text, passport)
        except ValueError as error:
            if share and "whole number" in str(error):
                raise ValueError(f"'{value.text}' lacks its sign; write {value.text}%") from None
            raise ValueError(f"{str(error).partition('; write for example')[0]}; write for example {example}") from None
        if quantity.relative:
            raise ValueError(f"'{value.text}' is a change; a plan says the rate itself, for example {example}")
        amount = quantity.amount
        assert isinstance(amount, int)
        assert passport.range is not None
        if not 0 <= amount <= passport.range[1]:
            raise ValueError(f"'{value.text}' is out of range; allowed 0-{passport.range[1]:,.0f} {passport.unit}")
        if part == "income" and 0 < amount < _LEAST_RATE:
            raise ValueError(f"'{value.text}' is {amount / 10_000:.4f} % of base income; for a percentage write 8.2%")
        return quantity

    def _codes(self, value: Item) -> list[int | None]:
        """Return the municipalities meant, [None] for all of them."""
        items = value.items if isinstance(value, List) else (value,)
        codes: list[int | None] = []
        for item in items:
            if not isinstance(item, Text) or item.empty:
                self.mistakes.add(item.place, f"{FIELD}.municipality: write {spellings(self.p)}, a list, or a group")
                continue
            if item.text in ALL:
                return [None]
            codes += members_of(item.text, self.p) or self._one(item)
        return list(dict.fromkeys(codes))

    def _one(self, item: Text) -> list[int]:
        code, problem = find_place(item.text, self.p)
        if code is None:
            groups = groups_of(self.p)
            told = f" Groups with one rate: {', '.join(groups)}" if groups else ""
            stop = "" if problem.endswith("?") or not told else "."
            self.mistakes.add(item.place, f"{FIELD}.municipality: {problem}{stop}{told}")
        return [] if code is None else [code]

    def _after(self, value: Item) -> str:
        word = value.text if isinstance(value, Text) else ""
        if word not in (KEEP, DECIDE):
            told = f"{KEEP} (the plan's last rates hold on) or {DECIDE} (the model decides again)"
            self.mistakes.add(value.place, f"{FIELD}.after: '{word}' is unknown; write {told}")
        return word

    def _year(self, key: Text) -> int | None:
        try:
            year = fiscal_year(key.text)
        except ValueError:
            known = ("municipality", "after")
            hint = nearest(key.text, known) or "."
            told = f"{FIELD}: unknown key '{key.text}'{hint} Allowed: municipality, after, and fiscal years such as R9"
            self.mistakes.add(key.place, told)
            return None
        if self.first < year <= self.last:
            return year
        years = f"from {era(self.first + 1)} to {era(self.last)} (a run starts with those of {era(self.first)})"
        self.mistakes.add(key.place, f"{FIELD}: {key.text}: rates can be set {years}")
        return None


def leaving(codes: set[int | None], year: int, p: Parameters) -> dict[int, str]:
    """Return code -> group of the municipalities that leave the rates of their group by rates of their own.

    A group of which every follower has a plan stays one.
    """
    following = followers(p, year)
    whole = {g for g in set(following.values()) if {c for c, own in following.items() if own == g} <= codes}
    return {c: g for c, g in following.items() if c in codes and g not in whole}


def groups_of(p: Parameters) -> dict[str, str]:
    """Return name -> group of all groups with one rate, under each of their names."""
    named = p.own.groups if p.own is not None else {}
    out: dict[str, str] = {}
    for group in dict.fromkeys(group_of(p).values()):
        own = named.get(group)
        out |= dict.fromkeys((group, own.ja, own.en) if own else (group,), group)
    return out


def members_of(text: str, p: Parameters) -> list[int]:
    """Return the codes of the members of a group with one rate, by any of its names; none where there is no such."""
    group = groups_of(p).get(text)
    return [code for code, own in group_of(p).items() if group is not None and own == group]
