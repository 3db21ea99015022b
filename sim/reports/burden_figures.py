"""Who bears what: bills as a share of income, and what is collected, by group of households."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from sim.core.colours import BLUE, GREY, ORANGE
from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.outputs.groups import measured_groups
from sim.parameters.places import prefectural
from sim.reports.bands import across
from sim.reports.doubt import WHAT, range_text, ranges_of
from sim.reports.grid import Column, Grid
from sim.reports.section import Drawing, Section
from sim.reports.words import WORDS, Lang, Text, say, word

KINDS: dict[str, Text] = {
    "income class": ("所得区分", "income"),
    "household type": ("世帯の種類", "household"),
    "age of head": ("世帯主の年齢", "age of head"),
    "nationality": ("国籍", "nationality"),
}
GROUPS: dict[str, Text] = {
    "7割軽減": ("7割軽減", "70 % relief"),
    "5割・2割軽減": ("5割・2割軽減", "50 or 20 % relief"),
    "taxed, below 2.1M yen": ("軽減なし・所得210万円未満", "no relief, below 2.1 M yen"),
    "2.1-6.0M yen": ("所得210〜600万円", "2.1-6.0 M yen"),
    "above 6.0M yen": ("所得600万円超", "above 6.0 M yen"),
    "one person": ("単身", "one person"),
    "couple": ("夫婦", "couple"),
    "with children or parents": ("子・親と同居", "with children or parents"),
    "other": ("その他", "other"),
    "under 25": ("25歳未満", "under 25"),
    "25-34": ("25〜34歳", "25-34"),
    "35-44": ("35〜44歳", "35-44"),
    "45-54": ("45〜54歳", "45-54"),
    "55-64": ("55〜64歳", "55-64"),
    "65-74": ("65〜74歳", "65-74"),
    "75 and over": ("75歳以上", "75 and over"),
    "Japanese": ("日本人", "Japanese"),
    "foreign": ("外国人", "foreign"),
}


def group(name: str, lang: Lang) -> str:
    """Return what a group of households is called; an unknown one keeps its name."""
    return say(GROUPS.get(name, (name, name)), lang)


def groups_of(run: RunFolder) -> pd.DataFrame:
    """Return the groups of the prefecture that hold households, with their collection rate."""
    t = run.table("household_groups")
    t = t[prefectural(t["code"]) & t["kind"].isin(KINDS) & (t["households"] > 0)]
    return t.assign(rate=t["paid"] / (t["billed"] - t["unknown"]))


def burden(run: RunFolder, lang: Lang) -> Figure:
    """Return bill over income and collection rate by income, household and age, first and last year."""
    t = groups_of(run)
    first, last = int(t["year"].min()), int(t["year"].max())
    now = t[t["year"] == last].set_index(["kind", "group"])
    before = t[t["year"] == first].set_index(["kind", "group"])
    keys = [k for kind in KINDS for k in now.index if k[0] == kind]
    places = _spread([kind for kind, _ in keys])
    figure = Figure(figsize=(9, 5.6), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    left.barh(places, now.loc[keys, "burden"] * 100, color=BLUE, height=0.75, label=era(last))
    right.plot(now.loc[keys, "rate"] * 100, places, "o", color=BLUE, ms=7, zorder=5)
    for axes, column, label in ((left, "burden", "burden"), (right, "rate", "collection_rate")):
        axes.plot(
            before[column].reindex(keys) * 100, places, "D", color=ORANGE, ms=5, mec="black", mew=0.5, label=era(first)
        )
        axes.set_xlabel(f"{word(label, lang)} [%]")
    if (ranges := _ranges(run, last)) is not None:
        for axes, measure in ((left, "burden"), (right, "collection_rate")):
            rows = ranges.reindex([(measure, *key) for key in keys])
            across(axes, rows, places, 100, lang)
    right.grid(visible=True, axis="y")
    left.set_yticks(places, [group(g, lang) for _, g in keys], fontsize=8)
    first_of = dict(zip(reversed([kind for kind, _ in keys]), reversed(places), strict=True))
    for kind in KINDS:
        if kind in first_of:
            left.text(
                -0.42, first_of[kind] - 0.85, say(KINDS[kind], lang), fontsize=8, color=GREY, ha="left",
                transform=left.get_yaxis_transform(), clip_on=False,
            )  # fmt: skip
    left.invert_yaxis()
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper right", ncols=4, fontsize=8)
    return figure


def _spread(kinds: list[str]) -> list[float]:
    """Return a place on the axis for every bar, with room where a new kind of group begins."""
    places, at = [], 0.0
    for before, kind in zip([None, *kinds], kinds, strict=False):
        at += 1.0 if before in (None, kind) else 1.7
        places.append(at)
    return places


def _ranges(run: RunFolder, year: int) -> pd.DataFrame | None:
    """Return the ranges of the groups in a year by measure, kind and group; None where there are none."""
    doubt = ranges_of(run)
    found = None if doubt is None else doubt.groups(year)
    return None if found is None or found.empty else found


_RANGED: dict[str, str] = {
    "billed_per_household": "yen",
    "burden": "share",
    "collection_rate": "share",
    "arrears_share": "share",
}
"""measures of a group whose ranges stand beside them, and their kinds"""


def groups(run: RunFolder, lang: Lang) -> Grid:
    """Return bills, burden and collection by group of households in the last year, with their 90 % ranges."""
    t = run.table("household_groups")
    t = t[prefectural(t["code"]) & t["kind"].isin(KINDS) & (t["households"] > 0)]
    t = t[t["year"] == t["year"].max()]
    order = {kind: i for i, kind in enumerate(KINDS)}
    t = t.sort_values("kind", key=lambda kinds: kinds.map(order), kind="stable")
    ranges = _ranges(run, int(t["year"].max()))
    rows = []
    for r in measured_groups(t).itertuples():
        name = (f"{KINDS[r.kind][0]}：{group(r.group, 'ja')}", f"{KINDS[r.kind][1]}: {group(r.group, 'en')}")
        cells: list[object] = [name, r.households, r.billed]
        for measure, kind in _RANGED.items():
            cells.append(getattr(r, measure))
            if ranges is not None:
                cells.append(range_text(ranges, (measure, r.kind, r.group), kind, lang))
        rows.append(tuple(cells))
    year = era(int(t["year"].max()))
    columns = [
        Column(("1世帯当たり調定額", "bill per household"), "yen"),
        Column(WORDS["burden"], "share"),
        Column(WORDS["collection_rate"], "share"),
        Column(WORDS["arrears_household_share"], "share"),
    ]
    if ranges is not None:
        columns = [column for own in columns for column in (own, Column(WHAT, "range"))]
    return Grid(
        (f"世帯の区分別（{year}年度）", f"By group of households ({year})"),
        (
            Column(("区分", "group"), "text"),
            Column(("賦課世帯", "billed households"), "households"),
            Column(WORDS["billed"], "oku"),
            *columns,
        ),
        rows,
        folded=True,
    )


SECTIONS = (
    Section(
        "burden",
        ("負担", "Burden"),
        (
            "世帯の所得に対する保険料の割合と収納率。所得は旧ただし書き所得に、負担率の計算で置く最低額を加えたもの。",
            "Bills as a share of income, and what is collected. Income is base income plus the floor the burden uses.",
        ),
        figures=(
            Drawing(
                "burden",
                burden,
                ("所得・世帯・年齢別の負担率と収納率", "Burden and collection by income, household and age"),
                wide=True,
            ),
        ),
        tables=(groups,),
        needs=("household_groups",),
    ),
)
