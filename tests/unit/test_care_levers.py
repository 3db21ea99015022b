"""Levers of care on the same people with the same draws: whom they reach, which way, and after how many years."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.core.units import april
from sim.engine.loop import run_step
from sim.institutions.programmes import START, levels
from sim.mechanisms.care import CARE
from sim.mechanisms.care.scales import programme_cost
from sim.parameters import Parameters
from sim.population.codes import Residence
from tests.small import small_world
from tests.town import Town

BEGIN = 2026
"""fiscal year in which a lever is moved"""
HOMES = 3000


def with_lever(levers: dict[str, Any], until: int = 2040) -> Parameters:
    """Return the register with levers moved from BEGIN to `until`."""
    years = range(BEGIN, until + 1)
    return Parameters.load().with_overrides({(key, y, None): v for key, v in levers.items() for y in years})


def care_of(year: int, p: Parameters) -> Town:
    """Return the same people after the care of a year, all Japanese and insured all year if at all."""
    w = small_world(HOMES, year, parameters=p)
    w.people.data["residence"][:] = Residence.JAPANESE
    run_step(w, CARE, year)
    return w


def cost_of(year: int, p: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Return cost and age of everybody."""
    w = care_of(year, p)
    return w.people.cost.copy(), (april(year) + 6 - w.people.born.astype(np.int64)) // 12


def moves(levers: dict[str, Any], year: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return cost without and with levers, and age."""
    plain, age = cost_of(year, Parameters.load())
    return plain, cost_of(year, with_lever(levers))[0], age


@pytest.mark.parametrize(
    ("levers", "lag"),
    [
        ({"cost.checkup_uptake": 0.8}, "cost.checkup_lag"),
        ({"cost.generic_share": 0.95}, "cost.drug_lag"),
        ({"cost.duplicate_reach": 1.0}, "cost.drug_lag"),
        ({"cost.nephropathy_reach": 1.0, "cost.nephropathy_effect": 0.4}, "cost.nephropathy_lag"),
    ],
)
def test_programmes_save_after_their_lag_and_make_nobody_dearer(levers: dict[str, Any], lag: str) -> None:
    begins = BEGIN + int(Parameters.load().value(lag, BEGIN))
    before, with_it, _ = moves(levers, begins - 1)
    np.testing.assert_array_equal(before, with_it)
    plain, moved, _ = moves(levers, begins)
    assert moved.sum() < plain.sum()
    assert (moved <= plain).all()


def test_checks_save_at_40_to_74_only_and_by_their_effect() -> None:
    p = Parameters.load()
    begins = BEGIN + int(p.value("cost.checkup_lag", BEGIN))
    plain, moved, age = moves({"cost.checkup_uptake": 0.83}, begins)
    np.testing.assert_array_equal(plain[age < 40], moved[age < 40])
    saved = 1 - moved[age >= 40].sum() / plain[age >= 40].sum()
    more = 0.83 - levels(p, BEGIN).checkup_rate.mean()
    assert saved == pytest.approx(float(p.value("cost.checkup_effect", begins)) * more, rel=0.1)


def test_generics_save_their_share_of_drugs_outside_hospitals() -> None:
    levers = {"cost.generic_share": 0.9}
    year = BEGIN + 1
    plain, with_it = (care_of(year, q).tables["cost_by_age"][0] for q in (Parameters.load(), with_lever(levers)))
    np.testing.assert_array_equal(plain["inpatient"], with_it["inpatient"])
    p = Parameters.load()
    wanted = float(p.value("cost.generic_effect", year)) * (0.9 - float(p.value("cost.generic_start", year)))
    np.testing.assert_allclose(plain["dental"].sum(), with_it["dental"].sum(), rtol=1e-3)
    np.testing.assert_allclose(plain["outpatient"].sum(), with_it["outpatient"].sum(), rtol=1e-3)
    saved = plain["cost"].sum() - with_it["cost"].sum()
    assert plain["drugs"].sum() - with_it["drugs"].sum() == pytest.approx(saved, rel=0.02)
    assert saved == pytest.approx(wanted * plain["drugs"].sum(), rel=0.1)


def test_prevention_reaches_the_dearest_outpatients_only() -> None:
    levers = {"cost.nephropathy_reach": 1.0, "cost.nephropathy_effect": 0.4}
    year = BEGIN + int(Parameters.load().value("cost.nephropathy_lag", BEGIN))
    plain, moved, _ = moves(levers, year)
    spared = moved < plain
    assert 0 < spared.sum() < 0.01 * (plain > 0).sum()
    assert (plain - moved)[spared].mean() > 1_000_000


def test_programmes_are_paid_at_once_and_only_beyond_their_start() -> None:
    ones = np.ones(62)

    def cost(p: Parameters, year: int) -> np.ndarray:
        return programme_cost(p, year, ones * 1e3, ones * 1e3, ones * 10)

    plain = Parameters.load()
    assert (cost(plain, START) == 0).all()
    for levers in ({"cost.checkup_uptake": 0.8}, {"cost.nephropathy_reach": 0.3}, {"cost.duplicate_reach": 0.4}):
        p = with_lever(levers)
        np.testing.assert_array_equal(cost(p, BEGIN - 1), cost(plain, BEGIN - 1))
        assert (cost(p, BEGIN) > cost(plain, BEGIN)).all()


def test_a_shock_lasts_its_year_and_growth_adds_up() -> None:
    shock = Parameters.load().with_overrides({("cost.shock", 2027, None): 0.05})
    plain = {y: cost_of(y, Parameters.load())[0].sum() for y in (2027, 2028)}
    assert cost_of(2027, shock)[0].sum() == pytest.approx(1.05 * plain[2027], rel=1e-4)
    assert cost_of(2028, shock)[0].sum() == plain[2028]
    faster = with_lever({"cost.trend": 0.028})
    for year, years in ((2027, 2), (2028, 3)):
        assert cost_of(year, faster)[0].sum() == pytest.approx(plain[year] * (1.028 / 1.02) ** years, rel=1e-4)
