"""Control totals: what a sample's facts say of everybody, told from the full population of the baseline.

A sample of one household in N estimates a municipality's total with an error, and institutions that see it decide on
it. Where the totals of the full baseline are at hand, the error of the sample is known: its own baseline differs from
them by it, among the same households and with the same draws. So institutions are told

    full + (run - own) x weight        weight = full / own, at most WIDEST

full   the total of the baseline of everybody
own    the total of the sample's own baseline, whose institutions saw `full`
run    the total of the sample in this run

Where `weight` is not cut that is full x run / own. Of the baseline itself they are told `full` to the yen; of any other
scenario, whatever it changes among people, in proportion. Nothing a scenario does is hidden: where run moves, so does
what is told. `WIDEST` keeps a total that hangs on one household of the sample (a receipt above a line) from blowing up,
and as run is never below zero neither is what is told.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Facts = dict[int, dict[str, NDArray[np.int64]]]
"""fiscal year -> name of a fact -> int64[places]"""

WIDEST = 2.0
"""how many times the sample's own weight a household may count for"""


@dataclass(frozen=True, kw_only=True)
class Control:
    """The totals a sample is told by; `own` is None where the run is the baseline itself, whatever its sums are."""

    full: Facts
    own: Facts | None

    def covers(self, year: int) -> bool:
        return year in self.full

    def told(self, year: int, name: str, run: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return what institutions are told of a fact, int64[places], given the sample's total in this run."""
        full = self.full[year][name]
        return full if self.own is None else estimate(full, self.own[year][name], run)


def estimate(full: NDArray[np.int64], own: NDArray[np.int64], run: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the total of everybody in a run, int64[places], rounded to a whole person or yen; never below zero."""
    weight = np.full(full.shape, WIDEST)
    np.divide(full, own, out=weight, where=own > 0)
    moved = np.rint((run - own) * np.minimum(weight, WIDEST)).astype(np.int64)
    return np.maximum(full + moved, 0)


def at_most(value: NDArray[np.int64], limit: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return a part of a whole, which it cannot pass."""
    return np.minimum(value, np.maximum(limit, 0))
