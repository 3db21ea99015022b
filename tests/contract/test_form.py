"""Is every mechanism written in the one grammar? Rules of form that no tool of the shelf knows.

Lists named STILL_… hold what is not there yet; a file that no longer needs its line fails until the line is gone.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import fields
from functools import cache
from pathlib import Path

import pytest

from sim.core.step import Step, step
from sim.engine.loop import run_step
from sim.engine.year import YEAR
from sim.institutions.world import World
from sim.population.columns import HOUSEHOLDS, PEOPLE
from sim.population.households import Tables
from sim.population.table import Table
from tests.small import small_world

ROOT = Path(__file__).parents[2]
FILES = sorted(p.relative_to(ROOT) for p in (ROOT / "sim").rglob("*.py"))
OWNERS = {f"{table}.{c.name}": c.owner for table, cs in (("people", PEOPLE), ("households", HOUSEHOLDS)) for c in cs}

STILL_COMPILED_BY_HAND: set[str] = set()
"""files of mechanisms and of the population with njit, prange or a thread pool of their own"""
STILL_MIXED = {
    "sim/mechanisms/payment/arrears.py",
    "sim/core/rng.py",
    "sim/core/units.py",
}
"""files with kernels that import more than a kernel needs"""
STILL_WITHOUT_TYPES = {
    "sim/studies/validation/totals.py",
}
"""files with functions that are neither kernels nor annotated"""
STILL_BY_STRING: set[str] = set()
"""files that reach a ledger by a string, not by its class"""

KEEPS_LEDGERS = {"sim/institutions/world.py", "sim/studies/fits/enrolment.py"}
"""files that handle the ledgers as a whole: the World, and a fit that copies one"""

_KERNEL = re.compile(r"(kernel\.)?(kernel|inner|inline)$|(nb\.|numba\.|_)?njit\b")
_NEEDED = re.compile(r"(__future__|numpy|numba|math|typing|sim\.core|sim\.population\.(codes|kernels))(\.|$)")
_MANY = 3
_BY_HAND = re.compile(r"\b(njit|prange|ThreadPoolExecutor)\b")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[Function]:
    return (n for n in ast.walk(tree(path)) if isinstance(n, Function))


def is_kernel(f: Function) -> bool:
    return any(_KERNEL.match(ast.unparse(d)) for d in f.decorator_list)


def imported(path: Path) -> Iterator[str]:
    """Yield the modules a file imports."""
    for n in ast.walk(tree(path)):
        if isinstance(n, ast.Import):
            yield from (a.name for a in n.names)
        elif isinstance(n, ast.ImportFrom):
            yield from ([str(n.module)] if n.module != "sim" else [f"sim.{a.name}" for a in n.names])


def more_than_needed(path: Path) -> bool:
    """Return whether a file with kernels imports anything but what kernels need and its own mechanism."""
    if not any(map(is_kernel, functions(path))):
        return False
    own = ".".join(path.parts[:3]) if path.parts[1] == "mechanisms" else ".".join(path.parts[:2])
    return any(not _NEEDED.match(m) and m != own and not m.startswith(f"{own}.") for m in imported(path))


def compiled_by_hand(path: Path) -> bool:
    text = (ROOT / path).read_text(encoding="utf-8")
    return path.parts[1] in ("mechanisms", "population") and _BY_HAND.search(text) is not None


def without_types(path: Path) -> bool:
    for f in functions(path):
        given = [*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs, f.args.vararg, f.args.kwarg]
        bare = [a for a in given if a is not None and a.annotation is None and a.arg not in ("self", "cls")]
        if not is_kernel(f) and (bare or f.returns is None):
            return True
    return False


def by_string(path: Path) -> bool:
    """Return whether a file reaches into the ledgers of a World other than by `w.ledger(Kind)`."""
    found = any(isinstance(n, ast.Attribute) and n.attr == "ledgers" for n in ast.walk(tree(path)))
    return found and path.as_posix() not in KEEPS_LEDGERS


def by_position(path: Path) -> Iterator[str]:
    """Yield the dataclasses of a file that could be made by position though three fields or more share a type."""
    for n in ast.walk(tree(path)):
        if isinstance(n, ast.ClassDef):
            marks = " ".join(map(ast.unparse, n.decorator_list))
            types = Counter(ast.unparse(b.annotation) for b in n.body if isinstance(b, ast.AnnAssign))
            if "dataclass" in marks and "kw_only=True" not in marks and max(types.values(), default=0) >= _MANY:
                yield n.name


def test_fields_that_share_a_type_are_given_by_name() -> None:
    """An institution's figures were given by position, 32 at a time; the rows of the table of facts are a table."""
    rooms = ("institutions", "mechanisms/rates", "mechanisms/finance")
    found = {c for p in FILES if p.as_posix().removeprefix("sim/").startswith(rooms) for c in by_position(p)}
    assert found == {"Fact"}


@pytest.mark.parametrize(
    ("broken", "still"),
    [
        (compiled_by_hand, STILL_COMPILED_BY_HAND),
        (more_than_needed, STILL_MIXED),
        (without_types, STILL_WITHOUT_TYPES),
        (by_string, STILL_BY_STRING),
    ],
)
def test_the_rule_holds_but_where_it_is_said_not_to(broken: Callable[[Path], bool], still: set[str]) -> None:
    found = {p.as_posix() for p in FILES if broken(p)}
    assert found == still


@pytest.mark.parametrize("step", YEAR, ids=lambda s: s.name)
def test_a_step_writes_its_own_columns_or_says_whose(step: Step) -> None:
    foreign = {column for column in step.writes if OWNERS[column] != step.mechanism}
    assert foreign == set(step.also_writes)


def held(value: object) -> set[type]:
    """Return the types of what an object holds in its attributes."""
    return {type(v) for v in vars(value).values()}


def test_the_world_of_a_step_has_no_tables_and_its_columns_are_those_it_takes() -> None:
    """Any step could reach every column of everybody as `w.people`, whatever it had declared."""
    seen: list[object] = []
    w = small_world(5)
    run_step(w, Step("test.look", ("people.born",), (), lambda c, world, year: seen.extend((c, world))), 2022)
    columns, world = seen
    assert type(world) is World
    assert Table not in held(world)
    assert not {f.name for f in fields(World)} & {"people", "households"}
    assert Table not in held(columns)
    assert set(vars(columns.people)) == {"born", "rows"}  # type: ignore[attr-defined]


def test_only_the_step_that_rebuilds_takes_the_tables() -> None:
    assert [s.name for s in YEAR if s.rebuilds] == ["demography.repack"]

    def take_all(w: World, year: int, tables: Tables) -> None:
        """Take what only re-packing may take."""

    with pytest.raises(TypeError, match=r"test\.take.*takes `tables`"):
        step("test.take", take_all)


@pytest.mark.parametrize("step", YEAR, ids=lambda s: s.name)
def test_a_step_takes_columns_that_exist_once(step: Step) -> None:
    taken = [*step.reads, *step.writes]
    assert set(taken) <= set(OWNERS)
    assert len(taken) == len(set(taken))
