"""Looks for rows that contradict one another: households and their people, insured months and the register."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.kernel import inner, kernel
from sim.core.state import Read
from sim.population.codes import Scheme

_KOKUHO = int(Scheme.KOKUHO)
_MARCH = 11
"""bit of March in a month mask"""


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
def add_up(column, sums, low, high):
    """Add the values of a column to sums[0]."""
    total = np.int64(0)
    for i in range(low, high):
        total += column[i]
    sums[0] += total


@inner
def contradict(months, present, member, too_old):
    """Return whether insured months contradict the register, the scheme or the age.

    months, present  bits from April to March: insured, on the register
    member           whether the person is in 国保 at the end; too_old, whether 国保 had ended before April
    """
    absent, aged = months & ~present, months if too_old else 0
    now = ((months ^ (present if member else 0)) >> _MARCH) & 1
    return (absent | aged | now) != 0


@kernel
def find_wrong_months(people, april, late_elderly_age, found, low, high):
    """Put into found[0] the first person whose months contradict the register, the scheme or the age, if there is one.

    april             month index of the first month of the year
    late_elderly_age  at which the insurance of the late elderly begins and 国保 ends
    """
    for i in range(low, high):
        months, present = np.int64(people.insured_months[i]), np.int64(people.present[i])
        too_old = april - people.born[i] >= late_elderly_age * 12
        if contradict(months, present, people.scheme[i] == _KOKUHO, too_old) and found[0] < 0:
            found[0] = i
