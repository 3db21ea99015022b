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
    changes = _changes(family, year, late_elderly_age)
    notice = calendar.months[0] - 1
    found: dict[int, Family] = {notice: _known(family, _last_day(notice), late_elderly_age)}
    for month in sorted({month_of(day) for day in changes}):
        if month > notice:
            found[max(month, family.reported)] = _known(family, _last_day(month), late_elderly_age)
    months = sorted(found)
    while len(months) > 1 and not any(m.spans for m in found[months[0]].members):
        months.pop(0)
    return [(month, found[month]) for month in months]


def _changes(family: Family, year: int, late_elderly_age: int) -> set[datetime.date]:
    """Return the days within a fiscal year on which somebody joins or leaves, 75th birthdays left out."""
    inside, days = whole_year(year), set()
    for member in family.members:
        late = late_elderly_day(member.born, late_elderly_age)
        days |= {span.first for span in member.spans if span.first > inside.first}
        days |= {span.end for span in member.spans if span.end != late}
    return {day for day in days if inside.holds(day)}


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
    asked, objection = family.from_pension, _objection(family, total, year, p)
    if asked is None or objection:
        plain = Schedule(split(total, calendar.months, calendar.unit))
        return replace(plain, notes=(f"no deduction from the pension (特別徴収): {objection}",) if objection else ())
    months = [april(year) + m for m in _PENSION_MONTHS]
    first = _first_half(total, asked.february, months, year, calendar, p)
    rest = total - sum(i.yen for i in first)
    if rest < 0:
        return Schedule(first, -rest)
    unit = int(p.value("collection.pension_instalment_unit", year))
    return Schedule(first + split(rest, months[3:], unit, PENSION))


def _first_half(
    total: int, february: int | None, months: Sequence[int], year: int, calendar: Calendar, p: Parameters
) -> tuple[Instalment, ...]:
    """Return the instalments before October: as last February, or by slip in the first year of the deduction."""
    if february is not None:
        return tuple(Instalment(m, february, PENSION) for m in months[:3] if february)
    half = total * int(p.value("collection.pension_first_year_share", year)) // _MILLION
    early = [m for m in calendar.months if m < months[3]] or [calendar.months[0]]
    return split(half, early, calendar.unit)


def _objection(family: Family, total: int, year: int, p: Parameters) -> str:
    """Return why the law does not deduct the bill from the head's pension, nothing if it does."""
    inside, head = whole_year(year), next(m for m in family.members if m.head)
    low, high, least, share = (
        int(p.value(f"collection.pension_{name}", year)) for name in ("age_from", "age_to", "minimum", "bill_share")
    )
    insured = [m for m in family.members if m.spans]
    young = any(reached(m.born, low) > inside.first for m in insured)
    moves = any(span.within(inside) != inside for m in insured for span in m.spans)
    owed = total + (family.from_pension.care_premium if family.from_pension else 0)
    reasons = (
        (head not in insured, "the head is not insured by 国保"),
        (young, f"not all insured persons are {low} to {high - 1}"),
        (late_elderly_day(head.born, high) < inside.end, f"the head becomes {high} within the year"),
        (moves, "the household changes within the year"),
        (head.pension < least, f"the head's pension is below {least:,} yen a year"),
        (
            owed * _MILLION > head.pension * share,
            "国保 and long-term care premium together exceed half of the pension",
        ),
    )
    return next((reason for holds, reason in reasons if holds), "")
