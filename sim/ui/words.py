"""The words of the page in Japanese and English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pandas as pd

from sim.reports.words import of_region

WORDS: dict[str, tuple[str, str]] = {
    "title": ("{region} 国民健康保険シミュレーション", "{region} National Health Insurance simulation"),
    "skip": (
        "本文へ移動",
        "Skip to the results",
    ),
    "other_language": ("English", "日本語"),
    "scenarios": (
        "1. シナリオ",
        "1. Scenarios",
    ),
    "scenarios_hint": (
        "基準（現行制度）と比べるものを選ぶ",
        "choose what to compare with the baseline",
    ),
    "own": (
        "2. 条件を変える",
        "2. Change what you like",
    ),
    "own_hint": (
        "動かした項目だけが土台のシナリオと異なる。",
        "It differs from its base only where you move something.",
    ),
    "own_use": (
        "条件を変えたシナリオを計算する",
        "run the changed scenario",
    ),
    "own_name": (
        "名前（英数字と _ -）",
        "Name (letters, digits, _ -)",
    ),
    "own_base": (
        "土台とするシナリオ",
        "Starting from",
    ),
    "since": ("開始年度", "From fiscal year"),
    "where": ("適用する{municipalities}", "Where"),
    "everywhere": ("{region}全域", "all of {region}"),
    "where_hint": ("全国・{level}で一律の項目は全域に適用", "what is uniform by law applies everywhere"),
    "size": ("標本の大きさ", "Sample"),
    "sample_400": ("世帯の1/400（数秒・粗い）", "1 in 400 households (seconds, rough)"),
    "sample_100": (
        "世帯の1/100（20秒以内）",
        "1 in 100 households (within 20 seconds)",
    ),
    "sample_20": ("世帯の1/20（1分前後）", "1 in 20 households (about a minute)"),
    "sample_1": ("{level}民全員（1～数分・メモリ4GB）", "full population (one to several minutes, 4 GB of memory)"),
    "run": ("計算する", "Run"),
    "stop": ("中止", "Stop"),
    "waiting": ("待機中", "waiting"),
    "running": ("計算中", "running"),
    "done": ("完了", "done"),
    "failed": ("失敗", "failed"),
    "stopped": ("中止しました", "stopped"),
    "nothing": (
        "基準の計算が終わると表示します。",
        "Shown as soon as the baseline is done.",
    ),
    "area": (
        "表示する{municipalities}",
        "Municipality shown",
    ),
    "whole": ("{region}（全体）", "{region} (whole)"),
    "models": ("モデル世帯", "Model households"),
    "measure": ("指標", "Measure"),
    "year": ("年度", "Fiscal year"),
    "scenario": ("シナリオ", "Scenario"),
    "municipality": ("{municipalities}", "Municipality"),
    "search": ("{municipalities}名でしぼり込む", "Filter by name"),
    "versus": (
        "{name}：{era}年度は基準に比べ {text}",
        "{name}: {text} against the baseline in {era}",
    ),
    "small_note": (
        "※ 標本が小さく参考値。標本を大きくして確かめること。",
        "※ too few households in the sample to tell; take a larger sample.",
    ),
    "small_note_level": (
        "※ シナリオによる差は1/{n}標本によるもので、世帯の少ない{municipalities}では参考値。",
        "※ differences to the baseline are of a 1/{n} sample: too few households there to tell.",
    ),
    "small_note_full": (
        "※ 被保険者数が少なく、年ごとの振れが大きい{municipalities}。",
        "※ few insured, so figures vary much from year to year.",
    ),
    "banner": (
        "標本による試算：世帯の1/{n}だけを計算した値で、標本誤差がある（小さい{municipalities}ほど大きい）。資料や公表には{level}民全員の計算を用いること。",
        "Sample: computed from 1 in {n} households, so every figure has sampling error, most in small municipalities. "
        "For figures to be used or published, run the full population.",
    ),
    "banner_told": (
        "{municipalities}の総数は、全員計算の基準の総数に合わせてある。",
        "Totals of municipalities are those of the full run of the baseline.",
    ),
    "which_run": (
        "表示中の計算：{size}・乱数の種 {seed}（組 {replicate}）・{first}～{last}年度・プログラム {code}",
        "Runs shown: {size}, seed {seed}, replicate {replicate}, {first}-{last}, code {code}",
    ),
    "which_round": ("表示する計算", "Runs shown"),
    "round_of": ("計算{number}（{size}）：{names}", "Run {number} ({size}): {names}"),
    "round": ("計算{number}（{size}）", "Run {number} ({size})"),
    "size_n": ("1/{n}標本", "1/{n} sample"),
    "size_1": ("{level}民全員", "full population"),
    "in_queue": (
        "順番待ち：先に{ahead}件の計算があります。終わりしだい始まります。",
        "In the queue: {ahead} runs come first; it begins when they are finished.",
    ),
    "queued": ("順番待ちに入れました。先の計算はそのまま続きます。", "Queued. The runs before it go on."),
    "under_way": ("同じ計算がすでに実行中です。", "The same runs are under way already."),
    "broken_file": ("読めないシナリオ：{name}", "Cannot be read: {name}"),
    "close": ("閉じる", "Close"),
    "no_such_place": (
        "「{text}」に当たる{municipalities}が一つに決まりません。{municipalities}名・ローマ字・コードで入力するか、一覧から選んでください。",
        "'{text}' is not one municipality of {region}. Type its name or code, or choose from the list.",
    ),
    "terminal": ("kokuho ui を起動した端末の表示", "the terminal in which kokuho ui was started"),
    "trouble_killed": (
        "計算プロセスが途中で強制終了されました（多くはメモリ不足）。結果は失われましたが、ページはそのまま使えます。"
        "標本を小さくするか、ほかのプログラムを閉じて、もう一度「計算する」を押してください。ログ：{log}",
        "The process of the run was killed, most often because memory ran out. Its result is lost, the page goes on. "
        "Take a smaller sample or close other programs, and press Run again. Log: {log}",
    ),
    "trouble_memory": (
        "メモリが足りません。標本を小さくするか、ほかのプログラムを閉じて、もう一度「計算する」を押してください。",
        "Memory does not suffice. Take a smaller sample or close other programs, and press Run again.",
    ),
    "trouble_outside": (
        "{text}。ファイルやディスクを確かめて、もう一度試してください。",
        "{text}. Check the file or the disk and try again.",
    ),
    "trouble_defect": (
        "プログラムの不具合です：{text}。ログ：{log}",
        "A defect of the program: {text}. Log: {log}",
    ),
    "search_scenario": (
        "シナリオの検索（例：口座振替、統一）",
        "Search scenarios (e.g. transfer, alpha)",
    ),
    "no_scenario": (
        "該当するシナリオはありません。",
        "No scenario found.",
    ),
    "own_more": (
        "計算の設定（名前・土台・開始年度・地域・標本）",
        "Settings (name, base, first year, area, sample)",
    ),
    "own_short": (
        "条件を変えたシナリオ",
        "the changed scenario",
    ),
    "put_back": (
        "元に戻す：{what}",
        "Put back: {what}",
    ),
    "will_run": (
        "計算するもの：{what}（{size}、基準と同じ乱数で比較）",
        "Will run: {what} ({size}, same draws as the baseline)",
    ),
    "will_run_base": (
        "シナリオを選ぶか条件を変えると、基準との差を計算できます。",
        "Choose a scenario or move a lever to work out its effect.",
    ),
    "everybody": (
        "{level}民全員で計算する（1～数分・メモリ4GB）",
        "Run everybody (one to several minutes, 4 GB of memory)",
    ),
    "preparing": (
        "準備中",
        "preparing",
    ),
    "year_now": (
        "（{era}年度）",
        " {era}",
    ),
    "opening": (
        "基準（現行制度）を標本で計算しています。終わりしだい表示します。",
        "A sample of the baseline is being run; its figures appear as soon as it is done.",
    ),
    "nobody": (
        "標本にこの{municipalities}の被保険者がいないため表示できません。",
        "The sample holds nobody of this municipality.",
    ),
    "choose_place": (
        "{municipalities}を選んでください",
        "Choose your municipality",
    ),
    "choose_place_hint": (
        "すべての画面がこの{municipalities}の表示になります。右上の欄でいつでも変えられます。次回はここで選んだ{municipalities}で開きます。",
        "All of the page follows it. It can be changed at the top at any time, and opens here again next time.",
    ),
    "drawer": (
        "シナリオと条件",
        "Scenarios and levers",
    ),
    "level_note": (
        "シナリオは世帯の1/{n}標本で基準と同じ乱数により計算し、"
        "基準との差を全員計算の基準の値に加えた（kokuho compare と同じ方法）。",
        "Scenarios were run on 1 in {n} households with the draws of the baseline; their difference to it is added to "
        "the figures of the full run (as kokuho compare does).",
    ),
    "dot_sources": (
        "公表値の出典",
        "Sources of the published values",
    ),
    "gap_of": (
        "{name}：基準との差",
        "{name}: difference to the baseline",
    ),
    "models_of": (
        "{name}のモデル世帯",
        "Model households in {name}",
    ),
    "file_name": (
        "ファイル名：{name}",
        "File: {name}",
    ),
    "file_of_sample": (
        "このシナリオの報告書・Excelは1/{n}標本の値です。",
        "Report and workbook of this scenario are of a 1/{n} sample.",
    ),
    "projection": ("推計", "projection"),
    "range_of": ("{name}（90％区間）", "{name} (90 % range)"),
    "range_note": (
        "帯と各シナリオの下の行は推計の幅（90％区間）：公表された実績に合うパラメータの組と乱数による。"
        "差の幅は kokuho compare で求める。",
        "Bands, and the lines below those of the scenarios, are 90 % ranges: parameter sets that meet the published "
        "results, and noise. kokuho compare works out the ranges of differences.",
    ),
    "noise_note": (
        "同じ人に同じ乱数を用いて比べるため差は安定するが、モデルの不確実性は残る。",
        "Scenarios share draws person by person, so differences are steady; the model's own uncertainty remains.",
    ),
    "description": ("内容", "Description"),
    "expectation": ("予想", "Expectation"),
    "changes": ("変更点", "Changes"),
    "file": ("シナリオファイル", "Scenario file"),
    "save_file": ("シナリオファイルを保存", "Save the scenario file"),
    "save_csv": ("CSVを保存（年度×{municipalities}）", "Save CSV (year × municipality)"),
    "save_excel": ("Excelを保存", "Save Excel"),
    "save_report": ("報告書（HTML）を保存", "Save the report (HTML)"),
    "save_hint": (
        "CSVはExcelで開ける文字コード（UTF-8 BOM付き）です。実行フォルダ: {path}",
        "The CSV opens in Excel (UTF-8 with BOM). Run folder: {path}",
    ),
    "working": ("作成しています…", "Making it …"),
    "bad_name": (
        "「計算の設定」の名前「{name}」は使えません。英数字と _ - だけで、既存のシナリオと別の名前にしてください",
        "The name '{name}' (under Settings) will not do: use letters, digits, _ and -, and no name in use",
    ),
    "none_moved": (
        "動かした項目：なし",
        "Nothing has been moved",
    ),
    "collection_rate": ("現年分収納率", "Current-year collection rate"),
    "members_average": ("被保険者数（年度平均）", "Insured (yearly average)"),
    "contribution_per_member": ("被保険者1人当たり納付金（全被保険者）", "Contribution over all insured"),
    "billed_per_member": ("1人当たり調定額", "Bill per insured"),
    "benefit_per_member": ("1人当たり保険給付費", "Benefits per insured"),
    "discretionary_transfer": ("法定外繰入（決算補填等目的）", "Discretionary transfer"),
    "discretionary_per_member": ("1人当たり法定外繰入", "Discretionary transfer per insured"),
    "arrears_closing": ("滞納繰越額", "Arrears carried over"),
    "arrears_households": ("滞納世帯", "Households in arrears"),
    "fund": ("基金残高", "Reserve fund"),
    "income": ("所得割", "on income"),
    "portion_medical": ("医療分", "medical"),
    "portion_support": ("支援金分", "support"),
    "portion_care": ("介護分", "care"),
    "portion_child": ("子ども分", "childcare"),
    "household": ("世帯", "Household"),
    "models_note": (
        "その{municipalities}の料率で同じ世帯が払う年額。世帯は kokuho models --copy で書き換えられます。"
        "料率は幅を求めた計算に残していないため、推計の幅はありません。",
        "What the same household pays a year under the municipality's rates. Edit them: kokuho models --copy. "
        "They have no ranges: the ensemble kept no rates.",
    ),
    "total": ("年額（円）", "Yearly bill (yen)"),
}

UNITS: dict[str, tuple[str, str, float, int]] = {
    "share": ("％", "%", 0.01, 2),
    "persons": ("人", "persons", 1, 0),
    "households": ("世帯", "households", 1, 0),
    "yen/person": ("円", "yen", 1, 0),
    "yen": ("億円", "100 M yen", 1e8, 1),
    "million yen": ("百万円", "million yen", 1e6, 0),
}
"""Unit -> its name in Japanese and English, what a value is divided by, and decimals shown."""


def unit_in(unit: str, *, whole: bool) -> str:
    """Return the unit a measure is shown in: sums of the prefecture in 億円, of its municipalities in 百万円."""
    return "million yen" if unit == "yen" and not whole else unit


def word(key: str, lang: str, **values: object) -> str:
    """Return the text of a key in a language."""
    return pick(WORDS[key], lang).format(**values)


class Speaks:
    """Says the words of a table in one language."""

    lang: str
    words: ClassVar[Mapping[str, tuple[str, str]]] = WORDS

    def say(self, key: str, **values: object) -> str:
        """Return the text of a key, with values filled in."""
        return pick(self.words[key], self.lang).format(**values)


def pick(pair: tuple[str, str], lang: str) -> str:
    """Return the Japanese or the English of a pair, with the words of the region in force."""
    return of_region(pair[0], "ja") if lang == "ja" else of_region(pair[1], "en")


def shown(value: float | None, unit: str, sign: bool = False) -> str:
    """Return a figure of a unit as people write it, "–" where there is none."""
    if value is None or pd.isna(value):
        return "–"
    _, _, scale, decimals = UNITS[unit]
    rounded = round(value / scale, decimals)
    if sign and rounded == 0:
        return f"±{0:.{decimals}f}"
    return f"{rounded + 0.0:{'+' if sign else ''},.{decimals}f}"


def unit_name(unit: str, lang: str) -> str:
    ja, en, _, _ = UNITS[unit]
    return ja if lang == "ja" else en
