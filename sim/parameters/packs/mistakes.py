"""What is wrong in a region's folder, all of it at once: file, row, column, what is allowed and what to do."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from sim.core.errors import ParameterError, nearest
from sim.parameters import files, regions
from sim.parameters.imputation import REQUIRED
from sim.parameters.packs.sheet import Mistake, Row, Sheet, number, opened
from sim.parameters.packs.sums import sums
from sim.parameters.regions import Region
from sim.parameters.schema import Status, TablePassport

__all__ = ["Mistake", "guard", "mistakes", "shown"]

_STATUSES = Status.__args__  # type: ignore[attr-defined]
_COMPLETE = ("places.register_age5", "places.settlement_fy2023")
"""tables in which every municipality has a row"""
_MAY_BE_NEGATIVE = {"real_balance", "re_balance", "deficit_transfer_proxy", "general_account_transfer"}
_NET = ("places.flows_2025",)
"""tables of balances"""
_NO_AMOUNT = ("log-odds", "see unit column", "tiles", "number of", "name", "date", " or ")
"""units whose numbers may have a sign, or are no numbers"""
_MUST = {
    "places.municipalities": ("instalments", "rounding_unit"),
    "places.register_age5": ("japanese_male", "japanese_female", "foreign_male", "foreign_female"),
    "places.settlement_fy2023": ("insured", "benefit_per_insured"),
    "places.actual_rates": ("income_part", "per_head"),
}
"""columns that are not to be left empty"""
_CHOICES = {
    "levy_form": ("premium", "tax"),
    "portion": ("medical", "support", "care", "child"),
    "rounding_unit": ("1", "10", "100", "1000"),
    "sex": ("male", "female", "total"),
}
_FOUND = ("places.collection_rates", "places.one_person_households")
"""collections of what was found, of other prefectures too, and of one figure in several places"""
_YEARS = 1990, 2100
_MILLION = 1_000_000
_FULL = 1000
"""codes of a prefecture"""


def mistakes(region: str | Path) -> list[Mistake]:
    """Return every mistake of a region's folder; ParameterError if there is no such region at all."""
    home = regions.folder(region)
    wrong = _in_yaml(home)
    try:
        own = regions.read(home)
    except ParameterError:
        return wrong
    sheets: dict[str, Sheet] = {}
    for key, passport in _tables(home, wrong).items():
        found = opened(home / _file(key), _file(key), key, passport)
        if isinstance(found, Sheet):
            sheets[key] = found
        else:
            wrong.append(found)
    return [*dict.fromkeys([*wrong, *_in_tables(own, home, sheets)])]


@functools.cache
def guard(home: Path) -> None:
    """Refuse a region whose required tables no run can begin with; ParameterError names every mistake in them."""
    wrong = [m for m in mistakes(home) if m.file in {_file(key) for key in REQUIRED}]
    if wrong:
        raise ParameterError(shown(wrong, home))


def shown(wrong: list[Mistake], home: Path) -> str:
    """Return mistakes as one message, a line each, with the folder they are in."""
    return "\n".join(f"{home.name}/{mistake}" for mistake in wrong)


def _file(key: str) -> str:
    return f"{key.replace('.', '/')}.csv"


def _in_yaml(home: Path) -> list[Mistake]:
    """Return the mistakes the loader finds in region.yaml, sources, values and lists of tables."""
    try:
        regions.read(home)
        files.register(files.ROOT, home)
    except ParameterError as error:
        lines = [line.removeprefix(f"{home.parent.name}/{home.name}/") for line in str(error).splitlines()]
        return [Mistake(*_parted(line.removeprefix(f"{home.as_posix()}/"))) for line in lines]
    return []


def _parted(line: str) -> tuple[str, int, str, str]:
    """Return file, line, column and text of a message of the loader, "policy/rates.yaml:3: rates.alpha: …"."""
    where, _, text = line.partition(": ")
    file, _, at = where.partition(":")
    return file, int(at) if at.isdigit() else 0, "", text


def _tables(home: Path, wrong: list[Mistake]) -> dict[str, TablePassport]:
    """Return the tables the region lists; say which required ones it does not, and which files nobody lists."""
    try:
        register = files.register(files.ROOT, home)
    except ParameterError:
        return {}
    own = {key: p for key, p in register.tables.items() if register.paths[key].is_relative_to(home)}
    for key in REQUIRED:
        if key not in own:
            index = f"{key.partition('.')[0]}/tables.yaml"
            wrong.append(Mistake(index, 0, "", f"does not list {_file(key)}, which every region gives; add it"))
    for path in sorted(home.glob("*/*.csv")):
        key = f"{path.parent.name}.{path.stem}"
        if path.parent.name in ("places", "people", "targets") and key not in own:
            text = f"is not listed in {path.parent.name}/tables.yaml, so nothing reads it; list it with its year"
            wrong.append(Mistake(path.relative_to(home).as_posix(), 0, "", text))
    return own


def _in_tables(own: Region, home: Path, sheets: Mapping[str, Sheet]) -> Iterator[Mistake]:
    places = sheets.get("places.municipalities")
    known = places.codes() if places else []
    sources = {*files.register(files.ROOT, home).sources} if sheets else set()
    for key, sheet in sheets.items():
        lacking = [
            c for c in (*sheet.passport.keys, *sheet.passport.columns, "status", "source_id") if c not in sheet.columns
        ]
        if lacking:
            yield sheet.wrong(None, "", f"has no column {', '.join(lacking)}; add it to the header")
            continue
        if not sheet.rows and key in REQUIRED:
            yield sheet.wrong(None, "", "has no row below its header; every region gives this table")
            continue
        yield from _cells(sheet, sources)
        if key not in _FOUND:
            yield from _repeated(sheet)
        if key.startswith("places.") and known and key not in _FOUND:
            yield from _codes(sheet, own, known)
    if places and places.rows:
        yield from _index(places, own, known)
    yield from _missing(sheets, known)
    yield from sums(sheets)


def _cells(sheet: Sheet, sources: set[str]) -> Iterator[Mistake]:
    """Yield cells that are no number, negative, not among the choices, or without a known status and source."""
    must = _MUST.get(sheet.key, ())
    read = {} if sheet.key.startswith("people.") else sheet.passport.columns
    amounts = {c for c, unit in read.items() if not any(word in unit for word in _NO_AMOUNT)}
    for row in sheet.rows:
        for column in [c for c in sheet.columns if c in amounts or c in must]:
            yield from _amount(sheet, row, column, column in must)
        for column in [c for c in sheet.columns if c in _CHOICES]:
            if (text := row.cells[column]) not in _CHOICES[column]:
                yield sheet.wrong(row, column, f"'{text}'; allowed: {', '.join(_CHOICES[column])}")
        if "fiscal_year" in sheet.columns:
            year = number(row.cells["fiscal_year"])
            if year is None or not _YEARS[0] <= year <= _YEARS[1]:
                yield sheet.wrong(
                    row, "fiscal_year", f"'{row.cells['fiscal_year']}'; write the year of April, 2025 for R7"
                )
        if (status := row.cells["status"]) not in _STATUSES:
            yield sheet.wrong(row, "status", f"'{status}'; allowed: {', '.join(_STATUSES)}")
        for source in row.cells["source_id"].split(";"):
            if source not in sources:
                yield sheet.wrong(row, "source_id", f"'{source}' is not in sources.yaml{nearest(source, sources)}")


def _amount(sheet: Sheet, row: Row, column: str, must: bool) -> Iterator[Mistake]:
    text, unit = row.cells[column].strip(), sheet.passport.columns.get(column, "")
    value = number(text)
    if not text:
        if must:
            yield sheet.wrong(row, column, f"is empty; write {unit or 'a number'}")
    elif value is None:
        yield sheet.wrong(
            row, column, f"'{text}' is no number; write {unit} without commas or signs, or leave it empty"
        )
    elif value < 0 and column not in _MAY_BE_NEGATIVE and sheet.key not in _NET:
        yield sheet.wrong(row, column, f"{text} is below 0; allowed: 0 and more ({unit})")
    elif unit == "1/1,000,000" and 0 < value < 1:
        yield sheet.wrong(row, column, f"{text} is a share; write it per 1,000,000, {round(value * _MILLION)}")
    elif unit == "1/1,000,000" and not float(value).is_integer():
        yield sheet.wrong(row, column, f"{text} is not whole; write it per 1,000,000, 7.71 % as 77100")


def _repeated(sheet: Sheet) -> Iterator[Mistake]:
    keys = [*sheet.passport.keys, *(c for c in ("fiscal_year", "year") if c in sheet.columns)]
    keys = ["code"] if sheet.key == "places.municipalities" else [*dict.fromkeys(keys)]
    seen: dict[tuple[str, ...], int] = {}
    for row in sheet.rows:
        key = tuple(row.cells[k] for k in keys)
        if key in seen:
            named = ", ".join(f"{k} {v}" for k, v in zip(keys, key, strict=True))
            yield sheet.wrong(row, "", f"repeats line {seen[key]} ({named}); keep one of the two")
        seen.setdefault(key, row.line)


def _codes(sheet: Sheet, own: Region, known: list[int]) -> Iterator[Mistake]:
    """Yield codes of other prefectures, and of municipalities that are not in the list."""
    if "code" not in sheet.columns:
        return
    told: set[str] = set()
    for row in sheet.rows:
        text = row.cells["code"]
        value = number(text)
        if text in told or (value is not None and (value in known or value == own.code) and value.is_integer()):
            continue
        told.add(text)
        if value is None or not value.is_integer():
            yield sheet.wrong(row, "code", f"'{text}' is no code; write five digits, {own.code + 201}")
        elif not own.code < value < own.code + _FULL:
            allowed = f"{own.code + 1}-{own.code + _FULL - 1}, or {own.code} for the whole"
            hint = "; leave the check digit out" if own.code <= value // 10 < own.code + _FULL else ""
            yield sheet.wrong(row, "code", f"{text} is a code of another prefecture; allowed: {allowed}{hint}")
        elif sheet.key != "places.municipalities":
            yield sheet.wrong(
                row, "code", f"{text} is not in places/municipalities.csv; add it there, or take it out here"
            )


def _index(places: Sheet, own: Region, known: list[int]) -> Iterator[Mistake]:
    for at, row in enumerate(places.rows):
        if row.cells.get("index") != str(at):
            yield places.wrong(row, "index", f"'{row.cells.get('index')}' in place of {at}; number the rows 0, 1, 2, …")
            break
    for row, code in places.numbers("code"):
        if not own.code < code < own.code + _FULL:
            yield places.wrong(
                row,
                "code",
                f"{code:.0f} is a code of another prefecture; allowed: {own.code + 1}-{own.code + _FULL - 1}",
            )
    for row in places.rows:
        for column in ("name", "name_en"):
            if not row.cells.get(column, "").strip():
                yield places.wrong(row, column, "is empty; write the name of the municipality")
    for code in own.shown:
        if code not in known:
            yield Mistake(
                "region.yaml", 0, "shown", f"{code} is not in places/municipalities.csv; take a code from there"
            )


def _missing(sheets: Mapping[str, Sheet], known: list[int]) -> Iterator[Mistake]:
    """Yield municipalities and age groups without a row in a table that must have all."""
    for key in _COMPLETE:
        if key in sheets and "code" in sheets[key].columns and sheets[key].rows:
            there = set(sheets[key].codes())
            for code in (c for c in known if c not in there):
                yield sheets[key].wrong(None, "code", f"has no row of {code} ({_name(sheets, code)}); add it")
    ages = sheets.get("places.register_age5")
    if ages and "age_group" in ages.columns:
        wanted = [*(f"{a}-{a + 4}" for a in range(0, 100, 5)), "100+"]
        found: dict[str, set[str]] = defaultdict(set)
        for row in ages.rows:
            found[row.cells["code"]].add(row.cells["age_group"])
            if row.cells["age_group"] not in wanted:
                yield ages.wrong(row, "age_group", f"'{row.cells['age_group']}'; allowed: 0-4, 5-9, … 95-99, 100+")
        for code, groups in found.items():
            if lacking := [g for g in wanted if g not in groups]:
                yield ages.wrong(None, "age_group", f"{code} has no row of {', '.join(lacking)}; add them, 0 if nobody")


def _name(sheets: Mapping[str, Sheet], code: int) -> str:
    rows = sheets["places.municipalities"].numbers("code")
    return next(row.cells.get("name", "") for row, value in rows if value == code)
