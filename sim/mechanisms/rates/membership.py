"""Membership as the metropolis sees it in November: the register of October, and who will pass 40, 65 and 75.

The register tells a year ahead who leaves at 75 and who enters an age group; the other net flow (work, moves, births,
deaths) is taken to be last year's again. A municipality's own flow counts more the larger it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel import spans, spread
from sim.core.units import april
from sim.institutions.world import World
from sim.mechanisms.rates.october import OCTOBER, count_october
from sim.mechanisms.rates.state import Homes, People
from sim.mechanisms.rates.support import FACT
from sim.parameters import Parameters

Yen = NDArray[np.int64]


def groups(p: Parameters, year: int) -> dict[str, tuple[int, int]]:
    """Return fact -> ages in October, lower bound included, upper not; `turning_x` passes x within twelve months."""
    care, elderly = int(p.value("levy.care_from", year)), int(p.value("coverage.early_elderly_age", year))
    late = int(p.value("levy.late_elderly_age", year))
    return {
        "members_october": (0, late),
        "elderly_october": (elderly, late),
        "care_october": (care, int(p.value("levy.care_to", year))),
        "turning_75": (late - 1, late),
        "turning_65": (elderly - 1, elderly),
        "turning_40": (care - 1, care),
    }


def count(people: People, homes: Homes, w: World, year: int) -> None:
    """Remember the insured of October by municipality and age group (facts of `groups`), and the late elderly."""
    ages = groups(w.p, year)
    bounds = np.array([*ages.values()], np.int64) * 12
    rows = people.born.size
    sums = np.zeros((spans(rows), w.places, len(ages) + 1), np.int64)
    spread(count_october, rows, people, homes.place, april(year) + OCTOBER, bounds, each=sums)
    counted = sums.sum(axis=0) * w.weight
    for k, name in enumerate((*ages, FACT)):
        w.memory.put(year, name, np.ascontiguousarray(counted[:, k]))


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """October of the next year over October of this one: members by municipality, age groups in the metropolis."""

    members: NDArray[np.float64]
    elderly: float
    care: float


def ahead(w: World, now: int) -> Ahead:
    """Return how membership changes from October of `now` to the next; all ones without a count of October."""
    if not w.memory.knows(now, "members_october"):
        return Ahead(members=np.ones(w.places), elderly=1.0, care=1.0)
    carry = float(w.p.value("rates.forecast_flow_carry", now))
    limit = float(w.p.value("rates.forecast_trend_limit", now))
    n = _get(w, now, "members_october")
    leaving = _get(w, now, "turning_75")
    other = n * float(w.p.value("rates.forecast_opening_flow", now))
    elderly, care = _aged(w, now, carry)
    if w.memory.knows(now - 1, "members_october"):
        other = carry * (n - _get(w, now - 1, "members_october") + _get(w, now - 1, "turning_75"))
    expected = n - leaving + other
    whole = float(expected.sum() / n.sum()) if n.sum() > 0 else 1.0
    own = np.divide(expected, n, out=np.full(w.places, whole), where=n > 0)
    k = float(w.p.value("rates.forecast_credibility", now))
    members = np.clip((n * own + k * whole) / (n + k), 1 - limit, 1 + limit)
    elderly, care = (float(np.clip(x, 1 - limit, 1 + limit)) for x in (elderly, care))
    return Ahead(members=members, elderly=elderly, care=care)


def _aged(w: World, now: int, carry: float) -> tuple[float, float]:
    """Return the growth of those aged 65-74 and 40-64 in the metropolis."""
    out = []
    for group, enters, leaves in (("elderly", "turning_65", "turning_75"), ("care", "turning_40", "turning_65")):
        n, gain, loss = (float(_get(w, now, f).sum()) for f in (f"{group}_october", enters, leaves))
        other = n * float(w.p.value("rates.forecast_opening_flow_elderly", now)) if group == "elderly" else 0.0
        if w.memory.knows(now - 1, f"{group}_october"):
            before = [float(_get(w, now - 1, f).sum()) for f in (f"{group}_october", enters, leaves)]
            other = carry * (n - (before[0] + before[1] - before[2]))
        out.append((n + gain - loss + other) / n if n > 0 else 1.0)
    return out[0], out[1]


def _get(w: World, year: int, name: str) -> NDArray[np.float64]:
    return w.memory.get(year, name).astype(np.float64)
