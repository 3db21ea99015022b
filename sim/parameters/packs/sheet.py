"""A CSV file of a region as it was written: texts with their lines, so that a message can say where."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from sim.parameters.schema import TablePassport


class Mistake(NamedTuple):
    """What is wrong: file, line and column (0 and "" for the whole file), what it is, and what to do."""

    file: str
    line: int
    column: str
    text: str

    def __str__(self) -> str:
        where = [self.file, *([f"line {self.line}"] if self.line else []), *([self.column] if self.column else [])]
        return f"{', '.join(where)}: {self.text}"


class Row(NamedTuple):
    """A row: its line in the file, and its cells by column."""

    line: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """A table of a region.

    key       its name in the register
    file      path as messages show it
    columns   header
    rows      below it, empty lines left out
    passport  keys and columns it must have
    """

    key: str
    file: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    passport: TablePassport

    def wrong(self, row: Row | None, column: str, text: str) -> Mistake:
        """Return a mistake in this file."""
        return Mistake(self.file, row.line if row else 0, column, text)

    def numbers(self, column: str) -> Iterator[tuple[Row, float]]:
        """Yield the rows with a number in a column, and the number."""
        for row in self.rows:
            if (value := number(row.cells.get(column, ""))) is not None:
                yield row, value

    def codes(self) -> list[int]:
        """Return the codes of the rows in their order, each once."""
        return list(dict.fromkeys(int(value) for _, value in self.numbers("code")))


def number(text: str) -> float | None:
    """Return the number a cell holds, None for anything else."""
    try:
        return float(text)
    except ValueError:
        return None


def opened(path: Path, file: str, key: str, passport: TablePassport) -> Sheet | Mistake:
    """Return a table read as text, or why it cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            header = tuple(next(reader, ()))
            rows = [(reader.line_num, cells) for cells in reader if any(cells)]
    except UnicodeDecodeError:
        return Mistake(file, 0, "", "is not UTF-8; save it as CSV UTF-8")
    except (OSError, csv.Error) as error:
        return Mistake(file, 0, "", f"cannot be read ({error})")
    for line, cells in rows:
        if len(cells) != len(header):
            return Mistake(
                file, line, "", f"{len(cells)} cells under {len(header)} columns; a comma within a cell needs quotes"
            )
    return Sheet(key, file, header, tuple(Row(n, dict(zip(header, c, strict=True))) for n, c in rows), passport)
