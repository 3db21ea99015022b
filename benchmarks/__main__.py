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
from sim.mechanisms.care import CARE
from sim.mechanisms.demography import ARRIVE, BEAR, COUNT, LIVE, REPACK, UNITE
from sim.mechanisms.enrolment import EARN, INSURE
from sim.mechanisms.levy import ASSESS
from sim.mechanisms.payment import COLLECT

STEPS: dict[str, tuple[tuple[Step, ...], float]] = {
    "demography": ((LIVE, UNITE, BEAR, ARRIVE, REPACK, COUNT), 0.9),
    "enrolment": ((INSURE, EARN), 0.5),
    "levy": ((ASSESS,), 0.25),
    "care": ((CARE,), 0.4),
    "payment": ((COLLECT,), 0.3),
}
"""mechanism -> its steps (payment without the run-in, which only a first year has), budget in seconds at full size"""
COMMAND, LOOP, SAMPLE, TEACHING, MEMORY = 60.0, 24.0, 5.0, 2.0, 6.0


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


def main() -> int:
    if sys.argv[1:2] in (["peers"], ["growth"]):
        return int(importlib.import_module(f"benchmarks.{sys.argv[1]}").main(sys.argv[2:]))
    options = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    options.add_argument("--strict", action="store_true", help="end with code 1 if a budget is missed")
    options.add_argument("--out", type=Path, default=Path("results/bench.json"))
    chosen = options.parse_args()
    from benchmarks.toy_year import nanoseconds_per_person

    rows: list[tuple[str, float, float | None, str]] = []
    with tempfile.TemporaryDirectory() as folder:
        timed([], Path(folder))
        seconds, run = timed([], Path(folder))
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
        rows.append(("baseline, full size, report included, warm", seconds, COMMAND, "s"))
        rows.append(("largest memory of a run", memory, MEMORY, "GB"))
        loop = yearly(run)
        rows.append(("whole loop R4-R11", loop.pop("whole loop R4-R11"), LOOP, "s"))
        rows += [(f"{name}, a year", spent, STEPS[name][1], "s") for name, spent in loop.items()]
        timed(["--sample", "100"], Path(folder))
        small = min(timed(["--sample", "100"], Path(folder))[0] for _ in range(3))
        rows.append(("baseline, 1/100 sample, report included, warm", small, SAMPLE, "s"))
        invented = ["--region", "teaching", "--no-report"]
        timed(invented, Path(folder))
        least = min(timed(invented, Path(folder))[0] for _ in range(3))
        rows.append(("teaching prefecture R4-R11, tables alone, warm", least, TEACHING, "s"))
    rows += [(f"toy year: {name}", ns, None, "ns/person") for name, ns in nanoseconds_per_person().items()]
    show(rows)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(
        json.dumps([dict(zip(("what", "measured", "budget", "unit"), r, strict=True)) for r in rows], indent=1)
    )
    missed = [what for what, measured, budget, _ in rows if budget is not None and measured > budget]
    return 1 if missed and chosen.strict else 0


def show(rows: list[tuple[str, float, float | None, str]]) -> None:
    table = Table(title=f"{os.cpu_count()} cores", header_style="bold")
    for name in ("what", "measured", "budget", "unit", ""):
        table.add_column(name, justify="right" if name in ("measured", "budget") else "left")
    for what, measured, budget, unit in rows:
        verdict = "" if budget is None else "[green]within[/green]" if measured <= budget else "[red]over[/red]"
        table.add_row(what, f"{measured:,.2f}", "" if budget is None else f"{budget:,.2f}", unit, verdict)
    Console().print(table)


if __name__ == "__main__":
    sys.exit(main())
