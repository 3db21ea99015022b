"""The levy step: sums, months, caps, and the mistakes others made."""

from __future__ import annotations

import numba as nb
import numpy as np
import pytest

from sim.core.errors import BalanceError, ParameterError
from sim.core.units import april
from sim.engine.loop import run_step
from sim.institutions.memory import FACTS, PORTIONS
from sim.institutions.rates import Rates, caps
from sim.institutions.reliefs import IN_ORDER, REFUNDED_BY_STATE, RELIEFS
from sim.institutions.world import World
from sim.mechanisms.levy import ASSESS
from sim.mechanisms.levy.income import pension_income, salary_income
from sim.mechanisms.levy.law import law_of
from sim.mechanisms.levy.state import STAGES, Stages
from sim.parameters import Parameters
from sim.population.codes import Relation, Scheme
from sim.population.table import household_table, people_table
from tests.small import PLACES, small_world

BILLS = tuple(f"bill_{p}" for p in PORTIONS)


@pytest.fixture(scope="module")
def p() -> Parameters:
    return Parameters.load()


def assessed(w: World, year: int = 2022) -> World:
    w.year = year
    run_step(w, ASSESS, year)
    return w


def fact(w: World, name: str, year: int = 2022) -> int:
    return int(w.memory.get(year, name).sum())


def world_of(ages: list[float], year: int, p: Parameters, **columns: list[int]) -> World:
    """Return one household in Chiyoda; the first person is head, all insured all year, born in mid-month."""
    n = len(ages)
    people, homes = people_table(n), household_table(1)
    homes.data["size"][:], homes.data["hid"][:] = n, 1
    people.data["pid"][:] = np.arange(n) + 1
    people.data["born"][:] = [april(year) - round(a * 12) for a in ages]
    people.data["relation"][:] = [Relation.HEAD] + [Relation.OTHER] * (n - 1)
    people.data["insured_months"][:] = 0xFFF
    for name, values in columns.items():
        (homes if name in homes.data and name not in people.data else people).data[name][:] = values
    w = World(p=p, people=people, households=homes, places=PLACES, seed=1)
    w.rates[year] = flat_rates()
    return w


def flat_rates() -> Rates:
    """Return rates that show every part: 10 %, 100,000 yen a head, 20,000 a household, wide caps."""
    r = Rates.zeros(PLACES)
    r.income_part[:], r.per_head[:], r.per_household[:], r.cap[:] = 100_000, 100_000, 20_000, 9_000_000
    return r


def bills(w: World) -> list[int]:
    return [int(getattr(w.households, b)[0]) for b in BILLS]


@pytest.mark.parametrize("weight", [1, 100])
def test_sums_are_those_of_the_columns_and_add_up(weight: int) -> None:
    w = small_world()
    w.weight = weight
    assessed(w)
    for portion in PORTIONS:
        column = np.bincount(w.households.place, getattr(w.households, f"bill_{portion}"), PLACES).astype(np.int64)
        np.testing.assert_array_equal(w.memory.get(2022, f"bill_{portion}"), column * weight)
    reliefs = (
        "preschool",
        "youth",
        "waiver",
        "maternity",
        "job_loss",
        "former_dependant",
        "former_member",
        "remission",
    )
    gross = sum(fact(w, f"gross_levy_{x}") for x in PORTIONS)
    less = sum(fact(w, f"{name}_{x}") for name in ("relief", "over_cap", "rounding") for x in PORTIONS)
    assert gross - less - sum(fact(w, f"relief_{r}") for r in reliefs) == sum(fact(w, b) for b in BILLS)
    with_bill = sum(getattr(w.households, b) for b in BILLS) > 0
    assert fact(w, "bill_households") == with_bill.sum() * weight


def test_a_relief_is_one_row() -> None:
    facts = {fact.name for fact in FACTS}
    assert set(STAGES.fields()) == {*Stages.fields(), *(relief.name for relief in RELIEFS)}
    assert [relief.place for relief in IN_ORDER] == list(range(1, len(RELIEFS) + 1))
    assert REFUNDED_BY_STATE == ("relief_preschool", "relief_youth", "relief_maternity")
    for relief in RELIEFS:
        assert relief.name == "relief" or relief.fact in facts
        assert all((f"{relief.fact}_{portion}" in facts) == relief.refunded for portion in PORTIONS)


def test_insured_and_months_are_counted_from_the_masks() -> None:
    w = assessed(small_world())
    home = w.people.household
    np.testing.assert_array_equal(w.households.insured, np.bincount(home, w.people.insured_months > 0))
    union = np.zeros(w.households.rows, np.uint16)
    np.bitwise_or.at(union, home, w.people.insured_months)
    np.testing.assert_array_equal(w.households.insured_months, union)
    assert set(np.unique(w.households.relief_class)) == {0, 2, 5, 7}


def test_a_household_that_left_has_no_bill() -> None:
    w = assessed(small_world())
    w.people.data["insured_months"][:] = 0
    assessed(w)
    columns = ("insured", "insured_months", "base_income", "relief_class", *BILLS)
    assert all(not getattr(w.households, c).any() for c in columns)
    assert fact(w, "bill_households") == 0


def test_threads_do_not_matter() -> None:
    many, one = assessed(small_world()), small_world()
    before = nb.get_num_threads()
    nb.set_num_threads(1)
    try:
        assessed(one)
    finally:
        nb.set_num_threads(before)
    for b in BILLS:
        np.testing.assert_array_equal(getattr(many.households, b), getattr(one.households, b))


@pytest.mark.parametrize("year", [2022, 2027, 2035])
def test_every_year_of_the_horizon_can_be_billed(year: int) -> None:
    assert fact(assessed(small_world(300, year), year), "bill_medical", year) > 0


def test_a_year_without_rates_or_with_impossible_ones_is_refused() -> None:
    w = small_world(10)
    with pytest.raises(BalanceError, match=r"no premium rates for R5 \(known: R4\)"):
        run_step(w, ASSESS, 2023)
    w.rates[2022].per_head[3, 1] = -1
    with pytest.raises(BalanceError, match="13104 R4: per_head of the support portion is -1"):
        run_step(w, ASSESS, 2022)


def test_capped_income_is_the_income_that_makes_the_cap(p: Parameters) -> None:
    w = world_of([50], 2022, p, business=[50_430_000])
    w.rates[2022].cap[:] = 1_120_000
    w.rates[2022].per_household[:] = 20_000
    assessed(w)
    assert bills(w)[0] == 1_120_000
    assert fact(w, "capped_income_medical") == (1_120_000 - 120_000) * 10
    assert fact(w, "base_income") == 50_430_000
    free = assessed(world_of([50], 2022, p, business=[1_430_000]))
    assert fact(free, "capped_income_medical") == fact(free, "base_income") == 1_000_000


def test_months_weigh_base_and_capped_income(p: Parameters) -> None:
    w = assessed(world_of([50], 2022, p, business=[1_430_000], insured_months=[0b111]))
    assert fact(w, "base_income") == fact(w, "capped_income_support") == 250_000
    assert w.households.base_income[0] == 1_000_000


def test_refunded_relief_is_apart_from_the_bill(p: Parameters) -> None:
    """Hiroshima 2014: what the state refunds is no premium, but part of the assessed total."""
    w = assessed(world_of([30, 3], 2022, p, declared=[1, 1]))
    assert bills(w)[0] == (100_000 * 2 + 20_000) * 3 // 10 - 100_000 * 3 // 10 // 2
    assert fact(w, "relief_medical") == (100_000 * 2 + 20_000) * 7 // 10
    assert fact(w, "relief_preschool_medical") == 15_000
    refunded = fact(w, "relief_medical") + fact(w, "relief_preschool_medical")
    assert fact(w, "gross_levy_medical") == bills(w)[0] + refunded
    assert (fact(w, "relieved_7"), fact(w, "relieved_months_7"), fact(w, "relieved_households_7")) == (2, 24, 1)


def test_former_members_household_keeps_its_start_when_renumbered(p: Parameters) -> None:
    """Kurume 2025: the relief hung on a number that changed."""
    columns = {
        "scheme": [Scheme.LATE_ELDERLY, Scheme.KOKUHO],
        "insured_months": [0, 0xFFF],
        "business": [0, 9_000_000],
        "scheme_since": [april(2020), 0],
        "former_member": [april(2020)],
    }
    w = assessed(world_of([77, 70], 2022, p, **columns))
    renumbered = world_of([77, 70], 2022, p, **columns)
    renumbered.households.data["hid"][:], renumbered.people.data["pid"][:] = 99, [7, 8]
    assert bills(assessed(renumbered)) == bills(w)
    assert fact(w, "relief_former_member") == 10_000 * 3
    moved = april(2022) - 60
    late = assessed(world_of([77, 70], 2022, p, **{**columns, "scheme_since": [moved, 0], "former_member": [moved]}))
    assert fact(late, "relief_former_member") == 5_000 * 3


@pytest.mark.parametrize(("born", "halved"), [(april(2016), True), (april(2016) - 1, False)])
def test_under_school_age_window(p: Parameters, born: int, halved: bool) -> None:
    """Sakai 2022: the window of birth dates was wrong by a year."""
    w = assessed(world_of([30, 6], 2022, p, born=[april(1990), born]))
    assert (fact(w, "relief_preschool") > 0) == halved


def test_no_care_portion_without_anybody_of_40_to_64(p: Parameters) -> None:
    """A public calculator billed the income part of the care portion to such a household."""
    w = assessed(world_of([38, 66], 2022, p, business=[9_000_000, 9_000_000]))
    assert bills(w)[2] == 0
    assert bills(assessed(world_of([39.5, 66], 2022, p)))[2] == (100_000 + 20_000) * 3 // 10 * 6 // 12


def test_youth_half_comes_in_r9_and_is_a_lever(p: Parameters) -> None:
    assert fact(assessed(world_of([40, 15], 2026, p), 2026), "relief_youth", 2026) == 0
    w = assessed(world_of([40, 15], 2027, p), 2027)
    assert fact(w, "relief_youth_medical", 2027) == 15_000
    assert fact(w, "relief_preschool", 2027) == 0
    early = p.with_overrides({("levy.youth_relief_to", None, None): 18})
    assert fact(assessed(world_of([40, 15], 2026, early), 2026), "relief_youth", 2026) == 30_000


def test_childcare_waiver_is_not_among_the_refunded(p: Parameters) -> None:
    w = assessed(world_of([30, 15], 2026, p), 2026)
    assert bills(w)[3] == (100_000 + 20_000) * 3 // 10
    assert fact(w, "relief_waiver", 2026) == 30_000
    assert fact(w, "relief_youth_child", 2026) == 0


def test_undeclared_income_is_unknown_and_stops_relief(p: Parameters) -> None:
    w = assessed(world_of([30], 2022, p, business=[9_000_000], declared=[0]))
    assert bills(w)[0] == 120_000
    assert (w.households.base_income[0], w.households.relief_class[0], fact(w, "undeclared_households")) == (0, 0, 1)


def test_job_loss_and_childbirth_by_months(p: Parameters) -> None:
    lost = assessed(world_of([30], 2025, p, salary=[4_000_000], job_loss=[april(2025)]), 2025)
    assert lost.households.base_income[0] == 2_760_000 * 30 // 100 - 430_000
    assert fact(lost, "relief_job_loss", 2025) == 3 * (2_760_000 - 2_760_000 * 30 // 100) // 10
    born = assessed(world_of([30], 2025, p, business=[12_430_000], gave_birth=[april(2025) + 4]), 2025)
    assert bills(born)[0] == (1_200_000 + 100_000) * 8 // 12 + 20_000
    assert fact(born, "relief_maternity_medical", 2025) == (1_200_000 + 100_000) + 20_000 - bills(born)[0]
    early = assessed(world_of([30], 2023, p, business=[12_430_000], gave_birth=[april(2023) + 8]), 2023)
    assert bills(early)[0] == (1_200_000 + 100_000) * 10 // 12 + 20_000


def test_caps_of_municipalities_below_the_national_limit(p: Parameters) -> None:
    codes = p.codes()
    tachikawa, musashino, chiyoda = (codes.index(c) for c in (13202, 13203, 13101))
    assert caps(p, 2025)[tachikawa].tolist() == [640_000, 230_000, 170_000, 0]
    assert caps(p, 2026)[musashino].tolist() == [660_000, 260_000, 170_000, 30_000]
    assert caps(p, 2026)[chiyoda].tolist() == [670_000, 260_000, 170_000, 30_000]
    assert caps(p, 2024)[tachikawa].tolist() == [650_000, 240_000, 170_000, 0]
    assert (caps(p, 2028)[chiyoda] - caps(p, 2028)[musashino]).tolist() == [10_000, 0, 0, 0]
    raised = p.with_overrides({("levy.cap_medical", 2027, None): 800_000, ("levy.cap_medical", 2027, 13202): 500_000})
    medical = caps(raised, 2027)[:, 0]
    assert (medical[chiyoda], medical[musashino], medical[tachikawa]) == (800_000, 790_000, 500_000)


@pytest.mark.parametrize(
    ("year", "salary", "income"),
    [
        (2025, 550_999, 0),
        (2025, 551_000, 1_000),
        (2025, 1_618_999, 1_068_999),
        (2025, 1_619_999, 1_069_000),
        (2025, 1_623_999, 1_072_000),
        (2025, 1_627_999, 1_074_000),
        (2025, 8_500_000, 6_550_000),
        (2026, 650_999, 0),
        (2026, 1_899_999, 1_249_999),
        (2026, 1_900_000, 1_250_000),
        (2027, 2_199_999, 1_459_999),
        (2028, 2_200_000, 1_460_000),
        (2029, 2_031_999, 1_341_999),
        (2029, 2_036_000, 1_345_200),
        (2035, 2_000_000, 1_310_000),
    ],
)
def test_salary_table_by_income_year(p: Parameters, year: int, salary: int, income: int) -> None:
    assert salary_income(salary, law_of(p, year).salary_rows) == income


def test_income_never_falls_when_pay_rises(p: Parameters) -> None:
    for year in (2022, 2026, 2027, 2029):
        law = law_of(p, year)
        pay = np.array([salary_income(x, law.salary_rows) for x in range(0, 9_000_000, 997)])
        assert (np.diff(pay) >= 0).all()
        for rows in (law.pension_rows_under, law.pension_rows_over):
            annuity = np.array([pension_income(x, 0, rows, law) for x in range(0, 11_000_000, 997)])
            assert (np.diff(annuity) >= 0).all()


def test_blocking_the_salary_reform_keeps_the_old_schedule(p: Parameters) -> None:
    blocked = p.with_overrides({("income.salary_reform", None, None): False})
    np.testing.assert_array_equal(law_of(blocked, 2028).salary_rows, law_of(p, 2025).salary_rows)


def test_the_law_before_r4_is_an_error(p: Parameters) -> None:
    with pytest.raises(ParameterError, match="R3"):
        law_of(p, 2021)
