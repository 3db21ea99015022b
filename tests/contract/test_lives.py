"""One person less at the start: nobody outside the households he would have touched lives otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.engine.loop import run_step
from sim.engine.year import YEAR
from sim.population.codes import Relation
from tests.small import small_world
from tests.town import Town

YEARS = (2022, 2023, 2024, 2025)
COLUMNS = ("born", "sex", "residence", "present", "leaving", "gave_birth", "relation", "work", "firm_size")
INSURED = ("scheme", "scheme_since", "insured_months", "former_dependant", "salary", "business", "pension", "declared")
STEPS = tuple(s for s in YEAR if s.name.partition(".")[0] in ("demography", "enrolment"))
Lives = list[dict[int, tuple[Any, ...]]]


def live(w: Town) -> tuple[Lives, list[dict[int, int]]]:
    """Return for every year each person's columns by id, and each person's household by id."""
    lives, homes = [], []
    for year in YEARS:
        w.year = year
        for step in STEPS:
            run_step(w, step, year)
        pids, hids = w.people.pid.tolist(), w.households.hid[w.people.household].tolist()
        place = w.households.place[w.people.household].tolist()
        columns = [w.people.data[name].tolist() for name in (*COLUMNS, *INSURED)]
        lives.append(dict(zip(pids, zip(place, *columns, strict=True), strict=True)))
        homes.append(dict(zip(pids, hids, strict=True)))
    return lives, homes


def thin_world() -> Town:
    """Return a small world into which one arriving household in a hundred comes."""
    w = small_world(1500)
    w.weight = 100
    return w


def without(w: Town, row: int) -> Town:
    """Take one person, not a head, out of the world."""
    home = int(w.people.household[row])
    w.people.take(np.flatnonzero(np.arange(w.people.rows) != row))
    w.households.data["size"][home] -= 1
    w.households.data["start"][home + 1 :] -= 1
    w.households.data["head"][home + 1 :] -= 1
    return w


def touched(person: int, *worlds: list[dict[int, int]]) -> set[int]:
    """Return everybody who lived with the person, or with somebody touched, in any year of either world."""
    found = {person}
    for year in range(len(YEARS)):
        for homes in worlds:
            near = {homes[year][p] for p in found if p in homes[year]}
            found |= {p for p, home in homes[year].items() if home in near}
    return found


@pytest.mark.parametrize("relation", [Relation.SPOUSE, Relation.CHILD])
def test_one_person_less_changes_nobody_outside_the_households_touched(relation: Relation) -> None:
    full_world = thin_world()
    young = (full_world.people.born > 1200 - 12 * 20) & (full_world.people.relation == relation)
    rows = np.flatnonzero(young)[[3, 17, 40]]
    persons = full_world.people.pid[rows].tolist()
    full, full_homes = live(full_world)
    for person, row in zip(persons, rows.tolist(), strict=True):
        less, less_homes = live(without(thin_world(), row))
        near = touched(person, full_homes, less_homes)
        assert len(near) < 60
        compared = 0
        for a, b in zip(full, less, strict=True):
            mine = {p: life for p, life in a.items() if p not in near}
            theirs = {p: life for p, life in b.items() if p not in near}
            assert mine.keys() == theirs.keys()
            assert mine == theirs
            compared += len(mine)
        newcomers = full[-1].keys() - full[0].keys()
        assert compared > 10_000
        assert len(newcomers) > 100
