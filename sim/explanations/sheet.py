"""The calculation sheet as a spreadsheet: every line of the chain, live formulas where a line is a sum or a quotient.

Sheet 1 holds the chain, portion after portion, sheet 2 why E changed, with a line that checks the sum. Reads the
tables of a finished run, like `explain.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from sim.core.errors import InputError
from sim.core.export import EXCEL, replacing
from sim.core.sample import banner, sample_of
from sim.core.units import era
from sim.explanations.chain import Totals
from sim.institutions.portions import PORTION_NAMES

TEXT: dict[str, dict[str, Any]] = {
    "ja": {
        "sheet": "計算表",
        "why": "なぜ変わったか",
        "title": "納付金・標準保険料率 計算表",
        "columns": ("区分", "主体", "記号", "項目", "算式", "算式に入る値", "値", "単位", "出典"),
        "why_columns": ("区分", "項目", "増減額（円）", "1人当たり（円）"),
        "old": "比較元の賦課総額 E",
        "new": "当該年度の賦課総額 E",
        "sum": "増減の合計",
        "check": "検算（0であること）",
        "metropolis": "東京都",
        **{name: ja for name, (ja, _) in PORTION_NAMES.items()},
        "all": "全区分",
        "run": "計算元",
        "note": "黄色の欄は数式。1/1,000,000 は百万分率（77,100 = 7.71%）。",
    },
    "en": {
        "sheet": "Calculation",
        "why": "Why it changed",
        "title": "Contribution and standard rates, calculation sheet",
        "columns": ("portion", "place", "symbol", "line", "formula", "what goes in", "value", "unit", "source"),
        "why_columns": ("portion", "term", "yen", "yen per insured"),
        "old": "assessed total E compared with",
        "new": "assessed total E of this year",
        "sum": "sum of the terms",
        "check": "check (must be 0)",
        "metropolis": "Metropolis",
        **{name: en for name, (_, en) in PORTION_NAMES.items()},
        "all": "all portions",
        "run": "Run",
        "note": "Yellow cells are formulas. 1/1,000,000: 77,100 = 7.71 %.",
    },
}
_FIRST = 5
_VALUE = 6
_WIDTHS = (14, 10, 24, 34, 44, 60, 20, 14, 24)


def write(
    path: Path,
    lines: pd.DataFrame,
    run: Path,
    municipality: str,
    year: int,
    lang: str = "ja",
    why: pd.DataFrame | None = None,
    totals: Totals | None = None,
    compared: str = "",
) -> Path:
    """Write the sheet of a municipality and year (`explain`) and, where given, the terms of its change."""
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"--out {path}: give a name ending in .xlsx")
    if not path.parent.is_dir():
        raise InputError(f"--out {path}: the folder {path.parent} does not exist")
    words = TEXT[lang]
    said = banner(sample_of(Path(run)), lang)
    with replacing(path) as fresh:
        book = xlsxwriter.Workbook(str(fresh), EXCEL)
        looks = _looks(book)
        title = f"{words['title']}  {municipality}  {era(year)}"
        sheets = [book.add_worksheet(str(words["sheet"]))]
        _chain(sheets[0], looks, lines, words, title, _origin(run, words), lang)
        if why is not None and totals is not None:
            sheets.append(book.add_worksheet(str(words["why"])))
            _why(sheets[1], looks, why, totals, words, f"{title}  /  {compared}", lang)
        for sheet, row in zip(sheets, (2, 1), strict=False):
            sheet.write_string(row, 0, said, looks["banner"])
        book.close()
    return path


def _looks(book: Any) -> dict[str, Any]:
    plain: dict[str, Any] = {"font_name": "Noto Sans CJK JP", "font_size": 10, "valign": "vcenter"}
    made: dict[str, dict[str, Any]] = {
        "title": {"bold": True, "font_size": 14},
        "note": {"font_color": "#555555"},
        "banner": {"bold": True, "font_color": "#C2410C"},
        "head": {"bold": True, "bg_color": "#DDE6F0", "border": 1, "text_wrap": True},
        "part": {"bold": True, "bg_color": "#F2F2F2"},
        "text": {"text_wrap": True},
        "whole": {"num_format": "#,##0"},
        "exact": {"num_format": "0.0000000000000"},
        "money": {"num_format": "#,##0.0"},
        "live": {"num_format": "#,##0", "bg_color": "#FFF7D6"},
        "strong": {"bold": True, "num_format": "#,##0", "top": 1},
    }
    return {name: book.add_format({**plain, **look}) for name, look in made.items()}


def _origin(run: Path, words: Mapping[str, Any]) -> str:
    """Return a line naming the run by scenario and stamp, as its folders are named."""
    folder = Path(run).resolve()
    return f"{words['run']}: {folder.parent.name}/{folder.name}   {words['note']}"


def _chain(
    sheet: Any, looks: dict[str, Any], lines: pd.DataFrame, words: Mapping[str, Any], title: str, origin: str, lang: str
) -> None:
    sheet.write(0, 0, title, looks["title"])
    sheet.write(1, 0, origin, looks["note"])
    for column, (name, width) in enumerate(zip(words["columns"], _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write(_FIRST - 2, column, name, looks["head"])
    sheet.freeze_panes(_FIRST - 1, _VALUE - 2)
    row = _FIRST - 1
    for portion in dict.fromkeys(lines["portion"]):
        part = lines[lines["portion"] == portion].to_dict("records")
        sheet.merge_range(row, 0, row, len(_WIDTHS) - 1, words[portion], looks["part"])
        row += 1
        cells = {(x["place"] == "metropolis", x["symbol"]): row + k for k, x in enumerate(part)}
        values = {(x["place"] == "metropolis", x["symbol"]): float(x["value"]) for x in part}
        for line in part:
            sheet.set_row(row, 15 * max(1, -(-len(str(line["inputs"])) // 62), -(-len(str(line["formula"])) // 44)))
            _line(sheet, looks, row, line, cells, values, words, lang)
            row += 1
    sheet.autofilter(_FIRST - 2, 0, row - 1, len(_WIDTHS) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_FIRST - 2)


_Key = tuple[bool, str]


def _line(
    sheet: Any,
    looks: dict[str, Any],
    row: int,
    line: dict[str, Any],
    cells: Mapping[_Key, int],
    values: Mapping[_Key, float],
    words: Mapping[str, Any],
    lang: str,
) -> None:
    place = words["metropolis"] if line["place"] == "metropolis" else line["place"]
    texts = (words[line["portion"]], place, line["symbol"], line[f"label_{lang}"], line["formula"], line["inputs"])
    for column, text in enumerate(texts):
        sheet.write_string(row, column, str(text), looks["text"])
    value = float(line["value"])
    live = _formula(line, cells, values)
    if live is not None:
        sheet.write_formula(row, _VALUE, live, looks["live"], int(value))
    else:
        sheet.write_number(row, _VALUE, value, looks["whole"] if value.is_integer() else looks["exact"])
    sheet.write_string(row, _VALUE + 1, str(line["unit"]), looks["text"])
    sheet.write_string(row, _VALUE + 2, str(line["source"]), looks["text"])


def _formula(line: dict[str, Any], cells: Mapping[_Key, int], values: Mapping[_Key, float]) -> str | None:
    """Return a formula over other cells of the portion, or None where it would not give the line's own value."""
    metropolis, symbol = line["place"] == "metropolis", line["symbol"]

    def pick(wanted: Callable[[str], bool]) -> list[_Key]:
        return [k for k in cells if k[0] == metropolis and wanted(k[1])]

    plus: list[_Key] = []
    minus: list[_Key] = []
    if symbol == "B":
        plus = pick(lambda s: len(s) > 1 and s[0] in "ab" and s[1].isdigit())
    elif symbol == "d_new":
        plus = pick(lambda s: s == "c" or s.startswith("item."))
    elif symbol == "d":
        plus, minus = pick(lambda s: s in ("d_new", "pool")), pick(lambda s: s == "ease")
    elif symbol == "e":
        plus, minus = pick(lambda s: s == "d" or s.startswith("cost.")), pick(lambda s: s.startswith("revenue."))
    elif symbol == "E":
        e, r = (metropolis, "e"), (metropolis, "r")
        if int(max(values[e], 0) / values[r] + 0.5) != int(line["value"]):
            return None
        return f"=ROUND(MAX({_cell(cells[e])},0)/{_cell(cells[r])},0)"
    if not plus or sum(values[k] for k in plus) - sum(values[k] for k in minus) != line["value"]:
        return None
    return "=" + "+".join(_cell(cells[k]) for k in plus) + "".join(f"-{_cell(cells[k])}" for k in minus)


def _cell(row: int) -> str:
    return f"{chr(ord('A') + _VALUE)}{row + 1}"


def _why(
    sheet: Any,
    looks: dict[str, Any],
    why: pd.DataFrame,
    totals: Totals,
    words: Mapping[str, Any],
    title: str,
    lang: str,
) -> None:
    sheet.write(0, 0, title, looks["title"])
    for column, (name, width) in enumerate(zip(words["why_columns"], (26, 52, 20, 18), strict=True)):
        sheet.set_column(column, column, width)
        sheet.write(2, column, name, looks["head"])
    sheet.freeze_panes(3, 0)
    sheet.write(3, 1, words["old"], looks["strong"])
    sheet.write_number(3, 2, totals.old, looks["strong"])
    row = 4
    shown = why[why["yen"] != 0]
    for term in shown.to_dict("records"):
        sheet.write_string(row, 0, str(words[term["portion"]]), looks["text"])
        sheet.write_string(row, 1, str(term[f"label_{lang}"]), looks["text"])
        sheet.write_number(row, 2, int(term["yen"]), looks["whole"])
        sheet.write_number(row, 3, float(term["per_insured"]), looks["money"])
        row += 1
    sheet.write(row, 1, words["sum"], looks["strong"])
    total = f"=SUM(C5:C{row})" if len(shown) else "=0"
    sheet.write_formula(row, 2, total, looks["strong"], totals.terms)
    sheet.write(row + 1, 1, words["new"], looks["strong"])
    sheet.write_number(row + 1, 2, totals.new, looks["strong"])
    sheet.write(row + 2, 1, words["check"], looks["strong"])
    sheet.write_formula(row + 2, 2, f"=C{row + 2}-C4-C{row + 1}", looks["strong"], totals.check)
