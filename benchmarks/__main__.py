"""`make bench`: what the model takes against its budgets, and the same small year in a kernel, in numpy and in mesa.

    python -m benchmarks           # this
    python -m benchmarks peers     # births and deaths in other programs, beside ours (benchmarks/peers.py)
    python -m benchmarks growth    # time and memory over people and threads (benchmarks/growth.py)

Every command is timed as a user starts it, in a process of its own. Budgets are for two cores; a budget missed is
shown, not hidden, and ends the program with code 1 only if --strict is given.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML

from sim.core.step import Step
from sim.engine import api, past
from sim.engine.model import KokuhoModel
from sim.engine.threads import threads_of
from sim.mechanisms.care import CARE
from sim.mechanisms.demography import ARRIVE, BEAR, COUNT, LIVE, REPACK, UNITE
from sim.mechanisms.enrolment import EARN, INSURE
from sim.mechanisms.levy import ASSESS
from sim.mechanisms.payment import COLLECT
from sim.studies.execution import Task, execute

STEPS: dict[str, tuple[tuple[Step, ...], float]] = {
    "demography": ((LIVE, UNITE, BEAR, ARRIVE, REPACK, COUNT), 0.9),
    "enrolment": ((INSURE, EARN), 0.5),
    "levy": ((ASSESS,), 0.25),
    "care": ((CARE,), 0.4),
    "payment": ((COLLECT,), 0.3),
}
"""mechanism -> its steps (payment without the run-in, which only a first year has), budget in seconds at full size"""
COMMAND, YEAR, FIRST, MEMORY, TEACHING = 18.0, 1.2, 3.0, 3.5, 2.0
"""of everybody: seconds of the whole command, of a later year, of the first year; gigabytes; the teaching prefecture"""
COLD, WARM = 1.5, {1000: 0.12, 100: 0.35}
"""seconds of a 1/100 run in a new process without page and ranges; in a process that has run before, N of 1/N ->"""
PYTHON, MORRIS, SOBOL, THREADS = 0.030, 15.0, 360.0, 1.8
"""seconds of Python a year; of 64 and of 2,560 runs of 1/1000 on all cores; how much faster two threads are than one"""
_BASE, _PARAMETERS = 256, 8
_TURNED = "payment.burden_elasticity"
_TIMES = 9
"""runs of which the median counts"""


def timed(arguments: list[str], out: Path) -> tuple[float, Path]:
    """Run `kokuho run baseline` with arguments and return seconds and run folder."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "sim.cli", "run", "baseline", "--quiet", "--out", str(out), *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - began, Path(done.stdout.strip().splitlines()[0])


def yearly(folder: Path) -> dict[str, float]:
    """Return the seconds of each mechanism in its median year."""
    steps = YAML(typ="safe").load(folder / "manifest.yaml")["seconds"]["steps"]
    sums = {
        mechanism: sorted(sum(year[step.name] for step in own) for year in steps.values())
        for mechanism, (own, _) in STEPS.items()
    }
    sums["whole loop R4-R11"] = [sum(s for y in steps.values() for s in y.values())]
    return {name: values[len(values) // 2] for name, values in sums.items()}


def yearly_whole(folder: Path) -> tuple[float, float]:
    """Return the seconds of the first year, and of the median later one."""
    first, *later = YAML(typ="safe").load(folder / "manifest.yaml")["seconds"]["years"].values()
    return first, sorted(later)[len(later) // 2]


def warm(sample: int) -> float:
    """Return the seconds of the median run of a process that has run before, all years lived, all tables in memory."""
    chosen = api.plan("baseline", sample=sample)
    spent = []
    with past.apart():
        for _ in range(_TIMES + 2):
            began = time.perf_counter()
            api.frames(chosen)
            spent.append(time.perf_counter() - began)
    return sorted(spent[2:])[_TIMES // 2]


def next_scenario(sample: int) -> float:
    """Return the seconds of the median scenario that parts in R9 from those run before it, all tables in memory."""
    spent, value = [], float(api.plan("baseline").parameters.value(_TURNED, 2027))
    for i in range(_TIMES + 3):
        turned = {(_TURNED, 2027, None): value * (1 + i / 1000)}
        chosen = api.plan("baseline", sample=sample, overrides=turned)
        began = time.perf_counter()
        api.frames(chosen)
        spent.append(time.perf_counter() - began)
    return sorted(spent[3:])[_TIMES // 2]


def python_a_year() -> float:
    """Return CPU seconds of a year of a population so small that only what surrounds the people takes time."""
    chosen = api.plan("baseline", sample=20_000)
    spent = []
    with threads_of(1):
        for _ in range(_TIMES):
            with KokuhoModel(api.opening(chosen), chosen.first) as model:
                model.step()
                began = time.process_time()
                while model.next_year <= chosen.last:
                    model.step()
                spent.append((time.process_time() - began) / (chosen.last - chosen.first))
    return sorted(spent)[_TIMES // 2]


def study(runs: int) -> float:
    """Return the seconds of so many runs of 1/1000 on all cores, each with another value, none of them kept before."""
    value = float(api.plan("baseline").parameters.value(_TURNED, api.BASE_YEAR))
    began = time.time_ns()
    tasks = [
        Task(overrides={(_TURNED, None, None): value * (1 + (began + i) % 10**9 / 1e12)}, sample=1000)
        for i in range(runs)
    ]
    start = time.perf_counter()
    execute(tasks, progress=False)
    return time.perf_counter() - start


Row = tuple[str, float, float | None, str]
"""what, measured, budget, unit"""


def everybody(out: Path) -> list[Row]:
    """Return the rows of full runs."""
    timed([], out)
    seconds, run = timed([], out)
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
    first, later = yearly_whole(run)
    plain = ["--no-report", "--no-ranges"]
    one, two = (timed([*plain, "--threads", str(n)], out)[0] for n in (1, 2))
    loop = yearly(run)
    return [
        ("baseline, full size, report and ranges included, warm", seconds, COMMAND, "s"),
        ("first year", first, FIRST, "s"),
        ("a later year", later, YEAR, "s"),
        ("one thread over two", one / two, THREADS, "times"),
        ("largest memory of a run", memory, MEMORY, "GB"),
        ("whole loop R4-R11", loop.pop("whole loop R4-R11"), None, "s"),
        *((f"{name}, a year", spent, STEPS[name][1], "s") for name, spent in loop.items()),
    ]


def small(out: Path, sobol: bool) -> list[Row]:
    """Return the rows of samples, in processes of their own and in this one."""
    rows: list[Row] = []
    for what, arguments, budget in (
        ("baseline, 1/100, no page, no ranges, new process", ["--sample", "100", "--no-report", "--no-ranges"], COLD),
        ("teaching prefecture R4-R11, tables alone, new process", ["--region", "teaching", "--no-report"], TEACHING),
    ):
        spent = sorted(timed(arguments, out)[0] for _ in range(6))
        rows.append((what, spent[2], budget, "s"))
    rows += [(f"1/{n}, warm process, tables in memory", warm(n), budget, "s") for n, budget in WARM.items()]
    rows += [(f"1/{n}, warm process, a scenario that parts in R9", next_scenario(n), None, "s") for n in WARM]
    rows.append(("Python a year", python_a_year(), PYTHON, "s"))
    rows.append(("64 runs of 1/1000 (Morris)", study(64), MORRIS, "s"))
    if sobol:
        runs = _BASE * (_PARAMETERS + 2)
        rows.append((f"{runs:,} runs of 1/1000 (Sobol, {_BASE} x {_PARAMETERS})", study(runs), SOBOL, "s"))
    return rows


def main() -> int:
    if sys.argv[1:2] in (["peers"], ["growth"]):
        return int(importlib.import_module(f"benchmarks.{sys.argv[1]}").main(sys.argv[2:]))
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("--strict", action="store_true", help="end with code 1 if a budget is missed")
    options.add_argument("--small", action="store_true", help="samples alone, no full run")
    options.add_argument("--sobol", action="store_true", help="2,560 runs besides, some minutes")
    options.add_argument("--out", type=Path, default=Path("results/bench.json"))
    chosen = options.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        rows = small(Path(folder), chosen.sobol)
        if not chosen.small:
            from benchmarks.toy_year import nanoseconds_per_person

            rows = everybody(Path(folder)) + rows
            rows += [(f"toy year: {name}", ns, None, "ns/person") for name, ns in nanoseconds_per_person().items()]
    show(rows)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(
        json.dumps([dict(zip(("what", "measured", "budget", "unit"), r, strict=True)) for r in rows], indent=1)
    )
    missed = [what for what, measured, budget, unit in rows if budget is not None and not met(measured, budget, unit)]
    return 1 if missed and chosen.strict else 0


def met(measured: float, budget: float, unit: str) -> bool:
    """Return whether a budget is held: at most so much, of a ratio of speeds at least."""
    return measured >= budget if unit == "times" else measured <= budget


def show(rows: list[Row]) -> None:
    table = Table(title=f"{os.cpu_count()} cores", header_style="bold")
    for name in ("what", "measured", "budget", "unit", ""):
        table.add_column(name, justify="right" if name in ("measured", "budget") else "left")
    for what, measured, budget, unit in rows:
        held = budget is not None and met(measured, budget, unit)
        verdict = "" if budget is None else "[green]met[/green]" if held else "[red]missed[/red]"
        told = f"{measured:,.3g}" if measured < 10 else f"{measured:,.1f}"
        table.add_row(what, told, "" if budget is None else f"{budget:,.3g}", unit, verdict)
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
