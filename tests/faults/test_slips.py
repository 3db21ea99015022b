"""Slips that ended in a traceback, or were accepted and gave numbers without a meaning."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import sim
from sim.core.errors import InputError, KokuhoError, ParameterError, ScenarioError
from sim.engine.api import plan
from sim.explanations.family import load, read_family
from sim.explanations.model_households import read_households
from sim.parameters import Parameters
from sim.scenario.scenario import checked_overrides, parse_scenario
from sim.studies.calibrate import read_calibration
from sim.studies.sensitivity.spec import Factor, read_spec

ROOT = Path(__file__).resolve().parents[2]
HEAD: dict[str, Any] = {"name": "太郎", "head": True, "born": "1975-06-03"}


@pytest.fixture(scope="module")
def p() -> Parameters:
    return Parameters.load()


# scenarios


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("policy:\n  rates.alpha: e5\n", "'e5' is not a number"),
        ("policy:\n  rates.alpha: 1e999999999\n", "is not a number"),
        ("policy:\n  rates.alpha: 1e99999999999999999999\n", "is not a number"),
        ("policy:\n  rates.alpha: 1e200\n", "too large"),
        ("policy:\n  rates.alpha: 1e-200\n", "too small"),
        ("policy:\n  rates.alpha: inf\n", "is not a number"),
        ("policy:\n  rates.alpha: .nan\n", "is not a number"),
        ("policy:\n  rates.alpha: " + "9" * 4301 + "\n", "too large"),
        ("policy:\n  rates.alpha: !!int x\n", "a tag"),
        ("law:\n  levy.cap_medical: " + "1" * 60 + "x円\n", "is not a number"),
        ("seed: " + "9" * 4301 + "\n", "is more than"),
        ("population: {sample: " + "9" * 4301 + "}\n", "is more than"),
        ("horizon: {to: R99}\n", "outside the years of the model"),
        ("horizon: {to: R²}\n", "outside the years of the model"),
        ("extends: " + "a" * 300 + "\n", "no scenario"),
        ('source: "\\ud800"\n', "cannot stand in a text"),
    ],
)
def test_a_slip_in_a_scenario_is_one_message(body: str, words: str, p: Parameters) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(f"name: trial\n{body}", Path("trial.yaml"), p)
    assert words in str(caught.value)
    assert str(caught.value).startswith("trial.yaml:")
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 3_500


@pytest.mark.parametrize(
    "name", ["..", ".", "a/b", "../x", "a\\b", "con", "あ" * 60, "x ", "comparison", "a:b", "a\tb"]
)
def test_a_name_that_leaves_the_folder_of_results(name: str, p: Parameters) -> None:
    """A file `...yaml` with `name: ..` put its run beside --out."""
    with pytest.raises(ScenarioError):
        parse_scenario(f'name: "{name}"\n'.replace("\\", "\\\\"), Path(f"{name}.yaml"), p)


@pytest.mark.parametrize("name", ["_draft", "a$b", "A&B", "=x", "口座ガイド", "v1.2"])
def test_a_name_that_is_only_unusual(name: str, p: Parameters) -> None:
    assert parse_scenario(f'name: "{name}"\n', Path(f"{name}.yaml"), p).name == name


@pytest.mark.parametrize("name", ["_draft", "..", "a/b", "-x", "x" * 300, "con", "levers", "a.b", ""])
def test_new_refuses_a_name_that_makes_trouble(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sim.cli import main

    monkeypatch.chdir(tmp_path)
    assert main(["new", "--folder", str(tmp_path), "--", name]) == 2
    assert not list(tmp_path.iterdir())
    assert len(capsys.readouterr().err.splitlines()) == 1


# families


@pytest.mark.parametrize(
    "wrong",
    [
        {"born": "1975-02-30"},
        {"born": "1975-13-01"},
        {"born": "0001-01-01"},
        {"born": "9999-12-31", "job_loss": "2025-01-01"},
        {"born": "1800-01-01"},
        {"born": "昭和99年1月1日"},
        {"born": "令和9999年1月1日"},
        {"born": ["1975-06-03"]},
        {"born": 1975},
        {"insurance": ["a"]},
        {"insurance": {"a": "b"}},
        {"former_dependant": "令和9999年1月"},
        {"birth": "9999-01"},
        {"job_loss": "9999-12-31"},
        {"salary": "e5"},
        {"salary": "1e999999999"},
        {"salary": "9" * 4301},
        {"salary": "inf"},
        {"salary": [1]},
        {"salary": True},
        {"business": 10**12},
        {"name": {"a": "b"}},
        {"head": [True]},
        {"insured": ["a"]},
        {"insured": {"from": ["a"]}},
        {"asset_tax": {"house": {"a": 1}}},
        {"declared": "maybe"},
        {3: 4},
    ],
)
def test_a_slip_of_a_member_is_one_message(wrong: dict[Any, Any]) -> None:
    with pytest.raises(InputError) as caught:
        read_family({"members": [{**HEAD, **wrong}]}, "f.yaml", 2025)
    assert len(str(caught.value).splitlines()) == 1, caught.value
    assert "f.yaml: member 1" in str(caught.value)


@pytest.mark.parametrize(
    "top",
    [
        {"rates": ["a"]},
        {"rates": {"form": ["tax"]}},
        {"rates": {"instalments": True}},
        {"rates": {"rounding": 0}},
        {"rates": {"medical": {"income_part": "101%"}}},
        {"rates": {"medical": {"per_head": 1e9}}},
        {"rates": {"medical": {"per_head": [1]}}},
        {"rates": {"medical": [1]}},
        {"rates": {3: 4}},
        {"remission": "101%"},
        {"remission": [1]},
        {"municipality": {"a": "b"}},
        {"municipality": ["新宿区"], "rates": {"medical": {"income_part": "7.71%"}}},
        {"members": []},
        {"members": {"a": 1}},
        {"members": [HEAD] * 101},
        {"extra": 1},
    ],
)
def test_a_slip_at_the_top_of_a_family_is_one_message(top: dict[str, Any]) -> None:
    with pytest.raises(KokuhoError) as caught:
        sim.household({"members": [HEAD], **top}, top.get("municipality", "新宿区"), "R7")
    assert len(str(caught.value).splitlines()) == 1, caught.value


def test_a_date_in_a_file_keeps_its_spelling(tmp_path: Path) -> None:
    """The loader of YAML turned 1975-02-30 into a ValueError before anyone could say what is wrong."""
    path = tmp_path / "f.yaml"
    path.write_text("members:\n  - {name: A, head: true, born: 1975-02-30}\n", "utf-8")
    with pytest.raises(InputError, match=r"member 1 \(A\): born is '1975-02-30'; write a date"):
        sim.household(path, "新宿区", "R7")


@pytest.mark.parametrize("place", ["Toshima", "131042", "", "新宿く", None, 3.5])
@pytest.mark.parametrize("year", ["R7"])
def test_the_function_asks_for_the_municipality_as_the_command_does(place: Any, year: str) -> None:
    with pytest.raises(InputError, match="municipality"):
        sim.household({"members": [HEAD]}, place, year)


@pytest.mark.parametrize("year", ["R99", "soon", "", "1900", 1.5, True, [2025]])
def test_the_function_asks_for_the_year_as_the_command_does(year: Any) -> None:
    with pytest.raises(KokuhoError):
        sim.household({"members": [HEAD]}, "新宿区", year)


def test_all_slips_of_a_file_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    """The year was told first, then the moves, then the members; and nobody said in which line."""
    path = tmp_path / "family.yaml"
    path.write_text(
        "市区町村: 新宿く\nyear: R88\n世帯員:\n  - 氏名: 太郎\n    世帯主: true\n"
        "    生年月日: 1975-06-33\n    pensoin: 100\n"
        "remission: lots\nmoves:\n  - {date: 2026-15-01, to: 八王子市}\n",
        encoding="utf-8",
    )
    with pytest.raises(InputError) as told:
        sim.household(path)
    places = [line.removeprefix(f"{path}:").partition(": ")[0] for line in str(told.value).splitlines()]
    assert sorted(places) == ["1:1", "2:1", "6:5", "7:5", "8:1", "9:1"]


# households


@pytest.mark.parametrize(
    "text",
    [
        "households: {a: {members: [{age: 30, head: true}]}}\nother: 1\n",
        "households: {a: {label: {ja: [1]}, members: [{age: 30, head: true}]}}\n",
        "households: {a: {reason: [1], members: [{age: 30, head: true}]}}\n",
        "households: {a: {label: [1], members: [{age: 30, head: true}]}}\n",
        "households: {a: 1}\n",
        "households: [1]\n",
        "households:\n",
    ],
)
def test_a_slip_in_a_file_of_households_is_one_message(text: str, tmp_path: Path) -> None:
    path = tmp_path / "h.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        read_households(path)
    assert len(str(caught.value).splitlines()) == 1, caught.value


# studies

STUDY = """\
name: trial
scenario: baseline
method: morris
sample: 100
to: R9
trajectories: 4
parameters:
  payment.burden_elasticity: [0.1, 0.8]
  payment.account_transfer_share: {values: [0.3, 0.5], from: R8}
outputs:
  rate: {table: metropolis_year, column: collection_rate, year: R9}
  ward: {table: municipality_year, column: arrears_closing, year: R9, code: 13104}
"""
FIT = (ROOT / "scenarios/studies/payment_fit.yaml").read_text(encoding="utf-8")


def refused(read: Any, text: str, tmp_path: Path) -> str:
    path = tmp_path / "trial.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(ScenarioError) as caught:
        read(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("[0.1, 0.8]", "{add: [-5, 5]}", "allowed"),
        ("[0.1, 0.8]", "{scale: [-10, 10]}", "below zero"),
        ("[0.1, 0.8]", "{scale: [1, 1000]}", "allowed"),
        ("[0.1, 0.8]", "[-1e308, 1e308]", "two numbers are needed"),
        ("[0.1, 0.8]", "[0, inf]", "two numbers are needed"),
        ("[0.1, 0.8]", "[nan, 1]", "two numbers are needed"),
        ("[0.1, 0.8]", "{values: [0.1, 0.8], add: [0, 1]}", "write one of"),
        ("[0.1, 0.8]", "{from: R8}", "write one of"),
        ("to: R9", "to: R99", "outside the years of the model"),
        ("from: R8", "from: R99", "outside the years of the model"),
        ("from: R8", "from: R10", "after the last year of the study, R9"),
        ("collection_rate, year: R9", "collection_rate, year: R11", "after the last year of the study, R9"),
        ("collection_rate, year: R9", "collection_rate, year: R3", "outside the years of the model"),
        ("code: 13104", "code: ²", "no municipality"),
        ("code: 13104", "code: --5", "no municipality"),
        ("code: 13104", "code: Toshima", "豊島区 (13116) or 利島村 (13362)"),
        ("code: 13104", "code: 27100", "no municipality"),
        ("name: trial", "name: ../../x", "cannot name a file"),
        ("name: trial", "name: ..", "cannot name a file"),
        ("  rate: {", "  ../x: {", "cannot name a file"),
        ("trajectories: 4", "trajectories: 1", "at least 2 trajectories are needed"),
        (
            "morris\nsample: 100\nto: R9\ntrajectories: 4",
            "lhs\nsample: 100\nto: R9\ntrajectories: 1",
            "at least 5 points",
        ),
        (
            "morris\nsample: 100\nto: R9\ntrajectories: 4",
            "sobol\nsample: 100\nto: R9\ntrajectories: 1",
            "at least 2 base",
        ),
        ("trajectories: 4", "trajectories: " + "9" * 4301, "whole number from"),
        ("scenario: baseline", "scenario: " + "a" * 300, "no such scenario"),
    ],
)
def test_a_study_refuses_what_a_scenario_refuses(old: str, new: str, words: str, tmp_path: Path) -> None:
    assert STUDY.count(old) == 1
    text = refused(read_spec, STUDY.replace(old, new), tmp_path)
    assert words in text
    assert len(text.splitlines()) == 1, text


def test_a_study_of_nothing(tmp_path: Path) -> None:
    head, _, rest = STUDY.partition("parameters:\n")
    assert "no parameter to vary" in refused(
        read_spec, f"{head}parameters: {{}}\n{rest[rest.index('outputs') :]}", tmp_path
    )
    assert "no output to watch" in refused(read_spec, STUDY[: STUDY.index("outputs:")] + "outputs: {}\n", tmp_path)


@pytest.mark.parametrize("way", ["scale", "add", "values"])
def test_a_choice_has_no_range(way: str, p: Parameters, tmp_path: Path) -> None:
    key = next(k for k, v in p.passports.items() if isinstance(v.sample(), str | bool))
    text = refused(read_spec, STUDY.replace("payment.burden_elasticity: [0.1", f"{key}: {{{way}: [0.1").replace(
        "0.8]\n", "0.8]}\n", 1), tmp_path)  # fmt: skip
    assert "is no number" in text


def test_names_and_full_width_are_understood_in_a_study(tmp_path: Path) -> None:
    path = tmp_path / "trial.yaml"
    path.write_text(
        STUDY.replace("code: 13104", "code: 新宿").replace("to: R9", "to: Ｒ９").replace("[0.3, 0.5]", "[30%, ５０％]"),
        "utf-8",
    )
    spec = read_spec(path)
    assert spec.last == 2027
    assert dict(spec.outputs[1].filters)["code"] == 13104
    assert (spec.factors[1].low, spec.factors[1].high) == (0.3, 0.5)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("tolerance: 0.01", "tolerance: inf", "tolerance is a number"),
        ("published: arrears_household_share.2022", "value: inf", "value is a number"),
        ("published: arrears_household_share.2022", "value: 1, published: arrears_household_share.2022", "both"),
        ("to: R5", "to: R99", "outside the years"),
        ("to: R5", "to: R4", "after the last year of the study, R4"),
        ("name: payment_fit", "name: ../x", "cannot name a file"),
        ("points: 24", "points: 4", "at least 5 are needed"),
    ],
)
def test_a_calibration_refuses_the_same(old: str, new: str, words: str, tmp_path: Path) -> None:
    text = refused(read_calibration, FIT.replace(old, new, 1), tmp_path)
    assert words in text
    assert len(text.splitlines()) == 1, text


def test_whole_numbers_stay_whole_and_shares_do_not_become_whole(p: Parameters) -> None:
    """A cap scaled by a study became a fraction of a yen; a share whose register value is 0 or 1 was rounded to it."""
    caps = Factor("levy.cap_medical", 0.9, 1.1, "scale", 2026).overrides(0.987654321, p, 2027)
    assert all(isinstance(v, int) for v in caps.values())


# functions


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({("rates.alpha", 2027, None): 5}, "allowed"),
        ({("rates.alpha", 2027, None): float("nan")}, "not a number"),
        ({("rates.alpha", 2027, None): float("inf")}, "not a number"),
        ({("rates.alpha", 2027, None): "0.3"}, "not a number"),
        ({("rates.alpha", 2027, None): True}, "not a number"),
        ({("rates.alpha", 2099, None): 0.3}, "no year"),
        ({("rates.alpha", "R9", None): 0.3}, "no year"),
        ({("rates.pooled_items", 2027, None): [1]}, "no list of 5 numbers"),
        ({("levy.cap_medical", 2027, None): 650_000.5}, "not a whole number"),
        ({("no.key", 2027, None): 1}, "no parameter"),
        ({"rates.alpha": 0.3}, "overrides"),
    ],
)
def test_overrides_of_a_function_get_the_errors_of_a_file(overrides: Any, words: str, p: Parameters) -> None:
    with pytest.raises(ParameterError, match=words):
        plan("baseline", overrides=overrides)


def test_overrides_in_order_pass(p: Parameters) -> None:
    good: Any = {("rates.alpha", 2027, None): 0.3, ("levy.cap_medical", None, None): 650_000.0}
    assert checked_overrides(good, p) == good


def test_years_of_a_function_are_spelled_as_anywhere() -> None:
    """sim.run("baseline", last="R6") was a TypeError: '<' not supported between str and int."""
    assert plan("baseline", last="Ｒ６").last == 2024
    for last in ("R99", "soon", 2099, True, 2024.5):
        with pytest.raises(InputError):
            plan("baseline", last=last)  # type: ignore[arg-type]
    for sample in (0, -1, 1.5, "100", True):
        with pytest.raises(InputError):
            plan("baseline", sample=sample)  # type: ignore[arg-type]


def test_a_file_that_is_no_file() -> None:
    for path in ("missing.yaml", "x\0y", "a" * 300, "."):
        with pytest.raises(InputError):
            load(path)
