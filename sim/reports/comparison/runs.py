"""Runs side by side: the first is what the others are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import stats

from sim.core.errors import InputError
from sim.outputs.folder import RunFolder
from sim.outputs.measures import by_municipality
from sim.reports.repeats import repeats

LEVEL = 0.95
"""how sure a difference must be to be called more than luck"""


@dataclass(frozen=True)
class Difference:
    """A mean difference to the base over paired runs (same seed and replicate), and what luck alone may do.

    sure   True: more than luck at the level; False: within luck; None: fewer than two pairs, cannot be told
    """

    mean: float
    half: float
    pairs: int
    sure: bool | None


@dataclass(frozen=True)
class Comparison:
    """Runs over the same years and sample, named by scenario; repeats with other luck are found beside each."""

    runs: tuple[RunFolder, ...]

    @classmethod
    def of(cls, runs: list[RunFolder]) -> Comparison:
        """Return the comparison; runs over other years or another sample cannot stand side by side."""
        first = runs[0].manifest
        for run in runs[1:]:
            for key in ("sample", "horizon"):
                if run.manifest[key] != first[key]:
                    raise InputError(
                        f"{run.path}: {key} is {run.manifest[key]}, that of {runs[0].path} is {first[key]}; "
                        "compare runs of the same sample and years"
                    )
        return cls(tuple(runs))

    @property
    def base(self) -> RunFolder:
        return self.runs[0]

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The scenarios' names, with the seed where a scenario stands twice."""
        plain = [r.manifest["scenario"] for r in self.runs]
        return tuple(
            f"{n} ({r.manifest['seed']}/{r.manifest['replicate']})" if plain.count(n) > 1 else n
            for n, r in zip(plain, self.runs, strict=True)
        )

    @cached_property
    def headlines(self) -> tuple[pd.DataFrame, ...]:
        return tuple(r.table("metropolis_year").set_index("year") for r in self.runs)

    @cached_property
    def places(self) -> tuple[pd.DataFrame, ...]:
        """Measures of the municipalities in the last year, by code, one frame a run."""
        frames = []
        for run in self.runs:
            t = by_municipality(run)
            frames.append(t[t["year"] == t["year"].max()].set_index("code"))
        return tuple(frames)

    @cached_property
    def _repeated(self) -> tuple[dict[tuple[int, int], pd.DataFrame], ...]:
        return tuple(
            {
                (r.manifest["seed"], r.manifest["replicate"]): r.table("metropolis_year").set_index("year")
                for r in repeats(run)
            }
            for run in self.runs
        )

    def difference(self, i: int, name: str, year: int) -> Difference:
        """Return the difference of run i to the base in a headline figure and year, over pairs with the same luck."""
        mine, base = self._repeated[i], self._repeated[0]
        shared = sorted(set(mine) & set(base))
        if not shared:
            value = float(self.headlines[i].at[year, name]) - float(self.headlines[0].at[year, name])
            return Difference(value, float("nan"), 0, None)
        values = np.array([float(mine[k].at[year, name]) - float(base[k].at[year, name]) for k in shared])
        mean = float(values.mean())
        if len(values) < 2:
            return Difference(mean, float("nan"), 1, None)
        half = float(stats.t.ppf((1 + LEVEL) / 2, len(values) - 1) * values.std(ddof=1) / np.sqrt(len(values)))
        return Difference(mean, half, len(values), bool(abs(mean) > half))
