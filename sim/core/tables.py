"""An output table: what its rows are, its keys, its columns with unit and meaning.

Who makes the rows declares the table beside them (`tables.py` of a mechanism) and records with it:

    FLOWS = OutputTable("flows", "Joins and leaves ...", ("year", "code", "cause"), {"persons": ("persons", "persons")})

    w.record(FLOWS, rows)           # refused where columns are not those declared

Money is yen, rates are fractions unless the unit says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.core.errors import BalanceError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class OutputTable:
    """One table a run leaves behind. `columns` maps a value column to (unit, meaning)."""

    name: str
    meaning: str
    keys: tuple[str, ...]
    columns: dict[str, tuple[str, str]]

    def checked(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows with the declared columns in their order; BalanceError where others or fewer are there."""
        order = [*self.keys, *self.columns]
        if list(rows.columns) == order:
            return rows
        extra, missing = set(rows.columns) - set(order), set(order) - set(rows.columns)
        if extra or missing:
            raise BalanceError(f"table {self.name}: not declared {sorted(extra)}, missing {sorted(missing)}")
        return rows[order]
