"""What the levy takes of the tables, what it is given besides, what it counts, and what it works with."""

from __future__ import annotations

from dataclasses import fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.core.state import Read, Write
from sim.core.tally import Count, Months, Records, Sum, Tally, Yen, extend, numbers, records
from sim.core.units import era
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import Rates
from sim.institutions.reliefs import RELIEFS
from sim.mechanisms.levy.reliefs import Members, YenMonths

_HIGHEST = 10_000_000
_RATES = tuple(f.name for f in fields(Rates))
TENTHS = (7, 5, 2)
"""The classes of 7/5/2割軽減 as they are counted, in the order of `levy.relief_shares`."""


class People(NamedTuple):
    """Columns of the people."""

    born: Read
    present: Read
    gave_birth: Read
    salary: Read
    pension: Read
    business: Read
    other_income: Read
    declared: Read
    income_drop: Read
    job_loss: Read
    scheme: Read
    scheme_since: Read
    insured_months: Read
    former_dependant: Read


class Homes(NamedTuple):
    """Columns of the households; the persons of household i are the rows start[i] to start[i] + size[i] of people."""

    hid: Read
    place: Read
    start: Read
    size: Read
    head: Read
    former_member: Read
    insured: Write
    insured_months: Write
    base_income: Write
    relief_class: Write
    bill_medical: Write
    bill_support: Write
    bill_care: Write
    bill_child: Write


class Given(NamedTuple):
    """What the tables do not hold and only the household calculator knows; of each one value for all, or one a row.

    remission    int64[households or 1], per 1,000,000 of the bill (条例減免)
    counted      int64[people or 1], 1 for who is counted in the relief test, -1 for who is not, 0 where months decide
    loss_judged  int64[people or 1], losses carried forward as they count in the relief test
    care_exempt  int64[people or 1], mask of the months without the care portion (介護保険の適用除外)
    asset_tax    int64[people or 1], fixed-asset tax; a run knows it where an asset part is levied (`levy.assets`)
    the rest     int64[people or 1], as in a family file (`sim.explanations.family`)
    """

    remission: NDArray[np.int64]
    asset_tax: NDArray[np.int64]
    loss: NDArray[np.int64]
    loss_judged: NDArray[np.int64]
    casualty: NDArray[np.int64]
    gain_deduction: NDArray[np.int64]
    supports: NDArray[np.int64]
    family_pay_received: NDArray[np.int64]
    family_pay_given: NDArray[np.int64]
    multiple_birth: NDArray[np.int64]
    counted: NDArray[np.int64]
    care_exempt: NDArray[np.int64]

    @classmethod
    def nothing(cls) -> Given:
        """Return zeros for everybody."""
        return cls(*(np.zeros(1, np.int64) for _ in cls._fields))


class Stages(Tally):
    """Stages of one portion: gross less reliefs, what is over the cap, and rounding is the bill.

    A further stage for each of `institutions.reliefs` has its name. capped_income: income charged below the cap.
    """

    gross_levy: Yen
    over_cap: Yen
    rounding: Yen
    bill: Yen
    capped_income: YenMonths


STAGES = extend(Stages, {relief.name: Yen for relief in RELIEFS})
"""The same with the reliefs."""


class House(Tally):
    """What the levy finds of one household.

    judged, earners, counted  income, earners and persons in the relief test
    undeclared                1 if an adult's income is not known
    relief                    position in relief_shares, -1 for none; tenths: taken off by 7/5/2割軽減
    at_date                   insured on 1 April, or on the day the household joined
    base_income               of the members; total_income, before the basic deduction, times insured months
    minors                    months of members before the end of the school year in which they turn 18
    months, care_months       with a member, with a member for the care portion
    half_months, quarter_months  with half and three quarters of the per-household levy (特定世帯, 特定継続世帯)
    dependant_months          with former dependants only
    """

    judged: Yen
    earners: Count
    counted: Count
    undeclared: Count
    relief: Count
    tenths: Count
    insured: Count
    at_date: Count
    base_income: Yen
    total_income: YenMonths
    minors: Months
    months: Months
    care_months: Months
    half_months: Months
    quarter_months: Months
    dependant_months: Months


class Found(Tally):
    """What the levy finds of one person, kept for whoever explains a bill; masks of months from `months` on."""

    pay: Yen
    annuity: Yen
    adjustment: Yen
    total: Yen
    base_income: Yen
    base_job_loss: Yen
    judged: Yen
    earner: Count
    months: Months
    care: Months
    job_loss: Months
    maternity: Months
    dependant: Months
    dependant_half: Months


class Places(Tally):
    """Sums by municipality."""

    households: Count
    base_income: YenMonths
    total_income: YenMonths
    capped: Count
    undeclared: Count


class Relieved(Tally):
    """Sums by municipality and 7/5/2割軽減."""

    households: Count
    persons: Count
    months: Months
    care_months: Months


class Work(NamedTuple):
    """What a year of levy counts and works with; the first axis is the span of rows.

    portions  int64[spans, places, 4, STAGES]
    places    Places[spans, places]
    classes   Relieved[spans, places, 3]
    cells     int64[spans, …], memory of the household at work: the next four are views of it
    stages    STAGES[spans, 4]
    amounts   int64[spans, 4, STAGES], the stages as numbers
    members   Members[spans, 2]: over all insured months, over the care months
    house     House[spans, 1]
    found     Found[spans, people or 0]
    kept_stages, kept_house  STAGES[spans, households or 0, 4], House[spans, households or 0]: of every household
    """

    portions: NDArray[np.int64]
    places: Records
    classes: Records
    cells: NDArray[np.int64]
    stages: Records
    amounts: NDArray[np.int64]
    members: Records
    house: Records
    found: Records
    kept_stages: Records
    kept_house: Records

    @classmethod
    def zeros(cls, spans: int, places: int, people: int = 0, households: int = 0) -> Work:
        """Return sums at zero; what is found is kept of so many people and households."""
        cells, (stages, members, house) = _views(spans, (STAGES, len(PORTIONS)), (Members, 2), (House, 1))
        return cls(
            portions=numbers(STAGES.zeros(spans, places, len(PORTIONS))),
            places=Places.zeros(spans, places),
            classes=Relieved.zeros(spans, places, len(TENTHS)),
            cells=cells,
            stages=stages,
            amounts=cells[:, : len(PORTIONS) * len(STAGES.fields())].reshape(spans, len(PORTIONS), -1),
            members=members,
            house=house,
            found=Found.zeros(spans, people),
            kept_stages=STAGES.zeros(spans, households, len(PORTIONS)),
            kept_house=House.zeros(spans, households),
        )


class Totals(NamedTuple):
    """The sums of a year over all spans of rows: Stages[places, 4], Places[places], Relieved[places, 3]."""

    portions: Stages
    places: Places
    classes: Relieved

    @classmethod
    def of(cls, work: Work, weight: int = 1) -> Totals:
        """Return the merged sums, each row standing for `weight`."""
        portions = STAGES(work.portions.sum(axis=0))
        return cls(portions * weight, Places.merged(work.places) * weight, Relieved.merged(work.classes) * weight)


def _views(spans: int, *kinds: tuple[type[Tally], int]) -> tuple[Sum, list[Records]]:
    """Return memory int64[spans, …], and views of it as records [spans, count] of each kind."""
    sizes = [len(kind.fields()) * count for kind, count in kinds]
    cells = np.zeros((spans, sum(sizes)), np.int64)
    ends = np.cumsum(sizes)
    parts = [cells[:, end - size : end] for size, end in zip(sizes, ends, strict=True)]
    return cells, [records(part.view(kind.dtype())) for part, (kind, _) in zip(parts, kinds, strict=True)]


def rate_records(*shape: int) -> Records:
    """Return rates at zero as the kernel takes them, records [shape]: those of `Rates`, and three of the ordinance.

    unit   yen a bill is cut to
    deduction  yen of income an ordinance leaves out for each child and year (`places.income_deductions`)
    whole  1 where 7/5/2割軽減 leaves whole yen of each amount per head (`levy.child_whole_yen`)
    """
    return np.zeros(shape, [(name, np.int64) for name in (*_RATES, "unit", "whole", "deduction")]).view(np.recarray)


def pack_rates(rates: Rates, unit: NDArray[np.int64], codes: list[int], year: int) -> Records:
    """Return the rates of a year, records [places, 4]; an impossible rate names municipality, portion and year."""
    result = rate_records(unit.size, len(PORTIONS))
    result["unit"] = unit[:, None]
    for name in _RATES:
        array = getattr(rates, name)
        if array.dtype != np.int64 or array.shape != result.shape:
            raise BalanceError(
                f"{name} of {era(year)} is {array.dtype}{list(array.shape)}; needs int64{list(result.shape)}"
            )
        result[name] = array
    values = numbers(result)
    wrong = np.argwhere((values < 0) | (values > _HIGHEST))
    if wrong.size:
        place, portion, position = wrong[0]
        name = (*_RATES, "unit")[position]
        raise BalanceError(
            f"{codes[place]} {era(year)}: {name} of the {PORTIONS[portion]} portion is "
            f"{values[place, portion, position]:,}; allowed 0-{_HIGHEST:,}"
        )
    return result
