"""Next year's actual rates: a scenario's plan, what is published as long as it is, then own decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.institutions import special_account
from sim.institutions.agents import Municipality, Situation, institutions, unified
from sim.institutions.ledgers import MunicipalLedger, kept_balance
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import Rates, caps
from sim.institutions.world import World
from sim.mechanisms.rates.actual import Known, known_rates
from sim.mechanisms.rates.chain import Chain, standard_rates_of
from sim.mechanisms.rates.forecast import relieved_share
from sim.mechanisms.rates.plan import REASON, adopt_plan
from sim.mechanisms.rates.standard import MILLION
from sim.mechanisms.rates.state import Decisions
from sim.parameters.groups import rates_of

_CHILD = PORTIONS.index("child")
_LEVIED = np.array([name != "child" for name in PORTIONS])
"""which portions municipalities decide on themselves"""
_STEP_INCOME = 100
"""Rates are set in steps of 0.01 %, amounts in steps of 100 yen (child portion: 1 yen)."""
_STEP_YEN = 100


def decide_rates(w: World, chain: Chain, now: int) -> tuple[Rates, NDArray[np.object_]]:
    """Return actual rates of the chain's year and how each municipality came to them."""
    rates, reason = _decided(w, chain, now)
    reason[adopt_plan(w, chain.year, rates)] = REASON
    if chain.stage == "none":
        budget(w, chain, rates, Seen.of(w, chain, w.rates[now], now))
    return rates, reason


def _decided(w: World, chain: Chain, now: int) -> tuple[Rates, NDArray[np.object_]]:
    """Return rates as they are without a plan, and how each municipality came to them."""
    year = chain.year
    if chain.stage != "none":
        rates = standard_rates_of(chain, w.places)
        rates.cap[:] = caps(w.p, year)
        return rates, np.full(w.places, chain.stage, object)
    rates = _copy(w.rates[now])
    rates.cap[:] = caps(w.p, year)
    known, frozen = known_rates(w, year), w.p.by_place("municipal.frozen_rates", year).astype(bool)
    reason = np.where(frozen, "frozen", known.status[:, 0]).astype(object)
    open_to = ~frozen & ~known.known[:, 0]
    for members, common in _unpublished(w, chain, now):
        taking = open_to & members
        _assign(rates, common, taking[:, None] & _LEVIED)
        reason[taking] = "unified"
        open_to &= ~members
    seen = Seen.of(w, chain, w.rates[now], now)
    factor = np.ones(w.places)
    for agent in institutions(w).municipalities:
        if open_to[agent.index]:
            s = situation(chain, agent, seen)
            decision = agent.decide(s)
            reason[agent.index] = decision.reason
            if s.yield_now > 0 and s.standard > 0:
                factor[agent.index] = decision.bill / s.yield_now
            else:
                open_to[agent.index] = False
    _scale(rates, w.rates[now], np.flatnonzero(open_to), factor)
    _assign(rates, known.rates, known.known & ~frozen[:, None])
    _child(w, chain, rates, known)
    return rates, reason


def budget(w: World, chain: Chain, rates: Rates, seen: Seen) -> None:
    """Remember what the rates adopted leave open, int64[M] yen: the transfer of a municipality's budget, and why.

    budgeted_transfer     need by standard rates and costs beside them, less what the rates bring in and the surplus it
                          means to use; a deficit above it in the settlement was not foreseen
    rates_below_standard  the part of that need that lower rates than the standard ones leave uncollected
    """
    levied = range(len(PORTIONS) - 1)
    billed = np.sum([yield_of(rates, chain, k) for k in levied], axis=0)
    below = np.floor((seen.assessed - billed) * seen.collection).astype(np.int64)
    w.memory.put(chain.year, "budgeted_transfer", np.maximum(below + seen.outside - seen.spare, 0))
    w.memory.put(chain.year, "rates_below_standard", np.maximum(below, 0))


def yield_of(rates: Rates, chain: Chain, portion: int) -> NDArray[np.float64]:
    """Return what rates would bill in the chain's year before reliefs, float64[M] yen."""
    name = PORTIONS[portion]
    o = chain.outlook
    return (
        rates.income_part[:, portion] * (o.income[name] / MILLION)
        + rates.asset_part[:, portion] * (o.assets[name] / MILLION)
        + rates.per_head[:, portion] * o.insured(name).astype(np.float64)
        + rates.per_household[:, portion] * o.homes(name).astype(np.float64)
    )


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What decides for all municipalities at once: costs beside the standard rate, yield, money to spare, yen.

    collection        the collection rate of the outlook, float64[M]; all others int64[M]
    assessed          what the standard rates would bill, all portions but the child one
    transfer, before  discretionary transfers of the last settled year and of the one before; None: no settlement yet
    """

    assessed: NDArray[np.int64]
    outside: NDArray[np.int64]
    collection: NDArray[np.float64]
    yield_now: NDArray[np.int64]
    spare: NDArray[np.int64]
    transfer: NDArray[np.int64] | None
    before: NDArray[np.int64] | None

    @classmethod
    def of(cls, w: World, chain: Chain, current: Rates, now: int) -> Seen:
        levied = range(len(PORTIONS) - 1)
        transfer, before = (
            w.memory.get(y, "discretionary_transfer") if w.memory.knows(y, "discretionary_transfer") else None
            for y in (now - 1, now - 2)
        )
        return cls(
            assessed=np.sum([chain.portions[name].assessed for name in PORTIONS[:-1]], axis=0),
            outside=special_account.outside(w.p, chain.year, chain.outlook.members),
            collection=chain.outlook.collection.floats(),
            yield_now=np.sum([yield_of(current, chain, k).astype(np.int64) for k in levied], axis=0),
            spare=spare_of(w, chain, now),
            transfer=transfer,
            before=before,
        )


def situation(chain: Chain, agent: Municipality, seen: Seen) -> Situation:
    """Return what a municipality sees when it decides."""
    i = agent.index
    r = float(seen.collection[i])
    standard = int(seen.assessed[i]) + round(int(seen.outside[i]) / r)
    transfer, before = (None if known is None else int(known[i]) for known in (seen.transfer, seen.before))
    penalised = transfer is not None and before is not None and transfer > 0 and transfer >= before
    return Situation(
        year=chain.year,
        standard=standard,
        yield_now=int(seen.yield_now[i]),
        collection=r,
        members=int(chain.outlook.members[i]),
        transfer=transfer,
        spare=int(seen.spare[i]),
        penalised=penalised,
    )


def spare_of(w: World, chain: Chain, now: int) -> NDArray[np.int64]:
    """Return what a municipality may use next year beside its premiums, int64[M]; negative: what it must make up.

    Surplus beyond the working balance and part of its fund; less a deficit taken from next year's revenue
    (繰上充用) and the instalment of a loan.
    """
    year, ledger = chain.year, w.ledger(MunicipalLedger)
    share = {name: w.p.by_place(f"municipal.{name}", year) for name in ("surplus_use", "fund_use")}
    kept = kept_balance(w, year, chain.total("levy"))
    surplus = np.maximum(ledger.carried - kept, 0) * share["surplus_use"] + ledger.fund * share["fund_use"]
    owed = np.minimum(ledger.carried, 0) - np.minimum(ledger.loan, ledger.instalment)
    return np.floor(surplus).astype(np.int64) + owed


def _unpublished(w: World, chain: Chain, now: int) -> list[tuple[NDArray[np.bool_], Rates]]:
    """Return (bool[M] of those that take them, rates) of each group whose rates of the year are not published."""
    members = {name: m for name, m in unified(institutions(w)).items() if chain.year not in rates_of(w.p, name)}
    apart = _apart_by_plan(w, now)
    return [
        (_of_one_end(w, m, chain.year), _group_rates(w, chain, _without(w.rates[now], m, apart), m))
        for m in members.values()
    ]


def _apart_by_plan(w: World, year: int) -> NDArray[np.bool_]:
    """Return bool[M]: municipalities that levy other rates in a year than the model would decide, by a plan."""
    reasons = w.ledger(Decisions).reasons.get(year)
    return np.zeros(w.places, bool) if reasons is None else np.asarray(reasons == REASON, bool)


def _without(current: Rates, members: NDArray[np.bool_], apart: NDArray[np.bool_]) -> Rates:
    """Return the rates in force with those of a group in place of a member's plan, where some member has no plan."""
    staying = np.flatnonzero(members & ~apart)
    if not staying.size or not (members & apart).any():
        return current
    rates = _copy(current)
    for i in np.flatnonzero(members & apart):
        for part in rates.__dataclass_fields__:
            getattr(rates, part)[i] = getattr(rates, part)[staying[0]]
    return rates


def _group_rates(w: World, chain: Chain, current: Rates, members: NDArray[np.bool_]) -> Rates:
    """Return the rates a group has in common (統一保険料): what `_group_levies` says, split by income and heads.

    Held as a whole within what the assemblies accept and above the largest cut of a year, unless transfers end by
    rule. No portion is below zero: where surpluses and public money exceed its need, the rates in force are scaled.
    """
    year = chain.year
    out = Rates.zeros(w.places)
    forced = 0 < group_end(w, year, members) <= year
    wanted, now = 0.0, 0.0
    for k, total in enumerate(_group_levies(w, chain, members, forced)):
        if not _spread(w, chain, members, out, k, max(total, 0.0)):
            _copy_portion(out, current, k)
            continue
        wanted += total
        now += float(yield_of(current, chain, k)[members].sum())
    if now > 0 and not forced:
        highest = now * (1 + float(w.p.value("municipal.group_tolerance", year)))
        lowest = now * (1 - float(w.p.value("municipal.largest_cut", year)))
        source, whole = (out, wanted) if wanted > 0 else (current, now)
        held = min(max(wanted, lowest), highest) / whole
        for k in range(len(PORTIONS) - 1):
            out.income_part[:, k] = _step(source.income_part[:, k] * held, _STEP_INCOME)
            out.per_head[:, k] = _step(source.per_head[:, k] * held, _STEP_YEN)
    return out


def _group_levies(w: World, chain: Chain, members: NDArray[np.bool_], forced: bool) -> list[float]:
    """Return what the rates of a group are to bring in by portion before reliefs, yen.

    A group levies an agreed share of its contribution and carries on the relation of levy to that share of the year
    now: what else pays for it (supports, health programmes, what is not collected) stays as it is. Of the gap between
    that and its whole need it closes a part (a lever). If transfers end by rule (`forced`), it levies its standard
    need with the costs outside it, less the surpluses that may be used.
    """
    if not forced:
        carried = {name: _carried_on(w, chain, members, name) for name in PORTIONS[:-1]}
        closing = float(w.p.value("municipal.group_closing", chain.year))
        gap = sum(_whole_need(w, chain, members).values()) - sum(carried.values()) if closing > 0 else 0.0
        carried["medical"] += closing * max(gap, 0.0)
        return list(carried.values())
    return list(_whole_need(w, chain, members).values())


def _whole_need(w: World, chain: Chain, members: NDArray[np.bool_]) -> dict[str, float]:
    """Return what a group would levy by portion to need no transfer, yen: costs outside its standard need included."""
    year, names = chain.year, PORTIONS[:-1]
    need = {name: float(chain.portions[name].assessed[members].sum()) for name in names}
    collection = chain.outlook.collection.floats()
    beside = special_account.outside(w.p, year, chain.outlook.members) - spare_of(w, chain, year - 1)
    need["medical"] += float((beside / collection)[members].sum())
    return need


def _carried_on(w: World, chain: Chain, members: NDArray[np.bool_], portion: str) -> float:
    """Return this year's levy of a portion, moved by the share of the contribution the group levies next year.

    A member with rates of a plan counts as if it levied the group's: the relation of levy to contribution is that of
    the others, unless all have one.
    """
    now = chain.year - 1
    apart = _apart_by_plan(w, now)
    staying = members & ~apart if (members & ~apart).any() else members
    levied = w.memory.or_zero(now, f"bill_{portion}") + w.memory.or_zero(now, f"relief_{portion}")
    key = f"municipal.group_share_{portion}"
    base = float(w.memory.or_zero(now, f"contribution_{portion}")[staying].sum()) * float(w.p.value(key, now))
    due = float(chain.portions[portion].levy[members].sum()) * float(w.p.value(key, chain.year))
    return float(levied[staying].sum()) * due / base if base > 0 else due


def _spread(w: World, chain: Chain, members: NDArray[np.bool_], out: Rates, portion: int, levied: float) -> bool:
    """Set one pair of rates that brings in `levied` yen, by income and by head; False where there is neither."""
    name = PORTIONS[portion]
    split = float(w.p.value("municipal.group_income_split", chain.year))
    income, heads = (int(x[members].sum()) for x in (chain.outlook.income[name], chain.outlook.insured(name)))
    if income == 0 or heads == 0:
        return False
    out.income_part[:, portion] = round(levied * split * MILLION / income / _STEP_INCOME) * _STEP_INCOME
    out.per_head[:, portion] = round(levied * (1 - split) / heads / _STEP_YEN) * _STEP_YEN
    return True


def _ends(w: World, year: int) -> NDArray[np.int64]:
    """Return int64[M]: the year by which a rule ends the transfers of a municipality (0 = no such rule)."""
    return w.p.by_place("municipal.deficits_gone_by", year).astype(np.int64)


def group_end(w: World, year: int, members: NDArray[np.bool_]) -> int:
    """Return the year by which all of a group end their transfers by rule (0 = no such rule).

    Rates are one for all of them, so a rule for some only makes those decide for themselves.
    """
    ends = set(_ends(w, year)[members].tolist())
    return ends.pop() if len(ends) == 1 else 0


def _of_one_end(w: World, members: NDArray[np.bool_], year: int) -> NDArray[np.bool_]:
    """Return bool[M]: members of a group that end their transfers when the group does, and so take its rates."""
    return members & (_ends(w, year) == group_end(w, year, members))


def _child(w: World, chain: Chain, rates: Rates, known: Known) -> None:
    """Set the child portion: what is known, else the standard rate, one for all who follow the rates of a group.

    Income part in steps of 0.01 %, amounts in whole yen; the add-on from 18 on refills the waiver of those below.
    """
    c, o, year = chain.portions["child"], chain.outlook, chain.year
    children = np.maximum(o.members - o.adults, 0).astype(np.float64)
    waived = children * (1.0 - relieved_share(w, o.known))
    groups = [_of_one_end(w, members, year) for members in unified(institutions(w)).values()]
    income = _shared(c.income_part, o.income["child"], groups)
    rates.income_part[:, _CHILD] = _step(income, _STEP_INCOME)
    rates.per_head[:, _CHILD] = _step(_shared(c.per_head, o.members, groups), 1)
    rates.per_household[:, _CHILD] = _step(_shared(c.per_household, c.households, groups), 1)
    _assign(rates, known.rates, known.known & ~_LEVIED)
    per_adult = _shared(waived / np.maximum(o.adults, 1), o.adults, [g & ~known.known[:, _CHILD] for g in groups])
    add_on = _step(rates.per_head[:, _CHILD] * per_adult, 1)
    given = known.known[:, _CHILD] & (known.rates.per_adult[:, _CHILD] > 0)
    rates.per_adult[:, _CHILD] = np.where(given, known.rates.per_adult[:, _CHILD], add_on)


def _shared(
    values: NDArray[np.int64] | NDArray[np.float64], base: NDArray[np.int64], groups: Sequence[NDArray[np.bool_]]
) -> NDArray[np.float64]:
    """Return values in which each group of municipalities has one: the mean weighted by what it is charged on."""
    out = values.astype(np.float64)
    for group in groups:
        if base[group].sum() > 0:
            out[group] = np.average(out[group], weights=base[group])
    return out


def _scale(out: Rates, current: Rates, places: NDArray[np.int64], factor: NDArray[np.float64]) -> None:
    """Scale the own structure of rates of some municipalities by what each decided on, float64[M]."""
    cells = np.ix_(places, np.flatnonzero(_LEVIED))
    for part, step in (
        ("income_part", _STEP_INCOME),
        ("asset_part", _STEP_INCOME),
        ("per_head", _STEP_YEN),
        ("per_household", _STEP_YEN),
    ):
        values = getattr(current, part)[cells]
        getattr(out, part)[cells] = (values * factor[places, None] / step + 0.5).astype(np.int64) * step


def _assign(out: Rates, source: Rates, cells: NDArray[np.bool_]) -> None:
    """Put the rates of a source into some cells, bool[M, portions]."""
    for part in ("income_part", "asset_part", "per_head", "per_household"):
        getattr(out, part)[cells] = getattr(source, part)[cells]


def _copy_portion(out: Rates, source: Rates, portion: int) -> None:
    for part in ("income_part", "asset_part", "per_head", "per_household"):
        getattr(out, part)[:, portion] = getattr(source, part)[:, portion]


def _copy(rates: Rates) -> Rates:
    return Rates(**{f: getattr(rates, f).copy() for f in rates.__dataclass_fields__})


def _step(values: NDArray[np.floating], step: int) -> NDArray[np.int64]:
    return (np.floor(values / step + 0.5) * step).astype(np.int64)
