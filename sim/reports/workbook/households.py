"""The sheet 改定案 × モデル世帯: bills of model households by year for a municipality to choose."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
from xlsxwriter.utility import xl_rowcol_to_cell

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.reports.bills import bills_of, households_of
from sim.reports.grid import Column
from sim.reports.words import WORDS, Text
from sim.reports.workbook.book import TOP, Book
from sim.reports.workbook.chosen import choice, place_name, write_data

_LEAD: Text = (
    "年間保険料（円）。黄色のセルで区市町村を選ぶ。収入と年齢は毎年同じとし、料率は試算の実際の料率。",
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
    places = Parameters.load().places()
    years = sorted(int(y) for y in tables[0]["year"].unique())
    keys = [(i, h) for h in labels for i in range(len(runs))]
    wide = [t.pivot(index=["year", "code"], columns="household", values="bill") for t in tables]
    frame = pd.DataFrame({f"{h}.{i}": wide[i][h] for i, h in keys})
    columns = {
        f"{h}.{i}": Column(tuple(f"{text} {names[i]}".strip() for text in labels[h]), "yen")  # type: ignore[arg-type]
        for i, h in keys
    }
    title: Text = ("改定案 × モデル世帯：年間保険料", "Model households: bill of a year")
    sheet = book.sheet(("改定案×モデル世帯", "Model households"), title, _LEAD)
    code = 13104
    chosen = choice(
        sheet, 2, WORDS["name"], [p[book.lang == "en"] for p in places.values()], place_name(code, book.lang)
    )
    data = write_data(
        book, ("モデル世帯データ", "Household data"), ("モデル世帯データ", "Household data"), frame, columns
    )
    several = len(runs) > 1
    heads = [Column(("モデル世帯", "household"), "text"), Column(WORDS["scenario"], "text")]
    heads += [Column((era(y),) * 2, "yen", bare=True) for y in years]
    change: Text = ("最初のシナリオとの差", "change over the first") if several else ("増減", "change")
    last = era(years[-1])
    heads.append(
        Column((f"{change[0]} {last}" if several else f"{era(years[0])}→{last}", change[1] + f" {last}"), "yen")
    )
    sheet.heading(TOP, tuple(heads))
    sheet.cells.set_column(0, 0, 46)
    sheet.cells.set_column(1, 1, 18 if several else 4, None, {"hidden": not several})
    sheet.cells.set_column(2, 2 + len(years), 12)
    for k, (i, h) in enumerate(keys):
        row = TOP + 1 + k
        sheet.put(row, 0, labels[h])
        sheet.put(row, 1, names[i])
        name = f"{h}.{i}"
        for j, year in enumerate(years):
            match = f'MATCH("{era(year)}|"&{chosen},{data.keys()},0)'
            text = f"=INDEX({data.reference(name)},{match})"
            sheet.formula(row, 2 + j, text, data.value(year, code, name), "yen")
        at = 1 + len(years)
        final = float(frame.at[(years[-1], code), name])
        start = (
            (row - i, at, float(frame.at[(years[-1], code), f"{h}.0"]))
            if several
            else (row, 2, float(frame.at[(years[0], code), name]))
        )
        text = f"={xl_rowcol_to_cell(row, at)}-{xl_rowcol_to_cell(*start[:2])}"
        sheet.formula(row, at + 1, text, final - start[2], "yen")
    sheet.cells.freeze_panes(TOP + 1, 2)
    sheet.cells.repeat_rows(TOP)
