"""The words of reports in Japanese and English, by key."""

from __future__ import annotations

from typing import Literal

from sim.parameters import regions

Lang = Literal["ja", "en"]
Text = tuple[str, str]
"""a text in Japanese and in English"""

WORDS: dict[str, tuple[str, str]] = {
    "title": (
        "{region}の国民健康保険 シミュレーション結果",
        "National Health Insurance of {region}: simulation result",
    ),
    "scenario": ("シナリオ", "Scenario"),
    "made": ("作成", "Made"),
    "seed": ("乱数の種 {n}", "seed {n}"),
    "backtest": ("過去の時点からの推計と実績の比較", "Did it forecast?"),
    "backtest_lead": (
        "各時点で公表されていた数値だけを用いて翌年度以降を推計し、その後の公表値と比べた。誤差の大きいものから並べる。"
        "*は、後に公表された値に合わせたパラメータを用いているもの。モデルの版: {version}。",
        "Forecasts with nothing known that was published after the date, beside what was published since; "
        "misses first. * marks figures behind which a parameter fitted to something later stands. "
        "Version of the model: {version}.",
    ),
    "backtest_head": (
        "項目,時点,年度,公表値,推計値,90％区間,直近値,誤差",
        "item,as of,year,published,forecast,90 % interval,last value,error",
    ),
    "known_later": (
        "情報基準日より後に公表されたが、例外として用いているもの",
        "Published after the information date, used all the same",
    ),
    "as_of": ("情報基準日", "Information date"),
    "sample_all": ("{level}民全員（1人ずつ）", "every resident of {region}, one by one"),
    "sample_part": ("世帯の1/{n}標本（重み{n}）", "a sample of one household in {n}, each standing for {n}"),
    "told": (
        "市町村と{level}の総数は全世帯の基準シナリオの水準に合わせてある",
        "totals of municipalities and the prefecture on the level of the full baseline",
    ),
    "appendix": ("付録：", "Appendix:"),
    "headline": ("主な結果", "Headline figures"),
    "published": ("公表値", "published"),
    "simulated": ("推計値", "simulated"),
    "validation": ("公表値との比較", "Beside published figures"),
    "validation_lead": (
        "公表されている数値をすべて並べ、外れたものも示す。「適合」はその数値に合わせて推定したパラメータがあるもの、"
        "「検証」は推定に用いていないもの。標本による計算では、許容幅に標本の誤差を含む項目がある。",
        "Every published figure we have, misses included. 'fitted' means a parameter was estimated on it, 'held out' "
        "that it was used nowhere. In a sample some bands include its noise.",
    ),
    "municipalities": ("{municipalities}別（{era}年度）", "By municipality ({era})"),
    "limits": ("読み方と限界", "How to read this, and what it cannot say"),
    "role": ("区分", "role"),
    "fitted": ("適合", "fitted"),
    "held_out": ("検証", "held out"),
    "input": ("設定", "input"),
    "goal": ("目標", "goal"),
    "context": ("参考", "context"),
    "not_simulated": ("対象外", "not simulated"),
    "item": ("項目", "item"),
    "year": ("年度", "year"),
    "difference": ("差", "difference"),
    "band": ("許容幅", "band"),
    "hit": ("許容範囲内", "within"),
    "miss": ("許容範囲外", "outside"),
    "code": ("コード", "code"),
    "name": ("{municipalities}", "municipality"),
    "residents": ("住民（4月1日）", "residents (1 April)"),
    "members_average": ("被保険者（年度平均）", "insured (average)"),
    "members_end": ("被保険者（年度末）", "insured (year end)"),
    "households_end": ("被保険世帯（年度末）", "insured households (year end)"),
    "share_65_plus": ("65〜74歳の割合", "share aged 65-74"),
    "base_income_per_member": ("1人当たり旧ただし書き所得", "base income per insured"),
    "benefit": ("保険給付費", "benefits"),
    "benefit_per_member": ("1人当たり給付費", "benefits per insured"),
    "contribution": ("納付金", "contributions"),
    "contribution_per_head": ("1人当たり納付金", "contribution per head"),
    "alpha": ("医療費指数反映係数 α", "medical-cost reflection α"),
    "standard_premium_per_head": ("1人当たり保険料算定額", "standard premium per head"),
    "billed": ("現年分調定額", "billed"),
    "billed_per_member": ("1人当たり調定額", "billed per insured"),
    "premium_per_member": ("1人当たり保険料 医療+支援", "premium per insured, medical + support"),
    "collected": ("現年分収納額", "collected"),
    "collection_rate": ("現年分収納率", "collection rate"),
    "arrears_households": ("滞納世帯", "households in arrears"),
    "arrears_household_share": ("滞納世帯割合", "share of households in arrears"),
    "collection_rate_carried": ("滞納繰越分収納率", "collection rate, carried over"),
    "arrears_opening": ("年度当初", "start of the year"),
    "arrears_billed": ("当年度調定", "billed"),
    "arrears_collected": ("収納", "collected"),
    "arrears_written_off": ("不納欠損", "written off"),
    "italics": ("斜体の行は{why}。", "Rows in italics: {why}."),
    "plus_minus": ("±（95%）", "± (95 %)"),
    "arrears_closing": ("滞納繰越額", "arrears carried over"),
    "carried_over_rate": ("滞納繰越分収納率", "collection rate of claims carried over"),
    "collection_cost": ("徴収費用", "cost of collection"),
    "arrears_per_cost": ("徴収費用1円当たりの滞納繰越分収納額", "claims carried over collected per yen of cost"),
    "discretionary_transfer": ("法定外繰入（決算補填等目的）", "discretionary transfer"),
    "other_discretionary": ("法定外繰入（決算補填等以外）", "transfer for other purposes"),
    "deficit_insurers": ("単年度収支差が赤字の{municipalities}", "municipalities with a single-year deficit"),
    "discretionary_municipalities": ("法定外繰入のある{municipalities}", "municipalities with such a transfer"),
    "male": ("男", "male"),
    "female": ("女", "female"),
    "persons_10k": ("万人", "10,000 persons"),
    "oku": ("億円", "100 million yen"),
    "yen": ("円", "yen"),
    "share": ("割合", "share"),
    "count": ("{municipalities}数", "municipalities"),
    "goal_line": ("目標 R8: 35、R11: 18", "goal R8: 35, R11: 18"),
    "source": ("出典", "Source"),
    "unit": ("単位", "unit"),
    "sources": ("出典の一覧", "All sources"),
    "age": ("年齢", "age"),
    "verdict": ("判定", "verdict"),
    "points": ("ポイント", "points"),
    "skip": ("本文へ", "Skip to the text"),
    "contents": ("目次", "Contents"),
    "summary": ("要点", "In short"),
    "goal_met": ("達成", "met"),
    "goal_missed": ("未達", "not met"),
    "made_with": ("作成", "Made with"),
    "foreign_of": ("（外国人）", ", foreign"),
    "joined": ("加入", "joined"),
    "left_scheme": ("脱退", "left"),
    "standard": ("標準保険料率", "standard rate"),
    "actual": ("実際の料率", "actual rate"),
    "income_part": ("所得割（医療＋支援）", "income part (medical + support)"),
    "per_head_part": ("均等割（医療＋支援）", "per head (medical + support)"),
    "burden": ("所得に対する保険料の割合", "bill as a share of income"),
    "per_member_yen": ("被保険者1人当たり（円）", "yen per insured"),
    "places_counter": ("団体", " places"),
    "interval_of_runs": ("{n}回の計算の80％区間（10〜90％点）", "80 % interval of {n} runs (10th to 90th percentile)"),
    "range_of_runs": ("{n}回の計算の幅（最小〜最大）", "range of {n} runs (lowest to highest)"),
    "points_short": ("pt", " pt"),
    "comparison": ("シナリオの比較", "Scenarios side by side"),
    "sure": ("偶然の変動を超える", "more than noise"),
    "unsure": ("偶然の変動の範囲内", "within noise"),
    "unclear": ("判定できない", "cannot be told"),
    "range_of_places": ("{municipalities}の幅", "range of municipalities"),
    "man_yen": ("万円", "10,000 yen"),
    "projection": ("推計", "projection"),
}


FIGURE_WORDS: dict[str, Text] = {
    "figure": ("図", "figure"),
    "keys": (
        "矢印キーで値を読み、＋・−で拡大・縮小、0で元に戻す。",
        "Arrow keys read the values, + and - zoom, 0 shows all.",
    ),
    "legend": ("凡例（押すと表示・非表示を切り替え）", "Legend (press to show or hide)"),
    "zoom_in": ("拡大", "Zoom in"),
    "zoom_out": ("縮小", "Zoom out"),
    "zoom_off": ("全体を表示", "Show all"),
    "csv": ("図の数値をCSVで保存", "Save the figures as CSV"),
}
"""what the script of the page says of figures"""


def of_region(text: str, lang: Lang) -> str:
    """Return a text with the words of the region in force filled in (`sim.parameters.regions.Region.worded`)."""
    return regions.read(regions.current()).worded(text, int(lang == "en")) if "{" in text else text


def say(text: Text, lang: Lang, **values: object) -> str:
    """Return one language of a text, {region}, {level} and {municipalities} filled in by the region in force."""
    chosen = of_region(text[0 if lang == "ja" else 1], lang)
    return chosen.format(**values) if values else chosen


def word(key: str, lang: Lang, **values: object) -> str:
    """Return the text of a key in a language."""
    return say(WORDS[key], lang, **values)
