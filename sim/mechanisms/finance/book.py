"""Booking helpers: amounts of either sign, amounts of the whole metropolis."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.institutions.funding import apportioned
from sim.institutions.world import World

Yen = NDArray[np.int64]


def book(w: World, year: int, item: str, payer: str, payee: str, amount: Yen) -> None:
    """Book an amount per municipality; where it is negative the money goes the other way."""
    paid, back = np.maximum(amount, 0), np.maximum(-amount, 0)
    if paid.any():
        w.books.transfer(year, item, payer, payee, paid)
    if back.any():
        w.books.transfer(year, item, payee, payer, back)


Line = tuple[str, str, str, int]
"""item, payer, payee, yen of the whole metropolis; negative: the money goes the other way"""


def book_whole(w: World, year: int, lines: Sequence[Line]) -> None:
    """Book amounts of the whole metropolis, by municipality in proportion to insured months."""
    parts = apportioned([amount for *_, amount in lines], w.memory.or_zero(year, "member_months"))
    for (item, payer, payee, _), part in zip(lines, parts, strict=True):
        book(w, year, item, payer, payee, part)
