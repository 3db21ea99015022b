"""What parameters, their units and their status are called in Japanese; English stands in their passports."""

from __future__ import annotations

UNITS_JA: dict[str, str] = {
    "yen": "円",
    "yen/person": "円/人",
    "yen/household": "円/世帯",
    "yen/year": "円/年",
    "yen/month": "円/月",
    "persons": "人",
    "households": "世帯",
    "share": "割合",
    "count": "数",
    "points": "ポイント",
    "percentage points": "ポイント",
    "coefficient": "係数",
    "ratio": "割合",
    "years": "年",
    "months": "月",
    "cases": "件",
    "ppm": "百万分率",
    "per million": "百万分率",
    "1/1,000,000": "百万分率",
    "yes/no": "該当の有無",
    "municipalities": "団体",
    "1/year": "毎年",
    "share/year": "割合/年",
    "person": "人",
    "million yen": "百万円",
    "days": "日",
    "age": "歳",
    "probability": "確率",
    "probability/year": "確率/年",
    "yen/person/year": "円/人・年",
    "yen/household/year": "円/世帯・年",
    "yen/member/year": "円/被保険者・年",
    "yen/receipt": "円/件",
    "yen/death": "円/件",
    "yen/birth": "円/件",
    "1,000 yen/year": "千円/年",
    "log-odds": "対数オッズ",
    "log-odds/year": "対数オッズ/年",
    "log-odds per log unit": "対数オッズ/対数単位",
    "log sd": "対数の標準偏差",
    "log/sd": "対数/標準偏差",
    "sd": "標準偏差",
    "factor": "倍率",
    "rate": "率",
    "percent": "％",
    "true/false": "真偽",
    "0/1": "0か1",
    "choice": "選択",
    "text": "文字",
    "number": "数",
    "fiscal year": "年度",
    "year": "年",
    "per year": "年当たり",
    "per 1,000,000 a year": "百万分率/年",
    "elasticity": "弾性値",
    "correlation": "相関係数",
    "1/1,000,000 of fixed-asset tax": "固定資産税の百万分率",
    "1/1,000,000 of base income": "旧ただし書き所得の百万分率",
    "tenths": "割",
    "share of households": "世帯の割合",
    "share of arriving households": "転入世帯の割合",
    "month of the fiscal year": "年度の月",
    "years, exponent": "年（指数）",
    "yyyymm": "年月",
}
"""units of the register and of tables"""

STATUS_JA: dict[str, str] = {
    "law": "法令",
    "published": "公表",
    "derived": "公表値から算出",
    "secondary": "二次資料",
    "estimated": "推定",
    "assumed": "仮定",
    "imputed": "補完",
}
"""where a number comes from"""

LABELS_JA: dict[str, str] = {}
"""labels of parameters by key"""


def label_ja(key: str, label: str) -> str:
    """Return what a parameter is called in Japanese; its English label where nobody has said it yet."""
    return LABELS_JA.get(key, " ".join(label.split()))
