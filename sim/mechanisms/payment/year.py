"""The year of payment, household by household: what is owed, what is paid, what is pursued, what is counted."""

from __future__ import annotations

import math

import numpy as np

from sim.core.kernel import inline, kernel
from sim.core.rng import draw4, normal
from sim.core.units import MARCH
from sim.core.units import MONTHS as _MONTHS
from sim.mechanisms.payment.arrears import close, enforce, forget, joined, open_claims, pass_on, shift, vacate
from sim.mechanisms.payment.bill import pay
from sim.mechanisms.payment.count import count, income_bin
from sim.mechanisms.payment.household import bill_of, look
from sim.mechanisms.payment.state import Draws

_READINESS = 1
"""position of the draw of readiness among those that stay with a household"""


@inline
def readiness(homes, draws, i):
    """Return the household's readiness to pay, drawn when it is first asked for."""
    if math.isnan(homes.propensity[i]):
        homes.propensity[i] = normal(draw4(draws.household, 0, homes.hid[i], _READINESS)[0])
    return np.float64(homes.propensity[i])


@inline
def live_through(homes, people, rules, draws, sums, who, carried):
    """Live a household through the year, from the claims it brings along to those it carries on; return these, yen.

    carried  older claims it brings along, yen
    """
    i, bill = who.row, who.bill
    row = sums.places[who.place, who.foreign]
    claims = sums.claims[who.place, who.foreign]
    if carried > 0:
        open_claims(homes, i, claims)
    ready = readiness(homes, draws, i)
    odds = -rules.chances.steady * ready
    if bill > 0:
        odds = pay(homes, people, rules, draws, who, carried, ready, row)
    else:
        homes.paid[i] = 0
        homes.unknown_address[i] = 0
    if carried > 0:
        enforce(homes, rules, draws, who, carried, odds, row, claims)
    owed = close(homes, i, bill, carried, claims)
    homes.last_bill[i] = bill
    return owed


@inline
def settle(homes, people, rules, draws, sums, tenth, i):
    """Live household i through the year and count it."""
    bill = bill_of(homes, i)
    carried = shift(homes, i)
    if bill == 0 and carried == 0:
        forget(homes, i)
        return
    who = look(homes, people, rules, draws.opening, i, bill)
    last_bill, last_unpaid = homes.last_bill[i], homes.arrears[i, 0]
    owed = live_through(homes, people, rules, draws, sums, who, carried)
    if bill > 0:
        row = sums.places[who.place, who.foreign]
        member = homes.insured_months[i] & MARCH != 0
        row.opened += member and carried > 0
        row.stayed += member and carried > 0 and owed > 0
        count(homes, people, rules, draws, sums, tenth, who, owed)
        if last_bill > 0:
            pass_on(sums.moves, last_unpaid, last_bill, homes.unpaid[i], bill)


@kernel
def collect(homes, people, rules, draws, tenth, sums, low, high):
    """Settle a year of the households low <= row < high.

    rules  parameters of the year (chances.Rules); draws  which draws it takes (state.Draws)
    tenth  int64[bins], the tenth of households each bin of base income belongs to
    sums   the span's own part of state.Sums
    """
    for i in range(low, high):
        settle(homes, people, rules, draws, sums, tenth, i)


@kernel
def settle_before(homes, people, rules, first, sums, departed, low, high):
    """Live the households low <= row < high through the years of the run-in; hand on claims of predecessors (`vacate`).

    rules     parameters of the first simulated year
    first     draws of the first year of the run-in; its level is that of one year (state.Draws)
    sums      state.Sums of one span, which nobody reads
    departed  the span's own part of what `vacate` hands on, int64[years, places, 2, ORIGINS]
    Who is not billed owes nothing in the years before either: the bills of the run-in are those of the first year.
    """
    years = departed.shape[0]
    for i in range(low, high):
        bill = bill_of(homes, i)
        if bill == 0:
            continue
        who = look(homes, people, rules, first.opening, i, bill)
        own = (joined(homes, people, i) - first.opening) // _MONTHS + years
        for k in range(years):
            draws = Draws(first.year + k, first.opening, first.household, first.yearly, first.level * (years - k))
            live_through(homes, people, rules, draws, sums, who, shift(homes, i))
            if k + 1 == own:
                vacate(homes, departed[k, who.place, who.foreign], i)


@kernel
def count_incomes(base_income, insured_months, bins, low, high):
    """Count the insured households by bin of base income into int64[bins]."""
    for i in range(low, high):
        if insured_months[i] != 0:
            bins[income_bin(base_income[i])] += 1
