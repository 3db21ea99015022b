"""The sheets of a municipality's money: its plan to end the deficit, the year it ends, its special account."""

from __future__ import annotations

import functools
from collections.abc import Sequence

import pandas as pd

from sim.core.units import era
from sim.explanations.deficit_plan import deficit_plan, elimination_years
from sim.outputs.folder import RunFolder
from sim.outputs.measures import facts as measured
from sim.parameters import Parameters
from sim.reports.grid import Column, Grid
from sim.reports.labels import ACCOUNT_LABELS, account_label
from sim.reports.words import WORDS, Lang, Text, say
from sim.reports.workbook.book import TOP, Book, Sheet
from sim.reports.workbook.chosen import Chosen, by_year, of_place, write_data, years_of
from sim.reports.workbook.terms import Term, thousands


@functools.lru_cache(maxsize=2)
def _plans(run: RunFolder) -> dict[int, pd.DataFrame]:
    """Return the plan of every municipality, worked out once for both languages."""
    return {code: deficit_plan(run.path, code) for code in Parameters.load().places()}


_PLAN_KINDS = {"yen": "oku", "yen/person": "yen", "share": "share", "rate": "share", "households": "households"}


def plan(book: Book, run: RunFolder) -> None:
    """Write the plan to end the deficit of the municipality chosen, in the items of the official form."""
    plans = _plans(run)
    form = next(iter(plans.values()))
    eras = [c for c in form.columns if c in _ERAS]
    sheet = book.sheet(
        ("財政健全化計画書", "Deficit plan"),
        ("国民健康保険財政健全化計画書（赤字削減・解消計画）", "Plan to reduce and end the deficit"),
        (
            "計画書の様式の項目に推計の結果を並べたもの（金額は千円、1人当たりは円）。",
            "Results in the items of the official form (1,000 yen; per head in yen).",
        ),
    )
    named: Text = ("計画データ", "Plan data")
    data = write_data(book, named, _plan_frame(plans, form, eras, book.lang), _plan_columns(form))
    of_place(sheet)
    sheet.cells.set_column(0, 0, 66)
    sheet.cells.set_column(1, len(eras), 12)
    lived = [e for e in eras if _ERAS[e] <= int(run.manifest["horizon"]["to"])]
    heads = [(e, e) if e in lived else (f"{e}（計画）", f"{e} (plan)") for e in eras]
    sheet.heading(TOP, (Column(WORDS["item"], "text"), *(Column(head, "text") for head in heads)))
    _plan_rows(sheet, form, by_year(book, data, [_ERAS[e] for e in eras], run.region.example))
    sheet.cells.freeze_panes(TOP + 1, 1)
    sheet.cells.repeat_rows(TOP)
    sheet.one_page()
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
    units = list(form["unit"])
    cells = {code: own[eras].to_numpy(dtype=float) for code, own in plans.items()}
    values = [
        [_planned(float(value), unit, lang) for value, unit in zip(own[:, j], units, strict=True)]
        for j in range(len(eras))
        for own in cells.values()
    ]
    return pd.DataFrame(values, index=index, columns=[str(i) for i in form.index], dtype=object)


def _plan_rows(sheet: Sheet, form: pd.DataFrame, years: Sequence[Chosen]) -> None:
    """Write the items below the headings of their sections."""
    row, section = TOP + 1, ""
    for i, line in form.iterrows():
        if line["section_ja"] != section:
            section = line["section_ja"]
            sheet.section(row, (section, line["section_en"]), 1 + len(years))
            row += 1
        sheet.put(row, 0, (line["item_ja"], line["item_en"]))
        for j, chosen in enumerate(years):
            chosen.write(sheet, row, 1 + j, str(i), blank=True)
        row += 1


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
    sheet = book.sheet(("赤字解消の見通し", "End of deficits"), title, portrait=True, hidden=True)
    sheet.grid(grid, first=14)
    sheet.cells.set_column(1, 5, 22)


def _small(run: RunFolder) -> frozenset[int]:
    """Return the rows of the municipalities whose figures are rough in some year."""
    small = measured(run).groupby("code")["small"].any()
    return frozenset(i for i, flag in enumerate(small) if flag)


def account(book: Book, run: RunFolder) -> None:
    """Write the special account of the municipality chosen: revenue, expenditure, balance by year."""
    t = run.table("accounts")
    sides = {"in": t[t["payee"] == "municipality"], "out": t[t["payer"] == "municipality"]}
    mine = pd.concat([rows.assign(column=f"{side}." + rows["item"]) for side, rows in sides.items()])
    frame = mine.pivot_table(index=["year", "code"], columns="column", values="amount", aggfunc="sum").fillna(0)
    revenue, expenditure = ([f"{side}.{n}" for n in _ordered(set(rows["item"]))] for side, rows in sides.items())
    columns = {n: Column(_account_label(n), "oku") for n in (*revenue, *expenditure)}
    years = years_of(frame)
    sheet = book.sheet(
        ("特別会計", "Special account"),
        ("国民健康保険事業特別会計（歳入・歳出）", "Special account: revenue and expenditure"),
        (
            "単位：千円。計と差引は円単位の額から求めたもので、千円未満の四捨五入により内訳の計と一致しないことがある。",
            "Unit: 1,000 yen. Totals are of whole yen, so that rounded items may not add up to them.",
        ),
    )
    named: Text = ("特別会計データ", "Account data")
    data = write_data(book, named, frame, columns)
    of_place(sheet)
    sheet.cells.set_column(0, 0, 44)
    sheet.cells.set_column(1, len(years), 13)
    sheet.heading(TOP, (Column(WORDS["item"], "text"), *(Column((era(y),) * 2, "text") for y in years)))
    picks = by_year(book, data, years, run.region.example)
    row = _side(sheet, TOP + 1, ("歳入", "revenue"), revenue, picks)
    row = _side(sheet, row, ("歳出", "expenditure"), expenditure, picks)
    sheet.put(row, 0, ("歳入歳出差引（翌年度繰越）", "balance carried on"), bold=True)
    for j, pick in enumerate(picks):
        balance = thousands(_sum(pick, revenue) - _sum(pick, expenditure))
        sheet.term(row, 1 + j, balance, "oku", bold=True)
    sheet.cells.freeze_panes(TOP + 1, 1)
    sheet.cells.repeat_rows(TOP)
    sheet.one_page()


def _side(sheet: Sheet, row: int, title: Text, items: Sequence[str], picks: Sequence[Chosen]) -> int:
    """Write the items of a side of the account and their total; return the row after it."""
    sheet.section(row, title, 1 + len(picks))
    for i, item in enumerate(items, row + 1):
        sheet.put(i, 0, account_label(item.partition(".")[2]))
        for j, pick in enumerate(picks):
            pick.write(sheet, i, 1 + j, item)
    end = row + 1 + len(items)
    sheet.put(end, 0, (f"{title[0]}計", f"{title[1]}, total"), bold=True)
    for j, pick in enumerate(picks):
        sheet.term(end, 1 + j, thousands(_sum(pick, items)), "oku", bold=True)
    return end + 1


def _sum(pick: Chosen, items: Sequence[str]) -> Term:
    """Return the sum of neighbouring columns of the data sheet, in yen."""
    return Term(f"SUM({pick.data.rows(items, pick.match)})", sum(pick.term(item).number for item in items))


def _account_label(column: str) -> Text:
    """Return the heading of a column of the account: an item may stand on both sides."""
    side, _, item = column.partition(".")
    ja, en = account_label(item)
    return (f"歳入 {ja}", f"revenue: {en}") if side == "in" else (f"歳出 {ja}", f"expenditure: {en}")


def _ordered(items: set[str]) -> list[str]:
    return [n for n in ACCOUNT_LABELS if n in items] + sorted(items - set(ACCOUNT_LABELS))
