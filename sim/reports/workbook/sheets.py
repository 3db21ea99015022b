"""The prefecture's headline figures, and the hidden sheets of a run: collection, arrears, validation, sources."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.outputs.measures import facts
from sim.parameters import Parameters
from sim.reports.collection_figures import rate_of
from sim.reports.doubt import ranges_of
from sim.reports.grid import KINDS, Column, Grid
from sim.reports.headlines import headline_kind, headline_label, headline_names
from sim.reports.items import item_label
from sim.reports.judged import judged
from sim.reports.theme import CYCLE
from sim.reports.words import WORDS, Text, say, word
from sim.reports.workbook.book import TOP, Book
from sim.reports.workbook.doubt import ENDS, last_ends


def sources(book: Book, run: RunFolder) -> None:
    """Write every source of the register."""
    grid = Grid(
        WORDS["sources"],
        (
            Column(("記号", "id"), "text"),
            Column(("資料", "title"), "text"),
            Column(("作成者", "publisher"), "text"),
            Column(("年", "year"), "text"),
            Column(("所在", "address"), "text"),
        ),
        [(key, s.title, s.publisher, s.year, s.url) for key, s in sorted(run.register().sources.items())],
    )
    sheet = book.sheet(("出典", "Sources"), WORDS["sources"], hidden=True)
    sheet.grid(grid, first=26)
    sheet.cells.set_column(1, 1, 60)
    sheet.cells.set_column(2, 2, 26)
    sheet.cells.set_column(4, 4, 60)


def headline(book: Book, run: RunFolder) -> None:
    """Write the headline figures, years across, with charts of premiums and collection."""
    t = run.table("metropolis_year")
    names = headline_names(run)
    kinds = {i: headline_kind(n) for i, n in enumerate(names)}
    units = [KINDS[kind].excel_unit or KINDS[kind].unit for kind in kinds.values()]
    more, ends = last_ends(run, names)
    rows = [(headline_label(n), units[i], *t[n], *ends[i]) for i, n in enumerate(names)]
    years = tuple(Column((era(int(y)),) * 2, "oku") for y in t["year"])
    plain = tuple(Column(c.label, "count") for c in years)
    grid = Grid(
        WORDS["headline"],
        (Column(WORDS["item"], "text"), Column(WORDS["unit"], "text"), *plain, *more),
        rows,
        kinds=kinds,
    )
    sheet = book.sheet(("主な結果", "Headline"), WORDS["headline"], (WORDS["title"][0], WORDS["title"][1]))
    below = sheet.grid(grid, first=34) + 1
    sheet.cells.set_column(2, 1 + len(t) + len(more), 13)

    def series(name: str, colour: str) -> dict[str, object]:
        row = TOP + 1 + names.index(name)
        return {
            "name": word(name, book.lang),
            "categories": [sheet.name, TOP, 2, TOP, 1 + len(t)],
            "values": [sheet.name, row, 2, row, 1 + len(t)],
            "line": {"color": colour, "width": 2.25},
            "marker": {"type": "circle", "size": 5, "fill": {"color": colour}, "border": {"color": colour}},
        }

    sheet.chart(
        {"type": "line"},
        ("1人当たりの納付金・算定額・調定額", "Per head: contribution, standard premium, bill"),
        (below, 0),
        [
            series("contribution_per_head", CYCLE[2]),
            series("standard_premium_per_head", CYCLE[0]),
            series("billed_per_member", CYCLE[1]),
        ],
        unit=word("yen", book.lang),
        minimum=0,
    )
    sheet.one_page()
    low = int(t["collection_rate"].min() * 100 - 1) / 100
    sheet.chart(
        {"type": "line"},
        WORDS["collection_rate"],
        (below, 6),
        [series("collection_rate", CYCLE[0])],
        unit="%",
        form="0.0%",
        minimum=low,
    )


def _wide(run: RunFolder, values: pd.Series, title: Text, kind: str, lang_places: dict[int, tuple[str, str]]) -> Grid:
    """Return a grid of municipalities by year from values indexed like municipality_year."""
    t = facts(run)
    table = pd.DataFrame({"year": t["year"], "code": t["code"], "value": values}).pivot(
        index="code", columns="year", values="value"
    )
    small = t.groupby("code")["small"].any()
    years = [int(y) for y in table.columns]
    rows = [(lang_places[int(code)], *row) for code, row in zip(table.index, table.to_numpy(object), strict=True)]
    return Grid(
        title,
        (Column(WORDS["name"], "text"), *(Column((era(y),) * 2, kind, bare=True) for y in years)),
        rows,
        small=frozenset(i for i, code in enumerate(table.index) if small[code]),
    )


def _with_ends(run: RunFolder, grid: Grid) -> Grid:
    """Return collection rates by municipality and year with the ends of the 90 % range of the last year behind them."""
    doubt = ranges_of(run)
    if doubt is None:
        return grid
    t = run.table("municipality_year")
    year = int(t["year"].max())
    codes = sorted(int(code) for code in t["code"].unique())
    ends = doubt.places("collection_rate", year)[["low90", "high90"]].reindex(codes)
    rows = [(*row, *both) for row, both in zip(grid.rows, ends.itertuples(index=False), strict=True)]
    heads = (ENDS[end] for end in ("low90", "high90"))
    columns = (Column((f"{era(year)} {ja}", f"{era(year)} {en}"), "share", bare=True) for ja, en in heads)
    return replace(grid, columns=(*grid.columns, *columns), rows=rows)


def collection(book: Book, run: RunFolder) -> None:
    """Write collection rates by municipality and year, current year and carried over."""
    t = run.table("municipality_year")
    places = Parameters.load().places()
    current = _with_ends(run, _wide(run, rate_of(t), WORDS["collection_rate"], "share", places))
    carried = (t["arrears_collected"] / t["arrears_opening"].where(t["arrears_opening"] > 0)).astype(float)
    older = _wide(run, carried, WORDS["collection_rate_carried"], "share", places)
    lead: Text = (
        "現年分は居所不明者分を除いた調定額に対する収納額。滞納繰越分は年度当初の滞納額に対する収納額。",
        "Current year: collected of what was billed, unknown addresses excluded. Carried over: collected of the claims "
        "at the start of the year.",
    )
    book.sheet(("収納率（現年分）", "Collection, current year"), WORDS["collection_rate"], lead, True, True).grid(
        current, first=14
    )
    carried_over: Text = ("収納率（滞納繰越分）", "Collection, carried over")
    book.sheet(carried_over, WORDS["collection_rate_carried"], lead, True, True).grid(older, first=14)


_THOUSANDS: Text = ("単位：千円", "unit: 1,000 yen")
_AGES: dict[int, Text] = {
    0: ("当年度分", "this year's"),
    1: ("1年前", "1 year before"),
    **{n: (f"{n}年前", f"{n} years before") for n in (2, 3, 4)},
    5: ("5年以上前", "5 years or more"),
}
_HOLDERS: dict[str, Text] = {"household": ("加入中の世帯", "insured"), "departed": ("転出等", "left")}


def arrears(book: Book, run: RunFolder) -> None:
    """Write the claims by fiscal year of origin, their flow, and what each municipality carries over."""
    t = run.table("arrears_by_vintage")
    t = t.assign(age=t["year"] - t["origin"]).groupby(["year", "holder", "age"], sort=False, as_index=False).sum()
    _vintages(book, t)
    labels = ("arrears_opening", "arrears_billed", "arrears_collected", "arrears_written_off", "arrears_closing")
    rows = [
        (era(int(year)), _HOLDERS.get(str(holder), (str(holder),) * 2), _AGES[int(age)], *money)
        for year, holder, age, *money in t[
            ["year", "holder", "age", "opening", "billed", "collected", "written_off", "closing"]
        ].itertuples(index=False)
    ]
    flow = Grid(
        ("滞納の明細", "Flow of arrears"),
        (
            Column(WORDS["year"], "text"),
            Column(("区分", "holder"), "text"),
            Column(("発生年度", "origin"), "text"),
            *(Column(WORDS[n], "oku") for n in labels),
        ),
        rows,
        note=("「転出等」は被保険者でなくなった世帯の分。", "'left': households that are no longer insured."),
    )
    sheet = book.sheet(
        ("滞納（明細）", "Arrears flow"), ("滞納額の増減（発生年度別）", "Arrears by origin: flow"), hidden=True
    )
    sheet.grid(flow, first=9, filtered=True)
    m = run.table("municipality_year")
    closing = _wide(run, m["arrears_closing"], WORDS["arrears_closing"], "oku", Parameters.load().places())
    name: Text = ("滞納（{municipalities}）", "Arrears by municipality")
    book.sheet(name, WORDS["arrears_closing"], _THOUSANDS, True, True).grid(closing, first=14)


def _vintages(book: Book, t: pd.DataFrame) -> None:
    """Write closing claims by origin, years across, and stack them in a chart."""
    lang = book.lang
    closing = t.groupby(["age", "year"])["closing"].sum().unstack("year")
    years = [int(y) for y in closing.columns]
    grid = Grid(
        WORDS["arrears_closing"],
        (Column(("発生年度", "origin"), "text"), *(Column((era(y),) * 2, "oku", bare=True) for y in years)),
        [(_AGES[int(age)], *row) for age, row in zip(closing.index, closing.to_numpy(), strict=True)],
    )
    title: Text = ("年度末の滞納額（発生年度別）", "Claims at the end of the year, by year of origin")
    sheet = book.sheet(("滞納", "Arrears"), title, _THOUSANDS, hidden=True)
    below = sheet.grid(grid, first=18) + 1
    sheet.chart(
        {"type": "column", "subtype": "stacked"},
        title,
        (below, 0),
        [
            {
                "name": [sheet.name, TOP + 1 + i, 0],
                "categories": [sheet.name, TOP, 1, TOP, len(years)],
                "values": [sheet.name, TOP + 1 + i, 1, TOP + 1 + i, len(years)],
                "fill": {"color": CYCLE[i]},
                "gap": 60,
            }
            for i in range(len(grid.rows))
        ],
        unit=say(("百万円", "million yen"), lang),
        form="#,##0,",
        size=(820, 340),
    )


def validation(book: Book, run: RunFolder) -> None:
    """Write every published figure beside the simulated one, hits and misses."""
    table = judged(run)
    shown = [
        (
            item_label(r.id),
            era(int(r.year)),
            WORDS.get(r.role, (r.role, r.role)),
            r.unit,
            r.published,
            r.simulated,
            r.difference,
            r.band,
            "" if r.ok is None else WORDS["hit" if r.ok else "miss"],
            r.source,
        )
        for r in table.itertuples()
    ]
    ratios = {
        i: "index"
        for i, r in enumerate(table["unit"])
        if r not in ("persons", "households", "yen", "yen/person", "count")
    }
    grid = Grid(
        WORDS["validation"],
        (
            Column(WORDS["item"], "text"),
            Column(WORDS["year"], "text"),
            Column(WORDS["role"], "text"),
            Column(WORDS["unit"], "text"),
            Column(WORDS["published"]),
            Column(WORDS["simulated"]),
            Column(WORDS["difference"]),
            Column(WORDS["band"]),
            Column(WORDS["verdict"], "text"),
            Column(WORDS["source"], "text"),
        ),
        shown,
        kinds=ratios,
    )
    sheet = book.sheet(("検証", "Validation"), WORDS["validation"], WORDS["validation_lead"], hidden=True)
    end = sheet.grid(grid, first=40, filtered=True)
    sheet.cells.set_column(4, 7, 18)
    sheet.cells.set_column(9, 9, 30)
    red = book.style(font_color="#B23C00", bold=True)
    sheet.cells.conditional_format(
        TOP + 1, 8, end, 8, {"type": "cell", "criteria": "==", "value": f'"{word("miss", book.lang)}"', "format": red}
    )
