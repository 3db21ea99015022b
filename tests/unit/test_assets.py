"""Fixed-asset tax of the insured and the asset part (資産割) that is levied on it."""

from __future__ import annotations

import numpy as np
import pytest

from sim.core.errors import ParameterError
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import Rates
from sim.mechanisms.levy.asset_tax import asset_tax
from sim.mechanisms.levy.state import Homes, People
from sim.mechanisms.levy.step import ASSESS, rates_of
from sim.mechanisms.rates import uncapped
from sim.mechanisms.rates.chain import compute
from sim.mechanisms.rates.requirement import estimate
from sim.mechanisms.rates.standard import MILLION
from sim.parameters import Parameters
from tests.small import PLACES, run_step, small_world
from tests.tokyo_facts import fill
from tests.town import Town
from tests.unit.test_rates import live

P = Parameters.load()
TOWN = 7
PART = 300_000


def world(part: int = PART) -> Town:
    """A small world with income and head parts everywhere, and an asset part in one town."""
    w = small_world(6000)
    rates = Rates.zeros(PLACES)
    rates.income_part[:, :3], rates.per_head[:, :3], rates.cap[:, :3] = 50_000, 20_000, 650_000
    rates.asset_part[TOWN, :3] = part
    w.rates[w.year] = rates
    return w


def taxes(w: Town, year: int = 2022) -> np.ndarray:
    people = People(*(getattr(w.people, name) for name in People._fields))
    homes = Homes(*(getattr(w.households, name) for name in Homes._fields))
    return asset_tax(w.world, year, people, homes, rates_of(w.world, 2022))


def test_nobody_is_asked_where_no_town_levies_an_asset_part() -> None:
    assert taxes(world(0)).tolist() == [0]


def test_heads_in_the_town_own_something_by_age_and_go_on_owning_it() -> None:
    w = world()
    tax, later = taxes(w), taxes(w, 2026)
    homes, owners = w.households, np.flatnonzero(tax)
    here = homes.place == TOWN
    assert set(owners) <= set(homes.head[here].tolist())
    assert 0.2 < owners.size / here.sum() < 0.8
    assert np.median(tax[owners]) == pytest.approx(P.value("levy.asset_tax_median", 2022), rel=0.25)
    assert (later[owners] == tax[owners]).mean() > 0.95  # a share at the edge of two ages of few may change
    assert (later[owners] > 0).all()  # who owns at an age owns at a higher one


def test_bills_rise_by_the_asset_part_and_by_nothing_else() -> None:
    """Gross levies of the town with an asset part less those without: tax x rate x months / 12, to the yen rounded."""
    w, bare = world(), world(0)
    for x in (w, bare):
        run_step(x, ASSESS, 2022)
    more = w.memory.get(2022, "gross_levy_medical") - bare.memory.get(2022, "gross_levy_medical")
    taxed = w.memory.get(2022, "asset_tax")
    assert taxed[TOWN] > 0
    assert more[TOWN] == pytest.approx(taxed[TOWN] * PART / MILLION, rel=2e-3)
    assert (np.delete(more, TOWN) == 0).all()
    assert (np.delete(taxed, TOWN) == 0).all()
    care = w.memory.get(2022, "asset_tax_care")
    assert 0 < care[TOWN] < taxed[TOWN]


def test_the_towns_own_standard_rates_keep_its_asset_part() -> None:
    """Rates (3): E x weight / base, part by part; the parts bring in E together."""
    w = live(2023)
    w.year = 2024
    fill(w, 2024)
    fund = np.zeros(w.places, np.int64)
    fund[TOWN] = w.memory.get(2024, "member_months")[TOWN] // 12 * 30_000
    for name in ("asset_tax", "asset_tax_care"):
        w.memory.put(2024, name, fund // (3 if name.endswith("care") else 1))
    w.rates[2024].asset_part[TOWN, :3] = PART
    chain = compute(w.world, *estimate(w.world, 2025, 2024))
    for portion in PORTIONS[:3]:
        c = chain.portions[portion]
        assert c.assets is not None
        own = c.own
        parts = (
            own.income_part[TOWN] * c.income[TOWN] / MILLION,
            own.asset_part[TOWN] * c.assets[TOWN] / MILLION,
            own.per_head[TOWN] * c.insured[TOWN],
            own.per_household[TOWN] * c.households[TOWN],
        )
        assert parts[1] > 0
        assert sum(parts) == pytest.approx(int(c.assessed[TOWN]), rel=1e-3)
    assert (np.delete(chain.portions["medical"].own.asset_part, TOWN) == 0).all()


def test_root_finding_knows_no_asset_part() -> None:
    w = live(2023, parameters=P.with_overrides({("rates.method", None, None): 4}))
    chain = compute(w.world, *estimate(w.world, 2024, 2023))
    homes = uncapped.Homes(*(np.zeros(0, np.int64) for _ in uncapped.Homes._fields))
    with pytest.raises(ParameterError, match=r"rates.method is 4"):
        uncapped.by_root(homes, w.world, chain, 2023)
