"""Looks for rows that contradict one another: households and their people, insured months and the register."""

from __future__ import annotations

from typing import NamedTuple

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


@inner
def contradict(months, present, member, too_old):
    """Return whether insured months contradict the register, the scheme or the age.

    months, present  bits from April to March: insured, on the register
    member           whether the person is in 国保 at the end; too_old, whether 国保 had ended before April
    """
    insured_in_march, here_in_march = (months >> _MARCH) & 1, (present >> _MARCH) & 1
    if (months & ~present) != 0 or (months != 0 and too_old):
        return True
    return insured_in_march != (1 if member and here_in_march else 0)


@kernel
def find_wrong_months(people, april, late_elderly_age, found, low, high):
    """Put into found[0] the first person whose months contradict the register, the scheme or the age, if there is one.

    april             month index of the first month of the year
    late_elderly_age  at which the insurance of the late elderly begins and 国保 ends
    """
    for i in range(low, high):
        member = people.scheme[i] == _KOKUHO
        if people.insured_months[i] == 0 and not member:
            continue
        too_old = april - people.born[i] >= late_elderly_age * 12
        if found[0] < 0 and contradict(people.insured_months[i], people.present[i], member, too_old):
            found[0] = i
