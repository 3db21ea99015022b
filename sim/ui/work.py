"""Runs in the background: scenarios live in processes of their own, the page stays awake and follows them."""

from __future__ import annotations

import ctypes
import hashlib
import logging
import multiprocessing as mp
import os
import signal
import traceback
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import sharedctypes
from pathlib import Path
from typing import NamedTuple

from sim.parameters import regions
from sim.scenario.scenario import Scenario
from sim.ui.troubles import DEFECT, KILLED, Trouble, noted, trouble

WAITING, RUNNING, DONE, FAILED, STOPPED = "waiting", "running", "done", "failed", "stopped"

_log = logging.getLogger("sim.ui")

Slots = ctypes.Array[ctypes.c_int]


class StopWishedError(Exception):
    """Raised inside a run when nobody wants it any more."""


@dataclass(frozen=True)
class Identity:
    """Which run it is, as its manifest says."""

    scenario: str
    sample: int
    seed: int
    replicate: int
    first: int
    last: int
    code: str
    digest: str


@dataclass(frozen=True)
class Outcome:
    """What a worker sends back. It never raises: an exception that cannot be sent would take the pool with it."""

    state: str
    path: str = ""
    identity: Identity | None = None
    trouble: Trouble | None = None
    traceback: str = ""


@dataclass
class Job:
    """One scenario on its way, as it stood when Run was pressed; `text` is its file."""

    number: int
    scenario: Scenario
    text: str
    sample: int
    key: str
    state: str = WAITING
    year: int | None = None
    trouble: Trouble | None = None
    path: Path | None = None
    identity: Identity | None = None
    wanted: int = 0
    """how many presses of Run wait for it"""
    slot: int | None = None
    """place on the board it shares with its worker"""

    @property
    def name(self) -> str:
        return self.scenario.name

    @property
    def share(self) -> float:
        """Return how much of the run is done, 0 to 1."""
        first, last = self.scenario.horizon.first, self.scenario.horizon.last
        return 1.0 if self.state == DONE else 0.0 if self.year is None else (self.year - first) / (last - first + 1)

    @property
    def busy(self) -> bool:
        return self.state in (WAITING, RUNNING)


class Board(NamedTuple):
    """What the workshop and its workers share, by slot: the year a run has reached, and the wish to stop it.

    It is shared memory without locks: a worker that is killed can neither block it nor leave half a message.
    """

    years: Slots
    stops: Slots

    @classmethod
    def of(cls, processes: int) -> Board:
        """Return an empty board."""
        return cls(sharedctypes.RawArray("i", processes), sharedctypes.RawArray("i", processes))


def key_of(scenario: Scenario, sample: int) -> str:
    """Return what makes two runs the same: all the scenario says, and the sample."""
    return hashlib.sha256(f"{sample}/{scenario!r}".encode()).hexdigest()


class Workshop:
    """Works off a queue of jobs in at most `processes` processes, follows them and stops those nobody wants."""

    def __init__(self, results: Path, processes: int | None = None) -> None:
        self.results = results
        self.processes = processes or max(1, min(4, (os.cpu_count() or 1) // 2))
        self._pool: ProcessPoolExecutor | None = None
        self._board = Board.of(self.processes)
        self._queue: list[Job] = []
        self._working: dict[int, tuple[Job, Future[Outcome]]] = {}
        self._count = 0

    @property
    def busy(self) -> bool:
        return bool(self._queue or self._working)

    def start(self, scenario: Scenario, text: str, sample: int) -> Job:
        """Queue a run and return its job; if the same run is under way already, return that one."""
        key = key_of(scenario, sample)
        job = next((j for j in self.under_way() if j.key == key and j.wanted), None)
        if job is None:
            self._count += 1
            job = Job(self._count, scenario, text, sample, key)
            self._queue.append(job)
        job.wanted += 1
        self.look()
        return job

    def under_way(self) -> list[Job]:
        """Return the jobs that wait or run."""
        return [*self._queue, *(job for job, _ in self._working.values())]

    def drop(self, job: Job) -> None:
        """Take back one wish for a job: nobody's job is not begun, or ends at its next step."""
        job.wanted = max(0, job.wanted - 1)
        if job.wanted or not job.busy:
            return
        if job in self._queue:
            self._queue.remove(job)
            job.state = STOPPED
        elif job.slot is not None:
            self._board.stops[job.slot] = 1

    def leave(self, job: Job) -> None:
        """Take back one wish for a job whose page is gone: what has begun is finished and kept on disk."""
        if job.state == RUNNING:
            return
        self.drop(job)

    def ahead(self, job: Job) -> int:
        """Return how many jobs come before a waiting one, those that run included."""
        return len(self._working) + (self._queue.index(job) if job in self._queue else 0)

    def look(self) -> None:
        """Take in how far the runs are and begin what can be begun."""
        for number, (job, future) in list(self._working.items()):
            if job.slot is not None and (year := self._board.years[job.slot]):
                job.year = year
            if future.done():
                del self._working[number]
                _finish(job, future)
                if isinstance(future.exception(), BrokenExecutor):
                    self._pool = None
        for job in list(self._queue):
            if len(self._working) >= self.processes:
                break
            if job.name not in {other.name for other, _ in self._working.values()}:
                self._begin(job)

    def _begin(self, job: Job) -> None:
        pool = self._open()
        job.slot = next(n for n in range(self.processes) if n not in {j.slot for j, _ in self._working.values()})
        self._board.years[job.slot] = self._board.stops[job.slot] = 0
        threads = max(1, (os.cpu_count() or 1) // self.processes)
        try:
            future = pool.submit(_live, job.scenario, job.sample, str(self.results), threads, job.slot)
        except BrokenExecutor:  # a worker died while nothing ran; the next look begins it in a new pool
            self._pool = None
            return
        self._queue.remove(job)
        job.state = RUNNING
        self._working[job.number] = (job, future)

    def _open(self) -> ProcessPoolExecutor:
        """Return the pool, a new one after a worker was killed: an executor that lost a worker takes no more work.

        It gets a board of its own.
        """
        if self._pool is None:
            if self._working:  # workers of a broken pool are gone, but not yet taken in
                for job, future in self._working.values():
                    _finish(job, future)
                self._working.clear()
            context = mp.get_context("spawn")
            self._board = Board.of(self.processes)
            self._pool = ProcessPoolExecutor(
                self.processes, mp_context=context, initializer=_enter, initargs=(self._board, regions.chosen())
            )
        return self._pool

    def close(self) -> None:
        """End the processes; what runs ends at its next step."""
        for job in self._queue:
            job.state = STOPPED
        self._queue.clear()
        for slot in range(self.processes):
            self._board.stops[slot] = 1
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


def _finish(job: Job, future: Future[Outcome]) -> None:
    """Put on a job what became of it."""
    job.slot = None
    if future.cancelled():
        job.state = STOPPED
    elif not future.done() or isinstance(future.exception(), BrokenExecutor):
        job.state, job.trouble = FAILED, Trouble(KILLED)
        _log.error("the process that ran %s (1/%d) was killed from outside", job.name, job.sample)
    elif (error := future.exception()) is not None:
        job.state, job.trouble = FAILED, noted(error)
    else:
        outcome = future.result()
        job.state, job.trouble, job.identity = outcome.state, outcome.trouble, outcome.identity
        job.path = Path(outcome.path) if outcome.path else None
        if outcome.traceback:
            _log.error("defect in the run of %s (1/%d)\n%s", job.name, job.sample, outcome.traceback)


# inside a worker process

_board: Board | None = None


def _enter(board: Board, region: str | None) -> None:
    """Take the board and the region of the workshop into a worker; Ctrl+C in the terminal is for the server."""
    global _board
    _board = board
    if region is not None:
        regions.choose(region)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _live(scenario: Scenario, sample: int, results: str, threads: int, slot: int) -> Outcome:
    """Run one scenario inside a worker process and return what became of it, whatever that is."""
    try:
        path = _run(scenario, sample, results, threads, slot)
        return Outcome(DONE, str(path), identity_of(path))
    except StopWishedError:
        return Outcome(STOPPED)
    except Exception as error:
        found = trouble(error)
        return Outcome(FAILED, trouble=found, traceback=traceback.format_exc() if found.kind == DEFECT else "")


def _run(scenario: Scenario, sample: int, results: str, threads: int, slot: int) -> Path:
    """Return the folder of the run: an earlier one of the same plan if there is one."""
    from sim.engine import api
    from sim.studies.execution import finished

    assert _board is not None
    years, stops = _board

    def follow(year: int, step: str) -> None:
        if stops[slot]:
            raise StopWishedError
        years[slot] = year

    plan = api.plan(scenario, sample=sample)
    if (before := finished(plan, Path(results))) is not None:
        return before.path
    return api.run(plan, out=results, threads=threads, progress=follow).path


def identity_of(path: Path) -> Identity:
    """Return which run a folder holds."""
    from sim.outputs.folder import RunFolder

    m = RunFolder(path).manifest
    return Identity(
        scenario=str(m["scenario"]),
        sample=int(m["sample"]),
        seed=int(m["seed"]),
        replicate=int(m["replicate"]),
        first=int(m["horizon"]["from"]),
        last=int(m["horizon"]["to"]),
        code=str(m["digests"]["code"]),
        digest=str(m["digests"]["all"]),
    )
