"""What health programmes cost a municipality in a year, and what claims on third parties bring in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.core.record import Floats
from sim.core.sums import last_axis, whole
from sim.institutions.world import World
from sim.mechanisms.care.scales import ahead
from sim.mechanisms.care.state import GROUP_YEARS, Totals
from sim.parameters import Parameters

Yen = NDArray[np.int64]


class Basis(NamedTuple):
    """Whom the programmes of a municipality turn to, float64[M].

    checked, guided  persons who took the health check and who finished guidance
    members, elderly, at_risk  average members: of all ages, of the ages of the integrated health of the elderly, and
                               with expensive chronic care
    """

    checked: Floats
    guided: Floats
    members: Floats
    elderly: Floats
    at_risk: Floats

    @classmethod
    def of(cls, w: World, year: int, sums: Totals) -> Basis:
        """Return it from the sums of a year, times the weight of the sample."""
        ages = sums.ages.sum(axis=2) * w.weight
        members = ages.months / 12
        old = int(w.p.value("cost.integrated_age", year)) // GROUP_YEARS
        chronic = np.asarray(w.p.value("cost.chronic_share", year), np.float64)
        return cls(
            checked=ages.checked.sum(axis=1).astype(np.float64),
            guided=ages.guided.sum(axis=1).astype(np.float64),
            members=last_axis(members),
            elderly=last_axis(members[:, old:]),
            at_risk=last_axis(members * chronic),
        )


def cost(p: Parameters, year: int, basis: Basis) -> Yen:
    """Return the cost of checks and guidance, and of the other programmes beyond their start, yen by municipality.

    Below zero where the others reach fewer than at the start by more than checks and guidance cost.
    """

    def price(name: str) -> float:
        return float(p.value(f"cost.{name}_cost", year))

    yen = basis.checked * price("checkup") + basis.guided * price("guidance")
    yen += ahead(p, "nephropathy_reach", year) * basis.at_risk * price("nephropathy")
    target = float(p.value("cost.duplicate_target", year))
    yen += ahead(p, "duplicate_reach", year) * basis.members * target * price("duplicate")
    yen += ahead(p, "generic_share", year) * basis.members * price("generic")
    yen += ahead(p, "integrated_reach", year) * basis.elderly * price("integrated")
    yen += ahead(p, "review_reach", year) * basis.members * price("review")
    yen += ahead(p, "sharing_reach", year) * basis.members * price("sharing")
    yen += ahead(p, "third_party_reach", year) * basis.members * price("third_party")
    return whole(yen)


def recovered(p: Parameters, year: int, benefit: Yen) -> Yen:
    """Return what claims on third parties (第三者行為求償) bring in beyond the start, yen by municipality."""
    share = float(p.value("cost.third_party_effect", year)) * ahead(p, "third_party_reach", year)
    return whole(benefit * share)
