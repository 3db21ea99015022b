"""A household leaves for another prefecture or abroad, or moves to another municipality within (転出, 転居)."""

from __future__ import annotations

from sim.core.ahead import draw_near
from sim.core.kernel import inline
from sim.core.rng import pick
from sim.mechanisms.demography.household import Exit, position
from sim.mechanisms.demography.refuse import refuse_renewal
from sim.mechanisms.demography.separate import part_children, separate
from sim.population.codes import Leaving

_STAYS, _ELSEWHERE, _ABROAD = int(Leaving.STAYS), int(Leaving.OTHER_PREFECTURE), int(Leaving.ABROAD)
_IN_JAPAN, _TO_ABROAD = 0, 1
"""rows of chances.months"""
_ALL_YEAR = 12


@inline
def elsewhere(inward, own, u):
    """Return another municipality drawn in proportion to in-moves; inward float64[places + 1] is cumulative."""
    before, weight = inward[own], inward[own + 1] - inward[own]
    x = u * (inward[inward.size - 1] - weight)
    if x >= before:
        x += weight
    return min(position(inward, x), inward.size - 2)


@inline
def count_move(moved, origin, goal, persons):
    """Count persons who move from one municipality to another one of the prefecture."""
    if goal != origin:
        moved[goal].moves_in += persons
        moved[origin].moves_out += persons


@inline
def leave_prefecture(chances, u_month):
    """Return the exit to another prefecture: before the month in which the town no longer charges."""
    return Exit(_ELSEWHERE, pick(chances.months[_IN_JAPAN], u_month))


@inline
def move_household(homes, people, goals, rules, draws, own, family):
    """Return how a household leaves, if it does; who moves within or separates has it written in `goals`.

    Children left without an adult neither leave nor move; the one who leads has to keep the household.
    """
    chances, town = rules.chances, rules.towns[family.place]
    refused = refuse_renewal(homes, people, goals.target, rules, draws, family)
    u, u_month, u_split, u_where = draw_near(own.home, draws.household, draws.year, homes.hid, family.row)
    departs = chances.departure[family.company, family.age] * town.departures
    emigrates = departs + chances.abroad_rate[people.residence[family.lead]]
    moves = emigrates + chances.move[family.company, family.age] * town.moves
    if family.adults == 0:
        if family.lead != homes.head[family.row]:
            part_children(goals.target, family)
    elif u < departs:
        return leave_prefecture(chances, u_month)
    elif u < emigrates:
        return Exit(_ABROAD, pick(chances.months[_TO_ABROAD], u_month))
    elif refused.why == _ABROAD:
        own.moved[family.place].refused += family.living
        return refused
    elif u < moves:
        goal = elsewhere(chances.inward, family.place, u_where)
        goals.new_place[family.row] = goal
        count_move(own.moved, family.place, goal, family.living)
    elif family.paired and u_split < chances.separation_rate and family.age <= chances.separation_last_age:
        separate(people, goals.target, chances, family, u_month)
    return Exit(_STAYS, _ALL_YEAR)
