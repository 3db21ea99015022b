"""A year of work and health insurance, household by household and month by month.

Most households see no event and are left after one look at their members (`calm`); the others walk through the months.
"""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline, inner, kernel
from sim.mechanisms.enrolment.assistance import assist, draw_assistance
from sim.mechanisms.enrolment.calm import is_calm
from sim.mechanisms.enrolment.count import cause_gone, close, count_month, count_quiet, stay
from sim.mechanisms.enrolment.draw import draw
from sim.mechanisms.enrolment.household import NEVER, count_workers, look, window
from sim.mechanisms.enrolment.month import Change, settle_dependants, turn_and_change
from sim.mechanisms.enrolment.newcomer import welcome
from sim.population.codes import Scheme

_KOKUHO = int(Scheme.KOKUHO)


@inline
def prepare(people, house, slots, flows):
    """Set the months each person is there, and count the members who left with March; return the months of events."""
    active = np.int64(1)
    for j in range(house.size):
        slot = slots[j]
        slot.first, slot.stop = window(np.int64(people.present[slot.row]))
        slot.mask = 0
        people.income_drop[slot.row] = 0
        slot.month = max(slot.month, slot.first)
        if slot.now == _KOKUHO and slot.first > 0:
            flows[cause_gone(people.leaving[slot.row])].left += 1
        active |= (1 << slot.month) | (1 << slot.first) | (1 << slot.stop)
        if 0 <= slot.turns75 < NEVER:
            active |= 1 << slot.turns75
    return active


@inline
def live_month(homes, people, rules, draws, house, slots, assistance, m):
    """Let the events of a month happen, in this order: the person's own, those of the household, those who follow."""
    for j in range(house.size):
        slots[j].before = slots[j].now
    lost, gained = turn_and_change(people, rules, draws, house, slots, m)
    workers = count_workers(slots, house.size, m)
    if m == assistance.month:
        assist(slots, house, assistance, m, workers)
    workers += welcome(people, rules, draws, house, slots, m)
    settle_dependants(people, rules, draws, house, slots, m, Change(workers, lost, gained))


@inner
def next_month(active, m):
    """Return the first month from m on with an event, NEVER if there is none."""
    while m < NEVER and not (active >> m) & 1:
        m += 1
    return m


@kernel
def live(homes, people, rules, draws, own, low, high):
    """Live the households low <= row < high through the year.

    rules  parameters of the year (chances.Rules); draws  which draws it takes (chances.Draws)
    own    the span's own part of state.Span
    """
    slots = own.slots
    last = np.int64(homes.start[high - 1]) + homes.size[high - 1] if high > low else 0
    for h in range(np.uint64(low), np.uint64(high)):
        if is_calm(homes, people, rules, draws, own, h, last):
            continue
        house = look(homes, people, rules, draws.opening, slots, h)
        own.members[house.place].opening += house.members
        busy = house.busy
        for j in range(house.size):
            busy |= draw(people, rules, draws, own, house, j)
        assistance = draw_assistance(homes, people, rules, draws, own, house)
        if not busy and assistance.month == NEVER:
            count_quiet(people, slots, house.size)
            continue
        flows = own.flows[house.place]
        active = prepare(people, house, slots, flows) | (1 << assistance.month)
        m = 0
        while m < NEVER:
            live_month(homes, people, rules, draws, house, slots, assistance, m)
            count_month(homes, people, house, slots, m, draws.opening, flows)
            quiet = m + 1
            m = next_month(active, quiet)
            stay(slots, house.size, quiet, m)
        close(homes, people, house, slots, flows)
