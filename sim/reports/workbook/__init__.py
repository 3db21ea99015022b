"""The workbook of a run as a council paper: a cover with one cell to choose the municipality, and sheets that follow.

A sheet is a function that adds itself. Those of the municipality chosen look their figures up in hidden data sheets and
recompute; everything else a reader may ask for stands in hidden sheets behind them.
"""

from __future__ import annotations

from pathlib import Path

from sim.core.export import replacing
from sim.core.information import dated
from sim.outputs.folder import RunFolder
from sim.reports.html import named
from sim.reports.words import Lang, word
from sim.reports.workbook import chosen, contribution, cover, doubt, facts, households, money, place, sheets, table
from sim.reports.workbook.book import Book


def _sheets(book: Book, run: RunFolder) -> None:
    """Add all sheets, the visible ones in the order of the cover."""
    cover.write(book, run)
    basic = facts.write(book, run)
    place.figures(book, run, basic)
    place.collection(book, run, basic)
    place.rates(book, run)
    contribution.causes(book, run, contribution.write(book, run))
    money.account(book, run)
    money.plan(book, run)
    households.write(book, run)
    table.write(book, run, basic)
    sheets.headline(book, run)
    for write in (
        cover.notes,
        sheets.collection,
        doubt.headline,
        doubt.groups,
        chosen.facts,
        sheets.arrears,
        sheets.validation,
        sheets.sources,
    ):
        write(book, run)


def build(run: RunFolder, lang: Lang) -> Path:
    """Write workbook.xlsx (or workbook_en.xlsx) into the run folder; return its path."""
    path = run.path / named("workbook.xlsx", lang)
    manifest = run.manifest
    date = f"{dated(run.as_of, lang)} · " if run.as_of else ""
    made = f"{word('made_with', lang)} kokuho-sim · {manifest['scenario']}"
    footer = f"{made} · {date}1/{manifest['sample']} · {run.path.name} · "
    with replacing(path) as fresh:
        book = Book(fresh, lang, f"{footer}{manifest['digests']['all'][:8]}", int(manifest["sample"]), run.as_of)
        _sheets(book, run)
        book.close()
    return path
