"""The command `levers`: what each lever of collection does, one by one and together, and the feedback loop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import Lang, Language, app
from sim.cli.show import console


@app.command()
def levers(
    lever: Annotated[list[str] | None, typer.Option("--lever", help="scenario of one lever; the five if none")] = None,
    sample: Annotated[int, typer.Option(min=1, help="1 = everybody, 100 = one household in a hundred")] = 100,
    replicates: Annotated[int, typer.Option(min=1, help="how often, each time with other luck")] = 4,
    workers: Annotated[int, typer.Option(min=1, help="processes of one thread each")] = 2,
    seed: Annotated[int | None, typer.Option(min=0, help="luck of the first replicate")] = None,
    ranges: Annotated[bool, typer.Option("--ranges/--no-ranges", help="vary the assumed effect sizes as well")] = True,
    out: Annotated[Path, typer.Option(help="folder of all results")] = Path("results"),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="print nothing but the path of the study")] = False,
    lang: Language = Lang.ja,
) -> None:
    """Compare the levers of collection with the baseline, with common luck, and open the feedback loop.

    Later reports of runs in the same folder of results show the newest study.
    """
    from sim.experiments.levers import FIVE
    from sim.experiments.levers import levers as run

    def note(done: int, tasks: int) -> None:
        typer.echo(f"\r{done}/{tasks} runs", err=True, nl=done == tasks)

    chosen = tuple(lever) if lever else FIVE
    study = run(
        chosen,
        sample=sample,
        replicates=replicates,
        seed=seed,
        workers=workers,
        ranges=ranges,
        progress=None if quiet else note,
    )
    folder = study.write(out)
    from sim.reports.levers_figures import draw

    page = draw(study, folder, lang.value)
    if not quiet:
        _show(study.summary(), lang.value)
        typer.echo(f"Figure  {page}")
    typer.echo(folder if quiet else f"Study   {folder}")


def _show(summary, lang: str) -> None:  # type: ignore[no-untyped-def]
    from rich.table import Table

    from sim.reports.levers_figures import label

    table = Table(title="levers", title_style="bold", header_style="bold")
    table.add_column("")
    for head in ("収納率 pt", "95 %", "range", "1人当たり 円", "収納 億円", "費用 億円", "円/円"):
        table.add_column(head, justify="right", no_wrap=True)
    for row in summary.itertuples():
        table.add_row(
            label(row.variant, lang),
            f"{row.rate * 100:+.2f}",
            "–" if row.low != row.low else f"{row.low * 100:+.2f} … {row.high * 100:+.2f}",
            "–" if row.least != row.least else f"{row.least * 100:+.2f} … {row.most * 100:+.2f}",
            f"{row.premium:+,.0f}",
            f"{row.collected / 1e8:+,.1f}",
            f"{row.cost / 1e8:+,.1f}",
            "–" if row.per_yen != row.per_yen else f"{row.per_yen:,.1f}",
        )
    console().print(table)
