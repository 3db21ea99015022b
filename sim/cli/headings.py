"""Columns of printed tables, and the words in their cells, in Japanese.

What a report, `describe` or the register of columns calls a thing is what it is called here; the table below holds only
what stands in none of them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from sim.core.units import era
from sim.scenario.labels import STATUS_JA, UNITS_JA, label_ja

if TYPE_CHECKING:
    import pandas as pd

HEADINGS: dict[str, str] = {
    "id": "項目",
    "measure": "指標",
    "output": "指標",
    "parameter": "パラメータ",
    "key": "パラメータ",
    "label": "内容",
    "status": "区分",
    "source": "出典",
    "published": "公表値",
    "simulated": "推計値",
    "difference": "差",
    "tolerance": "許容幅",
    "ok": "許容範囲内",
    "error": "差",
    "worst": "最大",
    "role": "扱い",
    "target": "目標",
    "region": "地域",
    "name": "名称",
    "municipalities": "市区町村数",
    "members_fy2023": "被保険者数（R5）",
    "tables_given": "所与の表",
    "tables_imputed": "補完した表",
    "numbers_given": "所与の数値",
    "numbers_imputed": "補完した数値",
    "fits": "推定の時点",
    "driver": "要因",
    "yen": "円",
    "effect": "効果",
    "alone": "単独の効果",
    "last": "最後に加えたときの効果",
    "level": "水準",
    "goal": "目標",
    "position": "施策の程度（0〜1）",
    "base": "基準",
    "found": "求めた値による結果",
    "looked": "確認の計算の結果",
    "reached": "達成",
    "from": "開始",
    "to": "上限",
    "municipality": "市区町村",
    "value": "値",
    "low": "下限",
    "high": "上限",
    "best": "推定値",
    "before": "推定前",
    "narrowed": "狭まった割合",
    "way": "動かし方",
    "miss": "外れ（許容幅の倍数）",
    "noise": "偶然の変動",
    "emulator_error": "近似の誤差",
    "strength": "強さ",
    "told": "定まるか",
    "direction": "組合せ",
    "class": "種類",
    "figures": "件数",
    "families": "指標の数",
    "median_term": "モデルの誤差（中央値）",
    "parameters_and_noise": "範囲内（パラメータと乱数）",
    "with_error_of_model": "範囲内（モデルの誤差を含む）",
    "of": "対象",
    "sample": "標本",
    "typical": "通常の大きさ",
    "without": "総数を合わせない誤差",
    "with": "総数を合わせた誤差",
    "S1": "一次指数",
    "S1_low": "一次指数 下限",
    "S1_high": "一次指数 上限",
    "S1_half": "一次指数の幅（片側）",
    "S1_conf": "一次指数の幅（片側）",
    "ST": "全効果指数",
    "ST_low": "全効果指数 下限",
    "ST_high": "全効果指数 上限",
    "ST_half": "全効果指数の幅（片側）",
    "ST_conf": "全効果指数の幅（片側）",
    "mu": "効果の平均 μ",
    "mu_star": "効果の絶対値の平均 μ*",
    "mu_star_half": "μ*の幅（片側）",
    "mu_star_conf": "μ*の幅（片側）",
    "sigma": "効果のばらつき σ",
    "prcc": "偏順位相関",
    "prcc_half": "偏順位相関の幅（片側）",
    "src": "標準化回帰係数",
    "at_low": "下限での値",
    "at_high": "上限での値",
    "centre": "中央での値",
    "swing": "変動幅",
    "mean": "平均",
    "sd": "ばらつき（標準偏差）",
    "sd_independent": "ばらつき（独立に動かした場合）",
    "held_out_r2": "決定係数（検証）",
    "noise_sd": "偶然の変動（標準偏差）",
    "scenario": "シナリオ",
    "kind": "種類",
    "portion": "区分",
    "factor": "料率に乗じる率",
    "verified": "計算による確認",
    "pid": "住民番号",
    "sex": "性別",
    "residence": "国籍・在留資格",
    "household": "世帯",
    "relation": "続柄",
    "work": "就業",
    "scheme": "医療保険",
    "insured_months": "加入月数",
    "salary": "給与収入（円）",
    "business": "事業所得（円）",
    "pension": "年金（円）",
    "cost": "医療費（円）",
    "benefit": "保険給付費（円）",
    "base_income": "旧ただし書き所得（円）",
    "relief": "軽減（割）",
    "bill": "保険料（円）",
    "method": "納付方法",
    "paid": "納付額（円）",
    "arrears": "滞納額（円）",
    "leaving": "転出・死亡",
    "meaning": "意味",
    "now": "現在の値",
    "table": "表",
    "rates_of": "料率の年度",
    "per_head": "均等割（円）",
    "per_household": "平等割（円）",
    "per_adult": "18歳以上加算（円）",
    "income_part": "所得割（百万分率）",
    "asset_part": "資産割（百万分率）",
    "cap": "賦課限度額（円）",
    "90 % range": "90％区間",
    "basis": "公表値の種類",
}
"""columns that are printed and have no label elsewhere, or too long a one"""

_WORDS: dict[str, dict[str, str]] = {
    "status": STATUS_JA,
    "role": {
        "fitted": "適合",
        "held_out": "検証",
        "input": "設定",
        "goal": "目標",
        "context": "参考",
        "given": "所与",
        "target": "目標",
    },
    "kind": {
        "column": "列",
        "fact": "数値",
        "table": "表",
        "table column": "表の列",
        "parameter": "パラメータ",
        "data": "データ",
        "scenario": "シナリオ",
        "step": "処理",
        "prefecture": "都道府県標準保険料率",
        "municipality": "市町村標準保険料率",
        "own": "各市町村の算定基準による標準的な保険料率",
    },
    "from": {"all years": "全年度"},
    "fits": {"no date": "なし"},
    "basis": {
        "result": "実績",
        "final": "確定",
        "provisional": "仮",
        "plan": "計画",
        "goal": "目標",
        "rule": "規定",
        "announced": "公表済み",
        "estimate": "推計",
    },
    "way": {"add": "加算", "times": "乗算", "odds": "オッズ比", "value": "値"},
}
"""words that stand in a column"""


def heading(column: str) -> str:
    """Return what a column is called in Japanese; a name nobody has translated stays, spelt out."""
    from sim.reports.meanings import COLUMNS_JA
    from sim.reports.words import WORDS, word

    if column in HEADINGS:
        return HEADINGS[column]
    if column in WORDS:
        return word(column, "ja")
    return COLUMNS_JA.get(column, column.replace("_", " "))


def measure(name: str) -> str:
    """Return what a figure of a run or a published one is called in Japanese."""
    from sim.reports.items import item_label
    from sim.reports.meanings import COLUMNS_JA, fact_ja
    from sim.reports.words import WORDS, of_region, word

    if name in WORDS:
        return word(name, "ja")
    return of_region(fact_ja(name) or COLUMNS_JA.get(f"metropolis_year.{name}", "") or item_label(name)[0], "ja")


def group(name: str) -> str:
    """Return what a kind of household groups, or a group of households, is called in Japanese."""
    from sim.reports.burden_figures import KINDS
    from sim.reports.burden_figures import group as known

    if name in KINDS:
        return KINDS[name][0]
    if found := re.fullmatch(r"decile (\d+)", name):
        return f"第{found[1]}十分位"
    if found := re.fullmatch(r"[123]", name):
        return f"{name}人"
    if name in GROUPS:
        return GROUPS[name]
    whole, comma, rest = name.partition(", ")
    if comma and known(name, "ja") == name:
        return f"{group(whole)}・{group(rest)}"
    return known(name, "ja")


GROUPS: dict[str, str] = {
    "method": "納付方法",
    "household": "世帯",
    "residence": "在留資格",
    "length of stay": "在留期間",
    "size": "世帯人員",
    "first year": "加入1年目",
    "account": "口座振替",
    "account transfer": "口座振替",
    "slip": "納付書",
    "slips": "納付書",
    "pension": "特別徴収",
    "pension deduction": "特別徴収",
    "unset": "未定",
    "insured members": "被保険者の数",
    "residence and stay": "在留資格・在留期間",
    "income decile": "所得十分位",
    "household class": "世帯の区分",
    "nationality and age of head": "世帯主の国籍・年齢",
    "4 and more": "4人以上",
    "permanent": "永住者等",
    "student": "留学",
    "worker": "就労",
    "family": "家族滞在",
    "under 1 year": "1年未満",
    "1-2 years": "1〜2年",
    "3-9 years": "3〜9年",
    "10 years and over": "10年以上",
    "below 20,000 yen": "2万円未満",
    "foreign head": "外国人世帯主",
    "one person under 65": "65歳未満の単身",
    "one person of 65 and over": "65歳以上の単身",
    "couple or family": "夫婦・家族",
}
"""kinds and groups of households no figure of the report shows"""


def unit(name: str) -> str:
    """Return a unit in Japanese; 億円 and % stand for themselves."""
    return UNITS_JA.get(name, name)


def in_japanese(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a data frame that is to be printed with Japanese columns, and Japanese words in those that hold words."""
    out = frame.copy()
    for column in frame.columns:
        if column in _YEARS:
            out[column] = [_year(cell) for cell in frame[column]]
        elif column == "label" and "key" in frame:
            out[column] = [label_ja(key, said) for key, said in zip(frame["key"], frame["label"], strict=True)]
        elif (told := _cells(str(column))) is not None:
            out[column] = [told(cell) if isinstance(cell, str) else cell for cell in frame[column]]
    return out.set_axis([heading(str(column)) for column in frame.columns], axis=1)


def _cells(column: str) -> Callable[[str], str] | None:
    """Return what makes the words of a column Japanese, None for a column of numbers or names."""
    if column in ("measure", "output", "id"):
        return measure
    if column == "unit":
        return unit
    if column == "goal":
        return goal
    if column == "household":
        return _household
    if column == "portion":
        from sim.institutions.portions import PORTION_NAMES

        return lambda cell: PORTION_NAMES[cell][0] if cell in PORTION_NAMES else cell
    words = _WORDS.get(column) or _labels(column)
    return None if words is None else lambda cell: words.get(cell, cell)


_YEARS = ("year", "fiscal_year")


def _year(cell: object) -> object:
    """Return a fiscal year as officials write it; anything else as it stands."""
    text = str(cell)
    return era(int(text)) if re.fullmatch(r"(?:19|20)\d\d", text) else cell


_GOALS = (
    (r"levied total", "調定額の総額"),
    (r"transfer against the deficit", "法定外繰入（決算補填等目的）"),
    (r"bill of (.+)", "{0}の保険料"),
)
_SENSES = {"at most": "以下", "at least": "以上"}


def goal(text: str) -> str:
    """Return a goal of `solve` or of `rates-plan` in Japanese."""
    for pattern, ja in _GOALS:
        if found := re.fullmatch(pattern, text):
            return ja.format(*found.groups())
    if found := re.fullmatch(r"(\w+?)(?: of (\d+))? (at most|at least) (\S+) in (\w+)", text):
        name, code, sense, value, year = found.groups()
        return f"{year}年度の{measure(name)}{f'（{code}）' if code else ''}：{value}{_SENSES[sense]}"
    return text


def _household(text: str) -> str:
    """Return the type of a household and how many live in it."""
    kinds = _labels("kind") or {}
    found = re.fullmatch(r"(\w+) of (\d+)", text)
    return f"{kinds.get(found[1], found[1])}・{found[2]}人" if found else text


def _labels(column: str) -> dict[str, str] | None:
    """Return the labels of the codes of a column of people or households."""
    from sim.population.fields import ROWS, fields

    for home in ROWS:
        field = fields(home).get(column)
        if field is not None and field.labels:
            return {name: ja for name, (ja, _) in field.labels.items()}
    return None
