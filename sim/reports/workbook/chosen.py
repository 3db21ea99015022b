"""What sheets of the municipality chosen rest on: a hidden sheet of data, and formulas that look it up.

A data sheet has one row per year and place, found by the key "R8|新宿区", and amounts in whole yen. The formulas carry
the values of the first choice, so that programs that do not calculate show them too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import SupportsFloat

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.parameters.places import is_prefecture
from sim.reports.grid import KINDS, THOUSAND, Column, missing
from sim.reports.labels import FACT_LABELS
from sim.reports.words import WORDS, Lang, Text, say
from sim.reports.workbook.book import TOP, Book, Sheet
from sim.reports.workbook.terms import Term, Value, as_shown, unless_empty

YELLOW, PALE = "#FFF2A8", "#DCEBF7"
"""cells to choose in: the municipality, the fiscal year"""
KEY_COLUMNS = 3
"""key, year, municipality: the first columns of a data sheet"""


@dataclass
class Data:
    """A data sheet: `frame` is indexed by (year, code), its columns are described in `columns`."""

    sheet: Sheet
    frame: pd.DataFrame
    columns: dict[str, Column]

    def reference(self, name: str) -> str:
        """Return the reference to all values of a column."""
        letter = xl_col_to_name(KEY_COLUMNS + list(self.columns).index(name))
        return f"'{self.sheet.name}'!${letter}${TOP + 2}:${letter}${TOP + 1 + len(self.frame)}"

    def keys(self) -> str:
        return f"'{self.sheet.name}'!$A${TOP + 2}:$A${TOP + 1 + len(self.frame)}"

    def held(self, year: int, code: int, name: str) -> Value:
        """Return what a cell holds, None where it is empty."""
        value = self.frame.at[(year, code), name] if (year, code) in self.frame.index else None
        if isinstance(value, str):
            return value
        if missing(value):
            return None
        assert isinstance(value, SupportsFloat)
        number = float(value) / KINDS[self.columns[name].kind].excel_scale if self.scaled(name) else float(value)
        return int(number) if number.is_integer() else number

    def scaled(self, name: str) -> bool:
        """Return whether the cells of a column are divided: rates per million are, amounts stand in yen."""
        return KINDS[self.columns[name].kind].excel_scale not in (1.0, THOUSAND)

    def rows(self, columns: Sequence[str], match: str) -> str:
        """Return the reference to neighbouring columns in the row a formula finds."""
        first, last = (xl_col_to_name(KEY_COLUMNS + list(self.columns).index(c)) for c in (columns[0], columns[-1]))
        top, bottom = TOP + 2, TOP + 1 + len(self.frame)
        return f"INDEX('{self.sheet.name}'!${first}${top}:${last}${bottom},{match},0)"

    def eras(self) -> str:
        """Return the reference to the fiscal years of the rows."""
        return f"'{self.sheet.name}'!$B${TOP + 2}:$B${TOP + 1 + len(self.frame)}"


@dataclass(frozen=True)
class Chosen:
    """A row of a data sheet: the formula that finds it, and the year and place it finds first."""

    data: Data
    match: str
    year: int
    code: int

    def term(self, name: str) -> Term:
        """Return the look-up of a column: whole yen, as the data sheet holds it."""
        text = f"INDEX({self.data.reference(name)},{self.match})"
        return Term(text, self.data.held(self.year, self.code, name))

    def write(self, sheet: Sheet, row: int, column: int, name: str, blank: bool = False, small: bool = False) -> None:
        """Write a look-up of a column as its kind is shown; `blank` keeps empty cells empty, `small` marks rough."""
        cell, kind = self.term(name), self.data.columns[name].kind
        shown = as_shown(cell, kind)
        term = unless_empty(cell, shown) if blank else shown
        if kind == "text":
            sheet.term(row, column, term, kind, small, align="right")
        else:
            sheet.term(row, column, term, kind, small)


def by_year(book: Book, data: Data, years: Sequence[int], code: int, place: str = "") -> list[Chosen]:
    """Return the rows of the municipality chosen on the cover, or in the cell given, year after year."""
    cell = place or book.choice
    return [Chosen(data, f'MATCH("{era(y)}|"&{cell},{data.keys()},0)', y, code) for y in years]


def whole() -> Text:
    """Return the name of the prefecture as a whole."""
    region = Parameters.load().region
    return region.ja, region.en


def place_name(code: int, lang: Lang) -> str:
    return say(whole() if is_prefecture(code) else Parameters.load().places()[code], lang)


_HELD = {"oku": "yen_exact", "million": "yen_exact"}
"""kind of a column -> what its data sheet holds instead: whole yen"""


def write_data(book: Book, name: Text, frame: pd.DataFrame, columns: dict[str, Column]) -> Data:
    """Write a frame indexed by (year, code) as a hidden data sheet."""
    sheet = book.sheet(name, name, hidden=True)
    held = {n: replace(column, kind=_HELD.get(column.kind, column.kind)) for n, column in columns.items()}
    heads = (Column(("鍵", "key"), "text"), Column(WORDS["year"], "text"), Column(WORDS["name"], "text"))
    sheet.heading(TOP, (*heads, *held.values()))
    names = {code: place_name(code, book.lang) for code in frame.index.get_level_values("code").unique()}
    for i, (year, code) in enumerate(frame.index):
        row = TOP + 1 + i
        for j, text in enumerate((f"{era(year)}|{names[code]}", era(year), names[code])):
            sheet.cells.write_string(row, j, text)
    for j, (column, meaning) in enumerate(held.items()):
        sheet.values(TOP + 1, KEY_COLUMNS + j, frame[column].tolist(), meaning.kind)
    sheet.cells.set_column(0, 0, 14, None, {"hidden": True})
    sheet.cells.set_column(1, KEY_COLUMNS + len(columns), 14)
    sheet.cells.freeze_panes(TOP + 1, KEY_COLUMNS)
    sheet.cells.repeat_rows(TOP)
    sheet.cells.autofilter(TOP, 0, TOP + len(frame), KEY_COLUMNS + len(columns) - 1)
    return Data(sheet, frame, columns)


def choice(sheet: Sheet, row: int, label: Text, options: Sequence[str], chosen: str, colour: str = YELLOW) -> str:
    """Write a yellow cell with a list to choose from; return its reference."""
    book = sheet.book
    sheet.cells.write_string(row, 0, say(label, book.lang), book.style(bold=True))
    sheet.cells.write_string(row, 1, chosen, book.style(bold=True, bg_color=colour, border=1))
    length = sum(len(o) + 1 for o in options)
    source = list(options) if length < 250 else _listed(sheet, options)
    sheet.cells.data_validation(row, 1, row, 1, {"validate": "list", "source": source})
    return sheet.cell(row, 1)


def _listed(sheet: Sheet, options: Sequence[str]) -> str:
    """Write the options into a hidden column far to the right and return a reference to them."""
    column = 60
    for i, option in enumerate(options):
        sheet.cells.write_string(i, column, option)
    sheet.cells.set_column(column, column, 14, None, {"hidden": True})
    letter = xl_col_to_name(column)
    return f"=${letter}$1:${letter}${len(options)}"


def years_of(frame: pd.DataFrame) -> list[int]:
    return sorted({int(y) for y in frame.index.get_level_values("year")})


def first_choice(years: list[int]) -> int:
    """Return the first projected year, or the last of the run."""
    return 2026 if 2026 in years else years[-1]


def choose_place(sheet: Sheet, code: int, row: int = 2) -> str:
    """Write the cell to choose a municipality in; return its reference."""
    lang = sheet.book.lang
    names = [say(name, lang) for name in Parameters.load().places().values()]
    return choice(sheet, row, WORDS["name"], names, place_name(code, lang))


def of_place(sheet: Sheet) -> None:
    """Write, above a table, the municipality that is chosen on the cover."""
    bold = sheet.book.style(bold=True, font_size=12)
    code = sheet.book.code
    sheet.cells.write_string(2, 0, say(WORDS["name"], sheet.book.lang), sheet.book.style(bold=True))
    sheet.cells.write_formula(2, 1, f"={sheet.book.choice}", bold, place_name(code, sheet.book.lang))


def facts(book: Book, run: RunFolder) -> None:
    """Write the facts of every municipality and year, as a data sheet to filter."""
    frame = run.table("municipality_year").set_index(["year", "code"])
    columns = {n: Column(label, kind) for n, (label, kind) in FACT_LABELS.items() if n in frame.columns}
    write_data(book, ("{municipalities}データ", "Municipality data"), frame, columns)
