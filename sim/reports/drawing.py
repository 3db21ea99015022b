"""Draws the figures of a run as SVG, and as PNG if wanted, with title and footer."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from sim.core.colours import GREY, RED
from sim.core.export import replacing
from sim.core.information import dated
from sim.core.sample import banner, tagged
from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.reports.marks import size_of
from sim.reports.plots import plot_of
from sim.reports.section import Drawing
from sim.reports.theme import STYLE
from sim.reports.words import Lang, say, word


def title_of(drawing: Drawing, run: RunFolder, lang: Lang) -> str:
    """Return the title with the run's first and last year filled in, and the tag of a sample."""
    horizon = run.manifest["horizon"]
    text = say(drawing.title, lang)
    for key, year in (("{first}", horizon["from"]), ("{last}", horizon["to"])):
        text = text.replace(key, era(year))
    return tagged(text, size_of(run), lang)


def footer_of(run: RunFolder, lang: Lang) -> str:
    """Return what every footer of a run says after the source: scenario, seed, sample, digest."""
    manifest = run.manifest
    date = f"{dated(run.as_of, lang)}  " if run.as_of else ""
    drawn = f"{word('seed', lang, n=manifest['seed'])}  1/{manifest['sample']}"
    return f"{word('scenario', lang)}: {manifest['scenario']}  {date}{drawn}  {manifest['digests']['all'][:8]}"


class Drawn(NamedTuple):
    """A figure as it was drawn: the image, and what the script of the page draws it from."""

    svg: bytes
    plot: dict[str, object] | None


def draw_all(
    run: RunFolder, drawings: Iterable[Drawing], folder: Path, lang: Lang, png: bool, footer: str
) -> dict[str, Drawn]:
    """Draw the figures into a folder and return them by name."""
    folder.mkdir(parents=True, exist_ok=True)
    images = {}
    suffix = "" if lang == "ja" else f"_{lang}"
    said = banner(size_of(run), lang)
    with matplotlib.rc_context(STYLE):
        for drawing in drawings:
            path = folder / f"{drawing.name}{suffix}.svg"
            title, note = title_of(drawing, run, lang), note_of(drawing, footer, lang)
            figure = drawing.draw(run, lang)
            svg = write_figure(figure, title, note, path, png, said)
            plot = plot_of(figure, lang)
            images[drawing.name] = Drawn(svg, plot and {"title": title, "note": " ".join((said, note)).strip(), **plot})
    return images


def drawn(drawing: Drawing, run: RunFolder, lang: Lang) -> Figure:
    """Return a figure with its title and footer; nothing is written."""
    with matplotlib.rc_context(STYLE):
        figure = drawing.draw(run, lang)
        said = banner(size_of(run), lang)
        return _titled(figure, title_of(drawing, run, lang), note_of(drawing, footer_of(run, lang), lang), said)


def note_of(drawing: Drawing, footer: str, lang: Lang) -> str:
    """Return what stands below a figure: what it rests on, the run, the program."""
    return f"{word('source', lang)}: {say(drawing.source, lang)}  |  {footer}  |  kokuho-sim"


def write_figure(figure: Figure, title: str, note: str, path: Path, png: bool, said: str = "") -> bytes:
    """Put title and footer on a figure, write it as SVG, and as PNG beside it if wanted; return the SVG.

    said  the banner of a sample, which stands in the footer
    """
    return _save(_titled(figure, title, note, said), path, png)


def _titled(figure: Figure, title: str, note: str, said: str) -> Figure:
    """Put title and footer on a figure and return it."""
    figure.suptitle(title, x=0.01, ha="left", fontsize=12)
    width = int(figure.get_figwidth() * 20)
    lines = [*_folded(said, width), *_folded(note, width)]
    figure.supxlabel("\n".join(lines), fontsize=7, color=RED if said else GREY, x=0.01, ha="left")
    return figure


def write_plot(axes: Axes, path: Path, said: str = "") -> Path:
    """Write the figure of axes that a study drew on as .svg or .png, with the banner of a sample below it."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    if said:
        lines = _folded(said, int(figure.get_figwidth() * 20))
        figure.supxlabel("\n".join(lines), fontsize=7, color=RED, x=0.01, ha="left")
    with replacing(path) as fresh:
        figure.savefig(fresh, dpi=150)
    return path


def _folded(text: str, width: int) -> list[str]:
    """Return a text in lines of so many half-width letters; Japanese letters take two."""
    lines, line, used = [], "", 0
    for letter in text:
        step = 2 if ord(letter) > 0x2000 else 1
        if used + step > width:
            lines.append(line)
            line, used = "", 0
        line, used = line + letter, used + step
    return [*lines, line] if line else lines


def _save(figure: Figure, path: Path, png: bool) -> bytes:
    """Write SVG and PNG; the layout is worked out once and texts inside the axes do not take part in it."""
    for axes in figure.axes:
        for text in axes.texts:
            text.set_in_layout(not text.get_clip_on() and text.get_transform() is not axes.transData)
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
    stream = io.BytesIO()
    FigureCanvasSVG(figure).print_svg(stream, metadata={"Date": None})
    with replacing(path) as fresh:
        fresh.write_bytes(stream.getvalue())
    if png:
        figure.set_dpi(130)
        with replacing(path.with_suffix(".png")) as fresh:
            FigureCanvasAgg(figure).print_png(fresh)
    return stream.getvalue()
