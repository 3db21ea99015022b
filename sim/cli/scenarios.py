"""Commands about scenarios: check, new, schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from sim.cli.app import SCENARIO, app
from sim.cli.doors import file_to_write
from sim.cli.show import console, in_language, unit_said, warn
from sim.core import language
from sim.core.errors import InputError

if TYPE_CHECKING:
    from sim.parameters import Parameters, Passport
    from sim.scenario.scenario import Scenario

SCHEMA = "schema.json"
"""what the first line of a scenario points its editor to, in the same folder"""


@app.command(rich_help_panel=SCENARIO)
def check(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="names or files")],
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="print mistakes only")] = False,
) -> None:
    """Check scenarios and list every mistake with file, line and column.

    What is allowed but surely not meant is a warning on stderr: a line without effect, a published past rewritten.
    """
    from sim.core.errors import ScenarioError
    from sim.parameters import Parameters, regions
    from sim.scenario.scenario import load_scenario

    wrong: list[str] = []
    for name in scenarios:
        try:
            found = load_scenario(name)
        except ScenarioError as error:
            wrong += [line for line in str(error).splitlines() if line not in wrong]
            continue
        parameters = Parameters.load(regions.chosen() or found.region or regions.DEFAULT)
        warnings = found.warnings(parameters)
        if not quiet:
            _describe(found, parameters, warnings)
        warn(warnings)
    if wrong:
        raise ScenarioError("\n".join(wrong))


def _describe(scenario: Scenario, parameters: Parameters, warnings: list[str]) -> None:
    """Print that a scenario is in order, what it changes, and what may surprise and is no warning already."""
    from sim.core.units import era

    out = console()
    text = scenario.description.in_language(language.current())
    out.print(f"[green]✓[/green] [bold]{scenario.name}[/bold] {escape(text)}", highlight=False, soft_wrap=True)
    for origin, c in scenario.changes():
        when = language.either(
            f"{era(c.year)}年度から" if c.year else "全年度", f"from {era(c.year)}" if c.year else "every year"
        )
        where = f", {parameters.places()[c.code][0]}" if c.code else ""
        base = "" if origin == scenario.name else language.either(f"  （{origin} による）", f"  (by {origin})")
        effect = _effect(scenario, parameters, c.key, c.year or scenario.horizon.last, c.code)
        line = f"    {c.key}  {c.quantity.text}  {when}{where}{effect}{base}"
        out.print(escape(line), highlight=False, soft_wrap=True)
    for text in _leaves(scenario, parameters):
        out.print(f"  [yellow]{language.either('注', 'note')}[/yellow] {escape(text)}", highlight=False, soft_wrap=True)
    warned = {text.partition(": ")[0] for text in warnings}
    for remark in (r for r in scenario.remarks() if r.partition(": ")[0] not in warned):
        out.print(
            f"  [yellow]{language.either('注', 'note')}[/yellow] {escape(in_language(remark))}",
            highlight=False,
            soft_wrap=True,
        )


def _leaves(scenario: Scenario, parameters: Parameters) -> list[str]:
    """Return which municipalities leave the rates of their group by a plan of their own."""
    from sim.core.units import era
    from sim.scenario.plan_block import FIELD, leaving

    own = [c for _, c in scenario.changes() if c.key.startswith(f"{FIELD}.") and c.year]
    if not own:
        return []
    first = min(c.year or 0 for c in own)
    left = leaving({c.code for c in own}, first, parameters)
    return [
        language.either(
            f"{parameters.places()[code][0]}は{era(first)}年度に{group}の統一料率から外れ、他の団体は統一料率のまま",
            f"{parameters.places()[code][0]} leaves the one rate of its group ({group}) in {era(first)}; "
            "the others keep it",
        )
        for code, group in left.items()
    ]


def _effect(scenario: Scenario, parameters: Parameters, key: str, year: int, code: int | None) -> str:
    """Return what the scenario makes of a value: ": 0.4 → 0.45 share", rates of a plan in per cent."""
    from sim.core.errors import ParameterError
    from sim.mechanisms.rates.plan import NONE
    from sim.scenario.plan_block import FIELD

    passport = parameters.passport(key)
    after = parameters.with_overrides(scenario.overrides(parameters)).value(key, year, code)
    try:
        now = parameters.value(key, year)
        free = key.startswith(f"{FIELD}.") and now == NONE
        before = f"{_unplanned() if free else _said(passport, now)} → "
    except ParameterError:
        before = ""
    unit = "" if _per_million(passport) else f" {unit_said(passport.unit)}"
    return f":  {before}{_said(passport, after)}{unit}"


def _unplanned() -> str:
    """Return what stands for a rate no plan sets."""
    return language.either("改定案なし（推計の率）", "no plan (the rate expected)")


def _per_million(passport: Passport) -> bool:
    return passport.unit.startswith("1/1,000,000")


def _said(passport: Passport, value: object) -> str:
    """Return a value as people write it: shares per 1,000,000 in per cent, as rates are published."""
    if _per_million(passport) and isinstance(value, int | float):
        return f"{value / 10_000:.2f}%"
    return passport.shown(value)


@app.command(rich_help_panel=SCENARIO)
def new(
    name: Annotated[str, typer.Argument(help="name of the new scenario, letters, digits, _ and -")],
    base: Annotated[str, typer.Option("--from", help="scenario to start from")] = "baseline",
    folder: Annotated[Path, typer.Option("--folder", help="where to write it")] = Path("scenarios"),
) -> None:
    """Write a new scenario with every key of the register as a comment: label, unit, range, value now."""
    import re
    import unicodedata

    from sim.parameters import Parameters
    from sim.parameters.names import name_objection
    from sim.scenario.scenario import load_scenario, parse_scenario, scenario_template, schema_text

    name = unicodedata.normalize("NFC", name)
    if not re.fullmatch(r"[\w-]+", name) or name[0] in "_-":
        rule = "use letters, digits, _ and -, a letter or digit first, without .yaml"
        raise InputError(f"'{name}' cannot name a scenario; {rule}")
    if problem := name_objection(name):
        raise InputError(f"'{name}' {problem}")
    path = folder / f"{name}.yaml"
    if path.exists():
        raise InputError(f"{path} exists; choose another name or delete the file first")
    parameters = Parameters.load()
    origin = load_scenario(base, parameters)
    text = scenario_template(name, _reference(base, origin.name, folder), parameters, language.written())
    parse_scenario(text, path, parameters)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    if not (folder / SCHEMA).exists():
        (folder / SCHEMA).write_text(schema_text(parameters), encoding="utf-8")
    told = language.either(
        f"{path} を書き出しました。編集後、kokuho check {path} で確認してください",
        f"{path} written. Edit it, then: kokuho check {path}",
    )
    console().print(told, soft_wrap=True, highlight=False)


def _reference(base: str, name: str, folder: Path) -> str:
    """Return what `extends` must say: the name, or for a file elsewhere its path from the new file."""
    import os

    if not base.endswith((".yaml", ".yml")):
        return name
    return name if Path(base).parent.resolve() == folder.resolve() else Path(os.path.relpath(base, folder)).as_posix()


@app.command(rich_help_panel=SCENARIO)
def schema(out: Annotated[Path | None, typer.Option(help="file to write [default: print]")] = None) -> None:
    """Export the JSON Schema of scenarios: editors complete and check keys with it."""
    from sim.parameters import Parameters
    from sim.scenario.scenario import schema_text

    text = schema_text(Parameters.load())
    if out is None:
        typer.echo(text, nl=False)
        return
    file_to_write(out, "--out")
    out.write_text(text, encoding="utf-8")
    console().print(language.either(f"{out} を書き出しました", f"{out} written"), soft_wrap=True, highlight=False)
