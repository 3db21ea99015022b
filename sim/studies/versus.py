"""Two scenarios side by side as an officer reads them: both levels and the difference, each with its 90 % range.

    t = figures(folder, code)      # folder: a comparison `compare(..., ranges=True)` wrote; code: a municipality or all

Levels and effects are those of `studies.levels`: the base on the level of its full run where there is one, the other
scenario that level plus the paired difference. The range of a level is the spread the region keeps (`outputs.ranges`)
around it; that of the difference is its own (`studies.paired`), brought to the level as the effect is. It is much
narrower than the two levels would have it, because both scenarios share what is not known.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sim.core.errors import InputError
from sim.engine import api
from sim.outputs import ranges
from sim.outputs.folder import RunFolder
from sim.outputs.manifest import load_mapping
from sim.outputs.studies import written_studies
from sim.scenario.scenario import Scenario
from sim.studies import paired
from sim.studies.compare import KIND, RECORD, recorded
from sim.studies.execution import finished
from sim.studies.levels import FULL, RUN, scales

OF_PLACES = (
    "collection_rate",
    "billed_per_member",
    "contribution_per_member",
    "discretionary_transfer",
    "members_average",
    "benefit_per_member",
)
"""figures of a municipality, in the order shown; the ones with a range"""
OF_WHOLE = tuple("contribution_per_head" if name == "contribution_per_member" else name for name in OF_PLACES)
"""figures of the prefecture"""
COLUMNS = (
    "measure",
    "unit",
    "year",
    "level",
    "level_low",
    "level_high",
    "other",
    "other_low",
    "other_high",
    "effect",
    "low",
    "high",
    "small",
    "level_of",
)


def figures(folder: Path, code: int) -> pd.DataFrame:
    """Return COLUMNS for the second scenario of a comparison against its base, by measure and year.

    code  of a municipality, or of the prefecture
    Ends of ranges are missing where the comparison, or the region, has none.
    """
    names, runs = recorded(folder)
    if len(names) < 2:
        raise InputError(f"{folder}: a comparison of one scenario")
    base, other = runs[0][0], names[1]
    t = _differences(folder, base, code)
    t = t[t["scenario"] == other].drop_duplicates(["measure", "year"]).reset_index(drop=True)
    t["other"] = t["level"] + t["effect"]
    doubt = paired.read(folder)
    t = _with_ends(t, doubt, other, code)
    for name in ("level", "other"):
        t = t.join(_around(t, name, base, code), on=["measure", "year"])
    return t[[*COLUMNS]]


def _differences(folder: Path, base: RunFolder, code: int) -> pd.DataFrame:
    """Return the rows of a comparison that are of a place, in the order its figures are shown."""
    whole = code == base.region.code
    table, wanted = ("difference_year", OF_WHOLE) if whole else ("difference_municipality", OF_PLACES)
    t = pd.read_parquet(folder / "tables" / f"{table}.parquet")
    t = t.assign(small=False) if whole else t[t["code"] == code]
    t = t[t["measure"].isin(wanted)].astype({"level": float, "effect": float, "value_base": float})
    order = t["measure"].map({name: i for i, name in enumerate(wanted)})
    return t.assign(order=order).sort_values(["order", "year"])


def _with_ends(t: pd.DataFrame, doubt: paired.Differences | None, other: str, code: int) -> pd.DataFrame:
    """Add low and high, the 90 % range of the effect."""
    if doubt is None:
        return t.assign(low=np.nan, high=np.nan)
    own = doubt.table[(doubt.table["scenario"] == other) & (doubt.table["code"] == code)]
    ends = own.set_index(["measure", "year"])[["low90", "high90"]]
    t = t.join(ends, on=["measure", "year"])
    scale = scales(t, t["level"])
    return t.assign(low=t["low90"] * scale, high=t["high90"] * scale)


def _around(t: pd.DataFrame, name: str, base: RunFolder, code: int) -> pd.DataFrame:
    """Return <name>_low and <name>_high, the 90 % range around a level, by measure and year."""
    found = ranges.Ranges.of(base)
    values = t.assign(code=code).set_index(["measure", "code", "year"])[name].rename("value")
    columns = {"low90": f"{name}_low", "high90": f"{name}_high"}
    if found is None:
        return pd.DataFrame(columns=[*columns.values()], dtype=float)
    whole = t["level_of"].isin((FULL, RUN)).to_numpy()  # the level is that of everybody: no noise of a sample in it
    parts = ((values[whole], 1), (values[~whole], int(base.manifest["sample"])))
    table = pd.concat([ranges.around(part, found.spread, sample) for part, sample in parts if len(part)])
    return table.set_index(["measure", "year"])[[*columns]].rename(columns=columns)


def told_apart(low: float, high: float) -> bool | None:
    """Tell whether a difference is told apart from zero by its range; None where it has none."""
    return None if np.isnan(low) or np.isnan(high) else bool(low > 0 or high < 0)


def kept(scenarios: Sequence[Scenario], sample: int, results: Path) -> Path | None:
    """Return the newest comparison of these scenarios in a sample, with ranges; None if there is none.

    It must be of the very runs that would be compared now: finished, of the same plan, code and register.
    """
    names = [s.name for s in scenarios]
    now = [finished(api.plan(s, sample=sample), results) for s in scenarios]
    digests = [None if run is None else run.manifest["digests"]["all"] for run in now]
    if None in digests:
        return None
    for folder in written_studies(results, KIND, RECORD):
        record = load_mapping(folder / RECORD).get("digests")
        if not isinstance(record, dict) or [*map(_composed, record)] != [*map(_composed, names)]:
            continue
        if [*record.values()] == [[digest] for digest in digests] and (folder / paired.ABOUT).is_file():
            return folder
    return None


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", str(name))
