"""Payment over the years: who moves between paying and not paying, and from which years claims are left."""

from __future__ import annotations

from collections.abc import Iterable

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.core.colours import BLACK
from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.parameters.places import prefectural
from sim.reports.bands import Look, whiskers
from sim.reports.section import Drawing, Section
from sim.reports.theme import new_axes
from sim.reports.words import Lang, say

STATES = {
    "paid": ("完納", "paid"),
    "partly": ("一部納付", "partly paid"),
    "not": ("未納", "not paid"),
}


def shares_of(run: RunFolder) -> pd.DataFrame:
    """Return payment in the last year (columns) of those who paid so the year before (rows), in percent."""
    t = run.table("payment_transitions")
    t = t[t["year"] == t["year"].max()]
    table = t.pivot(index="before", columns="after", values="households").astype(float)
    table = table.loc[_ordered(table.index), _ordered(table.columns)]
    return table.div(table.sum(axis=1), axis=0) * 100


def transitions(run: RunFolder, lang: Lang) -> Figure:
    """Return the chances to pay in a year given payment the year before, in percent, last year of the run."""
    share = shares_of(run)
    year = era(int(run.table("payment_transitions")["year"].max()))
    figure, axes = new_axes(5.8, 3.8)
    axes.imshow(share, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    for (i, j), value in np.ndenumerate(share.to_numpy()):
        axes.text(j, i, f"{value:.0f}", ha="center", va="center", color="white" if value > 55 else "black")
    axes.set_xticks(range(share.shape[1]), [_state(name, lang) for name in share.columns])
    axes.set_yticks(range(share.shape[0]), [_state(name, lang) for name in share.index])
    axes.set_xlabel(say((f"{year}年度［%］", f"{year} [%]"), lang))
    axes.set_ylabel(say(("前年度", "the year before"), lang))
    axes.grid(visible=False)
    return figure


def _ordered(states: Iterable[str]) -> list[str]:
    """Return states in the order of STATES, unknown ones last."""
    found = list(states)
    return [*(s for s in STATES if s in found), *(s for s in found if s not in STATES)]


def _state(name: str, lang: Lang) -> str:
    return say(STATES.get(name, (name, name)), lang)


def vintages(run: RunFolder, lang: Lang) -> Figure:
    """Return the claims left at the end of each year, stacked by fiscal year of origin."""
    t = run.table("arrears_by_vintage")
    t = t[prefectural(t["code"])] if (prefectural(t["code"])).any() else t
    sums = t.groupby(["year", "origin"])["closing"].sum().unstack(fill_value=0).astype(float) / 1e8
    figure, axes = new_axes()
    scale = matplotlib.colormaps["cividis_r"]
    colours = [scale(i / max(sums.shape[1] - 1, 1)) for i in range(sums.shape[1])]
    names = [era(int(o)) for o in sums.columns]
    bottom = sums.iloc[:, 0] * 0
    years = [era(int(y)) for y in sums.index]
    for origin, name, colour in zip(sums.columns, names, colours, strict=True):
        axes.bar(years, sums[origin], bottom=bottom, color=colour, label=name, edgecolor="white", lw=0.4)
        bottom = bottom + sums[origin]
    axes.set_ylabel(say(("年度末の滞納額［億円］", "claims at the end of the year [100 M yen]"), lang))
    ends = whiskers(axes, run, "arrears_closing", lang, Look(BLACK, 1e-8))
    highest = sums.sum(axis=1).max()
    axes.set_ylim(0, (highest if ends is None else max(highest, ends["high90"].max())) * 1.05)
    handles, labels = axes.get_legend_handles_labels()
    title = say(("発生年度", "year of origin"), lang)
    axes.legend(handles[::-1], labels[::-1], title=title, fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


SECTIONS = (
    Section(
        "arrears",
        ("滞納の動き", "How arrears move"),
        (
            "一度未納となった世帯は翌年度も未納となりやすい。滞納は発生年度別に円単位で管理する。",
            "Who fails once is likelier to fail again. Claims are followed by year of origin and conserved to the yen.",
        ),
        figures=(
            Drawing(
                "payment_transitions", transitions, ("納付状況の移り変わり", "From one year's payment to the next")
            ),
            Drawing(
                "arrears_vintage",
                vintages,
                ("滞納額の発生年度", "Claims by year of origin"),
                ranged=("arrears_closing",),
            ),
        ),
        needs=("payment_transitions", "arrears_by_vintage"),
    ),
)
