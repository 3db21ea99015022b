"""The metropolitan special account of a year: money in from the state, the metropolis, the pools and municipalities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.core.errors import BalanceError
from sim.core.units import era
from sim.institutions.effort import Occasion, prefecture_money
from sim.institutions.funding import FundingRules
from sim.institutions.ledgers import MetropolitanLedger, opening_balance
from sim.institutions.memory import PORTIONS
from sim.institutions.metropolitan_account import (
    MedicalFigures,
    MedicalMoney,
    PaymentMoney,
    medical_money,
    payment_money,
    review_fees,
)
from sim.institutions.notices import Notices
from sim.institutions.reliefs import REFUNDED_BY_STATE
from sim.institutions.special_grants import local_loss, local_subsidy
from sim.institutions.world import World
from sim.mechanisms.finance.book import Line, book, book_whole


@dataclass(frozen=True)
class PublicMoney:
    """What the year's results earn by rule, and what was notified for the pools."""

    medical: MedicalMoney
    payments: dict[str, PaymentMoney]

    @property
    def second_part(self) -> int:
        return self.medical.second + sum(p.second for p in self.payments.values())


def public_money(w: World, year: int) -> PublicMoney:
    """Return the account's lines by results; payments to the pools and the elderly grant as notified in advance."""
    rules = FundingRules.of(w.p, year)
    notice = w.ledger(Notices).by_year.get(year)
    if notice is None:
        raise BalanceError(f"{era(year)}: no contribution; rates.contribute must run before the settlement")
    members = w.memory.or_zero(year, "member_months") // 12
    preschool = w.memory.or_zero(year, "preschool_months") // 12
    children = np.maximum(w.memory.or_zero(year, "member_months") - w.memory.or_zero(year, "adult_months"), 0) // 12
    other = sum(int(w.memory.or_zero(year, name).sum()) for name in REFUNDED_BY_STATE)
    lost = local_loss(rules, members, np.maximum(children - preschool, 0))
    standard = int(w.memory.or_zero(year, "standard_cost").sum())
    medical = medical_money(
        rules,
        MedicalFigures(
            members=int(members.sum()),
            children=int(children.sum()),
            benefits=int(w.memory.or_zero(year, "benefit").sum()),
            fees=int(review_fees(rules, w.memory.or_zero(year, "treated_months")).sum()),
            relief=sum(int(w.memory.or_zero(year, f"relief_{portion}").sum()) for portion in PORTIONS) + other,
            elderly=notice.elderly_grant,
            settled=notice.elderly_settlement,
            over_800k=int(w.memory.or_zero(year, "over_800k").sum()),
            over_4200k=int(w.memory.or_zero(year, "over_4200k").sum()),
            paid_in=notice.special_paid_in,
            lost=int(lost.sum()),
            subsidy=int(local_subsidy(rules, lost).sum()),
            base_income=int(w.memory.or_zero(year, "base_income").sum()),
            index=int(w.memory.or_zero(year, "cost").sum()) / standard if standard else 1.0,
            effort=prefecture_money(w, Occasion(year=year, members=members, known=year)),
        ),
    )
    heads = {"support": "member_months", "care": "care_months", "child": "adult_months"}
    payments = {
        portion: payment_money(
            rules,
            notice.payments[portion],
            int(w.memory.or_zero(year, heads[portion]).sum()) // 12,
            int(w.memory.or_zero(year, f"capped_income_{portion}").sum()),
        )
        for portion in PORTIONS[1:]
    }
    return PublicMoney(medical, payments)


def settle(w: World, year: int, money: PublicMoney) -> int:
    """Book the metropolis's revenue and its payments to the pools; return the year's result, yen.

    Grants to municipalities are booked with the municipal accounts. The result is what stays when the planned use
    of old surpluses and of the stabilisation fund is left out, its loans included: the error of the forecast.
    """
    m = money.medical
    revenue = (
        ("state_share", "nation", m.state),
        ("moved_share", "nation", -m.moved),
        ("local_loss", "nation", -m.lost),
        ("local_subsidy", "metropolitan_budget", m.subsidy),
        ("normal_grant", "nation", m.grant.grant),
        ("special_case_grant", "nation", m.special_case),
        ("child_grant", "nation", m.child),
        ("special_other", "nation", m.special_other),
        ("high_cost_state", "nation", m.high_cost_state),
        ("effort_metropolitan", "nation", m.effort),
        ("other_public", "nation", m.other),
        ("high_cost_metropolis", "metropolitan_budget", m.high_cost_metropolis),
        ("metropolitan_share", "metropolitan_budget", m.first + m.second),
        ("elderly_grant", "pool", m.elderly),
        ("elderly_settlement", "pool", m.settled),
        ("special_high_cost", "pool", m.special),
        ("special_high_cost_paid_in", "pool", -m.special_paid_in),
    )
    lines: list[Line] = [(item, payer, "metropolis", amount) for item, payer, amount in revenue]
    for portion, p in money.payments.items():
        lines += [
            (f"{portion}_payment", "metropolis", "pool", p.gross),
            ("state_share", "nation", "metropolis", p.state),
            ("moved_share", "nation", "metropolis", -p.moved),
            ("normal_grant", "nation", "metropolis", p.grant.grant),
            ("special_case_grant", "nation", "metropolis", p.special_case),
            ("metropolitan_share", "metropolitan_budget", "metropolis", p.first + p.second),
        ]
    book_whole(w, year, lines)
    book(w, year, "easing_own", "metropolitan_budget", "metropolis", w.memory.or_zero(year, "easing"))
    return close(w, year)


def close(w: World, year: int) -> int:
    """Carry the metropolis's balance and remember the result of the year.

    Loans of the stabilisation fund to municipalities and what they pay back move the fund alone: they are no part of
    the result, which contributions return or make up.
    """
    ledger = w.ledger(MetropolitanLedger)
    net = int(w.books.net(year, "metropolis").sum())
    lent = int(w.books.flow(year, "loan").sum() - w.books.flow(year, "loan_repayment").sum())
    before = ledger.balance.get(year - 1, opening_balance(w))
    ledger.balance[year] = before + net
    ledger.surplus[year] = net + lent + ledger.used.get(year, 0) + ledger.drawn.get(year, 0)
    return ledger.surplus[year]
