"""Drawing the year of the insured of a block of households: health, illness, routine care, hospital."""

from __future__ import annotations

import numpy as np

from sim.core.ahead import draw_near
from sim.core.kernel import inline, inner
from sim.mechanisms.care.checkup import attend
from sim.mechanisms.care.hospital import draw_hospital
from sim.mechanisms.care.need import level, look, mix, move_illness, permanent_health
from sim.mechanisms.care.routine import draw_routine
from sim.mechanisms.care.state import UNKNOWN
from sim.population.codes import Stage

_SPECIAL_CARE = int(Stage.SPECIAL_CARE)


@inline
def draw_member(people, rules, draws, scratch, place, used, n):
    """Draw the year of member n of a block: health, illness, routine care, hospital.

    used  share of the care it would use that a household uses which pays in full first
    """
    q = scratch.members[n]
    i = q.row
    health = permanent_health(people, draws, i)
    u_illness, u_year, u_stays, u_visits = draw_near(scratch.need, draws.need, draws.year, scratch.pids, n)
    illness = move_illness(rules.care_shape, np.float64(people.illness[i]), u_illness)
    people.illness[i] = illness
    need = mix(rules.care_shape, health, illness, u_year)
    scale = level(rules, q, place) * used
    if q.age >= rules.chances.checkup_age:
        u = draw_near(scratch.checkup, draws.checkup, 0, scratch.pids, n)
        scale *= attend(q, rules.towns[place], rules.chances, u)
    u = draw_near(scratch.visits, draws.visits, draws.year, scratch.pids, n)
    draw_routine(q, place, health, need, scale, rules, draws, (u_visits, u))
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


@inner
def forget_draws(scratch):
    """Forget the draws of the block before."""
    scratch.need.end = 0
    scratch.visits.end = 0
    scratch.checkup.end = 0


@inline
def find(people, homes, rules, draws, scratch, low, high):
    """Find the insured of the households low <= h < high, in order; return the number of households that have any."""
    found, n = 0, 0
    for h in range(np.uint64(low), np.uint64(high)):
        first, start = n, np.int64(homes.start[h])
        for i in range(np.uint64(start), np.uint64(start + homes.size[h])):
            if people.insured_months[i] == 0:
                forget(people, i)
                continue
            look(people, rules, draws, scratch.members[n], i)
            scratch.pids[n] = people.pid[i]
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


@inline
def draw(people, homes, rules, draws, scratch, low, high):
    """Draw the year of the insured of the households low <= h < high into the scratch, in order.

    Return the number of households that have any.
    """
    found = find(people, homes, rules, draws, scratch, low, high)
    forget_draws(scratch)
    for b in range(found):
        home = scratch.households[b]
        used = rules.chances.special_care_use if homes.stage[home.row] == _SPECIAL_CARE else 1.0
        for n in range(home.first, home.first + home.members):
            draw_member(people, rules, draws, scratch, home.place, used, n)
    return found
