"""Published figures beside simulated ones, hits and misses alike.

Every row names a published figure, the figure a run gives for it, and a band. `role` says how to read
the row: `fitted` (a parameter marked estimated was fitted to it), `held_out` (used nowhere), `input` (a
setting, shown for completeness), `goal` (an aim of policy, not a fact; never judged), `context` (national or
assumed, shown beside; never judged). Each module of this
package holds the rows of one subject.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from sim.outputs.folder import RunFolder
from sim.outputs.runs import find_run
from sim.parameters.regions import using
from sim.studies.validation import abroad, cost, institutions, money, payment, people, totals
from sim.studies.validation.figures import Figures
from sim.studies.validation.ranged import with_ranges

SUBJECTS: tuple[Callable[[Figures], list[dict[str, object]]], ...] = (
    totals.rows,
    people.rows,
    cost.rows,
    abroad.rows,
    institutions.rows,
    money.rows,
    payment.rows,
)


def rows(run: RunFolder) -> pd.DataFrame:
    """Return one row per published figure: id, role, year, unit, published, simulated, low, high, difference, band, ok,
    source, basis (`sim.parameters.schema.BASES`). low and high are the 90 % range of the simulated figure (`ranged`).

    A figure whose year lies outside the run, or which the model does not produce, keeps an empty
    `simulated` and `ok`, so that nothing published is passed over in silence.
    """
    with using(run.manifest["region"]):
        figures = Figures.of(run)
        return with_ranges(pd.DataFrame([row for subject in SUBJECTS for row in subject(figures)]), run)


def validate(run: Path | str | None = None, sample: int | None = None) -> pd.DataFrame:
    """Return the validation rows of a run; without a run, the baseline is run first (1/`sample`, else in full).

    >>> rows = sim.validate(result.path)
    >>> {"id", "role", "published", "simulated", "ok"} <= set(rows)
    True
    """
    if run is not None:
        return rows(find_run(run))
    from sim.engine.api import run as start

    return rows(start("baseline", sample=sample).folder)
