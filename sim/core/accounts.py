"""Double-entry books in whole yen.

A transfer leaves one entity and enters another, per municipality. Nothing else can change a
balance, so the sum of all balances is zero at any moment and every yen has a name.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BalanceError

ENTITIES = (
    "households",
    "municipality",
    "general_account",
    "fund",
    "metropolis",
    "metropolitan_budget",
    "nation",
    "pool",
    "providers",
)
"""Who can hold money. municipality = its 国保 special account; general_account = its general account
(一般会計); fund = its reserve fund (基金);
metropolis = the metropolitan 国保 special account; metropolitan_budget = the general budget of the metropolis;
pool = the payment fund (支払基金) and other national pools;
providers = hospitals, pharmacies and, for grants in cash, the persons who receive them."""


@dataclass(frozen=True)
class Transfer:
    """Yen that went from payer to payee under one item, by municipality (int64[places])."""

    year: int
    item: str
    payer: str
    payee: str
    amount: NDArray[np.int64]


@dataclass
class Books:
    """All transfers of a run."""

    places: int
    transfers: list[Transfer] = field(default_factory=list)

    def transfer(self, year: int, item: str, payer: str, payee: str, amount: NDArray[np.int64]) -> None:
        """Book `amount` (int64[places], yen, never negative) from payer to payee."""
        if payer not in ENTITIES or payee not in ENTITIES:
            raise BalanceError(f"{item} {year}: unknown entity in {payer} -> {payee}; known: {', '.join(ENTITIES)}")
        yen = np.asarray(amount)
        if yen.dtype != np.int64 or yen.shape != (self.places,):
            raise BalanceError(f"{item} {year}: needs int64[{self.places}], got {yen.dtype}{list(yen.shape)}")
        if (yen < 0).any():
            place = int(np.argmin(yen))
            raise BalanceError(f"{item} {year}: negative transfer of {yen[place]:,} yen at place {place}")
        booked = self._years.setdefault(year, [])
        booked.append(Transfer(year, item, payer, payee, yen.copy()))
        self.transfers.append(booked[-1])

    def of(self, year: int) -> list[Transfer]:
        """Return the transfers of a year in the order they were booked."""
        return self._years.get(year, [])

    @functools.cached_property
    def _years(self) -> dict[int, list[Transfer]]:
        """The transfers by fiscal year; no part of the state of a run."""
        years: dict[int, list[Transfer]] = {}
        for t in self.transfers:
            years.setdefault(t.year, []).append(t)
        return years

    def flow(self, year: int, item: str) -> NDArray[np.int64]:
        """Return the yen booked under an item in a year, int64[places]."""
        total = np.zeros(self.places, np.int64)
        for t in self.of(year):
            if t.item == item:
                total += t.amount
        return total

    def net(self, year: int, entity: str) -> NDArray[np.int64]:
        """Return what an entity received minus what it paid in a year, int64[places]."""
        total = np.zeros(self.places, np.int64)
        for t in self.of(year):
            if t.payee == entity:
                total += t.amount
            if t.payer == entity:
                total -= t.amount
        return total

    def check(self, year: int) -> None:
        """Raise BalanceError unless the net receipts of all entities add up to zero in a year."""
        total = sum(self.net(year, e) for e in ENTITIES)
        if np.any(total != 0):
            raise BalanceError(f"books of {year} do not close: {total}")
