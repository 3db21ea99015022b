"""A stay in Japan is not renewed because of arrears, and the household leaves (在留期間更新の不許可).

From June R9 the immigration agency sees who owes premiums when a stay is to be renewed.
"""

from __future__ import annotations

from sim.core.kernel import inline
from sim.core.rng import draw4
from sim.mechanisms.demography.household import Exit
from sim.population.codes import Leaving, Residence
from sim.population.kernels import GONE

_STAYS, _ABROAD = int(Leaving.STAYS), int(Leaving.ABROAD)
_PERMANENT = int(Residence.PERMANENT)
_YEAR = 12


@inline
def owes_long(homes, h):
    """Return whether household h owes from a bill of two fiscal years ago or older: a year past due."""
    owed = 0
    for k in range(homes.arrears.shape[1]):
        owed += homes.arrears[h, k]
    return owed > 0


@inline
def may_stay(people, target, family):
    """Return whether somebody of the household needs no renewal: a Japanese or permanent resident."""
    settled = 0
    for i in range(family.first, family.stop):
        settled += target[i] != GONE and people.residence[i] <= _PERMANENT
    return settled > 0


@inline
def refuse_renewal(homes, people, target, rules, draws, family):
    """Return how a household leaves whose stay falls due this year and is not renewed, if it does.

    The link to the immigration agency works in a share `linked` of the year, its last months: 0.83 is from June on.
    The one who leads stands for the household.
    """
    chances, linked = rules.chances, rules.towns[family.place].linked
    if linked <= 0.0 or people.residence[family.lead] <= _PERMANENT or not owes_long(homes, family.row):
        return Exit(_STAYS, _YEAR)
    if may_stay(people, target, family):
        return Exit(_STAYS, _YEAR)
    u_due, u_refused, u_month, _ = draw4(draws.renewal, draws.year, homes.hid[family.row])
    if u_due >= chances.renewal_due[people.residence[family.lead]] * linked or u_refused >= chances.renewal_refused:
        return Exit(_STAYS, _YEAR)
    return Exit(_ABROAD, _YEAR - int(u_month * _YEAR * linked))
