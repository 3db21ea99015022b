"""One scenario in several prefectures at once: a run of each on the common executor, and one table of all of them.

A prefecture is one task: its own register, population and accounts. People who move from one simulated prefecture to
another leave the first and arrive in the second as flows that each region's own figures give; nobody is followed
across a border, so that the runs need nothing of each other and may be on different machines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Unpack

import pandas as pd

from sim.core import language
from sim.core.errors import InputError
from sim.outputs.folder import RunFolder, dump_yaml
from sim.outputs.manifest import now
from sim.outputs.studies import study_folder
from sim.parameters import regions as known
from sim.scenario.scenario import Scenario, load_scenario
from sim.studies.ensemble import Each, headline
from sim.studies.execution import Task, Workers, all_or_raise, execute

TABLE = "prefectures.parquet"


@dataclass(frozen=True)
class Prefectures:
    """Finished runs of one scenario by region, in the order asked for.

    path   folder of the comparison: the table and study.yaml
    table  region, ja, en, year, measure, unit, value: the headline figures of every run, each in its own unit
    """

    runs: dict[str, RunFolder]
    path: Path
    table: pd.DataFrame

    def side_by_side(self, year: int | None = None) -> pd.DataFrame:
        """Return measure, unit and a column a region in a year, the last if none is given."""
        t = self.table
        mine = t[t["year"] == (int(t["year"].max()) if year is None else year)]
        if mine.empty:
            raise InputError(f"no figures of {year}; there are {int(t['year'].min())} to {int(t['year'].max())}")
        wide = mine.pivot_table(index=["measure", "unit"], columns="region", values="value", sort=False)
        return wide[[*self.runs]].reset_index().rename_axis(columns=None)


def run_prefectures(
    scenario: str | Path | Scenario, regions: Sequence[str], *, out: str | Path = "results", **each: Unpack[Each]
) -> Prefectures:
    """Run a scenario in each of some regions and compare them; ordinary run folders, finished ones are used again.

    regions  names or paths, at least two
    out      folder of all runs; the comparison goes to <out>/studies/prefectures/<time>-<names>-<sample>-<digest>
    each     sample, seed, last and as_of of every run; jobs, scheduler, progress: who does them (`execution.execute`)

    FailedRunsError lists the regions that could not be run, with the reason of each.
    """
    if len(regions) < 2:
        raise InputError(f"a comparison of prefectures needs two or more; got {', '.join(regions) or 'none'}")
    tasks = []
    for region in regions:
        with known.using(region):
            chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
        tasks.append(
            Task(
                chosen,
                sample=each.get("sample"),
                seed=each.get("seed"),
                last=each.get("last"),
                as_of=each.get("as_of"),
                region=region,
            )
        )
    workers = Workers(jobs=each.get("jobs"), scheduler=each.get("scheduler"), progress=each.get("progress", True))
    done = all_or_raise(
        execute(tasks, (), folders=Path(out), title=language.either("都道府県の計算", "prefectures"), **workers)
    )
    runs = {region: outcome.folder.intact() for region, outcome in zip(regions, done, strict=True)}
    return _written(runs, Path(out))


def _written(runs: dict[str, RunFolder], out: Path) -> Prefectures:
    """Write the comparison of finished runs and return it."""
    table = pd.concat([_labelled(region, run) for region, run in runs.items()], ignore_index=True)
    first = next(iter(runs.values())).manifest
    digests = {region: str(run.manifest["digests"]["all"]) for region, run in runs.items()}
    names = [str(first["scenario"]), *(known.read(region).folder.name for region in runs)]
    path = study_folder(out, "prefectures", names, int(first["sample"]), "\n".join(digests.values()))
    table.to_parquet(path / TABLE, index=False)
    about = {name: first[name] for name in ("scenario", "sample", "as_of", "seed")}
    listed = {region: str(run.path) for region, run in runs.items()}
    dump_yaml(path / "study.yaml", {"made": now(), **about, "runs": listed, "digests": digests})
    return Prefectures(runs, path, table)


def _labelled(region: str, run: RunFolder) -> pd.DataFrame:
    """Return the headline figures of a run with its region before them."""
    own = known.read(region)
    return pd.DataFrame({"region": region, "ja": own.ja, "en": own.en}, index=[0]).merge(headline(run), how="cross")
