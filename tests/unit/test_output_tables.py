"""Rows of output tables: plain columns become the data frame that frames put together would be."""

import numpy as np
import pandas as pd
import pytest

from sim.core.errors import BalanceError
from sim.core.tables import Known, Labels, OutputTable, joined

TABLE = OutputTable("t", "A table", ("year", "kind"), {"persons": ("persons", "persons"), "rate": ("share", "rate")})


def columns(year: int, known: bool = True) -> dict[str, object]:
    return {
        "year": year,
        "kind": Labels.repeat(["one", "two"], 2),
        "persons": Known(np.arange(4) + year, known),
        "rate": [0.5, np.nan, 0.25, 0.0],
    }


def test_columns_of_two_years_are_one_frame() -> None:
    table = joined([columns(2022), columns(2023, known=False)])
    assert table["year"].tolist() == [2022] * 4 + [2023] * 4
    assert table["kind"].tolist() == ["one", "one", "two", "two"] * 2
    assert table["persons"].isna().tolist() == [False] * 4 + [True] * 4
    pd.testing.assert_frame_equal(table, joined([joined([columns(2022)]), columns(2023, known=False)]))


def test_labels_repeat_each_text_or_all_of_them() -> None:
    table = joined([{"a": Labels.repeat(["x", "y"], [1, 2]), "b": Labels.tile(["p", "q", "r"], 1)}])
    assert table.values.tolist() == [["x", "p"], ["y", "q"], ["y", "r"]]


def test_columns_that_are_not_declared_or_of_other_lengths_are_refused() -> None:
    with pytest.raises(BalanceError, match=r"not declared \['more'\], missing \['rate'\]"):
        TABLE.checked({"year": 1, "kind": ["a"], "persons": [1], "more": [2]})
    assert list(TABLE.checked({"rate": [0.1], "persons": [1], "kind": ["a"], "year": 1})) == [
        *TABLE.keys,
        *TABLE.columns,
    ]
    with pytest.raises(BalanceError, match=r"\[1, 2\] rows"):
        joined([{"a": [1, 2], "b": [1]}])
