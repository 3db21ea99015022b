"""Is the kernel the rule? Random households against the plain law, to the yen in every portion."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from sim.parameters import Parameters
from tests.reference.levy_law import levy
from tests.reference.levy_random import RandomHouseholds

YEARS = (2022, 2023, 2024, 2025, 2026)


def compare(count: int, year: int, seed: int) -> None:
    """Bill `count` random households both ways and fail on the first that differs."""
    p = Parameters.load()
    households = RandomHouseholds(count, year, seed)
    bills, _ = households.billed(p)
    units = p.table("places.municipalities")["rounding_unit"].tolist()
    portions = np.stack([bills.medical, bills.support, bills.care, bills.child], axis=1).tolist()
    for h in range(count):
        people, since, rates = households.family(h)
        expected = levy(people, since, rates, units[households.place[h]], year, int(households.remission[h]))
        found = (portions[h], int(bills.relief_class[h]), int(bills.base_income[h]))
        assert found == (expected.bills, expected.tenths, expected.base), (
            f"household {h} of {year}, seed {seed}: {people} {since} {rates[0]}")


@pytest.mark.parametrize("year", YEARS)
def test_kernel_equals_plain_law(year: int) -> None:
    compare(1500, year, seed=7)


@pytest.mark.full
@pytest.mark.parametrize("year", YEARS)
def test_kernel_equals_plain_law_for_100_000_households(year: int) -> None:
    compare(100_000, year, seed=11)


@pytest.mark.parametrize("setting", ["NUMBA_BOUNDSCHECK", "NUMBA_DISABLE_JIT"])
def test_kernel_equals_plain_law_checked_and_uncompiled(setting: str, tmp_path) -> None:
    code = "from tests.reference.test_levy import compare; [compare(60, y, 3) for y in (2023, 2026)]"
    environment = {**os.environ, setting: "1", "NUMBA_NUM_THREADS": "1"}
    if setting == "NUMBA_BOUNDSCHECK":
        environment["NUMBA_CACHE_DIR"] = str(tmp_path)
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]


def test_stages_add_up_for_every_household() -> None:
    p = Parameters.load()
    households = RandomHouseholds(3000, 2026, seed=5)
    _, work = households.billed(p)
    from sim.levy.arrays import LEVELS
    from sim.levy.step import check

    check(work.sums.sum(axis=0)[:, : 4 * LEVELS].reshape(62, 4, LEVELS), p.codes(), 2026)
