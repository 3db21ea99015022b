"""Drawing the year of the insured of a block of households: health, illness, routine care, hospital."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline
from sim.core.rng import draw4
from sim.mechanisms.care.checkup import attend
from sim.mechanisms.care.hospital import draw_hospital
from sim.mechanisms.care.need import level, look, mix, move_illness, permanent_health
from sim.mechanisms.care.routine import draw_routine
from sim.mechanisms.care.state import UNKNOWN


@inline
def draw_member(people, rules, draws, scratch, place, n, i):
    """Draw the year of the person in row i as member n of a block: health, illness, routine care, hospital."""
    q = scratch.members[n]
    look(people, rules, draws, q, i)
    health = permanent_health(people, draws, i)
    u_illness, u_year, u_stays, u_visits = draw4(draws.need, draws.year, q.pid)
    illness = move_illness(rules.care_shape, np.float64(people.illness[i]), u_illness)
    people.illness[i] = illness
    need = mix(rules.care_shape, health, illness, u_year)
    scale = level(rules, q, place, people.residence[i] > 0)
    scale *= attend(q, rules.towns[place], rules.chances, draws)
    draw_routine(q, place, health, need, scale, rules, draws, u_visits)
    draw_hospital(scratch, n, health, need, scale, rules, draws, u_stays)


@inline
def forget(people, i):
    """Close the account of a person who is not insured this year."""
    if people.care_outpatient[i] != UNKNOWN:
        people.cost[i] = 0
        people.benefit[i] = 0
        people.care_outpatient[i] = UNKNOWN


@inline
def forget_home(homes, h):
    """Close the accounts of a household without insured."""
    if homes.care_class[h] != UNKNOWN:
        homes.care_class[h] = UNKNOWN
        homes.care_months[h] = 0
        homes.care_paid[h] = 0


@inline
def draw(people, homes, rules, draws, scratch, low, high):
    """Draw the year of the insured of the households low <= h < high into the scratch, in order.

    Return the number of households that have any.
    """
    found, n = 0, 0
    for h in range(low, high):
        first = n
        for i in range(homes.start[h], homes.start[h] + homes.size[h]):
            if people.insured_months[i] == 0:
                forget(people, i)
                continue
            draw_member(people, rules, draws, scratch, homes.place[h], n, i)
            n += 1
        if n == first:
            forget_home(homes, h)
            continue
        home = scratch.households[found]
        home.row = h
        home.place = homes.place[h]
        home.first = first
        home.members = n - first
        found += 1
    return found
