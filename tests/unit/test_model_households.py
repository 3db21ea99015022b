"""Model households: the simulation's own bill under a run's rates, with the law as its scenario had it."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ruamel.yaml import YAML

from sim import cli
from sim.core.errors import InputError
from sim.explanations.household import bill
from sim.explanations.model_households import SHIPPED, copy_households, model_households, read_households
from sim.institutions.memory import PORTIONS
from sim.parameters import Parameters
from sim.scenario.scenario import load_scenario
from tests.fake_runs import fake_run

WARD_R7 = {
    "medical": (77_100, 47_300, 660_000),
    "support": (26_900, 16_800, 260_000),
    "care": (22_500, 16_600, 170_000),
    "child": (0, 0, 0),
}
"""Unified ward rates of R7: income part per 1,000,000, yen per head, cap."""


def run_folder(
    home: Path,
    name: str = "plain",
    rates: dict[str, tuple[int, int, int]] = WARD_R7,
    asset_part: int = 0,
    **law: Any,
) -> Path:
    """Write a run of R7 with the same rates everywhere, and values of the law that differ from the register."""
    places = Parameters.load().places()
    tariff = pd.DataFrame(
        [
            (2025, code, kind, portion, r[0] * scale, r[1] * scale, 0, 0, r[2])
            for kind, scale in (("actual", 1), ("standard", 2))
            for code in places
            for portion, r in rates.items()
        ],
        columns=[
            *("year", "code", "kind", "portion", "income_part"),
            *("per_head", "per_household", "per_adult", "cap"),
        ],
    ).assign(asset_part=asset_part)
    facts = pd.DataFrame(
        [(2025, code, ja, False, 30 if code == 13382 else 90_000) for code, (ja, _) in places.items()],
        columns=["year", "code", "name", "small", "bill_households"],
    ).assign(
        households_end=lambda t: t["bill_households"],
        members_end=lambda t: t["bill_households"] * 3 // 2,
        bill_medical=lambda t: t["bill_households"] * 100_000,
        collected=lambda t: t["bill_households"] * 90_000,
        **dict.fromkeys(("bill_support", "bill_care", "bill_child", "bill_unknown_address"), 0),
    )
    resolved = load_scenario("baseline").resolved(Parameters.load())
    for key, value in law.items():
        resolved["parameters"][f"levy.{key}"] = [{"from": 2022, "to": 2029, "value": value, "origin": "scenario"}]
    tables = {"rates": tariff, "municipality_year": facts}
    return fake_run(home, name, tables=tables, resolved=resolved, horizon={"from": 2025, "to": 2025}).path


def one(table: pd.DataFrame, household: str, place: str = "新宿区") -> pd.Series:
    rows = table[(table["household"] == household) & (table["name"] == place)]
    assert len(rows) == 1
    return rows.iloc[0]


def test_a_bill_worked_out_by_hand(tmp_path: Path) -> None:
    """Salary 2,000,000: income 1,320,000, less 430,000 is 890,000; 7.71 % + 47,300 and 2.69 % + 16,800."""
    row = one(model_households(run_folder(tmp_path)), "single_worker")
    assert (row["medical"], row["support"], row["care"]) == (68_619 + 47_300, 23_941 + 16_800, 0)
    assert row["bill"] == 156_660
    assert row["burden"] == pytest.approx(0.07833)
    assert not row["small"]


def test_every_bill_is_that_of_the_household_calculator(tmp_path: Path) -> None:
    table = model_households(run_folder(tmp_path), municipality="新宿区")
    for household in read_households():
        members = [dict(m) for m in household.members]
        for m in members:
            m["born"] = datetime.date(2025 - m.pop("age"), 4, 2)
        known = bill({"members": members}, "新宿区", 2025)
        row = one(table, household.name)
        assert {p: row[p] for p in PORTIONS} == known.portions, household.name
        assert row["relief"] == known.relief
    assert set(table["relief"]) == {0, 5, 7}


def test_fixed_asset_tax_counts_where_a_run_levies_an_asset_part(tmp_path: Path) -> None:
    """An asset part of 20 % in three portions on 60,000 yen of tax; nothing without an asset part."""
    file = tmp_path / "owner.yaml"
    member = "{age: 50, head: true, salary: 200万円, asset_tax: 60_000}"
    file.write_text(
        f"households: {{owner: {{label: 持家, status: assumed, reason: example, members: [{member}]}}}}",
        encoding="utf-8",
    )
    bills = [
        one(model_households(run_folder(tmp_path, str(part), asset_part=part), file), "owner") for part in (0, 200_000)
    ]
    for portion in ("medical", "support", "care"):
        assert bills[1][portion] - bills[0][portion] == 12_000


def test_taxes_are_cut_to_100_yen_and_small_runs_are_marked(tmp_path: Path) -> None:
    row = one(model_households(run_folder(tmp_path)), "single_worker", "八王子市")
    assert (row["medical"], row["support"]) == (115_900, 40_700)
    assert one(model_households(run_folder(tmp_path, "again")), "single_worker", "御蔵島村")["small"]


def test_the_law_is_that_of_the_run(tmp_path: Path) -> None:
    """A wider 5割 line brings the freelancer's family relief; a base of nothing takes the pensioner's 7割 away."""
    plain = model_households(run_folder(tmp_path))
    wide = model_households(run_folder(tmp_path, "wide", relief_5_per_person=1_500_000))
    none = model_households(run_folder(tmp_path, "none", relief_base=0))
    assert (one(plain, "family_business")["relief"], one(wide, "family_business")["relief"]) == (0, 5)
    assert one(wide, "family_business")["bill"] < one(plain, "family_business")["bill"]
    assert one(plain, "student_from_abroad")["relief"] == 7
    assert one(none, "student_from_abroad")["relief"] < 7


def test_several_runs_stand_side_by_side_under_their_names(tmp_path: Path) -> None:
    dearer = {**WARD_R7, "medical": (87_100, 47_300, 660_000)}
    table = model_households([run_folder(tmp_path), run_folder(tmp_path, "dearer", dearer)])
    a, b = (one(table[table["scenario"] == name], "single_freelance") for name in ("plain", "dearer"))
    assert b["bill"] - a["bill"] == (3_500_000 - 430_000) // 100
    with pytest.raises(InputError, match="is given twice"):
        model_households([tmp_path / "plain", tmp_path / "plain"])


def test_the_shipped_table_can_be_copied_and_edited(tmp_path: Path) -> None:
    copied = copy_households(tmp_path / "mine.yaml")
    assert copied.read_bytes() == SHIPPED.read_bytes()
    text = copied.read_text(encoding="utf-8").replace("salary: 200万円", "salary: 300万円")
    copied.write_text(text, encoding="utf-8")
    row = one(model_households(run_folder(tmp_path), copied), "single_worker")
    assert row["medical"] == (2_020_000 - 430_000) * 771 // 10_000 + 47_300
    with pytest.raises(InputError, match="exists"):
        copy_households(copied)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("households: {a: {members: [{age: 30, head: true}], sorce: x}}", "no key 'sorce'; did you mean 'source'"),
        ("households: {a: {members: []}}", "a: needs 'members:'"),
        ("households: {a: {status: published, members: [{age: 30, head: true}]}}", "needs its 'source:'"),
        ("households: {a: {label: [1], members: [{age: 30, head: true}]}}", "label is"),
        ("families: {}", "needs 'households:'"),
        ("households: {a: {members: [{age: 30}]}}", "a: 0 members have 'head: true'"),
        ("households: {a: {members: [{age: -1, head: true}]}}", "member 1: age is '-1'"),
        ("households: {a: {members: [{age: 3, born: 2020-01-01, head: true}]}}", "both age and born"),
        ("households: [", "not readable as YAML"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        model_households(run_folder(tmp_path), file)
    assert said in str(caught.value)
    assert "mine.yaml" in str(caught.value)


def test_every_shipped_household_says_why_in_both_languages() -> None:
    raw = YAML(typ="safe").load(SHIPPED.read_text(encoding="utf-8"))["households"]
    assert len(raw) >= 8
    for name, entry in raw.items():
        assert set(entry["label"]) == {"ja", "en"}, name
        assert entry["status"] in ("assumed", "published"), name
        assert entry.get("reason") or entry.get("source"), name


def test_the_command_prints_and_writes_what_the_table_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = [str(run_folder(tmp_path)), str(run_folder(tmp_path, "dearer", {**WARD_R7, "medical": (87_100, 0, 1)}))]
    out = tmp_path / "bills.csv"
    assert cli.main(["models", *runs, "-m", "Shinjuku", "--lang", "en", "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert "156,660" in shown
    assert "-115,918" in shown
    written = pd.read_csv(out)
    assert len(written) == 2 * len(read_households())
    assert one(written[written["scenario"] == "plain"], "single_worker")["bill"] == 156_660
    assert cli.main(["models", runs[0], "--lang", "ja"]) == 0
    spread = capsys.readouterr().out
    assert "R7" in spread
    assert "1市区町村を除く" in spread
    for wrong in (["models"], ["models", runs[0], "-y", "R11"], ["models", runs[0], "--out", "x.txt"]):
        assert cli.main(wrong) == 2
