"""Putting people with roles into households, one municipality at a time.

Everybody is placed exactly once. Couples, and children with mothers, are matched by rank: each side is put
in order of the age it would like on the other (with noise) and paired from the youngest up. So the ages
of the register and the households of the census both hold exactly, and the age differences come out near
their distributions. A slot for a child wishes the age "mother's age minus age at birth", a younger brother
or sister some years less.

Left out: relatives other than the middle couple, their parents and children in three generations; couples
among "other" households; children of earlier marriages.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core import rng
from sim.parameters import Parameters
from sim.population.codes import Kind, Sex
from sim.population.synthesis import kernels_home as kernel
from sim.population.synthesis.register import AGES
from sim.population.synthesis.roles import Role

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Habits:
    """How people of one household are related in age, and who heads it."""

    gap: float
    gap_sd: float
    birth_age: NDArray[np.float64]
    """mean age of the mother at the birth of a child who now has this age, float64[AGES]"""
    birth_sd: float
    wife_head: float
    passed: float
    other_size: float
    mixed: NDArray[np.float64]

    @classmethod
    def of(cls, p: Parameters) -> Habits:
        points = np.array(p.value("population.mother_age", 2022), float)
        return cls(
            gap=p.value("population.couple_gap", 2022),
            gap_sd=p.value("population.couple_gap_sd", 2022),
            birth_age=np.interp(np.arange(AGES), np.arange(points.size) * 10, points),
            birth_sd=p.value("population.mother_age_sd", 2022),
            wife_head=p.value("population.wife_head", 2022),
            passed=p.value("population.head_passed_on", 2022),
            other_size=p.value("population.other_household_size", 2022),
            mixed=np.array(p.value("population.mixed_couples", 2022)),
        )


@dataclass(frozen=True)
class Homes:
    """Households of one municipality: person int32[n, 5] (age, sex, foreign, Relation, household), head first;
    home int32[h, 2] (size, Kind)."""

    person: NDArray[np.int32]
    home: NDArray[np.int32]


def form(counts: Ints, habits: Habits, seed: int, code: int) -> Homes:
    """Return the households of the municipality with this code; counts int64[age, sex, nationality, role]."""
    single: list[Ints] = [_people(counts, Role.INSTITUTION, Kind.INSTITUTION), _people(counts, Role.ALONE)]
    couples, over = _couples(counts, Role.PAIR_ONLY, habits, seed, code)
    families, over_families = _couples(counts, Role.PAIR_CHILDREN, habits, seed, code)
    three, over_three = _couples(counts, Role.PAIR_THREE, habits, seed, code)
    three = three[np.argsort(three[:, 0], kind="stable")]
    elder, over_elder = _grandparents(counts, len(three))
    single += [over, over_families, over_three, over_elder]
    parts = [kernel.couple_homes(couples, habits.wife_head, rng.key(seed, 0, "population.couples"), code)]
    alone = np.concatenate(single)
    pools = _pools(counts, families, three)
    if not any(len(units) for units, _ in pools) and any(len(kids) for _, kids in pools):
        pools, alone = _foster(pools, alone)
    for nation, (units, kids) in enumerate(pools):
        if len(units):
            grand = np.full((len(units), 2, 2), -1, np.int64)
            if nation == 0:
                grand[: len(three)] = elder
            start, member = _adopted(units, kids, habits, seed, f"population.children.{nation}", code)
            k = rng.key(seed, 0, f"population.families.{nation}")
            parts.append(
                kernel.family_homes(units, kids, grand, start, member, habits.wife_head, habits.passed, k, code)
            )
    for nation in range(2):
        others = _people(counts[:, :, nation : nation + 1], Role.OTHER)
        if len(others) >= 2:
            k = rng.key(seed, 0, f"population.shared.{nation}")
            ages, sexes = others[:, 0].copy(), others[:, 1].copy()
            parts.append(kernel.shared_homes(ages, sexes, nation, habits.other_size, k, code))
        elif len(others):
            others[:, 2] = nation
            alone = np.concatenate([alone, others])
    return _joined(parts, alone)


def _people(counts: Ints, role: Role, kind: Kind = Kind.ONE_PERSON) -> Ints:
    """Return int64[n, 4] (age, sex, foreign, kind) of everybody with a role, by age."""
    cells = np.stack(np.nonzero(counts[..., role]), axis=1)
    rows = np.repeat(cells, counts[..., role][counts[..., role] > 0], axis=0)
    return np.concatenate([rows, np.full((len(rows), 1), kind)], axis=1)


def _ages(counts: Ints) -> Ints:
    """Return one age per person, youngest first, from counts by single age."""
    return np.repeat(np.arange(counts.size), counts)


def _split(rows: Ints, taken: int) -> tuple[Ints, Ints]:
    """Return (taken, rest): `taken` rows spread evenly over the list, and the others."""
    taken = min(max(taken, 0), len(rows))
    chosen = np.zeros(len(rows), bool)
    chosen[(2 * np.arange(taken) + 1) * len(rows) // max(2 * taken, 1)] = True
    return rows[chosen], rows[~chosen]


def _couples(counts: Ints, role: Role, habits: Habits, seed: int, code: int) -> tuple[Ints, Ints]:
    """Return couples int64[n, 4] (husband's age, foreign, wife's age, foreign) and the few whom rounding left alone.

    Foreign residents marry among themselves, but for the surplus of one sex over the couples of two foreigners.
    """
    men, men_f = (_ages(counts[:, Sex.MALE, nation, role]) for nation in range(2))
    women, women_f = (_ages(counts[:, Sex.FEMALE, nation, role]) for nation in range(2))
    both = int(min(men_f.size / (1 + habits.mixed[0]), women_f.size / (1 + habits.mixed[1])) + 0.5)
    both = min(both, men_f.size, women_f.size)
    men_out, men_in = _split(men_f, men_f.size - both)
    women_out, women_in = _split(women_f, women_f.size - both)
    men_with, men_rest = _split(men, women_out.size)
    women_with, women_rest = _split(women, men_out.size)
    sides = [
        (men_rest, 0, women_rest, 0),
        (men_in, 1, women_in, 1),
        (men_with, 0, women_out, 1),
        (men_out, 1, women_with, 0),
    ]
    pairs, over = [], []
    for g, (husbands, foreign_m, wives, foreign_w) in enumerate(sides):
        surplus = husbands.size - wives.size
        left_m, husbands = _split(husbands, surplus)
        left_w, wives = _split(wives, -surplus)
        k = rng.key(seed, 0, f"population.marriage.{role}.{g}")
        matched = kernel.marry(husbands, wives, habits.gap, habits.gap_sd, k, code)
        pairs.append(_table(husbands, foreign_m, matched, foreign_w))
        over += [_table(left_m, Sex.MALE, foreign_m, 0), _table(left_w, Sex.FEMALE, foreign_w, 0)]
    return np.concatenate(pairs), np.concatenate(over)


def _table(*columns: Ints | int) -> Ints:
    """Return columns (arrays, or numbers to repeat) side by side."""
    return np.stack(np.broadcast_arrays(*columns), axis=1).astype(np.int64)


def _grandparents(counts: Ints, units: int) -> tuple[Ints, Ints]:
    """Return elder int64[units, 2, 2] (age or -1, sex) and those without a place.

    The units stand in order of the parents' age. Grandmothers, then grandfathers go from the youngest up, one to
    a unit, first to those without; a second one of a unit is spread over them evenly.
    """
    elder = np.full((units, 2, 2), -1, np.int64)
    over = []
    for sex in (Sex.FEMALE, Sex.MALE):
        ages = _ages(counts[:, sex, :, Role.GRANDPARENT].sum(axis=1))
        for slot in range(2):
            free = np.nonzero((elder[:, slot, 0] < 0) & (elder[:, 0, 0] >= 0 if slot else True))[0]
            now, ages = _split(ages, free.size)
            places, _ = _split(free, now.size)
            elder[places, slot, 0], elder[places, slot, 1] = now, sex
        over.append(_table(ages, sex, 0, 0))
    return elder, np.concatenate(over)


def _pools(counts: Ints, families: Ints, three: Ints) -> list[tuple[Ints, Ints]]:
    """Return (parents, children) of Japanese and of foreign children; see `kernel.family_homes`.

    Couples of two foreigners and lone foreign parents have foreign children, all others Japanese ones. Where a
    village has parents of one nation only, they have all the children.
    """
    lone = _people(counts, Role.LONE_PARENT)
    kids = _people(counts, Role.CHILD)[:, :3]
    foreign = (families[:, 1] & families[:, 3]) == 1
    parents = []
    for nation in range(2):
        alone = lone[lone[:, 2] == nation]
        pairs = families[foreign == bool(nation)]
        single = np.concatenate([alone[:, :3], np.tile((-1, 0, 0, Kind.LONE_PARENT), (len(alone), 1))], axis=1)
        rows = [single, _units(pairs, Kind.COUPLE_CHILDREN)]
        if nation == 0:
            rows.insert(0, _units(three, Kind.THREE_GENERATION))
        parents.append(np.concatenate(rows))
    if (len(parents[0]) == 0) != (len(parents[1]) == 0):
        only = int(len(parents[0]) == 0)
        none = (np.empty((0, 7), np.int64), np.empty((0, 3), np.int64))
        return [(parents[0], kids), none] if only == 0 else [none, (parents[1], kids)]
    return [(parents[nation], kids[kids[:, 2] == nation]) for nation in range(2)]


def _units(pairs: Ints, kind: Kind) -> Ints:
    """Return couples as parents int64[n, 7]: age, sex, foreign of husband and wife, Kind."""
    return _table(pairs[:, 0], Sex.MALE, pairs[:, 1], pairs[:, 2], Sex.FEMALE, pairs[:, 3], kind)


def _foster(pools: list[tuple[Ints, Ints]], alone: Ints) -> tuple[list[tuple[Ints, Ints]], Ints]:
    """Return pools where one who would live alone is the parent of all children of a village without parents."""
    place = np.nonzero(alone[:, 3] == Kind.ONE_PERSON)[0]
    one = int(place[len(place) // 2]) if len(place) else len(alone) // 2
    parent = np.concatenate([alone[one, :3], (-1, 0, 0, Kind.LONE_PARENT)])[None]
    kids = np.concatenate([k for _, k in pools])
    none = (np.empty((0, 7), np.int64), np.empty((0, 3), np.int64))
    return [(parent, kids[np.argsort(kids[:, 0], kind="stable")]), none], np.delete(alone, one, axis=0)


def _adopted(units: Ints, kids: Ints, habits: Habits, seed: int, decision: str, code: int) -> tuple[Ints, Ints]:
    """Return (start, member): which children belong to which parents; see `kernel.adopt`."""
    alone = np.where(units[:, 1] == Sex.FEMALE, units[:, 0], np.maximum(units[:, 0] - int(habits.gap), 16))
    mother = np.where(units[:, 3] >= 0, units[:, 3], alone)
    ages = kids[:, 0].copy()
    k = [rng.key(seed, 0, f"{decision}.{part}") for part in ("number", "wish", "mend")]
    number = kernel.children_per_unit(mother, ages, habits.birth_age, habits.birth_sd, k[0], code)
    unit, wish = kernel.wishes(mother, number, habits.birth_age, habits.birth_sd, k[1], code)
    place = kernel.order(wish, 1000)
    kernel.mend(ages, unit, mother, place, k[2], code)
    return kernel.adopt(number, unit, place)


def _joined(parts: list[tuple[NDArray[np.int32], NDArray[np.int32]]], alone: Ints) -> Homes:
    """Return the households of all parts and of those who live alone, numbered through."""
    person = np.zeros((len(alone), 5), np.int32)
    person[:, :3] = alone[:, :3]
    person[:, 4] = np.arange(len(alone))
    home = np.stack([np.ones(len(alone)), alone[:, 3]], axis=1).astype(np.int32)
    people, homes = [], []
    first = 0
    for rows, houses in [*parts, (person, home)]:
        rows[:, 4] += first
        first += len(houses)
        people.append(rows)
        homes.append(houses)
    return Homes(np.concatenate(people), np.concatenate(homes))
