"""Uptake of the health check and of guidance by age: the nation's pattern, moved to the rate of each municipality."""

from __future__ import annotations

import numpy as np

from sim.core.record import Floats
from sim.core.roots import root
from sim.core.sums import last_axis
from sim.institutions.programmes import Levels
from sim.parameters import Parameters
from sim.parameters.imputation.accounts import members_by_age
from sim.parameters.memo import once

FROM = 40
"""age at which the published pattern begins"""
YEAR = 2022
"""fiscal year of the pattern, and of the members it is weighted by (R4)"""
_GROUP = 5
_FAR = 40.0
"""log-odds beyond which a share is 0 or 1"""
_DIGITS = 9
"""digits of a share: the last bits, which processors disagree on, decide about nobody"""


@once
def pattern(p: Parameters) -> Floats:
    """Return the nation's uptake of R4 by five-year age from 40 on: checks and guidance, float64[2, 7]."""
    t = p.table("people.health_checkups").sort_values("age")
    return t[["checkup_rate", "guidance_rate"]].to_numpy(np.float64).T


@once
def _members(p: Parameters) -> Floats:
    """Return members of each municipality by five-year age from 40 on, at the nation's rates of enrolment."""
    return members_by_age(p, YEAR)[:, FROM // _GROUP :]


def by_age(p: Parameters, reach: Levels) -> tuple[Floats, Floats]:
    """Return the uptake of checks, and of guidance among those due, float64[M, 7].

    The log-odds of the nation's pattern move by one number a municipality, so that its members have its rate.
    Guidance is weighted by those who are checked.
    """
    nation, members = pattern(p), _members(p)
    checked = moved(nation[0], members, reach.checkup_rate)
    return checked, moved(nation[1], members * checked, reach.guidance_rate)


def moved(nation: Floats, weights: Floats, rate: Floats) -> Floats:
    """Return shares by age in the pattern of the nation whose weighted mean is the rate, float64[M, ages]."""
    odds, people = np.log(nation / (1 - nation)), last_axis(weights)

    def shares(more: Floats) -> Floats:
        return 1 / (1 + np.exp(-(odds + more[:, None])))

    def reached(more: Floats) -> tuple[Floats, Floats]:
        share = shares(more)
        return last_axis(share * weights), last_axis(share * (1 - share) * weights)

    return np.round(shares(root(reached, rate * people, -_FAR, _FAR)), _DIGITS)
