"""Files for people: each appears whole or not at all, several together, and a text in a cell is never a formula."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from sim.core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

_Pairs = list[tuple[Path, Path]]
_WAITING: ContextVar[_Pairs | None] = ContextVar("waiting", default=None)
"""fresh files and the paths they will take, while `together` holds them back"""


@contextmanager
def replacing(path: Path, alone: bool = False) -> Iterator[Path]:
    """Yield a name of its own beside `path` to write to; the file takes the place of `path` when the block ends.

    Two writers of one path do not meet, and after a failure nothing is left but what stood there before. Within
    `together` the file waits for the others, unless it is to stand `alone`. Raises InputError where another program
    holds the old file open.
    """
    fresh = _beside(path)
    waiting = None if alone else _WAITING.get()
    try:
        yield fresh
        if waiting is None:
            _commit([(fresh, path)])
    except Exception as error:
        fresh.unlink(missing_ok=True)
        cause = error if isinstance(error, OSError) else next(iter(error.args), None)
        if isinstance(cause, OSError):  # XlsxWriter wraps what the system said
            raise _told(cause, path) from error
        raise
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    if waiting is not None:
        waiting.append((fresh, path))


@contextmanager
def together() -> Iterator[None]:
    """Let all files written within the block take their places at its end, or none: a page and its workbook agree."""
    if _WAITING.get() is not None:
        yield
        return
    waiting: _Pairs = []
    token = _WAITING.set(waiting)
    try:
        yield
        _commit(waiting)
    finally:
        _WAITING.reset(token)
        for fresh, _ in waiting:
            fresh.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    return path.with_name(f".{uuid.uuid4().hex[:12]}.new{path.suffix}")


def _commit(pairs: _Pairs) -> None:
    """Put every fresh file in its place; if one cannot, put the old ones back and raise InputError."""
    kept: list[tuple[Path, Path | None]] = []
    path = Path()
    try:
        for fresh, path in pairs:
            kept.append((path, _copy(path) if path.is_file() else None))
            os.replace(fresh, path)
    except OSError as error:
        for done, old in reversed(kept[:-1]):
            if old is not None:
                os.replace(old, done)
            else:
                done.unlink(missing_ok=True)
        raise _told(error, path) from error
    finally:
        for _, old in kept:
            if old is not None:
                old.unlink(missing_ok=True)


def _copy(path: Path) -> Path:
    """Return a second name of a file, or a copy where the file system has no such thing."""
    copy = _beside(path)
    try:
        os.link(path, copy)
    except OSError:
        shutil.copy2(path, copy)
    return copy


def _told(error: OSError, path: Path) -> Exception:
    """Return the error as one about the file meant, not about its name while it was written."""
    if isinstance(error, PermissionError | IsADirectoryError):
        return InputError(
            f"{path}: cannot be replaced ({error.strerror}). If it is open in Excel or another program, close it there "
            "and try again; nothing was changed"
        )
    return OSError(error.errno, error.strerror, str(path))


_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?(\d[\d,]*\.?\d*|\.\d+)([eE][+-]?\d+)?%?")


def literal(text: str) -> str:
    """Return a text that a spreadsheet opening a CSV shows as it is: one that begins like a formula gets an apostrophe.

    Numbers written as text keep their sign.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def csv_text(frame: pd.DataFrame) -> str:
    """Return a frame as CSV in which no label is a formula (see `literal`)."""
    safe = frame.rename(columns=lambda c: literal(str(c)))
    for at, column in enumerate(frame.columns):
        values = frame[column]
        if values.dtype == object or values.dtype.name in ("str", "string", "category"):
            shown = values.astype(object).map(_cell)
            safe.isetitem(at, shown)
    text: str = safe.to_csv(index=False)
    return text


def _cell(value: object) -> object:
    return literal(value) if isinstance(value, str) else value


EXCEL = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""options of XlsxWriter under which a text is a text"""
ENDINGS = (".csv", ".xlsx", ".parquet")


def write_frame(frame: pd.DataFrame, path: Path) -> Path:
    """Write a tidy table as .csv, .xlsx or .parquet, by the ending of its name; return the path."""
    if not path.parent.is_dir():
        raise InputError(f"{path}: there is no folder {path.parent}")
    with replacing(path) as fresh:
        if path.suffix == ".csv":
            fresh.write_text(csv_text(frame), encoding="utf-8-sig", newline="")  # the mark lets Excel read Japanese
        elif path.suffix == ".xlsx":
            frame.to_excel(fresh, index=False, engine="xlsxwriter", engine_kwargs={"options": EXCEL})
        elif path.suffix == ".parquet":
            frame.to_parquet(fresh, index=False)
        else:
            raise InputError(f"{path}: allowed endings: {', '.join(ENDINGS)}")
    return path


def markdown_table(frame: pd.DataFrame) -> Iterator[str]:
    """Yield a table of Markdown; a bar within a cell is written out."""
    if frame.empty:
        yield "None."
        return
    yield f"| {' | '.join(map(str, frame.columns))} |"
    yield f"|{'---|' * len(frame.columns)}"
    for row in frame.itertuples(index=False):
        yield f"| {' | '.join(str(cell).replace('|', '/') for cell in row)} |"
