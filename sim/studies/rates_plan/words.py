"""The words of a plan of rates in Japanese and English, and the figures whose effect is shown."""

from __future__ import annotations

from collections.abc import Mapping

Pair = tuple[str, str]

EFFECTS: Mapping[str, str] = {
    "billed": "yen",
    "billed_per_member": "yen/person",
    "collection_rate": "share",
    "arrears_closing": "yen",
    "discretionary_transfer": "yen",
    "members_average": "persons",
}
"""figure of the municipality -> unit"""

EFFECT_NAMES: Mapping[str, Pair] = {
    "billed": ("調定額（現年分）", "levied (current year)"),
    "billed_per_member": ("一人当たり調定額", "bill per insured"),
    "collection_rate": ("収納率（現年分）", "collection rate (current year)"),
    "arrears_closing": ("収入未済額（年度末）", "arrears at the end of the year"),
    "discretionary_transfer": ("決算補填等目的の法定外繰入", "transfer against the deficit"),
    "members_average": ("平均被保険者数", "insured, average"),
}
KIND_NAMES: Mapping[str, Pair] = {
    "all": ("全世帯", "all households"),
    "income decile": ("所得十分位", "income decile"),
    "household type": ("世帯類型", "household type"),
    "age of head": ("世帯主の年齢", "age of head"),
}
GROUP_NAMES: Mapping[str, Pair] = {
    "all": ("全世帯", "all"),
    "below 20,000 yen": ("旧ただし書き所得2万円未満", "below 20,000 yen"),
    **{f"decile {d}": (f"第{d}分位", f"decile {d}") for d in range(1, 11)},
    "one person": ("単身", "one person"),
    "couple": ("夫婦のみ", "couple"),
    "with children or parents": ("子または親と同居", "with children or parents"),
    "other": ("その他", "other"),
    "under 25": ("25歳未満", "under 25"),
    **{f"{a}-{a + 9}": (f"{a}～{a + 9}歳", f"{a}-{a + 9}") for a in range(25, 75, 10)},
    "75 and over": ("75歳以上", "75 and over"),
}
HEADINGS: Mapping[str, Pair] = {
    "plan": ("改定案", "plan"),
    "municipality": ("構成団体", "member"),
    "year": ("年度", "year"),
    "portion": ("区分", "portion"),
    "income_part": ("所得割（％）", "income part (%)"),
    "asset_part": ("資産割（％）", "asset part (%)"),
    "per_head": ("均等割（円）", "per head (yen)"),
    "per_household": ("平等割（円）", "per household (yen)"),
    "per_adult": ("18歳以上均等割（円）", "per adult (yen)"),
    "cap": ("賦課限度額（円）", "cap (yen)"),
    "household": ("モデル世帯", "model household"),
    "current": ("現行（円）", "current (yen)"),
    "base": ("改定しない場合の推計（円）", "without the plan (yen)"),
    "planned": ("改定案（円）", "plan (yen)"),
    "change": ("増減額（円）", "change (yen)"),
    "growth": ("伸率（％）", "growth (%)"),
    "against_base": ("推計との差（円）", "plan less base (yen)"),
    "kind": ("区分", "kind"),
    "group": ("世帯", "group"),
    "households": ("世帯数", "households"),
    "share_up": ("増える世帯（％）", "rises (%)"),
    "share_down": ("減る世帯（％）", "falls (%)"),
    "share_same": ("ほぼ変わらない世帯（％）", "about the same (%)"),
    "mean_before": ("改定前の平均（円）", "mean before (yen)"),
    "mean_after": ("改定後の平均（円）", "mean after (yen)"),
    "mean_change": ("平均増減額（円）", "mean change (yen)"),
    "measure": ("指標", "figure"),
    "unit": ("単位", "unit"),
    "value_base": ("改定しない場合", "without the plan"),
    "value": ("改定後", "with the plan"),
    "difference": ("差", "difference"),
    "low90": ("90％区間の下端", "90 % low"),
    "high90": ("90％区間の上端", "90 % high"),
    "levied": ("調定額（円）", "levied (yen)"),
}
TITLES: Mapping[str, Pair] = {
    "rates": ("保険料率", "Rates"),
    "households": ("モデル世帯の年間保険料", "Model households: bill of the year"),
    "changes": ("保険料が増える世帯・減る世帯", "Whose bill rises and whose falls"),
    "levied": ("調定額", "Levied total"),
    "effects": ("収納・繰入への影響", "Collection, arrears and transfer"),
}
SHEETS: Mapping[str, Pair] = {
    "rates": ("保険料率", "Rates"),
    "households": ("モデル世帯", "Model households"),
    "changes": ("増える世帯・減る世帯", "Rises and falls"),
    "levied": ("調定額", "Levied total"),
    "effects": ("収納・繰入への影響", "Collection and transfer"),
}
"""names of the sheets of the workbook"""
UNITS: Mapping[str, Pair] = {
    "yen": ("円", "yen"),
    "yen/person": ("円／人", "yen/person"),
    "share": ("割合", "share"),
    "persons": ("人", "persons"),
}
AGAINST: Mapping[str, Pair] = {
    "base": ("改定しない場合の推計", "what is expected without the plan"),
    "current": ("現行の率（前年度の率を据え置いた場合）", "the rates in force before, left as they are"),
}
EXACT: Pair = (
    "{year}の{place}の加入世帯ごとに、同じ世帯の保険料を両方の率で計算した（基準：{against}）。"
    "{more:,}円を超える増減を増・減とする。",
    "Every insured household of {place} in {year} is billed under both sets of rates (before: {against}). A change of "
    "more than {more:,} yen counts as a rise or a fall.",
)
NO_RANGE: Pair = (
    "幅は示していない。推計の幅は --ranges、偶然の変動による幅は --replicates 4 で計算する。",
    "No ranges: --ranges works out those of the estimate, --replicates 4 those of noise.",
)
PAIRS: Pair = (
    "収納・繰入への影響は{n}組の平均。ほかの表は最初の組による。",
    "Effects are means over {n} pairs of runs; the other tables are of the first.",
)
LEAVES: Pair = (
    "{place}は{year}から{group}の統一保険料率によらず、独自の率とする。ほかの構成団体は統一保険料率を続ける。",
    "{place} leaves the one rate of its group ({group}) from {year} on; the others keep it.",
)
CURRENT: Pair = (
    "現行：{before}の率を据え置き、{year}の法令と賦課限度額で計算した額。増減額・伸率は現行との比較。",
    "Current: the rates of {before} left as they are, under the law and caps of {year}; change and growth are against "
    "them.",
)
