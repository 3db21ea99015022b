"""Until when a figure of the prefecture is published, for every chart that shades the years to come."""

from __future__ import annotations

from collections.abc import Iterable

from sim.parameters import Parameters

PUBLISHED_AS: dict[str, str] = {
    "members_average": (
        "insured_persons_annual_average|insured_persons_medical_support|insured_persons_medical_support_provisional"
    ),
    "contribution": "contribution_total|contribution_total_provisional",
    "contribution_per_head": "contribution_per_capita|contribution_per_capita_final",
    "standard_premium_per_head": "premium_per_capita_no_off_rule|premium_per_capita_no_off_rule_provisional",
    "discretionary_transfer": "off_rule_transfer_total",
    "collection_rate": "collection_rate_current_year",
    "arrears_household_share": "arrears_household_share",
}
"""headline figure -> items of `targets.totals`, joined by |"""
_ELSE = 2025
"""the last year whose results are in for figures without an item of their own"""


def published(item: str) -> dict[int, float]:
    """Return the published totals of the prefecture by year; `item` may join several items with |."""
    table = Parameters.load().table("targets.totals")
    return {int(r.fiscal_year): float(r.value) for r in table[table["item"].isin(item.split("|"))].itertuples()}


def last_published(item: str, years: Iterable[int]) -> int:
    """Return the last of some years for which an item is published; where none is, the year that holds for others."""
    own = set(years)
    return max((year for year in published(item) if year in own), default=_ELSE)
