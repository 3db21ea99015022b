"""A small world of a few thousand people for tests: valid, varied, built in milliseconds.

Nothing here is Tokyo. It only has every kind of person and household the mechanisms must cope with.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.core.step import Step
from sim.core.units import april
from sim.engine.loop import run_step
from sim.engine.state import State
from sim.institutions.rates import Rates
from sim.parameters import Parameters
from sim.population.codes import FirmSize, Kind, Relation, Residence, Scheme, Sex, Work
from sim.population.table import household_table, people_table
from tests.town import Town, found

PLACES = 62


def small_world(households: int = 2000, year: int = 2022, seed: int = 1, parameters: Parameters | None = None) -> Town:
    """Return a town with `households` households spread over all municipalities on 1 April of `year`."""
    g = np.random.default_rng(seed)
    sizes = g.choice([1, 2, 3, 4, 5], households, p=[0.5, 0.22, 0.15, 0.1, 0.03])
    n = int(sizes.sum())
    people, homes = people_table(n), household_table(households)
    homes.data["hid"][:] = g.permutation(households) + 10_000_000
    homes.data["place"][:] = g.integers(0, PLACES, households)
    homes.data["size"][:] = sizes
    homes.data["start"][:] = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    homes.data["head"][:] = homes.start
    row = np.repeat(np.arange(households), sizes)
    position = np.arange(n) - homes.start[row]
    first_age = g.integers(18, 95, households)
    age = np.where(position == 0, first_age[row], np.clip(first_age[row] + g.integers(-5, 6, n), 18, 100))
    child = (position >= 2) & (first_age[row] < 75)
    age = np.where(child, np.clip(first_age[row] - g.integers(22, 38, n), 0, 45), age)
    people.data["pid"][:] = g.permutation(n) + 1
    people.data["household"][:] = row
    people.data["born"][:] = april(year) - age * 12 - g.integers(0, 12, n)
    people.data["sex"][:] = np.where(position == 0, g.integers(0, 2, n), Sex.FEMALE)
    foreign_home = g.random(households) < 0.08
    people.data["residence"][:] = np.where(foreign_home[row], g.integers(1, 6, n), Residence.JAPANESE)
    people.data["arrived"][:] = np.where(people.residence > 0, april(year) - g.integers(1, 120, n), 0)
    people.data["relation"][:] = np.select(
        [position == 0, child, position == 1], [Relation.HEAD, Relation.CHILD, Relation.SPOUSE], Relation.OTHER
    )
    homes.data["kind"][:] = np.select([sizes == 1, sizes == 2], [Kind.ONE_PERSON, Kind.COUPLE], Kind.COUPLE_CHILDREN)
    work = g.choice([Work.NONE, Work.REGULAR, Work.PART_TIME, Work.SELF_EMPLOYED], n, p=[0.3, 0.4, 0.2, 0.1])
    work = np.where(age < 16, Work.NONE, np.where(age < 20, Work.STUDENT, np.where(age >= 72, Work.RETIRED, work)))
    people.data["work"][:] = work
    employed = np.isin(work, (Work.REGULAR, Work.PART_TIME))
    people.data["firm_size"][:] = np.where(employed, g.integers(FirmSize.S1_5, FirmSize.S501 + 1, n), 0)
    people.data["ability"][:] = g.normal(size=n)
    people.data["health"][:] = g.normal(size=n)
    people.data["illness"][:] = g.normal(size=n)
    pay = g.lognormal(15, 0.6, n).astype(np.int64)
    people.data["salary"][:] = np.where(work == Work.REGULAR, pay, np.where(work == Work.PART_TIME, pay // 3, 0))
    people.data["business"][:] = np.where(work == Work.SELF_EMPLOYED, pay, 0)
    people.data["pension"][:] = np.where(age >= 65, g.integers(400_000, 2_600_000, n), 0)
    people.data["declared"][:] = g.random(n) < 0.93
    scheme = np.where(work == Work.REGULAR, Scheme.EMPLOYEE, Scheme.KOKUHO)
    scheme = np.where(g.random(n) < 0.02, Scheme.ASSISTANCE, scheme)
    people.data["scheme"][:] = np.where(age >= 75, Scheme.LATE_ELDERLY, scheme)
    people.data["scheme_since"][:] = april(year) - g.integers(0, 100, n)
    insured = people.scheme == Scheme.KOKUHO
    part = g.random(n) < 0.1
    mask = np.where(part, 0xFFF & ~((1 << g.integers(1, 12, n)) - 1), 0xFFF)
    people.data["insured_months"][:] = np.where(insured, mask, 0)
    w = found(parameters or Parameters.load(), people, homes, year=year, seed=20260401)
    w.rates[year] = plain_rates()
    return w


def plain_rates() -> Rates:
    """Return two-part rates near Tokyo's level, the same everywhere."""
    r = Rates.zeros(PLACES)
    r.income_part[:] = (77_100, 26_900, 22_500, 3_000)
    r.per_head[:] = (47_300, 16_800, 16_600, 1_500)
    r.per_adult[:, 3] = 80
    r.cap[:] = (660_000, 260_000, 170_000, 30_000)
    return r


def run_steps(w: State, steps: Sequence[Step], year: int) -> None:
    """Run the steps of a year in order, without the balance checks of the model."""
    w.world.year = year
    for step in steps:
        run_step(w, step, year)
