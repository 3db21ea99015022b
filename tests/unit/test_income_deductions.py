"""Income that a municipality's ordinance leaves out for children (条例による所得控除), from data of the region."""

from __future__ import annotations

import numpy as np
import pytest

import sim
from sim.engine import api
from sim.mechanisms.levy.law import income_deductions
from sim.parameters import Parameters, regions

KAWASAKI, YOKOHAMA = 14130, 14100
PORTIONS = ("medical", "support", "care")


def family(salary: int, children: int) -> dict[str, object]:
    members: list[dict[str, object]] = [{"name": "親", "born": "1980-05-05", "head": True, "salary": salary}]
    members += [{"name": f"子{i}", "born": f"201{i}-01-05"} for i in range(children)]
    return {"members": members}


def relief(salary: int, children: int, place: str = "川崎市") -> dict[str, int]:
    """Return what the deduction takes off a bill by portion, yen."""
    with regions.using("kanagawa"):
        bill = sim.household(family(salary, children), place, "R7")
    rows = [line for line in bill.lines.to_dict("records") if line["rule"] == "条例による所得控除"]
    return {str(line["portion"]): -int(line["amount"]) for line in rows}


def test_the_ordinance_is_data_of_the_municipality() -> None:
    p = Parameters.load("kanagawa")
    found = dict(zip(p.codes(), income_deductions(p, 2025), strict=True))
    assert found.pop(KAWASAKI) == 330_000
    assert not any(found.values())
    assert not income_deductions(p, 2021).any()
    assert not income_deductions(Parameters.load("tokyo"), 2025).any()


def test_each_child_takes_its_part_of_the_income_off_every_portion() -> None:
    """R7: 8.13, 2.71 and 2.63 % of 330,000 yen a child."""
    for children in (1, 2):
        taken = relief(6_000_000, children)
        for portion, rate in zip(PORTIONS, (81_300, 27_100, 26_300), strict=True):
            assert taken[portion] == pytest.approx(330_000 * children * rate / 1e6, abs=1)


def test_no_more_is_left_out_than_is_charged() -> None:
    """A salary of 1,200,000 yen: 1,200,000 - 550,000 - 430,000 = 220,000 yen of base income, two children."""
    assert relief(1_200_000, 2)["medical"] == pytest.approx(220_000 * 81_300 / 1e6, abs=1)
    assert relief(6_000_000, 0) == {}
    assert relief(6_000_000, 2, "横浜市") == {}


def test_income_exempt_for_childbirth_is_not_left_out_again() -> None:
    """Four months of a mother are exempt, eight charged: the deduction finds only what is charged."""
    mother = {"name": "母", "born": "1990-05-05", "head": True, "salary": 1_150_000, "birth": "2025-07-10"}
    child = {"name": "子", "born": "2025-07-10"}
    with regions.using("kanagawa"):
        bill = sim.household({"members": [mother, child]}, "川崎市", "R7")
    assert bill.total >= 0
    taken = bill.lines.query("rule == '条例による所得控除' and portion == 'medical'")["amount"].sum()
    base = 1_150_000 - 550_000 - 430_000
    assert -taken == pytest.approx(base * 8 / 12 * 81_300 / 1e6, abs=2)


def test_a_run_takes_it_off_and_the_prefecture_counts_the_income_whole() -> None:
    """The year's sums: relief in the town alone; capped income, by which the prefecture spreads, is not cut by it."""
    t = api.frames(api.plan("baseline", region="teaching", last=2022), ("municipality_year",))["municipality_year"]
    taken = t.set_index("code")["relief_income_deduction"].astype(np.int64)
    assert taken[99202] > 0
    assert taken.drop(99202).eq(0).all()
