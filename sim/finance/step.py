"""The step that settles a year: municipal accounts first, then the metropolis."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from sim.core.step import Step
from sim.finance import metropolitan, municipal
from sim.institutions.world import World


def run(_: Any, w: World, year: int) -> None:
    """Book all money of a fiscal year; facts settlement, discretionary_transfer, legal_transfer, fund."""
    money = metropolitan.public_money(w, year)
    municipal.settle(w, year, municipal.basis(w, year, money.second_part))
    metropolitan.settle(w, year, money)
    w.record("accounts", rows(w, year))


def rows(w: World, year: int) -> pd.DataFrame:
    """Return the year's transfers by municipality: item, payer, payee, code, amount; rows of zero are left out."""
    booked = [t for t in w.books.transfers if t.year == year]
    codes = w.p.codes()
    frame = pd.DataFrame(
        {
            "year": year,
            **{name: np.repeat([getattr(t, name) for t in booked], w.places) for name in ("item", "payer", "payee")},
            "code": np.tile(codes, len(booked)),
            "amount": np.concatenate([t.amount for t in booked] or [np.zeros(0, np.int64)]),
        }
    )
    frame = frame[frame["amount"] != 0]
    keys = ["year", "item", "payer", "payee", "code"]
    return frame.groupby(keys, sort=False)[["amount"]].sum().reset_index()


SETTLE = Step("finance.settle", reads=(), writes=(), run=run)
"""May after the year: settlement (決算) of the metropolis and the 62 municipalities."""
