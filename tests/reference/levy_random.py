"""Random households for the levy, full of edges: as columns for the kernel and as persons for the plain law."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core.kernel import spans, spread
from sim.core.state import written
from sim.core.units import april, mask_between
from sim.mechanisms.levy.law import rounding_units, rules
from sim.mechanisms.levy.state import Given, Homes, People, Totals, Work, rate_records
from sim.mechanisms.levy.year import bill_households
from sim.parameters import Parameters
from sim.population.codes import Scheme
from sim.population.columns import HOUSEHOLDS, PEOPLE
from tests.reference.levy_law import Person, PortionRates

PLACES = 62
_DTYPES = {c.name: c.dtype for c in (*PEOPLE, *HOUSEHOLDS)}
_EDGES = np.array([0, 7, 18, 40, 65, 75])


class RandomHouseholds:
    """`count` households of 1 to 5 persons in a fiscal year, the same for the same seed."""

    def __init__(self, count: int, year: int, seed: int) -> None:
        g = np.random.default_rng([seed, year])
        self.year, self.opening = year, april(year)
        self.sizes = g.choice([1, 2, 3, 4, 5], count, p=[0.45, 0.25, 0.15, 0.1, 0.05])
        n = int(self.sizes.sum())
        self.start = np.concatenate(([0], np.cumsum(self.sizes)[:-1]))
        self.place = g.integers(0, PLACES, count)
        self.head = self.start + (g.random(count) * self.sizes).astype(int)
        self.former = np.where(g.random(count) < 0.25, self.opening - g.integers(-11, 110, count), 0)
        self.remission = np.where(g.random(count) < 0.05, g.integers(0, 1_000_001, count), 0)
        self._persons(g, n)
        self.rates = _rates(g, year)

    def _persons(self, g: np.random.Generator, n: int) -> None:
        opening = self.opening
        months = g.integers(0, 95 * 12, n)
        near = _EDGES[g.integers(0, _EDGES.size, n)] * 12 + g.integers(-14, 15, n)
        age_months = np.where(g.random(n) < 0.4, near, months)
        age_months = np.maximum(age_months, -11)
        self.born = opening - age_months
        self.day = np.where(g.random(n) < 0.15, 1, g.integers(2, 28, n))
        late_from = self.born + 75 * 12
        kind = g.random(n)
        first = np.where(kind < 0.75, opening, opening + g.integers(0, 12, n))
        stop = np.where(kind < 0.9, opening + 12, opening + g.integers(0, 13, n))
        mask = np.array(
            [
                mask_between(max(a, b), min(c, d), opening)
                for a, b, c, d in zip(first, self.born, stop, late_from, strict=True)
            ]
        )
        self.mask = np.where(g.random(n) < 0.7, mask, 0)
        self.late = (late_from < opening + 12) & (g.random(n) < 0.7)
        self.late_since = np.where(self.late, late_from, 0)
        self.present = np.where(g.random(n) < 0.8, 0xFFF, g.integers(0, 0x1000, n)) | self.mask
        self.salary = _amount(g, n, 0.6)
        self.pension = np.where(age_months > 59 * 12, _amount(g, n, 0.8), _amount(g, n, 0.03))
        self.business = np.where(g.random(n) < 0.2, g.integers(-3_000_000, 9_000_000, n), 0)
        self.other = np.where(g.random(n) < 0.08, 10 ** g.integers(3, 9, n), 0)
        self.declared = g.random(n) < 0.93
        self.lost = np.where((g.random(n) < 0.12) & (age_months > 216), opening - g.integers(-12, 30, n), 0)
        self.lost = np.where(self.lost > self.born - (self.day == 1) + 65 * 12, 0, self.lost)
        self.birth = np.where(g.random(n) < 0.12, opening - g.integers(-13, 8, n), 0)
        self.dependant = np.where((age_months > 64 * 12) & (g.random(n) < 0.2), opening - g.integers(-11, 40, n), 0)
        zero = np.zeros(n, np.int64)
        asset_tax = np.where(g.random(n) < 0.1, g.integers(0, 500_000, n), 0)
        loss = np.where(g.random(n) < 0.05, g.integers(0, 3_000_000, n), 0)
        casualty = np.where(g.random(n) < 0.05, g.integers(0, 3_000_000, n), 0)
        gain_deduction = np.where(g.random(n) < 0.03, g.integers(0, 30_000_000, n), 0)
        supports = g.random(n) < 0.3
        received = self.salary * g.integers(0, 101, n) // 100
        family_pay_received = np.where(g.random(n) < 0.05, received, 0)
        family_pay_given = np.where(g.random(n) < 0.05, g.integers(0, 2_000_000, n), 0)
        multiple_birth = g.random(n) < 0.2
        self.extra = {
            "asset_tax": asset_tax,
            "loss": loss,
            "loss_judged": loss,
            "counted": zero,
            "casualty": casualty,
            "gain_deduction": gain_deduction,
            "supports": supports + zero,
            "family_pay_received": family_pay_received,
            "family_pay_given": family_pay_given,
            "multiple_birth": multiple_birth + zero,
        }

    def billed(self, p: Parameters) -> tuple[Homes, Totals]:
        """Return what the kernel bills."""
        received = np.where(self.declared, self.extra["family_pay_received"], 0)
        extra = self.extra | {"family_pay_received": received}
        people = {
            "born": self.born - (self.day == 1),
            "present": self.present,
            "gave_birth": self.birth,
            "salary": self.salary,
            "pension": self.pension,
            "business": self.business,
            "other_income": self.other,
            "declared": self.declared,
            "income_drop": np.zeros(self.born.size),
            "job_loss": self.lost,
            "scheme": np.where(self.late, Scheme.LATE_ELDERLY, Scheme.KOKUHO),
            "scheme_since": self.late_since,
            "insured_months": self.mask,
            "former_dependant": self.dependant,
        }
        homes = {
            "hid": np.arange(self.place.size),
            "place": self.place,
            "start": self.start,
            "size": self.sizes,
            "head": self.head,
            "former_member": self.former,
        }
        rates = self.rates.copy()
        rates["unit"] = rounding_units(p)[:, None]
        n = self.place.size
        billed = Homes(
            **{name: _locked(name, a) for name, a in homes.items()},
            **{name: np.zeros(n, _DTYPES[name]) for name in written(Homes)},
        )
        work = Work.zeros(spans(n), PLACES)
        spread(
            bill_households,
            n,
            billed,
            People(**{name: _locked(name, a) for name, a in people.items()}),
            Given(remission=self.remission, **extra),
            rules(p, self.year, rates),
            each=work,
        )
        return billed, Totals.of(work)

    def family(self, h: int) -> tuple[list[Person], tuple[int, int] | None, list[PortionRates]]:
        """Return household h as the plain law reads it: persons, month of 特定世帯, rates."""
        people = [self._person(i, i == self.head[h]) for i in range(self.start[h], self.start[h] + self.sizes[h])]
        rates = [
            PortionRates(
                income=int(r.income_part),
                asset=int(r.asset_part),
                head=int(r.per_head),
                household=int(r.per_household),
                adult=int(r.per_adult),
                cap=int(r.cap),
            )
            for r in self.rates[self.place[h]]
        ]
        return people, _date(self.former[h]), rates

    def _person(self, i: int, head: bool) -> Person:
        y, m = divmod(int(self.born[i]), 12)
        x = {name: int(values[i]) for name, values in self.extra.items()}
        return Person(
            born=datetime.date(1900 + y, m + 1, int(self.day[i])),
            months=_set(self.mask[i]),
            head=head,
            salary=int(self.salary[i]),
            pension=int(self.pension[i]),
            business=int(self.business[i]),
            other=int(self.other[i]),
            declared=bool(self.declared[i]),
            lost_job=_date(self.lost[i]),
            birth=_date(self.birth[i]),
            multiple=bool(x["multiple_birth"]),
            dependant_since=_date(self.dependant[i]),
            late_elderly_since=_date(self.late_since[i]),
            present=_set(self.present[i]),
            asset_tax=x["asset_tax"],
            loss=x["loss"],
            casualty=x["casualty"],
            gain_deduction=x["gain_deduction"],
            supports=bool(x["supports"]),
            family_pay=x["family_pay_received"] if self.declared[i] else 0,
            family_pay_given=x["family_pay_given"],
        )


def _locked(name: str, values: NDArray) -> NDArray:
    array = np.ascontiguousarray(values).astype(_DTYPES[name])
    array.flags.writeable = False
    return array


def _date(month: int) -> tuple[int, int] | None:
    return (1900 + int(month) // 12, int(month) % 12 + 1) if month else None


def _set(mask: int) -> frozenset[int]:
    return frozenset(k for k in range(12) if int(mask) >> k & 1)


def _amount(g: np.random.Generator, n: int, share: float) -> NDArray[np.int64]:
    """Return amounts near every bound of the schedules, and far from them."""
    bounds = np.array(
        [
            550_000,
            650_000,
            1_250_000,
            1_624_000,
            1_900_000,
            3_300_000,
            3_600_000,
            4_100_000,
            6_600_000,
            7_700_000,
            8_500_000,
            10_000_000,
            25_950_000,
        ]
    )
    near = bounds[g.integers(0, bounds.size, n)] + g.integers(-6_000, 6_001, n)
    plain = np.exp(g.normal(14.3, 1.0, n)).astype(np.int64)
    return np.where(g.random(n) < share, np.where(g.random(n) < 0.3, near, plain), 0)


def _rates(g: np.random.Generator, year: int) -> NDArray[Any]:
    """Return rates of 62 places: two, three and four methods, odd yen, the childcare portion from R8."""
    r = rate_records(PLACES, 4)
    r["income_part"] = g.integers(2_000, 120_000, (PLACES, 4))
    r["asset_part"][::5] = g.integers(0, 300_000, (len(r[::5]), 4))
    r["per_head"] = g.integers(100, 600, (PLACES, 4)) * 100
    r["per_head"][::3] += g.integers(0, 100, (len(r[::3]), 4))
    r["per_household"][::2] = g.integers(0, 30_000, (len(r[::2]), 4))
    r["per_adult"][:, 3] = g.integers(0, 400, PLACES)
    r["cap"] = g.integers(3, 80, (PLACES, 4)) * 10_000
    if year < 2026:
        r[:, 3] = np.zeros(1, r.dtype)
    return r
