"""Charts of the page as options of Apache ECharts, drawn from tidy frames."""

from __future__ import annotations

from typing import Any

import pandas as pd

from sim.core.colours import BLACK, BLUE, GREEN, ORANGE, PURPLE, RED, SKY
from sim.core.units import era
from sim.outputs.measures import HIDDEN
from sim.reports.tiles import TILES
from sim.ui.words import UNITS, unit_name, word

COLOURS = (BLUE, RED, GREEN, PURPLE, ORANGE, SKY, BLACK)
"""Okabe and Ito's palette, readable for the colour-blind; each line has a symbol and a dash of its own as well."""
SYMBOLS = ("circle", "rect", "triangle", "diamond", "roundRect", "pin", "arrow")
DASHES = ("solid", "dashed", "dotted")
FONT = '"Noto Sans JP","Yu Gothic UI","Hiragino Sans",Meiryo,IPAexGothic,sans-serif'
LAST_PUBLISHED = 2025


def lines(frame: pd.DataFrame, measure: str, unit: str, lang: str) -> dict[str, Any]:
    """Return a line chart of a frame with scenario, year and the measure; years without published results shaded."""
    years = sorted(frame["year"].unique())
    _, _, scale, decimals = UNITS[unit]
    series = []
    for i, (name, rows) in enumerate(frame.groupby("scenario", sort=False)):
        values = rows.set_index("year")[measure].reindex(years) / scale
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
    if series and LAST_PUBLISHED in years and years[-1] > LAST_PUBLISHED:
        series[0]["markArea"] = _projection(lang)
    return {
        "textStyle": {"fontFamily": FONT},
        "aria": {"enabled": True},
        "animation": False,
        "title": {
            "text": word(measure, lang),
            "subtext": unit_name(unit, lang),
            "left": 8,
            "textStyle": {"fontSize": 14},
        },
        "grid": {"left": 12, "right": 18, "top": 64, "bottom": 44, "containLabel": True},
        "legend": {"bottom": 0, "type": "scroll"},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [era(int(y)) for y in years], "boundaryGap": False},
        "yAxis": {"type": "value", "scale": True},
        "series": series,
    }


def _projection(lang: str) -> dict[str, Any]:
    return {
        "silent": True,
        "itemStyle": {"color": "rgba(0,0,0,0.05)"},
        "label": {"color": "#595959", "position": "insideTopRight"},
        "data": [[{"name": word("projection", lang), "xAxis": era(LAST_PUBLISHED + 1)}, {"xAxis": "max"}]],
    }


def tiles(frame: pd.DataFrame, column: str, unit: str, title: str, lang: str, balanced: bool = False) -> dict[str, Any]:
    """Return a tile map of code, name, small and a value; `balanced` puts zero in the middle.

    Every municipality has its tile. It is white without data, as are islands of which a sample has nobody, and grey
    where the 95 % interval of the collection rate (`rate_half`, if the frame has it) is wider than HIDDEN, else where
    it is small, unless all are.
    """
    _, _, scale, decimals = UNITS[unit]
    rows = frame[frame["code"].isin(TILES)]
    small = rows["small"].astype(bool)
    grey = ~(rows["rate_half"] <= HIDDEN) if "rate_half" in rows else small & ~small.all()
    values = [None if pd.isna(v) else round(float(v) / scale, decimals + 1) for v in rows[column]]
    data: list[dict[str, Any]] = []
    for code, name, value, rough, hidden in zip(rows["code"], rows["name"], values, small, grey, strict=True):
        colour = "#fff" if value is None else "#d9d9d9" if hidden else None
        data.append(
            {
                "name": str(name),
                "value": [TILES[int(code)][0], -TILES[int(code)][1], value],
                "tooltip": {"formatter": f"{name}: {_told(value, unit, decimals, lang)}{' ※' if rough else ''}"},
                **({"visualMap": False, "itemStyle": {"color": colour}} if colour else {}),
            }
        )
    told = [d["value"][2] for d in data if "visualMap" not in d] or [0]
    low, high = min(told), max(told)
    if balanced:
        high = max(abs(low), abs(high)) or 1
        low = -high
    colours = ["#b35806", "#f7f7f7", "#542788"] if balanced else ["#fde725", "#35b779", "#31688e", "#440154"]
    return {
        "textStyle": {"fontFamily": FONT},
        "aria": {"enabled": True},
        "animation": False,
        "title": {"text": title, "subtext": unit_name(unit, lang), "left": 8, "textStyle": {"fontSize": 14}},
        "grid": {"left": 24, "right": 24, "top": 56, "bottom": 56},
        "tooltip": {},
        "xAxis": {"type": "value", "min": -0.6, "max": 14.6, "show": False},
        "yAxis": {"type": "value", "min": -6.6, "max": 0.6, "show": False},
        "visualMap": {
            "show": any("visualMap" not in d for d in data),
            "min": low,
            "max": high,
            "dimension": 2,
            "text": [f"{high:,.{decimals}f}", f"{low:,.{decimals}f}"],
            "orient": "horizontal",
            "left": "center",
            "bottom": 0,
            "precision": decimals,
            "inRange": {"color": colours},
        },
        "series": [
            {
                "type": "scatter",
                "symbol": "rect",
                "symbolSize": [56, 34],
                "data": data,
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


def _told(value: float | None, unit: str, decimals: int, lang: str) -> str:
    return "–" if value is None else f"{value:,.{decimals}f} {unit_name(unit, lang)}"
