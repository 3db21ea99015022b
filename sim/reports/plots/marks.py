"""What is drawn on axes, kind by kind: lines, bars, ranges, points, cells, ribbons, texts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.cbook import STEP_LOOKUP_MAP
from matplotlib.collections import LineCollection, PathCollection, PolyCollection, QuadMesh
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, PathPatch, Rectangle
from matplotlib.text import Text as Written
from numpy.typing import NDArray

from sim.reports.bands import BAND, PERCENT, percent_of
from sim.reports.plots.axes import axis_of, brief, hexed
from sim.reports.plots.keys import Key, colour_of, given_name, marker_of, place_of, scatter_marker
from sim.reports.words import Lang, say

_DASHES = {"--": "dashed", "-.": "dashed", ":": "dotted"}


@dataclass(frozen=True, kw_only=True)
class Mark:
    """One thing drawn.

    kind     line, bar, band, segments, points, cells, ribbon, texts, rule or shade
    side     0 on the left scale, 1 on the right one
    key      place of its entry in the legend, -1 for none
    band     place of the entry of the range it is part of, -1 for none
    percent  of a range; 0 for what is none
    name     what its values are called, "" for what holds none
    data     numbers, and texts of cells, ribbons and texts
    """

    kind: str
    side: int = 0
    key: int = -1
    band: int = -1
    percent: int = 0
    name: str = ""
    data: Sequence[Sequence[object]] = ()
    look: dict[str, object] = field(default_factory=dict)

    def told(self) -> dict[str, object]:
        rows = [[brief(v) if isinstance(v, float) else v for v in row] for row in self.data]
        found = {"k": self.kind, "side": self.side, "key": self.key, "band": self.band, "d": rows, **self.look}
        return {name: value for name, value in found.items() if (name, value) not in _USUAL}


_USUAL = (("side", 0), ("key", -1), ("band", -1))


def marks_of(axes: Axes, side: int, keys: Sequence[Key], lang: Lang) -> list[Mark]:
    """Return what is drawn on axes, what lies behind first."""
    makers = (_shades, _cells, _fills, _bars, _segments, _lines, _scatters, _texts)
    return [mark for make in makers for mark in make(axes, side, keys, lang)]


def _band_key(artist: Artist, keys: Sequence[Key], lang: Lang) -> tuple[int, int]:
    """Return the percent of a range and its entry in the legend; 0 and -1 of what is none."""
    percent = percent_of(artist)
    if not percent:
        return 0, -1
    names = [key.name for key in keys]
    name = say(BAND, lang, percent=percent)
    return percent, names.index(name) if name in names else -1


def _shades(axes: Axes, side: int, keys: Sequence[Key], lang: Lang) -> Iterator[Mark]:
    """Years to come, which stand on a grey ground."""
    across = axes.get_xaxis_transform()
    for patch in axes.patches:
        if isinstance(patch, Rectangle) and patch.get_data_transform() == across:
            said = next((t.get_text() for t in axes.texts if t.get_transform() == across), "")
            ends = (float(patch.get_x()), float(patch.get_x() + patch.get_width()))
            yield Mark(kind="shade", side=side, data=[[*ends, said]])


def _fills(axes: Axes, side: int, keys: Sequence[Key], lang: Lang) -> Iterator[Mark]:
    """Areas between two lines. The two outer pieces of a range are told as one, from its lower end to its upper."""
    waiting: list[list[float]] | None = None
    for fill in axes.collections:
        if not isinstance(fill, PolyCollection) or isinstance(fill, QuadMesh) or not len(fill.get_paths()):
            continue
        corners = np.asarray(fill.get_paths()[0].vertices, dtype=float)
        n = len(corners) // 2 - 1
        low, high = corners[1 : n + 1], corners[n + 2 : 2 * n + 2][::-1]
        if n < 1:
            continue
        rows = [[float(a[0]), float(a[1]), float(b[1])] for a, b in zip(low, high, strict=True)]
        percent, band = _band_key(fill, keys, lang)
        if percent == PERCENT[0]:
            if waiting is None:
                waiting = rows
                continue
            rows = [[a[0], a[1], b[2], a[2], b[1]] for a, b in zip(waiting, rows, strict=True)]
            waiting = None
        colour, alpha = colour_of(fill), fill.get_alpha()
        key = place_of("" if percent else fill.get_label(), colour, keys)
        name = say(BAND, lang, percent=percent) if percent else given_name(fill.get_label())
        look: dict[str, object] = {"c": colour, "a": 1.0 if alpha is None else float(alpha)}
        yield Mark(kind="band", side=side, key=key, band=band, percent=percent, name=name, data=rows, look=look)


def _bars(axes: Axes, side: int, keys: Sequence[Key], lang: Lang) -> Iterator[Mark]:
    """Bars as place, width, foot and head; what has no name of its own is told as one series."""
    for container in axes.containers:
        if not isinstance(container, BarContainer):
            continue
        level = container.orientation == "horizontal"
        rows: list[list[float]] = []
        for bar in container.patches:
            x, y, w, h = (float(v) for v in (bar.get_x(), bar.get_y(), bar.get_width(), bar.get_height()))
            rows.append([y + h / 2, h, x, x + w] if level else [x + w / 2, w, y, y + h])
        if rows:
            colour = colour_of(container.patches[0])
            key = place_of(container.get_label(), colour, keys)
            name = given_name(container.get_label())
            yield Mark(kind="bar", side=side, key=key, name=name, data=rows, look={"c": colour, "level": int(level)})


def _segments(axes: Axes, side: int, keys: Sequence[Key], lang: Lang) -> Iterator[Mark]:
    for lines in axes.collections:
        if not isinstance(lines, LineCollection) or not len(lines.get_segments()):
            continue
        ends = [np.asarray(each, dtype=float).ravel().tolist() for each in lines.get_segments()]
        percent, band = _band_key(lines, keys, lang)
        colour = colour_of(lines)
        key = place_of("" if percent else lines.get_label(), colour, keys)
        name = say(BAND, lang, percent=percent) if percent else given_name(lines.get_label())
        alpha = lines.get_alpha()
        width = float(np.atleast_1d(lines.get_linewidth())[0])
        look: dict[str, object] = {"c": colour, "w": width, "a": 1.0 if alpha is None else float(alpha)}
        x, y = axis_of(axes, "x"), axis_of(axes, "y")
        data = [[x.lies(a), y.lies(b), x.lies(c), y.lies(d)] for a, b, c, d in filter(len, ends)]
        yield Mark(kind="segments", side=side, key=key, band=band, percent=percent, name=name, data=data, look=look)


def _lines(axes: Axes, side: int, keys: Sequence[Key], lang: Lang) -> Iterator[Mark]:
    """Lines and rows of points; one across the whole axes is a rule, told by where it stands."""
    across, along = axes.get_yaxis_transform(which="grid"), axes.get_xaxis_transform(which="grid")
    x, y = axis_of(axes, "x"), axis_of(axes, "y")
    for line in axes.lines:
        colour = colour_of(line)
        key = place_of(line.get_label(), colour, keys)
        look: dict[str, object] = {"c": colour, "w": float(line.get_linewidth())}
        transform = line.get_transform()
        if transform in (across, along):
            level = transform == across
            at = float(np.atleast_1d(line.get_ydata() if level else line.get_xdata())[0])
            at = (y if level else x).lies(at)
            yield Mark(kind="rule", side=side, key=key, data=[[at, int(level)]], look=look)
            continue
        data = [[x.lies(a), y.lies(b)] for a, b in _corners_of(line)]
        if not data:  # it is there for the legend
            continue
        name = given_name(line.get_label()) or (keys[key].name if key >= 0 else "")
        yield Mark(kind="line", side=side, key=key, name=name, data=data, look=look | _line_look(line))


def _corners_of(line: Line2D) -> list[tuple[float, float]]:
    """Return the points a line goes through, the corners of its steps among them."""
    style = str(line.get_drawstyle())
    points = np.asarray(line.get_xydata(), dtype=float)
    if style.startswith("steps"):
        points = np.column_stack(STEP_LOOKUP_MAP[style](*points.T))
    return [(float(a), float(b)) for a, b in points if not (np.isnan(a) or np.isnan(b))]


def _line_look(line: Line2D) -> dict[str, object]:
    """Return marker, dashes and steps of a line; one without a style is a row of points."""
    style = str(line.get_linestyle())
    bare = {"w": 0.0} if style in ("None", "none", "") else {}
    steps = {"step": 1} if str(line.get_drawstyle()).startswith("steps") else {}
    return {**bare, "m": marker_of(line), "ms": float(line.get_markersize()), "dash": _DASHES.get(style, ""), **steps}


def _scatters(axes: Axes, side: int, keys: Sequence[Key], lang: Lang) -> Iterator[Mark]:
    for points in axes.collections:
        if isinstance(points, PathCollection):
            colour = colour_of(points)
            size = float(np.sqrt(np.atleast_1d(points.get_sizes())[0]))
            look: dict[str, object] = {"c": colour, "w": 0.0, "m": scatter_marker(points), "ms": size, "dash": ""}
            data = [[float(a), float(b)] for a, b in np.asarray(points.get_offsets(), dtype=float)]
            key = place_of(points.get_label(), colour, keys)
            yield Mark(kind="line", side=side, key=key, name=given_name(points.get_label()), data=data, look=look)


def _cells(axes: Axes, side: int, keys: Sequence[Key], lang: Lang) -> Iterator[Mark]:
    """Cells of a table of colours, tiles of a map, and ribbons: each with its name and what is written in it."""
    patches = _loose(axes)
    yield from _tiles([p for p in patches if isinstance(p, Rectangle)], axes, side)
    meshes: list[QuadMesh | AxesImage] = [c for c in axes.collections if isinstance(c, QuadMesh)]
    for mesh in (*meshes, *axes.images):
        yield Mark(kind="cells", side=side, data=_table(mesh, axes))
    ribbons = [_ribbon(p, axes) for p in patches if isinstance(p, PathPatch)]
    if ribbons:
        yield Mark(kind="ribbon", side=side, data=ribbons)


def _loose(axes: Axes) -> list[Patch]:
    """Return the patches of axes that are no bars and shade no years."""
    of_bars = {id(bar) for c in axes.containers if isinstance(c, BarContainer) for bar in c.patches}
    across = axes.get_xaxis_transform()
    return [p for p in axes.patches if id(p) not in of_bars and p.get_data_transform() != across]


def _tiles(tiles: Sequence[Rectangle], axes: Axes, side: int) -> Iterator[Mark]:
    """Tiles of a map, and those that are hatched once more."""
    if not tiles:
        return
    written = [(*_at(text), text.get_text()) for text in axes.texts]
    yield Mark(kind="cells", side=side, data=[_tile(p, written) for p in tiles if not p.get_hatch()])
    if rough := [_corners(p) for p in tiles if p.get_hatch()]:
        yield Mark(kind="hatch", side=side, data=rough)


def _corners(tile: Rectangle) -> list[float]:
    x, y = float(tile.get_x()), float(tile.get_y())
    return [x, y, x + float(tile.get_width()), y + float(tile.get_height())]


def _tile(tile: Rectangle, written: Sequence[tuple[float, float, str]]) -> list[object]:
    """Return corners, colour, name, value and range of a tile: its texts from top to bottom, "" without a range."""
    x0, y0, x1, y1 = _corners(tile)
    inside = [(y, text) for x, y, text in written if x0 < x < x1 and y0 < y < y1]
    name, value, *ends = (text for _, text in sorted(inside, reverse=True))
    return [x0, y0, x1, y1, colour_of(tile), name.replace("-\n", "-").replace("\n", " "), value, *ends]


def _table(mesh: QuadMesh | AxesImage, axes: Axes) -> list[list[object]]:
    """Return corners, colour, name (row and column) and text of each cell."""
    values: NDArray[np.float64] = np.ma.filled(np.ma.asarray(mesh.get_array(), dtype=float), np.nan)
    faces = mesh.to_rgba(values)
    shift = 0.0 if isinstance(mesh, QuadMesh) else -0.5
    names = {which: [t[1].split("\n")[0] for t in axis_of(axes, which).ticks or ()] for which in ("x", "y")}
    written = {_at(t): t.get_text() for t in axes.texts}
    rows: list[list[object]] = []
    for (i, j), value in np.ndenumerate(values):
        x, y = j + shift, i + shift
        text = written.get((x + 0.5, y + 0.5), f"{value:g}")
        name = " ".join(names[which][at] for which, at in (("y", i), ("x", j)) if at < len(names[which]))
        rows.append([float(x), float(y), x + 1.0, y + 1.0, hexed(faces[i, j]), name, text])
    return rows


def _ribbon(patch: PathPatch, axes: Axes) -> list[object]:
    """Return colour, what is written at its beginning, and the outline of a ribbon, smooth at the size drawn."""
    path = patch.get_path()
    corners = np.asarray(path.vertices, dtype=float)
    first, last = corners[0], corners[-2]
    middle = float(first[1] + last[1]) / 2
    beside = [t for t in axes.texts if abs(_at(t)[1] - middle) < 1e-6 and abs(_at(t)[0] - first[0]) < 1]
    drawn = path.transformed(axes.transData).to_polygons(closed_only=False)[0]
    outline = axes.transData.inverted().transform(drawn)
    said = beside[0].get_text() if beside else ""
    return [colour_of(patch), said, *(brief(float(v)) for v in outline.ravel())]


def _texts(axes: Axes, side: int, keys: Sequence[Key], lang: Lang) -> Iterator[Mark]:
    """Texts at places of the axes, and those left of the axes at a height."""
    beside = axes.get_yaxis_transform()
    rows: list[list[object]] = []
    for text in axes.texts:
        x, y = _at(text)
        if text.get_transform() == axes.transData or text.get_transform() == beside:
            inside = int(text.get_transform() == axes.transData)
            look = [
                text.get_horizontalalignment(),
                text.get_verticalalignment(),
                float(text.get_fontsize()),
                to_hex(text.get_color()),
            ]
            rows.append([x, y, text.get_text(), *look, inside])
    if rows:
        yield Mark(kind="texts", side=side, data=rows)


def _at(text: Written) -> tuple[float, float]:
    x, y = text.get_unitless_position()
    return float(x), float(y)
