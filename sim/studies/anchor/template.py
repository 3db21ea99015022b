"""Writes the workbook of a municipality's own figures: own cells empty, published figures in grey beside them."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sim.core.errors import InputError
from sim.core.export import EXCEL, replacing
from sim.parameters import Parameters
from sim.parameters.places import place_code
from sim.studies.anchor.figures import ROWS, YEARS, Values, published

SHEET, HELP = "自団体の数値", "記入要領"
PLACE, UNIT, ITEM, OURS = "市区町村", "金額の単位", "項目", "公表値"
"""labels of the cells above the table, of the column of names, and of the columns that are not read"""
UNITS = {"円": 1, "千円": 1_000, "百万円": 1_000_000}
"""units of amounts -> yen"""
HEAD = 5
"""row of the sheet with the names of the columns, from 1"""
_REIWA = 2018
_LINE = 55
"""letters of a line of the sheet that explains"""
_LINES = (
    "黄色の欄に自団体の数値を記入する。判明している欄のみ記入する。空欄は使用しない。0は0として扱う。",
    "灰色の欄は、本システムに登録されている公表値。参考であり、読み込まない。",
    "金額は「金額の単位」（円・千円・百万円）で書く。均等割額は常に円で書く。",
    "率は％で書く（91.25％は91.25）。",
    "収納率は、調定額と収納額を書けば計算される。額が手元にないときだけ率を書く。",
    "記入後: kokuho anchor このファイル。数値はこの端末の外に送信されない。",
    "被保険者数、現年分の調定額・収納率、滞納繰越分の収納率、保険給付費、法定外繰入、基金残高、特定健診受診率は、"
    "自団体の推計パラメータを動かして合わせる。",
    "料率、世帯数、滞納繰越分の調定額・不納欠損額、納付金は、推計値との比較だけに用いる。",
)


def write_template(path: str | Path, municipality: str | int, p: Parameters | None = None) -> Path:
    """Write the template of a municipality and return its path; InputError for an unknown one or a wrong path."""
    path, p = Path(path), p or Parameters.load()
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"--template {path}: give a name ending in .xlsx")
    if not path.parent.is_dir():
        raise InputError(f"--template {path}: there is no folder {path.parent}")
    code = place_code(municipality, p, "--municipality")
    with replacing(path) as fresh:
        book = xlsxwriter.Workbook(str(fresh), EXCEL)
        plain: dict[str, object] = {"font_name": "Noto Sans CJK JP", "font_size": 10, "valign": "vcenter"}
        number = {**plain, "num_format": "#,##0.##", "border": 1}
        looks = {
            "text": book.add_format(plain),
            "wrap": book.add_format({**plain, "text_wrap": True}),
            "title": book.add_format({**plain, "bold": True, "font_size": 13}),
            "head": book.add_format({**plain, "bold": True, "bg_color": "#DDE6F0", "border": 1, "align": "center"}),
            "own": book.add_format({**number, "bg_color": "#FFF9DB"}),
            "input": book.add_format({**plain, "bg_color": "#FFF9DB", "border": 1}),
            "grey": book.add_format({**number, "font_color": "#808080", "bg_color": "#F2F2F2"}),
        }
        _figures(book.add_worksheet(SHEET), looks, p.places()[code][0], published(p, code))
        _help(book.add_worksheet(HELP), looks)
        book.close()
    return path


def _figures(sheet: Worksheet, looks: dict[str, Format], name: str, known: Values) -> None:
    """Write the sheet to fill in: the figures down, own years and published years across."""
    sheet.write_string(0, 0, f"{name} 国民健康保険 {SHEET}", looks["title"])
    for row, (label, value) in enumerate(((PLACE, name), (UNIT, "円")), 1):
        sheet.write_string(row, 0, label, looks["text"])
        sheet.write_string(row, 1, value, looks["input"])
    sheet.data_validation(2, 1, 2, 1, {"validate": "list", "source": list(UNITS)})
    years = [f"令和{year - _REIWA}年度" for year in YEARS]
    heads = [ITEM, "単位", *years, *(f"{OURS} {year}" for year in years), "定義・備考"]
    for k, head in enumerate(heads):
        sheet.write_string(HEAD - 1, k, head, looks["head"])
    for row, figure in enumerate(ROWS, HEAD):
        amount = figure.unit == "円"
        sheet.write_string(row, 0, figure.ja, looks["text"])
        if amount:
            sheet.write_formula(row, 1, "=$B$3", looks["text"], "円")
        else:
            sheet.write_string(row, 1, figure.unit, looks["text"])
        for k, year in enumerate(YEARS, 2):
            sheet.write_blank(row, k, None, looks["own"])
            paper, at = known.get((figure.key, year)), k + len(YEARS)
            if paper is None:
                sheet.write_blank(row, at, None, looks["grey"])
            elif amount:  # a formula, so that it follows the unit chosen
                scale = 'IF($B$3="千円",1000,IF($B$3="百万円",1000000,1))'
                sheet.write_formula(row, at, f"={paper:.0f}/{scale}", looks["grey"], paper)
            else:
                sheet.write_number(row, at, round(paper, 4), looks["grey"])
        sheet.write_string(row, 2 + 2 * len(YEARS), figure.note, looks["text"])
    last = HEAD + len(ROWS) - 1
    sheet.data_validation(
        HEAD, 2, last, 1 + len(YEARS), {"validate": "decimal", "criteria": ">=", "value": 0, "error_type": "warning"}
    )
    for first, end, width in ((0, 0, 34), (1, 1, 12), (2, 1 + 2 * len(YEARS), 15)):
        sheet.set_column(first, end, width)
    sheet.set_column(2 + 2 * len(YEARS), 2 + 2 * len(YEARS), 52)
    sheet.freeze_panes(HEAD, 2)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 1)


def _help(sheet: Worksheet, looks: dict[str, Format]) -> None:
    sheet.set_column(0, 0, 110)
    sheet.write_string(0, 0, HELP, looks["title"])
    for row, line in enumerate(_LINES, 1):
        sheet.set_row(row, 32 if len(line) > _LINE else 16)
        sheet.write_string(row, 0, f"{row}. {line}", looks["wrap"])
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
