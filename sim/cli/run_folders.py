"""The commands `runs list`, `show`, `pin`, `unpin`, `remove`, `verify`: runs on disk, and which a name stands for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.cells import cell_len

from sim.cli.app import LOOK, Layout, Results, app
from sim.cli.doors import announce
from sim.cli.show import complain, console, lies
from sim.core import language

if TYPE_CHECKING:
    from sim.outputs.folder import RunFolder

runs_app = typer.Typer(
    help="List the runs on disk, say which one a scenario's name stands for, pin, remove and verify them.",
    no_args_is_help=True,
)
app.add_typer(runs_app, name="runs", rich_help_panel=LOOK)

RunMeant = Annotated[str, typer.Argument(metavar="RUN", help="run folder, run id, or scenario for its best run")]
RunNames = Annotated[list[str], typer.Argument(metavar="RUN...", help="run folders or run ids (kokuho runs list)")]
HERE = Path("results")


@runs_app.command("list")
def listing(
    scenario: Annotated[str | None, typer.Argument(metavar="SCENARIO", help="only the runs of this scenario")] = None,
    layout: Annotated[Layout, typer.Option("--format", help="table or json")] = Layout.table,
    out: Results = HERE,
) -> None:
    """List the runs, scenario by scenario; the first of each is the one the scenario's name stands for."""
    from sim.outputs import runs

    found = runs.all_runs(out) if scenario is None else runs.runs_of(runs.scenario_name(scenario), out)
    if layout is Layout.json:
        typer.echo(json.dumps([_plain(run) for run in found], ensure_ascii=False, indent=1))
        return
    if not found:
        console().print(language.either(f"{out}/ に計算結果はありません", f"no runs in {out}/"), highlight=False)
        return
    _show_list(found)


def _plain(run: RunFolder) -> dict[str, object]:
    """Return the facts of a run as they are printed: its years from, to."""
    from sim.api.runs import facts

    names = {"first": "from", "last": "to"}
    return {names.get(name, name): value for name, value in facts(run).items()}


def _show_list(found: list[RunFolder]) -> None:
    from rich.markup import escape
    from rich.table import Table

    from sim.api.runs import facts as facts_of
    from sim.core.units import era
    from sim.outputs import runs

    table = Table(header_style="bold")
    for heading, ja in _HEADS.items():
        right = heading in ("seed", "replicate", "age", "on disk")
        table.add_column(language.either(ja, heading), justify="right" if right else "left", overflow="fold")
    before = ""
    for run in found:
        facts = facts_of(run)
        same = facts["scenario"] == before
        before = facts["scenario"]
        table.add_row(
            "" if same else escape(before),
            escape(Path(facts["region"]).name),
            escape(facts["run"]) + (" +" if facts["values_on_top"] else ""),
            language.either("全世帯", "full") if facts["sample"] == 1 else f"1/{facts['sample']}",
            str(facts["seed"]),
            str(facts["replicate"]),
            f"{era(facts['first'])}–{era(facts['last'])}",
            facts["as_of"] or "",
            facts["code"][:8],
            _age(runs.age(run).total_seconds()),
            f"{facts['bytes'] / 1e6:.1f} MB",
            language.either("固定", "pinned") if facts["pinned"] else "",
        )
    console().print(table)
    if any(run.manifest["overrides"] or run.manifest["levers"] for run in found):
        told = language.either("+ シナリオの値や処理を変えた計算", "+ with values or steps set on top of the scenario")
        console().print(told, style="dim", highlight=False)


_HEADS = {
    "scenario": "シナリオ",
    "region": "地域",
    "run": "計算の番号",
    "size": "規模",
    "seed": "乱数の種",
    "replicate": "回",
    "years": "年度",
    "as of": "情報基準日",
    "code": "プログラム",
    "age": "経過",
    "on disk": "容量",
    "pinned": "固定",
}
"""headings of the list, English and Japanese"""


def _age(seconds: float) -> str:
    for unit, ja, size in (("d", "日", 86_400), ("h", "時間", 3_600), ("min", "分", 60)):
        if seconds >= size:
            return f"{seconds / size:.0f} {language.either(ja, unit)}"
    return f"{max(seconds, 0):.0f} {language.either('秒', 's')}"


@runs_app.command()
def show(
    run: RunMeant,
    layout: Annotated[Layout, typer.Option("--format", help="table or json")] = Layout.table,
    out: Results = HERE,
) -> None:
    """Show what a run is: size, seed, years, code, its tables, and whether they are as they were written."""
    from sim.outputs import runs
    from sim.outputs.manifest import in_japan

    found = runs.candidates(run, out)[0]
    problems = found.problems()
    announce([found])
    facts = {**_plain(found), "tables": found.tables, "problems": problems}
    if layout is Layout.table:
        facts["finished"] = in_japan(str(facts["finished"]))
    if layout is Layout.json:
        typer.echo(json.dumps(facts, ensure_ascii=False, indent=1))
        return
    for name, value in facts.items():
        shown = ", ".join(map(str, value)) or _plainly(None) if isinstance(value, list) else _plainly(value)
        label = language.either(_FACTS.get(name, name), name.replace("_", " "))
        room = " " * max(_ROOM - cell_len(label), 1)
        console().print(f"{label}{room}{shown}", highlight=False, markup=False, soft_wrap=True)


def _plainly(value: object) -> object:
    """Return what is not, or is true or false, as a word."""
    if language.current() == language.EN:
        return "none" if value is None else value
    return {"None": "なし", "True": "はい", "False": "いいえ"}.get(str(value), value)


_ROOM = 14
"""letters the name of a fact takes"""
_FACTS = {
    "scenario": "シナリオ",
    "run": "計算の番号",
    "path": "保存先",
    "sample": "標本",
    "seed": "乱数の種",
    "replicate": "回",
    "from": "最初の年度",
    "to": "最後の年度",
    "as_of": "情報基準日",
    "code": "プログラム",
    "values_on_top": "変えた値",
    "pinned": "固定",
    "bytes": "容量",
    "tables": "集計表",
    "problems": "問題",
    "region": "地域",
    "plan": "計画",
    "version": "版",
    "finished": "作成日時",
    "made": "作成日時",
    "parameters": "パラメータ",
}
"""facts of a run in Japanese"""


@runs_app.command()
def pin(
    run: RunMeant,
    out: Results = HERE,
) -> None:
    """Make a run the one its scenario's name stands for, whatever runs later; it cannot be removed either."""
    from sim.outputs import runs

    found = runs.find_run(run, out)
    runs.pin(found)
    announce([found])


@runs_app.command()
def unpin(names: RunNames, out: Results = HERE) -> None:
    """Let go of pinned runs."""
    from sim.outputs import runs

    for name in names:
        found = runs.candidates(name, out)[0]
        runs.unpin(found)
        announce([found])


@runs_app.command()
def remove(
    names: RunNames,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="do not ask")] = False,
    out: Results = HERE,
) -> None:
    """Remove runs from disk, after asking; pinned ones stay. Each is named itself, by its folder or run id."""
    from sim.outputs import runs

    going = [runs.to_remove(name, out) for name in names]
    for run in going:
        room = runs.bytes_of(run)
        if not yes and not typer.confirm(
            language.either(
                f"{run.path}（{room / 1e6:.1f} MB）を削除しますか", f"Remove {run.path} ({room / 1e6:.1f} MB)?"
            )
        ):
            lies("Kept", run.path)
            continue
        runs.remove(run)
        lies("Removed", run.path)


@runs_app.command()
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="RUN...", help="run folders, run ids or scenarios; all runs if none")
    ] = None,
    out: Results = HERE,
) -> None:
    """Check every table of runs against the digests in their manifests; ends with 1 if anything changed."""
    from sim.core.errors import InputError
    from sim.outputs import runs
    from sim.outputs.folder import RunFolder

    if names:
        chosen = [runs.candidates(name, out)[0] for name in names]
    else:
        chosen = [RunFolder(path) for path in runs.every_folder(out)]
    bad = 0
    for run in chosen:
        try:
            problems = run.problems()
        except InputError as error:
            problems = [str(error)]
        bad += bool(problems)
        for problem in problems:
            complain(f"✗ {run.path}: {problem}")
        if not problems:
            n = len(run.tables)
            typer.echo(f"✓ {run.path}: {language.either(f'{n}の集計表は保存時のまま', f'{n} tables as written')}")
    good = len(chosen) - bad
    typer.echo(
        language.either(
            f"{len(chosen)}件の計算結果のうち{good}件は保存時のまま",
            f"{good} of {len(chosen)} runs are as they were written",
        )
    )
    if bad:
        raise typer.Exit(1)
