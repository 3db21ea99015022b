"""Months in which a ceiling may be reached: the household's receipts (レセプト), what they hold and who pays."""

from __future__ import annotations

from sim.core.kernel import inner
from sim.mechanisms.care.classes import is_upper, old_of, old_row, under_of
from sim.mechanisms.care.copayment import JULY, add_case, elderly_percent, main_receipt, young_percent
from sim.mechanisms.care.high_cost import ceiling, is_fourth, month


@inner
def add_receipt(scratch, count, j, yen, pay, inpatient, elderly, law):
    """Add a receipt of member j and return the number of receipts; one below 70 that cannot add up is paid at once."""
    if yen == 0:
        return count
    if elderly == 0 and pay < law.aggregation_floor:
        q = scratch.members[j]
        q.benefit += yen - pay
        q.paid += pay
        return count
    x = scratch.receipts[count]
    x.who = j
    x.elderly = elderly
    x.inpatient = inpatient
    x.cost = yen
    x.pay = pay
    return count + 1


@inner
def pay_dialysis(q, pay, elderly, both, place, law, sums):
    """Return the counter share of a month of dialysis (特定疾病), the rest of `pay` being high-cost benefit."""
    limit = law.dialysis_ceiling_active if elderly == 0 and is_upper(both) else law.dialysis_ceiling
    excess = pay - limit
    if excess <= 0:
        return pay
    q.high_cost += excess
    add_case(sums, old_row(both) if elderly == 1 else under_of(both), place, 1, excess)
    sums.places[place].high_cost_receipts += 1
    q.capped += 1
    return limit


@inner
def fill_member(scratch, count, j, k, both, place, rules, sums):
    """Add the receipts of member j in month k; return the number of receipts. One main provider holds most of routine
    care.

    At 70-74 all outpatient receipts add up, and one stands for them. Dialysis is the main provider's.
    """
    q, law = scratch.members[j], rules.law
    routine = q.routine if (q.routine_months >> k) & 1 else 0
    if (law.otc_mask >> k) & 1 and routine > 0:
        routine -= q.surcharge
    elderly = (q.elderly_months >> k) & 1
    percent = elderly_percent(both, law) if elderly == 1 else young_percent(q, law)
    if (q.hospital_months >> k) & 1:
        yen = scratch.hospital[j, k]
        count = add_receipt(scratch, count, j, yen, yen * percent // 100, 1, elderly, law)
    if routine <= 0:
        return count
    main = main_receipt(q, routine, rules) if elderly == 0 or q.dialysis == 1 else routine
    pay = main * percent // 100
    if q.dialysis == 1:
        pay = pay_dialysis(q, pay, elderly, both, place, law, sums)
    rest = routine - main
    if elderly == 1:
        return add_receipt(scratch, count, j, routine, pay + rest * percent // 100, 0, elderly, law)
    count = add_receipt(scratch, count, j, main, pay, 0, elderly, law)
    return add_receipt(scratch, count, j, rest, rest * percent // 100, 0, elderly, law)


@inner
def settle_receipts(scratch, count, k):
    """Add shares and benefits of the receipts of month k to the members."""
    for r in range(count):
        x = scratch.receipts[r]
        q = scratch.members[x.who]
        q.benefit += x.cost - x.pay + x.back
        q.paid += x.pay - x.back
        q.high_cost += x.back
        if x.elderly == 1 and x.inpatient == 0:
            if k <= JULY:
                q.before += x.pay - x.back
            else:
                q.after += x.pay - x.back


@inner
def count_capped(scratch, count, under, old, fourth, rules):
    """Return the receipts of a month whose own counter share passes a ceiling, as hospitals claim it (現物給付).

    They are noted with the members.
    under, old  ceilings below 70 and at 70-74. Of outpatient care at 70-74 the main provider's receipt is looked at.
    """
    found = 0
    for r in range(count):
        x = scratch.receipts[r]
        if x.elderly == 1 and x.inpatient == 0:
            main = main_receipt(scratch.members[x.who], x.cost, rules)
            cap = ceiling(old, main, fourth)
            passes = main * x.pay // x.cost > (min(cap, old.outpatient) if old.outpatient > 0 else cap)
        elif x.elderly == 1:
            passes = x.pay > ceiling(old, x.cost, fourth)
        else:
            passes = x.pay > ceiling(under, x.cost, fourth)
        found += passes
        scratch.members[x.who].capped += passes
    return found


@inner
def pay_month(home, k, history, hits, rules, scratch, sums):
    """Pay month k; return (1 if the household has a benefit, payments that count to the annual ceiling).

    history  mask of last year's months with a benefit; hits, of this year's so far
    """
    both = home.early if k <= JULY else home.late
    count = 0
    for j in range(home.first, home.first + home.members):
        count = fill_member(scratch, count, j, k, both, home.place, rules, sums)
    if count == 0:
        return 0, 0
    under, old = rules.ceilings_under[k, under_of(both)], rules.ceilings_old[k, old_of(both)]
    fourth = is_fourth(history, hits, k, rules.law.multiple_after)
    clinic, persons, together, whole, counted = month(
        count, scratch.receipts, under, old, fourth, rules.law.aggregation_floor
    )
    settle_receipts(scratch, count, k)
    row = sums.places[home.place]
    if clinic + together + whole > 0:
        row.high_cost_receipts += count_capped(scratch, count, under, old, fourth, rules)
    sums.classes[old_row(both)].cases += persons + (together > 0)
    sums.classes[old_row(both)].amount += clinic + together
    sums.classes[under_of(both)].cases += whole > 0
    sums.classes[under_of(both)].amount += whole
    row.high_cost_cases += persons + (together > 0 or whole > 0)
    row.high_cost_benefit += clinic + together + whole
    return 1 if together + whole > 0 else 0, counted
