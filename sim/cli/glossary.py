"""The command `glossary`: what a term means."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from sim.cli.app import REGISTER, app
from sim.cli.show import console
from sim.core import language

_SHOWN = 4
"""terms shown in full; more are a list"""


@app.command(rich_help_panel=REGISTER)
def glossary(
    word: Annotated[
        str | None, typer.Argument(help="a term or a part of it, in either language [default: all]")
    ] = None,
) -> None:
    """Explain a term; a part of it, English, or a word like it will do."""
    from sim.reports.glossary import find, means, terms

    found = list(terms()) if word is None else find(word)
    lang = language.current()
    other = language.EN if lang == language.JA else language.JA
    more = found[1:] if word is not None and means(found[0], word) else []
    if more or len(found) <= _SHOWN:
        for term in found[:1] if more else found:
            console().print(
                f"[bold]{escape(term.name(lang))}[/bold]  [dim]{escape(term.name(other))}[/dim]", highlight=False
            )
            console().print(f"  {escape(term.meaning(lang))}", highlight=False, soft_wrap=True)
        if more:
            related = language.either("関連する用語：", "See also: ")
            told = language.either("、", ", ").join(term.name(lang) for term in more)
            console().print(f"{related}{escape(told)}", style="dim", highlight=False, soft_wrap=True)
        return
    heads = ("用語", "English", "意味") if lang == language.JA else ("term", "Japanese", "meaning")
    table = Table(*heads, header_style="bold")
    for term in found:
        table.add_row(escape(term.name(lang)), escape(term.name(other)), escape(term.meaning(lang)))
    console().print(table)
