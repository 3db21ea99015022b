"""The step that settles a year: municipal accounts first, then the metropolis."""

from __future__ import annotations

from sim.core.step import step
from sim.institutions.ledgers import MunicipalLedger
from sim.institutions.world import World
from sim.mechanisms.finance import metropolitan, municipal
from sim.mechanisms.finance.tables import ACCOUNTS, rows


def settle_year(w: World, year: int) -> None:
    """Book all money of a fiscal year; facts of the accounts in institutions/memory.py."""
    money = metropolitan.public_money(w, year)
    opening = w.ledger(MunicipalLedger).carried.copy()
    municipal.settle(w, year, municipal.basis(w, year, money.second_part))
    metropolitan.settle(w, year, money)
    w.record(ACCOUNTS, rows(w, year, opening))


SETTLE = step("finance.settle", settle_year)
"""May after the year: settlement (決算) of the metropolis and the municipalities."""
