"""The command `sources`: the passport of every number of the register."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from sim.cli.app import REGISTER, app
from sim.cli.show import console
from sim.core.errors import InputError, nearest

if TYPE_CHECKING:
    from sim.parameters import Parameters
    from sim.parameters.schema import Passport, TablePassport


@app.command(rich_help_panel=REGISTER)
def sources(
    key: Annotated[
        str | None, typer.Argument(help="a key (rates.alpha), a domain (rates) or a table; all if left out")
    ] = None,
) -> None:
    """Show the passport of a parameter or table: value by year, unit, range, status, source."""
    from sim.parameters import Parameters

    p = Parameters.load()
    if key in p.passports:
        _passport(p, key)
    elif key in p.table_passports:
        _table_passport(p, key)
    else:
        chosen = [k for k in sorted(p.passports) if key is None or k.startswith(f"{key}.")]
        tables = [k for k in sorted(p.table_passports) if key is None or k.startswith(f"{key}.")]
        if not chosen and not tables:
            raise InputError(f"no parameter or table '{key}'{nearest(key or '', [*p.passports, *p.table_passports])}")
        _listing(p, chosen, tables)


def _passport(p: Parameters, key: str) -> None:
    from sim.parameters.loader import span
    from sim.scenario.quantities import axis_text, examples
    from sim.scenario.schema import current

    passport = p.passport(key)
    rows = {
        "label": passport.label,
        "unit": passport.unit,
        "value": current(p, key),
        "positions": axis_text(passport),
        "allowed": passport.allowed(),
        "status": passport.status,
        "reason": passport.reason,
        "fitted to": passport.fitted_to,
        "decided until": span([passport.confirmed_until]) if passport.confirmed_until else None,
        "afterwards": passport.expected and f"{passport.expected.rule}: {passport.expected.reason}",
        "known on": _known_on(passport),
        "kept on every date": passport.structure,
        "note": passport.note,
        "in a scenario": f"{key}: {' or '.join(examples(passport))}",
        "section": "policy" if p.section(key) == "policy" else f"policy or {p.section(key)}",
        "by municipality": "possible" if passport.by_place else None,
        "defined in": _shown(p, p.homes[key]),
        "value of the region": _shown(p, p.values_in[key]) if p.values_in[key] != p.homes[key] else None,
    }
    card(key, rows)
    source_lines(p, passport.source)


def _shown(p: Parameters, path: Path) -> str:
    """Return a file of the register as a checkout has it: sim/parameters/law/levy.yaml."""
    house = p.root.parents[1]
    return (path.relative_to(house) if path.is_relative_to(house) else path).as_posix()


def _known_on(passport: Passport | TablePassport) -> str | None:
    """Return since when figures are known, where the passport says it: one date, or a date by year."""
    from sim.core.units import era

    if isinstance(passport.known_on, dict):
        return ", ".join(f"{era(year)}: {day}" for year, day in passport.known_on.items())
    return None if passport.known_on is None else str(passport.known_on)


def _table_passport(p: Parameters, key: str) -> None:
    passport, frame = p.table_passport(key), p.table(key)
    counts = frame["status"].value_counts()
    card(
        key,
        {
            "label": passport.label,
            "keys": ", ".join(passport.keys),
            "columns": ", ".join(f"{c} ({u})" for c, u in passport.columns.items()),
            "year": passport.year,
            "known on": _known_on(passport),
            "kept on every date": passport.structure,
            "rows": f"{len(frame):,}",
            "status": ", ".join(f"{s}: {n:,} rows" for s, n in counts.items()),
            "note": passport.note,
        },
    )
    source_lines(p, ";".join(sorted({s for cell in frame["source_id"].unique() for s in str(cell).split(";")})))


def card(title: str, rows: Mapping[str, object]) -> None:
    out = console()
    out.print(f"[bold]{title}[/bold]", highlight=False)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in rows.items():
        if text:
            grid.add_row(name, escape(str(text)))
    out.print(grid)


def source_lines(p: Parameters, ids: str) -> None:
    out = console()
    for name in ids.split(";"):
        s = p.sources[name.strip()]
        parts = (s.title, s.publisher, s.year, s.url, s.note)
        line = f"[dim]source[/dim] {name.strip()}: {escape(' · '.join(x for x in parts if x))}"
        out.print(line, soft_wrap=True, highlight=False)


def _listing(p: Parameters, keys: list[str], tables: list[str]) -> None:
    from sim.scenario.schema import current

    out = console()
    table = Table("key", "label", "unit", "now", "status", "source", header_style="bold")
    for key in keys:
        passport = p.passport(key)
        now = current(p, key)
        table.add_row(
            key,
            escape(passport.label),
            escape(passport.unit),
            escape(now if len(now) < 60 else now[:57] + "…"),
            passport.status,
            passport.source,
        )
    if keys:
        out.print(table)
    if tables:
        listed = Table("table", "label", "year", header_style="bold")
        for key in tables:
            passport_of = p.table_passport(key)
            listed.add_row(key, escape(passport_of.label), passport_of.year)
        out.print(listed)
