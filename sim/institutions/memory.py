"""What the institutions know about a year: sums by municipality, the language between mechanisms.

Every entry is int64[places], in whole persons, months or yen, already multiplied by the sample
weight. A mechanism writes the entries it owns once a year; institutions read past years only,
through what was published by then.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.institutions import portions
from sim.institutions.control import Control, Facts, Whole, at_most, estimate
from sim.institutions.reliefs import BY_NAME, RELIEFS, TENTHS, Relief

T = TypeVar("T")


@dataclass(frozen=True)
class Fact:
    name: str
    unit: str
    meaning: str
    owner: str

    @property
    def of_people(self) -> bool:
        """Whether it is counted among people and households; else it is what institutions made of such counts."""
        return self.owner not in ("rates", "finance") or self.unit == "persons"


PORTIONS = portions.PORTIONS


def _by_portion(name: str, unit: str, meaning: str, owner: str) -> tuple[Fact, ...]:
    return tuple(Fact(f"{name}_{p}", unit, f"{meaning}, {p} portion", owner) for p in PORTIONS)


def _of_relief(relief: Relief) -> tuple[Fact, ...]:
    """Return the fact of all portions, and those by portion of a relief that is refunded."""
    if not relief.refunded:
        return (Fact(relief.fact, "yen", relief.meaning, "levy"),)
    whole = Fact(relief.fact, "yen", f"{relief.meaning}, all portions", "levy")
    return (whole, *_by_portion(relief.fact, "yen", relief.meaning, "levy"))


FACTS: tuple[Fact, ...] = (
    Fact("residents", "persons", "residents on 1 April", "demography"),
    Fact("residents_end", "persons", "residents on 31 March", "demography"),
    Fact("residents_foreign", "persons", "foreign residents on 1 April", "demography"),
    Fact("births", "persons", "births", "demography"),
    Fact("deaths", "persons", "deaths", "demography"),
    Fact("births_foreign", "persons", "births of foreign residents", "demography"),
    Fact("arrivals", "persons", "arrivals from other prefectures and from abroad", "demography"),
    Fact("departures", "persons", "departures to other prefectures and abroad", "demography"),
    Fact("residents_end_foreign", "persons", "foreign residents on 31 March", "demography"),
    Fact("moves_in", "persons", "moves from other municipalities of the prefecture on 1 April", "demography"),
    Fact("moves_out", "persons", "moves to other municipalities of the prefecture on 1 April", "demography"),
    Fact(
        "refused", "persons", "persons who leave Japan because their stay is not renewed (在留更新不許可)", "demography"
    ),
    Fact("members_start", "persons", "insured in April", "enrolment"),
    Fact("members_end", "persons", "insured in March (年度末)", "enrolment"),
    Fact("households_end", "households", "households with a member insured in March", "enrolment"),
    Fact("household_months", "household-months", "household-months with an insured member", "enrolment"),
    Fact("member_months", "person-months", "insured months (12 x 年度平均)", "enrolment"),
    Fact(
        "adult_months", "person-months", "insured months of those past the March after their 18th birthday", "enrolment"
    ),
    Fact("care_months", "person-months", "insured months at ages 40-64", "enrolment"),
    Fact("care_household_months", "household-months", "household-months with a member aged 40-64", "enrolment"),
    Fact("elderly_months", "person-months", "insured months at ages 65-74", "enrolment"),
    Fact("preschool_months", "person-months", "insured months before school age", "enrolment"),
    Fact("foreign_months", "person-months", "insured months of foreign residents", "enrolment"),
    Fact("cost", "yen", "medical cost of the insured", "cost"),
    Fact("benefit", "yen", "benefits paid by 国保, high-cost benefit included (保険給付費)", "cost"),
    Fact("high_cost_benefit", "yen", "high-cost benefit (高額療養費)", "cost"),
    Fact("high_cost_cases", "cases", "months with a high-cost benefit, each outpatient of 70-74 apart", "cost"),
    Fact("high_cost_receipts", "receipts", "receipts whose own counter share passes the ceiling (現物給付)", "cost"),
    Fact("elderly_benefit", "yen", "benefits of those aged 65-74", "cost"),
    Fact("treated_months", "person-months", "insured months with any care", "cost"),
    Fact("standard_cost", "yen", "cost the insured would have at national means by age (for the index x_i)", "cost"),
    Fact("over_800k", "yen", "part of receipts above 800,000 yen", "cost"),
    Fact("over_800k_cases", "receipts", "receipts above 800,000 yen", "cost"),
    Fact("over_4200k", "yen", "part of receipts above 4,200,000 yen", "cost"),
    Fact("over_4200k_cases", "receipts", "receipts above 4,200,000 yen", "cost"),
    Fact("birth_grant", "yen", "birth lump sums (出産育児一時金)", "cost"),
    Fact("funeral_grant", "yen", "funeral grants (葬祭費)", "cost"),
    Fact("checkable", "persons", "insured all year at the ages of the health check (特定健診対象者)", "cost"),
    Fact("checkups", "persons", "of them, those who take the health check (特定健診受診者)", "cost"),
    Fact("guidances", "persons", "of them, those who finish guidance (特定保健指導終了者)", "cost"),
    Fact(
        "programme_cost",
        "yen",
        "health checks and guidance, and other programmes beyond their reach of R4 (特定健診等・保健事業の上積み)",
        "cost",
    ),
    Fact("third_party_recovered", "yen", "paid back by third parties beyond R4 (第三者納付金の増)", "cost"),
    Fact("assisted_months", "person-months", "months of those on public assistance in March (生活保護)", "cost"),
    Fact("assistance_cost", "yen", "cost of their care, outside 国保 (医療扶助)", "cost"),
    Fact("bill_households", "households", "households with a bill", "levy"),
    Fact("base_income", "yen", "旧ただし書き所得 of members weighted by insured months / 12", "levy"),
    Fact("total_income", "yen", "総所得金額等 of members, before the basic deduction, weighted likewise", "levy"),
    Fact(
        "asset_tax",
        "yen",
        "fixed-asset tax of members weighted by insured months / 12, where an asset part is levied",
        "levy",
    ),
    Fact("asset_tax_care", "yen", "the same of members aged 40-64 on 1 April", "levy"),
    *_by_portion("capped_income", "yen", "income below the cap (限度額控除後所得)", "levy"),
    *_by_portion("bill", "yen", "billed (調定額, current year)", "levy"),
    *_by_portion("relief", "yen", BY_NAME["relief"].meaning, "levy"),
    *_by_portion("gross_levy", "yen", "levy before reliefs and cap", "levy"),
    *_by_portion("over_cap", "yen", "cut off by the cap", "levy"),
    *_by_portion("rounding", "yen", "cut off by rounding", "levy"),
    *(fact for relief in RELIEFS if relief.name != "relief" for fact in _of_relief(relief)),
    Fact("relieved_7", "persons", "insured in 7割軽減 households on 1 April or the day of joining", "levy"),
    Fact("relieved_5", "persons", "insured in 5割軽減 households on 1 April or the day of joining", "levy"),
    Fact("relieved_2", "persons", "insured in 2割軽減 households on 1 April or the day of joining", "levy"),
    *(Fact(f"relieved_months_{n}", "person-months", f"insured months in {n}割軽減 households", "levy") for n in TENTHS),
    *(
        Fact(f"relieved_care_months_{n}", "person-months", f"care months in {n}割軽減 households", "levy")
        for n in TENTHS
    ),
    Fact("undeclared_households", "households", "without relief because an adult's income is not declared", "levy"),
    Fact("relieved_households_7", "households", "households with 7割軽減", "levy"),
    Fact("relieved_households_5", "households", "households with 5割軽減", "levy"),
    Fact("relieved_households_2", "households", "households with 2割軽減", "levy"),
    Fact("capped_households", "households", "households at the cap of the medical portion", "levy"),
    Fact("collected", "yen", "collected on the current year's bill by the end of May", "payment"),
    Fact("bill_unknown_address", "yen", "billed to persons of unknown whereabouts (居所不明者分)", "payment"),
    Fact("unpaid", "yen", "unpaid of the current year's bill", "payment"),
    Fact("arrears_opening", "yen", "carried-over claims at the start of the year (滞納繰越 調定)", "payment"),
    Fact("arrears_collected", "yen", "collected on carried-over claims", "payment"),
    Fact("arrears_written_off", "yen", "written off (不納欠損)", "payment"),
    Fact("arrears_closing", "yen", "claims carried into the next year, this year's unpaid included", "payment"),
    Fact("arrears_households", "households", "insured households with arrears at the end of May", "payment"),
    Fact("seizures", "households", "households with a seizure (差押)", "payment"),
    Fact("delinquency_charges", "yen", "delinquency charges paid (延滞金), beside the claims", "payment"),
    Fact("collection_cost", "yen", "cost of the collection drive", "payment"),
    Fact("members_october", "persons", "insured in October", "rates"),
    Fact("elderly_october", "persons", "insured in October aged 65-74", "rates"),
    Fact("care_october", "persons", "insured in October aged 40-64", "rates"),
    Fact(
        "late_elderly_october",
        "persons",
        "insured of the medical care for the late elderly in October (後期高齢者医療)",
        "rates",
    ),
    Fact("turning_75", "persons", "of those insured in October, who turn 75 within a year", "rates"),
    Fact("turning_65", "persons", "of those insured in October, who turn 65 within a year", "rates"),
    Fact("turning_40", "persons", "of those insured in October, who turn 40 within a year", "rates"),
    Fact("contribution", "yen", "contribution to the metropolis (納付金), all portions", "rates"),
    *_by_portion("contribution", "yen", "contribution", "rates"),
    *_by_portion("needed", "yen", "標準保険料率の算定に必要な保険料総額 e_i", "rates"),
    Fact("easing", "yen", "easing of the contribution (激変緩和)", "rates"),
    Fact("budgeted_transfer", "yen", "法定外繰入 to cover deficits that the rates adopted for the year leave", "rates"),
    Fact("rates_below_standard", "yen", "what rates below the standard ones leave uncollected by the budget", "rates"),
    Fact("discretionary_transfer", "yen", "法定外繰入 to cover deficits (決算補填等目的)", "finance"),
    Fact(
        "transfer_relief",
        "yen",
        "of it, to ease the burden of premiums (保険料の負担緩和)",
        "finance",
    ),
    Fact("transfer_accumulated", "yen", "of it, against the deficit of the year before (累積赤字補填)", "finance"),
    Fact("other_discretionary", "yen", "法定外繰入 for other purposes (決算補填等以外)", "finance"),
    Fact("legal_transfer", "yen", "transfers by law from the general account", "finance"),
    Fact("fund", "yen", "reserve fund at the end of the year", "finance"),
    Fact("settlement", "yen", "balance of the special account before the discretionary transfer", "finance"),
    Fact("single_year_balance", "yen", "単年度収支差: without carry-overs, fund, loans and their repayment", "finance"),
)
_KNOWN = {f.name: f for f in FACTS}


OF_PEOPLE = tuple(f.name for f in FACTS if f.of_people)
"""the facts a sample can only estimate"""
_ESTIMATED = frozenset(OF_PEOPLE)
_YEARS = "years"
"""in place of a fact: which years anything is known of"""
_BILLS = tuple(f"bill_{p}" for p in PORTIONS)
_WHOLES = {
    **dict.fromkeys(("demography",), ("residents",)),
    **dict.fromkeys(("enrolment", "cost", "levy", "payment", "rates"), ("member_months",)),
    **dict.fromkeys(("unpaid", "bill_unknown_address"), _BILLS),
    **dict.fromkeys(("arrears_collected", "arrears_written_off"), ("arrears_opening",)),
}
"""what a fact, or all of an owner, are part of (`institutions.control`)"""
_BY_PORTION = {r.fact: tuple(f"{r.fact}_{p}" for p in PORTIONS) for r in RELIEFS if r.refunded and r.name != "relief"}


@dataclass
class Memory:
    """Facts of all simulated years: memory.get(2024, "collected") -> int64[places].

    What was put is what the rows of this run add up to. In a sample with control totals (`control`) everybody is told
    what it says of all residents instead: `get` gives that, `own` the sum of the rows.
    """

    places: int
    years: Facts = field(default_factory=dict)
    control: Control | None = None

    def __deepcopy__(self, same: dict[int, object]) -> Memory:
        """Return a memory that knows the same; facts themselves are never written to."""
        return Memory(self.places, {year: dict(facts) for year, facts in self.years.items()}, self.control)

    def put(self, year: int, name: str, value: NDArray[np.int64]) -> None:
        """Remember a fact. An undeclared name, another shape or dtype is a defect."""
        if name not in _KNOWN:
            raise BalanceError(f"fact '{name}' is not declared in institutions/memory.py")
        array = np.asarray(value)
        if array.dtype != np.int64 or array.shape != (self.places,):
            raise BalanceError(f"fact {name} {year}: needs int64[{self.places}], got {array.dtype}{list(array.shape)}")
        if year not in self.years:
            self.years[year] = {}
            self._forget(_YEARS)
        self.years[year][name] = array.copy()
        self._forget((year, name))

    def get(self, year: int, name: str) -> NDArray[np.int64]:
        """Return a fact of a year; KeyError names year and fact when it is not known."""
        control = self.control
        if control is None or name not in _ESTIMATED or not control.covers(year):
            return self.own(year, name)
        return self.worked_out((year, name, "told"), lambda: self._of_everybody(control, year, name))

    def worked_out(self, what: Hashable, make: Callable[[], T]) -> T:
        """Return what `make` makes of facts, made once as long as none of the facts it asked for is put.

        what   name of the result, with everything else it depends on
        """
        results = self._results
        if what not in results:
            self._asked.append(set())
            try:
                results[what] = make()
            finally:
                asked = self._asked.pop()
            for fact in asked:
                self._resting.setdefault(fact, set()).add(what)
        if self._asked:
            self._asked[-1].add(what)
        return cast(T, results[what])

    def _forget(self, fact: Hashable) -> None:
        """Drop what was worked out of a fact, and what was worked out of that."""
        for what in self._resting.pop(fact, ()):
            self._results.pop(what, None)
            self._forget(what)

    @functools.cached_property
    def _results(self) -> dict[Hashable, object]:
        """What was worked out, by name; no part of the state of a run."""
        return {}

    @functools.cached_property
    def _resting(self) -> dict[Hashable, set[Hashable]]:
        """A fact, or what was worked out -> the names of what was worked out of it."""
        return {}

    @functools.cached_property
    def _asked(self) -> list[set[Hashable]]:
        """The facts asked for so far, for each of the results that are being worked out, one within the other."""
        return []

    def own(self, year: int, name: str) -> NDArray[np.int64]:
        """Return what the rows of this run add up to, each standing for N, whatever control totals say."""
        if self._asked:
            self._asked[-1].add((year, name))
        try:
            return self.years[year][name]
        except KeyError:
            raise KeyError(f"{name} of {year} is not known") from None

    def or_zero(self, year: int, name: str) -> NDArray[np.int64]:
        """Return a fact of a year, zeros where no mechanism wrote it."""
        return self.get(year, name) if self.knows(year, name) else np.zeros(self.places, np.int64)

    def knows(self, year: int, name: str) -> bool:
        if self._asked:
            self._asked[-1].add((year, name))
        return year in self.years and name in self.years[year]

    def first(self, name: str | None = None) -> int | None:
        """Return the first year of which a fact is known, or anything at all; None: there is none."""
        if self._asked:
            self._asked[-1].add(_YEARS)
        return min((y for y in self.years if name is None or self.knows(y, name)), default=None)

    def _of_everybody(self, control: Control, year: int, name: str) -> NDArray[np.int64]:
        """Return a fact of the sample on the level of everybody; what adds up among the rows adds up here too.

        Estimated are bills, what is unpaid, and what becomes of claims; collected and carried over are what is left.
        """
        own = self.own(year, name)
        if control.own is None:
            return control.full[year][name]
        told = estimate(control.full[year][name], control.own[year][name], own, self._whole(control, year, name))
        if name in _BY_PORTION:
            return self._sum(year, _BY_PORTION[name])
        if name == "unpaid":
            return at_most(told, self._sum(year, _BILLS))
        if name == "collected":
            return self._sum(year, _BILLS) - self.get(year, "unpaid")
        if name == "arrears_opening" and control.covers(year - 1) and self.knows(year - 1, "arrears_closing"):
            return self.get(year - 1, "arrears_closing")
        if name == "arrears_collected":
            return at_most(told, self.get(year, "arrears_opening"))
        if name == "arrears_written_off":
            return at_most(told, self.get(year, "arrears_opening") - self.get(year, "arrears_collected"))
        if name == "arrears_closing":
            gone = self.get(year, "arrears_collected") + self.get(year, "arrears_written_off")
            return self.get(year, "arrears_opening") + self.get(year, "unpaid") - gone
        return told

    def _whole(self, control: Control, year: int, fact: str) -> Whole | None:
        """Return what a fact is part of; None where that is not known yet, and for what is a whole itself."""
        names = _WHOLES.get(fact) or _WHOLES[_KNOWN[fact].owner]
        if control.own is None or fact in names or not all(self.knows(year, name) for name in names):
            return None
        full, own = (
            functools.reduce(np.add, [facts[year][name] for name in names]) for facts in (control.full, control.own)
        )
        run = functools.reduce(np.add, [self.own(year, name) for name in names])
        return Whole(full=full, own=own, run=run, told=self._sum(year, names))

    def _sum(self, year: int, names: tuple[str, ...]) -> NDArray[np.int64]:
        return functools.reduce(np.add, [self.or_zero(year, name) for name in names])
