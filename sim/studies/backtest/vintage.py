"""The one place where a back-test asks the model for a date: the register and the runs as they would have been then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sim.parameters import Parameters
from sim.parameters.loader import OverrideKey
from sim.parameters.schema import Value
from sim.studies.execution import Task


@dataclass(frozen=True)
class Later:
    """A parameter, table or fit behind which a figure stands that was published after the date."""

    name: str
    published: str
    reason: str


def register_of(as_of: dt.date) -> Parameters:
    """Return the register as it was known on a date."""
    return Parameters.load(as_of=as_of)


def known_later(p: Parameters) -> Sequence[Later]:
    """Return what in the register of a date was, in spite of it, fitted to something published later."""
    return [Later(str(name), str(published), str(reason)) for name, published, reason in p.known_later()]


def task(
    as_of: dt.date, scenario: str, overrides: Mapping[OverrideKey, Value], sample: int, replicate: int, last: int
) -> Task:
    """Return the run of a scenario with nothing known that was published after the date."""
    return Task(
        scenario,
        overrides,
        sample=sample,
        replicate=replicate,
        last=last,
        as_of=as_of,
    )
