"""Medical care of those aged 75 and over (後期高齢者医療): what it costs the nation, and what insurers pay for it.

People x cost per head, less their own share at the counter, is the benefit. Public money bears half of it, save for
those who pay 3割; their premiums bear the share 後期高齢者負担率; the insurers of those below 75 bear the rest, one
amount per member (後期高齢者支援金). Law: 高齢者の医療の確保に関する法律 arts. 93, 100, 118-121.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sim.parameters import Parameters
from sim.parameters.memo import once

REVISED = 2
"""years between two settings of the premiums' share, in even fiscal years of the era (R6, R8, ...)"""
_BUDGET = 2024
"""fiscal year whose cost per head is given (R6)"""
_FIRST = 2022
"""first fiscal year of the figures (R4)"""


@dataclass(frozen=True, kw_only=True)
class LateElderly:
    """The nation's late elderly in a year.

    people    yearly average;  cost  yen a head;  own_share  paid at the counter, after the ceilings
    active    part of the benefit for those who pay 3割, which gets no public money
    public    share of public money in the rest
    premiums  share of the benefit that their own premiums bear (後期高齢者負担率)
    insured   members of all insurers below 75
    """

    people: float
    cost: float
    own_share: float
    active: float
    public: float
    premiums: float
    insured: float

    @property
    def benefit(self) -> float:
        """Return the benefit, yen."""
        return self.people * self.cost * (1 - self.own_share)

    @property
    def support(self) -> float:
        """Return what all insurers pay, yen."""
        return self.benefit * (1 - self.public * (1 - self.active) - self.premiums)

    @property
    def per_member(self) -> float:
        """Return what an insurer pays for each member below 75, yen."""
        return self.support / self.insured


def late_elderly(
    p: Parameters, year: int, growth: Mapping[int, float] | None = None, decided: int = 9999
) -> LateElderly:
    """Return the late elderly of a fiscal year.

    growth   of the people in years without a count, where it is not `finance.late_growth`
    decided  last year whose fee revision is known
    """
    return LateElderly(
        people=people(p, year, growth or {}),
        cost=cost_per_head(p, year, decided),
        own_share=own_share(p, year),
        active=float(p.value("finance.late_active_share", year)),
        public=float(p.value("finance.late_public_share", year)),
        premiums=premiums_share(p, year, growth or {}),
        insured=float(p.value("finance.late_insured_below", year)),
    )


def per_member(p: Parameters, year: int, growth: Mapping[int, float] | None = None, decided: int = 9999) -> float:
    """Return 後期高齢者支援金 per member, yen: what was notified, else that of the last such year moved by the rule.

    Where nothing was notified before, the rule alone holds. What is notified also holds the settlement of two years
    before, which the rule does not know; it is carried on as a part of the level.
    """
    notified = float(p.value("finance.support_per_member", year))
    if notified > 0:
        return notified
    by_rule = late_elderly(p, year, growth, decided).per_member
    last = _last_given(p, "finance.support_per_member", year - 1)
    if last is None:
        return by_rule
    level = float(p.value("finance.support_per_member", last)) / late_elderly(p, last, growth, decided).per_member
    return by_rule * level


def people(p: Parameters, year: int, growth: Mapping[int, float]) -> float:
    """Return the nation's late elderly: counted, or grown since the last count."""
    counted = _last_given(p, "finance.late_people", year) or year
    grown = math.prod(1 + growth.get(y, float(p.value("finance.late_growth", y))) for y in range(counted + 1, year + 1))
    return float(p.value("finance.late_people", counted)) * grown


@once
def cost_per_head(p: Parameters, year: int, decided: int = 9999) -> float:
    """Return yen a head: that of the budget of R6, moved by a yearly growth and by fee revisions."""
    value = float(p.value("finance.late_cost_r6", year))
    for y in range(min(year, _BUDGET) + 1, max(year, _BUDGET) + 1):
        revised = float(p.value("cost.fee_revision", y)) if y <= max(decided, _BUDGET) else 0.0
        step = (1 + float(p.value("finance.late_cost_growth", y))) * (1 + revised)
        value = value * step if year > _BUDGET else value / step
    return value


@once
def own_share(p: Parameters, year: int) -> float:
    """Return what is paid at the counter as a share of cost: 1, 2 or 3割 by class, less what the ceilings give back."""
    classes = np.asarray(p.value("finance.late_classes", year), np.float64)
    shares = np.asarray(p.value("finance.late_own_shares", year), np.float64)
    return float(p.value("finance.late_own_share_left", year)) * float((classes * shares).sum() / classes.sum())


def premiums_share(p: Parameters, year: int, growth: Mapping[int, float]) -> float:
    """Return 後期高齢者負担率: set by order, later so that premiums and support per head grow alike (since R6).

    b N' / M' = k (c - b) with b the share, c what premiums and support bear together, N late elderly, M members
    below 75; k from the last year that was set. A new share holds for two years.
    """
    given = float(p.value("finance.late_premiums_share", year))
    if given > 0:
        return given
    last = _last_given(p, "finance.late_premiums_share", year) or year
    start, last = year - year % REVISED, last - last % REVISED

    def ratio(y: int) -> float:
        return people(p, y, growth) / float(p.value("finance.late_insured_below", y))

    both = 1 - float(p.value("finance.late_public_share", year)) * (
        1 - float(p.value("finance.late_active_share", year))
    )
    before = float(p.value("finance.late_premiums_share", last))
    k = before / (both - before) * ratio(start) / ratio(last)
    return both * k / (1 + k)


@once
def _last_given(p: Parameters, key: str, year: int) -> int | None:
    """Return the last fiscal year up to `year` in which a number is given, that is not zero."""
    return next((y for y in range(year, _FIRST - 1, -1) if float(p.value(key, y)) > 0), None)
