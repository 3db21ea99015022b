"""How far a difference between scenarios may be off: it under other plausible parameters, and noise.

    found = spread([base, other], last=None)     # None where the region keeps no parameter sets
    ranged = around(found, differences)          # ends of 80 and 90 % around the differences of the runs at hand

Both scenarios are run in a small sample under SETS of the region's plausible parameter sets (`sim.outputs.ranges`), a
set and its pair on the same households and draws. How the difference moves against that under the register's own
parameters goes around the difference of the runs at hand. What a scenario sets itself no parameter set overwrites.

Noise is the standard deviation of the difference over SEEDS pairs with other draws, brought to the size of the runs at
hand and divided by the root of their pairs; from OWN pairs on it is that of the runs themselves. It includes the choice
of households, which the full population does not have: an upper bound.

In a small sample the difference of a municipality or of a group of households is mostly chance. There only the part is
kept that moves with the difference of the prefecture: by how much it does is a regression over the sets.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import NamedTuple, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core import language
from sim.core.errors import InputError, nearest
from sim.outputs import ranges
from sim.outputs.folder import RunFolder, dump_yaml
from sim.outputs.groups import GROUP_MEASURES, found_group, group_name, measure_of, split
from sim.outputs.manifest import load_mapping
from sim.parameters import Parameters
from sim.parameters.places import place_code
from sim.parameters.shipped import located
from sim.scenario.scenario import Scenario
from sim.studies import plausible
from sim.studies.execution import Outcome, Task, Workers, all_or_raise, execute

SETS, SEEDS, SAMPLE = 24, 6, 200
"""parameter sets and pairs of other draws that are run, one household in so many"""
OWN = 4
"""from so many pairs on the runs at hand tell their noise themselves"""
TABLES = ("metropolis_year", "municipality_year", "household_groups")
FILE, ABOUT = "difference_ranges", "ranges.yaml"
KEYS = ["measure", "code", "year"]
ENDS = ("low90", "low80", "high80", "high90")
LIKE: Mapping[str, str] = {
    "contribution_per_member": "contribution_per_head",
    "arrears_share": "arrears_household_share",
    "unpaid_share": "collection_rate",
    "burden": "billed_per_member",
    "billed_per_household": "billed_per_member",
    "billed": "billed_per_member",
    "households": "households_end",
}
"""measure of a municipality or group -> figure of the prefecture it moves with, where that has another name"""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Spread:
    """By scenario, measure, code and year: quantiles of how the difference moves, its variance, and noise."""

    table: pd.DataFrame
    """scenario, KEYS, q05, q10, q90, q95, var_parameters, sd_noise (of one pair of the full population)"""
    about: Mapping[str, object]


class _Pair(NamedTuple):
    """Figures of a scenario and its base, float64[sets or seeds, figures], and under the register's parameters."""

    sets: Floats
    seeds: Floats
    own: Floats


def spread(
    scenarios: Sequence[Scenario],
    *,
    last: int | None = None,
    of_places: Sequence[str] = ranges.OF_PLACES,
    **workers: Unpack[Workers],
) -> Spread | None:
    """Run the scenarios under plausible sets and with other draws; the first is the base.

    of_places  the figures of municipalities wanted

    None where the region keeps no sets, or where the study that says how they move the register is not at hand.
    """
    region = Parameters.load().region
    kept = region.folder / ranges.FOLDER / ranges.SETS
    if not kept.is_file() or not located(plausible.FILE).is_file():
        return None
    study, sets = plausible.read_study(), pd.read_csv(kept).head(SETS)
    if not set(study.parameters) <= set(sets.columns):
        return None
    fixed = {change.key for s in scenarios for _, change in s.changes()} & set(study.parameters)
    done = _lived(scenarios, plausible.overrides_of(study, sets, last, fixed), last, workers)
    figures = _figures(scenarios, [ranges.cells(outcome.tables, region.code, of_places) for outcome in done])
    base = figures[scenarios[0].name]
    tables = [
        _moved(_less(own, base), index, region.code).assign(scenario=name)
        for name, (own, index) in ((name, (f, base.columns)) for name, f in figures.items())
        if name != scenarios[0].name
    ]
    about = {"sets": len(sets), "seeds": SEEDS, "sample": SAMPLE, "fixed": sorted(fixed)}
    return Spread(pd.concat(tables, ignore_index=True), about)


def _lived(scenarios: Sequence[Scenario], sets: Sequence[Mapping], last: int | None, workers: Workers) -> list[Outcome]:
    """Run every scenario under the sets, then with other draws."""
    ways = [(values, 0) for values in sets] + [({}, replicate) for replicate in range(SEEDS)]
    tasks = [
        Task(s, values, sample=SAMPLE, replicate=replicate, last=last) for s in scenarios for values, replicate in ways
    ]
    return all_or_raise(
        execute(tasks, TABLES, title=language.either("差の幅の計算", "ranges of differences"), **workers)
    )


def _figures(scenarios: Sequence[Scenario], rows: Sequence[pd.Series]) -> dict[str, pd.DataFrame]:
    """Return the figures of every scenario, a row a run (sets, then seeds), columns measure, code and year."""
    n = len(rows) // len(scenarios)
    frames = {s.name: pd.DataFrame(rows[i * n : (i + 1) * n]) for i, s in enumerate(scenarios)}
    common = frames[scenarios[0].name].columns
    return {name: frame.reindex(columns=common) for name, frame in frames.items()}


def _less(own: pd.DataFrame, base: pd.DataFrame) -> _Pair:
    gaps = own.to_numpy(float) - base.to_numpy(float)
    return _Pair(gaps[:-SEEDS], gaps[-SEEDS:], gaps[-SEEDS])


def _moved(pair: _Pair, index: pd.Index, prefecture: int) -> pd.DataFrame:
    """Return how a difference moves with the sets and with draws; figures a run does not have are left out."""
    keys = index.to_frame(index=False).set_axis(KEYS, axis=1)
    gaps, noise = pair.sets - pair.own, pair.seeds.std(axis=0, ddof=1) / np.sqrt(SAMPLE)
    whole = (keys["code"] == prefecture).to_numpy() & keys["measure"].map(lambda m: measure_of(m) is None).to_numpy()
    at = {(m, y): i for i, (m, y) in enumerate(zip(keys["measure"], keys["year"], strict=True)) if whole[i]}
    plain = [measure_of(m) or m for m in keys["measure"]]
    like = [at.get((LIKE.get(m, m), y), -1) for m, y in zip(plain, keys["year"], strict=True)]
    used = np.where(whole, gaps, following(gaps, np.array(like)))
    told = np.isfinite(used).all(axis=0) & np.isfinite(noise)
    out = keys[told].reset_index(drop=True)
    for name, q in ranges.QUANTILES.items():
        out[name] = np.quantile(used[:, told], q, axis=0)
    return out.assign(var_parameters=used[:, told].var(axis=0), sd_noise=noise[told])


def following(gaps: Floats, like: NDArray[np.int64]) -> Floats:
    """Return the part of every figure's gaps that goes with those of another figure, missing where there is none.

    gaps  float64[sets, figures]
    like  int64[figures]: the column whose gaps a figure's go with, -1 for none
    """
    other = np.where(like >= 0, gaps[:, like], np.nan)
    square = (other**2).sum(axis=0)
    slope = np.divide((gaps * other).sum(axis=0), square, out=np.zeros(gaps.shape[1]), where=square > 0)
    return slope * other


def around(found: Spread, differences: pd.DataFrame, sample: int) -> pd.DataFrame:
    """Return ranges around the differences of the runs at hand.

    differences  scenario, KEYS, value_base, value, difference, half, pairs (`ensemble.differences`)
    sample       one household in so many of those runs

    Returns scenario, KEYS, value_base, value, difference, ENDS, noise and parameters (shares of the variance).
    """
    t = differences.merge(found.table, on=["scenario", *KEYS])
    noise = t["sd_noise"] * np.sqrt(sample / t["pairs"])
    own = (t["pairs"] >= OWN) & t["half"].notna()
    z95 = NormalDist().inv_cdf(0.975)
    noise = noise.where(~own, t["half"] / z95)  # its own half-width has Student's t in it
    for percent, names in ranges.ENDS.items():
        z = NormalDist().inv_cdf((1 + percent / 100) / 2)
        for side, sign, name in zip(("low", "high"), (-1.0, 1.0), names, strict=True):
            reach = np.hypot((sign * t[name]).clip(lower=0.0), z * noise)
            t[f"{side}{percent}"] = t["difference"] + sign * reach
    total = noise**2 + t["var_parameters"]
    t["noise"] = noise**2 / total.where(total > 0)
    t["parameters"] = t["var_parameters"] / total.where(total > 0)
    return t[["scenario", *KEYS, "value_base", "value", "difference", *ENDS, "noise", "parameters"]]


def keyed(year: pd.DataFrame, municipality: pd.DataFrame, group: pd.DataFrame | None, prefecture: int) -> pd.DataFrame:
    """Return the differences of the tables of a comparison under the names and codes ranges are kept by."""
    columns = ["scenario", *KEYS, "value_base", "value", "difference", "half", "pairs"]
    parts = [year.assign(code=prefecture)[columns], municipality[municipality["code"] != prefecture][columns]]
    if group is not None:
        names = [group_name(*key) for key in zip(group["measure"], group["kind"], group["group"], strict=True)]
        parts.append(group.assign(code=prefecture, measure=names)[columns])
    return pd.concat(parts, ignore_index=True)


def write(folder: Path, table: pd.DataFrame, about: Mapping[str, object]) -> None:
    """Write the ranges of a comparison into its folder."""
    (folder / "tables").mkdir(parents=True, exist_ok=True)
    table.to_parquet(folder / "tables" / f"{FILE}.parquet", index=False)
    dump_yaml(folder / ABOUT, dict(about))


def read(folder: Path) -> Differences | None:
    """Return the ranges a comparison keeps; None where it was made without."""
    file = folder / "tables" / f"{FILE}.parquet"
    if not file.is_file() or not (folder / ABOUT).is_file():
        return None
    return Differences(pd.read_parquet(file), load_mapping(folder / ABOUT))


@dataclass(frozen=True)
class Differences:
    """The differences of a comparison with their ranges, and what those were worked out with."""

    table: pd.DataFrame
    about: Mapping[str, object]

    def of(self, scenario: str, measure: str, code: int) -> pd.DataFrame:
        """Return a difference by year with its ranges, empty where it has none."""
        t = self.table
        mine = t[(t["scenario"] == scenario) & (t["measure"] == measure) & (t["code"] == code)]
        return mine.drop(columns=["scenario", "measure", "code"]).set_index("year")

    def range(
        self, scenario: str, measure: str, run: RunFolder, place: str | int | None, group: str | None
    ) -> pd.DataFrame:
        """Return a difference by year with its ranges, of a place or group as people name it; InputError if unknown."""
        if place is not None and group is not None:
            raise InputError("groups of households have ranges for the prefecture only; leave out the municipality")
        code = run.region.code if place is None else place_code(place, run.register())
        name = measure
        if group is not None:
            known = split(self.table["measure"][self.table["measure"].map(measure_of).notna()].drop_duplicates())
            name = group_name(measure, *found_group(group, known[["kind", "group"]].drop_duplicates()))
        found = self.of(scenario, name, code)
        if found.empty:
            t = self.table
            own = {m for m in t.loc[t["code"] == code, "measure"] if measure_of(m) is None}
            known_names = sorted(own if group is None else GROUP_MEASURES)
            raise InputError(
                f"no range of '{measure}'{nearest(measure, known_names)}. There are: {', '.join(known_names)}"
            )
        return found

    def rows(self, scenario: str, year: int) -> pd.DataFrame:
        """Return the ranges of a scenario's differences in a year, by measure and code."""
        t = self.table
        return t[(t["scenario"] == scenario) & (t["year"] == year)].set_index(["measure", "code"])
