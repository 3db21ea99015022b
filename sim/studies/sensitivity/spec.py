"""The specification of a sensitivity study, read from YAML: every mistake at once, with file, line and column.

name: collection_r11
scenario: baseline
method: morris            # morris, sobol, lhs or one_at_a_time
sample: 100
to: R11
trajectories: 4           # morris; base points (a power of two) for sobol; points for lhs
seed: 1
noise: 4                  # runs of the centre with other seeds: what the design cannot see below
parameters:
  payment.burden_elasticity: passport          # the whole range of the passport
  payment.arrears_effect: [0.2, 1.0]           # a range of one's own
  payment.year_effect: {add: [-0.1, 0.1]}      # added to every value, year by year, place by place
  cost.trend: {values: [0.01, 0.03], from: R8} # from a fiscal year on
outputs:
  rate: {table: metropolis_year, column: collection_rate, year: R11}
  city: {table: municipality_year, column: arrears_closing, year: R11, code: 99201}
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from sim.core.errors import KokuhoError, ParameterError, ScenarioError, nearest
from sim.core.tables import OutputTable
from sim.core.units import era, fiscal_year
from sim.engine.tables import BY_NAME
from sim.parameters import Parameters
from sim.parameters.loader import OverrideKey
from sim.parameters.names import name_objection
from sim.parameters.places import find_place
from sim.parameters.schema import Passport, Value, plain
from sim.scenario.document import (
    Item,
    List,
    Mapping,
    Mistakes,
    Place,
    Text,
    plain_word,
    read_document,
    read_file,
    shown,
)
from sim.scenario.file import FIRST, LAST
from sim.scenario.quantities import is_whole, kind_of, read
from sim.scenario.scenario import load_scenario

METHODS = ("morris", "sobol", "lhs", "one_at_a_time")
FIELDS = ("name", "scenario", "method", "sample", "to", "trajectories", "seed", "noise", "parameters", "outputs")
WAYS = ("values", "add", "scale")
_FLOAT = r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,2})?"
LARGEST = 1e15
_NUMBERS = {"sample": (1, 100_000), "trajectories": (1, 100_000), "seed": (0, 2**31), "noise": (0, 1_000)}


@dataclass(frozen=True)
class Factor:
    """One parameter of a study: between `low` and `high`, as a value, an addition or a factor, from a year on."""

    key: str
    low: float
    high: float
    way: str = "values"
    since: int | None = None

    def centre(self, p: Parameters) -> float:
        """Return where the register stands on the factor's scale, or the middle where that cannot be told."""
        if self.way != "values":
            neutral = 0.0 if self.way == "add" else 1.0
            return neutral if self.low <= neutral <= self.high else (self.low + self.high) / 2
        value = p.value(self.key, self.since or FIRST)
        inside = isinstance(value, int | float) and self.low <= value <= self.high
        return float(value) if inside else (self.low + self.high) / 2

    def overrides(self, x: float, p: Parameters, last: int) -> dict[OverrideKey, Value]:
        """Return the values that put the factor at x."""
        begin = self.since or FIRST
        if self.way == "values":
            value: Value = round(x) if is_whole(p.passport(self.key)) else x
            years: list[int | None] = list(range(begin, last + 1)) if self.since else [None]
            return {(self.key, year, None): value for year in years}
        whole = is_whole(p.passport(self.key))
        known = [y for y in range(begin, last + 1) if _is_known(p, self.key, y)]
        return {(self.key, year, None): self._moved(p.value(self.key, year), x, whole) for year in known}

    def _moved(self, value: Value, x: float, whole: bool) -> Value:
        if isinstance(value, list):
            return [self._moved(v, x, whole) for v in value]  # type: ignore[return-value]
        moved = float(value) + x if self.way == "add" else float(value) * x
        return round(moved) if whole else moved

    def objection(self, p: Parameters, last: int) -> str:
        """Return why an end of the range cannot be run, year by year, or an empty string."""
        passport = p.passport(self.key)
        found = False
        for x in (self.low, self.high):
            for (_, year, _), value in self.overrides(x, p, last).items():
                found = True
                if passport.objection(value):
                    sign = {"add": "+" if x >= 0 else "", "scale": "x"}.get(self.way, "")
                    if year:
                        return f"{sign}{plain(x)} makes {plain(value)} in {era(year)}; allowed {passport.allowed()}"
                    return f"{sign}{plain(x)} makes {plain(value)}; allowed {passport.allowed()}"
        return "" if found else f"the register knows no value of {era(self.since or FIRST)}–{era(last)} to start from"


def _is_known(p: Parameters, key: str, year: int) -> bool:
    try:
        p.value(key, year)
    except ParameterError:
        return False
    return True


@dataclass(frozen=True)
class Output:
    """One cell of a table: the column of the row that the filters leave (their sum, if they leave several)."""

    name: str
    table: str
    column: str
    filters: tuple[tuple[str, str | int], ...] = ()

    def read(self, tables: dict[str, pd.DataFrame]) -> float:
        """Return the figure; raises ScenarioError if the filters leave nothing."""
        rows = tables[self.table]
        for column, wanted in self.filters:
            rows = rows[rows[column].astype(type(wanted)) == wanted]
        if rows.empty:
            raise ScenarioError(f"output {self.name}: no row of {self.table} has {dict(self.filters)}")
        return float(rows[self.column].sum()) if len(rows) > 1 else float(rows[self.column].iloc[0])


@dataclass(frozen=True)
class Spec:
    """A study: what varies, how, and what is watched."""

    name: str
    method: str
    factors: tuple[Factor, ...]
    outputs: tuple[Output, ...]
    scenario: str = "baseline"
    sample: int = 100
    last: int = 2029
    trajectories: int = 4
    seed: int = 1
    noise: int = 4

    def __post_init__(self) -> None:
        if problem := name_objection(self.name):
            raise ScenarioError(f"name: '{self.name}' {problem}")
        if not self.factors:
            raise ScenarioError(f"study {self.name}: no parameter to vary")

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(sorted({o.table for o in self.outputs}))


def read_spec(path: str | Path, parameters: Parameters | None = None) -> Spec:
    """Return the study of a file; raises ScenarioError with every mistake in it."""
    mistakes = Mistakes()
    file = Path(path)
    text = read_file(file, mistakes, "study")
    root = read_document(text, shown(file), mistakes, "study") if text is not None else None
    spec = Reader(parameters or Parameters.load(), mistakes, shown(file)).read(root) if root else None
    if mistakes or spec is None:
        raise ScenarioError("\n".join(mistakes.lines()))
    return spec


@dataclass
class Reader:
    """Reads the fields studies have in common: parameters with ranges, cells of tables, whole numbers, years."""

    p: Parameters
    mistakes: Mistakes
    file: str
    words: dict[str, str | None] = field(default_factory=dict)
    """the fields that are words, None where what stands there is wrong"""
    numbers: dict[str, int] = field(default_factory=dict)
    """the fields that are whole numbers or years, wrong ones left out"""
    varied: list[Factor] = field(default_factory=list)
    noted: list[tuple[Place, str, int]] = field(default_factory=list)
    """years of outputs and parameters with their places, judged once the last year of the study is known"""
    places: dict[str, Place] = field(default_factory=dict)
    """where each parameter stands"""
    base: Parameters | None = None
    """the register as the study's scenario sees it"""

    def read(self, root: Mapping) -> Spec | None:
        watched: list[Output] = []
        for key, item in root.entries.values():
            if not self.known(key, FIELDS):
                continue
            if key.text == "method":
                self.words["method"] = self._method(item)
            elif key.text == "outputs":
                watched = self._outputs(item)
            else:
                self.take(key.text, item)
        self.needed(root, ("name", "method", "parameters", "outputs"))
        self.enough_points(root)
        self.judge(Spec.last, Spec.scenario)
        name, method = self.words.get("name"), self.words.get("method")
        if self.mistakes or name is None or method is None:
            return None
        number = self.numbers.get
        return Spec(
            name,
            method,
            tuple(self.varied),
            tuple(watched),
            scenario=self.words.get("scenario") or Spec.scenario,
            sample=number("sample", Spec.sample),
            last=number("to", Spec.last),
            trajectories=number("trajectories", Spec.trajectories),
            seed=number("seed", Spec.seed),
            noise=number("noise", Spec.noise),
        )

    def take(self, name: str, item: Item, more: dict[str, tuple[int, int]] | None = None) -> None:
        """Take in a field all studies have, or one of the whole numbers of `more` with their bounds."""
        if name == "name":
            self.words[name] = self.name(item)
        elif name == "scenario":
            self.words[name] = self.scenario(item)
        elif name == "parameters":
            self.varied = self.factors(item)
        else:
            number = self.year(item) if name == "to" else self.whole(name, item, more)
            if number is not None:
                self.numbers[name] = number

    def known(self, key: Text, fields: tuple[str, ...]) -> bool:
        """Return whether a field may stand in the file; a mistake if not."""
        if key.text in fields:
            return True
        allowed = f"{nearest(key.text, fields) or '.'} Allowed: {', '.join(fields)}"
        self.mistakes.add(key.place, f"unknown field '{key.text}'{allowed}")
        return False

    def needed(self, root: Mapping, fields: tuple[str, ...]) -> None:
        """Note every field that must be there and is not."""
        for name in fields:
            if name not in root.entries:
                self.mistakes.add(Place(self.file), f"the field '{name}' is missing")

    def judge(self, last: int, scenario: str) -> None:
        """Note years beyond the last one of the study, and ranges that leave what the register allows in a year."""
        last = self.numbers.get("to") or last
        for place, what, year in self.noted:
            if year > last:
                self.mistakes.add(
                    place,
                    f"{what}: {era(year)} lies after the last year of the study, {era(last)}; write to: {era(year)}",
                )
        if self.base is None and "scenario" not in self.words:
            self.scenario(Text(scenario, Place(self.file)))
        for factor in self.varied:
            begun = (factor.since or FIRST) <= last
            if self.base is not None and begun and (problem := factor.objection(self.base, last)):
                self.mistakes.add(self.places[factor.key], f"{factor.key}: {problem}")

    def name(self, item: Item) -> str | None:
        """Return the name of a study, which is that of its folder of results."""
        word = self.text(item)
        if word is not None and (problem := name_objection(word)):
            self.mistakes.add(item.place, f"name: '{word}' {problem}")
        return word

    def text(self, item: Item) -> str | None:
        if isinstance(item, Text) and not item.empty:
            return item.text
        self.mistakes.add(item.place, "a word is needed here")
        return None

    def _method(self, item: Item) -> str | None:
        word = self.text(item)
        if word is not None and word not in METHODS:
            allowed = f"{nearest(word, METHODS) or '.'} Allowed: {', '.join(METHODS)}"
            self.mistakes.add(item.place, f"no method '{word}'{allowed}")
        return word

    def scenario(self, item: Item) -> str | None:
        """Return the name of the scenario; every mistake of its file is one of the study's."""
        word = self.text(item)
        if word is not None:
            try:
                self.base = self.p.with_overrides(load_scenario(word, self.p).overrides(self.p))
            except KokuhoError as error:
                self.mistakes.add(item.place, str(error))
        return word

    def year(self, item: Item) -> int | None:
        """Return a fiscal year of the model."""
        try:
            year = fiscal_year(item.text if isinstance(item, Text) else "")
        except ValueError:
            self.mistakes.add(item.place, "a fiscal year is needed here: R11, 2029 or FY2029")
            return None
        if FIRST <= year <= LAST:
            return year
        years = f"{era(FIRST)}–{era(LAST)} ({FIRST}–{LAST})"
        self.mistakes.add(
            item.place, f"{item.text if isinstance(item, Text) else year} is outside the years of the model, {years}"
        )
        return None

    def whole(self, name: str, item: Item, more: dict[str, tuple[int, int]] | None = None) -> int | None:
        low, high = {**_NUMBERS, **(more or {})}[name]
        word = plain_word(item.text) if isinstance(item, Text) and not item.quoted else ""
        number = int(word) if re.fullmatch(r"[0-9](_?[0-9]){0,17}", word) else low - 1
        if low <= number <= high:
            return number
        self.mistakes.add(item.place, f"{name} is a whole number from {low:,} to {high:,}")
        return None

    def enough_points(self, root: Mapping) -> None:
        """Refuse a design of which no index can be computed."""
        method, factors = self.words.get("method"), self.varied
        given = self.numbers.get("trajectories")
        n = Spec.trajectories if given is None else given
        place = root.entries["trajectories"][1].place if given is not None else Place(self.file)
        least = {"morris": 2, "sobol": 2, "lhs": len(factors) + 3}.get(str(method), 0)
        if method == "sobol" and n & (n - 1):
            self.mistakes.add(
                place, f"a Sobol design needs a power of two base points, for example {1 << n.bit_length()}"
            )
        elif n < least:
            what = "points" if method == "lhs" else "base points" if method == "sobol" else "trajectories"
            self.mistakes.add(
                place,
                f"trajectories: {n} of {method} cannot tell {len(factors)} parameters apart; "
                f"at least {least} {what} are needed",
            )

    def factors(self, item: Item) -> list[Factor]:
        if not isinstance(item, Mapping):
            self.mistakes.add(item.place, "parameters are lines of 'key: [lowest, highest]' or 'key: passport'")
            return []
        if not item.entries:
            self.mistakes.add(item.place, "no parameter to vary; write 'key: [lowest, highest]' or 'key: passport'")
        found = [self._factor(key, value) for key, value in item.entries.values()]
        return [f for f in found if f is not None]

    def _factor(self, key: Text, item: Item) -> Factor | None:
        if key.text not in self.p.passports:
            hint = nearest(key.text, self.p.passports) or "; kokuho sensitivity --list shows what can vary"
            self.mistakes.add(key.place, f"no parameter '{key.text}'{hint}")
            return None
        self.places[key.text] = item.place
        range_ = self._range(key.text, item)
        if range_ is None:
            return None
        if unfit := _unfit(self.p.passport(key.text), range_.way):
            self.mistakes.add(item.place, f"{key.text} {unfit}")
            return None
        bounds = self._bounds(key.text, range_.ends, range_.way)
        return None if bounds is None else Factor(key.text, *bounds, range_.way, range_.since)

    def _range(self, key: str, item: Item) -> _Range | None:
        """Return how a range is written: alone, or as {add: [lowest, highest], from: R8}."""
        if not isinstance(item, Mapping):
            return _Range("values", item)
        found, since = [], None
        for word, inner in item.entries.values():
            if word.text in WAYS:
                found.append(_Range(word.text, inner))
            elif word.text == "from":
                since = self.year(inner)
                self.noted += [(inner.place, f"{key}: from", since)] if since else []
            else:
                self.mistakes.add(word.place, f"'{word.text}' is none of {', '.join(WAYS)}, from")
        if len(found) != 1:
            self.mistakes.add(item.place, f"{key}: write one of {', '.join(WAYS)}: [lowest, highest]")
            return None
        return found[0]._replace(since=since)

    def _bounds(self, key: str, item: Item, way: str) -> tuple[float, float] | None:
        """Return the ends of a range: those of the passport, or two numbers."""
        passport = self.p.passport(key)
        if isinstance(item, Text) and item.text == "passport" and way == "values":
            limits = passport.range
            if limits is None or limits[0] == limits[1] or not all(map(math.isfinite, limits)):
                self.mistakes.add(item.place, f"the passport of {key} has no range; write [lowest, highest]")
                return None
            return float(limits[0]), float(limits[1])
        low, high = _ends(item, way, passport)
        if problem := _objection(low, high, way, passport):
            self.mistakes.add(item.place, f"{key}: {problem}")
            return None
        return low, high

    def _outputs(self, item: Item) -> list[Output]:
        if not isinstance(item, Mapping):
            self.mistakes.add(item.place, "outputs are lines of 'name: {table: metropolis_year, column: …, year: R11}'")
            return []
        if not item.entries:
            self.mistakes.add(item.place, "no output to watch; write 'name: {table: …, column: …, year: R11}'")
        found = [self.output(key, value) for key, value in item.entries.values()]
        return [o for o in found if o is not None]

    def output(self, name: Text, item: Item) -> Output | None:
        if not isinstance(item, Mapping) or not {"table", "column"} <= set(item.entries):
            self.mistakes.add(
                name.place, f"output {name.text} needs table and column: {{table: …, column: …, year: R11}}"
            )
            return None
        texts = {k: v[1] for k, v in item.entries.items()}
        table, column = texts.pop("table"), texts.pop("column")
        spec = BY_NAME.get(table.text) if isinstance(table, Text) else None
        if spec is None:
            word = table.text if isinstance(table, Text) else ""
            self.mistakes.add(table.place, f"no table '{word}'{nearest(word, BY_NAME)}")
            return None
        if problem := name_objection(name.text):
            self.mistakes.add(name.place, f"output '{name.text}' {problem}")
        if not isinstance(column, Text) or column.text not in spec.columns:
            word = column.text if isinstance(column, Text) else ""
            allowed = nearest(word, spec.columns) or f". Allowed: {', '.join(spec.columns)}"
            self.mistakes.add(column.place, f"{spec.name} has no column '{word}'{allowed}")
            return None
        return Output(name.text, spec.name, column.text, tuple(self._filters(name.text, spec, texts)))

    def _filters(self, output: str, table: OutputTable, texts: dict[str, Item]) -> Iterator[tuple[str, str | int]]:
        """Yield the keys of a table that choose its row, with the values wanted."""
        for key, value in texts.items():
            if key not in table.keys or not isinstance(value, Text):
                self.mistakes.add(value.place, f"'{key}' is no key of {table.name}; its keys: {', '.join(table.keys)}")
            elif (wanted := self._wanted(output, key, value)) is not None:
                yield key, wanted

    def _wanted(self, output: str, key: str, value: Text) -> str | int | None:
        """Return the value of a key of a table: a year of the study, a municipality's code, a number or a word."""
        if key == "year":
            if (year := self.year(value)) is not None:
                self.noted.append((value.place, f"output {output}", year))
            return year
        word = plain_word(value.text)
        if key == "code":
            code, problem = (0, "") if word == "0" else find_place(word, self.p)
            if code is None:
                self.mistakes.add(value.place, f"output {output}: code: {problem}")
            return code
        return int(word) if re.fullmatch(r"-?[0-9]{1,18}", word) else word


class _Range(NamedTuple):
    """A range as written: which way it moves the parameter, its two ends, the year it holds from."""

    way: str
    ends: Item
    since: int | None = None


def _unfit(passport: Passport, way: str) -> str:
    """Return why a parameter cannot be varied that way, or an empty string."""
    sample = passport.sample()
    if isinstance(sample, bool | str):
        return "is no number and has no range; compare scenarios instead"
    if way == "values" and isinstance(sample, list):
        return "is no single number; write {scale: [0.8, 1.2]} or {add: [-0.1, 0.1]}"
    return ""


def _objection(low: float, high: float, way: str, passport: Passport) -> str:
    """Return why two numbers are no range to vary over, or an empty string."""
    if not low < high:
        return "two numbers are needed, [lowest, highest], or the word passport"
    if way == "scale" and low < 0:
        return "a factor below zero turns the value round; write [0.8, 1.2]"
    if way == "values" and passport.objection([low, high]):
        return f"[{low:g}, {high:g}] leaves what the register allows, {passport.allowed()}"
    return ""


def _ends(item: Item, way: str, passport: Passport) -> tuple[float, float]:
    """Return the two ends of a range as numbers; a range that is none, upside down, where they are not."""
    try:
        low, high = (_end(t, way, passport) for t in item.items) if isinstance(item, List) else (1.0, 0.0)
    except ValueError:
        return 1.0, 0.0
    return low, high


def _end(item: Item, way: str, passport: Passport) -> float:
    """Return an end of a range; ValueError if it is no number. Values may be spelled as in a scenario."""
    if not isinstance(item, Text) or item.empty:
        raise ValueError
    word = plain_word(item.text)
    if way == "values" or (way == "add" and kind_of(passport.unit) != "year" and not re.fullmatch(_FLOAT, word)):
        quantity = read(word, passport)
        if quantity.op != ("set" if way == "values" else "add"):
            raise ValueError
        return float(quantity.amount)  # type: ignore[arg-type]
    if not re.fullmatch(_FLOAT, word) or abs(number := float(word)) > LARGEST:
        raise ValueError
    return number
