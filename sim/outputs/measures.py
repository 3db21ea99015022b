"""Figures of a municipality as people compare them: rates and amounts per head from the facts of a run, and how sure.

A figure of few households is a matter of chance: of which households are in the sample, and of the draws that decide
who pays. `precision` gives the half-width of the 95 % interval of the collection rate and of the number of insured,
and marks a place (`small`) where one of them is wider than ROUGH says. The rule is one for all sizes of run:

    rate       1.96 sqrt(d r (1 - r) / n)     n = billed households the run holds, each standing for 1 or for N
    members    1.96 sqrt((1 + c) / m)         m = insured households the run holds, relative to the number

r is the rate, drawn a little to that of the prefecture where n is tiny. d says that money is not paid yen by yen: a
household pays its bill or does not, and bills differ. It is worked out by income decile for the prefecture as a whole
(linearised ratio of two sums): about 1.87. c = (s - 1) / s^2, with s insured to a household, is the variation of sizes
of households.
Beside replicates of the baseline with other households and other draws (1/200, 8 runs, R4 and R6) the variance of the
rate was 1.75 to 1.82 times r (1 - r) / n, and 1.7 to 1.8 times with the same households and other draws: chance of
payment is nearly all of it, so the rule holds for the full population too, where it is the seed that moves a small
place. The variance of the number of insured was 1.24 to 1.33 over m with other households, 0.2 to 0.6 with the same:
for the full population the half-width of members is an upper bound.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.institutions.memory import PORTIONS
from sim.outputs.folder import RunFolder
from sim.parameters.places import prefectural

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
ROUGH: dict[str, float] = {"collection_rate": 0.01, "members_average": 0.05}
"""half-widths from which on a place is marked: one point of the rate, five percent of the insured"""
HIDDEN = 0.05
"""half-width of the rate from which on a map shows no value: five points, about the spread of the municipalities"""
_Z = 1.959964
_PRIOR = 4
"""households of the whole rate that join those of a place, so that four that all paid do not look certain"""


def by_municipality(run: RunFolder) -> pd.DataFrame:
    """Return one row per fiscal year and municipality, the prefecture as a whole included under its own code.

    Columns: year, code, name, sample, small, rate_half, members_half (see `precision`), and every name of MEASURES. A
    rate whose base is zero is missing.
    """
    t = _with_whole(run)
    return (
        measured(t)
        .join(precision_of(t, run))
        .assign(sample=int(run.manifest["sample"]))[
            ["year", "code", "name", "sample", "small", "rate_half", "members_half", *MEASURES]
        ]
    )


def facts(run: RunFolder) -> pd.DataFrame:
    """Return municipality_year with `small` by the error a place really has, and rate_half and members_half."""
    t = run.table("municipality_year")
    return t.drop(columns="small").join(precision_of(t, run))


def precision(run: RunFolder) -> pd.DataFrame:
    """Return how sure the figures of each place and year are: year, code, rate_half, members_half, small.

    rate_half      half-width of the 95 % interval of the collection rate, as a fraction
    members_half   the same of the insured, relative to their number
    small          whether one of them passes ROUGH; a place without billed households is small too
    """
    t = _with_whole(run)
    return t[["year", "code"]].join(precision_of(t, run))


def precision_of(t: pd.DataFrame, run: RunFolder) -> pd.DataFrame:
    """Return rate_half, members_half and small of rows of municipality_year of a run."""
    sample = int(run.manifest["sample"])
    _, base = _base(t)
    half = rate_half(t["collected"] / base, t["bill_households"] / sample, lumps(t["year"], run), _whole_rate(t))
    households = (t["households_end"] / sample).astype(float)
    size = (t["members_end"] / t["households_end"].where(t["households_end"] > 0)).astype(float).clip(lower=1.0)
    members = _Z * np.sqrt((1 + (size - 1) / size**2) / households.where(households > 0))
    rough = ~(half <= ROUGH["collection_rate"]) | ~(members <= ROUGH["members_average"])
    return pd.DataFrame({"small": rough & ~prefectural(t["code"]), "rate_half": half, "members_half": members})


def rate_half(rate: pd.Series, households: pd.Series, spread: pd.Series | float, whole: pd.Series) -> pd.Series:
    """Return the half-width of the 95 % interval of a collection rate, as a fraction; missing without a household.

    rate        paid of what was billed
    households  billed households in the run itself, not what they stand for
    spread      how much less a household tells than a coin (see `lumps`)
    whole       the rate of the prefecture, to which few households are drawn
    """
    n = households.astype(float).where(households > 0)
    drawn = (rate.astype(float).fillna(whole) * n + _PRIOR * whole) / (n + _PRIOR)
    return _Z * np.sqrt((spread * drawn * (1 - drawn)).clip(lower=0.0) / n)


def lumps(years: pd.Series, run: RunFolder) -> pd.Series:
    """Return for each year how many times the variance of a collection rate is that of coins: bills differ, come whole.

    Each income decile of the prefecture is taken as households of one bill that pay it or not. One where a run lacks
    the table.
    """
    if "household_groups" not in run.tables:
        return pd.Series(1.0, index=years.index)
    return lumps_of(years, run.table("household_groups"))


def lumps_of(years: pd.Series, t: pd.DataFrame) -> pd.Series:
    """Return the same from the table household_groups."""
    t = t[
        prefectural(t["code"]) & (t["kind"] == "income decile") & (t["billed"] > t["unknown"]) & (t["households"] > 0)
    ]
    return years.map({int(year): _lumps(rows) for year, rows in t.groupby("year")}).astype(float).fillna(1.0)


def _lumps(deciles: pd.DataFrame) -> float:
    due = (deciles["billed"] - deciles["unknown"]).astype(float)
    households = deciles["households"].astype(float)
    paid = deciles["paid"] / due
    whole = float(deciles["paid"].sum() / due.sum())
    if not 0 < whole < 1:
        return 1.0
    gaps = households * (due / households) ** 2 * (paid * (1 - whole) ** 2 + (1 - paid) * whole**2)
    return float(gaps.sum() * households.sum() / due.sum() ** 2 / (whole * (1 - whole)))


def _whole_rate(t: pd.DataFrame) -> pd.Series:
    """Return the collection rate of the prefecture in the year of each row."""
    t = t[["year", "code", "collected"]].assign(base=_base(t)[1].fillna(0).astype(float))
    sums = t[~prefectural(t["code"])].groupby("year")[["collected", "base"]].sum()
    return t["year"].map((sums["collected"] / sums["base"].where(sums["base"] > 0)).fillna(1.0)).astype(float)


def _with_whole(run: RunFolder) -> pd.DataFrame:
    """Return the facts of the municipalities, and their sums for the prefecture as a whole under its own code."""
    t = run.table("municipality_year")
    sums = t.drop(columns=["code", "name", "small"]).groupby("year", as_index=False).sum()
    return pd.concat([t, sums.assign(code=run.region.code, name=run.region.ja, small=False)], ignore_index=True)


def _base(t: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Return what was billed, and of it what can be collected (missing where that is nothing)."""
    billed = sum((t[f"bill_{p}"] for p in PORTIONS), start=0 * t["collected"])
    return billed, (billed - t["bill_unknown_address"]).where(lambda x: x > 0)


def measured(t: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of municipality_year with the figures of MEASURES, and what was billed, instead of facts."""
    billed, base = _base(t)
    members = (t["member_months"] / 12).where(t["member_months"] > 0)
    out = t[["year", "code", "name"]].copy()
    out["collection_rate"] = t["collected"] / base
    out["members_average"] = t["member_months"] / 12
    out["contribution_per_member"] = t["contribution"] / members
    out["billed_per_member"] = billed / members
    out["benefit_per_member"] = t["benefit"] / members
    out["discretionary_per_member"] = t["discretionary_transfer"] / members
    for name in ADDED:
        out[name] = t[name]
    out["billed"] = billed
    return out
