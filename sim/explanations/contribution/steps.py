"""Every step of the chain, B -> C -> c -> d -> e -> E and the rates, as lines with formula and what goes in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from functools import partial

import numpy as np
import pandas as pd

from sim.core.tables import joined
from sim.explanations.chain import LINES, Line, figures_of, lines_of
from sim.explanations.contribution.figures import Figures
from sim.explanations.rules import RULES, is_line
from sim.mechanisms.rates.portion import PortionChain, PortionInputs
from sim.mechanisms.rates.tables import symbol_rows

METROPOLIS = "metropolis"
"""the place of a prefecture's own lines, as in `sim.explanations.chain`"""
COLUMNS = ("portion", "place", "symbol", "label_ja", "label_en", "formula", "inputs", "value", "unit", "source")
_GIVEN, _INPUT = "入力値 (given)", "input"
_ALWAYS_GIVEN = ("n", "insured", "h", "T", "r", "alpha")
_TOTALS = {
    "sum_item": ("個別項目の合計", "individual items, total", "sum of item.*", "yen"),
    "sum_n": ("被保険者数（応益）の合計", "heads of the per-head part, total", "sum of n", "persons"),
    "sum_h": ("世帯数の合計", "households, total", "sum of h", "households"),
    "sum_I": ("所得総額の合計", "income below the cap, total", "sum of I", "yen"),
    "sum_T": ("固定資産税額の合計", "fixed-asset tax, total", "sum of T", "yen"),
    "sum_E": ("賦課総額の合計", "assessed total, total", "sum of E", "yen"),
}
_OURS = {
    "T": Line("固定資産税額", "fixed-asset tax", _GIVEN, _INPUT),
    "asset_rate": Line("資産割率", "asset part", "u beta a / sum T", LINES["u"].source, ("u", "beta", "sum_T")),
    "own_asset_rate": Line("資産割率 (独自の算定基準)", "asset part, own weights", "E k_asset / T", LINES["u"].source),
}
_OF_THE_WHOLE = {
    "income_rate": Line(
        "所得割率 (都道府県標準)",
        "income part, prefecture as a whole",
        "sum E beta / (1 + beta) / sum I",
        LINES["u"].source,
        ("sum_E", "beta", "sum_I"),
    ),
    "per_head": Line(
        "均等割額 (都道府県標準)",
        "per head, prefecture as a whole",
        "sum E / (1 + beta) / sum n",
        LINES["u"].source,
        ("sum_E", "beta", "sum_n"),
    ),
}
"""rate (1), that of the prefecture as a whole: 2方式 by a uniform national rule"""
_GROUPS = ("item.", "cost.", "revenue.")


def steps_of(figures: Figures, chains: Mapping[str, PortionChain]) -> pd.DataFrame:
    """Return all lines of all places, portion after portion, the prefecture's first (place "metropolis")."""
    table = joined([symbol_rows(chains, [*map(str, range(len(figures.names)))], METROPOLIS)])
    places = {str(i): name for i, name in enumerate(figures.names)}
    rows: list[dict[str, object]] = []
    for portion, chain in chains.items():
        own = table[table["portion"] == portion]
        values = {
            str(code): dict(zip(part["symbol"], part["value"], strict=True))
            for code, part in own.groupby("code", sort=False)
        }
        units = dict(zip(own["symbol"], own["unit"], strict=True)) | {k: v[3] for k, v in _TOTALS.items()}
        whole = values[METROPOLIS] | _totals(chain, figures.portions[portion])
        labels = {symbol: ja for (p, symbol), ja in figures.labels.items() if p == portion}
        lines = _lines(labels, figures.portions[portion], own["symbol"].unique().tolist())

        for code, place in {METROPOLIS: METROPOLIS, **places}.items():
            whole_too = code == METROPOLIS
            part, known = (whole, whole) if whole_too else (values[code], {**whole, **values[code]})
            read = {**lines, **_OF_THE_WHOLE} if whole_too else lines
            found = lines_of(part, known, units, partial(_entering, read), read)
            rows += ({"portion": portion, "place": place, **row} for row in found)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _entering(lines: Mapping[str, Line], symbol: str, known: Mapping[str, float]) -> Iterator[str]:
    """Yield "symbol = figure" for everything that enters a line."""
    names = RULES[symbol].inputs if symbol in RULES else lines[symbol].inputs if symbol in lines else ()
    for name in names:
        yield from figures_of(name, known)


def _totals(chain: PortionChain, given: PortionInputs) -> dict[str, float]:
    """Return the sums the shares and rates divide by, and the individual items that stand between B and C."""
    sums = {"sum_n": chain.heads, "sum_h": chain.households, "sum_I": chain.income, "sum_T": chain.assets}
    sums["sum_E"] = chain.assessed
    sums["sum_item"] = sum(given.items.values(), np.zeros_like(chain.levy))
    return {name: float(values.sum()) for name, values in sums.items() if values is not None and values.any()}


def _lines(labels: Mapping[str, str], given: PortionInputs, symbols: list[str]) -> dict[str, Line]:
    """Return how each symbol reads for this prefecture: its own labels, its method's formulas, what was given."""
    ours = _formulas(given)
    found = {k: Line(ja, en, formula, LINES["C"].source) for k, (ja, en, formula, _) in _TOTALS.items()}
    for symbol in symbols:
        line = _OURS.get(symbol) or LINES.get(symbol) or Line(symbol, symbol, "", _INPUT)
        line = replace(line, ja=labels.get(symbol, line.ja))
        if symbol in ours:
            formula, inputs = ours[symbol]
            line = replace(line, formula=formula, inputs=inputs)
        elif _is_given(symbol, given):
            line = replace(line, formula=_GIVEN, inputs=(), source=_INPUT)
        found[symbol] = line
    return found


def _is_given(symbol: str, given: PortionInputs) -> bool:
    """Return whether a line was handed in as such."""
    if symbol == "B":
        return not given.lines
    return symbol in _ALWAYS_GIVEN or is_line(symbol) or (symbol.startswith(_GROUPS) and symbol != "item.floor")


def _formulas(given: PortionInputs) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Return symbol -> formula and what goes in, for lines that depend on the method or on what was given."""
    household, asset = given.method.household, given.method.asset
    w, a = _share(1 - household), _share(1 - asset)
    ability: tuple[str, tuple[str, ...]] = ("I / sum I", ("I", "sum_I"))
    if asset:
        ability = f"{a} I / sum I + {_share(asset)} T / sum T", ("I", "sum_I", "T", "sum_T")
    benefit: tuple[str, tuple[str, ...]] = ("n / sum n", ("n", "sum_n"))
    if household:
        benefit = f"{w} n / sum n + {_share(household)} h / sum h", ("n", "sum_n", "h", "sum_h")
    return {
        "C": ("B - sum_item", ("B", "sum_item")),
        "S_inc": ability,
        "S_ben": benefit,
        "beta": ("mean income / national mean, or as given", ()),
        "income_rate": (f"u beta {a} / sum I" if asset else "u beta / sum I", ("u", "beta", "sum_I")),
        "per_head": (f"u {w} / sum n", ("u", "sum_n")),
        "per_household": (f"u {_share(household)} / sum h", ("u", "sum_h")),
        "ease": (_eased(given), ("d_new", "d_old")),
        "x": ("as given, or mean of actual / age-standard cost", ()),
        "I": ("as given, or 3-year mean per insured x n", ()),
    }


def _eased(given: PortionInputs) -> str:
    if given.easing is None:
        return "none"
    if given.easing.amounts is not None:
        return "as given, at most d_new"
    gate = ", where above last year's levy per insured" if given.easing.previous_per_head is not None else ""
    return f"{_share(given.easing.share)} of the rise max(0, d_new - d_old){gate}"


def _share(value: Fraction) -> str:
    return f"{float(value):g}"
