"""A table of a report: rows of real values, written by the page as text and by the workbook as numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import SupportsFloat

import numpy as np
import pandas as pd

from sim.reports.words import Lang, Text, say


@dataclass(frozen=True)
class Kind:
    """How a quantity is shown: on the page (`scale`, `form`, `unit`) and in the workbook (`excel`, `excel_unit`).

    Cells of the workbook hold what they show (`excel_scale`): amounts in 1,000 yen are divided and rounded to whole
    thousands, rates per million are divided, so that percent means percent. Whole yen stand in its data sheets.
    """

    scale: float = 1.0
    form: str = "{:,.0f}"
    unit: Text = ("", "")
    excel: str = "#,##0;[Red]-#,##0;0"
    excel_unit: Text | None = None
    width: float = 11
    excel_scale: float = 1.0


_YEN: Text = ("円", "yen")
_OKU: Text = ("億円", "100 M yen")
_MILLION: Text = ("百万円", "million yen")
"""sums of a municipality; those of the prefecture are in 億円"""
_THOUSAND: Text = ("千円", "1,000 yen")
_WHOLE = "#,##0;[Red]-#,##0;0"
THOUSAND = 1000.0
"""yen in a unit of amounts of the workbook"""
KINDS: dict[str, Kind] = {
    "text": Kind(form="{}", excel="@", width=16),
    "range": Kind(form="{}", excel="@", width=20),
    "oku": Kind(1e8, "{:,.0f}", _OKU, _WHOLE, _THOUSAND, 13, THOUSAND),
    "oku1": Kind(1e8, "{:,.1f}", _OKU, _WHOLE, _THOUSAND, 13, THOUSAND),
    "million": Kind(1e6, "{:,.0f}", _MILLION, _WHOLE, _THOUSAND, 13, THOUSAND),
    "yen": Kind(unit=_YEN),
    "yen_exact": Kind(unit=_YEN, width=16),
    "exact": Kind(form="{:,.6f}", excel="0.000000", width=12),
    "share": Kind(0.01, "{:.2f}%", excel="0.00%", width=9),
    "share_change": Kind(0.01, "{:+.2f}", ("ポイント", "points"), excel="+0.00%;-0.00%;0.00%", width=9),
    "half": Kind(form="±{:.2f}", unit=("ポイント", "points"), excel="0.00", width=9),
    "yen_change": Kind(form="{:+,.0f}", unit=_YEN, excel="+#,##0;[Red]-#,##0;0"),
    "oku1_change": Kind(1e8, "{:+,.1f}", _OKU, "+#,##0;[Red]-#,##0;0", _THOUSAND, 13, THOUSAND),
    "per_million": Kind(1e4, "{:.2f}%", excel="0.00%", width=9, excel_scale=1e6),
    "persons": Kind(unit=("人", "persons")),
    "households": Kind(unit=("世帯", "households")),
    "count": Kind(),
    "coefficient": Kind(form="{:.2f}", excel="0.00", width=8),
    "index": Kind(form="{:.4f}", excel="0.0000", width=9),
}


@dataclass(frozen=True)
class Column:
    """A column: `bare` keeps the unit out of the heading, where the sheet names it once."""

    label: Text
    kind: str = "count"
    bare: bool = False

    def heading(self, lang: Lang, excel: bool = False) -> str:
        """Return the label with its unit."""
        kind = KINDS[self.kind]
        unit = say((kind.excel_unit or kind.unit) if excel else kind.unit, lang)
        open_, close = ("（", "）") if lang == "ja" else (" (", ")")
        return f"{say(self.label, lang)}{open_}{unit}{close}" if unit and not self.bare else say(self.label, lang)


@dataclass(frozen=True)
class Grid:
    """A titled table. The first column names the row; `kinds` overrules the columns' kinds for single rows.

    small   numbers of the rows that are marked as rough (see `marks`)
    folded  the page shows it on demand only
    """

    title: Text
    columns: tuple[Column, ...]
    rows: Sequence[tuple[object, ...]]
    note: Text = ("", "")
    small: frozenset[int] = frozenset()
    folded: bool = False
    kinds: dict[int, str] = field(default_factory=dict)

    def kind(self, row: int, column: int) -> str:
        own = self.columns[column].kind
        return own if own == "text" else self.kinds.get(row, own)

    def text(self, lang: Lang) -> list[list[str]]:
        """Return the rows as the page shows them."""
        return [[shown(v, self.kind(i, j), lang) for j, v in enumerate(r)] for i, r in enumerate(self.rows)]


def spoken(kind: str, lang: Lang) -> str:
    """Return the unit of a kind as it is said behind a number, "" where the number carries it."""
    unit = "" if kind == "share" else say(KINDS[kind].unit, lang)
    return unit if lang == "ja" or not unit else f" {unit.replace('100 M', 'hundred million')}"


def missing(value: object) -> bool:
    """Tell whether a value is absent: None, NaN, NA, or the infinity of a division by nothing."""
    return value is None or value is pd.NA or value != value or value in (np.inf, -np.inf)


def shown(value: object, kind: str, lang: Lang) -> str:
    """Return a value as people read it: 億円, percent, whole numbers with separators."""
    if isinstance(value, tuple):
        return say(value, lang)
    if isinstance(value, str):
        return value
    if missing(value):
        return "–"
    k = KINDS[kind]
    assert isinstance(value, SupportsFloat)
    return k.form.format(float(value) / k.scale)
