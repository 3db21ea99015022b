"""The command `report`: page, workbook and figures of finished runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import LOOK, Languages, app
from sim.core.errors import InputError
from sim.core.export import together


@app.command(rich_help_panel=LOOK)
def report(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN...", help="run folders or scenario names; several are compared; or the folder of a comparison"
        ),
    ],
    workbook: Annotated[bool, typer.Option("--workbook/--no-workbook", help="write the Excel workbook as well")] = True,
    figures: Annotated[bool, typer.Option("--png/--no-png", help="keep the figures as PNG besides SVG")] = True,
    out: Annotated[
        Path | None, typer.Option(help="folder of a comparison [default: results/comparison/<scenarios>]")
    ] = None,
    lang: Annotated[Languages, typer.Option(help="language of the report, or both")] = Languages.ja,
) -> None:
    """Write the report of a finished run, or of several side by side: one HTML file, one Excel workbook, figures."""
    from sim.outputs.folder import find_run

    several = len(runs) > 1 or (Path(runs[0]) / "comparison.yaml").exists()
    folders = [Path(runs[0])] if several and len(runs) == 1 else [find_run(name).path for name in runs]
    if out is not None and not several:
        raise InputError(f"--out {out} is for comparisons; the report of one run goes into its folder")
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; give a folder")
    from sim import reports

    if several:
        for path in reports.compare(folders, lang.each(), out, figures, workbook):
            typer.echo(path)
        return
    paths = []
    with together():
        for language in lang.each():
            paths.append(reports.build(folders[0], language, figures))
            if workbook:
                paths.append(reports.build_workbook(folders[0], language))
    for path in paths:
        typer.echo(path)
