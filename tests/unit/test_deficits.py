"""Deficits as they are defined: purposes of transfers, the single-year balance, plans printed and assumed."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim.engine.loop import run_step
from sim.explanations.printed_plan import PrintedPlan, last_printed
from sim.institutions.agents import UNIFIED, Municipality, institutions
from sim.institutions.ledgers import MunicipalLedger, kept_balance
from sim.mechanisms.finance import SETTLE, municipal
from sim.mechanisms.rates import CONTRIBUTE, opening_rates
from sim.parameters import Parameters
from sim.studies.validation import deficit_plans, totals
from tests.tokyo_facts import fill, tokyo
from tests.town import Town
from tests.unit.test_rates import GAP, live

P = Parameters.load()
PURPOSES = ("health", "benefits", "remission", "rest")


@pytest.fixture(scope="module")
def world() -> Town:
    return live(2024)


def city(code: int, parameters: Parameters = P) -> Municipality:
    return next(a for a in institutions(tokyo(2025, parameters)).municipalities if a.code == code)


def test_other_purposes_have_items_of_their_own_and_leave_no_trace_in_the_result(world: Town) -> None:
    members = world.memory.get(2022, "member_months") // 12
    each = float(P.value("finance.other_discretionary_per_member", 2022))
    parts = {purpose: world.books.flow(2022, f"other_purpose_{purpose}") // 2 for purpose in PURPOSES}
    assert world.memory.get(2022, "other_discretionary").tolist() == np.floor(members * each).astype(int).tolist()
    assert sum(parts.values()).tolist() == world.memory.get(2022, "other_discretionary").tolist()
    share = float(P.value("finance.other_purpose_health", 2022))
    assert parts["health"].sum() == pytest.approx(share * members.sum() * each, abs=62)
    none = live(2022, parameters=P.with_overrides({("finance.other_discretionary_per_member", None, None): 0.0}))
    for fact in ("settlement", "discretionary_transfer", "single_year_balance"):
        assert none.memory.get(2022, fact).tolist() == world.memory.get(2022, fact).tolist()
    assert none.memory.get(2022, "other_discretionary").sum() == 0


def test_shares_of_other_purposes_beyond_one_are_cut_and_no_yen_is_made() -> None:
    over = {(f"finance.other_purpose_{name}", None, None): 1.0 for name in ("health", "benefits", "remission")}
    w = live(2022, parameters=P.with_overrides(over))
    total = w.memory.get(2022, "other_discretionary")
    assert (w.books.flow(2022, "other_purpose_health") // 2).tolist() == total.tolist()
    assert w.books.flow(2022, "other_purpose_rest").sum() == 0
    w.books.check(2022)


def test_a_settlement_card_of_all_purposes_is_read_as_such() -> None:
    """532億 is all 法定外繰入: 448億 against deficits and 84億 for other purposes meet it, 532億 and 84億 do not."""
    year = pd.DataFrame({"discretionary_transfer": [448e8], "other_discretionary": [84e8]}, index=[2022])
    read = totals.RULES["off_rule_transfer_total"].read
    assert read(SimpleNamespace(year=year), 2022) == 532e8  # type: ignore[arg-type]
    share = totals.RULES["off_rule_transfer_deficit_share_nation"].read
    assert share(SimpleNamespace(year=year), 2022) == pytest.approx(448 / 532)  # type: ignore[arg-type]


def test_single_year_balance_leaves_out_fund_loan_and_repayment() -> None:
    """単年度収支差 = 収入(繰越金・基金繰入・市町村債を除く) − 支出(基金積立・前年度繰上充用・公債費を除く)."""
    lend = {("municipal.loan_share", 2022, 13206): 0.5, ("rates.fund_draw_threshold", None, None): 1.0}
    w = live(2023, parameters=P.with_overrides(lend))
    i = P.codes().index(13206)
    paid, got = 0, 0
    for t in w.books.transfers:
        if t.year == 2023 and t.item not in ("fund_in", "fund_out", "loan", "loan_repayment"):
            got += int(t.amount[i]) if t.payee == "municipality" else 0
            paid += int(t.amount[i]) if t.payer == "municipality" else 0
    assert w.books.flow(2023, "loan_repayment")[i] > 0
    assert w.memory.get(2023, "single_year_balance")[i] == got - paid


def settled(budget: int | None) -> Town:
    """Return R4 settled where every budget but the first holds what its rates leave, or `budget` for all."""
    w = tokyo(2022, P)
    opening_rates(w)
    fill(w, 2022)
    run_step(w, CONTRIBUTE, 2022)
    if budget is not None:
        w.memory.put(2022, "budgeted_transfer", np.full(w.places, budget, np.int64))
    run_step(w, SETTLE, 2022)
    return w


def test_who_budgeted_no_transfer_uses_its_balance_first() -> None:
    """A deficit nobody planned is met by the balance carried over; only what is left comes from the general account."""
    planned, none = settled(1), settled(0)
    opening = tokyo(2022, P).ledger(MunicipalLedger).carried
    kept = np.clip(opening, 0, kept_balance(planned, 2022, planned.memory.get(2022, "contribution")))
    a, b = (w.memory.get(2022, "discretionary_transfer") for w in (planned, none))
    short = a > kept
    assert short.sum() > 20
    assert (a - b)[short].tolist() == kept[short].tolist()
    assert (none.ledger(MunicipalLedger).carried[short] == 0).all()


def test_purposes_of_a_transfer_by_hand() -> None:
    """Of 100 yen 30 repay last year's advance, 50 are what low rates leave, 20 cover the rest; never more than all."""
    w = tokyo(2022, P)
    w.memory.put(2022, "rates_below_standard", np.full(w.places, 50, np.int64))
    transfer, owed = np.full(w.places, 100, np.int64), np.full(w.places, 30, np.int64)
    transfer[1], owed[2], transfer[3] = 60, 500, 0
    municipal._purposes(w, 2022, transfer, owed)
    accumulated, relief = (w.memory.get(2022, f"transfer_{name}") for name in ("accumulated", "relief"))
    assert accumulated[:4].tolist() == [30, 30, 100, 0]
    assert relief[:4].tolist() == [50, 30, 0, 0]


def test_budget_is_what_the_rates_leave(world: Town) -> None:
    """What a municipality decides on and what its budget then holds are one figure, to the rounding of rates."""
    decided = [a for a in institutions(world).municipalities if world.memory.get(2024, "budgeted_transfer")[a.index]]
    assert len(decided) > 30
    below, budget = (world.memory.get(2024, name) for name in ("rates_below_standard", "budgeted_transfer"))
    assert (below[budget == 0] >= 0).all()
    assert below.sum() < budget.sum() * 1.2


def test_pace_of_a_plan_depends_on_its_class() -> None:
    """3 % of premiums a year by hand: 300 yen of 10,000; a large town with a high gap twice as fast where told so."""
    s = replace(GAP, standard=12_000, yield_now=10_000, collection=1.0, members=30_000, transfer=2_000)
    assert city(13201).planned_transfer(s) == 2_000 - 300
    low = city(13201, P.with_overrides({("municipal.plan_ratio_low", None, None): 2.0}))
    assert low.planned_transfer(s) == 2_000 - 600
    fast = P.with_overrides(
        {
            ("municipal.plan_ratio_high", None, None): 2.0,
            ("municipal.plan_ratio_small", None, None): 3.0,
            ("municipal.plan_high_above", None, None): 0,
            ("municipal.plan_small_below", None, None): 40_000,
        }
    )
    assert city(13201, fast).planned_transfer(s) == 2_000 - 1_800


def test_the_end_of_a_period_is_no_year_of_elimination() -> None:
    """町田's sixth plan ends in R8 and says nothing of zero; 西東京 ends in R21 in equal steps."""
    assert city(13209).published_end is None
    assert city(13203).published_end == 2035
    nishitokyo = city(13229)
    assert nishitokyo.published_end == 2039
    s = replace(GAP, year=2027)
    gap = Municipality.gap(s)
    assert nishitokyo.planned_transfer(s) == round(gap * (1 - 1 / 13))
    assert nishitokyo.planned_transfer(replace(s, year=2039)) == 0


def test_a_group_closes_its_gap_by_a_lever() -> None:
    """The wards' rates bring in the whole need; what single wards lack besides stays theirs."""
    lever = {("municipal.group_closing", None, None): 1.0, ("municipal.group_tolerance", None, None): 0.5}
    base, closed = live(2026), live(2026, parameters=P.with_overrides(lever))
    wards = np.array([a.kind == UNIFIED for a in institutions(base).municipalities])
    a, b = (w.rates[2027] for w in (base, closed))
    assert (b.income_part[wards, 0] > a.income_part[wards, 0]).all()
    assert len(set(b.income_part[wards, 0].tolist())) == 1
    left, before = (w.memory.get(2027, "budgeted_transfer")[wards].sum() for w in (closed, base))
    assert left < 0.7 * before


def test_printed_plan_runs_from_its_level_to_zero() -> None:
    plan = PrintedPlan.of(P, 13210)
    assert plan.base == (2016, 226_236_000)
    path = [800, 750, 660, 570, 480, 400, 320, 240, 160, 80, 0]
    assert [plan.path(year) for year in range(2025, 2036)] == [1_000_000 * x for x in path]
    assert (plan.path(2024), plan.path(2036)) == (None, None)
    assert plan.whole == 1_200_000_000  # 9 x 50 + 3 x 90 + 6 x 80 million
    assert [plan.measure(kind, 2028) for kind in ("rates", "collection", "health")] == [
        70_000_000,
        5_000_000,
        15_000_000,
    ]
    assert plan.measure("rates", 2026) is None  # 50 million a year: no page says by which measures
    assert (plan.end, plan.start, last_printed(P)) == (2035, 2018, 2035)


def test_a_plan_printed_in_part_refers_to_its_base_year() -> None:
    plan = PrintedPlan.of(P, 13109)
    assert plan.whole == 1_324_062_000
    assert plan.cuts[2023] / plan.whole == pytest.approx(0.037, abs=1e-3)
    assert plan.settled[2023] == 2_069_540_000
    assert PrintedPlan.of(P, 13101) == PrintedPlan(
        base=None, cuts={}, level=None, measures={}, settled={}, end=0, start=0
    )


def test_validation_shows_every_printed_year_and_judges_settlements_only() -> None:
    years, codes = range(2022, 2025), (13109, 13210)
    frame = pd.DataFrame([(y, c) for y in years for c in codes], columns=["year", "code"])
    bills = {f"bill_{p}": 1_000 for p in ("medical", "support", "care", "child", "unknown_address")}
    frame = frame.assign(
        **bills, collected=2_700, discretionary_transfer=1_000_000_000 - 10_000_000 * (frame["year"] - 2022)
    )
    plans = P.rows("places.deficit_plans")
    p = SimpleNamespace(rows=lambda name: plans[plans["code"].isin(codes)], places=P.places, table=P.table)
    rows = {str(r["id"]): r for r in deficit_plans.rows(SimpleNamespace(place=frame), p, set(years))}  # type: ignore[arg-type]
    assert rows["deficit_transfer_settled.13109.2022"]["ok"] is True  # 955 against 1,000 million
    assert rows["deficit_transfer_settled.13109.2023"]["ok"] is False
    assert rows["planned_reduction.13109.2024"]["simulated"] == 10_000_000
    assert rows["planned_discretionary_transfer.13210.2035"]["published"] == 0
    assert rows["planned_discretionary_transfer.13210.2035"]["simulated"] is None
    assert {r["ok"] for r in rows.values() if r["role"] != "held_out"} == {None}
    assert rows["deficit_base_year.13210.2016"]["published"] == 226_236_000
