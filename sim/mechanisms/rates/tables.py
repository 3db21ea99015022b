"""The output tables of the rates: the chain from B to the standard rates, and the metropolitan account it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from sim.core.tables import Columns, Labels, OutputTable
from sim.mechanisms.rates.chain import Chain, Levies
from sim.mechanisms.rates.contribution import pairs
from sim.mechanisms.rates.portion import PortionChain

Values = NDArray[np.int64] | NDArray[np.float64] | Sequence[float]
"""one a municipality, or one for the metropolis"""

METROPOLITAN_ACCOUNT = OutputTable(
    "metropolitan_account",
    "Metropolitan account and coefficients, forecast for the year",
    ("year", "item"),
    {"value": ("see unit", "amount or coefficient"), "unit": ("text", "unit of the value")},
)

PROVISIONAL_ACCOUNT = OutputTable(
    "provisional_account",
    "Metropolitan account and coefficients as estimated in November at provisional coefficients (仮係数)",
    METROPOLITAN_ACCOUNT.keys,
    METROPOLITAN_ACCOUNT.columns,
)

CONTRIBUTION = OutputTable(
    "contribution",
    "The chain from B to the standard rates, every symbol",
    ("year", "code", "portion", "symbol"),
    {"value": ("see unit", "value"), "unit": ("text", "unit of the value")},
)

TABLES = (METROPOLITAN_ACCOUNT, PROVISIONAL_ACCOUNT, CONTRIBUTION)


def contribution_rows(chain: Chain, codes: list[int], whole: int) -> Columns:
    """Return the long table of a year: year, code, portion, symbol, value, unit."""
    return {"year": chain.year, **symbol_rows(chain.portions, codes, whole)}


def symbol_rows(portions: Mapping[str, PortionChain], codes: Sequence[int | str], whole: int | str) -> Columns:
    """Return the long table code, portion, symbol, value, unit; `whole` stands for the code of the metropolis."""
    parts: list[tuple[NDArray[np.generic], str, str, Values, str]]
    places = np.asarray(codes)
    parts = [(places, name, *row) for name, c in portions.items() for row in _symbols(c)]
    parts += [
        (np.asarray([whole]), name, symbol, [value], unit)
        for name, c in portions.items()
        for symbol, value, unit in _totals(c)
    ]
    counts = [part[0].size for part in parts]
    return {
        "code": np.concatenate([part[0] for part in parts]),
        "portion": Labels.repeat([part[1] for part in parts], counts),
        "symbol": Labels.repeat([part[2] for part in parts], counts),
        "value": np.concatenate([np.asarray(part[3], np.float64) for part in parts]),
        "unit": Labels.repeat([part[4] for part in parts], counts),
    }


def account_rows(chain: Levies, headline: Mapping[str, float]) -> Columns:
    """Return the metropolitan account and the headline figures of a year."""
    rows: list[tuple[str, float, str]] = []
    for name, need in chain.requirement.needs.items():
        rows += [(f"{name}.{k}", float(v), "yen") for k, v in need.lines.items()]
        rows.append((f"{name}.B", float(need.total), "yen"))
        rows += [(f"{name}.{k}", float(v), unit) for k, (v, unit) in need.shown.items()]
    for key, value in headline.items():
        rows.append((key, float(value), _unit(key)))
    rows.append(("own_facts", float(chain.basis == "own facts"), "0/1"))
    return {"year": chain.year, **dict(zip(("item", "value", "unit"), zip(*rows, strict=True), strict=True))}


def _unit(key: str) -> str:
    if key.endswith("per_head"):
        return "yen/person"
    if key.startswith(("alpha", "beta", "gamma")) or key.endswith("rate"):
        return "coefficient"
    return "persons" if key.endswith("members") else "yen"


def _symbols(c: PortionChain) -> Iterator[tuple[str, Values, str]]:
    """Yield every quantity of a municipality: symbol, values[M], unit."""
    yield "n", c.heads, "persons"
    yield "insured", c.insured, "persons"
    yield "h", c.households, "households"
    yield "I", c.income, "yen"
    if c.assets is not None:
        yield "T", c.assets, "yen"
    yield "x", pairs(c.index).floats(), "index"
    yield "S_inc", c.ability.floats(), "share"
    yield "S_ben", c.benefit.floats(), "share"
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
    yield "r", pairs(c.collection).floats(), "share"
    yield "E", c.assessed, "yen"
    yield "D", c.weight.floats(), "share"
    yield "u", c.scalar.floats(), "yen"
    yield "income_rate", c.income_part, "1/1,000,000"
    if c.assets is not None:
        yield "asset_rate", c.asset_part, "1/1,000,000"
    yield "per_head", c.per_head, "yen/person"
    yield "per_household", c.per_household, "yen/household"
    yield "per_adult", c.per_adult, "yen/person"
    yield "own_income_rate", c.own.income_part, "1/1,000,000"
    if c.assets is not None:
        yield "own_asset_rate", c.own.asset_part, "1/1,000,000"
    yield "own_per_head", c.own.per_head, "yen/person"
    yield "own_per_household", c.own.per_household, "yen/household"
    yield "gain_kept", np.array(c.gain_kept), "share"


def _totals(c: PortionChain) -> Iterator[tuple[str, float, str]]:
    for key, value in c.lines.items():
        yield key, float(value), "yen"
    for key, (figure, unit) in c.shown.items():
        yield key, float(figure), unit
    yield "B", float(c.need), "yen"
    yield "C", float(c.base_total), "yen"
    yield "alpha", float(c.alpha), "coefficient"
    yield "beta", float(c.beta), "coefficient"
    yield "gamma", float(c.gamma), "coefficient"
    yield "income_rate", float(c.metropolitan[0]) * 1e6, "1/1,000,000"
    yield "per_head", float(c.metropolitan[1]), "yen/person"
