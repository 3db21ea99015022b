"""One table of a run differed in the last place between processor families and Python versions."""

from __future__ import annotations

import ast
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

import sim
from sim.core.sums import last_axis, total, weighted, whole
from sim.mechanisms.care.tables import persistence
from sim.mechanisms.rates.record import headline
from sim.mechanisms.rates.state import Chains
from sim.parameters.regions import DEFAULT
from tests.samebits import Run, Variant, compare, patched, variants
from tests.unit.test_rates import live

PACKAGE = Path(sim.__file__).parent
BY_BLAS = {"dot", "matmul", "einsum", "vdot", "tensordot", "lstsq", "solve", "pinv", "svd", "inv", "polyfit"}
STUDIES = {
    "outputs/ranges.py",
    "studies/plausible.py",
    "studies/anchor/moves.py",
    "studies/calibrate.py",
    "studies/fits/dated.py",
    "studies/fits/members.py",
    "studies/fits/rates.py",
    "studies/sensitivity/__init__.py",
    "studies/sensitivity/ensemble.py",
}
"""Fits and studies, and the spread that is kept of one: their tables are no tables of a run."""


def test_no_table_of_a_run_is_summed_by_blas() -> None:
    """`@` on floats adds in the order of the processor's BLAS kernel: the rank correlation differed."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            product = isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.MatMult)
            call = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in BY_BLAS
            if (product or call) and name not in STUDIES:
                found.append(f"{name}:{getattr(node, 'lineno', 0)}")
    assert found == []


def test_sums_are_exact_in_any_order() -> None:
    g = np.random.default_rng(5)
    values = g.normal(size=999) * 10.0 ** g.integers(-12, 12, 999)
    assert total(values) == total(values[::-1]) == math.fsum(values.tolist())
    assert weighted(values, values) == math.fsum((values * values).tolist())
    for n in (0, 1, 2, 3, 561):
        rows = values[:n] * np.array([[1.0], [2.0]])
        assert last_axis(rows) == pytest.approx(rows.sum(axis=-1), rel=1e-9)
        assert last_axis(rows)[1] == last_axis(rows)[0] * 2


def test_rank_correlation_is_computed_in_whole_numbers() -> None:
    """Full size: the sums of ranks pass what 64 bits hold, and stay exact."""
    g = np.random.default_rng(7)
    joint = g.integers(0, 4000, (40, 40))
    a, b = (np.repeat(np.arange(40), k) for k in (joint.sum(axis=1), joint.sum(axis=0)))
    assert a.size > 2_000_000
    assert b.size == a.size
    mid = [2 * np.cumsum(m) - m - int(joint.sum()) for m in (joint.sum(axis=1), joint.sum(axis=0))]
    first, second = ([int(v) for v in m] for m in mid)
    top = sum(first[i] * second[j] * int(joint[i, j]) for i in range(40) for j in range(40))
    spread = [
        sum(v * v * int(n) for v, n in zip(m, joint.sum(axis=k), strict=True)) for m, k in ((first, 1), (second, 0))
    ]
    assert dict(persistence(joint))["correlation"] == top / math.sqrt(spread[0] * spread[1])
    assert "correlation" not in dict(persistence(np.array([[5]])))


def test_headline_rate_does_not_depend_on_the_python_version() -> None:
    """The built-in sum of floats compensates from Python 3.12 on."""
    w = live(2022)
    chain = w.ledger(Chains).by_year[2022]
    exact = sum((c.metropolitan[0] for c in chain.portions.values()), Fraction(0))
    with patched("sum"):
        assert headline(chain)["metropolitan_income_rate"] == float(exact)


@pytest.mark.slow
def test_other_processors_and_no_compilation_give_the_same_bits() -> None:
    """The short part of `make samebits`."""
    told: list[str] = []
    other = {"OPENBLAS_CORETYPE": "Prescott", "NUMBA_NUM_THREADS": "1", "PYTHONHASHSEED": "7", "TZ": "UTC"}
    matrix = [
        Variant("as it is"),
        Variant("another processor", other, patch="sum"),
        Variant("JIT off", {"NUMBA_DISABLE_JIT": "1"}, jit=False),
    ]
    assert compare(matrix, Run(DEFAULT, 20_000, 2022), told.append) == [], told


def test_last_bits_do_not_decide_who_exists() -> None:
    """Quarters of people add up to halves; a processor may leave them a bit above or below."""
    halves = np.array([0.5, 1.5, 2.5, 1_000_000.5])
    for near in (np.nextafter(halves, 0.0), halves, np.nextafter(halves, np.inf), halves * (1 + 1e-13)):
        assert whole(near).tolist() == [0, 2, 2, 1_000_000]
    assert whole([[0.4999, -1.5001]]).tolist() == [[0, -2]]


@pytest.mark.slow
def test_a_population_has_the_same_bits_under_numpy_without_its_cpu_features() -> None:
    """The teaching prefecture is imputed and built anew; with AVX-512 it once had a household more."""
    told: list[str] = []
    plain = next(v for v in variants() if v.name == "numpy without its CPU features")
    off = Variant("numpy a unit in the last place off", patch="last place")
    assert compare([Variant("as it is"), plain, off], Run("teaching", 1, 2022), told.append) == [], told
