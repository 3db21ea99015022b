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

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core import rng
from sim.parameters import Parameters
from sim.population.codes import Kind, Relation, Sex
from sim.population.synthesis.bear import LATEST, adopt, count_due, share_further, swap_children, wish_ages
from sim.population.synthesis.chances import Families
from sim.population.synthesis.house import Kin, house_families, house_others, wish_company
from sim.population.synthesis.marry import house_couples, wish_wives
from sim.population.synthesis.register import AGES
from sim.population.synthesis.roles import Role
from sim.population.synthesis.state import CHILD, COUPLE, ELDER, HOME, PARENTS, PERSON, YEAR, Rows, named, rows

Ints = NDArray[np.int64]
_TOGETHER = 2
"""least persons of a household of other relatives and non-relatives"""


class Housed(NamedTuple):
    """Households of one municipality, or a part of them: PERSON[n] in household order, the head first, and HOME[h]."""

    persons: Rows
    homes: Rows


class Matching(NamedTuple):
    """By what people of a municipality are matched: chances, seed of the draws, and its code."""

    families: Families
    seed: int
    code: int

    def key(self, decision: str) -> np.uint64:
        """Return the key of a decision of the build."""
        return rng.key(self.seed, 0, f"population.{decision}")


def families(p: Parameters) -> Families:
    """Return how the people of one household are related in age, and who heads it (chances.Families)."""
    points = np.array(p.value("population.mother_age", YEAR), float)
    return Families.of(p, YEAR, birth_age=np.interp(np.arange(AGES), np.arange(points.size) * 10, points))


def form(counts: Ints, m: Matching) -> Housed:
    """Return the households of a municipality; counts int64[age, sex, nationality, role]."""
    single: list[Ints] = [_people(counts, Role.INSTITUTION, Kind.INSTITUTION), _people(counts, Role.ALONE)]
    couples, over = _couples(counts, Role.PAIR_ONLY, m)
    families, over_families = _couples(counts, Role.PAIR_CHILDREN, m)
    three, over_three = _couples(counts, Role.PAIR_THREE, m)
    three = three[np.argsort(three[:, 0], kind="stable")]
    elders, over_elders = _grandparents(counts, len(three))
    alone = np.concatenate([*single, over, over_families, over_three, over_elders])
    pools = _pools(counts, families, three)
    if not any(len(units) for units, _ in pools) and any(len(kids) for _, kids in pools):
        pools, alone = _foster(pools, alone)
    parts = [_house_couples(couples, m)]
    for nation, (units, kids) in enumerate(pools):
        if len(units):
            parts.append(_house_families(units, kids, elders if nation == 0 else elders[:0], nation, m))
    for nation in range(2):
        others = _people(counts[:, :, nation : nation + 1], Role.OTHER)
        others[:, 2] = nation
        if len(others) >= _TOGETHER:
            parts.append(_house_others(others, nation, m))
        else:
            alone = np.concatenate([alone, others])
    return _joined(parts, alone)


def _house_couples(couples: Ints, m: Matching) -> Housed:
    """Return the households of couples without others."""
    made = Housed(rows(2 * len(couples), PERSON), rows(len(couples), HOME))
    house_couples(named(couples, COUPLE), m.families, m.key("couples"), m.code, *made)
    return made


def _house_families(units: Ints, kids: Ints, elders: Ints, nation: int, m: Matching) -> Housed:
    """Return the households with children of a nation; elders int64[n, 2, 2] live with the first of them."""
    grand = np.full((len(units), 2, 2), -1, np.int64)
    grand[: len(elders)] = elders
    start, member = _adopted(units, kids, m, f"children.{nation}")
    kin = Kin(named(units, PARENTS), named(kids, CHILD), named(grand, ELDER), start, member)
    made = Housed(rows(4 * len(units) + len(kids), PERSON), rows(len(units), HOME))
    persons = house_families(kin, m.families, m.key(f"families.{nation}"), m.code, *made)
    return Housed(made.persons[:persons].view(np.recarray), made.homes)


def _house_others(others: Ints, nation: int, m: Matching) -> Housed:
    """Return the households of other relatives and non-relatives of a nation; people of about one age together."""
    people = len(others)
    wish = np.empty(people, np.int64)
    k = m.key(f"shared.{nation}")
    wish_company(others[:, 0].copy(), m.families, k, m.code, wish)
    groups = min(max(int(people / m.families.other_household_size + 0.5), 1), people // 2)
    even, extra = np.ones(groups), np.zeros(groups, np.int64)
    made = Housed(rows(people, PERSON), rows(groups, HOME))
    order = np.argsort(wish, kind="stable")
    house_others(named(others[:, :3], CHILD), order, m.families, k, m.code, even, extra, *made)
    return made


def _people(counts: Ints, role: Role, kind: Kind = Kind.ONE_PERSON) -> Ints:
    """Return int64[n, 4] (age, sex, foreign, kind) of everybody with a role, by age."""
    cells = np.stack(np.nonzero(counts[..., role]), axis=1)
    people = np.repeat(cells, counts[..., role][counts[..., role] > 0], axis=0)
    return np.concatenate([people, np.full((len(people), 1), kind)], axis=1)


def _ages(counts: Ints) -> Ints:
    """Return one age per person, youngest first, from counts by single age."""
    return np.repeat(np.arange(counts.size), counts)


def _split(people: Ints, taken: int) -> tuple[Ints, Ints]:
    """Return (taken, rest): `taken` rows spread evenly over the list, and the others."""
    taken = min(max(taken, 0), len(people))
    chosen = np.zeros(len(people), bool)
    chosen[(2 * np.arange(taken) + 1) * len(people) // max(2 * taken, 1)] = True
    return people[chosen], people[~chosen]


def _couples(counts: Ints, role: Role, m: Matching) -> tuple[Ints, Ints]:
    """Return couples int64[n, 4] (husband's age, foreign, wife's age, foreign) and the few whom rounding left alone.

    Foreign residents marry among themselves, but for the surplus of one sex over the couples of two foreigners.
    """
    men, men_f = (_ages(counts[:, Sex.MALE, nation, role]) for nation in range(2))
    women, women_f = (_ages(counts[:, Sex.FEMALE, nation, role]) for nation in range(2))
    mixed = m.families.mixed_couples
    both = int(min(men_f.size / (1 + mixed[0]), women_f.size / (1 + mixed[1])) + 0.5)
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
        matched = _married(husbands, wives, m, f"marriage.{role}.{g}")
        pairs.append(_table(husbands, foreign_m, matched, foreign_w))
        over += [_table(left_m, Sex.MALE, foreign_m, 0), _table(left_w, Sex.FEMALE, foreign_w, 0)]
    return np.concatenate(pairs), np.concatenate(over)


def _married(men: Ints, women: Ints, m: Matching, decision: str) -> Ints:
    """Return wives' ages in the order of `men`: rank matching of the wished age with the ages there are."""
    wish = np.empty(min(men.size, women.size), np.int64)
    wish_wives(men, m.families, m.key(decision), m.code, wish)
    out = np.empty_like(wish)
    out[np.argsort(wish, kind="stable")] = women[: wish.size]
    return out


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
    """Return (parents, children) of Japanese and of foreign children; int64[units, 7] as PARENTS, int64[n, 3] as CHILD.

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
        units = [single, _units(pairs, Kind.COUPLE_CHILDREN)]
        if nation == 0:
            units.insert(0, _units(three, Kind.THREE_GENERATION))
        parents.append(np.concatenate(units))
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


def _adopted(units: Ints, kids: Ints, m: Matching, decision: str) -> tuple[Ints, Ints]:
    """Return (start, member): the children of unit i are kids[member[start[i] : start[i + 1]]], eldest first."""
    husbands = np.maximum(units[:, 0] - int(m.families.couple_gap), m.families.mother_ages[0])
    alone = np.where(units[:, 1] == Sex.FEMALE, units[:, 0], husbands)
    mother = np.where(units[:, 3] >= 0, units[:, 3], alone)
    ages = kids[:, 0].copy()
    number = _children_of(mother, ages, m, f"{decision}.number")
    slots = int(number.sum())
    unit, wish = np.empty(slots, np.int64), np.empty(slots, np.int64)
    wish_ages(mother, number, m.families, m.key(f"{decision}.wish"), m.code, unit, wish)
    place = np.argsort(wish, kind="stable")
    swap_children(ages, unit, mother, m.families, m.key(f"{decision}.mend"), m.code, place)
    start = np.concatenate([[0], number.cumsum()])
    member = np.empty(place.size, np.int64)
    adopt(unit, place, start[:-1].copy(), member)
    return start, member


def _children_of(mother: Ints, kids: Ints, m: Matching, decision: str) -> Ints:
    """Return the number of children of each unit, int64[units]: at least one where children suffice."""
    number = np.ones(mother.size, np.int64)
    if kids.size <= mother.size:
        number[kids.size :] = 0
        return number
    k = m.key(decision)
    due = np.zeros(LATEST)
    count_due(kids, m.families, k, m.code, due)
    there = np.bincount(mother, minlength=LATEST).astype(float)
    further, weights = np.zeros(mother.size, np.int64), np.empty(mother.size)
    total = kids.size - mother.size
    share_further(mother, due, there, m.families, k, m.code, kids.size, total, weights, further)
    return number + further


def _joined(parts: list[Housed], alone: Ints) -> Housed:
    """Return the households of all parts and of those who live alone, numbered through."""
    single = Housed(rows(len(alone), PERSON), rows(len(alone), HOME))
    single.persons.age, single.persons.sex, single.persons.foreign = alone[:, 0], alone[:, 1], alone[:, 2]
    single.persons.relation = Relation.HEAD
    single.persons.household = np.arange(len(alone))
    single.homes.persons, single.homes.kind = 1, alone[:, 3]
    first = 0
    for part in (*parts, single):
        part.persons.household += first
        first += len(part.homes)
    persons, homes = zip(*parts, single, strict=True)
    return Housed(np.concatenate(persons).view(np.recarray), np.concatenate(homes).view(np.recarray))
