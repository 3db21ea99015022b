"""Formulas together with their values: a workbook shows figures before any program calculates, and the same after.

A term is a piece of a formula and what it comes to; sums, differences and quotients of terms are terms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Number = float | int
Value = Number | str | None


def nearest(number: float, digits: int = 0) -> float:
    """Return a number rounded as a cell's ROUND does: halves away from zero."""
    scale = 10.0**digits
    return math.copysign(math.floor(abs(number) * scale + 0.5), number) / scale


@dataclass(frozen=True)
class Term:
    """A piece of a formula, and its value; None is an empty cell."""

    text: str
    value: Value

    @property
    def number(self) -> float:
        """The value in sums, where an empty cell counts nothing."""
        return float(self.value) if isinstance(self.value, int | float) else 0.0

    def __add__(self, other: Term) -> Term:
        return Term(f"{self.text}+{other.text}", self.number + other.number)

    def __sub__(self, other: Term) -> Term:
        return Term(f"{self.text}-{other.within}", self.number - other.number)

    @property
    def within(self) -> str:
        """The formula as a part of another."""
        return f"({self.text})" if any(sign in self.text for sign in "+-/*") else self.text


def rounded(term: Term, digits: int = 0) -> Term:
    return Term(f"ROUND({term.text},{digits})", nearest(term.number, digits))


def thousands(term: Term) -> Term:
    """Return an amount of yen in whole thousands."""
    return Term(f"ROUND({term.within}/1000,0)", int(nearest(term.number / 1000)))


def ratio(part: Term, whole: Term, digits: int) -> Term:
    """Return a quotient, rounded; empty where it is of nothing."""
    text = f'IF({whole.text}=0,"",ROUND({part.within}/{whole.within},{digits}))'
    return Term(text, nearest(part.number / whole.number, digits) if whole.number else None)


def unless_empty(cell: Term, shown: Term) -> Term:
    """Return what is shown of a cell, nothing where the cell is empty."""
    return Term(f'IF({cell.text}="","",{shown.text})', None if cell.value in (None, "") else shown.value)


def as_shown(cell: Term, kind: str) -> Term:
    """Return a cell of a data sheet as a cell of its kind shows it: 1,000 yen, whole yen, hundredths of a per cent."""
    if kind in ("oku", "oku1", "million"):
        return thousands(cell)
    if kind in _DIGITS:
        return rounded(cell, _DIGITS[kind])
    return cell


_DIGITS = {"yen": 0, "share": 4, "persons": 0, "count": 0}


def sum_of(terms: Sequence[Term]) -> Term:
    """Return the sum of terms."""
    return Term("+".join(term.text for term in terms), sum(term.number for term in terms))
