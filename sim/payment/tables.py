"""The output tables of payment: collection by group, claims by vintage, moves between paid, partly and not."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.institutions.world import World
from sim.payment import codes
from sim.payment.kernels import Tally

_DIMENSIONS = (
    ("age of head", codes.AGE_CLASSES),
    ("household type", codes.HOUSEHOLD_TYPES),
    ("residence", codes.RESIDENCES),
    ("method", codes.METHODS),
    ("income class", codes.INCOME_CLASSES),
)


def record(w: World, year: int, sums: Tally, flows: NDArray[np.int64], gone: NDArray[np.int64]) -> None:
    """Append the year's rows to the tables of payment."""
    w.record("collection_groups", groups(year, sums, w.weight))
    w.record("collection_places", places(w, year, sums))
    w.record("arrears_vintage", vintages(year, flows, gone))
    w.record("payment_transitions", transitions(year, sums, w.weight))


def _frame(year: int, dimension: str, names: tuple[str, ...], measures: NDArray[np.int64]) -> pd.DataFrame:
    frame = pd.DataFrame(measures, columns=list(codes.CELL_MEASURES))
    frame.insert(0, "group", list(names))
    frame.insert(0, "dimension", dimension)
    frame.insert(0, "year", year)
    return frame


def groups(year: int, sums: Tally, weight: int) -> pd.DataFrame:
    """Return billed households, bills, payments and arrears by group of households.

    billed, paid, unknown and income are yen; income is base income plus the floor of the burden.
    Rate = paid / (billed - unknown); arrears share = arrears_households / insured_end.
    """
    cells = sums.cells.reshape(*codes.CELL_SHAPE, -1) * weight
    axes = range(len(codes.CELL_SHAPE))
    frames = [_frame(year, "all", ("all",), cells.sum(axis=tuple(axes))[None, :])]
    for axis, (dimension, names) in enumerate(_DIMENSIONS):
        frames.append(_frame(year, dimension, names, cells.sum(axis=tuple(a for a in axes if a != axis))))
    nationality = cells.sum(axis=(0, 1, 3, 4))
    both = np.stack([nationality[0], nationality[1:].sum(axis=0)])
    frames.append(_frame(year, "nationality", ("Japanese", "foreign"), both))
    names = tuple(f"decile {d}" for d in range(1, 11))
    frames.append(_frame(year, "income decile", names, deciles(sums.bins) * weight))
    return pd.concat(frames, ignore_index=True)


def deciles(bins: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the measures by tenth of the billed households in order of base income, int64[10, measures].

    Whole bins: a bin belongs to the tenth in which its middle household stands, so that a mass of equal
    incomes (zero above all) is not torn apart and tenths may be uneven.
    """
    count = bins[:, codes.HOUSEHOLDS]
    middle = np.cumsum(count) - count / 2
    tenth = np.minimum((10 * middle / max(int(count.sum()), 1)).astype(np.int64), 9)
    out = np.zeros((10, bins.shape[1]), np.int64)
    np.add.at(out, tenth, bins)
    return out


def places(w: World, year: int, sums: Tally) -> pd.DataFrame:
    """Return the measures and the claims of households still there by municipality and nationality of the head."""
    owed = sums.flows.sum(axis=2)
    frames = []
    for foreign, nationality in enumerate(("Japanese", "foreign")):
        frame = pd.DataFrame(sums.places[:, foreign] * w.weight, columns=list(codes.PLACE_MEASURES))
        for flow, name in enumerate(codes.FLOWS):
            frame[f"claims_{name}"] = owed[:, foreign, flow] * w.weight
        frame.insert(0, "nationality", nationality)
        frame.insert(0, "code", w.p.codes())
        frame.insert(0, "year", year)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def vintages(year: int, flows: NDArray[np.int64], gone: NDArray[np.int64]) -> pd.DataFrame:
    """Return the claims by fiscal year of origin: all of them, and those on households that left."""
    frames = []
    for holder, part in (("all", flows), ("departed", gone)):
        frame = pd.DataFrame(part.sum(axis=0), columns=list(codes.FLOWS))
        frame.insert(1, "new", np.where(np.arange(codes.VINTAGES) == 0, frame["closing"], 0))
        frame.insert(0, "vintage", np.arange(codes.VINTAGES))
        frame.insert(0, "holder", holder)
        frame.insert(0, "year", year)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def transitions(year: int, sums: Tally, weight: int) -> pd.DataFrame:
    """Return households billed last year and this year by what they had paid at the end of May of each."""
    before, after = np.meshgrid(codes.STATES, codes.STATES, indexing="ij")
    return pd.DataFrame(
        {"year": year, "before": before.ravel(), "after": after.ravel(), "households": sums.moves.ravel() * weight}
    )
