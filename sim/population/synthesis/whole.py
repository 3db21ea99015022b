"""Persons by role as whole people."""

from __future__ import annotations

from sim.core.kernel import inline, kernel


@kernel
def whole_people(share, people, behind, out):
    """Round persons by role to whole people, one municipality.

    share   float64[age, sex, nationality, role]
    people  int64[age, sex, nationality]  row sums, kept exactly
    behind  float64[role]                 scratch
    out     int64, like share

    Each cell takes the whole part; the few left over go to the roles that are most behind over the ages
    so far, so that the totals of the roles stay within a person or two.
    """
    ages, sexes, nations, _ = share.shape
    for k in range(nations):
        for s in range(sexes):
            behind[:] = 0.0
            for a in range(ages):
                fill_cell(share[a, s, k], people[a, s, k], behind, out[a, s, k])


@inline
def fill_cell(share, left, behind, out):
    """Give the people of one age to the roles."""
    roles = share.size
    for r in range(roles):
        behind[r] += share[r]
        n = min(int(share[r]), left)
        out[r] = n
        behind[r] -= n
        left -= n
    while left > 0:
        best = roles - 1
        for r in range(roles):
            if share[r] > 0.0 and (share[best] <= 0.0 or behind[r] > behind[best]):
                best = r
        out[best] += 1
        behind[best] -= 1.0
        left -= 1
