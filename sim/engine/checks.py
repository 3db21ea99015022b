"""Balances that must hold to the person and to the yen, checked after every step, in every run.

Money that cannot be negative is among them. `shares_fit_together` is asked before a run.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import cast

import numpy as np
from numpy.typing import NDArray

from sim.core.errors import BalanceError, ParameterError
from sim.core.kernel import spans, spread
from sim.core.state import take
from sim.core.tables import joined
from sim.core.units import april, era
from sim.engine.kernels import Homes, People, add_up, find_broken_span, find_wrong_months
from sim.engine.state import State
from sim.institutions.ledgers import MetropolitanLedger, MunicipalLedger
from sim.institutions.memory import PORTIONS
from sim.mechanisms.care.profile import group_name
from sim.parameters import Parameters
from sim.parameters.schema import plain


def _first(search: Callable[..., None], rows: int, *given: object) -> int:
    """Return the first row that a search finds wrong, or -1."""
    found = np.full((spans(rows), 1), -1, np.int64)
    spread(search, rows, *given, each=found)
    hits = found[found >= 0]
    return int(hits[0]) if hits.size else -1


def _total(column: NDArray[np.number]) -> int:
    """Return the sum of a column of whole numbers."""
    sums = np.zeros((spans(column.size), 1), np.int64)
    spread(add_up, column.size, column, each=sums)
    return int(sums.sum())


def households_hold_their_people(state: State, year: int) -> None:
    people, homes = state.people, state.households
    row = _first(find_broken_span, homes.rows, people.household, take(Homes, homes))
    if row >= 0:
        raise BalanceError(f"{era(year)}: household row {row} (hid {homes.hid[row]}) does not hold its people")
    held = int(homes.start[-1]) + int(homes.size[-1]) - int(homes.start[0]) if homes.rows else 0
    if held != people.rows:
        raise BalanceError(f"{era(year)}: households hold {held} persons, the table has {people.rows}")


def months_agree(state: State, year: int) -> None:
    people = state.people
    late_elderly_age = int(state.world.p.value("levy.late_elderly_age", year))
    row = _first(find_wrong_months, people.rows, take(People, people), april(year), late_elderly_age)
    if row >= 0:
        raise BalanceError(
            f"{era(year)}: person {people.pid[row]}: insured months {people.insured_months[row]:012b} against present "
            f"{people.present[row]:012b}, scheme {people.scheme[row]}, born {people.born[row]}"
        )


def bills_are_booked(state: State, year: int) -> None:
    homes, w = state.households, state.world
    for portion in PORTIONS:
        rows = _total(getattr(homes, f"bill_{portion}")) * w.weight
        fact = int(w.memory.own(year, f"bill_{portion}").sum())
        if rows != fact:
            raise BalanceError(f"{era(year)}: {portion} bills are {rows:,} yen by household, {fact:,} by municipality")


def payments_add_up(state: State, year: int) -> None:
    """billed = collected + unpaid; claims opening + unpaid = collected + written off + closing.

    Of the rows, and of what institutions are told where control totals tell them.
    """
    memory = state.world.memory
    for told in (memory.own, memory.get) if memory.control else (memory.get,):
        _add_up(told, year)


def _add_up(told: Callable[[int, str], NDArray[np.int64]], year: int) -> None:
    def get(name: str) -> NDArray[np.int64]:
        return told(year, name)

    billed = sum(get(f"bill_{p}") for p in PORTIONS)
    gap = billed - get("collected") - get("unpaid")
    if np.any(gap != 0):
        raise BalanceError(f"{era(year)}: billed is not collected + unpaid at place {_worst(gap)}")
    left = get("arrears_opening") + get("unpaid") - get("arrears_collected") - get("arrears_written_off")
    if np.any(left != get("arrears_closing")):
        raise BalanceError(f"{era(year)}: claims do not add up at place {_worst(left - get('arrears_closing'))}")


def books_close(state: State, year: int) -> None:
    state.world.books.check(year)


CHECKED = frozenset({"cost_by_age"})
"""tables the checks look at"""
_KINDS_OF_CARE = ("cost", "benefit", "inpatient", "drugs", "dental", "outpatient", "high_cost", "over_800k")


def care_costs_nothing_below_zero(state: State, year: int) -> None:
    """No cost, benefit or kind of care is negative, neither of a municipality nor of an age."""
    _not_below_zero(state, year, _CARE)
    table = state.world.tables["cost_by_age"][-1]
    low = {kind: int(np.min(cast(NDArray[np.int64], table[kind]))) for kind in _KINDS_OF_CARE}
    if low[name := min(low, key=low.__getitem__)] < 0:
        whole = joined([table])
        age = whole.loc[int(whole[name].to_numpy().argmin()), "age_group"]
        raise BalanceError(
            f"{era(year)}: {name} at ages {age} is {low[name]:,.0f} yen; care cannot cost less than nothing"
        )


def premiums_are_not_below_zero(state: State, year: int) -> None:
    _not_below_zero(state, year, _PREMIUMS)


def payments_are_not_below_zero(state: State, year: int) -> None:
    _not_below_zero(state, year, _PAYMENTS)


def contributions_are_not_below_zero(state: State, year: int) -> None:
    for levied in (year, year + 1):
        _not_below_zero(state, levied, _CONTRIBUTIONS)


def nobody_owes_a_fund(state: State, year: int) -> None:
    """Funds hold money or nothing, loans are owed or not, and no municipality is paid a transfer below zero."""
    _not_below_zero(state, year, ("discretionary_transfer", "fund"))
    for name in ("fund", "loan"):
        amount = getattr(state.world.ledger(MunicipalLedger), name)
        if (amount < 0).any():
            raise BalanceError(f"{era(year)}: {name} is negative at place {_worst(np.minimum(amount, 0))}")
    if (fund := state.world.ledger(MetropolitanLedger).fund) < 0:
        raise BalanceError(f"{era(year)}: the stabilisation fund holds {fund:,} yen")


def _not_below_zero(state: State, year: int, facts: tuple[str, ...]) -> None:
    w = state.world
    for name in facts:
        if w.memory.knows(year, name) and ((values := w.memory.get(year, name)) < 0).any():
            code = w.p.codes()[int(np.argmin(values))]
            raise BalanceError(f"{code} {era(year)}: {name} is {int(values.min()):,}; it cannot be below zero")


_CARE = ("cost", "benefit", "high_cost_benefit", "elderly_benefit", "over_800k", "over_4200k", "standard_cost")
_PREMIUMS = tuple(f"{name}_{p}" for name in ("bill", "relief", "gross_levy", "over_cap") for p in PORTIONS)
_PAYMENTS = (
    *("collected", "unpaid", "arrears_opening", "arrears_collected", "arrears_written_off", "arrears_closing"),
    *("collection_cost", "delinquency_charges"),
)
_CONTRIBUTIONS = ("contribution", "easing", *(f"contribution_{p}" for p in PORTIONS))


def shares_fit_together(p: Parameters, first: int) -> None:
    """Refuse, before a run, shares that are allowed one by one and impossible together."""
    whole = p.value("cost.stay_months", first)
    if abs(math.fsum(whole) - 1) > _ADDS_UP:
        raise ParameterError(f"cost.stay_months is {plain(whole)}; the three shares must add up to 1")
    for names in _AT_MOST_ALL:
        rows = zip(*(p.value(name, first) for name in names), strict=True)
        for group, parts in enumerate(rows):
            if math.fsum(parts) > 1 + _ADDS_UP:
                said = " and ".join(f"{n} {plain(v)}" for n, v in zip(names, parts, strict=True))
                raise ParameterError(
                    f"{said} at ages {group_name(group)} are more than all care; lower one, the sum is at most 1"
                )


_ADDS_UP = 1e-6
_AT_MOST_ALL = (("cost.drug_share", "cost.dental_share"), ("cost.chronic_share", "cost.long_stay_share"))
"""Shares by age of which each group of names adds up to 1 at most."""


def _worst(gap: NDArray[np.int64]) -> str:
    place = int(np.argmax(np.abs(gap)))
    return f"{place} ({int(gap[place]):,} yen)"


AFTER: dict[str, tuple[Callable[[State, int], None], ...]] = {
    "demography": (households_hold_their_people,),
    "enrolment": (months_agree,),
    "cost": (care_costs_nothing_below_zero,),
    "levy": (bills_are_booked, premiums_are_not_below_zero),
    "payment": (payments_add_up, payments_are_not_below_zero),
    "rates": (contributions_are_not_below_zero,),
    "finance": (books_close, nobody_owes_a_fund),
}
"""Checks to run after the last step of each mechanism."""
