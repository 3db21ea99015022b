"""Months in which no ceiling of the household can be reached: counter shares (一部負担金), all months at once.

At 70-74 each person's outpatient ceiling can still apply.
"""

from __future__ import annotations

from sim.core.kernel import inner
from sim.core.units import ALL_MONTHS, months_in
from sim.mechanisms.care.amounts import ten
from sim.mechanisms.care.classes import is_active, old_of, old_row, under_of

JULY = 3
APRIL_TO_JULY = 0b1111
"""months before classes and ceilings change"""
FROM_AUGUST = ALL_MONTHS ^ APRIL_TO_JULY
_MARCH = 11


@inner
def elderly_percent(both, law):
    """Return the counter share of a member of 70-74 in percent, by the household's classes."""
    return law.share_elderly_active if is_active(old_of(both)) else law.share_elderly


@inner
def young_percent(q, law):
    """Return the counter share below 70 in percent."""
    return law.share_preschool if q.preschool == 1 else law.share_standard


@inner
def main_receipt(q, routine, rules):
    """Return what the main provider's receipt holds of a month of routine care of a member."""
    return ten(routine * (1.0 - rules.cells[q.age, q.sex].dental) * rules.chances.main_provider)


@inner
def add_case(sums, row, place, number, yen):
    """Count cases of the high-cost benefit of one person, which no other receipt is needed for."""
    sums.classes[row].cases += number
    sums.classes[row].amount += yen
    sums.places[place].high_cost_benefit += yen
    sums.places[place].high_cost_cases += number


@inner
def pay_share(q, mask, percent, law):
    """Pay the routine care of the months of a mask without any ceiling."""
    total = q.routine * months_in(mask)
    if mask & law.otc_mask:
        total -= q.surcharge * months_in(mask & law.otc_mask)
    pay = total * percent // 100
    q.benefit += total - pay
    q.paid += pay


@inner
def counted_share(q, mask, percent, rules):
    """Return the counter share below 70 that counts to the annual ceiling: of main receipts of the floor or more."""
    floor = rules.law.aggregation_floor
    charged = months_in(mask & rules.law.otc_mask)
    each = main_receipt(q, q.routine, rules) * percent // 100
    counted = each * (months_in(mask) - charged) if each >= floor else 0
    each = main_receipt(q, q.routine - q.surcharge, rules) * percent // 100
    return counted + (each * charged if each >= floor else 0)


@inner
def pay_capped(q, yen, number, k, both, place, rules, sums):
    """Pay `number` months like k of `yen` of outpatient care at 70-74, at most the person's own ceiling; return it."""
    percent = elderly_percent(both, rules.law)
    pay = yen * percent // 100
    cap = rules.ceilings_old[k, old_of(both)].outpatient
    if 0 < cap < pay:
        excess = (pay - cap) * number
        q.high_cost += excess
        add_case(sums, old_row(both), place, number, excess)
        if main_receipt(q, yen, rules) * percent // 100 > cap:
            sums.places[place].high_cost_receipts += number
            q.capped += number
        pay = cap
    q.benefit += (yen - pay) * number
    q.paid += pay * number
    return pay * number


@inner
def pay_outpatient(q, mask, k, both, place, rules, sums):
    """Pay the outpatient care at 70-74 of the months of a mask under the ceilings of month k; return the payments."""
    charged = mask & rules.law.otc_mask
    if charged == 0:
        return pay_capped(q, q.routine, months_in(mask), k, both, place, rules, sums)
    paid = pay_capped(q, q.routine - q.surcharge, months_in(charged), k, both, place, rules, sums)
    if mask != charged:
        paid += pay_capped(q, q.routine, months_in(mask ^ charged), k, both, place, rules, sums)
    return paid


@inner
def pay_plain_months(months, home, rules, scratch, sums):
    """Pay the months of a mask in which no ceiling of the household can be reached.

    Return the payments that count to the annual ceiling, to July and since.
    """
    counted_early, counted_late = 0, 0
    for j in range(home.first, home.first + home.members):
        q = scratch.members[j]
        mask = q.routine_months & months
        young = mask & (ALL_MONTHS ^ q.elderly_months)
        if young != 0:
            percent = young_percent(q, rules.law)
            pay_share(q, young, percent, rules.law)
            if q.routine * percent // 100 >= rules.law.aggregation_floor:
                counted_early += counted_share(q, young & APRIL_TO_JULY, percent, rules)
                counted_late += counted_share(q, young & FROM_AUGUST, percent, rules)
        if q.elderly_months == 0:
            continue
        early = mask & q.elderly_months & APRIL_TO_JULY
        if early:
            pay = pay_outpatient(q, early, 0, home.early, home.place, rules, sums)
            q.before += pay
            counted_early += pay
        late = mask & q.elderly_months & FROM_AUGUST
        if late:
            pay = pay_outpatient(q, late, _MARCH, home.late, home.place, rules, sums)
            q.after += pay
            counted_late += pay
    return counted_early, counted_late


@inner
def least(row):
    """Return the lowest ceiling of a month of a class at 70-74."""
    return min(row.monthly, row.multiple) if row.multiple > 0 else row.monthly


@inner
def reaches(home, k, both, rules, scratch):
    """Return whether routine care alone can reach a ceiling of the household in month k, in the classes `both`.

    Outpatient payments at 70-74 are held to each person's own ceiling, which `pay_outpatient` knows.
    """
    law = rules.law
    aged_row = rules.ceilings_old[k, old_of(both)]
    row = rules.ceilings_under[k, under_of(both)]
    young, aged = 0, 0
    for j in range(home.first, home.first + home.members):
        q = scratch.members[j]
        if q.dialysis == 1:
            return True
        if q.elderly_months != 0:
            pay = q.routine * elderly_percent(both, law) // 100
            aged += min(pay, aged_row.outpatient) if aged_row.outpatient > 0 else pay
        if q.elderly_months != ALL_MONTHS:
            young += q.routine * law.share_standard // 100
    if aged > least(aged_row):
        return True
    return young >= law.aggregation_floor and young + aged > min(row.monthly, row.multiple)


@inner
def watch_months(home, rules, scratch):
    """Return the mask of the months in which a ceiling of the household may be reached."""
    watched = 0
    for j in range(home.first, home.first + home.members):
        watched |= scratch.members[j].hospital_months
    heavy = reaches(home, 0, home.early, rules, scratch)
    if heavy:
        watched |= APRIL_TO_JULY
    if home.early != home.late or not rules.law.steady:
        heavy = reaches(home, _MARCH, home.late, rules, scratch)
    if heavy:
        watched |= FROM_AUGUST
    return watched
