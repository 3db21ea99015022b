"""Is every step a good citizen? Any row order, any number of threads, nobody at all, same seed."""

import numba as nb
import numpy as np
import pytest

from sim.engine.checks import AFTER
from sim.engine.loop import run_step
from sim.engine.year import YEAR
from sim.parameters import Parameters
from sim.population import households
from sim.population.columns import HOUSEHOLDS, PEOPLE
from tests.small import plain_rates, small_world
from tests.town import Town, found

YEARS = (2022, 2023)
OWNED_BY_ROW = {"household", "start", "head", "pid", "hid"}


def live(w: Town, years=YEARS) -> Town:
    for year in years:
        w.year = year
        for step in YEAR:
            if not step.first or year == years[0]:
                run_step(w, step, year)
        for checks in AFTER.values():
            for check in checks:
                check(w, year)
    return w


def shuffled(w: Town) -> Town:
    """Put the households in another order, and their people with them."""
    order = np.random.default_rng(7).permutation(w.households.rows)
    rows = np.concatenate(
        [np.arange(s, s + n) for s, n in zip(w.households.start[order], w.households.size[order], strict=True)]
    )
    heads = w.households.head - w.households.start
    w.households.take(order)
    w.people.take(rows)
    w.households.data["start"][:] = np.concatenate(([0], np.cumsum(w.households.size)[:-1]))
    w.households.data["head"][:] = w.households.start + heads[order]
    w.people.data["household"][:] = np.repeat(np.arange(w.households.rows), w.households.size)
    return w


def state(w: Town):
    """Return every column sorted by stable id, the facts and the books."""
    by_pid, by_hid = np.argsort(w.people.pid), np.argsort(w.households.hid)
    people = {c.name: w.people.data[c.name][by_pid] for c in PEOPLE if c.name not in OWNED_BY_ROW}
    homes = {c.name: w.households.data[c.name][by_hid] for c in HOUSEHOLDS if c.name not in OWNED_BY_ROW}
    facts = {(y, n): v for y, d in w.memory.years.items() for n, v in d.items()}
    money = [(t.year, t.item, t.payer, t.payee, t.amount.tolist()) for t in w.books.transfers]
    ids = w.people.pid[by_pid], w.households.hid[by_hid]
    return ids, people, homes, facts, money


def assert_same(a: Town, b: Town) -> None:
    (ids_a, *rest_a, money_a), (ids_b, *rest_b, money_b) = state(a), state(b)
    for x, y in zip(ids_a, ids_b, strict=True):
        np.testing.assert_array_equal(x, y)
    for first, second in zip(rest_a, rest_b, strict=True):
        assert first.keys() == second.keys()
        for name in first:
            np.testing.assert_array_equal(first[name], second[name], err_msg=str(name))
    assert money_a == money_b


@pytest.fixture(scope="module")
def reference() -> Town:
    return live(small_world(1500))


def test_the_same_seed_gives_the_same_bits(reference):
    assert_same(reference, live(small_world(1500)))


def test_no_step_needs_last_years_value_of_a_column_that_is_not_kept(reference, monkeypatch):
    monkeypatch.setattr(households, "_begins_anew", lambda column: False)
    assert_same(reference, live(small_world(1500)))


def test_row_order_changes_nothing(reference):
    assert_same(reference, live(shuffled(small_world(1500))))


@pytest.mark.skipif(nb.config.NUMBA_NUM_THREADS < 2, reason="needs two threads")
def test_one_thread_gives_the_same_bits(reference):
    before = nb.get_num_threads()
    nb.set_num_threads(1)
    try:
        assert_same(reference, live(small_world(1500)))
    finally:
        nb.set_num_threads(before)


def test_another_seed_gives_another_life(reference):
    w = small_world(1500)
    w.seed += 1
    other = live(w)
    assert (
        other.memory.get(2023, "deaths").sum() != reference.memory.get(2023, "deaths").sum()
        or (other.memory.get(2023, "collected") != reference.memory.get(2023, "collected")).any()
    )


def test_one_household_less_touches_nobody_else():
    """Leave one household out at the start: everybody else who lives two years later lives the same life."""
    w, less = small_world(1500), small_world(1500)
    gone = 700
    keep = np.flatnonzero(np.arange(less.households.rows) != gone)
    rows = np.flatnonzero(less.people.household != gone)
    less.households.take(keep)
    less.people.take(rows)
    size = less.households.size.astype(np.int64)
    less.households.data["start"][:] = np.concatenate(([0], np.cumsum(size)[:-1]))
    less.households.data["head"][:] = less.households.start
    less.people.data["household"][:] = np.repeat(np.arange(less.households.rows), size)
    for world in (w, less):
        for year in YEARS:
            world.year = year
            for step in YEAR:
                if step.name.partition(".")[0] in ("demography", "enrolment"):
                    run_step(world, step, year)
    full = dict(zip(w.people.pid.tolist(), range(w.people.rows), strict=True))
    here = np.array([full.get(p, -1) for p in less.people.pid.tolist()])
    names = ("born", "sex", "present", "leaving", "scheme", "insured_months", "salary", "work")
    touched = here < 0
    for name in names:
        touched |= w.people.data[name][here] != less.people.data[name]
    assert touched.sum() <= 10, f"{touched.sum()} lives of others changed"


def test_nobody_at_all_is_no_problem():
    w = found(Parameters.load())
    w.rates[2022] = plain_rates()
    live(w, (2022,))
    assert w.memory.get(2022, "collected").sum() >= 0


def test_a_far_year_can_be_lived():
    live(small_world(300, year=2034), (2034, 2035))
