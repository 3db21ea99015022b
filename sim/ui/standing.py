"""The baseline the page opens on, and scenarios of a sample on its level.

Where the folder of results holds a finished run of everybody of this code, register and region, the page stands on
it. A scenario is run in a sample together with its own baseline, and what is shown of it is the full baseline plus
the paired difference (`sim.studies.levels`), so that figures of both may stand side by side.
"""

from __future__ import annotations

import functools
from pathlib import Path

import pandas as pd

from sim.engine import api
from sim.outputs.folder import RunFolder
from sim.outputs.measures import MEASURES, by_municipality
from sim.outputs.ranges import FOLDER, OF_PLACES, SPREAD, Ranges, around
from sim.reports.place_panel import Json, figures, panels
from sim.reports.words import Lang
from sim.studies.execution import finished
from sim.studies.levels import raised
from sim.ui.catalogue import BASE

PERCENT = 90


def baseline(results: Path, sample: int = 1) -> RunFolder | None:
    """Return the finished run of the baseline of this code, register and region; None if there is none."""
    return finished(api.plan(BASE, sample=sample), results)


@functools.lru_cache(maxsize=8)
def panels_of(run: RunFolder, lang: Lang) -> Json:
    """Return the panels of a run as the report has them; worked out once, in about a second."""
    return panels(run, lang)


@functools.lru_cache(maxsize=24)
def figures_of(run: RunFolder) -> dict[int, pd.DataFrame]:
    """Return what the panels draw, by code; a row a fiscal year."""
    return figures(run)


@functools.lru_cache(maxsize=24)
def measures(run: RunFolder, base: RunFolder | None = None, full: RunFolder | None = None) -> pd.DataFrame:
    """Return the measures of the municipalities of a run with the ends of their 90 % ranges, if its region keeps some.

    base, full  the baseline of the same sample and that of everybody, on whose level the figures are then given
    """
    frame = by_municipality(run)
    if base is None or full is None:
        found = Ranges.of(run)
        return frame if found is None else found.beside(frame, PERCENT)
    keys = ["year", "code"]
    mine, own, level = (f.set_index(keys) for f in (frame, by_municipality(base), by_municipality(full)))
    for measure, unit in MEASURES.items():
        mine[measure] = raised(own[measure], mine[measure], level[measure], measure, unit).reindex(mine.index)
    return _with_ranges(mine.reset_index(), full)


def _with_ranges(frame: pd.DataFrame, full: RunFolder) -> pd.DataFrame:
    """Add the ends of the 90 % ranges around figures on the level of everybody: the spread is the baseline's."""
    found = Ranges.of(full)
    if found is None:
        return frame
    values = frame.melt(["year", "code"], list(OF_PLACES), var_name="measure").astype({"value": float})
    table = around(values.set_index(["measure", "code", "year"])["value"], found.spread, sample=1)
    ends = table.pivot(index=["year", "code"], columns="measure", values=[f"low{PERCENT}", f"high{PERCENT}"])
    ends.columns = pd.Index([f"{measure}_{end.removesuffix(str(PERCENT))}" for end, measure in ends.columns])
    return frame.join(ends, on=["year", "code"])


def keeps_ranges(run: RunFolder) -> bool:
    """Tell whether the region of a run keeps the spread ranges are laid with."""
    return (run.region.folder / FOLDER / SPREAD).is_file()
