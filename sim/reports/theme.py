"""How figures look: colours the colour-blind can tell apart, axes of fiscal years, the years to come shaded."""

from __future__ import annotations

from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib_fontja  # noqa: F401  registers IPAexGothic, so that Japanese shows on a bare machine
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.core.colours import BLUE, GREEN, GREY, ORANGE, PURPLE, RED, SKY, YELLOW
from sim.core.units import era
from sim.reports.known import last_published, published
from sim.reports.words import Lang, word

CYCLE = (BLUE, ORANGE, GREEN, PURPLE, SKY, RED, GREY, YELLOW)
MARKERS = "os^Dvph*"

STYLE: dict[Any, object] = {  # matplotlib types the keys as a union of 300 literals
    "figure.figsize": (7.2, 4.2),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.alpha": 0.25,
    "font.size": 10,
    "axes.titlesize": 11,
    "legend.frameon": False,
    "text.parse_math": False,  # a scenario may be called a$b$c
    "svg.fonttype": "path",
    "svg.hashsalt": "kokuho-sim",
    "svg.id": "kokuho",
}


def new_axes(width: float = 7.2, height: float = 4.2) -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes; the report adds title and footer."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def eras(frame: pd.DataFrame) -> list[str]:
    """Return the years of a table as R4, R5, …"""
    return [era(int(y)) for y in frame["year"]]


def shade_projection(axes: Axes, frame: pd.DataFrame, lang: Lang, item: str) -> None:
    """Shade the years after the last published one of what a figure shows; years stand at 0, 1, 2 … on the axis.

    item  of `sim.reports.known.published`
    """
    years = [int(y) for y in frame["year"]]
    last = last_published(item, years)
    if last in years and years[-1] > last:
        axes.axvspan(years.index(last) + 0.5, len(years) - 0.5, color="#000000", alpha=0.04, lw=0)
        axes.text(
            len(years) - 0.55,
            0.98,
            word("projection", lang),
            transform=axes.get_xaxis_transform(),
            ha="right",
            va="top",
            fontsize=8,
            color=GREY,
        )


def dots(axes: Axes, frame: pd.DataFrame, item: str, lang: Lang, scale: float = 1.0) -> None:
    """Mark the published figures of an item as open diamonds."""
    known = {y: v for y, v in published(item).items() if y in set(frame["year"])}
    years = list(frame["year"])
    axes.plot(
        [years.index(y) for y in known],
        [v * scale for v in known.values()],
        "D",
        color=RED,
        ms=7,
        mfc="none",
        mew=1.8,
        ls="none",
        label=word("published", lang),
        zorder=5,
    )


def legend_of(axes: tuple[Axes, ...]) -> tuple[list[Artist], list[str]]:
    """Return handles and labels of several axes for one common legend."""
    handles = [h for a in axes for h in a.get_legend_handles_labels()[0]]
    return handles, [str(h.get_label()) for h in handles]


def legend_above(axes: Axes, entries: tuple[list[Artist], list[str]] | None = None, columns: int = 4) -> None:
    """Put the legend above the axes, where it lies over no point; of several axes with the entries of `legend_of`."""
    handles, labels = entries or legend_of((axes,))
    axes.legend(
        handles,
        labels,
        loc="lower left",
        bbox_to_anchor=(0.0, 1.0),
        borderaxespad=0.3,
        ncols=columns,
        fontsize=8,
        frameon=False,
        columnspacing=1.2,
    )


def thousands(axes: Axes) -> None:
    axes.yaxis.set_major_formatter("{x:,.0f}")
