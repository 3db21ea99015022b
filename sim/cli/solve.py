"""The command `solve`: which values of levers reach a goal."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import STUDY, Sample, app
from sim.cli.groups import Workers, grouped
from sim.core import language


@app.command(rich_help_panel=STUDY)
@grouped
def solve(
    goals: Annotated[Path, typer.Argument(metavar="GOALS", help="YAML file: goals, each with levers and ranges")],
    sample: Sample = None,
    check: Annotated[
        int | None, typer.Option(min=1, help="sample of the last look at what was found, 1 = the full population")
    ] = None,
    *,
    workers: Workers,
    out: Annotated[Path, typer.Option(help="folder of results")] = Path("results"),
) -> None:
    """Find the values of levers that bring a figure of a year to its target, and write them as a scenario.

    For example: kokuho solve scenarios/studies/deficits_on_schedule.yaml
    """
    from sim.cli.show import lies, print_frame
    from sim.core.units import era
    from sim.studies.solve import solve as search

    found = search(goals, sample=sample, check=check, **asdict(workers))
    print_frame(
        found.goals(), language.either(f"{found.spec.name}：目標", f"{found.spec.name}: goals"), found.spec.sample
    )
    print_frame(found.levers(), language.either("施策の値", "levers"))
    years = sorted({goal.year for goal in found.spec.goals})
    takes = found.takes()
    for year in years:
        shown = takes[takes["year"] == year].drop(columns="year").round(4)
        print_frame(
            shown, language.either(f"{era(year)}年度に必要なこと", f"what it takes in {era(year)}"), found.spec.sample
        )
    folder = found.write(out)
    lies("Scenario", f"{folder / found.spec.name}.yaml")
    lies("Tables", folder)
