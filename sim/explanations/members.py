"""A family and its members, as the household calculator knows them: days, incomes, circumstances."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from typing import TypeVar

from sim.core.units import ALL_MONTHS
from sim.explanations.days import Span, duties, month_of, months_within, reached, whole_year
from sim.population.codes import Scheme

T = TypeVar("T")


def _but(thing: T, **changes: object) -> T:
    """Return a copy that differs in some fields: `dataclasses.replace` in a quarter of the time."""
    other = copy(thing)
    other.__dict__.update(changes)
    return other


@dataclass(frozen=True)
class Member:
    """One person of the family; months are indices since January 1900, amounts yen of the income year."""

    name: str
    head: bool
    born: datetime.date
    spans: tuple[Span, ...]
    """days insured, from the day of joining to the day of leaving"""
    scheme: Scheme
    months: int = 0
    """mask of the months charged in a duty to pay"""
    counted: bool = False
    """insured, or a former member, on the day of the relief test"""
    present: int = ALL_MONTHS
    """mask of the months in the household"""
    salary: int = 0
    pension: int = 0
    business: int = 0
    other: int = 0
    declared: bool = True
    job_loss: int = 0
    birth: int = 0
    multiple_birth: bool = False
    former_dependant: int = 0
    former: Span | None = None
    """days as a former member (特定同一世帯所属者)"""
    asset_tax: int = 0
    loss_carried_forward: int = 0
    loss_in_relief_test: int = 0
    casualty_loss_carried_forward: int = 0
    gain_deduction: int = 0
    family_pay_received: int = 0
    family_pay_given: int = 0
    child_or_disability: bool = False
    care_exempt: int = 0
    """mask of the months in a facility outside long-term care insurance (介護保険の適用除外施設)"""

    @property
    def legal_month(self) -> int:
        """Month in which the years of age are reached: the day before the birthday (年齢計算ニ関スル法律)."""
        return month_of(reached(self.born, 0))

    def in_duty(self, duty: Span, year: int) -> Member:
        """Return the member with the months charged in a duty to pay, and whether counted on its first day."""
        inside = any(span.holds(duty.first) for span in (*self.spans, *([self.former] if self.former else [])))
        months = months_within(self.spans, duty, year)
        present = months | self.former.months(year) if self.former else ALL_MONTHS
        return _but(self, months=months, counted=inside, present=present)

    @property
    def former_member(self) -> int:
        """Month of the move to the late-elderly scheme, 0 if no former member."""
        return month_of(self.former.first) if self.former else 0


@dataclass(frozen=True)
class FromPension:
    """What a deduction from the head's pension (特別徴収) rests on, yen: care premium a year, last February's."""

    care_premium: int = 0
    february: int | None = None


@dataclass(frozen=True)
class Family:
    """A family in one fiscal year, with what its file says of place, rates and remission."""

    members: tuple[Member, ...]
    municipality: str | int | None = None
    rates: Mapping[str, object] = field(default_factory=dict)
    remission: int = 0
    reported: int = 0
    """month in which changes within the year were reported, if later than they happened"""
    from_pension: FromPension | None = None
    notes: tuple[str, ...] = ()
    """what was taken for granted in reading the file"""
    duty: Span | None = None
    """the days of this duty to pay, where the year has several"""

    def by_duty(self, year: int, anew: bool = True) -> list[Family]:
        """Return the family once for each duty to pay of a fiscal year, with the months charged and who is counted.

        anew  a family whose last member left and that joins again later has a duty of its own (`levy.duty_anew`)

        Without an insured member there is one duty, in which nobody is charged.
        """
        found = duties((span for m in self.members for span in m.spans), year) or [whole_year(year)]
        if not anew:
            found = [Span(found[0].first, found[-1].end)]
        several = len(found) > 1
        return [
            _but(self, members=tuple(m.in_duty(duty, year) for m in self.members), duty=duty if several else None)
            for duty in found
        ]
