"""Money: benefits, contributions, premiums, and the transfers that fill the gap."""

from __future__ import annotations

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.core.colours import BLACK, BLUE, GREEN, GREY, ORANGE, RED
from sim.core.units import era
from sim.institutions.memory import PORTIONS
from sim.outputs.folder import RunFolder
from sim.outputs.measures import facts
from sim.parameters import Parameters
from sim.reports.bands import Look, band_key, bands, whisker, whiskers
from sim.reports.known import PUBLISHED_AS, published
from sim.reports.marks import rule, size_of
from sim.reports.people_figures import PUBLISHED
from sim.reports.section import Drawing, Section
from sim.reports.tables import estimates
from sim.reports.theme import dots, eras, legend_above, legend_of, new_axes, shade_projection, thousands
from sim.reports.words import Lang, Text, say, word

_CONTRIBUTION, _PREMIUM, _TRANSFER = (
    PUBLISHED_AS[name] for name in ("contribution", "standard_premium_per_head", "discretionary_transfer")
)


def money(run: RunFolder, lang: Lang) -> Figure:
    """Return benefits, contributions and bills of the prefecture by year."""
    t = run.table("metropolis_year")
    figure, axes = new_axes()
    ranged = False
    for name, colour, marker in (("benefit", BLUE, "o"), ("contribution", GREEN, "s"), ("billed", ORANGE, "^")):
        axes.plot(eras(t), t[name] / 1e8, color=colour, marker=marker, label=word(name, lang))
        ranged |= bands(axes, run, name, lang, Look(colour, 1e-8, named=False)) is not None
    if ranged:
        band_key(axes, lang)
    dots(axes, t, _CONTRIBUTION, lang, 1e-8)
    axes.set_ylabel(word("oku", lang))
    axes.set_ylim(0)
    thousands(axes)
    legend_above(axes)
    shade_projection(axes, t, lang, _CONTRIBUTION)
    return figure


def premium(run: RunFolder, lang: Lang) -> Figure:
    """Return the standard premium and the actual bill per head by year."""
    t = run.table("metropolis_year")
    figure, axes = new_axes()
    ranged = False
    for name, colour, marker in (("standard_premium_per_head", BLUE, "o"), ("billed_per_member", ORANGE, "^")):
        axes.plot(eras(t), t[name], color=colour, marker=marker, label=word(name, lang))
        ranged |= bands(axes, run, name, lang, Look(colour, named=False)) is not None
    if ranged:
        band_key(axes, lang)
    dots(axes, t, _PREMIUM, lang)
    axes.set_ylabel(word("yen", lang))
    axes.set_ylim(0)
    thousands(axes)
    legend_above(axes)
    shade_projection(axes, t, lang, _PREMIUM)
    return figure


def transfer(run: RunFolder, lang: Lang) -> Figure:
    """Return discretionary transfers as bars, those who make some against deficits as a line, the goals as crosses.

    Other purposes stand on top: the published sum holds them, the count and the goals leave them out.
    """
    t = run.table("metropolis_year")
    figure, axes = new_axes()
    deficit = t["discretionary_transfer"] / 1e8
    other = t["other_discretionary"] / 1e8 if "other_discretionary" in t else deficit * 0.0
    axes.bar(eras(t), deficit, color=BLUE, width=0.6, label=word("discretionary_transfer", lang))
    ends = whiskers(axes, run, "discretionary_transfer", lang, Look(BLACK, 1e-8, aside=-0.12))
    axes.bar(eras(t), other, bottom=deficit, color=GREY, width=0.6, label=word("other_discretionary", lang))
    dots(axes, t, _TRANSFER, lang, 1e-8)
    axes.set_ylabel(word("oku", lang))
    right = axes.twinx()
    right.plot(eras(t), t["discretionary_municipalities"], color=ORANGE, marker="o", label=word("count", lang))
    whiskers(right, run, "discretionary_municipalities", lang, Look(ORANGE, named=False, aside=0.12))
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
    right.set_ylabel(word("count", lang))
    right.grid(visible=False)
    highest = float((deficit + other).max() if ends is None else max((deficit + other).max(), ends["high90"].max()))
    axes.set_ylim(0, max(highest, 1.0) * 1.1)
    right.set_ylim(0, 78)
    legend_above(axes, legend_of((axes, right)), columns=3)
    shade_projection(axes, t, lang, _TRANSFER)
    return figure


_STEPS: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (("保険給付費", "benefits"), ("medical.a1",)),
    (("手数料・共同事業拠出", "fees, pool payments"), ("medical.a2", "medical.a4")),
    (("後期高齢者支援金", "support for the late elderly"), ("support.a1",)),
    (("介護納付金", "long-term care"), ("care.a1",)),
    (("子ども・子育て支援納付金", "childcare support"), ("child.a1",)),
    (("前期高齢者交付金", "elderly grant"), ("medical.b1", "medical.b1s")),
    (
        ("定率国庫負担", "state share"),
        (*(f"{p}.{line}" for p in PORTIONS for line in ("b2", "b2t")), "medical.b2l", "medical.b12"),
    ),
    (
        ("調整交付金", "adjusting grants"),
        (*(f"{p}.{line}" for p in PORTIONS for line in ("b3", "b3t")), "medical.b4", "medical.b4o"),
    ),
    (("{level}繰入金（1号）", "money of the {level}"), tuple(f"{p}.b5" for p in PORTIONS)),
    (("高額医療費", "high-cost money"), ("medical.b6", "medical.b7")),
    (("努力支援・その他公費", "incentive and other public money"), ("medical.b8", "medical.b11")),
    (("繰越金・基金", "surplus, fund"), ("medical.b9", "medical.b9f", "medical.b9r")),
)


_AMOUNT: Text = ("_額", "_amount")
"""what the values are called where no legend names them"""


def steps_of(run: RunFolder, lang: Lang) -> tuple[list[tuple[str, float]], float]:
    """Return what makes up the contribution of the last year, in 億円, and the contribution."""
    t = run.table("metropolitan_account")
    year = int(run.table("metropolis_year")["year"].max())
    values = t[t["year"] == year].set_index("item")["value"] / 1e8
    steps = [(say(label, lang), float(values.reindex(items).fillna(0).sum())) for label, items in _STEPS]
    whole = float(values["contribution_total"])
    return [*steps, (say(("激変緩和・その他", "easing, other"), lang), whole - sum(v for _, v in steps))], whole


def waterfall(run: RunFolder, lang: Lang) -> Figure:
    """Return how the contribution of the last year comes about: costs up, public money down, what remains."""
    steps, whole = steps_of(run, lang)
    figure, axes = new_axes(9, 5)
    level = peak = 0.0
    for i, (_, value) in enumerate(steps):
        axes.bar(i, value, bottom=level, color=BLUE if value >= 0 else GREEN, width=0.7, label=_AMOUNT[lang == "en"])
        top = max(level, level + value)
        axes.text(i, top, f"{value:+,.0f}" if abs(value) >= 0.5 else "±0", ha="center", va="bottom", fontsize=8)
        level += value
        peak = max(peak, level)
        axes.plot([i + 0.35, i + 0.65], [level, level], color="black", lw=0.6)
    axes.bar(len(steps), whole, color=ORANGE, width=0.7, label=_AMOUNT[lang == "en"])
    reach = whisker(axes, run, "contribution", len(steps), 1e-8)
    axes.text(len(steps), max(whole, reach), f"{whole:,.0f}", ha="center", va="bottom", fontsize=9)
    axes.set_xticks(
        range(len(steps) + 1), [*(n for n, _ in steps), word("contribution", lang)], rotation=35, ha="right", fontsize=8
    )
    axes.set_ylabel(word("oku", lang))
    axes.set_ylim(top=max(peak, reach) * 1.06)
    axes.grid(visible=False, axis="x")
    thousands(axes)
    return figure


def rates(run: RunFolder, lang: Lang) -> Figure:
    """Return actual against standard rates of every municipality in the last year, medical and support portions."""
    t = run.table("rates")
    year = int(run.table("metropolis_year")["year"].max())
    rows = t[(t["year"] == year) & t["portion"].isin(("medical", "support"))]
    sums = rows.groupby(["code", "kind"])[["income_part", "per_head"]].sum().unstack("kind")
    gap = (sums["income_part"]["actual"] - sums["income_part"]["standard"]).sort_values()
    places = Parameters.load().places()
    figure = Figure(figsize=(9, 10.5))
    figure.subplots_adjust(0.13, 0.075, 0.985, 0.945, 0.04)
    left, right = figure.subplots(1, 2, sharey=True)
    y = range(len(gap))
    for axes, part, scale, label in (
        (left, "income_part", 1e-4, "income_part"),
        (right, "per_head", 1, "per_head_part"),
    ):
        both = sums[part].loc[gap.index] * scale
        axes.hlines(y, both["standard"], both["actual"], color="#BBBBBB", lw=2.5, zorder=1)
        axes.scatter(both["standard"], y, color=BLUE, s=26, label=word("standard", lang), zorder=2)
        axes.scatter(both["actual"], y, color=ORANGE, s=26, marker="^", label=word("actual", lang), zorder=3)
        axes.set_xlabel(f"{word(label, lang)} [{'%' if part == 'income_part' else word('yen', lang)}]")
    right.xaxis.set_major_formatter("{x:,.0f}")
    names = [places[int(c)][0 if lang == "ja" else 1] for c in gap.index]
    left.set_yticks(y, names, fontsize=7)
    left.set_ylim(-1, len(gap))
    legend_above(left)
    return figure


def transfers(run: RunFolder, lang: Lang) -> Figure:
    """Return the discretionary transfer per insured of every municipality that makes one, by year; white is none."""
    table = _transfers_per_member(run)
    small = facts(run).groupby("code")["small"].any()
    places = Parameters.load().places()
    height = max(3.0, 1.8 + 0.155 * len(table))
    figure = Figure(figsize=(8, height))
    figure.subplots_adjust(0.15, 1.05 / height, 0.82, 1 - 0.4 / height)
    axes = figure.add_subplot()
    colours = matplotlib.colormaps["cividis_r"].with_extremes(
        under="white", over=matplotlib.colormaps["cividis_r"](1.0)
    )
    steady = table[~small.reindex(table.index)]
    steady = steady if len(steady) else table
    high = float(np.quantile(steady.to_numpy(), 0.98)) if len(steady) else 1.0
    mesh = axes.pcolormesh(table.to_numpy(), cmap=colours, vmin=1.0, vmax=max(high, 2.0), edgecolors="white", lw=0.6)
    for (i, j), value in np.ndenumerate(table.to_numpy()):
        ink = "#999999" if value == 0 else "white" if value > high * 0.55 else "black"
        axes.text(j + 0.5, i + 0.5, f"{value:,.0f}", ha="center", va="center", fontsize=6, color=ink)
    names = [say(places[int(c)], lang) + ("*" if small[c] else "") for c in table.index]
    axes.set_yticks(np.arange(len(table)) + 0.5, names, fontsize=7)
    labels = [_with_goal(int(year), int((table[year] > 0).sum()), lang) for year in table.columns]
    axes.set_xticks(np.arange(len(labels)) + 0.5, labels, fontsize=8)
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.tick_params(length=0)
    axes.set_xlabel(f"* {rule(size_of(run), lang)}", fontsize=7, loc="left")
    bar = figure.add_axes((0.845, 0.3, 0.022, 0.4))
    figure.colorbar(mesh, cax=bar, label=word("per_member_yen", lang), extend="both", format="{x:,.0f}")
    return figure


def _transfers_per_member(run: RunFolder) -> pd.DataFrame:
    """Return the transfer per insured by code and year, of municipalities that make one, the largest sums first."""
    t = facts(run)
    members = (t["member_months"] / 12).where(t["member_months"] > 0)
    frame = t.assign(value=(t["discretionary_transfer"] / members).astype(float))
    table = frame.pivot(index="code", columns="year", values="value").fillna(0.0)
    table = table[(table > 0).any(axis=1)]
    return table.loc[table.sum(axis=1).sort_values(ascending=False).index]


def _with_goal(year: int, count: int, lang: Lang) -> str:
    """Return a year with the number of municipalities that make a transfer, and the goal where there is one."""
    goals = published("target_municipalities_with_deficit_transfer")
    goal = f"\n({word('goal', lang)} {goals[year]:.0f})" if year in goals else ""
    return f"{era(year)}\n{count}{word('places_counter', lang)}{goal}"


SECTIONS = (
    Section(
        "money",
        ("納付金と保険料", "Contributions and premiums"),
        (
            "給付費から公費を除いた納付金を{municipalities}が納め、保険料と法定外繰入でまかなう。",
            "Municipalities pay what public money leaves of the benefits, out of premiums and transfers.",
        ),
        figures=(
            Drawing(
                "money",
                money,
                ("給付費・納付金・調定額", "Benefits, contributions, bills"),
                PUBLISHED,
                ranged=("benefit", "contribution", "billed"),
            ),
            Drawing(
                "premium",
                premium,
                ("1人当たり：算定額と実際の調定額", "Per head: standard premium and actual bill"),
                PUBLISHED,
                ranged=("standard_premium_per_head", "billed_per_member"),
            ),
            Drawing(
                "transfer",
                transfer,
                ("法定外繰入と実施{municipalities}数", "Discretionary transfers and municipalities"),
                PUBLISHED,
                ranged=("discretionary_transfer", "discretionary_municipalities"),
            ),
            Drawing(
                "waterfall",
                waterfall,
                ("納付金の成り立ち（{last}年度）", "How the contribution comes about ({last})"),
                needs=("metropolitan_account",),
                wide=True,
                ranged=("contribution",),
            ),
            Drawing(
                "rates",
                rates,
                ("標準保険料率と実際の料率（{last}年度）", "Standard and actual rates ({last})"),
                needs=("rates",),
                wide=True,
                tall=True,
            ),
            Drawing(
                "transfers",
                transfers,
                (
                    "{municipalities}別の法定外繰入：解消への道",
                    "Discretionary transfers by municipality: the way to zero",
                ),
                PUBLISHED,
                wide=True,
                tall=True,
            ),
        ),
    ),
    Section(
        "estimates",
        ("仮係数と確定係数", "Two estimates a year"),
        (
            "納付金は11月に仮係数で、1月に確定係数で算定される。確定係数では2か月分多くの給付実績と、12月末に決まる診療報酬改定が分かる。",
            "Contributions are estimated in November at provisional coefficients and in January at final ones, when "
            "two more months of benefits are known and the fee revision of the coming April is decided.",
        ),
        tables=(estimates,),
        needs=("provisional_account",),
    ),
)
