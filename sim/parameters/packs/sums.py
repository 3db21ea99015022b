"""Figures of different tables that must agree: the register with its totals, members with residents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from sim.parameters.packs.sheet import Mistake, Row, Sheet, number

_AGES, _TOTALS, _BANDS = "places.register_age5", "places.register_totals", "places.register_age3"
_CARDS = "places.settlement_fy2023"
_PEOPLE = ("japanese_male", "japanese_female", "foreign_male", "foreign_female")
_LAST = "2026-01-01"
"""date of the register by age"""
_SLACK, _LEAST = 0.002, 5
"""difference that is no mistake: two in a thousand, or five persons"""
_UNDER_75 = tuple(f"{a}-{a + 4}" for a in range(0, 75, 5))


def sums(sheets: Mapping[str, Sheet]) -> Iterator[Mistake]:
    """Yield figures that contradict one another; a table with a column missing is told elsewhere."""
    whole = {k: s for k, s in sheets.items() if {*s.passport.keys, *s.passport.columns} <= {*s.columns}}
    if _AGES in whole:
        if _TOTALS in whole:
            yield from _register(whole[_AGES], whole[_TOTALS])
        if _CARDS in whole:
            yield from _members(whole[_AGES], whole[_CARDS])
    if _BANDS in whole and _TOTALS in whole:
        yield from _bands(whole[_BANDS], whole[_TOTALS])


def _apart(a: float, b: float) -> bool:
    return abs(a - b) > max(_LEAST, _SLACK * max(a, b))


def _register(ages: Sheet, totals: Sheet) -> Iterator[Mistake]:
    by_age = {name: _by_code(ages, name) for name in _PEOPLE}
    for row in (r for r in totals.rows if r.cells["reference_date"] == _LAST):
        for name in _PEOPLE:
            told, summed = number(row.cells[name]), by_age[name].get(row.cells["code"])
            if told is not None and summed is not None and _apart(told, summed):
                yield totals.wrong(
                    row,
                    name,
                    f"{told:.0f}, but the age groups of {row.cells['code']} in {ages.file} add up to "
                    f"{summed:.0f}; they speak of the same day, correct one of the two",
                )


def _bands(bands: Sheet, totals: Sheet) -> Iterator[Mistake]:
    told: dict[tuple[str, str, str], float] = {}
    for row in totals.rows:
        for sex in ("male", "female"):
            parts = [number(row.cells[f"{nation}_{sex}"]) or 0.0 for nation in ("japanese", "foreign")]
            told[row.cells["code"], row.cells["reference_date"], sex] = sum(parts)
    for row in bands.rows:
        key = (row.cells["code"], row.cells["reference_date"], row.cells["sex"])
        summed = sum(number(row.cells[c]) or 0.0 for c in ("age_0_14", "age_15_64", "age_65_plus"))
        if key in told and _apart(told[key], summed):
            yield bands.wrong(
                row, "", f"the bands add up to {summed:.0f}, {totals.file} has {told[key]:.0f}; correct one of the two"
            )


def _members(ages: Sheet, cards: Sheet) -> Iterator[Mistake]:
    residents: dict[str, float] = defaultdict(float)
    for name in _PEOPLE:
        for code, persons in _by_code(ages, name, _UNDER_75).items():
            residents[code] += persons
    for row in cards.rows:
        insured, homes = (number(row.cells[c]) for c in ("insured", "households"))
        there = residents.get(row.cells["code"])
        if insured is not None and there is not None and insured > there:
            yield cards.wrong(
                row,
                "insured",
                f"{insured:.0f} members, but {there:.0f} residents below 75 in {ages.file}; "
                "allowed: no more members than residents",
            )
        if insured is not None and homes is not None and homes > insured:
            yield cards.wrong(
                row, "households", f"{homes:.0f} households of {insured:.0f} members; allowed: no more than members"
            )


def _by_code(ages: Sheet, name: str, groups: tuple[str, ...] | None = None) -> dict[str, float]:
    def counts(row: Row) -> bool:
        return groups is None or row.cells["age_group"] in groups

    out: dict[str, float] = defaultdict(float)
    for row in filter(counts, ages.rows):
        out[row.cells["code"]] += number(row.cells[name]) or 0.0
    return out
