"""The step CARE: runs the kernel over all households, writes facts and tables."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numba import get_num_threads
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.core.step import Step
from sim.institutions.world import World
from sim.mechanisms.care.ceilings import OLD, UNDER
from sim.mechanisms.care.kernels import SLOTS, care, work_type
from sim.mechanisms.care.rules import given
from sim.mechanisms.care.tables import record, remember

CHUNKS = 32


class People(NamedTuple):
    """Columns of people that the kernel reads."""

    pid: Any
    born: Any
    sex: Any
    residence: Any
    insured: Any
    present: Any
    leaving: Any
    gave_birth: Any
    declared: Any
    salary: Any
    business: Any
    pension: Any
    other_income: Any
    scheme_since: Any


class Homes(NamedTuple):
    """Columns of households that the kernel reads; it writes the last three."""

    hid: Any
    start: Any
    size: Any
    head: Any
    place: Any
    base_income: Any
    relief: Any
    care_class: Any
    care_months: Any
    care_paid: Any


class Out(NamedTuple):
    """Columns of people that the kernel writes."""

    health: Any
    illness: Any
    cost: Any
    benefit: Any
    outpatient: Any


class Sums(NamedTuple):
    """Sums over all members; see kernels.work_type."""

    facts: NDArray[np.int64]
    ages: NDArray[np.int64]
    classes: NDArray[np.int64]
    yearly: NDArray[np.int64]
    monthly: NDArray[np.int64]
    joint: NDArray[np.int64]


def run(c: Any, w: World, year: int) -> None:
    """Draw the year's care of everybody insured; write columns, facts and tables."""
    sums = reckon(c, w, year)
    remember(w, year, sums.facts, sums.ages)
    record(w, year, sums, (*UNDER, *OLD))


def reckon(c: Any, w: World, year: int) -> Sums:
    """Run the kernel over all households, in chunks on the threads that numba is allowed.

    Each thread adds to a space of its own; sums are integers, so that it does not matter which chunks it gets. The
    first chunk goes alone, so that the kernel is compiled once.
    """
    q, h = c.people, c.households
    if h.rows and h.size.max() > SLOTS:
        raise BalanceError(f"a household of {h.size.max():,} persons in {year}; cost.care holds {SLOTS:,}")
    people = People(
        q.pid, q.born, q.sex, q.residence, q.insured_months, q.present, q.leaving, q.gave_birth,
        q.declared, q.salary, q.business, q.pension, q.other_income, q.scheme_since,
    )  # fmt: skip
    homes = Homes(
        h.hid, h.start, h.size, h.head, h.place, h.base_income, h.relief_class, h.care_class, h.care_months, h.care_paid
    )
    out = Out(q.health, q.illness, q.cost, q.benefit, q.care_outpatient)
    rules = given(w, year)

    threads = get_num_threads()
    spaces = [np.zeros(1, work_type(w.places)).view(np.recarray) for _ in range(threads)]
    chunks = iter(range(CHUNKS))

    def work(space: Any, most: int = CHUNKS) -> None:
        for i in islice(chunks, most):
            care(h.rows * i // CHUNKS, h.rows * (i + 1) // CHUNKS, people, homes, out, year, rules, space)

    work(spaces[0], 1)
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, spaces))
    return Sums(*(np.sum([space[name][0] for space in spaces], axis=0) for name in Sums._fields))


CARE = Step(
    "cost.care",
    reads=(
        "people.pid", "people.household", "people.born", "people.sex", "people.residence", "people.insured_months",
        "people.present", "people.leaving", "people.gave_birth", "people.declared", "people.salary", "people.business",
        "people.pension", "people.other_income", "people.scheme_since", "households.hid", "households.start",
        "households.size", "households.head", "households.place", "households.base_income", "households.relief_class",
    ),
    writes=(
        "people.health", "people.illness", "people.cost", "people.benefit", "people.care_outpatient",
        "households.care_class", "households.care_months", "households.care_paid",
    ),
    run=run,
)  # fmt: skip
