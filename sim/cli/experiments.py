"""Commands about many runs: compare."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.app import Jobs, Lang, Language, Sample, Scheduler, app
from sim.cli.doors import maybe_year

if TYPE_CHECKING:
    from sim.experiments.compare import Compared
    from sim.parameters.scenario import Scenario

SHOWN = (
    "members_average",
    "contribution_per_head",
    "standard_premium_per_head",
    "billed_per_member",
    "collection_rate",
    "arrears_household_share",
    "arrears_closing",
    "discretionary_transfer",
    "discretionary_municipalities",
)


@app.command()
def compare(
    scenarios: Annotated[list[str], typer.Argument(metavar="BASE SCENARIO...", help="names or files, the base first")],
    sample: Sample = None,
    replicates: Annotated[int, typer.Option(min=1, help="runs of each scenario, each pair with other luck")] = 1,
    last: Annotated[str | None, typer.Option("--to", help="last fiscal year")] = None,
    year: Annotated[str | None, typer.Option("--year", "-y", help="year shown [default: the last]")] = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    out: Annotated[Path, typer.Option(help="folder of all runs")] = Path("results"),
    report: Annotated[bool, typer.Option("--report/--no-report", help="write the page and the workbook")] = True,
    lang: Language = Lang.ja,
) -> None:
    """Compare scenarios that share their luck: runs what is missing, shows differences and how sure they are."""
    end, shown = maybe_year(last, "--to"), maybe_year(year, "--year")
    from sim.experiments.compare import compare as compared

    found = compared(scenarios, sample=sample, replicates=replicates, last=end, jobs=jobs, scheduler=scheduler, out=out)
    _show(found, shown)
    typer.echo(f"Tables  {found.path}")
    if report:
        from sim import reports

        first = [runs[0].path for runs in found.runs.values()]
        for path in reports.compare(first, lang.value, found.path, png=False):
            typer.echo(f"Report  {path}")


def _show(found: Compared, year: int | None) -> None:
    """Print the differences of the headline figures in one year, and what pairing gained."""
    from rich.table import Table

    from sim.cli.show import console, figure, scaled
    from sim.core.errors import InputError
    from sim.core.units import era
    from sim.experiments.compare import verdict

    t = found.year
    when = year or int(t["year"].max())
    rows = t[t["year"] == when]
    if rows.empty:
        raise InputError(f"--year {era(when)} lies outside the runs")
    table = Table(title=f"{era(when)} · against {found.base}", title_style="bold", header_style="bold")
    table.add_column("")
    table.add_column("unit", style="dim")
    table.add_column(found.base, justify="right")
    names = list(found.runs)[1:]
    for name in names:
        table.add_column(name, justify="right")
    for measure in SHOWN:
        own = rows[rows["measure"] == measure].set_index("scenario")
        if own.empty:
            continue
        base = float(own["value_base"].iloc[0])
        unit, scale = scaled(str(own["unit"].iloc[0]), max(abs(base), 1e-9))
        cells = []
        for name in names:
            d, half, sure = own.loc[name, ["difference", "half", "sure"]]
            bounds = "" if half != half else f" ±{figure(half, own['unit'].iloc[0], scale)}"
            sign = "+" if d > 0 else ""
            cells.append(f"{sign}{figure(d, own['unit'].iloc[0], scale)}{bounds} {verdict(d, half, sure)}")
        table.add_row(measure.replace("_", " "), unit, figure(base, own["unit"].iloc[0], scale), *cells)
    out = console()
    out.print(table)
    pairs = int(t["pairs"].iloc[0])
    if pairs < 2:
        out.print("? one pair of runs: how much is luck cannot be told; try --replicates 3", style="dim")
        return
    out.print(f"✓ more than luck (95 %), ~ within luck, over {pairs} pairs of runs with the same luck", style="dim")
    ratio = found.variance_ratio()
    out.print(
        f"Variance of a municipality's difference, same luck against luck of their own: {ratio:.3f} "
        "(collection rate, median over municipalities)",
        style="dim",
        highlight=False,
    )


def ensemble(
    scenario: Scenario,
    most: int,
    until: float | None,
    sample: int | None,
    seed: int | None,
    last: int | None,
    jobs: int | None,
    scheduler: str | None,
    out: Path,
    quiet: bool,
) -> None:
    """Run the replicates of a scenario, print mean and 5-95 % of the headline figures, write the quantiles."""
    from sim.experiments.ensemble import repeat

    found = repeat(
        scenario,
        most,
        until=until,
        sample=sample,
        seed=seed,
        last=last,
        jobs=jobs,
        scheduler=scheduler,
        out=out,
        progress=not quiet,
    )
    if quiet:
        typer.echo(found.path)
        return
    from rich.table import Table

    from sim.cli.show import console, figure, scaled
    from sim.core.units import era

    t = found.year
    end = int(t["year"].max())
    table = Table(title=f"{scenario.name} · {era(end)} · {len(found.runs)} replicates", header_style="bold")
    table.add_column("")
    table.add_column("unit", style="dim")
    for name in ("mean", "5 %", "50 %", "95 %", "error of the mean"):
        table.add_column(name, justify="right")
    for row in t[t["year"] == end].itertuples():
        unit, scale = scaled(row.unit, max(abs(row.mean), 1e-9))
        cells = (figure(v, row.unit, scale) for v in (row.mean, row.q05, row.q50, row.q95, row.error))
        table.add_row(row.measure.replace("_", " "), unit, *cells)
    out_ = console()
    out_.print(table)
    out_.print(f"The luck's blur of the mean is at most {found.share:.0%} of the 5-95 % range", style="dim")
    typer.echo(f"Tables  {found.path}")
