"""The full synthetic population against the figures it was built from and published ones it was not."""

from __future__ import annotations

import pandas as pd
import pytest

from sim.studies import audit

pytestmark = pytest.mark.full


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return audit.audit_run(1)


def test_every_figure_is_within_its_tolerance(frame: pd.DataFrame) -> None:
    audit.check(frame)


def test_enough_figures_were_held_out(frame: pd.DataFrame) -> None:
    assert (frame["role"] == "held_out").sum() >= 10


@pytest.mark.parametrize(
    ("id_", "least", "most"),
    [
        ("residents.all", 13_806_000, 13_807_500),
        ("members", 2_720_000, 2_735_000),
        ("household_size.mean", 1.89, 1.94),
        ("insured_households.head_outside", 0.15, 0.24),
    ],
)
def test_totals_are_tokyo(frame: pd.DataFrame, id_: str, least: float, most: float) -> None:
    assert least <= frame.set_index("id")["simulated"][id_] <= most
