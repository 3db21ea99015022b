"""The sheets of the municipality chosen: key figures with ranks and ranges, collection, premium rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from sim.core.units import era
from sim.institutions.portions import PORTION_SHORT, PORTIONS
from sim.outputs.folder import RunFolder
from sim.outputs.ranges import OF_PLACES
from sim.reports.doubt import ranges_of
from sim.reports.grid import KINDS, Column
from sim.reports.headlines import place_label
from sim.reports.items import item_label
from sim.reports.judged import judged
from sim.reports.labels import RATE_PARTS
from sim.reports.theme import CYCLE
from sim.reports.words import WORDS, Text, say
from sim.reports.workbook import facts
from sim.reports.workbook.book import TOP, Book, Sheet
from sim.reports.workbook.chosen import Chosen, Data, by_year, of_place, place_name, write_data, years_of
from sim.reports.workbook.doubt import ENDS, in_yen, lead
from sim.reports.workbook.terms import Term, as_shown, ratio, sum_of, thousands

_KEYS = (
    "members_average",
    "households_end",
    "current_billed",
    "billed_per_member",
    "collection_rate",
    "older_rate",
    "arrears_households",
    "benefit",
    "benefit_per_member",
    "contribution",
    "contribution_per_member",
    "discretionary_transfer",
    "other_discretionary",
    "fund",
)
_RANKED = ("collection_rate", "older_rate", "billed_per_member", "contribution_per_member", "discretionary_per_member")
_HIGHEST: Text = (
    "順位（高い順。{municipalities}の区分内、全体）",
    "Rank, highest first: within the kind, and of all",
)


def heads(sheet: Sheet, years: Sequence[int], unit: bool = True, first: float = 40) -> None:
    """Write the headings item, unit and fiscal years, freeze them and repeat them on paper."""
    columns = [Column(WORDS["item"], "text"), *([Column(WORDS["unit"], "text")] if unit else [])]
    sheet.heading(TOP, (*columns, *(Column((era(y),) * 2, "text") for y in years)))
    sheet.cells.set_column(0, 0, first)
    if unit:
        sheet.cells.set_column(1, 1, 12)
    sheet.cells.set_column(len(columns), len(columns) + len(years) - 1, 12)
    sheet.cells.freeze_panes(TOP + 1, len(columns))
    sheet.cells.repeat_rows(TOP)


def unit_of(kind: str) -> Text:
    """Return the unit of cells of a kind."""
    return KINDS[kind].excel_unit or (("%", "%") if kind in ("share", "per_million") else KINDS[kind].unit)


def figures(book: Book, run: RunFolder, data: Data) -> None:
    """Write the key figures of the municipality chosen by year, its ranks, and the ranges."""
    years = years_of(data.frame)
    title: Text = ("主な指標（推計値）", "Key figures (simulated)")
    sheet = book.sheet(("主な指標", "Key figures"), title, portrait=True)
    of_place(sheet)
    heads(sheet, years, first=46)
    picks = by_year(book, data, years, book.code)
    row = _lines(sheet, TOP + 1, picks, _KEYS)
    row = _ranks(sheet, row, picks)
    row = _ranges(sheet, row, run, years)
    _published(sheet, row, run)


def _lines(sheet: Sheet, row: int, picks: Sequence[Chosen], names: Sequence[str]) -> int:
    """Write columns of the basic data as lines; return the row after them."""
    for name in names:
        column = picks[0].data.columns[name]
        sheet.put(row, 0, column.label)
        sheet.put(row, 1, unit_of(column.kind))
        for j, pick in enumerate(picks):
            pick.write(sheet, row, 2 + j, name, blank=True)
        row += 1
    return row


def _ranks(sheet: Sheet, row: int, picks: Sequence[Chosen]) -> int:
    """Write the ranks of the municipality among its kind and among all; return the row after them."""
    data, width = picks[0].data, 2 + len(picks)
    sheet.section(row, _HIGHEST, width)
    places: Text = ("位", "rank")
    row += 1
    for name in _RANKED:
        label = data.columns[name].label
        for within, words in ((True, ("区分内", "within its kind")), (False, ("全体", "of all"))):
            sheet.put(row, 0, (f"{label[0]} {words[0]}", f"{label[1]}, {words[1]}"))
            sheet.put(row, 1, places)
            for j, pick in enumerate(picks):
                kind = pick.term("kind") if within else None
                sheet.term(row, 2 + j, facts.rank(data, name, pick.term(name), pick.year, kind), "count")
            row += 1
    sheet.put(row, 0, ("区分の{municipalities}数", "municipalities of its kind"))
    sheet.put(row, 1, ("団体", "places"))
    for j, pick in enumerate(picks):
        sheet.term(row, 2 + j, facts.count(data, pick.year, pick.term("kind")), "count")
    return row + 1


def _ranges(sheet: Sheet, row: int, run: RunFolder, years: Sequence[int]) -> int:
    """Write the ends of the ranges of the measures that have some; return the row after them."""
    doubt = ranges_of(run)
    if doubt is None:
        return row
    book, t = sheet.book, doubt.table
    mine = t[t["measure"].isin(OF_PLACES) & (t["code"] != run.region.code)]
    wide = mine.pivot(index=["year", "code"], columns="measure", values=list(ENDS))
    wide.columns = [f"{measure}.{end}" for end, measure in wide.columns]
    codes = sorted(int(c) for c in mine["code"].unique())
    frame = wide.reindex(pd.MultiIndex.from_product([years, codes], names=["year", "code"]))
    columns = {
        f"{m}.{end}": Column((f"{place_label(m)[0]} {label[0]}", f"{place_label(m)[1]}, {label[1]}"), in_yen(m))
        for m in OF_PLACES
        for end, label in ENDS.items()
    }
    named: Text = ("推計の幅データ", "Ranges data")
    data = write_data(book, named, frame, columns)
    about = lead(doubt, book.lang)
    sheet.section(row, (f"推計の幅　{about[0]}", f"Ranges. {about[1]}"), 2 + len(years))
    return _lines(sheet, row + 1, by_year(book, data, years, book.code), [n for n in columns if _is_end(n)])


def _is_end(name: str) -> bool:
    return not name.endswith(".value")


_NUMBER = "[>=10]#,##0;[<=-10]-#,##0;0.0000"
"""a published figure of any unit: a rate or an amount"""
_SHOWN = ("fitted", "held_out")
_PUBLISHED: Text = (
    "公表値（実績・予算）と推計値：項目、年度、公表値、推計値、差",
    "Published and simulated figures: year, published, simulated, difference",
)


def _published(sheet: Sheet, row: int, run: RunFolder) -> None:
    """Write the published figures of the municipality chosen beside the simulated ones: as many lines as any has."""
    t = _published_rows(run)
    if t.empty:
        return
    book = sheet.book
    name, rows = _published_data(book, t)
    sheet.section(row, _PUBLISHED, 2 + len(run.table("metropolis_year")))
    text, number = book.style(), book.style(num_format=_NUMBER)
    for k in range(1, int(t["k"].max()) + 1):
        row += 1
        match = f"MATCH(\"{k}|\"&{book.choice},'{name}'!$A${TOP + 2}:$A${TOP + 1 + len(rows)},0)"
        own = rows.get(f"{k}|{place_name(book.code, book.lang)}", ("", "", "", ""))
        for j, letter in enumerate("BCDE"):
            cell = f"'{name}'!${letter}${TOP + 2}:${letter}${TOP + 1 + len(rows)}"
            formula = f'=IFERROR(INDEX({cell},{match}),"")'
            sheet.cells.write_formula(row, j, formula, text if j < 2 else number, own[j])
        a, b = f"C{row + 1}", f"D{row + 1}"
        gap = own[3] - own[2] if isinstance(own[3], float) and isinstance(own[2], float) else ""
        sheet.cells.write_formula(row, 4, f'=IF({a}="","",{b}-{a})', number, gap)


def _published_data(book: Book, t: pd.DataFrame) -> tuple[str, dict[str, tuple[str | float, ...]]]:
    """Write the published figures on a hidden sheet; return its name, and its rows by their key."""
    named: Text = ("公表値データ", "Published data")
    hidden = book.sheet(named, named, hidden=True)
    heads = (("鍵", "key"), WORDS["item"], WORDS["year"], WORDS["published"], WORDS["simulated"])
    hidden.heading(TOP, tuple(Column(head, "text") for head in heads))
    rows: dict[str, tuple[str | float, ...]] = {}
    for r in t.itertuples():
        label = say(item_label(str(r.id)), book.lang)
        key = f"{r.k}|{place_name(int(r.code), book.lang)}"
        rows[key] = (label, era(int(r.year)), float(r.published), float(r.simulated))
    for i, (key, cells) in enumerate(rows.items()):
        hidden.cells.write_string(TOP + 1 + i, 0, key)
        for j, value in enumerate(cells, 1):
            write = hidden.cells.write_string if isinstance(value, str) else hidden.cells.write_number
            write(TOP + 1 + i, j, value)
    return hidden.name, rows


def _published_rows(run: RunFolder) -> pd.DataFrame:
    """Return the judged figures of municipalities in years of the run, numbered by k within each municipality.

    What a plan to end a deficit prints stands on the sheet of the plan.
    """
    t = judged(run)
    parts = t["id"].str.extract(r"^(?!planned_).*\.(\d{5})\.\d{4}$")[0]
    t = t.assign(code=parts)[parts.notna() & t["role"].isin(_SHOWN) & t["simulated"].notna() & t["published"].notna()]
    t = t.assign(code=t["code"].astype(int))
    return t.assign(k=t.groupby("code").cumcount() + 1)


def collection(book: Book, run: RunFolder, data: Data) -> None:
    """Write collection of the municipality chosen, current year, carried over and both, as settlements list it."""
    years = years_of(data.frame)
    title: Text = ("保険料（税）の収納状況（推計値）", "Collection of premiums (simulated)")
    sheet = book.sheet(("収納率", "Collection rate"), title, _LEAD)
    of_place(sheet)
    heads(sheet, years)
    picks = by_year(book, data, years, book.code)
    row = TOP + 1
    for name, parts in (("current", ("current",)), ("older", ("older",)), ("both", ("current", "older"))):
        row = _collected(sheet, row, picks, name, parts)
    row = _compared(sheet, row, run, picks)
    sheet.cells.write_string(row, 0, say(_LAPSES, book.lang), book.style(font_color="#55606D", font_size=9))
    _rate_chart(sheet, row + 2, len(years))
    sheet.one_page()


_LEAD: Text = (
    "収入未済額は調定額から収納額と不納欠損額を除いた額。現年分の収納率は居所不明者分を除いた調定額に対する割合。",
    "Unpaid: billed less collected and written off. The rate of the current year leaves unknown addresses out.",
)
_LAPSES: Text = (
    "現年分の不納欠損額は0。債権は時効の完成又は滞納処分の執行停止により消滅し、いずれも翌年度以後に滞納繰越分で生じる。",
    "Nothing of the current year is written off: claims lapse by limitation or after suspended enforcement, in later "
    "years, among those carried over.",
)
_BLOCKS: dict[str, Text] = {
    "current": ("現年分", "Current year"),
    "older": ("滞納繰越分", "Carried over"),
    "both": ("合計（現年分＋滞納繰越分）", "Both"),
}
_FLOWS: dict[str, Text] = {
    "billed": ("調定額", "billed"),
    "collected": ("収納額", "collected"),
    "written_off": ("不納欠損額", "written off"),
    "closing": ("収入未済額", "unpaid"),
}
_RATE: Text = ("収納率", "collection rate")


def _collected(sheet: Sheet, row: int, picks: Sequence[Chosen], name: str, parts: Sequence[str]) -> int:
    """Write a block: billed, collected, written off, unpaid, and the rate; return the row after it."""
    sheet.section(row, _BLOCKS[name], 2 + len(picks))
    row += 1
    lines: list[tuple[Text, Callable[[Chosen], Term]]] = []
    for flow, label in _FLOWS.items():
        lines.append((label, _adding([f"{part}_{flow}" for part in parts])))
        if name == "current" and flow == "billed":
            lines.append((("うち居所不明者分", "of it unknown addresses"), _adding(["current_unknown"])))
    for label, read in lines:
        sheet.put(row, 0, label)
        sheet.put(row, 1, unit_of("oku"))
        for j, pick in enumerate(picks):
            sheet.term(row, 2 + j, thousands(read(pick)), "oku")
        row += 1
    due = ["current_due" if name == "current" else f"{part}_billed" for part in parts]
    sheet.put(row, 0, _RATE, bold=True)
    sheet.put(row, 1, unit_of("share"))
    for j, pick in enumerate(picks):
        paid = _adding([f"{part}_collected" for part in parts])(pick)
        sheet.term(row, 2 + j, ratio(paid, _adding(due)(pick), 4), "share", bold=True)
    return row + 1


def _adding(names: Sequence[str]) -> Callable[[Chosen], Term]:
    """Return what adds columns of the basic data up, in yen."""
    return lambda pick: sum_of([pick.term(name) for name in names])


def _compared(sheet: Sheet, row: int, run: RunFolder, picks: Sequence[Chosen]) -> int:
    """Write rates of the current year to compare with: kind, prefecture simulated and published, ranks."""
    data = picks[0].data
    sheet.section(row, ("現年分収納率の比較", "Collection rate of the current year, compared"), 2 + len(picks))
    published = _published_rate(run)
    kind: Text = ("同じ区分の計（区分は下の行）", "its kind, total (kind named below)")
    lines: tuple[tuple[Text, str, Callable[[Chosen], Term]], ...] = (
        (kind, "share", lambda pick: _rate(data, pick, True)),
        (facts.WHOLE, "share", lambda pick: _rate(data, pick, False)),
        (("{level}計（公表値）", "{region}, published"), "share", lambda pick: _given(published.get(pick.year))),
        (("区分", "kind"), "text", lambda pick: pick.term("kind")),
        (
            ("順位（区分内、高い順）", "rank within the kind"),
            "count",
            lambda pick: facts.rank(
                data, "collection_rate", pick.term("collection_rate"), pick.year, pick.term("kind")
            ),
        ),
        (
            ("順位（全体、高い順）", "rank of all"),
            "count",
            lambda pick: _rank(pick, None),
        ),
    )
    for label, how, read in lines:
        row += 1
        sheet.put(row, 0, label)
        sheet.put(row, 1, unit_of(how) if how != "count" else ("位", "rank"))
        for j, pick in enumerate(picks):
            sheet.term(row, 2 + j, read(pick), how)
    return row + 1


def _rank(pick: Chosen, kind: Term | None) -> Term:
    return facts.rank(pick.data, "collection_rate", pick.term("collection_rate"), pick.year, kind)


def _given(value: float | None) -> Term:
    return Term('""' if value is None else f"{value:.4f}", value)


def _rate(data: Data, pick: Chosen, within: bool) -> Term:
    kind = pick.term("kind")
    of = (kind.text, str(kind.value)) if within else None
    year = facts.of_year(pick.year)
    return ratio(facts.total(data, "current_collected", year, of), facts.total(data, "current_due", year, of), 4)


def _published_rate(run: RunFolder) -> Mapping[int, float]:
    """Return the published rate of the current year of the prefecture, by year."""
    t = judged(run)
    mine = t[t["id"].str.fullmatch(r"collection_rate_current_year\.\d{4}") & t["published"].notna()]
    return {int(r.year): float(r.published) for r in mine.itertuples()}


def _rate_chart(sheet: Sheet, row: int, years: int) -> None:
    """Draw the rates of the current year and carried over, years across."""
    lines = {"current": TOP + 7, "older": TOP + 13}
    series = [
        {
            "name": say(_BLOCKS[name], sheet.book.lang),
            "categories": [sheet.name, TOP, 2, TOP, 1 + years],
            "values": [sheet.name, at, 2, at, 1 + years],
            "line": {"color": CYCLE[i], "width": 2.25},
            "marker": {"type": "circle", "size": 5, "fill": {"color": CYCLE[i]}, "border": {"color": CYCLE[i]}},
        }
        for i, (name, at) in enumerate(lines.items())
    ]
    sheet.chart({"type": "line"}, _RATE, (row, 0), series, unit="%", form="0%", minimum=0, size=(900, 240))


_STANDS: dict[str, Text] = {"actual": ("現行", "levied"), "standard": ("標準", "standard")}
_GAP: Text = ("差（現行－標準）", "levied less standard")


def rates(book: Book, run: RunFolder) -> None:
    """Write the rates levied by the municipality chosen beside the standard ones, portion by portion."""
    t = run.table("rates")
    parts = {part: how for part, how in RATE_PARTS.items() if part != "asset_part" or t.get(part, pd.Series([0])).any()}
    long = t.melt(["year", "code", "kind", "portion"], [*parts], var_name="part")
    long["column"] = long["kind"] + "." + long["portion"] + "." + long["part"]
    frame = long.pivot_table(index=["year", "code"], columns="column", values="value", aggfunc="first")
    columns = {
        f"{k}.{p}.{part}": Column(
            (
                f"{_STANDS[k][0]} {PORTION_SHORT[p][0]} {label[0]}",
                f"{PORTION_SHORT[p][1]}, {label[1]}, {_STANDS[k][1]}",
            ),
            kind,
        )
        for p in PORTIONS
        for part, (label, kind) in parts.items()
        for k in _STANDS
        if any(f"{x}.{p}.{part}" in frame and (frame[f"{x}.{p}.{part}"] != 0).any() for x in _STANDS)
    }
    years = years_of(frame)
    sheet = book.sheet(
        ("保険料（税）率", "Premium rates"),
        ("保険料（税）率：現行と市町村標準保険料率の差", "Premium rates: levied, standard, difference"),
        ("令和7年度以前の現行は公表値又は補完値、以後は推計。標準は推計。", _RATES_LEAD),
    )
    data = write_data(book, ("料率データ", "Rates data"), frame.reindex(columns=list(columns)), columns)
    of_place(sheet)
    heads(sheet, years)
    picks = by_year(book, data, years, book.code)
    row = TOP + 1
    for portion in PORTIONS:
        own = [part for part in parts if f"actual.{portion}.{part}" in columns]
        row = _portion(sheet, row, portion, own, picks)
    sheet.one_page()


_RATES_LEAD = "Levied: published or imputed to R7, simulated after. Standard: simulated."


def _portion(sheet: Sheet, row: int, portion: str, parts: Sequence[str], picks: Sequence[Chosen]) -> int:
    """Write the parts of a portion: levied, standard, difference; the cap has no standard. Return the row after."""
    sheet.section(row, (f"{PORTION_SHORT[portion][0]}分", PORTION_SHORT[portion][1]), 2 + len(picks))
    row += 1
    for part in parts:
        label, kind = RATE_PARTS[part]
        stands = [k for k in _STANDS if k == "actual" or part != "cap"]
        start = row
        for k in stands:
            sheet.put(row, 0, (f"{label[0]}　{_STANDS[k][0]}", f"{label[1]}, {_STANDS[k][1]}"))
            sheet.put(row, 1, unit_of(kind))
            for j, pick in enumerate(picks):
                pick.write(sheet, row, 2 + j, f"{k}.{portion}.{part}", blank=True)
            row += 1
        if len(stands) == 1:
            continue
        sheet.put(row, 0, (f"{label[0]}　{_GAP[0]}", f"{label[1]}, {_GAP[1]}"))
        sheet.put(row, 1, unit_of("share_change" if kind == "per_million" else kind))
        for j, pick in enumerate(picks):
            _difference(sheet, row, 2 + j, start, [pick.term(f"{k}.{portion}.{part}") for k in stands], kind)
        row += 1
    return row


def _difference(sheet: Sheet, row: int, column: int, start: int, of: Sequence[Term], kind: str) -> None:
    """Write the difference of the two cells that stand in rows `start` and the next."""
    first, second = (sheet.cell(start + i, column).replace("$", "") for i in (0, 1))
    empty = any(t.value in (None, "") for t in of)
    value = None if empty else as_shown(of[0], kind).number - as_shown(of[1], kind).number
    look = {"per_million": "share_change", "yen": "yen_change"}[kind]
    sheet.term(row, column, Term(f'IF(OR({first}="",{second}=""),"",{first}-{second})', value), look)
