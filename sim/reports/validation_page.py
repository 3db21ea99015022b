"""The page of validation: every published figure beside that of a run, misses first, in Japanese and English."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from sim.core import export, language
from sim.core.units import era
from sim.outputs.folder import RunFolder
from sim.reports.items import item_label
from sim.reports.words import of_region
from sim.scenario.labels import UNITS_JA

_ROLES = {
    "fitted": ("a parameter marked `estimated` was fitted to it", "推定したパラメータを合わせた値"),
    "held_out": ("used nowhere", "推定に用いていない値"),
    "input": ("given to the model, shown for completeness", "モデルに与えた値"),
    "goal": ("an aim of policy, never judged", "政策の目標（判定しない）"),
    "context": ("of the nation, assumed, or of a plan; never judged", "全国値・仮定・計画など参考（判定しない）"),
}
_HEAD = ("figure", "year", "unit", "published", "simulated", "difference", "band", "role", "source")
_OKU = 100_000_000
"""yen of an 億円, in which amounts of that size are told"""


_HEAD_JA = ("項目", "年度", "単位", "公表値", "推計値", "差", "許容幅", "扱い", "出典")
_NAMES_JA = {"fitted": "適合", "held_out": "検証", "input": "設定", "goal": "目標", "context": "参考"}


def write(run: RunFolder, rows: pd.DataFrame, page: Path) -> Path:
    """Write the page of the rows of a run (`sim.studies.validation`) and return where."""
    page.parent.mkdir(parents=True, exist_ok=True)
    with export.replacing(page) as fresh:
        fresh.write_text(text(run, rows), encoding="utf-8", newline="\n")
    return page


def text(run: RunFolder, rows: pd.DataFrame) -> str:
    """Return the page in Markdown: all in Japanese where that is wished for, else in English with Japanese headings."""
    return _japanese(run, rows) if language.wished() == language.JA else _both(run, rows)


def _japanese(run: RunFolder, rows: pd.DataFrame) -> str:
    """Return the page in Japanese."""
    manifest = run.manifest
    judged = rows["ok"].notna()
    met = judged & rows["ok"].eq(True)
    size = "全世帯" if manifest["sample"] == 1 else f"1/{manifest['sample']}標本"
    parts = [
        "# 公表値との照合",
        f"{run.region.ja}の{size}の計算結果（kokuho-sim {manifest['versions'].get('kokuho-sim', '')}、"
        f"集計表 {manifest['digests']['all'][:12]}）を公表値と照合したもの。"
        f"`kokuho validate {run.scenario} --page FILE --lang ja` により作成。",
        f"**判定した{judged.sum()}件のうち{met.sum()}件が許容範囲内。** 許容幅と扱いは計算の前に定めている。",
        _table(
            ("扱い", "意味", "件数", "判定", "許容範囲内"),
            [
                (_NAMES_JA[role], words, str(len(of)), str(of["ok"].notna().sum()), str(of["ok"].eq(True).sum()))
                for role, (_, words) in _ROLES.items()
                for of in [rows[rows["role"] == role]]
            ],
        ),
        "## 許容範囲外の項目",
        _table(_HEAD_JA, [_line_ja(row) for _, row in rows[judged & ~met].iterrows()]),
    ]
    for role, (_, words) in _ROLES.items():
        of = rows[rows["role"] == role]
        parts += [f"## {_NAMES_JA[role]}", f"{words}。", _table(_HEAD_JA, [_line_ja(row) for _, row in of.iterrows()])]
    return "\n\n".join(parts) + "\n"


def _line_ja(row: pd.Series) -> tuple[str, ...]:
    """Return a row of the page in Japanese."""
    _, year, unit, *figures, band, role, sources = _line(row)
    told = band.replace("**miss**", "**範囲外**").replace("ok", "範囲内")
    label = of_region(item_label(str(row["id"]))[0], language.JA)
    return (label, year, UNITS_JA.get(unit, unit), *figures, told, _NAMES_JA.get(role, role), sources)


def _both(run: RunFolder, rows: pd.DataFrame) -> str:
    """Return the page in English with headings in both languages, as the documentation has it."""
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
