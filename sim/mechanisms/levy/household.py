"""One household: at which of its persons the levy looks, what it finds of each, and what that makes of all."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.kernel import inline
from sim.core.units import mask_between
from sim.mechanisms.levy.income import look_up_income
from sim.mechanisms.levy.months import FOREVER, count_months
from sim.mechanisms.levy.relief_test import judge, relief_class
from sim.mechanisms.levy.reliefs import add_member, entitle, job_loss_months
from sim.population.codes import Scheme

_LATE_ELDERLY = int(Scheme.LATE_ELDERLY)


class Person(NamedTuple):
    """A person whom the levy looks at.

    row, given  rows in the people and in what the tables do not hold
    born        month of birth
    months      mask of insured months
    job_loss    of these, with reduced salary income
    senior      of the age of the higher pension deduction
    counted     on 1 April, or on the day the household joined, insured or a former member (特定同一世帯所属者)
    """

    row: np.uint64
    given: np.uint64
    born: np.int64
    months: np.int64
    job_loss: np.int64
    senior: bool
    counted: bool


@inline
def insured_months(homes, people, h):
    """Return the months in which somebody of household h is insured."""
    union = np.int64(0)
    start = homes.start[h]
    for i in range(np.uint64(start), np.uint64(start + homes.size[h])):
        union |= np.int64(people.insured_months[i])
    return union


@inline
def moved_months(homes, people, law, h, i):
    """Return the months in which person i lives here as a former member of 国保, now in the late-elderly scheme."""
    if homes.former_member[h] <= 0 or people.scheme[i] != _LATE_ELDERLY:
        return 0
    moved = mask_between(np.int64(people.scheme_since[i]), FOREVER, law.opening)
    return moved & np.int64(people.present[i]) & ~np.int64(people.insured_months[i])


@inline
def is_counted(given, i, months, date):
    """Return whether person i is counted in the relief test.

    months  mask of those as an insured or former member; date  the month that holds the day of the test

    Whoever knows days of joining and leaving says who is counted (`Given.counted`); else the months decide.
    """
    known = given.counted[min(np.int64(i), given.counted.size - 1)]
    return months & date != 0 if known == 0 else known > 0


@inline
def look(people, given, law, i, months, counted):
    """Return person i as the levy sees them."""
    born = np.int64(people.born[i])
    job_loss = months & job_loss_months(np.int64(people.job_loss[i]), born, law)
    senior = born + 12 * law.pension_age <= law.opening - 4
    x = np.uint64(min(np.int64(i), given.loss.size - 1))
    return Person(np.uint64(i), x, born, months, np.int64(job_loss), senior, counted)


@inline
def note(found, who, income, entitled, judged, earner):
    """Keep what was found of a person."""
    found.pay, found.annuity, found.adjustment = income.pay, income.annuity, income.adjustment
    found.total, found.base_income, found.base_job_loss = income.total, income.base, income.base_job_loss
    found.judged, found.earner = judged, earner
    found.months, found.care, found.job_loss = who.months, entitled.care, who.job_loss
    found.maternity, found.dependant = entitled.maternity, entitled.dependant
    found.dependant_half = entitled.dependant_half


@inline
def assess_person(people, given, law, who, is_head, work):
    """Add a person to the relief test and to the sums of the household; return the months in which entitled to what."""
    house = work.house[0]
    income = look_up_income(people, given, law, who)
    judged, earner = 0, 0
    if is_head or who.counted:
        judged, earner = judge(people, given, law, who, income, house)
    entitled = entitle(people, given, law, who)
    if who.months:
        house.insured += 1
        house.at_date += 1 if who.counted else 0
        house.base_income += income.base_job_loss
        house.total_income += income.total * count_months(who.months)
        add_member(work.members[0], who.months, who, income, entitled, law)
        if entitled.care:
            add_member(work.members[1], entitled.care, who, income, entitled, law)
    if work.found.size:
        note(work.found[who.row], who, income, entitled, judged, earner)
    return entitled


@inline
def months_since(moved, since, first, length, law):
    """Return those of the months as a former member that come `first` to `first` + `length` months after the move."""
    return moved & mask_between(since + first, since + first + length, law.opening)


@inline
def note_former_months(house, half, quarter, alone):
    """Note the months with half and three quarters of the per-household levy (特定世帯, 特定継続世帯).

    half, quarter  masks of the months with a former member whose move allows it; of two, the later move counts
    alone          mask of the months with exactly one insured member
    """
    house.half_months = count_months(half & alone)
    house.quarter_months = count_months(quarter & ~half & alone)


@inline
def assess_household(homes, people, given, law, work, h, duty):
    """Fill work.members and work.house for household h.

    duty  months of one duty to pay, with an insured member; the first holds the day of the relief test
    """
    work.cells[:] = 0
    house = work.house[0]
    date = duty & -duty
    start, head = homes.start[h], np.uint64(homes.head[h])
    once, twice, cared, relieved, others, formers, half, quarter = 0, 0, 0, 0, 0, 0, 0, 0
    for i in range(np.uint64(start), np.uint64(start + homes.size[h])):
        months = np.int64(people.insured_months[i]) & duty
        moved = moved_months(homes, people, law, h, i)
        if moved:
            since = np.int64(people.scheme_since[i])
            formers |= moved
            half |= months_since(moved, since, 0, law.former_member_half_months, law)
            quarter |= months_since(moved, since, law.former_member_half_months, law.former_member_quarter_months, law)
        counted = is_counted(given, i, months | moved, date)
        if not (months or i == head or counted):
            continue
        who = look(people, given, law, i, months, counted)
        entitled = assess_person(people, given, law, who, i == head, work)
        cared |= entitled.care
        twice |= once & months
        once |= months
        relieved |= entitled.dependant_half
        others |= months & ~entitled.dependant_half
    house.months, house.care_months = count_months(duty), count_months(cared)
    house.minors = work.members[0].minors
    if formers:
        note_former_months(house, half, quarter, once & ~twice)
    else:
        house.dependant_months = count_months(relieved & ~others)
    house.relief = relief_class(house, law)
    house.tenths = law.relief_shares[house.relief] if house.relief >= 0 else 0
