"""The figures a municipality may give of itself, what a run has beside each, and what the register has published."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.institutions.memory import PORTIONS
from sim.parameters import Parameters

YEARS = (2022, 2023, 2024, 2025)
"""fiscal years of the template, R4 to R7: those that are over"""
TABLES = ("municipality_year", "rates", "household_groups")
"""tables of a run the figures are read from, and how sure they are"""
Values = dict[tuple[str, int], float]
"""a figure by its key and fiscal year, in the unit of the figure"""
_RATES = ("medical", "support", "care")
_RATES_JA = {"medical": "医療分", "support": "後期高齢者支援金分", "care": "介護納付金分"}
_PERCENT_IN_RATE = 10_000
"""of a rate per million"""
_PUBLISHED = ("published", "derived", "secondary")
"""status of a figure that stands in some paper"""


@dataclass(frozen=True)
class Figure:
    """A row of the template: its name in both languages, its unit in the template, what it is.

    unit  人, 世帯, 円 (an amount, in the unit the workbook states), 円/人 (always yen) or ％
    """

    key: str
    ja: str
    en: str
    unit: str
    note: str = ""


ROWS = (
    Figure("members_average", "被保険者数（年度平均）", "insured, average", "人", "国民健康保険事業年報の年度平均"),
    Figure("members_end", "被保険者数（年度末）", "insured at the end of March", "人", "3月末現在"),
    Figure("households_end", "世帯数（年度末）", "insured households at the end of March", "世帯", "3月末現在"),
    *(
        Figure(f"income_part_{k}", f"所得割率（{_RATES_JA[k]}）", f"income part, {k}", "％", "条例の料（税）率")
        for k in _RATES
    ),
    *(
        Figure(f"per_head_{k}", f"均等割額（{_RATES_JA[k]}）", f"per head, {k}", "円/人", "条例の額。千円単位にしない")
        for k in _RATES
    ),
    Figure(
        "billed", "現年分 調定額", "billed, current year", "円", "医療分・支援金分・介護分の計。5月末（出納閉鎖）現在"
    ),
    Figure(
        "unknown", "現年分 居所不明者分調定額", "billed to unknown whereabouts", "円", "調定額の内数。収納率から除く分"
    ),
    Figure("collected", "現年分 収納額", "collected, current year", "円", "還付未済額を除く"),
    Figure(
        "rate", "現年分 収納率", "collection rate, current year", "％", "収納額÷（調定額−居所不明者分）。額を書けば不要"
    ),
    Figure("carried", "滞納繰越分 調定額", "carried-over claims", "円", "前年度以前から繰り越した額"),
    Figure("carried_collected", "滞納繰越分 収納額", "collected, carried over", "円"),
    Figure("carried_lost", "滞納繰越分 不納欠損額", "written off, carried over", "円"),
    Figure("carried_rate", "滞納繰越分 収納率", "collection rate, carried over", "％", "収納額÷調定額。額を書けば不要"),
    Figure("benefit", "保険給付費", "benefits", "円", "療養給付費・療養費・高額療養費。出産育児一時金・葬祭費は除く"),
    Figure("contribution", "国民健康保険事業費納付金", "contribution to the prefecture", "円", "確定額"),
    Figure(
        "transfer",
        "法定外一般会計繰入金（赤字分）",
        "discretionary transfer",
        "円",
        "決算補填等目的分。繰上充用金は除く",
    ),
    Figure("fund", "基金残高（年度末）", "reserve fund", "円", "国民健康保険の財政調整基金。出納整理期間後"),
    Figure("checkup", "特定健診受診率", "uptake of the health check", "％", "法定報告値"),
)
BY_KEY = {f.key: f for f in ROWS}


def seen(tables: Mapping[str, pd.DataFrame], code: int) -> Values:
    """Return what a run has of the figures of a municipality, but for those that are shares of others."""
    out: Values = {}
    facts = tables["municipality_year"]
    for row in facts[facts["code"] == code].to_dict("records"):
        year = int(row["year"])
        out |= {
            ("members_average", year): row["member_months"] / 12,
            ("members_end", year): row["members_end"],
            ("households_end", year): row["households_end"],
            ("billed", year): sum(row[f"bill_{p}"] for p in PORTIONS),
            ("unknown", year): row["bill_unknown_address"],
            ("collected", year): row["collected"],
            ("carried", year): row["arrears_opening"],
            ("carried_collected", year): row["arrears_collected"],
            ("carried_lost", year): row["arrears_written_off"],
            ("benefit", year): row["benefit"],
            ("contribution", year): row["contribution"],
            ("transfer", year): row["discretionary_transfer"],
            ("fund", year): row["fund"],
        }
    rates = tables["rates"]
    rates = rates[(rates["code"] == code) & (rates["kind"] == "actual") & rates["portion"].isin(_RATES)]
    for row in rates.to_dict("records"):
        out[f"income_part_{row['portion']}", int(row["year"])] = row["income_part"] / _PERCENT_IN_RATE
        out[f"per_head_{row['portion']}", int(row["year"])] = row["per_head"]
    return {key: float(value) for key, value in out.items()}


def with_shares(values: Values) -> Values:
    """Return figures with the collection rates that follow from them, in percent; rates that were given stay."""
    out = dict(values)
    for (key, year), billed in values.items():
        if key == "billed" and ("collected", year) in values and billed > values.get(("unknown", year), 0.0):
            due = billed - values.get(("unknown", year), 0.0)
            out.setdefault(("rate", year), 100 * values["collected", year] / due)
        if key == "carried" and ("carried_collected", year) in values and billed > 0:
            out.setdefault(("carried_rate", year), 100 * values["carried_collected", year] / billed)
    return out


def published(p: Parameters, code: int) -> Values:
    """Return what the register has of a municipality's figures from papers; estimates and imputed rows are left out."""
    out: Values = {}
    for row in _rows(p, "settlement_fy2023", code):
        year = int(row["fiscal_year"])
        out["members_end", year] = row["insured"]
        out["households_end", year] = row["households"]
        out["transfer", year] = row["deficit_transfer_proxy"]
        out["benefit", year] = row["benefit_per_insured"] * row["insured"]
    for row in _rows(p, "health_checkups", code):
        out["checkup", int(row["fiscal_year"])] = 100 * row["checkup_rate"]
    for table in ("further_rates", "actual_rates"):
        for row in _rows(p, table, code):
            if row["portion"] in _RATES:
                out[f"income_part_{row['portion']}", int(row["fiscal_year"])] = row["income_part"] / _PERCENT_IN_RATE
                out[f"per_head_{row['portion']}", int(row["fiscal_year"])] = row["per_head"]
    for table, items in _ITEMS.items():
        for row in _rows(p, table, code):
            if row["item"] in items and row.get("group", "all") == "all":
                out[items[row["item"]], int(row["fiscal_year"])] = row["value"]
    return {at: float(value) for at, value in out.items() if value == value and at[1] in YEARS}


_ITEMS = {
    "municipal_facts": {
        "insured_persons_annual_average": "members_average",
        "benefits_settlement": "benefit",
        "off_rule_transfer": "transfer",
    },
    "deficit_plans": {"deficit_covering_transfer_settlement": "transfer"},
    "collection_rates": {
        "current_year": "rate",
        "carried_over": "carried_rate",
        "collected_current_yen": "collected",
        "collected_carried_over_yen": "carried_collected",
    },
}
"""items of the tables of single facts -> figure"""


def _rows(p: Parameters, table: str, code: int) -> list[dict[Hashable, Any]]:
    """Return the rows of a municipality that stand in some paper."""
    t = p.rows(f"places.{table}")
    return t[(t["code"] == code) & t["status"].isin(_PUBLISHED)].to_dict("records")
