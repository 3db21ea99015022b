"""Booking helpers: amounts of either sign, amounts of the whole metropolis."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.institutions.funding import apportion
from sim.institutions.world import World

Yen = NDArray[np.int64]


def book(w: World, year: int, item: str, payer: str, payee: str, amount: Yen) -> None:
    """Book an amount per municipality; where it is negative the money goes the other way."""
    paid, back = np.maximum(amount, 0), np.maximum(-amount, 0)
    if paid.any():
        w.books.transfer(year, item, payer, payee, paid)
    if back.any():
        w.books.transfer(year, item, payee, payer, back)


def spread(w: World, year: int, amount: int) -> Yen:
    """Return an amount of the whole metropolis by municipality, in proportion to insured months."""
    return apportion(amount, w.memory.or_zero(year, "member_months"))
