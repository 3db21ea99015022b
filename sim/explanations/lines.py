"""The lines of a bill: what was done, under which article, with which parameter, and how many yen it made."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

import pandas as pd

from sim.core.errors import BalanceError
from sim.core.tally import Records
from sim.core.units import era, months_in
from sim.explanations.basis import said
from sim.explanations.members import Family, Member
from sim.explanations.place_rates import PlaceRates
from sim.explanations.schedule import PENSION, SLIP
from sim.institutions.portions import PORTION_NAMES, PORTIONS
from sim.institutions.reliefs import BY_NAME, IN_ORDER, RELIEFS, Relief
from sim.mechanisms.levy.income import basic_deduction, salary_income
from sim.mechanisms.levy.law import Law
from sim.parameters import Parameters

if TYPE_CHECKING:
    from sim.explanations.household import Bill

_COLUMNS = ["kind", "rule", "article", "portion", "person", "formula", "amount", "parameter", "source"]

WORDS: dict[str, tuple[str, str]] = {
    "salary": ("給与所得", "salary income"),
    "pension": ("公的年金等に係る雑所得", "pension income"),
    "adjustment": ("所得金額調整控除(給与・年金)", "adjustment for salary and pension"),
    "business": ("事業所得", "business income"),
    "other": ("その他の所得", "other income"),
    "loss": ("純損失の繰越控除", "net losses carried forward"),
    "basic": ("基礎控除", "basic deduction"),
    "base": ("旧ただし書き所得", "base income"),
    "base_job_loss": ("旧ただし書き所得(非自発的失業)", "base income after an involuntary job loss"),
    "undeclared": ("所得の申告なし", "income not declared"),
    "duty": ("納付義務・軽減判定", "duty to pay, with a relief test of its own"),
    "judged": ("軽減判定所得", "income in the relief test"),
    "bound": ("軽減判定", "relief test"),
    "income_part": ("所得割", "income part"),
    "asset_part": ("資産割", "asset part"),
    "per_head": ("均等割", "per head"),
    "per_adult": ("18歳以上均等割", "add-on from 18"),
    "per_household": ("平等割", "per household"),
    **{relief.name: (relief.ja, relief.en) for relief in RELIEFS},
    "over_cap": ("賦課限度額を超える額", "above the ceiling"),
    "rounding": ("端数処理", "rounding"),
    "bill": ("年額", "bill for the year"),
    **PORTION_NAMES,
    "household": ("世帯", "household"),
    "total": ("合計", "total"),
    "yen": ("円", " yen"),
    "months": ("か月", " months"),
    "by_slip": ("納期", "instalments"),
    "by_pension": ("特別徴収", "deducted from the pension"),
    "refund": ("還付", "paid back"),
    "nobody": ("国保に加入している月のある人がいません", "nobody is insured by 国保 for a month"),
    "premium": ("国民健康保険料", "National Health Insurance premium"),
    "tax": ("国民健康保険税", "National Health Insurance tax"),
}

_DUTY = ("国民健康保険法76条", "地方税法703条の5")
_CAP = ("国民健康保険法施行令29条の7", "地方税法703条の4")
_ROUNDING = ("条例", "地方税法20条の4の2")
"""Article for 料, article for 税."""

_YEN = 12_000_000
"""A rate per 1,000,000 times twelve months."""
_LEVY_ARTICLE = {"premium": "国民健康保険法76条・施行令29条の7", "tax": "地方税法703条の4"}


@dataclass
class Case:
    """One assessed household: what was given, and what the kernel found (`sim.mechanisms.levy.state`).

    law     `Law` of the year
    stages  by portion, `STAGES`
    house   `House`
    found   by member, `Found`
    """

    family: Family
    law: Law
    tariff: PlaceRates
    stages: Records
    house: Records
    found: Records
    year: int
    p: Parameters
    rows: list[list[object]] = field(default_factory=list)
    lang: str = "ja"

    @property
    def charged(self) -> tuple[str, ...]:
        """Return the portions that are charged."""
        return tuple(portion for k, portion in enumerate(PORTIONS) if self.stages[k].gross_levy)

    def word(self, key: str) -> str:
        return WORDS[key][0 if self.lang == "ja" else 1] if key in WORDS else key

    def article(self, premium: str, tax: str) -> str:
        """Return the article for the form of the levy, 料 or 税."""
        return premium if self.tariff.form == "premium" else tax

    def add(
        self, kind: str, rule: str, article: str, portion: str, person: str, formula: str, amount: int, parameter: str
    ) -> None:
        self.rows.append(
            [
                kind,
                self.word(rule),
                article,
                portion,
                person,
                formula,
                int(amount),
                parameter,
                self.source(parameter, portion),
            ]
        )

    def source(self, parameter: str, portion: str) -> str:
        """Return the source ids of a parameter, a table or a rate."""
        if parameter == "rates":
            return self.tariff.sources.get(portion, "")
        if parameter in self.p.passports:
            return self.p.passport(parameter).source
        if parameter in self.p.table_passports:
            table = self.p.table(parameter)
            if "fiscal_year" in table:
                table = table[table["fiscal_year"] == table["fiscal_year"][table["fiscal_year"] <= self.year].max()]
            return ";".join(sorted(set(table["source_id"])))
        return ""


def lines_of(cases: Sequence[Case], lang: str = "ja") -> pd.DataFrame:
    """Return all lines of a bill, duty by duty; charges, reliefs, cap and rounding of a portion add up to its bill."""
    rows: list[list[object]] = []
    for case in cases:
        rows += _lines_of_duty(replace(case, lang=lang, rows=[]))
    return pd.DataFrame(rows, columns=_COLUMNS)


def _lines_of_duty(case: Case) -> list[list[object]]:
    """Return the lines of one duty to pay; none where nobody is insured."""
    if not any(member.months for member in case.family.members):
        return []
    if case.family.duty is not None:
        days = case.family.duty
        formula = f"{days.first} – {days.end - datetime.timedelta(days=1)}"
        case.add("duty", "duty", case.article(*_DUTY), "", case.word("household"), formula, 0, "levy.duty_anew")
    for i, member in enumerate(case.family.members):
        if member.months or member.head or member.counted:
            _income_lines(case, member, case.found[i])
    _test_lines(case)
    for k, portion in enumerate(PORTIONS):
        if case.stages[k].gross_levy:
            _portion_lines(case, k, portion)
    return case.rows


def _income_lines(case: Case, m: Member, found: Records) -> None:
    """From gross salary and pension to the base of the income part, for one person."""

    if not m.declared:
        case.add("income", "undeclared", "", "", m.name, "", 0, "levy.declaration_age")
        return
    _kind_lines(case, m, found)
    if m.months and (m.salary or m.pension or m.business or m.other or m.gain_deduction):
        _base_lines(case, m, found)


def _kind_lines(case: Case, m: Member, found: Records) -> None:
    """Each kind of income of one person, and the loss carried forward."""

    def add(rule: str, article: str, formula: str, amount: int, parameter: str) -> None:
        case.add("income", rule, article, "", m.name, formula, amount, parameter)

    if m.salary:
        plain = salary_income(m.salary, case.law.salary_rows)
        more = "" if found.pay + found.adjustment == plain else f" → {plain:,} - (所得金額調整控除)"
        add(
            "salary",
            "所得税法28条・別表第五",
            f"{m.salary:,}{more}",
            found.pay + found.adjustment,
            "people.salary_deduction",
        )
    if m.pension:
        add("pension", "所得税法35条", f"{m.pension:,}", found.annuity, "people.pension_deduction")
    if found.adjustment:
        add(
            "adjustment",
            "租税特別措置法41条の3の11",
            "min(10万, 給与)+min(10万, 年金)-10万",
            -found.adjustment,
            "income.adjustment_both",
        )
    for rule, amount in (("business", m.business), ("other", m.other)):
        if amount:
            add(rule, "地方税法313条", "", amount, "")
    if m.loss_carried_forward:
        add("loss", "地方税法313条8項", "", -m.loss_carried_forward, "")


def _base_lines(case: Case, m: Member, found: Records) -> None:
    """From total income to the base of the income part of one person, the basic deduction taken off."""

    def add(rule: str, article: str, formula: str, amount: int, parameter: str) -> None:
        case.add("income", rule, article, "", m.name, formula, amount, parameter)

    measured = int(found.total) + m.gain_deduction
    deduction = basic_deduction(measured, case.law)
    after = max(0, int(found.total) - m.loss_carried_forward)
    add("basic", "地方税法314条の2第2項", f"{measured:,}", -min(deduction, after), "income.basic_deduction")
    add(
        "base",
        _LEVY_ARTICLE[case.tariff.form],
        f"{after:,} - {deduction:,}",
        found.base_income,
        "income.basic_deduction",
    )
    if found.job_loss:
        add(
            "base_job_loss",
            BY_NAME["job_loss"].premium,
            f"{case.word('salary')} × {case.law.job_loss_share}/100",
            found.base_job_loss,
            "levy.job_loss_share",
        )


def _test_lines(case: Case) -> None:
    """The relief test: whose income counts, the bounds, the result."""
    law, house = case.law, case.house
    article = case.article(BY_NAME["relief"].premium, BY_NAME["relief"].tax)
    for i, m in enumerate(case.family.members):
        if case.found[i].judged:
            case.add("test", "judged", article, "", m.name, "", case.found[i].judged, "levy.relief_pension")
    if house.undeclared:
        case.add("test", "undeclared", article, "", case.word("household"), "", 0, "levy.declaration_age")
        return
    bound = law.relief_base + law.relief_per_earner * max(0, int(house.earners) - 1)
    counted = int(house.counted)
    steps = [
        ("levy.relief_base", 0),
        ("levy.relief_5_per_person", law.relief_5_per_person),
        ("levy.relief_2_per_person", law.relief_2_per_person),
    ]
    for tenths, (key, each) in zip(law.relief_shares, steps, strict=True):
        sign = "≤" if house.judged <= bound + each * counted else ">"
        formula = f"{int(house.judged):,} {sign} {bound:,}" + (f" + {each:,} × {counted}" if each else "")
        rule = f"{tenths}割軽減" if case.lang == "ja" else f"{tenths}0 % relief"
        case.add("test", rule, article, "", case.word("household"), formula, bound + each * counted, key)
        if sign == "≤":
            return


def _portion_lines(case: Case, k: int, portion: str) -> None:
    """Charges, reliefs, cap and rounding of one portion, and its bill."""
    article = _LEVY_ARTICLE[case.tariff.form]
    exact, noted = Fraction(0), 0
    for rule, person, formula, amount in charges_of(case, k):
        exact += amount
        case.add("charge", rule, article, portion, person, formula, int(exact) - noted, "rates")
        noted = int(exact)
    stages, house = case.stages[k], case.word("household")
    if noted != stages.gross_levy:
        raise BalanceError(f"{portion}: lines make {noted:,} yen, the kernel {stages.gross_levy:,}")
    for relief in IN_ORDER:
        if not relief.after_cap:
            _relief_line(case, relief, portion, stages)
    if stages.over_cap:
        months = int(case.house.care_months if portion == "care" else case.house.months)
        formula = f"{int(case.tariff.table[k].cap):,}" + (f" × {months}/12" if months < 12 else "")
        cap = case.article(*_CAP)
        case.add("cap", "over_cap", cap, portion, house, formula, -stages.over_cap, f"levy.cap_{portion}")
    for relief in IN_ORDER:
        if relief.after_cap:
            _relief_line(case, relief, portion, stages)
    if stages.rounding:
        formula = f"{int(case.tariff.table[k].unit)}{case.word('yen')}"
        rounding = case.article(*_ROUNDING)
        case.add("rounding", "rounding", rounding, portion, house, formula, -stages.rounding, "places.municipalities")
    case.add("bill", "bill", article, portion, house, "", stages.bill, "")


def _relief_line(case: Case, relief: Relief, portion: str, stages: Records) -> None:
    """Add what a relief takes off a portion, if anything."""
    if not stages[relief.name]:
        return
    formula = ""
    if relief.name == "relief":
        tenths = int(case.house.tenths)
        formula = f"{tenths}割" if case.lang == "ja" else f"{tenths}0 %"
    article = case.article(relief.premium, relief.tax)
    who, yen = case.word("household"), -int(stages[relief.name])
    case.add("relief", relief.name, article, portion, who, formula, yen, relief.parameter)


Charge = tuple[str, str, str, Fraction]


def charges_of(case: Case, k: int) -> list[Charge]:
    """Return rule, person, formula and exact yen of every charge of a portion."""
    rates = case.tariff.table[k]
    row = {name: int(rates[name]) for name in rates.dtype.names}
    care = PORTIONS[k] == "care"
    result: list[Charge] = []
    for m, found in zip(case.family.members, case.found, strict=True):
        months = months_in(int(found.care if care else found.months))
        if months:
            adult = m.legal_month + 12 * case.law.child_waiver_to < case.law.opening
            result += _by_income(
                m.name, {"income_part": int(found.base_income), "asset_part": m.asset_tax}, row, months
            )
            result += _by_head(m.name, ("per_head", "per_adult") if adult else ("per_head",), row, months)
    months = int(case.house.care_months if care else case.house.months)
    return result + _by_head(case.word("household"), ("per_household",), row, months)


def _by_income(who: str, bases: Mapping[str, int], row: Mapping[str, int], months: int) -> list[Charge]:
    """Return a person's charges in proportion to income and fixed-asset tax."""
    return [
        (rule, who, f"{base:,} × {row[rule] / 10_000:.6g}%{_part(months)}", Fraction(base * row[rule] * months, _YEN))
        for rule, base in bases.items()
        if base and row[rule]
    ]


def _by_head(who: str, rules: tuple[str, ...], row: Mapping[str, int], months: int) -> list[Charge]:
    """Return the fixed charges of a person or household; the per-head levy even where it is nothing."""
    return [
        (rule, who, f"{row[rule]:,}{_part(months)}", Fraction(row[rule] * months, 12))
        for rule in rules
        if row[rule] or rule == "per_head"
    ]


def _part(months: int) -> str:
    return "" if months == 12 else f" × {months}/12"


def text_of(bill: Bill, lang: str) -> str:
    """Return a bill as lines of text."""
    at = 0 if lang == "ja" else 1

    def word(key: str) -> str:
        return WORDS[key][at] if key in WORDS else key

    yen = word("yen")
    out = [
        said(bill.bases, tuple(bill.bases), bill.year, lang),
        f"{bill.municipality} {era(bill.year)} {word(bill.form)}",
    ]
    lines = bill.lines_in(lang).to_dict("records")
    for line in lines:
        if line["kind"] == "bill":
            out.append(f"{word(line['portion'])} {word('bill')}: {line['amount']:,}{yen}")
            continue
        place = f"[{word(line['portion'])}] " if line["portion"] else ""
        formula = f" = {line['formula']}" if line["formula"] else ""
        out.append(f"  {place}{line['person']} {line['rule']}{formula}: {line['amount']:,}{yen}  ({line['article']})")
    if not lines:
        out.append(f"  {word('nobody')}")
    out.append(f"{word('total')}: {bill.total:,}{yen}")
    out += [f"{word(f'by_{by}')}: {text}{yen}" for by, text in _instalments_of(bill, lang)]
    if bill.schedule.refund:
        out.append(f"{word('refund')}: {bill.schedule.refund:,}{yen}")
    return "\n".join([*out, *bill.schedule.notes, *bill.notes])


def _instalments_of(bill: Bill, lang: str) -> list[tuple[str, str]]:
    """Return way of payment and instalments, those of the same yen in one: 6月 5,169 + 7月-3月 9 × 5,100."""
    out = []
    for by in (SLIP, PENSION):
        runs = groupby((i for i in bill.schedule.instalments if i.by == by), key=lambda i: i.yen)
        parts = []
        for yen, run in runs:
            months = [_month_name(i.month, lang) for i in run]
            several = f"{len(months)} × " if len(months) > 1 else ""
            parts.append(f"{months[0]}{'-' + months[-1] if several else ''} {several}{yen:,}")
        if parts:
            out.append((by, " + ".join(parts)))
    return out


def _month_name(month: int, lang: str) -> str:
    return f"{month % 12 + 1}月" if lang == "ja" else calendar.month_abbr[month % 12 + 1]
