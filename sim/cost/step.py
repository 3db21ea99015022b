"""The step CARE: chooses parameters, runs the kernel, writes facts and tables."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
from numba import get_num_threads
from numpy.typing import NDArray

from sim.core.step import Step
from sim.core.units import april
from sim.cost.ceilings import OLD, UNDER, class_bounds, year_ceilings
from sim.cost.kernels import AGE_COUNT, BINS, BLOCK, FACT_COUNT, HOME, RECEIPTS, SLOT, care
from sim.cost.kernels_ceilings import RECEIPT
from sim.cost.profile import GROUPS, profile, shape
from sim.cost.scales import scales
from sim.cost.tables import record, remember
from sim.institutions.world import World
from sim.parameters import Parameters

CHUNKS = 32
KEYS = ("cost.need", "cost.health", "cost.visits", "cost.hospital", "cost.declares")


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


_RULES = {
    "share_standard": "share_standard",
    "share_preschool": "share_preschool",
    "share_elderly": "share_elderly",
    "share_active": "share_elderly_active",
    "school_age": "school_age",
    "elderly_age": "elderly_age",
    "active_base": "active_base",
    "other_deductions": "other_deductions",
    "low_pension": "low_income_pension",
    "salary_least": "salary_deduction_least",
    "pension_least": "pension_deduction_least",
    "basic": "basic_deduction",
    "nontaxed_one": "nontaxed_base_one",
    "floor": "aggregation_floor",
    "after": "multiple_after",
    "otc_age": "otc_age",
    "line_high": "receipt_line_high",
    "line_special": "receipt_line_special",
}
"""Field of LAW -> parameter care.*, taken as it is."""
_LISTS = {
    "active": "active_taxable",
    "gross": "active_gross",
    "salary_add": "salary_deduction_add",
    "pension_add": "pension_deduction_add",
}
_RATES = {"salary_rate": "salary_deduction_rate", "pension_rate": "pension_deduction_rate"}
LAW = np.dtype(
    [
        *((name, np.int64) for name in (*_RULES, "opening", "nontaxed_two", "nontaxed_more", "otc_mask")),
        *((name, np.float64) for name in ("otc", "main", "declares")),
        ("active", np.int64, 3),
        ("gross", np.int64, 2),
        ("salary_add", np.int64, 4),
        ("pension_add", np.int64, 4),
        ("salary_rate", np.float64, 4),
        ("pension_rate", np.float64, 4),
        ("bounds", np.int64, 12),
    ]
)
"""Rules of a fiscal year: those of parameters/law/care.yaml; opening, the month index of April; otc_mask, the months
with a surcharge on drugs, and otc, its part of all drug cost; main provider and declaring from the domain cost."""


def law(p: Parameters, year: int) -> Any:
    """Return the rules of a fiscal year, records [1] of LAW."""

    def rule(name: str) -> Any:
        return p.value(f"care.{name}", year)

    r = np.recarray(1, LAW)
    for name, key in {**_RULES, **_LISTS, **_RATES}.items():
        r[name] = rule(key)
    r.opening = april(year)
    r.nontaxed_two, r.nontaxed_more = rule("nontaxed_base_more")
    months = int(rule("otc_months"))
    r.otc_mask = ((1 << months) - 1) << (12 - months)
    r.otc = rule("otc_part") * rule("otc_drug_share") * (1 - rule("otc_exempt"))
    r.main = p.value("cost.main_provider", year)
    r.declares = p.value("cost.declares_when_ill", year)
    r.bounds = class_bounds(p)
    return r


class Sums(NamedTuple):
    """Sums over all members, chunks added up; see `kernels.care`."""

    facts: NDArray[np.int64]
    ages: NDArray[np.int64]
    classes: NDArray[np.int64]
    yearly: NDArray[np.int64]
    monthly: NDArray[np.int64]


def run(c: Any, w: World, year: int) -> None:
    """Draw the year's care of everybody insured; write columns, facts and tables."""
    sums = reckon(c, w, year)
    remember(w, year, sums.facts, sums.ages)
    record(w, year, sums, (*UNDER, *OLD))


def reckon(c: Any, w: World, year: int) -> Sums:
    """Run the kernel over all households, in chunks on the threads that numba is allowed; sums are integers.

    The first chunk goes alone, so that the kernel is compiled once.
    """
    q, h = c.people, c.households
    people = People(
        q.pid, q.born, q.sex, q.residence, q.insured_months, q.present, q.leaving, q.gave_birth,
        q.declared, q.salary, q.business, q.pension, q.other_income,
    )  # fmt: skip
    homes = Homes(
        h.hid, h.start, h.size, h.head, h.place, h.base_income, h.relief_class, h.care_class, h.care_months, h.care_paid
    )
    out = Out(q.health, q.illness, q.cost, q.benefit, q.care_outpatient)
    by_age, s = constants(w.p)
    persons = _block_persons(h.start, h.size)
    shared = (
        people, homes, out, year, np.array([w.key(name) for name in KEYS], np.uint64), by_age, *scales(w.p, year), s,
        law(w.p, year), *year_ceilings(w.p, year),
    )  # fmt: skip

    def chunk(c: int) -> Sums:
        sums = empty_sums(w.places)
        scratch = (
            np.recarray(BLOCK, HOME), np.recarray(persons, SLOT), np.zeros((persons, 12), np.int64),
            np.recarray(RECEIPTS * persons, RECEIPT),
        )  # fmt: skip
        care(h.rows * c // CHUNKS, h.rows * (c + 1) // CHUNKS, *shared, *scratch, *sums)
        return sums

    chunk_zero = chunk(0)
    with ThreadPoolExecutor(get_num_threads()) as pool:
        parts = [chunk_zero, *pool.map(chunk, range(1, CHUNKS))]
    return Sums(*(np.sum(part, axis=0) for part in zip(*parts, strict=True)))


def _block_persons(start: NDArray[np.int32], size: NDArray[np.int16]) -> int:
    """Return the most persons that BLOCK households in a row can have, at least 1."""
    ends = np.cumsum(size, dtype=np.int64)
    if ends.size <= BLOCK:
        return max(int(ends[-1]), 1) if ends.size else 1
    return int((ends[BLOCK:] - ends[:-BLOCK]).max().clip(ends[BLOCK - 1]))


def empty_sums(places: int) -> Sums:
    shapes = ((places, FACT_COUNT), (places, GROUPS, 2, AGE_COUNT), (len(UNDER) + len(OLD), 2), (BINS, 2), (BINS, 2))
    return Sums(*(np.zeros(shape, np.int64) for shape in shapes))


def constants(p: Parameters) -> tuple[Any, Any]:
    """Return profile and shape, solved once for a set of parameters; they do not depend on the year."""
    used = tuple(repr(p.value(k, 2022)) for k in p.passports if k.startswith("cost.") or k == "care.receipt_line_high")
    if used not in _solved:
        _solved.clear()
        s = shape(p)
        _solved[used] = (profile(p, s), s)
    return _solved[used]


_solved: dict[tuple[str, ...], tuple[Any, Any]] = {}


CARE = Step(
    "cost.care",
    reads=(
        "people.pid", "people.household", "people.born", "people.sex", "people.residence", "people.insured_months",
        "people.present", "people.leaving", "people.gave_birth", "people.declared", "people.salary", "people.business",
        "people.pension", "people.other_income", "households.hid", "households.start", "households.size",
        "households.head", "households.place", "households.base_income", "households.relief_class",
    ),
    writes=(
        "people.health", "people.illness", "people.cost", "people.benefit", "people.care_outpatient",
        "households.care_class", "households.care_months", "households.care_paid",
    ),
    run=run,
)  # fmt: skip
