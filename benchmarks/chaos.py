"""`make chaos`: commands interrupted, terminated and killed at random moments; then, is anything lost or half-written?

Every command works in a scratch folder of results and a scratch cache, on small samples. It is first run undisturbed,
which gives its duration and the digest of its runs; then killed again and again at a random moment of that
duration, by SIGINT to the whole group (Ctrl-C), SIGTERM or SIGKILL to the process alone. After each kill:

- every run folder to be seen has a manifest, and all tables with the digests written there;
- every other finished file is whole: HTML, SVG, PNG, Excel, Parquet, JSON, YAML;
- an interrupted run that says it kept its state goes on with --resume to the digest of the undisturbed one;
- no process of the command lives on.

At the end each command runs once more undisturbed, gives the digest it gave before, and leaves no working folder.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML

STUDY = """name: chaos
method: one_at_a_time
sample: {sample}
to: R5
parameters:
  payment.catch_up: [0.4, 0.6]
outputs:
  collection_rate: {{table: metropolis_year, column: collection_rate, year: R5}}
"""
SCENARIOS = ("baseline", "collection_drive")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
GRACE = 120.0
"""seconds a command may take to end after SIGINT or SIGTERM"""
ORPHANS = 60.0
"""seconds workers may live on after their parent: one that is loading looks for it only when it has loaded"""
GROWTH = 20_000_000
"""bytes by which the memory of a process may differ between its 10th and its last run"""


@dataclass
class Score:
    """What became of the kills of one command."""

    kills: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Scratch:
    """A folder of results and a cache nobody else uses; kernels are taken from the usual cache, compiled."""

    def __init__(self, folder: Path, sample: int) -> None:
        import sim  # points numba at the compiled kernels, through the environment

        assert sim.__file__
        self.folder = folder
        self.results = folder / "results"
        (folder / "study.yaml").write_text(STUDY.format(sample=sample), encoding="utf-8")
        self.environment = {**os.environ, "KOKUHO_CACHE": str(folder / "cache"), "COLUMNS": "200"}
        size = ("--sample", str(sample))
        run = ("run", SCENARIOS[0], *size, "--to", "R5", "--no-report", "--quiet")
        self.commands = {
            "run": run,
            "prepare": ("prepare", *size),
            "report": ("report", SCENARIOS[0], "--lang", "en"),
            "compare": ("compare", *SCENARIOS, *size, "--to", "R5", "--jobs", "2", "--lang", "en"),
            "sensitivity": ("sensitivity", "study.yaml", "--jobs", "2"),
        }

    def start(self, name: str, *more: str) -> subprocess.Popen[bytes]:
        """Start a command in a session of its own."""
        environment = dict(self.environment)
        if name == "prepare":
            environment["KOKUHO_CACHE"] += "-of-prepare"
        return subprocess.Popen(
            [sys.executable, "-m", "sim.cli", *self.commands[name], *more],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / "errors.txt").open("w"),  # a pipe would stay open as long as a worker lives
            start_new_session=True,
        )

    def errors(self) -> str:
        """Return what the last command had to complain about."""
        return (self.folder / "errors.txt").read_text(encoding="utf-8", errors="replace")

    def forget(self, name: str) -> None:
        """Remove what would make the next run of a command shorter: populations, runs of comparisons, studies."""
        if name == "prepare":
            _remove(self.folder / "cache-of-prepare")
        if name == "compare":
            _remove(self.results)
        if name == "sensitivity":
            _remove(self.folder / "cache" / "studies")

    def runs(self) -> Iterator[Path]:
        """Yield what anybody who looks takes for a run folder."""
        for scenario in SCENARIOS:
            for path in (self.results / scenario).glob("*"):
                if path.is_dir() and not path.name.startswith("."):
                    yield path

    def digests(self) -> dict[str, set[str]]:
        """Return the digests of the finished runs by scenario."""
        found: dict[str, set[str]] = {}
        for path in self.runs():
            if (path / "manifest.yaml").exists():
                manifest = YAML(typ="safe").load(path / "manifest.yaml")
                found.setdefault(path.parent.name, set()).add(manifest["digests"]["all"])
        return found


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


# is it whole?


def faults_of(scratch: Scratch) -> list[str]:
    """Return what is wrong with the visible files of the scratch folder."""
    found = []
    for path in scratch.runs():
        found += [f"{path.relative_to(scratch.results)}: {fault}" for fault in _of_run(path)]
    for path in scratch.results.rglob("*"):
        inner = path.relative_to(scratch.results).parts
        if not path.is_file() or any(part.startswith(".") for part in inner):
            continue
        try:
            fault = WHOLE.get(path.suffix, _anything)(path)
        except Exception as error:  # a reader's complaint, whatever its type
            fault = f"{type(error).__name__}: {error}"
        if fault:
            found.append(f"{'/'.join(inner)}: {fault}")
    return found


def _of_run(path: Path) -> list[str]:
    if not (path / "manifest.yaml").exists():
        return ["no manifest"]
    manifest = YAML(typ="safe").load(path / "manifest.yaml")
    tables = manifest.get("digests", {}).get("tables", {})
    found = []
    for name, digest in tables.items():
        file = path / "tables" / f"{name}.parquet"
        if not file.exists():
            found.append(f"table {name} is missing")
        elif hashlib.sha256(file.read_bytes()).hexdigest() != digest:
            found.append(f"table {name} is not the one of the manifest")
    return found + [f"no {name}" for name in ("log.txt", "scenario.yaml") if tables and not (path / name).exists()]


def _ends(*endings: bytes) -> Callable[[Path], str]:
    return lambda path: "" if path.read_bytes().rstrip().endswith(endings) else "cut short"


def _workbook(path: Path) -> str:
    with zipfile.ZipFile(path) as book:
        return f"{book.testzip()} is damaged" if book.testzip() else ""


def _anything(path: Path) -> str:
    return "" if path.stat().st_size else "empty"


def _parquet(path: Path) -> str:
    pq.read_table(path)
    return ""


def _json(path: Path) -> str:
    json.loads(path.read_text(encoding="utf-8"))
    return ""


def _yaml(path: Path) -> str:
    return "" if YAML(typ="safe").load(path) else "empty"


WHOLE: dict[str, Callable[[Path], str]] = {
    ".html": _ends(b"</html>"),
    ".svg": _ends(b"</svg>"),
    ".png": _ends(b"IEND\xaeB`\x82"),
    ".xlsx": _workbook,
    ".parquet": _parquet,
    ".json": _json,
    ".yaml": _yaml,
}


# the kills


def undisturbed(scratch: Scratch, name: str, *more: str) -> tuple[float, str]:
    """Run a command to its end; return its seconds and what went wrong."""
    began = time.perf_counter()
    process = scratch.start(name, *more)
    process.wait()
    wrong = "" if process.returncode == 0 else f"ends with {process.returncode}: {scratch.errors().strip()[-300:]}"
    return time.perf_counter() - began, wrong


def kill(scratch: Scratch, name: str, after: float, number: signal.Signals) -> tuple[str, list[str]]:
    """Start a command, send it a signal after some seconds; return its outcome and its faults."""
    process = scratch.start(name)
    try:
        process.wait(timeout=after)
        return "finished before", []
    except subprocess.TimeoutExpired:
        pass
    if number == signal.SIGINT:
        os.killpg(process.pid, number)
    else:
        process.send_signal(number)
    try:
        process.wait(timeout=GRACE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return "hangs", [f"{name}: lives on {GRACE:.0f} s after {number.name}"]
    errors, faults = scratch.errors(), _orphans(process.pid, name)
    if "--resume" in errors and name == "run":
        before = scratch.digests()
        _, wrong = undisturbed(scratch, name, "--resume")
        if wrong or (before and scratch.digests() != before):
            faults.append(f"{name} --resume: {wrong or 'another digest'}")
        return "state kept, resumed", faults
    return _outcome(process.returncode, errors), faults


def _outcome(code: int, errors: str) -> str:
    if code < 0:
        return signal.Signals(-code).name.replace("SIG", "ended by ")
    if code == 0:
        return "finished"
    if "Traceback" in errors:
        return "interrupted while loading" if "KeyboardInterrupt" in errors else "traceback"
    return f"message, exit {code}"


def _orphans(group: int, name: str) -> list[str]:
    """Return a fault if processes of a command outlive it; end those."""
    end = time.monotonic() + ORPHANS
    while time.monotonic() < end:
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return []
        time.sleep(0.2)
    os.killpg(group, signal.SIGKILL)
    return [f"{name}: its processes live on {ORPHANS:.0f} s after it"]


def attack(scratch: Scratch, kills: int, seed: int) -> dict[str, Score]:
    """Kill every command in turn, until `kills` kills are done; return the scores."""
    chance = random.Random(seed)
    scores = {name: Score() for name in scratch.commands}
    seconds = {}
    for name, score in scores.items():
        seconds[name], wrong = undisturbed(scratch, name)
        if wrong:
            score.faults.append(f"{name}, undisturbed: {wrong}")
        if name != "prepare":  # the first time builds populations
            scratch.forget(name)
            seconds[name], _ = undisturbed(scratch, name)
    reference = scratch.digests()
    for i in range(kills):
        name = list(scores)[i % len(scores)]
        number = SIGNALS[(i // len(scores)) % len(SIGNALS)]
        if name == "report" and not list(scratch.results.glob(f"{SCENARIOS[0]}/*/manifest.yaml")):
            undisturbed(scratch, "run")
        scratch.forget(name)
        outcome, faults = kill(scratch, name, chance.uniform(0.1, seconds[name]), number)
        if outcome == "traceback":
            faults.append(f"{name}: traceback after {number.name}")
        scores[name].kills += outcome != "finished before"
        scores[name].outcomes[outcome] += 1
        scores[name].faults += [*faults, *faults_of(scratch)]
    for name, score in scores.items():
        _, wrong = undisturbed(scratch, name)
        score.faults += [f"{name}, afterwards: {wrong}"] if wrong else []
        score.faults += faults_of(scratch)
    _compare(scratch, reference, scores["run"])
    return scores


def _compare(scratch: Scratch, reference: dict[str, set[str]], score: Score) -> None:
    """Note runs that differ from the undisturbed ones, and working folders that stayed."""
    for scenario, digests in scratch.digests().items():
        if not digests <= reference.get(scenario, set()):
            score.faults.append(f"{scenario}: runs differ from the undisturbed ones")
    score.faults += [f"{p.parent.name}/{p.name}: stays" for p in scratch.results.glob("*/.partial-*")]


# many runs in one process

RUNS = """
import sys
from pathlib import Path
from sim.engine import api
plan = api.plan("baseline", sample=20_000, last=2022)
for i in range(int(sys.argv[1])):
    api.run(plan, out=sys.argv[2], progress=False)
    if i == 9 or i + 1 == int(sys.argv[1]):
        print(int(Path("/proc/self/statm").read_text().split()[1]) * 4096)
"""


def memory(scratch: Scratch, runs: int) -> tuple[int, int]:
    """Return the memory of one process after its 10th and after its last run, bytes."""
    command = [sys.executable, "-c", RUNS, str(runs), str(scratch.folder / "many")]
    done = subprocess.run(command, env=scratch.environment, check=True, capture_output=True, text=True)
    first, last = done.stdout.split()
    return int(first), int(last)


def show(scores: dict[str, Score]) -> None:
    """Print a line a command, then the faults."""
    table = Table("command", "kills", "outcomes", "faults", title="random kills")
    for name, score in scores.items():
        outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(score.outcomes.items()))
        table.add_row(name, str(score.kills), outcomes, str(len(score.faults)))
    console = Console()
    console.print(table)
    for fault in dict.fromkeys(fault for score in scores.values() for fault in score.faults):
        console.print(fault, style="red", markup=False, highlight=False)


def main() -> int:
    options = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    options.add_argument("--kills", type=int, default=50, help="how many [50]")
    options.add_argument("--sample", type=int, default=2000, help="one household in so many [2000]")
    options.add_argument("--seed", type=int, default=20260401, help="of the moments [20260401]")
    options.add_argument("--runs", type=int, default=100, help="runs in one process for the memory, 0 for none [100]")
    chosen = options.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets its background jobs ignore it
    with tempfile.TemporaryDirectory(prefix="kokuho-chaos-") as folder:
        scratch = Scratch(Path(folder), chosen.sample)
        scores = attack(scratch, chosen.kills, chosen.seed)
        show(scores)
        failed = any(score.faults for score in scores.values())
        if chosen.runs >= 10:
            tenth, last = memory(scratch, chosen.runs)
            failed |= last - tenth > GROWTH
            print(
                f"memory of one process: {tenth / 1e6:,.0f} MB after 10 runs, {last / 1e6:,.0f} MB after {chosen.runs}"
            )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
