"""What a drawn figure holds, for the script of the page: panels with axes, marks in the axes' own units, values.

There is one figure: the one matplotlib drew. The page shows it on paper and without script, and draws it again from
what is read here, so that the two cannot differ. The reading knows kinds of artists, not figures: a new figure needs
nothing, as long as what it shows has a label. A label that begins with _ names values and stays out of the legend.
"""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from sim.reports.plots.axes import Axis, axis_of, is_ramp, ramp, unit_in
from sim.reports.plots.keys import Key, keys_of
from sim.reports.plots.marks import Mark, marks_of
from sim.reports.plots.values import Values, values_of
from sim.reports.words import Lang

_POINTS = 72.0
"""points in an inch"""


def plot_of(figure: Figure, lang: Lang) -> dict[str, object] | None:
    """Return what a figure holds once it is laid out: width in points, shape, keys and panels; None without axes.

    Boxes are left, top, width and height as parts of the area all panels take, titles and legends left out.
    """
    seen = [axes for axes in figure.axes if axes.get_visible()]
    panels = _together([axes for axes in seen if not is_ramp(axes)])
    if not panels:
        return None
    FigureCanvasAgg(figure)
    scales = [axes for axes in seen if is_ramp(axes)]
    boxes = [_box(group) for group in (*panels, *([axes] for axes in scales))]
    area = Bbox.union(boxes)
    parts = [_part(box, area) for box in boxes]
    keys = keys_of(figure)
    unit = figure.get_supylabel()
    return {
        "width": round(float(figure.get_figwidth()) * _POINTS, 1),
        "shape": round(float(area.height / figure.bbox.width), 4),
        "keys": [key.told() for key in keys],
        "panels": [_panel(group, part, keys, unit, lang) for group, part in zip(panels, parts, strict=False)],
        "scales": [{"box": part, **ramp(axes)} for axes, part in zip(scales, parts[len(panels) :], strict=True)],
    }


def _together(axes: list[Axes]) -> list[list[Axes]]:
    """Return axes in groups that share their place, as those with a second scale on the right do."""
    groups: list[list[Axes]] = []
    for each in axes:
        same = (g for g in groups if g[0].get_position().bounds == each.get_position().bounds)
        group = next(same, None)
        if group is None:
            groups.append([each])
        else:
            group.append(each)
    return groups


def _box(group: list[Axes]) -> Bbox:
    """Return the box of axes with the labels of their scales, in pixels."""
    canvas = group[0].get_figure(root=True)
    assert canvas is not None
    renderer = canvas.canvas.get_renderer()  # type: ignore[attr-defined]
    found = [axes.bbox for axes in group]
    for axes in group:
        for axis in (axes.xaxis, axes.yaxis):
            tight = axis.get_tightbbox(renderer) if axes.axison else None
            found += [tight] if tight is not None else []
        if axes.get_title(loc="left"):
            found.append(axes.title.axes._left_title.get_window_extent(renderer))  # type: ignore[union-attr]
    return Bbox.union(found)


def _part(box: Bbox, area: Bbox) -> list[float]:
    """Return left, top, width and height of a box as parts of an area."""
    left, top = (box.x0 - area.x0) / area.width, (area.y1 - box.y1) / area.height
    return [round(float(v), 4) for v in (left, top, box.width / area.width, box.height / area.height)]


def _panel(group: list[Axes], box: list[float], keys: list[Key], unit: str, lang: Lang) -> dict[str, object]:
    """Return a panel as the script takes it: axes, marks, and the values at each place along its main axis."""
    x = axis_of(group[0], "x")
    ys = [axis_of(axes, "y") for axes in group]
    marks = [mark for side, axes in enumerate(group) for mark in marks_of(axes, side, keys, lang)]
    title = group[0].get_title(loc="left").replace("\n", " ")
    values = values_of(marks, x, ys, keys, unit_in(title) or unit, lang)
    return {
        "box": box,
        "title": title,
        "off": not group[0].axison,
        "x": x.told(),
        "ys": [y.told() for y in ys],
        "marks": [mark.told() for mark in marks],
        **values.told(),
    }


__all__ = ["Axis", "Key", "Mark", "Values", "plot_of"]
