"""Counting one household into the sums of its municipality."""

from __future__ import annotations

from sim.core.kernel import inline
from sim.population.codes import Portion

_MEDICAL = int(Portion.MEDICAL)


@inline
def add_stages(work, place):
    """Add the stages of all portions to those of the municipality."""
    for p in range(work.stages.size):
        if work.stages[p].gross_levy:
            for k in range(work.amounts.shape[1]):
                work.portions[place, p, k] += work.amounts[p, k]


@inline
def count_duty(work, place):
    """Add the months of one duty of a household to the sums of its municipality."""
    house, members = work.house[0], work.members[0]
    add_stages(work, place)
    work.places[place].base_income += members.income - members.job_loss
    work.places[place].total_income += house.total_income
    if house.relief >= 0:
        relieved = work.classes[place, house.relief]
        relieved.months += members.heads
        relieved.care_months += work.members[1].heads


@inline
def count_household(homes, work, h, place):
    """Count a household in its municipality, as its last duty of the year found it."""
    house, row = work.house[0], work.places[place]
    owed = homes.bill_medical[h] + homes.bill_support[h] + homes.bill_care[h] + homes.bill_child[h]
    row.households += 1 if owed > 0 else 0
    row.capped += 1 if work.stages[_MEDICAL].over_cap > 0 else 0
    row.undeclared += house.undeclared
    if house.relief >= 0:
        relieved = work.classes[place, house.relief]
        relieved.households += 1
        relieved.persons += house.at_date
