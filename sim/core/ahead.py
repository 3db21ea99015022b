"""Draws of neighbours at once: whoever stands side by side in a table takes a draw in one go.

    near = nothing_drawn(spans(rows))                   # one a span of rows, handed to the kernel as a part of `each`
    u = draw_near(near, key, year, people.pid, i)       # in the kernel: the uniforms of draw4(key, year, people.pid[i])

The processor draws for eight people as fast as for one. So rows i to i + NEAR are drawn when row i is asked for, and
kept until a row outside of them is: a kernel that goes through its rows in order draws each once. Numbers are those of
`rng.draw4`, to the last bit, in whatever order rows are asked for.

A kernel that has listed those to whom the same happens draws for them alone, and takes normals of what was drawn:

    draw_listed(u, key, year, pid)              # u[at] = uniform(key, year, pid[at])
    normals(u, out)                             # out[at] = normal(u[at])
"""

from __future__ import annotations

import numpy as np

from sim.core.kernel import inline, inner
from sim.core.rng import _LOW, is_middle, middle_normal, normal, philox
from sim.core.tally import Records

NEAR = 256
"""rows drawn in one go: their uniforms stay in the processor's nearest cache"""
NEARBY = np.dtype([("end", np.int64), ("u", np.float64, (4, NEAR))])
"""Uniforms of the rows before `end`; 0 = none yet."""
_SCALE = 1.0 / 4294967296.0


def nothing_drawn(spans: int) -> Records:
    """Return room for the uniforms of one kind of draw, for each span of rows; a key and a year of its own each."""
    return np.zeros(spans, NEARBY).view(np.recarray)


@inner
def draw_all(u, k, year, ids, first, lane=0):
    """Fill u, float64[4, n], with the uniforms of ids[first], ids[first + 1] ..."""
    kk, lane = np.uint64(k), np.uint64(lane)
    k0, k1, when = kk & _LOW, kk >> np.uint64(32), np.uint64(year) & _LOW
    begin, count = np.uint64(first), np.uint64(min(u.shape[1], ids.size - first))
    for at in range(count):
        w = np.uint64(ids[begin + at])
        a, b, c, d = philox(w & _LOW, w >> np.uint64(32), when, lane, k0, k1)
        u[0, at] = (np.float64(a) + 0.5) * _SCALE
        u[1, at] = (np.float64(b) + 0.5) * _SCALE
        u[2, at] = (np.float64(c) + 0.5) * _SCALE
        u[3, at] = (np.float64(d) + 0.5) * _SCALE


@inline
def draw_from(near, k, year, ids, first, lane=0):
    """Draw the uniforms of ids[first] to ids[first + NEAR - 1]: near.u[:, at] are those of ids[first + at]."""
    draw_all(near.u, k, year, ids, first, lane)
    near.end = first + NEAR


@inline
def draw_near(near, k, year, ids, i, lane=0):
    """Return the four uniforms of draw4(k, year, ids[i], lane)."""
    row = np.int64(i)
    if not 0 < near.end - row <= NEAR:
        draw_from(near, k, year, ids, row, lane)
    at = np.uint64(row - near.end + NEAR)
    return near.u[0, at], near.u[1, at], near.u[2, at], near.u[3, at]


@inner
def draw_listed(u, k, year, ids, lane=0):
    """Fill u, float64[n], with the uniforms of the first n of `ids`."""
    kk, lane = np.uint64(k), np.uint64(lane)
    k0, k1, when = kk & _LOW, kk >> np.uint64(32), np.uint64(year) & _LOW
    for at in range(np.uint64(u.size)):
        w = np.uint64(ids[at])
        a, _, _, _ = philox(w & _LOW, w >> np.uint64(32), when, lane, k0, k1)
        u[at] = (np.float64(a) + 0.5) * _SCALE


@inner
def padded(n):
    """Return n, or a little more: the processor draws for many at a time, and for those left over one by one."""
    return (n + 31) // 32 * 32


@inner
def normals(u, out):
    """Fill out, float64[n], with the standard normal quantiles of u, float64[n]: rng.normal, to the last bit.

    All are taken for those of the middle, eight at a time; the seventh that is not is done again.
    """
    for at in range(np.uint64(u.size)):
        out[at] = middle_normal(u[at])
    for at in range(np.uint64(u.size)):
        if not is_middle(u[at]):
            out[at] = normal(u[at])
