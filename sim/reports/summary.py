"""The top of the report: what happens, in plain words and a few numbers, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.outputs.measures import facts
from sim.outputs.ranges import PARTS
from sim.outputs.tables import HEADLINE
from sim.reports.doubt import PLACES, SAID, WHAT, ends, ranges_of
from sim.reports.grid import KINDS, shown
from sim.reports.headlines import headline_kind
from sim.reports.judged import judged
from sim.reports.known import published
from sim.reports.marks import rule, size_of
from sim.reports.repeats import band, band_label, repeats
from sim.reports.words import Lang, Text, say, word

CARDS = (
    "members_average",
    "contribution_per_head",
    "billed_per_member",
    "collection_rate",
    "discretionary_transfer",
    "discretionary_municipalities",
)


@dataclass(frozen=True)
class Card:
    """A headline figure at both ends of the run."""

    label: str
    before: str
    after: str
    change: str
    ends: str = ""
    """its 90 % range at the end of the run, "" where there is none"""


@dataclass(frozen=True)
class Summary:
    cards: list[Card]
    lines: list[str]


APPENDIX: Text = ("付録の表にすべて示す", "all are listed in the appendix")
"""where the page lists published figures beside simulated ones"""


def summary(run: RunFolder, lang: Lang, brief: bool = False, listed: Text = APPENDIX) -> Summary:
    """Return the cards and sentences of a run; on the first page it says where the rest is instead of judging."""
    t = run.table("metropolis_year").set_index("year")
    first, last = t.iloc[0], t.iloc[-1]
    doubt = ranges_of(run)
    whole = None if doubt is None else doubt.whole(int(t.index[-1]))
    cards = [_ranged(_card(name, first[name], last[name], lang), name, whole, lang) for name in CARDS]
    years = {"first": era(int(t.index[0])), "last": era(int(t.index[-1]))}
    lines = [say(text, lang, **years, **_values(t)) for text in (_MEMBERS, _CONTRIBUTION, _PREMIUM, _COLLECTION)]
    lines.append(_transfers(t, years, lang))
    lines += [say(_FIRST, lang, name=run.manifest["scenario"])] if brief else [_verdicts(run, lang, listed)]
    return Summary(cards, [*lines, *_doubted(run, lang), *certainty(run, lang)])


def _ranged(card: Card, name: str, whole: pd.DataFrame | None, lang: Lang) -> Card:
    """Return a card with the 90 % range of its figure."""
    if whole is None or name not in whole.index:
        return card
    return replace(card, ends=f"{say(WHAT, lang)} {ends(whole.loc[name], headline_kind(name), lang)}")


def _doubted(run: RunFolder, lang: Lang) -> list[str]:
    """Return where the ranges come from, and those of two municipalities; nothing without ranges."""
    doubt = ranges_of(run)
    if doubt is None:
        return [say(_NO_RANGES, lang)]
    year = int(run.manifest["horizon"]["to"])
    whole = doubt.whole(year)
    parts = {part: float(whole.loc["collection_rate", part]) * 100 for part in PARTS}
    said = [say(SAID, lang, n=doubt.size, last=era(year), **parts) + " ".join(doubt.reservations(lang))]
    t = facts(run)
    sure = t[(t["year"] == year) & ~t["small"]].set_index("code")
    rates = doubt.places("collection_rate", year).reindex(sure.index).dropna(subset=["value"])
    if rates.empty:
        return said
    names = run.register().places()
    shown_places: dict[str, str] = {}
    for key, code in (("most", sure.loc[rates.index, "member_months"].idxmax()), ("least", rates["value"].idxmin())):
        row = rates.loc[code]
        rate = f"{row['value']:.2%}"
        shown_places |= {key: say(names[int(code)], lang), f"{key}_rate": rate, f"{key}_ends": ends(row, "share", lang)}
    return [say(PLACES, lang, last=era(year), **shown_places), *said]


def _card(name: str, before: float, after: float, lang: Lang) -> Card:
    kind = headline_kind(name)
    unit = say(KINDS[kind].unit, lang)
    space = "" if lang == "ja" else " "
    if lang == "en" and kind == "oku":
        before_text, after_text = f"{before / 1e9:,.1f}", f"{after / 1e9:,.1f} billion yen"
    else:
        before_text, after_text = shown(before, kind, lang), f"{shown(after, kind, lang)}{space if unit else ''}{unit}"
    if HEADLINE[name][0] == "share":
        change = f"{(after - before) * 100:+.2f} {word('points', lang)}"
    elif name == "discretionary_municipalities":
        change = f"{after - before:+.0f}"
    else:
        change = f"{(after / before - 1) * 100:+.1f}%" if before else ""
    return Card(word(name, lang), before_text, after_text, change)


_MEMBERS = (
    "被保険者（年度平均）は{first}の{man0:,.1f}万人から{last}の{man1:,.1f}万人になる（{m_change:+.1f}%）。"
    "65〜74歳の割合は{e0:.1f}%から{e1:.1f}%へ。",
    "The insured go from {mil0:,.2f} million in {first} to {mil1:,.2f} million in {last} ({m_change:+.1f} %); "
    "the share aged 65-74 from {e0:.1f} % to {e1:.1f} %.",
)
_CONTRIBUTION = (
    "{municipalities}が{level}に納める納付金は総額{c0:,.0f}億円から{c1:,.0f}億円、"
    "1人当たり{ch0:,.0f}円から{ch1:,.0f}円になる。",
    "The contributions municipalities pay go from {cb0:,.1f} to {cb1:,.1f} billion yen, per head from "
    "{ch0:,.0f} to {ch1:,.0f} yen.",
)
_PREMIUM = (
    "1人当たりの保険料（現年分調定額）は{b0:,.0f}円から{b1:,.0f}円になる（{b_change:+.1f}%）。"
    "法定外繰入がない場合の算定額は{last}に{s1:,.0f}円。",
    "The bill per insured goes from {b0:,.0f} to {b1:,.0f} yen ({b_change:+.1f} %); without discretionary transfers "
    "it would be set at {s1:,.0f} yen per head in {last}.",
)
_COLLECTION = (
    "現年分収納率は{r0:.2f}%から{r1:.2f}%へ。滞納世帯の割合は{a0:.1f}%から{a1:.1f}%へ。",
    "The current-year collection rate goes from {r0:.2f} % to {r1:.2f} %, the share of households in arrears from "
    "{a0:.1f} % to {a1:.1f} %.",
)
_TRANSFERS = (
    "決算補填等目的の法定外繰入は{t0:,.0f}億円（{n0:.0f}{municipalities}）"
    "から{t1:,.0f}億円（{n1:.0f}{municipalities}）へ。",
    "Discretionary transfers go from {tb0:,.1f} billion yen ({n0:.0f} municipalities) to {tb1:,.1f} "
    "({n1:.0f} municipalities).",
)
_GOAL = (
    "{year}の目標{goal:.0f}{municipalities}に対し{n:.0f}で、{verdict}。",
    " The goal for {year} is {goal:.0f}; the simulation gives {n:.0f}: {verdict}.",
)


def _values(t: pd.DataFrame) -> dict[str, float]:
    first, last = t.iloc[0], t.iloc[-1]
    pairs = {
        "e": ("share_65_plus", 100),
        "c": ("contribution", 1e-8),
        "ch": ("contribution_per_head", 1),
        "b": ("billed_per_member", 1),
        "s": ("standard_premium_per_head", 1),
        "r": ("collection_rate", 100),
        "a": ("arrears_household_share", 100),
        "cb": ("contribution", 1e-9),
        "tb": ("discretionary_transfer", 1e-9),
        "t": ("discretionary_transfer", 1e-8),
        "n": ("discretionary_municipalities", 1),
    }
    values = {
        f"{k}{i}": float(row[name]) * by for k, (name, by) in pairs.items() for i, row in enumerate((first, last))
    }
    for key, name in (("m", "members_average"), ("b", "billed_per_member")):
        values[f"{key}_change"] = (float(last[name]) / max(float(first[name]), 1.0) - 1) * 100
    for i, row in enumerate((first, last)):
        values |= {f"man{i}": float(row["members_average"]) / 1e4, f"mil{i}": float(row["members_average"]) / 1e6}
    return values


def _transfers(t: pd.DataFrame, years: dict[str, str], lang: Lang) -> str:
    line = say(_TRANSFERS, lang, **years, **_values(t))
    for year, goal in published("target_municipalities_with_deficit_transfer").items():
        if year in t.index:
            n = float(t.loc[year, "discretionary_municipalities"])
            verdict = word("goal_met" if n <= goal else "goal_missed", lang)
            line += say(_GOAL, lang, year=era(year), goal=goal, n=n, verdict=verdict)
    return line


_JUDGED = (
    "公表値と照合した{n}項目のうち{hits}項目が許容範囲内、{misses}項目が許容範囲外（{listed}）。",
    "Of {n} published figures judged, {hits} fall within their band and {misses} outside; {listed}.",
)
_NO_RANGES = (
    "推計の幅は示していない。",
    "No ranges are shown.",
)
_ONE_RUN = (
    "これは1回の計算の結果である。小さな差は、繰り返し計算と感度分析で確認のうえ用いること。",
    "This is one run. Look at repeated runs and sensitivity before relying on small differences.",
)
_MANY_RUNS = (
    "乱数だけを変えた{n}回の計算で、{last}の現年分収納率は{low:.2f}〜{high:.2f}%、"
    "1人当たり調定額は{least:,.0f}〜{most:,.0f}円"
    "（{what}）。これは偶然の変動による幅であり、パラメータの不確かさは含まない。",
    "In {n} runs that differ by seed only, the collection rate of {last} lies between {low:.2f} and {high:.2f} %, the "
    "bill per insured between {least:,.0f} and {most:,.0f} yen: {what}. This is noise; uncertain "
    "parameters come on top.",
)
_FIRST = (
    "これは計算直後に作成した主な図表である。公表値との比較、内訳、Excelファイルは `kokuho report {name}` で作成する。",
    "These are the first figures of the run. `kokuho report {name}` writes the whole report, published figures beside "
    "simulated ones, and the workbook.",
)
_SAMPLE = (
    "世帯の1/{n}を取り出した標本による。最終年度の{places}{municipalities}に＊印を付けた：{rule}。",
    "A sample of one household in {n}. {places} municipalities are marked * in the last year: {rule}.",
)

_FEW = (
    "最終年度の{places}{municipalities}に＊印を付けた：{rule}。",
    "{places} municipalities are marked * in the last year: {rule}.",
)


def _verdicts(run: RunFolder, lang: Lang, listed: Text) -> str:
    """Return how many published figures are met and missed."""
    verdicts = judged(run)["ok"].dropna().astype(bool)
    hits = int(verdicts.sum())
    found = {"n": len(verdicts), "hits": hits, "misses": len(verdicts) - hits}
    return say(_JUDGED, lang, listed=say(listed, lang), **found)


def certainty(run: RunFolder, lang: Lang) -> list[str]:
    """Return how sure the result is: the sample, one run or many."""
    lines = []
    sample = size_of(run)
    t = facts(run)
    places = int(t.loc[t["year"] == t["year"].max(), "small"].sum())
    if sample > 1 or places:
        lines.append(say(_SAMPLE if sample > 1 else _FEW, lang, n=sample, places=places, rule=rule(sample, lang)))
    many = repeats(run)
    if len(many) == 1:
        return [*lines, say(_ONE_RUN, lang)]
    rates = band(many, "collection_rate").iloc[-1] * 100
    bills = band(many, "billed_per_member").iloc[-1]
    values = {"low": rates["low"], "high": rates["high"], "least": bills["low"], "most": bills["high"]}
    last, what = era(run.manifest["horizon"]["to"]), say(band_label(len(many)), lang, n=len(many))
    return [*lines, say(_MANY_RUNS, lang, n=len(many), last=last, what=what, **values)]
