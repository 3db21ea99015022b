"""Validation rows of the cost of care from a run of a tiny sample: every published figure has its row."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sim.engine import api
from sim.studies.validation import cost
from sim.studies.validation.figures import Figures


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    out: Path = tmp_path_factory.mktemp("results")
    run = api.run("baseline", sample=400, last=2023, out=out, progress=False)
    return pd.DataFrame(cost.rows(Figures.of(run.folder))).set_index("id")


def test_each_large_municipality_has_its_benefit_and_what_one_draw_gave(table: pd.DataFrame) -> None:
    fitted = table[table.index.str.startswith("benefit_per_member.")]
    assert len(fitted) == 49
    assert (fitted["role"] == "fitted").all()
    gap = (fitted["simulated"] / fitted["published"] - 1).astype(float)
    assert gap.abs().median() < 0.15
    drawn = table[table.index.str.startswith("benefit_per_member_drawn.")]
    assert drawn["ok"].isna().all()


def test_the_share_that_is_paid_is_judged_at_tokyos_own_ages(table: pd.DataFrame) -> None:
    line = table.loc["benefit_ratio.own_ages.2023"]
    assert line["role"] == "held_out"
    assert line["published"] == pytest.approx(0.825, abs=0.01)
    assert abs(line["simulated"] - line["published"]) < 0.03


def test_relative_cost_rises_with_age_from_twenty_on(table: pd.DataFrame) -> None:
    ages = table[table.index.str.startswith("relative_cost.")]
    assert len(ages) == 15
    assert ages["published"].iloc[4:].is_monotonic_increasing
    assert (ages["simulated"] / ages["published"] - 1).abs().median() < 0.1


def test_high_cost_benefit_is_judged_at_the_nations_mix(table: pd.DataFrame) -> None:
    judged = table[table.index.str.startswith("national_mix.")]
    assert set(judged["unit"]) == {"ratio", "yen/case", "cases/person"}
    assert judged["ok"].notna().all()
    share, own = (
        table.loc[f"{name}.2023", "simulated"] for name in ("national_mix.high_cost_share", "high_cost_share")
    )
    assert own < share < 1.15 * own, "the nation is older and poorer than Tokyo"
    per_member = (
        table.loc["national_mix.cases.2023", "simulated"] * table.loc["national_mix.yen_per_case.2023", "simulated"]
    )
    assert 30_000 < per_member < 55_000, "published about 41,000"
    classes = table[table.index.str.startswith("high_cost_class.")]
    assert classes["simulated"].sum() == pytest.approx(1)
    assert classes["published"].sum() == pytest.approx(1)


def test_persistence_stands_beside_what_is_published(table: pd.DataFrame) -> None:
    line = table.loc["cost_stay_20.2023"]
    assert line["published"] == 0.6
    assert line["ok"] == (abs(line["simulated"] - 0.6) <= 0.05)
    assert table.loc["cost_correlation.2023", "simulated"] == pytest.approx(0.775, abs=0.06)
    assert table.loc["cost_stay_10.2023", "simulated"] < table.loc["cost_stay_20.2023", "simulated"]
    assert cost.stay(0.0, 0.2) == pytest.approx(0.2, abs=1e-4)
    assert cost.stay(0.75, 0.2) == pytest.approx(0.6, abs=0.03), "as the source derives it"


def test_health_checks_are_those_of_the_municipalities_and_stand_beside_the_nations_by_age(table: pd.DataFrame) -> None:
    own = table.loc[["checkup_rate.2022", "checkup_rate.2023"]]
    assert (own["role"] == "input").all()
    assert (own["simulated"] - own["published"]).abs().max() < 0.02
    assert table.loc["checkup_rate.nation.2022", "published"] == 0.375
    ages = table[table.index.str.fullmatch(r"checkup_rate\.\d+-\d+\.2022")]
    assert ages["published"].tolist() == [0.209, 0.22, 0.24, 0.28, 0.357, 0.433, 0.451]
    assert ages["simulated"].iloc[-1] > ages["simulated"].iloc[0]
    assert len(table[table.index.str.fullmatch(r"guidance_rate\.\d+-\d+\.2022")]) == 7
