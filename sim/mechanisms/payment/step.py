"""The steps of payment: RUN_IN before the first year, COLLECT every year; balances, facts and tables of the year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.core.kernel import spans, spread
from sim.core.step import step
from sim.core.sums import whole
from sim.core.units import april, era
from sim.institutions.ledgers import DepartedClaims
from sim.institutions.memory import PORTIONS
from sim.institutions.world import World
from sim.mechanisms.payment import state, tables
from sim.mechanisms.payment.chances import Rules, rules
from sim.mechanisms.payment.law import usual_instalments
from sim.mechanisms.payment.listing import Desk
from sim.mechanisms.payment.state import Claims, Draws, Homes, People, PlaceMeasures, Totals
from sim.mechanisms.payment.year import collect, count_incomes, settle_before
from sim.population.households import ORIGINS

_TENTHS = 10


@dataclass
class Burden:
    """Bills over income by municipality, float64[places]: of last year, and of the last year of feedback strength 1."""

    last: NDArray[np.float64] | None = None
    reference: NDArray[np.float64] | None = None


def live_before(w: World, year: int, people: People, homes: Homes) -> None:
    """Fill arrears, methods and readiness before the first year by living through the years before it.

    Once, after the levy of the first year and before COLLECT; nothing is recorded.
    """
    run_in(w, year, people, homes, rules(w.p, year))


def collect_bills(w: World, year: int, people: People, homes: Homes) -> None:
    """Settle the bills of the year and the claims carried over; put facts and tables."""
    burden_shift, rise_shift = feedback(w, year, homes)
    how = rules(w.p, year, burden_shift=burden_shift, rise_shift=rise_shift)
    sums = settle(w, people, homes, how, Draws.of(w.key, year, april(year)))
    gone = age_departed(w, year, how)
    _remember_burden(w, year, sums)
    claims = Claims((sums.claims.array * w.weight + gone.array).sum(axis=1))
    check(w, year, claims)
    _put_facts(w, year, sums, claims)
    tables.record(w, year, sums, gone)


def settle(w: World, people: People, homes: Homes, how: Rules, draws: Draws) -> Totals:
    """Run one year of payment on the columns and return its sums over rows (not yet times the weight)."""
    rows = homes.hid.size
    bins = np.zeros((spans(rows), state.BINS), np.int64)
    spread(count_incomes, rows, homes.base_income, homes.insured_months, each=bins)
    desks: list[Desk] = []

    def desk() -> Desk:
        """Return what a further thread works with."""
        desks.append(Desk.empty(w.places))
        return desks[-1]

    spread(collect, rows, homes, people, how, draws, tenths(bins.sum(axis=0)), workspace=desk)
    return Totals.of([desk.sums for desk in desks])


def tenths(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the group of `DECILES` each bin of base income belongs to, int64[bins]; count is of insured households.

    The first bin, most of it without any base income, is a group of its own. Of the others, whole bins: a bin belongs
    to the tenth in which its middle household stands.
    """
    rest = np.where(np.arange(count.size) > 0, count, 0)
    middle = np.cumsum(rest) - rest / 2
    tenth = np.minimum((_TENTHS * middle / max(int(rest.sum()), 1)).astype(np.int64), _TENTHS - 1)
    return np.where(np.arange(count.size) > 0, 1 + tenth, 0)


def run_in(w: World, year: int, people: People, homes: Homes, how: Rules) -> None:
    """Let every household with a bill of `year` pay that bill in each of the years before.

    Draws and level of collection (run_in_trend) are those of the earlier years. A household that joined 国保 later
    stands for the one it replaced, whose claims go to the ledger of departed claims (`vacate`): members come and
    go, their number and bills do not. Left out: that bills and the mix of people were different then.
    """
    years = int(w.p.value("payment.run_in_years", year))
    trend = float(w.p.value("payment.run_in_trend", year))
    first = Draws.of(w.key, year - years, april(year))._replace(level=trend)
    rows, ledger = homes.hid.size, w.ledger(DepartedClaims)
    departed = np.zeros((spans(rows), years, *ledger.yen.shape), np.int64)
    spread(settle_before, rows, homes, people, how, first, each=departed, workspace=lambda: Desk.empty(w.places, years))
    for yen in departed.sum(axis=0) * w.weight:
        age_departed(w, year, how)
        ledger.yen += yen


def feedback(w: World, year: int, homes: Homes) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Return the log shifts of burden and of the rise of bills that are not to count, float64[places] each.

    None at strength 1. At 0 a municipality's mean burden counts as in the last year of strength 1, and in between
    (or beyond 1) its change since then counts in part (or more than once).
    """
    strength = float(w.p.value("payment.feedback_strength", year))
    if strength == 1.0:
        return None, None
    now, known = _burden(w, year, homes), w.ledger(Burden)
    before = now if known.last is None else known.last
    if known.reference is None:
        known.reference = now
    return (1.0 - strength) * np.log(now / known.reference), (1.0 - strength) * np.log(now / before)


def _burden(w: World, year: int, homes: Homes) -> NDArray[np.float64]:
    """Return bills over income by municipality; one where nobody is billed."""
    bill = homes.bill_medical + homes.bill_support + homes.bill_care + homes.bill_child
    income = homes.base_income + int(w.p.value("payment.income_floor", year))
    billed = bill > 0
    place = homes.place[billed]
    owed = np.bincount(place, bill[billed], w.places)
    earned = np.bincount(place, income[billed], w.places)
    return np.where(owed > 0, owed / np.maximum(earned, 1), 1.0)


def _remember_burden(w: World, year: int, sums: Totals) -> None:
    total = sums.places.sum(axis=1)
    known = w.ledger(Burden)
    known.last = np.where(total.billed > 0, total.billed / np.maximum(total.income, 1), 1.0)
    if w.p.value("payment.feedback_strength", year) == 1.0:
        known.reference = known.last


def age_departed(w: World, year: int, how: Rules) -> Claims:
    """Collect, write off and age the claims on households that left; return their flows, Claims[places, 2, ORIGINS]."""
    ledger = w.ledger(DepartedClaims)
    claims = np.zeros_like(ledger.yen)
    claims[..., 1:] = ledger.yen[..., :-1]
    claims[..., -1] += ledger.yen[..., -1]
    rate = w.p.by_place("payment.departed_collection", year).astype(np.int64)
    collected = claims * rate[:, None, None] // 1_000_000
    barred = np.arange(ORIGINS) >= how.bylaws["limitation_years"][:, None, None]
    written = np.where(barred, claims - collected, 0)
    ledger.yen = claims - collected - written
    return Claims(np.stack([claims, collected, written, ledger.yen, np.zeros_like(claims)], axis=-1))


def check(w: World, year: int, claims: Claims) -> None:
    """Raise BalanceError unless opening + new unpaid = collected + written off + closing, by municipality and origin.

    claims  [places, ORIGINS]; the new unpaid is the closing of this year's bill, where nothing else can be
    """
    gap = claims.opening - claims.collected - claims.written_off - claims.closing
    gap[:, 0] += claims.closing[:, 0]
    if gap.any():
        place, origin = np.unravel_index(int(np.argmax(np.abs(gap))), gap.shape)
        raise BalanceError(
            f"claims of municipality {w.p.codes()[place]} in {era(year)} on bills of {era(year - int(origin))} do not "
            f"close: opening + unpaid - collected - written off - closing = {gap[place, origin]:,} yen"
        )


def _put_facts(w: World, year: int, sums: Totals, claims: Claims) -> None:
    total = sums.places.sum(axis=1) * w.weight
    owed = claims.sum(axis=1)
    facts = {
        "collected": total.paid,
        "bill_unknown_address": total.unknown,
        "unpaid": total.billed - total.paid,
        "arrears_opening": owed.opening,
        "arrears_collected": owed.collected,
        "arrears_written_off": owed.written_off,
        "arrears_closing": owed.closing,
        "arrears_households": total.arrears_households,
        "seizures": total.seized,
        "delinquency_charges": total.charges,
        "collection_cost": cost(w, year, total) + cost_abroad(w, year, sums),
    }
    _check_carried(w, year, facts["arrears_opening"])
    for name, value in facts.items():
        w.memory.put(year, name, np.ascontiguousarray(value))
    _check_bills(w, year, total.billed)


def _check_carried(w: World, year: int, opened: NDArray[np.int64]) -> None:
    """Raise BalanceError when claims were lost or found between the years (moves, departures, re-packing)."""
    if w.memory.knows(year - 1, "arrears_closing"):
        closed = w.memory.own(year - 1, "arrears_closing")
        if (closed != opened).any():
            place = int(np.argmax(closed != opened))
            raise BalanceError(
                f"{w.p.codes()[place]}: {era(year - 1)} closed with claims of {closed[place]:,} yen, "
                f"{era(year)} opened with {opened[place]:,}"
            )


def _check_bills(w: World, year: int, billed: NDArray[np.int64]) -> None:
    """Raise BalanceError when the bills met here are not the bills the levy reported."""
    names = [f"bill_{portion}" for portion in PORTIONS]
    if all(w.memory.knows(year, name) for name in names):
        levied = np.sum([w.memory.own(year, name) for name in names], axis=0)
        if (levied != billed).any():
            place = int(np.argmax(levied != billed))
            raise BalanceError(
                f"{w.p.codes()[place]} in {era(year)}: levied {levied[place]:,} yen, "
                f"payment met bills of {billed[place]:,} yen"
            )


def linked(sums: Totals) -> NDArray[np.int64]:
    """Return the billed households whose head's stay is reported to the immigration agency, int64[places] rows."""
    rows = sums.groups.households[:, state.rows_of("residence and stay")]
    first = state.RESIDENCE_STAYS.index(f"{state.RESIDENCES[2]}, {state.STAYS[0]}")
    return rows[:, first:].sum(axis=1)


def cost(w: World, year: int, total: PlaceMeasures) -> NDArray[np.int64]:
    """Return what collection costs each municipality in a year, int64[places], yen.

    Staff in proportion to insured households and capacity, guidance, reminders, moves to account transfer, fees of
    further payment channels and instalments, counselling, prepayment at the counter.
    total [places] are whole households.
    """

    def places(name: str) -> NDArray[np.float64]:
        return _places(w, year, name)

    late, slips = total.late_instalments, total.slips_due
    usual = usual_instalments(w.p).astype(np.float64)
    chosen = places("instalments")
    further = np.where(chosen > usual, 1.0 - usual / np.maximum(chosen, 1.0), 0.0)
    yen = total.households / 1000 * places("staff_per_1000") * places("enforcement_capacity")
    yen = yen * places("staff_cost") + places("collection_guidance") * places("guidance_cost")
    yen = yen + late * (places("sms_reminders") * places("sms_cost") + places("voice_reminders") * places("voice_cost"))
    yen = yen + total.switched * places("account_campaign_cost")
    yen = yen + slips * (places("cashless") * places("cashless_cost") + further * places("instalment_cost"))
    yen = yen + total.counselled * places("hardship_programme") * places("hardship_cost")
    yen = yen + total.prepaid * places("prepayment_cost")
    return whole(yen)


def cost_abroad(w: World, year: int, sums: Totals) -> NDArray[np.int64]:
    """Return what measures for foreign heads cost each municipality in a year, int64[places], yen.

    Notices and advice in their languages; data for the immigration link; the change of the system that it needs, in
    the year before the link begins (市町村システムの改修).
    """
    heads, seen = (rows * w.weight for rows in (sums.places.households[:, 1], linked(sums)))
    yen = heads * _places(w, year, "multilingual_notices") * _places(w, year, "multilingual_cost")
    now, next_year = (_places(w, y, "immigration_link") for y in (year, year + 1))
    yen = yen + seen * now * _places(w, year, "immigration_cost")
    begins = (now == 0) & (next_year > 0)
    return whole(yen + begins * _places(w, year, "immigration_system_cost"))


def _places(w: World, year: int, name: str) -> NDArray[np.float64]:
    return w.p.by_place(f"payment.{name}", year).astype(np.float64)


RUN_IN = step("payment.run_in", live_before, first=True)
COLLECT = step("payment.collect", collect_bills)
