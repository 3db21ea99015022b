"""The state behind the page, one desk for each tab of a browser: what is chosen, what runs, what is finished."""

from __future__ import annotations

import gc
import itertools
import re
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from sim.core.errors import InputError
from sim.outputs.folder import RunFolder
from sim.parameters import Parameters
from sim.scenario.file import known_names
from sim.scenario.scenario import Scenario, parse_scenario
from sim.ui import standing
from sim.ui.catalogue import BASE, Entry, Shelf
from sim.ui.levers import LEVERS, Position, scenario_text
from sim.ui.work import DONE, FAILED, Identity, Job, Workshop, identity_of, key_of

SAMPLES = (400, 100, 20, 1)
QUICK = 100
"""N of the sample the page opens on where nobody has run everybody yet"""
OWN_NAME = "my_scenario"
"""what a scenario of the levers is called until somebody names it"""
KEPT = 8
"""Finished presses of Run a desk keeps."""


class NameTakenError(InputError):
    """The name of the own scenario is in use or unfit for a file."""


class UnderWayError(InputError):
    """The very same runs were asked for and are not finished yet."""


@dataclass
class Own:
    """The scenario made with the levers."""

    use: bool = False
    name: str = OWN_NAME
    base: str = BASE
    since: str = "R9"
    place: str | None = None
    positions: dict[str, Position] = field(
        default_factory=lambda: {key: lever.neutral for key, lever in LEVERS.items()}
    )

    def text(self) -> str:
        return scenario_text(self.name, self.base, self.positions, self.since, self.place)

    def checked(self) -> Scenario:
        """Return the scenario; raises InputError or ScenarioError with what is wrong."""
        if not re.fullmatch(r"[A-Za-z0-9_-]{1,60}", self.name) or self.name in known_names():
            raise NameTakenError(f"'{self.name}'")
        return parse_scenario(self.text(), Path("scenarios") / f"{self.name}.yaml")


@dataclass
class Round:
    """One press of Run: scenarios on one sample, the baseline first."""

    number: int
    sample: int
    jobs: list[Job]
    stopped: bool = False
    """taken back; a run that another press wants as well goes on"""

    @property
    def busy(self) -> bool:
        return not self.stopped and any(job.busy for job in self.jobs)

    @property
    def failed(self) -> bool:
        return any(job.state == FAILED for job in self.jobs)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(job.key for job in self.jobs)

    def done(self) -> list[Job]:
        return [job for job in self.jobs if job.state == DONE and job.path is not None]

    def run(self, name: str) -> RunFolder | None:
        """Return the finished run of a scenario, None if it is not finished."""
        return next((RunFolder(job.path) for job in self.done() if job.name == name and job.path is not None), None)


@dataclass
class Desk:
    """Everything one tab has on the table."""

    workshop: Workshop
    shelf: Shelf = field(default_factory=Shelf)
    chosen: list[str] = field(default_factory=lambda: [BASE])
    own: Own = field(default_factory=Own)
    sample: int = QUICK
    area: int = field(default_factory=lambda: Parameters.load().region.code)
    """code of the municipality shown, or of the prefecture as a whole; every tab follows it"""
    full: RunFolder | None = None
    """finished run of everybody under the baseline; None: results hold none"""
    added: dict[str, Entry] = field(default_factory=dict)
    """scenarios of this tab alone: uploaded, or made by another part of the page"""
    rounds: list[Round] = field(default_factory=list)
    picked: int | None = None
    """number of the round to show, None: the latest finished one"""
    kept: dict[str, object] = field(default_factory=dict)
    """what parts of the page keep for this tab of the browser, by name of the part"""
    _count: int = 0

    # what can be chosen

    @property
    def results_folder(self) -> Path:
        """Return the folder of all runs."""
        return self.workshop.results

    def entries(self) -> dict[str, Entry]:
        """Return every scenario that can be chosen, by name."""
        return {**self.shelf.catalogue().entries, **self.added}

    def add(self, scenario: Scenario, text: str) -> None:
        """Put a scenario among those of this tab, chosen; one of the same name that was added before is replaced.

        Raises NameTakenError for the name of a file.
        """
        if scenario.name in self.shelf.catalogue().entries:
            raise NameTakenError(f"'{scenario.name}'")
        self.added[scenario.name] = Entry(scenario, text)
        self.chosen = [*(n for n in self.chosen if n != scenario.name), scenario.name]

    def title(self, name: str, lang: str) -> str:
        """Return what people call a scenario; its name where it has no title."""
        entry = self.entries().get(name)
        if entry is None:
            run = (Entry(job.scenario, job.text) for r in reversed(self.rounds) for job in r.jobs if job.name == name)
            entry = next(run, None)
        return entry.title(lang) if entry is not None else name

    def municipality(self) -> int | None:
        """Return the code of the municipality shown, None where the prefecture as a whole is."""
        return self.area if self.area in Parameters.load().places() else None

    def choose_area(self, code: int) -> None:
        """Choose the municipality shown, or the prefecture as a whole; every tab is laid anew within a moment."""
        self.area = code

    def place(self, lang: str) -> str:
        """Return the name of what is shown."""
        region = Parameters.load().region
        at = int(lang == "en")
        names = Parameters.load().places().get(self.area, (region.ja, region.en))
        return names[at] or names[0]

    # what runs

    def open(self) -> None:
        """Look for a run of everybody under the baseline and stand on it."""
        self.full = standing.baseline(self.workshop.results)

    def begin_opening(self) -> None:
        """Run a sample of the baseline where there is nothing to show."""
        if self.base is None and not self.rounds:
            self._begin([self.entries()[BASE]], self.sample)

    def begin(self) -> Round:
        """Queue the chosen runs, the baseline always among them, and return them; earlier presses stay.

        Raises if the own scenario is wrong, if the runs could not be compared, or if the same is under way.
        """
        if self.own.use:
            self.own.name = self._free(self.own.name)
        return self._begin(self._plan(), self.sample)

    def _free(self, name: str) -> str:
        """Return a name nobody has given: with another number at its end where it is in use."""
        taken = {*known_names(), *self.added}
        stem = re.fullmatch(f"{OWN_NAME}(_[0-9]+)?", name)
        if stem is None or name not in taken:
            return name
        return next(other for n in itertools.count(2) if (other := f"{OWN_NAME}_{n}") not in taken)

    def begin_everybody(self) -> Round:
        """Queue the baseline of everybody, on which the page then stands."""
        return self._begin([self.entries()[BASE]], 1)

    def _begin(self, plan: list[Entry], sample: int) -> Round:
        keys = tuple(key_of(entry.scenario, sample) for entry in plan)
        if any(r.busy and r.keys == keys for r in self.rounds):
            raise UnderWayError("the same runs are under way")
        kept = self._kept()
        jobs = [
            kept.get(key) or self.workshop.start(entry.scenario, entry.text, sample)
            for key, entry in zip(keys, plan, strict=True)
        ]
        self._count += 1
        new = Round(self._count, sample, jobs)
        self.rounds = [*self._staying(keys), new]
        self.picked = None
        return new

    def _kept(self) -> dict[str, Job]:
        """Return the finished jobs whose results are still on disk, by key."""
        done = (job for r in self.rounds for job in r.done())
        return {job.key: job for job in done if job.path is not None and job.path.exists()}

    def _staying(self, keys: tuple[str, ...]) -> list[Round]:
        """Return the presses that stay beside a new one: those that run, and the last finished ones of other runs."""
        finished = [r for r in self.rounds if not r.busy and r.keys != keys and r.done()][-KEPT:]
        return [r for r in self.rounds if r.busy or r in finished]

    def _plan(self) -> list[Entry]:
        entries = self.entries()
        plan = [entries[name] for name in [BASE, *(n for n in self.chosen if n != BASE)] if name in entries]
        if self.own.use:
            plan.append(Entry(self.own.checked(), self.own.text()))
        base = plan[0].scenario
        for other in plan[1:]:
            if other.scenario.seed != base.seed:
                raise InputError(
                    f"{other.scenario.name} has seed {other.scenario.seed} and {base.name} has {base.seed}; runs side "
                    "by side must share it, or chance shows as an effect. Take the seed out of the scenario."
                )
        return plan

    def stop(self, only: Round | None = None) -> None:
        """Stop what this desk waits for, or take one press back; runs that others want go on.

        A press that ended just before it is taken back counts as taken back all the same.
        """
        for r in [only] if only is not None else [r for r in self.rounds if r.busy]:
            waiting = [job for job in r.jobs if job.busy] if not r.stopped else []
            r.stopped = True
            for job in waiting:
                self.workshop.drop(job)

    def leave(self) -> None:
        """Give the desk up: what waits is taken back, what runs is finished and kept on disk."""
        for r in self.rounds:
            for job in r.jobs if r.busy else []:
                if job.busy:
                    self.workshop.leave(job)
        self.rounds.clear()

    @property
    def busy(self) -> bool:
        return any(r.busy for r in self.rounds)

    # what is shown

    def shown(self) -> Round | None:
        """Return the press whose results are shown: the one picked, else the latest finished, else what there is."""
        filled = [r for r in self.rounds if r.done()]
        picked = next((r for r in filled if r.number == self.picked), None)
        kept = [r for r in filled if not r.stopped]
        finished = [r for r in kept if not r.busy]
        return picked or (finished or kept or filled or [None])[-1]  # type: ignore[list-item]

    @property
    def everybody(self) -> RunFolder | None:
        """Return the run of everybody under the baseline the page stands on: found on disk, or run here."""
        here = (r.run(BASE) for r in reversed(self.rounds) if r.sample == 1)
        return next((run for run in here if run is not None), self.full)

    @property
    def base(self) -> RunFolder | None:
        """Return the baseline shown: that of everybody where there is one, else that of the press shown."""
        shown = self.shown()
        return self.everybody or (shown.run(BASE) if shown else None)

    @property
    def pair(self) -> RunFolder | None:
        """Return the baseline of the same sample as the scenarios shown."""
        shown = self.shown()
        return (shown.run(BASE) if shown else None) or self.base

    def progress(self) -> tuple[object, ...]:
        """Return what the list of runs shows; it is drawn again when this changes."""
        return tuple((r.number, r.stopped, j.number, j.state, j.year) for r in self.rounds for j in r.jobs)

    def results(self) -> tuple[object, ...]:
        """Return what the results show; they are drawn again when this changes."""
        finished = tuple(r.number for r in self.rounds if len(r.done()) > 1)
        return (tuple((name, run.path) for name, run in self.runs().items()), finished)

    def runs(self) -> dict[str, RunFolder]:
        """Return the runs shown by scenario: the baseline, and the finished scenarios of the press shown."""
        shown, base = self.shown(), self.base
        mine = {job.name: RunFolder(job.path) for job in shown.done() if job.path is not None} if shown else {}
        return {**({BASE: base} if base is not None else {}), **{n: run for n, run in mine.items() if n != BASE}}

    @property
    def leveled(self) -> bool:
        """Whether scenarios of a sample are shown on the level of everybody."""
        shown = self.shown()
        return self.everybody is not None and shown is not None and shown.sample > 1 and len(self.runs()) > 1

    def frame(self) -> pd.DataFrame | None:
        """Return year × municipality × scenario measures of the runs shown, None if there are none.

        Beside a baseline of everybody, scenarios of a sample are given on its level.
        """
        level = (self.pair, self.everybody) if self.leveled else (None, None)
        frames = [
            standing.measures(run, *(level if name != BASE else ())).assign(scenario=name)
            for name, run in self.runs().items()
        ]
        return pd.concat(frames, ignore_index=True) if frames else None

    def models(self, code: int) -> pd.DataFrame:
        """Return the model households' bills in a municipality under each run shown, by year."""
        from sim.explanations.model_households import model_households

        runs = self.runs()
        if self.leveled and self.pair is not None:
            runs[BASE] = self.pair
        return model_households(list(runs.values()), municipality=code)

    def differences(self, measure: str, year: int) -> pd.DataFrame:
        """Return code, name, small, for each scenario its value, the ends of its range and its gap to the baseline."""
        frame = self.frame()
        assert frame is not None
        rows = frame[frame["year"] == year]
        table = rows.pivot(index="code", columns="scenario", values=measure)
        small = rows.groupby("code")["small"].any()
        names = rows.drop_duplicates("code").set_index("code")[["name"]].assign(small=small)
        out = names.join(table)
        if f"{measure}_low" in rows:
            for end in ("low", "high"):
                wide = rows.pivot(index="code", columns="scenario", values=f"{measure}_{end}")
                out = out.join(wide.add_suffix(f" {end}"))
        for name in self.runs():
            if name != BASE and BASE in table:
                out[f"{name} - {BASE}"] = table[name] - table[BASE]
        return out.sort_index().reset_index()

    def identities(self) -> dict[str, Identity]:
        """Return which runs are shown, by scenario."""
        return {name: identity_of(run.path) for name, run in self.runs().items()}

    def export(self) -> pd.DataFrame:
        """Return the measures shown with what says which runs they are of, for a file."""
        frame, runs = self.frame(), self.runs()
        assert frame is not None
        rows = [
            {
                "scenario": name,
                "sample": f"1/{i.sample}",
                "level_of": "full run" if self.everybody is not None else "sample",
                "seed": i.seed,
                "replicate": i.replicate,
                "code_version": i.code[:12],
                "run": runs[name].path.name,
            }
            for name, i in self.identities().items()
        ]
        return frame.drop(columns="sample", errors="ignore").merge(pd.DataFrame(rows), on="scenario", how="left")


class Desks:
    """Gives each tab its own desk, and takes it away when the last page of the tab is gone."""

    def __init__(self, workshop: Workshop, sample: int = QUICK) -> None:
        self.workshop = workshop
        self.sample = sample
        self.shelf = Shelf()
        self._desks: dict[str, tuple[Desk, int]] = {}
        self._gone = False

    def __len__(self) -> int:
        return len(self._desks)

    def enter(self, tab: str) -> Desk:
        """Return the desk of a tab, which has one page more; a reload finds what it left."""
        desk, pages = self._desks.get(tab) or (Desk(self.workshop, self.shelf, sample=self.sample), 0)
        self._desks[tab] = (desk, pages + 1)
        return desk

    def warm(self) -> None:
        """Read what the first page needs, so that it opens at once."""
        self.shelf.catalogue()
        if (full := standing.baseline(self.workshop.results)) is not None:
            standing.panels_of(full, "ja")
            standing.measures(full)

    def make_ready(self) -> None:
        """Run the baseline of the sample where that was not done before: every scenario is compared with it."""
        if standing.baseline(self.workshop.results, self.sample) is None:
            entry = self.shelf.catalogue().entries[BASE]
            self.workshop.start(entry.scenario, entry.text, self.sample)

    def leave(self, tab: str) -> None:
        """Note that a page of a tab is gone; with the last one its desk is released."""
        desk, pages = self._desks.pop(tab)
        if pages > 1:
            self._desks[tab] = (desk, pages - 1)
        else:
            desk.leave()
            self._gone = True

    def tidy(self) -> None:
        """Give back the memory of pages that are gone: they refer to themselves, and an idle server never cleans up."""
        if self._gone:
            self._gone = False
            gc.collect()


def municipalities(lang: str = "ja") -> dict[int, str]:
    """Return code -> name of the municipalities."""
    places = Parameters.load().places()
    return {code: (names[1] or names[0]) if lang == "en" else names[0] for code, names in places.items()}
