"""The steps of the rates mechanism: opening rates, contribution of the coming year, actual rates of the coming year."""

from __future__ import annotations

import numpy as np

from sim.core.errors import BalanceError
from sim.core.step import step
from sim.core.units import era
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import Rates
from sim.institutions.world import World
from sim.mechanisms.rates.actual import known_rates
from sim.mechanisms.rates.chain import Chain, Levies, compute, levies
from sim.mechanisms.rates.decide import Seen, budget, decide_rates
from sim.mechanisms.rates.membership import count
from sim.mechanisms.rates.record import remember, remember_first
from sim.mechanisms.rates.requirement import adopt, estimate
from sim.mechanisms.rates.state import Chains, Decisions, Homes, People
from sim.mechanisms.rates.tables import PROVISIONAL_ACCOUNT
from sim.mechanisms.rates.uncapped import by_root


def opening_rates(w: World) -> Rates:
    """Fill w.rates of the first simulated year: confirmed, unified by a group, or imputed (nearest year)."""
    year = w.year
    found = known_rates(w, year, nearest=True)
    needed = range(len(PORTIONS) - 1)
    for i, code in enumerate(w.p.codes()):
        for k in needed:
            if not found.known[i, k]:
                raise BalanceError(f"{code} {era(year)}: no {PORTIONS[k]} rate, neither confirmed nor imputed")
    w.rates[year] = found.rates
    return found.rates


def _adds_up(chain: Levies) -> None:
    """Raise BalanceError unless the contributions are what the metropolis needs, to the yen."""
    total, wanted = int(chain.total("levy").sum() + chain.total("easing").sum()), chain.requirement.levied
    if total != wanted:
        raise BalanceError(
            f"contributions of {era(chain.year)} add up to {total:,} yen, the metropolis needs {wanted:,}"
        )


def contribution_of(w: World, year: int, now: int, homes: Homes | None = None) -> Chain:
    """Compute and remember contributions and standard rates of `year` from what is known in January of `now`.

    With `rates.cap_method: root` and households the standard rates are found over them as they are today.
    """
    chain = compute(w, *estimate(w, year, now))
    _adds_up(chain)
    adopt(w, chain.requirement)
    root = w.p.value("rates.cap_method", year) == "root" and chain.stage == "none"
    if root and homes is not None and homes.place.size:
        by_root(homes, w, chain, now)
    remember(w, chain)
    return chain


def open_rates(w: World, year: int) -> None:
    """Put the rates in force in the first simulated year."""
    w.year = year
    opening_rates(w)


def estimate_first(w: World, year: int, people: People, homes: Homes) -> None:
    """Compute the contribution of the coming year at provisional coefficients, and put its account on record.

    No mechanism looks at it: where the account is not asked for, it is not computed.
    """
    if people.born.size:
        count(people, homes, w, year)
    _open(w, year, homes)
    if not w.wants(PROVISIONAL_ACCOUNT):
        return
    first = levies(w, *estimate(w, year + 1, year, "provisional"))
    _adds_up(first)
    remember_first(w, first)


def contribute(w: World, year: int, homes: Homes) -> None:
    """Compute the contribution of the coming year at final coefficients: what municipalities are charged."""
    _open(w, year, homes)
    contribution_of(w, year + 1, year, homes)


def _open(w: World, year: int, homes: Homes) -> None:
    """Compute contribution and budgets of the opening year from its own facts: nobody estimated them before."""
    if not w.memory.knows(year, "contribution"):
        chain = contribution_of(w, year, year, homes)
        rates = w.rates[year]
        budget(w, chain, rates, Seen.of(w, chain, rates, year))


def decide(w: World, year: int) -> None:
    """Decide the actual rates of the coming year."""
    chains = w.ledger(Chains)
    rates, reasons = decide_rates(w, chains.by_year[year + 1], year)
    _check(rates, w.p.codes(), year + 1)
    w.rates[year + 1] = rates
    w.ledger(Decisions).reasons[year + 1] = reasons
    chains.forget_before(year)


def _check(rates: Rates, codes: list[int], year: int) -> None:
    for name in ("income_part", "asset_part", "per_head", "per_household", "per_adult", "cap"):
        values = getattr(rates, name)
        if (values < 0).any():
            i, k = np.argwhere(values < 0)[0]
            raise BalanceError(f"{codes[i]} {era(year)}: {name} of the {PORTIONS[k]} portion is {values[i, k]}")


OPEN = step("rates.open", open_rates, first=True)
"""Rates in force in the first simulated year."""

ESTIMATE = step("rates.estimate", estimate_first)
"""November: what the contribution of the coming year looks like at provisional coefficients (仮係数)."""

CONTRIBUTE = step("rates.contribute", contribute)
"""January: contribution (納付金) and standard rates of the coming year at final coefficients (確定係数)."""

DECIDE = step("rates.decide", decide)
"""February: each municipality's actual rates of the coming year."""
