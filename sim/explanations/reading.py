"""Reads what people write in a family file: amounts, dates, months, keys in two languages; notes what is wrong."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sim.core.errors import nearest
from sim.explanations.days import first_of
from sim.parameters import Passport
from sim.scenario.document import Place, plain_word
from sim.scenario.quantities import read_amount

_ERA = {"令和": (2018, 82), "平成": (1988, 31), "昭和": (1925, 64), "大正": (1911, 15)}
"""era -> the year before its first, and its last year"""
_ERA |= {letter: _ERA[name] for letter, name in zip("RHST", ("令和", "平成", "昭和", "大正"), strict=True)}
_EARLIEST, _LATEST = datetime.date(1900, 1, 1), datetime.date(2100, 12, 31)
_YEN = Passport(
    label="amount",
    unit="yen/year",
    status="assumed",
    source="assumption",
    value=3_500_000,
    reason="input",
    range=(0, 10**11),
)
_SIGNED = _YEN.model_copy(update={"range": (-(10**11), 10**11)})


def date_in(value: object) -> datetime.date | None:
    """Return the date a text means, None if it is no date or the calendar has none such."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", str(value)))
    match = re.fullmatch(r"([^0-9]+?)?([0-9]{1,4}|元)[年./-]([0-9]{1,2})[月./-]([0-9]{1,2})日?", text)
    year = _gregorian(match) if match else None
    try:
        return datetime.date(year, int(match[3]), int(match[4])) if match and year else None
    except ValueError:
        return None


def day_of(value: object) -> datetime.date | None:
    """Return the day meant by a date or a text such as 1975-06-03 or 昭和50年6月3日, None if it is no day."""
    if isinstance(value, datetime.datetime):
        return value.date()
    return value if isinstance(value, datetime.date) else date_in(value)


def month_index_of(value: object) -> int | None:
    """Return the month index (`sim.core.units`) of a text such as 2025-10 or 令和7年10月, None if it is no month."""
    found = (value.year, value.month) if isinstance(value, datetime.date) else month_in(value)
    if not found or not (_EARLIEST.year <= found[0] <= _LATEST.year and 1 <= found[1] <= 12):
        return None
    return (found[0] - 1900) * 12 + found[1] - 1


def month_in(value: object) -> tuple[int, int] | None:
    """Return year and month a text means."""
    text = re.sub(r"\s", "", unicodedata.normalize("NFKC", str(value)))
    match = re.fullmatch(r"([^0-9]+?)?([0-9]{1,4}|元)[年./-]([0-9]{1,2})(?:月|[./-][0-9]{1,2})?日?", text)
    year = _gregorian(match) if match else None
    return (year, int(match[3])) if match and year else None


def _gregorian(match: re.Match[str]) -> int | None:
    number = 1 if match[2] == "元" else int(match[2])
    if not match[1]:
        return number if len(match[2]) == 4 else None
    start, last = _ERA.get(match[1].upper(), (0, 0))
    return start + number if 1 <= number <= last else None


def renamed(
    raw: Mapping[str, object],
    japanese: Mapping[str, str],
    known: set[str],
    where: str,
    wrong: list[str],
    file: str = "",
) -> dict[str, object]:
    """Return the mapping with English keys; an unknown key gets the nearest one."""
    result = {}
    keys: Mapping[str, Place] = getattr(raw, "keys_at", {})
    said = where
    for written, value in raw.items():
        where = placed(said, file, keys.get(written))
        key = plain_word(str(written))
        name = japanese.get(key, key)
        if name not in known:
            wrong.append(
                f"{where}: no key '{key}'{nearest(str(key), [*known, *japanese])}; allowed: {', '.join(sorted(known))}"
            )
        elif name in result:
            wrong.append(f"{where}: '{name}' is given twice")
        result[name] = value
    return result


def placed(where: str, file: str, place: Place | None) -> str:
    """Return "file: member 1 (…)" with line and column behind the file, where they are known."""
    if place is None or not file or not where.startswith(file):
        return where
    return f"{file}:{place.line}:{place.column}{where.removeprefix(file)}"


def at_key(raw: Mapping[str, object], file: str, *names: str) -> str:
    """Return the file with line and column of the first of some keys that a mapping has, where they are known."""
    keys: Mapping[str, Place] = getattr(raw, "keys_at", {})
    return placed(file, file, next((keys[name] for name in names if name in keys), None))


@dataclass
class Reader:
    """Reads the lines of a mapping; notes what is wrong and goes on."""

    row: Mapping[str, object]
    where: str
    year: int
    wrong: list[str]
    notes: list[str]
    file: str = ""

    def __post_init__(self) -> None:
        self.place = getattr(self.row, "place", None)
        self.keys_at: Mapping[str, Place] = getattr(self.row, "keys_at", {})

    def at(self, name: str = "") -> str:
        """Return where something is said: line and column of its key, else of the whole, before who it is said of."""
        keys = {self.names.get(plain_word(key), plain_word(key)): place for key, place in self.keys_at.items()}
        place = keys.get(name.partition(" ")[0], self.place)
        return placed(self.where, self.file, place)

    @property
    def names(self) -> Mapping[str, str]:
        """English keys by the Japanese ones."""
        return {}

    def get(self, name: str, parse: Callable[[str, Any], Any]) -> Any:
        value = self.row.get(name)
        return None if value is None else parse(name, value)

    def say(self, name: str, value: object, wanted: str) -> None:
        self.wrong.append(f"{self.at(name)}: {name} is '{value}'; write {wanted}")

    def flag(self, name: str, value: object) -> bool | None:
        if isinstance(value, bool):
            return value
        if value in ("はい", "いいえ"):
            return bool(value == "はい")
        self.say(name, value, "true or false")
        return None

    def yen(self, name: str, value: object, passport: Passport = _YEN) -> int | None:
        if type(value) is int and passport.range and passport.range[0] <= value <= passport.range[1]:
            return value
        if isinstance(value, bool | list | tuple | Mapping):
            self.say(name, value, f"whole yen, {passport.allowed()}, for example 3_500_000 or 350万円")
            return None
        try:
            return int(read_amount(str(value), passport))  # type: ignore[arg-type]
        except ValueError as error:
            self.wrong.append(f"{self.at(name)}: {name}: {error}")
        return None

    def signed_yen(self, name: str, value: object) -> int | None:
        return self.yen(name, value, _SIGNED)

    def date(self, name: str, value: object) -> datetime.date | None:
        if isinstance(value, datetime.datetime):
            value = value.date()
        day = value if isinstance(value, datetime.date) else date_in(value)
        if day is not None and _EARLIEST <= day <= _LATEST:
            return day
        what = f"a date of the years {_EARLIEST.year}-{_LATEST.year}" if day else "a date"
        self.say(name, value, f"{what}, for example 1975-06-03 or 昭和50年6月3日")
        return None

    def month(self, name: str, value: object) -> int | None:
        if isinstance(value, datetime.date):
            found: tuple[int, int] | None = (value.year, value.month)
        else:
            found = month_in(value)
        if found and _EARLIEST.year <= found[0] <= _LATEST.year and 1 <= found[1] <= 12:
            return (found[0] - 1900) * 12 + found[1] - 1
        self.say(name, value, "a month, for example 2025-10 or 令和7年10月")
        return None

    def day_or_month(self, name: str, value: object) -> datetime.date | None:
        """Return a date, or the first day of a month."""
        day = value if isinstance(value, datetime.date) else date_in(value)
        if day is not None:
            return self.date(name, day)
        month = self.month(name, value)
        return None if month is None else first_of(month)
