"""Values the register allows made rates, caps, contributions and costs below zero, and runs ended in a traceback."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.core.errors import BalanceError, ParameterError
from sim.engine import checks
from sim.engine.api import plan
from sim.institutions.agents import institutions, unified
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import caps
from sim.mechanisms.rates import contribution, opening_rates
from sim.mechanisms.rates.decide import decide_rates
from sim.mechanisms.rates.state import Chains
from sim.mechanisms.rates.step import contribution_of
from sim.parameters import Parameters
from sim.parameters.schema import Value
from tests.ends import REFUSED, Try, _extremes, ends, live
from tests.tokyo_facts import fill, tokyo
from tests.unit.test_rates import live as institutions_live

P = Parameters.load()


def lived(key: str, value: Value, benefit: int | None = None) -> Any:
    """Return the institutions after R4 to R8 under a value, with an own level of benefits if given."""
    fills = {} if benefit is None else {"benefit": benefit}
    return institutions_live(2026, parameters=P.with_overrides({(key, None, None): value}), **fills)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("finance.state_share", 1.0),
        ("finance.metropolis_share", 1.0),
        ("finance.normal_slope", 0.0),
        ("finance.normal_rate_cap", 0.0),
        ("levy.cap_medical", 0),
        ("levy.cap_support", 0),
    ],
)
def test_institutions_live_with_either_end(key: str, value: Value) -> None:
    """BalanceError: '13102 R8: income_part of the medical portion is -31100', '13202 R7: cap is -20000'."""
    assert value in _extremes(P.passport(key))
    w = lived(key, value)
    for year in range(2022, 2027):
        checks.contributions_are_not_below_zero(w, year)
        checks.nobody_owes_a_fund(w, year)
        assert (w.rates[year + 1].cap >= 0).all()


def test_wards_that_owe_nothing_lower_rates_by_the_largest_cut() -> None:
    """cost.shock -0.5, cost.fee_revision and cost.rebound -0.1: there was no floor, and rates fell below zero."""
    w = institutions_live(2027)
    wards = unified(institutions(w))["special_wards"]
    chain = w.ledger(Chains).by_year[2028]
    for name in PORTIONS[:3]:
        chain.portions[name].levy[:] = 0
    rates, _ = decide_rates(w, chain, 2027)
    cut = float(P.value("municipal.largest_cut", 2028))
    for name, step in (("income_part", 100), ("per_head", 100)):
        new, old = (getattr(r, name)[wards, :3] for r in (rates, w.rates[2027]))
        assert np.abs(new - old * (1 - cut)).max() <= step / 2 + 1e-6, name


def test_a_portion_without_a_contribution_has_no_rate_and_none_below_zero() -> None:
    w = institutions_live(2027)
    chain = w.ledger(Chains).by_year[2028]
    chain.portions["support"].levy[:] = 0
    rates, _ = decide_rates(w, chain, 2027)
    wards = unified(institutions(w))["special_wards"]
    assert (rates.income_part[wards, 1] == 0).all()
    assert (rates.per_head[wards, 1] == 0).all()
    assert (rates.income_part[wards, 0] > 0).all()


def test_wards_whose_transfers_end_by_rule_levy_no_portion_below_zero() -> None:
    """Nothing holds them then, and the portion that needs nothing is not levied."""
    w = lived("municipal.deficits_gone_by", 2026)
    chain = w.ledger(Chains).by_year[2027]
    chain.portions["support"].assessed[:] = -abs(chain.portions["support"].assessed)
    rates, how = decide_rates(w, chain, 2026)
    wards = unified(institutions(w))["special_wards"] & (how == "unified")
    assert wards.any()
    assert (rates.income_part[wards, 1] == 0).all()
    assert (rates.per_head[wards, 1] == 0).all()


@pytest.mark.parametrize("portion", PORTIONS)
def test_no_cap_is_below_zero(portion: str) -> None:
    """A city keeps its distance to the national cap: 20,000 yen below 0 was -20,000."""
    p = P.with_overrides({(f"levy.cap_{portion}", None, None): 0})
    assert (caps(p, 2028) == 0).sum() >= 62
    assert (caps(p, 2028) >= 0).all()


def test_a_levy_below_zero_is_borne_by_the_others() -> None:
    """Shibuya's medical contribution of R4 was -2.6 billion yen at 1/200: three receipts stood for 600."""
    levy = np.array([-30, 100, 0, 300], np.int64)
    floored = contribution.not_below_zero(levy)
    assert floored.tolist() == [0, 92, 0, 278]
    assert floored.sum() == levy.sum()
    assert contribution.not_below_zero(np.array([-30, 10], np.int64)).tolist() == [0, 0]
    same = np.array([0, 5], np.int64)
    assert contribution.not_below_zero(same) is same


def test_explain_names_what_a_floor_moves() -> None:
    """c + individual items = d holds where a levy would have been below zero."""
    w = tokyo(2022)
    opening_rates(w)
    fill(w, 2022)
    costly = w.memory.get(2022, "over_4200k").copy()
    costly[12] += 100_000_000_000
    w.memory.put(2022, "over_4200k", costly)
    c = contribution_of(w, 2022, 2022).portions["medical"]
    assert "floor" in c.items
    assert c.levy[12] == 0
    assert (c.base + sum(c.items.values()) == c.levy_before_easing).all()


def test_shares_that_cannot_stand_together_are_told_before_the_run() -> None:
    """Drugs and dental care above all care gave outpatient care at -17 billion yen, without a word."""
    for values, said in (
        ({"cost.drug_share": [0.6] * 15, "cost.dental_share": [0.5] * 15}, "cost.dental_share: 0.5 is outside"),
        ({"cost.stay_months": [1.0] * 3}, "must add up to 1"),
    ):
        with pytest.raises(ParameterError, match=said):
            plan("baseline", sample=10_000, overrides={(k, None, None): v for k, v in values.items()})


def test_shares_above_all_care_are_refused_whatever_their_own_ranges_allow() -> None:
    """Switching the check off was seen by no test, since each range alone refused the example above."""

    class Register:
        def value(self, key: str, year: int) -> list[float]:
            assert year == 2022
            return {"cost.stay_months": [0.5, 0.3, 0.2], "cost.dental_share": [0.1, 0.4]}.get(key, [0.5, 0.7])

    with pytest.raises(
        ParameterError, match=r"cost\.drug_share 0\.7 and cost\.dental_share 0\.4 at ages .* more than all care"
    ):
        checks.shares_fit_together(Register(), 2022)  # type: ignore[arg-type]


def test_money_below_zero_is_noticed() -> None:
    """No check saw it."""
    w = institutions_live(2022)
    for name, check in (
        ("cost", checks.care_costs_nothing_below_zero),
        ("bill_care", checks.premiums_are_not_below_zero),
        ("collected", checks.payments_are_not_below_zero),
        ("contribution_medical", checks.contributions_are_not_below_zero),
        ("discretionary_transfer", checks.nobody_owes_a_fund),
    ):
        was = w.memory.get(2022, name)
        w.memory.put(2022, name, np.where(np.arange(62) == 3, -5, was))
        with pytest.raises(BalanceError, match=rf"13104 R4: {name} is -5; it cannot be below zero"):
            check(w, 2022)
        w.memory.put(2022, name, was)


def test_claims_that_come_from_nowhere_are_noticed() -> None:
    """opening + unpaid = collected + written off + closing, by municipality."""
    w = institutions_live(2022)
    billed = sum((w.memory.get(2022, f"bill_{p}") for p in PORTIONS), np.zeros(62, np.int64))
    w.memory.put(2022, "unpaid", billed - w.memory.get(2022, "collected"))
    w.memory.put(2022, "arrears_opening", w.memory.get(2022, "arrears_collected"))
    for name, values in (("arrears_written_off", 0 * billed), ("arrears_closing", w.memory.get(2022, "unpaid"))):
        w.memory.put(2022, name, values)
    checks.payments_add_up(w, 2022)
    w.memory.put(2022, "arrears_closing", w.memory.get(2022, "arrears_closing") + (np.arange(62) == 4))
    with pytest.raises(BalanceError, match="claims do not add up at place 4"):
        checks.payments_add_up(w, 2022)


def test_ends_are_what_the_register_allows() -> None:
    """`make ends` tries them all; a refusal is a message before the run."""
    everything = list(ends(["*"]))
    assert len(everything) > 990
    assert len({t.key for t in everything}) > 490
    assert {(t.key, t.value) for t in everything if t.key == "cost.shock"} == {
        ("cost.shock", -0.5),
        ("cost.shock", 1.0),
    }
    assert live(Try("cost.stay_months", [0.0] * 3), 20_000, 2022)[0] == REFUSED
