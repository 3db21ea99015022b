"""How many members of 国保 each municipality had on 1 April 2022, by age and nationality.

The settlement cards count members and households on 31 March 2024 only. Each municipality's count is
carried back: less the foreign residents who came in between, times one factor for all of them that meets the
stock of 1 April 2022. Its households follow the same members per household, times a fitted factor for the
change since (`places.household_factors`). Ages and nationality follow national enrolment rates, raked to
the prefecture's shares.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.sums import whole
from sim.parameters import Parameters
from sim.population.synthesis.register import LARGE
from sim.population.synthesis.state import AGES, YEAR

GROUP_STARTS = (0, 5, 10, 15, 18, *range(20, 75, 5))
"""first ages of the groups of members: five-year groups, 15-19 cut at 18"""
GROUPS = len(GROUP_STARTS)
MINORS = 4
"""groups below 18"""
_LATE_ELDERLY = 75
"""age at which the tables of members end"""
_CLOSE, _ROUNDS = 1e-6, 300
_NOBODY = 1e-12
_BINS = ((0, 5), (5, 9), (9, 14), (14, 16))
"""groups of 0-19, 20-39, 40-64, 65-74"""


@dataclass(frozen=True)
class Quotas:
    """Members wanted on 1 April 2022.

    people      int64[places, GROUPS, nationality]
    households  float64[places]  households with at least one member
    iterations  rounds of proportional fitting
    error       largest relative error of a margin of 1,000 people or more
    """

    people: NDArray[np.int64]
    households: NDArray[np.float64]
    iterations: int
    error: float


def group_of_age() -> NDArray[np.int64]:
    """Return the group of members of each single age 0-74, -1 from 75."""
    ages = np.arange(AGES)
    return np.where(ages < _LATE_ELDERLY, np.searchsorted(GROUP_STARTS, ages, side="right") - 1, -1)


def quotas(p: Parameters, eligible: NDArray[np.int64], foreign: NDArray[np.float64]) -> Quotas:
    """Return the members wanted.

    eligible  int64[places, GROUPS, nationality]  residents under 75 not on public assistance
    foreign   float64[places]                     foreign residents on 1 April 2022
    """
    start = float(p.value("population.members_start", YEAR))
    total, households = _carried_back(p, foreign, start)
    limit = p.value("population.members_most", YEAR) * eligible
    ages = start * np.array(p.value("population.members_by_age", YEAR))
    abroad = float(p.value("population.members_foreign", YEAR))
    nations = start * np.array([1 - abroad, abroad])
    x = np.minimum(eligible * _rates(p)[None], limit)
    error, rounds = np.inf, 0
    while error >= _CLOSE and rounds < _ROUNDS:
        rounds += 1
        x *= (nations / np.maximum(x.sum(axis=(0, 1)), _NOBODY))[None, None, :]
        for b, (low, high) in enumerate(_BINS):
            x[:, low:high] *= ages[b] / x[:, low:high].sum()
        x *= (total / x.sum(axis=(1, 2)))[:, None, None]
        x = np.minimum(x, limit)
        got = np.concatenate([x.sum(axis=(1, 2)), x.sum(axis=(0, 1)), [x[:, a:b].sum() for a, b in _BINS]])
        wanted = np.concatenate([total, nations, ages])
        error = float(np.max(np.abs(got / np.maximum(wanted, _NOBODY) - 1), where=wanted >= LARGE, initial=0.0))
    return Quotas(_whole(x, total), households, rounds, error)


def _carried_back(
    p: Parameters, foreign: NDArray[np.float64], start: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return members and insured households of every municipality on 1 April 2022, float64[places]."""
    cards = p.table("places.settlement_fy2023").set_index("code").loc[p.codes()]
    register = p.table("places.register_totals").set_index(["code", "reference_date"])
    later = np.zeros(len(p.codes()))
    for date, weight in (("2024-01-01", 0.75), ("2025-01-01", 0.25)):
        rows = register.xs(date, level="reference_date").loc[p.codes()]
        later += weight * (rows["foreign_male"] + rows["foreign_female"]).to_numpy(float)
    came = p.value("population.member_rate_change", YEAR) * (later - foreign)
    insured = cards["insured"].to_numpy(float)
    before = np.maximum(insured - came, p.value("population.members_kept_least", YEAR) * insured)
    total = before * start / before.sum()
    per_household = insured / cards["households"].to_numpy(float)
    drift = p.table("places.household_factors").set_index("code").loc[p.codes()]["households"].to_numpy(float)
    return total, total / per_household * drift


def _rates(p: Parameters) -> NDArray[np.float64]:
    """Return starting rates[GROUPS, nationality]: national shares of members by age, and those of foreign residents."""
    table = p.table("people.insurance_by_age")
    table = table[(table["geography"] == "national") & (table["scheme"] == "municipal NHI")]
    by_age = table[table["year"] == "2022-09"].set_index("age")["value"]
    names = [f"{a}-{a + 4}" for a in (0, 5, 10, 15, 15, *range(20, 75, 5))]
    japanese = by_age.loc[names].to_numpy(float) / 100
    return np.stack([japanese, np.array(p.value("population.member_rate_foreign", YEAR))], axis=1)


def _whole(x: NDArray[np.float64], total: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return whole quotas whose sum by municipality is the rounded total (running sums over the cells)."""
    flat = x.reshape(x.shape[0], -1)
    wanted = np.diff(whole(total.cumsum()), prepend=0)
    share = flat.cumsum(axis=1) / np.maximum(flat.sum(axis=1, keepdims=True), 1e-12)
    upto = whole(share * wanted[:, None])
    return np.diff(upto, axis=1, prepend=0).reshape(x.shape)
