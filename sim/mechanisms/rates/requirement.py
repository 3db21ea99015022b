"""Sections A.1-A.4: what the metropolis needs from all levies together, portion by portion.

Every line is whole yen: expenditures positive, revenues negative, so that B is their sum. Which lines are later
settled municipality by municipality (C -> d) is decided by the set of pooled items.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import ParameterError
from sim.institutions import funding
from sim.institutions.effort import Occasion, prefecture_money
from sim.institutions.funding import FundingRules, NormalGrant, apportion, share_of
from sim.institutions.ledgers import MetropolitanLedger
from sim.institutions.metropolitan_account import MedicalFigures, medical_money, payment_money, review_fees
from sim.institutions.notices import Notices
from sim.institutions.pools import paid_in, subsidy_part
from sim.institutions.special_grants import local_loss, local_subsidy
from sim.institutions.world import World
from sim.mechanisms.rates.benefits import Coefficients
from sim.mechanisms.rates.forecast import Outlook, outlook
from sim.mechanisms.rates.portion import Shown
from sim.mechanisms.rates.support import behind, nation_seen, support_per_member

Yen = NDArray[np.int64]
ITEMS = ("review_fees", "high_cost", "special_high_cost", "child_grant", "local_programmes")
"""Items that are either pooled (共同負担) or settled municipality by municipality."""


@dataclass
class Need:
    """Net requirement of a portion, line by line; `total` = B."""

    portion: str
    lines: dict[str, int] = field(default_factory=dict)
    second_part: int = 0
    shown: dict[str, Shown] = field(default_factory=dict)
    """figures behind the lines, which are no lines of the account"""

    @property
    def total(self) -> int:
        return sum(self.lines.values())

    @property
    def levied(self) -> int:
        """What the municipalities are charged: nothing where public money is more than the cost."""
        return max(self.total, 0)


@dataclass(frozen=True, kw_only=True)
class Smoothing:
    """What earlier surpluses and deficits and the stabilisation fund do to a year, yen.

    returned  of surpluses, to lower the need; a deficit that is not covered is negative
    kept      of a surplus, for the fund
    covered   of a deficit, by the fund
    drawn     from the fund towards the need
    repaid    to the fund for deficits it covered
    """

    returned: int
    kept: int
    covered: int
    drawn: int
    repaid: int


@dataclass(kw_only=True)
class Requirement:
    """All portions of a year, and the items a municipality may bear or receive itself (positive = burden).

    elderly_grant  provisional grant of the year for those aged 65-74, yen
    support        for the late elderly, yen per member; support_by_rule as the rule alone has it
    special_subsidy  part of the state's subsidy of the pool for very high cost, yen
    """

    year: int
    rules: FundingRules
    needs: dict[str, Need]
    items: dict[str, Yen]
    elderly_grant: int
    support: float
    support_by_rule: float
    special_subsidy: int
    smoothing: Smoothing

    @property
    def total(self) -> int:
        return sum(n.total for n in self.needs.values())

    @property
    def levied(self) -> int:
        return sum(n.levied for n in self.needs.values())

    @property
    def second_part(self) -> int:
        return sum(n.second_part for n in self.needs.values())


def requirement(w: World, o: Outlook, now: int) -> Requirement:
    """Return what must be levied for the year of the outlook, from what is known in the winter of `now`.

    Nothing is noted in the account: of several estimates of a year one is adopted (`adopt`).
    """
    rules = FundingRules.of(w.p, o.year)
    index = _cost_level(o)
    per_member = support_per_member(w, o.year, now, o.coefficients)
    support = round(per_member * int(o.members.sum()))
    care = round(rules.care_per_member * int(o.care_members.sum()))
    child = round(rules.child_per_member * int(o.adults.sum()))
    grant, settled = _elderly(w, rules, o, per_member)
    effort = prefecture_money(w, Occasion(year=o.year, members=o.members, known=o.known))
    medical, items = _medical(rules, o, _Told(index=index, elderly=grant, settled=settled, effort=effort))
    needs = {
        "medical": medical,
        "support": _payment(rules, o, "support", support),
        "care": _payment(rules, o, "care", care),
        "child": _payment(rules, o, "child", child),
    }
    nation = nation_seen(w, o.year, now, o.coefficients)
    needs["support"].shown |= behind(nation, per_member)
    return Requirement(
        year=o.year,
        rules=rules,
        needs=needs,
        items=items,
        elderly_grant=grant,
        support=per_member,
        support_by_rule=nation.per_member,
        special_subsidy=subsidy_part(rules, int(o.members.sum())),
        smoothing=_smooth(w, needs, o, now),
    )


def adopt(w: World, r: Requirement) -> None:
    """Note in the metropolitan account what an estimate draws, repays and feeds, and the need it is based on."""
    ledger, s = w.ledger(MetropolitanLedger), r.smoothing
    ledger.elderly[r.year] = r.elderly_grant
    ledger.support[r.year] = r.support
    ledger.fund += s.kept + s.repaid - s.drawn - s.covered
    for year, part in _instalments(w, r.year, s.covered):
        ledger.owed[year] = ledger.owed.get(year, 0) + part
    ledger.used[r.year] = s.returned
    ledger.drawn[r.year] = s.drawn - s.repaid
    ledger.need[r.year] = r.total


def pooled_items(w: World, year: int) -> frozenset[str]:
    """Return the items borne by the metropolis as a whole in a year."""
    switches = w.p.value("rates.pooled_items", year)
    if len(switches) != len(ITEMS):
        raise ParameterError(f"rates.pooled_items of {year} has {len(switches)} switches; needs {', '.join(ITEMS)}")
    return frozenset(item for item, on in zip(ITEMS, switches, strict=True) if on)


@dataclass(frozen=True, kw_only=True)
class _Told:
    """What of the medical portion is worked out before it, yen but the index."""

    index: float
    elderly: int
    settled: int
    effort: int


def _medical(rules: FundingRules, o: Outlook, told: _Told) -> tuple[Need, dict[str, Yen]]:
    fees = review_fees(rules, o.treated)
    children = np.maximum(o.members - o.adults, 0)
    lost = local_loss(rules, o.members, np.maximum(children - o.preschool, 0))
    subsidy = local_subsidy(rules, lost)
    money = medical_money(
        rules,
        MedicalFigures(
            members=int(o.members.sum()),
            children=int(children.sum()),
            benefits=int(o.benefit.sum()),
            fees=int(fees.sum()),
            relief=sum(int(relief.sum()) for relief in o.relief.values()) + int(o.relief_other.sum()),
            elderly=told.elderly,
            settled=told.settled,
            over_800k=int(o.over_800k.sum()),
            over_4200k=int(o.over_4200k.sum()),
            paid_in=paid_in(rules, o.over_4200k_past, int(o.members.sum())),
            lost=int(lost.sum()),
            subsidy=int(subsidy.sum()),
            base_income=int(o.base_income.sum()),
            index=told.index,
            effort=told.effort,
        ),
    )
    lines = money.lines()
    items = {
        "review_fees": fees,
        "high_cost": apportion(lines["b6"], o.over_800k),
        "special_high_cost": apportion(lines["a4"], o.members) + apportion(lines["b7"], o.over_4200k),
        "child_grant": apportion(lines["b4"], children),
        "local_programmes": lost - subsidy,
    }
    return Need("medical", lines, money.second, _shown(money.grant)), items


def _payment(rules: FundingRules, o: Outlook, portion: str, gross: int) -> Need:
    """Return the need for a payment to the national pool (後期支援金, 介護納付金, 子ども納付金) net of public money."""
    money = payment_money(rules, gross, int(o.heads(portion).sum()), int(o.income[portion].sum()))
    return Need(portion, money.lines(), money.second, _shown(money.grant))


def _shown(grant: NormalGrant) -> dict[str, Shown]:
    """Return what the normal grant comes from, zero or not."""
    return {"G_demand": (grant.demand, "yen"), "G_revenue": (grant.revenue, "yen")}


def _elderly(w: World, rules: FundingRules, o: Outlook, per_member: float) -> tuple[int, int]:
    """Return the provisional grant of the year and the settlement of two years before (G.2)."""
    provisional = elderly_grant_of(rules, o, per_member)
    ledger = w.ledger(MetropolitanLedger)
    past = o.year - 2
    if o.basis != "forecast" or past not in ledger.elderly or not w.memory.knows(past, "elderly_benefit"):
        return provisional, 0
    actual = actual_elderly_grant(w, past)
    return provisional, actual - ledger.elderly[past]


def elderly_grant_of(rules: FundingRules, o: Outlook, per_member: float) -> int:
    """Return the grant as seen in advance; `per_member` is the support for the late elderly, yen."""
    n, old = int(o.members.sum()), int(o.elderly.sum())
    support = round(per_member * old)
    return funding.elderly_grant(rules, int(o.elderly_benefit.sum()), support, old / n if n else 0.0)


def actual_elderly_grant(w: World, year: int) -> int:
    """Return the grant a past year would have earned by its results."""
    rules = FundingRules.of(w.p, year)
    months, old = (int(w.memory.get(year, f).sum()) for f in ("member_months", "elderly_months"))
    benefit = int(w.memory.get(year, "elderly_benefit").sum())
    support = round(w.ledger(MetropolitanLedger).support[year] * old / 12)
    return funding.elderly_grant(rules, benefit, support, old / months if months else 0.0)


def _cost_level(o: Outlook) -> float:
    """Return actual over age-standard cost of the metropolis in the years of the index."""
    normal = int(o.index_standard.sum())
    return int(o.index_cost.sum()) / normal if normal > 0 else 1.0


def _smooth(w: World, needs: dict[str, Need], o: Outlook, now: int) -> Smoothing:
    """Return an earlier surplus through the medical portion, and draw on, repay or feed the stabilisation fund.

    Surplus of now-1 (known in November): the returned share lowers B, the rest feeds the fund. A deficit is covered
    from the fund as far as it goes and repaid to it in equal parts from the coming year on (国民健康保険法81条の2);
    what the fund cannot cover raises B. The fund also pays what was announced, else what the need per insured rises
    above the threshold (財政調整事業分). Surpluses and repayments of the years before the run come in its first years.
    """
    ledger = w.ledger(MetropolitanLedger)
    lines = needs["medical"].lines
    surplus = ledger.surplus.get(now - 1, 0) if o.basis == "forecast" else 0
    back = share_of(surplus, float(w.p.value("rates.surplus_returned", o.year))) if surplus > 0 else 0
    kept = max(surplus - back, 0)
    covered = min(ledger.fund, max(-surplus, 0))
    back += min(surplus, 0) + covered + int(w.p.value("finance.opening_surplus", o.year))
    owed = ledger.owed.get(o.year, 0) + dict(_instalments(w, o.year, covered)).get(o.year, 0)
    repaid = owed + int(w.p.value("finance.opening_repayment", o.year))
    lines["b9"] = -back
    lines["b9r"] = repaid
    drawn = _drawn(w, needs, o, ledger.fund - covered) if o.basis == "forecast" else 0
    lines["b9f"] = -drawn
    return Smoothing(returned=back, kept=kept, covered=covered, drawn=drawn, repaid=repaid)


def _instalments(w: World, year: int, covered: int) -> list[tuple[int, int]]:
    """Return what is repaid of a covered deficit in each year from `year` on."""
    years = int(w.p.value("rates.fund_repaid_years", year))
    return [(year + k, covered * (k + 1) // years - covered * k // years) for k in range(years)]


def _drawn(w: World, needs: dict[str, Need], o: Outlook, fund: int) -> int:
    """Return what the fund pays towards the need of a year: what was announced, else the rise above the threshold."""
    announced = int(w.p.value("rates.fund_draw", o.year))
    before, n = w.ledger(MetropolitanLedger).need.get(o.year - 1, 0), int(o.members.sum())
    if announced > 0 or before <= 0 or n <= 0:
        return min(fund, announced)
    limit = 1 + float(w.p.value("rates.fund_draw_threshold", o.year))
    last = _members_of(w, o.year - 1, n)
    whole = sum(need.total for need in needs.values())
    return max(0, min(fund, whole - int(before / max(last, 1) * limit * n)))


def _members_of(w: World, year: int, default: int) -> int:
    notice = w.ledger(Notices).by_year.get(year)
    return default if notice is None else int(notice.members.sum())


def estimate(w: World, year: int, now: int, coefficients: Coefficients = "final") -> tuple[Outlook, Requirement]:
    """Return outlook and requirement of a year in one go, as seen in the winter of `now`."""
    o = outlook(w, year, now, coefficients)
    return o, requirement(w, o, now)
