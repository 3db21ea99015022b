"""Whose health insurance covers everyone under 75, given which adults are members of 国保."""

from __future__ import annotations

from sim.core.kernel import inline, kernel
from sim.core.rng import draw4
from sim.population.codes import Kind, Relation, Scheme, Sex
from sim.population.synthesis.choose import is_child, parents_of
from sim.population.synthesis.state import YEAR

_KOKUHO, _EMPLOYEE, _DEPENDANT = int(Scheme.KOKUHO), int(Scheme.EMPLOYEE), int(Scheme.DEPENDANT)
_VOLUNTARY, _GUILD = int(Scheme.VOLUNTARY), int(Scheme.GUILD)
_ALONE, _SPOUSE, _MALE = int(Kind.ONE_PERSON), int(Relation.SPOUSE), int(Sex.MALE)
_MEN, _WOMEN, _WIVES = range(3)
"""rows of population.employee_share"""


@kernel
def insure(homes, people, chances, choice, k, wanted, children):
    """Give everyone a scheme; return the members.

    wanted, children  members wanted in the municipality, and those of them under age

    Whoever is not a member is an employee or his dependant: a household with dependants has at least one
    employee, its head if nobody else. Only young people who live alone may depend on parents elsewhere.
    """
    members, sure, maybe = let_children_follow(homes, people, chances, choice)
    chance = max(children - sure, 0) / max(maybe, 1)
    members += let_some_follow(homes, people, chances, choice, k, chance)
    members += level(homes, people, chances, choice, k, wanted - members)
    for h in range(homes.kind.size):
        members += cover(homes, people, chances, choice, k, h)
    return members


@inline
def let_children_follow(homes, people, chances, choice):
    """Make children of members members; return all members, the children, and those with one parent of two."""
    members, sure, maybe = 0, 0, 0
    for h in range(homes.kind.size):
        covered, parents = parents_of(homes, people, choice, h)
        for i in range(homes.start[h], homes.start[h + 1]):
            if is_child(people, chances, i):
                choice.member[i] = covered == parents
                sure += covered == parents
                maybe += 0 < covered < parents
            members += choice.member[i]
    return members, sure, maybe


@inline
def let_some_follow(homes, people, chances, choice, k, chance):
    """Make the children of some households with one parent of two a member; return how many."""
    followed = 0
    for h in range(homes.kind.size):
        covered, parents = parents_of(homes, people, choice, h)
        if 0 < covered < parents and draw4(k, YEAR, homes.hid[h], 0)[0] < chance:
            for i in range(homes.start[h], homes.start[h + 1]):
                if is_child(people, chances, i):
                    choice.member[i] = True
                    followed += 1
    return followed


@inline
def level(homes, people, chances, choice, k, change):
    """Make `change` people who live alone members (negative: take them out); return the change made.

    Selection sampling: everyone has the same chance and the number is exact.
    """
    target = change < 0
    there = 0
    for h in range(homes.kind.size):
        there += may_change(homes, people, chances, choice, h, target)
    left = min(abs(change), there)
    done = left
    for h in range(homes.kind.size):
        if left > 0 and may_change(homes, people, chances, choice, h, target):
            i = homes.start[h]
            if draw4(k, YEAR, people.pid[i], 2)[0] * there < left:
                choice.member[i] = not target
                left -= 1
            there -= 1
    return -done if target else done


@inline
def may_change(homes, people, chances, choice, h, member):
    """Return whether a household is one person of the ages at hand who is, or is not, a member."""
    i = homes.start[h]
    of_age = chances.level_ages[0] <= people.age[i] < chances.level_ages[1]
    return homes.kind[h] == _ALONE and of_age and people.scheme[i] < 0 and choice.member[i] == member


@inline
def cover(homes, people, chances, choice, k, h):
    """Give a household its schemes; return the members of 国保 it has beyond those chosen."""
    workers, others, main = part(homes, people, chances, choice, k, h)
    gained = 0
    if others > 0 and workers == 0 and not is_apart(homes, people, chances, h, others, main):
        if main >= 0:
            people.scheme[main] = _EMPLOYEE
            workers = 1
        else:
            gained = take_in(homes, people, h)
    if workers > 0:
        name_schemes(homes, people, chances, k, h, workers)
    return gained


@inline
def part(homes, people, chances, choice, k, h):
    """Part a household into members, employees and dependants.

    Returns employees, dependants, and the row of the adult who would be the employee: head or spouse, else the oldest.
    """
    workers, others, main = 0, 0, -1
    for i in range(homes.start[h], homes.start[h + 1]):
        if people.scheme[i] >= 0:
            continue
        if choice.member[i]:
            people.scheme[i] = _KOKUHO
            continue
        adult = people.age[i] >= chances.adult_age
        if adult and draw4(k, YEAR, people.pid[i], 1)[0] < chances.employee[row_of(people, i), people.age[i]]:
            people.scheme[i] = _EMPLOYEE
            workers += 1
        else:
            people.scheme[i] = _DEPENDANT
            others += 1
        if adult and (main < 0 or (people.relation[main] > _SPOUSE and people.age[i] > people.age[main])):
            main = i
    return workers, others, main


@inline
def row_of(people, i):
    """Return the row of population.employee_share."""
    return _MEN if people.sex[i] == _MALE else (_WIVES if people.relation[i] == _SPOUSE else _WOMEN)


@inline
def is_apart(homes, people, chances, h, others, main):
    """Return whether the only person of a household may depend on parents elsewhere."""
    alone = others == 1 and homes.start[h + 1] - homes.start[h] == 1
    return alone and main >= 0 and people.age[main] < chances.supported_age


@inline
def take_in(homes, people, h):
    """Make dependants without an adult who could be employed members; return how many."""
    taken = 0
    for i in range(homes.start[h], homes.start[h + 1]):
        if people.scheme[i] == _DEPENDANT:
            people.scheme[i] = _KOKUHO
            taken += 1
    return taken


@inline
def name_schemes(homes, people, chances, k, h, workers):
    """Put some households with one employee into a guild, some employees into voluntary continuation."""
    u, v, _, _ = draw4(k, YEAR, homes.hid[h], 1)
    for i in range(homes.start[h], homes.start[h + 1]):
        insured = people.scheme[i] == _EMPLOYEE or people.scheme[i] == _DEPENDANT
        if workers == 1 and u < chances.guild_rate and insured:
            people.scheme[i] = _GUILD
        elif people.scheme[i] == _EMPLOYEE and v < chances.voluntary[people.age[i]]:
            people.scheme[i] = _VOLUNTARY
