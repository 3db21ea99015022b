"""Limits of form that no linter knows: lines, radon's complexity, `Any`. The others stand in pyproject.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import shape

ROOT = Path(__file__).parents[2] / "sim"
LINES, COMPLEXITY, KERNEL, ANY = 60, 15, 10, 30
"""of a function; parameters of a kernel; words `Any` in the package (a library, the value of a parameter)"""


@pytest.fixture(scope="module")
def functions() -> list[tuple[Path, shape.Function]]:
    return list(shape.functions(ROOT))


def test_a_function_fits_on_a_page(functions: list[tuple[Path, shape.Function]]) -> None:
    long = [f"{path.name}:{f.name}" for path, f in functions if shape.lines(f) > LINES]
    assert len(functions) > 2_000
    assert not long


def test_a_kernel_takes_ten_things_at_most(functions: list[tuple[Path, shape.Function]]) -> None:
    inside = [(path, f) for path, f in functions if not path.is_relative_to(ROOT / "api")]
    wide = [f"{path.name}:{f.name}" for path, f in inside if shape.parameters(f) > KERNEL]
    assert not wide


def test_what_a_public_function_takes_beside_its_subject_is_given_by_name(
    functions: list[tuple[Path, shape.Function]],
) -> None:
    """An option of the public face has a name and a default, so it may have many."""
    public = [f for path, f in functions if path.is_relative_to(ROOT / "api") and shape.parameters(f) > KERNEL]
    assert public
    assert all(len(f.args.args) == 1 for f in public)
    assert all(default is not None for f in public for default in f.args.kw_defaults)


def test_decisions_within_a_function_are_few() -> None:
    assert max(shape.complexities(ROOT)) <= COMPLEXITY


def test_types_are_said() -> None:
    """A name typed `Any` is checked by nobody."""
    assert shape.count(ROOT)["Any"] <= ANY
