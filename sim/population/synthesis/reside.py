"""Status of residence (在留資格) and month of arrival of foreign residents."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline, kernel
from sim.core.rng import draw4, pick
from sim.population.codes import Kind, Relation, Residence
from sim.population.synthesis.state import OLDEST, YEAR

_HEAD, _SPOUSE = int(Relation.HEAD), int(Relation.SPOUSE)
_JAPANESE, _PERMANENT = int(Residence.JAPANESE), int(Residence.PERMANENT)
_WORKER, _FAMILY, _OTHER = int(Residence.WORKER), int(Residence.FAMILY), int(Residence.OTHER)
_COUPLE, _CHILDREN, _LONE = int(Kind.COUPLE), int(Kind.COUPLE_CHILDREN), int(Kind.LONE_PARENT)


@kernel
def reside(homes, people, chances, k, opening):
    """Give foreign residents a status of residence and a month of arrival, 0 for born here or long ago."""
    for h in range(homes.kind.size):
        lead = _JAPANESE
        for i in range(homes.start[h], homes.start[h + 1]):
            people.residence[i] = _JAPANESE
            people.arrived[i] = 0
            if people.foreign[i] == 0:
                continue
            u, v, w, _ = draw4(k, YEAR, people.pid[i], 0)
            status = status_of(people, chances, i, homes.kind[h], lead, u)
            if people.relation[i] == _HEAD:
                lead = status
            people.residence[i] = status
            people.arrived[i] = arrival_of(chances, people.age[i], status, v, w, opening)


@inline
def status_of(people, chances, i, kind, lead, u):
    """Return the status of a foreign resident in a household led by one with the status `lead`.

    A worker's or student's spouse is mostly FAMILY, a permanent resident's or Japanese person's PERMANENT;
    children follow the head.
    """
    age = min(people.age[i], OLDEST)
    if people.relation[i] == _HEAD:
        paired = kind in (_COUPLE, _CHILDREN, _LONE)
        return _PERMANENT + pick(chances.family[age] if paired else chances.single[age], u)
    if people.relation[i] == _SPOUSE:
        return status_of_spouse(chances, lead, u)
    if people.age[i] < chances.adult_age:
        return _PERMANENT if lead <= _PERMANENT else _FAMILY
    return _PERMANENT + pick(chances.single[age], u)


@inline
def status_of_spouse(chances, lead, u):
    """Return the status of a foreign husband or wife."""
    if lead == _JAPANESE:
        return _PERMANENT
    if lead == _PERMANENT:
        return _PERMANENT if u < chances.spouse_permanent else _OTHER
    return _FAMILY if u < chances.spouse_family else _WORKER


@inline
def arrival_of(chances, age, status, v, w, opening):
    """Return the month of arrival: the stay is exponential; a permanent resident's long one counts as long ago."""
    months = int(-np.log(v) / chances.stay_hazard[status] * 12.0) + 1
    if months < min(12 * age, 12 * chances.stay_longest):
        return opening - months
    if status != _PERMANENT and age > 0:
        return opening - max(int(w * min(12 * age, 12 * chances.stay_otherwise)), 1)
    return 0
