"""One household's bill, line by line: the same kernel as the simulation, explained.

`bill("family.yaml", "新宿区", "R7")` returns a `Bill` with `.lines` (a table: rule, article, portion, person, formula,
yen, parameter, source), `.total` and `.text("ja")`. Full birth dates are known here, so a birthday on the 1st counts as
the month before, which the simulation, knowing months only, cannot see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import InputError
from sim.core.kernel import spans, spread
from sim.core.state import written
from sim.core.units import ALL_MONTHS, era
from sim.explanations.basis import Basis, Kind, weakest
from sim.explanations.family import Family, Member, load, read_family
from sim.explanations.known_rates import find
from sim.explanations.lines import Case, lines_of, text_of
from sim.explanations.place_rates import PlaceRates, require
from sim.institutions.memory import PORTIONS
from sim.mechanisms.levy.law import Rules, law_of, rules
from sim.mechanisms.levy.state import Given, Homes, People, Work
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
}
"""column of the people -> attribute of a member"""
_GIVEN = {
    "asset_tax": "asset_tax",
    "loss": "loss_carried_forward",
    "casualty": "casualty_loss_carried_forward",
    "gain_deduction": "gain_deduction",
    "supports": "child_or_disability",
    "family_pay_given": "family_pay_given",
    "multiple_birth": "multiple_birth",
}
"""what the tables do not hold -> attribute of a member"""


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
    lines: pd.DataFrame
    instalments: list[int]
    notes: list[str]
    """what the bill rests on that is not confirmed"""
    case: Case = field(repr=False)
    lang: str = "ja"

    @property
    def bases(self) -> dict[str, Basis]:
        """Return what the rates of each portion that is charged rest on."""
        return {name: basis for name, basis in self.case.tariff.bases.items() if name in self.case.charged}

    @property
    def basis(self) -> Kind:
        """Return the least certain basis of the portions that are charged."""
        return weakest(self.bases, self.bases)

    @property
    def total(self) -> int:
        return sum(self.portions.values())

    def text(self, lang: str | None = None) -> str:
        """Return the bill as lines of text, Japanese or English."""
        return text_of(self, lang or self.lang)


def bill(
    family: Mapping[str, Any] | str | Path,
    municipality: str | int | None = None,
    year: int | str | None = None,
    *,
    rates: Mapping[str, Any] | None = None,
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
    t = _year(year if year is not None else raw.get("year", raw.get("年度")), where)
    read = read_family(raw, where, t, p.value("levy.late_elderly_age", t))
    place = municipality if municipality is not None else read.municipality
    if place is None:
        raise InputError(f"{where}: which municipality? Give --municipality, or 'municipality:' in the file")
    given = {**read.rates, **(rates or {})}
    tariff = find(p, place, t, given, run)
    law = law_of(p, t)
    _require(tariff, read, law, p, t)
    work, homes = _assess([read], [0], rules(p, t, tariff.table[None].copy()), explained=len(read.members))
    case = Case(read, law, tariff, work.stages[0], work.house[0, 0], work.found[0], t, p)
    portions = {name: int(getattr(homes, f"bill_{name}")[0]) for name in PORTIONS}
    unit = p.value(f"levy.instalment_unit_{tariff.form}", t)
    return Bill(
        municipality=tariff.name,
        year=t,
        form=tariff.form,
        portions=portions,
        relief=int(homes.relief_class[0]),
        lines=lines_of(case, lang),
        instalments=instalments(sum(portions.values()), tariff.instalments, unit),
        notes=[*tariff.notes, *_expectations(p, t)],
        case=case,
        lang=lang,
    )


def _expectations(p: Parameters, year: int) -> list[str]:
    """Return the parameters of a year that are expected, not decided."""
    keys = [k for k in p.passports if k.partition(".")[0] in ("levy", "income") and p.is_expected(k, year)]
    return [f"{era(year)}: expected, not decided: {', '.join(keys)}"] if keys else []


def instalments(total: int, count: int, unit: int) -> list[int]:
    """Return the instalments of a whole year's bill: equal multiples of the unit, the rest in the first."""
    each = total // count // unit * unit
    return [total - each * (count - 1)] + [each] * (count - 1) if total else []


def _year(year: int | str | None, where: str) -> int:
    if year is None:
        raise InputError(f"{where}: which year? Give --year R7, or 'year: R7' in the file")
    return year_of_model(year, where)


def _require(tariff: PlaceRates, family: Family, law: Any, p: Parameters, year: int) -> None:
    """Raise InputError unless every portion this family owes has a rate."""
    needed = {"medical", "support"}
    if any(_care_months(m, law) for m in family.members):
        needed.add("care")
    if p.value("levy.cap_child", year):
        needed.add("child")
    require(tariff, year, needed)
    if "child" not in tariff.bases:
        tariff.table["cap"][PORTIONS.index("child")] = 0


def _care_months(m: Member, law: Any) -> bool:
    """Return whether the person is insured in a month at the ages of the care portion."""
    ages = [(law.opening + k - m.legal_month) // 12 for k in range(12) if m.months >> k & 1]
    return any(law.care_from <= age < law.care_to for age in ages)


def bills_everywhere(families: Sequence[Family], by: Rules) -> Homes:
    """Return the billed households of every family in every municipality; by: the year's law and rates.

    Rows: the first family in all municipalities in index order, then the second, and so on.
    """
    places = len(by.rates)
    crowd = [family for family in families for _ in range(places)]
    return _assess(crowd, list(range(places)) * len(families), by)[1]


def _assess(families: Sequence[Family], places: list[int], by: Rules, explained: int = 0) -> tuple[Work, Homes]:
    """Run the kernel on families, each in its municipality; return what it found and the billed households.

    explained  the number of persons of a single family, whose findings are kept
    """
    members = [m for family in families for m in family.members]
    homes = _homes(families, places)
    work = Work.zeros(spans(len(families)), len(by.rates), explained)
    spread(bill_households, len(families), homes, _people(members), _given(families, members), by, each=work)
    return work, homes


def _column(name: str, values: list[Any]) -> NDArray[Any]:
    """Return a read-only column of the dtype the tables have, so that the compiled kernel is shared."""
    array = np.array(values, _DTYPES[name])
    array.flags.writeable = False
    return array


def _people(members: Sequence[Member]) -> People:
    """Return persons as the columns the kernel takes."""
    values: dict[str, list[Any]] = {column: [getattr(m, key) for m in members] for column, key in _PEOPLE.items()}
    values["present"] = [ALL_MONTHS] * len(members)
    values["income_drop"] = [0] * len(members)
    values["scheme"] = [Scheme.LATE_ELDERLY if m.former_member else Scheme.KOKUHO for m in members]
    return People(**{name: _column(name, column) for name, column in values.items()})


def _homes(families: Sequence[Family], places: list[int]) -> Homes:
    """Return families as the columns the kernel takes and writes, each in its municipality."""
    sizes = [len(family.members) for family in families]
    starts = np.cumsum([0, *sizes[:-1]]).tolist()
    values: dict[str, list[Any]] = {
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
    values["family_pay_received"] = [m.family_pay_received if m.declared else 0 for m in members]
    values["remission"] = [family.remission for family in families]
    return Given(**{name: np.array(column, np.int64) for name, column in values.items()})
