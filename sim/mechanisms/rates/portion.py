"""One portion of a year, B -> C -> c -> d -> easing -> e -> E and the standard rates, from given figures alone.

Here the rules of `contribution` and `standard` stand in the order of the guideline. No people and no world are needed:
the simulation (`chain`) and a prefecture's own figures (`sim.explanations.contribution`) come through the same door.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.mechanisms.rates import contribution as rule
from sim.mechanisms.rates import standard
from sim.mechanisms.rates.contribution import Method, Ratios, Yen
from sim.mechanisms.rates.standard import RateVector

Stage = Literal["none", "nearly", "complete"]
Items = dict[str, Yen]
"""amounts by item, int64[M] yen; an item settled municipality by municipality is positive where it is a burden"""


Shown = tuple[float, str]
"""a figure behind a line, and its unit"""


@dataclass(frozen=True, kw_only=True)
class Easing:
    """How a step of the rules is eased (激変緩和): `share` of what the new alpha and pooled items add.

    A prefecture that measures by another rule, such as growth since a base year, gives the `amounts` themselves.
    """

    share: Fraction = Fraction(0)
    amounts: Yen | None = None
    """int64[M] yen, in place of the share"""
    doubled: bool = False
    """whether the metropolis's own money goes to the same municipalities, not to the pot it was taken from"""
    previous_per_head: NDArray[np.float64] | None = None
    """yen, levy set last year: only municipalities whose levy per head also rises against it are eased"""


@dataclass(frozen=True, kw_only=True)
class Children:
    """What the add-on per adult of the childcare portion rests on; [M]."""

    members: Yen
    adults: Yen
    relieved: NDArray[np.float64]
    """share of the children's per-head levy already taken off by 7/5/2割"""


@dataclass(frozen=True, kw_only=True)
class PortionInputs:
    """The given figures of one portion, in the letters of the guideline; int64[M] unless said otherwise.

    lines           A.1-A.4, whole yen: expenditures positive, revenues negative; they may be left out
    heads           whose number 応益 follows; `insured` is the denominator of per-head figures and of the own rates
    items, items_before  settled municipality by municipality under this and last year's rules
    alpha_before    alpha of last year's rules; None where there is no other rule to compare with
    rate_beta       beta' of the standard rates, where it differs from beta
    own_weights     float64[M, 4], weights of income, asset, head and household parts of each municipality's rates
    areas           number of the area each municipality belongs to, where one rate holds within an area; else None
    names           what messages call the municipalities
    """

    portion: str
    need: int
    lines: dict[str, int]
    alpha: Fraction
    alpha_before: Fraction | None = None
    beta: Fraction
    rate_beta: Fraction | None = None
    index: Sequence[Fraction]
    method: Method
    heads: Yen
    insured: Yen
    households: Yen
    income: Yen
    assets: Yen | None = None
    items: Items
    items_before: Items
    easing: Easing | None = None
    costs: Items
    revenues: Items
    collection: Sequence[Fraction]
    stage: Stage = "none"
    own_weights: NDArray[np.float64]
    children: Children | None = None
    areas: tuple[int, ...] | None = None
    names: list[str]
    shown: dict[str, Shown] = field(default_factory=dict)
    """figures behind the lines that are no lines themselves"""

    @property
    def pools(self) -> list[NDArray[np.int64]]:
        """Rows of the municipalities that share one rate where rates are unified: all of them, or area by area."""
        rows = np.arange(len(self.heads))
        return [rows] if self.areas is None else [rows[np.equal(self.areas, a)] for a in dict.fromkeys(self.areas)]


@dataclass(kw_only=True)
class Levied:
    """The levies of one portion and what premiums must bring in, in the letters of the guideline.

    int64[M] unless said otherwise.
    """

    portion: str
    need: int
    lines: dict[str, int]
    base_total: int
    alpha: Fraction
    beta: Fraction
    gamma: Fraction
    index: Sequence[Fraction]
    ability: Ratios
    benefit: Ratios
    weight: Ratios
    heads: Yen
    insured: Yen
    households: Yen
    income: Yen
    assets: Yen | None
    base: Yen
    items: Items
    levy_before_easing: Yen
    levy_old_rules: Yen
    easing: Yen
    levy: Yen
    costs: Items
    revenues: Items
    required: Yen
    collection: Sequence[Fraction]
    assessed: Yen
    metropolitan: tuple[Fraction, Fraction]
    shown: dict[str, Shown] = field(default_factory=dict)


@dataclass(kw_only=True)
class PortionChain(Levied):
    """All quantities of one portion, the rates that bring E in among them; int64[M] unless said otherwise."""

    scalar: Ratios
    income_part: Yen
    asset_part: Yen
    per_head: Yen
    per_household: Yen
    per_adult: Yen
    own: RateVector
    """rates by the municipality's own parts and weights, those of its rates in force"""
    gain_kept: list[float]


@dataclass(frozen=True, kw_only=True)
class _Shares:
    """Each municipality's part of income and of heads: what C is spread by."""

    ability: Ratios
    benefit: Ratios


@dataclass(frozen=True, kw_only=True)
class _Spread:
    total: int
    gamma: Fraction
    base: Yen
    levy: Yen


def compute_portion(given: PortionInputs) -> PortionChain:
    """Return every quantity of a portion: B -> C -> c -> d -> easing -> e -> E, and the rates that bring E in."""
    c = levied(given)
    rates = c.assessed, _rate_beta(given), c.weight, c.income, c.heads, c.households, given.method, c.assets
    vector, add_on = _child_rates(given, standard.standard_rates(*rates))
    assets = np.zeros_like(c.heads) if c.assets is None else c.assets
    own = standard.own_rates(c.assessed, given.own_weights, c.income, assets, c.insured, c.households, given.names)
    return PortionChain(
        **vars(c),
        scalar=vector.scalar,
        income_part=vector.income_part,
        asset_part=vector.asset_part,
        per_head=vector.per_head,
        per_household=vector.per_household,
        per_adult=add_on,
        own=own,
        gain_kept=_gain_kept(given, c.weight),
    )


def levied(given: PortionInputs) -> Levied:
    """Return the levies of a portion and what is to be billed, no rates: B -> C -> c -> d -> easing -> e -> E."""
    method, heads, homes, income = given.method, given.heads, given.households, given.income
    shares = _Shares(
        ability=rule.ability_share(income, given.assets, heads, method),
        benefit=rule.benefit_share(heads, homes, method),
    )
    weight = rule.basis(_rate_beta(given), shares.ability, shares.benefit)
    spread = _spread(given, shares, given.alpha, given.items)
    before, items = spread.levy, dict(given.items)
    if (floor := before - rule.with_items(spread.base, items, {})).any():
        items["floor"] = floor
    old = before
    if given.alpha_before is not None:
        old = _spread(given, shares, given.alpha_before, given.items_before).levy
    easing = _ease(given, before, old)
    levy, required, assessed = _assessed(given, before - easing, weight)
    return Levied(
        portion=given.portion,
        need=given.need,
        lines=given.lines,
        shown=given.shown,
        base_total=spread.total,
        alpha=given.alpha,
        beta=given.beta,
        gamma=spread.gamma,
        index=given.index,
        ability=shares.ability,
        benefit=shares.benefit,
        weight=weight,
        heads=heads,
        insured=given.insured,
        households=homes,
        income=income,
        assets=given.assets,
        base=spread.base,
        items=items,
        levy_before_easing=before,
        levy_old_rules=old,
        easing=easing,
        levy=levy,
        costs=given.costs,
        revenues=given.revenues,
        required=required,
        collection=given.collection,
        assessed=assessed,
        metropolitan=standard.metropolitan_rate(int(assessed.sum()), given.beta, income, heads),
    )


def _rate_beta(given: PortionInputs) -> Fraction:
    return given.beta if given.rate_beta is None else given.rate_beta


def _spread(given: PortionInputs, shares: _Shares, alpha: Fraction, items: Items) -> _Spread:
    """B -> C -> c -> d under one alpha and one set of individual items (positive item = burden)."""
    total = rule.base_to_distribute(given.need, items, {})
    d = rule.distribute(total, alpha, given.beta, given.index, shares.ability, shares.benefit)
    levy = rule.not_below_zero(rule.with_items(d.base, items, {}))
    return _Spread(total=total, gamma=d.gamma, base=d.base, levy=levy)


def _ease(given: PortionInputs, new: Yen, old: Yen) -> Yen:
    """Return the easing: a share of the rise from last year's rules to this year's, or the amounts given."""
    if given.easing is None or given.stage != "none":
        return np.zeros_like(new)
    if given.easing.amounts is not None:
        return np.minimum(given.easing.amounts, np.maximum(new, 0))
    money = rule.ease(new, old, given.insured, given.easing.share, given.easing.previous_per_head)
    return np.minimum(money * 2, np.maximum(new, 0)) if given.easing.doubled else money


def _assessed(given: PortionInputs, levy: Yen, weight: Ratios) -> tuple[Yen, Yen, Yen]:
    """Return d, e and E of a portion from its eased levy, pooled as far as rates are unified."""
    costs, revenues = given.costs, given.revenues
    required = rule.with_items(levy, costs, revenues)
    assessed = rule.assessed_total(np.maximum(required, 0), given.collection, given.names)
    if given.stage != "none":
        own_costs, own_revenues = _sum(costs, levy), _sum(revenues, levy)
        levy, assessed = levy.copy(), assessed.copy()
        for pool in given.pools:
            rates, basis = rule.pairs(given.collection).of(pool), weight.of(pool)
            one = rule.unify(required[pool], own_costs[pool], own_revenues[pool], rates, basis, given.stage)
            levy[pool], assessed[pool] = rule.not_below_zero(one.levy), np.maximum(one.assessed, 0)
        required = rule.with_items(levy, costs, revenues)
    return levy, required, assessed


def _gain_kept(given: PortionInputs, weight: Ratios) -> list[float]:
    """Return what a municipality keeps of an extra yen it collects, given who shares its rate."""
    kept = np.zeros(len(given.heads))
    for pool in given.pools:
        kept[pool] = rule.gain_kept(rule.pairs(given.collection).of(pool), weight.of(pool), given.stage)
    return kept.tolist()


def _child_rates(given: PortionInputs, vector: RateVector) -> tuple[RateVector, Yen]:
    """Return the child portion's rates: per head for everybody, waived under 18 and re-loaded on adults (D.6)."""
    c = given.children
    if c is None:
        return vector, np.zeros_like(given.heads)
    per_head = np.floor(vector.per_head * given.heads / np.maximum(c.members, 1) + 0.5).astype(np.int64)
    children = np.maximum(c.members - c.adults, 0)
    add_on = standard.children_add_on(per_head, children, c.relieved, c.adults)
    return replace(vector, per_head=per_head), add_on


def _sum(items: Items, like: Yen) -> Yen:
    return sum(items.values(), np.zeros_like(like))
