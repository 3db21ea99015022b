"""Revenue and expenditure of the metropolitan special account by rule: one calculation, used twice.

In November with forecast figures it gives what all levies must bring in; after the year with results it gives
what the state and the metropolis really pay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.institutions.funding import FundingRules, NormalGrant, normal_grant, share_of
from sim.institutions.special_grants import moved_out, special_case_grant


@dataclass(frozen=True, kw_only=True)
class MedicalFigures:
    """What the medical portion depends on, whole metropolis; persons and yen.

    relief    reliefs of all portions refunded by public money (7/5/2割, children, mothers)
    elderly   provisional elderly grant of the year; settled = settlement of two years before
    paid_in   into the nation's pool for receipts above 4.2 million yen, as notified
    lost      state money lost for free care of municipalities, and what the metropolis gives for it (`subsidy`)
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
    paid_in: int
    lost: int
    subsidy: int
    base_income: int
    index: float
    effort: int


@dataclass(frozen=True, kw_only=True)
class MedicalMoney:
    """Lines a1-b12 of the medical portion, all positive yen but `settled` and `other`, which may be negative.

    moved    out of the state's share into adjusting grants (振替); special_case is what comes back of it
    lost     of the state's share, for free care of municipalities; subsidy of the metropolis for it
    """

    benefits: int
    fees: int
    special_paid_in: int
    elderly: int
    settled: int
    state: int
    moved: int
    lost: int
    grant: NormalGrant
    special_case: int
    child: int
    special_other: int
    first: int
    second: int
    high_cost_state: int
    high_cost_metropolis: int
    special: int
    effort: int
    other: int
    subsidy: int

    def lines(self) -> dict[str, int]:
        """Return expenditure positive, revenue negative, by the letters of the specification of the account."""
        return {
            "a1": self.benefits,
            "a2": self.fees,
            "a4": self.special_paid_in,
            "b1": -self.elderly,
            "b1s": -self.settled,
            "b2": -self.state,
            "b2t": self.moved,
            "b2l": self.lost,
            "b3": -self.grant.grant,
            "b3t": -self.special_case,
            "b4": -self.child,
            "b4o": -self.special_other,
            "b5": -self.first,
            "b6": -(self.high_cost_state + self.high_cost_metropolis),
            "b7": -self.special,
            "b8": -self.effort,
            "b11": -self.other,
            "b12": -self.subsidy,
        }


@dataclass(frozen=True, kw_only=True)
class PaymentMoney:
    """A payment to a national pool and the public money for it, yen."""

    gross: int
    state: int
    moved: int
    grant: NormalGrant
    special_case: int
    first: int
    second: int

    def lines(self) -> dict[str, int]:
        return {
            "a1": self.gross,
            "b2": -self.state,
            "b2t": self.moved,
            "b3": -self.grant.grant,
            "b3t": -self.special_case,
            "b5": -self.first,
        }


def review_fees(rules: FundingRules, treated: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the fees for reviewing and paying receipts, int64[M] yen; `treated` are insured months with any care."""
    return np.floor(treated * rules.receipts_per_treated_month * rules.review_fee).astype(np.int64)


def medical_money(rules: FundingRules, f: MedicalFigures) -> MedicalMoney:
    """Return the medical portion's account: 32 and 9 % of the base, grants, high-cost money, remainder."""
    base = f.benefits - share_of(f.relief, rules.relief_base_share) - f.elderly - f.settled
    state, first, second = rules.proportional(base)
    burden = share_of(f.over_800k, rules.high_cost_object)
    from_state, from_metropolis = share_of(burden, rules.high_cost_state), share_of(burden, rules.high_cost_metropolis)
    special = share_of(f.over_4200k, rules.special_high_cost)
    moved = moved_out(rules, base)
    demand = f.benefits - state + moved - first - second - f.elderly - f.settled - from_state - from_metropolis
    grant = normal_grant(rules, demand, f.members, f.base_income, capped=True, index=f.index)
    return MedicalMoney(
        benefits=f.benefits,
        fees=f.fees,
        special_paid_in=f.paid_in,
        elderly=f.elderly,
        settled=f.settled,
        state=state,
        moved=moved,
        lost=f.lost,
        grant=grant,
        special_case=special_case_grant(rules, grant.grant),
        child=round(rules.child_grant * f.children),
        special_other=round(rules.special_other * f.members),
        first=first,
        second=second,
        high_cost_state=from_state,
        high_cost_metropolis=from_metropolis,
        special=special,
        effort=f.effort,
        other=round(rules.other_public * f.members),
        subsidy=f.subsidy,
    )


def payment_money(rules: FundingRules, gross: int, heads: int, income: int) -> PaymentMoney:
    """Return the public money for a payment to a pool (後期支援金, 介護納付金, 子ども納付金).

    The state's share is that of the payment itself: the Act takes half of all transfers for reliefs off the benefits
    (国民健康保険法70条1項1号), nothing off the payments (2号).
    """
    state, first, second = rules.proportional(gross)
    moved = moved_out(rules, gross)
    grant = normal_grant(rules, gross - state + moved - first - second, heads, income, capped=False, index=1.0)
    return PaymentMoney(
        gross=gross,
        state=state,
        moved=moved,
        grant=grant,
        special_case=special_case_grant(rules, grant.grant),
        first=first,
        second=second,
    )
