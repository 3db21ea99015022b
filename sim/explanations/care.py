"""A household's medical cost, counter shares and high-cost benefit by month (高額療養費), line by line.

A care file is YAML, in English or Japanese keys; amounts 1_000_000 or 100万円, months 2026-05 or 令和8年5月:

    members:
      - {name: 太郎, born: 1966-04-20}
      - {name: 花子, born: 1953-09-10}
    class: {2025-08: ウ, 2026-08: ウ}      # 所得区分 below 70, from a month on; ウ alone holds throughout
    class_70: 一般                         # the same at 70-74
    receipts:
      - {month: 2026-05, person: 太郎, hospital: 中央病院, inpatient: true, cost: 1_000_000}
      - {month: 2026-05..2026-07, person: 花子, hospital: 駅前医院, cost: 60_000}

In place of `class` the file may give `base_income` (旧ただし書き所得 of all insured, by month likewise) or
`nontaxed: true` (住民税非課税). A class at 70-74 is never guessed. Receipts of one person, month and hospital,
inpatient and outpatient apart, are one; add those of a pharmacy to the clinic that prescribed (their `hospital`).
Counter shares follow from the date of birth; `share: 10` sets another (percent). The rules are the simulation's own
(`sim.mechanisms.care`); the calendars of ceilings, to July R8 and from August R8 and R9, stand in the register.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, TypedDict

import pandas as pd

from sim.core.errors import BalanceError, InputError, nearest
from sim.core.units import april
from sim.explanations.care_lines import COLUMNS, Lines, text_of
from sim.explanations.days import late_elderly_day, month_of, reached
from sim.explanations.family import load
from sim.explanations.reading import day_of, month_index_of
from sim.mechanisms.care.ceilings import Claim, MonthBills, Receipt, household_year
from sim.mechanisms.care.law import under_class
from sim.mechanisms.care.state import OLD, UNDER
from sim.parameters import Parameters, Passport
from sim.scenario.document import plain_word, printable
from sim.scenario.quantities import read_amount

_TOP = {
    "世帯員": "members",
    "所得区分": "class",
    "所得区分70": "class_70",
    "旧ただし書き所得": "base_income",
    "非課税": "nontaxed",
    "診療": "receipts",
}
_MEMBER = {"氏名": "name", "生年月日": "born"}
_RECEIPT = {
    "月": "month",
    "氏名": "person",
    "医療機関": "hospital",
    "入院": "inpatient",
    "医療費": "cost",
    "負担割合": "share",
}
_COST = Passport(
    label="cost", unit="yen", status="assumed", source="assumption", value=1_000_000, reason="input", range=(0, 10**9)
)
_INCOME = _COST.model_copy(update={"range": (0, 10**11)})
_JULY = 6
"""month of the calendar year, from 0, in which an annual account closes"""
_ROMAN = {unicodedata.normalize("NFKC", name): name for name in (*UNDER, *OLD)}


class Person(NamedTuple):
    """A member: name, month index in which ages are reached, and the month and day of the 75th birthday."""

    name: str
    legal_month: int
    leaves: int
    on_the_first: bool


class Classes(NamedTuple):
    """Class of the household in a month, below 70 and at 70-74 (or None where the file says nothing)."""

    under: str
    old: str | None


class CareMonthData(TypedDict):
    """One month, yen: cost, counter shares, benefits by step, and what is paid in the end."""

    month: str
    class_under_70: str
    class_70: str
    fourth_month: bool
    cost: int
    counter: int
    halved: int
    outpatient: int
    elderly: int
    household: int
    benefit: int
    paid: int


class CareData(TypedDict):
    """Months and annual refunds (close, outpatient, household), yen."""

    months: list[CareMonthData]
    refunds: list[tuple[str, int, int]]
    cost: int
    counter: int
    benefit: int
    paid: int


@dataclass(frozen=True)
class Care:
    """What a household's care costs it.

    bills, claims  by month; refunds  (month of closing, outpatient, household) of the annual ceilings, where above 0
    """

    p: Parameters
    bills: tuple[MonthBills, ...]
    hospitals: tuple[tuple[str, ...], ...]
    claims: tuple[Claim, ...]
    refunds: tuple[tuple[str, int, int], ...]
    lang: str = "ja"

    @cached_property
    def months(self) -> pd.DataFrame:
        """Yen by month: the columns of `CareMonthData`."""
        return pd.DataFrame(self.data()["months"])

    @cached_property
    def lines(self) -> pd.DataFrame:
        """All lines: month, kind, rule, article, person, formula, amount, parameter, source."""
        return self._lines(self.lang)

    @property
    def cost(self) -> int:
        return sum(r.cost for bill in self.bills for r in bill.receipts)

    @property
    def counter(self) -> int:
        """Return what was paid at the counter, yen."""
        return sum(r.pay for bill in self.bills for r in bill.receipts)

    @property
    def benefit(self) -> int:
        """Return the high-cost benefit, annual refunds included, yen."""
        return sum(claim.benefit for claim in self.claims) + sum(a + b for _, a, b in self.refunds)

    @property
    def paid(self) -> int:
        return self.counter - self.benefit

    def text(self, lang: str | None = None) -> str:
        """Return the months as lines of text, Japanese or English."""
        wanted = lang or self.lang
        return text_of(self._lines(wanted), (self.cost, self.counter, self.benefit, self.paid), wanted)

    def data(self) -> CareData:
        """Return the same as plain data, ready for JSON."""
        months = [_month_data(bill, claim) for bill, claim in zip(self.bills, self.claims, strict=True)]
        totals = {"cost": self.cost, "counter": self.counter, "benefit": self.benefit, "paid": self.paid}
        return CareData(months=months, refunds=list(self.refunds), **totals)  # type: ignore[typeddict-item]

    def _lines(self, lang: str) -> pd.DataFrame:
        lines = Lines(self.p, lang)
        for bill, hospitals, claim in zip(self.bills, self.hospitals, self.claims, strict=True):
            lines.month(bill, hospitals, claim)
        for close, outpatient, household in self.refunds:
            lines.refund(close, outpatient, household)
        table = pd.DataFrame(lines.rows, columns=list(COLUMNS))
        made = int(table.loc[table["kind"].isin(["receipt", "benefit", "refund"]), "amount"].sum())
        if made != self.paid:
            raise BalanceError(f"care: lines make {made:,} yen, the rules {self.paid:,}")
        return table


def care(
    household: Mapping[str, object] | str | Path, *, parameters: Parameters | None = None, lang: str = "ja"
) -> Care:
    """Return cost, counter shares and high-cost benefit of a household, month by month.

    household  a mapping or the path of a YAML file, see the module

    InputError lists everything that is wrong with it.

    >>> stay = {"month": "2026-05", "person": "太郎", "hospital": "中央病院", "inpatient": True, "cost": 1_000_000}
    >>> month = sim.care({"members": [{"name": "太郎", "born": "1980-04-20"}], "class": "ウ", "receipts": [stay]})
    >>> month.cost
    1000000
    """
    raw, where = load(household)
    p = parameters or Parameters.load()
    reader = _Reader(p, where)
    bills, hospitals = reader.read(raw)
    try:
        claims = household_year(p, bills).claims
        refunds = [
            (close, int(year.outpatient_refund), int(year.annual_refund))
            for close in _closes(bills)
            if (year := household_year(p, bills, close=close)).outpatient_refund or year.annual_refund
        ]
    except InputError as error:
        raise InputError(f"{where}: class: {error}") from None
    return Care(p, tuple(bills), tuple(hospitals), tuple(claims), tuple(refunds), lang)


def _closes(bills: Sequence[MonthBills]) -> list[str]:
    """Return the Julys that close the annual accounts (August to July) of some months."""
    years = []
    for bill in bills:
        year, _, number = bill.month.partition("-")
        years.append(int(year) + (int(number) > _JULY + 1))
    return [f"{year}-{_JULY + 1:02d}" for year in dict.fromkeys(years)]


def _month_data(bill: MonthBills, claim: Claim) -> CareMonthData:
    return CareMonthData(
        month=bill.month,
        class_under_70=bill.under,
        class_70=bill.old if any(r.elderly for r in bill.receipts) else "",
        fourth_month=bool(claim.fourth),
        cost=sum(r.cost for r in bill.receipts),
        counter=sum(r.pay for r in bill.receipts),
        halved=claim.halved,
        outpatient=claim.outpatient,
        elderly=claim.elderly,
        household=claim.household,
        benefit=claim.benefit,
        paid=claim.paid,
    )


_Key = tuple[int, str, str, bool]
"""month index, person, hospital, inpatient"""


class _Reader:
    """Reads a care file; notes what is wrong and goes on."""

    def __init__(self, p: Parameters, where: str) -> None:
        self.p, self.where = p, where
        self.wrong: list[str] = []

    def read(self, raw: Mapping[str, object]) -> tuple[list[MonthBills], list[tuple[str, ...]]]:
        """Return the receipts by month, and the hospital of each."""
        top = self.renamed(raw, _TOP, self.where)
        people = self.people(top.get("members"))
        self.stop()
        costs, shares = self.receipts(top.get("receipts"), people)
        classes = self.classes(top, sorted({month for month, *_ in costs}))
        self.stop()
        by_month: dict[int, list[_Key]] = {}
        for key in sorted(costs, key=lambda key: key[0]):
            by_month.setdefault(key[0], []).append(key)
        bills = []
        for month, rows in by_month.items():
            receipts = [self.receipt(people[key[1]], key, costs[key], shares.get(key), classes[month]) for key in rows]
            bills.append(self.bill(month, receipts, classes[month]))
        self.stop()
        return bills, [tuple(key[2] for key in rows) for rows in by_month.values()]

    def bill(self, month: int, receipts: list[Receipt], cls: Classes) -> MonthBills:
        """Return the bills of a month; a class at 70-74 that is needed and missing is noted."""
        if cls.old is None and (aged := next((r.person for r in receipts if r.elderly), None)):
            self.say(f"class_70: {_text(month)}: {aged} is 70-74; write one of {', '.join(OLD)}")
        return MonthBills(_text(month), receipts, cls.under, cls.old or "一般")

    def stop(self) -> None:
        if self.wrong:
            raise InputError(printable("\n".join(dict.fromkeys(self.wrong))))

    def say(self, text: str) -> None:
        self.wrong.append(f"{self.where}: {text}")

    def renamed(self, raw: Mapping[str, object], japanese: Mapping[str, str], where: str) -> dict[str, object]:
        """Return the mapping with English keys; an unknown key gets the nearest one."""
        found: dict[str, object] = {}
        for written, value in raw.items():
            key = plain_word(str(written))
            name = japanese.get(key, key)
            if name not in japanese.values():
                known = list(japanese.values())
                self.wrong.append(
                    f"{where}: no key '{key}'{nearest(key, [*known, *japanese])}; allowed: {', '.join(known)}"
                )
            found[name] = value
        return found

    def people(self, rows: object) -> dict[str, Person]:
        found: dict[str, Person] = {}
        if not isinstance(rows, list | tuple) or not rows:
            self.say("needs 'members:', a list of lines with name and born")
            return found
        for number, row in enumerate(rows, 1):
            where = f"{self.where}: member {number}"
            entry = self.renamed(row, _MEMBER, where) if isinstance(row, Mapping) else {}
            name, born = str(entry.get("name", f"member {number}")), day_of(entry.get("born"))
            if born is None:
                self.wrong.append(
                    f"{where} ({name}): born is '{entry.get('born')}'; write a date, for example 1975-06-03"
                )
                continue
            birthday = late_elderly_day(born, int(self.p.value("levy.late_elderly_age", 2026)))
            found[name] = Person(name, month_of(reached(born, 0)), month_of(birthday), birthday.day == 1)
        return found

    def receipts(self, rows: object, people: Mapping[str, Person]) -> tuple[dict[_Key, int], dict[_Key, int]]:
        """Return cost, and the share where one is given, by month, person, hospital and inpatient or not."""
        costs: dict[_Key, int] = {}
        shares: dict[_Key, int] = {}
        if not isinstance(rows, list | tuple) or not rows:
            self.say("needs 'receipts:', a list of lines with month, person, hospital and cost")
            return costs, shares
        for number, row in enumerate(rows, 1):
            where = f"receipt {number}"
            entry = self.renamed(row, _RECEIPT, f"{self.where}: {where}") if isinstance(row, Mapping) else {}
            person = str(entry.get("person", ""))
            if person not in people:
                self.say(f"{where}: person is '{person}'{nearest(person, people)}; members: {', '.join(people)}")
            inpatient = {"true": True, "false": False, "はい": True, "いいえ": False}.get(
                str(entry.get("inpatient", False)).casefold()
            )
            if inpatient is None:
                self.say(f"{where}: inpatient is '{entry['inpatient']}'; write true or false")
            cost = self.yen(f"{where}: cost", entry.get("cost"), _COST)
            share = self.share(where, entry.get("share"))
            for month in self.months(where, entry.get("month")):
                if person in people:
                    self.insured(where, people[person], month)
                key = (month, person, str(entry.get("hospital", "")), bool(inpatient))
                costs[key] = costs.get(key, 0) + cost
                if share is not None:
                    shares[key] = share
        return costs, shares

    def insured(self, where: str, person: Person, month: int) -> None:
        """Note that 国保 no longer insures a person in a month."""
        last = person.leaves - 1 if person.on_the_first else person.leaves
        if month > last:
            self.say(
                f"{where}: {person.name} is insured by the late-elderly scheme (後期高齢者医療) in {_text(month)}; the "
                f"last month with 国保 is {_text(last)}"
            )

    def months(self, where: str, value: object) -> list[int]:
        """Return the months of "2026-05" or "2026-05..2026-07"."""
        first, _, last = str(value).partition("..")
        ends = [month_index_of(text) for text in (first, last or first)]
        if ends[0] is None or ends[1] is None or ends[1] < ends[0] or ends[1] - ends[0] >= 120:
            self.say(f"{where}: month is '{value}'; write 2026-05, or 2026-05..2026-07 for the same cost each month")
            return []
        return list(range(ends[0], ends[1] + 1))

    def yen(self, where: str, value: object, passport: Passport) -> int:
        if value is None or isinstance(value, bool | list | tuple | Mapping):
            self.say(f"{where} is '{value}'; write whole yen, for example 1_000_000 or 100万円")
            return 0
        try:
            return int(read_amount(str(value), passport))  # type: ignore[arg-type]
        except ValueError as error:
            self.say(f"{where}: {error}")
        return 0

    def share(self, where: str, value: object) -> int | None:
        if value is None:
            return None
        text = str(value).strip()
        found = re.fullmatch(r"([0-9]{1,2})(%|割)?", unicodedata.normalize("NFKC", text))
        percent = int(found[1]) * (10 if found[2] == "割" else 1) if found else None
        if percent is None or percent > 100:
            self.say(f"{where}: share is '{value}'; write the percent paid at the counter, for example 30")
        return percent

    def classes(self, top: Mapping[str, object], months: Sequence[int]) -> dict[int, Classes]:
        """Return the class of the household in each month."""
        ways = [key for key in ("class", "base_income", "nontaxed") if top.get(key) not in (None, False)]
        if len(ways) != 1:
            given = " and ".join(ways) or "none"
            self.say(f"give one of class (ア-オ), base_income (yen) and nontaxed (true); the file has {given}")
            return {}
        old = self.by_month("class_70", top["class_70"]) if top.get("class_70") is not None else []
        under = self.by_month(ways[0], top[ways[0]]) if ways[0] != "nontaxed" else [(0, "true")]
        found = {}
        for month in months:
            below, above = _at(under, month), _at(old, month)
            if below is None:
                self.say(f"{ways[0]}: nothing for {_text(month)}; begin with an earlier month")
                continue
            name = self.under_70(ways[0], below, month)
            aged = None if above is None else self.known("class_70", above, OLD)
            found[month] = Classes(name, aged)
        return found

    def under_70(self, way: str, text: str, month: int) -> str:
        if way == "nontaxed":
            return UNDER[-1]
        if way == "class":
            return self.known("class", text, (*dict.fromkeys(name[0] for name in UNDER), *UNDER))
        return under_class(self.p, self.yen("base_income", text, _INCOME))

    def known(self, key: str, text: str, names: Sequence[str]) -> str:
        plain = unicodedata.normalize("NFKC", text).removeprefix("区分").strip()
        name = _ROMAN.get(plain, plain)
        if name not in names:
            self.say(f"{key}: '{text}' is no class{nearest(name, names)}; write one of {', '.join(names)}")
        return name

    def by_month(self, key: str, value: object) -> list[tuple[int, str]]:
        """Return (first month, text) of one value for all months, or of values by their first month."""
        if not isinstance(value, Mapping):
            return [(0, str(value))]
        found = []
        for start, text in value.items():
            month = month_index_of(start)
            if month is None:
                self.say(f"{key}: '{start}' is no month; write {{2025-08: ウ, 2026-08: エ}}")
            else:
                found.append((month, str(text)))
        return sorted(found)

    def receipt(self, person: Person, key: _Key, cost: int, share: int | None, cls: Classes) -> Receipt:
        """Return a receipt with the counter share of the person's age and class."""
        month, name, _, inpatient = key
        elderly = month > person.legal_month + 12 * int(self.p.value("care.elderly_age", 2026))
        return Receipt(
            person=name,
            cost=cost,
            share=self.percent(person, month, elderly, cls) if share is None else share,
            inpatient=inpatient,
            elderly=elderly,
            half=month == person.leaves and not person.on_the_first,
        )

    def percent(self, person: Person, month: int, elderly: bool, cls: Classes) -> int:
        """Return the counter share (一部負担割合) in percent."""
        year = _fiscal(month)
        if elderly:
            active = (cls.old or "").startswith("現役並み")
            return int(self.p.value("care.share_elderly_active" if active else "care.share_elderly", year))
        preschool = person.legal_month + 12 * int(self.p.value("care.school_age", year)) >= april(year)
        return int(self.p.value("care.share_preschool" if preschool else "care.share_standard", year))


def _at(values: Sequence[tuple[int, str]], month: int) -> str | None:
    """Return the value in force in a month."""
    return next((text for start, text in reversed(values) if start <= month), None)


def _fiscal(month: int) -> int:
    """Return the fiscal year of a month index."""
    return 1900 + (month - 3) // 12


def _text(month: int) -> str:
    """Return a month index as "2026-08"."""
    return f"{1900 + month // 12}-{month % 12 + 1:02d}"
