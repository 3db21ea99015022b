"""A grown child leaves the parents' home: to another prefecture, or to a household of its own in the prefecture."""

from __future__ import annotations

from sim.core.kernel import inline
from sim.mechanisms.demography.move import count_move, elsewhere, leave_prefecture
from sim.population.codes import Leaving, Relation
from sim.population.kernels import HERE, founder_at

_CHILD = int(Relation.CHILD)
_STAYS = int(Leaving.STAYS)


@inline
def leaves_home(people, goals, chances, family, way, i, age, u):
    """Return whether person i, a child of age in a household that stays, leaves the parents' home."""
    return (
        way.why == _STAYS
        and goals.new_place[family.row] == HERE
        and goals.target[i] == family.row
        and i != family.lead
        and people.relation[i] == _CHILD
        and age >= chances.adult_age
        and u < chances.leave_home[age]
    )


@inline
def leave_home(target, chances, moved, family, way, i, u_month, u_where):
    """Return how person i leaves the prefecture; who stays in the prefecture founds a household instead."""
    other_prefecture, within = chances.leave_for[0], chances.leave_for[1]
    if u_where < other_prefecture:
        return leave_prefecture(chances, u_month)
    goal = family.place
    if u_where < within:
        goal = elsewhere(chances.inward, family.place, (u_where - other_prefecture) / (within - other_prefecture))
        count_move(moved, family.place, goal, 1)
    target[i] = founder_at(goal)
    return way
