"""The levy kernel: every household's bill in four portions, exact to the yen.

Amounts are carried as integers in 1/12,000,000 yen: a rate per 1,000,000 times months out of twelve is then whole,
and so are tenths and percents of it. An amount becomes yen by cutting, after each relief, so that every stage in yen
is the difference of two cuts and the stages add up to the bill exactly.
"""

import numba as nb
import numpy as np

from sim.core.units import mask_between
from sim.levy.arrays import LEVELS, TALLIES, Extra, Level, Rate, Sum, Tally, Trace, Verdict
from sim.levy.kernels_income import adjustment_both, base_income, employment_income, pension_income
from sim.population.codes import Portion, Scheme

_SCALE = 12_000_000
_YEN_MONTH = 1_000_000
_TENTH = 100_000
_PERCENT_OF_TENTH = 1_000
_FOREVER = 1 << 30


@nb.njit(cache=True)
def _count(mask):
    """Return the number of months in a mask of at most 16 bits."""
    x = mask - ((mask >> 1) & 0x5555)
    x = (x & 0x3333) + ((x >> 2) & 0x3333)
    x = (x + (x >> 4)) & 0x0F0F
    return (x + (x >> 8)) & 0x1F


@nb.njit(cache=True)
def _job_loss_months(lost, born, law):
    """Return the months with reduced salary income: from the job loss to the end of the next fiscal year."""
    if lost <= 0 or lost >= born + 12 * law.job_loss_age:
        return 0
    first_april = lost - (lost - 3) % 12
    return mask_between(lost, first_april + 24, law.opening)


@nb.njit(cache=True)
def _maternity_months(birth, multiple, law):
    """Return the months exempt for childbirth: from one month (several children: three) before to two after."""
    if birth <= 0:
        return 0
    before = law.maternity_months_before_multiple if multiple else law.maternity_months_before
    first = max(birth - before, law.maternity_since)
    return mask_between(first, birth + law.maternity_months_after + 1, law.opening)


@nb.njit(cache=True)
def _tally(acc, mask, job, maternity, dependant, dependant_half, base, special, asset, preschool, half, minor, law):
    """Add one member's months, incomes and heads to the sums of a household (acc: int64[Tally])."""
    months = _count(mask)
    acc[Tally.INCOME] += base * months
    acc[Tally.ASSET] += asset * months
    acc[Tally.HEADS] += months
    acc[Tally.MINORS] += months if minor else 0
    acc[Tally.ADULTS] += 0 if minor else months
    acc[Tally.PRESCHOOL] += months if half and preschool else 0
    acc[Tally.YOUTH] += months if half and not preschool else 0
    job &= mask
    exempt = maternity & mask
    waived = dependant & mask & ~exempt
    if job | exempt | waived:
        acc[Tally.JOB_LOSS] += (base - special) * _count(job)
        acc[Tally.MATERNITY] += base * _count(exempt & ~job) + special * _count(exempt & job)
        acc[Tally.MATERNITY_PERCENT] += _count(exempt) * (100 - law.youth_relief_share if half else 100)
        acc[Tally.MATERNITY_HEADS] += _count(exempt)
        acc[Tally.MATERNITY_ADULTS] += 0 if minor else _count(exempt)
        acc[Tally.DEPENDANT] += base * _count(waived & ~job) + special * _count(waived & job)
        acc[Tally.ASSET_DEPENDANT] += asset * _count(waived)
        acc[Tally.DEPENDANT_HEADS] += _count(waived & dependant_half)


@nb.njit(cache=True)
def _income(born, salary, pension, rest, job, extra, law, row):
    """Work out one person's income and base (row: int64[Trace]): before and, if `job`, after the job-loss rule."""
    supports = extra[Extra.SUPPORTS] != 0
    senior = born + 12 * law.pension_age <= law.opening - 4
    gross_pay = employment_income(salary, supports, law)
    rows = law.pension_rows_over if senior else law.pension_rows_under
    annuity = pension_income(pension, max(0, gross_pay + rest), rows, law)
    adjustment = adjustment_both(gross_pay, annuity, law)
    pay = gross_pay - adjustment
    total = max(0, pay + annuity + rest)
    measured = total + extra[Extra.GAIN_DEDUCTION]
    base = base_income(total, extra[Extra.LOSS], measured, law)
    special = base
    if job:
        reduced = max(0, pay * law.job_loss_share // 100 + annuity + rest)
        special = base_income(reduced, extra[Extra.LOSS], measured, law)
    row[Trace.PAY], row[Trace.ANNUITY], row[Trace.ADJUSTMENT], row[Trace.TOTAL] = pay, annuity, adjustment, total
    row[Trace.BASE], row[Trace.BASE_JOB_LOSS] = base, special


@nb.njit(cache=True)
def _judge(born, salary, pension, rest, job, extra, law, row, verdict):
    """Count one person's income in the relief test (軽減判定所得; 地方税法703条の5)."""
    senior = born + 12 * law.pension_age <= law.opening - 4
    received = extra[Extra.FAMILY_PAY_RECEIVED]
    wage = row[Trace.PAY]
    if received:
        wage = max(0, employment_income(salary - received, extra[Extra.SUPPORTS] != 0, law) - row[Trace.ADJUSTMENT])
    if job:
        wage = wage * law.job_loss_share // 100
    free = min(row[Trace.ANNUITY], law.relief_pension) if senior else 0
    outside = extra[Extra.FAMILY_PAY_GIVEN] + extra[Extra.GAIN_DEDUCTION] - extra[Extra.LOSS] - extra[Extra.CASUALTY]
    row[Trace.JUDGED] = max(0, wage + row[Trace.ANNUITY] - free + rest + outside)
    pension_bound = law.earner_pension_65 if senior else law.earner_pension
    row[Trace.EARNER] = 1 if salary - received > law.earner_salary or pension > pension_bound else 0
    verdict[Verdict.JUDGED] += row[Trace.JUDGED]
    verdict[Verdict.EARNERS] += row[Trace.EARNER]


@nb.njit(cache=True)
def _member(born, mask, care, job, birth, since, extra, law, tallies, row):
    """Add one insured person to the sums of the household (tallies: int64[2, Tally]); return the relieved months of
    a former dependant."""
    maternity = mask & _maternity_months(birth, extra[Extra.MULTIPLE_BIRTH] != 0, law)
    dependant, dependant_half = 0, 0
    if since > 0 and since >= born + 12 * law.former_dependant_age:
        dependant = mask & mask_between(since, _FOREVER, law.opening)
        dependant_half = dependant & mask_between(since, since + law.former_dependant_months, law.opening)
    preschool = born + 12 * law.preschool_to >= law.opening
    half = born + 12 * law.youth_relief_to >= law.opening
    minor = born + 12 * law.child_waiver_to >= law.opening
    for k in range(2):
        months = care if k else mask
        if months:
            _tally(tallies[k], months, job, maternity, dependant, dependant_half, row[Trace.BASE],
                   row[Trace.BASE_JOB_LOSS], extra[Extra.ASSET_TAX], preschool, half, minor, law)
    row[Trace.MONTHS], row[Trace.CARE], row[Trace.JOB_LOSS], row[Trace.MATERNITY] = mask, care, job, maternity
    row[Trace.FORMER_DEPENDANT], row[Trace.FORMER_DEPENDANT_HALF] = dependant, dependant_half
    return dependant_half


@nb.njit(cache=True)
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


@nb.njit(cache=True)
def _cut(level, stage, before, less):
    """Take a relief off an amount (1/12,000,000 yen), note its yen at the stage, return what is left."""
    if less == 0:
        return before
    after = before - less
    level[stage] = before // _SCALE - after // _SCALE
    return after


@nb.njit(cache=True)
def _portion(p, tally, verdict, months, dependant_house, relief, rates, law, remission, level):
    """Work out one portion of one household's bill into level (int64[Level]).

    months           household-months with a member for the portion
    dependant_house  of these, months in which all members are former dependants
    relief           tenths taken off by 7/5/2割軽減
    rates            int64[Rate], the municipality's rates of the portion
    """
    rate, asset_rate = rates[Rate.INCOME_PART], rates[Rate.ASSET_PART]
    head, adult, home = rates[Rate.PER_HEAD], rates[Rate.PER_ADULT], rates[Rate.PER_HOUSEHOLD]
    left = 10 - relief
    heads = (tally[Tally.HEADS] * head + tally[Tally.ADULTS] * adult) * _YEN_MONTH
    house = months * home * _YEN_MONTH
    former, children, minors = 0, 0, 0
    born = tally[Tally.MATERNITY_HEADS] * head * left * _TENTH
    if p != Portion.CARE.value:
        former = home * (verdict[Verdict.HALF_MONTHS] * 2 + verdict[Verdict.QUARTER_MONTHS]) * (_YEN_MONTH // 4)
    if p == Portion.MEDICAL.value or p == Portion.SUPPORT.value:
        children = head * left * law.youth_relief_share * _PERCENT_OF_TENTH
        born = tally[Tally.MATERNITY_PERCENT] * head * left * _PERCENT_OF_TENTH
    if p == Portion.CHILD.value:
        minors = tally[Tally.MINORS] * head * left * _TENTH
        born = tally[Tally.MATERNITY_ADULTS] * head * left * _TENTH
    born += tally[Tally.MATERNITY_ADULTS] * adult * left * _TENTH + tally[Tally.MATERNITY] * rate
    further = max(0, law.former_dependant_share - relief) * _TENTH
    dependant = tally[Tally.DEPENDANT] * rate + tally[Tally.ASSET_DEPENDANT] * asset_rate
    dependant += (tally[Tally.DEPENDANT_HEADS] * (head + adult) + dependant_house * home) * further

    amount = tally[Tally.INCOME] * rate + tally[Tally.ASSET] * asset_rate + heads + house
    level[Level.GROSS] = amount // _SCALE
    amount = _cut(level, Level.JOB_LOSS.value, amount, tally[Tally.JOB_LOSS] * rate)
    amount = _cut(level, Level.FORMER_MEMBER.value, amount, former)
    amount = _cut(level, Level.RELIEF.value, amount, (heads + house - former) // 10 * relief)
    amount = _cut(level, Level.PRESCHOOL.value, amount, tally[Tally.PRESCHOOL] * children)
    amount = _cut(level, Level.YOUTH.value, amount, tally[Tally.YOUTH] * children)
    amount = _cut(level, Level.WAIVER.value, amount, minors)
    amount = _cut(level, Level.MATERNITY.value, amount, born)
    amount = _cut(level, Level.FORMER_DEPENDANT.value, amount, dependant)
    _charge(amount, tally, months if law.cap_by_months else 12, rates, remission, level)


@nb.njit(cache=True)
def _charge(amount, tally, cap_months, rates, remission, level):
    """Apply the cap, the municipality's remission and its rounding to an amount; note the bill in yen."""
    charged = tally[Tally.INCOME] - tally[Tally.JOB_LOSS]
    yen = amount // _SCALE
    cap = rates[Rate.CAP] * cap_months // 12
    if yen > cap:
        level[Level.OVER_CAP] = yen - cap
        yen = cap
        if rates[Rate.INCOME_PART] > 0:
            paying = (charged - tally[Tally.MATERNITY] - tally[Tally.DEPENDANT]) * rates[Rate.INCOME_PART]
            room = max(0, rates[Rate.CAP] * cap_months * _YEN_MONTH - (amount - paying))
            charged = min(charged, room // rates[Rate.INCOME_PART])
    level[Level.CAPPED_INCOME] = charged
    if remission:
        level[Level.REMISSION] = yen * remission // _YEN_MONTH
        yen -= level[Level.REMISSION]
    if rates[Rate.UNIT] > 1:
        level[Level.ROUNDING] = yen % rates[Rate.UNIT]
        yen -= level[Level.ROUNDING]
    level[Level.BILL] = yen


@nb.njit(cache=True)
def _former_months(since, months, verdict, law):
    """Note the months with half and three quarters of the per-household levy (特定世帯, 特定継続世帯).

    since   month index of the move to the late-elderly scheme
    months  mask of the months with exactly one insured member beside a former member
    """
    half = since + law.former_member_half_months
    quarter = half + law.former_member_quarter_months
    verdict[Verdict.HALF_MONTHS] = _count(mask_between(since, half, law.opening) & months)
    verdict[Verdict.QUARTER_MONTHS] = _count(mask_between(half, quarter, law.opening) & months)


@nb.njit(cache=True)
def _household(first, stop, union, head, moved_since, persons, law, tallies, verdict, trace, c):
    """Assess the persons of one household into tallies (int64[2, Tally]) and verdict (int64[Verdict]).

    union        months with an insured member; its first month holds the day of the relief test
    moved_since  month in which a member moved to the late-elderly scheme, 0 = never (特定世帯)
    """
    tallies[:] = 0
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
        extra = persons.extra[min(i, persons.extra.shape[0] - 1)]
        row = trace[i if trace.shape[0] == persons.born.size else c]
        born, known = np.int64(persons.born[i]), persons.declared[i] != 0
        salary, pension = (persons.salary[i], persons.pension[i]) if known else (0, 0)
        rest = persons.business[i] + persons.other_income[i] if known else 0
        job = mask & _job_loss_months(np.int64(persons.job_loss[i]), born, law)
        _income(born, salary, pension, rest, job, extra, law, row)
        if i == head or mask & date or former:
            _judge(born, salary, pension, rest, job, extra, law, row, verdict)
            verdict[Verdict.COUNTED] += 1 if mask & date or former else 0
            if not known and born + 12 * law.declaration_age < law.opening:
                verdict[Verdict.UNDECLARED] = 1
        if mask:
            care = mask & mask_between(born + 12 * law.care_from, born + 12 * law.care_to, law.opening)
            half = _member(born, mask, care, job, np.int64(persons.gave_birth[i]),
                           np.int64(persons.former_dependant[i]), extra, law, tallies, row)
            verdict[Verdict.INSURED] += 1
            verdict[Verdict.AT_DATE] += 1 if mask & date else 0
            verdict[Verdict.BASE] += row[Trace.BASE_JOB_LOSS]
            twice |= once & mask
            once |= mask
            cared |= care
            relieved |= half
            others |= mask & ~half
    verdict[Verdict.MONTHS], verdict[Verdict.CARE_MONTHS] = _count(union), _count(cared)
    if formers:
        _former_months(moved_since, once & ~twice & formers, verdict, law)
    else:
        verdict[Verdict.DEPENDANT_MONTHS] = _count(relieved & ~others)
    verdict[Verdict.RELIEF] = _relief_class(verdict, law)


@nb.njit(cache=True)
def _portions(tallies, verdict, relief, tariff, law, remission, levels):
    """Work out the portions of one household (tariff: int64[4, Rate]); the childcare portion only where it has a cap."""
    levels[:] = 0
    for p in range(4):
        care = p == Portion.CARE.value
        months = verdict[Verdict.CARE_MONTHS] if care else verdict[Verdict.MONTHS]
        if months and tariff[p, Rate.CAP]:
            house = 0 if care else verdict[Verdict.DEPENDANT_MONTHS]
            _portion(p, tallies[1 if care else 0], verdict, months, house, relief, tariff[p], law, remission, levels[p])


@nb.njit(cache=True)
def _add(sums, verdict, tallies, levels):
    """Add one household to the sums of its municipality (int64[4 * LEVELS + SUMS])."""
    billed = 0
    for p in range(4):
        billed += levels[p, Level.BILL]
        if levels[p, Level.GROSS]:
            for k in range(LEVELS):
                sums[p * LEVELS + k] += levels[p, k]
    at = 4 * LEVELS
    sums[at + Sum.HOUSEHOLDS.value] += 1 if billed > 0 else 0
    sums[at + Sum.CAPPED.value] += 1 if levels[0, Level.OVER_CAP] > 0 else 0
    sums[at + Sum.UNDECLARED.value] += verdict[Verdict.UNDECLARED]
    sums[at + Sum.BASE_INCOME.value] += tallies[0, Tally.INCOME] - tallies[0, Tally.JOB_LOSS]
    relief = verdict[Verdict.RELIEF]
    if relief >= 0:
        sums[at + Sum.RELIEVED_HOUSEHOLDS.value + relief] += 1
        sums[at + Sum.RELIEVED_PERSONS.value + relief] += verdict[Verdict.AT_DATE]
        sums[at + Sum.RELIEVED_MONTHS.value + relief] += tallies[0, Tally.HEADS]
        sums[at + Sum.RELIEVED_CARE_MONTHS.value + relief] += tallies[1, Tally.HEADS]


@nb.njit(cache=True)
def _clear(h, out):
    """Forget last year's bill of a household that has no insured member any more."""
    out.insured[h], out.insured_months[h], out.relief_class[h], out.base_income[h] = 0, 0, 0, 0
    out.medical[h], out.support[h], out.care[h], out.child[h] = 0, 0, 0, 0


@nb.njit(cache=True, parallel=True)
def assess(persons, homes, laws, tariff, out, work):
    """Bill all households of a fiscal year (NHI Act arts. 72-3 to 72-3-3, 76; its order art. 29-7; 地方税法703条の4, 703条の5).

    persons, homes, out, work: named tuples of arrays, see `sim.levy.arrays`; laws: one record of `sim.levy.law`;
    tariff: int64[places, 4, Rate]. Households are contiguous spans of persons. Columns of households without an
    insured member become 0. Sums are kept per chunk of households and municipality; levels, verdict and trace keep
    what was found for the last household of a chunk, for whoever bills a single one.
    """
    rows, chunks = homes.place.size, work.sums.shape[0]
    for chunk in nb.prange(chunks):
        c = np.int64(chunk)
        law = laws[0]
        tallies = np.zeros((2, TALLIES), np.int64)
        levels, verdict, sums = work.levels[c], work.verdict[c], work.sums[c]
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
            _household(first, stop, union, np.int64(homes.head[h]), np.int64(homes.former_member[h]), persons, law,
                       tallies, verdict, work.trace, c)
            relief = law.relief_shares[verdict[Verdict.RELIEF]] if verdict[Verdict.RELIEF] >= 0 else 0
            place = np.int64(homes.place[h])
            _portions(tallies, verdict, relief, tariff[place], law, homes.remission[min(h, homes.remission.size - 1)],
                      levels)
            out.insured[h], out.insured_months[h] = verdict[Verdict.INSURED], union
            out.base_income[h], out.relief_class[h] = verdict[Verdict.BASE], relief
            out.medical[h], out.support[h] = levels[0, Level.BILL], levels[1, Level.BILL]
            out.care[h], out.child[h] = levels[2, Level.BILL], levels[3, Level.BILL]
            _add(sums[place], verdict, tallies, levels)
