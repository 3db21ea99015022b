"""Is the high-cost benefit the law? Worked cases whose steps a reader can follow with the published ceilings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sim.mechanisms.care.ceilings import MonthBills, Receipt, household_year
from sim.mechanisms.care.law import month_index
from sim.parameters import Parameters

CASES = [
    pytest.param(case, id=f"{path.stem}: {case['name']}")
    for path in sorted((Path(__file__).parent / "ceilings").glob("*.yaml"))
    for case in YAML(typ="safe").load(path.read_text(encoding="utf-8"))
]
_BY_MONTH = {"benefit": "benefit", "outpatient": "outpatient", "elderly_benefit": "elderly", "household": "household",
             "paid": "paid", "fourth": "fourth"}  # fmt: skip


def months(text: str) -> Iterator[str]:
    """Yield "2025-04" or each month of "2025-04..2025-07"."""
    first, _, last = text.partition("..")
    for m in range(month_index(first), month_index(last or first) + 1):
        yield f"{1900 + m // 12}-{m % 12 + 1:02d}"


def bills(case: dict[str, Any]) -> list[MonthBills]:
    return [
        MonthBills(m, [Receipt(**r) for r in row["receipts"]], row["under"], row.get("old", "一般"))
        for row in case["bills"]
        for m in months(row["month"])
    ]


@pytest.mark.parametrize("case", CASES)
def test_worked_case(case: dict[str, Any]) -> None:
    p = Parameters.load()
    result = household_year(p, bills(case), close=case.get("close"))
    for name, expected in case["expect"].items():
        if name in _BY_MONTH:
            assert [getattr(c, _BY_MONTH[name]) for c in result.claims] == expected, name
        elif name == "total":
            assert result.benefit == expected
        else:
            assert getattr(result, name) == expected, name
    assert set(case["source"].split(";")) <= set(p.sources)
    assert case["steps"]


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 25
