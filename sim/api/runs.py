"""Runs: make one, take one from disk, list them, explain one, write its report."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

import pandas as pd

from sim.api.result import Result
from sim.core.step import Step
from sim.engine import api
from sim.engine.model import Progress
from sim.outputs import runs as disk
from sim.outputs.folder import RunFolder
from sim.scenario.outputs import Declarations
from sim.scenario.scenario import Scenario, year_of_model

Year = int | str
"""a fiscal year: 2026, "R8", "FY2026", "令和8年度"; R8 begins in April 2026"""


def run(  # noqa: PLR0913
    scenario: str | Path | Scenario | api.Plan = "baseline",
    *,
    sample: int | None = None,
    region: str | Path | None = None,
    first: Year | None = None,
    last: Year | None = None,
    seed: int | None = None,
    replicate: int = 0,
    levers: Mapping[str, Step] | None = None,
    as_of: datetime.date | str | None = None,
    controls: bool = True,
    outputs: Declarations | None = None,
    threads: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    progress: bool | Progress = True,
) -> Result:
    """Run a scenario and return its result; the run folder appears only when it is complete.

    scenario   name or path of a scenario file, a Scenario, or a Plan, which says everything but threads and folder
    sample     1 = everybody, N = one household in N, each standing for N; the scenario's if not given
    region     name of a region or path of its folder; the scenario's if not given
    first, last  fiscal years; the scenario's if not given
    seed       of all draws; the scenario's if not given
    replicate  another set of draws, 0 the first
    levers     steps of one's own in the year: name of the step it follows -> Step (docs/extending.md)
    as_of      information date, 2024-10-31 or "R6.10.31": what was published later is unknown to every step
    outputs    tables and unit records to leave, objects, a mapping or a file (docs/outputs.md): result.outputs
    controls   of a sample: institutions are told the facts of everybody, where the region keeps them (docs/samples.md)
    threads    threads inside the run; the result does not depend on it
    out        folder of all runs (default "results")
    resume     go on with the same plan after an interrupted year
    progress   a bar on a terminal, or a function (year, step) of one's own

    Raises ScenarioError with every mistake of the file, ParameterError, InputError for options that do not fit,
    StoppedError where it is interrupted, OutsideError where disk or memory fail.

    >>> result = sim.run("baseline", region="teaching", last="R5", progress=False)
    >>> result.headline["year"].tolist()
    [2022, 2023]
    """
    if isinstance(scenario, api.Plan):
        chosen = api.with_outputs(scenario, outputs) if outputs else scenario
    else:
        choice: api.Choice = {"sample": sample, "region": region, "first": first, "last": last, "seed": seed}
        choice |= {"replicate": replicate, "levers": levers, "as_of": as_of, "controls": controls, "outputs": outputs}
        chosen = api.plan(scenario, **choice)
    done = api.run(chosen, threads=threads, out=out, resume=resume, progress=progress)
    return Result(done.folder, done.seconds)


def load(run: str | Path | RunFolder, results: str | Path = "results") -> Result:
    """Return a run on disk: a folder, a run id, or the name of a scenario, which means its best run.

    results  folder of all runs

    InputError where there is none, and where a table, the manifest or the scenario is not as the run wrote it.

    >>> sim.load(result.path).digest == result.digest
    True
    """
    return Result(disk.find_run(run, Path(results)))


class Facts(TypedDict):
    """What the list says of a run."""

    scenario: str
    run: str
    path: str
    region: str
    sample: int
    seed: int
    replicate: int
    first: int
    last: int
    as_of: str | None
    code: str
    version: str | None
    finished: str
    bytes: int
    pinned: bool
    values_on_top: bool


def facts(run: RunFolder) -> Facts:
    """Return what the list says of a run."""
    m = run.manifest
    first, last = disk.span(run)
    return {
        "scenario": m["scenario"],
        "run": run.path.name,
        "path": str(run.path),
        "region": m["region"],
        "sample": m["sample"],
        "seed": m["seed"],
        "replicate": m["replicate"],
        "first": first,
        "last": last,
        "as_of": m["as_of"],
        "code": m["digests"]["code"],
        "version": m["versions"].get("kokuho-sim"),
        "finished": m["finished"],
        "bytes": disk.bytes_of(run),
        "pinned": disk.pinned(run),
        "values_on_top": bool(m["overrides"] or m["levers"]),
    }


def runs(scenario: str | Path | None = None, results: str | Path = "results") -> pd.DataFrame:
    """Return the runs on disk, a row each; the first of a scenario is the one its name stands for.

    scenario  only the runs of this one
    results   folder of all runs

    Columns: those of `Facts`; `bytes` on disk, `values_on_top` where a study or a lever changed the scenario. An
    unknown scenario is an InputError, no runs at all an empty frame.

    >>> sim.runs("baseline")["region"].tolist()
    ['teaching']
    """
    home = Path(results)
    found = disk.all_runs(home) if scenario is None else disk.runs_of(disk.scenario_name(scenario), home)
    return pd.DataFrame([facts(run) for run in found], columns=[*Facts.__annotations__])


def explain(
    run: str | Path | RunFolder, municipality: str | int, year: Year, portion: str | None = None
) -> pd.DataFrame:
    """Return the whole chain from the prefecture's needs (B) to the standard rates of a municipality and year.

    run      run folder, run id or scenario name
    portion  medical, support, care or child; all if left out

    Columns: portion, place, symbol, label_ja, label_en, formula, inputs, value, unit, source; symbols are those of the
    guideline on contributions (納付金ガイドライン). InputError for an unknown municipality, year or portion.

    >>> chain = sim.explain(result.path, "甲市", "R5", portion="medical")
    >>> {"B", "C"} <= set(chain["symbol"])
    True
    """
    from sim.explanations.chain import explain as chain
    from sim.parameters.regions import using

    found = disk.find_run(run)
    with using(found.manifest["region"]):
        return chain(found.path, str(municipality), year_of_model(year, "year"), portion)


def report(run: str | Path | RunFolder, lang: str = "ja") -> Path:
    """Write the HTML report of a run, one file that needs no network, and return its path.

    lang  "ja" or "en"

    >>> sim.report(result.path, lang="en").name
    'report_en.html'
    """
    from sim.reports import build

    return build(run, "en" if lang == "en" else "ja")
