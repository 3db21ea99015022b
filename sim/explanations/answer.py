"""A household's fiscal year as it is asked for: one bill, or one for each stretch between moves and changes of head.

answer = household("family.yaml", "新宿区", "R8")
answer.total, answer.basis, answer.lines, answer.notice, answer.data()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypedDict, TypeVar

import pandas as pd

from sim.core.errors import InputError
from sim.core.units import era
from sim.explanations.adjust import Remission, take_remissions
from sim.explanations.basis import Basis, Kind, said, weakest
from sim.explanations.family import load, read_family
from sim.explanations.household import Bill, asked_place, asked_year, bills_of
from sim.explanations.known_rates import YEARS, find
from sim.explanations.members import Family
from sim.explanations.notice import notice
from sim.explanations.reading import at_key
from sim.explanations.schedule import Schedule
from sim.explanations.stretches import KEYS, Changes, parts_of, take_changes
from sim.institutions.portions import PORTIONS
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.parameters.places import find_place
from sim.scenario.document import Written

T = TypeVar("T")


class RatesData(TypedDict):
    """Rates of a portion: parts in 1/1,000,000 and yen, and what they rest on."""

    basis: Kind
    rates_of: int
    status: str
    source_id: str
    income_part: int
    asset_part: int
    per_head: int
    per_household: int
    per_adult: int
    cap: int


class InstalmentData(TypedDict):
    """Yen due in a month, by slip (普通徴収) or from the pension (特別徴収)."""

    month: str
    yen: int
    by: str


class BillData(TypedDict):
    """One bill; `notice` holds yen by portion and part (`sim.explanations.notice`)."""

    municipality: str
    form: str
    basis: Kind
    rates: dict[str, RatesData]
    relief_tenths: int
    notice: dict[str, dict[str, int]]
    portions: dict[str, int]
    total: int
    instalments: list[InstalmentData]
    refund: int
    notes: list[str]


class HouseholdData(TypedDict):
    """A household's year."""

    year: int
    basis: Kind
    portions: dict[str, int]
    total: int
    bills: list[BillData]


@dataclass(frozen=True)
class Answer:
    """What a household pays for a fiscal year.

    bills  one, or one for each stretch of the year with a municipality and a head of its own
    """

    year: int
    bills: tuple[Bill, ...]
    lang: str = "ja"

    @property
    def municipality(self) -> str:
        return "→".join(dict.fromkeys(bill.municipality for bill in self.bills))

    @property
    def portions(self) -> dict[str, int]:
        """Return yen by portion."""
        return {portion: sum(bill.portions[portion] for bill in self.bills) for portion in PORTIONS}

    @property
    def total(self) -> int:
        return sum(bill.total for bill in self.bills)

    @property
    def relief(self) -> int:
        """Return the tenths of 7/5/2割軽減, of the last bill."""
        return self.bills[-1].relief

    @property
    def schedule(self) -> Schedule:
        """Return when the bills are paid, all of them by month; what is paid back is added up."""
        each = [bill.schedule for bill in self.bills]
        due = sorted((i for schedule in each for i in schedule.instalments), key=lambda i: i.month)
        notes = tuple(dict.fromkeys(note for schedule in each for note in schedule.notes))
        return Schedule(tuple(due), sum(schedule.refund for schedule in each), notes)

    @property
    def instalments(self) -> list[int]:
        """Return yen of the instalments in the order in which they are due."""
        return [instalment.yen for instalment in self.schedule.instalments]

    @property
    def bases(self) -> dict[str, Basis]:
        """Return what the rates of each charged portion rest on, of several bills the least certain."""
        found: dict[str, Basis] = {}
        for bill in self.bills:
            for portion, basis in bill.bases.items():
                if portion not in found or weakest({"a": found[portion], "b": basis}, "ab") == basis.kind:
                    found[portion] = basis
        return found

    @property
    def basis(self) -> Kind:
        """Return the least certain basis of the portions that are charged."""
        return weakest(self.bases, self.bases)

    @cached_property
    def lines(self) -> pd.DataFrame:
        """All lines (`Bill.lines`), with the municipality."""
        frames = [bill.lines.assign(municipality=bill.municipality) for bill in self.bills]
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def notice(self) -> pd.DataFrame:
        """Yen by portion and part as on the notice, with the relief of each part; a row a charged portion."""
        tables = [notice(bill.cases, bill.adjustments) for bill in self.bills]
        return pd.concat(tables).groupby(level=0, sort=False).sum()

    def text(self, lang: str | None = None) -> str:
        """Return the bills as lines of text, Japanese or English; the first line says what the rates rest on."""
        wanted = lang or self.lang
        texts = [bill.text(wanted) for bill in self.bills]
        if len(texts) > 1:
            label = "年間の合計" if wanted == "ja" else "total of the year"
            texts.append(f"{label}: {self.total:,}{'円' if wanted == 'ja' else ' yen'}")
        return "\n".join(texts)

    def data(self) -> HouseholdData:
        """Return the same as plain data, ready for JSON."""
        return HouseholdData(
            year=self.year,
            basis=self.basis,
            portions=self.portions,
            total=self.total,
            bills=[_bill_data(bill) for bill in self.bills],
        )


def household(
    family: Mapping[str, object] | str | Path,
    municipality: str | int | None = None,
    year: int | str | None = None,
    *,
    rates: Mapping[str, object] | None = None,
    run: str | Path | RunFolder | None = None,
    parameters: Parameters | None = None,
    lang: str = "ja",
) -> Answer:
    """Return what a family pays for a fiscal year, its moves and changes of head included.

    family        a mapping or the path of a YAML file (`sim.explanations.family`, `sim.explanations.stretches`)
    municipality  name, English name or code of the one the year begins in; may stand in the file
    rates         rates to use instead of the known ones where the year begins, in the form of the file's `rates`
    run           a run whose rates are used where none are published (folder, run id or scenario)

    Rates that are not known are carried on, a run's or imputed: `.basis`, `.bases` and the text say so. InputError
    lists everything that is wrong with the family.

    >>> family = {"members": [{"born": "1980-05-10", "salary": 4_000_000, "head": True}]}
    >>> bill = sim.household(family, "新宿区", "R7")
    >>> bill.total, bill.portions["medical"]
    (375445, 226943)
    """
    raw, where = load(family)
    p = parameters or Parameters.load()
    t, read, changes, remissions = _read(raw, where, year, municipality, p)
    first = asked_place(municipality, read, where)
    given = {**read.rates, **(rates or {})}
    places = [stretch.municipality for stretch in changes.stretches]
    tariffs = [find(p, first, t, given, run) if place is None else find(p, place, t, {}, run) for place in places]
    bills = _charged(bills_of(parts_of(read, changes, where), tariffs, t, p, lang, remissions))
    for bill in bills:
        bill.notes.extend(changes.notes)
    return Answer(t, tuple(bills), lang)


_NO_REMISSION: tuple[Remission, ...] = ()


def _read(
    raw: dict[str, object], where: str, year: int | str | None, municipality: str | int | None, p: Parameters
) -> tuple[int, Family, Changes, tuple[Remission, ...]]:
    """Return year, family, changes and remissions of a description; one InputError with all that is wrong in it."""
    wrong: list[str] = []

    def tried(read: Callable[[], T], otherwise: T) -> T:
        try:
            return read()
        except InputError as error:
            wrong.extend(str(error).splitlines())
            return otherwise

    asked = year if year is not None else raw.get("year", raw.get("年度"))
    of_year = where if year is not None else at_key(raw, where, "year", "年度")
    t = tried(lambda: asked_year(asked, of_year), max(YEARS))  # the rest is looked at for some year
    rest, changes = tried(lambda: take_changes(raw, where, t), (_without(raw, *KEYS), Changes((), ())))
    rest, remissions = tried(
        lambda: take_remissions(rest, where, t), (_without(rest, "remission", "減免"), _NO_REMISSION)
    )
    family = tried(lambda: read_family(rest, where, t, p.value("levy.late_elderly_age", t)), None)
    named = municipality if municipality is not None else raw.get("municipality", raw.get("市区町村"))
    if isinstance(named, str | int) and (problem := find_place(named, p)[1]) and wrong:
        wrong.append(f"{at_key(raw, where, 'municipality', '市区町村')}: municipality: {problem}")
    if wrong or family is None:
        raise InputError("\n".join(dict.fromkeys(wrong)))
    return t, family, changes, remissions


def _without(raw: dict[str, object], *names: str) -> dict[str, object]:
    """Return a description without some keys."""
    if isinstance(raw, Written):
        return raw.without(*names)
    return {key: value for key, value in raw.items() if key not in names}


def _charged(bills: list[Bill]) -> list[Bill]:
    """Return the bills of the stretches in which somebody is charged, the first one if nobody ever is."""
    return [bill for bill in bills if any(case.charged for case in bill.cases)] or bills[:1]


def side_by_side(answers: Sequence[Answer]) -> pd.DataFrame:
    """Return what one household pays in several municipalities and years.

    Columns: municipality, year, basis, rates (what each portion rests on, in words), relief (tenths), a column a
    portion, total; yen.
    """
    return pd.DataFrame(
        [
            {
                "municipality": a.municipality,
                "year": era(a.year),
                "basis": a.basis,
                "rates": said(a.bases, tuple(a.bases), a.year, a.lang),
                "relief": a.relief,
                **a.portions,
                "total": a.total,
            }
            for a in answers
        ]
    )


def _bill_data(bill: Bill) -> BillData:
    tariff = bill.cases[0].tariff
    rates = {}
    for portion, basis in bill.bases.items():
        row = tariff.table[PORTIONS.index(portion)]
        rates[portion] = RatesData(
            basis=basis.kind,
            rates_of=basis.year,
            status=basis.status,
            source_id=basis.source,
            income_part=int(row["income_part"]),
            asset_part=int(row["asset_part"]),
            per_head=int(row["per_head"]),
            per_household=int(row["per_household"]),
            per_adult=int(row["per_adult"]),
            cap=int(row["cap"]),
        )
    parts = notice(bill.cases, bill.adjustments)
    return BillData(
        municipality=bill.municipality,
        form=bill.form,
        basis=bill.basis,
        rates=rates,
        relief_tenths=bill.relief,
        notice={str(k): {str(n): int(v) for n, v in row.items()} for k, row in parts.iterrows()},
        portions=bill.portions,
        total=bill.total,
        instalments=[
            InstalmentData(month=f"{1900 + i.month // 12}-{i.month % 12 + 1:02d}", yen=i.yen, by=i.by)
            for i in bill.schedule.instalments
        ],
        refund=bill.schedule.refund,
        notes=bill.notes,
    )
