"""Public assistance (生活保護): which household goes on it or comes off it, and in which month."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.ahead import draw_near
from sim.core.kernel import inline
from sim.mechanisms.enrolment.household import NEVER, UNKNOWN, any_month, income, is_here
from sim.population.codes import Residence, Scheme

_KOKUHO, _LATE, _ASSISTANCE = int(Scheme.KOKUHO), int(Scheme.LATE_ELDERLY), int(Scheme.ASSISTANCE)
_PERMANENT = int(Residence.PERMANENT)


class Assistance(NamedTuple):
    """The month a household goes on public assistance (`starts`) or comes off it; NEVER = neither."""

    month: np.int64
    starts: bool


@inline
def is_poor(people, rules, house):
    """Return whether a household has so little income that it may go on public assistance."""
    total = np.int64(0)
    for i in range(house.start, house.start + house.size):
        total += income(people, i)
    return total < rules.chances.assistance_limit


@inline
def draw_assistance(homes, people, rules, draws, own, house):
    """Return whether and when public assistance of the household starts or ends."""
    chances, top = rules.chances, own.slots[house.head].now
    month, starts = NEVER, False
    if house.assisted or top in (_KOKUHO, _LATE):
        u = draw_near(own.home, draws.home, draws.year, homes.hid, house.row)
        if house.assisted:
            if u[0] < chances.assistance_out:
                month = any_month(u[1])
        elif house.workers == 0 and people.residence[house.start + house.head] <= _PERMANENT:
            chance = chances.assistance_in if top == _KOKUHO else chances.assistance_late
            if u[0] < chance and is_poor(people, rules, house):
                month, starts = any_month(u[1]), True
    return Assistance(np.int64(month), starts)


@inline
def assist(slots, house, assistance, m, workers):
    """Put the household on public assistance in month m, unless somebody has found a job, or take it off again."""
    for j in range(house.size):
        slot = slots[j]
        if not is_here(slot, m):
            continue
        if assistance.starts:
            if workers == 0 and slot.now != UNKNOWN:
                slot.now = _ASSISTANCE
        elif slot.now == _ASSISTANCE:
            slot.now = _LATE if m >= slot.turns75 else _KOKUHO
