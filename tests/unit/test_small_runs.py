"""What makes small runs quick changes no number: pairs instead of fractions, criteria at once, tables not asked for."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from sim.core.tables import OutputTable
from sim.engine import api
from sim.institutions.effort import KINDS, Criterion, Scale
from sim.institutions.funding import _apportion, apportion, apportioned, share_of, shares_of
from sim.institutions.memory import Memory
from sim.institutions.world import World
from sim.mechanisms.rates import step as rates
from sim.mechanisms.rates.chain import Levies
from sim.mechanisms.rates.contribution import FOUR_PART as FOUR
from sim.mechanisms.rates.contribution import Ratios, ability_share, basis, common, nearest, nearest_of, pairs
from sim.mechanisms.rates.forecast import Outlook
from sim.mechanisms.rates.requirement import Requirement
from sim.parameters import Parameters


def test_pairs_are_the_fractions_they_stand_for() -> None:
    values = (Fraction(1, 3), Fraction(-2, 4), Fraction(7))
    held = pairs(values)
    assert held == values
    assert hash(held) == hash(values)
    assert held[1] == Fraction(-1, 2)
    assert held[:2] == values[:2]
    assert held.of([2, 0]) == (values[2], values[0])
    assert held.floats().tolist() == [float(v) for v in values]
    up, down = common(held)
    assert [Fraction(u, down) for u in up] == list(values)
    assert common(Ratios.over([2, 4], 8)) == ([2, 4], 8)
    assert common(()) == ([], 1)


def test_shares_of_four_parts_are_exact() -> None:
    income, assets, heads = [6, 3, 1], [1, 0, 1], [5, 3, 2]
    ability = ability_share(income, assets, heads, FOUR)
    assert ability[0] == Fraction(4, 5) * Fraction(6, 10) + Fraction(1, 5) * Fraction(1, 2)
    assert sum(ability) == 1
    beta = Fraction(135, 100)
    assert basis(beta, ability, (Fraction(1, 2), Fraction(3, 10), Fraction(1, 5)))[2] == beta * ability[2] + Fraction(
        1, 5
    )


def test_shares_of_amounts_are_cut_one_by_one() -> None:
    amounts = np.array([0, 1, 999_999_999_999, -5])
    assert shares_of(amounts, 0.29).tolist() == [share_of(a, 0.29) for a in amounts.tolist()]


def test_amounts_are_split_together_as_one_by_one_and_as_whole_numbers_of_any_size() -> None:
    rng = np.random.default_rng(3)
    weights = rng.integers(0, 50, 62) * rng.integers(0, 2, 62)
    totals = [0, 1, -1, 61, -777, 10**12 + 7]
    together = apportioned(totals, weights)
    assert together.sum(axis=1).tolist() == totals
    for total, parts in zip(totals, together, strict=True):
        assert parts.tolist() == apportion(total, weights).tolist() == _apportion(total, weights).tolist()
    large = np.array([3 * 10**12, 5 * 10**12, 1])
    assert apportion(8 * 10**12 + 1, large).tolist() == large.tolist()  # products of 10**25
    assert apportion(5, np.zeros(3, np.int64)).tolist() == [2, 2, 1]


def test_whole_numbers_are_the_nearest_whether_floats_decide_or_not() -> None:
    """Ratios on a half, a hair beside it and far from it, small and beyond what floats hold."""
    halves = [(2 * n + 1, 2) for n in (0, 1, 12_345, 10**9, 2**53)]
    beside = [(up * 10**20 + hair, down * 10**20) for up, down in halves for hair in (-1, 1)]
    others = [(1, 3), (10**12 + 1, 7), (0, 5), (-1, 2), (-7, 3)]
    ratios = [*halves, *beside, *others]
    about = np.array([up / down for up, down in ratios])
    assert nearest_of(about, lambda i: ratios[i]).tolist() == [nearest(*ratio) for ratio in ratios]

    def asked(i: int) -> tuple[int, int]:
        raise AssertionError(f"{about[i]} leaves no doubt")

    assert nearest_of(np.array([0.4, 1e6 + 0.25]), asked).tolist() == [0, 10**6]


def test_what_rests_on_a_result_is_made_anew_with_it() -> None:
    """A result is dropped when a fact it asked for is put, whether it knew that fact or not, and what is made of it."""
    memory, made = Memory(places=1), []

    def yen(name: str) -> int:
        made.append(name)
        return int(memory.get(2022, name)[0]) if memory.knows(2022, name) else -1

    def twice() -> int:
        made.append("twice")
        return 2 * memory.worked_out("cost", lambda: yen("cost")) + (memory.first() or 0)

    def both() -> tuple[int, int]:
        return memory.worked_out("twice", twice), memory.worked_out("benefit", lambda: yen("benefit"))

    assert both() == both() == (-2, -1)
    assert made == ["twice", "cost", "benefit"]
    memory.put(2022, "cost", np.array([5]))
    assert both() == both() == (2032, -1)
    assert made[3:] == ["twice", "cost"]
    memory.put(2022, "benefit", np.array([4]))
    assert both() == (2032, 4)
    assert made[5:] == ["benefit"]


def test_the_estimate_of_november_is_left_out_where_nobody_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = api.plan("baseline", sample=20, last=2022, region="teaching")
    estimates: list[int] = []
    levies = rates.levies

    def noted(w: World, o: Outlook, r: Requirement) -> Levies:
        estimates.append(o.year)
        return levies(w, o, r)

    monkeypatch.setattr(rates, "levies", noted)
    assert list(api.frames(chosen, ["metropolis_year"])) == ["metropolis_year"]
    assert not estimates
    assert len(api.frames(chosen, ["provisional_account"])["provisional_account"]) > 0
    assert estimates == [2023]


@pytest.mark.parametrize("kind", KINDS)
def test_the_widest_criterion_counts(kind: str) -> None:
    """As if each criterion were asked one after the other, for municipalities of two sizes and one of which nothing is
    known; beside an indicator that has one criterion, and one without."""
    steps = ((0.9, 0.4, (0, np.inf)), (0.95, 1.0, (0, 1000)), (0.97, 1.0, (1000, np.inf)), (0.5, -0.2, (0, np.inf)))
    criteria = [Criterion(kind=kind, size=size, threshold=t, share=s) for t, s, size in steps]
    value, before = np.array([0.96, 0.96, np.nan, 0.2, 0.98]), np.array([0.0, 0.0, 0.0, 1.5, np.nan])
    members = np.array([500, 5000, 500, 500, 5000])
    moved = value - before
    reading = {"at_least": value, "at_most": -value, "rise": moved, "fall": -moved}[kind]
    wanted = np.zeros(5)
    for c in criteria:
        limit = -c.threshold if kind == "at_most" else c.threshold
        met = (reading >= limit - 1e-9) & (members >= c.size[0]) & (members < c.size[1])
        wanted = np.where(met & (abs(c.share) > np.abs(wanted)), c.share, wanted)
    together = Scale(kind, [criteria[:1], criteria, []])
    found = together.widest(np.array([value] * 3), np.array([before] * 3), members)
    assert found[1].tolist() == wanted.tolist()
    assert found[0].tolist() == Scale(kind, [criteria[:1]]).widest(value[None], before[None], members)[0].tolist()
    assert not found[2].any()
    assert wanted.any()


def test_rows_of_a_table_nobody_wants_are_not_made() -> None:
    p = Parameters.load("teaching")
    world = World(p=p, places=len(p.codes()), seed=1, wanted=frozenset({"kept"}))
    kept, left = (OutputTable(name, "a table", ("year",), {}) for name in ("kept", "left"))
    world.record(kept, lambda: {"year": [2022]})
    world.record(left, lambda: pytest.fail("rows were made"))
    assert list(world.tables) == ["kept"]


def test_a_table_is_the_same_alone_and_among_all() -> None:
    chosen = api.plan("baseline", sample=20, last=2023, region="teaching")
    alone, among = api.frames(chosen, ["metropolis_year"]), api.frames(chosen)
    assert list(alone) == ["metropolis_year"]
    assert len(among) > 10
    assert alone["metropolis_year"].equals(among["metropolis_year"])
