"""The state between two years on disk, so that an interrupted run resumes with the same bits.

    state/people/<column>.npy, state/households/<column>.npy    the rows
    state/world/                                                everything else, see `codec`
    state/digest.json                                           SHA-256 of each file, and of which plan it is
    outputs/                                                    declared outputs of the finished years

Nothing in it is code. A state that was cut, changed or mixed up is refused, never taken for another.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import InputError
from sim.engine.codec import CodecError, decode, encode
from sim.engine.state import State
from sim.population.table import Table

STATE = ("books", "memory", "rates", "standard_rates", "tables", "ledgers", "year", "weight", "seed", "replicate")
"""what of the world is state; the rest is said by the plan"""
_DIGEST = "digest.json"


class _Content(TypedDict):
    """Of which plan a state is, and the SHA-256 of each of its files."""

    plan: str
    files: dict[str, str]


def save(state: State, folder: Path, plan: str) -> None:
    """Write the state after a finished year to `folder`/state, replacing an older one only when complete."""
    fresh, final, old = folder / "state.new", folder / "state", folder / "state.old"
    shutil.rmtree(fresh, ignore_errors=True)
    for kind, table in _tables(state).items():
        (fresh / kind).mkdir(parents=True)
        for name, array in table.data.items():
            np.save(fresh / kind / f"{name}.npy", array, allow_pickle=False)
    encode({name: getattr(state.world, name) for name in STATE}, fresh / "world")
    content: _Content = {"plan": plan, "files": _digests(fresh)}
    (fresh / _DIGEST).write_text(json.dumps(content, indent=1), encoding="utf-8")
    shutil.rmtree(old, ignore_errors=True)
    if final.exists():
        final.rename(old)
    fresh.rename(final)
    shutil.rmtree(old, ignore_errors=True)


def exists(folder: Path) -> bool:
    """Return whether there is a state to go on from, whole or damaged."""
    return _latest(folder).exists()


def _latest(folder: Path) -> Path:
    """Return the folder of the state; that before where the process ended between two renames."""
    state, old = folder / "state", folder / "state.old"
    return old if old.exists() and not state.exists() else state


def load(state: State, folder: Path, plan: str) -> None:
    """Put the saved state into a freshly made one; raises InputError if it is not what was saved."""
    path = _latest(folder)
    try:
        content = json.loads((path / _DIGEST).read_text(encoding="utf-8"))
        _check(path, content, plan)
        values = decode(path / "world")
        if not isinstance(values, dict) or set(values) != set(STATE):
            raise CodecError("world/: not the values of a run")
        columns = {kind: _columns(table, path / kind) for kind, table in _tables(state).items()}
    except (CodecError, OSError, ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"{path}: the state of the interrupted run is damaged ({error}); start without --resume"
        ) from error
    for name, value in values.items():
        setattr(state.world, name, value)
    for kind, table in _tables(state).items():
        table.data.update(columns[kind])


def remove(folder: Path) -> None:
    """Remove a state, finished or not, and the outputs kept with it."""
    for name in ("state", "state.new", "state.old", "outputs"):
        shutil.rmtree(folder / name, ignore_errors=True)


def _tables(state: State) -> dict[str, Table]:
    return {"people": state.people, "households": state.households}


def _digests(state: Path) -> dict[str, str]:
    """Return the SHA-256 of every file of a state but the list itself, by path."""
    found = {}
    for path in sorted(p for p in state.rglob("*") if p.is_file() and p != state / _DIGEST):
        with path.open("rb") as stream:
            found[path.relative_to(state).as_posix()] = hashlib.file_digest(stream, "sha256").hexdigest()
    return found


def _check(state: Path, content: _Content, plan: str) -> None:
    """Raise CodecError unless the files are those listed and the state is of this plan."""
    listed, found = content["files"], _digests(state)
    wrong = sorted(name for name in {*listed, *found} if listed.get(name) != found.get(name))
    if wrong:
        raise CodecError(f"{', '.join(wrong[:3])}{' …' if len(wrong) > 3 else ''}: not as it was written")
    if content["plan"] != plan:
        raise CodecError("it is of another plan")


def _columns(table: Table, folder: Path) -> dict[str, NDArray[np.number]]:
    """Return the saved columns of a table; all of its columns, of its types, of one length."""
    columns = {c.name: np.load(folder / f"{c.name}.npy", allow_pickle=False) for c in table.columns}
    rows = {len(a) for a in columns.values()}
    wrong = any(
        columns[c.name].dtype != np.dtype(c.dtype) or columns[c.name].shape[1:] != ((c.width,) if c.width else ())
        for c in table.columns
    )
    if len(rows) != 1 or wrong:
        raise CodecError(f"{folder.name}/: columns of other types or lengths")
    return columns
