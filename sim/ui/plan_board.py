"""Plans of own rates on the page: what is typed, what is wrong with it, bills at once, and the scenarios they mean."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from sim.core.errors import InputError
from sim.core.units import era
from sim.explanations.household import assess_many
from sim.explanations.known_rates import RateBook
from sim.explanations.model_households import read_households
from sim.explanations.place_rates import PlaceRates
from sim.explanations.run_rates import RunRates
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import Rates
from sim.parameters import Parameters
from sim.scenario.scenario import Scenario, parse_scenario
from sim.studies.rates_plan.search import nearest_factor
from sim.studies.rates_plan.text import FIELDS, percent, plan_text, rates_expected
from sim.ui.plan_words import MISTAKES

Cell = tuple[str, str]
"""portion and part"""
Set = dict[Cell, int]
"""rates: income and asset parts per 1,000,000, others in yen"""
PERCENTAGES = ("income", "asset")
YEARS = range(2026, 2030)
"""years in which a plan may begin on the page"""
FIRST, LAST = 2027, YEARS[-1]
"""the year offered first, and the last one"""
MOST = 4
BASE_NAME = "no_plan"
_INCOME_STEP, _YEN_STEP = 100, 100
_CHILD = "child"
_HIGHEST = {"income": 300_000, "asset": 300_000}
_HIGHEST_YEN = 300_000
_LEAST = 1_000
"""per 1,000,000: below 0.1 % is a slip of the pen, as in a plan's file"""


@dataclass
class Draft:
    """One plan: its name and the text of each rate by year.

    rise    per cent by which it is the rates in force moved; None: its rates are typed
    before  what stood in it before it was moved so
    """

    name: str
    cells: dict[int, dict[Cell, str]]
    rise: float | None = None
    before: dict[int, dict[Cell, str]] = field(default_factory=dict)


@dataclass
class Board:
    """The plans of one municipality.

    code     of the municipality; year: that in which the plans begin
    years    the years whose rates are typed, the first one `year`
    run      the run of everybody whose rates are the expected ones; None: the last ones known
    current  text of the rates in force the year before
    """

    code: int
    run: RunRates | None = None
    year: int = FIRST
    years: list[int] = field(default_factory=list)
    current: dict[Cell, str] = field(default_factory=dict)
    drafts: list[Draft] = field(default_factory=list)
    shown: int = FIRST
    household: str = "single_worker"
    target: str = ""
    known: dict[int, Set] = field(default_factory=dict)
    """rates expected by year, read once"""

    @classmethod
    def of(cls, code: int, run: RunRates | None) -> Board:
        """Return a board with two plans that begin as the rates in force."""
        board = cls(code, run)
        board.begin(FIRST)
        return board

    def begin(self, year: int) -> None:
        """Let the plans begin in a year; what was typed is laid on it."""
        before = [(d.name, next(iter(d.cells.values())), d.rise) for d in self.drafts]
        self.year, self.years, self.shown = year, [year], year
        in_force = self.expected(year - 1)
        self.current = {cell: shown(value, cell[1]) for cell, value in in_force.items()}
        if not before:
            before = [(f"plan_{n}", dict(self.current), None) for n in (1, 2)]
        self.drafts = [Draft(name, {year: cells}) for name, cells, _ in before]
        for draft, (_, _, rise) in zip(self.drafts, before, strict=True):
            if rise is not None:
                self.rise(draft, rise)

    def add_year(self) -> None:
        """Let the year after the last be typed too, beginning with the rates before it."""
        last = self.years[-1]
        if last < LAST:
            self.years.append(last + 1)
            for draft in self.drafts:
                draft.cells[last + 1] = dict(draft.cells[last])
            self.shown = last + 1

    def add(self, cells: Mapping[int, Mapping[Cell, str]] | None = None, stem: str = "plan") -> Draft:
        """Add a plan, like the last one if no rates are given; beyond MOST the last one gives way."""
        if len(self.drafts) >= MOST:
            self.drafts.pop()
        taken = {d.name for d in self.drafts}
        name = next(n for i in range(1, 100) if (n := f"{stem}_{i}") not in taken)
        own = self.drafts[-1].cells if cells is None else cells
        draft = Draft(name, {year: dict(row) for year, row in own.items()})
        if cells is None:
            draft.rise = self.drafts[-1].rise
        self.drafts.append(draft)
        return draft

    def rise(self, draft: Draft, share: float | None) -> None:
        """Set a plan's rates to those in force moved by per cent, in the usual steps; the child portion stays.

        None takes it back: what stood in the plan before stands there again. A rate in force that cannot be read
        moves nothing.
        """
        if share is None:
            for year, row in draft.before.items():
                draft.cells[year] = row
            draft.rise, draft.before = None, {}
            return
        if draft.rise is None:
            draft.before = {year: dict(row) for year, row in draft.cells.items()}
        draft.rise = share
        now, _ = self._read(self.current)
        factor = {cell: 1.0 if cell[0] == _CHILD else 1 + share / 100 for cell in now}
        cells = {cell: shown(stepped(value * factor[cell], cell), cell[1]) for cell, value in now.items()}
        for year in self.years:
            draft.cells[year] = {**draft.cells.get(year, {}), **cells}

    def type_current(self, cell: Cell, text: str) -> list[Draft]:
        """Take what was typed for a rate in force; return the plans that follow it, moved from it by per cent."""
        self.current[cell] = text
        follow = [draft for draft in self.drafts if draft.rise is not None]
        for draft in follow:
            self.rise(draft, draft.rise)
        return follow

    def type_plan(self, draft: Draft, year: int, cell: Cell, text: str) -> bool:
        """Take what was typed for a rate of a plan; return whether it was moved by per cent, which it then is not."""
        draft.cells[year][cell] = text
        risen = draft.rise is not None
        draft.rise, draft.before = None, {}
        return risen

    # what is shown

    @property
    def cells(self) -> list[Cell]:
        """Return the rates levied: those in force or expected, or of a plan, that are not nothing."""
        known = [self.expected(year) for year in (self.year - 1, *self.years)]
        typed = [row for d in self.drafts for row in d.cells.values()]
        levied = {cell for row in known for cell, value in row.items() if value}
        levied |= {cell for row in typed for cell, text in row.items() if text.strip() not in ("", "0", "0%", "0.00")}
        return [(p, part) for p in PORTIONS for part in FIELDS if (p, part) in levied]

    def expected(self, year: int) -> Set:
        """Return the rates of a year without a plan."""
        if year not in self.known:
            rows = rates_expected(self.code, year, RateBook(Parameters.load()), self.run)
            self.known[year] = {
                (portion, part): _whole(value) for portion, parts in rows.items() for part, value in parts.items()
            }
        return self.known[year]

    def mistakes(self) -> dict[tuple[str, int, Cell], tuple[str, str]]:
        """Return what is wrong with which cell: name of the plan ("" for the rates in force), year, cell."""
        found = {("", self.year - 1, cell): told for cell, told in self._read(self.current)[1].items()}
        for draft in self.drafts:
            for year, row in draft.cells.items():
                found |= {(draft.name, year, cell): told for cell, told in self._read(row)[1].items()}
        return found

    def _read(self, row: Mapping[Cell, str]) -> tuple[Set, dict[Cell, tuple[str, str]]]:
        values: Set = {}
        wrong = {}
        for cell, text in row.items():
            value = read_rate(text, cell[1])
            if isinstance(value, int):
                values[cell] = value
            else:
                wrong[cell] = value
        return values, wrong

    def rates(self, draft: Draft, year: int) -> Set:
        """Return the rates of a plan in a year, those of the last year typed before it."""
        at = max(y for y in draft.cells if y <= year)
        return self._read(draft.cells[at])[0]

    def in_force(self) -> Set:
        """Return the rates in force the year before."""
        return self._read(self.current)[0]

    def given(self) -> dict[str, tuple[int, Mapping[str, Mapping[str, int | str]]]]:
        """Return the plans without mistakes by name, with the first year and its rates as a family file writes them."""
        wrong = {name for name, _, _ in self.mistakes()}
        return {d.name: (self.year, _in_file(self.rates(d, self.year))) for d in self.drafts if d.name not in wrong}

    def households(self, year: int) -> pd.DataFrame:
        """Return what model households are billed at once, without a run: a row a household.

        Columns: household, ja, en, current, base, and for each plan its name, "… change" and "… growth".
        """
        known, p = read_households(), Parameters.load()
        t = pd.DataFrame(
            {"household": [h.name for h in known], "ja": [h.ja for h in known], "en": [h.en for h in known]}
        )
        families = [h.family(year, p.value("levy.late_elderly_age", year), h.name) for h in known]
        sets = {"current": self.in_force(), "base": self.expected(year)}
        sets |= {d.name: self.rates(d, year) for d in self.drafts}
        for name, rates in sets.items():
            t[name] = assess_many(families, self._tariff(rates, year), year, p).portions.sum(axis=1)
        for draft in self.drafts:
            t[f"{draft.name} change"] = t[draft.name] - t["current"]
            t[f"{draft.name} growth"] = t[f"{draft.name} change"] / t["current"].where(t["current"] > 0)
        return t

    def same_burden(self, household: str) -> tuple[float, int, int]:
        """Add the plan under which a model household is billed what it is under the rates in force, at once.

        Return the factor on the rates expected, the bill wanted and the bill found, yen.
        """
        p, year = Parameters.load(), self.year
        own = next(h for h in read_households() if h.name == household)
        family = own.family(year, p.value("levy.late_elderly_age", year), household)
        at = p.codes().index(self.code)

        def bill(rates: Set) -> int:
            return int(assess_many([family], self._tariff(rates, year), year, p).portions.sum())

        wanted = bill(self.in_force())
        found = nearest_factor(
            wanted,
            self._table(self.expected(year)),
            np.arange(len(p.codes())) == at,
            at,
            lambda rates: bill(_row(rates, at)),
        )
        if found is None:
            raise InputError(f"{household}: no factor brings its bill to {wanted:,} yen")
        factor, billed, rates = found
        row = {cell: shown(value, cell[1]) for cell, value in _row(rates, at).items() if cell in self.cells}
        self.add({year: row}, "same_burden")
        return factor, wanted, billed

    def _tariff(self, rates: Set, year: int) -> PlaceRates:
        tariff = RateBook(Parameters.load()).rates(self.code, year)
        for part, name in FIELDS.items():
            tariff.table[name] = [rates.get((portion, part), 0) for portion in PORTIONS]
        return tariff

    # what runs

    def place(self) -> str:
        return Parameters.load().places()[self.code][0]

    def text(self, draft: Draft, lang: str = "ja") -> str:
        """Return the file of a plan: every rate levied, by year."""
        sets = {year: self._read(row)[0] for year, row in sorted(draft.cells.items())}
        by_year = {year: _in_plan({cell: own.get(cell, 0) for cell in self.cells}) for year, own in sets.items()}
        place = self.place()
        notes = {
            "head": f"{place}の保険料率の改定案 / own rates",
            "description.ja": f"{place}の保険料率の改定案（{era(self.year)}から）。",
            "description.en": f"Own rates of {place} from {era(self.year)} on.",
        }
        return plan_text(draft.name, place, by_year, region=Parameters.load().region.name, notes=notes)

    def base_text(self) -> str:
        """Return the file of what is expected without a plan: the rates of the run of everybody, for a sample."""
        by_year = {year: _in_plan(self.expected(year)) for year in range(self.year, LAST + 1)}
        notes = {"description.ja": "改定しない場合の推計の率。", "description.en": "The rates expected without a plan."}
        return plan_text(BASE_NAME, self.place(), by_year, region=Parameters.load().region.name, notes=notes)

    def scenario(self, draft: Draft) -> Scenario:
        """Return a plan as a scenario; ScenarioError with what is wrong."""
        return parse_scenario(self.text(draft), Path(f"{draft.name}.yaml"))

    def base(self) -> tuple[Scenario | None, str]:
        """Return the scenario without a plan whose rates are those of the run of everybody; None without such a run."""
        if self.run is None:
            return None, ""
        text = self.base_text()
        return parse_scenario(text, Path(f"{BASE_NAME}.yaml")), text

    def current_rates(self) -> Rates:
        """Return the rates in force as the kernel's tables have them, of this municipality alone."""
        return self._table(self.in_force())

    def _table(self, rates: Set) -> Rates:
        p = Parameters.load()
        out, at = Rates.zeros(len(p.codes())), p.codes().index(self.code)
        for (portion, part), value in rates.items():
            getattr(out, FIELDS[part])[at, PORTIONS.index(portion)] = value
        return out

    def take(self, found: Scenario, stem: str) -> Draft:
        """Add the plan a search found; portions it leaves out are those expected."""
        cells = self._cells_of(found)
        self.years = sorted({*self.years, *cells})
        for draft in self.drafts:
            draft.cells = _in_every(self.years, draft.cells)
        return self.add(_in_every(self.years, cells), stem)

    def _cells_of(self, found: Scenario) -> dict[int, dict[Cell, str]]:
        """Return the rates a scenario sets for the municipality, by year, as they stand in fields."""
        cells: dict[int, dict[Cell, str]] = {}
        for _, change in found.changes():
            _, _, key = change.key.partition("rates_plan.")
            portion, _, part = key.partition("_")
            if key and change.code in (None, self.code) and change.year is not None:
                row = cells.setdefault(change.year, {c: shown(v, c[1]) for c, v in self.expected(change.year).items()})
                row[portion, part] = shown(int(np.asarray(change.quantity.amount)), part)
        return cells


def _in_every(years: Sequence[int], cells: Mapping[int, dict[Cell, str]]) -> dict[int, dict[Cell, str]]:
    """Return rates for every year, those of the last one before where a year has none; none before the first."""
    return {year: dict(cells[max(y for y in cells if y <= year)]) for year in years if min(cells) <= year}


def _row(rates: Rates, at: int) -> Set:
    """Return the rates of one municipality."""
    return {
        (portion, part): int(getattr(rates, name)[at, k])
        for k, portion in enumerate(PORTIONS)
        for part, name in FIELDS.items()
    }


def _whole(value: int | str) -> int:
    """Return a rate as a plan writes it as a whole number: 8.2% is 82_000."""
    return value if isinstance(value, int) else round(float(value.rstrip("%")) * 10_000)


def shown(value: int, part: str) -> str:
    """Return a rate as it stands in a field: 8.20 for a percentage, 48,000 for yen."""
    if part not in PERCENTAGES:
        return f"{value:,}"
    return percent(value).rstrip("%") if value % _INCOME_STEP else f"{value / 10_000:.2f}"


def read_rate(text: str, part: str) -> int | tuple[str, str]:
    """Return the rate a text means, or what is wrong with it; nothing typed is a rate of nothing."""
    plain = unicodedata.normalize("NFKC", text).strip().replace(",", "").replace("_", "")
    if not plain:
        return 0
    if part in PERCENTAGES:
        match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,4})?)\s*%?", plain)
        value = round(float(match[1]) * 10_000) if match else -1
        good = value == 0 or _LEAST <= value <= _HIGHEST[part]
        return value if good else MISTAKES["percent"]
    match = re.fullmatch(r"([0-9]{1,7})\s*円?", plain)
    value = int(match[1]) if match else -1
    return value if 0 <= value <= _HIGHEST_YEN else MISTAKES["yen"]


def stepped(value: float, cell: Cell) -> int:
    """Return a rate in the steps in which rates are set; amounts of the child portion in steps of 1 yen."""
    step = _INCOME_STEP if cell[1] in PERCENTAGES else 1 if cell[0] == _CHILD else _YEN_STEP
    return int(value / step + 0.5) * step


def _in_plan(rates: Set) -> dict[str, dict[str, int | str]]:
    """Return rates by portion as a plan writes them."""
    out: dict[str, dict[str, int | str]] = {}
    for (portion, part), value in rates.items():
        out.setdefault(portion, {})[part] = percent(value) if part in PERCENTAGES else value
    return out


def _in_file(rates: Set) -> dict[str, dict[str, int | str]]:
    """Return rates by portion as a family file writes them."""
    names = {"income": "income_part", "asset": "asset_part"}
    return {
        portion: {names.get(part, part): value for part, value in parts.items()}
        for portion, parts in _in_plan(rates).items()
    }
