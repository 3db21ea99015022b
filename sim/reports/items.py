"""What the items of published figures are called."""

from __future__ import annotations

import re

from sim.parameters import Parameters, regions
from sim.reports.words import Text

ITEMS: dict[str, Text] = {
    "alpha": ("医療費指数反映係数 α", "medical-cost reflection α"),
    "arrears_household_share": ("滞納世帯割合", "share of households in arrears"),
    "benefit_per_capita": ("1人当たり保険給付費", "benefits per insured"),
    "benefit_growth_assumed": ("保険給付費の伸び（算定の見込み）", "growth of benefits, assumed"),
    "benefit_growth_found": ("保険給付費の伸び（実績）", "growth of benefits, found"),
    "benefit_settled": ("保険給付費（決算）", "benefits settled"),
    "benefit_total": ("保険給付費", "benefits"),
    "benefits_settlement": ("保険給付費（決算）", "benefits settled"),
    "beta_medical": ("所得係数 β（医療分）", "income coefficient β (medical)"),
    "care_contribution_expenditure": ("介護納付金（歳出）", "payment for long-term care"),
    "collection_rate_current_year": ("現年分収納率", "current-year collection rate"),
    "contribution_paid_care": ("納付金（介護分、決算）", "contribution paid, care"),
    "contribution_paid_medical": ("納付金（医療分、決算）", "contribution paid, medical"),
    "contribution_paid_support": ("納付金（支援分、決算）", "contribution paid, support"),
    "contribution_per_capita": ("1人当たり納付金", "contribution per head"),
    "contribution_per_capita_increase": ("1人当たり納付金の増", "rise of the contribution per head"),
    "contribution_total": ("納付金総額", "contributions"),
    "deficit_covering_transfer_sum_proxy": (
        "赤字補塡目的の法定外繰入（近似）",
        "transfers to cover deficits (approximation)",
    ),
    "deficit_reduction_plans_municipalities": (
        "赤字解消計画のある{municipalities}",
        "municipalities with a plan to end deficits",
    ),
    "effort_money": ("保険者努力支援（都道府県分・市町村分）", "incentive money, both parts"),
    "effort_share_of_nation": ("保険者努力支援の全国に占める割合", "share of the nation's incentive money"),
    "elderly_adjustment_grant": ("前期高齢者交付金", "elderly grant"),
    "general_account_transfer_to_nhi_total": ("一般会計繰入金", "transfers from general accounts"),
    "income_per_insured_old_proviso": ("1人当たり旧ただし書き所得", "base income per insured"),
    "insured_households_year_end_sum_of_municipalities": ("被保険世帯（年度末）", "insured households (year end)"),
    "insured_persons_65_plus": ("65〜74歳の被保険者", "insured aged 65-74"),
    "insured_persons_annual_average": ("被保険者（年度平均）", "insured (average)"),
    "insured_persons_assumed": ("被保険者（算定の前提）", "insured (assumed)"),
    "insured_persons_medical_support": ("被保険者（医療・支援分）", "insured (medical and support)"),
    "insured_persons": ("被保険者", "insured"),
    "insured_persons_year_end": ("被保険者（年度末、決算）", "insured (year end, settled)"),
    "insured_persons_year_end_sum_of_municipalities": ("被保険者（年度末）", "insured (year end)"),
    "juki_foreign_2026_01_01": ("外国人住民（令和8年1月1日）", "foreign residents (1 January 2026)"),
    "juki_population_2026_01_01": ("住民（令和8年1月1日）", "residents (1 January 2026)"),
    "medical_benefit_total": ("給付費・支援金・納付金の計", "benefits, support and care payments"),
    "metropolitan_balance": ("{level}特別会計の実質収支", "balance of the metropolitan account"),
    "metropolitan_other": ("{level}支出金（繰入金以外）", "money of the {level} beside its share"),
    "metropolitan_share": ("{level}繰入金（9％）", "share of the {level} (9 %)"),
    "mitigation_grant": ("激変緩和", "easing"),
    "municipal_funds_total": ("{municipalities}の繰入", "money of municipalities"),
    "municipalities_at_target_collection_rate": (
        "目標収納率を達成した{municipalities}",
        "municipalities at their target collection rate",
    ),
    "municipalities_with_collection_project": (
        "催告の初期導入経費の交付を受けた{municipalities}",
        "municipalities with project money for reminders",
    ),
    "municipalities_with_deficit_transfer": (
        "法定外繰入のある{municipalities}",
        "municipalities with discretionary transfers",
    ),
    "national_other": ("国庫支出金（定率以外）", "state money beside its share"),
    "national_proportional": ("定率国庫負担（32％）", "share of the state (32 %)"),
    "national_subsidy_total": ("国庫支出金", "state money"),
    "off_rule_transfer_total": ("法定外繰入（すべての目的）", "discretionary transfers, all purposes"),
    "off_rule_transfer_deficit_share_nation": (
        "法定外繰入に占める決算補填等目的（全国）",
        "part against deficits of all discretionary transfers (nation)",
    ),
    "deficit_insurer_share_nation": (
        "単年度収支差が赤字の{municipalities}の割合（全国）",
        "single-year deficits, share (nation)",
    ),
    "transfer_relief_share_nation": (
        "繰入の目的：保険料の負担緩和（全国）",
        "purpose of transfers: relief of premiums (nation)",
    ),
    "transfer_accumulated_share_nation": (
        "繰入の目的：累積赤字補填（全国）",
        "purpose of transfers: old deficits (nation)",
    ),
    "prefecture_account_surplus": ("{level}特別会計の剰余", "surplus of the metropolitan account"),
    "premium_per_capita_no_off_rule": ("1人当たり保険料算定額", "standard premium per head"),
    "premium_per_insured": ("1人当たり保険料（医療・支援分）", "premium per insured (medical and support)"),
    "premium_revenue_settlement": ("保険料収入（決算）", "premiums received, settled"),
    "premium_revenue_total": ("保険料収入", "premiums collected"),
    "premium_to_income_ratio": ("所得に対する保険料の割合", "premium as a share of income"),
    "public_funds": ("公費", "public money"),
    "share_65_plus_insured": ("65〜74歳の割合", "share aged 65-74"),
    "support_contribution_expenditure": ("後期高齢者支援金（歳出）", "support for the late elderly"),
    "surplus_into_fund": ("剰余金のうち基金積立", "surplus put into the fund"),
    "surplus_net_after_returns": ("剰余金（返還後）", "surplus after returns"),
    "surplus_repaid": ("剰余金のうち返還", "surplus returned to the state and others"),
    "surplus_used_for_contribution": ("剰余金のうち納付金への活用", "surplus used for the contribution"),
    "target_municipalities_with_deficit_transfer": (
        "目標：法定外繰入のある{municipalities}",
        "goal: municipalities with transfers",
    ),
    "benefits_own_estimate": ("保険給付費：{level}の推計（モデル自身の推計）", "benefits: the model's own estimate"),
    "benefit_per_member": ("1人当たり保険給付費（期待値）", "benefits per insured, expected"),
    "benefit_per_member_drawn": ("1人当たり保険給付費（試算の実現値）", "benefits per insured, as drawn"),
    "relative_cost": ("年齢別医療費の水準（全年齢=1）", "cost by age (all ages = 1)"),
    "checkup_rate": ("特定健診受診率", "health check, uptake"),
    "checkup_rate.nation": ("特定健診受診率（全国）", "health check, uptake (nation)"),
    "guidance_rate": ("特定保健指導実施率", "guidance, finished by those due"),
    "benefit_ratio": ("給付率", "benefit over cost"),
    "cost_monthly_zero_share": ("1か月に受診のない人の割合", "share without cost in a month"),
    "cost_monthly_top_0.8": ("医療費の集中：月の上位0.8%", "share of cost, top 0.8 % of a month"),
    "cost_monthly_top_16": ("医療費の集中：月の上位16%", "share of cost, top 16 % of a month"),
    "cost_top_10": ("医療費の集中：年の上位10%", "share of cost, top 10 % of a year"),
    "cost_top_1": ("医療費の集中：年の上位1%", "share of cost, top 1 % of a year"),
    "cost_stay_20": ("翌年も上位20%に残る割合", "still in the most expensive 20 % a year later"),
    "cost_stay_10": ("翌年も上位10%に残る割合", "still in the most expensive 10 % a year later"),
    "cost_correlation": ("前年の医療費との順位相関", "rank correlation with the cost of the year before"),
    "special_high_cost_subsidy": ("特別高額医療費共同事業の国庫補助", "state subsidy of the pool for very high cost"),
    "late_elderly_insured": ("後期高齢者医療の被保険者", "insured of the care for the late elderly"),
    "support_per_member_by_rule": ("1人当たり後期高齢者支援金（算定式による）", "support per member, by the rule"),
    "receipts_per_insured": ("1人当たりレセプト件数", "receipts per insured"),
    "review_fees_per_insured": ("1人当たり審査支払手数料", "fees for receipts per insured"),
    "budget_part_relief": ("国の予算に占める割合：保険料軽減", "part in the nation's budget: reliefs"),
    "budget_part_insurer_support": (
        "国の予算に占める割合：保険者支援制度",
        "part in the nation's budget: insurer support",
    ),
    "budget_part_preschool_relief": (
        "国の予算に占める割合：子ども保険料軽減",
        "part in the nation's budget: relief of children",
    ),
    "budget_part_maternity_relief": (
        "国の予算に占める割合：産前産後保険料免除",
        "part in the nation's budget: exemption for childbirth",
    ),
    "budget_part_high_cost": (
        "国の予算に占める割合：高額医療費負担金",
        "part in the nation's budget: high-cost claims",
    ),
    "budget_part_stabilisation": (
        "国の予算に占める割合：財政安定化支援事業",
        "part in the nation's budget: stabilisation support",
    ),
    "budget_part_state_share": ("国の予算に占める割合：定率国庫負担", "part in the nation's budget: state share"),
    "budget_part_prefecture_share": (
        "国の予算に占める割合：都道府県繰入金",
        "part in the nation's budget: money of the prefectures",
    ),
    "budget_part_normal_grant": (
        "国の予算に占める割合：普通調整交付金",
        "part in the nation's budget: normal grant",
    ),
    "national_mix": ("全国の構成に合わせた{level}の被保険者", "members of {region} weighted like the nation's"),
    "yen_per_case": ("高額療養費 1件当たり（円）", "high-cost benefit per case"),
    "cases": ("高額療養費の件数", "cases of high-cost benefit"),
    "object_share": ("高額医療費負担金の対象の割合", "share under the grant for high-cost claims"),
    "high_cost_receipts": ("高額療養費の対象レセプト数", "claims above the high-cost line"),
    "high_cost_object": ("高額医療費負担金の対象の割合", "share under the grant for high-cost claims"),
    "high_cost_class": ("高額療養費の所得区分別割合", "high-cost benefit by income class"),
    "foreign_share_of_cost": ("医療費に占める外国人", "foreign share of cost"),
    "foreign_share_of_receipts": ("レセプトに占める外国人", "foreign share of receipts"),
    "foreign_share_of_high_cost_receipts": (
        "高額療養費該当件数に占める外国人",
        "foreign share of cases of high-cost benefit",
    ),
    "foreign_share_of_high_cost": ("高額療養費支給額に占める外国人", "foreign share of the high-cost benefit"),
    "foreign_cost_per_head_over_japanese": (
        "1人当たり医療費：外国人／日本人",
        "cost per head, foreign over Japanese members",
    ),
    "foreign_members_share": ("外国人被保険者の年齢構成", "age of the foreign insured"),
    "large_cities_collection_rate": ("大都市（政令市等）の現年分収納率", "largest cities: collection rate"),
    "core_cities_collection_rate": ("中核市の現年分収納率", "core cities: collection rate"),
    "small_cities_collection_rate": (
        "被保険者5万人未満の市の現年分収納率",
        "cities below 50,000 insured: collection rate",
    ),
    "towns_and_villages_collection_rate": ("町村の現年分収納率", "towns and villages: collection rate"),
    "all_collection_rate": ("現年分収納率", "current-year collection rate"),
    "short_term_card_share_of_arrears": (
        "滞納世帯に占める短期被保険者証",
        "short-term cards among households in arrears",
    ),
    "special_care_share_of_arrears": (
        "滞納世帯に占める資格証明書（特別療養費）",
        "certificates (care paid in full) among households in arrears",
    ),
    "foreign_heads_collection_rate": ("外国人世帯主の収納率", "collection rate, foreign heads"),
    "foreign_heads_collection_rate_r6": ("外国人世帯主の収納率（令和6年度）", "collection rate, foreign heads (R6)"),
    "carried_over_collection_rate": ("滞納繰越分収納率（全国）", "collection rate, carried over (nation)"),
    "carried_over_balance_to_billing": (
        "滞納繰越額の調定額に対する割合（全国）",
        "claims carried over, of billed (nation)",
    ),
    "write_off_rate_of_carried_over": ("滞納繰越分の不納欠損割合（全国）", "written off, of carried over (nation)"),
    "towns_collection_rate": ("町村の現年分収納率", "towns: collection rate"),
    "unpaid_25_34_over_55_59": ("未納率の比：25〜34歳／55〜59歳", "unpaid, heads aged 25-34 over 55-59"),
    "method_share_pension_deduction": ("納付方法：特別徴収の割合", "paid by deduction from the pension"),
    "method_share_account_transfer": ("納付方法：口座振替の割合", "paid by account transfer"),
    "method_share_slips": ("納付方法：納付書の割合", "paid by slips"),
    "high_cost_share": ("高額療養費の割合", "high-cost benefit as a share"),
    "high_cost_cases": ("高額療養費の件数", "cases of high-cost benefit"),
    "high_cost_over": ("高額療養費の対象額", "amounts above the high-cost line"),
    "members_end": ("被保険者（年度末）", "insured (year end)"),
    "households_end": ("被保険世帯（年度末）", "insured households (year end)"),
    "premium_revenue_per_insured": ("1人当たり保険料収入", "premium revenue per insured"),
    "premium_revenue_per_insured_within_3_percent": (
        "1人当たり保険料収入が±3%に入る{municipalities}",
        "municipalities within 3 % in premium revenue per insured",
    ),
    "premium_budget": ("保険料収入（予算）", "premiums (budget)"),
    "discretionary_transfer": ("法定外繰入（すべての目的）", "discretionary transfer, all purposes"),
    "planned_discretionary_transfer": ("法定外繰入（計画）", "discretionary transfer (its plan)"),
    "planned_reduction": ("法定外繰入の削減予定額（計画）", "reduction of the discretionary transfer (its plan)"),
    "planned_measure_rates": ("赤字削減の取組：歳入の確保（計画）", "measures against the deficit: revenue (its plan)"),
    "planned_measure_collection": (
        "赤字削減の取組：収納率向上（計画）",
        "measures against the deficit: collection (its plan)",
    ),
    "planned_measure_health": ("赤字削減の取組：保健事業等（計画）", "measures against the deficit: health (its plan)"),
    "deficit_base_year": ("基準年度の赤字額", "deficit of the base year"),
    "deficit_transfer_settled": ("決算補填等目的の法定外繰入（決算）", "transfer against deficits (settlement)"),
    "deficit_covering_transfer_of_cities": ("市部の赤字補塡目的の法定外繰入", "transfers to cover deficits, cities"),
    "cities_with_transfer_within_10,000_yen_per_insured": (
        "1人当たり法定外繰入が±1万円に入る市",
        "cities within 10,000 yen per insured in their transfer",
    ),
    "standard_rate_medical_own_basis": ("標準保険料率（医療分、独自の算定基準）", "standard rate, medical, own basis"),
    "register_japanese": ("住民基本台帳人口：日本人", "register: Japanese"),
    "register_foreign": ("住民基本台帳人口：外国人", "register: foreign"),
    "register_age": ("住民基本台帳人口", "register"),
    "births": ("出生", "births"),
    "births_foreign": ("出生（外国人）", "births, foreign"),
    "deaths": ("死亡", "deaths"),
    "members_share": ("被保険者の年齢構成", "age of the insured"),
    "members_foreign_share": ("被保険者に占める外国人", "foreign share of the insured"),
    "member_rate_foreign": ("外国人の国保加入率", "share of foreigners insured"),
    "mean_age": ("被保険者の平均年齢", "mean age of the insured"),
    "scheme_share_employee": ("被用者保険の割合（住民）", "residents in employee insurance"),
    "scheme_share_kokuho": ("市町村国保の割合（住民）", "residents in municipal health insurance"),
    "scheme_share_guild": ("国保組合の割合（住民）", "residents in guilds of trades"),
    "scheme_share_late_elderly": ("後期高齢者医療の割合（住民）", "residents in the scheme from 75"),
    "scheme_share_assistance": ("生活保護等の割合（住民）", "residents on public assistance"),
    "benefit_per_member_end": ("1人当たり保険給付費（年度末被保険者）", "benefits per insured at the year's end"),
    "billed_per_member": ("1人当たり調定額", "billed per insured"),
    "members_change": ("被保険者の増減率", "change of the insured"),
    "flow_births": ("加入：出生", "joined: births"),
    "flow_deaths": ("脱退：死亡", "left: deaths"),
    "flow_age75": ("脱退：75歳到達", "left: turning 75"),
    "flow_employee_insurance_in": ("加入：被用者保険から", "joined: from employee insurance"),
    "flow_employee_insurance_out": ("脱退：被用者保険へ", "left: to employee insurance"),
    "flow_assistance_in": ("加入：生活保護廃止", "joined: end of public assistance"),
    "flow_assistance_out": ("脱退：生活保護開始", "left: public assistance"),
    "flow_moved_in": ("加入：転入", "joined: moved in"),
    "flow_moved_out": ("脱退：転出", "left: moved out"),
    "flow_foreign_in": ("加入：外国から", "joined: from abroad"),
    "relief_any_households": ("軽減世帯の割合", "households with relief"),
    "relief_7_households": ("7割軽減世帯の割合", "households with 70 % relief"),
    "relief_5_households": ("5割軽減世帯の割合", "households with 50 % relief"),
    "relief_2_households": ("2割軽減世帯の割合", "households with 20 % relief"),
}
_QUALIFIERS: dict[str, Text] = {
    "_provisional_reference": ("（仮係数・参考）", " (provisional, reference)"),
    "_final": ("（確定係数）", " (final)"),
    "_change": ("（対前年増減率）", " (change on the year)"),
    "_provisional": ("（仮係数）", " (provisional)"),
    "_national": ("（全国値と比較）", " (beside the nation's)"),
    "_by_grant": ("（前期交付金の算定）", " (as in the elderly grant)"),
}
_BY_PLACE: dict[str, Text] = {
    "total": ("収入率（現年＋繰越）", "current plus carried over"),
    "rate_kind_not_stated": ("収納率（区分の記載なし）", "collection rate, kind not stated"),
    "current_year": ("現年分収納率", "current-year collection rate"),
    "carried_over": ("滞納繰越分収納率", "collection rate, carried over"),
    "levied_total_yen": ("調定額（現年＋繰越）", "billed and carried over"),
    "collected_total_yen": ("収納額（現年＋繰越）", "collected, carried over included"),
    "arrears_household_share": ("滞納世帯割合", "share of households in arrears"),
    "arrears_amount_yen": ("滞納額", "arrears"),
    "arrears_amount_share": ("滞納額に占める割合", "share of the arrears"),
    "seizures": ("差押", "seizures"),
    "carried_over_share_of_total_levy": ("滞納繰越分の調定割合", "carried over, of all billed"),
    "write_off_share_of_carried_over_levy": ("滞納繰越分の不納欠損割合", "written off, of carried over"),
}
"""Figures single municipalities publish, between the name of the place and the group of heads."""
_HEADS: dict[str, Text] = {
    "all": ("", ""),
    "foreign": ("（外国人世帯主）", ", foreign heads"),
    "japanese": ("（日本人世帯主）", ", Japanese heads"),
}
_CLASSES = dict(zip("アイウエオ", "ABCDE", strict=True))
"""The income classes of the high-cost benefit, highest first."""
_AGES = re.compile(r"^(.*?)_(\d+)[-_](\d+|plus)$")


def items() -> dict[str, Text]:
    """Return the labels of published items by name, those only the region in force has included."""
    return ITEMS | regions.read(regions.current()).items


def item_label(name: str) -> Text:
    """Return the label of a published figure from its id: item, then municipality, date or year, joined by dots.

    An unknown item keeps its name, spelt out.
    """
    own = items()
    known = next((i for i in (name.rpartition(".")[0], name) if i in own), None)
    item, *details = [known] if known else name.split(".")
    ja, en = _item(item)
    for detail in details:
        text = _detail(detail)
        if text is not None:
            ja, en = f"{ja} {text[0]}", f"{en}, {text[1]}"
    return ja, en


def _item(item: str) -> Text:
    if (known := items().get(item)) is not None:
        return known
    for ending, text in _QUALIFIERS.items():
        if item.endswith(ending):
            ja, en = _item(item.removesuffix(ending))
            return ja + text[0], en + text[1]
    if (published := _of_place(item)) is not None:
        return published
    if match := _AGES.match(item):
        ja, en = _item(match[1])
        if match[3] == "plus":
            return f"{ja} {match[2]}歳以上", f"{en}, {match[2]} and over"
        return f"{ja} {match[2]}〜{match[3]}歳", f"{en}, {match[2]}-{match[3]}"
    plain = item.replace("_", " ")
    return plain, plain


def _of_place(item: str) -> Text | None:
    """Return the label of shinjuku_total_foreign: a place, what it publishes, of which heads."""
    place, _, rest = item.partition("_")
    measure, _, heads = rest.rpartition("_")
    if measure not in _BY_PLACE or heads not in _HEADS:
        return None
    names = {en.lower(): (ja, en) for ja, en in Parameters.load().places().values()}
    if place not in names:
        return None
    (ja, en), (what, english), (who, whose) = names[place], _BY_PLACE[measure], _HEADS[heads]
    return f"{ja} {what}{who}", f"{en}: {english}{whose}"


_DETAILS: dict[str, Text] = {
    "billed": ("（調定額）", "billed"),
    "difference": ("（差）", "difference"),
    "result": ("（決算）", "result"),
    "2023_read_in_2024": ("（令和5年度の値と令和6年度を比較）", "R5 beside the simulated R6"),
    "2021_read_in_2022": ("（令和3年度の値と令和4年度を比較）", "R3 beside the simulated R4"),
    "own_ages": ("（{region}の年齢構成）", "at the ages of {region}"),
}


def _detail(text: str) -> Text | None:
    """Return a municipality, date or group; a bare year stands in a column of its own."""
    if re.fullmatch(r"20\d\d", text):
        return None
    if text in _DETAILS:
        return _DETAILS[text]
    if text in _CLASSES:
        return f"区分{text}", f"class {_CLASSES[text]}"
    if (known := items().get(text)) is not None:
        return known
    if match := re.fullmatch(r"(\d+)-(\d+)", text):
        return f"{match[1]}〜{match[2]}歳", text
    if text.isdigit():
        return Parameters.load().places().get(int(text), (text, text))
    if match := re.fullmatch(r"calendar_(\d+)", text):
        return f"（{match[1]}年）", f"calendar {match[1]}"
    if match := re.fullmatch(r"(\d+)-(\d+)-(\d+)", text):
        return f"（{match[1]}年{int(match[2])}月{int(match[3])}日）", text
    if match := re.fullmatch(r"below_(\d+)", text):
        return f"（{int(match[1]):,}人未満の町村計）", f"places below {int(match[1]):,}"
    plain = text.replace("_", " ")
    return plain, plain
