"""The year of care, a block of households at a time: draw the need and the care, pay it, count it."""

from __future__ import annotations

from sim.core.kernel import inline, kernel
from sim.mechanisms.care.count import count
from sim.mechanisms.care.draw import draw
from sim.mechanisms.care.household import pay
from sim.mechanisms.care.state import BLOCK, SLOTS


@inline
def end_of_block(homes, low, high):
    """Return the household after the last one that is done together with `low`."""
    end, persons = low, 0
    while end < min(low + BLOCK, high) and persons + homes.size[end] <= SLOTS:
        persons += homes.size[end]
        end += 1
    return end


@kernel
def live(people, homes, rules, draws, scratch, sums, low, high):
    """Live the year of care of the households low <= h < high.

    rules    record chances.rules; draws  which draws it takes (chances.Draws)
    scratch  the thread's own space (state.scratch); sums  the span's own sums (state.zeros)
    Everything stays in the processor's cache while a block is drawn, paid and counted.
    """
    begin = low
    while begin < high:
        end = end_of_block(homes, begin, high)
        found = draw(people, homes, rules, draws, scratch, begin, end)
        for b in range(found):
            pay(people, homes, rules, draws, scratch, sums, scratch.households[b])
        for b in range(found):
            home = scratch.households[b]
            for j in range(home.first, home.first + home.members):
                count(people, draws, rules, scratch, sums, home, j)
        begin = end
