"""What plans of own rates need beyond a table: runs, the bills of every household, a search; away from the page.

Runs go through the workshop of the page, which shows how far they are; the households are billed, and rates searched
for, in a process of their own, so that the page stays awake.
"""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from nicegui import background_tasks, run

from sim.parameters import regions
from sim.scenario.scenario import Scenario
from sim.studies.rates_plan import Ask, Plans, look
from sim.studies.rates_plan.search import Found, Goal, find_rates
from sim.ui.troubles import KILLED, Trouble, noted, trouble
from sim.ui.work import DONE, FAILED, RUNNING, STOPPED, Job, Workshop

BILLS, SEARCH = "bills", "search"
_LOOK = 0.2


@dataclass
class Work:
    """One press of a button: how far it is, and what came of it."""

    kind: Literal["look", "search"]
    jobs: list[Job] = field(default_factory=list)
    stage: str = RUNNING
    began: float = field(default_factory=time.monotonic)
    trouble: Trouble | None = None
    plans: Plans | None = None
    found: Found | None = None
    ranges: bool = False
    what: str = ""
    """the texts it is of, to tell whether they have changed since"""

    @property
    def busy(self) -> bool:
        return self.stage in (RUNNING, BILLS, SEARCH)

    @property
    def seconds(self) -> int:
        """Seconds since it began."""
        return int(time.monotonic() - self.began)

    def state(self) -> tuple[object, ...]:
        """Return what is shown of it while it goes on."""
        return (self.stage, *((j.state, j.year) for j in self.jobs), self.seconds * self.busy)

    def stop(self, workshop: Workshop) -> None:
        """Take it back; what a process of its own has begun there is finished unseen."""
        if self.busy:
            self.stage = STOPPED
            for job in self.jobs:
                if job.busy:
                    workshop.drop(job)

    async def looked(self, workshop: Workshop, scenarios: list[tuple[Scenario, str]], ask: Ask) -> None:
        """Run base and plans, then bill the households under each."""
        sample = ask.sample or 1
        self.jobs = [workshop.start(scenario, text, sample) for scenario, text in scenarios]
        background_tasks.create(run.cpu_bound(_warm))
        while self.busy and any(job.busy for job in self.jobs):
            await asyncio.sleep(_LOOK)
        if not self.busy:
            return
        if any(job.state != DONE for job in self.jobs):
            self.trouble = next((job.trouble for job in self.jobs if job.trouble), None)
            self.stage = FAILED if self.trouble else STOPPED
            return
        self.stage = BILLS
        plans = [scenario for scenario, _ in scenarios[1:]]
        found = await _aside(_look, plans, replace(ask, base=scenarios[0][0]), workshop.results)
        self._end(found)

    async def searched(self, workshop: Workshop, goal: Goal, ask: Ask, name: str) -> None:
        """Search for the rates of a target."""
        self.stage = SEARCH
        self._end(await _aside(_search, goal, ask, name, workshop.results))

    def _end(self, found: Plans | Found | Trouble) -> None:
        if self.stage == STOPPED:
            return
        if isinstance(found, Trouble):
            self.stage, self.trouble = FAILED, found
        elif isinstance(found, Plans):
            self.stage, self.plans = DONE, found
        else:
            self.stage, self.found = DONE, found


async def _aside(do: Callable[..., Plans | Found], *given: object) -> Plans | Found | Trouble:
    """Do something in a process of its own; whatever goes wrong there comes back as a trouble."""
    try:
        found = await run.cpu_bound(_safely, do, regions.chosen(), *given)
    except Exception as error:
        return noted(error)
    return Trouble(KILLED) if found is None else found


def _safely(do: Callable[..., Plans | Found], region: str | None, *given: object) -> Plans | Found | Trouble:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        if region is not None:
            regions.choose(region)
        return do(*given)
    except Exception as error:
        return trouble(error)


def _warm() -> None:
    """Do nothing in the process in which households are billed: it has loaded what that needs when the runs end."""


def _look(plans: list[Scenario], ask: Ask, results: Path) -> Plans:
    return look(plans, ask, out=results, jobs=1, progress=False)


def _search(goal: Goal, ask: Ask, name: str, results: Path) -> Found:
    return find_rates(goal, ask, name=name, out=results, jobs=1, progress=False)
