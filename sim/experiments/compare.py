"""Scenarios against a base: runs what is missing, in parallel, and takes the differences pair by pair.

    c = compare(["baseline", "collection_drive"], sample=100, replicates=3)
    c.year               # year, measure, unit, scenario, value_base, value, difference, half, sure, variance_ratio
    c.municipality       # the same by municipality (small: few households, see sim.outputs.measures)
    c.group              # the same by age, income, type, ... of households
    c.plot("collection_rate")

The runs are ordinary run folders; the tables go to results/comparison/<scenarios>/tables.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.core.errors import InputError
from sim.core.units import era
from sim.experiments import ensemble
from sim.experiments.execution import Task, all_or_raise, execute
from sim.outputs.folder import RunFolder, dump_yaml
from sim.outputs.measures import TOKYO
from sim.parameters.scenario import Scenario, load_scenario

TABLES: dict[str, Callable[[RunFolder], pd.DataFrame]] = {
    "difference_year": ensemble.headline,
    "difference_municipality": ensemble.municipalities,
    "difference_group": ensemble.groups,
}


@dataclass(frozen=True)
class Compared:
    """Runs by scenario, the base first, each with its replicates in order."""

    runs: dict[str, list[RunFolder]]
    path: Path

    @property
    def base(self) -> str:
        return next(iter(self.runs))

    @cached_property
    def year(self) -> pd.DataFrame:
        return self._table("difference_year")

    @cached_property
    def municipality(self) -> pd.DataFrame:
        return self._table("difference_municipality")

    @cached_property
    def group(self) -> pd.DataFrame:
        return self._table("difference_group")

    def _table(self, name: str) -> pd.DataFrame:
        frames = {scenario: [TABLES[name](run) for run in runs] for scenario, runs in self.runs.items()}
        parts = [
            ensemble.differences(own, frames[self.base]).assign(scenario=scenario, base=self.base)
            for scenario, own in frames.items()
            if scenario != self.base
        ]
        return pd.concat(parts, ignore_index=True)

    def variance_ratio(self, measure: str = "collection_rate", year: int | None = None) -> float:
        """Return the median over municipalities of Var(paired difference) / Var(difference of independent runs)."""
        t = self.municipality
        rows = t[(t["measure"] == measure) & (t["year"] == (year or t["year"].max())) & (t["code"] != TOKYO)]
        rows = rows if rows["small"].all() else rows[~rows["small"]]
        return float(rows["variance_ratio"].median()) if rows["variance_ratio"].notna().any() else float("nan")

    def write(self) -> Path:
        """Write the tables and which runs they come from; return the folder."""
        (self.path / "tables").mkdir(parents=True, exist_ok=True)
        sample = int(self.runs[self.base][0].manifest["sample"])
        for name, frame in zip(TABLES, (self.year, self.municipality, self.group), strict=True):
            frame.assign(sample=sample).to_parquet(self.path / "tables" / f"{name}.parquet", index=False)
        runs = {scenario: [str(run.path) for run in own] for scenario, own in self.runs.items()}
        digests = {scenario: [run.manifest["digests"]["all"] for run in own] for scenario, own in self.runs.items()}
        dump_yaml(self.path / "comparison.yaml", {"base": self.base, "runs": runs, "digests": digests})
        return self.path

    def plot(self, measure: str = "collection_rate", axes: Any = None) -> Any:
        """Draw a headline measure of every scenario by year, mean of the replicates; return the matplotlib axes."""
        import matplotlib.pyplot as plt

        axes = axes or plt.figure(layout="constrained").subplots()
        lines = []
        for runs in self.runs.values():
            t = ensemble.quantiles([ensemble.headline(run) for run in runs])
            t = t[t["measure"] == measure]
            lines += axes.plot([era(int(y)) for y in t["year"]], t["mean"], marker="o")
            if len(runs) > 2:
                axes.fill_between([era(int(y)) for y in t["year"]], t["q05"], t["q95"], alpha=0.15)
        axes.set_ylabel(f"{measure.replace('_', ' ')} ({self.year['unit'][self.year['measure'] == measure].iloc[0]})")
        for text in axes.legend(lines, list(self.runs)).get_texts():
            text.set_parse_math(False)  # a scenario may be called a$b$c
        return axes


def compare(
    scenarios: Sequence[str | Path | Scenario],
    *,
    sample: int | None = None,
    replicates: int = 1,
    seed: int | None = None,
    last: int | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    out: str | Path = "results",
    progress: bool = True,
) -> Compared:
    """Run what is missing and return the comparison; the first scenario is the base.

    Raises ScenarioError for a mistake in any scenario before anything runs, InputError for fewer than two
    scenarios, FailedRunsError if a run fails.
    """
    chosen = [s if isinstance(s, Scenario) else load_scenario(s) for s in scenarios]
    names = [s.name for s in chosen]
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise InputError(f"compare needs two or more different scenarios, the base first; got {', '.join(names)}")
    if replicates < 1:
        raise InputError(f"replicates is {replicates}; give 1 or more")
    tasks = [Task(s, sample=sample, seed=seed, replicate=r, last=last) for s in chosen for r in range(replicates)]
    home = Path(out)
    outcomes = all_or_raise(
        execute(tasks, (), folders=home, jobs=jobs, scheduler=scheduler, progress=progress, title="scenarios")
    )
    runs = {name: [o.folder for o in outcomes[i * replicates : (i + 1) * replicates]] for i, name in enumerate(names)}
    _same_years(runs)
    found = Compared(runs, home / "comparison" / "+".join(names))
    found.write()
    return found


def _same_years(runs: dict[str, list[RunFolder]]) -> None:
    horizons = {name: tuple(own[0].manifest["horizon"].values()) for name, own in runs.items()}
    if len(set(horizons.values())) > 1:
        listed = ", ".join(f"{name} {era(a)}-{era(b)}" for name, (a, b) in horizons.items())
        raise InputError(f"the scenarios end in different years ({listed}); choose a common one with --to")


def verdict(difference: float, half: float, sure: Any) -> str:
    """Return how sure a difference is: = none in any pair, ✓ more than luck, ~ within luck, ? a single pair."""
    if difference == 0 and (np.isnan(half) or half == 0):
        return "="
    if sure is None or sure is pd.NA or np.isnan(half):
        return "?"
    return "✓" if sure else "~"
