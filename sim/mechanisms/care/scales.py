"""What moves the cost of all members by year and municipality: level, index, programmes.

Ageing is not here: it comes from the people. Level of the year = level of R4 times growth (trend, fee revisions,
rebound) since, times the shock of the year alone.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np

from sim.core.record import Floats, Places, Record, made
from sim.institutions.programmes import START, Levels, levels, starts
from sim.mechanisms.care.profile import chronic_z
from sim.mechanisms.care.uptake import by_age
from sim.parameters import Parameters
from sim.parameters.memo import once


class Towns(Record, domain="cost", by_place=True):
    """Factors of a municipality.

    level            cost over the national cost of R4 at the same age and sex
    checked          float64[7], uptake of the health check by five-year age from 40 on; guided, of guidance
    ..._start        in R4, as the cost level has it; ..._then, when today's effect was set off
    integrated_then  reach of the integrated health of the elderly when today's effect was set off
    drugs_saved      share of drug cost saved (generics, duplicate and many prescriptions)
    tests_saved      share of routine care saved (duplicate tests)
    chronic_z        float64[75], permanent health by age above which there is expensive chronic care
    """

    level: Annotated[float, made]
    checked: Annotated[Floats, made]
    checked_start: Annotated[Floats, made]
    checked_then: Annotated[Floats, made]
    guided: Annotated[Floats, made]
    guided_start: Annotated[Floats, made]
    guided_then: Annotated[Floats, made]
    integrated_then: Annotated[float, made]
    drugs_saved: Annotated[float, made]
    tests_saved: Annotated[float, made]
    chronic_z: Annotated[Floats, made]


@once
def growth(p: Parameters, year: int) -> float:
    """Return cost per member at fixed age in a year over R4; the shock of the year is left out."""
    total = 1.0
    for y in range(START + 1, year + 1):
        for name in ("trend", "fee_revision", "rebound"):
            total *= 1 + float(p.value(f"cost.{name}", y))
    return total


def level(p: Parameters, year: int) -> float:
    """Return the prefecture's cost at fixed age and index 1 in a year over the national cost of R4."""
    return float(p.value("cost.level", year)) * growth(p, year) * (1 + float(p.value("cost.shock", year)))


@once
def index(p: Parameters, year: int) -> Floats:
    """Return the cost of each municipality over the prefecture's level at the same age and sex, float64[places]."""
    t = p.table("places.cost_index").set_index("code")
    return t.loc[p.codes(), "index"].to_numpy(np.float64) * p.by_place("cost.place_level", year)


def reached(p: Parameters, year: int) -> Levels:
    """Return what programmes reach in a year; before R4 they are at their start."""
    return starts(p, START) if year < START else levels(p, year)


@once
def checked_and_guided(p: Parameters, year: int) -> tuple[Floats, Floats]:
    """Return the uptake of checks and guidance by age that is reached in a year, float64[places, 7]."""
    return by_age(p, reached(p, year))


@once
def at_the_start(p: Parameters) -> tuple[Floats, Floats]:
    """Return the uptake of checks and guidance by age that is part of the level of cost, float64[places, 7]."""
    return by_age(p, starts(p, START))


def ahead(p: Parameters, programme: str, year: int, lag: str | None = None) -> Floats:
    """Return how far a programme is ahead of its start in a year, float64[places].

    lag  parameter of the years from a programme to its effect: how far it was when today's effect was set off
    """
    when = year - int(p.value(f"cost.{lag}", year)) if lag else year
    gap: Floats = getattr(reached(p, when), programme) - getattr(starts(p, year), programme)
    return gap


def towns(p: Parameters, year: int) -> Places[Towns]:
    """Return the factors of a year."""

    def effect(name: str) -> float:
        return float(p.value(f"cost.{name}_effect", year))

    generics = effect("generic") * ahead(p, "generic_share", year, "drug_lag")
    letters = effect("duplicate") * ahead(p, "duplicate_reach", year, "drug_lag")
    prevented = effect("nephropathy") * ahead(p, "nephropathy_reach", year, "nephropathy_lag")
    lag = int(p.value("cost.checkup_lag", year))
    uptakes = {
        "": checked_and_guided(p, year),
        "_start": at_the_start(p),
        "_then": checked_and_guided(p, year - lag),
    }
    return Towns.each(
        p,
        year,
        level=level(p, year) * index(p, year) * (1 - effect("review") * ahead(p, "review_reach", year)),
        **{f"checked{when}": checked for when, (checked, _) in uptakes.items()},
        **{f"guided{when}": guided for when, (_, guided) in uptakes.items()},
        integrated_then=ahead(p, "integrated_reach", year, "integrated_lag"),
        drugs_saved=generics + letters,
        tests_saved=effect("sharing") * ahead(p, "sharing_reach", year, "drug_lag"),
        chronic_z=chronic_z(p, prevented),
    )
