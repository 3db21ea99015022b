"""Contributions, standard rates and decisions on years that look like Tokyo."""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from sim.core.errors import BalanceError, InputError, ParameterError
from sim.core.state import take
from sim.core.tables import joined
from sim.engine.loop import run_step
from sim.explanations import chain as sheet
from sim.explanations import sheet as workbook
from sim.explanations.deficit_plan import deficit_plan, elimination_years
from sim.institutions.agents import ALONE, UNIFIED, Situation, institutions
from sim.institutions.ledgers import MetropolitanLedger
from sim.institutions.notices import Notices
from sim.institutions.rates import caps
from sim.mechanisms.finance import SETTLE
from sim.mechanisms.rates import CONTRIBUTE, DECIDE, ESTIMATE, decide, opening_rates, uncapped
from sim.mechanisms.rates import contribution as rule
from sim.mechanisms.rates.actual import known_rates
from sim.mechanisms.rates.benefits import announced, figure_announced, growth_expected, growth_found
from sim.mechanisms.rates.chain import _names, areas_of
from sim.mechanisms.rates.decide import Seen, situation, yield_of
from sim.mechanisms.rates.forecast import outlook
from sim.mechanisms.rates.membership import count
from sim.mechanisms.rates.requirement import ITEMS
from sim.mechanisms.rates.state import Chains, Homes, People
from sim.outputs.collect import _facts, _rates
from sim.parameters import Parameters
from tests.small import small_world
from tests.tokyo_facts import MEMBERS, fill, tokyo
from tests.town import Town

P = Parameters.load()
NO_MEMBERS: dict[tuple[str, int | None, int | None], float] = {
    ("rates.forecast_members", None, None): 0,
    ("rates.forecast_members_provisional", None, None): 0,
}
NOTHING_ANNOUNCED: dict[tuple[str, int | None, int | None], float] = {
    ("rates.forecast_benefit", None, None): 0,
    ("rates.forecast_benefit_provisional", None, None): 0,
}


GAP = Situation(
    year=2025,
    standard=3_000_000_000,
    yield_now=2_400_000_000,
    collection=0.95,
    members=20_000,
    transfer=700_000_000,
    spare=0,
)
"""A city whose rates bill far less than the standard ones would."""


NO_POINTS_FOR_ALPHA = {("effort.prefecture_3_unification", None, None): 0}
"""so that the need stays the same whatever alpha is"""


def live(last: int, first: int = 2022, parameters: Parameters | None = None, **fills: int) -> Town:
    """Return a world whose institutions have lived the years first..last."""
    w = tokyo(first, parameters or P)
    opening_rates(w)
    return live_on(w, first, last, **fills)


def live_on(w: Town, first: int, last: int, **fills: int) -> Town:
    for year in range(first, last + 1):
        w.year = year
        fill(w, year, **fills)
        for step in (CONTRIBUTE, SETTLE, DECIDE):
            run_step(w, step, year)
    return w


@pytest.fixture(scope="module")
def world() -> Town:
    return live(2028)


def headline(w: Town, year: int) -> dict[str, float]:
    table = joined(w.tables["metropolitan_account"])
    table = table[table["year"] == year]
    return dict(zip(table["item"], table["value"].tolist(), strict=True))


def test_contributions_are_what_the_metropolis_needs(world: Town) -> None:
    for year in range(2022, 2030):
        total = int(world.memory.get(year, "contribution").sum() + world.memory.get(year, "easing").sum())
        h = headline(world, year)
        paid = h["benefits"] + h["support_payment"] + h["care_payment"] + h["child_payment"]
        assert total == paid - h["public_money"] - h["elderly_grant"], year
        assert sum(world.memory.get(year, f"contribution_{p}") for p in sheet.PORTIONS).tolist() == (
            world.memory.get(year, "contribution").tolist()
        )


def test_totals_come_near_the_published_ones(world: Town) -> None:
    """Members and benefits of the helper are near Tokyo's, so the chain must land near 4,621億 and 213,354 yen (R6)."""
    h = headline(world, 2024)
    assert h["contribution_total"] == pytest.approx(4621e8, rel=0.06)
    assert h["contribution_per_head"] == pytest.approx(213_354, rel=0.06)
    assert h["standard_premium_per_head"] == pytest.approx(190_436, rel=0.1)  # its reliefs and arrears are not Tokyo's
    assert headline(world, 2022)["contribution_total"] == pytest.approx(4346e8, rel=0.05)
    assert headline(world, 2025)["beta_medical"] == pytest.approx(1.35, rel=0.03)


def test_per_head_sums_use_each_portions_own_heads(world: Town) -> None:
    """213,354 yen are no quotient of 4,621億 and one count: care is over those aged 40-64 only."""
    chain = world.ledger(Chains).by_year[2028]
    n, care = (int(x.sum()) for x in (chain.outlook.members, chain.outlook.care_members))
    levy = {name: int(c.levy.sum()) for name, c in chain.portions.items()}
    by_hand = (levy["medical"] + levy["support"] + levy["child"]) / n + levy["care"] / care
    assert chain.per_head("levy") == pytest.approx(by_hand, rel=1e-12)
    assert by_hand > 1.1 * sum(levy.values()) / n


def test_opening_year_uses_its_own_facts_and_says_so(world: Town) -> None:
    account = joined(world.tables["metropolitan_account"])
    own = account[account["item"] == "own_facts"].set_index("year")["value"]
    assert own[2022] == 1
    assert (own.loc[2023:] == 0).all()
    members = account[account["item"] == "members"].set_index("year")["value"]
    assert members[2022] == pytest.approx(MEMBERS[2022], rel=1e-4)


def test_november_sees_fewer_months_and_no_fee_revision_of_the_coming_april() -> None:
    """Five months of the running year against seven, and the revision of R8 is decided after the estimate of R8."""
    w = live(2024, parameters=P.with_overrides(NOTHING_ANNOUNCED))
    w.year = 2025
    fill(w, 2025)
    revision = float(w.p.value("cost.fee_revision", 2026))
    assert revision > 0
    both = {name: growth_expected(w, 2026, 2024, name) for name in ("provisional", "final")}
    w.p = w.p.with_overrides({("rates.forecast_months_seen", None, None): 5})
    assert growth_expected(w, 2026, 2024) == pytest.approx(both["provisional"] * (1 + revision), rel=1e-12)
    assert both["final"] != growth_expected(w, 2026, 2024)


def test_an_estimate_alone_changes_nothing_in_the_account() -> None:
    """Whether November's estimate was made or not, the ledger and January's contribution are the same to the yen."""
    told, silent = live(2023), live(2023)
    for w in (told, silent):
        w.year = 2024
        fill(w, 2024)
    before = copy.deepcopy(vars(told.ledger(MetropolitanLedger)))
    run_step(told, ESTIMATE, 2024)
    assert vars(told.ledger(MetropolitanLedger)) == before
    for w in (told, silent):
        run_step(w, CONTRIBUTE, 2024)
    assert vars(told.ledger(MetropolitanLedger)) == vars(silent.ledger(MetropolitanLedger))
    assert told.memory.get(2025, "contribution").tolist() == silent.memory.get(2025, "contribution").tolist()


def test_what_was_announced_in_november_holds_until_january_says_otherwise() -> None:
    """R7: 319,098 yen a head at provisional coefficients, 317,639 at final ones; R5 is known provisionally only."""
    w = live(2023)
    for year, first, last in ((2023, 323_641, 323_641), (2025, 319_098, 317_639)):
        assert figure_announced(w, "benefit", year, "provisional") == first
        assert figure_announced(w, "benefit", year, "final") == last


def test_of_the_running_year_the_forecast_knows_the_months_that_are_seen() -> None:
    """The benefits of t+1 follow those of t-1; what happens in t counts as far as it is seen in January."""
    unseen = {("rates.forecast_months_seen", None, None): 0}
    w = live(2023, parameters=P.with_overrides(NOTHING_ANNOUNCED))
    w.year = 2024
    fill(w, 2024)
    first = outlook(w, 2025, 2024)
    before, after = w.memory.get(2024, "benefit"), w.memory.get(2024, "benefit") * 11 // 10
    old, older = w.memory.get(2024, "elderly_benefit"), w.memory.get(2024, "elderly_benefit") * 11 // 10
    w.memory.put(2024, "benefit", after)
    w.memory.put(2024, "elderly_benefit", older)
    seen = outlook(w, 2025, 2024)
    known = w.p
    w.p = known.with_overrides(unseen)
    blind = outlook(w, 2025, 2024).benefit.sum()
    w.memory.put(2024, "benefit", before)
    w.memory.put(2024, "elderly_benefit", old)
    assert outlook(w, 2025, 2024).benefit.sum() == blind
    assert first.known == 2023
    lived = first.benefit.sum() * 0.1 * 7 / 12
    assert seen.benefit.sum() - first.benefit.sum() == pytest.approx(lived, rel=0.1)
    fill(w, 2023, benefit=900_000)
    assert outlook(w, 2025, 2024).benefit.sum() > 2 * blind


def test_a_figure_the_metropolis_announced_is_taken_unless_it_speaks_of_another_population() -> None:
    w = live(2023)
    w.year = 2024
    fill(w, 2024)
    own = w.p.with_overrides(NO_MEMBERS)
    w.p = own
    free = outlook(w, 2025, 2024)
    w.p = own.with_overrides({("rates.forecast_members", 2025, None): round(free.members.sum() * 1.02)})
    told = outlook(w, 2025, 2024)
    assert told.members.sum() == pytest.approx(free.members.sum() * 1.02, rel=1e-4)
    assert told.benefit.sum() == pytest.approx(free.benefit.sum() * 1.02, rel=0.02)
    w.p = own.with_overrides({("rates.forecast_members", 2025, None): round(free.members.sum() * 1.5)})
    assert outlook(w, 2025, 2024).members.tolist() == free.members.tolist()


def test_forecast_follows_octobers_register_and_who_turns_75() -> None:
    """N + (N - N' + those who turned 75) - those who will, times the yearly average over October of the last year."""
    w = live(2023)
    w.p = w.p.with_overrides(NO_MEMBERS)
    w.year = 2024
    fill(w, 2024)
    n, before, leave, left = (
        w.memory.get(y, f).sum()
        for y, f in ((2024, "members_october"), (2023, "members_october"), (2024, "turning_75"), (2023, "turning_75"))
    )
    expected = n + (n - before + left) - leave
    season = w.memory.get(2023, "member_months").sum() / 12 / before
    o = outlook(w, 2025, 2024)
    assert o.members.sum() == pytest.approx(expected * season, rel=2e-3)
    more = w.memory.get(2024, "members_october") // 100
    w.memory.put(2024, "turning_75", w.memory.get(2024, "turning_75") + more)
    assert outlook(w, 2025, 2024).members.sum() == pytest.approx(o.members.sum() - more.sum() * season, abs=150)
    own = {("rates.forecast_flow_carry", None, None): 0.0, **NO_MEMBERS}
    none = live(2023, parameters=P.with_overrides(own))
    none.year = 2024
    fill(none, 2024)
    assert outlook(none, 2025, 2024).members.sum() == pytest.approx((n - leave) * season, rel=2e-3)


def test_forecast_of_benefits_knows_that_the_old_cost_more() -> None:
    """Benefits of the young and of those aged 65-74 follow their own heads, each at last year's cost and growth."""
    w = live(2023, parameters=P.with_overrides(NOTHING_ANNOUNCED))
    w.year = 2024
    fill(w, 2024)
    o = outlook(w, 2025, 2024)
    growth = growth_expected(w, 2025, 2023)
    old, all_benefit = (w.memory.get(2023, f).sum() for f in ("elderly_benefit", "benefit"))
    n, elderly = (w.memory.get(2023, f).sum() / 12 for f in ("member_months", "elderly_months"))
    young = (all_benefit - old) / (n - elderly) * (o.members.sum() - o.elderly.sum())
    assert o.benefit.sum() == pytest.approx((young + old / elderly * o.elderly.sum()) * growth, rel=2e-3)


def test_the_growth_of_results_is_carried_on_without_fee_revisions() -> None:
    """Of five per cent a year the fee revision of R6 made one: the rest is carried on, later revisions come on top."""
    revised = {("cost.fee_revision", 2024, None): 0.01, ("cost.fee_revision", 2025, None): 0.0}
    w = live(2023, parameters=P.with_overrides({**NOTHING_ANNOUNCED, **revised}))
    w.year = 2024
    fill(w, 2024)
    for fact in ("benefit", "elderly_benefit", "member_months", "elderly_months"):
        before = w.memory.get(2023, fact)
        rise = 105 if "benefit" in fact else 100
        w.memory.put(2024, fact, before * rise // 100)
        w.memory.put(2022, fact, before * 100 // rise)
    found = ((1.05**2) / 1.01) ** 0.5 - 1
    assert growth_found(w, 2024) == pytest.approx(found, abs=1e-6)
    coming = float(w.p.value("cost.fee_revision", 2026))
    assert coming > 0
    assert growth_expected(w, 2026, 2024) == pytest.approx((1 + found) ** 2 * (1 + coming), abs=1e-6)
    assert growth_found(w, 2022) == w.p.value("rates.forecast_growth_first", 2022)


def test_an_announced_estimate_holds_and_its_error_comes_back() -> None:
    """The metropolis's own figure sets the contribution; what was lived decides the surplus two years later."""
    w = live(2023, parameters=P.with_overrides(NOTHING_ANNOUNCED))
    w.year = 2024
    fill(w, 2024)
    own = outlook(w, 2025, 2024)
    heads = int(own.members.sum())
    figure = round(own.own_estimate / heads * 1.03)
    told = live(
        2023, parameters=P.with_overrides({**NOTHING_ANNOUNCED, ("rates.forecast_benefit", 2025, None): figure})
    )
    told.year = 2024
    fill(told, 2024)
    theirs = outlook(told, 2025, 2024)
    assert theirs.own_estimate == own.own_estimate
    fees = own.own_estimate - own.benefit.sum()  # in the figure, and announced as they are
    assert theirs.benefit.sum() + fees == pytest.approx(figure * heads, rel=1e-6)
    assert announced(told, 2025, heads, own.own_estimate * 2, 0) == 1.0  # another population's figure


def test_october_is_counted_from_the_people() -> None:
    w = small_world()
    count(take(People, w.people), take(Homes, w.households), w.world, 2022)
    october = (w.people.insured_months >> 6) & 1 == 1
    age = ((2022 - 1900) * 12 + 9 - w.people.born) // 12
    for name, low, high in (("members_october", 0, 74), ("elderly_october", 65, 74), ("turning_75", 74, 74)):
        expected = int((october & (age >= low) & (age <= high)).sum())
        assert int(w.memory.get(2022, name).sum()) == expected
        assert expected > 0


def test_alpha_moves_the_contribution_from_dear_to_cheap_places(world: Town) -> None:
    """With alpha 0 no municipality's base depends on its cost index; with alpha 1 it is proportional to it."""
    full, none = (
        live(2023, parameters=P.with_overrides({("rates.alpha", None, None): alpha, **NO_POINTS_FOR_ALPHA}))
        for alpha in (1.0, 0.0)
    )
    a, b = (w.ledger(Chains).by_year[2024].portions["medical"] for w in (full, none))
    ratio = a.base / b.base
    x = np.array([float(v) for v in a.index])
    big = a.heads > 5000
    assert np.corrcoef(ratio[big], x[big])[0, 1] > 0.9999
    assert float(b.gamma) == pytest.approx(1, abs=1e-8)
    totals = [w.memory.get(2024, "contribution").sum() + w.memory.get(2024, "easing").sum() for w in (full, none)]
    assert totals[0] == totals[1]


def test_easing_pays_three_quarters_of_the_rise_by_one_step() -> None:
    p = P.with_overrides({("rates.easing_gate", None, None): "none"})
    w = live(2023, parameters=p)
    c = w.ledger(Chains).by_year[2024].portions["medical"]
    rise = np.maximum(c.levy_before_easing - c.levy_old_rules, 0)
    assert c.easing.tolist() == [int(r) * 3 // 4 for r in rise]
    assert c.easing.sum() > 0
    off = live(2023, parameters=P.with_overrides({("rates.easing", None, None): False}))
    assert off.memory.get(2024, "easing").sum() == 0


def test_gate_eases_only_who_pays_more_than_last_year() -> None:
    w = live(2024)
    c = w.ledger(Chains).by_year[2025].portions["medical"]
    last = w.memory.get(2024, "contribution_medical") / np.maximum(w.ledger(Notices).by_year[2024].members, 1)
    eased = c.easing > 0
    now = c.levy_before_easing / np.maximum(c.heads, 1)
    assert (now[eased] > last[eased]).all()


def test_pooled_items_leave_the_base_whole() -> None:
    w = live(2023)
    assert set(w.ledger(Chains).by_year[2024].portions["medical"].items) == {"local_programmes"}
    chain_2023 = w.ledger(Chains).by_year[2023].portions["medical"]
    assert set(chain_2023.items) == set(ITEMS)
    assert chain_2023.base_total == chain_2023.need - sum(int(v.sum()) for v in chain_2023.items.values())


def test_unification_gives_one_rate_everywhere() -> None:
    p = P.with_overrides({("rates.unification", None, None): "complete", ("rates.unification_year", None, None): 2024})
    w = live(2023, parameters=p)
    rates = w.rates[2024]
    for k in range(3):
        assert np.ptp(rates.income_part[:, k]) <= 1
        assert np.ptp(rates.per_head[:, k]) <= 1
    chain = w.ledger(Chains).by_year[2024]
    assert int(chain.total("levy").sum()) == chain.requirement.total
    assert max(chain.portions["medical"].gain_kept) < 0.2
    near = live(2023, parameters=p.with_overrides({("rates.unification", None, None): "nearly"}))
    rate = np.array([float(r) for r in near.ledger(Chains).by_year[2024].outlook.collection])
    assert np.ptp(near.rates[2024].per_head[:, 0] * rate) < 2


def test_rates_known_are_used_and_caps_hold(world: Town) -> None:
    assert world.rates[2025].income_part[7].tolist()[:3] == [77_100, 26_900, 22_500]  # 江東区
    assert world.rates[2024].per_head[37].tolist()[:3] == [20_000, 10_000, 11_000]  # 国立市
    assert world.rates[2022].income_part[7].tolist()[:2] == [71_600, 22_800]  # 江東区, read out in a ward's committee
    assert world.rates[2022].per_head[7].tolist()[:2] == [42_100, 13_200]
    found = P.table("places.further_rates").set_index(["fiscal_year", "portion", "code"])["income_part"]
    assert world.rates[2025].income_part[23, 0] == found[2025, "medical", P.codes()[23]]  # 八王子市
    assert world.rates[2026].cap[7].tolist() == [670_000, 260_000, 170_000, 30_000]
    assert world.rates[2025].per_head[:, 3].sum() == 0
    assert (world.rates[2026].per_head[:, 3] > 0).all()
    known = known_rates(world, 2023)
    assert known.known[:, :3].all()
    assert "imputed" in set(known.status[:, 0])


def test_wards_share_one_rate_and_own_wards_do_not(world: Town) -> None:
    agents = institutions(world).municipalities
    unified = np.array([a.kind == UNIFIED for a in agents])
    assert unified.sum() == 20
    rates = world.rates[2027]
    assert len(set(rates.income_part[unified, 0].tolist())) == 1
    child = np.stack([rates.income_part, rates.per_head, rates.per_adult], axis=-1)[:, 3]
    assert len({tuple(row) for row in child[unified].tolist()}) == 1
    assert (child[:, 0] % 100 == 0).all()
    assert len({rates.income_part[i, 0] for i in range(62) if agents[i].kind == ALONE}) > 20


def test_a_known_child_rate_is_taken_with_its_add_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def known(w: Town, year: int, nearest: bool = False) -> decide.Known:
        found = known_rates(w, year, nearest)
        if year == 2026:
            for part, values in (("income_part", (2_700, 3_100)), ("per_head", (1_776, 1_500)), ("per_adult", (86, 0))):
                getattr(found.rates, part)[[7, 37], 3] = values
            found.known[[7, 37], 3] = True
        return found

    monkeypatch.setattr(decide, "known_rates", known)
    rates = live(2025).rates[2026]
    assert [rates.income_part[7, 3], rates.per_head[7, 3], rates.per_adult[7, 3]] == [2_700, 1_776, 86]
    assert [rates.income_part[37, 3], rates.per_head[37, 3]] == [3_100, 1_500]
    assert 0 < rates.per_adult[37, 3] < 1_500  # not known: it refills what children do not pay
    assert rates.per_adult[6, 3] > 0


def test_institutions_are_mesa_agents_that_read_the_world(world: Town) -> None:
    who = institutions(world)
    assert len(who.municipalities) == 62
    assert len(who.municipalities[0].model.agents) == 64
    assert who.municipalities[3].contribution == world.memory.get(2028, "contribution")[3]
    assert who.municipalities[3].discretionary_transfer == world.memory.get(2028, "discretionary_transfer")[3]
    assert who.metropolis.alpha == 0.16
    assert who.metropolis.surplus == world.ledger(MetropolitanLedger).surplus[2028]


def test_no_council_is_asked_for_more_than_it_bears(world: Town) -> None:
    agents = institutions(world).municipalities
    for year in (2027, 2028):
        before, after = world.rates[year - 1], world.rates[year]
        for a in agents:
            if a.kind == ALONE and not a.has_path:
                rise = after.income_part[a.index, 0] / before.income_part[a.index, 0] - 1
                assert rise < world.p.value("municipal.tolerance", year) + 0.003, (a.name, year)


def test_frozen_rates_stay() -> None:
    w = live(2026, parameters=P.with_overrides({("municipal.frozen_rates", None, None): True}))
    for k in range(3):
        assert w.rates[2027].income_part[:, k].tolist() == w.rates[2022].income_part[:, k].tolist()


def test_deficits_end_when_the_lever_says_so() -> None:
    end = 2027
    base = live(2027)
    lever = live(2027, parameters=P.with_overrides({("municipal.deficits_gone_by", None, None): end}))
    a, b = (w.memory.get(2027, "discretionary_transfer").sum() for w in (base, lever))
    assert b < a
    chain = lever.ledger(Chains).by_year[2028]
    o = chain.outlook
    bill = sum(yield_of(lever.rates[2028], chain, k) for k in range(3))
    needed = sum(chain.portions[p].assessed for p in ("medical", "support", "care"))
    cities = np.array([a.kind == ALONE for a in institutions(lever).municipalities]) & (o.members > 5000)
    assert (bill[cities] > 0.93 * needed[cities]).all()


def test_koganei_follows_its_published_plan() -> None:
    w = tokyo(2025, P)
    koganei = next(a for a in institutions(w).municipalities if a.code == 13210)
    path = [koganei.planned_transfer(replace(GAP, year=y)) for y in (2025, 2026, 2027, 2029, 2034, 2035)]
    assert path == [800_000_000, 750_000_000, 660_000_000, 480_000_000, 80_000_000, 0]


def test_koganeis_rates_rise_as_far_as_its_plan_takes(world: Town) -> None:
    """Its bill of the coming year leaves just the planned transfer open, whatever rise that is."""
    now = 2026
    w = live(now)
    koganei = next(a for a in institutions(w).municipalities if a.code == 13210)
    chain = w.ledger(Chains).by_year[now + 1]
    s = situation(chain, koganei, Seen.of(w, chain, w.rates[now], now))
    decision = koganei.decide(s)
    assert decision.reason == "plan"
    assert decision.transfer == pytest.approx(660_000_000, rel=1e-3)
    bill = sum(yield_of(w.rates[now + 1], chain, k)[koganei.index] for k in range(3))
    assert bill == pytest.approx(decision.bill, rel=5e-3)


def test_nobody_lowers_rates_while_a_transfer_fills_the_gap() -> None:
    """A year of small need leaves the rates where they are, also where a printed path would allow a cut."""
    w = tokyo(2025, P)
    koganei = next(a for a in institutions(w).municipalities if a.code == 13210)
    easy = GAP
    decision = koganei.decide(easy)
    assert koganei.planned_transfer(easy) > round((easy.standard - easy.yield_now) * easy.collection)
    assert (decision.bill, decision.reason) == (easy.yield_now, "kept")
    assert decision.transfer == 570_000_000


def test_root_finding_brings_in_the_assessed_total_over_capped_households() -> None:
    """Each household pays at most its cap; together they pay E, scaled to today's members; the vector stays one."""
    w, small = live(2022), small_world(3000)
    homes = small.households
    members = w.memory.get(2022, "member_months")
    share = np.where(members > 12 * 15_000, members, 0) / members[members > 12 * 15_000].sum()
    homes.data["place"][:] = np.repeat(np.arange(62), np.diff(np.rint(np.cumsum([0, *share]) * homes.rows).astype(int)))
    homes.data["base_income"][:] = np.random.default_rng(4).integers(0, 12_000_000, homes.rows)
    homes.data["insured"][:] = homes.size
    homes.data["insured_months"][:] = 0xFFF
    w.weight = 700
    chain = w.ledger(Chains).by_year[2023]
    before = {name: chain.portions[name] for name in uncapped.SOLVED}
    uncapped.by_root(take(Homes, homes), w, chain, 2022)
    cap = caps(P, 2023)
    for k, name in enumerate(uncapped.SOLVED):
        part, old = chain.portions[name], before[name]
        unit = float(part.beta) / int(part.income.sum()), 1 / int(part.heads.sum())
        for i in (3, 11, 30):
            mine = homes.place == i
            u = float(part.scalar[i])
            each = np.minimum(homes.base_income[mine] * u * unit[0] + homes.insured[mine] * u * unit[1], cap[i, k])
            today = w.memory.get(2022, "member_months")[i] / 12 / int(chain.outlook.members[i])
            assert each.sum() * w.weight == pytest.approx(int(part.assessed[i]) * today, rel=1e-9)
            assert part.scalar[i] != old.scalar[i]
        ratio = part.per_head[part.per_head > 1000] / part.income_part[part.per_head > 1000]
        assert np.ptp(ratio) / ratio.mean() < 2e-3
    w.weight = 1
    with pytest.raises(ParameterError, match=r"13102 R5, medical portion: no rate brings in"):
        uncapped.by_root(take(Homes, homes), w, chain, 2022)


def test_new_deficit_ends_next_year_or_in_five() -> None:
    w = tokyo(2025, P)
    city = next(a for a in institutions(w).municipalities if a.code == 13201)
    small = Situation(year=2027, standard=1_020, yield_now=1_000, collection=1.0, members=10, transfer=0, spare=0)
    large = Situation(year=2027, standard=1_500, yield_now=1_000, collection=1.0, members=10, transfer=0, spare=0)
    assert city.planned_transfer(small) == 0
    assert city.planned_transfer(large) == 400
    assert city.decide(small).bill == 1_020
    assert city.decide(large).bill == 1_060  # the council stops at 6 %


def test_empty_island_gets_the_metropolitan_rate_and_no_nan() -> None:
    w = live(2024, empty=60)
    chain = w.ledger(Chains).by_year[2025]
    for c in chain.portions.values():
        assert c.levy[60] == 0
        assert 0.2 < (c.income_part[60] + 1) / (np.median(c.income_part) + 1) < 5
    assert any("13402" in note for note in chain.notes)
    table = joined(w.tables["contribution"])
    assert np.isfinite(table["value"]).all()


def test_bad_settings_are_named() -> None:
    """The register refuses what is outside its range; what slips through is refused by the rule, with name and year."""
    with pytest.raises(ParameterError, match=r"rates.alpha is 1.5 in R4"):
        live(2022, parameters=P.with_overrides({("rates.alpha", None, None): 1.5}))
    with pytest.raises(ParameterError, match=r"pooled_items of 20\d\d"):
        live(2022, parameters=P.with_overrides({("rates.pooled_items", None, None): [1, 0]}))
    with pytest.raises(ParameterError, match=r"finance.state_share is 1.2 in 2022"):
        live(2022, parameters=P.with_overrides({("finance.state_share", None, None): 1.2}))
    with pytest.raises(ParameterError, match=r"13101 R4: the collection rate is 0.0"):
        rule.assessed_total(np.ones(62, np.int64), (Fraction(0),) * 62, _names(w := tokyo(2022, P), w.year))
    w = tokyo(2022, P)
    opening_rates(w)
    with pytest.raises(BalanceError, match="member_months of 2022"):
        run_step(w, CONTRIBUTE, 2022)


@pytest.fixture(scope="module")
def run(world: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    (folder / "tables").mkdir()
    joined(world.tables["contribution"]).to_parquet(folder / "tables" / "contribution.parquet")
    return folder


def test_explain_prints_every_line_of_the_chain(run: Path, world: Town) -> None:
    frame = sheet.explain(run, "新宿区", 2027, "medical")
    value = frame[frame["place"] == "新宿区"].set_index("symbol")["value"]
    costs = value[value.index.str.startswith("cost.")].sum()
    revenue = value[value.index.str.startswith("revenue.")].sum()
    assert value["d"] + costs - revenue == value["e"]
    assert value["d"] == world.memory.get(2027, "contribution_medical")[3]
    assert round(value["e"] / value["r"]) == pytest.approx(value["E"], abs=1)
    assert (frame["label_ja"] != frame["symbol"]).all(), "a symbol has no label"
    lines = frame[frame["place"] == "metropolis"].set_index("symbol")["value"]
    assert lines[lines.index.str.match(r"^[ab]\d")].sum() == lines["B"]
    assert len(sheet.explain(run, "Koganei", 2027)) > 3 * 30
    for bad in (("大阪市", 2027, None), ("新宿区", 2040, None), ("新宿区", 2027, "dental")):
        with pytest.raises(InputError):
            sheet.explain(run, *bad)


@pytest.fixture(scope="module")
def full_run(world: Town, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder with the tables a deficit plan reads."""
    folder = tmp_path_factory.mktemp("full")
    (folder / "tables").mkdir()
    codes = np.array(world.p.codes())
    facts, rates = [], []
    for year in range(2022, 2029):
        facts.append(_facts(world, year, codes))
        rates.append(_rates(world.rates[year], "actual", year, codes))
    for name, frames in (
        ("municipality_year", facts),
        ("rates", rates),
        ("contribution", world.tables["contribution"]),
        ("accounts", world.tables["accounts"]),
    ):
        table = joined(frames)
        missing = dict.fromkeys(("seizures", "unpaid", "programme_cost"), 0) if name == "municipality_year" else {}
        table.fillna(missing).to_parquet(folder / "tables" / f"{name}.parquet")
    return folder


_PURPOSES = (
    "to ease the burden of premiums",
    "against the deficit of the year before",
    "costs outside the standard rate, less collected, more spent",
)


def test_deficit_plan_holds_the_official_items(full_run: Path, world: Town) -> None:
    plan = deficit_plan(full_run, 13210)
    assert list(plan.columns[:5]) == ["section_ja", "section_en", "item_ja", "item_en", "unit"]
    assert list(plan.columns[5:]) == [f"R{n}" for n in range(4, 18)]  # the run ends in R10, a plan in R17
    assert plan["section_ja"].nunique() == 5
    line = plan.set_index("item_en")
    paid = [int(world.memory.get(y, "discretionary_transfer")[32]) for y in range(2022, 2029)]
    assert line.loc["discretionary transfer against deficits"].tolist()[4:11] == paid
    assert line.loc["reduction printed in its plan", "R9"] == 90_000_000
    assert line.loc["planned reduction, rate", "R9"] == 0.075  # 90 of 1,200 million
    assert line.loc["deficit the plan leaves", ["R7", "R11", "R16", "R17"]].tolist() == [8e8, 4.8e8, 0.8e8, 0]
    assert line.loc["base year"].tolist()[4:] == [2016] * 14
    assert line.loc["deficit of the base year", "R12"] == 226_236_000
    assert line.loc["reduction since the base year, simulated", "R8"] == pytest.approx(1 - paid[4] / 226_236_000)
    assert line.loc["1 revenue: rates, planned", "R10"] == 70_000_000
    assert line.loc["new advances out of next year's revenue"].tolist()[4:11] == [0] * 7
    assert line.loc["plan kept (1 yes, 0 no)", "R8"] == float(paid[4] <= 750_000_000 + 40_000_000)
    assert line.loc["year of the end in its plan (0 = none printed)", "R4"] == 2035
    purposes = [f"of the transfer: {name}" for name in _PURPOSES]
    assert line.loc[purposes, "R8"].sum() == paid[4]
    assert line.loc["reduction since last year, simulated", "R8"] == paid[3] - paid[4]
    share = line.loc["levied over standard", "R8"]
    levied = sum(world.memory.get(2026, f"{k}_{p}")[32] for k in ("bill", "relief") for p in sheet.PORTIONS[:3])
    standard = line.loc["assessed total by standard rates, without child portion", "R8"]
    assert share == pytest.approx(levied / standard)
    by_name = deficit_plan(full_run, "小金井市")
    assert by_name.equals(plan)
    with pytest.raises(InputError, match="no table municipality_year"):
        deficit_plan(full_run.parent, 13210)


def test_elimination_year_is_the_first_without_a_later_transfer(full_run: Path, world: Town) -> None:
    found = elimination_years(full_run).set_index("code")["elimination_year"]
    table = np.array([world.memory.get(y, "discretionary_transfer") for y in range(2022, 2029)])
    assert set(found.unique()) - {0}
    for i, code in enumerate(world.p.codes()):
        free = [y for k, y in enumerate(range(2022, 2029)) if not table[k:, i].any()]
        assert found[code] == (free[0] if free else 0)


def test_change_adds_up_to_the_yen(run: Path, world: Town) -> None:
    for place, index in (("新宿区", 3), ("小金井市", 32), ("青ヶ島村", 60)):
        frame = sheet.change(run, place, 2027)
        table = joined(world.tables["contribution"])
        codes = world.p.codes()
        e = table[(table["symbol"] == "E") & (table["code"] == codes[index])].groupby("year")["value"].sum()
        assert int(frame["yen"].sum()) == int(e[2027] - e[2026])
        assert (frame[frame["term"] == "rounding"]["yen"].abs() < 1000).all()
        assert {"need.a1", "alpha_step", "r"} <= set(frame["term"])
    against = sheet.change(run, "新宿区", 2027, against=run)
    assert (against["yen"] == 0).all()
    far = sheet.change(run, "新宿区", 2028, since=2024)
    sums = sheet.totals(run, "新宿区", 2028, since=2024)
    e = table[(table["symbol"] == "E") & (table["code"] == 13104)].groupby("year")["value"].sum()
    assert (sums.old, sums.new, sums.check) == (int(e[2024]), int(e[2028]), 0)
    assert {"need.a1", "need.b1", "need.b2", "cost.health_programmes"} <= set(far["term"])


def test_sheet_names_the_figures_that_enter_a_line(run: Path, world: Town) -> None:
    lines = sheet.explain(run, "新宿区", 2026, "medical").set_index(["place", "symbol"])
    fee = lines.loc[("metropolis", "a2"), "inputs"]
    assert fee == "finance.review_fee = 57.12; finance.receipts_per_treated_month = 2.36"
    base = lines.loc[("新宿区", "c"), "inputs"]
    assert base.startswith(f"C = {lines.loc[('metropolis', 'C'), 'value']:,.0f}; alpha = 0.5; x = ")
    assert lines.loc[("新宿区", "E"), "inputs"].startswith(f"e = {lines.loc[('新宿区', 'e'), 'value']:,.0f}; r = 0.")


def test_spreadsheet_holds_the_sheet_and_its_formulas_agree(run: Path, tmp_path: Path) -> None:
    """Every formula cell evaluates to the value cached in it; the check line of the change is zero."""
    lines = sheet.explain(run, "小金井市", 2026)
    why, sums = sheet.change(run, "小金井市", 2026), sheet.totals(run, "小金井市", 2026)
    subject = workbook.Subject(run, "小金井市", 2026)
    for lang in ("ja", "en"):
        path = workbook.write(tmp_path / f"{lang}.xlsx", lines, subject, lang, workbook.Why(why, sums, "R7"))
        live = openpyxl.load_workbook(path).worksheets
        cached = openpyxl.load_workbook(path, data_only=True).worksheets
        chain, values = live[0], cached[0]
        formulas = [c for row in chain.iter_rows() for c in row if c.data_type == "f"]
        assert len(formulas) >= 4 * 4
        for cell in formulas:
            assert _evaluate(str(cell.value), values) == values[cell.coordinate].value, cell.coordinate
        reason = [[c.value for c in row] for row in cached[1].iter_rows(min_row=4)]
        terms = [row[2] for row in reason if row[0]]
        assert reason[0][2] + sum(terms) == reason[-2][2]
        assert reason[-1][2] == 0
        assert sums.new == reason[-2][2]
    with pytest.raises(InputError, match="xlsx"):
        workbook.write(tmp_path / "x.csv", lines, subject)


def _evaluate(formula: str, values: Any) -> int:
    """Return a formula of sums of cells, or ROUND(MAX(e,0)/r,0)."""
    division = re.fullmatch(r"=ROUND\(MAX\((\w+),0\)/(\w+),0\)", formula)
    if division:
        e, r = (values[c].value for c in division.groups())
        return int(max(e, 0) / r + 0.5)
    return sum((-1 if sign == "-" else 1) * values[c].value for sign, c in re.findall(r"([=+-])(\w+)", formula))


def test_unification_by_medical_area_gives_one_rate_within_each_area() -> None:
    p = P.with_overrides(
        {
            ("rates.unification", None, None): "complete",
            ("rates.unification_year", None, None): 2024,
            ("rates.unification_within", None, None): "medical_area",
            ("rates.index_variant", None, None): "medical_area",
        }
    )
    w = live(2023, parameters=p)
    areas, rates = np.array(areas_of(w)), w.rates[2024]
    mine = [rates.income_part[areas == a, 0] for a in np.unique(areas)]
    assert len(mine) == p.table("places.medical_areas")["area"].nunique() > 5
    assert max(np.ptp(one) for one in mine) <= 1
    assert len({int(one[0]) for one in mine}) > len(mine) // 2
    chain = w.ledger(Chains).by_year[2024]
    assert int(chain.total("levy").sum()) == chain.requirement.total
    assert chain.alpha == 0.83  # cost goes on counting between areas
