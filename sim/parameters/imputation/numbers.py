"""Numbers that follow from what every region gives, where it does not give them; all others have a national default.

A rule here reads the tables every region gives and those of the nation, never one that is imputed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sim.parameters.imputation import accounts
from sim.parameters.imputation.residents import residents
from sim.parameters.imputation.rule import OWN, Grade
from sim.parameters.schema import Passport, Value

if TYPE_CHECKING:
    from sim.parameters.loader import Parameters

_START = 2022
_BINS = ((0, 4), (4, 8), (8, 13), (13, 15))
"""five-year groups of 0-19, 20-39, 40-64, 65-74"""
_SHARES = 4
"""digits kept of a share"""


@dataclass(frozen=True)
class Number:
    """How a number follows from the tables: `make` gives the value, the sentences say how, `cost` what it costs."""

    make: Callable[[Parameters], Value]
    ja: str
    en: str
    cost: Grade = "small"


def derived(p: Parameters) -> dict[str, Passport]:
    """Return the passports of the numbers a region does not give and the tables tell; none of a root without region.

    The value must lie within the range of the nation; ParameterError of the tables comes through.
    """
    if p.own is None or not set(accounts_needed()) <= set(p.table_paths):
        return {}
    return {key: _passport(p, key) for key in p.imputed_numbers() if key in DERIVED}


def accounts_needed() -> tuple[str, ...]:
    """Return the tables the rules read."""
    return "places.municipalities", "places.register_age5", accounts.CARDS


def _passport(p: Parameters, key: str) -> Passport:
    nation = p.passport(key)
    given = {"value": _within(nation, DERIVED[key].make(p)), "values": None, "status": "imputed", "source": OWN}
    return nation.model_copy(update={**given, "note": DERIVED[key].en, "reason": None, "expected": None})


def _within(nation: Passport, value: Value) -> Value:
    """Return a value within the range of the nation."""
    if nation.range is None or isinstance(value, list | str | bool):
        return value
    low, high = nation.range
    return type(value)(min(max(value, low), high))


def _members(p: Parameters) -> float:
    nation = accounts.headline(p, "insured_year_end", "R3") / accounts.headline(p, "insured_year_end", "R5")
    return float(accounts.cards(p)["insured"].sum()) * nation


def _by_age(p: Parameters) -> list[float]:
    members = accounts.members_by_age(p, _START).sum(axis=0)
    share = np.array([members[low:high].sum() for low, high in _BINS]) / members.sum()
    rounded = np.round(share, _SHARES)
    rounded[-1] = round(1 - rounded[:-1].sum(), _SHARES)
    return [float(x) for x in rounded]


def _foreign(p: Parameters) -> float:
    """Return foreign members by national rates of enrolment over all members."""
    rates = np.array(p.value("population.member_rate_foreign", _START), float)
    people = residents(p, _START).foreign.sum(axis=(0, 2))
    starts = [0, 5, 10, 15, 18, *range(20, 75, 5), 75]
    by_group = np.array([people[a:b].sum() for a, b in pairwise(starts)])
    return round(float((by_group * rates).sum() / _members(p)), _SHARES)


def _cost_level(p: Parameters) -> float:
    """Return the benefit per year-end insured of FY2023 over that of the nation's cost by age."""
    card = accounts.cards(p)
    insured, benefit = (card[c].to_numpy(float) for c in ("insured", "benefit_per_insured"))
    if np.isnan(benefit).all():
        return 1.0
    ends = [accounts.headline(p, "insured_year_end", year) for year in ("R4", "R5")]
    members = accounts.members_by_age(p, accounts.YEAR + 1).sum(axis=1)
    cost = float(np.average(accounts.expected_cost(p, accounts.YEAR + 1), weights=members))
    growth = np.prod([1 + float(p.value(f"cost.{name}", accounts.YEAR)) for name in ("trend", "fee_revision")])
    expected = cost * _benefit_share(p) * float(growth) * (sum(ends) / 2 / ends[1])
    return round(accounts.weighted(benefit, insured) / expected, _SHARES)


def _benefit_share(p: Parameters) -> float:
    """Return benefits over cost of the nation, which turn the cards' benefits into cost on every information date."""
    t = replace(p, as_of=None).given("people.benefit_ratio")
    return float(t[(t["population"] == "municipal NHI") & (t["age"] == "benefit payments / cost")]["value"].iloc[0])


def _share_of_nation(p: Parameters) -> float:
    return _members(p) / accounts.headline(p, "insured_year_end", "R3")


DERIVED: dict[str, Number] = {
    "population.members_start": Number(
        lambda p: round(_members(p)),
        "R5年度末の被保険者数×全国のR3年度末／R5年度末",
        "insured of 31 March 2024 times the nation's of March 2022 over March 2024",
    ),
    "population.members_by_age": Number(
        _by_age,
        "年齢別人口×全国の年齢別加入率",
        "residents by age times national rates of enrolment",
        "moderate",
    ),
    "population.members_foreign": Number(
        _foreign,
        "外国人の年齢別人口×加入率（population.member_rate_foreign）",
        "foreign residents by age times population.member_rate_foreign",
        "moderate",
    ),
    "cost.level": Number(
        _cost_level,
        "R5年度末1人当たり給付費／全国の年齢別医療費から見込まれる額",
        "benefit per insured of FY2023 over what the nation's cost by age suggests",
    ),
    "coverage.region_share": Number(_share_of_nation, "全国の被保険者に占める割合", "share of the nation's insured"),
    "finance.stabilisation_fund_opening": Number(
        lambda p: round(_share_of_nation(p) * float(p.value("finance.stabilisation_funds_nation", _START))),
        "全国の財政安定化基金×被保険者の割合",
        "the nation's stabilisation funds by the share of insured",
        "moderate",
    ),
}
"""key -> rule"""
