"""The year's people of every municipality: residents on 1 April, who came, who went, residents on 31 March."""

from __future__ import annotations

from sim.core.kernel import inline, kernel
from sim.mechanisms.demography.state import Newcomer
from sim.population.codes import Leaving, Residence

_JAPANESE = int(Residence.JAPANESE)
_STAYS, _DIES = int(Leaving.STAYS), int(Leaving.DIES)
_NO, _BORN = int(Newcomer.NO), int(Newcomer.BORN)


@inline
def count_change(row, since, why, foreign):
    """Count a person who came or goes in the year; `since` is a code Newcomer, `row` of state.Register."""
    if since == _NO:
        row.residents += 1
        row.residents_foreign += foreign
    elif since == _BORN:
        row.births += 1
        row.births_foreign += foreign
    else:
        row.arrivals += 1
    if why == _DIES:
        row.deaths += 1
    elif why != _STAYS:
        row.departures += 1
    else:
        row.residents_end += 1
        row.residents_end_foreign += foreign


@kernel
def count(homes, people, newcomer, register, low, high):
    """Count the people of the households low <= h < high.

    newcomer  uint8[people]  code Newcomer
    register  the span's own part of state.Register, [places]
    """
    for h in range(low, high):
        row = register[homes.place[h]]
        settled, settled_foreign = 0, 0
        for i in range(homes.start[h], homes.start[h] + homes.size[h]):
            foreign = people.residence[i] > _JAPANESE
            if newcomer[i] == _NO and people.leaving[i] == _STAYS:
                settled += 1
                settled_foreign += foreign
            else:
                count_change(row, newcomer[i], people.leaving[i], foreign)
        row.residents += settled
        row.residents_foreign += settled_foreign
        row.residents_end += settled
        row.residents_end_foreign += settled_foreign
