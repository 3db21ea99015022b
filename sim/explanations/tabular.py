"""Tables people hand in: rows of a CSV or of the sheets of an Excel workbook, and all their mistakes in one message."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from sim.core.errors import InputError

_SHOWN = 20
"""most mistakes shown of one file"""

Row = tuple[object, ...]


def empty(value: object) -> bool:
    """Return whether a cell holds nothing: none, not a number, or blanks."""
    return value is None or value == "" or value != value or (isinstance(value, str) and not value.strip())


def refuse(wrong: Sequence[str]) -> None:
    """Raise InputError with all mistakes, a line each, up to twenty of them; nothing where there are none."""
    if wrong:
        more = f"\nand {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise InputError("\n".join(wrong[:_SHOWN]) + more)


def csv_rows(path: Path) -> tuple[list[str], Iterator[Row]]:
    """Return header and rows of a CSV in UTF-8 or, as Excel in Japan writes it, in Shift JIS."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = data.decode("cp932")
        except UnicodeDecodeError:
            raise InputError(f"{path}: is neither UTF-8 nor Shift JIS; save it as CSV UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        rows = list(reader)
    except csv.Error as error:
        raise InputError(f"{path}: row {reader.line_num}: not readable as CSV ({error})") from None
    if not rows:
        raise InputError(f"{path}: is empty; its first row names the columns")
    return rows[0], (tuple(row) for row in rows[1:])


def first_sheet(path: Path) -> tuple[list[str], Iterator[Row]]:
    """Return header and rows of the first sheet of a workbook."""
    rows = next(iter(sheets(path, most=1).values()))
    if not rows:
        raise InputError(f"{path}: its first sheet is empty; the first row names the columns")
    return header_of(rows[0]), iter(rows[1:])


def sheets(path: Path, most: int | None = None) -> dict[str, list[Row]]:
    """Return all rows of a workbook's sheets (the first `most`) by their names, in order; formulas as last computed."""
    from openpyxl import load_workbook

    try:
        book = load_workbook(path, read_only=True, data_only=True)
        wanted = book.worksheets[:most]
        found = {s.title: [tuple(map(_whole, row)) for row in s.iter_rows(values_only=True)] for s in wanted}
        book.close()
    except (zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise InputError(f"{path}: not readable as an Excel workbook ({error})") from None
    return found


def header_of(row: Row) -> list[str]:
    """Return a first row as names of columns."""
    return ["" if v is None else str(v) for v in row]


def _whole(value: object) -> object:
    """Return a number without its ".0": Excel knows no whole numbers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
