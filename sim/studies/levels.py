"""On which level an effect stands: that of the full population wherever it is known, else the sample's own.

Scenarios are compared in samples; what an officer reads is a level and what changes it. `on_level` adds to a table of
paired differences

    level        the figure of the base in its finished full run, if there is one of the same code and register; else
                 the base's own, which for a sample told by control totals is on the level of the full baseline
    effect       the paired difference; amounts of yen, persons and households in proportion to the level
    effect_half  half width of its 95 % interval over the replicates, likewise; missing with a single pair
    level_of     FULL, TOLD or OWN, or RUN where the runs compared are those of everybody
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from sim.core.errors import InputError
from sim.outputs.folder import RunFolder
from sim.outputs.manifest import told_by
from sim.outputs.runs import of_scenario, span

RUN, FULL, TOLD, OWN = "full population", "full run", "control totals", "sample"
AMOUNTS = ("yen", "yen/person", "persons", "households")
"""units of figures whose effect goes with their level"""
STEPS = ("discretionary_transfer", "discretionary_per_member", "easing")
"""yen that may be nothing: their effects are kept as they are"""

Reader = Callable[[RunFolder], pd.DataFrame]


def full_run(base: RunFolder, results: Path) -> RunFolder | None:
    """Return the finished full run of a sample's scenario with the same code, register and seed, or None."""
    m, (first, last) = base.manifest, span(base)
    if m["sample"] == 1 or m["as_of"] or m["levers"] or m["overrides"]:
        return None
    for run in of_scenario(str(m["scenario"]), results):
        other, (begin, end) = run.manifest, span(run)
        alike = all(m[name] == other[name] for name in ("scenario", "region", "seed"))
        alike &= all(m["digests"].get(d) == other["digests"].get(d) for d in ("code", "register", "parameters"))
        if other["sample"] == 1 and alike and begin <= first and end >= last and not other["levers"]:
            try:
                return run.intact()
            except InputError:  # broken, or changed since it was written
                continue
    return None


def on_level(differences: pd.DataFrame, read: Reader, base: RunFolder, results: Path) -> pd.DataFrame:
    """Return a table of `ensemble.differences` with level, effect, effect_half and level_of.

    read  what the table was read with, to read the full run with
    """
    own = differences["value_base"].astype(float)
    level, level_of = own, RUN if base.manifest["sample"] == 1 else OWN
    if (full := full_run(base, results)) is not None:
        level, level_of = _figures(differences, read(full)).fillna(own), FULL
    elif told_by(base.manifest) and "group" not in differences:
        level_of = TOLD
    goes = differences["unit"].isin(AMOUNTS) & ~differences["measure"].isin(STEPS) & (own > 0)
    scale = (level / own.where(goes)).fillna(1.0)
    return differences.assign(
        level=level,
        effect=differences["difference"] * scale,
        effect_half=differences["half"] * scale,
        level_of=level_of,
    )


def raised(own: pd.Series, other: pd.Series, full: pd.Series, measure: str, unit: str) -> pd.Series:
    """Return the figures of a scenario on the level of the full baseline: what `on_level` adds up, level and effect.

    own, other  the figures of base and scenario in the same sample, by the same index
    full        those of the full baseline; where it has none, the sample's own level stays
    """
    level, own, other = (s.astype(float) for s in (full.reindex(own.index).fillna(own), own, other.reindex(own.index)))
    goes = (own > 0) & (unit in AMOUNTS and measure not in STEPS)
    return level + (other - own) * (level / own.where(goes)).fillna(1.0)


def _figures(rows: pd.DataFrame, full: pd.DataFrame) -> pd.Series:
    """Return the figure of the full run for each row, missing where it has none."""
    keys = [name for name in ("year", "code", "kind", "group", "measure") if name in full and name in rows]
    known = full.drop_duplicates(keys).set_index(keys)["value"].astype(float)
    found = known.reindex(pd.MultiIndex.from_frame(rows[keys]))
    return pd.Series(np.asarray(found, float), index=rows.index)
