"""The municipal special accounts of a year, item by item, and how a deficit is covered."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.core.units import era
from sim.institutions import special_account
from sim.institutions.funding import FundingRules, apportion
from sim.institutions.ledgers import MetropolitanLedger, MunicipalLedger, kept_balance
from sim.institutions.memory import PORTIONS
from sim.institutions.metropolitan_account import review_fees
from sim.institutions.reliefs import REFUNDED_BY_STATE, TENTHS
from sim.institutions.special_account import AccountBasis
from sim.institutions.special_grants import MUNICIPAL
from sim.institutions.world import World
from sim.mechanisms.finance.book import Yen, book

LEGAL = (
    "relief_refund",
    "shared_relief_refund",
    "insurer_support",
    "stabilisation_support",
    "birth_transfer",
    "office",
)
"""Items paid by the general account because the law says so."""

OTHER_PURPOSES = ("health", "benefits", "remission")
"""Purposes of discretionary transfers that are not for deficits, beside the rest."""


def basis(w: World, year: int, second_part: int) -> AccountBasis:
    """Return what the items of the accounts depend on, by results of the year."""
    premium = {p: w.memory.or_zero(year, f"bill_{p}") + w.memory.or_zero(year, f"relief_{p}") for p in PORTIONS}
    relieved = tuple(w.memory.or_zero(year, f"relieved_{k}") for k in TENTHS)
    return AccountBasis(
        members=w.memory.or_zero(year, "member_months") // 12,
        premium=premium,
        relieved=relieved,  # type: ignore[arg-type]
        arrears_collected=w.memory.or_zero(year, "arrears_collected"),
        birth_grant=w.memory.or_zero(year, "birth_grant"),
        funeral_grant=w.memory.or_zero(year, "funeral_grant"),
        remission=w.memory.or_zero(year, "relief_remission"),
        programmes=w.memory.or_zero(year, "programme_cost"),
        checkups=w.memory.or_zero(year, "checkups"),
        guidances=w.memory.or_zero(year, "guidances"),
        third_party=w.memory.or_zero(year, "third_party_recovered"),
        second_part=second_part,
        elderly=w.memory.or_zero(year, "elderly_months") // 12,
        job_loss=w.memory.or_zero(year, "relief_job_loss"),
        known=year,
    )


def settle(w: World, year: int, a: AccountBasis) -> None:
    """Book revenue and expenditure of all municipal accounts, cover deficits, carry what is left."""
    _premiums(w, year, a)
    _benefits(w, year, a)
    revenue = special_account.revenues(w, year, a)
    _transfers_by_law(w, year, a, revenue)
    _grants(w, year, revenue)
    _own_costs(w, year, a)
    book(w, year, "contribution", "municipality", "metropolis", w.memory.or_zero(year, "contribution"))
    repaid = _repay_loans(w, year)
    result = w.books.net(year, "municipality")
    w.memory.put(year, "settlement", result)
    owed = np.maximum(-w.ledger(MunicipalLedger).carried, 0)
    _cover(w, year, result)
    transfer = w.memory.get(year, "discretionary_transfer")
    w.memory.put(year, "single_year_balance", result + transfer + repaid)
    _purposes(w, year, transfer, owed)
    legal = sum((w.books.flow(year, item) - _back(w, year, item) for item in LEGAL), np.zeros(w.places, np.int64))
    w.memory.put(year, "legal_transfer", legal)


def _premiums(w: World, year: int, a: AccountBasis) -> None:
    book(w, year, "premiums", "households", "municipality", w.memory.or_zero(year, "collected"))
    book(w, year, "arrears", "households", "municipality", a.arrears_collected)
    book(w, year, "delinquency_charges", "households", "municipality", w.memory.or_zero(year, "delinquency_charges"))


def _benefits(w: World, year: int, a: AccountBasis) -> None:
    """Benefits and the fees for receipts are paid out in full by the metropolis (普通交付金)."""
    fees = review_fees(FundingRules.of(w.p, year), w.memory.or_zero(year, "treated_months"))
    for item, amount in (("benefits", w.memory.or_zero(year, "benefit")), ("review_fees", fees)):
        book(w, year, f"{item}_grant", "metropolis", "municipality", amount)
        book(w, year, item, "municipality", "providers", amount)


def _transfers_by_law(w: World, year: int, a: AccountBasis, revenue: dict[str, Yen]) -> None:
    """Reliefs and insurer support: others' shares go to the general account, which passes the whole on."""
    relief = sum((w.memory.or_zero(year, f"relief_{p}") for p in PORTIONS), np.zeros(w.places, np.int64))
    share = float(w.p.value("finance.relief_share_metropolis", year))
    book(w, year, "relief_refund_metropolis", "metropolitan_budget", "general_account", _part(relief, share))
    book(w, year, "relief_refund", "general_account", "municipality", relief)
    other = sum((w.memory.or_zero(year, name) for name in REFUNDED_BY_STATE), np.zeros_like(relief))
    for item, amount in (("shared_relief_refund", other), ("insurer_support", revenue["insurer_support"])):
        state = _part(amount, float(w.p.value("finance.shared_state", year)))
        book(w, year, f"{item}_state", "nation", "general_account", state)
        book(w, year, f"{item}_metropolis", "metropolitan_budget", "general_account", (amount - state) // 2)
        book(w, year, item, "general_account", "municipality", amount)
    for item in ("stabilisation_support", "birth_transfer"):
        book(w, year, item, "general_account", "municipality", revenue[item])
    office = np.floor(a.members * float(w.p.value("finance.office_cost_per_member", year))).astype(np.int64)
    office += w.memory.or_zero(year, "collection_cost")
    book(w, year, "office", "general_account", "municipality", office)
    book(w, year, "office_cost", "municipality", "providers", office)


def _grants(w: World, year: int, revenue: dict[str, Yen]) -> None:
    book(w, year, "second_part", "metropolis", "municipality", revenue["second_part"])
    book(w, year, "effort_municipal", "nation", "metropolis", revenue["effort"])
    book(w, year, "effort", "metropolis", "municipality", revenue["effort"])
    half = revenue["health_grant"] // 2
    book(w, year, "health_grant", "nation", "municipality", half)
    book(w, year, "health_grant", "metropolitan_budget", "municipality", revenue["health_grant"] - half)
    for item in MUNICIPAL:
        book(w, year, item, "nation", "municipality", revenue[item])
    book(w, year, "third_party", "providers", "municipality", revenue["third_party"])
    book(w, year, "other_revenue", "nation", "municipality", revenue["other_revenue"])


def _own_costs(w: World, year: int, a: AccountBasis) -> None:
    for item, amount in special_account.costs(w.p, year, a).items():
        if item != "remission":  # premiums not billed: no money moves
            book(w, year, item, "municipality", "providers", amount)
    for item, amount in special_account.outside_items(w.p, year, a.members).items():
        book(w, year, item, "municipality", "providers", amount)
    _other_purposes(w, year, a.members)


def _other_purposes(w: World, year: int, members: Yen) -> None:
    """Book discretionary transfers for other purposes than deficits (決算補填等以外), each spent at once on its own."""
    other = np.floor(members * float(w.p.value("finance.other_discretionary_per_member", year))).astype(np.int64)
    rest = other.copy()
    for purpose in OTHER_PURPOSES:
        part = np.minimum(_part(other, float(w.p.value(f"finance.other_purpose_{purpose}", year))), rest)
        rest -= part
        _pass_on(w, year, f"other_purpose_{purpose}", part)
    _pass_on(w, year, "other_purpose_rest", rest)
    w.memory.put(year, "other_discretionary", other)


def _pass_on(w: World, year: int, item: str, amount: Yen) -> None:
    book(w, year, item, "general_account", "municipality", amount)
    book(w, year, item, "municipality", "providers", amount)


def _repay_loans(w: World, year: int) -> Yen:
    """Pay back a third of what a loan was, as long as something is owed; return what was paid."""
    ledger = w.ledger(MunicipalLedger)
    due = np.minimum(ledger.loan, ledger.instalment)
    book(w, year, "loan_repayment", "municipality", "metropolis", due)
    ledger.loan -= due
    w.ledger(MetropolitanLedger).fund += int(due.sum())
    return due


def _cover(w: World, year: int, result: Yen) -> None:
    """Close each account: balance beyond what it keeps, reserve fund, loan, discretionary transfer; carry the rest.

    A municipality that budgeted a transfer keeps its working balance: the transfer fills the gap. One that budgeted
    none meets what it did not foresee out of its balance first. Once transfers have ended by rule it borrows from the
    stabilisation fund besides, and what is still open is taken from next year's revenue (繰上充用).
    """
    ledger = w.ledger(MunicipalLedger)
    opening = ledger.carried.copy()
    available = opening + result
    reserve = kept_balance(w, year, w.memory.or_zero(year, "contribution"))
    ended = transfers_ended(w, year)
    keep = np.where(ended | _budgeted_none(w, year), 0, np.clip(opening, 0, reserve))
    deficit = np.maximum(keep - available, 0)
    from_fund = np.minimum(deficit, ledger.fund)
    deficit -= from_fund
    lent, granted = _borrow(w, year, deficit, ended)
    covers = np.where(ended, 0.0, w.p.by_place("municipal.transfer_covers", year))
    transfer = _part(deficit - lent - granted, covers)
    spare = np.maximum(available - reserve, 0)
    into_fund = _part(spare, w.p.by_place("municipal.fund_share", year))
    book(w, year, "fund_out", "fund", "municipality", from_fund)
    book(w, year, "loan", "metropolis", "municipality", lent + granted)
    book(w, year, "discretionary_transfer", "general_account", "municipality", transfer)
    book(w, year, "fund_in", "municipality", "fund", into_fund)
    ledger.fund += into_fund - from_fund
    ledger.loan += lent
    years = int(w.p.value("municipal.loan_years", year))
    ledger.instalment = np.where(lent > 0, -(-ledger.loan // years), ledger.instalment)
    ledger.carried = available + from_fund + lent + granted + transfer - into_fund
    if np.any(opening + w.books.net(year, "municipality") != ledger.carried):
        place = int(np.argmax(opening + w.books.net(year, "municipality") != ledger.carried))
        raise BalanceError(f"{w.p.codes()[place]} {era(year)}: the special account does not close")
    ledger.plan_start = np.where(transfer > 0, np.where(ledger.plan_start > 0, ledger.plan_start, year), 0)
    w.memory.put(year, "discretionary_transfer", transfer)
    w.memory.put(year, "fund", ledger.fund)


def _budgeted_none(w: World, year: int) -> NDArray[np.bool_]:
    """Return bool[M]: municipalities whose rates were to need no transfer."""
    return w.memory.or_zero(year, "budgeted_transfer") == 0


def _purposes(w: World, year: int, transfer: Yen, owed: Yen) -> None:
    """Put on record what the transfers against deficits were for; the rest covers costs and what was not collected.

    First the deficit of the year before that was taken from this year's revenue (累積赤字補填), then what rates below
    the standard ones leave (保険料の負担緩和), the rest for costs outside them and for less collected or more spent
    than foreseen (収納不足・医療費増等).
    """
    accumulated = np.minimum(transfer, owed)
    relief = np.minimum(transfer - accumulated, w.memory.or_zero(year, "rates_below_standard"))
    w.memory.put(year, "transfer_accumulated", accumulated)
    w.memory.put(year, "transfer_relief", relief)


def transfers_ended(w: World, year: int) -> NDArray[np.bool_]:
    """Return bool[M]: municipalities whose discretionary transfers have ended by rule."""
    ends = w.p.by_place("municipal.deficits_gone_by", year)
    return (ends > 0) & (ends <= year)


def _borrow(w: World, year: int, deficit: Yen, ended: NDArray[np.bool_]) -> tuple[Yen, Yen]:
    """Return loans and grants of the stabilisation fund for deficits, as far as the fund goes."""
    metropolis = w.ledger(MetropolitanLedger)
    wanted = _part(deficit, np.where(ended, 1.0, w.p.by_place("municipal.loan_share", year)))
    if wanted.sum() > metropolis.fund:
        wanted = apportion(max(metropolis.fund, 0), wanted)
    granted = _part(wanted, w.p.by_place("municipal.grant_share", year))
    metropolis.fund -= int(wanted.sum())
    return wanted - granted, granted


def _part(amount: Yen, share: float | NDArray[np.number]) -> Yen:
    """Return a share of amounts, cut to whole yen."""
    return np.floor(amount * np.asarray(share, np.float64) + 1e-6).astype(np.int64)


def _back(w: World, year: int, item: str) -> Yen:
    """Return what went the other way under an item that may be negative (counted twice by Books.flow)."""
    total = np.zeros(w.places, np.int64)
    for t in w.books.transfers:
        if t.year == year and t.item == item and t.payer == "municipality":
            total += 2 * t.amount
    return total
