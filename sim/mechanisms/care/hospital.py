"""Hospital: stays of the year, long stays, and the last illness of the dying.

Stays begin in any month and wrap round the year, so that expected cost is proportional to insured months and no month
depends on another month's insurance.
"""

from __future__ import annotations

import math

import numpy as np

from sim.core.kernel import inner
from sim.core.rng import draw4, normal
from sim.mechanisms.care.amounts import ten
from sim.mechanisms.care.need import LASTING, frequency, has_lasting_care
from sim.mechanisms.care.state import ADMISSION_STEPS, ADMISSION_ZERO, LONG_FROM

_EACH = 16
"""positions of the draws of hospital that a stay takes"""
_LAST_ILLNESS = 40
"""position of the draw of the last illness"""
_LAST_MONTH = 11


@inner
def count_stays(u, rate):
    """Return the number of hospital stays of a year, Poisson cut at two."""
    if u <= 1.0 - rate:
        return 0
    none = math.exp(-rate)
    if u < none:
        return 0
    return 1 if u < none * (1.0 + rate) else 2


@inner
def most_admission(need, shape):
    """Return what the stays of a need of 0 are multiplied by at most, from a table: by it most members have none."""
    step = int(need * ADMISSION_STEPS) + ADMISSION_ZERO
    return shape.admission_most[np.uint64(max(0, min(step, 2 * ADMISSION_ZERO)))]


@inner
def stay_length(u, shape):
    """Return the months a stay touches."""
    two = shape.stay_months[0] + shape.stay_months[1]
    if u > two:
        on = -math.log2(shape.stay_goes_on)
        return min(12, LONG_FROM + int(-math.log2((1.0 - u) / (1.0 - two)) / on))
    return 1 if u <= shape.stay_months[0] else 2


@inner
def inpatient_receipt(u, shape):
    """Return an inpatient receipt in yen at the level of R4: lognormal, with a Pareto tail above a line."""
    if u <= 1.0 - shape.receipt_tail:
        return math.exp(shape.receipt_mu + shape.receipt_sigma * normal(u))
    beyond = (1.0 - u) / shape.receipt_tail
    return min(shape.tail_from * beyond ** -(1.0 / shape.receipt_alpha), shape.receipt_most)


@inner
def add_stays(scratch, j, stays, scale, shape, draws):
    """Add hospital stays to the months of member j, yen at the level of R4 times `scale`.

    A stay begins in any month, touches one, two or more months and wraps round the year; its receipts are
    independent. Who goes to hospital less often (`need.frequency`) has a part of the stays drawn.
    """
    pid, often = scratch.members[j].pid, frequency(scratch.members[j], shape)
    for number in range(stays):
        u_length, u_month, u_here, _ = draw4(draws.hospital, draws.year, pid, _EACH * number)
        if u_here >= often:
            continue
        for k in range(stay_length(u_length, shape)):
            u = draw4(draws.hospital, draws.year, pid, _EACH * number + 1 + k)[0]
            scratch.hospital[j, (int(u_month * 12.0) + k) % 12] += ten(inpatient_receipt(u, shape) * scale)


@inner
def add_last_illness(scratch, j, mean, shape, draws):
    """Add to member j the months of hospital before death, the last of which is the last insured month."""
    q = scratch.members[j]
    u_length, u_cost, _, _ = draw4(draws.hospital, draws.year, q.pid, _LAST_ILLNESS)
    last = _LAST_MONTH
    while last > 0 and not (q.insured_months >> last) & 1:
        last -= 1
    low, high = shape.terminal_months[0], shape.terminal_months[1]
    length = low + int(u_length * (high - low + 1))
    sigma = shape.terminal_sigma
    yen = ten(mean * math.exp(sigma * normal(u_cost) - 0.5 * sigma * sigma))
    for k in range(max(0, last - length + 1), last + 1):
        scratch.hospital[j, k] += yen


@inner
def long_stay_yen(q, scale, shape, draws):
    """Return the monthly yen of a member in hospital all year."""
    size = normal(draw4(draws.health, 0, q.pid, LASTING)[1])
    sigma = shape.long_stay_sigma
    return ten(shape.long_stay_cost * scale * math.exp(sigma * (size - 0.5 * sigma)))


@inner
def draw_hospital(scratch, j, health, need, scale, rules, draws, u):
    """Draw the months in hospital of member j; scratch.hospital[j] holds their yen, valid in the months of the mask."""
    q, shape = scratch.members[j], rules.care_shape
    cell = rules.cells[q.age, q.sex]
    stays = 0
    if u > 1.0 - cell.admission * most_admission(need, shape):
        stays = count_stays(u, cell.admission * math.exp(shape.admission_slope * need))
    stays_long = health > cell.stay_z and has_lasting_care(q, shape, draws)
    q.hospital_months = 0
    if stays == 0 and not stays_long and q.dies == 0:
        return
    each = long_stay_yen(q, scale, shape, draws) if stays_long else 0
    for k in range(12):
        scratch.hospital[j, k] = each
    add_stays(scratch, j, stays, scale, shape, draws)
    if q.dies == 1:
        add_last_illness(scratch, j, cell.terminal * scale * frequency(q, shape), shape, draws)
    months = 0
    for k in range(12):
        months |= (scratch.hospital[j, k] > 0) << k
    q.hospital_months = months & q.insured_months
