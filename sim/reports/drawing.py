"""Draws the figures of a run as SVG, and as PNG if wanted, with title and footer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import matplotlib
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.reports.section import Drawing
from sim.reports.theme import GREY, STYLE
from sim.reports.words import Lang, say, word


def title_of(drawing: Drawing, run: RunFolder, lang: Lang) -> str:
    """Return the title with the run's first and last year filled in."""
    horizon = run.manifest["horizon"]
    return say(drawing.title, lang, first=era(horizon["from"]), last=era(horizon["to"]))


def footer_of(run: RunFolder, lang: Lang) -> str:
    """Return what every footer of a run says after the source: scenario, seed, sample, digest."""
    manifest = run.manifest
    return (
        f"{word('scenario', lang)}: {manifest['scenario']}  seed {manifest['seed']}  1/{manifest['sample']}  "
        f"{manifest['digests']['all'][:8]}"
    )


def draw_all(
    run: RunFolder, drawings: Iterable[Drawing], folder: Path, lang: Lang, png: bool, footer: str
) -> dict[str, Path]:
    """Draw the figures into a folder and return the SVG paths by name."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    suffix = "" if lang == "ja" else f"_{lang}"
    with matplotlib.rc_context(STYLE):
        for drawing in drawings:
            note = f"{word('source', lang)}: {say(drawing.source, lang)}  |  {footer}  |  kokuho-sim"
            paths[drawing.name] = folder / f"{drawing.name}{suffix}.svg"
            write_figure(drawing.draw(run, lang), title_of(drawing, run, lang), note, paths[drawing.name], png)
    return paths


def write_figure(figure: Figure, title: str, note: str, path: Path, png: bool) -> None:
    """Put title and footer on a figure and write it as SVG, and as PNG beside it if wanted."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    figure.supxlabel(note, fontsize=7, color=GREY, x=0.01, ha="left")
    _save(figure, path, png)


def _save(figure: Figure, path: Path, png: bool) -> None:
    """Write SVG and PNG; the layout is worked out once and texts inside the axes do not take part in it."""
    for axes in figure.axes:
        for text in axes.texts:
            text.set_in_layout(not text.get_clip_on() and text.get_transform() is not axes.transData)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
    FigureCanvasSVG(figure).print_svg(path, metadata={"Date": None})
    if png:
        figure.set_dpi(130)
        FigureCanvasAgg(figure).print_png(path.with_suffix(".png"))
