"""The tables of the page: headline figures, municipalities, published beside simulated."""

from __future__ import annotations

import pandas as pd

from sim.core.units import era
from sim.institutions.memory import PORTIONS
from sim.outputs.folder import RunFolder
from sim.outputs.measures import facts, measured
from sim.outputs.ranges import OF_PLACES, PARTS
from sim.parameters import Parameters
from sim.reports.collection_figures import rate_of
from sim.reports.doubt import WHAT, range_text, ranges_of, wanted
from sim.reports.grid import KINDS, Column, Grid
from sim.reports.headlines import headline_kind, headline_label, headline_names, place_kind, place_label
from sim.reports.items import item_label
from sim.reports.judged import judged
from sim.reports.words import WORDS, Lang, Text


def headline(run: RunFolder, lang: Lang) -> Grid:
    """Return the headline figures, years across."""
    t = run.table("metropolis_year")
    names = headline_names(run)
    rows = [(headline_label(n), KINDS[headline_kind(n)].unit, *t[n]) for n in names]
    columns = [Column(WORDS["item"], "text"), Column(WORDS["unit"], "text")]
    columns += [Column((era(int(y)),) * 2) for y in t["year"]]
    if (doubt := ranges_of(run)) is not None:
        last = int(t["year"].max())
        whole = doubt.whole(last)
        rows = [(*row, range_text(whole, n, headline_kind(n), lang)) for row, n in zip(rows, names, strict=True)]
        columns.append(Column((f"{era(last)} {WHAT[0]}", f"{era(last)} {WHAT[1]}"), "range"))
    return Grid(
        ("主な結果", "Headline figures"),
        tuple(columns),
        rows,
        kinds={i: headline_kind(n) for i, n in enumerate(names)},
    )


_ESTIMATED: tuple[tuple[str, Text, str], ...] = (
    ("members", ("被保険者", "insured"), "persons"),
    ("benefits", ("保険給付費", "benefits"), "oku"),
    ("contribution_total", ("納付金", "contribution"), "oku"),
    ("contribution_per_head", ("1人当たり納付金", "contribution per head"), "yen"),
    ("standard_premium_per_head", ("1人当たり保険料算定額", "standard premium per head"), "yen"),
)


def estimates(run: RunFolder, lang: Lang) -> Grid:
    """Return what was estimated of each year in November and in January, and by how much the latter is higher."""
    both = {name: run.table(name) for name in ("provisional_account", "metropolitan_account")}
    first, final = (t.set_index(["year", "item"])["value"].astype(float) for t in both.values())
    years = sorted(set(both["provisional_account"]["year"]))
    rows: list[tuple[object, ...]] = []
    kinds: dict[int, str] = {}
    for item, label, kind in _ESTIMATED:
        for year in years:
            early, late = float(first[year, item]), float(final[year, item])
            kinds[len(rows)] = kind
            unit = KINDS[kind].unit
            rows.append((label, era(int(year)), unit, early, late, late - early))
    return Grid(
        (
            "仮係数（11月）と確定係数（1月）による算定",
            "Estimates at provisional and at final coefficients",
        ),
        (
            Column(WORDS["item"], "text"),
            Column(("年度", "year"), "text"),
            Column(WORDS["unit"], "text"),
            Column(("仮係数", "provisional")),
            Column(("確定係数", "final")),
            Column(("差", "change")),
        ),
        rows,
        kinds=kinds,
        folded=True,
    )


def municipalities(run: RunFolder, lang: Lang) -> Grid:
    """Return the municipalities in the last year, the collection rate with its 90 % range if there is one."""
    t = facts(run)
    last = t[t["year"] == t["year"].max()]
    places = Parameters.load().places()
    billed = sum(last[f"bill_{p}"] for p in PORTIONS)
    columns: list[tuple[Column, pd.Series]] = [
        (Column(WORDS["members_average"], "persons"), last["member_months"] / 12),
        (Column(WORDS["contribution"], "million"), last["contribution"]),
        (Column(WORDS["billed"], "million"), billed),
        (Column(WORDS["collection_rate"], "share"), rate_of(last)),
        *_ends(run, last),
        (Column(WORDS["plus_minus"], "half"), last["rate_half"] * 100),
        (Column(WORDS["discretionary_transfer"], "million"), last["discretionary_transfer"]),
    ]
    names = [places[int(code)] for code in last["code"]]
    year = era(int(t["year"].max()))
    return Grid(
        (f"{{municipalities}}別（{year}年度）", f"By municipality ({year})"),
        (Column(WORDS["name"], "text"), *(column for column, _ in columns)),
        list(zip(names, *(values for _, values in columns), strict=True)),
        small=frozenset(i for i, s in enumerate(last["small"]) if s),
    )


def _ends(run: RunFolder, last: pd.DataFrame) -> list[tuple[Column, pd.Series]]:
    """Return the columns of the range of the collection rate, none without ranges."""
    doubt = ranges_of(run)
    if doubt is None:
        return []
    rates = doubt.places("collection_rate", int(last["year"].max())).reindex(last["code"])
    low, high = (
        Column((f"{WHAT[0]}{ja}", f"{WHAT[1]}, {en}"), "share") for ja, en in (("下限", "low"), ("上限", "high"))
    )
    return [(low, rates["low90"]), (high, rates["high90"])]


_PARTS: dict[str, Text] = {
    "noise": ("幅のうち乱数によるもの", "of the variance: noise"),
    "parameters": ("幅のうち不確かな前提によるもの", "of it: what is not known"),
    "policy": ("幅のうち政策", "of it: policy"),
    "model": ("幅のうちモデルの誤差", "of it: error of the model"),
}


def headline_ranges(run: RunFolder, lang: Lang) -> Grid | None:
    """Return the 90 % ranges of the headline figures, years across, and what makes them; None without ranges."""
    doubt = ranges_of(run)
    if doubt is None:
        return None
    years = [int(y) for y in run.table("metropolis_year")["year"]]
    each = {year: doubt.whole(year) for year in years}
    names = [n for n in headline_names(run) if n in each[years[-1]].index]
    last = each[years[-1]]
    rows = []
    for n in names:
        kind = headline_kind(n)
        ranges = (range_text(each[year], n, kind, lang) for year in years)
        rows.append((headline_label(n), KINDS[kind].unit, *ranges, *(last.at[n, part] for part in PARTS)))
    ja, en = (f"（{era(years[-1])}）", f" ({era(years[-1])})")
    return Grid(
        ("推計の幅（90％区間）", "90 % ranges"),
        (
            Column(WORDS["item"], "text"),
            Column(WORDS["unit"], "text"),
            *(Column((era(year),) * 2, "range") for year in years),
            *(Column((f"{_PARTS[part][0]}{ja}", f"{_PARTS[part][1]}{en}"), "share") for part in PARTS),
        ),
        rows,
        folded=True,
    )


def place_ranges(run: RunFolder, lang: Lang) -> Grid | None:
    """Return the figures of the municipalities in the last year, each with its 90 % range; None without ranges."""
    doubt = ranges_of(run)
    if doubt is None:
        return None
    year = int(run.table("metropolis_year")["year"].max())
    mine = measured(facts(run)).set_index(["year", "code"]).loc[year]
    each = {measure: doubt.places(measure, year) for measure in OF_PLACES}
    places = Parameters.load().places()
    rows = []
    for code, figures in mine.iterrows():
        cells: list[object] = [places[int(code)]]
        for measure in OF_PLACES:
            cells += [figures[measure], range_text(each[measure], code, place_kind(measure), lang)]
        rows.append(tuple(cells))
    columns = [Column(WORDS["name"], "text")]
    for measure in OF_PLACES:
        columns += [Column(place_label(measure), place_kind(measure)), Column(WHAT, "range")]
    small = facts(run).set_index(["year", "code"])["small"].loc[year].reindex(mine.index)
    return Grid(
        (f"{{municipalities}}別の推計の幅（{era(year)}年度）", f"Ranges by municipality ({era(year)})"),
        tuple(columns),
        rows,
        small=frozenset(i for i, rough in enumerate(small) if rough),
        folded=True,
    )


_ROLES = ("fitted", "held_out")


def verdicts(run: RunFolder, lang: Lang) -> Grid:
    """Return how many published figures are met, by what they were used for."""
    t = judged(run)
    t = t[t["ok"].notna()]
    rows: list[tuple[object, ...]] = []
    for role in _ROLES:
        mine = t.loc[t["role"] == role, "ok"].astype(bool)
        if len(mine):
            rows.append((WORDS[role], len(mine), int(mine.sum()), int((~mine).sum()), float(mine.mean())))
    return Grid(
        ("照合のまとめ", "Verdicts"),
        (
            Column(WORDS["role"], "text"),
            Column(("項目数", "figures")),
            Column(WORDS["hit"]),
            Column(WORDS["miss"]),
            Column(("許容範囲内の割合", "share within"), "share"),
        ),
        rows,
    )


def misses(run: RunFolder, lang: Lang) -> Grid:
    """Return the published figures the run misses, the furthest first, measured in bands."""
    t = judged(run)
    t = t[t["ok"].notna() & ~t["ok"].fillna(True).astype(bool)]
    gap = t["difference"].astype(float).abs() / t["band"].astype(float).where(t["band"].astype(float) > 0)
    return _comparison(
        ("外れた項目", "Misses"), t.loc[gap.sort_values(ascending=False, na_position="first").index], False, lang
    )


def validation(run: RunFolder, lang: Lang) -> Grid:
    """Return every published figure with the simulated one beside it."""
    t = judged(run)
    return _comparison(("すべての項目", "All figures"), t[t["simulated"].notna()], True, lang)


def _between(low: float, high: float, form: str, lang: Lang) -> str:
    """Return the range of a simulated figure, "" where it has none."""
    return "" if pd.isna(low) else f"{form.format(low)}{'～' if lang == 'ja' else '–'}{form.format(high)}"


_WHOLE = ("persons", "households", "yen", "yen/person", "count")


def _comparison(title: Text, table: pd.DataFrame, folded: bool, lang: Lang) -> Grid:
    rows = []
    ranged = wanted() and bool(table["low"].notna().any())
    for r in table.itertuples():
        form = "{:,.0f}" if r.unit in _WHOLE else "{:,.4f}"
        verdict = "" if r.ok is None else WORDS["hit" if r.ok else "miss"]
        rows.append(
            (
                item_label(r.id),
                era(int(r.year)),
                WORDS.get(r.role, (r.role, r.role)),
                form.format(r.published),
                form.format(r.simulated),
                *([_between(r.low, r.high, form, lang)] if ranged else []),
                f"{r.difference / r.published * 100:+.1f}%" if r.published else "",
                form.format(r.band) if r.ok is not None else "",
                verdict,
            )
        )
    return Grid(
        title,
        (
            Column(WORDS["item"], "text"),
            Column(WORDS["year"]),
            Column(WORDS["role"]),
            Column(WORDS["published"]),
            Column(WORDS["simulated"]),
            *([Column(WHAT, "range")] if ranged else []),
            Column(WORDS["difference"]),
            Column(WORDS["band"]),
            Column(WORDS["verdict"]),
        ),
        rows,
        folded=folded,
    )
