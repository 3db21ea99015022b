"""How the command line prints: headline, data frames, mistakes."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, SupportsInt

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.core import language
from sim.core.information import dated
from sim.core.sample import banner

if TYPE_CHECKING:
    import pandas as pd

    from sim.outputs.folder import RunFolder
    from sim.outputs.ranges import Ranges
    from sim.reports.grid import Grid
    from sim.studies.ensemble import Ensemble
    from sim.studies.prefectures import Prefectures


class _Console(Console):
    """A console that says when nobody reads it any more, instead of ending the program without a word."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError(errno.EPIPE, "closed")


def console() -> Console:
    """Return the console of the moment; a file or pipe gets the full width of every table."""
    console = _Console()
    return console if console.is_terminal else _Console(width=240)


def lies(kind: str, path: object, err: bool = False) -> None:
    """Say where something that was written lies: what it is, and its path."""
    import typer
    from rich.cells import cell_len

    name = language.either(_WRITTEN[kind], kind)
    typer.echo(f"{name}{' ' * max(8 - cell_len(name), 2)}{path}", err=err)


_WRITTEN = {
    "Tables": "集計表",
    "Output": "出力",
    "Report": "報告書",
    "Page": "ページ",
    "Figure": "図",
    "Study": "分析結果",
    "Plan": "改定案",
    "Scenario": "シナリオ",
    "Totals": "総数",
    "Sets": "パラメータの組",
    "Passports": "推定値",
    "Fits": "推定値",
    "Run": "計算結果",
    "Kept": "残した計算結果",
    "Removed": "削除した計算結果",
}
"""what is written, by its English name"""


def show_banner(sample: int) -> None:
    """Print the banner of a sample; nothing for the full population."""
    if said := banner(sample, language.current()):
        console().print(said, style="bold yellow", highlight=False)


def show_controls(run: RunFolder) -> None:
    """Say of a sample whose totals its institutions were told, or why not those of everybody; a line, or nothing."""
    from sim.outputs.manifest import told_by

    if run.manifest["sample"] == 1:
        return
    if told_by(run.manifest):
        console().print(language.either(*CONTROLS), style="dim", highlight=False)
    elif (found := run.manifest.get("controls")) and found["said"]:
        console().print(in_language(found["said"]), style="yellow", highlight=False)


CONTROLS = (
    "市町村と都道府県の総数は、全世帯で計算した基準シナリオの総数に合わせてある（docs/samples.md）。"
    "世帯の区分別の表は標本のままである。",
    "Totals of municipalities and the prefecture are on the level of the full baseline (docs/samples.md); "
    "groups of households are the sample's own.",
)


def show_date(as_of: object) -> None:
    """Say the information date on stderr, ahead of everything else; nothing without one."""
    if said := dated(as_of, language.current()):
        Console(stderr=True).print(said, style="bold yellow", highlight=False)


def _region() -> str:
    """Return the name of the region in force."""
    from sim.parameters import regions

    region = regions.read(regions.current())
    return language.either(region.ja, region.en)


def in_words_of_region(words: dict[str, str]) -> dict[str, str]:
    """Return words of the language in force with those of the region in force filled in (`Region.worded`)."""
    from sim.parameters import regions

    region = regions.read(regions.current())
    return {name: region.worded(text, int(language.current() == language.EN)) for name, text in words.items()}


def show_headline(frame: pd.DataFrame, name: str, sample: int = 1, ranges: Ranges | None = None) -> None:
    """Print the headline table, a few years at a time where the window is narrow; 90 % ranges beside the last year."""
    show_banner(sample)
    out = console()
    across = max(1, (out.width - 46 - 22 * (ranges is not None)) // 13)
    for begin in range(0, len(frame), across):
        last = begin + across >= len(frame)
        out.print(_headline(frame.iloc[begin : begin + across], name, ranges if last else None))
    if ranges is not None:
        from sim.outputs.ranges import PARTS

        parts = ranges.whole(int(frame["year"].max())).loc["collection_rate", list(PARTS)]
        said = language.either(*RANGES).format(n=ranges.size, **parts)
        out.print(" ".join([said, *ranges.reservations(language.current())]), style="dim", highlight=False)


RANGES = (
    "90％区間：公表された実績に合う{n}組のパラメータ、乱数、モデル自体の誤差による推計の幅。"
    "収納率の分散の内訳：乱数{noise:.0%}、不確かな前提{parameters:.0%}、今後の政策{policy:.0%}、モデル{model:.0%}。",
    "90 % range: {n} parameter sets that meet the published results, noise, and the error of the model itself. "
    "Variance of the collection rate: noise {noise:.0%}, parameters {parameters:.0%}, policy {policy:.0%}, "
    "model {model:.0%}.",
)


def _headline(frame: pd.DataFrame, name: str, ranges: Ranges | None = None) -> Table:
    """Return the headline series of some years, years across, units beside the names."""
    from sim.core.units import era
    from sim.outputs.tables import HEADLINE

    table = Table(title=escape(f"{name} · {_region()}"), title_style="bold", header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column(language.either("単位", "unit"), style="dim", no_wrap=True)
    years = [int(y) for y in frame["year"]]
    for year in years:
        table.add_column(era(year), justify="right", no_wrap=True)
    by_year = frame.set_index("year")
    ends = None if ranges is None else ranges.whole(years[-1])
    if ends is not None:
        table.add_column(f"{era(years[-1])} 90 %", justify="right", no_wrap=True, style="cyan")
    for series, (unit, _) in HEADLINE.items():
        if series in by_year:
            shown, scale = scaled(unit, by_year[series].abs().max())
            more = () if ends is None else (_both_ends(ends, series, unit, scale),)
            table.add_row(measured(series), shown, *(figure(by_year[series][y], unit, scale) for y in years), *more)
    return table


def measured(name: str) -> str:
    """Return what a figure is called in a table."""
    if language.current() == language.EN:
        return name.replace("_", " ")
    from sim.cli.headings import measure

    return measure(name)


def _both_ends(ends: pd.DataFrame, series: str, unit: str, scale: float) -> str:
    """Return the 90 % range of a headline figure as the table shows it, empty where there is none."""
    if series not in ends.index:
        return ""
    return "–".join(figure(float(ends.at[series, name]), unit, scale) for name in ("low90", "high90"))


def show_side_by_side(found: Prefectures, name: str, ranges: bool = False) -> None:
    """Print the headline figures of several prefectures in the last year, a column each, with 90 % ranges if wanted."""
    from sim.core.units import era
    from sim.outputs.ranges import Ranges

    show_banner(int(next(iter(found.runs.values())).manifest["sample"]))
    wide = found.side_by_side()
    called = found.table.drop_duplicates("region").set_index("region")[language.current()]
    table = Table(title=escape(f"{name} · {era(int(found.table['year'].max()))}"), header_style="bold")
    table.add_column("")
    table.add_column(language.either("単位", "unit"), style="dim")
    year = int(found.table["year"].max())
    ends = {region: own.whole(year) for region, run in found.runs.items() if ranges and (own := Ranges.of(run))}
    for region in found.runs:
        table.add_column(escape(str(called[region])), justify="right")
        if region in ends:
            table.add_column("90 %", justify="right", style="cyan")
    for row in wide.to_dict("records"):
        values = [float(row[region]) for region in found.runs]
        shown, scale = scaled(str(row["unit"]), max(map(abs, values)))
        cells: list[str] = []
        for region, value in zip(found.runs, values, strict=True):
            cells.append(figure(value, str(row["unit"]), scale))
            if region in ends:
                cells.append(_both_ends(ends[region], str(row["measure"]), str(row["unit"]), scale))
        table.add_row(measured(str(row["measure"])), shown, *cells)
    console().print(table)


def show_ensemble(found: Ensemble, name: str) -> None:
    """Print mean and 5-95 % of the headline figures of replicates in the last year, and how much noise is left."""
    from sim.core.units import era

    show_banner(int(found.runs[0].manifest["sample"]))
    t = found.year
    end = int(t["year"].max())
    times = language.either(f"{len(found.runs)}回の計算", f"{len(found.runs)} replicates")
    table = Table(title=escape(f"{name} · {era(end)} · {times}"), header_style="bold")
    table.add_column("")
    table.add_column(language.either("単位", "unit"), style="dim")
    mean, error = language.either("平均", "mean"), language.either("平均の誤差", "error of the mean")
    for heading in (mean, "5 %", "50 %", "95 %", error):
        table.add_column(heading, justify="right")
    for row in t[t["year"] == end].itertuples():
        unit, scale = scaled(row.unit, max(abs(row.mean), 1e-9))
        cells = (figure(v, row.unit, scale) for v in (row.mean, row.q05, row.q50, row.q95, row.error))
        table.add_row(measured(row.measure), unit, *cells)
    out = console()
    out.print(table)
    out.print(_blur(found.share), style="dim", highlight=False)
    sample = int(found.runs[0].manifest["sample"])
    if sample > 1:
        told = language.either(
            f"1/{sample}標本：区間には標本の誤差も含まれる。全世帯の計算の区間はこれより狭い。",
            f"1/{sample} sample: the interval also includes sampling error; that of the full population is narrower",
        )
        out.print(told, style="dim", highlight=False)


def _blur(share: float) -> str:
    """Return by how much noise blurs the mean of replicates."""
    if share != share:
        return language.either(
            "偶然の変動による平均の誤差は、3回以上の計算で示す。",
            "Noise blurs the mean by an amount told from three runs on",
        )
    return language.either(
        f"偶然の変動による平均の誤差は、5〜95％の区間の幅の{share:.0%}以下である。",
        f"Noise blurs the mean by at most {share:.0%} of the 5-95 % range",
    )


def scaled(unit: str, largest: float) -> tuple[str, float]:
    """Return how a unit is shown and what to divide by: sums of yen in 億円, shares in percent."""
    if unit == "yen" and largest >= 1e8:
        return "億円", 1e8
    if unit == "share":
        return "%", 0.01
    return unit_said(unit), 1


def unit_said(unit: str) -> str:
    """Return a unit in the language in force."""
    if language.current() == language.EN:
        return unit
    from sim.cli import headings

    return headings.unit(unit)


def figure(value: float, unit: str, scale: float) -> str:
    if value != value:
        return "–"
    if unit in ("share", "coefficient"):
        return f"{value / scale:.2f}"
    return f"{value / scale:,.1f}" if scale != 1 else f"{value:,.0f}"


def print_across(frame: pd.DataFrame, title: str, sample: int = 1) -> None:
    """Print a data frame with the years across."""
    from sim.core.units import era

    show_banner(sample)
    table = Table(title=escape(title), title_style="bold", header_style="bold")
    table.add_column("")
    for year in frame["year"]:
        table.add_column(era(int(year)), justify="right")
    rows = frame.drop(columns=["year", "pid"])
    for column, shown in zip(rows.columns, _worded(rows).items(), strict=True):
        heading, values = shown
        table.add_row(escape(str(heading).replace("_", " ")), *(_cell(column, value) for value in values))
    console().print(table)


def _worded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a data frame with columns and words in the language in force."""
    if language.current() == language.EN:
        return frame
    from sim.cli.headings import in_japanese

    return in_japanese(frame)


def print_frame(frame: pd.DataFrame, title: str, sample: int = 1) -> None:
    """Print a data frame as a table, numbers to the right, below the banner of a sample."""
    import pandas as pd

    show_banner(sample)
    out = console()
    table = Table(title=escape(title), title_style="bold", header_style="bold")
    shown = _worded(frame)
    for column, heading in zip(frame.columns, shown.columns, strict=True):
        numeric = pd.api.types.is_numeric_dtype(frame[column]) and not pd.api.types.is_bool_dtype(frame[column])
        table.add_column(
            escape(str(heading).replace("_", " ")), justify="right" if numeric else "left", overflow="fold"
        )
    for row in shown.itertuples(index=False):
        table.add_row(*(_cell(name, value) for name, value in zip(frame.columns, row, strict=True)))
    out.print(table)


def print_grid(grid: Grid, sample: int = 1) -> None:
    """Print a table of a report, with its note, below the banner of a sample."""
    from sim.reports.words import say

    show_banner(sample)
    out, lang = console(), language.current()
    table = Table(title=escape(say(grid.title, lang)), title_style="bold", header_style="bold")
    for column in grid.columns:
        table.add_column(escape(column.heading(lang)), justify="left" if column.kind == "text" else "right")
    for cells in grid.text(lang):
        table.add_row(*(escape(cell) for cell in cells))
    out.print(table)
    if note := say(grid.note, lang):
        out.print(escape(note), style="dim", highlight=False)


_PERCENT = ("（%）", "(%)")
"""how headings of rates end, which are published with two decimals"""


def _cell(column: str, value: object) -> str:
    """Return a value of a data frame as a table shows it."""
    if isinstance(value, bool) or type(value).__name__ == "bool":  # numpy's, without importing it
        return "[green]✓[/green]" if value else "[red]✗[/red]"
    if value is None or value != value:
        return "–"
    if isinstance(value, str) or not isinstance(value, SupportsInt):
        return escape(str(value))
    if column.endswith(_PERCENT):
        return f"{float(value):.2f}"  # type: ignore[arg-type]
    return str(int(value)) if column in ("year", "code", "fiscal_year", "pid") else _number(value)


def _number(value: SupportsInt) -> str:
    """Return a number with six digits that count below a thousand, whole from there on."""
    digits = ",.6g" if isinstance(value, float) and not value.is_integer() and abs(value) < 1000 else ",.0f"
    return format(value, digits)


def in_language(text: str) -> str:
    """Return a message in the language in force, with the Japanese name of the region it speaks of."""
    if language.current() == language.EN:
        return text
    from sim.core.spoken import spoken

    def named(en: str) -> str:
        from sim.core.errors import KokuhoError
        from sim.parameters import regions

        try:
            region = regions.read(regions.current())
        except KokuhoError:  # the message may be about the region itself
            return en
        return region.ja if region.en == en else en

    return spoken(text, region=named)


def complain(text: str) -> None:
    """Print one red message on stderr, in the language in force."""
    text = in_language(text)
    console = Console(stderr=True)
    console.print(escape(text), style="red", soft_wrap=True, highlight=False)


def warn(texts: list[str]) -> None:
    """Print warnings on stderr, one a line: what is allowed but surely not meant."""
    texts = [in_language(text) for text in texts]
    console = Console(stderr=True)
    for text in texts:
        console.print(
            f"{language.either('警告：', 'warning: ')}{escape(text)}", style="yellow", soft_wrap=True, highlight=False
        )
