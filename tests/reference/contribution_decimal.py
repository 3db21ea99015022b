"""The chain once more, slow and plain: decimals of 90 digits, one municipality after the other.

Written from the guideline's formulas without looking at the package, to check it. Divisions are cut at 60 digits
before they are rounded, so that a whole number stays whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal, getcontext

getcontext().prec = 90
_CUT = Decimal(10) ** -40
D = Decimal


@dataclass
class Town:
    heads: int
    homes: int
    income: int
    index: Decimal
    rate: Decimal
    add: int = 0
    cut: int = 0
    costs: int = 0
    revenue: int = 0


@dataclass
class Result:
    total: int
    beta: Decimal
    gamma: Decimal
    base: list[int]
    levy: list[int]
    need: list[int]
    assessed: list[int]
    income_rate: list[Decimal]
    per_head: list[Decimal]
    per_home: list[Decimal]


def rounded(x: Decimal, digits: int = 0) -> Decimal:
    return x.quantize(_CUT, ROUND_HALF_UP).quantize(Decimal(10) ** -digits, ROUND_HALF_UP)


def upward(x: Decimal) -> int:
    return int(x.quantize(_CUT, ROUND_HALF_UP).to_integral_value(ROUND_CEILING))


def chain(
    need: int, towns: Sequence[Town], national: Decimal, alpha: Decimal, w: Decimal, beta: Decimal | None = None
) -> Result:
    income, heads, homes = (D(sum(getattr(t, k) for t in towns)) for k in ("income", "heads", "homes"))
    b = rounded(income / heads / national, 13) if beta is None else beta
    total = need - sum(t.add for t in towns) + sum(t.cut for t in towns)
    weight = [b * t.income / income + w * t.heads / heads + (1 - w) * t.homes / homes for t in towns]
    first = [upward(total * (1 + alpha * (t.index - 1)) * k / (1 + b)) for t, k in zip(towns, weight, strict=True)]
    gamma = rounded(D(total) / sum(first), 13)
    base = [int(rounded(p * gamma)) for p in first]
    base[base.index(max(base))] += total - sum(base)
    levy = [c + t.add - t.cut for c, t in zip(base, towns, strict=True)]
    required = [d + t.costs - t.revenue for d, t in zip(levy, towns, strict=True)]
    assessed = [int(rounded(D(e) / t.rate)) for e, t in zip(required, towns, strict=True)]
    scalar = [D(e) / k for e, k in zip(assessed, weight, strict=True)]
    return Result(
        total,
        b,
        gamma,
        base,
        levy,
        required,
        assessed,
        [u * b / income for u in scalar],
        [u * w / heads for u in scalar],
        [u * (1 - w) / homes for u in scalar],
    )


def complete(
    needs: Sequence[int],
    costs: Sequence[int],
    revenue: Sequence[int],
    rates: Sequence[Decimal],
    weight: Sequence[Decimal],
) -> tuple[Decimal, list[int]]:
    """完全統一: one scalar for all; the levy is what each can collect at it."""
    u = D(sum(needs)) / sum((k * r for k, r in zip(weight, rates, strict=True)), D(0))
    premium = [int(rounded(u * k * r)) for k, r in zip(weight, rates, strict=True)]
    premium[premium.index(max(premium))] += sum(needs) - sum(premium)
    return u, [p - c + v for p, c, v in zip(premium, costs, revenue, strict=True)]


def eased(new: Mapping[str, int], old: Mapping[str, int], share: Decimal) -> dict[str, int]:
    return {k: int(share * max(0, new[k] - old[k])) for k in new}
