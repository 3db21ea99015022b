"""Public assistance (生活保護), and 後期 for everyone of 75 and over who is not on it."""

from __future__ import annotations

from sim.core.kernel import inline, kernel
from sim.core.rng import draw4
from sim.population.codes import Kind, Scheme
from sim.population.synthesis.state import UNDECIDED, YEAR

_ASSISTANCE, _LATE_ELDERLY = int(Scheme.ASSISTANCE), int(Scheme.LATE_ELDERLY)
_ALONE, _COUPLE, _CHILDREN = int(Kind.ONE_PERSON), int(Kind.COUPLE), int(Kind.COUPLE_CHILDREN)
_LONE, _THREE, _OTHER = int(Kind.LONE_PARENT), int(Kind.THREE_GENERATION), int(Kind.OTHER)
_INSTITUTION = int(Kind.INSTITUTION)
_OF_COUPLE, _OF_LONE, _OF_CHILDREN, _OF_OTHER, _OF_INSTITUTION = 4, 6, 7, 8, 9
"""positions of population.assistance_rate; those before are of one-person households"""


@kernel
def assist(homes, people, chances, k):
    """Fill scheme with ASSISTANCE of whole households, LATE_ELDERLY of the others from 75 on, else UNDECIDED."""
    for h in range(homes.kind.size):
        poor = assisted(homes, people, chances, k, h)
        for i in range(homes.start[h], homes.start[h + 1]):
            old = people.age[i] >= chances.late_elderly_age
            people.scheme[i] = _ASSISTANCE if poor else (_LATE_ELDERLY if old else UNDECIDED)


@inline
def assisted(homes, people, chances, k, h):
    """Return whether a household is on public assistance, by its type and the age of its head."""
    head, kind = homes.start[h], homes.kind[h]
    age = people.age[head]
    poor = draw4(k, YEAR, homes.hid[h], 0)[0] < chances.assistance_rate[class_of(chances, kind, age)]
    poor = poor and (kind != _INSTITUTION or age >= chances.assistance_ages[1])
    if people.foreign[head] and poor:
        poor = draw4(k, YEAR, homes.hid[h], 1)[0] < chances.assistance_foreign
    return poor


@inline
def class_of(chances, kind, age):
    """Return the position of a household in population.assistance_rate."""
    first, second, third = chances.assistance_ages[0], chances.assistance_ages[1], chances.assistance_ages[2]
    if kind == _ALONE:
        return int(age >= first) + int(age >= second) + int(age >= third)
    if kind == _COUPLE:
        return _OF_COUPLE + int(age >= second)
    if kind == _LONE:
        return _OF_LONE
    if kind in (_CHILDREN, _THREE):
        return _OF_CHILDREN
    return _OF_OTHER if kind == _OTHER else _OF_INSTITUTION
