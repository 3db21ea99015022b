"""Collection: the current-year rate of Tokyo and of its 62 municipalities."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.institutions.memory import PORTIONS
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.reports.people_figures import PUBLISHED
from sim.reports.repeats import band, band_label, headline_of, repeats
from sim.reports.section import Drawing, Section
from sim.reports.theme import BLUE, SKY, dots, eras, new_axes, shade_projection
from sim.reports.tiles import TILES
from sim.reports.words import Lang, say, word


def collection(run: RunFolder, lang: Lang) -> Figure:
    """Return Tokyo's current-year collection rate by year, as a fan where the run was repeated with other luck."""
    t = run.table("metropolis_year")
    runs = repeats(run)
    many = headline_of(runs, "collection_rate") * 100
    figure, axes = new_axes()
    if len(runs) > 1:
        edges = band(runs, "collection_rate") * 100
        label = say(band_label(len(runs)), lang, n=len(runs))
        axes.fill_between(range(len(edges)), edges["low"], edges["high"], color=SKY, alpha=0.35, lw=0, label=label)
        axes.plot(many.to_numpy(), color=SKY, lw=0.6)
    axes.plot(eras(t), t["collection_rate"] * 100, color=BLUE, marker="o", label=word("simulated", lang))
    dots(axes, t, "collection_rate_current_year", lang, 100)
    axes.set_ylabel(f"{word('collection_rate', lang)} (%)")
    axes.set_ylim(np.floor(many.min(axis=None) - 1), np.ceil(many.max(axis=None) + 1))
    axes.legend(loc="lower right")
    shade_projection(axes, t, lang)
    return figure


def rate_of(rows: pd.DataFrame) -> pd.Series:
    """Return the current-year collection rate (a fraction) of rows of municipality_year, 居所不明 excluded."""
    billed = sum(rows[f"bill_{p}"] for p in PORTIONS) - rows["bill_unknown_address"]
    return (rows["collected"] / billed.where(billed > 0)).astype(float)


def tiles(run: RunFolder, lang: Lang) -> Figure:
    """Return the tile map of the 62 municipalities, coloured by the collection rate of the last year."""
    t = run.table("municipality_year")
    rows = t[t["year"] == t["year"].max()].set_index("code")
    return tile_map(rate_of(rows) * 100, rows["small"].astype(bool), "%", lang)


def tile_map(
    values: pd.Series,
    small: pd.Series,
    unit: str,
    lang: Lang,
    norm: Normalize | None = None,
    colours: Colormap | None = None,
    form: str = "{:.1f}",
    marks: pd.Series | None = None,
) -> Figure:
    """Return a tile map of values by municipality code, with marks; those too few to tell (`small`) stay grey."""
    shown = values[~small]
    low, high = (float(shown.min()), float(shown.max())) if shown.notna().any() else (0.0, 1.0)
    norm = norm or Normalize(low, high)
    colours = colours or matplotlib.colormaps["cividis"]
    names = Parameters.load().places()
    figure, axes = new_axes(9, 4.6)
    for code, (x, y) in TILES.items():
        value = values[code]
        empty = bool(small[code]) or np.isnan(value)
        face: Any = "#EEEEEE" if empty else colours(norm(value))
        ink = "white" if not empty and _dark(face) else "black"
        axes.add_patch(Rectangle((x, -y), 0.94, 0.94, facecolor=face, edgecolor="white"))
        label = _broken(names[code][0 if lang == "ja" else 1])
        longest = max(len(part) for part in label.split("\n"))
        size = min(6.5, (29 if lang == "ja" else 50) / longest)
        axes.text(x + 0.47, -y + 0.62, label, ha="center", va="center", fontsize=size, color=ink, linespacing=0.9)
        figures = "–" if empty else form.format(value) + (str(marks[code]) if marks is not None else "")
        axes.text(x + 0.47, -y + 0.28, figures, ha="center", va="center", fontsize=7, color=ink)
    axes.set_xlim(-0.2, max(x for x, _ in TILES.values()) + 1.2)
    axes.set_ylim(-max(y for _, y in TILES.values()) - 0.2, 1.2)
    axes.set_aspect("equal")
    axes.axis("off")
    figure.colorbar(ScalarMappable(norm, colours), ax=axes, shrink=0.6, label=unit)
    return figure


def _dark(face: tuple[float, float, float, float]) -> bool:
    """Tell whether white letters read better on a colour than black ones."""
    red, green, blue, _ = face
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.5


def _broken(name: str) -> str:
    """Return a long name in two lines: Higashi-murayama."""
    for start in ("Higashi", "Musashi"):
        if name.startswith(start) and len(name) > 10:
            return f"{start}-\n{name.removeprefix(start)}"
    return name


SECTIONS = (
    Section(
        "collection",
        ("収納率", "Collection"),
        (
            "現年分収納率は居所不明者分を除いた調定額に対する収納額の割合。灰色は標本が小さく示さない。",
            "The current-year rate is what was paid of the bills, unknown addresses excluded. "
            "Grey: too few in the sample to tell.",
        ),
        figures=(
            Drawing("collection", collection, ("現年分収納率", "Current-year collection rate"), PUBLISHED),
            Drawing(
                "tiles",
                tiles,
                ("区市町村別の現年分収納率（{last}年度）", "Collection rate by municipality ({last})"),
                wide=True,
            ),
        ),
    ),
)
