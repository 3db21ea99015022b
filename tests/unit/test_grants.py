"""Grants of the state, the pools of the nation and what other schemes ask of 国保, worked by hand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from sim.core.tables import joined
from sim.institutions import late_elderly as late
from sim.institutions.funding import FundingRules
from sim.institutions.late_elderly import LateElderly
from sim.institutions.metropolitan_account import MedicalFigures, medical_money, payment_money, review_fees
from sim.institutions.pools import paid_in, subsidy_part
from sim.institutions.special_grants import local_loss, local_subsidy, municipal_grants, special_case_grant
from sim.institutions.stabilisation import stabilisation_support
from sim.mechanisms.rates.state import Chains
from sim.mechanisms.rates.support import FACT, late_growth
from sim.parameters import Parameters
from tests.tokyo_facts import tokyo
from tests.unit.test_rates import live

P = Parameters.load()
RULES = FundingRules.of(P, 2025)


def yen(*values: int) -> np.ndarray:
    return np.array(values, np.int64)


# 後期高齢者支援金


def test_support_is_what_public_money_and_premiums_leave() -> None:
    """20 million x 1 million yen, 8 % at the counter: 18.4兆; 47.5 % public, 12.5 % premiums leave 40 %."""
    nation = LateElderly(people=20e6, cost=1e6, own_share=0.08, active=0.05, public=0.5, premiums=0.125, insured=100e6)
    assert nation.benefit == pytest.approx(18.4e12)
    assert nation.support == pytest.approx(7.36e12)
    assert nation.per_member == pytest.approx(73_600)


def test_the_budget_of_r6_comes_out() -> None:
    """国保のすがた: cost 20.0兆, benefits 18.4兆, support 7.4兆."""
    nation = late.late_elderly(P, 2024)
    assert nation.people * nation.cost == pytest.approx(20.0e12, abs=0.05e12)
    assert nation.benefit == pytest.approx(18.4e12, abs=0.05e12)
    assert nation.support == pytest.approx(7.4e12, abs=0.05e12)


def test_a_larger_share_at_the_counter_lowers_the_support() -> None:
    everyone = P.with_overrides({("finance.late_own_shares", 2026, None): [0.3, 0.2, 0.2]})
    assert late.own_share(P, 2026) == pytest.approx(0.597 * (0.07 * 0.3 + 0.2 * 0.2 + 0.73 * 0.1))
    assert late.own_share(everyone, 2026) == pytest.approx(0.597 * (0.07 * 0.3 + 0.93 * 0.2))
    assert late.per_member(everyone, 2026) < late.per_member(P, 2026)


def test_cost_per_head_follows_growth_and_fee_revisions_that_are_decided() -> None:
    p = P.with_overrides({("cost.fee_revision", 2026, None): 0.02, ("cost.fee_revision", 2025, None): 0.0})
    known, unknown = late.cost_per_head(p, 2026), late.cost_per_head(p, 2026, decided=2025)
    assert unknown == pytest.approx(late.cost_per_head(p, 2024) * 1.01**2)
    assert known == pytest.approx(unknown * 1.02)
    assert late.cost_per_head(p, 2023) == pytest.approx(
        late.cost_per_head(p, 2024) / 1.01 / (1 + p.value("cost.fee_revision", 2024))
    )


def test_premiums_and_support_per_head_grow_alike_from_r8_on() -> None:
    """R6 set 12.67 %; in R8 and R9 premiums per late elderly over support per member stand as they stood in R6."""
    assert late.premiums_share(P, 2025, {}) == pytest.approx(0.1267)

    def premium_over_support(year: int) -> float:
        nation = late.late_elderly(P, year)
        return nation.benefit * nation.premiums / nation.people / nation.per_member

    assert premium_over_support(2026) == pytest.approx(premium_over_support(2024))
    assert late.premiums_share(P, 2027, {}) == late.premiums_share(P, 2026, {}) > 0.1267


def test_a_notified_amount_holds_and_later_years_move_from_it_by_the_rule() -> None:
    assert late.per_member(P, 2025) == P.value("finance.support_per_member", 2025) == 70_416
    rule = late.late_elderly(P, 2027).per_member / late.late_elderly(P, 2025).per_member
    assert late.per_member(P, 2027) == pytest.approx(70_416 * rule)
    assert late.per_member(P, 2022) == pytest.approx(late.late_elderly(P, 2022).per_member)
    older = {2026: 0.05}
    assert late.per_member(P, 2026, older) > late.per_member(P, 2026)


def test_simulated_growth_moves_that_of_the_nation_by_its_weight() -> None:
    """13,000 rows weigh a half: 3.27 % found beside 2.27 % of the past move the nation's 2.2 % to 2.7 %."""
    w = tokyo(2022)
    first, second = np.zeros(62, np.int64), np.zeros(62, np.int64)
    first[0], second[0] = 13_000, round(13_000 * 1.0327)
    w.memory.put(2022, FACT, first)
    assert late_growth(w, 2023, 2022) == {2023: pytest.approx(0.022)}
    w.memory.put(2023, FACT, second)
    found = late_growth(w, 2025, 2023)
    assert found[2023] == pytest.approx(0.027, abs=1e-5)
    assert found[2025] == found[2024] == found[2023]
    assert late_growth(w, 2024, 2022) == {2023: pytest.approx(0.022), 2024: pytest.approx(0.022)}


# 審査支払手数料, 特別高額医療費共同事業, 財政安定化支援事業


def test_fees_are_receipts_times_the_price() -> None:
    assert review_fees(RULES, yen(1_000, 0)).tolist() == [int(1_000 * 2.36 * 57.12), 0]


def test_the_pool_takes_past_receipts_less_the_part_of_the_subsidy() -> None:
    """59 % of 2,000百万 are 1,180百万; 11.7 % of 60億 are 702百万."""
    rules = dataclasses.replace(RULES, special_pool_share=0.117)
    assert subsidy_part(rules, 2_454_000) == 702_000_000
    assert paid_in(rules, 2_000_000_000, 2_454_000) == 1_180_000_000 - 702_000_000
    assert paid_in(rules, 0, 2_454_000) == 0
    by_heads = dataclasses.replace(RULES, special_pool_share=0.0)
    assert subsidy_part(by_heads, 2_373_000) == 600_000_000


def test_stabilisation_support_pays_the_mean_where_all_is_as_in_the_nation() -> None:
    """One as the nation; one without relief; one below half of the nation in relief and ages."""
    p = P.with_overrides({("finance.stabilisation_beds", None, None): 1.0})
    members = yen(100_000, 100_000, 100_000)
    low, old = yen(58_000, 0, 29_000), yen(44_800, 44_800, 22_400)
    money = stabilisation_support(p, 2025, members, low, old)
    whole = 100_000 * p.value("finance.stabilisation_support_per_member", 2025)
    assert money.tolist() == pytest.approx([whole, whole * 0.6, whole * 0.3], abs=1)


# 調整交付金, 地方単独事業


def test_special_grants_of_municipalities_by_reason() -> None:
    """295 yen a head; 5 % of premiums lost; 8/10 of a remission that takes 3 % of the premiums, nothing below."""
    found = municipal_grants(
        P, 2025, yen(1_000, 1_000), yen(1_000_000, 1_000_000), yen(200_000, 0), yen(30_000, 29_999)
    )
    assert {name: money.tolist() for name, money in found.items()} == {
        "special_mental": [295_000, 295_000],
        "special_job_loss": [10_000, 0],
        "special_disaster": [24_000, 0],
    }


def test_what_is_moved_out_of_the_share_comes_back_by_the_normal_grant() -> None:
    """1 % of 100億 is 1億; of 656億 moved in the nation a one with a tenth of the grant gets 65.6億."""
    rules = dataclasses.replace(RULES, moved_share=0.01)
    assert special_case_grant(rules, 59_000_000_000) == 6_560_000_000
    assert special_case_grant(rules, 0) == special_case_grant(RULES, 59_000_000_000) == 0
    rich = payment_money(rules, 10_000_000_000, 100_000, 10**13)
    assert (rich.moved, rich.grant.grant, rich.special_case) == (100_000_000, 0, 0)
    assert sum(rich.lines().values()) == sum(payment_money(RULES, 10**10, 100_000, 10**13).lines().values()) + 10**8


def test_free_care_costs_state_money_and_the_prefecture_gives_a_part() -> None:
    """R5: 3,100 yen a child from school age to 18 and 500 a head; nothing for children from R6 on."""
    before, after = FundingRules.of(P, 2023), FundingRules.of(P, 2024)
    assert local_loss(before, yen(1_000), yen(100)).tolist() == [810_000]
    assert local_loss(after, yen(1_000), yen(100)).tolist() == [500_000]
    half = dataclasses.replace(after, local_loss_subsidy=0.5)
    assert local_subsidy(half, yen(500_001)).tolist() == [250_000]


def figures(**changed: int | float) -> MedicalFigures:
    """Return the figures of a poor prefecture with a normal grant."""
    plain: dict[str, int | float] = dict.fromkeys((f.name for f in dataclasses.fields(MedicalFigures)), 0)
    plain |= {"members": 100_000, "benefits": 30_000_000_000, "elderly": 12_000_000_000, "base_income": 30_000_000_000}
    return MedicalFigures(**(plain | {"index": 1.0} | changed))  # type: ignore[arg-type]


def test_the_grant_by_standard_cost_moves_where_there_is_a_grant() -> None:
    """The scenario standard_cost_grant: a cost 10 % above the standard loses, one below gains; no grant, no change."""
    proposal = dataclasses.replace(RULES, normal_standardised=True)
    now, high, low = (
        medical_money(rules, figures(index=x)).grant.grant
        for rules, x in ((RULES, 1.1), (proposal, 1.1), (proposal, 0.9))
    )
    assert 0 < high < now < low
    rich = {"base_income": 10**12}
    assert medical_money(proposal, figures(index=1.1, **rich)).grant.grant == 0
    assert medical_money(proposal, figures(index=1.1, **rich)).grant.demand > 0


def test_the_fifth_item_is_settled_by_municipality_or_pooled() -> None:
    """地方単独事業: in R6 each municipality bears its own; with the fifth switch the metropolis bears them."""
    own = live(2023).ledger(Chains).by_year[2024]
    lines = own.portions["medical"].lines
    assert int(own.portions["medical"].items["local_programmes"].sum()) == lines["b2l"] + lines["b12"] > 0
    pooled = live(2023, parameters=P.with_overrides({("rates.pooled_items", None, None): [1, 1, 1, 1, 1]}))
    chain = pooled.ledger(Chains).by_year[2024].portions["medical"]
    assert "local_programmes" not in chain.items
    assert chain.need == own.portions["medical"].need
    assert chain.base_total == own.portions["medical"].base_total + lines["b2l"] + lines["b12"]


def test_every_line_reaches_the_tables_of_both_estimates_and_the_books() -> None:
    p = P.with_overrides({("finance.moved_share", None, None): 0.01})
    w = live(2023, parameters=p)
    account = joined(w.tables["metropolitan_account"])
    there = set(account["item"])
    lines = {"b2t", "b2l", "b3t", "b4o", "b12", "G_demand", "G_revenue"}
    assert {f"medical.{line}" for line in lines} <= there
    assert {"support.b2t", "support.b3t", "support.G_demand", "child.G_revenue"} <= there
    seen = account[account["year"] == 2024].set_index("item")["value"]
    assert seen["support.L_per_member"] == 71_042
    assert 0.98 < seen["support.L_by_rule"] / 71_042 < 1.02
    assert seen["support.L_support"] / seen["support.L_insured"] == pytest.approx(seen["support.L_by_rule"])
    symbols = joined(w.tables["contribution"])
    assert {*lines, "revenue.special_mental", "revenue.special_disaster"} <= set(symbols["symbol"])
    for year in (2022, 2023):
        w.books.check(year)
        for item in ("moved_share", "local_loss", "local_subsidy", "special_other", "special_mental", "refunds"):
            assert w.books.flow(year, item).sum() > 0, item
