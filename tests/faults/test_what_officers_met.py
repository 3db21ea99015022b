"""What an officer of a ward met at the terminal: told late, in numbers of the machine, or in the other language."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest

from sim import cli
from sim.cli.usage import told
from sim.engine import api
from sim.explanations.standard_rates import standard_rates
from sim.outputs.folder import RunFolder
from sim.outputs.manifest import in_japan
from sim.scenario.labels import UNITS_JA
from sim.studies import validation

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    out = tmp_path_factory.mktemp("teaching")
    return api.run("baseline", region="teaching", last=2023, out=out, progress=False).folder


def test_a_language_there_is_not_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """KOKUHO_LANG=fr spoke English and said nothing; --lang still rules over it."""
    monkeypatch.setenv("KOKUHO_LANG", "fr")
    assert cli.main(["glossary", "納付金"]) == 2
    assert "KOKUHO_LANG is 'fr'; allowed: ja, en" in capsys.readouterr().err
    assert cli.main(["glossary", "納付金", "--lang", "ja"]) == 0
    for name in ("ja_JP.UTF-8", "en", ""):
        monkeypatch.setenv("KOKUHO_LANG", name)
        assert cli.main(["glossary", "納付金"]) == 0


def test_the_sheet_of_explain_is_refused_another_ending_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["explain", "no_such_run", "-m", "新宿区", "-y", "R8", "--out", str(tmp_path / "x.pdf")]) == 2
    assert "allowed endings: .xlsx" in capsys.readouterr().err


def test_check_says_what_a_plan_replaces_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    """It showed -1, the mark of a rate that no plan sets, and parts of a million."""
    assert cli.main(["check", str(ROOT / "scenarios" / "shinjuku_income_heavier.yaml"), "--lang", "ja"]) == 0
    text = capsys.readouterr().out
    assert "改定案なし（推計の率） → 9.05%" in text
    assert "-1" not in text
    assert "百万分率" not in text


def test_standard_rates_stand_in_per_cent(run: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["standard-rates", str(run.path), "--lang", "ja"]) == 0
    text = capsys.readouterr().out
    assert "百万分率" not in text
    rates = standard_rates([run])
    for rate in rates[rates["year"] == rates["year"].max()]["income_part"]:
        assert f" {rate / 10_000:.2f} │" in text


def test_the_workbook_of_a_household_has_headings_of_its_language(tmp_path: Path) -> None:
    family = tmp_path / "family.yaml"
    family.write_text("members:\n  - {name: 太郎, head: true, born: 1980-05-10, salary: 400万円}\n", encoding="utf-8")
    asked = ["household", str(family), "-m", "新宿区", "-y", "R7", "--lang", "ja", "--out"]
    assert cli.main([*asked, str(tmp_path / "bill.xlsx")]) == 0
    assert cli.main([*asked, str(tmp_path / "bill.csv")]) == 0
    book = pd.read_excel(tmp_path / "bill.xlsx")
    assert not [name for name in book.columns if name.isascii()]
    assert {"所得", "賦課"} <= set(book["種類"])
    assert "医療" in set(book["区分"])
    assert "amount" in pd.read_csv(tmp_path / "bill.csv").columns, "what programs read keeps its names"


def test_every_unit_of_the_validation_has_its_japanese() -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in Path(str(validation.__file__)).parent.glob("*.py"))
    units = set(re.findall(r'"((?:cases|receipts|yen|persons|days)/[a-z]+)"', source))
    assert {"cases/person", "receipts/person", "yen/case"} <= units
    assert units <= set(UNITS_JA)


@pytest.mark.parametrize("kind", ["Path", "File", "Directory"])
def test_a_file_that_cannot_be_read_is_told_in_japanese(kind: str) -> None:
    assert told(f"Invalid value for 'FILE': {kind} 'x.yaml' is not readable.").endswith(
        "「x.yaml」を読み取る権限がありません"
    )


def test_times_are_those_of_japan() -> None:
    assert in_japan("2026-03-31T20:30:00+00:00") == "2026-04-01 05:30:00 JST"
