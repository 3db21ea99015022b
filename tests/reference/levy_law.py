"""The levy a second time, slowly and plainly: written from the law by dates and months, not from the kernel.

Every month of the fiscal year is looked at by itself: who is insured, which portions he owes, what is waived. Amounts
are whole numbers of 1/240,000,000 yen, so that nothing is rounded before the end. The statutory numbers of R4 to R8 are
typed in again, on purpose.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

YEN = 240_000_000
MONTH = YEN // 12

FIVE = {2022: 285_000, 2023: 290_000, 2024: 295_000, 2025: 305_000, 2026: 310_000}
TWO = {2022: 520_000, 2023: 535_000, 2024: 545_000, 2025: 560_000, 2026: 570_000}


@dataclass
class Person:
    born: datetime.date
    months: frozenset[int] = frozenset()
    """insured months, 0 = April"""
    head: bool = False
    salary: int = 0
    pension: int = 0
    business: int = 0
    other: int = 0
    declared: bool = True
    lost_job: tuple[int, int] | None = None
    """year and month of the day after an involuntary separation before 65"""
    birth: tuple[int, int] | None = None
    multiple: bool = False
    dependant_since: tuple[int, int] | None = None
    late_elderly_since: tuple[int, int] | None = None
    """a former member, now in the late-elderly scheme"""
    present: frozenset[int] = frozenset(range(12))
    asset_tax: int = 0
    loss: int = 0
    casualty: int = 0
    gain_deduction: int = 0
    supports: bool = False
    family_pay: int = 0
    family_pay_given: int = 0


@dataclass
class PortionRates:
    income: int = 0
    asset: int = 0
    head: int = 0
    household: int = 0
    adult: int = 0
    cap: int = 0


@dataclass
class Result:
    bills: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    tenths: int = 0
    base: int = 0


def reached(born: datetime.date, age: int) -> datetime.date:
    """Return the day on which an age is reached: the eve of the birthday (年齢計算ニ関スル法律)."""
    try:
        birthday = born.replace(year=born.year + age)
    except ValueError:
        birthday = datetime.date(born.year + age, 3, 1)
    return birthday - datetime.timedelta(days=1)


def school_end(born: datetime.date, age: int) -> datetime.date:
    """Return the first 31 March on or after the day an age is reached."""
    day = reached(born, age)
    end = datetime.date(day.year, 3, 31)
    return end if day <= end else datetime.date(day.year + 1, 3, 31)


def employment_income(salary: int, year: int) -> int:
    """Return 給与所得 by the table of the National Tax Agency for the income of the year before `year`."""
    a = salary // 4_000 * 1_000
    smallest = 550_000 if year <= 2025 else 650_000
    if salary < smallest + 1_000:
        return 0
    if year <= 2025:
        if salary < 1_619_000:
            return salary - 550_000
        if salary < 1_620_000:
            return 1_069_000
        if salary < 1_622_000:
            return 1_070_000
        if salary < 1_624_000:
            return 1_072_000
        if salary < 1_628_000:
            return 1_074_000
        if salary < 1_800_000:
            return a * 24 // 10 + 100_000
    elif salary < 1_900_000:
        return salary - 650_000
    if salary < 3_600_000:
        return a * 28 // 10 - 80_000
    if salary < 6_600_000:
        return a * 32 // 10 - 440_000
    if salary < 8_500_000:
        return salary * 9 // 10 - 1_100_000
    return salary - 1_950_000


def child_adjustment(salary: int) -> int:
    """Return 所得金額調整控除 for children and disability, rounded up."""
    return -((min(salary, 10_000_000) - 8_500_000) // -10) if salary > 8_500_000 else 0


def pension_income(pension: int, elderly: bool, rest: int) -> int:
    """Return 公的年金等に係る雑所得 by the quick table: share of the pension less a fixed amount."""
    less = 0 if rest <= 10_000_000 else 100_000 if rest <= 20_000_000 else 200_000
    flat, flat_to = (1_100_000, 3_300_000) if elderly else (600_000, 1_300_000)
    if pension < flat_to:
        income = pension - (flat - less)
    elif pension < 4_100_000:
        income = pension * 75 // 100 - (275_000 - less)
    elif pension < 7_700_000:
        income = pension * 85 // 100 - (685_000 - less)
    elif pension < 10_000_000:
        income = pension * 95 // 100 - (1_455_000 - less)
    else:
        income = pension - (1_955_000 - less)
    return max(0, income) if pension else 0


def basic_deduction(total: int) -> int:
    if total <= 24_000_000:
        return 430_000
    if total <= 24_500_000:
        return 290_000
    return 150_000 if total <= 25_000_000 else 0


class Taxpayer:
    """One person's incomes of the calendar year before the fiscal year."""

    def __init__(self, p: Person, year: int) -> None:
        self.p, self.year = p, year
        self.elderly = reached(p.born, 65) <= datetime.date(year - 1, 12, 31)
        salary, pension, self.rest = (p.salary, p.pension, p.business + p.other) if p.declared else (0, 0, 0)
        self.salary, self.pension = salary, pension
        pay = employment_income(salary, year) - (child_adjustment(salary) if p.supports else 0)
        self.annuity = pension_income(pension, self.elderly, max(0, pay + self.rest) + p.gain_deduction)
        self.both = max(0, min(pay, 100_000) + min(self.annuity, 100_000) - 100_000) if pay and self.annuity else 0
        self.pay = pay - self.both
        self.measured = max(0, self.pay + self.annuity + self.rest) + p.gain_deduction

    def base(self, reduced: bool) -> int:
        """Return 旧ただし書き所得, with 30 % of the salary income if reduced."""
        pay = self.pay * 30 // 100 if reduced else self.pay
        total = max(0, max(0, pay + self.annuity + self.rest) - self.p.loss)
        return max(0, total - basic_deduction(self.measured))

    def judged(self, reduced: bool) -> int:
        """Return the income that counts for 7/5/2割軽減."""
        p = self.p
        pay = self.pay
        if p.family_pay:
            outside = self.salary - p.family_pay
            pay = employment_income(outside, self.year) - (child_adjustment(outside) if p.supports else 0) - self.both
            pay = max(0, pay)
        if reduced:
            pay = pay * 30 // 100
        pension = self.annuity - (min(self.annuity, 150_000) if self.elderly else 0)
        return max(0, pay + pension + self.rest + p.family_pay_given + p.gain_deduction - p.loss - p.casualty)

    def earner(self) -> bool:
        wage_bound = 550_000 if self.year <= 2025 else 650_000
        return self.salary - self.p.family_pay > wage_bound or self.pension > (1_250_000 if self.elderly else 600_000)


def month_number(year: int, month: int) -> int:
    return year * 12 + month - 1


def of_date(day: datetime.date) -> int:
    return month_number(day.year, day.month)


def job_months(p: Person, year: int) -> frozenset[int]:
    """Return the months with 30/100: from the day after the separation to the end of the next fiscal year."""
    if p.lost_job is None:
        return frozenset()
    y, m = p.lost_job
    fiscal = y if m >= 4 else y - 1
    first, stop = month_number(y, m), month_number(fiscal + 2, 4)
    return frozenset(k for k in range(12) if first <= month_number(year, 4) + k < stop)


def birth_months(p: Person, year: int) -> frozenset[int]:
    """Return the exempt months 産前産後, January 2024 at the earliest."""
    if p.birth is None:
        return frozenset()
    at = month_number(*p.birth)
    first = max(at - (3 if p.multiple else 1), month_number(2024, 1))
    return frozenset(k for k in range(12) if first <= month_number(year, 4) + k <= at + 2)


def levy(
    people: list[Person],
    former_since: tuple[int, int] | None,
    rates: list[PortionRates],
    unit: int,
    year: int,
    remission: int = 0,
) -> Result:
    """Return the household's four bills of a fiscal year. `former_since`: year and month of 特定世帯."""
    april = month_number(year, 4)
    out = Result()
    taxed = [Taxpayer(p, year) for p in people]
    jobless = [job_months(p, year) & p.months for p in people]
    any_month = sorted(set().union(*(p.months for p in people)))
    if not any_month:
        return out
    day = any_month[0]
    if former_since is None:
        formers = [frozenset() for _ in people]
    else:
        formers = [
            frozenset(
                k
                for k in p.present - p.months
                if p.late_elderly_since and month_number(*p.late_elderly_since) <= april + k
            )
            for p in people
        ]
    out.tenths = relief(people, taxed, jobless, formers, day, year)
    out.base = sum(t.base(bool(j)) for p, t, j in zip(people, taxed, jobless, strict=True) if p.months)
    for portion in range(4):
        if rates[portion].cap:
            out.bills[portion] = bill(
                portion,
                people,
                taxed,
                jobless,
                formers,
                former_since,
                rates[portion],
                unit,
                year,
                out.tenths,
                remission,
            )
    return out


def relief(
    people: list[Person],
    taxed: list[Taxpayer],
    jobless: list[frozenset[int]],
    formers: list[frozenset[int]],
    day: int,
    year: int,
) -> int:
    judged = earners = heads = 0
    for p, t, j, f in zip(people, taxed, jobless, formers, strict=True):
        counted = day in p.months or day in f
        if not (p.head or counted):
            continue
        if not p.declared and school_end(p.born, 18) < datetime.date(year, 4, 1):
            return 0
        judged += t.judged(bool(j))
        earners += t.earner()
        heads += counted
    bound = 430_000 + 100_000 * max(0, earners - 1)
    if judged <= bound:
        return 7
    if judged <= bound + FIVE[year] * heads:
        return 5
    return 2 if judged <= bound + TWO[year] * heads else 0


def bill(
    portion: int,
    people: list[Person],
    taxed: list[Taxpayer],
    jobless: list[frozenset[int]],
    formers: list[frozenset[int]],
    former_since: tuple[int, int] | None,
    r: PortionRates,
    unit: int,
    year: int,
    tenths: int,
    remission: int,
) -> int:
    april = month_number(year, 4)
    year_end = datetime.date(year + 1, 3, 31)
    amount = charged_months = 0
    for k in range(12):
        month = april + k
        members = [(p, t, j) for p, t, j in zip(people, taxed, jobless, strict=True) if k in p.months]
        everybody = [p for p, _, _ in members]
        if portion == 2:
            members = [x for x in members if of_date(reached(x[0].born, 40)) <= month < of_date(reached(x[0].born, 65))]
        if not members:
            continue
        charged_months += 1
        for p, t, j in members:
            minor = school_end(p.born, 18) >= year_end
            head = r.head * (10 - tenths) * (MONTH // 10)
            adult = 0 if minor else r.adult * (10 - tenths) * (MONTH // 10)
            if portion in (0, 1) and school_end(p.born, 6) >= year_end:
                head //= 2
            if portion == 3 and minor:
                head = 0
            income = t.base(k in j) * r.income * (MONTH // 1_000_000)
            asset = p.asset_tax * r.asset * (MONTH // 1_000_000)
            if k in birth_months(p, year):
                income = head = adult = 0
            elif dependant_for(p, month) >= 0:
                income = asset = 0
                if dependant_for(p, month) < 24 and tenths < 5:
                    head, adult = r.head * (MONTH // 2), 0 if minor else r.adult * (MONTH // 2)
            amount += income + asset + head + adult
        home = r.household * (10 - tenths) * (MONTH // 10)
        if any(formers):
            moved = [p.late_elderly_since for p, f in zip(people, formers, strict=True) if k in f]
            if portion != 2 and len(everybody) == 1 and moved:
                since = month - month_number(*max(m for m in moved if m))
                if 0 <= since < 60:
                    home //= 2
                elif 60 <= since < 96:
                    home = home // 4 * 3
        elif portion != 2 and tenths < 5 and all(0 <= dependant_for(p, month) < 24 for p in everybody):
            home = r.household * (MONTH // 2)
        amount += home
    yen = min(amount // YEN, r.cap * charged_months // 12)
    yen -= yen * remission // 1_000_000
    return yen // unit * unit


def dependant_for(p: Person, month: int) -> int:
    """Return the months since a person of 65 or more became a former dependant, -1 if not one."""
    if p.dependant_since is None:
        return -1
    since = month_number(*p.dependant_since)
    return month - since if since >= of_date(reached(p.born, 65)) and month >= since else -1
