"""The error of the model itself: how far it is off whatever its parameters, from figures nothing was fitted to.

Decision 0094 has the rule, scenarios/studies/error.yaml what errs alike (class) and what is one quantity (family). Two
sources, both as a relative difference or, for shares, one of log-odds, less what parameters and noise explain:

    level    published results kept aside, beside the baseline of the full population
    growth   forecasts of the back-test, each divided by the root of the years ahead

A class's term is that of a Student's t with three degrees of freedom whose median is the weighted median of its
excesses; a result is judged without its whole family.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from sim.core.errors import InputError
from sim.core.units import fiscal_year
from sim.outputs import ranges
from sim.scenario.document import read_plain

FILE = Path("scenarios/studies/error.yaml")
FORECASTS = "forecasts.csv"
"""file of a region's ranges: its back-test's rows that can be judged"""
GIVEN = "given"
"""class of figures a rule gives: no error"""
SHARES = ("share", "ratio", "rate")
"""units whose errors are differences of log-odds"""
_ODDS = "log-odds"
_HALF = 2.3534 / 0.7649
"""95 % and 75 % quantile of Student's t with three degrees of freedom: half width of 90 % for a median of one"""
_NORMAL = 1.6449
Floats = NDArray[np.float64]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Kind(_Strict):
    """What a published figure errs like, and which quantity it is."""

    group: str = Field(alias="class")
    family: str


class Tie(_Strict):
    """What a figure of a run errs like, and the last year in which a published one tied it down."""

    group: str = Field(alias="class")
    tied: int | None = None
    of: tuple[int, ...] = ()

    @field_validator("tied", mode="before")
    @classmethod
    def _fiscal_year(cls, raw: object) -> int | None:
        return None if raw is None else fiscal_year(raw if isinstance(raw, int) else str(raw))


class Declared(_Strict):
    """Classes and families as their file declares them; patterns, of which the first that fits decides."""

    name: str
    least_families: int = Field(ge=1)
    matched: int
    results: dict[str, Kind]
    forecasts: dict[str, Kind]
    whole: dict[str, Tie]
    places: dict[str, Tie]

    @field_validator("matched", mode="before")
    @classmethod
    def _fiscal_year(cls, raw: object) -> int:
        return fiscal_year(raw if isinstance(raw, int) else str(raw))


def read_declared(path: Path | str | None = None) -> Declared:
    """Return the classes of a file, the shipped one if none is given; InputError says every mistake with its key."""
    file = Path(path or FILE)
    try:
        return Declared.model_validate(read_plain(file, "study"))
    except ValidationError as error:
        lines = [f"{file}: {'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise InputError("\n".join(lines)) from None


def kinds(names: pd.Series, declared: Mapping[str, Kind], section: str) -> pd.DataFrame:
    """Return class and family of published figures; InputError names all that have none."""
    found = {name: next((k for pattern, k in declared.items() if fnmatchcase(name, pattern)), None) for name in names}
    if without := [name for name, kind in found.items() if kind is None]:
        raise InputError(f"{FILE}: {section}: no pattern fits {', '.join(without)}; give each a class and a family")
    pairs = [(k.group, k.family) for name in names if (k := found[name]) is not None]
    return pd.DataFrame(pairs, columns=["class", "family"], index=names.index)


def excess(
    published: Floats, simulated: Floats, half: Floats, odds: NDArray[np.bool_], plain: NDArray[np.bool_]
) -> Floats:
    """Return how far figures are off beyond what parameters and noise explain, float64.

    half   half width of the 90 % range of parameters and noise, in the unit of the figure
    odds   figures whose errors are differences of log-odds
    plain  figures that are log-odds themselves
    """
    inside = np.clip(simulated, ranges.LEAST, 1 - ranges.LEAST)
    unit = np.where(odds, inside * (1 - inside), np.where(plain, 1.0, np.abs(simulated)))
    with np.errstate(divide="ignore", invalid="ignore"):
        off = np.where(odds, ranges.log_odds(published) - ranges.log_odds(simulated), (published - simulated) / unit)
        explained = half / _NORMAL / unit
    return np.sqrt(np.maximum(off**2 - explained**2, 0.0))


def weighted_median(values: Floats, families: pd.Series) -> float:
    """Return the median of figures of which every family has the same weight, shared among its figures."""
    weights = (1 / families.map(families.value_counts())).to_numpy(float)
    order = np.argsort(values, kind="stable")
    ordered, share = values[order], np.cumsum(weights[order]) / weights.sum()
    i = int(np.searchsorted(share, 0.5 - 1e-12))
    exact = abs(share[i] - 0.5) < 1e-9
    return float((ordered[i] + ordered[i + 1]) / 2 if exact else ordered[i])


def half_width(errors: pd.DataFrame, group: str, least: int, without: str = "") -> float:
    """Return the half width of 90 % of a class; nan where not even all classes together have enough families.

    errors   class, family, excess: one a figure
    least    families from which a class speaks for itself
    without  a family that is left out everywhere
    """
    used = errors[errors["family"] != without]
    own = used[used["class"] == group]
    if own["family"].nunique() >= least:
        return _half(own)
    if used["family"].nunique() < least:
        return float("nan")
    return max(_half(used), _half(own) if len(own) else 0.0)


def _half(errors: pd.DataFrame) -> float:
    n = errors["family"].nunique()
    return weighted_median(errors["excess"].to_numpy(float), errors["family"]) * _HALF * float(np.sqrt(1 + 1 / n))


@dataclass(frozen=True)
class Errors:
    """The excesses of results (level) and of forecasts a year ahead (growth): class, family, excess, one a figure."""

    declared: Declared
    level: pd.DataFrame
    growth: pd.DataFrame

    @classmethod
    def of(cls, coverage: pd.DataFrame, forecasts: pd.DataFrame, declared: Declared) -> Errors:
        """Return the errors of the held-out rows of a coverage and of the rows of a back-test."""
        return cls(
            declared, of_results(coverage[coverage["role"] == "held_out"], declared), of_forecasts(forecasts, declared)
        )

    def half(self, group: str, years: float, level: bool = True, without: str = "") -> float:
        """Return the half width of 90 % of a class, `years` after a figure was tied down, or never was (level)."""
        least = self.declared.least_families
        grown = half_width(self.growth, group, least, without) * np.sqrt(years) if years > 0 else 0.0
        return float(np.hypot(half_width(self.level, group, least, without) if level else 0.0, grown))

    def judged(self, coverage: pd.DataFrame) -> pd.DataFrame:
        """Return the results kept aside with the term of other families: class, family, model, *_model.

        What no other family can speak for gets no term.
        """
        held = coverage[coverage["role"] == "held_out"].reset_index(drop=True)
        kind = kinds(held["id"], self.declared.results, "results")
        pairs = zip(kind["class"], kind["family"], held["year"], strict=True)
        term = np.nan_to_num([self.half(c, y - self.declared.matched, without=f) for c, f, y in pairs])
        value = held["simulated"].to_numpy(float)
        down, up = ranges.reach_of(value, term, _in_odds(held))
        plain = (held["unit"] == _ODDS).to_numpy()
        down, up = (np.where(plain, term, end) for end in (down, up))
        low = value - np.hypot(value - held["low"], down)
        high = value + np.hypot(held["high"] - value, up)
        inside = held["published"].between(low, high)
        return held.assign(**kind, model=term, low_model=low, high_model=high, within_model=inside)

    def of_cells(self, keys: pd.DataFrame, prefecture: int) -> Floats:
        """Return the term of figures of a run, float64: half width of 90 %, relative or of log-odds.

        keys  measure, code, year
        """
        each = keys[["measure", "code", "year"]].itertuples(index=False, name=None)
        return np.array([self._of_cell(measure, code, year, prefecture) for measure, code, year in each])

    def _of_cell(self, measure: str, code: int, year: int, prefecture: int) -> float:
        section = "whole" if code == prefecture else "places"
        tie = self._tie(measure, section)
        if tie.group == GIVEN:
            return 0.0
        if tie.tied is not None and (not tie.of or code in tie.of):
            return self._known(tie.group, year - tie.tied, level=False)
        return self._known(tie.group, year - self.declared.matched, level=True)

    def _tie(self, measure: str, section: str) -> Tie:
        declared: dict[str, Tie] = getattr(self.declared, section)
        found = next((tie for pattern, tie in declared.items() if fnmatchcase(measure, pattern)), None)
        if found is None:
            raise InputError(f"{FILE}: {section}: no pattern fits {measure}; give it a class")
        return found

    def _known(self, group: str, years: int, level: bool) -> float:
        found = self.half(group, years, level)
        if np.isnan(found):
            raise InputError(
                f"{len(self.level)} results kept aside and {len(self.growth)} forecasts are too few families for a term"
            )
        return found

    def table(self) -> pd.DataFrame:
        """Return by class its families and half widths of level and of growth in a year (parts, or log-odds)."""
        least = self.declared.least_families
        groups = list(dict.fromkeys((*self.level["class"], *self.growth["class"])))
        rows = []
        for group in groups:
            row: dict[str, object] = {"class": group}
            for name, errors in (("level", self.level), ("growth", self.growth)):
                own = errors[errors["class"] == group]
                row |= {f"{name}_figures": len(own), f"{name}_families": own["family"].nunique()}
                row |= {name: half_width(errors, group, least)}
            rows.append(row)
        return pd.DataFrame(rows)


def _in_odds(rows: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which figures are shares or rates between 0 and 1."""
    inside = rows[["published", "simulated"]].gt(0).all(axis=1) & rows[["published", "simulated"]].lt(1).all(axis=1)
    return (rows["unit"].isin(SHARES) & inside).to_numpy(bool)


def of_results(held: pd.DataFrame, declared: Declared) -> pd.DataFrame:
    """Return class, family and excess of published results beside a run."""
    kind = kinds(held["id"], declared.results, "results")
    plain = (held["unit"] == _ODDS).to_numpy(bool)
    half = (held["high"] - held["low"]).to_numpy(float) / 2
    published, simulated = (held[name].to_numpy(float) for name in ("published", "simulated"))
    return kind.assign(excess=excess(published, simulated, half, _in_odds(held), plain))


def of_forecasts(rows: pd.DataFrame, declared: Declared) -> pd.DataFrame:
    """Return class, family and excess a year ahead of the rows of a back-test that can be judged."""
    told = rows[rows[["published", "forecast", "low_parameters", "high_parameters"]].notna().all(axis=1)]
    kind = kinds(told["item"], declared.forecasts, "forecasts")
    half = (told["high_parameters"] - told["low_parameters"]).to_numpy(float) / 2
    published, forecast = (told[name].to_numpy(float) for name in ("published", "forecast"))
    odds = (told["kind"] == "rate").to_numpy(bool)
    found = excess(published, forecast, half, odds, np.zeros(len(told), bool))
    return kind.assign(excess=found / np.sqrt(told["horizon"].to_numpy(float)))


def forecasts_of(region: Path) -> pd.DataFrame:
    """Return the rows of a region's last back-test that was kept; InputError where there is none."""
    file = region / ranges.FOLDER / FORECASTS
    if not file.is_file():
        raise InputError(
            f"{file} is missing: kokuho backtest --keep writes it; the growth of the error is read from it"
        )
    return pd.read_csv(file)


def widened(rows: pd.DataFrame, declared: Declared) -> pd.DataFrame:
    """Return forecasts with low and high widened by the errors known on the day of each; `model` is the term, or nan.

    rows  as_of, item, kind, year, horizon, public (day of the published figure), published, forecast, low_parameters,
          high_parameters
    """
    out = rows.assign(low=rows["low_parameters"], high=rows["high_parameters"], model=np.nan)
    kind = kinds(rows["item"], declared.forecasts, "forecasts")
    odds = (rows["kind"] == "rate").to_numpy(bool)
    for day in sorted(rows["as_of"].unique()):
        known = rows[(rows["as_of"] < day) & (rows["public"] <= dt.date.fromisoformat(day))]
        errors = of_forecasts(known, declared)
        mine = (rows["as_of"] == day).to_numpy()
        each = {g: half_width(errors, g, declared.least_families) for g in kind.loc[mine, "class"].unique()}
        term = kind.loc[mine, "class"].map(each).to_numpy(float) * np.sqrt(rows.loc[mine, "horizon"].to_numpy(float))
        value = rows.loc[mine, "forecast"].to_numpy(float)
        down, up = ranges.reach_of(value, np.nan_to_num(term), odds[mine])
        out.loc[mine, "model"] = term
        out.loc[mine, "low"] = value - np.hypot(value - rows.loc[mine, "low_parameters"], down)
        out.loc[mine, "high"] = value + np.hypot(rows.loc[mine, "high_parameters"] - value, up)
    return out
