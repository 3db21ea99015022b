"""The form of a rule, and small helpers for tables made by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pandas as pd

if TYPE_CHECKING:
    from sim.parameters.loader import Parameters

Grade = Literal["none", "small", "moderate", "large"]
GRADES: dict[Grade, tuple[str, str]] = {
    "none": ("なし", "none"),
    "small": ("小", "small"),
    "moderate": ("中", "moderate"),
    "large": ("大", "large"),
}
"""what a gap costs in quality, in Japanese and English"""

OWN = "own_calculation"


@dataclass(frozen=True)
class Rule:
    """How a table or number is made where a region does not give it.

    make          the table in its columns, with status and source_id, from the register
    ja, en        how, in a sentence
    cost          what the gap costs in quality
    loss_ja, _en  why, in a sentence
    by_row        whether the rows of single municipalities can be made beside given ones
    """

    make: Callable[[Parameters], pd.DataFrame]
    ja: str
    en: str
    cost: Grade
    loss_ja: str
    loss_en: str
    by_row: bool = True


def each_place(p: Parameters, /, **columns: object) -> pd.DataFrame:
    """Return a table of one row a municipality, in index order, with the given columns."""
    return pd.DataFrame({"code": p.codes(), **columns, "status": "imputed", "source_id": OWN})


_NUMBERS = ("code", "fiscal_year", "year")
"""key columns that hold whole numbers"""


def none_known(key: str, further: Mapping[str, str] | None = None) -> Callable[[Parameters], pd.DataFrame]:
    """Return the rule of a table that stays empty: keys and columns of its passport, no row.

    further  columns besides, with their types
    """

    def make(p: Parameters) -> pd.DataFrame:
        passport = p.table_passport(key)
        types = {name: "int64" if name in _NUMBERS else "object" for name in passport.keys}
        types |= {
            name: "object" if "date" in unit or " or " in unit or unit.startswith("text") else "float64"
            for name, unit in passport.columns.items()
        }
        types |= {"unit": "object", "status": "object", "source_id": "object", "note": "object", **(further or {})}
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})

    return make
