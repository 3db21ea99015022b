"""The study of the levers of collection: effects on the rate with their intervals, money, and the feedback loop.

The report of a baseline shows the newest study beside it (`kokuho levers` writes one), the command shows its own.
"""

from __future__ import annotations

import functools
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from sim.core.colours import BLUE, GREY, ORANGE
from sim.core.errors import InputError
from sim.core.sample import banner, tagged
from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.reports.drawing import write_figure
from sim.reports.grid import Column, Grid
from sim.reports.section import Drawing, Section
from sim.reports.theme import CYCLE, MARKERS, STYLE, new_axes
from sim.reports.words import Lang, Text, say, word
from sim.studies.levers import LOOP, Study, newest

LABELS: dict[str, Text] = {
    "account_transfer": ("口座振替の原則化", "account transfer as the rule"),
    "reminders": ("SMS・自動音声の催告", "reminders by SMS and call"),
    "enforcement": ("徴収体制の強化", "more collection staff"),
    "prepayment": ("入国者の前納", "prepayment of new arrivals"),
    "immigration_link": ("滞納情報の入管提供", "arrears shown to immigration"),
    "multilingual_notices": ("多言語の周知・相談", "notices in own languages"),
    "collection_guidance": ("徴収指導員・研修", "advisers and training"),
    "cashless": ("キャッシュレスの拡大", "cashless payment"),
    "more_instalments": ("納期の増加", "more instalments"),
    "relief_programme": ("減免・徴収猶予", "relief and deferral"),
    "together": ("すべて同時に", "all together"),
}


def label(variant: str, lang: Lang) -> str:
    """Return what a variant of the study is called."""
    if variant.startswith(LOOP):
        strength = variant.split()[1]
        off = (" (off)", "（なし）")[lang == "ja"] if strength == "0" else ""
        return say((f"強さ {strength}{off}", f"strength {strength}{off}"), lang)
    return say(LABELS.get(variant, (variant, variant)), lang)


def parts(study: Study) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the summary of the levers and that of the feedback loop."""
    summary = study.summary()
    loop = summary["variant"].str.startswith(LOOP)
    return summary[~loop].reset_index(drop=True), summary[loop].reset_index(drop=True)


def effects(study: Study, lang: Lang) -> Figure:
    """Return the effect of each lever on the collection rate of the last year, and yen gained and spent."""
    summary = parts(study)[0].iloc[::-1].reset_index(drop=True)
    last = era(int(study.runs["year"].max()))
    figure = Figure(figsize=(11, 1.6 + 0.46 * len(summary)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True)
    y = np.arange(len(summary))
    if summary["least"].notna().any():
        left.hlines(
            y,
            summary["least"] * 100,
            summary["most"] * 100,
            color=ORANGE,
            lw=7,
            alpha=0.5,
            label=say(("効果の大きさを範囲の両端にした場合", "effect size at the ends of its range"), lang),
        )
    if summary["low"].notna().any():
        left.hlines(y, summary["low"] * 100, summary["high"] * 100, color=BLUE, lw=1.8, label=interval(lang))
    left.plot(summary["rate"] * 100, y, "o", color=BLUE, label=say(("平均", "mean"), lang))
    left.axvline(0, color="black", lw=0.8)
    left.set_yticks(y, [label(v, lang) for v in summary["variant"]])
    left.set_xlabel(say((f"収納率の変化 {last}［ポイント］", f"change of the collection rate, {last} [points]"), lang))
    right.axvline(0, color="black", lw=0.8)
    gained = say(("収納の増（現年分＋滞納繰越分）", "collected more (with claims carried over)"), lang)
    right.barh(y + 0.18, summary["collected"] / 1e8, 0.34, color=BLUE, label=gained)
    right.barh(
        y - 0.18, summary["cost"] / 1e8, 0.34, color=GREY, label=say(("徴収費用の増", "cost of collection"), lang)
    )
    right.set_xlabel(say(("全期間の計［億円］", "sum over all years [100 M yen]"), lang))
    for axes in (left, right):
        handles, labels = axes.get_legend_handles_labels()
        axes.legend(handles, labels, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=1, fontsize=8)
    return figure


def feedback(study: Study, lang: Lang) -> Figure:
    """Return what the strength of the feedback does to the collection rate, year by year, with 95 % intervals."""
    t = study.effects()
    t = t[(t["measure"] == "collection_rate") & t["variant"].str.startswith(LOOP)]
    figure, axes = new_axes()
    axes.axhline(0, color="black", lw=1.2, label=say(("強さ 1（基本シナリオ）", "strength 1 (baseline)"), lang))
    for i, (variant, rows) in enumerate(t.groupby("variant", sort=False)):
        years = rows["year"].to_numpy()
        if rows["low"].notna().any():
            axes.fill_between(years, rows["low"] * 100, rows["high"] * 100, color=CYCLE[i], alpha=0.2, lw=0)
        axes.plot(years, rows["mean"] * 100, color=CYCLE[i], marker=MARKERS[i], ms=5, label=label(str(variant), lang))
    axes.set_xticks(sorted(t["year"].unique()), [era(int(y)) for y in sorted(t["year"].unique())])
    axes.set_ylabel(say(("収納率の変化［ポイント］", "change of the collection rate [points]"), lang))
    axes.legend(loc="lower left", fontsize=9)
    return figure


def interval(lang: Lang) -> str:
    return say(("平均の95％区間", "95 % interval of the mean"), lang)


def lever_table(study: Study, lang: Lang) -> Grid:
    """Return the levers: effect in the last year, its interval and range, bill, money over all years."""
    last = era(int(study.runs["year"].max()))
    rows = [
        (
            _named(r.variant),
            r.rate,
            _span(r.low, r.high),
            _span(r.least, r.most),
            r.bill,
            r.collected,
            r.cost,
            r.per_yen,
        )
        for r in parts(study)[0].itertuples()
    ]
    columns = (
        Column(("施策", "lever"), "text"),
        Column((f"収納率 {last}", f"collection rate {last}"), "share_change"),
        Column(("95％区間", "95 % interval")),
        Column(("範囲の両端", "ends of the range")),
        Column((f"1人当たり調定額 {last}", f"billed per insured {last}"), "yen_change"),
        Column(("収納の増", "collected"), "oku1_change"),
        Column(("費用の増", "cost"), "oku1_change"),
        Column(("収納／費用", "collected per cost")),
    )
    rows = [(*row[:7], "–" if row[7] != row[7] else f"{row[7]:,.1f}") for row in rows]
    return Grid(("施策の効果（基本シナリオとの差）", "Levers against the baseline"), columns, rows, note=_note(study))


def feedback_table(study: Study, lang: Lang) -> Grid:
    """Return what the strength of the feedback changes by the last year."""
    last = era(int(study.runs["year"].max()))
    rows = [
        (_named(r.variant), r.rate, _span(r.low, r.high), r.arrears, r.bill, r.collected)
        for r in parts(study)[1].itertuples()
    ]
    columns = (
        Column(("フィードバックの強さ", "strength of the feedback"), "text"),
        Column((f"収納率 {last}", f"collection rate {last}"), "share_change"),
        Column(("95％区間", "95 % interval")),
        Column((f"滞納世帯割合 {last}", f"households in arrears {last}"), "share_change"),
        Column((f"1人当たり調定額 {last}", f"billed per insured {last}"), "yen_change"),
        Column(("収納の増、全期間", "collected, all years"), "oku1_change"),
    )
    return Grid(
        (
            "負担から納付へのフィードバックの強さ（基準1との差）",
            "Strength of the feedback from bill to payment, against 1",
        ),
        columns,
        rows,
    )


def _named(variant: str) -> Text:
    return label(variant, "ja"), label(variant, "en")


def _span(low: float, high: float) -> str:
    return "–" if low != low else f"{low * 100:+.2f} … {high * 100:+.2f}"


def _note(study: Study) -> Text:
    about = study.about
    n, sample, made = about["replicates"], about["sample"], str(about["made"])[:10]
    ja = "全員" if sample == 1 else f"1/{sample}標本"
    en = "the full population" if sample == 1 else f"a 1/{sample} sample"
    return (
        f"{ja}、{n}組（同じ乱数を共有する組の差。区間はt分布）。両端は第1組のみで、効果の大きさを登録範囲の端に置いた場合。"
        f"収納と費用は全期間の計。{made}実行。",
        f"On {en}, {n} pairs that share their draws (Student's t). Ends of the range: first pair only, with the effect "
        f"size at the ends of its range. Collected and cost are sums over all years. Made {made}.",
    )


def study_beside(run: RunFolder) -> Study | None:
    """Return the newest study in the folder of results a run lies in, if it is about the run's scenario."""
    folder = newest(run.path.parent.parent)
    study = _read(folder) if folder is not None else None
    return study if study is not None and study.about["scenario"] == run.manifest["scenario"] else None


@functools.lru_cache(maxsize=4)
def _read(folder: Path) -> Study | None:
    try:
        return Study.read(folder)
    except InputError:  # a study of an earlier version holds less; the report does without
        return None


def _of(run: RunFolder) -> Study:
    study = study_beside(run)
    assert study is not None, "the section is shown beside a study only"
    return study


def _lead(run: RunFolder, lang: Lang) -> str:
    study = _of(run)
    text = say(_LEAD, lang)
    digests = run.manifest["digests"]
    same = (study.about["code"], study.about["parameters"]) == (digests["code"], digests["parameters"])
    return text if same else text + say(_OTHER, lang)


_LEAD: Text = (
    "収納の施策を一つずつ・まとめて行ったとき、基本シナリオからどれだけ動くか。負担が重くなると納付が減り、翌年の料率に跳ね返る"
    "（フィードバック）。その強さは仮定なので、切った場合・弱い場合・強い場合も示す。",
    "What the levers of collection do against the baseline, one by one and together. A heavier bill lowers payment, "
    "which raises next year's rates (the feedback). How strongly is assumed, so it is also switched off, halved and "
    "set to the upper end of its range.",
)
_OTHER: Text = (
    "この試算は、この報告書の実行とは別の版のコードまたはパラメータによる。",
    " This study was made with another version of the code or the register than the run of this report.",
)
_SOURCE: Text = ("kokuho levers の結果", "results of kokuho levers")

FIGURES: tuple[tuple[str, Text, bool], ...] = (
    ("levers", ("施策の効果（収納率と費用）", "What the levers of collection do and cost"), True),
    ("feedback", ("フィードバックの強さと収納率", "Strength of the feedback and the collection rate"), False),
)
DRAW = {"levers": effects, "feedback": feedback}


def _drawing(name: str, title: Text, wide: bool) -> Drawing:
    make = DRAW[name]
    return Drawing(name, lambda run, lang: make(_of(run), lang), title, _SOURCE, wide=wide)


SECTIONS = (
    Section(
        "levers",
        ("収納の施策とフィードバック", "Levers and feedback"),
        _lead,
        figures=tuple(_drawing(*figure) for figure in FIGURES),
        tables=(
            lambda run, lang: lever_table(_of(run), lang),
            lambda run, lang: feedback_table(_of(run), lang),
        ),
        when=lambda run: study_beside(run) is not None,
    ),
)


def draw(study: Study, folder: Path, lang: Lang) -> list[Path]:
    """Draw the figures of a study into its folder, SVG and PNG; return the paths of the SVG files."""
    about = study.about
    note = f"{word('source', lang)}: {say(_SOURCE, lang)}  |  {about['scenario']}  seed {about['seed']}  "
    paths = []
    with matplotlib.rc_context(STYLE):
        for name, title, _ in FIGURES:
            path = folder / (f"{name}.svg" if lang == "ja" else f"{name}_{lang}.svg")
            footer = f"{note}1/{about['sample']}  ×{about['replicates']}  |  kokuho-sim"
            head, said = tagged(say(title, lang), about["sample"], lang), banner(about["sample"], lang)
            write_figure(DRAW[name](study, lang), head, footer, path, png=True, said=said)
            paths.append(path)
    return paths
