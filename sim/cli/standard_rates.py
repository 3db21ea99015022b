"""The command `standard-rates`: the standard rates of all municipalities in finished runs, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import LOOK, app
from sim.cli.doors import file_to_write, maybe_year, municipality_name, take_runs
from sim.cli.show import print_frame
from sim.core import language
from sim.core.export import ENDINGS, write_frame

_PAGE = ".md"
_PER_CENT = 10_000
"""of a rate per 1,000,000, as rates are published; files hold it whole"""


def _heads() -> list[str]:
    """Return the headings of the parts in per cent."""
    return [language.either("所得割（%）", "income part (%)"), language.either("資産割（%）", "asset part (%)")]


@app.command("standard-rates", rich_help_panel=LOOK)
def standard(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="run folders, run ids or scenarios")],
    year: Annotated[str | None, typer.Option("--year", "-y", help="fiscal year [default: the last]")] = None,
    municipality: Annotated[
        str | None, typer.Option("--municipality", "-m", help="one municipality; else all of them")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="write them to this .csv, .xlsx, .parquet or .md file; .md as a page")
    ] = None,
) -> None:
    """Show the standard rates (標準保険料率) that runs computed: prefecture, uniform rule, each municipality's own."""
    file_to_write(out, "--out", (*ENDINGS, _PAGE))
    when = maybe_year(year, "--year")
    folders = take_runs(runs)
    name = municipality_name(municipality) if municipality is not None else None
    from sim.core.units import era
    from sim.explanations.standard_rates import standard_rates, write_page

    table = standard_rates(folders, when)
    last = int(table["year"].max())
    shown = table[table["year"] == last]
    if name is not None:
        shown = shown[shown["name"] == name]
    parts = {part: (shown[part] / _PER_CENT).round(2) for part in ("income_part", "asset_part")}
    shown = shown.assign(**parts).rename(columns=dict(zip(parts, _heads(), strict=True)))
    print_frame(
        shown.drop(columns=["sample", "code"]),
        language.either(f"標準保険料率 · {era(last)}年度", f"standard rates · {last}"),
        int(table["sample"].max()),
    )
    if out is not None and out.suffix == _PAGE:
        typer.echo(write_page(table, last, out, language.written()))
    elif out is not None:
        typer.echo(write_frame(table, out))
