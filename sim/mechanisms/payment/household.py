"""What is asked of a household again and again in its year of payment: who heads it, where, how old, how long here."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.core.kernel import inline, inner
from sim.mechanisms.payment.state import OLDEST, STAY_MONTHS

_LONGEST = len(STAY_MONTHS)


class Who(NamedTuple):
    """A household in its year of payment, and who heads it.

    row, place           of the household: row, municipality
    head, age            row and age on 1 April of the head
    residence, foreign   status of residence of the head; 1 if not Japanese
    bill, carried        bill of the year, all portions, and older claims it brings along, yen
    """

    row: np.int64
    place: np.int64
    head: np.int64
    age: np.int64
    residence: np.int64
    foreign: np.int64
    bill: np.int64
    carried: np.int64


@inline
def bill_of(homes, i):
    """Return the bill of the year, all portions, yen."""
    return homes.bill_medical[i] + homes.bill_support[i] + homes.bill_care[i] + homes.bill_child[i]


@inline
def look(homes, people, draws, i, bill, carried):
    """Return who heads household i, with its bill and the claims it brings along."""
    head = np.int64(homes.head[i])
    age = min(max((draws.opening - people.born[head]) // 12, 0), OLDEST)
    residence = np.int64(people.residence[head])
    foreign = np.int64(1) if residence > 0 else np.int64(0)
    place = np.int64(homes.place[i])
    return Who(np.int64(i), place, head, np.int64(age), residence, foreign, np.int64(bill), np.int64(carried))


@inline
def stay_class(people, draws, head):
    """Return the class of length of stay of a foreign head; who was born here has stayed longest."""
    stay = _LONGEST
    if people.arrived[head] > 0:
        stay = 0
        while stay < _LONGEST and draws.opening - people.arrived[head] >= STAY_MONTHS[stay]:
            stay += 1
    return stay


@inner
def state_of(unpaid, bill):
    """Return what was settled of a bill (state.Settled)."""
    return 0 if unpaid == 0 else 2 if unpaid >= bill else 1
