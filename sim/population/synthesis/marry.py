"""Couples: wives matched to husbands by rank, and the households of couples without others."""

from __future__ import annotations

from sim.core.kernel import inline, kernel
from sim.core.rng import draw4, normal
from sim.population.codes import Kind, Relation, Sex
from sim.population.synthesis.state import YEAR

_HEAD, _SPOUSE = int(Relation.HEAD), int(Relation.SPOUSE)
_MALE, _FEMALE, _COUPLE = int(Sex.MALE), int(Sex.FEMALE), int(Kind.COUPLE)
_EIGHTHS = 8.0
_MOST = 1199
"""eighths of a year: the largest wish"""


@kernel
def wish_wives(men, families, k, who, out):
    """Fill out[i] with the age, in eighths of a year, that a husband wishes his wife to have."""
    for i in range(out.size):
        u, _, _, _ = draw4(k, YEAR, who, i)
        wish = men[i] - families.couple_gap + families.couple_gap_sd * normal(u)
        out[i] = min(max(int(wish * _EIGHTHS), 0), _MOST)


@inline
def put(persons, n, household, age, sex, foreign, relation):
    """Write one person of a household, return the next row."""
    persons[n].age = age
    persons[n].sex = sex
    persons[n].foreign = foreign
    persons[n].relation = relation
    persons[n].household = household
    return n + 1


@kernel
def house_couples(couples, families, k, who, persons, homes):
    """Write the households of couples without others: persons[2 n], homes[n]; the head first."""
    for i in range(couples.size):
        c = couples[i]
        wife_first = draw4(k, YEAR, who, i)[0] < families.wife_head
        husband, wife = 2 * i + int(wife_first), 2 * i + int(not wife_first)
        put(persons, husband, i, c.husband, _MALE, c.husband_foreign, _SPOUSE if wife_first else _HEAD)
        put(persons, wife, i, c.wife, _FEMALE, c.wife_foreign, _HEAD if wife_first else _SPOUSE)
        homes[i].persons, homes[i].kind = 2, _COUPLE
