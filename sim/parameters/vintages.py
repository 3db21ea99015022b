"""What was known on a date: the register as it stood then, and the fits that belong to it.

`Parameters.load(as_of=date)` shows the register without what was published later: rows of tables, values of years.
What the model cannot do without (a base population, factors that exist in one state only) stays and is listed as
known later. Fits made as of a date are kept beside the register, `vintages/2024-10-31/fits.yaml` and whole tables
`places.arrivals.csv`; the newest that is not later than the information date replaces the fits of the register.
Nothing else of the model knows of dates: mechanisms see `Parameters`.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from sim.core.errors import ParameterError
from sim.core.units import era, fiscal_year
from sim.parameters.schema import Expected, Passport, Source, Status, TablePassport, Value, published_day

FOLDER = "vintages"
"""folder of the register with a folder a date"""
FILE = "fits.yaml"
FIRST = datetime.date(2022, 10, 1)
"""the first information date: in the autumn of R4 the work on the first contribution the model forecasts begins"""
_HEAD = "about"
"""entry of a fits.yaml that says what was fitted; it is no parameter"""
_YEARS = ("fiscal_year", "year", "calendar_year", "start")
"""columns that tell the year of a row, the first there is"""
_DATE = re.compile(r"(\d{4})[-./](\d{1,2})[-./](\d{1,2})|R\.?(\d{1,2})[-./](\d{1,2})[-./](\d{1,2})", re.IGNORECASE)


class Later(NamedTuple):
    """Something in use on an information date that became known after it."""

    name: str
    published: datetime.date
    reason: str


class Seen(NamedTuple):
    """A table as it stood on a date.

    lines    the lines that were known, as the file has them
    later    what of them was published later, None if nothing was
    dropped  first year of the rows that were not known, None if all were; 0 for a row that names no year
    """

    lines: bytes
    later: Later | None
    dropped: int | None


@dataclass(frozen=True)
class Vintage:
    """The fits that belong to a date.

    values  what a fit gave: key -> one value, or value by fiscal year
    tables  whole tables a fit wrote: table -> its file
    """

    date: datetime.date
    values: dict[str, Value | dict[int, Value]] = field(default_factory=dict)
    tables: dict[str, Path] = field(default_factory=dict)


def information_date(given: object) -> datetime.date | None:
    """Return the date meant by a date, 2024-10-31, R6.10.31 or 令和6年10月31日; None stays None.

    Raises ParameterError for what is no day, or lies before the first possible information date.
    """
    if given is None or (isinstance(given, datetime.date) and not isinstance(given, datetime.datetime)):
        date = given
    else:
        text = re.sub(r"\s", "", str(given)).replace("令和元年", "R1.").replace("令和", "R")
        match = _DATE.fullmatch(re.sub("[年月]", ".", text).replace("日", ""))
        try:
            if match is None:
                raise ValueError
            numbers = [int(n) for n in match.groups() if n is not None]
            date = datetime.date(numbers[0] if match[1] else numbers[0] + 2018, *numbers[1:])
        except ValueError:
            raise ParameterError(
                f"information date '{given}' is no day; write 2024-10-31, R6.10.31 or 令和6年10月31日"
            ) from None
    if date is not None and date < FIRST:
        raise ParameterError(f"information date {date} is too early; the first possible is {FIRST}")
    return date


# values of years


def known_day(passport: Passport, year: int) -> datetime.date:
    """Return the day from which the value of a fiscal year is known.

    The passport's `known_on`; without one law and notified figures are decided in the winter before the year, and
    what follows from results is known on 1 December after it, when the settlement is public.
    """
    given = passport.known_on
    if isinstance(given, datetime.date):
        return given
    if given and year in given:
        return given[year]
    decided = passport.status in ("law", "published")
    return datetime.date(year, 1, 1) if decided else datetime.date(year + 1, 12, 1)


def seen_passport(key: str, passport: Passport, as_of: datetime.date) -> tuple[Passport, Later | None]:
    """Return a passport as it stood on a date: without the values of years that were not known.

    The last known value is carried, by the rule `expected` of the passport if it has one, or its value `unknown` holds
    from the first year on that was not known. The model cannot do without a first value: where none was known the
    earliest stays, and is listed.
    """
    given = passport.values or {}
    late = {year: day for year in given if (day := known_day(passport, year)) > as_of}
    if not late:
        return _undecided(passport, as_of), None
    if passport.structure:
        return passport, Later(key, max(late.values()), passport.structure)
    first, listed = min(given), None
    if first in late:
        listed = Later(key, late.pop(first), f"the first value, {era(first)}; the model cannot begin without one")
    return _without(passport, set(late), as_of), listed


def _without(passport: Passport, late: set[int], as_of: datetime.date) -> Passport:
    """Return the passport without the values of some years, and with its value `unknown` from the first of them on."""
    values = {year: value for year, value in (passport.values or {}).items() if year not in late}
    until = passport.confirmed_until
    if late and passport.unknown is not None and max(values) < min(late):
        values[min(late)] = passport.unknown
        until = min(late) - 1
    known_on = passport.known_on
    if isinstance(known_on, dict):
        known_on = {year: day for year, day in known_on.items() if year not in late}
    return passport.model_copy(
        update={
            "values": values,
            "known_on": known_on,
            "expected": passport.expected or Expected(rule="carry", reason=f"not known on {as_of}"),
            "confirmed_until": None if until is None else min(until, max(values)),
        }
    )


def _undecided(passport: Passport, as_of: datetime.date) -> Passport:
    """Return the passport, decided no further than years whose law stood on the date or whose value is given."""
    until = passport.confirmed_until
    decided = max(as_of.year, *(passport.values or [0]))
    if until is None or until <= decided:
        return passport
    return passport.model_copy(update={"confirmed_until": decided})


def with_fit(key: str, passport: Passport, fit: Value | Mapping[int, Value]) -> Passport:
    """Return the passport with what was fitted on a date in place of its own value or values."""
    given = dict(fit) if isinstance(fit, Mapping) else {0: fit}
    if isinstance(passport.sample(), float):
        given = {year: float(value) if type(value) is int else value for year, value in given.items()}
    for value in given.values():
        if problem := _other_kind(value, passport.sample()) or passport.objection(value):
            raise ParameterError(f"{FOLDER}: {key}: {problem}")
    if isinstance(fit, Mapping) and min(given) > (first := min(passport.values or given)):
        raise ParameterError(
            f"{FOLDER}: {key}: the values begin in {era(min(given))}; give one of {era(first)} as well"
        )
    if not isinstance(fit, Mapping):
        return passport.model_copy(update={"value": given[0], "values": None, "known_on": None})
    rule = passport.expected or Expected(rule="carry", reason="after the last year of the fit")
    return passport.model_copy(update={"value": None, "values": given, "expected": rule, "known_on": None})


def _other_kind(value: Value, own: Value) -> str:
    """Return why a fit is no value like the parameter's own, or an empty string."""
    kinds = [(isinstance(x, bool), isinstance(x, str), len(x) if isinstance(x, list) else 0) for x in (value, own)]
    return "" if kinds[0] == kinds[1] else f"{value!r} is of another kind than the register's {own!r}"


def read_later(key: str, passport: Passport, sources: Mapping[str, Source], as_of: datetime.date) -> Later | None:
    """Return a value of all years of the register that rests on later figures and that no vintage replaced, or None.

    Law and published values are structure: the model's form of today.
    """
    status: Status = passport.status
    if status in ("law", "published") or passport.value is None:
        return None
    day = latest(passport.source, sources)
    reason = f"fitted to {passport.fitted_to}" if status == "estimated" else f"{status}, read later"
    return Later(key, day, f"{reason}; no fit of the date") if day is not None and day > as_of else None


# rows of tables


def latest(ids: str, sources: Mapping[str, Source]) -> datetime.date | None:
    """Return the day the last of some sources (joined by ';') was published, None if none is dated."""
    days = (sources[name.strip()].day for name in str(ids).split(";") if name.strip() in sources)
    return max((day for day in days if day is not None), default=None)


def seen_rows(
    data: bytes, key: str, passport: TablePassport, sources: Mapping[str, Source], as_of: datetime.date
) -> Seen:
    """Return the lines of a table that were known on a date.

    A row is published on its `published_on`, else on the passport's `known_on` of its year, else with the last of its
    sources. Where none of them bears a date a figure of a year is not known before the 1 January before it; one that
    is assumed, or speaks of no year, is the model's own. Lines are taken as they are, so that rows published later
    leave no trace.
    """
    head, rows = _lines(data, key)
    kept, late, dropped = [head], [], []
    for number, (line, row) in enumerate(rows, start=2):
        year = _year_of(row)
        try:
            day = _published(row, year, passport, sources)
        except ValueError as error:
            raise ParameterError(f"table {key}, line {number}: published: {error}") from None
        if day is None or day <= as_of:
            kept.append(line)
        elif _stays(passport, year):
            kept.append(line)
            late.append(day)
        else:
            dropped.append(year or 0)
    listed = Later(key, max(late), str(passport.structure)) if late else None
    return Seen(b"".join(kept), listed, min(dropped, default=None))


def _lines(data: bytes, key: str) -> tuple[bytes, list[tuple[bytes, dict[str, str]]]]:
    """Return the heading of a table, and each line with its cells by column."""
    lines = [line for line in data.splitlines(keepends=True) if line.strip()]
    records = [record for record in csv.reader(io.StringIO(data.decode("utf-8"), newline="")) if record]
    if len(records) != len(lines):
        raise ParameterError(f"table {key}: a cell holds a line break; an information date needs a line a row")
    cells = [dict(zip(records[0], record, strict=False)) for record in records[1:]]
    return lines[0], list(zip(lines[1:], cells, strict=True))


def _stays(passport: TablePassport, year: int | None) -> bool:
    """Tell whether a row stays though it was published later: the model has this one state of it only."""
    if passport.structure is None:
        return False
    return passport.structure_until is None or (year is not None and year <= passport.structure_until)


def _published(
    row: Mapping[str, str], year: int | None, passport: TablePassport, sources: Mapping[str, Source]
) -> datetime.date | None:
    for column in ("published_on", "published"):
        if row.get(column):
            return published_day(row[column])
    given = passport.known_on
    if isinstance(given, datetime.date):
        return given
    if given and year in given:
        return given[year]
    day = latest(row["source_id"], sources)
    if day is None and year is not None and row["status"] != "assumed":
        return datetime.date(year, 1, 1)
    return day


def _year_of(row: Mapping[str, str]) -> int | None:
    """Return the year a row speaks of (of a month its year), None where its cell is neither (R3 to R5)."""
    text = next((row[name] for name in _YEARS if name in row), "")
    try:
        return fiscal_year(re.sub(r"^(\d{4})-\d\d$", r"\1", text))
    except ValueError:
        return None


# fits kept with their date


def dates(root: Path) -> list[datetime.date]:
    """Return the dates of which fits are kept, in order; a folder whose name is no date is refused."""
    home = root / FOLDER
    found = sorted(path.name for path in home.iterdir() if path.is_dir()) if home.is_dir() else []
    try:
        return [datetime.date.fromisoformat(name) for name in found]
    except ValueError as error:
        raise ParameterError(f"{home}: a folder there is named by a date, 2024-10-31 ({error})") from None


def newest(root: Path, as_of: datetime.date) -> datetime.date:
    """Return the date of the newest fits that are not later than the information date, or say how to make some."""
    kept = dates(root)
    if fitting := [date for date in kept if date <= as_of]:
        return fitting[-1]
    known = ", ".join(map(str, kept)) or "none"
    raise ParameterError(
        f"no fits for the information date {as_of}: kept are {known}; make them with: kokuho calibrate --as-of {as_of}"
    )


def read(root: Path, date: datetime.date) -> Vintage:
    """Return the fits of a date; ParameterError names what cannot be read."""
    home = root / FOLDER / date.isoformat()
    path = home / FILE
    try:
        content = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
        entries = {key: entry for key, entry in dict(content or {}).items() if key != _HEAD}
        values = {str(key): _fit(entry) for key, entry in entries.items()}
    except (OSError, YAMLError, ValueError, TypeError) as error:
        problem = str(error).splitlines()[0]
        raise ParameterError(
            f"{FOLDER}/{date}/{FILE}: cannot be read ({problem}); write 'key: {{value: 0.5}}' or "
            f"'key: {{values: {{R4: 0.5}}}}', or make it again: kokuho calibrate --as-of {date}"
        ) from None
    return Vintage(date, values, {table.stem: table for table in sorted(home.glob("*.csv"))})


def _fit(entry: Mapping[str, Value | Mapping[int | str, Value]]) -> Value | dict[int, Value]:
    """Return the value or the values by year of an entry; ValueError for anything else."""
    if not isinstance(entry, dict) or set(entry) not in ({"value"}, {"values"}):
        raise ValueError(f"{entry!r} is neither value nor values")
    if "value" in entry:
        return _plain(entry["value"])
    values = entry["values"]
    if not isinstance(values, dict) or not values:
        raise ValueError(f"{values!r} holds no value by year")
    return {fiscal_year(year): _plain(value) for year, value in values.items()}


def _plain(value: object) -> Value:
    """Return a number, text, flag or list of them; ValueError for anything else."""
    for one in value if isinstance(value, list) else [value]:
        if not isinstance(one, int | float | str):
            raise ValueError(f"{value!r} is no value")
    return value  # type: ignore[return-value]


def write(
    date: datetime.date,
    values: Mapping[str, Value | Mapping[int, Value]],
    tables: Mapping[str, pd.DataFrame],
    root: Path,
) -> Path:
    """Keep the fits of a date and return their folder; what was kept of the date before is replaced.

    A process that has loaded the register before calls `sim.parameters.loader.forget` to see them.

    values  key -> one value, or value by fiscal year
    tables  "places.arrivals" -> the whole table, with the columns of the register's
    """
    home = root / FOLDER / date.isoformat()
    home.mkdir(parents=True, exist_ok=True)
    about = {
        "information_date": date.isoformat(),
        "fitted": f"{len(values)} numbers and {len(tables)} tables, with nothing published later",
        "tables": sorted(tables),
    }
    entries: dict[str, object] = {_HEAD: about}
    for key, fit in sorted(values.items()):
        if isinstance(fit, Mapping):
            entries[key] = {"values": {era(year): value for year, value in sorted(fit.items())}}
        else:
            entries[key] = {"value": fit}
    yaml = YAML()
    yaml.width = 120
    with (home / FILE).open("w", encoding="utf-8", newline="\n") as stream:
        yaml.dump(json.loads(json.dumps(entries, ensure_ascii=False)), stream)
    for old in home.glob("*.csv"):
        old.unlink()
    for name, frame in tables.items():
        frame.to_csv(home / f"{name}.csv", index=False, lineterminator="\n")
    return home
