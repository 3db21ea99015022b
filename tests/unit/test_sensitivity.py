"""Sensitivity: the indices of a function known by heart, mistakes of a spec, real points of a tiny sample."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.core.errors import ScenarioError
from sim.parameters import Parameters
from sim.studies import execution
from sim.studies.sensitivity import Factor, Output, Spec, design, read_spec, sensitivity, variable

OUT = (Output("y", "metropolis_year", "collection_rate"),)
THREE = tuple(Factor(key, -np.pi, np.pi) for key in ("payment.base", "payment.income_effect", "payment.pension_effect"))


def ishigami(points: np.ndarray) -> pd.DataFrame:
    """Return Ishigami's function (a = 7, b = 0.1), whose Sobol indices are known."""
    a, b, c = points.T
    return pd.DataFrame({"y": np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)})


def test_sobol_indices_of_ishigamis_function() -> None:
    study = sensitivity(Spec("i", "sobol", THREE, OUT, trajectories=1024), model=ishigami)
    found = study.indices.set_index("parameter")
    keys = [f.key for f in THREE]
    assert found.loc[keys, "S1"].tolist() == pytest.approx([0.314, 0.442, 0.0], abs=0.05)
    assert found.loc[keys, "ST"].tolist() == pytest.approx([0.558, 0.442, 0.244], abs=0.05)
    assert (found["ST_half"] > 0).all()


def test_morris_ranks_and_says_nothing_of_a_parameter_without_effect() -> None:
    def linear(points: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame({"y": 10 * points[:, 0] - points[:, 1]})

    study = sensitivity(Spec("m", "morris", THREE, OUT, trajectories=8), model=linear)
    found = study.indices.set_index("parameter")
    assert study.indices["parameter"].tolist() == [f.key for f in THREE]
    assert found["mu"].tolist() == pytest.approx([20 * np.pi, -2 * np.pi, 0])
    assert found["sigma"].tolist() == pytest.approx([0, 0, 0], abs=1e-9)
    assert study.learned()["y"].count("payment.") == 3


def test_latin_hypercube_gives_partial_rank_correlations_with_their_signs() -> None:
    def bent(points: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame({"y": np.exp(points[:, 0]) - 0.5 * points[:, 1]})

    found = sensitivity(Spec("l", "lhs", THREE, OUT, trajectories=200), model=bent).indices.set_index("parameter")
    assert found.loc["payment.base", "rank_correlation"] > 0.8
    assert found.loc["payment.income_effect", "high"] < 0
    assert found.loc["payment.pension_effect", "low"] < 0 < found.loc["payment.pension_effect", "high"]


def test_one_at_a_time_is_a_tornado_around_the_centre() -> None:
    spec = Spec("o", "one_at_a_time", THREE, OUT)
    points = design(spec, [0.0, 1.0, 2.0])
    assert points.shape == (7, 3)
    assert (points[0] == [0.0, 1.0, 2.0]).all()
    assert (np.count_nonzero(points[1:] != points[0], axis=1) == 1).all()


def test_a_factor_moves_its_values_from_its_year_on() -> None:
    p = Parameters.load()
    added = Factor("enrolment.wage_growth", -0.01, 0.01, "add", 2026).overrides(0.01, p, 2029)
    assert sorted(year for _, year, _ in added) == [2026, 2027, 2028, 2029]
    assert added["enrolment.wage_growth", 2026, None] == pytest.approx(p.value("enrolment.wage_growth", 2026) + 0.01)
    scaled = Factor("payment.age_effect", 0.5, 1.5, "scale").overrides(2.0, p, 2022)
    assert scaled["payment.age_effect", 2022, None] == pytest.approx(
        [2 * v for v in p.value("payment.age_effect", 2022)]
    )
    assert Factor("payment.base", -5.0, 0.0).centre(p) == p.value("payment.base", 2022)
    assert (
        Factor("payment.burden_elasticity", 0.5, 0.9).centre(p) == 0.7
        or p.value("payment.burden_elasticity", 2022) > 0.5
    )


def test_everything_that_can_vary_has_a_range_around_its_value() -> None:
    table = variable()
    assert len(table) > 100
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()


GOOD = """name: s
method: morris
parameters:
  payment.burden_elasticity: passport
outputs:
  rate: {table: metropolis_year, column: collection_rate, year: R11}
"""


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("method: morris", "method: moris", 2, "did you mean 'morris'"),
        ("name: s", "nam: s", 1, "unknown field 'nam'"),
        ("name: s\n", "", 0, "the field 'name' is missing"),
        ("payment.burden_elasticity", "payment.burden_elastic", 4, "payment.burden_elasticity"),
        ("passport", "[2, 1]", 4, "[lowest, highest]"),
        ("passport", "[0.1, 9]", 4, "leaves what the register allows"),
        ("passport", "high", 4, "[lowest, highest]"),
        ("payment.burden_elasticity: passport", "payment.age_effect: [0, 1]", 4, "is no single number"),
        ("payment.burden_elasticity: passport", "payment.feedback_strength: {value: [0, 1]}", 4, "is none of"),
        ("metropolis_year", "metropolis", 6, "metropolis_year"),
        ("collection_rate", "collection_rat", 6, "collection_rate"),
        ("year: R11", "yer: R11", 6, "is no key of metropolis_year"),
        ("year: R11", "year: R", 6, "fiscal year"),
        ("method: morris", "method: morris\nsample: 0", 3, "sample is a whole number"),
        ("method: morris", "method: sobol\ntrajectories: 30", 3, "power of two"),
        ("method: morris", "method: morris\nscenario: basline", 3, "baseline"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_spec(path)
    message = str(caught.value)
    assert words in message
    assert f"s.yaml:{line}:" in message or line == 0


@pytest.mark.parametrize("name", ["screening", "sobol"])
def test_the_studies_shipped_are_in_order(name: str) -> None:
    spec = read_spec(Path(__file__).parents[2] / "scenarios" / "studies" / f"{name}.yaml")
    assert spec.name == name
    runs = len(design(spec, [f.low for f in spec.factors]))
    assert runs == {"screening": 64, "sobol": 256}[name]


def test_points_are_real_runs_and_a_study_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "_store", lambda: tmp_path / "studies")
    lived: list[int] = []

    def runner(jobs: int | None) -> execution.Runner:
        def run(works):  # type: ignore[no-untyped-def]
            for i, work in works.items():
                lived.append(i)
                yield execution._numbered(i, *work)

        return run

    monkeypatch.setattr(execution, "_on_processes", runner)
    factors = (Factor("payment.burden_elasticity", 0.0, 1.0), Factor("payment.sms_reminders", 0.0, 1.0, since=2023))
    output = Output("rate", "metropolis_year", "collection_rate", (("year", 2023),))
    spec = Spec("t", "one_at_a_time", factors, (output,), sample=2000, last=2023, noise=0)
    study = sensitivity(spec, progress=False)
    table = study.indices.set_index("parameter")
    assert len(lived) == 4  # no reminders at all is the register's value: that end is the point in the middle
    assert table.loc["payment.sms_reminders", "at_high"] > table.loc["payment.sms_reminders", "at_low"]
    folder = study.write(tmp_path / "results")
    assert {"points.csv", "indices.parquet", "rate.svg", "study.yaml"} <= {f.name for f in folder.iterdir()}
    again = sensitivity(replace(spec, noise=2), progress=False)
    assert len(lived) == 4 + 1 + 1  # two draws of the middle: one more, and the middle with what everybody counts
    assert again.outputs.equals(study.outputs)
    assert again.repeats["rate"].nunique() == 2  # of a sample's own totals, which differ by all the noise of a sample
