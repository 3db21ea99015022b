"""The reliefs: who is entitled in which months, what that sums up to in a household, what each takes off a portion.

The rows of `institutions.reliefs` in the law's order; the test for 7/5/2割軽減 stands in `relief_test`.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np

from sim.core.kernel import inline, inner
from sim.core.tally import Months, Sum, Tally
from sim.core.units import mask_between
from sim.mechanisms.levy.months import FOREVER, count_months
from sim.mechanisms.levy.units import PERCENT, PERCENT_OF_TENTH, QUARTER, TENTH, YEN_MONTH, cut
from sim.population.codes import Portion

_MEDICAL, _SUPPORT, _CARE, _CHILD = (int(portion) for portion in Portion)
_TENTHS = 10
YenMonths = Annotated[Sum, "yen-months"]


class Entitled(NamedTuple):
    """What an insured person has a right to: masks of months, and whether young enough on the day before 1 April.

    care            months at the ages of the care portion
    maternity       months exempt for childbirth
    dependant       months without income part as a former dependant
    dependant_half  of these, months with half the per-head levy
    preschool       under school age
    half            of an age with the half for children
    minor           of an age with the waiver in the childcare portion
    """

    care: np.int64
    maternity: np.int64
    dependant: np.int64
    dependant_half: np.int64
    preschool: bool
    half: bool
    minor: bool


class Members(Tally):
    """Sums over the members of one household, over all insured months or over the care months.

    income              base income
    job_loss            left out of it after an involuntary job loss
    maternity           exempt for childbirth
    dependant           waived for former dependants
    asset               fixed-asset tax, and that of former dependants
    maternity_percent   months x percent of the per-head levy left after a child's half
    """

    income: YenMonths
    job_loss: YenMonths
    maternity: YenMonths
    dependant: YenMonths
    asset: YenMonths
    asset_dependant: YenMonths
    heads: Months
    adults: Months
    preschool: Months
    youth: Months
    minors: Months
    maternity_percent: Months
    maternity_heads: Months
    maternity_adults: Months
    dependant_heads: Months


@inner
def job_loss_months(lost, born, law):
    """Return the months with reduced salary income: from the job loss to the end of the next fiscal year.

    lost  month index of the day after the separation, which must come before the age limit is reached
    """
    if lost <= 0 or lost > born + 12 * law.job_loss_age:
        return 0
    first_april = lost - (lost - 3) % 12
    return mask_between(lost, first_april + 24, law.opening)


@inner
def maternity_months(birth, multiple, law):
    """Return the months exempt for childbirth: from one month (several children: three) before to two after."""
    if birth <= 0:
        return 0
    before = law.maternity_months_before_multiple if multiple else law.maternity_months_before
    first = max(birth - before, law.maternity_since)
    return mask_between(first, birth + law.maternity_months_after + 1, law.opening)


@inner
def dependant_months(since, born, months, law):
    """Return the given number of months after somebody became a former dependant (旧被扶養者), 0 below the age."""
    if since <= 0 or since < born + 12 * law.former_dependant_age:
        return 0
    return mask_between(since, since + months, law.opening)


@inline
def entitle(people, given, law, who):
    """Return what a person has a right to in the insured months."""
    i, born, months = who.row, who.born, who.months
    if months == 0:
        nothing = np.int64(0)
        return Entitled(nothing, nothing, nothing, nothing, False, False, False)
    since = np.int64(people.former_dependant[i])
    multiple = given.multiple_birth[who.given] != 0
    dependant = months & dependant_months(since, born, FOREVER, law)
    insured = months & ~given.care_exempt[who.given]
    return Entitled(
        np.int64(insured & mask_between(born + 12 * law.care_from, born + 12 * law.care_to, law.opening)),
        np.int64(months & maternity_months(np.int64(people.gave_birth[i]), multiple, law)),
        np.int64(dependant),
        np.int64(dependant & dependant_months(since, born, law.former_dependant_months, law)),
        born + 12 * law.preschool_to >= law.opening,
        born + 12 * law.youth_relief_to >= law.opening,
        born + 12 * law.child_waiver_to >= law.opening,
    )


@inline
def add_member(members, months, who, income, entitled, law):
    """Add one member's incomes and heads in a mask of months to the sums of the household."""
    count = count_months(months)
    members.income += income.base * count
    members.asset += income.asset_tax * count
    members.heads += count
    members.minors += count if entitled.minor else 0
    members.adults += 0 if entitled.minor else count
    members.preschool += count if entitled.half and entitled.preschool else 0
    members.youth += count if entitled.half and not entitled.preschool else 0
    job = who.job_loss & months
    exempt = entitled.maternity & months
    waived = entitled.dependant & months & ~exempt
    if job | exempt | waived:
        base, special, exempt_count = income.base, income.base_job_loss, count_months(exempt)
        members.job_loss += (base - special) * count_months(job)
        members.maternity += base * count_months(exempt & ~job) + special * count_months(exempt & job)
        members.maternity_percent += exempt_count * (PERCENT - law.youth_relief_share if entitled.half else PERCENT)
        members.maternity_heads += exempt_count
        members.maternity_adults += 0 if entitled.minor else exempt_count
        members.dependant += base * count_months(waived & ~job) + special * count_months(waived & job)
        members.asset_dependant += income.asset_tax * count_months(waived)
        members.dependant_heads += count_months(waived & entitled.dependant_half)


@inner
def left_of(yen, left, whole):
    """Return what 7/5/2割軽減 leaves of an amount per head, tenths of a yen: whole yen where the ordinance says so."""
    tenths = yen * left
    return tenths - tenths % _TENTHS if whole else tenths


@inline
def relief_part(fixed, former, members, house, rate, left):
    """Return what 7/5/2割軽減 takes off the per-head and per-household levy, of what a former member is let off."""
    if rate.whole == 0:
        return (fixed - former) // _TENTHS * house.tenths
    heads = members.heads * (rate.per_head * _TENTHS - left_of(rate.per_head, left, rate.whole))
    adults = members.adults * (rate.per_adult * _TENTHS - left_of(rate.per_adult, left, rate.whole))
    home = fixed - (members.heads * rate.per_head + members.adults * rate.per_adult) * YEN_MONTH - former
    return (heads + adults) * TENTH + home // _TENTHS * house.tenths


@inline
def former_member_part(p, house, rate):
    """Return what a former member's household (特定世帯, 特定継続世帯) is let off; the care portion knows none."""
    if p == _CARE:
        return 0
    return rate.per_household * (house.half_months * 2 + house.quarter_months) * QUARTER


@inline
def child_part(p, rate, left, law):
    """Return what the half for children takes off a month, of what 7/5/2割軽減 has left: medical and support only."""
    if p in (_MEDICAL, _SUPPORT):
        return left_of(rate.per_head, left, rate.whole) * law.youth_relief_share * PERCENT_OF_TENTH
    return 0


@inline
def maternity_part(p, members, rate, left):
    """Return what the exemption for childbirth takes off: income part, and of the per-head levy what is left of it."""
    if members.maternity_heads == 0:
        return np.int64(0)
    head, adult = left_of(rate.per_head, left, rate.whole), left_of(rate.per_adult, left, rate.whole)
    heads = members.maternity_heads * head * TENTH
    if p in (_MEDICAL, _SUPPORT):
        heads = members.maternity_percent * head * PERCENT_OF_TENTH
    if p == _CHILD:
        heads = members.maternity_adults * head * TENTH
    return heads + members.maternity_adults * adult * TENTH + members.maternity * rate.income_part


@inline
def dependant_part(p, members, house, rate, law):
    """Return what former dependants are let off: income and asset part, and half the fixed amounts less 5/2割軽減."""
    months = 0 if p == _CARE else house.dependant_months
    if months | members.dependant_heads | members.dependant | members.asset_dependant == 0:
        return np.int64(0)
    left, half = _TENTHS - house.tenths, _TENTHS - max(house.tenths, law.former_dependant_share)
    fixed = months * rate.per_household * (left - half)
    for yen in (rate.per_head, rate.per_adult):
        fixed += members.dependant_heads * (left_of(yen, left, rate.whole) - left_of(yen, half, rate.whole))
    return members.dependant * rate.income_part + members.asset_dependant * rate.asset_part + fixed * TENTH


@inline
def deducted(members, house, rate):
    """Return the income the municipality's ordinance leaves out for children, at most what no other relief exempts."""
    left = members.income - members.job_loss - members.maternity - members.dependant
    return min(left, house.minors * rate.deduction)


@inline
def is_plain(members, house):
    """Return whether a household can be let off nothing but 7/5/2割軽減, as five of six: nothing else is worked out.

    members  the sums over all insured months
    """
    young = members.preschool | members.youth | members.minors
    dependants = members.dependant | members.asset_dependant | members.dependant_heads | house.dependant_months
    former = house.half_months | house.quarter_months
    return (young | dependants | former | members.job_loss | members.maternity_heads) == 0


@inline
def reduce_plainly(stage, amount, fixed, members, house, rate):
    """Take 7/5/2割軽減 off a portion of a plain household, as `reduce` does."""
    stage.relief, amount = cut(amount, relief_part(fixed, 0, members, house, rate, _TENTHS - house.tenths))
    return amount


@inline
def reduce(p, stage, amount, fixed, members, house, rate, law):
    """Take the reliefs off portion p of a household, one after the other; return what is left, in the parts of a yen.

    stage  the portion's stages, in yen; fixed  per-head and per-household levy
    """
    left = _TENTHS - house.tenths
    stage.job_loss, amount = cut(amount, members.job_loss * rate.income_part)
    stage.income_deduction, amount = cut(amount, deducted(members, house, rate) * rate.income_part)
    former = former_member_part(p, house, rate)
    stage.former_member, amount = cut(amount, former)
    stage.relief, amount = cut(amount, relief_part(fixed, former, members, house, rate, left))
    child = child_part(p, rate, left, law)
    stage.preschool, amount = cut(amount, members.preschool * child)
    stage.youth, amount = cut(amount, members.youth * child)
    waiver = members.minors * left_of(rate.per_head, left, rate.whole) * TENTH if p == _CHILD else 0
    stage.waiver, amount = cut(amount, waiver)
    stage.maternity, amount = cut(amount, maternity_part(p, members, rate, left))
    stage.former_dependant, amount = cut(amount, dependant_part(p, members, house, rate, law))
    return amount
