"""Keeps a calculated chain: facts, standard rates, the notice to others, the rows of its tables."""

from __future__ import annotations

from fractions import Fraction

from sim.institutions.memory import PORTIONS
from sim.institutions.notices import Notice, Notices
from sim.institutions.world import World
from sim.mechanisms.rates.chain import Chain, Levies, standard_rates_of
from sim.mechanisms.rates.state import Chains
from sim.mechanisms.rates.tables import (
    CONTRIBUTION,
    METROPOLITAN_ACCOUNT,
    PROVISIONAL_ACCOUNT,
    account_rows,
    contribution_rows,
)


def remember(w: World, chain: Chain) -> None:
    """Put contributions, needs, easing and standard rates of the chain's year where the other mechanisms look."""
    year = chain.year
    for name, c in chain.portions.items():
        w.memory.put(year, f"contribution_{name}", c.levy)
        w.memory.put(year, f"needed_{name}", c.required)
    w.memory.put(year, "contribution", chain.total("levy"))
    w.memory.put(year, "easing", chain.total("easing"))
    w.standard_rates[year] = standard_rates_of(chain, w.places)
    w.ledger(Chains).by_year[year] = chain
    w.ledger(Notices).by_year[year] = notice(chain)
    w.record(CONTRIBUTION, lambda: contribution_rows(chain, w.p.codes(), w.p.region.code))
    w.record(METROPOLITAN_ACCOUNT, lambda: account_rows(chain, headline(chain)))


def remember_first(w: World, chain: Levies) -> None:
    """Put the account of an estimate at provisional coefficients on record; no mechanism looks at it."""
    w.record(PROVISIONAL_ACCOUNT, lambda: account_rows(chain, headline(chain)))


def notice(chain: Levies) -> Notice:
    """Return what others are told of the calculation."""
    needs = chain.requirement.needs
    return Notice(
        year=chain.year,
        members=chain.outlook.members,
        elderly_grant=-needs["medical"].lines["b1"],
        elderly_settlement=-needs["medical"].lines["b1s"],
        special_paid_in=needs["medical"].lines["a4"],
        payments={portion: needs[portion].lines["a1"] for portion in PORTIONS[1:]},
        contribution_per_head=chain.per_head("levy"),
        standard_premium_per_head=chain.per_head("required"),
    )


def headline(chain: Levies) -> dict[str, float]:
    """Return the figures the metropolis prints: totals, per-head sums over each portion's own heads, coefficients."""
    medical = chain.portions["medical"]
    rate = float(sum((c.metropolitan[0] for c in chain.portions.values()), Fraction(0)))
    return {
        "contribution_total": int(chain.total("levy").sum()),
        "contribution_per_head": chain.per_head("levy"),
        "standard_premium_per_head": chain.per_head("required"),
        "assessed_per_head": chain.per_head("assessed"),
        "metropolitan_income_rate": rate,
        "alpha": chain.alpha,
        "beta_medical": float(medical.beta),
        "gamma_medical": float(medical.gamma),
        "easing": int(chain.total("easing").sum()),
        "members": int(chain.outlook.members.sum()),
        "care_members": int(chain.outlook.care_members.sum()),
        "public_money": public_money(chain),
        "elderly_grant": -sum(chain.requirement.needs["medical"].lines[k] for k in ("b1", "b1s")),
        "benefits": sum(chain.requirement.needs["medical"].lines[k] for k in ("a1", "a2")),
        "benefits_own_estimate": round(chain.outlook.own_estimate),
        "support_payment": chain.requirement.needs["support"].lines["a1"],
        "care_payment": chain.requirement.needs["care"].lines["a1"],
        "support_per_member_by_rule": chain.requirement.support_by_rule,
        "special_high_cost_subsidy": chain.requirement.special_subsidy,
        "child_payment": chain.requirement.needs["child"].lines["a1"],
    }


def public_money(chain: Levies) -> int:
    """Return all revenue lines but the elderly grant: the "public money" of the published identity, net of a4."""
    total = 0
    for need in chain.requirement.needs.values():
        total -= sum(v for k, v in need.lines.items() if k.startswith("b") and k not in ("b1", "b1s"))
    return total - chain.requirement.needs["medical"].lines["a4"]
