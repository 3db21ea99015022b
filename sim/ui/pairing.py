"""Comparisons in the background: a process works off the runs of one, its ranges included, and tells how far it is.

The process is the command `kokuho compare`: what is finished is found again, the rest is run and kept. It ends when
the page does.
"""

from __future__ import annotations

import atexit
import contextlib
import logging
import multiprocessing as mp
import os
import shutil
import signal
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from sim.scenario.scenario import Scenario
from sim.ui.troubles import DEFECT, KILLED, Trouble, trouble
from sim.ui.work import DONE, FAILED, RUNNING, STOPPED, WAITING, StopWishedError, key_of

_log = logging.getLogger("sim.ui")
FIRST = "first"
"""kind of what is told once both scenarios are run, before the range of their difference is known"""
_PATIENCE = 1.0
"""seconds a process that has told its end is waited for"""


@dataclass
class Pairing:
    """One comparison on its way or finished; scenarios base first."""

    scenarios: tuple[Scenario, ...]
    sample: int
    results: Path
    state: str = WAITING
    what: str = ""
    """title of the runs under way: the scenarios, or those of the ranges"""
    done: int = 0
    total: int = 0
    path: Path | None = None
    """folder of the comparison; while it runs, of the same without ranges, as soon as the scenarios are run"""
    trouble: Trouble | None = None
    _process: BaseProcess | None = field(default=None, repr=False)
    _line: Connection | None = field(default=None, repr=False)

    @property
    def busy(self) -> bool:
        return self.state in (WAITING, RUNNING)

    @property
    def key(self) -> tuple[str, ...]:
        return key_of_pair(self.scenarios, self.sample)

    def begin(self) -> None:
        """Start the process."""
        context = mp.get_context("spawn")
        self._line, far = context.Pipe()
        args = (far, os.getpid(), self.scenarios, self.sample, str(self.results))
        self._process = context.Process(target=_work, args=args, name="comparison")
        self._process.start()
        far.close()
        self.state = RUNNING

    def stop(self) -> None:
        """Take it back: it ends after the run it is at, with what is finished kept."""
        if self.state == RUNNING and self._line is not None:
            with contextlib.suppress(OSError):
                self._line.send("stop")
        self.state = STOPPED if self.busy else self.state

    def end(self) -> None:
        """End the process at once."""
        if self._process is not None and self._process.is_alive():
            self._process.terminate()

    def look(self) -> None:
        """Take in what the process has told."""
        try:
            while self._line is not None and self._line.poll():
                self._take(self._line.recv())
        except (EOFError, OSError):
            self._lost()

    def _take(self, told: tuple[str, object]) -> None:
        kind, content = told
        if kind == RUNNING:
            assert isinstance(content, tuple)
            self.what, self.done, self.total = content
            return
        if kind == FIRST:
            self.path = Path(str(content))
            return
        if self.state == RUNNING:
            self.state = kind
        if kind == DONE:
            self.path = Path(str(content))
        elif kind == FAILED:
            assert isinstance(content, tuple)
            self.trouble = content[0]
            if content[1]:
                _log.error("defect in a comparison\n%s", content[1])
        self._close()

    def _lost(self) -> None:
        """Note that the process is gone without a word."""
        if self.state == RUNNING:
            self.state, self.trouble = FAILED, Trouble(KILLED)
        self._close()

    def _close(self) -> None:
        if self._line is not None:
            self._line.close()
        if self._process is not None:
            self._process.join(_PATIENCE)
        self._line = None


def key_of_pair(scenarios: Sequence[Scenario], sample: int) -> tuple[str, ...]:
    """Return what makes two comparisons the same."""
    return tuple(key_of(s, sample) for s in scenarios)


class Pairings:
    """The comparisons of a server: one at a time, each takes every core; others wait."""

    def __init__(self) -> None:
        self._all: dict[tuple[str, ...], Pairing] = {}
        atexit.register(self.close)  # before multiprocessing waits for its processes

    def get(self, scenarios: Sequence[Scenario], sample: int) -> Pairing | None:
        """Return the comparison of these scenarios, under way or finished, if there is one."""
        found = self._all.get(key_of_pair(scenarios, sample))
        return None if found is None or (found.path is not None and not found.path.exists()) else found

    def start(self, scenarios: Sequence[Scenario], sample: int, results: Path) -> Pairing:
        """Queue a comparison and return it; the same one that is under way or finished is returned as it is."""
        found = self.get(scenarios, sample)
        if found is None or found.state in (FAILED, STOPPED):
            found = Pairing(tuple(scenarios), sample, results)
            self._all[found.key] = found
        self.look()
        return found

    def keep(self, scenarios: Sequence[Scenario], sample: int, path: Path) -> Pairing:
        """Take in a finished comparison that was found on disk."""
        found = Pairing(tuple(scenarios), sample, path, state=DONE, path=path)
        self._all[found.key] = found
        return found

    def look(self) -> None:
        """Take in what is told, and begin the next that waits."""
        for pairing in self._all.values():
            pairing.look()
        alive = [p for p in self._all.values() if p._line is not None]
        waiting = [p for p in self._all.values() if p.state == WAITING]
        if waiting and not alive:
            waiting[0].begin()

    def close(self) -> None:
        """End what runs."""
        for pairing in self._all.values():
            pairing.end()


PAIRINGS = Pairings()
"""those of this server; nothing runs before the first is asked for"""


# inside the process


def _work(line: Connection, parent: int, scenarios: Sequence[Scenario], sample: int, results: str) -> None:
    """Compare scenarios and tell how far it is and what became of it, whatever that is."""
    from sim.core.parent import end_with

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with(parent)
    told: tuple[str, object]
    try:
        told = (DONE, _compared(line, scenarios, sample, results))
    except StopWishedError:
        told = (STOPPED, None)
    except Exception as error:
        found = trouble(error)
        told = (FAILED, (found, traceback.format_exc() if found.kind == DEFECT else ""))
    line.send(told)


def _compared(line: Connection, scenarios: Sequence[Scenario], sample: int, results: str) -> str:
    """Compare without ranges first, which takes seconds, then with them."""
    from sim.studies.compare import compare

    def follow(what: str, done: int, total: int) -> None:
        if line.poll():
            raise StopWishedError
        line.send((RUNNING, (what, done, total)))

    first = compare(list(scenarios), sample=sample, out=results, progress=follow).path
    line.send((FIRST, first))
    found = compare(list(scenarios), sample=sample, ranges=True, out=results, progress=follow).path
    line.send((RUNNING, ("", 0, 0)))
    shutil.rmtree(first, ignore_errors=True)
    return str(found)
