"""The synthetic population: everybody placed once, coherent insurance, the same bits, small places, the store."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import numba as nb
import numpy as np
import pytest

from sim.core import cache
from sim.core.errors import BalanceError
from sim.parameters import Parameters, regions
from sim.population import store
from sim.population import synthesis as build
from sim.population.codes import FirmSize, Kind, Relation, Residence, Scheme, Work
from sim.population.columns import HOUSEHOLDS, PEOPLE
from sim.population.synthesis import lives, members, register
from sim.population.synthesis.base_income import base_income
from sim.population.synthesis.roles import Role
from sim.population.synthesis.state import OPENING
from sim.population.table import Table, filled, household_table, people_table
from sim.studies import audit

SEED = 7
VILLAGES = [52, 54, 58, 60]
"""Okutama, Toshima-mura, Mikurajima, Aogashima"""
TOWN = [38]
"""Fussa, with foreign residents"""


@dataclass
class Town:
    people: Table
    households: Table
    fit: build.Fit
    age: np.ndarray


@pytest.fixture(scope="module")
def p() -> Parameters:
    return Parameters.load()


@pytest.fixture(scope="module")
def plan(p: Parameters) -> build.Plan:
    return build.plan(p)


@pytest.fixture(scope="module")
def town(p: Parameters) -> Town:
    people, households, fit = build.build(p, SEED, [*VILLAGES, *TOWN])
    return Town(people, households, fit, (OPENING - people.born.astype(int)) // 12)


def test_residents_meet_the_register(p: Parameters, plan: build.Plan) -> None:
    """3/4 of 1 January 2022 and 1/4 of 1 January 2023, to the person by municipality, sex and nationality."""
    table = p.table("places.register_totals").set_index(["code", "reference_date"])
    before, after = table.loc[(13104, "2022-01-01")], table.loc[(13104, "2023-01-01")]
    got = plan.residents.counts[3].sum(axis=0)
    for s, sex in enumerate(("male", "female")):
        for k, nation in enumerate(("japanese", "foreign")):
            wanted = 0.75 * before[f"{nation}_{sex}"] + 0.25 * after[f"{nation}_{sex}"]
            assert abs(got[s, k] - wanted) <= 1
    assert plan.residents.error < 1e-9
    assert plan.residents.counts.min() >= 0


def test_baby_boom_stands_where_it_was_in_2022(plan: build.Plan) -> None:
    """Those born 1947-49 were 72 to 75: more than those three years older or younger; 1966 is a gap at 55."""
    ages = plan.residents.counts[..., register.JAPANESE].sum(axis=(0, 2))
    boom = ages[72:75].min()
    assert boom > 1.1 * ages[68:71].max()
    assert boom > 1.3 * ages[76:79].max()
    assert ages[55] < 0.92 * min(ages[53], ages[57])


def test_roles_take_everybody_and_meet_the_census(plan: build.Plan) -> None:
    counts, targets = plan.roles.counts, plan.roles.targets
    np.testing.assert_array_equal(counts.sum(axis=4), plan.residents.counts)
    assert counts.min() >= 0
    assert counts[:, :18, :, :, : Role.CHILD].sum() == 0
    alone = counts[..., Role.ALONE].sum(axis=(1, 2, 3))
    np.testing.assert_allclose(alone, targets.alone_young + targets.alone_old, rtol=0.01, atol=4)
    pairs = counts[..., Role.PAIR_CHILDREN].sum(axis=(1, 3))
    np.testing.assert_allclose(pairs[:, 0], pairs[:, 1], atol=6)


def test_everybody_is_placed_once(plan: build.Plan, town: Town) -> None:
    people, households = town.people, town.households
    cells = np.zeros((62, register.AGES, 2, 2), int)
    foreign = (people.residence > 0).astype(int)
    place = households.place.astype(int)[people.household]
    np.add.at(cells, (place, town.age, people.sex, foreign), 1)
    chosen = [*VILLAGES, *TOWN]
    np.testing.assert_array_equal(cells[chosen], plan.residents.counts[chosen])
    assert np.unique(people.pid).size == people.rows
    assert np.unique(households.hid).size == households.rows


def test_spans_are_contiguous_and_headed(town: Town) -> None:
    people, h = town.people, town.households
    np.testing.assert_array_equal(h.start, np.concatenate([[0], np.cumsum(h.size)[:-1]]))
    np.testing.assert_array_equal(people.household, np.repeat(np.arange(h.rows), h.size))
    assert (people.relation[h.head] == Relation.HEAD).all()
    assert np.bincount(people.household[people.relation == Relation.HEAD]).max() == 1
    assert (town.age[h.head] >= 18).all()


def test_minors_live_with_adults_and_mothers_are_of_age(town: Town) -> None:
    people, h = town.people, town.households
    adults = np.bincount(people.household[town.age >= 18], minlength=h.rows)
    assert (adults[people.household[town.age < 18]] > 0).all()
    child = people.relation == Relation.CHILD
    head = town.age[h.head[people.household[child]]]
    assert (head - town.age[child] >= 14).mean() > 0.995


def test_kinds_say_who_is_there(town: Town) -> None:
    h = town.households
    assert (h.size[np.isin(h.kind, (Kind.ONE_PERSON, Kind.INSTITUTION))] == 1).all()
    assert (h.size[h.kind == Kind.COUPLE] == 2).all()
    assert (h.size[h.kind == Kind.COUPLE_CHILDREN] >= 3).all()
    assert (h.size[h.kind == Kind.THREE_GENERATION] >= 4).all()
    assert (h.size[h.kind == Kind.OTHER] >= 2).all()


def test_dependants_have_an_employee(town: Town) -> None:
    people, h = town.people, town.households
    workers = np.isin(people.scheme, (Scheme.EMPLOYEE, Scheme.VOLUNTARY))
    supported = np.bincount(people.household[workers], minlength=h.rows) > 0
    left = (people.scheme == Scheme.DEPENDANT) & ~supported[people.household]
    assert (people.work[left] == Work.STUDENT).all()
    assert (h.size[people.household[left]] == 1).all()
    assert (town.age[left] < 25).all()


def test_insurance_follows_age(town: Town) -> None:
    scheme = town.people.scheme
    assert np.isin(scheme[town.age >= 75], (Scheme.LATE_ELDERLY, Scheme.ASSISTANCE)).all()
    assert not (scheme[town.age < 75] == Scheme.LATE_ELDERLY).any()
    assert not np.isin(scheme[town.age < 18], (Scheme.EMPLOYEE, Scheme.VOLUNTARY)).any()
    assert scheme.min() >= 0


def test_children_of_members_are_members(town: Town) -> None:
    """With a lone parent in 国保 the children are in 国保."""
    people, h = town.people, town.households
    lone = h.kind == Kind.LONE_PARENT
    head = people.scheme[h.head] == Scheme.KOKUHO
    child = (town.age < 18) & (people.relation == Relation.CHILD) & (lone & head)[people.household]
    assert child.sum() > 20
    assert (people.scheme[child] == Scheme.KOKUHO).all()


def test_members_and_insured_households_meet_their_quotas(town: Town) -> None:
    people, h = town.people, town.households
    place = h.place.astype(int)[people.household]
    member = people.scheme == Scheme.KOKUHO
    fussa = TOWN[0]
    assert member[place == fussa].sum() == town.fit.quotas.people[fussa].sum()
    insured = np.bincount(people.household[member], minlength=h.rows) > 0
    wanted = town.fit.quotas.households[fussa]
    assert abs(insured[h.place == fussa].sum() / wanted - 1) < 0.01


def test_quotas_meet_their_margins(p: Parameters, plan: build.Plan) -> None:
    counts = plan.residents.counts
    group = members.group_of_age()[: register.AGES]
    eligible = np.stack([counts[:, group == g].sum(axis=(1, 2)) for g in range(members.GROUPS)], axis=1)
    q = members.quotas(p, eligible, counts[..., 1].sum(axis=(1, 2)).astype(float))
    assert q.error < 1e-5
    assert q.people.sum() == p.value("population.members_start", 2022)
    assert (q.people <= eligible).all()
    old = q.people[:, 14:].sum() / q.people.sum()
    assert old == pytest.approx(p.value("population.members_by_age", 2022)[3], abs=1e-3)


def test_mean_base_income_is_the_wanted_one(p: Parameters, town: Town) -> None:
    people, h = town.people, town.households
    here = (people.scheme == Scheme.KOKUHO) & (h.place[people.household] == TOWN[0])
    mean = audit.base_incomes(people, p)[here].mean()
    assert abs(mean / town.fit.income[TOWN[0]] - 1) < 0.03


def test_base_income_is_the_law(p: Parameters) -> None:
    """By hand for the levy of R4: salary 5,000,000 -> 3,560,000 less 430,000; pension 2,000,000 at 70 -> 470,000."""
    base = lives.base(p)
    assert base_income(5_000_000, 0, 0, False, base) == 3_130_000
    assert base_income(0, 2_000_000, 0, True, base) == 470_000
    assert base_income(980_000, 0, 0, False, base) == 0
    assert base_income(0, 0, 1_000_000, False, base) == 570_000


def test_targets_of_income_keep_the_published_mean(p: Parameters) -> None:
    weight = np.linspace(1000, 50_000, 62)
    target = lives.income_targets(p, weight)
    assert np.average(target, weights=weight) == pytest.approx(p.value("population.mean_base_income", 2022))
    codes = p.codes()
    assert target[codes.index(13103)] > target[codes.index(13121)]


def test_dates_make_sense(town: Town) -> None:
    people = town.people
    assert (people.scheme_since > 0).all()
    assert (people.scheme_since <= OPENING).all()
    assert (people.scheme_since >= np.minimum(people.born, OPENING)).all()
    abroad = people.arrived > 0
    assert (people.arrived[abroad] >= people.born[abroad]).all()
    assert (people.residence[abroad] != Residence.JAPANESE).all()
    late = people.scheme == Scheme.LATE_ELDERLY
    np.testing.assert_array_equal(
        people.scheme_since[late], np.maximum(people.born[late].astype(int) + 900, people.arrived[late])
    )


def test_firms_employ_and_family_workers_have_a_business(town: Town) -> None:
    people, h = town.people, town.households
    staff = np.isin(people.work, (Work.REGULAR, Work.PART_TIME, Work.OFFICER))
    np.testing.assert_array_equal(people.firm_size > 0, staff)
    own = np.bincount(people.household[people.work == Work.SELF_EMPLOYED], minlength=h.rows) > 0
    assert own[people.household[people.work == Work.FAMILY_WORKER]].all()
    assert (people.business[people.work != Work.SELF_EMPLOYED] == 0).all()


def test_large_firms_insure_their_staff(town: Town) -> None:
    people = town.people
    member = people.scheme == Scheme.KOKUHO
    regular = member & np.isin(people.work, (Work.REGULAR, Work.OFFICER))
    assert regular.any()
    assert (people.firm_size[regular] <= FirmSize.S21_35).all()
    large = member & (people.work == Work.PART_TIME) & (people.firm_size == FirmSize.S501)
    assert (people.salary[large] < 1_056_000).all()


def test_former_member_households_have_a_member_and_someone_of_75(town: Town) -> None:
    people, h = town.people, town.households
    marked = h.former_member > 0
    late = np.bincount(people.household[people.scheme == Scheme.LATE_ELDERLY], minlength=h.rows) > 0
    member = np.bincount(people.household[people.scheme == Scheme.KOKUHO], minlength=h.rows) > 0
    assert marked.any()
    assert (late & member)[marked].all()
    assert (h.former_member <= OPENING).all()


def test_municipalities_do_not_depend_on_each_other(p: Parameters, town: Town) -> None:
    """A village built on its own is the same to the bit, whatever else is built (quotas of members apart)."""
    alone, homes, _ = build.build(p, SEED, [VILLAGES[0]])
    rows = town.households.place[town.people.household] == VILLAGES[0]
    for name in ("pid", "born", "sex", "residence", "relation"):
        np.testing.assert_array_equal(getattr(alone, name), getattr(town.people, name)[rows])
    np.testing.assert_array_equal(homes.hid, town.households.hid[town.households.place == VILLAGES[0]])


def test_same_bits_on_one_thread(p: Parameters, town: Town) -> None:
    threads = nb.get_num_threads()
    nb.set_num_threads(1)
    try:
        people, households, _ = build.build(p, SEED, [*VILLAGES, *TOWN])
    finally:
        nb.set_num_threads(threads)
    _same(people, town.people)
    _same(households, town.households)


def test_seeds_differ(p: Parameters, town: Town) -> None:
    people, _, _ = build.build(p, SEED + 1, VILLAGES[:1])
    assert not np.isin(people.pid, town.people.pid).any()


def test_samples_are_nested_and_keep_whole_households(p: Parameters, town: Town) -> None:
    full = dict(zip(town.households.hid, town.households.size, strict=True))
    tenth, thirtieth = ({}, {})
    for n, kept in ((10, tenth), (30, thirtieth)):
        people, households, _ = build.build(p, SEED, [*VILLAGES, *TOWN])
        build.thin(people, households, n, SEED)
        kept.update(zip(households.hid, households.size, strict=True))
        np.testing.assert_array_equal(people.household, np.repeat(np.arange(households.rows), households.size))
        np.testing.assert_array_equal(people.relation[households.head], 0)
    assert thirtieth.items() <= tenth.items() <= full.items()
    assert len(tenth) == pytest.approx(len(full) / 10, rel=0.1)


def test_thinning_to_nobody(p: Parameters) -> None:
    people, households, _ = build.build(p, SEED, [VILLAGES[-1]])
    build.thin(people, households, 10**9, SEED)
    assert people.rows == households.rows == 0


def test_a_village_of_children_and_one_adult() -> None:
    """Nobody to be a parent by role: an adult who would live alone takes the children."""
    from sim.population.synthesis import homes

    p = Parameters.load()
    counts = np.zeros((register.AGES, 2, 2, len(Role)), np.int64)
    counts[5, 0, 0, Role.CHILD] = counts[9, 1, 1, Role.CHILD] = 1
    counts[40, 1, 0, Role.ALONE] = counts[70, 0, 0, Role.ALONE] = 1
    made = homes.form(counts, homes.Matching(homes.families(p), SEED, 99999))
    assert len(made.persons) == 4
    assert made.homes.persons[made.homes.kind == Kind.LONE_PARENT].tolist() == [3]


def test_an_odd_number_of_husbands_leaves_one_alone() -> None:
    from sim.population.synthesis import homes

    p = Parameters.load()
    counts = np.zeros((register.AGES, 2, 2, len(Role)), np.int64)
    counts[40, 0, 0, Role.PAIR_ONLY] = 3
    counts[38, 1, 0, Role.PAIR_ONLY] = 2
    made = homes.form(counts, homes.Matching(homes.families(p), SEED, 99999))
    np.testing.assert_array_equal(np.bincount(made.homes.kind, minlength=3)[:2], [1, 2])


def _same(a: Table, b: Table) -> None:
    for name in a.data:
        np.testing.assert_array_equal(a.data[name], b.data[name], err_msg=name)


def test_build_reads_only_what_the_digest_covers(p: Parameters, monkeypatch: pytest.MonkeyPatch) -> None:
    read: set[str] = set()
    value, table = Parameters.value, Parameters.table

    def noted_value(self: Parameters, key: str, *rest: object) -> object:
        read.add(key)
        return value(self, key, *rest)

    def noted_table(self: Parameters, key: str) -> object:
        read.add(key)
        return table(self, key)

    monkeypatch.setattr(Parameters, "value", noted_value)
    monkeypatch.setattr(Parameters, "table", noted_table)
    build.build(replace(p), SEED, VILLAGES[-1:])  # a register of which nothing was made yet
    own = {k for k in read if k.startswith("population.")}
    in_order = {"places.municipalities"}  # codes, in the order of the table
    assert (read - own) | in_order == {*store.TABLES, *store.VALUES}


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, p: Parameters) -> Path:
    """A cache of its own, and a population of a village in place of Tokyo."""
    monkeypatch.setattr(cache, "root", lambda: tmp_path)

    def village(p: Parameters, seed: int) -> tuple[Table, Table]:
        people, households, _ = build.build(p, seed, VILLAGES[-1:])
        return people, households

    monkeypatch.setattr(build, "population", village)
    return tmp_path / "population"


def test_store_returns_what_was_built(p: Parameters, shelf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = store.stored(p, 1, SEED)
    monkeypatch.setattr(build, "population", None)
    again = store.stored(p, 1, SEED)
    for one, other in zip(first, again, strict=True):
        _same(one, other)
        assert [a.dtype for a in one.data.values()] == [a.dtype for a in other.data.values()]
        assert all(a.flags.writeable for a in other.data.values())
    parts = [set(store.stored(p, 3, SEED, part)[1].hid.tolist()) for part in range(3)]
    assert sum(len(part) for part in parts) == first[1].rows
    assert set.union(*parts) == set(first[1].hid.tolist())


def test_store_keeps_every_column_the_build_writes(p: Parameters, town: Town) -> None:
    for table, columns, kind in ((town.people, PEOPLE, "people"), (town.households, HOUSEHOLDS, "households")):
        kept = {name.partition(".")[2] for name, _ in store._files() if name.startswith(kind)}
        for c in columns:
            fresh = filled(c, table.rows)
            if not np.array_equal(table.data[c.name], fresh, equal_nan=c.dtype.startswith("float")):
                assert c.name in kept


def test_digest_knows_seed_sample_and_parameters(p: Parameters) -> None:
    changed = p.with_overrides({("population.couple_gap", None, None): 2.5})
    outside = p.with_overrides({("levy.relief_base", None, None): 430_001})
    digests = [store.digest(p, 1, 1), store.digest(p, 1, 2), store.digest(p, 2, 1), store.digest(changed, 1, 1)]
    assert len(set(digests)) == 4
    assert store.digest(outside, 1, 1) == digests[0]


def test_a_sample_leaves_everybody_on_disk_for_the_next(
    p: Parameters, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = store.stored(p, 3, SEED)
    monkeypatch.setattr(build, "population", None)
    everybody, other = store.stored(p, 1, SEED), store.stored(p, 3, SEED, 1)
    assert set(first[1].hid.tolist()) < set(everybody[1].hid.tolist())
    assert not set(first[1].hid.tolist()) & set(other[1].hid.tolist())


def test_half_written_folder_is_not_read(p: Parameters, shelf: Path) -> None:
    store.stored(p, 1, SEED)
    folder = next(f for f in shelf.iterdir() if not f.name.startswith("."))
    shutil.copytree(folder, shelf / ".broken.1")
    people, _ = store.stored(p, 1, SEED)
    assert people.rows > 100
    (folder / "people.pid.npy").unlink()
    assert store._read(folder) is None


def test_a_region_is_audited_by_what_it_gives() -> None:
    """The teaching prefecture has no employed persons and no ages from 65 on of a census: those rows are left out."""
    with regions.using("teaching"):
        frame = audit.audit_run(1)
    assert "employment_rate.place" not in set(frame["id"])
    assert len(frame) > 50


def test_audit_of_a_wrong_population_fails_loudly(p: Parameters, town: Town) -> None:
    frame = audit.audit(town.people, town.households, p, 1)
    assert {"convergence", "fitted", "held_out"} == set(frame["role"])
    converged = frame[frame["role"] == "convergence"].set_index("id")
    assert set(converged.index) == {"convergence.register", "convergence.roles", "convergence.members"}
    assert converged["ok"].all()
    assert audit.failures(frame[frame["ok"]]) == ""
    assert "residents.all" in audit.failures(frame)
    assert (frame["role"] == "held_out").sum() >= 10
    with pytest.raises(BalanceError, match="residents"):
        audit.check(frame)


def test_empty_tables_have_the_declared_columns() -> None:
    assert [c.name for c in PEOPLE] == list(people_table().data)
    assert [c.name for c in HOUSEHOLDS] == list(household_table().data)
