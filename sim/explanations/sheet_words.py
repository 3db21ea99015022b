"""How the lines of the calculation sheet say where a value comes from, in Japanese.

The lines themselves (`chain.explain`) are the same in any language: symbols, formulas and units are names. Here those
of them that are words get their Japanese, for the terminal and the workbook.
"""

from __future__ import annotations

import pandas as pd

from sim.core import language
from sim.scenario.labels import UNITS_JA

FORMULAS_JA = {
    "-(1/4 + 1/4) of the object": "-（1/4＋1/4）×対象額",
    "-32 % of the base": "-対象額の32％",
    "-9 % of the base, first part": "-対象額の9％（1号）",
    "-drawn": "-基金取崩額",
    "-finance.child_grant x children": "-finance.child_grant×子どもの数",
    "-max(0, demand - theoretical revenue)": "-max(0, 調整対象需要額-調整対象収入額)",
    "-moved in the nation x part in its normal grant": "-全国の振替額×普通調整交付金の割合",
    "-object above 4.2 million": "-420万円を超える対象額",
    "-points x value of a point x n, each of the three indicators from its own pot": (
        "-点数×単価×n（3指標それぞれの財源による）"
    ),
    "-returned surplus": "-剰余金の充当額",
    "-share x b2l": "-割合×b2l",
    "1 without pooling": "統一しない場合は1",
    "2 x third x standard price x persons + share of other programmes": "2×1/3×基準単価×人数＋その他の保健事業×割合",
    "3-year mean per insured x n": "1人当たりの3年平均×n",
    "3/4 of the rise d_new - d_old": "増加額（d_new-d_old）の3/4",
    "8/10 of remissions from 3 % of the premiums on": "保険料の3％以上の減免額の8/10",
    "B - individual items": "B-個別に加減する項目",
    "C / sum of provisional c": "C÷仮のcの合計",
    "actual - provisional": "確定-概算",
    "alpha and items of last year": "前年度のαと項目による",
    "assumed path": "仮定した推移",
    "benefits x (1 - public money - premiums)": "給付費×（1-公費-保険料）",
    "budget of R6 x growth x fee revisions": "R6予算×伸び×診療報酬改定",
    "by order; from R8 premiums and support grow alike": "政令による。R8からは保険料と支援金の伸びを揃える",
    "c + individual items": "c＋個別に加減する項目",
    "classes x 3, 2, 1割, less ceilings": "所得区分別の1〜3割負担から高額療養費を除く",
    "cost - other public money": "費用-その他の公費",
    "counted, or grown": "実数、または伸び率による",
    "d + costs - revenue": "d＋個別の経費-個別の収入",
    "d_new - ease + pool": "d_new-激変緩和＋共同負担",
    "decision": "決定した料率",
    "deficits covered / years": "赤字補塡額÷年数",
    "finance.health_programme_per_member x n + checks, guidance and more reach": (
        "finance.health_programme_per_member×n＋健診・保健指導と対象の拡大"
    ),
    "finance.moved_share x base": "finance.moved_share×対象額",
    "finance.review_fee x receipts": "finance.review_fee×レセプト件数",
    "flat x heads + rate x income": "均等割×人数＋所得割率×所得",
    "forecast": "推計",
    "individual item": "個別に加減する項目",
    "latest actual rate": "直近の収納率",
    "latest result": "直近の実績",
    "loss per child x school children + other x n": "就学児1人当たり×就学児数＋その他×n",
    "mean income / national mean": "平均所得÷全国平均所得",
    "mean of actual / age-standard cost": "年齢調整後の医療費指数（3年平均）",
    "mean of three past years of the object - part of the subsidy": "過去3年の対象額の平均-国庫補助",
    "mean premium x relieved x 15, 14, 13 %": "平均保険料×軽減対象者×15・14・13％",
    "notified, else the last notified x the rule's growth": "通知額。通知がない年度は直近の通知額×算定式の伸び",
    "people x cost x (1 - own share)": "人数×医療費×（1-自己負担割合）",
    "per insured of the nation x factors (relief, ages, beds)": "全国の1人当たり×3要素（軽減、年齢、病床）",
    "points x value x n": "点数×単価×n",
    "pooling of costs, revenue and collection": "経費・収入・収納率の共同負担",
    "settlement": "決算",
    "share of the premiums lost": "減収した保険料の割合",
    "sum of a and b": "aとbの合計",
    "support / members": "支援金÷被保険者数",
    "target rate reached, projects, the rest by insured": "目標収納率の達成分、事業分、残りは被保険者数割",
    "waived per-head levy / adults": "免除した均等割÷18歳以上の被保険者数",
    "yearly average, forecast": "年度平均（推計）",
}
"""formulas that hold words; those of symbols alone stand as they are"""
SOURCES_JA = {"simulation": "シミュレーション", "assumption": "仮定"}


def in_language(lines: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return lines of `chain.explain` with formula, unit and source as they are shown in a language."""
    if lang != language.JA:
        return lines
    return lines.assign(
        formula=lines["formula"].map(lambda text: FORMULAS_JA.get(text, text)),
        unit=lines["unit"].map(lambda text: "指数" if text == "index" else UNITS_JA.get(text, text)),
        source=lines["source"].map(lambda text: SOURCES_JA.get(text, text)),
    )
