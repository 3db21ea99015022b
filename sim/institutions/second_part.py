"""都道府県繰入金 2号: a reward for reaching the target collection rate, project money, the rest by insured.

Each municipality has a target, its rate of the year before and a rise that depends on that rate and on its size
(区市町村別に前年度の現年分収納率実績に対する伸び率). Who reached it shares the reward by insured; who starts automatic
calls or SMS reminders gets project money once; what is left goes to all by insured. Numbers stand in
`policy/second_part.yaml`. Training of officers (研修) is the prefecture's own work and no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import ParameterError
from sim.core.units import era
from sim.institutions.effort import Occasion, measured
from sim.institutions.funding import apportion, share_of
from sim.institutions.world import World
from sim.parameters import Parameters

Yen = NDArray[np.int64]
Floats = NDArray[np.float64]

STARTS = ("payment.sms_reminders", "payment.voice_reminders")
"""levers whose start is paid for"""


@dataclass(frozen=True, kw_only=True)
class Shares:
    """2号 of a year by municipality: rate and target that were judged (nan: not known), and yen, int64[M]."""

    rate: Floats
    target: Floats
    award: Yen
    project: Yen
    rest: Yen

    @property
    def reached(self) -> NDArray[np.bool_]:
        """Return bool[M]: who reached the target."""
        return reached(self.rate, self.target)

    @property
    def total(self) -> Yen:
        return self.award + self.project + self.rest


def shares(w: World, at: Occasion, total: int) -> Shares:
    """Return how the 2号 of a year is split, to the yen; nobody insured gets nothing, nobody at all splits evenly."""
    what = "second part", at.year, at.known, at.members.tobytes(), total
    return w.memory.worked_out(what, lambda: _split(w, at, total))


def _split(w: World, at: Occasion, total: int) -> Shares:
    p, year = w.p, at.year
    rate, target = judged(w, at)
    met = reached(rate, target)
    award_pot = share_of(total, float(p.value("second_part.award_share", year))) if at.members[met].sum() > 0 else 0
    award = apportion(award_pot, np.where(met, at.members, 0)) if award_pot else np.zeros_like(at.members)
    most = share_of(total, float(p.value("second_part.project_share", year)))
    project = _projects(w, at, min(most, total - award_pot))
    left = total - award_pot - int(project.sum())
    rest = apportion(left, at.members) if at.members.sum() else np.zeros_like(at.members)
    return Shares(rate=rate, target=target, award=award, project=project, rest=rest)


def judged(w: World, at: Occasion) -> tuple[Floats, Floats]:
    """Return the collection rate that is judged and the target for it, float64[M]; nan before two years are known."""
    of = min(at.year - int(w.p.value("second_part.result_lag", at.year)), at.known)
    unknown = np.full(w.places, np.nan)
    if not all(w.memory.knows(y, "collected") for y in (of - 1, of)):
        return unknown, unknown
    rate, before = (measured(w, "collection_rate", y, whole=False, known=at.known) for y in (of, of - 1))
    return rate, target(w.p, at.year, before, at.members)


def target(p: Parameters, year: int, before: Floats, members: Yen) -> Floats:
    """Return the target collection rate of each municipality: its last rate and the rise of its class, at most all."""
    bounds, rises, sizes, factors = (
        np.asarray(p.value(f"second_part.{name}", year), np.float64)
        for name in ("target_bounds", "target_rise", "target_sizes", "target_size_factor")
    )
    if rises.size != bounds.size + 1 or sizes.size != factors.size:
        raise ParameterError(
            f"second_part of {era(year)}: target_rise has {rises.size} classes and target_size_factor {factors.size}; "
            f"needed {bounds.size + 1} (one more than target_bounds) and {sizes.size} (as target_sizes)"
        )
    rise = rises[np.searchsorted(bounds, np.nan_to_num(before), side="right")]
    size = np.maximum(np.searchsorted(sizes, members, side="right") - 1, 0)
    return np.minimum(before + rise * factors[size], 1.0)


def reached(rate: Floats, goal: Floats) -> NDArray[np.bool_]:
    """Return bool[M]: who reached the goal; nobody of whom nothing is known."""
    return np.nan_to_num(rate, nan=-1.0) >= np.nan_to_num(goal, nan=np.inf)


def _projects(w: World, at: Occasion, most: int) -> Yen:
    """Return project money, int64[M]: of a lever that starts in the year, and of as many others as a year usually has.

    most  yen for all of them together; who starts when it does not reach gets less

    The others are those with the lowest collection rate of the first simulated year, each once.
    """
    p, year = w.p, at.year
    starts = np.zeros(w.places, bool)
    for lever in STARTS:
        starts |= (p.by_place(lever, year) > 0) & (p.by_place(lever, year - 1) <= 0)
    wanted = int(p.value("second_part.project_places", year)) - int(starts.sum())
    first = w.memory.first("collected")
    if wanted > 0 and first is not None:
        rate = measured(w, "collection_rate", first, whole=False, known=first)
        order = np.argsort(np.nan_to_num(rate, nan=2.0), kind="stable")
        had = sum(int(p.value("second_part.project_places", y)) for y in range(first, year))
        starts[order[had : had + wanted]] = True
    starts &= at.members > 0
    amount = int(p.value("second_part.project_amount", year))
    each = min(amount, max(most, 0) // max(int(starts.sum()), 1))
    return np.where(starts, each, 0).astype(np.int64)
