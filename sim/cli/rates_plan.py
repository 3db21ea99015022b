"""The command `rates-plan`: own rates of a municipality (改定案) beside those expected without them."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.app import STUDY, Sample, app
from sim.cli.doors import file_to_write, maybe_year
from sim.cli.groups import Workers, grouped
from sim.cli.show import lies
from sim.core import language
from sim.core.errors import InputError

if TYPE_CHECKING:
    from sim.studies.rates_plan import Plans
    from sim.studies.rates_plan.search import Found

_DEFAULT_YEAR = "R9"


@dataclass(frozen=True)
class Looked:
    """Whose figures are shown, and on which runs."""

    municipality: Annotated[
        str | None,
        typer.Option("--municipality", "-m", help="name or code, or a group with one rate [default: the plan's]"),
    ] = None
    year: Annotated[str | None, typer.Option("--year", "-y", help="year of the bills [default: the plan's first]")] = (
        None
    )
    base: Annotated[str | None, typer.Option(help="scenario without the plan [default: what the plan extends]")] = None
    sample: Sample = None
    replicates: Annotated[int, typer.Option(min=1, help="pairs of runs, each with draws of its own")] = 1
    last: Annotated[str | None, typer.Option("--to", help="last fiscal year")] = None
    more_than: Annotated[int, typer.Option(min=0, help="yen a year from which a bill has risen or fallen")] = 10_000
    against: Annotated[
        str, typer.Option(help="what bills rise or fall against: base (expected without the plan) or current (現行)")
    ] = "base"
    households: Annotated[Path | None, typer.Option(help="your own model households (kokuho models --copy)")] = None
    ranges: Annotated[
        bool,
        typer.Option("--ranges/--no-ranges", help="ranges of the effects: some thirty small runs of each scenario"),
    ] = False


@dataclass(frozen=True)
class Sought:
    """A target to which rates are scaled instead."""

    target_levy: Annotated[
        str | None, typer.Option(help="find rates for a levied total: 380億円, or by year R9=380億,R10=390億")
    ] = None
    no_transfer_by: Annotated[
        str | None, typer.Option(help="find rates that end the transfer against the deficit by a year, R11")
    ] = None
    same_burden: Annotated[
        str | None, typer.Option(help="find rates that leave the bill of a model household as it is")
    ] = None
    write: Annotated[Path | None, typer.Option(help="file of the plan found, or of --new [default: printed]")] = None

    @property
    def given(self) -> bool:
        return any((self.target_levy, self.no_transfer_by, self.same_burden))


@dataclass(frozen=True)
class Shown:
    """What is printed, and where it is written."""

    member: Annotated[
        str | None, typer.Option(help="of a group: whose rates and model households are printed [default: its first]")
    ] = None
    out: Annotated[Path | None, typer.Option(help="write all tables to this .xlsx file")] = None


@app.command(rich_help_panel=STUDY)
@grouped
def rates_plan(
    plans: Annotated[
        list[str] | None, typer.Argument(metavar="PLAN...", help="scenarios with a block rates_plan, names or files")
    ] = None,
    *,
    looked: Looked,
    sought: Sought,
    workers: Workers,
    shown: Shown,
    new: Annotated[bool, typer.Option("--new", help="print a plan to edit, filled with the rates expected")] = False,
    results: Annotated[Path, typer.Option(help="folder of all runs")] = Path("results"),
) -> None:
    """Show what own rates (改定案) do: model households, who pays more or less, collection, arrears and transfer.

    For example: kokuho rates-plan --new -m 新宿区 --write my_plan.yaml; kokuho rates-plan my_plan.yaml --sample 20
    """
    file_to_write(shown.out, "--out", (".xlsx",))
    if new:
        _template(looked, sought.write)
    elif sought.given:
        _search(plans or [], looked, sought, workers, results)
    elif not plans:
        raise InputError(
            "which plan? Name scenarios or files; kokuho rates-plan --new -m 新宿区 writes one to start from"
        )
    else:
        from sim.studies.rates_plan import Ask, look

        found = look(plans, Ask(**asdict(looked)), out=results, **asdict(workers))
        _show(found, shown.member)
        if shown.out is not None:
            typer.echo(found.write(shown.out, language.written()))


def _template(looked: Looked, path: Path | None) -> None:
    """Print a plan to edit, or write it."""
    from sim.parameters import Parameters
    from sim.studies.rates_plan import where_of
    from sim.studies.rates_plan.text import template

    p = Parameters.load()
    where = where_of(looked.municipality, None, p)
    first = maybe_year(looked.year or _DEFAULT_YEAR, "--year") or 0
    last = maybe_year(looked.last or "R11", "--to") or first
    text = template(path.stem if path else "my_plan", where, range(first, last + 1))
    if path is None:
        typer.echo(text, nl=False)
        return
    _new_file(path)
    path.write_text(text, encoding="utf-8")
    lies("Plan", path)


def _new_file(path: Path) -> None:
    """Refuse a file that exists, of another ending, or in no folder."""
    file_to_write(path, "--write", (".yaml",))
    if path.exists():
        raise InputError(f"--write {path} exists; give the name of a new file")


def _search(plans: list[str], looked: Looked, sought: Sought, workers: Workers, results: Path) -> None:
    """Find rates for a target, show how near they come, and print or write their plan."""
    from sim.studies.rates_plan import Ask
    from sim.studies.rates_plan.search import Goal, find_rates

    if len(plans) > 1:
        raise InputError("one plan is scaled to a target; name one, or none for the rates expected")
    if sought.write is not None:
        _new_file(sought.write)
    year = looked.year or _DEFAULT_YEAR
    goal = Goal(
        levy=_totals(sought.target_levy, year),
        no_transfer_by=sought.no_transfer_by,
        same_burden=sought.same_burden,
    )
    found = find_rates(
        goal,
        Ask(**asdict(looked)),
        plan=plans[0] if plans else None,
        name=sought.write.stem if sought.write else "found_plan",
        out=results,
        **asdict(workers),
    )
    _show_found(found)
    if sought.write is None:
        typer.echo(found.text, nl=False)
    else:
        lies("Plan", found.write(sought.write))


def _totals(text: str | None, year: str) -> dict[int | str, int] | None:
    """Return the levied totals wanted by year: 380億 in the year asked for, or R9=380億,R10=390億."""
    from sim.scenario.quantities import read_yen

    if text is None:
        return None
    parts = text.split(",R") if "=" in text else [f"{year}={text}"]
    wanted: dict[int | str, int] = {}
    for at, part in enumerate(parts):
        when, _, yen = (part if at == 0 else f"R{part}").partition("=")
        try:
            wanted[when.strip()] = read_yen(yen)
        except ValueError as error:
            raise InputError(f"--target-levy: {error}") from None
    return wanted


def _show_found(found: Found) -> None:
    from sim.cli.show import print_frame
    from sim.core.units import era

    t = found.reached.assign(year=found.reached["year"].map(era), factor=found.reached["factor"].round(4))
    print_frame(
        t,
        language.either(f"{found.where.name}：目標に見合う料率（円）", f"{found.where.name}: rates for a target, yen"),
        found.sample,
    )


def _show(plans: Plans, member: str | None) -> None:
    """Print the tables, notes below; member: whose rates and model households are printed, of a group."""
    from sim.cli.show import console, print_frame, show_banner
    from sim.core.units import era
    from sim.studies.rates_plan.words import TITLES
    from sim.studies.rates_plan.workbook import notes, readable

    lang = language.current()
    at = 0 if lang == "ja" else 1
    found = plans.member(member or str(plans.households["municipality"].iloc[0]))
    mine = found.households["municipality"].iloc[0]
    show_banner(found.sample)
    for name, pair in TITLES.items():
        t = readable(found, name, lang)
        place = mine if name in ("rates", "households") else found.where.name
        title = f"{place} {pair[at]}" + (f" {era(found.year)}" if name != "effects" else "")
        print_frame(t.round({"effects": 3, "rates": 2}.get(name, 1)), title)
    for said in notes(found, lang):
        console().print(said, style="dim", highlight=False, soft_wrap=True)
