"""The command `attribute`: why did it change?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.app import STUDY, Jobs, Lang, Language, Sample, app
from sim.cli.doors import file_to_write, fiscal, maybe_year, take_run, take_runs
from sim.core.errors import InputError
from sim.core.sample import banner


@app.command(rich_help_panel=STUDY)
def attribute(
    run: Annotated[str, typer.Argument(metavar="RUN", help="run folder, run id or scenario; with --levers a scenario")],
    since: Annotated[str | None, typer.Option("--from", help="fiscal year the change starts from")] = None,
    until: Annotated[str, typer.Option("--to", help="fiscal year it ends in")] = "R11",
    against: Annotated[str | None, typer.Option(help="another run, to split the difference in the year --to")] = None,
    municipality: Annotated[str | None, typer.Option("--municipality", "-m", help="else Tokyo as a whole")] = None,
    output: Annotated[str, typer.Option(help="contribution (納付金) or levy (必要な賦課総額)")] = "contribution",
    levers: Annotated[
        bool, typer.Option("--levers", help="split a scenario's effect over its keys by re-running")
    ] = False,
    measure: Annotated[str, typer.Option(help="headline figure of --levers")] = "collection_rate",
    sample: Sample = None,
    jobs: Jobs = None,
    figure: Annotated[Path | None, typer.Option(help="file for the waterfall, .svg or .png")] = None,
    lang: Language = Lang.ja,
) -> None:
    """Split a change into its drivers, exactly: between two years, two runs, or over the keys of a scenario."""
    from sim.cli.show import console, print_frame
    from sim.studies import attribution

    end = fiscal(until, "--to")
    file_to_write(figure, "--figure")
    if levers:
        table = attribution.levers(run, until=end, measure=measure, sample=sample or 100, jobs=jobs)
        print_frame(table, f"{run}: {measure} {until}", sample or 100)
        console().print(f"together {table['effect'].sum():+.6g}", highlight=False)
        return
    if figure is not None and figure.suffix not in (".svg", ".png"):
        raise InputError(f"--figure {figure}: the name must end in .svg or .png")
    start = maybe_year(since, "--from")
    if (start is None) == (against is None):
        raise InputError("give either the year to start from (--from) or the run to compare with (--against)")
    taken = [take_run(run)] if against is None else take_runs([run, against])
    found = attribution.attribute(
        taken[0],
        since=start,
        until=end,
        against=taken[1] if against is not None else None,
        municipality=municipality,
        output=output,
    )
    shown = found.table[[lang.value, "yen"]].rename(columns={lang.value: "driver"})
    print_frame(shown, f"{found.place} {found.output}: {found.labels[0]} → {found.labels[1]}", found.sample, lang.value)
    total = int(found.table["yen"].sum())
    console().print(f"{found.before:,} {total:+,} = {found.after:,} yen", highlight=False)
    if figure is not None:
        from sim.reports.drawing import write_plot

        write_plot(found.plot(lang.value), figure, banner(found.sample, lang.value))
        typer.echo(f"Figure  {figure}")
