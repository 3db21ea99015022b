"""The lines of a bill: what was done, under which article, with which parameter, and how many yen it made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.core.units import era, months_in
from sim.explanations.family import Family, Member
from sim.explanations.known_rates import PlaceRates
from sim.institutions.memory import PORTIONS
from sim.mechanisms.levy.arrays import Level, Rate, Trace, Verdict
from sim.mechanisms.levy.income.kernels import basic_deduction, salary_income
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
    "judged": ("軽減判定所得", "income in the relief test"),
    "bound": ("軽減判定", "relief test"),
    "income_part": ("所得割", "income part"),
    "asset_part": ("資産割", "asset part"),
    "per_head": ("均等割", "per head"),
    "per_adult": ("18歳以上均等割", "add-on from 18"),
    "per_household": ("平等割", "per household"),
    "JOB_LOSS": ("非自発的失業による軽減", "involuntary job loss"),
    "FORMER_MEMBER": ("特定世帯・特定継続世帯", "former member's household"),
    "RELIEF": ("軽減", "relief"),
    "PRESCHOOL": ("未就学児の軽減", "under-school-age half"),
    "YOUTH": ("高校生年代までの軽減", "half up to 18"),
    "WAIVER": ("18歳未満の均等割免除", "no per-head levy under 18"),
    "MATERNITY": ("産前産後の免除", "exemption for childbirth"),
    "FORMER_DEPENDANT": ("旧被扶養者の減免", "former dependants"),
    "OVER_CAP": ("賦課限度額を超える額", "above the ceiling"),
    "REMISSION": ("条例減免", "remission by ordinance"),
    "ROUNDING": ("端数処理", "rounding"),
    "BILL": ("年額", "bill for the year"),
    "medical": ("医療分", "medical"),
    "support": ("後期高齢者支援金分", "support"),
    "care": ("介護分", "care"),
    "child": ("子ども・子育て支援金分", "childcare"),
    "household": ("世帯", "household"),
    "total": ("合計", "total"),
    "yen": ("円", " yen"),
    "months": ("か月", " months"),
    "instalments": ("納期", "instalments"),
    "premium": ("国民健康保険料", "National Health Insurance premium"),
    "tax": ("国民健康保険税", "National Health Insurance tax"),
}

_STAGES: dict[str, tuple[str, str, str]] = {
    "JOB_LOSS": ("levy.job_loss_share", "国民健康保険法施行令29条の7の2", "地方税法703条の5の2"),
    "FORMER_MEMBER": ("levy.former_member_half_months", "国民健康保険法施行令29条の7", "地方税法703条の4"),
    "RELIEF": ("levy.relief_shares", "国民健康保険法72条の3", "地方税法703条の5"),
    "PRESCHOOL": ("levy.youth_relief_share", "国民健康保険法72条の3の2", "地方税法703条の5"),
    "YOUTH": ("levy.youth_relief_to", "国民健康保険法72条の3の2", "地方税法703条の5"),
    "WAIVER": ("levy.child_waiver_to", "国民健康保険法施行令29条の7", "地方税法703条の5"),
    "MATERNITY": ("levy.maternity_since", "国民健康保険法72条の3の3", "地方税法703条の5"),
    "FORMER_DEPENDANT": ("levy.former_dependant_share", "国民健康保険法77条・条例", "地方税法717条・条例"),
    "OVER_CAP": ("levy.cap_{}", "国民健康保険法施行令29条の7", "地方税法703条の4"),
    "REMISSION": ("", "国民健康保険法77条・条例", "地方税法717条・条例"),
    "ROUNDING": ("places.municipalities", "条例", "地方税法20条の4の2"),
}
"""Stage -> parameter, article for 料, article for 税."""

_LEVY_ARTICLE = {"premium": "国民健康保険法76条・施行令29条の7", "tax": "地方税法703条の4"}


@dataclass
class Case:
    """One assessed household: what was given and what the kernel found (levels, verdict, trace: see `arrays`)."""

    family: Family
    law: Law
    tariff: PlaceRates
    levels: NDArray[Any]
    verdict: NDArray[Any]
    trace: NDArray[Any]
    year: int
    p: Parameters
    rows: list[list[Any]] = field(default_factory=list)
    lang: str = "ja"

    def word(self, key: str) -> str:
        return WORDS[key][0 if self.lang == "ja" else 1] if key in WORDS else key

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


def lines_of(case: Case, lang: str = "ja") -> pd.DataFrame:
    """Return all lines of a bill; charges, reliefs, cap and rounding of a portion add up to its bill."""
    case = replace(case, lang=lang, rows=[])
    for i, member in enumerate(case.family.members):
        if member.months or member.head or member.former_member:
            _income_lines(case, member, case.trace[i])
    _test_lines(case)
    for k, portion in enumerate(PORTIONS):
        if case.levels[k, Level.GROSS]:
            _portion_lines(case, k, portion)
    return pd.DataFrame(case.rows, columns=_COLUMNS)


def _income_lines(case: Case, m: Member, found: NDArray[Any]) -> None:
    """From gross salary and pension to the base of the income part, for one person."""

    def add(rule: str, article: str, formula: str, amount: int, parameter: str) -> None:
        case.add("income", rule, article, "", m.name, formula, amount, parameter)

    if not m.declared:
        add("undeclared", "", "", 0, "levy.declaration_age")
        return
    if m.salary:
        plain = salary_income(m.salary, case.law.salary_rows)
        more = "" if found[Trace.PAY] + found[Trace.ADJUSTMENT] == plain else f" → {plain:,} - (所得金額調整控除)"
        add(
            "salary",
            "所得税法28条・別表第五",
            f"{m.salary:,}{more}",
            found[Trace.PAY] + found[Trace.ADJUSTMENT],
            "people.salary_deduction",
        )
    if m.pension:
        add("pension", "所得税法35条", f"{m.pension:,}", found[Trace.ANNUITY], "people.pension_deduction")
    if found[Trace.ADJUSTMENT]:
        add(
            "adjustment",
            "租税特別措置法41条の3の11",
            "min(10万, 給与)+min(10万, 年金)-10万",
            -found[Trace.ADJUSTMENT],
            "income.adjustment_both",
        )
    for rule, amount in (("business", m.business), ("other", m.other)):
        if amount:
            add(rule, "地方税法313条", "", amount, "")
    if m.loss_carried_forward:
        add("loss", "地方税法313条8項", "", -m.loss_carried_forward, "")
    if not m.months or not (m.salary or m.pension or m.business or m.other or m.gain_deduction):
        return
    measured = int(found[Trace.TOTAL]) + m.gain_deduction
    deduction = basic_deduction(measured, case.law)
    after = max(0, int(found[Trace.TOTAL]) - m.loss_carried_forward)
    add("basic", "地方税法314条の2第2項", f"{measured:,}", -min(deduction, after), "income.basic_deduction")
    add(
        "base",
        _LEVY_ARTICLE[case.tariff.form],
        f"{after:,} - {deduction:,}",
        found[Trace.BASE],
        "income.basic_deduction",
    )
    if found[Trace.JOB_LOSS]:
        add(
            "base_job_loss",
            _STAGES["JOB_LOSS"][1],
            f"{case.word('salary')} × {case.law.job_loss_share}/100",
            found[Trace.BASE_JOB_LOSS],
            "levy.job_loss_share",
        )


def _test_lines(case: Case) -> None:
    """The relief test: whose income counts, the bounds, the result."""
    law, v = case.law, case.verdict
    article = _STAGES["RELIEF"][1 if case.tariff.form == "premium" else 2]
    for i, m in enumerate(case.family.members):
        if case.trace[i, Trace.JUDGED]:
            case.add("test", "judged", article, "", m.name, "", case.trace[i, Trace.JUDGED], "levy.relief_pension")
    if v[Verdict.UNDECLARED]:
        case.add("test", "undeclared", article, "", case.word("household"), "", 0, "levy.declaration_age")
        return
    bound = law.relief_base + law.relief_per_earner * max(0, int(v[Verdict.EARNERS]) - 1)
    counted = int(v[Verdict.COUNTED])
    steps = [
        ("levy.relief_base", 0),
        ("levy.relief_5_per_person", law.relief_5_per_person),
        ("levy.relief_2_per_person", law.relief_2_per_person),
    ]
    for tenths, (key, each) in zip(law.relief_shares, steps, strict=True):
        sign = "≤" if v[Verdict.JUDGED] <= bound + each * counted else ">"
        formula = f"{int(v[Verdict.JUDGED]):,} {sign} {bound:,}" + (f" + {each:,} × {counted}" if each else "")
        rule = f"{tenths}割軽減" if case.lang == "ja" else f"{tenths}0 % relief"
        case.add("test", rule, article, "", case.word("household"), formula, bound + each * counted, key)
        if sign == "≤":
            return


def _portion_lines(case: Case, k: int, portion: str) -> None:
    """Charges, reliefs, cap and rounding of one portion, and its bill."""
    article = _LEVY_ARTICLE[case.tariff.form]
    exact, noted = Fraction(0), 0
    for rule, person, formula, amount in _charges(case, k):
        exact += amount
        case.add("charge", rule, article, portion, person, formula, int(exact) - noted, "rates")
        noted = int(exact)
    if noted != case.levels[k, Level.GROSS]:
        raise BalanceError(f"{portion}: lines make {noted:,} yen, the kernel {case.levels[k, Level.GROSS]:,}")
    for level in list(Level)[Level.JOB_LOSS : Level.BILL]:
        if yen := int(case.levels[k, level]):
            _stage_line(case, level, portion, k, yen)
    case.add("bill", "BILL", article, portion, case.word("household"), "", case.levels[k, Level.BILL], "")


def _stage_line(case: Case, level: Level, portion: str, k: int, amount: int) -> None:
    parameter, for_premium, for_tax = _STAGES[level.name]
    kinds = {Level.OVER_CAP: "cap", Level.ROUNDING: "rounding"}
    months = int(case.verdict[Verdict.CARE_MONTHS if portion == "care" else Verdict.MONTHS])
    formula = ""
    if level == Level.RELIEF:
        tenths = case.law.relief_shares[case.verdict[Verdict.RELIEF]]
        formula = f"{tenths}割" if case.lang == "ja" else f"{tenths}0 %"
    elif level == Level.OVER_CAP:
        formula = f"{int(case.tariff.table[k, Rate.CAP]):,}" + (f" × {months}/12" if months < 12 else "")
    elif level == Level.ROUNDING:
        formula = f"{int(case.tariff.table[k, Rate.UNIT])}{case.word('yen')}"
    case.add(
        kinds.get(level, "relief"),
        level.name,
        for_premium if case.tariff.form == "premium" else for_tax,
        portion,
        case.word("household"),
        formula,
        -amount,
        parameter.format(portion),
    )


def _charges(case: Case, k: int) -> list[tuple[str, str, str, Fraction]]:
    """Return rule, person, formula and exact yen of every charge of a portion."""
    row = {rate: int(case.tariff.table[k, rate]) for rate in Rate}
    result: list[tuple[str, str, str, Fraction]] = []
    for i, m in enumerate(case.family.members):
        months = months_in(int(case.trace[i, Trace.CARE if k == PORTIONS.index("care") else Trace.MONTHS]))
        if not months:
            continue
        part = "" if months == 12 else f" × {months}/12"
        base = int(case.trace[i, Trace.BASE])
        share = Fraction(months, 12)
        if base and row[Rate.INCOME_PART]:
            result.append(
                (
                    "income_part",
                    m.name,
                    f"{base:,} × {row[Rate.INCOME_PART] / 10_000:.6g}%{part}",
                    Fraction(base * row[Rate.INCOME_PART], 1_000_000) * share,
                )
            )
        if m.asset_tax and row[Rate.ASSET_PART]:
            result.append(
                (
                    "asset_part",
                    m.name,
                    f"{m.asset_tax:,} × {row[Rate.ASSET_PART] / 10_000:.6g}%{part}",
                    Fraction(m.asset_tax * row[Rate.ASSET_PART], 1_000_000) * share,
                )
            )
        result.append(("per_head", m.name, f"{row[Rate.PER_HEAD]:,}{part}", row[Rate.PER_HEAD] * share))
        adult = m.legal_month + 12 * case.law.child_waiver_to < case.law.opening
        if row[Rate.PER_ADULT] and adult:
            result.append(("per_adult", m.name, f"{row[Rate.PER_ADULT]:,}{part}", row[Rate.PER_ADULT] * share))
    months = int(case.verdict[Verdict.CARE_MONTHS if k == PORTIONS.index("care") else Verdict.MONTHS])
    if row[Rate.PER_HOUSEHOLD]:
        part = "" if months == 12 else f" × {months}/12"
        result.append(
            (
                "per_household",
                case.word("household"),
                f"{row[Rate.PER_HOUSEHOLD]:,}{part}",
                row[Rate.PER_HOUSEHOLD] * Fraction(months, 12),
            )
        )
    return result


def text_of(bill: Bill, lang: str) -> str:
    """Return a bill as lines of text."""
    at = 0 if lang == "ja" else 1

    def word(key: str) -> str:
        return WORDS[key][at] if key in WORDS else key

    yen = word("yen")
    out = [f"{bill.municipality} {era(bill.year)} {word(bill.form)}"]
    for line in lines_of(bill.case, lang).to_dict("records"):
        if line["kind"] == "bill":
            out.append(f"{word(line['portion'])} {word('BILL')}: {line['amount']:,}{yen}")
            continue
        place = f"[{word(line['portion'])}] " if line["portion"] else ""
        formula = f" = {line['formula']}" if line["formula"] else ""
        out.append(f"  {place}{line['person']} {line['rule']}{formula}: {line['amount']:,}{yen}  ({line['article']})")
    out.append(f"{word('total')}: {bill.total:,}{yen}")
    if bill.instalments:
        rest = f" + {len(bill.instalments) - 1} × {bill.instalments[-1]:,}" if len(bill.instalments) > 1 else ""
        out.append(f"{word('instalments')}: {bill.instalments[0]:,}{rest}{yen}")
    return "\n".join([*out, *bill.notes])
