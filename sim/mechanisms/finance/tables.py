"""The output table of the accounts: every transfer of money, and what joins an account to the years beside it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.accounts import Transfer
from sim.core.tables import OutputTable
from sim.institutions.ledgers import MunicipalLedger
from sim.institutions.world import World

ACCOUNTS = OutputTable(
    "accounts", "Every transfer of money", ("year", "item", "payer", "payee", "code"), {"amount": ("yen", "amount")}
)

TABLES = (ACCOUNTS,)


def rows(w: World, year: int, opening: NDArray[np.int64]) -> pd.DataFrame:
    """Return the year's transfers by municipality: item, payer, payee, code, amount; rows of zero are left out.

    opening  int64[M]  balances carried into the year

    What a municipal account takes over from last year, and what it takes out of next year's revenue to close
    (繰上充用), stand beside them. Revenue less expenditure is then what it carries on, never below zero.
    """
    booked = [t for t in w.books.transfers if t.year == year] + carried(
        year, opening, w.ledger(MunicipalLedger).carried
    )
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


def carried(year: int, opening: NDArray[np.int64], closing: NDArray[np.int64]) -> list[Transfer]:
    """Return the lines that join an account to the years beside it: 前年度繰越金, 前年度繰上充用金, 繰上充用金."""
    return [
        Transfer(year, "carried_in", "last_year", "municipality", np.maximum(opening, 0)),
        Transfer(year, "advance_repaid", "municipality", "last_year", np.maximum(-opening, 0)),
        Transfer(year, "advance", "next_year", "municipality", np.maximum(-closing, 0)),
    ]
