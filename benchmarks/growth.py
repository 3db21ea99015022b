"""How time and memory of the whole command grow with people and threads.

    python -m benchmarks growth                # `make growth`: 1/1000 to everybody, writes docs/peers.md and its figure

Each run is `kokuho run baseline --no-report` as a user starts it, in a process of its own, R4 to R11, kernels compiled
and population on disk. The median of several, the sizes in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median

from ruamel.yaml import YAML

from benchmarks.page import PAGE, Busy, environment, machine, table, threads_here, write_section
from sim.outputs.folder import RunFolder

SAMPLES = (1000, 100, 20, 5, 1)
FIGURE = "images/growth.png"


@dataclass(frozen=True, kw_only=True)
class Run:
    """One command: N of its 1/N, threads, people on its first day and over its years; seconds of the clock, of
    processors and of the years alone, megabytes."""

    sample: int
    threads: int
    people: int
    person_years: int
    wall: float
    cpu: float
    loop: float
    megabytes: float


def command(sample: int, threads: int, region: str | None = None) -> Run:
    """Run the command once."""
    with tempfile.TemporaryDirectory() as out:
        call = [sys.executable, "-m", "sim.cli", "run", "baseline", "--quiet", "--no-report", "--out", out]
        call += ["--sample", str(sample), "--threads", str(threads), *(("--region", region) if region else ())]
        began = time.perf_counter()
        process = subprocess.Popen(call, env=environment(threads), stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)  # of this child alone; RUSAGE_CHILDREN keeps the largest of all
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{' '.join(call)} ended with {process.returncode}")
        folder = next(Path(out).glob("*/*/manifest.yaml")).parent
        steps = YAML(typ="safe").load(folder / "manifest.yaml")["seconds"]["steps"]
        residents = RunFolder(folder).table("metropolis_year")["residents"]
    return Run(
        sample=sample,
        threads=threads,
        people=round(float(residents.iloc[0]) / sample),
        person_years=round(float(residents.sum()) / sample),
        wall=wall,
        cpu=used.ru_utime + used.ru_stime,
        loop=sum(seconds for year in steps.values() for seconds in year.values()),
        megabytes=used.ru_maxrss / 1024,
    )


def typical(runs: Sequence[Run]) -> Run:
    """Return the medians of runs of one size and number of threads."""
    figures = {name: median(getattr(r, name) for r in runs) for name in ("wall", "cpu", "loop", "megabytes")}
    return replace(runs[0], **figures)


def measure(samples: Sequence[int], threads: Sequence[int], rounds: int, region: str | None = None) -> list[Run]:
    """Return the typical run of each size and number of threads; one run before them fills the caches."""
    for sample in samples:
        command(sample, threads[-1], region)
    runs: dict[tuple[int, int], list[Run]] = {}
    for _ in range(rounds):
        for sample in samples:
            for n in threads:
                runs.setdefault((sample, n), []).append(command(sample, n, region))
    return [typical(own) for own in runs.values()]


def shown(runs: Sequence[Run]) -> str:
    """Return the runs as a table in Markdown."""
    return table(
        [
            {
                "sample": "everybody" if r.sample == 1 else f"1/{r.sample}",
                "people": f"{r.people:,}",
                "threads": str(r.threads),
                "command, s": f"{r.wall:.2f}",
                "processor time, s": f"{r.cpu:.2f}",
                "years alone, s": f"{r.loop:.2f}",
                "processor time, ns a person and year": f"{r.cpu / r.person_years * 1e9:,.0f}",
                "memory, MB": f"{r.megabytes:,.0f}",
            }
            for r in runs
        ]
    )


def draw(runs: Sequence[Run], path: Path) -> None:
    """Draw time and memory over people, a line for each number of threads."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    time_axes, memory_axes = figure.subplots(1, 2)
    for n in sorted({r.threads for r in runs}):
        own = sorted((r for r in runs if r.threads == n), key=lambda r: r.people)
        people = [r.people for r in own]
        time_axes.loglog(people, [r.wall for r in own], "o-", label=f"command, {n} thread(s)")
        time_axes.loglog(people, [r.cpu for r in own], "o--", label=f"its processor time, {n} thread(s)")
        memory_axes.loglog(people, [r.megabytes for r in own], "o-", label=f"{n} thread(s)")
    for axes, name in ((time_axes, "seconds, R4-R11"), (memory_axes, "memory, MB")):
        axes.set(xlabel="people simulated", ylabel=name)
        axes.grid(which="major", alpha=0.4)
        axes.legend(fontsize=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def main(arguments: Sequence[str]) -> int:
    options = argparse.ArgumentParser(prog="python -m benchmarks growth", description=__doc__)
    options.add_argument("--samples", type=int, nargs="+", default=SAMPLES, help="N of 1/N")
    options.add_argument("--threads", type=int, nargs="+", default=threads_here())
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--region", default=None)
    options.add_argument("--page", type=Path, default=PAGE)
    options.add_argument("--out", type=Path, default=Path("results/growth.json"))
    chosen = options.parse_args(arguments)
    busy = Busy()
    runs = measure(chosen.samples, chosen.threads, chosen.rounds, chosen.region)
    where = machine(busy)
    chosen.out.parent.mkdir(parents=True, exist_ok=True)
    chosen.out.write_text(json.dumps({"machine": where, "rows": [asdict(r) for r in runs]}, indent=1))
    draw(runs, chosen.page.parent / FIGURE)
    text = f"{where} Median of {chosen.rounds}.\n\n{shown(runs)}\n![time and memory over people]({FIGURE})\n"
    write_section(chosen.page, "growth", text)
    print(text)
    return 0
