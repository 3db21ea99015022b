"""The bill of a family along the income of one of its members, with the cliffs where a relief ends.

c = curve("family.yaml", ["新宿区", "八王子市"], "R7")
c.table     # a row an income: portions, total, relief, marginal rate
c.cliffs    # where 7/5/2割軽減 falls, and by how much the bill rises there
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from sim.core.errors import InputError, nearest
from sim.core.units import era
from sim.explanations.basis import Basis, Kind, said, weakest
from sim.explanations.family import load, read_family
from sim.explanations.household import asked_year, assess_many
from sim.explanations.known_rates import find
from sim.explanations.members import Family, Member
from sim.explanations.stretches import take_changes
from sim.institutions.portions import PORTIONS
from sim.outputs.folder import RunFolder
from sim.outputs.runs import of_scenario, scenario_name
from sim.parameters import Parameters
from sim.scenario.scenario import load_scenario

Income = Literal["salary", "business", "pension", "other"]
INCOMES: tuple[Income, ...] = ("salary", "business", "pension", "other")
LAST, STEP = 15_000_000, 10_000
"""Yen: how far a curve goes, and in which steps."""
_WINDOW = 5
"""Steps to each side over which the marginal rate is taken: rounding to 100 yen then makes 0.1 point at most."""
_LAW = ("levy.", "income.")


class Along(NamedTuple):
    """Along what a curve goes.

    member      name of the member, the head if left out
    kind        which income, that of the member in the file if left out
    last, step  yen
    """

    member: str | None = None
    kind: Income | None = None
    last: int = LAST
    step: int = STEP


class Line(NamedTuple):
    """One curve of a figure: its label, place and year, and what its rates rest on, in words and as a kind."""

    label: str
    municipality: str
    year: int
    basis: Kind
    rates: str


@dataclass(frozen=True)
class Curve:
    """Bills along an income.

    table   label, municipality, year, basis, income (yen), a column a portion, total (yen), relief (tenths), marginal
            (share of a further yen of income, over 100,000 yen)
    cliffs  label, income (the first yen of the grid with less relief), before, after (tenths), rise (yen)
    lines   one a curve; the first is the base
    member  whose income varies; kind  which of its incomes
    """

    table: pd.DataFrame
    cliffs: pd.DataFrame
    lines: tuple[Line, ...]
    member: str
    kind: Income


def curve(
    family: Mapping[str, object] | str | Path,
    municipality: str | int | Sequence[str | int] | None = None,
    year: int | str | Sequence[int | str] | None = None,
    *,
    scenario: str | Path | None = None,
    run: str | Path | RunFolder | None = None,
    along: Along = Along(),  # noqa: B008  a tuple, which nobody can change
    parameters: Parameters | None = None,
    lang: str = "ja",
) -> Curve:
    """Return the bills of a family while one income of one member goes from 0 to 15 million yen.

    municipality, year  one, or several to compare; the first is the base
    scenario            compared with as well: its law of levy and income, and the rates of its best run on disk
    run                 a run whose rates are used where none are published, for the curves without the scenario
    along               whose income, which, how far and in which steps

    >>> family = {"members": [{"born": "1980-05-10", "salary": 0, "head": True}]}
    >>> bills = sim.curve(family, "新宿区", "R7").table
    >>> bool(bills["total"].is_monotonic_increasing)
    True
    """
    raw, where = load(family)
    p = parameters or Parameters.load()
    if not 0 < along.step <= along.last // 2:
        raise InputError(f"step is {along.step}; write yen above 0, at most half of {along.last:,}")
    grid = np.arange(0, along.last + 1, along.step, dtype=np.int64)
    lines: list[Line] = []
    tables: list[pd.DataFrame] = []
    who, what = along.member, along.kind
    for place, t, source, rates_of, name in _asked(raw, where, municipality, year, scenario, run, p):
        read = _read(raw, where, t, source)
        who, what = _varied(read, where, along.member, along.kind)
        tariff = find(source, _place(place, read, where), t, read.rates, rates_of)
        found = assess_many(_along(read, who, what, grid), tariff, t, source)
        charged = [q for k, q in enumerate(PORTIONS) if (found.stages.gross_levy[:, k] > 0).any()]
        lines.append(_line(tariff.name, t, tariff.bases, charged, name, lang))
        tables.append(_table(lines[-1], grid, found.portions, found.relief))
    assert who is not None
    assert what is not None
    table = pd.concat(tables, ignore_index=True)
    return Curve(table, _cliffs(table), tuple(lines), who, what)


def _asked(
    raw: Mapping[str, object],
    where: str,
    municipality: str | int | Sequence[str | int] | None,
    year: int | str | Sequence[int | str] | None,
    scenario: str | Path | None,
    run: str | Path | RunFolder | None,
    p: Parameters,
) -> Iterable[tuple[str | int | None, int, Parameters, str | Path | RunFolder | None, str]]:
    """Yield municipality, year, register, run and name of the scenario of every curve, the base first."""
    places: list[str | int | None] = _listed(municipality)
    given: list[int | str | None] = _listed(year)
    in_file = raw.get("year", raw.get("年度"))
    stated = in_file if isinstance(in_file, int | str) else None
    years = [asked_year(y if y is not None else stated, where) for y in given]
    pairs = [(place, t) for place in places for t in years]
    yield from ((place, t, p, run, "") for place, t in pairs)
    if scenario is not None:
        chosen = load_scenario(scenario, p)
        law = {key: value for key, value in chosen.overrides(p).items() if key[0].startswith(_LAW)}
        own = (r for r in of_scenario(scenario_name(scenario)) if r.manifest["region"] == p.region.name)
        best = next(own, None)
        yield from ((place, t, p.with_overrides(law), best, chosen.name) for place, t in pairs)


def _listed(value: str | int | Sequence[str | int] | None) -> list[str | int | None]:
    """Return one or several as a list."""
    if value is None or isinstance(value, str | int):
        return [value]
    return list(value) or [None]


def _read(raw: Mapping[str, object], where: str, year: int, p: Parameters) -> Family:
    rest, changes = take_changes(raw, where, year)
    if len(changes.stretches) > 1:
        raise InputError(f"{where}: a curve is of one municipality and head; leave moves and heads of {era(year)} out")
    return read_family(rest, where, year, int(p.value("levy.late_elderly_age", year)))


def _place(place: str | int | None, family: Family, where: str) -> str | int:
    chosen = place if place is not None else family.municipality
    if chosen is None:
        raise InputError(f"{where}: which municipality? Give --municipality, or 'municipality:' in the file")
    return chosen


def _varied(family: Family, where: str, member: str | None, kind: Income | None) -> tuple[str, Income]:
    """Return the name of the member whose income varies, and which income."""
    names = [m.name for m in family.members]
    if member is not None and member not in names:
        raise InputError(f"{where}: no member '{member}'{nearest(member, names)}; members: {', '.join(names)}")
    if kind is not None and kind not in INCOMES:
        raise InputError(f"income '{kind}'{nearest(kind, INCOMES)}; allowed: {', '.join(INCOMES)}")
    chosen = next(m for m in family.members if (m.head if member is None else m.name == member))
    largest = max(INCOMES, key=lambda name: getattr(chosen, name))
    return chosen.name, kind or (largest if getattr(chosen, largest) > 0 else "salary")


def _along(family: Family, member: str, kind: Income, grid: NDArray[np.int64]) -> list[Family]:
    """Return the family once for every income of the grid."""
    at = next(i for i, m in enumerate(family.members) if m.name == member)
    before, own, after = family.members[:at], family.members[at], family.members[at + 1 :]
    incomes: list[int] = grid.tolist()
    return [replace(family, members=(*before, _with(own, kind, yen), *after)) for yen in incomes]


def _with(member: Member, kind: Income, yen: int) -> Member:
    match kind:
        case "salary":
            return replace(member, salary=yen)
        case "business":
            return replace(member, business=yen)
        case "pension":
            return replace(member, pension=yen)
        case "other":
            return replace(member, other=yen)


def _line(place: str, year: int, bases: Mapping[str, Basis], charged: list[str], scenario: str, lang: str) -> Line:
    name = f" {scenario}" if scenario else ""
    return Line(f"{place} {era(year)}{name}", place, year, weakest(bases, charged), said(bases, charged, year, lang))


def _table(line: Line, grid: NDArray[np.int64], portions: NDArray[np.int64], relief: NDArray[np.int64]) -> pd.DataFrame:
    total = portions.sum(axis=1)
    low = np.maximum(np.arange(len(grid)) - _WINDOW, 0)
    high = np.minimum(np.arange(len(grid)) + _WINDOW, len(grid) - 1)
    return pd.DataFrame(
        {
            "label": line.label,
            "municipality": line.municipality,
            "year": line.year,
            "basis": line.basis,
            "income": grid,
            **{portion: portions[:, k] for k, portion in enumerate(PORTIONS)},
            "total": total,
            "relief": relief,
            "marginal": (total[high] - total[low]) / (grid[high] - grid[low]),
        }
    )


def _cliffs(table: pd.DataFrame) -> pd.DataFrame:
    """Return the incomes at which a curve's relief falls."""
    rows = []
    for label, own in table.groupby("label", sort=False):
        tenths, income, total = own["relief"].to_numpy(), own["income"].to_numpy(), own["total"].to_numpy()
        for i in np.flatnonzero(tenths[1:] < tenths[:-1]) + 1:
            rise = int(total[i] - total[i - 1])
            rows.append((str(label), int(income[i]), int(tenths[i - 1]), int(tenths[i]), rise))
    return pd.DataFrame(rows, columns=["label", "income", "before", "after", "rise"])
