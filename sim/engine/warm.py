"""Kernels compiled once, before anybody waits for them.

numba compiles a kernel when it is first called and keeps it on disk until a kernel changes. `compile_kernels` calls
them all on a handful of households, in two processes: one lives a year as it is, the other begins with its second
half. Workers that start together later find everything compiled, instead of each compiling the same.
"""

from __future__ import annotations

import os
import subprocess
import sys

from numba.core import config

from sim.core import keep, kernel_cache
from sim.core.parent import end_with
from sim.engine.loop import run_step
from sim.engine.model import KokuhoModel
from sim.engine.state import State
from sim.engine.year import YEAR
from sim.institutions.world import World
from sim.parameters import Parameters
from sim.population.store import stored

_SAMPLE, _YEAR = 10_000, 2022
_SECOND_HALF = ("rates.open", "levy.assess", "cost.care", "payment.run_in", "payment.collect")


def compiled() -> bool:
    """Return whether every kernel of this state of the code is compiled, or none is to be."""
    return bool(getattr(config, "DISABLE_JIT", 0)) or kernel_cache.complete()


def compile_kernels(seed: int) -> None:
    """Compile every kernel that is not compiled yet: about half a minute on two cores, nothing the second time.

    The population of `seed`, that of the runs to come, is built on the way: its kernels are compiled, too.
    """
    if compiled():
        return
    with keep.locked("kernels"):
        if compiled():  # by another process, meanwhile
            return
        model = _model(seed)
        second = [sys.executable, "-m", "sim.engine.warm", str(seed), str(os.getpid())]
        with subprocess.Popen(second, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL):
            model.step()
        kernel_cache.mark_complete()


def compile_second_half(seed: int) -> None:
    """Call the kernels of levy, cost and payment on the people of the first morning; what comes out is thrown away."""
    model = _model(seed)
    steps = {step.name: step for step in YEAR}
    for name in _SECOND_HALF:
        run_step(model.state, steps[name], _YEAR)


def _model(seed: int) -> KokuhoModel:
    register = Parameters.load()
    people, homes = stored(register, _SAMPLE, seed)
    world = World(p=register, places=len(register.codes()), seed=0, weight=_SAMPLE)
    return KokuhoModel(State(world=world, people=people, households=homes), _YEAR)


if __name__ == "__main__":
    end_with(int(sys.argv[2]))  # it went on compiling for minutes after a kill of `kokuho prepare`
    compile_second_half(int(sys.argv[1]))
