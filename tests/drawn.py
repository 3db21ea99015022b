"""What lies under the legends of a drawn figure, for tests."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.path import Path
from matplotlib.transforms import Bbox


def laid_out(figure: Figure) -> Figure:
    """Return a figure with its layout worked out, as it is when it is written."""
    FigureCanvasAgg(figure)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
    return figure


def under_legends(figure: Figure) -> list[str]:
    """Return what is drawn within the boxes of the legends of a figure that is laid out."""
    legends = [(axes, legend) for axes in figure.axes if (legend := axes.get_legend()) is not None]
    legends += [(None, legend) for legend in figure.legends]
    return [
        f"{what} under the legend of {[text.get_text() for text in legend.get_texts()]}"
        for _, legend in legends
        for axes in figure.axes
        if axes.get_visible()
        for what in _within(axes, _box(legend, figure))
    ]


def _box(legend: Legend, figure: Figure) -> Bbox:
    return legend.get_window_extent(figure.canvas.get_renderer())


def _within(axes: Axes, box: Bbox) -> list[str]:
    """Return the kinds of what is drawn on axes and seen within a box."""
    seen = Bbox.intersection(box, axes.bbox)
    if seen is None or seen.width <= 0 or seen.height <= 0:
        return []
    found = []
    for line in axes.lines:
        path = line.get_transform().transform_path(line.get_path())
        if len(path.vertices) and _meets(path, seen, line.get_linestyle() not in ("None", "none", "")):
            found.append(f"line {line.get_label()}")
    for patch in axes.patches:
        if patch.get_alpha() is None and patch.get_window_extent().overlaps(seen):
            found.append(f"bar {patch.get_label()}")
    for collection in axes.collections:
        transform = collection.get_transform()
        points = collection.get_offset_transform().transform(collection.get_offsets())
        if any(_meets(transform.transform_path(path), seen, True) for path in collection.get_paths()):
            found.append(f"area or segments {collection.get_label()}")
        elif len(points) > 1 and any(seen.contains(x, y) for x, y in points):
            found.append(f"points {collection.get_label()}")
    return found


def _meets(path: Path, box: Bbox, joined: bool) -> bool:
    points = np.asarray(path.vertices)
    if any(box.contains(x, y) for x, y in points):
        return True
    return joined and len(points) > 1 and bool(path.intersects_bbox(box, filled=False))
