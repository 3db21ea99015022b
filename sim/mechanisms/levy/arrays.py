"""What the levy kernel reads and writes, as named tuples of arrays, and the names of its scratch positions."""

from __future__ import annotations

from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]


class Level(IntEnum):
    """Stages of one portion of one household, yen: GROSS minus all up to ROUNDING is BILL."""

    GROSS = 0
    JOB_LOSS = 1
    FORMER_MEMBER = 2
    RELIEF = 3
    PRESCHOOL = 4
    YOUTH = 5
    WAIVER = 6
    MATERNITY = 7
    FORMER_DEPENDANT = 8
    OVER_CAP = 9
    REMISSION = 10
    ROUNDING = 11
    BILL = 12
    CAPPED_INCOME = 13
    """yen-months of income charged below the cap; no stage of the bill"""


class Sum(IntEnum):
    """Sums by municipality beside the stages: persons, households, person-months, yen-months."""

    HOUSEHOLDS = 0
    BASE_INCOME = 1
    CAPPED = 2
    RELIEVED_HOUSEHOLDS = 3
    RELIEVED_PERSONS = 6
    RELIEVED_MONTHS = 9
    RELIEVED_CARE_MONTHS = 12
    UNDECLARED = 15


class Verdict(IntEnum):
    """The relief test and the months of one household."""

    JUDGED = 0
    EARNERS = 1
    COUNTED = 2
    UNDECLARED = 3
    RELIEF = 4
    INSURED = 5
    AT_DATE = 6
    BASE = 7
    MONTHS = 8
    CARE_MONTHS = 9
    HALF_MONTHS = 10
    QUARTER_MONTHS = 11
    DEPENDANT_MONTHS = 12


class Rate(IntEnum):
    """Rates of one portion, as in `institutions.rates`; UNIT is the yen a bill is cut to."""

    INCOME_PART = 0
    ASSET_PART = 1
    PER_HEAD = 2
    PER_HOUSEHOLD = 3
    PER_ADULT = 4
    CAP = 5
    UNIT = 6


class Tally(IntEnum):
    """Sums over the members of one household, over all insured months and over the care months."""

    INCOME = 0
    """yen-months of base income"""
    JOB_LOSS = 1
    """yen-months left out after an involuntary job loss"""
    MATERNITY = 2
    """yen-months exempt for childbirth"""
    DEPENDANT = 3
    """yen-months waived for former dependants"""
    ASSET = 4
    """yen-months of fixed-asset tax"""
    ASSET_DEPENDANT = 5
    HEADS = 6
    """person-months"""
    ADULTS = 7
    PRESCHOOL = 8
    YOUTH = 9
    MINORS = 10
    MATERNITY_PERCENT = 11
    """person-months x percent of the per-head levy left after a child's half"""
    MATERNITY_HEADS = 12
    MATERNITY_ADULTS = 13
    DEPENDANT_HEADS = 14


class Extra(IntEnum):
    """What only the household calculator knows of a person."""

    ASSET_TAX = 0
    LOSS = 1
    CASUALTY = 2
    GAIN_DEDUCTION = 3
    SUPPORTS = 4
    FAMILY_PAY_RECEIVED = 5
    FAMILY_PAY_GIVEN = 6
    MULTIPLE_BIRTH = 7


class Trace(IntEnum):
    """What the kernel found for one person."""

    PAY = 0
    ANNUITY = 1
    ADJUSTMENT = 2
    TOTAL = 3
    BASE = 4
    BASE_JOB_LOSS = 5
    JUDGED = 6
    EARNER = 7
    MONTHS = 8
    CARE = 9
    JOB_LOSS = 10
    MATERNITY = 11
    FORMER_DEPENDANT = 12
    FORMER_DEPENDANT_HALF = 13


LEVELS, SUMS, VERDICTS, TALLIES, EXTRAS, TRACES = len(Level), 16, len(Verdict), len(Tally), len(Extra), len(Trace)


class Persons(NamedTuple):
    """Columns of the people (see `population.columns`); `extra` int64[n or 1, Extra], one row of zeros serves all."""

    born: Array
    present: Array
    gave_birth: Array
    salary: Array
    pension: Array
    business: Array
    other_income: Array
    declared: Array
    job_loss: Array
    scheme: Array
    scheme_since: Array
    insured_months: Array
    former_dependant: Array
    extra: Array


class Homes(NamedTuple):
    """Columns of the households; `remission` int64[n or 1], per 1,000,000 of the bill (条例減免)."""

    place: Array
    start: Array
    size: Array
    head: Array
    former_member: Array
    remission: Array


class Bills(NamedTuple):
    """Columns the levy writes, one row per household."""

    insured: Array
    insured_months: Array
    base_income: Array
    relief_class: Array
    medical: Array
    support: Array
    care: Array
    child: Array


class Work(NamedTuple):
    """Sums and scratch of the kernel, which allocates nothing itself.

    sums     int64[chunks, places, 4 * LEVELS + SUMS]
    acc      int64[chunks, 2, TALLIES]
    levels   int64[chunks, 4, LEVELS]
    verdict  int64[chunks, VERDICTS]
    trace    int64[people or 0, TRACES]
    """

    sums: Array
    acc: Array
    levels: Array
    verdict: Array
    trace: Array

    @classmethod
    def fresh(cls, chunks: int, places: int, traced: int = 0) -> Work:
        """Return zeroed scratch; `traced` is the number of persons to keep a trace of."""
        return cls(
            sums=np.zeros((chunks, places, 4 * LEVELS + SUMS), np.int64),
            acc=np.zeros((chunks, 2, TALLIES), np.int64),
            levels=np.zeros((chunks, 4, LEVELS), np.int64),
            verdict=np.zeros((chunks, VERDICTS), np.int64),
            trace=np.zeros((traced, TRACES), np.int64),
        )
