"""What the programmes of the municipalities reach: measured, carried on, moved by a scenario."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.institutions.programmes import START, Levels, levels, measured, starts
from sim.parameters import Parameters


@pytest.fixture(scope="module")
def p() -> Parameters:
    return Parameters.load()


def moved(p: Parameters, levers: dict[str, Any], year: int = 2027) -> Levels:
    return levels(p.with_overrides({(f"cost.{key}", year, None): value for key, value in levers.items()}), year)


def test_each_municipality_has_its_own_uptake_and_keeps_the_last_known(p: Parameters) -> None:
    t = p.table("places.health_checkups").set_index(["fiscal_year", "code"])
    for column in ("checkup_rate", "guidance_rate"):
        for year, known in ((2021, 2022), (2022, 2022), (2023, 2023), (2029, 2023)):
            np.testing.assert_array_equal(measured(p, column, year), t.loc[known].loc[p.codes(), column])
    assert levels(p, 2022).checkup_rate.std() > 0.05


def test_a_goal_lifts_who_is_below_and_points_move_everybody(p: Parameters) -> None:
    own = levels(p, 2027).checkup_rate
    np.testing.assert_array_equal(moved(p, {"checkup_uptake": 0.45}).checkup_rate, np.maximum(own, 0.45))
    np.testing.assert_allclose(moved(p, {"checkup_rise": 0.05}).checkup_rate, own + 0.05)
    assert moved(p, {"checkup_rise": 1.0}).checkup_rate.max() == 1
    due = levels(p, 2027).guidance_rate
    np.testing.assert_array_equal(moved(p, {"guidance_uptake": 0.6}).guidance_rate, np.maximum(due, 0.6))
    code = p.codes()[3]
    one = levels(p.with_overrides({("cost.checkup_uptake", 2027, code): 0.7}), 2027).checkup_rate
    assert np.flatnonzero(one != own).tolist() == [3]


def test_the_reach_of_the_first_year_is_that_of_the_cost_level(p: Parameters) -> None:
    for name in Levels.__dataclass_fields__:
        np.testing.assert_array_equal(getattr(levels(p, START), name), getattr(starts(p, START), name))


def test_a_region_without_rates_has_those_of_the_nation_at_its_ages() -> None:
    teaching = Parameters.load("teaching")
    assert "places.health_checkups" in teaching.imputed_tables()
    rate = levels(teaching, 2027)
    assert rate.checkup_rate.mean() == pytest.approx(0.375, abs=0.01), "37.5 % of the nation (国保のすがた)"
    assert ((rate.guidance_rate > 0.20) & (rate.guidance_rate < 0.337)).all()
