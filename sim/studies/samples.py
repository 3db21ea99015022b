"""How far samples are off the full population, with and without control totals; and the totals a region keeps.

    keep(Path("results"))       # the facts of the full baseline, into the folder of the region
    found = measure(Path("results"))
    found.summary()             # one row a measure, scenario and size: errors without and with control totals

Each scenario is lived once by everybody and several times by samples, each replicate among other households. Of the
baseline the error is that of the level, of other scenarios that of the effect: the difference to the baseline of the
same households and draws beside the difference of the full runs. With control totals the level of the baseline is that
of the full run by construction, so what the effects miss is what is left to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

import numpy as np
import pandas as pd

from sim.core import language
from sim.core.errors import InputError
from sim.engine import api, controls
from sim.outputs.folder import RunFolder
from sim.outputs.manifest import now
from sim.outputs.measures import measured
from sim.outputs.tables import HEADLINE
from sim.parameters import regions
from sim.studies.execution import Task, Workers, all_or_raise, execute, finished
from sim.studies.plausible import table_of

SCENARIOS = ("collection_drive", "cost_shock", "members_low")
"""beside the baseline: one that moves payment, one that moves cost, one that moves membership"""
SIZES = (100, 1000)
REPLICATES = 3
HEADLINES = ("contribution", "discretionary_transfer", "discretionary_municipalities", "collection_rate", "benefit")
EASING = "easing"
WARD, OTHERS = "collection rate, five smallest", "collection rate, all municipalities"
"""of the municipalities with `LARGE` insured or more those with the fewest; every municipality"""
LARGE, FEW = 10_000, 5
UNITS = {EASING: "yen", WARD: "share", OTHERS: "share"}
_KEYS = ["year", "measure", "code"]


def keep(results: Path) -> Path:
    """Give the region in force the control totals of its full baseline and return their folder.

    A finished full run of the baseline in `results` is used; without one it is lived now.
    """
    plan = api.plan(controls.BASE, sample=1)
    return controls.write(plan.parameters.region.folder, plan, _full(plan, results).table("municipality_year"))


def _full(plan: api.Plan, results: Path) -> RunFolder:
    return finished(plan, results) or api.run(plan, out=results, progress=False).folder


@dataclass(frozen=True)
class Samples:
    """Errors of samples: scenario, sample, replicate, told, year, measure, code, full, error.

    full   of the baseline its level, of other scenarios their effect, in the full runs
    told   whether the institutions of the sample were told by control totals
    """

    errors: pd.DataFrame
    region: str

    def summary(self) -> pd.DataFrame:
        """Return the root of the mean square error over years, replicates and places by measure, scenario and size.

        typical: root of the mean square of what is estimated; worst: the largest error with control totals.
        """
        rows = []
        for (measure, scenario, sample), t in self.errors.groupby(["measure", "scenario", "sample"], sort=False):
            without, told = t[~t["told"]], t[t["told"]]
            rows.append(
                {
                    "measure": measure,
                    "unit": UNITS.get(str(measure)) or HEADLINE[str(measure)][0],
                    "of": "level" if scenario == controls.BASE else f"effect of {scenario}",
                    "sample": f"1/{sample}",
                    "typical": _rms(t["full"]),
                    "without": _rms(without["error"]),
                    "with": _rms(told["error"]),
                    "worst": float(told["error"].abs().max()),
                }
            )
        return pd.DataFrame(rows)


def measure(
    results: Path,
    *,
    scenarios: Sequence[str] = SCENARIOS,
    sizes: Sequence[int] = SIZES,
    replicates: int = REPLICATES,
    last: int | None = None,
    **workers: Unpack[Workers],
) -> Samples:
    """Live every scenario in full and in samples, with and without control totals, and return the samples' errors.

    InputError where the region keeps no totals that hold for these samples.
    """
    names = (controls.BASE, *scenarios)
    plan = api.plan(controls.BASE, sample=max(sizes), last=last)
    if not plan.controls.digest:
        raise InputError(plan.controls.said or f"no control totals kept; first {controls.REMAKE}")
    full = {name: _figures(_full(api.plan(name, sample=1, last=last), results)) for name in names}
    small = _smallest(full[controls.BASE])
    made = [(n, s, r, told) for n in names for s in sizes for r in range(replicates) for told in (False, True)]
    tasks = [Task(n, sample=s, replicate=r, last=last, controls=told) for n, s, r, told in made]
    done = all_or_raise(execute(tasks, (), folders=results, title=language.either("標本の計算", "samples"), **workers))
    found = {key: _figures(outcome.folder) for key, outcome in zip(made, done, strict=True)}
    parts = []
    for (name, size, replicate, told), own in found.items():
        wanted = full[name]
        if name != controls.BASE:
            own, wanted = own - found[controls.BASE, size, replicate, told], wanted - full[controls.BASE]
        rows = pd.DataFrame({"full": wanted, "error": own - wanted}).dropna().reset_index()
        parts.append(rows.assign(scenario=name, sample=size, replicate=replicate, told=told))
    return Samples(_with_smallest(pd.concat(parts, ignore_index=True), small), regions.read(regions.current()).name)


def _figures(run: RunFolder) -> pd.Series:
    """Return the figures of a run, float64 by year, measure and code, 0 the prefecture; insured among them."""
    places = run.table("municipality_year")
    whole = run.table("metropolis_year").set_index("year")[list(HEADLINES)]
    whole[EASING] = places.groupby("year")["easing"].sum()
    first = whole.reset_index().melt("year", var_name="measure").assign(code=0)
    own = measured(places).rename(columns={"collection_rate": OTHERS, "members_average": _MEMBERS})
    second = own.melt(["year", "code"], [OTHERS, _MEMBERS], var_name="measure")
    both = pd.concat([first, second]).astype({"value": float})
    return both.set_index(_KEYS)["value"]


_MEMBERS = "members"


def _smallest(base: pd.Series) -> list[int]:
    """Return the municipalities with the fewest insured among those with LARGE or more; all where none has so many."""
    first = base.xs(_MEMBERS, level="measure").groupby("code").first()
    large = first[first >= LARGE]
    return [int(code) for code in (first if large.empty else large).nsmallest(FEW).index]


def _with_smallest(errors: pd.DataFrame, small: list[int]) -> pd.DataFrame:
    errors = errors[errors["measure"] != _MEMBERS]
    own = errors[(errors["measure"] == OTHERS) & errors["code"].isin(small)].assign(measure=WARD)
    return pd.concat([errors, own], ignore_index=True)


def _rms(values: pd.Series) -> float:
    return float(np.sqrt((values**2).mean()))


def page(found: Samples) -> str:
    """Return docs/samples.md: what samples miss of the full population without and with control totals."""
    summary = found.summary()
    levels = summary["of"] == "level"
    parts = [
        "# Samples",
        "<!-- written by kokuho calibrate --controls --page docs/samples.md -->",
        "In a sample of one household in N every total has an error, and institutions that see it decide on it. Where "
        "the region keeps the facts of its full baseline (`controls/`), institutions of its samples are told these, "
        "moved by what the scenario moves in the sample: [decision 0096](decisions/0096-control-totals.md). "
        "`--no-controls` goes without.",
        f"Made {now()} for {found.region}, code {controls.code()[:16]}: every scenario once in full, and in "
        f"{found.errors['replicate'].nunique()} samples of each size with other households. Errors are roots of mean "
        "squares over fiscal years, replicates and, of municipalities, places; `typical` is that of the figure itself "
        "in the full runs, `worst` the largest error with control totals.",
        "## Levels of the baseline",
        "With control totals, figures of institutions and municipalities are those of the full run to the yen: that is "
        "how they are made, and no achievement. Groups of households are counted in the sample, with its noise.",
        table_of(summary[levels].drop(columns=["of"])),
        "## Effects",
        "A scenario less the baseline of the same households and draws, beside the difference of the full runs.",
        table_of(summary[~levels]),
    ]
    return "\n\n".join(parts) + "\n"
