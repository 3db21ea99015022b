"""Are bills paid when the ordinance says? Months and yen of instalments, corrections, deductions from the pension."""

from __future__ import annotations

from typing import Any

import pytest

from sim.core.units import april
from sim.explanations.household import bill
from sim.parameters import Parameters

P = Parameters.load()
TAX = {
    "form": "tax",
    "instalments": 8,
    "medical": {"income_part": "6%", "per_head": 20_000},
    "support": {"per_head": 4_000},
}


def paid(members: list[dict[str, Any]], rates: dict[str, Any] | None = None, **more: Any) -> tuple[list[Any], int, int]:
    """Return (month of the fiscal year, yen, by) of each instalment, what is paid back, and the bill."""
    found = bill({"members": members, **({"rates": rates} if rates else {}), **more}, "港区", "R7", parameters=P)
    return (
        [(i.month - april(2025), i.yen, i.by) for i in found.schedule.instalments],
        found.schedule.refund,
        found.total,
    )


def person(**more: Any) -> dict[str, Any]:
    return {"name": "太郎", "head": True, "born": "1990-05-10", "salary": 4_000_000, **more}


def test_a_whole_year_is_paid_from_june_to_march() -> None:
    dues, refund, total = paid([person()])
    assert (total, refund) == (306_420, 0)
    assert dues == [(2, 30_660, "slip")] + [(m, 30_640, "slip") for m in range(3, 12)]


def test_a_tax_is_paid_from_july_in_thousands() -> None:
    dues, _, total = paid([person()], TAX)
    assert total == 163_800
    assert dues == [(3, 23_800, "slip")] + [(m, 20_000, "slip") for m in range(4, 11)]


def test_who_joins_in_october_pays_from_november() -> None:
    dues, _, total = paid([person(insured={"joined": "2025-10-05"})])
    assert total == 153_209
    assert dues == [(7, 30_649, "slip")] + [(m, 30_640, "slip") for m in range(8, 12)]


def test_who_joins_in_march_pays_in_april() -> None:
    dues, _, total = paid([person(insured={"from": "2026-03"})])
    assert dues == [(12, total, "slip")]


def test_a_late_report_moves_the_first_instalment() -> None:
    dues, _, total = paid([person(insured={"joined": "2025-10-05"})], reported="2026-01")
    assert [m for m, _, _ in dues] == [10, 11]
    assert sum(yen for _, yen, _ in dues) == total


def test_who_leaves_in_summer_pays_less_in_the_months_left() -> None:
    dues, refund, total = paid([person(insured={"left": "2025-07-10"})])  # charged April to June
    assert (total, refund) == (76_604, 0)
    due = [(2, 30_660, "slip"), (3, 30_640, "slip")]  # as first billed; 15,304 yen are left
    assert dues == [*due, (4, 1_934, "slip")] + [(m, 1_910, "slip") for m in range(5, 12)]


def test_who_leaves_in_winter_gets_money_back() -> None:
    dues, refund, total = paid([person(insured={"left": "2026-02-20"})])  # charged April to January
    assert dues == [(2, 30_660, "slip")] + [(m, 30_640, "slip") for m in range(3, 11)]
    assert (total, refund) == (255_349, 275_780 - 255_349)


def test_somebody_who_joins_later_is_spread_over_the_months_left() -> None:
    other = {"name": "花子", "born": "1992-05-10", "insured": {"joined": "2025-12-03"}}
    dues, _, total = paid([person(), other])
    assert dues[:7] == [(2, 30_660, "slip")] + [(m, 30_640, "slip") for m in range(3, 9)]
    rest = total - sum(yen for _, yen, _ in dues[:7])
    assert [m for m, _, _ in dues[7:]] == [9, 10, 11]
    assert dues[7][1] == rest - 2 * (rest // 3 // 10 * 10)


def test_the_75th_birthday_is_known_from_the_start() -> None:
    dues, refund, total = paid([person(born="1950-11-20", salary=0, business=3_000_000)])
    assert (len(dues), refund, sum(yen for _, yen, _ in dues)) == (10, 0, total)


ELDER = {"name": "太郎", "head": True, "born": "1957-05-10", "pension": 2_400_000}


def test_the_pension_pays_six_times_the_first_three_as_last_february() -> None:
    dues, _, total = paid([ELDER], from_pension={"care_premium": 80_000, "february": 12_000})
    rest = total - 36_000
    each = rest // 3 // 100 * 100
    assert dues[:3] == [(0, 12_000, "pension"), (2, 12_000, "pension"), (4, 12_000, "pension")]
    assert dues[3:] == [(6, rest - 2 * each, "pension"), (8, each, "pension"), (10, each, "pension")]


def test_the_first_year_begins_in_october() -> None:
    dues, _, total = paid([ELDER], from_pension=True)
    assert [m for m, _, by in dues if by == "slip"] == [2, 3, 4, 5]
    assert [m for m, _, by in dues if by == "pension"] == [6, 8, 10]
    assert sum(yen for _, yen, by in dues if by == "slip") == total // 2


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ([person()], "not all insured persons are 65 to 74"),
        ([{**ELDER, "born": "1950-11-20"}], "becomes 75 within the year"),
        ([{**ELDER, "pension": 170_000}], "below 180,000"),
        ([{**ELDER, "pension": 200_000, "business": 9_000_000}], "exceed half of the pension"),
        ([{**ELDER, "insurance": "employee"}, {**ELDER, "head": False}], "the head is not insured"),
    ],
)
def test_where_the_law_forbids_the_deduction_the_bill_says_why(members: list[dict[str, Any]], why: str) -> None:
    found = bill({"members": members, "from_pension": True}, "港区", "R7", parameters=P)
    assert why in found.text()
    assert all(i.by == "slip" for i in found.schedule.instalments)


def test_nobody_insured_is_said_in_words() -> None:
    found = bill({"members": [person(insurance="employee")]}, "港区", "R7", parameters=P)
    assert found.total == 0
    assert "軽減" not in found.text()
    assert "国保に加入している月のある人がいません" in found.text()
    assert "nobody is insured" in found.text("en")


def test_two_duties_are_shown_each_with_its_days() -> None:
    back = [{"left": "2025-06-11"}, {"joined": "2025-10-06"}]
    text = bill({"members": [person(insured=back)]}, "港区", "R7", parameters=P).text("en")
    assert "2025-04-01 – 2025-06-10" in text
    assert "2025-10-06 – 2026-03-31" in text
