"""All bills of a Tokyo-sized year: the small world tiled to 7.4 million households (budget 0.25 s on two threads).

python -m benchmarks.bench_levy [households]
"""

from __future__ import annotations

import sys
import time

import numba
import numpy as np

from sim.institutions.world import World
from sim.levy import ASSESS
from sim.population.codes import Scheme
from sim.run.loop import run_step
from tests.small import small_world

TOKYO_HOUSEHOLDS = 7_400_000
TOKYO_MEMBERS = 2_700_000
_TILE = 20_000


def tiled_world(households: int, year: int = 2025) -> World:
    """Return a small world repeated until it has `households` households, with Tokyo's share of members."""
    w = small_world(_TILE, year)
    thin_out(w, TOKYO_MEMBERS / TOKYO_HOUSEHOLDS)
    copies = households // w.households.rows
    people, homes = w.people.rows, w.households.rows
    w.people.take(np.tile(np.arange(people), copies))
    w.households.take(np.tile(np.arange(homes), copies))
    shift = np.repeat(np.arange(copies), homes) * people
    w.households.data["start"][:] += shift.astype(np.int32)
    w.households.data["head"][:] += shift.astype(np.int32)
    w.people.data["household"][:] += (np.repeat(np.arange(copies), people) * homes).astype(np.int32)
    return w


def thin_out(w: World, members_per_household: float) -> None:
    """Move whole households out of 国保, in row order, until the members per household are as in Tokyo."""
    insured = w.people.insured_months > 0
    keep = members_per_household * w.households.rows / max(1, insured.sum())
    out = (w.people.household * 0.6180339887 % 1.0 > keep) & insured
    w.people.data["insured_months"][out] = 0
    w.people.data["scheme"][out] = Scheme.EMPLOYEE


def main(households: int = TOKYO_HOUSEHOLDS) -> None:
    w = tiled_world(households)
    members = int((w.people.insured_months > 0).sum())
    run_step(w, ASSESS, 2025)
    for threads in (1, 2):
        numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
        began, spent, cpu = time.perf_counter(), [], []
        while time.perf_counter() - began < 5:
            before = time.process_time()
            spent.append(run_step(w, ASSESS, 2025))
            cpu.append(time.process_time() - before)
        print(
            f"{w.households.rows:,} households, {w.people.rows:,} people, {members:,} members, {threads} thread(s): "
            f"best {min(spent):.3f} s, median {np.median(spent):.3f} s of {len(spent)}, CPU {min(cpu):.3f} s"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else TOKYO_HOUSEHOLDS)
