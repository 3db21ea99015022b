"""High-cost benefit of one household and month (高額療養費), receipt by receipt."""

import numba as nb

BASE, OVER, MULTIPLE, ANNUAL, OUTPATIENT, OUTPATIENT_ANNUAL = range(6)
"""Positions in a row of ceilings, yen: ceiling (自己負担限度額); cost above which 1 % is added (0 = no such part);
ceiling from the fourth month on (多数回該当, 0 = none); ceiling of August to July (年間上限, 0 = none); ceiling of one
person's outpatient care at 70-74 (0 = none); the same for August to July (0 = none)."""
CEILING_FIELDS = 6


@nb.njit(cache=True)
def ceiling(row, cost, fourth):
    """Return the month's ceiling in yen for a cost of `cost` yen; 1 % of the excess is rounded half up to a yen."""
    if fourth and row[MULTIPLE] > 0:
        return row[MULTIPLE]
    extra = 0
    if row[OVER] > 0 and cost > row[OVER]:
        extra = (cost - row[OVER] + 50) // 100
    return row[BASE] + extra


@nb.njit(cache=True)
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


@nb.njit(cache=True)
def _outpatient(n, who, elderly, inpatient, pay, cap, back):
    """Hold each elderly person's outpatient payments to `cap` yen; return the benefit and the persons with one."""
    total = 0
    persons = 0
    for r in range(n):
        if not elderly[r] or inpatient[r]:
            continue
        first = True
        paid = 0
        for s in range(n):
            if who[s] == who[r] and elderly[s] and not inpatient[s]:
                first = first and s >= r
                paid += pay[s]
        if not first or paid <= cap:
            continue
        excess = paid - cap
        total += excess
        persons += 1
        for s in range(r, n):
            if who[s] == who[r] and elderly[s] and not inpatient[s]:
                part = min(excess, pay[s])
                back[s] += part
                excess -= part
    return total, persons


@nb.njit(cache=True)
def _counts(elderly, pay, floor, everybody):
    """Return whether a receipt enters a sum: any receipt at 70-74, below 70 those of `floor` yen or more."""
    return elderly or (everybody and pay >= floor)


@nb.njit(cache=True)
def _household(n, elderly, cost, pay, row, fourth, floor, everybody, back):
    """Hold the receipts that count together to the ceiling; spread the benefit by what is still paid."""
    total = 0
    whole = 0
    last = -1
    for r in range(n):
        if _counts(elderly[r], pay[r], floor, everybody):
            total += pay[r] - back[r]
            whole += cost[r]
            if pay[r] > back[r]:
                last = r
    benefit = total - ceiling(row, whole, fourth)
    if last < 0 or benefit <= 0:
        return 0
    rest = benefit
    for r in range(n):
        if _counts(elderly[r], pay[r], floor, everybody):
            part = rest if r == last else benefit * (pay[r] - back[r]) // total
            back[r] += part
            rest -= part
    return benefit


@nb.njit(cache=True)
def month(n, who, elderly, inpatient, cost, pay, under, old, fourth, floor, back):
    """Return (outpatient benefit, persons with one, elderly benefit, household benefit, payments that count).

    Health Insurance rules as 国保 applies them (国民健康保険法施行令 29条の2, 29条の3): first the outpatient payments
    of each person of 70-74, then those persons together, then the household with the receipts of `floor` yen
    (21,000) or more of those below 70. All amounts are yen of one care month.

    n          receipts in use; who, elderly, inpatient, cost, pay and back hold at least n
    who        person of the receipt, any integer
    elderly    whether the person is 70-74 in this month
    inpatient  whether the receipt is an inpatient one
    cost, pay  medical cost and counter share of the receipt (窓口負担)
    under      int64[6], ceilings below 70 of the household's class
    old        int64[6], ceilings at 70-74 of its class
    fourth     whether the fourth-month ceiling applies (多数回該当)
    back       filled: benefit of each receipt
    """
    for r in range(n):
        back[r] = 0
    outpatient = 0
    persons = 0
    young = False
    aged = False
    for r in range(n):
        aged = aged or elderly[r]
        young = young or (not elderly[r] and pay[r] >= floor)
    together = 0
    if aged:
        if old[OUTPATIENT] > 0:
            outpatient, persons = _outpatient(n, who, elderly, inpatient, pay, old[OUTPATIENT], back)
        together = _household(n, elderly, cost, pay, old, fourth, floor, False, back)
    whole = 0
    if young:
        whole = _household(n, elderly, cost, pay, under, fourth, floor, True, back)
    counted = 0
    for r in range(n):
        if _counts(elderly[r], pay[r], floor, True):
            counted += pay[r] - back[r]
    return outpatient, persons, together, whole, counted
