"""What care costs, as a health economist would look at it: tail, concentration, age, kind of care."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import NullFormatter

from sim.core.colours import BLUE, GREY, ORANGE, RED
from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.reports.section import Drawing, Section
from sim.reports.theme import CYCLE, new_axes
from sim.reports.words import Lang, say
from sim.studies.fits.nation import TOP_SHARES

KINDS = {
    "inpatient": ("入院", "inpatient"),
    "outpatient": ("外来", "outpatient"),
    "drugs": ("調剤", "drugs"),
    "dental": ("歯科", "dental"),
}


def _statistics(run: RunFolder) -> tuple[int, dict[str, float]]:
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
    axes.legend()
    return figure


def lorenz(run: RunFolder, lang: Lang) -> Figure:
    """Return the Lorenz curve of yearly cost with the shares of the most expensive from published claims marked."""
    year, s = _statistics(run)
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
    axes.legend(loc="upper left")
    return figure


def by_age(run: RunFolder, lang: Lang) -> Figure:
    """Return cost per insured by age and kind of care in the first year, beside the national profile of R4."""
    t = run.table("cost_by_age")
    year = int(t["year"].min())
    sums = t[t["year"] == year].groupby("age_group")[[*KINDS, "members"]].sum()
    sums = sums.loc[sorted(sums.index, key=lambda a: int(a.split("-")[0]))]
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
    axes.legend()
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
)
