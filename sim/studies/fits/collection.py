"""What the collection of a prefecture's municipalities is fitted to: `places.collection_targets`, read once for all.

A row speaks of a municipality (its code), of kinds of municipalities (`town village`, by `places.municipalities`), or
of the gap of the unpaid log-odds between two kinds (`city over town`).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sim.core.errors import ParameterError
from sim.parameters import Parameters

TABLE = "places.collection_targets"
_GAP = "log_odds_gap"
_OVER = "over"


@dataclass(frozen=True)
class Target:
    """A figure of collection.

    code       municipality it is of, 0 where it is of kinds of them
    kinds      types of municipality, of a gap the one that pays worse and is held where it is
    over       of a gap the types beside them, () otherwise
    value      share of the money or of the households; of a gap the difference of log-odds
    check      id of its row in the validation, "" where another table already shows the figure
    band       how near a run should come, in points or log-odds
    speaks_of  what the figure is of where that is not the prefecture in its year
    """

    code: int
    kinds: tuple[str, ...]
    over: tuple[str, ...]
    year: int
    item: str
    value: float
    source: str
    check: str
    band: float
    speaks_of: str


def targets(p: Parameters) -> list[Target]:
    """Return the figures of the region, none where it has no such table; ParameterError for a kind there is not."""
    known = {*p.table("places.municipalities")["type"]}
    found = []
    for line, row in enumerate(p.rows(TABLE).to_dict("records"), start=2):
        words = str(row["region"]).split()
        code = int(words[0]) if words[0].isdigit() else 0
        left, right = (words[: words.index(_OVER)], words[words.index(_OVER) + 1 :]) if _OVER in words else (words, [])
        if not code and (strange := {*left, *right} - known):
            raise ParameterError(
                f"collection_targets.csv, line {line}: no municipality is of type {', '.join(sorted(strange))}; "
                f"write a code, types ({', '.join(sorted(known))}), or one type {_OVER} another"
            )
        if bool(right) != (row["item"] == _GAP):
            raise ParameterError(f"collection_targets.csv, line {line}: {_GAP} is of one type {_OVER} another")
        found.append(
            Target(
                code,
                () if code else tuple(left),
                tuple(right),
                int(row["fiscal_year"]),
                str(row["item"]),
                float(row["value"]),
                str(row["source_id"]),
                _text(row["check"]),
                0.0 if pd.isna(row["band"]) else float(row["band"]),
                _text(row["speaks_of"]),
            )
        )
    return found


def _text(cell: object) -> str:
    return "" if pd.isna(cell) else str(cell)
