"""Writes a workbook to fill in: the two sheets with an example that works as it is, and a sheet that explains them."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sim.core.errors import InputError
from sim.core.export import EXCEL, replacing
from sim.explanations.contribution.fields import COLUMNS, FREE, PLACES, PREFECTURE, SETTINGS, WHOLE, WHOLE_JA, Field
from sim.institutions.portions import PORTION_NAMES, PORTIONS

HELP = "説明"
_ROWS = 300
"""rows of municipalities whose cells offer the allowed values"""
_FREE_NOTES = {
    "個別加算:": "納付金の個別項目（加算）。例 個別加算:インセンティブ調整",
    "個別減算:": "納付金の個別項目（減算）。正の数で書く",
    "加算:": "賦課総額 E を求めるときの加算。例 加算:直診勘定繰出",
    "減算:": "賦課総額 E を求めるときの減算。正の数で書く",
}


def write_template(path: str | Path) -> Path:
    """Write a workbook with an invented prefecture of three municipalities, ready to be overwritten."""
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"--template {path}: give a name ending in .xlsx")
    if not path.parent.is_dir():
        raise InputError(f"--template {path}: there is no folder {path.parent}")
    with replacing(path) as fresh:
        book = xlsxwriter.Workbook(str(fresh), EXCEL)
        plain: dict[str, object] = {"font_name": "Noto Sans CJK JP", "font_size": 10, "valign": "vcenter"}
        looks = {
            "head": book.add_format({**plain, "bold": True, "bg_color": "#DDE6F0", "border": 1, "text_wrap": True}),
            "text": book.add_format({**plain, "text_wrap": True}),
            "number": book.add_format({**plain, "num_format": "#,##0.######"}),
            "whole": book.add_format({**plain, "num_format": "#,##0"}),
        }
        _prefecture(book.add_worksheet(PREFECTURE), looks)
        _places(book.add_worksheet(PLACES), looks)
        _help(book.add_worksheet(HELP), looks)
        book.close()
    return path


def _prefecture(sheet: Worksheet, looks: dict[str, Format]) -> None:
    """Write the items down, the portions across."""
    heads = ["項目", WHOLE_JA, *(PORTION_NAMES[p][0] for p in PORTIONS), "単位", "入力できる値", "説明"]
    for k, (head, width) in enumerate(zip(heads, (34, 18, 18, 22, 18, 26, 10, 30, 80), strict=True)):
        sheet.set_column(k, k, width)
        sheet.write_string(0, k, head, looks["head"])
    for row, item in enumerate(SETTINGS, 1):
        sheet.write_string(row, 0, item.ja, looks["text"])
        first = 1 if item.scope in ("whole", "medical") else 2
        for k, value in enumerate(item.example, first):
            _cell(sheet, (row, k), value, looks)
        if item.kind == "choice":
            last = 1 if item.scope != "either" else 1 + len(PORTIONS)
            sheet.data_validation(row, 1, row, last, {"validate": "list", "source": _shown(item)})
        for k, text in enumerate((item.unit, item.allowed_ja, item.note), len(heads) - 3):
            sheet.write_string(row, k, text, looks["text"])
    sheet.freeze_panes(1, 1)


def _places(sheet: Worksheet, looks: dict[str, Format]) -> None:
    """Write the columns most prefectures need, one row a municipality; the others may be added by their names."""
    for k, column in enumerate(c for c in COLUMNS if c.shown):
        sheet.set_column(k, k, 20)
        sheet.write_string(0, k, column.ja, looks["head"])
        sheet.write_comment(0, k, "\n".join(filter(None, (column.unit, column.note, column.allowed_ja))))
        for row, value in enumerate(column.example, 1):
            _cell(sheet, (row, k), value, looks)
        if column.kind == "choice":
            sheet.data_validation(1, k, _ROWS, k, {"validate": "list", "source": _shown(column)})
    sheet.set_row(0, 45)
    sheet.freeze_panes(1, 1)


def _help(sheet: Worksheet, looks: dict[str, Format]) -> None:
    heads = ("シート", "項目・列", "英語名", "単位", "入力できる値", "説明")
    for k, (head, width) in enumerate(zip(heads, (12, 44, 30, 10, 36, 100), strict=True)):
        sheet.set_column(k, k, width)
        sheet.write_string(0, k, head, looks["head"])
    rows = [(name, f.ja, f.key, f.unit, f.allowed_ja, f.note) for name, f in all_fields()]
    rows += [(PLACES, f"{start}（名称）", "", "円", "整数（円）。負の数も可", _FREE_NOTES[start]) for start in FREE]
    rows.append(
        ("", "", "", "", "", "金額の空欄は0とみなす。ここにある列は市区町村シートに列を足して使える（列の順は自由）。")
    )
    rows.append(("", "", "", "", "", f"例の3市町は架空。{WHOLE_JA}（{WHOLE}）の列は区分によらない項目に使う。"))
    for row, texts in enumerate(rows, 1):
        for k, text in enumerate(texts):
            sheet.write_string(row, k, text, looks["text"])
    sheet.freeze_panes(1, 2)


def all_fields() -> list[tuple[str, Field]]:
    """Return every item and column with the sheet it belongs to."""
    return [*((PREFECTURE, f) for f in SETTINGS), *((PLACES, f) for f in COLUMNS)]


def _shown(f: Field) -> list[str]:
    """Return the Japanese words of a choice."""
    return [c for c in f.choices if not c.isascii()]


def _cell(sheet: Worksheet, at: tuple[int, int], value: str | int | float | None, looks: dict[str, Format]) -> None:
    if isinstance(value, str):
        sheet.write_string(*at, value, looks["text"])
    elif value is not None:
        sheet.write_number(*at, value, looks["whole" if isinstance(value, int) else "number"])
