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
from sim.reports.theme import CYCLE
from sim.reports.words import WORDS, Text, say
from sim.reports.workbook.book import TOP, Book, Sheet
from sim.reports.workbook.chosen import by_year, choose_place, of_place, write_data
from sim.reports.workbook.terms import Term, nearest

_TITLE: Text = ("改定案 × モデル世帯：年間保険料", "Model households: bill of a year")
_NAME: Text = ("改定案×モデル世帯", "Model households")
_DATA: Text = ("モデル世帯データ", "Household data")
_HELD: Text = (
    "年間保険料（円）。収入と年齢は毎年同じとし、料率は推計による実際の料率。",
    "Bill of a year in yen. Income and ages are held; rates are the actual ones of the simulation.",
)
_CHOOSE: Text = (
    "年間保険料（円）。黄色のセルで{municipalities}を選ぶ。収入と年齢は毎年同じとし、料率は推計による実際の料率。",
    "Bill of a year in yen. Choose the municipality in the yellow cell. Income and ages are held; rates are the "
    "actual ones of the simulation.",
)


def write(book: Book, run: RunFolder) -> None:
    """Write the bills of one run by year, of the municipality chosen on the cover, and by how much they rise."""
    t = bills_of(run)
    labels = households_of(t)
    years = sorted(int(y) for y in t["year"].unique())
    frame, columns = _data([t], labels, [""], [(0, h) for h in labels])
    sheet = book.sheet(_NAME, _TITLE, _HELD)
    data = write_data(book, _DATA, frame, columns)
    of_place(sheet)
    change = f"{era(years[0])}→{era(years[-1])}"
    heads = [Column(("モデル世帯", "household"), "text"), *(Column((era(y),) * 2, "text") for y in years)]
    heads += [Column((f"増減額 {change}", f"change {change}"), "text"), Column(("伸び率", "change, %"), "text")]
    sheet.heading(TOP, tuple(heads))
    sheet.cells.set_column(0, 0, 52)
    sheet.cells.set_column(1, 2 + len(years), 12)
    picks = by_year(book, data, years, book.code)
    for row, h in enumerate(labels, TOP + 1):
        sheet.put(row, 0, labels[h])
        for j, pick in enumerate(picks):
            pick.write(sheet, row, 1 + j, f"{h}.0")
        first, last = (picks[k].term(f"{h}.0").number for k in (0, -1))
        a, b = (sheet.cell(row, column).replace("$", "") for column in (1, len(years)))
        sheet.term(row, 1 + len(years), Term(f"{b}-{a}", last - first), "yen_change")
        rate = nearest(last / first - 1, 4) if first else None
        sheet.term(row, 2 + len(years), Term(f'IF({a}=0,"",ROUND({b}/{a}-1,4))', rate), "share_change")
    sheet.cells.freeze_panes(TOP + 1, 1)
    sheet.cells.repeat_rows(TOP)
    _chart(sheet, len(labels), len(years))
    sheet.one_page()


def _chart(sheet: Sheet, households: int, years: int) -> None:
    """Draw the bills of the first and the last year beside each other, household by household."""
    series = [
        {
            "name": [sheet.name, TOP, column],
            "categories": [sheet.name, TOP + 1, 0, TOP + households, 0],
            "values": [sheet.name, TOP + 1, column, TOP + households, column],
            "fill": {"color": CYCLE[i]},
        }
        for i, column in enumerate((1, years))
    ]
    look: Text = ("年間保険料（最初と最後の年度）", "Bill of a year, first and last")
    unit = say(WORDS["yen"], sheet.book.lang)
    sheet.chart({"type": "bar"}, look, (TOP + households + 2, 0), series, unit=unit, minimum=0, size=(1100, 420))


def sheet_of(book: Book, names: Sequence[str], runs: Sequence[RunFolder]) -> None:
    """Write the sheet for runs side by side: one row a household and scenario, then the change over the first."""
    tables = [bills_of(run) for run in runs]
    labels = households_of(tables[0])
    years = sorted(int(y) for y in tables[0]["year"].unique())
    keys = [(i, h) for h in labels for i in range(len(runs))]
    frame, columns = _data(tables, labels, names, keys)
    sheet = book.sheet(_NAME, _TITLE, _CHOOSE)
    code = runs[0].region.example
    place = choose_place(sheet, code)
    data = write_data(book, _DATA, frame, columns)
    _heads(sheet, years)
    chosen = by_year(book, data, years, code, place)
    at = 1 + len(years)
    for k, (i, h) in enumerate(keys):
        row = TOP + 1 + k
        sheet.put(row, 0, labels[h])
        sheet.put(row, 1, names[i])
        for j, each in enumerate(chosen):
            each.write(sheet, row, 2 + j, f"{h}.{i}")
        start = _Cell(row - i, at, f"{h}.0", years[-1])
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


def _heads(sheet: Sheet, years: Sequence[int]) -> None:
    """Write the headings."""
    heads = [Column(("モデル世帯", "household"), "text"), Column(WORDS["scenario"], "text")]
    heads += [Column((era(y),) * 2, "yen", bare=True) for y in years]
    last = era(years[-1])
    change: Text = (f"最初のシナリオとの差 {last}", f"change over the first {last}")
    sheet.heading(TOP, (*heads, Column(change, "yen")))
    sheet.cells.set_column(0, 0, 46)
    sheet.cells.set_column(1, 1, 18)
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
