"""The step of care: balances, facts and tables of the year."""

from __future__ import annotations

from sim.core.errors import BalanceError
from sim.core.kernel import spread
from sim.core.step import step
from sim.institutions.world import World
from sim.mechanisms.care import plan, state, tables
from sim.mechanisms.care.assisted import put_assisted
from sim.mechanisms.care.chances import Draws, rules
from sim.mechanisms.care.state import Homes, People, Totals
from sim.mechanisms.care.year import live


def provide_care(w: World, year: int, people: People, homes: Homes) -> None:
    """Draw and pay the year's care of all insured; put facts and tables."""
    sums = settle(w, year, people, homes)
    tables.put_facts(w, year, sums)
    put_assisted(w, year, people, homes)
    tables.record(w, year, sums)
    plan.record(w, year, sums)


def settle(w: World, year: int, people: People, homes: Homes) -> Totals:
    """Run one year of care on the columns and return its sums over rows (not yet times the weight)."""
    rows = homes.hid.size
    if rows and homes.size.max() > state.SLOTS:
        raise BalanceError(f"a household of {homes.size.max():,} persons in {year}; cost.care holds {state.SLOTS:,}")
    desks = state.Desks(w.places)
    spread(live, rows, people, homes, rules(w.p, year), Draws.of(w, year), workspace=desks)
    return desks.totals()


CARE = step("cost.care", provide_care)
