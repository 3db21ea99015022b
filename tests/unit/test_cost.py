"""Does care cost what the register says, pay as the law says, and follow the person only?"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pandas as pd
import pytest

from sim.core.ahead import NEAR
from sim.core.tables import joined
from sim.core.units import april
from sim.engine.loop import run_step
from sim.engine.tables import BY_NAME
from sim.mechanisms.care import CARE, state
from sim.mechanisms.care.amounts import bin_of
from sim.mechanisms.care.ceilings import MonthBills, Receipt, household_year
from sim.mechanisms.care.chances import rules as rules_of
from sim.mechanisms.care.chances import shape
from sim.mechanisms.care.classes import household_classes
from sim.mechanisms.care.hospital import most_admission
from sim.mechanisms.care.household import pay_home
from sim.mechanisms.care.law import class_bounds, month_index, under_class
from sim.mechanisms.care.profile import CELL, mean_cost, national_cost, profile, single_ages
from sim.mechanisms.care.scales import growth, level, towns
from sim.mechanisms.care.state import OLD, UNDER, BinSums
from sim.mechanisms.care.tables import gini, lorenz, persistence
from sim.parameters import Parameters
from sim.population.codes import Leaving, Scheme, Sex, Stage
from sim.studies.fits.care import expected_benefit, fit_foreign, fit_index
from sim.studies.fits.care_shape import TARGETS, figures, fit, start, values
from sim.studies.fits.nation import CARE as CARE_MEASURES
from sim.studies.fits.nation import (
    age_weights,
    at_national_mix,
    class_weights,
    foreign_share,
    foreign_share_by_age,
    foreign_shares,
    foreign_weights,
)
from tests.small import small_world
from tests.town import Town

YEAR = 2025


@pytest.fixture(scope="module")
def p() -> Parameters:
    return Parameters.load()


def lived(w: Town, *years: int) -> Town:
    for year in years or (YEAR,):
        run_step(w, CARE, year)
    return w


def months_of(masks: np.ndarray) -> np.ndarray:
    return np.bitwise_count(masks.astype(np.uint16)).astype(np.int64)


def incomes(w: Town, seed: int = 0) -> Town:
    """Give households a base income and a relief, as the levy would."""
    g = np.random.default_rng(seed)
    n = w.households.rows
    w.households.data["base_income"][:] = np.where(g.random(n) < 0.35, 0, g.lognormal(14, 1.1, n)).astype(np.int64)
    w.households.data["relief_class"][:] = np.where(w.households.base_income == 0, 7, 0)
    return w


@pytest.fixture(scope="module")
def town() -> Town:
    """About 200,000 members on whom statistics can be tested: the small world tiled, deaths by the life table."""
    w = incomes(small_world(20_000, YEAR))
    copies, people, homes = 9, w.people.rows, w.households.rows
    w.people.take(np.tile(np.arange(people), copies))
    w.households.take(np.tile(np.arange(homes), copies))
    shift = np.repeat(np.arange(copies), homes) * people
    w.people.data["household"][:] += np.repeat(np.arange(copies), people).astype(np.int32) * homes
    w.households.data["start"][:] += shift.astype(np.int32)
    w.households.data["head"][:] += shift.astype(np.int32)
    w.people.data["pid"][:] = np.arange(w.people.rows) + 1
    w.people.data["residence"][:] = 0
    w.people.data["health"][:] = np.nan
    w.people.data["illness"][:] = np.nan
    g = np.random.default_rng(5)
    age = np.clip((april(YEAR) + 6 - w.people.born.astype(np.int64)) // 12, 0, 74)
    table = w.p.table("people.mortality").set_index(["sex", "age"])["qx"]
    risk = np.array([[table[sex, a] for sex in ("male", "female")] for a in range(75)])
    dies = g.random(age.size) < risk[age, w.people.sex]
    w.people.data["leaving"][dies] = Leaving.DIES
    w.people.data["present"][:] = np.where(dies, (1 << g.integers(1, 13, age.size)) - 1, 0xFFF)
    w.people.data["insured_months"][:] &= w.people.present
    w.ledgers["ages"] = age
    w.ledgers["first"] = lived(w, YEAR).people.cost.copy()
    w.ledgers["second"] = lived(w, YEAR + 1).people.cost.copy()
    return w


def test_mean_cost_by_age_is_the_published_one(town: Town) -> None:
    """Sample: about 200,000 members; the band of a group is four standard errors (2 to 15 per cent) and 1 per cent."""
    rows = joined(town.tables["cost_by_age"][:1]).groupby("age_group", sort=False).sum(numeric_only=True)
    first, age = town.ledgers["first"], town.ledgers["ages"]
    scale = towns(town.p, YEAR).level
    by_sex = mean_cost(town.p)
    weight = months_of(town.people.insured_months) / 12
    place = np.repeat(town.households.place, town.households.size)
    wanted = by_sex[age, town.people.sex] * scale[place] * weight
    for group, simulated in enumerate(rows["cost"]):
        inside = (age // 5 == group) & (weight > 0)
        error = first[inside].std() * np.sqrt(inside.sum())
        assert abs(simulated - wanted[inside].sum()) < 4 * error + 0.01 * wanted[inside].sum(), group


def test_the_solved_profile_gives_the_mean_by_age(p: Parameters) -> None:
    s = shape(p)
    cells = profile(p, s)
    national = national_cost(p)
    assert cells.dtype.names == CELL.names
    np.testing.assert_allclose(single_ages(national).reshape(15, 5).mean(axis=1), national)
    men = p.value("cost.male_share", YEAR)
    cheaper = 1 - (1 - p.value("cost.foreign", YEAR)) * np.array(p.value("cost.foreign_share", YEAR))
    both = (cells.average[:, 0] * men + cells.average[:, 1] * (1 - men)).reshape(15, 5).mean(axis=1) * cheaper
    np.testing.assert_allclose(both, national, rtol=1e-9)
    assert (cells.routine > 0).all()
    assert (cells.admission > 0).all()


def test_concentration_and_persistence_are_near_the_published_ones(town: Town) -> None:
    """Sample: about 200,000 members; the small world is younger than 国保, so the bands are wide."""
    d = joined(town.tables["cost_distribution"][:1]).set_index("statistic")["value"]
    assert 0.15 < d["top_1"] < 0.25, "published fit 0.22"
    assert 0.55 < d["top_10"] < 0.68, "published above 0.60"
    assert 0.12 < d["zero_share"] < 0.20, "assumed 0.15"
    assert 0.35 < d["monthly_zero_share"] < 0.48, "published 0.40"
    full = town.people.insured_months == 0xFFF
    both = pd.DataFrame({y: town.ledgers[y][full] for y in ("first", "second")}).rank()
    assert 0.72 < both.corr().iloc[0, 1] < 0.82, "derived 0.75-0.80"
    top = both > 0.8 * len(both)
    assert 0.58 < (top["first"] & top["second"]).sum() / top["first"].sum() < 0.70, "published above 0.60"


def test_benefit_ratio_by_age_is_near_the_published_one(town: Town) -> None:
    rows = joined(town.tables["cost_by_age"][:1]).groupby("age_group", sort=False).sum(numeric_only=True)
    t = town.p.table("people.benefit_ratio")
    published = t[t["population"] == "all schemes"].set_index("age")["value"]
    gap = rows["benefit"] / rows["cost"] - published.loc[rows.index]
    assert gap.abs().max() < 0.045
    shares = rows[["inpatient", "drugs", "dental"]].sum() / rows["cost"].sum()
    assert shares["inpatient"] == pytest.approx(0.33, abs=0.03)
    assert shares["dental"] == pytest.approx(0.08, abs=0.015)


def test_receipts_above_the_lines(town: Town) -> None:
    f = town.memory.years[YEAR]
    members = months_of(town.people.insured_months).sum() / 12
    assert 25 < f["over_800k_cases"].sum() / members * 1000 < 60
    assert 0.4 < f["over_4200k_cases"].sum() / members * 1000 < 1.5
    assert f["over_800k"].sum() > f["over_4200k"].sum() > 0


def test_facts_are_sums_of_people_times_weight() -> None:
    plain, weighted = incomes(small_world(800, YEAR)), incomes(small_world(800, YEAR))
    weighted.weight = 100
    lived(plain), lived(weighted)
    place = np.repeat(plain.households.place, plain.households.size)
    for name in ("cost", "benefit"):
        people = np.bincount(place, getattr(plain.people, name).astype(float), 62)
        np.testing.assert_array_equal(plain.memory.get(YEAR, name), people.astype(np.int64))
        np.testing.assert_array_equal(weighted.memory.get(YEAR, name), plain.memory.get(YEAR, name) * 100)
    out = plain.people.insured_months == 0
    assert (plain.people.cost[out] == 0).all()
    assert (plain.people.benefit[out] == 0).all()
    assert (plain.people.cost % 10 == 0).all()
    assert (plain.people.benefit <= plain.people.cost).all()
    assert plain.memory.get(YEAR, "high_cost_benefit").sum() == joined(plain.tables["high_cost"][:1])["amount"].sum()


def test_tables_are_declared() -> None:
    w = lived(incomes(small_world(500, YEAR)))
    for name, frames in w.tables.items():
        assert set(frames[0]) == {*BY_NAME[name].keys, *BY_NAME[name].columns}, name


def test_standard_cost_is_months_at_national_means(p: Parameters) -> None:
    w = small_world(1, 2022)
    w.people.data["insured_months"][:] = 0
    w.people.data["insured_months"][0] = 0b111
    w.people.data["born"][0] = april(2022) - 42 * 12
    lived(w, 2022)
    assert w.memory.get(2022, "standard_cost").sum() == int(national_cost(p)[8]) * 3 // 12


def test_nobody_else_matters() -> None:
    """Dropping a person changes nobody's cost, and nobody's benefit outside his household."""
    whole, thinned = (incomes(small_world(1500, YEAR)) for _ in range(2))
    gone = np.flatnonzero(whole.people.insured_months > 0)[::7]
    thinned.people.data["insured_months"][gone] = 0
    lived(whole), lived(thinned)
    stay = np.ones(whole.people.rows, bool)
    stay[gone] = False
    np.testing.assert_array_equal(whole.people.cost[stay], thinned.people.cost[stay])
    alone = ~np.isin(whole.people.household, whole.people.household[gone])
    np.testing.assert_array_equal(whole.people.benefit[alone], thinned.people.benefit[alone])


def test_row_order_and_threads_do_not_matter() -> None:
    w, shuffled = (incomes(small_world(1200, YEAR)) for _ in range(2))
    order = np.random.default_rng(3).permutation(w.households.rows)
    ends = w.households.start + w.households.size
    rows = np.concatenate([np.arange(w.households.start[h], ends[h]) for h in order])
    shuffled.people.take(rows)
    shuffled.households.take(order)
    start = np.concatenate(([0], np.cumsum(shuffled.households.size)[:-1]))
    shuffled.households.data["head"][:] = start + shuffled.households.head - shuffled.households.start
    shuffled.households.data["start"][:] = start
    shuffled.people.data["household"][:] = np.repeat(np.arange(order.size), shuffled.households.size)
    before = numba.get_num_threads()
    try:
        numba.set_num_threads(1)
        lived(w, YEAR, YEAR + 1)
    finally:
        numba.set_num_threads(before)
    lived(shuffled, YEAR, YEAR + 1)
    for name in ("cost", "benefit", "illness", "care_outpatient"):
        np.testing.assert_array_equal(getattr(w.people, name)[rows], getattr(shuffled.people, name))
    for name, value in w.memory.years[YEAR].items():
        np.testing.assert_array_equal(value, shuffled.memory.get(YEAR, name))


def test_cost_is_additive_in_insured_months() -> None:
    """Two halves of a year cost together what the whole year costs: no month depends on another's insurance."""
    total = None
    for mask in (0xFFF, 0x03F, 0xFC0):
        w = incomes(small_world(1000, YEAR))
        insured = w.people.scheme == Scheme.KOKUHO
        w.people.data["insured_months"][:] = np.where(insured, mask, 0)
        cost = lived(w).people.cost
        total = cost.copy() if total is None else total - cost
    assert (total == 0).all()


def test_a_household_larger_than_a_block_costs_what_its_members_cost_alone() -> None:
    """600 insured of one household stand between smaller ones: drawn 256 at a time, and as they would be alone."""
    apart, together = (incomes(small_world(1000, YEAR)) for _ in range(2))
    homes, people = together.households, together.people
    first, most = homes.rows // 3, 600
    inside = np.arange(homes.start[first], homes.start[first] + most)
    last = people.household[inside[-1]]
    inside = np.arange(homes.start[first], homes.start[last] + homes.size[last])
    for w in (apart, together):
        w.people.data["insured_months"][inside] = 0xFFF
        w.households.data["place"][:] = 0
    stay = np.setdiff1d(np.arange(homes.rows), np.arange(first + 1, last + 1))
    size = int(inside.size)
    people.data["household"][inside] = first
    people.data["household"][inside[-1] + 1 :] -= last - first
    homes.take(stay)
    homes.data["size"][first] = size
    assert size > 2 * NEAR
    lived(apart)
    lived(together)
    for name in ("cost", "illness", "health"):
        np.testing.assert_array_equal(getattr(apart.people, name), getattr(together.people, name))


def test_no_need_has_more_stays_than_the_bound_says(p: Parameters) -> None:
    form = rules_of(p, YEAR).care_shape
    for need in [*np.linspace(-7, 7, 5_601), *np.nextafter(np.linspace(-5, 5, 41), 9)]:
        most = most_admission(need, form)
        assert np.exp(form.admission_slope * need) < most
        assert most == np.inf or most < np.exp(form.admission_slope * (need + 0.51)), "close enough to be of use"


def test_an_empty_place_and_nobody_at_all() -> None:
    w = small_world(50, YEAR)
    w.people.data["insured_months"][:] = 0
    w.people.data["scheme"][:] = Scheme.EMPLOYEE
    lived(w)
    assert all((value == 0).all() for value in w.memory.years[YEAR].values())
    assert (w.households.care_class == -1).all()


def desk(year: int) -> tuple[Parameters, Any, Any, Any]:
    """Return register, rules of a year, scratch and sums to pay single households on."""
    p = Parameters.load()
    return p, rules_of(p, year), state.scratch(), state.zeros(1, 62)[0]


def random_home(g: np.random.Generator, scratch: Any) -> int:
    """Fill slots of a household of one to four with care, and its record; return the number of slots."""
    n = int(g.integers(1, 5))
    for j in range(n):
        q = scratch.members[j]
        q.age = int(g.choice([5, 30, 50, 66, 69, 70, 72]))
        q.sex = int(g.integers(0, 2))
        q.insured_months = int(g.choice([0xFFF, 0xFFF, 0x0FF, 0xFF0]))
        q.elderly_months = {69: 0xF80, 70: 0xFFF, 72: 0xFFF}.get(int(q.age), 0)
        q.preschool = int(q.age == 5)
        q.routine_months = int(g.integers(0, 4096)) & q.insured_months
        q.routine = int(g.choice([300, 2_500, 9_000, 40_000])) * 10
        q.hospital_months = int(g.choice([0, 0, 1 << 5, 0b111111, 0b1111 << 8])) & q.insured_months
        scratch.hospital[j] = g.integers(2_000, 150_000, 12) * 10
        q.carried = int(g.choice([-1, 0, 90_000]))
        for name in ("surcharge", "benefit", "paid", "before", "after"):
            setattr(q, name, 0)
    x = scratch.households[0]
    x.place, x.first, x.members = 0, 0, n
    x.elderly_months = np.bitwise_or.reduce(scratch.members["elderly_months"][:n])
    x.early, x.late = (int(g.integers(0, 13)) + 16 * int(g.integers(0, 7)) for _ in range(2))
    return n


def receipts_of(k: int, n: int, rules: Any, scratch: Any, old: int) -> list[Receipt]:
    """Return the receipts of month k as anybody would write them down."""
    found = []
    for j in range(n):
        q = scratch.members[j]
        if not q.insured_months >> k & 1:
            continue
        elderly = bool(q.elderly_months >> k & 1)
        share = (30 if old < 3 else 20) if elderly else 20 if q.preschool else 30
        if q.hospital_months >> k & 1:
            found.append(Receipt(str(j), int(scratch.hospital[j, k]), share, True, elderly))
        if q.routine_months >> k & 1:
            dental = rules.cells[q.age, q.sex].dental
            main = int(q.routine * (1 - dental) * rules.chances.main_provider / 10 + 0.5) * 10
            found += [Receipt(str(j), yen, share, False, elderly) for yen in (main, int(q.routine) - main) if yen > 0]
    return found


@pytest.mark.parametrize("year", [2025, 2026])
def test_the_kernel_pays_what_worked_cases_pay(year: int) -> None:
    """The year of a random household, against the plain computation of its receipts month by month."""
    p, rules, scratch, sums = desk(year)
    g = np.random.default_rng(year)
    for _ in range(300):
        n = random_home(g, scratch)
        x = scratch.households[0]
        bills = []
        for k in range(12):
            cls = x.early if k < 4 else x.late
            name = f"{1900 + (april(year) + k) // 12}-{(april(year) + k) % 12 + 1:02d}"
            rows = receipts_of(k, n, rules, scratch, cls // 16)
            bills.append(MonthBills(name, rows, UNDER[cls % 16], OLD[cls // 16]))
        plain = household_year(p, bills)
        sums.places["high_cost_benefit"] = 0
        hits, _ = pay_home(x, 0, 0, rules, scratch, sums)
        refund = int(sums.places[0].high_cost_benefit) - plain.benefit
        cap = rules.ceilings_old[3, x.early // 16].outpatient_annual
        expected = 0
        for j in range(n):
            q = scratch.members[j]
            early = sum(c.outpatient_paid.get(str(j), 0) for c in plain.claims[:4])
            carried = 2 * early if q.carried == -1 else q.carried
            expected += max(0, carried + early - cap) if cap and q.elderly_months else 0
        assert refund == expected
        assert int(hits) == sum((c.elderly + c.household > 0) << k for k, c in enumerate(plain.claims))
        cost = sum(r.cost for b in bills for r in b.receipts)
        paid = sum(c.paid for c in plain.claims) - refund
        assert sum(int(scratch.members[j].benefit) for j in range(n)) == cost - paid


def test_annual_ceiling_of_the_household_is_refunded_in_july() -> None:
    _, rules, scratch, sums = desk(2027)
    q, x = scratch.members[0], scratch.households[0]
    q.age, q.insured_months, q.hospital_months = 50, 0xFFF, 0b1111
    scratch.hospital[0] = 1_000_000
    x.members, x.early, x.late = 1, UNDER.index("エ1"), UNDER.index("エ1")
    history = 0b1111_1111_0000
    carried = 3 * 61_500 + 5 * 44_400
    pay_home(x, history, carried, rules, scratch, sums)
    assert sums.places[0].high_cost_benefit == 4 * (300_000 - 44_400) + carried + 4 * 44_400 - 530_000


@pytest.mark.parametrize(("cls", "age", "own"), [("ウ2", 50, 10_000), ("イ1", 50, 20_000), ("ア1", 50, 20_000)])
def test_dialysis_has_a_ceiling_of_its_own(cls: str, age: int, own: int) -> None:
    """400,000 yen of outpatient care a month, 80 % of it without teeth at the hospital that gives dialysis."""
    _, rules, scratch, sums = desk(YEAR)
    q, x = scratch.members[0], scratch.households[0]
    q.age, q.insured_months, q.routine_months, q.routine, q.dialysis = age, 0xFFF, 0xFFF, 400_000, 1
    x.members, x.early, x.late = 1, UNDER.index(cls), UNDER.index(cls)
    hits, _ = pay_home(x, 0, 0, rules, scratch, sums)
    main = round(400_000 * (1 - float(rules.cells[age, 0].dental)) * 0.8 / 10) * 10
    rest = (400_000 - main) * 30 // 100
    benefit = 12 * (main * 30 // 100 - own)
    assert q.high_cost == sums.places[0].high_cost_benefit == sums.classes["amount"].sum() == benefit
    assert 21_000 < rest < 80_100, "adds up, alone below the ceiling"
    assert q.benefit == 12 * (400_000 - own - rest)
    assert q.paid == 12 * (own + rest)
    assert hits == 0
    assert sums.places[0].high_cost_cases == sums.places[0].high_cost_receipts == 12


def test_dialysis_at_70_to_74_comes_before_the_outpatient_ceiling() -> None:
    _, rules, scratch, sums = desk(YEAR)
    q, x = scratch.members[0], scratch.households[0]
    q.age, q.routine, q.dialysis = 72, 400_000, 1
    q.insured_months = q.elderly_months = q.routine_months = 0xFFF
    x.members, x.early, x.late = 1, *[16 * OLD.index("低所得Ⅱ") + UNDER.index("オ")] * 2
    x.elderly_months = 0xFFF
    pay_home(x, 0, 0, rules, scratch, sums)
    assert q.paid == 12 * 8_000
    assert q.benefit == 12 * (400_000 - 8_000)
    assert q.high_cost == 12 * (80_000 - 8_000) == sums.places[0].high_cost_benefit


def test_receipts_that_pass_a_ceiling_alone_are_counted() -> None:
    """Two receipts of one month: 500,000 yen passes 80,100 yen alone; 100,000 yen adds up and does not."""
    _, rules, scratch, sums = desk(YEAR)
    x = scratch.households[0]
    for j, yen in enumerate((500_000, 100_000)):
        q = scratch.members[j]
        q.age, q.insured_months, q.hospital_months = 50, 0xFFF, 0b1
        scratch.hospital[j, 0] = yen
    x.members, x.early, x.late = 2, UNDER.index("ウ1"), UNDER.index("ウ1")
    pay_home(x, 0, 0, rules, scratch, sums)
    assert sums.places[0].high_cost_cases == 1
    assert sums.places[0].high_cost_receipts == 1
    assert sums.places[0].high_cost_benefit == 180_000 - (80_100 + 3_330)


def test_high_cost_benefit_is_the_same_by_class_by_age_and_by_place(town: Town) -> None:
    ages, classes = joined(town.tables["cost_by_age"][:1]), joined(town.tables["high_cost"][:1])
    total = town.memory.get(YEAR, "high_cost_benefit").sum()
    assert ages["high_cost"].sum() == classes["amount"].sum() == total > 0
    assert ages["over_800k"].sum() == town.memory.get(YEAR, "over_800k").sum()
    assert classes["members"].sum() == pytest.approx(ages["members"].sum())
    assert 0 < town.memory.get(YEAR, "high_cost_receipts").sum() < town.memory.get(YEAR, "high_cost_cases").sum() * 1.2


def test_the_nations_mix_only_weighs(p: Parameters) -> None:
    """With the nation's ages and classes already, nothing changes; twice as many of an age count the same."""
    ages = pd.DataFrame({"age_group": age_weights(p).index, "members": age_weights(p).to_numpy() * 1000})
    ages["cost"] = ages["members"] * 400.0
    for name, part in (("benefit", 0.8), ("high_cost", 0.1), ("over_800k", 0.05), ("dental", 0.08)):
        ages[name] = ages["cost"] * part
    young = 1000 * (1 - float(age_weights(p)["70-74"]))
    members = [*np.repeat(class_weights(p)[:4] / 3, 3) * young, class_weights(p)[4] * young]
    members += [float(age_weights(p)["70-74"]) * 1000 / 7] * 7
    classes = pd.DataFrame({"class": [*UNDER, *OLD], "members": members})
    classes["cases"], classes["amount"] = classes["members"] * 0.5, classes["members"] * 40.0
    mixed = at_national_mix(p, ages, classes)
    assert mixed["high_cost_share"] == pytest.approx(0.1 / 0.92)
    assert mixed["cases"] == pytest.approx(0.5)
    assert mixed["yen_per_case"] == pytest.approx(80)
    assert mixed["over_share"] == pytest.approx(0.05)
    assert mixed["benefit_ratio"] == pytest.approx(0.8)
    twice = ages.copy()
    twice.loc[5, ages.columns[1:]] *= 2
    assert at_national_mix(p, twice, classes) == pytest.approx(mixed)


def test_persistence_of_plain_cases() -> None:
    same = np.diag([50, 30, 10, 10])
    statistics = dict(persistence(same))
    assert statistics["correlation"] == pytest.approx(1)
    assert statistics["stay_10"] == statistics["stay_20"] == pytest.approx(1)
    luck = np.outer([8, 2], [8, 2])
    statistics = dict(persistence(luck))
    assert statistics["correlation"] == pytest.approx(0)
    assert statistics["stay_20"] == pytest.approx(0.2)
    assert statistics["stay_10"] == pytest.approx(0.1)
    assert list(persistence(np.zeros((3, 3), int))) == []


def test_a_run_records_who_stays_expensive(town: Town) -> None:
    """The table agrees with the people of both years, up to the width of the steps."""
    d = joined(town.tables["cost_distribution"][1:]).set_index("statistic")["value"]
    known = (town.people.insured_months == 0xFFF) & (town.people.scheme_since <= april(YEAR + 1) - 12)
    both = pd.DataFrame({y: town.ledgers[y][known] for y in ("first", "second")}).rank()
    assert d["correlation"] == pytest.approx(both.corr().iloc[0, 1], abs=0.005)
    top = both > 0.9 * len(both)
    assert d["stay_10"] == pytest.approx((top["first"] & top["second"]).sum() / top["first"].sum(), abs=0.02)
    assert "correlation" not in set(joined(town.tables["cost_distribution"][:1])["statistic"])


def test_class_of_april_to_july_is_last_years() -> None:
    poor, rich = (incomes(small_world(2000, YEAR)) for _ in range(2))
    lived(poor), lived(rich)
    for w in (poor, rich):
        w.households.data["base_income"][:] = 12_000_000
        w.households.data["relief_class"][:] = 0
        w.people.data["declared"][:] = 1
    poor.households.data["care_class"][:] = -1
    lived(poor, YEAR + 1), lived(rich, YEAR + 1)
    np.testing.assert_array_equal(poor.people.cost, rich.people.cost)
    assert rich.memory.get(YEAR + 1, "benefit").sum() > poor.memory.get(YEAR + 1, "benefit").sum()
    new = rich.households.care_class[rich.households.care_class >= 0]
    assert (new % 16 == UNDER.index("ア2")).all()


def test_undeclared_income_means_the_highest_class() -> None:
    w = incomes(small_world(2000, YEAR, parameters=Parameters.load().with_overrides(
        {("cost.declares_when_ill", None, None): 0.0})))  # fmt: skip
    w.people.data["declared"][:] = 0
    rows = joined(lived(w).tables["high_cost"][:1]).set_index("class")["cases"]
    assert rows["ア1"] > 0
    assert rows[[name for name in UNDER if name != "ア1"]].sum() == 0


def test_classes_at_70_to_74() -> None:
    """One of 72 with a pension of 2.4 M yen; with 4 M yen of salary beside it; and with a pension of 0.7 M yen."""
    _, rules, scratch, _ = desk(YEAR)
    q, home = scratch.members[0], scratch.households[0]
    home.first, home.members, home.elderly_months = 0, 1, 0xFFF
    q.age, q.elderly_months, q.declared, q.insured_months = 72, 0xFFF, 1, 0xFFF

    def cls(pension: int, salary: int, relief: int, base: int) -> str:
        q.pension, q.salary, q.work = pension, salary, salary
        return OLD[household_classes(scratch, home, 1, relief, base, rules)[1]]

    assert cls(2_400_000, 0, 0, 870_000) == "一般下"
    assert cls(2_400_000, 0, 0, 1_500_000) == "一般"
    assert cls(2_400_000, 4_000_000, 0, 3_660_000) == "現役並みⅠ"
    assert cls(700_000, 0, 7, 0) == "低所得Ⅰ"
    assert cls(1_400_000, 0, 7, 0) == "低所得Ⅱ"


def test_under_class_by_base_income(p: Parameters) -> None:
    assert (class_bounds(p)[:-1] > class_bounds(p)[1:]).all()
    lines = {9_010_001: "ア3", 9_010_000: "イ1", 2_100_001: "ウ3", 2_100_000: "エ1", 0: "エ3"}
    assert {income: under_class(p, income) for income in lines} == lines
    assert under_class(p, 0, taxed=False) == "オ"
    assert month_index("2026-08") == april(2026) + 4


def test_births_and_funerals() -> None:
    w = small_world(1000, YEAR)
    ward = w.p.table("places.municipalities")["type"].to_numpy() == "special_ward"
    woman = np.flatnonzero((w.people.insured_months == 0xFFF) & (w.people.sex == Sex.FEMALE))[:3]
    w.people.data["gave_birth"][woman] = [april(YEAR) + 2, april(YEAR) - 1, april(YEAR) + 11]
    dead = np.flatnonzero((w.people.insured_months == 0xFFF) & (w.people.sex == Sex.MALE))[:2]
    w.people.data["leaving"][dead] = Leaving.DIES
    w.people.data["present"][dead] = 0b111
    w.people.data["insured_months"][dead] = [0b111, 0b011]
    alive = lived(small_world(1000, YEAR)).people.cost
    f = lived(w).memory.years[YEAR]
    assert f["birth_grant"].sum() == 2 * 500_000
    place = w.households.place[w.people.household[dead[0]]]
    assert f["funeral_grant"].sum() == f["funeral_grant"][place] == (70_000 if ward[place] else 50_000)
    assert w.people.cost[dead[0]] > alive[dead[0]] * 0.25 + 300_000, "three months, the last ones in hospital"


def test_levers_move_what_they_say(p: Parameters) -> None:
    def factors(key: str, value: float, year: int) -> Any:
        return towns(p.with_overrides({(key, None, None): value}), year)

    base = towns(p, 2030)
    assert (towns(p, 2022).checked == towns(p, 2022).checked_then).all()
    assert (base.drugs_saved == 0).all()
    more = p.value("cost.generic_start", 2030) + 0.1
    effect = p.value("cost.generic_effect", 2030)
    np.testing.assert_allclose(factors("cost.generic_share", more, 2030).drugs_saved, 0.1 * effect)
    assert (factors("cost.generic_share", more, 2022).drugs_saved == 0).all(), "nothing before the lag is over"
    assert (factors("cost.checkup_rise", 0.1, 2030).checked_then > base.checked_then).all()
    assert (factors("cost.guidance_rise", 0.1, 2030).guided_then > base.guided_then).all()
    assert (factors("cost.integrated_reach", 0.1, 2030).integrated_then == 0.1).all()
    assert (factors("cost.sharing_reach", 1.0, 2030).tests_saved == p.value("cost.sharing_effect", 2030)).all()
    less = 1 - float(p.value("cost.review_effect", 2030))
    np.testing.assert_allclose(factors("cost.review_reach", 1.0, 2030).level, base.level * less)
    reached = factors("cost.nephropathy_reach", 0.6, 2030)["chronic_z"]
    assert (reached[:, 50] > base["chronic_z"][:, 50]).all()
    assert (factors("cost.duplicate_reach", 0.6, 2030).drugs_saved > 0).all()


def test_level_grows_by_trend_fees_and_rebound_and_a_shock_passes(p: Parameters) -> None:
    step = growth(p, 2026) / growth(p, 2025)
    trend, fees, rebound = (1 + p.value(f"cost.{n}", 2026) for n in ("trend", "fee_revision", "rebound"))
    assert step == pytest.approx(trend * fees * rebound)
    shocked = p.with_overrides({("cost.shock", 2027, None): 0.05})
    assert level(shocked, 2027) == pytest.approx(level(p, 2027) * 1.05)
    assert level(shocked, 2028) == level(p, 2028)


def test_drugs_like_those_over_the_counter_cost_the_insurer_less(p: Parameters) -> None:
    with_rule = lived(incomes(small_world(1500, 2027)), 2027)
    without = lived(incomes(small_world(1500, 2027, parameters=p.with_overrides(
        {("care.otc_months", None, None): 0}))), 2027)  # fmt: skip
    np.testing.assert_array_equal(with_rule.people.cost, without.people.cost)
    saved = without.memory.get(2027, "benefit").sum() - with_rule.memory.get(2027, "benefit").sum()
    drugs = joined(with_rule.tables["cost_by_age"][:1])["drugs"].sum()
    assert 0 < saved < 0.01 * drugs
    children = (april(2027) + 6 - with_rule.people.born.astype(np.int64)) // 12 < 18
    alone = np.repeat(with_rule.households.size == 1, with_rule.households.size)
    assert (with_rule.people.benefit[children & alone] == without.people.benefit[children & alone]).all()


def test_lorenz_and_gini_of_plain_cases() -> None:
    bins = BinSums(np.array([[5, 0], [5, 500]]))
    assert lorenz(bins, 0.5) == 0
    assert lorenz(bins, 0.75) == pytest.approx(0.5)
    assert gini(bins) == pytest.approx(0.5)
    assert gini(BinSums(np.array([[0, 0], [7, 700]]))) == pytest.approx(0)


def test_bins_hold_an_amount_within_a_32nd_of_a_doubling() -> None:
    amounts = np.array([10, 12_340, 800_000, 4_200_000, 99_999_990])
    bins = np.array([bin_of(int(a)) for a in amounts])
    lower = (0.5 + ((bins - 1) % 32) / 64) * 2.0 ** ((bins - 1) // 32)
    assert (lower <= amounts).all()
    assert (amounts < lower * (1 + 1 / 32)).all()
    assert bin_of(0) == 0


def test_the_index_is_fitted_to_what_can_be_expected() -> None:
    """A place with the published benefit of Tokyo but dearer people gets a lower index, and keeps its own weight."""
    by_place = pd.DataFrame({
        "code": [1, 1, 2, 2], "age_group": ["a", "b"] * 2,
        "expected": [100.0, 300.0, 100.0, 100.0], "benefit": [80.0, 240.0, 80.0, 80.0],
    })  # fmt: skip
    index = pd.Series({1: 1.0, 2: 1.0})
    benefit = expected_benefit(by_place, index)
    assert benefit.to_dict() == pytest.approx({1: 320.0, 2: 160.0})
    card = pd.DataFrame({"benefit_per_insured": [240.0, 240.0], "insured": [1e9, 1e9]}, index=[1, 2])
    members = pd.Series({1: 1.0, 2: 1.0})
    new = fit_index(card, benefit, members, index, shrink=300)
    assert new[1] * 320 == pytest.approx(new[2] * 160, rel=1e-5)
    few = fit_index(card.assign(insured=300), benefit, members, index, shrink=300)
    assert abs(few[1] - 1) < abs(new[1] - 1)


def test_the_shape_is_fitted_within_bounds_and_keeps_the_mean(p: Parameters) -> None:
    """Values survive the way into the register and back; a few trials do not end farther from the targets."""
    x = start(p)
    back = values(p, x)
    for key, value in back.items():
        assert value == pytest.approx(p.value(key, YEAR), rel=0.02, abs=1e-5), key
    moved = p.with_overrides({(k, None, None): v for k, v in values(p, x * 1.05).items()})
    np.testing.assert_allclose(profile(moved, shape(moved)).average, profile(p, shape(p)).average)
    w = incomes(small_world(3000, 2023))
    found = fit(w, 2023, rounds=14)
    assert set(found.figures) == set(TARGETS)
    assert w.p.value("cost.routine_sigma", YEAR) == p.value("cost.routine_sigma", YEAR), "the register is left alone"

    def distance(figures: dict[str, float]) -> float:
        return sum(((figures[n] - goal) / width) ** 2 for n, (goal, width) in TARGETS.items())

    assert distance(found.figures) < distance(figures(w, 2023)) * 1.1
    for move, low, high in ((found.values["cost.receipt_tail"], 0.1, 0.24), (found.values["cost.visit_slope"], 2.2, 4)):
        assert low <= move <= high
    assert sum(found.values["cost.stay_months"]) == pytest.approx(1)


def test_cost_of_foreign_members_is_what_their_published_share_says(p: Parameters) -> None:
    """1.39 % of the nation's cost for 4.0 % of its members, by age; a member of 20-39 in seven is foreign."""
    assert p.value("cost.foreign", YEAR) == pytest.approx(fit_foreign(p), abs=0.0005)
    np.testing.assert_allclose(p.value("cost.foreign_share", YEAR), foreign_share_by_age(p), atol=0.00006)
    weights = foreign_weights(p)
    assert weights.sum() == pytest.approx(1)
    assert weights.iloc[4:8].sum() == pytest.approx(506 / 970)
    assert foreign_share(p) == pytest.approx((0.92 / 24.13 + 0.97 / 23.09) / 2)


def test_foreign_shares_at_the_nations_mix_do_not_depend_on_the_runs_mix(p: Parameters) -> None:
    """Whoever has the same care at every age has the nation's share by age, however many the run's members are."""
    ages = age_weights(p).index
    found = []
    for number in (1.0, 50.0):
        rows = [
            {"nationality": n, "age_group": age, "members": m, **dict.fromkeys(CARE_MEASURES, m * (10.0 + k))}
            for n, m in (("Japanese", 100.0), ("foreign", number))
            for k, age in enumerate(ages)
        ]
        found.append(foreign_shares(p, pd.DataFrame(rows))["cost"])
    each = 10.0 + np.arange(len(ages))
    wanted = foreign_share(p) * (foreign_weights(p) * each).sum() / (age_weights(p) * each).sum()
    assert found == pytest.approx([wanted, wanted])


def test_foreign_members_have_the_same_care_less_often() -> None:
    """About 20,000 members, all of them Japanese and then all foreign: months of care and cost fall alike."""
    found = {}
    for residence in (0, 3):
        w = incomes(small_world(12_000, YEAR))
        w.people.data["residence"][:] = residence
        lived(w)
        t = joined(w.tables["care_by_nationality"][:1])
        t = t[t["nationality"] == ("foreign" if residence else "Japanese")]
        assert t["cost"].sum() == w.memory.get(YEAR, "cost").sum()
        assert t["benefit"].sum() == w.memory.get(YEAR, "benefit").sum()
        assert t["high_cost_receipts"].sum() == w.memory.get(YEAR, "high_cost_receipts").sum()
        assert t["high_cost"].sum() == w.memory.get(YEAR, "high_cost_benefit").sum()
        assert t["members"].sum() == pytest.approx(months_of(w.people.insured_months).sum() / 12)
        found[residence] = t[["cost", "receipts"]].sum()
    ratio = found[3] / found[0]
    often = Parameters.load().value("cost.foreign", YEAR)
    assert ratio["receipts"] == pytest.approx(often, abs=0.01)
    assert ratio["cost"] == pytest.approx(often, abs=0.06)


def test_who_pays_in_full_first_uses_less_care() -> None:
    """0.8 of the care at every age, for households at the stage of 特別療養費 only."""
    cost = []
    for stage in (Stage.DUNNED, Stage.SPECIAL_CARE):
        w = incomes(small_world(2_000, YEAR))
        w.people.data["residence"][:] = 0
        w.households.data["stage"][:] = stage
        cost.append(lived(w).people.cost.sum())
    assert cost[1] / cost[0] == pytest.approx(0.8, abs=0.001)
