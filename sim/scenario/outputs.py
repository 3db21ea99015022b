"""Declared outputs: tables, unit records and life histories a run leaves beside its own tables.

    outputs:
      tables:
        arrears_by_age:
          rows: households
          filter: {insured_months: from 1}
          by: {head.age: [0, 25, 45, 65, 75], method: all}
          measures: {households: count, owed: sum of owed, unpaid: share of unpaid > 0, rate: ratio of paid to bill}
          years: [R4, R7]
      microdata:
        young: {rows: people, columns: [pid, age, scheme, cost], filter: {age: 20 to 29}, sample: 1/10}
      histories:
        born_1990: {cohort: {born: 1990, insured_months: from 1}, since: R4, columns: [age, scheme, cost]}

All speak of the state after the last step of a fiscal year (docs/outputs.md). They change no draw, no other table.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping as Written
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from itertools import pairwise
from pathlib import Path
from typing import Literal

from sim.core.errors import InputError, nearest
from sim.core.units import era, fiscal_year
from sim.parameters import Parameters
from sim.parameters.names import name_objection
from sim.population.fields import ROWS, Field, Rows
from sim.population.fields import fields as fields_of
from sim.scenario.conditions import Condition, number, read_condition
from sim.scenario.document import (
    Item,
    List,
    Mapping,
    Mistakes,
    Place,
    Text,
    read_document,
    read_file,
    shown,
)
from sim.scenario.years import FIRST, LAST

Kind = Literal["tables", "microdata", "histories"]
Value = str | int | float | bool
Filter = Written[str, Value | Sequence[Value]]

ALL = "all"
LIFE = (
    *("age", "sex", "residence", "place", "household.kind", "household.size", "relation", "work", "scheme"),
    *("insured_months", "salary", "business", "pension", "cost", "benefit", "household.base_income", "household.bill"),
    *("household.relief_class", "household.method", "household.paid", "household.owed", "leaving"),
)
"""columns of a life history that names none"""


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table a run is to leave: rows counted, filtered, grouped and measured. The words are those of a scenario file.

    rows      people or households
    by        field -> "all" (every value) or bounds of classes, [0, 25, 65] = 0-24, 25-64, 65+; or a list of fields
    measures  name -> "count", "sum of F", "mean of F", "min of F", "max of F", "ratio of F to G", "share of F > 0"
    filter    field -> a value, a list of values, "20 to 39", "from 1", "up to 74", "> 0", "not account"
    years     "all", a fiscal year or several
    weights   "sample": a row of a 1/N sample stands for N; "none"; or a field: N times its value
    """

    rows: Rows = "people"
    by: Written[str, str | Sequence[int]] | Sequence[str] = field(default_factory=dict)
    measures: Written[str, str] = field(default_factory=dict)
    filter: Filter = field(default_factory=dict)
    years: str | int | Sequence[str | int] = ALL
    weights: str = "sample"


@dataclass(frozen=True, kw_only=True)
class Microdata:
    """Unit records a run is to leave, a row each person or household and year, with their weight.

    columns  fields (`kokuho describe people`), "all" for all but those of the other table
    sample   "1/10": one in ten by a keyed hash of the id, the same ones in every year and scenario
    rows, filter, years  as in `Table`
    """

    rows: Rows = "people"
    columns: str | Sequence[str] = ALL
    filter: Filter = field(default_factory=dict)
    years: str | int | Sequence[str | int] = ALL
    sample: str | int = 1


@dataclass(frozen=True, kw_only=True)
class Histories:
    """Life histories of a cohort: who meets a condition in one year is followed from then on, a row a year.

    cohort   condition as in the filter of a `Table`, {"born": 1990}
    since    the fiscal year in which it is looked at; the first of the run if left out
    columns, sample  as in `Microdata`; without columns those of `sim.person`
    """

    cohort: Filter
    since: str | int | None = None
    columns: str | Sequence[str] = LIFE
    sample: str | int = 1


Declaration = Table | Microdata | Histories
Declarations = Written[str, object] | str | Path
"""name -> Table, Microdata or Histories; or the words of a scenario file: tables, microdata, histories -> name -> ...;
or the path of a file with what a scenario has under `outputs:`"""

_CLASSES: dict[Kind, type[Declaration]] = {"tables": Table, "microdata": Microdata, "histories": Histories}
KEYS: dict[Kind, tuple[str, ...]] = {kind: tuple(f.name for f in fields(c)) for kind, c in _CLASSES.items()}
NEEDED: dict[Kind, str] = {"tables": "measures", "microdata": "columns", "histories": "cohort"}
_FILE = "file of outputs"
HELP = "{tables: …, microdata: …, histories: …}, see docs/outputs.md"


@dataclass(frozen=True)
class Axis:
    """A field rows are grouped by: every value, or classes that begin at the bounds."""

    field: str
    bounds: tuple[float, ...] | None = None

    def labels(self) -> list[str]:
        """Return the names of the classes; the first is of what lies below the first bound."""
        b = [int(x) if x == int(x) else x for x in self.bounds or ()]
        whole = all(isinstance(x, int) for x in b)
        inner = [
            f"{low}-{high - 1}" if whole and high - 1 > low else f"{low}" if whole else f"{low} to under {high}"
            for low, high in pairwise(b)
        ]
        return [f"under {b[0]}", *inner, f"{b[-1]}+"]


@dataclass(frozen=True)
class Measure:
    """A figure of a group: count; sum, mean, min or max of a field; ratio of two; share that meets a condition."""

    name: str
    kind: str
    field: str | None = None
    other: str | None = None
    condition: Condition | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Output:
    """One declared output, checked. `years` None: all; `sample` N: one id in N; `since` None: the first year."""

    name: str
    kind: Kind
    rows: Rows = "people"
    filter: tuple[Condition, ...] = ()
    by: tuple[Axis, ...] = ()
    measures: tuple[Measure, ...] = ()
    columns: tuple[str, ...] = ()
    years: tuple[int, ...] | None = None
    weights: str = "sample"
    sample: int = 1
    since: int | None = None

    def in_year(self, year: int) -> bool:
        """Return whether a year is among those asked for."""
        return self.years is None or year in self.years


def written(outputs: Sequence[Output]) -> dict[str, object]:
    """Return checked outputs as plain data, for the manifest of a run."""
    return {
        o.name: {"kind": o.kind, **{k: v for k, v in asdict(o).items() if k not in ("name", "kind")}} for o in outputs
    }


def digest(outputs: Sequence[Output]) -> str:
    """Return the SHA-256 of what is asked for; empty for nothing."""
    return hashlib.sha256(repr(tuple(outputs)).encode()).hexdigest() if outputs else ""


def declared(outputs: Declarations, p: Parameters) -> tuple[Output, ...]:
    """Return the outputs of a program, or raise InputError with every mistake in them."""
    if isinstance(outputs, str | Path):
        return _of_file(Path(outputs), p)
    mistakes, by_kind = Mistakes(), dict[str, object]()
    for name, value in outputs.items():
        kind = next((k for k, c in _CLASSES.items() if isinstance(value, c)), None)
        if kind is None:
            by_kind[name] = value
        else:
            home = by_kind.setdefault(kind, {})
            assert isinstance(home, dict)
            home[name] = {f.name: v for f in fields(value) if (v := getattr(value, f.name)) not in (None, {}, ())}  # type: ignore[arg-type]
    found = read_outputs(_item(by_kind), p, mistakes)
    if mistakes:
        raise InputError("\n".join(text for _, text in mistakes.found))
    return found


def _of_file(path: Path, p: Parameters) -> tuple[Output, ...]:
    """Return the outputs of a file of their own; InputError has every mistake with line and column."""
    mistakes = Mistakes()
    text = read_file(path, mistakes, _FILE)
    root = read_document(text, shown(path), mistakes, _FILE) if text is not None else None
    entry = root.entries.get("outputs") if root else None
    for key, _ in root.entries.values() if root else ():
        if key.text != "outputs":
            mistakes.add(key.place, f"unknown key '{key.text}'; a {_FILE} has one, outputs: {HELP}")
    if root and not entry:
        mistakes.add(root.place, f"outputs is missing; write outputs: {HELP}")
    found = read_outputs(entry[1], p, mistakes) if entry else ()
    if mistakes:
        raise InputError("\n".join(mistakes.lines()))
    return found


def _item(value: object) -> Item:
    """Return values of a program as the tree of a file."""
    place = Place("outputs")
    if isinstance(value, Written):
        return Mapping({str(k): (Text(str(k), place), _item(v)) for k, v in value.items()}, place)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return List(tuple(_item(v) for v in value), place)
    return Text("" if value is None else str(value), place)


def read_outputs(item: Item, p: Parameters, mistakes: Mistakes) -> tuple[Output, ...]:
    """Return what stands under `outputs:`; what is wrong is noted with its place."""
    if not isinstance(item, Mapping):
        mistakes.add(item.place, f"outputs: write {HELP}")
        return ()
    found: dict[str, Output] = {}
    for key, inner in item.entries.values():
        kind = next((k for k in _CLASSES if k == key.text), None)
        if kind is None:
            hint = nearest(key.text, _CLASSES) or "."
            mistakes.add(key.place, f"outputs: unknown key '{key.text}'{hint} Allowed here: {', '.join(_CLASSES)}")
        elif not isinstance(inner, Mapping):
            mistakes.add(inner.place, f"outputs.{kind}: write a name and under it {', '.join(KEYS[kind])}")
        else:
            for name, value in inner.entries.values():
                if name.text in found:
                    mistakes.add(name.place, f"outputs: '{name.text}' is the name of two outputs; rename one")
                elif (made := _Reader(kind, name, p, mistakes).output(value)) is not None:
                    found[name.text] = made
    return tuple(found.values())


@dataclass
class _Reader:
    """Reads one declared output."""

    kind: Kind
    name: Text
    p: Parameters
    mistakes: Mistakes
    rows: Rows = "people"

    @property
    def at(self) -> str:
        return f"outputs.{self.kind}.{self.name.text}"

    def wrong(self, item: Item, text: str, key: str = "") -> None:
        self.mistakes.add(item.place, f"{self.at}{f'.{key}' if key else ''}: {text}")

    def output(self, item: Item) -> Output | None:
        """Return the output, None where something is wrong with it."""
        before = len(self.mistakes.found)
        if problem := name_objection(self.name.text):
            self.wrong(self.name, f"the name {problem}")
        if not isinstance(item, Mapping):
            self.wrong(item, f"write {', '.join(KEYS[self.kind])}")
            return None
        allowed = KEYS[self.kind]
        for key, _ in item.entries.values():
            if key.text not in allowed:
                hint = nearest(key.text, allowed) or "."
                self.wrong(key, f"unknown key '{key.text}'{hint} Allowed here: {', '.join(allowed)}")
        if "rows" in item.entries:
            self._rows(item.entries["rows"][1])
        if (needed := NEEDED[self.kind]) not in item.entries:
            self.wrong(self.name, f"{needed} is missing; write {_EXAMPLES[needed]}")
        given = {key: self._part(key, inner) for key, (_, inner) in item.entries.items() if key in allowed}
        if len(self.mistakes.found) > before:
            return None
        self._names(item)
        if len(self.mistakes.found) > before:
            return None
        if self.kind == "histories":
            columns = given.get("columns", LIFE)
            assert isinstance(columns, tuple)
            given["columns"] = tuple(dict.fromkeys(("pid", *columns)))
            given["filter"] = given.pop("cohort")
        return Output(name=self.name.text, kind=self.kind, **given)  # type: ignore[arg-type]

    def _names(self, item: Mapping) -> None:
        """Note a figure that is called like another column of its table."""
        measures, by = (item.entries[k][1] if k in item.entries else None for k in ("measures", "by"))
        taken = {"year", "rows"}
        if isinstance(by, Mapping):
            taken |= {*by.entries}
        elif isinstance(by, List):
            taken |= {i.text for i in by.items if isinstance(i, Text)}
        for key, _ in measures.entries.values() if isinstance(measures, Mapping) else ():
            if key.text in taken:
                self.wrong(key, f"'{key.text}' is the name of another column of the table; rename it", "measures")

    def _part(self, key: str, item: Item) -> object:
        return getattr(self, f"_{key}")(item)

    def _rows(self, item: Item) -> Rows:
        text = item.text if isinstance(item, Text) else ""
        found = next((r for r in ROWS if r == text), None)
        if found is None:
            self.wrong(item, f"'{text}' is neither people nor households", "rows")
        self.rows = found or "people"
        return self.rows

    def _field(self, text: Text, key: str) -> Field | None:
        known = fields_of(self.rows)
        if text.text in known:
            return known[text.text]
        word = text.text.rpartition(".")[2]
        same = [name for name in known if name.rpartition(".")[2] == word]
        hint = f"; did you mean '{same[0]}'?" if same else nearest(text.text, known) or "."
        more = "of the household: household.NAME" if self.rows == "people" else "of the head: head.NAME"
        self.wrong(text, f"no column '{text.text}' of {self.rows}{hint} All: kokuho describe {self.rows}; {more}", key)
        return None

    def _word(self, item: Item, key: str) -> Text:
        """Return an entry of a list of columns; an empty one, and the mistake noted, for what is no word."""
        if isinstance(item, Text):
            return item
        self.wrong(item, f"write {_EXAMPLES[key]}", key)
        return Text("", item.place)

    def _filter(self, item: Item, key: str = "filter") -> tuple[Condition, ...]:
        if not isinstance(item, Mapping):
            self.wrong(item, f"write {_EXAMPLES['filter']}", key)
            return ()
        found = []
        for name, value in item.entries.values():
            if (chosen := self._field(name, key)) is None:
                continue
            try:
                found.append(read_condition(chosen, self._texts(value), self.p))
            except ValueError as error:
                self.wrong(value, str(error), f"{key}.{name.text}")
        return tuple(found)

    def _cohort(self, item: Item) -> tuple[Condition, ...]:
        return self._filter(item, "cohort")

    def _texts(self, item: Item) -> list[str]:
        items = item.items if isinstance(item, List) else (item,)
        if not all(isinstance(i, Text) and i.text for i in items):
            raise ValueError("write one value, or a list of values")
        return [i.text for i in items if isinstance(i, Text)]

    def _by(self, item: Item) -> tuple[Axis, ...]:
        if isinstance(item, List):
            pairs = [(self._word(i, "by"), Text(ALL, i.place)) for i in item.items]
        elif isinstance(item, Mapping):
            pairs = [(key, value) for key, value in item.entries.values()]  # type: ignore[misc]
        else:
            self.wrong(item, f"write {_EXAMPLES['by']}", "by")
            return ()
        return tuple(axis for key, value in pairs if (axis := self._axis(key, value)) is not None)

    def _axis(self, key: Text, item: Item) -> Axis | None:
        chosen = self._field(key, "by")
        if chosen is None:
            return None
        at = f"by.{key.text}"
        bounds = [i.text if isinstance(i, Text) else "" for i in item.items] if isinstance(item, List) else []
        numeric = chosen.sort in ("number", "decimal")
        if isinstance(item, Text) and item.text == ALL:
            if chosen.sort in ("id", "decimal", "month") or "yen" in chosen.unit:
                self.wrong(item, "has too many values; write the bounds of classes, [0, 100, 200]", at)
                return None
            return Axis(chosen.name)
        if not numeric or not bounds:
            self.wrong(item, "write all, or the bounds of classes, [0, 25, 65]" if numeric else "write all", at)
            return None
        return self._classes(chosen, item, bounds)

    def _classes(self, chosen: Field, item: Item, bounds: list[str]) -> Axis | None:
        at = f"by.{chosen.name}"
        try:
            found = tuple(number(b, chosen) for b in bounds)
        except ValueError:
            self.wrong(item, "the bounds of classes are numbers, [0, 25, 65]", at)
            return None
        if any(a >= b for a, b in pairwise(found)):
            self.wrong(item, "the bounds of classes rise, [0, 25, 65]", at)
        return Axis(chosen.name, found)

    def _measures(self, item: Item) -> tuple[Measure, ...]:
        if not isinstance(item, Mapping) or not item.entries:
            self.wrong(item, f"write {_EXAMPLES['measures']}", "measures")
            return ()
        return tuple(m for key, value in item.entries.values() if (m := self._measure(key, value)) is not None)

    def _measure(self, key: Text, item: Item) -> Measure | None:
        at, text = f"measures.{key.text}", item.text if isinstance(item, Text) else ""
        if text == "count":
            return Measure(key.text, "count", text=text)
        if share := _SHARE.fullmatch(text):
            chosen = self._field(Text(share[1], item.place), at)
            return self._share(key, item, chosen, (share[2] or "").strip()) if chosen else None
        found = _RATIO.fullmatch(text) or _FIGURE.fullmatch(text)
        if found is None:
            self.wrong(item, f"'{text}' is no measure; write {_EXAMPLES['measure']}", at)
            return None
        of = [self._number(Text(name, item.place), at) for name in found.groups()[1:]]
        if None in of:
            return None
        return Measure(key.text, found[1], of[0], of[1] if len(of) > 1 else None, text=text)

    def _number(self, name: Text, at: str) -> str | None:
        """Return the name of a column of numbers; None, and the mistake noted, for any other."""
        chosen = self._field(name, at)
        if chosen is not None and chosen.sort not in ("number", "decimal", "flag"):
            self.wrong(name, f"{chosen.name} is no number; count it, or write share of {chosen.name} = …", at)
            return None
        return chosen.name if chosen else None

    def _share(self, key: Text, item: Item, chosen: Field, rest: str) -> Measure | None:
        at = f"measures.{key.text}"
        if not rest:
            example = f"= {next(iter(chosen.labels))}" if chosen.labels else "> 0"
            self.wrong(item, f"share of what value? write share of {chosen.name} {example}", at)
            return None
        try:
            condition = read_condition(chosen, [rest], self.p)
        except ValueError as error:
            self.wrong(item, str(error), at)
            return None
        return Measure(key.text, "share", chosen.name, condition=condition, text=f"share of {chosen.name} {rest}")

    def _columns(self, item: Item) -> tuple[str, ...]:
        if isinstance(item, Text) and item.text == ALL:
            return tuple(name for name in fields_of(self.rows) if "." not in name)
        if not isinstance(item, List) or not item.items:
            self.wrong(item, f"write {_EXAMPLES['columns']}", "columns")
            return ()
        names = [self._field(self._word(i, "columns"), "columns") for i in item.items]
        return tuple(dict.fromkeys(f.name for f in names if f is not None))

    def _years(self, item: Item) -> tuple[int, ...] | None:
        if isinstance(item, Text) and item.text == ALL:
            return None
        items = item.items if isinstance(item, List) else (item,)
        if not items:
            self.wrong(item, "an empty list; write all, R7 or [R4, R7]", "years")
        found = [self._year(i, "years") for i in items]
        return tuple(y for y in found if y is not None)

    def _since(self, item: Item) -> int | None:
        return self._year(item, "since")

    def _year(self, item: Item, key: str) -> int | None:
        try:
            year = fiscal_year(item.text if isinstance(item, Text) else "")
        except ValueError as error:
            self.wrong(item, str(error), key)
            return None
        if not FIRST <= year <= LAST:
            self.wrong(item, f"{era(year)} is outside the years of the model, {era(FIRST)}-{era(LAST)}", key)
        return year

    def _weights(self, item: Item) -> str:
        text = item.text if isinstance(item, Text) else ""
        if text in ("sample", "none"):
            return text
        chosen = self._field(Text(text, item.place), "weights")
        if chosen is not None and chosen.sort not in ("number", "decimal"):
            self.wrong(item, f"{text} is no number; write sample, none, or a column such as insured_months", "weights")
        return text

    def _sample(self, item: Item) -> int:
        match = re.fullmatch(r"(?:1/)?([1-9]\d{0,5})", item.text if isinstance(item, Text) else "")
        if match is None:
            self.wrong(item, "write 1/10 for one in ten, 1 for all", "sample")
        return int(match[1]) if match else 1


MEASURES = r"^(count|(sum|mean|min|max|ratio|share) of \S+.*)$"
"""what a measure looks like"""
_FIGURE = re.compile(r"(sum|mean|min|max) of (\S+)")
_RATIO = re.compile(r"(ratio) of (\S+) to (\S+)")
_SHARE = re.compile(r"share of (\S+)(\s.*)?")
_EXAMPLES = {
    "measures": "{persons: count, cost: sum of cost}",
    "measure": "count, sum of cost, mean of cost, min of age, max of age, ratio of paid to bill or share of unpaid > 0",
    "columns": "[pid, age, cost], or all",
    "cohort": "{born: 1990, insured_months: from 1}",
    "filter": "{age: 20 to 39, sex: female}",
    "by": "{age: [0, 25, 65], sex: all} or [sex, place]",
}
