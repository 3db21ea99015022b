"""The commands `dictionary` and `describe`: every column, fact, table, parameter and scenario, as declared."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from sim.cli.app import REGISTER, Layout, app
from sim.cli.register import card, said
from sim.cli.show import console
from sim.core import language

if TYPE_CHECKING:
    from sim.reports.describe import Entry

_CARDS = 8
"""things shown whole; more are a list"""
_LONGEST = 160
"""letters of values in a list"""


@app.command(rich_help_panel=REGISTER)
def dictionary(folder: Annotated[Path, typer.Argument(help="where the pages are written")]) -> None:
    """Write the dictionary of columns, facts, tables, parameters and data as Markdown."""
    from sim.core import export
    from sim.parameters import Parameters
    from sim.reports.dictionary import pages

    folder.mkdir(parents=True, exist_ok=True)
    with export.together():
        for name, text in pages(Parameters.load()).items():
            with export.replacing(folder / name) as fresh:
                fresh.write_text(text, encoding="utf-8", newline="\n")
    console().print(language.either(f"書き出しました：{folder}", f"written: {folder}"), highlight=False)


@app.command(rich_help_panel=REGISTER)
def describe(
    name: Annotated[
        str | None,
        typer.Argument(help="a column, fact, table, parameter, domain, scenario or step; people, households"),
    ] = None,
    search: Annotated[str | None, typer.Option(help="words in name or meaning, Japanese or English")] = None,
    layout: Annotated[Layout, typer.Option("--format", help="table or json")] = Layout.table,
) -> None:
    """Say what a name means: unit, meaning in both languages, values, source."""
    from sim.core.errors import InputError
    from sim.parameters import Parameters
    from sim.reports.describe import found

    if name is None and search is None:
        raise InputError("give a name (kokuho describe collection_rate), or --search WORD")
    rows = found(Parameters.load(), name, search)
    if layout is Layout.json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
    elif len(rows) <= _CARDS:
        for row in rows:
            shown = {said(k): v for k, v in row.items() if k not in ("name", "kind")}
            card(f"{row['name']}  [dim]{said(row['kind'])}[/dim]", shown)
    else:
        _listed(rows)


def _listed(rows: list[Entry]) -> None:
    """Print many things, a line each, with the meaning in one language, in the other where it is missing."""
    first, other = ("ja", "en") if language.current() == language.JA else ("en", "ja")
    table = Table(*map(said, ("kind", "name", "unit", "meaning")), header_style="bold")
    for row in rows:
        meaning = str(row[first] or row[other])  # type: ignore[literal-required]
        table.add_row(said(row["kind"]), row["name"], escape(row["unit"]), escape(meaning[:_LONGEST]))
    console().print(table)
