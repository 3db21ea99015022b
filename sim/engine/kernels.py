"""Looks for rows that contradict one another: households and their people, insured months and the register."""

from __future__ import annotations

from typing import NamedTuple

from sim.core.kernel import kernel
from sim.core.state import Read
from sim.population.codes import Scheme

_KOKUHO = int(Scheme.KOKUHO)
_MARCH = 11
"""bit of March in a month mask"""
_LATE = 75 * 12
"""months of age at which 国保 ends: the insurance of the late elderly begins"""


class Homes(NamedTuple):
    """Where the persons of a household stand."""

    start: Read
    size: Read
    head: Read


class People(NamedTuple):
    """A person's months on the register and insured."""

    present: Read
    insured_months: Read
    scheme: Read
    born: Read


@kernel
def find_broken_span(household, homes, found, low, high):
    """Put into found[0] the first household whose span, back references or head are wrong, if there is one."""
    for h in range(low, high):
        s, n = homes.start[h], homes.size[h]
        ok = n > 0 and s >= 0 and s + n <= household.size and s <= homes.head[h] < s + n
        if ok and h > 0:
            ok = homes.start[h - 1] + homes.size[h - 1] == s
        if ok:
            for i in range(s, s + n):
                ok = ok and household[i] == h
        if not ok and found[0] < 0:
            found[0] = h


@kernel
def find_wrong_months(people, april, found, low, high):
    """Put into found[0] the first person whose months contradict the register, the scheme or the age, if there is one.

    april  month index of the first month of the year
    """
    for i in range(low, high):
        m = people.insured_months[i]
        if m == 0 and people.scheme[i] != _KOKUHO:
            continue
        march = (m >> _MARCH) & 1
        wrong = (m & ~people.present[i]) != 0
        wrong = wrong or (march == 1 and people.scheme[i] != _KOKUHO)
        wrong = wrong or (march == 0 and people.scheme[i] == _KOKUHO and ((people.present[i] >> _MARCH) & 1) == 1)
        wrong = wrong or (m != 0 and april - people.born[i] >= _LATE)
        if wrong and found[0] < 0:
            found[0] = i
