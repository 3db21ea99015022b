"""The calculation sheet as a spreadsheet: every line of the chain, live formulas where a line is a sum or a quotient.

Sheet 1 holds the chain, portion after portion, sheet 2 why E changed, with a line that checks the sum. Reads the
tables of a finished run, like `chain.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sim.core.errors import InputError
from sim.core.export import EXCEL, replacing
from sim.core.sample import banner, sample_of
from sim.core.units import era
from sim.explanations.chain import Totals
from sim.explanations.rules import RULES, Formula, whole
from sim.explanations.sheet_words import in_language
from sim.institutions.portions import PORTION_NAMES
from sim.parameters import regions


@dataclass(frozen=True, kw_only=True)
class Words:
    """The words of the sheet in one language."""

    sheet: str
    why: str
    title: str
    columns: tuple[str, ...]
    why_columns: tuple[str, ...]
    old: str
    new: str
    sum: str
    check: str
    metropolis: str
    portions: Mapping[str, str]
    run: str
    note: str


TEXT = {
    "ja": Words(
        sheet="計算表",
        why="なぜ変わったか",
        title="納付金・標準保険料率 計算表",
        columns=("区分", "主体", "記号", "項目", "算式", "算式に入る値", "値", "単位", "出典"),
        why_columns=("区分", "項目", "増減額（円）", "1人当たり（円）"),
        old="比較元の賦課総額 E",
        new="当該年度の賦課総額 E",
        sum="増減の合計",
        check="検算（0であること）",
        metropolis="{region}",
        portions={**{name: ja for name, (ja, _) in PORTION_NAMES.items()}, "all": "全区分"},
        run="計算元",
        note="黄色の欄は数式。1/1,000,000 は百万分率（77,100 = 7.71%）。",
    ),
    "en": Words(
        sheet="Calculation",
        why="Why it changed",
        title="Contribution and standard rates, calculation sheet",
        columns=("portion", "place", "symbol", "line", "formula", "what goes in", "value", "unit", "source"),
        why_columns=("portion", "term", "yen", "yen per insured"),
        old="assessed total E compared with",
        new="assessed total E of this year",
        sum="sum of the terms",
        check="check (must be 0)",
        metropolis="Metropolis",
        portions={**{name: en for name, (_, en) in PORTION_NAMES.items()}, "all": "all portions"},
        run="Run",
        note="Yellow cells are formulas. 1/1,000,000: 77,100 = 7.71 %.",
    ),
}
_FIRST = 5
_VALUE = 6
_WIDTHS = (14, 10, 24, 34, 44, 60, 20, 14, 24)

Looks = Mapping[str, Format]
"""cell formats by what they are for"""


@dataclass(frozen=True)
class Subject:
    """Which run, municipality and year a sheet is about."""

    run: Path
    municipality: str
    year: int

    def title(self, words: Words) -> str:
        """Return the title of the sheet."""
        return f"{words.title}  {self.municipality}  {era(self.year)}"

    def origin(self, words: Words) -> str:
        """Return a line naming the run by scenario and stamp, as its folders are named."""
        folder = Path(self.run).resolve()
        return f"{words.run}: {folder.parent.name}/{folder.name}   {words.note}"


@dataclass(frozen=True)
class Why:
    """Why the assessed total changed: its terms (`chain.change`), their check, and what it is compared with."""

    terms: pd.DataFrame
    totals: Totals
    compared: str


def write(path: Path, lines: pd.DataFrame, subject: Subject, lang: str = "ja", why: Why | None = None) -> Path:
    """Write the sheet of a municipality and year (`chain.explain`) and, where given, the terms of its change."""
    if path.suffix.lower() != ".xlsx":
        raise InputError(f"--out {path}: give a name ending in .xlsx")
    if not path.parent.is_dir():
        raise InputError(f"--out {path}: the folder {path.parent} does not exist")
    words, said = TEXT[lang], banner(sample_of(Path(subject.run)), lang)
    with replacing(path) as fresh:
        book = xlsxwriter.Workbook(str(fresh), EXCEL)
        looks = looks_of(book)
        sheets = [book.add_worksheet(words.sheet)]
        fill(sheets[0], looks, lines, Heading(words, subject.title(words), subject.origin(words), lang))
        if why is not None:
            sheets.append(book.add_worksheet(words.why))
            _why(sheets[1], looks, why, words, f"{subject.title(words)}  /  {why.compared}", lang)
        for sheet, row in zip(sheets, (2, 1), strict=False):
            sheet.write_string(row, 0, said, looks["banner"])
        book.close()
    return path


@dataclass(frozen=True)
class Heading:
    """What stands above the lines of a calculation sheet, and the language of all of it."""

    words: Words
    title: str
    origin: str
    lang: str


def fill(sheet: Worksheet, looks: Looks, lines: pd.DataFrame, heading: Heading) -> None:
    """Write the chain of one municipality (columns of `chain.explain`) to a sheet, with live formulas."""
    _head(sheet, looks, heading)
    _chain(sheet, looks, in_language(lines, heading.lang), heading.words, heading.lang)


def looks_of(book: xlsxwriter.Workbook) -> Looks:
    """Return the cell formats of a workbook of calculation sheets."""
    plain: dict[str, object] = {"font_name": "Noto Sans CJK JP", "font_size": 10, "valign": "vcenter"}
    made: dict[str, dict[str, object]] = {
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


def _head(sheet: Worksheet, looks: Looks, heading: Heading) -> None:
    sheet.write(0, 0, heading.title, looks["title"])
    sheet.write(1, 0, heading.origin, looks["note"])
    for column, (name, width) in enumerate(zip(heading.words.columns, _WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write(_FIRST - 2, column, name, looks["head"])
    sheet.freeze_panes(_FIRST - 1, _VALUE - 2)


@dataclass(frozen=True)
class _Line:
    """A line of the chain as the sheet shows it, and its row."""

    row: int
    metropolis: bool
    symbol: str
    value: float
    before: tuple[str, ...]
    """the texts left of the value: portion, place, symbol, label, formula, what goes in"""
    after: tuple[str, ...]
    """unit and source"""

    @property
    def height(self) -> int:
        _, _, _, _, formula, inputs = self.before
        return 15 * max(1, -(-len(inputs) // 62), -(-len(formula) // 44))


@dataclass(frozen=True)
class _Scope:
    """The lines of the metropolis, or of the municipality, in one portion: what a formula can point to."""

    rows: dict[str, int] = field(default_factory=dict)
    values: dict[str, float] = field(default_factory=dict)

    def cell(self, symbol: str) -> str:
        return f"{chr(ord('A') + _VALUE)}{self.rows[symbol] + 1}"

    def formula(self, symbol: str) -> str | None:
        """Return a line's rule over other cells, or None where it has none or would not give the line's own value."""
        rule = RULES.get(symbol)
        if rule is None:
            return None
        if isinstance(rule, Formula):
            if not rule.excel or whole(rule.function(*(self.values[s] for s in rule.inputs))) != self.values[symbol]:
                return None
            return "=" + rule.excel.format(**{s: self.cell(s) for s in rule.inputs})
        plus, minus = rule.sides(self.rows)
        value = sum(self.values[s] for s in plus) - sum(self.values[s] for s in minus)
        if not plus or value != self.values[symbol]:
            return None
        return "=" + "+".join(map(self.cell, plus)) + "".join(f"-{self.cell(s)}" for s in minus)


def _chain(sheet: Worksheet, looks: Looks, lines: pd.DataFrame, words: Words, lang: str) -> None:
    row = _FIRST - 1
    for portion in dict.fromkeys(lines["portion"]):
        sheet.merge_range(row, 0, row, len(_WIDTHS) - 1, words.portions[portion], looks["part"])
        part = _read(lines[lines["portion"] == portion], row + 1, words, lang)
        scopes = {True: _Scope(), False: _Scope()}
        for line in part:
            scopes[line.metropolis].rows[line.symbol] = line.row
            scopes[line.metropolis].values[line.symbol] = line.value
        for line in part:
            sheet.set_row(line.row, line.height)
            _write_line(sheet, looks, line, scopes[line.metropolis].formula(line.symbol))
        row += 1 + len(part)
    sheet.autofilter(_FIRST - 2, 0, row - 1, len(_WIDTHS) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(_FIRST - 2)


def name_of(place: str, lang: str) -> str:
    """Return what a sheet calls the place of a line: the municipality, or the prefecture by the words of its region."""
    if place != "metropolis":
        return place
    return regions.read(regions.current()).worded(TEXT[lang].metropolis, int(lang == "en"))


def _read(part: pd.DataFrame, first: int, words: Words, lang: str) -> Sequence[_Line]:
    """Return the lines of one portion, the first in row `first`."""
    lines = []
    for row, line in enumerate(part.to_dict("records"), first):
        metropolis = line["place"] == "metropolis"
        place = name_of(line["place"], lang)
        before = (words.portions[line["portion"]], place, line["symbol"], line[f"label_{lang}"])
        lines.append(
            _Line(
                row,
                metropolis,
                str(line["symbol"]),
                float(line["value"]),
                tuple(map(str, (*before, line["formula"], line["inputs"]))),
                (str(line["unit"]), str(line["source"])),
            )
        )
    return lines


def _write_line(sheet: Worksheet, looks: Looks, line: _Line, live: str | None) -> None:
    for column, text in enumerate(line.before):
        sheet.write_string(line.row, column, text, looks["text"])
    if live is not None:
        sheet.write_formula(line.row, _VALUE, live, looks["live"], int(line.value))
    else:
        sheet.write_number(line.row, _VALUE, line.value, looks["whole" if line.value.is_integer() else "exact"])
    for column, text in enumerate(line.after, _VALUE + 1):
        sheet.write_string(line.row, column, text, looks["text"])


def _why(sheet: Worksheet, looks: Looks, why: Why, words: Words, title: str, lang: str) -> None:
    sheet.write(0, 0, title, looks["title"])
    for column, (name, width) in enumerate(zip(words.why_columns, (26, 52, 20, 18), strict=True)):
        sheet.set_column(column, column, width)
        sheet.write(2, column, name, looks["head"])
    sheet.freeze_panes(3, 0)
    sheet.write(3, 1, words.old, looks["strong"])
    sheet.write_number(3, 2, why.totals.old, looks["strong"])
    row = 4
    shown = why.terms[why.terms["yen"] != 0]
    for term in shown.to_dict("records"):
        sheet.write_string(row, 0, words.portions[term["portion"]], looks["text"])
        sheet.write_string(row, 1, str(term[f"label_{lang}"]), looks["text"])
        sheet.write_number(row, 2, int(term["yen"]), looks["whole"])
        sheet.write_number(row, 3, float(term["per_insured"]), looks["money"])
        row += 1
    sheet.write(row, 1, words.sum, looks["strong"])
    total = f"=SUM(C5:C{row})" if len(shown) else "=0"
    sheet.write_formula(row, 2, total, looks["strong"], why.totals.terms)
    sheet.write(row + 1, 1, words.new, looks["strong"])
    sheet.write_number(row + 1, 2, why.totals.new, looks["strong"])
    sheet.write(row + 2, 1, words.check, looks["strong"])
    sheet.write_formula(row + 2, 2, f"=C{row + 2}-C4-C{row + 1}", looks["strong"], why.totals.check)
