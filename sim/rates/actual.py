"""Rates that are known: confirmed for a municipality, unified by the wards, or imputed from premium revenue."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.institutions.agents import UNIFIED, institutions
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import Rates, caps
from sim.institutions.world import World

_PARTS = ("income_part", "asset_part", "per_head", "per_household")


@dataclass
class Known:
    """Rates of a year as far as known: `known[i, portion]`, and the status of the figure."""

    rates: Rates
    known: NDArray[np.bool_]
    status: NDArray[np.object_]


def known_rates(w: World, year: int, nearest: bool = False) -> Known:
    """Return the known rates of a year: confirmed before unified before imputed.

    With `nearest` a municipality without a figure for the year takes the one of the nearest year (earlier years
    win ties), as the opening year of a run must; its status becomes "imputed".
    """
    out = Known(Rates.zeros(w.places), np.zeros((w.places, len(PORTIONS)), bool),
                np.full((w.places, len(PORTIONS)), "", object))
    agents = institutions(w).municipalities
    tables = [(w.p.table("places.imputed_rates"), None), (w.p.table("places.unified_ward_rates"), "wards"),
              (w.p.table("places.actual_rates"), None)]
    for table, scope in tables:
        for agent in agents:
            rows = table if scope else table[table["code"] == agent.code]
            if len(rows) == 0 or (scope and agent.kind != UNIFIED):
                continue
            for k, portion in enumerate(PORTIONS):
                _take(out, rows[rows["portion"] == portion], agent.index, k, year, nearest)
    out.rates.cap[:] = caps(w.p, year)
    return out


def _take(out: Known, rows: pd.DataFrame, place: int, portion: int, year: int, nearest: bool) -> None:
    """Put the row of the year (or the nearest) into the rates, if there is one at least as near as what stands."""
    if len(rows) == 0:
        return
    exact = rows[rows["fiscal_year"] == year]
    if len(exact) == 0:
        if not nearest or out.known[place, portion]:
            return
        distance = (rows["fiscal_year"] - year).abs() * 2 + (rows["fiscal_year"] > year)
        exact = rows.loc[[distance.idxmin()]]
    row = exact.iloc[0]
    for part in _PARTS:
        if part in row:
            getattr(out.rates, part)[place, portion] = int(row[part])
    out.known[place, portion] = True
    out.status[place, portion] = str(row["status"]) if int(row["fiscal_year"]) == year else "imputed"
