"""What work pays, what a pension is, and the first income of somebody new; yen.

Pay of a group x exp(s a + t n - (s^2 + t^2) / 2): a = ability, persistent; n = noise of one year; both standard normal.
"""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inner
from sim.core.rng import normal
from sim.mechanisms.enrolment.state import AGES
from sim.population.codes import Residence, Work

_PERMANENT = int(Residence.PERMANENT)
_SELF_EMPLOYED, _STUDENT = int(Work.SELF_EMPLOYED), int(Work.STUDENT)
_MAIN, _BASIC = 0, 1
"""positions of `enrolment.pension_sd`"""
_MOST = 2**31 - 1
"""most yen a column of incomes holds"""


@inner
def whole_yen(yen):
    """Return an income cut to whole yen, and to what its column holds."""
    return np.int64(min(yen, _MOST))


@inner
def full_pay(levels, who, work, place, ability, noise):
    """Return pay or profit of a full year in a work state, yen."""
    s = levels.persistent_sd[work]
    t = levels.transitory_sd[work]
    mean = levels.pay[work, who.sex, min(max(who.age, 0), AGES - 1)] * levels.place_pay[place]
    if who.residence > _PERMANENT:
        mean *= levels.foreign_pay
    return mean * np.exp(s * ability + t * noise - 0.5 * (s * s + t * t))


@inner
def full_pension(levels, who, worked, ability, u, noise):
    """Return the pension of a full year at 65, yen; `worked` = retires from employee insurance."""
    none = levels.no_pension[1 if who.residence > 0 else 0]
    if u < none and not worked:
        return 0.0
    if worked or u < none + (1.0 - none) * levels.main_pension_share:
        mean, sd = levels.main_pension[who.sex], levels.pension_sd[_MAIN]
    else:
        mean, sd = levels.basic_pension, levels.pension_sd[_BASIC]
    r = levels.ability_to_pension
    z = r * ability + np.sqrt(1.0 - r * r) * noise
    return mean * np.exp(sd * z - 0.5 * sd * sd)


@inner
def first_income(levels, who, work, place, ability, v):
    """Return salary, business income and pension of the year before for somebody new, yen.

    v  uniforms: the third is the noise of the year, the fourth whether a student works, and the kind of pension
    """
    noise = normal(v[2])
    earned = full_pay(levels, who, work, place, ability, noise)
    if work == _STUDENT and v[3] >= levels.student_job:
        earned = 0.0
    business = earned if work == _SELF_EMPLOYED else 0.0
    salary = 0.0 if work == _SELF_EMPLOYED else earned
    pension = full_pension(levels, who, False, ability, v[3], noise) if who.age >= levels.pension_from else 0.0
    return whole_yen(salary), whole_yen(business), whole_yen(pension)
