"""Runs in the background: scenarios live in processes of their own, the page stays awake and follows them."""

from __future__ import annotations

import multiprocessing as mp
import os
import queue
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.core.errors import KokuhoError

WAITING, RUNNING, DONE, FAILED, STOPPED = "waiting", "running", "done", "failed", "stopped"


class StopWishedError(Exception):
    """Raised inside a run when the user wants it to end."""


@dataclass
class Job:
    """One scenario on its way: `text` is the scenario file if it stands nowhere on disk yet."""

    number: int
    name: str
    text: str | None
    sample: int
    state: str = WAITING
    year: int | None = None
    years: tuple[int, int] = (2022, 2029)
    message: str = ""
    path: Path | None = None

    @property
    def share(self) -> float:
        """Return how much of the run is done, 0 to 1."""
        first, last = self.years
        return 1.0 if self.state == DONE else 0.0 if self.year is None else (self.year - first) / (last - first + 1)

    @property
    def busy(self) -> bool:
        return self.state in (WAITING, RUNNING)


class Workshop:
    """Starts jobs in at most `processes` processes, collects their progress, stops them on request."""

    def __init__(self, results: Path, processes: int | None = None) -> None:
        self.results = results
        self._processes = processes or max(1, min(4, (os.cpu_count() or 1) // 2))
        self._pool: ProcessPoolExecutor | None = None
        self._manager: Any = None
        self._news: Any = None
        self._stop: Any = None
        self._futures: dict[int, tuple[Job, Future[str]]] = {}
        self._count = 0

    def start(self, name: str, text: str | None, sample: int) -> Job:
        """Queue a run and return its job."""
        if self._pool is None:
            context = mp.get_context("spawn")
            self._manager = context.Manager()
            self._news, self._stop = self._manager.Queue(), self._manager.Event()
            self._pool = ProcessPoolExecutor(self._processes, mp_context=context)
        self._count += 1
        job = Job(self._count, name, text, sample)
        threads = max(1, (os.cpu_count() or 1) // self._processes)
        work = (job.number, name, text, sample, str(self.results), threads, self._news, self._stop)
        self._futures[job.number] = (job, self._pool.submit(_live, *work))
        return job

    def look(self) -> bool:
        """Take in the news of the runs; return whether anything changed."""
        changed = False
        while self._news is not None:
            try:
                number, first, last, year = self._news.get_nowait()
            except queue.Empty:
                break
            job = self._futures[number][0] if number in self._futures else None
            if job:
                job.state, job.year, job.years, changed = RUNNING, year, (first, last), True
        for number, (job, future) in list(self._futures.items()):
            if future.done():
                _finish(job, future)
                del self._futures[number]
                changed = True
        return changed

    def stop(self) -> None:
        """End what runs and what waits; finished runs stay."""
        for _, future in self._futures.values():
            future.cancel()
        if self._stop is not None:
            self._stop.set()

    def rested(self) -> None:
        """Allow new runs again once a stop has been obeyed."""
        if self._stop is not None and not self._futures:
            self._stop.clear()

    def close(self) -> None:
        """End the processes."""
        self.stop()
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._manager.shutdown()
            self._pool = None


def _finish(job: Job, future: Future[str]) -> None:
    if future.cancelled():
        job.state = STOPPED
        return
    error = future.exception()
    if error is None:
        job.state, job.path = DONE, Path(future.result())
    elif isinstance(error, StopWishedError):
        job.state = STOPPED
    else:
        job.state = FAILED
        job.message = str(error) if isinstance(error, KokuhoError) else f"{type(error).__name__}: {error}"


def _live(
    number: int, name: str, text: str | None, sample: int, results: str, threads: int, news: Any, stop: Any
) -> str:
    """Run one scenario inside a worker process, unless it was run before, and return the path of its folder."""
    from sim.experiments.execution import finished
    from sim.parameters.scenario import load_scenario, parse_scenario
    from sim.run import api

    chosen = load_scenario(name) if text is None else parse_scenario(text, Path("scenarios") / f"{name}.yaml")
    seen = 0

    def follow(year: int, step: str) -> None:
        nonlocal seen
        if stop.is_set():
            raise StopWishedError
        if year != seen:
            seen = year
            news.put((number, chosen.horizon.first, chosen.horizon.last, year))

    plan = api.plan(chosen, sample=sample)
    if (before := finished(plan, Path(results))) is not None:
        return str(before.path)
    return str(api.run(plan, out=results, threads=threads, progress=follow).path)
