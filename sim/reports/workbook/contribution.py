"""The sheet 納付金: what the metropolis notifies the municipality chosen of, line by line, beside last year's."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import pandas as pd

from sim.core.units import era
from sim.explanations.chain import LINES
from sim.institutions.portions import PORTION_NAMES, PORTION_SHORT, PORTIONS
from sim.outputs.folder import RunFolder
from sim.parameters.places import prefectural, prefecture_of
from sim.reports.grid import Column
from sim.reports.words import WORDS, Text, say
from sim.reports.workbook.book import TOP, Book, Sheet
from sim.reports.workbook.chosen import Chosen, Data, of_place, whole, write_data
from sim.reports.workbook.terms import Term, nearest, rounded, sum_of

_HEAD = TOP
_SECTIONS: tuple[tuple[Text, str], ...] = (
    (("２ 配分の基礎となる係数等", "2 what shares rest on"), r"n|insured|h|I|x|S_inc|S_ben|D"),
    (("３ 納付金の額", "3 the contribution"), r"c|item\..*|d_new|d_old|ease|pool|T|d"),
    (("４ 保険料収納必要額", "4 premiums to be collected"), r"cost\..*|revenue\..*|e"),
    (("５ 賦課総額と標準的な収納率", "5 what is to be assessed"), r"r|E"),
    (("６ 市町村標準保険料率", "6 municipal standard rates"), r"income_rate|asset_rate|per_.*"),
    (("７ {municipalities}の算定基準による料率", "7 rates on the municipality's own basis"), r"own_.*"),
)
"""the parts of the sheet and the symbols that stand in each"""
_FIRST: Text = ("１ {level}全体の納付金", "1 contributions of {region}")
_WHOLE = ("B", "C", "alpha", "beta", "gamma")
"""lines of the prefecture as a whole"""
_NO_TOTAL = ("I", "T")
"""bases of a share: the same yen stand in several portions"""
COLUMNS = 3 + len(PORTIONS) + 4


def write(book: Book, run: RunFolder) -> Data:
    """Write the sheet and its data; the fiscal year is the one chosen on the cover."""
    t = run.table("contribution")
    t = t.assign(column=t["portion"] + "." + t["symbol"])
    frame = t.pivot_table(index=["year", "code"], columns="column", values="value", aggfunc="first")
    units = {str(k): str(v) for k, v in t.drop_duplicates("column").set_index("column")["unit"].items()}
    own = _symbols(t)
    sheet = book.sheet(
        ("納付金", "Contribution"),
        ("国民健康保険事業費納付金・標準保険料率 算定結果（推計値）", "Contribution and standard rates (simulated)"),
        (
            "単位：円（人数・係数・率を除く）。年度は表紙で選ぶ。計の前年度比は前の年度の算定による。",
            "In yen but for heads, coefficients and rates. The fiscal year is chosen on the cover.",
        ),
    )
    data = write_data(book, ("納付金データ", "Contribution data"), frame, _data_columns(frame, units, own))
    of_place(sheet)
    sheet.cells.write_formula(2, 4, f"={book.year}", book.style(bold=True, font_size=12), era(book.chosen_year))
    _heads(sheet)
    row = _part(sheet, _HEAD + 1, _FIRST, _WHOLE, _rows(book, data, True), units)
    for title, pattern in _SECTIONS:
        symbols = [s for s in own if re.fullmatch(pattern, s)]
        row = _part(sheet, row, title, symbols, _rows(book, data, False), units)
    _per_head(sheet, row, _rows(book, data, False))
    sheet.one_page()
    sheet.cells.freeze_panes(_HEAD + 1, 2)
    sheet.cells.repeat_rows(_HEAD)
    return data


def _heads(sheet: Sheet) -> None:
    heads = (WORDS["item"], WORDS["unit"], ("記号", "symbol"), *(PORTION_NAMES[p] for p in PORTIONS))
    more = (("計", "total"), ("前年度 計", "year before"), ("増減額", "change"), ("伸び率", "change, %"))
    sheet.heading(_HEAD, tuple(Column(h, "text") for h in (*heads, *more)))
    for column, width in ((0, 56), (1, 7), (2, 7)):
        sheet.cells.set_column(column, column, width)
    sheet.cells.set_column(3, COLUMNS - 1, 16)
    sheet.cells.set_column(COLUMNS - 1, COLUMNS - 1, 9)


def _data_columns(frame: pd.DataFrame, units: dict[str, str], own: Sequence[str]) -> dict[str, Column]:
    """Return the columns of the data sheet: portion after portion, its symbols in the order of the chain."""
    return {
        f"{p}.{s}": Column((f"{PORTION_SHORT[p][0]} {_line(s)[0]}", f"{PORTION_SHORT[p][1]}: {_line(s)[1]}"), _kind(u))
        for p in PORTIONS
        for s in dict.fromkeys((*_WHOLE, *own))
        if f"{p}.{s}" in frame.columns and (u := units[f"{p}.{s}"])
    }


def _symbols(t: pd.DataFrame) -> list[str]:
    """Return the symbols of municipalities in the order of the chain; those without a name only where they count."""
    mine = t[~prefectural(t["code"])]
    used = set(mine.loc[mine["value"] != 0, "symbol"])
    present = set(mine["symbol"])
    return [s for s in LINES if s in present] + sorted((present - set(LINES)) & used)


def _rows(book: Book, data: Data, metropolis: bool) -> tuple[Chosen, Chosen]:
    """Return the rows of the year chosen and of the year before, of the prefecture or of the municipality."""
    who = f'"{say(whole(), book.lang)}"' if metropolis else book.choice
    code = prefecture_of(book.code) if metropolis else book.code
    year = book.chosen_year
    before = f'"R"&(MID({book.year},2,2)-1)'
    return (
        Chosen(data, f'MATCH({book.year}&"|"&{who},{data.keys()},0)', year, code),
        Chosen(data, f'MATCH({before}&"|"&{who},{data.keys()},0)', year - 1, code),
    )


def _part(
    sheet: Sheet, row: int, title: Text, symbols: Sequence[str], picks: tuple[Chosen, Chosen], units: dict[str, str]
) -> int:
    """Write the lines of a part of the sheet; return the row after them."""
    columns = picks[0].data.columns
    shown = [s for s in symbols if any(f"{p}.{s}" in columns for p in PORTIONS)]
    if not shown:
        return row
    sheet.section(row, title, COLUMNS)
    for symbol in shown:
        row += 1
        own = [p for p in PORTIONS if f"{p}.{symbol}" in columns]
        unit = units[f"{own[0]}.{symbol}"]
        sheet.put(row, 0, _signed(symbol))
        sheet.put(row, 1, _UNITS.get(unit, ("", "")))
        sheet.put(row, 2, _letter(symbol))
        for portion in own:
            picks[0].write(sheet, row, 3 + PORTIONS.index(portion), f"{portion}.{symbol}", blank=True)
        if unit == "yen" and symbol not in _NO_TOTAL:
            now, before = (_known(pick, sum_of([pick.term(f"{p}.{symbol}") for p in own])) for pick in picks)
            _change(sheet, row, now, before, "yen_exact")
    return row + 1


def _change(sheet: Sheet, row: int, now: Term, before: Term, kind: str) -> None:
    """Write a total, that of the year before, the change and its rate; nothing of a year the run does not hold."""
    at = 3 + len(PORTIONS)
    last, first = (sheet.cell(row, at + i).replace("$", "") for i in (0, 1))
    known = before.value is not None
    sheet.term(row, at, now, kind, bold=True)
    sheet.term(row, at + 1, Term(f'IFERROR({before.text}+0,"")', before.value), kind)
    gap = now.number - before.number if known else None
    sheet.term(row, at + 2, Term(f'IF({first}="","",{last}-{first})', gap), "yen_change")
    rate = nearest(now.number / before.number - 1, 4) if known and before.number else None
    sheet.term(row, at + 3, Term(f'IF(N({first})=0,"",ROUND({last}/{first}-1,4))', rate), "share_change")


def _known(pick: Chosen, term: Term) -> Term:
    """Return a term of a row; without a value where the run does not hold its year."""
    return term if (pick.year, pick.code) in pick.data.frame.index else Term(term.text, None)


def _per_head(sheet: Sheet, row: int, picks: tuple[Chosen, Chosen]) -> None:
    """Write the contribution per head, portion by portion, and their sum, as the metropolis publishes it."""
    sheet.section(row, ("８ １人当たり納付金", "8 contribution per head"), COLUMNS)
    row += 1
    sheet.put(row, 0, ("１人当たり納付金（区分ごとの額の和）", "by portion, and their sum"))
    sheet.put(row, 1, _UNITS["yen"])
    columns = picks[0].data.columns
    own = [p for p in PORTIONS if f"{p}.d" in columns and f"{p}.insured" in columns]
    each = [[_share(pick.term(f"{p}.d"), pick.term(f"{p}.insured")) for p in own] for pick in picks]
    for portion, term in zip(own, each[0], strict=True):
        sheet.term(row, 3 + PORTIONS.index(portion), rounded(term), "yen")
    now, before = (_known(pick, rounded(sum_of(terms))) for pick, terms in zip(picks, each, strict=True))
    _change(sheet, row, now, before, "yen")


def _share(amount: Term, heads: Term) -> Term:
    """Return an amount per head, nothing where there are no heads."""
    value = amount.number / heads.number if heads.number else 0.0
    return Term(f"IF({heads.text}=0,0,{amount.text}/{heads.text})", value)


_UNITS: dict[str, Text] = {
    "yen": ("円", "yen"),
    "persons": ("人", "persons"),
    "households": ("世帯", "households"),
    "1/1,000,000": ("%", "%"),
    "yen/person": ("円", "yen"),
    "yen/household": ("円", "yen"),
}


_MORE: dict[str, Text] = {
    "T": ("固定資産税額", "fixed-asset tax"),
    "asset_rate": ("資産割率", "asset rate"),
    "own_asset_rate": ("資産割率 (独自の算定基準)", "asset rate, own basis"),
}


def _line(symbol: str) -> Text:
    line = LINES.get(symbol)
    return (line.ja, line.en) if line else _MORE.get(symbol, (symbol, symbol))


_SIGNS: dict[str, Text] = {
    "item.": ("（＋）", "(+) "),
    "cost.": ("（＋）", "(+) "),
    "revenue.": ("（－）", "(-) "),
    "ease": ("（－）", "(-) "),
}
_GREEK = {"alpha": "α", "beta": "β", "gamma": "γ"}


def _signed(symbol: str) -> Text:
    """Return the name of a line, before it whether it is added or taken away."""
    sign = next((words for start, words in _SIGNS.items() if symbol.startswith(start)), ("", ""))
    line = _line(symbol)
    return sign[0] + line[0], sign[1] + line[1]


def _letter(symbol: str) -> str:
    """Return the letter the guideline of the metropolis gives a line, "" where it has none."""
    return _GREEK.get(symbol, symbol if len(symbol) == 1 else "")


def _kind(unit: str) -> str:
    kinds = {"yen": "yen_exact", "persons": "persons", "households": "households", "1/1,000,000": "per_million"}
    kinds |= {"yen/person": "yen", "yen/household": "yen", "share": "exact", "index": "exact", "coefficient": "exact"}
    return kinds.get(unit, "exact")


def causes(book: Book, run: RunFolder, data: Data) -> None:
    """Write why what is to be assessed rises or falls from year to year, term by term; the terms add up to it."""
    years = [int(y) for y in run.table("metropolis_year")["year"]]
    sheet = book.sheet(
        ("増減の要因", "Causes of change"),
        (
            "賦課総額の前年度からの増減とその要因（推計値）",
            "Change of the total to be assessed, and its causes (simulated)",
        ),
        (
            "単位：千円。要因の計は賦課総額の増減に一致する（千円未満の四捨五入による差を除く）。",
            "1,000 yen. The causes add up to the change, rounding apart.",
        ),
    )
    of_place(sheet)
    pairs = list(itertools.pairwise(years))
    sheet.heading(
        TOP, (Column(WORDS["item"], "text"), *(Column((f"{era(a)}→{era(b)}",) * 2, "text") for a, b in pairs))
    )
    sheet.cells.set_column(0, 0, 58)
    sheet.cells.set_column(1, max(1, len(pairs)), 13)
    picks = {y: Chosen(data, f'MATCH("{era(y)}|"&{book.choice},{data.keys()},0)', y, book.code) for y in years}
    names = list(data.columns)
    row = TOP + 1
    for label, plus, minus, strong in _cause_lines(names):
        sheet.put(row, 0, label, bold=strong)
        for j, (a, b) in enumerate(pairs):
            sheet.term(row, 1 + j, _moved(picks[a], picks[b], plus, minus), "oku1_change", bold=strong)
        row += 1
    sheet.cells.freeze_panes(TOP + 1, 1)
    sheet.cells.repeat_rows(TOP)
    sheet.one_page()


def _cause_lines(names: Sequence[str]) -> list[tuple[Text, list[str], list[str], bool]]:
    """Return the lines: label, columns that add, columns that take away, whether it is a total."""

    def of(symbol: str, portions: Sequence[str] = PORTIONS) -> list[str]:
        return [f"{p}.{symbol}" for p in portions if f"{p}.{symbol}" in names]

    lines: list[tuple[Text, list[str], list[str], bool]] = [
        (("賦課総額の増減", "total to be assessed, change"), of("E"), [], True)
    ]
    for p in PORTIONS:
        ja, en = PORTION_SHORT[p]
        lines.append(((f"　納付金（{ja}分）", f"  contribution, {en}"), of("d", [p]), [], False))
    symbols = dict.fromkeys(n.partition(".")[2] for n in names)
    for symbol in symbols:
        ja, en = _line(symbol)
        if symbol.startswith("cost."):
            lines.append(((f"　費用：{ja}", f"  cost: {en}"), of(symbol), [], False))
        if symbol.startswith("revenue."):
            lines.append(((f"　収入：{ja}（増は減要因）", f"  revenue: {en} (more lowers it)"), [], of(symbol), False))
    lines.append((("保険料収納必要額の増減", "premiums to be collected, change"), of("e"), [], True))
    unpaid: Text = ("　標準的な収納率で割り戻す分", "  divided by the standard collection rate")
    lines.append((unpaid, of("E"), of("e"), False))
    return [line for line in lines if line[1] or line[2]]


def _moved(a: Chosen, b: Chosen, plus: Sequence[str], minus: Sequence[str]) -> Term:
    """Return by how much columns changed between two rows, in thousands."""

    def total(pick: Chosen) -> Term:
        text = "+".join(pick.term(n).text for n in plus) + "".join(f"-{pick.term(n).text}" for n in minus)
        return Term(text, sum(pick.term(n).number for n in plus) - sum(pick.term(n).number for n in minus))

    after, before = total(b), total(a)
    text, value = f"({after.text})-({before.text})", after.number - before.number
    return Term(f"ROUND(({text})/1000,0)", int(nearest(value / 1000)))
