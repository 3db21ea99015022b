"""The year of care, a block of households at a time: draw the need and the care, pay it, count it."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import kernel
from sim.mechanisms.care.count import count
from sim.mechanisms.care.draw import close_accounts, draw, find, gather
from sim.mechanisms.care.household import pay


@kernel
def live(people, homes, rules, draws, desk, low, high):
    """Live the year of care of the households low <= h < high.

    rules    record chances.rules; draws  which draws it takes (chances.Draws)
    desk     the thread's own space and its sums (state.Desk)
    Everything stays in the processor's cache while a block is drawn, paid and counted.
    """
    if low == high:
        return
    scratch, sums = desk.scratch, desk.sums
    row, end = np.int64(homes.start[low]), np.int64(homes.start[high - 1]) + homes.size[high - 1]
    first = low
    while row < end:
        row, insured = find(people, scratch, row, end)
        found = gather(people, homes, rules, draws, scratch, insured)
        following = people.household[row] if row < end else high
        close_accounts(homes, first, following)
        first = following
        draw(people, homes, rules, draws, scratch, found)
        for b in range(found):
            pay(people, homes, rules, draws, scratch, sums, scratch.households[b])
        for b in range(found):
            home = scratch.households[b]
            for j in range(home.first, home.first + home.members):
                count(people, draws, rules, scratch, sums, home, j)
