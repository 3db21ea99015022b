"""The specification of a sensitivity study, read from YAML: every mistake at once, with file, line and column.

name: collection_r11
scenario: baseline
method: morris            # morris, sobol, lhs or one_at_a_time
sample: 100
to: R11
trajectories: 4           # morris; base points (a power of two) for sobol; points for lhs
seed: 1
noise: 4                  # runs of the centre with other luck: what the design cannot see below
parameters:
  payment.burden_elasticity: passport          # the whole range of the passport
  payment.arrears_effect: [0.2, 1.0]           # a range of one's own
  payment.year_effect: {add: [-0.1, 0.1]}      # added to every value, year by year, place by place
  cost.trend: {values: [0.01, 0.03], from: R8} # from a fiscal year on
outputs:
  rate: {table: metropolis_year, column: collection_rate, year: R11}
  shinjuku: {table: municipality_year, column: arrears_closing, year: R11, code: 13104}
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sim.core.errors import ScenarioError, nearest
from sim.core.units import fiscal_year
from sim.outputs.tables import BY_NAME
from sim.parameters import Parameters
from sim.parameters.document import Item, List, Mapping, Mistakes, Place, Text, read_document, read_file, shown
from sim.parameters.loader import OverrideKey
from sim.parameters.scenario_file import FIRST, find
from sim.parameters.schema import Value

METHODS = ("morris", "sobol", "lhs", "one_at_a_time")
FIELDS = ("name", "scenario", "method", "sample", "to", "trajectories", "seed", "noise", "parameters", "outputs")
WAYS = ("values", "add", "scale")
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
            whole = isinstance(p.passport(self.key).sample(), int)
            value: Value = round(x) if whole else x
            years: list[int | None] = list(range(begin, last + 1)) if self.since else [None]
            return {(self.key, year, None): value for year in years}
        return {(self.key, year, None): self._moved(p.value(self.key, year), x) for year in range(begin, last + 1)}

    def _moved(self, value: Any, x: float) -> Value:
        if isinstance(value, list):
            return [float(self._moved(v, x)) for v in value]  # type: ignore[arg-type]
        return float(value) + x if self.way == "add" else float(value) * x


@dataclass(frozen=True)
class Output:
    """One cell of a table: the column of the row that the filters leave (their sum, if they leave several)."""

    name: str
    table: str
    column: str
    filters: tuple[tuple[str, Any], ...] = ()

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

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(sorted({o.table for o in self.outputs}))


def read_spec(path: str | Path, parameters: Parameters | None = None) -> Spec:
    """Return the study of a file; raises ScenarioError with every mistake in it."""
    mistakes = Mistakes()
    file = Path(path)
    text = read_file(file, mistakes)
    root = read_document(text, shown(file), mistakes) if text is not None else None
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
    values: dict[str, Any] = field(default_factory=dict)

    def read(self, root: Mapping) -> Spec | None:
        for key, item in root.entries.values():
            if not self.known(key, FIELDS):
                continue
            readers: dict[str, Callable[[Item], Any]] = {
                "name": self.text,
                "scenario": self.scenario,
                "method": self._method,
                "to": self.year,
                "parameters": self.factors,
                "outputs": self._outputs,
            }
            read = readers.get(key.text)
            self.values[key.text] = read(item) if read else self.whole(key.text, item)
        self.needed(root, ("name", "method", "parameters", "outputs"))
        self._power_of_two(root)
        if self.mistakes:
            return None
        v = self.values
        rest = {k: v[k] for k in ("scenario", "sample", "trajectories", "seed", "noise") if k in v}
        last = {"last": v["to"]} if "to" in v else {}
        return Spec(v["name"], v["method"], tuple(v["parameters"]), tuple(v["outputs"]), **rest, **last)

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
        word = self.text(item)
        if word is not None:
            wrong = Mistakes()
            if find(word, wrong) is None:
                self.mistakes.add(item.place, wrong.found[0][1])
        return word

    def year(self, item: Item) -> int | None:
        try:
            return fiscal_year(item.text if isinstance(item, Text) else "")
        except ValueError:
            self.mistakes.add(item.place, "a fiscal year is needed here: R11, 2029 or FY2029")
            return None

    def whole(self, name: str, item: Item, more: dict[str, tuple[int, int]] | None = None) -> int | None:
        low, high = {**_NUMBERS, **(more or {})}[name]
        try:
            number = int(item.text) if isinstance(item, Text) else low - 1
        except ValueError:
            number = low - 1
        if low <= number <= high:
            return number
        self.mistakes.add(item.place, f"{name} is a whole number from {low:,} to {high:,}")
        return None

    def _power_of_two(self, root: Mapping) -> None:
        n = self.values.get("trajectories")
        if self.values.get("method") == "sobol" and isinstance(n, int) and n & (n - 1):
            place = root.entries["trajectories"][1].place
            self.mistakes.add(
                place, f"a Sobol design needs a power of two base points, for example {1 << n.bit_length()}"
            )

    def factors(self, item: Item) -> list[Factor]:
        if not isinstance(item, Mapping):
            self.mistakes.add(item.place, "parameters are lines of 'key: [lowest, highest]' or 'key: passport'")
            return []
        found = [self._factor(key, value) for key, value in item.entries.values()]
        return [f for f in found if f is not None]

    def _factor(self, key: Text, item: Item) -> Factor | None:
        if key.text not in self.p.passports:
            hint = nearest(key.text, self.p.passports) or "; kokuho sensitivity --list shows what can vary"
            self.mistakes.add(key.place, f"no parameter '{key.text}'{hint}")
            return None
        way, since, numbers = "values", None, item
        if isinstance(item, Mapping):
            for word, inner in item.entries.values():
                if word.text in WAYS:
                    way, numbers = word.text, inner
                elif word.text == "from":
                    since = self.year(inner)
                else:
                    self.mistakes.add(word.place, f"'{word.text}' is none of {', '.join(WAYS)}, from")
        passport = self.p.passport(key.text)
        number = isinstance(passport.sample(), int | float) and not isinstance(passport.sample(), bool)
        if way == "values" and not number:
            words = "is no single number; write {scale: [0.8, 1.2]} or {add: [-0.1, 0.1]}"
            self.mistakes.add(item.place, f"{key.text} {words}")
            return None
        bounds = self._bounds(key.text, numbers, way)
        if bounds is None:
            return None
        return Factor(key.text, *bounds, way, since)

    def _bounds(self, key: str, item: Item, way: str) -> tuple[float, float] | None:
        limits = self.p.passport(key).range
        if isinstance(item, Text) and item.text == "passport" and way == "values":
            if limits is None or limits[0] == limits[1]:
                self.mistakes.add(item.place, f"the passport of {key} has no range; write [lowest, highest]")
                return None
            return float(limits[0]), float(limits[1])
        try:
            low, high = (float(t.text) for t in item.items) if isinstance(item, List) else (1.0, 0.0)  # type: ignore[union-attr]
        except (ValueError, AttributeError):
            low, high = 1.0, 0.0
        if not low < high:
            self.mistakes.add(item.place, f"{key}: two numbers are needed, [lowest, highest], or the word passport")
            return None
        if way == "values" and limits is not None and not limits[0] <= low < high <= limits[1]:
            allowed = self.p.passport(key).allowed()
            self.mistakes.add(item.place, f"{key}: [{low:g}, {high:g}] leaves what the register allows, {allowed}")
            return None
        return low, high

    def _outputs(self, item: Item) -> list[Output]:
        if not isinstance(item, Mapping):
            self.mistakes.add(item.place, "outputs are lines of 'name: {table: metropolis_year, column: …, year: R11}'")
            return []
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
        if not isinstance(table, Text) or table.text not in BY_NAME:
            word = table.text if isinstance(table, Text) else ""
            self.mistakes.add(table.place, f"no table '{word}'{nearest(word, BY_NAME)}")
            return None
        spec = BY_NAME[table.text]
        if not isinstance(column, Text) or column.text not in spec.columns:
            word = column.text if isinstance(column, Text) else ""
            allowed = nearest(word, spec.columns) or f". Allowed: {', '.join(spec.columns)}"
            self.mistakes.add(column.place, f"{table.text} has no column '{word}'{allowed}")
            return None
        filters = []
        for key, value in texts.items():
            if key not in spec.keys or not isinstance(value, Text):
                self.mistakes.add(value.place, f"'{key}' is no key of {table.text}; its keys: {', '.join(spec.keys)}")
                continue
            filters.append((key, self._wanted(key, value)))
        return Output(name.text, table.text, column.text, tuple(filters))

    def _wanted(self, key: str, value: Text) -> Any:
        if key == "year":
            return self.year(value)
        return int(value.text) if value.text.lstrip("-").isdigit() else value.text
