"""The official chain of a year and portion: B -> C -> c -> d -> easing -> e -> E.

Pure functions over municipalities, exact: coefficients are fractions with 13 decimals, money is whole
yen, and every rounding stands in the code. Letters are those of the guideline (国民健康保険における納付金
及び標準保険料率の算定方法について, 保国発), on which the decree (算定政令 arts. 9-11) and each ordinance rest:

    B      net requirement of the metropolis, what all levies together must bring in
    C      base to distribute: B without the items settled municipality by municipality
    c_i    納付金基礎額     d_i  納付金     e_i  標準保険料率の算定に必要な保険料総額     E_i  賦課総額
    alpha  医療費指数反映係数  beta 所得係数  gamma 調整係数  x_i 年齢調整後医療費指数

The guideline's text of the R6 edition was not at hand; formulas follow the R3.9 edition and are confirmed by
published coefficients (Kanagawa) and by 221 published standard rates.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeVar, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.core.errors import ParameterError
from sim.institutions.funding import apportion

DIGITS = 13
"""Decimals of beta and gamma as prefectures publish them."""
_ONE = 10**DIGITS

Yen = NDArray[np.int64]
Number = TypeVar("Number", Fraction, float)
"""The formulas of one municipality hold for fractions, exactly, and for figures read back from tables."""


@dataclass(frozen=True, eq=False)
class Ratios(Sequence[Fraction]):
    """A fraction a municipality, up[i] / down[i], kept as two whole numbers; one is reduced only when it is taken out.

    Reducing takes ten times as long as calculating, and no rounding needs it.
    """

    up: Sequence[int]
    down: Sequence[int]

    @classmethod
    def over(cls, up: Sequence[int], down: int) -> Ratios:
        """Return whole numbers over one denominator."""
        return cls(up, [down] * len(up))

    @overload
    def __getitem__(self, i: int) -> Fraction: ...

    @overload
    def __getitem__(self, i: slice) -> Ratios: ...

    def __getitem__(self, i: int | slice) -> Fraction | Ratios:
        return Ratios(self.up[i], self.down[i]) if isinstance(i, slice) else Fraction(self.up[i], self.down[i])

    def __len__(self) -> int:
        return len(self.up)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def of(self, places: Sequence[int] | NDArray[np.int64]) -> Ratios:
        """Return those of some municipalities."""
        return Ratios([self.up[i] for i in places], [self.down[i] for i in places])

    def floats(self) -> NDArray[np.float64]:
        """Return the nearest number to each, float64[M]; to be read."""
        return self._floats

    @functools.cached_property
    def _floats(self) -> NDArray[np.float64]:
        found = np.array([up / down for up, down in zip(self.up, self.down, strict=True)], np.float64)
        found.flags.writeable = False
        return found


def pairs(values: Sequence[Fraction]) -> Ratios:
    """Return fractions as pairs of whole numbers."""
    if isinstance(values, Ratios):
        return values
    return Ratios([v.numerator for v in values], [v.denominator for v in values])


def common(values: Sequence[Fraction]) -> tuple[Sequence[int], int]:
    """Return fractions over one denominator, and that."""
    given = pairs(values)
    least = math.lcm(*set(given.down))
    if given.down.count(least) == len(given):
        return given.up, least
    return [u * (least // d) for u, d in zip(given.up, given.down, strict=True)], least


@dataclass(frozen=True)
class Method:
    """How a portion is spread: 2方式 (income, heads), 3方式 (+ households), 4方式 (+ assets).

    asset      share of 資産割 inside 応能 (4方式: 0.2)
    household  share of 平等割 inside 応益 (3方式, 4方式: 0.3), that is 1 - w
    """

    asset: Fraction = Fraction(0)
    household: Fraction = Fraction(0)

    def __post_init__(self) -> None:
        for name, share in (("asset", self.asset), ("household", self.household)):
            if not 0 <= share <= 1:
                raise ParameterError(f"method: the {name} share is {float(share)}; allowed 0-1")


TWO_PART = Method()
THREE_PART = Method(household=Fraction(3, 10))
FOUR_PART = Method(asset=Fraction(2, 10), household=Fraction(3, 10))
METHODS = {2: TWO_PART, 3: THREE_PART, 4: FOUR_PART}


@dataclass(frozen=True, kw_only=True)
class Distribution:
    """c_i and gamma of one portion."""

    base: Yen
    gamma: Fraction
    residual: int
    """yen put on the largest municipality so that the sum is exact"""


def half_up(value: Fraction) -> int:
    """Return the nearest whole number, halves up."""
    return nearest(value.numerator, value.denominator)


def nearest(numerator: int, denominator: int) -> int:
    """Return the whole number nearest to a ratio, halves up; exact, and quicker than a fraction."""
    return (2 * numerator + denominator) // (2 * denominator)


def nearest_of(about: NDArray[np.float64], exactly: Callable[[int], tuple[int, int]]) -> Yen:
    """Return the whole number nearest to each ratio, halves up; exact, int64[M].

    about    the ratios as floats; they decide wherever a half is further away than floats can err
    exactly  returns one of them as (numerator, denominator)
    """
    above = about + 0.5
    out = np.floor(above)
    doubtful = ~(np.abs(above - np.rint(above)) > _ERROR * (1 + np.abs(above)))
    whole = np.where(doubtful, 0, out).astype(np.int64)
    for i in np.flatnonzero(doubtful).tolist():
        whole[i] = nearest(*exactly(i))
    return whole


_ERROR = 1e-12
"""more than a few products and quotients of floats are off, as a part of the result"""


def coefficient(value: Fraction, digits: int = DIGITS) -> Fraction:
    """Return the value rounded half up to the decimals the guideline prints."""
    return Fraction(nearest(value.numerator * 10**digits, value.denominator), 10**digits)


def added(values: Sequence[Fraction]) -> Fraction:
    """Return the sum, over one denominator: a fraction reduced at every step takes ten times as long."""
    up, down = common(values)
    return Fraction(sum(up), down)


@functools.lru_cache(1024)
def exact(value: float | int | Fraction) -> Fraction:
    """Return the fraction meant by a number as written (0.83 -> 83/100)."""
    return value if isinstance(value, Fraction) else Fraction(str(value))


def income_coefficient(local_mean: Fraction, national_mean: Fraction) -> Fraction:
    """Return beta: mean income of the insured here over that of the nation (政令 art. 9(5))."""
    if national_mean <= 0:
        raise ParameterError(f"beta: the national mean income is {float(national_mean)}; it must be above zero")
    return coefficient(local_mean / national_mean)


def shares(amounts: ArrayLike, fallback: ArrayLike | None = None) -> Ratios:
    """Return each municipality's part of a sum; where the sum is zero, the parts of `fallback` instead."""
    whole = _ints(amounts)
    total = sum(whole)
    if total > 0:
        return Ratios.over(whole, total)
    if fallback is None:
        return Ratios.over([0] * len(whole), 1)
    return shares(fallback)


def ability_share(income: ArrayLike, assets: ArrayLike | None, heads: ArrayLike, method: Method) -> Ratios:
    """Return S_inc,i (応能のシェア): income, in 4方式 mixed with fixed-asset tax. No income at all: by heads."""
    by_income = shares(income, fallback=heads)
    if method.asset == 0:
        return by_income
    by_asset = shares(assets if assets is not None else [0] * len(by_income), fallback=income)
    return _mixed(1 - method.asset, by_income, method.asset, by_asset)


def benefit_share(heads: ArrayLike, households: ArrayLike | None, method: Method) -> Ratios:
    """Return S_ben,i (応益のシェア): heads, in 3方式 and 4方式 mixed with households."""
    by_head = shares(heads)
    if method.household == 0:
        return by_head
    by_home = shares(households if households is not None else heads, fallback=heads)
    return _mixed(1 - method.household, by_head, method.household, by_home)


def _mixed(v: Fraction, ones: Sequence[Fraction], w: Fraction, others: Sequence[Fraction]) -> Ratios:
    """Return v x one + w x other of every municipality, over one denominator."""
    (a, a2), (b, b2) = common(ones), common(others)
    f, g = v.numerator * w.denominator * b2, w.numerator * v.denominator * a2
    up = [f * x + g * y for x, y in zip(a, b, strict=True)]
    return Ratios.over(up, v.denominator * w.denominator * a2 * b2)


def basis(beta: Fraction, ability: Sequence[Fraction], benefit: Sequence[Fraction]) -> Ratios:
    """Return D_i = beta S_inc,i + S_ben,i, the municipality's weight in the uniform rule."""
    return _mixed(beta, ability, Fraction(1), benefit)


def mixed_share(beta: Number, ability: Number, benefit: Number) -> Number:
    """Return {beta S_inc + S_ben}/(1 + beta), a municipality's part of the base before cost and gamma."""
    return (beta * ability + benefit) / (1 + beta)


def reflected(alpha: Number, index: Number) -> Number:
    """Return {1 + alpha (x - 1)}, how far a municipality's cost index raises or lowers its part."""
    return 1 + alpha * (index - 1)


def bill_for(need: Number, collection: Number) -> Number:
    """Return e / r, what must be billed so that e comes in."""
    return need / collection


def base_to_distribute(need: int, additions: Mapping[str, Yen], reductions: Mapping[str, Yen]) -> int:
    """Return C = B - individual additions + individual reductions, so that the d_i add up to B."""
    return need - sum(int(a.sum()) for a in additions.values()) + sum(int(r.sum()) for r in reductions.values())


def distribute(
    total: int,
    alpha: float | Fraction,
    beta: Fraction,
    index: Sequence[Fraction],
    ability: Sequence[Fraction],
    benefit: Sequence[Fraction],
    residual: Literal["largest", "leave"] = "largest",
) -> Distribution:
    """Return c_i = C x {1 + alpha (x_i - 1)} x {beta S_inc + S_ben}/(1 + beta) x gamma.

    Provisional amounts are rounded up to the yen, gamma = C / their sum with 13 decimals, the product is
    rounded half up; what then remains of C (a few yen) goes to the largest municipality.
    """
    a = exact(alpha)
    if not 0 <= a <= 1:
        raise ParameterError(f"alpha is {float(a)}; allowed 0 (pooled) to 1 (full reflection of medical cost)")
    (x, x2), (d, d2) = common(index), common(basis(beta, ability, benefit))
    a1, a2 = a.as_integer_ratio()
    up, down = total * beta.denominator, a2 * x2 * d2 * (beta.numerator + beta.denominator)
    level = (a2 - a1) * x2
    provisional = [-(-up * (level + a1 * x_i) * d_i // down) for x_i, d_i in zip(x, d, strict=True)]
    whole = sum(provisional)
    gamma = coefficient(Fraction(total, whole)) if whole else Fraction(1)
    about = np.array(provisional, np.float64) * float(gamma)
    base = nearest_of(about, lambda i: (provisional[i] * gamma.numerator, gamma.denominator))
    left = total - int(base.sum())
    if residual == "largest" and base.size:
        base[base.argmax()] += left
    return Distribution(base=base, gamma=gamma, residual=left)


def with_items(base: Yen, additions: Mapping[str, Yen], reductions: Mapping[str, Yen]) -> Yen:
    """Return base + individual additions - individual reductions, item by item.

    d_i = c_i with items settled municipality by municipality; e_i = d_i + municipal costs - municipal revenues, among
    which there are never discretionary transfers.
    """
    total = base.copy()
    for amount in additions.values():
        total += amount
    for amount in reductions.values():
        total -= amount
    return total


def not_below_zero(levy: Yen) -> Yen:
    """Return levies with nothing below zero: a levy is collected (徴収する, NHI Act art. 75-7), never paid out.

    What the others then bear less is taken from them by what they pay, so that the sum stays. A sum below zero,
    more public money than cost, leaves no levy at all; the rest stays in the metropolitan account.
    """
    if (levy >= 0).all():
        return levy
    most = np.maximum(levy, 0)
    return most - apportion(int(most.sum()) - max(int(levy.sum()), 0), most)


def ease(
    new: Yen,
    old: Yen,
    heads: Yen,
    share: float | Fraction,
    previous_per_head: NDArray[np.float64] | None = None,
) -> Yen:
    """Return the easing (激変緩和) of a step of the rules: `share` of what the new rules add, in whole yen.

    new, old           int64[M]  levy under this year's and last year's alpha and pooled items, all else equal
    previous_per_head  yen       levy actually set last year; where given, only municipalities whose levy per
                                 head also rises against it are eased (the gate)
    """
    rise = np.maximum(new - old, 0)
    if previous_per_head is not None:
        rise = np.where(new > previous_per_head * np.maximum(heads, 1), rise, 0)
    s = exact(share)
    return np.array([int(r) * s.numerator // s.denominator for r in rise], np.int64)


def assessed_total(need: Yen, collection: Sequence[Fraction], names: Sequence[str] | None = None) -> Yen:
    """Return E_i = e_i / r_i (賦課総額), whole yen; `names` are what a message calls the municipalities."""
    r = pairs(collection)
    for i, (up, down) in enumerate(zip(r.up, r.down, strict=True)):
        if not 0 < up <= down:
            name = names[i] if names else f"municipality {i}"
            raise ParameterError(f"{name}: the collection rate is {float(r[i])}; allowed above 0 to 1")
    return nearest_of(need / r.floats(), lambda i: (int(need[i]) * r.down[i], r.up[i]))


def mean_index(ratios: Sequence[Fraction], heads: ArrayLike) -> Fraction:
    """Return the mean of an index over the insured (1 where there is nobody)."""
    n = _ints(heads)
    total = sum(n)
    return added([x * k for x, k in zip(ratios, n, strict=True)]) / total if total else Fraction(1)


Averaging = Literal["mean_of_ratios", "ratio_of_sums"]
"""how the years of an index are put together"""


def cost_index(
    cost: ArrayLike, standard: ArrayLike, heads: ArrayLike, averaging: Averaging = "mean_of_ratios"
) -> Ratios:
    """Return x_i from up to three years of actual cost and cost at national means by age, [years, M].

    A municipality without members in all years gets the mean of the others (documented fallback).
    """
    actual, normal = zip(*_rows(cost), strict=True), zip(*_rows(standard), strict=True)
    raw = [_over_years(a, s, averaging) for a, s in zip(actual, normal, strict=True)]
    if None in raw:
        known = [(Fraction(*x), n) for x, n in zip(raw, _ints(heads), strict=True) if x is not None]
        mean = mean_index([x for x, _ in known], [n for _, n in known]).as_integer_ratio()
        raw = [x or mean for x in raw]
    return Ratios.over([nearest(x[0] * _ONE, x[1]) for x in raw if x is not None], _ONE)


def _over_years(actual: Sequence[int], standard: Sequence[int], averaging: Averaging) -> tuple[int, int] | None:
    """Return actual over standard cost of one municipality in years with members; None if there is none."""
    years = [(a, s) for a, s in zip(actual, standard, strict=True) if s > 0]
    if not years:
        return None
    if averaging == "mean_of_ratios":
        down = math.lcm(*(s for _, s in years))
        return sum(a * (down // s) for a, s in years), down * len(years)
    return sum(a for a, _ in years), sum(s for _, s in years)


def area_index(
    cost: ArrayLike,
    standard: ArrayLike,
    heads: ArrayLike,
    area: Sequence[int],
    averaging: Averaging = "mean_of_ratios",
) -> Ratios:
    """Return x of the secondary medical area (二次医療圏) for all its municipalities; area[i] = its number."""
    labels = sorted(set(area))
    member = [labels.index(a) for a in area]

    def pooled(rows: list[list[int]]) -> list[list[int]]:
        sums = range(len(labels))
        return [[sum(v for v, m in zip(row, member, strict=True) if m == k) for k in sums] for row in rows]

    whole = cost_index(pooled(_rows(cost)), pooled(_rows(standard)), pooled([_ints(heads)])[0], averaging)
    return Ratios.over([whole.up[m] for m in member], _ONE)


def adjusted_cost(cost: Yen, excess: Yen, heads: Yen) -> Yen:
    """Return cost with what lies above the line shared by all (高額医療費の共同負担): own part out, mean in."""
    total, n = int(excess.sum()), int(heads.sum())
    mean = [total * int(k) // n if n else 0 for k in heads]
    return cost - excess + np.array(mean, np.int64)


@dataclass(frozen=True, kw_only=True)
class Pooled:
    """Levies and uniform scalar when rates are unified in the whole prefecture."""

    scalar: Fraction
    levy: Yen
    assessed: Yen


def unify(
    need: Yen,
    own_costs: Yen,
    own_revenues: Yen,
    collection: Sequence[Fraction],
    basis: Sequence[Fraction],
    stage: Literal["complete", "nearly"],
) -> Pooled:
    """Return levies under one rate vector.

    need        e_i of every municipality before unification; their sum is what premiums must bring in
    basis       D_i = beta S_inc + S_ben of the municipality
    complete    完全統一: U = sum e / sum (D r); levy = what i can collect at U, minus costs it keeps, plus its
                revenues. Who collects badly is paid for by all, and who collects better keeps nothing.
    nearly      準統一: everything but collection is pooled: U = sum e / sum D, E_i = U D_i / r_i.
    """
    total = int(need.sum())
    weight = [d * r for d, r in zip(basis, collection, strict=True)] if stage == "complete" else list(basis)
    scalar = Fraction(total) / (added(weight) or Fraction(1))
    premium = [half_up(scalar * k) for k in weight]
    if premium:
        premium[max(range(len(premium)), key=premium.__getitem__)] += total - sum(premium)
    bill = [half_up(scalar * d / (1 if stage == "complete" else r)) for d, r in zip(basis, collection, strict=True)]
    return Pooled(
        scalar=scalar,
        levy=np.array(premium, np.int64) - own_costs + own_revenues,
        assessed=np.array(bill, np.int64),
    )


def gain_kept(collection: Sequence[Fraction], basis: Sequence[Fraction], stage: str) -> list[float]:
    """Return the part of an extra yen collected that stays with the municipality in the next levy.

    Without unification and in 準統一 all of it (lower rates at home); in 完全統一 only its share of the
    common pot: d_i rises by U D_i per point of r_i, and U falls for everybody alike.
    """
    if stage != "complete":
        return [1.0 if up else 0.0 for up in pairs(basis).up]
    weight = [d * r for d, r in zip(basis, collection, strict=True)]
    total = added(weight) or Fraction(1)
    return [float(k / total) for k in weight]


def _ints(values: ArrayLike) -> list[int]:
    return list(np.asarray(values).astype(np.int64).tolist())


def _rows(values: ArrayLike) -> list[list[int]]:
    return list(np.atleast_2d(np.asarray(values)).astype(np.int64).tolist())
