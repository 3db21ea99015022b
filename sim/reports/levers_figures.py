"""The study of the levers of collection as one figure: effect on the rate with its interval, and the feedback loop."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.figure import Figure

from sim.core.units import era
from sim.experiments.levers import Study
from sim.reports.theme import BLUE, GREY, ORANGE, STYLE
from sim.reports.words import Lang, Text, say

LABELS: dict[str, Text] = {
    "account_transfer": ("口座振替の原則化", "account transfer as the rule"),
    "reminders": ("SMS・自動音声の催告", "reminders by SMS and call"),
    "enforcement": ("徴収体制の強化", "more collection staff"),
    "prepayment": ("入国者の前納", "prepayment of new arrivals"),
    "immigration_link": ("滞納情報の入管提供", "arrears shown to immigration"),
    "cashless": ("キャッシュレスの拡大", "cashless payment"),
    "more_instalments": ("納期の増加", "more instalments"),
    "relief_programme": ("減免・徴収猶予", "relief and deferral"),
    "together": ("すべて同時に", "all together"),
}


def label(variant: str, lang: str) -> str:
    """Return what a variant of the study is called."""
    language: Lang = "en" if lang == "en" else "ja"
    if variant.startswith("feedback "):
        strength = variant.split()[1]
        return say(
            (f"フィードバックの強さ {strength}（基準1）", f"feedback of strength {strength} (baseline 1)"), language
        )
    return say(LABELS.get(variant, (variant, variant)), language)


def draw(study: Study, folder: Path, lang: str) -> Path:
    """Draw effect on the collection rate and yen gained and spent, SVG and PNG; return the SVG's path."""
    language: Lang = "en" if lang == "en" else "ja"
    summary = study.summary().iloc[::-1].reset_index(drop=True)
    last = era(int(study.runs["year"].max()))
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(10, 1.4 + 0.42 * len(summary)), layout="constrained")
        left, right = figure.subplots(1, 2, sharey=True)
        for y, row in enumerate(summary.itertuples()):
            if row.least == row.least:
                left.plot(
                    [row.least * 100, row.most * 100], [y, y], color=ORANGE, lw=6, alpha=0.5, solid_capstyle="butt"
                )
            if row.low == row.low:
                left.plot([row.low * 100, row.high * 100], [y, y], color=BLUE, lw=1.5)
            left.plot(row.rate * 100, y, "o", color=BLUE)
            gained = right.barh(y + 0.18, row.collected / 1e8, 0.34, color=BLUE)
            spent = right.barh(y - 0.18, row.cost / 1e8, 0.34, color=GREY)
        left.axvline(0, color="#000000", lw=0.8)
        left.set_yticks(range(len(summary)), [label(v, lang) for v in summary["variant"]])
        left.set_xlabel(
            say((f"収納率の変化 {last}［ポイント］", f"change of the collection rate {last} [points]"), language)
        )
        right.set_xlabel(say(("期間計［億円］", "over all years [100 M yen]"), language))
        names = say(("収納の増加|収納費用の増加", "collected more|spent more"), language).split("|")
        right.legend([gained, spent], names, loc="lower right")
        note = say(
            (
                "点と線: 平均と95％区間（同じ運の組）。橙: 効果の大きさの仮定の幅。",
                "Dot, line: mean and 95 % interval over pairs with shared luck. Orange: range of the effect assumed.",
            ),
            language,
        )
        figure.supxlabel(f"{note}  1/{study.about['sample']}  |  kokuho-sim", fontsize=7, color=GREY, x=0.01, ha="left")
        path = folder / ("levers.svg" if language == "ja" else "levers_en.svg")
        figure.savefig(path)
        figure.savefig(path.with_suffix(".png"), dpi=150)
    return path
