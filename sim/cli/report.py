"""The command `report`: page, workbook and figures of finished runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.app import app
from sim.core.errors import InputError

if TYPE_CHECKING:
    from sim.reports.words import Lang


class Languages(StrEnum):
    ja = "ja"
    en = "en"
    both = "both"

    def each(self) -> tuple[Lang, ...]:
        """Return the languages meant."""
        if self is Languages.both:
            return "ja", "en"
        return ("ja",) if self is Languages.ja else ("en",)


@app.command()
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

    for language in lang.each():
        if several:
            written = reports.compare(folders, language, out, figures, workbook)
        else:
            written = [reports.build(folders[0], language, figures)]
            if workbook:
                written.append(reports.build_workbook(folders[0], language))
        for path in written:
            typer.echo(path)
