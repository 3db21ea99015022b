"""Do people live as they should: nobody lost, draws of their own, chances as given, arrivals as wanted?"""

from __future__ import annotations

from pathlib import Path

import numba as nb
import numpy as np
import pandas as pd
import pytest

from sim.core.errors import BalanceError
from sim.core.units import april, months_in
from sim.engine.year import YEAR
from sim.institutions.ledgers import DepartedClaims
from sim.mechanisms.demography import ARRIVE, BEAR, COUNT, DEMOGRAPHY, LIVE, REPACK, UNITE, schedule
from sim.mechanisms.demography import step as steps
from sim.mechanisms.demography.chances import rules
from sim.mechanisms.demography.die import death_probability
from sim.mechanisms.demography.state import NATIONALITIES, Changes, Company
from sim.parameters import Parameters
from sim.population.codes import Kind, Leaving, Relation, Residence, Sex
from sim.population.columns import HOUSEHOLDS, PEOPLE
from sim.studies.fits import demography as fit
from tests.small import run_steps, small_world
from tests.town import Town
from tests.unit.test_repack import sound

TABLES = {"people": PEOPLE, "households": HOUSEHOLDS}
YEARS = range(2022, 2026)
_EVENTS = ("leaving", "present", "gave_birth", "residence")


@pytest.fixture(autouse=True)
def _few_arrivals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nine people arrive in each municipality and year: the small world is 1/3,000 of Tokyo."""
    monkeypatch.setattr(steps, "expect_arrivals", lambda p, year: np.tile(np.array([6, 3]), (62, 1)))


def world(households: int = 1500, seed: int = 1, **values: object) -> Town:
    """Return the small world with chosen parameters of demography (a_b stands for demography.a_b)."""
    overrides = {(f"demography.{name}", None, None): value for name, value in values.items()}
    return small_world(households, seed=seed, parameters=Parameters.load().with_overrides(overrides))


def calm(**values: object) -> Town:
    """Return a world in which nothing happens but what `values` allow."""
    nothing: dict[str, object] = {
        "mortality_level": 0.0,
        "fertility_level": 0.0,
        "mover_factor": [0.0] * 4,
        "abroad_rate": [0.0] * 6,
        "leaving_home_factor": [0.0] * 6,
        "separation_rate": 0.0,
        "union_rate": [0.0] * 6,
        "status_change_rate": [0.0] * 3,
    }
    return world(**{**nothing, **values})


def test_no_chance_is_above_what_a_first_look_takes_for_the_most() -> None:
    """A household passed over by the first look would otherwise miss what it has drawn."""
    r = rules(Parameters.load(), 2025)
    c, most = r.chances, r.most
    for nation, sex in ((n, s) for n in (0, 1) for s in (0, 1)):
        for lived in range(12 * 110):
            age = min(lived // 12, c.death.shape[-1] - 1)
            chance = death_probability(c.death, nation, sex, lived) * r.towns.deaths.max()
            assert chance <= most.death[nation, sex, age]
    assert (c.birth * r.towns.births.max() <= most.birth[:, None]).all()
    for rate, bound in ((c.departure, most.departure), (c.move, most.move)):
        assert (rate[Company.ALONE] <= bound[0]).all()
        assert (np.delete(rate, Company.ALONE, axis=0) <= bound[1]).all()
    assert (c.abroad_rate[: Residence.PERMANENT + 1] <= most.abroad).all()


def events(w: Town) -> pd.DataFrame:
    """Return what the year brought to each person, by pid."""
    frame = pd.DataFrame({n: w.people.data[n] for n in ("born", "sex", *_EVENTS)}, index=w.people.pid.copy())
    return frame.assign(hid=w.households.hid[w.people.household], place=w.households.place[w.people.household])


def shuffled(w: Town, seed: int = 5) -> Town:
    """Put the households, and the people in each, into another order."""
    g = np.random.default_rng(seed)
    order = g.permutation(w.households.rows)
    spans = [g.permutation(np.arange(w.households.size[h])) + w.households.start[h] for h in order]
    rows, size, heads = np.concatenate(spans), w.households.size[order].copy(), w.households.head[order].copy()
    w.people.take(rows)
    w.households.take(order)
    w.households.start[:] = np.cumsum(size) - size
    w.people.household[:] = np.repeat(np.arange(order.size), size)
    position = np.empty(rows.size, np.int64)
    position[rows] = np.arange(rows.size)
    w.households.head[:] = position[heads]
    return w


def without(w: Town, home: int) -> Town:
    """Take one household out."""
    keep = np.delete(np.arange(w.households.rows), home)
    rows = np.flatnonzero(w.people.household != home)
    heads = w.people.pid[w.households.head[keep]]
    w.people.take(rows)
    w.households.take(keep)
    w.households.start[:] = np.cumsum(w.households.size) - w.households.size
    w.people.household[:] = np.repeat(np.arange(keep.size), w.households.size)
    at = {int(p): i for i, p in enumerate(w.people.pid)}
    w.households.head[:] = [at[int(p)] for p in heads]
    return w


def test_people_are_conserved_and_households_sound_through_the_years() -> None:
    w = world(3000)
    before = w.people.rows
    for year in range(2022, 2036):
        run_steps(w, DEMOGRAPHY, year)
        sound(w.people, w.households)
        f = {
            n: int(w.memory.get(year, n).sum())
            for n in (
                "residents",
                "births",
                "arrivals",
                "deaths",
                "departures",
                "residents_end",
                "moves_in",
                "moves_out",
            )
        }
        assert f["residents"] == before
        before += f["births"] + f["arrivals"] - f["deaths"] - f["departures"]
        assert f["residents_end"] == before == np.count_nonzero(w.people.leaving == Leaving.STAYS)
        assert f["moves_in"] == f["moves_out"] > 0
        assert min(f["births"], f["arrivals"], f["deaths"], f["departures"]) > 0
        age = (april(year) - w.people.born) // 12
        grown = np.bincount(w.people.household[age >= 18], minlength=w.households.rows) > 0
        assert (w.households.kind[~grown] == Kind.INSTITUTION).all()
    assert w.ledger(Changes) == Changes(), "nothing of the plan outlives the year"


def test_months_present_fit_the_reason_of_leaving() -> None:
    w = world(3000)
    run_steps(w, DEMOGRAPHY, 2022)
    q = w.people
    here = q.scheme_since != 0
    whole = here & (q.leaving == Leaving.STAYS)
    assert (q.present[whole] == 0xFFF).all()
    for i in np.flatnonzero(here & ~whole):
        mask = int(q.present[i])
        assert mask & (mask + 1) == 0, "the months from April on, without a gap"
        assert mask > 0 or q.leaving[i] != Leaving.DIES
    new = ~here & (q.leaving == Leaving.STAYS)
    assert new.any()
    for mask in q.present[new]:
        assert int(mask) >> (12 - months_in(int(mask))) == (1 << months_in(int(mask))) - 1
    born = q.born >= april(2022)
    child = ~here & born & (q.relation == Relation.CHILD) & (q.leaving == Leaving.STAYS) & (q.arrived == 0)
    for i in np.flatnonzero(child):
        assert months_in(int(q.present[i])) <= 12


def test_the_order_of_rows_changes_nobody() -> None:
    one, two = world(), shuffled(world())
    for year in YEARS:
        run_steps(one, DEMOGRAPHY, year)
        run_steps(two, DEMOGRAPHY, year)
        pd.testing.assert_frame_equal(events(one).sort_index(), events(two).sort_index())
    assert one.memory.years.keys() == two.memory.years.keys()


def test_the_number_of_threads_changes_nothing() -> None:
    threads = nb.get_num_threads()
    results = []
    try:
        for n in (1, threads):
            nb.set_num_threads(n)
            w = world()
            for year in YEARS:
                run_steps(w, DEMOGRAPHY, year)
            results.append(w)
    finally:
        nb.set_num_threads(threads)
    for a, b in ((results[0].people, results[1].people), (results[0].households, results[1].households)):
        for name in a.data:
            np.testing.assert_array_equal(a.data[name], b.data[name], err_msg=name)


def test_without_a_household_nobody_else_lives_otherwise() -> None:
    """Deaths, departures, births, moves: all the same, in every year. Unions are off, see the next test."""
    for home in (3, 700, 1400):
        one, two = world(union_rate=[0.0] * 6), without(world(union_rate=[0.0] * 6), home)
        hid = int(one.households.hid[home])
        offspring = set(one.people.pid[one.people.household == home].tolist())
        for year in YEARS:
            for w in (one, two):
                run_steps(w, DEMOGRAPHY, year)
            a, b = events(one), events(two)
            extra = a.index.difference(b.index)
            assert offspring & set(extra) or not offspring & set(a.index)
            assert b.index.isin(a.index).all()
            pd.testing.assert_frame_equal(a.loc[b.index].sort_index(), b.sort_index())
            assert hid not in set(two.households.hid.tolist())


def unions(w: Town) -> set[frozenset[int]]:
    """Return the couples of the year as pairs of pids; one row stands for 20,000, so a slot has a few rivals."""
    w.weight = 20_000
    run_steps(w, (LIVE, UNITE), 2022)
    plan = w.ledger(Changes).open_plan()
    pairs = zip(w.people.pid[plan.follower].tolist(), w.people.pid[plan.leader].tolist(), strict=True)
    return {frozenset(pair) for pair in pairs}


def test_a_missing_person_frees_one_partner_for_at_most_one_other() -> None:
    rates = [2.0] * 6
    before = unions(calm(union_rate=rates))
    assert len(before) > 10
    freed = 0
    for pair in sorted(before, key=sorted)[:12]:
        gone, partner = sorted(pair)
        w = calm(union_rate=rates)
        home = int(w.people.household[w.people.pid == gone][0])
        members = set(w.people.pid[w.people.household == home].tolist())
        after = unions(without(w, home))
        lost, found = before - after, after - before
        assert all(p & members for p in lost), "only unions of the missing household end"
        assert len(found) <= len(members)
        assert all(p & set().union(*lost) for p in found), "only those who lost a partner find another"
        freed += any(partner in p for p in found)
    assert freed > 0


def test_people_die_by_the_life_table_of_their_sex_and_age() -> None:
    w = calm(mortality_level=8.0, mortality_factor=[1.0, 1.0], mortality_improvement=0.0)
    chances, towns, _ = rules(w.p, 2022)
    age = (april(2022) - w.people.born) // 12
    factor = towns.deaths[w.households.place[w.people.household]]
    chance = np.minimum(chances.death[0][w.people.sex, np.minimum(age, 105)] * factor, 1.0)
    later = np.minimum(chances.death[0][w.people.sex, np.minimum(age + 1, 105)] * factor, 1.0)
    run_steps(w, (LIVE,), 2022)
    dead = np.count_nonzero(w.people.leaving == Leaving.DIES)
    spread = 4 * np.sqrt((chance * (1 - chance)).sum())
    assert chance.sum() - spread < dead < later.sum() + spread


def test_households_leave_together_and_singles_leave_alone() -> None:
    w = calm(mover_factor=[0.0, 4.0, 4.0, 4.0])
    run_steps(w, (LIVE,), 2022)
    why = w.people.leaving
    for h in range(w.households.rows):
        rows = slice(w.households.start[h], w.households.start[h] + w.households.size[h])
        assert np.unique(why[rows]).size == 1
        assert np.unique(w.people.present[rows]).size == 1
    assert (why[w.households.start[w.households.size == 1]] == Leaving.STAYS).all()
    assert np.count_nonzero(why == Leaving.OTHER_PREFECTURE) > 50


def test_grown_children_leave_home_and_found_households() -> None:
    w = calm(leaving_home_factor=[5.0] * 6, leaving_home_destination=[0.5, 0.5, 0.0])
    age = (april(2022) - w.people.born) // 12
    grown = (w.people.relation == Relation.CHILD) & (age >= 18) & (age < 30)
    home = dict(zip(w.people.pid.tolist(), w.households.hid[w.people.household].tolist(), strict=True))
    place = dict(zip(w.people.pid.tolist(), w.households.place[w.people.household].tolist(), strict=True))
    left = set(w.people.pid[grown].tolist())
    run_steps(w, DEMOGRAPHY, 2022)
    after = events(w)
    moved = [p for p in left if after.loc[p, "hid"] != home[p]]
    assert 0.35 * len(left) < len(moved) < 0.75 * len(left), "hazards of 0.1-0.12 times five, eight weeks short"
    others = after.index[after.index.isin(list(home)) & ~after.index.isin(list(left))]
    same = [after.loc[p, "hid"] == home[p] for p in others]
    assert np.mean(same) > 0.95
    near = np.mean([after.loc[p, "place"] == place[p] for p in moved])
    assert 0.3 < near < 0.7


def test_a_couple_parts_and_the_children_stay_with_one_of_them() -> None:
    w = calm(separation_rate=1.0, separation_man_leaves=1.0)
    w.people.sex[w.people.relation == Relation.HEAD] = Sex.MALE
    couples = np.count_nonzero(np.isin(w.households.kind, (Kind.COUPLE, Kind.COUPLE_CHILDREN)))
    age = (april(2022) - w.people.born[w.households.head]) // 12
    old = np.count_nonzero((w.households.size > 1) & (age > 69))
    homes = w.households.rows
    run_steps(w, (LIVE, UNITE, BEAR, REPACK, COUNT), 2022)
    assert w.households.rows == homes + couples - old
    women_with_children = w.households.kind == Kind.LONE_PARENT
    assert (w.people.sex[w.households.head[women_with_children]] == Sex.FEMALE).all()


def test_unions_join_a_man_and_a_woman_who_were_free() -> None:
    w = calm(union_rate=[2.0] * 6)
    w.weight = 20_000
    ids = events(w)
    free = (w.households.size[w.people.household] == 1) | (w.people.relation == Relation.CHILD)
    single = set(w.people.pid[free].tolist())
    run_steps(w, (LIVE, UNITE), 2022)
    plan = w.ledger(Changes).open_plan()
    pairs = list(zip(w.people.pid[plan.follower].tolist(), w.people.pid[plan.leader].tolist(), strict=True))
    run_steps(w, (BEAR, REPACK, COUNT), 2022)
    after = events(w)
    assert len(pairs) > 10
    for a, b in pairs:
        assert {a, b} <= single
        assert ids.loc[a, "sex"] != ids.loc[b, "sex"]
        assert after.loc[a, "hid"] == after.loc[b, "hid"]
        assert after.loc[a, "place"] == ids.loc[b, "place"] == ids.loc[a, "place"]


def test_births_follow_the_mothers_and_join_their_household() -> None:
    w = calm(fertility_level=4.0)
    run_steps(w, (LIVE, UNITE, BEAR, REPACK, COUNT), 2022)
    q = w.people
    children = np.flatnonzero((q.born >= april(2022)) & (q.scheme_since == 0))
    mothers = np.flatnonzero(q.gave_birth >= april(2022))
    assert children.size == mothers.size == w.memory.get(2022, "births").sum() > 40
    assert sorted(q.household[children]) == sorted(q.household[mothers])
    assert (q.sex[mothers] == Sex.FEMALE).all()
    by_home = dict(zip(q.household[mothers], q.gave_birth[mothers], strict=True))
    for i in children:
        if np.count_nonzero(q.household[mothers] == q.household[i]) == 1:
            assert q.born[i] == by_home[q.household[i]]
        assert q.present[i] == 0xFFF & ~((1 << (q.born[i] - april(2022))) - 1)
        assert (q.scheme_since[i], q.arrived[i], np.isnan(q.ability[i])) == (0, 0, True)


def test_nobody_gives_birth_twice_within_a_year() -> None:
    w = calm(fertility_level=50.0)
    last = pd.Series(0, index=w.people.pid.copy())
    for year in (2022, 2023, 2024):
        run_steps(w, (LIVE, UNITE, BEAR, REPACK, COUNT), year)
        now = pd.Series(w.people.gave_birth.astype(int), index=w.people.pid.copy())
        again = now.index.intersection(last.index)
        both = (last[again] > 0) & (now[again] > last[again])
        assert ((now[again] - last[again])[both] >= 12).all()
        last = now


def test_arrivals_are_as_many_as_wanted_and_a_sample_is_a_subset() -> None:
    w = world()
    want = np.tile(np.array([900, 250]), (62, 1))
    people, units = steps.draw_arrivals(w, 2023, want)
    place = units.place[people.at]
    foreign = people.columns["residence"] > 0
    counted = np.bincount(place * 2 + foreign, minlength=124).reshape(62, 2)
    np.testing.assert_array_equal(counted, want)
    w.weight = 10
    some, few = steps.draw_arrivals(w, 2023, want)
    assert set(few.hid.tolist()) == {h for h in units.hid.tolist() if h % 10 == 0}
    assert set(some.columns["pid"].tolist()) <= set(people.columns["pid"].tolist())
    more = steps.draw_arrivals(world(), 2023, want + 50)[0]
    assert len(set(people.columns["pid"].tolist()) - set(more.columns["pid"].tolist())) == 0


def test_arrivals_are_whole_people() -> None:
    people, units = steps.draw_arrivals(world(), 2023, np.tile(np.array([900, 250]), (62, 1)))
    c = people.columns
    assert np.unique(c["pid"]).size == people.rows
    assert np.unique(units.hid).size == units.hid.size
    head = c["relation"] == Relation.HEAD
    assert np.count_nonzero(head) == units.hid.size
    first = np.cumsum(units.size, dtype=np.int64) - units.size
    assert head[first].all()
    age = (april(2023) + 11 - c["born"]) // 12
    assert age[head].min() >= 18
    assert (age[c["relation"] == Relation.CHILD] <= 18).all()
    assert (c["born"] <= april(2023) + 11).all()
    assert (c["arrived"][c["residence"] > 0] > 0).all()
    alone = units.size[people.at] == 1
    assert 0.55 < np.mean(alone) < 0.95
    assert set(np.unique(c["residence"]).tolist()) == set(range(6))
    assert not (alone & (c["residence"] == Residence.FAMILY)).sum() > 0.02 * people.rows


def test_departed_claims_keep_the_yen_of_those_who_go() -> None:
    w = world()
    w.households.unpaid[:] = 1_000
    w.households.arrears[:, 2] = 10
    total = int(w.households.unpaid.sum() + w.households.arrears.sum())
    for year in YEARS:
        run_steps(w, DEMOGRAPHY, year)
        ledger = w.ledger(DepartedClaims).yen
        left = int(w.households.unpaid.sum() + w.households.arrears.sum())
        assert (ledger.shape, ledger.dtype) == ((62, 2, 6), np.int64)
        assert left + int(ledger.sum()) == total
        assert set(np.flatnonzero(ledger.sum(axis=(0, 1)))) == {0, 3}
    assert ledger.sum() > 0


def test_lost_people_are_noticed() -> None:
    w = world()
    run_steps(w, DEMOGRAPHY, 2022)
    w.people.leaving[np.flatnonzero(w.people.leaving == Leaving.STAYS)[:5]] = Leaving.DIES
    with pytest.raises(BalanceError, match="1 April 2023"):
        run_steps(w, DEMOGRAPHY, 2023)


def test_targets_are_the_register_carried_to_march() -> None:
    p = Parameters.load()
    totals = p.table("places.register_totals").set_index(["reference_date", "code"])
    foreign = totals["foreign_male"] + totals["foreign_female"]
    shinjuku = {y: foreign[f"{y}-01-01", 13104] for y in range(2023, 2027)}
    place = p.codes().index(13104)
    assert fit.targets(p, 2022)[place, 1] == np.rint(0.75 * shinjuku[2023] + 0.25 * shinjuku[2024])
    assert fit.targets(p, 2025)[place, 1] == np.rint(shinjuku[2026] + 0.25 * (shinjuku[2026] - shinjuku[2025]))


def test_fitted_arrivals_bring_the_residents_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `fit` finds, run again as parameters, ends at the target to the person wherever anybody has to come."""
    w = world()
    goal = (
        np.bincount(
            w.households.place[w.people.household].astype(int) * 2 + (w.people.residence > 0), minlength=124
        ).reshape(62, 2)
        + 20
    )
    monkeypatch.setattr(fit, "targets", lambda p, year: goal)
    arrivals, _ = fit.simulate(w)
    table = arrivals.set_index(["fiscal_year", "nationality", "code"])["persons"].sort_index()
    monkeypatch.setattr(
        steps,
        "expect_arrivals",
        lambda p, year: np.stack([table.loc[year, n].loc[p.codes()].to_numpy(np.int64) for n in NATIONALITIES], axis=1),
    )
    again = world()
    for year in YEARS:
        run_steps(again, DEMOGRAPHY, year)
        foreign = again.memory.get(year, "residents_end_foreign")
        reached = np.stack([again.memory.get(year, "residents_end") - foreign, foreign], axis=1)
        come = steps.expect_arrivals(again.p, year) > 0
        assert come.mean() > 0.7
        np.testing.assert_array_equal(reached[come], goal[come])
        assert (reached[~come] >= goal[~come]).all()


def test_later_arrivals_are_the_mean_of_the_last_two_fitted_years(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    p = Parameters.load()
    mean = (steps.expect_arrivals(p, 2024) + steps.expect_arrivals(p, 2025)) / 2
    np.testing.assert_allclose(steps.expect_arrivals(p, 2030), mean, atol=0.51)
    half = p.with_overrides({("demography.arrivals_level_foreign", 2030, None): 0.5})
    np.testing.assert_allclose(steps.expect_arrivals(half, 2030), mean * [1.0, 0.5], atol=0.51)


def test_a_table_for_a_fit_replaces_the_registered_one(tmp_path: Path) -> None:
    p = Parameters.load()
    frame = pd.DataFrame({"code": p.codes(), **dict.fromkeys(schedule.FACTORS, 1.25)})
    np.testing.assert_array_equal(schedule.factors(fit.with_table(p, "demographic_factors", frame, tmp_path)), 1.25)
    assert not (schedule.factors(p) == 1.25).all()


def test_steps_stand_in_order() -> None:
    assert DEMOGRAPHY == (LIVE, UNITE, BEAR, ARRIVE, REPACK, COUNT)
    assert all(s.name.startswith("demography.") for s in DEMOGRAPHY)


def test_steps_write_their_own_columns_or_say_so() -> None:
    owner = {f"{table}.{c.name}": c.owner for table, columns in TABLES.items() for c in columns}
    for s in DEMOGRAPHY:
        assert {c for c in s.writes if owner[c] != "demography"} == set(s.also_writes)
    assert [s.name for s in YEAR if s.rebuilds] == ["demography.repack"], "the one step with both tables in hand"


def test_a_step_without_a_plan_says_what_is_missing() -> None:
    with pytest.raises(BalanceError, match=r"demography\.live comes first"):
        run_steps(world(20), (ARRIVE,), 2022)


def _owing(w: Town, years_before: int) -> Town:
    """Let every household owe 1,000 yen from so many fiscal years before the last bill's; 0 is the last bill."""
    w.households.unpaid[:] = 1_000 if years_before == 0 else 0
    w.households.arrears[:] = 0
    if years_before:
        w.households.arrears[:, years_before - 1] = 1_000
    return w


def _linked(strength: float, **values: object) -> Town:
    """Return a calm world in which the agency sees arrears, every stay falls due and none is renewed."""
    w = calm(renewal_due=[0, 0, 1, 1, 1, 1], renewal_refused=1.0, **values)
    w.p = w.p.with_overrides({("payment.immigration_link", None, None): strength})
    return w


def _may_stay(w: Town) -> np.ndarray:
    """Return the households with a Japanese or a permanent resident."""
    settled = w.people.residence <= Residence.PERMANENT
    return np.bincount(w.people.household, settled, w.households.rows) > 0


@pytest.mark.parametrize(("strength", "first"), [(1.0, 1), (0.83, 3)])
def test_a_stay_is_not_renewed_for_claims_a_year_past_due(strength: float, first: int) -> None:
    w = _owing(_linked(strength), 1)
    leaves = np.repeat(~_may_stay(w), w.households.size)
    run_steps(w, (LIVE,), 2027)
    gone = w.people.leaving == Leaving.ABROAD
    if strength == 1.0:
        np.testing.assert_array_equal(gone, leaves)
    else:
        assert 0.7 < gone.sum() / leaves.sum() < 0.95
        assert not gone[~leaves].any()
    months = np.bitwise_count(w.people.present[gone])
    assert months.min() == first, "the link works in the last ten months of its first year"
    assert months.max() == 12
    assert int(w.memory.get(2027, "refused").sum()) == gone.sum()


@pytest.mark.parametrize(("strength", "years"), [(0.0, 1), (1.0, 0)])
def test_without_the_link_or_old_claims_nobody_is_refused(strength: float, years: int) -> None:
    """Who owes the last bill only has not been a year in arrears."""
    w = _owing(_linked(strength), years)
    run_steps(w, (LIVE,), 2027)
    assert (w.people.leaving == Leaving.STAYS).all()


def test_the_refused_take_the_draws_of_nobody_else() -> None:
    """All others of a lively world have the same year with the link and without."""
    years = []
    for strength in (0.0, 1.0):
        w = _owing(world(renewal_due=[0, 0, 1, 1, 1, 1], renewal_refused=1.0), 1)
        w.p = w.p.with_overrides({("payment.immigration_link", None, None): strength})
        settled = np.repeat(_may_stay(w), w.households.size)
        run_steps(w, (LIVE,), 2027)
        years.append(events(w)[settled])
    pd.testing.assert_frame_equal(years[0], years[1])


def test_claims_of_the_departed_keep_the_nationality_of_the_head() -> None:
    w = _owing(_linked(1.0), 1)
    leaves = int((~_may_stay(w)).sum())
    run_steps(w, DEMOGRAPHY, 2027)
    run_steps(w, DEMOGRAPHY, 2028)
    ledger = w.ledger(DepartedClaims).yen.sum(axis=(0, 2))
    assert (ledger[0], ledger[1]) == (0, 1_000 * leaves)
