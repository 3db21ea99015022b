"""What moves the cost of all members by year and municipality: level, index, programmes.

Ageing is not here: it comes from the people. Level of the year = level of R4 times growth (trend, fee revisions,
rebound) since, times the shock of the year alone.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray

from sim.core.record import Floats, Places, Record, made
from sim.institutions.programmes import START, levels, starts
from sim.mechanisms.care.profile import chronic_z
from sim.parameters import Parameters
from sim.parameters.memo import once


class Towns(Record, domain="cost", by_place=True):
    """Factors of a municipality.

    level        cost over the national cost of R4 at the same age and sex
    adults       further factor at the ages of health checks and guidance
    drugs_saved  share of drug cost saved (generics, duplicate and many prescriptions)
    chronic_z    float64[75], permanent health by age above which there is expensive chronic care
    """

    level: Annotated[float, made]
    adults: Annotated[float, made]
    drugs_saved: Annotated[float, made]
    chronic_z: Annotated[Floats, made]


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
def index(p: Parameters) -> Floats:
    """Return the cost of each municipality over the prefecture's level at the same age and sex, float64[places]."""
    t = p.table("places.cost_index").set_index("code")
    return t.loc[p.codes(), "index"].to_numpy(np.float64)


def ahead(p: Parameters, programme: str, year: int) -> Floats:
    """Return how far a programme is ahead of its start in a year, float64[places]; before R4 it is at the start."""
    if year < START:
        return np.zeros(len(p.codes()))
    gap: Floats = getattr(levels(p, year), programme) - getattr(starts(p, year), programme)
    return gap


def lagged(p: Parameters, programme: str, lag: str, year: int) -> Floats:
    """Return how far a programme was ahead of its start when today's effect was set off."""
    return ahead(p, programme, year - int(p.value(f"cost.{lag}", year)))


def towns(p: Parameters, year: int) -> Places[Towns]:
    """Return the factors of a year."""

    def effect(name: str) -> float:
        return float(p.value(f"cost.{name}_effect", year))

    generics = effect("generic") * lagged(p, "generic_share", "drug_lag", year)
    letters = effect("duplicate") * lagged(p, "duplicate_reach", "drug_lag", year)
    checked = lagged(p, "checkup_rate", "checkup_lag", year)
    reached = lagged(p, "nephropathy_reach", "nephropathy_lag", year)
    return Towns.each(
        p,
        year,
        level=level(p, year) * index(p),
        adults=1 - effect("checkup") * checked,
        drugs_saved=generics + letters,
        chronic_z=chronic_z(p, effect("nephropathy") * reached),
    )


def programme_cost(p: Parameters, year: int, adults: Floats, members: Floats, at_risk: Floats) -> NDArray[np.int64]:
    """Return what programmes cost beyond their start, yen by municipality; below zero where they reach fewer.

    adults, members, at_risk  average members of the ages of checks, of all ages, and with expensive chronic care
    """
    checks = ahead(p, "checkup_rate", year) * adults
    nephropathy = ahead(p, "nephropathy_reach", year) * at_risk
    letters = ahead(p, "duplicate_reach", year) * members
    yen = checks * float(p.value("cost.checkup_cost", year))
    yen += nephropathy * float(p.value("cost.nephropathy_cost", year))
    yen += letters * float(p.value("cost.duplicate_target", year)) * float(p.value("cost.duplicate_cost", year))
    return np.rint(yen).astype(np.int64)
