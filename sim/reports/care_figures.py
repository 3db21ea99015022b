"""What care costs, as a health economist would look at it: tail, concentration, age, kind of care."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from sim.core.colours import BLUE, GREY, ORANGE, RED
from sim.core.units import era
from sim.institutions.programmes import START
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.reports.grid import Column, Grid
from sim.reports.section import Drawing, Section
from sim.reports.theme import CYCLE, legend_above, new_axes
from sim.reports.words import Lang, Text, say
from sim.studies.fits.nation import TOP_SHARES

KINDS = {
    "inpatient": ("入院", "inpatient"),
    "outpatient": ("外来", "outpatient"),
    "drugs": ("調剤", "drugs"),
    "dental": ("歯科", "dental"),
}


INDICATORS: dict[str, Text] = {
    "checkup_rate": ("特定健診受診率", "health check, uptake"),
    "guidance_rate": ("特定保健指導実施率", "guidance, finished by those due"),
    "generic_share": ("後発医薬品の使用割合（数量）", "generics by quantity"),
    "duplicate_reach": ("重複・多剤対策が届く割合", "duplicate prescriptions, reached"),
    "nephropathy_reach": ("糖尿病性腎症重症化予防が届く割合", "prevention of dialysis, reached"),
    "integrated_reach": ("高齢者の一体的実施（現状からの上積み）", "integrated elderly health, beyond today's"),
    "review_reach": ("レセプト点検（現状からの上積み）", "further review of receipts, beyond today's"),
    "sharing_reach": ("検査・薬剤情報の共有（現状からの上積み）", "tests and drugs shared, beyond today's"),
    "third_party_reach": ("第三者行為のうち求償する割合", "third-party cases claimed"),
}
"""Indicators of the data-health plan."""
_WEIGHTS = {"checkup_rate": "checkable", "guidance_rate": "checkups"}
"""what municipalities are weighted by, other than insured months"""


def plan_table(run: RunFolder, lang: Lang) -> Grid:
    """Return the indicators of the data-health plan: where the municipalities began, the goal, and every year."""
    t, facts = run.table("health_plan"), run.table("municipality_year").set_index(["year", "code"])
    years = sorted(t["year"].unique())
    rows = []
    for name, words in INDICATORS.items():
        own = t[t["indicator"] == name].set_index(["year", "code"])
        weight = facts[_WEIGHTS.get(name, "member_months")].reindex(own.index).astype(float)
        reach = (own["reach"].fillna(0.0) * weight).groupby("year").sum() / weight.groupby("year").sum()
        first = own.loc[years[0]]
        begun = float(np.average(first["baseline"], weights=weight.loc[years[0]]))
        rows.append((words, begun, float(first["goal"].iloc[0]), *(float(reach[y]) for y in years)))
    columns = (
        Column(("指標", "indicator"), "text"),
        Column((f"{era(START)}の水準", f"reach of {era(START)}"), "share"),
        Column(("国の目標", "goal of the state"), "share"),
        *(Column((era(int(y)), era(int(y))), "share") for y in years),
    )
    return Grid(("データヘルス計画の指標", "Indicators of the data-health plan"), columns, rows, note=_PLAN)


_PLAN: Text = (
    "特定健診・保健指導は一人ひとりの受診をシミュレーションした結果、その他は設定した水準。"
    "区市町村別は表 health_plan。",
    "Health checks and guidance as drawn person by person, the others as set. By municipality: table health_plan.",
)


def statistics_of(run: RunFolder) -> tuple[int, dict[str, float]]:
    """Return the last year and its statistics of the distribution of cost."""
    t = run.table("cost_distribution")
    year = int(t["year"].max())
    return year, t[t["year"] == year].set_index("statistic")["value"].astype(float).to_dict()


def tail(run: RunFolder, lang: Lang) -> Figure:
    """Return the share of the insured above a yearly cost, both axes logarithmic, first and last year."""
    t = run.table("cost_distribution")
    figure, axes = new_axes()
    for year, colour, mark in ((int(t["year"].min()), GREY, "s"), (int(t["year"].max()), BLUE, "o")):
        own = t[(t["year"] == year) & t["statistic"].str.startswith("above_")]
        yen = own["statistic"].str.removeprefix("above_").astype(float).to_numpy() / 1e4
        share = own["value"].astype(float).to_numpy()
        axes.plot(yen[share > 0], share[share > 0], mark + "-", color=colour, ms=5, label=era(year))
    axes.set_xscale("log")
    axes.set_yscale("log")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:,g}")
        axis.set_minor_formatter(NullFormatter())
    axes.set_xlabel(say(("年間医療費［万円］", "yearly cost [10,000 yen]"), lang))
    axes.set_ylabel(say(("それを超える被保険者の割合", "share of the insured above it"), lang))
    legend_above(axes)
    return figure


def lorenz(run: RunFolder, lang: Lang) -> Figure:
    """Return the Lorenz curve of yearly cost with the shares of the most expensive from published claims marked."""
    year, s = statistics_of(run)
    points = sorted((float(k.removeprefix("lorenz_")), v) for k, v in s.items() if k.startswith("lorenz_"))
    x, y = np.array([(0.0, 0.0), *points, (100.0, 1.0)]).T
    figure, axes = new_axes(5.6, 4.6)
    axes.plot(x, y * 100, "o-", color=BLUE, ms=4, label=f"{era(year)}  Gini {s['gini']:.2f}")
    axes.plot([0, 100], [0, 100], color=GREY, lw=1)
    for name, share in TOP_SHARES.items():
        top = int(name.removeprefix("top_"))
        known = say(
            (f"公表資料からの推計: 上位{top}%が{share:.0%}", f"derived from claims: top {top} % hold {share:.0%}"), lang
        )
        axes.plot(100 - top, (1 - share) * 100, "D", color=RED if top == 1 else ORANGE, mec="black", label=known)
    axes.set_xlabel(say(("医療費の低い順に並べた被保険者［%］", "insured, cheapest first [%]"), lang))
    axes.set_ylabel(say(("医療費の累積［%］", "cumulated cost [%]"), lang))
    legend_above(axes, columns=2)
    return figure


def by_age_of(run: RunFolder) -> tuple[int, pd.DataFrame]:
    """Return the first year, and its cost by kind and its insured by age."""
    t = run.table("cost_by_age")
    year = int(t["year"].min())
    sums = t[t["year"] == year].groupby("age_group")[[*KINDS, "members"]].sum()
    return year, sums.loc[sorted(sums.index, key=lambda a: int(a.split("-")[0]))]


def by_age(run: RunFolder, lang: Lang) -> Figure:
    """Return cost per insured by age and kind of care in the first year, beside the national profile of R4."""
    year, sums = by_age_of(run)
    figure, axes = new_axes(8.4, 4.2)
    bottom = np.zeros(len(sums))
    for (kind, name), colour in zip(KINDS.items(), CYCLE, strict=False):
        each = (sums[kind] / sums["members"]).to_numpy(float) / 1e4
        axes.bar(sums.index, each, bottom=bottom, color=colour, label=say(name, lang))
        bottom += each
    n = Parameters.load().table("people.cost_by_age")
    n = n[(n["population"] == "national municipal NHI") & (n["indicator"] == "cost_per_insured") & (n["year"] == "R4")]
    nation = n.set_index("age")["value"].astype(float).reindex(sums.index)
    axes.plot(
        sums.index,
        nation / 1e4,
        "kD",
        ms=5,
        mfc="none",
        label=say(("全国 R4（公表値から推計）", "nation R4 (derived)"), lang),
    )
    axes.set_xlabel(say((f"年齢（{{level}} {era(year)}）", f"age ({{region}} {era(year)})"), lang))
    axes.set_ylabel(say(("1人当たり医療費［万円］", "cost per insured [10,000 yen]"), lang))
    axes.tick_params(axis="x", rotation=45)
    legend_above(axes, columns=5)
    return figure


SECTIONS = (
    Section(
        "care",
        ("医療費の分布", "How care is spread"),
        (
            "医療費は少数の人に集中する。上位1%がおよそ5分の1を、上位10%がおよそ6割を占める。",
            "A few need most of the care: a hundredth of the insured some fifth of the cost, a tenth six tenths.",
        ),
        figures=(
            Drawing("cost_tail", tail, ("年間医療費の裾", "Tail of the yearly cost")),
            Drawing("cost_lorenz", lorenz, ("医療費の集中（ローレンツ曲線）", "Concentration of cost (Lorenz curve)")),
            Drawing(
                "cost_by_age",
                by_age,
                ("年齢別・種類別の1人当たり医療費", "Cost per insured by age and kind"),
                wide=True,
            ),
        ),
        needs=("cost_distribution", "cost_by_age"),
    ),
    Section(
        "health_plan",
        ("データヘルス計画", "Data-health plan"),
        (
            "保健事業と給付適正化がどこまで届いているか。始めの水準は医療費の水準に含まれ、"
            "そこから動いた分だけが医療費と事業費を動かす。",
            "How far health programmes and the control of benefits reach. Where they began is part of the level of "
            "cost; only what has moved since changes cost and the programmes' bill.",
        ),
        tables=(plan_table,),
        needs=("health_plan",),
    ),
)
