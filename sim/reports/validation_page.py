"""The page of validation: every published figure beside that of a run, misses first, in Japanese and English."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from sim.core import export
from sim.core.units import era
from sim.outputs.folder import RunFolder

_ROLES = {
    "fitted": ("a parameter marked `estimated` was fitted to it", "推計パラメータを合わせた値"),
    "held_out": ("used nowhere", "どこにも使っていない値"),
    "input": ("given to the model, shown for completeness", "モデルに与えた値"),
    "goal": ("an aim of policy, never judged", "政策の目標（判定しない）"),
    "context": ("of the nation, assumed, or of a plan; never judged", "全国値・仮定・計画など参考（判定しない）"),
}
_HEAD = ("figure", "year", "unit", "published", "simulated", "difference", "band", "role", "source")
_OKU = 100_000_000
"""yen of an 億円, in which amounts of that size are told"""


def write(run: RunFolder, rows: pd.DataFrame, page: Path) -> Path:
    """Write the page of the rows of a run (`sim.studies.validation`) and return where."""
    page.parent.mkdir(parents=True, exist_ok=True)
    with export.replacing(page) as fresh:
        fresh.write_text(text(run, rows), encoding="utf-8", newline="\n")
    return page


def text(run: RunFolder, rows: pd.DataFrame) -> str:
    """Return the page in Markdown."""
    manifest = run.manifest
    judged = rows["ok"].notna()
    met = judged & rows["ok"].eq(True)
    size = "the full population" if manifest["sample"] == 1 else f"a sample of 1/{manifest['sample']}"
    parts = [
        "# Validation / 公表値との照合",
        f"Written by `kokuho validate {run.scenario} --page docs/validation.md` from a run of {size} of "
        f"{run.region.en} (version {manifest['versions'].get('kokuho-sim', '')}, "
        f"tables {manifest['digests']['all'][:12]}). このページはコマンドが実行結果から書く。",
        f"**{met.sum()} of {judged.sum()} judged figures lie within their band** "
        f"(判定した{judged.sum()}件のうち{met.sum()}件が許容範囲内). Bands and roles were set before the run. "
        "In brackets the 90 % range of the "
        "simulated figure, where the plausible ensemble has it (括弧内は推計の幅、90％区間).",
        _table(
            ("role", "meaning", "意味", "figures", "judged", "within"),
            [
                (f"`{role}`", *words, str(len(of)), str(of["ok"].notna().sum()), str(of["ok"].eq(True).sum()))
                for role, words in _ROLES.items()
                for of in [rows[rows["role"] == role]]
            ],
        ),
        "## Misses / 許容範囲外",
        _table(_HEAD, _lines(rows[judged & ~met])),
    ]
    for role, (meaning, words) in _ROLES.items():
        parts += [f"## {role} / {words}", f"{meaning.capitalize()}.", _table(_HEAD, _lines(rows[rows["role"] == role]))]
    return "\n\n".join(parts) + "\n"


def _lines(rows: pd.DataFrame) -> list[tuple[str, ...]]:
    return [_line(row) for _, row in rows.iterrows()]


def _line(row: pd.Series) -> tuple[str, ...]:
    """Return a row of the page; yen of 億円 and more in 億円."""
    large = row["unit"] == "yen" and abs(row["published"]) >= _OKU
    told = [row[name] / _OKU if large else row[name] for name in ("published", "simulated", "difference", "band")]
    published, simulated, difference, band = map(_number, told)
    if pd.notna(row["low"]):
        low, high = (_number(row[name] / _OKU if large else row[name]) for name in ("low", "high"))
        simulated += f" ({low}–{high})"
    return (
        f"`{row['id']}`",
        _year(row["year"]),
        "億円" if large else str(row["unit"]),
        published,
        simulated,
        difference,
        "" if pd.isna(row["ok"]) else f"{band} {'ok' if row['ok'] else '**miss**'}",
        str(row["role"]),
        ", ".join(f"`{name}`" for name in str(row["source"]).split(";")),
    )


def _year(year: object) -> str:
    return era(int(str(year))) if str(year).isdigit() else str(year)


def _number(value: object) -> str:
    """Return a figure with as many places as tell it apart."""
    if not isinstance(value, int | float) or pd.isna(value):
        return "" if value is None or (isinstance(value, float) and pd.isna(value)) else str(value)
    places = 0 if float(value).is_integer() or abs(value) >= 1000 else 2 if abs(value) >= 1 else 4
    return f"{value:,.{places}f}"


def _table(head: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    head = tuple(head)
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
