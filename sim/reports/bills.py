"""Model households (モデル世帯): what the same household pays, by municipality and year."""

from __future__ import annotations

import functools
import textwrap

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from sim.core.colours import BLUE, GREEN, ORANGE, SKY
from sim.core.units import era
from sim.explanations.model_households import model_households
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.reports.grid import Column, Grid
from sim.reports.marks import size_of, starred
from sim.reports.section import Drawing, Section
from sim.reports.words import Lang, Text, say, word

_SOURCE: Text = ("本シミュレーションの料率、モデル世帯は設定", "rates of this simulation; the households are assumed")


@functools.lru_cache(maxsize=8)
def bills_of(run: RunFolder) -> pd.DataFrame:
    """Return the bills of the shipped model households; not to be written to."""
    return model_households(run)


def households_of(t: pd.DataFrame) -> dict[str, Text]:
    """Return the labels of the households, in the order of their file."""
    rows = t.drop_duplicates("household")
    return {str(r.household): (str(r.ja), str(r.en)) for r in rows.itertuples()}


def place_of(t: pd.DataFrame, code: int) -> Text:
    """Return the name of a municipality, with * where its rates rest on few households (see `marks`)."""
    mark = "*" if t.loc[t["code"] == code, "small"].any() else ""
    ja, en = Parameters.load().places()[code]
    return ja + mark, en + mark


def bills(run: RunFolder, lang: Lang) -> Figure:
    """Return each model household's bill by year where the region shows it, within the range of those not marked."""
    t = bills_of(run)
    labels = households_of(t)
    years = sorted(int(y) for y in t["year"].unique())
    x = range(len(years))
    down = -(-len(labels) // 3)
    height = 2.3 * down + 0.9
    figure = Figure(figsize=(10, height))
    figure.subplots_adjust(0.06, 0.55 / height, 0.99, 1 - 0.85 / height, 0.13, 0.42)
    panels = figure.subplots(down, 3, squeeze=False, sharex=True).ravel()
    for axes, (household, label) in zip(panels, labels.items(), strict=False):
        own = t[t["household"] == household]
        table = own.pivot(index="year", columns="code", values="bill") / 1e4
        small = own.groupby("code")["small"].any()
        told = table.loc[:, ~small.reindex(table.columns)]
        told = told if told.shape[1] else table
        name = word("range_of_places", lang)
        axes.fill_between(x, told.min(axis=1), told.max(axis=1), color=SKY, alpha=0.3, lw=0, label=name)
        for code, colour, marker in zip(run.region.shown, (BLUE, ORANGE, GREEN), "os^", strict=False):
            place = say(place_of(t, code), lang)
            axes.plot(x, table[code], color=colour, marker=marker, ms=3.5, lw=1.3, label=place)
        title = "\n".join(textwrap.wrap(label[0 if lang == "ja" else 1], 28 if lang == "ja" else 52))
        axes.set_title(title, fontsize=7.5, loc="left")
        axes.set_ylim(0, float(np.nanmax(table.to_numpy())) * 1.1)
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.set_xticks(x, [era(y) for y in years])
        axes.tick_params(labelsize=7)
    figure.supylabel(word("man_yen", lang), fontsize=8)
    for axes in panels[len(labels) :]:
        axes.set_visible(False)
    for axes in panels[max(len(labels) - 3, 0) : len(labels)]:
        axes.tick_params(labelbottom=True)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="upper right", ncols=4, fontsize=8)
    return figure


def table(run: RunFolder, lang: Lang) -> Grid:
    """Return the bills of the model households in the municipalities the region shows, years across."""
    t = bills_of(run)
    labels = households_of(t)
    years = sorted(int(y) for y in t["year"].unique())
    by = t.set_index(["household", "code", "year"])["bill"]
    rows = [
        (labels[h], place_of(t, code), *(int(by[h, code, y]) for y in years))
        for h in labels
        for code in run.region.shown
    ]
    return Grid(
        ("年間保険料（円）", "Bill of a year (yen)"),
        (
            Column(("モデル世帯", "household"), "text"),
            Column(("{municipalities}", "municipality"), "text"),
            *(Column((era(y),) * 2, "yen", bare=True) for y in years),
        ),
        rows,
        folded=True,
    )


_LEAD: Text = (
    "同じ世帯の、実際の料率による年間保険料。年齢と収入は毎年同じとする。全{municipalities}の額はExcelファイルに示す。",
    "What the same household pays in a year under the actual rates, its ages and income held. The workbook has all "
    "municipalities. ",
)
_NO_RANGE: Text = (
    "料率は、幅を求めた計算（公表された実績に合うパラメータの組）に残していないため、保険料額に推計の幅はない。",
    "Bills have no ranges: the ensemble of parameter sets they come from kept no rates. ",
)
SECTIONS = (
    Section(
        "bills",
        ("モデル世帯の保険料", "Bills of model households"),
        lambda run, lang: f"{say(_LEAD, lang)}{say(_NO_RANGE, lang)}{starred(size_of(run), lang)}",
        figures=(Drawing("bills", bills, ("モデル世帯の年間保険料", "Bill of a year"), _SOURCE, wide=True),),
        tables=(table,),
        needs=("rates", "municipality_year"),
    ),
)
