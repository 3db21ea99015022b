"""Runs a scenario: `run("baseline", sample=100)` returns the finished run with its tables."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import inspect
import json
import logging
import os
import platform
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import TypedDict, Unpack

import numba as nb
import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from sim.core import cache, keep, language, outside
from sim.core.errors import InputError, StoppedError, nearest
from sim.core.information import dated
from sim.core.step import Step
from sim.core.tables import joined
from sim.core.units import era
from sim.core.version import __version__
from sim.engine import checkpoint, controls, past, warm
from sim.engine.checks import CHECKED, shares_fit_together
from sim.engine.model import KokuhoModel
from sim.engine.model import Progress as Advance
from sim.engine.state import State
from sim.engine.steps import told
from sim.engine.tables import BY_NAME
from sim.engine.threads import in_turn, threads_of
from sim.engine.workspace import claimed
from sim.engine.year import YEAR
from sim.institutions.control import Control, Facts
from sim.institutions.world import World
from sim.outputs import datapackage
from sim.outputs import manifest as manifests
from sim.outputs.extracts import Context, Extracts
from sim.outputs.folder import RunFolder, combined, dump_yaml, publish, write_tables
from sim.outputs.studies import stamp
from sim.parameters import Parameters, kept, regions
from sim.parameters.loader import OverrideKey
from sim.parameters.schema import Value
from sim.parameters.vintages import information_date
from sim.population.fields import Data
from sim.population.store import stored
from sim.scenario.outputs import Declarations, Output, declared, digest
from sim.scenario.scenario import Scenario, checked_overrides, load_scenario, year_of_model

BASE_YEAR = 2022
"""The synthetic population stands on 1 April of this fiscal year (R4)."""

_log = logging.getLogger("sim.engine")


class Choice(TypedDict, total=False):
    """What a caller may set beside the scenario.

    sample       1 = the full population, N = one household in N, each standing for N; the scenario's if not given
    seed         of all draws; the scenario's if not given
    replicate    another set of draws, 0 the first
    first, last  fiscal years, 2025 or "R7"; the scenario's if not given
    levers       steps of one's own in the year: name of the step it follows -> Step (docs/extending.md)
    as_of        information date, 2024-10-31 or "R6.10.31": what was published later is unknown to every step
    fits         False: on an information date the register's fits stand, for the calibration that makes new ones
    region       name of a region or path of its folder; that in force, else the scenario's if not given
    controls     False: institutions of a sample see its own totals, whatever the region keeps (`engine.controls`)
    outputs      tables and unit records to leave beside the scenario's own (`sim.scenario.outputs`)
    """

    sample: int | None
    seed: int | None
    replicate: int
    first: int | str | None
    last: int | str | None
    levers: Mapping[str, Step] | None
    as_of: datetime.date | str | None
    fits: bool
    region: str | Path | None
    controls: bool
    outputs: Declarations | None


@dataclass(frozen=True)
class Result:
    """A finished run: its folder, its tables as data frames and its headline figures."""

    folder: RunFolder
    seconds: dict[int, dict[str, float]] = field(repr=False)

    @property
    def path(self) -> Path:
        return self.folder.path

    @property
    def headline(self) -> pd.DataFrame:
        return self.folder.table("metropolis_year")

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        return {name: self.folder.table(name) for name in self.folder.tables}

    @property
    def digest(self) -> str:
        return str(self.folder.manifest["digests"]["all"])


@dataclass(frozen=True)
class Plan:
    """What a run is: scenario and overrides of the command line, resolved."""

    scenario: Scenario
    parameters: Parameters
    sample: int
    seed: int
    replicate: int
    first: int
    last: int
    overrides: tuple[tuple[OverrideKey, Value], ...] = ()
    """values set on top of the scenario, by a study"""
    levers: tuple[tuple[str, Step], ...] = ()
    """steps of levers of one's own: (name of the step it follows, step)"""
    controls: controls.Standing = controls.NONE
    """the totals of everybody that the institutions of a sample are told by"""
    outputs: tuple[Output, ...] = ()
    """declared outputs; no part of the digest, since they decide nothing"""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of the year, those of levers in their places."""
        return tuple(s for own in YEAR for s in (own, *(step for after, step in self.levers if after == own.name)))

    def digest(self) -> str:
        """Return the digest of everything that decides the result."""
        text = f"{self.parameters.digest()}/{self.sample}/{self.seed}/{self.replicate}/{self.first}/{self.last}"
        text += "".join(f"/{after}+{_source(step)}" for after, step in self.levers)
        text += f"/{self.controls.digest}" if self.controls.digest else ""
        return hashlib.sha256(f"{text}/{cache.code_digest()}".encode()).hexdigest()


def plan(
    scenario: str | Path | Scenario,
    *,
    overrides: Mapping[OverrideKey, Value] | None = None,
    **choice: Unpack[Choice],
) -> Plan:
    """Return the resolved plan of a run; raises ScenarioError with every mistake of the file.

    `overrides` sets single values on top of the scenario: (key, fiscal year or None, municipality code or None)
    -> value. `choice`: sample, seed, replicate, first, last, levers, as_of, fits, region, controls, outputs, see
    `Choice`.
    """
    wanted = choice.get("region") or regions.chosen()
    with contextlib.ExitStack() as stack:
        if wanted is not None:
            stack.enter_context(regions.using(wanted))
        chosen = scenario if isinstance(scenario, Scenario) else load_scenario(scenario)
        own = regions.read(wanted or chosen.region or regions.DEFAULT)
    register = Parameters.load(own.name, information_date(choice.get("as_of")), fits=choice.get("fits", True))
    kept.recall(register)
    begin, end = _years(chosen, choice.get("first"), choice.get("last"))
    sample, seed = choice.get("sample"), choice.get("seed")
    size = _sample(chosen.population.sample if sample is None else sample)
    extra = checked_overrides(overrides or {}, register)
    levers = tuple((choice.get("levers") or {}).items())
    for after, _ in levers:
        if after not in (known := [step.name for step in YEAR]):
            raise InputError(f"levers: no step '{after}'{nearest(after, known)} Steps: {', '.join(known)}")
    parameters = register.with_overrides(chosen.overrides(register)).with_overrides(extra)
    shares_fit_together(parameters, begin)
    made = Plan(
        scenario=chosen,
        parameters=parameters,
        sample=size,
        seed=chosen.seed if seed is None else seed,
        replicate=choice.get("replicate", 0),
        first=begin,
        last=end,
        overrides=tuple(sorted(extra.items(), key=repr)),
        levers=levers,
        outputs=_outputs(chosen, choice.get("outputs"), register),
    )
    return made if not choice.get("controls", True) else replace(made, controls=_standing(made))


def with_outputs(chosen: Plan, outputs: Declarations) -> Plan:
    """Return a plan that leaves more outputs; one of a name it has replaces that."""
    more = declared(outputs, chosen.parameters)
    return replace(chosen, outputs=tuple({o.name: o for o in (*chosen.outputs, *more)}.values()))


def _outputs(scenario: Scenario, more: Declarations | None, p: Parameters) -> tuple[Output, ...]:
    """Return the outputs of a scenario and those a caller declares, who replaces one of the same name."""
    own = declared(more, p) if more else ()
    return tuple({output.name: output for output in (*scenario.outputs, *own)}.values())


def _standing(chosen: Plan) -> controls.Standing:
    """Return how a plan stands to the control totals of its region; those of a sample without an information date."""
    region = chosen.parameters.region.folder
    home = controls.kept_by(region)
    if chosen.sample == 1 or chosen.parameters.as_of is not None or home is None:
        return controls.NONE
    return controls.standing(home, plan(controls.BASE, sample=1, region=chosen.parameters.region.name), chosen)


def _years(scenario: Scenario, first: int | str | None, last: int | str | None) -> tuple[int, int]:
    """Return the first and the last fiscal year of a run: those given, or the scenario's."""
    begin = scenario.horizon.first if first is None else year_of_model(first, "first")
    end = scenario.horizon.last if last is None else year_of_model(last, "last")
    if begin != BASE_YEAR:
        raise InputError(f"a run starts in {era(BASE_YEAR)}, where the population stands; got {era(begin)}")
    if end < begin:
        raise InputError(f"the last year {era(end)} lies before the first year {era(begin)}")
    return begin, end


def _sample(size: object) -> int:
    """Return N of a 1/N sample; InputError for anything but a whole number from 1 on."""
    if isinstance(size, bool) or not isinstance(size, int) or size < 1:
        raise InputError(f"sample is {size}; 1 means the full population, 100 one household in a hundred")
    return size


def _source(step: Step) -> str:
    """Return the SHA-256 of the source of a lever, so that a run says which it had."""
    try:
        text = inspect.getsource(step.run)
    except (OSError, TypeError):
        text = repr(getattr(step.run, "__code__", step.run))
    return hashlib.sha256(f"{step.name}{step.reads}{step.writes}{text}".encode()).hexdigest()[:16]


def prepare(p: Plan) -> None:
    """Compile the kernels and build the population of a plan where that was not done before."""
    warm.compile_kernels(p.scenario.seed)
    stored(p.parameters, p.sample, p.scenario.seed, p.replicate % p.sample)


def opening(p: Plan, wanted: Sequence[str] | None = None) -> State:
    """Return the state on the morning of the first year.

    wanted  names of the tables asked for, the only ones it will keep; None: all

    Replicates of a sample look at different households: replicate r at part r of the sample, modulo its size.
    """
    control = _control(p)
    people, homes = stored(p.parameters, p.sample, p.scenario.seed, p.replicate % p.sample)
    world = World(
        p=p.parameters,
        places=len(p.parameters.codes()),
        seed=p.seed,
        replicate=p.replicate,
        weight=p.sample,
        wanted=None if wanted is None else frozenset(wanted) | CHECKED,
    )
    world.memory.control = control
    return State(world=world, people=people, households=homes)


def _control(chosen: Plan) -> Control | None:
    """Return the control totals of a plan; the baseline of its sample is lived first where that was not done before."""
    if not chosen.controls.digest:
        return None
    region = chosen.parameters.region.folder
    full = controls.full(region / controls.FOLDER, chosen.parameters.codes())
    if chosen.controls.is_base:
        return Control(full=full, own=None)
    base = plan(
        controls.BASE,
        sample=chosen.sample,
        seed=chosen.seed,
        replicate=chosen.replicate,
        last=chosen.controls.last,
        region=chosen.parameters.region.name,
    )
    with keep.locked("controls", base.digest()):
        own = controls.own(base)
        return Control(full=full, own=_counted(base) if own is None else own)


def _counted(base: Plan) -> Facts:
    """Live the baseline of a sample and return what it counts, which is kept."""
    with KokuhoModel(opening(base), base.first) as model:
        while model.next_year <= base.last:
            model.step()
        return controls.keep_own(base, model.world.memory)


def _note(chosen: Plan, model: KokuhoModel) -> None:
    """Keep what a finished run made of the register, and what a sample's baseline counts, for the runs to come."""
    if not chosen.levers:
        kept.note(chosen.parameters.origin)
    if chosen.controls.is_base and chosen.last == chosen.controls.last and controls.own(chosen) is None:
        controls.keep_own(chosen, model.world.memory)


def frames(chosen: Plan, names: Sequence[str] | None = None) -> dict[str, pd.DataFrame]:
    """Live a plan in memory and return some of its tables, or all of them; nothing is written."""
    wanted = None if names is None else frozenset(names)
    with (
        in_turn(),
        past.shared(chosen, wanted, lambda: opening(chosen, names)) as way,
        KokuhoModel(way.state, chosen.first, steps=chosen.steps) as model,
    ):
        while model.next_year <= chosen.last:
            model.step()
            way.passed(model)
        _note(chosen, model)
        left = model.world.tables
        return {name: joined(left[name]) for name in names or left}


def extract(chosen: Plan, outputs: Sequence[Output], folder: Path) -> dict[str, Path]:
    """Live a plan in memory and write outputs of it to a folder; return their files by name."""
    context = Context(chosen.parameters, chosen.sample, chosen.first)
    with (
        in_turn(),
        KokuhoModel(opening(chosen, ()), chosen.first, steps=chosen.steps) as model,
        Extracts(outputs, folder, context) as extracts,
    ):
        while model.next_year <= chosen.last:
            model.step()
            extracts.year(_columns(model), model.next_year - 1)
        return extracts.files


def _columns(model: KokuhoModel) -> Data:
    """Return the columns of people and households as they stand."""
    return {"people": model.state.people.data, "households": model.state.households.data}


def run(
    scenario: str | Path | Scenario | Plan = "baseline",
    *,
    threads: int | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    progress: bool | Advance = True,
    **choice: Unpack[Choice],
) -> Result:
    """Run a scenario and return its result; the run folder appears only when it is complete.

    scenario   name or path of a scenario file, a Scenario, or a Plan that says everything but threads and folder
    threads    threads inside the run; the result does not depend on it
    out        folder of all runs (default "results")
    resume     go on from the last finished year of an interrupted run of the same plan
    progress   show a bar on a terminal, or call this function with (fiscal year, step) as the run moves
    choice     sample, seed, replicate, first, last, levers, as_of, fits: see `Choice`
    """
    began = time.perf_counter()
    chosen = scenario if isinstance(scenario, Plan) else plan(scenario, **choice)
    home = Path(out or "results") / chosen.scenario.name
    with outside.at(home), claimed(home, chosen.digest(), resume=resume) as space, threads_of(threads), in_turn():
        context = Context(chosen.parameters, chosen.sample, chosen.first)
        with (
            _logging(space.run / "log.txt"),
            _bar(progress, chosen) as advance,
            _way(chosen, advance, resumes=checkpoint.exists(space.path)) as way,
            KokuhoModel(way.state, chosen.first, advance, chosen.steps) as model,
            Extracts(chosen.outputs, space.run, context) as extracts,
        ):
            if checkpoint.exists(space.path):
                _resume(model, space.path, chosen)
                extracts.resume(space.path)
            _live(model, way, chosen, space.path, extracts)
            _note(chosen, model)
            made = extracts.close()
            digests = write_tables(space.run, model.world.tables)
            seconds = model.seconds
        resolved = json.dumps(chosen.scenario.resolved(chosen.parameters), ensure_ascii=False, indent=1, default=str)
        resolved += "\n"
        (space.run / "scenario.yaml").write_text(
            resolved, encoding="utf-8", newline="\n"
        )  # JSON is YAML, fast to write
        manifest = _manifest(chosen, digests, made, resolved, seconds, time.perf_counter() - began)
        dump_yaml(space.run / manifests.FILE, manifest)
        datapackage.write(space.run, manifest, BY_NAME)
        path = publish(space.run, home / f"{stamp()}-{combined(digests)[:8]}")
    return Result(RunFolder(path), seconds)


@contextmanager
def _way(chosen: Plan, advance: Advance, *, resumes: bool) -> Iterator[past.Way]:
    """Yield the way of a plan: the state it begins with, on the morning of its first year or of a later one."""
    _log.info(
        "scenario %s%s, 1/%d sample, seed %d, replicate %d",
        chosen.scenario.name,
        f" {dated(chosen.parameters.as_of, 'en')}".rstrip(),
        chosen.sample,
        chosen.seed,
        chosen.replicate,
    )
    if not warm.compiled():
        advance(chosen.first, "kernels are compiled, once")
        warm.compile_kernels(chosen.scenario.seed)
    advance(chosen.first, "population")
    if resumes:
        yield past.Way(opening(chosen))
        return
    with past.shared(chosen, None, lambda: opening(chosen)) as way:
        if lived := way.state.world.year:
            _log.info("%s to %s as an earlier run of this process lived them", era(chosen.first), era(lived))
        yield way


def _resume(model: KokuhoModel, folder: Path, chosen: Plan) -> None:
    """Put the model where an interrupted run of the same plan stopped."""
    checkpoint.load(model.state, folder, chosen.digest())
    model.next_year = model.world.year + 1
    _log.info("resumed after %s", era(model.world.year))


def _live(model: KokuhoModel, way: past.Way, chosen: Plan, folder: Path, extracts: Extracts) -> None:
    """Step to the last year; on an interrupt finish the year, save the state and stop."""
    with _patient() as interrupted:
        while model.next_year <= chosen.last:
            model.step()
            year = model.next_year - 1
            way.passed(model)
            extracts.year(_columns(model), year)
            _log.info("%s finished in %.2f s", era(year), sum(model.seconds[year].values()))
            if interrupted and model.next_year <= chosen.last:
                checkpoint.save(model.state, folder, chosen.digest())
                extracts.keep(folder)
                raise StoppedError(f"interrupted after {era(year)}; the state is kept, go on with --resume")


@contextmanager
def _patient() -> Iterator[list[int]]:
    """Collect interrupts instead of dying in the middle of a year; a second one stops at once."""
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if len(received) > 1:
            raise KeyboardInterrupt

    try:
        before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not in the main thread: leave signals alone
        yield received
        return
    try:
        yield received
    except SystemError:
        if len(received) > 1:  # numba's way of passing on an exception that came up while a kernel ran
            raise KeyboardInterrupt from None
        raise
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _logging(path: Path) -> Iterator[None]:
    """Keep the log of this run: what this thread has to say, not what runs of other threads do."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    here = threading.get_ident()
    handler.addFilter(lambda record: record.thread == here)
    root = logging.getLogger("sim")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()


@contextmanager
def _bar(show: bool | Advance, chosen: Plan) -> Iterator[Advance]:
    """Yield a function (year, step) that moves a progress bar, or the caller's own."""
    if callable(show):
        yield show
        return
    years = chosen.last - chosen.first + 1
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(language.either("{task.completed}/{task.total}年度", "{task.completed}/{task.total} years")),
        TimeElapsedColumn(),
        disable=not show or not sys.stderr.isatty(),
        transient=True,
        console=Console(stderr=True),
    ) as bar:
        task = bar.add_task(chosen.scenario.name, total=years)
        yield lambda year, step: bar.update(
            task, completed=year - chosen.first, description=f"{chosen.scenario.name} {era(year)} {told(step)}"
        )


def _manifest(
    chosen: Plan,
    digests: dict[str, str],
    outputs: dict[str, str],
    resolved: str,
    seconds: dict[int, dict[str, float]],
    wall: float,
) -> manifests.Manifest:
    """Return what the run says about itself, sealed: digests of tables and outputs, the text of its scenario.yaml."""
    names = ("numpy", "numba", "pandas", "pyarrow", "mesa")
    manifest: manifests.Manifest = {
        "scenario": chosen.scenario.name,
        "region": chosen.parameters.region.name,
        "description": dict(chosen.scenario.description),
        "sample": chosen.sample,
        "seed": chosen.seed,
        "replicate": chosen.replicate,
        "levers": [{"name": step.name, "after": after, "source": _source(step)} for after, step in chosen.levers],
        "horizon": {"from": chosen.first, "to": chosen.last},
        "whole_horizon": chosen.last >= chosen.scenario.horizon.last,
        "overrides": [
            {"key": key, "year": year, "code": code, "value": value} for (key, year, code), value in chosen.overrides
        ],
        "as_of": manifests.day(chosen.parameters.as_of),
        "fits": manifests.day(chosen.parameters.vintage),
        "controls": {"table": chosen.controls.digest, "said": chosen.controls.said} if chosen.sample > 1 else None,
        "imputed": {"tables": [*chosen.parameters.imputed_tables()], "numbers": chosen.parameters.imputed_numbers()},
        "known_later": [
            {"name": name, "published": day.isoformat(), "reason": reason}
            for name, day, reason in chosen.parameters.known_later()
        ],
        "finished": manifests.now(),
        "versions": {
            "python": platform.python_version(),
            **{n: metadata.version(n) for n in names},
            "kokuho-sim": __version__,
        },
        "threads": nb.get_num_threads(),
        "processors": os.cpu_count(),
        "digests": {
            "all": combined(digests),
            "plan": chosen.digest(),
            "parameters": chosen.parameters.digest(),
            "register": chosen.parameters.register().digest(),
            "code": cache.code_digest(),
            "scenario": hashlib.sha256(resolved.encode()).hexdigest(),
            "tables": digests,
        },
        "seconds": {
            "whole_run": round(wall, 2),
            "years": {era(y): round(sum(s.values()), 3) for y, s in seconds.items()},
            "steps": {era(y): {k: round(v, 4) for k, v in s.items()} for y, s in seconds.items()},
        },
        "resolved": "scenario.yaml",
    }
    if outputs:
        manifest["digests"]["outputs"] = outputs
        manifest["outputs"] = digest(chosen.outputs)
    return manifests.sealed(manifest)
