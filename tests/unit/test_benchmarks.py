"""The figures of `make shape` and `make bench` count what they say."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from benchmarks import growth, page, peers
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


@pytest.mark.parametrize("name", ["numpy", "kokuho", "mesa"])
def test_people_of_a_year_are_those_of_the_year_before_and_its_births_less_deaths(name: str) -> None:
    lived = peers.kokuho_years(1, 3, region="teaching") if name == "kokuho" else peers.PROGRAMS[name].years(20_000, 3)
    for years in lived.values():
        assert len(years) == 3
        for before, after in itertools.pairwise(years):
            assert before.people + before.births - before.deaths + before.came == after.people
        assert all(y.births > 0 and y.deaths > 0 and y.wall > 0 for y in years)


@pytest.mark.parametrize(("name", "people"), [("numpy", 200_000), ("mesa", 50_000)])
def test_births_and_deaths_come_at_the_crude_rates(name: str, people: int) -> None:
    (years,) = peers.PROGRAMS[name].years(people, 4).values()
    lived = sum(y.people for y in years)
    for found, rate in ((sum(y.births for y in years), peers.BIRTHS), (sum(y.deaths for y in years), peers.DEATHS)):
        assert abs(found - lived * rate) < 4 * (lived * rate) ** 0.5


def test_the_whole_year_holds_demography() -> None:
    lived = peers.kokuho_years(1, 2, region="teaching")
    for part, whole in zip(lived[peers.OURS], lived[peers.WHOLE], strict=True):
        assert 0 < part.wall < whole.wall
        assert (part.people, part.births) == (whole.people, whole.births)


def test_a_program_that_is_not_installed_is_left_out_and_told() -> None:
    absent = replace(peers.PROGRAMS["starsim"], module="no_such_program")
    assert peers.missing(absent) == "pip install -c constraints.txt -e '.[peers]'"
    assert peers.missing(peers.PROGRAMS["numpy"]) == ""
    years = [peers.Year(people=1000, births=6, deaths=10, wall=1e-3, cpu=1e-3)] * 2
    told = peers.shown([peers.row("numpy", "numpy", {1: [years]})], {"starsim": peers.missing(absent)})
    assert "left out, not installed: starsim (`pip install" in told


def test_figures_are_nanoseconds_a_person_and_the_first_year_is_told_apart() -> None:
    slow, quick = (peers.Year(people=1000, births=6, deaths=10, wall=s, cpu=s / 2) for s in (1.0, 1e-3))
    row = peers.row("numpy", "numpy", {1: [[slow, quick, quick], [slow, quick, quick]]})
    assert (row["wall_ns"], row["cpu_ns"]) == ({1: pytest.approx(1000)}, {1: pytest.approx(500)})
    assert row["first_year_ns"] == {1: pytest.approx(1e6)}
    assert (row["births_per_1000"], row["deaths_per_1000"]) == (pytest.approx(6), pytest.approx(10))


def test_goals_are_ratios_told_whether_met_or_not() -> None:
    def row(what: str, ns: float) -> dict[str, object]:
        return {"program": what, "wall_ns": {1: 9e9, 2: 9e9}, "least_cpu_ns": {1: ns}, "least_wall_ns": {2: ns}}

    first, second, *others = peers.goals([row(peers.OURS, 50.0), row(peers.WHOLE, 90.0), row("starsim", 40.0)])
    assert first == "- kokuho: demography, processor time on 1 thread: 1.25 times starsim; goal at most 1: missed"
    assert second.endswith("clock on 2 threads: 1.25 times starsim; goal at most 1: missed")
    assert "2.25 times starsim; goal at most 2.5: met" in "".join(others)


def test_growth_runs_the_command_and_draws(tmp_path: Path) -> None:
    arguments = ["--samples", "20", "--threads", "1", "--rounds", "1", "--region", "teaching"]
    target = tmp_path / "docs" / "peers.md"
    assert growth.main([*arguments, "--page", str(target), "--out", str(tmp_path / "growth.json")]) == 0
    assert "| 1/20 |" in target.read_text(encoding="utf-8")
    assert (target.parent / growth.FIGURE).stat().st_size > 1000


def test_a_section_of_a_page_is_replaced_and_the_rest_stays(tmp_path: Path) -> None:
    target = tmp_path / "page.md"
    target.write_text("before\n<!-- a: begin -->\nold\n<!-- a: end -->\nafter\n", encoding="utf-8")
    for _ in range(2):
        page.write_section(target, "a", "new\n")
    assert target.read_text(encoding="utf-8") == "before\n<!-- a: begin -->\n\nnew\n\n<!-- a: end -->\nafter\n"


def test_a_ratio_of_speeds_is_met_from_its_budget_on() -> None:
    from benchmarks.__main__ import met

    assert met(1.9, 1.8, "times")
    assert not met(1.72, 1.8, "times")
    assert met(1.72, 1.8, "s")
    assert not met(1.9, 1.8, "s")
