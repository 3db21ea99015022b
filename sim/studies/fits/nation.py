"""Figures of a prefecture's members with the nation's ages and classes, to set beside national figures.

Members of a large city are younger and better off than the nation's: fewer are 70-74, where the ceilings are low, and
more are in the classes with high ceilings. National figures of the high-cost benefit are compared with the
prefecture's people weighted like the nation's: by five-year age, and below 70 by class.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.sums import weighted
from sim.mechanisms.care.state import OLD, UNDER
from sim.parameters import Parameters

Floats = NDArray[np.float64]
AGED = "70-74"
TOP_SHARES = {"top_10": 0.62, "top_1": 0.22}
"""Share of a year's cost held by the top 10 % and 1 %, derived from published claims (people.cost_concentration)."""
CLASSES = ("ア", "イ", "ウ", "エ", "オ")
"""Classes below 70, coarse; each covers its divisions (ア1-ア3)."""


def age_weights(p: Parameters) -> pd.Series:
    """Return the share of each five-year age among the nation's members of R4, by "0-4" … "70-74"."""
    t = p.table("people.members_by_age")
    t = t[(t["geography"] == "national") & t["year"].str.startswith("R4")].set_index("age")["value"].astype(float)
    ages = t[[age for age in t.index if int(age.split("-")[1]) - int(age.split("-")[0]) == 4]]
    return ages / ages.sum()


def class_weights(p: Parameters) -> Floats:
    """Return the share of each class of CLASSES among the nation's members below 70, R5."""
    t = p.table("people.income_distribution")
    t = t[(t["geography"] == "national NHI <70") & (t["table"] == "household taxable income class")]
    shares = t["value"].to_numpy(np.float64)
    return shares / shares.sum()


def shares_by_class(high_cost: pd.DataFrame) -> Floats:
    """Return the share of each class of CLASSES among the members below 70; table high_cost of a year."""
    return _by_class(high_cost, "members")[1]


def _by_class(high_cost: pd.DataFrame, column: str) -> tuple[Floats, Floats]:
    """Return a column per member by class of CLASSES, and the share of each class below 70."""
    t = high_cost.set_index("class").loc[list(UNDER)]
    sums = t.groupby(t.index.str[0]).sum(numeric_only=True).loc[list(CLASSES)].astype(float)
    members = sums["members"]
    return (sums[column] / members.where(members > 0, 1.0)).to_numpy(), (members / members.sum()).to_numpy()


def at_national_mix(p: Parameters, by_age: pd.DataFrame, high_cost: pd.DataFrame) -> dict[str, float]:
    """Return figures of a year with the nation's mix of ages and classes; tables cost_by_age and high_cost.

    high_cost_share     high-cost benefit over the cost of medical care and drugs (医科・DPC・調剤)
    cases               cases per member and year: a household's month, and each outpatient of 70-74 apart
    yen_per_case        high-cost benefit of a case
    over_share          money above 800,000 yen a receipt over all cost
    benefit_ratio       benefits over cost
    """
    sums = by_age.groupby("age_group").sum(numeric_only=True)
    weights = age_weights(p)
    each = sums.loc[weights.index].div(sums.loc[weights.index, "members"], axis=0).mul(weights, axis=0)
    classes = class_weights(p)

    def lift(column: str) -> float:
        rate, own = _by_class(high_cost, column)
        return weighted(rate, classes) / weighted(rate, own)

    money = each["high_cost"].where(each.index == AGED, each["high_cost"] * lift("amount"))
    aged = high_cost.set_index("class").loc[list(OLD)].sum(numeric_only=True)
    rate, _ = _by_class(high_cost, "cases")
    cases = weighted(rate, classes) * (1 - weights[AGED]) + float(aged["cases"] / aged["members"]) * weights[AGED]
    gained = money.sum() - each["high_cost"].sum()
    cost = float(each["cost"].sum())
    return {
        "high_cost_share": float(money.sum() / (cost - each["dental"].sum())),
        "cases": float(cases),
        "yen_per_case": float(money.sum() / cases),
        "over_share": float(each["over_800k"].sum() / cost),
        "benefit_ratio": float((each["benefit"].sum() + gained) / cost),
    }


_YOUNG_ADULTS = [f"{a}-{a + 4}" for a in range(20, 40, 5)]
"""ages of which the ministry says how many foreign members there are"""


def foreign_share(p: Parameters) -> float:
    """Return the share of foreign members among the nation's members, R5: the mean of both year ends."""
    t = _national(p, "foreign_insured"), _national(p, "insured_year_end")
    return float(np.mean([t[0][era] / t[1][era] for era in ("R4", "R5")]))


def _national(p: Parameters, indicator: str) -> pd.Series:
    """Return a headline figure of the nation by era."""
    t = p.table("people.headline")
    t = t[(t["geography"] == "national") & (t["indicator"] == indicator)]
    return t.set_index(t["year"].str.slice(0, 2))["value"].astype(float)


def foreign_weights(p: Parameters) -> pd.Series:
    """Return the share of each five-year age among the nation's foreign members, by "0-4" … "70-74"; R5.

    Published are the members of 20-39 and of all ages. Within 20-39, and outside, a foreign resident of an age is a
    member with the odds of all residents of that age times one factor, which gives the published number. Foreign
    residents are all residents less Japanese; those of 70-74, not told apart, follow the fall from 60-64 to 65-69.
    """
    ages = age_weights(p).index
    t = p.table("people.population_by_age").pivot(index="age", columns="nationality", values="value").loc[ages]
    residents = (t["all"] - t["japanese"]) * 1000
    residents["70-74"] = residents["65-69"] ** 2 / residents["60-64"]
    t = p.table("people.insurance_by_age")
    t = t[(t["geography"] == "national") & (t["scheme"] == "municipal NHI") & (t["year"] == "2022-09")]
    members = t.set_index("age")["value"].astype(float).loc[ages] / 100
    young = pd.Series(ages.isin(_YOUNG_ADULTS), ages)
    wanted = _national(p, "foreign_insured_age20_39").iloc[0]
    found = pd.Series(0.0, ages)
    for there, number in ((young, wanted), (~young, _national(p, "foreign_insured")["R5"] - wanted)):
        found[there] = residents[there] * _at_odds(members[there], residents[there], float(number))
    return found / found.sum()


def _at_odds(share: pd.Series, residents: pd.Series, members: float) -> pd.Series:
    """Return shares whose odds are all the same multiple of those given, so that there are so many members."""
    odds = share / (1 - share)

    def gap(log_factor: float) -> float:
        raised = odds * np.exp(log_factor)
        return float((residents * raised / (1 + raised)).sum()) - members

    from scipy.optimize import brentq  # not for those who only ask what the shares are

    raised = odds * np.exp(brentq(gap, -10.0, 10.0))
    return raised / (1 + raised)


def foreign_share_by_age(p: Parameters) -> pd.Series:
    """Return the share of foreign members among the nation's members of each five-year age."""
    return foreign_share(p) * foreign_weights(p) / age_weights(p)


CARE = ("cost", "receipts", "high_cost_receipts", "high_cost")
"""measures of the table care_by_nationality whose foreign share is published for the nation"""


def foreign_shares(p: Parameters, care: pd.DataFrame) -> dict[str, float]:
    """Return the share of foreign members in each measure of CARE, with the nation's members by age and nationality.

    care  rows of the table care_by_nationality of a year: what a member of an age and nationality has is the run's
    """
    each = {}
    for nationality, rows in care.groupby("nationality"):
        t = rows.set_index("age_group").loc[age_weights(p).index]
        each[nationality] = t[list(CARE)].div(t["members"].where(t["members"] > 0, 1.0), axis=0)
    part, weight = foreign_share_by_age(p), age_weights(p)
    foreign = each["foreign"].mul(part * weight, axis=0).sum()
    japanese = each["Japanese"].mul((1 - part) * weight, axis=0).sum()
    return {str(name): float(share) for name, share in (foreign / (foreign + japanese)).items()}
