"""Drawing the year of the insured of a block of households: health, illness, routine care, hospital."""

from __future__ import annotations

import numpy as np

from sim.core.ahead import NEAR, draw_from, normals
from sim.core.kernel import inline, inner
from sim.mechanisms.care.checkup import attend
from sim.mechanisms.care.hospital import draw_hospital
from sim.mechanisms.care.need import level, look, mix, move_illness, permanent_health
from sim.mechanisms.care.routine import draw_routine
from sim.mechanisms.care.state import UNKNOWN
from sim.population.codes import Stage

_SPECIAL_CARE = int(Stage.SPECIAL_CARE)
_FULL = NEAR - 8
"""insured from which a block is full, with room for the rest of most households"""
_ANY_PAYMENT = 1 << 40
"""yen no payment reaches"""
_ONE = np.uint64(1)


@inline
def forget(people, i):
    """Close the account of a person who is not insured this year."""
    people.cost[i] = 0
    people.benefit[i] = 0
    people.care_outpatient[i] = UNKNOWN


@inline
def find(people, scratch, begin, end):
    """Find the insured of the rows begin <= i < end, in order, until a block is full, and none of a household apart.

    Return the row after the last one of the block, and the number of insured. Whether somebody is insured is hard to
    guess for a processor: each row is noted, and kept if it is one of an insured; whether an account is open without
    a month insured is asked by one comparison.
    """
    n = 0
    i = np.uint64(begin)
    while i < np.uint64(end) and (n < _FULL or people.household[i] == people.household[i - _ONE]):
        insured = np.int64(people.insured_months[i])
        if people.care_outpatient[i] - UNKNOWN > insured * _ANY_PAYMENT:
            forget(people, i)
        scratch.rows[n] = i
        n += insured != 0
        i += _ONE
    return np.int64(i), n


@inline
def gather(people, homes, rules, draws, scratch, n):
    """Note what is known of the n insured of a block and their households; return the number of households."""
    found = 0
    last = -1
    for k in range(np.uint64(n)):
        i = scratch.rows[k]
        look(people, rules, draws, scratch.members[k], i)
        scratch.pids[k] = people.pid[i]
        h = people.household[i]
        if h != last:
            home = scratch.households[found]
            home.row = last = h
            home.place = homes.place[h]
            home.first = k
            home.carried_class = homes.care_class[h]
            home.carried_months = homes.care_months[h]
            home.carried_paid = homes.care_paid[h]
            home.elderly_months = 0
            found += 1
        home = scratch.households[found - 1]
        home.members = k + 1 - home.first
        home.elderly_months |= scratch.members[k].elderly_months
    return found


@inline
def close_accounts(homes, low, high):
    """Close the accounts of the households low <= h < high; paying opens those of households with insured again."""
    for h in range(np.uint64(low), np.uint64(high)):
        homes.care_class[h] = UNKNOWN
        homes.care_months[h] = 0
        homes.care_paid[h] = 0


@inner
def draw_ahead(scratch, draws, first):
    """Draw the uniforms of the NEAR members from `first` on, and normals of the passing illness and of the year."""
    draw_from(scratch.need, draws.need, draws.year, scratch.pids, first)
    draw_from(scratch.visits, draws.visits, draws.year, scratch.pids, first)
    draw_from(scratch.checkup, draws.checkup, 0, scratch.pids, first)
    normals(scratch.need.u[0], scratch.shock)
    normals(scratch.need.u[1], scratch.noise)


@inline
def draw_member(people, rules, draws, scratch, place, used, n):
    """Draw the year of member n of a block: health, illness, routine care, hospital.

    used  share of the care it would use that a household uses which pays in full first
    """
    q = scratch.members[n]
    i = q.row
    at = np.uint64(n) % np.uint64(NEAR)
    health = permanent_health(people, draws, i)
    illness = move_illness(rules.care_shape, np.float64(people.illness[i]), scratch.shock[at])
    people.illness[i] = illness
    need = mix(rules.care_shape, health, illness, scratch.noise[at])
    scale = level(rules, q, place) * used
    u = scratch.checkup.u
    scale *= attend(q, rules.towns[place], rules.chances, (u[0, at], u[1, at], u[2, at], u[3, at]))
    u = scratch.visits.u
    words = (u[0, at], u[1, at], u[2, at], u[3, at])
    draw_routine(q, place, health, need, scale, rules, draws, (scratch.need.u[3, at], words))
    draw_hospital(scratch, n, health, need, scale, rules, draws, scratch.need.u[2, at])


@inline
def draw(people, homes, rules, draws, scratch, found):
    """Draw the year of the members of the `found` households of a block."""
    for b in range(found):
        home = scratch.households[b]
        used = rules.chances.special_care_use if homes.stage[home.row] == _SPECIAL_CARE else 1.0
        for n in range(home.first, home.first + home.members):
            if n % NEAR == 0:
                draw_ahead(scratch, draws, n)
            draw_member(people, rules, draws, scratch, home.place, used, n)
