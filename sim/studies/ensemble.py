"""Repeated runs and what they say: quantiles of a scenario, differences between scenarios that share their draws.

Replicate r of every scenario lives with the same draws and, in a sample, among the same households, so a difference
between two scenarios is taken pair by pair and is far steadier than that of two runs with draws of their own. How
much steadier is reported as a ratio of variances. With a single pair nothing can be said about noise, and the tables
say so: `half` and `sure` are then missing.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Unpack

import numpy as np
import pandas as pd

from sim.core import language
from sim.core.quantiles import normal, student
from sim.mechanisms.payment.state import COUNTED
from sim.outputs.folder import RunFolder, dump_yaml
from sim.outputs.groups import GROUP_MEASURES, measured_groups
from sim.outputs.manifest import now
from sim.outputs.measures import MEASURES, ROUGH, by_municipality, lumps, rate_half
from sim.outputs.studies import study_folder
from sim.outputs.tables import HEADLINE
from sim.parameters.places import prefectural
from sim.scenario.scenario import Scenario
from sim.studies.execution import Task, Workers, all_or_raise, execute

LEVEL = 0.95
"""how sure a difference must be to be called more than noise"""
QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)
KINDS = (*(kind for kind, _ in COUNTED), "nationality", "residence", "length of stay")
"""Kinds of groups of households, as in the table household_groups."""
_NOT_COMPARED = ("alpha",)

Frames = Sequence[pd.DataFrame]
"""one frame per replicate, the same keys in all"""


def headline(run: RunFolder) -> pd.DataFrame:
    """Return the headline figures in long form: year, measure, unit, value."""
    t = run.table("metropolis_year")
    names = [n for n in HEADLINE if n in t and n not in _NOT_COMPARED]
    return _long(t, ["year"], {n: HEADLINE[n][0] for n in names})


def municipalities(run: RunFolder) -> pd.DataFrame:
    """Return the measures of the municipalities in long form: year, code, name, small, measure, unit, value."""
    return _long(by_municipality(run), ["year", "code", "name", "small"], MEASURES)


def groups(run: RunFolder) -> pd.DataFrame:
    """Return payment of the prefecture by group of households in long form: year, kind, group, measure, unit, value."""
    t = run.table("household_groups")
    t = measured_groups(t[prefectural(t["code"])])
    households = t["households"] / int(run.manifest["sample"])
    half = rate_half(t["collection_rate"], households, lumps(t["year"], run), t["collection_rate"])
    t["small"] = ~(half <= ROUGH["collection_rate"])
    return _long(t, ["year", "kind", "group", "small"], GROUP_MEASURES)


def _long(t: pd.DataFrame, keys: list[str], units: dict[str, str]) -> pd.DataFrame:
    out = t.melt(keys, list(units), var_name="measure")
    out["unit"] = out["measure"].map(units)
    out["value"] = out["value"].astype(float)
    return out[[*keys, "measure", "unit", "value"]]


def quantiles(frames: Frames) -> pd.DataFrame:
    """Return the keys with replicates, mean, sd, error (standard error of the mean), and q05 to q95 (see QUANTILES)."""
    keys, values = _stack(frames)
    out = keys.copy()
    out["replicates"] = len(frames)
    out["mean"] = values.mean(axis=0)
    out["sd"] = _sd(values)
    out["error"] = out["sd"] / np.sqrt(len(frames))
    for q, row in zip(QUANTILES, np.quantile(values, QUANTILES, axis=0), strict=True):
        out[f"q{round(q * 100):02d}"] = row
    return out


def noise_share(frames: Frames, measures: Iterable[str]) -> float:
    """Return the largest share, over measures and years, of the mean's own 95 % interval in the 5-95 % interval.

    It falls with the root of the number of replicates; nan with fewer than three.
    """
    if len(frames) < 3:
        return float("nan")
    table = quantiles(frames)
    table = table[table["measure"].isin(list(measures)) & (table["sd"] > 0)]
    spread = table["q95"] - table["q05"]
    return float((2 * normal((1 + LEVEL) / 2) * table["error"] / spread).max())


def differences(mine: Frames, base: Frames) -> pd.DataFrame:
    """Return what a scenario differs in from its base, pair by pair of replicates.

    Keys of the frames, then
    value_base, value  means over the pairs
    difference         mean of the paired differences
    half               half width of its 95 % interval (Student's t); missing with a single pair
    sure               whether the difference is more than noise; missing with a single pair
    variance_ratio     variance of the paired difference over that of two runs with draws of their own; missing likewise
    """
    keys, own = _stack(mine)
    _, other = _stack(base)
    pairs = len(own)
    gap = own - other
    out = keys.copy()
    out["value_base"], out["value"] = other.mean(axis=0), own.mean(axis=0)
    out["difference"] = gap.mean(axis=0)
    if pairs < 2:
        return out.assign(half=np.nan, sure=pd.NA, variance_ratio=np.nan, pairs=pairs)
    out["half"] = student(pairs - 1, (1 + LEVEL) / 2) * _sd(gap) / np.sqrt(pairs)
    known = np.isfinite(gap).all(axis=0)
    out["sure"] = pd.array((out["difference"].abs() > out["half"]).to_numpy(), dtype="boolean")
    out.loc[~known, "sure"] = pd.NA
    alone = _sd(own) ** 2 + _sd(other) ** 2
    out["variance_ratio"] = np.divide(_sd(gap) ** 2, alone, out=np.full(len(alone), np.nan), where=alone > 0)
    return out.assign(pairs=pairs)


@dataclass(frozen=True)
class Ensemble:
    """The replicates of one scenario; `share` is the largest blur of a mean by noise (see `noise_share`)."""

    runs: list[RunFolder]
    path: Path
    share: float

    @cached_property
    def year(self) -> pd.DataFrame:
        """Quantiles of the headline figures by year."""
        return quantiles([headline(run) for run in self.runs]).assign(sample=int(self.runs[0].manifest["sample"]))

    @cached_property
    def municipality(self) -> pd.DataFrame:
        """Quantiles of the measures of the municipalities by year."""
        return quantiles([municipalities(run) for run in self.runs]).assign(sample=int(self.runs[0].manifest["sample"]))


class Each(Workers, total=False):
    """What the replicates of a scenario have in common, and who does the runs, by keyword."""

    sample: int | None
    seed: int | None
    last: int | None
    as_of: datetime.date | str | None


def repeat(
    scenario: str | Path | Scenario,
    most: int,
    *,
    until: float | None = None,
    measures: Sequence[str] = ("collection_rate", "discretionary_transfer"),
    out: str | Path = "results",
    **each: Unpack[Each],
) -> Ensemble:
    """Run a scenario `most` times with other seeds, fewer once the share of noise in `measures` is below `until`.

    The runs are ordinary run folders; the quantiles go to a folder of their own each time,
    results/studies/ensemble/<time>-<scenario>-<sample>-<digest>, as ensemble_year.parquet and
    ensemble_municipality.parquet, with study.yaml beside them. Finished replicates are used again.

    `each`: sample, seed, last and as_of of every run; jobs, scheduler, progress: who does them (`execution.execute`).
    """
    home = Path(out)
    task = Task(
        scenario,
        sample=each.get("sample"),
        seed=each.get("seed"),
        last=each.get("last"),
        as_of=each.get("as_of"),
        controls=False,  # it is the noise that is asked for
    )
    workers = Workers(jobs=each.get("jobs"), scheduler=each.get("scheduler"), progress=each.get("progress", True))
    step = most if until is None else max(4, 2 * (workers.get("jobs") or os.cpu_count() or 1))
    runs: list[RunFolder] = []
    share = float("nan")
    while len(runs) < most:
        numbers = range(len(runs), min(most, len(runs) + step))
        tasks = [replace(task, replicate=r) for r in numbers]
        done = execute(tasks, (), folders=home, title=language.either("繰り返しの計算", "replicates"), **workers)
        runs += [outcome.folder.intact() for outcome in all_or_raise(done)]
        share = noise_share([headline(run) for run in runs], measures)
        if until is not None and share < until:
            break
    m = runs[0].manifest
    digests = [str(run.manifest["digests"]["all"]) for run in runs]
    path = study_folder(home, "ensemble", [str(m["scenario"])], int(m["sample"]), "\n".join(digests))
    found = Ensemble(runs, path, share)
    about = {
        "made": now(),
        "scenario": m["scenario"],
        "sample": m["sample"],
        "as_of": m["as_of"],
        "seed": m["seed"],
        "code": m["digests"]["code"],
    }
    dump_yaml(path / "study.yaml", {**about, "runs": [str(run.path) for run in runs], "digests": digests})
    found.year.to_parquet(found.path / "ensemble_year.parquet", index=False)
    found.municipality.to_parquet(found.path / "ensemble_municipality.parquet", index=False)
    return found


def _sd(values: np.ndarray) -> np.ndarray:
    return values.std(axis=0, ddof=1) if len(values) > 1 else np.full(values.shape[1], np.nan)


def _stack(frames: Frames) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the keys common to all frames and float64[replicate, key]; `small` is true if it is so in any."""
    value_less = [f.columns.difference(["value", "small", "unit"], sort=False).tolist() for f in frames]
    keys = value_less[0]
    indexed = [f.set_index(keys) for f in frames]
    common = indexed[0].index
    for frame in indexed[1:]:
        common = common.intersection(frame.index, sort=False)
    out = indexed[0].loc[common, [c for c in ("unit",) if c in indexed[0]]].reset_index()
    if "small" in indexed[0]:
        out["small"] = np.any([f.loc[common, "small"].to_numpy(bool) for f in indexed], axis=0)
    return out, np.array([f.loc[common, "value"].to_numpy(float) for f in indexed])
