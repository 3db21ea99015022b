"""A fiscal year in stretches: a family that moves, or whose head changes, pays each stretch by itself.

    moves:
      - {date: 2025-10-05, to: 八王子市}                      # 転入日
      - {date: 2025-12-01, to: 青梅市, stays_insured: true}    # 住所地特例, 修学中の特例: the insurer stays
    heads:
      - {date: 2026-01-20, head: 花子}                        # 世帯主変更

Changes of earlier years hold from 1 April, those of later years not yet. The levy is charged by month; the month of the
change belongs to what comes after it. The new municipality, or the new head, owes from the day of the change, which is
then the day of the relief test (国民健康保険法施行令29条の7第5項, 地方税法703条の5: 賦課期日後に納税義務が発生した日).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sim.core.errors import InputError, nearest
from sim.explanations.days import Span, whole_year
from sim.explanations.members import Family
from sim.explanations.reading import at_key, day_of
from sim.parameters import Parameters, regions
from sim.parameters.places import spellings
from sim.scenario.document import Written

KEYS = {"moves": "moves", "転居": "moves", "heads": "heads", "世帯主変更": "heads"}
_MOVE = {
    "date": "date",
    "転入日": "date",
    "to": "to",
    "転入先": "to",
    "stays_insured": "stays_insured",
    "住所地特例": "stays_insured",
}
_HEAD = {"date": "date", "変更日": "date", "head": "head", "世帯主": "head"}


@dataclass(frozen=True)
class Stretch:
    """Part of a fiscal year with one municipality and one head.

    municipality  name or code, or None for the one the year begins in
    """

    span: Span
    municipality: str | int | None
    head: str | None


@dataclass(frozen=True)
class Changes:
    """What a family file says of moves and changes of head, taken off it; `notes` says what it leaves unchanged."""

    stretches: tuple[Stretch, ...]
    notes: tuple[str, ...] = ()


def take_changes(raw: Mapping[str, object], where: str, year: int) -> tuple[dict[str, object], Changes]:
    """Return the description without its moves and heads, and the stretches they make of a fiscal year.

    InputError lists everything that is wrong with them.
    """
    given = {KEYS[str(key)]: value for key, value in raw.items() if str(key) in KEYS}
    rest = {key: value for key, value in raw.items() if str(key) not in KEYS}
    if isinstance(raw, Written):
        rest = raw.without(*(key for key in raw if key not in rest))
    wrong: list[str] = []
    at_moves, at_heads = (at_key(raw, where, *(k for k in KEYS if KEYS[k] == name)) for name in ("moves", "heads"))
    moves = _entries(given.get("moves"), _MOVE, f"{at_moves}: moves", wrong)
    heads = _entries(given.get("heads"), _HEAD, f"{at_heads}: heads", wrong)
    places, notes = _moved(moves, at_moves, wrong)
    chiefs = [(day, str(entry.get("head", ""))) for day, entry in heads]
    if wrong:
        raise InputError("\n".join(dict.fromkeys(wrong)))
    return rest, Changes(tuple(_cut(year, places, chiefs)), tuple(notes))


def _moved(
    moves: Sequence[tuple[datetime.date, Mapping[str, object]]], where: str, wrong: list[str]
) -> tuple[list[tuple[datetime.date, str | int]], list[str]]:
    """Return the municipalities moved to, by day, and notes on moves that leave somebody insured where they were.

    What is wrong with a move is added to `wrong`.
    """
    notes: list[str] = []
    places: list[tuple[datetime.date, str | int]] = []
    for day, entry in moves:
        place, stays = entry.get("to"), entry.get("stays_insured", False)
        if isinstance(place, bool) or not isinstance(place, str | int):
            wrong.append(f"{where}: moves: to is '{place}'; write {spellings(Parameters.load())}")
        elif not isinstance(stays, bool):
            wrong.append(f"{where}: moves: stays_insured is '{stays}'; write true or false")
        elif stays:
            kind = regions.read(regions.current()).municipalities[0]
            notes.append(f"住所地特例：{day}の{place}への転出後も、転出前の{kind}の被保険者です")
        else:
            places.append((day, place))
    return places, notes


def parts_of(family: Family, changes: Changes, where: str) -> list[Family]:
    """Return the family in each stretch: the days insured within it, its head, its municipality if it moved."""
    names = [m.name for m in family.members]
    for stretch in changes.stretches:
        if stretch.head is not None and stretch.head not in names:
            raise InputError(
                f"{where}: heads: no member '{stretch.head}'{nearest(stretch.head, names)}; members: {', '.join(names)}"
            )
    return [_within(family, stretch) for stretch in changes.stretches]


def _within(family: Family, stretch: Stretch) -> Family:
    members = []
    for m in family.members:
        inside = tuple(cut for span in m.spans if (cut := span.within(stretch.span)).first < cut.end)
        head = m.head if stretch.head is None else m.name == stretch.head
        members.append(replace(m, spans=inside, head=head))
    place = family.municipality if stretch.municipality is None else stretch.municipality
    return replace(family, members=tuple(members), municipality=place)


def _cut(
    year: int, moves: list[tuple[datetime.date, str | int]], heads: list[tuple[datetime.date, str]]
) -> list[Stretch]:
    """Return the stretches between the days of change, each with the municipality and head of its first day."""
    whole = whole_year(year)
    changes = {day for day, _ in (*moves, *heads) if whole.holds(day)}
    days = sorted({whole.first, *changes})
    stretches = []
    for first, end in zip(days, [*days[1:], whole.end], strict=True):
        place = max(((day, to) for day, to in moves if day <= first), default=(None, None))[1]
        head = max(((day, who) for day, who in heads if day <= first), default=(None, None))[1]
        stretches.append(Stretch(Span(first, end), place, head))
    return stretches


def _entries(
    value: object, names: Mapping[str, str], where: str, wrong: list[str]
) -> list[tuple[datetime.date, dict[str, object]]]:
    """Return dated entries of a list, by day; what is wrong is noted."""
    if value is None:
        return []
    if not isinstance(value, list | tuple) or not all(isinstance(row, Mapping) for row in value):
        wrong.append(f"{where}: write a list of lines with {', '.join(dict.fromkeys(names.values()))}")
        return []
    found = []
    for row in value:
        entry = {names.get(str(key), str(key)): item for key, item in row.items()}
        for key in entry:
            if key not in names.values():
                allowed = list(dict.fromkeys(names.values()))
                wrong.append(f"{where}: no key '{key}'{nearest(key, allowed)}; allowed: {', '.join(allowed)}")
        day = day_of(entry.get("date"))
        if day is None:
            wrong.append(f"{where}: date is '{entry.get('date')}'; write a day, for example 2025-10-05")
        else:
            found.append((day, entry))
    return sorted(found, key=lambda item: item[0])
