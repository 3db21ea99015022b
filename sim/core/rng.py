"""Keyed random draws: a draw is a function of (seed, replicate, decision, year, person).

Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011)
is a counter-based generator: it turns a key and a counter into four random words, with no state in
between. The key names the decision, the counter names the person and the year. Row order, thread
count and other people's choices cannot change anybody's draw.
"""

from __future__ import annotations

import hashlib
import math

import numpy as np

from sim.core.kernel import inline, inner

_M0 = np.uint64(0xD2511F53)
_M1 = np.uint64(0xCD9E8D57)
_W0 = np.uint64(0x9E3779B9)
_W1 = np.uint64(0xBB67AE85)
_LOW = np.uint64(0xFFFFFFFF)
_32 = np.uint64(32)

_CENTRE, _FAR_FROM = 0.425, 5.0
# AS 241, PPND16: numerators and denominators of its three rational functions, highest power first
_MIDDLE = (
    2509.0809287301226727,
    33430.575583588128105,
    67265.770927008700853,
    45921.953931549871457,
    13731.693765509461125,
    1971.5909503065514427,
    133.14166789178437745,
    3.387132872796366608,
)
_BELOW_MIDDLE = (
    5226.495278852854561,
    28729.085735721942674,
    39307.89580009271061,
    21213.794301586595867,
    5394.1960214247511077,
    687.1870074920579083,
    42.313330701600911252,
    1.0,
)
_TAIL = (
    7.7454501427834140764e-4,
    0.0227238449892691845833,
    0.24178072517745061177,
    1.27045825245236838258,
    3.64784832476320460504,
    5.7694972214606914055,
    4.6303378461565452959,
    1.42343711074968357734,
)
_BELOW_TAIL = (
    1.05075007164441684324e-9,
    5.475938084995344946e-4,
    0.0151986665636164571966,
    0.14810397642748007459,
    0.68976733498510000455,
    1.6763848301838038494,
    2.05319162663775882187,
    1.0,
)
_FAR = (
    2.01033439929228813265e-7,
    2.71155556874348757815e-5,
    0.0012426609473880784386,
    0.026532189526576123093,
    0.29656057182850489123,
    1.7848265399172913358,
    5.4637849111641143699,
    6.6579046435011037772,
)
_BELOW_FAR = (
    2.04426310338993978564e-15,
    1.4215117583164458887e-7,
    1.8463183175100546818e-5,
    7.868691311456132591e-4,
    0.0148753612908506148525,
    0.13692988092273580531,
    0.59983220655588793769,
    1.0,
)


def key(seed: int, replicate: int, decision: str) -> np.uint64:
    """Return the 64-bit key of one named decision of one replicate."""
    text = f"{seed}/{replicate}/{decision}".encode()
    return np.uint64(int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "little"))


@inline
def philox(c0, c1, c2, c3, k0, k1):
    """Return four 32-bit words (as uint64) of Philox4x32-10 for a counter and a key of 32-bit words."""
    for _ in range(10):
        p0 = _M0 * c0
        p1 = _M1 * c2
        c0, c1, c2, c3 = (p1 >> _32) ^ c1 ^ k0, p1 & _LOW, (p0 >> _32) ^ c3 ^ k1, p0 & _LOW
        k0 = (k0 + _W0) & _LOW
        k1 = (k1 + _W1) & _LOW
    return c0, c1, c2, c3


@inner
def draw4(k, year, who, lane=0):
    """Return four independent uniforms in (0, 1) for a key, a year, a stable id and a lane.

    The lane separates draws of the same decision for the same person in the same year.
    """
    w = np.uint64(who)
    kk = np.uint64(k)
    a, b, c, d = philox(w & _LOW, w >> _32, np.uint64(year) & _LOW, np.uint64(lane) & _LOW, kk & _LOW, kk >> _32)
    scale = 1.0 / 4294967296.0
    return (
        (np.float64(a) + 0.5) * scale,
        (np.float64(b) + 0.5) * scale,
        (np.float64(c) + 0.5) * scale,
        (np.float64(d) + 0.5) * scale,
    )


@inner
def uniform(k, year, who, lane=0):
    """Return one uniform in (0, 1)."""
    return draw4(k, year, who, lane)[0]


@inner
def new_id(k, year, who, ordinal):
    """Return the stable positive 62-bit id of someone who appears: a newborn, an arrival, a new household.

    k        uint64   key of the event, for example key(seed, 0, "demography.birth")
    year     fiscal year of the event
    who      id of the mother, of the founder, or a place code
    ordinal  number among those who appear for the same reason
    """
    w = np.uint64(who)
    kk = np.uint64(k)
    a, b, _, _ = philox(w & _LOW, w >> _32, np.uint64(year) & _LOW, np.uint64(ordinal) & _LOW, kk & _LOW, kk >> _32)
    return np.int64(((a << _32) | b) >> np.uint64(2))


@inner
def is_middle(u):
    """Return whether the quantile of u is that of the middle: 85 % of all are."""
    return abs(u - 0.5) <= _CENTRE


@inner
def middle_normal(u):
    """Return the standard normal quantile of a u of the middle."""
    q = u - 0.5
    r = 0.180625 - q * q
    return q * _polynomial(_MIDDLE, r) / _polynomial(_BELOW_MIDDLE, r)


@inner
def normal(u):
    """Return the standard normal quantile of u in (0, 1) (Wichura 1988, AS 241, PPND16)."""
    if is_middle(u):
        return middle_normal(u)
    q = u - 0.5
    r = math.sqrt(-math.log(u if q < 0.0 else 1.0 - u))
    if r <= _FAR_FROM:
        value = _polynomial(_TAIL, r - 1.6) / _polynomial(_BELOW_TAIL, r - 1.6)
    else:
        value = _polynomial(_FAR, r - _FAR_FROM) / _polynomial(_BELOW_FAR, r - _FAR_FROM)
    return -value if q < 0.0 else value


@inner
def _polynomial(c, x):
    """Return the polynomial of degree 7 with the coefficients c, highest power first (Horner)."""
    return ((((((c[0] * x + c[1]) * x + c[2]) * x + c[3]) * x + c[4]) * x + c[5]) * x + c[6]) * x + c[7]


@inner
def pick(cumulative, u):
    """Return the first position whose cumulative share exceeds u, the last one if none does."""
    k = 0
    while k < cumulative.size - 1 and u >= cumulative[k]:
        k += 1
    return k
