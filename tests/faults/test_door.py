"""Failures of the outside world: one message with file, cause and what to do, exit code 3, no traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sim import cli
from sim.core.errors import BusyError, InputError, KokuhoError, OutsideError, StoppedError
from sim.core.outside import at, explained
from sim.outputs import folder
from sim.studies import execution


def as_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def kokuho(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "sim.cli", *arguments]
    options = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    return subprocess.run(command, text=True, check=False, timeout=300, **options)


def one_message(error: str) -> str:
    """Return the text of standard error; it is one message and no traceback."""
    assert "Traceback" not in error, error
    assert len(error.strip().splitlines()) == 1, error
    return error.strip()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "x", "/r/t.parquet"), ("/r/t.parquet", "no space", "free some")),
        (OSError(errno.EROFS, "x", "/r"), ("/r: ", "read-only", "--out")),
        (PermissionError(errno.EACCES, "x", "/r"), ("/r: ", "permission denied", "--out")),
        (OSError(errno.EMFILE, "x", "/r"), ("/r: ", "too many files", "ulimit -n")),
        (FileNotFoundError(errno.ENOENT, "x", "/no/where"), ("/no/where: ", "no such file", "folder first")),
        (NotADirectoryError(errno.ENOTDIR, "x", b"/f/x"), ("/f/x: ", "is a file", "check")),
        (OSError(errno.ENAMETOOLONG, "x", "n" * 300), ("nnn: ", "too long", "shorter")),
        (OSError(errno.ENOSPC, "x", 1), ("standard output: ", "no space")),
        (OSError(errno.ENOSPC, "x", "/from", None, "/to"), ("/to: ", "no space")),
        (OSError(errno.ENOSPC, "x"), ("results: ", "no space")),
        (OSError("Couldn't deserialize thrift"), ("results: Couldn't deserialize",)),
        (OSError(errno.ENOMEM, "x"), ("memory", "--sample")),
        (MemoryError(), ("memory", "--sample", "--jobs")),
        (ImportError("x.so: failed to map segment from shared object"), ("memory", "--sample")),
        (BrokenPipeError(errno.EPIPE, "x"), ("closed", "complete")),
        (EOFError("Ran out of input"), ("results: it ends too early", "remove it")),
    ],
)
def test_each_failure_has_its_message(error: BaseException, words: tuple[str, ...]) -> None:
    known = explained(error, "results")
    assert isinstance(known, OutsideError)
    assert known.exit_code == 3
    for word in words:
        assert word in str(known)


def test_a_missing_file_of_the_package_is_told_as_such() -> None:
    path = Path(folder.__file__).with_name("gone.csv")
    assert "install kokuho-sim again" in str(explained(FileNotFoundError(errno.ENOENT, "x", str(path))))


def test_defects_and_messages_of_our_own_pass_as_they_are() -> None:
    assert explained(ZeroDivisionError("x")) is None
    assert explained(SystemError("x")) is None
    own = InputError("mine")
    assert explained(own) is own
    for error, code in ((own, 2), (StoppedError(""), 130), (OutsideError(""), 3), (BusyError(""), 3)):
        assert error.exit_code == code
    with pytest.raises(InputError), at("x"):
        raise own
    with pytest.raises(OutsideError, match="x: no space") as caught, at("x"):
        raise OSError(errno.ENOSPC, "full")
    assert isinstance(caught.value.__cause__, OSError)


def command_that(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let `kokuho scenarios` fail in a given way."""

    def fail(*_: Any, **__: Any) -> Any:
        raise error

    monkeypatch.setattr("sim.cli.show.console", fail)
    monkeypatch.setattr("sim.cli.register.console", fail, raising=False)
    monkeypatch.setattr("sim.scenario.scenario.load_scenario", fail)


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (OSError(errno.ENOSPC, "x", "/r/t"), 3, "/r/t: no space"),
        (MemoryError(), 3, "memory"),
        (EOFError("Ran out of input"), 3, "too early"),
        (KeyboardInterrupt(), 130, "interrupted"),
        (BusyError("the first is under way"), 3, "under way"),
        (InputError("yours"), 2, "yours"),
    ],
)
def test_the_command_line_says_it_once(
    error: BaseException, code: int, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An OSError was a traceback, and an EOFError of a cut cache file just "Aborted."."""
    command_that(monkeypatch, error)
    assert cli.main(["check", "baseline"]) == code
    assert words in one_message(capsys.readouterr().err)


def test_the_message_comes_even_when_there_is_no_memory_to_print_it_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under `ulimit -v` the message itself failed, with a traceback of both."""
    command_that(monkeypatch, MemoryError())

    def complain(text: str) -> None:
        raise MemoryError

    monkeypatch.setattr(cli, "complain", complain)
    assert cli.main(["check", "baseline"]) == 3
    assert "memory of this machine" in one_message(capsys.readouterr().err)


def test_an_interrupted_kernel_is_an_interrupt(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """numba turns a KeyboardInterrupt into a SystemError; the command died of it with a traceback."""
    error = SystemError("returned a result with an exception set")
    error.__cause__ = KeyboardInterrupt()
    command_that(monkeypatch, error)
    assert cli.main(["check", "baseline"]) == 130
    assert one_message(capsys.readouterr().err) == "interrupted"


def test_a_defect_says_where_to_report_it(monkeypatch: pytest.MonkeyPatch) -> None:
    command_that(monkeypatch, ZeroDivisionError("no members"))
    with pytest.raises(ZeroDivisionError) as caught:
        cli.main(["check", "baseline"])
    assert "report" in caught.value.__notes__[0]


def test_the_traceback_is_there_for_who_wants_it(monkeypatch: pytest.MonkeyPatch) -> None:
    command_that(monkeypatch, OSError(errno.ENOSPC, "x"))
    monkeypatch.setenv("KOKUHO_TRACEBACK", "1")
    with pytest.raises(OSError):
        cli.main(["check", "baseline"])


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_standard_output_that_takes_nothing() -> None:
    """A disk that is full, or a reader that ended: Python's own complaint and exit code 120 or 1."""
    with open("/dev/full", "w") as full:
        done = kokuho("--version", stdout=full)
    assert done.returncode == 3
    assert "no space" in one_message(done.stderr)
    read, write = os.pipe()
    os.close(read)
    try:
        done = kokuho("check", "baseline", stdout=write)
    finally:
        os.close(write)
    assert done.returncode == 3
    assert "closed" in one_message(done.stderr)


@pytest.mark.skipif(os.name == "nt", reason="closes file descriptors the way a shell does")
def test_closed_streams_do_not_matter() -> None:
    """`kokuho … >&-` died with AttributeError."""
    shell = 'exec "$0" -m sim.cli check baseline <&- >&-'
    done = subprocess.run(["sh", "-c", shell, sys.executable], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    done = subprocess.run(["sh", "-c", f"{shell} 2>&-", sys.executable], capture_output=True, check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "baseline", "--sample", "20000", "--out", "{file}/x"),
        ("schema", "--out", "{file}/x/schema.json"),
        ("schema", "--out", "nowhere/at/all/schema.json"),
        *([("run", "baseline", "--sample", "20000", "--out", "/proc/x")] if Path("/proc/self").exists() else []),
        ("attribute", "baseline", "--from", "R5", "--to", "R6", "--figure", "nowhere/at/all.png"),
    ],
)
def test_places_that_do_not_exist(
    arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    code = cli.main([a.format(file=tmp_path / "file") for a in arguments])
    assert code in (2, 3)
    one_message(capsys.readouterr().err)


@pytest.mark.skipif(as_root(), reason="root may write anywhere")
def test_a_results_folder_that_may_not_be_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "results").mkdir(mode=0o500)
    assert cli.main(["run", "baseline", "--sample", "20000", "--out", str(tmp_path / "results")]) == 3
    assert "permission denied" in one_message(capsys.readouterr().err)


def test_a_full_disk_in_the_middle_of_a_run_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("sim.engine.api.write_tables", full)
    run = ("run", "baseline", "--sample", "20000", "--to", "R4", "--out", str(tmp_path))
    assert cli.main([*run, "--quiet"]) == 3
    message = one_message(capsys.readouterr().err)
    assert "no space" in message
    assert str(tmp_path) in message
    assert list((tmp_path / "baseline").iterdir()) == []


def test_a_worker_that_fails_is_listed_with_the_same_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise OSError(errno.ENOSPC, "x", "/r/t")

    monkeypatch.setattr(execution.api, "frames", full)
    answer = execution.live(execution.Task(sample=20_000), ("metropolis_year",), None, execution.cache.code_digest())
    assert str(answer).startswith("/r/t: no space")


class Client:
    """A Dask client of a cluster with given versions."""

    def __init__(self, workers: dict[str, dict[str, str]], none_yet: bool = False) -> None:
        self.workers, self.none_yet = workers, none_yet

    def wait_for_workers(self, count: int, timeout: float) -> None:
        if self.none_yet:
            raise TimeoutError

    def get_versions(self, packages: list[str]) -> dict[str, Any]:
        here = {"python": "3.11.9.final.0", **dict.fromkeys(packages, "1.0")}
        workers = {a: {"packages": {**here, **changed}} for a, changed in self.workers.items()}
        return {"client": {"packages": here}, "workers": workers}

    def run(self, function: Any, on_error: str) -> dict[str, Any]:
        assert on_error == "return"
        return {a: changed.get("code") or function() for a, changed in self.workers.items()}


def test_a_worker_with_other_versions_is_refused_by_name() -> None:
    """Dask moved the work to another Python: an unpickling error in every task, or other bits without a word."""
    execution._same_versions(Client({"tcp://a:1": {"python": "3.11.2.final.0"}}), "tcp://s:1")
    with pytest.raises(OutsideError, match=r"tcp://b:1: numpy 2\.0, here 1\.0") as caught:
        execution._same_versions(Client({"tcp://a:1": {}, "tcp://b:1": {"numpy": "2.0"}}), "tcp://s:1")
    assert "tcp://a:1" not in str(caught.value)
    with pytest.raises(OutsideError, match=r"python 3\.12, here 3\.11"):
        execution._same_versions(Client({"tcp://a:1": {"python": "3.12.1.final.0"}}), "tcp://s:1")
    with pytest.raises(OutsideError, match=r"tcp://a:1: kokuho-sim with code other, here"):
        execution._same_versions(Client({"tcp://a:1": {"code": "other"}, "tcp://b:1": {}}), "tcp://s:1")
    gone: Any = ModuleNotFoundError("No module named 'sim'")
    with pytest.raises(OutsideError, match=r"tcp://a:1: kokuho-sim cannot be imported \(ModuleNotFoundError"):
        execution._same_versions(Client({"tcp://a:1": {"code": gone}}), "tcp://s:1")
    with pytest.raises(OutsideError, match="no worker has joined"):
        execution._same_versions(Client({}, none_yet=True), "tcp://s:1")


def test_every_message_of_ours_has_an_exit_code() -> None:
    kinds = [KokuhoError]
    while kinds:
        kind = kinds.pop()
        assert kind.exit_code in (2, 3, 130)
        kinds += kind.__subclasses__()
