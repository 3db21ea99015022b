"""The years that runs have in common are lived once a process.

Scenarios differ from some year on; until then two runs of one sample do the same work. At the end of a year before the
one in which scenarios were seen to part, a run leaves a copy of its state and notes every number it has read so far.
Another run begins from there if its own parameters say the same of all these numbers. So its bits are those of a run
from the first year, whatever the scenarios are called and however far ahead a step looks.

What is kept belongs to the process and is gone with it: the states used last, up to `ROOM` bytes.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING

from sim.engine.checkpoint import STATE
from sim.engine.state import State
from sim.parameters import Parameters
from sim.parameters.memo import Read, noted

if TYPE_CHECKING:
    from sim.engine.api import Plan
    from sim.engine.model import KokuhoModel

ROOM = 1e9
"""bytes of people and households kept"""
_LARGEST = 2e8
"""bytes of a state that is left: to copy everybody takes memory that a run of everybody has better use for"""
_KINDS = 8
"""kinds of runs remembered, the latest ones"""

Kind = tuple[object, ...]


@dataclass(frozen=True)
class Past:
    """The state at the end of a year, and what it rests on: the numbers read, and what overrides said of them."""

    year: int
    state: State
    reads: frozenset[Read]
    under: dict[Read, str]

    def fits(self, p: Parameters) -> bool:
        """Return whether a run under these parameters would be in the same state."""
        return p.overrides_of(self.reads) == self.under


@dataclass
class Kept:
    """What is known of runs of one kind: the parameters of the last one, and the states left."""

    origin: Parameters
    kind: Kind
    last: Parameters | None = None
    pasts: list[Past] = field(default_factory=list)


_all: list[Kept] = []
"""kinds of runs, the one used last at the end"""
_lock = Lock()
_apart = False


def forget() -> None:
    """Drop every state that was kept."""
    with _lock:
        _all.clear()


@contextmanager
def apart(wished: bool = True) -> Iterator[None]:
    """Let runs within live all their years: where they are timed, or where what they do is changed under them."""
    global _apart
    before, _apart = _apart, wished
    try:
        yield
    finally:
        _apart = before


@contextmanager
def shared(chosen: Plan, wanted: frozenset[str] | None, opening: Callable[[], State]) -> Iterator[Way]:
    """Yield the way of a run: its state to begin with, and what it is told after every year it has lived.

    wanted   tables asked for, None: all of them
    opening  makes the state on the morning of the first year, where no other run has left a later one
    """
    if _apart or chosen.levers or chosen.outputs:
        # steps of one's own read what they like; outputs want the people of every year
        yield Way(opening())
        return
    with _lock:
        kept = _kept(chosen, wanted)
        years = _years(chosen, kept)
        kept.last = chosen.parameters
        fits = [past for past in kept.pasts if past.year < chosen.last and past.fits(chosen.parameters)]
    past = max(fits, key=lambda p: p.year, default=None)
    reads = set(past.reads) if past else set[Read]()
    with noted(reads):
        state = opening() if past is None else _copy(past.state, chosen)
        yield Way(state, kept, years - {p.year for p in fits}, reads)


@dataclass
class Way:
    """A run on its way through the years."""

    state: State
    kept: Kept | None = None
    years: frozenset[int] = frozenset()
    """years at whose end it leaves its state"""
    reads: set[Read] = field(default_factory=set)

    def passed(self, model: KokuhoModel) -> None:
        """Leave the state at the end of a year, if other runs are likely to begin there."""
        year = model.next_year - 1
        if self.kept is None or year not in self.years or _bytes(model.state) > _LARGEST:
            return
        p = model.world.p
        left = Past(year, _copy(model.state, None), frozenset(self.reads), p.overrides_of(self.reads))
        with _lock:
            self.kept.pasts = [past for past in self.kept.pasts if past.year != year] + [left]
            _tidy()


def _kept(chosen: Plan, wanted: frozenset[str] | None) -> Kept:
    """Return what is known of runs that may share years with this one: all but the parameters is the same."""
    draws = chosen.scenario.seed, chosen.sample, chosen.seed, chosen.replicate
    kind = *draws, chosen.first, wanted, chosen.controls.digest, chosen.controls.is_base
    origin = chosen.parameters.origin
    found = next((k for k in _all if k.kind == kind and k.origin is origin), None) or Kept(origin, kind)
    _all[:] = [*(k for k in _all if k is not found), found][-_KINDS:]
    return found


def _years(chosen: Plan, kept: Kept) -> frozenset[int]:
    """Return at the end of which years a run leaves its state.

    The two years before the one in which it parts from the run before it: steps of a year look into the next. Of the
    first run of a kind nobody knows where others will part from it: it leaves its state in the middle.
    """
    if kept.last is None:
        wanted = {(chosen.first + chosen.last) // 2}
    else:
        apart = chosen.parameters.parts_from(kept.last)
        wanted = set() if apart is None else {apart - 2, apart - 1}
    return frozenset(year for year in wanted if chosen.first <= year < chosen.last)


def _copy(state: State, chosen: Plan | None) -> State:
    """Return a copy of a state that shares nothing that is written to; under the parameters of a plan if given."""
    world = copy.copy(state.world)
    world.institutions = None
    if chosen is not None:
        world.p = chosen.parameters
    same = {id(thing): thing for thing in (state.world.p, state.world.memory.control) if thing is not None}
    for name in STATE:
        value = getattr(state.world, name)
        setattr(world, name, {k: list(v) for k, v in value.items()} if name == "tables" else copy.deepcopy(value, same))
    return State(world=world, people=copy.deepcopy(state.people), households=copy.deepcopy(state.households))


def _tidy() -> None:
    """Drop the states that were used longest ago beyond the room."""
    room = ROOM
    for kept in reversed(_all):
        for past in sorted(kept.pasts, key=lambda p: -p.year):
            room -= _bytes(past.state)
            if room < 0:
                kept.pasts.remove(past)


def _bytes(state: State) -> int:
    """Return the memory people and households take."""
    return state.people.nbytes() + state.households.nbytes()
