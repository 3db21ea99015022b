"""The words of reports in Japanese and English, by key."""

from __future__ import annotations

from typing import Literal

Lang = Literal["ja", "en"]

WORDS: dict[str, tuple[str, str]] = {
    "title": ("東京都の国民健康保険 シミュレーション結果", "Tokyo's National Health Insurance: simulation result"),
    "scenario": ("シナリオ", "Scenario"),
    "made": ("作成", "Made"),
    "sample_all": ("都民全員（1人ずつ）", "every resident of Tokyo, one by one"),
    "sample_part": ("世帯の1/{n}標本（重み{n}）", "a sample of one household in {n}, each standing for {n}"),
    "headline": ("主な結果", "Headline figures"),
    "published": ("公表値", "published"),
    "simulated": ("推計値", "simulated"),
    "figures": ("図", "Figures"),
    "validation": ("公表値との比較", "Beside published figures"),
    "validation_lead": (
        "公表されている数値をすべて並べ、外れたものも示す。「適合」はその数値に合わせて推定したパラメータがあるもの、"
        "「検証」はどこにも使っていないもの。",
        "Every published figure we have, misses included. 'fitted' means a parameter was estimated on it, 'held out' "
        "that it was used nowhere.",
    ),
    "municipalities": ("区市町村別（{era}年度）", "By municipality ({era})"),
    "small": ("標本が小さく参考値", "too few in the sample to tell"),
    "limits": ("読み方と限界", "How to read this, and what it cannot say"),
    "limits_text": (
        "令和4〜7年度は公表値のある期間、令和8年度以降は投影である。個々の区市町村の数値は、公表の率がない場合には補完値"
        "（imputed）に基づく。モンテカルロ誤差とパラメータの不確実性は、反復と感度分析で確かめること。",
        "R4 to R7 is the period with published results, R8 onward is projection. A municipality without published "
        "rates of its own rests on imputed ones. Look at replicates and sensitivity before trusting small differences.",
    ),
    "sources_text": (
        "出典: 都国保運営協議会資料、決算カード、住民基本台帳、国勢調査ほか（kokuho sources で全件）。",
        "Sources: Tokyo 国保 council papers, settlement cards, resident register, census and others "
        "(all: kokuho sources).",
    ),
    "role": ("区分", "role"),
    "fitted": ("適合", "fitted"),
    "held_out": ("検証", "held out"),
    "input": ("設定", "input"),
    "goal": ("目標", "goal"),
    "not_simulated": ("対象外", "not simulated"),
    "item": ("項目", "item"),
    "year": ("年度", "year"),
    "difference": ("差", "difference"),
    "band": ("許容幅", "band"),
    "hit": ("幅の内", "within"),
    "miss": ("幅の外", "outside"),
    "code": ("コード", "code"),
    "name": ("区市町村", "municipality"),
    "residents": ("住民（4月1日）", "residents (1 April)"),
    "members_average": ("被保険者（年度平均）", "insured (average)"),
    "members_end": ("被保険者（年度末）", "insured (year end)"),
    "households_end": ("被保険世帯（年度末）", "insured households (year end)"),
    "share_65_plus": ("65〜74歳の割合", "share aged 65-74"),
    "base_income_per_member": ("1人当たり旧ただし書き所得（円）", "base income per insured (yen)"),
    "benefit": ("保険給付費（億円）", "benefits (100 M yen)"),
    "benefit_per_member": ("1人当たり給付費（円）", "benefits per insured (yen)"),
    "contribution": ("納付金（億円）", "contributions (100 M yen)"),
    "contribution_per_head": ("1人当たり納付金（円）", "contribution per head (yen)"),
    "alpha": ("医療費指数反映係数 α", "medical-cost reflection α"),
    "standard_premium_per_head": ("1人当たり保険料算定額（円）", "standard premium per head (yen)"),
    "billed": ("現年分調定額（億円）", "billed (100 M yen)"),
    "billed_per_member": ("1人当たり調定額（円）", "billed per insured (yen)"),
    "premium_per_member": ("1人当たり保険料 医療+支援（円）", "premium per insured, medical + support (yen)"),
    "collected": ("現年分収納額（億円）", "collected (100 M yen)"),
    "collection_rate": ("現年分収納率", "collection rate"),
    "arrears_households": ("滞納世帯", "households in arrears"),
    "arrears_household_share": ("滞納世帯割合", "share of households in arrears"),
    "arrears_closing": ("滞納繰越額（億円）", "arrears carried over (100 M yen)"),
    "discretionary_transfer": ("法定外繰入（億円）", "discretionary transfer (100 M yen)"),
    "discretionary_municipalities": ("法定外繰入のある区市町村", "municipalities with such a transfer"),
    "fig_members": ("被保険者数と65〜74歳の割合", "Insured, and the share aged 65-74"),
    "fig_collection": ("現年分収納率", "Current-year collection rate"),
    "fig_money": ("給付費・納付金・調定額", "Benefits, contributions, bills"),
    "fig_premium": ("1人当たり：算定額と実際の調定額", "Per head: standard premium and actual bill"),
    "fig_transfer": ("法定外繰入と実施区市町村数", "Discretionary transfers and municipalities"),
    "fig_pyramid": ("被保険者の年齢構成（{era}年度末）", "Age of the insured (end of {era})"),
    "fig_tiles": ("区市町村別の現年分収納率（{era}年度）", "Collection rate by municipality ({era})"),
    "male": ("男", "male"),
    "female": ("女", "female"),
    "persons_10k": ("万人", "10,000 persons"),
    "oku": ("億円", "100 million yen"),
    "yen": ("円", "yen"),
    "share": ("割合", "share"),
    "count": ("区市町村数", "municipalities"),
    "goal_line": ("目標 R8: 35、R11: 18", "goal R8: 35, R11: 18"),
    "projection": ("投影", "projection"),
}


def word(key: str, lang: Lang, **values: object) -> str:
    """Return the text of a key in a language."""
    return WORDS[key][0 if lang == "ja" else 1].format(**values)
