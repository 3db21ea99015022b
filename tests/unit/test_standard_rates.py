"""Standard rates of runs side by side: three kinds, every municipality, as a table and as a page."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim.core.errors import InputError
from sim.engine import api
from sim.explanations.standard_rates import standard_rates, write_page
from sim.institutions.portions import PORTIONS
from sim.outputs.folder import RunFolder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    home = tmp_path_factory.mktemp("standard")
    return RunFolder(api.run("baseline", region="teaching", last=2023, out=home, progress=False).path)


def test_every_municipality_has_both_kinds_of_every_portion_and_the_prefecture_one(run: RunFolder) -> None:
    t = standard_rates(run, 2024)
    counts = t.groupby("kind").size().to_dict()
    assert counts == {"prefecture": 4, "municipality": 20, "own": 20}
    assert set(t["portion"]) == set(PORTIONS)
    assert t["year"].eq(2024).all()
    assert set(t.loc[t["kind"] == "prefecture", "code"]) == {run.region.code}


def test_figures_are_those_of_the_chain_and_of_the_rates_decided_on(run: RunFolder) -> None:
    t = standard_rates(run)
    rates = run.table("rates").query("kind == 'standard'").set_index(["year", "code", "portion"])
    mine = t[t["kind"] == "municipality"].set_index(["year", "code", "portion"])
    both = mine.join(rates.add_suffix("_run"), how="inner")
    assert len(both) >= 5 * 4 * 2
    for part in ("income_part", "per_head", "per_household", "per_adult"):
        assert (both[part] == both[f"{part}_run"]).all(), part


def test_the_page_shows_runs_side_by_side_and_leaves_out_parts_nobody_has(run: RunFolder, tmp_path: Path) -> None:
    t = standard_rates(run, 2024)
    other = t.assign(scenario="other", income_part=t["income_part"] * 2)
    both = write_page(pd.concat([t, other]), 2024, tmp_path / "page.md").read_text("utf-8")
    first = t[(t["kind"] == "municipality") & (t["portion"] == "medical")].iloc[0]
    row = next(line for line in both.splitlines() if line.startswith(f"| {first['name']} |"))
    assert f"{first['income_part'] / 10_000:.2f}" in row
    assert f"{first['income_part'] * 2 / 10_000:.2f}" in row
    support = both.split("### 支援")[1].split("### 介護")[0]
    assert "資産割" not in support
    assert "公表された標準保険料率ではない" in both


def test_a_year_the_run_does_not_hold_is_named(run: RunFolder) -> None:
    with pytest.raises(InputError, match="baseline has no R11; it has R4 to R6"):
        standard_rates(run, 2029)
