"""The output tables of payment: collection by group, claims by vintage, moves between paid, partly and not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.tables import Columns, Labels, OutputTable
from sim.institutions.world import World
from sim.mechanisms.payment import state
from sim.mechanisms.payment.state import Claims, Measures, PlaceMeasures, Totals
from sim.population.households import ORIGINS

_Counts = NDArray[np.int64]

PAYMENT = {
    "households": ("households", "billed households"),
    "billed": ("yen", "billed"),
    "unknown": ("yen", "billed to households of unknown whereabouts (居所不明)"),
    "paid": ("yen", "paid by the end of May"),
    "unpaid_households": ("households", "with any part of this year's bill unpaid"),
    "nothing_paid": ("households", "that paid nothing of this year's bill"),
    "insured_end": ("households", "billed and insured in March"),
    "arrears_households": ("households", "of them in arrears, this year's or older"),
    "income": ("yen", "base income plus the floor of the burden"),
    "arrears": ("yen", "claims at the end, this year's unpaid included"),
}
"""Measures of payment by group; rate = paid / (billed - unknown), arrears share = arrears_households / insured_end."""

HOUSEHOLD_GROUPS = OutputTable(
    "household_groups",
    "Bills, payment, arrears and burden by group of billed households; the code of the prefecture is all of them",
    ("year", "code", "kind", "group"),
    {**PAYMENT, "burden": ("share", "billed over income")},
)

COLLECTION_PLACES = OutputTable(
    "collection_places",
    "Bills, payment and carried-over claims by municipality and nationality of the head",
    ("year", "code", "nationality"),
    {
        **PAYMENT,
        "seized": ("households", "with a seizure (差押)"),
        "late_instalments": ("instalments", "missed when due"),
        "switched": ("households", "moved from slips to account transfer"),
        "charges": ("yen", "delinquency charges paid (延滞金)"),
        "opened": ("households", "insured in March that owed at the start"),
        "stayed": ("households", "of them still owing"),
        "slips_due": ("instalments", "due by slips"),
        "prepaid": ("households", "new arrivals that paid ahead (前納)"),
        "counselled": ("households", "whose head earns much less than when the bill was set"),
        "special_care": ("households", "that pay care in full and are refunded (特別療養費, before: 資格証明書)"),
        "claims_opening": ("yen", "claims at the start"),
        "claims_collected": ("yen", "collected on them"),
        "claims_written_off": ("yen", "written off (不納欠損)"),
        "claims_closing": ("yen", "claims at the end, this year's unpaid included"),
        "claims_suspended": ("yen", "of them under suspended collection (執行停止)"),
        "departed_opening": ("yen", "claims on households that left, at the start"),
        "departed_collected": ("yen", "collected on them"),
        "departed_written_off": ("yen", "written off of them"),
        "departed_closing": ("yen", "claims on households that left, at the end"),
    },
)

ARREARS_BY_VINTAGE = OutputTable(
    "arrears_by_vintage",
    "Claims by fiscal year of origin (the earliest holds older ones too) and holder: households, or departed ones; "
    "opening + billed = collected + written_off + closing",
    ("year", "code", "holder", "origin"),
    {
        "opening": ("yen", "claims at the start"),
        "billed": ("yen", "billed this year"),
        "collected": ("yen", "collected"),
        "written_off": ("yen", "written off (不納欠損)"),
        "closing": ("yen", "claims at the end"),
        "suspended": ("yen", "of them under suspended collection (執行停止)"),
    },
)

PAYMENT_TRANSITIONS = OutputTable(
    "payment_transitions",
    "Paid, partly paid, not paid: from one year to the next",
    ("year", "before", "after"),
    {"households": ("households", "households")},
)

TABLES = (HOUSEHOLD_GROUPS, COLLECTION_PLACES, ARREARS_BY_VINTAGE, PAYMENT_TRANSITIONS)


_LEFT = tuple(f"departed_{flow}" for flow in Claims.fields()[:-1])
"""flows of the claims on who left, of whom nobody is suspended"""


def record(w: World, year: int, sums: Totals, gone: Claims) -> None:
    """Append the year's rows to the tables of payment; gone [places, 2, ORIGINS], claims on who left."""
    w.record(HOUSEHOLD_GROUPS, lambda: groups(w, year, sums))
    w.record(COLLECTION_PLACES, lambda: places(w, year, sums, gone))
    w.record(ARREARS_BY_VINTAGE, lambda: vintages(w, year, sums, Claims(gone.array.sum(axis=1))))
    w.record(PAYMENT_TRANSITIONS, lambda: transitions(year, sums, w.weight))


def kinds(counted: _Counts) -> list[tuple[str, tuple[str, ...], _Counts]]:
    """Return every kind of group with its names and its measures, int64[places, names, measures].

    Those the kernel counts, and what follows from them: all, nationality, status of residence, length of stay.
    """
    parts = [(kind, names, counted[:, state.rows_of(kind)]) for kind, names in state.COUNTED]
    both = counted[:, state.rows_of("residence and stay")]
    japanese, foreign = both[:, :1], both[:, 1:].reshape(len(both), len(state.RESIDENCES) - 1, len(state.STAYS), -1)
    by_status, by_stay = foreign.sum(axis=2), foreign.sum(axis=1)
    derived = [
        ("all", ("all",), both.sum(axis=1, keepdims=True)),
        ("nationality", state.NATIONALITIES, np.concatenate([japanese, by_status.sum(axis=1, keepdims=True)], axis=1)),
        ("residence", state.RESIDENCES, np.concatenate([japanese, by_status], axis=1)),
        ("length of stay", ("Japanese", *state.STAYS), np.concatenate([japanese, by_stay], axis=1)),
    ]
    return [*derived, *parts]


def groups(w: World, year: int, sums: Totals) -> Columns:
    """Return billed households, bills, payments, arrears and burden by municipality and group.

    The prefecture as a whole stands under its own code.
    """
    counted = np.concatenate([sums.groups.array.sum(axis=0, keepdims=True), sums.groups.array])
    parts = kinds(counted * w.weight)
    labels = [(kind, name) for kind, names, _ in parts for name in names]
    values = np.concatenate([part for _, _, part in parts], axis=1)
    found = [w.p.region.code, *w.p.codes()]
    keys = {
        "code": np.repeat(found, len(labels)),
        "kind": Labels.tile([kind for kind, _ in labels], len(found)),
        "group": Labels.tile([name for _, name in labels], len(found)),
    }
    measured = Measures(values.reshape(len(found) * len(labels), -1))
    burden = np.divide(
        measured.billed, measured.income, out=np.full(len(measured.billed), np.nan), where=measured.income > 0
    )
    return {"year": year, **keys, **_columns(Measures.fields(), measured.array), "burden": burden}


def _columns(names: tuple[str, ...], values: _Counts) -> dict[str, _Counts]:
    """Return the columns of int64[rows, names] `values`."""
    return {name: values[:, k] for k, name in enumerate(names)}


def places(w: World, year: int, sums: Totals, gone: Claims) -> Columns:
    """Return measures and claims by municipality and nationality of the head, claims on who left apart."""
    owed = sums.claims.sum(axis=2)
    left = gone.array.sum(axis=2)[..., : len(_LEFT)]
    values = np.concatenate([np.concatenate([sums.places.array, owed.array], axis=2) * w.weight, left], axis=2)
    names = (*PlaceMeasures.fields(), *(f"claims_{flow}" for flow in Claims.fields()), *_LEFT)
    keys = {"code": np.repeat(w.p.codes(), 2), "nationality": Labels.tile(state.NATIONALITIES, w.places)}
    return {"year": year, **keys, **_columns(names, values.reshape(2 * w.places, -1))}


def vintages(w: World, year: int, sums: Totals, gone: Claims) -> Columns:
    """Return the claims by municipality, holder and fiscal year of origin: what was there, came, went and is left.

    opening + billed = collected + written_off + closing in every row; the bill of the year is billed and collected
    here as well. The earliest year of origin also holds everything older.
    """
    held = sums.claims.sum(axis=1) * w.weight
    flows = Claims(np.stack([held.array, gone.array], axis=1))
    bills = sums.places.sum(axis=1) * w.weight
    billed = np.zeros(flows.array.shape[:-1], np.int64)
    billed[:, 0, 0] = bills.billed
    flows.collected[:, 0, 0] += bills.paid
    n = ORIGINS
    keys = {
        "code": np.repeat(w.p.codes(), 2 * n),
        "holder": Labels.tile([*["household"] * n, *["departed"] * n], w.places),
        "origin": np.tile([year - k for k in range(n)], 2 * w.places),
    }
    columns = _columns(Claims.fields(), flows.array.reshape(2 * n * w.places, -1))
    return {"year": year, **keys, **columns, "billed": billed.ravel()}


def transitions(year: int, sums: Totals, weight: int) -> Columns:
    """Return households billed last year and this year by what they had paid at the end of May of each."""
    before, after = np.meshgrid(state.STATES, state.STATES, indexing="ij")
    return {
        "year": year,
        "before": before.ravel(),
        "after": after.ravel(),
        "households": sums.moves.households.ravel() * weight,
    }
