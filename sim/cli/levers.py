"""The command `levers`: what each lever of collection and of care does and brings back, and the feedback loop."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import STUDY, app
from sim.cli.doors import maybe_year
from sim.cli.groups import Workers, grouped
from sim.core import language


@dataclass(frozen=True)
class Repeats:
    """How many residents are lived, and how often."""

    sample: Annotated[int, typer.Option(min=1, help="1 = the full population, 100 = one household in a hundred")] = 100
    replicates: Annotated[int, typer.Option(min=1, help="how often, each time with another seed")] = 4


@dataclass(frozen=True)
class Extent:
    """How far the study goes."""

    seed: Annotated[int | None, typer.Option(min=0, help="seed of the first replicate")] = None
    last: Annotated[str | None, typer.Option("--to", help="last fiscal year, for example R11")] = None
    ranges: Annotated[bool, typer.Option("--ranges/--no-ranges", help="vary the assumed effect sizes as well")] = True


@app.command(rich_help_panel=STUDY)
@grouped
def levers(
    lever: Annotated[list[str] | None, typer.Option("--lever", help="scenario of one lever; all if none")] = None,
    *,
    repeats: Repeats,
    workers: Workers,
    extent: Extent,
    out: Annotated[Path, typer.Option(help="folder of all results")] = Path("results"),
    keep: Annotated[bool, typer.Option("--keep", help="let the reports of all runs of the region show it")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="print nothing but the path of the study")] = False,
) -> None:
    """Compare the levers of collection and of care with the baseline, on common draws; open the feedback loop.

    Later reports of the baseline in the same folder of results have a section on the newest study, else on that kept.
    """
    end = maybe_year(extent.last, "--to")
    from sim.studies.levers import ALL
    from sim.studies.levers import levers as run

    study = run(
        tuple(lever) if lever else ALL,
        sample=repeats.sample,
        replicates=repeats.replicates,
        seed=extent.seed,
        last=end,
        ranges=extent.ranges,
        progress=not quiet,
        **asdict(workers),
    )
    folder = study.write(out)
    if keep:
        from sim.parameters import regions

        study.keep(regions.read(regions.current()).folder)
    from sim.reports import levers_figures

    figures = levers_figures.draw(study, folder, language.written())
    if not quiet:
        from sim.cli.show import lies, print_grid

        lang = language.current()
        print_grid(levers_figures.lever_table(study, lang), study.about["sample"])
        print_grid(levers_figures.money_table(study, lang))
        print_grid(levers_figures.feedback_table(study, lang))
        for path in figures:
            lies("Figure", path)
        lies("Study", folder)
        return
    typer.echo(folder)
