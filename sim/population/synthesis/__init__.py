"""The synthetic population: every resident of Tokyo on 1 April 2022 (R4), one by one, in households.

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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sim.core import rng
from sim.parameters import Parameters
from sim.population.codes import Kind
from sim.population.synthesis import homes, kernels_life, kernels_scheme, lives, members, register, roles
from sim.population.synthesis.lives import JANUARY, OPENING
from sim.population.table import Table, household_table, people_table

__all__ = ["Plan", "plan", "population", "thin"]

_STEPS = 12
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
    """How each municipality was fitted: shared part of the score, factor of earnings; quotas of members."""

    quotas: members.Quotas
    shared: NDArray[np.float64]
    factor: NDArray[np.float64]
    income: NDArray[np.float64]


@dataclass(frozen=True)
class Place:
    """A municipality while it is built: arrays of its persons and households."""

    index: int
    code: int
    first: int
    start: NDArray[np.int64]
    kind: NDArray[np.int8]
    age: NDArray[np.int16]
    sex: NDArray[np.int8]
    foreign: NDArray[np.int8]
    relation: NDArray[np.int8]


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
    sizes = counts.sum(axis=(1, 2, 3, 4))[chosen]
    first = dict(zip(chosen, np.concatenate([[0], sizes.cumsum()[:-1]]), strict=True))
    largest_first = sorted(chosen, key=lambda i: -int(counts[i].sum()))
    habits, codes = homes.Habits.of(p), p.codes()

    def formed(i: int) -> Place:
        return _form(counts[i], habits, seed, i, codes[i], int(first[i]))

    towns = {t.index: t for t in _parallel(formed, largest_first)}
    people = people_table(int(sizes.sum()))
    households, homes_from = _households(towns, chosen, seed)
    cover = lives.cover(p)

    def settled(i: int) -> NDArray[np.int64]:
        return _reside(towns[i], people, households, homes_from[i], cover, seed)

    eligible = np.zeros((len(counts), members.GROUPS, 2), np.int64)
    for i, found in zip(largest_first, _parallel(settled, largest_first), strict=True):
        eligible[i] = found
    fit = _quotas(p, wanted.residents, eligible, chosen)
    jobs, base = lives.jobs(p), lives.base(p)

    def lived(i: int) -> None:
        _insure(towns[i], people, households, homes_from[i], cover, fit, seed)
        _earn(towns[i], people, households, homes_from[i], jobs, lives.pay(p, i), base, fit, seed)

    list(_parallel(lived, largest_first))
    return people, households, fit


def _parallel(work: Callable[[int], Any], items: list[int]) -> list[Any]:
    """Return work(item) of all items, done by as many threads as numba has (kernels release the lock)."""
    with ThreadPoolExecutor(nb.get_num_threads()) as pool:
        return list(pool.map(work, items))


def _form(counts: NDArray[np.int64], habits: homes.Habits, seed: int, index: int, code: int, first: int) -> Place:
    """Return the households of a municipality, before anything but age, sex and nationality is known."""
    made = homes.form(counts, habits, seed, code)
    column = made.person.T
    return Place(
        index=index,
        code=code,
        first=first,
        start=np.concatenate([[0], made.home[:, 0].cumsum()]).astype(np.int64),
        kind=made.home[:, 1].astype(np.int8),
        age=column[0].astype(np.int16),
        sex=column[1].astype(np.int8),
        foreign=column[2].astype(np.int8),
        relation=column[3].astype(np.int8),
    )


def _households(towns: dict[int, Place], chosen: list[int], seed: int) -> tuple[Table, dict[int, int]]:
    """Return the table of households and the first row of each municipality."""
    sizes = [len(towns[i].kind) for i in chosen]
    begin = dict(zip(chosen, np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(int).tolist(), strict=True))
    table = household_table(sum(sizes))
    k = rng.key(seed, 0, "population.household")
    for i in chosen:
        t = towns[i]
        rows = slice(begin[i], begin[i] + len(t.kind))
        table.place[rows] = t.index
        table.kind[rows] = t.kind
        table.start[rows] = t.start[:-1] + t.first
        table.head[rows] = table.start[rows]
        table.size[rows] = np.diff(t.start)
        kernels_scheme.identities(k, t.code, table.hid[rows])
    return table, begin


def _reside(t: Place, people: Table, households: Table, begin: int, cover: lives.Cover, seed: int) -> NDArray[np.int64]:
    """Fill ids, birth, residence, assistance and 後期; return who may be a member, int64[GROUPS, nationality]."""
    rows = slice(t.first, t.first + len(t.age))
    hid = households.hid[begin : begin + len(t.kind)]
    pid, born = people.pid[rows], people.born[rows]
    kernels_scheme.identities(rng.key(seed, 0, "population.person"), t.code, pid)
    kernels_scheme.births(pid, t.age, rng.key(seed, 0, "population.born"), OPENING, born)
    people.household[rows] = np.repeat(np.arange(begin, begin + len(t.kind), dtype=np.int32), np.diff(t.start))
    people.sex[rows], people.relation[rows] = t.sex, t.relation
    kernels_scheme.reside(
        t.start,
        t.kind,
        t.age,
        t.foreign,
        t.relation,
        pid,
        rng.key(seed, 0, "population.residence"),
        cover.single,
        cover.family,
        cover.stay,
        OPENING,
        people.residence[rows],
        people.arrived[rows],
    )
    k = rng.key(seed, 0, "population.assistance")
    kernels_scheme.assist(t.start, t.kind, t.age, t.foreign, hid, cover.assistance, k, people.scheme[rows])
    free = people.scheme[rows] < 0
    group = members.group_of_age()[np.minimum(t.age, 110)]
    cell = group[free] * 2 + t.foreign[free]
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
    return Fit(quotas, np.zeros(n), np.ones(n), income)


def _insure(t: Place, people: Table, households: Table, begin: int, cover: lives.Cover, fit: Fit, seed: int) -> None:
    """Fill `scheme`: members of 国保 by score, fitted to the insured households, then everyone else."""
    rows = slice(t.first, t.first + len(t.age))
    scheme, pid = people.scheme[rows], people.pid[rows]
    hid = households.hid[begin : begin + len(t.kind)]
    group = members.group_of_age()[np.minimum(t.age, 110)]
    adult = (scheme < 0) & (t.age >= 18) & (group >= 0)
    cell = np.where(adult, group * 2 + t.foreign, -1).astype(np.int8)
    shared, own = np.empty(len(hid), np.float32), np.empty(len(pid), np.float32)
    k = rng.key(seed, 0, "population.member")
    kernels_scheme.draw_scores(t.start, pid, hid, people.residence[rows], cover.residence_shift, k, shared, own)
    quota = fit.quotas.people[t.index].copy()
    children = int(quota[:4].sum())
    quota[:4] = 0
    total = int(fit.quotas.people[t.index].sum())
    member = np.zeros(len(pid), bool)

    def per_household(likeness: float) -> float:
        """Return members per insured household; below 0 nothing is shared and people living alone score higher."""
        rho, shift = max(likeness, 0.0), cover.shift.copy()
        shift[Kind.ONE_PERSON] += max(-likeness, 0.0)
        persons, insured, sure, maybe = kernels_scheme.choose(
            t.start, t.kind, t.age, t.relation, cell, scheme, shared, own, quota.ravel(), shift, rho, member
        )
        living_alone = total - persons - min(max(children - sure, 0), maybe)
        return total / max(insured + living_alone, 1)

    fit.shared[t.index] = _bisect(per_household, total / fit.quotas.households[t.index], _ALONE, 0.97)
    per_household(float(fit.shared[t.index]))
    kernels_scheme.settle(
        t.start,
        t.kind,
        t.age,
        t.sex,
        t.relation,
        cell,
        pid,
        hid,
        rng.key(seed, 0, "population.scheme"),
        total,
        children,
        cover.employee,
        cover.guild,
        cover.voluntary,
        member,
        scheme,
    )


def _earn(
    t: Place,
    people: Table,
    households: Table,
    begin: int,
    jobs: kernels_life.Jobs,
    pay: kernels_life.Pay,
    base: kernels_life.Base,
    fit: Fit,
    seed: int,
) -> None:
    """Fill work, length of insurance and incomes; one factor makes the members' mean base income the wanted one."""
    rows = slice(t.first, t.first + len(t.age))
    c = {name: column[rows] for name, column in people.data.items()}
    who = kernels_life.People(
        start=t.start,
        kind=t.kind,
        age=t.age,
        since=c["scheme_since"],
        former=c["former_dependant"],
        **{name: c[name] for name in kernels_life.People._fields if name in c},
    )
    kernels_life.employ(who, jobs, rng.key(seed, 0, "population.work"))
    k = rng.key(seed, 0, "population.income")
    kernels_life.earn(who, pay, k, JANUARY, OPENING)
    log = _bisect(
        lambda x: kernels_life.mean_base(who, base, JANUARY, float(np.exp(x))), float(fit.income[t.index]), -1.5, 1.5
    )
    number = fit.quotas.people[t.index].sum()
    fit.factor[t.index] = np.exp(log * number / (number + _FEW))
    moved = households.former_member[begin : begin + len(t.kind)]
    kernels_life.finish(who, pay, k, OPENING, float(fit.factor[t.index]), moved)


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
        if abs(value / target - 1) < 1e-4:
            return middle
        if value < target:
            low, f_low = middle, value
        else:
            high, f_high = middle, value
    return low + (high - low) * (target - f_low) / max(f_high - f_low, 1e-12)


def thin(people: Table, households: Table, sample: int, seed: int, part: int = 0) -> None:
    """Keep one household in `sample`, in place: those whose keyed number leaves the rest `part`."""
    keep = kernels_scheme.sampled(households.hid, rng.key(seed, 0, "population.sample"), sample, part)
    kept = np.nonzero(keep)[0]
    sizes = households.size[kept].astype(np.int64)
    begin = np.concatenate([[0], sizes.cumsum()[:-1]]).astype(np.int64)
    rows = np.repeat(households.start[kept] - begin, sizes) + np.arange(sizes.sum())
    households.take(kept)
    people.take(rows)
    households.head[:] = households.head - households.start + begin
    households.start[:] = begin
    people.household[:] = np.repeat(np.arange(len(kept)), sizes)
