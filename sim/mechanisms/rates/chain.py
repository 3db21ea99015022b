"""From the requirement of a year to contributions and standard rates of all municipalities, every step kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

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
from sim.mechanisms.rates.contribution import Method, Yen, exact
from sim.mechanisms.rates.forecast import Outlook, relieved_share
from sim.mechanisms.rates.requirement import Requirement, pooled_items
from sim.mechanisms.rates.standard import RateVector

Stage = Literal["none", "nearly", "complete"]
_Items = dict[str, dict[str, Yen]]


@dataclass(kw_only=True)
class PortionChain:
    """All quantities of one portion, in the letters of the guideline; int64[M] unless said otherwise."""

    portion: str
    need: int
    base_total: int
    alpha: Fraction
    beta: Fraction
    gamma: Fraction
    index: tuple[Fraction, ...]
    ability: tuple[Fraction, ...]
    benefit: tuple[Fraction, ...]
    weight: tuple[Fraction, ...]
    heads: Yen
    households: Yen
    income: Yen
    base: Yen
    items: dict[str, Yen]
    levy_before_easing: Yen
    levy_old_rules: Yen
    easing: Yen
    levy: Yen
    costs: dict[str, Yen]
    revenues: dict[str, Yen]
    required: Yen
    collection: tuple[Fraction, ...]
    assessed: Yen
    scalar: tuple[Fraction, ...]
    income_part: Yen
    per_head: Yen
    per_household: Yen
    per_adult: Yen
    metropolitan: tuple[Fraction, Fraction]
    own: RateVector
    """rates by the municipality's own parts and weights, those of its rates in force"""
    gain_kept: list[float]


@dataclass(kw_only=True)
class Chain:
    """The whole calculation of a year: what `explain` shows and what municipalities decide on."""

    year: int
    basis: str
    known: int
    stage: Stage
    alpha: float
    outlook: Outlook
    requirement: Requirement
    portions: dict[str, PortionChain]
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


def compute(w: World, o: Outlook, r: Requirement) -> Chain:
    """Return contributions and standard rates of the year of the outlook."""
    year = o.year
    basis = _account_basis(o, r)
    costs, revenues = _municipal_items(w, year, basis)
    stage = stage_of(w, year)
    alpha = 0.0 if stage != "none" else alpha_of(w, year)
    notes = list(o.notes)
    index = _index(w, o, notes)
    given = _Given(alpha=alpha, index=index, costs=costs, revenues=revenues, stage=stage)
    return Chain(
        year=year,
        basis=o.basis,
        known=o.known,
        stage=stage,
        alpha=alpha,
        outlook=o,
        requirement=r,
        portions={name: _portion(w, o, r, name, given) for name in PORTIONS},
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


def standard_rates_of(chain: Chain, places: int) -> Rates:
    """Return standard rates (2) as arrays; caps stay zero, they belong to the actual rates."""
    rates = Rates.zeros(places)
    for k, name in enumerate(PORTIONS):
        c = chain.portions[name]
        rates.income_part[:, k], rates.per_head[:, k] = c.income_part, c.per_head
        rates.per_household[:, k], rates.per_adult[:, k] = c.per_household, c.per_adult
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
    index: tuple[Fraction, ...]
    costs: _Items
    revenues: _Items
    stage: Stage


def _portion(w: World, o: Outlook, r: Requirement, name: str, given: _Given) -> PortionChain:
    """Spread one portion: B -> C -> c -> d -> easing -> e -> E, and the standard rates that bring E in."""
    year, need, medical = o.year, r.needs[name].total, name == "medical"
    alpha = given.alpha if medical else 0.0
    index = given.index
    costs, revenues = given.costs[name], given.revenues[name]
    method = _method(w, year)
    heads, homes, income = o.heads(name), o.homes(name), o.income[name]
    if name == "child" and w.p.value("rates.child_heads", year) == "members":
        heads = o.members
    beta = beta_of(w, o, name)
    ability = rule.ability_share(income, None, heads, method)
    benefit = rule.benefit_share(heads, homes, method)
    weight = standard.basis(beta, ability, benefit)
    items = {k: v for k, v in r.items.items() if k not in pooled_items(w, year)} if medical else {}
    spread = _spread(need, alpha, beta, index, ability, benefit, items)
    before = spread.levy
    if (floor := before - rule.with_items(spread.base, items, {})).any():
        items["floor"] = floor
    old = _old_rules(w, r, name, beta, index, ability, benefit, year) if medical else before
    easing = _ease(w, o, before, old) if medical and given.stage == "none" else np.zeros_like(before)
    levy, required, assessed = _assessed(w, o, name, given, before - easing, weight)
    vector = standard.standard_rates(assessed, beta, weight, income, heads, homes, method)
    vector, add_on = _child_rates(w, o, name, vector, heads)
    return PortionChain(
        portion=name,
        need=need,
        base_total=spread.total,
        alpha=exact(alpha),
        beta=beta,
        gamma=spread.gamma,
        index=index if medical else _ones(index),
        ability=ability,
        benefit=benefit,
        weight=weight,
        heads=heads,
        households=homes,
        income=income,
        base=spread.base,
        items=items,
        levy_before_easing=before,
        levy_old_rules=old,
        easing=easing,
        levy=levy,
        costs=costs,
        revenues=revenues,
        required=required,
        collection=o.collection,
        assessed=assessed,
        scalar=vector.scalar,
        income_part=vector.income_part,
        per_head=vector.per_head,
        per_household=vector.per_household,
        per_adult=add_on,
        metropolitan=standard.metropolitan_rate(int(assessed.sum()), beta, income, heads),
        own=_own(w, o, name, assessed),
        gain_kept=rule.gain_kept(o.collection, weight, given.stage),
    )


def _assessed(
    w: World, o: Outlook, name: str, given: _Given, levy: Yen, weight: tuple[Fraction, ...]
) -> tuple[Yen, Yen, Yen]:
    """Return d, e and E of a portion from its eased levy, pooled as far as rates are unified."""
    costs, revenues = given.costs[name], given.revenues[name]
    required = rule.with_items(levy, costs, revenues)
    assessed = rule.assessed_total(np.maximum(required, 0), o.collection, _names(w, o.year))
    if given.stage != "none":
        own_costs, own_revenues = _sum(costs, levy), _sum(revenues, levy)
        pooled = rule.unify(required, own_costs, own_revenues, o.collection, weight, given.stage)
        levy, assessed = rule.not_below_zero(pooled.levy), np.maximum(pooled.assessed, 0)
        required = rule.with_items(levy, costs, revenues)
    return levy, required, assessed


@dataclass(frozen=True, kw_only=True)
class _Spread:
    total: int
    gamma: Fraction
    base: Yen
    levy: Yen


def _spread(
    need: int,
    alpha: float,
    beta: Fraction,
    index: tuple[Fraction, ...],
    ability: tuple[Fraction, ...],
    benefit: tuple[Fraction, ...],
    items: dict[str, Yen],
) -> _Spread:
    """B -> C -> c -> d under one alpha and one set of individual items (positive item = burden)."""
    total = rule.base_to_distribute(need, items, {})
    d = rule.distribute(total, alpha, beta, index, ability, benefit)
    levy = rule.not_below_zero(rule.with_items(d.base, items, {}))
    return _Spread(total=total, gamma=d.gamma, base=d.base, levy=levy)


def _old_rules(
    w: World,
    r: Requirement,
    name: str,
    beta: Fraction,
    index: tuple[Fraction, ...],
    ability: tuple[Fraction, ...],
    benefit: tuple[Fraction, ...],
    year: int,
) -> Yen:
    """Return this year's levy under last year's alpha and pooled items, all other coefficients of this year."""
    alpha = alpha_of(w, year - 1)
    before = pooled_items(w, year - 1)
    items = {k: v for k, v in r.items.items() if k not in before}
    return _spread(r.needs[name].total, alpha, beta, index, ability, benefit, items).levy


def _ease(w: World, o: Outlook, new: Yen, old: Yen) -> Yen:
    """Return Tokyo's easing of the step of alpha: 3/4 of the rise, from 都繰入金 1号 (the metropolis adds as much)."""
    year = o.year
    if not w.p.value("rates.easing", year):
        return np.zeros_like(new)
    previous = None
    if w.p.value("rates.easing_gate", year) == "rise_vs_previous_actual":
        if not w.memory.knows(year - 1, "contribution_medical"):
            return np.zeros_like(new)
        last = w.ledger(Notices).by_year.get(year - 1)
        members = o.members if last is None else last.members
        previous = w.memory.get(year - 1, "contribution_medical") / np.maximum(members, 1)
    money = rule.ease(new, old, o.members, exact(float(w.p.value("rates.easing_share", year))), previous)
    return np.minimum(money * 2, np.maximum(new, 0)) if w.p.value("rates.easing_own", year) == "same" else money


def _child_rates(w: World, o: Outlook, name: str, vector: RateVector, heads: Yen) -> tuple[RateVector, Yen]:
    """Return the child portion's rates: per head for everybody, waived under 18 and re-loaded on adults (D.6)."""
    if name != "child":
        return vector, np.zeros_like(heads)
    n = np.maximum(o.members, 1)
    per_head = np.floor(vector.per_head * heads / n + 0.5).astype(np.int64)
    children = np.maximum(o.members - o.adults, 0)
    add_on = standard.children_add_on(per_head, children, relieved_share(w, o.known), o.adults)
    return replace(vector, per_head=per_head), add_on


def _names(w: World, year: int) -> list[str]:
    """Return what messages call the municipalities of a year: code and fiscal year."""
    return [f"{code} {era(year)}" for code in w.p.codes()]


def _own(w: World, o: Outlook, name: str, assessed: Yen) -> RateVector:
    """Return standard rates (3): the assessed total split as the rates in force split their bill."""
    k = PORTIONS.index(name)
    rates = w.rates.get(o.year - 1) or w.rates.get(o.year) or Rates.zeros(w.places)
    heads, homes = o.insured(name), o.homes(name)
    parts = np.stack(
        [
            rates.income_part[:, k] * (o.income[name] / standard.MILLION),
            np.zeros(w.places),
            rates.per_head[:, k] * heads.astype(np.float64),
            rates.per_household[:, k] * homes.astype(np.float64),
        ],
        axis=1,
    )
    total = parts.sum(axis=1, keepdims=True)
    weights = np.where(total > 0, parts / np.where(total > 0, total, 1.0), np.array([0.5, 0.0, 0.5, 0.0]))
    none = np.zeros_like(heads)
    return standard.own_rates(assessed, weights, o.income[name], none, heads, homes, _names(w, o.year))


def _index(w: World, o: Outlook, notes: list[str]) -> tuple[Fraction, ...]:
    """Return x_i by the variant in force; without any record of cost every x_i is 1 (documented fallback)."""
    if o.index_cost.size == 0:
        notes.append(f"{o.year}: no medical cost known; every index is 1")
        return (Fraction(1),) * w.places
    averaging = w.p.value("rates.index_averaging", o.year)
    cost = o.index_cost
    if w.p.value("rates.index_variant", o.year) == "shared_high_cost":
        years = zip(cost, o.index_excess, o.index_members, strict=True)
        cost = np.array([rule.adjusted_cost(c, e, n) for c, e, n in years])
    if w.p.value("rates.index_variant", o.year) == "medical_area":
        area = w.p.table("places.medical_areas").set_index("code")["area"].loc[w.p.codes()].tolist()
        return rule.area_index(cost, o.index_standard, o.members, [area.index(a) for a in area], averaging)
    for code, known in zip(w.p.codes(), o.index_standard.sum(axis=0), strict=True):
        if known <= 0:
            notes.append(f"{code}: no member in the years of the index of {o.year}; mean of the metropolis used")
    return rule.cost_index(cost, o.index_standard, o.members, averaging)


def _method(w: World, year: int) -> Method:
    number = int(w.p.value("rates.method", year))
    if number not in rule.METHODS:
        raise ParameterError(f"rates.method is {number} in {year}; allowed: 2, 3")
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
        second_part=r.second_part,
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


def _sum(items: dict[str, Yen], like: NDArray[np.int64]) -> Yen:
    return sum(items.values(), np.zeros_like(like))


def _ones(index: tuple[Fraction, ...]) -> tuple[Fraction, ...]:
    return (Fraction(1),) * len(index)
