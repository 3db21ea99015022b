"""Ranges beside simulated figures: in the rows of validation, by nationality, on the tiles of the report."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.engine import api
from sim.outputs.folder import RunFolder
from sim.reports import collection_figures, nationality, tables
from sim.reports.doubt import shown_if
from sim.studies.validation import ranged, rows


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return api.run("baseline", sample=1000, out=tmp_path_factory.mktemp("results"), progress=False).folder


@pytest.fixture(scope="module")
def found(run: RunFolder) -> pd.DataFrame:
    return rows(run)


def test_figures_the_ensemble_has_carry_its_range(found: pd.DataFrame) -> None:
    have = found[found["low"].notna()]
    items = set(have["id"].str.partition(".")[0])
    assert items <= set(ranged.ITEMS)
    assert {"collection_rate_current_year", "contribution_per_capita", "deficit_transfer_settled"} <= items
    assert "foreign_heads_collection_rate" in items
    assert (have["low"] <= have["simulated"].astype(float)).all()
    assert (have["simulated"].astype(float) <= have["high"]).all()


def test_a_figure_read_otherwise_than_the_ensemble_has_none(run: RunFolder) -> None:
    row = {"id": "collection_rate_current_year.2023", "year": 2023, "simulated": 0.5}
    assert ranged.with_ranges(pd.DataFrame([row]), run)["low"].isna().all()
    unknown = {"id": "something_else.2023", "year": 2023, "simulated": 0.5}
    assert ranged.with_ranges(pd.DataFrame([unknown]), run)["low"].isna().all()


def test_people_see_one_column_and_none_where_no_row_has_a_range(found: pd.DataFrame) -> None:
    assert "90 % range" in ranged.folded(found)
    bare = ranged.folded(found.assign(low=np.nan, high=np.nan))
    assert not {"low", "high", "90 % range"} & set(bare)
    assert ranged.span(0.9127, 0.9175) == "0.9127–0.9175"
    assert ranged.span(np.nan, np.nan) == ""


def test_a_region_without_an_ensemble_has_no_ranges(tmp_path: Path) -> None:
    other = api.run("baseline", region="teaching", last="R5", out=tmp_path, progress=False).folder
    assert rows(other)["low"].isna().all()


def test_the_report_shows_them_unless_they_are_not_wanted(run: RunFolder) -> None:
    heads = [column.heading("ja") for column in tables.validation(run, "ja").columns]
    assert "90％区間" in heads
    own = nationality.table(run, "ja")
    assert own.columns[-1].heading("ja") == "90％区間"
    assert "～" in own.text("ja")[0][-1]
    assert "–" in collection_figures._ends(run, 2029)[13104]
    with shown_if(False):
        assert "90％区間" not in [column.heading("ja") for column in tables.validation(run, "ja").columns]
        assert nationality.table(run, "ja").columns[-1].heading("ja") != "90％区間"
        assert collection_figures._ends(run, 2029) == {}
