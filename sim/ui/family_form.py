"""The form of a family: what is typed, what is wrong with it field by field, and the family it means."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from sim.core.units import era
from sim.explanations.basis import year_name
from sim.explanations.days import late_elderly_day
from sim.explanations.model_households import ModelHousehold
from sim.explanations.reading import Reader, day_of, month_index_of
from sim.ui.calculator_words import MISTAKES

KOKUHO, MOVED, ELSEWHERE = "kokuho", "moved", "elsewhere"
"""insurance of a member: 国保; 後期 since 75, from 国保 (特定同一世帯所属者); any other (擬制世帯主, employees)"""
INCOMES = ("salary", "pension", "business", "other")
SIGNED = ("business", "other")
LATE = 75
_OLDEST, _MOST = 120, 20
Mistake = tuple[str, str]
"""Japanese and English"""
Fields = dict[tuple[int, str], Mistake]
"""number of the member from 0, and field -> what is wrong"""


@dataclass
class Person:
    """One member, as typed."""

    name: str = ""
    age: str = ""
    salary: str = ""
    pension: str = ""
    business: str = ""
    other: str = ""
    insurance: str = KOKUHO
    since: str = ""
    until: str = ""
    job_loss: str = ""
    birth: str = ""
    declared: bool = True

    @property
    def special(self) -> bool:
        """Whether anything but age, insurance and incomes is said."""
        return bool(self.since or self.until or self.job_loss or self.birth or not self.declared)


@dataclass
class FamilyForm:
    """What is typed of a family, and what is asked of it."""

    people: list[Person] = field(default_factory=lambda: [Person(age="45", salary="300万円")])
    head: int = 0
    year: int = 2026
    beside: list[int] = field(default_factory=list)
    """codes of municipalities to compare with"""
    years: list[int] = field(default_factory=list)
    """years to compare with"""
    along: tuple[int, str] | None = None
    """number of the member and income the curve goes along; None: the head's largest"""

    def add(self) -> None:
        """Add a member, nothing said of it but an age to change."""
        if len(self.people) < _MOST:
            self.people.append(Person(age="40"))

    def remove(self, number: int) -> None:
        """Take a member away; the last one stays, and there is always a head."""
        if len(self.people) > 1:
            self.people.pop(number)
            self.head = max(0, self.head - (number < self.head)) if self.head != number else 0

    def take(self, household: ModelHousehold) -> None:
        """Put a model household into the form."""
        rows = household.members
        self.people = [_person(row) for row in rows]
        self.head = next((i for i, row in enumerate(rows) if row.get("head")), 0)
        self.along = None

    def called(self, number: int, lang: str) -> str:
        """Return the name of a member, told from the others."""
        plain = f"{number + 1}人目" if lang == "ja" else f"member {number + 1}"
        name = self.people[number].name.strip()
        same = [i for i, p in enumerate(self.people) if name and p.name.strip() == name]
        return f"{name}（{number + 1}）" if len(same) > 1 else name or plain

    def read(self, year: int, lang: str) -> tuple[dict[str, object], Fields]:
        """Return the family as `sim.household` takes it, and what is wrong with which field."""
        wrong: Fields = {}
        rows = []
        for number, person in enumerate(self.people):
            row: dict[str, object] = {"name": self.called(number, lang)}
            if number == self.head:
                row["head"] = True
            row |= _read(person, number, year, wrong)
            rows.append(row)
        if not any(p.insurance == KOKUHO for p in self.people):
            wrong.setdefault((self.head, "insurance"), MISTAKES["nobody"])
        return {"members": rows}, wrong


def _person(row: Mapping[str, object]) -> Person:
    person = Person(insurance=MOVED if row.get("former_member") else KOKUHO)
    for name in ("name", "age", *INCOMES):
        setattr(person, name, str(row.get(name, "")))
    return person


def _read(person: Person, number: int, year: int, wrong: Fields) -> dict[str, object]:
    """Return the lines of a member but name and head."""
    row: dict[str, object] = {} if person.declared else {"declared": False}
    born = _born(person.age, year)
    if isinstance(born, tuple):
        wrong[number, "age"] = born
    else:
        row["born"] = born
        if (told := _too_old_or_young(person, late_elderly_day(born, LATE), year)) is not None:
            wrong[number, "insurance"] = told
    for name in INCOMES:
        if text := getattr(person, name).strip():
            _amount(text, name, number, row, wrong)
    for name, text in (("job_loss", person.job_loss.strip()), ("birth", person.birth.strip())):
        if text:
            found = day_of(text) if name == "job_loss" else _month(text, year)
            if found is None:
                wrong[number, name] = MISTAKES["day" if name == "job_loss" else "month"]
            else:
                row[name] = found
    return row | _insurance(person, number, year, wrong)


def _too_old_or_young(person: Person, late: datetime.date, year: int) -> Mistake | None:
    """Return what is wrong with the insurance at the member's age; late: the 75th birthday."""
    if person.insurance == KOKUHO and late <= datetime.date(year, 4, 1):
        return MISTAKES["late"]
    if person.insurance == MOVED and late >= datetime.date(year + 1, 4, 1):
        return MISTAKES["moved"]
    return None


def _born(text: str, year: int) -> datetime.date | Mistake:
    """Return the date of birth an age on 1 April, or a date, means; else what is wrong."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if match := re.fullmatch(r"([0-9]{1,3})\s*(?:歳|才)?", plain):
        age = int(match[1])
        return datetime.date(year - age, 4, 2) if age <= _OLDEST else MISTAKES["age"]
    day = day_of(plain) if plain else None
    if day is None:
        return MISTAKES["age"]
    if not datetime.date(year - _OLDEST, 1, 1) <= day < datetime.date(year + 1, 4, 1):
        return (MISTAKES["born"][0].format(year=year_name(year, "ja")), MISTAKES["born"][1].format(year=era(year)))
    return day


def _amount(text: str, name: str, number: int, row: dict[str, object], wrong: Fields) -> None:
    """Put yen into a row, or say what is wrong; a bare number is yen."""
    reader = Reader({}, "", 0, [], [])
    yen = (reader.signed_yen if name in SIGNED else reader.yen)(name, text)
    if yen is None:
        wrong[number, name] = MISTAKES["signed" if name in SIGNED else "yen"]
    else:
        row[name] = yen


def _insurance(person: Person, number: int, year: int, wrong: Fields) -> dict[str, object]:
    """Return the lines that say by what a member is insured, and when."""
    if person.insurance == ELSEWHERE:
        return {"insured": False, "insurance": "employee"}
    if person.insurance == MOVED:
        return {"insured": False, "insurance": "late_elderly", "former_member": True}
    span: dict[str, object] = {}
    ends = []
    for name, by_month, by_day in (("since", "from", "joined"), ("until", "to", "left")):
        if text := getattr(person, name).strip():
            day = day_of(text)
            when = day if day is not None else _month(text, year)
            if (told := _outside(when, year)) is not None:
                wrong[number, name] = told
            else:
                span[by_month if day is None else by_day] = when
                ends.append(str(when)[:7])
    if ends != sorted(ends):
        wrong[number, "until"] = MISTAKES["order"]
    return {"insured": span} if span else {}


def _outside(when: datetime.date | str | None, year: int) -> Mistake | None:
    """Return what is wrong with a day or month (2025-10) that is none of the fiscal year, None if it is."""
    if when is None:
        return MISTAKES["month"]
    if f"{year}-04" <= str(when)[:7] <= f"{year + 1}-03":
        return None
    ja, en = MISTAKES["outside"]
    return ja.format(year=year_name(year, "ja"), first=year, last=year + 1), en.format(year=era(year))


def _month(text: str, year: int) -> str | None:
    """Return a month as a family file writes it; 10月 is that of the fiscal year."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if match := re.fullmatch(r"([0-9]{1,2})\s*月", plain):
        month = int(match[1])
        return f"{year + (month < 4)}-{month:02d}" if 1 <= month <= 12 else None
    index = month_index_of(plain)
    return None if index is None else f"{1900 + index // 12}-{index % 12 + 1:02d}"
