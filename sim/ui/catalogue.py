"""Every scenario that can be chosen, read once and again when a file has changed, in groups by what it moves."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sim.core.errors import KokuhoError
from sim.parameters import Parameters
from sim.scenario.document import Mistakes
from sim.scenario.file import find, folders, known_names
from sim.scenario.scenario import Scenario, load_scenario

BASE = "baseline"

State = tuple[tuple[str, int, int], ...]
Words = tuple[str, str]

GROUPS: dict[Words, tuple[str, ...]] = {
    ("保険料率・統一・軽減", "Rates, unification, relief"): ("rates", "rates_plan", "levy", "municipal.frozen_rates"),
    ("収納", "Collection"): ("payment", "collection"),
    ("法定外繰入・財政", "Transfers and finance"): ("municipal", "finance", "effort", "second_part"),
    ("医療費・給付", "Cost of care"): ("cost", "care"),
    ("資格・人口", "Membership and population"): ("coverage", "enrolment", "population", "demography", "income"),
}
"""Groups of scenarios and the beginnings of the keys they move; the longest that fits decides."""
OTHER: Words = ("その他", "Other")


@dataclass(frozen=True)
class Entry:
    """A scenario and the text of its file."""

    scenario: Scenario
    text: str

    def title(self, lang: str) -> str:
        """Return what people call it; its name where its file gives no title."""
        return self.scenario.title.in_language(lang) or self.scenario.name

    @property
    def group(self) -> Words:
        return group_of(self.scenario)

    def found(self, words: str) -> bool:
        """Tell whether all words of a search stand in its titles, name or descriptions."""
        s = self.scenario
        text = " ".join((s.name, s.title.ja, s.title.en, s.description.ja, s.description.en)).casefold()
        return all(word in text for word in words.casefold().split())


@dataclass(frozen=True)
class Catalogue:
    """Scenarios by name, the baseline first, and what is wrong with the files that could not be read."""

    entries: dict[str, Entry] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)


def group_of(scenario: Scenario) -> Words:
    """Return the group of a scenario: that of most keys it moves itself, else of those its bases move.

    A group follows from the keys, so that a scenario of one's own or one uploaded has its place without a word for it.
    """
    for layer in reversed(scenario.layers):
        if found := Counter(_group_of_key(key) for key in dict.fromkeys(change.key for change in layer)):
            return found.most_common(1)[0][0]
    return OTHER


def _group_of_key(key: str) -> Words:
    fits = [
        (len(start), words) for words, starts in GROUPS.items() for start in starts if f"{key}.".startswith(f"{start}.")
    ]
    return max(fits, default=(0, OTHER))[1]


def by_group(entries: Mapping[str, Entry]) -> dict[Words, dict[str, Entry]]:
    """Return scenarios by group, in the order of the groups; the baseline, which always runs, is left out."""
    mine = {name: entry for name, entry in entries.items() if name != BASE and _of_region(entry.scenario)}
    found = {words: {n: e for n, e in mine.items() if e.group == words} for words in (*GROUPS, OTHER)}
    return {words: own for words, own in found.items() if own}


def _of_region(scenario: Scenario) -> bool:
    """Tell whether a scenario is of the region in force, or of whichever."""
    return scenario.region in (None, Parameters.load().region.name)


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
