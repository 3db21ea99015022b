"""Stable ids, months of birth, and the parts of a prefecture that samples are."""

from __future__ import annotations

from sim.core.kernel import kernel
from sim.core.rng import draw4, new_id
from sim.population.synthesis.state import YEAR


@kernel
def identify(k, code, out):
    """Fill out[i] with the stable ids of the persons or households of a municipality, in order."""
    for i in range(out.size):
        out[i] = new_id(k, YEAR, code, i)


@kernel
def date_births(people, k, opening):
    """Fill the month of birth of people of a given age on 1 April, every month alike."""
    for i in range(people.pid.size):
        people.born[i] = opening - 12 * people.age[i] - int(draw4(k, YEAR, people.pid[i], 0)[0] * 12.0)


@kernel
def mark_sample(hid, k, parts, part, out):
    """Fill out[h]: whether a household lies in one of `parts` disjoint parts of the prefecture.

    Part 0 of a sample lies in part 0 of any other whose number divides its own.
    """
    for h in range(hid.size):
        out[h] = new_id(k, 0, hid[h], 0) % parts == part
