"""The same small year three ways: a fused kernel, numpy columns, mesa objects.

The work per person: one keyed or pseudo-random draw against a death table, ageing by a year, a levy of
10 % of the income above 430,000 yen with a cap, a payment that fails in one case in eleven.
"""

import mesa
import numba as nb
import numpy as np
import pytest

from sim.core import rng

PEOPLE = 1_000_000
FEW = 50_000
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


def numpy_year(generator, age, income, alive):
    u = generator.random(age.size)
    alive &= u >= TABLE[np.minimum(age, 110)]
    age[alive] += 1
    levy = np.where(alive, np.minimum(np.maximum(income - 430_000, 0) // 10, 650_000), 0)
    return np.where(generator.random(age.size) > 0.09, levy, 0)


class Person(mesa.Agent):
    def __init__(self, model, age, income):
        super().__init__(model)
        self.age, self.income, self.alive, self.paid = age, income, True, 0

    def step(self):
        if self.random.random() < TABLE[min(self.age, 110)]:
            self.alive = False
            return
        self.age += 1
        levy = min(max(self.income - 430_000, 0) // 10, 650_000)
        self.paid = levy if self.random.random() > 0.09 else 0


@pytest.fixture
def columns():
    g = np.random.default_rng(1)
    return g.integers(0, 100, PEOPLE), g.integers(0, 6_000_000, PEOPLE)


def test_kernel_year(benchmark, columns):
    age, income = columns
    out = np.zeros(PEOPLE, np.int64), np.zeros(PEOPLE, np.int64)
    k = rng.key(1, 0, "bench")
    fused_year(k, 2022, age, income, np.ones(PEOPLE, bool), *out)
    benchmark(lambda: fused_year(k, 2022, age.copy(), income, np.ones(PEOPLE, bool), *out))
    benchmark.extra_info["ns_per_person"] = benchmark.stats["median"] / PEOPLE * 1e9


def test_numpy_year(benchmark, columns):
    age, income = columns
    g = np.random.default_rng(1)
    benchmark(lambda: numpy_year(g, age.copy(), income, np.ones(PEOPLE, bool)))
    benchmark.extra_info["ns_per_person"] = benchmark.stats["median"] / PEOPLE * 1e9


def test_mesa_year(benchmark, columns):
    age, income = columns
    model = mesa.Model(rng=np.random.default_rng(1))
    for a, m in zip(age[:FEW], income[:FEW], strict=True):
        Person(model, int(a), int(m))
    benchmark.pedantic(lambda: model.agents.do("step"), rounds=3)
    benchmark.extra_info["ns_per_person"] = benchmark.stats["median"] / FEW * 1e9
