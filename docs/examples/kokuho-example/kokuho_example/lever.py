"""A lever: from R6, households with a child under seven that pay by slips move to account transfer (口座振替)."""

from typing import NamedTuple

import numpy as np

from sim.core.state import Read, Write
from sim.core.step import step
from sim.core.units import april
from sim.institutions.world import World
from sim.population.codes import Method

FROM, AGE = 2024, 7


class People(NamedTuple):
    """Columns of people it reads."""

    born: Read
    household: Read


class Homes(NamedTuple):
    """Columns of households it writes."""

    method: Write


def families_by_account(w: World, year: int, people: People, homes: Homes) -> None:
    """Move families with a small child from slips to the account."""
    if year < FROM:
        return
    young = april(year) - people.born < AGE * 12
    with_child = np.zeros(homes.method.size, bool)
    with_child[people.household[young]] = True
    homes.method[with_child & (homes.method == Method.SLIP)] = Method.ACCOUNT


LEVERS = {"cost.care": step("payment.families_by_account", families_by_account)}
