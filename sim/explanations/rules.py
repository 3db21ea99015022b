"""Which line of the chain from B to the standard rates follows from which others, by what operation: said once.

The engine (`sim.mechanisms.rates.contribution`) computes the chain exactly and for all municipalities at once. Here
stands how its recorded lines hang together for one municipality and portion. From these rules come what enters a line
of the calculation sheet, the terms of a change (`chain`), formulas of the spreadsheet (`sheet`) and the value that
attribution takes apart; where a line is more than a sum, the formula is the engine's own function.

Figures read back from tables are floats and rounded on the way, so a product meets the recorded line within a few yen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from sim.mechanisms.rates.contribution import bill_for, mixed_share, reflected

NEUTRAL = {"r": 1.0, "x": 1.0, "gamma": 1.0}
"""what a line that is not there counts as, where that is not zero"""


@dataclass(frozen=True)
class Sum:
    """A line that adds up others: symbols, groups like `item.*`, and with a minus what is taken off."""

    terms: tuple[str, ...]

    @property
    def inputs(self) -> tuple[str, ...]:
        """Return the symbols and groups that enter, without their signs."""
        return tuple(term.removeprefix("-") for term in self.terms)

    def sides(self, symbols: Mapping[str, object]) -> tuple[list[str], list[str]]:
        """Return which of these symbols are added and which are taken off, in their own order."""
        added, taken = ([t for t in self.terms if t.startswith("-") == minus] for minus in (False, True))
        plus = [s for s in symbols if any(belongs(s, term) for term in added)]
        return plus, [s for s in symbols if any(belongs(s, term.removeprefix("-")) for term in taken)]


@dataclass(frozen=True)
class Formula:
    """A line that is a function of others, in their order; `excel` is the same in a cell, where a cell can say it."""

    inputs: tuple[str, ...]
    function: Callable[..., float]
    excel: str = ""


def _base(total: float, alpha: float, index: float, beta: float, ability: float, benefit: float, gamma: float) -> float:
    """Return c, the part of the base a municipality bears."""
    return total * reflected(alpha, index) * mixed_share(beta, ability, benefit) * gamma


RULES: dict[str, Sum | Formula] = {
    "B": Sum(("a*", "b*")),
    "c": Formula(("C", "alpha", "x", "beta", "S_inc", "S_ben", "gamma"), _base),
    "d_new": Sum(("c", "item.*")),
    "d": Sum(("d_new", "-ease", "pool")),
    "e": Sum(("d", "cost.*", "-revenue.*")),
    "E": Formula(("e", "r"), lambda e, r: bill_for(max(e, 0.0), r or 1.0), "ROUND(MAX({e},0)/{r},0)"),
    "D": Formula(("beta", "S_inc", "S_ben"), lambda beta, ability, benefit: beta * ability + benefit),
    "u": Formula(("E", "D"), lambda assessed, weight: assessed / weight),
}
"""symbol -> how it follows; every other line is given"""


def belongs(symbol: str, group: str) -> bool:
    """Return whether a symbol is meant by a name or a group: `item.*`, and `a*`, `b*` for lines of the account."""
    if not group.endswith("*"):
        return symbol == group
    stem = group[:-1]
    return symbol.startswith(stem) and (stem.endswith(".") or symbol[len(stem) :][:1].isdigit())


def is_line(symbol: str) -> bool:
    """Return whether a symbol is a line of the metropolitan account (a1, b9f, ...)."""
    return belongs(symbol, "a*") or belongs(symbol, "b*")


def given(symbol: str) -> Iterator[str]:
    """Yield what a line rests on in the end: symbols and groups without a rule, in the order of the chain."""
    rule = RULES.get(symbol)
    if rule is None:
        yield symbol
        return
    for name in rule.inputs:
        yield from given(name)


def evaluate(symbol: str, known: Mapping[str, float]) -> float:
    """Return a line as it follows from the given lines in `known`; lines with a rule are computed, not looked up."""
    rule = RULES.get(symbol)
    if rule is None:
        return known.get(symbol, NEUTRAL.get(symbol, 0.0))
    if isinstance(rule, Formula):
        return rule.function(*(evaluate(name, known) for name in rule.inputs))
    total = 0.0
    for term in rule.terms:
        name = term.removeprefix("-")
        value = _total(name, known) if name.endswith("*") else evaluate(name, known)
        total += -value if term.startswith("-") else value
    return total


def whole(value: float) -> int:
    """Return yen as the chain rounds them: to the nearest, halves up."""
    return math.floor(value + 0.5)


def _total(group: str, known: Mapping[str, float]) -> float:
    return sum(value for symbol, value in known.items() if belongs(symbol, group))
