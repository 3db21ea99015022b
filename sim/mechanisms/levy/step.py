"""The step that bills every household for a fiscal year."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.core.kernel import spans, spread
from sim.core.step import step
from sim.core.tally import Records
from sim.core.units import era
from sim.institutions.memory import PORTIONS
from sim.institutions.reliefs import RELIEFS
from sim.institutions.world import World
from sim.mechanisms.levy.asset_tax import asset_tax, taxed
from sim.mechanisms.levy.law import income_deductions, rounding_units, rules
from sim.mechanisms.levy.state import TENTHS, Given, Homes, People, Stages, Totals, Work, pack_rates
from sim.mechanisms.levy.year import bill_households

_CHILD = PORTIONS.index("child")
_BY_PORTION = ("gross_levy", "over_cap", "rounding", "bill")
"""Stages that are facts by portion, beside the reliefs that are refunded."""


def assess(w: World, year: int, people: People, homes: Homes) -> None:
    """Bill all households and remember the year's sums by municipality."""
    rates = rates_of(w, year)
    tax = asset_tax(w, year, people, homes, rates)
    by = rules(w.p, year, rates, w.key("levy.remission"))
    work = Work.zeros(spans(homes.hid.size), w.places)
    spread(bill_households, homes.hid.size, homes, people, Given.nothing()._replace(asset_tax=tax), by, each=work)
    totals = Totals.of(work, w.weight)
    check(totals.portions, w.p.codes(), year)
    remember(w, year, totals)
    taxed(w, year, tax, people, homes, rates)


def rates_of(w: World, year: int) -> Records:
    """Return the rates of a year with each municipality's unit of rounding, records [places, 4]."""
    if year not in w.rates:
        known = ", ".join(era(y) for y in sorted(w.rates)) or "no year"
        raise BalanceError(f"no premium rates for {era(year)} (known: {known}); the rates step sets them a year ahead")
    result = pack_rates(w.rates[year], rounding_units(w.p), w.p.codes(), year)
    result["whole"][:, _CHILD] = w.p.by_place("levy.child_whole_yen", year)
    result["deduction"] = income_deductions(w.p, year)[:, None]
    return result


def remember(w: World, year: int, totals: Totals) -> None:
    """Put the sums into the memory of the year."""
    stages, places, classes = totals

    def put(name: str, value: NDArray[np.int64]) -> None:
        w.memory.put(year, name, value)

    def put_by_portion(name: str, values: NDArray[np.int64]) -> None:
        for k, portion in enumerate(PORTIONS):
            put(f"{name}_{portion}", values[:, k])

    for name in _BY_PORTION:
        put_by_portion(name, getattr(stages, name))
    put_by_portion("capped_income", stages.capped_income // 12)
    for relief in RELIEFS:
        yen: NDArray[np.int64] = getattr(stages, relief.name)
        if relief.refunded:
            put_by_portion(relief.fact, yen)
        if relief.name != "relief":
            put(relief.fact, yen.sum(axis=1))
    for k, tenths in enumerate(TENTHS):
        put(f"relieved_households_{tenths}", classes.households[:, k])
        put(f"relieved_{tenths}", classes.persons[:, k])
        put(f"relieved_months_{tenths}", classes.months[:, k])
        put(f"relieved_care_months_{tenths}", classes.care_months[:, k])
    put("bill_households", places.households)
    put("capped_households", places.capped)
    put("undeclared_households", places.undeclared)
    put("base_income", places.base_income // 12)
    put("total_income", places.total_income // 12)


def check(stages: Stages, codes: list[int], year: int) -> None:
    """Raise BalanceError unless gross less reliefs, cap and rounding is the bill, to the yen; stages [places, 4]."""
    reliefs = sum(getattr(stages, relief.name) for relief in RELIEFS)
    gap = stages.gross_levy - reliefs - stages.over_cap - stages.rounding - stages.bill
    wrong = (gap != 0) | (stages.array < 0).any(axis=-1)
    if wrong.any():
        place, portion = np.argwhere(wrong)[0]
        found = dict(zip(stages.fields(), stages.array[place, portion].tolist(), strict=True))
        raise BalanceError(
            f"{codes[place]} {era(year)}: the {PORTIONS[portion]} portion does not add up by "
            f"{gap[place, portion]:,} yen; stages {found}"
        )


ASSESS = step("levy.assess", assess)
"""Bills of a fiscal year on the income of the calendar year before."""
