"""A year of care of a Tokyo-sized population: the small world tiled to 7.4 million households (0.4 s, two threads).

python -m benchmarks.bench_cost [households]
"""

from __future__ import annotations

import sys
import time

import numba
import numpy as np

from benchmarks.bench_levy import TOKYO_HOUSEHOLDS, tiled_world
from sim.cost import CARE
from sim.levy import ASSESS
from sim.run.loop import run_step


def main(households: int = TOKYO_HOUSEHOLDS) -> None:
    w = tiled_world(households)
    w.people.data["pid"][:] = np.arange(1, w.people.rows + 1)
    w.households.data["hid"][:] = np.arange(1, w.households.rows + 1)
    members = int((w.people.insured_months > 0).sum())
    run_step(w, ASSESS, 2025)
    began = time.perf_counter()
    run_step(w, CARE, 2025)
    print(f"first call, with compilation if not cached: {time.perf_counter() - began:.1f} s")
    for threads in (1, 2):
        numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
        began, spent, cpu = time.perf_counter(), [], time.process_time()
        while time.perf_counter() - began < 5:
            spent.append(run_step(w, CARE, 2025))
        cpu = (time.process_time() - cpu) / len(spent)
        print(
            f"{w.households.rows:,} households, {w.people.rows:,} people, {members:,} members, {threads} thread(s): "
            f"best {min(spent):.3f} s, median {np.median(spent):.3f} s, processor {cpu:.3f} s of {len(spent)}"
        )


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:2]))
