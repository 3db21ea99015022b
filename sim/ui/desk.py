"""The state behind the page: what is chosen, what runs, what is finished."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from sim.core.errors import InputError, ScenarioError
from sim.outputs.folder import RunFolder
from sim.outputs.measures import TOKYO, by_municipality
from sim.parameters import Parameters
from sim.parameters.scenario import Scenario, load_scenario, parse_scenario
from sim.parameters.scenario_file import known_names
from sim.ui.levers import LEVERS, scenario_text
from sim.ui.work import DONE, Job, Workshop

BASE = "baseline"
SAMPLES = (400, 100, 20, 1)


@dataclass
class Own:
    """The scenario made with the levers."""

    use: bool = False
    name: str = "my_scenario"
    base: str = BASE
    since: str = "R9"
    place: str | None = None
    positions: dict[str, Any] = field(default_factory=lambda: {key: lever.neutral for key, lever in LEVERS.items()})

    def text(self) -> str:
        return scenario_text(self.name, self.base, self.positions, self.since, self.place)

    def checked(self) -> Scenario:
        """Return the scenario; raises InputError or ScenarioError with what is wrong."""
        if not re.fullmatch(r"[A-Za-z0-9_-]+", self.name) or self.name in known_names():
            raise InputError(f"'{self.name}'")
        return parse_scenario(self.text(), Path("scenarios") / f"{self.name}.yaml")


@dataclass
class Desk:
    """Everything one user of the page has on the table."""

    workshop: Workshop
    chosen: list[str] = field(default_factory=lambda: [BASE, "collection_drive"])
    own: Own = field(default_factory=Own)
    sample: int = 100
    area: int = TOKYO
    jobs: list[Job] = field(default_factory=list)
    frame: pd.DataFrame | None = None
    """year × municipality × scenario measures of the finished runs"""

    def scenarios(self) -> dict[str, Scenario]:
        """Return every scenario that can be chosen, the baseline first."""
        names = [BASE, *(n for n in known_names() if n != BASE)]
        found = {}
        for name in names:
            try:
                found[name] = load_scenario(name)
            except ScenarioError:
                continue
        return found

    def begin(self) -> None:
        """Start the chosen runs, the baseline always among them; raises if the own scenario is wrong."""
        plan: list[tuple[str, str | None]] = [(BASE, None), *((n, None) for n in self.chosen if n != BASE)]
        if self.own.use:
            self.own.checked()
            plan.append((self.own.name, self.own.text()))
        self.workshop.rested()
        kept = {(j.name, j.text, j.sample): j for j in self.jobs if j.state == DONE}
        self.jobs = [
            kept.get((name, text, self.sample)) or self.workshop.start(name, text, self.sample) for name, text in plan
        ]

    @property
    def busy(self) -> bool:
        return any(job.busy for job in self.jobs)

    def runs(self) -> dict[str, RunFolder]:
        """Return the finished runs by scenario."""
        return {job.name: RunFolder(job.path) for job in self.jobs if job.path is not None}

    def collect(self) -> None:
        """Read the measures of the finished runs."""
        frames = [by_municipality(run).assign(scenario=name) for name, run in self.runs().items()]
        self.frame = pd.concat(frames, ignore_index=True) if frames else None

    def models(self, code: int) -> pd.DataFrame:
        """Return the model households' bills in a municipality under each finished run, by year."""
        from sim.experiments.model_households import model_households

        return model_households(list(self.runs().values()), municipality=code)

    def differences(self, measure: str, year: int) -> pd.DataFrame:
        """Return code, name, small, and for each scenario its value and its difference to the baseline."""
        assert self.frame is not None
        rows = self.frame[self.frame["year"] == year]
        table = rows.pivot(index="code", columns="scenario", values=measure)
        names = rows.drop_duplicates("code").set_index("code")[["name", "small"]]
        out = names.join(table)
        for name in self.runs():
            if name != BASE and BASE in table:
                out[f"{name} - {BASE}"] = table[name] - table[BASE]
        return out.sort_index().reset_index()


def municipalities() -> dict[int, str]:
    """Return code -> Japanese name of the 62 municipalities."""
    return {code: names[0] for code, names in Parameters.load().places().items()}
