"""Sheets with a choice: pick a municipality or a year in a yellow cell and the sheet follows.

Each rests on a data sheet with one row per year and place, found by the key "R8|新宿区"; the formulas carry the
values of the first choice, so that programs that do not calculate show them too.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

import pandas as pd
from xlsxwriter.utility import xl_col_to_name

from sim.core.colours import BLUE
from sim.core.units import era
from sim.explanations.chain import LINES
from sim.explanations.deficit_plan import deficit_plan, elimination_years
from sim.institutions.portions import PORTION_NAMES, PORTION_SHORT, PORTIONS
from sim.outputs.folder import RunFolder
from sim.outputs.measures import facts as measured
from sim.parameters import Parameters
from sim.parameters.places import is_prefecture, prefectural, prefecture_of
from sim.reports.grid import Column, Grid
from sim.reports.labels import ACCOUNT_LABELS, FACT_LABELS, RATE_PARTS, account_label
from sim.reports.words import WORDS, Lang, Text, say
from sim.reports.workbook.book import TOP, Book, Sheet

_WORDS = re.compile(r"(?!alpha|beta|gamma|D_|S_)[A-Za-z]{4,}")
"""English words in a formula, which the Japanese sheet leaves out; symbols stay"""
KEY_COLUMNS = 3
"""key, year, municipality: the first columns of a data sheet"""


@dataclass
class Data:
    """A data sheet: `frame` is indexed by (year, code), its columns are described in `columns`."""

    sheet: Sheet
    frame: pd.DataFrame
    columns: dict[str, Column]

    def reference(self, name: str) -> str:
        """Return the reference to all values of a column."""
        letter = xl_col_to_name(KEY_COLUMNS + list(self.columns).index(name))
        return f"'{self.sheet.name}'!${letter}${TOP + 2}:${letter}${TOP + 1 + len(self.frame)}"

    def keys(self) -> str:
        return f"'{self.sheet.name}'!$A${TOP + 2}:$A${TOP + 1 + len(self.frame)}"

    def value(self, year: int, code: int, name: str) -> object:
        return self.frame.at[(year, code), name]


@dataclass(frozen=True)
class Chosen:
    """A row of a data sheet: the formula that finds it, and the year and place it finds first."""

    data: Data
    match: str
    year: int
    code: int

    def write(self, sheet: Sheet, row: int, column: int, name: str, blank: bool = False) -> None:
        """Write a look-up of a column with its first value; `blank` keeps empty cells empty."""
        cell = f"INDEX({self.data.reference(name)},{self.match})"
        text = f'=IF({cell}="","",{cell})' if blank else f"={cell}"
        value = self.data.value(self.year, self.code, name)
        sheet.formula(row, column, text, value, self.data.columns[name].kind)


def whole() -> Text:
    """Return the name of the prefecture as a whole."""
    region = Parameters.load().region
    return region.ja, region.en


def place_name(code: int, lang: Lang) -> str:
    return say(whole() if is_prefecture(code) else Parameters.load().places()[code], lang)


def write_data(book: Book, name: Text, title: Text, frame: pd.DataFrame, columns: dict[str, Column]) -> Data:
    """Write a frame indexed by (year, code) as a data sheet."""
    sheet = book.sheet(name, title, data=True)
    heads = (Column(("鍵", "key"), "text"), Column(WORDS["year"], "text"), Column(WORDS["name"], "text"))
    sheet.heading(TOP, (*heads, *columns.values()))
    names = {code: place_name(code, book.lang) for code in frame.index.get_level_values("code").unique()}
    for i, (year, code) in enumerate(frame.index):
        row = TOP + 1 + i
        for j, text in enumerate((f"{era(year)}|{names[code]}", era(year), names[code])):
            sheet.cells.write_string(row, j, text)
    for j, (column, meaning) in enumerate(columns.items()):
        sheet.values(TOP + 1, KEY_COLUMNS + j, frame[column].tolist(), meaning.kind)
    sheet.cells.set_column(0, 0, 14, None, {"hidden": True})
    sheet.cells.set_column(1, KEY_COLUMNS + len(columns), 14)
    sheet.cells.freeze_panes(TOP + 1, KEY_COLUMNS)
    sheet.cells.repeat_rows(TOP)
    sheet.cells.autofilter(TOP, 0, TOP + len(frame), KEY_COLUMNS + len(columns) - 1)
    return Data(sheet, frame, columns)


def choice(sheet: Sheet, row: int, label: Text, options: list[str], chosen: str) -> str:
    """Write a yellow cell with a list to choose from; return its reference."""
    book = sheet.book
    sheet.cells.write_string(row, 0, say(label, book.lang), book.style(bold=True))
    sheet.cells.write_string(row, 1, chosen, book.style(bold=True, bg_color="#FFF2A8", border=1))
    length = sum(len(o) + 1 for o in options)
    source = options if length < 250 else _listed(sheet, options)
    sheet.cells.data_validation(row, 1, row, 1, {"validate": "list", "source": source})
    return sheet.cell(row, 1)


def _listed(sheet: Sheet, options: list[str]) -> str:
    """Write the options into a hidden column far to the right and return a reference to them."""
    column = 60
    for i, option in enumerate(options):
        sheet.cells.write_string(i, column, option)
    sheet.cells.set_column(column, column, 14, None, {"hidden": True})
    letter = xl_col_to_name(column)
    return f"=${letter}$1:${letter}${len(options)}"


def _years(frame: pd.DataFrame) -> list[int]:
    return sorted({int(y) for y in frame.index.get_level_values("year")})


def _first_choice(years: list[int]) -> int:
    """Return the first projected year, or the last of the run."""
    return 2026 if 2026 in years else years[-1]


def choose_place(sheet: Sheet, code: int, row: int = 2) -> str:
    """Write the cell to choose a municipality in; return its reference."""
    lang = sheet.book.lang
    names = [say(name, lang) for name in Parameters.load().places().values()]
    return choice(sheet, row, WORDS["name"], names, place_name(code, lang))


def contribution(book: Book, run: RunFolder) -> None:
    """Write the calculation sheet: from the need of the metropolis to a municipality's standard rates."""
    t = run.table("contribution")
    t = t.assign(column=t["portion"] + "." + t["symbol"])
    frame = t.pivot_table(index=["year", "code"], columns="column", values="value", aggfunc="first")
    own = {True: list(_symbols(t, True)), False: list(_symbols(t, False))}
    years, year, code = _years(frame), _first_choice(_years(frame)), run.region.example
    sheet = book.sheet(
        ("納付金算定シート", "Contribution sheet"),
        ("国民健康保険事業費納付金・標準保険料率 算定シート", "Contribution and standard rates: calculation sheet"),
        ("黄色のセルで{municipalities}と年度を選ぶ。", "Choose municipality and year in the yellow cells."),
    )
    place_cell = choose_place(sheet, code)
    year_cell = choice(sheet, 3, WORDS["year"], [era(y) for y in years], era(year))
    _contribution_heads(sheet, TOP + 1)
    columns = _contribution_columns(t, frame, [*own[True], *own[False]])
    data = write_data(
        book, ("納付金データ", "Contribution data"), ("納付金データ", "Contribution data"), frame, columns
    )
    row = TOP + 2
    for metropolis in (True, False):
        who = f'"{say(whole(), book.lang)}"' if metropolis else place_cell
        key = f'MATCH({year_cell}&"|"&{who},{data.keys()},0)'
        chosen = Chosen(data, key, year, prefecture_of(code) if metropolis else code)
        for symbol in own[metropolis]:
            sheet.put(row, 0, whole() if metropolis else ("{municipalities}", "municipality"))
            _contribution_row(sheet, row, symbol, chosen)
            row += 1
    sheet.cells.freeze_panes(TOP + 2, 3)
    sheet.cells.repeat_rows(TOP + 1)


def _contribution_heads(sheet: Sheet, row: int) -> None:
    sheet.widths(tuple(Column(("", ""), "text") for _ in range(4 + len(PORTIONS))), 16)
    sheet.cells.set_column(1, 1, 26)
    sheet.cells.set_column(2, 2, 34)
    sheet.cells.set_column(3, 3, 44)
    sheet.cells.set_column(4, 3 + len(PORTIONS), 18)
    heads = (("主体", "place"), ("記号", "symbol"), WORDS["item"], ("算式", "formula"))
    sheet.heading(row, (*(Column(h, "text") for h in heads), *(Column(PORTION_NAMES[p], "text") for p in PORTIONS)))


def _contribution_columns(t: pd.DataFrame, frame: pd.DataFrame, symbols: list[str]) -> dict[str, Column]:
    """Return the columns of the data sheet: portion after portion, its symbols in the order of the chain."""
    units = t.drop_duplicates("column").set_index("column")["unit"]
    return {
        f"{p}.{s}": Column(_joined(PORTION_SHORT[p], _line(s)), _kind(str(units[f"{p}.{s}"])))
        for p in PORTIONS
        for s in dict.fromkeys(symbols)
        if f"{p}.{s}" in frame.columns
    }


def _contribution_row(sheet: Sheet, row: int, symbol: str, chosen: Chosen) -> None:
    """Write a line of the chain: symbol, name, formula in words the language has, its figure in each portion."""
    line = LINES.get(symbol)
    sheet.put(row, 1, symbol)
    sheet.put(row, 2, _line(symbol))
    readable = line is not None and (sheet.book.lang == "en" or not _WORDS.search(line.formula))
    sheet.put(row, 3, line.formula if line is not None and readable else "")
    for j, portion in enumerate(PORTIONS):
        if f"{portion}.{symbol}" in chosen.data.columns:
            chosen.write(sheet, row, 4 + j, f"{portion}.{symbol}", blank=True)


def _symbols(t: pd.DataFrame, metropolis: bool) -> list[str]:
    rows = t[(prefectural(t["code"])) == metropolis]
    present = set(rows["symbol"])
    return [s for s in LINES if s in present] + sorted(present - set(LINES))


def _joined(portion: Text, line: Text) -> Text:
    return f"{portion[0]} {line[0]}", f"{portion[1]}: {line[1]}"


def _line(symbol: str) -> Text:
    line = LINES.get(symbol)
    return (line.ja, line.en) if line else (symbol, symbol)


def _kind(unit: str) -> str:
    kinds = {"yen": "yen_exact", "persons": "persons", "households": "households", "1/1,000,000": "per_million"}
    kinds |= {"yen/person": "yen", "yen/household": "yen", "share": "exact", "index": "exact", "coefficient": "exact"}
    return kinds.get(unit, "exact")


def rates(book: Book, run: RunFolder) -> None:
    """Write actual and standard rates of all municipalities for a year to choose."""
    t = run.table("rates")
    parts = {part: how for part, how in RATE_PARTS.items() if part != "asset_part" or t.get(part, pd.Series([0])).any()}
    long = t.melt(["year", "code", "kind", "portion"], [*parts], var_name="part")
    long["column"] = long["kind"] + "." + long["portion"] + "." + long["part"]
    frame = long.pivot_table(index=["year", "code"], columns="column", values="value", aggfunc="first")
    kinds: dict[str, Text] = {"actual": ("実際", "actual"), "standard": ("標準", "standard")}
    columns = {
        f"{k}.{p}.{part}": Column(
            (
                f"{kinds[k][0]} {PORTION_SHORT[p][0]} {label[0]}",
                f"{PORTION_SHORT[p][1]}, {label[1]}, {kinds[k][1]}",
            ),
            kind,
        )
        for p in PORTIONS
        for part, (label, kind) in parts.items()
        for k in kinds
        if f"{k}.{p}.{part}" in frame.columns and (frame[f"{k}.{p}.{part}"] != 0).any()
    }
    years, lang = _years(frame), book.lang
    year = _first_choice(years)
    sheet = book.sheet(
        ("標準保険料率と実際", "Standard and actual rates"),
        ("市町村標準保険料率と実際の保険料率", "Standard and actual premium rates"),
        ("黄色のセルで年度を選ぶ。", "Choose the year in the yellow cell."),
    )
    year_cell = choice(sheet, 2, WORDS["year"], [era(y) for y in years], era(year))
    data = write_data(book, ("料率データ", "Rates data"), ("料率データ", "Rates data"), frame, columns)
    sheet.heading(TOP, (Column(WORDS["name"], "text"), *columns.values()))
    sheet.cells.set_row(TOP, 48)
    sheet.cells.set_column(0, 0, 14)
    sheet.cells.set_column(1, len(columns), 10)
    codes = [int(c) for c in frame.index.get_level_values("code").unique()]
    for i, code in enumerate(codes):
        row = TOP + 1 + i
        sheet.put(row, 0, place_name(code, lang))
        chosen = Chosen(data, f'MATCH({year_cell}&"|"&$A{row + 1},{data.keys()},0)', year, code)
        for j, name in enumerate(columns):
            chosen.write(sheet, row, 1 + j, name)
    sheet.cells.freeze_panes(TOP + 1, 1)
    sheet.cells.repeat_rows(TOP)
    sheet.cells.repeat_columns(0)


def facts(book: Book, run: RunFolder) -> None:
    """Write the facts of every municipality and year, as a data sheet to filter."""
    frame = run.table("municipality_year").set_index(["year", "code"])
    columns = {n: Column(label, kind) for n, (label, kind) in FACT_LABELS.items() if n in frame.columns}
    title: Text = ("{municipalities}データ", "Facts by municipality and year")
    write_data(book, ("{municipalities}データ", "Municipality data"), title, frame, columns)


@functools.lru_cache(maxsize=2)
def _plans(run: RunFolder) -> dict[int, pd.DataFrame]:
    """Return the plan of every municipality, worked out once for both languages."""
    return {code: deficit_plan(run.path, code) for code in Parameters.load().places()}


_PLAN_KINDS = {"yen": "oku", "yen/person": "yen", "share": "share", "rate": "share", "households": "households"}


def plan(book: Book, run: RunFolder) -> None:
    """Write the plan to end the deficit of a municipality to choose, in the items of the official form."""
    plans = _plans(run)
    form = next(iter(plans.values()))
    eras = [c for c in form.columns if c in _ERAS]
    transfers = {code: float(p[eras].iloc[0].max()) for code, p in plans.items()}
    printed = run.region.shown[-1]
    code = printed if transfers[printed] > 0 else max(transfers, key=lambda c: transfers[c])
    sheet = book.sheet(
        ("財政健全化計画書", "Deficit plan"),
        ("国民健康保険財政健全化計画書（赤字削減・解消計画）", "Plan to reduce and end the deficit"),
        (
            "計画書の項目に試算の結果を並べたもの（金額は千円、1人当たりは円）。黄色のセルで{municipalities}を選ぶ。",
            "Results in the items of the official form (1,000 yen; per head in yen). Choose the municipality in the "
            "yellow cell.",
        ),
    )
    chosen = choose_place(sheet, code)
    frame = _plan_frame(plans, form, eras, book.lang)
    data = write_data(book, ("計画データ", "Plan data"), ("計画データ", "Plan data"), frame, _plan_columns(form))
    sheet.cells.set_column(0, 0, 50)
    sheet.cells.set_column(1, len(eras), 14)
    lived = [e for e in eras if _ERAS[e] <= int(run.manifest["horizon"]["to"])]
    heads = [(e, e) if e in lived else (f"{e}（計画）", f"{e} (plan)") for e in eras]
    sheet.heading(TOP, (Column(WORDS["item"], "text"), *(Column(head, "text") for head in heads)))
    years = [Chosen(data, f'MATCH("{e}|"&{chosen},{data.keys()},0)', _ERAS[e], code) for e in eras]
    row = _plan_rows(sheet, form, years)
    _plan_chart(sheet, row + 1, len(lived))
    sheet.cells.freeze_panes(TOP + 1, 1)
    sheet.cells.repeat_rows(TOP)
    endings(book, run)


def _plan_columns(form: pd.DataFrame) -> dict[str, Column]:
    """Return the items of the form as columns of a data sheet, by their number."""
    return {
        str(i): Column((line["item_ja"], line["item_en"]), _PLAN_KINDS.get(line["unit"], "text"))
        for i, line in form.iterrows()
    }


def _plan_frame(plans: dict[int, pd.DataFrame], form: pd.DataFrame, eras: list[str], lang: Lang) -> pd.DataFrame:
    """Return the items of all plans by (year, code)."""
    index = pd.MultiIndex.from_product([[_ERAS[e] for e in eras], list(plans)], names=["year", "code"])
    values = [
        [_planned(own.at[i, e], form.at[i, "unit"], lang) for i in form.index] for e in eras for own in plans.values()
    ]
    return pd.DataFrame(values, index=index, columns=[str(i) for i in form.index], dtype=object)


def _plan_rows(sheet: Sheet, form: pd.DataFrame, years: list[Chosen]) -> int:
    """Write the items below the headings of their sections; return the row after them."""
    lang = sheet.book.lang
    row, section = TOP + 1, ""
    for i, line in form.iterrows():
        if line["section_ja"] != section:
            section = line["section_ja"]
            title = say((section, line["section_en"]), lang)
            sheet.cells.write_string(row, 0, title, sheet.book.style(bold=True, bg_color="#F2F5F8"))
            row += 1
        sheet.put(row, 0, (line["item_ja"], line["item_en"]))
        for j, chosen in enumerate(years):
            chosen.write(sheet, row, 1 + j, str(i), blank=True)
        row += 1
    return row


def _plan_chart(sheet: Sheet, row: int, years: int) -> None:
    """Insert the transfers of the municipality chosen, which stand in the first item of the form."""
    lang = sheet.book.lang
    sheet.chart(
        {"type": "column"},
        ("法定外繰入額（決算補填等目的）", "Discretionary transfer to cover deficits"),
        (row, 0),
        [
            {
                "name": say(WORDS["discretionary_transfer"], lang),
                "categories": [sheet.name, TOP, 1, TOP, years],
                "values": [sheet.name, TOP + 2, 1, TOP + 2, years],
                "fill": {"color": BLUE},
            }
        ],
        unit=say(("千円", "1,000 yen"), lang),
        form="#,##0,",
        size=(820, 280),
    )


_ERAS = {era(y): y for y in range(2022, 2041)}


def _planned(value: float, unit: str, lang: Lang) -> object:
    """Return a value of the plan; a year as R11, none and whether the plan is kept as words."""
    if unit == "flag":
        return say(_KEPT[int(value)], lang) if value == value else ""
    if unit not in _NO_YEAR:
        return value
    return era(int(value)) if value else say(_NO_YEAR[unit], lang)


_NO_END: Text = ("期間内に解消せず", "not within these years")
_NO_YEAR: dict[str, Text] = {"fiscal year": _NO_END, "planned year": ("公表なし", "none printed")}
_KEPT: dict[int, Text] = {1: ("達成", "kept"), 0: ("未達", "not kept")}


def endings(book: Book, run: RunFolder) -> None:
    """Write for every municipality its transfers at both ends of the run and the year they end."""
    t = elimination_years(run.path)
    always: Text = ("期間を通じてなし", "none at any time")
    places = Parameters.load().places()
    rows = [
        (
            places[int(r.code)],
            r.first,
            r.last,
            always if r.always_without else (era(int(r.elimination_year)) if r.elimination_year else _NO_END),
            era(int(r.planned)) if r.planned else _NO_YEAR["planned year"],
            era(int(r.expected)) if r.expected else "",
        )
        for r in t.itertuples()
    ]
    horizon = run.manifest["horizon"]
    grid = Grid(
        ("赤字解消の見通し", "End of deficits"),
        (
            Column(WORDS["name"], "text"),
            Column((f"法定外繰入 {era(horizon['from'])}", f"transfer {era(horizon['from'])}"), "oku"),
            Column((f"法定外繰入 {era(horizon['to'])}", f"transfer {era(horizon['to'])}"), "oku"),
            Column(("解消年度（試算）", "ends in (simulated)"), "text"),
            Column(("解消目標年度（公表計画）", "ends in (its plan)"), "text"),
            Column(("同、公表なしは想定ペースによる見込み", "the same, else at the pace assumed"), "text"),
        ),
        rows,
        small=_small(run),
    )
    title: Text = ("赤字解消の見通し（{municipalities}別）", "When discretionary transfers end, by municipality")
    sheet = book.sheet(("赤字解消の見通し", "End of deficits"), title, portrait=True)
    sheet.grid(grid, first=14)
    sheet.cells.set_column(1, 5, 22)


def _small(run: RunFolder) -> frozenset[int]:
    """Return the rows of the municipalities whose figures are rough in some year."""
    small = measured(run).groupby("code")["small"].any()
    return frozenset(i for i, flag in enumerate(small) if flag)


def account(book: Book, run: RunFolder) -> None:
    """Write the special account of a municipality to choose: revenue, expenditure, balance by year."""
    t = run.table("accounts")
    sides = {"in": t[t["payee"] == "municipality"], "out": t[t["payer"] == "municipality"]}
    mine = pd.concat([rows.assign(column=f"{side}." + rows["item"]) for side, rows in sides.items()])
    frame = mine.pivot_table(index=["year", "code"], columns="column", values="amount", aggfunc="sum").fillna(0)
    revenue, expenditure = ([f"{side}.{n}" for n in _ordered(set(rows["item"]))] for side, rows in sides.items())
    columns = {n: Column(_account_label(n), "oku") for n in (*revenue, *expenditure)}
    years, code = _years(frame), run.region.example
    sheet = book.sheet(
        ("特別会計", "Special account"),
        ("国民健康保険事業特別会計（歳入・歳出）", "Special account: revenue and expenditure"),
        (
            "単位：千円。黄色のセルで{municipalities}を選ぶ。",
            "Unit: 1,000 yen. Choose the municipality in the yellow cell.",
        ),
    )
    chosen = choose_place(sheet, code)
    data = write_data(book, ("特別会計データ", "Account data"), ("特別会計データ", "Account data"), frame, columns)
    sheet.cells.set_column(0, 0, 40)
    sheet.cells.set_column(1, len(years), 14)
    sheet.heading(TOP, (Column(WORDS["item"], "text"), *(Column((era(y),) * 2, "text") for y in years)))
    row = TOP + 1
    totals = {}
    for title, items in ((("歳入", "revenue"), revenue), (("歳出", "expenditure"), expenditure)):
        start = row
        for item in items:
            sheet.put(row, 0, account_label(item.partition(".")[2]))
            for j, year in enumerate(years):
                match = f'MATCH("{era(year)}|"&{chosen},{data.keys()},0)'
                Chosen(data, match, year, code).write(sheet, row, 1 + j, item)
            row += 1
        sheet.put(row, 0, (f"{title[0]}計", f"{title[1]}, total"), bold=True)
        for j, year in enumerate(years):
            letter = xl_col_to_name(1 + j)
            total = float(sum(frame.loc[(year, code), items]))
            sheet.formula(row, 1 + j, f"=SUM({letter}{start + 1}:{letter}{row})", total, "oku")
        totals[title[1]] = row
        row += 1
    sheet.put(row, 0, ("差引（翌年度繰越）", "balance carried on"), bold=True)
    for j, year in enumerate(years):
        letter = xl_col_to_name(1 + j)
        text = f"={letter}{totals['revenue'] + 1}-{letter}{totals['expenditure'] + 1}"
        value = float(sum(frame.loc[(year, code), revenue]) - sum(frame.loc[(year, code), expenditure]))
        sheet.formula(row, 1 + j, text, value, "oku")
    sheet.cells.freeze_panes(TOP + 1, 1)
    sheet.cells.repeat_rows(TOP)


def _account_label(column: str) -> Text:
    """Return the heading of a column of the account: an item may stand on both sides."""
    side, _, item = column.partition(".")
    ja, en = account_label(item)
    return (f"歳入 {ja}", f"revenue: {en}") if side == "in" else (f"歳出 {ja}", f"expenditure: {en}")


def _ordered(items: set[str]) -> list[str]:
    return [n for n in ACCOUNT_LABELS if n in items] + sorted(items - set(ACCOUNT_LABELS))
