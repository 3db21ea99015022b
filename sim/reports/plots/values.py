"""The values a panel shows: at each place along its main axis, as texts to read and as numbers to save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import numpy as np

from sim.reports.bands import PERCENT
from sim.reports.plots.axes import Axis, brief
from sim.reports.plots.keys import Key
from sim.reports.plots.marks import Mark
from sim.reports.words import Lang, Text, say

_LOW: Text = ("下限", "low")
_HIGH: Text = ("上限", "high")
_RANGE: Text = ("{percent}％区間", "{percent} % range")
_NEAR = 0.5
"""how far from a named place what belongs to it may stand"""
_WHOLE, _TENTHS, _FINE = 1000, 100, 1
"""values from which on none, one and two digits are shown"""
_END = 3
"""column of a bar's head"""


@dataclass(kw_only=True)
class Series:
    """A column: values by place, single ones or the two ends of a range."""

    name: str
    axis: Axis
    key: int
    percent: int = 0
    band: int = -1
    values: dict[float, tuple[float, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Values:
    """What can be read off a panel.

    main   x or y: the axis along which places follow one another; "" where each cell or ribbon is a place
    at     the places, as they lie on the axis
    says   for each place its name and (key, name, text) of what is there
    head, rows  the same as a table of numbers
    """

    main: Literal["x", "y", ""]
    at: list[float]
    says: list[tuple[str, list[tuple[int, str, str]]]]
    head: list[str]
    rows: list[list[object]]

    def told(self) -> dict[str, object]:
        return {"main": self.main, "at": self.at, "says": self.says, "head": self.head, "rows": self.rows}


def values_of(marks: Sequence[Mark], x: Axis, ys: Sequence[Axis], keys: Sequence[Key], unit: str, lang: Lang) -> Values:
    """Return what can be read off a panel; `unit` stands for axes without one."""
    if {mark.kind for mark in marks if mark.data} & {"cells", "ribbon"}:
        return _of_cells(marks, x, ys[0])
    main: Literal["x", "y"] = "y" if ys[0].named and not x.named else "x"
    along, scales = (x, ys) if main == "x" else (ys[0], [x])
    series = _series(marks, main, along, scales, keys)
    places = _named_places(along, series, along.unit or unit, lang)
    says = [(name, _said(series, at, keys, unit, lang)) for at, name in places]
    table = [[name, *(cell for s in series for cell in _numbers(s, at))] for at, name in places]
    head = [along.label, *(name for s in series for name in _heads(s, keys, unit, lang))]
    return Values(main=main, at=[brief(along.lies(at)) for at, _ in places], says=says, head=head, rows=table)


def _named_places(along: Axis, series: Sequence[Series], unit: str, lang: Lang) -> list[tuple[float, str]]:
    """Return the places of a panel along its main axis, each with what it is called: its tick, else its value."""
    if along.ticks is not None:
        return [(at, " ".join(name.split())) for at, name in along.ticks]
    return [(at, _with(along, at, unit, lang)) for at in sorted({at for s in series for at in s.values})]


def _of_cells(marks: Sequence[Mark], x: Axis, y: Axis) -> Values:
    """Return the cells as a table: rows and columns where both have names, else names and values."""
    cells = [row for mark in marks if mark.kind == "cells" for row in mark.data]
    if x.ticks and y.ticks:
        wide = len(x.ticks)
        heads = [name.split("\n")[0] for _, name in x.ticks]
        body: list[list[object]] = [
            [name, *(_plain(cell[6]) for cell in cells[i * wide : (i + 1) * wide])]
            for i, (_, name) in enumerate(y.ticks)
        ]
        return Values(main="", at=[], says=[], head=["", *heads], rows=body)
    named: list[list[object]] = [[cell[5], _plain(cell[6]), *cell[7:]] for cell in cells]
    ribbons: list[list[object]] = [
        [*str(row[1]).rsplit("  ", 1)] for mark in marks if mark.kind == "ribbon" for row in mark.data
    ]
    whole = [*named, *ribbons]
    wide = max(map(len, whole))
    return Values(main="", at=[], says=[], head=[""] * wide, rows=[[*row, *[""] * (wide - len(row))] for row in whole])


def _plain(text: object) -> str:
    """Return a number as a program reads it: without separators."""
    return str(text).replace(",", "")


def _series(marks: Sequence[Mark], main: str, along: Axis, scales: Sequence[Axis], keys: Sequence[Key]) -> list[Series]:
    """Return the columns of a panel; marks of the same name, percent, key and scale are one."""
    found: dict[tuple[str, int, int, int], Series] = {}
    for mark in marks:
        scale = scales[min(mark.side, len(scales) - 1)]
        own = _read(mark, main)
        name = mark.name or (scale.label if mark.kind == "bar" else "")
        if not name or not own:
            continue
        series = found.setdefault(
            (name, mark.percent, mark.key, mark.side),
            Series(name=name, axis=scale, key=mark.key, percent=mark.percent, band=mark.band),
        )
        for place, value in own:
            at = _place(along, place)
            if at is not None:
                series.values[at] = value
    order = {id(s): i for i, s in enumerate(found.values())}
    ranked = sorted(found.values(), key=lambda s: (s.key if s.key >= 0 else len(keys), s.percent > 0, order[id(s)]))
    return ranked


def _place(along: Axis, place: float) -> float | None:
    """Return the named place something belongs to, or its own; None for what lies between names."""
    if along.ticks is None:
        return place
    nearest = min((at for at, _ in along.ticks), key=lambda at: abs(at - place), default=None)
    return nearest if nearest is not None and abs(nearest - place) < _NEAR else None


def _read(mark: Mark, main: str) -> list[tuple[float, tuple[float, ...]]]:
    """Return (place, value or ends) of what a mark shows along an axis."""
    rows = _numbers_in(mark)
    first, second = (0, 1) if main == "x" else (1, 0)
    if mark.kind == "line" and mark.look.get("step"):
        return _steps(rows, first, second)
    if mark.kind == "line":
        return [(row[first], (row[second],)) for row in rows]
    if mark.kind == "bar":
        return [(row[0], (row[_END] - row[2],)) for row in rows]
    if mark.kind == "band":
        return [(row[0], (row[1], row[2])) for row in rows]
    if mark.kind == "segments" and mark.name:
        return [(row[first], (row[second], row[second + 2])) for row in rows]
    return []


def _numbers_in(mark: Mark) -> list[list[float]]:
    return [[float(v) for v in row if isinstance(v, (int, float))] for row in mark.data]


def _steps(rows: Sequence[Sequence[float]], first: int, second: int) -> list[tuple[float, tuple[float, ...]]]:
    """Return the middle of each level part of a line drawn in steps, and its value."""
    return [
        ((a[first] + b[first]) / 2, (a[second],))
        for a, b in pairwise(rows)
        if a[second] == b[second] and a[first] != b[first]
    ]


def _said(
    series: Sequence[Series], at: float, keys: Sequence[Key], unit: str, lang: Lang
) -> list[tuple[int, str, str]]:
    """Return key, name and text of everything at a place; of ranges the widest only."""
    found = []
    for s in series:
        if at not in s.values or (s.percent and s.percent != PERCENT[0]):
            continue
        texts = [number(s.axis.told_value(v)) for v in s.values[at]]
        found.append(
            (
                s.key if s.key >= 0 else s.band,
                _name(s, keys, lang),
                _unit_of("–".join(texts), s.axis.unit or unit, lang),
            )
        )
    return found


def _name(s: Series, keys: Sequence[Key], lang: Lang) -> str:
    """Return what a column is called; a range after what it is the range of."""
    if not s.percent:
        return s.name
    range_ = say(_RANGE, lang, percent=s.percent)
    owner = keys[s.key] if s.key >= 0 else None
    return range_ if owner is None or owner.name == s.name else f"{owner.name} {range_}"


def _heads(s: Series, keys: Sequence[Key], unit: str, lang: Lang) -> list[str]:
    """Return the headings of a column, two for a range, with their unit."""
    own = s.axis.unit or unit
    name = f"{_name(s, keys, lang)}{f' [{own}]' if own else ''}"
    if all(len(value) == 1 for value in s.values.values()):
        return [name]
    return [f"{name} {say(end, lang)}" for end in (_LOW, _HIGH)]


def _numbers(s: Series, at: float) -> list[object]:
    """Return the numbers of a column at a place; nothing where it has none."""
    wide = 1 if all(len(value) == 1 for value in s.values.values()) else 2
    own = s.values.get(at)
    return [""] * wide if own is None else [brief(s.axis.told_value(v)) for v in own]


def _with(axis: Axis, value: float, unit: str, lang: Lang) -> str:
    return _unit_of(number(value), unit, lang)


def _unit_of(text: str, unit: str, lang: Lang) -> str:
    """Return a number with its unit."""
    if not unit or unit == "%":
        return f"{text}{unit}"
    if lang == "ja":
        return f"{text}{unit}"
    return f"{text} ({unit})" if unit[0].isdigit() else f"{text} {unit}"


def number(value: float) -> str:
    """Return a number with about four significant digits, whole ones in full."""
    size = abs(value)
    if float(value).is_integer():
        return f"{value:,.0f}"
    if size < _FINE:
        return np.format_float_positional(value, precision=3, fractional=False, trim="-")
    return f"{value:,.{0 if size >= _WHOLE else 1 if size >= _TENTHS else 2}f}"
