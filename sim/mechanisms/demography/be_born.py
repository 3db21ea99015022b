"""The newborn: sex, status of residence, place in the household of the mother, months on the register."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline, kernel
from sim.core.rng import draw4, new_id
from sim.core.units import ALL_MONTHS
from sim.population.codes import Leaving, Relation, Residence, Sex

_HEAD, _SPOUSE = int(Relation.HEAD), int(Relation.SPOUSE)
_CHILD, _OTHER = int(Relation.CHILD), int(Relation.OTHER)
_MALE, _FEMALE = int(Sex.MALE), int(Sex.FEMALE)
_JAPANESE, _PERMANENT, _FAMILY = int(Residence.JAPANESE), int(Residence.PERMANENT), int(Residence.FAMILY)
_STAYS, _ELSEWHERE, _ABROAD = int(Leaving.STAYS), int(Leaving.OTHER_PREFECTURE), int(Leaving.ABROAD)


@inline
def of_couple(people, i):
    """Return whether person i is the head or the head's partner."""
    return people.relation[i] == _HEAD or people.relation[i] == _SPOUSE


@inline
def status_of_child(homes, people, mother):
    """Return the status of residence of a newborn: Japanese if a parent is."""
    if people.residence[mother] == _JAPANESE:
        return _JAPANESE
    h = people.household[mother]
    for j in range(homes.start[h], homes.start[h] + homes.size[h]):
        if of_couple(people, j) and j != mother and people.sex[j] == _MALE and people.residence[j] == _JAPANESE:
            return _JAPANESE
    return _PERMANENT if people.residence[mother] == _PERMANENT else _FAMILY


@kernel
def be_born(homes, people, draws, mother, children):
    """Describe the newborn of each mother.

    mother    int32[births]  rows of the mothers
    children  state.Children, written, one entry a birth. A child leaves the prefecture with its mother and stands to
              the head as a child if the mother is head or spouse.
    """
    for k in range(mother.size):
        i = mother[k]
        children.pid[k] = new_id(draws.newborn, draws.year, people.pid[i], 0)
        children.sex[k] = _MALE if draw4(draws.sex, draws.year, children.pid[k])[0] < draws.male else _FEMALE
        children.residence[k] = status_of_child(homes, people, i)
        children.relation[k] = _CHILD if of_couple(people, i) else _OTHER
        before = (1 << (people.gave_birth[i] - draws.opening)) - 1
        goes = people.leaving[i] == _ELSEWHERE or people.leaving[i] == _ABROAD
        children.present[k] = (np.int64(people.present[i]) if goes else ALL_MONTHS) & ~before
        children.leaving[k] = people.leaving[i] if goes else _STAYS
