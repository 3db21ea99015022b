"""The year of the levy, household by household: who is insured, what they had, what they are let off, what they owe."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline, kernel
from sim.mechanisms.levy.count import count_duty, count_household
from sim.mechanisms.levy.household import assess_household, insured_months
from sim.mechanisms.levy.months import first_run
from sim.mechanisms.levy.portion import bill_portion
from sim.mechanisms.levy.reliefs import is_plain
from sim.mechanisms.levy.remission import remitted
from sim.population.codes import Portion

_MEDICAL, _SUPPORT, _CARE, _CHILD = (int(portion) for portion in Portion)


@inline
def forget(homes, h):
    """Forget last year's bill of a household."""
    homes.insured[h], homes.insured_months[h], homes.relief_class[h], homes.base_income[h] = 0, 0, 0, 0
    homes.bill_medical[h], homes.bill_support[h], homes.bill_care[h], homes.bill_child[h] = 0, 0, 0, 0


@inline
def add(homes, work, h, months):
    """Add what a household owes for the months of one duty, and write what it rests on."""
    house, stages = work.house[0], work.stages
    homes.insured[h] = max(homes.insured[h], house.insured)
    homes.insured_months[h] |= months
    homes.base_income[h], homes.relief_class[h] = max(homes.base_income[h], house.base_income), house.tenths
    homes.bill_medical[h] += stages[_MEDICAL].bill
    homes.bill_support[h] += stages[_SUPPORT].bill
    homes.bill_care[h] += stages[_CARE].bill
    homes.bill_child[h] += stages[_CHILD].bill


@inline
def keep(work, h):
    """Keep what was found of household h for whoever explains its bill."""
    work.kept_house[h] = work.house[0]
    for p in range(work.stages.size):
        work.kept_stages[h, p] = work.stages[p]


@inline
def bill(homes, people, given, rules, work, h):
    """Bill one household; after a gap without insured members its duty to pay begins anew, with a test of its own."""
    left = insured_months(homes, people, h)
    if homes.insured[h]:
        forget(homes, h)
    if left == 0:
        return
    place = np.uint64(homes.place[h])
    remission = remitted(homes, people, given, rules, h)
    while left:
        months = first_run(left) if rules.law.duty_anew else left
        left &= ~months
        assess_household(homes, people, given, rules.law, work, h, months)
        plain = is_plain(work.members[0], work.house[0])
        for p in range(work.stages.size):
            members, rate = work.members[1 if p == _CARE else 0], rules.rates[place, p]
            bill_portion(p, plain, members, work.house[0], rate, rules.law, remission, work.stages[p])
        add(homes, work, h, months)
        count_duty(work, place)
    count_household(homes, work, h, place)
    if work.kept_house.size:
        keep(work, h)


@kernel
def bill_households(homes, people, given, rules, work, low, high):
    """Bill the households of a fiscal year (NHI Act arts. 72-3 to 72-3-3, 76; 地方税法703条の4 to 703条の5の2).

    Columns of households without an insured member become 0. `work` keeps what was found of each person and household
    where it has room for them.
    """
    for h in range(np.uint64(low), np.uint64(high)):
        bill(homes, people, given, rules, work, h)
