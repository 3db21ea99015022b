"""Facts and output tables of the year's care, from the sums of the kernel."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.core.sums import weighted, whole
from sim.core.tables import Columns, Labels, OutputTable
from sim.institutions.world import World
from sim.mechanisms.care.profile import group_name, national_cost
from sim.mechanisms.care.programmes import Basis, cost, recovered
from sim.mechanisms.care.scales import growth
from sim.mechanisms.care.state import (
    BIN_STEPS,
    BINS,
    GROUPS,
    NATIONALITIES,
    OLD,
    SEXES,
    UNDER,
    AgeSums,
    BinSums,
    ClassSums,
    NationSums,
    PlaceSums,
    Totals,
)
from sim.parameters import Parameters
from sim.parameters.groups import group_of

_NO_FACTS = ("deaths", "births")
LORENZ = (10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99)
"""Per cent of members, cheapest first, whose share of cost is recorded."""
TAIL = tuple(int(m * 10**e) for e in range(4, 8) for m in (1, 1.5, 2, 3, 5, 7))
"""Yen a year; the share of members above is recorded."""
MONTHLY_TOP = (0.8, 16, 30)
"""Per cent of members whose share of a month's cost is published (March 2024)."""

Ints = NDArray[np.int64]

COST_BY_AGE = OutputTable(
    "cost_by_age",
    "Cost and benefit by age and sex of the insured",
    ("year", "age_group", "sex"),
    {
        "members": ("persons", "average insured"),
        "cost": ("yen", "cost"),
        "benefit": ("yen", "benefit"),
        "inpatient": ("yen", "inpatient care"),
        "outpatient": ("yen", "outpatient care without drugs and teeth"),
        "drugs": ("yen", "outpatient drugs"),
        "dental": ("yen", "dental care"),
        "high_cost": ("yen", "high-cost benefit (高額療養費)"),
        "over_800k": ("yen", "part of receipts above 800,000 yen"),
    },
)

CARE_BY_NATIONALITY = OutputTable(
    "care_by_nationality",
    "Insured, cost, receipts and high-cost benefit by nationality and age of the insured",
    ("year", "nationality", "age_group"),
    {
        "members": ("persons", "average insured"),
        "cost": ("yen", "cost"),
        "benefit": ("yen", "benefit"),
        "receipts": ("receipts", "months with outpatient care and months in hospital, a receipt each"),
        "high_cost_receipts": ("receipts", "receipts whose own counter share passes the ceiling (高額療養費該当件数)"),
        "high_cost": ("yen", "high-cost benefit (高額療養費)"),
    },
)

COST_BY_PLACE = OutputTable(
    "cost_by_place",
    "Cost and benefit by municipality and age of the insured",
    ("year", "code", "age_group"),
    {
        "members": ("persons", "average insured"),
        "cost": ("yen", "cost"),
        "benefit": ("yen", "benefit"),
        "expected": ("yen", "cost expected from age, sex and nationality at the national cost of R4"),
    },
)

COST_GROWTH = OutputTable(
    "cost_growth",
    "Growth of cost per insured and its parts",
    ("year", "component"),
    {"value": ("per year", "total, ageing, level (trend, fees, rebound), rest")},
)

HIGH_COST = OutputTable(
    "high_cost",
    "High-cost benefit by class",
    ("year", "class"),
    {
        "cases": ("cases", "households' and outpatients' months with a benefit"),
        "amount": ("yen", "amount"),
        "members": ("persons", "average insured in the class since August"),
    },
)

COST_DISTRIBUTION = OutputTable(
    "cost_distribution",
    "Concentration and persistence of cost among the insured",
    ("year", "statistic"),
    {"value": ("share", "value")},
)

TABLES = (COST_BY_AGE, CARE_BY_NATIONALITY, COST_BY_PLACE, COST_GROWTH, HIGH_COST, COST_DISTRIBUTION)


def put_facts(w: World, year: int, sums: Totals) -> None:
    """Put the facts of the year, weighted."""
    months = sums.ages.months.sum(axis=2)
    put: dict[str, Ints] = {n: getattr(sums.places, n) for n in PlaceSums.fields() if n not in _NO_FACTS}
    put["standard_cost"] = standard_cost(w.p, year, months)
    put["birth_grant"] = sums.places.births * int(w.p.value("care.birth_grant", year))
    put["funeral_grant"] = sums.places.deaths * funeral_grant(w.p, year)
    for name, value in put.items():
        w.memory.put(year, name, value * w.weight)
    _put_programmes(w, year, sums)


def _put_programmes(w: World, year: int, sums: Totals) -> None:
    """Put who was checked and guided, what the programmes cost, and what third parties paid back."""
    for name, column in (("checkups", "checked"), ("guidances", "guided"), ("checkable", "checkable")):
        w.memory.put(year, name, getattr(sums.ages, column).sum(axis=(1, 2)) * w.weight)
    w.memory.put(year, "third_party_recovered", recovered(w.p, year, w.memory.own(year, "benefit")))
    w.memory.put(year, "programme_cost", cost(w.p, year, Basis.of(w, year, sums)))


def standard_cost(p: Parameters, year: int, months: Ints) -> Ints:
    """Return the cost of insured months (int64[places, 15]) at the national means by age, yen by municipality."""
    yen = whole(national_cost(p) * growth(p, year))
    return (months * yen).sum(axis=1) // 12


def funeral_grant(p: Parameters, year: int) -> Ints:
    """Return the funeral grant of each municipality, yen."""
    grouped = np.isin(p.codes(), [*group_of(p)])
    amounts = [int(p.value(f"care.{name}", year)) for name in ("funeral_grant_grouped", "funeral_grant")]
    return np.where(grouped, amounts[0], amounts[1]).astype(np.int64)


def record(w: World, year: int, sums: Totals) -> None:
    """Append the year's rows to the output tables."""
    w.record(COST_BY_AGE, lambda: by_age(year, sums.ages.sum(axis=0) * w.weight))
    w.record(CARE_BY_NATIONALITY, lambda: by_nationality(year, sums.nations * w.weight))
    w.record(COST_BY_PLACE, lambda: _by_place(w, year, sums.ages.sum(axis=2) * w.weight))
    w.record(HIGH_COST, lambda: by_class(year, sums.classes * w.weight))
    w.record(COST_DISTRIBUTION, lambda: _distributed(year, sums))
    if parts := _growth(w, year):
        w.record(COST_GROWTH, lambda: {"year": year, "component": [*parts], "value": [*parts.values()]})


def _distributed(year: int, sums: Totals) -> Columns:
    """Return how cost is spread over the insured, and how it stays with them."""
    rows = [*distribution(sums.yearly, sums.monthly), *persistence(sums.joint.members)]
    return {"year": year, "statistic": [name for name, _ in rows], "value": [v for _, v in rows]}


def by_age(year: int, ages: AgeSums) -> Columns:
    """Return a row per age group and sex from AgeSums[15, 2]."""
    flat = AgeSums(ages.array.reshape(GROUPS * len(SEXES), -1))
    return {
        "year": year,
        "age_group": Labels.repeat([group_name(g) for g in range(GROUPS)], len(SEXES)),
        "sex": Labels.tile(SEXES, GROUPS),
        "members": flat.months / 12,
        "cost": flat.cost,
        "benefit": flat.benefit,
        "inpatient": flat.inpatient,
        "drugs": flat.drugs,
        "dental": flat.dental,
        "high_cost": flat.high_cost,
        "over_800k": flat.over_800k,
        "outpatient": flat.cost - (flat.inpatient + flat.drugs + flat.dental),
    }


def by_nationality(year: int, nations: NationSums) -> Columns:
    """Return a row per nationality and age group from NationSums[2, 15]."""
    flat = NationSums(nations.array.reshape(len(NATIONALITIES) * GROUPS, -1))
    return {
        "year": year,
        "nationality": Labels.repeat(NATIONALITIES, GROUPS),
        "age_group": Labels.tile([group_name(g) for g in range(GROUPS)], len(NATIONALITIES)),
        "members": flat.months / 12,
        "cost": flat.cost,
        "benefit": flat.benefit,
        "receipts": flat.receipts,
        "high_cost_receipts": flat.high_cost_receipts,
        "high_cost": flat.high_cost,
    }


def _by_place(w: World, year: int, ages: AgeSums) -> Columns:
    """Return a row per municipality and age group from AgeSums[places, 15]."""
    codes = w.p.codes()
    flat = AgeSums(ages.array.reshape(len(codes) * GROUPS, -1))
    return {
        "year": year,
        "code": np.repeat(codes, GROUPS),
        "age_group": Labels.tile([group_name(g) for g in range(GROUPS)], len(codes)),
        "members": flat.months / 12,
        "cost": flat.cost,
        "benefit": flat.benefit,
        "expected": flat.expected,
    }


def by_class(year: int, classes: ClassSums) -> Columns:
    """Return a row per class of the high-cost benefit, those below 70 first."""
    return {
        "year": year,
        "class": [*UNDER, *OLD],
        "cases": classes.cases,
        "amount": classes.amount,
        "members": classes.months / 12,
    }


def distribution(yearly: BinSums, monthly: BinSums) -> Iterator[tuple[str, float]]:
    """Yield shares that describe the concentration of cost over a year, and over a month."""
    persons = yearly.number.sum()
    if persons == 0 or yearly.cost.sum() == 0:
        return
    yield "zero_share", yearly.number[0] / persons
    yield "monthly_zero_share", monthly.number[0] / monthly.number.sum()
    curve, months, users = _curve(yearly), _curve(monthly), _curve(monthly[1:])
    for per_cent in (1, 10, 20):
        yield f"top_{per_cent}", 1 - _below(curve, 1 - per_cent / 100)
    for per_cent in LORENZ:
        yield f"lorenz_{per_cent}", _below(curve, per_cent / 100)
    yield "gini", gini(yearly)
    for top in MONTHLY_TOP:
        yield f"monthly_top_{top}", 1 - _below(months, 1 - top / 100)
        yield f"monthly_users_top_{top}", 1 - _below(users, 1 - top / 100)
    above = _edges()
    for yen in TAIL:
        yield f"above_{yen}", yearly.number[above >= yen].sum() / persons


def persistence(joint: Ints) -> Iterator[tuple[str, float]]:
    """Yield how cost stays with people from one year to the next; joint int64[steps, steps], members of both years.

    correlation    rank correlation (Spearman) of the yearly cost; within a step all have the same rank
    stay_10, _20   members of the most expensive 10 or 20 % who are among them again the year after
    """
    persons = joint.sum()
    if persons == 0:
        return
    before, after = joint.sum(axis=1), joint.sum(axis=0)
    if spread := _own_ranks(before) * _own_ranks(after):
        yield "correlation", _rank_sum(joint) / math.sqrt(spread)
    for per_cent in (10, 20):
        line = (1 - per_cent / 100) * persons
        first, second = (_above(m, line) for m in (before, after))
        rows, columns = np.flatnonzero(first), np.flatnonzero(second)
        both = first[rows, None] * joint[np.ix_(rows, columns)]
        yield f"stay_{per_cent}", weighted(both, second[columns]) / (persons - line)


def _rank_sum(joint: Ints) -> int:
    """Return the sum over persons of the product of both ranks, doubled and from their mean: whole numbers, exact."""
    first, second = (_ranks(m) for m in (joint.sum(axis=1), joint.sum(axis=0)))
    return sum(a * b for a, b in zip(first.tolist(), (joint * second).sum(axis=1).tolist(), strict=True))


def _own_ranks(members: Ints) -> int:
    """Return the same sum of one rank with itself."""
    ranks = _ranks(members)
    return sum(a * b for a, b in zip(ranks.tolist(), (members * ranks).tolist(), strict=True))


def _ranks(members: Ints) -> Ints:
    """Return the rank of those in each step, cheapest first, doubled and from the mean."""
    return 2 * np.cumsum(members) - members - members.sum()


def _above(members: Ints, line: float) -> NDArray[np.float64]:
    """Return the part of each step that is among the persons beyond the first `line`, cheapest first."""
    end = np.cumsum(members)
    return np.clip((end - line) / np.maximum(members, 1), 0, 1)


def _edges() -> NDArray[np.float64]:
    """Return the lower edge of each bin, yen."""
    b = np.arange(BINS) - 1
    return np.where(b < 0, 0.0, (0.5 + (b % BIN_STEPS) / (2 * BIN_STEPS)) * 2.0 ** (b // BIN_STEPS))


_Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


def _curve(bins: BinSums) -> _Curve:
    """Return the shares of persons and of cost up to each bin, cheapest first."""
    persons = np.concatenate([[0], np.cumsum(bins.number)]) / bins.number.sum()
    yen = np.concatenate([[0], np.cumsum(bins.cost.astype(np.float64))]) / bins.cost.sum()
    return persons, yen


def lorenz(bins: BinSums, share: float) -> float:
    """Return the share of cost of the cheapest `share` of persons; within a bin all cost the same."""
    return _below(_curve(bins), share)


def _below(curve: _Curve, share: float) -> float:
    return float(np.interp(share, *curve))


def gini(bins: BinSums) -> float:
    """Return the Gini coefficient."""
    persons, yen = _curve(bins)
    return float(1 - ((yen[1:] + yen[:-1]) * np.diff(persons)).sum())


def _growth(w: World, year: int) -> dict[str, float]:
    """Return growth of cost per member and its parts ageing, level and rest; nothing in the first year."""
    known = ("cost", "standard_cost", "member_months")
    if not all(w.memory.knows(y, name) for y in (year - 1, year) for name in known):
        return {}
    sums = {(y, n): float(w.memory.get(y, n).sum()) for y in (year - 1, year) for n in known}
    if any(v == 0 for v in sums.values()):
        return {}

    def ratio(top: str, bottom: str) -> float:
        return (sums[year, top] / sums[year, bottom]) / (sums[year - 1, top] / sums[year - 1, bottom])

    total = ratio("cost", "member_months")
    step = growth(w.p, year) / growth(w.p, year - 1)
    ageing = ratio("standard_cost", "member_months") / step
    parts = {"total": total, "ageing": ageing, "level": step, "rest": total / ageing / step}
    return {name: value - 1 for name, value in parts.items()}
