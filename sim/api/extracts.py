"""Life histories of a cohort of a run."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from sim.core.errors import InputError
from sim.engine import api
from sim.outputs.folder import RunFolder
from sim.outputs.runs import find_run
from sim.parameters.regions import using
from sim.scenario.outputs import LIFE, Filter, Histories, declared


def histories(
    run: str | Path | RunFolder,
    cohort: Filter,
    *,
    since: str | int | None = None,
    columns: str | Sequence[str] = LIFE,
    sample: str | int = 1,
) -> pd.DataFrame:
    """Return the lives of a cohort in a run, a row a person and fiscal year, in the order of ids and years.

    run      run folder, run id or scenario name; the run is lived again, to the same bits, which takes as long
    cohort   who: column -> value, list, "20 to 39", "from 1", "> 0", {"born": 1990, "insured_months": "from 1"}
    since    the fiscal year in which the condition is looked at; they are followed from then on; the first if left out
    columns  as in `sim.Histories`; those of `sim.person` if left out
    sample   "1/10": one in ten of them, by a keyed hash of the id

    The state is that after the last step of a year. Columns: year, pid, those asked for, weight (persons a row stands
    for). InputError for a column or value there is not, and where code or parameters have changed since the run.

    >>> lives = sim.histories(result.path, {"born": 1990}, columns=["age", "scheme", "cost"])
    >>> lives.columns.tolist()
    ['year', 'pid', 'age', 'scheme', 'cost', 'weight']
    """
    from sim.explanations.life import plan_of_run

    found = find_run(run)
    with using(found.manifest["region"]), tempfile.TemporaryDirectory() as folder:
        plan = plan_of_run(found)
        wanted = Histories(cohort=cohort, since=since, columns=columns, sample=sample)
        outputs = declared({"lives": wanted}, plan.parameters)
        if (first := outputs[0].since or plan.first) > plan.last:
            raise InputError(f"since: {first} lies after the last year of the run, {plan.last}")
        files = api.extract(plan, outputs, Path(folder))
        frame: pd.DataFrame = pq.read_table(files["lives"]).to_pandas(date_as_object=False)
    return frame.sort_values(["pid", "year"], ignore_index=True)
