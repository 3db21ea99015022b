"""Random households, each a family file full of edges, billed by the calculator and by the plain law, to the yen.

    python -m tests.reference.twin --households 100000        # a year, R4 to R8 (make twin)

A household that differs is printed as it stands, so that it can be made a case of tests/cases.
"""

from __future__ import annotations

import argparse
import datetime
import random
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sim.core.units import era, fiscal_year
from sim.explanations.family import read_family
from sim.explanations.household import assess_many
from sim.explanations.known_rates import find
from sim.explanations.members import Family
from sim.explanations.place_rates import PlaceRates
from sim.institutions.memory import PORTIONS
from sim.parameters import Parameters
from tests.reference.levy_law import Bill, Ordinance, Rates, levy

YEARS = (2022, 2023, 2024, 2025, 2026)
TARIFFS = 60
AT_ONCE = 5_000
DAY = datetime.timedelta(days=1)
AGES = (0, 6, 7, 18, 19, 40, 65, 75)
LEAP_YEARS = (1948, 1952, 1956, 1960, 1964, 1984, 1988, 2004, 2008, 2020)
BOUNDS = (
    *(550_000, 600_000, 650_000, 1_250_000, 1_624_000, 1_900_000, 3_300_000, 3_600_000, 4_100_000),
    *(6_600_000, 7_700_000, 8_500_000, 10_000_000, 20_000_000, 25_950_000),
)
Row = dict[str, Any]


class Household(NamedTuple):
    """A household of the twin: which number, the mapping of a family file, which tariff."""

    number: int
    raw: dict[str, Any]
    tariff: int


def days_of(year: int) -> tuple[datetime.date, datetime.date]:
    """Return first and last day of a fiscal year."""
    return datetime.date(year, 4, 1), datetime.date(year + 1, 3, 31)


def month(day: datetime.date) -> str:
    return f"{day:%Y-%m}"


class Maker:
    """Makes the households of a fiscal year, the same for the same seed and number."""

    def __init__(self, year: int, seed: int) -> None:
        self.year, self.seed = year, seed
        self.opening, self.closing = days_of(year)
        self.ordinances = [self._rates(random.Random(f"{seed}/{year}/tariff {k}")) for k in range(TARIFFS)]

    def households(self, first: int, count: int) -> Iterator[Household]:
        for number in range(first, first + count):
            yield self._household(number)

    def _household(self, number: int) -> Household:
        g = random.Random(f"{self.seed}/{self.year}/{number}")
        size = g.choices((1, 2, 3, 4, 5), (40, 30, 15, 10, 5))[0]
        members = [self._member(g, k) for k in range(size)]
        g.choice(members)["head"] = True
        if g.random() < 0.05:  # everybody leaves in June, some come back
            self._leave_together(g, members)
        raw: dict[str, Any] = {"members": members}
        if g.random() < 0.05:
            raw["remission"] = f"{g.randrange(0, 101)}%"
        return Household(number, raw, g.randrange(TARIFFS))

    def _member(self, g: random.Random, k: int) -> Row:
        born = self._born(g)
        late = _birthday(born, 75)
        row: Row = {"name": f"member {k}", "born": born}
        if late <= self.opening:
            self._elder(g, row, late)
        elif born <= _birthday(self.opening, -65) and g.random() < 0.06:
            row |= {"insurance": "late_elderly"}
            self._say_former(g, row, _birthday(born, 65) + 40 * DAY)
        elif g.random() < 0.15:
            row["insurance"] = g.choice(("employee", "guild", "dependant"))
        else:
            self._insured(g, row, born, late)
        self._incomes(g, row, (self.opening - born).days // 365)
        self._circumstances(g, row, born)
        return row

    def _born(self, g: random.Random) -> datetime.date:
        """Return a day of birth: often near an age that matters on a day that matters, or 29 February."""
        kind = g.random()
        if kind < 0.08:
            return datetime.date(g.choice(LEAP_YEARS), 2, 29)
        if kind < 0.45:
            near = _birthday(self.opening, -g.choice(AGES)) + g.randrange(-30, 396) * DAY
            if g.random() < 0.4:
                near = near.replace(day=1)
            if g.random() < 0.2:
                near = near.replace(month=g.choice((1, 4)), day=g.choice((1, 2)))
            return min(near, self.closing)
        return self.opening - g.randrange(0, 95 * 365) * DAY

    def _elder(self, g: random.Random, row: Row, late: datetime.date) -> None:
        if g.random() < 0.5:
            row["insurance"] = "late_elderly"
            if g.random() < 0.8:
                self._say_former(g, row, late)

    def _say_former(self, g: random.Random, row: Row, earliest: datetime.date) -> None:
        """Say when the person became a former member: unsaid, by month, by day, or with an end."""
        kind = g.random()
        span = max(1, (self.closing - earliest).days)
        since = min(earliest + g.randrange(span) * DAY, self.closing)
        if kind < 0.35:
            row["former_member"] = True
        elif kind < 0.6:
            row["former_member"] = month(since)
        elif kind < 0.8:
            row["former_member"] = since
        else:
            end = max(self.opening + g.randrange(-20, 365) * DAY, since + 40 * DAY)
            row["former_member"] = {"from": month(since), "to": end}

    def _insured(self, g: random.Random, row: Row, born: datetime.date, late: datetime.date) -> None:
        """Say when the person is insured: always, never, by months, by days, or with a return."""
        first, last = max(born, self.opening), min(late - DAY, self.closing)
        kind, length = g.random(), (last - first).days
        if kind < 0.62 or length < 70:
            return
        a, b, c, d = sorted(first + g.randrange(length) * DAY for _ in range(4))
        if kind < 0.68:
            row["insured"] = False
        elif kind < 0.76:
            row["insured"] = {"from": month(a), "to": month(d)} if d <= _month_before(last) else {"from": month(b)}
        elif kind < 0.82:
            row["insured"] = {"joined": b}
        elif kind < 0.88:
            row["insured"] = {"left": b + DAY}
        elif kind < 0.94:
            row["insured"] = {"joined": b, "left": c + DAY}
        elif b < c:
            row["insured"] = [{"left": a + DAY}, {"joined": b + DAY, "left": c + DAY}, {"joined": d + DAY}]
            if not a < b < c < d:
                row["insured"] = [{"left": b}, {"joined": c}] if first < b else {"joined": c}
        if late <= self.closing and g.random() < 0.2:
            row["former_member"] = False

    def _leave_together(self, g: random.Random, members: Sequence[Row]) -> None:
        """Let the insured leave on one day of June; most come back on days of their own, from the same day on."""
        gone = datetime.date(self.year, 6, 1) + g.randrange(30) * DAY
        for row in members:
            plain = "insurance" not in row and "insured" not in row and row["born"] < self.opening
            if not plain or _birthday(row["born"], 75) <= self.closing:
                continue
            back = gone + g.randrange(0, 200) * DAY
            row["insured"] = [{"left": gone}, {"joined": back}] if g.random() < 0.8 else {"left": gone}

    def _incomes(self, g: random.Random, row: Row, age: int) -> None:
        def some(chance: float, name: str, yen: int) -> None:
            if g.random() < chance:
                row[name] = yen

        some(0.55 if age < 75 else 0.1, "salary", _amount(g))
        some(0.8 if age >= 60 else 0.05, "pension", _amount(g))
        some(0.25, "business", g.randrange(-3_000_000, 9_000_000))
        some(0.08, "other", 10 ** g.randrange(3, 9))
        some(0.07, "declared", False)  # type: ignore[arg-type]
        some(0.06, "loss_carried_forward", g.randrange(3_000_000))
        if "loss_carried_forward" in row and g.random() < 0.5:
            row["loss_in_relief_test"] = g.randrange(row["loss_carried_forward"] + 1)
        some(0.05, "casualty_loss_carried_forward", g.randrange(3_000_000))
        some(0.06, "gain_deduction", g.choice((g.randrange(30_000_000), 10_000_000, 20_000_001)))
        some(0.05, "family_pay_given", g.randrange(2_000_000))
        if row.get("salary") and g.random() < 0.08:
            row["family_pay_received"] = row["salary"] * g.randrange(101) // 100

    def _circumstances(self, g: random.Random, row: Row, born: datetime.date) -> None:
        if g.random() < 0.3:
            row["child_or_disability"] = True
        if g.random() < 0.1:
            row["asset_tax"] = g.randrange(500_000)
        if g.random() < 0.12:
            row["job_loss"] = self.opening + g.randrange(-900, 365) * DAY
        elif g.random() < 0.05:
            row["job_loss"] = _birthday(born, 65) + g.randrange(-3, 2) * DAY
        if "job_loss" in row and not datetime.date(1900, 1, 1) <= row["job_loss"] <= datetime.date(2100, 1, 1):
            del row["job_loss"]
        if g.random() < 0.12:
            row["birth"] = month(self.opening + g.randrange(-250, 430) * DAY)
            if g.random() < 0.2:
                row["multiple_birth"] = True
        if born < _birthday(self.opening, -63) and g.random() < 0.15:
            row["former_dependant"] = month(self.opening + g.randrange(-1_300, 360) * DAY)

    def _rates(self, g: random.Random) -> Ordinance:
        """Return rates: two, three and four methods, odd yen, the childcare portion from R8."""
        odd, home, asset = g.random() < 0.3, g.random() < 0.6, g.random() < 0.2
        portions = [
            Rates(
                income=g.randrange(2_000, 120_000),
                asset=g.randrange(300_000) if asset else 0,
                head=g.randrange(100, 600) * 100 + (g.randrange(100) if odd else 0),
                household=g.randrange(30_000) if home else 0,
                adult=g.randrange(400) if k == 3 else 0,
                cap=g.randrange(3, 80) * 10_000,
                whole=k == 3 and odd,
            )
            for k in range(4)
        ]
        if self.year < 2026:
            portions[3] = Rates()
        return Ordinance(tuple(portions), g.choice((1, 1, 10, 100)))


def _birthday(day: datetime.date, years: int) -> datetime.date:
    """Return the day so many years later; 1 March for 29 February of another year."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return datetime.date(day.year + years, 3, 1)


def _month_before(day: datetime.date) -> datetime.date:
    return day.replace(day=1) - DAY


def _amount(g: random.Random) -> int:
    """Return an amount near a bound of the schedules, or far from them."""
    if g.random() < 0.3:
        return max(0, g.choice(BOUNDS) + g.randrange(-6_000, 6_001))
    return int(g.lognormvariate(14.3, 1.0))


def tariff_of(ordinance: Ordinance, p: Parameters, year: int) -> PlaceRates:
    """Return the rates as the calculator takes them, by the lines of a family file."""

    def lines(r: Rates) -> dict[str, Any]:
        shares = {"income_part": r.income, "asset_part": r.asset}
        yen = {"per_head": r.head, "per_household": r.household, "per_adult": r.adult, "cap": r.cap}
        return {name: f"{share // 10_000}.{share % 10_000:04d}%" for name, share in shares.items()} | yen

    given = {name: lines(r) for name, r in zip(PORTIONS, ordinance.portions, strict=True)}
    tariff = find(p, "anywhere", year, {**given, "rounding": ordinance.unit})
    tariff.table["whole"] = [r.whole for r in ordinance.portions]
    return tariff


def billed(households: Sequence[Household], tariffs: Sequence[PlaceRates], year: int, p: Parameters) -> list[Bill]:
    """Return what the calculator bills."""
    age = p.value("levy.late_elderly_age", year)
    families: list[Family] = [read_family(h.raw, f"household {h.number}", year, age) for h in households]
    found = assess_many(families, [tariffs[h.tariff] for h in households], year, p)
    return [Bill(tuple(b), int(t)) for b, t in zip(found.portions.tolist(), found.relief, strict=True)]


def expected(h: Household, ordinance: Ordinance, year: int) -> Bill:
    """Return what the plain law bills."""
    remission = int(str(h.raw.get("remission", "0%"))[:-1]) * 10_000
    return levy(h.raw["members"], ordinance._replace(remission=remission), year)


def differences(count: int, year: int, seed: int) -> list[str]:
    """Bill `count` random households both ways; return a text for each that differs."""
    p, maker = Parameters.load(), Maker(year, seed)
    tariffs = [tariff_of(ordinance, p, year) for ordinance in maker.ordinances]
    wrong = []
    for first in range(0, count, AT_ONCE):
        households = list(maker.households(first, min(AT_ONCE, count - first)))
        for h, found in zip(households, billed(households, tariffs, year, p), strict=True):
            ordinance = maker.ordinances[h.tariff]
            right = expected(h, ordinance, year)
            if found != right:
                wrong.append(_told(h, ordinance, year, seed, found, right))
    return wrong


def _told(h: Household, ordinance: Ordinance, year: int, seed: int, found: Bill, right: Bill) -> str:
    rows = "\n".join(f"  - {_plain(row)}" for row in h.raw["members"])
    return (
        f"household {h.number} of {era(year)}, seed {seed}: calculator {found}, law {right}\n"
        f"  remission {h.raw.get('remission')}, {ordinance}\n{rows}"
    )


def _plain(row: Mapping[str, Any]) -> str:
    return str({k: str(v) if isinstance(v, datetime.date) else v for k, v in row.items()})


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare and print; 1 if any household differs."""
    parser = argparse.ArgumentParser(prog="python -m tests.reference.twin", description=__doc__.split("\n")[0])
    parser.add_argument("--households", type=int, default=1_000, help="households a year")
    parser.add_argument("--years", default=",".join(era(y) for y in YEARS), help="for example R4,R8")
    parser.add_argument("--seed", type=int, default=7)
    chosen = parser.parse_args(arguments)
    failed = 0
    for text in chosen.years.split(","):
        year, begun = fiscal_year(text), time.monotonic()
        wrong = differences(chosen.households, year, chosen.seed)
        failed += len(wrong)
        print(f"{era(year)}: {chosen.households:,} households, {len(wrong)} differ ({time.monotonic() - begun:.0f} s)")
        print("\n".join(wrong[:3]), end="\n" if wrong else "", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
