"""Households arrive from other prefectures and from abroad, one after another until the persons wanted are there.

In a 1/N sample the same households are drawn, and those with an id divisible by N kept.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.kernel import inline, inner, kernel
from sim.core.rng import draw4, new_id, normal, pick
from sim.core.units import ALL_MONTHS
from sim.mechanisms.demography.household import position
from sim.mechanisms.demography.state import Unit
from sim.population.codes import Relation, Residence, Sex

_HEAD, _SPOUSE, _CHILD = int(Relation.HEAD), int(Relation.SPOUSE), int(Relation.CHILD)
_MALE, _FEMALE = int(Sex.MALE), int(Sex.FEMALE)
_JAPANESE, _PERMANENT, _STUDENT = int(Residence.JAPANESE), int(Residence.PERMANENT), int(Residence.STUDENT)
_WORKER, _FAMILY = int(Residence.WORKER), int(Residence.FAMILY)
_ALONE, _PARENT_CHILD = int(Unit.ALONE), int(Unit.PARENT_CHILD)
_PERSONS = (1, 2, 3, 4, 2)
"""of each Unit"""
_OF_HEAD, _OF_MEMBERS = 1, 2
"""positions of the draws of a household: of its head, of its first, second … person"""
_COUPLES, _LONE_PARENTS = 2, 3
"""places in arrival_male behind those who come alone (Japanese, foreign)"""
_ROWS_OF_AGES = 3
"""pairs of ages in arrival_ages: one person, couples, parents"""
_MOST = 8
"""ids are made of the household's number times this and the person's"""


class Group(NamedTuple):
    """An arriving household: id and number, municipality, nationality, kind, where from, status, persons.

    origin     0 another prefecture, 1 abroad
    origin_id  of municipality and nationality, for ids
    """

    hid: np.int64
    ordinal: np.int64
    place: np.int64
    foreign: np.int64
    origin_id: np.int64
    unit: np.int64
    origin: np.int64
    status: np.int64
    persons: np.int64


class Leader(NamedTuple):
    """The head of an arriving household: age, sex, month of the arrival, first month in Japan (0: born here)."""

    age: np.int64
    sex: np.int64
    month: np.int64
    since: np.int64


@inline
def draw_group(arriving, draws, cell, ordinal, missing):
    """Return the arriving household number `ordinal` of a municipality and nationality, of at most `missing` persons.

    cell  2 x municipality + nationality
    """
    place, foreign = cell // 2, cell % 2
    origin_id = np.int64(arriving.codes[place]) * 2 + foreign
    hid = new_id(draws.household, draws.year, origin_id, ordinal)
    u, u_abroad, u_status, _ = draw4(draws.arrival, draws.year, hid)
    origin = 1 if u_abroad < arriving.arrivals_from_abroad[foreign] else 0
    status = _JAPANESE
    if foreign:
        status = _PERMANENT + pick(arriving.status[origin], u_status)
    unit = _ALONE if status == _STUDENT else pick(arriving.units[origin], u)
    persons = min(_PERSONS[unit], missing)
    return Group(hid, ordinal, place, foreign, origin_id, unit, origin, status, persons)


@inline
def adult_age(ages, low, high, u):
    """Return an adult age, low <= age < high, from cumulative shares."""
    x = ages[low] + u * (ages[high] - ages[low])
    return max(min(position(ages, x), high - 1), low)


@inline
def share_of_men(arriving, group):
    """Return the share of men among the heads of such households."""
    if group.unit == _ALONE:
        return arriving.arrival_male[group.foreign]
    return arriving.arrival_male[_LONE_PARENTS if group.unit == _PARENT_CHILD else _COUPLES]


@inline
def draw_leader(arriving, draws, group):
    """Return who heads an arriving household, and when it comes."""
    u_age, u_sex, u_month, u_stay = draw4(draws.arrival, draws.year, group.hid, _OF_HEAD)
    month = draws.opening + pick(arriving.months[group.origin], u_month)
    since = np.int64(0)
    if group.origin == 1:
        since = month
    elif group.foreign:
        since = month - 1 - int(u_stay * 12.0 * arriving.arrival_years_in_japan)
    sex = _MALE if u_sex < share_of_men(arriving, group) else _FEMALE
    row = 2 * min(group.unit, _ROWS_OF_AGES - 1)
    first, last = arriving.arrival_ages[row], arriving.arrival_ages[row + 1]
    return Leader(adult_age(arriving.ages[group.origin], first, last + 1, u_age), sex, month, since)


@inline
def partner_age(arriving, leader, u):
    """Return the age of the head's partner, an adult."""
    years = arriving.partner_age_gap[0] + arriving.partner_age_gap[1] * normal(u)
    age = leader.age + (years if leader.sex == _FEMALE else -years) + 0.5
    return int(max(age, float(arriving.arrival_ages[0])))


@inline
def child_age(arriving, origin, mother, u):
    """Return the age of an arriving child, whose mother was an adult at its birth."""
    limit, bend = arriving.arrival_children[0], arriving.arrival_children[1 + origin]
    return min(int(limit * u**bend), max(mother - arriving.arrival_ages[0], 0))


@inner
def status_of_member(status):
    """Return the status of residence of those who come with a head of that status."""
    return _FAMILY if status in (_STUDENT, _WORKER) else status


@inline
def write_group(arriving, draws, group, homes, people, row, k):
    """Write an arriving household in `row`, the first of its persons in row k."""
    homes.hid[row], homes.place[row], homes.size[row] = group.hid, group.place, group.persons
    leader = draw_leader(arriving, draws, group)
    mother = leader.age
    for m in range(group.persons):
        u, u_sex, u_month, _ = draw4(draws.arrival, draws.year, group.hid, _OF_MEMBERS + m)
        status, relation, age, sex = group.status, _HEAD, leader.age, leader.sex
        if m > 0:
            status = status_of_member(group.status)
            if m == 1 and group.unit != _PARENT_CHILD:
                age = partner_age(arriving, leader, u)
                mother = age if leader.sex == _MALE else mother
                relation, sex = _SPOUSE, _FEMALE if leader.sex == _MALE else _MALE
            else:
                age = child_age(arriving, group.origin, mother, u)
                relation, sex = _CHILD, _MALE if u_sex < arriving.birth_male else _FEMALE
        people.pid[k + m] = new_id(draws.person, draws.year, group.origin_id, group.ordinal * _MOST + m)
        people.born[k + m] = leader.month - 12 * age - int(u_month * 12.0)
        people.sex[k + m], people.residence[k + m], people.relation[k + m] = sex, status, relation
        people.arrived[k + m] = max(leader.since, people.born[k + m]) if leader.since > 0 else 0
        people.present[k + m] = ALL_MONTHS & ~((1 << (leader.month - draws.opening)) - 1)
        people.at[k + m] = row


@kernel
def write_arrivals(arriving, draws, wanted, first, homes, people, kept, low, high):
    """Draw the households of the municipalities and nationalities low <= cell < high and write those that are kept.

    wanted  int64[cells]  persons that arrive in the full population
    first   int64[cells]  row at which a municipality and nationality begins in both tables, with room for all wanted
    kept    the span's own part of state.Kept, [cells]
    """
    for cell in range(low, high):
        everybody, ordinal = 0, 0
        while everybody < wanted[cell]:
            group = draw_group(arriving, draws, cell, ordinal, wanted[cell] - everybody)
            if group.hid % draws.weight == 0:
                row = first[cell] + kept[cell].households
                k = first[cell] + kept[cell].persons
                write_group(arriving, draws, group, homes, people, row, k)
                kept[cell].households += 1
                kept[cell].persons += group.persons
            everybody += group.persons
            ordinal += 1
