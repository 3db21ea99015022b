"""Public money by rule: shares of the state and the metropolis, grants, and how whole yen are split.

Pure functions used both when the metropolis forecasts a year and when the year is settled. The rules stand in
国民健康保険法 arts. 70-75 and the decree on the state share (S34 政令41); numbers come from the domain `finance`.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import ParameterError
from sim.parameters import Parameters
from sim.parameters.memo import once

Yen = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class FundingRules:
    """Shares and prices of one fiscal year (domain `finance`)."""

    state_share: float
    metropolis_share: float
    second_part: float
    relief_base_share: float
    high_cost_object: float
    high_cost_state: float
    high_cost_metropolis: float
    special_high_cost: float
    special_pool_subsidy: float
    special_pool_share: float
    national_insured: float
    review_fee: float
    receipts_per_treated_month: float
    child_grant: float
    special_other: float
    other_public: float
    care_per_member: float
    child_per_member: float
    elderly_national_share: float
    elderly_scope: float
    elderly_floor: float
    normal_flat: float
    normal_slope: float
    normal_flat_cap: float
    normal_rate_cap: float
    normal_standardised: bool
    moved_share: float
    nation_base: float
    nation_normal: float
    local_loss_child: float
    local_loss_other: float
    local_loss_subsidy: float

    @classmethod
    def of(cls, p: Parameters, year: int) -> FundingRules:
        """Return the rules of a year; an impossible share names the parameter."""
        return _rules(p, year)

    @property
    def first_part(self) -> float:
        """Share of the base that the metropolis puts into the pot (都道府県繰入金 1号)."""
        return self.metropolis_share * (1 - self.second_part)

    def proportional(self, base: int) -> tuple[int, int, int]:
        """Return the state's share, the first and the second part of the metropolis's money for a base."""
        money = max(base, 0)
        return (
            share_of(money, self.state_share),
            share_of(money, self.first_part),
            share_of(money, self.metropolis_share * self.second_part),
        )


@once
def _rules(p: Parameters, year: int) -> FundingRules:
    v = {f: p.value(f"finance.{f}", year) for f in FundingRules.__dataclass_fields__}
    for name in ("state_share", "metropolis_share", "second_part", "high_cost_state", "high_cost_metropolis"):
        if not 0 <= v[name] <= 1:
            raise ParameterError(f"finance.{name} is {v[name]} in {year}; allowed 0-1")
    return FundingRules(**v)


@dataclass(frozen=True, kw_only=True)
class NormalGrant:
    """普通調整交付金 of one part: demand, theoretical revenue and grant, yen."""

    demand: int
    revenue: int
    grant: int


def share_of(amount: int, share: float) -> int:
    """Return a share of an amount, cut to whole yen."""
    s = _as_written(share)
    return amount * s.numerator // s.denominator


def shares_of(amounts: Yen, share: float) -> Yen:
    """Return a share of each amount, cut to whole yen."""
    up, down = _as_written(share).as_integer_ratio()
    return np.array([amount * up // down for amount in amounts.tolist()], np.int64)


@functools.lru_cache(1024)
def _as_written(share: float) -> Fraction:
    return Fraction(str(share))


def normal_grant(rules: FundingRules, demand: int, heads: int, income: int, capped: bool, index: float) -> NormalGrant:
    """Return the grant that evens out income: demand minus theoretical premium revenue, never negative (G.1).

    Flat part: `normal_flat` x y yen per head (medical: to 0.01 yen, capped); rate: `normal_slope` x y (13 decimals,
    medical capped), y = demand per head. With standardised cost (the proposal of the ministry of finance) the
    medical demand is divided by the metropolis's cost index.
    """
    if heads <= 0 or demand <= 0:
        return NormalGrant(demand=max(demand, 0), revenue=0, grant=0)
    wanted = int(demand / index) if rules.normal_standardised and capped and index > 0 else demand
    y = wanted / heads
    flat, rate = round(rules.normal_flat * y, 2), round(rules.normal_slope * y, 13)
    if capped:
        flat, rate = min(flat, rules.normal_flat_cap), min(rate, rules.normal_rate_cap)
    revenue = int(flat * heads + rate * income)
    return NormalGrant(demand=wanted, revenue=revenue, grant=max(0, wanted - revenue))


def elderly_grant(rules: FundingRules, benefit: int, support: int, share: float) -> int:
    """Return 前期高齢者交付金: (F + S)(1 - national share / own share); negative = a payment (G.2)."""
    own = max(share, rules.elderly_floor)
    return int((benefit * rules.elderly_scope + support) * (1 - rules.elderly_national_share / own))


def apportion(total: int, weights: NDArray[np.int64]) -> Yen:
    """Split whole yen by weights: cut to the yen, the rest one by one to the largest remainders, ties by index."""
    return apportioned([total], weights)[0]


def apportioned(totals: Sequence[int], weights: NDArray[np.int64]) -> Yen:
    """Split several amounts by the same weights as `apportion` does, int64[totals, M]."""
    shares = np.asarray(weights)
    if not shares.sum() > 0:
        shares = np.ones_like(shares)
    if max(map(abs, totals)) * int(np.abs(shares).max()) > _MOST:
        return np.array([_apportion(total, shares) for total in totals], np.int64)
    signed = np.array(totals, np.int64)
    amount = np.abs(signed)
    parts, left = np.divmod(amount[:, None] * shares, int(shares.sum()))
    largest = np.argsort(-left, axis=1, kind="stable")
    short = amount - parts.sum(axis=1)
    np.put_along_axis(left, largest, np.where(np.arange(shares.size) < short[:, None], 1, 0), axis=1)
    return np.sign(signed)[:, None] * (parts + left)


_MOST = 2**63 - 1


def _apportion(total: int, weights: NDArray[np.int64]) -> Yen:
    """Split an amount of which a product with a weight is too large for int64."""
    whole = weights.tolist()
    everything = sum(whole)
    sign, amount = (-1, -total) if total < 0 else (1, total)
    parts = [amount * x // everything for x in whole]
    left = [amount * x % everything for x in whole]
    largest = sorted(range(len(whole)), key=left.__getitem__, reverse=True)
    for i in largest[: amount - sum(parts)]:
        parts[i] += 1
    return np.array([sign * x for x in parts], np.int64)


def insurer_support(
    premium: Yen, members: Yen, relieved: tuple[Yen, Yen, Yen], shares: tuple[float, float, float]
) -> Yen:
    """Return 保険者支援制度: mean premium per insured x relieved insured x 15, 14 and 13 % (7, 5 and 2割)."""
    eligible = sum((k * s for k, s in zip(relieved, shares, strict=True)), np.zeros(len(members)))
    mean = np.divide(premium, members, out=np.zeros(len(members)), where=members > 0)
    return np.floor(mean * eligible).astype(np.int64)
