"""The command effort: points and money of 保険者努力支援 of a municipality, and what doing more is worth to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import LOOK, Place, RunName, Year, app
from sim.cli.doors import file_to_write, fiscal, municipality_name, take_run
from sim.cli.show import console, in_words_of_region, print_frame, show_banner
from sim.core import language
from sim.core.sample import sample_of

_ENDINGS = (".csv", ".xlsx", ".parquet")
_TITLES = {
    "ja": ("{place} {year} 保険者努力支援（市町村分）", "もう少し取り組んだ場合"),
    "en": ("{place} {year} incentive money", "what doing more is worth"),
}


@app.command(rich_help_panel=LOOK)
def effort(
    run: RunName,
    municipality: Place,
    year: Year,
    out: Annotated[
        Path | None, typer.Option(help="write the indicators to this .csv, .xlsx or .parquet file as well")
    ] = None,
) -> None:
    """Show a municipality's points of 保険者努力支援, the most it could have, and what doing more is worth to it."""
    file_to_write(out, "--out", _ENDINGS)
    when, folder = fiscal(year, "--year"), take_run(run)
    name = municipality_name(municipality)
    from sim.explanations.effort import effort as work_out

    found = work_out(folder, name, when)
    lang = language.current()
    words = _TITLES[lang]
    show_banner(sample_of(folder.path))
    print_frame(found.printed(lang), words[0].format(place=found.name, year=year))
    lines = in_words_of_region({str(i): line for i, line in enumerate(found.lines(lang))})
    for line in lines.values():
        console().print(line, highlight=False, soft_wrap=True)
    print_frame(found.worth_printed(lang), words[1])
    if out is not None:
        from sim.core.export import write_frame

        typer.echo(write_frame(found.points, out))
