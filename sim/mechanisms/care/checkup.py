"""Who takes the health check (特定健診), is due for guidance (特定保健指導) and finishes it, and what they save.

Whether a person takes part is lasting: a person's draws are the same in every year, and a municipality that reaches
more adds people to those it had. Only who is reached beyond R4, or no longer, costs less or more than the level says.
"""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inner

_FROM = 40
_GROUP = 5
_LAST = 6


@inner
def takes_part(u_check, u_due, u_guide, checked, guided, due):
    """Return (1 if checked, 1 if guided) at the uptakes of an age; due is the share of the checked due for guidance."""
    return int(u_check < checked), int((u_check < checked) & (u_due < due) & (u_guide < guided))


@inner
def attend(q, town, chances, u):
    """Draw a member's part in checks and guidance of the year; return what is left of the cost, a factor.

    u  the draws of the member, the same in every year
    All is calculated without a question asked: of few members a processor would guess the answers.
    """
    u_check, u_due, u_guide, u_frail = u
    u_check = u_check if q.age >= chances.checkup_age else 2.0  # too young for it
    a = max(0, min(_LAST, (np.int64(q.age) - _FROM) // _GROUP))
    due = chances.guidance_due
    q.checked, q.guided = takes_part(u_check, u_due, u_guide, town.checked[a], town.guided[a], due)
    q.due = q.checked & int(u_due < due)
    check_0, guide_0 = takes_part(u_check, u_due, u_guide, town.checked_start[a], town.guided_start[a], due)
    check_1, guide_1 = takes_part(u_check, u_due, u_guide, town.checked_then[a], town.guided_then[a], due)
    saved = chances.checkup_effect * (check_1 - check_0) + chances.guidance_effect * (guide_1 - guide_0)
    frail = (q.age >= max(chances.integrated_age, chances.checkup_age)) & (u_frail < town.integrated_then)
    return 1.0 - (saved + chances.integrated_effect * int(frail))
