"""Bills of many households in one call, from a CSV or Excel file with one row a person.

    household,municipality,year,name,head,born,salary,insured_from,insured_to
    A,新宿区,R7,太郎,true,1980-05-10,4000000,,
    A,,,花子,,1983-11-02,,2025-10,

A row is a member of a family file, its columns that file's keys in English or Japanese (`sim.explanations.family`);
empty cells are left out. `household` (世帯番号) says who belongs together. municipality, year and remission hold for
the household and stand in any of its rows. Days or months of insurance stand in four columns: insured_from and
insured_to (加入月, 脱退月: first and last month), joined and left (取得日, 喪失日: days). In a household of one person
that person is the head.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import InputError, nearest
from sim.core.units import era
from sim.explanations.basis import KINDS, Kind
from sim.explanations.family import MEMBER_KEYS, read_family
from sim.explanations.household import Assessed, asked_year, assess_many
from sim.explanations.known_rates import RateBook
from sim.explanations.members import Family
from sim.explanations.place_rates import PlaceRates
from sim.explanations.tabular import csv_rows, empty, first_sheet, refuse
from sim.institutions.portions import PORTIONS
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.parameters.places import find_place

_HOUSEHOLD = {
    "household": "household",
    "世帯番号": "household",
    "municipality": "municipality",
    "市区町村": "municipality",
    "year": "year",
    "年度": "year",
    "remission": "remission",
    "減免": "remission",
}
_INSURED = {
    "insured_from": "from",
    "加入月": "from",
    "insured_to": "to",
    "脱退月": "to",
    "joined": "joined",
    "取得日": "joined",
    "left": "left",
    "喪失日": "left",
}
_TRUE, _FALSE = {"true", "1", "yes", "はい", "○", "〇"}, {"false", "0", "no", "いいえ", "×"}
_FLAGS = {
    "head",
    "世帯主",
    "declared",
    "申告",
    "multiple_birth",
    "多胎",
    "child_or_disability",
    "子ども障害",
    "insured",
    "加入",
}
_AMOUNTS = {"salary", "給与", "pension", "年金", "business", "事業", "other", "その他", "asset_tax", "固定資産税"}
_DATES = {"born", "生年月日"}


@dataclass
class _Household:
    """The rows of one household: members as a family file has them, and the line of each."""

    where: str
    place: str = ""
    year: str = ""
    remission: str = ""
    members: list[dict[str, object]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)


def households(
    people: str | Path | pd.DataFrame,
    municipality: str | int | None = None,
    year: int | str | None = None,
    *,
    run: str | Path | RunFolder | None = None,
    parameters: Parameters | None = None,
) -> pd.DataFrame:
    """Return the bill of every household of a file or frame, in the order of their first rows.

    people        path of a .csv or .xlsx file, or a frame with the same columns, one row a person
    municipality  of households that name none; year likewise
    run           a run whose rates are used where none are published (folder, run id or scenario)

    Columns: household, municipality, year, form (premium or tax), basis (the least certain of the portions charged,
    see `sim.explanations.basis`), rates_of (fiscal year of the medical rates), insured (persons insured in the year),
    relief (tenths of 7/5/2割軽減), medical, support, care, child, total (yen), relief_<portion> (yen of 7/5/2割軽減).
    InputError names file, row and key of everything that is wrong, up to twenty of them.

    >>> couple = {"household": "A", "head": [True, False], "born": ["1980-05-10", "1982-01-20"]}
    >>> people = pd.DataFrame(couple)
    >>> sim.households(people, "港区", "R7")["insured"].tolist()
    [2]
    """
    p = parameters or Parameters.load()
    name, rows = _read(people)
    wrong: list[str] = []
    found = _grouped(name, rows, wrong)
    asked = {} if wrong else _families(found, municipality, year, p, wrong)
    refuse(wrong)
    book = RateBook(p, run)
    frames = [_of_year(group, t, book) for t, group in asked.items()]
    table = pd.concat(frames).sort_index(kind="stable").reset_index(drop=True)
    return table


def _of_year(group: list[tuple[int, str, int, Family]], year: int, book: RateBook) -> pd.DataFrame:
    """Return the bills of one fiscal year; group: (position in the file, household, code, family)."""
    tariffs = {code: book.rates(code, year) for code in {code for _, _, code, _ in group}}
    each = [tariffs[code] for _, _, code, _ in group]
    families = [family for _, _, _, family in group]
    bills = assess_many(families, each, year, book.p)
    columns: dict[str, Sequence[object] | NDArray[np.int64]] = {
        "household": [household for _, household, _, _ in group],
        "municipality": [tariff.name for tariff in each],
        "year": [era(year)] * len(group),
        "form": [tariff.form for tariff in each],
        "basis": _bases(each, bills),
        "rates_of": [era(tariff.bases[PORTIONS[0]].year) for tariff in each],
        "insured": list(map(_insured, families)),
        "relief": bills.relief,
        **dict(zip(PORTIONS, bills.portions.T, strict=True)),
        "total": bills.portions.sum(axis=1),
        **{f"relief_{portion}": bills.stages.relief[:, k] for k, portion in enumerate(PORTIONS)},
    }
    return pd.DataFrame(columns, index=[at for at, _, _, _ in group])


def _insured(family: Family) -> int:
    """Return the persons insured on some day of the year."""
    return sum(bool(m.spans) for m in family.members)


def _bases(tariffs: list[PlaceRates], bills: Assessed) -> list[Kind]:
    """Return the least certain basis of the portions each household is charged, of all if it is charged none."""
    ranks = {id(t): [KINDS.index(t.bases[q].kind) if q in t.bases else 0 for q in PORTIONS] for t in tariffs}
    charged = bills.stages.gross_levy > 0
    return [
        KINDS[max(rank for rank, owed in zip(ranks[id(t)], row, strict=True) if owed or not any(row))]
        for t, row in zip(tariffs, charged.tolist(), strict=True)
    ]


def _families(
    found: Mapping[str, _Household],
    municipality: str | int | None,
    year: int | str | None,
    p: Parameters,
    wrong: list[str],
) -> dict[int, list[tuple[int, str, int, Family]]]:
    """Return (position, household, municipality's code, family) by fiscal year; what is wrong is noted."""
    asked: dict[int, list[tuple[int, str, int, Family]]] = {}
    codes: dict[object, tuple[int | None, str]] = {}
    years: dict[object, int] = {}
    for at, (name, home) in enumerate(found.items()):
        place, when = home.place or municipality, home.year or year
        try:
            if when not in years:
                years[when] = asked_year(when, f"{home.where}: year")
            if place not in codes:
                codes[place] = find_place(place, p) if place is not None else (None, "which? Give it in the column")
            code, problem = codes[place]
            if code is None:
                raise InputError(f"{home.where}: municipality: {problem}")
            t = years[when]
            raw: dict[str, object] = {"members": home.members}
            if home.remission:
                raw["remission"] = home.remission
            family = read_family(raw, home.where, t, int(p.value("levy.late_elderly_age", t)))
        except InputError as error:
            wrong += _by_line(str(error), home)
        else:
            asked.setdefault(t, []).append((at, name, code, family))
    return asked


def _by_line(message: str, home: _Household) -> list[str]:
    """Return the mistakes of a household with the row of the file in place of the member's number."""
    file = home.where.partition(": household ")[0]

    def row(match: re.Match[str]) -> str:
        return f"{file}: row {home.lines[int(match[1]) - 1]} "

    pattern = re.compile(re.escape(f"{home.where}: member ") + r"(\d+) ")
    return [pattern.sub(row, line) for line in message.splitlines()]


def _grouped(name: str, rows: Iterable[tuple[int, dict[str, object]]], wrong: list[str]) -> dict[str, _Household]:
    """Return the households in the order of their first rows."""
    found: dict[str, _Household] = {}
    for line, row in rows:
        own = {_HOUSEHOLD[key]: str(row.pop(key)).strip() for key in list(row) if key in _HOUSEHOLD}
        number = own.get("household", "")
        if not number:
            wrong.append(
                f"{name}: row {line}: household (世帯番号) is empty; write which household the person belongs to"
            )
            continue
        home = found.setdefault(number, _Household(f"{name}: household {number}"))
        for key, attribute in (("municipality", "place"), ("year", "year"), ("remission", "remission")):
            if text := own.get(key, ""):
                before = getattr(home, attribute)
                if before and before != text:
                    wrong.append(
                        f"{name}: row {line}: {key} is '{text}', but '{before}' further up in household {number}"
                    )
                setattr(home, attribute, text)
        home.members.append(_member(row))
        home.lines.append(line)
    for home in found.values():
        if len(home.members) == 1 and not {"head", "世帯主"} & home.members[0].keys():
            home.members[0]["head"] = True
    return found


def _member(row: dict[str, object]) -> dict[str, object]:
    """Return a row as a member of a family file: flags as such, the columns of insurance as one entry."""
    span = {_INSURED[key]: row.pop(key) for key in list(row) if key in _INSURED}
    for key in _FLAGS & row.keys():
        row[key] = _flag(row[key])
    for key in _AMOUNTS & row.keys():
        row[key] = _amount(row[key])
    for key in _DATES & row.keys():
        if isinstance(day := row[key], str):
            row[key] = _day(day)
    if span:
        row["insured"] = span
    return row


def _flag(value: object) -> object:
    """Return a cell that says yes or no as such, anything else as it is, for the reader of families."""
    text = str(value).strip().casefold()
    return True if text in _TRUE else False if text in _FALSE else value


def _amount(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


@lru_cache(maxsize=100_000)
def _day(text: str) -> object:
    """Return a date written 1980-05-10 as one, anything else as it is, for the reader of families."""
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        with suppress(ValueError):
            return datetime.date.fromisoformat(text)
    return text


def _read(people: str | Path | pd.DataFrame) -> tuple[str, Iterator[tuple[int, dict[str, object]]]]:
    """Return the name of what is read, and its rows with their numbers in the file, empty cells left out."""
    if isinstance(people, pd.DataFrame):
        header, rows = [str(c) for c in people.columns], people.itertuples(index=False, name=None)
        return "frame", _rows("frame", header, rows, first=1)
    path = Path(people)
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    if path.suffix.lower() == ".xlsx":
        header, rows = first_sheet(path)
    elif path.suffix.lower() == ".csv":
        header, rows = csv_rows(path)
    else:
        raise InputError(f"{path}: give a .csv or .xlsx file with one row a person, or a .yaml file of one household")
    return str(path), _rows(str(path), header, rows, first=2)


def _rows(
    name: str, header: list[str], rows: Iterable[tuple[object, ...]], first: int
) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield each row's number and its cells by column, empty cells and empty rows left out."""
    columns = [column.strip() for column in header]
    _check_header(f"{name}: row {first - 1}", columns)
    for line, row in enumerate(rows, first):
        if not all(map(empty, row[len(columns) :])):
            raise InputError(f"{name}: row {line}: has {len(row)} cells, the header {len(columns)}; quote commas")
        cells = {c: v for c, v in zip(columns, row, strict=False) if c and not empty(v)}
        if cells:
            yield line, cells


def _check_header(where: str, columns: list[str]) -> None:
    known = {*_HOUSEHOLD, *_INSURED, *MEMBER_KEYS}
    wrong = [
        f"{where}: no column '{c}'{nearest(c, known)}; allowed: the keys of a family file, household, municipality, "
        "year, remission, insured_from, insured_to, joined, left"
        for c in columns
        if c and c not in known
    ]
    if not {"household", "世帯番号"} & set(columns):
        wrong.append(f"{where}: needs a column household (世帯番号)")
    wrong += [f"{where}: the column {c} stands twice" for c in sorted(set(columns)) if c and columns.count(c) > 1]
    if wrong:
        raise InputError("\n".join(wrong))
