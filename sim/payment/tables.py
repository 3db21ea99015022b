"""The output tables of payment: collection by group, claims by vintage, moves between paid, partly and not."""

from __future__ import annotations

from typing import Any

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
NATIONALITIES = ("Japanese", "foreign")


def record(w: World, year: int, sums: Tally, flows: NDArray[np.int64], gone: NDArray[np.int64]) -> None:
    """Append the year's rows to the tables of payment."""
    w.record("collection_groups", groups(year, sums, w.weight))
    w.record("collection_places", places(w, year, sums))
    w.record("arrears_vintage", vintages(year, flows, gone))
    w.record("payment_transitions", transitions(year, sums, w.weight))


def groups(year: int, sums: Tally, weight: int) -> pd.DataFrame:
    """Return billed households, bills, payments and arrears by group of households.

    billed, paid, unknown and income are yen; income is base income plus the floor of the burden.
    Rate = paid / (billed - unknown); arrears share = arrears_households / insured_end.
    """
    cells = sums.cells.reshape(*codes.CELL_SHAPE, -1)
    axes = range(len(codes.CELL_SHAPE))
    parts: list[tuple[str, tuple[str, ...], NDArray[np.int64]]]
    parts = [("all", ("all",), cells.sum(axis=tuple(axes))[None, :])]
    for axis, (dimension, names) in enumerate(_DIMENSIONS):
        parts.append((dimension, names, cells.sum(axis=tuple(a for a in axes if a != axis))))
    residences = parts[3][2]
    parts.append(("nationality", NATIONALITIES, np.stack([residences[0], residences[1:].sum(axis=0)])))
    parts.append(("income decile", tuple(f"decile {d}" for d in range(1, 11)), deciles(sums.bins)))
    labels = [(dimension, name) for dimension, names, _ in parts for name in names]
    measures = np.concatenate([part for _, _, part in parts]) * weight
    keys = {"dimension": [d for d, _ in labels], "group": [g for _, g in labels]}
    return _frame(year, keys, codes.CELL_MEASURES, measures)


def _frame(year: int, keys: dict[str, list[Any]], names: tuple[str, ...], values: NDArray[np.int64]) -> pd.DataFrame:
    """Return a frame of the year, key columns and the columns of int64[rows, names] `values`."""
    columns = {name: values[:, k] for k, name in enumerate(names)}
    return pd.DataFrame({"year": np.full(len(values), year), **keys, **columns})


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
    values = np.concatenate([sums.places, owed], axis=2) * w.weight
    names = (*codes.PLACE_MEASURES, *(f"claims_{flow}" for flow in codes.FLOWS))
    keys = {"code": np.repeat(w.p.codes(), 2).tolist(), "nationality": [*NATIONALITIES] * w.places}
    return _frame(year, keys, names, values.reshape(2 * w.places, -1))


def vintages(year: int, flows: NDArray[np.int64], gone: NDArray[np.int64]) -> pd.DataFrame:
    """Return the claims by fiscal year of origin: all of them, and those on households that left."""
    values = np.concatenate([flows.sum(axis=0), gone.sum(axis=0)])
    n = codes.VINTAGES
    keys = {"holder": ["all"] * n + ["departed"] * n, "vintage": [*range(n)] * 2}
    frame = _frame(year, keys, codes.FLOWS, values)
    frame["new"] = np.where(frame["vintage"] == 0, frame["closing"], 0)
    return frame


def transitions(year: int, sums: Tally, weight: int) -> pd.DataFrame:
    """Return households billed last year and this year by what they had paid at the end of May of each."""
    before, after = np.meshgrid(codes.STATES, codes.STATES, indexing="ij")
    return pd.DataFrame(
        {"year": year, "before": before.ravel(), "after": after.ravel(), "households": sums.moves.ravel() * weight}
    )
