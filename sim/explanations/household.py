"""One household's bill, line by line: the same kernel as the simulation, explained.

`bill("family.yaml", "新宿区", "R7")` returns a `Bill` with `.lines` (a table: rule, article, portion, person, formula,
yen, parameter, source), `.total` and `.text("ja")`. Full birth dates are known here, so a birthday on the 1st counts as
the month before, which the simulation, knowing months only, cannot see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import InputError
from sim.core.kernel import spans, spread
from sim.core.state import written
from sim.core.tally import Records, numbers
from sim.core.units import era, mask_between
from sim.explanations.adjust import Adjustment, Remission, adjusted, adjustments, with_adjustments
from sim.explanations.basis import Basis, Kind, weakest
from sim.explanations.family import load, read_family
from sim.explanations.known_rates import find
from sim.explanations.lines import Case, lines_of, text_of
from sim.explanations.members import Family, Member
from sim.explanations.place_rates import PlaceRates, require
from sim.explanations.schedule import Calendar, Schedule, by_slip, from_pension, stages
from sim.institutions.memory import PORTIONS
from sim.mechanisms.levy.law import NO_DRAWS, Law, Rules, law_of, ordinances
from sim.mechanisms.levy.state import STAGES, Found, Given, Homes, House, People, Work, rate_records
from sim.mechanisms.levy.year import bill_households
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.population.codes import Scheme
from sim.population.columns import HOUSEHOLDS, PEOPLE
from sim.scenario.scenario import year_of_model

_DTYPES = {c.name: c.dtype for c in (*PEOPLE, *HOUSEHOLDS)}
_PEOPLE = {
    "born": "legal_month",
    "gave_birth": "birth",
    "salary": "salary",
    "pension": "pension",
    "business": "business",
    "other_income": "other",
    "declared": "declared",
    "job_loss": "job_loss",
    "scheme_since": "former_member",
    "insured_months": "months",
    "former_dependant": "former_dependant",
    "present": "present",
}
"""column of the people -> attribute of a member"""
_DECLARED = {
    "loss": "loss_carried_forward",
    "loss_judged": "loss_in_relief_test",
    "casualty": "casualty_loss_carried_forward",
    "gain_deduction": "gain_deduction",
    "family_pay_received": "family_pay_received",
    "family_pay_given": "family_pay_given",
}
"""what the tables do not hold -> attribute of a member; not known of who has not declared"""
_GIVEN = {
    "asset_tax": "asset_tax",
    "supports": "child_or_disability",
    "multiple_birth": "multiple_birth",
    "care_exempt": "care_exempt",
}
"""the same, known of everybody"""
_CHUNK = 4_000
"""Households assessed at a time: one span of rows (`sim.core.kernel.spans`), so that what is kept is kept once."""


@dataclass(frozen=True)
class Bill:
    """A household's bill for a fiscal year."""

    municipality: str
    year: int
    form: str
    portions: dict[str, int]
    """yen by portion"""
    relief: int
    """tenths taken off by 7/5/2割軽減"""
    schedule: Schedule
    """when it is paid"""
    notes: list[str]
    """what the bill rests on that is not confirmed"""
    cases: tuple[Case, ...] = field(repr=False)
    """what the bill rests on, one for each duty to pay (`sim.explanations.days.duties`)"""
    lang: str = "ja"
    adjustments: tuple[Adjustment, ...] = ()
    """remissions by person, portion, months or yen, and rounding as the ordinance chose it; part of `portions`"""

    @property
    def bases(self) -> dict[str, Basis]:
        """Return what the rates of each portion that is charged rest on, of all portions if none is."""
        known = self.cases[0].tariff.bases
        charged = {name for case in self.cases for name in case.charged} or known.keys()
        return {name: basis for name, basis in known.items() if name in charged}

    @property
    def basis(self) -> Kind:
        """Return the least certain basis of the portions that are charged."""
        return weakest(self.bases, self.bases)

    @property
    def total(self) -> int:
        return sum(self.portions.values())

    @cached_property
    def lines(self) -> pd.DataFrame:
        """All lines: rule, article, portion, person, formula, yen, parameter, source."""
        return self.lines_in(self.lang)

    def lines_in(self, lang: str) -> pd.DataFrame:
        """Return all lines in a language."""
        return with_adjustments(lines_of(self.cases, lang), self.adjustments, self.form, lang)

    @property
    def instalments(self) -> list[int]:
        """Yen of the instalments in the order in which they are due."""
        return [instalment.yen for instalment in self.schedule.instalments]

    def text(self, lang: str | None = None) -> str:
        """Return the bill as lines of text, Japanese or English."""
        return text_of(self, lang or self.lang)


def bill(
    family: Mapping[str, object] | str | Path,
    municipality: str | int | None = None,
    year: int | str | None = None,
    *,
    rates: Mapping[str, object] | None = None,
    run: str | Path | RunFolder | None = None,
    parameters: Parameters | None = None,
    lang: str = "ja",
) -> Bill:
    """Return the bill of a family in a municipality and fiscal year.

    family        a mapping or the path of a YAML file (docs: `sim.explanations.family`)
    municipality  name, English name or code; may stand in the file
    rates         rates to use instead of the known ones, in the form of the file's `rates`
    run           a run whose rates are used where none are published (folder, run id or scenario)

    Where the rates of the year are not known they are carried on, a run's or imputed (`known_rates`); `.basis` and
    `.bases` say so, and the first line of the text.
    """
    raw, where = load(family)
    p = parameters or Parameters.load()
    t = asked_year(year if year is not None else raw.get("year", raw.get("年度")), where)
    read = read_family(raw, where, t, p.value("levy.late_elderly_age", t))
    place = asked_place(municipality, read, where)
    given = {**read.rates, **(rates or {})}
    tariff = find(p, place, t, given, run)
    return bills_of([read], [tariff], t, p, lang)[0]


def bills_of(
    families: Sequence[Family],
    tariffs: Sequence[PlaceRates],
    year: int,
    p: Parameters,
    lang: str = "ja",
    remissions: Sequence[Remission] = (),
) -> list[Bill]:
    """Return the bill of each family for a fiscal year under the rates of its municipality.

    remissions  granted to all of them (stretches of one household's year)
    """
    found = assess_many(families, tariffs, year, p)
    expected = _expectations(p, year)
    bills = []
    rest = tuple(remissions)
    for i, (family, tariff) in enumerate(zip(families, tariffs, strict=True)):
        levied = {name: int(yen) for name, yen in zip(PORTIONS, found.portions[i], strict=True)}
        cases = found.cases(i)
        made, rest = adjustments(cases, rest)
        portions = adjusted(levied, made)
        bills.append(
            Bill(
                municipality=tariff.name,
                year=year,
                form=tariff.form,
                portions=portions,
                relief=int(found.relief[i]),
                schedule=_schedule(family, tariff, year, p, sum(portions.values()) - sum(levied.values())),
                notes=[*tariff.notes, *family.notes, *expected],
                cases=cases,
                lang=lang,
                adjustments=made,
            )
        )
    return bills


@dataclass(frozen=True)
class Assessed:
    """What the levy makes of many households, in the order given.

    portions  int64[households, 4], yen of the year
    relief    int64[households], tenths taken off by 7/5/2割軽減, in the last duty charged
    stages    STAGES[households, 4] (`sim.mechanisms.levy.state`): gross, each relief, cap, rounding and bill
    duties    the duties to pay of all households one after the other (`Family.by_duty`); owner: of which household
    """

    portions: NDArray[np.int64]
    relief: NDArray[np.int64]
    stages: Records
    duties: _Duties
    owner: NDArray[np.int64]

    def cases(self, household: int) -> tuple[Case, ...]:
        """Return what one household's bill rests on, one case for each duty to pay."""
        low, high = np.searchsorted(self.owner, [household, household + 1])
        return tuple(self.duties.case(i) for i in range(low, high))


def assess_many(
    families: Sequence[Family], tariffs: PlaceRates | Sequence[PlaceRates], year: int, parameters: Parameters
) -> Assessed:
    """Return the bills of many families for a fiscal year.

    families  as `sim.explanations.family.read_family` returns them
    tariffs   the rates of each family's municipality, or one for all; `sim.explanations.known_rates.find`

    InputError where a portion some family owes has no rate.
    """
    each = [tariffs] * len(families) if isinstance(tariffs, PlaceRates) else list(tariffs)
    law = law_of(parameters, year)
    parts = [family.by_duty(year, bool(law.duty_anew)) for family in families]
    owner = np.repeat(np.arange(len(families)), [len(part) for part in parts])
    rows = [part for several in parts for part in several]
    tariff_of = [each[k] for k in owner]
    _require_all(rows, tariff_of, law, year, child=bool(parameters.value("levy.cap_child", year)))
    found = _assess_duties(rows, tariff_of, law, year, parameters)
    stages = STAGES.zeros(len(families), len(PORTIONS)).view(np.recarray)
    np.add.at(numbers(stages), owner, numbers(found.stages))
    relief = np.zeros(len(families), np.int64)
    charged = found.house.months > 0
    relief[owner[charged]] = found.house.tenths[charged]
    return Assessed(stages.bill, relief, stages, found, owner)


class _Duties(NamedTuple):
    """Families in one duty to pay each, and what the kernel found: STAGES[n, 4], House[n], Found[members]."""

    families: Sequence[Family]
    tariffs: Sequence[PlaceRates]
    stages: Records
    house: Records
    people: Records
    ends: NDArray[np.int64]
    law: Law
    year: int
    p: Parameters

    def case(self, i: int) -> Case:
        family = self.families[i]
        people = cast(Records, self.people[self.ends[i] - len(family.members) : self.ends[i]])
        return Case(family, self.law, self.tariffs[i], self.stages[i], self.house[i], people, self.year, self.p)


def _assess_duties(
    families: Sequence[Family], tariffs: Sequence[PlaceRates], law: Law, year: int, p: Parameters
) -> _Duties:
    """Run the kernel on families, each with its rates, some thousands at a time."""
    ends = np.cumsum([len(family.members) for family in families])
    stages = STAGES.zeros(len(families), len(PORTIONS)).view(np.recarray)
    house = House.zeros(len(families)).view(np.recarray)
    people = Found.zeros(int(ends[-1]) if len(ends) else 0).view(np.recarray)
    for low in range(0, len(families), _CHUNK):
        some = slice(low, low + _CHUNK)
        places: dict[int, int] = {}
        index = [places.setdefault(id(tariff), len(places)) for tariff in tariffs[some]]
        by_place = {id(tariff): tariff.table for tariff in tariffs[some]}
        table = rate_records(len(places), len(PORTIONS))
        for key, place in places.items():
            table[place] = by_place[key]
        if p.value("levy.child_whole_yen", year):
            table["whole"][:, PORTIONS.index("child")] = 1
        by = Rules(law, table, np.resize(cast(NDArray[np.record], ordinances(p, year)), len(table)), NO_DRAWS, year)
        work, _ = _assess(families[some], index, by, explained=True)
        stages[some], house[some] = work.kept_stages[0], work.kept_house[0]
        first = int(ends[low]) - len(families[low].members)
        people[first : first + work.found.shape[1]] = work.found[0]
    return _Duties(families, tariffs, stages, house, people, ends, law, year, p)


def _expectations(p: Parameters, year: int) -> list[str]:
    """Return the parameters of a year that are expected, not decided."""
    keys = [k for k in p.passports if k.partition(".")[0] in ("levy", "income") and p.is_expected(k, year)]
    return [f"{era(year)}: expected, not decided: {', '.join(keys)}"] if keys else []


def _schedule(family: Family, tariff: PlaceRates, year: int, p: Parameters, adjustment: int = 0) -> Schedule:
    """Return when a family's bill is paid: set with the notice of the year, corrected at each later change.

    adjustment  yen that remissions and rounding add to the bill, known from the start
    """
    age = int(p.value("levy.late_elderly_age", year))
    calendar = Calendar.of(p, year, tariff.form, tariff.instalments)
    known = stages(family, year, calendar, age)
    levied = assess_many([part for _, part in known], tariff, year, p).portions.sum(axis=1)
    totals = np.maximum(levied + adjustment, 0).tolist()
    if family.from_pension is not None and len(known) == 1:
        return from_pension(family, totals[-1], year, calendar, p)
    return by_slip([(month, total) for (month, _), total in zip(known, totals, strict=True)], calendar)


def asked_place(municipality: str | int | None, family: Family, where: str) -> str | int:
    """Return the municipality asked for on the command line or in a file; InputError if there is none."""
    place = municipality if municipality is not None else family.municipality
    if place is None:
        raise InputError(f"{where}: which municipality? Give --municipality, or 'municipality:' in the file")
    return place


def asked_year(year: object, where: str) -> int:
    """Return the fiscal year asked for on the command line or in a file; InputError if there is none such."""
    if year is None:
        raise InputError(f"{where}: which year? Give --year R7, or 'year: R7' in the file")
    if not isinstance(year, int | str):
        raise InputError(f"{where}: the year is '{year}'; write R7, 2025 or FY2025")
    return year_of_model(year, where)


def _require_all(families: Sequence[Family], tariffs: Sequence[PlaceRates], law: Law, year: int, child: bool) -> None:
    """Raise InputError unless every portion a family owes has a rate; child: the year has the childcare portion."""
    for family, tariff in zip(families, tariffs, strict=True):
        lacking = tariff.missing()
        if lacking:
            needed = {"medical", "support", *(["child"] if child else [])}
            if "care" in lacking and any(_pays_care(m, law) for m in family.members):
                needed.add("care")
            require(tariff, year, needed)
            if "child" in lacking:
                tariff.table["cap"][PORTIONS.index("child")] = 0


def _pays_care(m: Member, law: Law) -> bool:
    """Return whether the person is insured in a month at the ages of the care portion."""
    first, stop = m.legal_month + 12 * law.care_from, m.legal_month + 12 * law.care_to
    return bool(m.months & mask_between(first, stop, law.opening))


class Everywhere(NamedTuple):
    """Bills of families in all municipalities: portions int64[rows, 4] in yen, insured persons, tenths of relief.

    Rows: the first family in all municipalities in index order, then the second, and so on.
    """

    portions: NDArray[np.int64]
    insured: NDArray[np.int64]
    relief: NDArray[np.int64]


def bills_everywhere(families: Sequence[Family], by: Rules) -> Everywhere:
    """Return the bills of every family in every municipality; by: the year's law and rates."""
    places = len(by.rates)
    rows = [(k, part) for k, family in enumerate(families) for part in family.by_duty(by.year, bool(by.law.duty_anew))]
    crowd = [part for _, part in rows for _ in range(places)]
    homes = _assess(crowd, list(range(places)) * len(rows), by)[1]
    owner = np.concatenate([np.arange(k * places, (k + 1) * places) for k, _ in rows])
    out = Everywhere(*(np.zeros((len(families) * places, *more), np.int64) for more in ((len(PORTIONS),), (), ())))
    np.add.at(out.portions, owner, np.stack([getattr(homes, f"bill_{name}") for name in PORTIONS], axis=1))
    np.maximum.at(out.insured, owner, homes.insured)
    out.relief[owner] = homes.relief_class
    return out


def _assess(families: Sequence[Family], places: list[int], by: Rules, explained: bool = False) -> tuple[Work, Homes]:
    """Run the kernel on families in one duty to pay, each in its municipality; return what it found and the homes.

    explained  whether findings are kept of every person and household
    """
    members = [m for family in families for m in family.members]
    homes = _homes(families, places)
    room = (len(members), len(families)) if explained else (0, 0)
    work = Work.zeros(spans(len(families)), len(by.rates), *room)
    spread(bill_households, len(families), homes, _people(members), _given(families, members), by, each=work)
    return work, homes


def _column(name: str, values: Sequence[object]) -> NDArray[np.number]:
    """Return a read-only column of the dtype the tables have, so that the compiled kernel is shared."""
    array: NDArray[np.number] = np.array(values, _DTYPES[name])
    array.flags.writeable = False
    return array


def _people(members: Sequence[Member]) -> People:
    """Return persons as the columns the kernel takes."""
    values: dict[str, Sequence[object]] = {
        column: [getattr(m, key) for m in members] for column, key in _PEOPLE.items()
    }
    values["income_drop"] = [0] * len(members)
    values["scheme"] = [Scheme.LATE_ELDERLY if m.former_member else Scheme.KOKUHO for m in members]
    return People(**{name: _column(name, column) for name, column in values.items()})


def _homes(families: Sequence[Family], places: list[int]) -> Homes:
    """Return families as the columns the kernel takes and writes, each in its municipality."""
    sizes = [len(family.members) for family in families]
    starts = np.cumsum([0, *sizes[:-1]]).tolist()
    values: dict[str, Sequence[object]] = {
        "hid": list(range(len(families))),
        "place": places,
        "start": starts,
        "size": sizes,
        "head": [[m.head for m in f.members].index(True) + at for f, at in zip(families, starts, strict=True)],
        "former_member": [max(m.former_member for m in f.members) for f in families],
    }
    read = {name: _column(name, column) for name, column in values.items()}
    return Homes(**read, **{name: np.zeros(len(families), _DTYPES[name]) for name in written(Homes)})


def _given(families: Sequence[Family], members: Sequence[Member]) -> Given:
    """Return what the tables do not hold of families and their members."""
    values = {column: [getattr(m, key) for m in members] for column, key in _GIVEN.items()}
    for column, key in _DECLARED.items():
        values[column] = [getattr(m, key) if m.declared else 0 for m in members]
    values["counted"] = [1 if m.counted else -1 for m in members]
    values["remission"] = [family.remission for family in families]
    return Given(**{name: np.array(column, np.int64) for name, column in values.items()})
