"""The command `report`: page, workbook and figures of finished runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import Lang, Language, app
from sim.core.errors import InputError


@app.command()
def report(
    runs: Annotated[
        list[str], typer.Argument(metavar="RUN...", help="run folders or scenario names; several: compare")
    ],
    workbook: Annotated[bool, typer.Option("--workbook/--no-workbook", help="write the Excel workbook as well")] = True,
    figures: Annotated[bool, typer.Option("--png/--no-png", help="keep the figures as PNG besides SVG")] = True,
    out: Annotated[
        Path | None, typer.Option(help="folder of a comparison [default: results/comparison/<scenarios>]")
    ] = None,
    lang: Language = Lang.ja,
) -> None:
    """Write the report of a finished run, or of several side by side: one HTML file, one Excel workbook, figures."""
    from sim.outputs.folder import find_run

    folders = [find_run(name) for name in runs]
    if out is not None and len(folders) == 1:
        raise InputError(f"--out {out} is for comparisons; the report of one run goes into its folder")
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; give a folder")
    from sim import reports

    if len(folders) == 1:
        typer.echo(reports.build(folders[0].path, lang.value, figures))
        if workbook:
            typer.echo(reports.build_workbook(folders[0].path, lang.value))
        return
    for path in reports.compare([f.path for f in folders], lang.value, out, figures, workbook):
        typer.echo(path)
