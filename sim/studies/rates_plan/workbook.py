"""The workbook of a comparison of plans: a sheet a table, headings and titles in one language, numbers as numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from sim.core.errors import InputError
from sim.core.export import EXCEL, replacing
from sim.core.sample import banner
from sim.core.units import era
from sim.institutions.portions import PORTION_SHORT
from sim.studies.rates_plan import words

if TYPE_CHECKING:
    from sim.studies.rates_plan import Plans

SHARES = ("growth", "share_up", "share_down", "share_same")
_YEN, _SHARE = "#,##0;▲#,##0", "0.00;▲0.00"
_FORMS = {"income_part": "0.00", "asset_part": "0.00", "": _SHARE, **dict.fromkeys(SHARES, "0.0;▲0.0")}
_ROWS_ABOVE, _WIDE, _NARROW, _HEAD_HEIGHT = 3, 50, 15, 34


def readable(found: Plans, name: str, lang: str) -> pd.DataFrame:
    """Return a table with words of a language for names, percentages for shares, and its own headings."""
    at = 0 if lang == "ja" else 1
    t = found.tables[name].copy()
    t["plan"] = t["plan"].map(lambda plan: plan_name(plan, lang))
    if "municipality" in t and t["municipality"].nunique() == 1:
        t = t.drop(columns="municipality")
    if name == "rates":
        t["portion"] = t["portion"].map({k: pair[at] for k, pair in PORTION_SHORT.items()})
        t[["income_part", "asset_part"]] /= 10_000
    elif name == "households":
        t["household"] = t[lang]
        t = t.drop(columns=["ja", "en"])
    elif name == "changes":
        t["kind"] = t["kind"].map({k: pair[at] for k, pair in words.KIND_NAMES.items()})
        t["group"] = t["group"].map(lambda g: words.GROUP_NAMES.get(g, (g, g))[at])
    elif name == "effects":
        t = _effects(t[t["year"] > found.before], at)
    if "year" in t:
        t["year"] = t["year"].map(era)
    for column in SHARES:
        if column in t:
            t[column] *= 100
    return t.rename(columns={c: words.HEADINGS.get(str(c), (str(c), str(c)))[at] for c in t})


def _effects(t: pd.DataFrame, at: int) -> pd.DataFrame:
    t = t.copy()
    t["measure"] = t["measure"].map({k: pair[at] for k, pair in words.EFFECT_NAMES.items()})
    share = t["unit"] == "share"
    values = ["value_base", "value", "difference", "half", "low90", "high90"]
    t.loc[share, values] *= 100
    t["unit"] = t["unit"].map({**{k: pair[at] for k, pair in words.UNITS.items()}, "share": ("％", "%")[at]})
    t = t[["plan", "measure", "unit", "year", *values]]
    return t.rename(columns={"half": ("偶然の変動（±）", "noise (±)")[at]}).dropna(axis=1, how="all")


def plan_name(plan: str, lang: str) -> str:
    """Return the name of a set of rates."""
    known = {"current": ("現行", "current"), "base": ("改定しない場合の推計", "without the plan")}
    return known.get(plan, (plan, plan))[lang != "ja"]


def notes(found: Plans, lang: str) -> Iterator[str]:
    """Yield what a reader must know of the tables."""
    at = 0 if lang == "ja" else 1
    first = min(found.rates["year"])
    yield words.EXACT[at].format(
        year=era(found.year), place=found.where.name, against=words.AGAINST[found.against][at], more=found.more_than
    )
    yield words.CURRENT[at].format(before=era(found.before), year=era(int(first)))
    if found.leaves:
        yield words.LEAVES[at].format(place=found.where.name, year=era(found.before + 1), group=found.leaves[at])
    if (pairs := int(found.effects["pairs"].max())) > 1:
        yield words.PAIRS[at].format(n=pairs)
    if found.effects["low90"].isna().all() and found.effects["half"].isna().all():
        yield words.NO_RANGE[at]


def write(found: Plans, path: Path, lang: str) -> Path:
    """Write a workbook with a sheet for each table; return its path."""
    if path.suffix != ".xlsx":
        raise InputError(f"{path}: a plan is written as a workbook; give a name that ends in .xlsx")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")
    at = 0 if lang == "ja" else 1
    with replacing(path) as fresh, xlsxwriter.Workbook(str(fresh), {**EXCEL, "nan_inf_to_errors": False}) as book:
        bold = book.add_format({"bold": True, "font_size": 14})
        look = {"bold": True, "text_wrap": True, "bottom": 1, "bg_color": "#E8EEF4", "valign": "top"}
        head, right = book.add_format(look), book.add_format({**look, "align": "right"})
        for name, pair in words.TITLES.items():
            t = readable(found, name, lang)
            sheet = book.add_worksheet(words.SHEETS[name][at])
            sheet.set_landscape()
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
            sheet.repeat_rows(_ROWS_ABOVE)
            sheet.write(0, 0, f"{found.where.name}　{pair[at]}（{era(found.year)}）", bold)
            sheet.write(1, 0, banner(found.sample, lang))
            sheet.freeze_panes(_ROWS_ABOVE + 1, 0)
            for row, said in enumerate(notes(found, lang), _ROWS_ABOVE + len(t) + 2):
                sheet.write(row, 0, said)
            sheet.set_row(_ROWS_ABOVE, _HEAD_HEIGHT)
            forms = {form: book.add_format({"num_format": form}) for form in (*_FORMS.values(), _YEN)}
            kept = found.tables[name]
            for column, heading in enumerate(map(str, t.columns)):
                number = pd.api.types.is_numeric_dtype(t[heading])
                longest = 0 if number else max((len(str(v)) for v in t[heading]), default=0)
                sheet.set_column(column, column, min(max(_NARROW, 2 * longest), _WIDE))
                sheet.write(_ROWS_ABOVE, column, heading, right if number else head)
                for row, value in enumerate(t[heading]):
                    if not pd.isna(value):
                        form = _share_or_yen(t, row, at) if "measure" in kept else _form(heading, kept, at)
                        sheet.write(_ROWS_ABOVE + 1 + row, column, value, forms[form])
            if (heading := words.HEADINGS["municipality"][at]) in t:
                _chooser(sheet, t, heading)
    return path


def _chooser(sheet: Worksheet, t: pd.DataFrame, heading: str) -> None:
    """Put a filter on a sheet by which a member of the group is chosen; it shows the first one."""
    column, first = list(t.columns).index(heading), t[heading].iloc[0]
    sheet.autofilter(_ROWS_ABOVE, 0, _ROWS_ABOVE + len(t), len(t.columns) - 1)
    sheet.filter_column_list(column, [first])
    for row in (i for i, name in enumerate(t[heading]) if name != first):
        sheet.set_row(_ROWS_ABOVE + 1 + row, None, None, {"hidden": True})


def _form(heading: str, raw: pd.DataFrame, at: int) -> str:
    """Return the format of a column's numbers."""
    key = next((k for k, pair in words.HEADINGS.items() if pair[at] == heading and k in raw), "")
    return _FORMS[key] if key in _FORMS and key else _YEN


def _share_or_yen(t: pd.DataFrame, row: int, at: int) -> str:
    """Return the format of a row of effects: per cent with two decimals, else whole yen or persons."""
    return _SHARE if t.iloc[row][words.HEADINGS["unit"][at]] in ("％", "%") else _YEN
