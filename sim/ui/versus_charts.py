"""Charts of two scenarios and of their difference, with 90 % ranges as areas, as options of Apache ECharts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from sim.core.units import era
from sim.ui.charts import COLOURS, DASHES, FONT, SYMBOLS, Options
from sim.ui.words import UNITS


@dataclass(frozen=True)
class Course:
    """A figure by fiscal year with the ends of its range, which may be missing."""

    name: str
    values: pd.Series
    low: pd.Series
    high: pd.Series


def chart(courses: Sequence[Course], title: str, unit: str, unit_name: str, zero: bool = False) -> Options:
    """Return a line chart of courses over the same years.

    zero  the axis holds zero, which is marked: of a difference
    """
    scale, decimals = UNITS[unit][2], UNITS[unit][3]
    years = [era(int(y)) for y in courses[0].values.index]
    series: list[Options] = []
    for i, course in enumerate(courses):
        colour = COLOURS[(i + 2 * zero) % len(COLOURS)]
        series += _area(course, scale, decimals, colour)
        line = {
            "type": "line",
            "name": course.name,
            "data": _points(course.values / scale, decimals),
            "symbol": SYMBOLS[i],
            "symbolSize": 8,
            "lineStyle": {"type": DASHES[i], "width": 2},
            "color": colour,
        }
        if zero:
            mark = {"silent": True, "symbol": "none", "label": {"show": False}, "data": [{"yAxis": 0}]}
            line["markLine"] = mark | {"lineStyle": {"color": "#000", "type": "solid", "width": 1}}
        series.append(line)
    return {
        "textStyle": {"fontFamily": FONT},
        "aria": {"enabled": True},
        "animation": False,
        "title": {
            "text": title,
            "subtext": unit_name,
            "left": 8,
            "textStyle": {"fontSize": 13, "overflow": "break", "width": 330},
        },
        "grid": {"left": 12, "right": 18, "top": 76, "bottom": 44, "containLabel": True},
        "legend": {"bottom": 0, "type": "scroll", "data": [course.name for course in courses]},
        "tooltip": {"trigger": "axis", "confine": True},
        "xAxis": {"type": "category", "data": years, "boundaryGap": False},
        "yAxis": {"type": "value", "scale": not zero},
        "series": series,
    }


def _area(course: Course, scale: float, decimals: int, colour: str) -> list[Options]:
    """Return the range as an area: its lower end unseen, its width on top of it."""
    if not course.low.notna().any():
        return []
    name = f"{course.name} 90 %"
    common = {"type": "line", "name": name, "stack": name, "symbol": "none", "silent": True, "color": colour}
    common |= {"lineStyle": {"opacity": 0}, "tooltip": {"show": False}, "stackStrategy": "all"}
    parts = ((course.low, 0.0), (course.high - course.low, 0.18))
    return [{**common, "data": _points(v / scale, decimals), "areaStyle": {"opacity": opaque}} for v, opaque in parts]


def _points(values: pd.Series, decimals: int) -> list[float | None]:
    return [None if pd.isna(v) else round(float(v), decimals + 2) for v in values]
