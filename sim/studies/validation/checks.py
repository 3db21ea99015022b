"""What a region says of its published totals: which figure of a run each is held against, and what it was used for.

Most items have a name every prefecture uses and a rule of their own (`totals.RULES`); the table `targets.checks` adds
what only this region publishes, and the role each figure has here: what a fit has met in one prefecture was never
looked at in another.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import pandas as pd

from sim.core.errors import ParameterError, nearest
from sim.parameters import Parameters

TABLE = "targets.checks"
ROLES = ("fitted", "held_out", "input", "goal", "context")


@dataclass(frozen=True)
class Check:
    """One row of the table.

    measure     name of a rule or of a measure of a group; that of the item itself if the row names none
    group       group of municipalities the figure is of, "" for the prefecture
    parts       published items that add up to the figure, none if it is published itself
    role        of all years but those named
    fitted      fiscal years whose figure something was fitted to, whatever the role of the others
    superseded  fiscal years for which a later figure of the same thing is known
    """

    item: str
    measure: str
    group: str
    parts: tuple[str, ...]
    role: str
    fitted: tuple[int, ...]
    superseded: tuple[int, ...]


def checks(p: Parameters, whole: Collection[str], grouped: Collection[str]) -> list[Check]:
    """Return the rows of the region, in the order of its table; ParameterError lists every cell that is not in order.

    whole, grouped  names of the measures of the prefecture, and of those of a group
    """
    found, wrong = [], []
    for line, cells in enumerate(p.rows(TABLE).to_dict("records"), start=2):
        check = _check({str(name): _text(cell) for name, cell in cells.items()})
        measures = grouped if check.group else whole
        told = f"measure '{check.measure}' is none of {'a group' if check.group else 'the prefecture'}"
        faults = (
            (check.measure in measures, told + nearest(check.measure, measures)),
            (check.role in ROLES, f"role '{check.role}'; allowed: {', '.join(ROLES)}"),
            (not check.group or check.group in p.region.groups, f"region.yaml has no group '{check.group}'"),
        )
        wrong += [f"{TABLE.partition('.')[2]}.csv, line {line}: {said}" for sound, said in faults if not sound]
        found.append(check)
    if wrong:
        raise ParameterError("\n".join(wrong))
    return found


def _check(cells: dict[str, str]) -> Check:
    fitted, superseded = (tuple(int(year) for year in cells[name].split()) for name in ("fitted", "superseded"))
    parts = tuple(cells["parts"].split())
    return Check(
        cells["item"], cells["measure"] or cells["item"], cells["group"], parts, cells["role"], fitted, superseded
    )


def _text(cell: object) -> str:
    """Return a cell as it is written; a column of years with gaps is read as one of fractions."""
    if cell is None or cell is pd.NA or cell != cell:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
