"""The same small year three ways: a fused kernel with keyed draws, numpy columns, mesa objects.

The work per person: one draw against a death table, ageing by a year, a levy of 10 % of the income above
430,000 yen with a cap, a payment that fails in one case in eleven.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable

import mesa
import numba as nb
import numpy as np

from sim.core import rng

PEOPLE = 4_000_000
FEW = 50_000
"""people of the mesa model: objects are slow and large"""
TABLE = np.linspace(0.0002, 0.35, 111)


@nb.njit(cache=True, parallel=True)
def fused_year(k, year, age, income, alive, levy, paid):
    for i in nb.prange(age.size):
        if alive[i]:
            u, v, _, _ = rng.draw4(k, year, i)
            if u < TABLE[min(age[i], 110)]:
                alive[i] = False
            else:
                age[i] += 1
                levy[i] = min(max(income[i] - 430_000, 0) // 10, 650_000)
                paid[i] = levy[i] if v > 0.09 else 0


def numpy_year(generator, age, income, alive, levy, paid):
    u = generator.random(age.size)
    alive &= u >= TABLE[np.minimum(age, 110)]
    age[alive] += 1
    levy[:] = np.where(alive, np.minimum(np.maximum(income - 430_000, 0) // 10, 650_000), 0)
    paid[:] = np.where(generator.random(age.size) > 0.09, levy, 0)


class Person(mesa.Agent):
    def __init__(self, model, age, income):
        super().__init__(model)
        self.age, self.income, self.alive, self.levy, self.paid = age, income, True, 0, 0

    def step(self):
        if self.alive:
            if self.random.random() < TABLE[min(self.age, 110)]:
                self.alive = False
            else:
                self.age += 1
                self.levy = min(max(self.income - 430_000, 0) // 10, 650_000)
                self.paid = self.levy if self.random.random() > 0.09 else 0


def nanoseconds_per_person(rounds: int = 5) -> dict[str, float]:
    """Return the best time per person and year of each way."""
    g = np.random.default_rng(1)
    age, income = g.integers(0, 60, PEOPLE), g.integers(0, 6_000_000, PEOPLE)
    years = age.copy()
    alive, levy, paid = np.ones(PEOPLE, bool), np.zeros(PEOPLE, np.int64), np.zeros(PEOPLE, np.int64)
    model = mesa.Model(rng=np.random.default_rng(1))
    for a, m in zip(age[:FEW], income[:FEW], strict=True):
        Person(model, int(a), int(m))
    k = rng.key(1, 0, "bench")

    def afresh() -> None:
        """Everybody alive at the age of the start: each round does the same work."""
        alive[:], years[:] = True, age
        for person in model.agents:
            person.alive = True

    def best(work: Callable[[], object], people: int) -> float:
        work()
        return min(timeit.repeat(work, setup=afresh, number=1, repeat=rounds)) / people * 1e9

    def threaded(threads: int) -> float:
        nb.set_num_threads(threads)
        return best(lambda: fused_year(k, 2022, years, income, alive, levy, paid), PEOPLE)

    found = {f"fused kernel, {n} thread(s)": threaded(n) for n in sorted({1, nb.config.NUMBA_NUM_THREADS})}
    found["numpy columns"] = best(lambda: numpy_year(g, years, income, alive, levy, paid), PEOPLE)
    found["mesa objects"] = best(lambda: model.agents.do("step"), FEW)
    return found
