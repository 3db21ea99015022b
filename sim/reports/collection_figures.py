"""Collection: the current-year rate of the prefecture and of its municipalities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from sim.core.colours import BLUE, GREY, SKY
from sim.institutions.memory import PORTIONS
from sim.outputs.folder import RunFolder
from sim.outputs.measures import HIDDEN, facts
from sim.reports.bands import Look as BandLook
from sim.reports.bands import bands
from sim.reports.doubt import ranges_of
from sim.reports.known import PUBLISHED_AS
from sim.reports.marks import map_legend, size_of
from sim.reports.people_figures import PUBLISHED
from sim.reports.repeats import band, band_label, headline_of, repeats
from sim.reports.section import Drawing, Section
from sim.reports.theme import dots, eras, legend_above, new_axes, shade_projection
from sim.reports.tiles import tiles_of
from sim.reports.words import Lang, say, word

_PUBLISHED = PUBLISHED_AS["collection_rate"]


def collection(run: RunFolder, lang: Lang) -> Figure:
    """Return the current-year collection rate by year with its ranges, and a fan where the run was repeated."""
    t = run.table("metropolis_year")
    runs = repeats(run)
    many = headline_of(runs, "collection_rate") * 100
    figure, axes = new_axes()
    lowest, highest = many.min(axis=None), many.max(axis=None)
    if (mine := bands(axes, run, "collection_rate", lang, BandLook(BLUE, 100))) is not None:
        lowest, highest = min(lowest, mine["low90"].min()), max(highest, mine["high90"].max())
    if len(runs) > 1:
        edges = band(runs, "collection_rate") * 100
        label = say(band_label(len(runs)), lang, n=len(runs))
        axes.fill_between(range(len(edges)), edges["low"], edges["high"], color=SKY, alpha=0.35, lw=0, label=label)
        axes.plot(many.to_numpy(), color=SKY, lw=0.6)
    axes.plot(eras(t), t["collection_rate"] * 100, color=BLUE, marker="o", label=word("simulated", lang))
    dots(axes, t, _PUBLISHED, lang, 100)
    axes.set_ylabel(f"{word('collection_rate', lang)} (%)")
    axes.set_ylim(np.floor(lowest - 0.5), np.ceil(highest + 0.5))
    legend_above(axes)
    shade_projection(axes, t, lang, _PUBLISHED)
    return figure


def rate_of(rows: pd.DataFrame) -> pd.Series:
    """Return the current-year collection rate (a fraction) of rows of municipality_year, 居所不明 excluded."""
    billed = sum(rows[f"bill_{p}"] for p in PORTIONS) - rows["bill_unknown_address"]
    return (rows["collected"] / billed.where(billed > 0)).astype(float)


def tiles(run: RunFolder, lang: Lang) -> Figure:
    """Return the tile map of all municipalities, coloured by the collection rate of the last year."""
    t = facts(run)
    rows = t[t["year"] == t["year"].max()].set_index("code")
    return tile_map(rate_of(rows) * 100, rows, "%", run, lang, Look(), ends=_ends(run, int(t["year"].max())))


def _ends(run: RunFolder, year: int) -> dict[int, str]:
    """Return the 90 % range of the collection rate of each municipality as its tile shows it; empty without ranges."""
    found = ranges_of(run)
    if found is None:
        return {}
    rows = found.places("collection_rate", year)
    return {int(code): f"{r['low90'] * 100:.1f}–{r['high90'] * 100:.1f}" for code, r in rows.iterrows()}


Face = tuple[float, float, float, float]
"""a colour: red, green, blue and how opaque it is, 0 to 1"""
NO_VALUE: Face = (0xEE / 0xFF, 0xEE / 0xFF, 0xEE / 0xFF, 1.0)
"""grey: a tile without a value"""


@dataclass(frozen=True)
class Look:
    """How a tile map is coloured and its values written."""

    norm: Normalize | None = None
    colours: str = "cividis"
    form: str = "{:.1f}"
    plus_minus: bool = True


def tile_map(
    values: pd.Series,
    places: pd.DataFrame,
    unit: str,
    run: RunFolder,
    lang: Lang,
    look: Look,
    marks: pd.Series | None = None,
    ends: Mapping[int, str] | None = None,
) -> Figure:
    """Return a tile map of values by municipality code, each with its mark if `marks` are given.

    ends    range of each value as text, in small letters below it
    places  by code: small, whose tiles are hatched, and rate_half, beyond HIDDEN of which a tile is grey without value
    """
    hidden = values.isna() | ~(places["rate_half"] <= HIDDEN).reindex(values.index, fill_value=False)
    told = values[~hidden]
    low, high = (float(told.min()), float(told.max())) if len(told) else (0.0, 1.0)
    norm, colours = look.norm or Normalize(low, high), matplotlib.colormaps[look.colours]
    p = run.register().register()
    names, tiles = p.places(), tiles_of(p)
    figure, axes = new_axes(9, 4.9)
    for code, at in tiles.items():
        label = say(names[code], lang)
        if code not in told.index:
            _tile(axes, at, label, "–", NO_VALUE, False)
            continue
        rough = bool(places.at[code, "small"])
        half = f"±{places.at[code, 'rate_half'] * 100:.1f}" if rough and look.plus_minus else ""
        mark = "" if marks is None else str(marks[code])
        figures = f"{look.form.format(told[code])}{half}{'*' if rough and not half else ''}{mark}"
        _tile(axes, at, label, figures, colours(norm(told[code])), rough)
        if ends and code in ends and not rough:
            ink = _ink(colours(norm(told[code])))
            x, y = at
            axes.text(x + 0.47, -y + 0.12, ends[code], ha="center", va="center", fontsize=4.6, color=ink)
    axes.set_xlim(-0.2, max(x for x, _ in tiles.values()) + 1.2)
    bottom = -max(y for _, y in tiles.values()) - 0.2
    axes.set_ylim(bottom - 0.6, 1.2)
    axes.text(-0.2, bottom - 0.25, map_legend(size_of(run), lang), fontsize=6.5, va="center", color=GREY)
    axes.set_aspect("equal")
    axes.axis("off")
    figure.colorbar(ScalarMappable(norm, colours), ax=axes, shrink=0.6, label=unit)
    return figure


def _tile(axes: Axes, at: tuple[float, float], label: str, figures: str, face: Face, rough: bool) -> None:
    """Draw one tile with name and value; a rough one is hatched below its letters."""
    x, y = at
    ink = _ink(face)
    axes.add_patch(Rectangle((x, -y), 0.94, 0.94, facecolor=face, edgecolor="white"))
    if rough:
        light = "#FFFFFF66" if ink == "white" else "#00000033"
        axes.add_patch(Rectangle((x, -y), 0.94, 0.14, facecolor="none", edgecolor=light, hatch="//////", lw=0))
    name = _broken(label)
    longest = max(len(part) for part in name.split("\n"))
    size = min(6.5, (29 if not label.isascii() else 50) / longest)
    axes.text(x + 0.47, -y + 0.66, name, ha="center", va="center", fontsize=size, color=ink, linespacing=0.9)
    axes.text(x + 0.47, -y + 0.3, figures, ha="center", va="center", fontsize=min(7, 52 / len(figures)), color=ink)


def _ink(face: Face) -> str:
    """Return the colour of letters on a colour."""
    return "white" if dark(face) else "black"


def dark(face: Face) -> bool:
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
            "現年分収納率は居所不明者分を除いた調定額に対する収納額の割合。±は95％区間の半幅（ポイント）。",
            "The current-year rate is what was paid of the bills, unknown addresses excluded. "
            "±: half the 95 % interval, in points.",
        ),
        figures=(
            Drawing(
                "collection",
                collection,
                ("現年分収納率", "Current-year collection rate"),
                PUBLISHED,
                ranged=("collection_rate",),
            ),
            Drawing(
                "tiles",
                tiles,
                (
                    "{municipalities}別の現年分収納率（{last}年度、小さい字は90％区間）",
                    "Collection rate by municipality ({last}; small: 90 % range)",
                ),
                wide=True,
            ),
        ),
    ),
)
