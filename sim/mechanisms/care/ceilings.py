"""Worked cases of the high-cost benefit: what a household gets back for receipts written down month by month.

The rule of a month (`high_cost.month`) is the one all households of the prefecture are paid by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import InputError
from sim.mechanisms.care.high_cost import is_fourth, month
from sim.mechanisms.care.law import Ceilings, month_ceilings, month_index
from sim.mechanisms.care.state import OLD, RECEIPT, UNDER
from sim.parameters import Parameters


@dataclass(frozen=True)
class Receipt:
    """One receipt (レセプト): a person's care at one hospital in one month, inpatient and outpatient apart.

    cost   medical cost, yen; share  percent paid at the counter; elderly  whether the person is 70-74
    half   whether the person turns 75 in this month, not on the 1st: own ceilings are halved (施行令29条の3,
           75歳到達時特例), and what is left is added up with the household's
    """

    person: str
    cost: int
    share: int
    inpatient: bool = False
    elderly: bool = False
    half: bool = False

    @property
    def pay(self) -> int:
        return self.cost * self.share // 100


@dataclass(frozen=True)
class Claim:
    """What a household gets back for one month, yen, and what it paid in the end.

    halved      under the halved ceilings of the month of the 75th birthday
    outpatient  under the ceiling of each person of 70-74 for outpatient care
    elderly     under that of the persons of 70-74 together; household  under that of all
    """

    month: str
    fourth: bool
    outpatient: int
    elderly: int
    household: int
    paid: int
    outpatient_paid: dict[str, int]
    halved: int = 0
    back: tuple[int, ...] = ()
    """benefit of each receipt, in the order given"""

    @property
    def benefit(self) -> int:
        return self.halved + self.outpatient + self.elderly + self.household


@dataclass(frozen=True)
class MonthBills:
    """The receipts of a household in one month, with its classes of that month."""

    month: str
    receipts: Sequence[Receipt]
    under: str = "エ3"
    old: str = "一般"


@dataclass(frozen=True)
class HouseholdYear:
    """Claims by month and the refunds of the annual ceilings of August to July."""

    claims: list[Claim]
    outpatient_refund: int
    annual_refund: int

    @property
    def benefit(self) -> int:
        return sum(c.benefit for c in self.claims) + self.outpatient_refund + self.annual_refund


def household_year(p: Parameters, bills: Sequence[MonthBills], *, close: str | None = None) -> HouseholdYear:
    """Return what a household gets back for the months given, in their order.

    bills  months from the first to the last; months left out had no care
    close  the July ("2027-07") that closes an annual account of August to July; None computes no annual refund
    """
    floor = int(p.value("care.aggregation_floor", 2026))
    after = int(p.value("care.multiple_after", 2026))
    hits: set[int] = set()
    claims = [_claim(p, b, hits, floor, after) for b in bills]
    if close is None:
        return HouseholdYear(claims, 0, 0)
    return HouseholdYear(claims, *_annual(p, list(bills), claims, close, floor))


def row_of(table: Ceilings, names: tuple[str, ...], cls: str) -> np.record:
    """Return the ceilings of a class; a coarse name (ウ) will do while its divisions have the same ceilings."""
    found = [i for i, name in enumerate(names) if name == cls] or [i for i, n in enumerate(names) if n.startswith(cls)]
    if not found or (table[found] != table[found[0]]).any():
        raise InputError(f"no class '{cls}' in this month; the classes are {', '.join(names)}")
    row: np.record = table.view(np.recarray)[found[0]]
    return row


def _claim(p: Parameters, bill: MonthBills, hits: set[int], floor: int, after: int) -> Claim:
    when = month_index(bill.month)
    under, old = (
        row_of(table, names, cls)
        for table, names, cls in zip(month_ceilings(p, when), (UNDER, OLD), (bill.under, bill.old), strict=True)
    )
    people = list(dict.fromkeys(r.person for r in bill.receipts))
    order = sorted(range(len(bill.receipts)), key=lambda i: people.index(bill.receipts[i].person))
    rows = [bill.receipts[i] for i in order]
    r = np.recarray(len(rows), RECEIPT)
    for i, row in enumerate(rows):
        r[i] = (people.index(row.person), row.elderly, row.inpatient, row.cost, row.pay, 0)
    before = sum(1 << (12 - d) for d in range(1, 13) if when - d in hits)
    fourth = is_fourth(before, 0, 0, after)
    share = int(p.value("care.birthday_ceiling_share", 2026))
    first = _halved(r, np.array([row.half for row in rows], bool), under, halved(old, share), fourth)
    r["pay"] -= first
    outpatient, _, together, whole, _ = month(len(rows), r, under, old, fourth, floor)
    if together + whole > 0:
        hits.add(when)
    clinic = (r.elderly == 1) & (r.inpatient == 0)
    left = {name: int((r.pay - r.back)[(r.who == i) & clinic].sum()) for i, name in enumerate(people)}
    back = dict(zip(order, (r.back + first).tolist(), strict=True))
    return Claim(
        month=bill.month,
        fourth=fourth,
        outpatient=int(outpatient),
        elderly=int(together),
        household=int(whole),
        paid=int(r.pay.sum() - r.back.sum()),
        outpatient_paid=left,
        halved=int(first.sum()),
        back=tuple(back[i] for i in range(len(order))),
    )


def halved(old: np.record, percent: int) -> np.record:
    """Return the ceilings of a class at 70-74 in the month of the 75th birthday."""
    row = old.copy()
    for name in ("monthly", "over", "multiple", "outpatient"):
        row[name] = old[name] * percent // 100
    return row


def _halved(
    r: np.recarray[tuple[int], np.dtype[np.record]],
    half: NDArray[np.bool_],
    under: np.record,
    old: np.record,
    fourth: bool,
) -> NDArray[np.int64]:
    """Return the benefit of each receipt under the halved ceilings `old` of whoever turns 75 in the month."""
    back = np.zeros(len(r), np.int64)
    for who in np.unique(r.who[half]):
        own = np.flatnonzero(r.who == who)
        receipts = r[own].copy().view(np.recarray)
        month(len(own), receipts, under, old, fourth, 0)
        back[own] = receipts.back
    return back


def _annual(p: Parameters, bills: list[MonthBills], claims: list[Claim], close: str, floor: int) -> tuple[int, int]:
    """Return the refunds of the annual outpatient ceiling of each person and of the household, by the class of July."""
    end = month_index(close)
    inside = [(b, c) for b, c in zip(bills, claims, strict=True) if end - 12 < month_index(b.month) <= end]
    if not inside:
        return 0, 0
    last, _ = inside[-1]
    under, old = (
        row_of(t, names, cls)
        for t, names, cls in zip(month_ceilings(p, end), (UNDER, OLD), (last.under, last.old), strict=True)
    )
    receipts = [r for bill, _ in inside for r in bill.receipts]
    outpatient = _outpatient_refund(receipts, [claim for _, claim in inside], int(old.outpatient_annual))
    cap = int((old if _all_elderly(receipts) else under).annual)
    paid = sum(_counted(bill, claim, floor) for bill, claim in inside)
    return outpatient, max(0, paid - outpatient - cap) if cap > 0 else 0


def _all_elderly(receipts: Sequence[Receipt]) -> bool:
    """Return whether all care was that of 70-74; nobody's care goes by the classes below."""
    return bool(receipts) and all(r.elderly for r in receipts)


def _outpatient_refund(receipts: Sequence[Receipt], claims: Sequence[Claim], ceiling: int) -> int:
    """Return what those of 70-74 get back of their own outpatient payments of a year; without a ceiling nothing."""
    if ceiling <= 0:
        return 0
    elderly = {r.person for r in receipts if r.elderly}
    return sum(max(0, sum(c.outpatient_paid.get(person, 0) for c in claims) - ceiling) for person in elderly)


def _counted(bill: MonthBills, claim: Claim, floor: int) -> int:
    """Return the payments of a month that count: all at 70-74, below 70 receipts of the floor or more."""
    small = sum(r.pay for r in bill.receipts if not r.elderly and r.pay < floor)
    return claim.paid - small
