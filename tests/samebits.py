"""The same run under other processors, threads and Pythons: every digest must be the same (make samebits).

    python -m tests.samebits            the whole matrix; variants of compiled code compile for minutes each
    python -m tests.samebits --short    what needs no compilation: BLAS kernels, threads, order of sums, hash seed, TZ

A variant is an environment, or a patch of numpy or of a built-in, in a process of its own. `last place` moves the
results of exp, log and powers of numpy by one unit in the last place, as processors with AVX-512 may. The teaching
prefecture is built anew under every variant, from its imputed tables to its accounts; Tokyo lives on the population
that is kept. The checks hold for x86-64; other architectures may contract a multiplication and an addition into one
operation.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sim.core import kernel_cache
from sim.parameters.regions import DEFAULT

ROOT = Path(__file__).resolve().parents[1]
CORES = ("Prescott", "Nehalem", "Sandybridge", "Haswell", "Zen", "SkylakeX", "SapphireRapids")
"""Kernels of OpenBLAS; one the processor lacks falls back to one it has."""


@dataclass(frozen=True)
class Variant:
    name: str
    env: dict[str, str] = field(default_factory=dict)
    patch: str = ""
    compiles: bool = False
    """whether kernels are compiled anew, into a cache of their own"""
    jit: bool = True


def variants() -> list[Variant]:
    """Return the matrix, the first one being what all others are compared with."""
    threads = [Variant(f"{n} threads", {"NUMBA_NUM_THREADS": str(n)}) for n in (1, 2, 4, 8)]
    seeds = [Variant(f"hash seed {s}", {"PYTHONHASHSEED": s}) for s in ("0", "1234")]
    zones = [Variant(f"TZ {z}", {"TZ": z}) for z in ("UTC", "America/New_York")]
    return [
        Variant("as it is"),
        *(Variant(f"OpenBLAS {core}", {"OPENBLAS_CORETYPE": core}) for core in CORES),
        *threads,
        *seeds,
        *zones,
        Variant("built-in sum of Python 3.11", patch="sum"),
        Variant("numpy a unit in the last place off", patch="last place"),
        Variant("numpy without its CPU features", {"NPY_DISABLE_CPU_FEATURES": " ".join(_features())}),
        Variant("glibc without FMA", {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-FMA,-AVX2,-AVX,-FMA4"}),
        Variant("generic code", {"NUMBA_CPU_NAME": "generic"}, compiles=True),
        Variant("without SVML", {"NUMBA_DISABLE_INTEL_SVML": "1"}, compiles=True),
        Variant("JIT off", {"NUMBA_DISABLE_JIT": "1"}, jit=False),
    ]


def _features() -> list[str]:
    """Return the CPU features numpy dispatches by and this processor has."""
    core: Any = importlib.import_module("numpy._core._multiarray_umath")
    return [name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)]


SHORT = ("OpenBLAS Prescott", "OpenBLAS Haswell", "1 threads", "4 threads", "built-in sum of Python 3.11")


@dataclass(frozen=True)
class Run:
    """What is run under every variant; a region other than Tokyo is built anew each time."""

    region: str
    sample: int
    last: int

    @property
    def arguments(self) -> list[str]:
        return ["--region", self.region, "--sample", str(self.sample), "--last", str(self.last)]


def digests(v: Variant, r: Run, folder: Path) -> dict[str, str] | str:
    """Return the digests of the tables of a run under a variant, or what the process said when it failed."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), **v.env}
    if r.region != DEFAULT:
        env["NUMBA_CACHE_DIR"] = str(kernel_cache.folder().parent)
        env["KOKUHO_CACHE"] = tempfile.mkdtemp(dir=folder)
    if v.compiles:
        env["NUMBA_CACHE_DIR"] = str(folder / v.name.replace(" ", "-"))
    command = [sys.executable, "-m", "tests.samebits", "--child", v.patch, *r.arguments]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"exit code {done.returncode}: {(done.stderr.strip().splitlines() or [''])[-1]}"
    return dict(json.loads(done.stdout.splitlines()[-1]))


def compare(chosen: list[Variant], r: Run, say: Callable[[str], None]) -> list[str]:
    """Return the names of the variants whose digests differ from the first one's, or that did not run."""
    other: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        wanted = digests(chosen[0], r, Path(folder))
        if isinstance(wanted, str):
            raise SystemExit(f"{chosen[0].name}: {wanted}")
        for v in chosen[1:]:
            got = digests(v, r, Path(folder))
            moved = got if isinstance(got, str) else ", ".join(t for t in wanted if got.get(t) != wanted[t])
            say(f"{r.region:8} 1/{r.sample:<7} {v.name:40} {moved or 'same bits'}")
            other += [v.name] if moved else []
    return other


def _child(patch: str, r: Run) -> None:
    """Run the baseline in this process and print the digest of each table."""
    with patched(patch), tempfile.TemporaryDirectory() as out:
        from sim.engine.api import run

        result = run("baseline", region=r.region, sample=r.sample, last=r.last, out=out, progress=False)
        found: dict[str, Any] = result.folder.manifest["digests"]["tables"]
        print(json.dumps({str(k): str(v) for k, v in found.items()}))


@contextmanager
def patched(name: str) -> Iterator[None]:
    """Put another arithmetic in place: "sum", "last place" or nothing."""
    import builtins

    import numpy as np

    import sim  # noqa: F401  before the patch, so that nothing is compiled against it

    changes: list[tuple[Any, str, Any]] = []
    if name == "sum":
        changes.append((builtins, "sum", _plain_sum))
    if name == "last place":
        changes += [(np, f, _Off(getattr(np, f))) for f in ("exp", "log", "power")]
    before = [(module, f, getattr(module, f)) for module, f, _ in changes]
    for module, f, new in changes:
        setattr(module, f, new)
    try:
        yield
    finally:
        for module, f, old in before:
            setattr(module, f, old)


def _plain_sum(values: Any, /, start: Any = 0) -> Any:
    """Add from left to right, as the built-in did up to Python 3.11."""
    total = start
    for value in values:
        total = total + value
    return total


class _Off:
    """A function of numpy whose results are one unit in the last place higher."""

    def __init__(self, function: Any) -> None:
        self.function = function

    def __call__(self, *a: Any, **k: Any) -> Any:
        import numpy as np

        got = self.function(*a, **k)
        return np.nextafter(got, np.inf) if getattr(got, "dtype", None) == np.float64 else got

    def __getattr__(self, name: str) -> Any:
        return getattr(self.function, name)


def main() -> int:
    ask = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    ask.add_argument("--short", action="store_true")
    ask.add_argument("--region", default=DEFAULT)
    ask.add_argument("--sample", type=int, default=1000)
    ask.add_argument("--last", type=int, default=2030)
    ask.add_argument("--child", help=argparse.SUPPRESS)
    a = ask.parse_args()
    if a.child is not None:
        _child(a.child, Run(a.region, a.sample, a.last))
        return 0
    matrix = variants()
    chosen = [v for v in matrix[1:] if v.jit and (not a.short or not v.compiles)]
    other = compare([matrix[0], *chosen], Run("teaching", 1, a.last), print)
    other += compare([matrix[0], *chosen], Run(a.region, a.sample, a.last), print)
    if not a.short:
        other += compare([matrix[0], *(v for v in matrix if not v.jit)], Run(a.region, 20_000, 2023), print)
    print(f"{len(other)} differ" + (f": {', '.join(other)}" if other else ""))
    return int(bool(other))


if __name__ == "__main__":
    sys.exit(main())
