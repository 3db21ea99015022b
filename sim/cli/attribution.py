"""The command `attribute`: why did it change?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import STUDY, Sample, app
from sim.cli.doors import file_to_write, fiscal, maybe_year, take_run, take_runs
from sim.cli.groups import Jobs, grouped
from sim.core import language
from sim.core.errors import InputError
from sim.core.sample import banner


@dataclass(frozen=True)
class Between:
    """What is compared: two years of a run, or two runs in a year."""

    since: Annotated[str | None, typer.Option("--from", help="fiscal year the change starts from")] = None
    until: Annotated[str, typer.Option("--to", help="fiscal year it ends in")] = "R11"
    against: Annotated[str | None, typer.Option(help="another run, to split the difference in the year --to")] = None


@dataclass(frozen=True)
class Rerun:
    """A scenario's effect split over its keys."""

    levers: Annotated[bool, typer.Option("--levers", help="split a scenario's effect over its keys by re-running")] = (
        False
    )
    measure: Annotated[str, typer.Option(help="headline figure of --levers")] = "collection_rate"
    sample: Sample = None
    jobs: Jobs = None


@app.command(rich_help_panel=STUDY)
@grouped
def attribute(
    run: Annotated[str, typer.Argument(metavar="RUN", help="run folder, run id or scenario; with --levers a scenario")],
    between: Between,
    municipality: Annotated[str | None, typer.Option("--municipality", "-m", help="else the whole")] = None,
    output: Annotated[str, typer.Option(help="contribution (納付金) or levy (必要な賦課総額)")] = "contribution",
    *,
    rerun: Rerun,
    figure: Annotated[Path | None, typer.Option(help="file for the waterfall, .svg or .png")] = None,
) -> None:
    """Split a change into its drivers, exactly: between two years, two runs, or over the keys of a scenario."""
    from sim.cli.show import console, lies, print_frame
    from sim.studies.attribution import attribute as split

    end = fiscal(between.until, "--to")
    file_to_write(figure, "--figure")
    if rerun.levers:
        _over_keys(run, end, between.until, rerun)
        return
    if figure is not None and figure.suffix not in (".svg", ".png"):
        raise InputError(f"--figure {figure}: the name must end in .svg or .png")
    start, against = maybe_year(between.since, "--from"), between.against
    if (start is None) == (against is None):
        raise InputError("give either the year to start from (--from) or the run to compare with (--against)")
    taken = [take_run(run)] if against is None else take_runs([run, against])
    found = split(
        taken[0],
        since=start,
        until=end,
        against=taken[1] if against is not None else None,
        municipality=municipality,
        output=output,
    )
    lang = language.current()
    shown = found.table[[lang, "yen"]].rename(columns={lang: "driver"})
    output_said = {"contribution": ("納付金", "contribution"), "levy": ("必要な賦課総額", "levy")}[found.output]
    print_frame(
        shown, f"{found.place} {language.either(*output_said)}: {found.labels[0]} → {found.labels[1]}", found.sample
    )
    total = int(found.table["yen"].sum())
    console().print(f"{found.before:,} {total:+,} = {found.after:,} {language.either('円', 'yen')}", highlight=False)
    if figure is not None:
        from sim.reports.drawing import write_plot

        drawn = language.written()
        write_plot(found.plot(drawn), figure, banner(found.sample, drawn))
        lies("Figure", figure)


def _over_keys(scenario: str, end: int, until: str, rerun: Rerun) -> None:
    """Print what each key of a scenario does to a headline figure."""
    from sim.cli.show import console, measured, print_frame
    from sim.studies import attribution

    sample = rerun.sample or 100
    table = attribution.levers(scenario, until=end, measure=rerun.measure, sample=sample, jobs=rerun.jobs)
    print_frame(table, f"{scenario}: {measured(rerun.measure)} {until}", sample)
    console().print(f"{language.either('合計', 'together')} {table['effect'].sum():+.6g}", highlight=False)
