"""The steps of the demographic year; each adds to one plan, REPACK applies it, COUNT closes the books."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core import rng
from sim.core.errors import BalanceError
from sim.core.step import Step
from sim.core.units import april
from sim.institutions.ledgers import DepartedClaims
from sim.institutions.world import World
from sim.mechanisms.demography import kernels, schedule
from sim.parameters import Parameters
from sim.population.codes import Leaving
from sim.population.households import Newcomers, Plan, Repacked, Units, repack

NATIONALITIES = ("japanese", "foreign")
PLAN, _LIVING, _REPACKED = "demography.plan", "demography.living", "demography.repacked"
_HOUSEHOLD = ("households.hid", "households.place", "households.start", "households.size", "households.kind")
_PERSON = ("people.pid", "people.born", "people.sex")
_COUNTED = (
    "residents",
    "residents_foreign",
    "births",
    "deaths",
    "departures",
    "arrivals",
    "residents_end",
    "residents_end_foreign",
    "births_foreign",
)


def _adult(p: Parameters, year: int) -> int:
    return int(p.value("demography.adult_age", year))


def live(c: Any, w: World, year: int) -> None:
    """Let last year's leavers go; draw deaths, departures, moves, separations, leaving home, births of everybody."""
    h, q = c.households, c.people
    s = schedule.of_year(w.p, year)
    plan = Plan.of(w.people, w.households)
    separation = [w.p.value(f"demography.separation_{n}", year) for n in ("rate", "last_age", "man_leaves")]
    keys = np.array([w.key(f"demography.{n}") for n in ("household", "person", "birth", "status")])
    gone = q.leaving != Leaving.STAYS
    moved = np.zeros((kernels.PARTS, 2, w.places), np.int64)
    kernels.live(
        year,
        april(year),
        _adult(w.p, year),
        np.array(separation, float),
        keys,
        h.start,
        h.size,
        h.place,
        h.head,
        h.hid,
        q.pid,
        q.born,
        q.sex,
        q.residence,
        q.relation,
        q.present,
        q.leaving,
        q.gave_birth,
        s.death,
        s.birth,
        s.departure,
        s.move,
        s.abroad,
        s.leave_home,
        s.where,
        s.status,
        s.factors,
        s.inward,
        s.months,
        plan.target,
        plan.new_place,
        moved,
    )
    w.ledgers[PLAN], w.ledgers[_LIVING] = plan, q.rows - int(np.count_nonzero(gone))
    for name, persons in zip(("moves_in", "moves_out"), moved.sum(axis=0), strict=True):
        w.memory.put(year, name, persons * w.weight)


def unite(c: Any, w: World, year: int) -> None:
    """Form the unions of the year: one for each slot in which a man and a woman meet."""
    h, q = c.households, c.people
    plan: Plan = w.ledgers[PLAN]
    expected = schedule.union_slots(w.p, year).ravel() / w.weight
    slots = np.floor(expected + _rounding(w, year, expected.size)).astype(np.int64)
    total = int(slots.sum())
    score = np.empty((kernels.CHUNKS, 2, total))
    best = np.full((kernels.CHUNKS, 2, total), -1, np.int32)
    kernels.meet(
        year,
        april(year),
        w.key("demography.union"),
        int(w.p.value("demography.union_age_gap", year)),
        h.start,
        h.size,
        h.place,
        h.kind,
        q.pid,
        q.born,
        q.sex,
        q.relation,
        q.leaving,
        plan.target,
        plan.new_place,
        slots,
        np.cumsum(slots) - slots,
        score,
        best,
    )
    follower, leader = np.empty(total, np.int32), np.empty(total, np.int32)
    n = kernels.unite(best[0], score[0], q.household, h.size, h.place, plan.target, q.relation, follower, leader)
    plan.follower, plan.leader = follower[:n], leader[:n]


def _rounding(w: World, year: int, cells: int) -> NDArray[np.float64]:
    """Return a keyed uniform per cell, to round expected unions up or down."""
    key = w.key("demography.union_slots")
    return np.array([rng.uniform(key, year, cell) for cell in range(cells)])


def bear(c: Any, w: World, year: int) -> None:
    """Describe this year's newborn; they live where their mother lives."""
    h, q = c.households, c.people
    plan: Plan = w.ledgers[PLAN]
    mother = np.flatnonzero(q.gave_birth >= april(year)).astype(np.int32)
    child: dict[str, NDArray[Any]] = {
        "pid": np.empty(mother.size, np.int64),
        "sex": np.empty(mother.size, np.int8),
        "residence": np.empty(mother.size, np.int8),
        "relation": np.empty(mother.size, np.int8),
        "present": np.empty(mother.size, np.uint16),
        "leaving": np.empty(mother.size, np.int8),
    }
    keys = np.array([w.key("demography.newborn"), w.key("demography.newborn_sex")])
    kernels.be_born(
        year,
        keys,
        mother,
        q.gave_birth,
        q.present,
        q.leaving,
        q.residence,
        q.relation,
        q.household,
        h.start,
        h.size,
        q.sex,
        q.pid,
        child["pid"],
        child["sex"],
        child["residence"],
        child["relation"],
        child["present"],
        child["leaving"],
        april(year),
        w.p.value("demography.birth_male", year),
    )
    child["born"] = q.gave_birth[mother]
    plan.newborns = Newcomers(mother, child)


def wanted(p: Parameters, year: int) -> NDArray[np.int64]:
    """Return the arrivals of a fiscal year in the full population, int64[places, 2]: Japanese, foreign.

    Fitted years are taken as they are; later years are the mean of the last two fitted years times the
    level of the nationality.
    """
    table = p.table("places.arrivals")
    cells = table.pivot(index=["fiscal_year", "code"], columns="nationality", values="persons")
    last = int(table["fiscal_year"].max())
    if year <= last:
        return cells.loc[year].loc[p.codes(), list(NATIONALITIES)].to_numpy(np.int64)
    mean = (cells.loc[last] + cells.loc[last - 1]).loc[p.codes(), list(NATIONALITIES)].to_numpy(float) / 2
    level = [p.value(f"demography.arrivals_level_{n}", year) for n in NATIONALITIES]
    return np.rint(mean * np.array(level)).astype(np.int64)


def arrive(c: Any, w: World, year: int) -> None:
    """Draw the households that arrive in the year."""
    plan: Plan = w.ledgers[PLAN]
    plan.arrivals, plan.units = draw_arrivals(w, year, wanted(w.p, year))


def draw_arrivals(w: World, year: int, persons: NDArray[np.int64]) -> tuple[Newcomers, Units]:
    """Return the people and households that arrive, given int64[places, 2] persons by nationality."""
    v = {
        n: w.p.value(f"demography.{n}", year)
        for n in (
            "arrivals_from_abroad",
            "arrival_units",
            "arrival_units_abroad",
            "arrival_status_domestic",
            "arrival_status_abroad",
            "arrival_ages",
            "arrival_male",
            "partner_age_gap",
            "arrival_children",
            "birth_male",
            "arrival_years_in_japan",
        )
    }
    cells = persons.size
    counts = np.zeros((cells, 2), np.int64)
    first = np.zeros((2, cells), np.int64)
    homes = people = 0
    units: dict[str, NDArray[Any]] = {}
    person: dict[str, NDArray[Any]] = {}
    for fill in (False, True):
        units = {n: np.empty(homes, t) for n, t in (("hid", "i8"), ("place", "u1"), ("size", "i2"))}
        person = {
            n: np.empty(people, t)
            for n, t in (
                ("pid", "i8"),
                ("born", "i2"),
                ("sex", "i1"),
                ("residence", "i1"),
                ("arrived", "i2"),
                ("relation", "i1"),
                ("present", "u2"),
                ("at", "i4"),
            )
        }
        kernels.arrive(
            year,
            april(year),
            w.weight,
            np.array([w.key(f"demography.{n}") for n in ("arriving_household", "arriving_person", "arrival")]),
            np.array(w.p.codes(), np.int64),
            persons.ravel(),
            np.array(v["arrivals_from_abroad"], float),
            np.stack([schedule.cumulative(v[n]) for n in ("arrival_units", "arrival_units_abroad")]),
            np.stack([schedule.cumulative(v[n]) for n in ("arrival_status_domestic", "arrival_status_abroad")]),
            schedule.arrival_ages(w.p, year),
            schedule.months(w.p, year),
            np.array(v["arrival_ages"], np.int64).reshape(3, 2),
            np.array(v["arrival_male"], float),
            np.array(v["partner_age_gap"], float),
            np.array([*v["arrival_children"], v["birth_male"]], float),
            float(v["arrival_years_in_japan"]),
            fill,
            first[0],
            first[1],
            counts,
            *units.values(),
            *person.values(),
        )
        first = (np.cumsum(counts, axis=0) - counts).T.copy()
        homes, people = (int(n) for n in counts.sum(axis=0))
    at = person.pop("at")
    return Newcomers(at, person), Units(**units)


def rebuild(c: Any, w: World, year: int) -> None:
    """Apply the plan: rebuild both tables, hand the claims of vanished and moved households to `departed_claims`."""
    plan: Plan = w.ledgers.pop(PLAN)
    departed = w.ledger(DepartedClaims).yen
    key = w.key("demography.founder")
    ids = kernels.found(key, year, w.people.pid, plan.founders())
    expected = w.ledgers.pop(_LIVING) + plan.newborns.rows + plan.arrivals.rows
    w.ledgers[_REPACKED] = repack(w.people, w.households, plan, ids, april(year), _adult(w.p, year), w.weight, departed)
    if w.people.rows != expected:
        raise BalanceError(f"repack of {year}: {expected:,} people planned, {w.people.rows:,} rows made")


def count(c: Any, w: World, year: int) -> None:
    """Count the year's people by municipality and check that nobody is lost."""
    h, q = c.households, c.people
    new: Repacked = w.ledgers.pop(_REPACKED)
    flag = w.people.borrow("uint8", q.rows)
    flag[:] = 0
    flag[new.newborns], flag[new.arrivals] = 1, 2
    partial = np.zeros((kernels.CHUNKS, w.places, len(_COUNTED)), np.int64)
    kernels.count(h.start, h.size, h.place, q.residence, flag, q.leaving, partial)
    w.people.give_back(flag)
    facts = dict(zip(_COUNTED, partial.sum(axis=0).T * w.weight, strict=True))
    for name, value in facts.items():
        w.memory.put(year, name, np.ascontiguousarray(value))
    _check(w, year, facts)


def _check(w: World, year: int, f: dict[str, NDArray[np.int64]]) -> None:
    """Raise BalanceError unless residents + births + arrivals − deaths − departures = residents at the end."""
    end = f["residents"] + f["births"] + f["arrivals"] - f["deaths"] - f["departures"]
    if np.any(end != f["residents_end"]):
        place = int(np.flatnonzero(end != f["residents_end"])[0])
        found = f["residents_end"][place]
        raise BalanceError(f"people of {year} at place {place}: {end[place]:,} expected, {found:,} found")
    if w.memory.knows(year - 1, "residents_end"):
        before, now = int(w.memory.get(year - 1, "residents_end").sum()), int(f["residents"].sum())
        if before != now:
            raise BalanceError(f"people on 1 April {year}: {before:,} expected from the year before, {now:,} found")


LIVE = Step(
    "demography.live",
    (*_HOUSEHOLD, *_PERSON, "households.head", "people.relation"),
    ("people.residence", "people.present", "people.leaving", "people.gave_birth"),
    live,
    also_writes=("people.residence",),
)
UNITE = Step(
    "demography.unite",
    (*_HOUSEHOLD, *_PERSON, "people.household", "people.leaving"),
    ("people.relation",),
    unite,
    also_writes=("people.relation",),
)
BEAR = Step(
    "demography.bear",
    (
        *_PERSON,
        "people.gave_birth",
        "people.present",
        "people.leaving",
        "people.residence",
        "people.relation",
        "people.household",
        "households.start",
        "households.size",
    ),
    (),
    bear,
)
ARRIVE = Step("demography.arrive", (), (), arrive)
REPACK = Step("demography.repack", (), (), rebuild)
COUNT = Step(
    "demography.count",
    ("households.start", "households.size", "households.place", "people.residence", "people.leaving"),
    (),
    count,
)
DEMOGRAPHY: tuple[Step, ...] = (LIVE, UNITE, BEAR, ARRIVE, REPACK, COUNT)
