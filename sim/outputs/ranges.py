"""How far the figures of a run may be off: the spread a region keeps from its plausible ensemble, around a run's level.

A region that was given one (`kokuho calibrate --ensemble --keep`) has a folder `ranges`:

    sets.csv     the parameter sets that meet the published results, one a row, with their weights
    spread.csv   by measure, municipality (the prefecture under its own code) and fiscal year the quantiles of the sets'
                 differences to the baseline, how far noise moves the full population, and the shares of the variance;
                 figures of the prefecture's groups of households as `collection_rate|age of head|65-74`
                 model: the error of the model itself, half width of 90 %, relative or of log-odds (decision 0094)
    study.yaml   when and with what it was made

Differences were taken in a sample, set by set with the baseline of the same households and draws; the level is that of
the run itself. Noise belongs to the size of a run: a sample of one household in N has N times the variance.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import InputError, nearest
from sim.outputs.folder import RunFolder
from sim.outputs.groups import GROUP_MEASURES, found_group, group_name, long_groups, measure_of, split
from sim.outputs.manifest import load_mapping
from sim.outputs.measures import MEASURES, measured
from sim.outputs.tables import HEADLINE
from sim.parameters.files import RANGES
from sim.parameters.places import place_code

FOLDER = RANGES
SETS, SPREAD, ABOUT = "sets.csv", "spread.csv", "study.yaml"
QUANTILES = {"q05": 0.05, "q10": 0.10, "q90": 0.90, "q95": 0.95}
ENDS = {90: ("q05", "q95"), 80: ("q10", "q90")}
"""per cent of an interval -> its quantiles"""
PARTS = ("noise", "parameters", "policy", "model")
"""what the variance is split into: draws, what is not known, what is not decided, what the model itself gets wrong"""
LEAST = 0.001
"""shares nearer to nothing or the whole count as this far from it where odds are taken"""
_OF_MODEL = {90: 1.0, 80: 1.6377 / 2.3534}
"""per cent of an interval -> part of the half width of 90 %; Student's t with three degrees of freedom"""
OF_PLACES = (
    "collection_rate",
    "billed_per_member",
    "contribution_per_member",
    "discretionary_transfer",
    "benefit_per_member",
    "members_average",
)
"""measures of a municipality that have a range"""
OF_MUNICIPALITIES = ("discretionary_municipalities", "deficit_insurers")
"""figures of the prefecture that count its municipalities: no end passes their number"""
_ABSOLUTE = ("share", "count", "coefficient", "yen/yen")
_STEPS = ("discretionary_transfer", "discretionary_per_member", "easing")
"""figures that may be nothing: their differences are kept in yen"""
LIKE = "baseline"
"""the scenario whose spread is kept"""
Floats = NDArray[np.float64]


def relative(measure: str) -> bool:
    """Tell whether differences of a measure are kept as parts of the baseline rather than in its own unit."""
    return unit_of(measure) not in _ABSOLUTE and measure not in _STEPS


def unit_of(measure: str) -> str:
    """Return the unit of a headline figure, of a measure of a municipality or of a group of households."""
    if (of_group := measure_of(measure)) is not None:
        return GROUP_MEASURES[of_group]
    return HEADLINE[measure][0] if measure in HEADLINE else MEASURES[measure]


def cells(tables: Mapping[str, pd.DataFrame], prefecture: int, of_places: Sequence[str] = OF_PLACES) -> pd.Series:
    """Return every figure that has a range, float64 by measure, code and year, from the tables of a run.

    Groups of households are left out where the run lacks their table.

    of_places  the figures of municipalities wanted
    """
    whole = tables["metropolis_year"]
    names = [n for n in HEADLINE if n in whole and pd.api.types.is_numeric_dtype(whole[n])]
    first = whole.melt(["year"], names, var_name="measure").assign(code=prefecture)
    places = measured(tables["municipality_year"]).melt(["year", "code"], list(of_places), var_name="measure")
    parts = [first, places]
    if "household_groups" in tables:
        parts.append(long_groups(tables["household_groups"]).assign(code=prefecture))
    return pd.concat(parts, ignore_index=True).astype({"value": float}).set_index(["measure", "code", "year"])["value"]


def digest(values: pd.Series) -> str:
    """Return the SHA-256 of the figures of a run, by which its results are known again when only words have changed.

    Groups of households are left out: what they add up to is in it.
    """
    values = values[~of_groups(values)]
    return hashlib.sha256(values.sort_index().to_csv(float_format="%.10g").encode()).hexdigest()


def of_groups(values: pd.Series) -> NDArray[np.bool_]:
    """Return which figures are those of a group of households."""
    return np.array([measure_of(name) is not None for name in values.index.get_level_values("measure")], dtype=bool)


@dataclass(frozen=True)
class Ranges:
    """The spread a region keeps, and the run around whose figures it is laid."""

    about: Mapping[str, object]
    spread: pd.DataFrame
    run: RunFolder

    @classmethod
    def of(cls, run: RunFolder) -> Ranges | None:
        """Return the ranges of a run; None where its region keeps none, or the run knows only what a date knew."""
        if run.manifest.get("as_of"):
            return None
        home = run.region.folder / FOLDER
        if not (home / ABOUT).is_file():
            return None
        return cls(load_mapping(home / ABOUT), _read(home / SPREAD, (home / SPREAD).stat().st_mtime_ns), run)

    @cached_property
    def table(self) -> pd.DataFrame:
        """Every range of the run: measure, code, year, value, low90, low80, high80, high90, PARTS."""
        return around(self.values, self.spread, int(self.run.manifest["sample"]))

    @cached_property
    def indexed(self) -> pd.DataFrame:
        """The table by measure, code and year."""
        return self.table.set_index(["measure", "code", "year"])

    @cached_property
    def values(self) -> pd.Series:
        """The figures of the run that have a range, by measure, code and year."""
        wanted = ("metropolis_year", "municipality_year", "household_groups")
        tables = {name: self.run.table(name) for name in wanted if name in self.run.tables}
        return cells(tables, self.run.region.code)

    def range(self, measure: str, code: int | None = None, group: str | None = None) -> pd.DataFrame:
        """Return a figure by year with its ranges; code of a municipality, the prefecture if none.

        group  of the prefecture's households: "65-74", or "age of head: 65-74"
        """
        code = self.run.region.code if code is None else code
        name = measure if group is None else group_name(measure, *found_group(group, self._groups()))
        mine = self.table[(self.table["measure"] == name) & (self.table["code"] == code)]
        if mine.empty:
            own = self.table.loc[self.table["code"] == code, "measure"]
            known = sorted({m for m in own if measure_of(m) is None} if group is None else GROUP_MEASURES)
            raise InputError(f"no range of '{measure}'{nearest(measure, known)}. There are: {', '.join(known)}")
        return mine.drop(columns=["measure", "code"]).set_index("year")

    def has(self, measure: str) -> bool:
        """Tell whether a headline figure has a range."""
        return bool(((self.table["measure"] == measure) & (self.table["code"] == self.run.region.code)).any())

    def whole(self, year: int) -> pd.DataFrame:
        """Return the ranges of the headline figures in a year, by measure."""
        t = self.table
        return t[(t["code"] == self.run.region.code) & (t["year"] == year)].set_index("measure")

    def places(self, measure: str, year: int) -> pd.DataFrame:
        """Return the ranges of a measure of the municipalities in a year, by code."""
        t = self.table
        mine = (t["measure"] == measure) & (t["year"] == year) & (t["code"] != self.run.region.code)
        return t[mine].set_index("code")

    def groups(self, year: int) -> pd.DataFrame:
        """Return the ranges of the groups of households of the prefecture in a year, by measure, kind and group."""
        mine = self._of_groups[self._of_groups["year"] == year]
        return mine.set_index(["measure", "kind", "group"])

    def _groups(self) -> pd.DataFrame:
        """Return which groups have a range: kind, group."""
        found = self._of_groups[["kind", "group"]].drop_duplicates()
        if found.empty:
            raise InputError("groups of households have no ranges here; kokuho calibrate --ensemble --keep makes them")
        return found

    @cached_property
    def _of_groups(self) -> pd.DataFrame:
        """The rows of the table that are of groups, with their kind and group."""
        mine = self.table[self.table["measure"].str.contains("|", regex=False)]
        if mine.empty:
            return mine.assign(kind="", group="")
        return mine.drop(columns="measure").join(split(mine["measure"]))

    def beside(self, frame: pd.DataFrame, percent: int = 90) -> pd.DataFrame:
        """Return a frame by year, and by code if it has one, with columns `<figure>_low` and `<figure>_high` added.

        percent  of the ranges, 80 or 90; figures without a range get no columns, rows without one stay empty
        """
        if percent not in ENDS:
            raise InputError(f"ranges are of {' and '.join(map(str, sorted(ENDS)))} %, not {percent}")
        keys = ["year", "code"] if "code" in frame else ["year"]
        mine = self.table[self.table["measure"].isin(frame.columns)]
        mine = mine if "code" in frame else mine[mine["code"] == self.run.region.code]
        ends = mine.pivot(index=keys, columns="measure", values=[f"low{percent}", f"high{percent}"])
        ends.columns = [f"{measure}_{end.removesuffix(str(percent))}" for end, measure in ends.columns]
        return frame.join(ends, on=keys)

    @property
    def size(self) -> int:
        """Return how many parameter sets stand behind the spread."""
        return int(str(self.about["runs"] or self.about["kept"]))

    def reservations(self, lang: str) -> list[str]:
        """Return what is to be known of these ranges: another scenario's spread, other code, other parameters."""
        m, at = self.run.manifest, int(lang == "en")
        found = [] if m["scenario"] == LIKE else [_BORROWED[at]]
        if digest(self.values) != self.about["result"]:
            made = {"code": m["digests"]["code"], "register": m["digests"].get("register")}
            found += [words[at] for what, words in _OTHER.items() if made[what] != self.about[what]]
        return [*found, *([_UNJUDGED[at]] if self._unjudged else [])]

    @property
    def _unjudged(self) -> bool:
        """Whether the collection rate of the last year has no error of the model, for want of forecasts to judge."""
        mine = self.spread[
            (self.spread["measure"] == "collection_rate") & (self.spread["code"] == self.run.region.code)
        ]
        last = mine[mine["year"] == mine["year"].max()]
        return "model" in last and bool((last["model"] == 0).all())


_BORROWED = (
    "幅は基準シナリオのものを用いた。",
    "The spread is that of the baseline.",
)
_UNJUDGED = (
    "収納率の予測を検証できる公表値はまだなく、都道府県の収納率の幅にモデル自体の誤差は含まれない。",
    "No forecast of the collection rate can be judged yet, so the prefecture's holds no error of the model.",
)
_OTHER = {
    "code": (
        "幅を求めた後にプログラムが変わっている。",
        "The program has changed since the spread was worked out.",
    ),
    "register": (
        "幅を求めた後にパラメータが変わっている。",
        "Parameters have changed since the spread was worked out.",
    ),
}


def around(values: pd.Series, spread: pd.DataFrame, sample: int) -> pd.DataFrame:
    """Return ranges around the figures of a run: the sets' differences and the noise of a run of this size.

    values  float64 by measure, code and year; what has no spread is left out
    spread  rows of spread.csv; its `level` is that of the run it was made with, and one without `model` holds no
            error of the model
    """
    out = spread.merge(values.rename("value").reset_index(), on=["measure", "code", "year"])
    unit = np.where(out["relative"], out["value"], 1.0)
    noise = out["sd_noise"] * np.sqrt(sample)
    term = out["model"].to_numpy(float) if "model" in out else np.zeros(len(out))
    level, share = out["value"].to_numpy(float), out["share"].to_numpy(bool)
    for percent, names in ENDS.items():
        z = NormalDist().inv_cdf((1 + percent / 100) / 2)
        for side, name in zip(("low", "high"), names, strict=True):
            sign = -1.0 if side == "low" else 1.0
            reach = np.hypot((sign * out[name]).clip(lower=0.0), z * noise) * np.abs(unit)
            model = reach_of(level, term * _OF_MODEL[percent], share)[side == "high"]
            out[f"{side}{percent}"] = _possible(out["value"] + sign * np.hypot(reach, model), out)
    variance = {"noise": noise**2, "parameters": out["var_parameters"], "policy": out["var_policy"]}
    down, up = reach_of(level, term, share)
    own = np.divide((down + up) / 2, np.abs(unit), out=np.zeros(len(out)), where=unit != 0)
    variance["model"] = (own / NormalDist().inv_cdf(0.95)) ** 2
    total = sum(variance.values())
    for part in PARTS:
        out[part] = variance[part] / total.where(total > 0)
    return out[["measure", "code", "year", "value", "low90", "low80", "high80", "high90", *PARTS]]


def log_odds(share: Floats) -> Floats:
    """Return the log-odds of shares, those of nothing and the whole a little inside."""
    inside = np.clip(share, LEAST, 1 - LEAST)
    return np.log(inside / (1 - inside))


def reach_of(value: Floats, term: Floats, share: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return how far a term reaches below and above figures, in their unit.

    term   part of the figure; of shares, a difference of log-odds
    """
    at = log_odds(value)
    down, up = (np.abs(1 / (1 + np.exp(-(at + sign * term))) - 1 / (1 + np.exp(-at))) for sign in (-1, 1))
    plain = term * np.abs(value)
    return np.where(share, down, plain), np.where(share, up, plain)


def _possible(ends: pd.Series, rows: pd.DataFrame) -> pd.Series:
    """Keep ends from passing nothing and, for parts and counts of a whole, the whole, unless the figure itself does."""
    most = np.where(
        rows["share"], 1.0, np.where(rows["measure"].isin(OF_MUNICIPALITIES), rows["code"].nunique() - 1, np.inf)
    )
    top = np.maximum(most, rows["value"])
    return ends.clip(lower=np.minimum(0.0, rows["value"]), upper=top)


_kept: dict[tuple[Path, int], pd.DataFrame] = {}


def _read(file: Path, changed: int) -> pd.DataFrame:
    """Return a spread file, read once a state of it."""
    if (file, changed) not in _kept:
        _kept[file, changed] = pd.read_csv(file)
    return _kept[file, changed]


def ranges_of_run(run: RunFolder) -> Ranges:
    """Return the ranges of a run; InputError where it has none."""
    found = Ranges.of(run)
    if found is None:
        raise InputError(
            "this run has no ranges: its region keeps no spread; kokuho calibrate --ensemble --keep makes one"
        )
    return found


def range_of(run: RunFolder, measure: str, place: str | int | None = None, group: str | None = None) -> pd.DataFrame:
    """Return a figure of a run by year with its 80 and 90 % ranges; InputError where the run has none.

    place  a municipality's name or code, the prefecture if none
    group  of the prefecture's households: "65-74", or "age of head: 65-74"
    """
    if place is not None and group is not None:
        raise InputError("groups of households have ranges for the prefecture only; leave out the municipality")
    found = ranges_of_run(run)
    code = None if place is None else place_code(place, run.register())
    return found.range(measure, code, group)


def spread_of(
    differences: Floats, noise: Floats, points: Floats, policy: NDArray[np.bool_], smooth: NDArray[np.bool_]
) -> dict[str, Floats]:
    """Return quantiles of the differences, their variance by part, and the noise of the full population.

    differences  float64[sets, figures]: set less baseline, same households and draws
    noise        float64[figures]: standard deviation between seeds, at the size of the full population
    points       float64[sets, parameters], scaled to -1 ... 1
    policy       bool[parameters]: what is decided rather than unknown
    smooth       bool[figures]: of few households, so that what the parameters do not explain is chance of the sample
    """
    n = len(points)
    terms = np.hstack([np.ones((n, 1)), points - points.mean(axis=0)])
    weights = np.linalg.pinv(terms) @ differences
    fitted = terms @ weights
    spare = max(n - terms.shape[1], 1)
    chance = ((differences - fitted) ** 2).sum(axis=0) / spare
    total = differences.var(axis=0)
    bought = chance * (terms.shape[1] - 1) / n
    explained = np.maximum(fitted.var(axis=0) - bought, 0.0)
    shrink = np.sqrt(np.divide(explained, fitted.var(axis=0), out=np.zeros_like(total), where=fitted.var(axis=0) > 0))
    middle = fitted.mean(axis=0)
    used = np.where(smooth, middle + (fitted - middle) * shrink, differences)
    decided = (terms[:, 1:] * policy) @ weights[1:]
    own = np.maximum(decided.var(axis=0) - chance * policy.sum() / n, 0.0)
    whole = used.var(axis=0)
    own = np.minimum(own, whole)
    out = {name: np.quantile(used, q, axis=0) for name, q in QUANTILES.items()}
    return {**out, "sd_noise": noise, "var_parameters": whole - own, "var_policy": own}
