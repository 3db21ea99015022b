"""Children and their mothers: how many each has, what ages they wish, who belongs to whom."""

from __future__ import annotations

from sim.core.kernel import inline, kernel
from sim.core.rng import draw4, normal
from sim.population.synthesis.share import share_out
from sim.population.synthesis.state import YEAR

LATEST = 130
"""ages at which children may be due, an upper bound"""
_TRIES = 40
_EIGHTHS = 8.0


@kernel
def count_due(kids, families, k, who, due):
    """due[age] += 1 for the age a mother should have now, of every child."""
    for i in range(kids.size):
        u, _, _, _ = draw4(k, YEAR, who, i)
        age = kids[i] + families.birth_age[kids[i]] + families.mother_age_sd * normal(u)
        due[min(int(age), LATEST - 1)] += 1.0


@kernel
def share_further(mother, due, there, families, k, who, lane, total, weights, out):
    """Fill out[i] with the children of each unit beyond its first, `total` in all.

    Units whose mothers have the age at which the children there are would have been born get more.

    due, there  float64[ages]  children due and mothers by the mother's age
    weights     float64[units] scratch
    """
    least, most = families.further_children_range[0], families.further_children_range[1]
    for i in range(mother.size):
        sought, had = 0.0, 0.0
        for m in range(max(mother[i] - families.mother_window, 0), min(mother[i] + families.mother_window + 1, LATEST)):
            sought += due[m]
            had += there[m]
        weights[i] = min(max(sought / had - 1.0, least), most)
    share_out(weights, total, families, k, who, lane, out)


@kernel
def wish_ages(mother, number, families, k, who, unit, wish):
    """Fill the unit and the wished age, in eighths of a year, of every slot for a child."""
    n = 0
    for i in range(mother.size):
        u, v, _, _ = draw4(k, YEAR, who, i)
        age = first_child(mother[i], number[i], families, u)
        if age < 0.0:
            age = families.infant_years * v
        for j in range(number[i]):
            w, _, _, _ = draw4(k, YEAR, who, mother.size + n)
            gap = families.sibling_gap[0] + families.sibling_gap[1] * w
            unit[n] = i
            wish[n] = int(max(age - gap * (j > 0), families.infant_years * w) * _EIGHTHS)
            age = wish[n] / _EIGHTHS
            n += 1


@inline
def first_child(mother, number, families, u):
    """Return the age the first of a mother's children would have, negative if it were not born yet."""
    about = min(max(mother - families.first_child_age, 0), families.birth_age.size - 1)
    at = families.birth_age[about] - families.first_birth_sooner * (number - 1)
    at += families.first_birth_spread * families.mother_age_sd * normal(u)
    return mother - min(max(at, families.first_birth_ages[0]), families.first_birth_ages[1])


@kernel
def swap_children(kids, unit, mother, families, k, who, place):
    """Swap children between mothers where a mother would have been too young or too old at the birth."""
    n = place.size
    low, high = families.mother_ages[0], families.mother_ages[1]
    for rank in range(n):
        slot = place[rank]
        for attempt in range(_TRIES):
            if low <= mother[unit[slot]] - kids[rank] <= high:
                break
            u, _, _, _ = draw4(k, YEAR, who, rank * _TRIES + attempt)
            other = int(u * n)
            there = place[other]
            if low <= mother[unit[there]] - kids[rank] <= high and low <= mother[unit[slot]] - kids[other] <= high:
                place[rank], place[other] = there, slot
                break


@kernel
def adopt(unit, place, fill, member):
    """Fill member with the children of each unit, eldest first.

    place  int64[children]  slot of each child; unit int64[slots] the unit of each slot
    fill   int64[units]     where the children of a unit begin in member; moved on
    """
    for rank in range(place.size - 1, -1, -1):
        i = unit[place[rank]]
        member[fill[i]] = rank
        fill[i] += 1
