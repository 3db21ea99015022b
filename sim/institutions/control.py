"""Control totals: what a sample's facts say of everybody, told from the full population of the baseline.

A sample of one household in N estimates a municipality's total with an error, and institutions that see it decide on
it. Where the totals of the full baseline are at hand, the error of the sample is known: its own baseline differs from
them by it, among the same households and with the same draws. So institutions are told

    full x told' / full' + (run - own x run' / own') x weight      weight = full / own, at most WIDEST x full' / own'

full   the total of the baseline of everybody          full'  of the whole it is part of: insured months, bills, …
own    the total of the sample's own baseline, whose institutions saw `full`; own' likewise
run    the total of the sample in this run; run' likewise; told' what is told of the whole

Where `weight` is not cut that is full x run / own. Of the baseline itself they are told `full` to the yen; of any other
scenario, whatever it changes among people. Nothing a scenario does is hidden: where run moves, so does what is told.
The whole and the bound are for totals that hang on few households of the sample (unpaid bills of a village, receipts
above a line): where the sample has none, they go with the whole, and where it has some they move no more than WIDEST
times as far as the sample's own. Where it has nothing of the whole either, the prefecture's total says how a fact
moves. As no total is below zero, neither is what is told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Facts = dict[int, dict[str, NDArray[np.int64]]]
"""fiscal year -> name of a fact -> int64[places]"""

WIDEST = 2.0
"""how many times the weight of the whole a household may count for"""
Sums = NDArray[np.int64]
"""int64[places], persons, months or yen"""


@dataclass(frozen=True, kw_only=True)
class Whole:
    """What a total is part of: in the full baseline, in the sample's own, in its run, and as told."""

    full: Sums
    own: Sums
    run: Sums
    told: Sums


@dataclass(frozen=True, kw_only=True)
class Control:
    """The totals a sample is told by; `own` is None where the run is the baseline itself, whatever its sums are."""

    full: Facts
    own: Facts | None

    def covers(self, year: int) -> bool:
        return year in self.full


def estimate(full: Sums, own: Sums, run: Sums, whole: Whole | None = None) -> Sums:
    """Return the total of everybody in a run, int64[places], rounded to a whole person or yen; never below zero.

    Without a whole, full x run / own, as far as the sample has any.
    """
    weight, known = ratio(full, own), own > 0
    if whole is None:
        moved = full + (run - own) * weight
    else:
        widest = WIDEST * ratio(whole.full, whole.own)
        weight, known = np.where(known, np.minimum(weight, widest), widest), whole.own > 0
        moved = full * ratio(whole.told, whole.full) + (run - own * ratio(whole.run, whole.own)) * weight
    like_all = full * (run.sum() / own.sum()) if own.any() else full
    told = np.maximum(np.rint(np.where(known, moved, like_all)), 0).astype(np.int64)
    same = run == own if whole is None else (run == own) & (whole.run == whole.own)
    return np.where(same & known, full, told)


def ratio(upper: Sums, lower: Sums) -> NDArray[np.float64]:
    """Return one total over another, float64[places]; 0 where the other is nothing."""
    return np.divide(upper, lower, out=np.zeros(upper.shape), where=lower > 0)


def at_most(value: NDArray[np.int64], limit: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a part of a whole, which it cannot pass."""
    return np.minimum(value, np.maximum(limit, 0))
