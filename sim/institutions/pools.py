"""特別高額医療費共同事業: the nation's pool for receipts above 4.2 million yen (国民健康保険法81条の3).

The pool pays each prefecture for its receipts of the year. What it needs beyond the state's subsidy the prefectures
pay in, by their share in such receipts of three past years; so a prefecture pays the mean of its own past receipts
less its part of the subsidy, and one year's chance is spread over the nation.
"""

from __future__ import annotations

from sim.institutions.funding import FundingRules, share_of


def subsidy_part(rules: FundingRules, members: int) -> int:
    """Return the prefecture's part of the state's subsidy, yen: its share in the pool, or that of its insured."""
    share = rules.special_pool_share or members / rules.national_insured
    return round(rules.special_pool_subsidy * share)


def paid_in(rules: FundingRules, past: int, members: int) -> int:
    """Return what the prefecture pays in, yen; `past` is the mean of some past years above 4.2 million yen."""
    return max(share_of(past, rules.special_high_cost) - subsidy_part(rules, members), 0)
