"""What the programs of measurement share: the machine in one line, how busy it was, and sections of a page."""

from __future__ import annotations

import datetime as dt
import os
import platform
import time
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

PAGE = Path("docs/peers.md")


class Busy:
    """How many cores other programs used, on average, since this was made; NaN where the system does not tell."""

    def __init__(self) -> None:
        self.began, self.all, self.own = time.perf_counter(), _busy(), _own()

    def others(self) -> float:
        return (_busy() - self.all - (_own() - self.own)) / (time.perf_counter() - self.began)


def _busy() -> float:
    """Return the seconds all cores worked since the machine started."""
    try:
        user, nice, system, _, _, irq, soft = map(int, Path("/proc/stat").read_text().split()[1:8])
    except OSError:
        return float("nan")
    return (user + nice + system + irq + soft) / os.sysconf("SC_CLK_TCK")


def _own() -> float:
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


def version(package: str) -> str:
    """Return the installed version of a package, or "" if there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def machine(busy: Busy) -> str:
    """Return date, cores, versions and how busy the machine was."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("kokuho-sim", "numpy", "numba"))
    return (
        f"{dt.date.today()}, {_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}, {versions}; "
        f"other programs of the machine used {busy.others():.2f} cores on average meanwhile."
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def threads_here() -> list[int]:
    """Return 1, 2, 4, 8 as far as the machine has so many cores."""
    return [n for n in (1, 2, 4, 8) if n <= (os.cpu_count() or 1)]


def environment(threads: int) -> dict[str, str]:
    """Return the environment of a process in which every library may use so many threads."""
    names = ("NUMBA", "OMP", "MKL", "OPENBLAS", "NUMEXPR")
    return {**os.environ, **{f"{name}_NUM_THREADS": str(threads) for name in names}, "POLARS_MAX_THREADS": str(threads)}


def table(rows: Sequence[Mapping[str, str]]) -> str:
    """Return rows as a table in Markdown; the first column to the left, figures to the right."""
    names = list(rows[0])
    lines = [names, ["---", *["---:"] * (len(names) - 1)], *([row[name] for name in names] for row in rows)]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def write_section(page: Path, name: str, text: str) -> None:
    """Put text between the two marks of a section of a page; of a page that does not have them, at its end."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    whole = page.read_text(encoding="utf-8") if page.exists() else ""
    if begin not in whole:
        whole += f"{begin}{end}\n"
    before, _, rest = whole.partition(begin)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f"{before}{begin}\n{text}\n{end}{rest.partition(end)[2]}", encoding="utf-8")
