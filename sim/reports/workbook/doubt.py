"""The sheets 推計の幅: 80 and 90 % ranges of headline figures and of groups of households."""

from __future__ import annotations

from collections.abc import Sequence

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.outputs.groups import GROUP_MEASURES
from sim.outputs.ranges import Ranges
from sim.reports.burden_figures import KINDS as KIND_NAMES
from sim.reports.burden_figures import group
from sim.reports.doubt import ranges_of
from sim.reports.grid import KINDS, Column, Grid
from sim.reports.headlines import headline_kind, headline_label, headline_names, place_kind
from sim.reports.theme import CYCLE
from sim.reports.words import WORDS, Lang, Text, say
from sim.reports.workbook.book import TOP, Book, Sheet

ENDS: dict[str, Text] = {
    "high90": ("90％区間 上限", "90 % range, high"),
    "high80": ("80％区間 上限", "80 % range, high"),
    "value": ("推計値", "simulated"),
    "low80": ("80％区間 下限", "80 % range, low"),
    "low90": ("90％区間 下限", "90 % range, low"),
}
"""the lines of a range, highest first"""
_LEAD: Text = (
    "公表された実績に合う{n}組のパラメータと乱数による推計の幅。",
    "Ranges of {n} parameter sets that meet the published results, and of noise.",
)


def lead(doubt: Ranges, lang: Lang) -> Text:
    """Return what the ranges rest on and what is to be known of them, in one language."""
    text = " ".join([say(_LEAD, lang, n=doubt.size), *doubt.reservations(lang)])
    return text, text


def last_ends(run: RunFolder, names: Sequence[str]) -> tuple[list[Column], list[tuple[object, ...]]]:
    """Return the ends of the ranges of headline figures in the last year: columns, and their cells by figure."""
    doubt = ranges_of(run)
    if doubt is None:
        return [], [()] * len(names)
    year = int(run.table("metropolis_year")["year"].max())
    whole, ends = doubt.whole(year), [end for end in reversed(ENDS) if end != "value"]
    columns = [Column((f"{era(year)} {ENDS[end][0]}", f"{era(year)} {ENDS[end][1]}"), "count") for end in ends]
    return columns, [tuple(whole[end].get(name) for end in ends) for name in names]


def headline(book: Book, run: RunFolder) -> None:
    """Write the ranges of the headline figures by year, a line an end, with a chart of the collection rate."""
    doubt = ranges_of(run)
    if doubt is None:
        return
    years = [int(y) for y in run.table("metropolis_year")["year"]]
    each = {year: doubt.whole(year) for year in years}
    names = [n for n in headline_names(run) if n in each[years[-1]].index]
    rows: list[tuple[object, ...]] = []
    kinds: dict[int, str] = {}
    for name in names:
        kind = headline_kind(name)
        unit = KINDS[kind].excel_unit or KINDS[kind].unit
        for end, label in ENDS.items():
            kinds[len(rows)] = kind
            rows.append((headline_label(name), unit, label, *(each[year].at[name, end] for year in years)))
    heads = [Column(WORDS["item"], "text"), Column(WORDS["unit"], "text"), Column(("区分", "line"), "text")]
    title: Text = ("推計の幅（主な結果）", "Ranges of the headline figures")
    grid = Grid(title, (*heads, *(Column((era(y),) * 2, "count") for y in years)), rows, kinds=kinds)
    sheet = book.sheet(("推計の幅", "Ranges"), title, lead(doubt, book.lang), hidden=True)
    sheet.grid(grid, first=34, filtered=True)
    sheet.cells.set_column(2, 2, 16)
    sheet.cells.set_column(3, 2 + len(years), 13)
    sheet.cells.freeze_panes(TOP + 1, 3)
    _chart(sheet, TOP + 1 + names.index("collection_rate") * len(ENDS), years)


def _chart(sheet: Sheet, top: int, years: Sequence[int]) -> None:
    """Draw the collection rate with the ends of its ranges, dashed."""
    looks = {"high90": (CYCLE[4], "dash"), "low90": (CYCLE[4], "dash"), "high80": (CYCLE[0], "round_dot")}
    looks |= {"low80": (CYCLE[0], "round_dot"), "value": (CYCLE[0], "solid")}
    series = [
        {
            "name": [sheet.name, top + i, 2],
            "categories": [sheet.name, TOP, 3, TOP, 2 + len(years)],
            "values": [sheet.name, top + i, 3, top + i, 2 + len(years)],
            "line": {"color": looks[end][0], "width": 2.25 if end == "value" else 1.25, "dash_type": looks[end][1]},
        }
        for i, end in enumerate(ENDS)
    ]
    spot = (TOP, 4 + len(years))
    sheet.chart({"type": "line"}, WORDS["collection_rate"], spot, series, unit="%", form="0.0%", size=(560, 320))


def in_yen(measure: str) -> str:
    """Return the kind of a measure of a municipality in the workbook."""
    kind = place_kind(measure)
    return "oku" if kind == "million" else kind


_GROUPS: dict[str, tuple[Text, str]] = {
    "collection_rate": (WORDS["collection_rate"], "share"),
    "arrears_share": (WORDS["arrears_household_share"], "share"),
    "unpaid_share": (("未納世帯の割合（当年度分）", "households with part of this year's bill unpaid"), "share"),
    "burden": (WORDS["burden"], "share"),
    "billed": (WORDS["billed"], "oku"),
    "billed_per_household": (("1世帯当たり調定額", "bill per household"), "yen"),
    "households": (("賦課世帯", "billed households"), "households"),
}


def groups(book: Book, run: RunFolder) -> None:
    """Write the ranges of the groups of households in the last year; nothing where they have none."""
    doubt = ranges_of(run)
    year = int(run.table("metropolis_year")["year"].max())
    found = None if doubt is None else doubt.groups(year)
    if doubt is None or found is None or found.empty:
        return
    rows: list[tuple[object, ...]] = []
    kinds: dict[int, str] = {}
    for kind, called in KIND_NAMES.items():
        for each in found[found.index.get_level_values("kind") == kind].index.get_level_values("group").unique():
            for measure in GROUP_MEASURES:
                if (measure, kind, each) not in found.index:
                    continue
                label, how = _GROUPS[measure]
                kinds[len(rows)] = how
                name = (f"{called[0]}：{group(each, 'ja')}", f"{called[1]}: {group(each, 'en')}")
                unit = KINDS[how].excel_unit or KINDS[how].unit
                ends = (found.at[(measure, kind, each), end] for end in reversed(ENDS))
                rows.append((name, label, unit, *ends))
    heads = [Column(("区分", "group"), "text"), Column(WORDS["item"], "text"), Column(WORDS["unit"], "text")]
    title: Text = (f"推計の幅（世帯の区分別、{era(year)}年度）", f"Ranges by group of households ({era(year)})")
    grid = Grid(title, (*heads, *(Column(ENDS[end], "count") for end in reversed(ENDS))), rows, kinds=kinds)
    sheet = book.sheet(("推計の幅（世帯の区分別）", "Ranges by group"), title, lead(doubt, book.lang), hidden=True)
    sheet.grid(grid, first=34, filtered=True)
    sheet.cells.set_column(1, 1, 30)
    sheet.cells.set_column(3, 7, 14)
