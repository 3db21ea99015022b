"""The scenario that holds a municipality's own level: the file's text, every value with the figure it meets."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

import pandas as pd

from sim.core.units import era
from sim.parameters import Parameters
from sim.parameters.loader import span
from sim.scenario.scenario import LAST
from sim.studies.anchor.figures import BY_KEY
from sim.studies.anchor.moves import MOVERS, Row, Search
from sim.studies.anchor.reading import Own


def scenario_name(own: Own, p: Parameters) -> str:
    """Return anchored_ and the municipality in Romaji."""
    return f"anchored_{re.sub(r'[^a-z0-9]+', '_', p.places()[own.code][1].lower()).strip('_')}"


@dataclass(frozen=True)
class Header:
    """What the file says of its runs: the scenario it extends, the region it names, households of a run 1 in N."""

    base: str
    region: str | None
    sample: int


def scenario_text(name: str, s: Search, table: pd.DataFrame, header: Header) -> str:
    """Return the file of the scenario; the run's folder keeps `source`, with the file's digest and the moves."""
    own, base, region = s.own, header.base, header.region
    years = "・".join(f"令和{y - 2018}年度" for y in sorted({int(y) for y in table[table["used"]]["year"]}))
    size = "全数" if header.sample == 1 else f"1/{header.sample}標本"
    alone = {key: span(y for k, y in s.beside if k == key) for key, _ in s.beside}
    beside = [f"{BY_KEY[key].ja} {years}" for key, years in alone.items()]
    lines = [
        f"# {own.name}の自団体の数値（{own.path.name}）に水準を合わせたシナリオ。",
        f"# kokuho anchor が作成。{size}の試算による。",
        f"# SHA-256 {own.digest}",
        f"# 比較のみ（動かしていない）: {'、'.join(beside) or 'なし'}",
        f"name: {name}",
        f"extends: {base}",
        *([f"region: {_quoted(region)}"] if region else []),
        "description:",
        f"  ja: {_quoted(f'{own.name}の水準を自団体の数値（{years}）に合わせた現行制度。')}",
        f"  en: {_quoted(f'{base} with the level of {own.name} moved to its own figures.')}",
        "expectation:",
        f"  ja: {_quoted(f'{own.name}の推計は自団体の数値から始まる。他の市区町村はほとんど変わらない。')}",
        f"  en: {_quoted(f'{own.name} starts from its own figures; other municipalities hardly change.')}",
        f"source: {_quoted(_source(s))}",
        *_policy(s, table),
    ]
    return "\n".join(lines) + "\n"


def _quoted(text: str | None) -> str:
    return json.dumps(text, ensure_ascii=False)


def _source(s: Search) -> str:
    moves = [
        f"{key} {' '.join(f'{era(first)} {before:g} -> {value:g}' for first, _, value in spans)}"
        for key, spans in s.spans().items()
        for before in [next(r.before for r in s.rows if r.mover.key == key)]
    ]
    return (
        f"own figures of {s.own.name}: {s.own.path.name}, sha256 {s.own.digest}; moved: {'; '.join(moves) or 'nothing'}"
    )


def _policy(s: Search, table: pd.DataFrame) -> list[str]:
    spans = s.spans()
    if not spans:
        return ["policy: {}"]
    shown = {(row["key"], row["year"]): row for row in table.to_dict("records")}
    lines = ["policy:"]
    for mover in MOVERS:
        rows = [r for r in s.rows if r.mover is mover]
        if mover.key not in spans or not rows:
            continue
        lines += [f"  {_comment(r, shown[mover.figure, r.year])}" for r in rows]
        if mover.keeps and rows[-1].year < LAST:
            lines.append(f"  # {era(rows[-1].year + 1)}以降: 基準シナリオとの差を保つ値")
        values = ", ".join(f"{era(first)}: {value:g}" for first, _, value in _years(spans[mover.key]))
        lines.append(f"  {mover.key}: {{{_quoted(s.own.name)}: {{{values}}}}}")
    return lines


def _years(spans: list[tuple[int, int, float]]) -> list[tuple[int, int, float]]:
    """Return spans without those that say what the one before says."""
    return [span for k, span in enumerate(spans) if k == 0 or span[2] != spans[k - 1][2]]


def _comment(row: Row, shown: dict[str, object]) -> str:
    figure = BY_KEY[row.mover.figure]
    own, base, now = (f"{float(shown[k]):,.{2 if figure.unit == '％' else 0}f}" for k in ("own", "base", "anchored"))  # type: ignore[arg-type]
    clipped = "（許容範囲の端）" if row.clipped else ""
    return (
        f"# {figure.ja} {era(row.year)}: 自団体 {own}、基本 {base}、調整後 {now}（{figure.unit}）。"
        f"{row.before:g} → {row.value:g}{clipped}"
    )
