"""Reads the parameter register, refuses what has no passport, looks values up by fiscal year."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import ValidationError
from ruamel.yaml import YAML

from sim.core.errors import ParameterError, nearest
from sim.core.units import era
from sim.parameters.schema import Passport, Source, Status, TablePassport, Value

ROOT = Path(__file__).parent
_SCALARS = ("law", "behaviour", "policy")
_TABLES = ("places", "people", "targets")
_STATUSES = set(Status.__args__)  # type: ignore[attr-defined]


def _yaml(path: Path) -> Any:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8")) or {}


@functools.cache
def _register(root: Path) -> tuple[dict[str, Passport], dict[str, Source], dict[str, TablePassport], dict[str, Path]]:
    """Return passports by key, sources by id, table passports and table paths; refuse the incomplete."""
    sources = {k: Source(**v) for k, v in _yaml(root / "sources.yaml").items()}
    passports: dict[str, Passport] = {}
    for folder in _SCALARS:
        for path in sorted((root / folder).glob("*.yaml")):
            for name, raw in _yaml(path).items():
                key = f"{path.stem}.{name}"
                try:
                    passports[key] = Passport(**raw)
                except (ValidationError, ValueError, TypeError) as error:
                    raise ParameterError(f"{path.relative_to(root.parent.parent)}: {key}: {error}") from error
                if passports[key].source not in sources:
                    raise ParameterError(f"{path.name}: {key}: source '{passports[key].source}' is not in sources.yaml"
                                         + nearest(passports[key].source, sources))
    tables: dict[str, TablePassport] = {}
    paths: dict[str, Path] = {}
    for folder in _TABLES:
        index = root / folder / "tables.yaml"
        for name, raw in (_yaml(index) if index.exists() else {}).items():
            tables[f"{folder}.{name}"] = TablePassport(**raw)
            paths[f"{folder}.{name}"] = root / folder / f"{name}.csv"
    return passports, sources, tables, paths


@dataclass(frozen=True)
class Parameters:
    """The register as one run sees it: published values plus the scenario's overrides."""

    passports: dict[str, Passport]
    sources: dict[str, Source]
    table_passports: dict[str, TablePassport]
    table_paths: dict[str, Path]
    overrides: dict[tuple[str, int | None, int | None], Value] = field(default_factory=dict)
    """(key, fiscal year or None, municipality code or None) -> value"""

    @classmethod
    def load(cls, root: Path = ROOT) -> Parameters:
        return cls(*_register(root))

    def passport(self, key: str) -> Passport:
        try:
            return self.passports[key]
        except KeyError:
            raise ParameterError(f"no parameter '{key}'{nearest(key, self.passports)}") from None

    def value(self, key: str, year: int, place: int | None = None) -> Any:
        """Return the value of a parameter in a fiscal year, for a municipality code if given.

        Order: override for place and year, for place, for year, for all; else the register. A year after
        the last one given follows the parameter's `expected` rule; without a rule it is an error.
        """
        passport = self.passport(key)
        for y, m in ((year, place), (None, place), (year, None), (None, None)):
            if (key, y, m) in self.overrides:
                return self.overrides[key, y, m]
        if passport.value is not None:
            return passport.value
        values = passport.values or {}
        if year in values:
            return values[year]
        known = [y for y in values if y < year]
        if known and passport.expected:
            last = max(known)
            return _carried(values[last], year - last, passport)
        span = f"{era(min(values))}-{era(max(values))}" if values else "no year"
        raise ParameterError(f"{key} is known for {span} only, not for {era(year)}; give a value in the scenario")

    def is_expected(self, key: str, year: int) -> bool:
        """Return whether the value of a year is carried by rule rather than decided or published."""
        passport = self.passport(key)
        if any((key, y, None) in self.overrides for y in (year, None)):
            return False
        if passport.confirmed_until is not None:
            return year > passport.confirmed_until
        return passport.values is not None and year not in passport.values

    def by_place(self, key: str, year: int) -> NDArray[Any]:
        """Return the value for each municipality, array[places], overrides by municipality included."""
        return np.array([self.value(key, year, code) for code in self.codes()])

    def codes(self) -> list[int]:
        """Return the five-digit codes of the municipalities in index order."""
        return [int(c) for c in self.table("places.municipalities")["code"]]

    def table(self, key: str) -> pd.DataFrame:
        """Return a table of the register, checked: known columns, a status and a source on every row."""
        return _table(self.table_passport(key), key, self.table_paths[key], frozenset(self.sources)).copy()

    def table_passport(self, key: str) -> TablePassport:
        try:
            return self.table_passports[key]
        except KeyError:
            raise ParameterError(f"no table '{key}'{nearest(key, self.table_passports)}") from None

    def with_overrides(self, overrides: dict[tuple[str, int | None, int | None], Value]) -> Parameters:
        return replace(self, overrides={**self.overrides, **overrides})

    def digest(self) -> str:
        """Return the SHA-256 of the register's files and of the overrides."""
        h = hashlib.sha256()
        for path in sorted(ROOT.rglob("*")):
            if path.suffix in (".yaml", ".csv"):
                h.update(path.name.encode() + path.read_bytes())
        for k in sorted(self.overrides, key=repr):
            h.update(f"{k}={self.overrides[k]!r};".encode())
        return h.hexdigest()


def _carried(value: Value, years: int, passport: Passport) -> Value:
    rule = passport.expected
    assert rule is not None
    if rule.rule == "carry" or isinstance(value, str | bool | list):
        return value
    grown = value * (1 + rule.rate) ** years
    return int(round(grown / rule.step)) * rule.step if isinstance(value, int) else grown


@functools.lru_cache(maxsize=None)
def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path)


def _table(passport: TablePassport, key: str, path: Path, sources: frozenset[str]) -> pd.DataFrame:
    frame = _read(path)
    missing = {*passport.keys, *passport.columns, "status", "source_id"} - set(frame.columns)
    if missing:
        raise ParameterError(f"{path.name}: table {key} lacks the columns {', '.join(sorted(missing))}")
    if passport.year == "column" and not {"year", "fiscal_year"} & set(frame.columns):
        raise ParameterError(f"{path.name}: table {key} has no year column")
    wrong = set(frame["status"]) - _STATUSES
    if wrong:
        raise ParameterError(f"{path.name}: status {sorted(map(str, wrong))}; allowed: {', '.join(sorted(_STATUSES))}")
    for cell in frame["source_id"].unique():
        for source in str(cell).split(";"):
            if source not in sources:
                raise ParameterError(f"{path.name}: source '{source}' is not in sources.yaml{nearest(source, sources)}")
    return frame
