"""Reads the state at the end of a year into the declared tables."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel import spread
from sim.core.tables import Columns, Known, Labels
from sim.core.units import april
from sim.institutions.memory import FACTS, PORTIONS
from sim.institutions.notices import Notices
from sim.institutions.rates import Rates
from sim.institutions.world import World
from sim.outputs.kernels import Counts, People, count
from sim.outputs.tables import (
    MEMBERS,
    MEMBERS_BY_AGE,
    MEMBERS_BY_PLACE,
    METROPOLIS_YEAR,
    MUNICIPALITY_YEAR,
    RATES,
)

AGE_GROUPS = (*(f"{a}-{a + 4}" for a in range(0, 100, 5)), "100+")
SEXES = ("male", "female")
_SCHEMES = ("kokuho", "employee", "dependant", "voluntary", "guild", "late_elderly", "assistance")
_MARCH = 11


def end_of_year(w: World, year: int, people: People, place: NDArray[np.number]) -> None:
    """Record the members, municipality_year, rates and metropolis_year rows of a finished year.

    place  uint8[households]  municipality of each household
    """
    codes = np.array(w.p.codes())
    _record_members(w, year, codes, people, place)
    w.record(MUNICIPALITY_YEAR, lambda: _facts(w, year, codes))
    w.record(METROPOLIS_YEAR, lambda: {name: [value] for name, value in headline(w, year).items()})
    for kind, rates in (("actual", w.rates), ("standard", w.standard_rates)):
        if year in rates:
            w.record(RATES, functools.partial(_rates, rates[year], kind, year, codes))


def _record_members(w: World, year: int, codes: NDArray[np.int64], people: People, place: NDArray[np.number]) -> None:
    rows = people.born.size
    sums = Counts.zeros(rows, w.places)
    spread(count, rows, people, place, april(year) + _MARCH, each=sums)
    w.record(MEMBERS, lambda: _crowd(year, sums.crowd.sum(axis=0) * w.weight))
    w.record(MEMBERS_BY_AGE, lambda: _insured(year, sums.months.sum(axis=0) * w.weight))
    w.record(MEMBERS_BY_PLACE, lambda: _by_place(year, codes, sums.local.sum(axis=0) * w.weight))


def _crowd(year: int, persons: NDArray[np.int64]) -> Columns:
    age, sex, foreign, scheme = np.nonzero(persons)
    return {
        "year": year,
        "age": Labels(AGE_GROUPS, age),
        "sex": Labels(SEXES, sex),
        "foreign": foreign.astype(bool),
        "scheme": Labels(_SCHEMES, scheme),
        "persons": persons[age, sex, foreign, scheme],
    }


def _insured(year: int, months: NDArray[np.int64]) -> Columns:
    age, sex, foreign = np.nonzero(months)
    return {
        "year": year,
        "age": Labels(AGE_GROUPS, age),
        "sex": Labels(SEXES, sex),
        "foreign": foreign.astype(bool),
        "members": months[age, sex, foreign] / 12,
    }


def _by_place(year: int, codes: NDArray[np.int64], local: NDArray[np.int64]) -> Columns:
    place, age = np.indices(local.shape[:2])
    return {
        "year": year,
        "code": codes[place.ravel()],
        "age": Labels(AGE_GROUPS, age.ravel()),
        "residents": local[:, :, 0].ravel(),
        "insured": local[:, :, 1].ravel(),
    }


def _facts(w: World, year: int, codes: NDArray[np.int64]) -> Columns:
    names = [name for name, _ in w.p.places().values()]
    insured_rows = w.memory.own(year, "members_end") // w.weight
    unknown = Known(np.ones(codes.size, np.int64), known=False)
    facts = {
        fact.name: Known(w.memory.get(year, fact.name).copy(), known=True)
        if w.memory.knows(year, fact.name)
        else unknown
        for fact in FACTS
    }
    return {
        "year": year,
        "code": codes,
        "name": Labels(names, np.arange(codes.size)),
        "small": insured_rows < SMALL_CELL,
        **facts,
    }


SMALL_CELL = 500
"""Insured rows of the sample below which a municipality's figures are marked small (too few to tell)."""


def _rates(rates: Rates, kind: str, year: int, codes: NDArray[np.int64]) -> Columns:
    """Return the rates of a year, the first portion of all municipalities before the second."""
    return {
        "year": year,
        "code": np.tile(codes, len(PORTIONS)),
        "kind": Labels.repeat([kind], codes.size * len(PORTIONS)),
        "portion": Labels.repeat(PORTIONS, codes.size),
        "income_part": rates.income_part.ravel("F"),
        "asset_part": rates.asset_part.ravel("F"),
        "per_head": rates.per_head.ravel("F"),
        "per_household": rates.per_household.ravel("F"),
        "per_adult": rates.per_adult.ravel("F"),
        "cap": rates.cap.ravel("F"),
    }


def headline(w: World, year: int) -> dict[str, float]:
    """Return the headline figures of a finished year (columns of metropolis_year)."""

    def total(name: str) -> int:
        return int(w.memory.get(year, name).sum())

    months = total("member_months")
    members = months / 12
    billed = sum(total(f"bill_{p}") for p in PORTIONS)
    reachable = billed - total("bill_unknown_address")
    transfer = w.memory.get(year, "discretionary_transfer")
    notice = w.ledger(Notices).by_year.get(year)
    return {
        "year": year,
        "residents": total("residents"),
        "members_average": round(members),
        "members_end": total("members_end"),
        "households_end": total("households_end"),
        "share_65_plus": total("elderly_months") / max(months, 1),
        "base_income_per_member": total("base_income") / max(members, 1),
        "benefit": total("benefit"),
        "benefit_per_member": total("benefit") / max(members, 1),
        "contribution": total("contribution"),
        "contribution_per_head": np.nan if notice is None else notice.contribution_per_head,
        "alpha": w.p.value("rates.alpha", year),
        "standard_premium_per_head": np.nan if notice is None else notice.standard_premium_per_head,
        "billed": billed,
        "billed_per_member": billed / max(members, 1),
        "premium_per_member": (total("bill_medical") + total("bill_support")) / max(members, 1),
        "collected": total("collected"),
        "collection_rate": total("collected") / max(reachable, 1),
        "arrears_households": total("arrears_households"),
        "arrears_household_share": total("arrears_households") / max(total("households_end"), 1),
        "arrears_closing": total("arrears_closing"),
        "carried_over_rate": total("arrears_collected") / max(total("arrears_opening"), 1),
        "collection_cost": total("collection_cost"),
        "arrears_per_cost": total("arrears_collected") / max(total("collection_cost"), 1),
        "discretionary_transfer": int(transfer.sum()),
        "discretionary_municipalities": int((transfer > 0).sum()),
        "other_discretionary": total("other_discretionary"),
        "deficit_insurers": int((w.memory.get(year, "single_year_balance") < 0).sum()),
    }
