"""Does payment behave: to the yen, in any order, in the right direction, by the law's years?"""

from __future__ import annotations

from collections.abc import Callable

import numba as nb
import numpy as np
import pandas as pd
import pytest

from sim.core.errors import BalanceError
from sim.core.rng import normal
from sim.core.tables import joined
from sim.engine.loop import run_step
from sim.institutions.ledgers import DepartedClaims
from sim.mechanisms.levy import ASSESS
from sim.mechanisms.payment import COLLECT, RUN_IN, Stage
from sim.mechanisms.payment.bill import binomial, logistic, normal_at_most, times
from sim.parameters import Parameters
from sim.population.codes import Method, Residence
from tests.bills import bill, forget
from tests.small import plain_rates, small_world
from tests.town import Town

_HOUSEHOLDS = 2_000
_YEARS = range(2022, 2026)


def world(households: int = _HOUSEHOLDS, year: int = 2022, **values: float) -> Town:
    """Return the small world with bills and chosen parameters of payment (a_b stands for payment.a_b)."""
    overrides = {(f"payment.{name}", None, None): value for name, value in values.items()}
    w = small_world(households, year, parameters=Parameters.load().with_overrides(overrides))
    bill(w)
    return w


def owed(w: Town) -> np.ndarray:
    """Return the yen each household owes."""
    return w.households.unpaid + w.households.arrears.sum(axis=1)


def rate(w: Town, year: int) -> float:
    m = w.memory.years[year]
    paid = m["collected"].sum()
    return float(paid / (paid + m["unpaid"].sum() - m["bill_unknown_address"].sum()))


def test_claims_close_to_the_yen_by_municipality_over_years() -> None:
    w = world()
    w.ledger(DepartedClaims).yen[:] = 12_345
    before = np.bincount(w.households.place, owed(w), w.places).astype(np.int64) + 12 * 12_345
    for year in _YEARS:
        run_step(w, COLLECT, year)
        m = w.memory.years[year]
        np.testing.assert_array_equal(m["arrears_opening"], before)
        after = np.bincount(w.households.place, owed(w), w.places).astype(np.int64) + w.ledger(DepartedClaims).yen.sum(
            axis=(1, 2)
        )
        np.testing.assert_array_equal(m["arrears_closing"], after)
        np.testing.assert_array_equal(before + m["unpaid"], m["arrears_collected"] + m["arrears_written_off"] + after)
        bills = w.households.bill_medical + w.households.bill_support
        np.testing.assert_array_equal(
            m["collected"] + m["unpaid"], np.bincount(w.households.place, bills, w.places).astype(np.int64)
        )
        assert m["arrears_written_off"].sum() > 0
        before = after


def test_claims_that_appear_between_the_years_are_refused() -> None:
    w = world(200)
    run_step(w, COLLECT, 2022)
    w.households.data["unpaid"][0] += 1
    with pytest.raises(BalanceError, match="closed with claims"):
        run_step(w, COLLECT, 2023)


def test_bills_the_levy_did_not_report_are_refused() -> None:
    w = world(200)
    for portion in ("medical", "support", "care", "child"):
        w.memory.put(2022, f"bill_{portion}", np.zeros(62, np.int64))
    with pytest.raises(BalanceError, match="payment met bills"):
        run_step(w, COLLECT, 2022)


def test_a_sample_multiplies_facts_by_its_weight_and_nothing_else() -> None:
    one, ten = world(), world()
    ten.weight = 10
    for w in (one, ten):
        run_step(w, RUN_IN, 2022)
        run_step(w, COLLECT, 2022)
    np.testing.assert_array_equal(one.households.unpaid, ten.households.unpaid)
    for name in ("collected", "unpaid", "arrears_households", "seizures", "delinquency_charges"):
        np.testing.assert_array_equal(one.memory.get(2022, name) * 10, ten.memory.get(2022, name))


def _written(w: Town) -> pd.DataFrame:
    columns = [name.partition(".")[2] for name in COLLECT.writes]
    wide = {name: w.households.data[name].reshape(w.households.rows, -1).T for name in columns}
    flat = {f"{name} {k}": column for name, several in wide.items() for k, column in enumerate(several)}
    return pd.DataFrame(flat, index=w.households.hid).sort_index()


def _reordered(w: Town) -> Town:
    """Put households in another order, their persons beside them."""
    homes, people = w.households, w.people
    order = np.random.default_rng(9).permutation(homes.rows)
    rows = np.concatenate([np.arange(homes.start[h], homes.start[h] + homes.size[h]) for h in order])
    people.take(rows)
    homes.take(order)
    start = np.concatenate(([0], np.cumsum(homes.size)[:-1]))
    homes.data["start"][:] = start
    homes.data["head"][:] = start
    people.data["household"][:] = np.repeat(np.arange(homes.rows), homes.size)
    return w


def test_order_of_rows_and_number_of_threads_change_nothing() -> None:
    results = []
    threads = nb.get_num_threads()
    try:
        for change, count in ((lambda w: w, 1), (lambda w: w, threads), (_reordered, threads)):
            nb.set_num_threads(count)
            w = change(world(800))
            run_step(w, RUN_IN, 2022)
            for year in (2022, 2023):
                run_step(w, COLLECT, year)
            results.append((_written(w), w.memory.years[2023], joined(w.tables["household_groups"])))
    finally:
        nb.set_num_threads(threads)
    for frame, facts, table in results[1:]:
        pd.testing.assert_frame_equal(frame, results[0][0])
        pd.testing.assert_frame_equal(table, results[0][2])
        for name, value in facts.items():
            np.testing.assert_array_equal(value, results[0][1][name])


def test_removing_a_household_changes_no_other() -> None:
    full, less = world(600), world(600)
    for name in ("bill_medical", "bill_support"):
        less.households.data[name][17] = 0
    for w in (full, less):
        run_step(w, RUN_IN, 2022)
        run_step(w, COLLECT, 2022)
    others = np.arange(600) != 17
    for name in (n.partition(".")[2] for n in COLLECT.writes):
        np.testing.assert_array_equal(full.households.data[name][others], less.households.data[name][others])


def test_nobody_billed_and_nobody_at_all() -> None:
    w = world(100)
    forget(w)
    run_step(w, RUN_IN, 2022)
    run_step(w, COLLECT, 2022)
    assert w.memory.get(2022, "collected").sum() == 0
    w = world(100)
    w.people.take(np.arange(0))
    w.households.take(np.arange(0))
    run_step(w, COLLECT, 2022)
    assert w.memory.get(2022, "arrears_closing").sum() == 0


def test_those_who_leave_keep_their_claims_until_they_pay_or_the_law_ends_them() -> None:
    w = world()
    run_step(w, RUN_IN, 2022)
    run_step(w, COLLECT, 2022)
    closing = w.memory.get(2022, "arrears_closing").sum()
    forget(w)
    for year in range(2023, 2030):
        run_step(w, COLLECT, year)
        assert w.memory.get(year, "arrears_opening").sum() == closing
        closing = w.memory.get(year, "arrears_closing").sum()
        assert w.memory.get(year, "arrears_households").sum() == 0
    assert closing < 0.05 * w.memory.get(2022, "arrears_closing").sum()


def test_premiums_are_barred_after_two_years_and_taxes_after_five() -> None:
    """Nobody pays old claims, nobody is seized or agrees: what limitation alone leaves."""
    w = world(**_QUIET)
    w.households.data["unpaid"][:] = 10_000
    forget(w)
    form = w.p.table("places.municipalities")["levy_form"].to_numpy()[w.households.place]
    alive = {"premium": [], "tax": []}
    for year in range(2022, 2028):
        run_step(w, COLLECT, year)
        for name, shares in alive.items():
            shares.append(float((owed(w)[form == name] > 0).mean()))
    assert alive["premium"][0] > 0.95
    assert alive["premium"][1] < 0.02
    assert alive["tax"][3] > 0.9
    assert alive["tax"][4] < 0.02


def test_stage_is_none_exactly_when_nothing_is_owed() -> None:
    w = world()
    run_step(w, RUN_IN, 2022)
    for year in _YEARS:
        run_step(w, COLLECT, year)
        np.testing.assert_array_equal(w.households.stage == Stage.NONE, owed(w) == 0)


def test_pension_deduction_needs_its_legal_conditions() -> None:
    w = world()
    run_step(w, RUN_IN, 2022)
    run_step(w, COLLECT, 2022)
    homes, people = w.households, w.people
    by_pension = np.flatnonzero(homes.method == Method.PENSION)
    assert by_pension.size > 20
    for i in by_pension:
        rows = np.arange(homes.start[i], homes.start[i] + homes.size[i])
        rows = rows[people.insured_months[rows] != 0]
        ages = (1467 - people.born[rows]) // 12
        assert homes.head[i] in rows
        assert ((ages >= 65) & (ages < 75)).all()
        pension = people.pension[homes.head[i]]
        assert pension >= 180_000
        assert 2 * (homes.bill_medical[i] + homes.bill_support[i]) <= pension


def test_instalments_are_whole_units_with_the_rest_in_the_first() -> None:
    w = world()
    run_step(w, RUN_IN, 2022)
    run_step(w, COLLECT, 2022)
    tax = (w.p.table("places.municipalities")["levy_form"].to_numpy() == "tax")[w.households.place]
    homes = w.households
    partly = (homes.unpaid > 0) & (homes.paid > 0)
    unit = np.where(tax, 1_000, 10)
    assert partly.sum() > 50
    assert (homes.unpaid[partly] % unit[partly] == 0).all()


def test_binomial_has_its_mean_and_never_falls_with_the_chance() -> None:
    u = (np.arange(2_000) + 0.5) / 2_000
    for n, p in ((10, 0.3), (8, 0.95), (1, 0.5), (6, 1e-9), (10, 1 - 1e-9)):
        drawn = np.array([binomial(n, p, x) for x in u])
        assert abs(drawn.mean() - n * p) < 0.02
        more = np.array([binomial(n, min(p * 1.02, 1 - 1e-9), x) for x in u])
        assert (more >= drawn).all()


def test_bounds_decide_as_the_chance_itself_does() -> None:
    decided = 0
    for x in np.concatenate([np.linspace(-30.0, 30.0, 61), np.linspace(-4.03, 4.03, 27), [0.0, -20.0, 20.0]]):
        for n in (1, 4, 12):
            p = logistic(x)
            edges = [(1 - p) ** n, 1 - n * p, 1 - p**n, n * (1 - p), *np.linspace(2**-33, 1 - 2**-33, 41)]
            for u in (e + d for e in edges for d in (-1e-8, -1e-12, 0.0, 1e-12, 1e-8) if 0.0 < e + d < 1.0):
                assert times(n, x, u) == binomial(n, p, u)
                decided += binomial(n, p, u) in (0, n)
    assert decided > 10_000
    u = (np.arange(4_096) + 0.5) / 4_096
    drawn, most = np.array([normal(x) for x in u]), np.array([normal_at_most(x) for x in u])
    assert (most >= drawn).all()
    assert np.isinf(most[-16:]).all()
    assert (most - drawn)[500:-500].max() < 0.03


_WORSE: dict[str, Callable[[Town], None]] = {
    "income drop": lambda w: w.people.data["income_drop"].fill(1),
    "undeclared": lambda w: w.people.data["declared"].fill(0),
    "foreign student": lambda w: w.people.data["residence"].fill(Residence.STUDENT),
    "already in arrears": lambda w: w.households.arrears[:, 0].fill(1_000),
    "younger head": lambda w: w.people.data["born"].fill(1467 - 30 * 12),
}


@pytest.mark.parametrize("what", list(_WORSE))
def test_a_worse_start_never_makes_a_household_on_slips_pay_more(what: str) -> None:
    """Same draws: every household pays the same or less."""
    before, after = (
        world(1_000, account_transfer_share=0.0, pension_opt_out=1.0, unknown_stays=0.0, unknown_share=[0.0] * 6)
        for _ in range(2)
    )
    _WORSE[what](after)
    for w in (before, after):
        w.people.data["arrived"][:] = 1
        run_step(w, COLLECT, 2022)
    slips = (before.households.method == Method.SLIP) & (after.households.method == Method.SLIP)
    assert slips.sum() > 300
    assert (after.households.paid[slips] <= before.households.paid[slips]).all()
    assert after.households.paid[slips].sum() < before.households.paid[slips].sum()


def test_a_higher_burden_lowers_the_share_paid_and_the_elasticity_scales_it() -> None:
    rates = {}
    for elasticity in (0.0, 0.4, 1.0):
        for factor in (1, 2):
            w = world(2_000, burden_elasticity=elasticity, income_effect=0.0)
            w.households.data["bill_medical"] *= factor
            w.households.data["bill_support"] *= factor
            run_step(w, COLLECT, 2022)
            rates[elasticity, factor] = rate(w, 2022)
    losses = [rates[e, 1] - rates[e, 2] for e in (0.0, 0.4, 1.0)]
    assert abs(losses[0]) < 0.01
    assert losses[1] > 0.002
    assert losses[2] > losses[1]


_LEVERS = {
    "account_transfer_share": 0.7,
    "sms_reminders": 1.0,
    "voice_reminders": 1.0,
    "cashless": 1.0,
    "instalments": 12,
    "enforcement_capacity": 2.0,
    "immigration_link": 1.0,
    "hardship_programme": 1.0,
    "account_default_joining": 1.0,
}


@pytest.mark.parametrize("lever", sorted(_LEVERS))
def test_every_lever_raises_collection(lever: str) -> None:
    """2,000 households with common draws: the gain is not noise."""
    found = []
    for values in ({}, {lever: _LEVERS[lever]}):
        w = world(2_000, 2022, **values)
        w.people.data["income_drop"][:] = 1
        run_step(w, COLLECT, 2022)
        found.append(rate(w, 2022))
    assert found[1] > found[0]


def test_prepayment_works_from_2026_on_new_arrivals_only() -> None:
    paid = {}
    for year in (2025, 2026):
        for adoption in (0.0, 1.0):
            w = world(2_000, year, prepayment_adoption=adoption, prepayment_compliance=0.9, unknown_share=[0.0] * 6)
            run_step(w, COLLECT, year)
            paid[year, adoption] = w.households.paid.copy()
            arrived = w.people.arrived[w.households.head]
            new = (arrived > 0) & ((year - 1900) * 12 + 3 - arrived <= 15)
    np.testing.assert_array_equal(paid[2025, 0.0], paid[2025, 1.0])
    gain = paid[2026, 1.0] - paid[2026, 0.0]
    assert gain[new].sum() > 0
    assert (gain[new] >= 0).all()
    assert not gain[~new].any()


def test_more_capacity_costs_more_and_seizes_less_than_in_proportion() -> None:
    seized, cost = [], []
    for capacity in (1.0, 2.0, 4.0):
        w = world(2_000, enforcement_capacity=capacity)
        run_step(w, RUN_IN, 2022)
        run_step(w, COLLECT, 2022)
        share = w.memory.get(2022, "seizures").sum() / max(1, (owed(w) > 0).sum())
        seized.append(float(share))
        cost.append(int(w.memory.get(2022, "collection_cost").sum()))
    assert cost[0] < cost[1] < cost[2]
    assert seized[0] < seized[1] < seized[2] < 4 * seized[0]


def test_feedback_off_ignores_a_rise_that_everybody_shares() -> None:
    """All bills up by half in the second year: off, payment follows the shares of the bills without the rise."""
    shares = {}
    for name, feedback, factor in (("flat", 1.0, 2), ("on", 1.0, 3), ("half", 0.5, 3), ("off", 0.0, 3)):
        w = world(2_000)
        w.households.data["bill_medical"] *= 2
        w.households.data["bill_support"] *= 2
        run_step(w, COLLECT, 2022)
        for part in ("bill_medical", "bill_support"):
            w.households.data[part] *= factor
            w.households.data[part] //= 2
        w.p = w.p.with_overrides({("payment.feedback_strength", 2023, None): feedback})
        run_step(w, COLLECT, 2023)
        shares[name] = rate(w, 2023)
    assert shares["on"] < shares["half"] < shares["off"]
    assert shares["on"] < shares["flat"]
    assert abs(shares["off"] - shares["flat"]) < 0.3 * (shares["flat"] - shares["on"])


def _group(w: Town, dimension: str) -> pd.DataFrame:
    frame = joined(w.tables["household_groups"]).query("code == 13000")
    frame = frame[frame["kind"] == dimension].groupby("group", sort=False).sum(numeric_only=True)
    frame["rate"] = frame["paid"] / (frame["billed"] - frame["unknown"])
    frame["in_arrears"] = frame["arrears_households"] / frame["insured_end"].clip(lower=1)
    return frame


def test_gradients_by_method_nationality_and_age() -> None:
    """About 2,300 billed households in each of two years; gaps far above chance (standard error about 1 point)."""
    w = world(4_000)
    run_step(w, RUN_IN, 2022)
    for year in (2022, 2023):
        run_step(w, COLLECT, year)
    method, nation, age = (_group(w, name) for name in ("method", "nationality", "age of head"))
    assert method.rate["pension deduction"] > method.rate["slips"] + 0.03
    assert method.rate["account transfer"] > method.rate["slips"] + 0.03
    assert nation.rate["Japanese"] > nation.rate["foreign"] + 0.1
    assert age.rate["65-74"] > age.rate["25-34"] + 0.03
    assert nation.in_arrears["foreign"] > nation.in_arrears["Japanese"]


def test_tables_add_up_to_the_facts() -> None:
    w = world()
    run_step(w, RUN_IN, 2022)
    for year in (2022, 2023):
        run_step(w, COLLECT, year)
    facts = {
        name: int(w.memory.get(2022, name).sum() + w.memory.get(2023, name).sum())
        for name in ("collected", "unpaid", "arrears_households", "arrears_written_off", "arrears_closing")
    }
    table = joined(w.tables["household_groups"])
    for kind in table["kind"].unique():
        frame = _group(w, kind)
        assert frame["paid"].sum() == facts["collected"], kind
        assert frame["arrears_households"].sum() == facts["arrears_households"], kind
    places = table.query("code != 13000").groupby(["year", "kind", "group"])["paid"].sum()
    whole = table.query("code == 13000").set_index(["year", "kind", "group"])["paid"].sort_index()
    pd.testing.assert_series_equal(places, whole)
    moves = joined(w.tables["payment_transitions"])
    billed = int((w.households.bill_medical > 0).sum())
    assert moves.query("year == 2023")["households"].sum() == billed


def test_run_in_gives_old_claims_to_old_members_only() -> None:
    w = world(4_000)
    run_step(w, RUN_IN, 2022)
    homes = w.households
    since = np.full(homes.rows, 32_767)
    insured = w.people.insured_months != 0
    np.minimum.at(since, w.people.household[insured], np.maximum(w.people.scheme_since, w.people.arrived)[insured])
    late = since >= (2021 - 1900) * 12 + 3
    assert (homes.arrears[late, 0] == 0).all()
    assert (homes.arrears[~late, 0] > 0).sum() > 100
    assert (homes.arrears[~late, 3] > 0).sum() > 10
    assert w.ledger(DepartedClaims).yen.sum() > 0


def test_claims_by_year_of_origin_close_to_the_yen_and_are_carried_to_the_next_year() -> None:
    w = world()
    run_step(w, RUN_IN, 2022)
    for year in _YEARS:
        run_step(w, COLLECT, year)
    table = joined(w.tables["arrears_by_vintage"])
    left = table["opening"] + table["billed"] - table["collected"] - table["written_off"] - table["closing"]
    assert (left == 0).all()
    assert (table["suspended"] <= table["closing"]).all()
    assert table["suspended"].sum() > 0
    for year in _YEARS:
        rows, m = table[table["year"] == year], w.memory.years[year]
        of_year = rows["origin"] == year
        assert rows[of_year]["collected"].sum() == m["collected"].sum()
        assert rows[~of_year]["collected"].sum() == m["arrears_collected"].sum()
        assert rows["closing"].sum() == m["arrears_closing"].sum()
        if year + 1 in _YEARS:
            after = table[table["year"] == year + 1]
            closing = rows.assign(origin=rows["origin"].clip(lower=year - 4))
            keys = ["code", "holder", "origin"]
            opened = after[after["origin"] <= year].set_index(keys)["opening"].sort_index()
            np.testing.assert_array_equal(closing.groupby(keys)["closing"].sum().to_numpy(), opened.to_numpy())


_QUIET = {
    "arrears_base": -5.0,
    "arrears_readiness": 0.0,
    "arrears_size": 0.0,
    "seizure_hazard": 0.0,
    "investigation_hazard": 0.0,
    "agreement_hazard": 0.0,
    "special_care_share": 0.0,
}
"""Nobody pays old claims of his own accord, and the office does nothing."""


def _form(w: Town) -> np.ndarray:
    return w.p.table("places.municipalities")["levy_form"].to_numpy()[w.households.place]


def test_benefits_in_kind_are_lost_only_by_the_insured_with_claims_of_a_year() -> None:
    """特別療養費: with certainty for everybody it can reach; nobody without carried-over claims, nobody who left."""
    w = world(**{**_QUIET, "special_care_share": 1.0, "unknown_share": [0.0] * 6, "unknown_stays": 0.0})
    homes = w.households
    homes.data["unpaid"][::2] = 30_000
    homes.data["bill_medical"][::4] = 0
    homes.data["bill_support"][::4] = 0
    run_step(w, COLLECT, 2024)
    bills = homes.bill_medical + homes.bill_support
    reached = np.arange(homes.rows) % 4 == 2
    reached &= (bills > 0) & (homes.arrears[:, 0] > 0)
    special = homes.stage == Stage.SPECIAL_CARE
    assert reached.sum() > 100
    assert special[reached].all()
    assert not special[~reached].any()


def test_losing_benefits_in_kind_brings_old_claims_in() -> None:
    """Common draws: every household pays as much or more, some pay that did not."""
    paid = []
    for effect in (0.0, 0.6):
        w = world(**{**_QUIET, "arrears_base": -1.0, "special_care_share": 1.0, "special_care_effect": effect})
        w.households.data["unpaid"][:] = 30_000
        run_step(w, COLLECT, 2024)
        paid.append(30_000 - w.households.arrears[:, 0])
    assert (paid[1] >= paid[0]).all()
    assert paid[1].sum() > 1.05 * paid[0].sum()


def test_an_instalment_agreement_pays_its_share_and_keeps_claims_alive() -> None:
    """分納: half of 40,000 yen from the oldest claim on; nothing lapses though the premium is older than two years."""
    w = world(**{**_QUIET, "agreement_stays": 1.0, "agreement_share": 0.5, "unknown_share": [0.0] * 6})
    homes = w.households
    homes.arrears[:, 1] = 30_000
    homes.data["unpaid"][:] = 10_000
    homes.data["stage"][:] = Stage.AGREED
    forget(w)
    run_step(w, COLLECT, 2024)
    assert (homes.stage == Stage.AGREED).all()
    assert (homes.arrears[:, 2] == 30_000 - 20_001).all()
    assert (homes.arrears[:, 0] == 10_000).all()
    assert w.memory.get(2024, "arrears_written_off").sum() == 0


def test_suspended_claims_are_not_collected_and_lapse_after_three_years_even_of_a_tax() -> None:
    """執行停止: of claims one to four years old, a tax keeps two vintages and a premium one."""
    w = world(**{**_QUIET, "arrears_base": 3.0, "unknown_share": [0.0] * 6, "unknown_stays": 0.0})
    homes = w.households
    homes.unpaid[:] = 10_000
    homes.arrears[:, :3] = 10_000
    homes.data["stage"][:] = Stage.SUSPENDED
    forget(w)
    run_step(w, COLLECT, 2024)
    assert w.memory.get(2024, "arrears_collected").sum() == 0
    tax = _form(w) == "tax"
    np.testing.assert_array_equal(owed(w), np.where(tax, 20_000, 10_000))
    assert (homes.arrears[:, 0] == 10_000).all()
    np.testing.assert_array_equal(homes.arrears[:, 1], np.where(tax, 10_000, 0))


def test_investigations_without_assets_end_in_suspension_and_those_with_in_seizure() -> None:
    w = world(**{**_QUIET, "seizure_hazard": 0.3, "investigation_hazard": 0.9, "suspension_share": 0.5})
    w.households.data["unpaid"][:] = 50_000
    forget(w)
    run_step(w, COLLECT, 2024)
    share = {stage: float((w.households.stage == stage).mean()) for stage in Stage}
    gone = float((w.households.stage == Stage.NONE).mean())
    assert abs(share[Stage.SEIZED] + gone - 0.3) < 0.05
    assert abs(share[Stage.SUSPENDED] - 0.3) < 0.05
    assert abs(share[Stage.INVESTIGATED] - 0.3) < 0.05
    assert w.memory.get(2024, "seizures").sum() == pytest.approx(0.3 * _HOUSEHOLDS, abs=100)


def test_delinquency_charges_are_paid_where_they_are_charged() -> None:
    """延滞金: Adachi begins with bills of R8; elsewhere part of the payments on old claims bears a charge."""
    w = world(arrears_base=3.0, delinquency_share=1.0)
    w.households.arrears[:, 0] = 200_000
    run_step(w, COLLECT, 2026)
    charges = w.memory.get(2026, "delinquency_charges")
    adachi = w.p.codes().index(13121)
    assert charges[adachi] == 0
    assert (np.delete(charges, adachi) > 0).sum() > 55


def test_reminders_cost_per_late_instalment_and_cashless_per_instalment_on_slips() -> None:
    costs = {}
    for name, values in (
        ("none", {}),
        ("sms", {"sms_reminders": 0.5, "sms_cost": 10.0}),
        ("cashless", {"cashless": 1.0, "cashless_cost": 60.0}),
    ):
        w = world(staff_per_1000=0.2, account_campaign_cost=0.0, sms_effect=0.05, cashless_effect=0.0, **values)
        run_step(w, COLLECT, 2022)
        costs[name] = int(w.memory.get(2022, "collection_cost").sum())
        places = joined(w.tables["collection_places"])
    late, slips = places["late_instalments"].sum(), places["slips_due"].sum()
    assert costs["sms"] - costs["none"] == pytest.approx(5 * late, abs=62)
    assert costs["cashless"] - costs["none"] == pytest.approx(60 * slips, abs=62)


def test_remission_lowers_the_bills_of_those_whose_income_fell_and_of_nobody_else() -> None:
    bills = {}
    for reach in (0.0, 0.4, 1.0):
        values = {("payment.remission_reach", None, None): reach, ("payment.remission_share", None, None): 0.5}
        w = small_world(2_000, 2022, parameters=Parameters.load().with_overrides(values))
        w.people.data["income_drop"][::3] = 1
        w.rates[2022] = plain_rates()
        run_step(w, ASSESS, 2022)
        bills[reach] = w.households.bill_medical.copy()
    fell = (w.people.income_drop[w.households.head] == 1) & (bills[0.0] > 0)
    np.testing.assert_array_equal(bills[1.0][~fell], bills[0.0][~fell])
    assert np.abs(2 * bills[1.0][fell] - bills[0.0][fell]).max() <= 200
    chosen = bills[0.4][fell] < bills[0.0][fell]
    assert abs(chosen.mean() - 0.4) < 0.06
    assert int(w.memory.get(2022, "relief_remission").sum()) > 0


def test_notices_in_own_languages_reach_foreign_heads_alone_and_cost_by_head() -> None:
    paid, cost = [], []
    for reach in (0.0, 1.0):
        w = world(2_000, multilingual_notices=reach, multilingual_effect=0.4, multilingual_cost=1_000)
        run_step(w, COLLECT, 2022)
        paid.append(w.households.paid.copy())
        cost.append(int(w.memory.get(2022, "collection_cost").sum()))
    foreign = w.people.residence[w.households.head] > 0
    assert (paid[1][foreign] >= paid[0][foreign]).all()
    assert paid[1][foreign].sum() > paid[0][foreign].sum()
    np.testing.assert_array_equal(paid[0][~foreign], paid[1][~foreign])
    billed = w.households.last_bill > 0
    assert cost[1] - cost[0] == 1_000 * int((foreign & billed).sum())


def test_guidance_makes_more_of_the_same_staff() -> None:
    """At a gain of a tenth as much is seized as by a tenth more staff, for the cost of the advisers only."""
    found = []
    for values in ({}, {"collection_guidance": 1.0, "guidance_effect": 0.1}, {"enforcement_capacity": 1.1}):
        w = world(2_000, **values)
        run_step(w, RUN_IN, 2022)
        run_step(w, COLLECT, 2022)
        found.append((owed(w), int(w.memory.get(2022, "seizures").sum()), w.memory.get(2022, "collection_cost").sum()))
    np.testing.assert_array_equal(found[1][0], found[2][0])
    assert found[1][1] == found[2][1] >= found[0][1]
    assert found[0][2] < found[1][2]


def test_the_system_is_changed_in_the_year_before_the_link() -> None:
    """6,000,000 yen in each of 62 municipalities in R8, if the link begins in R9; nothing if it never begins."""
    extra = []
    for year in (2025, 2026):
        costs = []
        for strength in (0.0, 0.83):
            w = world(200, year)
            w.p = w.p.with_overrides({("payment.immigration_link", y, None): strength for y in (2027, 2028, 2029)})
            run_step(w, COLLECT, year)
            costs.append(int(w.memory.get(year, "collection_cost").sum()))
        extra.append(costs[1] - costs[0])
    assert extra == [0, 62 * int(Parameters.load().value("payment.immigration_system_cost", 2026))]


def test_claims_on_who_left_are_told_apart_by_nationality() -> None:
    """1,000 yen of each municipality's Japanese and 3,000 of its foreign heads, collected at the same rate."""
    w = world(200, departed_collection=100_000)
    w.ledger(DepartedClaims).yen[:, 0, 0], w.ledger(DepartedClaims).yen[:, 1, 0] = 1_000, 3_000
    run_step(w, COLLECT, 2022)
    t = joined(w.tables["collection_places"]).groupby("nationality")[["departed_opening", "departed_collected"]].sum()
    assert t.loc["Japanese"].tolist() == [62_000, 6_200]
    assert t.loc["foreign"].tolist() == [186_000, 18_600]


def test_heads_are_counted_by_nationality_and_age() -> None:
    w = world(2_000)
    run_step(w, COLLECT, 2022)
    t = joined(w.tables["household_groups"][:1])
    t = t[t["code"] == w.p.region.code].set_index(["kind", "group"])[["households", "billed", "paid"]]
    crossed = t.loc["nationality and age of head"]
    for nationality in ("Japanese", "foreign"):
        rows = crossed[crossed.index.str.startswith(nationality)].sum()
        assert rows.tolist() == t.loc["nationality", nationality].tolist()
