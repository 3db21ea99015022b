"""Sums over the month masks by municipality: members, households and their months."""

from typing import NamedTuple

import numba as nb
import numpy as np

from sim.core.units import mask_between, months_in

FACTS = (
    "members_start",
    "members_end",
    "households_end",
    "household_months",
    "member_months",
    "adult_months",
    "care_months",
    "care_household_months",
    "elderly_months",
    "preschool_months",
    "foreign_months",
)
_ADULT, _SCHOOL, _CARE, _ELDERLY, _LATE = 18 * 12, 6 * 12, 40 * 12, 65 * 12, 75 * 12


class Masks(NamedTuple):
    """Columns read: people's born, residence, insured_months; households' place, start, size."""

    born: np.ndarray
    residence: np.ndarray
    insured_months: np.ndarray
    place: np.ndarray
    start: np.ndarray
    size: np.ndarray


@nb.njit(cache=True, nogil=True)
def count(low, high, c, opening, out):
    """Add the facts of FACTS for the households `low` <= row < `high` to out[fact, place], in rows and row-months.

    Adult: past the 31 March after the 18th birthday; preschool: before the one after the 6th; both
    change in April only. Care: from the month of the 40th birthday to the month before the 65th.
    """
    for h in range(low, high):
        home = 0
        home_care = 0
        place = c.place[h]
        for i in range(c.start[h], c.start[h] + c.size[h]):
            mask = np.int64(c.insured_months[i])
            if mask == 0:
                continue
            home |= mask
            born = np.int64(c.born[i])
            months = months_in(mask)
            care = mask & mask_between(born + _CARE, born + _ELDERLY, opening)
            home_care |= care
            out[0, place] += mask & 1
            out[1, place] += (mask >> 11) & 1
            out[4, place] += months
            if born + _ADULT < opening:
                out[5, place] += months
            out[6, place] += months_in(care)
            out[8, place] += months_in(mask & mask_between(born + _ELDERLY, born + _LATE, opening))
            if born + _SCHOOL >= opening:
                out[9, place] += months
            if c.residence[i] > 0:
                out[10, place] += months
        if home:
            out[2, place] += (home >> 11) & 1
            out[3, place] += months_in(home)
            out[7, place] += months_in(home_care)
