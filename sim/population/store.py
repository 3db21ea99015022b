"""The built population on disk: one folder per digest of everything it depends on.

A folder is written under a temporary name and renamed when complete, so a folder that exists can be read,
also by another process while a third one writes. The ones not used for longest are removed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.core import cache
from sim.parameters import Parameters
from sim.population import build
from sim.population.build.lives import YEAR
from sim.population.columns import HOUSEHOLDS, PEOPLE, Column
from sim.population.table import Table, filled, household_table, people_table

TABLES = (
    "places.municipalities",
    "places.register_age5",
    "places.register_totals",
    "places.register_age3",
    "places.settlement_fy2023",
    "places.household_factors",
    "places.income_proxy_fy2023",
    "places.income_factors",
    "places.census_households",
    "places.census_labour",
    "people.household_roles",
    "people.mortality",
    "people.insurance_by_age",
    "people.work_by_scheme",
    "people.residence_by_age",
    "people.labour_turnover",
    "people.pension_distribution",
    "people.salary_deduction",
    "people.pension_deduction",
)
"""tables the build reads"""
VALUES = (
    "income.basic_deduction",
    "coverage.pay_line",
    "enrolment.pay_regular",
    "enrolment.pay_part_time",
    "enrolment.pay_officer",
    "enrolment.pay_self_employed",
    "enrolment.pay_family_worker",
    "enrolment.pay_student",
    "enrolment.pay_of_women",
    "enrolment.persistent_sd",
    "enrolment.transitory_sd",
    "enrolment.place_elasticity",
    "enrolment.undeclared",
    "enrolment.involuntary_share",
    "enrolment.ability_to_pension",
)
"""parameters the build reads besides `population.*`"""
_PEOPLE = (
    "pid",
    "household",
    "born",
    "sex",
    "residence",
    "arrived",
    "relation",
    "work",
    "firm_size",
    "ability",
    "salary",
    "pension",
    "business",
    "other_income",
    "declared",
    "income_drop",
    "job_loss",
    "scheme",
    "scheme_since",
    "former_dependant",
)
_HOUSEHOLDS = ("hid", "place", "start", "size", "head", "kind", "former_member")
_CODE = ("build", "codes.py", "table.py", "../core/rng.py")
_ROOM = 12e9
"""bytes of populations kept; the ones used last stay"""
_RECENT = 3600
"""seconds within which a folder is not removed, whatever its rank"""


def stored(p: Parameters, sample: int, seed: int, part: int = 0) -> tuple[Table, Table]:
    """Return (people, households) on 1 April 2022, from disk if this population was built before.

    Samples of the same size and different `part` (0 to sample - 1) share no household. Everybody is built and kept,
    whatever the sample: the next sample, another part, or everybody, is then read from disk.

    Columns read from disk are copy-on-write maps of their files: processes that read the same population share
    the pages none of them writes to.
    """
    folder = _folder(p, sample, seed, part)
    if (found := _read(folder)) is not None:
        return found
    if sample > 1:
        people, households = stored(p, 1, seed)
        build.thin(people, households, sample, seed, part)
    else:
        people, households = build.population(p, seed)
    _write(folder, people, households)
    return people, households


def digest(p: Parameters, sample: int, seed: int, part: int = 0) -> str:
    """Return the digest of register tables, parameters, code, seed and sample on which the population depends."""
    h = hashlib.sha256(f"{sample}.{part}/{seed}/{np.__version__.split('.')[0]}".encode())
    for name in TABLES:
        h.update(name.encode() + p.table_paths[name].read_bytes())
    for key in (*VALUES, *(k for k in sorted(p.passports) if k.startswith("population."))):
        h.update(f"{key}={p.value(key, YEAR)!r};".encode())
    here = Path(__file__).parent
    for name in _CODE:
        path = here / name
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            h.update(file.name.encode() + file.read_bytes())
    return h.hexdigest()[:24]


def _folder(p: Parameters, sample: int, seed: int, part: int = 0) -> Path:
    return cache.root() / "population" / digest(p, sample, seed, part)


def _files() -> list[tuple[str, Column]]:
    """Return (file name, column) of every column that is kept."""
    named = {c.name: c for c in PEOPLE}, {c.name: c for c in HOUSEHOLDS}
    return [(f"people.{n}", named[0][n]) for n in _PEOPLE] + [(f"households.{n}", named[1][n]) for n in _HOUSEHOLDS]


def _read(folder: Path) -> tuple[Table, Table] | None:
    """Return the tables of a folder, columns not kept at their defaults, or None if there is no such folder."""
    if not folder.exists():
        return None
    files = _files()

    def load(name: str) -> NDArray[Any]:
        return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="c"))

    try:
        with ThreadPoolExecutor(2) as pool:
            arrays = dict(zip([n for n, _ in files], pool.map(load, [n for n, _ in files]), strict=True))
        os.utime(folder)
    except FileNotFoundError:
        return None
    return _table(people_table(), "people", arrays), _table(household_table(), "households", arrays)


def _table(empty: Table, kind: str, arrays: dict[str, NDArray[Any]]) -> Table:
    """Return the table whose columns are `arrays`, or new rows where there is none."""
    rows = next(a.size for n, a in arrays.items() if n.startswith(kind + "."))
    for c in empty.columns:
        known = arrays.get(f"{kind}.{c.name}")
        empty.data[c.name] = filled(c, rows) if known is None else known
    return empty


def _write(folder: Path, people: Table, households: Table) -> None:
    """Write the kept columns to a temporary folder and rename it; whoever was first wins."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    parts = folder.parent / f".{folder.name}.{os.getpid()}"
    shutil.rmtree(parts, ignore_errors=True)
    parts.mkdir()
    for name, column in _files():
        table = people if name.startswith("people.") else households
        np.save(parts / f"{name}.npy", table.data[column.name])
    try:
        parts.rename(folder)
    except OSError:
        shutil.rmtree(parts, ignore_errors=True)
    _tidy(folder.parent)


def _tidy(root: Path) -> None:
    """Remove the folders used longest ago beyond the room; temporary ones of an hour ago were left by a broken run."""
    room = _ROOM
    for folder in sorted((f for f in root.iterdir() if f.is_dir()), key=lambda f: -f.stat().st_mtime):
        room -= sum(p.stat().st_size for p in folder.iterdir())
        stale = room < 0 or folder.name.startswith(".")
        if stale and time.time() - folder.stat().st_mtime > _RECENT:
            shutil.rmtree(folder, ignore_errors=True)
