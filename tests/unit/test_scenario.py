"""Scenarios: every spelling that should work works, and every mistake is found, placed and explained."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from textwrap import dedent

import pytest

from sim.core.errors import ScenarioError
from sim.parameters import Parameters
from sim.scenario.scenario import (
    Scenario,
    load_scenario,
    parse_scenario,
    scenario_schema,
    scenario_template,
    schema_text,
)
from tests.register import small_register


@pytest.fixture(scope="session")
def p(tmp_path_factory: pytest.TempPathFactory) -> Parameters:
    return small_register(tmp_path_factory.mktemp("register"))


def write(folder: Path, text: str, name: str = "trial") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, p: Parameters, body: str) -> Scenario:
    return load_scenario(write(folder, f"name: trial\n{dedent(body)}"), p)


def effective(folder: Path, p: Parameters, body: str, key: str, year: int, place: int | None = None) -> object:
    return p.with_overrides(load(folder, p, body).overrides(p)).value(key, year, place)


# (name, file text, line, column or None, words that must be in the message of that line)
MISTAKES: list[tuple[str, str, int, int | None, list[str]]] = [
    (
        "unknown key",
        "name: trial\npolicy:\n  payment.acount_share: 0.5\n",
        3,
        3,
        ["policy.payment.acount_share", "no parameter", "did you mean 'payment.account_share'"],
    ),
    (
        "unknown key far from all",
        "name: trial\npolicy:\n  weather.rain: 1\n",
        3,
        3,
        ["no parameter 'weather.rain'", "keys begin with"],
    ),
    ("key without domain", "name: trial\npolicy:\n  alpha: 0.5\n", 3, 3, ["did you mean 'rates.alpha'"]),
    ("unknown key of a known domain", "name: trial\npolicy:\n  rates.zzzzqqq: 1\n", 3, 3, ["kokuho sources rates"]),
    (
        "nested keys",
        "name: trial\npolicy:\n  payment:\n    account_share: 0.5\n",
        3,
        3,
        ["on one line", "payment.account_share"],
    ),
    ("wrong section", "name: trial\nbehaviour:\n  rates.alpha: 0.5\n", 3, 3, ["belongs to policy", "under 'policy:'"]),
    ("behaviour under law", "name: trial\nlaw:\n  habits.by_age: x1.1\n", 3, 3, ["belongs to behaviour"]),
    ("key at top level", "name: trial\nrates.alpha: 0.5\n", 2, 1, ["it is a parameter", "under 'policy:'"]),
    (
        "unknown section",
        "name: trial\npolicies:\n  rates.alpha: 0.5\n",
        2,
        1,
        ["unknown key 'policies'", "did you mean 'policy'"],
    ),
    (
        "american behavior",
        "name: trial\nbehavior:\n  habits.burden_elasticity: 1\n",
        2,
        1,
        ["did you mean 'behaviour'"],
    ),
    (
        "unknown section far from all",
        "name: trial\nzzz: 1\n",
        2,
        1,
        ["unknown key 'zzz'", "Allowed here: name, extends"],
    ),
    ("sample at top level", "name: trial\nsample: 100\n", 2, 1, ["inside population", "{sample: 1}"]),
    ("merge key", "name: trial\n<<: {seed: 1}\n", 2, 1, ["use extends"]),
    ("duplicate key", "name: trial\nseed: 1\nseed: 2\n", 3, 1, ["'seed' is written twice", "line 2"]),
    (
        "duplicate parameter",
        "name: trial\npolicy:\n  rates.alpha: 0.5\n  rates.alpha: 0.4\n",
        4,
        3,
        ["twice", "line 3"],
    ),
    (
        "same year twice",
        "name: trial\npolicy:\n  rates.alpha: {R9: 0.5, 2027: 0.4}\n",
        3,
        26,
        ["'2027' says the same as 'R9'"],
    ),
    (
        "same place twice",
        "name: trial\npolicy:\n  payment.account_share: {新宿区: 0.5, 13104: 0.4}\n",
        3,
        None,
        ["'13104' says the same as '新宿区'"],
    ),
    (
        "text for a number",
        "name: trial\npolicy:\n  rates.alpha: high\n",
        3,
        16,
        ["'high' is not a number", "0.83 or 83%", "Medical-cost reflection"],
    ),
    ("word expected", "name: trial\nlaw:\n  levy.cap_medical: expected\n", 3, 21, ["not a number", "66万円"]),
    ("true for a number", "name: trial\npolicy:\n  rates.alpha: true\n", 3, 16, ["'true' is not a number"]),
    ("number for a flag", "name: trial\npolicy:\n  payment.prepayment: 1\n", 3, 23, ["neither true nor false"]),
    (
        "unknown choice",
        "name: trial\npolicy:\n  payment.reminder: smss\n",
        3,
        21,
        ["did you mean 'sms'", "letter, sms, voice"],
    ),
    (
        "list for a number",
        "name: trial\npolicy:\n  rates.alpha: [0.5, 0.4]\n",
        3,
        16,
        ["is a list", "one value", "allowed 0–1"],
    ),
    (
        "number for a list",
        "name: trial\nbehaviour:\n  habits.by_age: 0.5\n",
        3,
        18,
        ["a list of 3 values", "young, middle, old"],
    ),
    ("list too short", "name: trial\nbehaviour:\n  habits.by_age: [0.5, 0.7]\n", 3, 18, ["has 2 values; 3 are needed"]),
    (
        "list element out of range",
        "name: trial\nbehaviour:\n  habits.by_age: [0.5, 0.7, 9]\n",
        3,
        18,
        ["out of range", "0–1"],
    ),
    ("change inside a list", "name: trial\nbehaviour:\n  habits.by_age: [0.5, +5pt, 0.9]\n", 3, 18, ["not changes"]),
    ("list in a list", "name: trial\nbehaviour:\n  habits.by_age: [[0.5], 0.7, 0.9]\n", 3, 18, ["plain values only"]),
    ("no value", "name: trial\npolicy:\n  rates.alpha:\n", 3, None, ["has no value"]),
    ("empty braces", "name: trial\npolicy:\n  rates.alpha: {}\n", 3, 16, ["braces are empty"]),
    ("braces in a year", "name: trial\npolicy:\n  rates.alpha: {R9: {x: 1}}\n", 3, 21, ["braces within braces"]),
    (
        "money for a share",
        "name: trial\npolicy:\n  rates.alpha: 5000円\n",
        3,
        16,
        ["amount of money", "the unit is coefficient"],
    ),
    (
        "percent for yen",
        "name: trial\nlaw:\n  levy.cap_medical: 5%\n",
        3,
        21,
        ["'5%'", "yen/household/year", "not a percentage", "+10%"],
    ),
    (
        "points for yen",
        "name: trial\nlaw:\n  levy.cap_medical: +5pt\n",
        3,
        21,
        ["points (pt) are for shares and rates", "+1,000円"],
    ),
    ("people for months", "name: trial\nlaw:\n  levy.grace_months: 10人\n", 3, 22, ["'10人'", "the unit is months"]),
    ("unknown unit sign", "name: trial\nlaw:\n  levy.cap_medical: 650000 dollars\n", 3, 21, ["not a number"]),
    ("half a yen", "name: trial\nlaw:\n  levy.cap_medical: 650000.5\n", 3, 21, ["a whole number is needed"]),
    ("half a month", "name: trial\nlaw:\n  levy.grace_months: 2.5\n", 3, 22, ["whole number"]),
    (
        "comma for a decimal point",
        "name: trial\nbehaviour:\n  habits.burden_elasticity: 0,8\n",
        3,
        29,
        ["commas separate thousands"],
    ),
    (
        "comma cut in braces",
        "name: trial\nlaw:\n  levy.cap_medical: {R8: 650,000円}\n",
        3,
        30,
        ["comma inside { }", "'650,000円'"],
    ),
    ("bare plus", "name: trial\npolicy:\n  rates.alpha: {R9: +5}\n", 3, 21, ["value or a change", "write 5", "+5pt"]),
    ("points without a sign", "name: trial\npolicy:\n  rates.alpha: 5pt\n", 3, 16, ["needs its sign", "+5pt"]),
    (
        "value or change",
        "name: trial\npolicy:\n  rates.growth: -1%\n",
        3,
        17,
        ["write -0.01 for the value, x0.99 for a change"],
    ),
    (
        "above the range",
        "name: trial\nlaw:\n  levy.cap_medical: 6_600_000\n",
        3,
        21,
        ["allowed 0–2,000,000", "A zero too many?"],
    ),
    (
        "percent as a share",
        "name: trial\npolicy:\n  rates.alpha: {R9: 33}\n",
        3,
        21,
        ["out of range; allowed 0–1", "write 33%"],
    ),
    ("below the range", "name: trial\npolicy:\n  rates.alpha: -0.1\n", 3, 16, ["allowed 0–1"]),
    (
        "rate above the range",
        "name: trial\npolicy:\n  rates.income_part: 40%\n",
        3,
        22,
        ["'40%' (= 400,000)", "0–300,000 1/1,000,000"],
    ),
    (
        "change leads out of range",
        "name: trial\npolicy:\n  rates.alpha: {R6: +20pt}\n",
        3,
        21,
        ["'+20pt' makes 1.03 in R6", "before: 0.83", "allowed 0–1"],
    ),
    ("change leads out of range later", "name: trial\npolicy:\n  rates.alpha: -10pt\n", 3, 16, ["makes -0.1 in R11"]),
    (
        "change without a start",
        "name: trial\npolicy:\n  rates.alpha: {R5: +5pt}\n",
        3,
        21,
        ["no value of R5 to start from"],
    ),
    (
        "year too early",
        "name: trial\npolicy:\n  rates.alpha: {R3: 0.5}\n",
        3,
        17,
        ["R3 is outside the years", "R4–R17"],
    ),
    ("year too late", "name: trial\npolicy:\n  rates.alpha: {2040: 0.5}\n", 3, 17, ["2040 is outside", "2022–2035"]),
    (
        "span of years",
        "name: trial\npolicy:\n  rates.alpha: {R9-R11: 0.5}\n",
        3,
        17,
        ["neither a fiscal year nor a municipality", "only the first year"],
    ),
    ("misspelt year", "name: trial\npolicy:\n  rates.alpha: {Q9: 0.5}\n", 3, 17, ["neither", "R9 or 2027"]),
    (
        "misspelt municipality",
        "name: trial\npolicy:\n  payment.account_share: {Shinjku: 0.5}\n",
        3,
        27,
        ["did you mean 'Shinjuku'"],
    ),
    (
        "misspelt municipality in Japanese",
        "name: trial\npolicy:\n  payment.account_share: {新宿く: 0.5}\n",
        3,
        27,
        ["did you mean '新宿区'"],
    ),
    (
        "code outside Tokyo",
        "name: trial\npolicy:\n  payment.account_share: {27100: 0.5}\n",
        3,
        27,
        ["neither a fiscal year nor a municipality of the register"],
    ),
    (
        "municipality in a year",
        "name: trial\npolicy:\n  payment.account_share: {新宿区: {北区: 0.5}}\n",
        3,
        None,
        ["新宿区", "'北区' is not a fiscal year"],
    ),
    (
        "municipality where none can be",
        "name: trial\npolicy:\n  rates.alpha: {新宿区: 0.5}\n",
        3,
        17,
        ["one for all of", "no effect"],
    ),
    ("horizon upside down", "name: trial\nhorizon: {from: R4, to: R3}\n", 2, 25, ["horizon.to", "outside"]),
    ("horizon reversed", "name: trial\nhorizon: {from: R9, to: R7}\n", 2, 25, ["R7 lies before the first year R9"]),
    ("start after the population", "name: trial\nhorizon: {from: R5}\n", 2, 17, ["a run starts in R4"]),
    (
        "horizon not a year",
        "name: trial\nhorizon: {from: R4, to: soon}\n",
        2,
        25,
        ["'soon' is not a fiscal year", "R8, 2026 or FY2026"],
    ),
    ("horizon as a span", "name: trial\nhorizon: R4-R11\n", 2, 10, ["write {from: R4, to: R11}"]),
    ("horizon misspelt", "name: trial\nhorizon: {form: R4}\n", 2, 11, ["unknown key 'form'", "did you mean 'from'"]),
    ("horizon a list", "name: trial\nhorizon: {to: [R4]}\n", 2, 15, ["one fiscal year"]),
    (
        "sample zero",
        "name: trial\npopulation: {sample: 0}\n",
        2,
        22,
        ["population.sample", "whole number of 1 or more", "one household in a hundred"],
    ),
    ("sample negative", "name: trial\npopulation: {sample: -5}\n", 2, 22, ["whole number of 1 or more"]),
    ("sample a fraction", "name: trial\npopulation: {sample: 0.01}\n", 2, 22, ["'0.01' is not a whole number"]),
    ("sample a text", "name: trial\npopulation: {sample: '100'}\n", 2, 22, ["'100' is in quotes"]),
    ("sample empty", "name: trial\npopulation: {sample: }\n", 2, None, ["whole number"]),
    ("population a number", "name: trial\npopulation: 100\n", 2, 13, ["write {sample: 1}"]),
    ("population misspelt", "name: trial\npopulation: {samples: 1}\n", 2, 14, ["did you mean 'sample'"]),
    ("seed a text", "name: trial\nseed: lucky\n", 2, 7, ["seed", "whole number"]),
    ("seed negative", "name: trial\nseed: -1\n", 2, 7, ["whole number of 0 or more"]),
    ("replicates zero", "name: trial\nreplicates: 0\n", 2, 13, ["replicates", "1 or more"]),
    ("replicates too many", "name: trial\nreplicates: 1000000\n", 2, 13, ["more than 10,000"]),
    ("seed empty", "name: trial\nseed:\n", 2, None, ["seed has no value"]),
    ("policy a list", "name: trial\npolicy:\n  - rates.alpha: 0.5\n", 3, 3, ["policy: write lines of 'key: value'"]),
    (
        "description misspelt",
        "name: trial\ndescription: {jp: 文}\n",
        2,
        15,
        ["unknown key 'jp'", "Allowed here: ja, en"],
    ),
    ("description a list", "name: trial\ndescription: [文]\n", 2, 14, ["{ja: …, en: …}"]),
    ("name is not the file", "name: other\n", 1, 7, ["'other' is not the file name", "name: trial", "other.yaml"]),
    ("no name", "seed: 1\n", 1, 1, ["name is missing", "name: trial"]),
    ("empty name", "name:\nseed: 1\n", 1, None, ["name: write one text"]),
    ("unknown base", "name: trial\nextends: basline\n", 2, 10, ["no scenario 'basline'", "did you mean 'baseline'"]),
    ("base a list", "name: trial\nextends: [baseline]\n", 2, 10, ["extends: write one text"]),
    ("extends itself", "name: trial\nextends: trial\n", 2, 10, ["circle: trial → trial"]),
    ("tab", "name: trial\npolicy:\n\trates.alpha: 0.5\n", 3, 1, ["a tab", "spaces"]),
    ("wrong indent", "name: trial\nseed: 1\n  replicates: 2\n", 3, None, ["not readable as YAML", "colon"]),
    ("dedent", "name: trial\npolicy:\n    rates.alpha: 0.5\n  rates.grant: 1\n", 4, None, ["spaces before this line"]),
    ("full-width colon", "name: trial\npolicy:\n  rates.alpha： 0.5\n  rates.grant: 1\n", 3, 14, ["full-width colon"]),
    (
        "full-width space",
        "name: trial\npolicy:\n  rates.grant: 1\n\u3000\u3000rates.alpha: 0.5\n",
        4,
        1,
        ["full-width space"],
    ),
    ("no space after the colon", "name: trial\nseed:1\nreplicates: 2\n", 2, 5, ["no space after the colon"]),
    (
        "open brace",
        "name: trial\npolicy:\n  rates.alpha: {R9: 0.5\nseed: 1\n",
        3,
        16,
        ["{ opened on line 3 is not closed"],
    ),
    (
        "open bracket",
        "name: trial\nbehaviour:\n  habits.by_age: [0.5, 0.7, 0.9\nseed: 1\n",
        3,
        None,
        ["[ opened on line 3 is not closed"],
    ),
    ("open quotation mark", "name: trial\nsource: 'act\nseed: 1\n", 2, 9, ["quotation mark opened on line 2"]),
    ("star as a factor", "name: trial\nlaw:\n  levy.cap_medical: *1.2\n", 3, 21, ["x1.2"]),
    ("percent sign first", "name: trial\npolicy:\n  rates.alpha: %5\n", 3, 16, ["quotes"]),
    ("two documents", "name: trial\n---\nname: trial\n", 2, None, ["more than one document"]),
    ("control character", "name: trial\nsource: a\x07b\n", 2, None, ["control character"]),
    ("a list for a scenario", "- name: trial\n", 1, 1, ["not a scenario"]),
    ("one word", "baseline\n", 1, 1, ["not a scenario"]),
]


def test_there_are_enough_seeded_mistakes() -> None:
    assert len(MISTAKES) >= 60
    assert len({m[0] for m in MISTAKES}) == len(MISTAKES)


@pytest.mark.parametrize(("text", "line", "column", "words"), [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_each_mistake_is_placed_and_explained(
    text: str,
    line: int,
    column: int | None,
    words: list[str],
    p: Parameters,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "name: baseline\n", "baseline")
    with pytest.raises(ScenarioError) as caught:
        load_scenario(write(tmp_path, text), p)
    lines = [row for row in str(caught.value).splitlines() if row.startswith(f"trial.yaml:{line}:")]
    assert lines, f"nothing said of line {line}:\n{caught.value}"
    matching = [row for row in lines if all(word in row for word in words)]
    assert matching, f"{words} not in:\n{caught.value}"
    if column is not None:
        assert matching[0].startswith(f"trial.yaml:{line}:{column}:"), matching[0]


def survives(text: str, path: Path, p: Parameters) -> bool:
    """Return whether a text is a good scenario; a bad one must be answered with placed mistakes."""
    try:
        return parse_scenario(text, path, p).name == "trial"
    except ScenarioError as error:
        lines = str(error).splitlines()
    assert all(line.startswith(str(path)) for line in lines)
    return False


def test_no_text_whatever_brings_the_reader_down(p: Parameters, tmp_path: Path) -> None:
    """Three hundred scenarios with random slips: each is either good or answered with placed mistakes."""
    good = dedent("""\
        name: trial
        description: {ja: 文, en: text}
        horizon: {from: R4, to: R11}
        policy:
          payment.account_share: {all: 0.5, R9: +5pt, 新宿区: {R9: 40%}}
          rates.grant: {2027: 532億円, R10: '650,000円'}
        behaviour:
          habits.by_age: [0.5, 0.7, 0.9]
        """)
    chance = random.Random(20260401)
    signs = [*"{}[]:,#&*!|>'\"%@`-?+x×. \t\n09RHpt円万億ー：　~<", "null", "true", "R9", "---", "1e999", "nan", ".inf"]
    accepted = 0
    for _ in range(300):
        text = good
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(text))
            text = text[:at] + chance.choice(signs) + text[at + chance.randint(0, 3) :]
        accepted += survives(text, tmp_path / "trial.yaml", p)
    assert 0 < accepted < 300


def test_every_mistake_of_a_file_and_its_base_is_told_at_once_from_top_to_bottom(p: Parameters, tmp_path: Path) -> None:
    write(tmp_path, "name: root\npolicy:\n  rates.alfa: 1\n", "root")
    path = write(
        tmp_path,
        dedent("""\
        name: trial
        extends: root
        sed: 3
        policy:
          payment.reminder: pigeon
          rates.alpha: {R9: 7, R99: 0.1}
        """),
    )
    with pytest.raises(ScenarioError) as caught:
        load_scenario(path, p)
    lines = str(caught.value).splitlines()
    assert [re.sub(r".*/", "", x).split(": ")[0] for x in lines] == [
        "trial.yaml:3:1",
        "trial.yaml:5:21",
        "trial.yaml:6:21",
        "trial.yaml:6:24",
        "root.yaml:3:3",
    ]


def test_missing_file_folder_and_wrong_encoding(p: Parameters, tmp_path: Path) -> None:
    write(tmp_path, "name: baseline\n", "baseline")
    with pytest.raises(ScenarioError, match=r"no such file; did you mean '.*baseline.yaml'"):
        load_scenario(tmp_path / "basline.yaml", p)
    with pytest.raises(ScenarioError, match="no such scenario"):
        load_scenario("nothing_of_this_name", p)
    (tmp_path / "folder.yaml").mkdir()
    with pytest.raises(ScenarioError, match="is a folder"):
        load_scenario(tmp_path / "folder.yaml", p)
    (tmp_path / "trial.yaml").write_bytes("name: trial\nsource: 国保\n".encode("shift_jis"))
    with pytest.raises(ScenarioError, match="not UTF-8"):
        load_scenario(tmp_path / "trial.yaml", p)


@pytest.mark.parametrize("text", ["", "# only a comment\n", "\n\n", "---\n"])
def test_empty_file(text: str, p: Parameters, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"empty|not a scenario"):
        load_scenario(write(tmp_path, text), p)


def test_circle_of_three_files(p: Parameters, tmp_path: Path) -> None:
    for name, base in (("a", "b"), ("b", "c"), ("c", "a")):
        write(tmp_path, f"name: {name}\nextends: {base}\n", name)
    with pytest.raises(ScenarioError, match=r"c.yaml:2:10: extends goes round in a circle: a → b → c → a"):
        load_scenario(tmp_path / "a.yaml", p)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("650000", 650_000),
        ("650_000", 650_000),
        ("650,000", 650_000),
        ("650,000円", 650_000),
        ("65万円", 650_000),
        ("65.5万円", 655_000),
        ("0.65百万円", 650_000),
        ("650千円", 650_000),
        ("６５万円", 650_000),
        ("¥650,000", 650_000),
        ("650,000 yen", 650_000),
        ("'650,000円'", 650_000),
        ("65万", 650_000),
        ("1百万5千円", 1_005_000),
        ("6.5e5", 650_000),
        ("+5,000円", 665_000),
        ("-1万円", 650_000),
        ("+10%", 726_000),
        ("x1.1", 726_000),
        ("×1.1", 726_000),
        ("1.1倍", 726_000),
        ("-10%", 594_000),
        ("x0.5", 330_000),
        ("+0.001%", 660_007),
    ],
)
def test_spellings_of_yen(written: str, value: int, p: Parameters, tmp_path: Path) -> None:
    found = effective(
        tmp_path,
        p,
        f'law:\n  levy.cap_medical: {{R8: "{written}"}}\n'
        if '"' not in written and "'" not in written
        else f"law:\n  levy.cap_medical: {written}\n",
        "levy.cap_medical",
        2026,
    )
    assert found == value
    assert type(found) is int


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("532億円", 53_200_000_000),
        ("0.0532兆円", 53_200_000_000),
        ("5億2,000万円", 520_000_000),
        ("+10億円", 54_200_000_000),
    ],
)
def test_spellings_of_large_sums(written: str, value: int, p: Parameters, tmp_path: Path) -> None:
    assert effective(tmp_path, p, f"policy:\n  rates.grant: {written}\n", "rates.grant", 2027) == value


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("91300", 91_300),
        ("91_300", 91_300),
        ("9.13%", 91_300),
        ("９．１３％", 91_300),
        ("+0.5pt", 82_100),
        ("-0.5ポイント", 72_100),
        ("+10%", 84_810),
        ("x1.2", 92_520),
    ],
)
def test_spellings_of_rates_per_million(written: str, value: int, p: Parameters, tmp_path: Path) -> None:
    found = effective(tmp_path, p, f"policy:\n  rates.income_part: {written}\n", "rates.income_part", 2027)
    assert found == value
    assert type(found) is int


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0.5", 0.5),
        ("50%", 0.5),
        ("5割", 0.5),
        ("1", 1.0),
        ("0", 0.0),
        ("+5pt", 0.5),
        ("-5pt", 0.4),
        ("+10%", 0.495),
        ("x1.2", 0.54),
        (".5", 0.5),
        ("5e-1", 0.5),
    ],
)
def test_spellings_of_shares(written: str, value: float, p: Parameters, tmp_path: Path) -> None:
    found = effective(
        tmp_path, p, f"policy:\n  payment.account_share: {{R9: {written}}}\n", "payment.account_share", 2027
    )
    assert found == value
    assert type(found) is float


@pytest.mark.parametrize(("written", "value"), [("91.3", 91.3), ("91.3%", 91.3), ("+2pt", 97.0), ("-10%", 85.5)])
def test_spellings_of_percent(written: str, value: float, p: Parameters, tmp_path: Path) -> None:
    found = effective(tmp_path, p, f"behaviour:\n  habits.dunning_rate: {written}\n", "habits.dunning_rate", 2027)
    assert found == pytest.approx(value)


@pytest.mark.parametrize(
    ("written", "value"),
    [("true", True), ("yes", True), ("on", True), ("はい", True), ("false", False), ("No", False), ("off", False)],
)
def test_spellings_of_flags(written: str, value: bool, p: Parameters, tmp_path: Path) -> None:
    assert effective(tmp_path, p, f"policy:\n  payment.prepayment: {written}\n", "payment.prepayment", 2027) is value


@pytest.mark.parametrize("year", ["R9", "r9", "2027", "FY2027", "令和9年度", "令和9年", "'2027年度'", "R.9", "R09"])
def test_spellings_of_years(year: str, p: Parameters, tmp_path: Path) -> None:
    s = load(tmp_path, p, f"policy:\n  rates.alpha: {{{year}: 0.6}}\nhorizon: {{to: {year}}}\n")
    assert s.horizon.last == 2027
    assert s.overrides(p)["rates.alpha", 2027, None] == 0.6
    assert ("rates.alpha", 2026, None) not in s.overrides(p)


@pytest.mark.parametrize("name", ["新宿区", "Shinjuku", "shinjuku", "13104", "131041", "'13104'"])
def test_spellings_of_municipalities(name: str, p: Parameters, tmp_path: Path) -> None:
    s = load(tmp_path, p, f"policy:\n  payment.account_share: {{{name}: 0.6}}\n")
    q = p.with_overrides(s.overrides(p))
    assert q.value("payment.account_share", 2026, 13104) == 0.6
    assert q.value("payment.account_share", 2026, 13101) == 0.45
    assert (q.by_place("payment.account_share", 2026) == 0.6).sum() == 1


def test_other_values(p: Parameters, tmp_path: Path) -> None:
    assert effective(tmp_path, p, "policy:\n  payment.reminder: voice\n", "payment.reminder", 2030) == "voice"
    assert effective(tmp_path, p, "law:\n  levy.grace_months: 12か月\n", "levy.grace_months", 2030) == 12
    assert effective(tmp_path, p, "behaviour:\n  habits.by_age: [0.4, 60%, 0.8]\n", "habits.by_age", 2030) == [
        0.4,
        0.6,
        0.8,
    ]
    assert effective(tmp_path, p, "behaviour:\n  habits.by_age: -10pt\n", "habits.by_age", 2030) == [0.4, 0.6, 0.8]
    assert effective(tmp_path, p, "policy:\n  rates.growth: -0.01\n", "rates.growth", 2030) == -0.01


def test_a_policy_may_change_law_and_behaviour(p: Parameters, tmp_path: Path) -> None:
    assert effective(tmp_path, p, "policy:\n  levy.cap_medical: {R8: 70万円}\n", "levy.cap_medical", 2026) == 700_000
    assert effective(tmp_path, p, "policy:\n  habits.dunning_rate: {R8: 90}\n", "habits.dunning_rate", 2027) == 90.0


def test_a_dated_value_holds_until_the_next_one(p: Parameters, tmp_path: Path) -> None:
    q = p.with_overrides(load(tmp_path, p, "policy:\n  rates.alpha: {R11: 0.2, R8: 0.6}\n").overrides(p))
    assert [q.value("rates.alpha", y) for y in (2024, 2025, 2026, 2027, 2028, 2029, 2035)] == [
        0.83,
        0.67,
        0.6,
        0.6,
        0.6,
        0.2,
        0.2,
    ]


def test_a_relative_change_moves_every_year_from_its_own_value(p: Parameters, tmp_path: Path) -> None:
    q = p.with_overrides(load(tmp_path, p, "policy:\n  rates.alpha: {R8: +5pt, R10: -7pt, R11: +1pt}\n").overrides(p))
    assert [q.value("rates.alpha", y) for y in (2025, 2026, 2027, 2028, 2029)] == [0.67, 0.55, 0.38, 0.1, 0.01]


def test_a_value_without_a_year_holds_always_and_is_remarked_on(p: Parameters, tmp_path: Path) -> None:
    s = load(tmp_path, p, "policy:\n  rates.alpha: 0.6\n")
    q = p.with_overrides(s.overrides(p))
    assert {q.value("rates.alpha", y) for y in range(2018, 2036)} == {0.6}
    assert len(s.remarks()) == 1
    assert "R4 included" in s.remarks()[0]


def test_all_with_exceptions_by_year_and_municipality(p: Parameters, tmp_path: Path) -> None:
    s = load(tmp_path, p, "policy:\n  payment.account_share: {all: 0.5, R10: 0.55, 新宿区: {R8: 0.6}, 立川市: +2pt}\n")
    q = p.with_overrides(s.overrides(p))
    assert [q.value("payment.account_share", y, 13101) for y in (2025, 2027, 2028)] == [0.5, 0.5, 0.55]
    assert [q.value("payment.account_share", y, 13104) for y in (2025, 2026, 2035)] == [0.5, 0.6, 0.6]
    assert [q.value("payment.account_share", y, 13202) for y in (2025, 2027, 2028)] == [0.52, 0.52, 0.57]


def test_extends_layers_horizon_seed_and_changes(p: Parameters, tmp_path: Path) -> None:
    write(
        tmp_path,
        dedent("""\
        name: root
        horizon: {to: R12}
        population: {sample: 10}
        seed: 7
        policy:
          rates.alpha: {R8: 0.6}
          payment.account_share: {新宿区: 0.6, 立川市: 0.3}
        """),
        "root",
    )
    s = load(
        tmp_path,
        p,
        """\
        extends: root
        seed: 8
        policy:
          rates.alpha: {R10: +10pt}
          payment.account_share: {R9: 0.5}
        """,
    )
    assert (s.horizon.last, s.population.sample, s.seed, s.chain) == (2030, 10, 8, ("root", "trial"))
    q = p.with_overrides(s.overrides(p))
    assert [q.value("rates.alpha", y) for y in (2025, 2026, 2027, 2028)] == [0.67, 0.6, 0.6, 0.7]
    assert [q.value("payment.account_share", y, 13104) for y in (2026, 2027)] == [0.6, 0.5]


def test_a_change_for_all_moves_the_municipalities_of_the_base_too(p: Parameters, tmp_path: Path) -> None:
    write(tmp_path, "name: root\npolicy:\n  payment.account_share: {新宿区: 0.6}\n", "root")
    s = load(tmp_path, p, "extends: root\npolicy:\n  payment.account_share: {R9: +5pt}\n")
    q = p.with_overrides(s.overrides(p))
    assert q.value("payment.account_share", 2027, 13104) == 0.65
    assert q.value("payment.account_share", 2027, 13101) == 0.5


def test_extends_by_path_and_from_the_folder_scenarios(p: Parameters, tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "other").mkdir()
    write(tmp_path / "scenarios", "name: root\nseed: 3\n", "root")
    write(tmp_path / "other", "name: far\nseed: 4\n", "far")
    assert load(tmp_path, p, "extends: root\n").seed == 3
    assert load(tmp_path, p, "extends: other/far.yaml\n").seed == 4


def test_a_scenario_applied_twice_changes_nothing(p: Parameters, tmp_path: Path) -> None:
    s = load(tmp_path, p, "policy:\n  rates.alpha: {R8: +5pt}\n")
    once = p.with_overrides(s.overrides(p))
    assert s.overrides(once) == s.overrides(p)


def test_resolved_names_every_value_and_where_it_came_from(p: Parameters, tmp_path: Path) -> None:
    s = load(
        tmp_path,
        p,
        "horizon: {to: R11}\npolicy:\n  rates.alpha: {R9: 0.4}\n  payment.account_share: {新宿区: {R10: 0.6}}\n",
    )
    r = s.resolved(p)
    json.dumps(r)
    assert set(r["parameters"]) == set(p.passports)
    assert r["parameters"]["rates.alpha"] == [
        {"from": 2024, "to": 2024, "value": 0.83, "origin": "register"},
        {"from": 2025, "to": 2025, "value": 0.67, "origin": "register"},
        {"from": 2026, "to": 2026, "value": 0.5, "origin": "register"},
        {"from": 2027, "to": 2029, "value": 0.4, "origin": "scenario"},
    ]
    assert r["parameters"]["levy.cap_medical"][-1] == {"from": 2027, "to": 2029, "value": 660_000, "origin": "expected"}
    assert {"from": 2028, "to": 2029, "value": 0.6, "origin": "scenario", "municipality": 13104} in r["parameters"][
        "payment.account_share"
    ]
    assert [c["written"] for c in r["changes"]] == ["0.4", "0.6"]
    assert r["horizon"] == {"from": 2022, "to": 2029}


def test_as_written_and_texts(p: Parameters, tmp_path: Path) -> None:
    s = load(
        tmp_path,
        p,
        """\
        description: {ja: 文, en: text}
        expectation: one for both
        source: act
        policy:
          rates.alpha: {R9: +5pt}
          payment.account_share: {all: 0.5, 新宿区: {R9: 0.6}}
        """,
    )
    assert s.policy == {"rates.alpha": {2027: "+5pt"}, "payment.account_share": {"all": "0.5", 13104: {2027: "0.6"}}}
    assert dict(s.description) == {"ja": "文", "en": "text"}
    assert s.expectation.in_language("ja") == "one for both"
    with pytest.raises(ValueError, match="frozen"):
        s.seed = 1  # type: ignore[misc]


def test_byte_order_mark_windows_lines_and_comments(p: Parameters, tmp_path: Path) -> None:
    path = tmp_path / "trial.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + "# 国保\r\nname: trial\r\npolicy:\r\n  rates.alpha: 0.5 # half\r\n".encode())
    assert load_scenario(path, p).overrides(p)["rates.alpha", 2030, None] == 0.5


def test_template_is_a_good_scenario_with_and_without_its_comments(p: Parameters, tmp_path: Path) -> None:
    write(tmp_path, "name: baseline\n", "baseline")
    text = scenario_template("trial", "baseline", p)
    assert load_scenario(write(tmp_path, text), p).overrides(p) == {}
    for key in p.passports:
        assert f"  # {key}: " in text
    live = re.sub(r"^  # ([a-z_]+\.[a-z_]+: .*)$", r"  \1", text, flags=re.MULTILINE)
    s = load_scenario(write(tmp_path, live), p)
    assert {k for k, _, _ in s.overrides(p)} == set(p.passports)


def test_parse_scenario_reads_a_text_that_is_no_file(p: Parameters, tmp_path: Path) -> None:
    s = parse_scenario("name: trial\nseed: 5\n", tmp_path / "trial.yaml", p)
    assert s.seed == 5
    with pytest.raises(ScenarioError, match=r"trial.yaml:2:1: unknown key 'sed'"):
        parse_scenario("name: trial\nsed: 5\n", tmp_path / "trial.yaml", p)


SHIPPED = [
    "deficits_on_schedule",
    "rates_by_area",
    "shinjuku_income_heavier",
    "shinjuku_heads_heavier",
    "baseline",
    "no_change",
    "alpha_faster",
    "alpha_frozen",
    "alpha_slower",
    "complete_unification",
    "no_easing",
    "deficits_gone",
    "frozen_rates",
    "collection_drive",
    "immigration_link",
    "multilingual_notices",
    "collection_guidance",
    "coverage_early",
    "youth_relief_off",
    "standard_cost_grant",
    "health_programme",
    "health_checks",
    "kidney_prevention",
    "generics",
    "duplicate_drugs",
    "receipts_review",
    "third_party_claims",
    "elderly_health",
    "duplicate_tests",
    "cost_shock",
    "high_growth",
    "account_transfer",
    "reminders",
    "enforcement",
    "cashless",
    "more_instalments",
    "prepayment",
    "relief_programme",
    "collection_stalls",
    "feedback_off",
    "members_low",
    "members_high",
    "kanagawa_alpha_half",
    "kanagawa_alpha_linear",
]
FOLDER = Path(__file__).parents[2] / "scenarios"
AS_THE_BASELINE = {"kanagawa_alpha_linear"}
"""gives what its region's baseline assumes a name, beside another assumption"""


def test_every_scenario_of_the_list_ships() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(SHIPPED)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_shipped_scenario_says_what_it_is_and_changes_something(name: str) -> None:
    s = load_scenario(FOLDER / f"{name}.yaml")
    real = Parameters.load(s.region)
    assert s.description.ja
    assert s.description.en
    assert s.description.ja != s.description.en
    assert s.expectation.ja
    assert s.expectation.en
    assert s.source
    assert all(source in real.sources for source in s.source.split(";"))
    assert s.remarks() == []
    changed = real.with_overrides(s.overrides(real))
    keys = {(c.key, c.code) for _, c in s.changes()}
    assert bool(keys) == (name not in {"baseline", *AS_THE_BASELINE})
    for key, code in keys:
        assert any(changed.value(key, y, code) != real.value(key, y, code) for y in s.horizon.years()), key


def test_the_schema_beside_the_scenarios_is_in_step() -> None:
    shipped = (FOLDER / "schema.json").read_text(encoding="utf-8")
    assert shipped == schema_text(Parameters.load()), "run: kokuho schema --out scenarios/schema.json"


def test_the_schema_accepts_what_ships_and_refuses_mistakes() -> None:
    from jsonschema import Draft202012Validator
    from ruamel.yaml import YAML

    schema = json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for name in SHIPPED:
        text = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
        assert text.startswith("# yaml-language-server: $schema=schema.json\n"), name
        assert not list(validator.iter_errors(YAML(typ="safe", pure=True).load(text))), name
    for wrong in (
        {"extends": "baseline"},
        {"name": "x", "polcy": {}},
        {"name": "x", "policy": {"rates.alhpa": 0.3}},
        {"name": "x", "policy": {"rates.alpha": 1.3}},
        {"name": "x", "policy": {"rates.alpha": {"R9-R11": 0.3}}},
        {"name": "x", "seed": -1},
    ):
        assert list(validator.iter_errors(wrong)), wrong


def test_schema_completes_and_checks_keys(p: Parameters) -> None:
    schema = scenario_schema(p)
    json.dumps(schema)
    policy = schema["properties"]["policy"]
    assert policy["additionalProperties"] is False
    assert set(policy["properties"]) == set(p.passports), "a policy may change anything"
    law = schema["properties"]["law"]["properties"]
    assert set(law) == {k for k in p.passports if p.section(k) == "law"}
    alpha = schema["$defs"]["rates.alpha"]
    assert policy["properties"]["rates.alpha"] == {"$ref": "#/$defs/rates.alpha"}
    assert alpha["anyOf"][0] == {"type": "number", "minimum": 0, "maximum": 1}
    assert "反映係数" in alpha["description"]
    share = schema["$defs"]["payment.account_share"]["anyOf"][-1]
    assert share["propertyNames"] == {"$ref": "#/$defs/year_or_municipality"}
    assert {"新宿区", "Shinjuku", "13104", "all"} <= set(schema["$defs"]["year_or_municipality"]["anyOf"][1]["enum"])
    year = schema["$defs"]["year"]["pattern"]
    assert all(re.match(year, y) for y in ("R9", "2027", "FY2027", "令和9年度"))
    assert not re.match(year, "R9-R11")
