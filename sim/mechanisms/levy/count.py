"""Counting one household into the sums of its municipality."""

from __future__ import annotations

from sim.core.kernel import inline
from sim.population.codes import Portion

_MEDICAL = int(Portion.MEDICAL)


@inline
def add_stages(work, place):
    """Add the stages of all portions to those of the municipality; return the household's bill."""
    billed = 0
    for p in range(work.stages.size):
        billed += work.stages[p].bill
        if work.stages[p].gross_levy:
            for k in range(work.amounts.shape[1]):
                work.portions[place, p, k] += work.amounts[p, k]
    return billed


@inline
def count(work, place):
    """Add one household to the sums of its municipality."""
    house, members = work.house[0], work.members[0]
    row = work.places[place]
    row.households += 1 if add_stages(work, place) > 0 else 0
    row.capped += 1 if work.stages[_MEDICAL].over_cap > 0 else 0
    row.undeclared += house.undeclared
    row.base_income += members.income - members.job_loss
    if house.relief >= 0:
        relieved = work.classes[place, house.relief]
        relieved.households += 1
        relieved.persons += house.at_date
        relieved.months += members.heads
        relieved.care_months += work.members[1].heads
