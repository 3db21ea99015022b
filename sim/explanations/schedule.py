"""When a bill is paid: instalments by month, deduction from a pension, and what a change within the year alters.

The notice of the year goes out in the month of the first instalment (`collection.first_instalment_*`) and knows what
happened before. A household that joins later pays from the month after its report, one whose bill changes later pays
what it owes in full up to that month and the rest in the months left; a rest below nothing is paid back (還付). Amounts
are multiples of the ordinance's unit, what is over is in the first instalment.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from sim.core.units import april
from sim.explanations.days import Span, late_elderly_day, month_of, reached, whole_year
from sim.explanations.members import Family
from sim.parameters import Parameters

SLIP, PENSION = "slip", "pension"
_PENSION_MONTHS = (0, 2, 4, 6, 8, 10)
"""April, June, August (仮徴収), October, December, February (本徴収), as months of the fiscal year."""
_MILLION = 1_000_000


class Instalment(NamedTuple):
    """Yen due in a month (index since January 1900), by slip or transfer (普通徴収) or from the pension (特別徴収)."""

    month: int
    yen: int
    by: str = SLIP


@dataclass(frozen=True)
class Schedule:
    """The instalments of a bill in the order in which they are due; refund: yen paid in excess (還付)."""

    instalments: tuple[Instalment, ...] = ()
    refund: int = 0
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """The months in which a municipality collects, and the yen its instalments are multiples of."""

    months: tuple[int, ...]
    unit: int

    @classmethod
    def of(cls, p: Parameters, year: int, form: str, count: int) -> Calendar:
        """Return the calendar of a form of the levy (premium or tax) with `count` instalments a year."""
        first = april(year) + int(p.value(f"collection.first_instalment_{form}", year))
        first = min(first, april(year) + 12 - count)
        return cls(tuple(range(first, first + count)), int(p.value(f"levy.instalment_unit_{form}", year)))

    def after(self, month: int) -> tuple[int, ...]:
        """Return the months of collection after a month; the next one if none is left (随時期)."""
        return tuple(m for m in self.months if m > month) or (month + 1,)


def split(total: int, months: Sequence[int], unit: int, by: str = SLIP) -> tuple[Instalment, ...]:
    """Return equal instalments in multiples of the unit, the rest in the first; none of nothing."""
    each = total // len(months) // unit * unit
    yen = [total - each * (len(months) - 1)] + [each] * (len(months) - 1)
    return tuple(Instalment(month, y, by) for month, y in zip(months, yen, strict=True) if y)


def corrected(before: Schedule, total: int, month: int, calendar: Calendar) -> Schedule:
    """Return the schedule after the bill became `total` in a month: what was due stays, the rest is spread anew."""
    due = tuple(i for i in before.instalments if i.month <= month)
    rest = total - sum(i.yen for i in due)
    if rest < 0:
        return Schedule(due, -rest, before.notes)
    return Schedule(due + split(rest, calendar.after(month), calendar.unit), 0, before.notes)


def stages(family: Family, year: int, calendar: Calendar, late_elderly_age: int) -> list[tuple[int, Family]]:
    """Return month -> family as known then: at the notice of the year, and at every later change of who is insured.

    The 75th birthday is known from the start; a change is reported in its month, or in `family.reported`.
    """
    inside = whole_year(year)
    changes = set()
    for member in family.members:
        late = late_elderly_day(member.born, late_elderly_age)
        for span in member.spans:
            changes |= {span.first} if inside.holds(span.first) and span.first > inside.first else set()
            changes |= {span.end} if inside.holds(span.end) and span.end != late else set()
    notice = calendar.months[0] - 1
    found: dict[int, Family] = {notice: _known(family, _last_day(notice), late_elderly_age)}
    for day in sorted(changes):
        month = month_of(day)
        if month > notice:
            found[max(month, family.reported)] = _known(family, _last_day(month), late_elderly_age)
    months = sorted(found)
    while len(months) > 1 and not any(m.spans for m in found[months[0]].members):
        months.pop(0)
    return [(month, found[month]) for month in months]


def _known(family: Family, day: datetime.date, late_elderly_age: int) -> Family:
    """Return the family with what was known on a day of who is insured: nobody is expected to join or leave."""
    members = []
    for member in family.members:
        late = late_elderly_day(member.born, late_elderly_age)
        spans = tuple(Span(s.first, s.end if s.end <= day else late) for s in member.spans if s.first <= day)
        former = member.former if member.former and (member.former.first != late or spans) else None
        members.append(replace(member, spans=spans, former=former))
    return replace(family, members=tuple(members))


def _last_day(month: int) -> datetime.date:
    following = month + 1
    return datetime.date(1900 + following // 12, following % 12 + 1, 1) - datetime.timedelta(days=1)


def by_slip(totals: Sequence[tuple[int, int]], calendar: Calendar) -> Schedule:
    """Return the schedule of a bill that was set and changed: month -> yen of the year, in order."""
    first, total = totals[0]
    schedule = Schedule(split(total, calendar.after(first), calendar.unit))
    for month, total in totals[1:]:
        schedule = corrected(schedule, total, month, calendar)
    return schedule


def from_pension(family: Family, total: int, year: int, calendar: Calendar, p: Parameters) -> Schedule:
    """Return the schedule with the deduction from the head's pension (特別徴収), by slip where the law forbids it.

    Law: NHI Act art. 76-3, 76-4, order art. 29-13; 地方税法706条. With the deduction of last February known, April to
    August take the same (仮徴収) and October to February the rest; else the first half of the year is paid by slip.
    """
    asked = family.from_pension
    objection = _objection(family, total, year, p)
    if asked is None or objection:
        plain = Schedule(split(total, calendar.months, calendar.unit))
        return replace(plain, notes=(f"no deduction from the pension (特別徴収): {objection}",) if objection else ())
    unit = int(p.value("collection.pension_instalment_unit", year))
    months = [april(year) + m for m in _PENSION_MONTHS]
    if asked.february is None:
        half = total * int(p.value("collection.pension_first_year_share", year)) // _MILLION
        early = [m for m in calendar.months if m < months[3]] or [calendar.months[0]]
        first = split(half, early, calendar.unit)
    else:
        first = tuple(Instalment(m, asked.february, PENSION) for m in months[:3] if asked.february)
    rest = total - sum(i.yen for i in first)
    if rest < 0:
        return Schedule(first, -rest)
    return Schedule(first + split(rest, months[3:], unit, PENSION))


def _objection(family: Family, total: int, year: int, p: Parameters) -> str:
    """Return why the law does not deduct the bill from the head's pension, nothing if it does."""
    opening = whole_year(year).first
    low, high = (int(p.value(f"collection.pension_age_{end}", year)) for end in ("from", "to"))
    head = next(m for m in family.members if m.head)
    insured = [m for m in family.members if m.spans]
    care = family.from_pension.care_premium if family.from_pension else 0
    if head not in insured:
        return "the head is not insured by 国保"
    if any(reached(m.born, low) > opening or reached(m.born, high) < opening for m in insured):
        return f"not all insured persons are {low} to {high - 1}"
    if late_elderly_day(head.born, high) < whole_year(year).end:
        return f"the head becomes {high} within the year"
    if any(span.first > opening or span.end < whole_year(year).end for m in insured for span in m.spans):
        return "the household changes within the year"
    if head.pension < int(p.value("collection.pension_minimum", year)):
        return f"the head's pension is below {p.value('collection.pension_minimum', year):,} yen a year"
    share = int(p.value("collection.pension_bill_share", year))
    if (total + care) * _MILLION > head.pension * share:
        return "国保 and long-term care premium together exceed half of the pension"
    return ""
