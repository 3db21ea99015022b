"""Which work somebody takes up, and in which firm."""

from __future__ import annotations

from sim.core.kernel import inner
from sim.core.rng import pick
from sim.population.codes import Scheme, Work

_EMPLOYEE = int(Scheme.EMPLOYEE)
_NONE, _REGULAR, _PART_TIME = int(Work.NONE), int(Work.REGULAR), int(Work.PART_TIME)
_OFFICER, _SELF_EMPLOYED = int(Work.OFFICER), int(Work.SELF_EMPLOYED)
_STUDENT, _RETIRED = int(Work.STUDENT), int(Work.RETIRED)
_AFTER = (_NONE, _PART_TIME, _REGULAR, _SELF_EMPLOYED, _RETIRED)
"""works of `enrolment.after_leaving`"""
_BEGUN = (_PART_TIME, _REGULAR, _SELF_EMPLOYED)
"""works of `enrolment.start_kind`"""


@inner
def work_after(chances, age, u):
    """Return the work state after leaving employee insurance."""
    return _AFTER[pick(chances.after_leaving[age], u)]


@inner
def work_begun(chances, u):
    """Return the work state of somebody who starts to work outside employee insurance."""
    return _BEGUN[pick(chances.start_kind, u)]


@inner
def employed_as(chances, age, sex, u):
    """Return the work state of somebody who finds a job with employee insurance."""
    return _REGULAR if u < chances.regular_share[age, sex] else _PART_TIME


@inner
def idle_as(chances, age):
    """Return the work state of somebody who stops working."""
    return _NONE if age < chances.retiring_age else _RETIRED


@inner
def firm_of(chances, scheme, work, u):
    """Return the firm size of a new job, 0 without an employer."""
    if work != _REGULAR and work != _PART_TIME and work != _OFFICER:
        return 0
    return pick(chances.firm_shares if scheme == _EMPLOYEE else chances.firm_shares_members, u) + 1


@inner
def drops(old, work):
    """Return whether somebody earns much less after a change of work than in the year before."""
    if old in (_NONE, _RETIRED, _STUDENT):
        return False
    return work in (_NONE, _RETIRED) or (work == _PART_TIME and old != _PART_TIME)
