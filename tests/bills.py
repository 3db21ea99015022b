"""Plain bills for the small world, so that payment can be tested without the levy."""

from __future__ import annotations

import numpy as np

from tests.town import Town


def bill(w: Town) -> None:
    """Write bills, base income, relief and insured months of the small world's households."""
    homes, people = w.households, w.people
    n = homes.rows
    insured = people.insured_months != 0
    row = people.household[insured]
    members = np.bincount(row, minlength=n)
    earned = np.maximum(people.salary - 550_000, 0) * 3 // 4 + people.business
    earned = earned + np.maximum(people.pension - 1_100_000, 0)
    income = np.zeros(n, np.int64)
    np.add.at(income, row, np.maximum(earned[insured] - 430_000, 0))
    months = np.zeros(n, np.uint16)
    np.bitwise_or.at(months, row, people.insured_months[insured])
    relief = np.select([income < 1, income < 300_000, income < 600_000], [7, 5, 2], 0)
    share = np.array([bin(m).count("1") for m in range(4096)])[months]
    per_head = members * 60_000 * (10 - relief) // 10
    homes.data["insured"][:] = members
    homes.data["base_income"][:] = np.where(members > 0, income, 0)
    homes.data["insured_months"][:] = months
    homes.data["relief_class"][:] = np.where(members > 0, relief, 0)
    homes.data["bill_medical"][:] = np.minimum(income * 77 // 1000 + per_head * 7 // 10, 650_000) * share // 12
    homes.data["bill_support"][:] = np.minimum(income * 27 // 1000 + per_head * 3 // 10, 200_000) * share // 12


def forget(w: Town) -> None:
    """Take all bills away, as when everybody leaves 国保."""
    for name in ("bill_medical", "bill_support", "bill_care", "bill_child", "insured", "insured_months"):
        w.households.data[name][:] = 0
    w.people.data["insured_months"][:] = 0
