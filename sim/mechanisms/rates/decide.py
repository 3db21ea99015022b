"""Next year's actual rates: what is published as long as it is, then each municipality's own decision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.institutions import special_account
from sim.institutions.agents import UNIFIED, Decision, Municipality, Situation, institutions, unified_wards
from sim.institutions.ledgers import MunicipalLedger, kept_balance
from sim.institutions.memory import PORTIONS
from sim.institutions.rates import Rates, caps
from sim.institutions.world import World
from sim.mechanisms.rates.actual import Known, known_rates, unified_years
from sim.mechanisms.rates.chain import Chain, standard_rates_of
from sim.mechanisms.rates.forecast import relieved_share
from sim.mechanisms.rates.standard import MILLION

_CHILD = PORTIONS.index("child")
_STEP_INCOME = 100
"""Rates are set in steps of 0.01 %, amounts in steps of 100 yen (child portion: 1 yen)."""
_STEP_YEN = 100


def decide_rates(w: World, chain: Chain, now: int) -> tuple[Rates, NDArray[np.object_]]:
    """Return actual rates of the chain's year and how each municipality came to them."""
    year = chain.year
    if chain.stage != "none":
        rates = standard_rates_of(chain, w.places)
        rates.cap[:] = caps(w.p, year)
        return rates, np.full(w.places, chain.stage, object)
    rates = _copy(w.rates[now])
    rates.cap[:] = caps(w.p, year)
    agents = institutions(w).municipalities
    reason = np.full(w.places, "", object)
    known = known_rates(w, year)
    wards = _unified_ward_rates(w, chain, w.rates[now]) if year not in unified_years(w) else None
    common, seen = ward_end(w, year), Seen.of(w, chain, w.rates[now], now)
    for agent in agents:
        i = agent.index
        if agent.policy("frozen_rates", year):
            reason[i] = "frozen"
        elif known.known[i, 0]:
            reason[i] = known.status[i, 0]
        elif agent.kind == UNIFIED and wards is not None and int(agent.policy("deficits_gone_by", year)) == common:
            _assign(rates, wards, i, range(len(PORTIONS) - 1))
            reason[i] = "unified"
        else:
            reason[i] = _decide_one(w, chain, agent, rates, now, seen).reason
        if not agent.policy("frozen_rates", year):
            for k in np.flatnonzero(known.known[i]):
                _assign(rates, known.rates, i, (int(k),))
    _child(w, chain, rates, known)
    return rates, reason


def yield_of(rates: Rates, chain: Chain, portion: int) -> NDArray[np.float64]:
    """Return what rates would bill in the chain's year before reliefs (capped income x rate + heads x amount)."""
    name = PORTIONS[portion]
    o = chain.outlook
    return (
        rates.income_part[:, portion] * (o.income[name] / MILLION)
        + rates.per_head[:, portion] * o.insured(name).astype(np.float64)
        + rates.per_household[:, portion] * o.homes(name).astype(np.float64)
    )


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What decides for all municipalities at once, int64[M]: costs beside the standard rate, yield, money to spare."""

    outside: NDArray[np.int64]
    yield_now: NDArray[np.int64]
    spare: NDArray[np.int64]

    @classmethod
    def of(cls, w: World, chain: Chain, current: Rates, now: int) -> Seen:
        levied = range(len(PORTIONS) - 1)
        return cls(
            outside=special_account.outside(w.p, chain.year, chain.outlook.members),
            yield_now=np.sum([yield_of(current, chain, k).astype(np.int64) for k in levied], axis=0),
            spare=spare_of(w, chain, now),
        )


def situation(w: World, chain: Chain, agent: Municipality, seen: Seen, now: int) -> Situation:
    """Return what a municipality sees when it decides."""
    i = agent.index
    r = float(chain.outlook.collection[i])
    standard = sum(int(chain.portions[name].assessed[i]) for name in PORTIONS[:-1])
    standard += round(int(seen.outside[i]) / r)
    transfer = _transfer(w, i, now - 1)
    before = _transfer(w, i, now - 2)
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


def _decide_one(w: World, chain: Chain, agent: Municipality, rates: Rates, now: int, seen: Seen) -> Decision:
    """Scale a municipality's own structure of rates to the bill it decides on."""
    s = situation(w, chain, agent, seen, now)
    decision = agent.decide(s)
    if s.yield_now > 0 and s.standard > 0:
        _scale(rates, w.rates[now], agent.index, decision.bill / s.yield_now)
    return decision


def _unified_ward_rates(w: World, chain: Chain, current: Rates) -> Rates:
    """Return the unified ward rates (特別区統一保険料): what `_ward_levies` says, split 58 : 42.

    Held as a whole within what the assemblies accept and above the largest cut of a year, unless transfers end by
    rule. No portion is below zero: where surpluses and public money exceed its need, the rates in force are scaled.
    """
    year = chain.year
    out = Rates.zeros(w.places)
    wards = unified_wards(institutions(w))
    forced = 0 < ward_end(w, year) <= year
    wanted, now = 0.0, 0.0
    for k, total in enumerate(_ward_levies(w, chain, wards, forced)):
        if not _spread_over_wards(w, chain, wards, out, k, max(total, 0.0)):
            _copy_portion(out, current, k)
            continue
        wanted += total
        now += float(yield_of(current, chain, k)[wards].sum())
    if now > 0 and not forced:
        highest = now * (1 + float(w.p.value("municipal.ward_tolerance", year)))
        lowest = now * (1 - float(w.p.value("municipal.largest_cut", year)))
        source, whole = (out, wanted) if wanted > 0 else (current, now)
        held = min(max(wanted, lowest), highest) / whole
        for k in range(len(PORTIONS) - 1):
            out.income_part[:, k] = _step(source.income_part[:, k] * held, _STEP_INCOME)
            out.per_head[:, k] = _step(source.per_head[:, k] * held, _STEP_YEN)
    return out


def _ward_levies(w: World, chain: Chain, wards: NDArray[np.bool_], forced: bool) -> list[float]:
    """Return what the unified rates of the wards are to bring in by portion before reliefs, yen.

    The wards levy an agreed share of their contribution and carry on the relation of levy to that share of the year
    now: what else pays for it (supports, health programmes, what is not collected) stays as it is. If transfers end by
    rule (`forced`), they levy their standard need with the costs outside it, less the surpluses that may be used.
    """
    year, names = chain.year, PORTIONS[:-1]
    if not forced:
        return [_carried_on(w, chain, wards, name) for name in names]
    need = {name: float(chain.portions[name].assessed[wards].sum()) for name in names}
    collection = np.array([float(r) for r in chain.outlook.collection])
    beside = special_account.outside(w.p, year, chain.outlook.members) - spare_of(w, chain, year - 1)
    need["medical"] += float((beside / collection)[wards].sum())
    return list(need.values())


def _carried_on(w: World, chain: Chain, wards: NDArray[np.bool_], portion: str) -> float:
    """Return this year's levy of a portion, moved by the share of the contribution the wards levy next year."""
    now = chain.year - 1
    levied = w.memory.or_zero(now, f"bill_{portion}") + w.memory.or_zero(now, f"relief_{portion}")
    key = f"municipal.ward_share_{portion}"
    base = float(w.memory.or_zero(now, f"contribution_{portion}")[wards].sum()) * float(w.p.value(key, now))
    due = float(chain.portions[portion].levy[wards].sum()) * float(w.p.value(key, chain.year))
    return float(levied[wards].sum()) * due / base if base > 0 else due


def _spread_over_wards(
    w: World, chain: Chain, wards: NDArray[np.bool_], out: Rates, portion: int, levied: float
) -> bool:
    """Set one pair of rates that brings in `levied` yen, by income and by head; False where there is neither."""
    name = PORTIONS[portion]
    split = float(w.p.value("municipal.ward_income_split", chain.year))
    income, heads = (int(x[wards].sum()) for x in (chain.outlook.income[name], chain.outlook.insured(name)))
    if income == 0 or heads == 0:
        return False
    out.income_part[:, portion] = round(levied * split * MILLION / income / _STEP_INCOME) * _STEP_INCOME
    out.per_head[:, portion] = round(levied * (1 - split) / heads / _STEP_YEN) * _STEP_YEN
    return True


def ward_end(w: World, year: int) -> int:
    """Return the year by which all wards under the unified rates end their transfers by rule (0 = no such rule).

    Rates are one for all of them, so a rule for some wards only makes those decide for themselves.
    """
    ends = {int(a.policy("deficits_gone_by", year)) for a in institutions(w).municipalities if a.kind == UNIFIED}
    return ends.pop() if len(ends) == 1 else 0


def _child(w: World, chain: Chain, rates: Rates, known: Known) -> None:
    """Set the child portion: what is known, else the standard rate, one for the wards under the unified rates.

    Income part in steps of 0.01 %, amounts in whole yen; the add-on from 18 on refills the waiver of those below.
    """
    c, o, year = chain.portions["child"], chain.outlook, chain.year
    children = np.maximum(o.members - o.adults, 0).astype(np.float64)
    waived = children * (1.0 - relieved_share(w, o.known))
    common = ward_end(w, year)
    shared = np.array(
        [
            a.kind == UNIFIED and int(a.policy("deficits_gone_by", year)) == common
            for a in institutions(w).municipalities
        ]
    )
    income = _shared(c.income_part, o.income["child"], shared)
    rates.income_part[:, _CHILD] = _step(income, _STEP_INCOME)
    rates.per_head[:, _CHILD] = _step(_shared(c.per_head, o.members, shared), 1)
    rates.per_household[:, _CHILD] = _step(_shared(c.per_household, c.households, shared), 1)
    for i in np.flatnonzero(known.known[:, _CHILD]):
        _assign(rates, known.rates, int(i), (_CHILD,))
    per_adult = _shared(waived / np.maximum(o.adults, 1), o.adults, shared & ~known.known[:, _CHILD])
    add_on = _step(rates.per_head[:, _CHILD] * per_adult, 1)
    given = known.known[:, _CHILD] & (known.rates.per_adult[:, _CHILD] > 0)
    rates.per_adult[:, _CHILD] = np.where(given, known.rates.per_adult[:, _CHILD], add_on)


def _shared(
    values: NDArray[np.int64] | NDArray[np.float64], base: NDArray[np.int64], group: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return values in which a group of municipalities has one: the mean weighted by what it is charged on."""
    out = values.astype(np.float64)
    if base[group].sum() > 0:
        out[group] = np.average(out[group], weights=base[group])
    return out


def _scale(out: Rates, current: Rates, place: int, factor: float) -> None:
    for k in range(len(PORTIONS) - 1):
        for part, step in (
            ("income_part", _STEP_INCOME),
            ("asset_part", _STEP_INCOME),
            ("per_head", _STEP_YEN),
            ("per_household", _STEP_YEN),
        ):
            value = getattr(current, part)[place, k]
            getattr(out, part)[place, k] = int(value * factor / step + 0.5) * step


def _assign(out: Rates, source: Rates, place: int, portions: range | tuple[int, ...]) -> None:
    for k in portions:
        for part in ("income_part", "asset_part", "per_head", "per_household"):
            getattr(out, part)[place, k] = getattr(source, part)[place, k]


def _copy_portion(out: Rates, source: Rates, portion: int) -> None:
    for part in ("income_part", "asset_part", "per_head", "per_household"):
        getattr(out, part)[:, portion] = getattr(source, part)[:, portion]


def _copy(rates: Rates) -> Rates:
    return Rates(**{f: getattr(rates, f).copy() for f in rates.__dataclass_fields__})


def _step(values: NDArray[np.floating], step: int) -> NDArray[np.int64]:
    return (np.floor(values / step + 0.5) * step).astype(np.int64)


def _transfer(w: World, place: int, year: int) -> int | None:
    known = w.memory.knows(year, "discretionary_transfer")
    return int(w.memory.get(year, "discretionary_transfer")[place]) if known else None
