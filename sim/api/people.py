"""Single residents of a run: who there are, and one life year by year."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sim.core.errors import InputError
from sim.engine import api
from sim.outputs.folder import RunFolder
from sim.outputs.runs import find_run
from sim.parameters.places import place_name
from sim.parameters.regions import using


def person(
    pid: int | None = None,
    *,
    run: str | Path | RunFolder,
    municipality: str | int | None = None,
    count: int = 15,
) -> pd.DataFrame:
    """Return the life of a resident in a run, a row a fiscal year; without an id, residents to choose from.

    pid           id of a resident
    run           run folder, run id or scenario name; the run is lived again, to the same bits, which takes as long
    municipality  list residents of this one
    count         how many are listed

    Columns: year, pid, age, sex, municipality, household, work, scheme, insured_months; salary, business, pension,
    cost and benefit of the person and base_income, bill, paid and arrears of the household, yen a year. InputError for
    an id nobody has, and where code or parameters have changed since the run.

    >>> someone = sim.person(run=result.path)["pid"].iloc[0]
    >>> sim.person(someone, run=result.path)["year"].tolist()[0]
    2022
    """
    from sim.explanations import life

    found = find_run(run)
    with using(found.manifest["region"]):
        plan: api.Plan = life.plan_of_run(found)
        if pid is not None:
            return life.life(int(pid), plan)
        if count < 1:
            raise InputError(f"count is {count}; list at least one resident")
        place = None if municipality is None else place_name(municipality, plan.parameters)
        return life.some(plan, place, count)
