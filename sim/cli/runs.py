"""Commands about runs: run, prepare, validate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import LOOK, RUN, Jobs, Lang, Language, Layout, Sample, ScenarioName, Scheduler, app
from sim.cli.doors import maybe_year, take_run
from sim.cli.show import console, print_frame, show_headline, warn
from sim.core.errors import InputError
from sim.core.sample import sample_of


@app.command(rich_help_panel=RUN)
def run(
    scenario: ScenarioName,
    sample: Sample = None,
    seed: Annotated[int | None, typer.Option(min=0, help="seed of the run; the scenario's if not given")] = None,
    replicates: Annotated[int | None, typer.Option(min=1, help="how often, each time with another seed")] = None,
    until: Annotated[
        float | None,
        typer.Option(
            "--until-mc-share", min=0.01, max=1, help="stop earlier, once noise blurs the mean by less than this share"
        ),
    ] = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    first: Annotated[str | None, typer.Option("--from", help="first fiscal year, R4")] = None,
    last: Annotated[str | None, typer.Option("--to", help="last fiscal year, for example R11")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="threads; the result does not depend on it")] = None,
    out: Annotated[Path | None, typer.Option(help="folder of all runs [default: results]")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on with an interrupted run")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="print nothing but the path of the run")] = False,
    report: Annotated[bool, typer.Option("--report/--no-report", help="write the page of first figures too")] = True,
    lang: Language = Lang.ja,
) -> None:
    """Run a scenario: all residents, all municipalities, year by year."""
    from sim.scenario.scenario import load_scenario

    chosen = load_scenario(scenario)
    begin, end = maybe_year(first, "--from"), maybe_year(last, "--to")
    if (end or chosen.horizon.last) < (begin or chosen.horizon.first):
        raise InputError("--to: the last year lies before the first year")
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; give a folder")
    warn(chosen.warnings(last=end))
    many = replicates or chosen.replicates
    if many > 1 or until is not None:
        from sim.cli.experiments import ensemble

        ensemble(chosen, many, until, sample, seed, end, jobs, scheduler, out or Path("results"), quiet)
        return
    from sim.engine import api

    result = api.run(
        chosen,
        sample=sample,
        seed=seed,
        first=begin,
        last=end,
        threads=threads,
        out=out,
        resume=resume,
        progress=not quiet,
    )
    if not quiet:
        show_headline(result.headline, chosen.name, sample_of(Path(result.path)), lang.value)
    typer.echo(result.path if quiet else f"Tables  {result.path}")
    if report:
        from sim.reports import build

        page = build(result.path, lang.value, png=False, brief=True)
        if not quiet:
            typer.echo(f"Report  {page}")


@app.command(rich_help_panel=RUN)
def prepare(
    scenario: ScenarioName = "baseline",
    sample: Sample = None,
) -> None:
    """Compile the kernels and build the population, so that the first run need not wait for them."""
    from sim.engine import api

    with console().status("kernels and population, once: about a minute"):
        api.prepare(api.plan(scenario, sample=sample))


@app.command(rich_help_panel=LOOK)
def validate(
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="run folder, run id or scenario; else a new run")
    ] = None,
    sample: Sample = None,
    layout: Annotated[Layout, typer.Option("--format", help="table or json")] = Layout.table,
) -> None:
    """Compare results with published figures: published, simulated, difference, band, ok."""
    folder = take_run(run).path if run is not None else None
    from sim.studies.validation import validate as compared

    frame = compared(folder, sample)
    size = sample_of(folder) if folder is not None else sample or 1
    if layout is Layout.json:
        frame = frame.assign(sample=size)
        typer.echo(frame.to_json(orient="records", force_ascii=False, indent=1))
        return
    print_frame(frame, "published and simulated", size)
    judged = frame["ok"].dropna().astype(bool)
    console().print(f"{int(judged.sum())} of {len(judged)} figures within their band", highlight=False)
