"""Faults put in on purpose that no fast test saw; `make mutants` puts them, and fifty others, in again."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, ClassVar, cast

import numpy as np
import pandas as pd
import pytest

from sim.core.units import april
from sim.engine.loop import run_step
from sim.institutions.agents import Situation, institutions, unified
from sim.institutions.ledgers import MetropolitanLedger, MunicipalLedger
from sim.institutions.memory import FACTS
from sim.mechanisms.care.amounts import ten
from sim.mechanisms.demography import LIVE
from sim.mechanisms.finance import SETTLE
from sim.mechanisms.finance.municipal import LEGAL
from sim.mechanisms.rates import CONTRIBUTE, opening_rates
from sim.mechanisms.rates import contribution as rule
from sim.mechanisms.rates.forecast import outlook, relieved_share
from sim.mechanisms.rates.requirement import actual_elderly_grant
from sim.mechanisms.rates.state import Chains, Decisions
from sim.outputs.collect import headline
from sim.outputs.folder import RunFolder
from sim.outputs.measures import by_municipality
from sim.parameters import Parameters, regions
from sim.population.codes import Relation, Sex
from tests.small import run_steps
from tests.tokyo_facts import TOKYO, fill, tokyo
from tests.town import Town
from tests.unit.test_demography import calm
from tests.unit.test_rates import live

P = Parameters.load()


def year_of(parameters: Parameters = P, fund: int = 0, **facts: int) -> Town:
    """Return Tokyo's institutions after the settlement of R4, a fund and facts the same everywhere set before."""
    w = tokyo(2022, parameters)
    opening_rates(w)
    fill(w, 2022)
    for name, value in facts.items():
        w.memory.put(2022, name, np.full(w.places, value, np.int64))
    w.ledger(MunicipalLedger).fund[:] = fund
    run_step(w, CONTRIBUTE, 2022)
    run_step(w, SETTLE, 2022)
    return w


def test_collection_rate_leaves_out_who_cannot_be_found() -> None:
    """The headline rate was taken over all bills."""
    w = tokyo(2022)
    for fact in FACTS:
        w.memory.put(2022, fact.name, np.zeros(w.places, np.int64))
    for name, value in (("bill_medical", 900), ("bill_care", 100), ("bill_unknown_address", 200), ("collected", 720)):
        w.memory.put(2022, name, np.full(w.places, value, np.int64))
    assert headline(w, 2022)["collection_rate"] == 0.9


def test_children_are_born_in_every_month() -> None:
    """Two months of births were dropped: where every wife bears a child, some had none."""
    w = calm(households=4000, fertility_level=100.0)
    age = (april(2022) - w.people.born) // 12
    women = (w.people.sex == Sex.FEMALE) & (w.people.relation == Relation.SPOUSE) & (age >= 25) & (age <= 34)
    run_steps(w, (LIVE,), 2022)
    month = w.people.gave_birth[women] - april(2022)
    assert women.sum() > 100
    assert (month >= 0).all()
    assert set(month.tolist()) == set(range(12))


def test_reserve_fund_goes_before_the_transfer() -> None:
    """A municipality's fund was not used for its deficit."""
    without, w = year_of(), year_of(fund=30_000_000)
    short = without.memory.get(2022, "discretionary_transfer") > 30_000_000
    less = without.memory.get(2022, "discretionary_transfer") - w.memory.get(2022, "discretionary_transfer")
    assert short.sum() > 30
    assert (less[short] == 30_000_000).all()
    assert (w.books.flow(2022, "fund_out")[short] == 30_000_000).all()
    assert (w.memory.get(2022, "fund")[short] == 0).all()


def test_office_costs_hold_the_cost_of_collection() -> None:
    """The cost of collection was left out of the office costs that the general account pays."""
    for item in ("office", "office_cost"):
        more = year_of(collection_cost=5_000_000).books.flow(2022, item) - year_of().books.flow(2022, item)
        assert (more == 5_000_000).all(), item


def test_legal_transfer_is_what_the_general_account_paid_less_what_came_back() -> None:
    """The sign of what came back was wrong."""
    back = P.with_overrides({("finance.stabilisation_support_per_member", None, None): -100.0})
    for w in (year_of(), year_of(back)):
        paid = np.zeros(w.places, np.int64)
        for t in w.books.transfers:
            if t.item in LEGAL and "municipality" in (t.payer, t.payee):
                paid += t.amount if t.payee == "municipality" else -t.amount
        assert w.memory.get(2022, "legal_transfer").tolist() == paid.tolist()
    assert (w.books.flow(2022, "stabilisation_support") > 0).all()


def test_nobody_lowers_rates_by_more_than_the_largest_cut() -> None:
    """The largest cut of a year was ignored."""
    w = tokyo(2025, P)
    city = next(a for a in institutions(w).municipalities if a.code == 13201)
    most = float(city.policy("largest_cut", 2025))
    decision = city.decide(
        Situation(
            year=2025,
            standard=1_000_000_000,
            yield_now=2_000_000_000,
            collection=0.95,
            members=20_000,
            transfer=0,
            spare=0,
        )
    )
    assert 0 < most < 0.5
    assert (decision.bill, decision.reason) == (round(2_000_000_000 * (1 - most)), "floor")


def test_forecast_takes_the_latest_collection_rate() -> None:
    """The collection rate of the year before the latest known one was taken."""
    w = live(2023)
    w.memory.put(2023, "collected", w.memory.get(2023, "collected") * 98 // 100)
    seen = outlook(w, 2025, 2024)
    due = sum(w.memory.get(2023, f"bill_{p}") for p in ("medical", "support", "care", "child"))
    rate = w.memory.get(2023, "collected") / (due - w.memory.get(2023, "bill_unknown_address"))
    assert [float(r) for r in seen.collection] == pytest.approx(rate.tolist(), abs=1e-6)


def test_rates_are_set_in_steps_of_a_hundred_yen() -> None:
    """Rates per head went in steps of 10 yen."""
    w = live(2027)
    decided = ~np.isin(w.ledger(Decisions).reasons[2028], ("frozen", "confirmed", "estimated", "imputed"))
    assert decided.sum() > 50
    for name in ("income_part", "per_head", "per_household"):
        assert (getattr(w.rates[2028], name)[decided, :3] % 100 == 0).all(), name


def test_cost_is_rounded_half_up_to_ten_yen() -> None:
    """A cost was cut to 10 yen instead of rounded."""
    assert [ten(x) for x in (0.0, 4.9, 5.0, 14.0, 15.0, 123_456.0, 123_454.9)] == [0, 0, 10, 10, 20, 123_460, 123_450]


class Told:
    """A run folder of one table."""

    region = regions.read("tokyo")
    manifest: ClassVar[dict[str, int]] = {"sample": 1}
    tables: ClassVar[list[str]] = ["municipality_year"]

    def table(self, _: str) -> pd.DataFrame:
        columns = {f"bill_{p}": 250 for p in ("medical", "support", "care", "child")}
        columns |= {"collected": 900, "bill_unknown_address": 0, "member_months": 120, "contribution": 1000}
        columns |= {"benefit": 1, "discretionary_transfer": 7, "arrears_closing": 3, "arrears_households": 2}
        columns |= {"bill_households": 900, "households_end": 900, "members_end": 1200}
        names: dict[str, Any] = {"year": 2022, "name": "", "small": False}
        return pd.DataFrame(
            [{**names, **columns, "code": code, "fund": fund} for code, fund in ((13101, 40), (13102, 2))]
        )


def test_tokyos_amounts_are_the_sums_of_its_municipalities() -> None:
    """Tokyo as a whole had no fund."""
    whole = by_municipality(cast(RunFolder, Told())).set_index("code").loc[TOKYO]
    sums = {
        "fund": 42,
        "discretionary_transfer": 14,
        "arrears_closing": 6,
        "arrears_households": 4,
        "members_average": 20,
    }
    assert {name: whole[name] for name in sums} == sums
    assert whole["collection_rate"] == 0.9


def test_what_remains_of_a_levy_goes_to_the_largest_municipality() -> None:
    """The rest of a few yen went to the first one."""
    shares = [Fraction(39 if i == 5 else 1, 100) for i in range(62)]
    total, ones = 1_000_000_000_037, [Fraction(1)] * 62
    d, loose = (
        rule.distribute(total, 0, Fraction(135, 100), ones, shares, shares, residual)
        for residual in ("largest", "leave")
    )
    assert d.residual != 0
    assert np.flatnonzero(d.base - loose.base).tolist() == [5]
    assert d.base.sum() == total


def test_halves_are_rounded_up() -> None:
    """A half was rounded down."""
    assert [rule.nearest(a, b) for a, b in ((1, 2), (5, 2), (-1, 2), (2, 3), (1, 3))] == [1, 3, 0, 1, 0]


def test_nearly_unified_pools_all_but_collection() -> None:
    """準統一 was computed as 完全統一: who collects badly was paid for by all."""
    need, none = np.array([600, 400], np.int64), np.zeros(2, np.int64)
    rates, weight = (Fraction(8, 10), Fraction(1)), (Fraction(1, 2), Fraction(1, 2))
    nearly = rule.unify(need, none, none, rates, weight, "nearly")
    assert (nearly.levy.tolist(), nearly.assessed.tolist()) == ([500, 500], [625, 500])
    complete = rule.unify(need, none, none, rates, weight, "complete")
    assert (complete.levy.tolist(), complete.assessed.tolist()) == ([444, 556], [556, 556])


def test_index_of_cost_looks_at_three_years() -> None:
    """It looked at two."""
    w = live(2024)
    seen = outlook(w, 2026, 2025)
    assert seen.index_cost.tolist() == [w.memory.get(y, "cost").tolist() for y in (2024, 2023, 2022)]


def test_income_is_the_mean_of_three_assessments() -> None:
    """It was that of the latest one."""
    w = live(2024)
    w.memory.put(2022, "capped_income_medical", w.memory.get(2022, "capped_income_medical") * 2)
    seen = outlook(w, 2025, 2024)
    facts = [[w.memory.get(y, f) for f in ("capped_income_medical", "member_months")] for y in (2022, 2023, 2024)]
    years = [income / (months / 12) for income, months in facts]
    assert seen.income["medical"] == pytest.approx(np.mean(years, axis=0) * seen.members, abs=1)


def test_elderly_grant_is_settled_by_what_it_came_to() -> None:
    """The settlement of two years before had the wrong sign: too little was taken for too much."""
    w = live(2024)
    provisional = w.ledger(MetropolitanLedger).elderly[2023]
    more = actual_elderly_grant(w, 2023) - provisional
    assert more != 0
    assert -w.ledger(Chains).by_year[2025].requirement.needs["medical"].lines["b1s"] == more


def test_wards_levy_58_by_income_and_42_by_head() -> None:
    """The two parts were exchanged."""
    w = live(2027)
    rates, o = w.rates[2028], w.ledger(Chains).by_year[2028].outlook
    wards = unified(institutions(w))["special_wards"]
    ward = int(np.argmax(wards))
    by_income = rates.income_part[ward, 0] / 1e6 * o.income["medical"][wards].sum()
    by_head = rates.per_head[ward, 0] * o.members[wards].sum()
    split = float(P.value("municipal.group_income_split", 2028))
    assert split != 0.5
    assert by_income / (by_income + by_head) == pytest.approx(split, abs=0.005)


def test_adults_refill_what_children_are_waived() -> None:
    """All insured were taken for children."""
    w = live(2027)
    rates, o = w.rates[2028], w.ledger(Chains).by_year[2028].outlook
    waived = rates.per_head[:, 3] * (o.members - o.adults) * (1 - relieved_share(w, o.known))
    assert (waived > 0).all()
    assert (np.abs(rates.per_adult[:, 3] * o.adults - waived) <= o.adults * 0.5 + 1).all()
