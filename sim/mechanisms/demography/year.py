"""The year of the people, household by household: who leaves, moves, parts, leaves home, dies, gives birth."""

from __future__ import annotations

import numpy as np

from sim.core.ahead import draw_near
from sim.core.kernel import inline, kernel
from sim.mechanisms.demography.calm import is_calm
from sim.mechanisms.demography.change_status import change_status
from sim.mechanisms.demography.die import death_probability, die
from sim.mechanisms.demography.give_birth import give_birth
from sim.mechanisms.demography.household import full_years, look
from sim.mechanisms.demography.leave_home import leave_home, leaves_home
from sim.mechanisms.demography.move import move_household
from sim.population.codes import Residence
from sim.population.kernels import GONE

_JAPANESE, _PERMANENT = int(Residence.JAPANESE), int(Residence.PERMANENT)


@inline
def live_through(people, goals, rules, draws, own, family, way, i):
    """Draw the year of person i, whose household goes the `way` (Exit); write present, leaving and what else happens.

    A departure leaves the months before it; a death counts in its month.
    """
    chances, town = rules.chances, rules.towns[family.place]
    u, u_month, u_leave, u_where = draw_near(own.person, draws.person, draws.year, people.pid, i)
    lived = draws.opening - people.born[i]
    age = full_years(lived)
    nation = 0 if people.residence[i] == _JAPANESE else 1
    if leaves_home(people, goals, chances, family, way, i, age, u_leave):
        way = leave_home(goals.target, chances, own.moved, family, way, i, u_month, u_where)
    if u < death_probability(chances.death, nation, people.sex[i], lived) * town.deaths:
        way = die(way, u_month)
    mask = (1 << way.months) - 1
    give_birth(people, rules, draws, family, i, nation, age, mask)
    if people.residence[i] > _PERMANENT:
        change_status(people, chances, draws, i)
    people.present[i] = mask
    people.leaving[i] = way.why


@kernel
def live(homes, people, goals, rules, draws, own, low, high):
    """Draw the year of the households low <= h < high and of their members.

    Those who left the register last year become GONE. All others get the months present and the reason of leaving of
    this year, and in `goals` where they live from 1 April.

    rules  parameters of the year (chances.Rules); draws  which draws it takes (chances.Draws)
    goals  state.Goals, written: target of every person, new_place of households that move
    own    the span's own part of state.Lived
    """
    last = np.int64(homes.start[high - 1]) + homes.size[high - 1] if high > low else 0
    for h in range(np.uint64(low), np.uint64(high)):
        if is_calm(homes, people, goals, rules, draws, own, h, last):
            continue
        family = look(homes, people, goals.target, rules.chances, draws, h)
        if family.living == 0:
            continue
        way = move_household(homes, people, goals, rules, draws, own, family)
        for i in range(family.first, family.stop):
            if goals.target[i] != GONE:
                live_through(people, goals, rules, draws, own, family, way, i)
