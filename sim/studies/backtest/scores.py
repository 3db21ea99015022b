"""How good forecasts were: errors, skill against the naive ones, bias, and how often the interval held.

Errors of levels are shares of the published figure, errors of rates differences of shares (0.01 = one point); so
they can be averaged over municipalities. Items are weighed alike, however many municipalities published them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

SURE = 0.9
"""share of published figures a 90 % interval should hold"""
RIVALS = ("last", "line")


def scored(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows with error, error_last, error_line (scaled, see above), covered, covered_parameters and beats.

    `covered` (by the interval; by what parameters alone make of it) and `beats` (nearer than both rivals; than the
    one there is) are missing where they cannot be told.
    """
    out = rows.copy()
    unit = np.where(out["kind"] == "rate", 1.0, out["published"].abs().where(out["published"] != 0))
    for name, column in (("error", "forecast"), ("error_last", "last"), ("error_line", "line")):
        out[name] = (out[column] - out["published"]) / unit
    for name, low, high in (("covered", "low", "high"), ("covered_parameters", "low_parameters", "high_parameters")):
        inside = (out[low] <= out["published"]) & (out["published"] <= out[high])
        told = out[[low, high, "published"]].notna().all(axis=1)
        out[name] = inside.astype("boolean").where(told)
    rival = out[["error_last", "error_line"]].abs().min(axis=1)
    told = out["error"].notna() & rival.notna()
    out["beats"] = (out["error"].abs() < rival).astype("boolean").where(told)
    return out


def table(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return one line per combination of keys, the worst first.

    count       judged rows
    bias, mae   mean of the error, and of its size
    last, line  mean size of a rival's error, over the rows it has
    skill_last, skill_line  1 - mae / that of the rival, on the rows both have; nan without a rival
    beats       share of rows nearer than both rivals; missing without a rival
    coverage    share of published figures inside the interval
    coverage_parameters  inside what parameters alone make of it
    leaks       rows behind which a parameter saw something later than the date
    single      whether a published figure exists for one year only
    """
    judged = rows[rows["error"].notna()]
    lines = []
    for values, own in judged.groupby(keys, sort=False):
        line: dict[str, object] = dict(zip(keys, values if isinstance(values, tuple) else (values,), strict=True))
        lines.append(line | _line(own))
    columns = [*keys, *_line(judged.iloc[:0])]
    found = pd.DataFrame(lines, columns=columns)
    return found.sort_values("worst_skill", ignore_index=True, na_position="last", kind="stable")


def _line(own: pd.DataFrame) -> dict[str, object]:
    skills = {f"skill_{rival}": skill(own["error"], own[f"error_{rival}"]) for rival in RIVALS}
    return {
        "count": len(own),
        "bias": _mean(own["error"]),
        "mae": _mean(own["error"].abs()),
        "last": _mean(own["error_last"].abs()),
        "line": _mean(own["error_line"].abs()),
        **skills,
        "worst_skill": np.nanmin([*skills.values()]) if not np.isnan([*skills.values()]).all() else np.nan,
        "beats": _mean(own["beats"].dropna()),
        "coverage": _mean(own["covered"].dropna()),
        "coverage_parameters": _mean(own["covered_parameters"].dropna()),
        "leaks": int((own["leaks"] != "").sum()),
        "single": bool(own["single"].all()) if len(own) else False,
    }


def skill(error: pd.Series, rival: pd.Series) -> float:
    """Return 1 - mean |error| / mean |rival| on the rows both have: 1 perfect, 0 no better; nan if it cannot be told.

    A rival without error, or none at all, leaves nothing to compare with.
    """
    both = error.notna() & rival.notna()
    size = rival[both].abs().mean() if both.any() else 0.0
    return float(1 - error[both].abs().mean() / size) if size > 0 else float("nan")


def _mean(values: pd.Series) -> float:
    return float(values.astype(float).mean()) if len(values) else float("nan")


@dataclass(frozen=True)
class Headline:
    """What is said first. Items are counted by item, portion and horizon; nan where nothing can be judged."""

    rows: int
    items: int
    """items and horizons that have a rival"""
    better: int
    """of these, nearer on average than every rival they have"""
    share: float
    coverage: float
    """over items and horizons, each weighed alike"""
    coverage_parameters: float
    """the same without the error of the model"""
    bias: float
    """median over items and horizons of their mean error"""
    skill_last: float
    skill_line: float
    """medians over items and horizons"""


BY_ITEM = ["item", "part", "horizon"]


def headline(rows: pd.DataFrame) -> Headline:
    """Return the headline of scored rows; the caller leaves out those that leak."""
    by_item = table(rows, BY_ITEM)
    told = by_item[by_item["worst_skill"].notna()]
    better = int((told["worst_skill"] > 0).sum())
    return Headline(
        rows=int(rows["error"].notna().sum()),
        items=len(told),
        better=better,
        share=better / len(told) if len(told) else float("nan"),
        coverage=_mean(by_item["coverage"].dropna()),
        coverage_parameters=_mean(by_item["coverage_parameters"].dropna()),
        bias=_median(by_item["bias"]),
        skill_last=_median(by_item["skill_last"]),
        skill_line=_median(by_item["skill_line"]),
    )


def _median(values: pd.Series) -> float:
    return float(values.dropna().astype(float).median()) if values.notna().any() else float("nan")
