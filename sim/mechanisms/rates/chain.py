"""From the requirement of a year to contributions and standard rates of all municipalities, every step kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import ParameterError
from sim.core.units import era
from sim.institutions import special_account
from sim.institutions.memory import PORTIONS
from sim.institutions.notices import Notices
from sim.institutions.rates import Rates
from sim.institutions.special_account import AccountBasis
from sim.institutions.world import World
from sim.mechanisms.rates import contribution as rule
from sim.mechanisms.rates import standard
from sim.mechanisms.rates.contribution import Method, Ratios, Yen, exact
from sim.mechanisms.rates.forecast import Outlook, relieved_share
from sim.mechanisms.rates.portion import (
    Children,
    Easing,
    Items,
    Levied,
    PortionChain,
    PortionInputs,
    Stage,
    compute_portion,
    levied,
)
from sim.mechanisms.rates.requirement import Requirement, pooled_items

_Items = dict[str, Items]


@dataclass(kw_only=True)
class Levies:
    """The contributions of a year and what they rest on."""

    year: int
    basis: str
    known: int
    stage: Stage
    alpha: float
    outlook: Outlook
    requirement: Requirement
    portions: Mapping[str, Levied]
    basis_revenue: AccountBasis
    notes: list[str] = field(default_factory=list)

    def total(self, what: str) -> Yen:
        """Return the sum of `levy`, `required`, `assessed` or `easing` over the portions, int64[M]."""
        return sum((getattr(c, what) for c in self.portions.values()), np.zeros_like(self.outlook.members))

    def per_head(self, what: str) -> float:
        """Return the sum of per-head figures, each portion with its own denominator (納付金 per head as published)."""
        out = 0.0
        for name, c in self.portions.items():
            n = int(self.outlook.insured(name).sum())
            out += int(getattr(c, what).sum()) / n if n else 0.0
        return out


@dataclass(kw_only=True)
class Chain(Levies):
    """The whole calculation of a year: what `explain` shows and what municipalities decide on."""

    portions: dict[str, PortionChain]


L = TypeVar("L", bound=Levies)


def compute(w: World, o: Outlook, r: Requirement) -> Chain:
    """Return contributions and standard rates of the year of the outlook."""
    return _made(Chain, compute_portion, w, o, r)


def levies(w: World, o: Outlook, r: Requirement) -> Levies:
    """Return the contributions of the year of the outlook without any rates."""
    return _made(Levies, levied, w, o, r)


def _made(kind: type[L], through: Callable[[PortionInputs], Levied], w: World, o: Outlook, r: Requirement) -> L:
    year = o.year
    basis = _account_basis(o, r)
    costs, revenues = _municipal_items(w, year, basis)
    stage = stage_of(w, year)
    areas = areas_of(w) if stage != "none" and w.p.value("rates.unification_within", year) == "medical_area" else None
    alpha = 0.0 if stage != "none" and areas is None else alpha_of(w, year)
    notes = list(o.notes)
    what = "index", year, o.known, o.members.tobytes()
    index, said = w.memory.worked_out(what, lambda: _index(w, o))
    notes += said
    given = _Given(alpha=alpha, index=index, costs=costs, revenues=revenues, stage=stage, areas=areas)
    return kind(
        year=year,
        basis=o.basis,
        known=o.known,
        stage=stage,
        alpha=alpha,
        outlook=o,
        requirement=r,
        portions={name: through(_portion(w, o, r, name, given)) for name in PORTIONS},
        basis_revenue=basis,
        notes=notes,
    )


def alpha_of(w: World, year: int) -> float:
    """Return alpha of a year; outside 0-1 it is refused with the year."""
    alpha = float(w.p.value("rates.alpha", year))
    if not 0 <= alpha <= 1:
        raise ParameterError(
            f"rates.alpha is {alpha} in {era(year)}; allowed 0 (pooled) to 1 (full reflection of cost)"
        )
    return alpha


def stage_of(w: World, year: int) -> Stage:
    """Return how far rates are unified in a year: none, nearly (準統一) or complete (完全統一)."""
    stage = str(w.p.value("rates.unification", year))
    start = int(w.p.value("rates.unification_year", year))
    return stage if stage != "none" and year >= start else "none"  # type: ignore[return-value]


def areas_of(w: World) -> tuple[int, ...]:
    """Return the number of the secondary medical area (二次医療圏) of every municipality."""
    area = w.p.table("places.medical_areas").set_index("code")["area"].loc[w.p.codes()].tolist()
    return tuple(area.index(a) for a in area)


def standard_rates_of(chain: Chain, places: int) -> Rates:
    """Return standard rates (2) as arrays; caps stay zero, they belong to the actual rates."""
    rates = Rates.zeros(places)
    for k, name in enumerate(PORTIONS):
        c = chain.portions[name]
        rates.income_part[:, k], rates.per_head[:, k] = c.income_part, c.per_head
        rates.per_household[:, k], rates.per_adult[:, k] = c.per_household, c.per_adult
        rates.asset_part[:, k] = c.asset_part
    return rates


def beta_of(w: World, o: Outlook, portion: str) -> Fraction:
    """Return beta of a portion: income per insured of the metropolis over the national mean, or the given value."""
    given = float(w.p.value(f"rates.beta_{portion}", o.year))
    if given > 0:
        return rule.coefficient(exact(given))
    n = int(o.insured(portion).sum())
    income = int(o.income[portion].sum())
    if n == 0 or income == 0:
        return Fraction(1)
    national = exact(float(w.p.value(f"rates.national_income_{portion}", o.year)))
    return rule.income_coefficient(Fraction(income, n), national)


@dataclass(frozen=True, kw_only=True)
class _Given:
    """What is the same for all portions of a year, or known for each of them before it is spread."""

    alpha: float
    index: Ratios
    costs: _Items
    revenues: _Items
    stage: Stage
    areas: tuple[int, ...] | None


def _portion(w: World, o: Outlook, r: Requirement, name: str, given: _Given) -> PortionInputs:
    """Return the given figures of one portion."""
    year, medical = o.year, name == "medical"
    by_members = name == "child" and w.p.value("rates.child_heads", year) == "members"
    return PortionInputs(
        portion=name,
        need=r.needs[name].total,
        lines=r.needs[name].lines,
        shown=r.needs[name].shown,
        alpha=exact(given.alpha if medical else 0.0),
        alpha_before=exact(alpha_of(w, year - 1)) if medical else None,
        beta=beta_of(w, o, name),
        index=given.index if medical else _ones(w.places),
        method=_method(w, year),
        heads=o.members if by_members else o.heads(name),
        insured=o.insured(name),
        households=o.homes(name),
        income=o.income[name],
        assets=o.assets[name] if o.assets[name].any() else None,
        items=_individual(w, r, year) if medical else {},
        items_before=_individual(w, r, year - 1) if medical else {},
        easing=_easing(w, o) if medical else None,
        costs=given.costs[name],
        revenues=given.revenues[name],
        collection=o.collection,
        stage=given.stage,
        own_weights=_own_weights(w, o, name),
        children=_children(w, o) if name == "child" else None,
        areas=given.areas,
        names=_names(w, year),
    )


def _individual(w: World, r: Requirement, year: int) -> Items:
    """Return the items settled municipality by municipality under the rules of a year."""
    pooled = pooled_items(w, year)
    return {k: v for k, v in r.items.items() if k not in pooled}


def _easing(w: World, o: Outlook) -> Easing | None:
    """Return the easing of the step of alpha: a share of the rise, from 都道府県繰入金 1号, matched or not."""
    year = o.year
    if not w.p.value("rates.easing", year):
        return None
    previous = None
    if w.p.value("rates.easing_gate", year) == "rise_vs_previous_actual":
        if not w.memory.knows(year - 1, "contribution_medical"):
            return None
        last = w.ledger(Notices).by_year.get(year - 1)
        members = o.members if last is None else last.members
        previous = w.memory.get(year - 1, "contribution_medical") / np.maximum(members, 1)
    return Easing(
        share=exact(float(w.p.value("rates.easing_share", year))),
        doubled=w.p.value("rates.easing_own", year) == "same",
        previous_per_head=previous,
    )


def _children(w: World, o: Outlook) -> Children:
    return Children(members=o.members, adults=o.adults, relieved=relieved_share(w, o.known))


def _names(w: World, year: int) -> list[str]:
    """Return what messages call the municipalities of a year: code and fiscal year."""
    when = era(year)
    return [f"{code} {when}" for code in w.p.codes()]


def _own_weights(w: World, o: Outlook, name: str) -> NDArray[np.float64]:
    """Return float64[M, 4], how the rates in force split a bill into income, asset, head and household parts."""
    k = PORTIONS.index(name)
    rates = w.rates.get(o.year - 1) or w.rates.get(o.year) or Rates.zeros(w.places)
    heads, homes = o.insured(name), o.homes(name)
    parts = np.stack(
        [
            rates.income_part[:, k] * (o.income[name] / standard.MILLION),
            rates.asset_part[:, k] * (o.assets[name] / standard.MILLION),
            rates.per_head[:, k] * heads.astype(np.float64),
            rates.per_household[:, k] * homes.astype(np.float64),
        ],
        axis=1,
    )
    total = parts.sum(axis=1, keepdims=True)
    return np.where(total > 0, parts / np.where(total > 0, total, 1.0), np.array([0.5, 0.0, 0.5, 0.0]))


def _index(w: World, o: Outlook) -> tuple[Ratios, list[str]]:
    """Return x_i by the variant in force, and notes; without any record of cost every x_i is 1 (documented)."""
    if o.index_cost.size == 0:
        return _ones(w.places), [f"{o.year}: no medical cost known; every index is 1"]
    averaging = w.p.value("rates.index_averaging", o.year)
    cost = o.index_cost
    if w.p.value("rates.index_variant", o.year) == "shared_high_cost":
        years = zip(cost, o.index_excess, o.index_members, strict=True)
        cost = np.array([rule.adjusted_cost(c, e, n) for c, e, n in years])
    if w.p.value("rates.index_variant", o.year) == "medical_area":
        return rule.area_index(cost, o.index_standard, o.members, list(areas_of(w)), averaging), []
    notes = [
        f"{code}: no member in the years of the index of {o.year}; mean of the metropolis used"
        for code, known in zip(w.p.codes(), o.index_standard.sum(axis=0).tolist(), strict=True)
        if known <= 0
    ]
    return rule.cost_index(cost, o.index_standard, o.members, averaging), notes


def _method(w: World, year: int) -> Method:
    number = int(w.p.value("rates.method", year))
    if number not in rule.METHODS:
        raise ParameterError(f"rates.method is {number} in {year}; allowed: 2, 3, 4")
    return rule.METHODS[number]


def _account_basis(o: Outlook, r: Requirement) -> AccountBasis:
    return AccountBasis(
        members=o.members,
        premium=o.premium,
        relieved=o.relieved,
        arrears_collected=o.arrears_collected,
        birth_grant=o.birth_grant,
        funeral_grant=o.funeral_grant,
        remission=o.remission,
        programmes=o.programmes,
        checkups=o.checkups,
        guidances=o.guidances,
        third_party=o.third_party,
        second_part=r.second_part,
        elderly=o.elderly,
        job_loss=o.job_loss,
        known=o.known,
    )


def _municipal_items(w: World, year: int, a: AccountBasis) -> tuple[_Items, _Items]:
    """Return costs and revenues by portion. Insurer support and arrears follow the bills, the rest is medical."""
    costs: _Items = {p: {} for p in PORTIONS}
    revenues: _Items = {p: {} for p in PORTIONS}
    costs["medical"] = special_account.costs(w.p, year, a)
    for name, amount in special_account.revenues(w, year, a).items():
        if name in ("insurer_support", "arrears"):
            for portion, part in special_account.by_portion(amount, a.premium).items():
                revenues[portion][name] = part
        else:
            revenues["medical"][name] = amount
    return costs, revenues


def _ones(places: int) -> Ratios:
    return Ratios.over([1] * places, 1)
