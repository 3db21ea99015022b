"""Differences over pairs of runs: exact on frames made by hand, and on real runs of a tiny sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim import cli
from sim.core.errors import InputError, ScenarioError
from sim.studies import ensemble
from sim.studies.compare import compare, verdict
from sim.studies.ensemble import differences, noise_share, quantiles


def frames(*values: float, measure: str = "m") -> list[pd.DataFrame]:
    return [pd.DataFrame({"year": [2029], "measure": [measure], "unit": ["yen"], "value": [v]}) for v in values]


def test_a_difference_over_pairs_has_the_interval_of_a_paired_t_test() -> None:
    mine, base = [11.0, 13.2, 15.1, 9.3], [10.0, 12.0, 14.0, 8.0]
    row = differences(frames(*mine), frames(*base)).iloc[0]
    test = stats.ttest_rel(mine, base).confidence_interval(0.95)
    assert row["difference"] == pytest.approx(np.mean(mine) - np.mean(base))
    assert row["difference"] - row["half"] == pytest.approx(test.low)
    assert row["difference"] + row["half"] == pytest.approx(test.high)
    assert bool(row["sure"])
    expected = np.var(np.subtract(mine, base), ddof=1) / (np.var(mine, ddof=1) + np.var(base, ddof=1))
    assert row["variance_ratio"] == pytest.approx(expected)


def test_one_pair_says_that_luck_cannot_be_told() -> None:
    row = differences(frames(11.0), frames(10.0)).iloc[0]
    assert row["difference"] == 1.0
    assert np.isnan(row["half"])
    assert row["sure"] is pd.NA
    assert verdict(row["difference"], row["half"], row["sure"]) == "?"


def test_noise_is_not_called_a_difference() -> None:
    row = differences(frames(11.0, 9.0, 10.5), frames(10.0, 10.0, 10.0)).iloc[0]
    assert not row["sure"]
    assert verdict(row["difference"], row["half"], row["sure"]) == "~"


def test_a_key_missing_in_a_replicate_is_left_out_and_small_anywhere_is_small() -> None:
    one = pd.DataFrame({"code": [1, 2], "small": [False, False], "measure": "m", "unit": "yen", "value": [1.0, 2.0]})
    two = one.assign(small=[False, True], value=[3.0, 4.0])
    table = quantiles([one, two, one.iloc[:1]])
    assert table["code"].tolist() == [1]
    assert quantiles([one, two])["small"].tolist() == [False, True]
    assert quantiles([one, two])["q50"].tolist() == [2.0, 3.0]


def test_the_share_of_luck_falls_with_the_root_of_the_number_of_runs() -> None:
    g = np.random.default_rng(1)
    few, many = (noise_share(frames(*g.normal(0, 1, n)), ["m"]) for n in (16, 400))
    assert many == pytest.approx(few / 5, rel=0.5)
    assert np.isnan(noise_share(frames(1.0, 2.0), ["m"]))


def test_scenarios_are_checked_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="collection_drive"):
        compare(["baseline", "collection_driv"], out=tmp_path)
    with pytest.raises(InputError, match="two or more different"):
        compare(["baseline", "baseline"], out=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    out = tmp_path_factory.mktemp("results")
    return compare(
        ["baseline", "collection_drive"],
        sample=400,
        replicates=2,
        last=2027,
        controls=False,
        jobs=2,
        out=out,
        progress=False,
    )


def test_a_comparison_of_runs_holds_the_figures_of_their_tables(found) -> None:  # type: ignore[no-untyped-def]
    t = found.year[found.year["measure"] == "collection_rate"].set_index("year")
    rates = {
        name: np.array([r.table("metropolis_year").set_index("year")["collection_rate"] for r in runs])
        for name, runs in found.runs.items()
    }
    gap = (rates["collection_drive"] - rates["baseline"]).mean(axis=0)
    assert t["difference"].to_numpy() == pytest.approx(gap)
    assert (t.loc[2022:2026, "difference"] == 0).all()
    assert t.loc[2027, "difference"] > 0
    kept = pd.read_parquet(found.path / "tables" / "difference_municipality.parquet")
    assert len(kept) == len(found.municipality)
    assert 0 < found.variance_ratio() < 1


def test_a_second_comparison_runs_nothing_again(found, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    from sim.studies import execution

    def never(jobs: int | None) -> execution.Runner:
        raise AssertionError("something was run again")

    monkeypatch.setattr(execution, "_on_processes", never)
    out = found.path.parents[2]
    names = ["baseline", "collection_drive"]
    again = compare(names, sample=400, replicates=2, last=2027, controls=False, out=out, progress=False)
    assert [r.path for r in again.runs["baseline"]] == [r.path for r in found.runs["baseline"]]
    repeated = ensemble.repeat("baseline", 2, sample=400, last=2027, out=out, progress=False)
    assert [r.path for r in repeated.runs] == [r.path for r in found.runs["baseline"]]
    assert (repeated.path / "ensemble_year.parquet").exists()


def test_groups_a_user_may_ask_for_are_those_of_the_table(found) -> None:  # type: ignore[no-untyped-def]
    assert set(found.group["kind"]) == {"all", *ensemble.KINDS}


def test_signs_of_a_difference() -> None:
    assert verdict(0.0, 0.0, False) == "="
    assert verdict(0.0, float("nan"), pd.NA) == "="
    assert verdict(1.0, 0.5, True) == "✓"
    assert verdict(0.0, 0.5, False) == "~"


def test_the_command_shows_a_municipality_and_groups_with_what_the_tables_hold(
    found,  # type: ignore[no-untyped-def]
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = ["compare", "baseline", "collection_drive", "--sample", "400", "--replicates", "2", "--to", "R9"]
    command += ["--out", str(found.path.parents[2]), "--no-report", "--no-controls"]
    assert cli.main([*command, "-m", "Edogawa", "--by", "method", "-y", "R9"]) == 0
    out = capsys.readouterr().out
    t = found.municipality
    row = t[(t["year"] == 2027) & (t["name"] == "江戸川区") & (t["measure"] == "collection_rate")].iloc[0]
    line = next(x for x in out[out.index("江戸川区") :].splitlines() if "collection rate" in x)
    assert f"{row['value_base'] * 100:.2f}" in line
    assert f"+{row['difference'] * 100:.2f}" in line
    assert "collection rate *" in line
    assert "account transfer" in out
    assert "= the same in every pair" in out
    assert cli.main([*command, "--by", "methods"]) == 2
    assert "did you mean 'method'" in capsys.readouterr().err
    assert cli.main([*command, "-y", "R11"]) == 2
