"""Is the rule the law? Households in, amounts out, with the working an official can follow.

Each step of a case is `name = expression = number`: the expression may use earlier names, ×, ÷, −, % and ⌊…⌋ (cut to
whole yen) or ⌊…⌋百 (cut to 100 yen). The test checks the arithmetic of the steps, then the bill against `expect`.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sim.core.errors import InputError
from sim.explanations.household import Bill, bill
from sim.parameters import Parameters

HERE = Path(__file__).parent
PORTIONS = ("medical", "support", "care", "child")
ALLOWED = {"case", "year", "municipality", "url", "law", "rates", "members", "remission", "steps", "expect", "shows"}


@cache
def parameters() -> Parameters:
    return Parameters.load()


@cache
def cases() -> list[Any]:
    """Return all cases of the folder, as parameters of the test."""
    found = []
    for path in sorted(HERE.glob("*.yaml")):
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        for case in content["cases"]:
            if isinstance(case.get("rates"), str):
                case["rates"] = content["rates"][case["rates"]]
            found.append(pytest.param(case, id=f"{path.stem}: {case['case']}"))
    return found


def evaluate(expression: str, names: dict[str, Fraction]) -> Fraction:
    """Return the exact value of an expression of a step."""
    text = re.sub(r"⌋百", ")*100", re.sub(r"⌊((?:[^⌊⌋])*)⌋百", r"⌊(\1)/100⌋百", expression))
    text = text.replace("⌊", "cut(").replace("⌋", ")").replace("×", "*").replace("÷", "/").replace("−", "-")
    text = re.sub(r"(?<![\w.])(\d[\d_]*(?:\.\d+)?)(%?)", lambda m: _exact(m[1]) + ("/100" if m[2] else ""), text)
    scope = {"F": Fraction, "cut": lambda x: Fraction(x.numerator // x.denominator), "min": min, "max": max, **names}
    return Fraction(eval(text, {"__builtins__": {}}, scope))


def _exact(number: str) -> str:
    return f'F("{number.replace("_", "")}")'


def check_steps(case: dict[str, Any]) -> None:
    names: dict[str, Fraction] = {}
    for step in case["steps"]:
        name, expression, number = (part.strip() for part in step.split("="))
        value = evaluate(expression, names)
        assert value == Fraction(number.replace("_", "")), f"{case['case']}: {step}: makes {value}"
        names[name] = value


_BILLED: dict[int, Bill] = {}


def billed(case: dict[str, Any]) -> Bill:
    """Return the bill of a case, worked out once."""
    if id(case) not in _BILLED:
        _BILLED[id(case)] = _bill(case)
    return _BILLED[id(case)]


def _bill(case: dict[str, Any]) -> Bill:
    family = {k: case[k] for k in ("members", "rates", "remission") if k in case}
    return bill(family, case["municipality"], case["year"], parameters=parameters())


@pytest.mark.parametrize("case", cases())
def test_case(case: dict[str, Any]) -> None:
    assert not set(case) - ALLOWED, set(case) - ALLOWED
    check_steps(case)
    found, expect = billed(case), case["expect"]
    assert {p: found.portions[p] for p in PORTIONS} == {p: expect.get(p, 0) for p in PORTIONS}
    assert found.total == expect["total"]
    assert found.relief == expect.get("relief", found.relief)
    if "instalments" in expect:
        assert found.instalments == expect["instalments"]
    lines = found.lines
    for portion in PORTIONS:
        rows = lines[(lines["portion"] == portion) & lines["kind"].isin(["charge", "relief", "cap", "rounding"])]
        assert rows["amount"].sum() == found.portions[portion]
    for name, base in expect.get("base", {}).items():
        rows = lines[(lines["person"] == name) & (lines["rule"] == "旧ただし書き所得")]
        assert rows["amount"].sum() == base, name


def test_there_are_enough_cases_of_every_kind() -> None:
    all_cases = [c.values[0] for c in cases()]
    assert len(all_cases) >= 60
    assert {c["year"] for c in all_cases} >= {"R4", "R5", "R6", "R7", "R8"}
    assert {billed(c).form for c in all_cases} == {"premium", "tax"}
    assert {billed(c).relief for c in all_cases} == {0, 2, 5, 7}


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"salry": 1}, "did you mean 'salary'"),
        ({"born": "1975-13-01"}, "write a date, for example"),
        ({"salary": "たくさん"}, "is not a number"),
        ({"salary": -5}, "0–100,000,000,000"),
        ({"head": False}, "exactly one person is head"),
        ({"insured": {"from": "2026-05"}}, "months within R7"),
        ({"asset_tax": {"machines": 1}}, "depreciable assets"),
        ({"insurance": "kyokai"}, "one of kokuho"),
        ({"former_member": True}, "late-elderly scheme only"),
        ({"former_member": {"since": 2021}, "insurance": "late_elderly"}, "{from: 2021-09, to: 2025-10-03}"),
        ({"born": "1949-05-10", "insurance": "kokuho"}, "国保 insures nobody of this age; from 2024-05-10"),
        ({"born": "1949-05-10", "insured": True}, "the late-elderly scheme does"),
        ({"insured": {"to": "2025-07-15"}}, "the last month insured, or the day as left: 2026-01-20"),
        ({"insured": {"joined": "2025-05-01", "from": "2025-05"}}, "true, false, {from: 2025-10"),
        ({"insured": [{"to": "2025-08"}, {"from": "2025-07"}]}, "spans that do not overlap"),
        ({"loss_carried_forward": 5, "loss_in_relief_test": 6}, "never more than loss_carried_forward"),
        ({"family_pay_received": 10}, "part of the salary"),
    ],
)
def test_mistakes_in_a_family_are_explained(change: dict[str, Any], hint: str) -> None:
    member = {"name": "太郎", "head": True, "born": "1975-06-03", **change}
    with pytest.raises(InputError, match=re.escape(hint)):
        bill({"members": [member]}, "新宿区", "R7", parameters=parameters())


def test_where_no_rate_is_known_for_the_year_the_bill_says_what_it_rests_on() -> None:
    """The calculator answered for 0 of 62 municipalities in R8."""
    family = {"members": [{"name": "太郎", "head": True, "born": "1975-06-03"}]}
    found = bill(family, "新宿区", "R8", parameters=parameters())
    assert found.text().splitlines()[0].startswith("料率の根拠：")
    assert found.bases["medical"].kind == "carried"
    assert "care" in bill(family, "世田谷区", "R5", parameters=parameters()).bases
    with pytest.raises(InputError, match="did you mean '新宿区'"):
        bill(family, "新宿く", "R7", parameters=parameters())


def test_bill_speaks_both_languages() -> None:
    family = {"members": [{"name": "太郎", "head": True, "born": "1975-06-03", "salary": "400万円"}]}
    found = bill(family, "Shinjuku", "R7", parameters=parameters())
    assert "所得割 = 2,330,000 × 7.71%: 179,643円" in found.text("ja")
    assert "income part = 2,330,000 × 7.71%: 179,643 yen" in found.text("en")
    unsourced = found.lines[found.lines["source"] == ""]
    assert set(unsourced["kind"]) <= {"bill"}


CHILD_R8 = {"medical": {}, "support": {}, "care": {}, "child": {"per_head": 1_776, "per_adult": 86}}
COUPLE = [{"name": "太郎", "head": True, "born": "1990-05-10"}, {"name": "花子", "born": "1992-05-10"}]
JOBLESS = [
    {
        "name": "太郎",
        "head": True,
        "born": "1963-05-10",
        "salary": 3_000_000,
        "pension": 800_000,
        "job_loss": "2025-03-31",
    }
]
BACK = [
    {**COUPLE[0], "business": 900_000, "insured": [{"left": "2025-06-11"}, {"joined": "2025-10-06"}]},
    {**COUPLE[1], "insured": {"left": "2025-06-11"}},
]


@pytest.mark.parametrize(
    ("key", "year", "members", "rates", "readings"),
    [
        # (1,776 + 86) x 30 % x 2 = 1,117.2; each cut by itself (532 + 25) x 2
        ("levy.child_whole_yen", "R8", COUPLE, CHILD_R8, {False: 1_117, True: 1_114}),
        # base 276,000 (606,000 - 100,000 + 200,000 - 430,000) or 346,000 ((2,020,000 - 100,000) x 30 %)
        (
            "levy.job_loss_before_adjustment",
            "R7",
            JOBLESS,
            {"medical": {"income_part": "10%"}, "support": {}, "care": {}},
            {True: 27_600, False: 34_600},
        ),
        # October on 2割 for one person, or 5割 for the two of 1 April: 12,000 x (2 x 2 x 50 % + 6 x 80 or 50 %) / 12
        (
            "levy.duty_anew",
            "R7",
            BACK,
            {"medical": {"per_head": 12_000}, "support": {}},
            {True: 2_000 + 4_800, False: 2_000 + 3_000},
        ),
    ],
)
def test_both_readings_of_what_the_law_leaves_open(
    key: str, year: str, members: list[Any], rates: dict[str, Any], readings: dict[bool, int]
) -> None:
    for reading, total in readings.items():
        p = parameters().with_overrides({(key, None, None): reading})
        assert bill({"members": members, "rates": rates}, "名無市", year, parameters=p).total == total, reading
