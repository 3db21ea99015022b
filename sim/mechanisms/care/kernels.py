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
from sim.mechanisms.care.kernels_ceilings import (
    ANNUAL,
    BASE,
    MULTIPLE,
    OUTPATIENT,
    OUTPATIENT_ANNUAL,
    RECEIPT,
    ceiling,
    is_fourth,
    month,
)

COST, BENEFIT, HIGH_COST, HIGH_CASES, ELDERLY, OVER_HIGH, HIGH_RECEIPTS = range(7)
OVER_SPECIAL, SPECIAL_RECEIPTS, DEATHS, BIRTHS, CAPPED_RECEIPTS = range(7, 12)
FACT_COUNT = 12
"""Sums by municipality: yen, cases, receipts; deaths of the insured and births by insured mothers; receipts whose own
counter share passes the ceiling."""
MONTHS, AGE_COST, AGE_BENEFIT, AGE_INPATIENT, AGE_DRUGS, AGE_DENTAL, AGE_EXPECTED, AGE_HIGH_COST, AGE_OVER = range(9)
AGE_COUNT = 9
"""Sums by municipality, five-year age and sex: insured months, and yen; AGE_EXPECTED is the cost expected from age,
sex and nationality at the national cost of R4, AGE_OVER the part of receipts above the line of high-cost care."""
CASES, AMOUNT, CLASS_MONTHS = range(3)
"""Sums by class of the high-cost benefit: cases, yen, insured months of the members in the class."""
BINS = 1024
"""Bins of the distributions: 32 for each doubling of the amount, the first for nothing."""
STEPS = 129
"""Bins of cost in two years running: 4 for each doubling, the first for nothing."""
UNDER_CLASSES, OLD_CLASSES = 13, 7
NONTAXED = 12
ORDINARY, LOWEST, LOW_2, LOW_1 = 3, 4, 5, 6
ORDINARY_UNDER = 6
"""First class below 70 after ア and イ, whose ceiling of dialysis is higher."""
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
            "row", "age", "sex", "insured", "months", "elderly", "older", "preschool", "dies", "birth", "hospital",
            "routine", "surcharge", "expected", "declared", "salary", "work", "pension", "carried", "benefit",
            "paid", "before", "after", "high_cost", "limited",
        )
    ]
)  # fmt: skip
"""One insured person of a household: row in people; age; sex; masks of insured months, of months with routine care,
at 70-74 and at 65-74; 1 below school age; 1 who dies insured this year; month of the last birth given, from April;
mask of months in hospital; yen of a month with routine care and the drug surcharge in it; yen of a year expected from
age, sex and nationality; income declared; salary,
all earnings and pension in yen; own outpatient payments at 70-74 carried from August; yen of benefit and of own
payments; own outpatient payments at 70-74 from April to July and since August; yen of high-cost benefit;
1 with the ceiling of its own for dialysis."""
HOME = np.dtype([(name, np.int64) for name in ("row", "place", "first", "members", "early", "late")])
"""One household with insured members: row in households, municipality, first slot and number of slots, its classes
from April to July and from August (below 70 + 16 x at 70-74)."""
BLOCK = 2048
SLOTS = 8192
"""Households done together and the persons they may have, so that the slots stay in the processor's cache."""


def work_type(places: int) -> np.dtype[np.void]:
    """Return the record of one chunk: scratch (block, slots, hospital, receipts) and sums.

    hospital         yen by slot and month
    facts, ages      by municipality, and by municipality, five-year age and sex
    classes          cases and yen of the high-cost benefit and member months, 13 classes below 70 and 7 at 70-74
    yearly, monthly  members (or months) and yen by bin of cost
    joint            members insured for two years running by step of cost of the first year and of this one
    """
    sums = {
        "facts": (places, FACT_COUNT),
        "ages": (places, 15, 2, AGE_COUNT),
        "classes": (UNDER_CLASSES + OLD_CLASSES, 3),
        "yearly": (BINS, 2),
        "monthly": (BINS, 2),
        "joint": (STEPS, STEPS),
    }
    return np.dtype(
        [
            ("block", HOME, (BLOCK,)),
            ("slots", SLOT, (SLOTS,)),
            ("hospital", np.int64, (SLOTS, 12)),
            ("receipts", RECEIPT, (RECEIPTS * SLOTS,)),
            *((name, np.int64, shape) for name, shape in sums.items()),
        ]
    )


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
    """Return the mask of the months with routine care; `luck` rounds the chance to a 256th.

    A random byte of each month is compared with the line, all twelve at once, from the lowest bit up.
    """
    line = int(chance * 256.0 + luck)
    if line <= 0:
        return 0
    if line >= 256:
        return ALL_YEAR
    below = 0
    bit = 1
    for word in draw4(key, year, pid):
        bits = np.int64(word * 4294967296.0)
        below = (below | ~bits) if line & bit else (below & ~bits)
        bits >>= 12
        below = (below | ~bits) if line & (bit << 1) else (below & ~bits)
        bit <<= 2
    return below & ALL_YEAR


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
def receipt_of(u, given):
    """Return an inpatient receipt in yen at the level of R4: lognormal, with a Pareto tail above a line."""
    if u <= 1.0 - given.tail:
        return math.exp(given.receipt_mu + given.receipt_sigma * normal(u))
    return min(given.tail_from * ((1.0 - u) / given.tail) ** -given.tail_power, given.receipt_most)


@nb.njit(cache=True)
def add_stays(j, pid, year, stays, scale, given, work):
    """Add hospital stays to the months of slot j, yen at the level of R4 times `scale`.

    A stay begins in any month, touches one, two or more months and wraps round the year; its receipts are
    independent.
    """
    for number in range(stays):
        u0, u1, _, _ = draw4(given.hospital_key, year, pid, 16 * number)
        length = 1 if u0 <= given.one_month else 2
        if u0 > given.two_months:
            length = min(12, 3 + int(-math.log2((1.0 - u0) / (1.0 - given.two_months))))
        for k in range(length):
            u = draw4(given.hospital_key, year, pid, 16 * number + 1 + k)[0]
            work.hospital[j, (int(u1 * 12.0) + k) % 12] += ten(receipt_of(u, given) * scale)


@nb.njit(cache=True)
def add_last_illness(j, pid, year, insured, mean, given, work):
    """Add to slot j the months of hospital before death, the last of which is the last insured month."""
    u0, u1, _, _ = draw4(given.hospital_key, year, pid, 40)
    last = 11
    while last > 0 and not (insured >> last) & 1:
        last -= 1
    length = given.terminal_low + int(u0 * given.terminal_span)
    yen = ten(mean * math.exp(0.5 * normal(u1) - 0.125))
    for k in range(max(0, last - length + 1), last + 1):
        work.hospital[j, k] += yen


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
def draw_care(j, pid, year, place, foreign, health, illness, given, work):
    """Draw the year of the member in slot j: routine care, its months, hospital; return his passing illness.

    health   permanent need; illness passing need of last year, NaN if not known yet
    The slot has age, sex, insured and dies; routine, months and hospital are filled, and work.hospital[j] for those
    in hospital, valid in the months of the slot's mask.
    """
    q = work.slots[j]
    u0, u1, stays_luck, luck = draw4(given.need_key, year, pid)
    shock = normal(u0)
    illness = shock if math.isnan(illness) else given.persistence * illness + given.innovation * shock
    need = given.permanent * health + given.passing * illness
    if given.yearly > 0.0:
        need += given.yearly * normal(u1)
    c = given.cells[q.age, q.sex]
    local = given.places[place]
    scale = local.level
    expected = c.average
    if foreign:
        scale *= given.foreign
        expected *= given.foreign
    q.expected = np.int64(expected)
    if q.age >= 40:
        scale *= local.adults
    routine = c.routine * math.exp(given.routine_sigma * need)
    stays = stays_of(stays_luck, c.admission * math.exp(given.admission_slope * need))
    long_stay = health > c.stay_z
    q.limited = 0
    if health > local.chronic_z[q.age] and not long_stay:
        kind, size, _, _ = draw4(given.health_key, 0, pid, 1)
        if kind < given.dialysis:
            routine += given.chronic
            q.limited = 1
        else:
            routine += given.chronic * math.exp(given.chronic_sigma * (normal(size) - 0.5 * given.chronic_sigma))
        q.months = q.insured
    else:
        chance = 1.0 / (1.0 + math.exp(-(c.visit + given.visit_slope * need)))
        q.months = visited(given.visits_key, year, pid, chance, luck) & q.insured
    q.routine = ten(routine * scale * (1.0 - c.drugs * local.drugs_saved))
    q.hospital = 0
    if stays > 0 or long_stay or q.dies == 1:
        each = 0
        if long_stay:
            size = normal(draw4(given.health_key, 0, pid, 1)[1])
            each = ten(given.long_stay * scale * math.exp(given.long_stay_sigma * (size - 0.5 * given.long_stay_sigma)))
        for k in range(12):
            work.hospital[j, k] = each
        add_stays(j, pid, year, stays, scale, given, work)
        if q.dies == 1:
            add_last_illness(j, pid, year, q.insured, c.terminal * scale, given, work)
        for k in range(12):
            if work.hospital[j, k] > 0 and (q.insured >> k) & 1:
                q.hospital |= 1 << k
    return illness


@nb.njit(cache=True)
def deducted(gross, bands):
    """Return income after a deduction; bands int64[bands, 3] of least income, rate per 1,000,000 and yen added."""
    i = 0
    while i + 1 < bands.shape[0] and bands[i + 1, 0] <= gross:
        i += 1
    return max(0, gross - gross * bands[i, 1] // 1_000_000 - bands[i, 2])


@nb.njit(cache=True)
def old_class(first, n, base_income, nontaxed, given, work):
    """Return the class at 70-74 of a household: active by its members of 70-74, else by the household's tax."""
    base = 0
    gross = 0
    count = 0
    taxable = 0
    poor = True
    for j in range(first, first + n):
        q = work.slots[j]
        if q.age >= ADULT and (q.work > 0 or q.pension > given.low_pension):
            poor = False
        if q.elderly == 0:
            continue
        income = deducted(q.salary, given.salary) + q.work - q.salary
        income += deducted(q.pension, given.pension)
        income = max(0, income - given.basic)
        base += income
        gross += q.work + q.pension
        taxable = max(taxable, income - given.other_deductions)
        count += 1
    if base > given.active_base and taxable >= given.active[0] and gross >= given.gross[min(count, 2) - 1]:
        return 0 if taxable >= given.active[2] else 1 if taxable >= given.active[1] else 2
    if nontaxed:
        return LOW_1 if poor else LOW_2
    return LOWEST if base_income <= given.bounds[10] else ORDINARY


@nb.njit(cache=True)
def classes_of(first, n, head_declared, relief, base_income, given, work):
    """Return the household's classes below 70 and at 70-74 by its tax, and whether an income is undeclared.

    Non-taxed (住民税非課税) is read off 7割軽減, or a lesser relief and a base income below the tax line.
    """
    line = given.nontaxed_one if n <= 1 else given.nontaxed_two + (n - 2) * given.nontaxed_more
    nontaxed = relief == 7 or (relief > 0 and base_income <= line)
    undeclared = head_declared == 0
    aged = False
    for j in range(first, first + n):
        undeclared = undeclared or (work.slots[j].age >= ADULT and work.slots[j].declared == 0)
        aged = aged or work.slots[j].elderly != 0
    old = LOW_2 if nontaxed else ORDINARY
    if aged:
        old = old_class(first, n, base_income, nontaxed, given, work)
    under = NONTAXED
    if not nontaxed:
        under = 0
        while under < NONTAXED - 1 and base_income <= given.bounds[under]:
            under += 1
    return under, old, undeclared


@nb.njit(cache=True)
def share_percent(elderly, preschool, old, given):
    """Return the counter share in percent; `old` is the household's class at 70-74."""
    if elderly:
        return given.share_active if old < ORDINARY else given.share_elderly
    return given.share_preschool if preschool == 1 else given.share_standard


@nb.njit(cache=True)
def reaches(first, n, k, cls, given, work):
    """Return whether routine care alone can reach a ceiling of the household in month k, in classes `cls`.

    Outpatient payments at 70-74 are held to each person's own ceiling, which `outpatient_months` knows.
    """
    old = cls // 16
    aged_row = given.old[k, old]
    row = given.under[k, cls % 16]
    young = 0
    aged = 0
    for j in range(first, first + n):
        q = work.slots[j]
        if q.limited == 1:
            return True
        if q.elderly != 0:
            pay = q.routine * share_percent(True, 0, old, given) // 100
            aged += min(pay, aged_row[OUTPATIENT]) if aged_row[OUTPATIENT] > 0 else pay
        if q.elderly != ALL_YEAR:
            young += q.routine * given.share_standard // 100
    if aged > (min(aged_row[BASE], aged_row[MULTIPLE]) if aged_row[MULTIPLE] > 0 else aged_row[BASE]):
        return True
    return young >= given.floor and young + aged > min(row[BASE], row[MULTIPLE])


@nb.njit(cache=True)
def main_receipt(routine, dental, given):
    """Return what the main provider's receipt holds of a month of routine care."""
    return ten(routine * (1.0 - dental) * given.main)


@nb.njit(cache=True)
def plain_share(q, mask, percent, given):
    """Pay the routine care of the months of a mask without any ceiling; return the counter share."""
    total = q.routine * months_in(mask)
    if mask & given.otc_mask:
        total -= q.surcharge * months_in(mask & given.otc_mask)
    pay = total * percent // 100
    q.benefit += total - pay
    q.paid += pay
    return pay


@nb.njit(cache=True)
def counted_share(q, mask, percent, given):
    """Return the counter share below 70 that counts to the annual ceiling: of main receipts of the floor or more."""
    if q.routine * percent // 100 < given.floor:
        return 0
    dental = given.cells[q.age, q.sex].dental
    charged = months_in(mask & given.otc_mask)
    each = main_receipt(q.routine, dental, given) * percent // 100
    counted = each * (months_in(mask) - charged) if each >= given.floor else 0
    each = main_receipt(q.routine - q.surcharge, dental, given) * percent // 100
    return counted + (each * charged if each >= given.floor else 0)


@nb.njit(cache=True)
def held(q, yen, number, k, cls, place, given, work):
    """Pay `number` months like k of `yen` of outpatient care at 70-74, held to the person's own ceiling; return it."""
    percent = share_percent(True, 0, cls // 16, given)
    pay = yen * percent // 100
    cap = given.old[k, cls // 16, OUTPATIENT]
    if 0 < cap < pay:
        excess = (pay - cap) * number
        main = main_receipt(yen, given.cells[q.age, q.sex].dental, given)
        q.high_cost += excess
        work.classes[UNDER_CLASSES + cls // 16, CASES] += number
        work.classes[UNDER_CLASSES + cls // 16, AMOUNT] += excess
        work.facts[place, HIGH_COST] += excess
        work.facts[place, HIGH_CASES] += number
        if main * percent // 100 > cap:
            work.facts[place, CAPPED_RECEIPTS] += number
        pay = cap
    q.benefit += (yen - pay) * number
    q.paid += pay * number
    return pay * number


@nb.njit(cache=True)
def outpatient_months(q, mask, k, cls, place, given, work):
    """Pay the outpatient care at 70-74 of the months of a mask, all under the ceilings of month k; return the payments.

    No ceiling of the household can be reached in these months.
    """
    charged = mask & given.otc_mask
    if charged == 0:
        return held(q, q.routine, months_in(mask), k, cls, place, given, work)
    paid = held(q, q.routine - q.surcharge, months_in(charged), k, cls, place, given, work)
    if mask != charged:
        paid += held(q, q.routine, months_in(mask ^ charged), k, cls, place, given, work)
    return paid


@nb.njit(cache=True)
def plain_months(months, first, n, x, given, work):
    """Pay the months of a mask in which no ceiling of the household x can be reached.

    Return the payments that count to the annual ceiling, to July and since.
    """
    counted_early = 0
    counted_late = 0
    for j in range(first, first + n):
        q = work.slots[j]
        mask = q.months & months
        young = mask & (ALL_YEAR ^ q.elderly)
        if young != 0:
            percent = share_percent(False, q.preschool, 0, given)
            plain_share(q, young, percent, given)
            counted_early += counted_share(q, young & APRIL_TO_JULY, percent, given)
            counted_late += counted_share(q, young & (ALL_YEAR ^ APRIL_TO_JULY), percent, given)
        if mask & q.elderly & APRIL_TO_JULY:
            pay = outpatient_months(q, mask & q.elderly & APRIL_TO_JULY, 0, x.early, x.place, given, work)
            q.before += pay
            counted_early += pay
        if mask & q.elderly & ~APRIL_TO_JULY:
            pay = outpatient_months(q, mask & q.elderly & ~APRIL_TO_JULY, 11, x.late, x.place, given, work)
            q.after += pay
            counted_late += pay
    return counted_early, counted_late


@nb.njit(cache=True)
def add_receipt(count, j, yen, pay, inpatient, elderly, given, work):
    """Add a receipt of slot j and return the number of receipts; one below 70 that cannot add up is paid at once."""
    if yen == 0:
        return count
    if elderly == 0 and pay < given.floor:
        q = work.slots[j]
        q.benefit += yen - pay
        q.paid += pay
        return count
    x = work.receipts[count]
    x.who = j
    x.elderly = elderly
    x.inpatient = inpatient
    x.cost = yen
    x.pay = pay
    return count + 1


@nb.njit(cache=True)
def held_back(q, pay, elderly, cls, place, given, work):
    """Return the counter share of a month of dialysis (特定疾病), the rest of `pay` being high-cost benefit."""
    limit = given.limit_active if elderly == 0 and cls % 16 < ORDINARY_UNDER else given.limit
    excess = pay - limit
    if excess <= 0:
        return pay
    q.high_cost += excess
    row = UNDER_CLASSES + cls // 16 if elderly == 1 else cls % 16
    work.classes[row, CASES] += 1
    work.classes[row, AMOUNT] += excess
    work.facts[place, HIGH_COST] += excess
    work.facts[place, HIGH_CASES] += 1
    work.facts[place, CAPPED_RECEIPTS] += 1
    return limit


@nb.njit(cache=True)
def fill_receipts(k, first, n, cls, place, given, work):
    """Fill the receipts of month k; return their number. One main provider holds most of routine care.

    At 70-74 all outpatient receipts add up, and one stands for them. Dialysis is the main provider's.
    """
    count = 0
    for j in range(first, first + n):
        q = work.slots[j]
        routine = q.routine if (q.months >> k) & 1 else 0
        if (given.otc_mask >> k) & 1 and routine > 0:
            routine -= q.surcharge
        elderly = (q.elderly >> k) & 1
        percent = share_percent(elderly == 1, q.preschool, cls // 16, given)
        if (q.hospital >> k) & 1:
            yen = work.hospital[j, k]
            count = add_receipt(count, j, yen, yen * percent // 100, 1, elderly, given, work)
        if routine > 0:
            main = routine
            if elderly == 0 or q.limited == 1:
                main = main_receipt(routine, given.cells[q.age, q.sex].dental, given)
            pay = main * percent // 100
            if q.limited == 1:
                pay = held_back(q, pay, elderly, cls, place, given, work)
            if elderly == 1:
                pay += (routine - main) * percent // 100
                count = add_receipt(count, j, routine, pay, 0, elderly, given, work)
            else:
                count = add_receipt(count, j, main, pay, 0, elderly, given, work)
                rest = routine - main
                count = add_receipt(count, j, rest, rest * percent // 100, 0, elderly, given, work)
    return count


@nb.njit(cache=True)
def settle_month(k, count, work):
    """Add shares and benefits of the receipts of month k to the slots."""
    for j in range(count):
        x = work.receipts[j]
        q = work.slots[x.who]
        q.benefit += x.cost - x.pay + x.back
        q.paid += x.pay - x.back
        q.high_cost += x.back
        if x.elderly == 1 and x.inpatient == 0:
            if k <= JULY:
                q.before += x.pay - x.back
            else:
                q.after += x.pay - x.back


@nb.njit(cache=True)
def capped(count, row, old, fourth, given, work):
    """Return the receipts of a month whose own counter share passes a ceiling, as hospitals claim it (現物給付).

    row, old  ceilings below 70 and at 70-74. Of outpatient care at 70-74 the main provider's receipt is looked at.
    """
    found = 0
    for j in range(count):
        x = work.receipts[j]
        if x.elderly == 1 and x.inpatient == 0:
            q = work.slots[x.who]
            main = main_receipt(x.cost, given.cells[q.age, q.sex].dental, given)
            cap = ceiling(old, main, fourth)
            found += main * x.pay // x.cost > (min(cap, old[OUTPATIENT]) if old[OUTPATIENT] > 0 else cap)
        else:
            found += x.pay > ceiling(old if x.elderly == 1 else row, x.cost, fourth)
    return found


@nb.njit(cache=True)
def settle_outpatient(q, cap):
    """Return the refund of a person's annual outpatient ceiling in July.

    cap  yen, 0 = none. Payments of August to March that are not known (the first year of a run) are taken to have
    been as from April to July.
    """
    carried = 2 * q.before if q.carried == UNKNOWN else q.carried
    refund = max(0, carried + q.before - cap) if cap > 0 else 0
    q.benefit += refund
    q.paid -= refund
    q.high_cost += refund
    return refund


@nb.njit(cache=True)
def settle_annual(first, n, paid, cap, work):
    """Return the refund of the household's annual ceiling (年間上限), given to who paid most this year.

    paid  yen of August to July that count; cap  yen, 0 = none
    """
    excess = paid - cap
    if cap <= 0 or excess <= 0:
        return 0
    most = first
    for j in range(first + 1, first + n):
        if work.slots[j].paid > work.slots[most].paid:
            most = j
    work.slots[most].benefit += excess
    work.slots[most].paid -= excess
    work.slots[most].high_cost += excess
    return excess


@nb.njit(cache=True)
def pay_home(x, history, carried, given, work):
    """Reckon shares and ceilings of the year; return this year's months with a benefit and payments since August.

    x        record of HOME
    history  mask of last year's months with a benefit; carried: payments since last August that count
    """
    first, n, place = x.first, x.members, x.place
    low, aged = x.early % 16, x.early // 16
    watched = 0
    for j in range(first, first + n):
        watched |= work.slots[j].hospital
    heavy = reaches(first, n, 0, x.early, given, work)
    if heavy:
        watched |= APRIL_TO_JULY
    if x.early != x.late or not given.steady:
        heavy = reaches(first, n, 11, x.late, given, work)
    if heavy:
        watched |= ALL_YEAR ^ APRIL_TO_JULY
    early_paid, late_paid = plain_months(ALL_YEAR ^ watched, first, n, x, given, work)
    hits = 0
    benefit = 0
    k = -1
    while watched >> (k + 1):
        k += 1
        if not (watched >> k) & 1:
            continue
        cls = x.early if k <= JULY else x.late
        count = fill_receipts(k, first, n, cls, place, given, work)
        if count == 0:
            continue
        fourth = is_fourth(history, hits, k, given.after)
        clinic, persons, together, whole, counted = month(
            count, work.receipts, given.under[k, cls % 16], given.old[k, cls // 16], fourth, given.floor
        )
        settle_month(k, count, work)
        if clinic + together + whole > 0:
            work.facts[place, CAPPED_RECEIPTS] += capped(
                count, given.under[k, cls % 16], given.old[k, cls // 16], fourth, given, work
            )
        work.classes[UNDER_CLASSES + cls // 16, CASES] += persons + (together > 0)
        work.classes[UNDER_CLASSES + cls // 16, AMOUNT] += clinic + together
        work.classes[cls % 16, CASES] += whole > 0
        work.classes[cls % 16, AMOUNT] += whole
        work.facts[place, HIGH_CASES] += persons + (together > 0 or whole > 0)
        benefit += clinic + together + whole
        hits |= (together + whole > 0) << k
        if k <= JULY:
            early_paid += counted
        else:
            late_paid += counted
    refund = 0
    only_aged = True
    for j in range(first, first + n):
        q = work.slots[j]
        only_aged = only_aged and (q.elderly >> JULY) & 1 == 1
        if q.elderly != 0:
            refund += settle_outpatient(q, given.old[JULY, aged, OUTPATIENT_ANNUAL])
    work.classes[UNDER_CLASSES + aged, AMOUNT] += refund
    cap = given.old[JULY, aged, ANNUAL] if only_aged else given.under[JULY, low, ANNUAL]
    whole = settle_annual(first, n, carried + early_paid - refund, cap, work)
    work.classes[UNDER_CLASSES + aged if only_aged else low, AMOUNT] += whole
    work.facts[place, HIGH_COST] += benefit + refund + whole
    return hits, late_paid


@nb.njit(cache=True)
def count_receipts(yen, number, place, given, work):
    """Add `number` receipts of `yen` to the sums over the two lines of dear receipts; return the yen over the first."""
    if yen <= given.line_high:
        return 0
    over = (yen - given.line_high) * number
    work.facts[place, HIGH_RECEIPTS] += number
    work.facts[place, OVER_HIGH] += over
    if yen > given.line_special:
        work.facts[place, SPECIAL_RECEIPTS] += number
        work.facts[place, OVER_SPECIAL] += (yen - given.line_special) * number
    return over


@nb.njit(cache=True)
def tally(j, place, given, work):
    """Add the year of slot j to the sums and return its cost."""
    q = work.slots[j]
    c = given.cells[q.age, q.sex]
    routine = q.routine * months_in(q.months)
    inpatient = 0
    plain = months_in(q.months)
    none = months_in(q.insured) - plain
    over = 0
    if q.routine > given.line_high:
        over += count_receipts(main_receipt(q.routine, c.dental, given), plain, place, given, work)
    if q.hospital != 0:
        for k in range(12):
            if not (q.hospital >> k) & 1:
                continue
            yen = work.hospital[j, k]
            inpatient += yen
            over += count_receipts(yen, 1, place, given, work)
            if (q.months >> k) & 1:
                yen += q.routine
                plain -= 1
            else:
                none -= 1
            b = bin_of(yen)
            work.monthly[b, 0] += 1
            work.monthly[b, 1] += yen
    work.monthly[0, 0] += none
    if plain > 0:
        b = bin_of(q.routine)
        work.monthly[b, 0] += plain
        work.monthly[b, 1] += plain * q.routine
    total = routine + inpatient
    b = bin_of(total)
    work.yearly[b, 0] += 1
    work.yearly[b, 1] += total
    months = months_in(q.insured)
    aged = months_in(q.insured & q.older)
    work.facts[place, COST] += total
    work.facts[place, BENEFIT] += q.benefit
    if aged == months:
        work.facts[place, ELDERLY] += q.benefit
    elif aged > 0:
        work.facts[place, ELDERLY] += q.benefit * aged // months
    work.facts[place, DEATHS] += q.dies
    work.facts[place, BIRTHS] += 0 <= q.birth < 12 and (q.insured >> q.birth) & 1 == 1
    drugs = c.drugs
    dental = c.dental
    saved = given.places[place].drugs_saved
    if saved != 0.0:
        left = 1.0 - drugs * saved
        drugs *= (1.0 - saved) / left
        dental /= left
    g = q.age // 5
    work.ages[place, g, q.sex, MONTHS] += months
    work.ages[place, g, q.sex, AGE_COST] += total
    work.ages[place, g, q.sex, AGE_BENEFIT] += q.benefit
    work.ages[place, g, q.sex, AGE_INPATIENT] += inpatient
    work.ages[place, g, q.sex, AGE_DRUGS] += np.int64(routine * drugs)
    work.ages[place, g, q.sex, AGE_EXPECTED] += q.expected * months // 12
    work.ages[place, g, q.sex, AGE_DENTAL] += np.int64(routine * dental)
    work.ages[place, g, q.sex, AGE_HIGH_COST] += q.high_cost
    work.ages[place, g, q.sex, AGE_OVER] += over
    return total


@nb.njit(cache=True)
def draw_block(first, stop, people, out, homes, year, given, work):
    """Draw the year of the insured of households first to stop; return the number of households that have any.

    work.block and work.slots are filled in order; a household without insured loses its accounts of the ceilings.
    """
    count = 0
    n = 0
    for h in range(first, stop):
        before = n
        lo = homes.start[h]
        for i in range(lo, lo + homes.size[h]):
            insured = np.int64(people.insured[i])
            if insured == 0:
                if out.outpatient[i] != UNKNOWN:
                    out.cost[i] = 0
                    out.benefit[i] = 0
                    out.outpatient[i] = UNKNOWN
                continue
            q = work.slots[n]
            born = np.int64(people.born[i])
            pid = people.pid[i]
            q.row = i
            q.age = min(max(age_at(born, given.opening + 6), 0), 74)
            q.sex = people.sex[i]
            q.insured = insured
            q.elderly = mask_between(born + 12 * given.elderly_age + 1, given.opening + 12, given.opening)
            q.older = mask_between(born + 12 * 65, given.opening + 12, given.opening)
            q.preschool = 1 if born + 12 * given.school_age >= given.opening else 0
            q.dies = dies_insured(people.leaving[i], people.present[i], insured)
            q.birth = people.gave_birth[i] - given.opening
            q.declared = people.declared[i]
            q.salary = people.salary[i]
            q.work = people.salary[i] + people.business[i] + people.other_income[i]
            q.pension = people.pension[i]
            q.carried = out.outpatient[i]
            health = np.float64(out.health[i])
            if math.isnan(health):
                health = normal(draw4(given.health_key, 0, pid)[0])
                out.health[i] = health
            foreign = people.residence[i] > 0
            illness = np.float64(out.illness[i])
            out.illness[i] = draw_care(n, pid, year, homes.place[h], foreign, health, illness, given, work)
            q.surcharge = 0
            if q.age >= given.otc_age and given.otc_mask != 0:
                q.surcharge = ten(q.routine * given.cells[q.age, q.sex].drugs * given.otc)
            q.benefit = 0
            q.paid = 0
            q.before = 0
            q.after = 0
            q.high_cost = 0
            n += 1
        if n > before:
            x = work.block[count]
            x.row = h
            x.place = homes.place[h]
            x.first = before
            x.members = n - before
            count += 1
        elif homes.care_class[h] != UNKNOWN:
            homes.care_class[h] = UNKNOWN
            homes.care_months[h] = 0
            homes.care_paid[h] = 0
    return count


@nb.njit(cache=True)
def pay_block(count, people, homes, year, given, work):
    """Find the classes of the households of a block, reckon shares and ceilings, open the accounts of next year."""
    for b in range(count):
        x = work.block[b]
        h = x.row
        declared = people.declared[homes.head[h]]
        low, aged, undeclared = classes_of(
            x.first, x.members, declared, homes.relief[h], homes.base_income[h], given, work
        )
        if undeclared and draw4(given.declares_key, year, homes.hid[h])[0] >= given.declares:
            low = 0
        x.late = low + 16 * aged
        x.early = homes.care_class[h] if homes.care_class[h] >= 0 else x.late
        hits, paid = pay_home(x, np.int64(homes.care_months[h]), homes.care_paid[h], given, work)
        homes.care_class[h] = x.late
        homes.care_months[h] = hits
        homes.care_paid[h] = paid


@nb.njit(cache=True)
def tally_block(count, people, out, given, work):
    """Write cost and benefit of the members of a block and add them to the sums."""
    for b in range(count):
        x = work.block[b]
        for j in range(x.first, x.first + x.members):
            q = work.slots[j]
            total = tally(j, x.place, given, work)
            if q.insured == ALL_YEAR and q.carried != UNKNOWN and people.scheme_since[q.row] <= given.opening - 12:
                work.joint[bin_of(out.cost[q.row]) + 7 >> 3, bin_of(total) + 7 >> 3] += 1
            months = months_in(q.insured)
            elderly = months_in(q.insured & q.elderly)
            work.classes[x.late % 16, CLASS_MONTHS] += months - elderly
            work.classes[UNDER_CLASSES + x.late // 16, CLASS_MONTHS] += elderly
            out.cost[q.row] = total
            out.benefit[q.row] = q.benefit
            out.outpatient[q.row] = q.after


@nb.njit(cache=True, nogil=True)
def care(first, stop, people, homes, out, year, rules, space):
    """Write cost, benefit, health and illness of the insured of households first to stop, and their sums.

    people, homes, out  columns (step.People, step.Homes, step.Out); out and care_* of homes are written
    rules               records [1] of rules.given: constants, shares, ceilings, factors of municipalities
    space               records [1] of `work_type`: scratch, and the sums that are added to
    The step calls it for chunks of households at once, one thread each: no chunk touches another's rows or sums.
    Constants and scratch are records, because numba counts references to an array on every call and not to a record.
    """
    given = rules[0]
    work = space[0]
    begin = first
    while begin < stop:
        end = begin
        persons = 0
        while end < min(begin + BLOCK, stop) and persons + homes.size[end] <= SLOTS:
            persons += homes.size[end]
            end += 1
        count = draw_block(begin, end, people, out, homes, year, given, work)
        pay_block(count, people, homes, year, given, work)
        tally_block(count, people, out, given, work)
        begin = end
