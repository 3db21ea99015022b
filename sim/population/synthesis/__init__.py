"""The synthetic population: every resident of a prefecture on 1 April 2022 (R4), one by one, in households.

From the register (municipality, age, sex, nationality), the census (households), the settlement cards
(members of 国保) and assumed curves with ranges. Stages, each with a report of how well it converged:

1. `register`  residents by municipality, single age, sex and nationality, carried back from 2026
2. `roles`     who lives alone, as a couple, parent, child …: raked to the census, carried to 2022
3. `homes`     couples and families matched, households written: everybody exactly once
4. `members`   how many members of 国保 by municipality, age and nationality
5. schemes     who they are: a score with a part shared by the household, fitted to insured households
6. work, length of insurance, incomes of 2021, with one factor per municipality for the mean base income

Draws are keyed by person and household; municipalities are independent, so threads do not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core import rng
from sim.core.kernel import at_once
from sim.parameters import Parameters
from sim.population.codes import Kind
from sim.population.synthesis import homes, lives, members, register, roles
from sim.population.synthesis.assist import assist
from sim.population.synthesis.base_income import mean_base
from sim.population.synthesis.chances import Cover, Jobs, Pay
from sim.population.synthesis.choose import BINS, choose, draw_readiness
from sim.population.synthesis.earn import earn
from sim.population.synthesis.employ import employ
from sim.population.synthesis.identify import date_births, identify, mark_sample
from sim.population.synthesis.insure import insure
from sim.population.synthesis.mark import mark
from sim.population.synthesis.reside import reside
from sim.population.synthesis.state import (
    JANUARY,
    OLDEST,
    OPENING,
    UNDECIDED,
    YEAR,
    Base,
    Choice,
    Homes,
    Likeness,
    People,
    Ranks,
)
from sim.population.table import Table, household_table, people_table

__all__ = ["Plan", "plan", "population", "thin"]

_STEPS, _CLOSE = 12, 1e-4
_ALONE = -1.0
"""within-household correlation at which one-person households score one standard deviation higher"""
_FEW = 300
"""members at which half of a municipality's factor of earnings is used: the noise of a village is not its level"""


@dataclass(frozen=True)
class Plan:
    """What the population is built to: residents and roles of every municipality, with their fits."""

    residents: register.Residents
    roles: roles.Roles


@dataclass
class Fit:
    """How each municipality was fitted: shared part of the readiness, factor of earnings; quotas of members.

    shift  float64[kinds]  readiness by type of household
    """

    quotas: members.Quotas
    shift: NDArray[np.float64]
    shared: NDArray[np.float64]
    factor: NDArray[np.float64]
    income: NDArray[np.float64]


@dataclass(frozen=True)
class Formed:
    """A municipality whose people are put into households: its index and code, its people and households."""

    index: int
    code: int
    housed: homes.Housed


@dataclass(frozen=True)
class Town:
    """A municipality while it is built: its columns, whose arrays are parts of the tables."""

    index: int
    people: People
    homes: Homes


@dataclass(frozen=True)
class Rules:
    """What everybody's life depends on; pay differs by municipality."""

    cover: Cover
    jobs: Jobs
    base: Base


def plan(p: Parameters) -> Plan:
    """Return residents and roles, the targets of the build."""
    residents = register.residents(p)
    return Plan(residents, roles.roles(p, residents))


def population(p: Parameters, seed: int) -> tuple[Table, Table]:
    """Return (people, households) on 1 April 2022: everybody."""
    people, households, _ = build(p, seed)
    return people, households


def build(p: Parameters, seed: int, places: Iterable[int] | None = None) -> tuple[Table, Table, Fit]:
    """Return (people, households, fit) of all municipalities, or of those given by index, full size."""
    wanted = plan(p)
    counts = wanted.roles.counts
    chosen = list(range(len(counts)) if places is None else places)
    largest_first = sorted(chosen, key=lambda i: -int(counts[i].sum()))
    people, households, towns = _tables(_formed(p, counts, chosen, largest_first, seed), seed)
    rules = Rules(lives.cover(p), lives.jobs(p), lives.base(p))

    def settled(i: int) -> NDArray[np.int64]:
        return _reside(towns[i], rules.cover, seed)

    eligible = np.zeros((len(counts), members.GROUPS, 2), np.int64)
    for i, found in zip(largest_first, at_once(settled, largest_first), strict=True):
        eligible[i] = found
    fit = _quotas(p, wanted.residents, eligible, chosen)

    def lived(i: int) -> None:
        _insure(towns[i], rules.cover, fit, seed)
        _earn(towns[i], rules, lives.pay(p, i), fit, seed)

    at_once(lived, largest_first)
    return people, households, fit


def _formed(
    p: Parameters, counts: NDArray[np.int64], chosen: list[int], largest_first: list[int], seed: int
) -> list[Formed]:
    """Return the municipalities with their people in households, in the order of `chosen`."""
    families, codes = homes.families(p), p.codes()

    def form(i: int) -> Formed:
        return Formed(i, codes[i], homes.form(counts[i], homes.Matching(families, seed, codes[i])))

    by_index = {f.index: f for f in at_once(form, largest_first)}
    return [by_index[i] for i in chosen]


def _tables(formed: list[Formed], seed: int) -> tuple[Table, Table, dict[int, Town]]:
    """Return people and households with what is known of them, and the part of each municipality."""
    persons = np.cumsum([0, *(len(f.housed.persons) for f in formed)]).tolist()
    units = np.cumsum([0, *(len(f.housed.homes) for f in formed)]).tolist()
    people, households = people_table(persons[-1]), household_table(units[-1])

    def town(i: int) -> Town:
        made = _town(formed[i], people, households, slice(*persons[i : i + 2]), slice(*units[i : i + 2]))
        identify(rng.key(seed, 0, "population.household"), formed[i].code, made.homes.hid)
        identify(rng.key(seed, 0, "population.person"), formed[i].code, made.people.pid)
        return made

    return people, households, {t.index: t for t in at_once(town, range(len(formed)))}


def _town(f: Formed, people: Table, households: Table, persons: slice, units: slice) -> Town:
    """Write a municipality into its rows of the tables and return it."""
    made, size = f.housed.persons, f.housed.homes.persons
    start = np.concatenate([[0], size.cumsum()]).astype(np.int64)
    people.household[persons] = np.repeat(np.arange(units.start, units.stop, dtype=np.int32), size)
    people.sex[persons], people.relation[persons] = made.sex, made.relation
    households.place[units], households.kind[units] = f.index, f.housed.homes.kind
    households.start[units] = households.head[units] = start[:-1] + persons.start
    households.size[units] = size
    columns = {name: column[persons] for name, column in people.data.items()}
    columns |= {"age": made.age.astype(np.int16), "foreign": made.foreign.astype(np.int8)}
    of_homes = {name: column[units] for name, column in households.data.items()} | {"start": start}
    return Town(
        f.index,
        People(**{name: columns[name] for name in People._fields}),
        Homes(**{name: of_homes[name] for name in Homes._fields}),
    )


def _reside(t: Town, cover: Cover, seed: int) -> NDArray[np.int64]:
    """Fill birth, residence, assistance and 後期; return who may be a member, int64[GROUPS, nationality]."""
    date_births(t.people, rng.key(seed, 0, "population.born"), OPENING)
    reside(t.homes, t.people, cover, rng.key(seed, 0, "population.residence"), OPENING)
    assist(t.homes, t.people, cover, rng.key(seed, 0, "population.assistance"))
    group = members.group_of_age()[np.minimum(t.people.age, OLDEST)]
    cell = (group * 2 + t.people.foreign)[t.people.scheme == UNDECIDED]
    return np.bincount(cell, minlength=2 * members.GROUPS).reshape(members.GROUPS, 2)


def _quotas(p: Parameters, residents: register.Residents, eligible: NDArray[np.int64], chosen: list[int]) -> Fit:
    """Return the members wanted; municipalities that are not built are computed from their residents."""
    group = members.group_of_age()[: register.AGES]
    everyone = np.stack([residents.counts[:, group == g].sum(axis=(1, 2)) for g in range(members.GROUPS)], axis=1)
    filled = everyone.copy()
    filled[chosen] = eligible[chosen]
    foreign = residents.counts[..., register.FOREIGN].sum(axis=(1, 2)).astype(float)
    quotas = members.quotas(p, filled, foreign)
    income = lives.income_targets(p, quotas.people.sum(axis=(1, 2)).astype(float))
    n = len(everyone)
    shift = np.array(p.value("population.member_shift", YEAR), float)
    return Fit(quotas, shift, np.zeros(n), np.ones(n), income)


def _insure(t: Town, cover: Cover, fit: Fit, seed: int) -> None:
    """Fill `scheme`: members of 国保 by readiness, fitted to the insured households, then everyone else."""
    quota = fit.quotas.people[t.index].copy()
    total, children = int(quota.sum()), int(quota[: members.MINORS].sum())
    quota[: members.MINORS] = 0
    choice = _candidates(t, cover, rng.key(seed, 0, "population.member"))
    ranks = Ranks(np.empty((quota.size, BINS), np.int64), np.empty(quota.size, np.int64), quota.ravel().copy())

    def per_household(likeness: float) -> float:
        """Return members per insured household; below 0 nothing is shared and people living alone score higher."""
        moved = fit.shift.copy()
        moved[Kind.ONE_PERSON] += max(-likeness, 0.0)
        ranks.persons[:], ranks.spare[:] = 0, quota.ravel()
        found = choose(t.homes, t.people, cover, choice, Likeness(moved, max(likeness, 0.0)), ranks)
        living_alone = total - found.persons - min(max(children - found.sure, 0), found.maybe)
        return total / max(found.households + living_alone, 1)

    fit.shared[t.index] = _bisect(per_household, total / fit.quotas.households[t.index], _ALONE, 0.97)
    per_household(float(fit.shared[t.index]))
    insure(t.homes, t.people, cover, choice, rng.key(seed, 0, "population.scheme"), total, children)


def _candidates(t: Town, cover: Cover, k: np.uint64) -> Choice:
    """Return whom to choose members from, with everybody's readiness."""
    age = t.people.age
    group = members.group_of_age()[np.minimum(age, OLDEST)]
    adult = (t.people.scheme == UNDECIDED) & (age >= cover.adult_age) & (group >= 0)
    persons = len(age)
    choice = Choice(
        group=np.where(adult, group * 2 + t.people.foreign, -1).astype(np.int8),
        shared=np.empty(len(t.homes.kind), np.float32),
        own=np.empty(persons, np.float32),
        member=np.zeros(persons, bool),
    )
    draw_readiness(t.homes, t.people, cover, choice, k)
    return choice


def _earn(t: Town, rules: Rules, pay: Pay, fit: Fit, seed: int) -> None:
    """Fill work, length of insurance and incomes; one factor makes the members' mean base income the wanted one."""
    employ(t.homes, t.people, rules.jobs, rng.key(seed, 0, "population.work"), OPENING)
    k = rng.key(seed, 0, "population.income")
    earn(t.people, pay, k, JANUARY, OPENING)
    log = _bisect(
        lambda x: mean_base(t.people, rules.base, JANUARY, float(np.exp(x))), float(fit.income[t.index]), -1.5, 1.5
    )
    number = fit.quotas.people[t.index].sum()
    fit.factor[t.index] = np.exp(log * number / (number + _FEW))
    mark(t.homes, t.people, pay, k, OPENING, float(fit.factor[t.index]))


def _bisect(f: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Return x between low and high with f(x) near target for a rising f; a bound where the target is out of reach."""
    f_low, f_high = f(low), f(high)
    if target <= f_low:
        return low
    if target >= f_high:
        return high
    for _ in range(_STEPS):
        share = min(max((target - f_low) / (f_high - f_low), 0.1), 0.9)
        middle = low + share * (high - low)
        value = f(middle)
        if abs(value / target - 1) < _CLOSE:
            return middle
        if value < target:
            low, f_low = middle, value
        else:
            high, f_high = middle, value
    return low + (high - low) * (target - f_low) / max(f_high - f_low, 1e-12)


def thin(people: Table, households: Table, sample: int, seed: int, part: int = 0) -> None:
    """Keep one household in `sample`, in place: those whose keyed number leaves the rest `part`."""
    keep = np.empty(households.rows, bool)
    mark_sample(households.hid, rng.key(seed, 0, "population.sample"), sample, part, keep)
    kept = np.nonzero(keep)[0]
    sizes = households.size[kept].astype(np.int64)
    begin = np.concatenate([[0], sizes.cumsum()[:-1]]).astype(np.int64)
    rows = np.repeat(households.start[kept] - begin, sizes) + np.arange(sizes.sum())
    households.take(kept)
    people.take(rows)
    households.head[:] = households.head - households.start + begin
    households.start[:] = begin
    people.household[:] = np.repeat(np.arange(len(kept)), sizes)
