"""kokuho care: a household's file gives what the worked cases of the high-cost benefit give, line by line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import sim
from sim import cli
from sim.core.errors import InputError

EXAMPLE = Path(__file__).parents[2] / "docs" / "care.yaml"
YOUNG = {"name": "太郎", "born": "1980-05-10"}
OLD = {"name": "花子", "born": "1953-09-10"}


def household(*receipts: dict[str, Any], **top: Any) -> dict[str, Any]:
    rows = [{"person": "太郎", "hospital": "A", "inpatient": True, **r} for r in receipts]
    return {"members": [YOUNG, OLD], "receipts": rows, **({"class": "ウ"} | top)}


def test_a_stay_of_a_million_yen_on_both_sides_of_august() -> None:
    """The published example: 80,100 + (1,000,000 - 267,000) x 1 % = 87,430; from August R8 85,800 and 286,000."""
    care = sim.care(household({"month": "2026-07", "cost": 1_000_000}, {"month": "2026-08", "cost": "100万円"}))
    assert care.months["paid"].tolist() == [87_430, 92_940]
    assert care.months["counter"].tolist() == [300_000, 300_000]
    assert "300,000 - (80,100 + (1,000,000 - 267,000) × 1%): -212,570円" in care.text()


def test_receipts_below_21000_yen_are_not_added_up_and_those_of_one_hospital_are_one() -> None:
    one = sim.care(
        household({"month": "2026-05", "cost": 1_000_000}, {"month": "2026-05", "hospital": "B", "cost": 60_000})
    )
    assert one.months["paid"].tolist() == [87_430 + 18_000]
    assert "21,000円未満のため合算の対象外" in one.text()
    pharmacy = {"month": "2026-05", "hospital": "B", "inpatient": False, "cost": 40_000}
    both = sim.care(household({"month": "2026-05", "cost": 1_000_000}, pharmacy, pharmacy))
    assert both.months["paid"].tolist() == [80_100 + (1_080_000 - 267_000) // 100]


def test_the_fourth_month_and_the_annual_ceiling() -> None:
    """Class エ, a year in hospital from August R8: 61,500 x 3 + 44,400 x 9 = 584,100; ceiling of the year 530,000."""
    care = sim.care(household({"month": "2026-08..2027-07", "cost": 1_000_000}, **{"class": "エ1"}))
    assert care.months["paid"].tolist() == [61_500] * 3 + [44_400] * 9
    assert care.refunds == (("2027-07", 0, 54_100),)
    assert care.paid == 530_000
    assert care.lines["amount"][care.lines["kind"] == "refund"].tolist() == [-54_100]
    assert "多数回該当" in care.text()


def test_each_annual_account_closes_in_its_july_and_months_before_count_as_fourth() -> None:
    care = sim.care(household({"month": "2026-08..2028-07", "cost": 1_000_000}, **{"class": "エ1"}))
    assert [close for close, _, _ in care.refunds] == ["2027-07", "2028-07"]
    assert care.months["fourth_month"].tolist() == [False] * 3 + [True] * 21


def test_outpatient_care_at_70_to_74_and_its_annual_ceiling() -> None:
    rows = {"month": "2024-08..2025-07", "person": "花子", "inpatient": False, "cost": 100_000}
    care = sim.care(household(rows, class_70="一般"))
    assert care.months["paid"].tolist() == [18_000] * 12
    assert care.refunds == (("2025-07", 72_000, 0),)


def test_the_month_of_the_75th_birthday_has_half_ceilings_and_is_the_last() -> None:
    """Born 10 September 1953: September R10 is the last month, at half of 22,000 and 61,500."""
    clinic = {"month": "2028-09", "person": "花子", "inpatient": False, "cost": 100_000}
    care = sim.care(household(clinic, class_70="一般", **{"class": "ウ3"}))
    assert care.months["halved"].tolist() == [20_000 - 11_000]
    assert "75歳到達月" in care.text()
    with pytest.raises(InputError, match=r"insured by the late-elderly scheme .* the last month .* is 2028-09"):
        sim.care(household({**clinic, "month": "2028-10"}, class_70="一般"))


def test_on_the_first_of_a_month_the_birthday_leaves_no_month_at_half() -> None:
    file = household({"month": "2028-08", "cost": 100_000, "inpatient": False}, class_70="一般", **{"class": "ウ3"})
    file["members"] = [{"name": "太郎", "born": "1953-09-01"}]
    assert sim.care(file).months["halved"].tolist() == [0]
    file["receipts"][0]["month"] = "2028-09"
    with pytest.raises(InputError, match="last month with 国保 is 2028-08"):
        sim.care(file)


@pytest.mark.parametrize(
    ("born", "month", "share"),
    [
        ("2020-04-02", "2026-05", 20),  # starts school in April 2027
        ("2020-04-01", "2026-05", 30),
        ("1956-05-02", "2026-05", 30),  # 70 in May, 20 % from June
        ("1956-05-02", "2026-06", 20),
        ("1956-05-01", "2026-05", 20),
    ],
)
def test_the_counter_share_follows_from_the_date_of_birth(born: str, month: str, share: int) -> None:
    file = household({"month": month, "cost": 10_000}, class_70="一般")
    file["members"] = [{"name": "太郎", "born": born}]
    assert sim.care(file).counter == 100 * share


def test_classes_by_income_by_month_and_by_tax() -> None:
    stay = {"month": "2026-07..2026-08", "cost": 1_000_000}
    changed = sim.care(household(stay, **{"class": {"2025-08": "ウ", "2026-08": "区分イ"}}))
    assert changed.months["paid"].tolist() == [87_430, 179_100 + 4_030]
    by_income = sim.care({**household(stay), "class": None, "base_income": 2_770_000})
    assert by_income.months["class_under_70"].tolist() == ["ウ3", "ウ3"]
    assert by_income.months["paid"].tolist() == [87_430, 92_940]
    nontaxed = sim.care({**household(stay), "class": None, "nontaxed": True})
    assert nontaxed.months["paid"].tolist() == [35_400, 36_900]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"class": "カ"}, "class: 'カ' is no class"),
        ({"class": None}, "give one of class .* the file has none"),
        ({"base_income": 1}, "the file has class and base_income"),
        ({"clas": "ウ"}, "no key 'clas'; did you mean 'class'"),
        ({"class": {"2026-08": "ウ"}}, "class: nothing for 2026-05; begin with an earlier month"),
        ({"members": [{"name": "太郎", "born": "soon"}]}, r"member 1 \(太郎\): born is 'soon'"),
        ({"receipts": [{"month": "May", "person": "太郎", "cost": 1}]}, "receipt 1: month is 'May'"),
        ({"receipts": [{"month": "2026-05", "person": "次郎", "cost": 1}]}, "receipt 1: person is '次郎'"),
        (
            {"receipts": [{"month": "2026-05", "person": "太郎", "cost": "many"}]},
            "receipt 1: cost: 'many' is not a number",
        ),
        ({"receipts": [{"month": "2026-05", "person": "花子", "cost": 1}]}, "class_70: 2026-05: 花子 is 70-74"),
        ({"receipts": [{"month": "2027-08", "person": "太郎", "cost": 1}]}, "class: no class 'ウ' in this month"),
    ],
)
def test_a_mistake_is_one_message(change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        sim.care(household({"month": "2026-05", "cost": 10_000}) | change)
    assert len(str(caught.value).splitlines()) == 1, caught.value


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_the_command_shows_the_example_and_writes_it(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / f"care.{ending}"
    assert cli.main(["care", str(EXAMPLE), "--lang", "ja", "--out", str(out)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("令和8年5月")
    if ending == "json":
        assert sum(m["paid"] for m in json.loads(out.read_text("utf-8"))["months"]) == sim.care(EXAMPLE).paid
    else:
        lines = pd.read_csv(out) if ending == "csv" else pd.read_excel(out)
        assert lines["amount"][lines["kind"] == "paid"].sum() == sim.care(EXAMPLE).paid
    assert cli.main(["care", str(EXAMPLE), "--lang", "en"]) == 0
    assert "counter share" in capsys.readouterr().out
