"""Charts of the page as options of Apache ECharts, drawn from tidy frames."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from sim.core.colours import BLACK, BLUE, GREEN, ORANGE, PURPLE, RED, SKY
from sim.core.units import era
from sim.reports.known import PUBLISHED_AS, last_published
from sim.ui.words import UNITS, unit_name, word

COLOURS = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY, BLACK)
"""Okabe and Ito's palette, readable for the colour-blind; each line has a symbol and a dash of its own as well."""
SYMBOLS = ("circle", "rect", "triangle", "diamond", "roundRect", "pin", "arrow")
DASHES = ("solid", "dashed", "dotted")
FONT = '"Noto Sans JP","Yu Gothic UI","Hiragino Sans",Meiryo,IPAexGothic,sans-serif'

Options = dict[str, object]
"""options of a chart as ECharts takes them"""


def lines(frame: pd.DataFrame, measure: str, unit: str, lang: str, note: str = "", published: bool = True) -> Options:
    """Return a line chart of a frame with scenario, year and the measure; years without published results shaded.

    note       what stands under the title behind the unit
    published  False: of a municipality, of which next to nothing is published; its years are not told apart
    """
    years = sorted(frame["year"].unique())
    _, _, scale, decimals = UNITS[unit]
    series: list[Options] = []
    for i, (name, rows) in enumerate(frame.groupby("scenario", sort=False)):
        values = rows.set_index("year")[measure].reindex(years) / scale
        series += _band(str(name), rows.set_index("year").reindex(years), measure, scale, COLOURS[i % len(COLOURS)])
        series.append(
            {
                "type": "line",
                "name": str(name),
                "data": [None if pd.isna(v) else round(float(v), decimals + 2) for v in values],
                "symbol": SYMBOLS[i % len(SYMBOLS)],
                "symbolSize": 8,
                "lineStyle": {"type": DASHES[i % len(DASHES)], "width": 2},
                "color": COLOURS[i % len(COLOURS)],
            }
        )
    told = [one for one in series if "stack" not in one]
    if published and told:
        told[0] |= _shaded(measure, years, lang)
    return {
        "textStyle": {"fontFamily": FONT},
        "aria": {"enabled": True},
        "animation": False,
        "title": {
            "text": word(measure, lang),
            "subtext": unit_name(unit, lang) + note,
            "left": 8,
            "textStyle": {"fontSize": 14},
        },
        "grid": {"left": 12, "right": 18, "top": 64, "bottom": 44, "containLabel": True},
        "legend": {"bottom": 0, "type": "scroll", "data": [one["name"] for one in told]},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [era(int(y)) for y in years], "boundaryGap": False},
        "yAxis": {"type": "value", "scale": True},
        "series": series,
    }


def _band(name: str, rows: pd.DataFrame, measure: str, scale: float, colour: str) -> list[Options]:
    """Return the 90 % range of a line as an area between its ends, which are stacked; nothing without a range."""
    low, high = f"{measure}_low", f"{measure}_high"
    if low not in rows or not rows[low].notna().any():
        return []
    ends = rows[[low, high]] / scale
    common = {"type": "line", "name": f"{name} 90 %", "stack": f"{name} 90 %", "symbol": "none", "silent": True}
    common |= {"lineStyle": {"opacity": 0}, "color": colour, "tooltip": {"show": False}, "stackStrategy": "all"}
    parts = ((ends[low], 0.0), (ends[high] - ends[low], 0.15))
    return [
        {**common, "data": [None if pd.isna(v) else float(v) for v in values], "areaStyle": {"opacity": opaque}}
        for values, opaque in parts
    ]


def _shaded(measure: str, years: Sequence[int], lang: str) -> Options:
    """Return the shade over the years after the last published one, nothing where none is."""
    last = last_published(PUBLISHED_AS.get(measure, ""), (int(y) for y in years))
    return {"markArea": _projection(last, lang)} if last in years and years[-1] > last else {}


def _projection(last: int, lang: str) -> Options:
    return {
        "silent": True,
        "itemStyle": {"color": "rgba(0,0,0,0.05)"},
        "label": {"color": "#595959", "position": "insideTopRight"},
        "data": [[{"name": word("projection", lang), "xAxis": era(last + 1)}, {"xAxis": "max"}]],
    }
