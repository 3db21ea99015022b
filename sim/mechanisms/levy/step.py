"""The step that bills every household for a fiscal year."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.core.step import Step
from sim.core.units import era
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import Rates
from sim.institutions.world import World
from sim.mechanisms.levy import kernels
from sim.mechanisms.levy.arrays import EXTRAS, LEVELS, Bills, Homes, Level, Persons, Rate, Sum, Work
from sim.mechanisms.levy.law import Law
from sim.mechanisms.levy.remission import remission
from sim.parameters import Parameters

_HIGHEST = 10_000_000
CHUNKS = 64
"""Households are summed in this many chunks, whatever the number of threads."""

_PEOPLE = (
    "born",
    "present",
    "gave_birth",
    "salary",
    "pension",
    "business",
    "other_income",
    "declared",
    "job_loss",
    "scheme",
    "scheme_since",
    "insured_months",
    "former_dependant",
)
_HOUSEHOLDS = ("place", "start", "size", "head", "former_member")
_WRITES = (
    "insured",
    "insured_months",
    "base_income",
    "relief_class",
    "bill_medical",
    "bill_support",
    "bill_care",
    "bill_child",
)
_BY_PORTION = {
    "gross_levy": Level.GROSS,
    "relief": Level.RELIEF,
    "over_cap": Level.OVER_CAP,
    "rounding": Level.ROUNDING,
    "bill": Level.BILL,
    "relief_preschool": Level.PRESCHOOL,
    "relief_youth": Level.YOUTH,
    "relief_maternity": Level.MATERNITY,
}
_ALL_PORTIONS = {
    "relief_preschool": Level.PRESCHOOL,
    "relief_youth": Level.YOUTH,
    "relief_waiver": Level.WAIVER,
    "relief_maternity": Level.MATERNITY,
    "relief_job_loss": Level.JOB_LOSS,
    "relief_former_dependant": Level.FORMER_DEPENDANT,
    "relief_former_member": Level.FORMER_MEMBER,
    "relief_remission": Level.REMISSION,
}
_COUNTS = {
    "bill_households": Sum.HOUSEHOLDS,
    "capped_households": Sum.CAPPED,
    "undeclared_households": Sum.UNDECLARED,
}
_BY_CLASS = {
    "relieved_households": Sum.RELIEVED_HOUSEHOLDS,
    "relieved": Sum.RELIEVED_PERSONS,
    "relieved_months": Sum.RELIEVED_MONTHS,
    "relieved_care_months": Sum.RELIEVED_CARE_MONTHS,
}


def run(c: Any, w: World, year: int) -> None:
    """Bill all households and remember the year's sums by municipality."""
    persons = Persons._make([*(getattr(c.people, name) for name in _PEOPLE), np.zeros((1, EXTRAS), np.int64)])
    homes = Homes._make([*(getattr(c.households, name) for name in _HOUSEHOLDS), remission(c, w, year)])
    bills = Bills(*(getattr(c.households, name) for name in _WRITES))
    work = Work.fresh(CHUNKS, w.places)
    kernels.assess(persons, homes, Law.of(w.p, year).record(), tariff(w, year), bills, work)
    remember(w, year, work.sums.sum(axis=0))


def tariff(w: World, year: int) -> NDArray[np.int64]:
    """Return the rates of a year with each municipality's unit of rounding, int64[places, 4, Rate]."""
    if year not in w.rates:
        known = ", ".join(era(y) for y in sorted(w.rates)) or "no year"
        raise BalanceError(f"no premium rates for {era(year)} (known: {known}); the rates step sets them a year ahead")
    return packed(w.rates[year], rounding_units(w.p), w.p.codes(), year)


def packed(rates: Rates, unit: NDArray[np.int64], codes: list[int], year: int) -> NDArray[np.int64]:
    """Return rates as the kernel takes them; an impossible rate names municipality, portion and year."""
    result = np.empty((unit.size, 4, len(Rate)), np.int64)
    result[:, :, Rate.UNIT] = unit[:, None]
    for position in list(Rate)[: Rate.UNIT]:
        array = getattr(rates, position.name.lower())
        if array.dtype != np.int64 or array.shape != (unit.size, 4):
            raise BalanceError(
                f"{position.name.lower()} of {era(year)} is {array.dtype}{list(array.shape)}; "
                f"needs int64[{unit.size}, 4]"
            )
        result[:, :, position] = array
    if (result < 0).any() or (result > _HIGHEST).any():
        place, portion, position = np.argwhere((result < 0) | (result > _HIGHEST))[0]
        name = Rate(position).name.lower()
        raise BalanceError(
            f"{codes[place]} {era(year)}: {name} of the {PORTIONS[portion]} portion is "
            f"{result[place, portion, position]:,}; allowed 0-{_HIGHEST:,}"
        )
    return result


def rounding_units(p: Parameters) -> NDArray[np.int64]:
    """Return the yen each municipality cuts a portion to: 1 for most premiums (料), 100 for taxes (税)."""
    return p.table("places.municipalities")["rounding_unit"].to_numpy(np.int64)


def remember(w: World, year: int, sums: NDArray[np.int64]) -> None:
    """Check that the stages add up to the bills, and put the sums (int64[places, ...]) into the memory of the year."""
    levels = sums[:, : 4 * LEVELS].reshape(w.places, 4, LEVELS) * w.weight
    counts = sums[:, 4 * LEVELS :] * w.weight
    check(levels, w.p.codes(), year)
    put = w.memory.put
    for name, level in _BY_PORTION.items():
        for k, portion in enumerate(PORTIONS):
            put(year, f"{name}_{portion}", levels[:, k, level])
    for k, portion in enumerate(PORTIONS):
        put(year, f"capped_income_{portion}", levels[:, k, Level.CAPPED_INCOME] // 12)
    for name, level in _ALL_PORTIONS.items():
        put(year, name, levels[:, :, level].sum(axis=1))
    for name, position in _COUNTS.items():
        put(year, name, counts[:, position])
    for name, position in _BY_CLASS.items():
        for k, tenths in enumerate((7, 5, 2)):
            put(year, f"{name}_{tenths}", counts[:, position + k])
    put(year, "base_income", counts[:, Sum.BASE_INCOME] // 12)


def check(levels: NDArray[np.int64], codes: list[int], year: int) -> None:
    """Raise BalanceError unless gross less reliefs, cap, remission and rounding is the bill, to the yen."""
    stages = levels[:, :, Level.JOB_LOSS : Level.BILL].sum(axis=2)
    gap = levels[:, :, Level.GROSS] - stages - levels[:, :, Level.BILL]
    if (gap != 0).any() or (levels < 0).any():
        place, portion = np.argwhere((gap != 0) | (levels < 0).any(axis=2))[0]
        raise BalanceError(
            f"{codes[place]} {era(year)}: the {PORTIONS[portion]} portion does not add up by "
            f"{gap[place, portion]:,} yen; stages {levels[place, portion].tolist()}"
        )


ASSESS = Step(
    name="levy.assess",
    reads=(
        *(f"people.{n}" for n in (*_PEOPLE, "income_drop")),
        *(f"households.{n}" for n in (*_HOUSEHOLDS, "hid")),
    ),
    writes=tuple(f"households.{n}" for n in _WRITES),
    run=run,
)
"""Bills of a fiscal year on the income of the calendar year before."""
