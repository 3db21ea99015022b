"""The built population on disk: one folder per digest of everything it depends on.

A folder appears when it is complete, and is read only if every file is what was written (`sim.core.keep`), so a
population that was cut or changed is built again. Of two processes that want the same one, one builds and the other
waits. The ones not used for longest are removed beyond the room.
"""

from __future__ import annotations

import copy
import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.core import cache, keep
from sim.core.kernel import at_once
from sim.parameters import Parameters
from sim.population import synthesis
from sim.population.columns import HOUSEHOLDS, PEOPLE, Column
from sim.population.room import fresh, read
from sim.population.synthesis.state import YEAR
from sim.population.table import Table, household_table, people_table

TABLES = (
    "places.municipalities",
    "places.rate_groups",
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
READ_UNTIL = {"places.register_totals": 2024}
"""last year whose rows the build reads, where that is not its own: members are carried back over the registers of
1 January 2024 and 2025. Information dates that know all rows up to it share one population."""
VALUES = (
    "income.basic_deduction",
    "income.pension_age",
    "demography.adult_age",
    "levy.late_elderly_age",
    "levy.job_loss_age",
    "levy.former_dependant_age",
    "levy.former_dependant_months",
    "coverage.early_elderly_age",
    "coverage.voluntary_months",
    "coverage.pay_line",
    "enrolment.working_age",
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
_CODE = ("synthesis", "codes.py", "columns.py", "kernels.py", "table.py", "../core/rng.py")
_ROOM = 12e9
"""bytes of populations kept; the ones used last stay"""
_TOGETHER, _SHARE = 4, 25
"""parts written together where the full population is not kept: four at most, and no more than one person in 25"""


def stored(p: Parameters, sample: int, seed: int, part: int = 0) -> tuple[Table, Table]:
    """Return (people, households) on 1 April 2022, from disk if this population was built before.

    Samples of the same size and different `part` (0 to sample - 1) share no household. All are taken from the full
    population, which is built for any of them. It is kept where asked for, and where no parameter of it is set: the
    next sample, or another part, is then read from disk. A study that sets such parameters in small samples would
    fill the disk with a full population a value; there only the parts it is likely to ask for next are kept.

    Columns are read from disk whole. Maps of the files would be read, written and given up page by page: that took the
    system two seconds more in the first year of everybody, and nothing of them was left after re-packing.
    """
    home = _folder(p, sample, seed, part)
    if (found := _read(home)) is not None:
        return found
    full = _folder(p, 1, seed)
    with keep.locked("population", full.name):
        if (found := _read(home)) is not None:  # built by another process, meanwhile
            return found
        whole = _read(full)
        if whole is None:
            whole = synthesis.population(p, seed)
            if sample == 1 or full == _folder(p.register(), 1, seed):
                _write(full, *whole)
                wanted = [part]
            else:
                wanted = [(part + k) % sample for k in range(max(1, min(_TOGETHER, sample // _SHARE)))]
        else:
            wanted = [part]
        if sample == 1:
            return whole
        for other in reversed(wanted):
            thinned = _same_columns(whole[0]), _same_columns(whole[1])
            synthesis.thin(*thinned, sample, seed, other)
            _write(_folder(p, sample, seed, other), *thinned)
        return thinned


def digest(p: Parameters, sample: int, seed: int, part: int = 0) -> str:
    """Return the digest of register tables, parameters, code, seed and sample on which the population depends."""
    h = hashlib.sha256(f"2/{sample}.{part}/{seed}/{np.__version__.split('.')[0]}".encode())
    for name in (t for t in TABLES if t in p.table_passports):
        h.update(name.encode() + p.content(name, READ_UNTIL.get(name, YEAR)))
    for key in (*VALUES, *(k for k in sorted(p.passports) if k.startswith("population."))):
        h.update(f"{key}={p.value(key, YEAR)!r};".encode())
    here = Path(__file__).parent
    for name in _CODE:
        path = here / name
        for file in sorted(path.glob("*.py")) if path.is_dir() else [path]:
            h.update(file.name.encode() + file.read_bytes())
    return h.hexdigest()[:24]


def _same_columns(table: Table) -> Table:
    """Return a table of the same arrays; one of them replaced there stays here."""
    other = copy.copy(table)
    other.data = dict(table.data)
    return other


def _folder(p: Parameters, sample: int, seed: int, part: int = 0) -> Path:
    return cache.root() / "population" / digest(p, sample, seed, part)


def _files() -> list[tuple[str, Column]]:
    """Return (file name, column) of every column that is kept."""
    named = {c.name: c for c in PEOPLE}, {c.name: c for c in HOUSEHOLDS}
    return [(f"people.{n}", named[0][n]) for n in _PEOPLE] + [(f"households.{n}", named[1][n]) for n in _HOUSEHOLDS]


def _read(folder: Path) -> tuple[Table, Table] | None:
    """Return the tables of a folder, columns not kept at their defaults, or None if it is missing or damaged."""
    if not keep.intact(folder):
        return None
    files = _files()

    def load(name: str) -> NDArray[np.number]:
        return read(folder / f"{name}.npy")

    try:
        names = [name for name, _ in files]
        arrays = dict(zip(names, at_once(load, names, most=2), strict=True))
    except FileNotFoundError:  # another process has just removed it, to make room
        return None
    keep.used(folder)
    return _table(people_table(), "people", arrays), _table(household_table(), "households", arrays)


def _table(empty: Table, kind: str, arrays: dict[str, NDArray[np.number]]) -> Table:
    """Return the table whose columns are `arrays`, or new rows where there is none."""
    rows = next(a.size for n, a in arrays.items() if n.startswith(kind + "."))
    for c in empty.columns:
        known = arrays.get(f"{kind}.{c.name}")
        empty.data[c.name] = fresh(rows, c.width, c.dtype, c.default) if known is None else known
    return empty


def _write(folder: Path, people: Table, households: Table) -> None:
    """Keep the columns that are not at their defaults, and remove what was not used for longest."""

    def fill(fresh: Path) -> None:
        for name, column in _files():
            table = people if name.startswith("people.") else households
            np.save(fresh / f"{name}.npy", table.data[column.name])

    if keep.folder(folder, fill):
        keep.tidy(folder.parent, _ROOM)
