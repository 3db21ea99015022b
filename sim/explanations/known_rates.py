"""Premium rates for every municipality and year, and what they rest on (docs/decisions/0075).

    book = RateBook(Parameters.load())
    book.rates(code, 2026).bases["medical"]     # Basis(kind='carried', year=2025, …)

Portion by portion the first of these that there is: published for the year or repeated by a secondary source, those of
a run that was named, the last known ones carried on, those of a full run of the baseline on disk, the register's
imputed level.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import InputError
from sim.core.units import era
from sim.explanations.basis import KIND_NAMES, KINDS, Basis, Kind
from sim.explanations.given_rates import apply
from sim.explanations.place_rates import PlaceRates
from sim.explanations.run_rates import RunRates, baseline_rates, rates_of_run
from sim.institutions.late_elderly import per_member
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import caps
from sim.mechanisms.levy.law import income_deductions, rounding_units
from sim.mechanisms.levy.state import rate_records
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.parameters.groups import RATES, followers
from sim.parameters.places import find_place, where

_PARTS = ("income_part", "asset_part", "per_head", "per_household")
_SHOWN = (*_PARTS, "per_adult", "cap")
_CHILD, _SUPPORT = "child", "support"
_STEP_INCOME = 100
"""Ordinances set income parts in steps of 0.01 %, the childcare portion's amounts in steps of 1 yen."""
_VARIES = "differs in some"
"""in the note of a rate of a group that a member may leave"""
YEARS = range(2022, 2030)
"""R4 to R11, the years of the law."""
_YOUTHS, _MINORS = 20, 18
"""The table of members by age counts those under 20; the waiver ends at 18."""


class Row(NamedTuple):
    """Rates of a portion as a table has them; cap: yen, or None where the table has none."""

    year: int
    parts: tuple[int, ...]
    cap: int | None
    status: str
    source: str
    note: str


@dataclass(frozen=True)
class RateBook:
    """Looks up rates; holds the rows of the tables by code and portion.

    run       a run whose rates are used where none are published (folder, run id or scenario)
    baseline  whether the best full run of the baseline on disk may stand in before the imputed level
    """

    p: Parameters
    run: str | Path | RunFolder | None = None
    baseline: bool = True

    def rates(self, code: int, year: int) -> PlaceRates:
        """Return the rates of a municipality of the prefecture in a fiscal year, every portion with its basis."""
        at, (name, form, instalments) = self._index[code], self._places[code]
        out = PlaceRates(name, form, instalments, rate_records(len(PORTIONS)))
        out.table["unit"] = self._units[at]
        out.table["cap"] = self._caps(year)[at]
        out.table["deduction"] = self._deductions(year)[at]
        for portion in PORTIONS[:-1]:
            self._fill(out, code, portion, year)
        if self.p.value("levy.cap_child", year):
            self._fill_child(out, code, year)
        return out

    def known_years(self, code: int, portion: str) -> list[int]:
        """Return the years whose rates of a portion are known for a municipality."""
        return sorted(self.known(code, portion))

    def known(self, code: int, portion: str) -> dict[int, Row]:
        """Return the rates of a portion that are known for a municipality, by fiscal year."""
        return self._known.get((code, portion), {})

    def _fill(self, out: PlaceRates, code: int, portion: str, year: int) -> None:
        """Put the rates of a portion that was published before R8 into `out`."""
        known = self._known.get((code, portion), {})
        if year in known:
            row = known[year]._replace(cap=None) if self._cap_is_set(portion) else known[year]
            _put(out, portion, row, "published")
        elif self._from_run(out, self._named, code, portion, year):
            return
        elif before := [y for y in known if y < year]:
            _put(out, portion, known[max(before)]._replace(cap=None), "carried")
        elif not self._from_run(out, self._standing, code, portion, year):
            _put(out, portion, self._imputed_row(code, portion, year)._replace(cap=None), "imputed")

    def _fill_child(self, out: PlaceRates, code: int, year: int) -> None:
        """Put the rates of the childcare portion, which no town has published, into `out`."""
        for run in ("_named", "_standing"):
            if self._from_run(out, getattr(self, run), code, _CHILD, year):
                return
        support = out.table[PORTIONS.index(_SUPPORT)]
        child = out.table[PORTIONS.index(_CHILD)]
        year_of_support = out.bases[_SUPPORT].year
        minors = self._minors
        ratio = (
            float(self.p.value("finance.child_per_member", year)) * (1 - minors) / per_member(self.p, year_of_support)
        )
        for name, step in zip(_PARTS, (_STEP_INCOME, _STEP_INCOME, 1, 1), strict=True):
            child[name] = int(int(support[name]) * ratio / step + 0.5) * step
        child["per_adult"] = int(int(child["per_head"]) * minors / (1 - minors) + 0.5)
        passports = [self.p.passport(f"finance.{key}_per_member") for key in (_CHILD, _SUPPORT)]
        source = ";".join(dict.fromkeys(s for passport in passports for s in passport.source.split(";")))
        out.bases[_CHILD] = Basis("imputed", year, "imputed", source)

    def _cap_is_set(self, portion: str) -> bool:
        """Return whether a scenario sets the ceiling of a portion."""
        return any(key == f"levy.cap_{portion}" for key, _, _ in self.p.overrides)

    def _caps(self, year: int) -> NDArray[np.int64]:
        """Return the ceilings of a year, int64[places, 4], worked out once."""
        if year not in self._caps_by_year:
            self._caps_by_year[year] = caps(self.p, year)
        return self._caps_by_year[year]

    def _deductions(self, year: int) -> NDArray[np.int64]:
        """Return the income ordinances leave out for a child, int64[places], worked out once a year."""
        if year not in self._deductions_by_year:
            self._deductions_by_year[year] = income_deductions(self.p, year)
        return self._deductions_by_year[year]

    @cached_property
    def _deductions_by_year(self) -> dict[int, NDArray[np.int64]]:
        return {}

    @cached_property
    def _caps_by_year(self) -> dict[int, NDArray[np.int64]]:
        return {}

    @cached_property
    def _minors(self) -> float:
        """Share of those under 18 among the insured, from the last known share of those under 20."""
        table = self.p.table("people.members_by_age")
        young = table[(table["geography"] == "national") & (table["age"] == f"0-{_YOUTHS - 1}")]
        return float(young["value"].iloc[-1]) / 100 * _MINORS / _YOUTHS

    def _from_run(self, out: PlaceRates, run: RunRates | None, code: int, portion: str, year: int) -> bool:
        """Put a run's rates into `out`; tell whether the run has any."""
        row = run.row(code, portion, year) if run is not None else None
        if run is None or row is None:
            return False
        for name, value in row.items():
            out.table[name][PORTIONS.index(portion)] = value
        out.bases[portion] = Basis("run", year, "", run.name)
        return True

    def _imputed_row(self, code: int, portion: str, year: int) -> Row:
        """Return the imputed rates of the nearest year, or later known ones if they are as near or nearer."""
        known = self._known.get((code, portion), {})
        rows = {**self._imputed.get((code, portion), {}), **known}
        return rows[min(rows, key=lambda y: (abs(y - year), y not in known, y))]

    @cached_property
    def _named(self) -> RunRates | None:
        if self.run is None:
            return None
        rates = rates_of_run(self.run)
        if (region := rates.folder.manifest["region"]) != self.p.region.name:
            raise InputError(
                f"run {rates.name} is of the region {region}, the bill of {self.p.region.name}; give --region {region}"
            )
        return rates

    @cached_property
    def _standing(self) -> RunRates | None:
        return baseline_rates() if self.baseline else None

    @cached_property
    def _places(self) -> dict[int, tuple[str, str, int]]:
        """Name, form of the levy and number of instalments by code."""
        t = self.p.table("places.municipalities")
        rows = zip(t["code"], t["name"], t["levy_form"], t["instalments"], strict=True)
        return {int(code): (str(name), str(form), int(count)) for code, name, form, count in rows}

    @cached_property
    def _index(self) -> dict[int, int]:
        return {code: at for at, code in enumerate(self.p.codes())}

    @cached_property
    def _units(self) -> list[int]:
        units: list[int] = rounding_units(self.p).tolist()
        return units

    @cached_property
    def _imputed(self) -> dict[tuple[int, str], dict[int, Row]]:
        return _rows(self.p.table("places.imputed_rates"))

    def _of_groups(self) -> pd.DataFrame:
        """Return the rates of groups as rows of the municipalities that follow them."""
        unified = self.p.table(RATES)
        following = followers(self.p, int(unified["fiscal_year"].max()))
        members = pd.DataFrame({"code": [*following], "group": [*following.values()]})
        return unified.merge(members, on="group")

    @cached_property
    def _known(self) -> dict[tuple[int, str], dict[int, Row]]:
        """Rows by municipality and portion, then by year: confirmed ones, found later ones, those of groups."""
        common = [self._of_groups()] if RATES in self.p.table_passports else []
        found: dict[tuple[int, str], dict[int, Row]] = {}
        for table in (*common, self.p.table("places.further_rates"), self.p.table("places.actual_rates")):
            for key, by_year in _rows(table).items():
                before = found.setdefault(key, {})
                before.update({year: row for year, row in by_year.items() if not _repeats(row, before.get(year))})
        return found


def find(
    p: Parameters,
    municipality: str | int,
    year: int,
    given: Mapping[str, object],
    run: str | Path | RunFolder | None = None,
) -> PlaceRates:
    """Return the rates of a municipality: what the file gives, else as `RateBook` finds them.

    With rates given, a name that is none of the prefecture's is taken as a place outside the prefecture.
    """
    code, problem = find_place(municipality, p)
    if code is not None:
        result = RateBook(p, run).rates(code, year)
    elif given and _is_word(municipality) and "no municipality" in problem:
        result = _outside(p, municipality, year)
    else:
        advice = "" if given else f", or give 'rates' in the family file for a place outside {where(p)}"
        raise InputError(f"municipality: {problem}{advice}")
    apply(result, given, year)
    return result


def coverage(
    p: Parameters, years: Sequence[int], run: str | Path | RunFolder | None = None, *, baseline: bool = True
) -> pd.DataFrame:
    """Return the rates of every municipality, year and portion with what they rest on, a row each.

    Columns: code, name, year, portion, basis (`basis.Kind`), rates_of (fiscal year of the rates), status, source_id;
    income_part and asset_part per 1,000,000, per_head, per_household, per_adult and cap in yen.
    """
    book = RateBook(p, run, baseline)
    rows: list[tuple[str | int, ...]] = []
    for year in years:
        for code in p.codes():
            found = book.rates(code, year)
            for portion, basis in found.bases.items():
                values = found.table[list(_SHOWN)][PORTIONS.index(portion)].tolist()
                rows.append(
                    (code, found.name, year, portion, basis.kind, basis.year, basis.status, basis.source, *values)
                )
    names = ["code", "name", "year", "portion", "basis", "rates_of", "status", "source_id", *_SHOWN]
    return pd.DataFrame(rows, columns=names)


def counted(table: pd.DataFrame) -> pd.DataFrame:
    """Return how many municipalities rest on what, by year: the least certain basis of medical, support and care.

    table  as `coverage` returns it; columns: year, a column a `basis.Kind`, and child_published.
    """
    child = table["portion"] == _CHILD
    order = {kind: at for at, kind in enumerate(KINDS)}
    worst = table[~child].assign(rank=table["basis"].map(order)).groupby(["year", "code"])["rank"].max()
    counts = worst.groupby("year").value_counts().unstack(fill_value=0)
    out = counts.reindex(columns=range(len(KINDS)), fill_value=0).set_axis(list(KINDS), axis=1).drop(columns="given")
    known = table[child & table["basis"].isin(["published", "secondary"])].groupby("year").size()
    return out.assign(child_published=known.reindex(out.index, fill_value=0)).reset_index()


def table_of_counts(counts: pd.DataFrame) -> str:
    """Return counts (`counted`) as the table of docs/household.md, years across."""
    by_year = counts.set_index("year")
    kinds = [kind for kind in KINDS if kind in by_year and kind not in ("given", "run")]
    lines = ["| | " + " | ".join(era(int(year)) for year in by_year.index) + " |", "|---|" + "--:|" * len(by_year)]
    for kind in kinds:
        ja, en = KIND_NAMES[kind]
        lines.append(f"| {ja} {en} | " + " | ".join(str(int(n)) for n in by_year[kind]) + " |")
    return "\n".join(lines) + "\n"


def write_counts(page: Path) -> None:
    """Put the table of counts into a page, between its marks."""
    table = table_of_counts(counted(coverage(Parameters.load(), list(YEARS), baseline=False)))
    text = page.read_text(encoding="utf-8")
    before, begin, rest = text.partition("<!-- rates: begin -->\n")
    after = rest.partition("<!-- rates: end -->")[2]
    page.write_text(f"{before}{begin}{table}<!-- rates: end -->{after}", encoding="utf-8")


def _rows(table: pd.DataFrame) -> dict[tuple[int, str], dict[int, Row]]:
    """Return the rows of a table of rates by (code, portion), then by fiscal year."""
    found: dict[tuple[int, str], dict[int, Row]] = {}
    for row in table.to_dict("records"):
        cap = row.get("cap")
        note = row.get("note")
        found.setdefault((int(row["code"]), str(row["portion"])), {})[int(row["fiscal_year"])] = Row(
            int(row["fiscal_year"]),
            tuple(int(row.get(part, 0)) for part in _PARTS),
            int(cap) if cap is not None and not np.isnan(cap) else None,
            str(row["status"]),
            str(row["source_id"]),
            note if isinstance(note, str) else "",
        )
    return found


def _repeats(row: Row, before: Row | None) -> bool:
    """Return whether a secondary source only repeats what is published for all of a group alike."""
    if before is None or row.status != "secondary" or _VARIES in before.note:
        return False
    return before.parts == row.parts


def _put(out: PlaceRates, portion: str, row: Row, kind: Kind) -> None:
    k = PORTIONS.index(portion)
    for name, value in zip(_PARTS, row.parts, strict=True):
        out.table[name][k] = value
    if row.cap is not None:
        out.table["cap"][k] = row.cap
    repeated = kind == "published" and row.status == "secondary"
    out.bases[portion] = Basis("secondary" if repeated else kind, row.year, row.status, row.source)
    if _VARIES in row.note:
        out.notes.append(f"{portion}: rate of the group, {row.note}; no rate of {out.name} itself is confirmed")


def _is_word(text: object) -> bool:
    return isinstance(text, str) and any(c.isalpha() for c in text)


def _outside(p: Parameters, municipality: str | int, year: int) -> PlaceRates:
    """Return empty rates for a municipality outside the prefecture, with the national ceilings."""
    table = rate_records(len(PORTIONS))
    table["cap"] = [p.value(f"levy.cap_{portion}", year) for portion in PORTIONS]
    table["unit"] = 1
    return PlaceRates(str(municipality), "premium", 10, table)


if __name__ == "__main__":
    write_counts(Path(sys.argv[1]))
