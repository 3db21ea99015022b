"""The levy a second time, slowly and plainly: written from the law by days, apart from the kernel and its reader.

A household is a mapping as in a family file. Every month is looked at by itself on its last day, for a premium runs
from the month of joining to the month before that of leaving (月割, model ordinance art. 26): whoever is insured
on the last day of a month is charged for it. Amounts are whole numbers of 1/240,000,000 yen, so that nothing is rounded
before the end. The statutory numbers of R4 to R8 are typed in again, on purpose.

Articles: 地方税法703条の4 to 703条の5の2, 国民健康保険法施行令29条の7 and 29条の7の2, 所得税法28条, 35条,
年齢計算ニ関スル法律, 民法143条, 高齢者の医療の確保に関する法律50条, 52条.
"""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

YEN = 240_000_000
MONTH = YEN // 12
DAY = datetime.timedelta(days=1)
FAR = datetime.date(2200, 1, 1)

FIVE = {2022: 285_000, 2023: 290_000, 2024: 295_000, 2025: 305_000, 2026: 310_000}
TWO = {2022: 520_000, 2023: 535_000, 2024: 545_000, 2025: 560_000, 2026: 570_000}
MEDICAL, SUPPORT, CARE, CHILD = range(4)


class Rates(NamedTuple):
    """Rates of a portion; shares per 1,000,000."""

    income: int = 0
    asset: int = 0
    head: int = 0
    household: int = 0
    adult: int = 0
    cap: int = 0
    whole: bool = False
    """7/5/2割軽減 leaves whole yen per head"""

    def left(self, yen: int, tenths: int) -> int:
        """Return what a month of a per-head amount is after 7/5/2割軽減."""
        return yen * (10 - tenths) // 10 * MONTH if self.whole else yen * (10 - tenths) * (MONTH // 10)


class Ordinance(NamedTuple):
    """Rates of the four portions, yen a bill is cut to, part of it remitted per 1,000,000."""

    portions: tuple[Rates, ...]
    unit: int = 1
    remission: int = 0


class Bill(NamedTuple):
    """Yen by portion, and tenths taken off by 7/5/2割軽減 in the last duty of the year."""

    portions: tuple[int, ...]
    tenths: int


# days


def reached(born: datetime.date, age: int) -> datetime.date:
    """Return the day at whose end an age is full: the eve of the birthday, else the month's last (民法143条2項)."""
    y = born.year + age
    if born.day > calendar.monthrange(y, born.month)[1]:
        return datetime.date(y, born.month, calendar.monthrange(y, born.month)[1])
    return datetime.date(y, born.month, born.day) - DAY


def after_school_year(born: datetime.date, age: int) -> datetime.date:
    """Return the first 31 March on or after the day an age is reached."""
    day = reached(born, age)
    return datetime.date(day.year if (day.month, day.day) <= (3, 31) else day.year + 1, 3, 31)


def month_ends(year: int) -> list[datetime.date]:
    """Return the last days of the twelve months of a fiscal year."""
    months = [(year, m) for m in range(4, 13)] + [(year + 1, m) for m in range(1, 4)]
    return [datetime.date(y, m, calendar.monthrange(y, m)[1]) for y, m in months]


def first_day(value: Any) -> datetime.date:
    """Return the date, or the first day of the month "2025-10"."""
    return value if isinstance(value, datetime.date) else datetime.date.fromisoformat(f"{value}-01")


def number(day: datetime.date) -> int:
    """Return the number of the month of a date."""
    return day.year * 12 + day.month


class Person:
    """One member of the household in a fiscal year."""

    def __init__(self, row: Mapping[str, Any], year: int) -> None:
        self.row, self.year = row, year
        self.born: datetime.date = row["born"]
        self.late = reached(self.born, 75) + DAY
        self.opening = datetime.date(year, 4, 1)
        self.insured = self._insured()
        self.former = self._former()
        self.minor = after_school_year(self.born, 18) > self.opening
        self.infant = after_school_year(self.born, 6) > self.opening
        self.income = Income(self)
        self.exempt = self._childbirth()
        self.jobless = self._jobless()
        self.dependant_since = self._dependant()

    def yen(self, name: str) -> int:
        return int(self.row.get(name, 0))

    def _insured(self) -> list[tuple[datetime.date, datetime.date]]:
        """Return the days insured by 国保, first and day of leaving."""
        said = self.row.get("insured", True)
        if "insurance" in self.row or said is False or self.late <= self.opening:
            return []
        if said is True:
            return [(self.born, self.late)]
        spans = []
        for part in said if isinstance(said, list) else [said]:
            first = first_day(part.get("joined", part.get("from", self.born)))
            end = min(self.late, datetime.date(self.year + 1, 4, 1))
            if "left" in part:
                end = part["left"]
            elif "to" in part:
                end = _next_month(first_day(part["to"]))
                end = self.late if number(end) == number(self.late) else end  # to the eve of the birthday
            spans.append((max(first, self.born), end))
        return spans

    def _former(self) -> tuple[datetime.date, datetime.date] | None:
        """Return the days as 特定同一世帯所属者: lost 国保 to the late-elderly scheme and stayed in the household."""
        said = self.row.get("former_member")
        turned = any(end == self.late for _, end in self.insured) and self.late < datetime.date(self.year + 1, 4, 1)
        if said is False or (said is None and not turned):
            return None
        part = said if isinstance(said, Mapping) else {"from": said if said is not None else True}
        since = part.get("from", True)
        if since is not True:
            first = first_day(since)
            first = self.late if number(first) == number(self.late) else first
        else:
            first = self.late if turned or self.late <= self.opening else reached(self.born, 65)
        return first, first_day(part["to"]) if "to" in part else FAR

    def is_insured(self, day: datetime.date) -> bool:
        return any(first <= day < end for first, end in self.insured)

    def is_former(self, day: datetime.date) -> bool:
        return self.former is not None and self.former[0] <= day < self.former[1]

    def _childbirth(self) -> set[int]:
        """Return the exempt months, no earlier than January 2024 (産前産後)."""
        if "birth" not in self.row:
            return set()
        due = number(first_day(self.row["birth"]))
        months = range(due - (3 if self.row.get("multiple_birth") else 1), due + 3)
        return {m for m in months if m >= number(datetime.date(2024, 1, 1))}

    def _jobless(self) -> set[int]:
        """Return the months with 30/100: from the day after the separation to the end of the next fiscal year."""
        left = self.row.get("job_loss")
        if left is None or left >= reached(self.born, 65):
            return set()
        day = left + DAY
        fiscal = day.year if day.month >= 4 else day.year - 1
        return set(range(number(day), number(datetime.date(fiscal + 2, 3, 31)) + 1))

    def _dependant(self) -> int | None:
        """Return the month since when a former dependant of 65 or more (旧被扶養者)."""
        if "former_dependant" not in self.row:
            return None
        since = number(first_day(self.row["former_dependant"]))
        return since if since >= number(reached(self.born, 65)) else None

    def pays_care(self, day: datetime.date) -> bool:
        """Return whether of the ages of 第2号被保険者 on the last day of a month."""
        return reached(self.born, 40) <= day < reached(self.born, 65)


def _next_month(day: datetime.date) -> datetime.date:
    return datetime.date(day.year + day.month // 12, day.month % 12 + 1, 1)


# incomes of the calendar year before


def salary_income(salary: int, year: int) -> int:
    """Return 給与所得 by the table of the National Tax Agency for the income of the year before `year`."""
    a = salary // 4_000 * 1_000
    least = 550_000 if year <= 2025 else 650_000
    if salary < least + 1_000:
        return 0
    if year <= 2025:
        for to, income in ((1_619_000, salary - 550_000), (1_620_000, 1_069_000), (1_622_000, 1_070_000)):
            if salary < to:
                return income
        for to, income in ((1_624_000, 1_072_000), (1_628_000, 1_074_000), (1_800_000, a * 24 // 10 + 100_000)):
            if salary < to:
                return income
    elif salary < 1_900_000:
        return salary - 650_000
    if salary < 3_600_000:
        return a * 28 // 10 - 80_000
    if salary < 6_600_000:
        return a * 32 // 10 - 440_000
    return salary * 9 // 10 - 1_100_000 if salary < 8_500_000 else salary - 1_950_000


def pension_income(pension: int, elderly: bool, other: int) -> int:
    """Return 公的年金等に係る雑所得; other: 合計所得金額 besides the pension."""
    if pension == 0:
        return 0
    less = 0 if other <= 10_000_000 else 100_000 if other <= 20_000_000 else 200_000
    if pension < (3_300_000 if elderly else 1_300_000):
        income = pension - (1_100_000 if elderly else 600_000)
    elif pension < 4_100_000:
        income = pension * 75 // 100 - 275_000
    elif pension < 7_700_000:
        income = pension * 85 // 100 - 685_000
    elif pension < 10_000_000:
        income = pension * 95 // 100 - 1_455_000
    else:
        income = pension - 1_955_000
    return max(0, income + less)


def basic_deduction(total: int) -> int:
    """Return 基礎控除 of the resident tax."""
    return next(
        (d for to, d in ((24_000_000, 430_000), (24_500_000, 290_000), (25_000_000, 150_000)) if total <= to), 0
    )


class Income:
    """What a person had; of who has not declared nothing is known."""

    def __init__(self, p: Person) -> None:
        self.declared = p.row.get("declared", True)
        known = p.yen if self.declared else lambda _: 0
        self.year, self.supports = p.year, bool(p.row.get("child_or_disability"))
        self.salary, self.pension = known("salary"), known("pension")
        self.rest = known("business") + known("other")
        self.gains, self.loss, self.casualty = (
            known(name) for name in ("gain_deduction", "loss_carried_forward", "casualty_loss_carried_forward")
        )
        self.loss_judged = known("loss_in_relief_test") if "loss_in_relief_test" in p.row else self.loss
        self.pay_received, self.pay_given = known("family_pay_received"), known("family_pay_given")
        self.elderly = reached(p.born, 65) <= datetime.date(p.year - 1, 12, 31)
        pay = salary_income(self.salary, p.year) - self.for_children(self.salary)
        self.annuity = pension_income(self.pension, self.elderly, max(0, pay + self.rest) + self.gains)
        self.both = 0
        if pay > 0 and self.annuity > 0:
            self.both = max(0, min(pay, 100_000) + min(self.annuity, 100_000) - 100_000)
        self.measured = max(0, self.wage(False) + self.annuity + self.rest) + self.gains

    def for_children(self, salary: int) -> int:
        """Return 所得金額調整控除 for children and disability, rounded up."""
        if not self.supports or salary <= 8_500_000:
            return 0
        return -((min(salary, 10_000_000) - 8_500_000) // -10)

    def wage(self, reduced: bool, apart: int = 0) -> int:
        """Return 給与所得 after the adjustments, of the salary less `apart`; 30 % of it after a job loss."""
        salary = self.salary - apart
        wage = salary_income(salary, self.year)
        wage = wage * 30 // 100 if reduced else wage
        return max(0, wage - self.for_children(salary) - self.both)

    def base(self, reduced: bool) -> int:
        """Return 旧ただし書き所得."""
        total = max(0, self.wage(reduced) + self.annuity + self.rest)
        return max(0, max(0, total - self.loss) - basic_deduction(self.measured))

    def judged(self, reduced: bool) -> int:
        """Return the income that counts for 7/5/2割軽減."""
        pension = self.annuity - (min(self.annuity, 150_000) if self.elderly else 0)
        other = self.rest + self.pay_given + self.gains - self.loss_judged - self.casualty
        return max(0, self.wage(reduced, self.pay_received) + pension + other)

    def earner(self) -> bool:
        """Return whether one of 給与所得者等."""
        return self.salary - self.pay_received > 550_000 or self.pension > (1_250_000 if self.elderly else 600_000)


# the household


def duties(people: Sequence[Person], year: int) -> list[tuple[datetime.date, datetime.date]]:
    """Return first and last day of each stretch of days on which somebody of the household is insured."""
    opening = datetime.date(year, 4, 1)
    length = (datetime.date(year + 1, 4, 1) - opening).days
    days = 0
    for p in people:
        for first, end in p.insured:
            a, b = (min(max((day - opening).days, 0), length) for day in (first, end))
            days |= (1 << b) - (1 << a) if b > a else 0
    found = []
    start = 0
    while days >> start:
        start += ((days >> start) & -(days >> start)).bit_length() - 1
        run = ~(days >> start)
        stop = start + (run & -run).bit_length() - 1
        found.append((opening + start * DAY, opening + (stop - 1) * DAY))
        start = stop
    return found


def levy(members: Sequence[Mapping[str, Any]], ordinance: Ordinance, year: int) -> Bill:
    """Return a household's bill of a fiscal year."""
    people = [Person(row, year) for row in members]
    total, tenths = [0, 0, 0, 0], 0
    for first, last in duties(people, year):
        months = [(number(end), end) for end in month_ends(year) if first <= end <= last]
        if not months:  # come and gone within a month: nothing is charged
            continue
        tenths = relief(people, first, {m for m, _ in months}, year)
        for portion, rates in enumerate(ordinance.portions):
            if rates.cap:
                total[portion] += bill(portion, people, months, rates, ordinance, tenths)
    return Bill(tuple(total), tenths)


def relief(people: Sequence[Person], day: datetime.date, months: set[int], year: int) -> int:
    """Return the tenths of 7/5/2割軽減: whose income, how many persons on the day."""
    judged = earners = counted = 0
    for p in people:
        here = p.is_insured(day) or p.is_former(day)
        if not (here or p.row.get("head")):
            continue
        if not p.income.declared and after_school_year(p.born, 18) < datetime.date(year, 4, 1):
            return 0
        reduced = any(number(end) in months & p.jobless and p.is_insured(end) for end in month_ends(year))
        judged += p.income.judged(reduced)
        earners += p.income.earner()
        counted += here
    bound = 430_000 + 100_000 * max(0, earners - 1)
    for tenths, each in ((7, 0), (5, FIVE[year]), (2, TWO[year])):
        if judged <= bound + each * counted:
            return tenths
    return 0


def bill(
    portion: int,
    people: Sequence[Person],
    months: Sequence[tuple[int, datetime.date]],
    r: Rates,
    ordinance: Ordinance,
    tenths: int,
) -> int:
    """Return the yen of one portion for the months of a duty."""
    any_former = any(p.is_former(end) and not p.is_insured(end) for p in people for end in month_ends(people[0].year))
    amount = charged = 0
    for month, end in months:
        insured = [p for p in people if p.is_insured(end)]
        payers = [p for p in insured if portion != CARE or p.pays_care(end)]
        if not payers:
            continue
        charged += 1
        amount += sum(of_person(portion, p, month, r, tenths) for p in payers)
        movers = [number(p.former[0]) for p in people if p.former and p.is_former(end) and not p.is_insured(end)]
        alone = len(insured) == 1 and portion != CARE
        amount += r.household * (MONTH // 80) * of_home(movers, alone, month, tenths, any_former, insured, portion)
    yen = min(amount // YEN, r.cap * charged // 12)
    yen -= yen * ordinance.remission // 1_000_000
    return yen // ordinance.unit * ordinance.unit


def of_person(portion: int, p: Person, month: int, r: Rates, tenths: int) -> int:
    """Return what one person owes for a month."""
    if month in p.exempt:
        return p.yen("asset_tax") * r.asset * (MONTH // 1_000_000)
    adult = 0 if p.minor else r.adult
    head = r.left(r.head, tenths)
    if p.infant and portion in (MEDICAL, SUPPORT):
        head //= 2
    if p.minor and portion == CHILD:
        head = 0
    extra = r.left(adult, tenths)
    since = p.dependant_since
    if since is not None and month >= since:
        if month < since + 24 and tenths < 5:
            return r.left(r.head, 5) + r.left(adult, 5)
        return head + extra
    income = p.income.base(month in p.jobless) * r.income + p.yen("asset_tax") * r.asset
    return income * (MONTH // 1_000_000) + head + extra


def of_home(
    movers: Sequence[int],
    alone: bool,
    month: int,
    tenths: int,
    any_former: bool,
    insured: Sequence[Person],
    portion: int,
) -> int:
    """Return the eightieths of a month's per-household levy that are owed: 特定世帯, 特定継続世帯, 旧被扶養者, 軽減."""
    left = 8 * (10 - tenths)
    if movers and alone:
        passed = month - max(movers)
        return left // 2 if passed < 60 else left * 3 // 4 if passed < 96 else left
    half = not any_former and portion != CARE and tenths < 5
    if half and all(p.dependant_since is not None and 0 <= month - p.dependant_since < 24 for p in insured):
        return 40
    return left
