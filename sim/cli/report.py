"""The command `report`: page, workbook and figures of finished runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import LOOK, Languages, ReportLanguages, app
from sim.cli.doors import announce, take_runs
from sim.core.errors import InputError
from sim.core.export import together


@app.command(rich_help_panel=LOOK)
def report(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN...",
            help="run folders, run ids or scenarios; several are compared; or a comparison: its folder, or base+other",
        ),
    ],
    workbook: Annotated[bool, typer.Option("--workbook/--no-workbook", help="write the Excel workbook as well")] = True,
    figures: Annotated[bool, typer.Option("--png/--no-png", help="keep the figures as PNG besides SVG")] = True,
    out: Annotated[
        Path | None, typer.Option(help="folder of a comparison [default: a new one in results/studies/comparison]")
    ] = None,
    lang: ReportLanguages = None,
    ranges: Annotated[bool, typer.Option("--ranges/--no-ranges", help="show ranges of the figures")] = True,
) -> None:
    """Write the report of a finished run, or of several side by side: one HTML file, one Excel workbook, figures."""
    comparison = _comparison(runs[0]) if len(runs) == 1 else None
    several = len(runs) > 1 or comparison is not None
    _check_folder(out, several)
    folders = [run.path for run in take_runs(runs)] if comparison is None else [_announced(comparison)]
    from sim import reports

    if several:
        for path in reports.compare(folders, Languages.each(lang), out, figures, workbook):
            typer.echo(path)
        return
    paths = []
    with together():
        for language in Languages.each(lang):
            paths.append(reports.build(folders[0], language, figures, ranges=ranges))
            if workbook:
                paths.append(reports.build_workbook(folders[0], language, ranges))
    for path in paths:
        typer.echo(path)


def _check_folder(out: Path | None, several: bool) -> None:
    """Refuse a folder for the report of one run, and a folder that is a file."""
    if out is not None and not several:
        raise InputError(f"--out {out} is for comparisons; the report of one run goes into its folder")
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; give a folder")


def _announced(comparison: Path) -> Path:
    """Return the folder of a comparison, and say on stderr which runs it was made of."""
    from sim.studies.compare import recorded

    announce([own[0] for own in recorded(comparison)[1]])
    return comparison


def _comparison(text: str) -> Path | None:
    """Return the folder of the comparison meant by its folder, or by its scenarios as base+other: the newest."""
    if (Path(text) / "comparison.yaml").exists():
        return Path(text)
    name = Path(text).name
    if "+" not in name or Path(text).is_dir():
        return None
    from sim.outputs.runs import RESULTS, of_scenario
    from sim.studies.compare import latest

    return None if of_scenario(name) else latest(name, RESULTS)
