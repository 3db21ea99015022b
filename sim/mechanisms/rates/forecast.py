"""What the metropolis knows in November and January about the year it must set a contribution for.

Results of the last complete year, the assessment of last June, the register of October (`membership.py`), and
trends; in January some months of benefits more (`benefits.py`). The opening year of a run has no past: its contribution
is computed from its own facts and marked so, and the year after it is forecast from the opening year.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.institutions.funding import FundingRules
from sim.institutions.memory import PORTIONS
from sim.institutions.metropolitan_account import review_fees
from sim.institutions.reliefs import REFUNDED_BY_STATE, TENTHS
from sim.institutions.world import World
from sim.mechanisms.rates.benefits import Coefficients, announced, figure_announced, growth_expected
from sim.mechanisms.rates.contribution import Ratios, exact, nearest
from sim.mechanisms.rates.membership import ahead

Yen = NDArray[np.int64]
_INDEX_YEARS = 3
_INCOME_YEARS = 3
_MILLION = 1_000_000
"""collection rates have six decimals"""
_ANOTHER_POPULATION = 0.1
_COUNTS = {
    "members": "member_months",
    "adults": "adult_months",
    "preschool": "preschool_months",
    "households": "household_months",
}
_AGED = {"care_members": "care_months", "care_households": "care_household_months", "elderly": "elderly_months"}
_ASSETS = {"care": "asset_tax_care"}
_OCTOBER = {"care_members": "care", "care_households": "care", "elderly": "elderly"}


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """The year as seen in advance; int64[M] each. Persons and households are yearly averages.

    basis         "own facts" (opening year) or "forecast"
    coefficients  whether November's estimate or January's
    known         latest fiscal year whose results were used
    """

    year: int
    basis: str
    coefficients: Coefficients
    known: int
    members: Yen
    adults: Yen
    preschool: Yen
    care_members: Yen
    elderly: Yen
    households: Yen
    care_households: Yen
    benefit: Yen
    elderly_benefit: Yen
    """of those aged 65-74 as results alone would have them: the grant does not hang on what the metropolis assumes"""
    own_estimate: float
    """benefits and review fees of all as results alone would have them, before an announced figure, yen"""
    base_income: Yen
    treated: Yen
    """insured months with any care"""
    over_800k: Yen
    over_4200k: Yen
    over_4200k_past: int
    """mean of the last years known, whole metropolis, yen"""
    assets: dict[str, Yen]
    """fixed-asset tax of the insured by portion, zero where no asset part is levied"""
    income: dict[str, Yen]
    """capped income by portion, three-year mean per insured x insured"""
    relief: dict[str, Yen]
    relief_other: Yen
    job_loss: Yen
    """premiums taken off for involuntary unemployment"""
    remission: Yen
    programmes: Yen
    """health checks and guidance, and other programmes beyond their reach of R4"""
    checkups: Yen
    """persons who take the health check"""
    guidances: Yen
    """persons who finish guidance"""
    third_party: Yen
    """paid back by third parties beyond R4"""
    premium: dict[str, Yen]
    """billed before 7/5/2割, by portion"""
    relieved: tuple[Yen, Yen, Yen]
    arrears_collected: Yen
    birth_grant: Yen
    funeral_grant: Yen
    collection: Ratios
    index_cost: NDArray[np.int64]
    index_standard: NDArray[np.int64]
    index_excess: NDArray[np.int64]
    index_members: NDArray[np.int64]
    """person-months of the years of the index, latest first, [years, M]"""
    notes: list[str] = field(default_factory=list)

    def heads(self, portion: str) -> Yen:
        """Return who shares the portion's 応益: 40-64 for care, 18 and over for child, all insured otherwise."""
        return {"care": self.care_members, "child": self.adults}.get(portion, self.members)

    def homes(self, portion: str) -> Yen:
        return self.care_households if portion == "care" else self.households

    def insured(self, portion: str) -> Yen:
        """Return the denominator of per-head figures of the portion."""
        return self.care_members if portion == "care" else self.members


def outlook(w: World, year: int, now: int, coefficients: Coefficients = "final") -> Outlook:
    """Return the outlook on `year` in the winter of fiscal year `now` (year = now: the opening year itself)."""
    opening = not w.memory.knows(now - 1, "member_months")
    known = now if opening else now - 1
    counts = _counts(w, year, now, known, coefficients)
    growth = _ratio(counts["members"], _average(w, known, "member_months"))
    since_june = _ratio(counts["members"], _members_of(w, now, known))
    older = _ratio(counts["elderly"], _average(w, known, "elderly_months"))
    younger = _ratio(
        counts["members"] - counts["elderly"],
        _average(w, known, "member_months") - _average(w, known, "elderly_months"),
    )
    old_benefit = _get(w, known, "elderly_benefit")
    whole = (_get(w, known, "benefit") - old_benefit) * younger + old_benefit * older
    grown = 1.0 if year == now else growth_expected(w, year, known, coefficients)
    treated = _whole(_get(w, known, "treated_months") * growth)
    own, fees = float(whole.sum()) * grown, float(review_fees(FundingRules.of(w.p, year), treated).sum())
    costlier = grown * announced(w, year, float(counts["members"].sum()), own, fees, coefficients)
    bills = now if w.memory.knows(now, "bill_medical") else known
    notes: list[str] = []
    incomes = _incomes(w, year, now, counts, notes)
    collection, without = w.memory.worked_out(("collection", known), lambda: collection_rates(w, known))
    return Outlook(
        year=year,
        basis="own facts" if year == now else "forecast",
        coefficients=coefficients,
        known=known,
        **counts,
        income=incomes,
        benefit=_whole(whole * costlier),
        own_estimate=own + fees,
        elderly_benefit=_whole(old_benefit * older * grown),
        assets={p: _whole(_get(w, bills, _ASSETS.get(p, "asset_tax")) * since_june) for p in PORTIONS},
        base_income=_whole(_get(w, bills, "base_income") * since_june),
        treated=treated,
        over_800k=_whole(_get(w, known, "over_800k") * growth * costlier),
        over_4200k=_whole(_get(w, known, "over_4200k") * growth * costlier),
        over_4200k_past=int(_history(w, known, "over_4200k").sum(axis=1).mean()),
        relief={p: _whole(_get(w, bills, f"relief_{p}") * since_june) for p in PORTIONS},
        relief_other=_whole(other_relief(w, bills) * since_june),
        job_loss=_whole(_get(w, bills, "relief_job_loss") * since_june),
        remission=_whole(_get(w, bills, "relief_remission") * since_june),
        programmes=_whole(_get(w, known, "programme_cost") * growth),
        checkups=_whole(_get(w, known, "checkups") * growth),
        guidances=_whole(_get(w, known, "guidances") * growth),
        third_party=_whole(_get(w, known, "third_party_recovered") * growth),
        premium={
            p: _whole((_get(w, bills, f"bill_{p}") + _get(w, bills, f"relief_{p}")) * since_june) for p in PORTIONS
        },
        relieved=tuple(_whole(_get(w, bills, f"relieved_{k}") * since_june) for k in TENTHS),  # type: ignore[arg-type]
        arrears_collected=_get(w, known, "arrears_collected"),
        birth_grant=_whole(_get(w, known, "birth_grant") * growth),
        funeral_grant=_whole(_get(w, known, "funeral_grant") * growth),
        collection=collection,
        index_cost=_history(w, known, "cost"),
        index_standard=_history(w, known, "standard_cost"),
        index_excess=_history(w, known, "over_800k"),
        index_members=_history(w, known, "member_months"),
        notes=[*notes, *without],
    )


def other_relief(w: World, year: int) -> Yen:
    """Return the reliefs refunded half by the state (not the child waiver)."""
    parts = [_get(w, year, relief) for relief in REFUNDED_BY_STATE]
    return np.sum(parts, axis=0, dtype=np.int64)


def relieved_share(w: World, year: int) -> NDArray[np.float64]:
    """Return the mean part of the per-head levy taken off by 7/5/2割, float64[M]."""
    months = _get(w, year, "member_months")
    off = sum(_get(w, year, f"relieved_months_{k}") * (k / 10) for k in TENTHS)
    return np.clip(np.divide(off, months, out=np.zeros(w.places), where=months > 0), 0, TENTHS[0] / 10)


def collection_rates(w: World, year: int) -> tuple[Ratios, list[str]]:
    """Return r_i, the latest actual rate of the current year, persons of unknown whereabouts left out, and notes.

    Without a bill the rate of the whole metropolis is used.
    """
    bill = sum((_get(w, year, f"bill_{p}") for p in PORTIONS), np.zeros(w.places, np.int64))
    due = bill - _get(w, year, "bill_unknown_address")
    paid = _get(w, year, "collected")
    whole = (
        Fraction(int(paid.sum()), int(due.sum()))
        if due.sum() > 0
        else Fraction(str(w.p.value("rates.collection_fallback", year)))
    )
    low = exact(w.p.value("rates.collection_floor", year))
    least, out, notes = nearest(low.numerator * _MILLION, low.denominator), list[int](), list[str]()
    for code, d, c in zip(w.p.codes(), due.tolist(), paid.tolist(), strict=True):
        if d <= 0:
            notes.append(f"{code}: no bill in {year}; collection rate of the metropolis used")
            d, c = whole.denominator, whole.numerator
        out.append(min(max(nearest(c * _MILLION, d), least), _MILLION))
    return Ratios.over(out, _MILLION), notes


def _get(w: World, year: int, name: str) -> Yen:
    """Return a fact, zeros where a mechanism has not written an optional one."""
    if name in _REQUIRED and not w.memory.knows(year, name):
        raise BalanceError(f"rates.contribute: the fact {name} of {year} is not known; the steps before must write it")
    return w.memory.or_zero(year, name)


_REQUIRED = (
    "member_months",
    "adult_months",
    "care_months",
    "elderly_months",
    "benefit",
    "cost",
    "standard_cost",
    "collected",
    "base_income",
    "bill_medical",
)


def _average(w: World, year: int, fact: str) -> NDArray[np.float64]:
    return _get(w, year, fact) / 12


def _whole(values: NDArray[np.float64]) -> Yen:
    return np.floor(np.asarray(values, np.float64) + 0.5).astype(np.int64)


def _ratio(after: NDArray[np.number], before: NDArray[np.number]) -> NDArray[np.float64]:
    """Return after / before by municipality; where nobody was before, the ratio of the whole metropolis."""
    a, b = np.asarray(after, np.float64), np.asarray(before, np.float64)
    whole = float(a.sum() / b.sum()) if b.sum() > 0 else 1.0
    return np.divide(a, b, out=np.full(a.size, whole), where=b > 0)


def _members_of(w: World, now: int, known: int) -> NDArray[np.float64]:
    """Return the yearly average of `now` as it looks in October: the register times last year's average to October."""
    if now == known or not w.memory.knows(now, "members_october"):
        return _average(w, known, "member_months")
    return w.memory.get(now, "members_october").astype(np.float64) * _season(w, known)


def _season(w: World, known: int) -> float:
    """Return the yearly average over the count of October, whole metropolis, in the last complete year."""
    if not w.memory.knows(known, "members_october"):
        return 1.0
    october = int(w.memory.get(known, "members_october").sum())
    return float(_average(w, known, "member_months").sum() / october) if october > 0 else 1.0


def _counts(w: World, year: int, now: int, known: int, coefficients: Coefficients) -> dict[str, Yen]:
    """Return persons and households of the year, yearly averages by municipality.

    The year itself where it is known; else October's register, who passes 40, 65 and 75, and last year's other flow.
    """
    if year == now:
        return {name: _whole(_average(w, now, fact)) for name, fact in {**_COUNTS, **_AGED}.items()}
    change = ahead(w, now)
    members = _announced(w, year, _members_of(w, now, known) * change.members, coefficients)
    growth = _ratio(members, _average(w, known, "member_months"))
    out = {name: _whole(_average(w, known, fact) * growth) for name, fact in _COUNTS.items()}
    for name, fact in _AGED.items():
        group = _OCTOBER[name]
        relative = getattr(change, group) / _whole_growth(w, now, change.members) * _drift(w, now, known, group)
        ceiling = out["households"] if name == "care_households" else out["members"]
        out[name] = np.minimum(_whole(_average(w, known, fact) * growth * relative), ceiling)
    return out


def _announced(w: World, year: int, members: NDArray[np.float64], coefficients: Coefficients) -> NDArray[np.float64]:
    """Return the forecast, brought to the insured the metropolis announced for the year where it has.

    An announced figure more than a tenth away speaks of another population than this one and is left aside.
    """
    figure, own = figure_announced(w, "members", year, coefficients), float(members.sum())
    if own <= 0 or abs(figure / own - 1) > _ANOTHER_POPULATION:
        return members
    return members * (figure / own)


def _whole_growth(w: World, now: int, members: NDArray[np.float64]) -> float:
    if not w.memory.knows(now, "members_october"):
        return 1.0
    n = w.memory.get(now, "members_october")
    return float((n * members).sum() / n.sum()) if n.sum() > 0 else 1.0


def _drift(w: World, now: int, known: int, group: str) -> float:
    """Return how the share of an age group moved from October of the known year to October of `now`."""
    years = (known, now)
    if known == now or not all(w.memory.knows(y, "members_october") for y in years):
        return 1.0
    share = [
        w.memory.get(y, f"{group}_october").sum() / max(w.memory.get(y, "members_october").sum(), 1) for y in years
    ]
    return float(share[1] / share[0]) if share[0] > 0 else 1.0


def _incomes(w: World, year: int, now: int, counts: dict[str, Yen], notes: list[str]) -> dict[str, Yen]:
    """Return capped income by portion: mean per insured of the latest three assessments x insured of the year."""
    out: dict[str, Yen] = {}
    for portion in PORTIONS:
        heads, months = ("care_members", "care_months") if portion == "care" else ("members", "member_months")
        source = portion
        if not _income_years(w, now, portion):
            source = "care" if portion == "care" else "medical"
            if portion != "child":
                notes.append(f"{year}: no capped income for the {portion} portion; base income used")
        means = w.memory.worked_out(
            ("income per head", now, source, months), functools.partial(_incomes_per_head, w, now, source, months)
        )
        out[portion] = smoothed_income(means, counts[heads])
    return out


def smoothed_income(per_head: Sequence[NDArray[np.float64]], heads: Yen) -> Yen:
    """Return the income of a year, int64[M] yen: mean of some years' income per insured, float64[M] each, x insured."""
    return _whole(np.mean(per_head, axis=0) * heads)


def income_per_head(income: NDArray[np.number], heads: NDArray[np.number]) -> NDArray[np.float64]:
    """Return yen per insured by municipality, float64[M]; zero where nobody is insured."""
    return np.divide(income, heads, out=np.zeros(len(heads)), where=heads > 0)


def _incomes_per_head(w: World, now: int, portion: str, months: str) -> list[NDArray[np.float64]]:
    """Return income per insured of each assessment; the base income of the latest year where there was none.

    months  the fact that counts the months of those insured
    """
    years = _income_years(w, now, portion)
    fact = f"capped_income_{portion}" if years else "base_income"
    means = []
    for y in years or [now if w.memory.knows(now, "base_income") else now - 1]:
        n = _get(w, y, months) / 12
        means.append(income_per_head(_get(w, y, fact), n))
    return means


def _income_years(w: World, now: int, portion: str) -> list[int]:
    """Return the latest years in which capped income of a portion was assessed."""
    fact = f"capped_income_{portion}"
    years = range(now, now - _INCOME_YEARS, -1)
    return [y for y in years if w.memory.knows(y, fact) and w.memory.get(y, fact).sum() > 0]


def _history(w: World, known: int, fact: str) -> NDArray[np.int64]:
    """Return up to three years of a fact, latest first, [years, M]. The index of levy year k looks at k-4..k-2."""
    years = [y for y in range(known, known - _INDEX_YEARS, -1) if w.memory.knows(y, fact)]
    return np.array([w.memory.get(y, fact) for y in years], np.int64).reshape(len(years), w.places)
