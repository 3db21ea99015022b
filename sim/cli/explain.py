"""The command explain: the calculation sheet of a municipality, and why its premiums changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from sim.cli.app import LOOK, Place, RunName, Year, app
from sim.cli.doors import file_to_write, fiscal, maybe_year, municipality_name, take_run, take_runs
from sim.cli.show import console, show_banner
from sim.core import language
from sim.core.errors import InputError, nearest
from sim.core.sample import sample_of

if TYPE_CHECKING:
    import pandas as pd

    from sim.explanations.sheet import Why

PORTIONS = ("medical", "support", "care", "child")


@app.command(rich_help_panel=LOOK)
def explain(
    run: RunName,
    municipality: Place,
    year: Year,
    portion: Annotated[str | None, typer.Option(help="medical, support, care or child; all if left out")] = None,
    since: Annotated[str | None, typer.Option(help="why it changed since this fiscal year, for example R7")] = None,
    against: Annotated[str | None, typer.Option(help="why it differs from this run (folder, id or scenario)")] = None,
    out: Annotated[Path | None, typer.Option(help="write the sheet to this .xlsx file as well")] = None,
) -> None:
    """Show the calculation sheet from what the metropolis needs to a municipality's rates, line by line.

    With --since or --against: why its assessed total changed, term by term, adding up to the yen.
    """
    if portion is not None and portion not in PORTIONS:
        raise InputError(f"--portion '{portion}'{nearest(portion, PORTIONS) or ''} Allowed: {', '.join(PORTIONS)}")
    file_to_write(out, "--out", (".xlsx",))
    when, before = fiscal(year, "--year"), maybe_year(since, "--since")
    if before == when and against is None:
        raise InputError(f"--since {since} is the year of --year itself; give an earlier year")
    taken = [take_run(run)] if against is None else take_runs([run, against])
    folder, other = taken[0].path, taken[1].path if against is not None else None
    name = municipality_name(municipality)  # of the region of the run
    from sim.explanations import chain
    from sim.explanations.sheet import Why

    show_banner(sample_of(folder))
    lines = chain.explain(folder, name, when, portion)
    why = None
    if before is not None or other is not None:
        terms = chain.change(folder, name, when, other, before)
        why = Why(terms, chain.totals(folder, name, when, other, before), _compared(before, other, when))
        _show_why(why, f"{name} {year}: {why.compared}", portion)
    else:
        _show_sheet(lines, f"{name} {year}")
    if out is not None:
        from sim.explanations.sheet import Subject, write

        typer.echo(write(out, lines, Subject(folder, name, when), language.written(), why))


def _compared(before: int | None, other: Path | None, when: int) -> str:
    from sim.core.units import era

    year = era(before if before is not None else when)
    return f"{year} ({other.parent.name}/{other.name})" if other is not None else year


def _show_sheet(lines: pd.DataFrame, title: str) -> None:
    """Print one table a portion; figures that enter a line stand below its formula."""
    from sim.explanations.sheet import TEXT, name_of
    from sim.explanations.sheet_words import in_language

    lang = language.current()
    words, lines = TEXT[lang], in_language(lines, lang)
    headings = [words.columns[k] for k in (1, 2, 3, 4, 6, 7, 8)]
    for portion in dict.fromkeys(lines["portion"]):
        table = Table(title=escape(f"{title}  {words.portions[portion]}"), title_style="bold", header_style="bold")
        for heading in headings:
            table.add_column(heading, justify="right" if heading == words.columns[6] else "left", overflow="fold")
        for line in lines[lines["portion"] == portion].to_dict("records"):
            rule = escape(str(line["formula"])) + (f"\n[dim]{escape(line['inputs'])}[/dim]" if line["inputs"] else "")
            value = float(line["value"])
            table.add_row(
                name_of(str(line["place"]), lang),
                escape(str(line["symbol"])),
                escape(str(line[f"label_{lang}"])),
                rule,
                f"{value:,.0f}" if value.is_integer() else f"{value:,.13f}".rstrip("0"),
                str(line["unit"]),
                str(line["source"]),
            )
        console().print(table)


def _show_why(why: Why, title: str, portion: str | None) -> None:
    """Print the terms of the change, E before and after, and the check."""
    from sim.explanations.sheet import TEXT

    lang = language.current()
    words = TEXT[lang]
    table = Table(title=escape(title), title_style="bold", header_style="bold")
    for heading, side in zip(words.why_columns, ("left", "left", "right", "right"), strict=True):
        table.add_column(heading, justify="right" if side == "right" else "left")
    sums = why.totals
    table.add_row("", words.old, f"{sums.old:,}", "", style="bold", end_section=True)
    terms = why.terms
    shown = terms[(terms["yen"] != 0) & ((terms["portion"] == portion) | (portion is None))]
    for term in shown.to_dict("records"):
        label = escape(str(term[f"label_{lang}"]))
        table.add_row(words.portions[term["portion"]], label, f"{term['yen']:+,}", f"{term['per_insured']:+,.1f}")
    table.add_section()
    table.add_row("", words.sum, f"{sums.terms:+,}", "", style="bold")
    table.add_row("", words.new, f"{sums.new:,}", "", style="bold")
    table.add_row("", words.check, f"{sums.check:,}", "", style="bold")
    console().print(table)
