"""The output tables of the accounts: every transfer of money, and what incentive money and 2号 were given for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.accounts import Transfer
from sim.core.tables import Columns, Labels, OutputTable
from sim.institutions import effort, second_part
from sim.institutions.effort import MUNICIPAL, PREFECTURE, Occasion, Score
from sim.institutions.ledgers import MunicipalLedger
from sim.institutions.world import World

ACCOUNTS = OutputTable(
    "accounts", "Every transfer of money", ("year", "item", "payer", "payee", "code"), {"amount": ("yen", "amount")}
)

EFFORT = OutputTable(
    "effort",
    "保険者努力支援: points and money by municipality and indicator; the prefecture's part under its own code",
    ("year", "side", "code", "indicator"),
    {
        "measured": ("see effort_criteria", "what the indicator is judged by; empty: nothing measured"),
        "before": ("see effort_criteria", "the same a year before"),
        "members": ("persons", "insured the points are multiplied with"),
        "full": ("points", "points of the indicator"),
        "points": ("points", "points reached"),
        "money": ("yen", "money for them"),
    },
)

SECOND_PART = OutputTable(
    "second_part",
    "都道府県繰入金 2号 by municipality: target collection rate, reward, project money, the rest",
    ("year", "code"),
    {
        "rate": ("yen/yen", "collection rate that is judged; empty: not known"),
        "target": ("yen/yen", "target collection rate (目標収納率)"),
        "reached": ("0/1", "whether it was reached"),
        "award": ("yen", "reward for reaching it"),
        "project": ("yen", "project money for automatic calls and SMS"),
        "rest": ("yen", "shared by insured"),
    },
)

_Effort = dict[str, NDArray[np.generic]]
"""columns of one side"""

TABLES = (ACCOUNTS, EFFORT, SECOND_PART)


def rows(w: World, year: int, opening: NDArray[np.int64]) -> Columns:
    """Return the year's transfers by municipality: item, payer, payee, code, amount; rows of zero are left out.

    opening  int64[M]  balances carried into the year

    What a municipal account takes over from last year, and what it takes out of next year's revenue to close
    (繰上充用), stand beside them. Revenue less expenditure is then what it carries on, never below zero.
    """
    booked = w.books.of(year) + carried(year, opening, w.ledger(MunicipalLedger).carried)
    lines = [(t.item, t.payer, t.payee) for t in booked]
    number = {line: k for k, line in enumerate(dict.fromkeys(lines))}
    paid = np.stack([t.amount for t in booked])
    at, place = np.nonzero(paid)
    cells = np.array([number[line] for line in lines])[at] * w.places + place
    _, first, cell = np.unique(cells, return_index=True, return_inverse=True)
    yen = np.zeros(first.size, np.int64)
    np.add.at(yen, cell, paid[at, place])
    order = np.argsort(first)
    which, where = np.divmod(cells[first[order]], w.places)
    names = zip(("item", "payer", "payee"), zip(*number, strict=True), strict=True)
    texts = {name: Labels(text, which) for name, text in names}
    return {"year": year, **texts, "code": np.array(w.p.codes())[where], "amount": yen[order]}


def carried(year: int, opening: NDArray[np.int64], closing: NDArray[np.int64]) -> list[Transfer]:
    """Return the lines that join an account to the years beside it: 前年度繰越金, 前年度繰上充用金, 繰上充用金."""
    return [
        Transfer(year, "carried_in", "last_year", "municipality", np.maximum(opening, 0)),
        Transfer(year, "advance_repaid", "municipality", "last_year", np.maximum(-opening, 0)),
        Transfer(year, "advance", "next_year", "municipality", np.maximum(-closing, 0)),
    ]


def effort_rows(w: World, at: Occasion) -> Columns:
    """Return points and money of a year, a row a municipality and indicator; the money adds up to what is booked."""
    codes, whole = w.p.codes(), np.array([at.members.sum()])
    sides = ((MUNICIPAL, codes, at.members), (PREFECTURE, [w.p.region.code], whole))
    scores = [effort.scores(w, side, at) for side, _, _ in sides]
    both = [_effort_of(w, at, own, *side[1:]) for side, own in zip(sides, scores, strict=True)]
    lines = [len(own) * len(side[1]) for side, own in zip(sides, scores, strict=True)]
    indicators = [(s.indicator, len(side[1])) for side, own in zip(sides, scores, strict=True) for s in own]
    return {
        "year": at.year,
        "side": Labels.repeat([side for side, _, _ in sides], lines),
        "indicator": Labels.repeat(*zip(*indicators, strict=True)),
    } | {name: np.concatenate([rows[name] for rows in both]) for name in both[0]}


def _effort_of(w: World, at: Occasion, scores: list[Score], codes: list[int], members: NDArray[np.int64]) -> _Effort:
    """Return the numbers of one side, the indicators in the order of the register."""
    return {
        "code": np.tile(codes, len(scores)),
        "measured": np.concatenate([s.value for s in scores]),
        "before": np.concatenate([s.before for s in scores]),
        "members": np.tile(members, len(scores)),
        "full": np.repeat([s.full for s in scores], len(codes)),
        "points": np.concatenate([s.points for s in scores]),
        "money": effort.money(w.p, scores, at.year, members).ravel(),
    }


def second_part_rows(w: World, at: Occasion, total: int) -> Columns:
    """Return what each municipality gets of the 2号 of a year, and for what."""
    s = second_part.shares(w, at, total)
    columns = {"year": at.year, "code": w.p.codes(), "rate": s.rate, "target": s.target}
    return columns | {"reached": s.reached.astype(np.int64), "award": s.award, "project": s.project, "rest": s.rest}
