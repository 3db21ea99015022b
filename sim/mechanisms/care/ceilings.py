"""Ceilings of what patients pay (自己負担限度額) by care month and class, and what a household gets back.

The same arithmetic serves worked cases (`household_year`) and all households of Tokyo (`kernels.care`). Read
`kernels_ceilings.month` for the rule of one month.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import InputError
from sim.core.units import april
from sim.mechanisms.care.kernels_ceilings import ANNUAL, CEILING_FIELDS, OUTPATIENT_ANNUAL, RECEIPT, is_fourth, month
from sim.parameters import Parameters

UNDER = ("ア1", "ア2", "ア3", "イ1", "イ2", "イ3", "ウ1", "ウ2", "ウ3", "エ1", "エ2", "エ3", "オ")
"""Classes below 70, finest division (from August R9). Before, ア1-ア3 are one class ア, and so on."""
OLD = ("現役並みⅢ", "現役並みⅡ", "現役並みⅠ", "一般", "一般下", "低所得Ⅱ", "低所得Ⅰ")
"""Classes at 70-74; 一般下 is the lowest part of 一般, which differs in its annual ceiling only."""

_FIELDS = ["base", "over", "multiple", "annual", "outpatient", "outpatient_annual"]


def month_index(text: str) -> int:
    """Return the month index (months since January 1900) of "2026-08"."""
    year, _, number = text.partition("-")
    if not (year.isdigit() and number.isdigit() and 1 <= int(number) <= 12):
        raise InputError(f"'{text}' is not a care month; write 2026-08")
    return (int(year) - 1900) * 12 + int(number) - 1


def month_ceilings(p: Parameters, when: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the ceilings in force in month index `when`: int64[13, 6] below 70 and int64[7, 6] at 70-74.

    A coarse class (ア) fills its divisions (ア1-ア3); a row of a division then takes its own place.
    """
    out = {name: np.zeros((len(classes), CEILING_FIELDS), np.int64) for name, classes in _BANDS.items()}
    for start, band, cls, values in _rows(p):
        if start <= when:
            for i, name in enumerate(_BANDS[band]):
                if name.startswith(cls):
                    out[band][i] = values
    if not out["under70"].any():
        raise InputError(f"no ceilings for month {when}; the table people.high_cost_ceilings begins later")
    return out["under70"], out["70-74"]


_BANDS = {"under70": UNDER, "70-74": OLD}
_Row = tuple[int, str, str, NDArray[np.int64]]
_parsed: dict[Path, list[_Row]] = {}


def _rows(p: Parameters) -> list[_Row]:
    """Return (first month, band, class, ceilings) by month and from coarse classes to fine ones.

    An empty cell means that the class has no such ceiling.
    """
    path = p.table_paths["people.high_cost_ceilings"]
    if path not in _parsed:
        table = p.table("people.high_cost_ceilings")
        values = table[_FIELDS].fillna(0).to_numpy(np.int64)
        rows = zip(table["start"].map(month_index), table["band"], table["class"], values, strict=True)
        _parsed[path] = sorted(rows, key=lambda row: (row[0], len(row[2])))
    return _parsed[path]


def year_ceilings(p: Parameters, year: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the ceilings of the twelve months of a fiscal year: int64[12, 13, 6] and int64[12, 7, 6]; they change in
    August if at all."""
    opening = april(year)
    early, late = month_ceilings(p, opening), month_ceilings(p, opening + 4)
    pick = [early] * 4 + [late] * 8
    return np.stack([u for u, _ in pick]), np.stack([o for _, o in pick])


def class_bounds(p: Parameters) -> NDArray[np.int64]:
    """Return the base income (旧ただし書き所得, yen) above which each taxed class begins, int64[12] from ア1 to エ3."""
    table = p.table("people.high_cost_classes").set_index("class")
    return table.loc[list(UNDER[:-1]), "above"].to_numpy(np.int64)


def under_class(p: Parameters, base_income: int, taxed: bool = True) -> str:
    """Return the class below 70 of a household: ア1 … エ3 by its base income, オ when nobody is taxed."""
    if not taxed:
        return "オ"
    return next(name for name, above in zip(UNDER, class_bounds(p), strict=False) if base_income > above)


@dataclass(frozen=True)
class Receipt:
    """One receipt (レセプト): a person's care at one hospital in one month, inpatient and outpatient apart.

    cost   medical cost, yen; share  percent paid at the counter; elderly  whether the person is 70-74
    """

    person: str
    cost: int
    share: int
    inpatient: bool = False
    elderly: bool = False

    @property
    def pay(self) -> int:
        return self.cost * self.share // 100


@dataclass(frozen=True)
class Claim:
    """What a household gets back for one month, yen, and what it paid in the end."""

    month: str
    fourth: bool
    outpatient: int
    elderly: int
    household: int
    paid: int
    outpatient_paid: dict[str, int]

    @property
    def benefit(self) -> int:
        return self.outpatient + self.elderly + self.household


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
    close  the July ("2027-07") that closes an annual account of August to July; None reckons no annual refund
    """
    floor = int(p.value("care.aggregation_floor", 2026))
    after = int(p.value("care.multiple_after", 2026))
    hits: set[int] = set()
    claims = [_claim(p, b, hits, floor, after) for b in bills]
    if close is None:
        return HouseholdYear(claims, 0, 0)
    return HouseholdYear(claims, *_annual(p, list(bills), claims, close, floor))


def _row(table: NDArray[np.int64], names: tuple[str, ...], cls: str) -> NDArray[np.int64]:
    """Return the ceilings of a class; a coarse name (ウ) will do while its divisions have the same ceilings."""
    found = [i for i, name in enumerate(names) if name == cls] or [i for i, n in enumerate(names) if n.startswith(cls)]
    if not found or (table[found] != table[found[0]]).any():
        raise InputError(f"no class '{cls}' in this month; the classes are {', '.join(names)}")
    return table[found[0]]


def _claim(p: Parameters, bill: MonthBills, hits: set[int], floor: int, after: int) -> Claim:
    when = month_index(bill.month)
    under, old = month_ceilings(p, when)
    people = list(dict.fromkeys(r.person for r in bill.receipts))
    rows = sorted(bill.receipts, key=lambda r: people.index(r.person))
    r = np.recarray(len(rows), RECEIPT)
    for i, row in enumerate(rows):
        r[i] = (people.index(row.person), row.elderly, row.inpatient, row.cost, row.pay, 0)
    before = sum(1 << (12 - d) for d in range(1, 13) if when - d in hits)
    fourth = is_fourth(before, 0, 0, after)
    outpatient, _, together, whole, _ = month(
        len(rows), r, _row(under, UNDER, bill.under), _row(old, OLD, bill.old), fourth, floor
    )
    if together + whole > 0:
        hits.add(when)
    clinic = (r.elderly == 1) & (r.inpatient == 0)
    left = {name: int((r.pay - r.back)[(r.who == i) & clinic].sum()) for i, name in enumerate(people)}
    return Claim(bill.month, fourth, outpatient, together, whole, int(r.pay.sum() - r.back.sum()), left)


def _annual(p: Parameters, bills: list[MonthBills], claims: list[Claim], close: str, floor: int) -> tuple[int, int]:
    """Return the refunds of the annual outpatient ceiling of each person and of the household, by the class of July."""
    end = month_index(close)
    inside = [i for i, b in enumerate(bills) if end - 12 < month_index(b.month) <= end]
    if not inside:
        return 0, 0
    last = bills[inside[-1]]
    under, old = (
        _row(t, names, cls)
        for t, names, cls in zip(month_ceilings(p, end), (UNDER, OLD), (last.under, last.old), strict=True)
    )
    outpatient = 0
    if old[OUTPATIENT_ANNUAL] > 0:
        for person in {r.person for i in inside for r in bills[i].receipts if r.elderly}:
            paid = sum(claims[i].outpatient_paid.get(person, 0) for i in inside)
            outpatient += max(0, paid - int(old[OUTPATIENT_ANNUAL]))
    aged = any(r.elderly for i in inside for r in bills[i].receipts)
    young = any(not r.elderly for i in inside for r in bills[i].receipts)
    cap = int((under if young or not aged else old)[ANNUAL])
    paid = sum(_counted(bills[i], claims[i], floor) for i in inside)
    return outpatient, max(0, paid - outpatient - cap) if cap > 0 else 0


def _counted(bill: MonthBills, claim: Claim, floor: int) -> int:
    """Return the payments of a month that count: all at 70-74, below 70 receipts of the floor or more."""
    small = sum(r.pay for r in bill.receipts if not r.elderly and r.pay < floor)
    return claim.paid - small


__all__ = [
    "OLD",
    "UNDER",
    "Claim",
    "HouseholdYear",
    "MonthBills",
    "Receipt",
    "class_bounds",
    "household_year",
    "month_ceilings",
    "month_index",
    "under_class",
    "year_ceilings",
]
