"""The figures of a run, drawn from its tables: labels in Japanese or English, units on the axes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import matplotlib_fontja  # noqa: F401  registers IPAexGothic, so that Japanese shows on a bare machine
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.reports.tiles import TILES
from sim.reports.words import Lang, word

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#7F7F7F"
"""Okabe and Ito's palette, readable for the colour-blind."""

_STYLE: Any = {
    "figure.figsize": (7.2, 4.2),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.25,
    "font.size": 10,
    "axes.titlesize": 12,
    "legend.frameon": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "kokuho-sim",
}
LAST_PUBLISHED = 2025


def _years(frame: pd.DataFrame) -> list[str]:
    return [era(int(y)) for y in frame["year"]]


def _frame(lang: Lang, title: str) -> tuple[Figure, Axes]:
    figure, axes = plt.subplots(layout="constrained")
    axes.set_title(word(title, lang) if "{" not in word(title, lang) else title, loc="left")
    return figure, axes


def _footer(figure: Figure, run: RunFolder, lang: Lang) -> None:
    manifest = run.manifest
    note = (
        f"{word('scenario', lang)}: {manifest['scenario']}  seed {manifest['seed']}  1/{manifest['sample']}  "
        f"{manifest['digests']['all'][:8]}  |  kokuho-sim"
    )
    figure.supxlabel(note, fontsize=7, color=GREY, x=0.01, ha="left")


def _project(axes: Axes, frame: pd.DataFrame, lang: Lang) -> None:
    """Shade the years without published results."""
    years = list(frame["year"])
    if LAST_PUBLISHED in years and years[-1] > LAST_PUBLISHED:
        axes.axvspan(years.index(LAST_PUBLISHED) + 0.5, len(years) - 0.5, color="#000000", alpha=0.04, lw=0)
        axes.text(
            len(years) - 0.55,
            0.98,
            word("projection", lang),
            transform=axes.get_xaxis_transform(),
            ha="right",
            va="top",
            fontsize=8,
            color=GREY,
        )


def _published(item: str) -> dict[int, float]:
    table = Parameters.load().table("targets.tokyo")
    return {int(r.fiscal_year): float(r.value) for r in table[table["item"].isin(item.split("|"))].itertuples()}


def _dots(axes: Axes, frame: pd.DataFrame, item: str, lang: Lang, scale: float = 1.0) -> None:
    known = {y: v for y, v in _published(item).items() if y in set(frame["year"])}
    years = list(frame["year"])
    axes.plot(
        [years.index(y) for y in known],
        [v * scale for v in known.values()],
        "D",
        color=RED,
        ms=7,
        mfc="none",
        mew=1.8,
        ls="none",
        label=word("published", lang),
        zorder=5,
    )


def members(run: RunFolder, lang: Lang) -> Figure:
    t = run.table("metropolis_year")
    figure, axes = _frame(lang, "fig_members")
    axes.bar(_years(t), t["members_average"] / 1e4, color=BLUE, width=0.6, label=word("simulated", lang))
    _dots(
        axes,
        t,
        "insured_persons_annual_average|insured_persons_medical_support|insured_persons_medical_support_provisional",
        lang,
        1e-4,
    )
    axes.set_ylabel(word("persons_10k", lang))
    axes.set_ylim(0, t["members_average"].max() / 1e4 * 1.18)
    right = axes.twinx()
    right.plot(_years(t), t["share_65_plus"] * 100, color=ORANGE, marker="o", label=word("share_65_plus", lang))
    right.set_ylabel("%")
    right.set_ylim(0, 50)
    right.grid(visible=False)
    handles = [h for a in (axes, right) for h in a.get_legend_handles_labels()[0]]
    axes.legend(
        handles,
        [str(h.get_label()) for h in handles],
        loc="lower left",
        ncols=3,
        fontsize=8,
        frameon=True,
        framealpha=0.9,
    )
    _project(axes, t, lang)
    return figure


def collection(run: RunFolder, lang: Lang) -> Figure:
    t = run.table("metropolis_year")
    figure, axes = _frame(lang, "fig_collection")
    axes.plot(_years(t), t["collection_rate"] * 100, color=BLUE, marker="o", label=word("simulated", lang))
    _dots(axes, t, "collection_rate_current_year", lang, 100)
    axes.set_ylabel("%")
    low, high = t["collection_rate"].min() * 100, t["collection_rate"].max() * 100
    axes.set_ylim(np.floor(low - 1), np.ceil(high + 1))
    axes.legend(loc="lower right")
    _project(axes, t, lang)
    return figure


def money(run: RunFolder, lang: Lang) -> Figure:
    t = run.table("metropolis_year")
    figure, axes = _frame(lang, "fig_money")
    for name, colour, marker in (("benefit", BLUE, "o"), ("contribution", GREEN, "s"), ("billed", ORANGE, "^")):
        axes.plot(_years(t), t[name] / 1e8, color=colour, marker=marker, label=word(name, lang))
    _dots(axes, t, "contribution_total|contribution_total_provisional", lang, 1e-8)
    axes.set_ylabel(word("oku", lang))
    axes.set_ylim(0)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.legend(ncols=2, fontsize=8)
    _project(axes, t, lang)
    return figure


def premium(run: RunFolder, lang: Lang) -> Figure:
    t = run.table("metropolis_year")
    figure, axes = _frame(lang, "fig_premium")
    axes.plot(
        _years(t), t["standard_premium_per_head"], color=BLUE, marker="o", label=word("standard_premium_per_head", lang)
    )
    axes.plot(_years(t), t["billed_per_member"], color=ORANGE, marker="^", label=word("billed_per_member", lang))
    _dots(axes, t, "premium_per_capita_no_off_rule|premium_per_capita_no_off_rule_provisional", lang)
    axes.set_ylabel(word("yen", lang))
    axes.set_ylim(0)
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.legend(fontsize=8, loc="lower right")
    _project(axes, t, lang)
    return figure


def transfer(run: RunFolder, lang: Lang) -> Figure:
    t = run.table("metropolis_year")
    figure, axes = _frame(lang, "fig_transfer")
    axes.bar(_years(t), t["discretionary_transfer"] / 1e8, color=BLUE, width=0.6, label=word("simulated", lang))
    _dots(axes, t, "off_rule_transfer_total", lang, 1e-8)
    axes.set_ylabel(word("oku", lang))
    right = axes.twinx()
    right.plot(_years(t), t["discretionary_municipalities"], color=ORANGE, marker="o", label=word("count", lang))
    years = list(t["year"])
    goals = {y: v for y, v in _published("target_municipalities_with_deficit_transfer").items() if y in years}
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
    handles = [h for a in (axes, right) for h in a.get_legend_handles_labels()[0]]
    figure.legend(handles, [str(h.get_label()) for h in handles], loc="outside upper right", ncols=4, fontsize=8)
    _project(axes, t, lang)
    return figure


def pyramid(run: RunFolder, lang: Lang) -> Figure:
    t = run.table("members")
    last = int(t["year"].max())
    figure, axes = plt.subplots(layout="constrained", figsize=(7.2, 5.2))
    axes.set_title(word("fig_pyramid", lang, era=era(last)), loc="left")
    ages = [f"{a}-{a + 4}" for a in range(0, 75, 5)]
    rows = t[(t["scheme"] == "kokuho")]
    for sex, side, colour in (("male", -1, BLUE), ("female", 1, ORANGE)):
        end = (
            rows[(rows["year"] == last) & (rows["sex"] == sex)].groupby("age")["persons"].sum().reindex(ages).fillna(0)
        )
        begin = (
            rows[(rows["year"] == t["year"].min()) & (rows["sex"] == sex)]
            .groupby("age")["persons"]
            .sum()
            .reindex(ages)
            .fillna(0)
        )
        axes.barh(ages, side * end / 1e4, color=colour, label=word(sex, lang))
        axes.step(
            side * begin.to_numpy() / 1e4,
            np.arange(len(ages)),
            where="mid",
            color=GREY,
            lw=1,
            label=era(int(t["year"].min())) if side < 0 else None,
        )
    axes.xaxis.set_major_formatter(lambda x, _: f"{abs(x):g}")
    axes.set_xlabel(word("persons_10k", lang))
    axes.legend(loc="lower right")
    return figure


def tiles(run: RunFolder, lang: Lang) -> Figure:
    """Tile map of the 62 municipalities coloured by the collection rate of the last year."""
    t = run.table("municipality_year")
    last = int(t["year"].max())
    rows = t[t["year"] == last].set_index("code")
    billed = sum(rows[f"bill_{p}"] for p in ("medical", "support", "care", "child")) - rows["bill_unknown_address"]
    rate = (rows["collected"] / billed.where(billed > 0)).astype(float) * 100
    figure, axes = plt.subplots(layout="constrained", figsize=(9, 5.2))
    axes.set_title(word("fig_tiles", lang, era=era(last)), loc="left")
    shown = rate[~rows["small"].astype(bool)]
    low, high = (float(shown.min()), float(shown.max())) if len(shown) else (85.0, 97.0)
    norm = plt.Normalize(low, high)
    colours = plt.get_cmap("cividis")
    names = Parameters.load().table("places.municipalities").set_index("code")
    for code, (x, y) in TILES.items():
        value, small = rate[code], bool(rows.loc[code, "small"])
        face: Any = "#EEEEEE" if small or np.isnan(value) else colours(norm(value))
        dark = not small and norm(value) < 0.55
        axes.add_patch(plt.Rectangle((x, -y), 0.94, 0.94, facecolor=face, edgecolor="white"))
        label = names.loc[code, "name"] if lang == "ja" else names.loc[code, "name_en"]
        size = 6.5 if len(label) <= (4 if lang == "ja" else 9) else 5
        axes.text(
            x + 0.47, -y + 0.62, label, ha="center", va="center", fontsize=size, color="white" if dark else "black"
        )
        axes.text(
            x + 0.47,
            -y + 0.28,
            "–" if small or np.isnan(value) else f"{value:.1f}",
            ha="center",
            va="center",
            fontsize=7,
            color="white" if dark else "black",
        )
    axes.set_xlim(-0.2, max(x for x, _ in TILES.values()) + 1.2)
    axes.set_ylim(-max(y for _, y in TILES.values()) - 0.2, 1.2)
    axes.set_aspect("equal")
    axes.axis("off")
    figure.colorbar(plt.cm.ScalarMappable(norm, colours), ax=axes, shrink=0.6, label="%")
    return figure


FIGURES: dict[str, Callable[[RunFolder, Lang], Figure]] = {
    "members": members,
    "collection": collection,
    "money": money,
    "premium": premium,
    "transfer": transfer,
    "pyramid": pyramid,
    "tiles": tiles,
}


def draw_all(run: RunFolder, folder: Path, lang: Lang, png: bool = True) -> dict[str, Path]:
    """Draw every figure as SVG, and as PNG if wanted, into a folder and return the SVG paths by name."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    with plt.rc_context(_STYLE):
        for name, make in FIGURES.items():
            figure = make(run, lang)
            _footer(figure, run, lang)
            suffix = "" if lang == "ja" else "_en"
            paths[name] = folder / f"{name}{suffix}.svg"
            figure.savefig(paths[name], metadata={"Date": None})
            if png:
                figure.savefig(paths[name].with_suffix(".png"), dpi=130)
            plt.close(figure)
    return paths
