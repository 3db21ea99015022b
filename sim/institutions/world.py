"""The world a step works in: clock, parameters, institutions, facts, books and ledgers of one run, but no people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

import numpy as np
import pandas as pd

from sim.core import rng
from sim.core.accounts import Books
from sim.core.tables import Columns, OutputTable
from sim.institutions.memory import Memory
from sim.institutions.rates import Rates
from sim.parameters import Parameters

if TYPE_CHECKING:
    from sim.institutions.agents import Institutions

L = TypeVar("L")
Rows: TypeAlias = pd.DataFrame | Columns


@dataclass(repr=False, kw_only=True)
class World:
    """What a step may need beside the columns it takes. `weight` is N of the 1/N sample: one row stands for N.

    The tables of people and households are not here: they belong to the engine (`engine/state.py`).
    """

    p: Parameters
    places: int
    seed: int
    replicate: int = 0
    weight: int = 1
    year: int = 0
    books: Books = field(init=False)
    memory: Memory = field(init=False)
    rates: dict[int, Rates] = field(default_factory=dict)
    standard_rates: dict[int, Rates] = field(default_factory=dict)
    tables: dict[str, list[pd.DataFrame | Columns]] = field(default_factory=dict)
    """Rows of declared output tables, by table name (`core/tables.py`)."""
    wanted: frozenset[str] | None = None
    """The tables somebody asks for; of others no rows are made. None: all."""
    institutions: Institutions | None = None
    """The mesa agents (`institutions/agents.py`), founded on first use; they hold no state of their own."""
    ledgers: dict[str, object] = field(default_factory=dict)
    """State of institutions that is not per person: funds, departed claims, plans. Arrays by name."""

    def __post_init__(self) -> None:
        self.books = Books(self.places)
        self.memory = Memory(self.places)

    def __repr__(self) -> str:
        when = self.year or "before the first year"
        return f"<World {when}: {self.places} municipalities, 1/{self.weight}>"

    def ledger(self, kind: type[L]) -> L:
        """Return the ledger of that class, opened on first use: by `kind.opened(w)` if it has that, else `kind()`."""
        name = f"{kind.__module__}.{kind.__qualname__}"
        if name not in self.ledgers:
            opened = getattr(kind, "opened", None)
            self.ledgers[name] = kind() if opened is None else opened(self)
        return cast(L, self.ledgers[name])

    @property
    def people_per_row(self) -> int:
        """How many persons a counted one stands for: N of the sample, 1 where control totals tell of everybody."""
        return self.weight if self.memory.control is None else 1

    def key(self, decision: str) -> np.uint64:
        """Return the key of a named decision in this run."""
        return rng.key(self.seed, self.replicate, decision)

    def wants(self, table: OutputTable) -> bool:
        """Return whether an output table is asked for."""
        return self.wanted is None or table.name in self.wanted

    def record(self, table: OutputTable, rows: Rows | Callable[[], Rows]) -> None:
        """Append rows to an output table if it is wanted; refused where their columns are not those it declares.

        rows  or a function that makes them, which is not called for a table that nobody asks for
        """
        if self.wants(table):
            made = rows() if callable(rows) else rows
            self.tables.setdefault(table.name, []).append(table.checked(made))
