"""Death, by age in months, sex and nationality; it counts in its month."""

from __future__ import annotations

from sim.core.kernel import inline
from sim.mechanisms.demography.household import Exit, full_years
from sim.mechanisms.demography.state import OLDEST
from sim.population.codes import Leaving

_DIES = int(Leaving.DIES)
_OLDEST = int(OLDEST)


@inline
def death_probability(death, nation, sex, months):
    """Return the chance to die within a year at an age in months, between two rows of the life table."""
    age = full_years(months)
    older = min(age + 1, _OLDEST)
    now, then = death[nation, sex, age], death[nation, sex, older]
    return now + (then - now) * (months - 12 * age if age < _OLDEST else 0) / 12.0


@inline
def die(way, u_month):
    """Return the exit of a person who dies in the year, unless it has left before."""
    month = int(u_month * 12.0)
    return Exit(_DIES, month + 1) if month < way.months else way
