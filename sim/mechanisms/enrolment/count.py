"""Counting: members month by month, who joins and leaves and why, and the facts of the year by municipality."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline, inner, kernel
from sim.core.units import ALL_MONTHS, MARCH, mask_between, months_in
from sim.mechanisms.enrolment.household import UNKNOWN, is_here
from sim.mechanisms.enrolment.state import Cause
from sim.population.codes import Leaving, Scheme

_KOKUHO, _EMPLOYEE, _DEPENDANT = int(Scheme.KOKUHO), int(Scheme.EMPLOYEE), int(Scheme.DEPENDANT)
_VOLUNTARY, _GUILD = int(Scheme.VOLUNTARY), int(Scheme.GUILD)
_LATE, _ASSISTANCE = int(Scheme.LATE_ELDERLY), int(Scheme.ASSISTANCE)
_DIES, _ABROAD = int(Leaving.DIES), int(Leaving.ABROAD)
_BIRTH, _ARRIVAL, _ARRIVAL_ABROAD = int(Cause.BIRTH), int(Cause.ARRIVAL), int(Cause.ARRIVAL_ABROAD)
_DEATH, _DEPARTURE, _DEPARTURE_ABROAD = int(Cause.DEATH), int(Cause.DEPARTURE), int(Cause.DEPARTURE_ABROAD)
_AGE75, _DISABILITY, _COVERAGE = int(Cause.AGE75), int(Cause.DISABILITY), int(Cause.COVERAGE_EXPANSION)
_BY_EMPLOYEE, _BY_DEPENDANT = int(Cause.EMPLOYEE), int(Cause.DEPENDANT)
_BY_VOLUNTARY, _BY_GUILD, _BY_ASSISTANCE = int(Cause.VOLUNTARY), int(Cause.GUILD), int(Cause.ASSISTANCE)
_LAST = 12
"""month after March"""
_APRIL = 1
"""mask of April"""


@inner
def cause_in(before):
    """Return the cause of joining 国保 from another insurance."""
    if before == _EMPLOYEE:
        return _BY_EMPLOYEE
    if before == _DEPENDANT:
        return _BY_DEPENDANT
    if before == _VOLUNTARY:
        return _BY_VOLUNTARY
    if before == _GUILD:
        return _BY_GUILD
    return _BY_ASSISTANCE if before == _ASSISTANCE else _DISABILITY


@inner
def cause_out(after, elderly, covered):
    """Return the cause of leaving 国保 for another insurance."""
    if after == _LATE:
        return _AGE75 if elderly else _DISABILITY
    if after == _EMPLOYEE:
        return _COVERAGE if covered else _BY_EMPLOYEE
    return _BY_DEPENDANT if after == _DEPENDANT else _BY_GUILD if after == _GUILD else _BY_ASSISTANCE


@inner
def cause_gone(leaving):
    """Return the cause of leaving the register."""
    return _DEATH if leaving == _DIES else _DEPARTURE_ABROAD if leaving == _ABROAD else _DEPARTURE


@inner
def cause_come(age, abroad):
    """Return the cause of appearing on the register."""
    return _BIRTH if age < 0 else _ARRIVAL_ABROAD if abroad else _ARRIVAL


@inline
def count_quiet(people, slots, size):
    """Write the months of a household in which nothing happens this year."""
    for j in range(size):
        i = slots[j].row
        people.insured_months[i] = ALL_MONTHS if slots[j].now == _KOKUHO else 0
        people.income_drop[i] = 0


@inline
def stay(slots, size, first, stop):
    """Count the months first <= m < stop, in which nothing happens in the household."""
    for j in range(size):
        slot = slots[j]
        if slot.now == _KOKUHO:
            slot.mask |= mask_between(max(first, slot.first), min(stop, slot.stop), 0)


@inline
def mark_former_member(homes, house, slots, m, opening):
    """Make the household of a member who turns 75 a 特定世帯 if members stay behind."""
    if homes.former_member[house.row] != 0:
        return
    for j in range(house.size):
        if slots[j].now == _KOKUHO and is_here(slots[j], m):
            homes.former_member[house.row] = opening + m


@inline
def count_change(homes, people, house, slots, slot, m, opening, flows):
    """Count somebody whose insurance is another one than in the month before."""
    i = slot.row
    fresh = m > 0 and m == slot.first
    if slot.now == _KOKUHO:
        slot.mask |= 1 << m
        if slot.before == UNKNOWN or fresh:
            flows[cause_come(slot.age, people.arrived[i] >= opening)].joined += 1
        else:
            flows[cause_in(slot.before)].joined += 1
    elif slot.before == _KOKUHO and not (m > 0 and m <= slot.first):
        flows[cause_out(slot.now, m >= slot.turns75, slot.covered)].left += 1
        if m >= slot.turns75:
            mark_former_member(homes, house, slots, m, opening)
    people.scheme_since[i] = opening + m


@inline
def count_month(homes, people, house, slots, m, opening, flows):
    """Count the month of a household in which something happens; flows by cause."""
    for j in range(house.size):
        slot = slots[j]
        if m == slot.stop:
            if slot.now == _KOKUHO and m > slot.first:
                flows[cause_gone(people.leaving[slot.row])].left += 1
        elif slot.now != slot.before:
            count_change(homes, people, house, slots, slot, m, opening, flows)
        elif slot.now == _KOKUHO and is_here(slot, m):
            slot.mask |= 1 << m
            if m > 0 and m == slot.first:
                flows[cause_come(slot.age, False)].joined += 1


@inline
def close(homes, people, house, slots, flows):
    """Write insurance and months at the end of March; the 特定世帯 ends when either side of it is gone."""
    elders, insured = False, False
    for j in range(house.size):
        slot = slots[j]
        i, there, leaves = slot.row, slot.stop == _LAST, people.leaving[slot.row] != 0
        if slot.now >= 0:
            people.scheme[i] = slot.now
        people.insured_months[i] = slot.mask
        elders |= slot.now == _LATE and there and not leaves
        insured |= slot.now == _KOKUHO and there
        if slot.now != _KOKUHO:
            people.former_dependant[i] = 0
        elif leaves and there and slot.first < _LAST:
            flows[cause_gone(people.leaving[i])].turned += 1
    if not (elders and insured):
        homes.former_member[house.row] = 0


@inner
def between(born, first, stop, opening):
    """Return the mask of the months from the birthday of age `first` to the month before that of age `stop`."""
    return mask_between(born + first * 12, born + stop * 12, opening)


@inline
def count_person(people, ages, i, mask, opening, facts):
    """Add the facts of an insured person; return the months in which long-term care insurance is due."""
    born = np.int64(people.born[i])
    months = months_in(mask)
    care = mask & between(born, ages.care_from, ages.care_to, opening)
    facts.members_start += mask & _APRIL
    facts.members_end += mask & MARCH != 0
    facts.member_months += months
    facts.care_months += months_in(care)
    facts.elderly_months += months_in(mask & between(born, ages.early_elderly_age, ages.late_elderly_age, opening))
    if born + ages.child_waiver_to * 12 < opening:
        facts.adult_months += months
    if born + ages.preschool_to * 12 >= opening:
        facts.preschool_months += months
    if people.residence[i] > 0:
        facts.foreign_months += months
    return care


@kernel
def count(homes, people, ages, opening, facts, low, high):
    """Add the facts of the households low <= row < high to state.Facts[places], in rows and row-months.

    Adult: past the 31 March after the 18th birthday; preschool: before the one after the 6th; both
    change in April only. Care: from the month of the 40th birthday to the month before the 65th.
    """
    for h in range(low, high):
        home, care = np.int64(0), np.int64(0)
        row = facts[homes.place[h]]
        for i in range(homes.start[h], homes.start[h] + homes.size[h]):
            mask = np.int64(people.insured_months[i])
            if mask != 0:
                home |= mask
                care |= count_person(people, ages, i, mask, opening, row)
        if home != 0:
            row.households_end += home & MARCH != 0
            row.household_months += months_in(home)
            row.care_household_months += months_in(care)
