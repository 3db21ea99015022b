"""Commands about people: population, person."""

from __future__ import annotations

from typing import Annotated

import typer

from sim.cli.app import LOOK, REGISTER, Sample, app
from sim.cli.doors import maybe_year, municipality_name, take_run
from sim.cli.show import complain, console, print_across, print_frame
from sim.core import language
from sim.core.errors import InputError


@app.command(rich_help_panel=REGISTER)
def population(
    audit: Annotated[
        bool, typer.Option("--audit", help="compare the population with the register and surveys")
    ] = False,
    sample: Sample = None,
) -> None:
    """Audit the synthetic population against the figures it was built from, and others; ends with 1 on a miss."""
    if not audit:
        raise InputError("kokuho population needs --audit")
    from sim.studies.audit import audit_run, failures

    frame = audit_run(sample)
    print_frame(
        frame, language.either("合成人口と公表値（R4年4月1日）", "synthetic population, 1 April R4"), sample or 1
    )
    if text := failures(frame):
        complain(text)
        raise typer.Exit(1)
    told = language.either(f"{len(frame)}件すべて許容範囲内", f"all {len(frame)} figures within tolerance")
    console().print(told, highlight=False)


@app.command(rich_help_panel=LOOK)
def person(
    pid: Annotated[
        int | None, typer.Argument(metavar="PID", help="id of a resident; without it some are listed")
    ] = None,
    run: Annotated[str | None, typer.Option(help="run folder, run id or scenario whose run is lived again")] = None,
    scenario: Annotated[str, typer.Option(help="scenario, if no run is given")] = "baseline",
    sample: Sample = 100,
    last: Annotated[str | None, typer.Option("--to", help="last fiscal year")] = None,
    municipality: Annotated[str | None, typer.Option("--municipality", "-m", help="list residents of this one")] = None,
) -> None:
    """Follow one resident through the years: work, insurance, care, bills and payment."""
    end = maybe_year(last, "--to")
    found = take_run(run) if run is not None else None
    place = municipality_name(municipality) if municipality is not None else None
    from sim.engine import api
    from sim.explanations import life

    plan = life.plan_of_run(found) if found is not None else api.plan(scenario, sample=sample, last=end)
    if pid is None:
        title = language.either("国保の被保険者である住民", "residents insured by 国保")
        print_frame(life.some(plan, place), f"{title}, {plan.scenario.name}, 1/{plan.sample}", plan.sample)
        return
    print_across(life.life(pid, plan), language.either(f"住民 {pid}", f"resident {pid}"), plan.sample)
