"""Presses of Run wait their turn, tabs keep to themselves, and a killed worker ends one run, not all later ones."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sim.core.errors import BalanceError, InputError
from sim.core.language import EN, JA
from sim.core.spoken import spoken
from sim.scenario.scenario import parse_scenario
from sim.ui import work
from sim.ui.catalogue import BASE, Catalogue, Entry, Shelf
from sim.ui.desk import Desk, Desks, NameTakenError, UnderWayError
from sim.ui.troubles import DEFECT, KILLED, MEMORY, MISTAKE, OUTSIDE
from sim.ui.work import DONE, FAILED, RUNNING, STOPPED, WAITING, StopWishedError, Workshop
from tests.ui import pretend
from tests.ui.conftest import wait

NAMES = (BASE, "collection_drive", "cashless", "killer")


class Few(Shelf):
    """A catalogue of scenarios that need no file."""

    def catalogue(self) -> Catalogue:
        made = {name: parse_scenario(f"name: {name}\n", Path(f"{name}.yaml")) for name in NAMES}
        return Catalogue({name: Entry(scenario, f"name: {name}\n") for name, scenario in made.items()})


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    shop = Workshop(tmp_path_factory.mktemp("results"), processes=1)
    yield shop
    shop.close()


@pytest.fixture
def workshop(shared: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workshop]:
    """A workshop with nothing to do, whose worker only pretends to run; it starts once for all tests."""
    monkeypatch.setattr(work, "_live", pretend.live)
    shared.results = tmp_path
    yield shared
    for job in [*shared._queue, *(job for job, _ in shared._working.values())]:
        job.wanted = 1
        shared.drop(job)
    until(shared, lambda: not shared.busy, "the worker is free")


def desk_of(workshop: Workshop, *chosen: str) -> Desk:
    return Desk(workshop, Few(), chosen=[BASE, *chosen])


def go(workshop: Workshop, *names: str) -> None:
    for name in names:
        (workshop.results / f"go-{name}").touch()


def until(workshop: Workshop, ready: Callable[[], object], what: str) -> None:
    def looked() -> object:
        workshop.look()
        return ready()

    wait(looked, 60, what)


def test_a_second_press_of_run_waits_its_turn_and_both_finish(workshop: Workshop) -> None:
    """The second press threw the first away: its runs went on unseen and their results were never shown."""
    desk = desk_of(workshop, "collection_drive")
    first = desk.begin()
    desk.chosen = [BASE, "cashless"]
    second = desk.begin()
    assert [job.state for job in first.jobs] == [RUNNING, WAITING]
    assert second.jobs[0] is first.jobs[0], "the baseline of both presses is one run"
    assert second.jobs[1].state == WAITING
    assert workshop.ahead(second.jobs[1]) == 2
    assert desk.rounds == [first, second]
    go(workshop, BASE, "collection_drive", "cashless")
    until(workshop, lambda: not desk.busy, "both presses finish")
    assert [len(r.done()) for r in desk.rounds] == [2, 2]
    assert set(desk.runs()) == {BASE, "cashless"}
    desk.picked = first.number
    assert set(desk.runs()) == {BASE, "collection_drive"}, "the first press can be looked at again"


def test_a_press_taken_back_leaves_the_run_it_shares_with_an_earlier_one(workshop: Workshop) -> None:
    desk = desk_of(workshop, "collection_drive")
    first = desk.begin()
    desk.chosen = [BASE, "cashless"]
    second = desk.begin()
    desk.stop(second)
    assert (first.busy, second.busy) == (True, False)
    assert [job.state for job in second.jobs] == [RUNNING, STOPPED]
    desk.stop(second)
    go(workshop, BASE, "collection_drive")
    until(workshop, lambda: not desk.busy, "the first press finishes")
    assert len(first.done()) == 2
    assert desk.shown() is first


def test_a_press_taken_back_just_as_it_ends_is_not_shown(workshop: Workshop) -> None:
    """The button stood there for a moment after the last run had ended; who pressed it then was shown that press."""
    desk = desk_of(workshop, "collection_drive", "cashless")
    first = desk.begin()
    desk.chosen = [BASE, "collection_drive"]
    second = desk.begin()
    go(workshop, BASE, "collection_drive")
    until(workshop, lambda: not second.busy, "the runs of the second press end with those of the first")
    desk.stop(second)
    assert first.busy
    go(workshop, "cashless")
    until(workshop, lambda: not desk.busy, "the first press finishes")
    assert desk.shown() is first
    desk.picked = second.number
    assert desk.shown() is second, "it can still be looked at"


def test_the_same_press_again_is_told_to_be_under_way(workshop: Workshop) -> None:
    desk = desk_of(workshop)
    desk.begin()
    with pytest.raises(UnderWayError):
        desk.begin()
    desk.stop()
    until(workshop, lambda: not desk.busy, "it stops")
    assert desk.begin().busy, "after a stop it may be pressed again"


def test_a_stop_in_one_tab_leaves_the_runs_of_another_alone(workshop: Workshop) -> None:
    """Stop ended the runs of everybody, whoever had started them."""
    mine, yours = desk_of(workshop, "cashless"), desk_of(workshop)
    a, b = mine.begin(), yours.begin()
    assert a.jobs[0] is b.jobs[0]
    mine.stop()
    assert a.jobs[1].state == STOPPED
    go(workshop, BASE)
    until(workshop, lambda: not yours.busy, "the other's run ends")
    assert b.jobs[0].state == DONE


def test_a_killed_worker_fails_its_run_only_and_the_next_press_works(workshop: Workshop) -> None:
    """Every later run failed with BrokenProcessPool until the server was started again, and the page said nothing."""
    desk = desk_of(workshop, "killer", "cashless")
    go(workshop, BASE, "killer", "cashless")
    hit = desk.begin()
    until(workshop, lambda: not desk.busy, "all end")
    assert {job.name: job.state for job in hit.jobs} == {BASE: DONE, "killer": FAILED, "cashless": DONE}
    assert [job.trouble.kind for job in hit.jobs if job.trouble] == [KILLED]
    assert "メモリ" in hit.jobs[1].trouble.in_words("ja", None)  # type: ignore[union-attr]
    desk.chosen, desk.sample = [BASE], 20
    again = desk.begin()
    until(workshop, lambda: not desk.busy, "the next press ends")
    assert again.jobs[0].state == DONE


def test_tabs_do_not_see_each_other_and_are_released(workshop: Workshop) -> None:
    """One desk served all sessions: choices, own scenario and results of one were on the page of the other."""
    desks = Desks(workshop)
    mine, yours = desks.enter("mine"), desks.enter("yours")
    mine.chosen, mine.own.positions["payment.sms_reminders"] = [BASE, "cashless"], 80
    assert yours.chosen == [BASE]
    assert yours.own.positions["payment.sms_reminders"] == 0
    assert desks.enter("mine") is mine, "a reload finds its desk"
    desks.leave("mine")
    gone = weakref.ref(mine)
    del mine
    gc.collect()
    assert gone() is not None
    desks.leave("mine")
    gc.collect()
    assert gone() is None
    assert len(desks) == 1


def test_a_tab_that_goes_takes_back_what_waits_and_leaves_what_runs(workshop: Workshop) -> None:
    desks = Desks(workshop)
    desks.shelf = Few()
    desk = desks.enter("tab")
    desk.chosen = [BASE, "cashless"]
    jobs = desk.begin().jobs
    desks.leave("tab")
    assert [job.state for job in jobs] == [RUNNING, STOPPED]
    go(workshop, BASE)
    until(workshop, lambda: jobs[0].state == DONE, "the run is finished and kept on disk")


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (InputError("write R9"), MISTAKE, "write R9"),
        (OSError(28, "No space left on device", "results/x"), OUTSIDE, "results/x: No space left on device"),
        (MemoryError(), MEMORY, ""),
        (BalanceError("books do not close"), DEFECT, "BalanceError: books do not close"),
        (KeyError("place"), DEFECT, "KeyError: 'place'"),
    ],
)
def test_whatever_a_run_dies_of_is_told(
    error: Exception, kind: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only errors of the input were shown; an OSError or a defect ended the run without a word."""

    def fail(*_: object) -> Path:
        raise error

    monkeypatch.setattr(work, "_run", fail)
    outcome = work._live(parse_scenario("name: x\n", Path("x.yaml")), 100, "results", 1, 0)
    assert outcome.state == FAILED
    assert outcome.trouble is not None
    assert (outcome.trouble.kind, outcome.trouble.text) == (kind, text)
    assert ("Traceback" in outcome.traceback) == (kind == DEFECT)
    for lang in (JA, EN):
        shown = outcome.trouble.in_words(lang, Path("results/page.log"))
        assert spoken(text, lang).removesuffix("。") in shown
        assert ("page.log" in shown) == (kind == DEFECT)


def test_a_stopped_run_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> Path:
        raise StopWishedError

    monkeypatch.setattr(work, "_run", stop)
    assert work._live(parse_scenario("name: x\n", Path("x.yaml")), 100, "results", 1, 0).state == STOPPED


def test_the_page_runs_a_sample_of_the_baseline_where_nobody_has_run_everybody(workshop: Workshop) -> None:
    """It opened on nothing, and waited for a press of Run."""
    desk = desk_of(workshop)
    desk.open()
    desk.begin_opening()
    assert [(job.name, job.sample) for r in desk.rounds for job in r.jobs] == [(BASE, 100)]
    desk.begin_opening()
    assert len(desk.rounds) == 1, "a reload begins nothing more"
    go(workshop, BASE)
    until(workshop, lambda: not desk.busy, "the sample ends")
    assert set(desk.runs()) == {BASE}
    assert desk.everybody is None


def test_a_run_of_everybody_begun_on_the_page_is_what_it_stands_on(workshop: Workshop) -> None:
    desk = desk_of(workshop)
    desk.begin_opening()
    everybody = desk.begin_everybody()
    go(workshop, BASE)
    until(workshop, lambda: not desk.busy, "both end")
    assert everybody.jobs[0].sample == 1
    assert desk.base == desk.everybody == everybody.run(BASE)


def test_a_scenario_of_another_part_stands_among_the_others_of_its_tab(workshop: Workshop) -> None:
    mine, yours = desk_of(workshop), desk_of(workshop)
    mine.add(parse_scenario("name: uploaded\ntitle: {ja: 案A}\n", Path("uploaded.yaml")), "name: uploaded\n")
    assert mine.chosen == [BASE, "uploaded"]
    assert mine.title("uploaded", "ja") == "案A"
    assert "uploaded" not in yours.entries()
    with pytest.raises(NameTakenError):
        mine.add(parse_scenario("name: cashless\n", Path("cashless.yaml")), "")
