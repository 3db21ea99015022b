"""The step that settles a year: municipal accounts first, then the metropolis."""

from __future__ import annotations

from sim.core.step import step
from sim.institutions.effort import Occasion
from sim.institutions.ledgers import MunicipalLedger
from sim.institutions.world import World
from sim.mechanisms.finance import metropolitan, municipal
from sim.mechanisms.finance.tables import ACCOUNTS, EFFORT, SECOND_PART, effort_rows, rows, second_part_rows


def settle_year(w: World, year: int) -> None:
    """Book all money of a fiscal year; facts of the accounts in institutions/memory.py."""
    money = metropolitan.public_money(w, year)
    opening = w.ledger(MunicipalLedger).carried.copy()
    basis = municipal.basis(w, year, money.second_part)
    municipal.settle(w, year, basis)
    metropolitan.settle(w, year, money)
    w.record(ACCOUNTS, lambda: rows(w, year, opening))
    at = Occasion(year=year, members=basis.members, known=basis.known)
    w.record(EFFORT, lambda: effort_rows(w, at))
    w.record(SECOND_PART, lambda: second_part_rows(w, at, basis.second_part))


SETTLE = step("finance.settle", settle_year)
"""May after the year: settlement (決算) of the metropolis and the municipalities."""
