"""A step of the year: a name, the columns it takes, and the function that does it.

    def collect_bills(w: World, year: int, people: People, homes: Homes) -> None:
        \"\"\"Collect the year's bills.\"\"\"

    COLLECT = step("payment.collect", collect_bills)

What a step reads and writes is derived from the tuples of columns it takes (`core.state`): `people` of the people,
`homes` of the households. It gets these columns and nothing else of the tables, the ones it only reads as read-only
arrays. Only the owner of a column (`population.columns`) writes it; a step that writes another mechanism's column says
so with `also_writes`. One step moves rows and so takes the tables themselves, and no columns (re-packing):

    def rebuild_tables(w: World, year: int, tables: Tables) -> None:

    REPACK = step("demography.repack", rebuild_tables, rebuilds=True)
"""

from __future__ import annotations

import functools
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sim.core import state

TABLES = {"people": "people", "homes": "households"}
"""parameter of a step's function -> table"""


class Tables(Protocol):
    """The columns a step declared, as attributes of the two tables."""

    @property
    def people(self) -> object: ...

    @property
    def households(self) -> object: ...


@dataclass(frozen=True)
class Step:
    """One line of the year.

    name         "levy.assess": mechanism, then verb
    reads        columns read, "people.salary" or "households.place"
    writes       columns written
    run          function (c, w, year): c holds the declared columns as c.people.x and c.households.x (of a step that
                 rebuilds: both tables, c.people and c.households),
                 w is the World (parameters, institutions, memory, books, keys), year the fiscal year
    first        True for a step that belongs to the first simulated year only (run-in, opening rates)
    also_writes  those of `writes` that belong to another mechanism
    rebuilds     True for the one step that makes both tables anew (re-packing) and so has them in hand
    """

    name: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    run: Callable[..., None]
    first: bool = False
    also_writes: tuple[str, ...] = ()
    rebuilds: bool = False

    @property
    def mechanism(self) -> str:
        """The part of the name before the dot."""
        return self.name.partition(".")[0]


def step(
    name: str,
    run: Callable[..., None],
    *,
    first: bool = False,
    also_writes: tuple[str, ...] = (),
    rebuilds: bool = False,
) -> Step:
    """Return the step that a function (w, year, people: People, homes: Homes) does; either table may be left out.

    With `rebuilds` the function is (w, year, tables: Tables). TypeError if it takes tables without saying so.
    """
    hints = typing.get_type_hints(run)
    if rebuilds != ("tables" in hints):
        raise TypeError(f"{name}: the step that rebuilds takes `tables`, any other step columns of tables")
    takes = {parameter: hints[parameter] for parameter in TABLES if parameter in hints}

    def bound(c: Tables, w: object, year: int) -> None:
        if rebuilds:
            run(w, year, tables=c)
            return
        run(w, year, **{key: state.take(kind, getattr(c, TABLES[key])) for key, kind in takes.items()})

    functools.update_wrapper(bound, run)  # its source is that of the function (a run names the digest of a lever's)
    return Step(
        name=name,
        reads=tuple(f"{TABLES[key]}.{column}" for key, kind in takes.items() for column in state.read(kind)),
        writes=tuple(f"{TABLES[key]}.{column}" for key, kind in takes.items() for column in state.written(kind)),
        run=bound,
        first=first,
        also_writes=also_writes,
        rebuilds=rebuilds,
    )
