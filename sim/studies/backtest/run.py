"""Runs the model as of each date and sets its forecasts beside what was published later."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Unpack

import numpy as np
import pandas as pd

from sim.core.errors import InputError
from sim.core.quantiles import student
from sim.parameters import Parameters
from sim.parameters.loader import OverrideKey
from sim.parameters.places import is_prefecture
from sim.parameters.schema import Value
from sim.studies.backtest import vintage
from sim.studies.backtest.facts import FAR, Fact, dated
from sim.studies.backtest.items import TABLES, Item, items
from sim.studies.backtest.naive import best, naive
from sim.studies.backtest.scores import SURE, scored
from sim.studies.backtest.spec import Date, Spec, draws
from sim.studies.discrepancy import read_declared, widened
from sim.studies.execution import Task, Workers, all_or_raise, execute
from sim.studies.sensitivity.spec import Factor
from sim.studies.validation.figures import Figures

HORIZONS = (1, 2)
"""years after the fiscal year of the date"""

Key = tuple[int, str]
"""code of the municipality and portion"""


@dataclass(frozen=True)
class Size:
    """How large the runs are: one household in `sample` for the level, `members` runs in 1/`member_sample`."""

    sample: int = 1
    members: int = 24
    member_sample: int = 100

    def __post_init__(self) -> None:
        for name, least in (("sample", 1), ("members", 0), ("member_sample", 1)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise InputError(f"{name.replace('_', '-')} is {value}; give a whole number of at least {least}")
        if self.members == 1:
            raise InputError("members is 1; an interval needs at least 2, and 0 leaves it out")


@dataclass(frozen=True)
class Runs:
    """What the model says as of a date: the level, and the members of the ensemble."""

    date: Date
    level: Figures
    members: Sequence[Figures]
    later: Sequence[vintage.Later]


def live(spec: Spec, dates: Sequence[Date], size: Size, **workers: Unpack[Workers]) -> list[Runs]:
    """Run the model as of every date; finished runs are used again. FailedRunsError if one fails."""
    registers = [vintage.register_of(date.as_of) for date in dates]
    levels = [_task(spec, date, {}, size.sample, 0) for date in dates]
    members = [
        _task(spec, date, _overrides(point, p, date), size.member_sample, m)
        for date, p in zip(dates, registers, strict=True)
        for m, point in enumerate(draws(spec, date, size.members, p))
    ]
    level = _figures(levels, size.sample, "levels", **workers)
    around = _figures(members, size.member_sample, "members", **workers)
    return [
        Runs(
            date,
            level[i],
            around[i * size.members : (i + 1) * size.members],
            vintage.known_later(registers[i]),
        )
        for i, date in enumerate(dates)
    ]


def _task(spec: Spec, date: Date, overrides: Mapping[OverrideKey, Value], sample: int, replicate: int) -> Task:
    return vintage.task(date.as_of, spec.scenario, overrides, sample, replicate, date.year + HORIZONS[-1])


def _overrides(point: Mapping[Factor, float], p: Parameters, date: Date) -> dict[OverrideKey, Value]:
    last = date.year + HORIZONS[-1]
    return {key: value for factor, x in point.items() for key, value in factor.overrides(x, p, last).items()}


def _figures(tasks: Sequence[Task], sample: int, title: str, **workers: Unpack[Workers]) -> list[Figures]:
    if not tasks:
        return []
    done = all_or_raise(execute(tasks, TABLES, title=title, **workers))
    return [Figures.from_tables(outcome.tables.__getitem__, sample) for outcome in done]


def rows(spec: Spec, runs: Sequence[Runs], p: Parameters) -> pd.DataFrame:
    """Return a scored row for every item, municipality, date and horizon: see `_of_date` and `scores.scored`.

    p  the whole register, whatever the date: published figures are taken from it, each with its own date

    Of totals of the prefecture a forecast without a published figure stands there unjudged; figures that were public
    on the date are none to forecast.
    """
    rules = spec.rules()
    found: list[dict[str, object]] = []
    for item in items(p):
        facts = dated(item.find(p), rules)
        instead = dated(item.instead(p), rules) if item.instead else []
        for key in sorted({(fact.code, fact.part) for fact in facts}):
            own = [fact for fact in facts if (fact.code, fact.part) == key]
            substitute = [fact for fact in instead if (fact.code, fact.part) == key]
            for run in runs:
                found += _of_date(spec, item, key, own, substitute, run)
    return scored(widened(pd.DataFrame(found), read_declared()))


def _of_date(
    spec: Spec, item: Item, key: Key, facts: Sequence[Fact], instead: Sequence[Fact], run: Runs
) -> Iterator[dict[str, object]]:
    """Yield the rows of an item and municipality as of one date."""
    code, part = key
    published = best(facts)
    for horizon in HORIZONS:
        year = run.date.year + horizon
        target = published.get(year)
        if (target is None and not is_prefecture(code)) or (target is not None and target.public <= run.date.as_of):
            continue
        family = (target or max(facts, key=lambda f: f.year)).family
        rivals = naive(facts, instead, family, run.date.as_of, year)
        forecast, low, high = _forecast(item, key, year, run)
        alike = {fact.year for fact in facts if fact.family == family}
        yield {
            "as_of": run.date.as_of.isoformat(),
            "year": year,
            "horizon": horizon,
            "group": item.group,
            "item": item.name,
            "code": code,
            "part": part,
            "unit": item.unit,
            "kind": item.kind,
            "basis": target.basis if target else "",
            "published": target.value if target else math.nan,
            "published_on": target.published_on if target else "",
            "public": target.public if target else FAR,
            "source": target.source if target else "",
            "forecast": forecast,
            "low_parameters": low,
            "high_parameters": high,
            "last": rivals.last,
            "last_from": rivals.last_from,
            "line": rivals.line,
            "line_from": rivals.line_from,
            "single": len(alike) == 1,
            **_marks(spec, item, run.later),
            "note": spec.told(item.name, year, run.date.as_of),
        }


def _marks(spec: Spec, item: Item, later: Sequence[vintage.Later]) -> dict[str, str]:
    """Return what stands behind an item that became known after the date: what leaks, and what is structure."""
    names = sorted({own.name for own in later if item.hangs_on(own.name)})
    return {
        "leaks": ", ".join(name for name in names if not spec.is_structure(name, item.name)),
        "structure": ", ".join(name for name in names if spec.is_structure(name, item.name)),
    }


def _forecast(item: Item, key: Key, year: int, run: Runs) -> tuple[float, float, float]:
    """Return the level, and the ends of the 90 % interval around it, nan without an ensemble."""
    level = _read(item, run.level, key, year)
    members = np.array([_read(item, figures, key, year) for figures in run.members])
    low, high = spread(members)
    ends = sorted((level * low, level * high))
    return level, ends[0], ends[1]


def spread(members: np.ndarray) -> tuple[float, float]:
    """Return the ends of the 90 % interval of one more member, relative to the mean; nan where it cannot be told.

    Student's t for a member not yet drawn, so that few members give a wide interval and not a narrow one.
    """
    n = len(members)
    mean = members.mean() if n else math.nan
    if n < 2 or not np.isfinite(members).all() or mean == 0:
        return math.nan, math.nan
    half = student(n - 1, (1 + SURE) / 2) * members.std(ddof=1) * math.sqrt(1 + 1 / n) / abs(mean)
    return 1 - float(half), 1 + float(half)


def _read(item: Item, figures: Figures, key: Key, year: int) -> float:
    """Return what a run says of an item; nan where the run has no such figure, or did not reach the year."""
    if year not in figures.year.index:
        return math.nan
    try:
        return float(item.read(figures, year, *key))
    except KeyError:
        return math.nan


def untested(judged: pd.DataFrame, p: Parameters) -> list[str]:
    """Return the items of a region of which no figure published after a date can be judged, in order."""
    told = set(judged.loc[judged["error"].notna(), "item"])
    return [item.name for item in items(p) if item.name not in told]
