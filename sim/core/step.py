"""A step of the year: a name, what it reads, what it writes, and the function that does it.

The runner hands a step only the columns it declared: the ones it writes as they are, the ones it
reads as read-only views. A step that touches anything else fails at once, in every run.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Step:
    """One line of the year.

    name    "levy.assess": mechanism, then verb
    reads   columns read, "people.salary" or "households.place"
    writes  columns written (their owner is the mechanism named before the dot)
    run     function (c, w, year): c holds the declared columns as c.people.x and c.households.x,
            w is the World (parameters, institutions, memory, books, keys), year the fiscal year
    first   True for a step that belongs to the first simulated year only (run-in, opening rates)
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    run: Callable[[Any, Any, int], None]
    first: bool = False
