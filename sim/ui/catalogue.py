"""Every scenario that can be chosen, read once and again when a file has changed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from sim.core.errors import KokuhoError
from sim.scenario.document import Mistakes
from sim.scenario.file import find, folders, known_names
from sim.scenario.scenario import Scenario, load_scenario

BASE = "baseline"

State = tuple[tuple[str, int, int], ...]


@dataclass(frozen=True)
class Entry:
    """A scenario and the text of its file."""

    scenario: Scenario
    text: str


@dataclass(frozen=True)
class Catalogue:
    """Scenarios by name, the baseline first, and what is wrong with the files that could not be read."""

    entries: dict[str, Entry] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)


class Shelf:
    """Keeps the catalogue until a file of a scenario folder is added, changed or removed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state: State | None = None
        self._catalogue = Catalogue()

    def catalogue(self) -> Catalogue:
        """Return the catalogue as the files stand now. Reading takes a second, looking a millisecond."""
        with self._lock:
            state = _state()
            if state != self._state:
                self._catalogue, self._state = _read(), state
            return self._catalogue


def _state() -> State:
    """Return path, time and size of every scenario file."""
    found = []
    for path in sorted(p for folder in folders() for p in folder.glob("[!.]*.yaml")):
        try:
            status = path.stat()
        except OSError:
            continue
        found.append((str(path), status.st_mtime_ns, status.st_size))
    return tuple(found)


def _read() -> Catalogue:
    catalogue = Catalogue()
    for name in [BASE, *(n for n in known_names() if n != BASE)]:
        try:
            catalogue.entries[name] = Entry(load_scenario(name), _text(name))
        except (KokuhoError, OSError, ValueError) as error:
            catalogue.broken[name] = str(error)
    return catalogue


def _text(name: str) -> str:
    path: Path | None = find(name, Mistakes())
    return path.read_text(encoding="utf-8") if path else ""
