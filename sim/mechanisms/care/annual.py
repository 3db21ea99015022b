"""Annual ceilings of August to July, refunded in July: of a person's outpatient care at 70-74 and of the household."""

from __future__ import annotations

from sim.core.kernel import inner
from sim.mechanisms.care.classes import old_of, old_row, under_of
from sim.mechanisms.care.copayment import JULY
from sim.mechanisms.care.state import UNKNOWN


@inner
def refund(q, yen):
    """Give a member back what was paid beyond an annual ceiling."""
    q.benefit += yen
    q.paid -= yen
    q.high_cost += yen


@inner
def refund_outpatient(q, cap):
    """Return the refund of a person's annual outpatient ceiling in July.

    cap  yen, 0 = none. Payments of August to March that are not known (the first year of a run) are taken to have
    been as from April to July.
    """
    carried = 2 * q.before if q.carried == UNKNOWN else q.carried
    yen = max(0, carried + q.before - cap) if cap > 0 else 0
    refund(q, yen)
    return yen


@inner
def refund_household(home, paid, cap, scratch):
    """Return the refund of the household's annual ceiling (年間上限), given to who paid most this year.

    paid  yen of August to July that count; cap  yen, 0 = none
    """
    excess = paid - cap
    if cap <= 0 or excess <= 0:
        return 0
    most = home.first
    for j in range(home.first + 1, home.first + home.members):
        if scratch.members[j].paid > scratch.members[most].paid:
            most = j
    refund(scratch.members[most], excess)
    return excess


@inner
def refund_year(home, paid, rules, scratch, sums):
    """Refund what a household paid beyond the annual ceilings of its classes of July; paid  yen that count."""
    under, old = rules.ceilings_under[JULY, under_of(home.early)], rules.ceilings_old[JULY, old_of(home.early)]
    if home.elderly_months == 0 and under.annual <= 0:
        return
    own = 0
    only_aged = True
    for j in range(home.first, home.first + home.members):
        q = scratch.members[j]
        only_aged = only_aged and (q.elderly_months >> JULY) & 1 == 1
        if q.elderly_months != 0:
            own += refund_outpatient(q, old.outpatient_annual)
    cap = old.annual if only_aged else under.annual
    whole = refund_household(home, paid - own, cap, scratch)
    sums.classes[old_row(home.early)].amount += own
    sums.classes[old_row(home.early) if only_aged else under_of(home.early)].amount += whole
    sums.places[home.place].high_cost_benefit += own + whole
