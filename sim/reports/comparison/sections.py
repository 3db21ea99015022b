"""The sections of a comparison: headline side by side, courses, maps of differences, municipalities."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from sim.core.colours import GREY
from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.outputs.groups import group_name
from sim.outputs.measures import facts
from sim.parameters import Parameters
from sim.reports.bands import BAND, INNER, OUTER, bands, strip
from sim.reports.bands import Look as BandLook
from sim.reports.bills import bills_of, households_of, place_of
from sim.reports.burden_figures import KINDS as KIND_NAMES
from sim.reports.burden_figures import group
from sim.reports.collection_figures import Look, tile_map
from sim.reports.comparison.runs import Comparison
from sim.reports.grid import KINDS, Column, Grid, shown
from sim.reports.headlines import headline_kind, headline_label, headline_names, place_label
from sim.reports.marks import size_of, starred
from sim.reports.section import Drawing, Section
from sim.reports.summary import Summary
from sim.reports.theme import CYCLE, MARKERS
from sim.reports.words import WORDS, Lang, Text, say, word
from sim.studies.paired import ENDS

COURSES = (
    "members_average",
    "contribution_per_head",
    "billed_per_member",
    "collection_rate",
    "arrears_household_share",
    "discretionary_transfer",
)
MAPS: dict[str, tuple[Text, str, float]] = {
    "collection_rate": (("現年分収納率の差", "difference in collection rate"), "points", 100),
    "billed_per_member": (("1人当たり調定額の差", "difference in bill per insured"), "yen", 1),
}


def verdict(sure: object) -> str:
    """Return the mark of a difference: ● more than noise, ○ within noise, nothing where it cannot be told."""
    if sure is None or sure is pd.NA or pd.isna(sure):
        return ""
    return "●" if sure else "○"


def signed(row: pd.Series, kind: str, lang: Lang) -> str:
    """Return a difference with its sign, what noise may do and its mark."""
    k = KINDS[kind]
    share = kind == "share"
    form = "{:+.2f}" if share or kind == "coefficient" else "{:+,.0f}"
    scale = 0.01 if share else k.scale
    if pd.isna(row["difference"]):
        return "–"
    text = form.format(row["difference"] / scale)
    if float(text.replace(",", "")) == 0:
        text = "±0"
    if share:
        text += word("points_short", lang)
    if pd.notna(row["half"]):
        text += f" ±{form.format(row['half'] / scale).lstrip('+')}"
    return f"{text} {verdict(row['sure'])}".rstrip()


def span(ends: pd.Series | None, kind: str, lang: Lang) -> str:
    """Return the 90 % range of a difference as a table shows it, without its unit; "" where there is none."""
    if ends is None or pd.isna(ends["low90"]):
        return ""
    form = "{:+.2f}" if kind in ("share", "coefficient") else "{:+,.0f}"
    low, high = (form.format(ends[name] / KINDS[kind].scale) for name in ("low90", "high90"))
    return f"{low}{'～' if lang == 'ja' else ' – '}{high}"


def _ranged(c: Comparison, i: int, key: tuple[str, int | None], kind: str, lang: Lang) -> list[object]:
    """Return the cell of the range of a difference by measure and code; none where the comparison has no ranges."""
    return [] if c.doubt is None else [span(c.ends(i, *key), kind, lang)]


def _of_range(c: Comparison, *more: Column) -> list[Column]:
    """Return the column of the range of a difference, and `more`; none where the comparison has no ranges."""
    return [] if c.doubt is None else [Column(OF_DIFFERENCE, "range"), *more]


OF_DIFFERENCE: Text = ("差の90％区間", "90 % range of the difference")
_NOISE: Text = ("うち乱数", "noise, of the variance")
_DOUBT: Text = (
    "差の90％区間は、公表された実績に合う{sets}組のパラメータの下で同じ乱数で比較した差（1/{sample}標本）と乱数による。"
    "「うち乱数」は分散のうち乱数による割合で、残りはパラメータによる。シナリオが自ら定める項目は動かしていない。",
    "The 90 % range of a difference is that under {sets} parameter sets that meet the published results, run on the "
    "same draws (1/{sample} sample), and noise; 'noise' is its share of the variance, parameters make the rest. What a "
    "scenario sets itself was left as it is.",
)


def note(c: Comparison, lang: Lang) -> Text:
    """Return how differences are marked, and where their ranges come from."""
    text = say(NOTE, lang)
    if c.doubt is not None:
        text += say(_DOUBT, lang, sets=c.doubt.about["sets"], sample=c.doubt.about["sample"])
    return text, text


def headline(c: Comparison, lang: Lang) -> Grid:
    """Return the headline figures of the last year side by side, with differences to the base."""
    year = int(c.headlines[0].index[-1])
    rows: list[tuple[object, ...]] = []
    for name in headline_names(c.base):
        kind = headline_kind(name)
        cells: list[object] = [headline_label(name), KINDS[kind].unit, shown(c.headlines[0].at[year, name], kind, lang)]
        for i, (t, d) in enumerate(zip(c.headlines[1:], c.year[1:], strict=True), 1):
            cells.append(shown(t.at[year, name], kind, lang))
            cells.append(signed(d.loc[(name, year)], kind, lang) if (name, year) in d.index else "")
            if c.doubt is not None:
                ends = c.ends(i, name)
                noise = float("nan") if ends is None else float(ends["noise"])
                cells += [span(ends, kind, lang), "" if np.isnan(noise) else f"{noise:.0%}"]
        rows.append(tuple(cells))
    columns = [Column(WORDS["item"], "text"), Column(WORDS["unit"], "text"), Column((c.names[0],) * 2)]
    for name in c.names[1:]:
        columns += [Column((name,) * 2), Column(WORDS["difference"]), *_of_range(c, Column(_NOISE, "range"))]
    title = (f"主な結果（{era(year)}年度）", f"Headline figures ({era(year)})")
    return Grid(title, tuple(columns), rows, note=note(c, lang))


NOTE: Text = (
    "差は最初のシナリオとの差（同じ乱数で比較）。±は同じ乱数による差から求めた95％の幅、"
    "●は偶然の変動を超える差、○は偶然の変動の範囲内。"
    "印のないものは計算が1組のみで判定できない（run --replicates で繰り返し計算する）。",
    "Differences to the first scenario, on shared draws. ± is the 95 % half-width over pairs of runs with the same "
    "seed; ● more than noise, ○ within noise. Without a mark there is one pair only, which cannot tell "
    "(repeat with run --replicates).",
)


def courses(run: RunFolder, lang: Lang, c: Comparison) -> Figure:
    """Return the course of six headline figures, one line a scenario."""
    figure = Figure(figsize=(11, 6.6), layout="constrained")
    years = [era(int(y)) for y in c.headlines[0].index]
    for axes, name in zip(figure.subplots(2, 3).ravel(), COURSES, strict=True):
        k = KINDS[headline_kind(name)]
        for i, t in enumerate(c.headlines):
            axes.plot(
                years,
                t[name] / k.scale,
                color=CYCLE[i % len(CYCLE)],
                marker=MARKERS[i % len(MARKERS)],
                ms=4,
                lw=2.2 if i == 0 else 1.4,
            )
        if c.pairs == 1:
            bands(axes, c.base, name, lang, BandLook(CYCLE[0], 1 / k.scale, named=False))
        unit = "%" if headline_kind(name) == "share" else say(k.unit, lang)
        axes.set_title(f"{word(name, lang)} [{unit}]", loc="left", fontsize=9)
        axes.yaxis.set_major_formatter("{x:,.2f}" if unit == "%" else "{x:,.0f}")
        axes.tick_params(labelsize=8)
    figure.legend(axes.get_lines(), c.names, loc="outside upper right", ncols=min(5, len(c.names)), fontsize=9)
    return figure


def differences(run: RunFolder, lang: Lang, c: Comparison) -> Figure:
    """Return the differences of six headline figures to the base by year, with their 80 and 90 % ranges."""
    assert c.doubt is not None
    figure = Figure(figsize=(11, 6.6), layout="constrained")
    for axes, name in zip(figure.subplots(2, 3).ravel(), COURSES, strict=True):
        k = KINDS[headline_kind(name)]
        axes.axhline(0, color=GREY, lw=0.8)
        lines = []
        for i, who in enumerate(c.names[1:], 1):
            t = c.doubt.of(who, name, c.base.region.code)
            t = t[["difference", *ENDS]] / k.scale
            colour = CYCLE[i % len(CYCLE)]
            years = [era(int(y)) for y in t.index]
            lines += axes.plot(years, t["difference"], color=colour, marker=MARKERS[i % len(MARKERS)], ms=4, lw=1.4)
            strip(axes, t, colour)
        unit = word("points", lang) if headline_kind(name) == "share" else say(k.unit, lang)
        axes.set_title(f"{word(name, lang)} [{unit}]", loc="left", fontsize=9)
        axes.yaxis.set_major_formatter("{x:+,.2f}" if headline_kind(name) == "share" else "{x:+,.4g}")
        axes.tick_params(labelsize=8)
    keys = [Patch(color=GREY, alpha=opaque, lw=0) for opaque in (OUTER, INNER)]
    names = [*c.names[1:], *(say(BAND, lang, percent=percent) for percent in (90, 80))]
    figure.legend([*lines, *keys], names, loc="outside upper right", ncols=min(5, len(names)), fontsize=9)
    return figure


def _differences_told(c: Comparison, lang: Lang) -> str:
    """Return what the alternative text of the differences says: those of the last year with their ranges."""
    parts = []
    for i, who in enumerate(c.names[1:], 1):
        for name in COURSES:
            ends, kind = c.ends(i, name), headline_kind(name)
            if ends is not None:
                parts.append(f"{who} {word(name, lang)} {span(ends, kind, lang)}")
    return say(("、", "; "), lang).join(parts)


def change_map(run: RunFolder, lang: Lang, c: Comparison, i: int, measure: str) -> Figure:
    """Return the tile map of the difference of run i to the base in a measure of municipalities, last year."""
    _, unit, scale = MAPS[measure]
    t = c.places[i].xs(measure, level="measure")
    change = t["difference"].astype(float) * scale
    places = facts(c.base)
    places = places[places["year"] == places["year"].max()].set_index("code")
    steady = change[~places["small"].reindex(change.index)]
    known = (steady if len(steady) else change).abs().max()
    reach = float(known) if not math.isnan(known) and known > 0 else 1.0
    look = Look(
        norm=TwoSlopeNorm(0.0, -reach, reach),
        colours="PuOr_r",
        form="{:+.2f}" if scale == 100 else "{:+,.0f}",
        plus_minus=False,
    )
    return tile_map(change, places, word(unit, lang), c.base, lang, look, t["sure"].map(verdict))


def municipalities(c: Comparison, lang: Lang, measure: str, kind: str, title: Text) -> Grid:
    """Return a measure of every municipality in the last year, scenario by scenario, with differences to the base."""
    places = Parameters.load().places()
    tables = [t.xs(measure, level="measure") for t in c.places[1:]]
    codes = [int(code) for code in tables[0].index]
    rows: list[tuple[object, ...]] = []
    for code in codes:
        cells: list[object] = [places[code], tables[0].at[code, "value_base"]]
        for i, t in enumerate(tables, 1):
            cells += [t.at[code, "value"], signed(t.loc[code], kind, lang), *_ranged(c, i, (measure, code), kind, lang)]
        rows.append(tuple(cells))
    columns = [Column(WORDS["name"], "text"), Column((c.names[0],) * 2, kind)]
    for name in c.names[1:]:
        label = (f"{name} {WORDS['difference'][0]}", f"{name}, {WORDS['difference'][1]}")
        columns += [Column((name,) * 2, kind), Column(label), *_of_range(c)]
    small = frozenset(i for i, code in enumerate(codes) if any(bool(t.at[code, "small"]) for t in tables))
    return Grid(title, tuple(columns), rows, small=small, folded=True)


def households(c: Comparison, lang: Lang) -> Grid:
    """Return burden and collection rate by group of households in the last year, with differences to the base."""
    rows: list[tuple[object, ...]] = []
    for kind, name in KIND_NAMES.items():
        mine = c.groups[1]
        names = mine.xs(kind, level="kind").index.get_level_values("group").unique()
        for each in names:
            for measure, label in (("burden", WORDS["burden"]), ("collection_rate", WORDS["collection_rate"])):
                key = (kind, each, measure)
                if pd.isna(mine.at[key, "value_base"]):
                    continue
                cells: list[object] = [
                    (f"{name[0]}：{group(each, 'ja')}", f"{name[1]}: {group(each, 'en')}"),
                    label,
                    mine.at[key, "value_base"],
                ]
                own = (group_name(measure, kind, each), None)
                for i, t in enumerate(c.groups[1:], 1):
                    cells += [t.at[key, "value"], signed(t.loc[key], "share", lang), *_ranged(c, i, own, "share", lang)]
                rows.append(tuple(cells))
    columns = [Column(("区分", "group"), "text"), Column(WORDS["item"], "text"), Column((c.names[0],) * 2, "share")]
    for name_ in c.names[1:]:
        columns += [Column((name_,) * 2, "share"), Column(WORDS["difference"]), *_of_range(c)]
    return Grid(("世帯の区分別", "By group of households"), tuple(columns), rows, folded=True)


def model_bills(c: Comparison, lang: Lang) -> Grid:
    """Return the bills of model households in the last year, scenario by scenario, in the municipalities shown."""
    year = int(c.headlines[0].index[-1])
    tables = [bills_of(run) for run in c.runs]
    labels = households_of(tables[0])
    by = [t[t["year"] == year].set_index(["household", "code"])["bill"] for t in tables]
    rows: list[tuple[object, ...]] = []
    for household, label in labels.items():
        for code in c.runs[0].region.shown:
            base = int(by[0][household, code])
            cells: list[object] = [label, place_of(tables[0], code), base]
            for bills in by[1:]:
                own = int(bills[household, code])
                cells += [own, own - base]
            rows.append(tuple(cells))
    columns = [
        Column(("モデル世帯", "household"), "text"),
        Column(WORDS["name"], "text"),
        Column((c.names[0],) * 2, "yen"),
    ]
    for name in c.names[1:]:
        columns += [Column((name,) * 2, "yen"), Column(WORDS["difference"], "yen_change")]
    return Grid((f"年間保険料（{era(year)}年度）", f"Bill of a year ({era(year)})"), tuple(columns), rows)


MEASURES: dict[str, tuple[Text, str]] = {
    "collection_rate": (("現年分収納率", "Collection rate"), "share"),
    "billed_per_member": (("1人当たり調定額", "Bill per insured"), "yen"),
    "contribution_per_member": (place_label("contribution_per_member"), "yen"),
    "discretionary_transfer": (("法定外繰入", "Discretionary transfer"), "million"),
}


def sections(c: Comparison) -> tuple[Section, ...]:
    """Return the sections of a comparison; they draw from all of its runs."""
    return (
        Section(
            "headline",
            ("主な結果の比較", "Headline figures side by side"),
            (
                "最終年度の主な数値と、最初のシナリオとの差。",
                "The last year, and the differences to the first scenario.",
            ),
            tables=(lambda run, lang: headline(c, lang),),
        ),
        Section(
            "courses",
            ("年度ごとの推移", "Year by year"),
            ("線はシナリオ。", "One line a scenario."),
            figures=(
                Drawing(
                    "courses",
                    partial(courses, c=c),
                    ("主な数値の推移", "Headline figures by year"),
                    wide=True,
                    ranged=COURSES if c.pairs == 1 else (),
                ),
                *([_differences(c)] if c.doubt is not None else []),
            ),
        ),
        _maps(c),
        Section(
            "bills",
            ("モデル世帯の保険料", "Bills of model households"),
            lambda run, lang: f"{say(_BILLS, lang)}{starred(size_of(run), lang)}",
            tables=(lambda run, lang: model_bills(c, lang),),
        ),
        *([_groups(c)] if all("household_groups" in run.tables for run in c.runs) else []),
    )


def _differences(c: Comparison) -> Drawing:
    return Drawing(
        "differences",
        partial(differences, c=c),
        ("最初のシナリオとの差と推計の幅", "Differences to the first scenario, with their ranges"),
        wide=True,
        alt=partial(_differences_told, c),
    )


def _maps(c: Comparison) -> Section:
    last = era(int(c.headlines[0].index[-1]))
    maps = tuple(
        Drawing(
            f"change_{measure}_{i}",
            partial(change_map, c=c, i=i, measure=measure),
            (f"{label[0]}：{c.names[i]}（{last}年度）", f"{c.names[i]}: {label[1]} ({last})"),
            wide=True,
        )
        for i in range(1, len(c.runs))
        for measure, (label, _, _) in MAPS.items()
    )
    return Section(
        "maps",
        ("{municipalities}別の差", "Differences by municipality"),
        (
            "最初のシナリオとの差。橙は増、紫は減。",
            "Differences to the first scenario: orange more, purple less.",
        ),
        figures=maps,
        tables=tuple(
            (lambda run, lang, m=measure, k=kind, t=title: municipalities(c, lang, m, k, t))  # type: ignore[misc]
            for measure, (title, kind) in MEASURES.items()
        ),
    )


def _groups(c: Comparison) -> Section:
    return Section(
        "groups",
        ("世帯の区分別の差", "Differences by group of households"),
        ("負担率と収納率。", "Bills as a share of income, and collection."),
        tables=(lambda run, lang: households(c, lang),),
        needs=("household_groups",),
    )


_BILLS: Text = (
    "最初に挙げた計算結果の比較。全{municipalities}・全年度の数値はExcelファイルに示す。",
    "The first run of each scenario. The workbook has all municipalities and years. ",
)
_BASE = (
    "{name}（{about}）：比較の基準。{last}年度の1人当たり調定額は{bill}円、現年分収納率は{rate}、"
    "法定外繰入は{transfer}億円。",
    "{name} ({about}): the base. In {last} the bill per insured is {bill} yen, the collection rate {rate}, "
    "discretionary transfers {transfer} hundred million yen.",
)
_OTHER = (
    "{name}（{about}）：{last}年度の1人当たり調定額は{bill}円（{bill_diff}円）、現年分収納率は{rate}（{rate_diff}）、"
    "法定外繰入は{transfer}億円（{transfer_diff}億円）。",
    "{name} ({about}): in {last} the bill per insured is {bill} yen ({bill_diff}), the collection rate {rate} "
    "({rate_diff}), discretionary transfers {transfer} hundred million yen ({transfer_diff}).",
)


def summary(c: Comparison, lang: Lang) -> Summary:
    """Return one sentence a scenario, and how sure the differences are."""
    year = int(c.headlines[0].index[-1])
    lines = []
    for i, (name, run) in enumerate(zip(c.names, c.runs, strict=True)):
        about = str(run.manifest["description"].get(lang, "")).rstrip("。.")
        values = {"name": name, "last": era(year), "about": about}
        for key, figure in (
            ("bill", "billed_per_member"),
            ("rate", "collection_rate"),
            ("transfer", "discretionary_transfer"),
        ):
            kind = headline_kind(figure)
            values[key] = shown(c.headlines[i].at[year, figure], kind, lang)
            if i:
                values[f"{key}_diff"] = signed(c.year[i].loc[(figure, year)], kind, lang)
                if ends := span(c.ends(i, figure), kind, lang):
                    values[f"{key}_diff"] += say(("、90％区間 {ends}", ", 90 % range {ends}"), lang, ends=ends)
        lines.append(say(_OTHER if i else _BASE, lang, **values))
    return Summary([], [*lines, note(c, lang)[0]])
