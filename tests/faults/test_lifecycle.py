"""Runs that meet, stop, die or come in great number: nothing half-written, nothing left behind, the same bits."""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import mesa
import numba as nb
import pytest
from filelock import FileLock

from sim.core.errors import BusyError, InputError
from sim.engine import api, checkpoint
from sim.engine.threads import in_turn, threads_of
from sim.engine.workspace import claimed
from sim.institutions.agents import Institution, institutions
from sim.outputs.runs import find_run
from sim.studies import execution

SMALL: dict[str, Any] = {"sample": 20_000, "last": 2022}
PLAN = "0123456789abcdef"


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> api.Result:
    return api.run("baseline", out=tmp_path_factory.mktemp("reference"), progress=False, **SMALL)


def left(home: Path) -> list[str]:
    """Return what lies in a scenario's folder besides complete runs."""
    return sorted(p.name for p in home.glob("*") if not (p / "manifest.yaml").exists())


# two at once


def test_a_second_run_of_the_plan_is_told_of_the_first_at_once(tmp_path: Path) -> None:
    """The second discarded the folder of the first: 2 of 39 pairs published a run without tables, both exit 0."""
    with claimed(tmp_path, PLAN, resume=False) as first:
        (first.run / "x").write_text("mine", encoding="utf-8")
        words = rf"under way already \(process {os.getpid()}, since 20.*wait for it, or give another --out"
        with pytest.raises(BusyError, match=words), claimed(tmp_path, PLAN, resume=False):
            pass
        with pytest.raises(BusyError), claimed(tmp_path, PLAN, resume=True):
            pass
        (first.path / "owner.json").write_text("", encoding="utf-8")
        with pytest.raises(BusyError, match="under way already in"), claimed(tmp_path, PLAN, resume=False):
            pass
        with claimed(tmp_path, "another plan", resume=False) as second:
            assert second.run != first.run
        assert (first.run / "x").read_text(encoding="utf-8") == "mine"
    assert left(tmp_path) == []
    with claimed(tmp_path, PLAN, resume=False) as again:
        assert list(again.run.iterdir()) == []


def test_a_process_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    code = (
        "import sys, time, pathlib\nfrom sim.engine.workspace import claimed\n"
        f"with claimed(pathlib.Path(sys.argv[1]), {PLAN!r}, resume=False) as space:\n"
        "    (space.run / 'half').write_text('x'); print('in', flush=True); time.sleep(60)\n"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert other.stdout is not None
    assert other.stdout.readline() == "in\n"
    with pytest.raises(BusyError, match=rf"process {other.pid}, since"), claimed(tmp_path, PLAN, resume=False):
        pass
    other.kill()
    other.wait()
    other.stdout.close()
    with claimed(tmp_path, PLAN, resume=False) as space:
        assert list(space.run.iterdir()) == []
    assert left(tmp_path) == []


def test_what_ended_runs_left_is_removed_but_for_states_and_runs_under_way(tmp_path: Path) -> None:
    for name in ("dead", "stopped", "alive"):
        (tmp_path / f".partial-{name}" / "run").mkdir(parents=True)
    (tmp_path / ".partial-stopped" / "state").mkdir()
    (tmp_path / ".partial-old").mkdir()
    with FileLock(tmp_path / ".partial-alive" / "lock"), claimed(tmp_path, PLAN, resume=False):
        pass
    assert left(tmp_path) == [".partial-alive", ".partial-stopped"]


def test_the_lock_is_the_last_file_to_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that ended removed the lock among other files: the next one took the folder, and lost what it wrote."""
    gone: list[str] = []
    for name in ("unlink", "rmdir"):
        honest = getattr(os, name)

        def noted(path: Any, *args: Any, honest: Any = honest, **more: Any) -> None:
            honest(path, *args, **more)
            gone.append(os.path.basename(path))

        monkeypatch.setattr(os, name, noted)
    with claimed(tmp_path, PLAN, resume=False) as space:
        (space.run / "log.txt").touch()
    assert gone[-2:] == ["lock", space.path.name]
    assert {"log.txt", "run", "owner.json"} <= set(gone)


def test_many_who_want_the_same_folder_never_share_it(tmp_path: Path) -> None:
    inside, most, done = 0, 0, []
    guard = threading.Lock()

    def work(number: int) -> None:
        nonlocal inside, most
        for _ in range(15):
            try:
                with claimed(tmp_path, PLAN, resume=False) as space:
                    with guard:
                        inside += 1
                        most = max(most, inside)
                    (space.run / str(number)).touch()
                    assert [p.name for p in space.run.iterdir()] == [str(number)]
                    with guard:
                        inside -= 1
                    done.append(number)
            except BusyError:
                pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert done
    assert most == 1
    assert left(tmp_path) == []


def test_an_unfinished_run_is_seen_by_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    honest = api.publish

    def look(run: Path, final: Path) -> Path:
        assert (run / "manifest.yaml").exists()
        seen.extend([*tmp_path.glob("*/manifest.yaml"), *tmp_path.glob("*/*/manifest.yaml")])
        with pytest.raises(InputError, match="none yet"):
            find_run("baseline", tmp_path)
        return honest(run, final)

    monkeypatch.setattr(api, "publish", look)
    result = api.run("baseline", out=tmp_path, progress=False, **SMALL)
    assert seen == []
    assert find_run("baseline", tmp_path).path == result.path


def test_two_threads_of_one_process_both_finish(reference: api.Result, tmp_path: Path) -> None:
    other = api.plan("baseline", seed=7, **SMALL)
    with ThreadPoolExecutor(2) as pool:
        futures = [
            pool.submit(api.run, "baseline", out=tmp_path, progress=False, **SMALL),
            pool.submit(api.run, other, out=tmp_path, progress=False),
        ]
        results = [f.result() for f in futures]
    assert results[0].digest == reference.digest != results[1].digest
    assert left(tmp_path / "baseline") == []
    for result in results:
        log = (result.path / "log.txt").read_text(encoding="utf-8")
        assert log.count("scenario baseline") == 1
        assert f"seed {result.folder.manifest['seed']}," in log


def test_a_study_waits_for_a_run_that_is_under_way_and_takes_its_result(
    reference: api.Result, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    tries: list[int] = []

    def busy(plan: api.Plan, **_: Any) -> Any:
        tries.append(1)
        raise BusyError("under way")

    monkeypatch.setattr(execution, "_PAUSE", 0)
    monkeypatch.setattr(execution.api, "run", busy)
    found = iter([None, reference.folder])
    monkeypatch.setattr(execution, "finished", lambda plan, folders: next(found))
    plan = api.plan("baseline", **SMALL)
    assert execution._in_folder(plan, tmp_path) == reference.path
    assert len(tries) == 2


def test_one_task_alone_is_lived_in_this_process_and_does_not_end_it(
    reference: api.Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A first guard of workers took this process, where joblib lives a single task, for a worker without a parent."""
    monkeypatch.setattr(execution, "_store", lambda: tmp_path / "studies")
    outcome = execution.execute([execution.Task(**SMALL)], folders=tmp_path, jobs=2, progress=False)[0]
    time.sleep(2 * execution._PAUSE)
    assert outcome.digest == reference.digest


# stopped


def test_a_second_interrupt_stops_at_once_and_leaves_nothing(tmp_path: Path) -> None:
    def twice(year: int, step: str) -> None:
        if step == "levy.assess":
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)  # ignored where the tests run in the background of a shell
    with pytest.raises(KeyboardInterrupt):
        api.run("baseline", sample=20_000, last=2023, out=tmp_path, progress=twice)
    assert left(tmp_path / "baseline") == []
    assert signal.getsignal(signal.SIGINT) == before


def test_a_second_interrupt_within_a_kernel_stops_as_well() -> None:
    """It came as SystemError, which is how numba passes it on, and ended with a traceback."""

    def kernel() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except KeyboardInterrupt as error:
            raise SystemError("returned a result with an exception set") from error

    with pytest.raises(KeyboardInterrupt), api._patient():
        kernel()
    with pytest.raises(SystemError), api._patient():
        raise SystemError("a defect")


def test_a_state_that_cannot_be_saved_leaves_no_half_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(year: int, step: str) -> None:
        if step == "levy.assess":
            os.kill(os.getpid(), signal.SIGINT)

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(checkpoint, "encode", full)
    with pytest.raises(InputError.__base__, match="no space"):  # type: ignore[arg-type]
        api.run("baseline", sample=20_000, last=2023, out=tmp_path, progress=stop)
    assert left(tmp_path / "baseline") == []


def test_a_kill_between_two_states_keeps_one(tmp_path: Path) -> None:
    (tmp_path / "state.old").mkdir()
    (tmp_path / "state.new").mkdir()
    assert checkpoint.exists(tmp_path)
    assert checkpoint._latest(tmp_path).name == "state.old"
    (tmp_path / "state").mkdir()
    assert checkpoint._latest(tmp_path).name == "state"
    checkpoint.remove(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_killed_run_leaves_nothing_visible_and_the_next_one_is_right(reference: api.Result, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sim.cli", "run", "baseline", "--sample", "20000", "--to", "R4", "--no-report"]
    run = subprocess.Popen([*command, "--out", str(tmp_path)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    end = time.monotonic() + 120
    while not list(tmp_path.glob("baseline/.partial-*/run/log.txt")) and time.monotonic() < end:
        time.sleep(0.02)
    run.kill()
    run.communicate()
    assert not list(tmp_path.glob("*/*/manifest.yaml"))
    assert len(left(tmp_path / "baseline")) == 1
    assert api.run("baseline", out=tmp_path, progress=False, resume=True, **SMALL).digest == reference.digest
    assert left(tmp_path / "baseline") == []


# in great number


@pytest.fixture
def worlds(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[weakref.ref[Any]]]:
    made: list[weakref.ref[Any]] = []
    honest = api.opening

    def noted(*asked: Any) -> Any:
        w = honest(*asked)
        made.append(weakref.ref(w))
        return w

    monkeypatch.setattr(api, "opening", noted)
    gc.collect()
    gc.disable()
    yield made
    gc.enable()


def test_no_run_stays_in_memory(worlds: list[weakref.ref[Any]], tmp_path: Path) -> None:
    """mesa keeps every model as a key: +59 MB a run at 1/100, 4 GB at full size. Freed even without the collector."""
    plan = api.plan("baseline", **SMALL)
    for _ in range(2):
        api.run(plan, out=tmp_path, progress=False)
        api.frames(plan, ["metropolis_year"])
    assert len(worlds) == 4
    assert [w() for w in worlds] == [None] * 4
    assert not [m for m in mesa.Agent._ids if type(m).__name__ == "KokuhoModel"]


def test_a_run_that_fails_does_not_stay_either(worlds: list[weakref.ref[Any]], tmp_path: Path) -> None:
    def fail(year: int, step: str) -> None:
        if step == "levy.assess":
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        api.run("baseline", out=tmp_path, progress=fail, **SMALL)
    gc.collect()
    assert [w() for w in worlds] == [None]


def test_agents_without_a_model_of_ours_free_their_world_too(worlds: list[weakref.ref[Any]]) -> None:
    state = api.opening(api.plan("baseline", **SMALL))
    w = state.world
    w.year = 2022
    first = institutions(w).municipalities[0]
    assert first.unique_id == 1
    assert isinstance(first, Institution)
    del state, w, first
    gc.collect()
    assert [w() for w in worlds] == [None]


def test_memory_is_flat_over_runs(tmp_path: Path) -> None:
    """The 100-run version is part of `make chaos`."""
    if not Path("/proc/self/statm").exists():
        pytest.skip("reads the memory from /proc")
    plan = api.plan("baseline", sample=5_000, last=2022)
    sizes = []
    for _ in range(4):
        api.frames(plan, ["metropolis_year"])
        gc.collect()
        sizes.append(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
    assert sizes[-1] - sizes[1] < 10_000_000, sizes


# threads


def test_threads_of_one_run_are_not_those_of_the_next(tmp_path: Path) -> None:
    """`threads=1` held for the rest of the process: a run with threads=2 after it used one."""
    launched = nb.get_num_threads()
    if launched < 2:
        pytest.skip("one processor")
    used: list[int] = []
    for threads in (1, 2, None):
        api.run(
            "baseline", out=tmp_path, threads=threads, progress=lambda y, s: used.append(nb.get_num_threads()), **SMALL
        )
    assert sorted(set(used)) == [1, launched] if launched == 2 else {1, 2, launched} == set(used)
    assert nb.get_num_threads() == launched
    with threads_of(10_000):
        assert nb.get_num_threads() == nb.config.NUMBA_NUM_THREADS
    execution.live(execution.Task(scenario="no such"), (), None, execution.cache.code_digest())
    assert nb.get_num_threads() == launched


def test_runs_of_two_threads_wait_where_numba_cannot_share(monkeypatch: pytest.MonkeyPatch) -> None:
    """numba's workqueue layer ends the process when two threads launch kernels."""
    monkeypatch.setattr(nb, "threading_layer", lambda: "workqueue")
    order: list[str] = []

    def work() -> None:
        with in_turn():
            order.append("second")

    with in_turn(), in_turn():
        helper = threading.Thread(target=work)
        helper.start()
        time.sleep(0.1)
        order.append("first")
    helper.join()
    assert order == ["first", "second"]


def test_the_owner_is_told_with_time_and_host(tmp_path: Path) -> None:
    with claimed(tmp_path, PLAN, resume=False) as space:
        owner = json.loads((space.path / "owner.json").read_text(encoding="utf-8"))
        assert set(owner) == {"pid", "host", "since"}
        (space.path / "owner.json").write_text(json.dumps({**owner, "host": "elsewhere"}), encoding="utf-8")
        with pytest.raises(BusyError, match="on elsewhere, since"), claimed(tmp_path, PLAN, resume=False):
            pass
