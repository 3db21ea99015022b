"""Scenarios side by side: the first is what the others are compared with, by pairs of runs that share their draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from sim.outputs.folder import RunFolder
from sim.outputs.matching import side_by_side
from sim.parameters.places import prefectural
from sim.reports.repeats import repeats
from sim.studies import ensemble, paired
from sim.studies.compare import recorded
from sim.studies.paired import Differences

_FOOTER = 120
"""letters of the names of scenarios in a footer"""


def _draws(run: RunFolder) -> tuple[int, int]:
    """Return what decides the draws of a run: seed and replicate."""
    return run.manifest["seed"], run.manifest["replicate"]


def _shared_repeats(runs: Sequence[RunFolder]) -> tuple[tuple[RunFolder, ...], ...]:
    """Return for each run its repeats on the draws that all of them have; the run alone where there are none."""
    found = [{_draws(repeat): repeat for repeat in repeats(run)} for run in runs]
    shared = [draws for draws in found[0] if all(draws in own for own in found)]
    return tuple(tuple(own[d] for d in shared) or (run,) for own, run in zip(found, runs, strict=True))


@dataclass(frozen=True)
class Comparison:
    """Replicates by scenario, the base first, each scenario's in the same order of replicates."""

    names: tuple[str, ...]
    replicates: tuple[tuple[RunFolder, ...], ...]
    doubt: Differences | None = None
    """ranges of the differences, where `kokuho compare` worked them out"""

    @classmethod
    def of(cls, runs: Sequence[RunFolder]) -> Comparison:
        """Return the comparison of single runs; repeats on shared draws found beside them make it surer.

        Raises InputError for runs that differ in more than their scenario, which cannot stand side by side.
        """
        side_by_side(runs)
        plain = [str(r.manifest["scenario"]) for r in runs]
        if len(set(plain)) == len(plain):
            return cls(tuple(plain), _shared_repeats(runs))
        draws = [f" ({seed}/{replicate})" for seed, replicate in map(_draws, runs)]
        names = (n + own if plain.count(n) > 1 else n for n, own in zip(plain, draws, strict=True))
        return cls(tuple(names), tuple((r,) for r in runs))

    @classmethod
    def read(cls, folder: Path) -> Comparison:
        """Return the comparison a folder records (`kokuho compare` writes it), of the very runs it names."""
        return cls(*recorded(folder), paired.read(folder))

    def ends(self, i: int, measure: str, code: int | None = None) -> pd.Series | None:
        """Return the range of the difference of scenario i in the last year; None where it has none.

        code  of a municipality, the prefecture if none
        """
        place = self.base.region.code if code is None else code
        return self._ends.get((self.names[i], measure, place))

    @cached_property
    def _ends(self) -> dict[tuple[str, str, int], pd.Series]:
        """The ranges of the last year by scenario, measure and code."""
        if self.doubt is None:
            return {}
        t = self.doubt.table
        last = t[t["year"] == int(self.headlines[0].index[-1])]
        return {(r["scenario"], r["measure"], int(r["code"])): r for _, r in last.iterrows()}

    @property
    def base(self) -> RunFolder:
        return self.replicates[0][0]

    @property
    def runs(self) -> tuple[RunFolder, ...]:
        """The first run of each scenario."""
        return tuple(own[0] for own in self.replicates)

    @property
    def footer(self) -> str:
        """The scenarios as a footer names them, which in a workbook holds 255 letters in all."""
        text = ", ".join(self.names)
        return text if len(text) <= _FOOTER else f"{text[:_FOOTER]}… ({len(self.names)})"

    @property
    def pairs(self) -> int:
        return len(self.replicates[0])

    @cached_property
    def headlines(self) -> tuple[pd.DataFrame, ...]:
        """Headline figures of each scenario by year, means over its replicates."""
        frames = []
        for own in self.replicates:
            tables = [r.table("metropolis_year").set_index("year") for r in own]
            frames.append(tables[0] if len(tables) == 1 else pd.concat(tables).groupby(level="year").mean())
        return tuple(frames)

    @cached_property
    def year(self) -> tuple[pd.DataFrame, ...]:
        """Differences of the headline figures to the base, by (measure, year); the first, of the base, is empty."""
        return self._differences(ensemble.headline, ["measure", "year"])

    @cached_property
    def places(self) -> tuple[pd.DataFrame, ...]:
        """Differences of the municipalities in the last year, by (measure, code), their sums left out."""
        last = int(self.headlines[0].index[-1])
        tables = self._differences(ensemble.municipalities, None)
        return tuple(
            t[(t["year"] == last) & ~prefectural(t["code"])].set_index(["measure", "code"]) if len(t) else t
            for t in tables
        )

    @cached_property
    def groups(self) -> tuple[pd.DataFrame, ...]:
        """Differences of groups of households in the last year, by (kind, group, measure)."""
        last = int(self.headlines[0].index[-1])
        tables = self._differences(ensemble.groups, None)
        return tuple(t[t["year"] == last].set_index(["kind", "group", "measure"]) if len(t) else t for t in tables)

    def _differences(
        self, read: Callable[[RunFolder], pd.DataFrame], index: list[str] | None
    ) -> tuple[pd.DataFrame, ...]:
        frames = [[read(run) for run in own] for own in self.replicates]
        tables = [pd.DataFrame(), *(ensemble.differences(own, frames[0]) for own in frames[1:])]
        return tuple(t.set_index(index) if index and len(t) else t for t in tables)
