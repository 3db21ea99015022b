"""The dictionary: every column, fact, table, parameter and scenario in Markdown, from their declarations.

`kokuho dictionary FOLDER` writes it; docs/dictionary holds it for this version, and a test keeps it in step.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from sim.core.step import Step
from sim.engine.tables import TABLES
from sim.engine.year import YEAR
from sim.institutions.memory import FACTS
from sim.parameters import Parameters
from sim.population.columns import HOUSEHOLDS, PEOPLE, Column
from sim.population.labels import HOUSEHOLDS_JA, PEOPLE_JA
from sim.reports.describe import shipped_scenarios
from sim.reports.meanings import TABLES_JA, column_ja, fact_ja
from sim.scenario.schema import current

_LONGEST = 60
"""letters of a value in the page of parameters; `kokuho sources KEY` shows all of it"""


def pages(p: Parameters) -> dict[str, str]:
    """Return the pages of the dictionary by file name."""
    return {
        "columns.md": _columns(YEAR),
        "facts.md": _facts(),
        "tables.md": _tables(),
        "parameters.md": _parameters(p),
        "data.md": _data(p),
        "scenarios.md": _scenarios(),
    }


def _columns(steps: Sequence[Step]) -> str:
    parts = [
        "# Columns of the population",
        "What the model knows of every person and household (`sim/population/columns.py`). Months are counted from "
        "January 1900; 0 is never. Which step reads and writes a column is derived from what the steps take.",
    ]
    for table, title, columns in (("people", "People", PEOPLE), ("households", "Households", HOUSEHOLDS)):
        ja = PEOPLE_JA if table == "people" else HOUSEHOLDS_JA
        rows = [
            (_named(c), c.dtype, c.unit, c.meaning, ja[c.name], c.owner, *_used(f"{table}.{c.name}", steps))
            for c in columns
        ]
        head = ("column", "type", "unit", "meaning", "意味", "owner", "written by", "read by")
        parts += [f"## {title}", _table(head, rows)]
    return _page(parts)


def _named(column: Column) -> str:
    width = f"[{column.width}]" if column.width else ""
    return f"`{column.name}`{width}"


def _used(column: str, steps: Sequence[Step]) -> tuple[str, str]:
    """Return the steps that write a column, and those that only read it; re-packing takes all and is left out."""
    told = [s for s in steps if not s.rebuilds]
    writers = [s.name for s in told if column in s.writes]
    readers = [s.name for s in told if column in s.reads and column not in s.writes]
    return ", ".join(writers), ", ".join(readers)


def _facts() -> str:
    rows = [(f"`{f.name}`", f.unit, f.meaning, fact_ja(f.name), f.owner) for f in FACTS]
    return _page(
        [
            "# Facts of a municipality and year",
            "What mechanisms tell one another about each municipality (`sim/institutions/memory.py`), and the columns "
            "of the table `municipality_year`.",
            _table(("fact", "unit", "meaning", "意味", "owner"), rows),
        ]
    )


def _tables() -> str:
    parts = [
        "# Tables of a run",
        "What lies in `tables/` of a run's folder, as Parquet; declared in `tables.py` of each mechanism and of "
        "`sim/outputs`. Money is yen, rates are fractions unless the unit says otherwise.",
    ]
    for spec in TABLES:
        keys = ", ".join(f"`{k}`" for k in spec.keys)
        parts += [f"## {spec.name}", f"{spec.meaning} / {TABLES_JA[spec.name]}. Keys: {keys}."]
        if spec.name == "municipality_year":
            parts.append("Its columns are the [facts](facts.md).")
            continue
        rows = [(f"`{name}`", unit, meaning, column_ja(spec, name)) for name, (unit, meaning) in spec.columns.items()]
        parts.append(_table(("column", "unit", "meaning", "意味"), rows))
    return _page(parts)


def _parameters(p: Parameters) -> str:
    parts = [
        "# Parameters",
        "Every number of law, policy, behaviour and levels: passports in `sim/parameters`, values that belong to a "
        f"region, here {p.region.en}, in its folder of `sim/regions`. `kokuho sources KEY` shows "
        "source, reason and every year; a value too long for a line is cut here.",
    ]
    for domain, keys in groupby(sorted(p.passports), key=lambda key: key.partition(".")[0]):
        rows = [
            (
                f"`{key}`",
                p.passport(key).label,
                p.passport(key).unit,
                _short(current(p, key)),
                p.passport(key).allowed(),
                p.passport(key).status,
                p.passport(key).source,
            )
            for key in keys
        ]
        parts += [
            f"## {domain}",
            _table(("key", "label", "unit", "value", "allowed", "status", "source"), rows),
        ]
    return _page(parts)


def _data(p: Parameters) -> str:
    rows = []
    for key in sorted(p.table_passports):
        passport = p.table_passport(key)
        columns = ", ".join(f"{name} ({unit})" for name, unit in passport.columns.items())
        kept = passport.structure or ""
        rows.append((f"`{key}`", passport.label, passport.year, ", ".join(passport.keys), columns, kept))
    return _page(
        [
            "# Tables of data",
            "Published and derived figures the model reads (`sim/parameters/people`, `sim/regions`); every row has "
            "its own status and source. On an information date rows published later are not there, except where the "
            "last column says why.",
            _table(("table", "label", "year", "keys", "columns", "kept on every date"), rows),
        ]
    )


def _scenarios() -> str:
    rows = [
        (f"`{s['name']}`", s["en"], s["ja"], s["values"].removeprefix("extends "), s["source"])
        for s in shipped_scenarios()
    ]
    return _page(
        [
            "# Scenarios",
            "The scenarios that ship (`scenarios/`), in their own words; `kokuho check NAME` lists its warnings.",
            _table(("scenario", "what it is", "内容", "extends", "source"), rows),
        ]
    )


def _page(parts: Iterable[str]) -> str:
    return "\n\n".join([*parts, "Written by `kokuho dictionary`; do not edit."]) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]
    return "\n".join(lines)


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
