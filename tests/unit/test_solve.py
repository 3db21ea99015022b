"""The solver: steps of a count, a goal out of reach, a sample that differs from the full population, its scenario."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from sim.core.errors import InputError, ScenarioError
from sim.parameters import Parameters
from sim.parameters.loader import OverrideKey
from sim.parameters.schema import Value
from sim.scenario.scenario import parse_scenario
from sim.studies import solve as solver
from sim.studies.execution import Outcome, Task
from sim.studies.sensitivity import Factor
from sim.studies.solve import FIGURES, Goal, Spec, read_spec, solve
from sim.studies.solve.spec import Reader

SPEED, TOLERANCE = "municipal.plan_speed", "municipal.tolerance"
GOAL = Goal("discretionary_municipalities", 2027, "at_most", 18, (Factor(SPEED, 1.0, 9.0, since=2026),))
SPEC = Spec(name="found", goals=(GOAL,), sample=100, steps=5)
SHIPPED = Path("scenarios/studies/deficits_on_schedule.yaml")

Model = Callable[[Task, int], float]


def lives(monkeypatch: pytest.MonkeyPatch, count: Model) -> list[Task]:
    """Let a function of the task and the year stand for the count of municipalities; return the tasks asked for."""
    asked: list[Task] = []

    def execute(tasks: Sequence[Task], *_: object, **__: object) -> list[Outcome]:
        asked.extend(tasks)
        return [Outcome(task, _tables(task, count)) for task in tasks]

    monkeypatch.setattr(solver, "execute", execute)
    return asked


def _tables(task: Task, count: Model) -> dict[str, pd.DataFrame]:
    years = [2026, 2027, 2028]
    year = pd.DataFrame({"year": years}).assign(**dict.fromkeys(FIGURES, 1.0))
    year["discretionary_municipalities"] = [count(task, y) for y in years]
    places = pd.DataFrame({"year": years, "code": 13210, "member_months": 12, "discretionary_transfer": 5})
    rates = pd.DataFrame({"year": years, "code": 13210, "kind": "actual", "income_part": 100_000, "per_head": 40_000})
    return {"metropolis_year": year, "municipality_year": places, "rates": rates}


def speed(task: Task, year: int) -> float:
    return float(task.overrides.get((SPEED, year, None), 1.0))  # type: ignore[arg-type]


def falling(task: Task, year: int) -> float:
    """Forty municipalities at speed 1, two and a half fewer with each step of it, in whole numbers."""
    return float(int(40 - 2.5 * (speed(task, year) - 1) * 1.5))


def test_the_least_that_reaches_a_count_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """18 needs int(40 - 3.75 (s - 1)) <= 18, that is s > 6.6; a step of 1/32 of the range is 0.25."""
    asked = lives(monkeypatch, falling)
    found = solve(SPEC)
    assert found.positions == (0.71875,)
    assert found.values == {(SPEED, year, None): 6.75 for year in range(2026, 2030)}
    row = found.goals().iloc[0]
    assert (row["base"], row["found"], row["reached"]) == (40, 18, True)
    assert len(asked) == 2 + 5 + 2
    assert found.tried["reached"].sum() >= 2


def test_levers_that_are_not_needed_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    lives(monkeypatch, lambda task, year: 10.0)
    assert solve(SPEC).positions == (0.0,)


def test_what_cannot_be_reached_is_refused_with_how_far_it_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    lives(monkeypatch, falling)
    goal = replace(GOAL, target=5)
    with pytest.raises(
        InputError, match=r"at most 5 in R9\. Over .* from 40 to 10 \(municipal.plan_speed 1 to 9 from R8"
    ):
        solve(replace(SPEC, goals=(goal,)))


def test_a_goal_at_least(monkeypatch: pytest.MonkeyPatch) -> None:
    lives(monkeypatch, lambda task, year: 30 + 10 * (speed(task, year) - 1))
    found = solve(replace(SPEC, goals=(replace(GOAL, sense="at_least", target=70),)))
    assert found.positions == (0.5,)


def test_the_search_aims_further_where_the_full_population_misses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six more make a transfer among all residents than in the sample: the sample must come to twelve."""
    asked = lives(monkeypatch, lambda task, year: falling(task, year) + (6 if task.sample == 1 else 0))
    missed = solve(replace(SPEC, check=1, rounds=0))
    assert missed.looked == (24.0,)
    assert not missed.goals()["reached"].any()
    asked.clear()
    found = solve(replace(SPEC, check=1, rounds=1))
    assert found.looked == (18.0,)
    assert found.goals()["reached"].all()
    assert sum(task.sample == 1 for task in asked) == 2


def test_goals_are_solved_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second goal's levers begin later and what the first found stays in its years."""
    later = Goal("discretionary_municipalities", 2028, "at_most", 11, (Factor(SPEED, 1.0, 9.0, since=2028),))
    lives(monkeypatch, falling)
    found = solve(replace(SPEC, goals=(GOAL, later)))
    assert found.values[SPEED, 2027, None] == 6.75
    assert float(found.values[SPEED, 2028, None]) > 8.4  # type: ignore[arg-type]
    assert found.goals()["reached"].all()


def test_replicates_are_averaged(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = lives(monkeypatch, lambda task, year: falling(task, year) + (2 if task.replicate else -2))
    found = solve(replace(SPEC, replicates=2))
    assert found.positions == (0.71875,)
    assert {task.replicate for task in asked} == {0, 1}


def test_the_scenario_found_says_what_was_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lives(monkeypatch, falling)
    spec = replace(SPEC, texts={"description": {"ja": "見つけた。", "en": "Found."}}, source="assumption", check=1)
    found = solve(spec)
    folder = found.write(tmp_path)
    text = (folder / "found.yaml").read_text(encoding="utf-8")
    assert "# discretionary_municipalities at most 18 in R9: 18 (base 40, 18 full population)" in text
    p = Parameters.load()
    read = parse_scenario(text, folder / "found.yaml", p)
    wanted = {key: value for key, value in read.overrides(p).items() if key[1] in range(2026, 2030)}
    assert wanted == found.values
    assert {path.name for path in folder.iterdir()} >= {"goals.csv", "levers.csv", "takes.csv", "tried.csv"}
    takes = found.takes().set_index(["year", "measure"])
    assert takes.loc[(2027, "discretionary_municipalities"), "difference"] == -22
    assert takes.loc[(2027, "income_rate"), "found"] == pytest.approx(0.1)


def test_levers_of_single_places(monkeypatch: pytest.MonkeyPatch) -> None:
    goal = Goal(
        "discretionary_transfer", 2027, "at_most", 5, (Factor(TOLERANCE, 0.06, 0.5, since=2026),), 13210, (13210, 13211)
    )
    lives(monkeypatch, falling)
    found = solve(replace(SPEC, goals=(goal,)))
    keys: set[OverrideKey] = {(TOLERANCE, year, code) for year in range(2026, 2030) for code in (13210, 13211)}
    values: dict[OverrideKey, Value] = found.values
    assert set(values) == keys
    assert "municipal.tolerance: {13210: {R8: 0.06}, 13211: {R8: 0.06}}" in found.scenario()


def test_shipped_search_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = read_spec(SHIPPED)
    assert [(goal.year, goal.target) for goal in spec.goals] == [(2026, 35), (2029, 18)]
    assert issubclass(solver.spec._SolveReader, Reader)


def test_every_mistake_of_a_search_is_named(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(
        "name: wrong\ngoals:\n"
        "- {measure: discretionary_municipality, year: R8, at_most: 35, levers: {municipal.plan_speed: [1, 3]}}\n"
        "- {measure: collection_rate, year: R8, at_most: many, levers: {municipal.plan_sped: [1, 3]}}\n"
        "- {measure: collection_rate, year: R8, levers: {municipal.plan_speed: {values: [1, 3], from: R9}}}\n"
        "- {measure: collection_rate, year: R8, at_least: 0.9, levers: {municipal.plan_speed: "
        "{values: [1, 3], from: R9}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(ScenarioError) as told:
        read_spec(file)
    text = str(told.value)
    assert "metropolis_year has no column 'discretionary_municipality'; did you mean" in text
    assert "a number is needed here, in the unit of the measure" in text
    assert "no parameter 'municipal.plan_sped'" in text
    assert "write one of at_most and at_least" in text
    assert "municipal.plan_speed: from R9 cannot reach a goal of R8" in text
