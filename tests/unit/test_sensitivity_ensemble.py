"""Sobol and Morris on kept sets: known indices come back, correlated sets are moved apart, words of a page stay."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.core.errors import InputError
from sim.studies.sensitivity import ensemble


def _runs(n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """a + 2 b + c d over -1 to 1, and a parameter of no effect."""
    x = np.random.default_rng(2).uniform(-1, 1, (n, 5))
    return x, x[:, 0] + 2 * x[:, 1] + x[:, 2] * x[:, 3]


def test_known_indices_come_back() -> None:
    """Variances 1/3, 4/3 and 1/9 of 16/9: S1 0.1875, 0.75, 0, 0; c and d work only together, 0.0625."""
    found = ensemble.indices(*_runs(), list("abcde"), seed=1).set_index("parameter")
    assert found.loc[list("abcde"), "S1"].to_numpy() == pytest.approx([0.1875, 0.75, 0, 0, 0], abs=0.05)
    assert found.loc[list("abcde"), "ST"].to_numpy() == pytest.approx([0.1875, 0.75, 0.0625, 0.0625, 0], abs=0.05)
    assert ((found["ST_low"] - 0.02 <= found["ST"]) & (found["ST"] <= found["ST_high"] + 0.02)).all()
    assert found["mu_star"].idxmax() == "b"


def test_the_emulator_is_judged_on_runs_it_has_not_seen() -> None:
    x, y = _runs()
    noise = np.random.default_rng(3).normal(size=len(y))
    assert ensemble.held_out_r2(x, y, 1) > 0.95
    assert ensemble.held_out_r2(x, noise, 1) < 0.1


def test_correlated_sets_are_moved_apart_and_keep_their_values() -> None:
    a = np.random.default_rng(4).uniform(-0.5, 0.2, 200)
    sets = np.column_stack([a, -a])
    moved = ensemble.through(sets, np.random.default_rng(5).random((5000, 2)))
    assert abs(np.corrcoef(moved, rowvar=False)[0, 1]) < 0.05
    assert np.quantile(moved[:, 0], [0.1, 0.5, 0.9]) == pytest.approx(np.quantile(a, [0.1, 0.5, 0.9]), abs=0.02)
    frame = pd.DataFrame(sets, columns=["a", "b"])
    found = ensemble.OnEnsemble(2029, frame, pd.DataFrame(), pd.Series(dtype=float), 200)
    assert found.correlated == [("a", "b", pytest.approx(-1.0))]


def _found() -> ensemble.OnEnsemble:
    x, y = _runs(80)
    outputs = pd.DataFrame({"collection_rate": y})
    return ensemble.OnEnsemble(
        2029, pd.DataFrame(x, columns=list("abcde")), outputs, pd.Series({"collection_rate": 0.1}), 200
    )


def test_the_words_of_a_page_stay(tmp_path: Path) -> None:
    page = tmp_path / "sensitivity.md"
    page.write_text(f"words before\n{ensemble.BEGIN}\nold\n{ensemble.END}\nwords after 言葉\n", encoding="utf-8")
    text = ensemble.write_page(_found(), page).read_text(encoding="utf-8")
    assert text.startswith("words before\n")
    assert text.endswith("words after 言葉\n")
    assert "\nold\n" not in text
    assert "`b`" in text
    assert (tmp_path / ensemble.IMAGE).is_file()


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "sensitivity.md"
    page.write_text("only words\n", encoding="utf-8")
    with pytest.raises(InputError, match="the page needs"):
        ensemble.write_page(_found(), page)
    assert page.read_text(encoding="utf-8") == "only words\n"
