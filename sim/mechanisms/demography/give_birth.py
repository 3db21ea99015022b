"""A woman gives birth, with or without a partner, not again within the birth interval."""

from __future__ import annotations

from sim.core.kernel import inline
from sim.core.rng import draw4
from sim.population.codes import Relation, Sex

_HEAD, _SPOUSE = int(Relation.HEAD), int(Relation.SPOUSE)
_FEMALE = int(Sex.FEMALE)


@inline
def give_birth(people, rules, draws, family, i, nation, age, mask):
    """Draw whether person i gives birth in one of the months of `mask`, and write the month."""
    birth = rules.chances.birth
    if people.sex[i] != _FEMALE or not birth[nation, 1, age] > 0.0:
        return
    couple = people.relation[i] == _HEAD or people.relation[i] == _SPOUSE
    with_partner = 1 if family.paired and couple else 0
    u, u_month, _, _ = draw4(draws.birth, draws.year, people.pid[i])
    month = int(u_month * 12.0)
    if (
        u < birth[nation, with_partner, age] * rules.towns[family.place].births
        and mask >> month & 1
        and draws.opening + month - people.gave_birth[i] >= rules.chances.birth_interval
    ):
        people.gave_birth[i] = draws.opening + month
