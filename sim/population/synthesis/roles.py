"""Who lives alone, as a couple, as a parent, as a child: the census of 2020 carried to April 2022.

Every resident gets a *role*. Starting shares by age, sex and nationality (`people.household_roles`) are
raked, municipality by municipality, to the residents (exactly) and to the households by family type of the
census, scaled to the people of 2022. `CHILD` has no target of its own: it takes those who are left, so
that nobody is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Parameters
from sim.population.synthesis.register import AGES, FOREIGN, JAPANESE, LARGE, Residents
from sim.population.synthesis.state import YEAR
from sim.population.synthesis.whole import whole_people


class Role(IntEnum):
    """Place of a person in the household before households are put together."""

    INSTITUTION = 0
    ALONE = 1
    PAIR_ONLY = 2
    PAIR_CHILDREN = 3
    LONE_PARENT = 4
    PAIR_THREE = 5
    """the middle couple of three generations"""
    GRANDPARENT = 6
    OTHER = 7
    CHILD = 8
    """of any age, living with a parent"""


ROLES = len(Role)
_NAMES = [r.name.lower() for r in Role]
_ADULT, _OLD = 18, 65
"""ages at which the tables of the census and of roles part"""
_CLOSE, _ROUNDS, _ROUNDS_FOREIGN = 1e-6, 300, 100
"""relative error at which the fit has converged, and the most rounds"""
_NOBODY = 1e-12
Margin = tuple[Role, slice, slice, NDArray[np.float64]]
"""role, ages, sexes, and the persons wanted, float64[places, 1, 1]"""


@dataclass(frozen=True)
class Targets:
    """Households wanted on 1 April 2022, float64[places] by family type of the census, and persons in some roles."""

    institution: NDArray[np.float64]
    alone_young: NDArray[np.float64]
    alone_old: NDArray[np.float64]
    couple: NDArray[np.float64]
    couple_old: NDArray[np.float64]
    """of them with a husband of 65 or over"""
    couple_children: NDArray[np.float64]
    father: NDArray[np.float64]
    mother: NDArray[np.float64]
    three: NDArray[np.float64]
    other: NDArray[np.float64]
    other_members: NDArray[np.float64]
    grandparents: NDArray[np.float64]


@dataclass(frozen=True)
class Roles:
    """Persons by role.

    counts      int64[places, AGES, sex, nationality, role]; sums over role are the residents
    targets     the census households carried to 2022
    iterations  rounds of proportional fitting (Japanese)
    error       largest relative error of a role target of 1,000 people or more after fitting
    """

    counts: NDArray[np.int64]
    targets: Targets
    iterations: int
    error: float


def roles(p: Parameters, people: Residents) -> Roles:
    """Return how many people of each age, sex and nationality have which role in every municipality."""
    targets = census_targets(p, people)
    seeds = _seeds(p)
    foreign = _foreign(p, people.counts[..., FOREIGN].astype(float), seeds[FOREIGN])
    margins = _margins(p, targets, foreign)
    x, iterations, error = _japanese(people.counts[..., JAPANESE].astype(float), seeds[JAPANESE], margins)
    share = np.stack([x, foreign], axis=3)
    counts = np.zeros(share.shape, np.int64)
    for place in range(share.shape[0]):
        whole_people(share[place], people.counts[place], np.empty(ROLES), counts[place])
    return Roles(counts, targets, iterations, error)


def census_targets(p: Parameters, people: Residents) -> Targets:
    """Return the census households of 2020 scaled to the residents of 1 April 2022, with the drift to living alone."""
    census = p.table("places.census_households").set_index("code").loc[p.codes()]
    labour = p.table("places.census_labour")
    total = labour[(labour["sex"] == "total") & (labour["item"] == "population")].set_index("code")["value"]
    population = total.loc[p.codes()].to_numpy(float)
    members = census["general_household_members"].to_numpy(float)
    residents = people.counts.sum(axis=(1, 2, 3)).astype(float)
    outside = np.clip(1 - members / population, 0.0, p.value("population.outside_most", YEAR))
    scale = residents * (1 - outside) / members

    def households(name: str) -> NDArray[np.float64]:
        return census[name].to_numpy(float) * scale

    drift = 1 + p.value("population.one_person_drift", YEAR) / (census["one_person"] / census["general_households"])
    alone, old = households("one_person") * drift.to_numpy(), households("one_person_65_plus") * drift.to_numpy()
    three = households("three_generation")
    other = households("other_types") - three
    return Targets(
        institution=residents * outside,
        alone_young=alone - old,
        alone_old=old,
        couple=households("couple_only"),
        couple_old=households("elderly_couple_husband65_wife60") * p.value("population.wife_under_60", YEAR),
        couple_children=households("couple_with_children"),
        father=households("father_with_children"),
        mother=households("mother_with_children"),
        three=three,
        other=other,
        other_members=other * p.value("population.other_household_size", YEAR),
        grandparents=three * p.value("population.grandparents_per_household", YEAR),
    )


def _seeds(p: Parameters) -> NDArray[np.float64]:
    """Return starting shares[nationality, AGES, sex, role] from `people.household_roles`; children under 18 only."""
    frame = p.table("people.household_roles")
    groups = list(dict.fromkeys(frame["age"]))
    points = np.zeros((2, len(groups), 2, ROLES))
    for nation, age, sex, role, value in zip(
        frame["nationality"], frame["age"], frame["sex"], frame["role"], frame["value"], strict=True
    ):
        points[int(nation == "foreign"), groups.index(age), int(sex == "female"), _NAMES.index(role)] = value
    group = np.minimum(np.arange(AGES) // 5, len(groups) - 1)
    middle = np.arange(len(groups)) * 5 + 2.0
    out = points[:, group]
    for role in range(ROLES):
        for s in range(2):
            out[JAPANESE, :, s, role] = np.interp(np.arange(AGES), middle, points[JAPANESE, :, s, role])
    out[:, :_ADULT] = 0.0
    out[:, :_ADULT, :, Role.CHILD] = 1.0
    return out


def _foreign(p: Parameters, people: NDArray[np.float64], seed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return persons[places, AGES, sex, role] of foreign residents.

    Families with children follow the number of foreign children; couples of two nations are added to the
    couples of one. The other roles keep their starting shares.
    """
    per_family = p.value("population.foreign_children_per_family", YEAR)
    mixed = np.array(p.value("population.mixed_couples", YEAR))
    children = people[:, :_ADULT].sum(axis=(1, 2))
    adults = people[:, 20:_OLD].sum(axis=(1, 2))
    families = np.minimum(children / per_family, p.value("population.foreign_families_most", YEAR) * adults)
    lone = families * p.value("population.foreign_lone_share", YEAR)
    x = people[..., None] * seed / seed.sum(axis=2, keepdims=True)
    alone_couples = x[..., Role.PAIR_ONLY].sum(axis=1).mean(axis=1) / (1 + mixed.mean())
    wanted = {
        Role.PAIR_CHILDREN: (families - lone)[:, None] * (1 + mixed)[None, :],
        Role.PAIR_ONLY: alone_couples[:, None] * (1 + mixed)[None, :],
    }
    for _ in range(_ROUNDS_FOREIGN):
        for role, target in wanted.items():
            _scale(x[..., role], target[:, None, :], x[..., role].sum(axis=1, keepdims=True))
        parents = x[..., Role.LONE_PARENT]
        _scale(parents, lone[:, None, None], parents.sum(axis=(1, 2), keepdims=True))
        _scale(x, people[..., None], x.sum(axis=3, keepdims=True))
    return x


def _scale(x: NDArray[np.float64], target: NDArray[np.float64], reached: NDArray[np.float64]) -> None:
    """Multiply x in place by target / reached (1 where nothing is there)."""
    x *= np.divide(target, reached, out=np.ones(np.broadcast(target, reached).shape), where=reached > _NOBODY)


def _japanese(
    people: NDArray[np.float64], seed: NDArray[np.float64], margins: list[Margin]
) -> tuple[NDArray[np.float64], int, float]:
    """Return persons[places, AGES, sex, role] of Japanese residents, rounds and error of the fit."""
    x = people[..., None] * seed / seed.sum(axis=2, keepdims=True)
    error, rounds = np.inf, 0
    while error >= _CLOSE and rounds < _ROUNDS:
        error = 0.0
        rounds += 1
        for role, ages, sexes, wanted in margins:
            part = x[:, ages, sexes, role]
            reached = part.sum(axis=(1, 2), keepdims=True)
            error = max(error, _miss(wanted, reached))
            _scale(part, wanted, reached)
        _scale(x, people[..., None], x.sum(axis=3, keepdims=True))
    return x, rounds, error


def _margins(p: Parameters, t: Targets, foreign: NDArray[np.float64]) -> list[Margin]:
    """Return (role, ages, sexes, wanted[places, 1, 1]) of Japanese residents: the census less the foreign residents.

    Couples without others are split at the husband's 65th birthday; wives are parted earlier (old_couple_ages).
    """
    men, women, both = slice(0, 1), slice(1, 2), slice(0, 2)
    every, out = slice(0, AGES), []
    least = p.value("population.japanese_least", YEAR)
    husband, wife = p.value("population.old_couple_ages", YEAR)

    def want(role: Role, ages: slice, sexes: slice, target: NDArray[np.float64]) -> None:
        left = target - foreign[:, ages, sexes, role].sum(axis=(1, 2))
        out.append((role, ages, sexes, np.maximum(left, least * target)[:, None, None]))

    want(Role.INSTITUTION, every, both, t.institution)
    want(Role.ALONE, slice(0, _OLD), both, t.alone_young)
    want(Role.ALONE, slice(_OLD, AGES), both, t.alone_old)
    want(Role.GRANDPARENT, every, both, t.grandparents)
    want(Role.OTHER, every, both, t.other_members)
    for sexes, old in ((men, husband), (women, wife)):
        want(Role.PAIR_ONLY, slice(0, old), sexes, t.couple - t.couple_old)
        want(Role.PAIR_ONLY, slice(old, AGES), sexes, t.couple_old)
        want(Role.PAIR_CHILDREN, every, sexes, t.couple_children)
        want(Role.PAIR_THREE, every, sexes, t.three)
        want(Role.LONE_PARENT, every, sexes, t.father if sexes == men else t.mother)
    return out


def _miss(target: NDArray[np.float64], reached: NDArray[np.float64]) -> float:
    """Return the largest relative error among targets of 1,000 people or more."""
    large = target >= LARGE
    return float(np.max(np.abs(reached / np.maximum(target, 1e-9) - 1), where=large, initial=0.0))
