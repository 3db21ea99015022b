"""The lines of a household's care: counter shares, ceilings, benefits, refunds, each with its formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sim.core.errors import BalanceError
from sim.mechanisms.care.ceilings import Claim, MonthBills, Receipt, halved, row_of
from sim.mechanisms.care.high_cost import ceiling
from sim.mechanisms.care.law import month_ceilings, month_index
from sim.mechanisms.care.state import OLD, UNDER
from sim.parameters import Parameters

COLUMNS = ("month", "kind", "rule", "article", "person", "formula", "amount", "parameter", "source")
_ARTICLE = "国民健康保険法57条の2・施行令29条の2"
_SHARES = "国民健康保険法42条"
_CEILINGS = "people.high_cost_ceilings"
_WORDS = {
    "share": ("一部負担金", "counter share"),
    "inpatient": ("入院", "inpatient"),
    "outpatient": ("外来", "outpatient"),
    "class": ("所得区分", "class"),
    "fourth": ("多数回該当", "fourth month or later"),
    "left_out": ("21,000円未満のため合算の対象外", "below 21,000 yen, not added up"),
    "half": ("高額療養費（75歳到達月・本人の限度額1/2）", "benefit, month of the 75th birthday, own ceilings halved"),
    "single": ("高額療養費（70歳以上・外来個人）", "benefit, outpatient care of a person of 70-74"),
    "aged": ("高額療養費（70歳以上・世帯合算）", "benefit, persons of 70-74 together"),
    "whole": ("高額療養費（世帯合算）", "benefit, the household together"),
    "paid": ("自己負担額", "paid in the end"),
    "refund_person": ("年間上限による支給（外来）", "refund of the annual outpatient ceiling"),
    "refund_household": ("年間上限による支給（世帯）", "refund of the annual ceiling of the household"),
    "household": ("世帯", "household"),
    "totals": ("医療費・窓口負担・高額療養費・差引", "cost, counter shares, benefit, paid in the end"),
    "yen": ("円", " yen"),
}


@dataclass
class Lines:
    """Collects the lines of a care file, month by month."""

    p: Parameters
    lang: str
    rows: list[tuple[str, str, str, str, str, str, int, str, str]] = field(default_factory=list)

    def word(self, key: str) -> str:
        return _WORDS[key][0 if self.lang == "ja" else 1]

    def month(self, bill: MonthBills, hospitals: Sequence[str], claim: Claim) -> None:
        """Add a month: its receipts, what is given back in the order of the law, what is paid."""
        self.class_line(bill, claim)
        for receipt, hospital in zip(bill.receipts, hospitals, strict=True):
            self.receipt(bill.month, receipt, hospital)
        when = month_index(bill.month)
        below, aged = month_ceilings(self.p, when)
        under, old = row_of(below, UNDER, bill.under), row_of(aged, OLD, bill.old)
        if claim.halved:
            self.half_line(bill, claim, old)
        if claim.outpatient:
            self.single_lines(bill, claim, old)
        floor = int(self.p.value("care.aggregation_floor", 2026))
        if claim.elderly:
            self.together(bill.month, "aged", claim, old, [r for r in bill.receipts if r.elderly])
        if claim.household:
            counted = [r for r in bill.receipts if r.elderly or r.pay >= floor]
            self.together(bill.month, "whole", claim, under, counted)
        self.add(bill.month, "paid", "paid", _ARTICLE, self.word("household"), "", claim.paid, "")

    def together(self, month: str, key: str, claim: Claim, row: np.record, counted: Sequence[Receipt]) -> None:
        """Add what comes back of the receipts that count together under one ceiling."""
        yen = claim.elderly if key == "aged" else claim.household
        cost = sum(r.cost for r in counted)
        most = int(ceiling(row, cost, claim.fourth))
        self.benefit(month, key, "household", f"{yen + most:,} - {_ceiling_formula(row, cost, claim.fourth)}", yen)

    def class_line(self, bill: MonthBills, claim: Claim) -> None:
        aged = f"・{bill.old}" if any(r.elderly for r in bill.receipts) else ""
        fourth = f" {self.word('fourth')}" if claim.fourth else ""
        formula = f"{bill.under}{aged}{fourth}"
        self.add(bill.month, "class", "class", _ARTICLE, self.word("household"), formula, 0, "people.high_cost_classes")

    def receipt(self, month: str, receipt: Receipt, hospital: str) -> None:
        kind = self.word("inpatient" if receipt.inpatient else "outpatient")
        small = not receipt.elderly and receipt.pay < int(self.p.value("care.aggregation_floor", 2026))
        note = f"（{self.word('left_out')}）" if small and self.lang == "ja" else ""
        note = f" ({self.word('left_out')})" if small and self.lang != "ja" else note
        name = f"{hospital} {kind}".strip()
        formula = f"{name} {receipt.cost:,} × {receipt.share}%{note}"
        self.add(month, "receipt", "share", _SHARES, receipt.person, formula, receipt.pay, "care.share_standard")

    def half_line(self, bill: MonthBills, claim: Claim, old: np.record) -> None:
        """Add what whoever turns 75 gets back under the halved ceilings."""
        row = halved(old, int(self.p.value("care.birthday_ceiling_share", 2026)))
        people = list(dict.fromkeys(r.person for r in bill.receipts if r.half))
        own = [r for r in bill.receipts if r.half]
        formula = ""
        if len(people) == 1:
            clinic = all(not r.inpatient for r in own) and row.outpatient > 0
            most = (
                f"{int(row.outpatient):,}" if clinic else _ceiling_formula(row, sum(r.cost for r in own), claim.fourth)
            )
            formula = f"{sum(r.pay for r in own):,} - {most}"
        self.benefit(bill.month, "half", "・".join(people), formula, claim.halved)

    def single_lines(self, bill: MonthBills, claim: Claim, old: np.record) -> None:
        """Add what each person of 70-74 gets back of outpatient payments."""
        rest = claim.outpatient
        for person in dict.fromkeys(r.person for r in bill.receipts if r.elderly and not r.half):
            paid = sum(r.pay for r in bill.receipts if r.person == person and r.elderly and not r.inpatient)
            yen = max(0, paid - int(old.outpatient))
            if yen:
                rest -= yen
                self.benefit(bill.month, "single", person, f"{paid:,} - {int(old.outpatient):,}", yen)
        if rest:
            raise BalanceError(f"{bill.month}: outpatient ceilings of persons miss {rest:,} yen")

    def refund(self, close: str, outpatient: int, household: int) -> None:
        """Add the refunds of the annual ceilings of an account that closes in a July."""
        for key, yen in (("refund_person", outpatient), ("refund_household", household)):
            if yen:
                self.add(close, "refund", key, _ARTICLE, self.word("household"), "", -yen, _CEILINGS)

    def benefit(self, month: str, key: str, who: str, formula: str, yen: int) -> None:
        person = self.word("household") if who == "household" else who
        parameter = "care.birthday_ceiling_share" if key == "half" else _CEILINGS
        self.add(month, "benefit", key, _ARTICLE, person, formula, -int(yen), parameter)

    def add(
        self, month: str, kind: str, rule: str, article: str, person: str, formula: str, amount: int, parameter: str
    ) -> None:
        row = (month, kind, self.word(rule), article, person, formula, int(amount), parameter, self.source(parameter))
        self.rows.append(row)

    def source(self, parameter: str) -> str:
        """Return the source ids of a parameter or a table."""
        if parameter in self.p.passports:
            return self.p.passport(parameter).source
        return ";".join(sorted(set(self.p.table(parameter)["source_id"]))) if parameter else ""


def _ceiling_formula(row: np.record, cost: int, fourth: bool) -> str:
    """Return how a ceiling comes about, as on the municipality's pages."""
    if fourth and row.multiple > 0:
        return f"{int(row.multiple):,}"
    if row.over > 0 and cost > row.over:
        return f"({int(row.monthly):,} + ({cost:,} - {int(row.over):,}) × 1%)"
    return f"{int(row.monthly):,}"


def text_of(lines: pd.DataFrame, totals: tuple[int, int, int, int], lang: str) -> str:
    """Return lines as text: a heading a month, totals (cost, counter shares, benefit, paid) at the end."""
    at = 0 if lang == "ja" else 1
    yen = _WORDS["yen"][at]
    out: list[str] = []
    month = ""
    for line in lines.to_dict("records"):
        if line["month"] != month:
            month = line["month"]
            year, _, number = month.partition("-")
            out.append(f"令和{int(year) - 2018}年{int(number)}月" if lang == "ja" else month)
        formula = f" = {line['formula']}" if line["formula"] else ""
        amount = "" if line["kind"] == "class" else f": {line['amount']:,}{yen}"
        out.append(f"  {line['person']} {line['rule']}{formula}{amount}  ({line['article']})")
    cost, counter, benefit, paid = totals
    out.append(f"{_WORDS['totals'][at]}: {cost:,} / {counter:,} / {benefit:,} / {paid:,}{yen}")
    return "\n".join(out)
