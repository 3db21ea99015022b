"""Scenarios against a base: runs what is missing, in parallel, and takes the differences pair by pair.

    c = compare(["baseline", "collection_drive"], sample=100, replicates=3)
    c.year               # year, measure, unit, scenario, value_base, value, difference, half, sure, variance_ratio,
                         # and on the level of everybody: level, effect, effect_half, level_of (`studies.levels`)
    c.municipality       # the same by municipality (small: few households, see sim.outputs.measures)
    c.group              # the same by age, income, type, ... of households
    c.plot("collection_rate")

The runs are ordinary run folders; the tables go to a folder of their own each time,
results/studies/comparison/<time>-<scenarios>-<sample>-<digest>/tables.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd

from sim.core import language
from sim.core.errors import InputError
from sim.core.units import era
from sim.outputs.folder import RunFolder, dump_yaml
from sim.outputs.manifest import FILE as MANIFEST
from sim.outputs.manifest import load_mapping, now
from sim.outputs.matching import side_by_side
from sim.outputs.studies import study_folder, written_studies
from sim.parameters.places import prefectural
from sim.scenario.scenario import Scenario, load_scenario, year_of_model
from sim.studies import ensemble, levels, paired
from sim.studies.execution import Task, Workers, all_or_raise, execute

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KIND, RECORD = "comparison", "comparison.yaml"
"""kind of study, and the file that says which runs a comparison holds"""

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
    spread: paired.Spread | None = None
    """how far its differences may be off; None: not asked, or the region keeps no parameter sets"""

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

    @cached_property
    def ranges(self) -> paired.Differences | None:
        """The differences with their 80 and 90 % ranges, None without."""
        if self.spread is None:
            return None
        first = self.runs[self.base][0]
        groups = (
            self.group if all("household_groups" in run.tables for own in self.runs.values() for run in own) else None
        )
        mine = paired.keyed(self.year, self.municipality, groups, first.region.code)
        return paired.Differences(paired.around(self.spread, mine, int(first.manifest["sample"])), self.spread.about)

    def range(
        self,
        measure: str = "collection_rate",
        place: str | int | None = None,
        group: str | None = None,
        scenario: str | None = None,
    ) -> pd.DataFrame:
        """Return a difference to the base by year with its 80 and 90 % ranges and what they come from.

        place     a municipality's name or code, the prefecture if none
        group     of the prefecture's households: "65-74", or "age of head: 65-74"
        scenario  the first that is not the base, if none
        """
        if self.ranges is None:
            raise InputError("this comparison has no ranges: compare(..., ranges=True), of a region that keeps sets")
        chosen = scenario or list(self.runs)[1]
        if chosen not in list(self.runs)[1:]:
            raise InputError(f"no scenario '{chosen}' beside the base. There are: {', '.join(list(self.runs)[1:])}")
        return self.ranges.range(chosen, measure, self.runs[self.base][0], place, group)

    def _table(self, name: str) -> pd.DataFrame:
        frames = {scenario: [TABLES[name](run) for run in runs] for scenario, runs in self.runs.items()}
        parts = [
            ensemble.differences(own, frames[self.base]).assign(scenario=scenario, base=self.base)
            for scenario, own in frames.items()
            if scenario != self.base
        ]
        first = self.runs[self.base][0]
        return levels.on_level(pd.concat(parts, ignore_index=True), TABLES[name], first, first.path.parent.parent)

    def variance_ratio(self, measure: str = "collection_rate", year: int | None = None) -> float:
        """Return the median over municipalities of Var(paired difference) / Var(difference of independent runs)."""
        t = self.municipality
        rows = t[(t["measure"] == measure) & (t["year"] == (year or t["year"].max())) & ~prefectural(t["code"])]
        rows = rows if rows["small"].all() else rows[~rows["small"]]
        return float(rows["variance_ratio"].median()) if rows["variance_ratio"].notna().any() else float("nan")

    def write(self) -> Path:
        """Write the tables and which runs they come from; return the folder."""
        (self.path / "tables").mkdir(parents=True, exist_ok=True)
        sample = int(self.runs[self.base][0].manifest["sample"])
        for name, frame in zip(TABLES, (self.year, self.municipality, self.group), strict=True):
            frame.assign(sample=sample).to_parquet(self.path / "tables" / f"{name}.parquet", index=False)
        if self.ranges is not None:
            paired.write(self.path, self.ranges.table, self.ranges.about)
        return write_record(self.path, self.runs)

    def plot(self, measure: str = "collection_rate", axes: Axes | None = None) -> Axes:
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
        legend = axes.legend(lines, list(self.runs), loc="lower left", bbox_to_anchor=(0.0, 1.0), frameon=False)
        for text in legend.get_texts():
            text.set_parse_math(False)  # a scenario may be called a$b$c
        return axes


def compare(
    scenarios: Sequence[str | Path | Scenario],
    *,
    sample: int | None = None,
    replicates: int = 1,
    seed: int | None = None,
    last: int | str | None = None,
    out: str | Path = "results",
    ranges: bool = False,
    controls: bool = True,
    **workers: Unpack[Workers],
) -> Compared:
    """Run what is missing and return the comparison; the first scenario is the base.

    ranges: work out how far the differences may be off (`paired`), some sixty runs in a small sample for two scenarios.
    With `controls` samples give effects on the level of the full baseline, where the region keeps its totals
    (`sim.engine.controls`); without, or where they are of other code, on the sample's own level.
    `workers` (jobs, scheduler, progress): who does the runs (see `execution.execute`).

    Raises ScenarioError for a mistake in any scenario before anything runs, InputError for fewer than two
    scenarios or for some that differ in sample, seed or years as well, FailedRunsError if a run fails.

    >>> c = sim.compare(["baseline", "collection_drive"], sample=2000, last="R4", jobs=1, progress=False)
    >>> c.year.query("measure == 'collection_rate'")["scenario"].tolist()
    ['collection_drive']
    """
    chosen = [s if isinstance(s, Scenario) else load_scenario(s) for s in scenarios]
    names = [s.name for s in chosen]
    if len(set(names)) < 2 or len(set(names)) < len(names):
        raise InputError(f"compare needs two or more different scenarios, the base first; got {', '.join(names)}")
    if replicates < 1:
        raise InputError(f"replicates is {replicates}; give 1 or more")
    end = None if last is None else year_of_model(last, "last")
    tasks = [
        Task(s, sample=sample, seed=seed, replicate=r, last=end, controls=controls)
        for s in chosen
        for r in range(replicates)
    ]
    _alike(tasks)
    home = Path(out)
    outcomes = all_or_raise(
        execute(tasks, (), folders=home, title=language.either("シナリオの計算", "scenarios"), **workers)
    )
    folders = [outcome.folder.intact() for outcome in outcomes]
    runs = {name: folders[i * replicates : (i + 1) * replicates] for i, name in enumerate(names)}
    for pair in zip(*runs.values(), strict=True):
        side_by_side(pair)
    spread = paired.spread(chosen, last=end, **workers) if ranges else None
    found = Compared(runs, comparison_folder(home, runs), spread)
    found.write()
    return found


def _alike(tasks: Sequence[Task]) -> None:
    """Refuse scenarios that bring a sample, a seed or years of their own, before anything runs."""
    plans = {p.scenario.name: p for p in (task.plan() for task in tasks)}
    for what, option, told in (
        ("end in different years", "--to", {name: f"{era(p.first)}-{era(p.last)}" for name, p in plans.items()}),
        ("have different samples", "--sample", {name: f"1/{p.sample}" for name, p in plans.items()}),
        ("have different seeds", "--seed", {name: str(p.seed) for name, p in plans.items()}),
    ):
        if len(set(told.values())) > 1:
            listed = ", ".join(f"{name} {value}" for name, value in told.items())
            raise InputError(f"the scenarios {what} ({listed}); choose a common one with {option}")


def comparison_folder(results: Path, runs: Mapping[str, Sequence[RunFolder]]) -> Path:
    """Make and return a new folder for a comparison of these runs by scenario."""
    all_of_them = [run.manifest for own in runs.values() for run in own]
    digests = "\n".join(str(m["digests"]["all"]) for m in all_of_them)
    return study_folder(results, KIND, list(runs), int(all_of_them[0]["sample"]), digests)


def write_record(folder: Path, runs: Mapping[str, Sequence[RunFolder]]) -> Path:
    """Write which runs, by scenario and the base first, a comparison holds; return its folder."""
    content = {
        "made": now(),
        "base": next(iter(runs)),
        "runs": {scenario: [str(run.path) for run in own] for scenario, own in runs.items()},
        "digests": {scenario: [run.manifest["digests"]["all"] for run in own] for scenario, own in runs.items()},
    }
    dump_yaml(folder / RECORD, content)
    return folder


def recorded(folder: Path) -> tuple[tuple[str, ...], tuple[tuple[RunFolder, ...], ...]]:
    """Return the scenarios of a comparison and the very runs it was made of, by scenario, the base first.

    InputError if the record is broken, a run is gone, or it is no longer what the comparison saw.
    """
    record = load_mapping(folder / RECORD)
    runs, digests = record.get("runs"), record.get("digests")
    if not isinstance(runs, dict) or not runs or not all(isinstance(own, list) and own for own in runs.values()):
        raise InputError(f"{folder / RECORD}: no 'runs:' with the folders of each scenario; kokuho compare writes it")
    known = digests if isinstance(digests, dict) else {}
    found = tuple(
        tuple(_recorded(folder, str(path), digest) for path, digest in zip_longest(own, known.get(name) or ()))
        for name, own in runs.items()
    )
    for pair in zip(*found, strict=False):
        side_by_side(pair)
    return tuple(map(str, runs)), found


def _recorded(folder: Path, path: str, digest: str | None) -> RunFolder:
    """Return a run of a comparison, where it was or beside the comparison if the results have moved."""
    places = [Path(path), *(home.joinpath(*Path(path).parts[-2:]) for home in folder.resolve().parents[:3])]
    place = next((p for p in places if (p / MANIFEST).is_file()), None)
    if place is None:
        raise InputError(f"{folder}: the run {path} of this comparison is gone; compare the scenarios again")
    run = RunFolder(place).intact()
    if digest is not None and run.manifest["digests"]["all"] != digest:
        raise InputError(f"{folder}: {place} is another run than this comparison was made of; compare again")
    return run


def latest(scenarios: str, results: Path) -> Path | None:
    """Return the newest comparison of scenarios, given as "base+other", or None."""
    wanted = unicodedata.normalize("NFC", scenarios)
    for folder in written_studies(results, KIND, RECORD):
        runs = load_mapping(folder / RECORD).get("runs")
        if isinstance(runs, dict) and unicodedata.normalize("NFC", "+".join(map(str, runs))) == wanted:
            return folder
    return None


def verdict(difference: float, half: float, sure: object) -> str:
    """Return how sure a difference is: = none in any pair, ✓ more than noise, ~ within noise, ? a single pair."""
    if difference == 0 and (np.isnan(half) or half == 0):
        return "="
    if sure is None or sure is pd.NA or np.isnan(half):
        return "?"
    return "✓" if sure else "~"
