"""Ranges: which parameter sets are kept, and what is laid around the figures of a run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtri

from sim.core.errors import InputError
from sim.outputs import ranges
from sim.studies import plausible
from tests.fake_runs import fake_run

MODEL = np.array([[2.0, 1.0, 0.0]])
"""one figure: twice the first parameter and the second, nothing of the third"""


def _sets(band: float, published: float = 10.0) -> np.ndarray:
    rng = np.random.default_rng(1)
    design, cloud = rng.uniform(-1, 1, (40, 3)), rng.uniform(-1, 1, (20_000, 3))
    goals = plausible.Goals(["figure"], np.array([published]), np.array([band]), np.array([10.0]))
    return cloud[plausible.met(design, design @ MODEL.T, goals, cloud)]


def test_sets_that_meet_the_result_are_kept_and_no_others() -> None:
    kept = _sets(band=0.2)
    assert np.abs(kept @ MODEL.T).max() <= 0.2 + 1e-6


def test_correlation_is_kept_and_what_the_result_does_not_tell_stays_wide() -> None:
    kept = _sets(band=0.2)
    assert np.corrcoef(kept[:, 0], kept[:, 1])[0, 1] < -0.9
    assert np.ptp(kept[:, 2]) > 1.95


def test_what_the_baseline_misses_no_set_is_bent_to_meet() -> None:
    """The baseline gives 10, published is 11: its miss is tolerated, so that the baseline itself is kept."""
    kept = _sets(band=0.0, published=11.0) @ MODEL.T
    assert kept.min() >= -1e-6
    assert kept.max() <= 2 + 1e-6


def test_results_no_set_meets_say_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plausible, "_CLOUDS", 1)
    study = plausible.read_study()
    p = plausible.Parameters.load()
    points = np.random.default_rng(1).uniform(-1, 1, (60, len(study.parameters)))
    goals = plausible.Goals(["figure"], np.array([10.0]), np.array([1e-12]), np.array([10.0]))
    with pytest.raises(InputError, match="sets meet the results"):
        plausible.chosen(study, p, points, points[:, :1] * 1e6, goals)


def test_every_doubt_of_the_shipped_study_has_a_reason() -> None:
    study = plausible.read_study()
    assert study.keep >= 200
    assert all(len(doubt.reason) > 10 for doubt in study.parameters.values())
    assert {doubt.part for doubt in study.parameters.values()} == {
        "behaviour",
        "costs",
        "membership",
        "institutions",
        "policy",
    }


def test_an_unknown_parameter_is_named_with_its_file(tmp_path: Path) -> None:
    text = plausible.FILE.read_text(encoding="utf-8").replace("payment.catch_up:", "payment.cash_up:")
    (tmp_path / "e.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"e.yaml: parameters.payment.cash_up: no such parameter"):
        plausible.read_study(tmp_path / "e.yaml")


def test_the_surface_gives_sets_what_runs_would_give() -> None:
    """A figure that is linear in the parameters comes back exactly."""
    study = plausible.read_study()
    low, high = np.array([[f.low, f.high] for f in study.factors]).T
    u = np.random.default_rng(5).random((60, len(low)))
    points, sets = low + u[:50] * (high - low), low + u[50:] * (high - low)
    index = pd.MultiIndex.from_tuples([("collection_rate", 1, 2029)], names=["measure", "code", "year"])

    def read(x: np.ndarray) -> plausible._Read:
        at = float(study.scaled(x[None, :])[0, 0]) / 100
        published = pd.DataFrame({"simulated": [at]}, index=["figure"])
        return plausible._Read(pd.Series([0.92 + at], index=index), published, "")

    base = read((low + high) / 2)
    found = plausible.surface(study, points, base, [read(x) for x in points], sets)
    assert [f.cells.iloc[0] for f in found] == pytest.approx([read(x).cells.iloc[0] for x in sets])


def _spread(**cells: object) -> pd.DataFrame:
    row = {"measure": "collection_rate", "code": 1, "year": 2029, "relative": False, "share": True}
    row |= {"q05": -0.02, "q10": -0.01, "q90": 0.01, "q95": 0.03, "sd_noise": 0.0, "var_parameters": 3.0}
    return pd.DataFrame([row | {"var_policy": 1.0} | cells])


def _values(value: float) -> pd.Series:
    index = pd.MultiIndex.from_tuples([("collection_rate", 1, 2029)], names=["measure", "code", "year"])
    return pd.Series([value], index=index)


def test_the_spread_lies_around_the_level_of_the_run() -> None:
    row = ranges.around(_values(0.92), _spread(), 1).iloc[0]
    assert (row.low90, row.low80, row.high80, row.high90) == pytest.approx((0.90, 0.91, 0.93, 0.95))
    assert (row.noise, row.parameters, row.policy) == pytest.approx((0, 0.75, 0.25))


def test_a_sample_has_the_noise_of_its_size() -> None:
    """Noise of 0.001 in the full population is 0.01 in one household of a hundred."""
    z = float(ndtri(0.95))
    spread = _spread(q05=0.0, q10=0.0, q90=0.0, q95=0.0, sd_noise=0.001)
    row = ranges.around(_values(0.92), spread, 100).iloc[0]
    assert (row.low90, row.high90) == pytest.approx((0.92 - z * 0.01, 0.92 + z * 0.01))


def test_the_baseline_lies_in_its_range_even_where_all_sets_lie_above_it() -> None:
    row = ranges.around(_values(0.92), _spread(q05=0.01, q10=0.015), 1).iloc[0]
    assert row.low90 == row.value


def test_shares_stay_shares_and_yen_scale_with_the_level() -> None:
    assert ranges.around(_values(0.99), _spread(), 1).iloc[0].high90 == 1.0
    row = ranges.around(_values(200.0), _spread(relative=True, share=False), 1).iloc[0]
    assert (row.low90, row.high90) == pytest.approx((196.0, 206.0))


def test_chance_of_few_households_is_not_taken_for_doubt() -> None:
    """Differences that the parameters do not explain count for the prefecture and not for a small place."""
    rng = np.random.default_rng(3)
    points = rng.uniform(-1, 1, (200, 2))
    signal, chance = points[:, :1] * 0.01, rng.normal(0, 0.05, (200, 1))
    gaps = np.hstack([signal + chance, signal + chance])
    policy, smooth = np.array([False, True]), np.array([False, True])
    found = ranges.spread_of(gaps, np.zeros(2), points, policy, smooth)
    assert found["q95"][0] > 0.06
    assert 0.0 <= found["q95"][1] < 0.025


def test_a_run_without_a_stored_spread_has_none_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranges, "FOLDER", "no such folder")
    run = fake_run(tmp_path / "run")
    assert ranges.Ranges.of(run) is None
    with pytest.raises(InputError, match="this run has no ranges"):
        ranges.range_of(run, "collection_rate")


def test_no_more_municipalities_have_a_transfer_than_there_are() -> None:
    counted = {"measure": "discretionary_municipalities", "relative": False, "share": False}
    rows = [_spread(**counted, q05=-50.0, q95=50.0), _spread(code=2), _spread(code=3)]
    keys = [("discretionary_municipalities", 1, 2029), ("collection_rate", 2, 2029), ("collection_rate", 3, 2029)]
    names = pd.MultiIndex.from_tuples(keys, names=["measure", "code", "year"])
    found = ranges.around(pd.Series([1.0, 0.9, 0.9], names), pd.concat(rows, ignore_index=True), 1)
    row = found[found["measure"] == "discretionary_municipalities"].iloc[0]
    assert (row.low90, row.high90) == (0.0, 2.0)
