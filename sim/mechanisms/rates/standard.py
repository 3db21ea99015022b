"""Standard rates (標準保険料率): from the assessed total E_i to rates of three kinds, and what caps cut off.

(1) 都道府県標準保険料率       the metropolis as a whole, 2方式, a nationally uniform rule
(2) 市町村標準保険料率         the rule uniform inside the metropolis: one vector times one scalar per municipality
(3) 各市町村の算定基準による率   the municipality's own parts and weights

Rule (2) was verified on 221 municipalities x 3 portions: 均等割/所得割率 and 均等割/平等割 are the same everywhere
inside a prefecture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.core.errors import ParameterError
from sim.mechanisms.rates.contribution import Method, Ratios, Yen, added, exact, half_up, nearest_of, pairs

MILLION = 1_000_000
_ADDS_UP = 1e-9
_DECIMALS = 40
_ONE = 10**_DECIMALS


@dataclass(frozen=True, kw_only=True)
class RateVector:
    """One portion's rates: int64[M]; income and asset part per 1,000,000, the others in yen."""

    income_part: Yen
    asset_part: Yen
    per_head: Yen
    per_household: Yen
    scalar: Ratios
    """u_i = E_i / D_i (zero where nobody is insured)"""


def standard_rates(
    assessed: Yen,
    beta: Fraction,
    weight: Sequence[Fraction],
    income: ArrayLike,
    heads: ArrayLike,
    households: ArrayLike | None,
    method: Method,
    assets: ArrayLike | None = None,
) -> RateVector:
    """Return rates (2): u_i x (beta/sum I, w/sum n, (1-w)/sum h), rounded half up; `weight` = D_i.

    A municipality with no members takes the mean scalar of the metropolis (documented fallback).
    """
    total_income, total_heads = _sum(income), _sum(heads)
    total_homes = _sum(households) if households is not None else 0
    total_assets = _sum(assets) if assets is not None else 0
    mean = Fraction(int(assessed.sum())) / (added(weight) or Fraction(1))
    d = pairs(weight)
    rows = zip(assessed.tolist(), d.up, d.down, strict=True)
    scalars = [(e * down, up) if up > 0 else mean.as_integer_ratio() for e, up, down in rows]
    scalar = Ratios([over for over, _ in scalars], [under for _, under in scalars])
    w = 1 - method.household
    income_unit = beta * (1 - method.asset) * MILLION / total_income if total_income else Fraction(0)
    asset_unit = beta * method.asset * MILLION / total_assets if total_assets else Fraction(0)
    head_unit = w / total_heads if total_heads else Fraction(0)
    home_unit = method.household / total_homes if total_homes else Fraction(0)
    return RateVector(
        income_part=_times(scalar, income_unit),
        asset_part=_times(scalar, asset_unit),
        per_head=_times(scalar, head_unit),
        per_household=_times(scalar, home_unit),
        scalar=scalar,
    )


def metropolitan_rate(assessed: int, beta: Fraction, income: ArrayLike, heads: ArrayLike) -> tuple[Fraction, Fraction]:
    """Return rate (1): income part (fraction of income) and yen per head for the metropolis as a whole."""
    total_income, total_heads = _sum(income), _sum(heads)
    if not total_income or not total_heads:
        return Fraction(0), Fraction(0)
    return assessed * beta / (1 + beta) / total_income, Fraction(assessed) / (1 + beta) / total_heads


def own_rates(
    assessed: Yen,
    parts: NDArray[np.float64],
    income: ArrayLike,
    assets: ArrayLike,
    heads: ArrayLike,
    households: ArrayLike,
    names: Sequence[str] | None = None,
) -> RateVector:
    """Return rates (3); parts float64[M, 4] = weights of income, asset, head, household parts, each row adding to 1."""
    wrong = (parts < 0).any(axis=1) | (np.abs(parts.sum(axis=1) - 1) > _ADDS_UP)
    if wrong.any():
        i = int(np.argmax(wrong))
        name = names[i] if names else f"municipality {i}"
        raise ParameterError(f"{name}: the weights of its rates {parts[i].tolist()} must be 0-1 and add up to 1")
    by_income, by_asset, by_head, by_home = (
        _own_part(assessed, weight, np.asarray(base), scale)
        for weight, base, scale in zip(
            parts.T, (income, assets, heads, households), (MILLION, MILLION, 1, 1), strict=True
        )
    )
    return RateVector(
        income_part=by_income,
        asset_part=by_asset,
        per_head=by_head,
        per_household=by_home,
        scalar=Ratios.over(assessed.tolist(), 1),
    )


def _own_part(assessed: Yen, weight: NDArray[np.float64], base: NDArray[np.number], scale: int) -> Yen:
    """Return the rate of one part: its weight, as written, times what is to be billed, over what it is charged on."""
    charged = (weight != 0) & (base > 0)
    about = np.divide(assessed * weight * scale, base, out=np.zeros(base.size), where=charged)

    def exactly(i: int) -> tuple[int, int]:
        return int(assessed[i]) * _decimals(float(weight[i])) * scale, int(base[i]) * _ONE

    return np.where(charged, nearest_of(about, lambda i: exactly(i) if charged[i] else (0, 1)), 0)


def children_add_on(per_head: Yen, children: Yen, relieved: NDArray[np.float64], adults: Yen) -> Yen:
    """Return the add-on per insured aged 18 or over that refills the waived per-head levy of those under 18.

    relieved = share of the children's per-head levy already taken off by 7/5/2割 (refunded by law).
    """
    waived = per_head * children * (1.0 - relieved)
    return np.array(
        [half_up(exact(float(v)) / int(a)) if a > 0 else 0 for v, a in zip(waived, adults, strict=True)], np.int64
    )


def solve_scalar(bill_at: Callable[[float], float], wanted: float, start: float = 1.0) -> float:
    """Return u with bill_at(u) = wanted, for a bill that rises with u until every household is capped.

    bill_at(u) is the sum over households of min(cap, premium at u times the rate vector). Bisection; raises
    ParameterError if even very high rates cannot bring the money in.
    """
    low, high = 0.0, start
    for _ in range(60):
        if bill_at(high) >= wanted:
            break
        low, high = high, high * 2
    else:
        raise ParameterError(f"no rate brings in {wanted:,.0f} yen: the cap stops it at {bill_at(high):,.0f} yen")
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if bill_at(middle) < wanted else (low, middle)
    return high


def capped_bill(
    income: NDArray[np.float64],
    heads: NDArray[np.float64],
    vector: tuple[float, float],
    cap: float | NDArray[np.float64],
    households: tuple[NDArray[np.float64], float] | None = None,
) -> Callable[[float], float]:
    """Return bill_at(u) for households with these incomes, heads and caps, vector = (rate per yen, yen per head)."""
    once = income * vector[0] + heads * vector[1]
    if households is not None:
        once = once + households[0] * households[1]
    return lambda u: float(np.minimum(once * u, cap).sum())


def _sum(values: ArrayLike) -> int:
    return int(np.asarray(values).sum())


def _times(scalar: Ratios, unit: Fraction) -> Yen:
    if not unit:
        return np.zeros(len(scalar), np.int64)
    up, down = unit.as_integer_ratio()
    return nearest_of(scalar.floats() * float(unit), lambda i: (scalar.up[i] * up, scalar.down[i] * down))


def _decimals(value: float) -> int:
    """Return a number as written (0.58), in units of 10 ** -40."""
    return int(Decimal(repr(value)).scaleb(_DECIMALS))
