"""The figures of `make shape` and `make bench` count what they say."""

from __future__ import annotations

from pathlib import Path

from ruamel.yaml import YAML

from benchmarks.__main__ import STEPS, yearly
from benchmarks.shape import complexities
from sim.engine.year import YEAR

SOURCE = """
def plain(x):
    def inner(y):
        return y if y else 0
    return inner(x)

class Holder:
    def method(self, x):
        return 1 if x and x > 1 else 0
"""


def test_every_function_is_counted_once(tmp_path: Path) -> None:
    """radon returns the methods of a class twice, alone and with the class."""
    (tmp_path / "module.py").write_text(SOURCE, encoding="utf-8")
    assert sorted(complexities(tmp_path)) == [1, 2, 3]  # plain, inner, method


def test_budgets_are_of_steps_of_the_year() -> None:
    named = {step.name for own, _ in STEPS.values() for step in own}
    assert named <= {step.name for step in YEAR}
    left = {step.name.partition(".")[0] for step in YEAR if step.name not in named}
    assert left == {"rates", "finance", "payment"}  # the institutions, and the run-in of a first year


def test_seconds_of_a_mechanism_are_those_of_its_steps(tmp_path: Path) -> None:
    seconds = {step.name: 2.0**i for i, step in enumerate(YEAR)}
    manifest = {"seconds": {"steps": {"R4": seconds, "R5": seconds}}}
    with (tmp_path / "manifest.yaml").open("w", encoding="utf-8") as stream:
        YAML().dump(manifest, stream)
    found = yearly(tmp_path)
    assert {name: found[name] for name in STEPS} == {
        name: sum(seconds[step.name] for step in own) for name, (own, _) in STEPS.items()
    }
