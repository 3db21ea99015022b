"""What the facts of a municipality, the items of its account and the portions are called."""

from __future__ import annotations

from sim.reports.words import Text

RATE_PARTS: dict[str, tuple[Text, str]] = {
    "income_part": (("所得割", "income part"), "per_million"),
    "asset_part": (("資産割", "asset part"), "per_million"),
    "per_head": (("均等割", "per head"), "yen"),
    "per_household": (("平等割", "per household"), "yen"),
    "cap": (("限度額", "cap"), "yen"),
}

FACT_LABELS: dict[str, tuple[Text, str]] = {
    "residents": (("住民（4月1日）", "residents (1 April)"), "persons"),
    "members_end": (("被保険者（年度末）", "insured (year end)"), "persons"),
    "households_end": (("被保険世帯（年度末）", "insured households (year end)"), "households"),
    "member_months": (("被保険者延べ月数", "insured months"), "count"),
    "elderly_months": (("うち65〜74歳", "of them aged 65-74"), "count"),
    "foreign_months": (("うち外国人", "of them foreign"), "count"),
    "benefit": (("保険給付費", "benefits"), "oku"),
    "high_cost_benefit": (("うち高額療養費", "of them high-cost benefit"), "oku"),
    "base_income": (("旧ただし書き所得", "base income"), "oku"),
    "contribution": (("納付金", "contribution"), "oku"),
    "bill_medical": (("調定額 医療分", "billed, medical"), "oku"),
    "bill_support": (("調定額 支援金分", "billed, support"), "oku"),
    "bill_care": (("調定額 介護分", "billed, care"), "oku"),
    "bill_child": (("調定額 子ども分", "billed, child"), "oku"),
    "bill_unknown_address": (("うち居所不明者分", "of them unknown address"), "oku"),
    "collected": (("現年分収納額", "collected, current year"), "oku"),
    "arrears_opening": (("滞納繰越分 調定額", "carried over, claims"), "oku"),
    "arrears_collected": (("滞納繰越分 収納額", "carried over, collected"), "oku"),
    "arrears_written_off": (("不納欠損額", "written off"), "oku"),
    "arrears_closing": (("翌年度繰越額", "carried into the next year"), "oku"),
    "arrears_households": (("滞納世帯", "households in arrears"), "households"),
    "seizures": (("差押世帯", "households with a seizure"), "households"),
    "relieved_households_7": (("7割軽減世帯", "households, 70 % relief"), "households"),
    "relieved_households_5": (("5割軽減世帯", "households, 50 % relief"), "households"),
    "relieved_households_2": (("2割軽減世帯", "households, 20 % relief"), "households"),
    "capped_households": (("医療分限度額到達世帯", "households at the medical cap"), "households"),
    "settlement": (("法定外繰入前の収支", "balance before discretionary transfer"), "oku"),
    "discretionary_transfer": (("法定外繰入", "discretionary transfer"), "oku"),
    "legal_transfer": (("法定繰入", "transfers by law"), "oku"),
    "fund": (("基金残高", "reserve fund"), "oku"),
}
"""The facts of `municipality_year` that the workbook shows: label and kind."""

ACCOUNT_LABELS: dict[str, Text] = {
    "premiums": ("保険料（現年分）", "premiums (current year)"),
    "arrears": ("保険料（滞納繰越分）", "premiums (carried over)"),
    "delinquency_charges": ("延滞金", "delinquency charges"),
    "benefits_grant": ("{level}支出金：普通交付金", "{level}: grant for benefits"),
    "review_fees_grant": ("{level}支出金：審査支払手数料", "{level}: grant for fees"),
    "second_part": ("{level}支出金：{level}繰入金2号", "{level}: second part"),
    "effort": ("{level}支出金：保険者努力支援", "{level}: incentive money"),
    "health_grant": ("特定健康診査等負担金", "grant for check-ups"),
    "third_party": ("第三者納付金の増", "more paid back by third parties"),
    "relief_refund": ("繰入金：保険基盤安定（軽減分）", "transfer by law: relief"),
    "shared_relief_refund": ("繰入金：未就学児・産前産後等", "transfer by law: children, maternity"),
    "insurer_support": ("繰入金：保険基盤安定（支援分）", "transfer by law: insurer support"),
    "stabilisation_support": ("繰入金：財政安定化支援事業", "transfer by law: stabilisation support"),
    "birth_transfer": ("繰入金：出産育児一時金", "transfer by law: birth grants"),
    "office": ("繰入金：職員給与費等（事務費）", "transfer by law: office"),
    "discretionary_transfer": ("繰入金：法定外（決算補填等目的）", "discretionary transfer (deficit)"),
    "other_revenue": ("その他（調整）", "other (remainder)"),
    "fund_out": ("基金取崩", "drawn from the fund"),
    "carried_in": ("繰越金（前年度から）", "carried over from last year"),
    "advance": ("繰上充用金（翌年度歳入から）", "advance out of next year's revenue"),
    "benefits": ("保険給付費", "benefits"),
    "review_fees": ("審査支払手数料", "fees for receipts"),
    "contribution": ("国保事業費納付金", "contribution"),
    "health_programmes": ("保健事業費", "health programmes"),
    "birth_grant": ("出産育児一時金", "birth grants"),
    "funeral_grant": ("葬祭費", "funeral grants"),
    "office_cost": ("総務費（事務費）", "office"),
    "outside_costs": ("その他の支出（標準保険料率の算定外）", "costs outside the standard rates"),
    "fund_in": ("基金積立", "paid into the fund"),
    "advance_repaid": ("前年度繰上充用金", "last year's advance, repaid"),
}
"""The items of a municipality's special account, revenue first."""


def account_label(item: str) -> Text:
    """Return the label of an item; an unknown item keeps its name, spelt out."""
    plain = item.replace("_", " ")
    return ACCOUNT_LABELS.get(item, (plain, plain))
