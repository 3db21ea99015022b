"""Every table a run leaves behind: name, keys, columns with unit and meaning. One place.

A mechanism records rows with `World.record(table, frame)`; the writer refuses a table or a column that
is not declared here. Money is yen, rates are fractions unless the unit says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.institutions.memory import FACTS


@dataclass(frozen=True)
class Spec:
    """One table. `columns` maps a value column to (unit, meaning)."""

    name: str
    meaning: str
    keys: tuple[str, ...]
    columns: dict[str, tuple[str, str]]


HEADLINE = {
    "residents": ("persons", "residents on 1 April (住民)"),
    "members_average": ("persons", "insured, yearly average (被保険者 年度平均)"),
    "members_end": ("persons", "insured at the end of March (年度末)"),
    "households_end": ("households", "insured households at the end of March"),
    "share_65_plus": ("share", "insured aged 65-74 among the insured (yearly average)"),
    "base_income_per_member": ("yen/person", "旧ただし書き所得 per insured"),
    "benefit": ("yen", "benefits (保険給付費)"),
    "benefit_per_member": ("yen/person", "benefits per insured (yearly average)"),
    "contribution": ("yen", "contributions, all portions (納付金)"),
    "contribution_per_head": (
        "yen/person",
        "sum of the per-head contributions of the portions, each with its own heads",
    ),
    "alpha": ("coefficient", "medical-cost reflection α"),
    "standard_premium_per_head": (
        "yen/person",
        "premium per head as if without discretionary transfers (1人当たり保険料算定額)",
    ),
    "billed": ("yen", "billed, current year (現年分調定額)"),
    "billed_per_member": ("yen/person", "billed per insured, all portions"),
    "premium_per_member": ("yen/person", "billed per insured, medical and support portions"),
    "collected": ("yen", "collected on the current year's bills"),
    "collection_rate": ("share", "current-year collection rate (現年分収納率), 居所不明 excluded"),
    "arrears_households": ("households", "insured households in arrears"),
    "arrears_household_share": ("share", "households in arrears among those insured in March"),
    "arrears_closing": ("yen", "claims carried into the next year"),
    "carried_over_rate": ("share", "collected of the claims carried over (滞納繰越分収納率)"),
    "collection_cost": ("yen", "cost of collection: staff, reminders, fees"),
    "arrears_per_cost": ("coefficient", "collected on claims carried over per yen of collection cost"),
    "discretionary_transfer": ("yen", "法定外繰入 to cover deficits"),
    "discretionary_municipalities": ("count", "municipalities with such a transfer"),
}

PAYMENT = {
    "households": ("households", "billed households"),
    "billed": ("yen", "billed"),
    "unknown": ("yen", "billed to households of unknown whereabouts (居所不明)"),
    "paid": ("yen", "paid by the end of May"),
    "unpaid_households": ("households", "with any part of this year's bill unpaid"),
    "nothing_paid": ("households", "that paid nothing of this year's bill"),
    "insured_end": ("households", "billed and insured in March"),
    "arrears_households": ("households", "of them in arrears, this year's or older"),
    "income": ("yen", "base income plus the floor of the burden"),
    "arrears": ("yen", "claims at the end, this year's unpaid included"),
}
"""Measures of payment by group; rate = paid / (billed - unknown), arrears share = arrears_households / insured_end."""

SPECS: tuple[Spec, ...] = (
    Spec("metropolis_year", "Headline figures of Tokyo", ("year",), HEADLINE),
    Spec(
        "metropolitan_account",
        "Metropolitan account and coefficients, forecast for the year",
        ("year", "item"),
        {"value": ("see unit", "amount or coefficient"), "unit": ("text", "unit of the value")},
    ),
    Spec(
        "municipality_year",
        "All facts of a municipality and year",
        ("year", "code", "name", "small"),
        {f.name: (f.unit, f.meaning) for f in FACTS},
    ),
    Spec(
        "contribution",
        "The chain from B to the standard rates, every symbol",
        ("year", "code", "portion", "symbol"),
        {"value": ("see unit", "value"), "unit": ("text", "unit of the value")},
    ),
    Spec(
        "rates",
        "Actual and standard rates",
        ("year", "code", "kind", "portion"),
        {
            "income_part": ("1/1,000,000", "所得割"),
            "per_head": ("yen/person", "均等割"),
            "per_household": ("yen/household", "平等割"),
            "per_adult": ("yen/person", "18歳以上加算"),
            "cap": ("yen/household", "賦課限度額"),
        },
    ),
    Spec(
        "accounts", "Every transfer of money", ("year", "item", "payer", "payee", "code"), {"amount": ("yen", "amount")}
    ),
    Spec(
        "members",
        "Residents on 31 March by age, sex, nationality and scheme",
        ("year", "age", "sex", "foreign", "scheme"),
        {"persons": ("persons", "persons")},
    ),
    Spec(
        "members_by_place",
        "Insured on 31 March by municipality and age",
        ("year", "code", "age"),
        {"residents": ("persons", "residents"), "insured": ("persons", "insured")},
    ),
    Spec(
        "members_by_age",
        "Insured by age, sex and nationality, yearly average",
        ("year", "age", "sex", "foreign"),
        {"members": ("persons", "average insured; each month counts at the age reached in it")},
    ),
    Spec(
        "flows",
        "Joins and leaves of insurance by municipality and cause; tokyo = net of moves within Tokyo",
        ("year", "code", "cause", "direction"),
        {"persons": ("persons", "persons")},
    ),
    Spec(
        "household_groups",
        "Bills, payment, arrears and burden by group of billed households; code 13000 is Tokyo",
        ("year", "code", "kind", "group"),
        {**PAYMENT, "burden": ("share", "billed over income")},
    ),
    Spec(
        "collection_places",
        "Bills, payment and carried-over claims by municipality and nationality of the head",
        ("year", "code", "nationality"),
        {
            **PAYMENT,
            "seized": ("households", "with a seizure (差押)"),
            "late_instalments": ("instalments", "missed when due"),
            "switched": ("households", "moved from slips to account transfer"),
            "charges": ("yen", "delinquency charges paid (延滞金)"),
            "opened": ("households", "insured in March that owed at the start"),
            "stayed": ("households", "of them still owing"),
            "slips_due": ("instalments", "due by slips"),
            "prepaid": ("households", "new arrivals that paid ahead (前納)"),
            "counselled": ("households", "whose head earns much less than when the bill was set"),
            "claims_opening": ("yen", "claims at the start"),
            "claims_collected": ("yen", "collected on them"),
            "claims_written_off": ("yen", "written off (不納欠損)"),
            "claims_closing": ("yen", "claims at the end, this year's unpaid included"),
            "claims_suspended": ("yen", "of them under suspended collection (執行停止)"),
        },
    ),
    Spec(
        "arrears_by_vintage",
        "Claims by fiscal year of origin (the earliest holds older ones too) and holder: households, or departed ones; "
        "opening + billed = collected + written_off + closing",
        ("year", "code", "holder", "origin"),
        {
            "opening": ("yen", "claims at the start"),
            "billed": ("yen", "billed this year"),
            "collected": ("yen", "collected"),
            "written_off": ("yen", "written off (不納欠損)"),
            "closing": ("yen", "claims at the end"),
            "suspended": ("yen", "of them under suspended collection (執行停止)"),
        },
    ),
    Spec(
        "payment_transitions",
        "Paid, partly paid, not paid: from one year to the next",
        ("year", "before", "after"),
        {"households": ("households", "households")},
    ),
    Spec(
        "cost_by_age",
        "Cost and benefit by age and sex of the insured",
        ("year", "age_group", "sex"),
        {
            "members": ("persons", "average insured"),
            "cost": ("yen", "cost"),
            "benefit": ("yen", "benefit"),
            "inpatient": ("yen", "inpatient care"),
            "outpatient": ("yen", "outpatient care without drugs and teeth"),
            "drugs": ("yen", "outpatient drugs"),
            "dental": ("yen", "dental care"),
            "high_cost": ("yen", "high-cost benefit (高額療養費)"),
            "over_800k": ("yen", "part of receipts above 800,000 yen"),
        },
    ),
    Spec(
        "cost_by_place",
        "Cost and benefit by municipality and age of the insured",
        ("year", "code", "age_group"),
        {
            "members": ("persons", "average insured"),
            "cost": ("yen", "cost"),
            "benefit": ("yen", "benefit"),
            "expected": ("yen", "cost expected from age, sex and nationality at the national cost of R4"),
        },
    ),
    Spec(
        "cost_growth",
        "Growth of cost per insured and its parts",
        ("year", "component"),
        {"value": ("per year", "total, ageing, level (trend, fees, rebound), rest")},
    ),
    Spec(
        "high_cost",
        "High-cost benefit by class",
        ("year", "class"),
        {
            "cases": ("cases", "households' and outpatients' months with a benefit"),
            "amount": ("yen", "amount"),
            "members": ("persons", "average insured in the class since August"),
        },
    ),
    Spec(
        "cost_distribution",
        "Concentration and persistence of cost among the insured",
        ("year", "statistic"),
        {"value": ("share", "value")},
    ),
)
BY_NAME = {s.name: s for s in SPECS}
