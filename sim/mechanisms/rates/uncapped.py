"""Standard rates from incomes that are not cut at the cap: solve for the scalar at which capped bills bring in E (D.5).

The usual chain spreads by income below the cap, so that rates bring in the assessed total in spite of it. Where only
whole incomes are at hand the same is reached by root finding over today's households: each pays at most its cap,
and the scalar u_i of a municipality is the one at which they together pay E_i. Medical and support portions.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import ParameterError
from sim.core.units import era
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import caps
from sim.institutions.world import World
from sim.mechanisms.rates.chain import Chain
from sim.mechanisms.rates.contribution import METHODS, half_up, pairs
from sim.mechanisms.rates.standard import MILLION, capped_bill, solve_scalar
from sim.mechanisms.rates.state import Homes

SOLVED = ("medical", "support")


def by_root(homes: Homes, w: World, chain: Chain, now: int) -> None:
    """Replace the standard rates of the chain by those found over the households insured in `now`."""
    mask = homes.insured_months.astype(np.int64)
    months = sum(((mask >> bit) & 1 for bit in range(12)), np.zeros(mask.size, np.int64))
    rows = np.flatnonzero((months > 0) & (homes.insured > 0))
    order = rows[np.argsort(homes.place[rows], kind="stable")]
    edge = np.searchsorted(homes.place[order], np.arange(w.places + 1))
    share = months / 12
    ceiling = caps(w.p, chain.year)
    method = int(w.p.value("rates.method", chain.year))
    if METHODS[method].asset:
        raise ParameterError(
            f"{era(chain.year)}: rates.cap_method root finds rates of 2 or 3 parts, and "
            f"rates.method is {method}. Use capped_income"
        )
    today = w.memory.own(now, "member_months") / 12
    for name in SOLVED:
        part = chain.portions[name]
        unit = _units(chain, name, method)
        scalar = list(part.scalar)
        for i in range(w.places):
            mine = order[edge[i] : edge[i + 1]]
            if mine.size == 0 or part.assessed[i] <= 0 or chain.outlook.members[i] == 0:
                continue
            wanted = int(part.assessed[i]) * float(today[i]) / int(chain.outlook.members[i]) / w.weight
            bill = capped_bill(
                homes.base_income[mine].astype(np.float64) * share[mine],
                homes.insured[mine].astype(np.float64) * share[mine],
                (unit[0], unit[1]),
                ceiling[i, PORTIONS.index(name)] * share[mine],
                (share[mine], unit[2]),
            )
            try:
                scalar[i] = Fraction(solve_scalar(bill, wanted, float(part.scalar[i])))
            except ParameterError as error:
                raise ParameterError(f"{w.p.codes()[i]} {era(chain.year)}, {name} portion: {error}") from None
        chain.portions[name] = replace(
            part,
            scalar=pairs(scalar),
            income_part=_rates(scalar, unit[0] * MILLION),
            per_head=_rates(scalar, unit[1]),
            per_household=_rates(scalar, unit[2]),
        )


def _units(chain: Chain, name: str, method: int) -> tuple[float, float, float]:
    """Return the one vector of the metropolis per unit of the scalar: per yen of income, per head, per household."""
    part, share = chain.portions[name], METHODS[method].household
    income, heads, homes = (max(int(x.sum()), 1) for x in (part.income, part.heads, part.households))
    return float(part.beta / income), float((1 - share) / heads), float(share / homes)


def _rates(scalar: list[Fraction], unit: float) -> NDArray[np.int64]:
    return np.array([half_up(u * Fraction(unit)) for u in scalar], np.int64)
