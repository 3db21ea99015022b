"""Whole pieces by chances: further children of families, further members of shared households."""

from __future__ import annotations

from sim.core.kernel import inline, inner
from sim.core.rng import draw4
from sim.population.synthesis.state import YEAR

_ROUNDS, _NEAR = 30, 0.5
_PIECES = 3
"""most pieces of one unit"""


@inline
def share_out(weights, total, families, k, who, lane, out):
    """Set out[i] to whole pieces, at most 3, about in proportion to weights[i], `total` in all."""
    factor = factor_of(weights, total, families)
    given = 0
    for i in range(weights.size):
        w = weights[i] * factor
        a, b, c, _ = draw4(k, YEAR, who, lane + i)
        out[i] = int(a < chance(families, w, 0)) + int(b < chance(families, w, 1)) + int(c < chance(families, w, 2))
        given += out[i]
    settle_rest(out, total - given)


@inline
def chance(families, weight, piece):
    """Return the chance of the first, second or third piece."""
    return min(families.further_children[piece] * weight, families.further_children_most[piece])


@inline
def factor_of(weights, total, families):
    """Return the factor of the weights by which `total` pieces can be expected."""
    factor = 1.0
    for _ in range(_ROUNDS):
        reached = 0.0
        for i in range(weights.size):
            w = weights[i] * factor
            reached += chance(families, w, 0) + chance(families, w, 1) + chance(families, w, 2)
        if reached <= 0.0 or abs(reached - total) < _NEAR:
            break
        factor *= total / reached
    return factor


@inner
def settle_rest(out, rest):
    """Add the pieces that are missing (negative: take away those too many), one at a time, all over the units."""
    n = out.size
    step = max(n * 7 // 11, 1)
    while step > 1 and share_divisor(step, n):
        step -= 1
    at, tried = 0, 0
    while n > 0 and rest != 0:
        if rest < 0 and out[at] > 0:
            out[at] -= 1
            rest += 1
        elif rest > 0 and (out[at] < _PIECES or tried > n):
            out[at] += 1
            rest -= 1
        at = (at + step) % n
        tried += 1


@inner
def share_divisor(a, b):
    """Return whether two whole numbers share a divisor above 1."""
    while b:
        a, b = b, a % b
    return a > 1
