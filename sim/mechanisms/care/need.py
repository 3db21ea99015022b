"""The need for care of a member: permanent health, passing illness and the noise of the year."""

from __future__ import annotations

import math

import numpy as np

from sim.core.kernel import inline, inner
from sim.core.rng import draw4, normal
from sim.core.units import age_at, mask_between
from sim.mechanisms.care.state import AGES, GROUP_YEARS
from sim.population.codes import Leaving

_DIES = int(Leaving.DIES)
LASTING = 1
"""position of the draw of kind and size of care that stays with a person, and whether it is had here"""
_MIDDLE = 6
"""months from April to October, when the age of the year is taken"""


@inner
def dies_insured(leaving, present, insured):
    """Return 1 when a person dies this year and is insured in the last month on the register."""
    if leaving != _DIES or present == 0:
        return 0
    last = np.int64(present)
    while last & (last - 1):
        last &= last - 1
    return 1 if insured & last else 0


@inline
def look(people, rules, draws, q, i):
    """Fill the record of a member with what is known of the person in row i before the year's care."""
    law = rules.law
    born = np.int64(people.born[i])
    insured = np.int64(people.insured_months[i])
    stop = draws.opening + 12
    q.row = i
    q.pid = people.pid[i]
    age = min(max(age_at(born, draws.opening + _MIDDLE), 0), AGES - 1)
    q.age = age
    q.group = age // GROUP_YEARS
    q.sex = people.sex[i]
    q.foreign = people.residence[i] > 0
    q.insured_months = insured
    q.elderly_months = mask_between(born + 12 * law.elderly_age + 1, stop, draws.opening)
    q.grant_months = mask_between(born + 12 * law.elderly_grant_age, stop, draws.opening)
    q.preschool = 1 if born + 12 * law.school_age >= draws.opening else 0
    q.dies = dies_insured(people.leaving[i], people.present[i], insured)
    q.birth = people.gave_birth[i] - draws.opening
    q.declared = people.declared[i]
    q.carried = people.care_outpatient[i]
    q.benefit = 0
    q.paid = 0
    q.before = 0
    q.after = 0
    q.high_cost = 0
    q.capped = 0
    q.checked = 0
    q.due = 0
    q.guided = 0


@inline
def note_incomes(people, scratch, home):
    """Note the incomes of a household's members, which its class at 70-74 turns on."""
    for j in range(home.first, home.first + home.members):
        q = scratch.members[j]
        i = q.row
        q.salary = people.salary[i]
        q.work = np.int64(people.salary[i]) + people.business[i] + people.other_income[i]
        q.pension = people.pension[i]


@inline
def permanent_health(people, draws, i):
    """Return the person's permanent health, drawn when it is first asked for."""
    health = np.float64(people.health[i])
    if math.isnan(health):
        health = normal(draw4(draws.health, 0, people.pid[i])[0])
        people.health[i] = health
    return health


@inner
def move_illness(shape, illness, shock):
    """Return the passing illness of the year from that of last year, NaN if not known yet, and the year's shock."""
    return shock if math.isnan(illness) else shape.persistence * illness + shape.innovation * shock


@inner
def mix(shape, health, illness, noise):
    """Return the need for care, a standard normal mix; noise is the part of the year alone."""
    return shape.permanent * health + shape.passing * illness + shape.yearly * noise


@inner
def frequency(q, shape):
    """Return how often a member sees a doctor, goes to hospital and is in lasting care over a Japanese like them."""
    return shape.foreign if q.foreign == 1 else 1.0


@inner
def has_lasting_care(q, shape, draws):
    """Return whether a member whose permanent health asks for lasting expensive care has it here."""
    return q.foreign == 0 or draw4(draws.health, 0, q.pid, LASTING)[2] < shape.foreign


@inner
def level(rules, q, place):
    """Return the member's cost of the same care over that in R4; note what was expected of age, sex and nationality."""
    town = rules.towns[place]
    scale = town.level
    q.expected = np.int64(rules.cells[q.age, q.sex].average * frequency(q, rules.care_shape))
    return scale
