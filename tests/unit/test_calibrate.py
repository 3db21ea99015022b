"""Calibration: finds what made the targets, says what they cannot tell, tells mistakes of a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from sim.core.errors import ScenarioError
from sim.parameters import Parameters
from sim.parameters.schema import Passport
from sim.studies import execution
from sim.studies.calibrate import Calibration, Emulator, Target, calibrate, read_calibration
from sim.studies.sensitivity.spec import Factor, Output

KEYS = ("payment.base", "payment.income_effect", "payment.pension_effect")
FACTORS = tuple(Factor(key, -1.5, 0.5) for key in KEYS)


def targets(*values: float, tolerance: float = 0.05) -> tuple[Target, ...]:
    return tuple(
        Target(Output(f"t{i}", "metropolis_year", "collection_rate"), v, tolerance) for i, v in enumerate(values)
    )


def curved(x: np.ndarray) -> np.ndarray:
    """Two targets of three parameters: the first two are told, the third moves nothing."""
    a, b, _ = x.T
    return np.column_stack([a + 0.3 * a * b, b - 0.2 * a**2])


def test_it_finds_the_parameters_that_made_the_targets() -> None:
    truth = np.array([[-0.4, -0.9, 0.0]])
    found = calibrate(Calibration("c", FACTORS, targets(*curved(truth)[0]), points=24), model=curved)
    table = found.parameters().set_index("parameter")
    assert table.loc[list(KEYS[:2]), "best"].tolist() == pytest.approx(truth[0, :2].tolist(), abs=0.02)
    assert (table["low"][:2] <= truth[0, :2]).all()
    assert (truth[0, :2] <= table["high"][:2]).all()
    assert found.fit()["miss"].abs().max() < 0.5


def test_it_says_what_the_targets_cannot_tell() -> None:
    found = calibrate(Calibration("c", FACTORS, targets(-0.3, -0.8), points=24), model=curved)
    assert found.parameters().set_index("parameter")["narrowed"]["payment.pension_effect"] < 0.1
    assert found.parameters().set_index("parameter")["narrowed"]["payment.base"] > 0.5
    assert [row.told for row in found.identifiability().itertuples()] == [True, True, False]
    assert any("payment.pension_effect" in sentence for sentence in found.unidentified())


def test_contradicting_targets_are_told() -> None:
    def same(x: np.ndarray) -> np.ndarray:
        return np.column_stack([x[:, 0], x[:, 0]])

    found = calibrate(Calibration("c", FACTORS, targets(-1.0, 0.4, tolerance=0.01), points=24), model=same)
    assert not len(found.not_ruled_out)
    assert "every point is ruled out" in found.unidentified()[-1]


def test_the_emulator_knows_its_own_error() -> None:
    g = np.random.default_rng(1)
    x = g.uniform(-1, 1, (40, 2))
    exact = Emulator.of(x, 1 + x[:, 0] - x[:, 0] * x[:, 1])
    assert exact.quadratic
    assert exact.error < 1e-9
    rough = Emulator.of(x, x[:, 0] + g.normal(0, 0.1, 40))
    assert 0.05 < rough.error < 0.2


def test_the_passports_it_writes_are_accepted_by_the_register() -> None:
    found = calibrate(Calibration("c", FACTORS, targets(-0.3, -0.8), points=24), model=curved)
    content = YAML(typ="safe").load(found.passports(Parameters.load()))
    for key in KEYS:
        domain, _, name = key.partition(".")
        passport = Passport(**content[domain][name])
        assert passport.status == "estimated"
        assert "t0 -0.3" in str(passport.fitted_to)


def test_a_parameter_is_found_again_from_figures_the_model_itself_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "_store", lambda: tmp_path / "studies")

    def runner(jobs: int | None) -> execution.Runner:
        def run(works):  # type: ignore[no-untyped-def]
            for i, work in works.items():
                yield execution._numbered(i, *work)

        return run

    monkeypatch.setattr(execution, "_on_processes", runner)
    key = "payment.sms_reminders"
    output = Output("rate", "metropolis_year", "collection_rate", (("year", 2023),))
    truth = execution.Task(overrides={(key, 2023, None): 0.6}, sample=1000, last=2023, controls=False)
    value = output.read(execution.execute([truth], progress=False)[0].tables)
    spec = Calibration(
        "twin", (Factor(key, 0.0, 1.0, since=2023),), (Target(output, value, 0.0005),), sample=1000, points=6, rounds=1
    )
    found = calibrate(spec, progress=False)
    assert found.parameters()["best"][0] == pytest.approx(0.6, abs=0.15)


GOOD = """name: c
parameters:
  payment.base: [-3.0, -1.8]
targets:
  r: {table: metropolis_year, column: collection_rate, year: R4, published: collection_rate_current_year.2022, tolerance: 0.002}
"""  # noqa: E501


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("tolerance: 0.002", "tolerance: 0", 5, "above 0"),
        (", tolerance: 0.002", "", 5, "tolerance is"),
        ("collection_rate_current_year.2022", "collection_rate_current_year.2032", 5, "no published figure"),
        ("published: collection_rate_current_year.2022", "value: high", 5, "value is"),
        ("column: collection_rate", "column: collection", 5, "no column"),
        ("name: c", "name: c\npoints: 1", 2, "points is a whole number from 4"),
        ("name: c", "name: c\nmethod: morris", 2, "unknown field"),
        ("targets:", "target:", 4, "unknown field"),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, old: str, new: str, line: int, words: str) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        read_calibration(path)
    assert words in str(caught.value)
    assert f"c.yaml:{line}:" in str(caught.value)


def test_the_file_shipped_is_in_order() -> None:
    spec = read_calibration(Path(__file__).parents[2] / "scenarios" / "studies" / "payment_fit.yaml")
    assert spec.targets[0].value == pytest.approx(0.9131)
    assert spec.last == 2023
