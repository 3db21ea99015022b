"""The insured: how many, how old, and why they join and leave."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.reports.section import Drawing, Section
from sim.reports.theme import BLUE, GREY, ORANGE, dots, eras, legend_of, new_axes, shade_projection
from sim.reports.words import Lang, Text, word

PUBLISHED: Text = (
    "本シミュレーション、公表値は都国保運営協議会資料",
    "this simulation; published: council of the metropolis",
)


def members(run: RunFolder, lang: Lang) -> Figure:
    """Return the insured of each year as bars, the share aged 65-74 as a line."""
    t = run.table("metropolis_year")
    figure, axes = new_axes()
    axes.bar(eras(t), t["members_average"] / 1e4, color=BLUE, width=0.6, label=word("simulated", lang))
    dots(
        axes,
        t,
        "insured_persons_annual_average|insured_persons_medical_support|insured_persons_medical_support_provisional",
        lang,
        1e-4,
    )
    axes.set_ylabel(word("persons_10k", lang))
    axes.set_ylim(0, t["members_average"].max() / 1e4 * 1.18)
    right = axes.twinx()
    right.plot(eras(t), t["share_65_plus"] * 100, color=ORANGE, marker="o", label=word("share_65_plus", lang))
    right.set_ylabel(f"{word('share_65_plus', lang)} (%)")
    right.set_ylim(0, 50)
    right.grid(visible=False)
    axes.legend(*legend_of((axes, right)), loc="lower left", ncols=3, fontsize=8, frameon=True, framealpha=0.9)
    shade_projection(axes, t, lang)
    return figure


def pyramid(run: RunFolder, lang: Lang) -> Figure:
    """Return the age pyramid of the insured in the last year, the first year as an outline."""
    t = run.table("members")
    first, last = int(t["year"].min()), int(t["year"].max())
    figure, axes = new_axes(7.2, 5.2)
    ages = [f"{a}-{a + 4}" for a in range(0, 75, 5)]
    rows = t[t["scheme"] == "kokuho"].groupby(["year", "sex", "age"])["persons"].sum()
    for sex, side, colour in (("male", -1, BLUE), ("female", 1, ORANGE)):
        begin, end = (rows[year, sex].reindex(ages).fillna(0).to_numpy() / 1e4 for year in (first, last))
        axes.barh(ages, side * end, color=colour, label=f"{word(sex, lang)} {era(last)}")
        axes.step(
            side * begin,
            np.arange(len(ages)),
            where="mid",
            color=GREY,
            lw=1,
            label=era(first) if side < 0 else None,
        )
    axes.xaxis.set_major_formatter(lambda x, _: f"{abs(x):g}")
    axes.set_xlabel(word("persons_10k", lang))
    axes.set_ylabel(word("age", lang))
    axes.legend(loc="lower right")
    return figure


SECTIONS = (
    Section(
        "members",
        ("被保険者", "The insured"),
        (
            "被保険者は75歳到達と被用者保険の適用拡大で減り、転入・退職・外国人の加入で増える。",
            "Members leave at 75 and for employee insurance, and join by moving in, retiring and coming from abroad.",
        ),
        figures=(
            Drawing("members", members, ("被保険者数と65〜74歳の割合", "Insured, and the share aged 65-74"), PUBLISHED),
            Drawing("pyramid", pyramid, ("被保険者の年齢構成（{last}年度末）", "Age of the insured (end of {last})")),
        ),
    ),
)
