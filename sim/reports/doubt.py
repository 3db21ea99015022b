"""The ranges of a run as its report shows them: those its region keeps, unless they are not wanted."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import pandas as pd

from sim.outputs.folder import RunFolder
from sim.outputs.ranges import Ranges
from sim.reports.grid import KINDS, shown
from sim.reports.words import Lang, Text, say

_wanted = ContextVar("ranges wanted", default=True)


@contextmanager
def shown_if(wanted: bool) -> Iterator[None]:
    """Show ranges within this context, or leave them out."""
    token = _wanted.set(wanted)
    try:
        yield
    finally:
        _wanted.reset(token)


def wanted() -> bool:
    """Tell whether ranges are wanted."""
    return _wanted.get()


def ranges_of(run: RunFolder) -> Ranges | None:
    """Return the ranges of a run; None where its region keeps none or they are not wanted."""
    return _of(run) if _wanted.get() else None


@functools.lru_cache(maxsize=4)
def _of(run: RunFolder) -> Ranges | None:
    return Ranges.of(run)


def ends(row: pd.Series, kind: str, lang: Lang) -> str:
    """Return the 90 % range of a figure as people read it."""
    k = KINDS[kind]
    unit = say(k.unit, lang)
    low, high = (shown(float(row[name]), kind, lang) for name in ("low90", "high90"))
    if kind == "share":
        low = low.removesuffix("%")
    return f"{low}{'～' if lang == 'ja' else '–'}{high}{unit and (unit if lang == 'ja' else ' ' + unit)}"


def range_text(rows: pd.DataFrame, key: Hashable, kind: str, lang: Lang) -> str:
    """Return the 90 % range of the figure of a key as a table shows it, without its unit; "" where there is none."""
    if key not in rows.index or pd.isna(rows.at[key, "low90"]):
        return ""
    low, high = (shown(float(rows.at[key, name]), kind, lang) for name in ("low90", "high90"))
    return f"{low.removesuffix('%')}{'～' if lang == 'ja' else '–'}{high}"


WHAT: Text = ("90％区間", "90 % range")
SAID: Text = (
    "推計の幅（90％区間）は、公表された実績に合う{n}組のパラメータ、乱数、モデル自体の誤差による。"
    "{last}の現年分収納率の分散のうち、乱数によるもの{noise:.0f}％、"
    "不確かな前提（行動・費用・加入・運営）によるもの{parameters:.0f}％、"
    "今後の政策によるもの{policy:.0f}％、モデル自体の誤差によるもの{model:.0f}％。",
    "Ranges (90 %) come from {n} parameter sets that meet the published results, from noise and from the error of the "
    "model itself. Of the variance of the collection rate of {last}, noise makes {noise:.0f} %, what is not known "
    "(behaviour, costs, membership, institutions) {parameters:.0f} %, policy not yet decided {policy:.0f} %, the error "
    "of the model {model:.0f} %.",
)
PLACES: Text = (
    "{last}の現年分収納率は、被保険者の最も多い{most}で{most_rate}（90％区間{most_ends}）、"
    "最も低い{least}で{least_rate}（{least_ends}）。",
    "The collection rate of {last} is {most_rate} in {most}, which has the most insured (90 % range {most_ends}), and "
    "lowest in {least}, {least_rate} ({least_ends}).",
)
