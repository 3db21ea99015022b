"""The command `report`: page, workbook and figures of finished runs."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.app import Lang, Language, app


@app.command()
def report(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="run folders or scenario names")],
    workbook: Annotated[bool, typer.Option("--workbook/--no-workbook", help="write the Excel workbook as well")] = True,
    lang: Language = Lang.ja,
) -> None:
    """Write the report of finished runs: one HTML file, one Excel workbook, the figures as SVG and PNG."""
    from sim.outputs.folder import find_run

    folders = [find_run(name).path for name in runs]
    from sim import reports

    for folder in folders:
        typer.echo(reports.build(folder, lang.value))
        if workbook:
            typer.echo(reports.build_workbook(folder, lang.value))
