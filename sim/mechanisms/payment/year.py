"""The year of payment, household by household: what is owed, what is paid, what is pursued, what is counted."""

from __future__ import annotations

from sim.core.kernel import inline, kernel
from sim.core.units import MARCH
from sim.core.units import MONTHS as _MONTHS
from sim.mechanisms.payment.arrears import close, enforce, joined, open_claims, pass_on, shift, vacate
from sim.mechanisms.payment.bill import pay
from sim.mechanisms.payment.count import count, income_bin
from sim.mechanisms.payment.household import bill_of, look
from sim.mechanisms.payment.listing import BLOCK, draw_for, drawn, list_billed, list_owing, readiness
from sim.mechanisms.payment.state import Draws


@inline
def live_through(homes, people, rules, draws, sums, who, carried, own):
    """Live a household through the year, from the claims it brings along to those it carries on; return these, yen.

    carried  older claims it brings along, yen; own  what is drawn for it (listing.Drawn)
    """
    i, bill = who.row, who.bill
    row = sums.places[who.place, who.foreign]
    claims = sums.claims[who.place, who.foreign]
    if carried > 0:
        open_claims(homes, i, claims)
    odds = -rules.chances.steady * own.ready
    if bill > 0:
        odds = pay(homes, people, rules, draws, who, carried, own, row)
    else:
        homes.paid[i] = 0
        homes.unknown_address[i] = 0
    if carried > 0:
        enforce(homes, rules, draws, who, carried, odds, row, claims)
    owed = close(homes, i, bill, carried, claims)
    homes.last_bill[i] = bill
    return owed


@inline
def settle(homes, people, rules, draws, tenth, desk, at):
    """Live the household that is listed at `at` through the year and count it."""
    i, sums = desk.rows[at], desk.sums
    bill, carried = bill_of(homes, i), shift(homes, i)
    who = look(homes, people, rules, draws.opening, i, bill)
    last_bill, last_unpaid = homes.last_bill[i], homes.arrears[i, 0]
    own = drawn(desk, readiness(homes, draws, i), at, 0)
    owed = live_through(homes, people, rules, draws, sums, who, carried, own)
    if bill > 0:
        row = sums.places[who.place, who.foreign]
        member = homes.insured_months[i] & MARCH != 0
        row.opened += member and carried > 0
        row.stayed += member and carried > 0 and owed > 0
        count(homes, people, rules, draws, sums, tenth, who, owed)
        if last_bill > 0:
            pass_on(sums.moves, last_unpaid, last_bill, homes.unpaid[i], bill)


@kernel
def collect(homes, people, rules, draws, tenth, desk, low, high):
    """Settle a year of the households low <= row < high.

    rules  parameters of the year (chances.Rules); draws  which draws it takes (state.Draws)
    tenth  int64[bins], the tenth of households each bin of base income belongs to
    desk   sums and room of the thread (listing.Desk)
    """
    for first in range(low, high, BLOCK):
        listed = list_owing(homes, desk, first, min(first + BLOCK, high))
        draw_for(desk, draws, listed)
        for at in range(listed):
            settle(homes, people, rules, draws, tenth, desk, at)


@inline
def settle_years(homes, people, rules, first, desk, departed, at):
    """Live the household that is listed at `at` through the years of the run-in."""
    years, i = departed.shape[0], desk.rows[at]
    who = look(homes, people, rules, first.opening, i, bill_of(homes, i))
    ready = readiness(homes, first, i)
    joins = (joined(homes, people, i) - first.opening) // _MONTHS + years
    for k in range(years):
        draws = Draws(first.year + k, first.opening, first.household, first.yearly, first.level * (years - k))
        own = drawn(desk, ready, at, k)
        live_through(homes, people, rules, draws, desk.sums, who, shift(homes, i), own)
        if k + 1 == joins:
            vacate(homes, departed[k, who.place, who.foreign], i)


@kernel
def settle_before(homes, people, rules, first, desk, departed, low, high):
    """Live the households low <= row < high through the years of the run-in; hand on claims of predecessors (`vacate`).

    rules     parameters of the first simulated year
    first     draws of the first year of the run-in; its level is that of one year (state.Draws)
    desk      sums, which nobody reads, and room of the thread (listing.Desk)
    departed  the span's own part of what `vacate` hands on, int64[years, places, 2, ORIGINS]
    Who is not billed owes nothing in the years before either: the bills of the run-in are those of the first year.
    """
    for begin in range(low, high, BLOCK):
        listed = list_billed(homes, desk, begin, min(begin + BLOCK, high))
        draw_for(desk, first, listed)
        for at in range(listed):
            settle_years(homes, people, rules, first, desk, departed, at)


@kernel
def count_incomes(base_income, insured_months, bins, low, high):
    """Count the insured households by bin of base income into int64[bins]."""
    for i in range(low, high):
        if insured_months[i] != 0:
            bins[income_bin(base_income[i])] += 1
