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
from sim.core.units import era, fiscal_year
from sim.explanations.family import Family, Member, load, read_family
from sim.explanations.known_rates import PlaceRates, find, require
from sim.explanations.lines import Case, lines_of, text_of
from sim.institutions.memory import PORTIONS
from sim.mechanisms.levy import kernels
from sim.mechanisms.levy.arrays import EXTRAS, Bills, Extra, Homes, Persons, Rate, Work
from sim.mechanisms.levy.law import Law
from sim.parameters import Parameters
from sim.population.codes import Scheme
from sim.population.columns import HOUSEHOLDS, PEOPLE

_DTYPES = {c.name: c.dtype for c in (*PEOPLE, *HOUSEHOLDS)}


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
    parameters: Parameters | None = None,
    lang: str = "ja",
) -> Bill:
    """Return the bill of a family in a municipality and fiscal year.

    family        a mapping or the path of a YAML file (docs: `sim.explanations.family`)
    municipality  name, English name or code; may stand in the file
    rates         rates to use instead of the confirmed ones, in the form of the file's `rates`
    """
    raw, where = load(family)
    p = parameters or Parameters.load()
    t = _year(year if year is not None else raw.get("year", raw.get("年度")), where)
    read = read_family(raw, where, t, p.value("levy.late_elderly_age", t))
    place = municipality if municipality is not None else read.municipality
    if place is None:
        raise InputError(f"{where}: which municipality? Give --municipality, or 'municipality:' in the file")
    given = {**read.rates, **(rates or {})}
    tariff = find(p, place, t, given)
    law = Law.of(p, t)
    _require(tariff, read, law, p, t)
    work, bills = _assess(read, law, tariff)
    case = Case(read, law, tariff, work.levels[0], work.verdict[0], work.trace, t, p)
    portions = {name: int(getattr(bills, name)[0]) for name in PORTIONS}
    unit = p.value(f"levy.instalment_unit_{tariff.form}", t)
    return Bill(
        municipality=tariff.name,
        year=t,
        form=tariff.form,
        portions=portions,
        relief=int(bills.relief_class[0]),
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
    try:
        return fiscal_year(year)
    except ValueError as error:
        raise InputError(f"{where}: {error}") from None


def _require(tariff: PlaceRates, family: Family, law: Law, p: Parameters, year: int) -> None:
    """Raise InputError unless every portion this family owes has a rate."""
    needed = {"medical", "support"}
    if any(_care_months(m, law) for m in family.members):
        needed.add("care")
    if p.value("levy.cap_child", year):
        needed.add("child")
    require(tariff, year, needed)
    if "child" not in tariff.sources:
        tariff.table[PORTIONS.index("child"), Rate.CAP] = 0


def _care_months(m: Member, law: Law) -> bool:
    """Return whether the person is insured in a month at the ages of the care portion."""
    ages = [(law.opening + k - m.legal_month) // 12 for k in range(12) if m.months >> k & 1]
    return any(law.care_from <= age < law.care_to for age in ages)


def _column(name: str, values: list[Any]) -> NDArray[Any]:
    """Return a read-only column of the dtype the tables have, so that the compiled kernel is shared."""
    array = np.array(values, _DTYPES[name])
    array.flags.writeable = False
    return array


def bills_everywhere(families: Sequence[Family], law: Law, tariff: NDArray[np.int64]) -> Bills:
    """Return the bills of every family in every municipality.

    tariff  int64[places, 4, Rate], as `sim.mechanisms.levy.step.packed` makes it
    Rows of the bills: the first family in all municipalities in index order, then the second, and so on.
    """
    places = len(tariff)
    crowd = [family for family in families for _ in range(places)]
    persons, homes = _arrays(crowd, list(range(places)) * len(families))
    bills = _empty_bills(len(crowd))
    kernels.assess(persons, homes, law.record(), np.ascontiguousarray(tariff), bills, Work.fresh(1, places))
    return bills


def _assess(family: Family, law: Law, tariff: PlaceRates) -> tuple[Work, Bills]:
    """Run the kernel on one household and return what it found and billed."""
    persons, homes = _arrays([family], [0])
    bills = _empty_bills(1)
    work = Work.fresh(1, 1, traced=len(family.members))
    kernels.assess(persons, homes, law.record(), tariff.table[None].copy(), bills, work)
    return work, bills


def _arrays(families: Sequence[Family], places: list[int]) -> tuple[Persons, Homes]:
    """Return families as the columns the kernel takes, each in its municipality."""
    members = [m for family in families for m in family.members]
    values: dict[str, list[Any]] = {
        "born": [m.legal_month for m in members],
        "present": [0xFFF] * len(members),
        "gave_birth": [m.birth for m in members],
        "salary": [m.salary for m in members],
        "pension": [m.pension for m in members],
        "business": [m.business for m in members],
        "other_income": [m.other for m in members],
        "declared": [int(m.declared) for m in members],
        "job_loss": [m.job_loss for m in members],
        "scheme": [Scheme.LATE_ELDERLY if m.former_member else Scheme.KOKUHO for m in members],
        "scheme_since": [m.former_member for m in members],
        "insured_months": [m.months for m in members],
        "former_dependant": [m.former_dependant for m in members],
    }
    extra = np.zeros((len(members), EXTRAS), np.int64)
    for i, m in enumerate(members):
        extra[i, Extra.ASSET_TAX], extra[i, Extra.LOSS] = m.asset_tax, m.loss_carried_forward
        extra[i, Extra.CASUALTY], extra[i, Extra.GAIN_DEDUCTION] = m.casualty_loss_carried_forward, m.gain_deduction
        extra[i, Extra.SUPPORTS], extra[i, Extra.MULTIPLE_BIRTH] = m.child_or_disability, m.multiple_birth
        extra[i, Extra.FAMILY_PAY_RECEIVED] = m.family_pay_received if m.declared else 0
        extra[i, Extra.FAMILY_PAY_GIVEN] = m.family_pay_given
    persons = Persons._make([*(_column(name, column) for name, column in values.items()), extra])
    sizes = [len(family.members) for family in families]
    starts = np.cumsum([0, *sizes[:-1]]).tolist()
    heads = [[m.head for m in f.members].index(True) + at for f, at in zip(families, starts, strict=True)]
    homes = Homes(
        place=_column("place", places),
        start=_column("start", starts),
        size=_column("size", sizes),
        head=_column("head", heads),
        former_member=_column("former_member", [max(m.former_member for m in f.members) for f in families]),
        remission=np.array([family.remission for family in families], np.int64),
    )
    return persons, homes


def _empty_bills(count: int) -> Bills:
    names = (
        "insured",
        "insured_months",
        "base_income",
        "relief_class",
        "bill_medical",
        "bill_support",
        "bill_care",
        "bill_child",
    )
    return Bills(*(np.zeros(count, _DTYPES[name]) for name in names))
