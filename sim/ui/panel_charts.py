"""The charts of a municipality's panel as options of Apache ECharts: colours, dots and shading of the report's page.

The figures, captions and published values come from `sim.reports.place_panel`; scenarios are laid beside them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

from sim.core.colours import BLACK, BLUE, GREEN, ORANGE, PURPLE, RED, SKY
from sim.ui.charts import FONT, Options

GREY = "#7F7F7F"
OF_SCENARIOS = (GREEN, PURPLE, SKY, BLACK)
"""the baseline is blue, a standard rate orange, published values red"""
SYMBOLS = ("rect", "triangle", "roundRect", "pin")
_AT_ONCE = {"animation": False, "textStyle": {"fontFamily": FONT}}
_SOFT = "#55606d"

Numbers = Sequence[float | None]


Points = list[tuple[int, float, int]]
"""published values: index of the year, value, number of the source"""


class Drawn(TypedDict):
    """A chart of the panel as `place_panel` gives it.

    k measure, t title, e figure of the last year, s until when it is published, r rank, d digits, u index of the last
    published year (-1: none), l lines with their labels, p published values, b ends of the ranges (low 90, low 80,
    high 80, high 90)
    """

    k: str
    t: str
    e: str
    s: str
    r: str
    d: int
    u: int
    l: list[tuple[str, list[float | None]]]  # noqa: E741
    p: Points
    b: NotRequired[list[list[float | None]]]


class Drivers(TypedDict):
    """What drives the contribution: title, sentence, digits, bars."""

    t: str
    s: str
    d: int
    rows: list[tuple[str, float]]


class Behind(TypedDict):
    """The line of the prefecture behind that of a municipality, and its published values."""

    v: list[float | None]
    p: Points


class Place(TypedDict):
    """The panel of a municipality, or of the prefecture."""

    code: int
    title: str
    note: str
    said: str
    charts: list[Drawn]
    drivers: Drivers | None


class Panels(TypedDict):
    """The panels of a run, as `place_panel.panels` gives them."""

    words: dict[str, str]
    eras: list[str]
    ranged: bool
    sources: list[str]
    whole: dict[str, Behind]
    places: list[Place]


def chart(
    drawn: Drawn,
    behind: Behind | None,
    eras: Sequence[str],
    words: Mapping[str, str],
    scenarios: Mapping[str, Numbers],
) -> Options:
    """Return a figure by year.

    behind     the prefecture, grey
    words      those of the panel: published, whole, legend_80, legend_90
    scenarios  title -> values, on the level of the line of the chart
    """
    low, high = _ends(drawn, behind, scenarios)
    series = [*_background(drawn, behind, eras, words), *_lines(drawn, words, scenarios)]
    series.append(_dots(drawn["p"], eras, words["published"], RED))
    named = list(dict.fromkeys(one["name"] for one in series if one["type"] == "line" and "stack" not in one))
    told = [name for name in named if name != words["whole"]]
    return {
        **_AT_ONCE,
        "grid": {"left": 4, "right": 10, "top": 10, "bottom": 30 if len(told) > 1 else 6, "containLabel": True},
        "legend": {"show": len(told) > 1, "bottom": 0, "type": "scroll", "data": told, "itemHeight": 9},
        "tooltip": {"trigger": "axis", "confine": True, ":valueFormatter": _formatter(drawn["d"])},
        "xAxis": {"type": "category", "data": [*eras], "axisTick": {"show": False}},
        "yAxis": [
            {
                "type": "value",
                "min": low,
                "max": high,
                "axisLabel": {"showMinLabel": False, "showMaxLabel": False, "fontSize": 11},
                "splitLine": {"lineStyle": {"color": "#e3e7ec"}},
            },
            {"type": "value", "min": 0, "max": 1, "show": False},
        ],
        "series": series,
    }


def _background(drawn: Drawn, behind: Behind | None, eras: Sequence[str], words: Mapping[str, str]) -> list[Options]:
    """Return what stands behind the lines: shading, ranges, the prefecture."""
    series: list[Options] = [_shade(drawn["u"], len(eras))] if drawn["u"] < len(eras) - 1 else []
    if "b" in drawn:
        for ends, name, opaque in ((0, words["legend_90"], 0.14), (1, words["legend_80"], 0.2)):
            series += _band(drawn["b"][ends], drawn["b"][3 - ends], name, opaque)
    if behind is not None:
        series.append(_line(words["whole"], behind["v"], GREY, width=1.3, symbol="none"))
        series.append(_dots(behind["p"], eras, words["published"], GREY))
    return series


def _lines(drawn: Drawn, words: Mapping[str, str], scenarios: Mapping[str, Numbers]) -> list[Options]:
    """Return the lines of the chart, the first on top, and those of the scenarios over them."""
    alone = len(drawn["l"]) == 1 and bool(scenarios)
    series = [
        _line(words["base"] if alone else label, own, ORANGE if i else BLUE, dash="dashed" if i else "solid")
        for i, (label, own) in reversed([*enumerate(drawn["l"])])
    ]
    for i, (title, values) in enumerate(scenarios.items()):
        symbol, colour = SYMBOLS[i % len(SYMBOLS)], OF_SCENARIOS[i % len(OF_SCENARIOS)]
        series.append(_line(title, values, colour, dash="dashed", symbol=symbol, size=7))
    return series


def bars(rows: Sequence[tuple[str, float]], digits: int, unit: str) -> Options:
    """Return what drives a change as bars, the largest on top; rises are red, falls blue."""
    data = [
        {
            "value": value,
            "itemStyle": {"color": BLUE if value < 0 else RED},
            "label": {"position": "left" if value < 0 else "right"},
        }
        for _, value in rows
    ]
    most = max((abs(value) for _, value in rows), default=1.0) or 1.0
    least = min((value for _, value in rows), default=0.0)
    return {
        **_AT_ONCE,
        "grid": {"left": 14, "right": 64, "top": 4, "bottom": 4, "containLabel": True},
        "tooltip": {"confine": True, ":valueFormatter": _formatter(digits)},
        "xAxis": {"type": "value", "show": False, "min": least - 0.75 * most if least < 0 else 0.0},
        "yAxis": {
            "type": "category",
            "data": [name for name, _ in rows],
            "inverse": True,
            "axisLabel": {"fontSize": 11, "width": 150, "overflow": "break"},
            "axisLine": {"onZero": True},
            "axisTick": {"show": False},
            "position": "left",
        },
        "series": [
            {"type": "bar", "name": unit, "data": data, "label": {"show": True, ":formatter": _signed(digits)}},
        ],
    }


def _ends(drawn: Drawn, behind: Behind | None, scenarios: Mapping[str, Numbers]) -> tuple[float, float]:
    """Return the ends of the scale, with room, as the report's page takes them."""
    lines: list[Numbers] = [*(values for _, values in drawn["l"]), *drawn.get("b", ()), *scenarios.values()]
    dots = [*drawn["p"]]
    if behind is not None:
        lines.append(behind["v"])
        dots += behind["p"]
    every = [v for values in lines for v in values if v is not None] + [value for _, value, _ in dots]
    low, high = min(every, default=0.0), max(every, default=1.0)
    room = (high - low) * 0.08 or abs(high) * 0.05 or 1.0
    bottom = 0.0 if low >= 0 > low - room else low - room
    digits = drawn["d"] + 1
    return round(bottom, digits), round(high + room, digits)


def _line(
    name: str,
    values: Numbers,
    colour: str,
    *,
    dash: str = "solid",
    width: float = 2,
    symbol: str = "circle",
    size: float = 6,
) -> Options:
    return {
        "type": "line",
        "name": name,
        "data": [*values],
        "symbol": symbol,
        "symbolSize": size,
        "color": colour,
        "lineStyle": {"type": dash, "width": width},
    }


def _dots(points: Points, eras: Sequence[str], name: str, colour: str) -> Options:
    return {
        "type": "scatter",
        "name": name,
        "data": [[eras[at], value] for at, value, _ in points],
        "symbol": "diamond",
        "symbolSize": 11,
        "z": 5,
        "itemStyle": {"color": "rgba(255,255,255,0.4)", "borderColor": colour, "borderWidth": 1.7},
    }


def _band(lows: Numbers, highs: Numbers, name: str, opaque: float) -> list[Options]:
    """Return a range as an area between its ends, which are stacked."""
    common: Options = {"type": "line", "name": name, "stack": name, "symbol": "none", "silent": True, "color": BLUE}
    common |= {"lineStyle": {"opacity": 0}, "tooltip": {"show": False}, "stackStrategy": "all"}
    widths = [None if a is None or b is None else b - a for a, b in zip(lows, highs, strict=True)]
    return [
        {**common, "data": [*values], "areaStyle": {"opacity": opacity}}
        for values, opacity in ((lows, 0.0), (widths, opaque))
    ]


def _shade(last: int, years: int) -> Options:
    """Return the years without a published value as grey columns over the whole height."""
    return {
        "type": "bar",
        "name": "",
        "yAxisIndex": 1,
        "data": [None if i <= last else 1 for i in range(years)],
        "barCategoryGap": "0%",
        "barWidth": "100%",
        "silent": True,
        "tooltip": {"show": False},
        "itemStyle": {"color": "rgba(0,0,0,0.045)"},
        "z": 0,
    }


def _formatter(digits: int) -> str:
    """Return the JavaScript that writes a value with its digits."""
    options = f"{{minimumFractionDigits: {digits}, maximumFractionDigits: {digits}}}"
    return f"v => v == null ? '–' : Number(v).toLocaleString('en-US', {options})"


def _signed(digits: int) -> str:
    options = f"{{minimumFractionDigits: {digits}, maximumFractionDigits: {digits}}}"
    return f"p => (p.value > 0 ? '+' : '') + Number(p.value).toLocaleString('en-US', {options})"
