"""Contribution and standard rates from a prefecture's own figures: the Python door, the command, bad input."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim import cli
from sim.core.errors import InputError
from sim.engine.loop import run_step
from sim.explanations.contribution.fields import COLUMNS, SETTINGS
from sim.explanations.contribution.template import write_template
from sim.mechanisms.finance import SETTLE
from sim.mechanisms.rates import CONTRIBUTE, DECIDE, opening_rates
from sim.mechanisms.rates.contribution import FOUR_PART, cost_index
from sim.mechanisms.rates.state import Chains
from tests.tokyo_facts import fill, tokyo

CASE = Path(__file__).parents[1] / "cases" / "contribution"
Inputs = dict[str, Any]


def example() -> Inputs:
    """Two municipalities, medical and support portion, in English keys."""
    return {
        "prefecture": {
            "name": "Test",
            "places": 2,
            "insured_total": {"medical": 5000},
            "need": {"medical": 900_000_000, "support": 170_000_000},
            "alpha": 0.5,
            "beta": {"medical": 0.95, "support": "0.96"},
            "method": "3方式",
        },
        "municipalities": [
            {
                "name": "A",
                "insured": 3000,
                "households": 2000,
                "income_medical": 1_900_000_000,
                "income_support": 1_950_000_000,
                "index": 1.02,
                "collection": 0.94,
                "review_fees": 4_000_000,
                "high_cost": 9_000_000,
                "adults": 2800,
            },
            {
                "name": "B",
                "insured": "2,000",
                "households": 1400,
                "income_medical": "1100000000円",
                "income_support": 1_150_000_000,
                "index": 0.97,
                "collection": "96.5%",
                "review_fees": 3_000_000,
                "high_cost": 5_000_000,
                "adults": 1900,
            },
        ],
    }


def changed(**edits: Any) -> Inputs:
    """Return the example with items (`alpha`) or cells (`B__insured`) replaced; None takes one out."""
    inputs = copy.deepcopy(example())
    for key, value in edits.items():
        place, _, column = key.partition("__")
        target = inputs["prefecture"] if not column else inputs["municipalities"]["AB".index(place)]
        name = column or place
        if value is None:
            del target[name]
        else:
            target[name] = value
    return inputs


def sums(done: Any, portion: str) -> int:
    return int(done.municipalities[portion].sum() + done.chains[portion].easing.sum())


def test_the_synthetic_prefecture_comes_out_to_the_yen() -> None:
    done = sim.contribution(CASE)
    expected = pd.read_csv(CASE / "expected.csv")
    steps = done.steps[done.steps["place"] != "metropolis"].pivot(index="place", columns="symbol", values="value")
    for symbol in ("c", "d", "e", "E", "per_head", "per_household"):
        assert steps[symbol].tolist() == expected[symbol].tolist(), symbol
    assert (steps["income_rate"] / 10_000).tolist() == expected["income_rate"].tolist()
    assert done.municipalities["total"].tolist() == expected["d"].tolist()
    own = done.steps[done.steps["place"] == "metropolis"].set_index("symbol")["value"]
    assert (own["C"], own["beta"], own["gamma"]) == (31_538_000_000, 1.0489247311828, 0.9973335603570)
    whole = done.rates[done.rates["kind"] == "prefecture"].iloc[0]
    assert (whole["income_part"], whole["per_head"]) == (74_979, 46_487)


def test_the_simulation_and_the_door_give_the_same_to_the_yen() -> None:
    """Tokyo's chain of R6, with its step of alpha and its easing, handed in as a prefecture's own figures."""
    w = tokyo(2022)
    opening_rates(w)
    for year in (2022, 2023):
        w.year = year
        fill(w, year)
        for step in (CONTRIBUTE, SETTLE, DECIDE):
            run_step(w, step, year)
    chain = w.ledger(Chains).by_year[2024]
    names = [str(code) for code in w.p.codes()]
    portions = {p: chain.portions[p] for p in ("medical", "support", "care")}
    items = list(chain.requirement.items)
    sign = {"a": 1, "b": -1}
    lines = {
        k: {p: sign[k[0]] * v for p, c in portions.items() if (v := c.lines.get(k))} for k in portions["medical"].lines
    }
    for burden in ("b9r", "b2t", "b2l"):
        if burden in lines:
            lines[burden] = {p: -v for p, v in lines[burden].items()}
    places = []
    for i, name in enumerate(names):
        place: dict[str, Any] = {
            "name": name,
            "insured": portions["medical"].heads[i],
            "care_insured": portions["care"].heads[i],
            "index": portions["medical"].index[i],
            "collection": portions["medical"].collection[i],
        }
        place |= {f"income_{p}": c.income[i] for p, c in portions.items()}
        place |= {f"個別加算:{k}": chain.requirement.items[k][i] for k in items}
        for p, c in portions.items():
            for k, v in c.revenues.items():
                place[f"{k}_{p}" if k in ("insurer_support", "arrears") else f"減算:{k}"] = v[i]
        place |= {f"加算:{k}": v[i] for k, v in portions["medical"].costs.items()}
        places.append(place)
    pooled = [k for k in items if k not in portions["medical"].items]
    done = sim.contribution(
        {
            "prefecture": {
                **{k: v for k, v in lines.items() if v},
                "alpha": portions["medical"].alpha,
                "alpha_before": 1,
                "easing_share": w.p.value("rates.easing_share", 2024),
                "pooled": "、".join(f"個別加算:{k}" for k in pooled),
                "pooled_before": "なし",
                "beta": {p: c.beta for p, c in portions.items()},
                "method": 2,
            },
            "municipalities": places,
        }
    )
    assert portions["medical"].easing.any()
    for p, c in portions.items():
        for quantity in ("base", "easing", "levy", "required", "assessed", "income_part", "per_head"):
            assert getattr(done.chains[p], quantity).tolist() == getattr(c, quantity).tolist(), (p, quantity)
        assert done.chains[p].gamma == c.gamma


def test_the_template_works_as_it_is_and_in_every_form(tmp_path: Path) -> None:
    """Workbook, folder of CSVs, mapping with a frame: the same figures give the same answer."""
    book = write_template(tmp_path / "t.xlsx")
    done = sim.contribution(book)
    assert done.municipalities["name"].tolist() == ["甲市", "乙市", "丙町"]
    for portion, c in done.chains.items():
        assert sums(done, portion) == c.need
    assert not done.notes
    for sheet, name in (("都道府県", "prefecture"), ("市区町村", "municipalities")):
        pd.read_excel(book, sheet_name=sheet, dtype=object).to_csv(
            tmp_path / f"{name}.csv", index=False, encoding="cp932", errors="replace"
        )
    assert sim.contribution(tmp_path).municipalities.equals(done.municipalities)
    sheets = openpyxl.load_workbook(book)
    assert sheets.sheetnames == ["都道府県", "市区町村", "説明"]
    told = {row[1].value for row in sheets["説明"].iter_rows(min_row=2)}
    assert {f.ja for f in (*SETTINGS, *COLUMNS)} <= told


def test_a_yaml_file_reads_like_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(json.dumps(example()).replace('"2,000"', "2000"), encoding="utf-8")
    assert sim.contribution(path).municipalities.equals(sim.contribution(example()).municipalities)
    frame = {**example(), "municipalities": pd.DataFrame(example()["municipalities"])}
    assert sim.contribution(frame).municipalities.equals(sim.contribution(example()).municipalities)


def test_names_of_items_and_columns_are_told_apart() -> None:
    for fields in (SETTINGS, COLUMNS):
        names = [n for f in fields for n in {f.key, f.ja}]
        assert len(names) == len(set(names))


def test_pooled_items_stay_in_the_base() -> None:
    single, pooled = sim.contribution(example()), sim.contribution(changed(pooled="審査支払手数料、high_cost"))
    assert single.chains["medical"].base_total == 900_000_000 - 7_000_000 + 14_000_000
    assert pooled.chains["medical"].base_total == 900_000_000
    assert sums(pooled, "medical") == sums(single, "medical") == 900_000_000


def test_three_years_of_income_and_of_cost() -> None:
    """Income: mean per insured of three years x insured; index: mean of the yearly ratios."""
    edits: dict[str, Any] = {}
    for place, n in (("A", 3000), ("B", 2000)):
        edits |= {f"{place}__income_medical": None, f"{place}__index": None}
        for y in (1, 2, 3):
            edits[f"{place}__income_medical_{y}"] = 600_000 * (n + 100 * y) * (1 + y)
            edits[f"{place}__insured_{y}"] = n + 100 * y
            edits[f"{place}__cost_{y}"] = 1_000_000 * y + n
            edits[f"{place}__standard_{y}"] = 1_000_000 * y
    c = sim.contribution(changed(**edits)).chains["medical"]
    assert c.income.tolist() == [600_000 * 3 * 3000, 600_000 * 3 * 2000]
    cost = [[1_000_000 * y + n for n in (3000, 2000)] for y in (1, 2, 3)]
    normal = [[1_000_000 * y] * 2 for y in (1, 2, 3)]
    assert c.index == cost_index(cost, normal, [3000, 2000])


def test_four_part_rule_has_an_asset_part() -> None:
    edits = {"A__asset_tax": 80_000_000, "B__asset_tax": 20_000_000, "A__form": "2方式"}
    done = sim.contribution(changed(method="4方式", **edits))
    c = done.chains["medical"]
    assert c.ability[0] == Fraction(4, 5) * Fraction(19, 30) + FOUR_PART.asset * Fraction(4, 5)
    brought = c.income_part * (c.income / 1e6) + c.asset_part * (c.assets / 1e6) + c.per_head * c.heads
    assert brought + c.per_household * c.households == pytest.approx(c.assessed, rel=1e-4)
    own = done.rates.query("kind == 'own' and portion == 'medical'").set_index("name")
    assert own.loc["A", ["asset_part", "per_household"]].tolist() == [0, 0]
    assert own.loc["B", "asset_part"] == round(int(c.assessed[1]) * 0.1 / 20)


def test_own_weights_of_a_municipality() -> None:
    weights = {"A__own_income": 0.6, "A__own_head": "40%"}
    done = sim.contribution(changed(**weights))
    c, own = done.chains["medical"], done.rates.query("kind == 'own' and portion == 'medical' and name == 'A'").iloc[0]
    assert own["per_head"] == round(int(c.assessed[0]) * 0.4 / 3000)


def test_easing_holds_a_share_of_the_rise_where_the_gate_is_open() -> None:
    step = {"alpha": 0, "alpha_before": 1, "easing_share": "75%"}
    done = sim.contribution(changed(**step))
    c = done.chains["medical"]
    rise = np.maximum(c.levy_before_easing - c.levy_old_rules, 0)
    assert rise.any()
    assert c.easing.tolist() == (rise * 3 // 4).tolist()
    shut = {"easing_gate": "前年度比", "A__previous_per_insured": 10**6, "B__previous_per_insured": 10**6}
    assert not sim.contribution(changed(**step, **shut)).chains["medical"].easing.any()


def test_amounts_of_easing_may_be_given() -> None:
    plain, eased = sim.contribution(example()), sim.contribution(changed(B__easing_support=2_000_000))
    assert (plain.municipalities["support"] - eased.municipalities["support"]).tolist() == [0, 2_000_000]
    assert eased.municipalities["easing"].tolist() == [0, 2_000_000]


def test_complete_unification_has_one_rate_and_the_same_sum() -> None:
    done = sim.contribution(changed(alpha=0, unification="完全統一"))
    for c in done.chains.values():
        assert np.ptp(c.income_part) <= 1
        assert np.ptp(c.per_head) <= 1
        assert int(c.levy.sum()) == c.need


def test_childcare_portion_is_reloaded_on_adults() -> None:
    child = {
        "need": {"medical": 900_000_000, "support": 170_000_000, "child": 12_000_000},
        "beta": {"medical": 0.95, "support": 0.96, "child": 0.96},
        "children_relieved": 0.25,
        "A__income_child": 1_950_000_000,
        "B__income_child": 1_150_000_000,
    }
    done = sim.contribution(changed(**child))
    c = done.chains["child"]
    assert c.heads.tolist() == [2800, 1900]
    assert c.per_adult.tolist() == [
        round(int(c.per_head[0]) * 200 * 0.75 / 2800),
        round(int(c.per_head[1]) * 75 / 1900),
    ]
    assert done.rates.query("kind == 'municipal' and portion == 'child'")["per_adult"].tolist() == c.per_adult.tolist()


def test_a_portion_without_need_is_left_out_and_said() -> None:
    done = sim.contribution(changed(need={"medical": 900_000_000}))
    assert list(done.chains) == ["medical"]
    assert done.notes == ("後期高齢者支援金分: no need B on the sheet of the prefecture; the portion is left out",)


@st.composite
def prefectures(draw: st.DrawFn) -> Inputs:
    m = draw(st.integers(1, 8))
    places = []
    for i in range(m):
        n = draw(st.integers(30, 300_000))
        places.append(
            {
                "name": f"M{i}",
                "insured": n,
                "households": max(1, n * 10 // draw(st.integers(11, 25))),
                "income_medical": n * draw(st.integers(200_000, 1_500_000)),
                "index": Fraction(draw(st.integers(700, 1400)), 1000),
                "collection": Fraction(draw(st.integers(700, 1000)), 1000),
                "past_years": draw(st.integers(-100_000, 100_000)),
                "high_cost": draw(st.integers(0, 100_000)),
            }
        )
    insured = sum(p["insured"] for p in places)
    shared = {"alpha": Fraction(draw(st.integers(0, 100)), 100), "alpha_before": 1, "easing_share": 0.75}
    return {
        "prefecture": {
            **shared,
            "need": {"medical": insured * draw(st.integers(60_000, 150_000))},
            "national_income": {"medical": 620_000},
            "method": draw(st.sampled_from([2, 3])),
        },
        "municipalities": places,
    }


@settings(max_examples=40, deadline=None)
@given(prefectures())
def test_contributions_add_up_to_the_need_to_the_yen(inputs: Inputs) -> None:
    done = sim.contribution(inputs)
    assert sums(done, "medical") == inputs["prefecture"]["need"]["medical"]
    c = done.chains["medical"]
    assert int(c.base.sum()) == c.base_total
    by_step = done.steps[done.steps["place"] != "metropolis"].pivot(index="place", columns="symbol", values="value")
    assert (by_step["d_new"] - by_step["ease"] + by_step["pool"] == by_step["d"]).all()
    assert int(by_step["d"].sum()) == int(done.municipalities["medical"].sum())


MISTAKES: dict[str, tuple[Inputs, str]] = {
    "negative": (
        changed(B__insured=-5),
        r"municipalities: row 2, column 被保険者数: -5 is not possible; allowed: a whole",
    ),
    "half a person": (changed(A__insured=1.5), r"row 1, column 被保険者数: 1.5 is not possible"),
    "no number": (
        changed(A__index="high"),
        r"column 年齢調整後医療費指数: 'high' is not a number; allowed: a number above 0",
    ),
    "alpha": (
        changed(alpha=1.2),
        r"prefecture: row 5, 医療費指数反映係数 α, column all: 1.2 is not possible; allowed: 0 to 1",
    ),
    "total": (
        changed(insured_total={"medical": 5100}),
        r"被保険者数の合計 \(medical\): is 5,100, but 被保険者数 of .* adds up to 5,000 \(difference 100\)",
    ),
    "places": (changed(places=3), r"市区町村数: is 3, but .* has 2 rows; a municipality is missing"),
    "lines": (
        changed(a1={"medical": 950_000_000}, b2={"medical": 60_000_000}),
        r"納付金必要額 B \(medical\): is 900,000,000, but its lines add up to 890,000,000",
    ),
    "column": (changed(A__housholds=5), r"row 1: no column 'housholds'; did you mean 'households'\?"),
    "item": (changed(alfa=1), r"no item 'alfa'; did you mean 'alpha'\?"),
    "choice": (changed(method="5方式"), r"算定方式, column all: '5方式'.*allowed: 2, 3, 4"),
    "twice": (changed(B__name="A"), r"row 2 \(A\), column 市区町村名: stands in row 1 already"),
    "no name": (changed(B__name=None), r"row 2, column 市区町村名: is empty"),
    "no figure": (changed(B__households=None), r"row 2 \(B\), column 世帯数: is empty; needed for 平等割 of 医療分"),
    "more adults than insured": (changed(A__adults=3001), r"18歳以上被保険者数: is 3,001, more than 被保険者数 3,000"),
    "collection": (changed(A__collection=0), r"標準的な収納率: is 0; allowed above 0 to 1"),
    "no beta": (changed(beta={"medical": 1}), r"所得係数 β \(support\): give β, or 全国平均所得"),
    "row of sums": (changed(B__name="合計"), r"row 2 \(合計\), column 市区町村名: is a sum, no municipality"),
    "no need": (changed(need=None), r"no portion has a need"),
    "no alpha": (changed(alpha=None), r"α: is empty; allowed 0"),
    "no index": (
        changed(A__index=None),
        r"row 1 \(A\), column 年齢調整後医療費指数: is empty; needed where α is above 0",
    ),
    "weights": (changed(A__own_income=0.5), r"add up to 0.5; they must add up to 1"),
    "asset tax": (changed(A__form=4), r"固定資産税額: is empty or 0, but a part of its own rates"),
    "pooled": (
        changed(pooled="審査手数料"),
        r"no column '審査手数料' of an individual item; did you mean '審査支払手数料'",
    ),
    "scope": (changed(alpha={"support": 1}), r"α is not said by portion; write it under 全体"),
    "said once": (changed(need=5), r"納付金必要額 B is said by portion"),
    "easing": (changed(easing_share=0.75), r"前年度の α: is empty; easing compares"),
    "eased twice": (
        changed(alpha_before=1, easing_share=0.5, A__easing_medical=1),
        r"激変緩和の割合: is given, and 激変緩和額（医療分） of .*keep one",
    ),
    "unified": (changed(unification="complete"), r"α: is 0.5; where rates are unified it is 0"),
    "nobody": (changed(A__insured=0, B__insured=0, insured_total=None, A__adults=0, B__adults=0), r"is 0 throughout"),
    "key": ({**example(), "municipality": []}, r"no key 'municipality'; did you mean 'municipalities'"),
    "no rows": ({**example(), "municipalities": []}, r"municipalities: needs a list"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_place_and_what_is_allowed(name: str) -> None:
    inputs, message = MISTAKES[name]
    with pytest.raises(InputError, match=message):
        sim.contribution(inputs)


def test_all_mistakes_are_told_at_once_up_to_twenty() -> None:
    inputs = changed(B__insured=-5, alpha=7, A__collection="x")
    with pytest.raises(InputError) as told:
        sim.contribution(inputs)
    assert len(str(told.value).splitlines()) == 3
    inputs["municipalities"] *= 15
    with pytest.raises(InputError, match=r"and 11 more$") as told:
        sim.contribution(inputs)
    assert len(str(told.value).splitlines()) == 21


def test_amounts_as_budgets_write_them() -> None:
    plain = sim.contribution(changed(A__past_years=-1_234_000))
    for text in ("△1,234,000", "▲１，２３４，０００円", "-1_234_000", "−1234000"):
        assert sim.contribution(changed(A__past_years=text)).municipalities.equals(plain.municipalities)


def test_commas_out_of_quotes_are_not_read_as_other_columns(tmp_path: Path) -> None:
    """31,000,000,000 in a CSV without quotes was four cells: a need of 31 yen."""
    for name in ("prefecture", "municipalities"):
        text = (CASE / f"{name}.csv").read_text(encoding="utf-8")
        (tmp_path / f"{name}.csv").write_text(text.replace(",31000000000", ",31,000,000,000"), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"prefecture\.csv: row 5: has more cells than there are names of columns \(3\)"
    ):
        sim.contribution(tmp_path)


def _spoiled(path: Path, spoil: Callable[[Any], None]) -> Path:
    book = openpyxl.load_workbook(write_template(path))
    spoil(book)
    book.save(path)
    return path


def test_mistakes_of_a_workbook_name_its_sheet_row_and_column(tmp_path: Path) -> None:
    def negative(book: Any) -> None:
        book["市区町村"]["C3"] = -1

    def without(book: Any) -> None:
        del book["市区町村"]

    def bare(book: Any) -> None:
        book["市区町村"].delete_rows(2, 9)

    for spoil, message in (
        (negative, r"t\.xlsx: sheet 市区町村: row 3, column 被保険者数: -1 is not possible"),
        (without, r"t\.xlsx: needs a sheet 市区町村 \(or municipalities\); it has 都道府県, 説明"),
        (bare, r"sheet 市区町村: is empty"),
    ):
        with pytest.raises(InputError, match=message):
            sim.contribution(_spoiled(tmp_path / "t.xlsx", spoil))
    (tmp_path / "not.xlsx").write_text("a")
    for path, message in (
        (tmp_path / "not.xlsx", "not readable as an Excel workbook"),
        (tmp_path / "absent.xlsx", "no such file or folder"),
        (tmp_path, r"needs prefecture.csv \(or 都道府県.csv\)"),
        (Path(__file__), "give an .xlsx workbook"),
    ):
        with pytest.raises(InputError, match=message):
            sim.contribution(path)


def test_the_command_shows_writes_and_explains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = tmp_path / "inputs.xlsx"
    assert cli.main(["contribution", "--template", str(book)]) == 0
    capsys.readouterr()
    assert cli.main(["contribution", str(book)]) == 0
    shown = capsys.readouterr().out
    assert "甲市" in shown
    assert "算定の手順" not in shown
    assert cli.main(["contribution", str(CASE), "--steps", "--lang", "en"]) == 0
    shown = capsys.readouterr().out
    for text in (
        "D: steps of the medical portion",
        "19,344,679,547",
        "C {1 + alpha (x - 1)}",
        "0.997333560357",
        "7.4915",
    ):
        assert text in shown
    assert cli.main(["contribution", str(book), "-m", "乙市", "--lang", "ja"]) == 0
    shown = capsys.readouterr().out
    assert "乙市 算定の手順" in shown
    assert "甲市 算定の手順" not in shown


def test_the_command_refuses_before_it_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command, message in (
        ([], "give a workbook, a YAML file or a folder"),
        ([str(CASE), "--out", "x.pdf"], "allowed endings: .xlsx, .csv, .json"),
        ([str(CASE), "-m", "E"], "no municipality 'E'"),
        ([str(CASE), "--template", "x.xlsx"], "leave"),
        (["--template", "x.csv"], "ending in .xlsx"),
        ([str(tmp_path / "absent.xlsx")], "no such file"),
    ):
        assert cli.main(["contribution", *command]) == 2, command
        assert message in capsys.readouterr().err, command


def test_the_written_workbook_is_live_and_says_the_same(tmp_path: Path) -> None:
    done = sim.contribution(CASE)
    path = done.write(tmp_path / "out.xlsx")
    live, cached = openpyxl.load_workbook(path), openpyxl.load_workbook(path, data_only=True)
    assert live.sheetnames == ["納付金", "標準保険料率", "A", "B", "C", "D"]
    sheet, values = live["A"], cached["A"]
    formulas = [c for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert len(formulas) >= 4
    for cell in formulas:
        assert _evaluated(str(cell.value), values) == values[cell.coordinate].value, cell.coordinate
    assert [row[4] for row in cached["納付金"].iter_rows(min_row=2, values_only=True)] == done.municipalities[
        "total"
    ].tolist()
    rates = [row[4] for row in cached["標準保険料率"].iter_rows(min_row=2, values_only=True) if row[2] == "市町村標準"]
    assert rates == pd.read_csv(CASE / "expected.csv")["income_rate"].tolist()
    data = json.loads(done.write(tmp_path / "out.json").read_text(encoding="utf-8"))
    assert [m["total"] for m in data["municipalities"]] == done.municipalities["total"].tolist()
    assert len(pd.read_csv(done.write(tmp_path / "out.csv"))) == len(done.steps)
    with pytest.raises(InputError, match="allowed endings"):
        done.write(tmp_path / "out.pdf")


def _evaluated(formula: str, values: Any) -> int:
    division = re.fullmatch(r"=ROUND\(MAX\((\w+),0\)/(\w+),0\)", formula)
    if division:
        need, rate = (values[c].value for c in division.groups())
        return int(max(need, 0) / rate + 0.5)
    return sum((-1 if sign == "-" else 1) * values[c].value for sign, c in re.findall(r"([=+-])(\w+)", formula))


def test_names_excel_does_not_take_are_made_into_sheets(tmp_path: Path) -> None:
    inputs = changed(A__name="納付金", B__name="A/B:[x]" * 6)
    assert openpyxl.load_workbook(sim.contribution(inputs).write(tmp_path / "o.xlsx")).sheetnames[2] == "納付金 2"
