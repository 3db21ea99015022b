"""The command `sources`: the passport of every number of the register."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape
from rich.table import Table

from sim.cli.app import REGISTER, app
from sim.cli.show import console, unit_said
from sim.core import language
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
    from sim.scenario.labels import label_ja
    from sim.scenario.quantities import axis_text, examples
    from sim.scenario.schema import current

    passport = p.passport(key)
    rows = {
        "label": language.either(label_ja(key, passport.label), passport.label),
        "unit": unit_said(passport.unit),
        "value": current(p, key),
        "positions": axis_text(passport),
        "allowed": passport.allowed(),
        "status": said(passport.status),
        "reason": passport.reason,
        "fitted to": passport.fitted_to,
        "decided until": span([passport.confirmed_until]) if passport.confirmed_until else None,
        "afterwards": passport.expected and f"{passport.expected.rule}: {passport.expected.reason}",
        "known on": _known_on(passport),
        "kept on every date": passport.structure,
        "note": passport.note,
        "in a scenario": f"{key}: {language.either(' または ', ' or ').join(examples(passport))}",
        "section": "policy" if p.section(key) == "policy" else f"policy{language.either('、', ' or ')}{p.section(key)}",
        "by municipality": language.either("可", "possible") if passport.by_place else None,
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
            "status": ", ".join(f"{said(str(s))}: {n:,}{language.either('行', ' rows')}" for s, n in counts.items()),
            "note": passport.note,
        },
    )
    source_lines(p, ";".join(sorted({s for cell in frame["source_id"].unique() for s in str(cell).split(";")})))


_WORDS = {
    "label": "内容",
    "unit": "単位",
    "value": "値",
    "values": "値",
    "positions": "位置",
    "allowed": "使える値",
    "status": "区分",
    "reason": "理由",
    "fitted to": "合わせた公表値",
    "decided until": "確定している年度",
    "afterwards": "その後",
    "known on": "公表日",
    "kept on every date": "どの基準日でも使う",
    "note": "注",
    "in a scenario": "シナリオでの書き方",
    "section": "書く欄",
    "by municipality": "市区町村別の値",
    "defined in": "定義の場所",
    "value of the region": "地域の値の場所",
    "keys": "キー",
    "columns": "列",
    "year": "年度",
    "rows": "行数",
    "source": "出典",
    "key": "パラメータ",
    "now": "現在の値",
    "table": "表",
    "kind": "種類",
    "name": "名前",
    "meaning": "意味",
    "ja": "日本語",
    "en": "英語",
    "column": "列",
    "fact": "数値",
    "table column": "表の列",
    "parameter": "パラメータ",
    "data": "データ",
    "scenario": "シナリオ",
    "step": "処理",
}
"""words of the register in Japanese"""


def said(word: str) -> str:
    """Return a word of the register in the language in force."""
    from sim.scenario.labels import STATUS_JA

    return language.either((_WORDS | STATUS_JA).get(word, word), word)


def card(title: str, rows: Mapping[str, object]) -> None:
    out = console()
    out.print(f"[bold]{title}[/bold]", highlight=False)
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for name, text in rows.items():
        if text:
            grid.add_row(said(name), escape(str(text)))
    out.print(grid)


def source_lines(p: Parameters, ids: str) -> None:
    out = console()
    for name in ids.split(";"):
        s = p.sources[name.strip()]
        parts = (s.title, s.publisher, s.year, s.url, s.note)
        line = f"[dim]{said('source')}[/dim] {name.strip()}: {escape(' · '.join(x for x in parts if x))}"
        out.print(line, soft_wrap=True, highlight=False)


def _listing(p: Parameters, keys: list[str], tables: list[str]) -> None:
    from sim.scenario.labels import label_ja
    from sim.scenario.schema import current

    out = console()
    table = Table(*map(said, ("key", "label", "unit", "now", "status", "source")), header_style="bold")
    for key in keys:
        passport = p.passport(key)
        now = current(p, key)
        table.add_row(
            key,
            escape(language.either(label_ja(key, passport.label), passport.label)),
            escape(unit_said(passport.unit)),
            escape(now if len(now) < 60 else now[:57] + "…"),
            said(passport.status),
            passport.source,
        )
    if keys:
        out.print(table)
    if tables:
        listed = Table(*map(said, ("table", "label", "year")), header_style="bold")
        for key in tables:
            passport_of = p.table_passport(key)
            listed.add_row(key, escape(passport_of.label), passport_of.year)
        out.print(listed)
