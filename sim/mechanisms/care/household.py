"""What a household pays of its members' care in a year, and the accounts it carries into the next."""

from __future__ import annotations

from sim.core.kernel import inline, inner
from sim.core.units import ALL_MONTHS
from sim.mechanisms.care.annual import refund_year
from sim.mechanisms.care.classes import declares, household_classes
from sim.mechanisms.care.copayment import JULY, pay_plain_months, watch_months
from sim.mechanisms.care.need import note_incomes
from sim.mechanisms.care.receipts import pay_month
from sim.mechanisms.care.state import CLASS_STEP


@inner
def pay_home(home, history, carried, rules, scratch, sums):
    """Pay a household's year; return this year's months with a benefit and payments since August that count.

    history  mask of last year's months with a benefit; carried  payments since last August that count
    """
    watched = watch_months(home, rules, scratch)
    paid_early, paid_late = pay_plain_months(ALL_MONTHS ^ watched, home, rules, scratch, sums)
    hits, k = 0, 0
    while watched >> k:
        if (watched >> k) & 1:
            hit, counted = pay_month(home, k, history, hits, rules, scratch, sums)
            hits |= hit << k
            if k <= JULY:
                paid_early += counted
            else:
                paid_late += counted
        k += 1
    refund_year(home, carried + paid_early, rules, scratch, sums)
    return hits, paid_late


@inline
def pay(people, homes, rules, draws, scratch, sums, home):
    """Find the classes of a household, pay its year and open the accounts of the next one."""
    h = home.row
    if home.elderly_months != 0:
        note_incomes(people, scratch, home)
    under, old, undeclared = household_classes(
        scratch, home, people.declared[homes.head[h]], homes.relief_class[h], homes.base_income[h], rules
    )
    if undeclared and not declares(rules, draws, homes.hid[h]):
        under = 0
    home.late = under + CLASS_STEP * old
    home.early = home.carried_class if home.carried_class >= 0 else home.late
    hits, paid = pay_home(home, home.carried_months, home.carried_paid, rules, scratch, sums)
    homes.care_class[h] = home.late
    homes.care_months[h] = hits
    homes.care_paid[h] = paid
