"""Charts of the page as options of Apache ECharts, drawn from tidy frames."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from sim.core.colours import BLACK, BLUE, GREEN, ORANGE, PURPLE, RED, SKY
from sim.core.units import era
from sim.outputs.measures import HIDDEN
from sim.parameters import Parameters
from sim.reports.known import PUBLISHED_AS, last_published
from sim.reports.tiles import tiles_of
from sim.ui.words import UNITS, unit_name, word

COLOURS = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY, BLACK)
"""Okabe and Ito's palette, readable for the colour-blind; each line has a symbol and a dash of its own as well."""
SYMBOLS = ("circle", "rect", "triangle", "diamond", "roundRect", "pin", "arrow")
DASHES = ("solid", "dashed", "dotted")
FONT = '"Noto Sans JP","Yu Gothic UI","Hiragino Sans",Meiryo,IPAexGothic,sans-serif'

Options = dict[str, object]
"""options of a chart as ECharts takes them"""


def lines(frame: pd.DataFrame, measure: str, unit: str, lang: str, note: str = "") -> Options:
    """Return a line chart of a frame with scenario, year and the measure; years without published results shaded.

    note  what stands under the title behind the unit
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
    last = last_published(PUBLISHED_AS.get(measure, ""), (int(y) for y in years))
    if told and last in years and years[-1] > last:
        told[0]["markArea"] = _projection(last, lang)
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


def _projection(last: int, lang: str) -> Options:
    return {
        "silent": True,
        "itemStyle": {"color": "rgba(0,0,0,0.05)"},
        "label": {"color": "#595959", "position": "insideTopRight"},
        "data": [[{"name": word("projection", lang), "xAxis": era(last + 1)}, {"xAxis": "max"}]],
    }


class _Tile(NamedTuple):
    """A tile of the map: name, place, value in the unit shown, whether it is rough, its colour if not by value."""

    name: str
    at: tuple[float, float]
    value: float | None
    rough: bool
    colour: str | None

    def item(self, unit: str, decimals: int, lang: str) -> Options:
        """Return the tile as a point of the chart."""
        x, y = self.at
        told = f"{self.name}: {_told(self.value, unit, decimals, lang)}{' ※' if self.rough else ''}"
        point: Options = {"name": self.name, "value": [x, -y, self.value], "tooltip": {"formatter": told}}
        if self.colour is not None:
            point |= {"visualMap": False, "itemStyle": {"color": self.colour}}
        return point


class TileLook(NamedTuple):
    """How a tile map is titled and coloured; `balanced` puts zero in the middle, `note` stands behind the unit."""

    title: str
    balanced: bool = False
    note: str = ""


def tiles(frame: pd.DataFrame, column: str, unit: str, lang: str, look: TileLook) -> Options:
    """Return a tile map of code, name, small and a value.

    Every municipality has its tile. It is white without data, as are islands of which a sample has nobody, and grey
    where the 95 % interval of the collection rate (`rate_half`, if the frame has it) is wider than HIDDEN, else where
    it is small, unless all are.
    """
    decimals = UNITS[unit][3]
    found = _tiles(frame[frame["code"].isin([*tiles_of(Parameters.load())])], column, unit)
    coloured = [tile.value for tile in found if tile.colour is None and tile.value is not None]
    return {
        "textStyle": {"fontFamily": FONT},
        "aria": {"enabled": True},
        "animation": False,
        "title": {
            "text": look.title,
            "subtext": unit_name(unit, lang) + look.note,
            "left": 8,
            "textStyle": {"fontSize": 14},
        },
        "grid": {"left": 24, "right": 24, "top": 56, "bottom": 56},
        "tooltip": {},
        "xAxis": {"type": "value", "min": -0.6, "max": 14.6, "show": False},
        "yAxis": {"type": "value", "min": -6.6, "max": 0.6, "show": False},
        "visualMap": _scale(coloured, decimals, look.balanced),
        "series": [
            {
                "type": "scatter",
                "symbol": "rect",
                "symbolSize": [56, 34],
                "data": [tile.item(unit, decimals, lang) for tile in found],
                "itemStyle": {"borderColor": "#595959", "borderWidth": 0.5},
                "label": {
                    "show": True,
                    "formatter": "{b}",
                    "fontSize": 9,
                    "color": "#000",
                    "textBorderColor": "#fff",
                    "textBorderWidth": 2,
                },
            }
        ],
    }


def _tiles(rows: pd.DataFrame, column: str, unit: str) -> list[_Tile]:
    """Return the tiles of municipalities with their values in the unit shown."""
    _, _, scale, decimals = UNITS[unit]
    small = rows["small"].astype(bool)
    grey = ~(rows["rate_half"] <= HIDDEN) if "rate_half" in rows else small & ~small.all()
    found = []
    at = tiles_of(Parameters.load())
    for code, name, value, rough, hidden in zip(rows["code"], rows["name"], rows[column], small, grey, strict=True):
        shown = None if pd.isna(value) else round(float(value) / scale, decimals + 1)
        colour = "#fff" if shown is None else "#d9d9d9" if hidden else None
        found.append(_Tile(str(name), at[int(code)], shown, bool(rough), colour))
    return found


def _scale(values: list[float], decimals: int, balanced: bool) -> Options:
    """Return the colours by value, from the lowest to the highest that is shown."""
    low, high = min(values, default=0), max(values, default=0)
    if balanced:
        high = max(abs(low), abs(high)) or 1
        low = -high
    return {
        "show": bool(values),
        "min": low,
        "max": high,
        "dimension": 2,
        "text": [f"{high:,.{decimals}f}", f"{low:,.{decimals}f}"],
        "orient": "horizontal",
        "left": "center",
        "bottom": 0,
        "precision": decimals,
        "inRange": {
            "color": ["#b35806", "#f7f7f7", "#542788"] if balanced else ["#fde725", "#35b779", "#31688e", "#440154"]
        },
    }


def _told(value: float | None, unit: str, decimals: int, lang: str) -> str:
    return "–" if value is None else f"{value:,.{decimals}f} {unit_name(unit, lang)}"
