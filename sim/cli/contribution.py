"""The command contribution: 納付金 and 標準保険料率 of any prefecture from its own figures, no people needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.app import OWN, app
from sim.cli.doors import file_to_write
from sim.cli.show import console, print_frame
from sim.core import language
from sim.core.errors import InputError

if TYPE_CHECKING:
    from sim.explanations.contribution.answer import Contribution

_ENDINGS = (".xlsx", ".csv", ".json")
_WORDS = {
    "ja": {
        "contribution": "{who} 納付金（円）",
        "rates": "{who} {kind}保険料率",
        "steps": "{place} 算定の手順（{portion}）",
        "template": "{path} を作成しました。記入例のまま kokuho contribution {path} を実行できます",
        "columns": ("記号", "項目", "算式", "算式に入る値", "値", "単位"),
    },
    "en": {
        "contribution": "{who} contribution, yen",
        "rates": "{who} standard rates: {kind}",
        "steps": "{place}: steps of the {portion} portion",
        "template": "Wrote {path}; kokuho contribution {path} works as it stands",
        "columns": ("symbol", "line", "formula", "what goes in", "value", "unit"),
    },
}


@app.command(rich_help_panel=OWN)
def contribution(
    inputs: Annotated[
        Path | None,
        typer.Argument(help="workbook (sheets 都道府県, 市区町村), YAML file, or folder with two CSVs"),
    ] = None,
    template: Annotated[
        Path | None, typer.Option(metavar="FILE.xlsx", help="write a workbook to fill in, with an example that works")
    ] = None,
    steps: Annotated[
        bool, typer.Option("--steps", help="print every step B -> C -> c -> d -> e -> E, with formula")
    ] = False,
    municipality: Annotated[
        str | None, typer.Option("--municipality", "-m", help="steps of this one only, named as in the inputs")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="write .xlsx (with live formulas), .csv (steps) or .json (everything)")
    ] = None,
) -> None:
    """Work out contributions (納付金) and standard rates (標準保険料率) of any prefecture from its own figures.

    Start with --template FILE.xlsx. The engine is that of the simulation; docs/contribution.md explains.
    """
    file_to_write(out, "--out")
    if out is not None and out.suffix not in _ENDINGS:
        raise InputError(f"--out {out}: allowed endings: {', '.join(_ENDINGS)}")
    if template is not None:
        if inputs is not None:
            raise InputError(f"--template writes a workbook to fill in; leave {inputs} out, or leave --template out")
        from sim.explanations.contribution.template import write_template

        typer.echo(str(_WORDS[language.current()]["template"]).format(path=write_template(template)))
        return
    if inputs is None:
        raise InputError(
            "contribution: give a workbook, a YAML file or a folder; --template FILE.xlsx writes one to fill"
        )
    from sim.explanations.contribution.answer import contribution as answer

    done = answer(inputs)
    if municipality is not None:
        done.of(municipality)
    _show(done)
    if steps or municipality is not None:
        names = done.municipalities["name"].tolist() if municipality is None else [municipality]
        for name in names:
            _show_steps(done, name)
    if out is not None:
        typer.echo(done.write(out, language.written()))


def _show(done: Contribution) -> None:
    """Print contributions, a row a municipality, and the standard rates, kind by kind."""
    from sim.explanations.contribution.workbook import KIND_NAMES, named

    lang = language.current()
    words, at = _WORDS[lang], 0 if lang == "ja" else 1
    who = f"{done.prefecture} {done.year}".strip()
    table = done.municipalities.assign(per_insured=done.municipalities["per_insured"].round().astype("int64"))
    table = table.drop(columns=["code", *(["easing"] if not table["easing"].any() else [])])
    total = {c: table[c].sum() for c in table.columns if c not in ("name", "per_insured")}
    print_frame(named(table, lang), str(words["contribution"]).format(who=who))
    console().print(" · ".join(f"{named(table[[c]], lang).columns[0]} {v:,.0f}" for c, v in total.items()), style="dim")
    for kind, names in KIND_NAMES.items():
        rates = done.rates[done.rates["kind"] == kind].drop(columns=["code", "kind"])
        rates = rates.loc[:, [c in ("name", "portion") or bool(rates[c].any()) for c in rates.columns]]
        table = named(rates, lang)
        percent = [c for c in table.columns if str(c).endswith(("％）", "%"))]
        table = table.assign(**{c: table[c].map("{:.4f}".format) for c in percent})
        print_frame(table, str(words["rates"]).format(who=who, kind=names[at]))
    for note in done.notes:
        console().print(note, style="dim", highlight=False)


def _show_steps(done: Contribution, name: str) -> None:
    """Print every step of a municipality, portion after portion, the prefecture's lines first."""
    from sim.institutions.portions import PORTION_NAMES

    lang = language.current()
    words, at = _WORDS[lang], 0 if lang == "ja" else 1
    of = done.of(name)
    for portion in dict.fromkeys(of["portion"]):
        rows = of[of["portion"] == portion]
        table = rows[["symbol", f"label_{lang}", "formula", "inputs", "value", "unit"]]
        table = table.assign(value=[_figure(v) for v in table["value"]]).set_axis(list(words["columns"]), axis=1)
        print_frame(table, str(words["steps"]).format(place=name, portion=PORTION_NAMES[str(portion)][at]))


def _figure(value: float) -> str:
    """Return a figure with all digits: whole numbers whole, coefficients with the 13 decimals they have."""
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.13f}".rstrip("0")
