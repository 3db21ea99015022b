"""The data-health plan (データヘルス計画) as its indicators: what each municipality reaches, began with and aims at."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from sim.core.record import Floats, Ints
from sim.core.tables import Columns, Labels, OutputTable
from sim.institutions.programmes import Levels, levels, starts
from sim.institutions.world import World
from sim.mechanisms.care.profile import group_name
from sim.mechanisms.care.state import GROUPS, AgeSums, Totals
from sim.parameters import Parameters

HEALTH_CHECKS = OutputTable(
    "health_checks",
    "Health checks (特定健診) and guidance (特定保健指導) by age of the insured",
    ("year", "age_group"),
    {
        "checkable": ("persons", "insured all year at the ages of the health check"),
        "checked": ("persons", "of them, those who take it"),
        "due": ("persons", "of them, those due for guidance"),
        "guided": ("persons", "of them, those who finish it"),
    },
)

HEALTH_PLAN = OutputTable(
    "health_plan",
    "Indicators of the data-health plan (データヘルス計画) by municipality",
    ("year", "code", "indicator"),
    {
        "baseline": ("share", "reach of R4"),
        "goal": ("share", "goal of the state, empty where none is known"),
        "reach": ("share", "reach in the year: checks and guidance as simulated, other programmes as set"),
    },
)

TABLES = (HEALTH_CHECKS, HEALTH_PLAN)


def record(w: World, year: int, sums: Totals) -> None:
    """Append the year's rows."""
    w.record(HEALTH_CHECKS, lambda: by_age(year, sums.ages.sum(axis=2).sum(axis=0), w.weight))
    w.record(HEALTH_PLAN, lambda: indicators(w, year, sums.ages.sum(axis=2).sum(axis=1)))


def by_age(year: int, ages: AgeSums, weight: int) -> Columns:
    """Return a row an age group that has any."""
    some = ages.checkable > 0
    groups = np.array([group_name(g) for g in range(GROUPS)])
    persons = {name: getattr(ages, name)[some] * weight for name in HEALTH_CHECKS.columns}
    return {"year": year, "age_group": groups[some], **persons}


def indicators(w: World, year: int, sums: AgeSums) -> Columns:
    """Return a row a municipality and indicator."""
    now, start = levels(w.p, year), starts(w.p, year)
    reach = {f.name: getattr(now, f.name) for f in fields(Levels)}
    reach |= {"checkup_rate": _share(sums.checked, sums.checkable), "guidance_rate": _share(sums.guided, sums.due)}
    return {
        "year": year,
        "code": np.tile(w.p.codes(), len(reach)),
        "indicator": Labels.repeat([*reach], w.places),
        "baseline": np.concatenate([getattr(start, name) for name in reach]),
        "goal": np.repeat([goal(w.p, name, year) for name in reach], w.places),
        "reach": np.concatenate([*reach.values()]),
    }


def goal(p: Parameters, indicator: str, year: int) -> float:
    """Return the goal of the state for an indicator, NaN without one."""
    key = f"cost.{indicator.rpartition('_')[0]}_goal"
    return float(p.value(key, year)) if key in p.passports else np.nan


def _share(part: Ints, whole: Ints) -> Floats:
    return np.divide(part, whole, out=np.full(len(whole), np.nan), where=whole > 0)
