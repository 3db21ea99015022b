"""Turns a calculated chain into rows: tables `contribution` and `metropolitan_account`, facts, standard rates."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd

from sim.institutions.memory import PORTIONS
from sim.institutions.notices import Notice, Notices
from sim.institutions.world import World
from sim.mechanisms.rates.chain import Chain, PortionChain, standard_rates_of
from sim.mechanisms.rates.state import Chains
from sim.parameters.places import TOKYO


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
    w.record("contribution", contribution_rows(chain, w.p.codes()))
    w.record("metropolitan_account", account_rows(chain))


def notice(chain: Chain) -> Notice:
    """Return what others are told of the calculation."""
    needs = chain.requirement.needs
    return Notice(
        year=chain.year,
        members=chain.outlook.members,
        elderly_grant=-needs["medical"].lines["b1"],
        elderly_settlement=-needs["medical"].lines["b1s"],
        payments={portion: needs[portion].lines["a1"] for portion in PORTIONS[1:]},
        contribution_per_head=chain.per_head("levy"),
        standard_premium_per_head=chain.per_head("required"),
    )


def headline(chain: Chain) -> dict[str, float]:
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
        "child_payment": chain.requirement.needs["child"].lines["a1"],
    }


def public_money(chain: Chain) -> int:
    """Return all revenue lines but the elderly grant: the "public money" of the published identity, net of a4."""
    total = 0
    for need in chain.requirement.needs.values():
        total -= sum(v for k, v in need.lines.items() if k.startswith("b") and k not in ("b1", "b1s"))
    return total - chain.requirement.needs["medical"].lines["a4"]


def contribution_rows(chain: Chain, codes: list[int]) -> pd.DataFrame:
    """Return the long table of a year: year, code, portion, symbol, value, unit."""
    parts = [(codes, name, *row) for name, c in chain.portions.items() for row in _symbols(chain, c)]
    parts += [
        ([TOKYO], name, symbol, [value], unit)
        for name, c in chain.portions.items()
        for symbol, value, unit in _totals(chain, c)
    ]
    counts = [len(part[0]) for part in parts]
    return pd.DataFrame(
        {
            "year": chain.year,
            "code": np.concatenate([part[0] for part in parts]),
            "portion": np.repeat([part[1] for part in parts], counts),
            "symbol": np.repeat([part[2] for part in parts], counts),
            "value": np.concatenate([np.asarray(part[3], np.float64) for part in parts]),
            "unit": np.repeat([part[4] for part in parts], counts),
        }
    )


def account_rows(chain: Chain) -> pd.DataFrame:
    """Return the metropolitan account and the headline figures of a year."""
    rows: list[tuple[str, float, str]] = []
    for name, need in chain.requirement.needs.items():
        rows += [(f"{name}.{k}", float(v), "yen") for k, v in need.lines.items()]
        rows.append((f"{name}.B", float(need.total), "yen"))
    for key, value in headline(chain).items():
        rows.append((key, float(value), _unit(key)))
    rows.append(("own_facts", float(chain.basis == "own facts"), "0/1"))
    frame = pd.DataFrame(rows, columns=["item", "value", "unit"])
    frame.insert(0, "year", chain.year)
    return frame


def _unit(key: str) -> str:
    if key.endswith("per_head"):
        return "yen/person"
    if key.startswith(("alpha", "beta", "gamma")) or key.endswith("rate"):
        return "coefficient"
    return "persons" if key.endswith("members") else "yen"


def _symbols(chain: Chain, c: PortionChain) -> Iterator[tuple[str, Any, str]]:
    """Yield every quantity of a municipality: symbol, values[M], unit."""
    yield "n", c.heads, "persons"
    yield "insured", chain.outlook.insured(c.portion), "persons"
    yield "h", c.households, "households"
    yield "I", c.income, "yen"
    yield "x", _floats(c.index), "index"
    yield "S_inc", _floats(c.ability), "share"
    yield "S_ben", _floats(c.benefit), "share"
    yield "c", c.base, "yen"
    for name, amount in c.items.items():
        yield f"item.{name}", amount, "yen"
    yield "d_new", c.levy_before_easing, "yen"
    yield "d_old", c.levy_old_rules, "yen"
    yield "ease", c.easing, "yen"
    yield "pool", c.levy - c.levy_before_easing + c.easing, "yen"
    yield "d", c.levy, "yen"
    for name, amount in c.costs.items():
        yield f"cost.{name}", amount, "yen"
    for name, amount in c.revenues.items():
        yield f"revenue.{name}", amount, "yen"
    yield "e", c.required, "yen"
    yield "r", _floats(c.collection), "share"
    yield "E", c.assessed, "yen"
    yield "D", _floats(c.weight), "share"
    yield "u", _floats(c.scalar), "yen"
    yield "income_rate", c.income_part, "1/1,000,000"
    yield "per_head", c.per_head, "yen/person"
    yield "per_household", c.per_household, "yen/household"
    yield "per_adult", c.per_adult, "yen/person"
    yield "own_income_rate", c.own.income_part, "1/1,000,000"
    yield "own_per_head", c.own.per_head, "yen/person"
    yield "own_per_household", c.own.per_household, "yen/household"
    yield "gain_kept", np.array(c.gain_kept), "share"


def _totals(chain: Chain, c: PortionChain) -> Iterator[tuple[str, float, str]]:
    for key, value in chain.requirement.needs[c.portion].lines.items():
        yield key, float(value), "yen"
    yield "B", float(c.need), "yen"
    yield "C", float(c.base_total), "yen"
    yield "alpha", float(c.alpha), "coefficient"
    yield "beta", float(c.beta), "coefficient"
    yield "gamma", float(c.gamma), "coefficient"
    yield "income_rate", float(c.metropolitan[0]) * 1e6, "1/1,000,000"
    yield "per_head", float(c.metropolitan[1]), "yen/person"


def _floats(values: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([float(v) for v in values])
