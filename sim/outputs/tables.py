"""The tables read off the state at the end of a year: members, facts, rates, headline figures.

Mechanisms declare their own tables beside the rows (`mechanisms/*/tables.py`); `engine/tables.py` lists them all.
"""

from __future__ import annotations

from sim.core.tables import OutputTable
from sim.institutions.memory import FACTS

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
    "discretionary_transfer": ("yen", "法定外繰入 to cover deficits (決算補填等目的)"),
    "discretionary_municipalities": ("count", "municipalities with such a transfer"),
    "other_discretionary": ("yen", "法定外繰入 for other purposes (決算補填等以外)"),
    "deficit_insurers": ("count", "municipalities with a deficit of the single year (単年度収支差)"),
}

METROPOLIS_YEAR = OutputTable("metropolis_year", "Headline figures of the prefecture", ("year",), HEADLINE)

MUNICIPALITY_YEAR = OutputTable(
    "municipality_year",
    "All facts of a municipality and year",
    ("year", "code", "name", "small"),
    {f.name: (f.unit, f.meaning) for f in FACTS},
)

RATES = OutputTable(
    "rates",
    "Actual and standard rates",
    ("year", "code", "kind", "portion"),
    {
        "income_part": ("1/1,000,000", "所得割"),
        "asset_part": ("1/1,000,000", "資産割"),
        "per_head": ("yen/person", "均等割"),
        "per_household": ("yen/household", "平等割"),
        "per_adult": ("yen/person", "18歳以上加算"),
        "cap": ("yen/household", "賦課限度額"),
    },
)

MEMBERS = OutputTable(
    "members",
    "Residents on 31 March by age, sex, nationality and scheme",
    ("year", "age", "sex", "foreign", "scheme"),
    {"persons": ("persons", "persons")},
)

MEMBERS_BY_PLACE = OutputTable(
    "members_by_place",
    "Insured on 31 March by municipality and age",
    ("year", "code", "age"),
    {"residents": ("persons", "residents"), "insured": ("persons", "insured")},
)

MEMBERS_BY_AGE = OutputTable(
    "members_by_age",
    "Insured by age, sex and nationality, yearly average",
    ("year", "age", "sex", "foreign"),
    {"members": ("persons", "average insured; each month counts at the age reached in it")},
)

TABLES = (METROPOLIS_YEAR, MUNICIPALITY_YEAR, RATES, MEMBERS, MEMBERS_BY_PLACE, MEMBERS_BY_AGE)
