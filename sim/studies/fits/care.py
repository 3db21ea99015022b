"""Fits the municipal index of cost to the published benefit per insured, from the tables of a finished run.

Nothing here is used by a run. The realised cost of ten thousand members still varies by about three per cent from
year to year, since the top hundredth has a fifth of it. So the index is fitted to the benefit that the members of
a municipality are expected to have by age, sex and nationality; a single draw would be fitted to its own noise.
"""

from __future__ import annotations

import pandas as pd

from sim.mechanisms.care.profile import national_cost
from sim.parameters import Parameters
from sim.studies.fits.nation import age_weights, foreign_share_by_age


def expected_benefit(by_place: pd.DataFrame, index: pd.Series) -> pd.Series:
    """Return the benefit to be expected of each municipality, yen by code, without the noise of single members.

    by_place  rows of the table cost_by_place of one year
    index     cost index by code that the run had
    Benefit over expected cost of each age in the whole prefecture makes the step from cost to benefit, and the level.
    """
    t = by_place.assign(weighted=by_place["expected"] * by_place["code"].map(index))
    ages = t.groupby("age_group")[["benefit", "weighted"]].sum()
    rate = (ages["benefit"] / ages["weighted"]).where(ages["weighted"] > 0, 0.0)
    return (t["weighted"] * t["age_group"].map(rate)).groupby(t["code"]).sum()


def fit_index(
    card: pd.DataFrame, benefit: pd.Series, members_end: pd.Series, index: pd.Series, shrink: float
) -> pd.Series:
    """Return the index that brings each municipality to its published benefit, the prefecture's level apart; by code.

    card         settlement cards by code: benefit_per_insured (yen per year-end insured) and insured
    benefit      simulated benefit of the same year, expected (see above) or realised, yen by code
    members_end  simulated insured at the end of the year
    index        index of the run
    shrink       insured at which a municipality's own figure counts half; fewer are drawn to the index they had
    """
    published = card["benefit_per_insured"] / _mean(card["benefit_per_insured"], card["insured"])
    each = benefit / members_end.where(members_end > 0)
    simulated = each / _mean(each, card["insured"])
    weight = card["insured"] / (card["insured"] + shrink)
    return index * (1 + weight * (published / simulated - 1).fillna(0.0))


def _mean(value: pd.Series, weight: pd.Series) -> float:
    known = value.notna()
    return float((value[known] * weight[known]).sum() / weight[known].sum())


def fit_foreign(p: Parameters) -> float:
    """Return `cost.foreign`, with which foreign members have their published share of the nation's cost (R5).

    The nation's cost by age is of all members, its foreign members by age are `nation.foreign_weights`; so the ages
    are taken out, and what is left is the cost of a foreign member over that of a Japanese of the same age.
    """
    t = p.table("people.headline")
    published = float(t[t["indicator"] == "foreign_share_of_medical_cost"]["value"].iloc[0]) / 100
    weight, part = age_weights(p), foreign_share_by_age(p)
    cost = weight * national_cost(p)

    def gap(ratio: float) -> float:
        foreign = cost * part * ratio / (1 - (1 - ratio) * part)
        return float(foreign.sum() / cost.sum()) - published

    from scipy.optimize import brentq

    return float(brentq(gap, 0.05, 2.0))
