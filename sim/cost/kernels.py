"""What care costs a member in each month, and who pays it, household by household.

Amounts of a month are multiples of 10 yen, as points are. The need for care of a member is a standard normal mix of
permanent health, passing illness and the luck of the year. It moves the chance of care in a month, the cost of such
a month and the rate of hospital stays. Stays begin in any month and wrap round the year, so that expected cost is
proportional to insured months and no month depends on another month's insurance.
"""

import math

import numba as nb
import numpy as np

from sim.core.rng import draw4, normal
from sim.core.units import age_at, mask_between
from sim.cost.kernels_ceilings import ANNUAL, BASE, MULTIPLE, OUTPATIENT, OUTPATIENT_ANNUAL, is_fourth, month

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
ALL_YEAR = 0b1111_1111_1111
APRIL_TO_JULY = 0b1111
JULY = 3
UNKNOWN = -1
ADULT = 18
RECEIPTS = 3
"""Most receipts of a person in a month: inpatient, main provider, other providers."""
SLOT = np.dtype(
    [
        (name, np.int64)
        for name in (
            "row", "age", "sex", "insured", "months", "elderly", "preschool", "dies", "hospital", "routine",
            "surcharge", "declared", "salary", "work", "pension", "benefit", "paid", "before", "after",
        )
    ]
)  # fmt: skip
"""One insured person of the household at hand: row in people; age; sex; masks of insured months, of months with
routine care and of months at 70-74; 1 below school age; 1 who dies insured this year; mask of months in hospital; yen
of a month with routine care and the drug surcharge in it; income declared; salary, all earnings and pension in yen;
yen of benefit and of own payments; own outpatient payments at 70-74 from April to July and since August."""
HOME = np.dtype([(name, np.int64) for name in ("row", "first", "members", "early", "late")])
"""One household with insured members: row in households, first slot and number of slots, its classes from April to
July and from August (below 70 + 16 x at 70-74)."""
BLOCK = 2048
"""Households done together, so that their slots stay in the processor's cache."""


@nb.njit(cache=True)
def bin_of(yen):
    """Return the bin of an amount: 0 for nothing, else 32 bins for each doubling."""
    if yen <= 0:
        return 0
    fraction, power = math.frexp(yen)
    return min(BINS - 1, 1 + power * 32 + int((fraction - 0.5) * 64))


@nb.njit(cache=True)
def months_in(mask):
    """Return the number of months in a mask of twelve bits, without a loop."""
    pairs = mask - ((mask >> 1) & 0b0101_0101_0101)
    fours = (pairs & 0b0011_0011_0011) + ((pairs >> 2) & 0b0011_0011_0011)
    return (fours & 15) + ((fours >> 4) & 15) + (fours >> 8)


@nb.njit(cache=True)
def ten(yen):
    """Round an amount half up to 10 yen."""
    return np.int64(yen / 10.0 + 0.5) * 10


@nb.njit(cache=True)
def visited(key, year, pid, chance, luck):
    """Return the mask of the months with routine care; `luck` rounds the chance to a 256th."""
    line = int(chance * 256.0 + luck)
    a, b, c, _ = draw4(key, year, pid)
    mask = 0
    for k in range(12):
        word = a if k < 4 else b if k < 8 else c
        if (np.int64(word * 4294967296.0) >> (8 * (k & 3))) & 255 < line:
            mask |= 1 << k
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
def add_stays(key, year, pid, stays, scale, s, out):
    """Add hospital stays to the months of `out`, yen at the level of R4 times `scale`.

    A stay begins in any month, touches one, two or more months and wraps round the year; its receipts are
    independent.
    """
    for number in range(stays):
        u0, u1, _, _ = draw4(key, year, pid, 16 * number)
        length = 1 if u0 <= s.one_month else 2
        if u0 > s.two_months:
            length = min(12, 3 + int(-math.log2((1.0 - u0) / (1.0 - s.two_months))))
        for j in range(length):
            u = draw4(key, year, pid, 16 * number + 1 + j)[0]
            out[(int(u1 * 12.0) + j) % 12] += ten(receipt_of(u, s) * scale)


@nb.njit(cache=True)
def add_last_illness(key, year, pid, insured, mean, s, out):
    """Add the months of hospital before death, the last of which is the last insured month."""
    u0, u1, _, _ = draw4(key, year, pid, 40)
    last = 11
    while last > 0 and not (insured >> last) & 1:
        last -= 1
    length = s.terminal_low + int(u0 * s.terminal_span)
    yen = ten(mean * math.exp(0.5 * normal(u1) - 0.125))
    for k in range(max(0, last - length + 1), last + 1):
        out[k] += yen


@nb.njit(cache=True)
def dies_insured(leaving, present, insured):
    """Return 1 when a person dies this year and is insured in the last month on the register."""
    if leaving != DIES or present == 0:
        return 0
    last = np.int64(present)
    while last & (last - 1):
        last &= last - 1
    return 1 if insured & last else 0


@nb.njit(cache=True)
def draw_care(q, pid, foreign, health, illness, year, keys, profile, local, chronic_z, place, s, hospital):
    """Draw a member's year: routine care, its months and the hospital months; return his passing illness.

    q         record of SLOT with age, sex, insured and dies; routine, months and hospital are filled
    health    permanent, illness passing need of last year, NaN if not known yet
    local     record of scales.PLACE of his municipality (place); chronic_z float64[places, 75]
    hospital  int64[12], yen by month; filled for those in hospital, valid in the months of q.hospital
    """
    u0, u1, stays_luck, luck = draw4(keys[0], year, pid)
    shock = normal(u0)
    illness = shock if math.isnan(illness) else s.persistence * illness + s.innovation * shock
    need = s.permanent * health + s.passing * illness
    if s.yearly > 0.0:
        need += s.yearly * normal(u1)
    c = profile[q.age, q.sex]
    scale = local.level
    if foreign:
        scale *= s.foreign
    if q.age >= 40:
        scale *= local.adults
    routine = c.routine * math.exp(s.routine_sigma * need)
    stays = stays_of(stays_luck, c.admission * math.exp(s.admission_slope * need))
    long_stay = health > c.stay_z
    if health > chronic_z[place, q.age] and not long_stay:
        routine += s.chronic
        q.months = q.insured
    else:
        chance = 1.0 / (1.0 + math.exp(-(c.visit + s.visit_slope * need)))
        q.months = visited(keys[2], year, pid, chance, luck) & q.insured
    q.routine = ten(routine * scale * (1.0 - c.drugs * local.drugs_saved))
    q.hospital = 0
    if stays > 0 or long_stay or q.dies == 1:
        for k in range(12):
            hospital[k] = ten(s.long_stay * scale) if long_stay else 0
        add_stays(keys[3], year, pid, stays, scale, s, hospital)
        if q.dies == 1:
            add_last_illness(keys[3], year, pid, q.insured, c.terminal * scale, s, hospital)
        for k in range(12):
            if hospital[k] > 0 and (q.insured >> k) & 1:
                q.hospital |= 1 << k
    return illness


@nb.njit(cache=True)
def draw_block(first, stop, people, out, homes, year, keys, profile, scales, chronic_z, s, law, block, m, hospital):
    """Draw the year of the insured of households first to stop; return the number of households that have any.

    block, m  records of HOME and of SLOT, filled in order; a household without insured loses its accounts
    """
    start, size, place = homes.start, homes.size, homes.place
    care_class, care_months, care_paid = homes.care_class, homes.care_months, homes.care_paid
    count = 0
    n = 0
    for h in range(first, stop):
        before = n
        lo = start[h]
        for i in range(lo, lo + size[h]):
            insured = np.int64(people.insured[i])
            if insured == 0:
                if out.cost[i] != 0:
                    out.cost[i] = 0
                    out.benefit[i] = 0
                if out.outpatient[i] != UNKNOWN:
                    out.outpatient[i] = UNKNOWN
                continue
            q = m[n]
            born = np.int64(people.born[i])
            pid = people.pid[i]
            q.row = i
            q.age = min(max(age_at(born, law.opening + 6), 0), 74)
            q.sex = people.sex[i]
            q.insured = insured
            q.elderly = mask_between(born + 12 * law.elderly_age + 1, law.opening + 12, law.opening)
            q.preschool = 1 if born + 12 * law.school_age >= law.opening else 0
            q.dies = dies_insured(people.leaving[i], people.present[i], insured)
            q.declared = people.declared[i]
            q.salary = people.salary[i]
            q.work = people.salary[i] + people.business[i] + people.other_income[i]
            q.pension = people.pension[i]
            health = np.float64(out.health[i])
            if math.isnan(health):
                health = normal(draw4(keys[1], 0, pid)[0])
                out.health[i] = health
            out.illness[i] = draw_care(
                q, pid, people.residence[i] > 0, health, np.float64(out.illness[i]), year, keys, profile,
                scales[place[h]], chronic_z, place[h], s, hospital[n],
            )  # fmt: skip
            q.surcharge = 0
            if q.age >= law.otc_age:
                q.surcharge = ten(q.routine * profile[q.age, q.sex].drugs * law.otc)
            q.benefit = 0
            q.paid = 0
            q.before = 0
            q.after = 0
            n += 1
        if n > before:
            x = block[count]
            x.row = h
            x.first = before
            x.members = n - before
            count += 1
        elif care_class[h] != UNKNOWN:
            care_class[h] = UNKNOWN
            care_months[h] = 0
            care_paid[h] = 0
    return count


@nb.njit(cache=True)
def deducted(gross, lowest, rates, adds):
    """Return income after a deduction of bands: the least of the bands' lines, but not less than `lowest`."""
    cut = rates[0] * gross + adds[0]
    for j in range(1, rates.size):
        cut = min(cut, rates[j] * gross + adds[j])
    return max(0, gross - max(lowest, np.int64(cut)))


@nb.njit(cache=True)
def old_class(m, first, n, base_income, nontaxed, law):
    """Return the class at 70-74 of a household: active by its members of 70-74, else by the household's tax."""
    base = 0
    gross = 0
    count = 0
    taxable = 0
    poor = True
    for j in range(first, first + n):
        q = m[j]
        if q.age >= ADULT and (q.work > 0 or q.pension > law.low_pension):
            poor = False
        if q.elderly == 0:
            continue
        income = deducted(q.salary, law.salary_least, law.salary_rate, law.salary_add) + q.work - q.salary
        income += deducted(q.pension, law.pension_least, law.pension_rate, law.pension_add)
        income = max(0, income - law.basic)
        base += income
        gross += q.work + q.pension
        taxable = max(taxable, income - law.other_deductions)
        count += 1
    if base > law.active_base and taxable >= law.active[0] and gross >= law.gross[min(count, 2) - 1]:
        return 0 if taxable >= law.active[2] else 1 if taxable >= law.active[1] else 2
    if nontaxed:
        return LOW_1 if poor else LOW_2
    return LOWEST if base_income <= law.bounds[10] else ORDINARY


@nb.njit(cache=True)
def classes_of(m, first, n, head_declared, relief, base_income, law):
    """Return the household's classes below 70 and at 70-74 by its tax, and whether an income is undeclared.

    Non-taxed (住民税非課税) is read off 7割軽減, or a lesser relief and a base income below the tax line.
    """
    line = law.nontaxed_one if n <= 1 else law.nontaxed_two + (n - 2) * law.nontaxed_more
    nontaxed = relief == 7 or (relief > 0 and base_income <= line)
    undeclared = head_declared == 0
    aged = False
    for j in range(first, first + n):
        undeclared = undeclared or (m[j].age >= ADULT and m[j].declared == 0)
        aged = aged or m[j].elderly != 0
    old = LOW_2 if nontaxed else ORDINARY
    if aged:
        old = old_class(m, first, n, base_income, nontaxed, law)
    under = NONTAXED
    if not nontaxed:
        under = 0
        while under < NONTAXED - 1 and base_income <= law.bounds[under]:
            under += 1
    return under, old, undeclared


@nb.njit(cache=True)
def share_percent(elderly, preschool, old, law):
    """Return the counter share in percent; `old` is the household's class at 70-74."""
    if elderly:
        return law.share_active if old < ORDINARY else law.share_elderly
    return law.share_preschool if preschool == 1 else law.share_standard


@nb.njit(cache=True)
def reaches(m, first, n, under, old, cls, law):
    """Return whether routine care alone can reach a ceiling of the household in a month.

    under, old  int64[6], ceilings of its classes; cls its class at 70-74
    """
    young = 0
    aged = 0
    for j in range(first, first + n):
        q = m[j]
        if q.elderly != 0:
            pay = q.routine * share_percent(True, 0, cls, law) // 100
            if 0 < old[OUTPATIENT] < pay:
                return True
            aged += pay
        if q.elderly != ALL_YEAR:
            young += q.routine * law.share_standard // 100
    if aged > (min(old[BASE], old[MULTIPLE]) if old[MULTIPLE] > 0 else old[BASE]):
        return True
    return young >= law.floor and young + aged > min(under[BASE], under[MULTIPLE])


@nb.njit(cache=True)
def main_receipt(routine, dental, law):
    """Return what the main provider's receipt holds of a month of routine care."""
    return ten(routine * (1.0 - dental) * law.main)


@nb.njit(cache=True)
def plain_months(months, m, first, n, early, late, profile, law):
    """Pay the months of a mask in which no ceiling can be reached; return the payments that count to July and since.

    early, late  class at 70-74 from April to July and from August
    """
    counted_early = 0
    counted_late = 0
    for j in range(first, first + n):
        q = m[j]
        for part in range(4):
            aged = part % 2 == 1
            mask = q.months & months & (APRIL_TO_JULY if part < 2 else ALL_YEAR ^ APRIL_TO_JULY)
            mask &= q.elderly if aged else ALL_YEAR ^ q.elderly
            if mask == 0:
                continue
            percent = share_percent(aged, q.preschool, early if part < 2 else late, law)
            charged = months_in(mask & law.otc_mask)
            number = months_in(mask)
            total = q.routine * number - q.surcharge * charged
            pay = total * percent // 100
            q.benefit += total - pay
            q.paid += pay
            if aged:
                if part < 2:
                    q.before += pay
                else:
                    q.after += pay
            else:
                pay = 0
                if q.routine * percent // 100 >= law.floor:
                    dental = profile[q.age, q.sex].dental
                    each = main_receipt(q.routine, dental, law) * percent // 100
                    pay = each * (number - charged) if each >= law.floor else 0
                    each = main_receipt(q.routine - q.surcharge, dental, law) * percent // 100
                    pay += each * charged if each >= law.floor else 0
            if part < 2:
                counted_early += pay
            else:
                counted_late += pay
    return counted_early, counted_late


@nb.njit(cache=True)
def fill_receipts(k, m, first, n, hospital, old, profile, law, r):
    """Fill the receipts of month k; return their number. One main provider holds most of routine care."""
    count = 0
    for j in range(first, first + n):
        q = m[j]
        if not (q.insured >> k) & 1:
            continue
        elderly = (q.elderly >> k) & 1
        percent = share_percent(elderly == 1, q.preschool, old, law)
        routine = q.routine if (q.months >> k) & 1 else 0
        if (law.otc_mask >> k) & 1 and routine > 0:
            routine -= q.surcharge
        main = main_receipt(routine, profile[q.age, q.sex].dental, law)
        for kind in range(RECEIPTS):
            yen = main if kind == 1 else routine - main
            if kind == 0:
                yen = hospital[j, k] if (q.hospital >> k) & 1 else 0
            if yen > 0:
                x = r[count]
                x.who = j
                x.elderly = elderly
                x.inpatient = 1 if kind == 0 else 0
                x.cost = yen
                x.pay = yen * percent // 100
                count += 1
    return count


@nb.njit(cache=True)
def settle_month(k, count, r, m):
    """Add shares and benefits of the receipts of month k to the slots."""
    for j in range(count):
        x = r[j]
        q = m[x.who]
        q.benefit += x.cost - x.pay + x.back
        q.paid += x.pay - x.back
        if x.elderly == 1 and x.inpatient == 0:
            if k <= JULY:
                q.before += x.pay - x.back
            else:
                q.after += x.pay - x.back


@nb.njit(cache=True)
def settle_outpatient(q, carried, cap):
    """Return the refund of a person's annual outpatient ceiling in July.

    carried  his payments of August to March; not known (the first year of a run), they are taken to have been as from
             April to July; cap  yen, 0 = none
    """
    if carried == UNKNOWN:
        carried = 2 * q.before
    refund = max(0, carried + q.before - cap) if cap > 0 else 0
    q.benefit += refund
    q.paid -= refund
    return refund


@nb.njit(cache=True)
def settle_annual(m, first, n, paid, cap):
    """Return the refund of the household's annual ceiling (年間上限), given to who paid most this year.

    paid  yen of August to July that count; cap  yen, 0 = none
    """
    excess = paid - cap
    if cap <= 0 or excess <= 0:
        return 0
    most = first
    for j in range(first + 1, first + n):
        if m[j].paid > m[most].paid:
            most = j
    m[most].benefit += excess
    m[most].paid -= excess
    return excess


@nb.njit(cache=True)
def pay_home(x, m, hospital, r, history, carried, outpatient, profile, law, under, old, facts, place, classes):
    """Reckon shares and ceilings of the year; return this year's months with a benefit and payments since August.

    x           record of HOME
    history     mask of last year's months with a benefit; carried: payments since last August that count
    outpatient  column of the persons' outpatient payments since August
    under, old  int64[12, classes, 6], ceilings by month
    """
    first, n = x.first, x.members
    low, aged = x.early % 16, x.early // 16
    watched = 0
    for j in range(first, first + n):
        watched |= m[j].hospital
    if reaches(m, first, n, under[0, low], old[0, aged], aged, law):
        watched |= APRIL_TO_JULY
    if reaches(m, first, n, under[11, x.late % 16], old[11, x.late // 16], x.late // 16, law):
        watched |= ALL_YEAR ^ APRIL_TO_JULY
    early_paid, late_paid = plain_months(ALL_YEAR ^ watched, m, first, n, aged, x.late // 16, profile, law)
    hits = 0
    benefit = 0
    for k in range(12):
        if not (watched >> k) & 1:
            continue
        cls = x.early if k <= JULY else x.late
        count = fill_receipts(k, m, first, n, hospital, cls // 16, profile, law, r)
        clinic, persons, together, whole, counted = month(
            count, r, under[k, cls % 16], old[k, cls // 16], is_fourth(history, hits, k, law.after), law.floor
        )
        settle_month(k, count, r, m)
        classes[UNDER_CLASSES + cls // 16, 0] += persons + (together > 0)
        classes[UNDER_CLASSES + cls // 16, 1] += clinic + together
        classes[cls % 16, 0] += whole > 0
        classes[cls % 16, 1] += whole
        facts[place, HIGH_CASES] += persons + (together > 0 or whole > 0)
        benefit += clinic + together + whole
        hits |= (together + whole > 0) << k
        if k <= JULY:
            early_paid += counted
        else:
            late_paid += counted
    refund = 0
    only_aged = True
    for j in range(first, first + n):
        q = m[j]
        only_aged = only_aged and (q.elderly >> JULY) & 1 == 1
        if q.elderly != 0:
            refund += settle_outpatient(q, outpatient[q.row], old[JULY, aged, OUTPATIENT_ANNUAL])
        outpatient[q.row] = q.after
    classes[UNDER_CLASSES + aged, 1] += refund
    cap = old[JULY, aged, ANNUAL] if only_aged else under[JULY, low, ANNUAL]
    whole = settle_annual(m, first, n, carried + early_paid - refund, cap)
    classes[UNDER_CLASSES + aged if only_aged else low, 1] += whole
    facts[place, HIGH_COST] += benefit + refund + whole
    return hits, late_paid


@nb.njit(cache=True)
def count_receipts(yen, number, law, facts, place):
    """Add `number` receipts of `yen` to the sums over the two lines of dear receipts."""
    if yen > law.line_high:
        facts[place, HIGH_RECEIPTS] += number
        facts[place, OVER_HIGH] += (yen - law.line_high) * number
    if yen > law.line_special:
        facts[place, SPECIAL_RECEIPTS] += number
        facts[place, OVER_SPECIAL] += (yen - law.line_special) * number


@nb.njit(cache=True)
def tally(q, hospital, j, born, birth, profile, law, facts, ages, place, yearly, monthly):
    """Add one member's year to the sums and return his cost.

    j  his slot; birth  month of the last birth given, counted from April; facts, ages, yearly, monthly as in `care`
    """
    c = profile[q.age, q.sex]
    routine = q.routine * months_in(q.months)
    inpatient = 0
    plain = months_in(q.months)
    none = months_in(q.insured) - plain
    if q.routine > law.line_high:
        count_receipts(main_receipt(q.routine, c.dental, law), plain, law, facts, place)
    if q.hospital != 0:
        for k in range(12):
            if not (q.hospital >> k) & 1:
                continue
            yen = hospital[j, k]
            inpatient += yen
            count_receipts(yen, 1, law, facts, place)
            if (q.months >> k) & 1:
                yen += q.routine
                plain -= 1
            else:
                none -= 1
            b = bin_of(yen)
            monthly[b, 0] += 1
            monthly[b, 1] += yen
    monthly[0, 0] += none
    if plain > 0:
        b = bin_of(q.routine)
        monthly[b, 0] += plain
        monthly[b, 1] += plain * q.routine
    total = routine + inpatient
    b = bin_of(total)
    yearly[b, 0] += 1
    yearly[b, 1] += total
    months = months_in(q.insured)
    aged = months_in(q.insured & mask_between(born + 12 * 65, law.opening + 12, law.opening))
    facts[place, COST] += total
    facts[place, BENEFIT] += q.benefit
    facts[place, ELDERLY] += q.benefit * aged // months
    facts[place, DEATHS] += q.dies
    facts[place, BIRTHS] += 0 <= birth < 12 and (q.insured >> birth) & 1 == 1
    g = q.age // 5
    ages[place, g, q.sex, MONTHS] += months
    ages[place, g, q.sex, AGE_COST] += total
    ages[place, g, q.sex, AGE_BENEFIT] += q.benefit
    ages[place, g, q.sex, AGE_INPATIENT] += inpatient
    ages[place, g, q.sex, AGE_DRUGS] += np.int64(routine * c.drugs)
    ages[place, g, q.sex, AGE_DENTAL] += np.int64(routine * c.dental)
    return total


@nb.njit(cache=True)
def pay_block(count, people, out, homes, year, key, profile, law, under, old, block, m, hospital, r, facts, classes):
    """Find the classes of the households of a block, reckon shares and ceilings, open the accounts of next year."""
    for b in range(count):
        x = block[b]
        h = x.row
        low, aged, undeclared = classes_of(
            m, x.first, x.members, people.declared[homes.head[h]], homes.relief[h], homes.base_income[h], law
        )
        if undeclared and draw4(key, year, homes.hid[h])[0] >= law.declares:
            low = 0
        x.late = low + 16 * aged
        x.early = homes.care_class[h] if homes.care_class[h] >= 0 else x.late
        homes.care_class[h] = x.late
        hits, paid = pay_home(
            x, m, hospital, r, np.int64(homes.care_months[h]), homes.care_paid[h], out.outpatient, profile, law, under,
            old, facts, homes.place[h], classes,
        )  # fmt: skip
        homes.care_months[h] = hits
        homes.care_paid[h] = paid


@nb.njit(cache=True)
def tally_block(count, people, out, place, profile, law, block, m, hospital, facts, ages, yearly, monthly):
    """Write cost and benefit of the members of a block and add them to the sums."""
    for b in range(count):
        x = block[b]
        for j in range(x.first, x.first + x.members):
            q = m[j]
            i = q.row
            out.cost[i] = tally(
                q, hospital, j, people.born[i], people.gave_birth[i] - law.opening, profile, law, facts, ages,
                place[x.row], yearly, monthly,
            )  # fmt: skip
            out.benefit[i] = q.benefit


@nb.njit(cache=True, nogil=True)
def care(first, stop, people, homes, out, year, keys, profile, scales, chronic_z, shape, rules, under, old, block, m,
         hospital, r, facts, ages, classes, yearly, monthly):  # fmt: skip
    """Write cost, benefit, health and illness of the insured of households first to stop, and their sums.

    people, homes, out  columns (step.People, step.Homes, step.Out); out and care_* of homes are written
    keys                uint64[5]: need, health, months with care, hospital, declaring
    profile, shape      records [75, 2] of profile.CELL, [1] of profile.SHAPE
    scales, chronic_z   records [places] of scales.PLACE; float64[places, 75]
    rules               records [1] of step.LAW
    under, old          int64[12, classes, 6], ceilings by month below 70 and at 70-74
    block, m, r         scratch for BLOCK households: records of HOME, SLOT, RECEIPT; hospital int64[slots, 12]
    facts, ages         int64[places, 11], int64[places, 15, 2, 6], added to
    classes             int64[20, 2], cases and yen of the high-cost benefit by class, added to
    yearly, monthly     int64[bins, 2], members (or months) and yen by cost, added to
    The step calls it for chunks of households at once, one thread each: no chunk touches another's rows or sums.
    """
    s = shape[0]
    law = rules[0]
    for begin in range(first, stop, BLOCK):
        end = min(begin + BLOCK, stop)
        count = draw_block(
            begin, end, people, out, homes, year, keys, profile, scales, chronic_z, s, law, block, m, hospital
        )
        pay_block(
            count, people, out, homes, year, keys[4], profile, law, under, old, block, m, hospital, r, facts, classes
        )
        tally_block(
            count, people, out, homes.place, profile, law, block, m, hospital, facts, ages, yearly, monthly
        )
