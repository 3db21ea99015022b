"""Public money beside the budgets of the nation, and what other schemes tell: support, receipts.

The prefecture's part in a national budget is context: its people are not the nation's. What the rule gives for the
support of the late elderly is held against what was notified where it was.
"""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from sim.parameters import Parameters
from sim.studies.validation.figures import Figures, row
from sim.studies.validation.people import Row, context

BUDGET = 2024
"""fiscal year of the budgets (R6)"""
RECEIPTS = 2023
"""fiscal year of the count of receipts (R5)"""
_SUPPORT_BAND = 0.03
_FLOWS = {
    "relief": ("relief_refund",),
    "insurer_support": ("insurer_support",),
    "high_cost": ("high_cost_state", "high_cost_metropolis"),
    "stabilisation": ("stabilisation_support",),
    "state_share": ("state_share", "moved_share"),
    "prefecture_share": ("metropolitan_share",),
    "normal_grant": ("normal_grant",),
}
"""budget of the nation -> items of the accounts"""
_FACTS = {"preschool_relief": "relief_preschool", "maternity_relief": "relief_maternity"}
"""budget of the nation -> fact of the year"""


def rows(figures: Figures) -> list[Row]:
    """Return the rows of this subject; years outside the run keep an empty simulated figure."""
    p, years = figures.p, set(figures.year.index)
    nation = p.table("people.headline").query("geography == 'national'").set_index("indicator")
    return [*_budgets(figures, nation, years), *_support(figures, p, years), *_receipts(figures, nation, years)]


def _budgets(f: Figures, nation: pd.DataFrame, years: set[int]) -> Iterator[Row]:
    """Yield the prefecture's part in each budget of R6 beside its part in the insured."""
    insured = float(nation.loc["insured_average", "value"])
    there = BUDGET in years
    part = f.fact(BUDGET, "member_months") / 12 / insured if there else float("nan")
    for name in (*_FLOWS, *_FACTS):
        budget = nation.loc[f"budget_{name}"]
        got = None
        if there:
            items, fact = _FLOWS.get(name, ()), _FACTS.get(name)
            got = sum(f.flow(BUDGET, item) for item in items) + (f.fact(BUDGET, fact) if fact else 0.0)
            got /= float(budget["value"])
        yield context(f"budget_part_{name}.{BUDGET}", BUDGET, "share", part, got, str(budget["source_id"]))


def _support(f: Figures, p: Parameters, years: set[int]) -> Iterator[Row]:
    """Yield what the rule alone gives per member in the years in which the support was notified."""
    source = p.passport("finance.support_per_member")
    if source.status == "assumed":
        return
    for year in sorted(years):
        notified = float(p.value("finance.support_per_member", year))
        if notified > 0:
            got = float(f.account.loc[year, "support_per_member_by_rule"])
            name, width = f"support_per_member_by_rule.{year}", _SUPPORT_BAND * notified
            yield row(name, "held_out", year, "yen/person", notified, got, width, source.source)


def _receipts(f: Figures, nation: pd.DataFrame, years: set[int]) -> Iterator[Row]:
    """Yield receipts a year per insured, and the fees of all of them, beside the nation's."""
    count = nation.loc["receipts"]
    insured = sum(float(nation.loc[name, "value"]) for name in ("insured_average", "insured_guilds"))
    got = fees = None
    if RECEIPTS in years:
        members = f.fact(RECEIPTS, "member_months") / 12
        got = f.fact(RECEIPTS, "treated_months") * float(f.p.value("finance.receipts_per_treated_month", RECEIPTS))
        got, fees = got / members, f.flow(RECEIPTS, "review_fees") / members
    per_head, source = float(count["value"]) / insured, str(count["source_id"])
    yield context(f"receipts_per_insured.{RECEIPTS}", RECEIPTS, "receipts/person", per_head, got, source)
    price = float(f.p.value("finance.review_fee", RECEIPTS))
    yield context(f"review_fees_per_insured.{RECEIPTS}", RECEIPTS, "yen/person", per_head * price, fees, source)
