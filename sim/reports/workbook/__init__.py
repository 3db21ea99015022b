"""The workbook of a run: the tables council papers use, as real numbers.

A sheet is a function `(book, run)` that adds itself; `SHEETS` lists them in order.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sim.core.export import replacing
from sim.core.information import dated
from sim.outputs.folder import RunFolder
from sim.reports.html import named
from sim.reports.words import Lang, word
from sim.reports.workbook import chosen, doubt, households, sheets
from sim.reports.workbook.book import Book

SHEETS: tuple[Callable[[Book, RunFolder], None], ...] = (
    sheets.cover,
    sheets.headline,
    doubt.headline,
    households.write,
    sheets.collection,
    doubt.place,
    doubt.groups,
    chosen.contribution,
    chosen.rates,
    chosen.plan,
    chosen.account,
    chosen.facts,
    sheets.arrears,
    sheets.validation,
    sheets.sources,
)


def build(run: RunFolder, lang: Lang) -> Path:
    """Write workbook.xlsx (or workbook_en.xlsx) into the run folder; return its path."""
    path = run.path / named("workbook.xlsx", lang)
    manifest = run.manifest
    date = f"{dated(run.as_of, lang)} · " if run.as_of else ""
    footer = f"{word('made_with', lang)} kokuho-sim · {manifest['scenario']} · {date}1/{manifest['sample']} · "
    with replacing(path) as fresh:
        book = Book(fresh, lang, f"{footer}{manifest['digests']['all'][:8]}", int(manifest["sample"]), run.as_of)
        for write in SHEETS:
            write(book, run)
        book.close()
    return path
