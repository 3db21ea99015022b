"""The public back-test: what the model would have said at a date, beside what was published later.

    b = backtest(["2024-10-31"], sample=100, members=8)
    b.headline          # items nearer than both naive forecasts, coverage of the 90 % interval, bias
    b.by_item           # item, portion and horizon, the worst first
    b.rows              # every published figure: forecast, interval, last value, straight line
    b.write(Path("results"))

Rows behind which a parameter was fitted to something later than the date (`leaks`) are shown and left out of the
headline; shapes the model has in one state only (`structure`) are told beside the row.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Unpack

import pandas as pd

from sim.core.export import replacing, write_frame
from sim.outputs.folder import dump_yaml
from sim.outputs.manifest import now
from sim.outputs.studies import study_folder
from sim.parameters import Parameters
from sim.studies.backtest import run, scores
from sim.studies.backtest.run import Size
from sim.studies.backtest.scores import Headline
from sim.studies.backtest.spec import Date, Spec, read_spec
from sim.studies.execution import Workers

__all__ = ["Backtest", "Date", "Headline", "Size", "Spec", "backtest", "read_spec"]


@dataclass(frozen=True)
class Backtest:
    """A finished back-test.

    rows  one a published figure (and a forecast of the prefecture not yet judged): see `run.rows` and `scores.scored`
    """

    spec: Spec
    dates: tuple[Date, ...]
    size: Size
    rows: pd.DataFrame

    @property
    def clean(self) -> pd.DataFrame:
        """Return the rows behind which nothing fitted to figures later than the date stands; structure may."""
        return self.rows[self.rows["leaks"] == ""]

    @cached_property
    def headline(self) -> Headline:
        """Return what counts: rows without leaks only."""
        return scores.headline(self.clean)

    @cached_property
    def headline_all(self) -> Headline:
        """Return the same with the rows that leak."""
        return scores.headline(self.rows)

    @cached_property
    def by_item(self) -> pd.DataFrame:
        """Return the scores of all rows by item, portion and horizon, the worst skill first; see `scores.table`."""
        return scores.table(self.rows, scores.BY_ITEM)

    @cached_property
    def by_group(self) -> pd.DataFrame:
        """Return the scores of all rows by group of items and horizon, the worst skill first."""
        return scores.table(self.rows, ["group", "horizon"])

    @property
    def untested(self) -> list[str]:
        """Return the items that no published figure can judge."""
        return run.untested(self.rows, Parameters.load())

    def write(self, results: Path) -> Path:
        """Write rows and scores (parquet and CSV), headline.json and study.yaml; return the folder."""
        names = [date.as_of.isoformat() for date in self.dates]
        content = f"{self.size}{self.rows.to_csv(index=False)}"
        folder = study_folder(results, "backtest", [self.spec.name, *names], self.size.sample, content)
        for name, frame in (("rows", self.rows), ("by_item", self.by_item), ("by_group", self.by_group)):
            frame.to_parquet(folder / f"{name}.parquet", index=False)
            write_frame(frame.assign(sample=self.size.sample), folder / f"{name}.csv")
        about = {"made": now(), "dates": names, "size": asdict(self.size), "study": self.spec.model_dump(mode="json")}
        dump_yaml(folder / "study.yaml", about)
        with replacing(folder / "headline.json") as fresh:
            fresh.write_text(json.dumps(self.came_of_it(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        return folder

    def came_of_it(self) -> dict[str, object]:
        """Return the headline, without the rows that leak and with them, as plain data; None where nothing is known."""
        told = {"headline": asdict(self.headline), "headline_with_leaks": asdict(self.headline_all)}
        plain = {name: {k: None if v != v else v for k, v in values.items()} for name, values in told.items()}
        return {**plain, "untested": self.untested}


def backtest(
    dates: Sequence[str] | None = None,
    *,
    sample: int = 1,
    members: int = 24,
    member_sample: int = 100,
    spec: Spec | str | Path | None = None,
    **workers: Unpack[Workers],
) -> Backtest:
    """Forecast as of each date and return the forecasts beside what was published later.

    dates          "2024-10-31", …: dates the study declares; all of them if none is given
    sample         of the run that gives the level: 1 the full population, N one household in N
    members        runs with drawn parameters that give the interval; 0 leaves it out
    member_sample  of those runs
    spec           file of the study or the study itself [default: scenarios/studies/backtest.yaml]
    workers        jobs, scheduler, progress: who does the runs (see `execution.execute`)

    Raises InputError for a date the study does not declare and for mistakes in its file, FailedRunsError if a run
    fails.

    >>> b = sim.backtest(["2024-10-31"], sample=2000, members=0, jobs=1, progress=False)
    >>> {"forecast", "published"} <= set(b.rows)
    True
    """
    study = spec if isinstance(spec, Spec) else read_spec(spec)
    chosen = study.chosen(list(dates) if dates is not None else None)
    size = Size(sample, members, member_sample)
    runs = run.live(study, chosen, size, **workers)
    return Backtest(study, chosen, size, run.rows(study, runs, Parameters.load()))
