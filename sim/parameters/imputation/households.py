"""Households of the census, told by the ages of the residents: the national shares of roles by age and sex."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.parameters.imputation.residents import AGES, SEXES, Residents, residents
from sim.parameters.imputation.rule import Rule, each_place, none_known

if TYPE_CHECKING:
    from sim.parameters.loader import Parameters

Floats = NDArray[np.float64]

_YEAR = 2022
"""1 January; the build carries the census to the residents of this year"""
_OLD = 65
_NATIONS = ("japanese", "foreign")
_MEN, _WOMEN = range(len(SEXES))


def _roles(p: Parameters) -> dict[str, Floats]:
    """Return persons by role, float64[places, ages, sex] each; those alone meet the nation's share of households.

    Below 18 everybody is a child, as in the build.
    """
    people, shares = residents(p, _YEAR), _shares(p)
    counts = {
        role: sum(getattr(people, n)[..., :] * by_nation[n] for n in _NATIONS) for role, by_nation in shares.items()
    }
    alone, rest = counts["alone"], {role: x for role, x in counts.items() if role != "alone"}
    share = float(p.value("demography.one_person_share", _YEAR))
    homes = _homes(p, rest).sum()
    factor = share / (1 - share) * homes / max(alone.sum(), 1.0)
    for _ in range(20):
        kept = np.minimum(alone * factor, 0.9 * people.all)
        stay = np.divide(people.all - kept, people.all - alone, out=np.ones_like(alone), where=people.all > alone)
        factor *= share / (1 - share) * _homes(p, {role: x * stay for role, x in rest.items()}).sum() / kept.sum()
    return {**{role: x * stay for role, x in rest.items()}, "alone": kept}


def _shares(p: Parameters) -> dict[str, dict[str, Floats]]:
    """Return shares[ages, sex] by role and nationality; the roles of an age and sex add up to 1."""
    t = p.table("people.household_roles")
    out: dict[str, dict[str, Floats]] = {r: {n: np.zeros((AGES, 2)) for n in _NATIONS} for r in t["role"].unique()}
    for nation, age, sex, role, value in t[["nationality", "age", "sex", "role", "value"]].itertuples(index=False):
        low, _, high = str(age).rstrip("+").partition("-")
        out[role][nation][int(low) : int(high) + 1 if high else AGES, SEXES.index(sex)] = value
    adult = int(p.value("demography.adult_age", _YEAR))
    for nation in _NATIONS:
        total = sum(by_nation[nation] for by_nation in out.values())
        for role, by_nation in out.items():
            by_nation[nation] = by_nation[nation] / np.maximum(total, 1e-12)
            by_nation[nation][:adult] = float(role == "child")
    return out


def _homes(p: Parameters, roles: dict[str, Floats]) -> Floats:
    """Return households of two or more by municipality, float64[places]."""
    size = float(p.value("population.other_household_size", _YEAR))
    persons = {role: x.sum(axis=(1, 2)) for role, x in roles.items()}
    couples = persons["pair_only"] + persons["pair_children"] + persons["pair_three"]
    homes: Floats = couples / 2 + persons["lone_parent"] + persons["other"] / size
    return homes


def _census(p: Parameters) -> pd.DataFrame:
    roles = _roles(p)
    persons = {role: x.sum(axis=(1, 2)) for role, x in roles.items()}
    by_sex = roles["lone_parent"].sum(axis=1)
    alone_old = roles["alone"][:, _OLD:].sum(axis=(1, 2))
    couples, families, three = (persons[f"pair_{name}"] / 2 for name in ("only", "children", "three"))
    old = roles["pair_only"][:, _OLD:, _MEN].sum(axis=1) / float(p.value("population.wife_under_60", _YEAR))
    homes = _homes(p, roles) + persons["alone"]
    members = residents(p, _YEAR).all.sum(axis=(1, 2)) - persons["institution"]
    one = by_sex.sum(axis=1)
    return each_place(
        p,
        all_households=homes,
        couple_only=couples,
        couple_with_children=families,
        elderly_couple_husband65_wife60=np.minimum(old, couples),
        father_with_children=by_sex[:, _MEN],
        general_households=homes,
        institutional_households=np.nan,
        mother_with_children=by_sex[:, _WOMEN],
        nuclear_family=couples + families + one,
        one_person=persons["alone"],
        one_person_65_plus=alone_old,
        other_types=homes - persons["alone"] - couples - families - one,
        single_parent_with_children=one,
        three_generation=three,
        general_household_members=members,
        mean_household_size=members / homes,
        size_1=persons["alone"],
        **{f"size_{n}": np.nan for n in ("2", "3", "4", "5", "6", "7_plus")},
        year=2020,
    )


def _labour(p: Parameters) -> pd.DataFrame:
    population = residents(p, _YEAR).all.sum(axis=(1, 2))
    return each_place(p, year=2020, sex="total", item="population", value=population, unit="persons")


def _estimate(p: Parameters) -> pd.DataFrame:
    """Return population and households of 1 January 2026."""
    size = p.table("places.census_households").set_index("code").loc[p.codes()]["mean_household_size"].to_numpy(float)
    people: Residents = residents(p, 2026)
    population = people.all.sum(axis=(1, 2))
    return each_place(p, fiscal_year=2025, population=population, households=population / size)


_LOSS = (
    "単身・夫婦・ひとり親の割合が年齢だけで決まる",
    "shares of people alone, couples and lone parents follow age alone",
)

RULES = {
    "places.census_households": Rule(
        _census,
        "年齢別人口に全国の世帯内の地位の割合を乗じ、単独世帯を全国の割合（demography.one_person_share）に合わせる",
        "residents by age times national roles in a household; one-person households at demography.one_person_share",
        "moderate",
        *_LOSS,
    ),
    "places.census_labour": Rule(
        _labour,
        "人口は住民基本台帳から。労働力は空欄",
        "population of the register; no labour force",
        "none",
        "労働力は照合にのみ用いる",
        "the labour force is only checked against",
    ),
    "places.households_2026": Rule(
        _estimate,
        "住民基本台帳の人口を世帯の平均人員で除す",
        "residents of the register over the mean size of households",
        "none",
        "照合にのみ用いる",
        "only checked against",
    ),
    "places.one_person_households": Rule(
        none_known("places.one_person_households"),
        "空（不明）",
        "empty: none known",
        "none",
        "照合にのみ用いる",
        "only checked against",
        by_row=False,
    ),
}
