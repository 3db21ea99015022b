"""What is to be reached and by what, read from YAML: every mistake at once, with file, line and column.

name: deficits_on_schedule       # also that of the scenario found
scenario: baseline
sample: 10                       # the search
check: 1                         # the last look, at the size at which the answer is to hold
rounds: 1                        # how often a miss of that look is taken into the search
to: R11
description: {ja: …, en: …}
expectation: {ja: …, en: …}
source: operation_policy_2023
goals:                           # one after the other, each with levers of its own
- measure: discretionary_municipalities
  year: R8
  at_most: 35                    # or at_least
  levers:                        # moved together from their first number to their second
    municipal.plan_ratio_low: {values: [1, 10], from: R8}
- measure: discretionary_transfer  # of a municipality, then a column of municipality_year
  municipality: 99201
  year: R11
  at_most: 100_000_000
  places: [99201]                # the levers move there only
  levers:
    municipal.plan_speed: {values: [1, 3], from: R9}
"""

from __future__ import annotations

import re
from collections.abc import Mapping as Values
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from sim.core.errors import ScenarioError, nearest
from sim.core.units import era
from sim.outputs.tables import METROPOLIS_YEAR, MUNICIPALITY_YEAR
from sim.parameters import Parameters
from sim.parameters.loader import OverrideKey
from sim.parameters.places import find_place
from sim.parameters.schema import Value, plain
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
from sim.studies.sensitivity.spec import Factor, Reader

FIELDS = (
    "name",
    "scenario",
    "sample",
    "check",
    "rounds",
    "steps",
    "replicates",
    "seed",
    "to",
    "description",
    "expectation",
    "source",
    "goals",
)
SENSES = ("at_most", "at_least")
_OF_A_GOAL = ("measure", "municipality", "year", *SENSES, "places", "levers")
_NUMBERS = {"check": (1, 100_000), "rounds": (0, 5), "steps": (1, 20), "replicates": (1, 100)}
_DIGITS = 6
"""digits of the values a search tries, so that the scenario it writes says them in full"""


@dataclass(frozen=True)
class Goal:
    """A figure of a year that is to be at most or at least `target`, and the levers that are to bring it there.

    code    municipality whose figure it is, 0 for the prefecture
    places  municipalities the levers move in, none for all
    """

    measure: str
    year: int
    sense: str
    target: float
    levers: tuple[Factor, ...]
    code: int = 0
    places: tuple[int, ...] = ()

    def __str__(self) -> str:
        of = f" of {self.code}" if self.code else ""
        return f"{self.measure}{of} {self.sense.replace('_', ' ')} {plain(self.target)} in {era(self.year)}"

    def read(self, tables: Values[str, pd.DataFrame]) -> float:
        """Return the figure of a run."""
        table = tables["municipality_year" if self.code else "metropolis_year"]
        rows = table[table["year"] == self.year]
        if self.code:
            rows = rows[rows["code"] == self.code]
        return float(rows[self.measure].astype(float).iloc[0])

    def reached(self, value: float, margin: float = 0.0) -> bool:
        """Tell whether a value meets the target moved by `margin` to the safe side."""
        if self.sense == "at_most":
            return value <= self.target - margin
        return value >= self.target + margin

    def overrides(self, position: float, p: Parameters, last: int) -> dict[OverrideKey, Value]:
        """Return what puts all levers at a position, 0 their first and 1 their second number."""
        out: dict[OverrideKey, Value] = {}
        for lever in self.levers:
            x = round(lever.low + (lever.high - lever.low) * position, _DIGITS)
            for (key, year, _), value in lever.overrides(x, p, last).items():
                out |= {(key, year, code): value for code in self.places or (None,)}
        return out

    def ranges(self) -> str:
        """Return the levers with their ranges, as a sentence needs them."""
        return ", ".join(
            f"{lever.key} {plain(lever.low)} to {plain(lever.high)}"
            + (f" from {era(lever.since)} on" if lever.since else "")
            for lever in self.levers
        )


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A search: what it starts from, what it aims at, and how."""

    name: str
    goals: tuple[Goal, ...]
    scenario: str = "baseline"
    sample: int = 10
    check: int | None = None
    rounds: int = 1
    steps: int = 6
    replicates: int = 1
    seed: int | None = None
    last: int = 2029
    texts: dict[str, dict[str, str]] = field(default_factory=dict)
    """description and expectation of the scenario, by language"""
    source: str = ""
    file: str = ""


def read_spec(path: str | Path, parameters: Parameters | None = None) -> Spec:
    """Return the search of a file; raises ScenarioError with every mistake in it."""
    mistakes = Mistakes()
    file = Path(path)
    text = read_file(file, mistakes, "search")
    root = read_document(text, shown(file), mistakes, "search") if text is not None else None
    spec = _SolveReader(parameters or Parameters.load(), mistakes, shown(file)).search(root) if root else None
    if mistakes or spec is None:
        raise ScenarioError("\n".join(mistakes.lines()))
    return spec


class _SolveReader(Reader):
    """Reads the fields of a search: those all studies have, its goals with their levers, the texts of a scenario."""

    def search(self, root: Mapping) -> Spec | None:
        goals: list[Goal] = []
        texts: dict[str, dict[str, str]] = {}
        for key, item in root.entries.values():
            if not self.known(key, FIELDS):
                continue
            if key.text == "goals":
                goals = self._goals(item)
            elif key.text in ("description", "expectation"):
                texts[key.text] = self._languages(item)
            elif key.text == "source":
                self.words["source"] = self.text(item)
            else:
                self.take(key.text, item, _NUMBERS)
        self.needed(root, ("name", "goals"))
        self.judge(Spec.last, Spec.scenario)
        name = self.words.get("name")
        if self.mistakes or name is None:
            return None
        number = self.numbers.get
        return Spec(
            name=name,
            goals=tuple(goals),
            scenario=self.words.get("scenario") or Spec.scenario,
            sample=number("sample", Spec.sample),
            check=number("check"),
            rounds=number("rounds", Spec.rounds),
            steps=number("steps", Spec.steps),
            replicates=number("replicates", Spec.replicates),
            seed=number("seed"),
            last=number("to", Spec.last),
            texts=texts,
            source=self.words.get("source") or "",
            file=self.file,
        )

    def _languages(self, item: Item) -> dict[str, str]:
        if isinstance(item, Mapping) and set(item.entries) <= {"ja", "en"}:
            return {lang: self.text(value) or "" for lang, (_, value) in item.entries.items()}
        self.mistakes.add(item.place, "write {ja: …, en: …}")
        return {}

    def _goals(self, item: Item) -> list[Goal]:
        if not isinstance(item, List) or not item.items:
            self.mistakes.add(item.place, "goals are a list: - measure, year, at_most or at_least, levers")
            return []
        found = [self._goal(one) for one in item.items]
        return [goal for goal in found if goal is not None]

    def _goal(self, item: Item) -> Goal | None:
        entries = self._entries(item)
        if entries is None:
            return None
        sense = next(s for s in SENSES if s in entries)
        code = self._place(entries["municipality"]) if "municipality" in entries else 0
        measure = self._measure(entries["measure"], code)
        year, target = self.year(entries["year"]), self._number(entries[sense])
        levers = self._levers(entries["levers"], year)
        places = self._places(entries["places"]) if "places" in entries else []
        if year is not None:
            self.noted.append((entries["year"].place, f"goal {measure}", year))
        if measure is None or year is None or target is None or code is None or not levers:
            return None
        return Goal(measure, year, sense, target, tuple(levers), code, tuple(c for c in places if c is not None))

    def _entries(self, item: Item) -> dict[str, Item] | None:
        """Return what a goal says by field, None where something is missing."""
        if not isinstance(item, Mapping):
            self.mistakes.add(item.place, "a goal has measure, year, at_most or at_least, levers")
            return None
        entries = {key.text: value for key, value in item.entries.values() if self.known(key, _OF_A_GOAL)}
        missing = [name for name in ("measure", "year", "levers") if name not in entries]
        if missing or sum(sense in entries for sense in SENSES) != 1:
            what = f"a goal needs {', '.join(missing)}" if missing else "write one of at_most and at_least"
            self.mistakes.add(item.place, what)
            return None
        return entries

    def _levers(self, item: Item, year: int | None) -> list[Factor]:
        levers = self.factors(item)
        self.varied += levers
        if year is not None:
            self._in_time(item.place, levers, year)
        return levers

    def _in_time(self, place: Place, levers: list[Factor], year: int) -> None:
        for lever in levers:
            if lever.since is not None and lever.since > year:
                self.mistakes.add(place, f"{lever.key}: from {era(lever.since)} cannot reach a goal of {era(year)}")

    def _measure(self, item: Item, code: int | None) -> str | None:
        table = MUNICIPALITY_YEAR if code else METROPOLIS_YEAR
        word = self.text(item)
        if word is not None and word not in table.columns:
            self.mistakes.add(item.place, f"{table.name} has no column '{word}'{nearest(word, table.columns)}")
            return None
        return word

    def _number(self, item: Item) -> float | None:
        word = plain_word(item.text).replace("_", "") if isinstance(item, Text) else ""
        if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,12})?", word):
            return float(word)
        self.mistakes.add(item.place, "a number is needed here, in the unit of the measure (a share as 0.95)")
        return None

    def _place(self, item: Item) -> int | None:
        code, problem = find_place(item.text if isinstance(item, Text) else "", self.p)
        if code is None:
            self.mistakes.add(item.place, f"municipality: {problem}")
        return code

    def _places(self, item: Item) -> list[int | None]:
        if isinstance(item, List) and item.items:
            return [self._place(one) for one in item.items]
        self.mistakes.add(item.place, "places are a list of municipalities")
        return [None]
