"""What care takes of the tables, what it counts, its classes, and the scratch it works on."""

from __future__ import annotations

from typing import NamedTuple, Self

import numpy as np

from sim.core.ahead import NEAR, NEARBY
from sim.core.state import Read, Write
from sim.core.tally import Count, Months, Records, Tally, Yen


class People(NamedTuple):
    """Columns of the people."""

    pid: Read
    born: Read
    sex: Read
    residence: Read
    household: Read
    scheme: Read
    insured_months: Read
    present: Read
    leaving: Read
    gave_birth: Read
    declared: Read
    salary: Read
    business: Read
    pension: Read
    other_income: Read
    scheme_since: Read
    health: Write
    illness: Write
    cost: Write
    benefit: Write
    care_outpatient: Write


class Homes(NamedTuple):
    """Columns of the households; the persons of household i are the rows start[i] to start[i] + size[i] of people."""

    hid: Read
    start: Read
    size: Read
    head: Read
    place: Read
    base_income: Read
    relief_class: Read
    stage: Read
    care_class: Write
    care_months: Write
    care_paid: Write


UNDER = ("ア1", "ア2", "ア3", "イ1", "イ2", "イ3", "ウ1", "ウ2", "ウ3", "エ1", "エ2", "エ3", "オ")
"""Classes below 70, finest division (from August R9). Before, ア1-ア3 are one class ア, and so on."""
OLD = ("現役並みⅢ", "現役並みⅡ", "現役並みⅠ", "一般", "一般下", "低所得Ⅱ", "低所得Ⅰ")
"""Classes at 70-74; 一般下 is the lowest part of 一般, which differs in its annual ceiling only."""
CLASS_STEP = 16
"""Both classes of a household in one number: class below 70 + 16 x class at 70-74 (households.care_class)."""
UNKNOWN = -1
"""Class or payments that are not known: nobody of the household was insured last year."""

AGES = 75
"""Single ages 0-74: who turns 75 leaves 国保."""
GROUP_YEARS = 5
GROUPS = AGES // GROUP_YEARS
"""Five-year age groups 0-4 … 70-74."""
SEXES = ("male", "female")
NATIONALITIES = ("Japanese", "foreign")
LONG_FROM = 3
"""Months from which a hospital stay goes on or ends each month with a constant chance."""
ADMISSION_STEPS = 4
"""Steps of the need for care, for each of its standard deviations, by which hospital stays are bounded."""
ADMISSION_ZERO = 16
"""The step of a need of 0, half of all steps."""
BIN_STEPS = 32
BINS = 1024
"""Bins of the distributions: 32 for each doubling of the amount, the first for nothing."""
JOINT_STEPS = 4
JOINT_BINS = 129
"""Bins of cost in two years running: 4 for each doubling, the first for nothing."""


class PlaceSums(Tally):
    """By municipality; all but the last two are facts under the same name.

    high_cost_receipts  receipts whose own counter share passes the ceiling
    treated_months      insured months with any care, from which receipts are counted
    over_800k, _4200k   yen above the lines of expensive receipts, and receipts above them
    deaths, births      of the insured, and by insured mothers
    """

    cost: Yen
    benefit: Yen
    high_cost_benefit: Yen
    high_cost_cases: Count
    high_cost_receipts: Count
    elderly_benefit: Yen
    treated_months: Months
    over_800k: Yen
    over_800k_cases: Count
    over_4200k: Yen
    over_4200k_cases: Count
    deaths: Count
    births: Count


class AgeSums(Tally):
    """By municipality, five-year age and sex.

    months     insured months
    expected   cost expected from age, sex and nationality at the national cost of R4
    over_800k  the part of receipts above the line of high-cost care
    checkable  members of the ages of the health check insured all year; of them checked, due for guidance, guided
    """

    months: Months
    cost: Yen
    benefit: Yen
    inpatient: Yen
    drugs: Yen
    dental: Yen
    expected: Yen
    high_cost: Yen
    over_800k: Yen
    checkable: Count
    checked: Count
    due: Count
    guided: Count


class NationSums(Tally):
    """By nationality of the member and five-year age.

    receipts            months with outpatient care and months in hospital, a receipt each
    high_cost_receipts  receipts whose own counter share passes the ceiling
    high_cost           high-cost benefit
    """

    months: Months
    cost: Yen
    benefit: Yen
    receipts: Count
    high_cost_receipts: Count
    high_cost: Yen


class ClassSums(Tally):
    """By class of the high-cost benefit: cases, yen, insured months of the members in the class."""

    cases: Count
    amount: Yen
    months: Months


class BinSums(Tally):
    """By bin of cost: members (or months of members), and what they cost."""

    number: Count
    cost: Yen


class JointSums(Tally):
    """Members insured for two years running, by bin of cost of the first year and of this one."""

    members: Count


def _sums(places: int) -> dict[str, tuple[type[Tally], tuple[int, ...]]]:
    """Return name -> what is counted and its axes; classes are those below 70, then those at 70-74."""
    return {
        "places": (PlaceSums, (places,)),
        "ages": (AgeSums, (places, GROUPS, len(SEXES))),
        "nations": (NationSums, (len(NATIONALITIES), GROUPS)),
        "classes": (ClassSums, (len(UNDER) + len(OLD),)),
        "yearly": (BinSums, (BINS,)),
        "monthly": (BinSums, (BINS,)),
        "joint": (JointSums, (JOINT_BINS, JOINT_BINS)),
    }


def zeros(count: int, places: int) -> Records:
    """Return sums at zero, `count` records: small functions pass one on by its address."""
    fields = [(name, tally.dtype(), shape) for name, (tally, shape) in _sums(places).items()]
    return np.zeros(count, np.dtype(fields)).view(np.recarray)


class Totals(NamedTuple):
    """The sums of a year over all rows; rows count once each, whatever the weight of the sample.

    places   PlaceSums[places]
    ages     AgeSums[places, groups, sexes]
    nations  NationSums[nationalities, groups]
    classes  ClassSums[classes]: UNDER, then OLD
    yearly   BinSums[bins] of members, by their cost of the year
    monthly  BinSums[bins] of insured months, by their cost
    joint    JointSums[bins, bins]
    """

    places: PlaceSums
    ages: AgeSums
    nations: NationSums
    classes: ClassSums
    yearly: BinSums
    monthly: BinSums
    joint: JointSums

    @classmethod
    def of(cls, sums: Records) -> Self:
        """Return the merged sums."""
        return cls(
            places=PlaceSums.merged(sums["places"].copy()),
            ages=AgeSums.merged(sums["ages"].copy()),
            nations=NationSums.merged(sums["nations"].copy()),
            classes=ClassSums.merged(sums["classes"].copy()),
            yearly=BinSums.merged(sums["yearly"].copy()),
            monthly=BinSums.merged(sums["monthly"].copy()),
            joint=JointSums.merged(sums["joint"].copy()),
        )


_YEN = (
    "salary", "work", "pension", "routine", "surcharge", "expected", "carried", "benefit", "paid", "before", "after",
    "high_cost",
)  # fmt: skip
_MASKS = ("insured_months", "routine_months", "hospital_months", "elderly_months", "grant_months", "birth")
_INDICES = ("age", "group", "sex", "foreign")
_SMALL = ("preschool", "dies", "declared", "dialysis", "capped", "checked", "due", "guided")
MEMBER = np.dtype(
    [
        ("row", np.uint64),
        ("pid", np.int64),
        *((name, np.int32) for name in _YEN),
        *((name, np.int16) for name in _MASKS),
        *((name, np.uint8) for name in _INDICES),
        *((name, np.int8) for name in _SMALL),
    ],
    align=True,
)
"""One insured person of a household, as narrow as the columns are: a block of them stays in the processor's cache.

row, pid, age, sex  row in people and identity; age in October, and its group of five years
foreign             1 if not Japanese
..._months          masks: insured, with routine care, in hospital, at 70-74, and of the age of the elderly grant
preschool, dies     1 below school age; 1 who dies insured this year
birth               month of the last birth given, from April
declared            whether income is declared; salary, all earnings (work) and pension in yen, where anybody is 70-74
routine, surcharge  yen of a month with routine care and the drug surcharge in it
expected            yen of a year expected from age, sex and nationality
dialysis            1 with the ceiling of its own for dialysis
carried             own outpatient payments at 70-74 from August to March before, yen
benefit, paid       yen of benefit and of own payments; high_cost, of high-cost benefit
capped              receipts whose own counter share passes the ceiling
before, after       own outpatient payments at 70-74 from April to July and since August
checked, due, guided  1 who takes the health check, is due for guidance, finishes it
"""
HOUSEHOLD = np.dtype(
    [
        ("row", np.uint64),
        *((name, np.int64) for name in ("first", "members", "early", "late")),
        *((name, np.int64) for name in ("carried_class", "carried_months", "carried_paid", "elderly_months")),
        ("place", np.uint8),
    ],
    align=True,
)
"""One household with insured members.

row, place      row in households, municipality
first, members  first member and number of members
early, late     its classes from April to July and from August (both in one number, see CLASS_STEP)
carried_...     the accounts of the year before: classes, months with a benefit, payments since August
elderly_months  mask of the months in which a member is 70-74
"""
RECEIPT = np.dtype([(name, np.int64) for name in ("who", "elderly", "inpatient", "cost", "pay", "back")])
"""One receipt: person (any integer); 1 at 70-74; 1 for inpatient care; medical cost, counter share (窓口負担) and
benefit in yen."""
SLOTS = 8192
"""Most persons of a household. Households are done together as long as they have at most NEAR insured, so that a block
is drawn at once and stays in the processor's cache; a larger household is a block of its own."""
_RECEIPTS = 3
"""Most receipts of a person in a month: inpatient, main provider, other providers."""


def scratch() -> np.record:
    """Return the space one thread works in: households and members of a block, yen in hospital by member and month."""
    fields = [
        ("households", HOUSEHOLD, (NEAR + 1,)),
        ("rows", np.uint64, (SLOTS,)),
        ("members", MEMBER, (SLOTS,)),
        ("pids", np.int64, (SLOTS,)),
        *((draw, NEARBY) for draw in ("need", "visits", "checkup")),
        *((name, np.float64, (NEAR,)) for name in ("shock", "noise")),
        ("hospital", np.int64, (SLOTS, 12)),
        ("receipts", RECEIPT, (_RECEIPTS * SLOTS,)),
    ]
    return np.zeros(1, np.dtype(fields)).view(np.recarray)[0]


class Desk(NamedTuple):
    """What one thread works at: its space (scratch), and its sums over all the spans of rows it does."""

    scratch: np.record
    sums: np.record


class Desks:
    """Desks of threads, made as they are asked for: a span's own sums would be new memory for every span."""

    def __init__(self, places: int) -> None:
        self.places = places
        self.sums: list[Records] = []

    def __call__(self) -> Desk:
        """Return a new desk."""
        sums = zeros(1, self.places)
        self.sums.append(sums)
        return Desk(scratch(), sums[0])

    def totals(self) -> Totals:
        """Return the sums of all desks: whole numbers, the same however many threads there were."""
        return Totals.of(np.concatenate(self.sums).view(np.recarray))
