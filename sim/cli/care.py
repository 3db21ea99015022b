"""The command care: a household's medical cost, counter shares and high-cost benefit by month."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import BILL, app
from sim.cli.doors import file_to_write
from sim.core import language

_ENDINGS = (".csv", ".xlsx", ".json")


@app.command(rich_help_panel=BILL)
def care(
    file: Annotated[Path, typer.Argument(help="YAML file with members, class and receipts; docs/care.yaml is one")],
    out: Annotated[
        Path | None, typer.Option(help="write the lines to this .csv or .xlsx file, the months to a .json file")
    ] = None,
) -> None:
    """Work out a household's counter shares and high-cost benefit (高額療養費), month by month and line by line."""
    file_to_write(out, "--out", _ENDINGS)
    from sim.explanations.care import care as work_out

    found = work_out(file, lang=language.current())
    typer.echo(found.text(language.current()))
    if out is None:
        return
    from sim.core.export import replacing, write_frame

    if out.suffix == ".json":
        with replacing(out) as fresh:
            fresh.write_text(json.dumps(found.data(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        typer.echo(out)
    else:
        typer.echo(write_frame(found.lines, out))
