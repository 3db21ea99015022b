"""Writes the result: a workbook with tables and a calculation sheet a municipality, or its steps as CSV, or JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from sim.core.errors import InputError
from sim.core.export import EXCEL, csv_text, replacing
from sim.explanations.sheet import TEXT, Heading, Looks, fill, looks_of
from sim.institutions.portions import PORTION_NAMES

if TYPE_CHECKING:
    from sim.explanations.contribution.answer import Contribution

ENDINGS = (".xlsx", ".csv", ".json")
TITLES = {
    "name": ("市区町村", "municipality"),
    "code": ("団体コード", "code"),
    "insured": ("被保険者数", "insured"),
    **PORTION_NAMES,
    "total": ("納付金 計", "contribution, total"),
    "per_insured": ("1人当たり納付金", "contribution per head"),
    "easing": ("激変緩和", "easing"),
    "needed": ("保険料収納必要額 e", "premium need e"),
    "assessed": ("賦課総額 E", "assessed total E"),
    "kind": ("標準保険料率の種類", "kind of standard rate"),
    "portion": ("区分", "portion"),
    "income_part": ("所得割（％）", "income part, %"),
    "asset_part": ("資産割（％）", "asset part, %"),
    "per_head": ("均等割（円）", "per head, yen"),
    "per_household": ("平等割（円）", "per household, yen"),
    "per_adult": ("18歳以上加算（円）", "add-on per adult, yen"),
}
KIND_NAMES = {
    "prefecture": ("都道府県標準", "prefecture"),
    "municipal": ("市町村標準", "municipal"),
    "own": ("市町村の算定基準", "own form"),
}
_PERCENT = ("income_part", "asset_part")
_SHEETS = (("納付金", "Contribution"), ("標準保険料率", "Standard rates"))
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\']")
_LONGEST = 31


def named(frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return a table of the result in the words of a language; parts of a rate in percent, as officials write them."""
    at = 0 if lang == "ja" else 1
    words: Mapping[str, Mapping[str, tuple[str, str]]] = {"kind": KIND_NAMES, "portion": PORTION_NAMES}
    shown = frame.assign(**{c: frame[c].map({k: v[at] for k, v in m.items()}) for c, m in words.items() if c in frame})
    shown = shown.assign(**{part: shown[part] / 10_000 for part in _PERCENT if part in shown})
    return shown.rename(columns={key: names[at] for key, names in TITLES.items()})


def write(done: Contribution, path: Path, lang: str = "ja") -> Path:
    """Write the result by the ending of the name and return the path."""
    if path.suffix not in ENDINGS:
        raise InputError(f"{path}: allowed endings: {', '.join(ENDINGS)}")
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")
    with replacing(path) as fresh:
        if path.suffix == ".xlsx":
            _workbook(done, fresh, lang)
        elif path.suffix == ".csv":
            fresh.write_text(csv_text(done.steps), encoding="utf-8-sig", newline="")
        else:
            fresh.write_text(json.dumps(done.data(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def _workbook(done: Contribution, path: Path, lang: str) -> None:
    at = 0 if lang == "ja" else 1
    words = replace(TEXT[lang], metropolis=done.prefecture)
    book = xlsxwriter.Workbook(str(path), EXCEL)
    plain = {"font_name": "Noto Sans CJK JP", "font_size": 10, "valign": "vcenter", "num_format": "0.0000"}
    looks = {**looks_of(book), "percent": book.add_format(plain)}
    for names, frame in zip(_SHEETS, (done.municipalities, done.rates), strict=True):
        _table(book, looks, names[at], named(frame, lang))
    taken = {names[at] for names in _SHEETS}
    for name in done.municipalities["name"]:
        sheet = book.add_worksheet(_sheet_name(str(name), taken))
        title = "  ".join(filter(None, (words.title, done.prefecture, str(name), done.year)))
        fill(sheet, looks, done.of(str(name)), Heading(words, title, words.note, lang))
    book.close()


def _table(book: xlsxwriter.Workbook, looks: Looks, name: str, frame: pd.DataFrame) -> None:
    sheet = book.add_worksheet(name)
    for column, title in enumerate(frame.columns):
        sheet.set_column(column, column, 22)
        sheet.write_string(0, column, str(title), looks["head"])
        percent = title in {name for part in _PERCENT for name in TITLES[part]}
        _cells(sheet, looks, column, frame[title].tolist(), "percent" if percent else "")
    sheet.freeze_panes(1, 1)


def _cells(sheet: Worksheet, looks: Looks, column: int, values: Iterable[object], look: str) -> None:
    """Write a column below its title, in a look of its own or that of its figures."""
    for row, value in enumerate(values, 1):
        if isinstance(value, int | float):
            sheet.write_number(row, column, value, looks[look or ("whole" if float(value).is_integer() else "money")])
        else:
            sheet.write_string(row, column, str(value), looks["text"])


def _sheet_name(name: str, taken: set[str]) -> str:
    """Return a name Excel takes for a sheet, and that no other has."""
    plain = _NOT_IN_A_NAME.sub(" ", name).strip()[:_LONGEST] or "sheet"
    found, number = plain, 2
    while found.lower() in {t.lower() for t in taken}:
        found, number = f"{plain[: _LONGEST - 4]} {number}", number + 1
    taken.add(found)
    return found
