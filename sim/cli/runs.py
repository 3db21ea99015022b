"""Commands about runs: run, prepare, validate."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from sim.cli.app import LOOK, RUN, SEVERAL, AsOf, Layout, Sample, ScenarioName, app
from sim.cli.doors import maybe_year, take_run
from sim.cli.groups import Workers, grouped
from sim.cli.show import (
    console,
    lies,
    print_frame,
    show_controls,
    show_date,
    show_ensemble,
    show_headline,
    show_side_by_side,
    warn,
)
from sim.core import language
from sim.core.errors import InputError
from sim.core.sample import sample_of

if TYPE_CHECKING:
    from sim.core.step import Step
    from sim.engine.api import Result
    from sim.scenario.scenario import Horizon, Scenario


@dataclass(frozen=True)
class Draws:
    """How many residents are lived, and how often."""

    sample: Sample = None
    seed: Annotated[int | None, typer.Option(min=0, help="seed of the run; the scenario's if not given")] = None
    replicates: Annotated[int | None, typer.Option(min=1, help="how often, each time with another seed")] = None
    until: Annotated[
        float | None,
        typer.Option(
            "--until-mc-share", min=0.01, max=1, help="stop earlier, once noise blurs the mean by less than this share"
        ),
    ] = None


@dataclass(frozen=True)
class Span:
    """The first and the last year of a run, and what is known in it."""

    first: Annotated[str | None, typer.Option("--from", help="first fiscal year, R4")] = None
    last: Annotated[str | None, typer.Option("--to", help="last fiscal year, for example R11")] = None
    as_of: AsOf = None

    def within(self, horizon: Horizon) -> tuple[int | None, int | None]:
        """Return both years as numbers, None where the scenario says; InputError if they leave no year."""
        begin, end = maybe_year(self.first, "--from"), maybe_year(self.last, "--to")
        if (end or horizon.last) < (begin or horizon.first):
            raise InputError("--to: the last year lies before the first year")
        return begin, end

    def known(self) -> date | None:
        """Return the information date, and say it as the first line."""
        from sim.parameters.vintages import information_date

        day = information_date(self.as_of)
        show_date(day)
        return day


@dataclass(frozen=True)
class Conduct:
    """How a run goes about it."""

    threads: Annotated[int | None, typer.Option(min=1, help="threads; the result does not depend on it")] = None
    out: Annotated[Path | None, typer.Option(help="folder of all runs [default: results]")] = None
    resume: Annotated[bool, typer.Option("--resume", help="go on with an interrupted run")] = False
    outputs: Annotated[
        Path | None,
        typer.Option(help="file of tables and unit records to leave, beside the scenario's (docs/outputs.md)"),
    ] = None
    controls: Annotated[
        bool,
        typer.Option("--controls/--no-controls", help="of a sample: tell institutions what the full baseline counts"),
    ] = True
    lever: Annotated[
        list[str] | None,
        typer.Option("--lever", help="lever an installed package brings, by name; may be given several times"),
    ] = None

    def levers(self, alone: bool) -> dict[str, Step] | None:
        """Return the steps of the levers asked for; InputError where many runs are made (`alone`: it is one run)."""
        if not self.lever:
            return None
        if not alone:
            raise InputError("--lever: works in one run of one prefecture; leave out --replicates and the others")
        from sim.core import packages

        return packages.levers(self.lever)


class Known(TypedDict):
    """The last year of a run, and its information date."""

    last: int | None
    as_of: date | None


@dataclass(frozen=True)
class Told:
    """What a run says of itself."""

    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="print nothing but the path of the run")] = False
    report: Annotated[bool, typer.Option("--report/--no-report", help="write the page of first figures too")] = True
    ranges: Annotated[bool, typer.Option("--ranges/--no-ranges", help="show the ranges of the plausible ensemble")] = (
        True
    )


@app.command(rich_help_panel=RUN)
@grouped
def run(
    context: typer.Context,
    scenario: ScenarioName,
    draws: Draws,
    workers: Workers,
    span: Span,
    conduct: Conduct,
    told: Told,
) -> None:
    """Run a scenario: all residents, all municipalities, year by year."""
    from sim.parameters import regions
    from sim.scenario.scenario import load_scenario

    chosen = load_scenario(scenario)
    if chosen.region and regions.chosen() is None:
        regions.choose(chosen.region)
    first, last = span.within(chosen.horizon)
    as_of = span.known()
    if conduct.out is not None and conduct.out.exists() and not conduct.out.is_dir():
        raise InputError(f"--out {conduct.out} is a file; give a folder")
    warn(chosen.warnings(last=last))
    several, repeated = context.meta.get(SEVERAL), (draws.replicates or chosen.replicates) > 1
    once = not several and not repeated and draws.until is None
    if conduct.outputs is not None and not once:
        raise InputError("--outputs: one run at a time leaves outputs; take out --replicates, or run one region")
    own = conduct.levers(alone=once)
    if several:
        _together(chosen, several, draws, workers, {"last": last, "as_of": as_of}, conduct.out, told)
        return
    if repeated or draws.until is not None:
        _repeat(chosen, draws, workers, {"last": last, "as_of": as_of}, conduct.out, told.quiet)
        return
    from sim.engine import api

    result = api.run(
        chosen,
        sample=draws.sample,
        seed=draws.seed,
        first=first,
        last=last,
        as_of=as_of,
        threads=conduct.threads,
        out=conduct.out,
        resume=conduct.resume,
        controls=conduct.controls,
        outputs=conduct.outputs,
        levers=own,
        progress=not told.quiet,
    )
    _tell(result, chosen.name, told)


def _tell(result: Result, name: str, told: Told) -> None:
    """Print the headline and the path of a finished run, and write its page."""
    if not told.quiet:
        from sim.outputs.ranges import Ranges

        found = Ranges.of(result.folder) if told.ranges else None
        show_headline(result.headline, name, sample_of(Path(result.path)), found)
        show_controls(result.folder)
        lies("Tables", result.path)
        for name in result.folder.outputs:
            lies("Output", f"{result.path / 'outputs' / name}.parquet")
    else:
        typer.echo(result.path)
    if told.report:
        from sim.reports import build

        page = build(result.path, language.written(), png=False, brief=True, ranges=told.ranges)
        if not told.quiet:
            lies("Report", page)


def _repeat(scenario: Scenario, draws: Draws, workers: Workers, known: Known, out: Path | None, quiet: bool) -> None:
    """Run the replicates of a scenario, print mean and 5-95 % of the headline figures, write the quantiles."""
    from sim.studies.ensemble import repeat

    found = repeat(
        scenario,
        draws.replicates or scenario.replicates,
        until=draws.until,
        sample=draws.sample,
        seed=draws.seed,
        **known,
        out=out or Path("results"),
        progress=not quiet,
        **asdict(workers),
    )
    if quiet:
        typer.echo(found.path)
        return
    show_ensemble(found, scenario.name)
    lies("Tables", found.path)


def _together(
    scenario: Scenario, regions: list[str], draws: Draws, workers: Workers, known: Known, out: Path | None, told: Told
) -> None:
    """Run a scenario in several prefectures, print them side by side in the last year, write the comparison."""
    if (draws.replicates or 1) > 1 or draws.until is not None:
        raise InputError("--replicates: several prefectures run once each; repeat them one by one with --region NAME")
    from sim.studies.prefectures import run_prefectures

    found = run_prefectures(
        scenario,
        regions,
        sample=draws.sample,
        seed=draws.seed,
        **known,
        out=out or Path("results"),
        progress=not told.quiet,
        **asdict(workers),
    )
    if told.quiet:
        typer.echo(found.path)
        return
    show_side_by_side(found, scenario.name, told.ranges)
    for region, folder in found.runs.items():
        typer.echo(f"{region}  {folder.path}")
    lies("Tables", found.path)


@app.command(rich_help_panel=RUN)
def prepare(
    scenario: ScenarioName = "baseline",
    sample: Sample = None,
    as_of: AsOf = None,
) -> None:
    """Compile the kernels and build the population, so that the first run need not wait for them."""
    from sim.engine import api

    show_date(as_of)
    with console().status(
        language.either(
            "計算プログラムと人口を準備中（初回のみ、1分程度）", "kernels and population, once: about a minute"
        )
    ):
        api.prepare(api.plan(scenario, sample=sample, as_of=as_of))


@app.command(rich_help_panel=LOOK)
def validate(
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="run folder, run id or scenario; else a new run")
    ] = None,
    sample: Sample = None,
    layout: Annotated[Layout, typer.Option("--format", help="table or json")] = Layout.table,
    page: Annotated[Path | None, typer.Option(help="write a page of a run's rows, docs/validation.md")] = None,
) -> None:
    """Compare results with published figures: published, simulated, difference, band, ok."""
    if page is not None and run is None:
        raise InputError("--page writes the rows of a run: name one, such as kokuho validate baseline --page FILE")
    folder = take_run(run).path if run is not None else None
    from sim.studies.validation import validate as compared
    from sim.studies.validation.ranged import folded

    frame = compared(folder, sample)
    if page is not None and folder is not None:
        from sim.outputs.folder import RunFolder
        from sim.reports import validation_page

        lies("Page", validation_page.write(RunFolder(folder), frame, page), err=layout is Layout.json)
    size = sample_of(folder) if folder is not None else sample or 1
    if layout is Layout.json:
        frame = frame.assign(sample=size)
        typer.echo(frame.to_json(orient="records", force_ascii=False, indent=1))
        return
    print_frame(folded(frame), language.either("公表値と推計値", "published and simulated"), size)
    judged = frame["ok"].dropna().astype(bool)
    met = int(judged.sum())
    told = language.either(
        f"{len(judged)}件のうち{met}件が許容範囲内", f"{met} of {len(judged)} figures within their band"
    )
    console().print(told, highlight=False)
