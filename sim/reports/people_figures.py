"""The insured: how many, how old, and why they join and leave."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from sim.core.colours import BLACK, BLUE, ORANGE, RED, SKY, YELLOW
from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.parameters import regions
from sim.reports.bands import Look, bands, whiskers
from sim.reports.known import PUBLISHED_AS
from sim.reports.section import Drawing, Section
from sim.reports.theme import dots, eras, legend_above, legend_of, new_axes, shade_projection
from sim.reports.words import Lang, Text, say, word

PUBLISHED: Text = (
    "本シミュレーション、公表値は{level}国保運営協議会資料",
    "this simulation; published: council of the metropolis",
)

_INSURED = PUBLISHED_AS["members_average"]


def members(run: RunFolder, lang: Lang) -> Figure:
    """Return the insured of each year as bars, the share aged 65-74 as a line."""
    t = run.table("metropolis_year")
    figure, axes = new_axes()
    axes.bar(eras(t), t["members_average"] / 1e4, color=BLUE, width=0.6, label=word("simulated", lang))
    ends = whiskers(axes, run, "members_average", lang, Look(BLACK, 1e-4))
    dots(axes, t, _INSURED, lang, 1e-4)
    axes.set_ylabel(word("persons_10k", lang))
    highest = t["members_average"].max() / 1e4 if ends is None else ends["high90"].max()
    axes.set_ylim(0, highest * 1.18)
    right = axes.twinx()
    right.plot(eras(t), t["share_65_plus"] * 100, color=ORANGE, marker="o", label=word("share_65_plus", lang))
    bands(right, run, "share_65_plus", lang, Look(ORANGE, 100, named=False))
    right.set_ylabel(f"{word('share_65_plus', lang)} (%)")
    right.set_ylim(0, 50)
    right.grid(visible=False)
    legend_above(axes, legend_of((axes, right)), columns=3)
    shade_projection(axes, t, lang, _INSURED)
    return figure


def pyramid(run: RunFolder, lang: Lang) -> Figure:
    """Return the age pyramid of the insured in the last year, foreign residents apart, the first year as an outline."""
    t = run.table("members_by_age")
    first, last = int(t["year"].min()), int(t["year"].max())
    figure, axes = new_axes(7.2, 5.2)
    ages = [f"{a}-{a + 4}" for a in range(0, 75, 5)]
    rows = t.groupby(["year", "sex", "foreign", "age"])["members"].sum().div(1e4)
    for sex, side, colour, light in (("male", -1, BLUE, SKY), ("female", 1, ORANGE, YELLOW)):
        left = np.zeros(len(ages))
        for foreign, face in ((False, colour), (True, light)):
            now = rows[last, sex, foreign].reindex(ages).fillna(0).to_numpy()
            label = f"{word(sex, lang)}{word('foreign_of', lang) if foreign else ''}"
            axes.barh(ages, side * now, left=side * left, color=face, label=label, height=0.85)
            left += now
        before = rows[first, sex].groupby("age").sum().reindex(ages).fillna(0).to_numpy()
        outline = np.append(before, before[-1])
        name = f"_{era(first)} {word(sex, lang)}"
        axes.step(side * outline, np.arange(len(ages) + 1) - 0.5, where="pre", color="black", lw=1, label=name)
    axes.plot([], [], color="black", lw=1, label=era(first))
    axes.xaxis.set_major_formatter(lambda x, _: f"{abs(x):g}")
    axes.set_xlabel(word("persons_10k", lang))
    axes.set_ylabel(word("age", lang))
    legend_above(axes, columns=5)
    return figure


CAUSES: dict[str, Text] = {
    "employee": ("被用者保険（離職・就職）", "employee insurance"),
    "dependant": ("被扶養者", "dependants"),
    "voluntary": ("任意継続の終了", "end of voluntary insurance"),
    "guild": ("国保組合", "guilds"),
    "assistance": ("生活保護", "public assistance"),
    "arrival": ("{level}外（国内）からの転入", "from other prefectures"),
    "arrival_abroad": ("国外からの転入", "from abroad"),
    "departure": ("{level}外（国内）への転出", "to other prefectures"),
    "departure_abroad": ("国外への転出", "abroad"),
    "birth": ("出生", "births"),
    "death": ("死亡", "deaths"),
    "age75": ("75歳到達", "turning 75"),
    "disability": ("障害認定（後期へ）", "disability, 65-74"),
    "coverage_expansion": ("適用拡大", "wider employee insurance"),
}
_WITHIN = ("{level}内の移動", "moves within {region}")


def cause(name: str, lang: Lang) -> str:
    """Return what a cause of joining or leaving is called; an unknown one keeps its name, spelt out."""
    if name == regions.read(regions.current()).within:
        return say(_WITHIN, lang)
    plain = name.replace("_", " ")
    return say(CAUSES.get(name, (plain, plain)), lang)


def flows(run: RunFolder, lang: Lang) -> Figure:
    """Return who joined and who left in the last year, by cause: ribbons as wide as the number of people."""
    t = run.table("flows")
    last = t[(t["year"] == t["year"].max()) & (t["cause"] != run.region.within)]
    sums = last.groupby(["direction", "cause"])["persons"].sum().div(1e4)
    figure, axes = new_axes(9, 5)
    gap = float(sums.groupby("direction").sum().max()) * 0.035
    tops = {}
    for direction, x, colour in (("in", 0.0, BLUE), ("out", 2.0, RED)):
        each = sums[direction].sort_values(ascending=False)
        y = middle = 0.0
        for name, persons in each.items():
            _ribbon(axes, x, y, middle, float(persons), colour, direction)
            side, ha = (-0.02, "right") if direction == "in" else (2.02, "left")
            text = f"{cause(str(name), lang)}  {persons:.1f}"
            axes.text(side, y - persons / 2, text, ha=ha, va="center", fontsize=8)
            y -= max(float(persons), gap * 0.9) + gap
            middle -= float(persons)
        tops[direction] = (y, -middle)
    depth = min(t[0] for t in tops.values())
    for direction, x in (("in", 0.9), ("out", 1.1)):
        label = word("joined" if direction == "in" else "left_scheme", lang)
        axes.text(x, gap, f"{label} {tops[direction][1]:.1f}", ha="right" if x < 1 else "left", fontsize=9)
    axes.set_xlim(-0.75, 2.75)
    axes.set_ylim(depth, gap * 3)
    axes.axis("off")
    axes.text(1, depth, f"{word('unit', lang)}: {word('persons_10k', lang)}", ha="center", va="bottom", fontsize=8)
    return figure


def _ribbon(axes: Axes, x: float, y: float, middle: float, width: float, colour: str, direction: str) -> None:
    """Draw one ribbon from a cause at x to the column of the insured at 1."""
    end = 0.95 if direction == "in" else 1.05
    half = (x + end) / 2
    points = [
        (x, y), (half, y), (half, middle), (end, middle),
        (end, middle - width), (half, middle - width), (half, y - width), (x, y - width), (x, y),
    ]  # fmt: skip
    codes = [1, 4, 4, 4, 2, 4, 4, 4, 79]
    axes.add_patch(PathPatch(Path(points, codes), facecolor=colour, alpha=0.55, lw=0.4, edgecolor="white"))


SECTIONS = (
    Section(
        "members",
        ("被保険者", "The insured"),
        (
            "被保険者は75歳到達と被用者保険の適用拡大で減り、転入・退職・外国人の加入で増える。",
            "Members leave at 75 and for employee insurance, and join by moving in, retiring and coming from abroad.",
        ),
        figures=(
            Drawing(
                "members",
                members,
                ("被保険者数と65〜74歳の割合", "Insured, and the share aged 65-74"),
                PUBLISHED,
                ranged=("members_average", "share_65_plus"),
            ),
            Drawing(
                "pyramid",
                pyramid,
                (
                    "被保険者の年齢構成（{last}年度平均、線は{first}）",
                    "Age of the insured ({last}, yearly average; line: {first})",
                ),
                needs=("members_by_age",),
            ),
            Drawing(
                "flows",
                flows,
                ("国保への加入と脱退の理由（{last}年度）", "Why people join and leave ({last})"),
                needs=("flows",),
                wide=True,
            ),
        ),
    ),
)
