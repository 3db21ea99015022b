"""The workbook of a comparison: real numbers, differences as formulas."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from xlsxwriter.utility import xl_rowcol_to_cell

from sim.core.export import replacing
from sim.core.information import dated
from sim.core.units import era
from sim.parameters import Parameters
from sim.reports.comparison.runs import Comparison
from sim.reports.comparison.sections import COURSES, MEASURES, note, summary, verdict
from sim.reports.grid import KINDS, Column, Grid
from sim.reports.headlines import headline_kind, headline_label, headline_names
from sim.reports.marks import size_of
from sim.reports.theme import CYCLE
from sim.reports.words import WORDS, Lang, Text, say, word
from sim.reports.workbook import households
from sim.reports.workbook.book import TOP, Book, Sheet, as_held
from sim.reports.workbook.terms import Term
from sim.studies.ensemble import LEVEL


def write(c: Comparison, path: Path, lang: Lang) -> Path:
    """Write the workbook and return its path."""
    sample = size_of(c.base)
    with replacing(path) as fresh:
        book = Book(fresh, lang, f"{word('made_with', lang)} kokuho-sim · {c.footer}", sample, c.base.as_of)
        _cover(book, c)
        _last_year(book, c)
        _courses(book, c)
        households.sheet_of(book, c.names, c.runs)
        for measure, (title, kind) in MEASURES.items():
            _places(book, c, measure, title, kind)
        book.close()
    return path


def _cover(book: Book, c: Comparison) -> None:
    lang = book.lang
    sheet = book.sheet(("表紙", "Cover"), WORDS["comparison"])
    sheet.cells.set_column(0, 0, 28)
    sheet.cells.set_column(1, 1, 110)
    row = 2
    for name, run in zip(c.names, c.runs, strict=True):
        sheet.cells.write_string(row, 0, name, book.style(bold=True, valign="top"))
        m = run.manifest
        drawn = f"{word('seed', lang, n=m['seed'])}/{m['replicate']}  1/{m['sample']}"
        chance = f"{dated(run.as_of, lang)}  {drawn}  {m['digests']['all'][:16]}"
        text = f"{m['description'].get(lang, '')}  {chance}"
        sheet.paragraph(row, 1, text, 110)
        row += 1
    for line in summary(c, lang).lines:
        row += 1
        sheet.paragraph(row, 1, line, 110)


def _last_year(book: Book, c: Comparison) -> None:
    """Write headline figures of the last year: value of each scenario, difference, half-width, verdict."""
    year = int(c.headlines[0].index[-1])
    sheet = book.sheet(("主な結果の比較", "Headline"), WORDS["headline"], note(c, book.lang))
    wide = 4 + 3 * (c.doubt is not None)
    columns = [Column(WORDS["item"], "text"), Column(WORDS["unit"], "text"), Column((c.names[0],) * 2, "oku")]
    for name in c.names[1:]:
        columns += [Column((name,) * 2, "oku"), Column(WORDS["difference"], "oku")]
        columns += [Column((f"±{LEVEL:.0%}",) * 2, "oku"), Column(WORDS["verdict"], "text"), *_ends_heads(c, "oku")]
        columns += [Column(("うち乱数", "noise, of the variance"), "share")] if c.doubt is not None else []
    plain = tuple(Column(x.label, "text" if x.kind == "text" else "count") for x in columns)
    sheet.widths(plain, 34)
    sheet.heading(TOP, plain)
    for i, name in enumerate(headline_names(c.base)):
        row, kind = TOP + 1 + i, headline_kind(name)
        sheet.put(row, 0, headline_label(name))
        sheet.put(row, 1, KINDS[kind].excel_unit or KINDS[kind].unit)
        sheet.put(row, 2, c.headlines[0].at[year, name], kind)
        for j, t in enumerate(c.headlines[1:], 1):
            at = 3 + (j - 1) * wide
            sheet.put(row, at, t.at[year, name], kind)
            if (name, year) not in c.year[j].index:
                continue
            d = c.year[j].loc[(name, year)]
            sheet.put(row, at + 1, d["difference"], kind)
            sheet.put(row, at + 2, d["half"], kind)
            told = {"●": "sure", "○": "unsure", "": "unclear"}[verdict(d["sure"])]
            sheet.put(row, at + 3, WORDS[told])
            if (ends := c.ends(j, name)) is not None:
                sheet.put(row, at + 4, ends["low90"], kind)
                sheet.put(row, at + 5, ends["high90"], kind)
                sheet.put(row, at + 6, ends["noise"], "share")
    sheet.cells.freeze_panes(TOP + 1, 2)
    sheet.cells.repeat_rows(TOP)


def _ends_heads(c: Comparison, kind: str) -> list[Column]:
    """Return the columns of the ends of the range of a difference; none where the comparison has no ranges."""
    heads = (("差の90％区間 下限", "difference, 90 % low"), ("差の90％区間 上限", "difference, 90 % high"))
    return [Column(head, kind) for head in heads] if c.doubt is not None else []


def _courses(book: Book, c: Comparison) -> None:
    """Write each headline figure by scenario and year, with charts of the main ones."""
    lang = book.lang
    years = [int(y) for y in c.headlines[0].index]
    sheet = book.sheet(("年度別", "By year"), ("年度別の比較", "Year by year"))
    heads = (Column(WORDS["item"], "text"), Column(WORDS["scenario"], "text"), *(Column((era(y),) * 2) for y in years))
    sheet.widths(heads, 34)
    sheet.cells.set_column(1, 1, 22)
    sheet.cells.set_column(2, 1 + len(years), 13)
    sheet.heading(TOP, heads)
    row = TOP + 1
    charts = 0
    for name in headline_names(c.base):
        kind, start = headline_kind(name), row
        for who, t in zip(c.names, c.headlines, strict=True):
            sheet.put(row, 0, headline_label(name))
            sheet.put(row, 1, who)
            for j, year in enumerate(years):
                sheet.put(row, 2 + j, t.at[year, name], kind)
            row += 1
        if name in COURSES:
            series = [
                {
                    "name": [sheet.name, start + i, 1],  # a reference: a name like =x would be a formula
                    "categories": [sheet.name, TOP, 2, TOP, 1 + len(years)],
                    "values": [sheet.name, start + i, 2, start + i, 1 + len(years)],
                    "line": {"color": CYCLE[i % len(CYCLE)], "width": 2},
                    "marker": {"type": "circle", "size": 4, "fill": {"color": CYCLE[i % len(CYCLE)]}},
                }
                for i in range(len(c.names))
            ]
            unit = say(KINDS[kind].excel_unit or KINDS[kind].unit, lang) or "%"
            form = "0.0%" if kind == "share" else "#,##0"
            spot = (TOP + 18 * (charts // 2), 3 + len(years) + 7 * (charts % 2))
            sheet.chart({"type": "line"}, headline_label(name), spot, series, unit=unit, form=form, size=(460, 300))
            charts += 1
    sheet.cells.freeze_panes(TOP + 1, 2)
    sheet.cells.repeat_rows(TOP)
    sheet.cells.autofilter(TOP, 0, row - 1, 1 + len(years))


def _places(book: Book, c: Comparison, measure: str, title: Text, kind: str) -> None:
    """Write a measure of every municipality in the last year; differences are formulas."""
    year = era(int(c.headlines[0].index[-1]))
    places = Parameters.load().places()
    tables = [t.xs(measure, level="measure") for t in c.places[1:]]
    codes = [int(code) for code in tables[0].index]
    columns = [Column(WORDS["name"], "text"), Column((c.names[0],) * 2, kind)]
    for name in c.names[1:]:
        columns += [Column((name,) * 2, kind), Column(WORDS["difference"], kind), *_ends_heads(c, kind)]
    rows = [(places[code],) for code in codes]
    small = frozenset(i for i, code in enumerate(codes) if any(bool(t.at[code, "small"]) for t in tables))
    sheet = book.sheet(title, (f"{title[0]}（{year}年度）", f"{title[1]} ({year})"), portrait=True)
    sheet.grid(Grid(title, tuple(columns), rows, small=small), first=14)
    for i, code in enumerate(codes):
        values = [tables[0].at[code, "value_base"], *(t.at[code, "value"] for t in tables)]
        ends = [c.ends(j, measure, code) for j in range(1, len(c.names))] if c.doubt is not None else None
        _beside_base(sheet, TOP + 1 + i, values, kind, i in small, ends)


def _beside_base(
    sheet: Sheet, row: int, values: list[float], kind: str, small: bool, ends: Sequence[pd.Series | None] | None
) -> None:
    """Write the base's value, then each scenario's with its difference as a formula, and the ends of its range."""
    base, *others = values
    wide = 2 if ends is None else 4
    sheet.put(row, 1, base, kind, small)
    for j, value in enumerate(others):
        at = 2 + wide * j
        sheet.put(row, at, value, kind, small)
        if pd.notna(value) and pd.notna(base):
            text = f"{xl_rowcol_to_cell(row, at)}-{xl_rowcol_to_cell(row, 1)}"
            held = [as_held(each, kind) for each in (value, base)]
            sheet.term(row, at + 1, Term(text, held[0] - held[1]), kind, small)
        if ends is not None and (own := ends[j]) is not None:
            sheet.put(row, at + 2, own["low90"], kind, small)
            sheet.put(row, at + 3, own["high90"], kind, small)
