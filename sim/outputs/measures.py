"""Figures of a municipality as people compare them: rates and amounts per head from the facts of a run."""

from __future__ import annotations

import pandas as pd

from sim.institutions.memory import PORTIONS
from sim.outputs.folder import RunFolder

MEASURES: dict[str, str] = {
    "collection_rate": "share",
    "members_average": "persons",
    "contribution_per_member": "yen/person",
    "billed_per_member": "yen/person",
    "benefit_per_member": "yen/person",
    "discretionary_transfer": "yen",
    "discretionary_per_member": "yen/person",
    "arrears_closing": "yen",
    "arrears_households": "households",
    "fund": "yen",
}
"""Measure -> unit. Collection rate: current year, unknown whereabouts (居所不明) left out."""

ADDED = ("discretionary_transfer", "arrears_closing", "arrears_households", "fund")
TOKYO = 13000
"""Code under which the metropolis as a whole stands."""


def by_municipality(run: RunFolder) -> pd.DataFrame:
    """Return one row per fiscal year and municipality, Tokyo as a whole included under its own code.

    Columns: year, code, name, small (too few in the sample to tell), and every name of MEASURES. A rate
    whose base is zero is missing.
    """
    t = run.table("municipality_year")
    sums = t.drop(columns=["code", "name", "small"]).groupby("year", as_index=False).sum()
    whole = sums.assign(code=TOKYO, name="東京都", small=False)
    return _measured(pd.concat([t, whole], ignore_index=True))


def _measured(t: pd.DataFrame) -> pd.DataFrame:
    billed = sum((t[f"bill_{p}"] for p in PORTIONS), start=0 * t["collected"])
    members = (t["member_months"] / 12).where(t["member_months"] > 0)
    base = (billed - t["bill_unknown_address"]).where(lambda x: x > 0)
    out = t[["year", "code", "name", "small"]].copy()
    out["collection_rate"] = t["collected"] / base
    out["members_average"] = t["member_months"] / 12
    out["contribution_per_member"] = t["contribution"] / members
    out["billed_per_member"] = billed / members
    out["benefit_per_member"] = t["benefit"] / members
    out["discretionary_per_member"] = t["discretionary_transfer"] / members
    for name in ADDED:
        out[name] = t[name]
    return out[["year", "code", "name", "small", *MEASURES]]
