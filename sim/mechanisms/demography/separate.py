"""A couple separates, or children are left without an adult: who founds a household of its own."""

from __future__ import annotations

from sim.core.kernel import inline
from sim.population.codes import Relation, Sex
from sim.population.kernels import GONE, founder_at

_HEAD, _SPOUSE, _CHILD = int(Relation.HEAD), int(Relation.SPOUSE), int(Relation.CHILD)
_MALE = int(Sex.MALE)


@inline
def who_separates(people, target, chances, family, u):
    """Return the row of the partner who leaves when the couple of a household separates, -1 if there is no couple."""
    head, spouse, child = -1, -1, False
    for i in range(family.first, family.stop):
        if target[i] != GONE:
            if people.relation[i] == _HEAD:
                head = i
            elif people.relation[i] == _SPOUSE:
                spouse = i
            elif people.relation[i] == _CHILD:
                child = True
    if head < 0 or spouse < 0:
        return -1
    man = head if people.sex[head] == _MALE else spouse
    woman = spouse if man == head else head
    share = chances.separation_man_leaves if child else chances.separation_man_leaves_childless
    return man if u < share else woman


@inline
def separate(people, target, chances, family, u):
    """Let one partner of a couple found a household in the same municipality."""
    leaves = who_separates(people, target, chances, family, u)
    if leaves >= 0:
        target[leaves] = founder_at(family.place)


@inline
def part_children(target, family):
    """Children left without an adult: the first keeps the household, the others get one each."""
    kept = False
    for i in range(family.first, family.stop):
        if target[i] == family.row:
            if kept:
                target[i] = founder_at(family.place)
            kept = True
