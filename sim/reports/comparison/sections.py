"""The sections of a comparison: headline side by side, courses, maps of differences, municipalities."""

from __future__ import annotations

import math
from functools import partial

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.colors import TwoSlopeNorm
from matplotlib.figure import Figure

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.outputs.measures import TOKYO
from sim.parameters import Parameters
from sim.reports.collection_figures import tile_map
from sim.reports.comparison.runs import Comparison, Difference
from sim.reports.grid import KINDS, Column, Grid, shown
from sim.reports.section import Drawing, Section
from sim.reports.summary import Summary
from sim.reports.tables import headline_kind, headline_label, headline_names
from sim.reports.theme import CYCLE, MARKERS
from sim.reports.words import WORDS, Lang, Text, say, word

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


def signed(difference: Difference, kind: str, lang: Lang) -> str:
    """Return a difference with its sign, its mark and, where known, what luck may do."""
    k = KINDS[kind]
    share = kind == "share"
    form = "{:+.2f}" if share or kind == "coefficient" else "{:+,.0f}"
    scale = 0.01 if share else k.scale
    text = form.format(difference.mean / scale)
    if float(text.replace(",", "")) == 0:
        text = "±0"
    if share:
        text += word("points_short", lang)
    if difference.pairs >= 2:
        text += f" ±{form.format(difference.half / scale).lstrip('+')}"
    return text + {True: " ●", False: " ○", None: ""}[difference.sure]


def headline(c: Comparison, lang: Lang) -> Grid:
    """Return the headline figures of the last year side by side, with differences to the base."""
    year = int(c.headlines[0].index[-1])
    rows: list[tuple[object, ...]] = []
    for name in headline_names(c.base):
        kind = headline_kind(name)
        cells: list[object] = [headline_label(name), KINDS[kind].unit, shown(c.headlines[0].at[year, name], kind, lang)]
        for i in range(1, len(c.runs)):
            cells.append(shown(c.headlines[i].at[year, name], kind, lang))
            cells.append(signed(c.difference(i, name, year), kind, lang))
        rows.append(tuple(cells))
    columns = [Column(WORDS["item"], "text"), Column(WORDS["unit"], "text"), Column((c.names[0],) * 2)]
    for name in c.names[1:]:
        columns += [Column((name,) * 2), Column(WORDS["difference"])]
    return Grid((f"主な結果（{era(year)}年度）", f"Headline figures ({era(year)})"), tuple(columns), rows, note=NOTE)


NOTE: Text = (
    "差は最初のシナリオとの差（乱数の種を共有）。±は同じ種どうしの差から求めた95%の幅、●は偶然を超える差、○は偶然の幅の内。"
    "印のないものは計算が1組だけで判定できない（run --replicates で反復する）。",
    "Differences to the first scenario, with shared luck. ± is the 95 % half-width over pairs of runs with the same "
    "seed; ● more than luck, ○ within luck. Without a mark there is one pair only, which cannot tell "
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
                label=c.names[i],
            )
        unit = "%" if headline_kind(name) == "share" else say(k.unit, lang)
        axes.set_title(f"{word(name, lang)} [{unit}]", loc="left", fontsize=9)
        axes.yaxis.set_major_formatter("{x:,.2f}" if unit == "%" else "{x:,.0f}")
        axes.tick_params(labelsize=8)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=min(5, len(labels)), fontsize=9)
    return figure


def change_map(run: RunFolder, lang: Lang, c: Comparison, i: int, measure: str) -> Figure:
    """Return the tile map of the difference of run i to the base in a measure of municipalities, last year."""
    _, unit, scale = MAPS[measure]
    mine, base = c.places[i], c.places[0]
    change = ((mine[measure] - base[measure]).astype(float) * scale).drop(TOKYO)
    small = (mine["small"] | base["small"]).astype(bool).drop(TOKYO)
    known = change[~small].abs().max()
    reach = float(known) if len(change[~small]) and not math.isnan(known) and known > 0 else 1.0
    return tile_map(
        change,
        small,
        word(unit, lang),
        lang,
        norm=TwoSlopeNorm(0.0, -reach, reach),
        colours=matplotlib.colormaps["PuOr_r"],
        form="{:+.2f}" if scale == 100 else "{:+,.0f}",
    )


def municipalities(c: Comparison, lang: Lang, measure: str, kind: str, title: Text) -> Grid:
    """Return a measure of every municipality in the last year, scenario by scenario, with differences to the base."""
    places = Parameters.load().places()
    base = c.places[0]
    codes = [int(code) for code in base.index if code != TOKYO]
    rows: list[tuple[object, ...]] = []
    for code in codes:
        cells: list[object] = [places[code], base.at[code, measure]]
        for t in c.places[1:]:
            cells += [t.at[code, measure], _minus(t.at[code, measure], base.at[code, measure])]
        rows.append(tuple(cells))
    columns = [Column(WORDS["name"], "text"), Column((c.names[0],) * 2, kind)]
    for name in c.names[1:]:
        label = (f"{name} {WORDS['difference'][0]}", f"{name}, {WORDS['difference'][1]}")
        columns += [Column((name,) * 2, kind), Column(label, f"{kind}_change" if f"{kind}_change" in KINDS else kind)]
    small = frozenset(i for i, code in enumerate(codes) if any(bool(t.at[code, "small"]) for t in c.places))
    return Grid(title, tuple(columns), rows, small=small, folded=True)


def _minus(mine: object, base: object) -> float:
    pair = pd.to_numeric(pd.Series([mine, base]), errors="coerce")
    return float(pair[0] - pair[1]) if pair.notna().all() else float(np.nan)


MEASURES: dict[str, tuple[Text, str]] = {
    "collection_rate": (("現年分収納率", "Collection rate"), "share"),
    "billed_per_member": (("1人当たり調定額", "Bill per insured"), "yen"),
    "contribution_per_member": (("1人当たり納付金", "Contribution per insured"), "yen"),
    "discretionary_transfer": (("法定外繰入", "Discretionary transfer"), "oku1"),
}


def sections(c: Comparison) -> tuple[Section, ...]:
    """Return the sections of a comparison; they draw from all of its runs."""
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
                Drawing("courses", partial(courses, c=c), ("主な数値の推移", "Headline figures by year"), wide=True),
            ),
        ),
        Section(
            "maps",
            ("区市町村別の差", "Differences by municipality"),
            (
                "最初のシナリオとの差。橙は増、紫は減。灰色は標本が小さく示さない。",
                "Differences to the first scenario: orange more, purple less. Grey: too few in the sample to tell.",
            ),
            figures=maps,
            tables=tuple(
                (lambda run, lang, m=measure, k=kind, t=title: municipalities(c, lang, m, k, t))  # type: ignore[misc]
                for measure, (title, kind) in MEASURES.items()
            ),
        ),
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
_VERSIONS: Text = (
    "注意：これらの計算はプログラムの版が同じでない。差には版の違いも含まれる。",
    "Mind: these runs were made by different versions of the code, which is part of their differences.",
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
                values[f"{key}_diff"] = signed(c.difference(i, figure, year), kind, lang)
        lines.append(say(_OTHER if i else _BASE, lang, **values))
    if len({run.manifest["digests"]["code"] for run in c.runs}) > 1:
        lines.append(say(_VERSIONS, lang))
    return Summary([], [*lines, say(NOTE, lang)])
