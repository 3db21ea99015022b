"""The step that settles a year: municipal accounts first, then the metropolis."""

from __future__ import annotations

from typing import Any

from sim.core.step import Step
from sim.finance import metropolitan, municipal
from sim.institutions.world import World


def run(_: Any, w: World, year: int) -> None:
    """Book all money of a fiscal year; facts settlement, discretionary_transfer, legal_transfer, fund."""
    money = metropolitan.public_money(w, year)
    municipal.settle(w, year, municipal.basis(w, year, money.second_part))
    metropolitan.settle(w, year, money)


SETTLE = Step("finance.settle", reads=(), writes=(), run=run)
"""May after the year: settlement (決算) of the metropolis and the 62 municipalities."""
