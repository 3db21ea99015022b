"""Rates that are known: confirmed for a municipality, unified by a group, or imputed from premium revenue."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.institutions.agents import UNIFIED, institutions
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import Rates, caps
from sim.institutions.world import World
from sim.parameters import Parameters
from sim.parameters.groups import RATES
from sim.parameters.memo import once

_PARTS = ("income_part", "asset_part", "per_head", "per_household", "per_adult")


@dataclass
class Known:
    """Rates of a year as far as known: `known[i, portion]`, and the status of the figure."""

    rates: Rates
    known: NDArray[np.bool_]
    status: NDArray[np.object_]


def known_rates(w: World, year: int, nearest: bool = False) -> Known:
    """Return the known rates of a year: confirmed before unified before found elsewhere before imputed.

    With `nearest` a municipality without a figure for the year takes the one of the nearest year (earlier years
    win ties), as the opening year of a run must; its status becomes "imputed". One without a figure of any year, as
    there are on an early information date, takes the median of its kind (of a group or not).
    """
    out = Known(
        Rates.zeros(w.places), np.zeros((w.places, len(PORTIONS)), bool), np.full((w.places, len(PORTIONS)), "", object)
    )
    agents = institutions(w).municipalities
    unified = _rows(w.p, RATES) if RATES in w.p.table_passports else _Rows({}, frozenset())
    imputed, found, confirmed = (_rows(w.p, f"places.{name}_rates") for name in ("imputed", "further", "actual"))
    for source, scope in ((imputed, None), (found, None), (unified, UNIFIED), (confirmed, None)):
        if not nearest and year not in source.years:
            continue
        for agent in agents:
            if scope is None or agent.kind == scope:
                for k, portion in enumerate(PORTIONS):
                    rows = source.rows.get((agent.group if scope else agent.code, portion))
                    if rows:
                        _take(out, rows, agent.index, k, year, nearest)
    if nearest:
        _as_their_kind(out, np.array([agent.kind for agent in agents]))
    out.rates.cap[:] = caps(w.p, year)
    return out


def _as_their_kind(out: Known, kinds: NDArray[np.str_]) -> None:
    """Give municipalities without any figure the median rates of those of their kind that have one."""
    for k in range(len(PORTIONS) - 1):
        for i in np.flatnonzero(~out.known[:, k]):
            like = out.known[:, k] & (kinds == kinds[i])
            if like.any():
                for part in _PARTS:
                    values = getattr(out.rates, part)
                    values[i, k] = int(np.median(values[like, k]))
                out.status[i, k] = "imputed"
        out.known[:, k] |= out.status[:, k] == "imputed"


_Row = tuple[int, tuple[int, ...], str]


class _Rows(NamedTuple):
    """Rows of a table by municipality code, or by group, and portion; and the years there are any of."""

    rows: dict[tuple[int | str, str], list[_Row]]
    years: frozenset[int]


@once
def _rows(p: Parameters, table: str) -> _Rows:
    t = p.table(table)
    none = [0] * len(t)
    whose = t["code" if "code" in t else "group"].tolist()
    parts = [t[name].tolist() if name in t else none for name in _PARTS]
    out = _Rows({}, frozenset(t["fiscal_year"].astype(int).tolist()))
    for place, portion, year, status, *values in zip(
        whose, t["portion"], t["fiscal_year"].tolist(), t["status"], *parts, strict=True
    ):
        row = (int(year), tuple(int(v) for v in values), str(status))
        out.rows.setdefault((place, str(portion)), []).append(row)
    return out


def _take(out: Known, rows: list[_Row], place: int, portion: int, year: int, nearest: bool) -> None:
    """Put the row of the year into the rates, or with `nearest` the closest one where nothing stands yet."""
    chosen = next((row for row in rows if row[0] == year), None)
    if chosen is None:
        if not nearest or out.known[place, portion]:
            return
        chosen = min(rows, key=lambda row: (abs(row[0] - year), row[0] > year))
    for part, value in zip(_PARTS, chosen[1], strict=True):
        getattr(out.rates, part)[place, portion] = value
    out.known[place, portion] = True
    out.status[place, portion] = chosen[2] if chosen[0] == year else "imputed"
