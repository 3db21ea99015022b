"""Many runs at once: one interface for the processes of this machine (joblib) and a cluster (Dask distributed).

`execute(tasks, ...)` lives every task and returns one Outcome per task, in the order of the tasks. A task is what
decides a result (scenario, single values on top, sample, seed, replicate, years), so the outcome does not depend on
where and in what order it was computed. What is finished is kept under the digest of its plan: a study that was
interrupted, or asked again, computes only what is missing. A task that fails is tried again, then listed with its
message; the others go on. Tasks with the same plan are lived once.

Workers use one thread each. The population of a sample is built once, before the workers start, and its columns
are memory-mapped, so that workers share the pages none of them writes to. That spares the reading; when April closes
the households up again every worker gets rows of its own, 2.5 GB of columns at full size and the same of scratch.
"""

from __future__ import annotations

import datetime
import hashlib
import io
import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import pandas as pd

from sim.core import cache, keep, language
from sim.core.errors import BusyError, InputError, KokuhoError, OutsideError
from sim.core.information import dated
from sim.core.outside import explained
from sim.core.parent import end_with
from sim.core.version import __version__
from sim.engine import api
from sim.engine.threads import threads_of
from sim.outputs.folder import PARTIAL, RunFolder, combined
from sim.outputs.runs import scenario_name
from sim.parameters import regions
from sim.parameters.loader import OverrideKey
from sim.parameters.schema import Value
from sim.scenario.outputs import digest
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from distributed import Client

HEADLINE_ONLY = ("metropolis_year",)
_ROOM = 4e9
"""bytes of finished results kept between studies"""
_PAUSE = 0.5
"""seconds between two looks at a run of another process, or at the parent of a worker"""
_SAME = ("numpy", "numba", "pandas", "pyarrow", "mesa", "distributed")
"""packages a worker must have in the version of the process that asks"""
_WORKERS, _LINES = 30, 8
"""seconds a cluster has to bring a worker; differences listed in a message"""
_PROCESS, _RESIDENT = 400_000_000, 430
"""bytes a process takes for itself, and for each resident it lives (docs/scale.md)"""


@dataclass(frozen=True)
class Task:
    """One run of a study. `overrides` sets single values on top of the scenario: (key, year, code) -> value."""

    scenario: str | Path | Scenario = "baseline"
    overrides: Mapping[OverrideKey, Value] = field(default_factory=dict)
    sample: int | None = None
    seed: int | None = None
    replicate: int = 0
    last: int | None = None
    as_of: datetime.date | str | None = None
    """information date of the run"""
    fits: bool = True
    """False: on an information date the register's fits stand"""
    region: str | None = field(default_factory=regions.chosen)
    """region of the run; the scenario's if none was chosen"""
    controls: bool = True
    """False: institutions of a sample see its own totals, so that replicates differ by all the noise of a sample"""

    def plan(self) -> api.Plan:
        """Return the resolved plan; raises ScenarioError or ParameterError."""
        return api.plan(
            self.scenario,
            sample=self.sample,
            seed=self.seed,
            replicate=self.replicate,
            last=self.last,
            overrides=self.overrides,
            as_of=self.as_of,
            fits=self.fits,
            region=self.region,
            controls=self.controls,
        )


@dataclass(frozen=True)
class Outcome:
    """What became of a task: its tables (or its run folder) and their digest, or the message of its failure."""

    task: Task
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    path: Path | None = None
    digest: str = ""
    failure: str = ""

    @property
    def folder(self) -> RunFolder:
        """Return the run folder; raises InputError if the task failed or was run for its tables only."""
        if self.path is None:
            raise InputError(self.failure or "this run was asked for its tables only and left no folder")
        return RunFolder(self.path)


class FailedRunsError(KokuhoError):
    """Some runs of a study failed; the message lists each with its reason."""


Follow = Callable[[str, int, int], None]
"""told what is being done, how many runs of it are finished, and of how many; what it raises ends the study"""


class Workers(TypedDict, total=False):
    """Who does the runs of a study, by keyword: every study takes these and hands them on to `execute`."""

    jobs: int | None
    scheduler: str | None
    progress: bool | Follow


def execute(
    tasks: Sequence[Task],
    tables: Sequence[str] = HEADLINE_ONLY,
    *,
    folders: Path | None = None,
    jobs: int | None = None,
    scheduler: str | None = None,
    progress: bool | Follow = True,
    retries: int = 1,
    title: str | None = None,
) -> list[Outcome]:
    """Live every task and return the outcomes in the order of the tasks.

    tables     names of the tables wanted
    folders    folder of all runs: each task then leaves a whole run folder there, and `tables` are read from it; on a
               cluster a folder all workers see
    jobs       processes on this machine (default: one per core, as far as the memory that is free suffices)
    scheduler  address of a Dask scheduler, tcp://host:port, instead of processes of this machine
    progress   show a bar on a terminal, or tell a function of one's own
    retries    how often a task that failed is tried again
    """
    lot = _Lot.of(tasks, tuple(tables), folders)
    with _bar(progress, title or language.either("計算", "runs"), len(lot.distinct)) as advance:
        advance(lot.take_kept())
        if waiting := lot.waiting():
            plans = [lot.plans[i] for i in waiting]
            _prepare(plans)
            run = _on_dask(scheduler) if scheduler else _on_processes(jobs or _jobs(plans))
            for _ in range(retries + 1):
                for i, answer in run(lot.works()):
                    advance(lot.take(i, answer))
                if not lot.waiting():
                    break
    if folders is None:
        keep.tidy(_store(), _ROOM)
    return lot.outcomes()


@dataclass(frozen=True)
class _Lot:
    """The tasks of a study on their way; those with the same plan are lived once, as the first of them."""

    tasks: Sequence[Task]
    plans: Sequence[api.Plan]
    tables: tuple[str, ...]
    folders: Path | None
    same: Sequence[int]
    """for each task the first with its plan"""
    results: dict[int, Outcome] = field(default_factory=dict)

    @classmethod
    def of(cls, tasks: Sequence[Task], tables: tuple[str, ...], folders: Path | None) -> _Lot:
        """Plan every task; raises ScenarioError or ParameterError."""
        plans = [task.plan() for task in tasks]
        first: dict[str, int] = {}
        return cls(tasks, plans, tables, folders, [first.setdefault(plan.digest(), i) for i, plan in enumerate(plans)])

    @property
    def distinct(self) -> list[int]:
        """Return the tasks that are lived."""
        return list(dict.fromkeys(self.same))

    def waiting(self) -> list[int]:
        """Return the tasks that are not finished, those that failed included."""
        return [i for i in self.distinct if i not in self.results or self.results[i].failure]

    def take_kept(self) -> int:
        """Take in what was finished before; return how many."""
        for i in self.distinct:
            if (found := _kept(self.tasks[i], self.plans[i], self.tables, self.folders)) is not None:
                self.results[i] = found
        return len(self.results)

    def works(self) -> dict[int, Work]:
        """Return what a worker needs for each task that waits."""
        code = cache.code_digest()
        home = None if self.folders is None else self.folders.absolute()  # a worker may stand in another folder
        return {
            i: (replace(self.tasks[i], scenario=self.plans[i].scenario), self.tables, home, code)
            for i in self.waiting()
        }

    def take(self, i: int, answer: Answer) -> int:
        """Take in the answer to a task; return how many tasks it finishes."""
        task = self.tasks[i]
        if isinstance(answer, str):
            self.results[i] = Outcome(task, failure=answer)
        elif isinstance(answer, Path):
            home = self.folders or Path()
            path = home / answer.relative_to(home.absolute())  # named as the caller named the folder
            self.results[i] = _from_folder(task, self.tables, path)
        else:
            self.results[i] = _keep(task, self.plans[i], answer)
        return 0 if self.results[i].failure else 1

    def outcomes(self) -> list[Outcome]:
        """Return an outcome for every task, in their order; of a task without an answer the worker has ended."""
        lost = "the worker that ran it ended; out of memory? Try fewer --jobs"
        ends = {i: self.results.get(i) or Outcome(self.tasks[i], failure=lost) for i in self.distinct}
        return [replace(ends[i], task=task) for i, task in zip(self.same, self.tasks, strict=True)]


def all_or_raise(outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes if every task succeeded; else raise FailedRunsError that lists the failures."""
    failed = [(o.task, o.failure) for o in outcomes if o.failure]
    if failed:
        lines = [f"{len(failed)} of {len(outcomes)} runs failed:"]
        lines += [f"  {label(task)}: {message}" for task, message in failed]
        raise FailedRunsError("\n".join(lines))
    return list(outcomes)


def label(task: Task) -> str:
    """Return how a task is called in messages: scenario, replicate, values on top."""
    scenario = task.scenario.name if isinstance(task.scenario, Scenario) else scenario_name(task.scenario)
    parts = [scenario, *([task.region] if task.region else []), f"replicate {task.replicate}"]
    parts += [dated(task.as_of, "en")] if task.as_of else []
    parts += [f"{key}={value}" for (key, _, _), value in task.overrides.items()]
    return ", ".join(parts)


Work = tuple[Task, tuple[str, ...], Path | None, str]
"""a task, the tables wanted, the folder of all runs if one is, and the digest of the code that asks"""
Answer = dict[str, bytes] | Path | str
"""tables as parquet files, or the path of a run folder, or the message of a failure"""


def live(task: Task, tables: tuple[str, ...], folders: Path | None, code: str) -> Answer:
    """Live one task in this process on one thread and return what is wanted of it, or why it failed."""
    if cache.code_digest() != code:
        return "the code changed while the study ran, or the worker has another version; start the study again"
    try:
        plan = task.plan()
        with threads_of(1):
            if folders is not None:
                return _in_folder(plan, folders)
            return {table: _parquet(frame) for table, frame in api.frames(plan, tables).items()}
    except Exception as error:  # a defect in one run must not end a study of hundreds; it is listed with its type
        return str(explained(error) or f"{type(error).__name__}: {error}")


def _in_folder(plan: api.Plan, folders: Path) -> Path:
    """Run a plan into its folder; if another process is at the same run, wait and take its result."""
    while True:
        try:
            return api.run(plan, out=folders, threads=1, progress=False).path
        except BusyError:
            time.sleep(_PAUSE)
            if (found := finished(plan, folders)) is not None:
                return found.path


# where the work is done

Runner = Callable[[dict[int, Work]], Iterator[tuple[int, Answer]]]


def _jobs(plans: Sequence[api.Plan]) -> int:
    """Return how many processes to use: one per core, fewer where the runs would not fit into the free memory."""
    cores, free = os.cpu_count() or 1, _free_memory()
    need = max(memory_of(plan) for plan in plans)
    return cores if free is None else max(1, min(cores, free // need))


def memory_of(plan: api.Plan) -> int:
    """Return the bytes a run takes at most, told by the residents it lives."""
    register = plan.parameters.table("places.register_age5")
    residents = int(register[["japanese_male", "japanese_female", "foreign_male", "foreign_female"]].sum().sum())
    return _PROCESS + residents * _RESIDENT // plan.sample


def _free_memory() -> int | None:
    """Return the bytes of memory programs may still take, None where the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")]
    return found[0] * 1024 if found else None


def _on_processes(count: int) -> Runner:
    """Return a runner on processes of this machine; a process that dies takes only this round's open tasks with it."""

    def run(works: dict[int, Work]) -> Iterator[tuple[int, Answer]]:
        import joblib
        from joblib.externals.loky.process_executor import TerminatedWorkerError

        # a worker that has grown is replaced between two runs; that is no news to the user
        warnings.filterwarnings("ignore", message="A worker stopped while some jobs were given", category=UserWarning)
        watched = {"initializer": end_with, "initargs": (os.getpid(),)}
        with joblib.parallel_config(backend="loky", inner_max_num_threads=1, **watched):
            pool = joblib.Parallel(n_jobs=min(count, len(works)), return_as="generator_unordered", batch_size=1)
            try:
                yield from pool(joblib.delayed(_numbered)(i, *work) for i, work in works.items())
            except TerminatedWorkerError:
                return

    return run


def _on_dask(scheduler: str) -> Runner:
    """Return a runner on a Dask cluster; tasks of a worker that is lost are moved to another one by the scheduler."""
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise InputError("--scheduler needs Dask; install it with: pip install 'kokuho-sim[cluster]'") from None

    def run(works: dict[int, Work]) -> Iterator[tuple[int, Answer]]:
        try:
            client = Client(scheduler, timeout="5s")
        except (OSError, ValueError) as error:
            raise InputError(f"--scheduler {scheduler}: no Dask scheduler answers there ({error})") from None
        with client:
            _same_versions(client, scheduler)
            futures = {client.submit(_numbered, i, *work, pure=False): i for i, work in works.items()}
            for future in as_completed(futures):
                if future.status == "finished":
                    yield future.result()
                elif future.status == "error":
                    reason = future.exception()
                    yield futures[future], f"the worker could not run it: {type(reason).__name__}: {reason}"

    return run


def _same_versions(client: Client, scheduler: str) -> None:
    """Raise OutsideError unless the workers have Python, packages and code of this process: results depend on it."""
    try:
        client.wait_for_workers(1, timeout=_WORKERS)
    except TimeoutError:
        raise OutsideError(
            f"--scheduler {scheduler}: no worker has joined it; start some: dask worker {scheduler}"
        ) from None
    versions = client.get_versions(packages=list(_SAME))
    assert isinstance(versions, dict)  # a coroutine only of an asynchronous client
    here = _versions(versions["client"])
    wrong = _other_code(client)
    for address, found in versions["workers"].items():
        there = _versions(found)
        wrong += [
            f"  {address}: {name} {there.get(name) or 'not installed'}, here {version}"
            for name, version in here.items()
            if there.get(name) != version
        ]
    if wrong:
        lines = [f"--scheduler {scheduler}: workers have other versions than this process; install the same:"]
        raise OutsideError("\n".join([*lines, *wrong[:_LINES], *(["  …"] if len(wrong) > _LINES else [])]))


def _other_code(client: Client) -> list[str]:
    """Return a line for each worker that has no code of `sim`, or other code than this process."""
    here = cache.code_digest()
    lines = []
    for address, there in client.run(cache.code_digest, on_error="return").items():
        if isinstance(there, BaseException):
            lines.append(f"  {address}: kokuho-sim cannot be imported ({type(there).__name__}: {there})")
        elif there != here:
            lines.append(f"  {address}: kokuho-sim with code {there[:8]}, here {here[:8]} ({__version__})")
    return lines


def _versions(report: Mapping[str, Mapping[str, str | None]]) -> dict[str, str | None]:
    """Return the versions that must be the same, out of a report of Dask."""
    packages = {name: report["packages"].get(name) for name in _SAME}
    return {"python": ".".join(str(report["packages"]["python"]).split(".")[:2]), **packages}


def _numbered(i: int, task: Task, tables: tuple[str, ...], folders: Path | None, code: str) -> tuple[int, Answer]:
    return i, live(task, tables, folders, code)


def _prepare(plans: Sequence[api.Plan]) -> None:
    """Compile the kernels and build the populations that are not on disk yet, once, so that workers only read."""
    wanted = {
        (p.parameters.region.name, p.parameters.as_of, p.scenario.seed, p.sample, p.replicate % p.sample): p
        for p in plans
    }
    for chosen in wanted.values():
        api.prepare(chosen)


# what is kept


def _store() -> Path:
    return cache.root() / "studies"


def _home(plan: api.Plan, tables: Sequence[str]) -> Path:
    wanted = hashlib.sha256("/".join([plan.digest(), *sorted(tables)]).encode()).hexdigest()
    return _store() / wanted[:24]


def _parquet(frame: pd.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.to_parquet(stream, index=False)
    return stream.getvalue()


def _keep(task: Task, plan: api.Plan, tables: Mapping[str, bytes]) -> Outcome:
    """Keep the tables of a finished task for the next time, and return them as its outcome."""
    digest = combined({table: hashlib.sha256(content).hexdigest() for table, content in tables.items()})

    def fill(fresh: Path) -> None:
        for table, content in tables.items():
            (fresh / f"{table}.parquet").write_bytes(content)
        (fresh / "digest.json").write_text(json.dumps(digest), encoding="utf-8")

    keep.folder(_home(plan, list(tables)), fill)
    frames = {table: pd.read_parquet(io.BytesIO(content)) for table, content in tables.items()}
    return Outcome(task, frames, None, digest)


def _kept(task: Task, plan: api.Plan, tables: Sequence[str], folders: Path | None) -> Outcome | None:
    """Return the outcome of a task that was finished before, or None."""
    if folders is None:
        return _read(task, tables, _home(plan, tables))
    found = finished(plan, folders)
    return None if found is None else _from_folder(task, tables, found.path)


def finished(plan: api.Plan, folders: Path) -> RunFolder | None:
    """Return the latest complete run folder of a plan, or None if it was never run with this code and register.

    A plan that declares outputs takes only a run that left the same.
    """
    wanted, outputs = plan.digest(), digest(plan.outputs)
    for path in sorted((folders / plan.scenario.name).glob("*/manifest.yaml"), reverse=True):
        folder = RunFolder(path.parent)
        if path.parent.name.startswith(PARTIAL) or not folder.made_with(wanted):
            continue
        try:
            manifest = folder.intact().manifest
            if manifest["digests"]["plan"] == wanted and outputs in ("", manifest.get("outputs")):
                return folder
        except InputError:  # broken, or changed since it was written: it is run again
            continue
    return None


def _from_folder(task: Task, tables: Sequence[str], home: Path) -> Outcome:
    """Return the outcome of a task that left a run folder."""
    folder = RunFolder(home)
    frames = {table: folder.table(table) for table in tables}
    return Outcome(task, frames, home, str(folder.manifest["digests"]["all"]))


def _read(task: Task, tables: Sequence[str], home: Path) -> Outcome | None:
    """Return the outcome kept in a folder of the store, None if there is none or it is not what was written."""
    if not keep.intact(home):
        return None
    try:
        frames = {table: pd.read_parquet(home / f"{table}.parquet") for table in tables}
        digest = json.loads((home / "digest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:  # another process has just removed it, to make room
        return None
    keep.used(home)
    return Outcome(task, frames, None, str(digest))


@contextmanager
def _bar(show: bool | Follow, title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yield a function that moves a progress bar, or tells whoever follows, by a number of finished tasks."""
    if not isinstance(show, bool):
        yield _counted(show, title, total)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    columns = (SpinnerColumn(), TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    quiet = not show or not sys.stderr.isatty()
    with Progress(*columns, disable=quiet, transient=True, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=total)
        yield lambda n: bar.advance(task, n)


def _counted(follow: Follow, title: str, total: int) -> Callable[[int], None]:
    """Return a function that adds finished tasks up and tells them."""
    done = 0

    def advance(more: int) -> None:
        nonlocal done
        done += more
        follow(title, done, total)

    return advance
