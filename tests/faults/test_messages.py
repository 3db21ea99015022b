"""One mistake makes one message; what a message advises is accepted; what a person types is understood."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from sim.core.errors import InputError, KokuhoError, ScenarioError
from sim.core.units import fiscal_year
from sim.explanations.family import read_family
from sim.explanations.given_rates import per_million
from sim.explanations.known_rates import find
from sim.parameters import Parameters
from sim.parameters.places import check_digit, find_place, place_code
from sim.scenario.file import known_names
from sim.scenario.quantities import examples, read, read_amount, read_list
from sim.scenario.scenario import find as find_scenario
from sim.scenario.scenario import load_scenario, parse_scenario

HEAD: dict[str, Any] = {"name": "太郎", "head": True, "born": "1975-06-03"}


@pytest.fixture(scope="module")
def p() -> Parameters:
    return Parameters.load()


def said(*members: dict[str, Any], year: int = 2025, **top: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_family({"members": list(members), **top}, "f.yaml", year)
    return str(caught.value).splitlines()


def scenario(body: str, p: Parameters) -> Any:
    return parse_scenario(f"name: trial\nextends: baseline\n{body}", Path("scenarios/trial.yaml"), p)


# one mistake, one message


@pytest.mark.parametrize(
    "wrong",
    [
        {"salary": "abc"},
        {"born": "1975-02-30"},
        {"born": None},
        {"insurance": "kyokai"},
        {"insured": "maybe"},
        {"headd": True},
        {"head": "maybe"},
        {"birth": "never"},
    ],
)
def test_a_wrong_entry_of_the_head_is_one_message(wrong: dict[str, Any]) -> None:
    """A wrong salary of the head also said "0 members have 'head: true'", which was not so."""
    assert len(said({**HEAD, **wrong})) == 1


def test_no_head_and_two_heads_are_still_told() -> None:
    assert "0 members have 'head: true'" in said({**HEAD, "head": False})[0]
    assert "2 members have 'head: true'" in said(HEAD, HEAD)[0]


# advice that is accepted


def test_every_example_of_every_parameter_is_accepted(p: Parameters) -> None:
    """Examples said "a list", which nobody can write, and changes that left the range; births_by_year had none."""
    refused = {}
    assert [key for key, passport in p.passports.items() if not examples(passport)] == []
    for key, passport in p.passports.items():
        for text in examples(passport):
            try:
                items = text[1:-1].split(", ") if text.startswith("[") else None
                quantity = read_list(items, passport) if items else read(text, passport)
                assert quantity.relative or not passport.objection(quantity.amount)  # type: ignore[arg-type]
            except (ValueError, AssertionError) as error:
                refused[key, text] = str(error)
    assert not refused


def test_advice_for_a_wrong_value_is_a_scenario_that_passes(p: Parameters) -> None:
    """What "write for example A or B" advises is written into a scenario; a third of the register is tried."""
    refused = {}
    for key in sorted(p.passports)[::3]:
        with pytest.raises(ScenarioError) as caught:
            scenario(f"policy:\n  {key}: {{R9: qqqq}}\n", p)
        found = re.search(r"write for example (.+?)(?: \[|$)", str(caught.value))
        for text in found[1].split(" or ") if found else ():
            quoted = f"'{text}'" if "," in text and not text.startswith("[") else text
            try:
                scenario(f"policy:\n  {key}: {{R9: {quoted}}}\n", p)
            except ScenarioError as error:
                refused[key, text] = str(error)
    assert not refused


@pytest.mark.parametrize("field", ["salary", "business", "pension", "asset_tax"])
def test_advice_for_a_family_is_accepted_by_a_family(field: str) -> None:
    """A family was advised "x1.2" and "+10%", which are for scenarios."""
    text = said({**HEAD, field: "abc"})[0]
    for advice in re.search(r"write for example (.+)$", text)[1].split(" or "):  # type: ignore[index]
        assert read_family({"members": [{**HEAD, field: advice}]}, "f.yaml", 2025)
    assert "is a change of a value" in said({**HEAD, field: "x1.2"})[0]


# what a person types


@pytest.mark.parametrize(
    "text", ["Ｒ９", "R９", "令和９年度", "ＦＹ２０２７", "２０２７", " R9 ", "R9\u00a0", "\u3000Ｒ 9"]
)
def test_years_in_full_width(text: str) -> None:
    assert fiscal_year(text) == 2027


@pytest.mark.parametrize(
    ("text", "yen"),
    [
        ("▲5", -5),
        ("△5万円", -50_000),
        ("−5", -5),
        ("－５", -5),
        ("‐5", -5),
        ("３，５００，０００", 3_500_000),
        ("３５０万円", 3_500_000),
        ("1\u00a0000\u00a0000", 1_000_000),
        ("1千万円", 10_000_000),
        ("1億2,000万円", 120_000_000),
    ],
)
def test_amounts_as_they_are_typed(text: str, yen: int) -> None:
    """1千万円 was read as 1,000 yen."""
    family = read_family({"members": [{**HEAD, "business": text}]}, "f.yaml", 2025)
    assert family.members[0].business == yen


def test_full_width_in_files(p: Parameters) -> None:
    s = scenario(
        "ｐｏｌｉｃｙ:\n  ｒａｔｅｓ.ａｌｐｈａ: {Ｒ９: ３０％}\n"
        "  payment.account_transfer_share:\u00a0{１３１０４: ５０％}\n",
        p,
    )
    assert s.overrides(p)["rates.alpha", 2027, None] == 0.3
    assert s.overrides(p)["payment.account_transfer_share", 2027, 13104] == 0.5
    assert scenario("seed: １２\nhorizon: {to: Ｒ１１}\n", p).seed == 12
    f = read_family({"members": [{**HEAD, "born": "昭和５０年６月３日"}], "remission": "３０％"}, "f.yaml", 2025)
    assert (f.members[0].born.year, f.remission) == (1975, 300_000)
    assert per_million("７．７１％") == 77_100
    assert read_amount("４７，３００円", p.passport("levy.cap_medical")) == 47_300


# one look-up of municipalities


@pytest.mark.parametrize(
    "text",
    [
        "新宿区",
        "新宿",
        "13104",
        "131041",
        "１３１０４",
        "Shinjuku",
        "SHINJUKU",
        "shinjuku-ku",
        "東京都新宿区",
        "新宿区\u00a0",
    ],
)
def test_every_spelling_of_a_municipality(text: str, p: Parameters) -> None:
    assert place_code(text, p) == 13104
    assert find(p, text, 2025, {}).name == "新宿区"
    assert scenario(f"policy:\n  payment.account_transfer_share: {{{text}: 50%}}\n", p).layers[-1][0].code == 13104


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (unicodedata.normalize("NFD", "葛飾区"), 13122),
        ("葛\U000e0100飾区", 13122),
        ("青ケ島", 13402),
        ("桧原村", 13307),
        ("Kōtō", 13108),
        ("江戸川", 13123),
        ("豊島", 13116),
        ("Toshima-ku", 13116),
        ("Toshima-mura", 13362),
        (13104, 13104),
    ],
)
def test_variants(text: str | int, code: int, p: Parameters) -> None:
    assert find_place(text, p) == (code, "")


def test_every_municipality_by_its_own_names(p: Parameters) -> None:
    for code, (ja, en) in p.places().items():
        for text in (ja, ja[:-1], str(code), f"{code}{check_digit(code)}", code, unicodedata.normalize("NFD", ja)):
            assert place_code(text, p) == code
        assert find_place(en, p)[0] == (code if en != "Toshima" else None)


def test_what_is_not_one_municipality_is_said(p: Parameters) -> None:
    assert "豊島区 (13116) or 利島村 (13362)" in find_place("Toshima", p)[1]
    assert "武蔵野市 (13203) or 武蔵村山市 (13223)" in find_place("武蔵", p)[1]
    assert "13104 or 131041" in find_place("131042", p)[1]
    assert "did you mean '新宿区'" in find_place("新宿く", p)[1]
    for odd in (None, True, {"a": 1}, ["新宿区"], 13104.0, "", "\0"):
        assert find_place(odd, p)[0] is None


def test_a_scenario_is_found_in_composed_and_decomposed_letters(
    p: Parameters, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """口座ガイド typed on one system was another name on the next."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    composed, decomposed = (unicodedata.normalize(form, "口座ガイド") for form in ("NFC", "NFD"))
    (tmp_path / "scenarios" / f"{decomposed}.yaml").write_text(f"name: {composed}\n", "utf-8")
    assert load_scenario(composed, p).name == load_scenario(decomposed, p).name == composed


# told before the work


def test_what_changes_nothing_is_told_once(p: Parameters) -> None:
    def one(body: str) -> str:
        texts = scenario(body, p).warnings(p)
        assert len(texts) == 1, texts
        return texts[0]

    assert "is what holds without the line" in one("policy:\n  rates.alpha: {R11: 0}\n")
    assert "changes nothing before R12" in one("policy:\n  rates.alpha: {R12: 0.1}\n")
    assert "results of the scenario are those of baseline" in one("policy:\n  rates.alpha: {R12: 0.1}\n")
    assert "no line of its own" in one("")
    text = one("policy:\n  rates.alpha: {R4: 0.3, R8: 0.5, R9: 0.33, R10: 0.16, R11: 0}\n")
    assert "rewrites what has happened: 1 of R4–R7 is published" in text
    assert not scenario("policy:\n  rates.alpha: {R9: 0.2}\n", p).warnings(p)
    assert not scenario("seed: 3\n", p).warnings(p)
    shorter = scenario("policy:\n  rates.alpha: {R9: 0.2}\n", p).warnings(p, last=2024)
    assert "changes nothing before R9, and the run ends in R6" in shorter[0]


def test_the_shipped_scenarios_say_something(p: Parameters) -> None:
    found = {name: load_scenario(name) for name in known_names()}
    told = {name: scenario.warnings(None if scenario.region else p) for name, scenario in found.items()}
    assert [name for name, texts in told.items() if texts] == ["no_change"]  # a past that was otherwise, on purpose
    assert "rewrites what has happened" in told["no_change"][0]


def test_check_and_run_print_warnings_on_stderr(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from sim.cli import main

    monkeypatch.chdir(tmp_path)
    (tmp_path / "late.yaml").write_text("name: late\nextends: baseline\npolicy:\n  rates.alpha: {R12: 0.1}\n", "utf-8")
    assert main(["check", "late.yaml"]) == 0
    assert "warning: late.yaml:4:22: policy.rates.alpha: changes nothing before R12" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a" * 300, "あ" * 100, "x\0y", "/" + "a" * 300 + ".yaml", "a\0.yaml"])
def test_names_no_file_can_have(name: str) -> None:
    from sim.scenario.document import Mistakes

    mistakes = Mistakes()
    assert find_scenario(name, mistakes) is None
    assert len(mistakes.lines()) == 1
    with pytest.raises(KokuhoError):
        load_scenario(name)
