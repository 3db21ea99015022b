"""The command `kokuho`: run, check and write scenarios, explain and validate results.

Modules that take time to import are imported inside the commands, so that help and mistakes answer at once.
"""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sim.core.errors import InputError, KokuhoError, nearest

if TYPE_CHECKING:
    import pandas as pd

    from sim.parameters import Parameters
    from sim.parameters.scenario import Scenario

app = typer.Typer(
    name="kokuho",
    help="Tokyo's National Health Insurance (国民健康保険), person by person: what a policy does to bills, "
    "payment, contributions and rates.",
    epilog="A run starts from a scenario: kokuho run baseline --sample 100",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)


class Lang(StrEnum):
    ja = "ja"
    en = "en"


class Layout(StrEnum):
    table = "table"
    json = "json"


ScenarioName = Annotated[str, typer.Argument(metavar="SCENARIO", help="name in scenarios/ or path of a file")]
RunName = Annotated[str, typer.Argument(metavar="RUN", help="run folder, or scenario name for its latest run")]
Sample = Annotated[int | None, typer.Option(min=1, help="1 = everybody, 100 = one household in a hundred")]
Place = Annotated[str, typer.Option("--municipality", "-m", help="新宿区, Shinjuku or 13104")]
Year = Annotated[str, typer.Option("--year", "-y", help="fiscal year: R8, 2026 or FY2026")]
Language = Annotated[Lang, typer.Option(help="language of the output")]


def _print_version(wanted: bool) -> None:
    if wanted:
        import sim

        typer.echo(f"kokuho-sim {sim.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Print the version and stop.")
    ] = False,
) -> None:
    """Hold the options that stand before a command."""


@app.command()
def run(
    scenario: ScenarioName,
    sample: Sample = None,
    seed: Annotated[int | None, typer.Option(min=0, help="luck of the run; the scenario's if not given")] = None,
    replicates: Annotated[int | None, typer.Option(min=1, help="how often, each time with other luck")] = None,
    first: Annotated[str | None, typer.Option("--from", help="first fiscal year, R4")] = None,
    last: Annotated[str | None, typer.Option("--to", help="last fiscal year, for example R11")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="threads; the result does not depend on it")] = None,
    out: Annotated[Path | None, typer.Option(help="folder of all runs [default: results]")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on with an interrupted run")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="print nothing but the path of the run")] = False,
    report: Annotated[bool, typer.Option("--report/--no-report", help="write the HTML page as well")] = True,
    lang: Language = Lang.ja,
) -> None:
    """Run a scenario: all residents, all municipalities, year by year."""
    from sim.parameters.scenario import load_scenario

    chosen = load_scenario(scenario)
    begin, end = _maybe_year(first, "--from"), _maybe_year(last, "--to")
    if (end or chosen.horizon.last) < (begin or chosen.horizon.first):
        raise InputError("--to: the last year lies before the first year")
    if out is not None and out.exists() and not out.is_dir():
        raise InputError(f"--out {out} is a file; give a folder")
    from sim.run import api

    for replicate in range(replicates or chosen.replicates):
        result = api.run(
            chosen,
            sample=sample,
            seed=seed,
            replicate=replicate,
            first=begin,
            last=end,
            threads=threads,
            out=out,
            resume=resume,
            progress=not quiet,
        )
        if not quiet:
            _show_headline(result.headline, chosen.name)
        typer.echo(result.path if quiet else f"Tables  {result.path}")
        if report:
            from sim.reports import build

            page = build(result.path, lang.value, png=False)
            if not quiet:
                typer.echo(f"Report  {page}")


def _show_headline(frame: pd.DataFrame, name: str) -> None:
    """Print the headline table, a few years at a time where the window is narrow."""
    console = _console()
    across = max(1, (console.width - 46) // 13)
    for begin in range(0, len(frame), across):
        console.print(_headline(frame.iloc[begin : begin + across], name))


def _headline(frame: pd.DataFrame, name: str) -> Table:
    """Return the headline series of some years, years across, units beside the names."""
    from sim.core.units import era
    from sim.outputs.tables import HEADLINE

    table = Table(title=f"{name} · Tokyo", title_style="bold", header_style="bold")
    table.add_column("", no_wrap=True)
    table.add_column("unit", style="dim", no_wrap=True)
    years = [int(y) for y in frame["year"]]
    for year in years:
        table.add_column(era(year), justify="right", no_wrap=True)
    by_year = frame.set_index("year")
    for series, (unit, _) in HEADLINE.items():
        if series in by_year:
            shown, scale = _scaled(unit, by_year[series].abs().max())
            table.add_row(series.replace("_", " "), shown, *(_figure(by_year[series][y], unit, scale) for y in years))
    return table


def _scaled(unit: str, largest: float) -> tuple[str, float]:
    """Return how a unit is shown and what to divide by: sums of yen in 億円, shares in percent."""
    if unit == "yen" and largest >= 1e8:
        return "億円", 1e8
    return ("%", 0.01) if unit == "share" else (unit, 1)


def _figure(value: float, unit: str, scale: float) -> str:
    if value != value:
        return "–"
    if unit in ("share", "coefficient"):
        return f"{value / scale:.2f}"
    return f"{value / scale:,.1f}" if scale != 1 else f"{value:,.0f}"


@app.command()
def check(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="names or files")],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="print mistakes only")] = False,
) -> None:
    """Check scenarios and list every mistake with file, line and column."""
    from sim.core.errors import ScenarioError
    from sim.parameters import Parameters
    from sim.parameters.scenario import load_scenario

    parameters = Parameters.load()
    wrong: list[str] = []
    for name in scenarios:
        try:
            found = load_scenario(name, parameters)
        except ScenarioError as error:
            wrong += [line for line in str(error).splitlines() if line not in wrong]
            continue
        if not quiet:
            _describe(found, parameters)
    if wrong:
        raise ScenarioError("\n".join(wrong))


def _describe(scenario: Scenario, parameters: Parameters) -> None:
    """Print that a scenario is in order, what it changes, and what may surprise."""
    from sim.core.units import era

    console = _console()
    text = scenario.description.in_language("en")
    console.print(f"[green]✓[/green] [bold]{scenario.name}[/bold] {escape(text)}", highlight=False, soft_wrap=True)
    for origin, c in scenario.changes():
        when = f"from {era(c.year)}" if c.year else "every year"
        where = f", {parameters.places()[c.code][0]}" if c.code else ""
        base = "" if origin == scenario.name else f"  (by {origin})"
        effect = _effect(scenario, parameters, c.key, c.year or scenario.horizon.last, c.code)
        line = f"    {c.key}  {c.quantity.text}  {when}{where}{effect}{base}"
        console.print(escape(line), highlight=False, soft_wrap=True)
    for remark in scenario.remarks():
        console.print(f"  [yellow]note[/yellow] {escape(remark)}", highlight=False, soft_wrap=True)


def _effect(scenario: Scenario, parameters: Parameters, key: str, year: int, code: int | None) -> str:
    """Return what the scenario makes of a value: ": 0.4 → 0.45 share"."""
    from sim.core.errors import ParameterError

    passport = parameters.passport(key)
    after = parameters.with_overrides(scenario.overrides(parameters)).value(key, year, code)
    try:
        before = f"{passport.shown(parameters.value(key, year))} → "
    except ParameterError:
        before = ""
    return f":  {before}{passport.shown(after)} {passport.unit}"


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="name of the new scenario, letters, digits, _ and -")],
    base: Annotated[str, typer.Option("--from", help="scenario to start from")] = "baseline",
    folder: Annotated[Path, typer.Option("--folder", help="where to write it")] = Path("scenarios"),
) -> None:
    """Write a new scenario with every key of the register as a comment: label, unit, range, value now."""
    import re

    from sim.parameters import Parameters
    from sim.parameters.scenario import load_scenario, parse_scenario, scenario_template

    if not re.fullmatch(r"[\w-]+", name):
        raise InputError(f"'{name}' cannot name a scenario; use letters, digits, _ and -, without .yaml")
    path = folder / f"{name}.yaml"
    if path.exists():
        raise InputError(f"{path} exists; choose another name or delete the file first")
    parameters = Parameters.load()
    origin = load_scenario(base, parameters)
    text = scenario_template(name, _reference(base, origin.name, folder), parameters)
    parse_scenario(text, path, parameters)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    _console().print(f"{path} written. Edit it, then: kokuho check {path}", soft_wrap=True, highlight=False)


def _reference(base: str, name: str, folder: Path) -> str:
    """Return what `extends` must say: the name, or for a file elsewhere its path from the new file."""
    import os

    if not base.endswith((".yaml", ".yml")):
        return name
    return name if Path(base).parent.resolve() == folder.resolve() else Path(os.path.relpath(base, folder)).as_posix()


@app.command()
def schema(out: Annotated[Path | None, typer.Option(help="file to write [default: print]")] = None) -> None:
    """Export the JSON Schema of scenarios: editors complete and check keys with it."""
    from sim.parameters import Parameters
    from sim.parameters.scenario import scenario_schema

    text = json.dumps(scenario_schema(Parameters.load()), ensure_ascii=False, indent=1)
    if out is None:
        typer.echo(text)
        return
    if not out.parent.is_dir():
        raise InputError(f"--out {out}: there is no folder {out.parent}")
    out.write_text(text + "\n", encoding="utf-8")
    _console().print(f"{out} written", soft_wrap=True, highlight=False)


@app.command()
def sources(
    key: Annotated[
        str | None, typer.Argument(help="a key (rates.alpha), a domain (rates) or a table; all if left out")
    ] = None,
) -> None:
    """Show the passport of a parameter or table: value by year, unit, range, status, source."""
    from sim.parameters import Parameters

    p = Parameters.load()
    if key in p.passports:
        _passport(p, key)
    elif key in p.table_passports:
        _table_passport(p, key)
    else:
        chosen = [k for k in sorted(p.passports) if key is None or k.startswith(f"{key}.")]
        tables = [k for k in sorted(p.table_passports) if key is None or k.startswith(f"{key}.")]
        if not chosen and not tables:
            raise InputError(f"no parameter or table '{key}'{nearest(key or '', [*p.passports, *p.table_passports])}")
        _listing(p, chosen, tables)


def _passport(p: Parameters, key: str) -> None:
    from sim.parameters.loader import span
    from sim.parameters.quantities import axis_text, examples
    from sim.parameters.scenario_schema import current

    passport = p.passport(key)
    rows = {
        "label": passport.label,
        "unit": passport.unit,
        "value": current(p, key),
        "positions": axis_text(passport),
        "allowed": passport.allowed(),
        "status": passport.status,
        "reason": passport.reason,
        "fitted to": passport.fitted_to,
        "decided until": span([passport.confirmed_until]) if passport.confirmed_until else None,
        "afterwards": passport.expected and f"{passport.expected.rule}: {passport.expected.reason}",
        "note": passport.note,
        "in a scenario": f"{key}: {' or '.join(examples(passport))}",
        "section": "policy" if p.section(key) == "policy" else f"policy or {p.section(key)}",
        "by municipality": "possible" if passport.by_place else None,
        "defined in": f"sim/parameters/{p.homes[key].parent.name}/{p.homes[key].name}",
    }
    _card(key, rows)
    _source_lines(p, passport.source)


def _table_passport(p: Parameters, key: str) -> None:
    passport, frame = p.table_passport(key), p.table(key)
    counts = frame["status"].value_counts()
    _card(
        key,
        {
            "label": passport.label,
            "keys": ", ".join(passport.keys),
            "columns": ", ".join(f"{c} ({u})" for c, u in passport.columns.items()),
            "year": passport.year,
            "rows": f"{len(frame):,}",
            "status": ", ".join(f"{s}: {n:,} rows" for s, n in counts.items()),
            "note": passport.note,
        },
    )
    _source_lines(p, ";".join(sorted({s for cell in frame["source_id"].unique() for s in str(cell).split(";")})))


def _card(title: str, rows: dict[str, Any]) -> None:
    console = _console()
    console.print(f"[bold]{title}[/bold]", highlight=False)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in rows.items():
        if text:
            grid.add_row(name, escape(str(text)))
    console.print(grid)


def _source_lines(p: Parameters, ids: str) -> None:
    console = _console()
    for name in ids.split(";"):
        s = p.sources[name.strip()]
        parts = (s.title, s.publisher, s.year, s.url, s.note)
        line = f"[dim]source[/dim] {name.strip()}: {escape(' · '.join(x for x in parts if x))}"
        console.print(line, soft_wrap=True, highlight=False)


def _listing(p: Parameters, keys: list[str], tables: list[str]) -> None:
    from sim.parameters.scenario_schema import current

    console = _console()
    table = Table("key", "label", "unit", "now", "status", "source", header_style="bold")
    for key in keys:
        passport = p.passport(key)
        now = current(p, key)
        table.add_row(
            key,
            escape(passport.label),
            escape(passport.unit),
            escape(now if len(now) < 60 else now[:57] + "…"),
            passport.status,
            passport.source,
        )
    if keys:
        console.print(table)
    if tables:
        listed = Table("table", "label", "year", header_style="bold")
        for key in tables:
            passport_of = p.table_passport(key)
            listed.add_row(key, escape(passport_of.label), passport_of.year)
        console.print(listed)


@app.command()
def explain(
    run: RunName,
    municipality: Place,
    year: Year,
    portion: Annotated[str | None, typer.Option(help="medical, support, care or child; all if left out")] = None,
    lang: Language = Lang.ja,
) -> None:
    """Show the whole chain from what the metropolis needs to a municipality's standard rates, line by line."""
    from sim.outputs.folder import find_run

    portions = ("medical", "support", "care", "child")
    if portion is not None and portion not in portions:
        raise InputError(f"--portion '{portion}'{nearest(portion, portions) or ''} Allowed: {', '.join(portions)}")
    name, when = _municipality(municipality), _year(year, "--year")
    folder = find_run(run).path
    from sim.rates.explain import explain as lines

    frame = lines(folder, name, when, portion)
    other = {Lang.ja: "label_en", Lang.en: "label_ja"}[lang]
    chosen = frame.drop(columns=other, errors="ignore").rename(columns={f"label_{lang.value}": "label"})
    _print_frame(chosen, f"{name} {year}")


@app.command()
def validate(
    run: Annotated[
        str | None, typer.Argument(metavar="RUN", help="run folder or scenario name; else a new run")
    ] = None,
    sample: Sample = None,
    layout: Annotated[Layout, typer.Option("--format", help="table or json")] = Layout.table,
) -> None:
    """Compare results with published figures: published, simulated, difference, band, ok."""
    folder = None
    if run is not None:
        from sim.outputs.folder import find_run

        folder = find_run(run).path
    from sim.experiments.validation import validate as compared

    frame = compared(folder, sample)
    if layout is Layout.json:
        typer.echo(frame.to_json(orient="records", force_ascii=False, indent=1))
        return
    _print_frame(frame, "published and simulated")
    judged = frame["ok"].dropna().astype(bool)
    _console().print(f"{int(judged.sum())} of {len(judged)} figures within their band", highlight=False)


@app.command()
def household(
    file: Annotated[Path, typer.Argument(help="YAML file with the members and their incomes")],
    municipality: Annotated[str | None, typer.Option("--municipality", "-m", help="else the one in the file")] = None,
    year: Annotated[str | None, typer.Option("--year", "-y", help="fiscal year, else the one in the file")] = None,
    lang: Language = Lang.ja,
) -> None:
    """Work out one household's bill, line by line."""
    _check_yaml(file)
    name = _municipality(municipality) if municipality else None
    when = _maybe_year(year, "--year")
    from sim.levy.household import bill

    typer.echo(bill(file, name, when, lang=lang.value).text(lang.value))


@app.command()
def report(
    runs: Annotated[list[str], typer.Argument(metavar="RUN...", help="run folders or scenario names")],
    lang: Language = Lang.ja,
) -> None:
    """Write the report of finished runs: figures and tables in one HTML file."""
    from sim.outputs.folder import find_run

    folders = [find_run(name).path for name in runs]
    from sim.reports import build

    for folder in folders:
        typer.echo(build(folder, lang.value))


@app.command()
def population(
    audit: Annotated[
        bool, typer.Option("--audit", help="compare the population with the register and surveys")
    ] = False,
    sample: Sample = None,
) -> None:
    """Audit the synthetic population against the figures it was built from, and others."""
    if not audit:
        raise InputError("kokuho population needs --audit")
    from sim.population.audit import audit_run

    _print_frame(audit_run(sample), "synthetic population, 1 April R4")


@app.command()
def person(
    pid: Annotated[
        int | None, typer.Argument(metavar="PID", help="id of a resident; without it some are listed")
    ] = None,
    run: Annotated[str | None, typer.Option(help="run folder or scenario name whose run is lived again")] = None,
    scenario: Annotated[str, typer.Option(help="scenario, if no run is given")] = "baseline",
    sample: Sample = 100,
    last: Annotated[str | None, typer.Option("--to", help="last fiscal year")] = None,
    municipality: Annotated[str | None, typer.Option("--municipality", "-m", help="list residents of this one")] = None,
) -> None:
    """Follow one resident through the years: work, insurance, care, bills and payment."""
    end = _maybe_year(last, "--to")
    place = _municipality(municipality) if municipality else None
    if run is not None:
        from sim.outputs.folder import find_run

        found = find_run(run)
    from sim.experiments import life
    from sim.run import api

    plan = life.plan_of_run(found) if run is not None else api.plan(scenario, sample=sample, last=end)
    if pid is None:
        _print_frame(life.some(plan, place), f"residents insured by 国保, {plan.scenario.name}, 1/{plan.sample}")
        return
    _print_across(life.life(pid, plan), f"resident {pid}")


def _print_across(frame: pd.DataFrame, title: str) -> None:
    """Print a data frame with the years across."""
    from sim.core.units import era

    table = Table(title=title, title_style="bold", header_style="bold")
    table.add_column("")
    for year in frame["year"]:
        table.add_column(era(int(year)), justify="right")
    for column in frame.columns.drop(["year", "pid"]):
        table.add_row(column.replace("_", " "), *(_cell(column, value) for value in frame[column]))
    _console().print(table)


def _print_frame(frame: pd.DataFrame, title: str) -> None:
    """Print a data frame as a table, numbers to the right."""
    import pandas as pd

    console = _console()
    table = Table(title=escape(title), title_style="bold", header_style="bold")
    for column in frame.columns:
        numeric = pd.api.types.is_numeric_dtype(frame[column]) and not pd.api.types.is_bool_dtype(frame[column])
        table.add_column(str(column).replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in frame.itertuples(index=False):
        table.add_row(*(_cell(name, value) for name, value in zip(frame.columns, row, strict=True)))
    console.print(table)


def _cell(column: str, value: Any) -> str:
    if isinstance(value, bool) or type(value).__name__ == "bool":
        return "[green]✓[/green]" if value else "[red]✗[/red]"
    if value is None or value != value:
        return "–"
    if isinstance(value, str):
        return escape(value)
    if column in ("year", "code", "fiscal_year", "pid"):
        return str(int(value))
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.6g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{value:,.0f}" if isinstance(value, int | float) or hasattr(value, "dtype") else escape(str(value))


def _maybe_year(text: str | None, option: str) -> int | None:
    return None if text is None else _year(text, option)


def _year(text: str, option: str) -> int:
    from sim.core.units import fiscal_year

    try:
        year = fiscal_year(text)
    except ValueError as error:
        raise InputError(f"{option}: {error}") from None
    from sim.parameters.scenario import FIRST, LAST

    if not FIRST <= year <= LAST:
        raise InputError(f"{option}: {text} is outside the years of the model, R4–R17 ({FIRST}–{LAST})")
    return year


def _municipality(text: str) -> str:
    """Return the Japanese name of the municipality meant by a name or code."""
    from sim.parameters import Parameters
    from sim.parameters.scenario_file import municipality

    code, problem = municipality(text, Parameters.load())
    if code is None:
        raise InputError(f"--municipality: {problem}")
    return Parameters.load().places()[code][0]


def _check_yaml(file: Path) -> None:
    """Refuse a file that cannot be read as YAML lines, with line and column."""
    from sim.parameters.document import Mistakes, read_document, read_file, shown

    mistakes = Mistakes()
    text = read_file(file, mistakes)
    if text is not None:
        read_document(text, shown(file), mistakes)
    if mistakes:
        raise InputError("\n".join(mistakes.lines()))


def _console() -> Console:
    """Return the console of the moment; a file or pipe gets the full width of every table."""
    console = Console()
    return console if console.is_terminal else Console(width=240)


def _complain(text: str) -> None:
    """Print one red message on stderr."""
    console = Console(stderr=True)
    console.print(escape(text), style="red", soft_wrap=True, highlight=False)


@contextmanager
def _utf8() -> Iterator[None]:
    """Let Japanese through where the terminal's encoding cannot take it."""
    for stream in (sys.stdout, sys.stderr):
        if (stream.encoding or "").lower().replace("-", "") != "utf8" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    yield


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return 0, or 2 after a mistake of the user. A defect keeps its traceback and ends with 1."""
    gc.set_threshold(200_000, 50, 50)  # a command is short and lives in arrays: collecting rarely saves half a second
    with _utf8():
        try:
            app(args=list(arguments) if arguments is not None else None, prog_name="kokuho")
        except KokuhoError as error:
            _complain(str(error))
            return 2
        except SystemExit as stop:
            return stop.code if isinstance(stop.code, int) else 0 if stop.code is None else 1
        except KeyboardInterrupt:
            _complain("interrupted")
            return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
