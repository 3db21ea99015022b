"""Reads a prefecture's figures from a workbook, a folder of two CSVs, a YAML file or Python; all mistakes at once."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path

import pandas as pd

from sim.core.errors import InputError, nearest
from sim.explanations.contribution.fields import (
    COLUMNS,
    FREE,
    MOST_PEOPLE,
    MOST_YEN,
    PLACES,
    PREFECTURE,
    SETTINGS,
    WHOLE,
    WHOLE_JA,
    Field,
    by_name,
    free,
    scopes,
)
from sim.explanations.tabular import Row, csv_rows, empty, header_of, refuse, sheets

Value = str | int | Fraction
Inputs = str | Path | Mapping[str, object]
_ITEM = {"項目", "item"}
_IGNORED = {"単位", "説明", "入力できる値", "unit", "note", "allowed", "キー", "key"}
_NAMES = {PREFECTURE: "prefecture", PLACES: "municipalities"}
_PLACE_NAMES, _SETTING_NAMES = by_name(COLUMNS), by_name(SETTINGS)
_MINUS = ("△", "▲", "−")
"""how a sum below zero is written in a budget"""
_LIMITS = {"count": (0, MOST_PEOPLE), "yen": (0, MOST_YEN), "signed": (-MOST_YEN, MOST_YEN)}


@dataclass(frozen=True)
class Sheet:
    """A table as it was handed in: what messages call it, its header, and its rows with their numbers."""

    where: str
    header: list[str]
    rows: list[tuple[int, Row]]


@dataclass
class Book:
    """A prefecture's figures as read: whole numbers as int, all others exact.

    settings  (item, portion or "all") -> value;  places  one mapping a municipality, key of the column -> value
    rows      the municipalities' row numbers;     columns  the columns there are, by key
    """

    prefecture: str
    municipalities: str
    settings: dict[tuple[str, str], Value] = field(default_factory=dict)
    places: list[dict[str, Value]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    columns: dict[str, Field] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def setting(self, key: str, portion: str = WHOLE) -> Value | None:
        """Return an item of a portion; where it has none of its own, that of all portions."""
        return self.settings.get((key, portion), self.settings.get((key, WHOLE)))

    def number(self, key: str, portion: str = WHOLE) -> Fraction | None:
        value = self.setting(key, portion)
        return None if value is None else Fraction(value)

    def text(self, key: str, default: str, portion: str = WHOLE) -> str:
        value = self.setting(key, portion)
        return default if value is None else str(value)

    def at(self, i: int, key: str) -> str:
        """Return where a cell of a municipality stands, for messages."""
        known = self.columns.get(key) or _PLACE_NAMES.get(key)
        name = self.places[i].get("name", "")
        row = f"{self.municipalities}: row {self.rows[i]}{f' ({name})' if name else ''}"
        return f"{row}, column {known.ja if known else key}"

    def item(self, key: str, portion: str = "") -> str:
        """Return where an item of the prefecture stands, for messages."""
        return f"{self.prefecture}: {_SETTING_NAMES[key].ja}{f' ({portion})' if portion else ''}"


def read(inputs: Inputs) -> Book:
    """Return what a file, folder or mapping holds; InputError tells up to twenty mistakes of form, all at once."""
    prefecture, places = _sheets(inputs)
    book = Book(prefecture.where, places.where)
    _read_settings(prefecture, book)
    _read_places(places, book)
    refuse(book.wrong)
    return book


def _sheets(inputs: Inputs) -> tuple[Sheet, Sheet]:
    """Return the two sheets, whatever they were handed in as."""
    if isinstance(inputs, Mapping):
        return _of_mapping(inputs, "inputs")
    path = Path(inputs)
    if path.is_dir():
        return _csv_of(path, PREFECTURE), _csv_of(path, PLACES)
    if not path.is_file():
        raise InputError(f"{path}: no such file or folder; kokuho contribution --template FILE.xlsx writes one to fill")
    if path.suffix.lower() == ".xlsx":
        found = sheets(path)
        return _sheet_of(path, found, PREFECTURE), _sheet_of(path, found, PLACES)
    if path.suffix.lower() in (".yaml", ".yml"):
        from sim.scenario.document import read_plain

        return _of_mapping(read_plain(path, "file of a prefecture"), str(path))
    raise InputError(
        f"{path}: give an .xlsx workbook, a .yaml file, or a folder with {_NAMES[PREFECTURE]}.csv and "
        f"{_NAMES[PLACES]}.csv"
    )


def _csv_of(folder: Path, name: str) -> Sheet:
    files = [folder / f"{n}.csv" for n in (name, _NAMES[name])]
    found = next((f for f in files if f.is_file()), None)
    if found is None:
        raise InputError(f"{folder}: needs {files[1].name} (or {files[0].name})")
    header, rows = csv_rows(found)
    return _checked(Sheet(str(found), _stripped(header), list(enumerate(rows, 2))))


def _sheet_of(path: Path, found: Mapping[str, list[Row]], name: str) -> Sheet:
    title = next((t for t in found if unicodedata.normalize("NFKC", t).strip() in (name, _NAMES[name])), None)
    if title is None:
        raise InputError(f"{path}: needs a sheet {name} (or {_NAMES[name]}); it has {', '.join(found)}")
    where, rows = f"{path}: sheet {title}", found[title]
    if not rows:
        raise InputError(f"{where}: is empty; its first row names the columns")
    return _checked(Sheet(where, _stripped(header_of(rows[0])), list(enumerate(rows[1:], 2))))


def _of_mapping(raw: Mapping[str, object], where: str) -> tuple[Sheet, Sheet]:
    """Return the sheets of {"prefecture": {item: value or {portion: value}}, "municipalities": rows or a frame}."""
    settings, places = (raw.get(_NAMES[name], raw.get(name)) for name in _NAMES)
    known = {*_NAMES, *_NAMES.values()}
    allowed = ", ".join(_NAMES.values())
    wrong = [f"{where}: no key '{k}'{nearest(str(k), known)}; allowed: {allowed}" for k in raw if k not in known]
    if not isinstance(settings, Mapping) or not settings:
        wrong.append(f"{where}: prefecture: needs items with their values")
    if isinstance(places, pd.DataFrame):
        places = places.astype(object).to_dict("records")
    if not isinstance(places, Sequence) or not places or not all(isinstance(p, Mapping) for p in places):
        wrong.append(f"{where}: municipalities: needs a list with one entry a municipality, or a frame")
    refuse(wrong)
    assert isinstance(settings, Mapping)
    assert isinstance(places, Sequence)
    items = [{"item": k, **(v if isinstance(v, Mapping) else {WHOLE: v})} for k, v in settings.items()]
    return _of_rows(items, f"{where}: prefecture"), _of_rows(places, f"{where}: municipalities")


def _of_rows(rows: Sequence[Mapping[str, object]], where: str) -> Sheet:
    """Return mappings, one a row, as a sheet."""
    header = list(dict.fromkeys(str(key) for row in rows for key in row))
    return _checked(Sheet(where, header, [(n, tuple(map(row.get, header))) for n, row in enumerate(rows, 1)]))


def _stripped(header: Iterable[str]) -> list[str]:
    return [unicodedata.normalize("NFC", name).strip() for name in header]


def _checked(sheet: Sheet) -> Sheet:
    """Return a sheet without empty rows; refuse one that holds nothing, or the same column twice."""
    rows = [(n, row) for n, row in sheet.rows if not all(map(empty, row))]
    twice = sorted({c for c in sheet.header if c and sheet.header.count(c) > 1})
    width = len(sheet.header)
    refuse(
        [
            *(f"{sheet.where}: the column {c} stands twice" for c in twice),
            *(
                f"{sheet.where}: row {n}: has more cells than there are names of columns ({width}); write amounts "
                "without commas, or in quotes"
                for n, row in rows
                if not all(map(empty, row[width:]))
            ),
        ]
    )
    if not rows:
        raise InputError(f"{sheet.where}: is empty; it has no row below the names of its columns")
    return Sheet(sheet.where, sheet.header, rows)


def _read_settings(sheet: Sheet, book: Book) -> None:
    """Read the items of the prefecture; a cell stands under all portions or under one."""
    known = scopes()
    named = {*known, *_ITEM, *_IGNORED, ""}
    book.wrong += [
        f"{sheet.where}: row 1: no column '{c}'{nearest(c, known)}; allowed: 項目 (item), {', '.join(known)}"
        for c in sheet.header
        if c not in named
    ]
    at = next((k for k, c in enumerate(sheet.header) if c in _ITEM), None)
    if at is None:
        book.wrong.append(f"{sheet.where}: row 1: needs a column 項目 (item)")
        return
    for line, row in sheet.rows:
        name = "" if empty(row[at]) else str(row[at]).strip()
        where = f"{sheet.where}: row {line}"
        if name in _SETTING_NAMES:
            _read_item(
                _SETTING_NAMES[name], {c: v for c, v in zip(sheet.header, row, strict=False) if c in known}, where, book
            )
        else:
            told = f"no item '{name}'{nearest(name, _SETTING_NAMES)}" if name else "the item has no name"
            book.wrong.append(f"{where}: {told}; the template lists all items")


def _read_item(setting: Field, cells: Mapping[str, object], where: str, book: Book) -> None:
    """Read the cells of one item, by the columns they stand in."""
    known = scopes()
    for header, cell in cells.items():
        if not empty(cell):
            _keep(setting, known[header], cell, f"{where}, {setting.ja}, column {header}", book)


def _keep(setting: Field, scope: str, cell: object, where: str, book: Book) -> None:
    """Note one cell of an item, in the column of all portions or of one."""
    if setting.scope in ("whole", "medical") and scope not in (WHOLE, setting.scope):
        book.wrong.append(f"{where}: {setting.ja} is not said by portion; write it under {WHOLE_JA} ({WHOLE})")
        return
    if setting.scope == "portion" and scope == WHOLE:
        book.wrong.append(f"{where}: {setting.ja} is said by portion; write it under the portion it belongs to")
        return
    key = (setting.key, WHOLE if setting.scope == "medical" else scope)
    if key in book.settings:
        book.wrong.append(f"{where}: {setting.ja} stands twice; keep one")
    value = parsed(setting, cell, where, book.wrong)
    if value is not None:
        book.settings[key] = value


def _read_places(sheet: Sheet, book: Book) -> None:
    """Read the municipalities, one a row."""
    found = _columns(sheet, book)
    for line, row in sheet.rows:
        place: dict[str, Value] = {}
        book.places.append(place)
        book.rows.append(line)
        for k, cell in enumerate(row):
            if empty(cell):
                continue
            if not sheet.header[k]:
                book.wrong.append(f"{sheet.where}: row {line}: '{cell}' stands in a column without a name")
            elif k in found:
                where = f"{sheet.where}: row {line}, column {found[k].ja}"
                value = parsed(found[k], cell, where, book.wrong)
                if value is not None:
                    place[found[k].key] = value


def _columns(sheet: Sheet, book: Book) -> dict[int, Field]:
    """Return what the columns of the municipalities mean, by position; note those that mean nothing."""
    found: dict[int, Field] = {}
    for k, header in enumerate(sheet.header):
        column = _PLACE_NAMES.get(header) or free(header)
        if column is not None and column.key in book.columns:
            book.wrong.append(f"{sheet.where}: row 1: the column {column.ja} ({column.key}) stands twice")
        elif column is not None:
            found[k], book.columns[column.key] = column, column
        elif header and header not in _IGNORED:
            book.wrong.append(
                f"{sheet.where}: row 1: no column '{header}'{nearest(header, _PLACE_NAMES)}; allowed: those of the "
                f"template, and your own beginning with {' '.join(FREE)}"
            )
    return found


def parsed(f: Field, cell: object, where: str, wrong: list[str]) -> Value | None:
    """Return a cell as what its column holds; None where it is noted as wrong."""
    text = unicodedata.normalize("NFKC", str(cell)).strip()
    if f.kind == "text":
        return str(cell).strip()
    if f.kind == "choice":
        if text not in f.choices:
            wrong.append(f"{where}: '{cell}'{nearest(text, f.choices)}; allowed: {f.allowed}")
            return None
        return f.choices[text]
    number = cell if isinstance(cell, Fraction) else None if isinstance(cell, bool) else _number(text)
    if number is None:
        wrong.append(f"{where}: '{cell}' is not a number; allowed: {f.allowed}")
        return None
    if f.kind in _LIMITS:
        low, high = _LIMITS[f.kind]
        fits = number.denominator == 1 and low <= number <= high
        value: Value = int(number)
    else:
        fits = number > 0 if f.kind == "number" else 0 <= number <= 1
        value = number
    if not fits:
        wrong.append(f"{where}: {text} is not possible; allowed: {f.allowed}")
        return None
    return value


def _number(text: str) -> Fraction | None:
    """Return the number meant by 1,234, 0.935, 93.5%, 1234円 or △1,234, exactly as written."""
    plain = text.replace(",", "").replace("_", "").removesuffix("円").removesuffix("人").strip()
    if plain.startswith(_MINUS):
        plain = f"-{plain[1:]}"
    percent = plain.endswith("%")
    try:
        number = Decimal(plain.removesuffix("%").strip())
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return None
    return Fraction(number) / (100 if percent else 1)
