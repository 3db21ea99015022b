"""Reads the parameter register, refuses what has no passport, looks values up by fiscal year."""

from __future__ import annotations

import datetime
import functools
import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import ParameterError, nearest
from sim.core.units import era
from sim.parameters import imputation, kept, regions, vintages
from sim.parameters.files import ROOT, Register, columns_of, hashed, register
from sim.parameters.memo import Key, Made, Read, once, read
from sim.parameters.regions import Region
from sim.parameters.schema import BASES, Passport, Source, Status, TablePassport, Value
from sim.parameters.vintages import Later, Seen

_STATUSES = set(Status.__args__)  # type: ignore[attr-defined]

OverrideKey = tuple[str, int | None, int | None]
"""(key, fiscal year or None for every year, municipality code or None for all of them)"""


@dataclass(frozen=True, repr=False)
class Parameters:
    """The register as one run sees it: published values plus the scenario's overrides."""

    passports: dict[str, Passport]
    sources: dict[str, Source]
    table_passports: dict[str, TablePassport]
    table_paths: dict[str, Path]
    overrides: dict[OverrideKey, Value] = field(default_factory=dict)
    homes: dict[str, Path] = field(default_factory=dict)
    """key -> the file with its passport"""
    values_in: dict[str, Path] = field(default_factory=dict)
    """key -> the file with its values"""
    root: Path = ROOT
    own: Region | None = None
    """the region; None in a root that holds everything itself"""
    as_of: datetime.date | None = None
    """information date: what was published later is not there; None: everything is known"""
    vintage: datetime.date | None = None
    """date of the fits that replaced those of the register on an information date"""
    fitted: frozenset[str] = frozenset()
    """tables that these fits replaced"""
    later: tuple[Later, ...] = ()
    """numbers in use on the information date that became known after it"""

    def __repr__(self) -> str:
        date = f", as of {self.as_of}" if self.as_of else ""
        counts = f"{len(self.passports)} numbers, {len(self.table_paths)} tables, {len(self.overrides)} set"
        return f"<Parameters: {counts}{date}>"

    def __getstate__(self) -> dict[str, object]:
        """Return what travels to another process: the register, not what was made of it here."""
        return {name: value for name, value in self.__dict__.items() if name not in _OF_THIS_PROCESS}

    @classmethod
    def load(
        cls,
        region: str | Path | None = None,
        as_of: datetime.date | None = None,
        *,
        fits: bool = True,
        root: Path | None = None,
    ) -> Parameters:
        """Return the register; ParameterError lists every passport that is not in order, file and line first.

        region  name of a region or path of its folder; the one in force (`regions.current`) if left out
        as_of  information date: the register without what was published later (`sim.parameters.vintages`)
        fits    False: the fits of the register stand, whatever they rest on; for the calibration that makes new ones
        root    another folder of the nation; without a region it holds everything itself
        """
        if region is None and root is None:
            region = regions.current()
        own, root = None if region is None else regions.read(region), root or ROOT
        if (date := vintages.information_date(as_of)) is not None:
            return _as_of(root, own and own.name, date, fits)
        return _complete(root, own and own.name)

    @property
    def region(self) -> Region:
        """The region of the register; ParameterError in one that was loaded without."""
        if self.own is None:
            raise ParameterError(f"the register of {self.root} has no region")
        return self.own

    @property
    def home(self) -> Path:
        """The folder of what belongs to the region: places, targets, values, fits of dates."""
        return self.own.folder if self.own else self.root

    def passport(self, key: str) -> Passport:
        try:
            return self.passports[key]
        except KeyError:
            raise ParameterError(f"no parameter '{key}'{nearest(key, self.passports)}") from None

    def section(self, key: str) -> str:
        """Return law, behaviour or policy: the section of a scenario that may set the key."""
        self.passport(key)
        return self.homes[key].parent.name

    def value(self, key: str, year: int, place: int | None = None) -> Any:
        """Return the value of a parameter in a fiscal year, for a municipality code if given.

        Order: override for place and year, for place, for year, for all; else the register. A year after
        the last one given follows the parameter's `expected` rule; without a rule it is an error.
        """
        read(key, year)
        if key in self._overridden:
            for override in ((key, year, place), (key, None, place), (key, year, None), (key, None, None)):
                if override in self.overrides:
                    return self.overrides[override]
        given = self.origin.given_values
        if (key, year) not in given:
            given[key, year] = self._of_register(key, year)
        return given[key, year]

    def _of_register(self, key: str, year: int) -> Value:
        """Return the value of a parameter in a fiscal year without overrides."""
        passport = self.passport(key)
        if passport.value is not None:
            return passport.value
        values = passport.values or {}
        if year in values:
            return values[year]
        known = [y for y in values if y < year]
        if known and passport.expected:
            last = max(known)
            return _carried(values[last], year - last, passport)
        raise ParameterError(
            f"{key} is known for {span(values)} only, not for {era(year)}; give a value in the scenario"
        )

    def is_expected(self, key: str, year: int) -> bool:
        """Return whether the value of a year is carried by rule rather than decided or published."""
        passport = self.passport(key)
        if self.is_set(key, year):
            return False
        if passport.confirmed_until is not None:
            return year > passport.confirmed_until
        return passport.values is not None and year not in passport.values

    def is_set(self, key: str, year: int, place: int | None = None) -> bool:
        """Return whether an override sets a number in a year or in all, for a municipality code or for all."""
        read(key, year)
        return any((key, y, place) in self.overrides for y in (year, None))

    def by_place(self, key: str, year: int) -> NDArray[np.number]:
        """Return the value for each municipality, array[places], overrides by municipality included; to be read."""
        read(key, year)
        if (key, year) not in self._by_place:
            made = self._by_place[key, year] = self._of_places(key, year)
            made.flags.writeable = False
        return self._by_place[key, year]

    def _of_places(self, key: str, year: int) -> NDArray[np.number]:
        codes = self._codes
        if key in self._overridden_places:
            return np.array([self.value(key, year, code) for code in codes])
        return np.repeat(np.asarray(self.value(key, year))[None], len(codes), axis=0)

    def codes(self) -> list[int]:
        """Return the five-digit codes of the municipalities in index order."""
        return list(self._codes)

    def places(self) -> dict[int, tuple[str, str]]:
        """Return the Japanese and English name of each municipality by its code, in index order."""
        return dict(self._names)

    def table(self, key: str) -> pd.DataFrame:
        """Return a table of the register, checked: known columns, a status and a source on every row."""
        return self._checked(key).copy()

    def rows(self, key: str) -> pd.DataFrame:
        """Return a table as `table` does, or one without rows where the region has none of that name."""
        if key in self.table_passports or not (columns := columns_of(self.root, key)):
            return self.table(key)
        return pd.DataFrame({name: pd.Series(dtype=object) for name in columns})

    def table_passport(self, key: str) -> TablePassport:
        try:
            return self.table_passports[key]
        except KeyError:
            raise ParameterError(f"no table '{key}'{nearest(key, self.table_passports)}") from None

    def with_overrides(self, overrides: Mapping[OverrideKey, Value]) -> Parameters:
        """Return the register with values of a scenario on top; an unknown key or municipality is refused."""
        known_places = set(self.codes()) if any(place is not None for _, _, place in overrides) else set()
        for key, _, place in overrides:
            self.passport(key)
            if place is not None and place not in known_places:
                raise ParameterError(f"{key}: no municipality has the code {place}")
        made = replace(self, overrides={**self.overrides, **overrides})
        made.__dict__["origin"] = self.origin
        return made

    def register(self) -> Parameters:
        """Return the register without overrides."""
        return replace(self, overrides={}) if self.overrides else self

    def content(self, key: str, until: int | None = None) -> bytes:
        """Return a table as its file has it, on an information date without the rows that were not known.

        A table that is imputed, wholly or for some municipalities, is written as it is read.

        until  last year whose rows the caller reads: the whole file where only rows of later years were not known
        """
        if key in self.imputed_tables():
            return self._checked(key).to_csv(index=False).encode()
        whole = self.table_paths[key].read_bytes()
        if self.as_of is None or key in self.fitted:
            return whole
        seen = self._seen(key)
        unread = seen.dropped is not None and until is not None and seen.dropped > until
        return whole if unread else seen.lines

    def known_later(self) -> list[Later]:
        """Return what is in use on the information date though it was published after it, with the reason."""
        if self.as_of is None:
            return []
        tables = (self._seen(key).later for key in sorted(self.table_paths) if key not in self.fitted)
        return [*(later for later in tables if later is not None), *self.later]

    def digest(self) -> str:
        """Return the SHA-256 of the register and of the overrides: of its files, or of what was known of them."""
        if self.as_of is None:
            h = hashed(self.root, None if self.own is None else self.own.folder, vintages.FOLDER).copy()
        else:
            h = hashlib.sha256()
            h.update(f"{self.as_of}/{self.vintage};".encode())
            for key in sorted(self.passports):
                h.update(f"{key}={self.passports[key].model_dump()!r};".encode())
            for key in sorted(self.table_paths):
                h.update(key.encode() + b"\0" + self.content(key))
        for k in sorted(self.overrides, key=repr):
            h.update(f"{k}={self.overrides[k]!r};".encode())
        return h.hexdigest()

    def imputed_tables(self) -> dict[str, int]:
        """Return the tables made by rule (`sim.parameters.imputation`) -> municipalities whose rows are."""
        return {} if self.own is None else _imputed(self)

    def imputed_numbers(self) -> list[str]:
        """Return the regional numbers the region does not give: a default of the nation, or derived from its tables."""
        if self.own is None:
            return []
        own = {key for key, path in self.values_in.items() if path.is_relative_to(self.home)}
        return sorted(key for key, passport in self.passports.items() if passport.regional and key not in own)

    @functools.cached_property
    def ground(self) -> tuple[object, ...]:
        """What the tables of the register are read from; same ground, same tables."""
        return self.root, self.home, self.as_of, self.vintage, tuple(self.table_paths.values())

    @functools.cached_property
    def memo(self) -> dict[Key, Made]:
        """What functions marked `memo.once` made of this register; gone with it."""
        return {}

    @functools.cached_property
    def given_values(self) -> dict[tuple[str, int], Value]:
        """Numbers of the register that were asked for, by key and fiscal year: the same under all overrides."""
        return {}

    @functools.cached_property
    def origin(self) -> Parameters:
        """The register this one was made of by overrides; itself if it was not."""
        return self

    @functools.cached_property
    def variants(self) -> dict[Key, list[Made]]:
        """What functions marked `memo.once` made of registers that differ from this one by overrides."""
        return {}

    def overrides_of(self, reads: Set[Read]) -> dict[Read, str]:
        """Return what overrides say of some numbers in some years, as text that differs wherever they do."""
        said = self._said
        of_reads = ((r, said[r[0]].get(None, "") + said[r[0]].get(r[1], "")) for r in reads if r[0] in said)
        return {r: text for r, text in of_reads if text}

    def parts_from(self, other: Parameters) -> int | None:
        """Return the first year in which the overrides of two registers differ: 0 for all years, None for no year."""
        mine, theirs = self.overrides, other.overrides
        return min(
            (where[1] or 0 for where in mine.keys() | theirs if mine.get(where) != theirs.get(where)), default=None
        )

    @functools.cached_property
    def _said(self) -> dict[str, dict[int | None, str]]:
        said: dict[str, dict[int | None, str]] = {}
        for key, year, place in sorted(self.overrides, key=repr):
            of_key = said.setdefault(key, {})
            of_key[year] = f"{of_key.get(year, '')}{year}/{place}={self.overrides[key, year, place]!r};"
        return said

    @functools.cached_property
    def _codes(self) -> tuple[int, ...]:
        return tuple(int(c) for c in self._checked("places.municipalities")["code"])

    @functools.cached_property
    def _names(self) -> dict[int, tuple[str, str]]:
        t = self._checked("places.municipalities")
        return {int(c): (str(j), str(e)) for c, j, e in zip(t["code"], t["name"], t["name_en"], strict=True)}

    @functools.cached_property
    def _by_place(self) -> dict[tuple[str, int], NDArray[np.number]]:
        """Numbers by municipality that were asked for, by key and fiscal year."""
        return {}

    @functools.cached_property
    def _overridden(self) -> frozenset[str]:
        return frozenset(key for key, _, _ in self.overrides)

    @functools.cached_property
    def _overridden_places(self) -> frozenset[str]:
        return frozenset(key for key, _, place in self.overrides if place is not None)

    def _checked(self, key: str) -> pd.DataFrame:
        """Return a table, rows by rule included, not to be written to."""
        self.table_passport(key)
        return self.given(key) if self.own is None else imputation.table(self, key)

    def given(self, key: str) -> pd.DataFrame:
        """Return a table as the files give it, not to be written to; nothing is imputed."""
        passport, path = self.table_passport(key), self.table_paths[key]
        whole = _table(passport, key, path, frozenset(self.sources))
        if self.as_of is None or key in self.fitted:
            return whole
        if (path, self.as_of) not in _seen_tables:
            _seen_tables[path, self.as_of] = pd.read_csv(io.BytesIO(self._seen(key).lines))
        return _seen_tables[path, self.as_of]

    def _seen(self, key: str) -> Seen:
        """Return the table as it stood on the information date."""
        assert self.as_of is not None
        path = self.table_paths[key]
        if (path, self.as_of) not in _seen_lines:
            passport = self.table_passport(key)
            _seen_lines[path, self.as_of] = vintages.seen_rows(
                path.read_bytes(), key, passport, self.sources, self.as_of
            )
        return _seen_lines[path, self.as_of]


_OF_THIS_PROCESS = ("memo", "origin", "variants", "given_values", "_by_place", kept.BEGUN)
"""what does not travel with a register to another process"""


def span(years: Iterable[int]) -> str:
    """Return years as "R6–R11", one year as "R6", none as "no year"."""
    years = sorted(years)
    if not years:
        return "no year"
    return era(years[0]) if len(years) == 1 else f"{era(years[0])}–{era(years[-1])}"


def _carried(value: Value, years: int, passport: Passport) -> Value:
    rule = passport.expected
    assert rule is not None
    if rule.rule == "carry" or isinstance(value, str | bool | list):
        return value
    grown = value * (1 + rule.rate) ** years
    return round(grown / rule.step) * rule.step if isinstance(value, int) else grown


@once
def _imputed(p: Parameters) -> dict[str, int]:
    """Return the tables made by rule -> municipalities whose rows are: twenty tables are read to know it."""
    lacking = {key: len(imputation.lacking(p, key)) for key in imputation.RULES if key in p.table_passports}
    return {key: count for key, count in lacking.items() if count}


@functools.cache
def _complete(root: Path, region: str | None) -> Parameters:
    """Return the register of today, with what the region does not give by rule."""
    own = None if region is None else regions.read(region)
    folder = None if own is None else own.folder
    r = register(root, folder)
    if folder is not None and folder.parent != regions.SHIPPED:
        from sim.parameters.packs import guard

        guard(folder)
    p = Parameters(
        r.passports, r.sources, _with_rules(r), r.paths, homes=r.homes, values_in=r.values, root=root, own=own
    )
    return replace(p, passports={**p.passports, **imputation.derived(p)})


def _with_rules(r: Register) -> dict[str, TablePassport]:
    """Return the passports of the tables of a region and of those a rule stands in for."""
    return {**r.tables, **{key: passport for key, passport in r.absent.items() if key in imputation.RULES}}


def _fits(r: Register, home: Path, date: datetime.date) -> vintages.Vintage:
    """Return the newest fits not later than a date; ParameterError names what the register does not know."""
    vintage = vintages.read(home, vintages.newest(home, date))
    for given, known in ((vintage.values, r.passports), (vintage.tables, r.tables)):
        for name in (k for k in given if k not in known):
            raise ParameterError(f"{vintages.FOLDER}: the register has no '{name}'{nearest(name, known)}")
    return vintage


@functools.cache
def _as_of(root: Path, region: str | None, date: datetime.date, fits: bool) -> Parameters:
    """Return the register as it stood on a date, with the newest fits that are not later."""
    own = None if region is None else regions.read(region)
    folder = None if own is None else own.folder
    r = register(root, folder)
    vintage = _fits(r, folder or root, date) if fits else None
    values, tables = (vintage.values, vintage.tables) if vintage else ({}, {})
    passports, later = {}, []
    for key, passport in r.passports.items():
        if key in values:
            passports[key] = vintages.with_fit(key, passport, values[key])
            continue
        passports[key], listed = vintages.seen_passport(key, passport, date)
        later += [x for x in (listed, vintages.read_later(key, passport, r.sources, date)) if x is not None]
    p = Parameters(
        passports,
        r.sources,
        _with_rules(r),
        {**r.paths, **tables},
        homes=r.homes,
        values_in=r.values,
        root=root,
        own=own,
        as_of=date,
        vintage=None if vintage is None else vintage.date,
        fitted=frozenset(tables),
        later=tuple(later),
    )
    return replace(p, passports={**p.passports, **imputation.derived(p)})


@functools.cache
def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path)


_checked_tables: dict[Path, pd.DataFrame] = {}
_seen_lines: dict[tuple[Path, datetime.date], Seen] = {}
_seen_tables: dict[tuple[Path, datetime.date], pd.DataFrame] = {}


def _table(passport: TablePassport, key: str, path: Path, sources: frozenset[str]) -> pd.DataFrame:
    if path not in _checked_tables:
        if not path.exists():
            raise ParameterError(f"table {key}: there is no file {path.name} in {path.parent.name}/")
        _check_table(_read(path), passport, key, path, sources)
        _checked_tables[path] = _read(path)
    return _checked_tables[path]


def _check_table(frame: pd.DataFrame, passport: TablePassport, key: str, path: Path, sources: frozenset[str]) -> None:
    missing = {*passport.keys, *passport.columns, "status", "source_id"} - set(frame.columns)
    if missing:
        raise ParameterError(f"{path.name}: table {key} lacks the columns {', '.join(sorted(missing))}")
    if passport.year == "column" and not {"year", "fiscal_year"} & set(frame.columns):
        raise ParameterError(f"{path.name}: table {key} has no year column")
    wrong = set(frame["status"]) - _STATUSES
    if wrong:
        raise ParameterError(f"{path.name}: status {sorted(map(str, wrong))}; allowed: {', '.join(sorted(_STATUSES))}")
    if "basis" in frame.columns:
        _check_basis(frame, path)
    for cell in frame["source_id"].unique():
        for source in str(cell).split(";"):
            if source not in sources:
                raise ParameterError(f"{path.name}: source '{source}' is not in sources.yaml{nearest(source, sources)}")


def _check_basis(frame: pd.DataFrame, path: Path) -> None:
    """Refuse a figure that does not say what it is, or whose date of publication cannot be read."""
    for line, (basis, date) in enumerate(zip(frame["basis"], frame["published_on"], strict=True), start=2):
        if basis not in BASES:
            raise ParameterError(f"{path.name}, line {line}: basis '{basis}'; allowed: {', '.join(BASES)}")
        if not (pd.isna(date) or re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", str(date))):
            raise ParameterError(f"{path.name}, line {line}: published_on '{date}'; write 2024-11-26, 2024-11 or 2024")


def _unguard() -> None:
    from sim.parameters.packs import guard

    guard.cache_clear()


def forget() -> None:
    """Drop what was read, so that the next `Parameters.load` sees files written since (tools that fit parameters)."""
    register.cache_clear()
    hashed.cache_clear()
    regions.forget()
    _as_of.cache_clear()
    _complete.cache_clear()
    _unguard()
    imputation.forget()
    _read.cache_clear()
    for shelf in (_checked_tables, _seen_lines, _seen_tables):
        shelf.clear()
