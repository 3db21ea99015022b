"""The legend of a drawn figure: names with the colour and kind of what they stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from matplotlib.artist import Artist
from matplotlib.collections import Collection, LineCollection, PathCollection
from matplotlib.colors import to_rgba
from matplotlib.container import Container
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.reports.plots.axes import hexed

Kind = Literal["line", "points", "bar", "band", "segments"]
_OWN = re.compile(r"_(child|container|line|collection|nolegend)")
"""how the labels begin that matplotlib gives what has none"""
_SINGLE = ("line", "points", "bar")
"""kinds that show one value at a place"""


@dataclass(frozen=True)
class Key:
    """An entry of the legend. Of a range, `opaque` is how much covers what lies behind."""

    name: str
    kind: Kind
    colour: str
    marker: str = ""
    opaque: float = 1.0

    def told(self) -> list[object]:
        return [self.name, self.kind, self.colour, self.marker, round(self.opaque, 2)]


def keys_of(figure: Figure) -> list[Key]:
    """Return the entries of the legends of a figure, each name once."""
    found: dict[str, Key] = {}
    for axes in figure.axes:
        if axes.get_visible():
            for handle, label in zip(*axes.get_legend_handles_labels(), strict=True):
                found.setdefault(str(label), key_of(handle, str(label)))
    for legend in figure.legends:
        for shown, text in zip(legend.legend_handles, legend.get_texts(), strict=True):
            if shown is not None:
                found.setdefault(text.get_text(), key_of(shown, text.get_text()))
    return list(found.values())


def key_of(named: Artist | Container, name: str) -> Key:
    """Return the key of what a legend names."""
    handle = named[0] if isinstance(named, Container) else named
    assert isinstance(handle, Artist)
    if isinstance(handle, Line2D):
        alone = handle.get_linestyle() in ("None", "none", "")
        return Key(name, "points" if alone else "line", colour_of(handle), marker_of(handle))
    if isinstance(handle, LineCollection):
        return Key(name, "segments", colour_of(handle), "", _alpha(handle))
    if isinstance(handle, PathCollection):
        return Key(name, "points", colour_of(handle), scatter_marker(handle))
    if isinstance(handle, Collection):
        return Key(name, "band", colour_of(handle), "", _alpha(handle))
    opaque = _alpha(handle)
    return Key(name, "bar" if opaque == 1 else "band", colour_of(handle), "", opaque)


def _alpha(artist: Artist) -> float:
    alpha = artist.get_alpha()
    return 1.0 if alpha is None else float(alpha)


def colour_of(artist: Artist) -> str:
    """Return the colour of an artist as #rrggbb."""
    if isinstance(artist, Line2D):
        return hexed(to_rgba(artist.get_color()))
    if isinstance(artist, Collection):
        faces = np.atleast_2d(np.asarray(artist.get_facecolor(), dtype=float))
        return hexed(faces if faces.size else np.asarray(artist.get_edgecolor(), dtype=float))
    assert isinstance(artist, Patch)
    return hexed(to_rgba(artist.get_facecolor()))


def marker_of(line: Line2D) -> str:
    """Return the marker of a line, with - behind it where it is open; "" for none."""
    marker = str(line.get_marker())
    if marker in ("None", "none", ""):
        return ""
    return marker + ("-" if to_rgba(line.get_markerfacecolor())[3] == 0 else "")


_TRIANGLE = 4
"""corners of the path of a triangle, the first one twice"""


def scatter_marker(points: PathCollection) -> str:
    return "^" if len(np.asarray(points.get_paths()[0].vertices)) == _TRIANGLE else "o"


def given_name(label: object) -> str:
    """Return the name a label gives to values, "" where matplotlib made the label."""
    text = str(label)
    return "" if _OWN.match(text) else text.removeprefix("_")


def place_of(label: object, colour: str, keys: Sequence[Key]) -> int:
    """Return which key an artist belongs to: that of its label, else the one of its colour; -1 for none."""
    names = [key.name for key in keys]
    if str(label) in names:
        return names.index(str(label))
    same = (i for i, key in enumerate(keys) if key.colour == colour and key.kind in _SINGLE)
    return next(same, -1)
