"""KokuhoModel: the mesa model. One step() is one fiscal year; institutions are agents, people are rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from sim.core.frame import Agent, DataCollector, Model
from sim.core.state import take
from sim.core.step import Step
from sim.engine.checks import AFTER
from sim.engine.loop import run_step
from sim.engine.state import State
from sim.engine.year import YEAR
from sim.institutions.agents import found_institutions
from sim.outputs.collect import end_of_year, headline
from sim.outputs.kernels import People
from sim.outputs.tables import HEADLINE

Progress = Callable[[int, str], None]


class KokuhoModel(Model):
    """A prefecture's 国保 from one fiscal year to the next.

    `world` holds parameters, institutions, memory and books, what steps see; `state` holds it and the tables of people
    and households. The agents are the municipalities, the metropolis and the nation. `datacollector` holds the
    headline series. `steps` is the year: that of `engine/year.py`, or with steps of a lever of one's own among them.
    `first` is the first year of the run; a state that has lived some years goes on after them.
    `close()`, or the end of a `with` block, releases the state: gigabytes at full size.
    """

    def __init__(
        self, state: State, first: int, progress: Progress | None = None, steps: Sequence[Step] = YEAR
    ) -> None:
        super().__init__(rng=np.random.default_rng(state.world.seed))
        self.state = state
        self.world = state.world
        self.first = first
        self.next_year = state.world.year + 1 if state.world.year else first
        self.progress = progress
        self.year_steps = tuple(steps)
        self.seconds: dict[int, dict[str, float]] = {}
        self.headline: dict[str, float] = {}
        self.institutions = found_institutions(self, state.world)
        self.datacollector = DataCollector(model_reporters={name: _reader(name) for name in HEADLINE})

    def step(self) -> None:
        """Live one fiscal year: every step of `engine/year.py`, the balance checks after each mechanism."""
        year, w = self.next_year, self.world
        w.year = year
        steps = [s for s in self.year_steps if year == self.first or not s.first]
        self.seconds[year] = {}
        for position, step in enumerate(steps):
            if self.progress:
                self.progress(year, step.name)
            self.seconds[year][step.name] = run_step(self.state, step, year)
            mechanism = _mechanism(step.name)
            if position + 1 == len(steps) or _mechanism(steps[position + 1].name) != mechanism:
                for check in AFTER.get(mechanism, ()):
                    check(self.state, year)
        end_of_year(w, year, take(People, self.state.people), self.state.households.place)
        self.headline = headline(w, year)
        self.datacollector.collect(self)
        self.next_year = year + 1

    def close(self) -> None:
        """Let go of agents and state. Without this mesa and the agents' references keep both for good."""
        self.remove_all_agents()
        Agent.__dict__.get("_ids", {}).pop(self, None)  # mesa 3.3 keeps every model as a key
        if hasattr(self, "world"):
            self.world.institutions = None
            del self.world, self.state
        self.__dict__.pop("institutions", None)

    def __enter__(self) -> KokuhoModel:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _mechanism(name: str) -> str:
    return name.partition(".")[0]


def _reader(name: str) -> Callable[[KokuhoModel], float]:
    return lambda model: model.headline[name]
