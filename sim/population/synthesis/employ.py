"""Work, firm and ability, and since when a person is insured where he is."""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline, kernel
from sim.core.rng import draw4, normal, pick
from sim.population.codes import FirmSize, Relation, Residence, Scheme, Work
from sim.population.synthesis.state import OLDEST, YEAR

_KOKUHO, _EMPLOYEE, _DEPENDANT = int(Scheme.KOKUHO), int(Scheme.EMPLOYEE), int(Scheme.DEPENDANT)
_VOLUNTARY, _LATE_ELDERLY = int(Scheme.VOLUNTARY), int(Scheme.LATE_ELDERLY)
_NONE, _REGULAR, _PART_TIME, _OFFICER = int(Work.NONE), int(Work.REGULAR), int(Work.PART_TIME), int(Work.OFFICER)
_SELF_EMPLOYED, _FAMILY_WORKER = int(Work.SELF_EMPLOYED), int(Work.FAMILY_WORKER)
_STUDENT, _RETIRED = int(Work.STUDENT), int(Work.RETIRED)
_HEAD, _SPOUSE, _VISA_STUDENT = int(Relation.HEAD), int(Relation.SPOUSE), int(Residence.STUDENT)
_NO_FIRM, _SMALLEST = int(FirmSize.NONE), int(FirmSize.S1_5)
_COVERED, _UNCOVERED = 0, 1
"""rows of population.firm_size"""


@kernel
def employ(homes, people, jobs, k, opening):
    """Fill work, firm_size, ability and scheme_since, given schemes."""
    for h in range(homes.kind.size):
        own = False
        for i in range(homes.start[h], homes.start[h + 1]):
            u, v, w, x = draw4(k, YEAR, people.pid[i], 0)
            people.ability[i] = normal(x)
            people.work[i] = work_of(people, jobs, i, u)
            own |= people.work[i] == _SELF_EMPLOYED
            people.scheme_since[i] = since(people, jobs, i, v, opening)
            people.firm_size[i] = _NO_FIRM
            if _REGULAR <= people.work[i] <= _OFFICER:
                row = _COVERED if people.scheme[i] == _EMPLOYEE else _UNCOVERED
                people.firm_size[i] = _SMALLEST + pick(jobs.firms[row], w)
        for i in range(homes.start[h], homes.start[h + 1]):
            help_in_business(people, jobs, k, i, own)


@inline
def help_in_business(people, jobs, k, i, own):
    """Let family workers be of a household with a business of its own, and spouses there without a job help in it."""
    if people.work[i] == _FAMILY_WORKER and not own:
        people.work[i] = _PART_TIME
        people.firm_size[i] = _SMALLEST + pick(jobs.firms[_UNCOVERED], draw4(k, YEAR, people.pid[i], 1)[0])
        return
    married = own and people.relation[i] <= _SPOUSE
    if married and people.scheme[i] == _KOKUHO and is_free(people, i):
        helps = draw4(k, YEAR, people.pid[i], 1)[1] < jobs.helping_spouse
        people.work[i] = _FAMILY_WORKER if helps else people.work[i]


@inline
def is_free(people, i):
    """Return whether a person has no job and no school."""
    return people.work[i] == _NONE or people.work[i] == _RETIRED


@inline
def work_of(people, jobs, i, u):
    """Return the work state of a person."""
    age, scheme = people.age[i], people.scheme[i]
    if age < jobs.working_age:
        return _NONE
    if age < jobs.first_job_age or (people.residence[i] == _VISA_STUDENT and scheme != _EMPLOYEE):
        return _STUDENT
    if scheme == _DEPENDANT and people.relation[i] == _HEAD and age < jobs.supported_age:
        return _STUDENT
    drawn = pick(jobs.chances[scheme, people.sex[i], min(age, OLDEST)], u)
    return _RETIRED if drawn == _NONE and age >= jobs.retired_age else drawn


@inline
def since(people, jobs, i, v, opening):
    """Return the first month of a person's insurance; a stay in a scheme is exponential."""
    scheme = people.scheme[i]
    first = max(people.born[i], people.arrived[i])
    if scheme == _LATE_ELDERLY:
        return max(people.born[i] + 12 * jobs.late_elderly_age, first)
    if scheme in (_EMPLOYEE, _VOLUNTARY):
        first = max(first, people.born[i] + 12 * jobs.first_job_age)
    if scheme == _VOLUNTARY:
        return max(opening - 1 - int((jobs.voluntary_months - 1) * v), first)
    months = int(-np.log(v) / jobs.leave[scheme, min(people.age[i], OLDEST)] * 12.0)
    return min(max(opening - months, first, 1), opening)
