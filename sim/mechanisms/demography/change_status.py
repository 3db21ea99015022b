"""A foreign resident changes the status of residence on 1 April (在留資格)."""

from __future__ import annotations

from sim.core.kernel import inline
from sim.core.rng import draw4
from sim.population.codes import Residence

_PERMANENT, _STUDENT = int(Residence.PERMANENT), int(Residence.STUDENT)
_WORKER, _FAMILY = int(Residence.WORKER), int(Residence.FAMILY)
_STUDENT_TO_WORKER, _WORKER_TO_PERMANENT, _FAMILY_TO_PERMANENT = 0, 1, 2
"""places in demography.status_change_rate"""


@inline
def change_status(people, chances, draws, i):
    """Draw the status person i, a foreign resident without permanent residence, has from 1 April."""
    u = draw4(draws.status, draws.year, people.pid[i])[0]
    rate, old = chances.status_change_rate, people.residence[i]
    chance, new = 0.0, _PERMANENT
    if old == _STUDENT:
        chance, new = rate[_STUDENT_TO_WORKER], _WORKER
    elif old == _WORKER:
        chance = rate[_WORKER_TO_PERMANENT]
    elif old == _FAMILY:
        chance = rate[_FAMILY_TO_PERMANENT]
    if u < chance:
        people.residence[i] = new
