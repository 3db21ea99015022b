"""The command line: exit codes, messages, and that a mistake writes nothing."""

from __future__ import annotations

import datetime
import json
import subprocess
import sys
import time
import types
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from sim import cli
from sim.core.errors import BalanceError
from sim.parameters import Parameters
from sim.scenario.scenario import load_scenario
from tests.fake_runs import fake_run

BAD = "name: bad\npolicy:\n  nothing.here: 1\nseed: x\n"


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder with a folder of scenarios."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "plain.yaml").write_text(
        "name: plain\ndescription: {ja: 例, en: an example}\n", encoding="utf-8"
    )
    (tmp_path / "scenarios" / "bad.yaml").write_text(BAD, encoding="utf-8")
    return tmp_path


def files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*")}


def stand_in(monkeypatch: pytest.MonkeyPatch, name: str, **functions: Any) -> None:
    """Put a module of other functions in the place of `name`."""
    module = types.ModuleType(name)
    for key, function in functions.items():
        setattr(module, key, function)
    monkeypatch.setitem(sys.modules, name, module)
    parent, _, child = name.rpartition(".")
    __import__(parent)
    monkeypatch.setattr(sys.modules[parent], child, module, raising=False)


def finished_run(folder: Path, name: str = "plain", stamp: str = "20260401-000000-aa") -> Path:
    finished = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T00:00:00+00:00"
    return fake_run(folder / "results", name, stamp, finished=finished).path


def test_help_is_quick() -> None:
    best = 9.0
    for _ in range(3):
        began = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "sim.cli", "--help"], capture_output=True, text=True, check=True)
        best = min(best, time.perf_counter() - began)
    for command in (
        "run",
        "check",
        "new",
        "schema",
        "sources",
        "explain",
        "validate",
        "household",
        "contribution",
        "report",
        "population",
    ):
        assert f" {command} " in done.stdout
    assert best < 1.0
    from sim.cli.app import PANELS, app

    assert all(command.rich_help_panel in PANELS for command in app.registered_commands)
    assert sorted(PANELS, key=lambda panel: done.stdout.index(f" {panel} ─")) == list(PANELS)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, sim.cli; print([m for m in ('numba', 'pandas', 'numpy', 'mesa', 'pydantic') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_command_ends_with_2_and_one_red_message_on_stderr(desk: Path) -> None:
    done = subprocess.run([sys.executable, "-m", "sim.cli", "check", "bad"], capture_output=True, text=True, cwd=desk)
    assert done.returncode == 2
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("scenarios/bad.yaml:3:3: policy.nothing.here: no parameter 'nothing.here'")
    assert lines[1].startswith("scenarios/bad.yaml:4:7: seed: 'x' is not a whole number")


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "bad"],
        ["run", "scenarios/bad.yaml", "--out", "elsewhere"],
        ["run", "absent"],
        ["run", "scenarios/absent.yaml"],
        ["run", "plain", "--to", "soon"],
        ["run", "plain", "--to", "R40"],
        ["run", "plain", "--from", "R9", "--to", "R7"],
        ["run", "plain", "--sample", "0"],
        ["run", "plain", "--sample", "many"],
        ["run", "plain", "--replicates", "0"],
        ["run", "plain", "--threads", "0"],
        ["run", "plain", "--out", "scenarios/plain.yaml"],
        ["run"],
        ["runn", "plain"],
        ["check"],
        ["check", "plain", "bad"],
        ["new", "plain"],
        ["new", "a/b"],
        ["new", "other", "--from", "absent"],
        ["new", "other", "--from", "bad"],
        ["schema", "--out", "nowhere/schema.json"],
        ["sources", "nothing.here"],
        ["explain", "plain", "-m", "新宿区", "-y", "R8"],
        ["explain", "plain", "-m", "大阪市", "-y", "R8"],
        ["explain", "plain", "-m", "新宿区", "-y", "R88"],
        ["explain", "plain", "-m", "新宿区", "-y", "R8", "--portion", "medicine"],
        ["validate", "absent"],
        ["validate", "--format", "xml"],
        ["household", "absent.yaml", "-m", "新宿区", "-y", "R8"],
        ["household", "scenarios/bad.yaml", "-m", "新宿", "-y", "R8"],
        ["report", "absent"],
        ["population"],
        ["person", "x"],
    ],
    ids=" ".join,
)
def test_a_mistake_ends_with_2_and_writes_nothing(
    arguments: list[str], desk: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    before = files(desk)
    assert cli.main(arguments) == 2
    shown = capfd.readouterr()
    assert shown.err.strip(), "a message on stderr"
    assert "Traceback" not in shown.err
    assert shown.out.strip() == "" or arguments[0] == "check"
    assert files(desk) == before


def test_check_says_what_a_scenario_changes(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = next(k for k, v in Parameters.load().passports.items() if v.status == "assumed" and type(v.value) is float)
    section = Parameters.load().section(key)
    (desk / "scenarios" / "change.yaml").write_text(
        f"name: change\nextends: plain\n{section}:\n  {key}: {{R9: x1.0}}\n"
    )
    assert cli.main(["check", "plain", "change"]) == 0
    out = capsys.readouterr().out
    assert "✓ plain an example" in out
    assert f"{key}  x1.0  from R9:  " in out


def test_check_tells_all_mistakes_of_all_files_and_the_good_ones(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk / "scenarios" / "worse.yaml").write_text("name: worse\nextends: bad\n", encoding="utf-8")
    assert cli.main(["check", "plain", "bad", "worse", "--quiet"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_new_writes_a_scenario_that_passes_the_check_and_never_overwrites(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["new", "mine", "--from", "plain"]) == 0
    path = desk / "scenarios" / "mine.yaml"
    text = path.read_text(encoding="utf-8")
    p = Parameters.load()
    assert all(f"  # {key}: " in text for key in p.passports)
    assert load_scenario(path, p).chain == ("plain", "mine")
    assert text.startswith("# yaml-language-server: $schema=schema.json\n")
    assert "rates.alpha" in json.loads((path.parent / "schema.json").read_text(encoding="utf-8"))["$defs"]
    path.write_text("name: mine\n", encoding="utf-8")
    assert cli.main(["new", "mine", "--from", "plain"]) == 2
    assert path.read_text(encoding="utf-8") == "name: mine\n"


def test_new_from_a_file_elsewhere(desk: Path) -> None:
    (desk / "lab").mkdir()
    (desk / "lab" / "start.yaml").write_text("name: start\nseed: 3\n", encoding="utf-8")
    assert cli.main(["new", "mine", "--from", "lab/start.yaml"]) == 0
    assert load_scenario(desk / "scenarios" / "mine.yaml").seed == 3


def test_schema_to_the_screen_and_to_a_file(desk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["schema"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert cli.main(["schema", "--out", "scenarios/schema.json"]) == 0
    assert json.loads((desk / "scenarios" / "schema.json").read_text(encoding="utf-8")) == shown


def test_sources_of_a_key_a_domain_a_table_and_all(capsys: pytest.CaptureFixture[str]) -> None:
    p = Parameters.load()
    key = next(iter(p.passports))
    assert cli.main(["sources", key]) == 0
    out = capsys.readouterr().out
    assert p.passport(key).source.split(";")[0] in out
    assert p.passport(key).status in out
    assert cli.main(["sources", key.partition(".")[0]]) == 0
    assert key in capsys.readouterr().out
    assert cli.main(["sources", "places.municipalities"]) == 0
    assert "62" in capsys.readouterr().out
    assert cli.main(["sources"]) == 0
    assert all(k in (text := capsys.readouterr().out) or k in text for k in [key])


def test_run_hands_its_options_on_and_prints_the_headline(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    calls: list[dict[str, Any]] = []

    def run(scenario: Any, **options: Any) -> Any:
        calls.append({"scenario": scenario.name, **options})
        path = finished_run(desk, stamp=f"run{len(calls)}")
        (path / "report.html").write_text("", encoding="utf-8")
        headline = pd.DataFrame(
            {
                "year": [2022, 2023],
                "residents": [14_038_167, 14_100_000],
                "collection_rate": [0.9131, float("nan")],
                "billed": [3.2e11, 3.1e11],
            }
        )
        folder = types.SimpleNamespace(manifest={"as_of": "2024-10-31", "sample": 100}, outputs=[])
        return types.SimpleNamespace(path=path, headline=headline, tables={}, folder=folder)

    stand_in(monkeypatch, "sim.engine.api", run=run)
    stand_in(
        monkeypatch, "sim.reports", build=lambda path, lang, png, brief, ranges: Path(path) / f"report_{lang}.html"
    )
    assert (
        cli.main(
            [
                "run",
                "plain",
                "--sample",
                "100",
                "--seed",
                "7",
                "--from",
                "R4",
                "--to",
                "2029",
                "--as-of",
                "R6.10.31",
                "--threads",
                "2",
                "--out",
                "results",
                "--resume",
            ]
        )
        == 0
    )
    out, told = capsys.readouterr()
    assert told.splitlines()[0] == "as of 2024-10-31"
    assert calls == [
        {
            "scenario": "plain",
            "sample": 100,
            "seed": 7,
            "first": 2022,
            "last": 2029,
            "as_of": datetime.date(2024, 10, 31),
            "threads": 2,
            "out": Path("results"),
            "resume": True,
            "controls": True,
            "outputs": None,
            "levers": None,
            "progress": True,
        }
    ]
    for words in ("R4", "R5", "14,038,167", "91.31", "3,200.0", "億円", "–", "report_ja.html"):
        assert words in out
    assert cli.main(["run", "plain", "--quiet"]) == 0
    assert capsys.readouterr().out.strip() == str(desk / "results" / "plain" / "run2")
    assert calls[-1]["progress"] is False


def test_a_defect_keeps_its_traceback(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(scenario: Any, **options: Any) -> Any:
        raise BalanceError("the books do not close")

    stand_in(monkeypatch, "sim.engine.api", run=run)
    with pytest.raises(BalanceError):
        cli.main(["run", "plain"])


def test_explain_validate_report_household_and_audit_call_their_functions(
    desk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    older, newer = finished_run(desk), finished_run(desk, stamp="20260402-000000-bb")
    frame = pd.DataFrame(
        {
            "id": ["a.2022", "b.2022"],
            "year": [2022, 2022],
            "published": [0.9131, 1.5e9],
            "simulated": [0.91, 2e9],
            "ok": [True, False],
        }
    )
    seen: list[Any] = []

    def note(result: Any) -> Any:
        def function(*arguments: Any, **_: Any) -> Any:
            seen.append(arguments)
            return result

        return function

    names = ("portion", "place", "symbol", "label_ja", "label_en", "formula", "inputs", "value", "unit", "source")
    lines = pd.DataFrame(
        [
            ["medical", "新宿区", "r", "収納率", "rate", "paid / billed", "", 0.91, "share", "x"],
            ["medical", "metropolis", "B", "必要額", "need", "a + b", "", 1.0, "yen", "x"],
        ],
        columns=names,
    )
    stand_in(monkeypatch, "sim.explanations.chain", explain=note(lines), Totals=object)
    stand_in(monkeypatch, "sim.studies.validation", validate=note(frame))
    misses = iter(["1 of 2 figures of the population are out of tolerance: b.2022", ""])
    stand_in(monkeypatch, "sim.studies.audit", audit_run=note(frame), failures=lambda frame: next(misses))
    files = {"build": note(newer / "report.html"), "build_workbook": note(newer / "workbook.xlsx"), "compare": note([])}
    stand_in(monkeypatch, "sim.reports", **files)
    stand_in(
        monkeypatch,
        "sim.explanations.answer",
        household=note(types.SimpleNamespace(text=lambda lang: f"bill in {lang}")),
        side_by_side=note(None),
    )
    (desk / "family.yaml").write_text("members: [{age: 40}]\n", encoding="utf-8")

    assert cli.main(["explain", "plain", "-m", "Shinjuku", "-y", "R8", "--portion", "medical"]) == 0
    assert cli.main(["explain", str(older), "--municipality", "13104", "--year", "2026", "--lang", "ja"]) == 0
    assert seen == [(newer.relative_to(desk), "新宿区", 2026, "medical"), (older, "新宿区", 2026, None)]
    shown = capsys.readouterr().out
    assert "東京都" in shown
    assert "{" not in shown
    assert cli.main(["validate", "plain"]) == 0
    assert "1 of 2 figures within their band" in capsys.readouterr().out
    assert cli.main(["validate", "--sample", "100", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["published"] == 0.9131
    assert seen[-1] == (None, 100)
    assert cli.main(["household", "family.yaml", "-m", "小金井市", "-y", "R7", "--lang", "en"]) == 0
    assert seen[-1] == (Path("family.yaml"), "小金井市", 2025)
    assert "bill in en" in capsys.readouterr().out
    assert cli.main(["report", "plain", "--lang", "en"]) == 0
    assert "report.html" in capsys.readouterr().out
    assert cli.main(["report", "plain", "--lang", "both", "--no-workbook"]) == 0
    assert [a[1] for a in seen[-2:]] == ["ja", "en"]
    assert cli.main(["report", "plain", str(older), "--lang", "en", "--out", "side"]) == 0
    assert seen[-1][1:] == (("en",), Path("side"), True, True)
    assert cli.main(["report", "plain", "--out", "side"]) == 2
    assert "for comparisons" in capsys.readouterr().err
    assert cli.main(["population", "--audit", "--sample", "1000"]) == 1
    assert "out of tolerance: b.2022" in capsys.readouterr().err
    assert seen[-1] == (1000,)
    assert cli.main(["population", "--audit"]) == 0
    assert "all 2 figures within tolerance" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("kokuho-sim ")


def test_every_module_of_commands_is_registered() -> None:
    folder = Path(cli.__file__).parent
    helpers = {"__init__", "__main__", "app", "doors", "groups", "headings", "help_words", "show", "usage"}
    assert {module.__name__.rsplit(".", 1)[1] for module in cli.COMMANDS} == {
        p.stem for p in folder.glob("*.py")
    } - helpers


def test_prepare_builds_what_the_first_run_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.engine import api

    plans: list[api.Plan] = []
    monkeypatch.setattr(api, "prepare", plans.append)
    assert cli.main(["prepare", "--sample", "400"]) == 0
    assert [(p.scenario.name, p.sample) for p in plans] == [("baseline", 400)]
