"""The 90 % range beside a simulated figure, where the region's plausible ensemble has that very figure.

Most published items are read from a run in a way of their own (a share of two accounts, a group of municipalities, a
quarter of one date and three of another) and have no range. Those of ITEMS are headline figures, or measures of a
municipality or of a group of households; a row takes the range only if its figure is the ranged one to the last digit,
so that an item read otherwise in some year (an estimate of November, say) goes without.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from sim.outputs.folder import RunFolder
from sim.outputs.ranges import Ranges

ITEMS: dict[str, str] = {
    "insured_persons_annual_average": "members_average",
    "insured_persons_year_end": "members_end",
    "insured_persons_year_end_sum_of_municipalities": "members_end",
    "insured_households_year_end_sum_of_municipalities": "households_end",
    "share_65_plus_insured": "share_65_plus",
    "members_share_65-74": "share_65_plus",
    "members_share_65-74_by_grant": "share_65_plus",
    "income_per_insured_old_proviso": "base_income_per_member",
    "premium_per_insured": "premium_per_member",
    "premium_per_capita_no_off_rule": "standard_premium_per_head",
    "premium_per_capita_no_off_rule_provisional": "standard_premium_per_head",
    "premium_per_capita_no_off_rule_final": "standard_premium_per_head",
    "contribution_total": "contribution",
    "contribution_total_provisional": "contribution",
    "contribution_total_provisional_reference": "contribution",
    "contribution_total_final": "contribution",
    "contribution_per_capita": "contribution_per_head",
    "contribution_per_capita_final": "contribution_per_head",
    "benefit_settled": "benefit",
    "billed_per_member_national": "billed_per_member",
    "collection_rate_current_year": "collection_rate",
    "all_collection_rate_national": "collection_rate",
    "carried_over_collection_rate": "carried_over_rate",
    "arrears_household_share": "arrears_household_share",
    "arrears_household_share_national": "arrears_household_share",
    "foreign_heads_collection_rate": "collection_rate|nationality|foreign",
    "foreign_heads_collection_rate_r6": "collection_rate|nationality|foreign",
    "planned_discretionary_transfer": "discretionary_transfer",
    "deficit_transfer_settled": "discretionary_transfer",
}
"""item of a row, its year and municipality left out -> figure of the ensemble. The number of municipalities with a
transfer is not among them: its range is all there are, none to every one, and says nothing (docs/decisions/0097)"""


def with_ranges(rows: pd.DataFrame, run: RunFolder) -> pd.DataFrame:
    """Return the rows with low and high, the ends of the 90 % range, behind simulated; missing where there is none."""
    found = Ranges.of(run)
    ends = [None] * len(rows) if found is None else [_ends(row, found, run.region.code) for _, row in rows.iterrows()]
    at = list(rows.columns).index("simulated") + 1
    out = rows.copy()
    for i, name in enumerate(("low", "high")):
        out.insert(at + i, name, pd.Series([np.nan if e is None else e[i] for e in ends], rows.index, dtype=float))
    return out


def _ends(row: pd.Series, found: Ranges, prefecture: int) -> tuple[float, float] | None:
    item, *rest = str(row["id"]).split(".")
    measure = ITEMS.get(item)
    if measure is None or pd.isna(row["simulated"]) or not re.fullmatch(r"\d{4}", str(row["year"])):
        return None
    code = next((int(part) for part in rest if len(part) == len(str(prefecture))), prefecture)
    key = (measure, code, int(row["year"]))
    own = found.indexed
    if key not in own.index or not np.isclose(own.at[key, "value"], float(row["simulated"]), rtol=1e-9, atol=0):
        return None
    return float(own.at[key, "low90"]), float(own.at[key, "high90"])


def folded(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with low and high as one text, for people; without it where no row has a range."""
    if "low" not in rows:
        return rows
    out = rows.drop(columns=["low", "high"])
    if rows["low"].notna().any():
        at = list(out.columns).index("simulated") + 1
        out.insert(at, "90 % range", [span(low, high) for low, high in zip(rows["low"], rows["high"], strict=True)])
    return out


def span(low: float, high: float) -> str:
    """Return a range as a table shows it, "" where there is none."""
    if pd.isna(low):
        return ""
    places = 0 if max(abs(low), abs(high)) >= 1000 else 2 if max(abs(low), abs(high)) >= 2 else 4
    return f"{low:,.{places}f}–{high:,.{places}f}"
