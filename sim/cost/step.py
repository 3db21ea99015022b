"""The step CARE: chooses parameters, runs the kernel, writes facts and tables."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.step import Step
from sim.core.units import april
from sim.cost import kernels
from sim.cost.ceilings import OLD, UNDER, class_bounds, year_ceilings
from sim.cost.kernels import Receipts, Slots, care
from sim.cost.profile import GROUPS, Profile, Shape, profile, shape
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
    """Columns of households that the kernel reads."""

    hid: Any
    start: Any
    size: Any
    head: Any
    place: Any
    base_income: Any
    relief: Any


class Out(NamedTuple):
    """Columns that the kernel writes."""

    health: Any
    illness: Any
    cost: Any
    benefit: Any
    outpatient: Any
    care_class: Any
    care_months: Any
    care_paid: Any


class Ceilings(NamedTuple):
    """Ceilings of the twelve months by class; see kernels_ceilings."""

    under: NDArray[np.int64]
    old: NDArray[np.int64]


class Law(NamedTuple):
    """Shares, lines and amounts of the law (parameters/law/care.yaml); opening is the month index of April."""

    opening: int
    share_standard: int
    share_preschool: int
    share_elderly: int
    share_active: int
    school_age: int
    elderly_age: int
    active: NDArray[np.int64]
    active_base: int
    gross: NDArray[np.int64]
    other_deductions: int
    low_pension: int
    salary_rate: NDArray[np.float64]
    salary_add: NDArray[np.int64]
    salary_least: int
    pension_rate: NDArray[np.float64]
    pension_add: NDArray[np.int64]
    pension_least: int
    basic: int
    nontaxed_one: int
    nontaxed_two: int
    nontaxed_more: int
    floor: int
    after: int
    otc_mask: int
    otc: float
    otc_age: int
    main: float
    declares: float
    bounds: NDArray[np.int64]
    line_high: int
    line_special: int


def law(p: Parameters, year: int) -> Law:
    """Return the rules of a fiscal year."""

    def care_value(name: str) -> Any:
        return p.value(f"care.{name}", year)

    two, more = care_value("nontaxed_base_more")
    months = int(care_value("otc_months"))
    return Law(
        opening=april(year),
        share_standard=int(care_value("share_standard")),
        share_preschool=int(care_value("share_preschool")),
        share_elderly=int(care_value("share_elderly")),
        share_active=int(care_value("share_elderly_active")),
        school_age=int(care_value("school_age")),
        elderly_age=int(care_value("elderly_age")),
        active=np.array(care_value("active_taxable"), np.int64),
        active_base=int(care_value("active_base")),
        gross=np.array(care_value("active_gross"), np.int64),
        other_deductions=int(care_value("other_deductions")),
        low_pension=int(care_value("low_income_pension")),
        salary_rate=np.array(care_value("salary_deduction_rate"), np.float64),
        salary_add=np.array(care_value("salary_deduction_add"), np.int64),
        salary_least=int(care_value("salary_deduction_least")),
        pension_rate=np.array(care_value("pension_deduction_rate"), np.float64),
        pension_add=np.array(care_value("pension_deduction_add"), np.int64),
        pension_least=int(care_value("pension_deduction_least")),
        basic=int(care_value("basic_deduction")),
        nontaxed_one=int(care_value("nontaxed_base_one")),
        nontaxed_two=int(two),
        nontaxed_more=int(more),
        floor=int(care_value("aggregation_floor")),
        after=int(care_value("multiple_after")),
        otc_mask=((1 << months) - 1) << (12 - months),
        otc=float(care_value("otc_part") * care_value("otc_drug_share") * (1 - care_value("otc_exempt"))),
        otc_age=int(care_value("otc_age")),
        main=float(p.value("cost.main_provider", year)),
        declares=float(p.value("cost.declares_when_ill", year)),
        bounds=class_bounds(p),
        line_high=int(care_value("receipt_line_high")),
        line_special=int(care_value("receipt_line_special")),
    )


def scratch(largest: int) -> tuple[Slots, Receipts]:
    """Return work space for households of up to `largest` persons, one per chunk."""
    n = max(largest, 1)

    def ints(*shape: int) -> NDArray[np.int64]:
        return np.zeros((CHUNKS, *shape), np.int64)

    def flags(*shape: int) -> NDArray[np.bool_]:
        return np.zeros((CHUNKS, *shape), np.bool_)

    r = kernels.RECEIPTS * n
    slots = Slots(
        row=ints(n), age=ints(n), routine=ints(n), months=ints(n), insured=ints(n), elderly=ints(n),
        preschool=flags(n), stays=flags(n), inpatient=ints(n, 12), surcharge=ints(n), benefit=ints(n),
        paid=ints(n), before=ints(n), after=ints(n),
    )  # fmt: skip
    return slots, Receipts(ints(r), flags(r), flags(r), ints(r), ints(r), ints(r))


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
    """Run the kernel over all households."""
    q, h = c.people, c.households
    people = People(
        q.pid, q.born, q.sex, q.residence, q.insured_months, q.present, q.leaving, q.gave_birth,
        q.declared, q.salary, q.business, q.pension, q.other_income,
    )  # fmt: skip
    homes = Homes(h.hid, h.start, h.size, h.head, h.place, h.base_income, h.relief_class)
    out = Out(q.health, q.illness, q.cost, q.benefit, q.care_outpatient, h.care_class, h.care_months, h.care_paid)
    by_age, s = constants(w.p)
    largest = int(h.size.max()) if h.rows else 1
    slots, receipts = scratch(largest)
    sums = Sums(
        np.zeros((CHUNKS, w.places, kernels.FACT_COUNT), np.int64),
        np.zeros((CHUNKS, w.places, GROUPS, 2, kernels.AGE_COUNT), np.int64),
        np.zeros((CHUNKS, len(UNDER) + len(OLD), 2), np.int64),
        np.zeros((CHUNKS, kernels.BINS, 2), np.int64),
        np.zeros((CHUNKS, kernels.BINS, 2), np.int64),
    )
    keys = np.array([w.key(name) for name in KEYS], np.uint64)
    care(
        people, homes, year, keys, by_age, scales(w.p, year), s, law(w.p, year), Ceilings(*year_ceilings(w.p, year)),
        out, slots, receipts, *sums,
    )  # fmt: skip
    return Sums(*(part.sum(axis=0) for part in sums))


def constants(p: Parameters) -> tuple[Profile, Shape]:
    """Return profile and shape, solved once for a set of parameters; they do not depend on the year."""
    used = tuple(repr(p.value(k, 2022)) for k in p.passports if k.startswith("cost.") or k == "care.receipt_line_high")
    if used not in _solved:
        _solved.clear()
        s = shape(p)
        _solved[used] = (profile(p, s), s)
    return _solved[used]


_solved: dict[tuple[str, ...], tuple[Profile, Shape]] = {}


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
