"""Revenue and expenditure of the metropolitan special account by rule: one calculation, used twice.

In November with forecast figures it gives what all levies must bring in; after the year with results it gives
what the state and the metropolis really pay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.institutions.funding import FundingRules, normal_grant, share_of


@dataclass(frozen=True, kw_only=True)
class MedicalFigures:
    """What the medical portion depends on, whole metropolis; persons and yen.

    relief    reliefs of all portions refunded by public money (7/5/2割, children, mothers)
    elderly   provisional elderly grant of the year; settled = settlement of two years before
    index     actual over age-standard cost
    effort    保険者努力支援 都道府県分 (institutions/effort.py)
    """

    members: int
    children: int
    benefits: int
    fees: int
    relief: int
    elderly: int
    settled: int
    over_800k: int
    over_4200k: int
    base_income: int
    index: float
    effort: int


@dataclass(frozen=True, kw_only=True)
class MedicalMoney:
    """Lines a1-b11 of the medical portion, all positive yen but `settled` and `other`, which may be negative."""

    benefits: int
    fees: int
    special_paid_in: int
    elderly: int
    settled: int
    state: int
    normal: int
    child: int
    first: int
    second: int
    high_cost_state: int
    high_cost_metropolis: int
    special: int
    effort: int
    other: int

    def lines(self) -> dict[str, int]:
        """Return expenditure positive, revenue negative, by the letters of the specification of the account."""
        return {
            "a1": self.benefits,
            "a2": self.fees,
            "a4": self.special_paid_in,
            "b1": -self.elderly,
            "b1s": -self.settled,
            "b2": -self.state,
            "b3": -self.normal,
            "b4": -self.child,
            "b5": -self.first,
            "b6": -(self.high_cost_state + self.high_cost_metropolis),
            "b7": -self.special,
            "b8": -self.effort,
            "b11": -self.other,
        }


@dataclass(frozen=True, kw_only=True)
class PaymentMoney:
    """A payment to a national pool and the public money for it, yen."""

    gross: int
    state: int
    normal: int
    first: int
    second: int

    def lines(self) -> dict[str, int]:
        return {"a1": self.gross, "b2": -self.state, "b3": -self.normal, "b5": -self.first}


def review_fees(rules: FundingRules, members: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the fees for reviewing and paying receipts, int64[M]."""
    return np.floor(members * rules.review_fee).astype(np.int64)


def medical_money(rules: FundingRules, f: MedicalFigures) -> MedicalMoney:
    """Return the medical portion's account: 32 and 9 % of the base, grants, high-cost money, remainder."""
    base = f.benefits - share_of(f.relief, rules.relief_base_share) - f.elderly - f.settled
    state, first, second = rules.proportional(base)
    burden = share_of(f.over_800k, rules.high_cost_object)
    from_state, from_metropolis = share_of(burden, rules.high_cost_state), share_of(burden, rules.high_cost_metropolis)
    special = share_of(f.over_4200k, rules.special_high_cost)
    demand = f.benefits - state - first - second - f.elderly - f.settled - from_state - from_metropolis
    grant = normal_grant(rules, demand, f.members, f.base_income, capped=True, index=f.index)
    return MedicalMoney(
        benefits=f.benefits,
        fees=f.fees,
        special_paid_in=max(special - round(rules.special_high_cost_subsidy * f.members), 0),
        elderly=f.elderly,
        settled=f.settled,
        state=state,
        normal=grant.grant,
        child=round(rules.child_grant * f.children),
        first=first,
        second=second,
        high_cost_state=from_state,
        high_cost_metropolis=from_metropolis,
        special=special,
        effort=f.effort,
        other=round(rules.other_public * f.members),
    )


def payment_money(rules: FundingRules, gross: int, heads: int, income: int) -> PaymentMoney:
    """Return the public money for a payment to a pool (後期支援金, 介護納付金, 子ども納付金).

    The state's share is that of the payment itself: the Act takes half of all transfers for reliefs off the benefits
    (国民健康保険法70条1項1号), nothing off the payments (2号).
    """
    state, first, second = rules.proportional(gross)
    grant = normal_grant(rules, gross - state - first - second, heads, income, capped=False, index=1.0)
    return PaymentMoney(gross=gross, state=state, normal=grant.grant, first=first, second=second)
