"""High-cost benefit of one household and month (高額療養費), receipt by receipt."""

from sim.core.kernel import inner

NOBODY = 1 << 60
"""A floor that no receipt reaches."""


@inner
def ceiling(row, cost, fourth):
    """Return the month's ceiling in yen for a cost of `cost` yen; 1 % of the excess is rounded half up to a yen."""
    if fourth and row.multiple > 0:
        return row.multiple
    extra = 0
    if row.over > 0 and cost > row.over:
        extra = (cost - row.over + 50) // 100
    return row.monthly + extra


@inner
def is_fourth(before, paid, k, after):
    """Return whether month k has at least `after` months with a household benefit among the twelve before it.

    before  month mask of such months of the fiscal year before
    paid    the same of this fiscal year so far
    """
    rest = (before >> k) | ((paid & ((1 << k) - 1)) << 12)
    count = 0
    while rest:
        rest &= rest - 1
        count += 1
    return count >= after


@inner
def _cap_outpatient(n, r, cap):
    """Hold each elderly person's outpatient payments to `cap` yen; return the benefit and the persons with one."""
    total = 0
    persons = 0
    i = 0
    while i < n:
        end = i
        paid = 0
        while end < n and r[end].who == r[i].who:
            if r[end].elderly and not r[end].inpatient:
                paid += r[end].pay
            end += 1
        if paid > cap:
            excess = paid - cap
            total += excess
            persons += 1
            for j in range(i, end):
                if r[j].elderly and not r[j].inpatient:
                    part = min(excess, r[j].pay)
                    r[j].back += part
                    excess -= part
        i = end
    return total, persons


@inner
def _cap_household(n, r, row, fourth, floor):
    """Hold the receipts that count together to the ceiling; spread the benefit by what is still paid.

    Any receipt counts at 70-74; below 70 those of `floor` yen or more.
    """
    total = 0
    whole = 0
    last = -1
    for i in range(n):
        if r[i].elderly or r[i].pay >= floor:
            total += r[i].pay - r[i].back
            whole += r[i].cost
            if r[i].pay > r[i].back:
                last = i
    benefit = total - ceiling(row, whole, fourth)
    if last < 0 or benefit <= 0:
        return 0
    rest = benefit
    for i in range(last + 1):
        if r[i].elderly or r[i].pay >= floor:
            part = rest if i == last else benefit * (r[i].pay - r[i].back) // total
            r[i].back += part
            rest -= part
    return benefit


@inner
def month(n, r, under, old, fourth, floor):
    """Return (outpatient benefit, persons with one, elderly benefit, household benefit, payments that count).

    The order of 国民健康保険法施行令 29条の2 and 29条の3: first the outpatient payments of each person of 70-74, then
    those persons together, then the household with the receipts of `floor` yen (21,000) or more of those below 70.
    All amounts are yen of one care month.

    n       receipts in use
    r       records of state.RECEIPT, those of a person side by side; `back`, the benefit of each receipt, is filled
    under   record law.CEILING below 70 of the household's class
    old     the same at 70-74
    fourth  whether the fourth-month ceiling applies (多数回該当)
    """
    aged = False
    young = False
    for i in range(n):
        r[i].back = 0
        aged = aged or r[i].elderly == 1
        young = young or (r[i].elderly == 0 and r[i].pay >= floor)
    outpatient = 0
    persons = 0
    together = 0
    whole = 0
    if aged:
        if old.outpatient > 0:
            outpatient, persons = _cap_outpatient(n, r, old.outpatient)
        together = _cap_household(n, r, old, fourth, NOBODY)
    if young:
        whole = _cap_household(n, r, under, fourth, floor)
    counted = 0
    for i in range(n):
        if r[i].elderly or r[i].pay >= floor:
            counted += r[i].pay - r[i].back
    return outpatient, persons, together, whole, counted
