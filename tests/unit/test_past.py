"""Years that runs have in common are lived once: the bits are those of runs that live all their years."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
import pytest

from sim.core.step import Step
from sim.engine import api, past
from sim.parameters import Parameters
from sim.parameters.loader import OverrideKey
from sim.parameters.schema import Value
from sim.scenario.file import known_names
from sim.scenario.scenario import load_scenario

SAMPLE = 5000
TURNED = "payment.burden_elasticity"
MIDDLE = 2025


@pytest.fixture(autouse=True)
def shares_years() -> Iterator[None]:
    past.forget()
    with past.apart(False):
        yield
    past.forget()


def plan(
    overrides: Mapping[OverrideKey, Value] | None = None, scenario: str = "baseline", **choice: object
) -> api.Plan:
    return api.plan(scenario, overrides=overrides, sample=SAMPLE, controls=False, **choice)  # type: ignore[arg-type]


def turned(year: int | None, times: float) -> api.Plan:
    return plan({(TURNED, year, None): float(Parameters.load().value(TURNED, 2024)) * times})


def lived(chosen: api.Plan, monkeypatch: pytest.MonkeyPatch) -> tuple[list[int], dict[str, pd.DataFrame]]:
    """Return the years a run lives itself, and its tables."""
    years: list[int] = []
    step = api.KokuhoModel.step
    with monkeypatch.context() as patch:
        patch.setattr(api.KokuhoModel, "step", lambda model: years.append(model.next_year) or step(model))
        return years, api.frames(chosen)


def alone(chosen: api.Plan) -> dict[str, pd.DataFrame]:
    with past.apart():
        return api.frames(chosen)


def same(one: Mapping[str, pd.DataFrame], other: Mapping[str, pd.DataFrame]) -> None:
    assert list(one) == list(other)
    for name, table in one.items():
        pd.testing.assert_frame_equal(table, other[name], check_exact=True)


def test_scenarios_begin_where_they_part_with_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = lived(plan(), monkeypatch)
    assert first == list(range(2022, 2030)), "there is nothing to begin from"
    begun = {}
    for name in ("collection_drive", "complete_unification", "cashless", "cost_shock"):
        chosen = plan(scenario=name)
        years, tables = lived(chosen, monkeypatch)
        begun[name] = years[0]
        same(tables, alone(chosen))
    assert begun["collection_drive"] == MIDDLE + 1, "the first run left its state in the middle"
    assert min(begun.values()) > MIDDLE, "none of them lives R4 to R7 again"
    assert max(begun.values()) > MIDDLE + 1, "later ones begin where the ones before were seen to part"


def test_every_scenario_has_the_past_it_would_have_lived() -> None:
    """Whatever a scenario moves, and however far ahead that is read: one after the other, each also alone."""
    of_here = Parameters.load().region.name
    plans = [plan(scenario=name) for name in known_names() if load_scenario(name).region in (None, of_here)]
    assert len(plans) > 30
    for chosen in plans:
        same(api.frames(chosen), alone(chosen))


def test_what_differs_from_the_first_year_on_shares_none(monkeypatch: pytest.MonkeyPatch) -> None:
    lived(plan(), monkeypatch)
    for year in (None, 2022):
        chosen = turned(year, 1.5)
        years, tables = lived(chosen, monkeypatch)
        assert years[0] == 2022
        same(tables, alone(chosen))


def test_a_number_that_was_read_ahead_parts_the_runs_where_it_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rates of a year are set in the year before: who sets a cap of R8 cannot begin at the end of R7."""
    key = "levy.cap_medical"
    lived(plan(), monkeypatch)
    ahead = [(k, y) for kept in past._all for left in kept.pasts for k, y in left.reads if y > left.year]
    assert (key, MIDDLE + 1) in ahead
    chosen = plan({(key, MIDDLE + 1, None): 700_000})
    years, tables = lived(chosen, monkeypatch)
    assert years[0] == 2022
    same(tables, alone(chosen))
    again = plan({(key, MIDDLE + 1, None): 710_000})
    years, tables = lived(again, monkeypatch)
    assert years[0] == MIDDLE, "the run before, which parted in R8, left its state at the end of R6 as well"
    same(tables, alone(again))


def test_runs_of_another_kind_share_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    lived(plan(), monkeypatch)
    step = Step(name="own", run=lambda c, w, year: None, reads=(), writes=())
    others = (plan(seed=7), plan(replicate=1), plan(levers={"levy.assess": step}), plan(outputs=_OUTPUT))
    assert [lived(other, monkeypatch)[0][0] for other in others] == [2022] * 4


_OUTPUT = {"tables": {"o": {"rows": "households", "measures": {"households": "count"}}}}


def test_a_run_on_disk_begins_there_too_and_says_so(tmp_path: Path) -> None:
    api.run(plan(), out=tmp_path, progress=False)
    chosen = plan(scenario="collection_drive")
    shared = api.run(chosen, out=tmp_path, progress=False)
    with past.apart():
        whole = api.run(chosen, out=tmp_path / "whole", progress=False)
    assert shared.digest == whole.digest
    assert list(shared.seconds) == list(range(MIDDLE + 1, 2030))
    assert "R4 to R7 as an earlier run of this process lived them" in (shared.path / "log.txt").read_text()


def test_a_state_that_is_left_is_not_written_to_by_those_that_begin_there() -> None:
    api.frames(plan())
    for _ in range(2):
        tables = api.frames(plan(scenario="collection_drive"))
    same(tables, alone(plan(scenario="collection_drive")))


def test_room_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    api.frames(plan())
    api.frames(plan(seed=7))
    assert [len(kept.pasts) for kept in past._all] == [1, 1]
    monkeypatch.setattr(past, "ROOM", 1.5 * past._bytes(past._all[0].pasts[0].state))
    api.frames(plan(seed=8))
    assert [len(kept.pasts) for kept in past._all] == [0, 0, 1], "the ones used last stay"
    monkeypatch.setattr(past, "_LARGEST", 1.0)
    api.frames(plan(seed=9))
    assert not past._all[-1].pasts, "everybody is not copied"


def test_a_run_that_fails_leaves_reading_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    from sim.parameters import memo

    monkeypatch.setattr(api.KokuhoModel, "step", lambda model: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        api.frames(plan())
    assert memo._reading.get() is None


def test_registers_part_in_the_first_year_they_differ() -> None:
    p = Parameters.load("teaching")
    a = p.with_overrides({(TURNED, 2026, None): 0.5, (TURNED, 2028, None): 0.7})
    assert a.parts_from(a) is None
    assert a.parts_from(p) == 2026
    assert a.parts_from(p.with_overrides({(TURNED, 2026, None): 0.5})) == 2028
    assert a.parts_from(p.with_overrides({(TURNED, None, None): 0.5})) == 0


def test_what_is_said_of_another_year_is_not_said_of_this() -> None:
    p = Parameters.load("teaching")
    later = p.with_overrides({(TURNED, 2028, None): 0.7})
    assert later.overrides_of({(TURNED, 2026)}) == p.overrides_of({(TURNED, 2026)}) == {}
    assert later.overrides_of({(TURNED, 2028)}) != {}
    place = p.codes()[0]
    assert p.with_overrides({(TURNED, 2026, place): 0.5}).overrides_of({(TURNED, 2026)}) != {}
