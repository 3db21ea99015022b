"""The command `report`: the page of finished runs."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.app import Lang, Language, app


@app.command()
def report(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="run folders or scenario names")],
    lang: Language = Lang.ja,
) -> None:
    """Write the report of finished runs: figures and tables in one HTML file."""
    from sim.outputs.folder import find_run

    folders = [find_run(name).path for name in runs]
    from sim.reports import build

    for folder in folders:
        typer.echo(build(folder, lang.value))
