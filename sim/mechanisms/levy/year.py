"""The year of the levy, household by household: who is insured, what they had, what they are let off, what they owe."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline, kernel
from sim.mechanisms.levy.count import count
from sim.mechanisms.levy.household import assess_household, insured_months
from sim.mechanisms.levy.portion import bill_portion
from sim.mechanisms.levy.remission import remitted
from sim.population.codes import Portion

_MEDICAL, _SUPPORT, _CARE, _CHILD = (int(portion) for portion in Portion)


@inline
def forget(homes, h):
    """Forget last year's bill of a household that has no insured member any more."""
    homes.insured[h], homes.insured_months[h], homes.relief_class[h], homes.base_income[h] = 0, 0, 0, 0
    homes.bill_medical[h], homes.bill_support[h], homes.bill_care[h], homes.bill_child[h] = 0, 0, 0, 0


@inline
def write(homes, work, h, union):
    """Write what a household owes and what it rests on."""
    house, stages = work.house[0], work.stages
    homes.insured[h], homes.insured_months[h] = house.insured, union
    homes.base_income[h], homes.relief_class[h] = house.base_income, house.tenths
    homes.bill_medical[h], homes.bill_support[h] = stages[_MEDICAL].bill, stages[_SUPPORT].bill
    homes.bill_care[h], homes.bill_child[h] = stages[_CARE].bill, stages[_CHILD].bill


@inline
def keep(work, h):
    """Keep what was found of household h for whoever explains its bill."""
    work.kept_house[h] = work.house[0]
    for p in range(work.stages.size):
        work.kept_stages[h, p] = work.stages[p]


@inline
def bill(homes, people, given, rules, work, h):
    """Bill one household."""
    union = insured_months(homes, people, h)
    if union == 0:
        if homes.insured[h]:
            forget(homes, h)
        return
    assess_household(homes, people, given, rules.law, work, h, union)
    place = np.int64(homes.place[h])
    remission = remitted(homes, people, given, rules, h)
    for p in range(work.stages.size):
        members = work.members[1 if p == _CARE else 0]
        bill_portion(p, members, work.house[0], rules.rates[place, p], rules.law, remission, work.stages[p])
    write(homes, work, h, union)
    count(work, place)
    if work.kept_house.size:
        keep(work, h)


@kernel
def bill_households(homes, people, given, rules, work, low, high):
    """Bill the households of a fiscal year (NHI Act arts. 72-3 to 72-3-3, 76; 地方税法703条の4 to 703条の5の2).

    Columns of households without an insured member become 0. `work` keeps what was found of each person and household
    where it has room for them.
    """
    for h in range(low, high):
        bill(homes, people, given, rules, work, h)
