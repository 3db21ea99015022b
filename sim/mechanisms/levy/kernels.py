"""The levy kernel: every household's bill in four portions, exact to the yen.

Amounts are carried as integers in 1/12,000,000 yen: a rate per 1,000,000 times months out of twelve is then whole,
and so are tenths and percents of it. An amount becomes yen by cutting, after each relief, so that every stage in yen
is the difference of two cuts and the stages add up to the bill exactly.
"""

import numba as nb
import numpy as np

from sim.core.units import mask_between
from sim.mechanisms.levy.arrays import LEVELS, Extra, Level, Rate, Sum, Tally, Trace, Verdict
from sim.mechanisms.levy.compiled import inlined, plain
from sim.mechanisms.levy.income.kernels import adjustment_both, base_income, employment_income, pension_income
from sim.population.codes import Portion, Scheme

_SCALE = 12_000_000
_YEN_MONTH = 1_000_000
_TENTH = 100_000
_PERCENT_OF_TENTH = 1_000
_FOREVER = 1 << 30


@plain
def _count(mask):
    """Return the number of months in a mask of at most 16 bits."""
    x = mask - ((mask >> 1) & 0x5555)
    x = (x & 0x3333) + ((x >> 2) & 0x3333)
    x = (x + (x >> 4)) & 0x0F0F
    return (x + (x >> 8)) & 0x1F


@plain
def _job_loss_months(lost, born, law):
    """Return the months with reduced salary income: from the job loss to the end of the next fiscal year.

    lost  month index of the day after the separation, which must come before the age limit is reached
    """
    if lost <= 0 or lost > born + 12 * law.job_loss_age:
        return 0
    first_april = lost - (lost - 3) % 12
    return mask_between(lost, first_april + 24, law.opening)


@plain
def _maternity_months(birth, multiple, law):
    """Return the months exempt for childbirth: from one month (several children: three) before to two after."""
    if birth <= 0:
        return 0
    before = law.maternity_months_before_multiple if multiple else law.maternity_months_before
    first = max(birth - before, law.maternity_since)
    return mask_between(first, birth + law.maternity_months_after + 1, law.opening)


@inlined
def _tally(acc, k, mask, job, maternity, dependant, dependant_half, base, special, asset, preschool, half, minor, law):
    """Add one member's months, incomes and heads to the sums of a household (acc: int64[2, Tally])."""
    months = _count(mask)
    acc[k, Tally.INCOME] += base * months
    acc[k, Tally.ASSET] += asset * months
    acc[k, Tally.HEADS] += months
    acc[k, Tally.MINORS] += months if minor else 0
    acc[k, Tally.ADULTS] += 0 if minor else months
    acc[k, Tally.PRESCHOOL] += months if half and preschool else 0
    acc[k, Tally.YOUTH] += months if half and not preschool else 0
    job &= mask
    exempt = maternity & mask
    waived = dependant & mask & ~exempt
    if job | exempt | waived:
        acc[k, Tally.JOB_LOSS] += (base - special) * _count(job)
        acc[k, Tally.MATERNITY] += base * _count(exempt & ~job) + special * _count(exempt & job)
        acc[k, Tally.MATERNITY_PERCENT] += _count(exempt) * (100 - law.youth_relief_share if half else 100)
        acc[k, Tally.MATERNITY_HEADS] += _count(exempt)
        acc[k, Tally.MATERNITY_ADULTS] += 0 if minor else _count(exempt)
        acc[k, Tally.DEPENDANT] += base * _count(waived & ~job) + special * _count(waived & job)
        acc[k, Tally.ASSET_DEPENDANT] += asset * _count(waived)
        acc[k, Tally.DEPENDANT_HEADS] += _count(waived & dependant_half)


@plain
def _judged(pay, adjustment, annuity, rest, salary, job, senior, received, supports, outside, law):
    """Return one person's income in the relief test (軽減判定所得; 地方税法703条の5).

    received  int64  yen of the salary paid by the family business (専従者給与), which is not the receiver's here
    outside   int64  yen that count here only: family pay given, gain deductions, less losses carried forward
    """
    wage = pay
    if received:
        wage = max(0, employment_income(salary - received, supports, law) - adjustment)
    if job:
        wage = wage * law.job_loss_share // 100
    free = min(annuity, law.relief_pension) if senior else 0
    return max(0, wage + annuity - free + rest + outside)


@plain
def _relieved_months(since, born, months, law):
    """Return the given number of months after somebody became a former dependant (旧被扶養者), 0 below the age."""
    if since <= 0 or since < born + 12 * law.former_dependant_age:
        return 0
    return mask_between(since, since + months, law.opening)


@inlined
def _person(i, x, mask, is_head, at_date, former, persons, law, acc, verdict, trace, traced):
    """Assess one person: income, part in the relief test, months; return the months relieved as former dependant.

    x        row of persons.extra
    at_date  insured on 1 April, or on the day the household joined
    former   moved to the late-elderly scheme and still lives here (特定同一世帯所属者)
    """
    born, known = np.int64(persons.born[i]), persons.declared[i] != 0
    salary = persons.salary[i] if known else 0
    pension = persons.pension[i] if known else 0
    rest = persons.business[i] + persons.other_income[i] if known else 0
    supports, senior = persons.extra[x, Extra.SUPPORTS] != 0, born + 12 * law.pension_age <= law.opening - 4
    job = mask & _job_loss_months(np.int64(persons.job_loss[i]), born, law)

    gross_pay = employment_income(salary, supports, law)
    rows = law.pension_rows_over if senior else law.pension_rows_under
    annuity = pension_income(pension, max(0, gross_pay + rest), rows, law)
    adjustment = adjustment_both(gross_pay, annuity, law)
    pay = gross_pay - adjustment
    total = max(0, pay + annuity + rest)
    gain, loss = persons.extra[x, Extra.GAIN_DEDUCTION], persons.extra[x, Extra.LOSS]
    base = base_income(total, loss, total + gain, law)
    special = base
    if job:
        special = base_income(max(0, pay * law.job_loss_share // 100 + annuity + rest), loss, total + gain, law)

    judged, earner = 0, 0
    if is_head or at_date or former:
        received = persons.extra[x, Extra.FAMILY_PAY_RECEIVED]
        outside = persons.extra[x, Extra.FAMILY_PAY_GIVEN] + gain - loss - persons.extra[x, Extra.CASUALTY]
        judged = _judged(pay, adjustment, annuity, rest, salary, job, senior, received, supports, outside, law)
        pension_bound = law.earner_pension_65 if senior else law.earner_pension
        earner = 1 if salary - received > law.earner_salary or pension > pension_bound else 0
        verdict[Verdict.JUDGED] += judged
        verdict[Verdict.EARNERS] += earner
        verdict[Verdict.COUNTED] += 1 if at_date or former else 0
        if not known and born + 12 * law.declaration_age < law.opening:
            verdict[Verdict.UNDECLARED] = 1

    care, maternity, dependant, dependant_half = 0, 0, 0, 0
    if mask:
        verdict[Verdict.INSURED] += 1
        verdict[Verdict.AT_DATE] += 1 if at_date else 0
        verdict[Verdict.BASE] += special
        care = mask & mask_between(born + 12 * law.care_from, born + 12 * law.care_to, law.opening)
        multiple = persons.extra[x, Extra.MULTIPLE_BIRTH] != 0
        maternity = mask & _maternity_months(np.int64(persons.gave_birth[i]), multiple, law)
        since = np.int64(persons.former_dependant[i])
        dependant = mask & _relieved_months(since, born, _FOREVER, law)
        dependant_half = dependant & _relieved_months(since, born, law.former_dependant_months, law)
        preschool = born + 12 * law.preschool_to >= law.opening
        half = born + 12 * law.youth_relief_to >= law.opening
        minor = born + 12 * law.child_waiver_to >= law.opening
        asset = persons.extra[x, Extra.ASSET_TAX]
        for k in range(2):
            months = care if k else mask
            if months:
                _tally(
                    acc,
                    k,
                    months,
                    job,
                    maternity,
                    dependant,
                    dependant_half,
                    base,
                    special,
                    asset,
                    preschool,
                    half,
                    minor,
                    law,
                )
    if traced:
        trace[i, Trace.PAY], trace[i, Trace.ANNUITY], trace[i, Trace.ADJUSTMENT] = pay, annuity, adjustment
        trace[i, Trace.TOTAL], trace[i, Trace.BASE], trace[i, Trace.BASE_JOB_LOSS] = total, base, special
        trace[i, Trace.JUDGED], trace[i, Trace.EARNER], trace[i, Trace.MONTHS] = judged, earner, mask
        trace[i, Trace.CARE], trace[i, Trace.JOB_LOSS], trace[i, Trace.MATERNITY] = care, job, maternity
        trace[i, Trace.FORMER_DEPENDANT], trace[i, Trace.FORMER_DEPENDANT_HALF] = dependant, dependant_half
    return dependant_half


@plain
def _relief_class(verdict, law):
    """Return the position of the household's relief in relief_shares, or -1 (7割, 5割, 2割軽減; 地方税法703条の5)."""
    if verdict[Verdict.UNDECLARED]:
        return -1
    bound = law.relief_base + law.relief_per_earner * max(0, verdict[Verdict.EARNERS] - 1)
    if verdict[Verdict.JUDGED] <= bound:
        return 0
    if verdict[Verdict.JUDGED] <= bound + law.relief_5_per_person * verdict[Verdict.COUNTED]:
        return 1
    if verdict[Verdict.JUDGED] <= bound + law.relief_2_per_person * verdict[Verdict.COUNTED]:
        return 2
    return -1


@plain
def _cut(before, less):
    """Return the yen by which a relief lowers an amount, both in 1/12,000,000 yen."""
    return before // _SCALE - (before - less) // _SCALE if less else 0


@inlined
def _portion(p, acc, k, verdict, months, dependant_house, relief, tariff, place, law, remission, levels):
    """Work out one portion of one household's bill into levels[p] (int64[4, Level]).

    acc[k]           int64[Tally], sums over the members the portion looks at
    months           household-months with a member for the portion
    dependant_house  of these, months in which all members are former dependants
    relief           tenths taken off by 7/5/2割軽減
    """
    rate, asset_rate = tariff[place, p, Rate.INCOME_PART], tariff[place, p, Rate.ASSET_PART]
    head, adult = tariff[place, p, Rate.PER_HEAD], tariff[place, p, Rate.PER_ADULT]
    home = tariff[place, p, Rate.PER_HOUSEHOLD]
    left = 10 - relief
    heads = (acc[k, Tally.HEADS] * head + acc[k, Tally.ADULTS] * adult) * _YEN_MONTH
    house = months * home * _YEN_MONTH
    former, children, minors = 0, 0, 0
    born = acc[k, Tally.MATERNITY_HEADS] * head * left * _TENTH
    if p != Portion.CARE.value:
        former = home * (verdict[Verdict.HALF_MONTHS] * 2 + verdict[Verdict.QUARTER_MONTHS]) * (_YEN_MONTH // 4)
    if p == Portion.MEDICAL.value or p == Portion.SUPPORT.value:
        children = head * left * law.youth_relief_share * _PERCENT_OF_TENTH
        born = acc[k, Tally.MATERNITY_PERCENT] * head * left * _PERCENT_OF_TENTH
    if p == Portion.CHILD.value:
        minors = acc[k, Tally.MINORS] * head * left * _TENTH
        born = acc[k, Tally.MATERNITY_ADULTS] * head * left * _TENTH
    born += acc[k, Tally.MATERNITY_ADULTS] * adult * left * _TENTH + acc[k, Tally.MATERNITY] * rate
    further = max(0, law.former_dependant_share - relief) * _TENTH
    dependant = acc[k, Tally.DEPENDANT] * rate + acc[k, Tally.ASSET_DEPENDANT] * asset_rate
    dependant += (acc[k, Tally.DEPENDANT_HEADS] * (head + adult) + dependant_house * home) * further

    amount = acc[k, Tally.INCOME] * rate + acc[k, Tally.ASSET] * asset_rate + heads + house
    levels[p, Level.GROSS] = amount // _SCALE
    less = acc[k, Tally.JOB_LOSS] * rate
    levels[p, Level.JOB_LOSS] = _cut(amount, less)
    amount -= less
    less = former
    levels[p, Level.FORMER_MEMBER] = _cut(amount, less)
    amount -= less
    less = (heads + house - former) // 10 * relief
    levels[p, Level.RELIEF] = _cut(amount, less)
    amount -= less
    less = acc[k, Tally.PRESCHOOL] * children
    levels[p, Level.PRESCHOOL] = _cut(amount, less)
    amount -= less
    less = acc[k, Tally.YOUTH] * children
    levels[p, Level.YOUTH] = _cut(amount, less)
    amount -= less
    less = minors
    levels[p, Level.WAIVER] = _cut(amount, less)
    amount -= less
    less = born
    levels[p, Level.MATERNITY] = _cut(amount, less)
    amount -= less
    less = dependant
    levels[p, Level.FORMER_DEPENDANT] = _cut(amount, less)
    amount -= less
    charged = acc[k, Tally.INCOME] - acc[k, Tally.JOB_LOSS]
    exempt = acc[k, Tally.MATERNITY] + acc[k, Tally.DEPENDANT]
    _charge(p, amount, charged, exempt, months if law.cap_by_months else 12, tariff, place, remission, levels)


@inlined
def _charge(p, amount, charged, exempt, cap_months, tariff, place, remission, levels):
    """Apply the cap, the municipality's remission and its rounding to an amount; note the bill in yen.

    charged, exempt  int64  yen-months of income the portion looks at, and of these exempt from it
    """
    yen = amount // _SCALE
    cap = tariff[place, p, Rate.CAP] * cap_months // 12
    if yen > cap:
        levels[p, Level.OVER_CAP] = yen - cap
        yen = cap
        rate = tariff[place, p, Rate.INCOME_PART]
        if rate > 0:
            fixed = amount - (charged - exempt) * rate
            charged = min(charged, max(0, tariff[place, p, Rate.CAP] * cap_months * _YEN_MONTH - fixed) // rate)
    levels[p, Level.CAPPED_INCOME] = charged
    if remission:
        levels[p, Level.REMISSION] = yen * remission // _YEN_MONTH
        yen -= levels[p, Level.REMISSION]
    unit = tariff[place, p, Rate.UNIT]
    if unit > 1:
        levels[p, Level.ROUNDING] = yen % unit
        yen -= levels[p, Level.ROUNDING]
    levels[p, Level.BILL] = yen


@plain
def _former_months(since, months, verdict, law):
    """Note the months with half and three quarters of the per-household levy (特定世帯, 特定継続世帯).

    since   month index of the move to the late-elderly scheme
    months  mask of the months with exactly one insured member beside a former member
    """
    half = since + law.former_member_half_months
    quarter = half + law.former_member_quarter_months
    verdict[Verdict.HALF_MONTHS] = _count(mask_between(since, half, law.opening) & months)
    verdict[Verdict.QUARTER_MONTHS] = _count(mask_between(half, quarter, law.opening) & months)


@inlined
def _household(first, stop, union, head, moved_since, persons, law, acc, verdict, trace, traced):
    """Assess the persons of one household into acc (int64[2, Tally]) and verdict (int64[Verdict]).

    union        months with an insured member; its first month holds the day of the relief test
    moved_since  month in which a member moved to the late-elderly scheme, 0 = never (特定世帯)
    """
    acc[:] = 0
    verdict[:] = 0
    date = union & -union
    once, twice, cared, relieved, others, formers = 0, 0, 0, 0, 0, 0
    for i in range(first, stop):
        mask = np.int64(persons.insured_months[i])
        former = False
        if moved_since > 0 and persons.scheme[i] == Scheme.LATE_ELDERLY.value:
            moved = mask_between(np.int64(persons.scheme_since[i]), _FOREVER, law.opening)
            moved &= np.int64(persons.present[i]) & ~mask
            former = moved & date != 0
            formers |= moved
        if not (mask or i == head or former):
            continue
        x = min(i, persons.extra.shape[0] - 1)
        half = _person(i, x, mask, i == head, mask & date != 0, former, persons, law, acc, verdict, trace, traced)
        born = np.int64(persons.born[i])
        cared |= mask & mask_between(born + 12 * law.care_from, born + 12 * law.care_to, law.opening)
        twice |= once & mask
        once |= mask
        relieved |= half
        others |= mask & ~half
    verdict[Verdict.MONTHS], verdict[Verdict.CARE_MONTHS] = _count(union), _count(cared)
    if formers:
        _former_months(moved_since, once & ~twice & formers, verdict, law)
    else:
        verdict[Verdict.DEPENDANT_MONTHS] = _count(relieved & ~others)
    verdict[Verdict.RELIEF] = _relief_class(verdict, law)


@inlined
def _portions(acc, verdict, relief, tariff, place, law, remission, levels):
    """Work out the portions of one household; one without a cap (子ども分 before R8) does not exist."""
    levels[:] = 0
    for p in range(4):
        care = p == Portion.CARE.value
        months = verdict[Verdict.CARE_MONTHS] if care else verdict[Verdict.MONTHS]
        if months and tariff[place, p, Rate.CAP]:
            house = 0 if care else verdict[Verdict.DEPENDANT_MONTHS]
            _portion(p, acc, 1 if care else 0, verdict, months, house, relief, tariff, place, law, remission, levels)


@inlined
def _add(sums, c, place, verdict, acc, levels):
    """Add one household to the sums of its municipality (int64[chunks, places, 4 * LEVELS + SUMS])."""
    billed = 0
    for p in range(4):
        billed += levels[p, Level.BILL]
        if levels[p, Level.GROSS]:
            for k in range(LEVELS):
                sums[c, place, p * LEVELS + k] += levels[p, k]
    at = 4 * LEVELS
    sums[c, place, at + Sum.HOUSEHOLDS.value] += 1 if billed > 0 else 0
    sums[c, place, at + Sum.CAPPED.value] += 1 if levels[0, Level.OVER_CAP] > 0 else 0
    sums[c, place, at + Sum.UNDECLARED.value] += verdict[Verdict.UNDECLARED]
    sums[c, place, at + Sum.BASE_INCOME.value] += acc[0, Tally.INCOME] - acc[0, Tally.JOB_LOSS]
    relief = verdict[Verdict.RELIEF]
    if relief >= 0:
        sums[c, place, at + Sum.RELIEVED_HOUSEHOLDS.value + relief] += 1
        sums[c, place, at + Sum.RELIEVED_PERSONS.value + relief] += verdict[Verdict.AT_DATE]
        sums[c, place, at + Sum.RELIEVED_MONTHS.value + relief] += acc[0, Tally.HEADS]
        sums[c, place, at + Sum.RELIEVED_CARE_MONTHS.value + relief] += acc[1, Tally.HEADS]


@inlined
def _clear(h, out):
    """Forget last year's bill of a household that has no insured member any more."""
    out.insured[h], out.insured_months[h], out.relief_class[h], out.base_income[h] = 0, 0, 0, 0
    out.medical[h], out.support[h], out.care[h], out.child[h] = 0, 0, 0, 0


@plain
def _chunk(c, persons, homes, laws, tariff, out, work):
    """Bill the households of one chunk."""
    rows, chunks = homes.place.size, work.sums.shape[0]
    law = laws[0]
    acc, levels, verdict = work.acc[c], work.levels[c], work.verdict[c]
    traced = work.trace.shape[0] > 0
    for h in range(rows * c // chunks, rows * (c + 1) // chunks):
        first = np.int64(homes.start[h])
        stop = first + homes.size[h]
        union = np.int64(0)
        for i in range(first, stop):
            union |= np.int64(persons.insured_months[i])
        if union == 0:
            if out.insured[h]:
                _clear(h, out)
            continue
        _household(
            first,
            stop,
            union,
            np.int64(homes.head[h]),
            np.int64(homes.former_member[h]),
            persons,
            law,
            acc,
            verdict,
            work.trace,
            traced,
        )
        relief = law.relief_shares[verdict[Verdict.RELIEF]] if verdict[Verdict.RELIEF] >= 0 else 0
        place = np.int64(homes.place[h])
        remission = homes.remission[min(h, homes.remission.size - 1)]
        _portions(acc, verdict, relief, tariff, place, law, remission, levels)
        out.insured[h], out.insured_months[h] = verdict[Verdict.INSURED], union
        out.base_income[h], out.relief_class[h] = verdict[Verdict.BASE], relief
        out.medical[h], out.support[h] = levels[0, Level.BILL], levels[1, Level.BILL]
        out.care[h], out.child[h] = levels[2, Level.BILL], levels[3, Level.BILL]
        _add(work.sums, c, place, verdict, acc, levels)


@nb.njit(cache=True, parallel=True)
def assess(persons, homes, laws, tariff, out, work):
    """Bill all households of a fiscal year.

    NHI Act arts. 72-3 to 72-3-3, 76; its order arts. 29-7, 29-7-2; 地方税法703条の4 to 703条の5の2.

    persons, homes, out, work: named tuples of arrays, see `arrays`; laws: one record of `law`;
    tariff: int64[places, 4, Rate]. Households are contiguous spans of persons. Columns of households without an
    insured member become 0. Sums are kept per chunk of households and municipality; levels, verdict and trace keep
    what was found for the last household of a chunk, for whoever bills a single one.
    """
    for c in nb.prange(work.sums.shape[0]):
        _chunk(np.int64(c), persons, homes, laws, tariff, out, work)
