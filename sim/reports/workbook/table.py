"""The sheet 一覧: every municipality in the year chosen, with ranks, the totals of the kinds and of the prefecture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.outputs.measures import facts as measured
from sim.reports import marks
from sim.reports.grid import Column
from sim.reports.words import WORDS, Text, say, word
from sim.reports.workbook import facts
from sim.reports.workbook.book import TOP, Book, Sheet
from sim.reports.workbook.chosen import Chosen, Data, place_name
from sim.reports.workbook.terms import Term, as_shown, nearest, ratio


@dataclass(frozen=True)
class _Figure:
    """A column: a figure of the basic data, added up over municipalities, or a quotient of two.

    part, whole  columns of the basic data; without `whole` the figure is `part` itself
    ranked       behind it stand the ranks within the kind and among all
    """

    label: Text
    kind: str
    part: str
    whole: str = ""
    ranked: bool = False
    own: str = ""
    """column with the quotient of a municipality, where it is not worked out of part and whole"""


_BILL: Text = ("1人当たり調定額", "bill per insured")
_OLDER_RATE: Text = ("滞納繰越分 収納率", "carried over: rate")
_SHARE: Text = ("被保険者1人当たり納付金", "contribution per insured")
_SINGLE = (
    _Figure(("被保険者数（年度平均）", "insured"), "persons", "members_average"),
    _Figure(("現年分 調定額", "current: billed"), "oku", "current_billed"),
    _Figure(("現年分 収納額", "current: collected"), "oku", "current_collected"),
    _Figure(("現年分 収入未済額", "current: unpaid"), "oku", "current_closing"),
    _Figure(("現年分 収納率", "current: rate"), "share", "current_collected", "current_due", True, "collection_rate"),
    _Figure(("滞納繰越分 調定額", "carried over: claims"), "oku", "older_billed"),
    _Figure(("滞納繰越分 収納額", "carried over: collected"), "oku", "older_collected"),
    _Figure(("滞納繰越分 不納欠損額", "carried over: written off"), "oku", "older_written_off"),
    _Figure(("滞納繰越分 収入未済額", "carried over: unpaid"), "oku", "older_closing"),
    _Figure(_OLDER_RATE, "share", "older_collected", "older_billed", True, "older_rate"),
    _Figure(_BILL, "yen", "current_billed", "member_months", True, "billed_per_member"),
    _Figure(("納付金", "contribution"), "oku", "contribution"),
    _Figure(_SHARE, "yen", "contribution", "member_months", False, "contribution_per_member"),
    _Figure(("法定外繰入（決算補填等目的）", "discretionary transfer"), "oku", "discretionary_transfer"),
)
_RANKS: tuple[Text, Text] = (("順位（区分内）", "rank in kind"), ("順位（全体）", "rank of all"))


def write(book: Book, run: RunFolder, data: Data) -> None:
    """Write the municipalities kind by kind, each kind with its total, and the prefecture's total."""
    sheet = book.sheet(
        ("一覧", "All municipalities"),
        ("{municipalities}別一覧（推計値）", "All municipalities (simulated)"),
        (
            "金額は千円、1人当たりは円。年度は表紙で選ぶ。順位は高い順。1人当たりは被保険者数の年度平均で割った額。",
            "1,000 yen; per insured in yen. The fiscal year is chosen on the cover. Ranks: highest first.",
        ),
    )
    sheet.cells.write_string(2, 0, say(WORDS["year"], book.lang), book.style(bold=True))
    sheet.cells.write_formula(2, 1, f"={book.year}", book.style(bold=True, font_size=12), era(book.chosen_year))
    _heads(sheet)
    blocks = _blocks(data, book.chosen_year)
    rough = set(measured(run).loc[lambda t: t["small"], "code"])
    for kind, codes, top in blocks:
        for row, code in enumerate(codes, top):
            match = f'MATCH({book.year}&"|"&$A{row + 1},{data.keys()},0)'
            _place(sheet, row, Chosen(data, match, book.chosen_year, code), blocks, code in rough)
        _total(sheet, top + len(codes), (f"{kind}計", f"{kind}, total"), data, kind)
    end = blocks[-1][2] + len(blocks[-1][1]) + 1
    _total(sheet, end, facts.WHOLE, data, None)
    if rough:
        text = word("italics", book.lang, why=marks.rule(book.sample, book.lang))
        sheet.cells.write_string(end + 1, 0, text, book.style(font_size=9, font_color="#55606D"))
    sheet.cells.freeze_panes(TOP + 1, 1)
    sheet.cells.repeat_rows(TOP)


def _heads(sheet: Sheet) -> None:
    columns, widths = [Column(WORDS["name"], "text")], [11.0]
    for figure in _SINGLE:
        columns.append(Column(figure.label, figure.kind, bare=True))
        widths.append({"oku": 13, "persons": 11, "yen": 10, "share": 8}[figure.kind])
        if figure.ranked:
            columns += [Column(label, "text") for label in _RANKS]
            widths += [7, 7]
    sheet.heading(TOP, tuple(columns))
    sheet.cells.set_row(TOP, 48)
    for j, width in enumerate(widths):
        sheet.cells.set_column(j, j, width)


_SHADE = "#F2F5F8"
"""ground of the lines with totals"""
_Block = tuple[str, Sequence[int], int]
"""a kind, its municipalities, the row of the first"""


def _blocks(data: Data, year: int) -> list[_Block]:
    """Return the kinds in the order of their first municipality; a total stands behind each."""
    kinds = data.frame.xs(year, level="year")["kind"]
    blocks: list[_Block] = []
    top = TOP + 1
    for kind in dict.fromkeys(kinds):
        codes = [int(code) for code in kinds.index[kinds == kind]]
        blocks.append((kind, codes, top))
        top += len(codes) + 1
    return blocks


def _place(sheet: Sheet, row: int, pick: Chosen, blocks: Sequence[_Block], small: bool) -> None:
    """Write the line of a municipality."""
    book = sheet.book
    sheet.put(row, 0, place_name(pick.code, book.lang), small=small)
    spans = [(top, top + len(codes) - 1) for _, codes, top in blocks]
    mine = [(top, end) for top, end in spans if top <= row <= end]
    frame = pick.data.frame.xs(pick.year, level="year")
    kin = frame[frame["kind"] == frame.at[pick.code, "kind"]]
    column = 1
    for figure in _SINGLE:
        name = figure.own or figure.part
        pick.write(sheet, row, column, name, bool(figure.own), small)
        if figure.ranked:
            cell = sheet.cell(row, column).replace("$", "")
            for k, (rows, among) in enumerate(((mine, kin), (spans, frame)), 1):
                others = [f"{sheet.cell(a, column)}:{sheet.cell(b, column)}" for a, b in rows]
                sheet.term(row, column + k, _rank(cell, others, among[name], pick.term(name)), "count", small)
            column += 2
        column += 1


def _rank(cell: str, others: Sequence[str], among: pd.Series, own: Term) -> Term:
    """Return the rank of a cell among the cells of its column; the highest is 1."""
    counts = "+".join(f'COUNTIF({rows},">"&{cell})' for rows in others)
    value = None if own.value is None else 1 + int((among.astype(float) > own.number).sum())
    return Term(f'IF({cell}="","",1+{counts})', value)


def _total(sheet: Sheet, row: int, label: Text, data: Data, kind: str | None) -> None:
    """Write the line of a kind's total, or of the prefecture's: sums of yen, rates of sums."""
    book = sheet.book
    sheet.put(row, 0, label, bold=True, bg_color=_SHADE)
    year = (book.year, book.chosen_year)
    of = None if kind is None else (facts.quoted(kind), kind)
    column = 1
    for figure in _SINGLE:
        part = facts.total(data, figure.part, year, of)
        if figure.whole:
            whole = facts.total(data, figure.whole, year, of)
            term = ratio(part, whole, 4) if figure.kind == "share" else _per_head(part, whole)
        else:
            term = as_shown(part, figure.kind)
        sheet.term(row, column, term, figure.kind, bold=True, bg_color=_SHADE)
        if figure.ranked:
            for k in (1, 2):
                sheet.put(row, column + k, "", bold=True, bg_color=_SHADE)
            column += 2
        column += 1


def _per_head(part: Term, months: Term) -> Term:
    """Return an amount per insured: twelve times that of an insured month."""
    value = nearest(part.number * 12 / months.number) if months.number else None
    return Term(f'IF({months.text}=0,"",ROUND({part.text}*12/{months.text},0))', value)
