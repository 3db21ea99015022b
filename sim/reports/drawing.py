"""Draws the figures of a run as SVG, and as PNG if wanted, with title and footer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import matplotlib

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.reports.section import Drawing
from sim.reports.theme import GREY, STYLE
from sim.reports.words import Lang, say, word


def title_of(drawing: Drawing, run: RunFolder, lang: Lang) -> str:
    """Return the title with the run's first and last year filled in."""
    horizon = run.manifest["horizon"]
    return say(drawing.title, lang, first=era(horizon["from"]), last=era(horizon["to"]))


def footer_of(drawing: Drawing, run: RunFolder, lang: Lang) -> str:
    manifest = run.manifest
    return (
        f"{word('source', lang)}: {say(drawing.source, lang)}  |  {word('scenario', lang)}: {manifest['scenario']}  "
        f"seed {manifest['seed']}  1/{manifest['sample']}  {manifest['digests']['all'][:8]}  |  kokuho-sim"
    )


def draw_all(
    run: RunFolder, drawings: Iterable[Drawing], folder: Path, lang: Lang, png: bool = True
) -> dict[str, Path]:
    """Draw the figures into a folder and return the SVG paths by name."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    suffix = "" if lang == "ja" else f"_{lang}"
    with matplotlib.rc_context(STYLE):
        for drawing in drawings:
            figure = drawing.draw(run, lang)
            figure.suptitle(title_of(drawing, run, lang), x=0.01, ha="left", fontsize=12)
            figure.supxlabel(footer_of(drawing, run, lang), fontsize=7, color=GREY, x=0.01, ha="left")
            paths[drawing.name] = folder / f"{drawing.name}{suffix}.svg"
            figure.savefig(paths[drawing.name], metadata={"Date": None})
            if png:
                figure.savefig(paths[drawing.name].with_suffix(".png"), dpi=130)
    return paths
