"""Fits the shape of cost (who, how often, how much) to published figures of concentration and of the high-cost benefit.

Nothing here is used by a run. The mean by age stays what the register says, whatever the shape, since the profile is
solved from it. National figures are met by the prefecture's members with the nation's ages and classes (`nation`).
The figures do not pin the shape down: usual values, weighted weakly, decide where they are silent.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from sim.core.state import take
from sim.core.tables import joined
from sim.engine.state import State
from sim.mechanisms.care.state import UNKNOWN, Homes, People
from sim.mechanisms.care.step import settle
from sim.mechanisms.care.tables import by_age, by_class, distribution, persistence
from sim.parameters import Parameters
from sim.studies.fits.nation import TOP_SHARES, at_national_mix

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Move:
    """A number that is fitted: its bounds, where it would be by itself, and how far from there costs one tolerance."""

    low: float
    high: float
    usual: float
    step: float


MOVES = {
    "chronic_share": Move(0.003, 0.018, 0.013, 0.003),
    "chronic_cost": Move(250_000, 420_000, 350_000, 40_000),
    "receipt_tail": Move(0.1, 0.24, 0.165, 0.02),
    "receipt_alpha": Move(1.9, 3.0, 2.2, 0.2),
    "receipt_sigma": Move(0.6, 1.1, 0.65, 0.1),
    "one_month": Move(0.4, 0.7, 0.55, 0.08),
    "longer": Move(0.08, 0.3, 0.17, 0.05),
    "routine_sigma": Move(0.65, 1.0, 0.7, 0.05),
    "visit_slope": Move(2.2, 4.0, 3.2, 0.3),
    "admission_slope": Move(0.6, 1.4, 0.9, 0.15),
}
"""What is fitted: cost.<name>; chronic_share at 60-64, other ages in proportion; one_month and longer as parts of
stay_months."""
TARGETS = {
    "high_cost_share": (0.1098, 0.0015),
    "yen_per_case": (56_000.0, 4_000.0),
    "over_share": (0.068, 0.002),
    "benefit_ratio": (0.845, 0.005),
    "top_10": (TOP_SHARES["top_10"], 0.01),
    "top_1": (TOP_SHARES["top_1"], 0.012),
    "monthly_zero_share": (0.40, 0.01),
    "monthly_top_16": (0.70, 0.02),
    "correlation": (0.775, 0.015),
    "stay_20": (0.62, 0.012),
}
"""Figure and tolerance. high_cost_share and yen_per_case R5 and R4 (people.high_cost); over_share 400 billion yen over
59 % over the nation's cost; benefit_ratio the middle of the derived range; the rest people.cost_concentration."""
AT = 12
"""Position of 60-64 among the five-year ages."""
RELUCTANCE = 0.15
"""Weight of the distance from the usual values beside the distance from the targets."""


Values = dict[str, float | list[float]]
"""values of the register by key"""


@dataclass(frozen=True)
class Shape:
    """Fitted values by parameter key, and the figures they give by name."""

    values: Values
    figures: dict[str, float]


def figures(state: State, year: int) -> dict[str, float]:
    """Return the figures of TARGETS from two years of care of the same people, the second of which counts."""
    w = state.world
    people, homes = take(People, state.people), take(Homes, state.households)
    people.illness[:], people.cost[:], people.care_outpatient[:] = np.nan, 0, UNKNOWN
    homes.care_class[:], homes.care_months[:], homes.care_paid[:] = UNKNOWN, 0, 0
    settle(w, year - 1, people, homes)
    sums = settle(w, year, people, homes)
    found = dict(distribution(sums.yearly, sums.monthly)) | dict(persistence(sums.joint.members))
    ages, classes = joined([by_age(year, sums.ages.sum(axis=0))]), joined([by_class(year, sums.classes)])
    return found | at_national_mix(w.p, ages, classes)


def start(p: Parameters) -> Floats:
    """Return the numbers of MOVES as they stand in the register."""
    one, _, longer = (float(x) for x in p.value("cost.stay_months", 2022))
    special = {"chronic_share": float(p.value("cost.chronic_share", 2022)[AT]), "one_month": one, "longer": longer}
    return np.array([special[n] if n in special else float(p.value(f"cost.{n}", 2022)) for n in MOVES])


def values(p: Parameters, x: Floats) -> Values:
    """Return the register values by key for numbers in the order of MOVES."""
    n = dict(zip(MOVES, (float(v) for v in x), strict=True))
    one, longer = round(n.pop("one_month"), 3), round(n.pop("longer"), 3)
    shares = np.asarray(p.value("cost.chronic_share", 2022), np.float64)
    share = [round(float(s), 5) for s in shares / shares[AT] * n["chronic_share"]]
    n["chronic_cost"] = round(n["chronic_cost"] / 1000) * 1000
    out: Values = {f"cost.{k}": round(v, 3 if k == "receipt_tail" else 2) for k, v in n.items()}
    return out | {"cost.chronic_share": share, "cost.stay_months": [one, round(1 - one - longer, 3), longer]}


def fit(state: State, year: int, rounds: int = 300) -> Shape:
    """Return the shape nearest to the targets; `state` is before the care of `year`, `rounds` trials at most."""
    w = state.world
    p = w.p
    first = start(p)
    low, high, usual, step = np.array([(m.low, m.high, m.usual, m.step) for m in MOVES.values()]).T

    def distance(x: Floats) -> float:
        inside = np.clip(x, low, high)
        w.p = p.with_overrides({(k, None, None): v for k, v in values(p, inside).items()})
        found = figures(state, year)
        gaps = [(found[name] - goal) / width for name, (goal, width) in TARGETS.items()]
        away = (inside - usual) / step
        return float(np.square(gaps).sum() + RELUCTANCE * np.square(away).sum() + np.abs(x - inside).sum())

    corners = np.vstack([first, first + np.diag(step)])
    options: dict[str, object] = {"maxfev": rounds, "initial_simplex": corners, "adaptive": True}
    best = np.clip(minimize(distance, first, method="Nelder-Mead", options=options).x, low, high)
    chosen = values(p, best)
    w.p = p.with_overrides({(k, None, None): v for k, v in chosen.items()})
    found = figures(state, year)
    w.p = p
    return Shape(chosen, {name: found[name] for name in TARGETS})
