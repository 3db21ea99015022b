"""Commands about many runs: compare."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.app import STUDY, Languages, ReportLanguages, Results, Sample, app
from sim.cli.doors import announce, maybe_year, municipality_name
from sim.cli.groups import Workers, grouped
from sim.cli.show import lies
from sim.core import language

if TYPE_CHECKING:
    import pandas as pd

    from sim.studies.compare import Compared

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

LEVELS = {
    "full run": (
        "水準は基準シナリオの全世帯の計算によるもので、効果は標本によるもの（金額は比例して換算）。",
        "Levels are those of the full run of the base; effects are the sample's, amounts in proportion.",
    ),
    "sample": (
        "水準は標本によるもの。--sample を付けずに kokuho run を実行すると全世帯の水準が得られる。",
        "Levels are the sample's own: kokuho run without --sample gives that of everybody.",
    ),
}
"""what the command says of the level of the figures it shows"""


@dataclass(frozen=True)
class Pairs:
    """Which runs of the scenarios are compared."""

    sample: Sample = None
    replicates: Annotated[int, typer.Option(min=1, help="runs of each scenario, each pair with another seed")] = 1
    seed: Annotated[int | None, typer.Option(min=0, help="seed of all scenarios; their own if not given")] = None
    last: Annotated[str | None, typer.Option("--to", help="last fiscal year")] = None
    ranges: Annotated[
        bool,
        typer.Option("--ranges/--no-ranges", help="ranges of the differences: some thirty small runs of each scenario"),
    ] = True
    controls: Annotated[
        bool,
        typer.Option("--controls/--no-controls", help="of a sample: tell institutions what the full baseline counts"),
    ] = True


@dataclass(frozen=True)
class Shown:
    """What of a comparison is printed."""

    year: Annotated[str | None, typer.Option("--year", "-y", help="year shown [default: the last]")] = None
    municipality: Annotated[
        str | None,
        typer.Option("--municipality", "-m", help="show this municipality as well: its name or code"),
    ] = None
    by: Annotated[
        str | None, typer.Option(help="show groups of households as well: 'income class', 'age of head', method, ...")
    ] = None


@app.command(rich_help_panel=STUDY)
@grouped
def compare(
    scenarios: Annotated[list[str], typer.Argument(metavar="BASE SCENARIO...", help="names or files, the base first")],
    pairs: Pairs,
    view: Shown,
    workers: Workers,
    out: Results = Path("results"),
    report: Annotated[bool, typer.Option("--report/--no-report", help="write the page and the workbook")] = True,
    lang: ReportLanguages = None,
) -> None:
    """Compare scenarios that share their draws: runs what is missing, shows differences and how sure they are."""
    end, year = maybe_year(pairs.last, "--to"), maybe_year(view.year, "--year")
    place = municipality_name(view.municipality) if view.municipality is not None else None
    if view.by is not None:
        _check_kind(view.by)
    from sim.studies.compare import compare as compared

    found = compared(
        scenarios,
        sample=pairs.sample,
        replicates=pairs.replicates,
        seed=pairs.seed,
        last=end,
        out=out,
        ranges=pairs.ranges,
        controls=pairs.controls,
        **asdict(workers),
    )
    announce([run for own in found.runs.values() for run in own])
    _show(found, year, place, view.by)
    lies("Tables", found.path)
    if report:
        from sim import reports

        for path in reports.compare([found.path], Languages.each(lang), png=False):
            lies("Report", path)


def _check_kind(by: str) -> None:
    from sim.core.errors import InputError, nearest
    from sim.studies.ensemble import KINDS

    if by not in KINDS:
        raise InputError(f"--by '{by}'{nearest(by, KINDS)} Allowed: {', '.join(KINDS)}")


def _show(found: Compared, year: int | None, place: str | None, by: str | None) -> None:
    """Print the differences in one year: the headline, a municipality, groups of households; then how sure they are."""
    from sim.cli.show import measured, show_banner, show_controls
    from sim.core.errors import InputError
    from sim.core.units import era

    show_banner(int(found.runs[found.base][0].manifest["sample"]))
    show_controls(found.runs[found.base][0])
    t = found.year
    when = year or int(t["year"].max())
    if when not in set(t["year"]):
        raise InputError(f"--year {era(when)} lies outside the runs")
    title = f"{era(when)} · {language.either(f'{found.base} との比較', f'against {found.base}')}"
    shown = [t[(t["year"] == when) & (t["measure"] == m)].assign(row=measured(m)) for m in SHOWN]
    _show_rows(found, [rows for rows in shown if not rows.empty], title)
    small = False
    if place is not None:
        t = found.municipality
        t = t[(t["year"] == when) & (t["name"] == place)]
        parts = [rows.assign(row=measured(str(m))) for m, rows in t.groupby("measure", sort=False)]
        small |= _show_rows(found, parts, f"{place} · {title}")
    if by is not None:
        t = found.group
        t = t[(t["year"] == when) & (t["kind"] == by) & (t["measure"] == "collection_rate")]
        said = _in_words(by)
        parts = [rows.assign(row=said(str(g))) for g, rows in t.groupby("group", sort=False)]
        what = language.either(f"{said(by)}別の収納率", f"collection rate by {by}")
        small |= _show_rows(found, parts, f"{what} · {title}")
    _show_signs(found, small)


def _show_rows(found: Compared, parts: list[pd.DataFrame], title: str) -> bool:
    """Print one line a frame, which holds one figure of every scenario; return whether a line is marked small."""
    from rich.markup import escape
    from rich.table import Table

    from sim.cli.show import console, figure, scaled
    from sim.studies.compare import verdict

    names = list(found.runs)[1:]
    table = Table(title=escape(title), title_style="bold", header_style="bold")
    table.add_column("")
    table.add_column(language.either("単位", "unit"), style="dim")
    table.add_column(escape(found.base), justify="right")
    for name in names:
        table.add_column(escape(name), justify="right")
        if found.ranges is not None:
            table.add_column(language.either("90％区間", "90 % range"), justify="right", style="cyan")
            table.add_column(language.either("乱数の割合", "noise"), justify="right", style="dim")
    marked = False
    for rows in parts:
        own = rows.set_index("scenario")
        base, kind = float(own["level"].iloc[0]), str(own["unit"].iloc[0])
        unit, scale = scaled(kind, max(abs(base), 1e-9))
        cells = []
        for name in names:
            d, half, sure = own.loc[name, ["effect", "effect_half", "sure"]]
            bounds = "" if half != half or d == half == 0 else f" ±{_finer(half, kind, scale)}"
            cells.append(f"{'+' if d > 0 else ''}{_finer(d, kind, scale)}{bounds} {verdict(d, half, sure)}")
            if found.ranges is not None:
                cells += _range(found, name, rows, kind, scale)
        small = "small" in own and bool(own["small"].any())
        marked |= small
        label = f"{rows['row'].iloc[0]}{' *' if small else ''}"
        table.add_row(escape(label), unit, figure(base, kind, scale), *cells)
    console().print(table)
    return marked


def _range(found: Compared, scenario: str, rows: pd.DataFrame, unit: str, scale: float) -> list[str]:
    """Return the 90 % range of a scenario's difference and the share of noise in it; empty where it has none."""
    from sim.outputs.groups import group_name

    assert found.ranges is not None
    first = rows.iloc[0]
    code = int(first.get("code", found.runs[found.base][0].region.code))
    name = group_name(first["measure"], first["kind"], first["group"]) if "kind" in rows else str(first["measure"])
    mine = found.ranges.rows(scenario, int(first["year"]))
    if (name, code) not in mine.index:
        return ["", ""]
    row = mine.loc[(name, code)]
    low, high = (_finer(float(row[end]), unit, scale) for end in ("low90", "high90"))
    return [f"{low} … {high}", "" if row["noise"] != row["noise"] else f"{row['noise']:.0%}"]


def _finer(value: float, unit: str, scale: float) -> str:
    """Return a mean difference: like any figure of its unit, but counts with a decimal."""
    from sim.cli.show import figure

    return f"{value:.1f}" if unit == "count" and value != 0 else figure(value, unit, scale)


def _show_signs(found: Compared, small: bool) -> None:
    """Print what the signs mean, and what pairing gained."""
    from sim.cli.show import console

    out = console()
    for text in _signs(found, small):
        out.print(text, style="dim", highlight=False)


def _signs(found: Compared, small: bool) -> Iterator[str]:
    """Yield what the signs mean, and what pairing gained."""
    from sim.reports.marks import rule, size_of

    pairs = int(found.year["pairs"].iloc[0])
    if found.ranges is not None:
        yield language.either(*RANGES).format(**found.ranges.about)
    told = str(found.year["level_of"].iloc[0])
    if told in LEVELS:
        yield language.either(*LEVELS[told])
    if small:
        yield f"* {rule(size_of(found.runs[found.base][0]), language.current())}"
    if pairs < MANY:
        yield language.either(*(ONE_PAIR if found.ranges is None else ONE_PAIR_WITH_RANGE))
        return
    yield language.either(*SIGNS).format(pairs=pairs)
    if told != "control totals":
        yield language.either(*VARIANCE).format(ratio=found.variance_ratio())


MANY = 2
"""pairs from which noise can be told"""
RANGES = (
    "90％区間：公表された実績に合う{sets}組のパラメータによる差の幅（1/{sample}標本、同じ乱数で比較）に偶然の変動を"
    "加えたもの。右の列は分散に占める乱数の割合。",
    "90 % range: the difference under {sets} parameter sets that meet the published results (1/{sample} sample, same "
    "draws), and noise, whose share of the variance stands beside it",
)
ONE_PAIR = (
    "= は差なし。? は1組の計算による差で、偶然の変動の大きさは分からない。--replicates 3 で確かめられる。",
    "= the same in both; ? one pair of runs: how much is noise cannot be told; try --replicates 3",
)
ONE_PAIR_WITH_RANGE = (
    "= は差なし。? は1組の計算による差で、確かさは90％区間による。",
    "= the same in both; ? one pair of runs: see the range",
)
SIGNS = (
    "同じ乱数で比較した{pairs}組の計算による。= は全組で差なし、✓ は偶然の変動を超える差（95％）、~ "
    "は偶然の変動の範囲内。"
    "実際には差のない数値でも、20に1つは ✓ となる。",
    "= the same in every pair, ✓ more than noise (95 %), ~ within noise, over {pairs} pairs of runs with the same "
    "draws; of twenty figures that do not differ one is taken for more than noise",
)
VARIANCE = (
    "市区町村の差の分散は、乱数を揃えない場合の{ratio:.3f}倍（収納率、市区町村の中央値）。",
    "Variance of a municipality's difference, same draws against draws of their own: {ratio:.3f} "
    "(collection rate, median over municipalities)",
)


def _in_words(by: str) -> Callable[[str], str]:
    """Return what gives a kind of household groups, and its groups, their words in the language in force."""
    if language.current() == language.EN:
        return lambda text: text
    from sim.cli.headings import group

    return group
