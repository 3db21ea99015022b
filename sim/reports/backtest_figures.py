"""Figures of a back-test: published | forecast with its interval | last value | straight line, one a main item."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.core.colours import BLACK, BLUE, GREY, ORANGE
from sim.core.sample import banner, tagged
from sim.core.units import era
from sim.parameters import Parameters
from sim.parameters.places import prefectural
from sim.reports.drawing import write_figure
from sim.reports.theme import STYLE, legend_above, new_axes
from sim.reports.words import Lang
from sim.studies.backtest.items import Item, items

if TYPE_CHECKING:
    from sim.studies.backtest import Backtest

_WORDS = {
    "published": ("公表値", "published"),
    "forecast": ("予測（90％区間）", "forecast, 90 % interval"),
    "last": ("直近値", "last value"),
    "line": ("直線", "straight line"),
}
_LARGE = 1e8
"""yen from which an axis is in 億円"""
_STEP = 0.14
"""distance between the marks of a year, in years"""


def draw_all(b: Backtest, folder: Path, lang: Lang = "en", png: bool = False) -> dict[str, Path]:
    """Write a figure (SVG, and PNG if wanted) of each main item with a published figure; return the SVG by item."""
    folder.mkdir(parents=True, exist_ok=True)
    found = {}
    with matplotlib.rc_context(STYLE):
        for item in items(Parameters.load()):
            own = b.rows[(b.rows["item"] == item.name) & prefectural(b.rows["code"])]
            if not item.main or own["error"].isna().all():
                continue
            path = folder / f"{item.name}{'' if lang == 'en' else f'_{lang}'}.svg"
            title = tagged(item.label[lang == "en"], b.size.sample, lang)
            dates = ", ".join(date.as_of.isoformat() for date in b.dates)
            note = f"{('時点', 'as of')[lang == 'en']}: {dates}  |  kokuho-sim"
            write_figure(draw(item, own, lang), title, note, path, png, banner(b.size.sample, lang))
            found[item.name] = path
    return found


def draw(item: Item, rows: pd.DataFrame, lang: Lang = "en") -> Figure:
    """Return the figure of an item: forecasts stand at their year, those of earlier dates further left."""
    figure, axes = new_axes()
    scale, unit = _scale(item, rows, lang)
    known = rows[rows["published"].notna()].drop_duplicates("year").sort_values("year")
    axes.plot(known["year"], known["published"] / scale, "o-", color=BLACK, label=_word("published", lang), zorder=4)
    at = rows["year"] - _STEP * rows["horizon"]
    ends = [(rows["forecast"] - rows["low"]) / scale, (rows["high"] - rows["forecast"]) / scale]
    bars = [side.fillna(0.0).abs() for side in ends]
    label = _word("forecast", lang)
    axes.errorbar(at, rows["forecast"] / scale, yerr=bars, fmt="s", color=BLUE, capsize=3, label=label, zorder=5)
    for name, mark, colour in (("last", "_", ORANGE), ("line", "x", GREY)):
        axes.plot(at, rows[name] / scale, mark, color=colour, ms=9, mew=2, ls="none", label=_word(name, lang))
    _years(axes, rows)
    axes.set_ylabel(unit)
    legend_above(axes)
    return figure


def _years(axes: Axes, rows: pd.DataFrame) -> None:
    years = range(int(rows["year"].min()), int(rows["year"].max()) + 1)
    axes.set_xticks(list(years), [era(year) for year in years])


def _scale(item: Item, rows: pd.DataFrame, lang: Lang) -> tuple[float, str]:
    """Return what figures are divided by on the axis, and its unit."""
    if item.unit == "share":
        return 0.01, "%"
    if item.unit == "yen" and rows["published"].abs().max() >= _LARGE:
        return _LARGE, "億円"
    return 1.0, {"yen": ("円", "yen"), "persons": ("人", "persons")}[item.unit][lang == "en"]


def _word(name: str, lang: Lang) -> str:
    return _WORDS[name][lang == "en"]
