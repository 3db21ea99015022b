"""The scales of drawn axes: limits, ticks with names, logarithms, units."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import XAxis, YAxis
from matplotlib.category import StrCategoryLocator
from matplotlib.cm import ScalarMappable
from matplotlib.colors import to_hex
from matplotlib.scale import SymmetricalLogScale
from matplotlib.ticker import FixedLocator
from numpy.typing import ArrayLike

from sim.reports.words import WORDS

_UNIT = re.compile(r"[\[［]([^\[\]［］]+)[\]］]|[(（]([^()（）=]{1,8})[)）]$")
_BARE = {text for key in ("oku", "yen", "persons_10k", "count", "man_yen") for text in WORDS[key]}
"""labels that are a unit and nothing else"""
_COLOURS = 12
"""colours a scale of colours is told by"""


@dataclass(frozen=True, kw_only=True)
class Axis:
    """A scale: limits as drawn, the lower or left one first, so that a reversed one has the higher number first.

    ticks     places with names, where they are fixed; None where they follow from the limits
    log       logarithmic
    beyond    of a scale that is logarithmic beyond a number on both sides: that number; 0 of others. Its places are
              told as they lie on the axis (`lies`)
    signless  shows numbers without their sign
    shown     whether its ticks have labels
    """

    label: str
    unit: str
    limits: tuple[float, float]
    ticks: list[tuple[float, str]] | None
    log: bool
    beyond: float
    signless: bool
    shown: bool
    right: bool
    points: float
    turned: float

    @property
    def named(self) -> bool:
        """Whether places along it are names and not numbers."""
        return self.ticks is not None and not self.beyond

    def lies(self, value: float) -> float:
        """Return where a value lies on the axis."""
        if not self.beyond or abs(value) <= self.beyond:
            return value
        return float(np.sign(value)) * self.beyond * (1 + np.log10(abs(value) / self.beyond))

    def told_value(self, place: float) -> float:
        """Return the value that lies at a place of the axis, as the axis names it."""
        value = place
        if self.beyond and abs(place) > self.beyond:
            value = float(np.sign(place)) * self.beyond * 10 ** (abs(place) / self.beyond - 1)
        return abs(value) if self.signless else value

    def told(self) -> dict[str, object]:
        found: dict[str, object] = {
            "label": self.label,
            "lim": [brief(self.lies(v)) for v in self.limits],
            "log": self.log,
            "abs": self.signless,
            "shown": self.shown,
            "right": self.right,
            "pt": self.points,
            "turn": self.turned,
        }
        if self.ticks is not None:
            found["ticks"] = [[brief(self.lies(at)), name] for at, name in self.ticks]
        return {name: value for name, value in found.items() if value not in (False, 0.0, "")}


def hexed(colour: ArrayLike) -> str:
    """Return a colour as #rrggbb, however matplotlib holds it."""
    red, green, blue = (float(part) for part in np.asarray(colour, dtype=float).ravel()[:3])
    return to_hex((red, green, blue))


def brief(value: float) -> float:
    """Return a number with six significant digits, which is what a screen can show."""
    return float(f"{value:.6g}")


def unit_in(label: str) -> str:
    """Return the unit a label has in brackets, "" where it has none."""
    found = _UNIT.search(label)
    return (found[1] or found[2]) if found else ""


def axis_of(axes: Axes, which: Literal["x", "y"]) -> Axis:
    """Return the horizontal or vertical scale of axes."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = (float(v) for v in (axes.get_xlim() if which == "x" else axes.get_ylim()))
    label = axis.get_label_text()
    formatter = axis.get_major_formatter()
    fixed = isinstance(axis.get_major_locator(), (FixedLocator, StrCategoryLocator))
    scale = axis._scale  # type: ignore[union-attr]
    beyond = float(scale.linthresh) if isinstance(scale, SymmetricalLogScale) else 0.0
    right = axis.get_label_position() == "right"
    own = axis.get_tick_params()
    side = "labelbottom" if which == "x" else f"label{axis.get_label_position()}"
    first = axis.get_majorticklabels()[:1]
    return Axis(
        label=label,
        unit=unit_in(label) or (label if label in _BARE else ""),
        limits=(low, high),
        ticks=_ticks(axis, min(low, high), max(low, high)) if fixed else None,
        log=axis.get_scale() == "log",
        beyond=beyond,
        signless=not fixed and not axis.get_scale().endswith("log") and formatter(-2.0).strip() == "2",
        shown=axes.axison and bool(own.get(side, True)),
        right=right,
        points=float(first[0].get_fontsize()) if first else 10.0,
        turned=float(first[0].get_rotation()) if first else 0.0,
    )


def _ticks(axis: XAxis | YAxis, low: float, high: float) -> list[tuple[float, str]]:
    """Return the ticks of an axis within its limits: where they are and what is written there."""
    places = [float(at) for at in axis.get_majorticklocs()]
    written = axis.get_major_formatter().format_ticks(places)
    return [(at, name) for at, name in zip(places, written, strict=True) if low <= at <= high]


def is_ramp(axes: Axes) -> bool:
    """Tell whether axes are a scale of colours."""
    return hasattr(axes, "_colorbar")


def ramp(axes: Axes) -> dict[str, object]:
    """Return a scale of colours: its limits, label and colours from low to high."""
    own = axes._colorbar.mappable  # type: ignore[attr-defined]
    assert isinstance(own, ScalarMappable)
    low, high = (float(v) for v in axes.get_ylim())
    colours = [hexed(own.to_rgba(v)) for v in np.linspace(low, high, _COLOURS)]
    return {"lim": [brief(low), brief(high)], "label": axes.get_ylabel(), "colours": colours}
