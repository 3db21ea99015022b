"""Ranges in figures: 80 and 90 % bands behind lines, whiskers on bars, and what the alternative text says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from sim.core.colours import BLACK, BLUE, GREY
from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.reports.doubt import ends, ranges_of
from sim.reports.grid import shown, spoken
from sim.reports.headlines import headline_kind, headline_label
from sim.reports.words import Lang, Text, say

BAND: Text = ("{percent}％区間（推計の幅）", "{percent} % range")
OUTER, INNER = 0.15, 0.32
"""how opaque the 90 % band is outside the 80 % band, and the latter"""


class Look(NamedTuple):
    """How ranges are drawn: colour, what values are multiplied by, whether the legend names them, how far aside."""

    colour: str = BLUE
    scale: float = 1.0
    named: bool = True
    aside: float = 0.0


def bands(axes: Axes, run: RunFolder, measure: str, lang: Lang, look: Look) -> pd.DataFrame | None:
    """Lay the 80 and 90 % ranges of a headline figure behind its line; return them, scaled, or None without ranges."""
    mine = _ranged(run, measure, look.scale)
    if mine is None:
        return None
    strip(axes, mine, look.colour, [say(BAND, lang, percent=p) for p in (90, 80)] if look.named else (None, None))
    return mine


def strip(axes: Axes, ends: pd.DataFrame, colour: str, names: Sequence[str | None] = (None, None)) -> None:
    """Fill between the ends of 80 and 90 % ranges by year, darker inside the former; `names` are for the legend."""
    x = range(len(ends))
    outer = (("low90", "low80", OUTER, names[0]), ("high80", "high90", OUTER, None))
    for low, high, opaque, name in (*outer, ("low80", "high80", INNER, names[1])):
        gid = _GID[90 if opaque == OUTER else 80]
        axes.fill_between(x, ends[low], ends[high], color=colour, alpha=opaque, lw=0, label=name, gid=gid)


def whiskers(axes: Axes, run: RunFolder, measure: str, lang: Lang, look: Look) -> pd.DataFrame | None:
    """Draw the ranges of a headline figure on its bars, 90 % thin and 80 % thick; return them, scaled."""
    mine = _ranged(run, measure, look.scale)
    if mine is None:
        return None
    for percent, width in ((90, 1.0), (80, 3.0)):
        label = say(BAND, lang, percent=percent) if look.named else ""
        low, high = mine[f"low{percent}"], mine[f"high{percent}"]
        x = [i + look.aside for i in range(len(mine))]
        axes.vlines(x, low, high, color=look.colour, lw=width, label=label, zorder=4, gid=_GID[percent])
    return mine


def whisker(axes: Axes, run: RunFolder, measure: str, x: float, scale: float) -> float:
    """Draw the range of a headline figure in the last year at a place; return its upper end, 0 where there is none."""
    mine = _ranged(run, measure, scale)
    if mine is None:
        return 0.0
    end = mine.iloc[-1]
    for percent, width in ((90, 1.0), (80, 3.0)):
        axes.vlines(x, end[f"low{percent}"], end[f"high{percent}"], color=BLACK, lw=width, zorder=4, gid=_GID[percent])
    return float(end["high90"])


def across(axes: Axes, rows: pd.DataFrame, places: Sequence[float], scale: float, lang: Lang) -> None:
    """Draw ranges of figures that stand below one another as lines across, 90 % thin and 80 % thick."""
    for percent, width in ((90, 1.0), (80, 2.2)):
        label = say(BAND, lang, percent=percent)
        low, high = rows[f"low{percent}"] * scale, rows[f"high{percent}"] * scale
        axes.hlines(places, low, high, color=BLACK, lw=width, label=label, zorder=4, gid=_GID[percent])


PERCENT = (90, 80)
_GID = {percent: f"range{percent}" for percent in PERCENT}
"""marks what is drawn of a range in a figure"""


def percent_of(artist: Artist) -> int:
    """Return the percent of the range an artist is drawn for, 0 for none."""
    return next((percent for percent, gid in _GID.items() if artist.get_gid() == gid), 0)


def band_key(axes: Axes, lang: Lang) -> None:
    """Name the bands of several lines once in the legend, in grey."""
    for percent, opaque in ((90, OUTER), (80, INNER)):
        axes.fill_between([], [], [], color=GREY, alpha=opaque, lw=0, label=say(BAND, lang, percent=percent))


def _ranged(run: RunFolder, measure: str, scale: float) -> pd.DataFrame | None:
    """Return the ranges of a headline figure by the years of a run, scaled; None where there are none."""
    doubt = ranges_of(run)
    if doubt is None or not doubt.has(measure):
        return None
    years = run.table("metropolis_year")["year"]
    ranges = doubt.range(measure).reindex(years)
    return ranges[["value", "low90", "low80", "high80", "high90"]] * scale


_ALT: Text = ("{last}年度：", "{last}: ")


def told(run: RunFolder, measures: tuple[str, ...], lang: Lang) -> str:
    """Return what the alternative text of a figure says of the ranges of its figures in the last year, "" if none."""
    doubt = ranges_of(run)
    if doubt is None:
        return ""
    year = int(run.table("metropolis_year")["year"].max())
    whole = doubt.whole(year)
    parts = []
    for measure in (m for m in measures if m in whole.index):
        row, kind = whole.loc[measure], headline_kind(measure)
        value = f"{shown(float(row['value']), kind, lang)}{spoken(kind, lang)}"
        range_ = say(("（90％区間 {ends}）", " (90 % range {ends})"), lang, ends=ends(row, kind, lang))
        parts.append(f"{say(headline_label(measure), lang)} {value}{range_}")
    return say(_ALT, lang, last=era(year)) + say(("、", "; "), lang).join(parts) if parts else ""
