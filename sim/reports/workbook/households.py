"""The sheet 改定案 × モデル世帯: bills of model households by year for a municipality to choose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd
from xlsxwriter.utility import xl_rowcol_to_cell

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.reports.bills import bills_of, households_of
from sim.reports.grid import Column
from sim.reports.words import WORDS, Text
from sim.reports.workbook.book import TOP, Book, Sheet
from sim.reports.workbook.chosen import Chosen, choose_place, write_data

"""municipality shown first: 新宿区"""
_LEAD: Text = (
    "年間保険料（円）。黄色のセルで{municipalities}を選ぶ。収入と年齢は毎年同じとし、料率は試算の実際の料率。",
    "Bill of a year in yen. Choose the municipality in the yellow cell. Income and ages are held; rates are the "
    "actual ones of the simulation.",
)


def write(book: Book, run: RunFolder) -> None:
    """Write the sheet of one run."""
    sheet_of(book, [""], [run])


def sheet_of(book: Book, names: Sequence[str], runs: Sequence[RunFolder]) -> None:
    """Write the sheet for runs side by side: one row a household and scenario, then the change over the first."""
    tables = [bills_of(run) for run in runs]
    labels = households_of(tables[0])
    years = sorted(int(y) for y in tables[0]["year"].unique())
    keys = [(i, h) for h in labels for i in range(len(runs))]
    frame, columns = _data(tables, labels, names, keys)
    title: Text = ("改定案 × モデル世帯：年間保険料", "Model households: bill of a year")
    sheet = book.sheet(("改定案×モデル世帯", "Model households"), title, _LEAD)
    code = runs[0].region.example
    place = choose_place(sheet, code)
    named = ("モデル世帯データ", "Household data")
    data = write_data(book, named, named, frame, columns)
    several = len(runs) > 1
    _heads(sheet, years, several)
    chosen = [Chosen(data, f'MATCH("{era(y)}|"&{place},{data.keys()},0)', y, code) for y in years]
    at = 1 + len(years)
    for k, (i, h) in enumerate(keys):
        row = TOP + 1 + k
        sheet.put(row, 0, labels[h])
        sheet.put(row, 1, names[i])
        for j, each in enumerate(chosen):
            each.write(sheet, row, 2 + j, f"{h}.{i}")
        start = _Cell(row - i, at, f"{h}.0", years[-1]) if several else _Cell(row, 2, f"{h}.{i}", years[0])
        _change(sheet, frame, start, _Cell(row, at, f"{h}.{i}", years[-1]))
    sheet.cells.freeze_panes(TOP + 1, 2)
    sheet.cells.repeat_rows(TOP)


def _data(
    tables: Sequence[pd.DataFrame], labels: Mapping[str, Text], names: Sequence[str], keys: Sequence[tuple[int, str]]
) -> tuple[pd.DataFrame, dict[str, Column]]:
    """Return the bills by (year, code), a column `household.run` for each row of the sheet, and its headings."""
    wide = [t.pivot(index=["year", "code"], columns="household", values="bill") for t in tables]
    frame = pd.DataFrame({f"{h}.{i}": wide[i][h] for i, h in keys})
    columns = {}
    for i, h in keys:
        ja, en = (f"{text} {names[i]}".strip() for text in labels[h])
        columns[f"{h}.{i}"] = Column((ja, en), "yen")
    return frame, columns


def _heads(sheet: Sheet, years: Sequence[int], several: bool) -> None:
    """Write the headings; the column of the scenario is hidden where there is one."""
    heads = [Column(("モデル世帯", "household"), "text"), Column(WORDS["scenario"], "text")]
    heads += [Column((era(y),) * 2, "yen", bare=True) for y in years]
    change: Text = ("最初のシナリオとの差", "change over the first") if several else ("増減", "change")
    last = era(years[-1])
    ja = f"{change[0]} {last}" if several else f"{era(years[0])}→{last}"
    sheet.heading(TOP, (*heads, Column((ja, f"{change[1]} {last}"), "yen")))
    sheet.cells.set_column(0, 0, 46)
    sheet.cells.set_column(1, 1, 18 if several else 4, None, {"hidden": not several})
    sheet.cells.set_column(2, 2 + len(years), 12)


class _Cell(NamedTuple):
    """A cell of the sheet and what it shows first: a column of the data in a year."""

    row: int
    column: int
    name: str
    year: int


def _change(sheet: Sheet, frame: pd.DataFrame, start: _Cell, end: _Cell) -> None:
    """Write beside a bill what it is more than another one."""
    code = Parameters.load().region.example
    first, last = (float(frame.at[(cell.year, code), cell.name]) for cell in (start, end))
    text = f"={xl_rowcol_to_cell(end.row, end.column)}-{xl_rowcol_to_cell(start.row, start.column)}"
    sheet.formula(end.row, end.column + 1, text, last - first, "yen")
