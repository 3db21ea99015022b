"""The command `models`: what model households (モデル世帯) pay under the rates of finished runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.app import BILL, app
from sim.cli.doors import file_to_write, maybe_year, municipality_name, take_runs
from sim.cli.show import console, in_words_of_region, show_banner
from sim.core import language
from sim.core.errors import InputError
from sim.core.export import ENDINGS, write_frame

if TYPE_CHECKING:
    import pandas as pd

_TEXT = {
    "ja": {
        "title": "モデル世帯の年間保険料(円)",
        "spread": "モデル世帯の年間保険料(円)、{municipalities}別",
        "household": "世帯",
        "run": "シナリオ",
        "lowest": "最低",
        "median": "中央",
        "highest": "最高",
        "places": "{n}市区町村",
        "left": "{n}市区町村を除く：{rule}",
    },
    "en": {
        "title": "Model households: bill of the year, yen",
        "spread": "Model households: bill of the year over municipalities, yen",
        "household": "household",
        "run": "scenario",
        "lowest": "lowest",
        "median": "median",
        "highest": "highest",
        "places": "{n} municipalities",
        "left": "without {n} municipalities: {rule}",
    },
}


@app.command(rich_help_panel=BILL)
def models(
    runs: Annotated[
        list[str] | None,
        typer.Argument(metavar="RUN...", help="run folders, run ids or scenarios; the first is the base"),
    ] = None,
    municipality: Annotated[
        str | None, typer.Option("--municipality", "-m", help="bills here by year; else their spread over all")
    ] = None,
    year: Annotated[str | None, typer.Option("--year", "-y", help="year of the spread [default: the last]")] = None,
    file: Annotated[Path | None, typer.Option(help="your own households [default: those that ship]")] = None,
    copy: Annotated[Path | None, typer.Option(help="write the shipped households to this file, to edit")] = None,
    out: Annotated[Path | None, typer.Option(help="write all bills to this .csv, .xlsx or .parquet file")] = None,
) -> None:
    """Show what model households pay under the rates of finished runs, by municipality and year."""
    if copy is not None:
        from sim.explanations.model_households import copy_households

        typer.echo(copy_households(copy))
        if not runs:
            return
    if not runs:
        raise InputError("which run? Give a run folder or a scenario name, for example: kokuho models baseline")
    file_to_write(out, "--out", ENDINGS)
    when = maybe_year(year, "--year")
    folders = take_runs(runs)
    name = municipality_name(municipality) if municipality is not None else None
    from sim.explanations.model_households import model_households

    table = model_households(folders, file, municipality=name)
    show_banner(int(table["sample"].max()))
    if name is None:
        _show_spread(table, when)
    else:
        _show_years(table, name, when)
    if out is not None:
        typer.echo(write_frame(table, out))


def _show_years(table: pd.DataFrame, place: str, when: int | None) -> None:
    """Print the bills of one municipality, years across; runs after the first with their difference to it."""
    from rich.markup import escape
    from rich.table import Table

    from sim.core.units import era

    lang = language.current()
    words = in_words_of_region(_TEXT[lang])
    years = sorted(int(y) for y in table["year"].unique() if when in (None, y))
    _require(years, table, when)
    small = bool(table["small"].any())
    shown = Table(title=escape(f"{words['title']} · {place}{' *' if small else ''}"), title_style="bold")
    for heading in (words["household"], words["run"]):
        shown.add_column(heading, overflow="fold")
    for y in years:
        shown.add_column(era(y), justify="right", no_wrap=True)
    scenarios = list(dict.fromkeys(table["scenario"]))
    for household, own in table.groupby("household", sort=False):
        bills = own.pivot(index="scenario", columns="year", values="bill")
        first = bills.loc[scenarios[0]]
        shown.add_row(escape(str(own[lang].iloc[0])), escape(scenarios[0]), *_cells(first, None, years))
        for scenario in scenarios[1:]:
            shown.add_row("", escape(scenario), *_cells(bills.loc[scenario], first, years))
        if len(scenarios) > 1 and household != table["household"].iloc[-1]:
            shown.add_section()
    console().print(shown)
    if small:
        console().print(f"* {_rule(table, lang)}", style="dim", highlight=False)


def _cells(bills: pd.Series, base: pd.Series | None, years: list[int]) -> list[str]:
    """Return bills by year, or what they are more than those of the base."""
    if base is None:
        return [f"{bills[y]:,}" for y in years]
    return [f"{bills[y] - base[y]:+,}" for y in years]


def _show_spread(table: pd.DataFrame, when: int | None) -> None:
    """Print the lowest, the median and the highest bill of one year over the municipalities that are not marked.

    Marked ones are left out and counted, unless all are such.
    """
    from rich.markup import escape
    from rich.table import Table

    from sim.core.units import era

    lang = language.current()
    words = in_words_of_region(_TEXT[lang])
    year = when or int(table["year"].max())
    _require([year], table, when)
    rows = table[table["year"] == year]
    sound = rows[~rows["small"]]
    rough = sound.empty
    rows = rows if rough else sound
    shown = Table(title=f"{words['spread']} · {era(year)}{' *' if rough else ''}", title_style="bold")
    shown.add_column(words["household"], overflow="fold")
    shown.add_column(words["run"])
    for heading in ("lowest", "median", "highest"):
        shown.add_column(words[heading], justify="right")
    for (_, scenario), own in rows.groupby(["household", "scenario"], sort=False):
        ends = [_end(own, value, lang) for value in (own["bill"].min(), own["bill"].max())]
        label = escape(str(own[lang].iloc[0]))
        shown.add_row(label, escape(str(scenario)), ends[0], f"{own['bill'].median():,.0f}", ends[1])
    console().print(shown)
    left = table[table["year"] == year]["code"].nunique() - rows["code"].nunique()
    if rough:
        console().print(f"* {_rule(table, lang)}", style="dim", highlight=False)
    elif left:
        console().print(words["left"].format(n=left, rule=_rule(table, lang)), style="dim", highlight=False)


def _rule(table: pd.DataFrame, lang: str) -> str:
    """Return why a municipality is marked."""
    from sim.reports.marks import rule

    return rule(int(table["sample"].max()), "ja" if lang == "ja" else "en")


def _end(own: pd.DataFrame, bill: int, lang: str) -> str:
    """Return a bill with the municipality that has it, or how many have."""
    from sim.parameters import Parameters

    codes = own["code"][own["bill"] == bill]
    if len(codes) > 1:
        return f"{bill:,} ({_TEXT[lang]['places'].format(n=len(codes))})"
    return f"{bill:,} ({Parameters.load().places()[int(codes.iloc[0])][0 if lang == 'ja' else 1]})"


def _require(years: list[int], table: pd.DataFrame, when: int | None) -> None:
    from sim.core.units import era

    known = sorted(int(y) for y in table["year"].unique())
    if not set(years) & set(known):
        raise InputError(f"--year {era(when or 0)} lies outside the runs, {era(known[0])}-{era(known[-1])}")
