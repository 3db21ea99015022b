"""Repeated runs of the same plan with other seeds, found beside a run: what noise alone can move."""

from __future__ import annotations

import pandas as pd

from sim.core.errors import InputError
from sim.outputs.folder import RunFolder
from sim.outputs.runs import run_folders
from sim.reports.words import WORDS, Text

ENOUGH = 10
"""repeats from which on an interval of quantiles says more than lowest and highest"""

_SAME = ("scenario", "region", "sample", "horizon", "levers", "overrides")


def repeats(run: RunFolder) -> list[RunFolder]:
    """Return the run and its repeats: same scenario, sample, years, parameters and code, another seed or replicate.

    Of runs with the same seed and replicate one is taken, the run itself first.
    """
    mine = run.manifest
    found = {(mine["seed"], mine["replicate"]): run}
    for path in sorted(run_folders(run.path.parent)):
        other = RunFolder(path)
        if path == run.path or not other.made_with(mine["digests"]["parameters"], mine["digests"]["code"]):
            continue
        try:
            theirs = other.manifest
        except InputError:  # a broken one is no repeat
            continue
        if all(theirs.get(k) == mine.get(k) for k in _SAME) and all(
            theirs["digests"][k] == mine["digests"][k] for k in ("parameters", "code")
        ):
            found.setdefault((theirs["seed"], theirs["replicate"]), other)
    return list(found.values())


def headline_of(runs: list[RunFolder], name: str) -> pd.DataFrame:
    """Return a headline figure of several runs: years down, one column a run."""
    series = [r.table("metropolis_year").set_index("year")[name] for r in runs]
    return pd.concat(series, axis=1, keys=range(len(series)))


def band(runs: list[RunFolder], name: str) -> pd.DataFrame:
    """Return low and high of a headline figure by year: the 80 % interval of enough repeats, else the extremes."""
    low, high = (0.1, 0.9) if len(runs) >= ENOUGH else (0.0, 1.0)
    many = headline_of(runs, name)
    return pd.DataFrame({"low": many.quantile(low, axis=1), "high": many.quantile(high, axis=1)})


def band_label(count: int) -> Text:
    """Return what the band of so many repeats is called."""
    return WORDS["interval_of_runs" if count >= ENOUGH else "range_of_runs"]
