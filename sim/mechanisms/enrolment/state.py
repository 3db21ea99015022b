"""What enrolment takes of the tables, what it counts, and the causes of joining and leaving 国保."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from sim.core.ahead import NEAR, nothing_drawn
from sim.core.kernel import scratch, spans
from sim.core.state import Read, Write
from sim.core.tally import Count, Months, Records, Tally, records

AGES = 76
"""Tables by single age hold the ages 0-75."""


class People(NamedTuple):
    """Columns of the people in their year of work and insurance."""

    pid: Read
    household: Read
    born: Read
    sex: Read
    residence: Read
    arrived: Read
    relation: Read
    present: Read
    leaving: Read
    work: Write
    firm_size: Write
    ability: Write
    salary: Write
    pension: Write
    business: Write
    other_income: Read
    declared: Write
    income_drop: Write
    job_loss: Write
    scheme: Write
    scheme_since: Write
    insured_months: Write
    former_dependant: Write


class Homes(NamedTuple):
    """Columns of the households; the persons of household i are the rows start[i] to start[i] + size[i] of people."""

    hid: Read
    place: Read
    start: Read
    size: Read
    head: Read
    former_member: Write


class Earners(NamedTuple):
    """Columns of the people whose incomes move to the next calendar year."""

    pid: Read
    household: Read
    born: Read
    sex: Read
    residence: Read
    leaving: Read
    scheme: Read
    scheme_since: Read
    work: Write
    ability: Write
    salary: Write
    pension: Write
    business: Write
    other_income: Write
    declared: Write


class Addresses(NamedTuple):
    """Where the households of the earners live."""

    place: Read


class Cause(IntEnum):
    """Why somebody joins or leaves 国保 (加入・脱退の事由)."""

    BIRTH = 0
    ARRIVAL = 1
    ARRIVAL_ABROAD = 2
    DEATH = 3
    DEPARTURE = 4
    DEPARTURE_ABROAD = 5
    AGE75 = 6
    DISABILITY = 7
    EMPLOYEE = 8
    DEPENDANT = 9
    VOLUNTARY = 10
    GUILD = 11
    ASSISTANCE = 12
    COVERAGE_EXPANSION = 13


CAUSES = tuple(cause.name.lower() for cause in Cause)


class DependantAs(IntEnum):
    """Positions of `enrolment.take_up_dependant`."""

    SPOUSE = 0
    CHILD = 1
    ADULT_CHILD = 2
    PARENT = 3


class Members(Tally):
    """Members of the March before who are still on the register, by municipality."""

    opening: Count


class Flows(Tally):
    """Members who join and leave from April (against March) to March, by municipality and cause.

    turned  members in March who leave the register at its end: they leave in the year after
    """

    joined: Count
    left: Count
    turned: Count


class Facts(Tally):
    """What the year leaves in memory, by municipality; the names are those of `institutions.memory`."""

    members_start: Count
    members_end: Count
    households_end: Count
    household_months: Months
    member_months: Months
    adult_months: Months
    care_months: Months
    care_household_months: Months
    elderly_months: Months
    preschool_months: Months
    foreign_months: Months


SLOT = np.dtype(
    [("row", np.uint64)]
    + [
        (name, np.int64)
        for name in (
            "age",
            "known",
            "now",
            "before",
            "first",
            "stop",
            "turns75",
            "month",
            "target",
            "work_to",
            "covered",
            "mask",
        )
    ]
)
"""What the year of a person is followed with; a household has a slot for each of its persons.

row          of people, unsigned: an index that may be negative takes longer
age          on 31 March before the year
known        1 for those insured before the year; the others are new on the register
now, before  scheme in the month lived, and in the month before; below 0 for household.UNKNOWN and FOLLOWER
first, stop  first month on the register and the month after the last one, April = 0
turns75      month of the 75th birthday, April of this year = 0
month        of the year's own event of work and insurance, target its scheme and work_to its work; 12 = none
covered      1 if that event is the coverage expansion
mask         months insured by 国保
"""


SEEN = np.dtype([("first", np.int64), ("last", np.int64), ("found", np.uint64, NEAR + 1)])
"""What a first look at the persons in the rows first <= row < last has found, counted up to each row (calm.count_of).
The difference between two rows is what is found between them."""


class Span(NamedTuple):
    """What a span of households has of its own: the slots of the household at work, and sums.

    slots    SLOT[spans, persons of the largest household]
    members  Members[spans, places]
    flows    Flows[spans, places, causes]
    event    uniforms of the event of the year of the persons at work; home, of public assistance of the households
    seen     SEEN[spans], the persons looked at beforehand
    """

    slots: Records
    members: Records
    flows: Records
    event: Records
    home: Records
    seen: Records

    @classmethod
    def zeros(cls, rows: int, places: int, widest: int) -> Span:
        """Return empty slots and sums at zero for the spans of so many households."""
        return cls(
            slots=records(scratch(rows, (widest,), SLOT)),
            members=Members.zeros(spans(rows), places),
            flows=Flows.zeros(spans(rows), places, len(Cause)),
            event=nothing_drawn(spans(rows)),
            home=nothing_drawn(spans(rows)),
            seen=records(np.zeros(spans(rows), SEEN)),
        )


class Way(IntEnum):
    """What becomes of the incomes of a person.

    NONE       nothing: children, and those who leave the register
    RAISED     the pay of an employee moves, and that is all
    IDLE       no work, no pay, no pension
    PENSIONER  no work and no pay; the pension is indexed
    FREE       works without employee insurance: ability and the noise of both years are drawn
    OTHER      everybody else: pay that begins or ends, work beside a pension, a first pension
    """

    NONE = 0
    RAISED = 1
    IDLE = 2
    PENSIONER = 3
    FREE = 4
    OTHER = 5


BLOCK = 512
"""neighbours listed at a time"""
LISTED = np.dtype(
    [("count", np.int64, len(Way)), ("row", np.uint64, (len(Way), BLOCK)), ("asked", np.int64)]
    + [("asking", np.uint64, BLOCK), ("pid", np.int64, BLOCK)]
    + [(name, np.float64, BLOCK) for name in ("u", "pay", "noise", "noise_before")]
)
"""The people of a block, listed.

count, row     how many go each way, and their rows
asked, asking  how many have other income or may begin to, and their rows
pid            ids of a list
u              uniforms of a list
pay, noise, noise_before  standard normal draws of those who work without employee insurance
"""


def lists(rows: int) -> Records:
    """Return room for the lists of each span of rows."""
    return scratch(rows, (), LISTED).view(np.recarray)
