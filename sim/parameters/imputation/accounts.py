"""Incomes, rates, cost and payment of municipalities, told by the settlement card and the rates that are known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.sums import whole
from sim.parameters.imputation.kept import kept
from sim.parameters.imputation.residents import residents
from sim.parameters.imputation.rule import Grade, Rule, each_place, none_known

if TYPE_CHECKING:
    from sim.parameters.loader import Parameters

Floats = NDArray[np.float64]

CARDS = "places.settlement_fy2023"
YEAR = 2023
"""fiscal year of the settlement cards"""
PORTIONS = ("medical", "support", "care")
_PARTS = ("income_part", "asset_part", "per_head", "per_household")
_MILLION = 1_000_000
_LEAST, _MOST = 0.6, 1.6
"""bounds of a municipality's income or level of rates against the mean, so that one odd figure stays one"""
_UNDER = 75
_GROUP = 5


def cards(p: Parameters) -> pd.DataFrame:
    """Return the settlement cards by code, in index order, households filled in."""
    return with_households(p, p.given(CARDS)).set_index("code").loc[p.codes()]


def with_households(p: Parameters, given: pd.DataFrame) -> pd.DataFrame:
    """Return the settlement cards; where households are not given, by the nation's insured per household."""
    if not given["households"].isna().any():
        return given
    per_home = headline(p, "insured_per_household", "R4")
    return given.assign(households=given["households"].fillna((given["insured"] / per_home).round()))


def headline(p: Parameters, indicator: str, year: str) -> float:
    """Return a national figure of people.headline; `year` is how its year begins.

    It carries the settlement cards, which are in use on every information date, to another year; so is it.
    """
    t = replace(p, as_of=None).given("people.headline")
    t = t[(t["geography"] == "national") & (t["indicator"] == indicator) & t["year"].astype(str).str.startswith(year)]
    return float(t["value"].iloc[0])


def weighted(values: Floats, weights: Floats) -> float:
    """Return the mean of the values that are known; 1 where none is."""
    known = ~np.isnan(values) & (weights > 0)
    return float(np.average(values[known], weights=weights[known])) if known.any() else 1.0


@kept
def members_by_age(p: Parameters, year: int) -> Floats:
    """Return members by five-year age below 75 if all enrolled as in the nation, float64[places, 15]."""
    t = p.table("people.insurance_by_age")
    t = t[(t["geography"] == "national") & (t["scheme"] == "municipal NHI") & (t["year"] == "2022-09")]
    rates = t.set_index("age")["value"].loc[[f"{a}-{a + _GROUP - 1}" for a in range(0, _UNDER, _GROUP)]]
    people = residents(p, year).all.sum(axis=2)[:, :_UNDER].reshape(len(p.codes()), -1, _GROUP).sum(axis=2)
    return people * rates.to_numpy(float)[None] / 100


def expected_cost(p: Parameters, year: int) -> Floats:
    """Return the national cost of R4 per member at the municipality's ages, yen, float64[places]."""
    t = p.table("people.cost_by_age")
    t = t[(t["population"] == "national municipal NHI") & (t["indicator"] == "cost_per_insured") & (t["year"] == "R4")]
    cost = t.set_index("age")["value"].loc[[f"{a}-{a + _GROUP - 1}" for a in range(0, _UNDER, _GROUP)]].to_numpy(float)
    members = members_by_age(p, year)
    return np.asarray((members * cost[None]).sum(axis=1) / members.sum(axis=1))


def _cost_index(p: Parameters) -> pd.DataFrame:
    card = cards(p)
    insured, benefit = (card[c].to_numpy(float) for c in ("insured", "benefit_per_insured"))
    expected = expected_cost(p, YEAR + 1)
    relative = benefit / weighted(benefit, insured) / (expected / weighted(expected, insured))
    trust = insured / (insured + float(p.value("cost.index_shrink", YEAR)))
    return each_place(p, index=np.where(np.isnan(relative), 1.0, 1 + trust * (relative - 1)))


def _health_checkups(p: Parameters) -> pd.DataFrame:
    """Return the nation's uptake by age at the municipality's own ages; of guidance those who were checked count."""
    t = p.table("people.health_checkups").set_index("age")
    ages = [int(age.partition("-")[0]) // _GROUP for age in t.index]
    members = members_by_age(p, YEAR)[:, ages]
    checked = members * t["checkup_rate"].to_numpy(float)
    return each_place(
        p,
        fiscal_year=YEAR - 1,
        checkup_rate=checked.sum(axis=1) / members.sum(axis=1),
        guidance_rate=(checked * t["guidance_rate"].to_numpy(float)).sum(axis=1) / checked.sum(axis=1),
    )


def _known_rates(p: Parameters) -> pd.DataFrame:
    """Return all known rates, a row a municipality, year and portion; missing parts are none."""
    tables = [k for k in ("places.further_rates", "places.actual_rates") if k in p.table_paths]
    t = pd.concat([p.table(k) for k in tables], ignore_index=True)
    t = t.drop_duplicates(["code", "fiscal_year", "portion"], keep="last")
    return t.assign(**{part: t[part].fillna(0.0) for part in _PARTS})


def _nearest(t: pd.DataFrame) -> pd.DataFrame:
    """Return the rates of the year nearest to the settlement cards by code and portion, earlier years first."""
    t = t.assign(away=(t["fiscal_year"] - YEAR).abs() + 0.1 * (t["fiscal_year"] > YEAR))
    return t.sort_values("away").drop_duplicates(["code", "portion"]).set_index(["code", "portion"])


def _relative_income(p: Parameters) -> Floats:
    """Return members' income against the mean, as the premium per insured over what the rates take of a mean income.

    float64[places]; 1 where premium or rates are not known.
    """
    card, rates = cards(p), _nearest(_known_rates(p))
    premium, insured, homes = (card[c].to_numpy(float) for c in ("premium_per_insured", "insured", "households"))
    mean = float(p.value("population.mean_base_income", YEAR))
    share = np.where(rates.index.get_level_values("portion") == "care", 1 / 3, 1.0)
    sums = rates[list(_PARTS)].mul(share, axis=0).groupby(level="code").sum().reindex(p.codes())
    by_income = sums["income_part"].to_numpy(float) / _MILLION * mean
    flat = sums["per_head"].to_numpy(float) + sums["per_household"].to_numpy(float) * homes / insured
    level = weighted(premium, insured) / weighted(np.where(np.isnan(premium), np.nan, by_income + flat), insured)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = (premium / level - flat) / by_income
    known = np.isfinite(relative)
    return np.where(known, np.clip(relative / weighted(np.where(known, relative, np.nan), insured), _LEAST, _MOST), 1.0)


def _income_proxy(p: Parameters) -> pd.DataFrame:
    """Return the income tax per resident that goes with the members' incomes; only its ratios are read."""
    elasticity = float(p.value("population.income_elasticity", YEAR))
    mean = float(p.value("population.mean_base_income", YEAR))
    rate = float(p.value("income.resident_tax_rate", YEAR))
    tax = whole(mean * rate * _relative_income(p) ** (1 / max(elasticity, 0.1)))
    nan = np.full(len(tax), np.nan)
    return each_place(
        p,
        fiscal_year=YEAR,
        income_levy_per_resident=tax,
        resident_tax_collection=nan,
        resident_tax_collection_total=nan,
        fiscal_capacity_index_fy2023=nan,
    )


def _imputed_rates(p: Parameters) -> pd.DataFrame:
    """Return rates of the municipalities without any: the mean of the known ones of a year, at their premium."""
    known, card = _known_rates(p), cards(p)
    without = [code for code in p.codes() if code not in set(known["code"])]
    insured, premium = (card[c].to_numpy(float) for c in ("insured", "premium_per_insured"))
    weights = dict(zip(p.codes(), insured, strict=True))
    there = np.isin(p.codes(), known["code"])
    level = np.clip(premium / weighted(np.where(there, premium, np.nan), insured), _LEAST, _MOST)
    levels = dict(zip(p.codes(), np.where(np.isnan(level), 1.0, level), strict=True))
    rows = []
    for (year, portion), t in known.groupby(["fiscal_year", "portion"]):
        weight = t["code"].map(weights).fillna(0.0).to_numpy(float)
        for code in without:
            mean = {part: weighted(t[part].to_numpy(float), weight) * levels[code] for part in _PARTS}
            whole = {part: int(round(value / 100) * 100) for part, value in mean.items()}
            rows.append({"code": code, "fiscal_year": int(year), "portion": str(portion), **whole})
    made = pd.DataFrame(rows, columns=["code", "fiscal_year", "portion", *_PARTS])
    types = {"code": "int64", "fiscal_year": "int64", **dict.fromkeys(_PARTS, "int64")}
    return made.astype(types).assign(cap=np.nan, status="imputed", source_id="own_calculation", note="")


_ITEMS = {"fiscal_year": "int64", "item": "object"}
"""columns of the published totals besides their key"""


def _none(key: str, ja: str, en: str, cost: Grade = "none") -> Rule:
    make = none_known(key, _ITEMS if key == "targets.totals" else None)
    return Rule(make, "空（不明）", "empty: none known", cost, ja, en, by_row=False)


RULES = {
    "places.cost_index": Rule(
        _cost_index,
        "決算の1人当たり給付費を年齢構成から見込まれる額で除す（小規模は1に近づける）",
        "benefit per insured of the settlement card over what the ages suggest; small places drawn to 1",
        "small",
        "加入者の年齢は全国の加入率による",
        "the ages of members follow national rates of enrolment",
    ),
    "places.health_checkups": Rule(
        _health_checkups,
        "全国の年齢別の受診率・実施率をその市町村の年齢構成に当てる",
        "the nation's uptake by age at the municipality's ages",
        "small",
        "受診率の水準は医療費の水準に含まれ、動いた分だけが効く",
        "the level of uptake is part of the level of cost; only its change moves results",
    ),
    "places.income_proxy_fy2023": Rule(
        _income_proxy,
        "決算の1人当たり保険料のうち料率で説明できない分",
        "the premium per insured of the settlement card that its rates do not explain",
        "large",
        "所得の差が料率の差と区別しにくい",
        "differences of income are hard to tell from those of rates",
    ),
    "places.income_factors": Rule(
        lambda p: each_place(p, income=1.0),
        "1",
        "1",
        "moderate",
        "保険料収入に合わせていない",
        "not fitted to premium revenue",
    ),
    "places.imputed_rates": Rule(
        _imputed_rates,
        "料率の分かる市町村の平均を、決算の1人当たり保険料の水準に合わせる",
        "the mean of the known rates of the year, at the premium per insured of the settlement card",
        "moderate",
        "料率の形（2・3・4方式）が平均になる",
        "the form of the levy (2, 3 or 4 parts) is the mean one",
        by_row=False,
    ),
    "places.payment_intercepts": Rule(
        lambda p: each_place(p, intercept=0.0, foreign=0.0),
        "0（どの市町村も同じ）",
        "0: the same everywhere",
        "large",
        "収納率の差は世帯の構成だけによる",
        "collection rates differ by their households alone",
    ),
    "places.delinquency": Rule(
        lambda p: each_place(p, first_fiscal_year=2000),
        "どの市町村も延滞金を徴収する",
        "every municipality charges on unpaid premiums",
        "small",
        "延滞金を徴収しない市町村もある",
        "some do not charge",
    ),
    "places.medical_areas": Rule(
        lambda p: each_place(p, area=np.arange(1, len(p.codes()) + 1), name=""),
        "各市町村を一つの医療圏とする",
        "every municipality is an area of its own",
        "none",
        "医療圏による指数の変種にのみ用いる",
        "read by a variant of the cost index only",
    ),
    "places.further_rates": _none("places.further_rates", "補足の料率", "more rates of other years"),
    "places.standard_rates": _none("places.standard_rates", "並べて示すのみ", "only shown beside forecasts"),
    "places.deficit_plans": _none(
        "places.deficit_plans", "赤字解消は一般の規則による", "deficits end by the general rule", "small"
    ),
    "places.municipal_facts": _none(
        "places.municipal_facts", "繰入の予算が分からない", "budgets of transfers are not known", "small"
    ),
    "places.collection_rates": _none("places.collection_rates", "照合に用いる", "a run is not judged by them"),
    "places.collection_targets": _none(
        "places.collection_targets", "収納の推計に用いる", "no fit of payment by region", "small"
    ),
    "places.caps": _none("places.caps", "全市町村が国の賦課限度額", "all have the national ceilings", "small"),
    "targets.totals": _none(
        "targets.totals", "県の合計と照合できない", "nothing to compare the prefecture's totals with", "moderate"
    ),
    "targets.collection_checks": _none(
        "targets.collection_checks", "収納率を照合できない", "collection is not judged", "small"
    ),
}
