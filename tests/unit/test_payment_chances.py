"""The behaviour of a fiscal year, read from the register."""

from __future__ import annotations

import numpy as np
import pytest

from sim.mechanisms.payment.chances import rules
from sim.parameters import Parameters


def _level(p: Parameters, year: int) -> np.ndarray:
    return np.asarray(rules(p, year).towns["missing"])


def test_non_payment_falls_by_the_trend_after_the_last_published_year_only() -> None:
    p = Parameters.load()
    trend, last = float(p.value("payment.trend", 2029)), int(p.value("payment.trend_after", 2029))
    stalls = p.with_overrides({("payment.trend", None, None): 0.0})
    assert trend > 0
    for year in (2022, last, last + 1, 2029):
        expected = trend * max(0, year - last)
        np.testing.assert_allclose(_level(stalls, year) - _level(p, year), expected, atol=1e-12)


def test_the_trend_stays_within_what_was_seen_before() -> None:
    p = Parameters.load()
    low, high = p.passport("payment.trend").range or pytest.fail("no range")
    assert low == 0
    assert high >= float(p.value("payment.run_in_trend", 2022))
