"""What care costs a member in each month, and who pays it, household by household.

Amounts of a month are multiples of 10 yen, as points are. The need for care of a member is a standard normal mix of
permanent health, passing illness and the luck of the year. It moves the chance of care in a month, the cost of such
a month and the rate of hospital stays. Stays begin in any month and wrap round the year, so that expected cost is
proportional to insured months and no month depends on another month's insurance.
"""

import math
from collections import namedtuple

import numba as nb
import numpy as np

from sim.core.rng import draw4, normal
from sim.core.units import age_at, mask_between, months_in
from sim.cost.kernels_ceilings import (
    ANNUAL,
    BASE,
    MULTIPLE,
    OUTPATIENT,
    OUTPATIENT_ANNUAL,
    is_fourth,
    month,
)

COST, BENEFIT, HIGH_COST, HIGH_CASES, ELDERLY, OVER_HIGH, HIGH_RECEIPTS = range(7)
OVER_SPECIAL, SPECIAL_RECEIPTS, DEATHS, BIRTHS = range(7, 11)
FACT_COUNT = 11
"""Sums by municipality: yen, cases, receipts; deaths of the insured and births by insured mothers."""
MONTHS, AGE_COST, AGE_BENEFIT, AGE_INPATIENT, AGE_DRUGS, AGE_DENTAL = range(6)
AGE_COUNT = 6
"""Sums by municipality, five-year age and sex: insured months, and yen."""
BINS = 1024
"""Bins of the distributions: 32 for each doubling of the amount, the first for nothing."""
UNDER_CLASSES, OLD_CLASSES = 13, 7
NONTAXED = 12
ORDINARY, LOWEST, LOW_2, LOW_1 = 3, 4, 5, 6
DIES = 1
APRIL_TO_JULY = 0b1111
UNKNOWN = -1
RECEIPTS = 3
"""Most receipts of a person in a month: inpatient, main provider, other providers."""

Slots = namedtuple(
    "Slots", "row age routine months insured elderly preschool stays inpatient surcharge benefit paid before after"
)
"""The insured of one household, a slot each: row; age; yen of a month with routine care; its months; insured months;
months at 70-74; below school age; any hospital stay; yen of inpatient care by month; the part of `routine` that is a
drug surcharge; yen of benefit; yen paid; elderly outpatient payments of April to July, and since August."""
Receipts = namedtuple("Receipts", "who elderly inpatient cost pay back")
"""The receipts of one household and month; see kernels_ceilings.month."""


@nb.njit(cache=True)
def bin_of(yen):
    """Return the bin of an amount: 0 for nothing, else 32 bins for each doubling."""
    if yen <= 0:
        return 0
    fraction, power = math.frexp(yen)
    return min(BINS - 1, 1 + power * 32 + int((fraction - 0.5) * 64))


@nb.njit(cache=True)
def ten(yen):
    """Round an amount half up to 10 yen."""
    return np.int64(yen / 10.0 + 0.5) * 10


@nb.njit(cache=True)
def need_of(keys, year, pid, i, health, illness, s):
    """Move a member's passing illness on by a year and return his need for care and two uniforms.

    health and illness that are not yet known (NaN) are drawn from the standard normal.
    """
    u0, u1, u2, u3 = draw4(keys[0], year, pid)
    shock = normal(u0)
    if math.isnan(health[i]):
        health[i] = normal(draw4(keys[1], 0, pid)[0])
    if math.isnan(illness[i]):
        illness[i] = shock
    else:
        illness[i] = s.persistence * illness[i] + s.innovation * shock
    return s.permanent * health[i] + s.passing * illness[i] + s.yearly * normal(u1), u2, u3


@nb.njit(cache=True)
def visited(key, year, pid, chance, luck):
    """Return the mask of the months with routine care; `luck` rounds the chance to a 256th."""
    line = int(chance * 256.0 + luck)
    words = draw4(key, year, pid)
    mask = 0
    for w in range(3):
        bits = np.int64(words[w] * 4294967296.0)
        for k in range(4):
            if (bits >> (8 * k)) & 255 < line:
                mask |= 1 << (4 * w + k)
    return mask


@nb.njit(cache=True)
def stays_of(luck, rate):
    """Return the number of hospital stays of a year, Poisson cut at two."""
    if luck <= 1.0 - rate:
        return 0
    none = math.exp(-rate)
    if luck < none:
        return 0
    return 1 if luck < none * (1.0 + rate) else 2


@nb.njit(cache=True)
def receipt_of(u, s):
    """Return an inpatient receipt in yen at the level of R4: lognormal, with a Pareto tail above a line."""
    if u <= 1.0 - s.tail:
        return math.exp(s.receipt_mu + s.receipt_sigma * normal(u))
    return min(s.tail_from * ((1.0 - u) / s.tail) ** -s.tail_power, s.receipt_most)


@nb.njit(cache=True)
def stay(key, year, pid, number, scale, s, out):
    """Add one hospital stay to the months of `out`, yen at the level of R4 times `scale`."""
    lane = 16 * number
    u0, u1, u2, u3 = draw4(key, year, pid, lane)
    first = int(u1 * 12.0)
    length = 1 if u0 <= s.one_month else 2
    if u0 > s.two_months:
        length = min(12, 3 + int(-math.log2((1.0 - u0) / (1.0 - s.two_months))))
    out[first] += ten(receipt_of(u2, s) * scale)
    if length > 1:
        out[(first + 1) % 12] += ten(receipt_of(u3, s) * scale)
    for m in range(2, length):
        u = draw4(key, year, pid, lane + m - 1)[0]
        out[(first + m) % 12] += ten(receipt_of(u, s) * scale)


@nb.njit(cache=True)
def last_illness(key, year, pid, insured, mean, s, out):
    """Add the months of hospital before death, the last of which is the last insured month."""
    u0, u1, _, _ = draw4(key, year, pid, 32)
    last = 11
    while last > 0 and not (insured >> last) & 1:
        last -= 1
    length = s.terminal_low + int(u0 * s.terminal_span)
    yen = ten(mean * math.exp(0.5 * normal(u1) - 0.125))
    for k in range(max(0, last - length + 1), last + 1):
        out[k] += yen


@nb.njit(cache=True)
def deducted(gross, least, rates, adds):
    """Return income after a deduction of bands: the least of the bands' lines, but not less than `least`."""
    cut = rates[0] * gross + adds[0]
    for j in range(1, rates.size):
        cut = min(cut, rates[j] * gross + adds[j])
    return max(0, gross - max(least, np.int64(cut)))


@nb.njit(cache=True)
def old_class(people, low, high, base_income, nontaxed, law):
    """Return the class at 70-74 of a household: active by its members of 70-74, else by the household's tax."""
    base = 0
    gross = 0
    count = 0
    taxable = 0
    poor = True
    for i in range(low, high):
        if people.insured[i] == 0:
            continue
        age = age_at(people.born[i], law.opening + 4)
        work = people.salary[i] + people.business[i] + people.other_income[i]
        if age >= 18 and (work > 0 or people.pension[i] > law.low_pension):
            poor = False
        if age < law.elderly_age or age >= 75:
            continue
        income = deducted(people.salary[i], law.salary_least, law.salary_rate, law.salary_add)
        income += deducted(people.pension[i], law.pension_least, law.pension_rate, law.pension_add)
        income = max(0, income + people.business[i] + people.other_income[i] - law.basic)
        base += income
        gross += work + people.pension[i]
        taxable = max(taxable, income - law.other_deductions)
        count += 1
    if count > 0 and base > law.active_base and taxable >= law.active[0] and gross >= law.gross[min(count, 2) - 1]:
        return 0 if taxable >= law.active[2] else 1 if taxable >= law.active[1] else 2
    if nontaxed:
        return LOW_1 if poor else LOW_2
    return LOWEST if base_income <= law.bounds[10] else ORDINARY


@nb.njit(cache=True)
def under_class(base_income, nontaxed, bounds):
    """Return the class below 70: the first whose bound the base income passes; 12 (オ) when nobody is taxed."""
    if nontaxed:
        return NONTAXED
    for j in range(bounds.size):
        if base_income > bounds[j]:
            return j
    return bounds.size - 1


@nb.njit(cache=True)
def is_nontaxed(relief, base_income, members, law):
    """Return whether the household counts as non-taxed: 7割軽減, or a lesser relief and income below the tax line."""
    if relief == 7:
        return True
    line = law.nontaxed_one if members <= 1 else law.nontaxed_two + (members - 2) * law.nontaxed_more
    return relief > 0 and base_income <= line


@nb.njit(cache=True)
def share_percent(elderly, preschool, cls, law):
    """Return the counter share in percent."""
    if elderly:
        return law.share_active if cls <= 2 else law.share_elderly
    return law.share_preschool if preschool else law.share_standard


@nb.njit(cache=True)
def split(routine, dental, main):
    """Return the month's routine care as the receipt of the main provider and the rest, dental care included."""
    first = ten(routine * (1.0 - dental) * main)
    return first, routine - first


@nb.njit(cache=True)
def members_of(lo, hi, place, people, year, keys, profile, scales, s, law, out, m):
    """Draw the cost of the insured of one household (rows lo to hi) into the slots of `m`; return their number.

    people, out  columns read and written; m  Slots; the rest as in `care`
    """
    opening = law.opening
    slots = 0
    for i in range(lo, hi):
        insured = int(people.insured[i])
        if insured == 0:
            out.cost[i] = 0
            out.benefit[i] = 0
            out.outpatient[i] = UNKNOWN
            continue
        age = min(max(age_at(people.born[i], opening + 6), 0), 74)
        sex = people.sex[i]
        pid = people.pid[i]
        need, stays_luck, luck = need_of(keys, year, pid, i, out.health, out.illness, s)
        scale = scales.level[place]
        if people.residence[i] > 0:
            scale *= s.foreign
        if age >= 40:
            scale *= scales.adults[place]
        chance = 1.0 / (1.0 + math.exp(-(profile.visit[age, sex] + s.visit_slope * need)))
        months = visited(keys[2], year, pid, chance, luck)
        routine = profile.routine[age, sex] * math.exp(s.routine_sigma * need)
        in_hospital = m.inpatient[slots]
        stays = stays_of(stays_luck, profile.admission[age, sex] * math.exp(s.admission_slope * need))
        long_stay = out.health[i] > profile.stay_z[age]
        dying = dies_insured(people.leaving[i], people.present[i], insured) == 1
        m.stays[slots] = stays > 0 or long_stay or dying
        if m.stays[slots]:
            in_hospital[:] = 0
            for j in range(stays):
                stay(keys[3], year, pid, j, scale, s, in_hospital)
            if long_stay:
                in_hospital[:] += ten(s.long_stay * scale)
            if dying:
                last_illness(keys[3], year, pid, insured, profile.terminal[age, sex] * scale, s, in_hospital)
        if out.health[i] > scales.chronic_z[place, age] and not long_stay:
            routine += s.chronic
            months = 4095
        m.row[slots] = i
        m.age[slots] = age
        m.routine[slots] = ten(routine * scale * (1.0 - profile.drugs[age] * scales.drugs_saved[place]))
        m.months[slots] = months & insured
        m.insured[slots] = insured
        m.elderly[slots] = mask_between(people.born[i] + 12 * law.elderly_age + 1, opening + 12, opening)
        m.preschool[slots] = people.born[i] + 12 * law.school_age >= opening
        m.surcharge[slots] = 0
        if age >= law.otc_age:
            m.surcharge[slots] = ten(m.routine[slots] * profile.drugs[age] * law.otc)
        m.benefit[slots] = 0
        m.paid[slots] = 0
        m.before[slots] = 0
        m.after[slots] = 0
        slots += 1
    return slots


@nb.njit(cache=True)
def least(row):
    """Return the lowest monthly ceiling of a class."""
    return min(row[BASE], row[MULTIPLE]) if row[MULTIPLE] > 0 else row[BASE]


@nb.njit(cache=True)
def is_heavy(slots, m, k, under, old, ceilings, law):
    """Return whether the household can reach a ceiling in a month like month k, or has anybody in hospital."""
    young = 0
    aged = 0
    for j in range(slots):
        if m.stays[j]:
            return True
        if m.elderly[j] != 0:
            pay = m.routine[j] * share_percent(True, False, old, law) // 100
            cap = ceilings.old[k, old, OUTPATIENT]
            if cap > 0 and pay > cap:
                return True
            aged += pay
        if m.elderly[j] != 4095:
            young += m.routine[j] * law.share_standard // 100
    if aged > least(ceilings.old[k, old]):
        return True
    return young >= law.floor and young + aged > least(ceilings.under[k, under])


@nb.njit(cache=True)
def plain_shares(slots, m, early, late, law):
    """Fill the benefit of each slot when no ceiling can be reached; return the elderly payments to July and since.

    early, late  class at 70-74 from April to July and from August
    """
    counted_early = 0
    counted_late = 0
    for j in range(slots):
        insured_part = m.routine[j] - m.surcharge[j]
        for half in range(2):
            window = m.months[j] & (APRIL_TO_JULY if half == 0 else 4095 ^ APRIL_TO_JULY)
            cls = early if half == 0 else late
            for aged in range(2):
                mask = window & (m.elderly[j] if aged == 1 else 4095 ^ m.elderly[j])
                if mask == 0:
                    continue
                percent = share_percent(aged == 1, m.preschool[j], cls, law)
                charged = months_in(mask & law.otc_mask)
                total = m.routine[j] * (months_in(mask) - charged) + insured_part * charged
                pay = total * percent // 100
                m.benefit[j] += total - pay
                m.paid[j] += pay
                if aged == 0:
                    continue
                if half == 0:
                    counted_early += pay
                    m.before[j] += pay
                else:
                    counted_late += pay
                    m.after[j] += pay
    return counted_early, counted_late


@nb.njit(cache=True)
def reckon_month(k, slots, m, cls, old, fourth, ceilings, profile, law, r):
    """Fill the receipts of month k into `r`, apply shares and ceilings, add benefits to the slots; see `month`."""
    n = 0
    for j in range(slots):
        if not (m.insured[j] >> k) & 1:
            continue
        elderly = (m.elderly[j] >> k) & 1 == 1
        percent = share_percent(elderly, m.preschool[j], old, law)
        routine = m.routine[j] if (m.months[j] >> k) & 1 else 0
        if (law.otc_mask >> k) & 1 and routine > 0:
            routine -= m.surcharge[j]
        main, rest = split(routine, profile.dental[m.age[j]], law.main)
        for kind in range(RECEIPTS):
            yen = (m.inpatient[j, k] if m.stays[j] else 0) if kind == 0 else main if kind == 1 else rest
            if yen > 0:
                r.who[n] = j
                r.elderly[n] = elderly
                r.inpatient[n] = kind == 0
                r.cost[n] = yen
                r.pay[n] = yen * percent // 100
                n += 1
    found = month(
        n, r.who, r.elderly, r.inpatient, r.cost, r.pay, ceilings.under[k, cls], ceilings.old[k, old], fourth,
        law.floor, r.back,
    )  # fmt: skip
    for q in range(n):
        j = r.who[q]
        m.benefit[j] += r.cost[q] - r.pay[q] + r.back[q]
        m.paid[j] += r.pay[q] - r.back[q]
        if r.elderly[q] and not r.inpatient[q]:
            if k < 4:
                m.before[j] += r.pay[q] - r.back[q]
            else:
                m.after[j] += r.pay[q] - r.back[q]
    return found


@nb.njit(cache=True)
def outpatient_refund(j, m, out, cap):
    """Settle the annual outpatient ceiling of a person in July, open the next account and return the refund.

    cap  yen, 0 = none. A person whose payments of August to March are not known (the first year of a run) is taken
    to have paid them as from April to July.
    """
    i = m.row[j]
    carried = out.outpatient[i]
    if carried == UNKNOWN:
        carried = 2 * m.before[j]
    refund = max(0, carried + m.before[j] - cap) if cap > 0 else 0
    out.outpatient[i] = m.after[j]
    m.benefit[j] += refund
    m.paid[j] -= refund
    return refund


@nb.njit(cache=True)
def annual_refund(slots, m, paid, cap):
    """Return the refund of the household's annual ceiling (年間上限), given to who paid most this year.

    paid  yen of August to July that count; cap  yen, 0 = none
    """
    excess = paid - cap
    if cap <= 0 or excess <= 0:
        return 0
    most = 0
    for j in range(1, slots):
        if m.paid[j] > m.paid[most]:
            most = j
    m.benefit[most] += excess
    m.paid[most] -= excess
    return excess


@nb.njit(cache=True)
def classes_of(lo, hi, h, slots, people, homes, law, m):
    """Return the household's classes from August on, below 70 and at 70-74, by what the town knows of its income."""
    base_income = homes.base_income[h]
    nontaxed = is_nontaxed(homes.relief[h], base_income, slots, law)
    old = LOW_2 if nontaxed else ORDINARY
    undeclared = people.declared[homes.head[h]] == 0
    aged = False
    for j in range(slots):
        undeclared = undeclared or (m.age[j] >= 18 and people.declared[m.row[j]] == 0)
        aged = aged or m.elderly[j] != 0
    if aged:
        old = old_class(people, lo, hi, base_income, nontaxed, law)
    return under_class(base_income, nontaxed, law.bounds), old, undeclared


@nb.njit(cache=True)
def household(h, people, homes, year, keys, profile, scales, s, law, ceilings, out, m, r, facts, classes):
    """Reckon cost and benefit of one household into its slots and columns; return its insured.

    facts, classes  sums of the municipality and of the classes; the high-cost benefit is added here
    """
    lo = homes.start[h]
    hi = lo + homes.size[h]
    place = homes.place[h]
    slots = members_of(lo, hi, place, people, year, keys, profile, scales, s, law, out, m)
    if slots == 0:
        out.care_class[h] = UNKNOWN
        out.care_months[h] = 0
        out.care_paid[h] = 0
        return 0
    under, old, undeclared = classes_of(lo, hi, h, slots, people, homes, law, m)
    if undeclared and draw4(keys[4], year, homes.hid[h])[0] >= law.declares:
        under = 0
    early_under, early_old = under, old
    if out.care_class[h] >= 0:
        early_under, early_old = out.care_class[h] % 16, out.care_class[h] // 16
    heavy = is_heavy(slots, m, 0, early_under, early_old, ceilings, law)
    heavy = heavy or is_heavy(slots, m, 11, under, old, ceilings, law)
    hits = 0
    benefit = 0
    if heavy:
        early_paid = 0
        late_paid = 0
        for k in range(12):
            cls, aged = (early_under, early_old) if k < 4 else (under, old)
            fourth = is_fourth(out.care_months[h], hits, k, law.after)
            outpatient, persons, together, whole, counted = reckon_month(
                k, slots, m, cls, aged, fourth, ceilings, profile, law, r
            )
            classes[UNDER_CLASSES + aged, 0] += persons + (together > 0)
            classes[UNDER_CLASSES + aged, 1] += outpatient + together
            classes[cls, 0] += whole > 0
            classes[cls, 1] += whole
            facts[HIGH_CASES] += persons + (together > 0 or whole > 0)
            benefit += outpatient + together + whole
            if together + whole > 0:
                hits |= 1 << k
            if k < 4:
                early_paid += counted
            else:
                late_paid += counted
    else:
        early_paid, late_paid = plain_shares(slots, m, early_old, old, law)
    benefit += refunds_of(h, slots, m, out, early_under, early_old, early_paid, ceilings, classes)
    facts[HIGH_COST] += benefit
    out.care_class[h] = under + 16 * old
    out.care_months[h] = hits
    out.care_paid[h] = late_paid
    return slots


@nb.njit(cache=True)
def refunds_of(h, slots, m, out, under, old, early_paid, ceilings, classes):
    """Settle the annual ceilings of August to July by the classes and ceilings of July; return the refunds."""
    outpatient = 0
    aged = True
    for j in range(slots):
        aged = aged and (m.elderly[j] >> 3) & 1 == 1
        outpatient += outpatient_refund(j, m, out, ceilings.old[3, old, OUTPATIENT_ANNUAL])
    classes[UNDER_CLASSES + old, 1] += outpatient
    cap = ceilings.old[3, old, ANNUAL] if aged else ceilings.under[3, under, ANNUAL]
    whole = annual_refund(slots, m, out.care_paid[h] + early_paid - outpatient, cap)
    classes[UNDER_CLASSES + old if aged else under, 1] += whole
    return outpatient + whole


@nb.njit(cache=True)
def tally(slots, people, profile, law, out, m, facts, ages, yearly, monthly):
    """Write the year's cost and benefit of each member and add them to the sums of the chunk."""
    for j in range(slots):
        i = m.row[j]
        months = months_in(m.months[j])
        insured = months_in(m.insured[j])
        routine = m.routine[j] * months
        total = routine
        hospital = 0
        in_bins = 0
        main, _ = split(m.routine[j], profile.dental[m.age[j]], law.main)
        over_receipts(main, months, law, facts)
        if m.stays[j]:
            for k in range(12):
                yen = m.inpatient[j, k]
                if yen == 0 or not (m.insured[j] >> k) & 1:
                    continue
                hospital += yen
                over_receipts(yen, 1, law, facts)
                visit = m.routine[j] if (m.months[j] >> k) & 1 else 0
                if visit > 0:
                    in_bins += 1
                b = bin_of(yen + visit)
                monthly[b, 0] += 1
                monthly[b, 1] += yen + visit
                insured -= 1
            total += hospital
        alone = months - in_bins
        b = bin_of(m.routine[j])
        monthly[b, 0] += alone
        monthly[b, 1] += alone * m.routine[j]
        monthly[0, 0] += insured - alone
        out.cost[i] = total
        out.benefit[i] = m.benefit[j]
        b = bin_of(total)
        yearly[b, 0] += 1
        yearly[b, 1] += total
        facts[COST] += total
        facts[BENEFIT] += m.benefit[j]
        full = months_in(m.insured[j])
        aged = months_in(m.insured[j] & mask_between(people.born[i] + 780, law.opening + 12, law.opening))
        facts[ELDERLY] += m.benefit[j] * aged // full
        facts[DEATHS] += dies_insured(people.leaving[i], people.present[i], m.insured[j])
        born = people.gave_birth[i] - law.opening
        facts[BIRTHS] += 0 <= born < 12 and (m.insured[j] >> born) & 1 == 1
        row = ages[m.age[j] // 5, people.sex[i]]
        row[MONTHS] += full
        row[AGE_COST] += total
        row[AGE_BENEFIT] += m.benefit[j]
        row[AGE_INPATIENT] += hospital
        row[AGE_DRUGS] += np.int64(routine * profile.drugs[m.age[j]])
        row[AGE_DENTAL] += np.int64(routine * profile.dental[m.age[j]])


@nb.njit(cache=True)
def dies_insured(leaving, present, insured):
    """Return 1 when a person dies this year and is insured in the last month on the register."""
    last = int(present)
    if leaving != DIES or last == 0:
        return 0
    while last & (last - 1):
        last &= last - 1
    return 1 if insured & last else 0


@nb.njit(cache=True)
def over_receipts(yen, count, law, facts):
    """Add `count` receipts of `yen` to the sums over the two lines of dear receipts."""
    if yen > law.line_high:
        facts[HIGH_RECEIPTS] += count
        facts[OVER_HIGH] += (yen - law.line_high) * count
    if yen > law.line_special:
        facts[SPECIAL_RECEIPTS] += count
        facts[OVER_SPECIAL] += (yen - law.line_special) * count


@nb.njit(cache=True, parallel=True)
def care(
    people, homes, year, keys, profile, scales, s, law, ceilings, out,
    slots, receipts, facts, ages, classes, yearly, monthly,
):  # fmt: skip
    """Write cost, benefit, health and illness of everybody insured, and the sums by chunk of households.

    people, homes     columns that are read, out columns that are written (step.People, Homes, Out)
    keys              uint64[5]: need, health, months with care, hospital, declaring
    profile, s        constants by age and sex and of the distribution (profile.Profile, Shape)
    scales            levels by municipality (scales.Scales); law: shares, classes, lines (step.Law)
    ceilings          int64[12, classes, 6] by month, below 70 and at 70-74 (step.Ceilings)
    slots, receipts   scratch, Slots and Receipts with the chunk as first axis
    facts             int64[chunks, places, 11]; ages int64[chunks, places, 15, 2, 6]
    classes           int64[chunks, 20, 2], cases and yen of the high-cost benefit by class
    yearly, monthly   int64[chunks, bins, 2], members (or months) and yen by cost
    Each chunk of households is done by one thread, in order; sums over chunks are integers.
    """
    chunks = facts.shape[0]
    n = homes.start.size
    for c in nb.prange(chunks):
        m = Slots(
            slots.row[c], slots.age[c], slots.routine[c], slots.months[c], slots.insured[c], slots.elderly[c],
            slots.preschool[c], slots.stays[c], slots.inpatient[c], slots.surcharge[c], slots.benefit[c],
            slots.paid[c], slots.before[c], slots.after[c],
        )  # fmt: skip
        r = Receipts(
            receipts.who[c], receipts.elderly[c], receipts.inpatient[c], receipts.cost[c], receipts.pay[c],
            receipts.back[c],
        )  # fmt: skip
        for h in range(n * c // chunks, n * (c + 1) // chunks):
            place = homes.place[h]
            count = household(
                h, people, homes, year, keys, profile, scales, s, law, ceilings, out, m, r, facts[c, place], classes[c]
            )
            if count > 0:
                tally(count, people, profile, law, out, m, facts[c, place], ages[c, place], yearly[c], monthly[c])
