"""The commands `region new` and `region check`: a folder to begin with, and what is wrong or missing in one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.app import REGISTER, app
from sim.cli.show import print_frame
from sim.core import language
from sim.core.errors import InputError

if TYPE_CHECKING:
    from sim.parameters.packs import Gap

region_app = typer.Typer(
    name="region",
    help="Add a prefecture: `new` writes a folder to fill in, `check` says what is wrong and what is imputed.",
    no_args_is_help=True,
)
app.add_typer(region_app, name="region", rich_help_panel=REGISTER)

_HEADS = {
    "ja": ("表・数値", "市町村", "質への影響", "補い方", "影響"),
    "en": ("table or number", "municipalities", "cost", "imputed by", "which means"),
}


@region_app.command("new")
def new(
    name: Annotated[Path, typer.Argument(metavar="NAME", help="folder to make, in the working folder or by its path")],
    code: Annotated[int, typer.Option(help="code of the prefecture times 1000: 14000")] = 99000,
) -> None:
    """Write a folder to fill in: headers, what each column is, an example row; nothing is overwritten."""
    from sim.parameters.packs import write

    for path in write(name, code):
        typer.echo(path.as_posix())
    typer.echo(
        language.either(
            f"{name}/places の表に記入し（説明は同じ場所の README.md）、kokuho region check {name} で確認してください",
            f"Fill in the tables of {name}/places (README.md there), then: kokuho region check {name}",
        )
    )


@region_app.command("check")
def check(
    region: Annotated[str, typer.Argument(metavar="REGION", help="name (kokuho regions) or path of a folder")],
    every: Annotated[bool, typer.Option("--all", help="list every number with a default too")] = False,
) -> None:
    """Say what is wrong (exit 2), what is not given, how that is imputed and what it costs in quality."""
    import pandas as pd

    from sim.parameters import Parameters, packs, regions
    from sim.parameters.imputation import DERIVED

    home = regions.folder(region)
    if wrong := packs.mistakes(home):
        raise InputError(packs.shown(wrong, home))
    p = Parameters.load(home if home.parent != regions.SHIPPED else home.name)
    found = packs.gaps(p)
    lang = language.current()
    ja = lang == language.JA
    told = [gap for gap in found if every or gap.places is not None or gap.name in DERIVED]
    if told:
        rows = pd.DataFrame([_row(gap, ja) for gap in told], columns=list(_HEADS[lang]))
        print_frame(rows, p.region.ja if ja else p.region.en)
    typer.echo(_END[lang].format(name=p.region.ja if ja else p.region.en, places=len(p.codes())))
    if rest := len(found) - len(told):
        typer.echo(_REST[lang].format(rest=rest))


_END = {"ja": "{name}：{places}市町村。実行できます。", "en": "{name}: {places} municipalities; it runs."}
_REST = {
    "ja": "ほか{rest}の数値は全国の既定値（--all）。",
    "en": "{rest} more numbers have the default of the nation (--all).",
}


def _row(gap: Gap, ja: bool) -> tuple[str, ...]:
    """Return a gap as a row of the table, in one of the languages."""
    from sim.parameters.imputation.rule import GRADES

    head = gap.name, "" if gap.places is None else str(gap.places), GRADES[gap.cost][0 if ja else 1]
    return (*head, gap.ja, gap.loss_ja) if ja else (*head, gap.en, gap.loss_en)
