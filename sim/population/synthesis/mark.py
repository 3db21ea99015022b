"""Members' earnings at the level of their municipality, and the marks of the levy: declared, 旧被扶養者, 特定世帯."""

from __future__ import annotations

from sim.core.kernel import inline, kernel
from sim.core.rng import draw4
from sim.population.codes import FirmSize, Residence, Scheme, Work
from sim.population.synthesis.state import OLDEST, YEAR

_KOKUHO, _LATE_ELDERLY = int(Scheme.KOKUHO), int(Scheme.LATE_ELDERLY)
_REGULAR, _PART_TIME, _OFFICER = int(Work.REGULAR), int(Work.PART_TIME), int(Work.OFFICER)
_SMALLEST, _LARGER, _LARGEST = int(FirmSize.S1_5), int(FirmSize.S36_50), int(FirmSize.S501)
_JAPANESE = int(Residence.JAPANESE)
_COUPLE = 2
"""persons of a household in which one leaves one behind"""


@kernel
def mark(homes, people, pay, k, opening, factor):
    """Multiply the members' earnings; set declared, 旧被扶養者 and 特定世帯."""
    for h in range(homes.kind.size):
        moved = last_turned(homes, people, pay, k, h)
        homes.former_member[h] = moved if has_member(homes, people, h) and moved <= opening else 0
        couple = homes.start[h + 1] - homes.start[h] == _COUPLE
        for i in range(homes.start[h], homes.start[h + 1]):
            if people.scheme[i] != _KOKUHO:
                continue
            scale(people, i, factor)
            put_into_small_firm(people, pay, i)
            u, v, _, _ = draw4(k, YEAR, people.pid[i], 3)
            declare(people, pay, i, u)
            if people.age[i] >= pay.former_dependant_age and moved == 0 and couple:
                leave_behind(homes, people, pay, h, i, v, opening)


@inline
def last_turned(homes, people, pay, k, h):
    """Return the month in which the last one of a household turned 75 who had been a member until then, 0 if nobody."""
    moved = 0
    for i in range(homes.start[h], homes.start[h + 1]):
        if people.scheme[i] == _LATE_ELDERLY and draw4(k, YEAR, people.pid[i], 2)[0] < pay.late_from_members:
            moved = max(moved, people.born[i] + 12 * pay.late_elderly_age)
    return moved


@inline
def has_member(homes, people, h):
    """Return whether anybody of a household is a member."""
    found = False
    for i in range(homes.start[h], homes.start[h + 1]):
        found |= people.scheme[i] == _KOKUHO
    return found


@inline
def scale(people, i, factor):
    """Multiply a person's earnings."""
    people.salary[i] = int(people.salary[i] * factor)
    people.business[i] = int(people.business[i] * factor)
    people.other_income[i] = int(people.other_income[i] * factor)


@inline
def put_into_small_firm(people, pay, i):
    """Put a member whom a larger firm would have to insure into a firm of up to five.

    Regular staff have employee insurance in all but small firms and some trades, part-time staff above the
    pay line in firms of 501 and over.
    """
    firm, work = people.firm_size[i], people.work[i]
    regular = firm >= _LARGER and work in (_REGULAR, _OFFICER)
    if regular or (firm == _LARGEST and work == _PART_TIME and people.salary[i] >= pay.pay_line):
        people.firm_size[i] = _SMALLEST


@inline
def declare(people, pay, i, u):
    """Let an adult without income declare it, or not."""
    incomes = people.salary[i] + people.pension[i] + people.business[i] + people.other_income[i]
    if people.age[i] >= pay.adult_age and incomes == 0:
        foreign = int(people.residence[i] > _JAPANESE)
        people.declared[i] = u >= pay.undeclared_share[min(people.age[i], OLDEST), foreign]


@inline
def leave_behind(homes, people, pay, h, i, v, opening):
    """Mark a member of 65-74 whose employed spouse turned 75 in the last two years as a former dependant."""
    for j in range(homes.start[h], homes.start[h + 1]):
        turned = people.born[j] + 12 * pay.late_elderly_age
        recent = opening - pay.former_dependant_months <= turned <= opening
        if people.scheme[j] == _LATE_ELDERLY and recent and v < pay.former_dependants:
            people.former_dependant[i] = turned
            people.scheme_since[i] = turned
