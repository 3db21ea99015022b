"""Standard rates (標準保険料率) of all municipalities as runs computed them, runs side by side.

Three kinds, as a prefecture publishes them: (1) of the prefecture as a whole, (2) of a municipality by the uniform
rule, (3) of a municipality by its own split between income, assets, heads and households.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import pandas as pd

from sim.core.errors import InputError
from sim.core.export import markdown_table, replacing
from sim.core.sample import banner
from sim.core.units import era
from sim.institutions.portions import PORTION_SHORT, PORTIONS
from sim.outputs.folder import RunFolder
from sim.outputs.matching import find_runs
from sim.parameters import regions
from sim.scenario.scenario import year_of_model

Lang = Literal["ja", "en"]

KINDS = ("prefecture", "municipality", "own")
"""standard rates (1), (2) and (3)"""
_PREFIX = {"prefecture": "", "municipality": "", "own": "own_"}
PARTS = {
    "income_rate": "income_part",
    "asset_rate": "asset_part",
    "per_head": "per_head",
    "per_household": "per_household",
    "per_adult": "per_adult",
}
"""symbol of the chain -> column"""
_WORDS: dict[str, dict[str, str]] = {
    "ja": {
        "title": "標準保険料率（{year}年度）",
        "lead": "シミュレーションによる推計。公表された標準保険料率ではない。所得割は%、均等割・平等割は円。",
        "municipality": "市町村標準保険料率",
        "own": "各市町村の算定基準にもとづく標準的な保険料率",
        "name": "{municipalities}",
        "income_part": "所得割",
        "asset_part": "資産割",
        "per_head": "均等割",
        "per_household": "平等割",
        "per_adult": "18歳以上均等割",
    },
    "en": {
        "title": "Standard rates of {year}",
        "lead": "As simulated; no published standard rates. Income and asset parts in percent, the others in yen.",
        "municipality": "Municipal standard rates, uniform rule (2)",
        "own": "Standard rates by each municipality's own split (3)",
        "name": "municipality",
        "income_part": "income",
        "asset_part": "assets",
        "per_head": "per head",
        "per_household": "per household",
        "per_adult": "per adult",
    },
}


def standard_rates(
    runs: Sequence[str | Path | RunFolder] | str | Path | RunFolder, year: int | str | None = None
) -> pd.DataFrame:
    """Return the standard rates of each run, one row a year, municipality, kind and portion.

    runs  run folders, run ids or scenario names; of several names runs are taken that match
    year  fiscal year; all years if left out

    Columns: scenario, sample, year, code, name, kind (of KINDS), portion, income_part and asset_part (per 1,000,000),
    per_head, per_adult (yen/person), per_household (yen/household). Rows of the prefecture bear its code. Rounded to
    whole numbers like the published ones. InputError where a run does not hold the year.

    >>> rates = sim.standard_rates(result.path, "R6")
    >>> bool(rates["per_head"].ge(0).all())
    True
    """
    wanted = [runs] if isinstance(runs, str | Path | RunFolder) else list(runs)
    if not wanted:
        raise InputError("standard_rates needs at least one run")
    chosen = None if year is None else year_of_model(year, "year")
    return pd.concat([_of_run(folder, chosen) for folder in find_runs(wanted)], ignore_index=True)


def _of_run(folder: RunFolder, year: int | None) -> pd.DataFrame:
    t = folder.table("contribution")
    years = sorted(int(y) for y in t["year"].unique())
    if year is not None:
        if year not in years:
            raise InputError(f"{folder.scenario} has no {era(year)}; it has {era(years[0])} to {era(years[-1])}")
        t = t[t["year"] == year]
    whole = folder.region.code
    frames = [_of_kind(t, kind, whole) for kind in KINDS]
    places = folder.register().places()
    out = pd.concat(frames, ignore_index=True)
    out["name"] = [folder.region.ja if code == whole else places[int(code)][0] for code in out["code"]]
    out["portion"] = pd.Categorical(out["portion"], PORTIONS)
    out = out.sort_values(["year", "kind", "portion", "code"]).astype({"portion": str})
    out = out.assign(scenario=str(folder.manifest["scenario"]), sample=int(folder.manifest["sample"]))
    return out[["scenario", "sample", "year", "code", "name", "kind", "portion", *PARTS.values()]]


def _of_kind(t: pd.DataFrame, kind: str, whole: int) -> pd.DataFrame:
    """Return year, code, portion, kind and a column a part of one kind; parts a run does not hold are 0."""
    symbols = {f"{_PREFIX[kind]}{symbol}": column for symbol, column in PARTS.items()}
    mine = t[t["symbol"].isin([*symbols]) & ((t["code"] == whole) == (kind == "prefecture"))]
    wide = mine.pivot_table(index=["year", "code", "portion"], columns="symbol", values="value")
    wide = wide.rename(columns=symbols).reindex(columns=[*symbols.values()]).fillna(0.0).round().astype("int64")
    return wide.reset_index().assign(kind=kind).rename_axis(columns=None)


def write_page(table: pd.DataFrame, year: int, path: Path, lang: Lang = "ja") -> Path:
    """Write the standard rates of a year as a page of Markdown, a table a kind and portion, runs side by side."""
    with replacing(path) as fresh:
        fresh.write_text("\n".join(_page(table[table["year"] == year], year, lang)) + "\n", "utf-8", newline="\n")
    return path


def _page(t: pd.DataFrame, year: int, lang: Lang) -> Iterator[str]:
    region = regions.read(regions.current())
    words = {name: region.worded(text, int(lang == "en")) for name, text in _WORDS[lang].items()}
    yield from (f"# {words['title'].format(year=era(year))}", "", words["lead"], "")
    if said := banner(int(t["sample"].max()), lang):
        yield from (f"**{said}**", "")
    for kind in KINDS[1:]:
        yield from (f"## {words[kind]}", "")
        for portion in PORTIONS:
            rows = t[(t["kind"] == kind) & (t["portion"] == portion)]
            if not rows[[*PARTS.values()]].to_numpy().any():
                continue
            yield from (f"### {PORTION_SHORT[portion][lang == 'en']}", "")
            yield from markdown_table(_side_by_side(rows, t, portion, words))
            yield ""


def _side_by_side(rows: pd.DataFrame, t: pd.DataFrame, portion: str, words: dict[str, str]) -> pd.DataFrame:
    """Return municipalities down, the parts of each run across; the prefecture's own rate in the first line."""
    whole = t[(t["kind"] == "prefecture") & (t["portion"] == portion)]
    both = pd.concat([whole, rows])
    used = [part for part in PARTS.values() if both[part].any()]
    out = pd.DataFrame({words["name"]: both.drop_duplicates("code")["name"].to_numpy()})
    scenarios = list(dict.fromkeys(both["scenario"]))
    for scenario in scenarios:
        mine = both[both["scenario"] == scenario].set_index("name")
        for part in used:
            heading = words[part] if len(scenarios) == 1 else f"{scenario} {words[part]}"
            out[heading] = [_shown(mine[part].get(name), part) for name in out[words["name"]]]
    return out


def _shown(value: int | None, part: str) -> str:
    if value is None:
        return "–"
    return f"{value / 10_000:.2f}" if part in ("income_part", "asset_part") else f"{value:,}"
