"""Money: benefits, contributions, premiums, and the transfers that fill the gap."""

from __future__ import annotations

from matplotlib.figure import Figure

from sim.outputs.folder import RunFolder
from sim.reports.people_figures import PUBLISHED
from sim.reports.section import Drawing, Section
from sim.reports.theme import (
    BLUE,
    GREEN,
    ORANGE,
    RED,
    dots,
    eras,
    legend_of,
    new_axes,
    published,
    shade_projection,
    thousands,
)
from sim.reports.words import Lang, word


def money(run: RunFolder, lang: Lang) -> Figure:
    """Return benefits, contributions and bills of Tokyo by year."""
    t = run.table("metropolis_year")
    figure, axes = new_axes()
    for name, colour, marker in (("benefit", BLUE, "o"), ("contribution", GREEN, "s"), ("billed", ORANGE, "^")):
        axes.plot(eras(t), t[name] / 1e8, color=colour, marker=marker, label=word(name, lang))
    dots(axes, t, "contribution_total|contribution_total_provisional", lang, 1e-8)
    axes.set_ylabel(word("oku", lang))
    axes.set_ylim(0)
    thousands(axes)
    axes.legend(ncols=2, fontsize=8)
    shade_projection(axes, t, lang)
    return figure


def premium(run: RunFolder, lang: Lang) -> Figure:
    """Return the standard premium and the actual bill per head by year."""
    t = run.table("metropolis_year")
    figure, axes = new_axes()
    for name, colour, marker in (("standard_premium_per_head", BLUE, "o"), ("billed_per_member", ORANGE, "^")):
        axes.plot(eras(t), t[name], color=colour, marker=marker, label=word(name, lang))
    dots(axes, t, "premium_per_capita_no_off_rule|premium_per_capita_no_off_rule_provisional", lang)
    axes.set_ylabel(word("yen", lang))
    axes.set_ylim(0)
    thousands(axes)
    axes.legend(fontsize=8, loc="lower right")
    shade_projection(axes, t, lang)
    return figure


def transfer(run: RunFolder, lang: Lang) -> Figure:
    """Return discretionary transfers as bars, the municipalities that make them as a line, the goals as crosses."""
    t = run.table("metropolis_year")
    figure, axes = new_axes()
    axes.bar(eras(t), t["discretionary_transfer"] / 1e8, color=BLUE, width=0.6, label=word("simulated", lang))
    dots(axes, t, "off_rule_transfer_total", lang, 1e-8)
    axes.set_ylabel(word("oku", lang))
    right = axes.twinx()
    right.plot(eras(t), t["discretionary_municipalities"], color=ORANGE, marker="o", label=word("count", lang))
    years = list(t["year"])
    goals = {y: v for y, v in published("target_municipalities_with_deficit_transfer").items() if y in years}
    right.plot(
        [years.index(y) for y in goals],
        list(goals.values()),
        "x",
        color=RED,
        ms=9,
        mew=2,
        label=word("goal_line", lang),
    )
    right.set_ylim(0, 66)
    right.set_ylabel(word("count", lang))
    right.grid(visible=False)
    figure.legend(*legend_of((axes, right)), loc="outside upper right", ncols=4, fontsize=8)
    shade_projection(axes, t, lang)
    return figure


SECTIONS = (
    Section(
        "money",
        ("納付金と保険料", "Contributions and premiums"),
        (
            "給付費から公費を除いた納付金を区市町村が納め、保険料と法定外繰入でまかなう。",
            "Municipalities pay what public money leaves of the benefits, out of premiums and transfers.",
        ),
        figures=(
            Drawing("money", money, ("給付費・納付金・調定額", "Benefits, contributions, bills"), PUBLISHED),
            Drawing(
                "premium",
                premium,
                ("1人当たり：算定額と実際の調定額", "Per head: standard premium and actual bill"),
                PUBLISHED,
            ),
            Drawing(
                "transfer",
                transfer,
                ("法定外繰入と実施区市町村数", "Discretionary transfers and municipalities"),
                PUBLISHED,
            ),
        ),
    ),
)
