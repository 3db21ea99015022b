"""The year of payment: bills, late payers, carried-over claims, enforcement, write-off, facts and tables."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BalanceError
from sim.core.step import Step
from sim.core.units import april, era
from sim.institutions.memory import PORTIONS
from sim.institutions.world import World
from sim.payment import codes, tables
from sim.payment.kernels import CHUNKS, Habits, Homes, Law, People, Tally, collect, incomes, vacate
from sim.payment.settings import habits, rules
from sim.population.table import Columns

BURDEN = "payment_burden"
"""Ledger: bills over income of the last year, float64[places]."""
REFERENCE = "payment_reference_burden"
"""Ledger: the same of the last year with feedback at strength 1."""
DEPARTED = "departed_claims"
"""Ledger int64[places, 6]: yen owed by households that left, by vintage (this year's unpaid, one … five years)."""

_WRITES = Homes._fields[Homes._fields.index("last_bill") :]
READS = tuple(f"households.{n}" for n in Homes._fields) + tuple(f"people.{n}" for n in People._fields)
WRITES = tuple(f"households.{n}" for n in _WRITES)


def empty(places: int) -> Tally:
    """Return empty sums for `places` municipalities."""
    measures = len(codes.MEASURES)
    return Tally(
        places=np.zeros((CHUNKS, places, 2, len(codes.PLACE_MEASURES)), np.int64),
        flows=np.zeros((CHUNKS, places, 2, codes.VINTAGES, len(codes.FLOWS)), np.int64),
        groups=np.zeros((CHUNKS, places, codes.GROUPS, measures), np.int64),
        moves=np.zeros((CHUNKS, 3, 3), np.int64),
    )


def _tables(c: Any) -> tuple[Homes, People]:
    homes = Homes(*(getattr(c.households, name) for name in Homes._fields))
    return homes, People(*(getattr(c.people, name) for name in People._fields))


def settle(c: Any, w: World, luck: int, year: int, how: Habits, law: Law) -> Tally:
    """Run one year of payment on the columns and return its sums over rows (not yet times the weight).

    luck is the fiscal year of the draws, year the one the bills and ages belong to.
    """
    homes, people = _tables(c)
    sums = empty(w.places)
    rest = (luck, w.key("payment.household"), w.key("payment.year"), april(year))
    bins = np.zeros((CHUNKS, codes.BINS), np.int64)
    with ThreadPoolExecutor(nb.get_num_threads()) as threads:
        list(threads.map(lambda chunk: incomes(homes.base_income, homes.insured_months, bins, chunk), range(CHUNKS)))
        tenth = tenths(bins.sum(axis=0))
        list(threads.map(lambda chunk: collect(homes, people, how, law, sums, tenth, chunk, *rest), range(CHUNKS)))
    return Tally(*(part.sum(axis=0) for part in sums))


def tenths(count: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the group of `DECILES` each bin of base income belongs to, int64[bins]; count is of insured households.

    The first bin, most of it without any base income, is a group of its own. Of the others, whole bins: a bin belongs
    to the tenth in which its middle household stands.
    """
    rest = np.where(np.arange(count.size) > 0, count, 0)
    middle = np.cumsum(rest) - rest / 2
    tenth = np.minimum((10 * middle / max(int(rest.sum()), 1)).astype(np.int64), 9)
    return np.where(np.arange(count.size) > 0, 1 + tenth, 0)


def columns(w: World) -> Columns:
    """Return the view of the tables that the steps of payment have."""
    return Columns({"people": w.people, "households": w.households}, READS, WRITES)


def _collect(c: Any, w: World, year: int) -> None:
    burden_shift, rise_shift = feedback(c, w, year)
    how = habits(w.p, year, burden_shift, rise_shift)
    law = rules(w.p, year)
    sums = settle(c, w, year, year, how, law)
    gone = age_departed(w, year, law)
    _remember_burden(w, year, sums)
    flows = sums.flows.sum(axis=1) * w.weight + gone
    check(w, year, flows)
    _put_facts(w, year, sums, flows)
    tables.record(w, year, sums, gone)


def feedback(c: Any, w: World, year: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the log shifts of burden and of the rise of bills that are not to count, float64[places] each.

    Zero at strength 1. At 0 a municipality's mean burden counts as in the last year of strength 1, and in between
    (or beyond 1) its change since then counts in part (or more than once).
    """
    nothing = np.zeros(w.places)
    strength = float(w.p.value("payment.feedback_strength", year))
    if strength == 1.0:
        return nothing, nothing
    now = _burden(c, w, year)
    before = w.ledgers.get(BURDEN, now)
    reference = w.ledgers.setdefault(REFERENCE, now)
    return (1.0 - strength) * np.log(now / reference), (1.0 - strength) * np.log(now / before)


def _burden(c: Any, w: World, year: int) -> NDArray[np.float64]:
    """Return bills over income by municipality; one where nobody is billed."""
    homes = c.households
    bill = homes.bill_medical + homes.bill_support + homes.bill_care + homes.bill_child
    income = homes.base_income + int(w.p.value("payment.income_floor", year))
    billed = bill > 0
    place = homes.place[billed]
    owed = np.bincount(place, bill[billed], w.places)
    earned = np.bincount(place, income[billed], w.places)
    return np.where(owed > 0, owed / np.maximum(earned, 1), 1.0)


def _remember_burden(w: World, year: int, sums: Tally) -> None:
    total = sums.places.sum(axis=1)
    owed, earned = total[:, codes.BILLED], total[:, codes.INCOME]
    burden = np.where(owed > 0, owed / np.maximum(earned, 1), 1.0)
    w.ledgers[BURDEN] = burden
    if w.p.value("payment.feedback_strength", year) == 1.0:
        w.ledgers[REFERENCE] = burden


def age_departed(w: World, year: int, law: Law) -> NDArray[np.int64]:
    """Collect, write off and age the claims on households that left; return their flows, int64[places, 6, 5]."""
    old = w.ledgers.get(DEPARTED, np.zeros((w.places, codes.VINTAGES), np.int64))
    claims = np.zeros_like(old)
    claims[:, 1:] = old[:, :-1]
    claims[:, -1] += old[:, -1]
    rate = w.p.by_place("payment.departed_collection", year).astype(np.int64)
    collected = claims * rate[:, None] // 1_000_000
    barred = np.arange(codes.VINTAGES)[None, :] >= law.limitation[:, None]
    written = np.where(barred, claims - collected, 0)
    closing = claims - collected - written
    w.ledgers[DEPARTED] = closing
    return np.stack([claims, collected, written, closing, np.zeros_like(claims)], axis=2)


def check(w: World, year: int, flows: NDArray[np.int64]) -> None:
    """Raise BalanceError unless opening + new unpaid = collected + written off + closing, by municipality and vintage.

    flows  int64[places, 6, 5]; the new unpaid is the closing of this year's vintage, where nothing else can be.
    """
    gap = flows[:, :, codes.OPENING] - flows[:, :, codes.COLLECTED] - flows[:, :, codes.WRITTEN_OFF]
    gap -= flows[:, :, codes.CLOSING]
    gap[:, 0] += flows[:, 0, codes.CLOSING]
    if gap.any():
        place, vintage = np.unravel_index(int(np.argmax(np.abs(gap))), gap.shape)
        raise BalanceError(
            f"claims of municipality {w.p.codes()[place]} in {era(year)} on bills of {era(year - int(vintage))} do not "
            f"close: opening + unpaid - collected - written off - closing = {gap[place, vintage]:,} yen"
        )


def _put_facts(w: World, year: int, sums: Tally, flows: NDArray[np.int64]) -> None:
    total = sums.places.sum(axis=1) * w.weight
    owed = flows.sum(axis=1)
    facts = {
        "collected": total[:, codes.PAID],
        "bill_unknown_address": total[:, codes.UNKNOWN],
        "unpaid": total[:, codes.BILLED] - total[:, codes.PAID],
        "arrears_opening": owed[:, codes.OPENING],
        "arrears_collected": owed[:, codes.COLLECTED],
        "arrears_written_off": owed[:, codes.WRITTEN_OFF],
        "arrears_closing": owed[:, codes.CLOSING],
        "arrears_households": total[:, codes.ARREARS_HOUSEHOLDS],
        "seizures": total[:, codes.SEIZED],
        "delinquency_charges": total[:, codes.CHARGES],
        "collection_cost": cost(w, year, total, linked(sums) * w.weight),
    }
    _check_carried(w, year, facts["arrears_opening"])
    for name, value in facts.items():
        w.memory.put(year, name, np.ascontiguousarray(value))
    _check_bills(w, year, total[:, codes.BILLED])


def _check_carried(w: World, year: int, opened: NDArray[np.int64]) -> None:
    """Raise BalanceError when claims were lost or found between the years (moves, departures, re-packing)."""
    if w.memory.knows(year - 1, "arrears_closing"):
        closed = w.memory.get(year - 1, "arrears_closing")
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
        levied = np.sum([w.memory.get(year, name) for name in names], axis=0)
        if (levied != billed).any():
            place = int(np.argmax(levied != billed))
            raise BalanceError(
                f"{w.p.codes()[place]} in {era(year)}: levied {levied[place]:,} yen, "
                f"payment met bills of {billed[place]:,} yen"
            )


def linked(sums: Tally) -> NDArray[np.int64]:
    """Return the billed households whose head's stay is reported to the immigration agency, int64[places] rows."""
    rows = sums.groups[:, codes.rows_of("residence and stay"), codes.HOUSEHOLDS]
    first = codes.RESIDENCE_STAYS.index(f"{codes.RESIDENCES[2]}, {codes.STAYS[0]}")
    return rows[:, first:].sum(axis=1)


def cost(w: World, year: int, total: NDArray[np.int64], foreign: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return what collection costs each municipality in a year, int64[places], yen.

    Staff in proportion to insured households and capacity, reminders, moves to account transfer, fees of further
    payment channels and instalments, counselling, prepayment at the counter, data for the immigration link.
    total int64[places, measures] and foreign int64[places] (heads under the link) are whole households.
    """

    def places(name: str) -> NDArray[np.float64]:
        return w.p.by_place(f"payment.{name}", year).astype(np.float64)

    late, slips = total[:, codes.LATE_INSTALMENTS], total[:, codes.SLIPS_DUE]
    usual = w.p.table("places.municipalities")["instalments"].to_numpy(np.float64)
    chosen = places("instalments")
    further = np.where(chosen > usual, 1.0 - usual / np.maximum(chosen, 1.0), 0.0)
    yen = total[:, codes.HOUSEHOLDS] / 1000 * places("staff_per_1000") * places("enforcement_capacity")
    yen = yen * places("staff_cost")
    yen = yen + late * (places("sms_reminders") * places("sms_cost") + places("voice_reminders") * places("voice_cost"))
    yen = yen + total[:, codes.SWITCHED] * places("account_campaign_cost")
    yen = yen + slips * (places("cashless") * places("cashless_cost") + further * places("instalment_cost"))
    yen = yen + total[:, codes.COUNSELLED] * places("hardship_programme") * places("hardship_cost")
    yen = yen + total[:, codes.PREPAID] * places("prepayment_cost")
    yen = yen + foreign * places("immigration_link") * places("immigration_cost")
    return np.rint(yen).astype(np.int64)


def opening(w: World, year: int) -> None:
    """Fill arrears, methods and readiness before the first year by living through the years before it.

    Step RUN_IN: once, after the levy of the first year and before COLLECT; nothing is recorded.
    """
    nothing = np.zeros(w.places)
    run_in(w, year, habits(w.p, year, nothing, nothing), rules(w.p, year))


def run_in(w: World, year: int, how: Habits, law: Law) -> None:
    """Let every household with a bill of `year` pay that bill in each of the years before.

    Draws and level of collection (run_in_trend) are those of the earlier years. A household that joined 国保 later
    stands for the one it replaced, whose claims go to the ledger of departed claims (`vacate`): members come and
    go, their number and bills do not. Left out: that bills and the mix of people were different then.
    """
    c = columns(w)
    homes, people = _tables(c)
    trend = float(w.p.value("payment.run_in_trend", year))
    for luck in range(year - int(w.p.value("payment.run_in_years", year)), year):
        earlier = how._replace(place_residence=how.place_residence + trend * (year - luck))
        settle(c, w, luck, year, earlier, law)
        age_departed(w, year, law)
        departed = np.zeros((w.places, codes.VINTAGES), np.int64)
        vacate(homes, people, april(luck + 1), departed)
        w.ledgers[DEPARTED] += departed * w.weight


def _run_in(_c: Any, w: World, year: int) -> None:
    opening(w, year)


RUN_IN = Step("payment.run_in", reads=READS, writes=WRITES, run=_run_in, first=True)
COLLECT = Step("payment.collect", reads=READS, writes=WRITES, run=_collect)
PAYMENT = (RUN_IN, COLLECT)
