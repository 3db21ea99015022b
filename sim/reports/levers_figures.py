"""The study of the levers: effects on the collection rate, yen back per yen spent, and the feedback loop.

The report of a baseline shows the newest study beside it (`kokuho levers` writes one), else the one kept with the
region (`--keep`); the command shows its own.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import NamedTuple

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
from sim.reports.theme import CYCLE, MARKERS, STYLE, legend_above, new_axes
from sim.reports.words import Lang, Text, say, word
from sim.studies.levers import LOOP, RELIEF, Study, kept, newest

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
    "together": ("収納の施策すべて", "all of collection"),
    "health_checks": ("特定健診・保健指導60％", "health checks, guidance 60 %"),
    "kidney_prevention": ("糖尿病性腎症重症化予防", "prevention of dialysis"),
    "generics": ("後発医薬品 +5ポイント", "generics +5 points"),
    "duplicate_drugs": ("重複・多剤の是正", "duplicate prescriptions"),
    "receipts_review": ("レセプト点検（AI）", "further review of receipts"),
    "third_party_claims": ("第三者行為求償", "claims on third parties"),
    "elderly_health": ("高齢者の一体的実施", "integrated elderly health"),
    "duplicate_tests": ("重複検査の抑制", "fewer duplicate tests"),
    "together_care": ("医療費の施策すべて", "all of care"),
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


def of_collection(study: Study) -> pd.DataFrame:
    """Return the summary of the levers of collection, which move the collection rate; of all if there is none."""
    summary = parts(study)[0]
    chosen = summary[summary["kind"] == "collection"]
    return (chosen if len(chosen) else summary).reset_index(drop=True)


def effects(study: Study, lang: Lang) -> Figure:
    """Return the effect of each lever on the collection rate of the last year, and yen gained and spent."""
    summary = of_collection(study).iloc[::-1].reset_index(drop=True)
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
    right.barh(y + 0.18, summary["back"] / 1e8, 0.34, color=BLUE, label=gained)
    right.barh(
        y - 0.18, summary["spent"] / 1e8, 0.34, color=GREY, label=say(("徴収費用の増", "cost of collection"), lang)
    )
    right.set_xlabel(say(("全期間の計［億円］", "sum over all years [100 M yen]"), lang))
    for axes in (left, right):
        handles, labels = axes.get_legend_handles_labels()
        axes.legend(handles, labels, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=1, fontsize=8)
    return figure


def yen_per_yen(study: Study, lang: Lang) -> Figure:
    """Return yen back per yen spent of each lever, its interval, and the range over the assumed effect sizes."""
    summary = with_ratio(study).iloc[::-1].reset_index(drop=True)
    figure = Figure(figsize=(11, 1.6 + 0.42 * len(summary)), layout="constrained")
    axes = figure.subplots()
    y = np.arange(len(summary))
    ends = say(("効果の大きさを範囲の両端にした場合", "effect size at the ends of its range"), lang)
    axes.hlines(y, summary["ratio_least"], summary["ratio_most"], color=ORANGE, lw=7, alpha=0.5, label=ends)
    axes.hlines(y, summary["ratio_low"], summary["ratio_high"], color=BLUE, lw=1.8, label=interval(lang))
    axes.plot(summary["ratio"], y, "o", color=BLUE, label=say(("平均", "mean"), lang))
    axes.axvline(1, color="black", lw=0.8)
    axes.set_xscale("symlog", linthresh=1)
    least = summary[["ratio", "ratio_low", "ratio_least"]].min().min()  # nan where no lever costs anything
    axes.set_xlim(left=-0.05 if np.isnan(least) else min(-0.05, float(least) * 1.05))
    ticks = [0, 0.5, 1, 2, 5, 10, 20, 50, 100]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks])
    axes.set_yticks(y, [label(v, lang) for v in summary["variant"]])
    axes.set_xlabel(
        say(
            ("費用1円当たりの効果［円］（1を超えると効果が費用を上回る）", "yen back per yen spent (1 = paid back)"),
            lang,
        )
    )
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, fontsize=8)
    return figure


def with_ratio(study: Study) -> pd.DataFrame:
    """Return the summary of the levers that cost something and are meant to bring money back."""
    summary = parts(study)[0]
    return summary[summary["ratio"].notna() & (summary["variant"] != RELIEF)].reset_index(drop=True)


def feedback(study: Study, lang: Lang) -> Figure:
    """Return what the strength of the feedback does to the collection rate, year by year, with 95 % intervals."""
    t = study.effects()
    t = t[(t["measure"] == "collection_rate") & t["variant"].str.startswith(LOOP)]
    figure, axes = new_axes()
    axes.axhline(0, color="black", lw=1.2, label=say(("強さ 1（基準シナリオ）", "strength 1 (baseline)"), lang))
    for i, (variant, rows) in enumerate(t.groupby("variant", sort=False)):
        years = rows["year"].to_numpy()
        if rows["low"].notna().any():
            axes.fill_between(years, rows["low"] * 100, rows["high"] * 100, color=CYCLE[i], alpha=0.2, lw=0)
        axes.plot(years, rows["mean"] * 100, color=CYCLE[i], marker=MARKERS[i], ms=5, label=label(str(variant), lang))
    axes.set_xticks(sorted(t["year"].unique()), [era(int(y)) for y in sorted(t["year"].unique())])
    axes.set_ylabel(say(("収納率の変化［ポイント］", "change of the collection rate [points]"), lang))
    legend_above(axes)
    return figure


def interval(lang: Lang) -> str:
    return say(("平均の95％区間", "95 % interval of the mean"), lang)


def lever_table(study: Study, lang: Lang) -> Grid:
    """Return the levers of collection: effect in the last year, its interval and range, bill, money over all years."""
    last = era(int(study.runs["year"].max()))
    rows = [
        (
            _named(r.variant),
            r.rate,
            _span(r.low, r.high),
            _span(r.least, r.most),
            r.bill,
            r.back,
            r.spent,
        )
        for r in of_collection(study).itertuples()
    ]
    columns = (
        Column(("施策", "lever"), "text"),
        Column((f"収納率 {last}", f"collection rate {last}"), "share_change"),
        Column(("95％区間", "95 % interval")),
        Column(("範囲の両端", "ends of the range")),
        Column((f"1人当たり調定額 {last}", f"billed per insured {last}"), "yen_change"),
        Column(("収納の増", "collected"), "oku1_change"),
        Column(("費用の増", "cost"), "oku1_change"),
    )
    title = ("収納の施策の効果（基準シナリオとの差）", "Levers of collection against the baseline")
    return Grid(title, columns, rows, note=_note(study))


def money_table(study: Study, lang: Lang) -> Grid:
    """Return what a yen spent on each lever brings back, with its interval and range."""
    last = era(int(study.runs["year"].max()))
    rows = [
        (_named(r.variant), r.spent, r.back, _times(r.ratio), _times(r.ratio_low, r.ratio_high), _ends(r))
        for r in parts(study)[0].itertuples()
    ]
    columns = (
        Column(("施策", "lever"), "text"),
        Column((f"費用、{last}まで", f"spent, by {last}"), "oku1_change"),
        Column((f"効果、{last}まで", f"back, by {last}"), "oku1_change"),
        Column(("費用1円当たりの効果", "yen back per yen")),
        Column(("95％区間", "95 % interval")),
        Column(("範囲の両端", "ends of the range")),
    )
    return Grid(("費用1円当たりの効果", "Yen back per yen spent"), columns, rows, note=_MONEY)


def _times(*values: float) -> str:
    return "–" if any(v != v for v in values) else " … ".join(f"{round(v, 2) + 0.0:,.2f}" for v in values)


def _ends(row: NamedTuple) -> str:
    return _times(row.ratio_least, row.ratio_most)  # type: ignore[attr-defined]


def feedback_table(study: Study, lang: Lang) -> Grid:
    """Return what the strength of the feedback changes by the last year."""
    last = era(int(study.runs["year"].max()))
    rows = [
        (_named(r.variant), r.rate, _span(r.low, r.high), r.arrears, r.bill, r.back)
        for r in parts(study)[1].itertuples()
    ]
    columns = (
        Column(("負担が納付に及ぼす影響の強さ", "strength of the feedback"), "text"),
        Column((f"収納率 {last}", f"collection rate {last}"), "share_change"),
        Column(("95％区間", "95 % interval")),
        Column((f"滞納世帯割合 {last}", f"households in arrears {last}"), "share_change"),
        Column((f"1人当たり調定額 {last}", f"billed per insured {last}"), "yen_change"),
        Column(("収納の増、全期間", "collected, all years"), "oku1_change"),
    )
    return Grid(
        (
            "負担が納付に及ぼす影響の強さ（基準1との差）",
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
        f"{ja}、{n}組（同じ乱数で比較した差。区間はt分布）。両端は第1組のみで、効果の大きさを想定した範囲の両端に置いた場合。"
        f"収納と費用は全期間の計。{made}実行。",
        f"On {en}, {n} pairs that share their draws (Student's t). Ends of the range: first pair only, with the effect "
        f"size at the ends of its range. Collected and cost are sums over all years. Made {made}.",
    )


def study_beside(run: RunFolder) -> Study | None:
    """Return the newest study in the folder of results a run lies in, else the region's, of the run's scenario."""
    folder = newest(run.path.parent.parent) or kept(run.region.folder)
    study = _read(folder) if folder is not None else None
    return study if study is not None and study.about["scenario"] == run.manifest["scenario"] else None


@functools.lru_cache(maxsize=4)
def _read(folder: Path) -> Study | None:
    try:
        return Study.read(folder)
    except InputError:  # a study of an earlier version holds less; the report does without
        return None


def of_run(run: RunFolder) -> Study:
    study = study_beside(run)
    assert study is not None, "the section is shown beside a study only"
    return study


def _lead(run: RunFolder, lang: Lang) -> str:
    study = of_run(run)
    text = say(_LEAD, lang)
    digests = run.manifest["digests"]
    same = (study.about["code"], study.about["parameters"]) == (digests["code"], digests["parameters"])
    return text if same else text + say(_OTHER, lang)


_LEAD: Text = (
    "収納・医療費の施策を個別に、またはまとめて行った場合の、基準シナリオとの差と費用1円当たりの効果を示す。"
    "負担が重くなると納付が減り、翌年度以降の料率に反映される（負担と納付の循環）。その影響の強さは仮定であるため、"
    "影響なし・弱い・強い場合も示す。",
    "What the levers of collection and of care do against the baseline, one by one and together, and what a yen spent "
    "on them brings back. A heavier bill lowers payment, which raises next year's rates (the feedback). How strongly "
    "is assumed, so it is also switched off, halved and set to the upper end of its range.",
)
_OTHER: Text = (
    "この試算は、この報告書の計算とは異なる版のプログラムまたはパラメータによる。",
    " This study was made with another version of the code or the register than the run of this report.",
)
_SOURCE: Text = ("kokuho levers の結果", "results of kokuho levers")

_MONEY: Text = (
    "費用は徴収費用と保健事業費の増。効果は、収納の施策では収納（現年分・滞納繰越分）の増、"
    "医療費の施策では給付費の減と第三者納付金の増。"
    "いずれも保険者努力支援の増を含む。同じ年までに現れた分だけで、その後の効果は含まない。減免・"
    "徴収猶予は賦課を減らす施策であり、"
    "収納の減はその目的そのものである。",
    "Spent: more cost of collection and of health programmes. Back: of collection, what is collected more on current "
    "and carried-over claims; of care, benefits saved and more paid back by third parties; incentive money earned in "
    "both. Only what shows by the same year; what comes later is not in it. Relief waives bills: that less is "
    "collected is what it is for.",
)

FIGURES: tuple[tuple[str, Text, bool], ...] = (
    ("levers", ("施策の効果（収納率と費用）", "What the levers of collection do and cost"), True),
    ("yen_per_yen", ("費用1円当たりの効果", "Yen back per yen spent"), True),
    ("feedback", ("負担が納付に及ぼす影響の強さと収納率", "Strength of the feedback and the collection rate"), False),
)
DRAW = {"levers": effects, "yen_per_yen": yen_per_yen, "feedback": feedback}


def _drawing(name: str, title: Text, wide: bool) -> Drawing:
    make = DRAW[name]
    return Drawing(name, lambda run, lang: make(of_run(run), lang), title, _SOURCE, wide=wide)


SECTIONS = (
    Section(
        "levers",
        ("施策の効果、負担と納付の循環", "Levers and feedback"),
        _lead,
        figures=tuple(_drawing(*figure) for figure in FIGURES),
        tables=(
            lambda run, lang: lever_table(of_run(run), lang),
            lambda run, lang: money_table(of_run(run), lang),
            lambda run, lang: feedback_table(of_run(run), lang),
        ),
        when=lambda run: study_beside(run) is not None,
    ),
)


def draw(study: Study, folder: Path, lang: Lang) -> list[Path]:
    """Draw the figures of a study into its folder, SVG and PNG; return the paths of the SVG files."""
    about = study.about
    drawn = f"{about['scenario']}  {word('seed', lang, n=about['seed'])}"
    note = f"{word('source', lang)}: {say(_SOURCE, lang)}  |  {drawn}  "
    paths = []
    with matplotlib.rc_context(STYLE):
        for name, title, _ in FIGURES:
            path = folder / (f"{name}.svg" if lang == "ja" else f"{name}_{lang}.svg")
            footer = f"{note}1/{about['sample']}  ×{about['replicates']}  |  kokuho-sim"
            head, said = tagged(say(title, lang), about["sample"], lang), banner(about["sample"], lang)
            write_figure(DRAW[name](study, lang), head, footer, path, png=True, said=said)
            paths.append(path)
    return paths
