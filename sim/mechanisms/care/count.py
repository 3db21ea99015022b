"""Counting a year of care: by municipality, age and sex, nationality, class, and among the distributions of cost."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline, inner
from sim.core.units import ALL_MONTHS, MONTHS, months_in
from sim.mechanisms.care.amounts import bin_of, joint_of
from sim.mechanisms.care.classes import old_row, under_of
from sim.mechanisms.care.copayment import main_receipt
from sim.mechanisms.care.state import UNKNOWN


@inner
def add(bins, yen, number):
    """Add `number` months or members of `yen` each to the bins of a distribution."""
    b = bins[np.uint64(bin_of(yen))]
    b.number += number
    b.cost += number * yen


@inner
def count_receipts(yen, number, row, law):
    """Add `number` receipts of `yen` to the sums over the two lines of expensive receipts; return the yen over the
    first."""
    if yen <= law.receipt_line_high:
        return 0
    over = (yen - law.receipt_line_high) * number
    row.over_800k_cases += number
    row.over_800k += over
    if yen > law.receipt_line_special:
        row.over_4200k_cases += number
        row.over_4200k += (yen - law.receipt_line_special) * number
    return over


@inner
def count_months(scratch, j, place, rules, sums):
    """Add the insured months of member j by their cost; return yen of hospital and yen over the line of receipts."""
    q, law = scratch.members[j], rules.law
    row = sums.places[place]
    plain = months_in(q.routine_months)
    none = months_in(q.insured_months) - plain
    inpatient, over = 0, 0
    if q.routine > law.receipt_line_high:
        over += count_receipts(main_receipt(q, q.routine, rules), plain, row, law)
    if q.hospital_months != 0:
        for k in range(12):
            if not (q.hospital_months >> k) & 1:
                continue
            yen = scratch.hospital[j, k]
            inpatient += yen
            over += count_receipts(yen, 1, row, law)
            if (q.routine_months >> k) & 1:
                yen += q.routine
                plain -= 1
            else:
                none -= 1
            add(sums.monthly, yen, 1)
    row.treated_months += months_in(q.insured_months) - none
    sums.monthly[0].number += none
    if plain > 0:
        add(sums.monthly, q.routine, plain)
    return inpatient, over


@inner
def count_place(q, total, months, row):
    """Add a member to the sums of a municipality; part of the year at the ages of the elderly grant counts in part."""
    elderly = months_in(q.insured_months & q.grant_months)
    row.cost += total
    row.benefit += q.benefit
    if elderly == months:
        row.elderly_benefit += q.benefit
    elif elderly > 0:
        row.elderly_benefit += q.benefit * elderly // months
    row.deaths += q.dies
    row.births += 0 <= q.birth < MONTHS and (q.insured_months >> q.birth) & 1 == 1


@inner
def count_kinds(q, routine, cell, town, row):
    """Add drugs and dental care, as parts of the yen of routine care, some drugs and tests of which were saved."""
    drugs, dental, saved = cell.drugs, cell.dental, town.drugs_saved
    if saved != 0.0 or town.tests_saved != 0.0:
        left = 1.0 - drugs * saved - town.tests_saved
        drugs *= (1.0 - saved) / left
        dental /= left
    row.drugs += np.int64(routine * drugs)
    row.dental += np.int64(routine * dental)


@inner
def count_nation(q, total, months, row):
    """Add a member to the sums of a nationality and age."""
    row.months += months
    row.cost += total
    row.benefit += q.benefit
    row.receipts += months_in(q.routine_months) + months_in(q.hospital_months)
    row.high_cost_receipts += q.capped
    row.high_cost += q.high_cost


@inner
def count_member(scratch, j, place, rules, sums):
    """Add the year of member j to the sums of municipality, age and cost, and return its cost."""
    q = scratch.members[j]
    inpatient, over = count_months(scratch, j, place, rules, sums)
    routine = q.routine * months_in(q.routine_months)
    total = routine + inpatient
    add(sums.yearly, total, 1)
    months = months_in(q.insured_months)
    count_place(q, total, months, sums.places[place])
    count_nation(q, total, months, sums.nations[q.foreign, q.group])
    row = sums.ages[place, q.group, q.sex]
    row.months += months
    row.cost += total
    row.benefit += q.benefit
    row.inpatient += inpatient
    row.expected += q.expected * months // 12
    row.high_cost += q.high_cost
    row.over_800k += over
    count_kinds(q, routine, rules.cells[q.age, q.sex], rules.towns[place], row)
    if months == MONTHS and q.age >= rules.chances.checkup_age:
        row.checkable += 1
        row.checked += q.checked
        row.due += q.due
        row.guided += q.guided
    return total


@inline
def count(people, draws, rules, scratch, sums, home, j):
    """Count member j of a household and write the year's cost, benefit and outpatient payments."""
    q = scratch.members[j]
    i = q.row
    total = count_member(scratch, j, home.place, rules, sums)
    stayed = people.scheme_since[i] <= draws.opening - 12
    if q.insured_months == ALL_MONTHS and q.carried != UNKNOWN and stayed:
        before, now = joint_of(bin_of(people.cost[i])), joint_of(bin_of(total))
        sums.joint[np.uint64(before), np.uint64(now)].members += 1
    elderly = months_in(q.insured_months & q.elderly_months)
    sums.classes[under_of(home.late)].months += months_in(q.insured_months) - elderly
    sums.classes[old_row(home.late)].months += elderly
    people.cost[i] = total
    people.benefit[i] = q.benefit
    people.care_outpatient[i] = q.after
