"""Does re-packing keep everybody, household by household, and every yen they owe?"""

from __future__ import annotations

import copy

import numpy as np
import pytest

from sim.core.errors import BalanceError
from sim.core.units import april
from sim.population.codes import Kind, Relation, Sex
from sim.population.columns import PEOPLE
from sim.population.households import GONE, Newcomers, Plan, Tables, Units, repack
from sim.population.kernels import founder_at
from sim.population.table import Table, people_table
from tests.small import small_world
from tests.town import Town

ADULT = 18
OPENING = april(2023)


def stay(w: Town) -> Plan:
    """Return the plan in which everybody stays where he is."""
    plan = Plan.of(w.people.rows, w.households.rows)
    plan.target[:] = w.people.household
    return plan


def apply(w: Town, plan: Plan, weight: int = 1) -> np.ndarray:
    """Re-pack and return the ledger of departed claims."""
    ledger = np.zeros((w.places, 2, 6), np.int64)
    ids = np.arange(plan.founders().size, dtype=np.int64) + 900_000_000
    repack(Tables(w.people, w.households), plan, ids, OPENING, ADULT, weight, ledger)
    sound(w.people, w.households)
    return ledger


def sound(people: Table, households: Table) -> None:
    """Assert that the spans cover all people in order and that each household has one head of its own."""
    start, size = households.start.astype(int), households.size.astype(int)
    assert (size > 0).all()
    np.testing.assert_array_equal(start, np.cumsum(size) - size)
    assert size.sum() == people.rows
    np.testing.assert_array_equal(people.household, np.repeat(np.arange(households.rows), size))
    np.testing.assert_array_equal(people.household[households.head], np.arange(households.rows))
    assert (people.relation[households.head] == Relation.HEAD).all()
    assert np.count_nonzero(people.relation == Relation.HEAD) == households.rows
    assert np.unique(people.pid).size == people.rows
    assert np.unique(households.hid).size == households.rows


def homes_of(w: Town) -> dict[int, int]:
    """Return the household id by person id."""
    return dict(zip(w.people.pid.tolist(), w.households.hid[w.people.household].tolist(), strict=True))


def of_kind(w: Town, kind: Kind, size: int = 3) -> int:
    """Return the row of a household of a kind with at least `size` persons."""
    return int(np.flatnonzero((w.households.kind == kind) & (w.households.size >= size))[0])


def members(w: Town, home: int) -> np.ndarray:
    return np.arange(w.households.start[home], w.households.start[home] + w.households.size[home])


def test_a_plan_in_which_everybody_stays_changes_nothing() -> None:
    w = small_world(500)
    people, households = copy.deepcopy(w.people.data), copy.deepcopy(w.households.data)
    ledger = apply(w, stay(w))
    for before, after in ((people, w.people), (households, w.households)):
        for c in after.columns:
            expected = before[c.name] if c.kept else np.full(after.rows, c.default)
            np.testing.assert_array_equal(expected, after.data[c.name], err_msg=c.name)
    assert not ledger.any()


def test_who_is_gone_leaves_and_all_columns_go_with_those_who_stay() -> None:
    w = small_world(500)
    plan = stay(w)
    gone = np.random.default_rng(3).random(w.people.rows) < 0.3
    plan.target[gone] = GONE
    left = {c.name: w.people.data[c.name][~gone].copy() for c in PEOPLE if c.kept}
    homes = {p: h for p, h in homes_of(w).items() if p in set(left["pid"].tolist())}
    apply(w, plan)
    for name, values in left.items():
        if name not in ("household", "relation"):
            now = w.people.data[name][np.argsort(w.people.pid)]
            np.testing.assert_array_equal(values[np.argsort(left["pid"])], now, err_msg=name)
    assert homes_of(w) == homes


def test_the_spouse_becomes_head_when_the_head_is_gone() -> None:
    w = small_world(500)
    home = of_kind(w, Kind.COUPLE_CHILDREN)
    hid, rows = w.households.hid[home], members(w, home)
    spouse = w.people.pid[rows[w.people.relation[rows] == Relation.SPOUSE][0]]
    plan = stay(w)
    plan.target[w.households.head[home]] = GONE
    apply(w, plan)
    now = int(np.flatnonzero(w.households.hid == hid)[0])
    assert w.people.pid[w.households.head[now]] == spouse
    assert w.households.kind[now] == Kind.LONE_PARENT


def test_the_oldest_grown_child_becomes_head_and_the_others_are_no_children_of_his() -> None:
    w = small_world(500)
    home = of_kind(w, Kind.COUPLE_CHILDREN, 4)
    hid, rows = w.households.hid[home], members(w, home)
    w.people.relation[rows[2:]] = Relation.CHILD
    w.people.born[rows[2:]] = OPENING - 12 * 20 - np.arange(rows.size - 2)
    oldest = w.people.pid[rows[-1]]
    plan = stay(w)
    plan.target[rows[:2]] = GONE
    apply(w, plan)
    now = int(np.flatnonzero(w.households.hid == hid)[0])
    assert w.people.pid[w.households.head[now]] == oldest
    others = members(w, now)[w.people.pid[members(w, now)] != oldest]
    assert (w.people.relation[others] == Relation.OTHER).all()


def test_founders_followers_newborn_and_arrivals_get_their_places() -> None:
    w = small_world(500)
    family = of_kind(w, Kind.COUPLE_CHILDREN)
    alone = np.flatnonzero(w.households.size == 1)[:2]
    leaves, (host, guest) = members(w, family)[2], w.households.start[alone]
    rows = {"leaves": leaves, "host": host, "guest": guest}
    names = {k: int(w.people.pid[v]) for k, v in rows.items()}
    mother = members(w, family)[0]
    mother_id, family_hid, host_hid = w.people.pid[mother], w.households.hid[family], w.households.hid[alone[0]]
    plan = stay(w)
    plan.target[leaves] = founder_at(7)
    plan.target[guest] = GONE
    w.people.relation[guest] = Relation.SPOUSE
    plan.follower, plan.leader = np.array([guest], np.int32), np.array([host], np.int32)
    columns = {"pid": np.array([1], np.int64) * 77_777_777, "relation": np.array([Relation.CHILD], np.int8)}
    plan.newborns = Newcomers(np.array([mother], np.int32), {**columns, "born": np.array([OPENING + 4], np.int16)})
    plan.units = Units(np.array([5, 6], np.int64), np.array([61, 0], np.uint8), np.array([2, 1], np.int16))
    plan.arrivals = Newcomers(
        np.array([0, 0, 1], np.int32),
        {
            "pid": np.array([801, 802, 803], np.int64) * 1_000_000,
            "relation": np.array([Relation.HEAD, Relation.SPOUSE, Relation.HEAD], np.int8),
            "sex": np.array([Sex.FEMALE, Sex.MALE, Sex.MALE], np.int8),
            "born": np.full(3, OPENING - 12 * 30, np.int16),
        },
    )
    apply(w, plan)
    home = homes_of(w)
    assert home[77_777_777] == home[int(mother_id)] == family_hid
    assert home[names["guest"]] == home[names["host"]] == host_hid
    new = int(np.flatnonzero(w.households.hid == home[names["leaves"]])[0])
    assert (w.households.place[new], w.households.kind[new], w.households.size[new]) == (7, Kind.ONE_PERSON, 1)
    assert (home[801_000_000], home[802_000_000], home[803_000_000]) == (5, 5, 6)
    assert w.households.kind[w.households.hid == 5] == Kind.COUPLE
    assert w.households.kind[w.households.hid == host_hid] == Kind.COUPLE
    assert w.people.scheme_since[w.people.pid == 77_777_777] == 0


def test_no_yen_of_a_vanished_or_moved_household_is_lost() -> None:
    w = small_world(500)
    g = np.random.default_rng(8)
    w.households.unpaid[:] = g.integers(0, 100_000, w.households.rows)
    w.households.arrears[:] = g.integers(0, 100_000, w.households.arrears.shape)

    def claims() -> np.ndarray:
        columns = [w.households.unpaid, *w.households.arrears.T]
        return np.array([np.bincount(w.households.place, column, w.places) for column in columns]).T

    before = claims()
    w.households.propensity[:] = 0.25
    plan = stay(w)
    moved, ended = np.arange(0, 100), np.arange(100, 150)
    plan.new_place[moved] = (w.households.place[moved] + 1) % w.places
    for home in ended:
        plan.target[members(w, home)] = GONE
    ids = w.households.hid[moved]
    origin = w.households.place[moved].copy()
    ledger = apply(w, plan, weight=100)
    after = claims()
    np.testing.assert_array_equal(before * 100, after * 100 + ledger.sum(axis=1))
    at = {int(h): i for i, h in enumerate(w.households.hid)}
    rows = np.array([at[int(i)] for i in ids])
    np.testing.assert_array_equal(w.households.place[rows], (origin + 1) % w.places)
    assert not w.households.unpaid[rows].any()
    assert not w.households.arrears[rows].any()
    assert (w.households.propensity[rows] == 0.25).all()


def test_children_left_alone_are_marked_as_such() -> None:
    w = small_world(500)
    home = of_kind(w, Kind.COUPLE_CHILDREN)
    hid, rows = w.households.hid[home], members(w, home)
    w.people.born[rows[2:]] = OPENING - 12 * 9
    plan = stay(w)
    plan.target[rows[:2]] = GONE
    apply(w, plan)
    assert w.households.kind[w.households.hid == hid] == Kind.INSTITUTION


def test_a_newborn_without_a_home_is_refused() -> None:
    w = small_world(100)
    plan = stay(w)
    plan.target[0] = GONE
    plan.newborns = Newcomers(np.array([0], np.int32), {"pid": np.array([1], np.int64)})
    with pytest.raises(BalanceError, match="no household"):
        apply(w, plan)


def test_borrowed_memory_comes_back_and_copies_do_not_share_it() -> None:
    w = small_world(300)
    apply(w, stay(w))
    twin = copy.deepcopy(w.people)
    held = twin.pid.copy()
    for _ in range(3):
        apply(w, stay(w))
    w.people.pid[:] = 0
    np.testing.assert_array_equal(twin.pid, held)
    table = people_table(100)
    first, second = table.borrow(np.int32, 50), table.borrow(np.int32, 50)
    assert not np.shares_memory(first, second)
    table.give_back(first)
    assert np.shares_memory(first, table.borrow(np.float32, 40))
