"""Routine care: the months in which a member sees a doctor, and what such a month costs."""

from __future__ import annotations

import math

import numpy as np

from sim.core.kernel import inner
from sim.core.rng import draw4, normal
from sim.core.units import ALL_MONTHS
from sim.mechanisms.care.amounts import ten
from sim.mechanisms.care.need import LASTING, frequency, has_lasting_care

_WORD = 4294967296.0
_BYTE = 256


@inner
def draw_visits(words, chance, noise):
    """Return the mask of the months with routine care; `noise` rounds the chance to a 256th.

    words  four uniforms of 32 bits

    A random byte of each month is compared with the line, all twelve at once, from the lowest bit up.
    """
    line = int(chance * 256.0 + noise)
    below = 0
    bit = 1
    for word in words:
        bits = np.int64(word * _WORD)
        below = (below | ~bits) if line & bit else (below & ~bits)
        bits >>= 12
        below = (below | ~bits) if line & (bit << 1) else (below & ~bits)
        bit <<= 2
    return ALL_MONTHS if line >= _BYTE else below & ALL_MONTHS


@inner
def draw_chronic(q, shape, draws):
    """Return the monthly yen of expensive chronic care, and note whether it is dialysis."""
    kind, size, _, _ = draw4(draws.health, 0, q.pid, LASTING)
    if kind < shape.dialysis_share:
        q.dialysis = 1
        return shape.chronic_cost
    return shape.chronic_cost * math.exp(shape.chronic_sigma * (normal(size) - 0.5 * shape.chronic_sigma))


@inner
def draw_routine(q, place, health, need, scale, rules, draws, u):
    """Draw the months with routine care of a member and the yen of such a month; scale is the member's level.

    u  the draw that rounds the chance of care, and those of the months
    Who would need lasting expensive care and does not have it here has no routine care here either.
    """
    cell, town, shape = rules.cells[q.age, q.sex], rules.towns[place], rules.care_shape
    yen = cell.routine * math.exp(shape.routine_sigma * need)
    noise, words = u
    q.dialysis = 0
    if health > town.chronic_z[q.age] and not health > cell.stay_z:
        yen += draw_chronic(q, shape, draws)
        q.routine_months = q.insured_months
        if not has_lasting_care(q, shape, draws):
            q.dialysis, q.routine_months = 0, 0
    else:
        chance = frequency(q, shape) / (1.0 + math.exp(-(cell.visit + shape.visit_slope * need)))
        q.routine_months = draw_visits(words, chance, noise) & q.insured_months
    q.routine = ten(yen * scale * (1.0 - cell.drugs * town.drugs_saved - town.tests_saved))
    q.surcharge = 0
    if q.age >= rules.law.otc_age and rules.law.otc_mask != 0:
        q.surcharge = ten(q.routine * cell.drugs * rules.law.otc_surcharge)
