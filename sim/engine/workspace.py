"""Where a run works until it is finished: a folder of its own under the scenario, held by a lock.

    results/<scenario>/.partial-<plan>/lock         held while a process works here; the system frees it at its end
                                       owner.json   who holds it, since when
                                       run/         tables, log and manifest, renamed to the run folder when complete
                                       state/       the last finished year of an interrupted run

The finished files lie one folder deeper than those of a run folder, so whoever looks for <scenario>/*/manifest.yaml
never meets an unfinished one. A second run of the same plan is told of the first. What a killed process left
behind is removed by the next run of the scenario, except a state to resume.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from sim.core.errors import BusyError
from sim.engine import checkpoint
from sim.outputs.folder import PARTIAL
from sim.outputs.manifest import in_japan, now

_LOCK = "lock"
_TRIES = 20
"""how often a folder is claimed again that its last owner removed at that moment"""


@dataclass(frozen=True)
class Workspace:
    """The folder a run works in. `run` becomes the run folder."""

    path: Path

    @property
    def run(self) -> Path:
        return self.path / "run"


@contextmanager
def claimed(home: Path, plan: str, *, resume: bool) -> Iterator[Workspace]:
    """Hold the working folder of a plan; raises BusyError at once if another run of the plan is under way.

    home     folder of the scenario's runs
    plan     digest of the plan
    resume   keep the state an interrupted run left; otherwise it is removed

    At the end the folder is removed, unless the run did not finish and left a state.
    """
    path = home / f"{PARTIAL}{plan[:12]}"
    lock = _hold(path)
    space = Workspace(path)
    try:
        _sweep(home, path)
        _sign(path)
        shutil.rmtree(space.run, ignore_errors=True)
        if not resume:
            checkpoint.remove(path)
        space.run.mkdir()
        yield space
        checkpoint.remove(path)
    finally:
        if checkpoint.exists(path):
            shutil.rmtree(space.run, ignore_errors=True)
        else:
            _clear(path)
        lock.release()


def _hold(path: Path) -> FileLock:
    """Return the lock of a working folder, acquired; makes the folder."""
    missing: FileNotFoundError | None = None
    for _ in range(_TRIES):
        lock = FileLock(path / _LOCK)
        try:
            path.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
        except Timeout:
            if not path.exists():
                continue
            raise BusyError(_under_way(path)) from None
        except FileNotFoundError as error:  # removed meanwhile; or there can be no such folder at all
            missing = error
            continue
        except FileExistsError:  # removed while it was looked at; a file of that name stays one
            if path.is_file():
                raise
            continue
        if _same(lock, path / _LOCK):
            return lock
        lock.release()
        missing = None
    raise missing or BusyError(_under_way(path))


def _same(lock: FileLock, path: Path) -> bool:
    """Return whether the lock guards the file of that name, and not one its last owner has removed."""
    descriptor = lock._context.lock_file_fd
    if descriptor is None:
        return path.exists()
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:
        return False


def _clear(path: Path) -> None:
    """Remove a working folder whose lock is held; the lock file last: without it the next run takes the folder."""
    with suppress(OSError):
        for entry in path.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry, ignore_errors=True)
            elif entry.name != _LOCK:
                entry.unlink()
        (path / _LOCK).unlink()
        path.rmdir()  # not empty where the next run is at work already


def _sign(path: Path) -> None:
    """Write down who works here and since when."""
    owner = {
        "pid": os.getpid(),
        "host": platform.node(),
        "since": now(),
    }
    (path / "owner.json").write_text(json.dumps(owner), encoding="utf-8")


def _under_way(path: Path) -> str:
    """Return the message for the second run of a plan."""
    who = ""
    with suppress(OSError, ValueError, KeyError, TypeError):
        owner = json.loads((path / "owner.json").read_text(encoding="utf-8"))
        since = in_japan(owner["since"])
        where = "" if owner["host"] == platform.node() else f" on {owner['host']}"
        who = f" (process {int(owner['pid'])}{where}, since {since})"
    return f"this run is under way already{who} in {path.parent}; wait for it, or give another --out"


def _sweep(home: Path, own: Path) -> None:
    """Remove what ended runs left under the scenario: no process holds it, and it has no state to resume."""
    for path in home.glob(f"{PARTIAL}*"):
        if path == own or not path.is_dir() or checkpoint.exists(path):
            continue
        lock = FileLock(path / _LOCK)
        with suppress(Timeout, OSError):
            lock.acquire(timeout=0)
            try:
                if not checkpoint.exists(path):
                    _clear(path)
            finally:
                lock.release()
