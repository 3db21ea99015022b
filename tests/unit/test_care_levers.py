"""Levers of care on the same people with the same draws: whom they reach, which way, and after how many years."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.core.tables import joined
from sim.core.units import april
from sim.engine.loop import run_step
from sim.institutions.programmes import Levels, levels
from sim.mechanisms.care import CARE
from sim.mechanisms.care.checkup import takes_part
from sim.mechanisms.care.profile import mean_cost
from sim.mechanisms.care.programmes import Basis, cost, recovered
from sim.mechanisms.care.scales import level
from sim.mechanisms.care.uptake import moved
from sim.parameters import Parameters
from sim.population.codes import Residence, Scheme
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
    plain, with_it = (
        joined(care_of(year, q).tables["cost_by_age"][:1]) for q in (Parameters.load(), with_lever(levers))
    )
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


REACHED = Basis(*(np.full(62, n) for n in (300.0, 5.0, 1000.0, 400.0, 10.0)))
"""Whom the programmes of each municipality turn to: checked, guided, members, elderly, at risk."""


def test_programmes_are_paid_at_once_and_only_beyond_their_start() -> None:
    plain = Parameters.load()
    checks = 300 * plain.value("cost.checkup_cost", BEGIN) + 5 * plain.value("cost.guidance_cost", BEGIN)
    assert (cost(plain, BEGIN, REACHED) == checks).all(), "checks and guidance, a price a person"
    wanted = {
        "nephropathy_reach": (0.3, 0.2 * 10 * 150_000),
        "duplicate_reach": (0.4, 0.3 * 1000 * 0.03 * 3_000),
        "generic_share": (0.9, 0.1 * 1000 * 2_000),
        "integrated_reach": (0.5, 0.5 * 400 * 5_000),
        "review_reach": (1.0, 1000 * 150),
        "third_party_reach": (1.0, 0.4 * 1000 * 60),
        "sharing_reach": (0.5, 0.5 * 1000 * 150),
    }
    for key, (reach, yen) in wanted.items():
        p = with_lever({f"cost.{key}": reach})
        np.testing.assert_array_equal(cost(p, BEGIN - 1, REACHED), checks)
        np.testing.assert_allclose(cost(p, BEGIN, REACHED) - checks, yen, err_msg=key)


def test_claims_on_third_parties_bring_in_their_share_of_benefits() -> None:
    benefit = np.full(62, 1_000_000_000, np.int64)
    assert (recovered(Parameters.load(), BEGIN, benefit) == 0).all()
    assert (recovered(with_lever({"cost.third_party_reach": 1.0}), BEGIN, benefit) == 0.002 * 0.4 * 1e9).all()


def test_who_takes_part_goes_on_doing_so_and_a_higher_uptake_adds_people() -> None:
    p = Parameters.load()
    goals = {"cost.checkup_uptake": 0.8, "cost.guidance_uptake": 0.6}
    few, many = (care_of(BEGIN, q).memory.years[BEGIN] for q in (p, with_lever(goals)))
    assert (few["checkable"] == many["checkable"]).all()
    assert (few["checkups"] <= many["checkups"]).all()
    rate = few["checkups"].sum() / few["checkable"].sum()
    assert rate == pytest.approx(levels(p, BEGIN).checkup_rate.mean(), abs=0.03)
    assert many["checkups"].sum() / many["checkable"].sum() == pytest.approx(0.8, abs=0.03)
    due = float(p.value("cost.guidance_due", BEGIN))
    assert many["guidances"].sum() / many["checkups"].sum() == pytest.approx(due * 0.6, rel=0.25)


def test_the_care_of_people_on_assistance_is_told_and_is_no_cost_of_the_insurance() -> None:
    p = Parameters.load()
    w = small_world(200, BEGIN)
    two = np.arange(2)
    w.people.data["scheme"][:] = Scheme.KOKUHO
    w.people.data["scheme"][two] = Scheme.ASSISTANCE
    w.people.data["insured_months"][two] = 0
    w.people.data["present"][two] = (0xFFF, 0x3F)
    w.people.data["born"][two] = april(BEGIN) + 6 - 12 * np.array((80, 50))
    run_step(w, CARE, BEGIN)
    facts = w.memory.years[BEGIN]
    assert facts["assisted_months"].sum() == 12 + 6
    ratio = level(p, BEGIN) * float(p.value("cost.assistance_ratio", BEGIN))
    younger = mean_cost(p)[50, w.people.sex[1]] / 2
    assert facts["assistance_cost"].sum() == pytest.approx(ratio * (942_000 + younger), abs=2)


def test_uptake_by_age_has_the_rate_of_the_municipality_and_the_shape_of_the_nation() -> None:
    nation = np.array([0.2, 0.3, 0.45])
    weights = np.array([[1.0, 1.0, 1.0], [1.0, 1.0, 8.0], [5.0, 1.0, 1.0]])
    rates = np.array([0.2, 0.6, 0.3])
    shares = moved(nation, weights, rates)
    np.testing.assert_allclose((shares * weights).sum(axis=1) / weights.sum(axis=1), rates)
    assert (np.diff(shares, axis=1) > 0).all()
    gaps = np.log(shares / (1 - shares)) - np.log(nation / (1 - nation))
    np.testing.assert_allclose(gaps, gaps[:, :1] * np.ones(3))
    np.testing.assert_allclose(moved(nation, weights, np.array([0.0, 1.0, 0.5]))[:2], [[0] * 3, [1] * 3], atol=1e-9)


def test_a_person_is_guided_only_if_checked_and_due() -> None:
    assert takes_part(0.5, 0.0, 0.0, 0.4, 1.0, 1.0) == (0, 0)
    assert takes_part(0.3, 0.2, 0.0, 0.4, 1.0, 0.1) == (1, 0)
    assert takes_part(0.3, 0.05, 0.5, 0.4, 0.4, 0.1) == (1, 0)
    assert takes_part(0.3, 0.05, 0.3, 0.4, 0.4, 0.1) == (1, 1)


def test_the_integrated_programme_saves_from_65_on_only() -> None:
    p = Parameters.load()
    year = BEGIN + int(p.value("cost.integrated_lag", BEGIN))
    plain, with_it, age = moves({"cost.integrated_reach": 1.0}, year)
    np.testing.assert_array_equal(plain[age < 65], with_it[age < 65])
    saved = 1 - with_it[age >= 65].sum() / plain[age >= 65].sum()
    assert saved == pytest.approx(float(p.value("cost.integrated_effect", year)), rel=0.02)


def test_a_further_review_cuts_its_share_at_once_and_shared_tests_spare_drugs_and_teeth() -> None:
    p = Parameters.load()
    plain, cut, _ = moves({"cost.review_reach": 1.0}, BEGIN)
    assert 1 - cut.sum() / plain.sum() == pytest.approx(float(p.value("cost.review_effect", BEGIN)), rel=0.05)
    base, shared = (
        joined(care_of(BEGIN + 1, q).tables["cost_by_age"][:1]).sum()
        for q in (p, with_lever({"cost.sharing_reach": 1.0}))
    )
    for kind in ("inpatient", "drugs", "dental"):
        assert shared[kind] == pytest.approx(base[kind], rel=1e-3), kind
    assert shared["outpatient"] < base["outpatient"]


def test_a_shock_lasts_its_year_and_growth_adds_up() -> None:
    shock = Parameters.load().with_overrides({("cost.shock", 2027, None): 0.05})
    plain = {y: cost_of(y, Parameters.load())[0].sum() for y in (2027, 2028)}
    assert cost_of(2027, shock)[0].sum() == pytest.approx(1.05 * plain[2027], rel=1e-4)
    assert cost_of(2028, shock)[0].sum() == plain[2028]
    faster = with_lever({"cost.trend": 0.028})
    for year, years in ((2027, 2), (2028, 3)):
        assert cost_of(year, faster)[0].sum() == pytest.approx(plain[year] * (1.028 / 1.02) ** years, rel=1e-4)


def test_the_plan_of_a_municipality_is_its_indicators() -> None:
    w = care_of(BEGIN, with_lever({"cost.third_party_reach": 0.9}))
    plan = joined(w.tables["health_plan"][:1]).set_index(["indicator", "code"])
    assert set(plan.index.get_level_values("indicator")) == set(Levels.__dataclass_fields__)
    assert (plan.loc["third_party_reach", "reach"] == 0.9).all()
    assert (plan.loc["third_party_reach", "baseline"] == 0.6).all()
    assert (plan.loc["checkup_rate", "goal"] == 0.6).all()
    assert plan.loc["integrated_reach", "goal"].isna().all()
    facts, checks = w.memory.years[BEGIN], joined(w.tables["health_checks"][:1])
    some = facts["checkable"] > 0
    np.testing.assert_array_equal(
        plan.loc["checkup_rate", "reach"].to_numpy()[some], facts["checkups"][some] / facts["checkable"][some]
    )
    assert checks["checked"].sum() == facts["checkups"].sum()
    assert checks["age_group"].tolist() == [f"{a}-{a + 4}" for a in range(40, 75, 5)]
