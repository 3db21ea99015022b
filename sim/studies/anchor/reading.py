"""Reads the workbook of a municipality's own figures: every cell checked, all mistakes at once with sheet and cell."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sim.core.errors import InputError, nearest
from sim.core.units import era, fiscal_year
from sim.explanations.tabular import Row, empty, refuse, sheets
from sim.parameters import Parameters
from sim.parameters.places import find_place
from sim.studies.anchor.figures import BY_KEY, ROWS, YEARS, Figure, Values, published, with_shares
from sim.studies.anchor.template import ITEM, OURS, PLACE, SHEET, UNIT, UNITS

_DASHES = {"-", "–", "—", "―", "ー", "…", "‐", "−", "なし", "不明"}
"""what stands in a cell that has no figure"""
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?)(千円|百万円|円/人|円|人|世帯|%)?")
_MINUS = str.maketrans({"△": "-", "▲": "-", "−": "-"})
_NAMES = {name: f for f in ROWS for name in (f.ja, f.key, f.en)}
_FIRST_ROWS = 20
"""rows among which the names of the columns are looked for"""
_PASSED = ("単位", "定義・備考")
"""columns that are not read, beside those of published figures"""
_FAR = {"人": 0.2, "世帯": 0.2, "円": 0.3, "円/人": 0.1, "％": 0.1}
"""distance from the published figure, relative, from which on a warning is given"""
_SAME_RATE = 0.1
"""points by which a rate may differ from its amounts"""
_MOST_RATE = 100.0
_SHARE = 1.0
"""a percentage below it may be a share"""
_BILL = (10_000, 1_000_000)
"""yen billed per insured and year that are taken for possible: outside it the unit of amounts is wrong"""
_AVERAGE = 0.15
"""distance of average and end of the year from which on a warning is given"""


@dataclass
class Own:
    """A municipality's figures as read.

    values    in persons, households, yen and percent; collection rates that follow from amounts among them
    cells     where each that was written stands, "D7"
    gross     fiscal years whose collection rate of the current year has unknown whereabouts in it
    warnings  what is allowed, but may be a slip
    digest    SHA-256 of the file
    """

    path: Path
    sheet: str
    code: int
    name: str
    unit: str
    digest: str
    values: Values = field(default_factory=dict)
    cells: dict[tuple[str, int], str] = field(default_factory=dict)
    gross: set[int] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    def at(self, key: str, year: int) -> str:
        """Return where a figure stands, for messages."""
        return f"{self.path.name}: sheet {self.sheet}, cell {self.cells[key, year]} ({BY_KEY[key].ja}, {era(year)})"


def read(path: str | Path, p: Parameters) -> Own:
    """Return the figures of a workbook; InputError lists its mistakes, each with sheet and cell."""
    path = Path(path)
    if not path.is_file():
        raise InputError(f"{path}: no such file; kokuho anchor --template FILE.xlsx -m MUNICIPALITY writes one to fill")
    title, rows = _sheet(path)
    wrong: list[str] = []
    own = Own(path, title, *_place(path, title, rows, p, wrong), _unit(path, title, rows, wrong), _digest(path))
    _cells(own, rows, wrong)
    refuse(wrong)
    if not own.values:
        raise InputError(f"{path.name}: sheet {title}: no figure of your own is filled in (columns {_years_said()})")
    refuse(list(_disagreements(own)))
    rated = {year for key, year in own.values if key == "rate"}
    given = {year for key, year in own.values if key == "unknown"}
    own.gross = {year for key, year in own.values if key == "billed" and year not in rated | given}
    own.values = with_shares(own.values)
    own.warnings += [*_unlikely(own), *_far(own, published(p, own.code))]
    return own


def _sheet(path: Path) -> tuple[str, list[Row]]:
    found = sheets(path)
    if SHEET in found:
        return SHEET, found[SHEET]
    raise InputError(f"{path}: needs a sheet {SHEET}; it has {', '.join(found)}")


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _beside(rows: list[Row], label: str) -> tuple[str, object]:
    """Return the cell to the right of a label above the table, and what it holds."""
    for n, row in enumerate(rows[:_FIRST_ROWS], 1):
        if row and str(row[0] or "").strip() == label:
            return f"B{n}", row[1] if len(row) > 1 else None
    return "", None


def _place(path: Path, title: str, rows: list[Row], p: Parameters, wrong: list[str]) -> tuple[int, str]:
    cell, value = _beside(rows, PLACE)
    where = f"{path.name}: sheet {title}, {f'cell {cell}' if cell else 'column A'} ({PLACE})"
    if not cell or empty(value):
        wrong.append(f"{where}: says no municipality; write its name beside the word {PLACE}")
        return 0, ""
    code, problem = find_place(value, p)
    if code is None:
        wrong.append(f"{where}: {problem}")
        return 0, ""
    return code, p.places()[code][0]


def _unit(path: Path, title: str, rows: list[Row], wrong: list[str]) -> str:
    cell, value = _beside(rows, UNIT)
    text = unicodedata.normalize("NFKC", str(value or "")).strip()
    if text in UNITS:
        return text
    where = f"{path.name}: sheet {title}, {f'cell {cell}' if cell else 'column A'} ({UNIT})"
    wrong.append(f"{where}: '{text}' is no unit of amounts; allowed: {', '.join(UNITS)}")
    return "円"


def _cells(own: Own, rows: list[Row], wrong: list[str]) -> None:
    """Read the table: figures down, years across; columns of published figures and notes are passed over."""
    where = f"{own.path.name}: sheet {own.sheet}"
    heads = next((n for n, row in enumerate(rows[:_FIRST_ROWS]) if _text(row, 0) == ITEM), None)
    if heads is None:
        wrong.append(f"{where}: column A: no row begins with {ITEM}, which names the columns")
        return
    years = _columns(rows[heads], f"{where}: row {heads + 1}", wrong)
    lines: dict[str, int] = {}
    for n, row in enumerate(rows[heads + 1 :], heads + 2):
        filled = {k: row[k] for k in years if k < len(row) and not empty(row[k])}
        if (name := _text(row, 0)) or filled:
            figure = _figure(name, lines, n, f"{where}, cell A{n}", wrong)
            for k, value in filled.items() if figure else ():
                _cell(own, figure, years[k], f"{chr(ord('A') + k)}{n}", value, wrong)  # type: ignore[arg-type]


def _text(row: Row, k: int) -> str:
    return unicodedata.normalize("NFC", str(row[k] or "")).strip() if k < len(row) else ""


def _figure(name: str, lines: dict[str, int], n: int, where: str, wrong: list[str]) -> Figure | None:
    """Return the figure of a row; None, and why, for a name that is unknown or stands in a row before."""
    figure = _NAMES.get(name)
    if figure is None:
        wrong.append(f"{where}: no figure '{name}'{nearest(name, [f.ja for f in ROWS])}")
    elif figure.key in lines:
        wrong.append(f"{where}: {figure.ja} stands in row {lines[figure.key]} already; keep one")
        return None
    else:
        lines[figure.key] = n
    return figure


def _columns(row: Row, where: str, wrong: list[str]) -> dict[int, int]:
    """Return the fiscal year of each column to read; a name that is neither a year nor known is a mistake."""
    out: dict[int, int] = {}
    for k in range(1, len(row)):
        text = unicodedata.normalize("NFKC", _text(row, k))
        try:
            year = fiscal_year(text)
        except ValueError:
            year = 0
        if not text or text.startswith(OURS) or text in _PASSED:
            continue
        if year not in YEARS:
            wrong.append(f"{where}, column {chr(ord('A') + k)}: '{text}' is none of {_years_said()}")
        elif year in out.values():
            wrong.append(f"{where}, column {chr(ord('A') + k)}: {era(year)} stands twice; keep one")
        else:
            out[k] = year
    if not out:
        wrong.append(f"{where}: no column of a fiscal year; allowed: {_years_said()}")
    return out


def _years_said() -> str:
    return ", ".join(map(era, YEARS))


def _cell(own: Own, figure: Figure, year: int, cell: str, value: object, wrong: list[str]) -> None:
    """Keep one cell, in persons, households, yen or percent, or note what is wrong with it."""
    where = f"{own.path.name}: sheet {own.sheet}, cell {cell} ({figure.ja}, {era(year)})"
    number, unit = _number(value)
    if number is None:
        if unit != "none":
            wrong.append(f"{where}: '{value}' is no number; leave the cell empty where there is no figure")
        return
    if unit and unit not in (figure.unit.replace("％", "%"), own.unit if figure.unit == "円" else ""):
        expected = own.unit if figure.unit == "円" else figure.unit
        wrong.append(f"{where}: '{value}' is in {unit}; the column is in {expected} ({UNIT}, or {figure.ja})")
        return
    if number < 0:
        wrong.append(f"{where}: {value} is below 0; allowed 0 or more")
        return
    if figure.unit == "％" and number > _MOST_RATE:
        wrong.append(f"{where}: {value} is more than 100 %")
        return
    if figure.unit == "％" and 0 < number < _SHARE:
        wrong.append(f"{where}: {value} looks like a share; write percent, {100 * number:g}")
        return
    own.values[figure.key, year] = number * (UNITS[own.unit] if figure.unit == "円" else 1)
    own.cells[figure.key, year] = cell


def _number(value: object) -> tuple[float | None, str]:
    """Return a number and the unit written with it; (None, "none") for a dash, (None, "") for what is no number."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value), ""
    text = re.sub(r"[\s,]", "", unicodedata.normalize("NFKC", str(value)).translate(_MINUS))
    if text in _DASHES:
        return None, "none"
    match = _NUMBER.fullmatch(text)
    return (float(match[1]), match[2] or "") if match else (None, "")


_PARTS = (("unknown", "billed"), ("collected", "billed"), ("carried_collected", "carried"), ("carried_lost", "carried"))
"""a part and the whole it cannot pass"""


def _disagreements(own: Own) -> Iterator[str]:
    """Yield figures of a year that cannot stand together."""
    v = own.values
    for year in YEARS:
        for part, whole in _PARTS:
            if v.get((part, year), 0.0) > v.get((whole, year), float("inf")):
                more = f"{v[part, year]:,.0f}円 is more than {BY_KEY[whole].ja}, {v[whole, year]:,.0f}円"
                yield f"{own.at(part, year)}: {more}"
        paid, lost, carried = (v.get((k, year)) for k in ("carried_collected", "carried_lost", "carried"))
        if None not in (paid, lost, carried) and paid <= carried and lost <= carried < paid + lost:  # type: ignore[operator]
            yield (
                f"{own.at('carried_lost', year)}: with {BY_KEY['carried_collected'].ja} it is more than "
                f"{BY_KEY['carried'].ja}, {carried:,.0f}円"
            )
        if v.get(("households_end", year), 0.0) > v.get(("members_end", year), float("inf")):
            yield f"{own.at('households_end', year)}: more households than insured ({BY_KEY['members_end'].ja})"
        yield from _rates_disagree(own, year)
        yield from _wrong_unit(own, year)


def _rates_disagree(own: Own, year: int) -> Iterator[str]:
    amounts = with_shares({at: value for at, value in own.values.items() if at[0] not in ("rate", "carried_rate")})
    for key in ("rate", "carried_rate"):
        given, made = own.values.get((key, year)), amounts.get((key, year))
        if given is not None and made is not None and abs(given - made) > _SAME_RATE:
            yield f"{own.at(key, year)}: {given:g} %, but the amounts give {made:.2f} %; correct one, or leave it empty"


def _wrong_unit(own: Own, year: int) -> Iterator[str]:
    members = own.values.get(("members_average", year)) or own.values.get(("members_end", year))
    billed = own.values.get(("billed", year))
    if members and billed and not _BILL[0] <= billed / members <= _BILL[1]:
        yield (
            f"{own.at('billed', year)}: {billed / members:,.0f}円 per insured cannot be; is {UNIT} ({own.unit}) right?"
        )


def _unlikely(own: Own) -> Iterator[str]:
    v = own.values
    for year in YEARS:
        average, end = v.get(("members_average", year)), v.get(("members_end", year))
        if average and end and abs(average / end - 1) > _AVERAGE:
            yield f"{own.at('members_average', year)}: {average / end - 1:+.0%} beside {BY_KEY['members_end'].ja}"
        parts = [v.get((key, year)) for key in ("billed", "collected", "carried", "carried_collected")]
        left, following = [x for x in parts if x is not None], v.get(("carried", year + 1))
        if len(left) == len(parts) and following is not None:
            most = left[0] - left[1] + left[2] - left[3]
            if following > most * (1 + _SAME_RATE):
                yield (
                    f"{own.at('carried', year + 1)}: more than was left unpaid at the end of {era(year)}, {most:,.0f}円"
                )


def _far(own: Own, known: Values) -> Iterator[str]:
    for (key, year), value in own.values.items():
        paper, limit = known.get((key, year)), _FAR[BY_KEY[key].unit]
        if (key, year) in own.cells and paper and abs(value / paper - 1) > limit:
            far = f"{value:,.10g} is far from the published {paper:,.10g} ({value / paper - 1:+.0%})"
            yield f"{own.at(key, year)}: {far}"
