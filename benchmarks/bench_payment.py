"""Time of payment on a tiled world as large as Tokyo: `python -m benchmarks.bench_payment [million households]`."""

from __future__ import annotations

import sys
import time

import numpy as np

from sim.payment import COLLECT, opening
from sim.population.table import Table
from sim.run.loop import run_step
from tests.bills import bill
from tests.small import small_world

_TILE = 4_000
_BUDGET = 0.3


def tiled(households: int) -> object:
    """Return the small world repeated until it has about `households` households, in order of municipality."""
    w = small_world(_TILE)
    bill(w)
    times = max(1, households // w.households.rows)
    n, m = w.people.rows, w.households.rows
    for table, rows in ((w.people, n), (w.households, m)):
        index = np.tile(np.arange(rows), times)
        table.take(index)
    copy = np.repeat(np.arange(times), n)
    w.people.data["pid"] += copy * 10**9
    w.people.data["household"] += (copy * m).astype(np.int32)
    copy = np.repeat(np.arange(times), m)
    w.households.data["hid"] += copy * 10**9
    for name in ("start", "head"):
        w.households.data[name] += (copy * n).astype(np.int32)
    _thin(w.households)
    return w


def _thin(homes: Table) -> None:
    """Leave a quarter of the households billed, as in Tokyo (1.9 of 7.4 million)."""
    out = homes.hid % 7 < 4
    for name in ("bill_medical", "bill_support", "bill_care", "bill_child", "insured"):
        homes.data[name][out] = 0


def main() -> None:
    households = int(float(sys.argv[1]) * 1_000_000) if len(sys.argv) > 1 else 7_400_000
    w = tiled(households)
    billed = int((w.households.bill_medical > 0).sum())
    began = time.perf_counter()
    opening(w, 2022)
    print(f"{w.households.rows:,} households, {billed:,} billed; run-in {time.perf_counter() - began:.2f} s")
    for year in range(2022, 2026):
        seconds = run_step(w, COLLECT, year)
        print(f"{year}: {seconds:.3f} s (budget {_BUDGET} s)")


if __name__ == "__main__":
    main()
