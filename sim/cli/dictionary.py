"""The command `dictionary`: every column, fact, table and parameter, from their declarations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import REGISTER, app
from sim.cli.show import console


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
    console().print(f"written: {folder}", highlight=False)
