"""Many runs: same bits on every back end, nothing lost when a worker ends, failures listed, finished work reused."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pandas as pd
import pytest

from sim.core.errors import InputError
from sim.studies import execution
from sim.studies.execution import FailedRunsError, Task, all_or_raise, execute, finished

SMALL = {"sample": 2000, "last": 2023}


@pytest.fixture(autouse=True)
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(execution, "_store", lambda: tmp_path / "studies")
    return tmp_path / "studies"


def here(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Let the tasks be lived in this process, one after another; return the list that counts them."""
    lived: list[int] = []

    def runner(jobs: int | None) -> execution.Runner:
        def run(works):  # type: ignore[no-untyped-def]
            for i, work in works.items():
                lived.append(i)
                yield execution._numbered(i, *work)

        return run

    monkeypatch.setattr(execution, "_on_processes", runner)
    return lived


def test_outcomes_come_in_the_order_of_the_tasks_and_finished_ones_are_not_run_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lived = here(monkeypatch)
    tasks = [Task(replicate=r, controls=False, **SMALL) for r in (0, 2000)]
    first = execute(tasks, progress=False)
    assert lived == [0, 1]
    assert first[0].digest != first[1].digest
    again = execute([tasks[1], tasks[0], Task(replicate=4000, controls=False, **SMALL)], progress=False)
    assert lived == [0, 1, 2]
    assert [o.digest for o in again[:2]] == [first[1].digest, first[0].digest]


def test_tasks_with_the_same_plan_are_lived_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lived = here(monkeypatch)
    key = ("payment.sms_reminders", 2022, None)
    tasks = [Task(**SMALL), Task(overrides={key: 0.8}, **SMALL), Task(scenario="baseline", **SMALL)]
    outcomes = execute(tasks, folders=tmp_path / "results", progress=False)
    assert lived == [0, 1]
    assert [o.task for o in outcomes] == tasks
    assert outcomes[0].path == outcomes[2].path != outcomes[1].path


def test_no_more_processes_than_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    everybody, sample = Task(sample=1).plan(), Task(sample=100).plan()
    monkeypatch.setattr(execution.os, "cpu_count", lambda: 8)
    monkeypatch.setattr(execution, "_free_memory", lambda: 20_000_000_000)
    assert execution._jobs([sample]) == 8
    assert execution._jobs([sample, everybody]) == 3
    monkeypatch.setattr(execution, "_free_memory", lambda: 1_000_000)
    assert execution._jobs([sample]) == 1
    monkeypatch.setattr(execution, "_free_memory", lambda: None)
    assert execution._jobs([everybody]) == 8


def test_free_memory_is_that_of_the_machine() -> None:
    free = execution._free_memory()
    assert free is None or 50_000_000 < free < 10**14


def test_a_value_on_top_of_the_scenario_changes_the_run_and_is_recorded_in_its_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    here(monkeypatch)
    key = ("payment.sms_reminders", 2023, None)
    plain, more = execute(
        [Task(**SMALL), Task(overrides={key: 0.8}, **SMALL)], folders=tmp_path / "results", progress=False
    )
    rate = [o.tables["metropolis_year"].set_index("year")["collection_rate"] for o in (plain, more)]
    assert rate[0][2022] == rate[1][2022]
    assert rate[1][2023] > rate[0][2023]
    assert more.folder.manifest["overrides"] == [{"key": key[0], "year": 2023, "code": None, "value": 0.8}]
    found = finished(Task(**SMALL).plan(), tmp_path / "results")
    assert found is not None
    assert found.path == plain.path


def test_a_failing_task_is_tried_again_then_listed_and_the_others_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    lived = here(monkeypatch)
    honest = execution.api.frames

    def moody(plan, names):  # type: ignore[no-untyped-def]
        if plan.replicate == 6000:
            raise ZeroDivisionError("no members")
        return honest(plan, names)

    monkeypatch.setattr(execution.api, "frames", moody)
    outcomes = execute([Task(replicate=6000, **SMALL), Task(**SMALL)], progress=False, retries=2)
    assert lived.count(0) == 3
    assert lived.count(1) == 1
    assert outcomes[0].failure == "ZeroDivisionError: no members"
    assert outcomes[1].digest
    with pytest.raises(FailedRunsError, match=r"1 of 2 runs failed:\n  baseline, replicate 6000: ZeroDivisionError"):
        all_or_raise(outcomes)


def test_replicates_of_a_sample_look_at_different_households() -> None:
    worlds = [execution.api.opening(Task(replicate=r, **SMALL).plan()) for r in (0, 1, 2000)]
    homes = [set(w.households.hid.tolist()) for w in worlds]
    assert not homes[0] & homes[1]
    assert homes[0] == homes[2]


def test_an_address_where_nobody_answers_is_named() -> None:
    pytest.importorskip("distributed")
    with pytest.raises(InputError, match=r"tcp://127\.0\.0\.1:9"):
        execute([Task(**SMALL)], scheduler="tcp://127.0.0.1:9", progress=False)


def test_processes_and_a_dask_cluster_that_loses_a_worker_give_the_same_bits(empty_store: Path) -> None:
    distributed = pytest.importorskip("distributed")
    tasks = [Task(replicate=2000 * r, sample=2000, last=2023) for r in range(6)]
    by_processes = [o.digest for o in all_or_raise(execute(tasks, jobs=2, progress=False))]
    for home in empty_store.iterdir():
        home.rename(empty_store.parent / f"before-{home.name}")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None, silence_logs=50
    )
    with cluster:
        victim = next(iter(cluster.workers.values())).pid
        assassin = threading.Thread(target=_end_when_busy, args=(cluster.scheduler_address, victim))
        assassin.start()
        outcomes = execute(tasks, scheduler=cluster.scheduler_address, progress=False)
        assassin.join()
    assert [o.digest for o in all_or_raise(outcomes)] == by_processes


def _end_when_busy(address: str, pid: int) -> None:
    """End a worker process once both workers have a task in hand."""
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if all(client.processing().values()):
                break
            time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)


def test_a_process_that_is_killed_in_mid_run_loses_nothing() -> None:
    tasks = [Task(replicate=2000 * r, **SMALL) for r in range(3)]
    fired = threading.Event()
    assassin = threading.Thread(target=_end_a_process, args=(fired,))
    assassin.start()
    outcomes = execute(tasks, jobs=2, progress=False)
    assassin.join()
    assert fired.is_set()
    alone = [execution.api.frames(task.plan(), execution.HEADLINE_ONLY)["metropolis_year"] for task in tasks]
    for outcome, frame in zip(all_or_raise(outcomes), alone, strict=True):
        pd.testing.assert_frame_equal(outcome.tables["metropolis_year"], frame)


def _end_a_process(fired: threading.Event) -> None:
    """End one of joblib's processes a moment after work was handed out."""
    from joblib.externals.loky import reusable_executor

    end = time.monotonic() + 60
    while time.monotonic() < end:
        pool = reusable_executor._executor
        if pool is not None and pool._processes and pool._pending_work_items:
            time.sleep(0.2)
            os.kill(next(iter(pool._processes)), signal.SIGKILL)
            fired.set()
            return
        time.sleep(0.02)


def test_a_run_lands_in_the_folder_asked_for_wherever_its_worker_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Workers stay when the caller goes to another folder: the next study's runs went to the first one's results."""

    def elsewhere(jobs: int | None) -> execution.Runner:
        def run(works):  # type: ignore[no-untyped-def]
            for i, work in works.items():
                monkeypatch.chdir(tmp_path / "first")
                answer = execution._numbered(i, *work)
                monkeypatch.chdir(tmp_path / "second")
                yield answer

        return run

    for name in ("first", "second"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(execution, "_on_processes", elsewhere)
    monkeypatch.chdir(tmp_path / "second")
    (outcome,) = execute([Task(region="teaching", last=2022)], (), folders=Path("results"), progress=False)
    assert outcome.folder.path.is_relative_to("results")
    assert (tmp_path / "second" / outcome.folder.path / "manifest.yaml").is_file()
    assert not (tmp_path / "first" / "results").exists()
